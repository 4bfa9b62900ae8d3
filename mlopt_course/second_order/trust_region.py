"""Trust-region Newton methods: minimise the quadratic model only as far as it is trusted."""

from __future__ import annotations

import math

import numpy as np

from .. import validate
from ..registry import Iterate, method
from ..vectors import as_vectors

NO_RADIUS = "The trust region has shrunk to nothing: the gradient is wrong, or rounding hides the descent."


@method(
    chapter="second_order",
    needs=("gradient", "hessian"),
    use_when="Newton's speed is wanted from any start, also where the Hessian is indefinite",
    fails_when="no Hessian is to be had, or so many variables that the products with it are too dear",
    reference="Nocedal and Wright (2006), Algorithm 4.1 with Algorithm 7.2 or the dogleg (4.16)",
)
def trust_region(
    problem, x0, *, subproblem="steihaug", tolerance=1e-4, initial_radius=1.0, max_radius=1000.0, accept=0.15
):
    r"""Trust region: Newton's quadratic, minimised within a ball that grows while it predicts well.

    Parameters
    ----------
    problem : Problem
        With a gradient and a Hessian.
    x0 : ndarray, shape (d,), or float
        Start.
    subproblem : {"steihaug", "dogleg"}
        How to minimise the quadratic within the ball: by conjugate gradients (SciPy's trust-ncg), or along two legs, to
        the steepest-descent minimum and on to the Newton point (SciPy's dogleg).
    tolerance : float
        Stop when the gradient's Euclidean length is below this (> 0).
    initial_radius, max_radius : float
        Radius of the first ball, and of the largest (> 0).
    accept : float
        :math:`\eta` in [0, 0.25): move if more than this part of the predicted decrease is achieved.

    Yields
    ------
    Iterate
        ``x`` (d,), ``fun`` and ``radius`` of the ball that was used.

    References
    ----------
    Nocedal and Wright (2006), Numerical Optimization, Algorithm 4.1; Algorithm 7.2 (CG-Steihaug); the dogleg (4.16).
    Deviation: where the Hessian is not positive definite there is no dogleg, and the step is Steihaug's.
    """
    validate.positive(tolerance=tolerance, initial_radius=initial_radius, max_radius=max_radius)
    if initial_radius > max_radius:
        raise ValueError(f"initial_radius must be at most max_radius = {max_radius!r}, got {initial_radius!r}")
    if not (validate.is_real(accept) and 0 <= accept < 0.25):
        raise ValueError(f"accept must be at least 0 and below 0.25, got {accept!r}")
    if subproblem not in ("steihaug", "dogleg"):
        raise ValueError(f"subproblem must be 'steihaug' or 'dogleg', got {subproblem!r}")
    solve = steihaug if subproblem == "steihaug" else dogleg
    vectors = as_vectors(problem, x0)
    x, radius = vectors.start, initial_radius
    fun, gradient = vectors.fun(x), vectors.gradient(x)
    hessian = None
    while np.linalg.norm(gradient) >= tolerance:
        if hessian is None:
            hessian = vectors.hessian(x)
        step, at_border = solve(gradient, hessian, radius)
        predicted = -float(gradient @ step + step @ (hessian @ step) / 2)
        if not predicted > 0 or np.all(x + step == x):
            return False, NO_RADIUS
        new_fun = vectors.fun(x + step)
        ratio = (fun - new_fun) / predicted
        used = radius
        if ratio < 0.25:
            radius = 0.25 * radius
        elif ratio > 0.75 and at_border:
            radius = min(2 * radius, max_radius)
        if ratio > accept:
            x, fun, hessian = x + step, new_fun, None
            gradient = vectors.gradient(x)
        yield Iterate(vectors.restore(x), fun, radius=used)
    return f"The gradient is shorter than the tolerance {tolerance}."


def steihaug(gradient, hessian, radius):
    """Conjugate gradients on the quadratic until precise enough, out of the ball, or going down for ever.

    Returns the step and whether it reaches the border; Nocedal and Wright (2006), Algorithm 7.2, where for negative
    curvature the better of the line's two border points is taken, as SciPy does.
    """
    size = float(np.linalg.norm(gradient))
    enough = min(0.5, math.sqrt(size)) * size
    z, residual, direction = np.zeros_like(gradient), gradient, -gradient
    square = float(residual @ residual)
    for _ in range(20 * gradient.size if square > 0 else 0):  # in exact arithmetic one for each variable is enough
        bent = hessian @ direction
        curvature = float(direction @ bent)
        if curvature <= 0:
            ends = [z + t * direction for t in border(z, direction, radius)]
            return min(ends, key=lambda p: float(gradient @ p + p @ (hessian @ p) / 2)), True
        length = square / curvature
        further = z + length * direction
        if np.linalg.norm(further) >= radius:
            return z + border(z, direction, radius)[1] * direction, True
        residual = residual + length * bent
        last_square, square = square, float(residual @ residual)
        if math.sqrt(square) <= enough:
            return further, False
        z, direction = further, square / last_square * direction - residual
    return z, False


def dogleg(gradient, hessian, radius):
    """To the Newton point if it is in the ball; else as far as the ball goes on the way there by the Cauchy point.

    Returns the step and whether it reaches the border; Nocedal and Wright (2006), equation (4.16).
    """
    try:
        lower = np.linalg.cholesky(hessian)
    except np.linalg.LinAlgError:
        return steihaug(gradient, hessian, radius)
    newton = -np.linalg.solve(lower.T, np.linalg.solve(lower, gradient))
    if np.linalg.norm(newton) < radius:
        return newton, False
    cauchy = -(float(gradient @ gradient) / float(gradient @ (hessian @ gradient))) * gradient
    length = np.linalg.norm(cauchy)
    if length >= radius:
        return cauchy * (radius / length), True
    return cauchy + border(cauchy, newton - cauchy, radius)[1] * (newton - cauchy), True


def border(z, direction, radius):
    """The two ``t`` at which ``z + t * direction`` is at the border of the ball, in order."""
    a, b, c = float(direction @ direction), 2 * float(z @ direction), float(z @ z) - radius**2
    both = b + math.copysign(math.sqrt(max(0.0, b * b - 4 * a * c)), b)  # no cancellation
    return sorted((-both / (2 * a), -2 * c / both))
