"""`Frame`: what all explorers share as widgets. What they share on the page is ``js/frame.js`` and its neighbours."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

try:
    import anywidget
    import traitlets
except ImportError:
    from .absent import anywidget, traitlets  # type: ignore[no-redef]

HERE = Path(__file__).parent


def script_text(file: Path) -> str:
    """A script or style sheet without indentation and lines of comment: every explorer of a page carries a copy."""
    lines = (line.strip() for line in file.read_text(encoding="utf-8").splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def checked_id(id: str) -> str:
    """``id``, if a page's sentences can name it."""
    if not id or not id.replace("-", "").replace("_", "").isalnum():
        raise ValueError(f"id must be of letters, digits, - and _, got {id!r}")
    return id


class Frame(anywidget.AnyWidget):
    """An explorer's traits, and its forms for print; subclasses say what it shows (`picture`, ``description``)."""

    _css = script_text(HERE / "explorer.css")

    explorer_id = traitlets.Unicode().tag(sync=True)
    title = traitlets.Unicode().tag(sync=True)
    description = traitlets.Unicode().tag(sync=True)
    goal = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)
    controls: traitlets.List = traitlets.List().tag(sync=True)
    spec = traitlets.Dict().tag(sync=True)
    data = traitlets.Bytes().tag(sync=True)
    state = traitlets.Dict().tag(sync=True)

    def picture(self) -> bytes:
        """The explorer as it is set now, as a PNG on white."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """The widget, a picture (for print) and a sentence (where there is neither)."""
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
        encoded = base64.b64encode(self.picture()).decode()
        return {**data, "text/plain": self.description, "image/png": encoded}, metadata
