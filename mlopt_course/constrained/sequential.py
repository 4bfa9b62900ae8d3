"""Sequential quadratic programming."""

from __future__ import annotations

import numpy as np

from .. import validate
from ..problem import EvaluationError
from ..registry import method
from .dual_quadratic import QuadraticSolution, solve_quadratic
from .kkt import residuals
from .program import Program

# Powell's choices: how much curvature a damped update keeps, and how steep the elastic variable is.
DAMPING = 0.2
ELASTIC_WEIGHT = 100.0


@method(
    chapter="constrained",
    needs=("gradient", "constraints"),
    use_when="objective and constraints are smooth, evaluations are dear, and there are up to some hundred variables",
    fails_when="functions are noisy or kinked, or the constraints' gradients are dependent at the solution",
    reference="Nocedal and Wright (2006), Numerical Optimization, Algorithm 18.3",
)
def sqp(problem, x0, *, tolerance=1e-8, decrease=1e-4, max_trials=30):
    r"""Sequential quadratic programming: solve the problem with its constraints linearised, again and again.

    .. math:: \min_p\; \tfrac12 p^\top B_t p + \nabla f(x_t)^\top p \quad\text{with}\quad
              h(x_t) + J_h p = 0, \qquad g(x_t) + J_g p \le 0

    gives a direction and the next multipliers; :math:`B_t` is a damped BFGS approximation of the Lagrangian's Hessian.
    A line search on the merit function :math:`f + \sum_i w_i |h_i| + \sum_j w_j \max(0, g_j)` keeps it honest.

    Parameters
    ----------
    problem : Problem
        Smooth, with ``constraints`` or ``bounds``.
    x0 : ndarray, shape (d,), or float
        Start; it need not be feasible.
    tolerance : float
        Stop when no KKT residual is larger (see `kkt_residuals`).
    decrease : float
        Armijo's constant for the merit function, in (0, 1/2).
    max_trials : int
        Points tried at most in a line search.

    Yields
    ------
    Iterate
        ``x`` (d,), ``fun``, ``violation``, ``equality_multipliers`` (m,), ``inequality_multipliers`` (p,) and ``step``,
        the part of the direction taken.

    References
    ----------
    Nocedal and Wright (2006), Algorithm 18.3, damped BFGS of Procedure 18.2, weights of Powell (1978). Deviations, as
    in SLSQP (Kraft 1988): where the linearised constraints contradict each other, one variable relaxes them all; the
    subproblem's multipliers are taken whole, also where its step is shortened.
    """
    _check(tolerance, decrease, max_trials)
    program = Program(problem, x0)
    x = program.start
    fun, gradient, here = program.fun(x), program.gradient(x), program.constraints.at(x)
    B, fresh, weights = np.eye(x.size), True, np.zeros(len(here.h) + len(here.g))
    while True:
        p, lam, mu, relaxed = _subproblem(B, gradient, here)
        if residuals(gradient, here, lam, mu).largest <= tolerance:
            yield program.iterate(x, fun, here, lam, mu, step=0.0)
            return f"All KKT residuals are at most the tolerance {tolerance}."
        multipliers = np.abs(np.append(lam, mu))
        weights = np.maximum(multipliers, (weights + multipliers) / 2)
        slope = gradient @ p - (1 - relaxed) * (_merit(0.0, here.h, here.g, weights))
        found = _line_search(program, x, p, _merit(fun, here.h, here.g, weights), slope, weights, decrease, max_trials)
        if found is None and fresh:
            return (
                False,
                f"No step along the direction improves the merit function; {_largest(gradient, here, lam, mu)}.",
            )
        if found is None:
            B, fresh, weights = np.eye(x.size), True, np.zeros_like(weights)
            continue
        step, x_new, fun = found
        old = gradient + here.h_jacobian.T @ lam + here.g_jacobian.T @ mu
        gradient, here = program.gradient(x_new), program.constraints.at(x_new)
        new = gradient + here.h_jacobian.T @ lam + here.g_jacobian.T @ mu
        B, fresh = damped_bfgs(B, x_new - x, new - old), False
        x = x_new
        yield program.iterate(x, fun, here, lam, mu, step=step)


def _check(tolerance, decrease, max_trials):
    validate.not_negative(tolerance=tolerance)
    validate.whole(max_trials=max_trials)
    if not (validate.is_real(decrease) and 0 < decrease < 0.5):
        raise ValueError(f"decrease must be above 0 and below 0.5, got {decrease!r}")


def _largest(gradient, here, lam, mu):
    return f"the largest KKT residual is {residuals(gradient, here, lam, mu).largest:.2g}"


def _merit(fun, h, g, weights):
    return fun + weights @ np.append(np.abs(h), np.maximum(0.0, g))


def _subproblem(B, gradient, here):
    """Direction, multipliers, and by how much (0 to 1) the linearised constraints had to be relaxed."""
    solution = solve_quadratic(B, gradient, here.h_jacobian, -here.h, here.g_jacobian, -here.g)
    if solution is not None:
        return *solution, 0.0
    return _relaxed_subproblem(B, gradient, here)


def _relaxed_subproblem(B, gradient, here):
    """Only ``1 - t`` of each violation has to go; ``t`` in [0, 1] is one more variable, and a dear one."""
    d = len(gradient)
    scale = ELASTIC_WEIGHT * max(1.0, float(np.max(np.abs(B))), float(np.max(np.abs(gradient))))
    wide = np.zeros((d + 1, d + 1))
    wide[:d, :d], wide[d, d] = B, scale
    h_rows = np.column_stack([here.h_jacobian, -here.h])
    g_rows = np.column_stack([here.g_jacobian, -np.maximum(0.0, here.g)])
    limits = np.zeros((2, d + 1))
    limits[0, d], limits[1, d] = -1.0, 1.0
    solution = solve_quadratic(
        wide, np.append(gradient, scale), h_rows, -here.h, np.vstack([g_rows, limits]), np.append(-here.g, [0.0, 1.0])
    )
    if solution is None:  # p = 0, t = 1 is feasible, so only rounding leads here
        solution = QuadraticSolution(np.append(-gradient, 1.0), np.zeros(len(here.h)), np.zeros(len(here.g) + 2))
    return solution.x[:d], solution.equality, solution.inequality[:-2], float(solution.x[d])


def _line_search(program, x, p, merit, slope, weights, decrease, max_trials):
    """The first of the steps 1, ... that lowers the merit function enough; the next is by interpolation.

    Where a function cannot be evaluated, a point nearer is tried; the error is raised if that fails at the nearest too.
    """
    failure: EvaluationError | None = None
    step, rounding = 1.0, 8 * np.finfo(float).eps * abs(merit)
    slope = min(slope, 0.0)
    for _ in range(max_trials):
        trial = x + step * p
        if np.array_equal(trial, x):
            break
        try:
            fun = program.fun(trial)
            h, g = program.constraints.values(trial)
            value = _merit(fun, h, g, weights)
        except EvaluationError as error:
            failure, step = error, 0.1 * step
            continue
        failure = None
        if value <= merit + decrease * step * slope + rounding:
            return step, trial, fun
        parabola = -slope * step / (2 * (value - merit - slope * step))
        step *= min(max(parabola, 0.1), 0.5)
    if failure is not None:
        raise failure
    return None


def damped_bfgs(B, s, y):
    r"""BFGS that stays positive definite: ``y`` is mixed with ``B s`` where the curvature along ``s`` is too small.

    Parameters
    ----------
    B : ndarray, shape (d, d)
        Positive definite.
    s, y : ndarray, shape (d,)
        Step, and change of the Lagrangian's gradient.

    References
    ----------
    Nocedal and Wright (2006), Procedure 18.2 with (18.14) to (18.16). Deviation: it starts anew from the identity where
    rounding has left the matrix nearly singular.
    """
    Bs = B @ s
    along, curvature = s @ Bs, s @ y
    if along <= np.finfo(float).tiny:
        return B
    theta = 1.0 if curvature >= DAMPING * along else (1 - DAMPING) * along / (along - curvature)
    r = theta * y + (1 - theta) * Bs
    updated = B - np.outer(Bs, Bs) / along + np.outer(r, r) / (s @ r)
    return updated if _is_well_conditioned(updated) else np.eye(s.size)


def _is_well_conditioned(B):
    """Whether rounding has left the matrix safely positive definite."""
    eigenvalues = np.linalg.eigvalsh(B)
    return bool(eigenvalues[0] > 1e-10 * eigenvalues[-1])
