"""`front`: a population that spreads along a Pareto front, and the one point of it that a price would choose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mlopt_course.evolutionary_swarm import non_dominated_sort

from . import style
from .sketch import Control, Sketch, Slider, Steps


def distinct_front(values: np.ndarray) -> np.ndarray:
    """The different rows that none dominates, by the first objective."""
    rows = np.unique(np.asarray(values, dtype=float), axis=0)
    return rows[non_dominated_sort(rows) == 0]


def supported(front: np.ndarray) -> np.ndarray:
    """Which points of a front, sorted by the first objective, a weighted sum with positive weights can choose (n,)."""
    kept: list[int] = []
    for k, point in enumerate(front):
        while len(kept) > 1 and _right_turn(front[kept[-2]], front[kept[-1]], point):
            kept.pop()
        kept.append(k)
    return np.isin(np.arange(len(front)), kept)


def _right_turn(a, b, c):
    """Whether b lies above the line from a to c."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]) < 0


def front(
    generations: Sequence[np.ndarray],
    names: tuple[str, str],
    *,
    prices: Sequence[float],
    initial: float,
    id: str = "front",
    title: str = "A front, and a price",
    goal: str | None = None,
) -> Sketch:
    """Two objectives: the population by generation, its front, and the line of equal cost for a price of the first.

    Parameters
    ----------
    generations : sequence of ndarray, shape (n, 2)
        The objectives of each generation's members, whole numbers.
    names : (str, str)
        What the objectives count; the first is the size that has a price.
    prices : sequence of float
        What one of the first may cost, in units of the second (>= 0).
    initial : float
        The price shown first.
    id, title : str
        Name for the sentences that set it; heading.
    goal : str, optional
        To point at a member of the last front that no price chooses.

    Returns
    -------
    Sketch
        With the controls ``price``, ``size`` (the reader's point of the front, by the first objective) and ``step``.
    """
    stacked = np.stack([np.asarray(one) for one in generations])
    last = distinct_front(stacked[-1])
    sizes = list(range(int(last[:, 0].min()), int(last[:, 0].max()) + 1))
    controls: tuple[Control, ...] = (
        Steps(len(stacked) - 1, 0, label="Generation"),
        Slider("price", f"Price per {names[0].rstrip('s')}", prices, initial),
        Slider("size", f"Your {names[0]}", sizes, sizes[0]),
    )
    return Sketch(
        "front", id=id, title=title, goal=goal, controls=controls,
        data={"names": list(names), "generations": len(stacked), "most": stacked.reshape(-1, 2).max(axis=0).tolist(),
              "last": last.astype(int).tolist(), "supported": supported(last).tolist()},
        arrays={"values": stacked.astype(np.uint16)},
        describe=lambda state: _words(state, stacked, names),
        still=lambda state: _still(state, stacked, names),
    )  # fmt: skip


def cheapest(values: np.ndarray, price: float) -> np.ndarray:
    """The row with the lowest sum of second objective and price times the first."""
    return values[np.argmin(values[:, 1] + price * values[:, 0])]


def _words(state: Mapping[str, Any], stacked: np.ndarray, names: tuple[str, str]) -> str:
    here = distinct_front(stacked[state["step"]])
    chosen = cheapest(here, state["price"])
    return (
        f"Generation {state['step']}: the front has {len(here)} points, from {here[0, 0]:g} {names[0]} with "
        f"{here[0, 1]:g} {names[1]} to {here[-1, 0]:g} with {here[-1, 1]:g}. At a price of {state['price']:g} the "
        f"cheapest has {chosen[0]:g} {names[0]}."
    )


def _still(state: Mapping[str, Any], stacked: np.ndarray, names: tuple[str, str]) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.8, 3.8), layout="constrained")
    axis = figure.add_subplot()
    values = stacked[state["step"]]
    here = distinct_front(values)
    axis.plot(*values.T, ".", color=style.INK)
    axis.plot(*here.T, "o-", color=style.COLOURS[0], drawstyle="steps-post")
    chosen = cheapest(here, state["price"])
    across = np.array([0, stacked[..., 0].max()])
    axis.plot(across, chosen[1] + state["price"] * (chosen[0] - across), color=style.COLOURS[1], ls="--")
    axis.set(xlabel=names[0], ylabel=names[1], ylim=(0, None))
    return figure
