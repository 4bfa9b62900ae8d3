"""Losses of a margin: hinge with weights, and focal."""

from __future__ import annotations

import math

import numpy as np

from ..exercise import Exercise, Misconception
from . import plots

# --- hinge with weights -------------------------------------------------------------------------------------


def weighted_hinge(X, y, w, positive, negative):
    weights = np.where(y > 0, positive, negative)
    short = 1 - y * (X @ w)
    loss = np.sum(weights * np.maximum(short, 0)) / np.sum(weights)
    return loss, -X.T @ (weights * y * (short > 0)) / np.sum(weights)


def _hinge(X, y, w, positive, negative, wrong=""):
    weights = np.where(y > 0, positive, negative)
    if wrong == "swaps":
        weights = np.where(y > 0, negative, positive)
    short = (0 if wrong == "perceptron" else 1) - y * (X @ w)
    if wrong == "0/1":
        loss = weights * (short > 1)
    elif wrong == "squared":
        loss = weights * np.maximum(short, 0) ** 2
    else:
        loss = weights * np.maximum(short, 0)
    active = np.ones_like(short) if wrong == "all" else (short >= 0) if wrong == "kink" else (short > 0)
    slope = X.T @ (weights * y * active) * (1 if wrong == "up" else -1)
    total = len(y) if wrong == "number" else np.sum(weights)
    return np.sum(loss) / total, slope / total


def divides_by_the_number_of_rows(X, y, w, positive, negative):
    return _hinge(X, y, w, positive, negative, "number")


def weighs_the_wrong_class(X, y, w, positive, negative):
    return _hinge(X, y, w, positive, negative, "swaps")


def is_content_with_the_right_side(X, y, w, positive, negative):
    return _hinge(X, y, w, positive, negative, "perceptron")


def lets_all_rows_pull(X, y, w, positive, negative):
    return _hinge(X, y, w, positive, negative, "all")


def pulls_at_the_kink(X, y, w, positive, negative):
    return _hinge(X, y, w, positive, negative, "kink")


def has_the_slope_upside_down(X, y, w, positive, negative):
    return _hinge(X, y, w, positive, negative, "up")


def squares_the_loss(X, y, w, positive, negative):
    return _hinge(X, y, w, positive, negative, "squared")


def counts_mistakes(X, y, w, positive, negative):
    return _hinge(X, y, w, positive, negative, "0/1")


def weighted_hinge_row_by_row(X, y, w, positive, negative):
    loss, total, slope = 0.0, 0.0, np.zeros(len(w))
    for row, label in zip(X, y, strict=True):
        weight = positive if label == 1 else negative
        missing = 1 - label * float(row @ w)
        total += weight
        if missing > 0:
            loss += weight * missing
            slope -= weight * label * row
    return [loss / total, slope / total]


def weighted_hinge_on_active_rows(X, y, w, positive, negative):
    weights = np.array([negative, positive])[(np.asarray(y) == 1).astype(int)]
    share = weights / weights.sum()
    margin = y * np.dot(X, w)
    active = margin < 1
    pull = (share * y)[active] @ X[active]
    return share[active] @ (1 - margin[active]), -pull


def weighted_hinge_cases(rng):
    def case(n, d):
        return {"X": rng.normal(size=(n, d)), "y": rng.choice([-1.0, 1.0], size=n), "w": rng.normal(size=d),
                "positive": float(rng.uniform(2, 5)), "negative": float(rng.uniform(0.5, 1.5))}  # fmt: skip

    return [
        {"X": np.array([[1.0]]), "y": np.array([1.0]), "w": np.array([0.25]), "positive": 2.0, "negative": 1.0},
        {"X": np.array([[1.0], [2.0]]), "y": np.array([1.0, -1.0]), "w": np.array([0.5]), "positive": 3.0,
         "negative": 1.0},
        {"X": np.array([[1.0, 0.0], [2.0, 1.0]]), "y": np.array([1.0, 1.0]), "w": np.array([1.0, 1.0]), "positive": 2.0,
         "negative": 1.0},  # one at the kink, one beyond
        case(8, 3),
        case(15, 4),
    ]  # fmt: skip


WEIGHTED_HINGE = Exercise(
    name="losses.weighted_hinge",
    title="Hinge with two weights",
    points=3,
    difficulty="core",
    hint="What each row lacks is 1 - y (x . w), if that is positive. Only rows that lack something pull on w. Divide "
    "by the sum of the weights, not by the number of rows.",
    reference=weighted_hinge,
    instances=weighted_hinge_cases,
    misconceptions=(
        Misconception(
            divides_by_the_number_of_rows,
            "You divide by the number of rows. A weighted mean is divided by the sum of the weights: doubling both "
            "weights changes nothing.",
        ),
        Misconception(weighs_the_wrong_class, "You have the two weights the wrong way round."),
        Misconception(
            is_content_with_the_right_side,
            "You are content when the sign is right: that is the perceptron's loss. Hinge asks for a margin of 1.",
        ),
        Misconception(lets_all_rows_pull, "Rows with a margin above 1 are at rest: they do not pull on w."),
        Misconception(
            pulls_at_the_kink,
            "At a margin of exactly 1 any slope between 0 and the full one is right; the exercise wants 0.",
        ),
        Misconception(has_the_slope_upside_down, "The sign: moving w along y x *lowers* the loss."),
        Misconception(squares_the_loss, "That is the squared hinge; here what is lacking counts as it is."),
        Misconception(
            counts_mistakes,
            "Your loss counts mistakes. Hinge says how much each row lacks; your slope is right already.",
        ),
    ),
    alternatives=(weighted_hinge_row_by_row, weighted_hinge_on_active_rows),
    equivalent_mutants={
        "loss = np.sum(weights * np.maximum(0, short)) / np.sum(weights)": "the larger one has no order",
        "return (loss, -X.T @ (weights / y * (short > 0)) / np.sum(weights))": "labels are 1 or -1: 1 / y is y",
        "weights = -np.where(y > 0, positive, negative)": "the sign of the weights cancels in a weighted mean",
        "weights = np.where(y > -1, positive, negative)": "labels are 1 or -1",
        "weights = np.where(y >= 0, positive, negative)": "labels are 1 or -1",
    },
)

# --- focal --------------------------------------------------------------------------------------------------


def focal_slopes(margins, gamma):
    log_right = -np.logaddexp(0, -margins)  # log of the chance given to the right label
    right, wrong = np.exp(log_right), np.exp(-np.logaddexp(0, margins))
    return -(wrong**gamma) * log_right, wrong**gamma * (gamma * right * log_right - wrong)


def _chances(margins):
    return np.exp(-np.logaddexp(0, -margins)), np.exp(-np.logaddexp(0, margins)), -np.logaddexp(0, -margins)


def weighs_the_easy_ones(margins, gamma):
    right, wrong, log_right = _chances(margins)
    return -(right**gamma) * log_right, right**gamma * (-gamma * wrong * log_right - wrong)


def takes_the_factor_for_a_constant(margins, gamma):
    _, wrong, log_right = _chances(margins)
    return -(wrong**gamma) * log_right, -(wrong ** (gamma + 1))


def forgets_the_inner_slope(margins, gamma):
    right, wrong, log_right = _chances(margins)
    with np.errstate(all="ignore"):
        return -(wrong**gamma) * log_right, wrong ** (gamma - 1) * gamma * log_right - wrong**gamma / right


def has_the_wrong_sign_in_the_slope(margins, gamma):
    loss, slope = focal_slopes(margins, gamma)
    return loss, -slope


def multiplies_by_gamma(margins, gamma):
    right, wrong, log_right = _chances(margins)
    return -gamma * wrong * log_right, gamma * wrong * (right * log_right - wrong)


def overflows_for_sure_answers(margins, gamma):
    with np.errstate(all="ignore"):
        right = 1 / (1 + np.exp(-margins))
        log_right = np.log(right)
        wrong = 1 - right
        return -(wrong**gamma) * log_right, wrong**gamma * (gamma * right * log_right - wrong)


def forgets_gamma_in_the_slope(margins, gamma):
    right, wrong, log_right = _chances(margins)
    return -(wrong**gamma) * log_right, wrong**gamma * (right * log_right - wrong)


def focal_slopes_by_sides(margins, gamma):
    """Each side of zero with the exponential that does not overflow."""
    small = np.exp(-np.abs(margins))
    right = np.where(margins > 0, 1, small) / (1 + small)
    wrong = np.where(margins > 0, small, 1) / (1 + small)
    log_right = np.minimum(margins, 0) - np.log1p(small)
    return -(wrong**gamma) * log_right, gamma * wrong**gamma * right * log_right - wrong ** (gamma + 1)


def focal_slopes_one_by_one(margins, gamma):
    losses, slopes = [], []
    for m in margins:
        e = math.exp(-abs(m))
        right, wrong = (1 / (1 + e), e / (1 + e)) if m >= 0 else (e / (1 + e), 1 / (1 + e))
        loss = math.log1p(e) - min(m, 0)
        losses.append(wrong**gamma * loss)
        slopes.append(-(wrong**gamma) * (wrong + gamma * right * loss))
    return [losses, slopes]


def focal_slopes_cases(rng):
    return [
        {"margins": np.array([0.0]), "gamma": 0.0},
        {"margins": np.array([0.0, 1.0]), "gamma": 2.0},
        {"margins": np.array([-2.0, 0.5, 3.0]), "gamma": 1.0},
        {"margins": np.array([-1000.0, 900.0, -40.0]), "gamma": 2.0},
        {"margins": 3 * rng.normal(size=8), "gamma": float(rng.uniform(0.5, 4))},
    ]


FOCAL_SLOPES = Exercise(
    name="losses.focal_slopes",
    title="Focal loss and its slope",
    points=3,
    difficulty="core",
    hint="Two products, so the product rule: the factor (1 - p)^gamma depends on the margin, too. With p the logistic "
    "function of the margin, dp/dm = p (1 - p).",
    reference=focal_slopes,
    instances=focal_slopes_cases,
    misconceptions=(
        Misconception(
            weighs_the_easy_ones,
            "Your factor is p^gamma, which weighs the easy examples. The hard ones count: (1 - p)^gamma.",
        ),
        Misconception(
            takes_the_factor_for_a_constant,
            "Your loss is right. In the slope you treat the factor as a constant; it changes with the margin: product "
            "rule.",
        ),
        Misconception(
            forgets_the_inner_slope,
            "Your loss is right. You differentiated with respect to p; multiply by dp/dm = p (1 - p).",
        ),
        Misconception(
            has_the_wrong_sign_in_the_slope,
            "Your loss is right. It falls as the margin grows, so its slope is negative.",
        ),
        Misconception(multiplies_by_gamma, "gamma is an exponent, not a factor."),
        Misconception(
            overflows_for_sure_answers,
            "For large margins, up or down, you get inf or nan: compute log p with np.logaddexp, and 1 - p without "
            "subtracting.",
        ),
        Misconception(
            forgets_gamma_in_the_slope,
            "Your loss is right. In the slope a factor gamma is missing, from the power's derivative.",
        ),
    ),
    alternatives=(focal_slopes_by_sides, focal_slopes_one_by_one),
    equivalent_mutants={
        "log_right = -np.logaddexp(-margins, 0)": "logaddexp has no order",
        "right, wrong = (np.exp(log_right), np.exp(-np.logaddexp(margins, 0)))": "logaddexp has no order",
    },
    play=plots.focal_curves,
)
