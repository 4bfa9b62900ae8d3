"""What a minimum looks like from close by: optimality conditions, convexity, conditioning, rates of convergence."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import validate
from ..arguments import as_generator, real_number, whole_number
from ..derivatives import finite_difference_gradient
from ..problem import Problem


@dataclass(frozen=True, eq=False)
class StationaryPoint:
    """What the optimality conditions say of a point.

    Attributes
    ----------
    kind : str
        ``"minimum"``, ``"maximum"``, ``"saddle"``, ``"degenerate"`` (the second order does not decide) or
        ``"not stationary"``.
    gradient_norm : float
        Euclidean length of the gradient.
    eigenvalues : ndarray, shape (d,)
        Of the Hessian, ascending.
    """

    kind: str
    gradient_norm: float
    eigenvalues: np.ndarray


def classify_stationary_point(hessian: Any, *, tolerance: float = 1e-8) -> str:
    r"""What a stationary point is, from the signs of the Hessian's eigenvalues.

    Parameters
    ----------
    hessian : array_like, shape (d, d)
        Symmetric.
    tolerance : float
        Eigenvalues below ``tolerance`` times the largest (in absolute value) count as 0.

    Returns
    -------
    {"minimum", "maximum", "saddle", "degenerate"}
        All positive: a strict minimum; all negative: a strict maximum; both signs: a saddle (whatever the zeros).
        Otherwise the second order does not decide: :math:`x^4`, :math:`-x^4` and :math:`x^3` all have Hessian 0.

    References
    ----------
    Nocedal and Wright (2006), Numerical Optimization, theorems 2.3 and 2.4.
    """
    validate.not_negative(tolerance=tolerance)
    eigenvalues = np.linalg.eigvalsh(symmetric("hessian", hessian))
    small = tolerance * np.abs(eigenvalues).max()
    positive, negative = bool((eigenvalues > small).any()), bool((eigenvalues < -small).any())
    if positive and negative:
        return "saddle"
    if (np.abs(eigenvalues) <= small).any():
        return "degenerate"
    return "minimum" if positive else "maximum"


def optimality_conditions(problem: Problem, x: Any, *, tolerance: float = 1e-6) -> StationaryPoint:
    """Check the first- and second-order conditions for an unconstrained minimum at ``x``.

    Parameters
    ----------
    problem : Problem
        Its gradient and Hessian are used where it has them, else differences of what it has.
    x : array_like, shape (d,)
    tolerance : float
        The gradient counts as 0 below ``tolerance * max(1, |f(x)|)``; so do eigenvalues below ``tolerance`` times the
        largest.

    Returns
    -------
    StationaryPoint
    """
    validate.positive(tolerance=tolerance)
    point = np.atleast_1d(np.asarray(x, dtype=float))
    if point.ndim != 1 or not np.isfinite(point).all():
        raise ValueError(f"x must be a vector of finite numbers, got {x!r}")

    def gradient(at: np.ndarray) -> np.ndarray:
        exact = problem.gradient
        return np.asarray(finite_difference_gradient(problem.fun, at) if exact is None else exact(at))

    if problem.hessian is not None:
        hessian = np.asarray(problem.hessian(point))
    else:  # with differences of differences the step must be larger, or rounding drowns the curvature
        step = 1e-3 if problem.gradient is None else 1e-5

        def component(i: int) -> Callable[[Any], float]:
            return lambda at: gradient(at)[i]

        columns = [finite_difference_gradient(component(i), point, step=step) for i in range(point.size)]
        hessian = np.array(columns)
        hessian = (hessian + hessian.T) / 2
    norm = float(np.linalg.norm(gradient(point)))
    eigenvalues = np.linalg.eigvalsh(hessian)
    if norm > tolerance * max(1.0, abs(float(problem.fun(point)))):
        return StationaryPoint("not stationary", norm, eigenvalues)
    return StationaryPoint(classify_stationary_point(hessian, tolerance=tolerance), norm, eigenvalues)


def condition_number(hessian: Any) -> float:
    r"""Ratio of the largest to the smallest eigenvalue of a symmetric positive definite matrix.

    Gradient descent with the best constant rate shrinks the error on such a quadratic by
    :math:`(\kappa - 1) / (\kappa + 1)` a step.

    Parameters
    ----------
    hessian : array_like, shape (d, d)
        Symmetric, positive semi-definite.

    Returns
    -------
    float
        At least 1; inf for a singular matrix.

    Raises
    ------
    ValueError
        If an eigenvalue is negative: then the ratio says nothing of convergence.
    """
    eigenvalues = np.linalg.eigvalsh(symmetric("hessian", hessian))
    rounding = len(eigenvalues) * np.finfo(float).eps * np.abs(eigenvalues).max()
    if eigenvalues[0] < -rounding:
        raise ValueError(f"hessian must be positive semi-definite, got the eigenvalue {eigenvalues[0]:.6g}")
    return float(eigenvalues[-1] / eigenvalues[0]) if eigenvalues[0] > rounding else math.inf


def convexity_violation(
    fun: Callable[[np.ndarray], float], bounds: Any, *, trials: int = 1000, rng: np.random.Generator | int | None = None
) -> tuple[float, np.ndarray | None]:
    r"""Look for two points between which a function lies above its chord: a proof that it is not convex.

    .. math:: f(t a + (1 - t) b) > t f(a) + (1 - t) f(b)

    Parameters
    ----------
    fun : callable
        ``fun(x) -> float``.
    bounds : array_like, shape (d, 2)
        Where to look; finite.
    trials : int
        How many random chords to try.
    rng : numpy.random.Generator, int or None

    Returns
    -------
    violation : float
        The largest excess over a chord; 0 where none exceeds rounding. Finding none is no proof of convexity.
    chord : ndarray, shape (2, d), or None
        The two ends.
    """
    box = np.array(bounds, dtype=float)
    if box.ndim != 2 or box.shape[1] != 2 or not np.isfinite(box).all() or (box[:, 0] > box[:, 1]).any():
        raise ValueError(f"bounds must be finite pairs (low, high), one for each variable, got {bounds!r}")
    whole_number("trials", trials, least=1)
    rng = as_generator(rng)
    worst, chord = 0.0, None
    for _ in range(trials):
        a, b = rng.uniform(box[:, 0], box[:, 1], size=(2, len(box)))
        t = rng.uniform()
        ends = np.array([fun(a), fun(b)], dtype=float)
        excess = float(fun(t * a + (1 - t) * b)) - float(t * ends[0] + (1 - t) * ends[1])
        if excess > max(worst, 1e-10 * max(1.0, np.abs(ends).max())):
            worst, chord = excess, np.array([a, b])
    return worst, chord


@dataclass(frozen=True)
class ConvergenceRate:
    r"""How fast errors fall: :math:`e_{k+1} \approx C e_k^q`.

    Attributes
    ----------
    order : float
        :math:`q`: 1 is linear, 2 quadratic.
    factor : float
        :math:`C`, with the order taken as 1: the factor by which the last errors shrink.
    kind : {"sublinear", "linear", "superlinear", "quadratic"}
        Sublinear: the factor tends to 1. Quadratic: an order of 1.8 or more.
    """

    order: float
    factor: float
    kind: str


def convergence_rate(errors: Any, *, floor: float = 1e-14) -> ConvergenceRate:
    r"""Estimate order and factor of convergence from a sequence of errors.

    The order is the slope of :math:`\log e_{k+1}` against :math:`\log e_k` over the last half of the sequence, and the
    factor the geometric mean of :math:`e_{k+1} / e_k` there.

    Parameters
    ----------
    errors : array_like, shape (n,)
        :math:`f(x_k) - f^*` or :math:`\lVert x_k - x^* \rVert`, not negative; at least 4 above ``floor``.
    floor : float
        The sequence ends where it first falls to this: beyond it errors are rounding.

    Returns
    -------
    ConvergenceRate

    Raises
    ------
    ValueError
        For negative errors, or fewer than 4 usable ones.

    References
    ----------
    Nocedal and Wright (2006), Numerical Optimization, appendix A.2, rates of convergence.
    """
    floor = real_number("floor", floor, least=0.0)
    e = np.asarray(errors, dtype=float)
    if e.ndim != 1 or not np.isfinite(e).all() or (e < 0).any():
        raise ValueError("errors must be a sequence of finite numbers >= 0")
    small = np.flatnonzero(e <= floor)
    e = e[: small[0]] if len(small) else e
    if len(e) < 4:
        raise ValueError(f"errors must have at least 4 values above floor = {floor:g} before they end, got {len(e)}")
    logs = np.log(e)
    tail = logs[min(len(logs) // 2, len(logs) - 4) :]
    steps = np.diff(tail)
    factor = math.exp(float(steps.mean()))
    centred = tail[:-1] - tail[:-1].mean()
    spread = float(centred @ centred)
    order = float(centred @ tail[1:]) / spread if spread > 0 else 1.0
    return ConvergenceRate(order, factor, _kind(order, factor, steps))


def _kind(order: float, factor: float, steps: np.ndarray) -> str:
    if order >= 1.8 and factor < 1:
        return "quadratic"
    if order > 1.1 and factor < 1:
        return "superlinear"
    half = len(steps) // 2
    # For 1/k the logarithmic steps shrink as 1/k: over the second half of the tail they are well below the first's.
    slowing = abs(steps[half:].mean()) < 0.9 * abs(steps[:half].mean())
    return "sublinear" if factor >= 1 or (slowing and factor > 0.9) else "linear"


def symmetric(name: str, matrix: Any) -> np.ndarray:
    """``matrix`` as a finite symmetric float array; a ValueError that names it otherwise."""
    found = np.atleast_2d(np.asarray(matrix, dtype=float))
    if found.ndim != 2 or found.shape[0] != found.shape[1] or found.size == 0:
        raise ValueError(f"{name} must be a square matrix, got shape {np.shape(matrix)}")
    if not np.isfinite(found).all():
        raise ValueError(f"{name} must be finite, got nan or inf")
    if not np.allclose(found, found.T, rtol=1e-8, atol=1e-8 * np.abs(found).max()):
        raise ValueError(f"{name} must be symmetric, got a difference of {np.abs(found - found.T).max():.3g}")
    return found
