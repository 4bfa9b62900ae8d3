"""Search by drawing points: from the whole box, or from a distribution fitted to the best of them."""

from __future__ import annotations

import numpy as np

from .. import validate
from ..arguments import real_number
from ..registry import Iterate, method
from .box import clip, finite_box, on_vectors, random_points


@method(
    chapter="stochastic",
    needs=("bounds", "batch"),
    use_when="as the baseline of every comparison, and when few of the variables matter",
    fails_when="the good region is small: the chance of a hit falls with the power of the dimension",
    reference="Bergstra and Bengio (2012), JMLR 13, section 2",
)
@on_vectors
def random_search(problem, x0, *, batch_size=10, rng):
    r"""Random search: draw points uniformly from the box and keep the best.

    Parameters
    ----------
    problem : Problem
        With finite bounds; only function values are used.
    x0 : ndarray, shape (d,), or None
        Not used, but for the dimension.
    batch_size : int
        Points a step, at least 1; the last step of a budget takes what is left.

    Yields
    ------
    Iterate
        ``x`` (d,) the best of the step's points, ``fun``, and ``population`` (n, d), ``values`` (n,).

    References
    ----------
    Bergstra and Bengio (2012), Random search for hyper-parameter optimization, JMLR 13, section 2. With probability
    :math:`1 - (1 - p)^n` one of :math:`n` points falls into a part of the box with a share :math:`p` of its volume.
    """
    validate.whole(batch_size=batch_size)
    low, high = finite_box(problem, x0)
    while True:
        n = batch_size
        if problem.max_evaluations is not None:
            n = max(1, min(n, problem.max_evaluations - problem.nfev))
        X = random_points(rng, low, high, n)
        values = problem.batch(X)
        best = values.argmin()
        yield Iterate(X[best], fun=values[best], population=X, values=values)


@method(
    chapter="stochastic",
    needs=("bounds", "batch"),
    use_when="the shape of the good region should be learnt from samples, and evaluations are cheap",
    fails_when="the elite is small for the dimension: the covariance collapses before the minimum is found",
    reference="Kochenderfer and Wheeler (2019), Algorithms for Optimization, Algorithm 8.7; de Boer et al. (2005)",
)
@on_vectors
def cross_entropy_method(
    problem, x0, *, population=None, elite=0.2, smoothing=0.5, step_size=None, tolerance=1e-8, rng
):
    r"""Cross-entropy method: draw from a normal distribution, refit it to the best draws, repeat.

    With the mean :math:`\hat\mu` and covariance :math:`\hat\Sigma` of the elite, and smoothing :math:`\alpha`,

    .. math::
        \mu \leftarrow \alpha \hat\mu + (1 - \alpha) \mu, \qquad
        \Sigma \leftarrow \alpha \hat\Sigma + (1 - \alpha) \Sigma

    Parameters
    ----------
    problem : Problem
        With finite bounds; only function values are used.
    x0 : ndarray, shape (d,), or None
        First mean; the middle of the box where there is none.
    population : int, optional
        Draws a generation; by default ``10 d``, at least 20.
    elite : float
        Share of them that the distribution is fitted to, in (0, 1).
    smoothing : float
        :math:`\alpha` in (0, 1]; below 1 the distribution collapses later.
    step_size : float, optional
        First standard deviation of each coordinate as a share of its width, > 0; 0.5 by default.
    tolerance : float
        Stop when no standard deviation is above this share of the box.

    Yields
    ------
    Iterate
        ``x`` (d,) the best draw of the generation, ``fun``, and the distribution it came from: ``mean`` (d,),
        ``covariance`` (d, d); and ``population`` (n, d).

    References
    ----------
    Kochenderfer and Wheeler (2019), Algorithm 8.7, with the smoothing of de Boer et al. (2005), A tutorial on the
    cross-entropy method, Annals of Operations Research 134. Deviations: draws outside the box are clipped;
    an elite of 0.2 where both have 0.1, for the default population is small.
    """
    low, high = finite_box(problem, x0)
    d = low.size
    n = max(20, 10 * d) if population is None else population
    width = high - low
    step = 0.5 if step_size is None else step_size
    _check_fit(n, elite, smoothing, step, tolerance)
    n_elite = max(2, round(elite * n))
    mean = 0.5 * (low + high) if x0 is None else x0
    covariance = np.diag((step * width) ** 2)
    while True:
        X = clip(mean + rng.standard_normal((n, d)) @ _root(covariance).T, low, high)
        values = problem.batch(X)
        order = np.argsort(values, kind="stable")
        best = X[order[:n_elite]]
        yield Iterate(X[order[0]], fun=values[order[0]], mean=mean, covariance=covariance, population=X)
        fitted = best.mean(axis=0)
        deviations = best - fitted
        mean = smoothing * fitted + (1 - smoothing) * mean
        covariance = smoothing * (deviations.T @ deviations / n_elite) + (1 - smoothing) * covariance
        if (np.sqrt(covariance.diagonal()) <= tolerance * width).all():
            return f"The distribution has shrunk to {tolerance} of the box."


def _check_fit(population, elite, smoothing, step_size, tolerance):
    validate.whole(4, population=population)
    validate.positive(step_size=step_size)
    real_number("tolerance", tolerance, 0)
    if not (validate.is_real(elite) and 0 < elite < 1):
        raise ValueError(f"elite must be above 0 and below 1, got {elite!r}")
    if not (validate.is_real(smoothing) and 0 < smoothing <= 1):
        raise ValueError(f"smoothing must be above 0 and at most 1, got {smoothing!r}")


def _root(covariance):
    """A matrix R with R R^T = covariance, also where rounding has made it slightly indefinite."""
    eigenvalues, B = np.linalg.eigh(covariance)
    return B * np.sqrt(np.maximum(eigenvalues, 0.0))
