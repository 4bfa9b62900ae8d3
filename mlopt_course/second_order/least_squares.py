r"""Nonlinear least squares, :math:`f(x) = \frac12 \lVert r(x) \rVert^2`: the Hessian from first derivatives alone."""

from __future__ import annotations

import numpy as np

from .. import validate
from ..bracketing.line_search import Trial, backtracking, check_constants
from ..registry import Iterate, method
from .newton import AT_REST
from .wolfe import NO_STEP

TOO_LARGE = "The Jacobian's numbers are too large to compute with."


@method(
    chapter="second_order",
    needs="residuals",
    use_when="a model is fitted by least squares, the residuals at the solution are small, the start is fair",
    fails_when="residuals are large or strongly curved there, or the Jacobian loses rank: use levenberg_marquardt",
    reference="Nocedal and Wright (2006), Numerical Optimization, section 10.3, equation (10.23)",
)
def gauss_newton(problem, x0, *, tolerance=1e-8, decrease=1e-4, shrink=0.5):
    r"""Gauss-Newton: solve the least-squares problem with the residuals made linear, and go there.

    .. math:: p_t = \arg\min_p \lVert J(x_t)\, p + r(x_t) \rVert^2, \qquad x_{t+1} = x_t + a_t p_t

    The step :math:`a_t` is 1, halved until the function falls enough. Where :math:`J` has not full rank, :math:`p_t` is
    the shortest of the minimisers.

    Parameters
    ----------
    problem : Problem
        With ``residuals``, and a ``jacobian`` or else central differences (see `mlopt_course.problems.least_squares`).
    x0 : ndarray, shape (d,)
        Start.
    tolerance : float
        Stop when no component of the gradient :math:`J^\top r` is larger than this (>= 0), or when a full step
        changes ``x`` by at most this part of it.
    decrease, shrink : float
        Armijo's constant, and the factor after each failure; both in (0, 1).

    Yields
    ------
    Iterate
        ``x`` (d,), ``fun`` and ``step``.

    References
    ----------
    Nocedal and Wright (2006), Numerical Optimization, section 10.3, equation (10.23). Deviation: by singular
    values, so that the Jacobian may lose rank.
    """
    validate.not_negative(tolerance=tolerance)
    check_constants(decrease, 1.0)
    x, model = np.ravel(x0), _Residuals(problem, np.shape(x0))
    residuals = model.residuals(x)
    fun = half_square(residuals)
    while True:
        jacobian = model.jacobian(x)
        gradient = jacobian.T @ residuals
        if np.abs(gradient).max() <= tolerance:
            return AT_REST.format(tolerance)
        direction = solve_least_squares(jacobian, -residuals)
        if direction is None:
            return False, TOO_LARGE
        here = Trial(0.0, x, fun, gradient, float(gradient @ direction))
        found = backtracking(model, here, direction, decrease=decrease, shrink=shrink) if here.slope < 0 else None
        if found is None:
            return False, NO_STEP
        x, fun, residuals = found.x, found.fun, model.last
        yield Iterate(model.restore(x), fun, step=found.step)
        if found.step == 1.0 and np.linalg.norm(direction) <= tolerance * (np.linalg.norm(x) + tolerance):
            return f"The last step was full, and at most {tolerance} of x."


@method(
    chapter="second_order",
    needs="residuals",
    use_when="a model is fitted by least squares: the first choice, also from poor starts",
    fails_when="there are outliers (squares make much of them), or many thousands of parameters",
    reference="Madsen, Nielsen and Tingleff (2004), Methods for Non-Linear Least Squares Problems, Algorithm 3.16",
)
def levenberg_marquardt(problem, x0, *, tolerance=1e-8, step_tolerance=1e-10, damping=1e-3):
    r"""Levenberg-Marquardt: Gauss-Newton, pulled towards a short step down the gradient while it predicts badly.

    .. math:: p_t = \arg\min_p \lVert J p + r \rVert^2 + \mu_t \lVert D p \rVert^2

    :math:`\mu` falls after steps that the linear model predicted well and grows after those that it did not;
    :math:`D` holds the largest norm that each column of :math:`J` has had, so that units do not matter.

    Parameters
    ----------
    problem : Problem
        With ``residuals``, and a ``jacobian`` or else central differences (see `mlopt_course.problems.least_squares`).
    x0 : ndarray, shape (d,)
        Start.
    tolerance : float
        Stop when no component of the gradient :math:`J^\top r` is larger than this (>= 0).
    step_tolerance : float
        Stop when a step is at most this part of ``x`` (>= 0).
    damping : float
        First :math:`\mu` (> 0): small if the start is good.

    Yields
    ------
    Iterate
        ``x`` (d,), ``fun`` and ``damping`` :math:`\mu_t`, also where the step was refused.

    References
    ----------
    Madsen, Nielsen and Tingleff (2004), Algorithm 3.16 with Nielsen's update of :math:`\mu`. Deviations: the scaling
    :math:`D` of Moré (1978), which makes the first :math:`\mu` relative, and least squares in place of the normal
    equations.
    """
    validate.not_negative(tolerance=tolerance, step_tolerance=step_tolerance)
    validate.positive(damping=damping)
    x, model = np.ravel(x0), _Residuals(problem, np.shape(x0))
    residuals = model.residuals(x)
    fun, growth, scale = half_square(residuals), 2.0, np.zeros(x.size)
    while True:
        jacobian = model.jacobian(x)
        gradient = jacobian.T @ residuals
        if np.abs(gradient).max() <= tolerance:
            return AT_REST.format(tolerance)
        scale = np.maximum(scale, np.linalg.norm(jacobian, axis=0))
        ratio = 0.0
        while ratio <= 0:
            D = np.diag(np.where(scale > 0, scale, 1.0))
            stacked = np.vstack([jacobian, np.sqrt(damping) * D])
            step = solve_least_squares(stacked, np.append(-residuals, np.zeros(x.size)))
            if step is None:
                return False, TOO_LARGE
            if np.linalg.norm(step) <= step_tolerance * (np.linalg.norm(x) + step_tolerance):
                return f"The step is at most {step_tolerance} of x."
            trial = model.residuals(x + step)
            predicted = float(damping * np.sum((D @ step) ** 2) - gradient @ step) / 2
            ratio = (fun - half_square(trial)) / predicted if predicted > 0 else -1.0
            if ratio > 0:
                x, residuals, fun = x + step, trial, half_square(trial)
                yield Iterate(model.restore(x), fun, damping=damping)
                damping, growth = damping * max(1 / 3, 1 - (2 * ratio - 1) ** 3), 2.0
            else:
                yield Iterate(model.restore(x), fun, damping=damping)
                damping, growth = damping * growth, 2 * growth


def solve_least_squares(matrix, target):
    """The shortest least-squares solution, by the singular values; None where numbers overflow on the way."""
    if not np.isfinite(np.linalg.norm(matrix)):
        return None
    try:
        return np.linalg.lstsq(matrix, target, rcond=None)[0]
    except np.linalg.LinAlgError:
        return None


def half_square(residuals):
    """The objective, from its residuals."""
    return 0.5 * float(residuals @ residuals)


class _Residuals:
    """The residuals as functions of vectors; the last ones are kept, for they are needed where a line search ends."""

    def __init__(self, problem, shape) -> None:
        self.problem, self.shape = problem, shape
        self.last: np.ndarray | None = None

    def restore(self, x):
        return x.reshape(self.shape)[()]

    def residuals(self, x):
        self.last = self.problem.residuals(self.restore(x))
        return self.last

    def jacobian(self, x):
        return self.problem.jacobian(self.restore(x))

    def fun(self, x):
        return half_square(self.residuals(x))
