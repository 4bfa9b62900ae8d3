"""Golden section, point by point."""

from __future__ import annotations

import math

import numpy as np

from ..exercise import Exercise, Misconception
from ..probes import Polynomial
from . import plots


def golden_points(fun, a, b, n):
    part = (math.sqrt(5) - 1) / 2
    left, right = b - part * (b - a), a + part * (b - a)
    low, high = fun(left), fun(right)
    points = [left, right]
    for _ in range(n - 2):
        if low < high:
            b, right, high = right, left, low
            left = b - part * (b - a)
            low = fun(left)
            points.append(left)
        else:
            a, left, low = left, right, high
            right = a + part * (b - a)
            high = fun(right)
            points.append(right)
    return points


def _golden(fun, a, b, n, part, wrong=""):
    points = []
    left, right = b - part * (b - a), a + part * (b - a)
    points += [right, left] if wrong == "right first" else [left, right]
    while len(points) < n:
        if (fun(left) < fun(right)) != (wrong == "other side"):
            b, right = right, left
            left = b - part * (b - a)
            points += [left, right] if wrong == "both anew" else [left]
        else:
            a, left = left, right
            right = a + part * (b - a)
            points += [left, right] if wrong == "both anew" else [right]
    return points[:n]


def takes_thirds(fun, a, b, n):
    return _golden(fun, a, b, n, 2 / 3)


def keeps_the_higher_side(fun, a, b, n):
    return _golden(fun, a, b, n, (math.sqrt(5) - 1) / 2, "other side")


def evaluates_both_anew(fun, a, b, n):
    return _golden(fun, a, b, n, (math.sqrt(5) - 1) / 2, "both anew")


def begins_on_the_right(fun, a, b, n):
    return _golden(fun, a, b, n, (math.sqrt(5) - 1) / 2, "right first")


def includes_the_ends(fun, a, b, n):
    return [a, b, *golden_points(fun, a, b, n)][:n]


def sorts_them(fun, a, b, n):
    return sorted(golden_points(fun, a, b, n))


def stops_a_step_early(fun, a, b, n):
    points = golden_points(fun, a, b, n)
    return points[:-1] if n > 2 else points


def golden_points_by_reflection(fun, a, b, n):
    """The next point is the kept one, mirrored in the middle of the bracket."""
    x = a + (3 - math.sqrt(5)) / 2 * (b - a)
    points = [x, a + b - x]
    known = {point: float(fun(point)) for point in points}
    inner = list(points)
    while len(points) < n:
        if known[inner[0]] < known[inner[1]]:
            b, keep = inner[1], inner[0]
            width = (math.sqrt(5) - 1) / 2 * (b - a)
            new = b - width
            inner = [new, keep]
        else:
            a, keep = inner[0], inner[1]
            new = a + (math.sqrt(5) - 1) / 2 * (b - a)
            inner = [keep, new]
        known[new] = fun(new)
        points.append(new)
    return tuple(points)


def golden_points_recursively(fun, a, b, n):
    phi = (1 + math.sqrt(5)) / 2

    def go_on(a, b, left, right, count):
        if count == 0:
            return []
        if fun(left) >= fun(right):
            new = left + (b - left) / phi
            return [new, *go_on(left, b, right, new, count - 1)]
        new = right - (right - a) / phi
        return [new, *go_on(a, right, new, left, count - 1)]

    first = [b - (b - a) / phi, a + (b - a) / phi]
    return np.array([*first, *go_on(a, b, first[0], first[1], n - 2)])


def golden_points_cases(rng):
    lowest = float(rng.uniform(0.5, 4))
    parabola = Polynomial(np.array([lowest**2, -2 * lowest, 1.0]))
    quartic = Polynomial(np.array([0.0, -1.0, 0.0, 0.0, 1.0]))
    return [
        {"fun": Polynomial(np.array([0.0, 1.0])), "a": 0.0, "b": 1.0, "n": 2},
        {"fun": Polynomial(np.array([0.0, 1.0])), "a": 0.0, "b": 1.0, "n": 3},
        {"fun": Polynomial(np.array([0.0, -1.0])), "a": 0.0, "b": 1.0, "n": 3},
        {"fun": Polynomial(np.array([7.0])), "a": 0.0, "b": 2.0, "n": 4},  # level: drop the left part
        {"fun": quartic, "a": 0.0, "b": 2.0, "n": 12},
        {"fun": parabola, "a": -1.0, "b": 5.0, "n": 9},
    ]


GOLDEN_POINTS = Exercise(
    name="bracketing.golden_points",
    title="Where golden section looks",
    points=3,
    difficulty="core",
    hint="Two points in the bracket, and their two values. When one side is dropped, one of the points is inside the "
    "new bracket, at just the right place: it takes the other's role, and only one new point is needed.",
    reference=golden_points,
    instances=golden_points_cases,
    misconceptions=(
        Misconception(
            takes_thirds,
            "You divide the bracket into thirds. Then no old point is where a new one is wanted, and each step costs "
            "two evaluations. The golden section is at (sqrt(5) - 1)/2 = 0.618...",
        ),
        Misconception(
            keeps_the_higher_side,
            "You drop the wrong side: when the left value is the lower one, what lies right of the right point goes.",
        ),
        Misconception(
            evaluates_both_anew,
            "You evaluate both points in each step. One of them is an old one: that is what the golden section is for.",
        ),
        Misconception(begins_on_the_right, "Begin with the left of the two points, then the right one."),
        Misconception(
            includes_the_ends, "The ends of the bracket are not evaluated: the method never needs their values."
        ),
        Misconception(sorts_them, "Return the points in the order in which they are evaluated."),
        Misconception(stops_a_step_early, "There are n points in all, the first two included."),
    ),
    alternatives=(golden_points_by_reflection, golden_points_recursively),
    rtol=1e-7,
    play=plots.golden_walk,
)
