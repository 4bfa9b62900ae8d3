"""`parabolas`: Newton's method on a curve, as jumps to the stationary point of one parabola after the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from mlopt_course.loop import minimize
from mlopt_course.problem import Problem

from . import style

if TYPE_CHECKING:
    from .sketch import Sketch

FAR = 1e6  # a run is cut where it leaves this far behind


def parabolas(
    problems: Mapping[str, Problem],
    *,
    starts: int = 181,
    steps: int = 12,
    id: str = "parabolas",
    title: str = "One parabola after the other",
    goal: str | None = None,
    climbs: str | None = None,
) -> Sketch:
    """Newton's method on functions of one variable, from a start that the reader moves.

    Every run is made beforehand with `minimize`, from starts evenly spread over the window.

    Parameters
    ----------
    problems : dict of label to Problem
        Of one variable, with a gradient, a Hessian, a start, and a ``window`` ((x low, x high), (f low, f high)).
    starts : int
        How many starts each has.
    steps : int
        Steps at most.
    id, title : str
        Name for the sentences that set it; heading.
    goal : str, optional
        What to ask of the reader. It is reached when the run ends at a maximum of the function ``climbs``.
    climbs : str, optional
        See ``goal``.

    Returns
    -------
    Sketch
        With the controls ``function``, ``start`` (a point whose second coordinate is 0) and ``step``.
    """
    from .sketch import Choice, Handle, Sketch, Steps

    if goal is not None and climbs not in problems:
        raise ValueError(f"climbs must be one of {', '.join(problems)}, got {climbs!r}")
    labels, windows, curves, lengths, states = list(problems), [], [], [], []
    for problem in problems.values():
        (left, right), up = ([float(end) for end in pair] for pair in problem.window)
        windows.append([[left, right], up])
        curves.append([float(problem.fun(x)) for x in np.linspace(left, right, 241)])
        for start in np.linspace(left, right, starts):
            visited = _visited(problem, float(start), steps)
            lengths.append(len(visited))
            states.append(visited)
    low, high = min(w[0][0] for w in windows), max(w[0][1] for w in windows)
    first, apart = next(iter(problems.values())), (high - low) / (starts - 1)
    return Sketch(
        "parabolas",
        id=id,
        title=title,
        goal=goal,
        controls=(
            Choice("function", "Function", labels, labels[0]),
            Steps(steps, 0),
            Handle("start", "Start", (float(first.x0), 0.0), (low, 0.0), (high, 0.0), (apart, 1.0)),
        ),
        data={"functions": labels, "windows": windows, "starts": starts, "climbs": climbs},
        arrays={
            "curves": np.array(curves, dtype=np.float32), "lengths": np.array(lengths, dtype=np.uint8),
            "states": np.concatenate(states).astype(np.float32),
        },
        describe=lambda state: _words(problems[state["function"]], state["start"][0], state["function"], steps),
        still=lambda state: _still(problems[state["function"]], state["start"][0], steps),
    )  # fmt: skip


def _visited(problem: Problem, start: float, steps: int) -> np.ndarray:
    """Rows (x, f, slope, curvature) of a run of `newton`, the start first; cut where it is lost."""
    run = minimize(problem, start, "newton", max_iterations=steps, tolerance=1e-12, history="iterates")
    rows = []
    for x in map(float, run.history.x):
        row = (x, float(problem.fun(x)), float(problem.gradient(x)), float(problem.hessian(x)))  # type: ignore[misc]
        if not np.isfinite(row).all() or abs(x) > FAR:
            break
        rows.append(row)
    return np.array(rows)


def _words(problem: Problem, start: float, label: str, steps: int) -> str:
    visited = _visited(problem, start, steps)
    x, _, slope, curvature = visited[-1]
    end = "a minimum" if curvature > 0 else "a maximum"
    where = f"arrives at {x:.6g}, {end}" if abs(slope) < 1e-6 else f"is at {x:.4g} and has not arrived"
    return f"On the function “{label}”, from {start:g}, Newton's method {where}, after {len(visited) - 1} steps."


def _still(problem: Problem, start: float, steps: int) -> Any:
    """The curve, the first two parabolas and their jumps, in print."""
    from matplotlib.figure import Figure

    (low, high), (bottom, top) = problem.window
    x = np.linspace(low, high, 241)
    figure = Figure(figsize=(4.8, 3.2), layout="constrained")
    axis = figure.add_subplot()
    axis.plot(x, [problem.fun(float(v)) for v in x], color=style.COLOURS[1])
    visited = _visited(problem, start, steps)
    for k, (at, f, slope, curvature) in enumerate(visited[:2]):
        p = x - at
        axis.plot(x, f + slope * p + curvature * p**2 / 2, color=style.COLOURS[0], ls=("--", ":")[k], lw=1.2)
    axis.plot(*visited[:, :2].T, color="#333", marker="o", ls="none", ms=4)
    axis.set(xlim=(low, high), ylim=(bottom, top), xlabel="$x$", ylabel="$f(x)$")
    return figure
