"""`ants`: pheromone on a map, iteration by iteration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from mlopt_course.evolutionary_swarm import TourProblem
from mlopt_course.loop import minimize

from . import style
from .packing import round_mantissa
from .sketch import Choice, Control, Sketch, Slider, Steps, Toggle


@dataclass(frozen=True)
class Trails:
    """A run of `ant_colony`.

    Attributes
    ----------
    pheromone : ndarray, shape (iterations, edges)
        Of each pair of cities (the upper triangle, row by row): 0 at the lower limit, 1 at the upper, on a logarithmic
        scale.
    tour : ndarray of int, shape (iterations, n)
        The shortest so far.
    length, best : ndarray, shape (iterations,)
        The shortest of the iteration, and so far.
    """

    pheromone: np.ndarray
    tour: np.ndarray
    length: np.ndarray
    best: np.ndarray


def trails(problem: TourProblem, iterations: int, seed: int = 0, **options: Any) -> Trails:
    """Run the colony from a random tour and record its trails."""
    n = len(problem.distances)
    start = np.random.default_rng(seed).permutation(n)
    history = minimize(problem, start, "ant_colony", max_iterations=iterations, rng=seed, **options).history
    length = np.array(history.fun)[1:]
    shortest = np.minimum.accumulate(length)
    leader = [int(length[: k + 1].argmin()) for k in range(len(length))]
    pheromone = np.array(history["pheromone"])[1:][:, *np.triu_indices(n, 1)]
    low, high = pheromone.min(axis=1, keepdims=True), pheromone.max(axis=1, keepdims=True)
    level = np.log(pheromone / low) / np.maximum(np.log(high / low), 1e-12)
    level = np.where(high > low * (1 + 1e-9), level, 1.0)
    return Trails(level, np.array(history.x)[1:][leader].astype(int), length, shortest)


def flat_map(distances: np.ndarray) -> np.ndarray:
    """Places (n, 2) whose distances resemble those given (classical scaling; Torgerson, 1952)."""
    n = len(distances)
    centring = np.eye(n) - 1 / n
    scalars = -0.5 * centring @ np.asarray(distances, dtype=float) ** 2 @ centring
    lengths, axes = np.linalg.eigh(scalars)
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(n)])
    return axes[:, [-1, -2]] * np.sqrt(np.maximum(lengths[[-1, -2]], 0))


def places(problem: TourProblem) -> np.ndarray:
    """Where a map draws the cities: their coordinates (east to the right), or a flat map; both sides in [0, 1]."""
    at = flat_map(problem.distances) if problem.coordinates is None else np.asarray(problem.coordinates, dtype=float)
    if problem.name in ("burma14", "ulysses22"):
        at = at[:, ::-1]  # TSPLIB's geographical coordinates are latitude, longitude
    return (at - at.min(axis=0)) / np.ptp(at, axis=0).max()


def ants(
    maps: Mapping[str, TourProblem],
    *,
    evaporations: Sequence[float] = (0.02, 0.1, 0.5),
    iterations: int = 60,
    options: Mapping[str, Mapping[str, Any]] | None = None,
    id: str = "ants",
    title: str = "Ants on a map",
    goal: Mapping[str, Any] | None = None,
) -> Sketch:
    """An ant colony iteration by iteration: pheromone between the cities, the shortest tour so far, and its length.

    Parameters
    ----------
    maps : dict of label to TourProblem
        With ``f_opt``.
    evaporations : sequence of float
        The values of ``evaporation`` to choose from; the second is shown first.
    iterations : int
        Of each run.
    options : dict of label to dict, optional
        Of the method, on a map.
    id, title : str
        Name for the sentences that set it; heading.
    goal : dict, optional
        ``text``; ``map`` and ``improve``: on which the shortest tour is to be found, with or without local search.

    Returns
    -------
    Sketch
        With the controls ``map``, ``evaporation``, ``improve`` and ``step`` (iteration, from the first one, 0).
    """
    keys = list(product(maps, evaporations, (False, True)))
    runs = {
        (label, rho, improve): trails(maps[label], iterations, evaporation=rho, reset_after=10**6,
                                      local_search="2-opt" if improve else None,
                                      **(options or {}).get(label, {}))
        for label, rho, improve in keys
    }  # fmt: skip
    controls: tuple[Control, ...] = (
        Choice("map", "Map", tuple(maps), next(iter(maps))),
        Slider("evaporation", "Evaporation", evaporations, evaporations[1]),
        Toggle("improve", "Improve each best tour by local search"), Steps(iterations - 1, 5, label="Iteration"),
    )  # fmt: skip
    where = {label: places(problem) for label, problem in maps.items()}

    def run_of(state):
        return runs[(state["map"], state["evaporation"], state["improve"])]

    return Sketch(
        "ants", id=id, title=title, goal=None if goal is None else goal["text"], controls=controls,
        data={
            "goal": goal, "iterations": iterations, "evaporations": list(evaporations),
            "maps": [
                {"label": label, "shortest": problem.f_opt, "places": np.round(where[label], 4).tolist(),
                 "distances": problem.distances.astype(int).tolist() if len(problem.distances) < 8 else None}
                for label, problem in maps.items()
            ],
        },
        arrays={
            "length": round_mantissa(np.stack([run.length for run in runs.values()])),
            "best": round_mantissa(np.stack([run.best for run in runs.values()])),
            **{
                f"pheromone{k}": np.concatenate([
                    np.rint(255 * run.pheromone).astype(np.uint8) for key, run in runs.items() if key[0] == label
                ])
                for k, label in enumerate(maps)
            },
            **{
                f"tour{k}": np.concatenate([run.tour.astype(np.uint8) for key, run in runs.items() if key[0] == label])
                for k, label in enumerate(maps)
            },
        },
        describe=lambda state: _words(state, run_of(state), maps[state["map"]]),
        still=lambda state: _still(state, run_of(state), where[state["map"]]),
    )  # fmt: skip


def _words(state: Mapping[str, Any], run: Trails, problem: TourProblem) -> str:
    k = state["step"]
    improved = "improved by local search" if state["improve"] else "as the ants walked it"
    return (
        f"{state['map']}, evaporation {state['evaporation']:g}, iteration {k}: the shortest tour of this iteration, "
        f"{improved}, has length {run.length[k]:g}, the shortest so far {run.best[k]:g}; the shortest of all is "
        f"{problem.f_opt:g}."
    )


def _still(state: Mapping[str, Any], run: Trails, where: np.ndarray) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.8, 4.4), layout="constrained")
    axis = figure.add_subplot()
    k, n = state["step"], len(where)
    for level, i, j in zip(run.pheromone[k], *np.triu_indices(n, 1), strict=True):
        if level > 0.05:
            axis.plot(*where[[i, j]].T, color=style.COLOURS[1], ls="-", lw=4 * level, alpha=0.6, solid_capstyle="round")
    tour = np.append(run.tour[k], run.tour[k][0])
    axis.plot(*where[tour].T, color=style.COLOURS[0], ls="-", lw=1, marker="o", ms=4)
    axis.set(aspect="equal")
    axis.axis("off")
    return figure
