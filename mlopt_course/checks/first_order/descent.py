"""Plain descent: one step, and the loop around it."""

from __future__ import annotations

import math

import numpy as np

from ..exercise import Exercise, Misconception
from ..probes import QuadraticGradient, RosenbrockGradient
from ..quadratics import bowl

# --- one step -----------------------------------------------------------------------------------------------------


def descent_step(gradient, x, learning_rate):
    return x - learning_rate * gradient(x)


def walks_uphill(gradient, x, learning_rate):
    return x + learning_rate * gradient(x)


def returns_the_move(gradient, x, learning_rate):
    return -learning_rate * gradient(x)


def forgets_the_rate(gradient, x, learning_rate):
    return x - gradient(x)


def normalises_the_gradient(gradient, x, learning_rate):
    slope = gradient(x)
    return x - learning_rate * slope / np.linalg.norm(slope)


def descent_step_by_coordinate(gradient, x, learning_rate):
    slope = gradient(x)
    return np.array([x[i] - learning_rate * slope[i] for i in range(len(x))])


def descent_step_on_a_copy(gradient, x, learning_rate):
    new = x.copy()
    new -= np.multiply(gradient(x), learning_rate)
    return new


def descent_step_cases(rng):
    five = bowl(rng, rng.uniform(0.5, 4, size=5))
    return [
        {"gradient": QuadraticGradient(np.array([[2.0]]), np.zeros(1)), "x": np.array([5.0]), "learning_rate": 0.1},
        {"gradient": QuadraticGradient(np.diag([1.0, 3.0]), np.array([2.0, 3.0])), "x": np.array([2.0, 1.0]),
         "learning_rate": 0.5},
        {"gradient": QuadraticGradient(bowl(rng, [1, 6]), rng.normal(size=2)), "x": rng.normal(size=2),
         "learning_rate": 0.2},
        {"gradient": RosenbrockGradient(), "x": np.array([-1.2, 1.0]), "learning_rate": 0.002},
        {"gradient": QuadraticGradient(five, rng.normal(size=5)), "x": rng.normal(size=5), "learning_rate": 3.0},
    ]  # fmt: skip


DESCENT_STEP = Exercise(
    name="first_order.descent_step",
    title="One step downhill",
    points=1,
    difficulty="warm-up",
    hint="`gradient` is a function: call it at `x`. The gradient points uphill. Compute a new array and return it; "
    "`x` itself stays as it was.",
    reference=descent_step,
    instances=descent_step_cases,
    misconceptions=(
        Misconception(walks_uphill, "You walked uphill: the gradient points to where f grows, so go against it."),
        Misconception(
            returns_the_move,
            "You returned the move, `-learning_rate * gradient(x)`; wanted is the point where it ends.",
        ),
        Misconception(
            forgets_the_rate, "Your step has the full length of the gradient: multiply it by `learning_rate`."
        ),
        Misconception(
            normalises_the_gradient,
            "Your step has length `learning_rate` everywhere. Plain descent does not normalise the gradient: its "
            "steps get shorter near the minimum, and at the minimum yours divides by zero.",
        ),
    ),
    alternatives=(descent_step_by_coordinate, descent_step_on_a_copy),
)

# --- the loop -----------------------------------------------------------------------------------------------------


def descend(gradient, x, learning_rate, tolerance, max_steps):
    for step in range(1, max_steps + 1):
        move = -learning_rate * gradient(x)
        x = x + move
        if np.linalg.norm(move) < tolerance:
            return x, step
    return x, max_steps


def stops_before_the_short_step(gradient, x, learning_rate, tolerance, max_steps):
    for step in range(1, max_steps + 1):
        move = -learning_rate * gradient(x)
        if np.linalg.norm(move) < tolerance:
            return x, step
        x = x + move
    return x, max_steps


def tests_the_gradient(gradient, x, learning_rate, tolerance, max_steps):
    for step in range(1, max_steps + 1):
        slope = gradient(x)
        x = x - learning_rate * slope
        if np.linalg.norm(slope) < tolerance:
            return x, step
    return x, max_steps


def counts_from_zero(gradient, x, learning_rate, tolerance, max_steps):
    for step in range(max_steps):
        move = -learning_rate * gradient(x)
        x = x + move
        if np.linalg.norm(move) < tolerance:
            return x, step
    return x, max_steps


def measures_one_coordinate_at_a_time(gradient, x, learning_rate, tolerance, max_steps):
    for step in range(1, max_steps + 1):
        move = -learning_rate * gradient(x)
        x = x + move
        if np.all(np.abs(move) < tolerance):
            return x, step
    return x, max_steps


def never_stops_early(gradient, x, learning_rate, tolerance, max_steps):
    for _ in range(max_steps):
        x = x - learning_rate * gradient(x)
    return x, max_steps


def descend_with_while(gradient, x, learning_rate, tolerance, max_steps):
    steps, length = 0, math.inf
    while steps < max_steps and length >= tolerance:
        new = x - learning_rate * gradient(x)
        length = math.dist(new, x)
        x = new
        steps += 1
    return x, steps


def descend_recursively(gradient, x, learning_rate, tolerance, max_steps):
    if max_steps == 0:
        return x, 0
    new = x - learning_rate * gradient(x)
    if np.sqrt(np.sum((x - new) ** 2)) < tolerance:
        return new, 1
    last, steps = descend_recursively(gradient, new, learning_rate, tolerance, max_steps - 1)
    return last, steps + 1


def descend_cases(rng):
    def case(matrix, x, learning_rate, tolerance, max_steps):
        gradient = QuadraticGradient(matrix, np.zeros(len(x)))
        return {"gradient": gradient, "x": np.asarray(x, dtype=float), "learning_rate": learning_rate,
                "tolerance": tolerance, "max_steps": max_steps}  # fmt: skip

    return [
        # Moves 1/2, 1/4, 1/8: the second is exactly as long as the tolerance, which is not below it.
        case(np.eye(1), [1.0], 0.5, 0.25, 10),
        case(2 * np.eye(1), [5.0], 0.1, 1e-6, 50),
        case(2 * np.eye(1), [5.0], 0.1, 1e-6, 100),
        case(np.diag([1.0, 4.0]), [0.0, 0.0], 0.1, 1e-6, 10),
        case(np.diag([1.0, 4.0]), [1.0, -2.0], 0.3, 1e-6, 0),
        case(bowl(rng, [1, 9]), rng.uniform(1, 2, size=2), 0.21, 1e-3, 30),
        case(3 * np.eye(5), rng.choice([-1, 1], size=5) * rng.uniform(1, 2, size=5), 0.02, 1e-3, 300),
        case(bowl(rng, rng.uniform(1, 4, size=5)), rng.normal(size=5), 0.1, 1e-4, 1000),
    ]


DESCEND = Exercise(
    name="first_order.descend",
    title="The whole descent",
    points=2,
    difficulty="warm-up",
    hint="One pass of a `for` loop is one step: compute the move, make it, then look at its length "
    "(`np.linalg.norm`). Return from inside the loop when the move was short, after the loop when the steps ran out.",
    reference=descend,
    instances=descend_cases,
    misconceptions=(
        Misconception(
            stops_before_the_short_step,
            "You return the point before the last move. The move that turns out to be short is still made.",
        ),
        Misconception(
            tests_the_gradient,
            "You compare the length of the gradient with the tolerance; asked is the length of the move, which is "
            "learning_rate times that.",
        ),
        Misconception(
            counts_from_zero, "Your count of steps is one too low when it stops early: the first step is step 1."
        ),
        Misconception(
            measures_one_coordinate_at_a_time,
            "You test each coordinate of the move. Its length is the root of the sum of their squares, which can be "
            "above the tolerance when every coordinate is below.",
        ),
        Misconception(never_stops_early, "You always take max_steps steps: stop after the first short one."),
    ),
    alternatives=(descend_with_while, descend_recursively),
)
