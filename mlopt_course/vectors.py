"""Numbers and matrices as vectors: so that a method can be written for vectors alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class Vectors(NamedTuple):
    """A problem seen as one of vectors: its start, its functions, and the way back to the shape of ``x``."""

    start: np.ndarray
    fun: Callable[[np.ndarray], float]
    gradient: Callable[[np.ndarray], np.ndarray]
    hessian: Callable[[np.ndarray], np.ndarray]
    restore: Callable[[np.ndarray], Any]


def as_vectors(problem, x0) -> Vectors:
    """``x0`` as a vector (d,), and the functions of such vectors; nothing is converted where ``x0`` is one."""
    shape = np.shape(x0)
    if len(shape) == 1:
        return Vectors(x0, problem.fun, problem.gradient, problem.hessian, lambda x: x)
    start = np.ravel(x0)

    def restore(x):
        return x.reshape(shape)[()]

    return Vectors(
        start,
        lambda x: problem.fun(restore(x)),
        lambda x: np.ravel(problem.gradient(restore(x))),
        lambda x: np.reshape(problem.hessian(restore(x)), (start.size, start.size)),
        restore,
    )
