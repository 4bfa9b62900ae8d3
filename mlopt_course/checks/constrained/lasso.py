"""The lasso: the penalty that silences it, and FISTA with an intercept that is free."""

from __future__ import annotations

import math

import numpy as np

from ..exercise import Exercise, Misconception
from . import plots

# --- the penalty that silences all weights ----------------------------------------------------------------------------


def silent_penalty(X, y):
    return np.max(np.abs(X.T @ (y - np.mean(y)))) / len(y)


def forgets_the_mean(X, y):
    return float(np.max(np.abs(X.T @ (y - np.mean(y)))))


def forgets_the_intercept(X, y):
    return float(np.max(np.abs(X.T @ y)) / len(y))


def forgets_the_sign(X, y):
    return float(np.max(X.T @ (y - np.mean(y))) / len(y))


def takes_the_length_of_the_gradient(X, y):
    return float(np.linalg.norm(X.T @ (y - np.mean(y))) / len(y))


def adds_the_components(X, y):
    return float(np.sum(np.abs(X.T @ (y - np.mean(y)))) / len(y))


def doubles_the_penalty(X, y):
    return float(2 * np.max(np.abs(X.T @ (y - np.mean(y)))) / len(y))


def silences_one_weight(X, y):
    return float(np.min(np.abs(X.T @ (y - np.mean(y)))) / len(y))


def silent_penalty_by_covariance(X, y):
    return max(abs(float(np.mean((column - column.mean()) * (y - y.mean())))) for column in X.T)


def silent_penalty_by_norm(X, y):
    return np.linalg.norm((y - y.sum() / y.size) @ X / y.size, ord=np.inf)


def silent_penalty_cases(rng):
    return [
        {"X": np.array([[1.0], [-1.0]]), "y": np.array([3.0, 1.0])},
        {"X": np.array([[1.0, 2.0], [0.0, -1.0], [2.0, 0.0]]), "y": np.array([1.0, 5.0, 3.0])},
        {"X": np.array([[0.0], [1.0], [2.0]]), "y": np.array([4.0, 2.0, 1.0])},
        {"X": rng.normal(size=(8, 4)), "y": rng.normal(size=8) + 5},
        {"X": rng.normal(size=(30, 10)) + 1, "y": rng.normal(size=30) * 3},
    ]


SILENT_PENALTY = Exercise(
    name="constrained.silent_penalty",
    title="The penalty that silences the lasso",
    points=2,
    difficulty="warm-up",
    hint="With all weights 0, what is the best intercept? Then a weight stays at 0 as long as the slope of the squared "
    "part along it is no steeper than the penalty, in either direction.",
    reference=silent_penalty,
    instances=silent_penalty_cases,
    misconceptions=(
        Misconception(
            forgets_the_mean, "The squared part is a *mean* over the rows: divide the gradient by their number."
        ),
        Misconception(
            forgets_the_intercept,
            "The intercept is free, and with all weights 0 it is the mean of y: only what is left pulls at the "
            "weights.",
        ),
        Misconception(forgets_the_sign, "A weight may be pulled to either side: take the size of each slope."),
        Misconception(
            takes_the_length_of_the_gradient,
            "Each weight decides alone: the penalty must exceed the steepest of the slopes, not the length of all.",
        ),
        Misconception(adds_the_components, "Each weight decides alone: take the largest slope, not their sum."),
        Misconception(
            doubles_the_penalty, "The half in front of the squared part cancels the 2 of its derivative: no 2 is left."
        ),
        Misconception(silences_one_weight, "That silences the first weight only. All are to be 0."),
    ),
    alternatives=(silent_penalty_by_covariance, silent_penalty_by_norm),
    equivalent_mutants={
        "return np.max(np.abs(X.T @ (np.mean(y) - y))) / len(y)": "the sign goes with the absolute value",
        "return np.max(np.abs(X.T @ (y - np.mean(y)))) / len(X)": "X and y have the same number of rows",
    },
)

# --- FISTA ------------------------------------------------------------------------------------------------------------


def lasso_fista(X, y, penalty, steps):
    rate = 1 / np.linalg.norm(X, 2) ** 2
    threshold = rate * penalty * np.ones(X.shape[1])
    threshold[0] = 0
    w = leap = np.zeros(X.shape[1])
    t = 1.0
    for _ in range(steps):
        moved = leap - rate * (X.T @ (X @ leap - y))
        new = np.sign(moved) * np.maximum(np.abs(moved) - threshold, 0)
        longer = (1 + math.sqrt(1 + 4 * t**2)) / 2
        leap = new + (t - 1) / longer * (new - w)
        w, t = new, longer
    return w


def _fista(X, y, penalty, steps, leaping=True, at_leap=True, free=1, scale=True, hard=False, rate_factor=1.0, give="w"):
    largest = np.linalg.norm(X, 2) ** 2
    rate = rate_factor / largest
    threshold = (rate if scale else 1.0) * penalty * (np.arange(X.shape[1]) >= free)
    w = leap = np.zeros(X.shape[1])
    t = 1.0
    for _ in range(steps):
        where = leap if at_leap else w
        moved = leap - rate * (X.T @ (X @ where - y))
        keep = np.abs(moved) > threshold
        new = np.where(keep, moved if hard else moved - np.sign(moved) * threshold, 0.0)
        longer = (1 + math.sqrt(1 + 4 * t * t)) / 2
        leap = new + (leaping * (t - 1) / longer) * (new - w)
        w, t = new, longer
    return leap if give == "leap" else w


def never_leaps(X, y, penalty, steps):
    return _fista(X, y, penalty, steps, leaping=False)


def takes_the_gradient_before_the_leap(X, y, penalty, steps):
    return _fista(X, y, penalty, steps, at_leap=False)


def penalises_the_intercept(X, y, penalty, steps):
    return _fista(X, y, penalty, steps, free=0)


def thresholds_by_the_whole_penalty(X, y, penalty, steps):
    return _fista(X, y, penalty, steps, scale=False)


def cuts_without_shrinking(X, y, penalty, steps):
    return _fista(X, y, penalty, steps, hard=True)


def returns_the_leap(X, y, penalty, steps):
    return _fista(X, y, penalty, steps, give="leap")


def takes_half_the_rate(X, y, penalty, steps):
    return _fista(X, y, penalty, steps, rate_factor=0.5)


def thresholds_before_the_step(X, y, penalty, steps):
    rate = 1 / np.linalg.norm(X, 2) ** 2
    threshold = rate * penalty * (np.arange(X.shape[1]) > 0)
    w = leap = np.zeros(X.shape[1])
    t = 1.0
    for _ in range(steps):
        shrunk = np.sign(leap) * np.maximum(np.abs(leap) - threshold, 0)
        new = shrunk - rate * (X.T @ (X @ leap - y))
        longer = (1 + math.sqrt(1 + 4 * t * t)) / 2
        leap, w, t = new + (t - 1) / longer * (new - w), new, longer
    return w


def lasso_fista_with_products_made_once(X, y, penalty, steps):
    square, right = X.T @ X, X.T @ y
    largest = np.linalg.eigvalsh(square)[-1]
    before, now, t_before, t = np.zeros(len(right)), np.zeros(len(right)), 1.0, 1.0
    for k in range(steps):
        beta = (t_before - 1) / t if k else 0.0
        leap = now + beta * (now - before)
        moved = leap + (right - square @ leap) / largest
        before = now
        now = moved - np.clip(moved, -penalty / largest, penalty / largest)
        now[0] = moved[0]
        t_before, t = t, 0.5 + math.sqrt(0.25 + t * t)
    return now


def lasso_fista_entry_by_entry(X, y, penalty, steps):
    def soft(value, by):
        return math.copysign(max(abs(value) - by, 0.0), value)

    d = X.shape[1]
    rate = 1 / float(np.max(np.linalg.svd(X, compute_uv=False))) ** 2
    w, leap, t = [0.0] * d, [0.0] * d, 1.0
    for _ in range(steps):
        slopes = X.T @ (X @ np.array(leap) - y)
        new = [soft(leap[j] - rate * slopes[j], 0.0 if j == 0 else rate * penalty) for j in range(d)]
        longer = (1 + (1 + 4 * t * t) ** 0.5) / 2
        leap = [b + (t - 1) / longer * (b - a) for a, b in zip(w, new, strict=True)]
        w, t = new, longer
    return w


def lasso_fista_cases(rng):
    def case(n, d, penalty, steps):
        X = np.column_stack([np.ones(n), rng.normal(size=(n, d))])
        weights = np.concatenate([[2.0], rng.normal(size=d) * (np.arange(d) % 2 == 0)])
        return {"X": X, "y": X @ weights + 0.2 * rng.normal(size=n), "penalty": penalty, "steps": steps}

    small = np.array([[1.0, 1.0], [1.0, -1.0]])
    return [
        {"X": small, "y": np.array([3.0, 1.0]), "penalty": 0.5, "steps": 1},
        {"X": small, "y": np.array([1.0, 3.0]), "penalty": 0.5, "steps": 2},
        {"X": small, "y": np.array([3.0, 1.0]), "penalty": 5.0, "steps": 1},
        {"X": small, "y": np.array([3.0, 1.0]), "penalty": 0.5, "steps": 0},
        case(8, 3, 0.7, 3),
        case(15, 5, 2.0, 10),
        case(40, 8, 4.0, 40),
    ]


LASSO_FISTA = Exercise(
    name="constrained.lasso_fista",
    title="The lasso by FISTA, with a free intercept",
    points=4,
    difficulty="core",
    hint="Write a plain step first: a gradient step on the squared part, then soft thresholding, by nothing for the "
    "intercept. Then take the step from the point of the leap instead, and mind which of the two t is above.",
    reference=lasso_fista,
    instances=lasso_fista_cases,
    rtol=1e-8,
    atol=1e-10,
    misconceptions=(
        Misconception(never_leaps, "Your steps are those of ISTA: take each step from the leap, not from w."),
        Misconception(
            takes_the_gradient_before_the_leap, "The gradient is to be taken where the step begins: at the leap."
        ),
        Misconception(penalises_the_intercept, "The first weight, the intercept, is not penalised: do not shrink it."),
        Misconception(
            thresholds_by_the_whole_penalty, "The threshold is the rate times the penalty: the step is short, too."
        ),
        Misconception(
            cuts_without_shrinking,
            "Soft thresholding also moves the weights that survive, by the threshold towards 0; yours stay where they "
            "are.",
        ),
        Misconception(returns_the_leap, "Return w, not the point of the next leap: the leap need not have zeros."),
        Misconception(
            takes_half_the_rate,
            "The rate is one over the largest curvature of |X w - y|^2 / 2, the largest eigenvalue of X'X.",
        ),
        Misconception(thresholds_before_the_step, "First the gradient step, then the threshold on what it gives."),
    ),
    alternatives=(lasso_fista_with_products_made_once, lasso_fista_entry_by_entry),
    equivalent_mutants={
        "new = np.sign(moved) * np.maximum(0, np.abs(moved) - threshold)": "order of two numbers",
        "threshold = rate * penalty * np.ones(X.shape[-1])": "X has two axes",
        "threshold = rate * penalty / np.ones(X.shape[1])": "dividing by 1 is multiplying by 1",
        "threshold[0] = -0": "minus zero is zero",
        "w = leap = -np.zeros(X.shape[1])": "minus zero is zero",
        "w = leap = np.zeros(X.shape[-1])": "X has two axes",
    },
    play=plots.shrinking_weights,
)
