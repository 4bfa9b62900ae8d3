"""An explorer of line searches: a curve to bend, the conditions on a step, and the steps that are taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..bracketing.line_search import Trial, backtracking, strong_wolfe
from ..problem import Problem
from . import style
from .sketch import Choice, Control, Handle, Sketch, Slider

KNOTS = np.arange(5.0)  # where the curve is held: 0, where it starts, and the four handles
START_VALUE, START_SLOPE = 1.0, -1.2
CURVES = {
    "valley": (0.15, 0.0, 0.45, 1.3),
    "two valleys": (0.1, 0.7, -0.2, 0.9),
    "long slope": (0.45, 0.1, -0.25, -0.1),
    "wall": (1.4, 1.9, 2.1, 2.2),
}
DECREASE = (0.0001, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4)
CURVATURE = (0.1, 0.2, 0.3, 0.5, 0.7, 0.9)
FIRST = (0.15, 0.3, 0.6, 1.2, 2.4, 3.5)
CONDITIONS = ("Armijo", "Wolfe", "strong Wolfe", "Goldstein")


def knot_slopes(heights: Sequence[float]) -> np.ndarray:
    """Slopes at the knots of the cubic spline through them, shape (5,).

    The spline begins with the value and slope of the start and ends without curvature.
    """
    y = np.array([START_VALUE, *heights])
    matrix = np.diag([1.0, 4, 4, 4, 2]) + np.diag([1.0, 1, 1, 1], -1) + np.diag([0.0, 1, 1, 1], 1)
    right = [START_SLOPE, *(3 * (y[2:] - y[:-2])), 3 * (y[4] - y[3])]
    return np.linalg.solve(matrix, right)


def along(heights: Sequence[float]) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    r"""The curve :math:`\phi(a)` through the handles, straight on beyond the last one, and its slope."""
    y, m = np.array([START_VALUE, *heights]), knot_slopes(heights)

    def parts(a: Any) -> tuple[Any, ...]:
        k = np.clip(np.floor(a), 0, 3).astype(int)
        return k, np.minimum(a - k, 1.0), np.maximum(a - 4.0, 0.0)

    def fun(a: Any) -> Any:
        k, t, beyond = parts(a)
        rest = 1 - t
        inside = (
            y[k] * (1 + 2 * t) * rest**2 + m[k] * t * rest**2 + y[k + 1] * t**2 * (3 - 2 * t) - m[k + 1] * t**2 * rest
        )
        return inside + m[4] * beyond

    def slope(a: Any) -> Any:
        k, t, _ = parts(a)
        return 6 * t * (1 - t) * (y[k + 1] - y[k]) + m[k] * (1 - t) * (1 - 3 * t) + m[k + 1] * t * (3 * t - 2)

    return fun, slope


def accepted(heights: Sequence[float], decrease: float, curvature: float, steps: np.ndarray) -> dict[str, np.ndarray]:
    """Which steps each condition accepts, as arrays of bool; Goldstein's constant is ``decrease``, too."""
    curve, curve_slope = along(heights)
    value, slope = curve(steps), curve_slope(steps)
    armijo = value <= START_VALUE + decrease * steps * START_SLOPE
    return {
        "Armijo": armijo,
        "Wolfe": armijo & (slope >= curvature * START_SLOPE),
        "strong Wolfe": armijo & (np.abs(slope) <= -curvature * START_SLOPE),
        "Goldstein": armijo & (value >= START_VALUE + (1 - decrease) * steps * START_SLOPE),
    }


def steps_taken(
    heights: Sequence[float], decrease: float, curvature: float, first: float
) -> dict[str, tuple[float | None, int]]:
    """The step of each line search of the package (None where it finds none), and how many it tried."""
    tried: list[float] = []
    curve, curve_slope = along(heights)

    def fun(a: float) -> float:
        tried.append(a)
        return float(curve(a))

    problem = Problem(fun, lambda a: float(curve_slope(a)))
    start = Trial(0.0, 0.0, START_VALUE, START_SLOPE, START_SLOPE)
    taken: dict[str, tuple[float | None, int]] = {}
    searches: dict[str, Callable[[], Any]] = {
        "backtracking": lambda: backtracking(problem, start, 1.0, first, decrease=decrease),
        "strong Wolfe": lambda: strong_wolfe(problem, start, 1.0, first, decrease=decrease, curvature=curvature),
    }
    for name, search in searches.items():
        tried.clear()
        found = search()
        taken[name] = (None if found is None else float(found.step), len(tried))
    return taken


def line_conditions(*, id: str = "line", title: str = "Which steps are good enough?") -> Sketch:
    """Bend the curve by its handles; see which steps each condition accepts, and which one is taken."""
    handles: list[Control] = [
        Handle(f"h{k}", f"Height of the curve at a = {k}", (k, height), (k, -0.6), (k, 2.2), (0, 0.05))
        for k, height in enumerate(CURVES["valley"], start=1)
    ]
    controls: tuple[Control, ...] = (
        Choice("curve", "Curve", (*CURVES, "your own"), "valley"),
        Choice("condition", "Shaded", CONDITIONS, "Armijo"),
        Slider("c1", "c₁, enough fall", DECREASE, 0.1),
        Slider("c2", "c₂, flat enough", CURVATURE, 0.3),
        Slider("first", "First trial", FIRST, 2.4),
        *handles,
    )
    return Sketch(
        "line_conditions", id=id, title=title, controls=controls,
        data={
            "curves": CURVES, "value": START_VALUE, "slope": START_SLOPE, "conditions": CONDITIONS,
            "decrease": DECREASE, "curvature": CURVATURE,
        },
        goal="With c₁ at most 0.1, bend the curve until Goldstein's conditions refuse its lowest point.",
        describe=describe, still=still,
    )  # fmt: skip


def describe(state: Mapping[str, Any]) -> str:
    """What is shown, in a sentence."""
    heights = [state[f"h{k}"][1] for k in range(1, 5)]
    grid = np.linspace(0, 4, 801)[1:]
    good = accepted(heights, state["c1"], state["c2"], grid)
    parts = ", ".join(f"{name} {np.mean(good[name]):.0%}" for name in CONDITIONS)
    taken = steps_taken(heights, state["c1"], state["c2"], state["first"])
    said = "; ".join(f"{name} takes {'none' if step is None else f'{step:.3g}'}" for name, (step, _) in taken.items())
    return f"Of the steps up to 4, accepted are: {parts}. From a first trial of {state['first']:g}, {said}."


def still(state: Mapping[str, Any]) -> Any:
    """The explorer for print: the curve, and the accepted steps as bars beneath."""
    from matplotlib.figure import Figure

    heights = [state[f"h{k}"][1] for k in range(1, 5)]
    grid = np.linspace(0, 4, 801)
    good = accepted(heights, state["c1"], state["c2"], grid)
    figure = Figure(figsize=(6.2, 4.6), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    curve, _ = along(heights)
    above.plot(grid, curve(grid), color=style.COLOURS[1], ls="-")
    above.plot(KNOTS[1:], heights, "s", color=style.COLOURS[0])
    above.plot(grid, START_VALUE + state["c1"] * START_SLOPE * grid, color=style.INK, ls="--")
    above.set(ylim=(-0.8, 2.3), ylabel=r"$\phi(a)$")
    for row, name in enumerate(CONDITIONS):
        below.fill_between(grid, row - 0.35, row + 0.35, where=good[name], hatch="////", alpha=0.4, lw=0)
    for (name, (step, _)), mark in zip(
        steps_taken(heights, state["c1"], state["c2"], state["first"]).items(), "^D", strict=True
    ):
        if step is not None:
            above.plot(step, curve(step), mark, ms=9, label=name, color=style.INK)
    above.legend()
    below.set(yticks=range(4), yticklabels=CONDITIONS, xlabel="$a$", xlim=(0, 4.3))
    return figure
