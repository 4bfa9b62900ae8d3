"""`Sketch`: an explorer with a picture of its own, for what a path on a landscape cannot show.

The frame is that of every explorer: title, goal, controls, panels, a sentence on what is seen, light and dark, phone,
keyboard, `set`, a still for print. What is drawn comes from a script of its own, ``js/<script>.js``.

The script defines ``scene(view)``, which returns an object with

``panels``
    List of ``panel(kind, caption)``, each with ``p.draw()`` (``fit``, ``axes``, ``marker``... of ``frame.js``); the
    first stands left, the others right. A panel with handles has ``p.window = [[low, high], [low, high]]``.
``summary()``
    What is seen, as a sentence.
``judge()``
    ``{ reached, text, score }``, where there is a goal.
``extras``, ``act``, ``steps``, ``settle``, ``live``, all optional
    Elements to put beneath; ``{ name() {...} }`` for each `Action`; ``steps()``, the last step now;
    ``settle(state, old)``, which may correct a new state; names of the controls that may be moved while the steps play.

``view`` has ``data``, ``arrays`` (typed arrays) and ``spec.arrays`` (their shapes), ``state`` (a value for each
control), ``choose(patch)`` to change it, and ``colours``. The numbers come from Python: a script draws, and computes no
more than the reader's hand needs. That arithmetic is tested against Python.

An explorer made so is a function of ``explore`` in a file of its own (``explore/<name>.py``). A handle's marker is
drawn by the script (``marker``), at ``view.state[name]``; the frame lays the button that is dragged and focused over
it.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from . import style
from .frame import HERE, Frame, checked_id, script_text
from .packing import pack

# The script's own part stands before the last.
_PARTS = ("numbers", "data", "theme", "frame", "landscape", "controls", "handles", "goal", "alive")


@dataclass(frozen=True)
class Slider:
    """A choice among numbers in order; ``texts`` are what is shown for them (the numbers by default)."""

    name: str
    label: str
    values: Sequence[float]
    initial: float
    texts: Sequence[str] = ()


@dataclass(frozen=True)
class Steps:
    """The slider of steps from 0 to ``most``, with its button to play; its name is ``step``."""

    most: int
    initial: int = 0
    name: str = "step"
    label: str = "Step"


@dataclass(frozen=True)
class Choice:
    """A choice among words."""

    name: str
    label: str
    options: Sequence[str]
    initial: str


@dataclass(frozen=True)
class Toggle:
    """Something on or off."""

    name: str
    label: str
    initial: bool = False


@dataclass(frozen=True)
class Handle:
    """A point to be dragged, or moved with the arrow keys, on a panel.

    ``initial`` is (x, y); ``low`` and ``high`` are the corners that it stays within (equal coordinates fix it to a
    line); an arrow key moves it by ``step``; ``panel`` is the panel's place in the script's list.
    """

    name: str
    label: str
    initial: tuple[float, float]
    low: tuple[float, float]
    high: tuple[float, float]
    step: tuple[float, float]
    panel: int = 0


@dataclass(frozen=True)
class Action:
    """A button; what it does stands in the script's ``act``."""

    name: str
    label: str


Control = Slider | Steps | Choice | Toggle | Handle | Action


class Sketch(Frame):
    """An explorer drawn by a script of its own; see the module's text.

    Parameters
    ----------
    script : str or sequence of str
        Name of the script in ``js/``, without its ending; or of several, the ones that it builds on first.
    id, title : str
        Name under which a page's sentences set it, and heading.
    controls : sequence of Slider, Steps, Choice, Toggle, Handle, Action
        What the reader can change, in the order shown.
    goal : str, optional
        The sentence that sets the goal; the script judges it.
    data : mapping, optional
        What the script needs, as JSON has it (no arrays, no NumPy numbers, no infinities).
    arrays : mapping of ndarray, optional
        Larger data: float32, uint16, int16 or uint8.
    describe : callable
        ``describe(state)``: what is shown, as a sentence, for print and where there is no picture.
    still : callable
        ``still(state)``: the same as a matplotlib figure, made on a white page.

    Attributes
    ----------
    explorer_id, title, description, goal, controls
        Its name, heading, what it shows in words, the goal, and the names that `set` understands.
    state : dict
        The value of each control but the actions: number, text, bool, or [x, y].
    """

    def __init__(
        self,
        script: str | Sequence[str],
        *,
        id: str,
        title: str,
        controls: Sequence[Control],
        describe: Callable[[Mapping[str, Any]], str],
        still: Callable[[Mapping[str, Any]], Any],
        goal: str | None = None,
        data: Mapping[str, Any] | None = None,
        arrays: Mapping[str, np.ndarray] | None = None,
    ) -> None:
        checked_id(id)
        names = [control.name for control in controls]
        if len(set(names)) < len(names):
            raise ValueError(f"controls must have names of their own, got {names}")
        self._controls = {c.name: c for c in controls if not isinstance(c, Action)}
        self._describe, self._still = describe, still
        scripts = (script,) if isinstance(script, str) else tuple(script)
        self._esm = "\n".join(script_text(HERE / "js" / f"{part}.js") for part in (*_PARTS, *scripts, "sketch"))
        blob, directory = pack(dict(arrays or {}))
        state = {c.name: _valid(c, c.initial) for c in self._controls.values()}
        spec = {
            "id": id, "title": title, "goal": None if goal is None else {"text": goal},
            "controls": [{"kind": type(c).__name__.lower(), **_plain(asdict(c))} for c in controls],
            "data": _plain(dict(data or {})), "arrays": directory,
        }  # fmt: skip
        super().__init__(
            explorer_id=id, title=title, goal=spec["goal"], spec=spec, data=blob, state=state,
            controls=[{"name": c.name, "label": c.label} for c in self._controls.values()],
            description=f"{title}. {describe(state)}",
        )  # fmt: skip

    def set(self, **settings: Any) -> None:
        """Show other settings, as a sentence in the prose does.

        Raises
        ------
        ValueError
            If a name or a value is not one the explorer has.
        """
        unknown = settings.keys() - self._controls.keys()
        if unknown:
            known = ", ".join(self._controls)
            raise ValueError(f"{', '.join(sorted(unknown))} is not a setting of this explorer; it has {known}")
        self.state = self.state | {name: _valid(self._controls[name], value) for name, value in settings.items()}
        self.description = f"{self.title}. {self._describe(self.state)}"

    def picture(self) -> bytes:
        """The explorer as it is set now, as a PNG on white."""
        png = io.BytesIO()
        with style.context(ink="#333"):
            figure = self._still(self.state)
            figure.savefig(png, dpi=110, transparent=False, facecolor="white", metadata={"Software": None})
        return png.getvalue()


def _valid(control: Any, value: Any) -> Any:
    """A control's value as the page has it; of a slider, the nearest that it has."""
    name = control.name
    if isinstance(control, Choice):
        if value not in control.options:
            raise ValueError(f"{name} must be one of {', '.join(map(repr, control.options))}, got {value!r}")
        return value
    if isinstance(control, Toggle):
        if not isinstance(value, (bool, np.bool_)):
            raise ValueError(f"{name} must be True or False, got {value!r}")
        return bool(value)
    numbers = np.asarray(value, dtype=float)
    wanted = (2,) if isinstance(control, Handle) else ()
    if numbers.shape != wanted or not np.isfinite(numbers).all():
        raise ValueError(f"{name} must be {'two finite numbers' if wanted else 'a finite number'}, got {value!r}")
    if isinstance(control, Handle):
        return np.clip(numbers, control.low, control.high).tolist()
    if isinstance(control, Steps):
        if not 0 <= numbers <= control.most:
            raise ValueError(f"{name} must be from 0 to {control.most}, got {value!r}")
        return int(numbers)
    return float(min(control.values, key=lambda known: abs(known - float(numbers))))


def _plain(value: Any) -> Any:
    """Tuples as lists and NumPy's numbers as Python's, so that JSON can hold them."""
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value.item() if isinstance(value, np.generic) else value
