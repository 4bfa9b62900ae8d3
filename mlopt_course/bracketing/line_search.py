"""How far to go along a direction of descent: Armijo's condition, and the strong Wolfe conditions."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from .. import validate

# How far beyond the last trial the next may lie, as a factor; as in MINPACK's dcsrch.
SHORTEST_STRETCH, LONGEST_STRETCH = 1.1, 4.0
# Interpolation may move one end only: after two trials the interval must have shrunk to this fraction, else halve it.
SLOWEST_SHRINK = 2 / 3

# Two values that share this many digits say little of what lies between; the slopes alone are used then (secant).
SHARED_DIGITS = 1e-8


class Trial(NamedTuple):
    """A point ``x`` on the line at distance ``step``, with value, gradient and ``slope`` along the line there."""

    step: float
    x: Any
    fun: float
    gradient: Any
    slope: float


class LinePoint(NamedTuple):
    """A point ``x`` on the line at distance ``step``, with its value."""

    step: float
    x: Any
    fun: float


def backtracking(problem, start, direction, first_step=1.0, *, decrease=1e-4, shrink=0.5, max_trials=60):
    r"""Backtracking: shorten the step until the function falls enough (Armijo's condition).

    .. math:: f(x + a p) \le f(x) + c_1 a\, p \cdot \nabla f(x)

    Parameters
    ----------
    problem : Problem
        Only function values are used.
    start : Trial
        The point to leave, with its value and slope.
    direction : ndarray, shape (d,)
        :math:`p`, a direction of descent.
    first_step : float
        First trial :math:`a > 0`: 1 for Newton and quasi-Newton directions.
    decrease : float
        :math:`c_1` in (0, 1): which part of the fall that the slope promises is enough.
    shrink : float
        Factor in (0, 1) after each failure.
    max_trials : int
        Points tried at most.

    Returns
    -------
    LinePoint or None
        None where no step was short enough: the gradient is wrong, or rounding hides the descent.

    References
    ----------
    Armijo (1966); Nocedal and Wright (2006), Algorithm 3.1.
    """
    check_wolfe(start, first_step, decrease, 1.0)
    if not (validate.is_real(shrink) and 0 < shrink < 1):
        raise ValueError(f"shrink must be above 0 and below 1, got {shrink!r}")
    validate.whole(max_trials=max_trials)
    step = first_step
    for _ in range(max_trials):
        x = start.x + step * direction
        if np.all(x == start.x):
            return None
        fun = problem.fun(x)
        if fun <= start.fun + decrease * step * start.slope:
            return LinePoint(step, x, fun)
        step = shrink * step
    return None


def strong_wolfe(problem, start, direction, first_step, *, decrease=1e-4, curvature=0.1, max_trials=30):
    r"""A step that lowers the function enough and flattens the slope enough.

    .. math:: f(x + a p) \le f(x) + c_1 a\, p \cdot \nabla f(x), \qquad
              |p \cdot \nabla f(x + a p)| \le c_2 |p \cdot \nabla f(x)|

    Parameters
    ----------
    problem : Problem
        With a gradient.
    start : Trial
        The point to leave (its ``step`` is 0), with its value, gradient and slope.
    direction : ndarray, shape (d,)
        :math:`p`, a direction of descent.
    first_step : float
        First trial :math:`a > 0`.
    decrease, curvature : float
        :math:`0 < c_1 < c_2 < 1`.
    max_trials : int
        Points tried at most; each costs a value and a gradient.

    Returns
    -------
    Trial or None
        None where no such step was found: the function has no lower bound along the line, its gradient is wrong, or
        rounding hides the descent.

    Raises
    ------
    ValueError
        If the first step is not positive, the direction does not descend, or the constants are not in order.

    References
    ----------
    Nocedal and Wright (2006), Numerical Optimization, Algorithms 3.5 and 3.6, with cubic interpolation (3.59).
    Deviation: values within rounding of ``f(x)`` count as no increase, for near a minimum all differences are rounding.
    Where two trials together shrink the interval by less than a third, the next one halves it, as More and Thuente do.
    """
    check_wolfe(start, first_step, decrease, curvature)
    rounding = 4 * np.finfo(float).eps * abs(start.fun)
    previous, step = start, first_step
    for trials in range(max_trials):
        trial = evaluate(problem, start.x, direction, step)
        too_high = trial.fun > start.fun + decrease * step * start.slope + rounding
        if too_high or (trials > 0 and trial.fun > previous.fun + rounding):
            return _zoom(problem, start, direction, previous, trial, decrease, curvature, max_trials - trials - 1)
        if abs(trial.slope) <= -curvature * start.slope:
            return trial
        if trial.slope >= 0:
            return _zoom(problem, start, direction, trial, previous, decrease, curvature, max_trials - trials - 1)
        onward = _cubic_minimum(previous, trial)
        if not math.isfinite(onward) or onward <= trial.step:
            onward = math.inf
        step = min(max(onward, SHORTEST_STRETCH * trial.step), LONGEST_STRETCH * trial.step)
        previous = trial
    return None


def check_wolfe(start, first_step, decrease, curvature, most=1.0):
    """Raise a ValueError unless the direction descends and the constants of a line search are usable."""
    validate.positive(first_step=first_step)
    if not start.slope < 0:
        raise ValueError(f"direction must descend: its slope at the start must be negative, got {start.slope!r}")
    check_constants(decrease, curvature, most)


def check_constants(decrease, curvature, most=1.0):
    """Raise a ValueError unless ``0 < decrease < curvature <= most``: the constants of the Wolfe conditions."""
    validate.positive(decrease=decrease)
    if not (validate.is_real(curvature) and decrease < curvature <= most):
        raise ValueError(f"curvature must be above decrease = {decrease!r} and at most {most:g}, got {curvature!r}")


def evaluate(problem, x, direction, step):
    """The `Trial` at ``x + step * direction``."""
    there = x + step * direction
    gradient = problem.gradient(there)
    return Trial(step, there, problem.fun(there), gradient, float(np.vdot(gradient, direction)))


def _zoom(problem, start, direction, low, high, decrease, curvature, max_trials):
    """Algorithm 3.6: shrink an interval that holds good steps; ``low`` is its best end so far."""
    rounding = 4 * np.finfo(float).eps * abs(start.fun)
    wider = widest = math.inf  # the interval's widths one and two trials ago
    for _ in range(max_trials):
        width = abs(high.step - low.step)
        step = _between(low, high) if width <= SLOWEST_SHRINK * widest else (low.step + high.step) / 2
        wider, widest = width, wider
        if step in (low.step, high.step):
            return None
        trial = evaluate(problem, start.x, direction, step)
        too_high = trial.fun > start.fun + decrease * step * start.slope + rounding
        if too_high or trial.fun > low.fun + rounding:
            high = trial
            continue
        if abs(trial.slope) <= -curvature * start.slope:
            return trial
        if trial.slope * (high.step - low.step) >= 0:
            high = low
        low = trial
    return None


def _between(low, high):
    """The interpolated minimum, or the middle where that is outside the interval or at its very edge."""
    step, width = _cubic_minimum(low, high), abs(high.step - low.step)
    left = min(low.step, high.step)
    if left + 1e-3 * width <= step <= left + (1 - 1e-3) * width:
        return step
    return (low.step + high.step) / 2


def _cubic_minimum(a, b):
    """Minimiser of the cubic with the values and slopes of two trials (3.59); nan if it has none."""
    if abs(a.fun - b.fun) < SHARED_DIGITS * abs(b.fun):
        rise = b.slope - a.slope
        return b.step - b.slope * (b.step - a.step) / rise if rise else math.nan
    d1 = a.slope + b.slope - 3 * (a.fun - b.fun) / (a.step - b.step)
    square = d1 * d1 - a.slope * b.slope  # not d1**2, which raises where it overflows
    if not square >= 0:
        return math.nan
    d2 = math.copysign(math.sqrt(square), b.step - a.step)
    bottom = b.slope - a.slope + 2 * d2
    return b.step - (b.step - a.step) * (b.slope + d2 - d1) / bottom if bottom else math.nan
