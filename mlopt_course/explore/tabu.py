"""`tabu`: tabu search on a map, with its list, aspiration, intensification and diversification to switch."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from mlopt_course.loop import minimize
from mlopt_course.problem import Problem
from mlopt_course.stochastic import first_hits

from . import style
from .sketch import Control, Sketch, Slider, Steps, Toggle

ASPIRED, WALLED, RETURNED = 1, 2, 4
NEVER = 255
PATIENCE, CHARGE = 25, 0.5  # the options that the switches turn on: intensification, diversification


@dataclasses.dataclass(frozen=True)
class Trip:
    """One run of `mlopt_course.stochastic.tabu_search`, and what its memory forbade.

    Attributes
    ----------
    tour, length : ndarray, shape (n, d), (n,)
        After each step, the start first.
    broken, until : ndarray of int, shape (n - 1, 2, 2), (n - 1,)
        The two roads that each step has taken away, as pairs of cities, and the step from which they are free again.
    flag : ndarray of int, shape (n,)
        Sum of `ASPIRED` (a tabu move, taken because it leads to a new best), `WALLED` (all moves were tabu) and
        `RETURNED` (the step began at the best tour).
    """

    tour: np.ndarray
    length: np.ndarray
    broken: np.ndarray
    until: np.ndarray
    flag: np.ndarray


def options_of(state: Mapping[str, Any]) -> dict[str, Any]:
    """The options of `tabu_search` that the switches mean."""
    return {
        "tenure": int(state["tenure"]), "aspiration": bool(state["aspiration"]),
        "intensification": PATIENCE if state["intensification"] else None,
        "diversification": CHARGE if state["diversification"] else 0.0,
    }  # fmt: skip


def roads(tour: np.ndarray) -> set[tuple[int, int]]:
    """The roads of a closed tour, each as a sorted pair of cities."""
    return {tuple(sorted(pair)) for pair in zip(tour.tolist(), np.roll(tour, -1).tolist(), strict=True)}


def trip(problem: Problem, x0: np.ndarray, seed: int, steps: int, **options: Any) -> Trip:
    """Run tabu search on a tour and find out what was forbidden when."""
    history = minimize(problem, x0, "tabu_search", rng=seed, max_iterations=steps, **options).history
    tour, length = np.asarray(history.x), np.asarray(history.fun)
    drawn = np.random.default_rng(seed).random(steps)  # a step draws one number, for how long it forbids
    released: dict[tuple[int, int], int] = {}
    best, f_best, waited, back = 0, length[0], 0, False
    broken, until, flag = [], [], [0]
    for step in range(len(tour) - 1):
        before, after = roads(tour[best if back else step]), roads(tour[step + 1])
        made = [road for road in after - before if released.get(road, 0) > step]
        aspired = bool(made) and options["aspiration"] and length[step + 1] < f_best
        flag.append(ASPIRED * aspired + WALLED * (bool(made) and not aspired) + RETURNED * back)
        gone = sorted(before - after)
        free = step + 1 + round(options["tenure"] * (0.5 + drawn[step]))
        released |= dict.fromkeys(gone, free)
        broken.append(gone)
        until.append(free)
        waited += 1
        if length[step + 1] < f_best:
            best, f_best, waited = step + 1, length[step + 1], 0
        back = options["intensification"] is not None and waited >= options["intensification"]
        waited = 0 if back else waited
    return Trip(tour, length, np.array(broken), np.array(until), np.array(flag))


def forbidden(run: Trip, step: int) -> set[tuple[int, int]]:
    """The roads that may not be built in the next step."""
    free = {tuple(road): int(k) for pair, k in zip(run.broken[:step], run.until[:step], strict=True) for road in pair}
    return {road for road, k in free.items() if k > step}


def tabu(
    problem: Problem,
    *,
    tenures: Sequence[int] = (0, 4, 10, 60),
    seeds: int = 20,
    steps: int = 120,
    wanted: int = 20,
    within: int = 60,
    id: str = "tabu",
    title: str = "A search that remembers",
    goal: str | None = None,
) -> Sketch:
    """Tabu search step by step on a map, for each setting of its four parts, and how twenty seeds fare with it.

    Parameters
    ----------
    problem : Problem
        A `travelling_salesman` with coordinates, of at most 255 cities, and ``f_opt``.
    tenures : sequence of int
        For how many steps, on average, a road stays forbidden (0: there is no list).
    seeds : int
        Runs of each setting, each from a random tour of its own; the first is drawn.
    steps : int
        Steps of each run, at most 250.
    wanted, within : int
        The goal: so many runs at the shortest tour, their median after at most so many steps.
    id, title, goal : str
        Name for the sentences that set it; heading; the goal's sentence.

    Returns
    -------
    Sketch
        With the controls ``tenure``, ``aspiration``, ``intensification``, ``diversification`` and ``step``.
    """
    starts = [np.random.default_rng(1000 + seed).permutation(problem.x0) for seed in range(seeds)]
    names = ("tenure", "aspiration", "intensification", "diversification")
    keys = list(product(tenures, *[(False, True)] * 3))
    shortest = float(problem.f_opt) * (1 + 1e-9)  # type: ignore[arg-type]
    runs, hits = {}, {}
    for key in keys:
        options = options_of(dict(zip(names, key, strict=True)))
        runs[key] = trip(problem, starts[0], 0, steps, **options)
        ends = [minimize(problem, start, "tabu_search", rng=seed, max_iterations=steps, target=shortest, **options)
                for seed, start in enumerate(starts)]  # fmt: skip
        hits[key] = [end.nit if end.success else NEVER for end in ends]
        assert np.isfinite(first_hits(ends, shortest)).sum() == seeds - hits[key].count(NEVER)
    controls: tuple[Control, ...] = (
        Slider("tenure", "Tabu list", tenures, tenures[0], ["none", *(f"{tenure} steps" for tenure in tenures[1:])]),
        Steps(steps, 0), Toggle("aspiration", "Aspiration"), Toggle("intensification", "Intensification"),
        Toggle("diversification", "Diversification"),
    )  # fmt: skip
    return Sketch(
        "tabu", id=id, title=title, goal=goal, controls=controls,
        data={
            "axes": [{"name": "tenure", "values": list(tenures)},
                     *({"name": name, "values": [False, True]} for name in names[1:])],
            "steps": steps, "cities": np.asarray(problem.coordinates).round(4).tolist(), "seeds": seeds,  # type: ignore
            "shortest": problem.f_opt, "wanted": wanted, "within": within, "never": NEVER,
            "flags": {"aspired": ASPIRED, "walled": WALLED, "returned": RETURNED},
        },
        arrays={
            "tour": np.stack([runs[key].tour for key in keys]).astype(np.uint8),
            "length": np.stack([runs[key].length for key in keys]).astype(np.float32),
            "broken": np.stack([runs[key].broken for key in keys]).astype(np.uint8),
            "until": np.stack([runs[key].until for key in keys]).astype(np.uint16),
            "flag": np.stack([runs[key].flag for key in keys]).astype(np.uint8),
            "hits": np.array([hits[key] for key in keys], dtype=np.uint8),
        },
        describe=lambda state: _words(state, runs[_key(state)], hits[_key(state)]),
        still=lambda state: _still(state, problem, runs[_key(state)]),
    )  # fmt: skip


def _key(state: Mapping[str, Any]) -> tuple[Any, ...]:
    return int(state["tenure"]), state["aspiration"], state["intensification"], state["diversification"]


def _words(state: Mapping[str, Any], run: Trip, hits: Sequence[int]) -> str:
    step = state["step"]
    return (
        f"Step {step}: the tour is {run.length[step]:.3f} long, {len(forbidden(run, step))} roads are forbidden. With "
        f"these settings {sum(hit != NEVER for hit in hits)} of {len(hits)} runs find the shortest tour."
    )


def _still(state: Mapping[str, Any], problem: Problem, run: Trip) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.8, 4.2), layout="constrained")
    axis = figure.add_subplot()
    places = np.asarray(problem.coordinates)  # type: ignore[attr-defined]
    axis.plot(*places[np.append(run.tour[state["step"]], run.tour[state["step"]][0])].T, "o-")
    for road in forbidden(run, state["step"]):
        axis.plot(*places[list(road)].T, color=style.COLOURS[1], ls=":")
    axis.set(aspect="equal", xticks=[], yticks=[])
    return figure
