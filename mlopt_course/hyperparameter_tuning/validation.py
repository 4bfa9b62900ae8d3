"""Validation done right: folds, cross-validation, and a test set that the tuning never sees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arguments import as_generator, whole_number
from .space import Config
from .tuner import tune

Split = tuple[np.ndarray, np.ndarray]


def k_fold(
    n: int, folds: int = 5, *, shuffle: bool = False, rng: np.random.Generator | int | None = None
) -> list[Split]:
    """Indices of training and test samples for each fold; every sample is tested once.

    Parameters
    ----------
    n : int
        Samples, at least ``folds``.
    folds : int
        At least 2; the first ``n % folds`` have one sample more.
    shuffle : bool
        Whether to deal the samples in a random order; else in blocks, as they come.
    rng : numpy.random.Generator, int or None
        For ``shuffle``.

    Returns
    -------
    list of (train, test)
        Sorted indices. Without ``shuffle`` these are the folds of scikit-learn's ``KFold``.
    """
    whole_number("folds", folds, least=2)
    whole_number("n", n, least=folds)
    order = as_generator(rng).permutation(n) if shuffle else np.arange(n)
    return _splits(np.repeat(np.arange(folds), _sizes(n, folds))[np.argsort(order)], folds)


def stratified_k_fold(
    y: Any, folds: int = 5, *, shuffle: bool = False, rng: np.random.Generator | int | None = None
) -> list[Split]:
    """As `k_fold`, with each class in the same proportion (as nearly as possible) in each fold.

    Parameters
    ----------
    y : array_like, shape (n,)
        Labels; each class must have at least ``folds`` samples.
    folds, shuffle, rng
        See `k_fold`; here samples are shuffled within their class.

    Returns
    -------
    list of (train, test)
        Without ``shuffle`` the folds of scikit-learn's ``StratifiedKFold``.
    """
    whole_number("folds", folds, least=2)
    y = np.asarray(y)
    if y.ndim != 1:
        raise ValueError(f"y must be labels of shape (n,), got shape {y.shape}")
    rng = as_generator(rng)
    classes, first, index, counts = np.unique(y, return_index=True, return_inverse=True, return_counts=True)
    if not len(y) or counts.min() < folds:
        raise ValueError(f"y must have at least {folds} samples of each class, got {min(counts, default=0)}")
    index = np.argsort(np.argsort(first))[index]  # classes are numbered as they appear
    dealt = np.sort(index)
    fold_of = np.empty(len(y), dtype=int)
    for c in range(len(classes)):
        # Deal all samples, sorted by class, to the folds in turn: how many of this class does each get?
        members = np.repeat(np.arange(folds), [np.sum(dealt[fold::folds] == c) for fold in range(folds)])
        fold_of[index == c] = rng.permutation(members) if shuffle else members
    return _splits(fold_of, folds)


def group_k_fold(groups: Any, folds: int = 5) -> list[Split]:
    """As `k_fold`, with each group (a patient, a user) in one fold: otherwise it is tested on what it was trained on.

    Parameters
    ----------
    groups : array_like, shape (n,)
        The group of each sample; at least ``folds`` different ones.
    folds : int
        At least 2. The largest groups are dealt first, each to the smallest fold.

    Returns
    -------
    list of (train, test)
        The folds of scikit-learn's ``GroupKFold``.
    """
    whole_number("folds", folds, least=2)
    names, index, counts = np.unique(np.asarray(groups), return_inverse=True, return_counts=True)
    if len(names) < folds:
        raise ValueError(f"groups must have at least {folds} different values, got {len(names)}")
    sizes, fold_of = np.zeros(folds), np.empty(len(names), dtype=int)
    for group in np.argsort(counts, kind="stable")[::-1]:
        fold_of[group] = np.argmin(sizes)
        sizes[fold_of[group]] += counts[group]
    return _splits(fold_of[index], folds)


def cross_validation(
    loss: Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], float], X: Any, y: Any, *, splits: list[Split]
) -> np.ndarray:
    """The loss on each fold of a model that was trained on the others.

    Parameters
    ----------
    loss : callable
        ``loss(X_train, y_train, X_test, y_test) -> float``: trains, *from these samples alone* (scaling and selection
        of features included), and tests.
    X, y : array_like, n samples
    splits : list of (train, test)
        From `k_fold` and its like.

    Returns
    -------
    ndarray, shape (folds,)
    """
    X, y = np.asarray(X), np.asarray(y)
    if len(X) != len(y):
        raise ValueError(f"X and y must have as many samples, got {len(X)} and {len(y)}")
    return np.array([float(loss(X[train], y[train], X[test], y[test])) for train, test in splits])


@dataclass(frozen=True, eq=False)
class NestedResult:
    """What nested cross-validation found.

    Attributes
    ----------
    losses : ndarray, shape (folds,)
        Loss on each outer fold, of the configuration tuned and the model trained without it: an honest estimate.
    tuned_losses : ndarray, shape (folds,)
        What the tuning thought that loss would be: the least of many, so too low on average.
    configs : list of dict
        The configuration chosen for each fold. If they differ much, the tuning is not stable.
    """

    losses: np.ndarray
    tuned_losses: np.ndarray
    configs: list[Config]


def nested_cross_validation(
    loss: Callable[..., float],
    space: Any,
    X: Any,
    y: Any,
    *,
    outer: int = 5,
    inner: int = 3,
    stratify: bool = False,
    method: str = "random_search",
    budget: float | None = None,
    rng: np.random.Generator | int | None = None,
    **options: Any,
) -> NestedResult:
    """Cross-validation of tuning and training together: each outer fold is kept from both.

    Parameters
    ----------
    loss : callable
        ``loss(config, X_train, y_train, X_test, y_test) -> float``.
    space : Space or dict
    X, y : array_like, n samples
    outer, inner : int
        Folds for the estimate, and within each for the tuning; shuffled.
    stratify : bool
        Whether folds keep the proportions of the classes.
    method, budget, **options
        As for `tune`; the method must not need a resource.
    rng : numpy.random.Generator, int or None

    References
    ----------
    Varma and Simon (2006), Bias in error estimation when using cross-validation for model selection.
    doi:10.1186/1471-2105-7-91.
    """
    X, y, rng = np.asarray(X), np.asarray(y), as_generator(rng)

    def folds(labels: np.ndarray, count: int) -> list[Split]:
        if stratify:
            return stratified_k_fold(labels, count, shuffle=True, rng=rng)
        return k_fold(len(labels), count, shuffle=True, rng=rng)

    losses, tuned, configs = [], [], []
    for train, test in folds(y, outer):
        X_train, y_train = X[train], y[train]
        splits = folds(y_train, inner)

        def objective(config: Config, X: Any = X_train, y: Any = y_train, splits: list[Split] = splits) -> float:
            return float(cross_validation(lambda *parts: loss(config, *parts), X, y, splits=splits).mean())

        found = tune(objective, space, method=method, budget=budget, rng=rng, **options)
        if found.config is None:
            raise ValueError(f"loss must give a number for some configuration; {found.message}")
        losses.append(float(loss(found.config, X_train, y_train, X[test], y[test])))
        tuned.append(found.fun)
        configs.append(found.config)
    return NestedResult(np.array(losses), np.array(tuned), configs)


def _sizes(n: int, folds: int) -> np.ndarray:
    return np.full(folds, n // folds) + (np.arange(folds) < n % folds)


def _splits(fold_of: np.ndarray, folds: int) -> list[Split]:
    return [(np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)) for fold in range(folds)]
