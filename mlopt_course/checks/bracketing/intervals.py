"""Brackets that are found and shrunk: bisection, a triple, golden section, Fibonacci on whole numbers."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Misconception
from ..probes import Polynomial, Table
from . import plots

# --- bisection --------------------------------------------------------------------------------------------------------


def halve_by_slope(slope, a, b, tolerance):
    for calls in range(1000):
        if b - a <= tolerance:
            return a, b, calls
        middle = (a + b) / 2
        steepness = slope(middle)
        if steepness == 0:
            return middle, middle, calls + 1
        if steepness < 0:
            a = middle
        else:
            b = middle
    return None


def keeps_the_wrong_half(slope, a, b, tolerance):
    return halve_by_slope(lambda x: -slope(x), a, b, tolerance)


def asks_at_the_ends(slope, a, b, tolerance):
    a, b, calls = halve_by_slope(slope, a, b, tolerance)
    return a, b, calls + 2


def walks_past_a_zero(slope, a, b, tolerance):
    calls = 0
    while b - a > tolerance:
        middle = (a + b) / 2
        calls += 1
        if slope(middle) < 0:
            a = middle
        else:
            b = middle
    return a, b, calls


def halves_once_too_often(slope, a, b, tolerance):
    return halve_by_slope(slope, a, b, tolerance / 2)


def asks_twice(slope, a, b, tolerance):
    calls = 0
    while b - a > tolerance:
        middle = (a + b) / 2
        calls += 1
        if slope(middle) == 0:
            return middle, middle, calls
        calls += 1
        if slope(middle) < 0:
            a = middle
        else:
            b = middle
    return a, b, calls


def goes_by_the_left_end(slope, a, b, tolerance):
    calls = 0
    while b - a > tolerance:
        middle = (a + b) / 2
        calls += 1
        if slope(middle) == 0:
            return middle, middle, calls
        if slope(a) < slope(middle):
            a = middle
        else:
            b = middle
    return a, b, calls


def halve_by_slope_recursively(slope, a, b, tolerance):
    if b - a <= tolerance:
        return a, b, 0
    middle = a + (b - a) / 2
    sign = np.sign(slope(middle))
    if sign == 0:
        return middle, middle, 1
    left, right, calls = halve_by_slope_recursively(slope, *((middle, b) if sign < 0 else (a, middle)), tolerance)
    return left, right, calls + 1


def halve_by_slope_in_units(slope, a, b, tolerance):
    """The bracket as a width and a left end."""
    calls, width = 0, b - a
    for _ in range(2000):
        if width <= tolerance:
            break
        width = width / 2
        calls = calls + 1
        steepness = slope(a + width)
        if steepness == 0:
            return [a + width, a + width, calls]
        a = a + width if steepness < 0 else a
    return [a, a + width, calls]


def halve_by_slope_cases(rng):
    left = float(rng.uniform(-3, -1))
    return [
        {"slope": Polynomial(np.array([-1.0, 1.0])), "a": 0.0, "b": 4.0, "tolerance": 1.0},
        {"slope": Polynomial(np.array([-2.0, 1.0])), "a": 0.0, "b": 4.0, "tolerance": 1.0},
        {"slope": Polynomial(np.array([-2.5, 1.0])), "a": 0.0, "b": 4.0, "tolerance": 1.0},
        {"slope": Polynomial(np.array([-2.5, 1.0])), "a": 0.0, "b": 1.0, "tolerance": 2.0},
        {"slope": Polynomial(np.array([-1.0, 0.0, 0.0, 4.0])), "a": -2.0, "b": 3.0, "tolerance": 1e-6},
        {"slope": Polynomial(np.array([0.3, 1.0, 0.0, 1.0])), "a": left, "b": 2.0, "tolerance": 1e-4},
    ]


HALVE_BY_SLOPE = Exercise(
    name="bracketing.halve_by_slope",
    title="Bisection by the slope",
    points=2,
    difficulty="core",
    hint="Where the slope is negative the minimum lies to the right. Call `slope` once for each halving, and keep "
    "what it returned.",
    reference=halve_by_slope,
    instances=halve_by_slope_cases,
    misconceptions=(
        Misconception(
            keeps_the_wrong_half,
            "You keep the wrong half: where the slope is negative, the minimum lies to the *right*.",
        ),
        Misconception(
            asks_at_the_ends,
            "You count slopes at the two ends. That the slope changes sign between them is given: only the middles "
            "cost.",
        ),
        Misconception(
            walks_past_a_zero, "Where the slope is exactly zero you have the minimum: return that point as both ends."
        ),
        Misconception(halves_once_too_often, "Stop as soon as the bracket is no wider than the tolerance."),
        Misconception(
            asks_twice, "You call slope twice at the same point, or count it twice. Call it once and keep the answer."
        ),
        Misconception(
            goes_by_the_left_end,
            "You compare slopes with one another. It is the *sign* of the slope in the middle that tells the side.",
        ),
    ),
    alternatives=(halve_by_slope_recursively, halve_by_slope_in_units),
    equivalent_mutants={
        "delete: return None": "no search is that long",
        "return -None": "no search is that long",
        "for calls in range(1001):": "no search is that long",
        "for calls in range(2000):": "no search is that long",
        "for calls in range(999):": "no search is that long",
        "if steepness <= 0:": "a slope of zero has been dealt with before",
    },
)

# --- a bracket to begin with ------------------------------------------------------------------------------------------


def bracket_triple(fun, x, step, factor, most):
    left, middle = x, x + step
    low = fun(middle)
    if low > fun(left):
        left, middle, low, step = middle, left, fun(left), -step
    for _ in range(most):
        step = factor * step
        right = middle + step
        high = fun(right)
        if high >= low:
            return min(left, right), max(left, right), middle
        left, middle, low = middle, right, high
    return None


def _triple(fun, x, step, factor, most, wrong=""):
    """The right answer, or with one slip in it."""
    left, middle = x, x + step
    low, mid = fun(left), fun(middle)
    if mid > low and wrong != "never turns":
        left, middle, low, mid = middle, left, mid, low
        if wrong != "turns halfway":
            step = -step
    for _ in range(most):
        step = step if wrong == "equal steps" else factor * step
        right = (x if wrong == "from the start" else middle) + step
        high = fun(right)
        if high >= mid:
            ends = (left, right) if wrong == "not in order" else sorted((left, right))
            if wrong == "from x":
                ends = sorted((x, right))
            return (*ends, right if wrong == "gives the last" else middle)
        left, middle, mid = middle, right, high
    return (*sorted((left, middle)), middle) if wrong == "always finds one" else None


def never_turns_round(fun, x, step, factor, most):
    return _triple(fun, x, step, factor, most, "never turns")


def leaves_the_step_pointing_uphill(fun, x, step, factor, most):
    return _triple(fun, x, step, factor, most, "turns halfway")


def takes_equal_steps(fun, x, step, factor, most):
    return _triple(fun, x, step, factor, most, "equal steps")


def steps_from_the_start(fun, x, step, factor, most):
    return _triple(fun, x, step, factor, most, "from the start")


def leaves_the_ends_as_they_come(fun, x, step, factor, most):
    return _triple(fun, x, step, factor, most, "not in order")


def begins_the_bracket_at_the_start(fun, x, step, factor, most):
    return _triple(fun, x, step, factor, most, "from x")


def returns_the_last_point_as_the_lowest(fun, x, step, factor, most):
    return _triple(fun, x, step, factor, most, "gives the last")


def brackets_what_falls_for_ever(fun, x, step, factor, most):
    return _triple(fun, x, step, factor, most, "always finds one")


def bracket_triple_with_lists(fun, x, step, factor, most):
    points = [x, x + step]
    if fun(points[1]) > fun(points[0]):
        points, step = points[::-1], -step
    values = [fun(point) for point in points]
    while len(points) < most + 2:
        step *= factor
        points.append(points[-1] + step)
        values.append(fun(points[-1]))
        if values[-1] >= values[-2]:
            return [min(points[-1], points[-3]), max(points[-1], points[-3]), points[-2]]
    return None


def bracket_triple_by_direction(fun, x, step, factor, most):
    downhill = fun(x + step) <= fun(x)
    way = step if downhill else -step
    before, here = (x, x + step) if downhill else (x + step, x)
    for k in range(1, most + 1):
        ahead = here + way * factor**k
        if not fun(ahead) < fun(here):
            return (before, ahead, here) if way > 0 else (ahead, before, here)
        before, here = here, ahead
    return None


def bracket_triple_cases(rng):
    parabola = Polynomial(np.array([0.0, 0.0, 1.0]))
    far = Polynomial(np.array([0.0, -200.0, 1.0]))
    quartic = Polynomial(np.array([0.0, float(rng.uniform(0.2, 0.6)), 0.0, 0.0, 0.25]))
    return [
        {"fun": parabola, "x": 0.5, "step": -0.25, "factor": 2.0, "most": 20},
        {"fun": parabola, "x": 2.0, "step": -1.0, "factor": 2.0, "most": 1},
        {"fun": parabola, "x": 0.5, "step": 1.0, "factor": 2.0, "most": 20},  # turns round, and is there
        {"fun": parabola, "x": 0.25, "step": 1.0, "factor": 1.25, "most": 20},
        {"fun": parabola, "x": 2.0, "step": 1.0, "factor": 2.0, "most": 20},  # the first step goes up
        {"fun": parabola, "x": -0.5, "step": 1.0, "factor": 2.0, "most": 20},  # level at first
        {"fun": far, "x": 0.0, "step": 0.1, "factor": 3.0, "most": 20},
        {"fun": far, "x": 250.0, "step": 0.5, "factor": 2.5, "most": 20},
        {"fun": Polynomial(np.array([0.0, -1.0])), "x": 0.0, "step": 1.0, "factor": 2.0, "most": 6},  # falls for ever
        {"fun": Table(np.array([3.0, 2.0, 9.0, 1.0, 0.0, 5.0])), "x": 0.0, "step": 1.0, "factor": 2.0, "most": 1},
        {"fun": quartic, "x": float(rng.uniform(2, 4)), "step": -0.1, "factor": 1.6, "most": 40},
        {"fun": quartic, "x": float(rng.uniform(2, 4)), "step": 0.1, "factor": 1.6, "most": 40},
    ]


BRACKET_TRIPLE = Exercise(
    name="bracketing.bracket_triple",
    title="Three points with a valley between them",
    points=3,
    difficulty="core",
    hint="First find out which way is down: if the step went up, swap the two points and turn the step round. Then "
    "each step is longer than the one before, and starts at the lowest point so far.",
    reference=bracket_triple,
    instances=bracket_triple_cases,
    misconceptions=(
        Misconception(
            never_turns_round, "If the first step goes up, turn round: swap the two points and go the other way from x."
        ),
        Misconception(
            leaves_the_step_pointing_uphill,
            "You swap the two points, but the step still points uphill: change its sign, too.",
        ),
        Misconception(takes_equal_steps, "Each step is `factor` times the one before; yours are all equally long."),
        Misconception(steps_from_the_start, "Each step starts at the lowest point so far; yours start at x again."),
        Misconception(
            leaves_the_ends_as_they_come, "Return the ends in increasing order, also when you walked to the left."
        ),
        Misconception(
            begins_the_bracket_at_the_start,
            "Your bracket reaches back to the start. The point *before* the lowest one is enough, and much nearer.",
        ),
        Misconception(
            returns_the_last_point_as_the_lowest,
            "The third number is the lowest point, between the ends, not the last one tried.",
        ),
        Misconception(
            brackets_what_falls_for_ever,
            "There is no bracket if the function has only fallen: then return None, not the last points.",
        ),
    ),
    alternatives=(bracket_triple_with_lists, bracket_triple_by_direction),
    equivalent_mutants={
        "delete: return None": "a function without a return returns None",
        "if low > fun(x):": "at first left is x",
        "left, middle, low, step = (middle, left, fun(x), -step)": "at first left is x",
        "left, middle, low, step = (middle, x, fun(left), -step)": "at first left is x",
        "return (min(left, right), max(right, left), middle)": "the larger of two numbers has no order",
        "return (min(right, left), max(left, right), middle)": "the smaller of two numbers has no order",
    },
    play=plots.bracket_walk,
)
