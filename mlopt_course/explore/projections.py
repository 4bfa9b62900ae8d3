"""`projections`: a grid and a random search on a plane of which one direction may matter less."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mlopt_course.hyperparameter_tuning import Float, Space

from . import style
from .sketch import Handle, Sketch, Slider

WIDTH = 0.1  # of the hollow, along the first parameter
SQUARE = Space(first=Float(0.0, 1.0), second=Float(0.0, 1.0))


def loss(points: Any, optimum: Any, importance: float) -> np.ndarray:
    """One minus a Gaussian bump at ``optimum``, felt ``importance`` times as much by the second parameter."""
    away = (np.asarray(points, dtype=float) - np.asarray(optimum, dtype=float)) / WIDTH
    return 1 - np.exp(-(away[..., 0] ** 2 + (importance * away[..., 1]) ** 2) / 2)


def grid(side: int) -> np.ndarray:
    """The points of `mlopt_course.hyperparameter_tuning.grid_search` in the unit square."""
    return np.array([[config["first"], config["second"]] for config in SQUARE.grid(side)])


def drawn(most: int, draws: int) -> np.ndarray:
    """Random searches in the unit square, one for each seed 1, 2, ...; shape (draws, most, 2)."""
    rngs = [np.random.default_rng(seed) for seed in range(1, draws + 1)]
    return np.array([[list(SQUARE.sample(rng).values()) for _ in range(most)] for rng in rngs])


def projections(
    *,
    sides: Sequence[int] = (2, 3, 4, 5),
    importances: Sequence[float] = (0.0, 0.1, 0.2, 0.5, 1.0),
    optimum: tuple[float, float] = (0.3, 0.6),
    importance: float = 0.0,
    draws: int = 200,
    share: float = 0.9,
    id: str = "projections",
    title: str = "Grid against random",
    goal: str | None = None,
) -> Sketch:
    """A grid and a random search of as many points, their shadows on both axes, and who is nearer the optimum.

    Parameters
    ----------
    sides : sequence of int
        Points along a side of the grid, to choose from.
    importances : sequence of float
        How much the second parameter matters (the first: 1), to choose from.
    optimum, importance
        Shown first; the reader moves the optimum.
    draws : int
        Random searches (seeds 1, 2, ...).
    share : float
        The goal: that the grid beats this part of them, with at least nine points.
    id, title, goal : str

    Returns
    -------
    Sketch
        With the settings ``side``, ``importance``, ``draw`` and ``optimum``.
    """
    most = max(sides) ** 2
    searches = drawn(most, draws).astype(np.float32)

    def describe(state: Mapping[str, Any]) -> str:
        n = int(state["side"]) ** 2
        ours = loss(grid(int(state["side"])), state["optimum"], state["importance"]).min()
        theirs = loss(searches[:, :n], state["optimum"], state["importance"]).min(axis=1)
        return (
            f"{n} points; the second parameter matters {state['importance']:g} times as much as the first. The grid "
            f"comes down to {ours:.2f}, random search {int(state['draw'])} to {theirs[int(state['draw']) - 1]:.2f}; "
            f"of {draws} random searches {int(np.sum(theirs < ours))} are better than the grid."
        )

    controls = (
        Slider("side", "Points (grid and random)", tuple(sides), 3, [f"{s * s}" for s in sides]),
        Slider("importance", "How much the second parameter matters", tuple(importances), importance),
        Slider("draw", "Random search number", tuple(range(1, 21)), 1),
        Handle("optimum", "The optimum", optimum, (0.0, 0.0), (1.0, 1.0), (0.02, 0.02)),
    )  # fmt: skip
    return Sketch(
        "projections", id=id, title=title, goal=goal, controls=controls, describe=describe,
        still=lambda state: _still(state, searches),
        data={"sides": list(sides), "draws": draws, "most": most, "width": WIDTH, "share": share,
              "grids": [grid(side).tolist() for side in sides]},
        arrays={"searches": searches},
    )  # fmt: skip


def _still(state: Mapping[str, Any], searches: np.ndarray) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.4, 4.2), layout="constrained")
    ax = figure.add_subplot()
    across = np.linspace(0, 1, 81)
    field = loss(np.stack(np.meshgrid(across, across), axis=-1), state["optimum"], state["importance"])
    ax.contour(across, across, field, levels=[0.1, 0.4, 0.7, 0.95], colors=style.INK, linewidths=0.7)
    side = int(state["side"])
    ax.plot(*grid(side).T, "s", color=style.COLOURS[0], ls="none", clip_on=False)
    ax.plot(*searches[int(state["draw"]) - 1, : side**2].T, "o", color=style.COLOURS[1], ls="none", clip_on=False)
    ax.plot(*state["optimum"], "x", color=style.INK)
    ax.set(xlabel="first parameter", ylabel="second parameter", aspect="equal", xlim=(0, 1), ylim=(0, 1))
    return figure
