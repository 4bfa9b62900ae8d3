"""Makes the two notebooks of a chapter from its source: the student's copy, and the solutions before they are run."""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..checks.exercise import Exercise
from .source import STUB, TEXT_STUB, Source, SourceCell, SourceError, clear, regions

INSTALL = """\
# Installs the course where it is missing, on Colab for instance. Elsewhere it does nothing.
try:
    import mlopt_course
except ModuleNotFoundError:
    %pip install --quiet mlopt-course"""

HOW_STUDENT = """\
**How this notebook works.** Each exercise asks for one function. Replace `raise NotImplementedError()` with your
code, run that cell, then the cell with `check(...)` below it: it says at once whether the answer is right, or what to
look at. Try as often as you like. There are {count} exercises for {points} points. The other cells are given.

All of it at once: `mlopt check {stem}.ipynb` in a terminal, or `pytest --nbval-lax {stem}.ipynb`."""

HOW_SOLUTIONS = """\
**Worked solutions** to the {count} exercises ({points} points). Try them first in the notebook without answers,
`exercises/{stem}.ipynb`: there, each check cell tells you whether your own answer is right."""


def student_notebook(source: Source, exercises: Mapping[str, Exercise]) -> dict[str, Any]:
    """The student's copy: answers cleared, explanations left out, nothing run.

    Raises SourceError where an answer stands in the text of another cell as well.
    """
    cells = [
        {**cell, "source": clear(cell["source"], STUB if cell["cell_type"] == "code" else TEXT_STUB)}
        for cell in _cells(_without_explanations(source), exercises, HOW_STUDENT)
    ]
    published = [" ".join(cell["source"].split()) for cell in cells]
    for cell in source.cells:
        for answer in regions(cell.source) if cell.role in ("answer", "written") else ():
            words = " ".join(answer.split())
            if len(words) > 20 and any(words in text for text in published):
                raise SourceError(f"{source.path.name}:{cell.line}: this answer can be read in another cell as well")
    return _notebook(cells, {})


def _without_explanations(source: Source) -> Source:
    return replace(source, cells=tuple(cell for cell in source.cells if cell.role != "explanation"))


def solution_notebook(source: Source, exercises: Mapping[str, Exercise], provenance: str) -> dict[str, Any]:
    """The solutions, not run yet; ``provenance`` is kept in the metadata to tell when the outputs are stale."""
    return _notebook(_cells(source, exercises, HOW_SOLUTIONS, solved=True), {"mlopt": {"provenance": provenance}})


def dumps(notebook: Mapping[str, Any]) -> str:
    """The notebook as text: the same bytes for the same notebook, on every machine."""
    return json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _notebook(cells: list[dict[str, Any]], metadata: dict[str, Any]) -> dict[str, Any]:
    return {
        "cells": cells,
        "metadata": {
            **metadata,
            "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
            "language_info": {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _cells(source: Source, exercises: Mapping[str, Exercise], how: str, solved: bool = False) -> list[dict[str, Any]]:
    first, *rest = source.cells
    title, _, opening = first.source.partition("\n")
    total = sum(exercise.points for exercise in exercises.values())
    intro = how.format(count=len(exercises), points=total, stem=source.stem)
    if solved:  # two pages of a book must not have one title
        title = re.sub(r"^# Exercises\b", "# Worked solutions", title)
        title = title if "Worked solutions" in title else f"{title}: worked solutions"
    text = "\n\n".join(part for part in (title, opening.strip(), intro) if part)
    made = [_markdown(text, "title"), _code(INSTALL, "install", {})]
    checks = [cell.exercise for cell in source.cells if cell.role == "check"]
    number = 0
    seen: dict[str, int] = {}
    for cell in rest:
        if cell.role == "answer":
            exercise = exercises[checks[number]]
            made.append(_markdown(_about(exercise), f"about-{exercise.function_name}"))
            number += 1
        made.append(_made(cell, exercises, seen))
    return made


def _about(exercise: Exercise) -> str:
    """Points, difficulty and the folded hint, with an anchor for links to the exercise."""
    word = "point" if exercise.points == 1 else "points"
    hint = html.escape(exercise.hint.strip(), quote=False)
    head = f'<span id="{exercise.function_name}"></span>**{exercise.points} {word}** · {exercise.difficulty}'
    return f"{head}\n\n{_folded('Hint', hint)}"


def _folded(summary: str, text: str) -> str:
    return f"<details>\n<summary>{summary}</summary>\n\n{text}\n\n</details>"


def _made(cell: SourceCell, exercises: Mapping[str, Exercise], seen: dict[str, int]) -> dict[str, Any]:
    metadata: dict[str, Any] = {}
    tags = list(cell.tags)
    if cell.role == "play" and "nbval-ignore-output" not in tags:
        tags.append("nbval-ignore-output")
    if tags:
        metadata["tags"] = tags
    if cell.mystnb:
        metadata["mystnb"] = dict(cell.mystnb)
    grade_id = cell.grade_id or (f"play_{cell.exercise.partition('.')[2]}" if cell.role == "play" else "")
    if grade_id:
        metadata["nbgrader"] = _nbgrader(cell, grade_id, exercises)
    if metadata.get("nbgrader", {}).get("locked"):
        metadata.update(deletable=False, editable=False)
    elif cell.role in ("answer", "written"):
        metadata["deletable"] = False
    name = grade_id or _digest(cell.source, seen)
    if cell.role == "explanation":
        return _markdown(_folded("Why", cell.source), name, metadata)
    return _code(cell.source, name, metadata) if cell.kind == "code" else _markdown(cell.source, name, metadata)


def _nbgrader(cell: SourceCell, grade_id: str, exercises: Mapping[str, Exercise]) -> dict[str, Any]:
    marks: dict[str, Any] = {
        "grade": cell.role in ("check", "written"),
        "grade_id": grade_id,
        "locked": cell.role not in ("answer", "written"),
        "schema_version": 3,
        "solution": cell.role in ("answer", "written"),
        "task": False,
    }
    if cell.role == "check":
        marks["points"] = exercises[cell.exercise].points
    elif cell.role == "written":
        marks["points"] = cell.points
    return marks


def _digest(source: str, seen: dict[str, int]) -> str:
    """An id that stays while the cell's text stays, wherever it moves."""
    digest = hashlib.sha256(source.encode()).hexdigest()[:10]
    seen[digest] = seen.get(digest, 0) + 1
    return digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"


def _markdown(source: str, name: str, metadata: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": name[:64], "metadata": dict(metadata or {}), "source": source}


def _code(source: str, name: str, metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": name[:64],
        "metadata": dict(metadata),
        "outputs": [],
        "source": source,
    }
