"""What the terminal shows while a class is graded: a bar with names and time left, or plain lines in a file."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from .gradebook import Submission, number
from .session import Plan, Step

SHOWN_ROWS = 60


@contextlib.contextmanager
def display(console: Console) -> Iterator[Callable[[Plan | Step], None]]:
    """A listener for `session.grade_folder`: a live display on a terminal, a line a submission elsewhere."""
    if not console.is_terminal:
        yield _Lines(console)
        return
    columns = (
        TextColumn("[bold]{task.percentage:>3.0f}%"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(elapsed_when_finished=False),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        yield _Bar(console, progress)


def describe_plan(plan: Plan) -> list[str]:
    """What is about to happen, in lines."""
    known = plan.found - plan.to_grade
    kept = f", {known} graded before and kept" if known else ""
    what = f"{plan.assignment.stem}: {plan.found} submission{'s' * (plan.found != 1)}{kept}; seed {plan.seed}"
    lines = [what, *(f"  {sentence}" for sentence in plan.protection)]
    if plan.ignored:
        names = ", ".join(plan.ignored[:8]) + (f" and {len(plan.ignored) - 8} more" if len(plan.ignored) > 8 else "")
        lines.append(f"  NOT graded, as they are not notebooks: {names}")
    return lines


class _Lines:
    def __init__(self, console: Console) -> None:
        self.console, self.done, self.total = console, 0, 0

    def __call__(self, event: Plan | Step) -> None:
        if isinstance(event, Plan):
            self.total = event.to_grade
            for line in describe_plan(event):
                self.console.print(escape(line), soft_wrap=True, highlight=False)
        elif event.outcome is not None:
            self.done += 1
            text = f"[{self.done}/{self.total}] {event.student}: {_brief(event.outcome)}"
            self.console.print(escape(text), soft_wrap=True, highlight=False)


class _Bar:
    def __init__(self, console: Console, progress: Progress) -> None:
        self.console, self.progress = console, progress
        self.current: list[str] = []
        self.task: Any = None

    def __call__(self, event: Plan | Step) -> None:
        if isinstance(event, Plan):
            first, *rest = describe_plan(event)
            self.console.print(f"[bold]{escape(first)}[/]", highlight=False)
            for line in rest:
                self.console.print(f"[dim]{escape(line)}[/]", highlight=False)
            self.task = self.progress.add_task("", total=event.to_grade)
            return
        if event.outcome is None:
            self.current.append(event.student)
        else:
            self.current = [name for name in self.current if name != event.student]
            self.progress.advance(self.task)
        names = ", ".join(self.current[:4]) + (" ..." if len(self.current) > 4 else "")
        self.progress.update(self.task, description=escape(names))


def _brief(outcome: dict[str, Any]) -> str:
    points = sum(result["points"] for result in outcome["results"])
    possible = sum(result["possible"] for result in outcome["results"])
    if outcome["outcome"] == "graded":
        return f"{number(points)} of {number(possible)}, {outcome['seconds']:.1f} s"
    return f"{outcome['outcome']}: {outcome['message']}"


def summary(console: Console, submissions: Sequence[Submission]) -> None:
    """The class as a table; of a large class, those that were not simply graded."""
    rows = list(submissions)
    if len(rows) > SHOWN_ROWS:
        rows = [row for row in rows if row.outcome != "graded"]
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("student", overflow="fold")
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("%", justify="right", no_wrap=True)
    table.add_column("outcome", no_wrap=True)
    table.add_column("what happened", overflow="fold")
    for row in rows:
        percent = "" if row.percent is None else f"{row.percent:.0f}"
        points = "-" if row.points is None else f"{number(row.points)}/{number(row.possible)}"
        table.add_row(escape(row.student), points, percent, row.outcome, escape(row.message or row.summary))
    if rows:
        console.print(table)
