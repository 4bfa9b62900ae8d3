"""Penalties: where they end, how heavy they must be, and how multipliers take over from weight."""

from __future__ import annotations

import math

import numpy as np

from ..exercise import Exercise, Misconception
from ..quadratics import bowl
from . import plots


def plane_cases(rng, **more):
    """Bowls, each with one equation a'x = b; ``more`` has a list of values for each further argument."""
    cases = [
        {"H": np.array([[2.0]]), "c": np.array([2.0]), "a": np.array([1.0]), "b": 3.0},
        {"H": np.eye(2), "c": np.zeros(2), "a": np.array([1.0, 1.0]), "b": 2.0},
        {"H": np.diag([1.0, 4.0]), "c": np.array([2.0, -1.0]), "a": np.array([1.0, -3.0]), "b": 1.0},
        {"H": bowl(rng, [1.0, 2.0, 6.0]), "c": rng.normal(size=3), "a": rng.normal(size=3), "b": float(rng.normal())},
        {"H": bowl(rng, [0.5, 1.0, 3.0, 8.0]), "c": rng.normal(size=4), "a": rng.normal(size=4), "b": -2.5},
    ]
    return [case | {name: values[k] for name, values in more.items()} for k, case in enumerate(cases)]


# --- the minimum of a penalty -----------------------------------------------------------------------------------------


def penalty_minimum(H, c, a, b, weight):
    x = np.linalg.solve(H + 2 * weight * np.outer(a, a), c + 2 * weight * b * a)
    broken_by = a @ x - b
    return x, broken_by, 2 * weight * broken_by


def halves_the_penalty(H, c, a, b, weight):
    return penalty_minimum(H, c, a, b, weight / 2)


def forgets_where_the_plane_is(H, c, a, b, weight):
    x = np.linalg.solve(H + 2 * weight * np.outer(a, a), c)
    return x, a @ x - b, 2 * weight * (a @ x - b)


def penalises_each_coordinate(H, c, a, b, weight):
    x = np.linalg.solve(H + 2 * weight * np.diag(a * a), c + 2 * weight * b * a)
    return x, a @ x - b, 2 * weight * (a @ x - b)


def estimates_without_the_two(H, c, a, b, weight):
    x, broken_by, estimate = penalty_minimum(H, c, a, b, weight)
    return x, broken_by, estimate / 2


def estimates_with_the_wrong_sign(H, c, a, b, weight):
    x, broken_by, estimate = penalty_minimum(H, c, a, b, weight)
    return x, broken_by, -estimate


def gives_the_size_of_the_violation(H, c, a, b, weight):
    x, broken_by, estimate = penalty_minimum(H, c, a, b, weight)
    return x, abs(broken_by), estimate


def solves_with_the_constraint_itself(H, c, a, b, weight):
    direction = np.linalg.solve(H, a)
    free = np.linalg.solve(H, c)
    multiplier = (a @ free - b) / (a @ direction)
    return free - multiplier * direction, 0.0, multiplier


def penalty_minimum_by_rank_one(H, c, a, b, weight):
    free, direction = np.linalg.solve(H, c), np.linalg.solve(H, a)
    broken_by = (a @ free - b) / (1 + 2 * weight * (a @ direction))
    estimate = 2 * weight * broken_by
    return free - estimate * direction, broken_by, estimate


def penalty_minimum_by_least_squares(H, c, a, b, weight):
    """|L'x - L^-1 c|^2 / 2 is the bowl, up to a constant; the penalty is one row more."""
    lower = np.linalg.cholesky(H)
    rows = np.vstack([lower.T, math.sqrt(2 * weight) * a])
    right = np.append(np.linalg.solve(lower, c), math.sqrt(2 * weight) * b)
    x = np.linalg.lstsq(rows, right, rcond=None)[0]
    return [list(x), float(a @ x) - b, weight * (float(a @ x) - b) * 2]


PENALTY_MINIMUM = Exercise(
    name="constrained.penalty_minimum",
    title="Where a penalty ends",
    points=3,
    difficulty="core",
    hint="Set the gradient of the whole sum to zero. The penalty's gradient is 2 weight (a'x - b) a, and the part of "
    "it that multiplies x is the matrix 2 weight a a': `np.outer`.",
    reference=penalty_minimum,
    instances=lambda rng: plane_cases(rng, weight=[1.0, 0.5, 10.0, 3.0, 1000.0]),
    rtol=1e-6,  # a'x - b is small beside a'x, and rounding grows with the weight
    misconceptions=(
        Misconception(
            halves_the_penalty, "Here the penalty is weight (a'x - b)^2, without a half: its derivative has a 2."
        ),
        Misconception(
            forgets_where_the_plane_is,
            "Your penalty pulls towards a'x = 0. The b in (a'x - b)^2 leaves a term on the right side.",
        ),
        Misconception(
            penalises_each_coordinate,
            "(a'x - b)^2 has mixed terms: its matrix is the outer product of a with itself, not a diagonal.",
        ),
        Misconception(
            estimates_without_the_two,
            "The estimate is the factor of a in the gradient of the penalty: 2 weight (a'x - b).",
        ),
        Misconception(
            estimates_with_the_wrong_sign,
            "The multiplier's sign: with f + multiplier (a'x - b), it is 2 weight (a'x - b), not its negative.",
        ),
        Misconception(
            gives_the_size_of_the_violation,
            "Return a'x - b with its sign: it says on which side of the plane the point is.",
        ),
        Misconception(
            solves_with_the_constraint_itself,
            "That is the minimum *on* the plane. A penalty stops short of it: where the pull of f and that of the "
            "penalty are in balance.",
        ),
    ),
    alternatives=(penalty_minimum_by_rank_one, penalty_minimum_by_least_squares),
    equivalent_mutants={"broken_by = x @ a - b": "the order of an inner product"},
    play=plots.penalty_path,
)

# --- the weight that is needed ----------------------------------------------------------------------------------------


def weight_needed(H, c, a, b, accuracy):
    broken_by = abs(a @ np.linalg.solve(H, c) - b)
    give = a @ np.linalg.solve(H, a)
    return max(0.0, (broken_by / accuracy - 1) / (2 * give))


def _free(H, c, a, b):
    return abs(a @ np.linalg.solve(H, c) - b), a @ np.linalg.solve(H, a)


def needs_twice_as_much(H, c, a, b, accuracy):
    return 2 * weight_needed(H, c, a, b, accuracy)


def rewards_what_is_good_enough(H, c, a, b, accuracy):
    broken_by, give = _free(H, c, a, b)
    return (broken_by / accuracy - 1) / (2 * give)


def ignores_the_curvature(H, c, a, b, accuracy):
    broken_by, _ = _free(H, c, a, b)
    return max(0.0, (broken_by / accuracy - 1) / (2 * a @ a))


def divides_the_multiplier(H, c, a, b, accuracy):
    broken_by, give = _free(H, c, a, b)
    return broken_by / give / (2 * accuracy) if broken_by > accuracy else 0.0


def takes_a_power_of_ten(H, c, a, b, accuracy):
    broken_by, give = _free(H, c, a, b)
    if broken_by <= accuracy:
        return 0.0
    weight = 1e-6
    while broken_by / (1 + 2 * weight * give) > accuracy:
        weight *= 10
    return weight


def asks_for_the_square(H, c, a, b, accuracy):
    return weight_needed(H, c, a, b, accuracy**2)


def keeps_the_sign_of_the_violation(H, c, a, b, accuracy):
    _, give = _free(H, c, a, b)
    return max(0.0, ((a @ np.linalg.solve(H, c) - b) / accuracy - 1) / (2 * give))


def weight_needed_from_two_runs(H, c, a, b, accuracy):
    """One over the violation grows by equal steps with the weight."""
    without = abs(a @ np.linalg.solve(H, c) - b)
    with_one = abs(penalty_minimum(H, c, a, b, 1.0)[1])
    if without <= accuracy:
        return 0
    return (1 / accuracy - 1 / without) / (1 / with_one - 1 / without)


def weight_needed_by_halving(H, c, a, b, accuracy):
    low, high = 0.0, 1.0
    if abs(penalty_minimum(H, c, a, b, 0.0)[1]) <= accuracy:
        return 0.0
    while abs(penalty_minimum(H, c, a, b, high)[1]) > accuracy:
        high *= 2
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (low, middle) if abs(penalty_minimum(H, c, a, b, middle)[1]) <= accuracy else (middle, high)
    return high


def weight_needed_cases(rng):
    cases = plane_cases(rng, accuracy=[0.5, 0.01, 0.1, 1e-3, 1e-4])
    return [*cases, plane_cases(rng, accuracy=[5.0] * 5)[0], plane_cases(rng, accuracy=[2.5] * 5)[1]]


WEIGHT_NEEDED = Exercise(
    name="constrained.weight_needed",
    title="How heavy must a penalty be?",
    points=2,
    difficulty="core",
    hint="Let x be the penalty's minimum, and multiply its equation by a'H^-1: you get one equation for the number "
    "a'x - b. How does it depend on the weight?",
    reference=weight_needed,
    instances=weight_needed_cases,
    rtol=1e-7,
    misconceptions=(
        Misconception(needs_twice_as_much, "A factor of 2: the penalty is weight (a'x - b)^2, without a half."),
        Misconception(
            rewards_what_is_good_enough,
            "Where the free minimum is accurate enough already, no weight is needed: 0, not a negative one.",
        ),
        Misconception(
            ignores_the_curvature,
            "How far f gives way depends on its curvature along the constraint: a'H^-1 a, not a'a.",
        ),
        Misconception(
            divides_the_multiplier,
            "That is the rule for very large weights. For any weight, a'x - b is its value without penalty, divided by "
            "1 + 2 weight a'H^-1 a: solve that.",
        ),
        Misconception(takes_a_power_of_ten, "That weight is enough, but not the smallest: solve for it."),
        Misconception(asks_for_the_square, "The accuracy is asked of |a'x - b|, not of its square."),
        Misconception(
            keeps_the_sign_of_the_violation, "The free minimum may lie on either side of the plane: take the size."
        ),
    ),
    alternatives=(weight_needed_from_two_runs, weight_needed_by_halving),
    equivalent_mutants={
        "broken_by = abs(b - a @ np.linalg.solve(H, c))": "the sign goes with the absolute value",
        "broken_by = abs(np.linalg.solve(H, c) @ a - b)": "the order of an inner product",
        "give = np.linalg.solve(H, a) @ a": "the order of an inner product",
        "return max((broken_by / accuracy - 1) / (2 * give), 0.0)": "order of two numbers",
    },
)

# --- multipliers, round by round --------------------------------------------------------------------------------------


def multiplier_rounds(H, c, a, b, weight, rounds):
    multiplier = 0.0
    multipliers = []
    x = np.linalg.solve(H, c)
    for _ in range(rounds):
        x = np.linalg.solve(H + weight * np.outer(a, a), c + (multiplier + weight * b) * a)
        multiplier = multiplier - weight * (a @ x - b)
        multipliers.append(multiplier)
    return x, multipliers


def _rounds(H, c, a, b, weight, rounds, sign=-1.0, first=False, grow=1.0, keep=True, plane=1.0):
    multiplier, multipliers, x = 0.0, [0.0] * first, np.linalg.solve(H, c)
    for _ in range(rounds):
        x = np.linalg.solve(H + weight * np.outer(a, a), c + (keep * multiplier + plane * weight * b) * a)
        multiplier = multiplier + sign * weight * (a @ x - b)
        multipliers.append(multiplier)
        weight = weight * grow
    return x, multipliers


def corrects_the_wrong_way(H, c, a, b, weight, rounds):
    return _rounds(H, c, a, b, weight, rounds, sign=1.0)


def returns_the_zero_too(H, c, a, b, weight, rounds):
    return _rounds(H, c, a, b, weight, rounds, first=True)


def lets_the_weight_grow(H, c, a, b, weight, rounds):
    return _rounds(H, c, a, b, weight, rounds, grow=10.0)


def never_uses_the_multiplier(H, c, a, b, weight, rounds):
    return _rounds(H, c, a, b, weight, rounds, keep=False)


def corrects_twice_as_much(H, c, a, b, weight, rounds):
    return _rounds(H, c, a, b, weight, rounds, sign=-2.0)


def replaces_the_multiplier(H, c, a, b, weight, rounds):
    """The estimate of a plain penalty, taken instead of added."""
    multiplier, multipliers, x = 0.0, [], np.linalg.solve(H, c)
    for _ in range(rounds):
        x = np.linalg.solve(H + weight * np.outer(a, a), c + (multiplier + weight * b) * a)
        multiplier = -weight * (a @ x - b)
        multipliers.append(multiplier)
    return x, multipliers


def multiplier_rounds_in_closed_form(H, c, a, b, weight, rounds):
    free, direction = np.linalg.solve(H, c), np.linalg.solve(H, a)
    final = (b - a @ free) / (a @ direction)
    left = 1 / (1 + weight * (a @ direction))
    multipliers = final * (1 - left ** np.arange(1, rounds + 1))
    return free + (multipliers[-1] if rounds else 0.0) * direction, multipliers


def multiplier_rounds_by_recursion(H, c, a, b, weight, rounds, done=()):
    if rounds == 0:
        last = done[-1] if done else 0.0
        return np.linalg.inv(H) @ (c + last * a), list(done)
    before = done[-1] if done else 0.0
    x = np.linalg.inv(H + weight * a[:, None] * a) @ (c + before * a + weight * b * a)
    return multiplier_rounds_by_recursion(H, c, a, b, weight, rounds - 1, (*done, before + weight * (b - x @ a)))


def multiplier_rounds_cases(rng):
    cases = plane_cases(rng, weight=[1.0, 2.0, 10.0, 0.5, 1.0], rounds=[1, 3, 2, 6, 4])
    return [*cases, cases[2] | {"rounds": 0}]


MULTIPLIER_ROUNDS = Exercise(
    name="constrained.multiplier_rounds",
    title="Multipliers learn from what is still broken",
    points=3,
    difficulty="core",
    hint="Each round solves one linear system: set the gradient of the augmented Lagrangian, for the multiplier that "
    "you have, to zero. Its matrix stays the same in all rounds.",
    reference=multiplier_rounds,
    instances=multiplier_rounds_cases,
    misconceptions=(
        Misconception(
            corrects_the_wrong_way,
            "Here the Lagrangian *subtracts* multiplier (a'x - b), so the new multiplier is the old one *minus* weight "
            "(a'x - b): compare the gradients.",
        ),
        Misconception(returns_the_zero_too, "Return the multipliers after each round, without the 0 at the start."),
        Misconception(lets_the_weight_grow, "The weight stays as it is: it is the multiplier that does the work here."),
        Misconception(
            never_uses_the_multiplier,
            "You update the multiplier, but minimise without it: each round then finds the same point.",
        ),
        Misconception(
            corrects_twice_as_much, "A factor of 2: the penalty is weight / 2 (a'x - b)^2, with a half this time."
        ),
        Misconception(
            replaces_the_multiplier,
            "The correction is *added* to the multiplier of the round before, not put in its place.",
        ),
    ),
    alternatives=(multiplier_rounds_in_closed_form, multiplier_rounds_by_recursion),
    equivalent_mutants={
        "multiplier = -0.0": "minus zero is zero",
        "multiplier = multiplier - weight * (x @ a - b)": "the order of an inner product",
    },
)
