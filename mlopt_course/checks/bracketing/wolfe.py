"""Challenge: a step that satisfies the strong Wolfe conditions."""

from __future__ import annotations

import math

import numpy as np

from ..exercise import Exercise, Misconception
from ..probes import Polynomial
from . import plots
from .line_search import step_kind


def wolfe_step(fun, slope, armijo, wolfe):
    height, steepness = fun(0.0), slope(0.0)
    short, long, t = 0.0, math.inf, 1.0
    for tried in range(1, 61):
        end = slope(t)
        if fun(t) > height + armijo * t * steepness or end > -wolfe * steepness:
            long = t
        elif end < wolfe * steepness:
            short = t
        else:
            return t, tried
        t = 2 * short if long == math.inf else (short + long) / 2
    return None


def _wolfe(fun, slope, armijo, wolfe, wrong=""):
    height, steepness = fun(0.0), slope(0.0)
    short, long, t = 0.0, math.inf, 1.0
    for tried in range(1, 61):
        end, high = slope(t), fun(t) > height + armijo * t * steepness
        if wrong == "armijo only" and not high:
            return t, tried
        if high or (wrong != "weak" and end > -wolfe * steepness):
            long = t
        elif end < wolfe * steepness:
            short = t
        else:
            return t, tried
        if wrong == "backtracks":
            t = t / 2
        elif wrong == "one more" and long == math.inf:
            t = t + 1
        else:
            t = 2 * short if long == math.inf else (0 if wrong == "from zero" else short) / 2 + long / 2
    return None


def is_content_with_armijo(fun, slope, armijo, wolfe):
    return _wolfe(fun, slope, armijo, wolfe, "armijo only")


def is_content_with_weak_wolfe(fun, slope, armijo, wolfe):
    return _wolfe(fun, slope, armijo, wolfe, "weak")


def only_ever_shrinks(fun, slope, armijo, wolfe):
    return _wolfe(fun, slope, armijo, wolfe, "backtracks")


def grows_by_one(fun, slope, armijo, wolfe):
    return _wolfe(fun, slope, armijo, wolfe, "one more")


def forgets_what_was_too_short(fun, slope, armijo, wolfe):
    return _wolfe(fun, slope, armijo, wolfe, "from zero")


def counts_from_zero(fun, slope, armijo, wolfe):
    t, tried = wolfe_step(fun, slope, armijo, wolfe)
    return t, tried - 1


def takes_the_lowest_point(fun, slope, armijo, wolfe):
    """An exact search by bisection of the slope."""
    short, long = 0.0, 1.0
    while slope(long) < 0:
        short, long = long, 2 * long
    for _ in range(60):
        middle = (short + long) / 2
        short, long = (middle, long) if slope(middle) < 0 else (short, middle)
    return long, 60


def wolfe_step_by_kind(fun, slope, armijo, wolfe):
    short, long, t, tried = 0.0, math.inf, 1.0, 1
    while True:
        kind = step_kind(fun, slope, t, armijo, wolfe)
        if kind == "strong":
            return [t, tried]
        short, long = (t, long) if kind == "too short" else (short, t)
        t = 2 * t if math.isinf(long) else (short + long) / 2
        tried += 1


def wolfe_step_recursively(fun, slope, armijo, wolfe):
    start, steep = fun(0), -slope(0)

    def search(short, long, t, tried):
        end = slope(t)
        if abs(end) <= wolfe * steep and start - fun(t) >= armijo * t * steep:
            return t, tried
        if end < 0 and start - fun(t) >= armijo * t * steep:
            return search(t, long, 2 * t if long is None else t + (long - t) / 2, tried + 1)
        return search(short, t, short + (t - short) / 2, tried + 1)

    return search(0.0, None, 1.0, 1)


def wolfe_step_cases(rng):
    def case(coefficients, armijo=1e-4, wolfe=0.9):
        coefficients = np.asarray(coefficients, dtype=float)
        return {"fun": Polynomial(coefficients), "slope": Polynomial(np.polynomial.polynomial.polyder(coefficients)),
                "armijo": armijo, "wolfe": wolfe}  # fmt: skip

    far, near = float(rng.uniform(5, 30)), float(rng.uniform(0.02, 0.2))
    return [
        case([1, -2, 1]),  # the first step is exact
        case([0, -20, 1], wolfe=0.1),
        case([0, -8, 1], wolfe=0.1),  # found by doubling alone
        case([0, -0.5, 1], wolfe=0.1),
        case([0, -1.2, 1], armijo=0.3, wolfe=0.5),
        case([0, -1, 3.2, -2]),  # too high behind a hump, where it goes down again
        case([5, -1, 3.2, -2], armijo=0.3, wolfe=0.5),
        case([-5, -1, 3.2, -2], armijo=0.1, wolfe=0.2),
        case([0, -2, 4.3, -2.4], armijo=0.1, wolfe=0.5),  # falls, but not enough
        case([0, -1, -4, 0, 3], wolfe=0.3),
        case([0, -3, 2.2, -0.3, 0.01], wolfe=0.1),
        case([0, -2 * far, 1], wolfe=0.05),
        case([0, -2 * near, 1], wolfe=0.05),
        case([0, -1, 0, 0, float(rng.uniform(5, 60))], armijo=0.1, wolfe=0.2),
    ]


WOLFE_STEP = Exercise(
    name="bracketing.wolfe_step",
    title="A step that satisfies the strong Wolfe conditions",
    points=4,
    difficulty="challenge",
    hint="Keep two numbers: the longest step known to be too short (0 at first) and the shortest known to be too long "
    "(none at first). Too high and too steep both mean too long.",
    reference=wolfe_step,
    instances=wolfe_step_cases,
    misconceptions=(
        Misconception(
            is_content_with_armijo,
            "You accept a step that falls enough, though it may be far too short: ask for the slope, too.",
        ),
        Misconception(
            is_content_with_weak_wolfe,
            "You accept a step at whose end the function rises steeply. The strong conditions call that too long.",
        ),
        Misconception(
            only_ever_shrinks,
            "You always halve the step. One that is too short must grow: double it, or go towards the long one.",
        ),
        Misconception(grows_by_one, "While no step has been too long, *double* it: the right one may be far away."),
        Misconception(
            forgets_what_was_too_short,
            "You halve the step that was too long. The middle lies between it and the longest one that was too short.",
        ),
        Misconception(
            counts_from_zero, "Your step is right. Count every step tried, the first and the accepted one included."
        ),
        Misconception(
            takes_the_lowest_point,
            "You search for the lowest point. The conditions accept a whole range of steps: take the first one tried "
            "that satisfies them.",
        ),
    ),
    alternatives=(wolfe_step_by_kind, wolfe_step_recursively),
    equivalent_mutants={
        "delete: return None": "a function without a return returns None; and no search is that long",
        "return -None": "no search is that long",
        "if end <= wolfe * steepness:": "no slope here is exactly at the limit",
        "if fun(t) > height + armijo * t * steepness or end >= -wolfe * steepness:": "no slope is exactly at the limit",
        "if fun(t) >= height + armijo * t * steepness or end > -wolfe * steepness:": "no step is exactly as high",
        "for tried in range(1, 122):": "no search is that long",
        "for tried in range(1, 60):": "no search is that long",
        "for tried in range(1, 62):": "no search is that long",
        "t = 2 * t if long == math.inf else (short + long) / 2": "while nothing was too long, t was too short",
    },
    play=plots.wolfe_on_a_curve,
)
