"""The chance that an ant walks a given round trip."""

from __future__ import annotations

import itertools
import math

import numpy as np

from ..exercise import Exercise, Misconception


def tour_chance(tour, weights):
    n, chance = len(tour), 0.0
    for way in (tour, tour[::-1]):
        for start in range(n):
            walk = way[start:] + way[:start]
            steps = [weights[walk[k], walk[k + 1]] / weights[walk[k], walk[k + 1 :]].sum() for k in range(n - 1)]
            chance = chance + math.prod(steps) / n
    return chance


def _walk(walk, weights, among_all=False, goes_home=False):
    """The chance of a walk from its first city on."""
    chance = 1.0
    for k in range(len(walk) - 1):
        others = [j for j in walk if j != walk[k]] if among_all else walk[k + 1 :]
        chance *= weights[walk[k], walk[k + 1]] / sum(weights[walk[k], j] for j in others)
    if goes_home:
        chance *= weights[walk[-1], walk[0]] / sum(weights[walk[-1], j] for j in walk[:-1])
    return chance


def _turns(tour):
    return [tour[k:] + tour[:k] for k in range(len(tour))]


def begins_in_the_first_city_only(tour, weights):
    return _walk(tour, weights) + _walk([tour[0], *tour[:0:-1]], weights)


def walks_one_way_round_only(tour, weights):
    return sum(_walk(walk, weights) for walk in _turns(tour)) / len(tour)


def asks_for_this_very_walk(tour, weights):
    return _walk(tour, weights) / len(tour)


def counts_every_start_in_full(tour, weights):
    return len(tour) * tour_chance(tour, weights)


def multiplies_one_walk(tour, weights):
    """2 n walks, as if all of them were equally likely."""
    return 2 * _walk(tour, weights)


def draws_among_all_cities(tour, weights):
    walks = _turns(tour) + _turns(tour[::-1])
    return sum(_walk(walk, weights, among_all=True) for walk in walks) / len(tour)


def draws_the_way_home(tour, weights):
    walks = _turns(tour) + _turns(tour[::-1])
    return sum(_walk(walk, weights, goes_home=True) for walk in walks) / len(tour)


def holds_all_tours_equally_likely(tour, weights):
    return 2 / math.factorial(len(tour) - 1)


def divides_weights_of_tours(tour, weights):
    """As if an ant drew among whole tours, in proportion to the product of their weights."""

    def product(order):
        return math.prod(weights[a, b] for a, b in zip(order, (*order[1:], order[0]), strict=True))

    first, *others = tour
    total = sum(product((first, *order)) for order in itertools.permutations(others))
    return (product(tour) + product(tour[::-1])) / total


def tour_chance_step_by_step(tour, weights):
    walks = _turns(list(tour)) + _turns(list(tour)[::-1])
    return sum(_walk(walk, weights) for walk in walks) / len(tour)


def tour_chance_of_all_orders(tour, weights):
    """Every order of the cities, and those kept that have the same edges."""
    n = len(tour)
    wanted = {frozenset((tour[k - 1], tour[k])) for k in range(n)}
    chance = 0.0
    for order in itertools.permutations(range(n)):
        if {frozenset((order[k - 1], order[k])) for k in range(n)} == wanted:
            open_to, here = np.ones(n), 1 / n
            for a, b in itertools.pairwise(order):
                open_to[a] = 0
                here *= weights[a, b] / (weights[a] @ open_to)
            chance += here
    return chance


def tour_chance_cases(rng):
    five = np.array([[0, 2, 2, 5, 7], [2, 0, 4, 8, 2], [2, 4, 0, 1, 3], [5, 8, 1, 0, 6], [7, 2, 3, 6, 0]], dtype=float)
    near = (five + np.eye(5)) ** -3.0 - np.eye(5)
    cases = [
        {"tour": [0, 1, 2], "weights": np.array([[0.0, 1.0, 2.0], [1.0, 0.0, 4.0], [2.0, 4.0, 0.0]])},
        {"tour": [0, 1, 3, 2], "weights": 1.0 - np.eye(4)},
        {"tour": [0, 2, 3, 4, 1], "weights": near},
        {"tour": [3, 1, 4, 0, 2], "weights": near},
    ]
    for n in (4, 5, 6):
        weights = rng.uniform(0.2, 3, size=(n, n)).round(2)
        cases.append({"tour": rng.permutation(n).tolist(), "weights": weights * (1 - np.eye(n))})
    return cases


_STEP = "steps = [weights[walk[k], walk[k + 1]] / weights[walk[k], walk["

TOUR_CHANCE = Exercise(
    name="evolutionary_swarm.tour_chance",
    title="The chance of the shortest tour",
    points=3,
    difficulty="core",
    hint="A round trip through n cities can be walked in 2n ways: from each city, either way round. What is the chance "
    "of one such walk? Check yours on a case where all weights are 1.",
    reference=tour_chance,
    instances=tour_chance_cases,
    misconceptions=(
        Misconception(
            begins_in_the_first_city_only,
            "An ant may begin in any city. From another city the same round trip has another chance: take the mean.",
        ),
        Misconception(
            walks_one_way_round_only, "The same round trip may be walked the other way, and that has a chance, too."
        ),
        Misconception(
            asks_for_this_very_walk,
            "That is the chance of walking these cities in this very order. The same round trip can begin in any city, "
            "and go either way.",
        ),
        Misconception(counts_every_start_in_full, "An ant begins in each city with the probability 1/n only."),
        Misconception(
            multiplies_one_walk,
            "The 2n walks of a round trip are not equally likely: from another city there are other choices.",
        ),
        Misconception(
            draws_among_all_cities, "In each step the ant chooses among the cities that are still *open*, no others."
        ),
        Misconception(
            draws_the_way_home,
            "The way home is no choice: no city is open any more, and the ant returns where it began.",
        ),
        Misconception(
            holds_all_tours_equally_likely, "All tours are equally likely only where all weights are the same."
        ),
        Misconception(
            divides_weights_of_tours,
            "An ant chooses city by city, not among whole tours: a product of shares is not the share of a product.",
        ),
    ),
    alternatives=(tour_chance_step_by_step, tour_chance_of_all_orders),
    equivalent_mutants={
        "n, chance = (len(weights), 0.0)": "there is a row of weights for each city",
        "for way in (tour[::-1], tour):": "a sum has no order",
        f"{_STEP}k:]].sum() for k in range(n - 1)]": "a city has no weight for itself",
        f"{_STEP}k + 1 - 1:]].sum() for k in range(n - 1)]": "a city has no weight for itself",
        f"{_STEP}k + 0:]].sum() for k in range(n - 1)]": "a city has no weight for itself",
        f"{_STEP}k + 1:]].sum() for k in range(n - 1 - 1)]": "the last step has no choice",
        f"{_STEP}k + 1:]].sum() for k in range(n - 2)]": "the last step has no choice",
    },
)
