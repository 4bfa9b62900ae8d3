"""Losses of a number: the constants that minimise them, their slopes, and the penalties that shrink to zero."""

from __future__ import annotations

import math

import numpy as np

from ..exercise import Exercise, Misconception
from . import plots

# --- the best constants -------------------------------------------------------------------------------------


def best_constants(y, share):
    ordered = sorted(y)
    median = ordered[(len(y) - 1) // 2]
    quantile = ordered[math.ceil(share * len(y)) - 1]
    return np.mean(y), median, quantile, (ordered[0] + ordered[-1]) / 2


def swaps_mean_and_median(y, share):
    mean, median, quantile, middle = best_constants(y, share)
    return median, mean, quantile, middle


def takes_the_middle_of_the_middle(y, share):
    mean, _, quantile, middle = best_constants(y, share)
    return mean, float(np.median(y)), quantile, middle


def forgets_to_sort(y, share):
    y = list(y)
    return float(np.mean(y)), y[(len(y) - 1) // 2], y[math.ceil(share * len(y)) - 1], (y[0] + y[-1]) / 2


def interpolates_the_quantile(y, share):
    mean, median, _, middle = best_constants(y, share)
    return mean, median, float(np.quantile(y, share)), middle


def trusts_numpys_quantiles(y, share):
    return float(np.mean(y)), float(np.median(y)), float(np.quantile(y, share)), (min(y) + max(y)) / 2


def takes_the_other_tail(y, share):
    mean, median, _, middle = best_constants(y, share)
    return mean, median, best_constants(y, 1 - share)[2], middle


def takes_the_mean_for_the_largest_error(y, share):
    mean, median, quantile, _ = best_constants(y, share)
    return mean, median, quantile, mean


def is_one_off_in_the_quantile(y, share):
    mean, median, _, middle = best_constants(y, share)
    return mean, median, sorted(y)[min(math.ceil(share * len(y)), len(y) - 1)], middle


def best_constants_by_trying(y, share):
    """The lowest of the data that minimises each loss; the mean and the middle need no trying."""

    def best(loss):
        return min(sorted(y), key=lambda c: round(sum(loss(value - c) for value in y), 9))

    return [sum(y) / len(y), best(abs), best(lambda e: max(share * e, (share - 1) * e)), 0.5 * (max(y) + min(y))]


def best_constants_with_partition(y, share):
    y, n = np.asarray(y, dtype=float), len(y)
    at = -(-n // 2) - 1, next(k for k in range(n) if (k + 1) / n >= share - 1e-12)
    ordered = np.partition(y, at)
    return y.sum() / n, ordered[at[0]], ordered[at[1]], (np.min(y) + np.max(y)) / 2


def best_constants_cases(rng):
    return [
        {"y": np.array([4.0, 1.0, 2.0]), "share": 0.9},
        {"y": np.array([3.0, 1.0, 10.0, 2.0]), "share": 0.75},
        {"y": np.array([5.0]), "share": 0.3},
        {"y": rng.permutation(np.r_[rng.normal(size=8), 50.0]), "share": 0.2},
        # Whole numbers and a quarter: whoever tries all data sums without rounding, so that ties are ties.
        {"y": rng.choice(np.arange(-60.0, 61.0), size=20, replace=False), "share": 0.25},
        {"y": np.round(rng.exponential(3, size=31), 2), "share": float(rng.uniform(0.6, 0.95))},
    ]


BEST_CONSTANTS = Exercise(
    name="losses.best_constants",
    title="One number for all",
    points=2,
    difficulty="warm-up",
    hint="Sort the data. Move the constant a little to the right: what does each loss gain from the data above, and "
    "what does it lose to those below? A whole interval can be best; the exercise asks for its left end.",
    reference=best_constants,
    instances=best_constants_cases,
    misconceptions=(
        Misconception(
            swaps_mean_and_median,
            "The squared error is minimised by the mean, the absolute error by a median: swap the two.",
        ),
        Misconception(
            takes_the_middle_of_the_middle,
            "For an even number of data every point between the two middle ones is best. Return the left end of that "
            "interval.",
        ),
        Misconception(forgets_to_sort, "Sort the data first: y comes in no order."),
        Misconception(
            interpolates_the_quantile,
            "np.quantile interpolates between data. The pinball loss is minimised by a datum: the smallest that has "
            "at least the given share of the data at or below it.",
        ),
        Misconception(
            trusts_numpys_quantiles,
            "np.median and np.quantile interpolate between data. Where an interval is best, its left end is asked for; "
            "where one point is best, it is a datum.",
        ),
        Misconception(
            takes_the_other_tail,
            "You take the quantile from the upper end: `share` of the data are to lie at or *below* it.",
        ),
        Misconception(
            takes_the_mean_for_the_largest_error,
            "Only the two extremes make the largest error: it is smallest halfway between.",
        ),
        Misconception(
            is_one_off_in_the_quantile,
            "You are one place too far: counted from 0, the k-th smallest datum has index k - 1.",
        ),
    ),
    alternatives=(best_constants_by_trying, best_constants_with_partition),
    equivalent_mutants={
        "median = ordered[(len(ordered) - 1) // 2]": "sorting keeps the number of data",
        "quantile = ordered[math.ceil(share * len(ordered)) - 1]": "sorting keeps the number of data",
        "return (np.mean(ordered), median, quantile, (ordered[0] + ordered[-1]) / 2)": "a mean has no order",
    },
)

# --- slopes -------------------------------------------------------------------------------------------------


def loss_slopes(prediction, target, delta):
    error = prediction - target
    n = len(error)
    return 2 * error / n, np.sign(error) / n, np.clip(error, -delta, delta) / n


def forgets_to_average(prediction, target, delta):
    return tuple(len(target) * slope for slope in loss_slopes(prediction, target, delta))


def looks_from_the_target(prediction, target, delta):
    return loss_slopes(target, prediction, delta)


def loses_the_two(prediction, target, delta):
    squared, absolute, huber = loss_slopes(prediction, target, delta)
    return squared / 2, absolute, huber


def doubles_the_huber(prediction, target, delta):
    squared, absolute, huber = loss_slopes(prediction, target, delta)
    return squared, absolute, 2 * huber


def cuts_the_huber_to_one(prediction, target, delta):
    squared, absolute, _ = loss_slopes(prediction, target, delta)
    error = prediction - target
    return squared, absolute, np.where(np.abs(error) <= delta, error, np.sign(error)) / len(error)


def gives_up_the_far_ones(prediction, target, delta):
    squared, absolute, _ = loss_slopes(prediction, target, delta)
    error = prediction - target
    return squared, absolute, np.where(np.abs(error) <= delta, error, 0.0) / len(error)


def calls_zero_positive(prediction, target, delta):
    squared, _, huber = loss_slopes(prediction, target, delta)
    return squared, np.where(prediction >= target, 1.0, -1.0) / len(target), huber


def returns_the_losses(prediction, target, delta):
    error = np.abs(prediction - target)
    huber = np.where(error <= delta, error**2 / 2, delta * (error - delta / 2))
    return np.mean(error**2), np.mean(error), np.mean(huber)


def loss_slopes_one_by_one(prediction, target, delta):
    n = len(target)
    slopes: tuple[list[float], ...] = ([], [], [])
    for p, t in zip(prediction, target, strict=True):
        error = float(p - t)
        sign = (error > 0) - (error < 0)
        slopes[0].append(2 / n * error)
        slopes[1].append(sign / n)
        slopes[2].append((error if abs(error) < delta else sign * delta) / n)
    return [np.array(slope) for slope in slopes]


def loss_slopes_by_where(prediction, target, delta):
    error, n = np.subtract(prediction, target), np.size(target)
    size = np.abs(error)
    unit = np.divide(error, size, out=np.zeros_like(error), where=size > 0)
    return (error + error) / n, unit / n, np.minimum(size, delta) * unit / n


def loss_slopes_cases(rng):
    target = rng.normal(size=6)
    return [
        {"prediction": np.array([3.0]), "target": np.array([1.0]), "delta": 0.5},
        {"prediction": np.array([1.0, 2.0]), "target": np.array([1.0, 5.0]), "delta": 2.0},
        {"prediction": np.array([0.5, -1.0, 4.0]), "target": np.array([0.0, 0.0, 0.0]), "delta": 1.5},
        {"prediction": target + rng.normal(size=6), "target": target, "delta": 0.7},
        {"prediction": target + 3 * rng.standard_cauchy(size=6), "target": target, "delta": float(rng.uniform(0.5, 2))},
    ]


LOSS_SLOPES = Exercise(
    name="losses.loss_slopes",
    title="What each error pulls",
    points=2,
    difficulty="core",
    hint="Differentiate the mean over the data with respect to each prediction. Huber's loss is half of the square "
    "near zero, and a line beyond delta whose slope continues that of the square.",
    reference=loss_slopes,
    instances=loss_slopes_cases,
    misconceptions=(
        Misconception(forgets_to_average, "The losses are means: divide the slopes by the number of data."),
        Misconception(
            looks_from_the_target,
            "The sign: an error is prediction minus target, and a prediction that is too high has a positive slope.",
        ),
        Misconception(
            loses_the_two, "The derivative of the square is *twice* the error; there is no half in front here."
        ),
        Misconception(
            doubles_the_huber,
            "Huber's loss has the half in front: its slope near zero is the error itself, not twice that.",
        ),
        Misconception(
            cuts_the_huber_to_one,
            "Beyond delta the slope stays at delta (times the sign), where the square left it; not at 1.",
        ),
        Misconception(
            gives_up_the_far_ones, "Huber's loss does not let go of far errors: their slope stays at delta, up or down."
        ),
        Misconception(
            calls_zero_positive,
            "Where an error is exactly zero, return the slope 0 for the absolute loss, as np.sign does.",
        ),
        Misconception(
            returns_the_losses, "Those are the losses; return their derivatives, one number for each prediction."
        ),
    ),
    alternatives=(loss_slopes_one_by_one, loss_slopes_by_where),
    equivalent_mutants={
        "n = len(prediction)": "there are as many predictions as errors",
        "n = len(target)": "there are as many targets as errors",
        "return (2 * error / n, np.sign(error) / n, np.clip(-delta, error, delta) / n)": "the middle of three numbers",
    },
    play=plots.pulls,
)

# --- penalties ----------------------------------------------------------------------------------------------


def shrunk(weights, l1, l2):
    return np.sign(weights) * np.maximum(np.abs(weights) - l1, 0) / (1 + l2)


def cuts_off_below(weights, l1, l2):
    return np.where(np.abs(weights) > l1, weights, 0) / (1 + l2)


def subtracts_past_zero(weights, l1, l2):
    return (weights - l1 * np.sign(weights)) / (1 + l2)


def halves_the_penalty(weights, l1, l2):
    return shrunk(weights, l1 / 2, l2)


def doubles_the_ridge(weights, l1, l2):
    return shrunk(weights, l1, 2 * l2)


def divides_first(weights, l1, l2):
    return np.sign(weights) * np.maximum(np.abs(weights) / (1 + l2) - l1, 0)


def subtracts_the_ridge(weights, l1, l2):
    return np.sign(weights) * np.maximum(np.abs(weights) * (1 - l2) - l1, 0)


def loses_the_signs(weights, l1, l2):
    return np.maximum(np.abs(weights) - l1, 0) / (1 + l2)


def shrunk_by_clipping(weights, l1, l2):
    return (weights - np.clip(weights, -l1, l1)) / (1 + l2)


def shrunk_by_cases(weights, l1, l2):
    found = []
    for z in weights:
        if z > l1:
            found.append((z - l1) / (1 + l2))
        elif z < -l1:
            found.append((z + l1) / (1 + l2))
        else:
            found.append(0)
    return found


def shrunk_cases(rng):
    return [
        {"weights": np.array([3.0]), "l1": 1.0, "l2": 0.0},
        {"weights": np.array([2.0, -0.5]), "l1": 1.0, "l2": 1.0},
        {"weights": np.array([0.5, -3.0, 1.0]), "l1": 0.0, "l2": 0.5},
        {"weights": rng.normal(size=6), "l1": 0.6, "l2": 0.0},
        {"weights": 3 * rng.normal(size=8), "l1": float(rng.uniform(0.5, 1.5)), "l2": float(rng.uniform(0.2, 2))},
    ]


SHRUNK = Exercise(
    name="losses.shrunk",
    title="Why one penalty gives zeros",
    points=2,
    difficulty="warm-up",
    hint="For w > 0 set the derivative to zero and solve for w. When is that w really positive? If neither sign "
    "works, the minimum is at the kink.",
    reference=shrunk,
    instances=shrunk_cases,
    misconceptions=(
        Misconception(
            cuts_off_below,
            "You keep the large weights as they are. The penalty pulls on all of them: the ones that survive are l1 "
            "shorter.",
        ),
        Misconception(
            subtracts_past_zero,
            "You subtract l1 even from weights shorter than that, which changes their sign: they become 0.",
        ),
        Misconception(
            halves_the_penalty,
            "The square has a half in front and the penalty l1 |w| has none, so the whole of l1 comes off.",
        ),
        Misconception(doubles_the_ridge, "The ridge penalty has a half in front, so the divisor is 1 + l2."),
        Misconception(
            divides_first, "First l1 comes off, then the rest is divided: set the derivative to zero once more."
        ),
        Misconception(
            subtracts_the_ridge,
            "The ridge penalty does not take a part away, it divides: the best w of (1 + l2) w = z is z / (1 + l2).",
        ),
        Misconception(loses_the_signs, "Negative weights stay negative: give them back their sign."),
    ),
    alternatives=(shrunk_by_clipping, shrunk_by_cases),
    equivalent_mutants={
        "return np.sign(weights) * np.maximum(0, np.abs(weights) - l1) / (1 + l2)": "the larger one has no order",
    },
    play=plots.shrinking,
)
