"""A primal-dual interior-point method."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .. import validate
from ..evaluation import EvaluationError, all_finite
from ..registry import method
from .kkt import residuals
from .program import Program
from .sequential import damped_bfgs

# How close to its bound a slack or a multiplier may come in one step (tau of Nocedal and Wright, section 19.2).
FRACTION_TO_BOUNDARY = 0.995


class _State(NamedTuple):
    """Point, slacks of the inequalities, and multipliers; the slacks and ``mu`` stay positive."""

    x: np.ndarray
    slack: np.ndarray
    lam: np.ndarray
    mu: np.ndarray


@method(
    chapter="constrained",
    needs=("gradient", "constraints"),
    use_when="there are many inequalities: it never asks which of them are active",
    fails_when="a good guess of the solution is to be used (it leaves the border first), or constraints are degenerate",
    reference="Nocedal and Wright (2006), Numerical Optimization, Algorithm 19.2",
)
def interior_point(problem, x0, *, barrier=0.1, reduction=0.2, tolerance=1e-8, max_trials=40):
    r"""Primal-dual interior point: Newton's method on the KKT conditions, kept inside by a barrier that fades.

    With slacks :math:`s > 0`, :math:`g(x) + s = 0`, it follows the solutions of

    .. math:: \nabla f + J_h^\top \lambda + J_g^\top \mu = 0, \quad h = 0, \quad g + s = 0, \quad s_j \mu_j = \beta

    as :math:`\beta \to 0`: those are minima of :math:`f - \beta \sum_j \log s_j`.

    Parameters
    ----------
    problem : Problem
        Smooth, with ``constraints`` or ``bounds``.
    x0 : ndarray, shape (d,), or float
        Start; it need not be feasible.
    barrier, reduction : float
        First :math:`\beta > 0`, and its factor in (0, 1) each time the conditions hold to :math:`10 \beta`.
    tolerance : float
        Stop when no KKT residual is larger (see `kkt_residuals`).
    max_trials : int
        Points tried at most in a line search.

    Yields
    ------
    Iterate
        ``x`` (d,), ``fun``, ``violation``, ``equality_multipliers`` (m,), ``inequality_multipliers`` (p,), ``slack``
        (p,) and ``barrier``.

    References
    ----------
    Nocedal and Wright (2006), Algorithm 19.2, step lengths (19.9), merit function (19.26), the barrier of IPOPT
    (Waechter and Biegler 2006, equation (7)). Deviations: damped BFGS stands in for the Lagrangian's
    Hessian; a slack that a step leaves too small is raised to its constraint's value.
    """
    _check(barrier, reduction, tolerance, max_trials)
    program, weight = Program(problem, x0), 1.0
    x = program.start
    fun, gradient, here = program.fun(x), program.gradient(x), program.constraints.at(x)
    slack = np.maximum(-here.g, 0.1)
    state, B, fresh = _State(x, slack, np.zeros(len(here.h)), barrier / slack), np.eye(x.size), True
    while residuals(gradient, here, state.lam, state.mu).largest > tolerance:
        while _barrier_error(gradient, here, state, barrier) <= 10 * barrier and barrier > tolerance / 10:
            barrier = max(tolerance / 10, min(reduction * barrier, barrier**1.5))
        step = _newton_step(B, gradient, here, state, barrier)
        largest = float(np.max(np.abs(np.concatenate([state.lam + step.lam, state.mu + step.mu])), initial=0.0))
        weight = max(largest, (weight + largest) / 2)
        found = _line_search(program, state, step, fun, gradient, here, barrier, weight, max_trials)
        if found is None and fresh:
            worst = residuals(gradient, here, state.lam, state.mu).largest
            return False, f"No step improves the merit function; the largest KKT residual is {worst:.2g}."
        if found is None:
            B, fresh = np.eye(x.size), True
            continue
        old_x, (state, fun) = state.x, found
        old = gradient + here.h_jacobian.T @ state.lam + here.g_jacobian.T @ state.mu
        gradient, here = program.gradient(state.x), program.constraints.at(state.x)
        new = gradient + here.h_jacobian.T @ state.lam + here.g_jacobian.T @ state.mu
        B, fresh = damped_bfgs(B, state.x - old_x, new - old), False
        yield program.iterate(state.x, fun, here, state.lam, state.mu, slack=state.slack, barrier=barrier)
    return f"All KKT residuals are at most the tolerance {tolerance}."


def _check(barrier, reduction, tolerance, max_trials):
    validate.positive(barrier=barrier, tolerance=tolerance)
    validate.whole(max_trials=max_trials)
    if not (validate.is_real(reduction) and 0 < reduction < 1):
        raise ValueError(f"reduction must be above 0 and below 1, got {reduction!r}")


def _barrier_error(gradient, here, state, barrier):
    """How far the point is from the solution for this barrier (19.10)."""
    stationarity = gradient + here.h_jacobian.T @ state.lam + here.g_jacobian.T @ state.mu
    scale = max(1.0, float(np.max(np.abs(np.append(state.lam, state.mu)), initial=0.0)))
    parts = [stationarity / scale, here.h, here.g + state.slack, (state.slack * state.mu - barrier) / scale]
    return float(np.max(np.abs(np.concatenate(parts))))


def _newton_step(B, gradient, here, state, barrier):
    """Newton's step on the perturbed KKT conditions, with slacks and inequality multipliers eliminated."""
    d, m = len(gradient), len(here.h)
    sigma = state.mu / state.slack
    gap = here.g + state.slack
    matrix = np.zeros((d + m, d + m))
    matrix[:d, :d] = B + here.g_jacobian.T @ (sigma[:, None] * here.g_jacobian)
    matrix[d:, :d], matrix[:d, d:] = here.h_jacobian, here.h_jacobian.T
    matrix[d:, d:] = -1e-10 * np.eye(m)  # so that dependent equalities do no harm
    right = -np.append(gradient + here.g_jacobian.T @ (barrier / state.slack + sigma * gap), here.h)
    try:
        solution = np.linalg.solve(matrix, right)
    except np.linalg.LinAlgError:  # slacks at the edge of underflow
        solution = np.linalg.lstsq(matrix, right, rcond=None)[0]
    dx = solution[:d]
    ds = -gap - here.g_jacobian @ dx
    return _State(dx, ds, solution[d:] - state.lam, barrier / state.slack - state.mu - sigma * ds)


def _longest(values, changes):
    """The largest part of the step, up to 1, that leaves a little of every positive value."""
    falling = changes < 0
    return float(min(1.0, np.min(-FRACTION_TO_BOUNDARY * values[falling] / changes[falling], initial=np.inf)))


def _line_search(program, state, step, fun, gradient, here, barrier, weight, max_trials):
    """Shorten the step until the merit function (19.26) falls; the multipliers take a length of their own.

    Where a function cannot be evaluated, a point nearer is tried; the error is raised if that fails at the nearest too.
    """
    if not all_finite(step.x):  # the equations are singular, as where constraints contradict each other
        return None
    failure: EvaluationError | None = None
    h, gap = here.h, here.g + state.slack
    broken = float(np.abs(h).sum() + np.abs(gap).sum())
    merit = fun - barrier * float(np.log(state.slack).sum()) + weight * broken
    slope = min(0.0, float(gradient @ step.x - barrier * (step.slack / state.slack).sum()) - weight * broken)
    length, rounding = _longest(state.slack, step.slack), 8 * np.finfo(float).eps * (1.0 + abs(merit))
    dual_length = _longest(state.mu, step.mu)
    for _ in range(max_trials):
        x, slack = state.x + length * step.x, state.slack + length * step.slack
        try:
            value = program.fun(x)
            h_new, g_new = program.constraints.values(x)
        except EvaluationError as error:
            failure, length = error, 0.5 * length
            continue
        failure = None
        slack = np.maximum(slack, -g_new)  # a larger slack that is exact lowers every term
        trial = value - barrier * float(np.log(slack).sum())
        trial += weight * float(np.abs(h_new).sum() + np.abs(g_new + slack).sum())
        if trial <= merit + 1e-4 * length * slope + rounding:
            lam, mu = state.lam + dual_length * step.lam, state.mu + dual_length * step.mu
            return _State(x, slack, lam, mu), value
        length *= 0.5
    if failure is not None:
        raise failure
    return None
