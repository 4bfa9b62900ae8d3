"""`belief_plane`: what `bayesian_optimization` believes of a function of two variables, after each evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlopt_course.bayesian import GaussianProcess, expected_improvement, latin_hypercube
from mlopt_course.bayesian.acquisition import scores
from mlopt_course.bayesian.search import fit, maximise
from mlopt_course.problem import Problem

from . import style
from .beliefs import KERNEL_NAMES

if TYPE_CHECKING:
    from .sketch import Sketch

SIDE = 45
INITIAL = 4
MAPS = ("mean", "deviation", "expected improvement", "the function")


@dataclass(frozen=True)
class Search:
    """A run of `mlopt_course.bayesian.bayesian_optimization` on the unit square, and its processes.

    Attributes
    ----------
    points, values : ndarray, shapes (n, 2) and (n,)
        What was evaluated, in order; the first `INITIAL` are the Latin hypercube.
    processes : tuple of GaussianProcess
        The one fitted to the first ``INITIAL + k`` values, for each k; the last has seen all.
    """

    points: np.ndarray
    values: np.ndarray
    processes: tuple[GaussianProcess, ...]


def search(problem: Problem, evaluations: int, seed: int) -> Search:
    """The steps of `bayesian_optimization` with its defaults and the Matérn 5/2 kernel, its processes kept."""
    rng = np.random.default_rng(seed)
    low, high = problem.bounds.T
    points = latin_hypercube(INITIAL, 2, rng)
    values = np.array([problem.fun(low + u * (high - low)) for u in points])
    rule, process, processes = scores(0.0, 2.0)["expected_improvement"], None, []
    while True:
        process = fit(points, values, "matern52", 0.0, process, rng)
        processes.append(process)
        if len(values) == evaluations:
            return Search(points, values, tuple(processes))
        u = maximise(process, rule, float(values.min()), rng)
        points, values = np.vstack([points, u]), np.append(values, problem.fun(low + u * (high - low)))


def at_random(problem: Problem, evaluations: int, seeds: Sequence[int]) -> np.ndarray:
    """The lowest value so far of random search, for each seed: shape (seeds, evaluations)."""
    low, high = problem.bounds.T
    runs = [[problem.fun(x) for x in np.random.default_rng(seed).uniform(low, high, (evaluations, 2))]
            for seed in seeds]  # fmt: skip
    return np.minimum.accumulate(runs, axis=1)


def belief_plane(
    problems: Mapping[str, Problem],
    *,
    evaluations: int = 25,
    seed: int = 0,
    seeds: Sequence[int] = range(30),
    id: str = "plane",
    title: str = "A map that is drawn while you travel",
    goal: str | None = None,
) -> Sketch:
    """Bayesian optimisation on a box, step by step: mean, deviation and expected improvement as maps.

    Parameters
    ----------
    problems : dict of label to Problem
        Of two variables, with finite bounds and ``f_opt``.
    evaluations : int
        Of each run.
    seed : int
        Of each run.
    seeds : sequence of int
        Of random search, which is shown beside it: the median and the middle half.
    id, title, goal : str
        See `Sketch`. The goal is reached where the map of the mean is shown for the first time with an error of at most
        a thousandth of the first.

    Returns
    -------
    Sketch
        With the controls ``problem``, ``map`` and ``step``.
    """
    from .sketch import Choice, Sketch, Steps

    runs = {label: search(problem, evaluations, seed) for label, problem in problems.items()}
    chance = {label: at_random(problem, evaluations, seeds) - problem.f_opt for label, problem in problems.items()}
    grids = {label: _values(problem) for label, problem in problems.items()}
    names = {name: label for label, name in KERNEL_NAMES.items()}
    return Sketch(
        ("gaussian", "belief_plane"),
        id=id,
        title=title,
        goal=goal,
        controls=(
            Choice("problem", "Landscape", tuple(problems), next(iter(problems))),
            Choice("map", "Map of", MAPS, MAPS[0]),
            Steps(evaluations - INITIAL, 3, label="Evaluations"),
        ),
        data={
            "side": SIDE, "initial": INITIAL,
            "problems": [
                {"label": label, "window": problem.bounds.tolist(), "lowest": problem.f_opt,
                 "optima": np.atleast_2d(problem.x_opt).tolist(),
                 "points": runs[label].points.tolist(), "values": runs[label].values.tolist(),
                 "processes": [
                     {"kernel": names[one.kernel], "scales": one.lengthscale.tolist(), "variance": one.variance,
                      "mean": one.mean} for one in runs[label].processes
                 ],
                 "quartiles": np.quantile(chance[label], [0.25, 0.5, 0.75], axis=0).tolist()}
                for label, problem in problems.items()
            ],
        },
        arrays={"truth": np.array([grid.ravel() for grid in grids.values()], dtype=np.float32)},
        describe=lambda state: _words(state, problems[state["problem"]], runs[state["problem"]]),
        still=lambda state: _still(state, problems[state["problem"]], runs[state["problem"]]),
    )  # fmt: skip


def _unit_grid() -> np.ndarray:
    line = np.linspace(0, 1, SIDE)
    return np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)


def _values(problem: Problem) -> np.ndarray:
    low, high = problem.bounds.T
    return np.array([problem.fun(low + u * (high - low)) for u in _unit_grid()]).reshape(SIDE, SIDE)


def map_of(run: Search, step: int, which: str) -> np.ndarray:
    """The map after a step: mean, deviation or expected improvement on the grid (SIDE * SIDE,)."""
    process = run.processes[step]
    mean, std = process.predict(_unit_grid())
    if which == "mean":
        return mean
    return std if which == "deviation" else expected_improvement(mean, std, float(process.y.min()))


def _words(state: Mapping[str, Any], problem: Problem, run: Search) -> str:
    spent = INITIAL + state["step"]
    error = run.values[:spent].min() - problem.f_opt
    return f"{state['problem']} after {spent} evaluations, with a map of {state['map']}: error {error:.2g}."


def _still(state: Mapping[str, Any], problem: Problem, run: Search) -> Any:
    from matplotlib.figure import Figure

    low, high = problem.bounds.T
    shown = _values(problem) if state["map"] == MAPS[-1] else map_of(run, state["step"], state["map"])
    figure = Figure(figsize=(4.8, 3.8), layout="constrained")
    axis = figure.add_subplot()
    across = [np.linspace(low[k], high[k], SIDE) for k in (0, 1)]
    axis.contourf(*across, np.reshape(shown, (SIDE, SIDE)), levels=13, cmap="Blues_r", alpha=0.7)
    seen = low + run.points[: INITIAL + state["step"]] * (high - low)
    axis.plot(*seen.T, "o", color=style.COLOURS[0], ms=5)
    axis.set(xlabel="$x_1$", ylabel="$x_2$")
    return figure
