"""Runs a student's notebook under nbval, in a process of its own, and collects how each exercise went."""

from __future__ import annotations

import difflib
import json
import os
import re
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .catalogue import exercises
from .exercise import Exercise
from .notebook import GRADING_VARIABLE

CELL_SECONDS = 60.0
MAX_BYTES = 100_000_000
_CHECK = re.compile(r"""^check\(\s*["']([^"'\n]*)["']""", re.MULTILINE)


class NotebookError(ValueError):
    """A notebook that cannot be checked; the text says which and why, in one line."""


@dataclass(frozen=True)
class Marked:
    """How one exercise went: ``status`` is right, unanswered, wrong, broken (no verdict) or missing (no check cell)."""

    exercise: Exercise
    status: str
    message: str = ""

    @property
    def points(self) -> int:
        return self.exercise.points if self.status == "right" else 0


def run_notebook(
    path: Path, cell_seconds: float = CELL_SECONDS, progress: Callable[[int, int, str], None] = lambda *_: None
) -> list[Marked]:
    """Run every cell of a notebook and mark its exercises.

    Parameters
    ----------
    path : Path
        The notebook.
    cell_seconds : float
        Time limit of each cell.
    progress : callable, optional
        ``progress(done, total, name of the last exercise)`` after each cell.

    Returns
    -------
    list of Marked
        All exercises of the chapters that the notebook checks, in the order of the book.

    Raises
    ------
    NotebookError
        It is not a notebook, it checks no exercise or an unknown one, or it could not be run.
    """
    names = _checked_in(path)
    if not names:
        raise NotebookError(f"{path} has no exercises: no cell of it calls check(...)")
    events: list[dict[str, Any]] = []
    total = 0
    for event in _events(path, cell_seconds):
        if "cells" in event:
            total = len(event["cells"])
        else:
            events.append(event)
            progress(len(events), total, event["exercise"])
    if len(events) < total or not total:
        raise NotebookError(f"{path} could not be run to its end")
    chapters = dict.fromkeys(name.partition(".")[0] for name in names)
    wanted = [exercise for chapter in chapters for exercise in exercises(chapter).values()]
    return [_mark(exercise, events) for exercise in wanted]


def _checked_in(path: Path) -> list[str]:
    """Names of the exercises that a notebook checks; NotebookError where it is none."""
    known = exercises()
    found: list[str] = []
    for source in read_code(path):
        for name in _CHECK.findall(source):
            if name not in known:
                raise NotebookError(f"{path} checks an unknown exercise, {name!r}{near_miss(name, known)}")
            found.append(name)
    return found


def near_miss(name: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown exercise: what was probably meant, or what there is."""
    by_function = {full.partition(".")[2]: full for full in known}
    matches = difflib.get_close_matches(name.partition(".")[2] or name, by_function, n=3, cutoff=0.6)
    near = " or ".join(repr(by_function[match]) for match in matches)
    return f"; did you mean {near}?" if near else f"; exercises are {', '.join(known)}"


def read_code(path: Path) -> list[str]:
    """The code cells of a notebook."""
    import nbformat

    if path.is_dir():
        inside = sorted(path.glob("*.ipynb"))
        raise NotebookError(f"{path} is a folder, not a notebook{f': try {inside[0]}' if inside else ''}")
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise NotebookError(f"{path} is not an ordinary file")
        if status.st_size > MAX_BYTES:
            raise NotebookError(f"{path} has {status.st_size / 1e6:.0f} MB; at most {MAX_BYTES / 1e6:.0f} MB are read")
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotebookError(f"{path} does not exist") from None
    except UnicodeDecodeError:
        raise NotebookError(f"{path} is not a notebook: it is not text") from None
    try:
        notebook = nbformat.reads(text, as_version=4)
        return [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    except Exception:  # nbformat and its schemas raise many kinds
        raise NotebookError(f"{path} is not a notebook") from None


def _events(path: Path, cell_seconds: float) -> Iterator[dict[str, Any]]:
    environment = {
        name: value for name, value in os.environ.items() if name not in (GRADING_VARIABLE, "PYTEST_ADDOPTS")
    }
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    with tempfile.TemporaryDirectory() as scratch, tempfile.TemporaryFile() as complaints:
        settings = Path(scratch, "pytest.ini")  # nobody else's configuration takes part
        settings.write_text("[pytest]\n", encoding="utf-8")
        command = [
            *(sys.executable, "-m", "pytest", "-c", str(settings), f"--rootdir={scratch}", "--noconftest"),
            *("-p", "nbval.plugin", "-p", "mlopt_course.checks.nbval_report", "-p", "no:cacheprovider", "-W", "ignore"),
            *("--nbval-lax", "--nbval-current-env", f"--nbval-cell-timeout={cell_seconds:g}", str(path.resolve())),
        ]
        with subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaints, text=True,
            encoding="utf-8", env=environment,
        ) as process:  # fmt: skip
            try:
                assert process.stdout is not None
                for line in process.stdout:
                    yield json.loads(line)
            except BaseException:  # stopped at the keyboard: pytest takes its kernel along
                process.terminate()
                raise
            if process.wait() not in (0, 1):
                complaints.seek(0)
                last = complaints.read().decode("utf-8", "replace").strip().splitlines()[-1:]
                raise NotebookError(f"{path} could not be run: {last[0] if last else 'pytest failed'}")


def _mark(exercise: Exercise, events: list[dict[str, Any]]) -> Marked:
    places = [number for number, event in enumerate(events) if event["exercise"] == exercise.name]
    if not places:
        return Marked(exercise, "missing", "Its check cell is not in the notebook: get it back with `mlopt start`.")
    failed = [number for number in places if not events[number]["ok"]]
    if not failed:
        return Marked(exercise, "right")
    event = events[failed[0]]
    error, message = event["error"], event["message"]
    if error == "CheckFailed":
        headline, _, text = message.partition("\n")
        return Marked(exercise, "unanswered" if ": not answered yet," in headline else "wrong", text)
    if error == "time limit":
        return Marked(exercise, "broken", "It ran into the time limit: is there a loop that never ends?")
    if error == "kernel":
        return Marked(exercise, "broken", "The notebook's Python ended before this cell was run.")
    if error == "NameError":
        before = _error_before(events, failed[0])
        return Marked(exercise, "broken", f"{message[:1].upper()}{message[1:]}{before}.")
    return Marked(exercise, "broken", f"{error}: {message}")


def _error_before(events: list[dict[str, Any]], place: int) -> str:
    """What went wrong between the check before and this one, which is probably why a name is missing."""
    for event in reversed(events[:place]):
        if event["exercise"]:
            break
        if not event["ok"]:
            return f", because its cell stopped with {event['error']}: {event['message'].splitlines()[0]}"
    return ""
