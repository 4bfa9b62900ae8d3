"""Smooth plus simple: proximal gradients (ISTA and FISTA) and ADMM, with the lasso as the example."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from .. import validate
from ..arguments import real_number
from ..losses import Penalty
from ..problem import Problem
from ..registry import Iterate, method


@dataclass(frozen=True)
class ElasticNet:
    r"""The penalty :math:`\lambda_1 \lVert x \rVert_1 + \tfrac{\lambda_2}{2} \lVert x \rVert_2^2`, both weights >= 0.

    With ``l2=0`` it is the lasso's. A regulariser is any object with these two methods.
    """

    l1: float
    l2: float = 0.0

    def __post_init__(self) -> None:
        validate.not_negative(l1=self.l1, l2=self.l2)

    def value(self, x: np.ndarray) -> float:
        """The penalty at ``x``."""
        return _weighted(x, l1=self.l1, l2=self.l2)

    def proximal(self, x: np.ndarray, step: float) -> np.ndarray:
        r"""The minimiser of ``value(z) + |z - x|^2 / (2 step)``: soft thresholding, then shrinking."""
        return _weighted.proximal(x, step, l1=self.l1, l2=self.l2)


@Penalty
def _weighted(*, l1, l2):
    return l1, l2


@dataclass(frozen=True)
class GroupLasso:
    r"""The penalty :math:`\lambda \sum_k \lVert x_{G_k} \rVert_2`: whole groups of variables are zero, or none of one.

    ``groups`` is a tuple of index lists that do not overlap.
    """

    strength: float
    groups: tuple[Any, ...]

    def __post_init__(self) -> None:
        validate.not_negative(strength=self.strength)
        members = [index for group in self.groups for index in group]
        if len(set(members)) != len(members):
            raise ValueError(f"groups must not overlap, got {self.groups!r}")

    def value(self, x: np.ndarray) -> float:
        """The penalty at ``x``."""
        return float(self.strength * sum(np.linalg.norm(x[list(group)]) for group in self.groups))

    def proximal(self, x: np.ndarray, step: float) -> np.ndarray:
        """The minimiser of ``value(z) + |z - x|^2 / (2 step)``: each group is shortened, down to nothing."""
        shrunk = np.array(x, dtype=float)
        for group in map(list, self.groups):
            length = max(float(np.linalg.norm(x[group])), 1e-300)
            shrunk[group] *= max(0.0, 1.0 - step * self.strength / length)
        return shrunk


@dataclass(frozen=True, eq=False, repr=False)
class RegularisedProblem(Problem):
    """A smooth problem plus a regulariser: ``fun`` is the sum, ``gradient`` and ``hessian`` are the smooth part's."""

    regulariser: Any = None


def regularised(problem: Problem, regulariser: Any) -> RegularisedProblem:
    r"""The problem :math:`\min_x f(x) + r(x)` for the proximal methods.

    Parameters
    ----------
    problem : Problem
        The smooth part, with a gradient (`admm` needs the Hessian, too).
    regulariser : object with ``value(x)`` and ``proximal(x, step)``
        Such as `ElasticNet` or `GroupLasso`.

    Returns
    -------
    RegularisedProblem
        Its ``fun`` is :math:`f + r`; its ``gradient`` and ``hessian`` are those of ``f`` alone.
    """
    for name in ("value", "proximal"):
        if not callable(getattr(regulariser, name, None)):
            raise ValueError(f"regulariser must have the methods value and proximal, got {regulariser!r}")
    if problem.gradient is None:
        raise ValueError(f"problem must have a gradient (of its smooth part), which {problem.name} has not")
    known = {field.name: getattr(problem, field.name) for field in fields(Problem)}
    smooth: Callable[[Any], float] = problem.fun
    changes = {"fun": lambda x: smooth(x) + regulariser.value(x), "batch_fun": None, "terms_fun": None, "x_opt": None,
               "f_opt": None, "name": f"{problem.name} with {regulariser!r}"}  # fmt: skip
    return RegularisedProblem(**{**known, **changes}, regulariser=regulariser)


def lasso(X: Any, y: Any, strength: float, *, l2: float = 0.0) -> RegularisedProblem:
    r"""The lasso, :math:`\frac1{2n} \lVert X w - y \rVert^2 + \lambda \lVert w \rVert_1` (plus :math:`\frac{\lambda_2}2
    \lVert w \rVert^2`: the elastic net).

    Parameters
    ----------
    X : array_like, shape (n, d)
    y : array_like, shape (n,)
        No intercept is added: centre the data.
    strength : float
        :math:`\lambda \ge 0`: scikit-learn's ``Lasso(alpha=strength, fit_intercept=False)``. From
        :math:`\lVert X^\top y \rVert_\infty / n` on, all weights are 0.
    l2 : float
        :math:`\lambda_2 \ge 0`.

    Returns
    -------
    RegularisedProblem
        For `proximal_gradient` and `admm`, with ``x0`` zeros (d,).
    """
    from ..problems import linear_regression

    real_number("strength", strength, 0.0)
    return regularised(linear_regression((X, y)), ElasticNet(strength, l2))


@method(
    chapter="constrained",
    needs="gradient",
    use_when="the objective is smooth plus a penalty with a simple proximal step (lasso, elastic net, group lasso)",
    fails_when="the proximal step has no closed form, or curvatures differ much and there is no strong convexity",
    reference="Beck and Teboulle (2009), SIAM J. Imaging Sciences 2(1), equations (3.1) and (4.1) to (4.3)",
)
def proximal_gradient(problem, x0, *, accelerate=True, learning_rate=1.0, shrink=0.5, tolerance=1e-8):
    r"""Proximal gradient (ISTA), and with momentum FISTA: a gradient step on the smooth part, then the penalty's.

    .. math:: x_{t} = \mathrm{prox}_{\eta r}\bigl(y_t - \eta \nabla f(y_t)\bigr), \qquad
              \theta_{t+1} = \tfrac12 \bigl(1 + \sqrt{1 + 4 \theta_t^2}\bigr), \qquad
              y_{t+1} = x_t + \frac{\theta_t - 1}{\theta_{t+1}} (x_t - x_{t-1})

    :math:`\eta` is shortened until the parabola of curvature :math:`1 / \eta` at :math:`y_t` lies above ``f`` in
    :math:`x_t`. The error falls like :math:`1/t` (ISTA) or :math:`1/t^2` (FISTA) where ``f`` is convex.

    Parameters
    ----------
    problem : RegularisedProblem
        See `regularised` and `lasso`.
    x0 : ndarray, shape (d,)
        Start.
    accelerate : bool
        FISTA; with False, ISTA: :math:`y_{t+1} = x_t`.
    learning_rate : float
        First :math:`\eta > 0`.
    shrink : float
        Its factor in (0, 1) after a failed trial.
    tolerance : float
        Stop when :math:`\lVert x_t - y_t \rVert_\infty / \eta` (0 at the minimum) is at most this.

    Yields
    ------
    Iterate
        ``x`` (d,), ``fun`` with the penalty, and ``learning_rate``.

    References
    ----------
    Beck and Teboulle (2009), ISTA and FISTA with backtracking. Deviation: the momentum starts anew when it points
    uphill (the gradient scheme of O'Donoghue and Candes 2015).
    """
    regulariser = _regulariser(problem, "proximal_gradient")
    validate.positive(learning_rate=learning_rate, shrink=shrink)
    validate.fraction(shrink=shrink)
    validate.boolean(accelerate=accelerate)
    validate.not_negative(tolerance=tolerance)
    x, y, theta, rate = x0, x0, 1.0, learning_rate
    while True:
        gradient, smooth = problem.gradient(y), problem.fun(y) - regulariser.value(y)
        found = _backtrack(problem, regulariser, y, smooth, gradient, rate, shrink)
        if found is None:
            return False, "No step is short enough: the gradient is wrong, or the smooth part has a kink."
        x_new, fun, rate = found
        yield Iterate(x_new, fun, learning_rate=rate)
        if np.max(np.abs(x_new - y)) <= tolerance * rate:
            return f"The proximal gradient is at most the tolerance {tolerance} in every component."
        if accelerate and np.vdot(y - x_new, x_new - x) > 0:
            theta, x, y = 1.0, x_new, x_new
            continue
        theta_next = (1 + np.sqrt(1 + 4 * theta**2)) / 2
        y = x_new + (theta - 1) / theta_next * (x_new - x) if accelerate else x_new
        x, theta = x_new, theta_next


def _regulariser(problem, asker):
    found = getattr(problem, "regulariser", None)
    if found is None:
        raise ValueError(
            f"problem must have a regulariser for {asker!r}; make one with regularised(problem, ElasticNet(0.1))"
        )
    return found


def _backtrack(problem, regulariser, y, smooth, gradient, rate, shrink):
    rounding = 8 * np.finfo(float).eps * (1.0 + abs(smooth))
    while rate > 1e-20:
        x = regulariser.proximal(y - rate * gradient, rate)
        step = x - y
        fun = problem.fun(x)
        bound = smooth + np.vdot(gradient, step) + np.vdot(step, step) / (2 * rate)
        if fun - regulariser.value(x) <= bound + rounding:
            return x, fun, rate
        rate = shrink * rate
    return None


@method(
    chapter="constrained",
    needs=("gradient", "hessian"),
    use_when="the objective splits into two parts, each easy alone, or data are spread over machines",
    fails_when="an accurate answer is wanted quickly, or rho is badly chosen",
    reference="Boyd et al. (2011), Foundations and Trends in Machine Learning 3(1), equations (3.5) to (3.7)",
)
def admm(problem, x0, *, rho=1.0, tolerance=1e-8):
    r"""ADMM: one copy of ``x`` for each part of the objective, and a price for their difference.

    .. math:: x \leftarrow \arg\min_x f(x) + \tfrac{\rho}{2} \lVert x - z + u \rVert^2, \qquad
              z \leftarrow \mathrm{prox}_{r / \rho}(x + u), \qquad u \leftarrow u + x - z

    Parameters
    ----------
    problem : RegularisedProblem
        With the Hessian of the smooth part; see `regularised` and `lasso`.
    x0 : ndarray, shape (d,)
        Start of both copies.
    rho : float
        :math:`\rho > 0`. It is doubled or halved where one residual is ten times the other.
    tolerance : float
        Stop when the primal residual :math:`\lVert x - z \rVert_\infty` and the dual one,
        :math:`\rho \lVert z - z_{old} \rVert_\infty`, are at most this.

    Yields
    ------
    Iterate
        ``x``, the copy ``z`` (d,), which is sparse; ``fun``, ``primal_residual``, ``dual_residual``, ``rho``.

    References
    ----------
    Boyd, Parikh, Chu, Peleato and Eckstein (2011), scaled form (3.5) to (3.7), residuals of section 3.3, varying
    penalty (3.13). Deviation: residuals are largest components, not lengths. The first step is Newton's method, one
    step of which is exact where ``f`` is quadratic.
    """
    regulariser = _regulariser(problem, "admm")
    validate.positive(rho=rho)
    validate.not_negative(tolerance=tolerance)
    x, z, u = x0, x0, np.zeros_like(x0)
    while True:
        x = _smooth_step(problem, x, z - u, rho)
        z_old, z = z, regulariser.proximal(x + u, 1.0 / rho)
        u = u + x - z
        primal, dual = float(np.max(np.abs(x - z))), rho * float(np.max(np.abs(z - z_old)))
        yield Iterate(z, primal_residual=primal, dual_residual=dual, rho=rho)
        if max(primal, dual) <= tolerance:
            return f"Both residuals are at most the tolerance {tolerance}."
        factor = 2.0 if primal > 10 * dual else 0.5 if dual > 10 * primal else 1.0
        rho, u = factor * rho, u / factor


def _smooth_step(problem, x, target, rho):
    """Newton's method on ``f(x) + rho/2 |x - target|^2``, halving steps that do not shrink the gradient."""
    gradient = problem.gradient(x) + rho * (x - target)
    for _ in range(50):
        size = np.linalg.norm(gradient)
        if size <= 1e-12 * (1.0 + rho * np.linalg.norm(target)):
            break
        step = np.linalg.solve(problem.hessian(x) + rho * np.eye(x.size), -gradient)
        length = 1.0
        while length > 1e-8:
            trial = x + length * step
            there = problem.gradient(trial) + rho * (trial - target)
            if np.linalg.norm(there) < size:
                break
            length *= 0.5
        else:
            break
        x, gradient = trial, there
    return x
