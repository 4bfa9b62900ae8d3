"""Nelder-Mead: a simplex that walks, stretches and shrinks its way downhill."""

from __future__ import annotations

from bisect import bisect_right

import numpy as np

from .. import validate
from ..registry import Iterate, method
from ..vectors import as_vectors

REFLECT, EXPAND, CONTRACT_OUTSIDE, CONTRACT_INSIDE, SHRINK = range(5)


@method(
    chapter="direct_search",
    use_when="there are few variables (up to ten, say), no gradient, and the function is fairly smooth",
    fails_when="there are many variables, or the simplex collapses: it can stop at a point that is not stationary",
    reference="Nelder and Mead (1965), doi:10.1093/comjnl/7.4.308; Gao and Han (2012), doi:10.1007/s10589-010-9329-3",
)
def nelder_mead(problem, x0, *, adaptive=False, initial_simplex=None, tolerance=1e-4, fun_tolerance=1e-4):
    r"""Nelder-Mead: move the worst corner of a simplex through the middle of the others.

    Parameters
    ----------
    problem : Problem
        Objective on :math:`\mathbb{R}^d`; only function values are used.
    x0 : ndarray, shape (d,), or float
        First corner.
    adaptive : bool
        Take the dimension-dependent coefficients of Gao and Han, which help when d is large. At d = 2
        they are the usual ones; at d = 1 they would shrink the simplex to a point, and the usual ones are taken.
    initial_simplex : array_like, shape (d + 1, d), optional
        The corners; by default ``x0`` and, for each axis, ``x0`` with that coordinate raised by 5 %
        (by 0.00025 where it is 0).
    tolerance, fun_tolerance : float
        Stop when every coordinate of every corner is within ``tolerance`` of the best corner's, and every value within
        ``fun_tolerance`` of its value (both >= 0).

    Yields
    ------
    Iterate
        ``x`` (d,) the best corner, ``fun``, ``simplex`` (d + 1, d), best first, and ``move``: 0 reflect, 1 expand,
        2 contract outside, 3 contract inside, 4 shrink.

    References
    ----------
    Nelder and Mead (1965), with the order of tests of Lagarias et al. (1998), section 2, and SciPy's steps; adaptive:
    Gao and Han (2012), equation (4.1).
    """
    validate.not_negative(tolerance=tolerance, fun_tolerance=fun_tolerance)
    validate.boolean(adaptive=adaptive)
    start, fun, *_, restore = as_vectors(problem, x0)
    dimension = start.size
    expand, contract, shrink = _coefficients(dimension, adaptive)
    simplex = _corners(start, initial_simplex)
    best, others, worst = simplex[0], simplex[:-1], simplex[-1]  # views, which follow the simplex
    values = _sort(simplex, [fun(corner) for corner in simplex])
    yield Iterate(restore(best), values[0], simplex=simplex, move=REFLECT)
    while values[-1] - values[0] > fun_tolerance or np.abs(simplex[1:] - best).max() > tolerance:
        centroid = np.add.reduce(others, 0) / dimension
        corner, move = 2 * centroid - worst, REFLECT
        value = fun(corner)
        if value < values[0]:
            further = (1 + expand) * centroid - expand * worst
            f_further = fun(further)
            if f_further < value:
                corner, value, move = further, f_further, EXPAND
        elif value >= values[-2]:
            outside = value < values[-1]
            distance, move = (contract, CONTRACT_OUTSIDE) if outside else (-contract, CONTRACT_INSIDE)
            inner = (1 + distance) * centroid - distance * worst
            f_inner = fun(inner)
            if f_inner < values[-1] and not (outside and f_inner > value):
                corner, value = inner, f_inner
            else:
                move = SHRINK
        if move == SHRINK:
            simplex[1:] = best + shrink * (simplex[1:] - best)
            values = _sort(simplex, [values[0], *(fun(corner) for corner in simplex[1:])])
        else:
            values = _replace_worst(simplex, values, corner, value)
        yield Iterate(restore(best), values[0], simplex=simplex, move=move)
    return f"All corners lie within {tolerance} of the best one, and their values within {fun_tolerance}."


def _coefficients(dimension, adaptive):
    """Expansion, contraction and shrinkage (reflection is 1)."""
    if adaptive and dimension > 1:
        return 1 + 2 / dimension, 0.75 - 1 / (2 * dimension), 1 - 1 / dimension
    return 2, 0.5, 0.5


def _sort(simplex, values):
    """Sort the corners in place, best first; returns their values in that order."""
    order = np.argsort(values)
    simplex[:] = simplex[order]
    return [values[i] for i in order]


def _replace_worst(simplex, values, corner, value):
    """Put a corner in the place of the worst one, and in order; returns the values."""
    values.pop()
    if len({*values, value}) <= len(values):  # some tie: NumPy's sort decides, as in SciPy
        simplex[-1] = corner
        return _sort(simplex, [*values, value])
    place = bisect_right(values, value)
    values.insert(place, value)
    simplex[place + 1 :] = simplex[place:-1]
    simplex[place] = corner
    return values


def _corners(start, initial_simplex):
    dimension = start.size
    if initial_simplex is None:
        simplex = np.tile(start, (dimension + 1, 1))
        raised = np.where(start == 0, 0.00025, (1 + 0.05) * start)
        simplex[np.arange(1, dimension + 1), np.arange(dimension)] = raised
        return simplex
    try:
        simplex = np.array(initial_simplex, dtype=float)
    except (TypeError, ValueError):
        simplex = np.empty(0)
    if simplex.shape != (dimension + 1, dimension) or not np.isfinite(simplex).all():
        raise ValueError(
            f"initial_simplex must be finite numbers of shape ({dimension + 1}, {dimension}), got {initial_simplex!r}"
        )
    if np.linalg.matrix_rank(simplex[1:] - simplex[0]) < dimension:
        raise ValueError(f"initial_simplex must not be flat: its edges are linearly dependent, got {simplex.tolist()}")
    return simplex
