"""`probe` and `probe_plane`: the reader searches a hidden function with 15 measurements, and then sees what methods do.

The methods are the package's own, run by `minimize` with the same budget; the page holds the points they evaluated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .. import minimize
from ..problem import Problem
from . import style
from .sketch import Action, Choice, Handle, Sketch, Slider, Toggle

BUDGET = 15
SEEDS = 200  # of random search, whose spread is shown
CLOSE = 0.01  # the goal: this share of the range above the minimum
LOW, HIGH = 0.0, 10.0
PLACES, FINE, SIDE = 201, 1001, 61  # where the reader can measure; of the curve; along each axis of the plane


def _cusp(x):
    u = x / 10
    return 3 * np.abs(u - 0.685) ** 0.7 * np.where(u > 0.685, 1.5, 1.0) + 0.2


def _two_valleys(x):
    u = x / 10
    return 3 * (u - 0.3) ** 2 - 1.1 * np.exp(-(((u - 0.862) / 0.045) ** 2))


def _ripple(x):
    u = x / 10
    return 0.5 * np.cos(28 * np.pi * u) + 1.5 * (u - 0.16) ** 2


def _needle(x):
    u = x / 10
    return 0.4 * np.sin(5 * u) - np.exp(-(((u - 0.335) / 0.005) ** 2))


#: Hidden functions of one variable on [0, 10], each kind to another way of searching.
LINES: Mapping[str, Callable[[Any], Any]] = {"A": _cusp, "B": _two_valleys, "C": _ripple, "D": _needle}


def _bowl(x, y):
    return (x - 6.4) ** 2 + 2.5 * (y - 3.3) ** 2 + 1.2 * (x - 6.4) * (y - 3.3)


def _pocket(x, y):
    return 0.1 * (x - 6.2) ** 2 + 0.1 * (y - 4.4) ** 2 - 10 * np.exp(-(x**2 + (y - 10) ** 2) / 6)


def _craters(x, y):
    holes = ((2.1, 7.9, 1.3, 1.6), (7.4, 7.1, 1.4, 1.2), (8.3, 1.7, 2.0, 1.1), (3.6, 2.6, 0.9, 1.5))
    return -sum(depth * np.exp(-((x - a) ** 2 + (y - b) ** 2) / width**2) for a, b, depth, width in holes)


#: Hidden functions of two variables on [0, 10] x [0, 10].
PLANES: Mapping[str, Callable[[Any, Any], Any]] = {"E": _bowl, "F": _pocket, "G": _craters}


def evaluated(fun: Callable[..., Any], dimension: int, method: str, **options: Any) -> np.ndarray:
    """The points that a method evaluates within the budget, in order, with their values; shape (15, d + 1)."""
    seen: list[tuple[float, ...]] = []

    def watched(x: Any) -> float:
        point = np.ravel(x)
        seen.append((*point, float(fun(*point))))
        return seen[-1][-1]

    problem = Problem(
        watched, bounds=[(LOW, HIGH)] * dimension, batch_fun=lambda X: np.array([watched(x) for x in X]),
        x0=None if dimension == 1 else [5.0, 5.0],
    )  # fmt: skip
    minimize(problem, None, method, max_evaluations=BUDGET, history="iterates", **options)
    rows = np.array(seen[:BUDGET])
    # A method that stops early has its last best for the rest.
    return np.vstack([rows, np.repeat(rows[-1:], BUDGET - len(rows), axis=0)])


def methods_on(fun: Callable[..., Any], dimension: int) -> dict[str, np.ndarray]:
    """What the three methods evaluate: exhaustive search, random search (seed 0), and one that learns on its way."""
    third: tuple[str, str, dict[str, Any]] = ("golden section", "golden_section_search", {"tolerance": 0.0})
    if dimension == 2:
        third = ("Nelder-Mead", "nelder_mead", {})
    points: Any = BUDGET if dimension == 1 else (5, 3)
    return {
        "exhaustive search": evaluated(fun, dimension, "exhaustive_search", points=points),
        "random search": evaluated(fun, dimension, "random_search", rng=0),
        third[0]: evaluated(fun, dimension, third[1], **third[2]),
    }


def best_so_far(fun: Callable[..., Any], dimension: int) -> dict[str, np.ndarray]:
    """The lowest value after each evaluation; of random search the quartiles over 200 seeds, shape (3, 15)."""
    found = {name: np.minimum.accumulate(rows[:, -1]) for name, rows in methods_on(fun, dimension).items()}
    lowest = [
        np.minimum.accumulate(evaluated(fun, dimension, "random_search", rng=seed)[:, -1]) for seed in range(SEEDS)
    ]
    found["random search"] = np.quantile(lowest, [0.25, 0.5, 0.75], axis=0)
    return found


def probe(*, id: str = "probe", title: str = "You are the optimiser", function: str = "A") -> Sketch:
    """Find the minimum of a hidden function of one variable with 15 measurements.

    Parameters
    ----------
    id, title : str
    function : {"A", "B", "C", "D"}
        The function shown first.

    Returns
    -------
    Sketch
        With settings ``function``, ``x`` (from 0 to 10) and ``reveal``.
    """
    places = np.round(np.linspace(LOW, HIGH, PLACES), 2)
    fine = np.linspace(LOW, HIGH, FINE)
    hidden = {name: _hidden(fun, 1, fun(fine)) for name, fun in LINES.items()}
    controls = (
        Choice("function", "Hidden function", tuple(LINES), function),
        Slider("x", "Where, x", [float(x) for x in places], 5.0),
        Action("measure", "Measure here"), Action("again", "Start over"), Toggle("reveal", "Show the function"),
    )  # fmt: skip
    arrays = {
        "places": np.array([fun(places) for fun in LINES.values()], dtype="f4"),
        "fine": np.array([fun(fine) for fun in LINES.values()], dtype="f4"),
    }
    return _sketch(id, title, controls, hidden, arrays, "line")


def probe_plane(
    *, id: str = "probe-plane", title: str = "The same game with two variables", function: str = "E"
) -> Sketch:
    """Find the minimum of a hidden function of two variables with 15 measurements.

    Parameters
    ----------
    id, title : str
    function : {"E", "F", "G"}
        The function shown first.

    Returns
    -------
    Sketch
        With settings ``function``, ``place`` ([x, y]) and ``reveal``.
    """
    axis = np.linspace(LOW, HIGH, SIDE)
    grids = {name: fun(*np.meshgrid(axis, axis)) for name, fun in PLANES.items()}
    hidden = {name: _hidden(fun, 2, grids[name]) for name, fun in PLANES.items()}
    step = (HIGH - LOW) / (SIDE - 1)
    controls = (
        Choice("function", "Hidden function", tuple(PLANES), function),
        Handle("place", "Where to measure", (5.0, 5.0), (LOW, LOW), (HIGH, HIGH), (step, step)),
        Action("measure", "Measure here"), Action("again", "Start over"), Toggle("reveal", "Show the function"),
    )  # fmt: skip
    return _sketch(id, title, controls, hidden, {"places": np.array([*grids.values()], dtype="f4")}, "plane")


def _hidden(fun: Callable[..., Any], dimension: int, values: np.ndarray) -> dict[str, Any]:
    """What the page holds of a function: its range, and what the methods saw of it."""
    low, high = float(values.min()), float(values.max())
    best = best_so_far(fun, dimension)

    def share(value: np.ndarray) -> list[Any]:
        return np.round(np.maximum(value - low, 0) / (high - low), 7).tolist()

    quartiles = share(best["random search"])
    return {
        "low": low, "high": high,
        "runs": [
            {"name": name, "points": np.round(rows, 4).tolist(),
             "share": quartiles[1] if name == "random search" else share(best[name])}
            for name, rows in methods_on(fun, dimension).items()
        ],
        "quartiles": [quartiles[0][-1], quartiles[2][-1]],
    }  # fmt: skip


def _sketch(
    id: str, title: str, controls: Sequence[Any], hidden: dict[str, Any], arrays: dict[str, np.ndarray], kind: str
) -> Sketch:
    def describe(state: Mapping[str, Any]) -> str:
        found = hidden[state["function"]]
        low, high = (f"{100 * share:.2g} %" for share in found["quartiles"])
        shares = {run["name"]: f"{100 * run['share'][-1]:.2g} %" for run in found["runs"]}
        shares["random search"] = f"{low} to {high} (the middle half of {SEEDS} seeds)"
        said = ", ".join(f"{name} {share}" for name, share in shares.items())
        which = f"On function {state['function']}, {BUDGET} evaluations"
        return f"{which} end above the minimum by, in shares of the range: {said}."

    def still(state: Mapping[str, Any]) -> Any:
        return _still(hidden[state["function"]], state["function"], arrays, kind)

    return Sketch(
        "probe", id=id, title=title, controls=controls, describe=describe, still=still, arrays=arrays,
        goal=f"with {BUDGET} measurements, come within {100 * CLOSE:.0f} % of the way from the lowest to the highest "
             "value.",
        data={"kind": kind, "budget": BUDGET, "close": CLOSE, "seeds": SEEDS, "low": LOW, "high": HIGH,
              "side": SIDE, "names": list(hidden), "hidden": hidden},
    )  # fmt: skip


def _still(found: Mapping[str, Any], name: str, arrays: Mapping[str, np.ndarray], kind: str) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.8, 3.6))
    ax = figure.subplots()
    names = list(LINES if kind == "line" else PLANES)
    if kind == "line":
        values = arrays["fine"][names.index(name)]
        ax.plot(np.linspace(LOW, HIGH, len(values)), values, color=style.INK, lw=1, ls="-")
    else:
        axis = np.linspace(LOW, HIGH, SIDE)
        ax.contour(axis, axis, arrays["places"][names.index(name)], levels=12, colors=style.INK, linewidths=0.6)
    for run, marker in zip(found["runs"], style.MARKERS[1:], strict=False):
        points = np.array(run["points"])
        ax.plot(points[:, 0], points[:, 1], marker=marker, ls="", ms=5, label=run["name"])
    ax.set(title=f"Hidden function {name}", xlabel="x" if kind == "line" else "$x_1$")
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=3, handlelength=1)
    return figure
