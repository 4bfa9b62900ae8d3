"""Tabu search on bits: the list and aspiration, then the long memory."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Misconception
from ..probes import Quadratic
from . import plots

# --- the list, and aspiration -----------------------------------------------------------------------------------------


def tabu_walk(fun, x, tenure, steps):
    lowest, moves, flips = fun(x), [], np.eye(len(x))
    free_again = np.zeros(len(x))
    for step in range(steps):
        neighbours = np.abs(x - flips)
        values = np.array([fun(neighbour) for neighbour in neighbours])
        barred = (free_again > step) & (values >= lowest)
        i = int(np.argmin(np.where(barred, np.inf, values)))
        x, lowest = neighbours[i], min(lowest, values[i])
        free_again[i] = step + tenure + 1
        moves.append(i)
    return moves, lowest


def _walk(fun, x, tenure, steps, wrong=""):
    current = lowest = fun(x)
    moves: list[int] = []
    for _ in range(steps):
        tabu = moves[max(0, len(moves) - tenure) :]
        choices = []
        for i in range(len(x)):
            y = x.copy()
            y[i] = 1.0 - y[i]
            value = fun(y)
            limit = {"no aspiration": -np.inf, "better than here": current}.get(wrong, lowest)
            if i not in tabu or value < limit:
                choices.append((value, i, y))
        if wrong == "first lower":
            choices = [next((choice for choice in choices if choice[0] < current), min(choices, key=lambda c: c[0]))]
        value, i, y = min(choices, key=lambda choice: choice[0])
        if wrong == "descends only" and value >= current:
            break
        x, current = y, value
        lowest = min(lowest, value)
        moves.append(i)
    return moves, current if wrong == "last" else lowest


def is_never_tabu(fun, x, tenure, steps):
    return _walk(fun, x, 0, steps)


def forbids_one_step_less(fun, x, tenure, steps):
    return _walk(fun, x, max(0, tenure - 1), steps)


def forbids_one_step_more(fun, x, tenure, steps):
    return _walk(fun, x, min(tenure + 1, len(x) - 1), steps)


def has_no_aspiration(fun, x, tenure, steps):
    return _walk(fun, x, tenure, steps, "no aspiration")


def aspires_too_easily(fun, x, tenure, steps):
    return _walk(fun, x, tenure, steps, "better than here")


def stops_in_a_local_minimum(fun, x, tenure, steps):
    return _walk(fun, x, tenure, steps, "descends only")


def takes_the_first_lower_neighbour(fun, x, tenure, steps):
    return _walk(fun, x, tenure, steps, "first lower")


def returns_the_last_value(fun, x, tenure, steps):
    return _walk(fun, x, tenure, steps, "last")


def tabu_walk_with_a_list(fun, x, tenure, steps):
    return list(_walk(fun, x, tenure, steps))


def tabu_walk_with_a_countdown(fun, x, tenure, steps):
    """How long each bit is still tabu, counted down."""
    bits, left, moves = [int(bit) for bit in x], [0] * len(x), []
    history = [fun(np.array(bits, dtype=float))]
    for _ in range(steps):
        trials = [[*bits[:i], 1 - bits[i], *bits[i + 1 :]] for i in range(len(bits))]
        values = [fun(np.array(trial, dtype=float)) for trial in trials]
        allowed = [i for i, wait in enumerate(left) if wait == 0 or values[i] < min(history)]
        i = min(allowed, key=values.__getitem__)
        value, bits = values[i], trials[i]
        left = [max(0, wait - 1) for wait in left]
        left[i] = tenure
        history.append(value)
        moves.append(i)
    return moves, min(history)


def _wishes(rng, d):
    """A bit costs or pays, alone and together with others; in 2^-16, so that every sum is exact."""
    A = np.round(2.0**16 * rng.standard_normal((d, d))) / 2**16
    return Quadratic(A + A.T, np.round(2.0**16 * 1.5 * rng.standard_normal(d)) / 2**16)


def _telling(rng, d, walk, other, **settings):
    """A case in which two walks differ: where a rule is seldom used most cases do not tell."""
    for _ in range(400):
        case = {"fun": _wishes(rng, d), "x": (rng.random(d) < 0.5).astype(float)} | settings
        if walk(**case)[0] != other(**case)[0]:
            break
    return case


def tabu_walk_cases(rng):
    three = Quadratic(np.array([[0.0, 5.0, 0.0], [5.0, 0.0, 4.0], [0.0, 4.0, 0.0]]), np.array([3.0, 4.0, 1.5]))
    cases = [
        {"fun": three, "x": np.zeros(3), "tenure": 1, "steps": 1},
        {"fun": three, "x": np.zeros(3), "tenure": 1, "steps": 3},
        {"fun": three, "x": np.array([1.0, 1.0, 1.0]), "tenure": 2, "steps": 5},
        {
            "fun": Quadratic(np.diag([0.0, 2.0, 8.0]), np.array([-2.0, 1.0, 3.3125])),
            "x": np.zeros(3),
            "tenure": 1,
            "steps": 6,
        },  # starts at its best
    ]
    away = Quadratic(np.zeros((3, 3)), np.array([-1.0, -2.0, -4.0]))  # every walk leads up at first
    cases.append({"fun": away, "x": np.zeros(3), "tenure": 1, "steps": 5})
    for d, tenure, steps in ((4, 2, 8), (5, 0, 7), (6, 3, 25), (8, 5, 40), (8, 6, 60), (10, 7, 60)):
        x = (rng.random(d) < 0.5).astype(float)
        cases.append({"fun": _wishes(rng, d), "x": x, "tenure": tenure, "steps": steps})
    return [*cases, *(_telling(rng, 7, tabu_walk, has_no_aspiration, tenure=6, steps=25) for _ in range(2))]


TABU_WALK = Exercise(
    name="stochastic.tabu_walk",
    title="A walk with a memory",
    points=3,
    difficulty="core",
    hint="Evaluate all neighbours, strike out those that are tabu and not lower than everything so far, and go to the "
    "lowest of the rest, even if it is higher. Keep for each bit the step from which it is free again.",
    reference=tabu_walk,
    instances=tabu_walk_cases,
    misconceptions=(
        Misconception(is_never_tabu, "Your walk turns back at once: a bit that was just changed is tabu for a while."),
        Misconception(forbids_one_step_less, "A bit is free again one step too early: count the steps on paper."),
        Misconception(forbids_one_step_more, "A bit stays tabu one step too long: count the steps on paper."),
        Misconception(
            has_no_aspiration,
            "Aspiration is missing: a tabu move is allowed if its value is lower than all so far.",
        ),
        Misconception(
            aspires_too_easily,
            "A tabu move must lead lower than *all* values so far, not only lower than where you are.",
        ),
        Misconception(
            stops_in_a_local_minimum, "Where no neighbour is lower, go to the lowest all the same: that is the point."
        ),
        Misconception(takes_the_first_lower_neighbour, "Look at *all* neighbours and take the lowest that is allowed."),
        Misconception(returns_the_last_value, "The moves are right. Return the *lowest* value met, not the last."),
    ),
    alternatives=(tabu_walk_with_a_list, tabu_walk_with_a_countdown),
    equivalent_mutants={
        "barred = (values >= lowest) & (free_again > step)": "both must hold, in either order",
        "free_again = -np.zeros(len(x))": "minus zero is zero",
        "free_again = np.zeros(len(flips))": "there is a flip for each bit",
        "i = np.argmin(np.where(barred, np.inf, values))": "NumPy's whole numbers are as good as Python's",
        "neighbours = np.abs(flips - x)": "the absolute value is the same",
        "x, lowest = (neighbours[i], min(values[i], lowest))": "the minimum has no order",
    },
    play=plots.walk_with_memory,
)

# --- the long memory --------------------------------------------------------------------------------------------------


def tabu_memory(fun, x, tenure, weight, patience, steps):
    moves, flips, times, free_again = [], np.eye(len(x)), np.zeros(len(x)), np.zeros(len(x))
    best, current, waited = x, fun(x), 0
    lowest = current
    for step in range(steps):
        neighbours = np.abs(x - flips)
        values = np.array([fun(neighbour) for neighbour in neighbours])
        costs = values + weight * times * (values >= current)
        costs[(free_again > step) & (values >= lowest)] = np.inf
        i = int(np.argmin(costs))
        x, current, waited = neighbours[i], values[i], waited + 1
        free_again[i] = step + tenure + 1
        times[i] = times[i] + 1
        moves.append(i)
        if current < lowest:
            best, lowest, waited = x, current, 0
        if waited == patience:
            x, current, waited = best, lowest, 0
            free_again = 0 * times
    return moves, best


def _remember(fun, x, tenure, weight, patience, steps, wrong=""):
    current = lowest = fun(x)
    best, waited, tabu = x, 0, list[int]()
    moves, times = [], dict.fromkeys(range(len(x)), 0)
    for _ in range(steps):
        choices = []
        for i in range(len(x)):
            y = x.copy()
            y[i] = 1.0 - y[i]
            value = fun(y)
            charged = wrong == "charges always" or value >= current
            cost = value + weight * times[i] * charged
            if wrong == "once" and times[i] and charged:
                cost = value + weight
            if i not in tabu or (value < lowest and wrong != "no aspiration"):
                choices.append((cost, value, i, y))
        _, value, i, y = min(choices, key=lambda choice: choice[0])
        x, current, waited = y, value, waited + 1
        tabu = [*tabu, i][-tenure:] if tenure else []
        times[i] += 1
        moves.append(i)
        if value < lowest:
            best, lowest, waited = x, value, 0
        if waited == patience and wrong != "never returns":
            x, current = best, lowest
            waited = waited if wrong == "waits on" else 0
            tabu = tabu if wrong == "keeps the list" else []
            if wrong == "forgets counts":
                times = dict.fromkeys(times, 0)
            if wrong == "old value":
                current = value
    return moves, x if wrong == "last" else best


def aspires_to_nothing(fun, x, tenure, weight, patience, steps):
    return _remember(fun, x, tenure, weight, patience, steps, "no aspiration")


def never_goes_back(fun, x, tenure, weight, patience, steps):
    return _remember(fun, x, tenure, weight, patience, steps, "never returns")


def never_charges(fun, x, tenure, weight, patience, steps):
    return _remember(fun, x, tenure, 0.0, patience, steps)


def charges_falls_as_well(fun, x, tenure, weight, patience, steps):
    return _remember(fun, x, tenure, weight, patience, steps, "charges always")


def charges_only_once(fun, x, tenure, weight, patience, steps):
    return _remember(fun, x, tenure, weight, patience, steps, "once")


def keeps_the_list_when_going_back(fun, x, tenure, weight, patience, steps):
    return _remember(fun, x, tenure, weight, patience, steps, "keeps the list")


def forgets_the_counts_when_going_back(fun, x, tenure, weight, patience, steps):
    return _remember(fun, x, tenure, weight, patience, steps, "forgets counts")


def keeps_the_old_value_when_going_back(fun, x, tenure, weight, patience, steps):
    return _remember(fun, x, tenure, weight, patience, steps, "old value")


def goes_back_only_once(fun, x, tenure, weight, patience, steps):
    return _remember(fun, x, tenure, weight, patience, steps, "waits on")


def waits_one_step_longer(fun, x, tenure, weight, patience, steps):
    return _remember(fun, x, tenure, weight, patience + 1, steps)


def returns_where_it_ends(fun, x, tenure, weight, patience, steps):
    return _remember(fun, x, tenure, weight, patience, steps, "last")


def tabu_memory_with_a_list(fun, x, tenure, weight, patience, steps):
    return list(_remember(fun, x, tenure, weight, patience, steps))


def tabu_memory_by_stages(fun, x, tenure, weight, patience, steps):
    """Each stage is a walk from the best point, until patience is at its end; a new best prolongs it."""
    d = len(x)
    best, lowest = tuple(float(bit) for bit in x), fun(x)
    moves, times = list[int](), [0] * d
    while len(moves) < steps:
        here, value, since, began = best, lowest, 0, len(moves)
        while len(moves) < steps and since < patience:
            recent = set(moves[max(began, len(moves) - tenure) :])
            options = []
            for i in range(d):
                there = (*here[:i], 1 - here[i], *here[i + 1 :])
                f = fun(np.array(there))
                if i not in recent or f < lowest:
                    options.append((f + (weight * times[i] if f >= value else 0.0), i, f, there))
            _, i, value, here = min(options)
            moves.append(i)
            times[i] += 1
            since += 1
            if value < lowest:
                best, lowest, since = here, value, 0
    return moves, np.array(best)


def tabu_memory_cases(rng):
    three = Quadratic(np.array([[0.0, 5.0, 0.0], [5.0, 0.0, 4.0], [0.0, 4.0, 0.0]]), np.array([3.0, 4.0, 1.5]))
    level = Quadratic(np.diag([0.0, 2.0, 8.0]), np.array([-2.0, 1.0, 3.3125]))
    cases = [
        {"fun": three, "x": np.zeros(3), "tenure": 1, "weight": 1.0, "patience": 9, "steps": 3},
        {"fun": three, "x": np.zeros(3), "tenure": 1, "weight": 1.0, "patience": 2, "steps": 7},
        # starts at its best
        {"fun": level, "x": np.zeros(3), "tenure": 1, "weight": 2.8125, "patience": 3, "steps": 9},
        {"fun": level, "x": np.ones(3), "tenure": 0, "weight": 0.40625, "patience": 20, "steps": 9},
    ]
    away = Quadratic(np.zeros((3, 3)), np.array([-1.0, -2.0, -4.0]))  # every walk leads up at first
    cases.append({"fun": away, "x": np.zeros(3), "tenure": 1, "weight": 0.25, "patience": 9, "steps": 3})
    settings = ((5, 1, 0.5, 3, 12), (6, 3, 0.0, 4, 25), (7, 0, 1.5, 5, 30), (8, 4, 0.3, 6, 50), (9, 3, 0.8, 4, 60),
                (10, 6, 0.4, 7, 60))  # fmt: skip
    for d, tenure, weight, patience, steps in settings:
        x = (rng.random(d) < 0.5).astype(float)
        case = {"fun": _wishes(rng, d), "x": x, "tenure": tenure, "weight": weight, "patience": patience}
        cases.append(case | {"steps": steps})
    rest = {"tenure": 6, "weight": 0.25, "patience": 12, "steps": 30}
    others = (aspires_to_nothing, aspires_to_nothing, charges_falls_as_well)
    return [*cases, *(_telling(rng, 7, tabu_memory, other, **rest) for other in others)]


TABU_MEMORY = Exercise(
    name="stochastic.tabu_memory",
    title="Intensify and diversify",
    points=4,
    difficulty="challenge",
    hint="Begin with your tabu_walk. Three things are new: what a move costs is its value plus a charge, but "
    "aspiration "
    "looks at the value; a count for each bit; and a count of the steps since the last new best.",
    reference=tabu_memory,
    instances=tabu_memory_cases,
    misconceptions=(
        Misconception(
            never_goes_back, "After `patience` steps without a new best the walk goes back to the best point."
        ),
        Misconception(never_charges, "A change that does not improve is charged for each time the bit was changed."),
        Misconception(charges_falls_as_well, "A change to a value lower than the *present* one is not charged."),
        Misconception(charges_only_once, "The charge grows with *how often* the bit was changed."),
        Misconception(keeps_the_list_when_going_back, "When the walk goes back nothing is tabu any more."),
        Misconception(
            forgets_the_counts_when_going_back,
            "Only the tabu list is emptied; how often each bit was changed is remembered for good.",
        ),
        Misconception(
            keeps_the_old_value_when_going_back,
            "After going back the value where you stand is the lowest one, and moves are compared with that.",
        ),
        Misconception(goes_back_only_once, "When the walk goes back the waiting begins at 0 again."),
        Misconception(
            aspires_to_nothing, "Aspiration is missing: a tabu change that leads lower than all so far is allowed."
        ),
        Misconception(waits_one_step_longer, "You wait one step too long before you go back."),
        Misconception(returns_where_it_ends, "The moves are right. Return the *best* point, not the last."),
    ),
    alternatives=(tabu_memory_with_a_list, tabu_memory_by_stages),
    equivalent_mutants={
        "costs[(free_again > step) & (costs >= lowest)] = np.inf": "what is lower than all so far is not charged",
        "costs[(values >= lowest) & (free_again > step)] = np.inf": "both must hold, in either order",
        "free_again = -(0 * times)": "minus zero is zero",
        "free_again = -1 * times": "any number of a step that is over will do",
        "free_again = 0 * best": "any zeros will do, one for each bit",
        "free_again = 0 * costs": "any zeros will do; what is not a number bars nothing either",
        "free_again = 0 * free_again": "any zeros will do, one for each bit",
        "free_again = 0 * values": "any zeros will do, one for each bit",
        "free_again = 0 * x": "any zeros will do, one for each bit",
        "free_again = 0 / times": "zero; what is not a number bars nothing either",
        "free_again = 1 * times": "a bit was changed at most as often as there were steps, which are over",
        "i = np.argmin(costs)": "NumPy's whole numbers are as good as Python's",
        "moves, flips, times, free_again = ([], np.eye(len(x)), np.ones(len(x)), np.zeros(len(x)))": "the same charge "
        "more for all that are charged: they are behind the others in any case",
        "neighbours = np.abs(flips - x)": "the absolute value is the same",
    },
)
