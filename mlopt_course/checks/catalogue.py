"""Finds the exercises of every chapter: those in a module of this folder that carries the chapter's stem."""

from __future__ import annotations

import difflib
import importlib
import importlib.util

from ..registry import CHAPTERS
from .exercise import Exercise


def exercises(chapter: str | None = None) -> dict[str, Exercise]:
    """Every exercise by name, in the order of the book; those of one chapter if ``chapter`` is given.

    Raises ValueError for an unknown chapter, and where an exercise is defined twice or in another chapter's module.
    """
    if chapter is not None and chapter not in CHAPTERS:
        raise ValueError(f"chapter must be one of {CHAPTERS}, got {chapter!r}")
    found: dict[str, Exercise] = {}
    for stem in CHAPTERS if chapter is None else (chapter,):
        name = f"{__package__}.{stem}"
        if importlib.util.find_spec(name) is None:
            continue
        for one in importlib.import_module(name).EXERCISES:
            if one.chapter != stem:
                raise ValueError(f"exercise {one.name!r} stands in the checks of chapter {stem!r}")
            if one.name in found:
                raise ValueError(f"exercise {one.name!r} is defined twice")
            found[one.name] = one
    return found


def exercise(name: str) -> Exercise:
    """The exercise of that name; a ValueError names near misses."""
    known = exercises()
    if name in known:
        return known[name]
    by_function = [full for full in known if full.partition(".")[2] == name]
    near = by_function or difflib.get_close_matches(str(name), known, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(map(repr, near))}?" if near else f"known are {', '.join(known) or 'none'}"
    raise ValueError(f"exercise {name!r} is unknown; {hint}")
