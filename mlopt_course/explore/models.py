"""`models`: a population of models, each a point in the plane of hyperparameters and a curve through the data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from mlopt_course.loop import minimize
from mlopt_course.problem import Problem

from . import style
from .landscape import landscape
from .operators import coded
from .packing import round_mantissa
from .sketch import Control, Handle, Sketch, Steps
from .stills import draw_landscape

SIDE = 26  # models on each side of the grid from which the reader chooses


def models(
    problem: Problem,
    predict: Callable[[np.ndarray], np.ndarray],
    inputs: np.ndarray,
    data: Mapping[str, tuple[np.ndarray, np.ndarray]],
    *,
    options: Mapping[str, Any],
    generations: int = 15,
    id: str = "models",
    title: str = "A population of models",
    goal: Mapping[str, Any] | None = None,
) -> Sketch:
    """Generations of `genetic_algorithm` in the plane of hyperparameters, what its models predict, and the reader's.

    Parameters
    ----------
    problem : Problem
        Of two hyperparameters, with finite bounds: the error on the validation set.
    predict : callable
        ``predict(x)``, the predictions of the model with hyperparameters ``x`` at ``inputs``.
    inputs : ndarray, shape (m,)
        Evenly spaced, sorted.
    data : dict of label to (inputs, targets)
        ``"training"`` and ``"validation"``.
    options : dict
        Of the genetic algorithm, ``rng`` among them.
    generations : int
        Of the run.
    id, title : str
        Name for the sentences that set it; heading.
    goal : dict, optional
        ``text``; ``generation``: whose best model is to be beaten by hand.

    Returns
    -------
    Sketch
        With the controls ``step`` (generation) and ``model`` (the reader's hyperparameters).
    """
    history = minimize(
        replace(problem, x0=None), None, "genetic_algorithm", max_iterations=generations + 1, **options
    ).history
    order = np.argsort(np.array(history.values), axis=1, kind="stable")
    X = np.take_along_axis(np.array(history.population), order[..., None], axis=1)
    values = np.take_along_axis(np.array(history.values), order, axis=1)
    axes = [np.linspace(low, high, SIDE) for low, high in problem.bounds]
    grid = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)
    everywhere = problem.batch_fun(grid)  # type: ignore[misc]
    targets = np.concatenate([y for _, y in data.values()])
    low, high = targets.min() - 0.6, targets.max() + 0.6
    step = (float(axes[0][1] - axes[0][0]), float(axes[1][1] - axes[1][0]))
    middle = (float(axes[0][SIDE // 2]), float(axes[1][SIDE // 2]))
    controls: tuple[Control, ...] = (
        Steps(generations, 0, label="Generation"),
        Handle("model", "Your model", middle, (axes[0][0], axes[1][0]), (axes[0][-1], axes[1][-1]), step),
    )  # fmt: skip
    picture = landscape(problem)

    def curves(points):
        heights = np.array([predict(x) for x in points.reshape(-1, 2)])
        return np.rint(np.clip((heights - low) / (high - low), 0, 1) * 255).astype(np.uint8)

    return Sketch(
        "models", id=id, title=title, goal=None if goal is None else goal["text"], controls=controls,
        data={
            "goal": goal, "generations": generations, "side": SIDE, "window": problem.bounds.tolist(),
            "levels": picture.level_codes(), "heights": [float(low), float(high)],
            "across": [float(inputs[0]), float(inputs[-1])],
            "sets": [{"label": label, "t": np.round(t, 4).tolist(), "y": np.round(y, 4).tolist()}
                     for label, (t, y) in data.items()],
        },
        arrays={
            "field": picture.quantised(), "population": coded(X, problem.bounds),
            "values": round_mantissa(values), "curves": curves(X),
            "everywhere": round_mantissa(everywhere), "own": curves(grid),
        },
        describe=lambda state: _words(state, values),
        still=lambda state: _still(state, problem, picture, X, predict, inputs, data),
    )  # fmt: skip


def _words(state: Mapping[str, Any], values: np.ndarray) -> str:
    k = state["step"]
    return (
        f"Generation {k} of a genetic algorithm on {values.shape[1]} models: validation errors from "
        f"{values[k, 0]:.3g} to {values[k, -1]:.3g}."
    )


def _still(state, problem, picture, X, predict, inputs, data):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.8, 7.0), layout="constrained")
    top, bottom = figure.subplots(2, 1)
    draw_landscape(top, picture, np.empty((0, 2)))
    k = state["step"]
    top.plot(*X[k].T, "o", color=style.COLOURS[0])
    top.set(xlabel=r"$\log_{10}$ penalty", ylabel=r"$\log_{10} \gamma$")
    for place, x in enumerate(X[k][::-1]):
        best = place == len(X[k]) - 1
        bottom.plot(inputs, predict(x), color=style.COLOURS[0], ls="-", lw=2 if best else 0.7, alpha=1 if best else 0.4)
    for (label, (t, y)), look in zip(data.items(), ("o", "^"), strict=True):
        bottom.plot(t, y, look, mfc="none", color=style.INK, label=label)
    targets = np.concatenate([y for _, y in data.values()])
    bottom.set(xlabel="$t$", ylabel="$y$", ylim=(targets.min() - 0.6, targets.max() + 0.6))
    bottom.legend()
    return figure
