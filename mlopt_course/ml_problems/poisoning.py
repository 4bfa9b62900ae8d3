"""Data poisoning: the attacker's problem has the learner's problem inside it."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import validate
from ..basics.clustering import samples
from ..problem import Problem
from .regression import regression_data


def data_poisoning(
    X: Any, y: Any, X_validation: Any, y_validation: Any, *, X_poison: Any, y_poison: Any, l2: float = 0.1,
    bounds: tuple[float, float] = (-1.0, 1.0),
) -> Problem:  # fmt: skip
    r"""Poisoning ridge regression, as a bilevel problem over the features :math:`P` of a few added samples:

    .. math:: \max_P \tfrac1{2v} \lVert X_v w(P) - y_v \rVert^2 \quad\text{with}\quad
              w(P) = \arg\min_w \tfrac1{2m} \lVert Z w - t \rVert^2 + \tfrac\lambda2 \lVert w \rVert^2

    where :math:`Z` holds the rows of :math:`X` and :math:`P`, and :math:`t` their targets. The lower problem is solved
    exactly; its optimality condition :math:`Z^\top (Z w - t) / m + \lambda w = 0`, differentiated, gives the gradient
    without differentiating through a solver: with :math:`H = Z^\top Z / m + \lambda I` and
    :math:`H a = \nabla_w L_v`,

    .. math:: \nabla_{p_i} L_v = - \big( (p_i^\top w - t_i) \, a + (p_i^\top a) \, w \big) / m .

    Parameters
    ----------
    X, y : array_like, shapes (n, d) and (n,)
        The clean samples that the learner trains on. No intercept: centre them.
    X_validation, y_validation : array_like, shapes (v, d) and (v,)
        Where the attacker wants the error.
    X_poison : array_like, shape (p, d)
        The added samples to begin with: cut to the bounds they are ``x0``, flattened.
    y_poison : array_like, shape (p,)
        Their targets, which stay.
    l2 : float
        The learner's :math:`\lambda > 0`.
    bounds : (low, high)
        What features may be.

    Returns
    -------
    Problem
        ``fun`` is *minus* the validation loss; with gradient and bounds, for `projected_gradient` and the like.

    References
    ----------
    Jagielski et al. (2018), Manipulating machine learning: poisoning attacks and countermeasures for regression
    learning. arXiv:1804.00308.
    Biggio, Nelson and Laskov (2012) do the same to SVMs. arXiv:1206.6389.
    """
    X, y = regression_data(X, y)
    X_validation, y_validation = regression_data(X_validation, y_validation)
    start, targets = regression_data(X_poison, y_poison)
    if not X.shape[1] == X_validation.shape[1] == start.shape[1]:
        raise ValueError(
            "X, X_validation and X_poison must have as many features as each other, "
            f"got {X.shape[1]}, {X_validation.shape[1]} and {start.shape[1]}"
        )
    validate.positive(l2=l2)
    low, high = bounds
    if not low < high:
        raise ValueError(f"bounds must have low < high, got {bounds!r}")
    count = len(X_validation)

    def solve(p: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        P = np.reshape(p, start.shape)
        Z = np.vstack([X, P])
        return P, ridge_weights(Z, np.append(y, targets), l2), Z.T @ Z / len(Z) + l2 * np.eye(Z.shape[1])

    def fun(p: Any) -> float:
        _, w, _ = solve(p)
        return -0.5 * float(np.mean((X_validation @ w - y_validation) ** 2))

    def gradient(p: Any) -> np.ndarray:
        P, w, H = solve(p)
        a = np.linalg.solve(H, X_validation.T @ (X_validation @ w - y_validation) / count)
        rows = np.outer(P @ w - targets, a) + np.outer(P @ a, w)
        return rows.ravel() / (len(X) + len(P))

    return Problem(fun, gradient, bounds=[(low, high)] * start.size, x0=np.clip(start, low, high).ravel(),
                   name=f"poisoning with {len(start)} samples")  # fmt: skip


def ridge_weights(Z: Any, t: Any, l2: float) -> np.ndarray:
    r"""What the learner answers, :math:`w(P)` of `data_poisoning`: ridge regression without an intercept, (d,)."""
    Z = samples(Z)
    return np.linalg.solve(Z.T @ Z / len(Z) + l2 * np.eye(Z.shape[1]), Z.T @ np.asarray(t, dtype=float) / len(Z))
