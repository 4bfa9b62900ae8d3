"""Write the pages' pictures with a palette: drawings have few colours, and take a quarter of the bytes so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PIL import Image
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder

COLOURS = 256


def shrink(path: Path) -> None:
    """Write a PNG with a palette (transparency included) where that is smaller; one that has a palette stays."""
    with Image.open(path) as picture:
        if picture.mode == "P":
            return
        small = picture.convert("RGBA").quantize(COLOURS, method=Image.Quantize.FASTOCTREE)
        density = {"dpi": picture.info["dpi"]} if "dpi" in picture.info else {}
    beside = path.with_suffix(".small")
    small.save(beside, format="PNG", optimize=True, **density)
    if beside.stat().st_size < path.stat().st_size:
        beside.replace(path)
    else:
        beside.unlink()


def shrink_pictures(app: Sphinx, exception: Exception | None) -> None:
    """Shrink the pictures that the pages show."""
    if exception is not None or not isinstance(app.builder, StandaloneHTMLBuilder):
        return
    for path in sorted((Path(app.outdir) / app.builder.imagedir).glob("*.png")):
        shrink(path)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    # Before the pages are weighed (at 500).
    app.connect("build-finished", shrink_pictures, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
