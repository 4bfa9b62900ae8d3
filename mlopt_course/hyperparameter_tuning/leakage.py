"""Leakage shown: what looks like learning when the test samples had a part in the training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arguments import as_generator, whole_number
from .validation import Split, cross_validation, group_k_fold, k_fold


@dataclass(frozen=True)
class Leak:
    """Accuracy measured with the leak and without."""

    leaky: float
    honest: float


def selection_leakage(
    *,
    samples: int = 50,
    features: int = 1000,
    selected: int = 20,
    folds: int = 5,
    rng: np.random.Generator | int | None = 0,
) -> Leak:
    """Features chosen before the split: on pure noise it looks as if classes could be told apart.

    Random features and random labels (half of each class), so that no classifier is right more than half of the time.
    The features that correlate most with the labels are selected on all samples (leaky), or in each fold on its
    training samples alone (honest), and the nearest class mean classifies.

    Parameters
    ----------
    samples, features, selected, folds : int
        ``selected`` is at most ``features``, and ``samples`` at least twice ``folds``.
    rng : numpy.random.Generator, int or None

    References
    ----------
    Hastie, Tibshirani and Friedman (2009), The Elements of Statistical Learning, section 7.10.2.
    """
    whole_number("samples", samples, least=2 * whole_number("folds", folds, least=2))
    whole_number("selected", selected, least=1, most=whole_number("features", features, least=1))
    rng = as_generator(rng)
    X = rng.standard_normal((samples, features))
    y = rng.permutation(np.arange(samples) % 2)
    splits = k_fold(samples, folds, shuffle=True, rng=rng)
    chosen = most_correlated(X, y, selected)

    def honest(X_train: np.ndarray, y_train: np.ndarray, X_test: np.ndarray, y_test: np.ndarray) -> float:
        own = most_correlated(X_train, y_train, selected)
        return nearest_mean_accuracy(X_train[:, own], y_train, X_test[:, own], y_test)

    return Leak(_accuracy(nearest_mean_accuracy, X[:, chosen], y, splits), _accuracy(honest, X, y, splits))


def duplicate_leakage(
    *, groups: int = 40, copies: int = 4, features: int = 10, folds: int = 5, rng: np.random.Generator | int | None = 0
) -> Leak:
    """Copies on both sides of the split: memory looks like learning.

    Each group (one patient, say) has a random label and ``copies`` nearly equal samples. The nearest neighbour
    classifies: with samples split at random it finds a copy; with whole groups split there is nothing to find.

    Parameters
    ----------
    groups, copies, features, folds : int
        At least ``folds`` groups.
    rng : numpy.random.Generator, int or None
    """
    whole_number("groups", groups, least=whole_number("folds", folds, least=2))
    whole_number("copies", copies, least=2)
    whole_number("features", features, least=1)
    rng = as_generator(rng)
    group = np.repeat(np.arange(groups), copies)
    X = rng.standard_normal((groups, features))[group] + 0.01 * rng.standard_normal((len(group), features))
    y = rng.permutation(np.arange(groups) % 2)[group]
    mixed = k_fold(len(y), folds, shuffle=True, rng=rng)
    return Leak(
        _accuracy(_nearest_accuracy, X, y, mixed), _accuracy(_nearest_accuracy, X, y, group_k_fold(group, folds))
    )


def most_correlated(X: np.ndarray, y: np.ndarray, count: int) -> np.ndarray:
    """Indices of the ``count`` features that correlate most, in absolute value, with ``y``."""
    centred = X - X.mean(axis=0)
    spread = np.sqrt((centred**2).sum(axis=0))
    strength = np.abs(centred.T @ (y - y.mean())) / np.where(spread > 0, spread, np.inf)
    return np.argsort(-strength, kind="stable")[:count]


def nearest_mean_accuracy(X_train: Any, y_train: Any, X_test: Any, y_test: Any) -> float:
    """Accuracy of the classifier that takes the class whose mean is nearest."""
    classes = np.unique(y_train)
    means = np.array([X_train[y_train == c].mean(axis=0) for c in classes])
    distances = ((X_test[:, None, :] - means) ** 2).sum(axis=2)
    return float(np.mean(classes[np.argmin(distances, axis=1)] == y_test))


def _nearest_accuracy(X_train: Any, y_train: Any, X_test: Any, y_test: Any) -> float:
    distances = ((X_test[:, None, :] - X_train) ** 2).sum(axis=2)
    return float(np.mean(y_train[np.argmin(distances, axis=1)] == y_test))


def _accuracy(accuracy: Any, X: np.ndarray, y: np.ndarray, splits: list[Split]) -> float:
    return float(cross_validation(accuracy, X, y, splits=splits).mean())
