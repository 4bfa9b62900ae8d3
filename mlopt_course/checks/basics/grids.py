"""Trying everything: the valleys that a grid sees, and how soon it is too much; every order is as good as another."""

from __future__ import annotations

import itertools
import math

import numpy as np

from ..exercise import Exercise, Misconception
from ..probes import Polynomial
from . import plots

# --- the valleys of a grid ----------------------------------------------------------------------------------------


def valleys(fun, low, high, points):
    grid = np.linspace(low, high, points)
    heights = [math.inf, *(fun(x) for x in grid), math.inf]
    return [x for x, left, here, right in zip(grid, heights, heights[1:], heights[2:], strict=False)
            if left > here < right]  # fmt: skip


def skips_the_ends(fun, low, high, points):
    grid = np.linspace(low, high, points)
    return [x for x in valleys(fun, low, high, points) if grid[0] < x < grid[-1]]


def keeps_only_the_lowest(fun, low, high, points):
    grid = np.linspace(low, high, points)
    return [grid[np.argmin([fun(x) for x in grid])]]


def takes_hills(fun, low, high, points):
    grid = np.linspace(low, high, points)
    heights = [-math.inf, *(fun(x) for x in grid), -math.inf]
    return [grid[i] for i in range(points) if heights[i] < heights[i + 1] > heights[i + 2]]


def takes_level_ground(fun, low, high, points):
    grid = np.linspace(low, high, points)
    heights = [math.inf, *(fun(x) for x in grid), math.inf]
    return [grid[i] for i in range(points) if heights[i] >= heights[i + 1] <= heights[i + 2]]


def stops_short_of_the_end(fun, low, high, points):
    return valleys(fun, low, low + (points - 1) * (high - low) / points, points)


def returns_the_heights(fun, low, high, points):
    return [fun(x) for x in valleys(fun, low, high, points)]


def returns_the_numbers(fun, low, high, points):
    grid = list(np.linspace(low, high, points))
    return [grid.index(x) for x in valleys(fun, low, high, points)]


def compares_with_the_left_only(fun, low, high, points):
    grid = np.linspace(low, high, points)
    heights = [math.inf, *(fun(x) for x in grid)]
    return [grid[i] for i in range(points) if heights[i + 1] < heights[i]]


def valleys_by_falls_and_rises(fun, low, high, points):
    grid = np.linspace(low, high, points)
    change = np.diff(fun(grid))
    falls, rises = np.append(True, change < 0), np.append(change > 0, True)
    return grid[falls & rises]


def valleys_one_by_one(fun, low, high, points):
    found = []
    grid = np.linspace(low, high, points)
    for i in range(points):
        neighbours = [fun(grid[j]) for j in (i - 1, i + 1) if 0 <= j < points]
        if fun(grid[i]) < min(neighbours):
            found.append(float(grid[i]))
    return found


def valleys_cases(rng):
    def case(coefficients, low, high, points):
        return {"fun": Polynomial(np.array(coefficients, dtype=float)), "low": float(low), "high": float(high),
                "points": points}  # fmt: skip

    middle, width = rng.uniform(-0.5, 0.5), rng.uniform(1.2, 1.6)
    wavy = np.polynomial.polynomial.polyfromroots([middle - width, middle - 0.5, middle, middle + 0.6, middle + width])
    integrated = np.concatenate([[1.0], wavy / np.arange(1, 7)])
    return [
        case([0, 0, 1], -1, 1, 3),
        case([1, 0, -2, 0, 1], -2, 2, 9),
        case([0, 0, -1], -1, 2, 7),
        case([1, 2], 0, 2, 2),
        case([3], 0, 1, 4),
        case([0, 0, 1], -1.5, 1.5, 4),
        case(integrated, middle - 2, middle + 2, 81),
        case(integrated, middle - 1.9, middle + 1.7, 14),
        case(rng.normal(size=6), -2, 2, 40),
    ]


VALLEYS = Exercise(
    name="basics.valleys",
    title="The valleys that a grid sees",
    points=2,
    difficulty="warm-up",
    hint="`np.linspace(low, high, points)` is the grid. Compute all heights first. The first and the last point have "
    "one neighbour only; a neighbour of height `math.inf` beyond each end saves you the two special cases.",
    reference=valleys,
    instances=valleys_cases,
    misconceptions=(
        Misconception(
            skips_the_ends,
            "You leave out the ends. On an interval the lowest place may well be at its border: an end counts if it is "
            "lower than its one neighbour.",
        ),
        Misconception(
            keeps_only_the_lowest,
            "You return the lowest point of all; asked are all the points that are lower than their neighbours, the "
            "local minima too.",
        ),
        Misconception(takes_hills, "These are the hilltops: you want points that are lower than their neighbours."),
        Misconception(
            takes_level_ground,
            "You take level ground as well: a valley is strictly lower than each neighbour, `<` and not `<=`.",
        ),
        Misconception(
            stops_short_of_the_end,
            "Your grid stops one step before `high`: both ends belong to it, as in `np.linspace(low, high, points)`.",
        ),
        Misconception(returns_the_heights, "You return the heights of the valleys; asked is where they are."),
        Misconception(returns_the_numbers, "You return the numbers of the grid points; asked are the points."),
        Misconception(
            compares_with_the_left_only,
            "You compare with the left neighbour only, so all of a falling slope counts. Look at both sides.",
        ),
    ),
    alternatives=(valleys_by_falls_and_rises, valleys_one_by_one),
    equivalent_mutants={
        "return [x for x, left, here, right in zip(grid, heights, heights[1:], heights[2:]) if left > here < right]": ""
        "without `strict` zip stops at the shortest as well",
    },
    play=plots.valleys_of_a_landscape,
)

# --- how far a grid can go ----------------------------------------------------------------------------------------


def largest_dimension(width, accuracy, budget):
    points = math.ceil(width / (2 * accuracy)) + 1
    return sum(points**dimension <= budget for dimension in range(1, budget.bit_length()))


def trusts_the_logarithm(width, accuracy, budget):
    points = math.ceil(width / (2 * accuracy)) + 1
    return int(math.log(budget, points))


def spaces_by_the_accuracy(width, accuracy, budget):
    return largest_dimension(2 * width, accuracy, budget)


def forgets_the_far_end(width, accuracy, budget):
    points = math.ceil(width / (2 * accuracy))
    dimension = 0
    while points > 1 and points ** (dimension + 1) <= budget:
        dimension += 1
    return dimension


def rounds_down(width, accuracy, budget):
    points = int(width / (2 * accuracy)) + 1
    dimension = 0
    while points > 1 and points ** (dimension + 1) <= budget:
        dimension += 1
    return dimension


def adds_up_the_axes(width, accuracy, budget):
    return budget // (math.ceil(width / (2 * accuracy)) + 1)


def goes_one_too_far(width, accuracy, budget):
    return largest_dimension(width, accuracy, budget) + 1


def returns_the_points(width, accuracy, budget):
    return math.ceil(width / (2 * accuracy)) + 1


def largest_dimension_by_dividing(width, accuracy, budget):
    points = math.ceil(width / (2 * accuracy)) + 1
    dimension = -1
    while budget:
        budget //= points
        dimension += 1
    return dimension


def largest_dimension_by_a_mended_logarithm(width, accuracy, budget):
    points = 1 - int(-width // (2 * accuracy))
    guess = round(math.log(budget) / math.log(points))
    return guess if points**guess <= budget else guess - 1


def largest_dimension_cases(rng):
    def case(width, accuracy, budget):
        return {"width": float(width), "accuracy": float(accuracy), "budget": int(budget)}

    return [
        case(1, 0.125, 25),
        case(1, 0.125, 24),
        case(9, 0.5, 1000),
        case(10, 0.375, 225),
        case(10, 0.375, 224),
        case(10, 0.375, 1),
        case(1, 0.5, 2**20),
        case(3, 0.5, 10**18),
        case(99, 0.5, 10**12),
        case(rng.integers(1, 20), 2.0 ** -rng.integers(3, 7), 10 ** int(rng.integers(6, 15))),
    ]


LARGEST_DIMENSION = Exercise(
    name="basics.largest_dimension",
    title="How far trying everything goes",
    points=2,
    difficulty="warm-up",
    hint="Between two grid points the worst place is the middle: so how far apart may they be? Count the gaps on one "
    "axis, then the points, both ends included. In d dimensions the grid has points**d points; Python's whole numbers "
    "are exact however large, so multiply rather than take logarithms.",
    reference=largest_dimension,
    instances=largest_dimension_cases,
    misconceptions=(
        Misconception(
            trusts_the_logarithm,
            "Your logarithm is right on paper, but `math.log(1000, 10)` is 2.9999999999999996 in floating point. Whole "
            "numbers are exact: compare points**d with the budget.",
        ),
        Misconception(
            spaces_by_the_accuracy,
            "Your grid is twice as fine as it need be: neighbours may be 2 * accuracy apart, since the worst place is "
            "halfway between them.",
        ),
        Misconception(
            forgets_the_far_end, "You count the gaps: with both ends included there is one point more than gaps."
        ),
        Misconception(
            rounds_down,
            "You round the number of gaps down, and the gaps become too wide: part of a gap needs a gap of its own.",
        ),
        Misconception(
            adds_up_the_axes,
            "You add the axes up. Each point on one axis is combined with every point on the others: points * points "
            "* ..., not points + points + ...",
        ),
        Misconception(
            goes_one_too_far, "You return the first dimension that is too large; asked is the last that fits."
        ),
        Misconception(
            returns_the_points, "This is the number of points on one axis; asked is how many axes the budget allows."
        ),
    ),
    alternatives=(largest_dimension_by_dividing, largest_dimension_by_a_mended_logarithm),
    equivalent_mutants={
        "return sum((points ** dimension <= budget for dimension in range(1, budget.bit_length() + 1)))": "even two "
        "points an axis do not fit in that dimension",
    },
)

# --- no free lunch ------------------------------------------------------------------------------------------------


def average_best(visits, points, values):
    functions = list(itertools.product(values, repeat=points))
    return sum(min(function[place] for place in visits) for function in functions) / len(functions)


def takes_the_lowest_anywhere(visits, points, values):
    return average_best(range(points), points, values)


def pays_twice_for_a_place(visits, points, values):
    return average_best(range(len(visits)), max(points, len(visits)), values)


def averages_what_it_saw(visits, points, values):
    return sum(values) / len(values)


def takes_the_best_average(visits, points, values):
    return min(values)


def keeps_the_highest(visits, points, values):
    functions = list(itertools.product(values, repeat=points))
    return sum(max(function[place] for place in visits) for function in functions) / len(functions)


def uses_each_value_once(visits, points, values):
    functions = list(itertools.permutations(values, points))
    return sum(min(function[place] for place in visits) for function in functions) / len(functions)


def adds_without_dividing(visits, points, values):
    return average_best(visits, points, values) * len(values) ** points


def average_best_by_counting_places(visits, points, values):
    places = len(set(visits))
    ranked = sorted(values)
    worse = [len(ranked) - i for i in range(len(ranked) + 1)]
    return sum(v * (worse[i] ** places - worse[i + 1] ** places) for i, v in enumerate(ranked)) / len(values) ** places


def average_best_by_recursion(visits, points, values):
    found = []

    def extend(function):
        if len(function) == points:
            found.append(min(function[place] for place in visits))
        else:
            for value in values:
                extend([*function, value])

    extend([])
    return np.mean(found)


def average_best_cases(rng):
    def case(visits, points, values):
        return {"visits": [int(place) for place in visits], "points": points, "values": [int(v) for v in values]}

    return [
        case([0, 1], 2, [0, 1]),
        case([1], 2, [0, 4]),
        case([2, 0, 2], 3, [1, 2, 7]),
        case([0, 1, 2], 3, [5, 3, 8]),
        case([3, 3, 3, 3], 4, [1, 2, 4, 8]),
        case(rng.permutation(4)[:3], 4, 3 * rng.permutation(10)[:5] - 9),
        case(rng.integers(0, 5, size=4), 5, rng.permutation(20)[:5]),
    ]


AVERAGE_BEST = Exercise(
    name="basics.average_best",
    title="No free lunch, counted",
    points=2,
    difficulty="core",
    hint="`itertools.product(values, repeat=points)` runs through all functions: each is a tuple with the value at "
    "every place. For one function, which values does the search see, and which of them does it keep? Then average "
    "over the functions.",
    reference=average_best,
    instances=average_best_cases,
    misconceptions=(
        Misconception(
            takes_the_lowest_anywhere,
            "You take the lowest value of each function, wherever it is; the search knows only the places it visited.",
        ),
        Misconception(
            pays_twice_for_a_place,
            "You count a second visit to a place as news: the function has the same value there as before.",
        ),
        Misconception(
            averages_what_it_saw,
            "You average the values seen; a search keeps the best one, so take the lowest on each function first.",
        ),
        Misconception(
            takes_the_best_average,
            "You look for the best over all functions: take the lowest value seen on each function, then the average "
            "over the functions.",
        ),
        Misconception(keeps_the_highest, "You keep the highest value seen; here the lower is the better."),
        Misconception(
            uses_each_value_once,
            "Your functions never take a value twice: at each place any of the values is possible, whatever the other "
            "places have (`itertools.product`, not `permutations`).",
        ),
        Misconception(adds_without_dividing, "This is the sum over all functions; asked is their average."),
    ),
    alternatives=(average_best_by_counting_places, average_best_by_recursion),
    equivalent_mutants={
        "return sum((min((function[place - 1] for place in visits)) for function in functions)) / len(functions)": ""
        "all places move by one, round the circle: no free lunch",
    },
)
