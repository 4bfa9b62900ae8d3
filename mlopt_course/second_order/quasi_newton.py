"""Quasi-Newton methods: curvature learnt from the gradients that the method sees anyway."""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from .. import validate
from ..bracketing.line_search import Trial, check_constants
from ..registry import Iterate, method
from ..vectors import as_vectors
from .newton import AT_REST
from .trust_region import NO_RADIUS, steihaug
from .wolfe import NO_STEP, first_trial, wolfe_step


@method(
    chapter="second_order",
    needs="gradient",
    use_when="a smooth problem has up to a thousand variables, say, and no Hessian: the first choice",
    fails_when="gradients are noisy, the function has kinks, or d^2 numbers are too many to store",
    reference="Nocedal and Wright (2006), Numerical Optimization, Algorithm 6.1",
)
def bfgs(problem, x0, *, tolerance=1e-5, decrease=1e-4, curvature=0.9):
    r"""BFGS: an estimate of the inverse Hessian that each step brings up to date; steps are SciPy's.

    .. math:: p = -H \nabla f(x), \qquad
              H \leftarrow (I - \rho s y^\top) H (I - \rho y s^\top) + \rho s s^\top, \qquad \rho = 1 / (y \cdot s)

    with :math:`s` the step and :math:`y` the change of the gradient along it.

    Parameters
    ----------
    problem : Problem
        With a gradient.
    x0 : ndarray, shape (d,), or float
        Start.
    tolerance : float
        Stop when no component of the gradient is larger than this (>= 0): SciPy's ``gtol``.
    decrease, curvature : float
        The strong Wolfe constants, :math:`0 < c_1 < c_2 < 1`. A tiny ``curvature`` makes the line search exact.

    Yields
    ------
    Iterate
        ``x`` (d,), ``fun``, ``direction`` (d,) and ``step``, its length in units of the direction.

    References
    ----------
    Nocedal and Wright (2006), Numerical Optimization, Algorithm 6.1 with (6.17), from :math:`H = I` and without the
    scaling (6.20), as SciPy has it. Deviation: no update where rounding has made :math:`y \cdot s` not positive.
    """
    return (yield from _descend(problem, x0, bfgs_update, tolerance, decrease, curvature))


def bfgs_update(H, s, y):
    r"""The inverse Hessian after a step ``s`` that changed the gradient by ``y``; (6.17), multiplied out.

    :math:`H + (1 + \rho\, y^\top H y)\, \rho s s^\top - \rho (H y s^\top + s y^\top H)`, in :math:`O(d^2)`.
    """
    rho = 1 / float(y @ s)
    Hy = H @ y
    w = rho * (0.5 * (1 + rho * float(y @ Hy)) * s - Hy)
    return H + np.array([s, w]).T @ np.array([w, s])  # s w^T + w s^T in one pass


@method(
    chapter="second_order",
    needs="gradient",
    use_when="to see the first quasi-Newton method; with exact line searches it equals BFGS",
    fails_when="line searches are inexact: it recovers slowly from bad estimates, where BFGS is quick",
    reference="Nocedal and Wright (2006), Numerical Optimization, equation (6.15); Fletcher and Powell (1963)",
)
def dfp(problem, x0, *, tolerance=1e-5, decrease=1e-4, curvature=0.9):
    r"""Davidon-Fletcher-Powell: the other rank-two update of the inverse Hessian.

    .. math:: p = -H \nabla f(x), \qquad
              H \leftarrow H - \frac{H y y^\top H}{y^\top H y} + \frac{s s^\top}{y \cdot s}

    Parameters
    ----------
    problem : Problem
        With a gradient.
    x0 : ndarray, shape (d,), or float
        Start.
    tolerance : float
        Stop when no component of the gradient is larger than this (>= 0).
    decrease, curvature : float
        The strong Wolfe constants, :math:`0 < c_1 < c_2 < 1`.

    Yields
    ------
    Iterate
        ``x`` (d,), ``fun``, ``direction`` (d,) and ``step``, its length in units of the direction.

    References
    ----------
    Nocedal and Wright (2006), Numerical Optimization, equation (6.15); Fletcher and Powell (1963),
    doi:10.1093/comjnl/6.2.163.
    """
    return (yield from _descend(problem, x0, dfp_update, tolerance, decrease, curvature))


def dfp_update(H, s, y):
    """The inverse Hessian after a step ``s`` that changed the gradient by ``y``; (6.15)."""
    Hy = H @ y
    return H - np.outer(Hy, Hy) / float(y @ Hy) + np.outer(s, s) / float(y @ s)


def _descend(problem, x0, update, tolerance, decrease, curvature):
    """What BFGS and DFP share: Algorithm 6.1, but for the update."""
    validate.not_negative(tolerance=tolerance)
    check_constants(decrease, curvature)
    vectors = as_vectors(problem, x0)
    x, fun, gradient = vectors.start, vectors.fun(vectors.start), vectors.gradient(vectors.start)
    H, previous = np.eye(x.size), fun + float(np.linalg.norm(gradient)) / 2
    while np.abs(gradient).max() > tolerance:
        direction = -(H @ gradient)
        here = Trial(0.0, x, fun, gradient, float(gradient @ direction))
        found = wolfe_step(vectors, here, direction, first_trial(here, previous), decrease, curvature)
        if found is None:
            return False, NO_STEP
        s, y = found.step * direction, found.gradient - gradient
        previous, x, fun, gradient = fun, found.x, found.fun, found.gradient
        yield Iterate(vectors.restore(x), fun, direction=vectors.restore(direction), step=found.step)
        if y @ s > 0:
            H = update(H, s, y)
    return AT_REST.format(tolerance)


@method(
    chapter="second_order",
    needs="gradient",
    use_when="a smooth deterministic problem has very many variables: it stores a few vectors only",
    fails_when="gradients are noisy; badly conditioned problems of few variables are quicker with bfgs",
    reference="Liu and Nocedal (1989), doi:10.1007/BF01589116; Nocedal and Wright (2006), Algorithms 7.4 and 7.5",
)
def lbfgs(problem, x0, *, memory=10, tolerance=1e-5, fun_tolerance=2.220446049250313e-09, decrease=1e-3,
          curvature=0.9):  # fmt: skip
    r"""L-BFGS: BFGS from the last few steps alone, without ever forming a matrix; steps are SciPy's L-BFGS-B's.

    Parameters
    ----------
    problem : Problem
        With a gradient.
    x0 : ndarray, shape (d,), or float
        Start.
    memory : int
        How many steps to remember (>= 1).
    tolerance : float
        Stop when no component of the gradient is larger than this (>= 0).
    fun_tolerance : float
        Stop when a step lowers the function by at most this part of its value (of 1 where that is smaller; >= 0).
    decrease, curvature : float
        The strong Wolfe constants, :math:`0 < c_1 < c_2 < 1`.

    Yields
    ------
    Iterate
        ``x`` (d,), ``fun``, ``direction`` (d,) and ``step``, its length in units of the direction.

    References
    ----------
    Nocedal and Wright (2006), Numerical Optimization, Algorithm 7.5 with the scaling (7.20); first steps, constants and
    stopping rules as in L-BFGS-B, Byrd et al. (1995), doi:10.1137/0916069, without its bounds.
    """
    validate.not_negative(tolerance=tolerance, fun_tolerance=fun_tolerance)
    validate.whole(memory=memory)
    check_constants(decrease, curvature)
    vectors = as_vectors(problem, x0)
    x, fun, gradient = vectors.start, vectors.fun(vectors.start), vectors.gradient(vectors.start)
    pairs: deque = deque(maxlen=int(memory))
    while np.abs(gradient).max() > tolerance:
        direction = -two_loops(gradient, pairs)
        here = Trial(0.0, x, fun, gradient, float(gradient @ direction))
        first = 1.0 if pairs else 1 / min(max(float(np.linalg.norm(direction)), 1e-100), 1e100)
        found = wolfe_step(vectors, here, direction, first, decrease, curvature, resolution=0.1, longest=1e10)
        if found is None and not pairs:
            return False, NO_STEP
        if found is None:  # as L-BFGS-B: forget, and try the gradient
            pairs.clear()
            continue
        s, y = found.step * direction, found.gradient - gradient
        fall, x, fun, gradient = fun - found.fun, found.x, found.fun, found.gradient
        yield Iterate(vectors.restore(x), fun, direction=vectors.restore(direction), step=found.step)
        if fall <= fun_tolerance * max(abs(fun), abs(fun + fall), 1.0):
            return f"The last step lowered the function by at most {fun_tolerance} of its value."
        if y @ s > np.finfo(float).eps * -here.slope * found.step:
            pairs.append((s, y, 1 / float(y @ s)))
    return AT_REST.format(tolerance)


def two_loops(gradient, pairs):
    """The inverse Hessian of the remembered ``(s, y, rho)`` times the gradient; Algorithm 7.4."""
    q = gradient.copy()
    weights = []
    for s, y, rho in reversed(pairs):
        weights.append(rho * float(s @ q))
        q -= weights[-1] * y
    if pairs:
        _, y, rho = pairs[-1]
        q /= rho * float(y @ y)
    for s, y, rho in pairs:
        q += (weights.pop() - rho * float(y @ q)) * s
    return q


@method(
    chapter="second_order",
    needs="gradient",
    use_when="the true curvature, negative ones included, should be learnt from gradients",
    fails_when="gradients are noisy, or d^2 numbers are too many to store",
    reference="Nocedal and Wright (2006), Numerical Optimization, Algorithm 6.2",
)
def sr1(problem, x0, *, tolerance=1e-5, initial_radius=1.0, accept=1e-3, skip=1e-8):
    r"""SR1: the symmetric rank-one update, which may be indefinite, within a trust region.

    .. math:: B \leftarrow B + \frac{(y - B s)(y - B s)^\top}{(y - B s) \cdot s}

    Parameters
    ----------
    problem : Problem
        With a gradient.
    x0 : ndarray, shape (d,), or float
        Start.
    tolerance : float
        Stop when no component of the gradient is larger than this (>= 0).
    initial_radius : float
        Radius of the first trust region (> 0).
    accept : float
        :math:`\eta` in (0, 0.001]: move if at least this part of the predicted decrease is achieved.
    skip : float
        :math:`r` in (0, 1): no update if the denominator is this small beside its factors.

    Yields
    ------
    Iterate
        ``x`` (d,), ``fun`` and ``radius``.

    References
    ----------
    Nocedal and Wright (2006), Numerical Optimization, Algorithm 6.2 with (6.24) and (6.26); the subproblem is solved by
    Algorithm 7.2 (`steihaug`).
    """
    validate.not_negative(tolerance=tolerance)
    validate.positive(initial_radius=initial_radius)
    for name, value, most in (("accept", accept, 1e-3), ("skip", skip, 1.0)):
        if not (validate.is_real(value) and 0 < value <= most):
            raise ValueError(f"{name} must be above 0 and at most {most:g}, got {value!r}")
    vectors = as_vectors(problem, x0)
    x, fun, gradient = vectors.start, vectors.fun(vectors.start), vectors.gradient(vectors.start)
    B, radius = np.eye(x.size), initial_radius
    while np.abs(gradient).max() > tolerance:
        s, _ = steihaug(gradient, B, radius)
        if np.all(x + s == x):
            return False, NO_RADIUS
        new_fun, new_gradient = vectors.fun(x + s), vectors.gradient(x + s)
        y, predicted = new_gradient - gradient, -float(gradient @ s + s @ B @ s / 2)
        ratio = (fun - new_fun) / predicted if predicted > 0 else -math.inf
        if ratio > accept:
            x, fun, gradient = x + s, new_fun, new_gradient
        yield Iterate(vectors.restore(x), fun, radius=radius)
        if ratio > 0.75 and np.linalg.norm(s) > 0.8 * radius:
            radius = 2 * radius
        elif ratio < 0.1:
            radius = radius / 2
        error = y - B @ s
        if abs(error @ s) >= skip * np.linalg.norm(s) * np.linalg.norm(error) > 0:
            B = B + np.outer(error, error) / float(error @ s)
    return AT_REST.format(tolerance)
