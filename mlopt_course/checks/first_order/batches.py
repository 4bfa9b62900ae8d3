"""Descent on a part of the data at a time: the gradient of a mini-batch, and one pass through the data."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Misconception

# --- the gradient of a mini-batch ---------------------------------------------------------------------------------


def minibatch_gradient(X, y, w, rows, penalty):
    errors = X[rows] @ w - y[rows]
    return X[rows].T @ errors / len(rows) + penalty * w


def averages_over_all_rows(X, y, w, rows, penalty):
    errors = X[rows] @ w - y[rows]
    return X[rows].T @ errors / len(y) + penalty * w


def sums_over_the_batch(X, y, w, rows, penalty):
    errors = X[rows] @ w - y[rows]
    return X[rows].T @ errors + penalty * w


def averages_the_penalty_too(X, y, w, rows, penalty):
    errors = X[rows] @ w - y[rows]
    return (X[rows].T @ errors + penalty * w) / len(rows)


def doubles_the_penalty(X, y, w, rows, penalty):
    errors = X[rows] @ w - y[rows]
    return X[rows].T @ errors / len(rows) + 2 * penalty * w


def leaves_out_the_penalty(X, y, w, rows, penalty):
    errors = X[rows] @ w - y[rows]
    return X[rows].T @ errors / len(rows)


def subtracts_the_prediction(X, y, w, rows, penalty):
    errors = y[rows] - X[rows] @ w
    return X[rows].T @ errors / len(rows) + penalty * w


def counts_repeated_rows_once(X, y, w, rows, penalty):
    rows = np.unique(rows)
    errors = X[rows] @ w - y[rows]
    return X[rows].T @ errors / len(rows) + penalty * w


def minibatch_gradient_by_row(X, y, w, rows, penalty):
    total = np.zeros(len(w))
    for i in rows:
        error = sum(X[i, j] * w[j] for j in range(len(w))) - y[i]
        for j in range(len(w)):
            total[j] += error * X[i, j]
    return total / len(rows) + penalty * w


def minibatch_gradient_as_mean(X, y, w, rows, penalty):
    gradients = [(np.dot(X[i], w) - y[i]) * X[i] + penalty * w for i in rows]
    return np.mean(gradients, axis=0)


def minibatch_gradient_with_weights(X, y, w, rows, penalty):
    """How often each row was drawn, as a weight."""
    weights = np.bincount(rows, minlength=len(y)) / len(rows)
    return X.T @ (weights * (X @ w)) - X.T @ (weights * y) + penalty * w


def minibatch_gradient_cases(rng):
    def case(n, d, rows, penalty):
        rows = np.asarray(rows)
        return {"X": rng.normal(size=(n, d)), "y": rng.normal(size=n), "w": rng.normal(size=d), "rows": rows,
                "penalty": penalty}  # fmt: skip

    first = {"X": np.array([[1.0], [2.0], [3.0]]), "y": np.array([1.0, 1.0, 1.0]), "w": np.array([2.0]),
             "rows": np.array([0, 2]), "penalty": 0.1}  # fmt: skip
    return [
        first,
        case(3, 2, [1], 0.5),
        case(4, 6, [2, 0, 2, 2], 0.25),
        case(5, 3, np.arange(5), 0.0),
        case(7, 3, rng.integers(7, size=12), rng.uniform(0.1, 1)),
        case(20, 5, rng.permutation(20)[:8], rng.uniform(0.1, 1)),
    ]


MINIBATCH_GRADIENT = Exercise(
    name="first_order.minibatch_gradient",
    title="The gradient of a mini-batch",
    points=2,
    difficulty="warm-up",
    hint="`X[rows]` and `y[rows]` pick the batch; from there on it is the gradient of a small least-squares problem. "
    "Differentiate each of the two terms of the loss by w, and look at what each is divided by.",
    reference=minibatch_gradient,
    instances=minibatch_gradient_cases,
    misconceptions=(
        Misconception(
            averages_over_all_rows,
            "You divide by the number of all rows: the mean is over the rows of the batch, or small batches would "
            "give small gradients.",
        ),
        Misconception(sums_over_the_batch, "You sum over the batch; the loss is a mean: divide by its number of rows."),
        Misconception(
            averages_the_penalty_too,
            "You divide the penalty by the batch size as well: it stands outside the mean, and is there in full for "
            "every batch.",
        ),
        Misconception(
            doubles_the_penalty,
            "Your penalty counts twice: the derivative of penalty / 2 * |w|^2 is penalty * w, without a 2.",
        ),
        Misconception(leaves_out_the_penalty, "The derivative of the penalty is missing."),
        Misconception(
            subtracts_the_prediction,
            "The errors have the wrong sign: the derivative of (x'w - y)^2 / 2 is (x'w - y) x.",
        ),
        Misconception(
            counts_repeated_rows_once,
            "A row that was drawn twice counts twice: take the rows as they are, repetitions included.",
        ),
    ),
    alternatives=(minibatch_gradient_by_row, minibatch_gradient_as_mean, minibatch_gradient_with_weights),
    equivalent_mutants={
        "return X[rows].T @ errors / len(errors) + penalty * w": "there is one error for each row of the batch",
    },
)

# --- one epoch ----------------------------------------------------------------------------------------------------


def sgd_epoch(X, y, w, order, batch_size, learning_rate):
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        chance = 1 / (1 + np.exp(-X[rows] @ w))
        w = w - learning_rate * X[rows].T @ (chance - y[rows]) / len(rows)
    return w


def drops_the_last_short_batch(X, y, w, order, batch_size, learning_rate):
    for start in range(0, len(order) - batch_size + 1, batch_size):
        rows = order[start : start + batch_size]
        chance = 1 / (1 + np.exp(-X[rows] @ w))
        w = w - learning_rate * X[rows].T @ (chance - y[rows]) / len(rows)
    return w


def divides_by_the_nominal_size(X, y, w, order, batch_size, learning_rate):
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        chance = 1 / (1 + np.exp(-X[rows] @ w))
        w = w - learning_rate * X[rows].T @ (chance - y[rows]) / batch_size
    return w


def keeps_the_first_weights(X, y, w, order, batch_size, learning_rate):
    new = w
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        chance = 1 / (1 + np.exp(-X[rows] @ w))
        new = new - learning_rate * X[rows].T @ (chance - y[rows]) / len(rows)
    return new


def ignores_the_order(X, y, w, order, batch_size, learning_rate):
    for start in range(0, len(y), batch_size):
        rows = slice(start, start + batch_size)
        chance = 1 / (1 + np.exp(-X[rows] @ w))
        w = w - learning_rate * X[rows].T @ (chance - y[rows]) / len(y[rows])
    return w


def returns_after_one_batch(X, y, w, order, batch_size, learning_rate):
    rows = order[:batch_size]
    chance = 1 / (1 + np.exp(-X[rows] @ w))
    return w - learning_rate * X[rows].T @ (chance - y[rows]) / len(rows)


def walks_uphill(X, y, w, order, batch_size, learning_rate):
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        chance = 1 / (1 + np.exp(-X[rows] @ w))
        w = w + learning_rate * X[rows].T @ (chance - y[rows]) / len(rows)
    return w


def forgets_the_sigmoid(X, y, w, order, batch_size, learning_rate):
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        w = w - learning_rate * X[rows].T @ (X[rows] @ w - y[rows]) / len(rows)
    return w


def sgd_epoch_by_row(X, y, w, order, batch_size, learning_rate):
    w, waiting = w.copy(), []
    for place, row in enumerate(order, start=1):
        waiting.append(row)
        if len(waiting) == batch_size or place == len(order):
            step = np.zeros_like(w)
            for i in waiting:
                step += (0.5 * (1 + np.tanh(X[i] @ w / 2)) - y[i]) * X[i]
            w -= learning_rate / len(waiting) * step
            waiting = []
    return w


def sgd_epoch_by_splitting(X, y, w, order, batch_size, learning_rate):
    X, y = X[order], y[order]
    cuts = np.arange(batch_size, len(y), batch_size)
    for inputs, labels in zip(np.split(X, cuts), np.split(y, cuts), strict=True):
        odds = np.exp(inputs @ w)
        w = w + learning_rate * np.mean((labels - odds / (1 + odds))[:, None] * inputs, axis=0)
    return w


def sgd_epoch_cases(rng):
    def case(n, d, batch_size, learning_rate):
        return {"X": rng.normal(size=(n, d)), "y": rng.integers(2, size=n).astype(float), "w": rng.normal(size=d),
                "order": rng.permutation(n), "batch_size": batch_size, "learning_rate": learning_rate}  # fmt: skip

    first = {"X": np.array([[1.0], [2.0], [-1.0]]), "y": np.array([1.0, 0.0, 0.0]), "w": np.array([0.0]),
             "order": np.array([2, 0, 1]), "batch_size": 2, "learning_rate": 1.0}  # fmt: skip
    return [
        first,
        case(4, 2, 1, 0.5),
        case(5, 2, 2, 0.5),
        case(6, 4, 6, 1.0),
        case(6, 3, 10, 0.2),
        case(23, 5, 5, 0.3),
        case(24, 3, 8, 2.0),
    ]


SGD_EPOCH = Exercise(
    name="first_order.sgd_epoch",
    title="One epoch of stochastic descent",
    points=2,
    difficulty="core",
    hint="`range(0, n, batch_size)` gives where the batches begin, and a slice that reaches past the end is just "
    "shorter. Every batch starts from the weights that the one before it left.",
    reference=sgd_epoch,
    instances=sgd_epoch_cases,
    misconceptions=(
        Misconception(
            drops_the_last_short_batch,
            "The last batch is left out when it is short: an epoch looks at every row once.",
        ),
        Misconception(
            divides_by_the_nominal_size,
            "The last batch may be shorter than batch_size: divide by the number of rows that it has.",
        ),
        Misconception(
            keeps_the_first_weights,
            "All your gradients are taken at the weights from before the epoch: that is one big batch. Update the "
            "weights after every batch and use the new ones for the next.",
        ),
        Misconception(
            ignores_the_order,
            "You go through the rows as they lie: the batches are cut from `order`, which says which row comes when.",
        ),
        Misconception(
            walks_uphill, "You walked uphill: a step goes against the gradient, and p - y (not y - p) is in it."
        ),
        Misconception(returns_after_one_batch, "You return after the first batch: is the `return` inside the loop?"),
        Misconception(
            forgets_the_sigmoid,
            "That is the gradient of linear regression: here the prediction is 1 / (1 + exp(-x'w)), not x'w.",
        ),
    ),
    alternatives=(sgd_epoch_by_row, sgd_epoch_by_splitting),
    equivalent_mutants={
        "for start in range(0, len(X), batch_size):": "order holds every row of X once, so it is as long as X",
        "for start in range(0, len(y), batch_size):": "order holds every row of X once, so it is as long as y",
        "w = w - learning_rate * X[rows].T @ (chance - y[rows]) / len(chance)": "one chance for each row of the batch",
    },
)
