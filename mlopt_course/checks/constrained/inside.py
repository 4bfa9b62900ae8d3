"""Methods that stay inside: how far a step may go, and a point of the central path."""

from __future__ import annotations

import math

import numpy as np

from ..exercise import Exercise, Misconception
from . import plots

# --- a step that stays inside -----------------------------------------------------------------------------------------


def step_to_boundary(A, b, x, direction, fraction):
    slack = b - A @ x
    speed = A @ direction
    closing = speed > 0
    return min(1.0, np.min(fraction * slack[closing] / speed[closing], initial=math.inf))


def _ratios(A, b, x, direction):
    slack, speed = b - A @ x, A @ direction
    return [s / v for s, v in zip(slack, speed, strict=True) if v > 0]


def is_stopped_by_walls_behind(A, b, x, direction, fraction):
    slack, speed = b - A @ x, np.abs(A @ direction)
    return min([1.0, *(fraction * s / v for s, v in zip(slack, speed, strict=True) if v > 0)])


def goes_as_far_as_it_can(A, b, x, direction, fraction):
    return fraction * min(_ratios(A, b, x, direction), default=math.inf)


def shortens_every_step(A, b, x, direction, fraction):
    return fraction * min([1.0, *_ratios(A, b, x, direction)])


def stops_on_the_wall(A, b, x, direction, fraction):
    return min([1.0, *_ratios(A, b, x, direction)])


def stops_at_the_last_wall(A, b, x, direction, fraction):
    return min(1.0, fraction * max(_ratios(A, b, x, direction), default=math.inf))


def keeps_the_fraction(A, b, x, direction, fraction):
    return min(1.0, (1 - fraction) * min(_ratios(A, b, x, direction), default=math.inf))


def forgets_where_it_stands(A, b, x, direction, fraction):
    return min([1.0, *(fraction * r for r in _ratios(A, b, 0 * x, direction))])


def step_to_boundary_wall_by_wall(A, b, x, direction, fraction):
    step = 1.0
    for row, right in zip(A, b, strict=True):
        left = right - row @ x
        if row @ (x + step * direction) > right - (1 - fraction) * left:
            step = fraction * left / (row @ direction)
    return step


def step_to_boundary_by_the_largest_speed(A, b, x, direction, fraction):
    used = (A @ direction) / (b - A @ x)  # the part of each slack that a whole step uses up
    return float(fraction / max(used.max(), fraction))


def step_to_boundary_cases(rng):
    box = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    ones, middle = np.ones(4), np.zeros(2)
    cases = [
        {"A": np.array([[1.0]]), "b": np.array([2.0]), "x": np.zeros(1), "direction": np.array([4.0]), "fraction": 0.5},
        {"A": np.array([[1.0]]), "b": np.array([2.0]), "x": np.zeros(1), "direction": np.array([1.0]), "fraction": 0.9},
        {"A": np.array([[1.0]]), "b": np.array([2.0]), "x": np.zeros(1), "direction": -np.ones(1), "fraction": 0.9},
        {"A": box, "b": ones, "x": middle, "direction": np.array([3.0, 0.0]), "fraction": 0.95},
        {"A": box, "b": ones, "x": np.array([0.5, -0.5]), "direction": np.array([-4.0, 2.0]), "fraction": 0.8},
        {"A": box, "b": ones, "x": middle, "direction": np.zeros(2), "fraction": 0.99},
        {"A": box, "b": ones, "x": np.array([0.9, 0.0]), "direction": np.array([0.2, -0.4]), "fraction": 0.99},
    ]
    for d, p in ((3, 5), (5, 12)):
        A, x = rng.normal(size=(p, d)), rng.normal(size=d)
        b = A @ x + rng.uniform(0.1, 2, size=p)
        cases.append({"A": A, "b": b, "x": x, "direction": rng.normal(size=d) * 2, "fraction": 0.9})
    return cases


STEP_TO_BOUNDARY = Exercise(
    name="constrained.step_to_boundary",
    title="A step that stays inside",
    points=2,
    difficulty="warm-up",
    hint="Only a wall that the step comes closer to can stop it. For each of those: which step uses up the allowed "
    "fraction of its slack?",
    reference=step_to_boundary,
    instances=step_to_boundary_cases,
    misconceptions=(
        Misconception(is_stopped_by_walls_behind, "A wall that the step moves away from cannot stop it."),
        Misconception(goes_as_far_as_it_can, "The step is never longer than 1, the whole direction."),
        Misconception(
            shortens_every_step,
            "The fraction belongs to the distance to the walls, not to the step: where there is room, the step is 1.",
        ),
        Misconception(stops_on_the_wall, "Keep a part of each slack: only the given fraction may be used up."),
        Misconception(stops_at_the_last_wall, "The *first* wall on the way stops the step."),
        Misconception(
            keeps_the_fraction, "The fraction is what may be used up of a slack, not what has to be left of it."
        ),
        Misconception(forgets_where_it_stands, "The slack is b - A x at the point where you stand, not b."),
    ),
    alternatives=(step_to_boundary_wall_by_wall, step_to_boundary_by_the_largest_speed),
    equivalent_mutants={
        "closing = speed >= 0": "a slack over a speed of 0 is infinite: that wall never stops the step",
        "return min(np.min(fraction * slack[closing] / speed[closing], initial=math.inf), 1.0)": "order of two numbers",
    },
)

# --- a point of the central path --------------------------------------------------------------------------------------


def central_point(cost, t):
    pull = t * np.abs(cost)
    near = 2 / (2 + pull + np.sqrt(pull**2 + 4))  # distance from the cheaper wall
    return np.where(cost > 0, near, 1 - near), 2 * len(cost) / t


def knows_one_wall_only(cost, t):
    with np.errstate(divide="ignore"):
        near = np.minimum(1 / (t * np.abs(cost)), 0.5)
    return np.where(cost > 0, near, 1 - near), 2 * len(cost) / t


def goes_to_the_corner(cost, t):
    return np.where(cost > 0, 0.0, np.where(cost < 0, 1.0, 0.5)), 2 * len(cost) / t


def counts_one_wall_for_each_variable(cost, t):
    return central_point(cost, t)[0], len(cost) / t


def weighs_the_barrier_instead(cost, t):
    return central_point(cost, 1 / t)[0], 2 * len(cost) / t


def goes_to_the_expensive_side(cost, t):
    return central_point(-cost, t)[0], 2 * len(cost) / t


def promises_the_number_of_walls(cost, t):
    return central_point(cost, t)[0], 2 * len(cost)


def adds_the_barrier_to_the_gap(cost, t):
    x = central_point(cost, t)[0]
    return x, -float(np.sum(np.log(x) + np.log(1 - x))) / t


def central_point_by_halving(cost, t):
    low, high = np.zeros(len(cost)), np.ones(len(cost))
    for _ in range(80):
        x = (low + high) / 2
        rises = t * cost - 1 / x + 1 / (1 - x) > 0
        low, high = np.where(rises, low, x), np.where(rises, x, high)
    return x, 2 * len(cost) / t


def central_point_by_the_usual_formula(cost, t):
    x = []
    for k in t * np.asarray(cost):
        x.append(0.5 if k == 0 else (k + 2 - math.sqrt(k * k + 4)) / (2 * k))
    return x, 2 * len(x) / t


def central_point_cases(rng):
    return [
        {"cost": np.array([1.5]), "t": 1.0},
        {"cost": np.array([-1.5]), "t": 2.0},
        {"cost": np.array([-0.5, 0.5]), "t": 3.0},
        {"cost": np.array([1.0, 0.0]), "t": 4.0},
        {"cost": np.array([3.0, -1.0, 0.2]), "t": 0.1},
        {"cost": rng.normal(size=4), "t": 25.0},
        {"cost": rng.normal(size=3), "t": 300.0},
    ]


CENTRAL_POINT = Exercise(
    name="constrained.central_point",
    title="A point of the central path",
    points=3,
    difficulty="core",
    hint="The sum falls apart: each variable has its own equation, t cost - 1/x + 1/(1 - x) = 0, a quadratic with one "
    "root between 0 and 1. For the bound: how many walls are there?",
    reference=central_point,
    instances=central_point_cases,
    rtol=1e-8,
    misconceptions=(
        Misconception(knows_one_wall_only, "Each variable has two walls, at 0 and at 1, and both push."),
        Misconception(
            goes_to_the_corner, "That is where the path ends. For a finite t the barrier keeps the point inside."
        ),
        Misconception(
            counts_one_wall_for_each_variable, "The bound is the number of *constraints* over t: two for each variable."
        ),
        Misconception(
            weighs_the_barrier_instead,
            "Here t multiplies the cost, not the barrier: the larger t, the closer the point comes to the walls.",
        ),
        Misconception(goes_to_the_expensive_side, "We minimise: a positive cost pulls its variable towards 0."),
        Misconception(promises_the_number_of_walls, "The bound shrinks as t grows: divide by t."),
        Misconception(
            adds_the_barrier_to_the_gap,
            "The bound is not the barrier's value: it is the sum of multiplier times slack, which is 1/t for each "
            "constraint.",
        ),
    ),
    alternatives=(central_point_by_halving, central_point_by_the_usual_formula),
    equivalent_mutants={
        "return (np.where(cost > 0, near, 1 - near), 2 * len(near) / t)": "all have one entry for each variable",
        "return (np.where(cost > 0, near, 1 - near), 2 * len(pull) / t)": "all have one entry for each variable",
        "return (np.where(cost >= 0, near, 1 - near), 2 * len(cost) / t)": "without a cost both are one half",
    },
    play=plots.central_path,
)
