"""Exact line search: bracket the minimum along a line with growing steps, then close in on it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .. import validate
from .line_search import LinePoint
from .parabola import vertex

GOLDEN = 1.618034  # 8 digits, and 0.381966 below: with SciPy's constants the steps are SciPy's
SMALL_SECTION = 0.3819660


def exact_line_search(problem, x, direction, *, fun=None, tolerance=1e-2, max_evaluations=500):
    """The lowest point on the line through ``x``, by Brent's method on a bracket; steps are SciPy's.

    Parameters
    ----------
    problem : Problem
        Only function values are used.
    x : ndarray, shape (d,)
        A point on the line.
    direction : ndarray, shape (d,)
        Its direction, either way; first trial is ``x + direction``.
    fun : float, optional
        Objective at ``x``, if known.
    tolerance : float
        Relative tolerance on the step (> 0).
    max_evaluations : int
        Bound on the evaluations that close in on the minimum.

    Returns
    -------
    LinePoint
        The lowest point that was evaluated; ``x`` itself if nothing on the way was lower, or if the direction is zero.
        Where the function falls for ever, the steps grow until its value is no longer finite, which ends the run.

    References
    ----------
    Press et al. (2007), Numerical Recipes, sections 10.1 to 10.3 (mnbrak, brent), with the constants of SciPy's
    `minimize_scalar`.
    """
    validate.positive(tolerance=tolerance)
    validate.whole(max_evaluations=max_evaluations)
    if not np.any(direction):
        return LinePoint(0.0, x, problem.fun(x) if fun is None else fun)

    def along(step):
        return problem.fun(x + step * direction)

    at_start = problem.fun(x) if fun is None else fun
    (a, f_a), middle, (c, f_c) = bracket_by_parabolas(along, at_start)
    step, lowest = middle
    if min(a, c) < step < max(a, c) and lowest <= min(f_a, f_c) and lowest < max(f_a, f_c):
        step, lowest = _close_in(along, min(a, c), middle, max(a, c), tolerance, max_evaluations)
    else:
        step, lowest = min((a, f_a), middle, (c, f_c), key=lambda point: point[1])
    return LinePoint(step, x + step * direction, lowest)


def bracket_by_parabolas(fun: Callable[[float], float], at_zero: float, *, grow_limit=110.0, max_steps=2000):
    """Three points (step, value) around a minimum: golden steps downhill from 0 and 1, helped by parabolas.

    Where the function is flat, the middle one need not be the lowest. 2000 golden steps exceed the largest number.
    """
    a, b = (0.0, at_zero), (1.0, fun(1.0))
    if a[1] < b[1]:
        a, b = b, a
    c = _point(fun, b[0] + GOLDEN * (b[0] - a[0]))
    for _ in range(max_steps):
        if c[1] >= b[1]:
            return a, b, c
        w, limit = _parabola_minimum(a, b, c), b[0] + grow_limit * (c[0] - b[0])
        if (w - c[0]) * (b[0] - w) > 0:  # between b and c
            new = _point(fun, w)
            if new[1] < c[1]:
                return b, new, c
            if new[1] > b[1]:
                return a, b, new
            new = _point(fun, c[0] + GOLDEN * (c[0] - b[0]))
        elif (w - limit) * (limit - c[0]) >= 0:  # beyond the limit
            new = _point(fun, limit)
        elif (w - limit) * (c[0] - w) > 0:  # between c and the limit
            new = _point(fun, w)
            if new[1] < c[1]:
                b, c = c, new
                new = _point(fun, c[0] + GOLDEN * (c[0] - b[0]))
        else:
            new = _point(fun, c[0] + GOLDEN * (c[0] - b[0]))
        a, b, c = b, c, new
    return a, b, c


def _point(fun, step):
    return step, fun(step)


def _parabola_minimum(a, b, c):
    (a, f_a), (b, f_b), (c, f_c) = a, b, c
    toward_a, toward_c = (b - a) * (f_b - f_c), (b - c) * (f_b - f_a)
    bottom = toward_c - toward_a
    bottom = 2.0 * (1e-21 if abs(bottom) < 1e-21 else bottom)
    return b - ((b - c) * toward_c - (b - a) * toward_a) / bottom


def _close_in(fun, low, middle, high, tolerance, max_evaluations):
    """Brent's method from a bracket (see `brent`, which starts from an interval)."""
    x, f_x = w, f_w = v, f_v = middle
    step = last_step = 0.0
    for _ in range(max_evaluations):
        near = tolerance * abs(x) + 1e-11
        centre = 0.5 * (low + high)
        if abs(x - centre) < 2.0 * near - 0.5 * (high - low):
            break
        p, q = vertex(x, f_x, w, f_w, v, f_v) if abs(last_step) > near else (0.0, 0.0)
        before, last_step = last_step, step
        if q * (low - x) < p < q * (high - x) and abs(p) < abs(0.5 * q * before):
            step = p / q
            if x + step - low < 2.0 * near or high - (x + step) < 2.0 * near:
                step = near if centre >= x else -near
        else:
            last_step = low - x if x >= centre else high - x
            step = SMALL_SECTION * last_step
        u = x + (step if abs(step) >= near else near if step >= 0 else -near)
        f_u = fun(u)
        if f_u > f_x:
            low, high = (u, high) if u < x else (low, u)
            if f_u <= f_w or w == x:
                v, f_v, w, f_w = w, f_w, u, f_u
            elif f_u <= f_v or v in (x, w):
                v, f_v = u, f_u
        else:
            low, high = (x, high) if u >= x else (low, x)
            v, f_v, w, f_w, x, f_x = w, f_w, x, f_x, u, f_u
    return x, f_x
