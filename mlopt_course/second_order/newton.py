"""Newton's method, its safe variants, and the secant method, which does without the second derivative."""

from __future__ import annotations

import math

import numpy as np

from .. import validate
from ..bracketing.line_search import Trial, backtracking, check_constants
from ..registry import Iterate, method
from ..vectors import as_vectors
from .wolfe import NO_STEP, first_trial, wolfe_step

AT_REST = "The gradient is at most the tolerance {} in every component."


@method(
    chapter="second_order",
    needs=("gradient", "hessian"),
    use_when="the start is close to the minimum, the Hessian is positive definite and cheap: quadratic convergence",
    fails_when="far from the minimum: it diverges, or goes to saddles and maxima; many variables (d^3 a step)",
    reference="Nocedal and Wright (2006), Numerical Optimization, section 3.3, Theorem 3.5",
)
def newton(problem, x0, *, tolerance=1e-6):
    r"""Newton's method: jump to the stationary point of the quadratic with the same derivatives.

    .. math:: x_{t+1} = x_t - \nabla^2 f(x_t)^{-1} \nabla f(x_t)

    Parameters
    ----------
    problem : Problem
        With a gradient and a Hessian.
    x0 : ndarray, shape (d,), or float
        Start.
    tolerance : float
        Stop when no component of the gradient is larger than this (>= 0). Convergence is quadratic, so the error that
        is left is often far below it; the test comes before the step, and no step is taken after it holds.

    Yields
    ------
    Iterate
        ``x`` (d,).

    Notes
    -----
    Where it has come to rest, one more Hessian tells a minimum from a saddle or a maximum; these are reported as
    failures.

    References
    ----------
    Nocedal and Wright (2006), Numerical Optimization, section 3.3 (Theorem 3.5: its rate). Deviation: the last
    Hessian is looked at, as noted above.
    """
    validate.not_negative(tolerance=tolerance)
    vectors = as_vectors(problem, x0)
    x = vectors.start
    gradient = vectors.gradient(x)
    while np.abs(gradient).max() > tolerance:
        try:
            x = x - np.linalg.solve(vectors.hessian(x), gradient)
        except np.linalg.LinAlgError:
            return False, "The Hessian is singular here, so that there is no Newton step."
        yield Iterate(vectors.restore(x))
        gradient = vectors.gradient(x)
    eigenvalues = np.linalg.eigvalsh(vectors.hessian(x))
    if eigenvalues[0] < -1e-8 * np.abs(eigenvalues).max():
        return False, f"This is a saddle or a maximum: the Hessian has the eigenvalue {eigenvalues[0]:.6g}."
    return AT_REST.format(tolerance)


@method(
    chapter="second_order",
    needs=("gradient", "hessian"),
    use_when="Newton's speed is wanted from a start that may be far away, and d^3 operations a step can be paid",
    fails_when="many variables; derivatives that are wrong or noisy",
    reference="Nocedal and Wright (2006), Numerical Optimization, Algorithms 3.2 and 3.3",
)
def damped_newton(problem, x0, *, tolerance=1e-6, decrease=1e-4, shrink=0.5, least_eigenvalue=1e-3):
    r"""Damped Newton: add to the Hessian until it is positive definite, and shorten the step until the function falls.

    .. math:: (\nabla^2 f(x_t) + \tau_t I)\, p_t = -\nabla f(x_t), \qquad x_{t+1} = x_t + a_t p_t

    Parameters
    ----------
    problem : Problem
        With a gradient and a Hessian.
    x0 : ndarray, shape (d,), or float
        Start.
    tolerance : float
        Stop when no component of the gradient is larger than this (>= 0).
    decrease, shrink : float
        Armijo's constant, and the factor after each failure, of `backtracking`; both in (0, 1).
    least_eigenvalue : float
        What is first added beyond what the diagonal needs (> 0).

    Yields
    ------
    Iterate
        ``x`` (d,), ``fun``, ``step`` :math:`a_t` and ``shift`` :math:`\tau_t`.

    References
    ----------
    Nocedal and Wright (2006), Numerical Optimization, Algorithms 3.2 (line search Newton) and 3.3 (added identity).
    Deviation: where the shift overflows, the step is along the gradient.
    """
    validate.not_negative(tolerance=tolerance)
    validate.positive(least_eigenvalue=least_eigenvalue)
    check_constants(decrease, 1.0)
    vectors = as_vectors(problem, x0)
    x, fun, gradient = vectors.start, vectors.fun(vectors.start), vectors.gradient(vectors.start)
    while np.abs(gradient).max() > tolerance:
        lower, shift = shifted_cholesky(vectors.hessian(x), least_eigenvalue)
        direction = -np.linalg.solve(lower.T, np.linalg.solve(lower, gradient))
        here = Trial(0.0, x, fun, gradient, float(gradient @ direction))
        found = backtracking(vectors, here, direction, decrease=decrease, shrink=shrink) if here.slope < 0 else None
        if found is None:
            return False, NO_STEP
        step, x, fun = found
        yield Iterate(vectors.restore(x), fun, step=step, shift=shift)
        gradient = vectors.gradient(x)
    return AT_REST.format(tolerance)


def shifted_cholesky(hessian, least_eigenvalue):
    """Cholesky factor of ``hessian + shift * I``, with the shift doubled until there is one: (factor, shift).

    The identity where that overflows.
    """
    lowest = hessian.diagonal().min()
    shift = 0.0 if lowest > 0 else least_eigenvalue - lowest
    while math.isfinite(shift):
        try:
            return np.linalg.cholesky(hessian + shift * np.eye(len(hessian))), shift
        except np.linalg.LinAlgError:
            shift = max(2 * shift, least_eigenvalue)
    return np.eye(len(hessian)), shift


@method(
    chapter="second_order",
    needs=("gradient", "hessian"),
    use_when="there are many variables and Hessian times vector is affordable, its factorisation is not",
    fails_when="the Hessian is badly conditioned: each step then needs many inner iterations",
    reference="Nocedal and Wright (2006), Numerical Optimization, Algorithm 7.1",
)
def newton_cg(problem, x0, *, tolerance=1e-5, decrease=1e-4, curvature=0.9):
    r"""Newton-CG: solve for the Newton step by conjugate gradients, only as well as it is worth; steps are SciPy's.

    Parameters
    ----------
    problem : Problem
        With a gradient and a Hessian.
    x0 : ndarray, shape (d,), or float
        Start.
    tolerance : float
        Stop when the step is at most this in the mean over its components (absolute values, >= 0): SciPy's ``xtol``.
    decrease, curvature : float
        The strong Wolfe constants, :math:`0 < c_1 < c_2 < 1`.

    Yields
    ------
    Iterate
        ``x`` (d,), ``fun``, ``step`` and ``inner``, the number of conjugate gradient steps.

    References
    ----------
    Nocedal and Wright (2006), Numerical Optimization, Algorithm 7.1 (line search Newton-CG), with the forcing sequence
    :math:`\min(1/2, \sqrt{\lVert g \rVert_1})`. Deviations, all SciPy's: that norm, the stopping test, and the length
    of the step along the gradient where its curvature is negative.
    """
    validate.not_negative(tolerance=tolerance)
    check_constants(decrease, curvature)
    vectors = as_vectors(problem, x0)
    x, fun, gradient = vectors.start, vectors.fun(vectors.start), vectors.gradient(vectors.start)
    previous = math.nan
    while True:
        direction, inner = inexact_newton(vectors.hessian(x), gradient)
        here = Trial(0.0, x, fun, gradient, float(gradient @ direction))
        if here.slope == 0:
            return "The gradient is zero."
        first = first_trial(here, previous)
        found = wolfe_step(vectors, here, direction, first, decrease, curvature, shortest=1e-8, longest=50.0)
        if found is None and np.abs(direction).sum() <= tolerance * x.size:
            return f"The next step would be at most the tolerance {tolerance}, and rounding hides whether it descends."
        if found is None:
            return False, NO_STEP
        previous, x, fun, gradient = fun, found.x, found.fun, found.gradient
        yield Iterate(vectors.restore(x), fun, step=found.step, inner=inner)
        if found.step * np.abs(direction).sum() <= tolerance * x.size:
            return f"The last step was at most the tolerance {tolerance} in the mean over its components."


def inexact_newton(hessian, gradient):
    """Conjugate gradients on ``hessian @ p = -gradient``, until precise enough or the curvature is negative."""
    p, residual = np.zeros_like(gradient), gradient.copy()
    size = np.abs(gradient).sum()
    enough = min(0.5, math.sqrt(size)) * size
    direction, square = -residual, float(residual @ residual)
    for inner in range(20 * gradient.size):
        if np.abs(residual).sum() <= enough:
            return p, inner
        bent = hessian @ direction
        curvature = float(direction @ bent)
        if curvature <= 3 * np.finfo(float).eps:
            if inner == 0:  # the step along the gradient that the curvature, taken positive, gives
                p = -square / (abs(curvature) or 1.0) * gradient
            return p, inner
        step = square / curvature
        p += step * direction
        residual += step * bent
        last_square, square = square, float(residual @ residual)
        direction = square / last_square * direction - residual
    return p, 20 * gradient.size


@method(
    chapter="second_order",
    needs="gradient",
    space="scalar",
    use_when="a function of one variable has a derivative, a second one is not to be had, and the start is near",
    fails_when="far from the minimum: it may run off, or go to a maximum",
    reference="Nocedal and Wright (2006), section 11.1; Burden and Faires (2010), Numerical Analysis, Algorithm 2.4",
)
def secant(problem, x0, *, x1=None, tolerance=1.48e-8):
    r"""The secant method: Newton's with the slope of the derivative taken from the last two points.

    .. math:: x_{t+1} = x_t - f'(x_t) \frac{x_t - x_{t-1}}{f'(x_t) - f'(x_{t-1})}

    Parameters
    ----------
    problem : Problem
        Of one variable, with a derivative.
    x0 : float
        Start.
    x1 : float, optional
        Second point; by default 0.0001 (1 + |x0|) further from 0 than ``x0``, as SciPy has it.
    tolerance : float
        Stop when the step is at most this (>= 0) and the derivative has fallen to 0.6 of what it was: near a root it
        does, also near a multiple one. A short step alone may come from a steep point far away.

    Yields
    ------
    Iterate
        ``x`` and ``slope``, the derivative there.

    References
    ----------
    Burden and Faires (2010), Algorithm 2.4, on the derivative. Steps are those of SciPy's `newton` without derivative;
    where two points have the same slope, this ends with a failure, SciPy returns their middle.
    """
    validate.not_negative(tolerance=tolerance)
    if x1 is None:
        x1 = x0 * (1 + 1e-4) + (1e-4 if x0 >= 0 else -1e-4)
    if not (validate.is_real(x1) and x1 != x0):
        raise ValueError(f"x1 must be a number other than x0 = {float(x0)!r}, got {x1!r}")
    a, b = float(x0), float(x1)
    slope_a, slope_b = problem.gradient(a), problem.gradient(b)
    if abs(slope_b) < abs(slope_a):
        a, slope_a, b, slope_b = b, slope_b, a, slope_a
    rounding = 1e-12 * (abs(slope_a) + abs(slope_b))
    yield Iterate(b, slope=slope_b)
    while True:
        if slope_a == slope_b != 0:
            return False, f"The derivative is {slope_a} both at {a} and at {b}, so that the secant leads nowhere."
        if abs(slope_b) > abs(slope_a):
            new = (-slope_a / slope_b * b + a) / (1 - slope_a / slope_b)
        else:
            new = (-slope_b / slope_a * a + b) / (1 - slope_b / slope_a) if slope_a else b
        bend = (slope_b - slope_a) * (b - a)
        last_slope, step = slope_b, abs(new - b)
        a, slope_a, b, slope_b = b, slope_b, new, problem.gradient(new)
        yield Iterate(b, slope=slope_b)
        if step <= tolerance and abs(slope_b) <= max(0.6 * abs(last_slope), rounding):
            if bend < 0:
                return False, "This is a maximum: the derivative falls here."
            return f"The last step was at most the tolerance {tolerance}, and the derivative has come down with it."
