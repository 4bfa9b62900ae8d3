"""Methods that shrink an interval around the minimum of a function of one variable."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from itertools import pairwise

from .. import validate
from ..registry import Iterate, method

# 1 / golden ratio: the fraction of the interval that survives each evaluation.
INVERSE_GOLDEN = (math.sqrt(5) - 1) / 2


def bracket_minimum(
    fun: Callable[[float], float], x: float = 0.0, *, step: float = 1e-2, expand: float = 2.0, max_steps: int = 200
) -> tuple[float, float, float]:
    """Walk downhill with growing steps until the function rises: three points with a minimum between them.

    Parameters
    ----------
    fun : callable
        ``fun(x) -> float``.
    x : float
        Where to start.
    step : float
        First step, not 0.
    expand : float
        Factor by which steps grow, above 1.
    max_steps : int
        Give up after so many: the function may be unbounded below.

    Returns
    -------
    (low, middle, high) : floats
        ``low < middle < high`` with ``fun(middle) <= fun(low)`` and ``fun(middle) <= fun(high)``.

    Raises
    ------
    ValueError
        If the function still falls (or is flat) after ``max_steps`` steps.

    References
    ----------
    Kochenderfer and Wheeler (2019), Algorithms for Optimization, Algorithm 3.1. Deviations: the middle point is
    returned, too; a tie after a fall ends the walk.
    """
    if not (validate.is_real(step) and step != 0):
        raise ValueError(f"step must be a number other than 0, got {step!r}")
    if not (validate.is_real(expand) and expand > 1):
        raise ValueError(f"expand must be above 1, got {expand!r}")
    validate.whole(max_steps=max_steps)
    behind, f_behind = float(x), fun(float(x))
    middle, f_middle = behind + step, fun(behind + step)
    if f_middle > f_behind:
        behind, middle, f_behind, f_middle, step = middle, behind, f_middle, f_behind, -step
    for _ in range(max_steps):
        ahead = middle + step
        f_ahead = fun(ahead)
        if f_ahead > f_middle or (f_ahead == f_middle and f_middle < f_behind):
            return (behind, middle, ahead) if behind < ahead else (ahead, middle, behind)
        behind, middle, f_behind, f_middle = middle, ahead, f_middle, f_ahead
        step *= expand
    raise ValueError(f"fun must rise somewhere; from x = {x!r} it still falls after {max_steps} steps, at {middle!r}")


@method(
    chapter="bracketing",
    needs="bounds",
    space="scalar",
    use_when="evaluations are few and counted beforehand, on a unimodal function of one variable",
    fails_when="the function has several minima in the interval, or is noisy",
    reference="Kiefer (1953), Proc. AMS 4(3), doi:10.1090/S0002-9939-1953-0055639-3",
)
def fibonacci_search(problem, x0, *, evaluations=25, epsilon=0.01):
    r"""Fibonacci search: the shortest interval that a given number of evaluations can guarantee.

    Parameters
    ----------
    problem : Problem
        Unimodal on its one interval ``bounds``.
    x0 : ignored
        The interval says where to search.
    evaluations : int
        How many evaluations to make, at least 2.
    epsilon : float
        The last two points coincide in theory; the last one is moved aside by this fraction of the interval, in
        (0, 0.5). With it the last interval is at most :math:`(b - a)(1 + 2 \epsilon) / F_{n+1}` long, where
        :math:`F_1 = F_2 = 1`: no other choice of :math:`n` points guarantees one shorter than
        :math:`(b - a) / F_{n+1}`.

    Yields
    ------
    Iterate
        ``x`` the best point so far, ``fun``, and ``interval`` (2,).

    References
    ----------
    Kiefer (1953); Kochenderfer and Wheeler (2019), Algorithms for Optimization, Algorithm 3.2. Deviation: that one
    moves its last point by a fraction of the interval's outer part, this one by a fraction of the whole.
    """
    validate.whole(2, evaluations=evaluations)
    if not (validate.is_real(epsilon) and 0 < epsilon < 0.5):
        raise ValueError(f"epsilon must be above 0 and below 0.5, got {epsilon!r}")
    low, high = search_interval(problem)
    fibonacci = [0, 1, 1]
    while len(fibonacci) <= evaluations + 1:
        fibonacci.append(fibonacci[-1] + fibonacci[-2])
    ratios = [0.5 + epsilon, *(fibonacci[n] / fibonacci[n + 1] for n in range(3, evaluations + 1))]
    right = low + fibonacci[evaluations] / fibonacci[evaluations + 1] * (high - low)
    f_right = problem.fun(right)
    yield Iterate(right, f_right, interval=(low, high))
    left = high - ratios[-1] * (high - low)
    f_left = problem.fun(left)
    while True:
        ratios.pop()
        if f_left < f_right:
            best, f_best, high = left, f_left, right
        else:
            best, f_best, low = right, f_right, left
        yield Iterate(best, f_best, interval=(low, high))
        if not ratios:
            return f"Made the {evaluations} evaluations; a minimum lies in [{low}, {high}]."
        if high == right:
            right, f_right = left, f_left
            left = high - ratios[-1] * (high - low)
            f_left = problem.fun(left)
        else:
            left, f_left = right, f_right
            right = low + ratios[-1] * (high - low)
            f_right = problem.fun(right)


@method(
    chapter="bracketing",
    needs="bounds",
    space="scalar",
    use_when="the function of one variable is unimodal and has no derivative to use",
    fails_when="the function has several minima in the interval, or is noisy",
    reference="Kiefer (1953); Press et al. (2007), Numerical Recipes, section 10.2",
)
def golden_section_search(problem, x0, *, tolerance=1e-8):
    r"""Golden section search: one evaluation shrinks the interval by 0.618.

    Parameters
    ----------
    problem : Problem
        Unimodal on its one interval ``bounds``.
    x0 : ignored
        The interval says where to search.
    tolerance : float
        Stop when the interval is at most this long (>= 0). Below about ``1e-8 |x|`` the values no longer tell points
        apart.

    Yields
    ------
    Iterate
        ``x`` the better of the two inner points, ``fun``, and ``interval`` (2,), whose length at step ``k`` is
        :math:`(b - a)\,\varphi^{1 - k}`.

    References
    ----------
    Kiefer (1953); Press et al. (2007), section 10.2. Deviation: the tolerance is a length, not relative to ``x``.
    """
    validate.not_negative(tolerance=tolerance)
    low, high = search_interval(problem)
    left, right = high - INVERSE_GOLDEN * (high - low), low + INVERSE_GOLDEN * (high - low)
    f_left, f_right = problem.fun(left), problem.fun(right)
    yield Iterate(*min((left, f_left), (right, f_right), key=lambda point: point[1]), interval=(low, high))
    while high - low > tolerance and low < left < right < high:
        if f_left < f_right:
            high, right, f_right = right, left, f_left
            left = high - INVERSE_GOLDEN * (high - low)
            f_left = problem.fun(left)
        else:
            low, left, f_left = left, right, f_right
            right = low + INVERSE_GOLDEN * (high - low)
            f_right = problem.fun(right)
        best, f_best = (left, f_left) if f_left < f_right else (right, f_right)
        yield Iterate(best, fun=f_best, interval=(low, high))
    return f"The interval [{low}, {high}] is as short as the tolerance asks, or as rounding allows."


@method(
    chapter="bracketing",
    needs=("bounds", "gradient"),
    space="scalar",
    use_when="the derivative's sign is known and changes once in the interval",
    fails_when="the derivative does not go from negative to positive in the interval",
    reference="Burden and Faires (2010), Numerical Analysis, Algorithm 2.1",
)
def bisection(problem, x0, *, tolerance=1e-12):
    """Bisection on the derivative: keep the half in which its sign changes.

    Parameters
    ----------
    problem : Problem
        With a derivative that is negative (or zero) at the lower bound and positive (or zero) at the upper one.
    x0 : ignored
        The interval says where to search.
    tolerance : float
        Stop when the interval is at most this long (>= 0).

    Yields
    ------
    Iterate
        ``x`` the middle of the interval, ``slope`` there, and ``interval`` (2,), halved each time.

    Raises
    ------
    ValueError
        If the derivative is positive at the lower bound or negative at the upper one.

    References
    ----------
    Burden and Faires (2010), Algorithm 2.1. Deviation: it is applied to the derivative, and an end where that is zero
    is taken at once.
    """
    validate.not_negative(tolerance=tolerance)
    low, high = search_interval(problem)
    slope_low, slope_high = problem.gradient(low), problem.gradient(high)
    if not slope_low <= 0 <= slope_high:
        raise ValueError(
            f"bounds must have a derivative <= 0 at the lower and >= 0 at the upper end, got {slope_low} at {low} "
            f"and {slope_high} at {high}"
        )
    for end, slope in ((low, slope_low), (high, slope_high)):
        if slope == 0:
            yield Iterate(end, slope=slope, interval=(end, end))
            return f"The derivative is zero at the end {end}."
    while True:
        middle = low + (high - low) / 2
        at_rest = middle in (low, high)
        slope = problem.gradient(middle)
        if slope >= 0:
            high = middle
        if slope <= 0:
            low = middle
        yield Iterate(middle, slope=slope, interval=(low, high))
        if high - low <= tolerance or at_rest:
            return f"The interval [{low}, {high}] is as short as the tolerance asks, or as rounding allows."


@method(
    chapter="bracketing",
    needs="bounds",
    space="scalar",
    use_when="a bound on the slope is known and the global minimum on an interval is wanted",
    fails_when="the slope bound is too small (the minimum is missed) or far too large (slow)",
    reference="Shubert (1972), SIAM J. Numer. Anal. 9(3), doi:10.1137/0709036",
)
def shubert_piyavskii(problem, x0, *, lipschitz=None, tolerance=1e-4):
    """Shubert-Piyavskii: evaluate where the sawtooth of lower bounds is lowest.

    Parameters
    ----------
    problem : Problem
        With one interval ``bounds``; it may have many minima.
    x0 : ignored
        The interval says where to search.
    lipschitz : float
        Bound on the absolute slope (> 0). Required.
    tolerance : float
        Stop, with a certificate, when the best value is within this (> 0) of the lower bound.

    Yields
    ------
    Iterate
        ``x`` the best point so far, ``fun``, ``lower_bound`` on the minimum, and ``evaluated``, the newest point.

    References
    ----------
    Shubert (1972); Kochenderfer and Wheeler (2019), Algorithm 3.5. Deviation: it stops by the gap between the best
    value and the lowest tooth, not between the newest value and its tooth.
    """
    if not (validate.is_real(lipschitz) and lipschitz > 0):
        raise ValueError(f"lipschitz must be positive (a bound on the absolute slope), got {lipschitz!r}")
    validate.positive(tolerance=tolerance)
    low, high = search_interval(problem)
    points = [(x, problem.fun(x)) for x in (low, (low + high) / 2, high)]
    best, f_best = min(points, key=_value)
    teeth = [_tooth(left, right, lipschitz) for left, right in pairwise(points)]
    heapq.heapify(teeth)
    while True:
        bound, x, left, right = heapq.heappop(teeth)
        yield Iterate(best, f_best, lower_bound=bound, evaluated=x)
        if bound == -math.inf:
            return False, (
                f"lipschitz = {lipschitz} is too small: the function is steeper between {left[0]} and {right[0]}."
            )
        if f_best - bound <= tolerance:
            return f"No value below {f_best} - {tolerance} exists if no slope is steeper than {lipschitz}."
        point = (x, problem.fun(x))
        best, f_best = min((best, f_best), point, key=_value)
        heapq.heappush(teeth, _tooth(left, point, lipschitz))
        heapq.heappush(teeth, _tooth(point, right, lipschitz))


def _tooth(left, right, lipschitz):
    """The lowest value that the function can take between two known points, where, and the points.

    Points between which the function is too steep say that there is no such bound: they get -inf, to be looked at next.
    """
    (a, f_a), (b, f_b) = left, right
    if abs(f_a - f_b) > lipschitz * (b - a) + 1e-12 * (abs(f_a) + abs(f_b)):
        return -math.inf, (a + b) / 2, left, right
    x = (a + b) / 2 + (f_a - f_b) / (2 * lipschitz)
    return (f_a + f_b) / 2 - lipschitz * (b - a) / 2, min(max(x, a), b), left, right


def _value(point):
    return point[1]


def search_interval(problem) -> tuple[float, float]:
    """The problem's one pair of bounds."""
    if len(problem.bounds) != 1:
        raise ValueError(f"bounds must be one pair (low, high) for a search on a line, got {problem.bounds.tolist()}")
    low, high = problem.bounds[0]
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError(f"bounds must be finite to be searched, got {problem.bounds.tolist()}")
    return float(low), float(high)
