"""`chances`: many runs of two random methods, a budget and a target, and what a few of the runs would have said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mlopt_course.loop import Result
from mlopt_course.stochastic import first_hits

from . import style
from .sketch import Choice, Control, Handle, Sketch, Slider

DRAWS, FLOOR = 30, 1e-9  # which runs to look at; errors below are drawn there


def improvements(run: Result, f_opt: float) -> tuple[np.ndarray, np.ndarray]:
    """Evaluations at which a run had a new best, and the error from there on; the first record counts."""
    fun = np.asarray(run.history.fun)
    best = np.minimum.accumulate(fun)
    new = np.flatnonzero(np.diff(best, prepend=np.inf) < 0)
    return np.asarray(run.history.nfev)[new], np.maximum(best[new] - f_opt, 0.0)


def error_at(runs: Sequence[Result], budget: float, f_opt: float) -> np.ndarray:
    """Lowest error of each run within a budget of evaluations (n,); inf where it has nothing yet."""
    ends = []
    for run in runs:
        spent, error = improvements(run, f_opt)
        within = np.flatnonzero(spent <= budget)
        ends.append(error[within[-1]] if within.size else np.inf)
    return np.array(ends)


def sample(draw: int, count: int, runs: int) -> np.ndarray:
    """Which ``count`` of the ``runs`` runs the ``draw``-th draw looks at."""
    return np.random.default_rng(draw).permutation(runs)[:count]


def chances(
    results: Mapping[str, Sequence[Result]],
    *,
    f_opt: float = 0.0,
    counts: Sequence[int] = (1, 3, 5, 10, 20, 60),
    mark: tuple[float, float] = (2.7, -1.0),
    few: int = 3,
    factor: float = 2.0,
    id: str = "chances",
    title: str = "How many runs is a result?",
    goal: str | None = None,
) -> Sketch:
    """Runs of two methods, of which the reader looks at few or many, with a budget and a target to move.

    Parameters
    ----------
    results : dict of label to list of Result
        As many runs of each method, on one problem, with the same budget.
    f_opt : float
        The minimum.
    counts : sequence of int
        How many runs to look at; the last is all of them.
    mark : (float, float)
        First budget and target, as powers of ten.
    few, factor : int, float
        The goal: a draw of so many runs in which the method looks better whose median error over all runs is worse by
        this factor at least.
    id, title, goal : str
        Name for the sentences that set it; heading; the goal's sentence.

    Returns
    -------
    Sketch
        With the controls ``first``, ``second``, ``count``, ``draw`` and ``mark``.
    """
    labels = tuple(results)
    every = [run for label in labels for run in results[label]]
    steps = [improvements(run, f_opt) for run in every]
    budget = max(run.nfev for run in every)
    total = len(results[labels[0]])
    highest = float(np.log10(max(error[0] for _, error in steps)))
    window = [[0.0, float(np.log10(budget))], [float(np.log10(FLOOR)), np.ceil(highest)]]
    controls: tuple[Control, ...] = (
        Choice("first", "First method", labels, labels[0]), Choice("second", "Second method", labels, labels[1]),
        Slider("count", "Runs of each", counts, counts[-1]),
        Slider("draw", "Which runs", tuple(range(1, DRAWS + 1)), 1),
        Handle("mark", "Budget and target", mark, (0.3, -8.0), (window[0][1], window[1][1]), (0.05, 0.1)),
    )  # fmt: skip
    return Sketch(
        "chances", id=id, title=title, goal=goal, controls=controls,
        data={"labels": list(labels), "runs": total, "window": window, "few": few, "factor": factor, "floor": FLOOR},
        arrays={
            "length": np.array([len(spent) for spent, _ in steps], dtype=np.uint16),
            "spent": np.concatenate([spent for spent, _ in steps]).astype(np.uint16),
            "error": np.concatenate([error for _, error in steps]).astype(np.float32),
            "total": np.array([run.nfev for run in every], dtype=np.uint16),
            "sample": np.stack([sample(draw, total, total) for draw in range(1, DRAWS + 1)]).astype(np.uint8),
        },
        describe=lambda state: _words(state, results, f_opt),
        still=lambda state: _still(state, results, f_opt),
    )  # fmt: skip


def _chosen(state: Mapping[str, Any], results: Mapping[str, Sequence[Result]], label: str) -> list[Result]:
    runs = results[label]
    return [runs[k] for k in sample(int(state["draw"]), int(state["count"]), len(runs))]


def _words(state: Mapping[str, Any], results: Mapping[str, Sequence[Result]], f_opt: float) -> str:
    budget, target = (10.0**power for power in state["mark"])
    solved = [
        f"{label} {int(np.sum(first_hits(_chosen(state, results, label), f_opt + target) <= budget))}"
        for label in (state["first"], state["second"])
    ]
    return (
        f"{state['count']:g} runs of each; within {budget:.0f} evaluations an error of {target:.2g} is reached by: "
        f"{', '.join(solved)}."
    )


def _still(state: Mapping[str, Any], results: Mapping[str, Sequence[Result]], f_opt: float) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.8, 3.6), layout="constrained")
    axis = figure.add_subplot()
    for k, label in enumerate((state["first"], state["second"])):
        for run in _chosen(state, results, label):
            spent, error = improvements(run, f_opt)
            axis.loglog(spent, np.maximum(error, FLOOR), color=style.COLOURS[k], ls=style.DASHES[k], lw=0.8)
    axis.set(xlabel="evaluations", ylabel="error")
    return figure
