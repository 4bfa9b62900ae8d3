"""Linear regression, and three ways to fit fewer numbers: shrink them, combine the features, or choose among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import validate
from ..arguments import whole_number
from ..basics.clustering import samples
from ..deep_learning.reduction import pca
from .mixed_integer import MixedIntegerProgram


@dataclass(frozen=True, eq=False)
class LinearModel:
    """A linear function of the features.

    Attributes
    ----------
    coefficients : ndarray, shape (d,)
    intercept : float
    """

    coefficients: np.ndarray
    intercept: float

    def predict(self, X: Any) -> np.ndarray:
        """Its values at samples (n, d): shape (n,). For a classifier these are scores, positive for class 1."""
        return np.asarray(X, dtype=float) @ self.coefficients + self.intercept


def linear_regression(X: Any, y: Any) -> LinearModel:
    """Least squares with an intercept; of many minimisers the shortest. scikit-learn's ``LinearRegression``.

    Parameters
    ----------
    X : array_like, shape (n, d)
    y : array_like, shape (n,)
    """
    X, y = regression_data(X, y)
    return _with_intercept(X, y, lambda A, b: np.linalg.lstsq(A, b, rcond=None)[0])


def ridge_regression(X: Any, y: Any, *, l2: float) -> LinearModel:
    r"""Shrinkage: least squares plus a penalty,
    :math:`\frac1{2n} \lVert X w + b - y \rVert^2 + \frac\lambda2 \lVert w \rVert^2`.

    In the direction of the singular value :math:`\sigma` the coefficients of least squares are multiplied by
    :math:`\sigma^2 / (\sigma^2 + n \lambda)`. scikit-learn's ``Ridge(alpha=l2 * n)``.

    Parameters
    ----------
    X : array_like, shape (n, d)
    y : array_like, shape (n,)
    l2 : float
        :math:`\lambda > 0`.

    References
    ----------
    Hastie, Tibshirani and Friedman (2009), The Elements of Statistical Learning, equation (3.47).
    """
    X, y = regression_data(X, y)
    validate.positive(l2=l2)

    def shrunk(A: np.ndarray, b: np.ndarray) -> np.ndarray:
        U, singular, V = np.linalg.svd(A, full_matrices=False)
        return V.T @ (singular / (singular**2 + len(A) * l2) * (U.T @ b))

    return _with_intercept(X, y, shrunk)


def lasso_regression(
    X: Any, y: Any, *, l1: float, tolerance: float = 1e-10, max_iterations: int = 10_000
) -> LinearModel:
    r"""Lasso by coordinate descent: :math:`\frac1{2n} \lVert X w + b - y \rVert^2 + \lambda \lVert w \rVert_1`.

    In one coordinate the minimiser is a soft threshold, so some coefficients become 0. scikit-learn's
    ``Lasso(alpha=l1)``. (By proximal gradients: `mlopt_course.constrained.lasso`.)

    Parameters
    ----------
    X : array_like, shape (n, d)
    y : array_like, shape (n,)
    l1 : float
        :math:`\lambda > 0`.
    tolerance : float
        Stop when the duality gap is below this times :math:`\lVert y \rVert^2 / 2n`.
    max_iterations : int
        Rounds over all coordinates.

    Raises
    ------
    ValueError
        If the gap is still larger after ``max_iterations``.

    References
    ----------
    Friedman, Hastie and Tibshirani (2010), doi:10.18637/jss.v033.i01, equation (5).
    """
    X, y = regression_data(X, y)
    validate.positive(l1=l1, tolerance=tolerance)
    whole_number("max_iterations", max_iterations, least=1)

    def descend(A: np.ndarray, b: np.ndarray) -> np.ndarray:
        n, w = len(A), np.zeros(A.shape[1])
        residual, squares = b.copy(), (A**2).sum(axis=0) / n
        for _ in range(max_iterations):
            for j in np.flatnonzero(squares):
                correlation = A[:, j] @ residual / n + squares[j] * w[j]
                new = np.sign(correlation) * max(abs(correlation) - l1, 0.0) / squares[j]
                residual += (w[j] - new) * A[:, j]
                w[j] = new
            gap = _lasso_gap(A, b, w, residual, l1)
            if gap <= tolerance * (b @ b) / (2 * n):
                return w
        raise ValueError(f"max_iterations must be above {max_iterations}: the duality gap is {gap:.2g}")

    return _with_intercept(X, y, descend)


def _lasso_gap(A: np.ndarray, b: np.ndarray, w: np.ndarray, residual: np.ndarray, l1: float) -> float:
    """Objective less the dual objective at the residual, scaled to be feasible: no less than the true error."""
    n = len(A)
    steepest = np.abs(A.T @ residual).max() / n
    dual_point = residual * min(1.0, l1 / steepest) if steepest > 0 else residual
    primal = residual @ residual / (2 * n) + l1 * np.abs(w).sum()
    return float(primal - (b @ b - (b - dual_point) @ (b - dual_point)) / (2 * n))


def principal_component_regression(X: Any, y: Any, *, components: int) -> LinearModel:
    """Dimension reduction: least squares on the first principal components, which do not look at ``y``.

    Parameters
    ----------
    X : array_like, shape (n, d)
    y : array_like, shape (n,)
    components : int
        From 1 to min(n, d).

    References
    ----------
    Hastie, Tibshirani and Friedman (2009), equation (3.61).
    """
    X, y = regression_data(X, y)
    found = pca(X, components)
    model = linear_regression(found.transform(X), y)
    coefficients = found.components.T @ model.coefficients
    return LinearModel(coefficients, model.intercept - float(found.mean @ coefficients))


def partial_least_squares(X: Any, y: Any, *, components: int) -> LinearModel:
    """Dimension reduction that looks at ``y``: each component is the direction of greatest covariance with it.

    With all components this is least squares. scikit-learn's ``PLSRegression(scale=False)``.

    Parameters
    ----------
    X : array_like, shape (n, d)
    y : array_like, shape (n,)
    components : int
        From 1 to min(n, d). Fewer are used where nothing of ``y`` is left to explain.

    References
    ----------
    Hastie, Tibshirani and Friedman (2009), Algorithm 3.3; NIPALS, with the deflated X of Wold.
    """
    X, y = regression_data(X, y)
    k = whole_number("components", components, least=1, most=min(X.shape))

    def project(A: np.ndarray, b: np.ndarray) -> np.ndarray:
        left, weights, loadings, slopes = A.copy(), [], [], []
        for _ in range(k):
            covariance = left.T @ b
            length = float(np.linalg.norm(covariance))
            if length <= 1e-12 * np.linalg.norm(A) * np.linalg.norm(b):
                break
            score = left @ (covariance / length)
            weights.append(covariance / length)
            loadings.append(left.T @ score / (score @ score))
            slopes.append(b @ score / (score @ score))
            left = left - np.outer(score, loadings[-1])
        if not weights:
            return np.zeros(A.shape[1])
        W, P = np.array(weights).T, np.array(loadings).T
        return W @ np.linalg.solve(P.T @ W, np.array(slopes))

    return _with_intercept(X, y, project)


def best_subset(X: Any, y: Any, *, size: int, l2: float = 1e-3, max_cuts: int = 1000) -> LinearModel:
    r"""Best subset: of all choices of at most ``size`` features, that of least ridge loss, proved by a MILP.

    For a choice :math:`s \in \{0, 1\}^d` the least loss is
    :math:`c(s) = \frac1{2n} y^\top r`, with :math:`r` the residual of the ridge regression on the chosen features. As
    a function of :math:`s` in the cube it is convex, with the gradient
    :math:`-(x_j^\top r)^2 / 2 n^2 \lambda`, so each choice tried gives a linear lower bound on all others; a MILP finds
    the choice that these bounds allow the least loss, until that is a choice tried before.

    Parameters
    ----------
    X : array_like, shape (n, d)
    y : array_like, shape (n,)
    size : int
        From 1 to d.
    l2 : float
        :math:`\lambda > 0` of `ridge_regression`. The smaller, the weaker the bounds, and the more MILPs.
    max_cuts : int
        MILPs at most. Needs SciPy.

    Returns
    -------
    LinearModel
        With 0 for the features left out.

    Raises
    ------
    ValueError
        If ``max_cuts`` did not suffice to prove a choice best.

    References
    ----------
    Bertsimas and Van Parys (2020), Sparse high-dimensional regression: its cutting planes, there with
    :math:`\gamma = 1 / n \lambda`. arXiv:1709.10029.
    """
    X, y = regression_data(X, y)
    n, d = X.shape
    k = whole_number("size", size, least=1, most=d)
    validate.positive(l2=l2)
    whole_number("max_cuts", max_cuts, least=1)

    def choose(A: np.ndarray, b: np.ndarray) -> np.ndarray:
        program = MixedIntegerProgram()
        loss = program.variables(1, cost=1.0)
        chosen = program.variables(d, high=1.0, integer=True)
        program.constrain((chosen, 1.0), high=k)
        s = np.zeros(d)
        s[np.argsort(-np.abs(A.T @ b))[:k]] = 1.0
        best, best_w = np.inf, np.zeros(d)
        for _ in range(max_cuts):
            value, gradient, w = subset_loss(A, b, s, l2)
            if value < best:
                best, best_w = value, w
            program.constrain((loss, 1.0), (chosen, -gradient), low=value - float(gradient @ s))
            x, bound = program.solve()
            # HiGHS keeps to rows within 1e-6 or so: losses that differ by less count as equal.
            if bound >= best - 1e-6 * (b @ b) / (2 * n):
                return best_w
            s = x[chosen]
        raise ValueError(f"max_cuts must be above {max_cuts} to prove a choice best; or give a larger l2")

    return _with_intercept(X, y, choose)


def subset_loss(X: np.ndarray, y: np.ndarray, s: np.ndarray, l2: float) -> tuple[float, np.ndarray, np.ndarray]:
    r"""The least ridge loss of a choice of features, relaxed to :math:`s \in [0, 1]^d`; its gradient; the weights.

    :math:`c(s) = \min_w \frac1{2n} \lVert X w - y \rVert^2 + \frac\lambda2 \sum_j w_j^2 / s_j`, where a feature with
    :math:`s_j = 0` has :math:`w_j = 0`: ridge regression on the features times :math:`\sqrt{s_j}`.
    """
    n, scale = len(X), np.sqrt(s)
    rows = X * scale
    w = scale * np.linalg.solve(rows.T @ rows + n * l2 * np.eye(len(s)), rows.T @ y)
    residual = y - X @ w
    return float(y @ residual) / (2 * n), -((X.T @ residual) ** 2) / (2 * n**2 * l2), w


def _with_intercept(X: np.ndarray, y: np.ndarray, fit: Any) -> LinearModel:
    """Fit centred data: the intercept, which is never penalised, then follows from the means."""
    mean, level = X.mean(axis=0), float(y.mean())
    w = fit(X - mean, y - level)
    return LinearModel(w, level - float(mean @ w))


def regression_data(X: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
    """Samples (n, d) and numbers (n,), checked to be finite."""
    X = samples(X)
    try:
        y = np.array(y, dtype=float)
    except (TypeError, ValueError):
        raise ValueError(f"y must be an array of numbers, got {type(y).__name__}") from None
    if y.shape != (len(X),) or not np.isfinite(y).all():
        raise ValueError(f"y must have shape ({len(X)},), one finite number for each sample, got shape {y.shape}")
    return X, y
