"""Bowls for the cases: matrices whose curvatures are known because they are built from them."""

from __future__ import annotations

import numpy as np


def bowl(rng: np.random.Generator, curvatures) -> np.ndarray:
    """A symmetric matrix, turned at random, whose eigenvalues are ``curvatures`` (d,)."""
    curvatures = np.asarray(curvatures, dtype=float)
    turn, _ = np.linalg.qr(rng.normal(size=(len(curvatures), len(curvatures))))
    matrix = turn @ np.diag(curvatures) @ turn.T
    return (matrix + matrix.T) / 2


def twist(rng: np.random.Generator, dimension: int) -> np.ndarray:
    """A matrix S with S' = -S, so that x'Sx = 0 for every x: zero in one dimension."""
    free = rng.normal(size=(dimension, dimension))
    return free - free.T
