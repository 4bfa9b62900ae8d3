"""The progress bar of `minimize`."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

# A bar that flashes up is a nuisance, and redrawing one costs more than most steps do.
SECONDS_BEFORE = 2.0
SECONDS_BETWEEN = 0.1


def progress_bar(total: int) -> Callable[[int | None, float], None]:
    """A bar that appears after two seconds: call it with (iteration, best value), and with None to close it."""
    bar: Any = None
    task: Any = None
    due = time.monotonic() + SECONDS_BEFORE

    def show(iteration: int | None, best: float) -> None:
        nonlocal bar, task, due
        if iteration is None:
            if bar is not None:
                bar.stop()
        elif time.monotonic() >= due:
            if bar is None:
                bar, task = _start(total)
            bar.update(task, completed=iteration, description=f"best {best:.6g}")
            due = time.monotonic() + SECONDS_BETWEEN

    return show


def _start(total: int) -> tuple[Any, Any]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    bar = Progress(*columns, console=Console(stderr=True))
    bar.start()
    return bar, bar.add_task("minimising", total=total)
