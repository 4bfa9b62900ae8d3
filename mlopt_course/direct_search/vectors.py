"""Numbers and matrices as vectors: so that each method here is written for vectors alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class Vectors(NamedTuple):
    """A problem seen as one of vectors: its start, its objective, and the way back to the shape of ``x``."""

    start: np.ndarray
    fun: Callable[[np.ndarray], float]
    restore: Callable[[np.ndarray], Any]


def as_vectors(problem, x0) -> Vectors:
    """``x0`` as a vector (d,), and the objective of such vectors; nothing is converted where ``x0`` is one."""
    shape = np.shape(x0)
    if len(shape) == 1:
        return Vectors(x0, problem.fun, lambda x: x)

    def restore(x):
        return x.reshape(shape)[()]

    return Vectors(np.ravel(x0), lambda x: problem.fun(restore(x)), restore)
