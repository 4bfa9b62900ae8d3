r"""Test functions in any dimension with one hollow, with exact derivatives, optima and picture window.

Every ``fun`` works along the last axis: it takes a point (d,) or a population (n, d), so it is its own ``batch_fun``.
All are polynomials, and accept complex ``x`` (for the complex-step derivative).

References
----------
Jamil and Yang (2013), A literature survey of benchmark functions for global optimisation problems, arXiv:1308.4008
(cited by number); Surjanovic and Bingham (2013), Virtual Library of Simulation Experiments,
https://www.sfu.ca/~ssurjano/optimization.html (cited by name).
"""

from __future__ import annotations

import numpy as np

from ..arguments import real_number, whole_number
from ..problem import Problem


def square(low: float, high: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """The picture window that shows the same range of both variables."""
    return (low, high), (low, high)


def sphere(dimension: int = 2) -> Problem:
    r"""The squared length :math:`f(x) = \sum_i x_i^2`: the simplest problem there is.

    Convex, condition number 1. Minimum 0 at the origin; box :math:`[-5.12, 5.12]^d`.

    Parameters
    ----------
    dimension : int
        Number of variables, at least 1.

    References
    ----------
    Jamil and Yang (2013), no. 137 (De Jong's first function).
    """
    d = whole_number("dimension", dimension, least=1)

    def fun(x):
        return np.sum(np.square(x), axis=-1)

    return Problem(
        fun,
        gradient=lambda x: 2.0 * np.asarray(x),
        hessian=lambda x: 2.0 * np.eye(d),
        batch_fun=fun,
        bounds=[(-5.12, 5.12)] * d,
        x0=np.resize([-4.0, 3.0], d),
        x_opt=np.zeros(d),
        f_opt=0.0,
        window=square(-5.12, 5.12),
        name="sphere",
        smoothness=2.0,
        strong_convexity=2.0,
    )


def ellipsoid(dimension: int = 2, condition: float = 100.0) -> Problem:
    r"""An ill-conditioned bowl, :math:`f(x) = \sum_i \kappa^{(i-1)/(d-1)} x_i^2` with condition number :math:`\kappa`.

    The Hessian is diagonal with eigenvalues from 2 to :math:`2 \kappa`, evenly spread on a logarithmic scale; with
    :math:`\kappa = 1` it is `sphere`. Minimum 0 at the origin; box :math:`[-5, 5]^d`.

    Parameters
    ----------
    dimension : int
        Number of variables, at least 1 (1 variable has condition number 1 whatever ``condition`` says).
    condition : float
        Ratio of the largest to the smallest eigenvalue, at least 1.

    References
    ----------
    Hansen et al. (2009), Real-parameter black-box optimization benchmarking: noiseless functions definitions, f2
    without its transformations (there :math:`\kappa = 10^6`).
    """
    d = whole_number("dimension", dimension, least=1)
    weights = real_number("condition", condition, least=1.0) ** np.linspace(0.0, 1.0, d)

    def fun(x):
        return np.square(x) @ weights

    return Problem(
        fun,
        gradient=lambda x: 2.0 * weights * x,
        hessian=lambda x: np.diag(2.0 * weights),
        batch_fun=fun,
        bounds=[(-5.0, 5.0)] * d,
        x0=np.resize([-4.0, 3.0], d),
        x_opt=np.zeros(d),
        f_opt=0.0,
        window=square(-5.0, 5.0),
        name="ellipsoid",
        smoothness=float(2.0 * weights.max()),
        strong_convexity=2.0,
    )


def rosenbrock(dimension: int = 2) -> Problem:
    r"""Rosenbrock's curved valley :math:`f(x) = \sum_{i=1}^{d-1} 100 (x_{i+1} - x_i^2)^2 + (1 - x_i)^2`.

    Easy to enter, slow to follow. Minimum 0 at :math:`(1, \dots, 1)`; for :math:`4 \le d \le 7` there is a second,
    local minimum near :math:`(-1, 1, \dots, 1)`. Box :math:`[-5, 10]^d`.

    Parameters
    ----------
    dimension : int
        Number of variables, at least 2.

    References
    ----------
    Rosenbrock (1960), The Computer Journal 3(3), doi:10.1093/comjnl/3.3.175. Same as `scipy.optimize.rosen`.
    """
    d = whole_number("dimension", dimension, least=2)

    def fun(x):
        x = np.asarray(x)
        head, tail = x[..., :-1], x[..., 1:]
        return np.sum(100.0 * (tail - head**2) ** 2 + (1.0 - head) ** 2, axis=-1)

    def gradient(x):
        x = np.asarray(x)
        head, tail = x[:-1], x[1:]
        slope = np.zeros_like(x)
        slope[:-1] = -400.0 * head * (tail - head**2) - 2.0 * (1.0 - head)
        slope[1:] += 200.0 * (tail - head**2)
        return slope

    def hessian(x):
        x = np.asarray(x)
        head, tail = x[:-1], x[1:]
        diagonal = np.zeros_like(x)
        diagonal[:-1] = 1200.0 * head**2 - 400.0 * tail + 2.0
        diagonal[1:] += 200.0
        beside = -400.0 * head
        return np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1)

    return Problem(
        fun,
        gradient,
        hessian,
        batch_fun=fun,
        bounds=[(-5.0, 10.0)] * d,
        x0=np.resize([-1.2, 1.0], d),
        x_opt=np.ones(d),
        f_opt=0.0,
        window=((-2.0, 2.0), (-1.0, 3.0)),
        name="rosenbrock",
    )
