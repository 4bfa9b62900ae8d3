"""Feedback for every student, a summary of the class, and the marks as CSV: all from the gradebook alone."""

from __future__ import annotations

import hashlib
import os
import re
import statistics
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2

from .gradebook import ExerciseResult, Gradebook, Run, Submission, grades_csv, number

BINS = 10


@dataclass(frozen=True)
class ExerciseStatistics:
    """How the class did on one exercise."""

    name: str
    title: str
    possible: float
    mean: float
    passed: int
    tried: int
    total: int
    statuses: list[tuple[str, int]]
    misconceptions: list[tuple[str, str, int]]

    @property
    def rate(self) -> float:
        """Share of the class that passed, in percent."""
        return 100 * self.passed / self.total if self.total else 0.0


def write(book: Gradebook, out: Path) -> None:
    """Write ``index.html``, ``feedback/*.html``, ``grades.csv`` and ``run.log`` into ``out``.

    Every file is replaced whole; pages of students who are gone are removed.
    """
    run = book.last_run()
    if run is None:
        return
    rows = book.submissions()
    environment = _environment()
    pages = page_names([row.student for row in rows])
    feedback = out / "feedback"
    feedback.mkdir(exist_ok=True)
    for row in rows:
        text = environment.get_template("feedback.html").render(submission=row, run=run, title=row.student)
        _write(feedback / pages[row.student], text)
    for stale in set(feedback.glob("*.html")) - {feedback / name for name in pages.values()}:
        stale.unlink()
    percents = [row.percent for row in rows if row.percent is not None]
    marked = [row for row in rows if row.points is not None]
    summary = environment.get_template("index.html").render(
        run=run,
        title=run.assignment,
        submissions=rows,
        pages=pages,
        exercises=statistics_of(run, marked),
        bins=histogram(percents),
        mean=statistics.fmean(percents) if percents else None,
        median=statistics.median(percents) if percents else None,
    )
    _write(out / "index.html", summary)
    _write(out / "grades.csv", grades_csv(run, rows), encoding="utf-8-sig")
    lines = [f"{run.started} to {run.finished}", f"assignment {run.assignment}, seed {run.seed}", *run.protection]
    _write(out / "run.log", "\n".join([*lines, *(f"{key}: {value}" for key, value in run.settings.items())]) + "\n")


def statistics_of(run: Run, submissions: Sequence[Submission]) -> list[ExerciseStatistics]:
    """One line an exercise, in the assignment's order."""
    lines = []
    for exercise in run.exercises:
        results = [r for row in submissions for r in row.results if r.exercise == exercise["name"]]
        wrong = Counter(r.misconception for r in results if r.misconception)
        hints = {r.misconception: r.message for r in results if r.misconception}
        lines.append(
            ExerciseStatistics(
                name=exercise["name"],
                title=exercise["title"],
                possible=exercise["points"],
                mean=statistics.fmean(r.points for r in results) if results else 0.0,
                passed=sum(r.status == "right" for r in results),
                tried=sum(r.status not in ("unanswered", "missing", "unreadable") for r in results),
                total=len(results),
                statuses=Counter(r.status for r in results if r.status != "right").most_common(),
                misconceptions=[(str(name), hints[name], count) for name, count in wrong.most_common()],
            )
        )
    return lines


def histogram(percents: Sequence[float]) -> list[tuple[str, int, float]]:
    """Label, count and height (in percent of the highest) of `BINS` bins from 0 to 100."""
    counts = Counter(min(int(percent * BINS / 100), BINS - 1) for percent in percents)
    top = max(counts.values(), default=1)
    width = 100 // BINS
    return [(f"{i * width}-{(i + 1) * width - (i < BINS - 1)}", counts[i], 100 * counts[i] / top) for i in range(BINS)]


def page_names(students: Sequence[str]) -> dict[str, str]:
    """A file name for every student: readable, safe on every file system, never the same twice."""
    names = {}
    for student in students:
        plain = unicodedata.normalize("NFKD", student).encode("ascii", "ignore").decode()
        plain = re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-")[:40].lower() or "student"
        names[student] = f"{plain}-{hashlib.sha256(student.encode()).hexdigest()[:8]}.html"
    return names


def verdict_word(result: ExerciseResult) -> str:
    """What stands beside an exercise's title, also for those who do not see colours."""
    return {"right": "right", "unanswered": "not answered", "missing": "missing"}.get(result.status, "not right")


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("mlopt_course.grading"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["mark"] = number
    environment.filters["code"] = _code
    environment.globals.update(verdict_word=verdict_word)
    return environment


def _code(text: str) -> str:
    """A message with its `code` in code elements, everything escaped."""
    from markupsafe import Markup, escape

    return Markup(re.sub(r"`([^`\n]+)`", r"<code>\1</code>", str(escape(text))))


def _write(path: Path, text: str, encoding: str = "utf-8") -> None:
    partial = path.with_name(path.name + ".partial")
    try:
        partial.write_text(text, encoding=encoding, newline="\n")
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
