"""Quadratic programming by a primal active-set method."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import validate
from ..problem import Problem
from ..registry import method
from .constraints import linear_rows
from .dual_quadratic import solve_quadratic
from .linear import linear_constraints
from .program import Program


def quadratic_program(
    hessian: Any,
    linear: Any,
    *,
    A_ub: Any = None,
    b_ub: Any = None,
    A_eq: Any = None,
    b_eq: Any = None,
    bounds: Any = None,
) -> Problem:
    r"""A quadratic program, :math:`\min \tfrac12 x^\top H x + c^\top x` with linear constraints and bounds.

    Parameters
    ----------
    hessian : array_like, shape (d, d)
        :math:`H`, symmetric.
    linear : array_like, shape (d,)
        :math:`c`.
    A_ub, b_ub, A_eq, b_eq : array_like, optional
        :math:`A_{ub} x \le b_{ub}, A_{eq} x = b_{eq}`, as in `scipy.optimize.linprog`.
    bounds : sequence of (low, high), optional
        By default none.

    Returns
    -------
    Problem
        With gradient, Hessian and ``x0`` zeros (d,), for `active_set_qp` or any other constrained method.

    Raises
    ------
    ValueError
        If shapes do not agree or the Hessian is not symmetric.
    """
    H, c = np.atleast_2d(np.asarray(hessian, dtype=float)), np.atleast_1d(np.asarray(linear, dtype=float))
    if H.shape != (c.size, c.size):
        raise ValueError(f"hessian must have shape ({c.size}, {c.size}), as linear has {c.size} entries, got {H.shape}")
    if not np.allclose(H, H.T, rtol=1e-10, atol=1e-12):
        raise ValueError("hessian must be symmetric")
    return Problem(lambda x: float(x @ H @ x / 2 + c @ x), lambda x: H @ x + c, lambda x: H.copy(), bounds=bounds,
                   constraints=linear_constraints(c.size, A_ub, b_ub, A_eq, b_eq), x0=np.zeros(c.size),
                   name="quadratic program")  # fmt: skip


@method(
    chapter="constrained",
    needs=("gradient", "hessian", "constraints"),
    use_when="a convex quadratic has linear constraints, and a good start or the active set itself matters",
    fails_when="the Hessian is indefinite, or there are thousands of constraints (one enters or leaves at a time)",
    reference="Nocedal and Wright (2006), Numerical Optimization, Algorithm 16.3",
)
def active_set_qp(problem, x0, *, tolerance=1e-9):
    r"""Active-set quadratic programming: guess which inequalities bind, and correct the guess one by one.

    Each step solves :math:`\min_p \tfrac12 p^\top H p + g^\top p` with the constraints of the working set held,
    :math:`a_i^\top p = 0`. A constraint met on the way joins the set; at the minimum, one whose multiplier has the
    wrong sign leaves it.

    Parameters
    ----------
    problem : Problem
        Convex quadratic with linear ``constraints``; see `quadratic_program`.
    x0 : ndarray, shape (d,), or float
        Start; the nearest feasible point is taken.
    tolerance : float
        Multipliers above minus this (relative to the gradient) count as non-negative.

    Yields
    ------
    Iterate
        ``x`` (d,), ``fun``, ``violation``, ``equality_multipliers`` (m,), ``inequality_multipliers`` (p,) and
        ``working``, a mask (p,) of the working set.

    Raises
    ------
    ValueError
        If the objective is not a convex quadratic, or a constraint is not linear.

    References
    ----------
    Nocedal and Wright (2006), Algorithm 16.3, with the null-space method of section 16.2. Deviations: directions
    without curvature are followed to the next constraint, so the Hessian may be singular; after steps of length 0 the
    constraint of the lowest number leaves (Bland's rule).
    """
    validate.not_negative(tolerance=tolerance)
    program = Program(problem, x0)
    H, g, here = _read_off(problem, program)
    start = _nearest_feasible(program.start, here)
    if start is None:
        return False, "No point satisfies all constraints."
    x, fun, g = start, program.fun(start), g + H @ (start - program.start)
    here, working, idle = program.constraints.at(x), np.zeros(len(here.g), dtype=bool), 0
    while True:
        p, unbounded = _step_within(H, g, np.vstack([here.h_jacobian, here.g_jacobian[working]]))
        if np.max(np.abs(p)) <= 1e-12 * (1.0 + np.max(np.abs(x))):
            lam, mu = _multipliers(g, here, working)
            yield program.iterate(x, fun, here, lam, mu, working=working.copy())
            wrong = np.flatnonzero(mu < -tolerance * (1.0 + np.max(np.abs(g))))
            if not wrong.size:
                return "Every multiplier of the working set has the right sign."
            working[wrong[0] if idle > 5 else np.argmin(mu)] = False
            continue
        length, blocking = _ratio_test(p, here, working, np.inf if unbounded else 1.0)
        if np.isinf(length):
            return False, "The objective has no lower bound on the feasible set."
        fun, g, x = fun + length * (g @ p) + length**2 / 2 * (p @ H @ p), g + length * (H @ p), x + length * p
        here = program.constraints.at(x)
        if blocking is not None:
            working[blocking] = True
        idle = 0 if length > 1e-14 else idle + 1
        yield program.iterate(x, fun, here, *_multipliers(g, here, working), working=working.copy())


def _read_off(problem, program):
    """Hessian and gradient at the start, and the constraints there; errors where these are not what a QP has."""
    x = program.start
    H, g = program.hessian(x), program.gradient(x)
    eigenvalues = np.linalg.eigvalsh(H)
    if eigenvalues[0] < -1e-9 * (1.0 + abs(eigenvalues[-1])):
        raise ValueError(f"hessian must be positive semidefinite, but it has the eigenvalue {eigenvalues[0]:g}")
    step = 1.0 + np.abs(x)
    if np.max(np.abs(program.gradient(x + step) - g - H @ step)) > 1e-5 * (
        1.0 + np.max(np.abs(g)) + np.abs(H @ step).max()
    ):
        raise ValueError(
            f"problem must have a quadratic objective for 'active_set_qp', but {problem.name} is not quadratic"
        )
    return H, g, linear_rows(program.constraints, x, "active_set_qp")


def _nearest_feasible(x, here):
    """The feasible point nearest to ``x``; None where there is none."""
    found = solve_quadratic(np.eye(x.size), np.zeros(x.size), here.h_jacobian, -here.h, here.g_jacobian, -here.g)
    return None if found is None else x + found.x


def _step_within(H, g, rows):
    """The step to the minimum in the null space of ``rows``; or a direction without curvature, True, that falls."""
    null = _null_space(rows, g.size)
    reduced, pull = null.T @ H @ null, -(null.T @ g)
    values, vectors = np.linalg.eigh(reduced)
    flat = values <= 1e-10 * (1.0 + float(np.max(np.abs(H))))
    along = vectors.T @ pull
    if np.max(np.abs(along[flat]), initial=0.0) > 1e-9 * (1.0 + np.max(np.abs(g))):
        return null @ vectors[:, flat] @ along[flat], True
    return null @ vectors[:, ~flat] @ (along[~flat] / values[~flat]), False


def _null_space(rows, d):
    """An orthonormal basis of the directions that leave all ``rows`` unchanged."""
    if not len(rows):
        return np.eye(d)
    _, values, right = np.linalg.svd(rows)
    rank = int(np.sum(values > 1e-11 * max(1.0, values[0])))
    return right[rank:].T


def _multipliers(g, here, working):
    """Least-squares multipliers of the equalities and the working set; the others are 0."""
    rows = np.vstack([here.h_jacobian, here.g_jacobian[working]])
    found = np.linalg.lstsq(rows.T, -g, rcond=None)[0] if len(rows) else np.empty(0)
    mu = np.zeros(len(here.g))
    mu[working] = found[len(here.h) :]
    return found[: len(here.h)], mu


def _ratio_test(p, here, working, longest):
    """The longest step, at most ``longest``, that keeps every inequality, and the one that ends it (16.41)."""
    rise = here.g_jacobian @ p
    ahead = np.flatnonzero(~working & (rise > 1e-12 * np.linalg.norm(here.g_jacobian, axis=1) * np.linalg.norm(p)))
    if not ahead.size:
        return longest, None
    ratios = np.maximum(0.0, -here.g[ahead]) / rise[ahead]
    nearest = int(np.argmin(ratios))
    return (longest, None) if ratios[nearest] >= longest else (float(ratios[nearest]), int(ahead[nearest]))
