"""Bayesian optimisation that never tries what may be dangerous."""

from __future__ import annotations

import numpy as np

from .. import validate
from ..registry import Iterate, method
from .kernels import find_kernel
from .posterior import GaussianProcess
from .search import UnitBox


@method(
    chapter="bayesian",
    needs="bounds",
    use_when="trying a bad point does damage, and a safe point to start from is known",
    fails_when="the length scale is too long for the objective: then it trusts where it should not",
    reference="Sui et al. (2015), ICML, Algorithm 1; Berkenkamp, Schoellig and Krause (2016), ICRA",
)
def safe_optimization(
    problem,
    x0,
    *,
    threshold=0.0,
    beta=3.0,
    kernel="matern52",
    lengthscale=None,
    scale=1.0,
    noise=1e-6,
    candidates=1000,
    rng,
):
    r"""SafeOpt: minimise without ever trying a point whose value may exceed a threshold.

    A point is safe where the upper confidence bound :math:`u(x) = m(x) + \beta s(x)` is at most the threshold. Of the
    safe points, two kinds are worth trying: possible minimisers, whose lower bound is below the least upper bound, and
    expanders, which could make more points safe. The most uncertain of them is next.

    Parameters
    ----------
    problem : Problem
        Only function values are used.
    x0 : ndarray, shape (d,), or float, or None
        A point known to be safe; by default the middle of the box.
    threshold : float
        The largest value that is safe.
    beta : float
        Width of the confidence bounds in standard deviations, > 0.
    kernel, lengthscale, scale, noise : str, floats
        Of the process, which is not fitted (a fit could declare unsafe points safe): one length scale or (d,) of them
        in units of the box (by default 0.2), the standard deviation of the objective over the box, and the variance of
        the noise. The prior mean is the threshold.
    candidates : int
        Random points of the box (besides a neighbourhood of the safe ones) among which it chooses.
    rng : numpy.random.Generator
        Draws the candidates.

    Yields
    ------
    Iterate
        ``x``, ``fun``, ``n_safe``, the number of candidates that are safe, and ``width`` of the confidence interval at
        ``x`` before it was evaluated.

    References
    ----------
    Sui, Gotovos, Burdick and Krause (2015), ICML, Algorithm 1; the form without a Lipschitz constant is that of
    Berkenkamp et al. (2016). Deviations: candidates are random, not a grid; it stops where nothing is left to learn.
    """
    _check(threshold, beta, kernel, scale, noise, candidates)
    box = UnitBox(problem, x0)
    u = np.full(box.dimension, 0.5) if x0 is None else box.unit(x0)
    start = box.point(u) if x0 is None else x0
    y = problem.fun(start)
    process = GaussianProcess(
        u[None], np.array([y]), kernel, 0.2 if lengthscale is None else lengthscale, scale**2, noise, mean=threshold
    )
    if y > threshold:
        yield Iterate(start, y, n_safe=0, width=0.0)
        return False, f"The start is not safe: its value {y:.6g} exceeds the threshold {threshold:g}."
    spread = rng.random((candidates, box.dimension))
    while True:
        steps = process.lengthscale * rng.standard_normal((candidates // 2, box.dimension)) / 3
        local = np.clip(process.X[rng.integers(len(process.X), size=len(steps))] + steps, 0, 1)
        points = np.vstack([spread, local])
        mean, std = process.predict(points)
        safe = mean + beta * std <= threshold
        if not safe.any():
            return (
                False,
                "No candidate but the points tried is safe; a longer lengthscale or a smaller beta would reach on.",
            )
        chosen = _most_uncertain(process, points, mean, std, safe, beta, threshold)
        if beta * std[chosen] <= 1e-4 * scale:
            return (
                "Every safe candidate that could be the minimum, or extend the safe set, is known to 1e-4 of the scale."
            )
        x = box.point(points[chosen])
        y = problem.fun(x)
        process = process.observe(points[chosen], y)
        yield Iterate(x, y, n_safe=int(np.sum(safe)), width=2 * beta * std[chosen])


def _check(threshold, beta, kernel, scale, noise, candidates):
    if not validate.is_real(threshold):
        raise ValueError(f"threshold must be a finite number, got {threshold!r}")
    validate.positive(beta=beta, scale=scale)
    validate.not_negative(noise=noise)
    validate.whole(2, candidates=candidates)
    find_kernel(kernel)


def _most_uncertain(process, points, mean, std, safe, beta, threshold):
    """The safe candidate of largest deviation that may be the minimum, or that could make another candidate safe."""
    least = np.min((mean + beta * std)[safe])
    minimisers = safe & (mean - beta * std <= least)
    order = [i for i in np.argsort(std)[::-1] if safe[i]]
    expands = _expander_test(process, points, mean, std, safe, beta, threshold)
    for i in order:
        if minimisers[i] or expands(i):
            return int(i)
    return int(order[0])


def _expander_test(process, points, mean, std, safe, beta, threshold):
    """A function that tells whether observing its lower bound at safe candidate ``i`` would make an unsafe one safe."""
    explained = process.inverse_factor @ process.covariance(process.X, points)

    def expands(i):
        prior = process.covariance(points[~safe], points[i : i + 1])[:, 0]
        shared = prior - explained[:, ~safe].T @ explained[:, i]  # posterior covariances of i and the unsafe ones
        spread = std[i] ** 2 + process.noise
        new_mean = mean[~safe] - shared * beta * std[i] / spread
        new_std = np.sqrt(np.maximum(std[~safe] ** 2 - shared**2 / spread, 0.0))
        return bool(np.any(new_mean + beta * new_std <= threshold))

    return expands
