"""From one source to two notebooks: ``solutions/NN_stem.md`` becomes ``solutions/NN_stem.ipynb``, with the answers and
their outputs, and ``exercises/NN_stem.ipynb``, the student's copy.

The same source gives the same bytes. Both notebooks carry nbgrader's metadata and are valid assignments for it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

from .source import SourceError

__all__ = ["SourceError", "notebook_folder", "release", "repository_root", "stale"]

_PACKAGE = Path(__file__).resolve().parent.parent


def notebook_folder(kind: str) -> Path:
    """Where the published notebooks are: in the checkout's root, or inside the installed package.

    Parameters
    ----------
    kind : {"exercises", "solutions"}
        Which notebooks.
    """
    if kind not in ("exercises", "solutions"):
        raise ValueError(f"kind must be 'exercises' or 'solutions', got {kind!r}")
    checkout = _PACKAGE.parent / kind
    if (_PACKAGE.parent / "pyproject.toml").exists() and checkout.is_dir():
        return checkout
    return _PACKAGE / "notebooks" / kind


def repository_root() -> Path:
    """The checkout that this package runs from; ValueError where it is an installed copy."""
    root = _PACKAGE.parent
    if not ((root / "pyproject.toml").exists() and (root / "solutions").is_dir()):
        raise ValueError("releasing needs a checkout of the repository: this copy of mlopt_course is an installed one")
    return root


def release(root: Path, report: Callable[[str], None] = lambda line: None) -> list[Path]:
    """Write both notebooks of every ``root/solutions/*.md``, running the solutions where they changed.

    Every source is read, and every fault found, before anything is written; a file that is up to date is left alone.

    Returns
    -------
    list of Path
        The files that were written.
    """
    from .execute import execute
    from .notebooks import dumps, solution_notebook, student_notebook

    written: list[Path] = []
    plans = [(source, exercises, student_notebook(source, exercises)) for source, exercises in _sources(root)]
    for source, exercises, student in plans:
        solutions = root / "solutions" / f"{source.stem}.ipynb"
        if _solutions_fault(root, source, exercises):
            report(f"running {solutions.name}")
            made = solution_notebook(source, exercises, _provenance(source))
            written.append(_write(solutions, dumps(execute(made, root / "solutions", solutions.name))))
        copy = root / "exercises" / f"{source.stem}.ipynb"
        if _read(copy) != dumps(student):
            written.append(_write(copy, dumps(student)))
    for path in _orphans(root):
        path.unlink()
        written.append(path)
    return written


def stale(root: Path) -> list[str]:
    """One sentence for each committed notebook that `release` would change; it runs nothing.

    The solutions' outputs count as stale when the source, the chapter's checks or the package's version changed since
    they were made; that they are still what the code gives is for ``pytest --nbval`` to say.
    """
    from .notebooks import dumps, student_notebook

    faults: list[str] = []
    for source, exercises in _sources(root):
        fault = _solutions_fault(root, source, exercises)
        if fault:
            faults.append(f"solutions/{source.stem}.ipynb {fault}")
        published = _read(root / "exercises" / f"{source.stem}.ipynb")
        if published != dumps(student_notebook(source, exercises)):
            state = "is missing" if published is None else "does not match its source"
            faults.append(f"exercises/{source.stem}.ipynb {state}")
    return [*faults, *(f"{path.relative_to(root)} has no source" for path in _orphans(root))]


def _sources(root: Path):
    from ..checks import exercises
    from .source import read_source

    paths = sorted((root / "solutions").glob("*.md"))
    if not paths:
        raise SourceError(f"there are no sources {root / 'solutions' / '*.md'}")
    chapters = {path.stem.partition("_")[2]: path for path in paths}
    known = exercises()
    for exercise in known.values():
        if exercise.chapter not in chapters:
            raise SourceError(f"solutions/: no source for the exercises of chapter {exercise.chapter!r}")
    for chapter, path in chapters.items():
        own = {name: exercise for name, exercise in known.items() if exercise.chapter == chapter}
        if not own:
            raise SourceError(f"{path.name}:1: there are no exercises in mlopt_course/checks/{chapter}.py")
        yield read_source(path, own), own


def _provenance(source) -> str:
    """A digest of what the outputs depend on, save the methods themselves."""
    import importlib.util

    from .. import __version__

    found = importlib.util.find_spec(f"mlopt_course.checks.{source.chapter}")
    checks = Path(found.origin) if found is not None and found.origin else Path()
    files = sorted(checks.parent.glob("*.py")) if checks.name == "__init__.py" else [checks]
    texts = [file.read_text(encoding="utf-8") for file in files]
    return hashlib.sha256("\0".join((source.text, *texts, __version__)).encode()).hexdigest()


def _solutions_fault(root: Path, source, exercises) -> str:
    """What is wrong with the committed solutions notebook; empty where nothing is."""
    from .notebooks import solution_notebook

    text = _read(root / "solutions" / f"{source.stem}.ipynb")
    if text is None:
        return "is missing"
    try:
        notebook = json.loads(text)
        bare = {**notebook, "cells": [_bare(cell) for cell in notebook["cells"]]}
        checks = [cell for cell in notebook["cells"] if cell["metadata"].get("nbgrader", {}).get("grade")]
    except (ValueError, KeyError, TypeError, AttributeError):
        return "is not a notebook"
    if bare["metadata"].get("mlopt") != {"provenance": _provenance(source)}:
        return "was run with an older source, checks or package"
    if bare != solution_notebook(source, exercises, _provenance(source)):
        return "does not match its source"
    if not all(cell["outputs"] for cell in checks if cell["cell_type"] == "code"):
        return "has check cells without an output"
    return ""


def _bare(cell):
    return {**cell, "outputs": [], "execution_count": None} if cell["cell_type"] == "code" else cell


def _orphans(root: Path) -> list[Path]:
    stems = {path.stem for path in (root / "solutions").glob("*.md")}
    found = [path for kind in ("solutions", "exercises") for path in sorted((root / kind).glob("*.ipynb"))]
    return [path for path in found if path.stem not in stems]


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def _write(path: Path, text: str) -> Path:
    """Write a whole file or none of it."""
    path.parent.mkdir(exist_ok=True)
    partial = path.with_suffix(".partial")
    try:
        partial.write_text(text, encoding="utf-8", newline="\n")
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    return path
