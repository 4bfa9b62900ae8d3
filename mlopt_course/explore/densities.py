"""`densities`: the two densities of the tree-structured Parzen estimator, trial by trial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from mlopt_course.hyperparameter_tuning import Integer, ParzenEstimator, Space, tune
from mlopt_course.hyperparameter_tuning.parzen import split_trials

from . import style
from .sketch import Choice, Sketch, Slider, Steps

STARTUP = 4


@dataclass(frozen=True)
class Record:
    """One run of `mlopt_course.hyperparameter_tuning.tpe` over the places of a list of values.

    Attributes
    ----------
    place : ndarray of int, shape (trials,)
        What was tried.
    good : ndarray of bool, shape (trials + 1, trials)
        Which of the trials before each are the good ones.
    density : ndarray, shape (trials + 1, 2, values)
        Probability of each value among the good and among the others; zero before there are densities.
    """

    place: np.ndarray
    good: np.ndarray
    density: np.ndarray


def record(losses: np.ndarray, trials: int, fraction: float, seed: int) -> Record:
    """Run TPE on the places of ``losses`` and keep the densities from which each trial was drawn."""
    dimension = Integer(0, len(losses) - 1)
    run = tune(lambda config: losses[config["place"]], Space(place=dimension), "tpe", budget=trials,
               startup=STARTUP, fraction=fraction, rng=seed)  # fmt: skip
    everywhere = [{"place": k} for k in range(len(losses))]
    good = np.zeros((trials + 1, trials), dtype=bool)
    density = np.zeros((trials + 1, 2, len(losses)))
    for k in range(STARTUP, trials + 1):
        for row, part in enumerate(split_trials(list(run.history[:k]), fraction)):
            estimate = ParzenEstimator({"place": dimension}, [trial.config for trial in part])
            density[k, row] = np.exp(estimate.log_density(everywhere))
            if row == 0:
                good[k, [trial.number for trial in part]] = True
    return Record(np.array([config["place"] for config in run.history.config]), good, density)


def densities(
    curves: Mapping[str, tuple[Any, Any]],
    *,
    fractions: Sequence[float] = (0.1, 0.25, 0.5),
    seeds: int = 3,
    trials: int = 24,
    fraction: float = 0.25,
    step: int = 8,
    target: float = 0.0,
    xlabel: str = "learning rate",
    ylabel: str = "validation loss",
    id: str = "densities",
    title: str = "The two densities of TPE",
    goal: str | None = None,
) -> Sketch:
    """TPE on one parameter, trial by trial: what has been tried, the two densities, their ratio and the next choice.

    Parameters
    ----------
    curves : mapping of label to (values, losses)
        Values of the parameter, evenly spread on a logarithmic scale, and the loss of each; as many for each label.
    fractions : sequence of float
        Which part of the trials is good: to choose from.
    seeds, trials : int
        Runs for each setting (seeds 1, 2, ...), and trials in each.
    fraction, step : float, int
        Shown first.
    target : float
        The goal is reached where the first label's loss comes within this part of its lowest in half of the trials.
    xlabel, ylabel, id, title, goal : str

    Returns
    -------
    Sketch
        With the settings ``problem``, ``fraction``, ``seed`` and ``step``.
    """
    labels = tuple(curves)
    values = np.array([np.asarray(curves[label][0], dtype=float) for label in labels])
    losses = np.array([np.asarray(curves[label][1], dtype=float) for label in labels])
    keys = list(product(range(len(labels)), fractions, range(1, seeds + 1)))
    runs = {key: record(losses[key[0]], trials, key[1], key[2]) for key in keys}
    stacked = np.array([runs[key].density for key in keys])
    tops = stacked.max(axis=(2, 3), keepdims=True)
    coded = np.rint(255 * stacked / np.where(tops > 0, tops, 1)).astype(np.uint8)
    log_ratio = np.log(np.maximum(stacked[:, :, 0], 1e-300)) - np.log(np.maximum(stacked[:, :, 1], 1e-300))

    def run_of(state: Mapping[str, Any]) -> tuple[int, Record]:
        row = labels.index(state["problem"])
        return row, runs[row, state["fraction"], int(state["seed"])]

    def describe(state: Mapping[str, Any]) -> str:
        (row, run), k = run_of(state), int(state["step"])
        if not k:
            return f"{state['problem']}: nothing has been tried."
        tried = losses[row, run.place[:k]]
        return (
            f"{state['problem']} after {k} trials: the best loss is {tried.min():.3g}, the lowest that there is "
            f"{losses[row].min():.3g}; {int(run.good[k].sum())} trials are called good."
        )

    controls = (
        Steps(trials, step, label="Trials"), Slider("fraction", "Part called good γ", tuple(fractions), fraction),
        Slider("seed", "Seed", tuple(range(1, seeds + 1)), 1), Choice("problem", "Loss", labels, labels[0]),
    )  # fmt: skip
    return Sketch(
        "densities", id=id, title=title, goal=goal, controls=controls, describe=describe,
        still=lambda state: _still(state, values, losses, *run_of(state), xlabel, ylabel),
        data={"labels": labels, "fractions": list(fractions), "seeds": seeds, "trials": trials, "startup": STARTUP,
              "target": target, "xlabel": xlabel, "ylabel": ylabel, "ends": [[v[0], v[-1]] for v in values.tolist()]},
        arrays={"losses": losses.astype(np.float32), "density": coded,
                "place": np.array([runs[key].place for key in keys], dtype=np.uint16),
                "good": np.array([runs[key].good for key in keys], dtype=np.uint8),
                "peak": log_ratio.argmax(axis=2).astype(np.uint16)},
    )  # fmt: skip


def _still(state: Mapping[str, Any], values: np.ndarray, losses: np.ndarray, row: int, run: Record,
           xlabel: str, ylabel: str) -> Any:  # fmt: skip
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.8, 4.4), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    k = int(state["step"])
    above.semilogx(values[row], losses[row], color=style.INK, ls="-", lw=1)
    above.plot(values[row][run.place[:k]], losses[row][run.place[:k]], "o", color=style.COLOURS[1], ls="none")
    above.set(ylabel=ylabel)
    for line, name, colour, dash in zip(run.density[k], ("good", "others"), style.COLOURS, style.DASHES, strict=False):
        below.semilogx(values[row], line, color=colour, ls=dash, label=name)
    below.set(xlabel=xlabel, ylabel="probability")
    below.legend()
    return figure
