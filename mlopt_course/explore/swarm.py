"""`swarm`: particles with the coefficients that the reader drags, and what twenty swarms made of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from mlopt_course.loop import minimize
from mlopt_course.problem import Problem

from . import style
from .landscape import landscape, optima
from .operators import coded
from .packing import round_mantissa
from .sketch import Choice, Control, Handle, Sketch, Steps
from .stills import draw_landscape

FOUND, FROZEN = 0.01, 0.25  # an error that counts as found; a spread of the best points that counts as none
FOLLOWED: dict[str, int | None] = {"the best of all": None, "the best of three on a ring": 1}


@dataclass(frozen=True)
class Flock:
    """Swarms with one pair of coefficients.

    Attributes
    ----------
    population : ndarray, shape (steps + 1, n, 2)
        Of the swarm in sight.
    bests : ndarray, shape (steps + 1, n, 2)
        The best point that each of its particles has seen.
    error, spread : ndarray, shape (steps + 1,)
        Its error, and the root mean square distance of the best points from their middle.
    found, early : int
        Swarms, of all seeds, whose error is at most `FOUND` at the end; that have not found it, and whose best points
        lie within `FROZEN`: they converged too early.
    """

    population: np.ndarray
    bests: np.ndarray
    error: np.ndarray
    spread: np.ndarray
    found: int
    early: int


def flock(problem: Problem, inertia: float, attraction: float, neighbours: int | None = None, *, particles: int = 12,
          steps: int = 60, seeds: int = 20, sight: int = 0) -> Flock:  # fmt: skip
    """Run the plain `particle_swarm` with both attractions alike, once for each seed; keep that of seed ``sight``."""
    in_sight: list[np.ndarray] = []
    found = early = 0
    for seed in range(seeds):
        history = minimize(
            replace(problem, x0=None), None, "particle_swarm", particles=particles, inertia=inertia,
            cognitive=attraction, social=attraction, neighbours=neighbours, learners=0.0, tolerance=0.0,
            max_iterations=steps + 1, rng=seed,
        ).history  # fmt: skip
        X, error = np.array(history.population), np.array(history.fun) - problem.f_opt
        bests = best_points(X, np.array(history.values))
        spread = np.sqrt(bests.var(axis=1).sum(axis=1))
        found += bool(error[-1] <= FOUND)
        early += bool(error[-1] > FOUND and spread[-1] <= FROZEN)
        if seed == sight:
            in_sight = [X, bests, error, spread]
    return Flock(in_sight[0], in_sight[1], in_sight[2], in_sight[3], found, early)


def best_points(X: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The best point that each particle has seen so far, (steps, n, d), of its points and their values (steps, n)."""
    steps, n = values.shape
    best, at = np.zeros(n, dtype=int), np.empty((steps, n), dtype=int)
    for k in range(steps):
        best = np.where(values[k] < values[best, np.arange(n)], k, best)
        at[k] = best
    return X[at, np.arange(n)]


def variance_bound(inertia: np.ndarray) -> np.ndarray:
    """The attraction of each kind below which a particle's variance settles (Poli, 2009): half of his bound."""
    return 12 * (1 - inertia**2) / (7 - 5 * inertia)


def swarm(
    problem: Problem,
    *,
    inertias: Sequence[float] = (0.2, 0.4, 0.6, 0.8, 0.95),
    attractions: Sequence[float] = (0.25, 0.75, 1.25, 1.75, 2.25, 2.75),
    initial: tuple[float, float] = (1.25, 0.2),
    steps: int = 60,
    seed: int = 0,
    id: str = "swarm",
    title: str = "A swarm and its coefficients",
    goal: Mapping[str, Any] | None = None,
) -> Sketch:
    """A particle swarm step by step, and the plane of its coefficients with what twenty swarms reached at each.

    Parameters
    ----------
    problem : Problem
        Of two variables, with finite bounds and ``f_opt``.
    inertias, attractions : sequence of float
        The grid of coefficients.
    initial : (float, float)
        Attraction and inertia shown first.
    steps : int
        Of each run.
    seed : int
        Of the swarm that is shown, one of the twenty.
    id, title : str
        Name for the sentences that set it; heading.
    goal : dict, optional
        ``text``; ``found``: how many of the swarms have to find the minimum.

    Returns
    -------
    Sketch
        With the controls ``followed``, ``coefficients`` ([attraction, inertia]) and ``step``.
    """
    runs = {
        (followed, w, c): flock(problem, w, c, FOLLOWED[followed], steps=steps, sight=seed)
        for followed, w, c in product(FOLLOWED, inertias, attractions)
    }
    picture = landscape(problem)
    apart = (float(np.diff(attractions).max()), float(np.diff(inertias).max()))
    controls: tuple[Control, ...] = (
        Choice("followed", "Followed", tuple(FOLLOWED), next(iter(FOLLOWED))), Steps(steps, 8),
        Handle("coefficients", "Attraction and inertia", initial, (min(attractions), min(inertias)),
               (max(attractions), max(inertias)), apart, panel=1),
    )  # fmt: skip
    across = np.linspace(0, 1, 41)

    def run_of(state):
        c, w = state["coefficients"]
        near = min(product(inertias, attractions), key=lambda at: abs(at[0] - w) / apart[1] + abs(at[1] - c) / apart[0])
        return near, runs[(state["followed"], *near)]

    return Sketch(
        "swarm", id=id, title=title, goal=None if goal is None else goal["text"], controls=controls,
        data={
            "goal": goal, "steps": steps, "inertias": list(inertias), "attractions": list(attractions), "seeds": 20,
            "followed": list(FOLLOWED), "found": [run.found for run in runs.values()],
            "early": [run.early for run in runs.values()], "window": problem.bounds.tolist(),
            "levels": picture.level_codes(), "optima": optima(problem).tolist(),
            "mean": [[2 * (1 + w), w] for w in across], "variance": [[variance_bound(w), w] for w in across],
        },
        arrays={
            "field": picture.quantised(),
            "population": np.stack([coded(run.population, problem.bounds) for run in runs.values()]),
            "bests": np.stack([coded(run.bests, problem.bounds) for run in runs.values()]),
            "error": round_mantissa(np.stack([run.error for run in runs.values()])),
            "spread": round_mantissa(np.stack([run.spread for run in runs.values()])),
        },
        describe=lambda state: _words(state, *run_of(state)),
        still=lambda state: _still(state, problem, picture, run_of(state)[1], runs, (inertias, attractions)),
    )  # fmt: skip


def _words(state: Mapping[str, Any], at: tuple[float, float], run: Flock) -> str:
    k = state["step"]
    return (
        f"Inertia {at[0]:g}, attractions {at[1]:g}, following {state['followed']}. Step {k}: error {run.error[k]:.2g}, "
        f"spread of the best points {run.spread[k]:.2g}. Of 20 swarms {run.found} find the minimum, {run.early} "
        "converge too early."
    )


def _still(state, problem, picture, run, runs, grid):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.8, 7.4), layout="constrained")
    top, bottom = figure.subplots(2, 1)
    draw_landscape(top, picture, optima(problem))
    k = state["step"]
    top.plot(*run.population[k].T, "o", color=style.COLOURS[0])
    top.plot(*run.bests[k].T, "+", color=style.COLOURS[1])
    w = np.linspace(0, 1, 41)
    for (followed, one, c), those in runs.items():
        if followed == state["followed"]:
            bottom.scatter(c, one, s=9 * those.found, color=style.COLOURS[2])
            bottom.scatter(c, one, s=9 * those.early, marker="x", color=style.COLOURS[0])
    bottom.plot(2 * (1 + w), w, label="mean settles", color=style.COLOURS[1], ls="--")
    bottom.plot(variance_bound(w), w, label="variance settles", color=style.COLOURS[3], ls="-")
    bottom.set(xlabel="attraction $c_1 = c_2$", ylabel="inertia $w$", xlim=(0, max(grid[1]) + 0.3), ylim=(-0.08, 1.03))
    bottom.legend(loc="lower left")
    return figure
