"""`stationary`: two curvatures to set, and what they make of a point with zero gradient: minimum, saddle, maximum."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .. import minimize
from ..basics import classify_stationary_point, condition_number
from ..problem import Problem
from . import style
from .sketch import Sketch, Slider, Steps

CURVATURES = (-8.0, -4.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
START = (-3.2, 1.2)
STEPS, MOST = 40, 600  # of the path shown; in which the goal is looked for
TARGET = 1e-6  # share of the first value that the goal asks for


def quadratic(first: float, second: float) -> Problem:
    """:math:`f(x) = (a x_1^2 + b x_2^2) / 2`, whose only curvatures are ``a`` and ``b``."""
    curvatures = np.array([first, second])
    return Problem(lambda x: float(curvatures @ x**2) / 2, lambda x: curvatures * x, x0=np.array(START))


def descended(first: float, second: float, steps: int = STEPS) -> Any:
    """Gradient descent from the start with the rate one over twice the largest curvature; a `Result`."""
    steepest = max(abs(first), abs(second)) or 1.0
    return minimize(
        quadratic(first, second), method="gradient_descent", learning_rate=0.5 / steepest, max_iterations=steps
    )


def outcome(first: float, second: float) -> dict[str, Any]:
    """Kind of the point, condition number (None where there is none), steps to a millionth of the value (-1: none)."""
    hessian = np.diag([first, second])
    kind = classify_stationary_point(hessian)
    if kind != "minimum":
        return {"kind": kind, "condition": None, "needed": -1}
    values = descended(first, second, MOST).history.fun
    return {
        "kind": kind, "condition": condition_number(hessian),
        "needed": int(np.argmax(values <= TARGET * values[0])),
    }  # fmt: skip


def stationary(
    *,
    id: str = "stationary",
    title: str = "What two curvatures make of a point",
    first: float = 4.0,
    second: float = 1.0,
) -> Sketch:
    """A bowl, trough, saddle or hill with the two curvatures set by the reader, and a descent on it.

    Parameters
    ----------
    id, title : str
    first, second : float
        Curvatures shown first, among -8 ... 16.

    Returns
    -------
    Sketch
        With settings ``first``, ``second`` and ``step``.
    """
    pairs = [(a, b) for a in CURVATURES for b in CURVATURES]
    paths = np.array([_whole(descended(a, b).history.x) for a, b in pairs])
    outcomes = [outcome(a, b) for a, b in pairs]
    controls = (
        Slider("first", "Curvature along x₁", CURVATURES, first),
        Slider("second", "Curvature along x₂", CURVATURES, second),
        Steps(STEPS, STEPS),
    )  # fmt: skip

    def describe(state: Mapping[str, Any]) -> str:
        found = outcomes[pairs.index((state["first"], state["second"]))]
        a, b = state["first"], state["second"]
        more = f", condition number {found['condition']:g}, {found['needed']} steps" if found["condition"] else ""
        return f"Curvatures {a:g} and {b:g}: {found['kind']}{more}."

    def still(state: Mapping[str, Any]) -> Any:
        return _still(state["first"], state["second"], paths[pairs.index((state["first"], state["second"]))])

    return Sketch(
        "stationary", id=id, title=title, controls=controls, describe=describe, still=still,
        goal="make a minimum to which descent needs more than 200 steps.",
        data={"curvatures": CURVATURES, "outcomes": outcomes, "steps": STEPS, "more": 200},
        arrays={"paths": np.clip(paths, -1e6, 1e6).astype("f4")},
    )  # fmt: skip


def _whole(path: np.ndarray) -> np.ndarray:
    """A path of all steps: one that ended early stays where it is."""
    return np.vstack([path, np.repeat(path[-1:], STEPS + 1 - len(path), axis=0)])


def _still(first: float, second: float, path: np.ndarray) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.8, 3.4))
    ax = figure.subplots()
    grid = np.meshgrid(np.linspace(-4, 4, 61), np.linspace(-3, 3, 61))
    ax.contour(*grid, (first * grid[0] ** 2 + second * grid[1] ** 2) / 2, levels=13, colors=style.INK, linewidths=0.6)
    ax.plot(*path.T, marker="o", ms=3)
    ax.set(xlim=(-4, 4), ylim=(-3, 3), xlabel="$x_1$", ylabel="$x_2$", title=f"Curvatures {first:g} and {second:g}")
    return figure
