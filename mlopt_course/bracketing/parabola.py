"""Methods that fit a parabola to a function of one variable and jump to its lowest point."""

from __future__ import annotations

import math

from .. import validate
from ..registry import Iterate, method
from .intervals import search_interval

SQRT_EPSILON = math.sqrt(2.2e-16)
# The part of an interval that a golden step cuts off: 1 - 0.618.
SMALL_SECTION = (3 - math.sqrt(5)) / 2


@method(
    chapter="bracketing",
    needs="bounds",
    space="scalar",
    use_when="the function of one variable is smooth and unimodal: superlinear, and safe",
    fails_when="the function has several minima in the interval, or is noisy",
    reference="Brent (1973), Algorithms for Minimization without Derivatives, chapter 5 (localmin)",
)
def brent(problem, x0, *, tolerance=1e-8):
    """Brent's method: a parabola through the three best points, golden section where that is no progress.

    Parameters
    ----------
    problem : Problem
        Unimodal on its one interval ``bounds``.
    x0 : ignored
        The interval says where to search.
    tolerance : float
        Absolute tolerance on ``x`` (> 0); a relative one of 1.5e-8 is added, since values cannot tell closer points
        apart.

    Yields
    ------
    Iterate
        ``x`` the best point so far, ``fun``, ``interval`` (2,) and ``parabolic``: whether the step was one.

    References
    ----------
    Brent (1973), chapter 5, procedure localmin, with the tolerances of SciPy's bounded `minimize_scalar`.
    """
    validate.positive(tolerance=tolerance)
    low, high = search_interval(problem)
    best = second = third = low + SMALL_SECTION * (high - low)
    f_best = f_second = f_third = problem.fun(best)
    step = previous_step = 0.0
    middle, near = (low + high) / 2, SQRT_EPSILON * abs(best) + tolerance / 3
    yield Iterate(best, f_best, interval=(low, high), parabolic=False)
    while abs(best - middle) > 2 * near - (high - low) / 2:
        parabolic = False
        if abs(previous_step) > near:
            p, q = vertex(best, f_best, second, f_second, third, f_third)
            before, previous_step = previous_step, step
            # Take the vertex only if it lies inside and moves less than half the step before last.
            if abs(p) < abs(q * before / 2) and q * (low - best) < p < q * (high - best):
                parabolic, step = True, p / q
                if min(best + step - low, high - best - step) < 2 * near:
                    step = near if middle >= best else -near
        if not parabolic:
            previous_step = low - best if best >= middle else high - best
            step = SMALL_SECTION * previous_step
        new = best + math.copysign(max(abs(step), near), step if step else 1.0)
        f_new = problem.fun(new)
        if f_new <= f_best:
            low, high = (best, high) if new >= best else (low, best)
            third, f_third, second, f_second, best, f_best = second, f_second, best, f_best, new, f_new
        else:
            low, high = (new, high) if new < best else (low, new)
            if f_new <= f_second or second == best:
                third, f_third, second, f_second = second, f_second, new, f_new
            elif f_new <= f_third or third in (best, second):
                third, f_third = new, f_new
        middle, near = (low + high) / 2, SQRT_EPSILON * abs(best) + tolerance / 3
        yield Iterate(best, f_best, interval=(low, high), parabolic=parabolic)
    return f"The minimum is known to within the tolerance {tolerance}."


def vertex(x, f_x, w, f_w, v, f_v):
    """From x to the vertex of the parabola through three points: numerator and denominator (>= 0) of the step."""
    r, q = (x - w) * (f_x - f_v), (x - v) * (f_x - f_w)
    p, q = (x - v) * q - (x - w) * r, 2 * (q - r)
    return (-p, q) if q > 0 else (p, -q)


@method(
    chapter="bracketing",
    needs="bounds",
    space="scalar",
    use_when="the function is close to a parabola, and to see the idea that Brent's method makes safe",
    fails_when="the three points fall together on one side: it stalls",
    reference="Kochenderfer and Wheeler (2019), Algorithms for Optimization, Algorithm 3.4",
)
def quadratic_fit_search(problem, x0, *, tolerance=1e-8):
    """Quadratic fit search: replace one of three bracketing points by the vertex of their parabola.

    Parameters
    ----------
    problem : Problem
        Unimodal on its one interval ``bounds``; the middle of the interval must be lower than its ends, else the
        interval is first shrunk towards its lower end until it is.
    x0 : ignored
        The interval says where to search.
    tolerance : float
        Stop when the vertex moves by at most this (> 0).

    Yields
    ------
    Iterate
        ``x`` the middle (best) point, ``fun``, and ``interval`` (2,).

    References
    ----------
    Kochenderfer and Wheeler (2019), Algorithm 3.4. Deviations: stops when the vertex repeats instead of after n steps;
    an interval whose middle is not lower than its ends is halved first.
    """
    validate.positive(tolerance=tolerance)
    low, high = search_interval(problem)
    points = [(x, problem.fun(x)) for x in (low, (low + high) / 2, high)]
    while True:
        (low, f_low), (middle, f_middle), (high, f_high) = points
        best, f_best = min(points[1], points[0], points[2], key=lambda point: point[1])
        yield Iterate(best, f_best, interval=(low, high))
        if high - low <= tolerance:
            return f"The interval [{low}, {high}] is no longer than the tolerance {tolerance}."
        if f_middle > min(f_low, f_high):  # no bracket yet: halve the interval towards its lower end
            points = [points[0], points[1]] if f_low < f_high else [points[1], points[2]]
            new = (points[0][0] + points[1][0]) / 2
        else:
            p, q = vertex(middle, f_middle, low, f_low, high, f_high)
            new = middle + p / q if q else middle
            if abs(new - middle) <= tolerance or not low < new < high:
                return f"The vertex of the parabola has come to rest, to within the tolerance {tolerance}."
        points = sorted([*points, (new, problem.fun(new))])
        if len(points) == 4:  # drop the end that is farther from the lower of the two inner points
            points = points[:3] if points[1][1] <= points[2][1] else points[1:]
