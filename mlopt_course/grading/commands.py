"""The commands ``mlopt grade`` and ``mlopt demo``."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

MAX_STUDENTS = 10_000


class Stopped(click.ClickException):
    """The person at the keyboard ended a run."""

    exit_code = 130


@contextlib.contextmanager
def _one_line_errors() -> Iterator[None]:
    """Turn what can go wrong with a run into one line and a non-zero status."""
    try:
        from .session import GradeError
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("mlopt_course"):
            raise
        hint = "pip install 'mlopt-course[grading]'"
        raise click.ClickException(f"grading needs the package {error.name!r}: {hint}") from None
    try:
        yield
    except GradeError as error:
        raise click.ClickException(str(error)) from None
    except KeyboardInterrupt:
        raise Stopped("stopped; run the same command again to go on from here") from None
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        raise click.ClickException(f"{place}{error.strerror or error}") from None


@click.command("grade")
@click.argument("submissions", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder for marks, gradebook and feedback.")
@click.option("--release", help="The assignment: its notebook, or a chapter [what the files are called].")
@click.option("--seed", type=click.IntRange(0, 2**62), help="Seed of the cases [the gradebook's, or a new one].")
@click.option("--workers", type=click.IntRange(1, 256), help="Submissions at the same time [one a processor].")
@click.option("--timeout", type=click.FloatRange(1, 3600), default=20.0, show_default=True, help="Seconds an exercise.")
@click.option("--memory", type=click.IntRange(256), default=2048, show_default=True, help="Megabytes a kernel.")
@click.option("--regrade", is_flag=True, help="Grade again what is in the gradebook already.")
@click.option("--json", "as_json", is_flag=True, help="Print the marks as JSON (the progress goes to stderr).")
def grade(
    submissions: Path,
    out: Path,
    release: str | None,
    seed: int | None,
    workers: int | None,
    timeout: float,
    memory: int,
    regrade: bool,
    as_json: bool,
) -> None:
    """Grade a folder of SUBMISSIONS and write marks and feedback.

    SUBMISSIONS holds <student>/<notebook>.ipynb or <student>.ipynb. Each student's answers are put into the
    assignment, run in a kernel of their own that sees nothing else, and judged outside it. What is broken in a
    submission is recorded and never stops the others; a run that was stopped goes on where it was.
    """
    from rich.console import Console

    with _one_line_errors():
        from . import progress
        from .gradebook import Gradebook
        from .session import Options, grade_folder

        processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        options = Options(submissions, out, release, seed, workers or processors, timeout, memory, regrade)
        console = Console(stderr=as_json)
        with progress.display(console) as listen:
            path = grade_folder(options, listen)
        with Gradebook(path) as book:
            rows = book.submissions()
        if as_json:
            click.echo(json.dumps([_as_data(row) for row in rows], ensure_ascii=False, indent=1))
            return
        progress.summary(console, rows)
        console.print(f"\nMarks: {out / 'grades.csv'}\nFeedback: {out / 'index.html'}", soft_wrap=True, highlight=False)


def _as_data(row: Any) -> dict[str, Any]:
    results = [
        {key: getattr(result, key) for key in ("exercise", "points", "possible", "status", "message", "misconception")}
        for result in row.results
    ]
    fields = {key: getattr(row, key) for key in ("student", "points", "possible", "outcome", "message")}
    return {**fields, "results": results}


@click.command("demo")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--students", type=click.IntRange(1, MAX_STUDENTS), default=12, show_default=True, help="Class size.")
@click.option(
    "--release", default="03_first_order", show_default=True, help="The assignment: its notebook, or a chapter."
)
def demo(folder: Path, students: int, release: str) -> None:
    """Write a made-up class to FOLDER: every kind of submission, and expected.csv with the marks it must get."""
    with _one_line_errors():
        from .demo import write_class

        count = write_class(folder, students, release)
    click.echo(f"{count} submissions in {folder}/submissions; the marks they must get in {folder}/expected.csv")
    click.echo(f"Grade them: mlopt grade {folder}/submissions --out {folder}/graded")
