"""Natural evolution strategies: the natural gradient of the expected rank of a sample."""

from __future__ import annotations

import math

import numpy as np

from .. import validate
from ..arguments import real_number
from ..registry import Iterate, method
from .box import on_vectors
from .evolution import first_step


@method(
    chapter="stochastic",
    needs="batch",
    use_when="you want a derivation from one principle (a gradient step on the distribution) and few variables",
    fails_when="evaluations count: cma_es, which also follows a path, needs about half as many",
    reference="Wierstra et al. (2014), JMLR 15, Algorithm 5 (xNES)",
)
@on_vectors
def natural_evolution_strategy(
    problem, x0, *, step_size=None, population=None, mean_rate=1.0, shape_rate=None, tolerance=1e-12, rng
):
    r"""Exponential natural evolution strategy (xNES): natural gradient steps on the parameters of a distribution.

    With samples :math:`x_k = \mu + \sigma B z_k`, best first, and utilities :math:`u_k`,

    .. math::
        \mu &\leftarrow \mu + \eta_\mu\, \sigma B \textstyle\sum_k u_k z_k, \qquad
        G = \textstyle\sum_k u_k (z_k z_k^\top - I), \quad g = \operatorname{tr} G / d \\
        \sigma &\leftarrow \sigma e^{\eta_s g / 2}, \qquad B \leftarrow B \exp(\eta_s (G - g I) / 2)

    Parameters
    ----------
    problem : Problem
        Objective on :math:`\mathbb{R}^d`; only comparisons of function values are used. Bounds are not kept.
    x0 : ndarray, shape (d,), or float
        First mean.
    step_size : float, optional
        First :math:`\sigma > 0`; 0.3 of the mean width of the box where the problem has one, else 0.5.
    population : int, optional
        Samples a generation, at least 4; :math:`4 + \lfloor 3 \ln d \rfloor` by default.
    mean_rate, shape_rate : float, optional
        :math:`\eta_\mu > 0` and :math:`\eta_s > 0`; by default 1 and :math:`(9 + 3 \ln d) / (5 d \sqrt d)`.
    tolerance : float
        Stop when no standard deviation is above this.

    Yields
    ------
    Iterate
        ``x`` (d,) the best sample of the generation, ``fun``, ``population`` (n, d), and the distribution it was
        drawn from: ``mean`` (d,), ``step_size``, ``covariance`` (d, d).

    References
    ----------
    Wierstra et al. (2014), Natural evolution strategies, JMLR 15, Algorithm 5 and Table 1.
    """
    d = x0.size
    n = 4 + int(3 * math.log(d)) if population is None else population
    rate = (9 + 3 * math.log(d)) / (5 * d * math.sqrt(d)) if shape_rate is None else shape_rate
    sigma = first_step(problem, step_size)
    validate.whole(4, population=n)
    validate.positive(mean_rate=mean_rate, shape_rate=rate)
    real_number("tolerance", tolerance, 0)
    utilities = rank_utilities(n)
    mean, B, identity = x0, np.eye(d), np.eye(d)
    while True:
        Z = rng.standard_normal((n, d))
        X = mean + sigma * Z @ B.T
        values = problem.batch(X)
        order = np.argsort(values, kind="stable")
        yield Iterate(X[order[0]], fun=values[order[0]], population=X, mean=mean, step_size=sigma,
                      covariance=sigma**2 * B @ B.T)  # fmt: skip
        Z = Z[order]
        G = (utilities * Z.T) @ Z  # less I times the utilities' sum, which is 0
        g = np.trace(G) / d
        mean = mean + mean_rate * sigma * B @ (utilities @ Z)
        sigma *= math.exp(0.5 * rate * g)
        B = B @ _exponential(0.5 * rate * (G - g * identity))
        if sigma * np.sqrt((B**2).sum(axis=1)).max() <= tolerance:
            return f"No standard deviation is above {tolerance}."


def rank_utilities(n: int) -> np.ndarray:
    r"""Utilities of ranks 1 to n, summing to 0: :math:`u_k \propto \max(0, \ln(n/2 + 1) - \ln k)`, less :math:`1/n`."""
    raw = np.maximum(0.0, math.log(n / 2 + 1) - np.log(np.arange(1, n + 1)))
    return raw / raw.sum() - 1 / n


def _exponential(S):
    """Matrix exponential of a symmetric matrix."""
    eigenvalues, B = np.linalg.eigh(S)
    return (B * np.exp(eigenvalues)) @ B.T
