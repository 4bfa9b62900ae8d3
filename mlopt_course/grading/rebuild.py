"""The notebook that is graded: the release's, with the student's answer cells put in.

Only the cells that the student was asked to write are taken. They are found by nbgrader's ``grade_id`` and, failing
that, by what they define. Everything else (checks, imports, data) is the release's own.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import nbformat
from nbformat import NotebookNode

from .notebooks import MAX_CELL_CHARACTERS, Cell

ROLE = "mlopt_grading"  # key in the rebuilt cells' metadata: {"role": ..., "exercise": ...}

_JUDGING_CODE = re.compile(r"^[ \t]*(?:from|import)[ \t]+mlopt_course\.checks|mlopt_course\.checks\.\w", re.MULTILINE)
# A student may have reused the name `check` for something of their own.
CHECK_AGAIN = "from mlopt_course.checks import check\n"


class BadRelease(ValueError):
    """The release is no assignment that can be graded."""


@dataclass
class Rebuilt:
    """A notebook ready to run, and what was found on the way.

    Attributes
    ----------
    notebook : NotebookNode
        Every code cell carries its role ("setup", "answer", "check") and its exercise.
    notes : dict
        Exercise name -> sentences for the report; the key "" holds those about the whole notebook.
    answered, missing : set of str
        Exercises with an answer that is more than the stub, and those whose answer cell was not found.
    elsewhere : set of str
        Names that the student defined in cells which are not graded.
    """

    notebook: NotebookNode
    notes: dict[str, list[str]] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)
    elsewhere: set[str] = field(default_factory=set)

    def note(self, exercise: str, sentence: str) -> None:
        self.notes.setdefault(exercise, []).append(sentence)


@dataclass(frozen=True)
class Part:
    """A cell of the release: its role and the exercise that it belongs to ("" for none)."""

    cell: NotebookNode
    role: str
    exercise: str = ""

    @property
    def grade_id(self) -> str:
        return str(self.cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def release_parts(notebook: NotebookNode) -> list[Part]:
    """Cells of a release with their roles; an answer cell belongs to the next check cell.

    Raises
    ------
    BadRelease
        There is no check cell, or one that does not call ``check("name", ...)``.
    """
    parts: list[Part] = []
    waiting: list[int] = []
    for cell in notebook.cells:
        marks = cell.metadata.get("nbgrader", {})
        if marks.get("solution"):
            waiting.append(len(parts))
            parts.append(Part(cell, "answer" if cell.cell_type == "code" else "written"))
        elif marks.get("grade") and cell.cell_type == "code":
            name = _checked_exercise(cell.source)
            if not name:
                raise BadRelease(f'the cell {marks.get("grade_id")!r} of the release does not call check("name", ...)')
            for index in waiting:
                parts[index] = Part(parts[index].cell, parts[index].role, name)
            waiting = []
            parts.append(Part(cell, "check", name))
        elif cell.cell_type == "code":
            picture = "nbval-ignore-output" in cell.metadata.get("tags", [])
            parts.append(Part(cell, "picture" if picture else "setup"))
        else:
            parts.append(Part(cell, "text"))
    if not any(part.role == "check" for part in parts):
        raise BadRelease("the release has no check cell")
    return parts


def exercise_names(parts: Iterable[Part]) -> list[str]:
    """The exercises that a release checks, in order."""
    return list(dict.fromkeys(part.exercise for part in parts if part.role == "check"))


def rebuild(release: NotebookNode, cells: list[Cell]) -> Rebuilt:
    """Put the student's answers into the release.

    Where several cells could be the answer, the last one that is more than the stub counts: a second attempt stands
    below the first, and the last definition is the one that the student's own check cell saw.
    """
    parts = release_parts(release)
    result = Rebuilt(nbformat.v4.new_notebook(metadata=release.metadata))
    owned = {part.grade_id for part in parts if part.role == "answer"}
    locked = {part.cell.source.strip() for part in parts if part.role not in ("answer", "written")}
    taken: set[int] = set()
    for part in parts:
        if part.role in ("text", "picture"):
            continue
        cell = nbformat.from_dict(part.cell)
        if part.role in ("answer", "written"):
            cell.source = _answer(part, cells, owned, locked, taken, result)
        elif part.role == "check":
            cell.source = CHECK_AGAIN + cell.source
        cell.metadata = NotebookNode({ROLE: {"role": part.role, "exercise": part.exercise}})
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        result.notebook.cells.append(cell)
    _note_changes(parts, cells, result)
    ours = {part.cell.source.strip() for part in parts}
    others = [c for i, c in enumerate(cells) if i not in taken and c.kind == "code" and c.source.strip() not in ours]
    result.elsewhere = set().union(*(defined_names(cell.source) for cell in others)) if others else set()
    return result


def _answer(part: Part, cells: list[Cell], owned: set[str], locked: set[str], taken: set[int], result: Rebuilt) -> str:
    stub = part.cell.source
    by_id = [i for i, cell in enumerate(cells) if part.grade_id and cell.grade_id == part.grade_id]
    written = [i for i in by_id if not _is_stub(cells[i].source, stub)]
    taken.update(by_id)
    if len(by_id) > 1:
        result.note(part.exercise, "There were several answer cells with the same id: the last one with code was used.")
    if not written and part.role == "answer":
        names = set(re.findall(r"^(?:def|class)\s+(\w+)", stub, re.MULTILINE)) or defined_names(stub)
        others = [i for i, cell in enumerate(cells) if cell.source.strip() not in locked and i not in by_id]
        others = [i for i in others if cells[i].kind == "code" and not _is_stub(cells[i].source, stub)]
        written = [i for i in others if any(_defines(cells[i].source, name) for name in names)]
        # A cell that answers another exercise is the last resort.
        written = [i for i in written if cells[i].grade_id not in owned] or written
        if written:
            result.note(part.exercise, "The answer was found by its content, in a cell without this exercise's id.")
    if not written:
        if not by_id:
            result.missing.add(part.exercise)
            result.note(part.exercise, "The answer cell is not in the notebook.")
        return stub
    chosen = cells[written[-1]]
    taken.add(written[-1])
    result.answered.add(part.exercise)
    if chosen.kind != part.cell.cell_type:
        result.note(part.exercise, f"The answer stood in a {chosen.kind} cell; it was read as {part.cell.cell_type}.")
    if len(chosen.source) > MAX_CELL_CHARACTERS:
        result.note(part.exercise, f"The answer has more than {MAX_CELL_CHARACTERS} characters and was not run.")
        return stub
    if _JUDGING_CODE.search(chosen.source):
        result.note(
            part.exercise, "The answer uses mlopt_course.checks, the judging code: it is not there when grading."
        )
    return chosen.source


def _note_changes(parts: list[Part], cells: list[Cell], result: Rebuilt) -> None:
    """Say what was edited or deleted of the cells that belong to the release."""
    for part in parts:
        if part.role != "check":
            continue
        found = [cell for cell in cells if cell.grade_id == part.grade_id]
        same = [cell for cell in found if _same(cell.source, part.cell.source)]
        if not found and not any(_same(cell.source, part.cell.source) for cell in cells):
            result.note(part.exercise, "The check cell was deleted: ours was used.")
        elif found and not same:
            result.note(part.exercise, "The check cell was edited: ours was used.")
        elif len(found) > 1:
            result.note(part.exercise, "The check cell was there more than once: ours was used, once.")
    sources = {cell.source.strip() for cell in cells}
    if any(part.role == "setup" and part.cell.source.strip() not in sources for part in parts):
        result.note("", "A cell with given code was edited or deleted: ours was used.")
    wanted = [part.grade_id for part in parts if part.role == "answer"]
    order = [cell.grade_id for cell in cells if cell.grade_id in wanted]
    if list(dict.fromkeys(order)) != [grade_id for grade_id in wanted if grade_id in order]:
        result.note("", "The cells are in another order than in the assignment: they were run in ours.")


def calls(source: str, name: str) -> bool:
    """Whether a cell uses a function that it does not define."""
    return re.search(rf"\b{re.escape(name)}\(", source) is not None and not _defines(source, name)


def _same(one: str, other: str) -> bool:
    """Whether two cells are the same but for blanks at the ends of lines."""
    lines, others = ([line.rstrip() for line in text.strip().splitlines()] for text in (one, other))
    return lines == others


def _is_stub(source: str, stub: str) -> bool:
    return not source.strip() or _same(source, stub)


def _checked_exercise(source: str) -> str:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "check" and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                return first.value
    return ""


def _defines(source: str, name: str) -> bool:
    return (
        re.search(rf"^(?:async\s+)?(?:def|class)\s+{re.escape(name)}\b|^{re.escape(name)}\s*=[^=]", source, re.M)
        is not None
    )


def defined_names(source: str) -> set[str]:
    """Names that a cell binds at its top level; by pattern where the cell is not valid Python."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set(
            re.findall(r"^(?:def|class|import|from\s+\S+\s+import)\s+(?:\S+\s+as\s+)?(\w+)", source, re.MULTILINE)
        )
    names: set[str] = set()
    for node in body:
        names |= _bound(node)
    return names


def _bound(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    targets: list[Any] = []
    if isinstance(node, ast.Assign):
        targets = list(node.targets)
    elif isinstance(node, ast.AnnAssign | ast.AugAssign):
        targets = [node.target]
    return {leaf.id for target in targets for leaf in ast.walk(target) if isinstance(leaf, ast.Name)}
