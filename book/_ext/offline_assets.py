"""Keep the built book from asking any other site for anything.

Adds the assets that ``book/vendor.py`` has fetched to the site, and takes out sphinx-thebe: jupyter-book always
loads it, and it puts the address of a CDN, and a script that fails, on every page.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError

THEBE_HANDLERS = {"init_thebe_core", "update_thebe_context"}


def add_vendored(app: Sphinx, config: Config) -> None:
    """Add the fetched assets to the static files of the site."""
    site = Path(app.srcdir, "book", "_vendor", "site")
    if not site.is_dir():
        raise ExtensionError("the browser assets are missing: run 'make assets' (or python book/vendor.py)")
    config.html_static_path.append(str(site))


def silence_thebe(app: Sphinx, config: Config) -> None:
    """Disconnect the handlers of sphinx-thebe that write on pages."""
    for listeners in app.events.listeners.values():
        listeners[:] = [
            listener
            for listener in listeners
            if getattr(listener.handler, "__module__", "") != "sphinx_thebe"
            or getattr(listener.handler, "__name__", "") not in THEBE_HANDLERS
        ]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("config-inited", add_vendored)
    app.connect("config-inited", silence_thebe)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
