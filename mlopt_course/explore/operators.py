"""`operators`: a genetic algorithm whose operators are swapped, one run in sight and twenty measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from mlopt_course.evolutionary_swarm import collapse, generational, stagnation
from mlopt_course.loop import minimize
from mlopt_course.problem import Problem

from . import style
from .landscape import landscape, optima
from .packing import round_mantissa
from .sketch import Choice, Control, Sketch, Steps
from .stills import draw_landscape

PARTS = ("selection", "crossover", "mutation")
NEVER = 255  # the generation at which a rule stops that does not stop
RULES = {
    "after all generations": None,
    "no better best for 8": (stagnation, 8),
    "all within 2 % of the box": (collapse, None),
}


@dataclass(frozen=True)
class Breeding:
    """What came of one choice of operators.

    Attributes
    ----------
    population : ndarray, shape (generations + 1, n, 2)
        Of the run with the first seed, in the units of the box.
    error, spread : ndarray, shape (generations + 1,)
        Its error, and the root mean square distance from its middle.
    quartiles : ndarray, shape (generations + 1, 3)
        Of the error over all seeds.
    stops : tuple of int
        The generation at which each rule of `RULES` ends the run in sight; `NEVER` if none.
    """

    population: np.ndarray
    error: np.ndarray
    spread: np.ndarray
    quartiles: np.ndarray
    stops: tuple[int, ...]


def breeding(
    problem: Problem, operators: Mapping[str, Any], *, population: int = 16, generations: int = 30, seeds: int = 20
) -> Breeding:
    """Run `genetic_algorithm` with these operators; the children and the best parent survive."""
    histories = [
        minimize(
            replace(problem, x0=None), None, "genetic_algorithm", population=population, survival=generational(1),
            termination=stagnation(10**6), max_iterations=generations + 1, rng=seed, **operators,
        ).history
        for seed in range(seeds)
    ]  # fmt: skip
    errors = np.array([history.fun for history in histories]) - problem.f_opt
    X, values = np.array(histories[0].population), np.array(histories[0].values)
    spread = np.sqrt(X.var(axis=1).sum(axis=1))
    return Breeding(X, errors[0], spread, np.quantile(errors, [0.25, 0.5, 0.75], axis=0).T, _stops(problem, X, values))


def _stops(problem, X, values):
    width = 0.02 * np.ptp(problem.bounds, axis=1).min()
    found = []
    for rule in RULES.values():
        enough = None if rule is None else rule[0](width if rule[1] is None else rule[1])
        stopped = (k for k in range(len(X)) if enough is not None and enough(k, X[k], values[k]))
        found.append(next(stopped, NEVER))
    return tuple(found)


def operators(
    problems: Mapping[str, Problem],
    parts: Mapping[str, Mapping[str, Callable]],
    initial: Sequence[str],
    *,
    generations: int = 30,
    id: str = "operators",
    title: str = "Breeding points",
    goal: Mapping[str, Any] | None = None,
) -> Sketch:
    """A genetic algorithm generation by generation, for every combination of operators.

    Parameters
    ----------
    problems : dict of label to Problem
        Of two variables, with finite bounds and ``f_opt``.
    parts : dict of dict of label to callable
        For ``"selection"``, ``"crossover"`` and ``"mutation"`` the operators to choose from.
    initial : sequence of str
        The labels of the three that are shown first.
    generations : int
        Of each run.
    id, title : str
        Name for the sentences that set it; heading.
    goal : dict, optional
        ``text``; ``problem`` and ``target``: to which median error over the seeds, on which landscape.

    Returns
    -------
    Sketch
        With the controls ``problem``, ``selection``, ``crossover``, ``mutation``, ``termination`` and ``step``.
    """
    keys = list(product(problems, *(parts[name] for name in PARTS)))
    runs = {
        key: breeding(problems[key[0]], {name: parts[name][one] for name, one in zip(PARTS, key[1:], strict=True)},
                      generations=generations)
        for key in keys
    }  # fmt: skip
    pictures = {label: landscape(problem) for label, problem in problems.items()}
    controls: tuple[Control, ...] = (
        Choice("problem", "Landscape", tuple(problems), next(iter(problems))),
        *(Choice(name, name.capitalize(), tuple(parts[name]), one) for name, one in zip(PARTS, initial, strict=True)),
        Choice("termination", "Termination", tuple(RULES), next(iter(RULES))),
        Steps(generations, 3, label="Generation"),
    )  # fmt: skip

    def run_of(state):
        return runs[(state["problem"], *(state[name] for name in PARTS))]

    return Sketch(
        "operators", id=id, title=title, goal=None if goal is None else goal["text"], controls=controls,
        data={
            "goal": goal, "generations": generations, "never": NEVER, "rules": list(RULES),
            "parts": {name: list(parts[name]) for name in PARTS},
            "problems": [
                {"label": label, "window": problem.bounds.tolist(), "levels": pictures[label].level_codes(),
                 "optima": optima(problem).tolist()}
                for label, problem in problems.items()
            ],
        },
        arrays={
            "field": np.stack([picture.quantised() for picture in pictures.values()]),
            "population": np.stack([coded(run.population, problems[key[0]].bounds) for key, run in runs.items()]),
            "error": round_mantissa(np.stack([run.error for run in runs.values()])),
            "spread": round_mantissa(np.stack([run.spread for run in runs.values()])),
            "quartiles": round_mantissa(np.stack([run.quartiles for run in runs.values()])),
            "stops": np.array([run.stops for run in runs.values()], dtype=np.uint8),
        },
        describe=lambda state: _words(state, run_of(state)),
        still=lambda state: _still(state, problems[state["problem"]], pictures[state["problem"]], run_of(state)),
    )  # fmt: skip


def coded(points: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    """Points in a box as uint8: 0 is its low edge, 255 its high one."""
    low, high = np.asarray(bounds, dtype=float).T
    return np.rint(np.clip((points - low) / (high - low), 0, 1) * 255).astype(np.uint8)


def _words(state: Mapping[str, Any], run: Breeding) -> str:
    k = state["step"]
    return (
        f"{state['problem']}, selection {state['selection']}, crossover {state['crossover']}, mutation "
        f"{state['mutation']}. Generation {k}: error {run.error[k]:.2g}, spread {run.spread[k]:.2g}; at the end the "
        f"median over twenty seeds is {run.quartiles[-1, 1]:.2g}."
    )


def _still(state: Mapping[str, Any], problem: Problem, picture: Any, run: Breeding) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.8, 6.4), layout="constrained")
    top, bottom = figure.subplots(2, 1, height_ratios=(3, 2))
    draw_landscape(top, picture, optima(problem))
    k = state["step"]
    top.plot(*run.population[k].T, "o", color=style.COLOURS[0])
    top.plot(*run.population[max(0, k - 1)].T, "o", mfc="none", color=style.INK, ms=4)
    bottom.semilogy(run.quartiles[:, 1], color=style.COLOURS[1], label="median of 20 seeds")
    bottom.fill_between(np.arange(len(run.error)), run.quartiles[:, 0], run.quartiles[:, 2], alpha=0.2, lw=0)
    bottom.semilogy(run.error, color=style.COLOURS[0], ls="-", label="this run")
    bottom.set(xlabel="generation", ylabel="error")
    bottom.legend()
    return figure
