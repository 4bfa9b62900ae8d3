"""Keep the mark after a formula on the formula's line: browsers break there, and a full stop would stand alone."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

MARKS = re.compile(r"[.,;:!?)\]’”]+")


class GlueMarks(SphinxPostTransform):
    """Put each formula in a line of prose, and the marks that follow it, into one element (see book.css)."""

    default_priority = 900
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """See the class."""
        for formula in list(self.document.findall(nodes.math)):
            parent = formula.parent
            place = parent.index(formula)
            behind = parent[place + 1] if place + 1 < len(parent) else None
            if not isinstance(behind, nodes.Text) or (marks := MARKS.match(behind.astext())) is None:
                continue
            glued = nodes.inline("", "", formula.deepcopy(), nodes.Text(marks[0]), classes=["mlopt-glued"])
            parent[place : place + 2] = [glued, nodes.Text(behind.astext()[marks.end() :])]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the transform."""
    app.add_post_transform(GlueMarks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
