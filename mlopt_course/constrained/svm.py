r"""The dual of the support vector machine, and sequential minimal optimisation for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import validate
from ..problem import Problem
from ..registry import Iterate, method

# Curvature of a pair that a singular kernel matrix leaves flat (tau of LIBSVM).
FLAT = 1e-12


@dataclass(frozen=True, eq=False, repr=False)
class SupportVectorDual(Problem):
    """The dual problem of an SVM, with the samples it came from."""

    X: Any = None
    signs: Any = None
    kernel: Any = None

    def decision_function(self, alpha: np.ndarray, X: Any) -> np.ndarray:
        r"""The machine's scores :math:`\sum_i \alpha_i s_i k(x_i, x) + b` for the rows of ``X`` (n, d): shape (n,)."""
        support = alpha > 0
        scores = self.kernel(np.asarray(X, dtype=float), self.X[support]) @ (alpha * self.signs)[support]
        return scores + self.intercept(alpha)

    def intercept(self, alpha: np.ndarray) -> float:
        """The ``b`` of the machine: mean over the free support vectors, else the middle of what is allowed."""
        assert self.gradient is not None
        distance = -self.signs * self.gradient(alpha)
        high = self.bounds[0, 1]
        free = (alpha > 1e-8 * high) & (alpha < (1 - 1e-8) * high)
        if free.any():
            return float(np.mean(distance[free]))
        up, down = _movable(alpha, self.signs, high)
        return float(np.max(distance[up]) + np.min(distance[down])) / 2


def linear_kernel(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """Inner products of the rows of ``A`` (n, d) and ``B`` (m, d): shape (n, m)."""
    return A @ B.T


def rbf_kernel(gamma: float) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    r"""The kernel :math:`e^{-\gamma \lVert a - b \rVert^2}`, as a function of rows like `linear_kernel`."""
    validate.positive(gamma=gamma)

    def kernel(A, B):
        squares = np.sum(A**2, axis=1)[:, None] + np.sum(B**2, axis=1) - 2 * A @ B.T
        return np.exp(-gamma * np.maximum(squares, 0.0))

    return kernel


def svm_dual(
    X: Any, y: Any, *, C: float = 1.0, kernel: Callable[[np.ndarray, np.ndarray], np.ndarray] = linear_kernel
) -> SupportVectorDual:
    r"""The dual of the soft-margin support vector machine:

    .. math:: \min_\alpha \tfrac12 \alpha^\top Q \alpha - \sum_i \alpha_i \quad\text{with}\quad
              0 \le \alpha_i \le C, \quad s^\top \alpha = 0, \qquad Q_{ij} = s_i s_j k(x_i, x_j)

    Parameters
    ----------
    X : array_like, shape (n, d)
    y : array_like, shape (n,)
        Two kinds of labels; the larger one has the sign +1.
    C : float
        Price of a violated margin, > 0.
    kernel : callable
        ``kernel(A, B)`` of shape (n, m): `linear_kernel`, ``rbf_kernel(gamma)`` or your own.

    Returns
    -------
    SupportVectorDual
        For `smo`, `active_set_qp` and the other constrained methods; ``decision_function(alpha, X)`` and
        ``intercept(alpha)`` make the machine.

    References
    ----------
    Cortes and Vapnik (1995); equation (1) of Fan, Chen and Lin (2005).
    """
    X, labels = np.asarray(X, dtype=float), np.asarray(y)
    classes = np.unique(labels)
    if X.ndim != 2 or labels.shape != (len(X),):
        raise ValueError(f"X and y must have shapes (n, d) and (n,), got {X.shape} and {labels.shape}")
    if classes.size != 2:
        raise ValueError(f"y must have two kinds of labels, got {classes.size}")
    validate.positive(C=C)
    signs = np.where(labels == classes[1], 1.0, -1.0)
    Q = signs[:, None] * signs * kernel(X, X)
    return SupportVectorDual(
        lambda alpha: float(alpha @ Q @ alpha / 2 - np.sum(alpha)),
        lambda alpha: Q @ alpha - 1.0,
        lambda alpha: Q.copy(),
        bounds=[(0.0, C)] * len(X),
        constraints=[{"type": "eq", "fun": lambda a: signs @ a, "jac": lambda a: signs}],
        x0=np.zeros(len(X)),
        name="dual of a support vector machine",
        X=X,
        signs=signs,
        kernel=kernel,
    )


@method(
    chapter="constrained",
    needs=("hessian", "bounds", "constraints"),
    use_when="training a kernel SVM: each step moves two multipliers and needs two rows of the kernel matrix",
    fails_when="the problem is not the dual of an SVM (it knows only that one constraint)",
    reference="Fan, Chen and Lin (2005), JMLR 6, Algorithm 1 with working sets by second-order information",
)
def smo(problem, x0, *, tolerance=1e-3):
    r"""Sequential minimal optimisation: the smallest step that keeps :math:`s^\top \alpha = 0` moves two variables.

    The first is the one that violates the KKT conditions most, the second the one that then promises most; the
    two-variable problem is solved exactly and cut to the box.

    Parameters
    ----------
    problem : SupportVectorDual
        See `svm_dual`.
    x0 : ndarray, shape (n,)
        Start; one that is not feasible is replaced by 0.
    tolerance : float
        Stop when no pair violates the KKT conditions by more. 1e-3 is LIBSVM's, and scikit-learn's.

    Yields
    ------
    Iterate
        ``x`` = alpha (n,), ``fun``, ``gap``, the largest violation before the step, and ``pair`` (2,).

    References
    ----------
    Platt (1998); Fan, Chen and Lin (2005), Algorithm 1 with working sets by second-order information, as in
    LIBSVM. Deviation: no shrinking and no cache.
    """
    validate.positive(tolerance=tolerance)
    signs = getattr(problem, "signs", None)
    if signs is None:
        raise ValueError(f"problem must be made by svm_dual for 'smo', got {problem.name}")
    high = problem.bounds[0, 1]
    alpha = np.zeros_like(x0) if abs(signs @ x0) > 1e-12 * high * x0.size else np.array(x0)
    Q = problem.hessian(alpha)
    gradient, diagonal = Q @ alpha - 1.0, np.diag(Q)
    while True:
        up, down = _movable(alpha, signs, high)
        pull = -signs * gradient
        first = int(np.argmax(np.where(up, pull, -np.inf)))
        gap = float(pull[first] - np.min(pull[down]))
        fun = float(alpha @ (gradient - 1.0)) / 2
        if gap <= tolerance:
            yield Iterate(alpha, fun, gap=gap, pair=np.array([first, first]))
            return f"No pair violates the KKT conditions by more than the tolerance {tolerance}."
        curvature = np.maximum(diagonal[first] + diagonal - 2 * signs[first] * signs * Q[first], FLAT)
        promise = np.where(down & (pull < pull[first]), (pull[first] - pull) ** 2 / curvature, -np.inf)
        second = int(np.argmax(promise))
        step = _cut(alpha, signs, high, first, second, (pull[first] - pull[second]) / curvature[second])
        change = signs[first] * step, -signs[second] * step
        alpha = alpha.copy()
        alpha[[first, second]] = np.clip(alpha[[first, second]] + change, 0.0, high)
        gradient = gradient + change[0] * Q[first] + change[1] * Q[second]
        yield Iterate(alpha, float(alpha @ (gradient - 1.0)) / 2, gap=gap, pair=np.array([first, second]))


def _movable(alpha, signs, high):
    """Which variables may move so that ``signs * alpha`` grows, and which so that it shrinks (I_up and I_low)."""
    can_grow, can_shrink = alpha < high, alpha > 0
    return np.where(signs > 0, can_grow, can_shrink), np.where(signs > 0, can_shrink, can_grow)


def _cut(alpha, signs, high, first, second, step):
    """The step, shortened so that neither variable leaves the box."""
    room_first = high - alpha[first] if signs[first] > 0 else alpha[first]
    room_second = alpha[second] if signs[second] > 0 else high - alpha[second]
    return min(step, room_first, room_second)
