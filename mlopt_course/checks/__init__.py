"""Exercises that mark themselves.

>>> from mlopt_course.checks import check
>>> check("first_order.momentum_step", momentum_step)

A chapter's exercises are defined in the module of its stem (`mlopt_course.checks.first_order`) and found by
`exercises`. An answer goes one way, for students and graders alike: `answers.collect` runs it on the cases,
`judge.judge` compares the outcomes with the reference.
"""

from .catalogue import exercise, exercises
from .exercise import Exercise, Misconception
from .notebook import CheckFailed, check
from .playing import play

__all__ = ["CheckFailed", "Exercise", "Misconception", "check", "exercise", "exercises", "play"]
