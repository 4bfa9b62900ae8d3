"""Challenge: the nine steps from data to a number that can be believed, end to end."""

from __future__ import annotations

import math

import numpy as np

from ...basics.wines import wines
from ..exercise import Exercise, Misconception
from . import plots
from .columns import standardise
from .training import early_stop


def nine_steps(X, y, train, validation, test, rates, batch_size, epochs, patience):
    Z = np.column_stack([np.ones(len(X)), standardise(X[train], X)[1]])
    trials = []
    for rate in rates:
        weights, losses, kept = np.zeros(Z.shape[1]), [], []
        for _ in range(epochs):
            for start in range(0, len(train), batch_size):
                rows = train[start : start + batch_size]
                chance = 1 / (1 + np.exp(-Z[rows] @ weights))
                weights = weights - rate * Z[rows].T @ (chance - y[rows]) / len(rows)
            losses.append(np.mean(np.logaddexp(0, (1 - 2 * y[validation]) * (Z[validation] @ weights))))
            kept.append(weights)
        best = early_stop(losses, patience)[0]
        trials.append((losses[best], rate, best, kept[best]))
    loss, rate, best, weights = min(trials, key=lambda trial: trial[0])
    return rate, best, loss, np.mean((Z[test] @ weights > 0) == (y[test] == 1))


def _nine_steps(X, y, train, validation, test, rates, batch_size, epochs, patience, slip):
    """The right answer with one slip in it."""
    known = {"peek": np.arange(len(X)), "raw": train[:0]}.get(slip, train)
    middle = X[known].mean(axis=0) if len(known) else 0.0
    spread = X[known].std(axis=0) if len(known) else np.ones(X.shape[1])
    Z = np.insert((X - middle) / np.where(spread > 0, spread, 1.0), 0, slip != "no intercept", axis=1)
    weights, trials = np.zeros(Z.shape[1]), []
    watched = {"test tuned": test, "training loss": train}.get(slip, validation)
    for rate in rates:
        weights = weights if slip == "warm" else np.zeros(Z.shape[1])
        kept, losses = [], []
        for _ in range(epochs):
            size = len(train) if slip == "full" else batch_size
            for start in range(0, len(train), size):
                rows = train[start : start + size]
                slope = Z[rows].T @ (1 / (1 + np.exp(-Z[rows] @ weights)) - y[rows])
                weights = weights - rate * slope / (1 if slip == "sum" else len(rows))
            kept.append(weights)
            losses.append(np.mean(np.logaddexp(0, (1 - 2 * y[watched]) * (Z[watched] @ weights))))
        epoch, stop = early_stop(losses, epochs if slip == "no stop" else patience)
        trials.append((losses[epoch], rate, epoch, kept[stop if slip == "last" else epoch]))
    best, rate, epoch, final = trials[0] if slip == "first" else min(trials, key=lambda trial: trial[0])
    scored = validation if slip == "validation scored" else test
    return rate, epoch, best, np.mean((Z[scored] @ final > 0) == (y[scored] == 1))


def scales_with_all_rows(X, y, train, validation, test, rates, batch_size, epochs, patience):
    return _nine_steps(X, y, train, validation, test, rates, batch_size, epochs, patience, "peek")


def does_not_scale(X, y, train, validation, test, rates, batch_size, epochs, patience):
    return _nine_steps(X, y, train, validation, test, rates, batch_size, epochs, patience, "raw")


def has_no_intercept(X, y, train, validation, test, rates, batch_size, epochs, patience):
    return _nine_steps(X, y, train, validation, test, rates, batch_size, epochs, patience, "no intercept")


def tunes_on_the_test_rows(X, y, train, validation, test, rates, batch_size, epochs, patience):
    return _nine_steps(X, y, train, validation, test, rates, batch_size, epochs, patience, "test tuned")


def watches_the_training_loss(X, y, train, validation, test, rates, batch_size, epochs, patience):
    return _nine_steps(X, y, train, validation, test, rates, batch_size, epochs, patience, "training loss")


def goes_on_from_the_last_rate(X, y, train, validation, test, rates, batch_size, epochs, patience):
    return _nine_steps(X, y, train, validation, test, rates, batch_size, epochs, patience, "warm")


def steps_once_an_epoch(X, y, train, validation, test, rates, batch_size, epochs, patience):
    return _nine_steps(X, y, train, validation, test, rates, batch_size, epochs, patience, "full")


def sums_the_gradients(X, y, train, validation, test, rates, batch_size, epochs, patience):
    return _nine_steps(X, y, train, validation, test, rates, batch_size, epochs, patience, "sum")


def never_stops_early(X, y, train, validation, test, rates, batch_size, epochs, patience):
    return _nine_steps(X, y, train, validation, test, rates, batch_size, epochs, patience, "no stop")


def tests_the_last_weights(X, y, train, validation, test, rates, batch_size, epochs, patience):
    return _nine_steps(X, y, train, validation, test, rates, batch_size, epochs, patience, "last")


def takes_the_first_rate(X, y, train, validation, test, rates, batch_size, epochs, patience):
    return _nine_steps(X, y, train, validation, test, rates, batch_size, epochs, patience, "first")


def reports_the_validation_accuracy(X, y, train, validation, test, rates, batch_size, epochs, patience):
    return _nine_steps(X, y, train, validation, test, rates, batch_size, epochs, patience, "validation scored")


def nine_steps_without_pieces(X, y, train, validation, test, rates, batch_size, epochs, patience):
    middle, spread = X[train].mean(axis=0), X[train].std(axis=0)
    Z = np.column_stack([np.ones(len(X)), (X - middle) / np.where(spread > 0, spread, 1.0)])
    signs = 2 * y - 1
    lowest = math.inf
    for rate in rates:
        weights = np.zeros(Z.shape[1])
        best, best_epoch = math.inf, 0
        for epoch in range(epochs):
            for start in range(0, len(train), batch_size):
                rows = train[start : start + batch_size]
                chance = 1 / (1 + np.exp(-Z[rows] @ weights))
                weights = weights - rate * Z[rows].T @ (chance - y[rows]) / len(rows)
            loss = np.mean(np.logaddexp(0, -signs[validation] * (Z[validation] @ weights)))
            if loss < best:
                best, best_epoch, best_weights = loss, epoch, weights
            elif epoch - best_epoch >= patience:
                break
        if best < lowest:
            lowest, chosen, final = best, (rate, best_epoch), best_weights
    accuracy = np.mean((Z[test] @ final > 0) == (y[test] == 1))
    return chosen[0], chosen[1], lowest, accuracy


def nine_steps_with_probabilities(X, y, train, validation, test, rates, batch_size, epochs, patience):
    """Weights and intercept apart, the loss from the probabilities, a generator for the epochs."""

    def scaled(rows):
        spread = X[train].std(axis=0)
        return (X[rows] - X[train].mean(axis=0)) / np.where(spread == 0, 1, spread)

    def chances(rows, w, b):
        return 1 / (1 + np.exp(-(scaled(rows) @ w + b)))

    def run(rate):
        w, b = np.zeros(X.shape[1]), 0.0
        for epoch in range(epochs):
            for rows in np.split(train, range(batch_size, len(train), batch_size)):
                miss = chances(rows, w, b) - y[rows]
                w, b = w - rate * np.mean(miss[:, None] * scaled(rows), axis=0), b - rate * np.mean(miss)
            p, t = chances(validation, w, b), y[validation]
            yield -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p)), epoch, w, b

    def best_of(rate):
        best = (math.inf, 0)
        for state in run(rate):
            if state[0] < best[0]:
                best = state
            elif state[1] - best[1] == patience:
                break
        return best

    found = [(rate, best_of(rate)) for rate in rates]
    rate, (loss, epoch, w, b) = min(found, key=lambda pair: pair[1][0])
    guesses = np.round(chances(test, w, b))
    return [rate, epoch, loss, sum(guesses == y[test]) / len(test)]


def nine_steps_cases(rng):
    def case(data, parts, rates, batch_size, epochs, patience):
        X, y = data
        order = rng.permutation(len(y))
        train, validation, test = np.split(order, np.cumsum(parts)[:2])
        return {"X": np.array(X, dtype=float), "y": np.array(y, dtype=float), "train": train, "validation": validation,
                "test": test, "rates": rates, "batch_size": batch_size, "epochs": epochs,
                "patience": patience}  # fmt: skip

    def blobs(n, *scales):
        y = (np.arange(n) % 3 == 0).astype(float)
        return (rng.normal(size=(n, len(scales))) + 1.2 * y[:, None]) * scales + 1.0, y

    level = {"X": np.full((6, 1), 2.0), "y": np.array([0.0, 1, 1, 0, 1, 0]), "train": np.array([0, 1]),
             "validation": np.array([2, 3]), "test": np.array([4, 5, 3]), "rates": [0.5], "batch_size": 2, "epochs": 2,
             "patience": 1}  # fmt: skip
    tiny = {"X": np.array([[0.0], [2.0], [3.0], [1.5], [0.5]]), "y": np.array([0.0, 1, 1, 0, 0]),
            "train": np.array([0, 1]), "validation": np.array([2, 3]), "test": np.array([4]), "rates": [1.0],
            "batch_size": 1, "epochs": 3, "patience": 2}  # fmt: skip

    def still(seed, epochs, patience):
        """Always the same rows, whatever `rng` is."""
        fixed = np.random.default_rng(seed)
        return {"X": fixed.integers(-8, 9, size=(18, 2)) / 4, "y": (fixed.random(18) < 0.5).astype(float),
                "train": np.arange(6), "validation": np.arange(6, 12), "test": np.arange(12, 18), "rates": [1.0],
                "batch_size": 2, "epochs": epochs, "patience": patience}  # fmt: skip

    real = wines()
    hard = real.columns("ash", "alcalinity", "magnesium", "malic_acid", "hue")
    return [
        tiny,
        level,
        still(84, 12, 1),  # the validation loss rises, and then falls below its first low
        still(84, 10, 2),
        still(26, 6, 3),  # the accuracy changes from epoch to epoch
        case(blobs(24, 1.0, 5.0), (10, 7), [0.05, 0.6, 3.0], 4, 12, 2),
        case(blobs(40, 2.0, 0.1, 1.0), (16, 12), [2.0, 0.3, 0.02], 5, 12, 3),
        case((hard, real.cultivar == 1), (90, 44), [0.01, 0.1, 1.0], 16, 12, 3),
    ]


NINE_STEPS = Exercise(
    name="basics.nine_steps",
    title="The nine steps, end to end",
    points=5,
    difficulty="challenge",
    hint="Use what you have: `standardise(X[train], X)[1]` is the whole table, scaled without a peek. Run a rate for "
    "all its epochs, keep the list of validation losses and the list of weights, and let `early_stop` say which epoch "
    "counts. Try the function on a single rate first.",
    reference=nine_steps,
    instances=nine_steps_cases,
    misconceptions=(
        Misconception(
            scales_with_all_rows,
            "Step 1 peeks: mean and spread come from all rows, the test rows among them. Take them from the training "
            "rows.",
        ),
        Misconception(does_not_scale, "Step 1 is missing: standardise the features, with the training rows' numbers."),
        Misconception(has_no_intercept, "Step 3: the model has an intercept, so the table needs a column of ones."),
        Misconception(
            tunes_on_the_test_rows,
            "Steps 7 and 8 look at the test rows. They are for step 9 alone: whatever was chosen on them flatters "
            "itself.",
        ),
        Misconception(
            watches_the_training_loss,
            "Step 6 watches the loss of the training rows, which falls even while the model gets worse. Watch the "
            "validation rows.",
        ),
        Misconception(
            goes_on_from_the_last_rate,
            "Step 8 is not fair: each rate begins where the one before ended. Begin with zeros for every rate.",
        ),
        Misconception(
            steps_once_an_epoch,
            "Step 5 is missing: you make one step an epoch with all training rows, instead of one for each batch.",
        ),
        Misconception(
            sums_the_gradients,
            "Step 5: you sum the gradients of a batch. Divide by its size, which is smaller for the last one.",
        ),
        Misconception(
            never_stops_early,
            "Step 7 is missing: once there were `patience` epochs in a row without a new lowest loss, this rate is "
            "done, and what would have come later does not count.",
        ),
        Misconception(
            tests_the_last_weights,
            "Step 9 tests the weights of the last epoch; the ones that you chose are those of the best epoch.",
        ),
        Misconception(
            takes_the_first_rate, "Step 8 is missing: choose the rate whose lowest validation loss is the lowest."
        ),
        Misconception(
            reports_the_validation_accuracy,
            "Step 9 reports the accuracy on the validation rows, on which you have chosen: only the test rows are "
            "unspoilt.",
        ),
    ),
    alternatives=(nine_steps_without_pieces, nine_steps_with_probabilities),
    equivalent_mutants={
        "Z = -np.column_stack([np.ones(len(X)), standardise(X[train], X)[1]])": "the weights turn their signs, no more",
        "Z = np.column_stack([np.ones(len(X)), standardise(X[train], X)[-1]])": "the last of two is the second",
        "Z = np.column_stack([np.ones(len(y)), standardise(X[train], X)[1]])": "as many labels as rows",
        "Z = np.column_stack([standardise(X[train], X)[1], np.ones(len(X))])": "the weights may stand in any order",
        "loss, rate, best, weights = min(trials)": "the loss comes first, and two losses are equal by accident only",
        "losses.append(np.mean(np.logaddexp((1 - 2 * y[validation]) * (Z[validation] @ weights), 0)))": "the "
        "same in either order",
        "weights = weights - rate * Z[rows].T @ (chance - y[rows]) / len(chance)": "as many chances as rows",
        "weights, losses, kept = (np.zeros(Z.shape[-1]), [], [])": "the last axis is the second",
    },
    rtol=1e-7,
    play=plots.rates_of_the_workflow,
)
