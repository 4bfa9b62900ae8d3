"""Sums of squares and likelihoods: Levenberg-Marquardt on a decay, and one Newton step of logistic regression."""

from __future__ import annotations

import math

import numpy as np

from ..exercise import Exercise, Misconception
from . import plots

# --- Levenberg-Marquardt ----------------------------------------------------------------------------------------------


def marquardt_step(t, y, height, rate, damping):
    shape = np.exp(-rate * t)
    residuals = height * shape - y
    J = np.column_stack([shape, -height * t * shape])
    normal = J.T @ J
    step = -np.linalg.solve(normal + damping * np.diag(np.diag(normal)), J.T @ residuals)
    return height + step[0], rate + step[1]


def _stepped(t, y, height, rate, matrix, wrong=""):
    """A step with another matrix, made of J'J, or with one slip."""
    shape = np.exp(-rate * t)
    residuals = height * shape - y
    second = -height * t * shape
    if wrong == "sign in J":
        second = -second
    if wrong == "no t":
        second = -height * shape
    if wrong == "no height":
        second = -t * shape
    J = np.column_stack([shape, second])
    step = np.linalg.solve(matrix(J.T @ J), J.T @ residuals)
    step = step if wrong == "up" else -step
    return height + step[0], rate + step[1]


def _marquardt(damping):
    return lambda normal: normal + damping * np.diag(np.diag(normal))


def damps_with_the_identity(t, y, height, rate, damping):
    return _stepped(t, y, height, rate, lambda normal: normal + damping * np.eye(2))


def does_not_damp(t, y, height, rate, damping):
    return _stepped(t, y, height, rate, lambda normal: normal)


def damps_every_entry(t, y, height, rate, damping):
    return _stepped(t, y, height, rate, lambda normal: (1 + damping) * normal)


def takes_the_damping_for_a_factor(t, y, height, rate, damping):
    return _stepped(t, y, height, rate, lambda normal: normal + (damping - 1) * np.diag(np.diag(normal)))


def goes_up(t, y, height, rate, damping):
    return _stepped(t, y, height, rate, _marquardt(damping), "up")


def loses_a_minus_in_the_jacobian(t, y, height, rate, damping):
    return _stepped(t, y, height, rate, _marquardt(damping), "sign in J")


def forgets_the_inner_derivative(t, y, height, rate, damping):
    return _stepped(t, y, height, rate, _marquardt(damping), "no t")


def forgets_the_height(t, y, height, rate, damping):
    return _stepped(t, y, height, rate, _marquardt(damping), "no height")


def returns_the_step(t, y, height, rate, damping):
    new_height, new_rate = marquardt_step(t, y, height, rate, damping)
    return new_height - height, new_rate - rate


def marquardt_step_by_least_squares(t, y, height, rate, damping):
    """The damping as two more rows of a linear least-squares problem."""
    J = np.stack([np.exp(-rate * t), -height * t * np.exp(-rate * t)], axis=1)
    extra = np.diag(np.sqrt(damping * np.sum(J**2, axis=0)))
    target = np.concatenate([y - height * np.exp(-rate * t), np.zeros(2)])
    return np.array([height, rate]) + np.linalg.lstsq(np.vstack([J, extra]), target, rcond=None)[0]


def marquardt_step_by_hand(t, y, height, rate, damping):
    aa = ab = bb = ar = br = 0.0
    for time, value in zip(t, y, strict=True):
        first = math.exp(-rate * time)
        second = -height * time * first
        error = value - height * first
        aa, ab, bb = aa + first * first, ab + first * second, bb + second * second
        ar, br = ar + first * error, br + second * error
    aa, bb = aa + damping * aa, bb + damping * bb
    determinant = aa * bb - ab * ab
    return [height + (bb * ar - ab * br) / determinant, rate + (aa * br - ab * ar) / determinant]


def marquardt_step_cases(rng):
    def case(height, rate, start, damping, n):
        t = np.sort(rng.uniform(0, 4, size=n))
        y = height * np.exp(-rate * t) + 0.05 * rng.normal(size=n)
        return {"t": t, "y": y, "height": start[0], "rate": start[1], "damping": damping}

    return [
        {"t": np.array([0.0, 1.0]), "y": np.array([2.0, 1.0]), "height": 1.0, "rate": 0.0, "damping": 1.0},
        {"t": np.array([0.0, 1.0, 2.0]), "y": np.array([2.0, 1.0, 0.0]), "height": 2.0, "rate": 0.5, "damping": 0.5},
        case(3.0, 0.8, (2.0, 0.5), 0.0, 6),
        case(2.0, 1.5, (2.5, 0.7), 1e-2, 12),
        case(5.0, 0.4, (1.0, 2.0), 3.0, 12),
        case(1.0, 0.2, (float(rng.uniform(1, 2)), float(rng.uniform(0.3, 1))), 0.3, 30),
    ]


MARQUARDT_STEP = Exercise(
    name="second_order.marquardt_step",
    title="Levenberg-Marquardt on a decay",
    points=3,
    difficulty="core",
    hint="Two columns: the derivative of each residual with respect to the height, and with respect to the rate. "
    "`np.diag` of a matrix is its diagonal, `np.diag` of a vector a diagonal matrix.",
    reference=marquardt_step,
    instances=marquardt_step_cases,
    misconceptions=(
        Misconception(
            damps_with_the_identity,
            "You add damping times the identity: Levenberg's version. Marquardt adds damping times the *diagonal of "
            "J'J*, so that the units of the two parameters do not matter.",
        ),
        Misconception(does_not_damp, "This is the Gauss-Newton step: the damping has no effect."),
        Misconception(
            damps_every_entry,
            "You multiply all of J'J by 1 + damping, which only shortens the Gauss-Newton step. Damp the diagonal "
            "alone.",
        ),
        Misconception(
            takes_the_damping_for_a_factor,
            "You multiply the diagonal by the damping. It is multiplied by 1 + damping: the damping is added.",
        ),
        Misconception(goes_up, "The sign: the step is *minus* the solution for J'r, with r = model - data."),
        Misconception(
            loses_a_minus_in_the_jacobian,
            "The derivative of exp(-rate t) with respect to the rate has a minus: -t exp(-rate t).",
        ),
        Misconception(
            forgets_the_inner_derivative,
            "The derivative with respect to the rate has a factor t, from inside the exponential.",
        ),
        Misconception(forgets_the_height, "The derivative with respect to the rate has the height as a factor."),
        Misconception(returns_the_step, "Return the new height and rate, not the step towards them."),
    ),
    alternatives=(marquardt_step_by_least_squares, marquardt_step_by_hand),
    equivalent_mutants={"return (height + step[0], rate + step[-1])": "there are two: the second is the last"},
    rtol=1e-7,
    play=plots.damped_fit,
)

# --- Newton for logistic regression -----------------------------------------------------------------------------------


def logistic_newton(X, y, w, penalty):
    chance_wrong = 1 / (1 + np.exp(y * (X @ w)))
    gradient = penalty * w - X.T @ (y * chance_wrong)
    weights = chance_wrong * (1 - chance_wrong)
    hessian = X.T @ (weights[:, None] * X) + penalty * np.eye(len(w))
    step = -np.linalg.solve(hessian, gradient)
    return w + step, -gradient @ step / 2


def _logistic(X, y, w, penalty, wrong=""):
    """The right answer, or with one slip in it."""
    if wrong == "labels 0 and 1":
        p = 1 / (1 + np.exp(-X @ w))
        gradient, weights = X.T @ (p - y) + penalty * w, p * (1 - p)
    else:
        p = 1 / (1 + np.exp(y * (X @ w)))
        gradient, weights = penalty * w - X.T @ (y * p), p * (1 - p)
    if wrong == "mean":
        gradient, weights = (gradient - penalty * w) / len(y) + penalty * w, weights / len(y)
    if wrong == "no weights":
        weights = np.ones_like(weights)
    if wrong == "half bent":
        weights = p
    if wrong == "no penalty in the gradient":
        gradient = gradient - penalty * w
    hessian = X.T @ (weights[:, None] * X) + (0 if wrong == "no penalty in the Hessian" else penalty) * np.eye(len(w))
    step = -np.linalg.solve(hessian, gradient)
    fall = -gradient @ step * (1 if wrong == "whole" else 0.5)
    return w + step, math.sqrt(2 * fall) if wrong == "decrement" else fall


def expects_labels_of_0_and_1(X, y, w, penalty):
    return _logistic(X, y, w, penalty, "labels 0 and 1")


def averages_the_losses(X, y, w, penalty):
    return _logistic(X, y, w, penalty, "mean")


def weighs_all_rows_alike(X, y, w, penalty):
    return _logistic(X, y, w, penalty, "no weights")


def weighs_by_the_chance(X, y, w, penalty):
    return _logistic(X, y, w, penalty, "half bent")


def leaves_the_penalty_out_of_the_gradient(X, y, w, penalty):
    return _logistic(X, y, w, penalty, "no penalty in the gradient")


def leaves_the_penalty_out_of_the_hessian(X, y, w, penalty):
    return _logistic(X, y, w, penalty, "no penalty in the Hessian")


def promises_twice_the_fall(X, y, w, penalty):
    return _logistic(X, y, w, penalty, "whole")


def measures_the_fall_of_the_loss(X, y, w, penalty):
    def loss(w):
        return np.sum(np.log1p(np.exp(-y * (X @ w)))) + penalty / 2 * (w @ w)

    new, _ = logistic_newton(X, y, w, penalty)
    return new, loss(w) - loss(new)


def returns_the_logistic_step(X, y, w, penalty):
    new, fall = logistic_newton(X, y, w, penalty)
    return new - w, fall


def promises_a_rise(X, y, w, penalty):
    new, fall = logistic_newton(X, y, w, penalty)
    return new, -fall


def returns_the_decrement(X, y, w, penalty):
    return _logistic(X, y, w, penalty, "decrement")


def logistic_newton_by_reweighting(X, y, w, penalty):
    """Iteratively reweighted least squares: a weighted ridge regression on working answers."""
    margin = X @ w
    p = 1 / (1 + np.exp(-margin))
    weights = p * (1 - p)
    working = margin + ((y + 1) / 2 - p) / weights
    new = np.linalg.solve(X.T @ np.diag(weights) @ X + penalty * np.eye(len(w)), X.T @ (weights * working))
    step = new - w
    bend = sum(weights * (X @ step) ** 2) + penalty * sum(step**2)
    return new, bend / 2


def logistic_newton_row_by_row(X, y, w, penalty):
    d = len(w)
    gradient, hessian = penalty * np.array(w, dtype=float), penalty * np.identity(d)
    for row, label in zip(X, y, strict=True):
        right = 1 / (1 + math.exp(-label * float(row @ w)))
        gradient -= (1 - right) * label * row
        hessian += right * (1 - right) * np.outer(row, row)
    direction = np.linalg.lstsq(hessian, gradient, rcond=None)[0]
    return [w - direction, 0.5 * float(gradient @ direction)]


def logistic_newton_cases(rng):
    def case(n, d, penalty):
        X = rng.normal(size=(n, d))
        y = np.where(X[:, 0] + 0.5 * rng.normal(size=n) > 0, 1.0, -1.0)
        return {"X": X, "y": y, "w": 0.5 * rng.normal(size=d), "penalty": penalty}

    return [
        {"X": np.array([[1.0]]), "y": np.array([1.0]), "w": np.array([0.0]), "penalty": 0.25},
        {"X": np.array([[1.0], [2.0]]), "y": np.array([1.0, -1.0]), "w": np.array([0.5]), "penalty": 0.5},
        case(8, 2, 0.1),
        case(20, 3, 1.0),
        case(40, 4, float(rng.uniform(0.01, 0.1))),
    ]


LOGISTIC_NEWTON = Exercise(
    name="second_order.logistic_newton",
    title="Newton for logistic regression",
    points=3,
    difficulty="core",
    hint="With labels of -1 and 1 the derivative of log(1 + exp(-m)) with respect to the margin m is minus the chance "
    "of a wrong answer, and the second derivative is chance times (1 - chance). The model's fall along Newton's "
    "step is half of -gradient . step.",
    reference=logistic_newton,
    instances=logistic_newton_cases,
    misconceptions=(
        Misconception(
            expects_labels_of_0_and_1, "Your gradient is the one for labels 0 and 1. Here they are -1 and 1."
        ),
        Misconception(
            averages_the_losses,
            "You average the losses. Here they are summed, and the penalty is weighed against the sum.",
        ),
        Misconception(
            weighs_all_rows_alike,
            "In the Hessian each row counts by p (1 - p): rows that are decided hardly bend the loss.",
        ),
        Misconception(weighs_by_the_chance, "The second derivative is p (1 - p), not p."),
        Misconception(leaves_the_penalty_out_of_the_gradient, "The gradient of the penalty is missing: penalty * w."),
        Misconception(
            leaves_the_penalty_out_of_the_hessian, "The Hessian of the penalty is missing: penalty on the diagonal."
        ),
        Misconception(
            promises_twice_the_fall,
            "Your point is right. The quadratic model falls by *half* of -gradient . step: the bend takes the other "
            "half back.",
        ),
        Misconception(
            measures_the_fall_of_the_loss,
            "Your point is right. With it you return how much the loss itself falls; what the *model* promises is half "
            "of -gradient . step.",
        ),
        Misconception(returns_the_logistic_step, "Return the new weights, not the step towards them."),
        Misconception(
            promises_a_rise, "Your point is right. The model falls along Newton's step, so the fall is positive."
        ),
        Misconception(
            returns_the_decrement,
            "Your point is right. What you return with it is Newton's decrement; the promised fall is half of its "
            "square.",
        ),
    ),
    alternatives=(logistic_newton_by_reweighting, logistic_newton_row_by_row),
    equivalent_mutants={
        "hessian = X.T @ (weights[:, None] * X) + penalty * np.eye(len(gradient))": "it has as many entries as w",
        "return (w + step, step @ -gradient / 2)": "a scalar product has no order",
    },
    rtol=1e-7,
)
