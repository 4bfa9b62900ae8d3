"""`outliers`: points in the reader's hand, and the lines that squared, absolute and Huber loss fit to all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mlopt_course.loop import minimize
from mlopt_course.losses import huber
from mlopt_course.problem import Problem

from . import style

if TYPE_CHECKING:
    from .sketch import Sketch

LOSSES = ("squared", "absolute", "Huber")
DELTAS = (0.1, 0.2, 0.3, 0.5, 0.8, 1.0, 1.5, 2.0, 3.0, 5.0)


def fit_lines(points: Any, delta: float) -> dict[str, tuple[float, float]]:
    """Intercept and slope of the line that each loss fits.

    Squared loss by least squares, absolute loss as a linear program, Huber loss with L-BFGS: none of them the way in
    which the page computes them, so that each confirms the other.

    Parameters
    ----------
    points : array_like, shape (n, 2)
        Pairs x, y.
    delta : float
        Huber's, > 0.
    """
    from scipy.optimize import linprog

    x, y = np.asarray(points, dtype=float).T
    design = np.column_stack([np.ones_like(x), x])
    squared = np.linalg.lstsq(design, y, rcond=None)[0]
    # Minimise the sum of s with -s <= y - X w <= s.
    n = len(y)
    program = linprog(
        np.concatenate([np.zeros(2), np.ones(n)]),
        A_ub=np.block([[design, -np.eye(n)], [-design, -np.eye(n)]]), b_ub=np.concatenate([y, -y]),
        bounds=[(None, None)] * 2 + [(0, None)] * n,
    )  # fmt: skip
    problem = Problem(
        lambda w: huber(y, design @ w, delta=delta),
        lambda w: design.T @ huber.gradient(y, design @ w, delta=delta),
        x0=squared,
    )
    bent = minimize(problem, method="lbfgs", tolerance=1e-11, max_iterations=2000).x
    return {name: (float(w[0]), float(w[1])) for name, w in zip(LOSSES, (squared, program.x[:2], bent), strict=True)}


def outliers(
    fixed: Any,
    movable: Mapping[str, Sequence[float]],
    *,
    window: Sequence[Sequence[float]] = ((0.0, 12.0), (-1.0, 9.0)),
    deltas: Sequence[float] = DELTAS,
    delta: float = 1.0,
    id: str = "outliers",
    title: str = "Drag the points",
    goal: str = "With one point alone, tip the absolute line until it falls.",
) -> Sketch:
    """Three lines through points, some of which can be dragged; the page fits them anew with every move.

    Parameters
    ----------
    fixed : array_like, shape (n, 2)
        Points that stay.
    movable : mapping of letter to (x, y)
        Points to drag, and where they are at first.
    window : pair of (low, high)
        What of x and of y is shown, and how far points can be dragged.
    deltas, delta : sequence of float, float
        Huber's, to choose from and at first.
    id, title, goal : str
        See `Sketch`. The goal is reached when the slope of the absolute line is below 0 with one point moved.

    Returns
    -------
    Sketch
        A widget.
    """
    from .sketch import Action, Handle, Sketch, Slider

    fixed = np.asarray(fixed, dtype=float)
    (left, right), (bottom, top) = window
    handles = [Handle(name, f"Point {name}", (at[0], at[1]), (left, bottom), (right, top), (0.25, 0.25))
               for name, at in movable.items()]  # fmt: skip

    def lines(state: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
        return fit_lines([*fixed.tolist(), *(state[name] for name in movable)], state["delta"])

    def describe(state: Mapping[str, Any]) -> str:
        slopes = ", ".join(f"{name} {slope:.2f}" for name, (_, slope) in lines(state).items())
        return f"{len(fixed)} points that stay and {len(movable)} that can be moved. Slopes of the lines: {slopes}."

    def still(state: Mapping[str, Any]) -> Any:
        from matplotlib.figure import Figure

        figure = Figure(figsize=(4.8, 3.4))
        ax = figure.subplots()
        for k, (name, (at, slope)) in enumerate(lines(state).items()):
            ax.axline((0, at), slope=slope, color=style.COLOURS[k], ls=style.DASHES[k], label=name)
        ax.plot(*fixed.T, "o", color="#555")
        for name in movable:
            ax.plot(*state[name], "o", ms=13, color="#111")
            ax.text(state[name][0], state[name][1], name, color="white", ha="center", va="center")
        ax.set(xlabel="x", ylabel="y", xlim=(left, right), ylim=(bottom, top))
        ax.legend()
        return figure

    return Sketch(
        "outliers", id=id, title=title, goal=goal, describe=describe, still=still,
        controls=[Slider("delta", "Huber's δ", tuple(deltas), delta), *handles, Action("back", "Put all back")],
        data={"fixed": fixed.tolist(), "movable": {k: list(map(float, v)) for k, v in movable.items()},
              "window": [[left, right], [bottom, top]]},
    )  # fmt: skip
