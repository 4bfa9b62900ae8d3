"""`rectangles`: how DIRECT divides a box, and why it chooses the rectangles that it divides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from types import SimpleNamespace
from typing import Any

import numpy as np

from mlopt_course.direct_search.rectangles import _Box
from mlopt_course.problem import Problem

from . import style
from .landscape import landscape, optima
from .sketch import Choice, Control, Sketch, Slider, Steps
from .stills import draw_landscape

ALIVE = 65535  # the round in which a rectangle that is never divided is divided


@dataclass(frozen=True)
class Division:
    """All rectangles of a run of `mlopt_course.direct_search.direct`; one that is divided makes room for smaller ones.

    Attributes
    ----------
    centre, value : ndarray, shape (n, 2), (n,)
        In the units of the box; the objective there.
    sides : ndarray of int, shape (n, 2)
        How often each side has been divided by three.
    born, divided : ndarray of int, shape (n,)
        The round after which it is there, and the one that divides it (`ALIVE` if none does).
    best, evaluations : ndarray, shape (rounds + 1,)
        Lowest value and evaluations after each round.
    """

    centre: np.ndarray
    value: np.ndarray
    sides: np.ndarray
    born: np.ndarray
    divided: np.ndarray
    best: np.ndarray
    evaluations: np.ndarray


def division(problem: Problem, rounds: int, epsilon: float) -> Division:
    """Run DIRECT on a problem of two variables and record what becomes of each rectangle."""
    box = _Box(SimpleNamespace(bounds=problem.bounds, batch=lambda points: np.array([*map(problem.fun, points)])))
    middle = np.full((1, 2), 0.5)
    best = box.add(middle, [np.zeros(2, dtype=int)], box.evaluate(middle))
    entries = [[best, (0, 0), 0, ALIVE]]
    current = {best: 0}
    lowest, evaluations = [box.values[best]], [1]
    for k in range(1, rounds + 1):
        for rectangle in box.potentially_optimal(box.values[best], epsilon):
            entries[current[rectangle]][3] = k
            before = len(box.values)
            newest = box.divide(rectangle)
            best = min(best, newest, key=box.values.__getitem__)
            for i in (rectangle, *range(before, len(box.values))):
                current[i] = len(entries)
                entries.append([i, tuple(box.divisions[i]), k, ALIVE])
        lowest.append(box.values[best])
        evaluations.append(len(box.values))
    which = [entry[0] for entry in entries]
    low, high = box.low, box.high
    return Division(
        low + np.array(box.centres)[which] * (high - low), np.array(box.values)[which],
        np.array([entry[1] for entry in entries]), np.array([entry[2] for entry in entries]),
        np.array([entry[3] for entry in entries]), np.array(lowest), np.array(evaluations),
    )  # fmt: skip


def rectangles(
    problems: Mapping[str, Problem],
    *,
    epsilons: Sequence[float] = (0.0, 1e-4, 1e-2, 0.1, 0.5),
    rounds: int = 25,
    initial: float = 1e-4,
    id: str = "rectangles",
    title: str = "Dividing rectangles",
    goal: Mapping[str, Any] | None = None,
) -> Sketch:
    """DIRECT round by round: the rectangles, and those that the next round divides, in the box and by size and value.

    Parameters
    ----------
    problems : dict of label to Problem
        Of two variables, with finite bounds and ``f_opt``.
    epsilons : sequence of float
        The values of ``epsilon`` to choose from (>= 0).
    rounds : int
        Rounds of each run.
    initial : float
        The epsilon shown first.
    id, title : str
        Name for the sentences that set it; heading.
    goal : dict, optional
        ``text``, the sentence; ``problem``, ``target`` and ``within``: on which landscape, to which error, in how many
        evaluations.

    Returns
    -------
    Sketch
        With the controls ``problem``, ``epsilon`` and ``step``.
    """
    runs = {key: division(problems[key[0]], rounds, key[1]) for key in product(problems, epsilons)}
    pictures = {label: landscape(problem) for label, problem in problems.items()}
    whole: tuple[Control, ...] = (
        Choice("problem", "Landscape", tuple(problems), next(iter(problems))),
        Slider("epsilon", "Epsilon ε", epsilons, initial), Steps(rounds, 4, label="Round"),
    )  # fmt: skip
    every = list(runs.values())
    return Sketch(
        "rectangles", id=id, title=title, goal=None if goal is None else goal["text"], controls=whole,
        data={
            "epsilons": list(epsilons), "goal": goal, "rounds": rounds,
            "problems": [
                {"label": label, "window": problem.bounds.tolist(), "levels": pictures[label].level_codes(),
                 "optima": optima(problem).tolist(), "lowest": problem.f_opt}
                for label, problem in problems.items()
            ],
        },
        arrays={
            "field": np.stack([picture.quantised() for picture in pictures.values()]),
            "length": np.array([len(run.value) for run in every], dtype=np.uint16),
            "centre": np.concatenate([run.centre for run in every]).astype(np.float32),
            "value": np.concatenate([run.value for run in every]).astype(np.float32),
            "sides": np.concatenate([run.sides for run in every]).astype(np.uint8),
            "born": np.concatenate([run.born for run in every]).astype(np.uint16),
            "divided": np.concatenate([run.divided for run in every]).astype(np.uint16),
            "error": np.concatenate(
                [run.best - problems[label].f_opt for (label, _), run in runs.items()]
            ).astype(np.float32),
            "evaluations": np.concatenate([run.evaluations for run in every]).astype(np.uint16),
        },
        describe=lambda state: _words(state, problems[state["problem"]], runs[state["problem"], state["epsilon"]]),
        still=lambda state: _still(
            state, problems[state["problem"]], pictures[state["problem"]], runs[state["problem"], state["epsilon"]]
        ),
    )  # fmt: skip


def _words(state: Mapping[str, Any], problem: Problem, run: Division) -> str:
    k = state["step"]
    there, chosen = int(np.sum((run.born <= k) & (k < run.divided))), int(np.sum(run.divided == k + 1))
    return (
        f"{state['problem']} after {k} rounds of DIRECT with epsilon {state['epsilon']:g}: {there} rectangles, "
        f"{run.evaluations[k]} evaluations, error {run.best[k] - problem.f_opt:.2g}; the next round divides {chosen}."
    )


def _still(state: Mapping[str, Any], problem: Problem, picture: Any, run: Division) -> Any:
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle

    figure = Figure(figsize=(4.8, 3.8), layout="constrained")
    axis = figure.add_subplot()
    draw_landscape(axis, picture, optima(problem))
    k, size = state["step"], np.ptp(problem.bounds, axis=1)
    for i in np.flatnonzero((run.born <= k) & (k < run.divided)):
        wide, high = size * 3.0 ** -run.sides[i]
        corner = run.centre[i] - np.array([wide, high]) / 2
        hatch = "//" if run.divided[i] == k + 1 else None
        axis.add_patch(Rectangle(corner, wide, high, fill=False, edgecolor=style.COLOURS[0], lw=0.8, hatch=hatch))
    axis.set(xlim=problem.bounds[0], ylim=problem.bounds[1])
    return figure
