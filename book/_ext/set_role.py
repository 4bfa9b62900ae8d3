r"""The role ``{set}``: a sentence of the prose that sets an explorer.

``{set}`try a rate of 1.9 <momentum: learning_rate=1.9, beta=0>` `` becomes a button which asks the explorer
``momentum`` of the page for these settings (``book.js`` turns the click into the event ``mlopt:set``). A value is a
number, ``true``, ``false``, a bare word, or JSON. Where the output is not HTML the text alone remains.
"""

from __future__ import annotations

import json
import re
from typing import Any

from docutils import nodes
from markup import element
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole

PATTERN = re.compile(r"^(?P<label>.+?)\s*<\s*(?P<explorer>[A-Za-z][\w-]*)\s*:\s*(?P<settings>.+?)\s*>$", re.DOTALL)
COMMA = re.compile(r",(?![^\[]*\])")
SHAPE = "text <explorer: name=value, name=value>"


def parse_value(text: str) -> Any:
    """A setting's value: JSON where it is JSON, else the word itself."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def parse_set(text: str) -> tuple[str, str, dict[str, Any]]:
    """Split the role's text into what is read, the explorer's id and the settings.

    Raises
    ------
    ValueError
        When the text does not have the shape ``text <explorer: name=value, name=value>``.
    """
    match = PATTERN.match(text.strip())
    if match is None:
        raise ValueError(f"set needs the shape '{SHAPE}', got {text!r}")
    settings = {}
    for pair in COMMA.split(match["settings"]):
        name, equals, value = (part.strip() for part in pair.partition("="))
        if not (equals and name.isidentifier() and value):
            raise ValueError(f"set needs the shape '{SHAPE}', got {pair.strip()!r} in {text!r}")
        settings[name] = parse_value(value)
    return match["label"], match["explorer"], settings


class SetRole(SphinxRole):
    """See the module's text."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Make the button."""
        try:
            label, explorer, settings = parse_set(self.text)
        except ValueError as error:
            message = self.inliner.reporter.error(str(error), line=self.lineno)
            return [nodes.problematic("", self.rawtext)], [message]
        button = element(
            "button",
            label,
            type="button",
            class_="mlopt-set",
            data_explorer=explorer,
            data_settings=json.dumps(settings),
        )
        return [button], []


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the role."""
    app.setup_extension("markup")
    app.add_role("set", SetRole())
    return {"parallel_read_safe": True, "parallel_write_safe": True}
