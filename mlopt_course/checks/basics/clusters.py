"""Challenge: every way to cut sorted numbers into groups, each tried: how many groups, and which."""

from __future__ import annotations

import itertools
import math

import numpy as np

from ..exercise import Exercise, Misconception
from . import plots


def best_groups(values, price):
    values = np.sort(values)
    best, sizes = math.inf, []
    for k in range(1, len(values) + 1):
        for cuts in itertools.combinations(range(1, len(values)), k - 1):
            groups = np.split(values, cuts)
            cost = price * k + sum(np.sum((group - group.mean()) ** 2) for group in groups)
            if cost < best:
                best, sizes = cost, [len(group) for group in groups]
    return sizes, best


def _best_groups(values, price, spread=np.var, weighted=True, numbers=None, even=False, ordered=True):
    """The right answer, or with one slip in it."""
    values = np.sort(values) if ordered else np.array(values)
    n, found = len(values), []
    for k in numbers or range(1, n + 1):
        ways: list[tuple[int, ...]] = list(itertools.combinations(range(1, n), k - 1))
        if even:
            ways = [tuple(round(i * n / k) for i in range(1, k))]
        for cuts in ways:
            groups = np.split(values, cuts)
            cost = sum(spread(group) * (len(group) if weighted else 1) for group in groups)
            found.append((price * k + float(cost), [len(group) for group in groups]))
    best, sizes = min(found, key=lambda way: way[0])
    return sizes, best


def asks_no_price(values, price):
    return _best_groups(values, 0.0)


def always_makes_two(values, price):
    return _best_groups(values, price, numbers=[2])


def forgets_to_sort(values, price):
    return _best_groups(values, price, ordered=False)


def makes_groups_of_one_size(values, price):
    return _best_groups(values, price, even=True)


def averages_in_each_group(values, price):
    return _best_groups(values, price, weighted=False)


def adds_distances_not_squares(values, price):
    return _best_groups(values, price, spread=lambda group: np.mean(np.abs(group - group.mean())))


def pays_for_every_cut(values, price):
    sizes, best = _best_groups(values, price)
    return sizes, best - price


def best_groups_by_dynamic_programming(values, price):
    """The best way for the first n numbers, from the best ways for fewer: n**2 steps instead of 2**n."""
    values = sorted(values)
    ways: list[tuple[float, list[int]]] = [(0.0, [])]
    for end in range(1, len(values) + 1):
        tried = []
        for start in range(end):
            group = np.array(values[start:end])
            cost = ways[start][0] + price + float(((group - group.mean()) ** 2).sum())
            tried.append((cost, [*ways[start][1], end - start]))
        ways.append(min(tried))
    return ways[-1][1], ways[-1][0]


def best_groups_by_bits(values, price):
    values = np.sort(values)
    found = {}
    for cuts in itertools.product([False, True], repeat=len(values) - 1):
        groups = [[values[0]]]
        for value, cut in zip(values[1:], cuts, strict=True):
            if cut:
                groups.append([])
            groups[-1].append(value)
        spread = sum(len(group) * np.var(group) for group in groups)
        found[price * len(groups) + spread] = tuple(len(group) for group in groups)
    return found[min(found)], min(found)


def best_groups_cases(rng):
    def case(values, price):
        return {"values": np.array(values, dtype=float), "price": float(price)}

    three = np.concatenate([rng.normal(place, 0.3, size=n) for place, n in ((-4, 2), (0.5, 4), (6, 1))])
    return [
        case([0, 4], 1),
        case([1], 2),
        case([5, 1, 2], 2),
        case([0, 1, 3, 2], 100),
        case([7, 1, 6, 2, 12], 3),
        case(rng.permutation(three), rng.uniform(0.8, 1.2)),
        case(rng.normal(size=8), 0.3),
        case(3 * rng.permutation(8) + rng.normal(0, 0.1, size=8), 0.5),  # eight groups of one
    ]


BEST_GROUPS = Exercise(
    name="basics.best_groups",
    title="How many clusters?",
    points=3,
    difficulty="challenge",
    hint="After sorting, a way to make k groups is a choice of k - 1 places to cut, of the n - 1 places between "
    "neighbours: `itertools.combinations(range(1, n), k - 1)`, and `np.split(values, cuts)` cuts there. Try every k, "
    "and every choice; keep the cheapest.",
    reference=best_groups,
    instances=best_groups_cases,
    misconceptions=(
        Misconception(
            asks_no_price,
            "Without the price the winner is always one group for each number, with a spread of zero: the spread alone "
            "cannot choose the number of groups. Add price * k.",
        ),
        Misconception(always_makes_two, "You always make two groups: try every number of groups, from 1 to n."),
        Misconception(
            forgets_to_sort,
            "You cut the numbers in the order in which they came: sort them first, so that near ones stand together.",
        ),
        Misconception(
            makes_groups_of_one_size,
            "You try groups of one size only; a group may have any size. Try every choice of places to cut.",
        ),
        Misconception(
            averages_in_each_group,
            "You average the squares within each group, so a large group costs no more than a small one. Sum them.",
        ),
        Misconception(adds_distances_not_squares, "You add up distances from the mean; asked are their squares."),
        Misconception(
            pays_for_every_cut,
            "Your cost has the price of the cuts; asked is that of the groups, one more than cuts.",
        ),
    ),
    alternatives=(best_groups_by_dynamic_programming, best_groups_by_bits),
    equivalent_mutants={
        "cost = price * k + sum((np.sum((group.mean() - group) ** 2) for group in groups))": "the sign is squared",
        "for cuts in itertools.combinations(range(-1, len(values)), k - 1):": "a cut at either end leaves a group "
        "empty, whose mean is nan, and nan is never cheaper",
        "for cuts in itertools.combinations(range(0, len(values)), k - 1):": "as for a cut at -1",
        "for cuts in itertools.combinations(range(1, len(values) + 1), k - 1):": "as for a cut at -1",
        "for k in range(1, len(values) + 1 + 1):": "there are too few places for as many cuts",
        "for k in range(1, len(values) + 2):": "there are too few places for as many cuts",
        "values = -np.sort(values)": "the mirror image, still in the order of the values",
        "if cost <= best:": "the task leaves open which of two equally cheap ways is returned",
    },
    play=plots.groups_by_price,
)
