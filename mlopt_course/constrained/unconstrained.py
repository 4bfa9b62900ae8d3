"""The inner solver: BFGS, for the unconstrained problems that penalties and Lagrangians make of a constrained one."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..bracketing.line_search import Trial, evaluate
from ..bracketing.more_thuente import more_thuente
from ..problem import EvaluationError

# A value this far below the start means that there is no minimum.
UNBOUNDED = 1e12


class Descent(NamedTuple):
    """Where it ended, the value there, and whether the function seems to have no lower bound."""

    x: np.ndarray
    fun: float
    unbounded: bool


def descend(problem: Any, x: np.ndarray, *, tolerance: float, max_iterations: int = 200) -> Descent:
    r"""Minimise a smooth function without constraints by BFGS with the search of Moré and Thuente.

    Parameters
    ----------
    problem : object with ``fun(x)`` and ``gradient(x)``
    x : ndarray, shape (d,)
        Start.
    tolerance : float
        Stop when no component of the gradient is larger.
    max_iterations : int
        Steps at most.

    Returns
    -------
    Descent
        Also where the line search can go no further, for rounding hides the descent.

    References
    ----------
    Nocedal and Wright (2006), Numerical Optimization, Algorithm 6.1 with the first scaling (6.20).
    """
    fun, gradient = problem.fun(x), np.asarray(problem.gradient(x))
    lowest, d = fun - UNBOUNDED * (1.0 + abs(fun)), x.size
    inverse, fresh = np.eye(d), True
    for _ in range(max_iterations):
        if np.max(np.abs(gradient)) <= tolerance:
            break
        direction = -(inverse @ gradient.ravel()).reshape(x.shape)
        slope = float(np.vdot(gradient, direction))
        first = min(1.0, 1.0 / float(np.abs(gradient).sum())) if fresh else 1.0
        found = _search(problem, Trial(0.0, x, fun, gradient, slope), direction, first) if slope < 0 else None
        if found is None:
            if fresh:
                return Descent(x, fun, _falls_forever(problem, x, fun, direction))
            inverse, fresh = np.eye(d), True
            continue
        s, y = (found.x - x).ravel(), (found.gradient - gradient).ravel()
        x, fun, gradient = found.x, found.fun, found.gradient
        if fun < lowest:
            return Descent(x, fun, True)
        inverse, fresh = _updated(inverse, s, y, fresh), False
    return Descent(x, fun, False)


def _search(problem: Any, start: Trial, direction: np.ndarray, first: float) -> Trial | None:
    """A step for the strong Wolfe conditions; where the function cannot be evaluated, one that stays nearer."""
    longest = 1e100
    while True:
        try:
            found = more_thuente(problem, start, direction, first, longest=longest)
            return found or _flat_step(problem, start, direction, first)
        except EvaluationError:
            first, longest = 0.1 * first, first
            if np.array_equal(start.x + first * direction, start.x):
                raise


def _flat_step(problem: Any, start: Trial, direction: np.ndarray, first: float) -> Trial | None:
    """Where rounding hides whether the function falls, a step at which its slope does (Hager and Zhang 2005)."""
    step, rounding = first, 100 * np.finfo(float).eps * (1.0 + abs(start.fun))
    for _ in range(20):
        there = evaluate(problem, start.x, direction, step)
        if there.fun > start.fun + rounding:
            step *= 0.1
        elif abs(there.slope) <= -0.9 * start.slope:
            return there
        else:
            step *= 4.0 if there.slope < 0 else start.slope / (start.slope - there.slope)
    return None


def _updated(inverse: np.ndarray, s: np.ndarray, y: np.ndarray, fresh: bool) -> np.ndarray:
    """BFGS on the inverse Hessian (6.17); the first time it starts from the scale of the step (6.20)."""
    curvature = s @ y
    if curvature <= 1e-14 * np.linalg.norm(s) * np.linalg.norm(y):
        return inverse
    if fresh:
        inverse = curvature / (y @ y) * np.eye(s.size)
    product = inverse @ y
    mixed = np.outer(product, s)
    return inverse - (mixed + mixed.T) / curvature + (1.0 + y @ product / curvature) * np.outer(s, s) / curvature


def _falls_forever(problem: Any, x: np.ndarray, fun: float, direction: np.ndarray) -> bool:
    """Whether the function still falls very far out along a direction in which no acceptable step was found."""
    try:
        far = problem.fun(x + 1e8 * direction / max(1e-300, float(np.linalg.norm(direction))))
    except EvaluationError:
        return False
    return far < fun - 1e-3 * (1.0 + abs(fun))
