"""A crease across the axes, where coordinate search is stuck."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Misconception


def crease(a, b):
    stuck = bool(np.all(a * b <= 0))
    edge = a - b
    part = np.clip(-(b @ edge) / (edge @ edge), 0, 1)
    shortest = b + part * edge
    length = np.linalg.norm(shortest)
    if length < 1e-9:
        return stuck, None
    return stuck, -shortest / length


def _unit(vector):
    length = np.linalg.norm(vector)
    return None if length < 1e-9 else vector / length


def goes_down_the_mean(a, b):
    return crease(a, b)[0], _unit(-(a + b))


def goes_down_one_side_only(a, b):
    return crease(a, b)[0], _unit(-a)


def follows_the_whole_line(a, b):
    edge = a - b
    return crease(a, b)[0], _unit(-(b - (b @ edge) / (edge @ edge) * edge))


def goes_up(a, b):
    stuck, way = crease(a, b)
    return stuck, None if way is None else -way


def leaves_the_length(a, b):
    edge = a - b
    part = min(max(-(b @ edge) / (edge @ edge), 0.0), 1.0)
    way = -(b + part * edge)
    return crease(a, b)[0], None if np.linalg.norm(way) < 1e-9 else way


def asks_the_mean_slope(a, b):
    """Stuck only where both slopes cancel along every axis."""
    return bool(np.all(np.abs(a + b) < 1e-9)), crease(a, b)[1]


def looks_up_each_axis_only(a, b):
    return bool(np.all(np.maximum(a, b) >= 0)), crease(a, b)[1]


def calls_no_minimum_stuck(a, b):
    stuck, way = crease(a, b)
    return stuck and way is not None, way


def crease_by_trying(a, b):
    """Both ways along each axis; and the shortest vector by cases."""

    def rise(p):
        return max(a @ p, b @ p)

    axes = np.eye(len(a))
    stuck = all(rise(p) >= 0 for p in (*axes, *-axes))
    if a @ a <= a @ b:
        shortest = a
    elif b @ b <= a @ b:
        shortest = b
    else:
        part = (b @ b - a @ b) / (a @ a - 2 * (a @ b) + b @ b)
        shortest = part * a + (1 - part) * b
    length = float(np.sqrt(shortest @ shortest))
    return [stuck, list(-shortest / length) if length > 1e-9 else None]


def crease_by_halving(a, b):
    """The shortest vector of the segment by bisection of the slope of its squared length."""
    low, high = 0.0, 1.0
    for _ in range(200):
        middle = (low + high) / 2
        if (b + middle * (a - b)) @ (a - b) < 0:
            low = middle
        else:
            high = middle
    shortest = b + high * (a - b)
    length = np.linalg.norm(shortest)
    signs = np.sign(a) * np.sign(b)
    return not (signs > 0).any(), (None if length < 1e-9 else shortest / -length)


def crease_cases(rng):
    def stuck(d):
        signs = rng.choice([-1.0, 1.0], size=d)
        return {"a": signs * rng.uniform(0.5, 3, size=d), "b": -signs * rng.uniform(0.5, 3, size=d)}

    one = rng.uniform(0.5, 2, size=3)
    return [
        {"a": np.array([2.0, -1.0]), "b": np.array([-1.0, 2.0])},
        {"a": np.array([1.0, -1.0]), "b": np.array([-1.0, 1.0])},  # a minimum
        {"a": np.array([3.0, -6.0]), "b": np.array([-1.0, 2.0])},  # another one
        {"a": np.array([1.0, 1.0]), "b": np.array([4.0, 5.0])},  # one side is steeper everywhere
        {"a": np.array([6.0, 5.0]), "b": np.array([1.0, 2.0])},
        {"a": np.array([0.0, 1.0]), "b": np.array([3.0, -2.0])},
        {"a": np.array([0.5, -0.25]), "b": np.array([0.25, 0.75])},  # the first axis goes down, backwards
        {"a": np.array([-0.5, -0.25]), "b": np.array([-0.25, 0.75])},  # the first axis goes down, forwards
        {"a": np.array([2.0, -1.0]), "b": np.array([0.0, 1.0])},
        stuck(2),
        stuck(3),
        stuck(4),
        {"a": one, "b": -2 * one},
        {"a": rng.standard_normal(5), "b": rng.standard_normal(5)},
    ]  # fmt: skip


CREASE = Exercise(
    name="direct_search.crease",
    title="Stuck on a crease",
    points=3,
    difficulty="core",
    hint="A small step p changes f by max(a'p, b'p). For the way: write the points of the segment as b + t (a - b) and "
    "minimise the squared length, a parabola in t; then mind that t stays between 0 and 1.",
    reference=crease,
    instances=crease_cases,
    misconceptions=(
        Misconception(
            goes_down_the_mean,
            "Minus the sum of the two gradients need not lead down, and is not the steepest way: take the *shortest* "
            "vector of the segment.",
        ),
        Misconception(goes_down_one_side_only, "Down on the side of a may be up on the side of b: both count."),
        Misconception(
            follows_the_whole_line,
            "Your shortest vector lies on the *line* through a and b, but beyond their ends: keep t between 0 and 1.",
        ),
        Misconception(goes_up, "The shortest vector points up: turn it round."),
        Misconception(leaves_the_length, "Scale the way to the length 1."),
        Misconception(
            asks_the_mean_slope,
            "An axis need not be flat to hold the search: it is enough that both ways along it lead up.",
        ),
        Misconception(looks_up_each_axis_only, "Each axis can be walked both ways: try minus the axis, too."),
        Misconception(
            calls_no_minimum_stuck, "At a minimum no axis leads down either, so the first value is True there."
        ),
    ),
    alternatives=(crease_by_trying, crease_by_halving),
    rtol=1e-7,
    atol=1e-9,
    equivalent_mutants={
        "part = np.clip(-(edge @ b) / (edge @ edge), 0, 1)": "the inner product has no order",
        "part = np.clip(0, -(b @ edge) / (edge @ edge), 1)": "it comes to the same: at least 0, at most 1",
        "stuck = np.all(a * b <= 0)": "NumPy's truth values are as good as Python's",
        "if length < 2e-09:": "no case lies between the two limits",
        "if length <= 1e-09:": "no length is exactly at the limit",
    },
)
