"""Order crossover: a child of two tours that is a tour, and the edges that it has from nobody."""

from __future__ import annotations

import itertools

import numpy as np

from ..exercise import Exercise, Misconception


def order_child(mother, father, first, last):
    n = len(mother)
    kept = mother[first:last]
    rest = [city for city in father[last:] + father[:last] if city not in kept]
    child = (kept + rest)[n - first :] + (kept + rest)[: n - first]
    old = {frozenset((parent[k - 1], parent[k])) for parent in (mother, father) for k in range(n)}
    foreign = sum(frozenset((child[k - 1], child[k])) not in old for k in range(n))
    return child, foreign


def _foreign(child, parents, closed=True, directed=False):
    kind = tuple if directed else frozenset

    def edges(tour):
        pairs = list(itertools.pairwise(tour)) + ([(tour[-1], tour[0])] if closed else [])
        return {kind(pair) for pair in pairs}

    return len(edges(child) - set().union(*map(edges, parents)))


def _fill(mother, father, first, last, read_from, fill_from):
    n = len(mother)
    child = [None] * n
    child[first:last] = mother[first:last]
    cities = [c for c in father[read_from:] + father[:read_from] if c not in mother[first:last]]
    places = [k % n for k in range(fill_from, fill_from + n) if child[k % n] is None]
    for place, city in zip(places, cities, strict=True):
        child[place] = city
    return child


def copies_the_rest_from_the_father(mother, father, first, last):
    child = father[:first] + mother[first:last] + father[last:]
    return child, _foreign(child, (mother, father))


def reads_the_father_from_his_start(mother, father, first, last):
    child = _fill(mother, father, first, last, 0, last)
    return child, _foreign(child, (mother, father))


def fills_from_the_start(mother, father, first, last):
    child = _fill(mother, father, first, last, last, 0)
    return child, _foreign(child, (mother, father))


def reads_and_fills_from_the_start(mother, father, first, last):
    child = _fill(mother, father, first, last, 0, 0)
    return child, _foreign(child, (mother, father))


def exchanges_the_parents(mother, father, first, last):
    return order_child(father, mother, first, last)


def takes_one_city_more(mother, father, first, last):
    return order_child(mother, father, first, min(last + 1, len(mother)))


def takes_directions_for_edges(mother, father, first, last):
    child = order_child(mother, father, first, last)[0]
    return child, _foreign(child, (mother, father), directed=True)


def forgets_to_go_home(mother, father, first, last):
    child = order_child(mother, father, first, last)[0]
    return child, _foreign(child, (mother, father), closed=False)


def asks_the_mother_alone(mother, father, first, last):
    child = order_child(mother, father, first, last)[0]
    return child, _foreign(child, (mother,))


def order_child_place_by_place(mother, father, first, last):
    child = _fill(mother, father, first, last, last, last)
    return child, _foreign(child, (mother, father))


def order_child_with_arrays(mother, father, first, last):
    mother, father = np.array(mother), np.array(father)
    n = mother.size
    wheel = np.roll(father, -last)
    rest = wheel[~np.isin(wheel, mother[first:last])]
    child = np.roll(np.concatenate([mother[first:last], rest]), first)
    known = np.zeros((n, n), dtype=bool)
    for parent in (mother, father):
        following = np.roll(parent, -1)
        known[parent, following] = known[following, parent] = True
    return child, int(np.count_nonzero(~known[child, np.roll(child, -1)]))


def order_child_cases(rng):
    cases = [
        {"mother": [0, 1, 2, 3, 4], "father": [4, 2, 0, 1, 3], "first": 1, "last": 3},
        {"mother": [3, 0, 1, 2], "father": [0, 3, 1, 2], "first": 0, "last": 2},
        {"mother": [3, 0, 1, 2], "father": [1, 3, 0, 2], "first": 2, "last": 4},
        {"mother": [4, 2, 3, 0, 1, 5], "father": [0, 3, 1, 4, 5, 2], "first": 1, "last": 3},  # the last edge is new
        {"mother": [0, 1, 2, 3, 4, 5], "father": [5, 4, 3, 2, 1, 0], "first": 2, "last": 4},  # the same tour
    ]
    for n in (6, 8, 9, 9, 10, 10, 12):
        first, last = sorted(int(k) for k in rng.choice(np.arange(1, n - 1), size=2, replace=False))
        cases.append(
            {"mother": rng.permutation(n).tolist(), "father": rng.permutation(n).tolist(), "first": first, "last": last}
        )
    return cases


ORDER_CHILD = Exercise(
    name="evolutionary_swarm.order_child",
    title="A child that is a tour",
    points=3,
    difficulty="core",
    hint="Put the mother's stretch first and the rest behind it, then turn the list until the stretch is in its place. "
    "An edge has no direction: a `frozenset` of two cities has none either.",
    reference=order_child,
    instances=order_child_cases,
    misconceptions=(
        Misconception(
            copies_the_rest_from_the_father,
            "Your child visits some cities twice and others never: take from the father only what the stretch lacks.",
        ),
        Misconception(
            reads_the_father_from_his_start, "Read the father from the place `last` on; you begin at his start."
        ),
        Misconception(
            fills_from_the_start,
            "Fill the places from `last` on, and only then those before `first`; you begin at the start.",
        ),
        Misconception(
            reads_and_fills_from_the_start,
            "That is another order crossover: this one reads *and* fills from the place `last` on.",
        ),
        Misconception(exchanges_the_parents, "The stretch comes from the mother, the rest from the father."),
        Misconception(takes_one_city_more, "The stretch ends *before* the place `last`, as a slice does."),
        Misconception(
            takes_directions_for_edges, "From a to b or from b to a, it is the same edge: you count the directions."
        ),
        Misconception(forgets_to_go_home, "A round trip has an edge from its last city back to the first, too."),
        Misconception(asks_the_mother_alone, "An edge of the *father* is not foreign either."),
    ),
    alternatives=(order_child_place_by_place, order_child_with_arrays),
    equivalent_mutants={
        "n = len(father)": "both parents have all cities",
        **dict.fromkeys(
            (
                "old = {frozenset((parent[k], parent[k - 1])) for parent in (mother, father) for k in range(n)}",
                "old = {frozenset((parent[k - 1], parent[k])) for parent in (father, mother) for k in range(n)}",
                "foreign = sum((frozenset((child[k], child[k - 1])) not in old for k in range(n)))",
            ),
            "a set has no order",
        ),
    },
)
