"""Curvature without the Hessian: sharpness; and stationary points: how many are minima, how many saddles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import validate
from ..arguments import as_generator, whole_number
from ..derivatives import finite_difference_jacobian
from ..problem import Problem


def hessian_vector_product(gradient: Callable[[np.ndarray], np.ndarray], x: Any, v: Any) -> np.ndarray:
    r"""Product of the Hessian with a vector, from two gradients:
    :math:`H v \approx (\nabla f(x + h v) - \nabla f(x - h v)) / 2h`.

    Parameters
    ----------
    gradient : callable
        ``gradient(x)`` of shape (d,).
    x, v : array_like, shape (d,)

    Returns
    -------
    ndarray, shape (d,)
        With an error of about :math:`10^{-10}` relative to the gradient's size. The step :math:`h` is
        :math:`\epsilon^{1/3} (1 + \lVert x \rVert) / \lVert v \rVert`, best for central differences.

    References
    ----------
    Nocedal and Wright (2006), Numerical Optimization, section 7.1.
    """
    x, v = np.asarray(x, dtype=float), np.asarray(v, dtype=float)
    length = float(np.linalg.norm(v))
    if length == 0:
        return np.zeros(x.shape)
    step = np.cbrt(np.finfo(float).eps) * (1 + np.linalg.norm(x)) / length
    return (np.asarray(gradient(x + step * v)) - np.asarray(gradient(x - step * v))) / (2 * step)


def sharpness(
    problem: Problem,
    x: Any,
    *,
    tolerance: float = 1e-6,
    max_iterations: int = 1000,
    rng: np.random.Generator | int | None = 0,
) -> float:
    r"""Sharpness: the largest eigenvalue of the Hessian, by power iteration.

    Gradient descent with a rate :math:`\eta` is stable near a minimum only where this is below :math:`2 / \eta`.

    Power iteration finds the eigenvalue of largest size. If that is negative, the iteration is repeated on
    :math:`H - \lambda I`, whose eigenvalue of largest size belongs to the largest of :math:`H`.

    Parameters
    ----------
    problem : Problem
        With a gradient.
    x : array_like, shape (d,)
    tolerance : float
        Stop when the residual :math:`\lVert H v - \lambda v \rVert` is below this times :math:`|\lambda|`. The error
        of a symmetric matrix's Rayleigh quotient is of the square of that where eigenvalues are well apart.
    max_iterations : int
        Products with the Hessian at most, for each power iteration.
    rng : numpy.random.Generator, int or None
        Draws the first vector.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If the residual is above the tolerance after ``max_iterations``.

    References
    ----------
    Golub and Van Loan (2013), Matrix Computations, section 8.2.1; Cohen et al. (2021), Gradient descent on neural
    networks typically occurs at the edge of stability. arXiv:2103.00065.
    """
    if problem.gradient is None:
        raise ValueError(f"problem must have a gradient, but {problem.name} has none")
    validate.positive(tolerance=tolerance)
    whole_number("max_iterations", max_iterations, least=1)
    rng, x, gradient = as_generator(rng), np.asarray(x, dtype=float), problem.gradient
    largest = _power_iteration(lambda v: hessian_vector_product(gradient, x, v), x.size, tolerance, max_iterations, rng)
    if largest >= 0:
        return largest
    shifted = _power_iteration(
        lambda v: hessian_vector_product(gradient, x, v) - largest * v, x.size, tolerance, max_iterations, rng
    )
    return shifted + largest


def _power_iteration(
    product: Callable[[np.ndarray], np.ndarray], d: int, tolerance: float, max_iterations: int, rng: np.random.Generator
) -> float:
    v = rng.standard_normal(d)
    for _ in range(max_iterations):
        v = v / np.linalg.norm(v)
        image = product(v)
        eigenvalue = float(v @ image)
        residual = float(np.linalg.norm(image - eigenvalue * v))
        # Differences of gradients carry an error of about 1e-9: a smaller residual cannot be asked of them.
        if residual <= tolerance * abs(eigenvalue) + 1e-9:
            return eigenvalue
        v = image
    raise ValueError(
        f"max_iterations must be above {max_iterations} to reach the tolerance {tolerance} here: "
        f"the residual is {residual:.2g} at the eigenvalue {eigenvalue:.6g}"
    )


@dataclass(frozen=True, eq=False)
class StationaryPoints:
    """Stationary points that were found, by rising value.

    Attributes
    ----------
    x : ndarray, shape (m, d)
    fun : ndarray, shape (m,)
    index : ndarray of int, shape (m,)
        Number of negative eigenvalues of the Hessian: 0 for a minimum, d for a maximum, in between for a saddle.
    eigenvalues : ndarray, shape (m, d)
        Of the Hessian, ascending.
    """

    x: np.ndarray
    fun: np.ndarray
    index: np.ndarray
    eigenvalues: np.ndarray


def stationary_points(
    problem: Problem, starts: Any, *, tolerance: float = 1e-8, apart: float = 1e-4, max_iterations: int = 200
) -> StationaryPoints:
    r"""Stationary points of every kind: Levenberg-Marquardt on :math:`\nabla f(x) = 0` from many starts.

    Descent finds minima alone; the squared norm of the gradient is 0 at saddles and maxima, too. Its own local minima
    with a gradient above the tolerance are left out.

    Parameters
    ----------
    problem : Problem
        With a gradient. Without a Hessian, central differences of the gradient stand in.
    starts : array_like, shape (m, d)
    tolerance : float
        Largest gradient (its norm) that counts as 0.
    apart : float
        Points nearer to each other than this count as one.
    max_iterations : int
        For each start.

    Returns
    -------
    StationaryPoints

    References
    ----------
    Dauphin et al. (2014), Identifying and attacking the saddle point problem, who find them by Newton's
    method. arXiv:1406.2572.
    """
    from ..loop import minimize
    from ..problems import least_squares

    if problem.gradient is None:
        raise ValueError(f"problem must have a gradient, but {problem.name} has none")
    validate.positive(tolerance=tolerance, apart=apart)
    starts = np.atleast_2d(np.asarray(starts, dtype=float))
    gradient = problem.gradient
    hessian = problem.hessian or (lambda x: finite_difference_jacobian(gradient, x))
    found: list[np.ndarray] = []
    for start in starts:
        equation = least_squares(gradient, start, hessian)
        x = minimize(equation, method="levenberg_marquardt", tolerance=tolerance**2, step_tolerance=1e-14,
                     max_iterations=max_iterations, history="iterates").x  # fmt: skip
        if np.linalg.norm(gradient(x)) <= tolerance and all(np.linalg.norm(x - other) >= apart for other in found):
            found.append(x)
    found.sort(key=lambda x: float(problem.fun(x)))
    x = np.array(found).reshape(-1, starts.shape[1])
    matrices = [np.asarray(hessian(point)) for point in x]
    eigenvalues = np.array([np.linalg.eigvalsh((H + H.T) / 2) for H in matrices]).reshape(x.shape)
    return StationaryPoints(
        x, np.array([float(problem.fun(point)) for point in x]), (eigenvalues < 0).sum(axis=1), eigenvalues
    )


def share_of_minima(dimension: int, *, samples: int = 10_000, rng: np.random.Generator | int | None = None) -> float:
    """Part of random stationary points that are minima: how often a random symmetric matrix is positive definite.

    The Hessian is drawn from the Gaussian orthogonal ensemble. The share falls as ``exp(-0.275 d**2)``: in high
    dimension nearly every stationary point is a saddle.

    Parameters
    ----------
    dimension : int
        d >= 1.
    samples : int
        Matrices to draw.
    rng : numpy.random.Generator, int or None

    References
    ----------
    Dean and Majumdar (2006), Large deviations of extreme eigenvalues of random matrices.
    arXiv:cond-mat/0609651.
    """
    d = whole_number("dimension", dimension, least=1)
    n = whole_number("samples", samples, least=1)
    matrices = as_generator(rng).standard_normal((n, d, d))
    lowest = np.linalg.eigvalsh(matrices + matrices.transpose(0, 2, 1))[:, 0]
    return float(np.mean(lowest > 0))
