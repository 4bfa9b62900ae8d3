"""A genetic algorithm on strings of bits, with faults to be found."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Misconception
from ..probes import Quadratic
from . import plots


def bit_search(fun, population, contests, cuts, flips, patience):
    X, waited = population, 0
    values = np.array([fun(x) for x in X])
    for generation in range(len(contests)):
        low, elite = values.min(), X[np.argmin(values)]
        first, second = contests[generation].T
        parents = X[np.where(values[first] <= values[second], first, second)]
        X = parents.copy()
        for k, cut in enumerate(cuts[generation]):
            X[2 * k, cut:] = parents[2 * k + 1, cut:]
            X[2 * k + 1, cut:] = parents[2 * k, cut:]
        X = np.where(flips[generation], 1 - X, X)
        values = np.array([fun(x) for x in X])
        worst = np.argmax(values)
        X[worst], values[worst] = elite, low
        waited = waited + 1 if values.min() == low else 0
        if waited == patience:
            return elite, generation + 1
    return X[np.argmin(values)], len(contests)


def _search(fun, population, contests, cuts, flips, patience, faults=()):
    """The same with some of the faults: exchange, late, value, patience."""
    X, waited = population, 0
    values = np.array([fun(x) for x in X])
    for generation in range(len(contests)):
        low, elite = values.min(), X[np.argmin(values)]
        first, second = contests[generation].T
        X = X[np.where(values[first] <= values[second], first, second)]
        for k, cut in enumerate(cuts[generation]):
            tail = X[2 * k, cut:] if "exchange" in faults else X[2 * k, cut:].copy()
            X[2 * k, cut:] = X[2 * k + 1, cut:]
            X[2 * k + 1, cut:] = tail
        if "late" not in faults:
            X = np.where(flips[generation], 1 - X, X)
        values = np.array([fun(x) for x in X])
        worst = np.argmax(values)
        X[worst] = elite
        if "value" not in faults:
            values[worst] = low
        if "late" in faults:
            X = np.where(flips[generation], 1 - X, X)
        waited = waited + 1 if values.min() == low else (waited if "patience" in faults else 0)
        if waited == patience:
            break
    return X[np.argmin(values)], generation + 1


def repairs_nothing(fun, population, contests, cuts, flips, patience):
    return _search(fun, population, contests, cuts, flips, patience, ("exchange", "late", "value", "patience"))


def leaves_the_exchange(fun, population, contests, cuts, flips, patience):
    return _search(fun, population, contests, cuts, flips, patience, ("exchange",))


def mutates_last(fun, population, contests, cuts, flips, patience):
    return _search(fun, population, contests, cuts, flips, patience, ("late",))


def forgets_the_value_of_the_elite(fun, population, contests, cuts, flips, patience):
    return _search(fun, population, contests, cuts, flips, patience, ("value",))


def leaves_the_patience(fun, population, contests, cuts, flips, patience):
    return _search(fun, population, contests, cuts, flips, patience, ("patience",))


def leaves_exchange_and_patience(fun, population, contests, cuts, flips, patience):
    return _search(fun, population, contests, cuts, flips, patience, ("exchange", "patience"))


def leaves_exchange_and_value(fun, population, contests, cuts, flips, patience):
    return _search(fun, population, contests, cuts, flips, patience, ("exchange", "value"))


def repairs_only_the_exchange(fun, population, contests, cuts, flips, patience):
    return _search(fun, population, contests, cuts, flips, patience, ("late", "value", "patience"))


def repairs_only_the_order(fun, population, contests, cuts, flips, patience):
    return _search(fun, population, contests, cuts, flips, patience, ("exchange", "value", "patience"))


def bit_search_all_together(fun, population, contests, cuts, flips, patience):
    return _search(fun, population, contests, cuts, flips, patience)


def bit_search_with_lists(fun, population, contests, cuts, flips, patience):
    people = [[int(bit) for bit in x] for x in population]
    scores = [fun(x) for x in people]
    since, generation = 0, 0
    while generation < len(contests) and since < patience:
        best = people[scores.index(min(scores))]
        chosen = [people[i] if scores[i] <= scores[j] else people[j] for i, j in contests[generation]]
        children = []
        for cut, mother, father in zip(cuts[generation], chosen[::2], chosen[1::2], strict=True):
            children += [mother[:cut] + father[cut:], father[:cut] + mother[cut:]]
        children = [[bit ^ bool(flip) for bit, flip in zip(child, row, strict=True)]
                    for child, row in zip(children, flips[generation], strict=True)]  # fmt: skip
        found = [fun(child) for child in children]
        children[found.index(max(found))] = best
        found[found.index(max(found))] = min(scores)
        since = 0 if min(found) < min(scores) else since + 1
        people, scores, generation = children, found, generation + 1
    return people[scores.index(min(scores))], generation


def bit_search_cases(rng):
    def case(n, d, generations, patience, rate, A=None):
        pull = rng.integers(-3, 4, size=(d, d)) if A is None else A
        return {
            "fun": Quadratic((pull + pull.T).astype(float), rng.integers(-3, 4, size=d) + rng.uniform(0, 0.5, size=d)),
            "population": rng.integers(0, 2, size=(n, d)),
            "contests": rng.integers(0, n, size=(generations, n, 2)),
            "cuts": rng.integers(1, d, size=(generations, n // 2)),
            "flips": rng.random((generations, n, d)) < rate,
            "patience": patience,
        }

    one = {
        "fun": Quadratic(np.zeros((3, 3)), np.array([4.0, 2.0, 1.0])),
        "population": np.array([[1, 0, 0], [0, 1, 1]]),
        "contests": np.array([[[0, 0], [1, 1]]]),
        "cuts": np.array([[1]]),
        "flips": np.zeros((1, 2, 3), dtype=bool),
        "patience": 5,
    }
    six = {
        "fun": Quadratic(np.zeros((3, 3)), np.array([4.0, 2.0, 1.0])),
        "population": np.array([[0, 0, 1], [0, 1, 0], [0, 1, 1], [1, 0, 0], [0, 0, 0], [0, 0, 1]]),
        "contests": np.repeat(np.arange(6), 2).reshape(1, 6, 2),
        "cuts": np.array([[1, 1, 1]]),
        "flips": np.zeros((1, 6, 3), dtype=bool),
        "patience": 5,
    }
    return [
        one,
        six,
        case(2, 3, 4, 4, 0.3, np.zeros((3, 3))),
        case(4, 5, 6, 3, 0.0),
        *(case(4, 6, 12, patience, 0.15) for patience in (2, 3, 3, 2)),
        *(case(6, 9, 20, patience, 0.1) for patience in (3, 4, 5, 4)),
        *(case(4, 7, generations, 50, 0.15) for generations in (1, 2, 3, 5)),
        *(case(8, 11, generations, 50, 0.05) for generations in (1, 1, 2, 2, 4, 8)),
    ]


BIT_SEARCH = Exercise(
    name="evolutionary_swarm.bit_search",
    title="Four faults in a genetic algorithm",
    points=3,
    difficulty="core",
    hint="Print the population before and after each operator, for two members and one generation. A slice of an array "
    "is a view: what does it hold once its array has been changed? And what must be true of `X` and `values` at the "
    "end of each generation?",
    reference=bit_search,
    instances=bit_search_cases,
    misconceptions=(
        Misconception(repairs_nothing, "All four faults are still there."),
        Misconception(
            leaves_the_exchange,
            "After your crossover both children have the same tail: a slice is a view, and when the second child is "
            "written the first has been changed already. Copy.",
        ),
        Misconception(
            mutates_last,
            "Your children are mutated after they have been evaluated, so the values are nobody's, and the best member "
            "that was put back may be lost. Mutate before you evaluate.",
        ),
        Misconception(
            forgets_the_value_of_the_elite,
            "Where the best member replaces the worst child, its value must replace that child's value.",
        ),
        Misconception(
            leaves_the_patience,
            "Your algorithm counts *all* generations without improvement. An improvement must set the count to 0.",
        ),
        Misconception(
            leaves_exchange_and_patience,
            "Two faults are left: both children of a couple have the same tail (a slice is a view), and an improvement "
            "must set the count of generations without one to 0.",
        ),
        Misconception(
            leaves_exchange_and_value,
            "Two faults are left: both children of a couple have the same tail (a slice is a view), and where the best "
            "member is put back, its value must be, too.",
        ),
        Misconception(
            repairs_only_the_exchange,
            "The exchange is right now. Three faults are left: look at what mutation does to values and to the best "
            "member, and at when the search stops.",
        ),
        Misconception(
            repairs_only_the_order,
            "Mutation comes at the right place now. Three faults are left: look at the tails of the two children, at "
            "the value of the member that is put back, and at the count of generations without improvement.",
        ),
    ),
    alternatives=(bit_search_all_together, bit_search_with_lists),
    equivalent_mutants={
        "values = np.array([fun(x) for x in population])": "X is the population still",
        "for generation in range(len(cuts)):": "there are draws for each generation",
        "for generation in range(len(flips)):": "there are draws for each generation",
        "parents = X[np.where(values[first] < values[second], first, second)]": "members with equal values are the "
        "same in the cases",
        "X[2 * k, cut:] = X[2 * k + 1, cut:]": "the second child is a copy of its parent still",
        "return (X[np.argmin(values)], len(cuts))": "there are draws for each generation",
        "return (X[np.argmin(values)], len(flips))": "there are draws for each generation",
    },
    play=plots.bits_in_generations,
)
