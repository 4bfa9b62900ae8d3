"""What a simplex does: the name of its move, its volume, and how it goes flat."""

from __future__ import annotations

import math

import numpy as np

from ..exercise import Exercise, Misconception

# --- volume -----------------------------------------------------------------------------------------------------------


def volume_after(d, moves, adaptive):
    expand, contract, shrink = 2.0, 0.5, 0.5
    if adaptive:
        expand, contract, shrink = 1 + 2 / d, 0.75 - 1 / (2 * d), 1 - 1 / d
    volume = 1.0
    for move in moves:
        if move == "expansion":
            volume = volume * expand
        if "contraction" in move:
            volume = volume * contract
        if move == "shrinkage":
            volume = volume * shrink**d
    return volume


def _volume(d, moves, adaptive, expand=1, contract=1, shrink=None):
    each = (1 + 2 / d, 0.75 - 1 / (2 * d), 1 - 1 / d) if adaptive else (2.0, 0.5, 0.5)
    factors = {
        "reflection": 1.0,
        "expansion": each[0] ** expand,
        "outside contraction": each[1] ** contract,
        "inside contraction": each[1] ** contract,
        "shrinkage": each[2] ** (d if shrink is None else shrink),
    }
    return math.prod(factors[move] for move in moves)


def shrinks_one_edge_only(d, moves, adaptive):
    return _volume(d, moves, adaptive, shrink=1)


def stretches_every_edge(d, moves, adaptive):
    return _volume(d, moves, adaptive, expand=d, contract=d)


def shrinks_all_corners_but_the_best_two(d, moves, adaptive):
    return _volume(d, moves, adaptive, shrink=d - 1)


def always_takes_the_usual_numbers(d, moves, adaptive):
    return _volume(d, moves, False)


def always_adapts(d, moves, adaptive):
    return _volume(d, moves, True)


def counts_the_distance_from_the_worst(d, moves, adaptive):
    """Three times as far from the old corner in an expansion, and so on."""
    expand, contract, shrink = (1 + 2 / d, 0.75 - 1 / (2 * d), 1 - 1 / d) if adaptive else (2.0, 0.5, 0.5)
    factors = {"reflection": 2.0, "expansion": 1 + expand, "outside contraction": 1 + contract,
               "inside contraction": 1 - contract, "shrinkage": shrink**d}  # fmt: skip
    return math.prod(factors[move] for move in moves)


def shrinks_outside_contractions_less(d, moves, adaptive):
    contract = 0.75 - 1 / (2 * d) if adaptive else 0.5
    outside = moves.count("outside contraction")
    return _volume(d, moves, adaptive) * (1 + contract) ** outside / contract**outside


def volume_after_by_table(d, moves, adaptive):
    return _volume(d, moves, adaptive)


def volume_after_by_moving(d, moves, adaptive):
    """Move the corners of a simplex, and take determinants."""
    expand, contract, shrink = 2.0, 0.5, 0.5
    if adaptive:
        expand, contract, shrink = (d + 2) / d, (3 * d - 2) / (4 * d), (d - 1) / d
    steps = {"reflection": 1.0, "expansion": expand, "outside contraction": contract, "inside contraction": -contract}
    first = corners = np.vstack([np.zeros(d), np.eye(d)])
    total = 1.0
    for move in moves:
        before = abs(np.linalg.det(corners[1:] - corners[0]))
        corners = corners.copy()
        if move == "shrinkage":
            corners[1:] = corners[0] + shrink * (corners[1:] - corners[0])
        else:
            middle = corners[:-1].mean(axis=0)
            corners[-1] = middle + steps[move] * (middle - corners[-1])
        total *= abs(np.linalg.det(corners[1:] - corners[0])) / before
        corners = first
    return total


MOVES = ("reflection", "expansion", "outside contraction", "inside contraction", "shrinkage")


def volume_after_cases(rng):
    cases = [{"d": 3, "moves": [move], "adaptive": False} for move in MOVES]
    cases += [{"d": d, "moves": [move], "adaptive": True} for d, move in zip((4, 4, 6, 3, 5), MOVES, strict=True)]
    for d, adaptive in ((3, False), (10, True), (6, False), (4, True)):
        moves = [str(move) for move in rng.choice(MOVES, size=int(rng.integers(4, 9)))]
        cases.append({"d": d, "moves": moves, "adaptive": adaptive})
    return cases


VOLUME_AFTER = Exercise(
    name="direct_search.volume_after",
    title="The volume of a walking simplex",
    points=2,
    difficulty="warm-up",
    hint="Volume is base times height over d. Which moves keep the base, and by what do they multiply the height above "
    "it? And what does a shrinkage do to each of the d edges at the best corner?",
    reference=volume_after,
    instances=volume_after_cases,
    misconceptions=(
        Misconception(
            shrinks_one_edge_only,
            "A shrinkage makes *all* edges shorter, in d directions at once: the factor has the power d.",
        ),
        Misconception(
            stretches_every_edge,
            "Expansion and contraction move one corner: the base stays, and only the height changes.",
        ),
        Misconception(
            shrinks_all_corners_but_the_best_two,
            "A shrinkage moves d corners, all but the best one: the factor has the power d.",
        ),
        Misconception(
            always_takes_the_usual_numbers, "Where adaptive is true, take the numbers that depend on the dimension."
        ),
        Misconception(always_adapts, "Where adaptive is false, take 2, 1/2 and 1/2."),
        Misconception(
            counts_the_distance_from_the_worst,
            "What counts is the height above the base (the middle of the other corners), not the way from the old "
            "corner.",
        ),
        Misconception(
            shrinks_outside_contractions_less,
            "Outside or inside, a contraction ends at the same distance from the middle.",
        ),
    ),
    alternatives=(volume_after_by_table, volume_after_by_moving),
)

# --- the name of the move ---------------------------------------------------------------------------------------------


def simplex_move(values, reflected, further, outside, inside):
    ordered = sorted(values)
    if reflected < ordered[0]:
        return "expansion" if further < reflected else "reflection", 2
    if reflected < ordered[-2]:
        return "reflection", 1
    if reflected < ordered[-1]:
        if outside <= reflected:
            return "outside contraction", 2
    elif inside < ordered[-1]:
        return "inside contraction", 2
    return "shrinkage", len(values) + 1


def _move(values, reflected, further, outside, inside, wrong=""):
    worst = max(values)
    better_than = sum(reflected < value for value in values)
    if wrong == "unsorted":
        worst, better_than = values[-1], sum(reflected < value for value in sorted(values))
        if reflected < values[0]:
            better_than = len(values)
    if better_than == len(values):
        limit = min(values) if wrong == "greedy" else reflected
        if further < limit or wrong == "always expands":
            return "expansion", 2
        return "reflection", 1 if wrong == "free look" else 2
    if better_than >= (1 if wrong == "keeps the worst" else 2):
        return "reflection", 1
    if better_than == 1:
        if outside <= (worst if wrong == "lax outside" else reflected):
            return "outside contraction", 2
    elif inside < (reflected if wrong == "lax inside" else worst):
        return "inside contraction", 2
    return "shrinkage", {"cheap shrinkage": len(values) - 1, "pays the best": len(values) + 2}.get(
        wrong, len(values) + 1
    )


def expands_to_anything_below_the_best(values, reflected, further, outside, inside):
    return _move(values, reflected, further, outside, inside, "greedy")


def looks_further_for_nothing(values, reflected, further, outside, inside):
    return _move(values, reflected, further, outside, inside, "free look")


def keeps_a_reflected_point_that_would_be_worst(values, reflected, further, outside, inside):
    return _move(values, reflected, further, outside, inside, "keeps the worst")


def lets_the_outside_contraction_rise(values, reflected, further, outside, inside):
    return _move(values, reflected, further, outside, inside, "lax outside")


def compares_inside_with_the_reflected_point(values, reflected, further, outside, inside):
    return _move(values, reflected, further, outside, inside, "lax inside")


def forgets_what_came_before_the_shrinkage(values, reflected, further, outside, inside):
    return _move(values, reflected, further, outside, inside, "cheap shrinkage")


def evaluates_the_best_corner_again(values, reflected, further, outside, inside):
    return _move(values, reflected, further, outside, inside, "pays the best")


def always_expands(values, reflected, further, outside, inside):
    return _move(values, reflected, further, outside, inside, "always expands")


def simplex_move_by_counting(values, reflected, further, outside, inside):
    return list(_move(values, reflected, further, outside, inside))


def simplex_move_by_rank(values, reflected, further, outside, inside):
    *others, second, worst = sorted(values)
    best = others[0] if others else second
    name, cost = "shrinkage", 2 + len(others) + 1
    if reflected >= worst:
        if not inside >= worst:
            name, cost = "inside contraction", 2
    elif reflected >= second:
        if not outside > reflected:
            name, cost = "outside contraction", 2
    elif reflected >= best:
        name, cost = "reflection", 1
    else:
        name, cost = ("reflection" if further >= reflected else "expansion"), 2
    return name, cost


def simplex_move_cases(rng):
    def case(values, reflected, further, outside, inside):
        numbers = (reflected, further, outside, inside)
        return {"values": values} | dict(
            zip(("reflected", "further", "outside", "inside"), map(float, numbers), strict=True)
        )

    triangle, four = [3.0, 1.0, 2.0], [8.0, 6.0, 2.0, 4.0]
    cases = [
        case(triangle, 0.5, 0.2, 1, 2),
        case(triangle, 0.5, 0.7, 1, 2),
        case(triangle, 0.5, 0.5, 1, 2),  # no better further out
        case(triangle, 0.5, 4, 1, 2),
        case(triangle, 1, 0, 0, 0),  # as good as the best
        case(triangle, 1.5, 0, 0, 0),
        case(triangle, 2, 9, 1.5, 9),  # as good as the second worst
        case(triangle, 2.5, 0, 2.2, 9),
        case(triangle, 2.5, 0, 2.5, 9),
        case(triangle, 2.5, 0, 2.8, 0),
        case(triangle, 2.5, 0, 2.8, 9),
        case(triangle, 2.5, 0, 2.2, 0),
        case(triangle, 3, 0, 0, 2.5),  # as bad as the worst
        case(triangle, 4, 0, 0, 2.5),
        case(triangle, 4, 0, 0, 3),
        case(triangle, 4, 0, 0, 3.5),
        case(four, 5, 0, 0, 0),
        case(four, 7, 0, 7.5, 0),
        case(four, 9, 0, 0, 8.5),
        case([1.0, 2.0], 1.5, 9, 1.2, 9),
        case([2.0, 1.0], 2.5, 9, 1.2, 2.2),
    ]
    for d in (2, 5, 9):
        values = rng.uniform(0, 10, size=d + 1)
        cases.append(case(values.round(2).tolist(), *rng.uniform(-2, 12, size=4).round(2)))
    return cases


SIMPLEX_MOVE = Exercise(
    name="direct_search.simplex_move",
    title="Name the move",
    points=3,
    difficulty="core",
    hint="Sort the values first. Then count: the reflected point costs one evaluation, and each further look another.",
    reference=simplex_move,
    instances=simplex_move_cases,
    misconceptions=(
        Misconception(
            expands_to_anything_below_the_best,
            "The better of the two is kept: an expansion must beat the *reflected* point, not only the best corner.",
        ),
        Misconception(
            looks_further_for_nothing,
            "Where the reflected point is the best of all, the point further out has been evaluated, even if it is not "
            "kept: two evaluations.",
        ),
        Misconception(
            keeps_a_reflected_point_that_would_be_worst,
            "A reflected point that is no better than the second worst corner would be the worst again: contract.",
        ),
        Misconception(
            lets_the_outside_contraction_rise,
            "An outside contraction must not be worse than the *reflected* point, else shrink.",
        ),
        Misconception(
            compares_inside_with_the_reflected_point,
            "An inside contraction must be better than the worst *corner*; the reflected point is worse still.",
        ),
        Misconception(
            forgets_what_came_before_the_shrinkage,
            "Before a shrinkage the reflected and the contracted point have been evaluated: two more.",
        ),
        Misconception(evaluates_the_best_corner_again, "In a shrinkage the best corner stays, so its value is known."),
        Misconception(always_expands, "The point further out may be worse than the reflected one: keep the better."),
    ),
    alternatives=(simplex_move_by_counting, simplex_move_by_rank),
    equivalent_mutants={"return ('shrinkage', len(ordered) + 1)": "sorting keeps the number of values"},
)
