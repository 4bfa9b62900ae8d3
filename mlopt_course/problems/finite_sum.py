r"""Finite sums :math:`f(x) = \frac1n \sum_i f_i(x)`: linear, logistic and softmax regression, to train on.

Each ``f_i`` is the loss on one sample plus the whole penalty, so the mean of any terms estimates ``f`` without bias.
No intercept is added: centre the data, or give ``X`` a column of ones.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..arguments import real_number
from ..problem import Problem
from .datasets import named_data


def linear_regression(data: Any = "generated", *, l2: float = 0.0, **generated: Any) -> Problem:
    r"""Least squares, :math:`f(w) = \frac1{2n} \lVert X w - y \rVert^2 + \frac{\lambda}2 \lVert w \rVert^2`.

    The minimiser is known in closed form (the shortest one, where there are many).

    Parameters
    ----------
    data : {"generated", "diabetes"} or (X, y)
        ``X`` of shape (n, d) and real ``y`` (n,); or a name: see `named_data`.
    l2 : float
        Penalty :math:`\lambda \ge 0` (scikit-learn's ``Ridge(alpha=l2 * n)``).
    **generated
        ``dimension``, ``samples``, ``condition``, ``noise``, ``rng`` for generated data: see `generated_data`.

    Returns
    -------
    Problem
        With ``x0`` zeros (d,), ``smoothness`` and ``strong_convexity`` the extreme eigenvalues of the Hessian.
    """
    X, y, name = _samples(data, "linear", generated)
    y = _real_labels(y)
    n, d = X.shape
    l2 = real_number("l2", l2, least=0.0)
    hessian = X.T @ X / n + l2 * np.eye(d)
    eigenvalues = np.linalg.eigvalsh(hessian)

    def fun(w):
        return 0.5 * np.mean((w @ X.T - y) ** 2, axis=-1) + 0.5 * l2 * np.sum(np.square(w), axis=-1)

    def gradient(w):
        return X.T @ (X @ w - y) / n + l2 * np.asarray(w)

    def terms_fun(w, indices):
        return 0.5 * np.mean((X[indices] @ w - y[indices]) ** 2) + 0.5 * l2 * np.sum(np.square(w))

    def terms_gradient(w, indices):
        rows = X[indices]
        return (rows @ w - y[indices]) @ rows / len(rows) + l2 * np.asarray(w)

    # Ridge is least squares on data with sqrt(n l2) I appended; the pseudo-inverse keeps full precision.
    stacked = np.vstack([X, math.sqrt(n * l2) * np.eye(d)])
    x_opt = np.linalg.lstsq(stacked, np.concatenate([y, np.zeros(d)]), rcond=None)[0]
    return Problem(
        fun,
        gradient,
        hessian=lambda w: hessian.copy(),
        batch_fun=fun,
        x0=np.zeros(d),
        x_opt=x_opt,
        f_opt=float(fun(x_opt)),
        name=f"linear regression ({name})",
        n_terms=n,
        terms_gradient=terms_gradient,
        terms_fun=terms_fun,
        smoothness=float(eigenvalues[-1]),
        strong_convexity=max(float(eigenvalues[0]), 0.0),
        fisher=lambda w: hessian.copy(),
        samples=(X, y),
        l2=l2,
    )


def logistic_regression(data: Any = "generated", *, l2: float = 1e-3, **generated: Any) -> Problem:
    r"""Classification into two classes, with signs :math:`s_i = \pm 1` for labels:

    .. math:: f(w) = \frac1n \sum_i \log(1 + e^{-s_i x_i^\top w}) + \frac{\lambda}2 \lVert w \rVert^2

    Parameters
    ----------
    data : {"generated", "breast_cancer"} or (X, y)
        ``X`` of shape (n, d) and labels ``y`` (n,), 0 and 1 or -1 and 1; or a name: see `named_data`.
    l2 : float
        Penalty :math:`\lambda \ge 0` (scikit-learn's ``LogisticRegression(C=1 / (l2 * n), fit_intercept=False)``).
        Without one, separable data have no minimiser.
    **generated
        ``dimension``, ``samples``, ``condition``, ``rng`` for generated data: see `generated_data`.

    Returns
    -------
    Problem
        With ``x0`` zeros (d,); ``smoothness`` the bound :math:`\lambda_{\max}(X^\top X) / 4n + \lambda` (which the
        Hessian reaches at 0), ``strong_convexity`` :math:`\lambda`.
    """
    X, y, name = _samples(data, "logistic", generated)
    signed = X * _signs(y)[:, None]
    n, d = X.shape
    l2 = real_number("l2", l2, least=0.0)

    def loss(margins):
        return np.mean(np.logaddexp(0.0, -margins), axis=-1)

    def fun(w):
        return loss(w @ signed.T) + 0.5 * l2 * np.sum(np.square(w), axis=-1)

    def gradient(w):
        return -_sigmoid(-(signed @ w)) @ signed / n + l2 * np.asarray(w)

    def hessian(w):
        right = _sigmoid(signed @ w)
        return (signed.T * (right * (1.0 - right))) @ signed / n + l2 * np.eye(d)

    def terms_fun(w, indices):
        return loss(signed[indices] @ w) + 0.5 * l2 * np.sum(np.square(w))

    def terms_gradient(w, indices):
        rows = signed[indices]
        return -_sigmoid(-(rows @ w)) @ rows / len(rows) + l2 * np.asarray(w)

    return Problem(
        fun,
        gradient,
        hessian,
        batch_fun=fun,
        x0=np.zeros(d),
        name=f"logistic regression ({name})",
        n_terms=n,
        terms_gradient=terms_gradient,
        terms_fun=terms_fun,
        smoothness=_largest_curvature(X) / 4.0 + l2,
        strong_convexity=float(l2),
        fisher=hessian,
        samples=(X, y),
        l2=l2,
    )


def softmax_regression(data: Any = "generated", *, l2: float = 1e-3, **generated: Any) -> Problem:
    r"""Classification into k classes, by the cross-entropy of the softmax:

    .. math:: f(W) = \frac1n \sum_i \Big(\log \sum_c e^{w_c^\top x_i} - w_{y_i}^\top x_i\Big)
              + \frac{\lambda}2 \lVert W \rVert^2

    The variable is the flattened matrix of shape (k, d), one row for each class: ``W = x.reshape(k, d)``, which is the
    layout of scikit-learn's ``coef_``.

    Parameters
    ----------
    data : {"generated", "digits"} or (X, y)
        ``X`` of shape (n, d) and labels ``y`` (n,), the integers from 0 to k - 1; or a name: see `named_data`.
    l2 : float
        Penalty :math:`\lambda \ge 0` (scikit-learn's ``LogisticRegression(C=1 / (l2 * n), fit_intercept=False)``).
    **generated
        ``dimension``, ``samples``, ``condition``, ``classes``, ``rng`` for generated data: see `generated_data`.

    Returns
    -------
    Problem
        With ``x0`` zeros (k d,); ``smoothness`` the bound :math:`\lambda_{\max}(X^\top X) / 2n + \lambda`,
        ``strong_convexity`` :math:`\lambda`.

    References
    ----------
    Böhning (1992), Annals of the Institute of Statistical Mathematics 44, doi:10.1007/BF00048682, for the bound.
    """
    X, y, name = _samples(data, "softmax", generated)
    labels = _class_labels(y)
    n, d = X.shape
    k = int(labels.max()) + 1
    l2 = real_number("l2", l2, least=0.0)
    everything = np.arange(n)

    def losses(x, rows, classes):
        """Loss on each of the rows, for one x (k d,) or several (m, k d)."""
        W = np.reshape(x, (*np.shape(x)[:-1], k, d))
        logits = rows @ np.swapaxes(W, -1, -2)
        top = logits.max(axis=-1)
        return top + np.log(np.exp(logits - top[..., None]).sum(axis=-1)) - logits[..., np.arange(len(rows)), classes]

    def fun(x):
        return np.mean(losses(x, X, labels), axis=-1) + 0.5 * l2 * np.sum(np.square(x), axis=-1)

    def gradient(x):
        return terms_gradient(x, everything)

    def terms_fun(x, indices):
        return np.mean(losses(x, X[indices], labels[indices])) + 0.5 * l2 * np.sum(np.square(x))

    def terms_gradient(x, indices):
        rows = X if indices is everything else X[indices]
        excess = _softmax(rows @ np.reshape(x, (k, d)).T)
        excess[np.arange(len(rows)), labels[indices]] -= 1.0
        return (excess.T @ rows).ravel() / len(rows) + l2 * np.asarray(x)

    def hessian(x):
        p = _softmax(X @ np.reshape(x, (k, d)).T)
        blocks = np.empty((k, d, k, d))
        for a in range(k):
            for b in range(a, k):
                weights = p[:, a] * ((a == b) - p[:, b])
                blocks[a, :, b] = blocks[b, :, a] = (X.T * weights) @ X / n
        return blocks.reshape(k * d, k * d) + l2 * np.eye(k * d)

    return Problem(
        fun,
        gradient,
        hessian,
        batch_fun=fun,
        x0=np.zeros(k * d),
        name=f"softmax regression ({name})",
        n_terms=n,
        terms_gradient=terms_gradient,
        terms_fun=terms_fun,
        smoothness=_largest_curvature(X) / 2.0 + l2,
        strong_convexity=float(l2),
        fisher=hessian,
        l2=l2,
    )


def _sigmoid(z: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-z)), written with tanh because that cannot overflow."""
    return 0.5 * (1.0 + np.tanh(0.5 * z))


def _softmax(logits: np.ndarray) -> np.ndarray:
    exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def _largest_curvature(X: np.ndarray) -> float:
    return float(np.linalg.norm(X, ord=2) ** 2 / len(X))


def _samples(data: Any, task: str, generated: dict[str, Any]) -> tuple[np.ndarray, np.ndarray, str]:
    if isinstance(data, str):
        return (*named_data(data, task, **generated), data)
    if generated:
        raise ValueError(f"{', '.join(generated)} can only be given with data='generated'")
    try:
        X, y = data
        X, y = np.array(X, dtype=float), np.array(y)
    except (TypeError, ValueError):
        raise ValueError(f"data must be a name or a pair (X, y) of arrays, got {type(data).__name__}") from None
    if X.ndim != 2 or 0 in X.shape or y.shape != (len(X),):
        raise ValueError(f"data must be X of shape (n, d) with y of shape (n,), got shapes {X.shape} and {y.shape}")
    if not np.isfinite(X).all():
        raise ValueError("data must be finite, got X with nan or inf")
    return X, y, "given data"


def _real_labels(y: np.ndarray) -> np.ndarray:
    try:
        y = y.astype(float)
    except (TypeError, ValueError):
        raise ValueError(f"data must have real numbers as y, got dtype {y.dtype}") from None
    if not np.isfinite(y).all():
        raise ValueError("data must be finite, got y with nan or inf")
    return y


def _signs(y: np.ndarray) -> np.ndarray:
    found = set(np.unique(y).tolist())
    if not (found <= {0, 1} or found <= {-1, 1}):
        raise ValueError(f"data must have labels y of 0 and 1, or of -1 and 1, got {sorted(found, key=str)[:5]}")
    return np.where(y == 1, 1.0, -1.0)


def _class_labels(y: np.ndarray) -> np.ndarray:
    found = np.unique(y)
    if found.dtype.kind not in "iufb" or not np.array_equal(found, np.arange(len(found))) or len(found) < 2:
        raise ValueError(f"data must have labels y from 0 to k - 1, each used, k >= 2, got {found[:5].tolist()}")
    return y.astype(int)
