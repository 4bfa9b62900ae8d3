"""Powell's method: a round that learns a direction."""

from __future__ import annotations

import itertools

import numpy as np

from ..exercise import Exercise, Misconception
from ..probes import Quadratic
from . import plots
from .lines import bowl


def powell_round(A, b, x, lines):
    start, falls = x, []
    for p in lines:
        slope, bend = p @ (b - A @ x), p @ A @ p
        x = x + slope / bend * p
        falls.append(slope**2 / bend)
    way = x - start
    if not way.any():
        return x, lines
    x = x + way @ (b - A @ x) / (way @ A @ way) * way
    kept = np.delete(lines, np.argmax(falls), axis=0)
    return x, np.vstack([kept, way / np.linalg.norm(way)])


def _along(A, b, x, p):
    return x + (p @ (b - A @ x)) / (p @ A @ p) * p


def _round(A, b, x, lines, drop="largest", place="last", unit=True, search=True, late=False):
    fun, start, falls, lengths = Quadratic(A, b), x, [], []
    for p in lines:
        after = _along(A, b, x, p)
        falls.append(fun(x) - fun(after))
        lengths.append(np.linalg.norm(after - x))
        x = after
        if late and len(falls) == 1:
            start = x
    way = x - start
    if not way.any():
        return x, lines
    if search:
        x = _along(A, b, x, way)
    which = {"largest": np.argmax(falls), "least": np.argmin(falls), "longest": np.argmax(lengths)}.get(
        drop, np.intp(0)
    )
    way = way / np.linalg.norm(way) if unit else way
    lines = lines.copy()
    if place == "last":
        lines = np.vstack([np.delete(lines, which, axis=0), way])
    elif place == "swap":
        lines[which], lines[-1] = lines[-1], way
    else:
        lines[which] = way
    return x, lines


def drops_the_first(A, b, x, lines):
    return _round(A, b, x, lines, drop="first")


def drops_the_least_fall(A, b, x, lines):
    return _round(A, b, x, lines, drop="least")


def drops_the_longest_step(A, b, x, lines):
    return _round(A, b, x, lines, drop="longest")


def puts_the_way_in_the_gap(A, b, x, lines):
    return _round(A, b, x, lines, place="gap")


def moves_the_last_into_the_gap(A, b, x, lines):
    """As Numerical Recipes and SciPy do."""
    return _round(A, b, x, lines, place="swap")


def drops_the_last_of_equals(A, b, x, lines):
    falls, here = [], x
    for p in lines:
        after = _along(A, b, here, p)
        falls.append(Quadratic(A, b)(here) - Quadratic(A, b)(after))
        here = after
    if not (here - x).any():
        return x, lines
    point, new = _round(A, b, x, lines)
    last = len(falls) - 1 - int(np.argmax(falls[::-1]))
    return point, np.vstack([np.delete(lines, last, axis=0), new[-1]])


def leaves_the_way_as_long_as_it_is(A, b, x, lines):
    return _round(A, b, x, lines, unit=False)


def forgets_to_search_along_the_way(A, b, x, lines):
    return _round(A, b, x, lines, search=False)


def remembers_the_start_too_late(A, b, x, lines):
    """The way from the end of the first line search."""
    return _round(A, b, x, lines, late=True)


def powell_round_by_values(A, b, x, lines):
    return list(_round(A, b, x, lines))


def powell_round_on_a_list(A, b, x, lines):
    heights, points = [], [np.array(x)]
    f = Quadratic(A, b)
    for p in lines:
        here = points[-1]
        points.append(here - (A @ here - b).dot(p) / A.dot(p).dot(p) * p)
    heights = [f(point) for point in points]
    way = points[-1] - points[0]
    if np.linalg.norm(way) == 0:
        return points[-1], lines
    drops = [before - after for before, after in itertools.pairwise(heights)]
    rows = [row for i, row in enumerate(lines) if i != drops.index(max(drops))]
    unit = way / np.sqrt(np.sum(way**2))
    return points[-1] - (A @ points[-1] - b).dot(unit) / A.dot(unit).dot(unit) * unit, [*rows, unit]


def powell_round_cases(rng):
    cases = [
        {"A": np.array([[4.0]]), "b": np.array([8.0]), "x": np.array([5.0]), "lines": np.array([[2.0]])},
        {"A": np.array([[2.0, 1.0], [1.0, 4.0]]), "b": np.array([4.0, 2.0]), "x": np.array([2.0, 0.0]),
         "lines": np.eye(2)},  # at the minimum: nothing moves
        {"A": np.diag([1.0, 8.0]), "b": np.array([2.0, 4.0]), "x": np.zeros(2), "lines": np.eye(2)},
        {"A": np.array([[2.0, 1.0], [1.0, 2.0]]), "b": np.zeros(2), "x": np.array([4.0, 0.0]), "lines": np.eye(2)},
        {"A": np.array([[1.0, 1.0], [1.0, 9.0]]), "b": np.zeros(2), "x": np.array([3.0, 2.0]), "lines": np.eye(2)},
        {"A": 2 * np.eye(3), "b": np.zeros(3), "x": np.array([2.0, 1.0, -2.0]), "lines": np.eye(3)},  # equal falls
        # the longest step is not the one of the largest fall
        {"A": np.diag([3.0, 8.0, 0.1, 1.0]) + 0.05, "b": np.array([9.0, -2.0, 1.0, 0.0]),
         "x": np.array([1.0, 3.0, -2.0, 0.3]), "lines": np.eye(4)},
    ]  # fmt: skip
    for d in (2, 3, 5):
        lines = np.eye(d) + 0.4 * rng.standard_normal((d, d))
        cases.append({"A": bowl(rng, d), "b": rng.standard_normal(d), "x": 2 * rng.standard_normal(d), "lines": lines})
    return cases


POWELL_ROUND = Exercise(
    name="direct_search.powell_round",
    title="A round that learns a direction",
    points=3,
    difficulty="core",
    hint="A search along p changes f by -s * s / (2 c), with the slope s = p'(b - Ax) and the curvature c = p'Ap. "
    "Remember where the round began before you begin.",
    reference=powell_round,
    instances=powell_round_cases,
    misconceptions=(
        Misconception(
            drops_the_first,
            "You drop the first direction, as Powell's basic procedure does. Here the one of the largest fall goes.",
        ),
        Misconception(
            drops_the_least_fall,
            "You drop the direction of the least fall. The one of the *largest* is most like the way.",
        ),
        Misconception(
            drops_the_longest_step,
            "You drop the direction of the longest *step*; what counts is how far the value fell.",
        ),
        Misconception(
            puts_the_way_in_the_gap,
            "The way comes *last*, and what stood behind the dropped direction moves up by one row.",
        ),
        Misconception(
            moves_the_last_into_the_gap,
            "You put the last direction into the gap, as SciPy does. Here the others keep their order and move up.",
        ),
        Misconception(
            drops_the_last_of_equals, "Where the value fell as much along several rows, the *first* of them goes."
        ),
        Misconception(leaves_the_way_as_long_as_it_is, "Scale the new direction to the length 1."),
        Misconception(
            forgets_to_search_along_the_way,
            "The directions are right. Search along the new one, too, before you return.",
        ),
        Misconception(
            remembers_the_start_too_late,
            "The way leads from where the round *began*, before its first line search, to where the last one ended.",
        ),
    ),
    alternatives=(powell_round_by_values, powell_round_on_a_list),
    equivalent_mutants={
        "return (start, lines)": "if the way is zero, x is the start",
        "slope, bend = ((b - A @ x) @ p, p @ A @ p)": "the inner product has no order",
        "slope, bend = (p @ (b - A @ x), A @ p @ p)": "A is symmetric",
        "slope, bend = (p @ (b - A @ x), p @ (p @ A))": "A is symmetric",
        "slope, bend = (p @ (b - x @ A), p @ A @ p)": "A is symmetric",
        "x = x + (b - A @ x) @ way / (way @ A @ way) * way": "the inner product has no order",
        "x = x + way @ (b - A @ x) / (A @ way @ way) * way": "A is symmetric",
        "x = x + way @ (b - A @ x) / (way @ (way @ A)) * way": "A is symmetric",
        "x = x + way @ (b - x @ A) / (way @ A @ way) * way": "A is symmetric",
    },
    rtol=1e-7,
    atol=1e-9,
    play=plots.learnt_directions,
)
