"""Lagrange multipliers: a minimum on a plane, and what a constraint is worth."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Misconception
from ..quadratics import bowl
from . import plots

# --- minimum under equations ------------------------------------------------------------------------------------------


def equality_minimum(H, c, A, b):
    m, d = A.shape
    system = np.block([[H, -A.T], [A, np.zeros((m, m))]])
    solution = np.linalg.solve(system, np.concatenate([-c, b]))
    return solution[:d], solution[d:]


def adds_the_multipliers_term(H, c, A, b):
    x, multipliers = equality_minimum(H, c, A, b)
    return x, -multipliers


def forgets_the_linear_part(H, c, A, b):
    return equality_minimum(H, 0 * c, A, b)


def has_the_linear_part_the_wrong_way(H, c, A, b):
    return equality_minimum(H, -c, A, b)


def ignores_the_constraints(H, c, A, b):
    return -np.linalg.pinv(H) @ c, np.zeros(len(b))


def goes_to_the_nearest_point_of_the_plane(H, c, A, b):
    free = -np.linalg.pinv(H) @ c
    multipliers = np.linalg.solve(A @ A.T, b - A @ free)
    return free + A.T @ multipliers, multipliers


def doubles_the_curvature(H, c, A, b):
    return equality_minimum(2 * H, c, A, b)


def sets_the_constraints_to_zero(H, c, A, b):
    return equality_minimum(H, c, A, 0 * b)


def equality_minimum_in_the_null_space(H, c, A, b):
    m = len(b)
    particular = np.linalg.lstsq(A, b, rcond=None)[0]
    free = np.linalg.svd(A)[2][m:].T
    x = particular - free @ np.linalg.solve(free.T @ H @ free, free.T @ (H @ particular + c))
    return x, np.linalg.lstsq(A.T, H @ x + c, rcond=None)[0]


def equality_minimum_row_by_row(H, c, A, b):
    """The same system with the constraints first and the multipliers' sign changed afterwards."""
    rows, right = [], []
    for row, value in zip(A, b, strict=True):
        rows.append([*[0.0] * len(b), *row])
        right.append(value)
    for j in range(len(c)):
        rows.append([*A[:, j], *H[j]])
        right.append(-c[j])
    solution = np.linalg.solve(np.array(rows), np.array(right))
    return [list(solution[len(b) :]), list(-solution[: len(b)])]


def equality_minimum_cases(rng):
    return [
        {"H": np.array([[2.0]]), "c": np.array([0.0]), "A": np.array([[1.0]]), "b": np.array([3.0])},
        {"H": np.eye(2), "c": np.zeros(2), "A": np.array([[1.0, 1.0]]), "b": np.array([2.0])},
        {"H": np.diag([1.0, 4.0]), "c": np.array([-2.0, 1.0]), "A": np.array([[1.0, 2.0]]), "b": np.array([3.0])},
        {"H": np.diag([1.0, 0.0]), "c": np.array([1.0, 2.0]), "A": np.array([[1.0, 1.0]]), "b": np.array([1.0])},
        {"H": bowl(rng, [1.0, 2.0, 5.0]), "c": rng.normal(size=3), "A": rng.normal(size=(2, 3)),
         "b": np.array([1.0, -2.0])},
        {"H": bowl(rng, [0.5, 1.0, 3.0, 9.0]), "c": rng.normal(size=4), "A": rng.normal(size=(1, 4)), "b": np.zeros(1)},
    ]  # fmt: skip


EQUALITY_MINIMUM = Exercise(
    name="constrained.equality_minimum",
    title="A minimum on a plane, and its multipliers",
    points=3,
    difficulty="warm-up",
    hint="Write down both conditions as linear equations for x and the multipliers together. `np.block` puts a matrix "
    "together from blocks; the lower right one is zero.",
    reference=equality_minimum,
    instances=equality_minimum_cases,
    misconceptions=(
        Misconception(
            adds_the_multipliers_term,
            "Your x is right and your multipliers have the wrong sign: here the Lagrangian *subtracts* them times "
            "(A x - b), so that the gradient of f equals A' times the multipliers.",
        ),
        Misconception(forgets_the_linear_part, "The gradient of f is H x + c: c is missing in your equations."),
        Misconception(
            has_the_linear_part_the_wrong_way,
            "The sign of c: H x + c = A' multipliers, so c goes to the right side as -c.",
        ),
        Misconception(ignores_the_constraints, "Your point is the minimum without constraints: A x = b does not hold."),
        Misconception(
            goes_to_the_nearest_point_of_the_plane,
            "You go from the free minimum to the nearest point of the plane. That ignores that f rises faster in some "
            "directions than in others: the gradient H x + c must be a combination of the rows of A.",
        ),
        Misconception(doubles_the_curvature, "f has a half in front of x'Hx: its gradient is H x + c, without a 2."),
        Misconception(sets_the_constraints_to_zero, "The constraints are A x = b; yours say A x = 0."),
    ),
    alternatives=(equality_minimum_in_the_null_space, equality_minimum_row_by_row),
    play=plots.moving_line,
)

# --- prices -----------------------------------------------------------------------------------------------------------


def predicted_optimum(goal, value, constraints):
    for kind, price, change in constraints:
        room = change if kind == "<=" else -change
        better = price * room
        value = value - better if goal == "min" else value + better
    return value


def takes_every_change_for_room(goal, value, constraints):
    return predicted_optimum(goal, value, [("<=", price, change) for _, price, change in constraints])


def takes_every_goal_for_a_minimum(goal, value, constraints):
    return predicted_optimum("min", value, constraints)


def gets_worse_with_room(goal, value, constraints):
    return predicted_optimum(goal, value, [(kind, -price, change) for kind, price, change in constraints])


def counts_what_is_loosened_only(goal, value, constraints):
    loosened = [(k, price, change) for k, price, change in constraints if (change > 0) == (k == "<=")]
    return predicted_optimum(goal, value, loosened)


def takes_prices_for_percentages(goal, value, constraints):
    return value + value * (predicted_optimum(goal, value, constraints) - value)


def forgets_the_prices(goal, value, constraints):
    return predicted_optimum(goal, value, [(kind, 1.0 * (price > 0), change) for kind, price, change in constraints])


def predicted_optimum_by_signs(goal, value, constraints):
    sign = {("min", "<="): -1, ("min", ">="): 1, ("max", "<="): 1, ("max", ">="): -1}
    return value + sum(sign[goal, kind] * price * change for kind, price, change in constraints)


def predicted_optimum_by_vectors(goal, value, constraints):
    prices = np.array([price for _, price, _ in constraints])
    changes = np.array([change if kind == ">=" else -change for kind, _, change in constraints])
    return float(value + (prices @ changes) * (1 if goal == "min" else -1)) if len(prices) else value


def predicted_optimum_cases(rng):
    cases = [
        {"goal": "min", "value": 10.0, "constraints": [["<=", 2.0, 1.0]]},
        {"goal": "min", "value": 10.0, "constraints": [[">=", 2.0, 1.0]]},
        {"goal": "max", "value": 10.0, "constraints": [["<=", 2.0, 1.0]]},
        {"goal": "max", "value": 10.0, "constraints": [[">=", 2.0, 1.0]]},
        {"goal": "min", "value": -4.0, "constraints": [["<=", 3.0, -0.5], [">=", 0.0, 7.0], [">=", 0.25, -2.0]]},
        {"goal": "max", "value": 3.0, "constraints": []},
    ]
    for goal in ("min", "max"):
        rows = [[str(rng.choice(["<=", ">="])), float(rng.uniform(0, 3)), float(rng.normal())] for _ in range(5)]
        cases.append({"goal": goal, "value": float(rng.normal()), "constraints": rows})
    return cases


PREDICTED_OPTIMUM = Exercise(
    name="constrained.predicted_optimum",
    title="What a constraint is worth",
    points=2,
    difficulty="warm-up",
    hint="For each constraint ask first: does the change leave more room, or less? More room can only help: downwards "
    "where you minimise, upwards where you maximise.",
    reference=predicted_optimum,
    instances=predicted_optimum_cases,
    misconceptions=(
        Misconception(
            takes_every_change_for_room,
            "A larger right side loosens a constraint with <=, but *tightens* one with >=.",
        ),
        Misconception(
            takes_every_goal_for_a_minimum, "More room makes a minimum smaller, but a maximum *larger*: look at goal."
        ),
        Misconception(gets_worse_with_room, "The sign: more room can only make the optimum better, never worse."),
        Misconception(
            counts_what_is_loosened_only, "Tightening costs at the same rate at which loosening pays: count both."
        ),
        Misconception(
            takes_prices_for_percentages,
            "A multiplier is a price per unit of the right side, in units of f: multiply it with the change alone.",
        ),
        Misconception(forgets_the_prices, "Multiply each change with its multiplier."),
    ),
    alternatives=(predicted_optimum_by_signs, predicted_optimum_by_vectors),
)
