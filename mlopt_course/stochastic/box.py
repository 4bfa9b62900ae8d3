"""What the sampling methods share: boxes and how to stay inside them, and points of any shape as flat vectors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

import numpy as np

from ..registry import Iterate


class FlatProblem:
    """A counted problem whose points are flat vectors, where ``x0`` is a number or a matrix."""

    def __init__(self, problem: Any, shape: tuple[int, ...]) -> None:
        self._problem = problem
        self._shape = shape

    def __getattr__(self, name: str) -> Any:
        return getattr(self._problem, name)

    def fun(self, x: np.ndarray) -> float:
        return self._problem.fun(x.reshape(self._shape)[()])

    def batch(self, X: np.ndarray) -> np.ndarray:
        return np.array([self.fun(x) for x in X])

    def gradient(self, x: np.ndarray) -> np.ndarray:
        return np.reshape(self._problem.gradient(x.reshape(self._shape)[()]), -1)


def on_vectors(function: Callable[..., Iterator[Iterate]]) -> Callable[..., Iterator[Iterate]]:
    """Let a method that is written for vectors (d,) take a number or a matrix for ``x0`` too, and yield the same."""

    @wraps(function)
    def run(problem, x0, **options):
        if x0 is None or np.ndim(x0) == 1:
            return function(problem, x0, **options)
        return _in_shape(function, problem, x0, options)

    return run


def _in_shape(function, problem, x0, options):
    shape = np.shape(x0)
    steps = function(FlatProblem(problem, shape), np.ravel(x0), **options)
    while True:
        try:
            iterate = next(steps)
        except StopIteration as stop:
            return stop.value
        yield Iterate(iterate.x.reshape(shape)[()], fun=iterate.fun, **iterate.state)


def finite_box(problem: Any, x0: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The problem's bounds as two arrays (d,); a ValueError unless finite and as many as the variables."""
    low, high = problem.bounds.T.copy()
    if not (np.isfinite(low).all() and np.isfinite(high).all()):
        raise ValueError(f"bounds must be finite, since points are drawn from them, got {problem.bounds.tolist()}")
    if x0 is not None and x0.size != low.size:
        raise ValueError(f"x0 must have {low.size} variables, as many as there are bounds, got {x0.size}")
    return low, high


def random_points(
    rng: np.random.Generator, low: np.ndarray, high: np.ndarray, n: int, x0: np.ndarray | None = None
) -> np.ndarray:
    """``n`` points uniform in the box (n, d); the first of them is ``x0`` where there is one."""
    X = low + (high - low) * rng.random((n, low.size))
    np.minimum(X, high, out=X)
    if x0 is not None:
        X[0] = x0
    return X


def clip(X: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Move what is outside the box to the nearest point of it."""
    return np.minimum(np.maximum(X, low), high)


def reflect(X: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Fold what is outside the box back into it, as a mirror at each bound does.

    A coordinate keeps its distance to the bound, on the other side; one that is further out than the box is wide is
    mirrored as often as it takes. Where the box has no width there is one point to go to.
    """
    nearest = clip(X, low, high)
    out = X - nearest
    if not out.any():
        return X
    mirrored = nearest - out
    if (clip(mirrored, low, high) == mirrored).all():
        return mirrored
    width = np.where(high > low, high - low, 1.0)
    folded = np.mod(X - low, 2 * width)
    mirrored = clip(low + np.minimum(folded, 2 * width - folded), low, high)
    return np.where(out == 0, X, mirrored)


def halve_to_base(X: np.ndarray, base: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Put what left the box half-way between its ``base`` (which is inside) and the bound that it passed."""
    nearest = clip(X, low, high)
    return np.where(nearest == X, X, 0.5 * (base + nearest))


def within(X: np.ndarray, tolerance: float) -> bool:
    """Whether all points of a population (n, d) agree in every coordinate up to this."""
    if abs(X.item(0) - X[-1].item(0)) > tolerance:  # mostly two of them tell already
        return False
    return spread(X) <= tolerance


def spread(X: np.ndarray) -> float:
    """Largest difference between two points of a population (n, d) in any one coordinate."""
    return float((X.max(axis=0) - X.min(axis=0)).max())
