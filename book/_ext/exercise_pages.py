"""Tie the pages of a chapter together: its exercises, their worked solutions, and where to run the notebook.

* A section that holds an answer cell (nbgrader's metadata say which) gets the cell's ``grade_id`` as its address, on
  the exercise page and on the solutions page, and each of the two links to the other where both are built.
* On a solutions page the answer is folded, and the markers that delimit it in the source are not shown.
* The exercise page and the chapter's section "Exercises" say how to get and run the notebook.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from docutils import nodes
from launch_links import launch_bar
from markup import element
from sphinx.application import Sphinx

MARKER = re.compile(r"^\s*#+\s*(BEGIN|END)\s+SOLUTION.*\n?", re.MULTILINE)
SHOW, HIDE = "Show the solution", "Hide the solution"


def split(docname: str) -> tuple[str, str]:
    """Folder and stem of a page (``exercises/03_first_order``)."""
    folder, _, stem = docname.partition("/")
    return folder, stem


def answer_cells(doctree: nodes.Node) -> Iterator[tuple[str, nodes.container]]:
    """The ``grade_id`` and the node of each cell that holds, or wants, an answer."""
    for cell in doctree.findall(nodes.container):
        metadata: dict[str, Any] = cell.get("cell_metadata") or {}
        grading = metadata.get("nbgrader", {})
        if cell.get("nb_element") == "cell_code" and grading.get("solution") and grading.get("grade_id"):
            yield grading["grade_id"], cell


def section_of(node: nodes.Element) -> nodes.section | None:
    """The innermost section around a node."""
    parent = node.parent
    while parent is not None and not isinstance(parent, nodes.section):
        parent = parent.parent
    return parent


def give_address(document: nodes.document, section: nodes.section, grade_id: str) -> str:
    """Make the exercise's id the first of the section's ids, which is the one that links use."""
    address = nodes.make_id(grade_id)
    if document.ids.get(address, section) is not section:
        address = f"answer-{address}"
    if address in section["ids"]:
        section["ids"].remove(address)
    section["ids"].insert(0, address)
    document.ids[address] = section
    return address


def fold(cell: nodes.container) -> None:
    """Fold an answer, and leave out the markers around it."""
    cell["hide_mode"], cell["prompt_show"], cell["prompt_hide"] = "input", SHOW, HIDE
    for block in cell.findall(nodes.literal_block):
        text = MARKER.sub("", block.astext()).strip("\n")
        block.rawsource = text
        block.children = []
        block += nodes.Text(text)
        break


def mark_answers(app: Sphinx, doctree: nodes.document) -> None:
    """Address the sections of a page that was just read, and fold the answers of a solutions page."""
    folder, _ = split(app.env.docname)
    if folder not in {"exercises", "solutions"}:
        return
    addresses = {}
    for grade_id, cell in answer_cells(doctree):
        section = section_of(cell)
        if section is not None:
            addresses[grade_id] = give_address(doctree, section, grade_id)
        if folder == "solutions":
            fold(cell)
    app.env.metadata[app.env.docname]["answers"] = addresses


def link_pages(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Add the links of a page that is about to be written."""
    if app.builder.format != "html":
        return
    folder, stem = split(docname)
    if folder in {"exercises", "solutions"}:
        link_answers(app, doctree, docname)
    if folder in {"book", "exercises"} and f"exercises/{stem}" in app.env.found_docs:
        add_launch_bar(app, doctree, docname, f"exercises/{stem}")


def link_answers(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Link each exercise to its solution, or each solution to its exercise."""
    folder, stem = split(docname)
    other = f"{'solutions' if folder == 'exercises' else 'exercises'}/{stem}"
    if other not in app.env.found_docs:
        return
    there = app.env.metadata[other].get("answers", {})
    label, name = ("Worked solution", "solution") if folder == "exercises" else ("Back to the exercise", "exercise")
    for grade_id, cell in answer_cells(doctree):
        section = section_of(cell)
        if section is None or grade_id not in there:
            continue
        address = f"{app.builder.get_relative_uri(docname, other)}#{there[grade_id]}"
        link = element("p", element("a", label, href=address, class_=f"mlopt-{name}-link"), class_="mlopt-answer-link")
        inner = next((i for i, child in enumerate(section.children) if isinstance(child, nodes.section)), len(section))
        section.insert(inner, link)


def add_launch_bar(app: Sphinx, doctree: nodes.document, docname: str, exercises: str) -> None:
    """Say how to get and run the notebook: below the title of its page, or in the chapter's part on exercises."""
    sections = list(doctree.findall(nodes.section))
    wanted = sections if docname == exercises else [s for s in sections if title_of(s).startswith("Exercises")]
    if not wanted:
        return
    page = app.builder.get_relative_uri(docname, exercises)
    download = page.removesuffix(".html") + ".ipynb" if page else f"{split(docname)[1]}.ipynb"
    bar = launch_bar(app.config, f"{exercises}.ipynb", download)
    if docname != exercises:
        bar.insert(0, element("a", "Read the exercises", href=page, class_="mlopt-button mlopt-button-main"))
    wanted[0].insert(1, bar)


def title_of(section: nodes.section) -> str:
    """The text of a section's heading."""
    return section[0].astext() if isinstance(section[0], nodes.title) else ""


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.setup_extension("markup")
    app.setup_extension("launch_links")
    # Before Sphinx collects the titles and addresses of a page (at 500).
    app.connect("doctree-read", mark_answers, priority=100)
    app.connect("doctree-resolved", link_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
