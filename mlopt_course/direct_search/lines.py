"""Methods that minimise along one line after another: the coordinate axes, or directions that they learn."""

from __future__ import annotations

import numpy as np

from .. import validate
from ..bracketing.exact import exact_line_search
from ..registry import Iterate, method
from ..vectors import as_vectors


@method(
    chapter="direct_search",
    use_when="the variables hardly interact, so that each can be minimised on its own",
    fails_when="the variables interact (a narrow diagonal valley): it zigzags in tiny steps, or stops at a kink",
    reference="Kochenderfer and Wheeler (2019), Algorithms for Optimization, Algorithms 7.2 and 7.3",
)
def cyclic_coordinate_search(problem, x0, *, acceleration=False, tolerance=1e-6, line_tolerance=1e-6):
    r"""Cyclic coordinate search: minimise along each axis in turn.

    Parameters
    ----------
    problem : Problem
        Objective on :math:`\mathbb{R}^d`; only function values are used.
    x0 : ndarray, shape (d,), or float
        Start.
    acceleration : bool
        After each round, also minimise along the way that the round has led.
    tolerance : float
        Stop when a round moves ``x`` by at most this (Euclidean length, >= 0).
    line_tolerance : float
        Relative tolerance of the line searches (> 0).

    Yields
    ------
    Iterate
        ``x`` (d,) after each line search, ``fun``, and ``direction`` (d,).

    References
    ----------
    Kochenderfer and Wheeler (2019), Algorithm 7.2; with ``acceleration``, 7.3.
    """
    validate.boolean(acceleration=acceleration)
    validate.not_negative(tolerance=tolerance)
    validate.positive(line_tolerance=line_tolerance)
    vectors = as_vectors(problem, x0)
    x, fun = vectors.start, vectors.fun(vectors.start)
    axes = np.eye(x.size)
    while True:
        round_start = x
        for axis in axes:
            _, x, fun = exact_line_search(vectors, x, axis, fun=fun, tolerance=line_tolerance)
            yield Iterate(vectors.restore(x), fun, direction=axis)
        way = x - round_start
        if acceleration and way.any():
            _, x, fun = exact_line_search(vectors, x, way, fun=fun, tolerance=line_tolerance)
            yield Iterate(vectors.restore(x), fun, direction=way)
        if np.linalg.norm(x - round_start) <= tolerance:
            return f"The last round moved x by at most the tolerance {tolerance}."


@method(
    chapter="direct_search",
    use_when="the function is smooth and its gradient is not to be had; up to some tens of variables",
    fails_when="there are many local minima, noise, or many variables: the directions become nearly dependent",
    reference="Powell (1964), doi:10.1093/comjnl/7.2.155; Press et al. (2007), Numerical Recipes, section 10.7",
)
def powell(problem, x0, *, tolerance=1e-4, fun_tolerance=1e-4, directions=None):
    r"""Powell's method: line searches along directions that become conjugate; steps are SciPy's.

    Parameters
    ----------
    problem : Problem
        Objective on :math:`\mathbb{R}^d`; only function values are used.
    x0 : ndarray, shape (d,), or float
        Start.
    tolerance : float
        The line searches end within 100 times this, relative to the step (> 0).
    fun_tolerance : float
        Stop when a round lowers the function by at most this part of its value (>= 0).
    directions : array_like, shape (d, d), optional
        First directions, one in each row and linearly independent; the axes by default.

    Yields
    ------
    Iterate
        ``x`` (d,) after each line search, ``fun``, ``direction`` (d,) and ``round``, counted from 1.

    References
    ----------
    Powell (1964), with the test of Press et al. (2007), section 10.7, for replacing the direction of largest
    decrease, as SciPy has it.
    """
    validate.positive(tolerance=tolerance)
    validate.not_negative(fun_tolerance=fun_tolerance)
    vectors = as_vectors(problem, x0)
    x, fun = vectors.start, vectors.fun(vectors.start)
    lines = _independent(directions, x.size)
    sweep, previous = 0, x
    while True:
        sweep, before, largest, steepest = sweep + 1, fun, 0.0, 0
        for i, line in enumerate(lines):
            last = fun
            _, x, fun = exact_line_search(vectors, x, line, fun=fun, tolerance=100 * tolerance)
            yield Iterate(vectors.restore(x), fun, direction=line, round=sweep)
            if last - fun > largest:
                largest, steepest = last - fun, i
        if 2 * (before - fun) <= fun_tolerance * (abs(before) + abs(fun)) + 1e-20:
            return f"The last round lowered the function by at most {fun_tolerance} of its value."
        way, previous = x - previous, x
        f_ahead = vectors.fun(x + way)
        if f_ahead < before:
            rest, ahead = before - fun - largest, before - f_ahead  # squared by hand: ** raises where * overflows
            if 2 * (before + f_ahead - 2 * fun) * (rest * rest) < largest * ahead * ahead:
                step, x, fun = exact_line_search(vectors, x, way, fun=fun, tolerance=100 * tolerance)
                yield Iterate(vectors.restore(x), fun, direction=way, round=sweep)
                if step != 0:
                    lines[steepest], lines[-1] = lines[-1], step * way


def _independent(directions, dimension):
    """The first directions as rows of an array (a copy); a ValueError unless they span the space."""
    if directions is None:
        return np.eye(dimension)
    try:
        lines = np.array(directions, dtype=float)
    except (TypeError, ValueError):
        lines = np.empty(0)
    if lines.shape != (dimension, dimension) or np.linalg.matrix_rank(lines) < dimension:
        raise ValueError(
            f"directions must be {dimension} linearly independent rows of {dimension} numbers, got {directions!r}"
        )
    return lines
