"""Reads ``solutions/NN_stem.md``, the only place an exercise is written, and refuses whatever is not quite right.

nbgrader passes over a marker or a key that it does not know in silence, and the answer is published. Here
everything is either known or an error, with the file and the line.
"""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..checks.exercise import Exercise

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
STUB = ("# YOUR CODE HERE", "raise NotImplementedError()")
TEXT_STUB = ("YOUR ANSWER HERE",)

CELL_KEYS = {"nbgrader", "tags", "mystnb"}
NBGRADER_KEYS = {"grade_id", "solution", "grade", "locked", "points"}
TAGS = {
    "nbval-ignore-output", "nbval-skip", "hide-input", "hide-output", "hide-cell", "remove-input", "remove-output",
    "remove-cell", "solution",
}  # fmt: skip
_GRADE_ID = re.compile(r"[A-Za-z0-9_-]+")
_MYST = re.compile(
    r"^\s*(`{3,}|:{3,})\{[a-z]|^\([\w-]+\)=\s*$|"
    r"\{(doc|ref|eq|numref|cite(:\w+)?|term|set|glue:\w+|math|abbr|download|prf:ref)\}`"
)
_OTHER_MARKERS = ("BEGIN HIDDEN TESTS", "END HIDDEN TESTS", "BEGIN MARK SCHEME", "END MARK SCHEME")


class SourceError(ValueError):
    """A fault of an exercise source; the text begins with ``file:line:``."""


@dataclass(frozen=True)
class SourceCell:
    """A cell of the source: ``role`` is text, explanation, code, answer, check, play or written; ``exercise`` its full
    name. An explanation is text that goes into the solutions only.
    """

    kind: str
    source: str
    line: int
    role: str
    grade_id: str = ""
    points: int = 0
    exercise: str = ""
    tags: tuple[str, ...] = ()
    mystnb: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """A chapter's exercises as they were written."""

    path: Path
    stem: str
    text: str
    cells: tuple[SourceCell, ...]

    @property
    def chapter(self) -> str:
        return self.stem.partition("_")[2]


def read_source(path: Path, exercises: Mapping[str, Exercise]) -> Source:
    """The cells of a source, all rules kept.

    Parameters
    ----------
    path : Path
        ``solutions/NN_stem.md``.
    exercises : mapping of str to Exercise
        The exercises of the chapter: all of them must be there, once, and no others.

    Raises
    ------
    SourceError
        With ``file:line: what is wrong``.
    """
    import jupytext

    text = path.read_text(encoding="utf-8")
    try:
        notebook = jupytext.reads(text, fmt="md:myst")
    except Exception as error:
        raise SourceError(f"{path.name}:1: not a MyST notebook: {error}") from error
    lines = _first_lines(text, notebook.cells)
    cells = tuple(_cell(path, cell, line, exercises) for cell, line in zip(notebook.cells, lines, strict=True))
    for line, fault in [*_notebook_faults(cells), *_order_faults(cells, exercises)]:
        raise SourceError(f"{path.name}:{line}: {fault}")
    return Source(path, path.stem, text, cells)


def _first_lines(text: str, cells: Any) -> list[int]:
    """The line (from 1) at which each cell's text begins."""
    lines = text.splitlines()
    position, found = _end_of_front_matter(lines), []
    for cell in cells:
        wanted = cell.source.splitlines()
        place = next(
            (i for i in range(position, len(lines)) if wanted and lines[i : i + len(wanted)] == wanted), position
        )
        found.append(place + 1)
        position = place + len(wanted)
    return found


def _end_of_front_matter(lines: list[str]) -> int:
    if lines and lines[0] == "---":
        return next((i + 1 for i in range(1, len(lines)) if lines[i] == "---"), 0)
    return 0


def _cell(path: Path, cell: Any, line: int, exercises: Mapping[str, Exercise]) -> SourceCell:
    metadata = dict(cell.metadata)
    marks = dict(metadata.get("nbgrader", {}))
    made = SourceCell(
        kind=cell.cell_type,
        source=cell.source,
        line=line,
        role=_role(cell, marks),
        grade_id=str(marks.get("grade_id", "")),
        points=marks.get("points", 0),
        exercise=_called(cell.source, "check") or _called(cell.source, "play") if cell.cell_type == "code" else "",
        tags=tuple(metadata.get("tags", ())),
        mystnb=metadata.get("mystnb", {}),
    )
    faults = [*_metadata_faults(made, metadata, marks), *_marker_faults(made), *_text_faults(made)]
    faults = faults or [*_role_faults(made, exercises)]
    for offset, fault in faults:
        raise SourceError(f"{path.name}:{line + offset}: {fault}")
    return made


def _role(cell: Any, marks: dict[str, Any]) -> str:
    if cell.cell_type != "code":
        if marks.get("solution"):
            return "written"
        return "explanation" if "solution" in cell.metadata.get("tags", ()) else "text"
    if marks.get("solution"):
        return "answer"
    if marks.get("grade"):
        return "check"
    return "play" if _called(cell.source, "play") else "code"


def _called(source: str, function: str) -> str:
    """The exercise that a cell checks or plays: the first argument of its only call of that function."""
    found = re.findall(rf'^{function}\(\s*"([^"]*)"\s*,\s*\w+\s*\)\s*$', source, re.MULTILINE)
    return found[0] if len(found) == 1 else ""


def _metadata_faults(
    cell: SourceCell, metadata: Mapping[str, Any], marks: Mapping[str, Any]
) -> Iterator[tuple[int, str]]:
    for key in metadata:
        if key not in CELL_KEYS:
            yield 0, f"unknown cell metadata {key!r}{_near(key, CELL_KEYS)}"
    for key in marks:
        if key not in NBGRADER_KEYS:
            yield 0, f"unknown nbgrader metadata {key!r}{_near(key, NBGRADER_KEYS)}"
    for key in ("solution", "grade", "locked"):
        if type(marks.get(key, False)) is not bool:
            yield 0, f"nbgrader's {key} must be true or false, got {marks[key]!r}"
    if marks and not _GRADE_ID.fullmatch(cell.grade_id):
        yield 0, f"grade_id must be of letters, digits, _ and -, got {cell.grade_id!r}"
    if marks and not any(marks.get(key) for key in ("solution", "grade", "locked")):
        yield 0, "nbgrader metadata must say solution, grade or locked"
    if type(cell.points) is not int or cell.points < 0:
        yield 0, f"points must be a whole number, got {cell.points!r}"
    for tag in cell.tags:
        if tag not in TAGS:
            yield 0, f"unknown tag {tag!r}{_near(tag, TAGS)}"
    if "solution" in cell.tags and cell.role != "explanation":
        yield 0, "only text may carry the tag 'solution': an answer says solution: true in its nbgrader metadata"


def _near(word: str, known: set[str]) -> str:
    near = difflib.get_close_matches(str(word), sorted(known), n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(sorted(known))}"


def _marker_faults(cell: SourceCell) -> Iterator[tuple[int, str]]:
    """Markers that are not exactly ours, not in pairs, or in a cell that is not an answer."""
    open_line = None
    for offset, line in enumerate(cell.source.split("\n")):
        marker = line.strip()
        if marker == BEGIN:
            if open_line is not None:
                yield offset, f"{BEGIN!r} inside a region that is already open"
            if cell.role not in ("answer", "written"):
                yield offset, f"{BEGIN!r} in a cell whose nbgrader metadata does not say solution: true"
            open_line = offset
        elif marker == END:
            if open_line is None:
                yield offset, f"{END!r} without {BEGIN!r}"
            open_line = None
        elif _looks_like_marker(line):
            yield offset, f"unknown marker {marker!r}: only {BEGIN!r} and {END!r}, alone on their line, are known"
    if open_line is not None:
        yield open_line, f"{BEGIN!r} without {END!r}"


def _looks_like_marker(line: str) -> bool:
    if any(marker in line.upper() for marker in (*_OTHER_MARKERS, "BEGIN SOLUTION", "END SOLUTION")):
        return True
    if "#" not in line or (re.match(r"\s*#+\s", line) is None and not re.search(r"#{2,}\s*\w+\W*\w*\s*$", line)):
        return False
    letters = re.sub(r"[^A-Z]", "", line.partition("#")[2].upper())
    return any(
        len(letters) < 20 and difflib.SequenceMatcher(None, letters, wanted).ratio() > 0.8
        for wanted in ("BEGINSOLUTION", "ENDSOLUTION", "STARTSOLUTION")
    )


def _text_faults(cell: SourceCell) -> Iterator[tuple[int, str]]:
    if cell.kind != "markdown":
        return
    for offset, line in enumerate(cell.source.split("\n")):
        if _MYST.search(line):
            yield offset, f"MyST syntax, which Jupyter and Colab show as plain text: {line.strip()!r}"


def _role_faults(cell: SourceCell, exercises: Mapping[str, Exercise]) -> Iterator[tuple[int, str]]:
    if cell.role == "answer":
        yield from _answer_faults(cell)
    elif cell.role == "written" and (cell.points <= 0 or BEGIN not in cell.source):
        yield 0, f"a written answer needs grade: true, points, and its model answer between {BEGIN!r} and {END!r}"
    elif cell.role in ("check", "play"):
        yield from _check_faults(cell, exercises)
    elif cell.role == "code" and re.search(r"^\s*(check|play)\(", cell.source, re.MULTILINE):
        yield (
            0,
            'a cell that calls check or play holds one line only, `check("chapter.name", name)`, grade: true',
        )


def _check_faults(cell: SourceCell, exercises: Mapping[str, Exercise]) -> Iterator[tuple[int, str]]:
    if not cell.exercise:
        yield 0, 'a check cell must hold one line, `check("chapter.name", name)`'
    elif cell.exercise not in exercises:
        yield 0, f"unknown exercise {cell.exercise!r}{_near(cell.exercise, set(exercises))}"
    elif len(cell.source.strip().splitlines()) > 1:
        yield 1, "a check or play cell holds one line only: students' copies of it are replaced when graded"
    elif cell.role == "check" and cell.points not in (0, exercises[cell.exercise].points):
        right = exercises[cell.exercise].points
        yield 0, f"{cell.points} points here, but {right} in the exercise {cell.exercise!r}: leave them out here"
    elif cell.role == "play" and exercises[cell.exercise].play is None:
        yield 0, f"exercise {cell.exercise!r} has no play function"


def _answer_faults(cell: SourceCell) -> Iterator[tuple[int, str]]:
    """A region must be there, and nothing that runs may stand outside it but imports and the function's head."""
    if BEGIN not in cell.source:
        yield 0, f"an answer cell needs its answer between {BEGIN!r} and {END!r}"
        return
    cleared = clear(cell.source, STUB)
    try:
        ast.parse(cell.source)
        tree = ast.parse(cleared)
    except SyntaxError as error:
        yield (error.lineno or 1) - 1, f"not valid Python: {error.msg}"
        return
    for node in tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)) or _is_text(node):
            continue
        if not isinstance(node, ast.FunctionDef):
            yield _original_line(cell.source, node), f"code outside the answer's region: {_first_line(node)!r}"
            continue
        for inner in node.body:
            if not _is_text(inner) and ast.unparse(inner) != STUB[1]:
                yield _original_line(cell.source, inner), f"code outside the answer's region: {_first_line(inner)!r}"


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _first_line(node: ast.stmt) -> str:
    return ast.unparse(node).splitlines()[0]


def _original_line(source: str, node: ast.stmt) -> int:
    """The offset of a statement of the cleared cell in the original: by its text, as lines before it were cut."""
    wanted = _first_line(node)
    for found in ast.walk(ast.parse(source)):
        if isinstance(found, ast.stmt) and _first_line(found) == wanted:
            return found.lineno - 1
    return 0


def clear(source: str, stub: tuple[str, ...]) -> str:
    """The text with every region replaced by the stub, indented like its marker, as nbgrader does it."""
    kept: list[str] = []
    inside = False
    for line in source.split("\n"):
        if line.strip() == BEGIN:
            indent = line[: len(line) - len(line.lstrip())]
            kept.extend(indent + stub_line for stub_line in stub)
            inside = True
        elif line.strip() == END:
            inside = False
        elif not inside:
            kept.append(line)
    return "\n".join(kept)


def regions(source: str) -> list[str]:
    """The answers of a cell: the text of each region."""
    found: list[list[str]] = []
    inside = False
    for line in source.split("\n"):
        if line.strip() in (BEGIN, END):
            inside = line.strip() == BEGIN
            if inside:
                found.append([])
        elif inside:
            found[-1].append(line)
    return ["\n".join(lines) for lines in found]


def _notebook_faults(cells: tuple[SourceCell, ...]) -> Iterator[tuple[int, str]]:
    if not cells or cells[0].role != "text" or not cells[0].source.startswith("# "):
        yield cells[0].line if cells else 1, "the first cell must be text that begins with the title, `# ...`"
    seen: dict[str, int] = {}
    for cell in cells:
        if cell.grade_id:
            if cell.grade_id in seen:
                yield cell.line, f"grade_id {cell.grade_id!r} was used before, in line {seen[cell.grade_id]}"
            seen[cell.grade_id] = cell.line


def _order_faults(cells: tuple[SourceCell, ...], exercises: Mapping[str, Exercise]) -> Iterator[tuple[int, str]]:
    """Every exercise once: its answer, then its check, then perhaps its play."""
    waiting: SourceCell | None = None
    checked: dict[str, int] = {}
    for cell in cells:
        if cell.role == "answer":
            if waiting is not None:
                yield waiting.line, f"the answer {waiting.grade_id!r} has no check before the next answer"
            waiting = cell
        elif cell.role == "check":
            name = exercises[cell.exercise].function_name
            if cell.exercise in checked:
                yield cell.line, f"{cell.exercise!r} is checked before, in line {checked[cell.exercise]}"
            if waiting is None:
                yield cell.line, f"the check of {cell.exercise!r} has no answer cell before it"
            elif not re.search(rf"^def {name}\(", waiting.source, re.MULTILINE):
                yield (
                    waiting.line,
                    f"the answer {waiting.grade_id!r} must define {name}, which the check below it calls",
                )
            checked[cell.exercise], waiting = cell.line, None
        elif cell.role == "explanation" and (waiting is not None or not checked):
            yield cell.line, "an explanation must come after the check of the answer that it explains"
        elif cell.role == "play" and cell.exercise not in checked:
            yield cell.line, f"the plot of {cell.exercise!r} must come after its check"
    if waiting is not None:
        yield waiting.line, f"the answer {waiting.grade_id!r} has no check"
    missing = [name for name in exercises if name not in checked]
    if missing:
        yield cells[-1].line, f"no check of the exercise {missing[0]!r}"
