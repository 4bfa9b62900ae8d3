"""What the explorers of chapter 10 share: hidden functions of one variable, and a process that learns them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from mlopt_course.bayesian import (
    GaussianProcess,
    expected_improvement,
    lower_confidence_bound,
    probability_of_improvement,
)

GRID = np.linspace(0.0, 1.0, 201)
KERNEL = "matern52"
#: The kernels as the page names them.
KERNEL_NAMES = {"RBF": "rbf", "Matérn 5/2": "matern52", "Matérn 3/2": "matern32", "Matérn 1/2": "matern12"}
# Where the two first values are known, as places of the grid.
FIRST = (20, 120)

RULES = ("expected improvement", "probability of improvement", "lower confidence bound", "Thompson sampling")
# What "daring" stands for: the least improvement that counts, and the deviations that a bound goes down.
XIS = (0.0, 0.01, 0.05, 0.1, 0.3, 1.0)
BETAS = (0.0, 0.5, 1.0, 2.0, 3.0, 5.0)


@dataclass(frozen=True)
class Hidden:
    """A function on `GRID` with mean 0 and deviation 1, and the length scale with which it is modelled.

    Attributes
    ----------
    label : str
        Its name on the page.
    values : ndarray, shape (201,)
        On the grid.
    lengthscale : float
        Of the process that it was drawn from, or that suits most of it.
    """

    label: str
    values: np.ndarray
    lengthscale: float


@cache
def hidden_functions() -> tuple[Hidden, ...]:
    """Three functions drawn from processes of different length scales, and one with a hole that no draw would have."""
    drawn = [
        Hidden(label, _standard(_draw(scale, seed)), scale)
        for label, scale, seed in (("gentle", 0.25, 5), ("hilly", 0.12, 3), ("restless", 0.06, 2))
    ]
    hole = 2.5 * (GRID - 0.35) ** 2 - 1.6 * np.exp(-0.5 * ((GRID - 0.85) / 0.02) ** 2)
    return (*drawn, Hidden("a hole", _standard(hole), 0.25))


def _draw(lengthscale: float, seed: int) -> np.ndarray:
    nothing = GaussianProcess(np.empty((0, 1)), np.empty(0), KERNEL, lengthscale)
    return nothing.sample(GRID[:, None], seed)[0]


def _standard(values: np.ndarray) -> np.ndarray:
    return (values - values.mean()) / values.std()


def process_of(values: np.ndarray, places: Sequence[int], lengthscale: float) -> GaussianProcess:
    """The process of prior mean 0 and variance 1 that knows the values at some places of the grid."""
    which = np.array(places, dtype=int)
    return GaussianProcess(GRID[which, None], values[which], KERNEL, lengthscale)


def scores_of(process: GaussianProcess, rule: str, daring: int, normals: np.ndarray | None = None) -> np.ndarray:
    """What each point of the grid is worth by a rule; the highest is evaluated next.

    Parameters
    ----------
    process : GaussianProcess
        What is known.
    rule : str
        One of `RULES`.
    daring : int
        The place in `XIS` or `BETAS`; Thompson sampling does not use it.
    normals : ndarray, shape (101,), optional
        The standard normal numbers of a Thompson sample, which is drawn at every other point.
    """
    mean, std = process.predict(GRID[:, None])
    best = float(process.y.min())
    if rule == "expected improvement":
        return expected_improvement(mean, std, best, xi=XIS[daring])
    if rule == "probability of improvement":
        return probability_of_improvement(mean, std, best, xi=XIS[daring])
    if rule == "lower confidence bound":
        return -lower_confidence_bound(mean, std, beta=BETAS[daring])
    return np.interp(GRID, GRID[::2], -process.drawn(GRID[::2, None], normals))


def searched(
    values: np.ndarray, rule: str, daring: int, lengthscale: float, steps: int, normals: np.ndarray
) -> list[int]:
    """The places that a rule evaluates, one after the other, the two first included; none of them twice."""
    places = list(FIRST)
    for k in range(steps):
        scores = scores_of(process_of(values, places, lengthscale), rule, daring, normals[k])
        scores[places] = -np.inf
        places.append(int(np.argmax(scores)))
    return places


def normals_for(steps: int, draws: int) -> np.ndarray:
    """Standard normal numbers (draws, steps, 101) for Thompson samples."""
    return np.random.default_rng(0).standard_normal((draws, steps, 101)).astype(np.float32)
