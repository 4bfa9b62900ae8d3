"""The right evaluation: on samples that had no part in training, beside what a constant would score."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import losses, metrics
from ..arguments import as_generator
from ..losses.classification import sigmoid
from ..losses.loss import numbers, same_shape
from ..validate import is_real
from .regression import LinearModel


def holdout(
    n: int, *, share: float = 0.25, labels: Any = None, rng: np.random.Generator | int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Indices of samples to train on, and of those to test on, at random.

    Parameters
    ----------
    n : int
        Samples, at least 2.
    share : float
        Part to test on, in (0, 1); at least one sample on either side.
    labels : array_like, shape (n,), optional
        Then each class is divided in this proportion (stratified).
    rng : numpy.random.Generator, int or None

    Returns
    -------
    training, test : ndarray of int
        Together each index from 0 to n - 1 once, ascending.
    """
    if not isinstance(n, (int, np.integer)) or n < 2:
        raise ValueError(f"n must be an integer >= 2, got {n!r}")
    if not (is_real(share) and 0 < share < 1):
        raise ValueError(f"share must be above 0 and below 1, got {share!r}")
    kinds = np.zeros(n) if labels is None else np.asarray(labels)
    if kinds.shape != (n,):
        raise ValueError(f"labels must have shape ({n},), got {kinds.shape}")
    order = as_generator(rng).permutation(n)
    # Samples of a class have the places (0.5, 1.5, ...) / count: those below the share are taken from each evenly.
    place = np.empty(n)
    for kind in np.unique(kinds):
        members = order[kinds[order] == kind]
        place[members] = (np.arange(len(members)) + 0.5) / len(members)
    count = min(max(round(share * n), 1), n - 1)
    test = np.sort(order[np.argsort(place[order], kind="stable")[:count]])
    return np.setdiff1d(np.arange(n), test), test


def regression_scores(target: Any, prediction: Any) -> dict[str, float]:
    r"""How good predictions of numbers are.

    Parameters
    ----------
    target, prediction : array_like, shape (n,)

    Returns
    -------
    dict
        ``mean_squared_error``, its root ``rmse`` (in the units of the target), ``mean_absolute_error`` and ``r2``,
        the part by which the squared error is below that of the target's own mean,
        :math:`1 - \sum (y - \hat y)^2 / \sum (y - \bar y)^2`: 0 is no better than a constant, and less is worse. For
        a constant target it is 1 if all are right, else 0, as in scikit-learn.
    """
    target, prediction = numbers("target", target), numbers("prediction", prediction)
    same_shape(target, prediction)
    mse = losses.mean_squared_error(target, prediction)
    spread = float(np.mean((target - target.mean()) ** 2))
    r2 = 1 - mse / spread if spread > 0 else float(mse == 0)
    return {
        "mean_squared_error": mse,
        "rmse": float(np.sqrt(mse)),
        "mean_absolute_error": losses.mean_absolute_error(target, prediction),
        "r2": r2,
    }


def classification_scores(target: Any, score: Any) -> dict[str, float]:
    """How good the scores of a classifier of two classes are.

    Parameters
    ----------
    target : array_like, shape (n,)
        Labels 0 and 1, both present.
    score : array_like, shape (n,)
        Log-odds of class 1 (logits).

    Returns
    -------
    dict
        ``log_loss``, ``accuracy`` (score above 0 means class 1), ``roc_auc``, ``brier`` (mean squared error of the
        probabilities); beside them ``base_accuracy`` and ``base_log_loss``: those of always saying how frequent the
        classes are here.
    """
    target, score = numbers("target", target), numbers("score", score)
    same_shape(target, score)
    if not np.array_equal(np.unique(target), [0, 1]):
        raise ValueError(f"target must have labels 0 and 1, both present, got {np.unique(target)[:5].tolist()}")
    rate = float(target.mean())
    return {
        "log_loss": losses.cross_entropy(target, score),
        "accuracy": metrics.accuracy(target, (score > 0).astype(float)),
        "roc_auc": metrics.roc_auc(target, score),
        "brier": metrics.brier_score(target, sigmoid(score)),
        "base_accuracy": max(rate, 1 - rate),
        "base_log_loss": -(rate * np.log(rate) + (1 - rate) * np.log(1 - rate)),
    }


def logistic_regression(X: Any, y: Any, *, l2: float = 1e-3, method: str = "lbfgs", **options: Any) -> LinearModel:
    r"""Logistic regression with an intercept, trained by any method.

    The problem is `mlopt_course.problems.logistic_regression` on the samples with a column of ones. The intercept is
    penalised like the rest: centre the features, so that it has little to do.

    Parameters
    ----------
    X : array_like, shape (n, d)
    y : array_like, shape (n,)
        Labels 0 and 1.
    l2 : float
        :math:`\lambda \ge 0`.
    method : str
        ``lbfgs``, ``newton``, ``gradient_descent``, ``sag``, ``saga``...
    **options
        For `minimize`.
    """
    from ..basics.clustering import samples
    from ..loop import minimize
    from ..problems import logistic_regression as problem

    X = samples(X)
    found = minimize(problem((np.column_stack([X, np.ones(len(X))]), y), l2=l2), method=method, **options)
    return LinearModel(found.x[:-1], float(found.x[-1]))
