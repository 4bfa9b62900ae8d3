"""Methods that poll a pattern of points around the best one and shrink it when nothing is lower."""

from __future__ import annotations

import numpy as np

from .. import validate
from ..registry import Iterate, method
from ..vectors import as_vectors


@method(
    chapter="direct_search",
    use_when="the function is cheap and rough (kinks, small noise) and has few variables",
    fails_when="valleys are narrow and curved, or there are many variables: each round costs up to 2 d evaluations",
    reference="Hooke and Jeeves (1961), doi:10.1145/321062.321069",
)
def hooke_jeeves(problem, x0, *, step=0.5, shrink=0.5, tolerance=1e-6):
    r"""Hooke-Jeeves pattern search: try each axis, then repeat the move that worked.

    Parameters
    ----------
    problem : Problem
        Objective on :math:`\mathbb{R}^d`; only function values are used.
    x0 : ndarray, shape (d,), or float
        Start.
    step, shrink : float
        First trial distance (> 0), and its factor in (0, 1) after a round without success.
    tolerance : float
        Stop when the step is below this (> 0).

    Yields
    ------
    Iterate
        ``x`` (d,) the base point, ``fun``, ``step``, and ``pattern``: 1 where the move that worked was repeated.

    References
    ----------
    Hooke and Jeeves (1961): exploratory moves, and pattern moves that are kept if exploring from them ends lower.
    """
    validate.positive(step=step, tolerance=tolerance)
    _check_shrink(shrink)
    start, fun, *_, restore = as_vectors(problem, x0)
    base, f_base = start, fun(start)
    yield Iterate(restore(base), f_base, step=step, pattern=0)
    while step >= tolerance:
        x, f_x = _explore(fun, base, f_base, step)
        if f_x >= f_base:
            step = shrink * step
            yield Iterate(restore(base), f_base, step=step, pattern=0)
        pattern = 0
        while f_x < f_base:
            leap = x + (x - base)
            base, f_base = x, f_x
            yield Iterate(restore(base), f_base, step=step, pattern=pattern)
            x, f_x = _explore(fun, leap, fun(leap), step)
            pattern = 1
    return f"The step has shrunk below the tolerance {tolerance}."


def _explore(fun, x, f_x, step):
    """Move along each axis in turn, up or else down, where that is lower."""
    x = x.copy()
    for i in range(x.size):
        here = x[i]
        for there in (here + step, here - step):
            x[i] = there
            value = fun(x)
            if value < f_x:
                f_x = value
                break
            x[i] = here
    return x, f_x


@method(
    chapter="direct_search",
    use_when="convergence to a stationary point of a smooth function must be certain, without gradients",
    fails_when="function values are dear: progress is linear at best, and slow when d is large",
    reference="Torczon (1997), doi:10.1137/S1052623493250780; Kochenderfer and Wheeler (2019), Algorithm 7.6",
)
def generalized_pattern_search(problem, x0, *, directions=None, step=0.5, shrink=0.5, tolerance=1e-6):
    r"""Generalised pattern search: poll directions that span the space positively, the last success first.

    Parameters
    ----------
    problem : Problem
        Objective on :math:`\mathbb{R}^d`; only function values are used.
    x0 : ndarray, shape (d,), or float
        Start.
    directions : array_like, shape (m, d), optional
        One in each row; every vector must be a sum of them with factors >= 0, so :math:`m > d`. By default the
        :math:`d` axes both ways.
    step, shrink : float
        First trial distance (> 0), and its factor in (0, 1) after a round without success.
    tolerance : float
        Stop when the step is below this (> 0).

    Yields
    ------
    Iterate
        ``x`` (d,) the best point, ``fun``, ``step``.

    References
    ----------
    Kochenderfer and Wheeler (2019), Algorithm 7.6 (opportunistic, with dynamic ordering); Torczon (1997).
    """
    validate.positive(step=step, tolerance=tolerance)
    _check_shrink(shrink)
    start, fun, *_, restore = as_vectors(problem, x0)
    pattern = list(_positively_spanning(directions, start.size))
    x, f_x = start, fun(start)
    yield Iterate(restore(x), f_x, step=step)
    while step >= tolerance:
        for i, direction in enumerate(pattern):
            trial = x + step * direction
            value = fun(trial)
            if value < f_x:
                x, f_x = trial, value
                pattern.insert(0, pattern.pop(i))
                break
        else:
            step = shrink * step
        yield Iterate(restore(x), f_x, step=step)
    return f"The step has shrunk below the tolerance {tolerance}."


def _positively_spanning(directions, dimension):
    """The pattern as rows of an array; a ValueError unless its rows span the space positively.

    They do if they span it and 0 is a sum of them with positive factors: if the ray through minus their sum can be
    written with factors >= 0 (non-negative least squares).
    """
    if directions is None:
        return np.vstack([np.eye(dimension), -np.eye(dimension)])
    try:
        pattern = np.array(directions, dtype=float)
    except (TypeError, ValueError):
        pattern = np.empty(0)
    good = pattern.ndim == 2 and pattern.shape[1] == dimension and np.isfinite(pattern).all()
    if not (good and np.linalg.matrix_rank(pattern) == dimension and _spans_back(pattern)):
        raise ValueError(
            f"directions must be rows of {dimension} numbers that span the space positively, got {directions!r}"
        )
    return pattern


def _spans_back(pattern):
    from scipy.optimize import nnls

    total = pattern.sum(axis=0)
    return nnls(pattern.T, -total)[1] <= 1e-9 * max(1.0, float(np.abs(pattern).max()))


def _check_shrink(shrink):
    if not (validate.is_real(shrink) and 0 < shrink < 1):
        raise ValueError(f"shrink must be above 0 and below 1, got {shrink!r}")
