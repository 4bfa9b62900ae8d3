"""What each feature is worth: the validation error with it left out."""

from __future__ import annotations

import numpy as np

from ...basics.wines import wines
from ..exercise import Exercise, Misconception


def feature_worth(X, y, X_val, y_val):
    errors = []
    for left_out in [None, *range(X.shape[1])]:
        kept = [j for j in range(X.shape[1]) if j != left_out]
        design = np.column_stack([np.ones(len(X)), X[:, kept]])
        weights = np.linalg.lstsq(design, y)[0]
        predicted = weights[0] + X_val[:, kept] @ weights[1:]
        errors.append(np.mean((predicted - y_val) ** 2))
    return np.array(errors[1:]) - errors[0]


def _error(X, y, X_val, y_val, kept, intercept=True):
    ones = 1.0 if intercept else 0.0
    weights = np.linalg.lstsq(np.insert(X[:, kept], 0, ones, axis=1), y, rcond=None)[0]
    return float(np.mean((np.insert(X_val[:, kept], 0, ones, axis=1) @ weights - y_val) ** 2))


def _without(j, X):
    return [i for i in range(X.shape[1]) if i != j]


def measures_on_the_training_rows(X, y, X_val, y_val):
    return feature_worth(X, y, X, y)


def does_not_train_again(X, y, X_val, y_val):
    weights = np.linalg.lstsq(np.insert(X, 0, 1.0, axis=1), y, rcond=None)[0]
    full = np.insert(X_val, 0, 1.0, axis=1)
    errors = [np.mean((np.delete(full, j, 1) @ np.delete(weights, j) - y_val) ** 2) for j in range(1, len(weights))]
    return np.array(errors) - np.mean((full @ weights - y_val) ** 2)


def subtracts_the_wrong_way(X, y, X_val, y_val):
    return -feature_worth(X, y, X_val, y_val)


def forgets_the_ones(X, y, X_val, y_val):
    full = _error(X, y, X_val, y_val, _without(None, X), intercept=False)
    return np.array([_error(X, y, X_val, y_val, _without(j, X), intercept=False) - full for j in range(X.shape[1])])


def tries_each_alone(X, y, X_val, y_val):
    nothing = _error(X, y, X_val, y_val, [])
    return np.array([nothing - _error(X, y, X_val, y_val, [j]) for j in range(X.shape[1])])


def leaves_out_ever_more(X, y, X_val, y_val):
    full = _error(X, y, X_val, y_val, _without(None, X))
    later = [list(range(j + 1, X.shape[1])) for j in range(X.shape[1])]
    return np.array([_error(X, y, X_val, y_val, kept) - full for kept in later])


def returns_the_errors(X, y, X_val, y_val):
    return np.array([_error(X, y, X_val, y_val, _without(j, X)) for j in range(X.shape[1])])


def trains_on_the_validation_rows(X, y, X_val, y_val):
    return feature_worth(X_val, y_val, X_val, y_val)


def feature_worth_by_normal_equations(X, y, X_val, y_val):
    def error(X, X_val):
        middle = X.mean(axis=0)
        weights = np.linalg.pinv(X - middle) @ (y - y.mean())
        return np.square((X_val - middle) @ weights + y.mean() - y_val).mean()

    full = error(X, X_val)
    return [error(np.delete(X, j, axis=1), np.delete(X_val, j, axis=1)) - full for j in range(len(X.T))]


def feature_worth_with_zeroed_columns(X, y, X_val, y_val):
    def error(mask):
        table = np.insert(X * mask, 0, 1.0, axis=1)
        weights = np.linalg.lstsq(table, y, rcond=None)[0]
        misses = np.insert(X_val * mask, 0, 1.0, axis=1) @ weights - y_val
        return misses @ misses / len(misses)

    masks = 1 - np.eye(X.shape[1])
    return np.array([error(mask) for mask in masks]) - error(np.ones(X.shape[1]))


def feature_worth_cases(rng):
    def case(X, y, share):
        first = round(share * len(y))
        return {"X": X[:first], "y": y[:first], "X_val": X[first:], "y_val": y[first:]}

    base = rng.normal(loc=[0.0, 1.0, -2.0], size=(40, 3))
    twins = np.column_stack([base[:, 0], base[:, 1], base[:, 0] + 0.05 * rng.normal(size=40)])
    real = wines()
    order = rng.permutation(178)
    some = real.columns("alcohol", "magnesium", "phenols", "colour", "proline")[order] / [1, 10, 1, 1, 100]
    return [
        case(np.array([[0.0, 1], [1, 0], [2, 2], [3, 1], [2, 0], [4, 4]]), np.array([1.0, 2, 4, 5, 4, 8]), 2 / 3),
        case(base, 4 + base @ [2.0, -1, 0] + 0.3 * rng.normal(size=40), 0.6),
        case(twins, 1 + twins @ [1.0, 0.5, 1] + 0.2 * rng.normal(size=40), 0.5),
        case(some, real.columns("flavanoids")[order, 0], 0.7),
    ]


FEATURE_WORTH = Exercise(
    name="basics.feature_worth",
    title="What is a feature worth?",
    points=3,
    difficulty="core",
    hint="Write the fit and its validation error for a list of columns once, then use it with all columns and with "
    "each one left out. `np.linalg.lstsq(table, y)[0]` finds the weights, if the table has a column of ones for the "
    "intercept. `np.delete(X, j, axis=1)` is X without column j.",
    reference=feature_worth,
    instances=feature_worth_cases,
    misconceptions=(
        Misconception(
            measures_on_the_training_rows,
            "You measure the error on the rows that the model was fitted to: there every feature seems to help, even "
            "pure noise. Use `X_val` and `y_val`.",
        ),
        Misconception(
            does_not_train_again,
            "You drop a column but keep the other weights. Fit again without it: the others may make up for it.",
        ),
        Misconception(
            subtracts_the_wrong_way,
            "The sign is turned: a useful feature has a positive worth, error without it minus error with it.",
        ),
        Misconception(
            forgets_the_ones, "Your model has no intercept: the table needs a column of ones besides the features."
        ),
        Misconception(
            tries_each_alone,
            "You try each feature alone. Ablation asks the opposite: what is lost if it is missing and all the others "
            "are there?",
        ),
        Misconception(
            leaves_out_ever_more,
            "You leave out more and more columns: put each one back before you leave out the next.",
        ),
        Misconception(
            returns_the_errors,
            "You return the errors; the worth is how much they rise: subtract the full model's error.",
        ),
        Misconception(
            trains_on_the_validation_rows,
            "You fit on the validation rows, and measure there as well: fit on `X` and `y`, measure on the others.",
        ),
    ),
    alternatives=(feature_worth_by_normal_equations, feature_worth_with_zeroed_columns),
    equivalent_mutants={
        "design = np.column_stack([np.ones(len(y)), X[:, kept]])": "as many targets as rows",
        "errors.append(np.mean((y_val - predicted) ** 2))": "the sign is squared",
        "for left_out in [None, *range(X.shape[-1])]:": "the last axis is the second",
        "for left_out in [None, *range(X_val.shape[1])]:": "both tables have the same columns",
        "kept = [j for j in range(X.shape[-1]) if j != left_out]": "the last axis is the second",
        "kept = [j for j in range(X_val.shape[1]) if j != left_out]": "both tables have the same columns",
        "return errors[1:] - errors[0]": "NumPy subtracts its number from a list entry by entry",
    },
    rtol=1e-6,
    atol=1e-9,
)
