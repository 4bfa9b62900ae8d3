r"""Lagrange multipliers: the Lagrangian, the Karush-Kuhn-Tucker conditions as residuals, and duality.

.. math:: L(x, \lambda, \mu) = f(x) + \lambda^\top h(x) + \mu^\top g(x), \qquad h(x) = 0, \quad g(x) \le 0, \quad
          \mu \ge 0
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..problem import Problem
from .constraints import Constraints, violation
from .unconstrained import descend


@dataclass(frozen=True)
class KKTResiduals:
    r"""How far a point is from satisfying each of the KKT conditions; all are 0 at a regular local minimum.

    Attributes
    ----------
    stationarity : float
        :math:`\lVert \nabla f + J_h^\top \lambda + J_g^\top \mu \rVert_\infty`, divided by the scale
        :math:`\max(1, \lVert \lambda \rVert_\infty, \lVert \mu \rVert_\infty)`.
    primal : float
        Largest violation of a constraint.
    dual : float
        Largest amount by which a multiplier of an inequality is negative.
    complementarity : float
        Largest :math:`|\mu_i g_i(x)|`, divided by the same scale.
    equality, inequality : ndarray, shapes (m,) and (p,)
        The multipliers used.
    """

    stationarity: float
    primal: float
    dual: float
    complementarity: float
    equality: np.ndarray
    inequality: np.ndarray

    @property
    def largest(self) -> float:
        """The largest of the four."""
        return max(self.stationarity, self.primal, self.dual, self.complementarity)


class Multipliers(NamedTuple):
    """Of the equalities, shape (m,), and of the inequalities, shape (p,)."""

    equality: np.ndarray
    inequality: np.ndarray


def kkt_residuals(problem: Any, x: Any, equality: Any = None, inequality: Any = None) -> KKTResiduals:
    r"""The KKT conditions at a point, as four numbers that are 0 where they hold.

    Parameters
    ----------
    problem : Problem
        With a gradient (or finite differences of ``fun`` stand in), ``constraints`` and perhaps ``bounds``.
    x : ndarray, shape (d,), or float
        The point.
    equality, inequality : array_like, shapes (m,) and (p,), optional
        Multipliers :math:`\lambda` and :math:`\mu`. Without them, those that come closest to stationarity among the
        active inequalities are used (`estimate_multipliers`).

    Returns
    -------
    KKTResiduals

    Raises
    ------
    ValueError
        Where only one kind of multipliers is given, or not as many as there are constraints.

    References
    ----------
    Nocedal and Wright (2006), Numerical Optimization, Theorem 12.1, equations (12.34). The scale is that of IPOPT:
    Waechter and Biegler (2006), equation (5), with the largest multiplier in place of the mean.
    """
    x = np.array(x, dtype=float)[()]
    constraints = Constraints(problem, x)
    if (equality is None) != (inequality is None):
        raise ValueError(
            "equality and inequality multipliers must be given together, or neither (then both are estimated)"
        )
    if equality is None:
        equality, inequality = estimate_multipliers(problem, x)
    lam, mu = np.atleast_1d(np.asarray(equality, float)), np.atleast_1d(np.asarray(inequality, float))
    for name, given, count in (
        ("equality", lam, constraints.n_equalities),
        ("inequality", mu, constraints.n_inequalities),
    ):
        if given.shape != (count,):
            raise ValueError(f"{name} must have one multiplier for each of the {count} constraints, got {given.shape}")
    return residuals(np.ravel(gradient_of(problem, x)), constraints.at(x), lam, mu)


def residuals(gradient: np.ndarray, here: Any, lam: np.ndarray, mu: np.ndarray) -> KKTResiduals:
    """The residuals from the gradient (d,) and the constraints (`Constrained`) at a point."""
    scale = max(1.0, float(np.max(np.abs(lam), initial=0.0)), float(np.max(np.abs(mu), initial=0.0)))
    stationarity = gradient + here.h_jacobian.T @ lam + here.g_jacobian.T @ mu
    return KKTResiduals(
        stationarity=float(np.max(np.abs(stationarity))) / scale,
        primal=here.violation,
        dual=float(np.max(-mu, initial=0.0)),
        complementarity=float(np.max(np.abs(mu * here.g), initial=0.0)) / scale,
        equality=lam,
        inequality=mu,
    )


def gradient_of(problem: Any, x: Any) -> Any:
    """The problem's gradient, by finite differences where it has none (a run's problem has that already)."""
    from ..problem import CountedProblem

    counted = problem if isinstance(problem, CountedProblem) else CountedProblem(problem)
    return counted.gradient(x)


def estimate_multipliers(problem: Any, x: Any, *, active: float = 1e-6) -> Multipliers:
    r"""The multipliers that come closest to stationarity at ``x``, by least squares with :math:`\mu \ge 0`.

    Parameters
    ----------
    problem : Problem
        With ``constraints`` or ``bounds``.
    x : ndarray, shape (d,), or float
        The point.
    active : float
        Inequalities with :math:`g_i(x) \ge` minus this count as active; the others get :math:`\mu_i = 0`.

    Returns
    -------
    Multipliers
        ``equality`` (m,) and ``inequality`` (p,).

    References
    ----------
    Nocedal and Wright (2006), equation (18.21); Lawson and Hanson (1974), Algorithm NNLS (23.10), for the signs.
    """
    x = np.array(x, dtype=float)[()]
    here = Constraints(problem, x).at(x)
    return nearest_multipliers(np.ravel(gradient_of(problem, x)), here, here.g >= -active)


def nearest_multipliers(gradient: np.ndarray, here: Any, active: np.ndarray) -> Multipliers:
    """Least-squares multipliers, non-negative on the active inequalities and 0 on the others."""
    m, indices = len(here.h), np.flatnonzero(active)
    rows = np.vstack([here.h_jacobian, here.g_jacobian[indices]])
    solution = _least_squares_with_signs(rows.T, -gradient, free=m)
    mu = np.zeros(len(here.g))
    mu[indices] = solution[m:]
    return Multipliers(solution[:m], mu)


def _least_squares_with_signs(matrix: np.ndarray, target: np.ndarray, free: int) -> np.ndarray:
    """Minimise ``|matrix y - target|`` with ``y[free:] >= 0``: Lawson and Hanson's NNLS, some unknowns being free."""
    n = matrix.shape[1]
    y, passive = np.zeros(n), np.arange(n) < free
    y[passive] = np.linalg.lstsq(matrix[:, passive], target, rcond=None)[0]
    tolerance = 1e-12 * (1.0 + np.linalg.norm(matrix)) * (1.0 + np.linalg.norm(target))
    for _ in range(10 * n):
        pull = matrix.T @ (target - matrix @ y)
        pull[passive] = -math.inf
        if n == 0 or np.max(pull) <= tolerance:
            break
        passive[np.argmax(pull)] = True
        while True:
            trial = np.zeros(n)
            trial[passive] = np.linalg.lstsq(matrix[:, passive], target, rcond=None)[0]
            wrong = passive & (trial <= 0) & (np.arange(n) >= free)
            if not wrong.any():
                break
            step = np.min(y[wrong] / np.maximum(y[wrong] - trial[wrong], np.finfo(float).tiny))
            y = y + step * (trial - y)
            passive &= ~(wrong & (y <= 1e-15 * (1.0 + np.max(np.abs(y)))))
            y[~passive] = 0.0
        y = trial
    return y


def lagrangian(problem: Problem, equality: Any, inequality: Any) -> Problem:
    r"""The Lagrangian for fixed multipliers, an unconstrained problem in ``x``.

    Parameters
    ----------
    problem : Problem
        With ``x0`` and ``constraints`` (``bounds`` count among them).
    equality, inequality : array_like, shapes (m,) and (p,)
        :math:`\lambda` and :math:`\mu`.

    Returns
    -------
    Problem
        :math:`f + \lambda^\top h + \mu^\top g`, with its gradient, and the start of ``problem``.
    """
    if problem.x0 is None:
        raise ValueError(f"x0 is missing: the Lagrangian of {problem.name} needs a start to know its constraints by")
    constraints = Constraints(problem, problem.x0)
    lam, mu = np.asarray(equality, dtype=float), np.asarray(inequality, dtype=float)
    if lam.shape != (constraints.n_equalities,) or mu.shape != (constraints.n_inequalities,):
        raise ValueError(
            f"equality and inequality must have shapes ({constraints.n_equalities},) and "
            f"({constraints.n_inequalities},), got {lam.shape} and {mu.shape}"
        )

    def fun(x):
        h, g = constraints.values(x)
        return problem.fun(x) + lam @ h + mu @ g

    def gradient(x):
        h_jacobian, g_jacobian = constraints.jacobians(x)
        return gradient_of(problem, x) + np.reshape(lam @ h_jacobian + mu @ g_jacobian, np.shape(x))

    return Problem(fun, gradient, x0=problem.x0, name=f"Lagrangian of {problem.name}")


def dual_function(problem: Problem, equality: Any, inequality: Any, *, tolerance: float = 1e-8) -> float:
    r"""The dual function :math:`q(\lambda, \mu) = \inf_x L(x, \lambda, \mu)` of a convex problem.

    For :math:`\mu \ge 0` it never exceeds the minimum of the problem (weak duality); at the multipliers of a convex,
    strictly feasible problem it equals that (strong duality).

    Parameters
    ----------
    problem : Problem
        Convex and smooth, with ``x0``.
    equality, inequality : array_like, shapes (m,) and (p,)
        :math:`\lambda`, and :math:`\mu \ge 0`.
    tolerance : float
        Of the gradient at the minimum of the Lagrangian.

    Returns
    -------
    float
        ``-inf`` where the Lagrangian has no lower bound (as that of a linear program at most multipliers).

    References
    ----------
    Boyd and Vandenberghe (2004), Convex Optimization, section 5.1.2.
    """
    if np.any(np.asarray(inequality) < 0):
        raise ValueError(f"inequality must be multipliers >= 0, got {np.asarray(inequality).tolist()}")
    relaxed = lagrangian(problem, equality, inequality)
    found = descend(relaxed, np.array(relaxed.x0, dtype=float), tolerance=tolerance, max_iterations=1000)
    return -math.inf if found.unbounded else float(found.fun)


def duality_gap(problem: Problem, x: Any, equality: Any, inequality: Any) -> float:
    r"""How far from optimal a feasible ``x`` can be at most: :math:`f(x) - q(\lambda, \mu)`.

    Parameters
    ----------
    problem : Problem
        Convex and smooth, with ``x0``.
    x : ndarray, shape (d,), or float
        A feasible point (to 1e-6).
    equality, inequality : array_like, shapes (m,) and (p,)
        Multipliers; the better they are, the smaller the gap.

    Returns
    -------
    float
        At least the distance of ``f(x)`` from the minimum; infinite where the dual function is ``-inf``.

    References
    ----------
    Boyd and Vandenberghe (2004), Convex Optimization, section 5.5.1.
    """
    x = np.array(x, dtype=float)[()]
    broken = violation(*Constraints(problem, x).values(x))
    if broken > 1e-6:
        raise ValueError(f"x must be feasible, but it violates a constraint by {broken:g}")
    return float(problem.fun(x)) - dual_function(problem, equality, inequality)
