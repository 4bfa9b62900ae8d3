"""After a build, say what each page costs: seconds to execute, and bytes to load.

"page" is the HTML and the pictures it shows, "gzip" the same compressed, "first visit" adds the scripts and style
sheets that the page loads (compressed), which a reader's browser fetches once for the whole book. The table is also
written to ``_build/pages.json``.
"""

from __future__ import annotations

import gzip
import json
import os
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.util import logging

logger = logging.getLogger(__name__)


class _Loads(HTMLParser):
    """Collect what a page loads: pictures, and separately the scripts and styles that all pages share."""

    def __init__(self) -> None:
        super().__init__()
        self.pictures: set[str] = set()
        self.shared: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in {"img", "source"}:
            self.pictures.add(values.get("src") or "")
        elif tag == "script":
            self.shared.add(values.get("src") or "")
        elif tag == "link" and "stylesheet" in (values.get("rel") or ""):
            self.shared.add(values.get("href") or "")


def _files(page: Path, addresses: set[str]) -> list[Path]:
    local = (page.parent / unquote(address.partition("?")[0]) for address in addresses if ":" not in address)
    return [path for path in {Path(os.path.normpath(path)) for path in local} if path.is_file()]


def _zipped(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), compresslevel=6))


def weigh(page: Path) -> dict[str, int]:
    """What a built page weighs.

    Parameters
    ----------
    page : Path
        The HTML file.

    Returns
    -------
    dict
        Numbers of bytes: ``bytes`` and ``gzip`` of the page and its pictures, ``first_visit_gzip`` with the
        scripts and style sheets it loads.
    """
    loads = _Loads()
    loads.feed(page.read_text(encoding="utf8"))
    own = [page, *_files(page, loads.pictures)]
    zipped = sum(map(_zipped, own))
    return {
        "bytes": sum(path.stat().st_size for path in own),
        "gzip": zipped,
        "first_visit_gzip": zipped + sum(map(_zipped, _files(page, loads.shared))),
    }


def report(app: Sphinx, exception: Exception | None) -> None:
    """Print the table and write it beside the built site."""
    if exception is not None or not isinstance(app.builder, StandaloneHTMLBuilder):
        return
    rows: dict[str, dict[str, Any]] = {}
    for docname in sorted(app.env.found_docs):
        data = NbMetadataCollector.get_exec_data(app.env, docname)
        seconds = data["runtime"] if data else None
        rows[docname] = {"seconds": seconds, **weigh(Path(app.builder.get_outfilename(docname)))}
    Path(app.outdir).parent.joinpath("pages.json").write_text(json.dumps(rows, indent=1) + "\n")
    logger.info("")
    logger.info("%-34s %8s %10s %10s %12s", "page", "executed", "page", "gzip", "first visit")
    for docname, row in rows.items():
        seconds = "-" if row["seconds"] is None else f"{row['seconds']:.1f} s"
        kilobytes = [f"{row[key] / 1000:.0f} kB" for key in ("bytes", "gzip", "first_visit_gzip")]
        logger.info("%-34s %8s %10s %10s %12s", docname, seconds, *kilobytes)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("build-finished", report)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
