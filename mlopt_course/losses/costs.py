"""Losses of one's own: classes that count unequally, and decisions with a price."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .. import validate
from .classification import binary_targets, distributions, labels, log_softmax, sigmoid
from .loss import Loss, numbers


def class_weights(target: Any, weights: str | Mapping[Any, float] = "balanced") -> np.ndarray:
    r"""The weight of each sample's class, to give a loss as ``sample_weight``.

    Parameters
    ----------
    target : array_like, shape (n,)
        Labels.
    weights : "balanced" or mapping
        ``"balanced"``: :math:`n / (k n_c)` for class :math:`c`, so that all :math:`k` classes weigh the same in sum. Or
        from labels to weights; classes left out have weight 1.

    Returns
    -------
    ndarray, shape (n,)
        scikit-learn's ``compute_sample_weight``.
    """
    y = np.asarray(target)
    if y.ndim != 1 or y.size == 0:
        raise ValueError(f"target must be labels of shape (n,), got shape {y.shape}")
    classes, index, counts = np.unique(y, return_inverse=True, return_counts=True)
    if isinstance(weights, str):
        if weights != "balanced":
            raise ValueError(f"weights must be 'balanced' or a mapping from labels to weights, got {weights!r}")
        return (len(y) / (len(classes) * counts))[index]
    unknown = set(weights) - set(classes.tolist())
    if unknown:
        raise ValueError(f"weights must be for classes that occur, {classes.tolist()}, got {sorted(unknown)}")
    validate.not_negative(**{f"weight of class {c}": weight for c, weight in weights.items()})
    return np.array([float(weights.get(c, 1.0)) for c in classes.tolist()])[index]


@Loss
def expected_cost(target, prediction, *, costs):
    r"""Profit-based loss: the cost of deciding with the predicted probabilities, :math:`\sum_j p_j C_{y j}`.

    Its minimum is a model that decides well, not one whose probabilities are right; a profit is a negative cost.

    Parameters
    ----------
    target : array_like, shape (n,)
        Labels.
    prediction : array_like, shape (n,) or (n, k)
        Scores: the decision is 1 with probability :math:`1 / (1 + e^{-z})`, or drawn from the softmax.
    costs : array_like, shape (k, k)
        ``costs[actual][decided]``.

    References
    ----------
    Elkan (2001), The foundations of cost-sensitive learning, section 1.
    """
    if prediction.ndim == 1:
        y = binary_targets(target, prediction)
        if not np.isin(y, (0, 1)).all():
            raise ValueError("target must be labels, 0 and 1 or -1 and 1, got a number in between")
        C = cost_matrix(costs, 2)[y.astype(int)]
        p = sigmoid(prediction)
        return C[:, 0] * sigmoid(-prediction) + C[:, 1] * p, (C[:, 1] - C[:, 0]) * p * sigmoid(-prediction)
    distributions(target, prediction)  # the checks of shape
    C = cost_matrix(costs, prediction.shape[1])[labels(target, prediction)]
    p = np.exp(log_softmax(prediction))
    losses = np.sum(p * C, axis=1)
    return losses, p * (C - losses[:, None])


def cost_threshold(costs: Any) -> float:
    r"""The probability of class 1 from which deciding 1 is the cheaper decision.

    .. math:: p^* = \frac{C_{01} - C_{00}}{C_{01} - C_{00} + C_{10} - C_{11}}

    Parameters
    ----------
    costs : array_like, shape (2, 2)
        ``costs[actual][decided]``: a wrong decision must cost more than the right one, in both rows.

    Returns
    -------
    float
        In (0, 1): 0.5 where both mistakes cost the same. At the threshold itself both decisions cost the same.

    References
    ----------
    Elkan (2001), equation (2), whose matrix is the transpose of this.
    """
    C = cost_matrix(costs, 2)
    false_alarm, miss = C[0, 1] - C[0, 0], C[1, 0] - C[1, 1]
    if not (false_alarm > 0 and miss > 0):
        raise ValueError(f"costs must make a mistake dearer than the right decision in both rows, got {C.tolist()}")
    return float(false_alarm / (false_alarm + miss))


def minimum_cost_decisions(probabilities: Any, costs: Any) -> np.ndarray:
    """The decision of least expected cost for each sample; of equally cheap ones the last.

    Parameters
    ----------
    probabilities : array_like, shape (n, k) or (n,)
        Of each class; or, for two classes, of class 1.
    costs : array_like, shape (k, m)
        ``costs[actual][decided]``; there may be more decisions than classes (a rejection, say).

    Returns
    -------
    ndarray of int, shape (n,)
        For two classes: 1 from `cost_threshold` on.
    """
    p = numbers("probabilities", probabilities)
    if p.ndim == 1:
        p = np.column_stack([1 - p, p])
    if (p < 0).any() or not np.allclose(p.sum(axis=1), 1.0, rtol=0, atol=1e-8):
        raise ValueError("probabilities must be in [0, 1], each row with sum 1")
    C = cost_matrix(costs, p.shape[1], square=False)
    expected = p @ C
    return C.shape[1] - 1 - np.argmin(expected[:, ::-1], axis=1)


def cost_matrix(costs: Any, classes: int, square: bool = True) -> np.ndarray:
    """``costs`` as an array with a row for each class, finite; a ValueError otherwise."""
    C = numbers("costs", costs)
    if C.ndim != 2 or len(C) != classes or (square and C.shape[1] != classes):
        shape = f"({classes}, {classes})" if square else f"({classes}, m)"
        raise ValueError(f"costs must have shape {shape}, a row for each actual class, got {C.shape}")
    if not np.isfinite(C).all():
        raise ValueError("costs must be finite")
    return C
