"""Stand-ins for anywidget and traitlets where they are not installed: explorers can be imported, but not made."""

from __future__ import annotations

from typing import Any

MESSAGE = "explorers need the package anywidget; install it with: pip install anywidget"


class _Trait:
    def __init__(self, *arguments: Any, **options: Any) -> None:
        pass

    def tag(self, **metadata: Any) -> _Trait:
        return self


class traitlets:
    """In the place of the module."""

    Bytes = Dict = List = Unicode = _Trait


class anywidget:
    """In the place of the module."""

    class AnyWidget:
        """Cannot be made; says what is missing."""

        def __new__(cls, *arguments: Any, **options: Any) -> Any:
            raise ImportError(MESSAGE)
