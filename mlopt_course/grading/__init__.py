"""Grading: rebuild, run, judge, record, report (see `mlopt grade --help`).

Nothing is imported here: the student's kernel imports this package too, and needs none of the rest.
"""
