"""Features: scaled without a look at other data, and what their scales do to a loss."""

from __future__ import annotations

import numpy as np

from ...basics.wines import wines
from ..exercise import Exercise, Misconception
from . import plots

# --- standardise --------------------------------------------------------------------------------------------------


def standardise(train, other):
    middle, spread = train.mean(axis=0), train.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    return (train - middle) / spread, (other - middle) / spread


def lets_each_have_its_own(train, other):
    return standardise(train, train)[0], standardise(other, other)[0]


def looks_at_everything(train, other):
    everything = np.concatenate([train, other])
    return standardise(everything, train)[1], standardise(everything, other)[1]


def divides_by_the_variance(train, other):
    middle, spread = train.mean(axis=0), train.var(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    return (train - middle) / spread, (other - middle) / spread


def uses_one_scale_for_all_columns(train, other):
    return (train - train.mean()) / train.std(), (other - train.mean()) / train.std()


def divides_by_n_minus_one(train, other):
    middle, spread = train.mean(axis=0), train.std(axis=0, ddof=1)
    spread = np.where(spread > 0, spread, 1.0)
    return (train - middle) / spread, (other - middle) / spread


def divides_by_zero(train, other):
    middle, spread = train.mean(axis=0), train.std(axis=0)
    return (train - middle) / spread, (other - middle) / spread


def stretches_between_the_extremes(train, other):
    low, high = train.min(axis=0), train.max(axis=0)
    width = np.where(high > low, high - low, 1.0)
    return (train - low) / width, (other - low) / width


def only_centres(train, other):
    return train - train.mean(axis=0), other - train.mean(axis=0)


def standardise_by_column(train, other):
    made = np.empty(train.shape), np.empty(other.shape)
    for j in range(train.shape[1]):
        middle = sum(train[:, j]) / len(train)
        spread = (sum((train[:, j] - middle) ** 2) / len(train)) ** 0.5 or 1.0
        for new, old in zip(made, (train, other), strict=True):
            new[:, j] = (old[:, j] - middle) / spread
    return made


def standardise_with_a_rule(train, other):
    middle, spread = np.mean(train, 0), np.sqrt(np.var(train, 0))
    spread[spread == 0] = 1

    def rule(X):
        return (X - middle) / spread

    return [rule(train), rule(other)]


def standardise_cases(rng):
    def case(train, other):
        return {"train": np.array(train, dtype=float), "other": np.array(other, dtype=float)}

    real = wines().columns("alcohol", "ash", "proline")[rng.permutation(178)]
    return [
        case([[1], [3]], [[4]]),
        case([[1, 5], [3, 5]], [[4, 7], [2, 5]]),
        case([[0, 10], [0.5, 30], [0.25, 20]], [[1, 0]]),
        case(rng.normal(size=(4, 4)) * [0.1, 1, 10, 100], rng.normal(size=(4, 4))),
        case(real[:100], real[100:]),
    ]


STANDARDISE = Exercise(
    name="basics.standardise",
    title="Scale without peeking",
    points=2,
    difficulty="warm-up",
    hint="`train.mean(axis=0)` and `train.std(axis=0)` hold one number for each column. Both arrays are scaled with "
    "these same numbers: what you learn from `other` would be a peek at the future. Mind the column that never "
    "changes.",
    reference=standardise,
    instances=standardise_cases,
    misconceptions=(
        Misconception(
            lets_each_have_its_own,
            "You scale `other` by its own mean and spread: the same wine would get other numbers in other company. "
            "Use those of `train` for both.",
        ),
        Misconception(
            looks_at_everything,
            "You take mean and spread from both together: `other` leaks into the training. Take them from `train` "
            "alone.",
        ),
        Misconception(divides_by_the_variance, "You divide by the variance; the spread is its square root, `std`."),
        Misconception(
            uses_one_scale_for_all_columns,
            "You use one mean and one spread for the whole table: every column needs its own, `axis=0`.",
        ),
        Misconception(
            divides_by_n_minus_one,
            "Your spread divides by n - 1; here it divides by n, so that the scaled training columns have variance 1.",
        ),
        Misconception(
            divides_by_zero,
            "A column that never changes in `train` has a spread of zero: there divide by 1 instead.",
        ),
        Misconception(
            stretches_between_the_extremes,
            "You stretch the columns to run from 0 to 1; asked is a mean of 0 and a spread of 1.",
        ),
        Misconception(only_centres, "You subtract the mean, but the columns keep their scales: divide by the spread."),
    ),
    alternatives=(standardise_by_column, standardise_with_a_rule),
)

# --- conditioning -------------------------------------------------------------------------------------------------


def conditions(X):
    centred = X - X.mean(axis=0)
    numbers = []
    for features in (X, centred, centred / X.std(axis=0)):
        design = np.column_stack([np.ones(len(X)), features])
        curvatures = np.linalg.eigvalsh(design.T @ design)
        numbers.append(curvatures[-1] / curvatures[0])
    return numbers


def _conditions(tables, intercept=1.0, power=1):
    numbers = []
    for features in tables:
        design = np.column_stack([np.full(len(features), intercept), features]) if intercept else features
        lengths = np.linalg.svd(design, compute_uv=False)
        numbers.append(float(lengths[0] / lengths[-1]) ** (2 * power))
    return numbers


def forgets_the_intercept(X):
    centred = X - X.mean(axis=0)
    return _conditions([X, centred, centred / X.std(axis=0)], intercept=0.0)


def takes_the_table_for_the_hessian(X):
    centred = X - X.mean(axis=0)
    return _conditions([X, centred, centred / X.std(axis=0)], power=0.5)


def turns_the_fraction_over(X):
    centred = X - X.mean(axis=0)
    return _conditions([X, centred, centred / X.std(axis=0)], power=-1)


def scales_without_centring(X):
    return _conditions([X, X - X.mean(axis=0), X / X.std(axis=0)])


def divides_the_spread_by_n_minus_one(X):
    centred = X - X.mean(axis=0)
    return _conditions([X, centred, centred / X.std(axis=0, ddof=1)])


def compares_the_columns_only(X):
    """The largest over the smallest second moment: the diagonal of the Hessian instead of its eigenvalues."""
    centred = X - X.mean(axis=0)
    numbers = []
    for features in (X, centred, centred / X.std(axis=0)):
        squares = np.append(1.0, (features**2).mean(axis=0))
        numbers.append(squares.max() / squares.min())
    return numbers


def conditions_by_singular_values(X):
    centred = X - np.mean(X, axis=0)
    tables = X, centred, centred / np.sqrt(np.mean(centred**2, axis=0))
    return tuple(np.linalg.cond(np.c_[np.ones(len(X)), table]) ** 2 for table in tables)


def conditions_by_norms(X):
    n, d = X.shape
    found = np.empty(3)
    for k in range(3):
        table = X if k == 0 else X - X.mean(axis=0)
        table = table / table.std(axis=0) if k == 2 else table
        H = np.zeros((d + 1, d + 1))
        for row in table:
            extended = np.insert(row, 0, 1.0)
            H += np.outer(extended, extended) / n
        found[k] = np.linalg.norm(H, 2) * np.linalg.norm(np.linalg.inv(H), 2)
    return found


def conditions_cases(rng):
    real = wines()
    some = sorted(rng.choice(12, size=3, replace=False))
    grown = rng.normal(size=(30, 1))
    return [
        {"X": np.array([[0.0], [2.0]])},
        {"X": np.array([[10.0, 1.0], [20.0, 2.0], [30.0, 2.0]])},
        {"X": rng.normal(size=(8, 2)) * [1.0, 20.0] + [3.0, 0.0]},
        {"X": np.hstack([grown, grown + 0.3 * rng.normal(size=(30, 1)), rng.normal(size=(30, 1)) + 5])},
        {"X": real.X[:, some]},
        {"X": real.columns("alcohol", "magnesium")},
    ]


CONDITIONS = Exercise(
    name="basics.conditions",
    title="A valley made of units",
    points=3,
    difficulty="core",
    hint="Write a column of ones before the features: with this table Z the Hessian is Z'Z / n. The condition number "
    "is its largest eigenvalue over its smallest (`np.linalg.eigvalsh` gives them in increasing order). Then the same "
    "for the other two tables.",
    reference=conditions,
    instances=conditions_cases,
    misconceptions=(
        Misconception(
            forgets_the_intercept,
            "Your model has no intercept: the table of features needs a column of ones. It is the reason why centring "
            "helps.",
        ),
        Misconception(
            takes_the_table_for_the_hessian,
            "This is the condition number of the table Z; that of the Hessian Z'Z / n is its square.",
        ),
        Misconception(turns_the_fraction_over, "Largest over smallest: a condition number is never below 1."),
        Misconception(
            scales_without_centring,
            "Your third table is scaled, but not centred: standardising does both.",
        ),
        Misconception(
            divides_the_spread_by_n_minus_one,
            "Your spread divides by n - 1; here it divides by n (`std` without `ddof`), which makes the scaled columns "
            "as long as the column of ones.",
        ),
        Misconception(
            compares_the_columns_only,
            "You compare the diagonal entries of the Hessian. Columns that are much alike make a narrow valley at a "
            "slant, which only the eigenvalues see.",
        ),
    ),
    alternatives=(conditions_by_singular_values, conditions_by_norms),
    equivalent_mutants={
        "centred = -(X - X.mean(axis=0))": "the sign of a feature turns the sign of its weight, no more",
        "centred = X.mean(axis=0) - X": "the sign of a feature turns the sign of its weight, no more",
        "curvatures = -np.linalg.eigvalsh(design.T @ design)": "both signs cancel in the ratio",
        "design = -np.column_stack([np.ones(len(X)), features])": "the sign is squared",
        "design = np.column_stack([features, np.ones(len(X))])": "the order of the weights does not matter",
        "design = np.column_stack([np.ones(len(centred)), features])": "as many ones as there are rows",
        "design = np.column_stack([np.ones(len(features)), features])": "as many ones as there are rows",
        "for features in (X, centred, centred / centred.std(axis=0)):": "centring does not change the spread",
    },
    rtol=1e-6,
    play=plots.valley_of_units,
)
