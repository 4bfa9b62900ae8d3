"""DIRECT: the rectangles that are worth dividing."""

from __future__ import annotations

import math

import numpy as np

from ..exercise import Exercise, Misconception
from . import plots


def potentially_optimal(sizes, values, epsilon):
    wanted = min(values) - epsilon * abs(min(values))
    chosen = []
    for j in range(len(sizes)):
        least, most = 0.0, math.inf
        for i in range(len(sizes)):
            rise, run = values[j] - values[i], sizes[j] - sizes[i]
            if run > 0:
                least = max(least, rise / run)
            elif run < 0:
                most = min(most, rise / run)
            elif rise > 0:
                most = 0.0
        if most > 0 and least <= most and values[j] - most * sizes[j] <= wanted:
            chosen.append(j)
    return chosen


def _choose(sizes, values, epsilon, wrong=""):
    sizes, values = np.asarray(sizes, dtype=float), np.asarray(values, dtype=float)
    wanted = values.min() - epsilon * abs(values.min())
    if wrong == "signed":
        wanted = values.min() * (1 - epsilon)
    chosen = []
    for j, (size, value) in enumerate(zip(sizes, values, strict=True)):
        larger, smaller, same = sizes > size, sizes < size, sizes == size
        most = float(np.min((values[larger] - value) / (sizes[larger] - size), initial=math.inf))
        least = float(np.max((value - values[smaller]) / (size - sizes[smaller]), initial=-math.inf))
        if wrong != "all of a size" and (values[same] < value).any():
            continue
        if (
            wrong == "first of ties"
            and (values[same] == value).any()
            and np.flatnonzero(same & (values == value))[0] < j
        ):
            continue
        if wrong != "whole hull":
            least = max(least, 0.0)
            if most <= 0:
                continue
        if least > most or (wrong == "corners only" and least == most):
            continue
        if wrong == "least promise":
            promised = value - least * size if least > -math.inf else value
        else:
            promised = value - most * size
        if promised <= wanted or wrong == "no epsilon":
            chosen.append(j)
    return chosen


def takes_the_best_of_every_size(sizes, values, epsilon):
    return [j for j in range(len(sizes)) if values[j] == min(values[sizes == sizes[j]])]


def divides_all_that_no_larger_one_beats(sizes, values, epsilon):
    """The front instead of the hull."""
    return [
        j
        for j, (size, value) in enumerate(zip(sizes, values, strict=True))
        if not ((sizes >= size) & (values < value) | (sizes > size) & (values <= value)).any()
    ]


def divides_all_small_ones(sizes, values, epsilon):
    return _choose(sizes, values, epsilon, "no epsilon")


def allows_negative_slopes(sizes, values, epsilon):
    return _choose(sizes, values, epsilon, "whole hull")


def keeps_one_of_equals(sizes, values, epsilon):
    return _choose(sizes, values, epsilon, "first of ties")


def leaves_out_what_lies_on_an_edge(sizes, values, epsilon):
    return _choose(sizes, values, epsilon, "corners only")


def promises_with_the_least_slope(sizes, values, epsilon):
    return _choose(sizes, values, epsilon, "least promise")


def forgets_the_absolute_value(sizes, values, epsilon):
    return _choose(sizes, values, epsilon, "signed")


def potentially_optimal_with_arrays(sizes, values, epsilon):
    return np.array(_choose(sizes, values, epsilon))


def potentially_optimal_by_a_hull(sizes, values, epsilon):
    """From the largest size down; a point is dropped only if it lies above the edge."""

    def rise(one, other):
        return (one[1] - other[1]) / (one[0] - other[0])

    lowest: dict[float, float] = {}
    for size, value in zip(sizes, values, strict=True):
        lowest[size] = min(value, lowest.get(size, math.inf))
    hull: list[tuple[float, float]] = []
    for size in sorted(lowest, reverse=True):
        value = lowest[size]
        if hull and value >= hull[-1][1]:
            continue
        while len(hull) > 1 and rise(hull[-2], hull[-1]) < rise(hull[-1], (size, value)):
            hull.pop()
        hull.append((size, value))
    target = min(values) - epsilon * abs(min(values))
    good = set()
    for k, (size, value) in enumerate(hull):
        slope = math.inf if k == 0 else rise(hull[k - 1], (size, value))
        if value - slope * size <= target:
            good.add((size, value))
    return [j for j, pair in enumerate(zip(sizes, values, strict=True)) if pair in good]


def potentially_optimal_cases(rng):
    def case(sizes, values, epsilon=0.0):
        return {"sizes": np.array(sizes, dtype=float), "values": np.array(values, dtype=float), "epsilon": epsilon}

    def after_some_rounds(n, epsilon):
        sizes = 3.0 ** -rng.integers(0, 5, size=n)
        return case(sizes, 3 * sizes * rng.uniform(-1, 1, size=n) + rng.uniform(0, 2, size=n) - 1, epsilon)

    def steep(n, slope):
        sizes = rng.uniform(0.2, 2, size=n)
        values = slope * (sizes**1.3 + 0.2 * rng.uniform(0, 1, size=n))
        return case(sizes, values, 0.0)

    return [
        case([1], [5]),
        case([2, 1], [3, 1]),
        case([1, 2], [3, 1]),
        case([1, 2, 2], [0, 4, 4]),  # equal ones
        case([2, 2], [0, 1]),
        case([4, 3, 2], [10, 7, 0]),  # the second lies above the edge
        case([2, 2.5, 3, 4], [0, 4, 6, 10]),
        case([2, 1, 1, 2], [4, 1, 3, 5]),
        case([4, 3, 2, 1], [8, 7, 3, 2]),  # the second lies above the edge
        case([3, 2, 1], [6, 4, 2]),  # on the edge
        case([1, 2, 3], [4, 4, 9]),  # as low, and larger
        case([4, 3, 1], [9, 3, 5]),  # small, and not even low
        case([4, 2, 1], [10, 3, 2.5], 0.01),
        case([4, 2, 1], [10, 3, 2.5], 0.5),
        case([4, 2, 1], [0, -7, -7.5], 0.5),
        case([2, 1], [1, -2], 1.5),  # promises exactly what is wanted
        case([4, 2, 1], [3, 0, -1], 0.25),
        steep(6, 3.0),
        steep(12, 0.3),
        steep(20, 8.0),
        after_some_rounds(8, 0.0),
        after_some_rounds(12, 0.05),
        after_some_rounds(25, 0.2),
    ]


POTENTIALLY_OPTIMAL = Exercise(
    name="direct_search.potentially_optimal",
    title="The rectangles that are best for some slope",
    points=4,
    difficulty="challenge",
    hint="Rectangle j is no worse than i if v[j] - K s[j] <= v[i] - K s[i]. If j is larger that asks for a K that is "
    "large enough, if it is smaller for one that is small enough. What is left of K > 0 after all i?",
    reference=potentially_optimal,
    instances=potentially_optimal_cases,
    misconceptions=(
        Misconception(
            takes_the_best_of_every_size,
            "The best of a size need not be best for any K: it may lie above the line between a smaller and a larger "
            "one.",
        ),
        Misconception(
            divides_all_that_no_larger_one_beats,
            "You choose whatever no larger rectangle beats. It may still lie above the line between a smaller and a "
            "larger one, and then it is best for no K.",
        ),
        Misconception(divides_all_small_ones, "Leave out those that promise too little: that is what epsilon is for."),
        Misconception(
            allows_negative_slopes,
            "You let K be zero or negative. One that is smaller than another and no lower is best for no K > 0.",
        ),
        Misconception(keeps_one_of_equals, "Rectangles of the same size and value are all chosen, not only the first."),
        Misconception(
            leaves_out_what_lies_on_an_edge,
            "A rectangle that is best for one single K counts, too: it lies on an edge of the hull.",
        ),
        Misconception(
            promises_with_the_least_slope,
            "What a rectangle promises is its bound for the *largest* K for which it is best.",
        ),
        Misconception(
            forgets_the_absolute_value,
            "For a negative minimum fmin - epsilon * fmin is *above* fmin: take the absolute value.",
        ),
    ),
    alternatives=(potentially_optimal_with_arrays, potentially_optimal_by_a_hull),
    equivalent_mutants={
        "for i in range(len(values)):": "there is a value for each size",
        "for j in range(len(values)):": "there is a value for each size",
        "least, most = (-1.0, math.inf)": "K > 0 is asked for by most > 0 already",
        "least = max(rise / run, least)": "the larger of two numbers has no order",
        "most = min(rise / run, most)": "the smaller of two numbers has no order",
        "most = -0.0": "zero has no sign here",
        "most = -1.0": "no K is above 0 or above -1 and below it",
    },
    play=plots.hull_of_rectangles,
)
