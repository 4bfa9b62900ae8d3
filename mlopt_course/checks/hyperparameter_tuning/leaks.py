"""A pipeline through which the test samples leak, repaired."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Misconception


def clean_error(X, y, parts, counts):
    train, validation, test = parts == 0, parts == 1, parts == 2
    Z = (X - X[train].mean(axis=0)) / X[train].std(axis=0)
    middle = y[train].mean()
    order = np.argsort(-np.abs(Z[train].T @ y[train]))
    found = []
    for count in counts:
        A = Z[:, order[:count]]
        weights = np.linalg.solve(A[train].T @ A[train], A[train].T @ y[train])
        squares = (A @ weights + middle - y) ** 2
        found.append((squares[validation].mean(), count, squares[test].mean()))
    _, count, error = min(found)
    return count, error


def _pipeline(X, y, parts, counts, scale=(0,), select=(0,), fit=(0,), choose=(1,), report=(2,)):
    scaled, selected, fitted, chosen, reported = (np.isin(parts, rows) for rows in (scale, select, fit, choose, report))
    Z = (X - np.mean(X[scaled], axis=0)) / np.std(X[scaled], axis=0)
    centred = y - np.mean(y[selected])
    strength = [abs(sum(column[selected] * centred[selected])) for column in Z.T]
    order = sorted(range(X.shape[1]), key=lambda j: -strength[j])
    found = []
    for count in counts:
        A = Z[:, order[:count]]
        middle = np.mean(y[fitted])
        w = np.linalg.solve(A[fitted].T @ A[fitted], A[fitted].T @ (y[fitted] - middle))
        residuals = y - A @ w - middle
        found.append((np.mean(residuals[chosen] ** 2), count, np.mean(residuals[reported] ** 2)))
    _, count, error = min(found)
    return count, error


ALL = (0, 1, 2)


def repairs_nothing(X, y, parts, counts):
    return _pipeline(X, y, parts, counts, scale=ALL, select=ALL, choose=(2,))


def repairs_the_choice_only(X, y, parts, counts):
    return _pipeline(X, y, parts, counts, scale=ALL, select=ALL)


def scales_with_all_rows(X, y, parts, counts):
    return _pipeline(X, y, parts, counts, scale=ALL)


def selects_features_with_all_rows(X, y, parts, counts):
    return _pipeline(X, y, parts, counts, select=ALL)


def chooses_on_the_test_rows(X, y, parts, counts):
    return _pipeline(X, y, parts, counts, choose=(2,))


def chooses_on_the_training_rows(X, y, parts, counts):
    return _pipeline(X, y, parts, counts, choose=(0,))


def reports_what_it_chose_by(X, y, parts, counts):
    return _pipeline(X, y, parts, counts, report=(1,))


def uses_validation_rows_to_prepare(X, y, parts, counts):
    return _pipeline(X, y, parts, counts, scale=(0, 1), select=(0, 1))


def clean_error_by_a_pipeline(X, y, parts, counts):
    return list(_pipeline(X, y, parts, counts))


def clean_error_in_three_tables(X, y, parts, counts):
    tables = [(X[parts == part], y[parts == part]) for part in range(3)]
    middle, spread = tables[0][0].mean(axis=0), tables[0][0].std(axis=0)
    tables = [((rows - middle) / spread, values) for rows, values in tables]
    rows, values = tables[0]
    order = np.argsort(np.abs(rows.T @ (values - values.mean())))[::-1]
    lowest, answer = np.inf, None
    for count in counts:
        kept = order[:count]
        weights = np.linalg.pinv(rows[:, kept]) @ (values - values.mean())
        errors = [float(np.mean((table[:, kept] @ weights + values.mean() - wanted) ** 2)) for table, wanted in tables]
        if errors[1] < lowest:
            lowest, answer = errors[1], (count, errors[2])
    return answer


FAULTS = (
    repairs_nothing,
    repairs_the_choice_only,
    scales_with_all_rows,
    selects_features_with_all_rows,
    chooses_on_the_test_rows,
    chooses_on_the_training_rows,
    reports_what_it_chose_by,
    uses_validation_rows_to_prepare,
)


def clean_error_cases(rng):
    def drawn(n, features, counts):
        """The parts differ in means and spreads, so that it matters whose statistics are used."""
        parts = rng.permutation(np.repeat([0, 1, 2], [n - 2 * (n // 4), n // 4, n // 4]))
        X = rng.normal(size=(n, features)) * rng.uniform(0.5, 2, size=(3, features))[parts] + rng.normal(size=features)
        X = X + rng.normal(size=(3, features))[parts] / 2
        y = X @ (rng.normal(size=features) / np.arange(1, features + 1)) + 2 * rng.normal(size=n) + 1.5
        return {"X": np.round(X, 3), "y": np.round(y, 3), "parts": parts, "counts": counts}

    def telling(*arguments):
        """On many sets some faults do not show: one on which each of them has an answer of its own."""
        for _ in range(400):
            case = drawn(*arguments)
            errors = sorted(answer(**case)[1] for answer in (clean_error, *FAULTS))
            if min(np.diff(errors)) > 1e-4:
                break
        return case

    return [
        drawn(16, 2, [1, 2]),
        drawn(24, 4, [4, 1, 3, 2]),
        telling(40, 8, [1, 2, 4, 8]),
        drawn(60, 12, [6, 10, 3, 1]),
    ]


CLEAN_ERROR = Exercise(
    name="hyperparameter_tuning.clean_error",
    title="Three leaks in a pipeline",
    points=3,
    difficulty="core",
    hint="Go through it line by line and ask of each number: which rows is it computed from? What is prepared or "
    "fitted may see training rows only, what is chosen may see validation rows, and what is reported is seen once.",
    reference=clean_error,
    instances=clean_error_cases,
    misconceptions=(
        Misconception(repairs_nothing, "This behaves like the pipeline as it was given: find its three leaks."),
        Misconception(
            repairs_the_choice_only,
            "Your choice is right. Two leaks are left: with which rows are the features scaled and selected?",
        ),
        Misconception(
            scales_with_all_rows,
            "The features are still scaled with the mean and the spread of all rows: use those of the training rows.",
        ),
        Misconception(
            selects_features_with_all_rows,
            "The features are still ordered by how they go with y on all rows, the test rows among them.",
        ),
        Misconception(
            chooses_on_the_test_rows,
            "The number of features is still chosen on the test rows, so their error is the least of many.",
        ),
        Misconception(
            chooses_on_the_training_rows,
            "On the training rows more features always look better: choose on the validation rows.",
        ),
        Misconception(
            reports_what_it_chose_by,
            "You report the error by which you have chosen: it is the least of many. Report that on the test rows.",
        ),
        Misconception(
            uses_validation_rows_to_prepare,
            "Scaling and selecting belong to the training: if the validation rows take part, the choice is not honest.",
        ),
    ),
    alternatives=(clean_error_by_a_pipeline, clean_error_in_three_tables),
    rtol=1e-7,
    atol=1e-9,
    equivalent_mutants={
        "A = -Z[:, order[:count]]": "weights of the other sign make up for it",
        "Z = (X[train].mean(axis=0) - X) / X[train].std(axis=0)": "weights of the other sign make up for it",
        "Z = -((X - X[train].mean(axis=0)) / X[train].std(axis=0))": "weights of the other sign make up for it",
        "found.append((squares[validation].sum(), count, squares[test].mean()))": "sums are ordered as means",
        "squares = (y - (A @ weights + middle)) ** 2": "a square has no sign",
    },
)
