"""`gaussians`: the distribution that a method draws from, generation by generation, moving, stretching and turning."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from mlopt_course.loop import minimize
from mlopt_course.problem import Problem

from . import style
from .landscape import landscape, optima
from .sketch import Choice, Control, Sketch, Slider, Steps
from .stills import draw_landscape

LOWEST = 1e-12  # errors and widths below are drawn there


# Label, method, its options, and generations of each run.
METHODS: Mapping[str, tuple[str, Mapping[str, Any], int]] = {
    "CMA-ES": ("cma_es", {}, 70),
    "cross-entropy": ("cross_entropy_method", {}, 25),
    "natural evolution": ("natural_evolution_strategy", {}, 70),
    "one parent and one child": ("one_plus_one", {}, 300),
}


@dataclasses.dataclass(frozen=True)
class Cloud:
    """One run: the distribution of each generation, and what was drawn from it.

    Attributes
    ----------
    mean, covariance : ndarray, shape (n, 2), (n, 2, 2)
        Of the normal distribution.
    drawn : ndarray, shape (n, m, 2)
        Its draws, best first.
    parents : int
        How many of them shape the next distribution.
    error, evaluations : ndarray, shape (n,)
        Lowest error so far, and evaluations spent.
    """

    mean: np.ndarray
    covariance: np.ndarray
    drawn: np.ndarray
    parents: int
    error: np.ndarray
    evaluations: np.ndarray


def cloud(problem: Problem, method: str, generations: int, seed: int, sigma: float, **options: Any) -> Cloud:
    """Run a method on a problem of two variables and record its distributions.

    The first standard deviation is ``sigma``, in the units of the variables. The (1+1) strategy draws one child a
    generation, from a round distribution about its parent.
    """
    tried: list[np.ndarray] = []

    def fun(x):
        tried.append(np.array(x, dtype=float))
        return problem.fun(x)

    watched = dataclasses.replace(problem, fun=fun, batch_fun=None)
    share = sigma if method != "cross_entropy_method" else sigma / float(np.diff(problem.bounds, axis=1).mean())
    history = minimize(watched, problem.x0, method, rng=seed, step_size=share, max_iterations=generations,
                       **options).history  # fmt: skip
    if method == "one_plus_one":
        width = np.concatenate([[sigma], np.asarray(history["step_size"])[1:-1]])
        mean, covariance, parents = np.asarray(history.x)[:-1], width[:, None, None] ** 2 * np.eye(2), 1
    else:
        scale = np.asarray(history["step_size"])[1:, None, None] ** 2 if method == "cma_es" else 1.0
        mean, covariance = np.asarray(history["mean"])[1:], scale * np.asarray(history["covariance"])[1:]
    size = (len(tried) - 1) // len(mean)  # the start is evaluated once
    points = np.array(tried[1:]).reshape(len(mean), size, 2)
    values = np.array([[problem.fun(x) for x in generation] for generation in points])
    order = np.argsort(values, axis=1, kind="stable")
    if method != "one_plus_one":
        parents = round(0.2 * size) if method == "cross_entropy_method" else size // 2
    lowest = np.minimum(np.minimum.accumulate(values.min(axis=1)), problem.fun(tried[0])) - (problem.f_opt or 0.0)
    return Cloud(mean, covariance, np.take_along_axis(points, order[..., None], axis=1), parents,
                 np.maximum(lowest, 0.0), 1 + size * np.arange(1, len(mean) + 1))  # fmt: skip


def axes_of(covariance: np.ndarray) -> tuple[float, float, float]:
    """Standard deviations along the long and the short axis, and the turn of the long one, degrees in [0, 180)."""
    values, vectors = np.linalg.eigh(covariance)
    long = vectors[:, 1]
    turn = float(np.rad2deg(np.arctan2(long[1], long[0])) % 180.0)
    short, wide = np.sqrt(np.maximum(values, 0.0))
    return float(wide), float(short), turn


def gaussians(
    problems: Mapping[str, Problem],
    *,
    sigmas: Sequence[float] = (0.1, 0.5, 1.5),
    seeds: Sequence[int] = (1, 2),
    id: str = "gaussians",
    title: str = "A distribution that learns",
    goal: Mapping[str, Any] | None = None,
) -> Sketch:
    """Methods that draw from a normal distribution: its ellipse, its draws and its axes, generation by generation.

    Parameters
    ----------
    problems : dict of label to Problem
        Of two variables, with bounds, a start and ``f_opt``.
    sigmas : sequence of float
        First standard deviations, in the units of the variables.
    seeds : sequence of int
        Seeds to choose from.
    id, title : str
        Name for the sentences that set it; heading.
    goal : dict, optional
        ``text``, the sentence; ``problem``, ``target`` and ``within``: on which landscape, to which error, in how many
        evaluations.

    Returns
    -------
    Sketch
        With the controls ``problem``, ``method``, ``sigma``, ``seed`` and ``step``.
    """
    choices = (tuple(problems), tuple(METHODS), tuple(sigmas), tuple(seeds))
    runs = {}
    for key in product(*choices):
        label, name, sigma, seed = key
        method, options, generations = METHODS[name]
        runs[key] = cloud(problems[label], method, generations, seed, sigma, **options)
    pictures = {label: landscape(problem) for label, problem in problems.items()}
    controls: tuple[Control, ...] = (
        Choice("problem", "Landscape", choices[0], choices[0][0]),
        Choice("method", "Method", choices[1], choices[1][0]),
        Slider("sigma", "First width σ", sigmas, sigmas[len(sigmas) // 2]), Slider("seed", "Seed", seeds, seeds[0]),
        Steps(max(len(run.mean) for run in runs.values()) - 1, 0, label="Generation"),
    )  # fmt: skip
    every = list(runs.items())
    covariances = np.concatenate([run.covariance.reshape(-1, 4) for run in runs.values()])
    return Sketch(
        "gaussians", id=id, title=title, goal=None if goal is None else goal["text"], controls=controls,
        data={
            "axes": [{"name": name, "values": list(values)}
                     for name, values in zip(("problem", "method", "sigma", "seed"), choices, strict=True)],
            "goal": goal, "lowest": LOWEST,
            "problems": [
                {"label": label, "window": pictures[label].window.tolist(), "levels": pictures[label].level_codes(),
                 "optima": optima(problem).tolist()}
                for label, problem in problems.items()
            ],
        },
        arrays={
            "field": np.stack([picture.quantised() for picture in pictures.values()]),
            "length": np.array([len(run.mean) for _, run in every], dtype=np.uint16),
            "size": np.array([run.drawn.shape[1] for _, run in every], dtype=np.uint8),
            "parents": np.array([run.parents for _, run in every], dtype=np.uint8),
            "mean": np.concatenate([run.mean for _, run in every]).astype(np.float32),
            "shape": covariances[:, [0, 1, 3]].astype(np.float32),
            "error": np.concatenate([run.error for _, run in every]).astype(np.float32),
            "drawn": np.concatenate([pictures[key[0]].clip(run.drawn).reshape(-1, 2) for key, run in every]),
        },
        describe=lambda state: _words(state, runs[_key(state)]),
        still=lambda state: _still(state, problems[state["problem"]], pictures[state["problem"]], runs[_key(state)]),
    )  # fmt: skip


def _key(state: Mapping[str, Any]) -> tuple[Any, ...]:
    return state["problem"], state["method"], state["sigma"], int(state["seed"])


def _words(state: Mapping[str, Any], run: Cloud) -> str:
    k = min(state["step"], len(run.mean) - 1)
    wide, short, turn = axes_of(run.covariance[k])
    return (
        f"{state['problem']}, {state['method']}, generation {k}: widths {wide:.2g} and {short:.2g}, turned by "
        f"{turn:.0f} degrees; error {run.error[k]:.2g} after {run.evaluations[k]} evaluations."
    )


def _still(state: Mapping[str, Any], problem: Problem, picture: Any, run: Cloud) -> Any:
    from matplotlib.figure import Figure
    from matplotlib.patches import Ellipse

    figure = Figure(figsize=(4.8, 3.8), layout="constrained")
    axis = figure.add_subplot()
    draw_landscape(axis, picture, optima(problem))
    for k in range(0, min(state["step"], len(run.mean) - 1) + 1, 4):
        wide, short, turn = axes_of(run.covariance[k])
        axis.add_patch(Ellipse(tuple(run.mean[k]), 4 * wide, 4 * short, angle=turn, fill=False, ec=style.COLOURS[0]))
    axis.set(xlim=picture.window[0], ylim=picture.window[1])
    return figure
