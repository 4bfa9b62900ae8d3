"""Nonlinear conjugate gradients."""

from __future__ import annotations

import numpy as np

from .. import validate
from ..bracketing.line_search import Trial, strong_wolfe
from ..registry import Iterate, method


@method(
    chapter="first_order",
    needs="gradient",
    use_when="a smooth deterministic problem is too large for quasi-Newton, and no rate should be tuned",
    fails_when="gradients are noisy: its line search and its directions both need exact ones",
    reference="Nocedal and Wright (2006), Numerical Optimization, Algorithm 5.4 with (5.45)",
)
def conjugate_gradient(problem, x0, *, tolerance=1e-5, decrease=1e-4, curvature=0.1):
    r"""Conjugate gradients (Polak-Ribiere+): each direction keeps what the last ones achieved.

    .. math:: p_0 = -g_0, \qquad \beta_{t+1} = \max\left(0, \frac{g_{t+1} \cdot (g_{t+1} - g_t)}{g_t \cdot g_t}\right),
              \qquad p_{t+1} = -g_{t+1} + \beta_{t+1} p_t

    The length of a step comes from a line search for the strong Wolfe conditions. On a quadratic in :math:`d`
    variables, exact searches (a tiny ``curvature``) end it in :math:`d` steps.

    Parameters
    ----------
    problem : Problem
        With a gradient.
    x0 : ndarray, shape (d,), or float
        Start.
    tolerance : float
        Stop when no component of the gradient is larger than this, >= 0 (SciPy's ``gtol``).
    decrease, curvature : float
        The strong Wolfe constants, :math:`0 < c_1 < c_2 < 1/2`. SciPy has 1e-4 and 0.4; 0.1 is Nocedal and Wright's
        advice for conjugate gradients.

    Yields
    ------
    Iterate
        ``x`` (d,), ``fun``, ``direction`` (d,) and ``step``, its length in units of the direction.

    References
    ----------
    Nocedal and Wright (2006), Numerical Optimization, Algorithm 5.4 with the beta of (5.45) and the first trial step of
    (3.60). Deviation: restarts along the gradient where the direction fails to descend.
    """
    _check_constants(tolerance, decrease, curvature)
    x, fun, gradient = x0, problem.fun(x0), problem.gradient(x0)
    direction, last_drop = -gradient, float(np.linalg.norm(gradient)) / 2
    while np.max(np.abs(gradient)) > tolerance:
        slope = float(np.vdot(gradient, direction))
        if slope >= 0:
            direction, slope = -gradient, -float(np.vdot(gradient, gradient))
        here = Trial(0.0, x, fun, gradient, slope)
        found = strong_wolfe(problem, here, direction, -2 * last_drop / slope, decrease=decrease, curvature=curvature)
        if found is None:
            return False, (
                "The line search found no acceptable point: the gradient is wrong, the function has no minimum that "
                "way, or rounding hides it."
            )
        beta = max(0.0, float(np.vdot(found.gradient, found.gradient - gradient) / np.vdot(gradient, gradient)))
        last_drop = max(fun - found.fun, np.finfo(float).eps * abs(fun), 1e-300)
        x, fun, gradient = found.x, found.fun, found.gradient
        yield Iterate(x, fun, direction=direction, step=found.step)
        direction = -gradient + beta * direction
    return f"The gradient is at most the tolerance {tolerance} in every component."


def _check_constants(tolerance, decrease, curvature):
    validate.not_negative(tolerance=tolerance)
    validate.positive(decrease=decrease)
    if not (validate.is_real(curvature) and decrease < curvature < 0.5):
        raise ValueError(f"curvature must be above decrease = {decrease!r} and below 0.5, got {curvature!r}")
