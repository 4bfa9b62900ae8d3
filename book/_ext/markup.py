"""A document node that becomes one HTML element, and is transparent where the output is not HTML."""

from __future__ import annotations

from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxTranslator

VOID = {"input", "hr"}


class html_element(nodes.General, nodes.Inline, nodes.Element):
    """An element ``tag`` with ``attributes``; an attribute that is None is left out, "" is written bare."""


def element(tag: str, *children: nodes.Node | str, **attributes: str | None) -> html_element:
    """Make a node; a trailing underscore (``class_``) is dropped and an inner one (``data_x``) is a hyphen."""
    named = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
    node = html_element("", tag=tag, attributes=named)
    node += [nodes.Text(child) if isinstance(child, str) else child for child in children]
    return node


def opening(tag: str, attributes: dict[str, str | None]) -> str:
    """The start tag as HTML."""
    pairs = (
        f' {key}="{escape(value)}"' if value else f" {key}" for key, value in attributes.items() if value is not None
    )
    return f"<{tag}{''.join(pairs)}>"


def visit_html(translator: Any, node: html_element) -> None:
    """Write the start tag."""
    translator.body.append(opening(node["tag"], node["attributes"]))


def depart_html(translator: Any, node: html_element) -> None:
    """Write the end tag."""
    if node["tag"] not in VOID:
        translator.body.append(f"</{node['tag']}>")


def pass_by(translator: SphinxTranslator, node: html_element) -> None:
    """Leave only the children, for output that is not HTML."""


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the node."""
    plain = (pass_by, pass_by)
    app.add_node(html_element, html=(visit_html, depart_html), latex=plain, text=plain, man=plain, texinfo=plain)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
