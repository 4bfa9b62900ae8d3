"""Support vector machines: with kernels, with few features, and for data that an adversary may have touched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import validate
from ..arguments import whole_number
from ..basics.clustering import samples
from .mixed_integer import MixedIntegerProgram
from .regression import LinearModel


@dataclass(frozen=True, eq=False)
class KernelMachine:
    """A trained kernel SVM.

    Attributes
    ----------
    support : ndarray of int, shape (m,)
        The samples that it needs: the others could be left out of the training.
    weights : ndarray, shape (m,)
        Of their kernels, signs included (scikit-learn's ``dual_coef_``).
    intercept : float
    """

    support: np.ndarray
    weights: np.ndarray
    intercept: float
    _dual: Any
    _alpha: np.ndarray

    def decision_function(self, X: Any) -> np.ndarray:
        """Scores of samples (n, d), positive for the larger label: shape (n,)."""
        return self._dual.decision_function(self._alpha, X)


def kernel_svm(X: Any, y: Any, *, C: float = 1.0, gamma: float | None = None, tolerance: float = 1e-3) -> KernelMachine:
    """Kernel SVM: its dual problem, solved by sequential minimal optimisation. scikit-learn's ``SVC``.

    Parameters
    ----------
    X : array_like, shape (n, d)
    y : array_like, shape (n,)
        Two kinds of labels.
    C : float
        Price of a violated margin, > 0.
    gamma : float, optional
        Of the kernel :math:`e^{-\\gamma \\lVert a - b \\rVert^2}`. None: the linear kernel.
    tolerance : float
        See `mlopt_course.constrained.smo`.

    Raises
    ------
    ValueError
        If it has not converged after 100,000 steps.
    """
    from ..constrained import linear_kernel, rbf_kernel, svm_dual
    from ..loop import minimize

    dual = svm_dual(samples(X), y, C=C, kernel=linear_kernel if gamma is None else rbf_kernel(gamma))
    run = minimize(dual, method="smo", tolerance=tolerance, max_iterations=100_000, history=100_000)
    if not run.success:
        raise ValueError(f"C must be lower, or the features scaled, for smo to converge, got C={C!r}: {run.message}")
    support = np.flatnonzero(run.x > 0)
    return KernelMachine(support, (run.x * dual.signs)[support], dual.intercept(run.x), dual, run.x)


def sparse_svm(X: Any, y: Any, *, C: float = 1.0) -> LinearModel:
    r"""Sparse SVM: few features, because the penalty is the L1 norm:
    :math:`\min \lVert w \rVert_1 + C \sum_i \max(0, 1 - s_i (w^\top x_i + b))`, a linear program.

    Parameters
    ----------
    X : array_like, shape (n, d)
    y : array_like, shape (n,)
        Two kinds of labels; the larger has the sign +1.
    C : float
        Positive. Needs SciPy.

    References
    ----------
    Bradley and Mangasarian (1998), Feature selection via concave minimization and support vector machines, ICML.
    """
    return robust_svm(X, y, C=C)


def robust_svm(X: Any, y: Any, *, C: float = 1.0, radius: float = 0.0, flips: int = 0) -> LinearModel:
    r"""Robust classification: the sparse SVM against the worst that may have been done to its data.

    .. math:: \min_{w, b} \lVert w \rVert_1 + C \max_{\lVert \delta_i \rVert_\infty \le \rho, \; |F| \le \Gamma}
              \sum_i \max(0, 1 \mp s_i (w^\top (x_i + \delta_i) + b))

    with the sign + for the labels in :math:`F`, which are flipped. The worst change of the features costs
    :math:`\rho \lVert w \rVert_1` of each margin; the worst flips are the :math:`\Gamma` with the most to lose, whose
    sum is by duality :math:`\min_q \Gamma q + \sum_i \max(0, \phi_i - \xi_i - q)`. So it is a linear program.

    Parameters
    ----------
    X : array_like, shape (n, d)
    y : array_like, shape (n,)
        Two kinds of labels; the larger has the sign +1.
    C : float
        Positive.
    radius : float
        :math:`\rho \ge 0`: how far each feature of each sample may be off.
    flips : int
        :math:`\Gamma`, from 0 to n: how many labels may be wrong. Needs SciPy.

    References
    ----------
    Bertsimas, Dunn, Pawlowski and Zhuo (2019), Robust classification, INFORMS Journal on Optimization 1.
    Deviations: an L1 penalty, changes bounded in the maximum norm, both uncertainties at once.
    """
    X, signs = _two_classes(X, y)
    n, d = X.shape
    validate.positive(C=C)
    validate.not_negative(radius=radius)
    whole_number("flips", flips, least=0, most=n)
    program = MixedIntegerProgram()
    up, down = program.variables(d, cost=1.0), program.variables(d, cost=1.0)  # w = up - down
    intercept = program.variables(1, low=-np.inf)
    loss = program.variables(n, cost=C)  # xi
    price, excess = program.variables(1, cost=C * flips), program.variables(n, cost=C)  # q and what is above it
    for i in range(n):
        slope = signs[i] * X[i]
        # xi >= 1 - s (w x + b) + rho |w|
        program.constrain((loss[i], 1.0), (up, slope - radius), (down, -slope - radius), (intercept, signs[i]), low=1.0)
        if flips:  # q + excess + xi >= phi = 1 + s (w x + b) + rho |w|
            program.constrain((price, 1.0), (excess[i], 1.0), (loss[i], 1.0), (up, -slope - radius),
                              (down, slope - radius), (intercept, -signs[i]), low=1.0)  # fmt: skip
    x, _ = program.solve()
    return LinearModel(x[up] - x[down], float(x[intercept][0]))


def _two_classes(X: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
    X, y = samples(X), np.asarray(y)
    kinds = np.unique(y)
    if y.shape != (len(X),) or len(kinds) != 2:
        raise ValueError(f"y must have shape ({len(X)},) and two kinds of labels, got {y.shape} and {len(kinds)}")
    return X, np.where(y == kinds[1], 1.0, -1.0)
