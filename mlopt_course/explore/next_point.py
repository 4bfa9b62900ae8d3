"""`next_point`: the reader chooses where a hidden function is evaluated next, against expected improvement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from . import style
from .beliefs import FIRST, GRID, RULES, hidden_functions, normals_for, process_of, searched

if TYPE_CHECKING:
    from .sketch import Sketch

XS = tuple(np.round(GRID, 3).tolist())


def next_point(
    *,
    budget: int = 8,
    id: str = "rival",
    title: str = "You against expected improvement",
    goal: str = "With eight evaluations, find a value as low as your rival's.",
) -> Sketch:
    """A belief in a hidden function, the reader's next point, and a rival that maximises expected improvement.

    Parameters
    ----------
    budget : int
        Evaluations for each, after the two that both begin with.
    id, title, goal : str
        See `Sketch`. The goal is reached when the reader's lowest value is at most 0.01 above the rival's.

    Returns
    -------
    Sketch
        With the controls ``function``, ``x`` (the next point), ``hint`` (expected improvement is shown) and ``truth``
        (the function is shown), and the actions to evaluate and to start again.
    """
    from .sketch import Action, Choice, Sketch, Slider, Toggle

    hidden = {one.label: one for one in hidden_functions()}
    labels = tuple(hidden)
    return Sketch(
        ("gaussian", "next_point"),
        id=id,
        title=title,
        goal=goal,
        controls=(
            Choice("function", "Hidden function", labels, labels[1]),
            Slider("x", "Your next point", XS, 0.4),
            Action("evaluate", "Evaluate here"),
            Action("again", "Start again"),
            Toggle("hint", "Show expected improvement"),
            Toggle("truth", "Show the function"),
        ),
        data={"budget": budget, "first": list(FIRST), "labels": list(labels),
              "scales": [one.lengthscale for one in hidden.values()]},
        arrays={"values": np.array([one.values for one in hidden.values()], dtype=np.float32)},
        describe=lambda state: _words(hidden[state["function"]], budget),
        still=lambda state: _still(hidden[state["function"]]),
    )  # fmt: skip


def _rival(one: Any, budget: int) -> list[int]:
    return searched(one.values, RULES[0], 0, one.lengthscale, budget, normals_for(budget, 1)[0])


def _words(one: Any, budget: int) -> str:
    lowest = one.values[_rival(one, budget)].min()
    return (
        f"The function {one.label!r} is known at two points. With {budget} evaluations more, expected improvement "
        f"finds the value {lowest:.2f}; the minimum is {one.values.min():.2f}."
    )


def _still(one: Any) -> Any:
    """The function and the belief after four evaluations of the rival, in print."""
    from matplotlib.figure import Figure

    places = _rival(one, 4)
    mean, std = process_of(one.values, places, one.lengthscale).predict(GRID[:, None])
    figure = Figure(figsize=(4.8, 3.4), layout="constrained")
    axis = figure.add_subplot()
    axis.fill_between(GRID, mean - 2 * std, mean + 2 * std, color=style.COLOURS[1], alpha=0.2, lw=0)
    axis.plot(GRID, mean, color=style.COLOURS[1], ls="-", label="mean")
    axis.plot(GRID, one.values, color="#555", ls="--", label="function")
    axis.plot(GRID[places], one.values[places], "o", color="#111")
    axis.set(xlabel="x")
    axis.legend()
    return figure


def state_after(label: str, places: list[int]) -> Mapping[str, Any]:
    """What the page's script must know after evaluations at some places: for the test that compares them."""
    one = next(one for one in hidden_functions() if one.label == label)
    process = process_of(one.values.astype(np.float32).astype(float), places, one.lengthscale)
    mean, std = process.predict(GRID[:, None])
    return {"mean": mean, "std": std, "best": float(process.y.min())}
