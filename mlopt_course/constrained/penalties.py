"""Penalties: constrained minimisation as a sequence of unconstrained ones."""

from __future__ import annotations

import numpy as np

from .. import validate
from ..registry import method
from .kkt import residuals
from .program import Program
from .unconstrained import descend


@method(
    chapter="constrained",
    needs=("gradient", "constraints"),
    use_when="a rough answer is enough, or you want to see what a penalty does",
    fails_when="an accurate answer is wanted: the weight must grow without bound, and the problem with it",
    reference="Nocedal and Wright (2006), Numerical Optimization, Framework 17.1",
)
def penalty_method(problem, x0, *, weight=1.0, growth=10.0, tolerance=1e-5):
    r"""Quadratic penalty: pay for every violation, and raise the price.

    .. math:: x_t = \arg\min_x f(x) + \frac{\rho_t}{2} \Bigl(\sum_i h_i(x)^2 + \sum_j \max(0, g_j(x))^2\Bigr), \qquad
              \rho_{t+1} = \gamma \rho_t

    The violation falls like :math:`1 / \rho`; :math:`\rho_t h(x_t)` and :math:`\rho_t \max(0, g(x_t))` tend to the
    multipliers.

    Parameters
    ----------
    problem : Problem
        Smooth, with ``constraints`` or ``bounds``.
    x0 : ndarray, shape (d,), or float
        Start; it need not be feasible.
    weight, growth : float
        First :math:`\rho > 0`, and its factor :math:`\gamma > 1`.
    tolerance : float
        Stop when no KKT residual is larger (see `kkt_residuals`).

    Yields
    ------
    Iterate
        ``x`` (d,), ``fun``, ``violation``, ``equality_multipliers`` (m,), ``inequality_multipliers`` (p,), ``weight``.

    References
    ----------
    Nocedal and Wright (2006), Framework 17.1, with BFGS for the inner problems. Deviation: where a penalty is too
    weak to hold the objective, the weight grows and the inner problem starts anew.
    """
    _check(weight, growth, tolerance)
    program = Program(problem, x0)
    x = program.start
    no_lam, no_mu = np.zeros(program.constraints.n_equalities), np.zeros(program.constraints.n_inequalities)
    while weight <= 1e16:
        inner = AugmentedLagrangian(program, no_lam, no_mu, weight)
        found = descend(inner, x, tolerance=max(0.3 * tolerance, min(0.1, 1.0 / weight)))
        if found.unbounded:  # the penalty is too weak to hold the objective
            weight = growth * weight
            continue
        x, (lam, mu) = found.x, inner.multipliers(found.x)
        fun, gradient, here = program.fun(x), program.gradient(x), program.constraints.at(x)
        yield program.iterate(x, fun, here, lam, mu, weight=weight)
        if residuals(gradient, here, lam, mu).largest <= tolerance:
            return f"All KKT residuals are at most the tolerance {tolerance}."
        weight = growth * weight
    return False, "The weight has passed 1e16 and a KKT residual is still above the tolerance."


@method(
    chapter="constrained",
    needs=("gradient", "constraints"),
    use_when="constraints are smooth and many, or you have a good unconstrained solver",
    fails_when="the constraints' gradients are dependent at the solution, or evaluations are dear (SQP needs fewer)",
    reference="Nocedal and Wright (2006), Numerical Optimization, Framework 17.3 and section 17.4",
)
def augmented_lagrangian(problem, x0, *, weight=10.0, growth=10.0, tolerance=1e-7):
    r"""Augmented Lagrangian: a penalty that learns the multipliers, so that its weight can stay moderate.

    .. math:: x_{t+1} = \arg\min_x f + \lambda^\top h + \frac{\rho}{2} \lVert h \rVert^2
              + \frac{1}{2 \rho} \sum_j \bigl(\max(0, \mu_j + \rho g_j)^2 - \mu_j^2\bigr)

    .. math:: \lambda \leftarrow \lambda + \rho\, h(x_{t+1}), \qquad \mu \leftarrow \max(0, \mu + \rho\, g(x_{t+1}))

    Parameters
    ----------
    problem : Problem
        Smooth, with ``constraints`` or ``bounds``.
    x0 : ndarray, shape (d,), or float
        Start; it need not be feasible.
    weight, growth : float
        First :math:`\rho > 0`, and the factor (> 1) by which it grows where the violation has not fallen to a quarter.
    tolerance : float
        Stop when no KKT residual is larger (see `kkt_residuals`).

    Yields
    ------
    Iterate
        ``x`` (d,), ``fun``, ``violation``, ``equality_multipliers`` (m,), ``inequality_multipliers`` (p,), ``weight``.

    References
    ----------
    Hestenes (1969), Powell (1969), Rockafellar (1973); Nocedal and Wright (2006), Framework 17.3, with the inequalities
    of section 17.4 (unconstrained formulation). Deviation: the weight grows by the test of Bertsekas (1982), with
    the quarter that he suggests.
    """
    _check(weight, growth, tolerance)
    program = Program(problem, x0)
    x, last = program.start, np.inf
    lam, mu = np.zeros(program.constraints.n_equalities), np.zeros(program.constraints.n_inequalities)
    accuracy = 0.1
    while weight <= 1e12:
        inner = AugmentedLagrangian(program, lam, mu, weight)
        found = descend(inner, x, tolerance=accuracy)
        if not found.unbounded:
            x, (lam, mu) = found.x, inner.multipliers(found.x)
            fun, gradient, here = program.fun(x), program.gradient(x), program.constraints.at(x)
            yield program.iterate(x, fun, here, lam, mu, weight=weight)
            if residuals(gradient, here, lam, mu).largest <= tolerance:
                return f"All KKT residuals are at most the tolerance {tolerance}."
            accuracy = max(0.3 * tolerance, 0.1 * accuracy)
        progress = np.inf if found.unbounded else np.max(np.abs(np.append(here.h, np.maximum(here.g, -mu / weight))))
        if progress > max(0.25 * last, 0.1 * tolerance) or found.unbounded:
            weight = growth * weight
        last = progress
    return False, "The weight has passed 1e12 and a KKT residual is still above the tolerance."


def _check(weight, growth, tolerance):
    validate.positive(weight=weight, tolerance=tolerance)
    if not (validate.is_real(growth) and growth > 1):
        raise ValueError(f"growth must be above 1, got {growth!r}")


class AugmentedLagrangian:
    """The augmented Lagrangian for fixed multipliers and weight; with multipliers 0 it is the quadratic penalty.

    Parameters
    ----------
    program : Program
    lam, mu : ndarray, shapes (m,) and (p,)
    weight : float
    """

    def __init__(self, program: Program, lam: np.ndarray, mu: np.ndarray, weight: float) -> None:
        self.program, self.lam, self.mu, self.weight = program, lam, mu, weight

    def multipliers(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Those that make ``x`` stationary for the Lagrangian where it is stationary for this."""
        h, g = self.program.constraints.values(x)
        return self.lam + self.weight * h, np.maximum(0.0, self.mu + self.weight * g)

    def fun(self, x: np.ndarray) -> float:
        h, g = self.program.constraints.values(x)
        pressed = np.maximum(0.0, self.mu + self.weight * g)
        penalty = self.lam @ h + self.weight / 2 * (h @ h) + (pressed @ pressed - self.mu @ self.mu) / (2 * self.weight)
        return self.program.fun(x) + float(penalty)

    def gradient(self, x: np.ndarray) -> np.ndarray:
        lam, mu = self.multipliers(x)
        h_jacobian, g_jacobian = self.program.constraints.jacobians(x)
        return self.program.gradient(x) + lam @ h_jacobian + mu @ g_jacobian
