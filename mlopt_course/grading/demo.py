"""A made-up class: every kind of submission, made from the right answers and the misconceptions, and its marks.

Used to try out grading, and to test it: ``expected.csv`` says what each exercise of each student must come to.
"""

from __future__ import annotations

import ast
import builtins
import copy
import csv
import inspect
import io
import json
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from mlopt_course.checks import Exercise
from mlopt_course.registry import CHAPTERS
from mlopt_course.release import notebook_folder

from .gradebook import number, safe_cell
from .rebuild import Part, calls, release_parts
from .session import Assignment, GradeError, find_assignment

NAMES = ("Ada", "Bo", "Chidi", "Dana", "Emil", "Fatima", "Goran", "Hana", "Ines", "Jonas", "Karin", "Liam")


@dataclass
class Draft:
    """A submission in the making, and what it must come to.

    ``expected`` holds the status that each exercise must get ("right" earns its points, everything else none);
    ``raw`` replaces the notebook's bytes.
    """

    notebook: NotebookNode
    parts: list[Part]
    exercises: list[Exercise]
    solutions: dict[str, str]
    target: int
    expected: dict[str, str]
    outcome: str = "graded"
    raw: bytes | None = None

    @property
    def chosen(self) -> Exercise:
        """The exercise that this submission is peculiar about: one that no other answer builds on."""
        alone = [e for e in self.exercises if not builds_on(self.solutions, e.function_name)]
        return alone[self.target % len(alone)]

    def cell(self, exercise: Exercise, role: str) -> NotebookNode:
        """The first cell of that role of an exercise."""
        return self.notebook.cells[self._index(exercise, role)]

    def answer(self, exercise: Exercise, source: str, status: str) -> None:
        """Put an answer in, and say what it must come to."""
        self.cell(exercise, "answer").source = source
        self.expected[exercise.name] = status

    def drop(self, exercise: Exercise, role: str) -> None:
        del self.notebook.cells[self._index(exercise, role)]

    def _index(self, exercise: Exercise, role: str) -> int:
        return next(i for i, part in enumerate(self.parts) if part.role == role and part.exercise == exercise.name)


def perfect(draft: Draft) -> None:
    """Everything right."""
    for part, cell in zip(draft.parts, draft.notebook.cells, strict=True):
        if part.role == "answer":
            cell.source = draft.solutions[part.grade_id]
    draft.expected = {exercise.name: "right" for exercise in draft.exercises}


def partial(draft: Draft) -> None:
    """The first half right, the rest not answered."""
    perfect(draft)
    for exercise in draft.exercises[(len(draft.exercises) + 1) // 2 :]:
        stub = next(p.cell.source for p in draft.parts if p.role == "answer" and p.exercise == exercise.name)
        draft.answer(exercise, stub, "unanswered")


def blank(draft: Draft) -> None:
    """Nothing answered."""


def wrong(draft: Draft) -> None:
    """A misconception in every exercise."""
    for exercise in draft.exercises:
        for misconception in exercise.misconceptions:
            source = source_as(misconception.answer, exercise.function_name)
            if source:
                draft.answer(exercise, source, "misconception")
                break


def syntax_error(draft: Draft) -> None:
    """A missing bracket in one answer."""
    perfect(draft)
    draft.answer(draft.chosen, f"def {draft.chosen.function_name}(:\n    return 0", "syntax")


def endless_loop(draft: Draft) -> None:
    """One answer that never returns."""
    perfect(draft)
    draft.answer(draft.chosen, f"{_signature(draft.chosen)}\n    while True:\n        pass", "time limit")


def check_deleted(draft: Draft) -> None:
    """Everything right, a check cell deleted."""
    perfect(draft)
    draft.drop(draft.chosen, "check")


def check_edited(draft: Draft) -> None:
    """One answer wrong, and its check cell replaced by praise."""
    perfect(draft)
    draft.answer(draft.chosen, f"{_signature(draft.chosen)}\n    return 'trust me'", "type")
    draft.cell(draft.chosen, "check").source = "print('right, 100 of 100 points')"


def corrupt(draft: Draft) -> None:
    """A file that was cut off."""
    perfect(draft)
    draft.outcome = "unreadable"
    draft.expected = {exercise.name: "unreadable" for exercise in draft.exercises}
    whole = nbformat.writes(draft.notebook).encode()
    draft.raw = whole[: len(whole) * 2 // 3]


def dead_kernel(draft: Draft) -> None:
    """One answer that ends the process."""
    perfect(draft)
    draft.answer(draft.chosen, f"import os\n\n\n{_signature(draft.chosen)}\n    os._exit(1)", "died")


def warnings_shown(draft: Draft) -> None:
    """Everything right, with warnings on standard error."""
    perfect(draft)
    noise = "import sys\nimport warnings\n\nwarnings.warn('careful')\nprint('oh', file=sys.stderr)\n\n\n"
    _before(draft, noise)


def prints_much(draft: Draft) -> None:
    """Everything right, but every answer cell prints a megabyte."""
    perfect(draft)
    _before(draft, "print('x' * 1_000_000)\n\n\n")


KINDS: tuple[Callable[[Draft], None], ...] = (
    perfect,
    partial,
    blank,
    wrong,
    syntax_error,
    endless_loop,
    check_deleted,
    check_edited,
    corrupt,
    dead_kernel,
    warnings_shown,
    prints_much,
)


def write_class(folder: Path, students: int = len(KINDS), release: str = "03_first_order") -> int:
    """Write ``folder/submissions`` and ``folder/expected.csv``; returns the number of submissions.

    Raises
    ------
    GradeError
        The folder holds submissions already, or the assignment has no solutions.
    """
    assignment = find_assignment(release)
    target = folder / "submissions"
    if target.exists():
        raise GradeError(f"{target} exists already")
    notebook = nbformat.read(assignment.path, as_version=4)
    parts, solutions = release_parts(notebook), _solutions(assignment)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    names = [exercise.name for exercise in assignment.exercises]
    writer.writerow(["student", "what", "outcome", "total", *names])
    for i in range(students):
        kind = KINDS[i % len(KINDS)]
        student = NAMES[i % len(NAMES)] + (f" {i // len(NAMES) + 1}" if i >= len(NAMES) else "")
        blank_marks = dict.fromkeys(names, "unanswered")
        draft = Draft(copy.deepcopy(notebook), parts, assignment.exercises, solutions, i // 3, blank_marks)
        kind(draft)
        place = target / student / f"{assignment.stem}.ipynb"
        place.parent.mkdir(parents=True)
        place.write_bytes(draft.raw if draft.raw is not None else nbformat.writes(draft.notebook).encode())
        points = {e.name: e.points if draft.expected[e.name] == "right" else 0 for e in assignment.exercises}
        marks = [f"{points[name]} {draft.expected[name]}" for name in names]
        total = number(sum(points.values()))
        writer.writerow([safe_cell(student), kind.__name__, draft.outcome, total, *marks])
    (folder / "expected.csv").write_text(out.getvalue(), encoding="utf-8-sig")
    return students


def _solutions(assignment: Assignment) -> dict[str, str]:
    """Right answers by grade_id: the solutions notebook's."""
    path = notebook_folder("solutions") / assignment.path.name
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except FileNotFoundError:
        raise GradeError(f"there are no solutions to make a class from: {path} does not exist") from None
    marked = [(cell["metadata"].get("nbgrader", {}), cell["source"]) for cell in cells]
    return {marks["grade_id"]: "".join(source) for marks, source in marked if marks.get("solution")}


def builds_on(solutions: dict[str, str], name: str) -> list[str]:
    """The keys of the solutions that call the function ``name`` without defining it."""
    return [key for key, source in solutions.items() if calls(source, name)]


def _before(draft: Draft, code: str) -> None:
    for part, cell in zip(draft.parts, draft.notebook.cells, strict=True):
        if part.role == "answer":
            cell.source = code + cell.source


def _signature(exercise: Exercise) -> str:
    return f"def {exercise.function_name}{inspect.signature(exercise.reference)}:"


def source_as(function: Callable[..., Any], name: str) -> str:
    """A function's source under another name, with all that it uses of its module; empty where that is too much."""
    try:
        return "\n\n\n".join(_with_helpers(function, name, name, set()))
    except (OSError, SyntaxError, _TooMuch):
        return ""


class _TooMuch(Exception):
    """A function needs something that cannot be written down in an answer cell."""


def _with_helpers(function: Callable[..., Any], name: str, answer: str, seen: set[str]) -> list[str]:
    """Sources of what the function needs, then its own under ``name``; none may need the name of the answer itself."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    definition = tree.body[0]
    if not isinstance(definition, ast.FunctionDef) or inspect.getclosurevars(function).nonlocals:
        raise _TooMuch
    free = _free_names(tree)
    if answer in free:
        raise _TooMuch
    definition.name = name
    parts: list[str] = []
    for needed in sorted(free - seen):
        seen.add(needed)
        parts += _written_down(needed, answer, vars(inspect.getmodule(function)), seen)
    return [*parts, ast.unparse(tree)]


def _written_down(name: str, answer: str, module: dict[str, Any], seen: set[str]) -> list[str]:
    if name not in module:
        raise _TooMuch
    value = module[name]
    if inspect.ismodule(value):
        return [f"import {value.__name__} as {name}"]
    home = getattr(value, "__module__", None)
    if home is not None and not any(home.startswith(f"mlopt_course.checks.{chapter}") for chapter in CHAPTERS):
        return [f"from {home} import {value.__name__} as {name}"]
    if inspect.isfunction(value):
        return _with_helpers(value, name, answer, seen)
    try:
        if ast.literal_eval(repr(value)) == value:
            return [f"{name} = {value!r}"]
    except (ValueError, SyntaxError):
        pass
    raise _TooMuch


def _free_names(tree: ast.Module) -> set[str]:
    """Names that a function takes from its module."""
    known = set(dir(builtins)) | {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    used: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            (used if isinstance(node.ctx, ast.Load) else known).add(node.id)
        elif isinstance(node, ast.FunctionDef):
            known.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            known |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
    return used - known
