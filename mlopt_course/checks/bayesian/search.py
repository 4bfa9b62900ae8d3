"""A search on a grid, from the first point to the last."""

from __future__ import annotations

import math

import numpy as np

from ..exercise import Exercise, Misconception
from . import plots

# --- a whole search ---------------------------------------------------------------------------------------------------


def search_on_grid(points, values, first, budget, scale, beta):
    seen = [first]
    squares = np.sum((points[:, None] - points) ** 2, axis=2) / scale**2
    K = np.exp(-squares / 2)
    for _ in range(budget - 1):
        y = values[seen]
        known = K[np.ix_(seen, seen)] + 1e-6 * np.eye(len(seen))
        weights = np.linalg.solve(known, K[seen]).T
        above = weights @ (y - np.mean(y))  # the mean is the same for all points: it chooses nothing
        variances = 1 - np.sum(weights * K[:, seen], axis=1)
        bounds = above - beta * np.sqrt(np.maximum(variances, 0))
        bounds[seen] = np.inf
        seen.append(int(np.argmin(bounds)))
    return seen


def _search(points, values, first, budget, scale, beta, centre=None, choose=None, power=2.0, repeat=False, truth=False):
    seen = [first]
    K = np.exp(-(np.linalg.norm(points[:, None] - points, axis=2) ** power) / scale**power / 2)
    while len(seen) < budget:
        rows = sorted(set(seen))
        y = values[rows]
        middle = np.mean(y) if centre is None else centre
        weights = np.linalg.solve(K[np.ix_(rows, rows)] + 1e-6 * np.eye(len(rows)), K[rows]).T
        means = values if truth else middle + weights @ (y - middle)
        stds = np.sqrt(np.maximum(1 - np.sum(weights * K[:, rows], axis=1), 0))
        bounds = (means - beta * stds) if choose is None else choose(means, stds)
        bounds = np.array(bounds, dtype=float)
        if not repeat:
            bounds[seen] = np.inf
        seen.append(int(np.argmin(bounds)))
    return seen


def believes_in_zero(points, values, first, budget, scale, beta):
    return _search(points, values, first, budget, scale, beta, centre=0.0)


def is_greedy(points, values, first, budget, scale, beta):
    return _search(points, values, first, budget, scale, beta, choose=lambda m, s: m)


def only_explores(points, values, first, budget, scale, beta):
    return _search(points, values, first, budget, scale, beta, choose=lambda m, s: -s)


def looks_for_the_largest(points, values, first, budget, scale, beta):
    return _search(points, values, first, budget, scale, beta, choose=lambda m, s: -(m + beta * s))


def shuns_the_unknown(points, values, first, budget, scale, beta):
    return _search(points, values, first, budget, scale, beta, choose=lambda m, s: m + beta * s)


def evaluates_again(points, values, first, budget, scale, beta):
    return _search(points, values, first, budget, scale, beta, repeat=True)


def takes_distances_for_squares(points, values, first, budget, scale, beta):
    return _search(points, values, first, budget, scale, beta, power=1.0)


def looks_at_the_answers(points, values, first, budget, scale, beta):
    return _search(points, values, first, budget, scale, beta, truth=True)


def spends_one_more(points, values, first, budget, scale, beta):
    return search_on_grid(points, values, first, min(budget + 1, len(points)), scale, beta)


def search_on_grid_by_cholesky(points, values, first, budget, scale, beta):
    def k(a, b):
        return np.exp(-0.5 * ((a[:, None, :] - b[None, :, :]) ** 2).sum(-1) / scale**2)

    chosen = np.array([first])
    for _ in range(budget - 1):
        X, y = points[chosen], values[chosen]
        lower = np.linalg.cholesky(k(X, X) + 1e-6 * np.eye(len(X)))
        explained = np.linalg.solve(lower, k(X, points))
        mean = y.mean() + explained.T @ np.linalg.solve(lower, y - y.mean())
        bound = mean - beta * np.sqrt((1 - (explained**2).sum(0)).clip(0))
        free = np.setdiff1d(np.arange(len(points)), chosen)
        chosen = np.append(chosen, free[bound[free].argmin()])
    return chosen


def search_on_grid_point_by_point(points, values, first, budget, scale, beta):
    def k(a, b):
        return math.exp(-sum((p - q) ** 2 for p, q in zip(a, b, strict=True)) / (2 * scale * scale))

    seen = {first: float(values[first])}
    while len(seen) < budget:
        rows = list(seen)
        middle = sum(seen.values()) / len(seen)
        inverse = np.linalg.inv([[k(points[i], points[j]) + (i == j) * 1e-6 for j in rows] for i in rows])
        pull = inverse @ [seen[i] - middle for i in rows]
        bounds = {}
        for i in range(len(points)):
            if i not in seen:
                row = np.array([k(points[i], points[j]) for j in rows])
                bounds[i] = middle + row @ pull - beta * math.sqrt(max(0.0, 1 - row @ inverse @ row))
        best = min(bounds, key=lambda i: bounds[i])
        seen[best] = float(values[best])
    return list(seen)


def search_on_grid_cases(rng):
    def case(points, values, budget, scale, beta):
        return {"points": points, "values": values, "first": int(rng.integers(len(points))), "budget": budget,
                "scale": scale, "beta": beta}  # fmt: skip

    line = np.array([[0.0], [1.0], [2.5], [4.7]])
    curve = np.sort(rng.uniform(0, 10, size=(20, 1)), axis=0)
    plane = rng.uniform(-5, 5, size=(40, 2))
    example = (plane[:, 0] - 2) ** 2 + (plane[:, 1] - 3) ** 2 + 1
    return [
        case(line, np.array([1.0, 0.3, 2.0, -0.4]), 1, 1.0, 2.0),
        case(line, np.array([1.0, 0.3, 2.0, -0.4]), 2, 1.0, 2.0),
        case(line, np.array([1.0, 0.3, 2.0, -0.4]) + 5, 3, 1.5, 0.5),
        {"points": np.array([[0.0], [1.0], [1.0], [2.5], [4.7]]), "values": np.array([1.0, 0.2, 0.2, 2.0, 3.0]),
         "first": 1, "budget": 5, "scale": 1.0, "beta": 0.01},  # one point stands twice
        case(curve, 3 + np.sin(1.3 * curve[:, 0]) + 0.1 * curve[:, 0], 9, 1.1, 2.0),
        case(plane, example / 20, 14, 3.0, 1.0),
    ]  # fmt: skip


SEARCH_ON_GRID = Exercise(
    name="bayesian.search_on_grid",
    title="A whole search",
    points=4,
    difficulty="challenge",
    hint="One round: take the values seen so far, their mean as prior mean, compute mean and deviation of the belief "
    "at all points, exclude those seen, take the lowest bound. Begin again with one value more.",
    reference=search_on_grid,
    instances=search_on_grid_cases,
    misconceptions=(
        Misconception(
            believes_in_zero, "Far from what it has seen, your belief is 0. It should be the mean of the values seen."
        ),
        Misconception(is_greedy, "You follow the mean alone and forget beta times the deviation."),
        Misconception(only_explores, "You look only for what is uncertain; the mean counts as well."),
        Misconception(looks_for_the_largest, "We minimise: the lowest bound is next."),
        Misconception(shuns_the_unknown, "Uncertainty must attract: the mean *minus* beta deviations."),
        Misconception(evaluates_again, "A point that was evaluated must not be chosen again: nothing new is learnt."),
        Misconception(takes_distances_for_squares, "RBF falls with the *square* of the distance over the scale."),
        Misconception(
            looks_at_the_answers, "You use values that nobody has evaluated yet: only those of chosen points are known."
        ),
        Misconception(spends_one_more, "The first point counts towards the budget, too."),
    ),
    alternatives=(search_on_grid_by_cholesky, search_on_grid_point_by_point),
    equivalent_mutants={
        "bounds = above - beta * np.sqrt(np.maximum(0, variances))": "order of two numbers",
        "bounds = above - beta * np.sqrt(np.maximum(variances, -1))": "the jitter keeps variances positive",
        "bounds = above - beta * np.sqrt(variances)": "the jitter keeps variances positive",
        "known = K[np.ix_(seen, seen)] + 1e-06 * np.eye(len(y))": "as many values as points seen",
        "known = K[np.ix_(seen, seen)] + 2e-06 * np.eye(len(seen))": "a jitter of another size, as good",
        "known = K[np.ix_(seen, seen)] + -1e-06 * np.eye(len(seen))": "a jitter far below what decides between points",
        "known = K[np.ix_(seen, seen)] - 1e-06 * np.eye(len(seen))": "a jitter far below what decides between points",
        "seen.append(np.argmin(bounds))": "NumPy's integer is an integer",
        "squares = np.sum((points - points[:, None]) ** 2, axis=2) / scale ** 2": "they are squared",
        "variances = 1 - np.sum(weights * K[:, seen], axis=-1)": "the array has two axes",
    },
    play=plots.search_along_a_curve,
)
