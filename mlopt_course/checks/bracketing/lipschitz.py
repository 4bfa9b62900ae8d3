"""A bound on how steep a function is gives a bound on how low it can be (Shubert and Piyavskii)."""

from __future__ import annotations

import itertools

import numpy as np

from ..exercise import Exercise, Misconception
from . import plots


def lowest_possible(x, values, steepest):
    order = np.argsort(x)
    x, values = x[order], values[order]
    gaps, rises = np.diff(x), np.diff(values)
    if np.any(np.abs(rises) > steepest * gaps):
        return None
    tips = (values[:-1] + values[1:] - steepest * gaps) / 2
    places = (x[:-1] + x[1:] - rises / steepest) / 2
    lowest = np.argmin(tips)
    return tips[lowest], places[lowest]


def _possible(x, values, steepest, wrong=""):
    """The right answer, or with one slip in it."""
    order = np.arange(len(x)) if wrong in ("unsorted", "unsorted, checked") else np.argsort(x)
    x, values = np.asarray(x)[order], np.asarray(values)[order]
    gaps, rises = np.diff(x), np.diff(values)
    if wrong not in ("believes", "unsorted") and np.any(np.abs(rises) > steepest * gaps):
        return None
    depth = steepest * gaps * (2 if wrong == "whole gap" else 1)
    tips = (values[:-1] + values[1:] - depth) / 2
    places = (x[:-1] + x[1:] - (0 if wrong == "middle" else -rises if wrong == "sign" else rises) / steepest) / 2
    if wrong == "widest":
        lowest = int(np.argmax(gaps))
    elif wrong == "lowest point":
        lowest = min(int(np.argmin(values)), len(gaps) - 1)
    else:
        lowest = int(np.argmin(tips))
    return tips[lowest], places[lowest]


def takes_them_as_sorted(x, values, steepest):
    return _possible(x, values, steepest, "unsorted")


def takes_them_as_sorted_and_checks_the_bound(x, values, steepest):
    return _possible(x, values, steepest, "unsorted, checked")


def puts_the_tip_in_the_middle(x, values, steepest):
    return _possible(x, values, steepest, "middle")


def moves_the_tip_to_the_higher_side(x, values, steepest):
    return _possible(x, values, steepest, "sign")


def goes_down_for_the_whole_gap(x, values, steepest):
    return _possible(x, values, steepest, "whole gap")


def looks_in_the_widest_gap(x, values, steepest):
    return _possible(x, values, steepest, "widest")


def looks_beside_the_lowest_point(x, values, steepest):
    return _possible(x, values, steepest, "lowest point")


def believes_the_bound(x, values, steepest):
    return _possible(x, values, steepest, "believes")


def lowest_possible_by_cones(x, values, steepest):
    """Each value forbids a cone below it; between two neighbours the cones meet in a tip."""
    best = None
    marks = sorted(zip(x, values, strict=True))
    for (a, f), (b, g) in itertools.pairwise(marks):
        if abs(g - f) > steepest * (b - a):
            return None
        down = ((b - a) + (f - g) / steepest) / 2  # how far right of a the two lines meet
        tip = (float(f - steepest * down), float(a + down))
        best = tip if best is None or tip[0] < best[0] else best
    return best


def lowest_possible_on_lines(x, values, steepest):
    order = sorted(range(len(x)), key=lambda k: x[k])
    tips = []
    for left, right in itertools.pairwise(order):
        heights = [values[left] + steepest * x[left], values[right] - steepest * x[right]]
        place, depth = np.linalg.solve([[steepest, 1.0], [-steepest, 1.0]], heights)
        if place < x[left] or place > x[right]:
            return None
        tips.append([depth, place])
    return min(tips)


def lowest_possible_cases(rng):
    marks = rng.permutation(np.linspace(-2, 3, 7) + rng.uniform(-0.2, 0.2, size=7))
    wave = np.sin(2 * marks) + 0.3 * marks
    return [
        {"x": np.array([0.0, 2.0]), "values": np.array([1.0, 1.0]), "steepest": 1.0},
        {"x": np.array([0.0, 2.0]), "values": np.array([1.0, 0.0]), "steepest": 1.0},
        {"x": np.array([0.0, 2.0]), "values": np.array([3.0, 0.0]), "steepest": 1.0},  # steeper than the bound says
        {"x": np.array([4.0, 0.0, 1.0]), "values": np.array([2.0, 1.5, 1.0]), "steepest": 2.0},
        {"x": np.array([0.0, 1.0, 4.0]), "values": np.array([0.0, 1.0, 1.5]), "steepest": 2.0},
        {"x": np.array([0.0, 1.0, 3.0]), "values": np.array([0.0, -1.0, 4.0]), "steepest": 3.0},
        {"x": np.array([0.0, 2.0]), "values": np.array([2.0, 0.0]), "steepest": 1.0},  # just as steep as it may be
        {"x": np.array([0.0, 1.0, 2.0]), "values": np.array([0.0, 0.5, 3.0]), "steepest": 1.0},
        {"x": np.array([0.0, 1.0, 3.0, 4.0]), "values": np.ones(4), "steepest": 2.0},
        {"x": np.array([0.0, 0.5]), "values": np.array([0.0, 2.0]), "steepest": 3.0},
        {"x": marks, "values": wave, "steepest": 2.5},
        {"x": marks, "values": 4 * wave, "steepest": 1.0},
    ]


LOWEST_POSSIBLE = Exercise(
    name="bracketing.lowest_possible",
    title="How low can it be?",
    points=3,
    difficulty="core",
    hint="From each known point the function can fall with the bound as its slope, no faster. Between two neighbours, "
    "the line falling from the left and the line rising to the right meet in a tip: two equations for its place "
    "and its depth.",
    reference=lowest_possible,
    instances=lowest_possible_cases,
    misconceptions=(
        Misconception(
            takes_them_as_sorted, "The points are not sorted: neighbours are next to each other on the line."
        ),
        Misconception(
            takes_them_as_sorted_and_checks_the_bound,
            "You return None for values that do not contradict the bound: the points are not sorted, so your gaps are "
            "negative.",
        ),
        Misconception(
            puts_the_tip_in_the_middle,
            "The tip is in the middle only between equal values. It lies nearer to the lower one.",
        ),
        Misconception(
            moves_the_tip_to_the_higher_side,
            "Your tip is on the wrong side of the middle: it lies nearer to the *lower* value.",
        ),
        Misconception(
            goes_down_for_the_whole_gap,
            "You let the function fall over the whole gap. It has to come up again to the next point: half of the gap "
            "each.",
        ),
        Misconception(
            looks_in_the_widest_gap, "The lowest tip is not always in the widest gap: compare the tips of all of them."
        ),
        Misconception(
            looks_beside_the_lowest_point, "The lowest tip need not be beside the lowest point: compare all tips."
        ),
        Misconception(
            believes_the_bound,
            "Two of these values are further apart than the bound allows, so it is wrong, and so is any certainty "
            "drawn from it: return None.",
        ),
    ),
    alternatives=(lowest_possible_by_cones, lowest_possible_on_lines),
    play=plots.sawtooth,
)
