"""Keep the picture that an explorer brings along, for print and for a browser without JavaScript.

A widget's output holds several forms of the same thing, of which myst-nb keeps the widget alone. Here its picture is
kept beside it, described by the widget's own sentence; the styles show one of the two.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from markup import element
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

VIEW = "application/vnd.jupyter.widget-view+json"
CAPTION = "A still of the interactive picture, as it starts."


class KeepStills(SphinxPostTransform):
    """See the module's text."""

    # Before myst-nb selects one form of each output (at 4).
    default_priority = 3
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Move the picture of each widget behind it."""
        for bundle in list(self.document.findall(nodes.container)):
            if bundle.get("nb_element") != "mime_bundle":
                continue
            forms = {form["mime_type"]: form for form in bundle.children if isinstance(form, nodes.container)}
            picture = next(iter(forms["image/png"].findall(nodes.image)), None) if "image/png" in forms else None
            if VIEW not in forms or picture is None:
                continue
            if "alt" not in picture and "text/plain" in forms:
                picture["alt"] = " ".join(forms["text/plain"].astext().split())
            picture["loading"] = "lazy"
            still = element("figure", picture.deepcopy(), element("figcaption", CAPTION), class_="mlopt-still")
            bundle.parent.insert(bundle.parent.index(bundle) + 1, still)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the transform."""
    app.setup_extension("markup")
    app.add_post_transform(KeepStills)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
