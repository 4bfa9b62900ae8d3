"""Repairs of what the theme, docutils and myst-nb write, where a screen reader would be told the wrong thing.

They are made in the files, once these are written, because most of the faults lie in the theme's templates, and so
that they hold without JavaScript.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder

REPAIRS = (
    # A folded cell is called what it shows ("Show the code"), not by a constant that contradicts it.
    (re.compile(r'<summary aria-label="Toggle hidden content">'), "<summary>"),
    # The list of references is a plain list: the roles that docutils gives it are not allowed in each other.
    (re.compile(r'<div role="list" class="citation-list">'), '<div class="citation-list">'),
    (re.compile(r'(<div class="citation" id="[^"]*") role="doc-biblioentry"'), r"\1"),
    # The search button's name is what is written on it.
    (re.compile(r'(<button class="btn search-button-field[^>]*?) aria-label="Search"'), r"\1"),
    # The colour button's name is its label; the titles of its three icons would be read as its text.
    (re.compile(r'(<i class="theme-switch [^>]*?)\s+title="[^"]*"'), r"\1"),
    (
        re.compile(r'aria-label="Color mode" data-bs-title="Color mode"'),
        'aria-label="Colour mode" data-bs-title="Colour mode"',
    ),
    # The arrow that unfolds a chapter in the side bar has a name.
    (re.compile(r'<summary>(?=<span class="toctree-toggle")'), '<summary aria-label="Pages of this chapter">'),
    # The logo lies in a landmark.
    (
        re.compile(r'<div class="sidebar-primary-item">(?=\s*<a class="navbar-brand)'),
        '<div class="sidebar-primary-item" role="navigation" aria-label="Title">',
    ),
)


def repair(page: str) -> str:
    """A page's HTML with its repairs made; a repaired page is left as it is."""
    for pattern, replacement in REPAIRS:
        page = pattern.sub(replacement, page)
    return page


def repair_pages(app: Sphinx, exception: Exception | None) -> None:
    """Repair what was written."""
    if exception is not None or not isinstance(app.builder, StandaloneHTMLBuilder):
        return
    for path in Path(app.outdir).rglob("*.html"):
        if "_static" in path.parts:
            continue
        page = path.read_text(encoding="utf8")
        repaired = repair(page)
        if repaired != page:
            path.write_text(repaired, encoding="utf8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("build-finished", repair_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
