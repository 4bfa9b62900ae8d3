"""Cross-validation, and the simplest model that is not clearly worse than the best."""

from __future__ import annotations

import math

import numpy as np

from ..exercise import Exercise, Misconception
from . import plots


def penalty_by_folds(X, y, fold, penalties):
    folds = max(fold) + 1
    losses = np.zeros((folds, len(penalties)))
    for k in range(folds):
        train, test = fold != k, fold == k
        Z = (X - X[train].mean(axis=0)) / X[train].std(axis=0)
        middle = y[train].mean()
        for j, penalty in enumerate(penalties):
            A = Z[train].T @ Z[train] + penalty * np.eye(X.shape[1])
            weights = np.linalg.solve(A, Z[train].T @ y[train])
            losses[k, j] = np.mean((Z[test] @ weights + middle - y[test]) ** 2)
    means = losses.mean(axis=0)
    best = np.argmin(means)
    limit = means[best] + losses[:, best].std(ddof=1) / math.sqrt(folds)
    return max(penalties[means <= limit]), means


def _losses(X, y, fold, penalties, wrong=""):
    table = []
    for k in sorted(set(fold.tolist())):
        test = np.flatnonzero(fold == k)
        train = np.flatnonzero(fold != k)
        if wrong == "exchanged":
            train, test = test, train
        if wrong == "training loss":
            test = train
        rows = np.arange(len(y)) if wrong == "all rows" else train
        centre, spread, middle = X[rows].mean(axis=0), X[rows].std(axis=0), y[train].mean()
        if wrong == "raw":
            spread = np.ones(X.shape[1])
        U, s, Vt = np.linalg.svd((X[train] - centre) / spread, full_matrices=False)
        Z = (X[test] - centre) / spread
        row = []
        for penalty in penalties:
            weights = Vt.T @ (s / (s**2 + penalty) * (U.T @ (y[train] - middle)))
            row.append(float(np.mean((middle + Z @ weights - y[test]) ** 2)))
        table.append(row)
    return np.array(table)


def _chosen(losses, penalties, rule=""):
    means, spreads = losses.mean(axis=0), losses.std(axis=0, ddof=1)
    if rule == "population":
        spreads = losses.std(axis=0)
    if rule == "whole":
        spreads = np.full(len(means), losses.std(ddof=1))
    errors = spreads if rule == "spread" else spreads / math.sqrt(len(losses) - (rule == "one fold less"))
    best = int(np.argmin(penalties if rule == "at the smallest" else means))
    limit = means - errors <= means[best] if rule == "own" else means <= means[best] + errors[best]
    pick = min if rule == "smallest" else max
    chosen = penalties[best] if rule == "best" else pick(p for p, near in zip(penalties, limit, strict=True) if near)
    return chosen, means


def scales_with_all_rows(X, y, fold, penalties):
    return _chosen(_losses(X, y, fold, penalties, "all rows"), penalties)


def never_scales(X, y, fold, penalties):
    return _chosen(_losses(X, y, fold, penalties, "raw"), penalties)


def trains_on_the_fold(X, y, fold, penalties):
    return _chosen(_losses(X, y, fold, penalties, "exchanged"), penalties)


def tests_what_it_trained_on(X, y, fold, penalties):
    return _chosen(_losses(X, y, fold, penalties, "training loss"), penalties)


def takes_the_best_mean(X, y, fold, penalties):
    return _chosen(_losses(X, y, fold, penalties), penalties, "best")


def takes_the_spread_of_the_folds(X, y, fold, penalties):
    return _chosen(_losses(X, y, fold, penalties), penalties, "spread")


def takes_the_smallest_penalty(X, y, fold, penalties):
    return _chosen(_losses(X, y, fold, penalties), penalties, "smallest")


def takes_each_ones_own_error(X, y, fold, penalties):
    return _chosen(_losses(X, y, fold, penalties), penalties, "own")


def penalty_by_folds_and_singular_values(X, y, fold, penalties):
    return _chosen(_losses(X, y, fold, penalties), penalties)


def penalty_by_folds_with_more_rows(X, y, fold, penalties):
    """Ridge as least squares with a row of its own for each weight."""
    d, table = X.shape[1], {}
    for penalty in penalties:
        errors = []
        for k in range(int(fold.max()) + 1):
            rows, values = X[fold != k], y[fold != k]
            centre, spread = np.mean(rows, axis=0), np.std(rows, axis=0)
            longer = np.vstack([(rows - centre) / spread, np.sqrt(penalty) * np.eye(d)])
            weights = np.linalg.lstsq(longer, np.append(values - values.mean(), np.zeros(d)), rcond=None)[0]
            guesses = (X[fold == k] - centre) / spread @ weights + values.mean()
            errors.append(((guesses - y[fold == k]) ** 2).mean())
        table[penalty] = errors
    lowest = min(table.values(), key=sum)
    limit = np.mean(lowest) + np.std(lowest, ddof=1) / len(lowest) ** 0.5
    good = sorted(penalty for penalty, errors in table.items() if np.mean(errors) <= limit)
    return [good[-1], [np.mean(errors) for errors in table.values()]]


def penalty_by_folds_cases(rng):
    def drawn(n, features, folds, penalties):
        X = rng.normal(size=(n, features)) * rng.uniform(0.3, 4, size=features) + rng.normal(size=features)
        y = X @ rng.normal(size=features) / 2 + 2 * rng.normal(size=n) + 3
        fold = rng.permutation(np.arange(n) % folds)
        return {"X": np.round(X, 3), "y": np.round(y, 3), "fold": fold, "penalties": np.array(penalties, dtype=float)}

    def telling(rules, *arguments):
        """The rules often agree: a set on which each of these chooses another penalty than the right one."""
        for _ in range(300):
            case = drawn(*arguments)
            losses = _losses(**case)
            right, *others = (_chosen(losses, case["penalties"], rule)[0] for rule in ("", *rules))
            if right not in others:
                break
        return case

    coarse = np.round(2.0 ** np.arange(-2, 11), 4)
    fine = np.round(1.3 ** np.arange(-4, 21), 4)
    return [
        {"X": np.array([[0.0], [2.0], [4.0], [6.0]]), "y": np.array([1.0, 2.0, 5.0, 8.0]),
         "fold": np.array([0, 1, 0, 1]), "penalties": np.array([0.5, 2.0])},
        {"X": np.arange(6.0)[:, None], "y": np.array([1.0, 0.0, 3.0, 2.0, 6.0, 5.0]),
         "fold": np.array([0, 1, 2, 0, 1, 2]), "penalties": np.array([2.0, 8.0, 0.5, 32.0, 1.0])},  # not the last
        drawn(11, 2, 3, [8, 0.5, 2, 32]),
        {"X": np.array([[0.0], [2.0], [0.0], [2.0]]), "y": np.array([1.0, 5.0, 1.0, 5.0]),
         "fold": np.array([0, 0, 1, 1]), "penalties": np.array([4.0, 1.0])},  # no spread at all
        telling(("best", "spread", "own", "smallest", "at the smallest"), 30, 4, 5, coarse),
        telling(("best", "population", "whole", "one fold less"), 33, 6, 4, rng.permutation(fine)),
    ]  # fmt: skip


PENALTY_BY_FOLDS = Exercise(
    name="hyperparameter_tuning.penalty_by_folds",
    title="The simplest that is not clearly worse",
    points=4,
    difficulty="challenge",
    hint="Fill a table with a row for each fold and a column for each penalty. Everything that is learnt, the means "
    "and the spreads too, comes from the rows of the *other* folds. The standard error of a mean is the standard "
    "deviation of its column (`ddof=1`) over the root of the number of folds.",
    reference=penalty_by_folds,
    instances=penalty_by_folds_cases,
    misconceptions=(
        Misconception(
            scales_with_all_rows,
            "You scale with the statistics of all rows, those of the fold that is tested among them. Scaling is part "
            "of the training.",
        ),
        Misconception(
            never_scales, "Without scaling the penalty hits features with small numbers hardest: scale them."
        ),
        Misconception(
            trains_on_the_fold,
            "You train on the one fold and test on all the others: it is the other way round.",
        ),
        Misconception(tests_what_it_trained_on, "You test the model on the rows that it was trained on."),
        Misconception(
            takes_the_best_mean,
            "The means are right, and this is the penalty with the lowest. Now: which is the largest that is at most "
            "one standard error worse?",
        ),
        Misconception(
            takes_the_spread_of_the_folds,
            "You take the standard deviation of the folds. The standard error of their mean is that over the root of "
            "their number.",
        ),
        Misconception(
            takes_the_smallest_penalty,
            "The simplest model is that with the *largest* penalty: it keeps the weights smallest.",
        ),
        Misconception(
            takes_each_ones_own_error,
            "You compare with each penalty's own standard error. The limit is one: the lowest mean plus the standard "
            "error *there*.",
        ),
    ),
    alternatives=(penalty_by_folds_and_singular_values, penalty_by_folds_with_more_rows),
    rtol=1e-7,
    atol=1e-9,
    equivalent_mutants={
        "A = Z[train].T @ Z[train] + penalty * np.eye(X.shape[-1])": "of two axes the last is the second",
        "A = Z[train].T @ Z[train] + penalty * np.eye(Z.shape[1])": "scaling keeps the shape",
        "Z = (X[train].mean(axis=0) - X) / X[train].std(axis=0)": "weights of the other sign make up for it",
        "Z = -((X - X[train].mean(axis=0)) / X[train].std(axis=0))": "weights of the other sign make up for it",
        "losses = -np.zeros((folds, len(penalties)))": "every entry is written over",
        "losses = np.ones((folds, len(penalties)))": "every entry is written over",
        "losses[k, j] = np.mean((y[test] - (Z[test] @ weights + middle)) ** 2)": "a square has no sign",
    },
    play=plots.penalties_with_errors,
)
