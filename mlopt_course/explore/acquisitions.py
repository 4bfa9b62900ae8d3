"""`acquisitions`: belief and acquisition after each evaluation, for four rules and any trust in the model."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from . import style
from .beliefs import BETAS, FIRST, GRID, RULES, XIS, hidden_functions, normals_for, process_of, scores_of, searched

if TYPE_CHECKING:
    from .sketch import Sketch

SCALES = (0.03, 0.06, 0.12, 0.25, 0.5)
STEPS = 12


def acquisitions(
    *,
    id: str = "rules",
    title: str = "Belief and acquisition, step by step",
    goal: Mapping[str, Any] | None = None,
) -> Sketch:
    """A hidden function, what is believed of it after each evaluation, and what the next one would be worth.

    Parameters
    ----------
    id, title : str
        Name for the sentences that set it; heading.
    goal : dict, optional
        ``text``, the sentence; ``function``, ``within`` and ``close``: on which function, in how many evaluations, how
        far above the minimum.

    Returns
    -------
    Sketch
        With the controls ``function``, ``rule``, ``daring`` (from 0 to 5: see `XIS` and `BETAS`; for Thompson
        sampling, which sample), ``lengthscale`` and ``step``.
    """
    from .sketch import Choice, Sketch, Slider, Steps

    hidden = {one.label: one for one in hidden_functions()}
    labels = tuple(hidden)
    return Sketch(
        ("gaussian", "acquisitions"),
        id=id,
        title=title,
        goal=None if goal is None else goal["text"],
        controls=(
            Choice("function", "Function", labels, labels[1]),
            Choice("rule", "Rule", RULES, RULES[0]),
            Slider("daring", "Daring", tuple(range(len(XIS))), 0),
            Slider("lengthscale", "Length scale ℓ", SCALES, 0.12),
            Steps(STEPS, 3, label="Evaluations"),
        ),
        data={"labels": list(labels), "rules": list(RULES), "xis": list(XIS), "betas": list(BETAS),
              "first": list(FIRST), "steps": STEPS, "goal": goal},
        arrays={"values": np.array([one.values for one in hidden.values()], dtype=np.float32),
                "normals": normals_for(STEPS + 1, len(XIS))},
        describe=lambda state: _words(state, hidden[state["function"]]),
        still=lambda state: _still(state, hidden[state["function"]]),
    )  # fmt: skip


@cache
def _normals() -> np.ndarray:
    return normals_for(STEPS + 1, len(XIS))


def _places(state: Mapping[str, Any], one: Any) -> list[int]:
    daring = int(state["daring"])
    return searched(one.values, state["rule"], daring, state["lengthscale"], state["step"], _normals()[daring])


def _words(state: Mapping[str, Any], one: Any) -> str:
    found = one.values[_places(state, one)].min() - one.values.min()
    return (
        f"{state['rule'].capitalize()} on the function {one.label!r}, with a length scale of {state['lengthscale']:g}: "
        f"after {state['step']} evaluations the lowest value is {found:.2g} above the minimum."
    )


def _still(state: Mapping[str, Any], one: Any) -> Any:
    from matplotlib.figure import Figure

    places = _places(state, one)
    process = process_of(one.values, places, state["lengthscale"])
    mean, std = process.predict(GRID[:, None])
    daring = int(state["daring"])
    figure = Figure(figsize=(4.8, 4.6), layout="constrained")
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
    top.fill_between(GRID, mean - 2 * std, mean + 2 * std, color=style.COLOURS[1], alpha=0.2, lw=0)
    top.plot(GRID, mean, color=style.COLOURS[1], ls="-")
    top.plot(GRID, one.values, color="#555", ls="--")
    top.plot(GRID[places], one.values[places], "o", color="#111")
    worth = scores_of(process, state["rule"], daring, _normals()[daring, state["step"]])
    bottom.plot(GRID, worth, color=style.COLOURS[2], ls="-")
    bottom.set(xlabel="x", ylabel="worth")
    return figure
