"""Each chapter lists the works that it cites, also where another chapter cites them too.

A bibliography wants every key to be listed once in the whole book. So a page with a bibliography of its own gets a
prefix of its own, in front of every key that it cites and, as the directive's options, of every entry that it lists.
"""

from __future__ import annotations

import re
from typing import Any

from sphinx.application import Sphinx

CITED = re.compile(r"(\{cite(?::\w+)?\}`)([^`]+)(?=`)")
LISTED = re.compile(r"^(```\{bibliography\}[^\n]*\n)", re.MULTILINE)


def with_prefix(text: str, prefix: str) -> str:
    """A page's source with a prefix for its keys; unchanged where it has no bibliography."""
    if not LISTED.search(text):
        return text
    text = CITED.sub(lambda m: m[1] + ", ".join(prefix + key.strip() for key in m[2].split(",")), text)
    return LISTED.sub(lambda m: f"{m[1]}:keyprefix: {prefix}\n:labelprefix: {prefix}\n", text)


def _read(app: Sphinx, document: str, source: list[str]) -> None:
    source[0] = with_prefix(source[0], document.rpartition("/")[2] + "-")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the change of sources."""
    app.connect("source-read", _read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
