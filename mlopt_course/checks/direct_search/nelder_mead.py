"""Challenge: Nelder and Mead's method with their own rule for expansions."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Misconception
from ..probes import Quadratic, Rosenbrock
from . import plots


def simplex_search(fun, corners, steps):
    corners, values, moves = np.array(corners), np.array([fun(corner) for corner in corners]), ""
    for _ in range(steps):
        order = np.argsort(values)
        corners, values = corners[order], values[order]
        middle, worst = np.mean(corners[:-1], axis=0), corners[-1]
        reflected = 2 * middle - worst
        value = fun(reflected)
        move, point = "r", reflected
        if value < values[0]:
            further = 3 * middle - 2 * worst
            f_further = fun(further)
            if f_further < values[0]:
                move, point, value = "e", further, f_further
        elif value >= values[-2]:
            move = "o" if value < values[-1] else "i"
            point = (middle + (reflected if move == "o" else worst)) / 2
            f_inner = fun(point)
            if f_inner > value or f_inner >= values[-1]:
                move = "s"
            value = f_inner
        if move == "s":
            corners = (corners[0] + corners) / 2
            values = np.array([fun(corner) for corner in corners])
        else:
            corners[-1], values[-1] = point, value
        moves = moves + move
    return corners[np.argmin(values)], moves


def _search(fun, corners, steps, wrong=""):
    points = [(fun(corner), number, np.array(corner)) for number, corner in enumerate(corners)]
    moves, number = [], len(points)
    for _ in range(steps):
        points.sort(key=lambda each: each[:2])
        best, second, worst = points[0], points[-2], points[-1]
        middle = sum(point for _, _, point in (points if wrong == "all" else points[:-1]))
        middle = middle / (len(points) - (wrong != "all"))

        def at(distance, middle=middle, worst=worst, number=number):
            point = middle + distance * (middle - worst[2])
            return fun(point), number, point

        new, move = at(1), "r"
        if new[0] < best[0]:
            further = at(3 if wrong == "far" else 2)
            if further[0] < (new[0] if wrong == "better of two" else best[0]):
                new, move = further, "e"
        elif new[0] >= (worst[0] if wrong == "keeps the worst" else second[0]):
            outside = new[0] < worst[0] and wrong != "inside only"
            inner = at(0.5 if outside else -0.5)
            good = inner[0] <= new[0] if outside else inner[0] < worst[0]
            if good or wrong == "never shrinks":
                new, move = inner, "o" if outside else "i"
            else:
                move = "s"
        if move == "s":
            towards = worst[2] if wrong == "shrinks to the worst" else best[2]
            points = [(0.0, k, towards + (point - towards) / 2) for k, (_, _, point) in enumerate(points)]
            points = [(fun(point), k, point) for _, k, point in points]
        else:
            points[-1] = new
        number += 1
        moves.append(move)
    return min(points, key=lambda each: each[:2])[2], "".join(moves)


def keeps_the_better_of_the_two(fun, corners, steps):
    return _search(fun, corners, steps, "better of two")


def takes_the_middle_of_all_corners(fun, corners, steps):
    return _search(fun, corners, steps, "all")


def expands_too_far(fun, corners, steps):
    return _search(fun, corners, steps, "far")


def keeps_what_would_be_the_worst_again(fun, corners, steps):
    return _search(fun, corners, steps, "keeps the worst")


def contracts_inside_only(fun, corners, steps):
    return _search(fun, corners, steps, "inside only")


def never_shrinks(fun, corners, steps):
    return _search(fun, corners, steps, "never shrinks")


def shrinks_towards_the_worst(fun, corners, steps):
    return _search(fun, corners, steps, "shrinks to the worst")


def returns_the_best_before_the_last_step(fun, corners, steps):
    return simplex_search(fun, corners, max(0, steps - 1))[0], simplex_search(fun, corners, steps)[1]


def simplex_search_with_tuples(fun, corners, steps):
    return _search(fun, corners, steps)


def simplex_search_in_words(fun, corners, steps):
    corners = [np.asarray(corner, dtype=float) for corner in corners]
    values = {k: fun(corner) for k, corner in enumerate(corners)}
    word = []
    for _ in range(steps):
        ranked = sorted(values, key=values.__getitem__)
        low, last, high = values[ranked[0]], values[ranked[-2]], values[ranked[-1]]
        w = corners[ranked[-1]]
        c = np.mean([corners[k] for k in ranked[:-1]], axis=0)
        f_r = fun(c + (c - w))
        if f_r < low:
            f_e = fun(c + 2 * (c - w))
            word.append("e" if f_e < low else "r")
            new, value = (c + 2 * (c - w), f_e) if f_e < low else (c + (c - w), f_r)
        elif f_r < last:
            word.append("r")
            new, value = c + (c - w), f_r
        else:
            t = 0.5 if f_r < high else -0.5
            new = c + t * (c - w)
            value = fun(new)
            if value <= f_r and value < high:
                word.append("o" if t > 0 else "i")
            else:
                word.append("s")
                b = corners[ranked[0]]
                corners = [b + 0.5 * (corner - b) for corner in corners]
                values = {k: fun(corner) for k, corner in enumerate(corners)}
                continue
        corners[ranked[-1]], values[ranked[-1]] = new, value
    return corners[min(values, key=values.__getitem__)], "".join(word)


def simplex_search_cases(rng):
    def case(A, b, corners, steps=1):
        fun = Quadratic(np.array(A, dtype=float), np.array(b, dtype=float))
        corners = np.array(corners, dtype=float)
        order = np.argsort([fun(corner) for corner in corners])
        return {"fun": fun, "corners": corners[order], "steps": steps}

    def start(d, size):
        corners = rng.uniform(-1, 1, size=(d + 1, d))
        return corners[0] + size * np.vstack([np.zeros(d), np.eye(d) + 0.2 * corners[1:]])

    bent, slanted = rng.uniform(2, 9, size=3), rng.uniform(-0.8, 0.8)
    return [
        case([[2, 0], [0, 2]], [6, 2], [[0, 0], [1, 0], [0, 1.5]]),
        case([[2, 0], [0, 2]], [6, 2], [[0, 0], [1, 0], [0, 1.5]], steps=0),
        # a step for each outcome, and for each tie
        case([[-2, 2], [2, 6]], [1, 3], [[6, 2], [4, -6], [-2, 6]]),
        case([[-4, -4], [-4, 4]], [-1, 1], [[-2, 4], [-2, -4], [4, 6]]),
        case([[4, 4], [4, 6]], [-2, -3], [[2, -6], [-2, 6], [0, -6]]),
        case([[-4, 0], [0, -4]], [3, 3], [[2, 6], [-2, 4], [-6, 0]]),
        case([[-2, 0], [0, 0]], [1, 1], [[0, 2], [4, 4], [-4, 2]]),
        case([[2, 2], [2, -4]], [-1, -1], [[4, -2], [2, 2], [6, 2]]),
        case([[-2, 0], [0, -4]], [0, 1], [[-6, 2], [4, 4], [2, 2]]),
        case([[0, -2], [-2, 0]], [0, -3], [[0, -2], [-2, 0], [4, -2]]),
        case([[4, -4], [-4, 6]], [3, 1], [[4, 2], [-2, -2], [0, 2]]),
        case([[-4, -4], [-4, -2]], [2, 1], [[4, 2], [0, -4], [-2, -6]]),
        case([[0, -4], [-4, 4]], [-2, 3], [[4, 4], [-2, 0], [-6, -6]]),
        case([[-2, 2], [2, 0]], [-1, -2], [[-6, 0], [2, 2], [6, 0]]),
        case(np.diag(bent) + slanted, rng.uniform(-2, 2, size=3), start(3, 0.7), steps=12),
        {"fun": Rosenbrock(), "corners": np.array([[-0.2, 0.0], [0.7, 1.2], [-1.3, 1.3]]), "steps": 4},
        {"fun": Rosenbrock(), "corners": np.array([[0.9, 1.5], [-0.4, 0.6], [1.4, 0.5]]), "steps": 8},
        {"fun": Rosenbrock(), "corners": start(2, 0.8), "steps": 24},
        {"fun": Rosenbrock(), "corners": start(4, 0.5), "steps": 30},
    ]


SIMPLEX_SEARCH = Exercise(
    name="direct_search.simplex_search",
    title="Nelder and Mead's own method",
    points=4,
    difficulty="challenge",
    hint="Sort corners and values together (np.argsort gives the order), then name the move, then carry it out. Keep "
    "the values: a corner that stays is not evaluated again.",
    reference=simplex_search,
    instances=simplex_search_cases,
    misconceptions=(
        Misconception(
            keeps_the_better_of_the_two,
            "You keep the better of the two points, as libraries do. In the rule of 1965 the far point stays if it is "
            "lower than the *best corner*.",
        ),
        Misconception(takes_the_middle_of_all_corners, "The middle is that of all corners *but the worst*."),
        Misconception(expands_too_far, "An expansion ends twice as far from the middle as the worst corner, not more."),
        Misconception(
            keeps_what_would_be_the_worst_again,
            "A reflected point that is no lower than the second worst corner would be the worst again: contract.",
        ),
        Misconception(
            contracts_inside_only,
            "Where the reflected point is lower than the worst corner, contract *outside*, on its side of the middle.",
        ),
        Misconception(
            never_shrinks,
            "A contraction higher than the reflected point, or no lower than the worst corner, has failed: shrink.",
        ),
        Misconception(shrinks_towards_the_worst, "A shrinkage draws all corners towards the *best* one."),
        Misconception(
            returns_the_best_before_the_last_step,
            "The moves are right. Return the best corner *after* the last step, the new ones included.",
        ),
    ),
    alternatives=(simplex_search_with_tuples, simplex_search_in_words),
    equivalent_mutants={
        "corners, values, moves = (corners, np.array([fun(corner) for corner in corners]), '')": "sorting makes a copy",
        "point = (middle + (point if move == 'o' else worst)) / 2": "the point is the reflected one so far",
    },
    rtol=1e-6,
    atol=1e-8,
    play=plots.walking_triangle,
)
