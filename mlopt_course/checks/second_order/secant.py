"""The secant method, and what it pays."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Misconception
from ..probes import Polynomial


def secant_minimum(slope, x0, x1, tolerance, max_steps):
    before, now, calls = slope(x0), slope(x1), 2
    for _ in range(max_steps):
        if now == before:
            return x1, calls
        x0, x1 = x1, x1 - now * (x1 - x0) / (now - before)
        if abs(x1 - x0) < tolerance:
            return x1, calls
        before, now, calls = now, slope(x1), calls + 1
    return x1, calls


def _secant(slope, x0, x1, tolerance, max_steps, wrong=""):
    """The right answer, or with one slip in it."""
    before, now, calls = slope(x0), slope(x1), 2
    for _ in range(max_steps):
        if now == before:
            return x1, calls
        new = x1 - now * (x1 - x0) / (now - before)
        if wrong == "up":
            new = x1 + now * (x1 - x0) / (now - before)
        if wrong == "old slope":
            new = x1 - before * (x1 - x0) / (now - before)
        if wrong != "keeps":
            x0, before = x1, now
        moved, x1 = abs(new - x1), new
        if moved < tolerance:
            return (x0 if wrong == "gives back" else x1), calls
        now, calls = slope(x1), calls + (2 if wrong == "twice" else 1)
    return x1, calls


def keeps_the_first_point(slope, x0, x1, tolerance, max_steps):
    return _secant(slope, x0, x1, tolerance, max_steps, "keeps")


def goes_the_other_way(slope, x0, x1, tolerance, max_steps):
    return _secant(slope, x0, x1, tolerance, max_steps, "up")


def mixes_the_two_slopes(slope, x0, x1, tolerance, max_steps):
    return _secant(slope, x0, x1, tolerance, max_steps, "old slope")


def _evaluates_first(slope, x0, x1, tolerance, max_steps, small):
    """The slope at the new point is computed before anything is asked; ``small(step, slope)`` ends the run."""
    before, now, calls = slope(x0), slope(x1), 2
    for _ in range(max_steps):
        if now == before:
            break
        x0, x1 = x1, x1 - now * (x1 - x0) / (now - before)
        before, now, calls = now, slope(x1), calls + 1
        if small(abs(x1 - x0), abs(now)) < tolerance:
            break
    return x1, calls


def stops_at_a_small_slope(slope, x0, x1, tolerance, max_steps):
    return _evaluates_first(slope, x0, x1, tolerance, max_steps, lambda step, slope: slope)


def pays_for_a_last_slope(slope, x0, x1, tolerance, max_steps):
    return _evaluates_first(slope, x0, x1, tolerance, max_steps, lambda step, slope: step)


def returns_the_point_before(slope, x0, x1, tolerance, max_steps):
    return _secant(slope, x0, x1, tolerance, max_steps, "gives back")


def computes_both_slopes_anew(slope, x0, x1, tolerance, max_steps):
    return _secant(slope, x0, x1, tolerance, max_steps, "twice")


def counts_steps(slope, x0, x1, tolerance, max_steps):
    x, calls = secant_minimum(slope, x0, x1, tolerance, max_steps)
    return x, calls - 1


def secant_minimum_with_lists(slope, x0, x1, tolerance, max_steps):
    x, s = [x0, x1], [slope(x0), slope(x1)]
    while len(x) - 2 < max_steps and s[-1] != s[-2]:
        x.append((x[-2] * s[-1] - x[-1] * s[-2]) / (s[-1] - s[-2]))
        if abs(x[-1] - x[-2]) < tolerance:
            break
        s.append(slope(x[-1]))
    return x[-1], len(s)


def secant_minimum_through_the_curvature(slope, x0, x1, tolerance, max_steps):
    called = 0

    def at(x):
        nonlocal called
        called += 1
        return slope(x)

    old, new = (x0, at(x0)), (x1, at(x1))
    for _ in range(max_steps):
        bend = new[1] - old[1]
        if bend == 0:
            break
        step = -new[1] / (bend / (new[0] - old[0]))
        x = new[0] + step
        if abs(x - new[0]) < tolerance:
            return x, called
        old, new = new, (x, at(x))
    return [new[0], called]


def secant_minimum_cases(rng):
    line = Polynomial(np.array([-2.0, 1.0]))
    cubic = Polynomial(np.array([0.0, -4.0, 3.0]))  # the slope of x^3 - 2x^2 + 2
    steep = Polynomial(np.array([0.0, -4e4, 3e4]))
    other = Polynomial(np.array([-float(rng.uniform(1, 4)), 0.5, 0.0, 1.0]))
    return [
        {"slope": line, "x0": 0.0, "x1": 1.0, "tolerance": 0.1, "max_steps": 1},
        {"slope": line, "x0": 0.0, "x1": 1.0, "tolerance": 0.1, "max_steps": 5},  # the slopes become equal: to zero
        {"slope": Polynomial(np.array([-1.0, 0.0, 1.0])), "x0": -3.0, "x1": 3.0, "tolerance": 0.1, "max_steps": 5},
        {"slope": cubic, "x0": 3.0, "x1": 2.5, "tolerance": 1e-3, "max_steps": 50},
        {"slope": cubic, "x0": 3.0, "x1": 2.5, "tolerance": 1e-9, "max_steps": 3},
        {"slope": cubic, "x0": 1.0, "x1": 1.25, "tolerance": 0.2, "max_steps": 0},
        {"slope": steep, "x0": 3.0, "x1": 2.5, "tolerance": 0.01, "max_steps": 50},  # its slope is not small so soon
        {"slope": other, "x0": 2.0, "x1": float(rng.uniform(2.5, 3)), "tolerance": 1e-5, "max_steps": 50},
    ]


SECANT_MINIMUM = Exercise(
    name="second_order.secant_minimum",
    title="The secant method, and what it pays",
    points=3,
    difficulty="core",
    hint="Keep two points and their two slopes. A step costs one new slope, because the other is the one you had. Look "
    "at the order of the three things in the loop: can a step be made; make it; was it short?",
    reference=secant_minimum,
    instances=secant_minimum_cases,
    misconceptions=(
        Misconception(
            keeps_the_first_point,
            "One of your two points stays where it was. After each step the *older* point is dropped: (x0, x1) becomes "
            "(x1, new).",
        ),
        Misconception(goes_the_other_way, "The sign: the step is minus the slope over the estimated curvature."),
        Misconception(
            mixes_the_two_slopes, "You go from x1 with the slope of x0. The step starts at x1, so it needs x1's slope."
        ),
        Misconception(
            stops_at_a_small_slope,
            "You stop when the slope is small; the exercise stops when the *step* is shorter than the tolerance.",
        ),
        Misconception(
            pays_for_a_last_slope,
            "Your point is right, but you compute a slope that nobody needs: ask first whether the step was short.",
        ),
        Misconception(returns_the_point_before, "The short last step counts: return the point that it reached."),
        Misconception(
            computes_both_slopes_anew,
            "You pay for two slopes in each step. One of them you know from the step before: keep it.",
        ),
        Misconception(
            counts_steps,
            "Your point is right. The second number counts the calls of slope: two at the beginning, and one for each "
            "step after which the method goes on.",
        ),
    ),
    alternatives=(secant_minimum_with_lists, secant_minimum_through_the_curvature),
    equivalent_mutants={
        "if abs(x0 - x1) < tolerance:": "a distance has no direction",
        "if abs(x1 - x0) <= tolerance:": "no step is exactly as long as the tolerance",
    },
    rtol=1e-7,
    atol=1e-10,
)
