"""The line search of Moré and Thuente: MINPACK's ``dcsrch``, behind most quasi-Newton codes."""

from __future__ import annotations

import math

from .. import validate
from .line_search import check_wolfe, evaluate


def more_thuente(
    problem,
    start,
    direction,
    first_step,
    *,
    decrease=1e-4,
    curvature=0.9,
    shortest=1e-100,
    longest=1e100,
    resolution=1e-14,
    max_trials=300,
):
    r"""A step that satisfies the strong Wolfe conditions, found with few evaluations: steps are SciPy's.

    While no trial lowers the function enough, trials are chosen for :math:`f(x + a p) - c_1 a\, p \cdot \nabla f(x)`,
    whose minimiser satisfies the first condition by construction; from then on for the function itself.

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
    shortest, longest : float
        Bounds on the step.
    resolution : float
        Give up when the interval that holds the step is this small, relative to its upper end.
    max_trials : int
        Points tried at most; each costs a value and a gradient. SciPy gives up after 100, which is too early where a
        steep wall begins right after the start: three trials halve the interval there.

    Returns
    -------
    Trial or None
        None where no such step was found.

    References
    ----------
    Moré and Thuente (1994), ACM Transactions on Mathematical Software 20(3), doi:10.1145/192115.192132. Deviation: an
    interpolated step that rounding makes 0 is replaced by the middle of the interval, where MINPACK gives up.
    """
    check_wolfe(start, first_step, decrease, curvature)
    validate.whole(max_trials=max_trials)
    required = decrease * start.slope
    best = other = (0.0, start.fun, start.slope)
    bracketed, tilted = False, True
    low, high, step = 0.0, 5 * first_step, first_step
    width, last_width = longest - shortest, 2 * (longest - shortest)
    for _ in range(max_trials):
        trial = evaluate(problem, start.x, direction, step)
        enough = trial.fun <= start.fun + step * required
        if enough and abs(trial.slope) <= -curvature * start.slope:
            return trial
        if bracketed and (not low < step < high or high - low <= resolution * high):
            return None
        if step == (longest if enough and trial.slope <= required else shortest):
            return None
        tilted = tilted and not (enough and trial.slope >= 0)
        point = (step, trial.fun, trial.slope)
        if tilted and trial.fun <= best[1] and not enough:
            a, b, c = (_tilt(corner, -required) for corner in (best, other, point))
            best, other, step, bracketed = _next_step(a, b, c, bracketed, low, high)
            best, other = _tilt(best, required), _tilt(other, required)
        else:
            best, other, step, bracketed = _next_step(best, other, point, bracketed, low, high)
        if bracketed:
            if abs(other[0] - best[0]) >= 0.66 * last_width:  # too slow: halve the interval
                step = best[0] + 0.5 * (other[0] - best[0])
            last_width, width = width, abs(other[0] - best[0])
            low, high = min(best[0], other[0]), max(best[0], other[0])
        else:
            low, high = step + 1.1 * (step - best[0]), step + 4.0 * (step - best[0])
        step = min(max(step, shortest), longest)
        if bracketed and step == shortest:  # beside a steep wall, rounding has swallowed the interpolated step
            step = (low + high) / 2
        if bracketed and (not low < step < high or high - low <= resolution * high):
            step = best[0]
    return None


def _tilt(point, slope):
    """A point (step, value, slope) of the function plus a line of that slope through 0."""
    step, value, own_slope = point
    return step, value + step * slope, own_slope + slope


def _next_step(best, other, point, bracketed, low, high):
    """Section 4 of the paper: the four cases, and the interval after each (``dcstep``)."""
    (a, f_a, d_a), (b, f_b, d_b), (t, f_t, d_t) = best, other, point
    theta = 3.0 * (f_a - f_t) / (t - a) + d_a + d_t
    turned = (d_t < 0 < d_a) or (d_a < 0 < d_t)
    if f_t > f_a:  # 1: higher; between the minima of the cubic and of the parabola, if the cubic's is the farther
        cubic = _cubic(a, d_a, t, d_t, theta)
        parabola = a + ((d_a / ((f_a - f_t) / (t - a) + d_a)) / 2.0) * (t - a)
        step = cubic if abs(cubic - a) <= abs(parabola - a) else cubic + (parabola - cubic) / 2.0
        return best, point, step, True
    if turned:  # 2: lower, and the slope has turned; whichever of cubic and secant is farther from t
        cubic, secant = _cubic(t, d_t, a, d_a, theta), t + (d_t / (d_t - d_a)) * (a - t)
        return point, best, cubic if abs(cubic - t) > abs(secant - t) else secant, True
    if abs(d_t) < abs(d_a):  # 3: lower, and flatter
        cubic = _cubic_ahead(a, d_a, t, d_t, theta, low, high)
        secant = t + (d_t / (d_t - d_a)) * (a - t)
        if bracketed:
            step = cubic if abs(cubic - t) < abs(secant - t) else secant
            limit = t + 0.66 * (b - t)
            step = min(limit, step) if t > a else max(limit, step)
        else:
            step = cubic if abs(cubic - t) > abs(secant - t) else secant
            step = min(max(step, low), high)
    elif bracketed:  # 4: lower, and no flatter
        step = _cubic(t, d_t, b, d_b, 3.0 * (f_t - f_b) / (b - t) + d_b + d_t)
    else:
        step = high if t > a else low
    return point, other, step, bracketed


def _cubic(a, d_a, b, d_b, theta):
    """Minimiser of the cubic through two points with their slopes."""
    gamma = _gamma(a, d_a, b, d_b, theta)
    return a + ((gamma - d_a) + theta) / (((gamma - d_a) + gamma) + d_b) * (b - a)


def _cubic_ahead(a, d_a, t, d_t, theta, low, high):
    """The cubic's minimiser if that lies beyond t, seen from a; else the end of the interval on that side."""
    gamma = _gamma(t, d_t, a, d_a, theta)
    ratio = ((gamma - d_t) + theta) / ((gamma + (d_a - d_t)) + gamma)
    if ratio < 0 and gamma != 0:
        return t + ratio * (a - t)
    return high if t > a else low


def _gamma(a, d_a, b, d_b, theta):
    scale = max(abs(theta), abs(d_a), abs(d_b))
    gamma = scale * math.sqrt(max(0.0, (theta / scale) ** 2 - (d_a / scale) * (d_b / scale)))
    return -gamma if a > b else gamma
