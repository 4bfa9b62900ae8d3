r"""Losses for classes. Predictions are scores (logits), never probabilities: only so are they stable far from 0.

Two classes: labels ``y`` (n,) of 0 and 1 (or of -1 and 1) and scores ``z`` (n,), the log-odds of class 1.
More classes: labels (n,) from 0 to k - 1, or a distribution over the classes in each row (n, k), and scores (n, k).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import validate
from ..arguments import whole_number
from .loss import Loss


@Loss
def cross_entropy(target, prediction, *, label_smoothing=0.0):
    r"""Cross-entropy of the labels and the predicted probabilities, from logits: :math:`-\sum_c t_c \log p_c`.

    Two classes: :math:`p = 1 / (1 + e^{-z})`, and the loss is :math:`\log(1 + e^z) - t z` with derivative
    :math:`p - t`. More: :math:`p` is the softmax of the scores, and the derivative again :math:`p - t`.

    Parameters
    ----------
    target, prediction
        As this module says; a two-class target may also be a probability in [0, 1].
    label_smoothing : float
        In [0, 1): see `smooth_labels`.

    References
    ----------
    Goodfellow, Bengio and Courville (2016), Deep Learning, section 6.2.2. PyTorch's ``BCEWithLogitsLoss`` and
    ``CrossEntropyLoss``; scikit-learn's ``log_loss`` of the probabilities.
    """
    validate.fraction(label_smoothing=label_smoothing)
    if prediction.ndim == 1:
        t = binary_targets(target, prediction)
        t = (1 - label_smoothing) * t + label_smoothing / 2
        # log(1 + e^z) - t z in its two mirror forms: t = 0 and 1 subtract no large numbers.
        losses = t * softplus(-prediction) + (1 - t) * softplus(prediction)
        return losses, sigmoid(prediction) - t
    classes = prediction.shape[1]
    t = smooth_labels(distributions(target, prediction), classes, label_smoothing)
    logs = log_softmax(prediction)
    return -np.sum(t * logs, axis=1), np.exp(logs) - t


@Loss
def focal(target, prediction, *, gamma=2.0, alpha=None):
    r"""Focal loss: cross-entropy that counts a sample less, the surer it is, :math:`-(1 - p_y)^\gamma \log p_y`.

    Parameters
    ----------
    target, prediction
        As this module says, with labels (not distributions).
    gamma : float
        :math:`\gamma \ge 0`. With 0 this is `cross_entropy`.
    alpha : float, optional
        In (0, 1), for two classes: weight of class 1, where class 0 has ``1 - alpha``. None weighs both 1.

    References
    ----------
    Lin et al. (2017), Focal loss for dense object detection, equations (4) and (5), derivative in appendix B.
    arXiv:1708.02002.
    """
    validate.not_negative(gamma=gamma)
    if prediction.ndim == 1:
        s = signs(target, prediction)
        p, miss = sigmoid(s * prediction), sigmoid(-s * prediction)
        log_p, weight = -softplus(-s * prediction), _two_class_weight(s, alpha)
        losses = -weight * miss**gamma * log_p
        return losses, weight * s * miss**gamma * (gamma * p * log_p - miss)
    if alpha is not None:
        raise ValueError(f"alpha must be None for more than two classes (use sample_weight), got {alpha!r}")
    onehot = np.eye(prediction.shape[1])[labels(target, prediction)]
    logs = log_softmax(prediction)
    p = np.exp(logs)
    log_p = np.sum(onehot * logs, axis=1)
    own = np.exp(log_p)
    miss = np.sum((1 - onehot) * p, axis=1)  # 1 - p_y without cancellation
    # (1 - p)^(gamma - 1) log p tends to 0 with 1 - p, whatever gamma > 0 is.
    power = np.maximum(miss, 1e-300) ** (gamma - 1)
    slope = np.where(miss > 0, gamma * power * own * log_p, 0.0) - miss**gamma
    return -(miss**gamma) * log_p, slope[:, None] * (onehot - p)


@Loss
def hinge(target, prediction):
    r"""Hinge loss: :math:`\max(0, 1 - m)` of the margin, :math:`m = \pm z` (plus for class 1); the support vector
    machine's.

    With more classes :math:`m = z_y - \max_{c \ne y} z_c` (Crammer and Singer). The derivative at :math:`m = 1` is
    given as 0. Arguments as this module says, with labels.

    References
    ----------
    Crammer and Singer (2001), JMLR 2. scikit-learn's ``hinge_loss``.
    """
    margin, direction = _margins(target, prediction)
    return np.maximum(0.0, 1 - margin), -np.where(margin < 1, 1.0, 0.0).reshape(_column(direction)) * direction


@Loss
def squared_hinge(target, prediction):
    r"""Squared hinge loss, :math:`\max(0, 1 - m)^2` with the margin of `hinge`: differentiable."""
    margin, direction = _margins(target, prediction)
    short = np.maximum(0.0, 1 - margin)
    return short**2, -2 * short.reshape(_column(direction)) * direction


@Loss
def kl_divergence(target, prediction):
    r"""Kullback-Leibler divergence from the softmax of the scores to the target distribution,
    :math:`\sum_c t_c \log(t_c / p_c)`.

    `cross_entropy` less the entropy of the target: the same derivative :math:`p - t`, and 0 where both agree.

    Parameters
    ----------
    target : array_like, shape (n, k) or (n,)
        A distribution in each row; or, with scores (n,), the probability of class 1.
    prediction : array_like, shape (n, k) or (n,)
        Scores.

    References
    ----------
    Kullback and Leibler (1951), doi:10.1214/aoms/1177729694.
    """
    losses, derivatives = cross_entropy.pointwise(target, prediction)
    if prediction.ndim == 1:
        t = binary_targets(target, prediction)
        return losses + _x_log_x(t) + _x_log_x(1 - t), derivatives
    return losses + np.sum(_x_log_x(distributions(target, prediction)), axis=1), derivatives


def smooth_labels(target: Any, classes: int, amount: float) -> np.ndarray:
    r"""Label smoothing: :math:`(1 - \epsilon)` of each label and :math:`\epsilon` spread evenly over all classes.

    Parameters
    ----------
    target : array_like, shape (n,) or (n, classes)
        Labels from 0 to ``classes - 1``, or a distribution in each row.
    classes : int
        At least 2.
    amount : float
        :math:`\epsilon` in [0, 1).

    Returns
    -------
    ndarray, shape (n, classes)

    References
    ----------
    Szegedy et al. (2016), Rethinking the Inception architecture, section 7. arXiv:1512.00567.
    """
    whole_number("classes", classes, least=2)
    validate.fraction(amount=amount)
    target = np.asarray(target, dtype=float)
    return (1 - amount) * distributions(target, np.empty((len(target), classes))) + amount / classes


def sigmoid(z: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-z)) without overflow, accurate also where it is tiny."""
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, e) / (1 + e)


def softplus(z: np.ndarray) -> np.ndarray:
    """log(1 + exp(z)) without overflow."""
    return np.logaddexp(0.0, z)


def log_softmax(z: np.ndarray) -> np.ndarray:
    """Logarithm of the softmax of each row, without overflow."""
    shifted = z - z.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def binary_targets(target: np.ndarray, prediction: np.ndarray) -> np.ndarray:
    """Targets of two classes as probabilities of class 1; labels -1 and 1 become 0 and 1."""
    _check_shapes(target, prediction)
    if (target < 0).any():
        if not np.isin(target, (-1, 1)).all():
            raise ValueError(f"target must be in [0, 1], or labels -1 and 1, got {target.min():g}")
        return (target + 1) / 2
    if (target > 1).any():
        raise ValueError(f"target must be in [0, 1], or labels -1 and 1, got {target.max():g}")
    return target


def signs(target: np.ndarray, prediction: np.ndarray) -> np.ndarray:
    """Labels of two classes as -1 and 1."""
    t = binary_targets(target, prediction)
    if not np.isin(t, (0, 1)).all():
        raise ValueError("target must be labels, 0 and 1 or -1 and 1, got a number in between")
    return 2 * t - 1


def labels(target: np.ndarray, prediction: np.ndarray) -> np.ndarray:
    """Labels of k classes as integers that are checked to be below k."""
    k = prediction.shape[1]
    if target.shape != (len(prediction),):
        raise ValueError(f"target must be labels of shape ({len(prediction)},), got shape {target.shape}")
    if not np.isin(target, np.arange(k)).all():
        raise ValueError(f"target must be labels from 0 to {k - 1}, as many as prediction has columns")
    return target.astype(int)


def distributions(target: np.ndarray, prediction: np.ndarray) -> np.ndarray:
    """Labels or distributions as one distribution over the k classes in each row."""
    if prediction.ndim != 2 or prediction.shape[1] < 2:
        raise ValueError(f"prediction must have shape (n,) or (n, k) with k >= 2, got {prediction.shape}")
    if target.ndim == 1:
        return np.eye(prediction.shape[1])[labels(target, prediction)]
    if target.shape != prediction.shape:
        raise ValueError(
            f"target must be labels (n,) or have prediction's shape {prediction.shape}, got {target.shape}"
        )
    if (target < 0).any() or not np.allclose(target.sum(axis=1), 1.0, rtol=0, atol=1e-8):
        raise ValueError("target must have a distribution in each row: not negative, with sum 1")
    return target


def _check_shapes(target: np.ndarray, prediction: np.ndarray) -> None:
    if prediction.ndim != 1 or target.shape != prediction.shape:
        raise ValueError(
            f"target and prediction must both have shape (n,) for two classes, got {target.shape} and "
            f"{prediction.shape}"
        )


def _margins(target: np.ndarray, prediction: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Margin of each sample, and its derivatives with respect to the scores."""
    if prediction.ndim == 1:
        s = signs(target, prediction)
        return s * prediction, s
    distributions(target, prediction)  # the checks of shape
    y, rows = labels(target, prediction), np.arange(len(prediction))
    others = prediction.copy()
    others[rows, y] = -np.inf
    rival = np.argmax(others, axis=1)
    direction = np.zeros(prediction.shape)
    direction[rows, y], direction[rows, rival] = 1.0, -1.0
    return prediction[rows, y] - prediction[rows, rival], direction


def _two_class_weight(s: np.ndarray, alpha: Any) -> Any:
    if alpha is None:
        return 1.0
    if not (validate.is_real(alpha) and 0 < alpha < 1):
        raise ValueError(f"alpha must be above 0 and below 1, or None, got {alpha!r}")
    return np.where(s > 0, alpha, 1 - alpha)


def _column(direction: np.ndarray) -> tuple[int, ...]:
    return (-1,) if direction.ndim == 1 else (-1, 1)


def _x_log_x(x: np.ndarray) -> np.ndarray:
    return x * np.log(np.where(x > 0, x, 1.0))
