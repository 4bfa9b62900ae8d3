"""Metrics of classifiers: what is reported, where a loss is what is minimised.

All equal scikit-learn's functions of (nearly) the same names, ties and empty classes included; but nothing warns: what
a division by zero gives is an argument, and stated.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .arguments import whole_number

AVERAGES = ("binary", "macro", "micro", "weighted", None)


def accuracy(target: Any, prediction: Any) -> float:
    """Part of the predictions that are right."""
    target, prediction = _labels(target, prediction)
    return float(np.mean(target == prediction))


def confusion_matrix(target: Any, prediction: Any) -> np.ndarray:
    """Counts of samples by actual class (row) and predicted class (column), shape (k, k).

    The classes are those of either, sorted.
    """
    target, prediction = _labels(target, prediction)
    classes, index = np.unique(np.concatenate([target, prediction]), return_inverse=True)
    actual, predicted = np.split(index, 2)
    return np.bincount(actual * len(classes) + predicted, minlength=len(classes) ** 2).reshape(len(classes), -1)


def precision(target: Any, prediction: Any, *, average: str | None = "binary", zero_division: float = 0.0) -> Any:
    """Of the samples predicted to be of a class, the part that are.

    Parameters
    ----------
    target, prediction : array_like, shape (n,)
        Labels; 0 and 1 (or -1 and 1), of which 1 counts, for the average ``"binary"``.
    average : {"binary", "macro", "micro", "weighted", None}
        Of class 1; the mean over the classes; of the counts summed over the classes; the mean weighted by how often
        each class occurs; or an array with one for each class that occurs in either, sorted.
    zero_division : float
        The value where no sample was predicted to be of the class (0/0). nan leaves the class out of means.

    Returns
    -------
    float, or ndarray of shape (k,)
    """
    true, predicted, actual = _counts(target, prediction, average)
    return _average(true, predicted, actual, average, zero_division)


def recall(target: Any, prediction: Any, *, average: str | None = "binary", zero_division: float = 0.0) -> Any:
    """Of the samples of a class, the part that were predicted to be.

    Arguments as for `precision`; ``zero_division`` is the value where no sample is of the class.
    """
    true, _, actual = _counts(target, prediction, average)
    return _average(true, actual, actual, average, zero_division)


def f1(target: Any, prediction: Any, *, average: str | None = "binary", zero_division: float = 0.0) -> Any:
    """Harmonic mean of precision and recall: true positives over the mean of predicted and actual ones.

    Arguments as for `precision`; ``zero_division`` is the value where there are neither predicted nor actual ones.
    """
    true, predicted, actual = _counts(target, prediction, average)
    return _average(2 * true, predicted + actual, actual, average, zero_division)


def roc_curve(target: Any, score: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """False and true positive rates as the threshold falls.

    Parameters
    ----------
    target : array_like, shape (n,)
        Labels, 0 and 1 (or -1 and 1), both present.
    score : array_like, shape (n,)
        Higher means rather 1.

    Returns
    -------
    false_positive_rate, true_positive_rate, thresholds : ndarrays, shape (m,)
        From (0, 0) at threshold inf to (1, 1); one point for each different score, so that samples with equal scores
        move the curve together. scikit-learn's with ``drop_intermediate=False``.
    """
    positive, score = _binary(target, score)
    if positive.all() or not positive.any():
        raise ValueError("target must have both classes for a ROC curve, got one")
    order = np.argsort(-score, kind="stable")
    last = np.flatnonzero(np.append(np.diff(score[order]) != 0, True))
    hits = np.cumsum(positive[order])[last]
    alarms = 1 + last - hits
    start = np.zeros(1)
    return (
        np.concatenate([start, alarms / alarms[-1]]),
        np.concatenate([start, hits / hits[-1]]),
        np.concatenate([[np.inf], score[order][last]]),
    )


def roc_auc(target: Any, score: Any) -> float:
    """Area under the ROC curve: how probably a sample of class 1 scores above one of class 0, ties counting half.

    Parameters
    ----------
    target : array_like, shape (n,)
        Labels, 0 and 1 (or -1 and 1).
    score : array_like, shape (n,)

    Returns
    -------
    float
        nan where only one class is present (then there is no pair to compare), as in scikit-learn.

    References
    ----------
    Hanley and McNeil (1982), doi:10.1148/radiology.143.1.7063747: the statistic of Mann and Whitney.
    """
    positive, score = _binary(target, score)
    n_positive = int(positive.sum())
    n_negative = len(positive) - n_positive
    if not n_positive or not n_negative:
        return float("nan")
    _, index, counts = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[index]  # equal scores share the mean of their ranks
    above = ranks[positive].sum() - n_positive * (n_positive + 1) / 2
    return float(above / (n_positive * n_negative))


def reliability_curve(
    target: Any, probability: Any, *, bins: int = 10, strategy: str = "uniform"
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How often class 1 occurs among samples for which it was predicted with similar probability.

    Parameters
    ----------
    target : array_like, shape (n,)
        Labels, 0 and 1 (or -1 and 1).
    probability : array_like, shape (n,)
        Predicted for class 1, in [0, 1].
    bins : int
        How many, at least 1.
    strategy : {"uniform", "quantile"}
        Bins of equal width, or of equally many samples. A probability on the border of two bins is in the lower one.

    Returns
    -------
    observed, predicted : ndarrays, shape (m,)
        Part of class 1 and mean probability in each bin that is not empty: scikit-learn's ``calibration_curve``.
    counts : ndarray of int, shape (m,)
        Samples in those bins.
    """
    positive, probability = _binary(target, probability, "probability")
    if probability.min() < 0 or probability.max() > 1:
        raise ValueError(f"probability must be in [0, 1], got {probability.min():g} to {probability.max():g}")
    whole_number("bins", bins, least=1)
    if strategy not in ("uniform", "quantile"):
        raise ValueError(f"strategy must be 'uniform' or 'quantile', got {strategy!r}")
    levels = np.linspace(0.0, 1.0, bins + 1)
    edges = levels if strategy == "uniform" else np.percentile(probability, 100 * levels)
    place = np.searchsorted(edges[1:-1], probability)
    counts = np.bincount(place, minlength=bins)
    used = counts > 0
    observed = np.bincount(place, weights=positive, minlength=bins)[used] / counts[used]
    predicted = np.bincount(place, weights=probability, minlength=bins)[used] / counts[used]
    return observed, predicted, counts[used]


def expected_calibration_error(target: Any, probability: Any, *, bins: int = 10, strategy: str = "uniform") -> float:
    r"""Mean distance between predicted and observed, :math:`\sum_b \frac{n_b}n |\bar y_b - \bar p_b|` over the bins.

    Arguments as for `reliability_curve`. 0 is perfect; it depends on the bins, so compare with the same ones.

    References
    ----------
    Naeini, Cooper and Hauskrecht (2015), AAAI; Guo et al. (2017), On calibration of modern neural networks,
    equation (3), for two classes and the probability of class 1. arXiv:1706.04599.
    """
    observed, predicted, counts = reliability_curve(target, probability, bins=bins, strategy=strategy)
    return float(counts @ np.abs(observed - predicted) / counts.sum())


def brier_score(target: Any, probability: Any) -> float:
    """Mean squared difference between the predicted probability of class 1 and what happened; 0 is perfect."""
    positive, probability = _binary(target, probability, "probability")
    return float(np.mean((probability - positive) ** 2))


def _labels(target: Any, prediction: Any) -> tuple[np.ndarray, np.ndarray]:
    target, prediction = np.asarray(target), np.asarray(prediction)
    if target.ndim != 1 or target.shape != prediction.shape or not target.size:
        raise ValueError(
            f"target and prediction must both have shape (n,), n >= 1, got {target.shape} and {prediction.shape}"
        )
    return target, prediction


def _binary(target: Any, score: Any, name: str = "score") -> tuple[np.ndarray, np.ndarray]:
    """Whether each label is 1, and the scores as finite floats."""
    target, score = np.asarray(target), np.asarray(score, dtype=float)
    if target.ndim != 1 or target.shape != score.shape or not target.size:
        raise ValueError(f"target and {name} must both have shape (n,), n >= 1, got {target.shape} and {score.shape}")
    if not np.isfinite(score).all():
        raise ValueError(f"{name} must be finite")
    _check_binary(target)
    return target == 1, score


def _check_binary(labels: np.ndarray) -> None:
    found = set(np.unique(labels).tolist())
    if not (found <= {0, 1} or found <= {-1, 1}):
        raise ValueError(f"target must have labels 0 and 1, or -1 and 1, got {sorted(found, key=str)[:5]}")


def _counts(target: Any, prediction: Any, average: str | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """True positives, predicted and actual samples of each class that the average is about."""
    if average not in AVERAGES:
        raise ValueError(f"average must be one of {AVERAGES}, got {average!r}")
    target, prediction = _labels(target, prediction)
    if average == "binary":
        _check_binary(np.concatenate([target, prediction]))
        target, prediction = target == 1, prediction == 1
        return np.array([np.sum(target & prediction)]), np.array([prediction.sum()]), np.array([target.sum()])
    table = confusion_matrix(target, prediction)
    counts = np.diag(table), table.sum(axis=0), table.sum(axis=1)
    return tuple(c.sum(keepdims=True) for c in counts) if average == "micro" else counts


def _average(above: np.ndarray, below: np.ndarray, actual: np.ndarray, average: str | None, empty: float) -> Any:
    ratios = np.where(below > 0, above / np.maximum(below, 1), float(empty))
    if average is None:
        return ratios
    used = ~np.isnan(ratios)
    if not used.any():
        return float("nan")
    weights = actual[used] if average == "weighted" else np.ones(used.sum())
    # Where only classes that do not occur are left, there is nothing to weigh by: they count alike.
    return float(np.average(ratios[used], weights=weights if weights.any() else None))
