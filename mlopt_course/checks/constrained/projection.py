"""Projections: a fit with non-negative weights, and the nearest portfolio."""

from __future__ import annotations

import itertools

import numpy as np

from ..exercise import Exercise, Misconception
from . import plots

# --- non-negative weights ---------------------------------------------------------------------------------------------


def nonnegative_fit(X, y, rate, steps):
    w = np.zeros(X.shape[1])
    for _ in range(steps):
        w = np.maximum(w - rate * (X.T @ (X @ w - y)), 0)
    held = (w == 0) & (X.T @ (X @ w - y) > 0)
    return w, held


def _fit(X, y, rate, steps, project=lambda w: np.maximum(w, 0), held=None):
    w = np.zeros(X.shape[1])
    for _ in range(steps):
        w = project(w - rate * (X.T @ (X @ w - y)))
    pull = X.T @ (X @ w - y)
    return w, (w == 0) & (pull > 0) if held is None else held(w, pull)


def projects_at_the_end(X, y, rate, steps):
    w = np.maximum(_fit(X, y, rate, steps, project=lambda w: w)[0], 0)
    return w, (w == 0) & (X.T @ (X @ w - y) > 0)


def takes_sizes(X, y, rate, steps):
    return _fit(X, y, rate, steps, project=np.abs)


def projects_the_step(X, y, rate, steps):
    w = np.zeros(X.shape[1])
    for _ in range(steps):
        w = w + rate * np.maximum(-(X.T @ (X @ w - y)), 0)
    return w, (w == 0) & (X.T @ (X @ w - y) > 0)


def doubles_the_gradient(X, y, rate, steps):
    return _fit(X, y, 2 * rate, steps)


def averages_over_the_rows(X, y, rate, steps):
    return _fit(X, y, rate / len(y), steps)


def calls_every_zero_held(X, y, rate, steps):
    return _fit(X, y, rate, steps, held=lambda w, pull: w == 0)


def holds_what_wants_to_leave(X, y, rate, steps):
    return _fit(X, y, rate, steps, held=lambda w, pull: (w == 0) & (pull < 0))


def holds_all_that_is_pulled_down(X, y, rate, steps):
    return _fit(X, y, rate, steps, held=lambda w, pull: pull > 0)


def nonnegative_fit_with_products_made_once(X, y, rate, steps):
    square, right = X.T @ X, X.T @ y
    w = 0 * right
    for _ in range(steps):
        w = w - rate * (square @ w - right)
        w[w < 0] = 0
    return w, np.logical_and(w <= 0, square @ w > right)


def nonnegative_fit_by_loops(X, y, rate, steps):
    w = [0.0] * X.shape[1]

    def slopes():
        misfits = [sum(a * b for a, b in zip(row, w, strict=True)) - value for row, value in zip(X, y, strict=True)]
        return [sum(X[i, j] * misfit for i, misfit in enumerate(misfits)) for j in range(len(w))]

    for _ in range(steps):
        w = [max(0.0, a - rate * slope) for a, slope in zip(w, slopes(), strict=True)]
    return w, [a == 0 and bool(slope > 0) for a, slope in zip(w, slopes(), strict=True)]


def nonnegative_fit_cases(rng):
    def case(n, d, steps, weights, shift=0.0):
        X = rng.normal(size=(n, d)) + shift
        rate = 0.9 / np.linalg.norm(X, 2) ** 2
        return {"X": X, "y": X @ np.array(weights) + 0.1 * rng.normal(size=n), "rate": float(rate), "steps": steps}

    return [
        {"X": np.array([[1.0]]), "y": np.array([2.0]), "rate": 0.5, "steps": 1},
        {"X": np.array([[1.0]]), "y": np.array([-2.0]), "rate": 0.5, "steps": 2},
        {"X": np.array([[1.0, 0.0], [0.0, 1.0]]), "y": np.array([3.0, -1.0]), "rate": 0.25, "steps": 0},
        {"X": np.array([[1.0, 0.5], [0.5, 1.0]]), "y": np.array([2.0, 0.0]), "rate": 0.3, "steps": 5},
        {"X": np.array([[1.0, 0.0], [2.0, 0.0]]), "y": np.array([2.0, 1.0]), "rate": 0.1, "steps": 3},
        {"X": np.array([[4.0, 1.0], [4.0, 0.0]]), "y": np.array([1.0, 3.0]), "rate": 0.03, "steps": 50},
        case(6, 3, 8, [1.0, -1.0, 0.5]),
        case(12, 5, 30, [1.0, -2.0, 0.0, 0.7, -0.3]),
        case(9, 4, 40, [1.0, -0.4, 2.0, -0.2], shift=1.5),
    ]


NONNEGATIVE_FIT = Exercise(
    name="constrained.nonnegative_fit",
    title="Least squares with weights that may not be negative",
    points=3,
    difficulty="core",
    hint="The nearest allowed point differs from w in its negative entries only. For the second part, take the "
    "gradient once more, at the final w.",
    reference=nonnegative_fit,
    instances=nonnegative_fit_cases,
    misconceptions=(
        Misconception(
            projects_at_the_end,
            "You project once, at the end. The best weights under the constraint are not the best weights of all, cut "
            "off: project after each step.",
        ),
        Misconception(takes_sizes, "The nearest allowed value for a negative weight is 0, not its size."),
        Misconception(
            projects_the_step, "You cut the *step*, so no weight can ever fall. Cut the point at which the step ends."
        ),
        Misconception(doubles_the_gradient, "f has a half in front: its gradient is X'(X w - y), without a 2."),
        Misconception(
            averages_over_the_rows, "f is a sum over the rows, not their mean: do not divide by their number."
        ),
        Misconception(
            calls_every_zero_held,
            "A weight at 0 whose gradient is not positive is free to leave: it is held only where the gradient pushes "
            "it against the wall.",
        ),
        Misconception(
            holds_what_wants_to_leave, "A negative gradient means that f falls as the weight grows: it is not held."
        ),
        Misconception(holds_all_that_is_pulled_down, "A weight above 0 has room to fall: only those at 0 are held."),
    ),
    alternatives=(nonnegative_fit_with_products_made_once, nonnegative_fit_by_loops),
    equivalent_mutants={
        "held = (X.T @ (X @ w - y) > 0) & (w == 0)": "order of two conditions",
        "w = -np.zeros(X.shape[1])": "minus zero is zero",
        "w = np.maximum(0, w - rate * (X.T @ (X @ w - y)))": "order of two numbers",
        "w = np.zeros(X.shape[-1])": "X has two axes",
    },
    play=plots.walls_of_a_fit,
)

# --- the nearest portfolio --------------------------------------------------------------------------------------------


def nearest_portfolio(wish, cap):
    shifts = np.sort(np.concatenate([wish, wish - cap]))
    totals = [np.clip(wish - shift, 0, cap).sum() for shift in shifts]
    shift = np.interp(1, totals[::-1], shifts[::-1])
    return np.clip(wish - shift, 0, cap)


def _shifted(wish, cap, total=1.0):
    low, high = wish.min() - cap - 1, wish.max() + 1
    for _ in range(120):
        middle = (low + high) / 2
        low, high = (middle, high) if np.clip(wish - middle, 0, cap).sum() > total else (low, middle)
    return np.clip(wish - (low + high) / 2, 0, cap)


def cuts_and_divides(wish, cap):
    cut = np.clip(wish, 0, cap)
    return cut / max(cut.sum(), 1e-300)


def spreads_the_rest_evenly(wish, cap):
    return np.clip(wish + (1 - wish.sum()) / len(wish), 0, cap)


def ignores_the_cap(wish, cap):
    return _shifted(wish, max(2.0, cap))


def caps_in_the_end(wish, cap):
    return np.minimum(_shifted(wish, max(2.0, cap)), cap)


def caps_and_divides_in_the_end(wish, cap):
    capped = np.minimum(_shifted(wish, max(2.0, cap)), cap)
    return capped / capped.sum()


def allows_short_sales(wish, cap):
    low, high = wish.min() - cap - 1, wish.max() + 1
    for _ in range(120):
        middle = (low + high) / 2
        low, high = (middle, high) if np.minimum(wish - middle, cap).sum() > 1 else (low, middle)
    return np.minimum(wish - low, cap)


def exponentiates(wish, cap):
    weights = np.exp(wish - wish.max())
    return np.minimum(weights / weights.sum(), cap)


def fills_from_the_top(wish, cap):
    """The best return instead of the nearest point."""
    weights, left = np.zeros(len(wish)), 1.0
    for i in np.argsort(-wish, kind="stable"):
        weights[i] = min(cap, left)
        left -= weights[i]
    return weights


def nearest_portfolio_by_halving(wish, cap):
    return _shifted(wish, cap)


def nearest_portfolio_by_sets(wish, cap):
    """Which are at 0 and which at the cap is a guess that corrects itself, between two breaks."""
    breaks = sorted({*wish.tolist(), *(wish - cap).tolist()})
    for low, high in itertools.pairwise(breaks):
        middle = (low + high) / 2
        free, full = (wish > middle) & (wish - cap < middle), wish - cap >= middle
        if free.any():
            shift = (wish[free].sum() + cap * full.sum() - 1) / free.sum()
            if low - 1e-12 <= shift <= high + 1e-12:
                return [min(max(value - shift, 0.0), cap) for value in wish.tolist()]
        elif abs(cap * full.sum() - 1) < 1e-12:
            return cap * full
    return np.full(len(wish), cap)


def nearest_portfolio_cases(rng):
    cases = [
        {"wish": np.array([0.3, 0.7]), "cap": 1.0},
        {"wish": np.array([0.9, 0.5]), "cap": 1.0},
        {"wish": np.array([2.0, -1.0]), "cap": 0.8},
        {"wish": np.array([0.5, 0.4, 0.1]), "cap": 0.4},
        {"wish": np.array([1.0, 0.9, -0.5, 0.2]), "cap": 0.5},
        {"wish": np.array([-3.0, -2.0, -5.0]), "cap": 0.6},
        {"wish": np.array([0.2, 0.2, 0.2, 0.2]), "cap": 0.25},
    ]
    for d, cap in ((5, 0.4), (8, 0.2), (20, 0.12)):
        cases.append({"wish": rng.normal(size=d) * 0.3, "cap": cap})
    return cases


NEAREST_PORTFOLIO = Exercise(
    name="constrained.nearest_portfolio",
    title="The nearest portfolio",
    points=3,
    difficulty="challenge",
    hint="By the KKT conditions the answer is `np.clip(wish - shift, 0, cap)`, with one number, shift, for all. The "
    "sum of that falls as the shift grows: look for the shift where it is 1.",
    reference=nearest_portfolio,
    instances=nearest_portfolio_cases,
    rtol=1e-7,
    atol=1e-8,
    misconceptions=(
        Misconception(
            cuts_and_divides,
            "Cutting and then dividing gives shares that sum to 1, but not the nearest ones (and division may lift one "
            "over the cap). The conditions say: subtract the same number from all, then cut.",
        ),
        Misconception(
            spreads_the_rest_evenly,
            "You spread what is missing once and then cut, and the cut changes the sum again. Look for the shift for "
            "which the sum is 1 *after* cutting.",
        ),
        Misconception(ignores_the_cap, "No share may be larger than the cap."),
        Misconception(
            caps_in_the_end,
            "You cap at the end, and what is cut off is lost: the shares no longer sum to 1. Cut at 0 and at the cap "
            "together while you look for the shift.",
        ),
        Misconception(
            caps_and_divides_in_the_end,
            "Dividing after the cap may lift a share over it, and is not the nearest point. Cut at 0 and at the cap "
            "together while you look for the shift.",
        ),
        Misconception(allows_short_sales, "No share may be negative."),
        Misconception(
            exponentiates, "The nearest point in the usual distance comes from a shift, not from exponentials."
        ),
        Misconception(fills_from_the_top, "That is the portfolio with the largest sum of wishes, not the nearest one."),
    ),
    alternatives=(nearest_portfolio_by_halving, nearest_portfolio_by_sets),
    equivalent_mutants={
        "return np.clip(0, wish - shift, cap)": "the middle of three numbers: max(0, wish - shift) cut at the cap",
        "shifts = np.sort(np.concatenate([wish - cap, wish]))": "they are sorted afterwards",
        "totals = [np.clip(0, wish - shift, cap).sum() for shift in shifts]": "max(0, wish - shift) cut at the cap",
    },
    play=plots.portfolio,
)
