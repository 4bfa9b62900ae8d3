"""Repairs of what the theme and myst-nb write, where a screen reader would be told the wrong thing.

The label of a folded cell is what it shows ("Show the code"), not a constant that contradicts it, and a list of
references is a list of plain items: the roles that docutils gives them are not allowed in each other.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

REPAIRS = (
    (re.compile(r'<summary aria-label="Toggle hidden content">'), "<summary>"),
    (re.compile(r'(<div[^>]*class="citation"[^>]*?) role="doc-biblioentry"'), r"\1"),
    (re.compile(r'(<div[^>]*class="citation-list"[^>]*?|<div role="list" class="citation-list") role="list"'), r"\1"),
    (re.compile(r'<div role="list" class="citation-list">'), '<div class="citation-list">'),
)


def repair(body: str) -> str:
    """The body of a page with its repairs made."""
    for pattern, replacement in REPAIRS:
        body = pattern.sub(replacement, body)
    return body


def repair_page(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Repair a page that is about to be written."""
    if "body" in context:
        context["body"] = repair(context["body"])


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("html-page-context", repair_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
