"""CMA-ES: an evolution strategy that learns the shape of the objective as a covariance matrix."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from itertools import count

import numpy as np

from .. import validate
from ..arguments import real_number
from ..registry import Iterate, method
from .box import on_vectors, random_points
from .evolution import first_step


@dataclass(frozen=True)
class CMAParameters:
    """What CMA-ES sets from the dimension and the population, in the tutorial's names.

    Attributes
    ----------
    weights : ndarray, shape (population,)
        For the ranked population: the first ``mu`` are positive and sum to 1, the others negative or 0.
    mu, mu_eff : int, float
        Number of parents, and how many equally weighted ones they are worth.
    c_sigma, d_sigma : float
        Decay and damping of the step size's path.
    c_c, c_1, c_mu : float
        Decay of the covariance's path, learning rates of the rank-one and the rank-mu update.
    chi : float
        Expected length of a standard normal vector.
    """

    weights: np.ndarray
    mu: int
    mu_eff: float
    c_sigma: float
    d_sigma: float
    c_c: float
    c_1: float
    c_mu: float
    chi: float


def cma_parameters(dimension: int, population: int | None = None, active: bool = True) -> CMAParameters:
    r"""Default parameters of CMA-ES: Hansen (2016), Table 1, with pycma's choices where that differs.

    They differ in :math:`c_\sigma = \min(\tfrac12, (\mu_{eff} + 2) / (d + \mu_{eff} + 3))` (the tutorial has + 5) and
    in the factor :math:`\min(1, \lambda / 6)` on :math:`c_1`.

    Parameters
    ----------
    dimension : int
        :math:`d \ge 1`.
    population : int, optional
        :math:`\lambda \ge 4`; :math:`4 + \lfloor 3 \ln d \rfloor` by default.
    active : bool
        Whether the worse half of a generation counts against its directions (negative weights).
    """
    d = dimension
    n = 4 + int(3 * math.log(d)) if population is None else population
    validate.whole(dimension=dimension)
    validate.whole(4, population=n)
    raw = math.log((n + 1) / 2) - np.log(np.arange(1, n + 1))
    mu = n // 2
    positive, negative = raw[:mu], raw[mu:]
    mu_eff = float(positive.sum() ** 2 / (positive**2).sum())
    c_1 = min(1.0, n / 6) * 2 / ((d + 1.3) ** 2 + mu_eff)
    c_mu = min(1 - c_1, 2 * (0.25 + mu_eff + 1 / mu_eff - 2) / ((d + 2) ** 2 + mu_eff))
    weights = np.concatenate([positive / positive.sum(), np.zeros(n - mu)])
    if active:
        mu_eff_negative = float(negative.sum() ** 2 / (negative**2).sum())
        total = min(1 + c_1 / c_mu, 1 + 2 * mu_eff_negative / (mu_eff + 2), (1 - c_1 - c_mu) / (d * c_mu))
        weights[mu:] = total * negative / abs(negative.sum())
    c_sigma = min(0.5, (mu_eff + 2) / (d + mu_eff + 3))
    return CMAParameters(
        weights=weights,
        mu=mu,
        mu_eff=mu_eff,
        c_sigma=c_sigma,
        d_sigma=1 + 2 * max(0.0, math.sqrt((mu_eff - 1) / (d + 1)) - 1) + c_sigma,
        c_c=(4 + mu_eff / d) / (d + 4 + 2 * mu_eff / d),
        c_1=c_1,
        c_mu=c_mu,
        chi=math.sqrt(d) * (1 - 1 / (4 * d) + 1 / (21 * d**2)),
    )


@method(
    chapter="stochastic",
    needs="batch",
    use_when="the objective is rugged, ill-conditioned or not separable, has 2 to 100 variables and no gradient",
    fails_when="there are thousands of variables (d x d matrices), or a gradient could be had",
    reference="Hansen (2016), The CMA evolution strategy: a tutorial, arXiv:1604.00772, Figure 6",
)
@on_vectors
def cma_es(
    problem, x0, *, step_size=None, population=None, active=True, restarts=0, tolerance=1e-11, fun_tolerance=1e-11, rng
):
    r"""CMA-ES: draw from a normal distribution and adapt its mean, its step size and its covariance.

    Parameters
    ----------
    problem : Problem
        Objective on :math:`\mathbb{R}^d`; only comparisons of function values are used. Bounds are not kept.
    x0 : ndarray, shape (d,), or float
        First mean.
    step_size : float, optional
        First :math:`\sigma > 0`: the minimum should lie within about three of it. By default 0.3 of the mean width of
        the box where the problem has one, else 0.5.
    population : int, optional
        :math:`\lambda \ge 4`, points a generation; :math:`4 + \lfloor 3 \ln d \rfloor` by default.
    active : bool
        Learn from the worse half of a generation too (negative weights).
    restarts : int
        How often to start again when stuck, each time with twice the population (IPOP), from a point drawn from the
        box where the problem has one, else from ``x0``.
    tolerance, fun_tolerance : float
        Stop when all standard deviations are below ``tolerance`` times the first step size, or when the best values of
        late and all of the last generation differ by less than ``fun_tolerance``.

    Yields
    ------
    Iterate
        ``x`` (d,) the best of the generation, ``fun``, ``population`` (lambda, d), and the distribution that it was
        drawn from: ``mean`` (d,), ``step_size``, ``covariance`` (d, d).

    References
    ----------
    Hansen (2016), The CMA evolution strategy: a tutorial, arXiv:1604.00772, Figure 6; parameters: `cma_parameters`;
    restarts: Auger and Hansen (2005), A restart CMA evolution strategy with increasing population size, CEC.
    Deviations: pycma's test for stalling the path of the covariance, and its cap (a factor e) on the growth of the step
    size; the covariance is factorised every :math:`\max(1, \lfloor 1 / (d (c_1 + c_\mu)) \rfloor)` generations, where
    the tutorial's section B.2 has :math:`10 d` for :math:`d`. Up to 190 variables or so that is every generation; every
    second to fifth, as here, takes as many evaluations (measured for 2 to 40 variables) and less time.
    """
    sigma = first_step(problem, step_size)
    if not isinstance(active, bool):
        raise ValueError(f"active must be True or False, got {active!r}")
    validate.whole(0, restarts=restarts)
    real_number("tolerance", tolerance, 0)
    real_number("fun_tolerance", fun_tolerance, 0)
    parameters = cma_parameters(x0.size, population, active)
    mean = x0
    for _ in range(restarts):
        yield from _adapt(problem, mean, sigma, parameters, tolerance, fun_tolerance, rng)
        mean = _another_start(problem, x0, rng)
        parameters = cma_parameters(x0.size, 2 * parameters.weights.size, active)
    return (yield from _adapt(problem, mean, sigma, parameters, tolerance, fun_tolerance, rng))


def _another_start(problem, x0, rng):
    if problem.bounds is None or not np.isfinite(problem.bounds).all():
        return x0
    return random_points(rng, problem.bounds[:, 0], problem.bounds[:, 1], 1)[0]


def _adapt(problem, mean, sigma, p, tolerance, fun_tolerance, rng):
    """One run of CMA-ES, the figure's equations in its order; returns why it stopped."""
    d, n = mean.size, p.weights.size
    C, B, D, BD = np.eye(d), np.eye(d), np.ones(d), np.eye(d)
    path_sigma, path_c = np.zeros(d), np.zeros(d)
    push_sigma = math.sqrt(p.c_sigma * (2 - p.c_sigma) * p.mu_eff)
    push_c = math.sqrt(p.c_c * (2 - p.c_c) * p.mu_eff)
    positive, learned = p.weights[: p.mu], np.concatenate([[p.c_1], p.c_mu * p.weights])
    kept = float(1 - learned.sum())
    every = max(1, int(1 / (d * (p.c_1 + p.c_mu))))  # B and D may be a little old
    stop = _Stop(d, n, sigma, tolerance, fun_tolerance)
    for generation in count(1):
        Z = rng.standard_normal((n, d))
        Y = Z @ BD.T
        X = mean + sigma * Y
        values = problem.batch(X)
        order = values.argsort(kind="stable")
        best = order[0]
        yield Iterate(X[best], fun=float(values[best]), population=X, mean=mean, step_size=sigma, covariance=C)
        Y, Z = Y[order], Z[order]
        # Selection and recombination; C^(-1/2) y = B z.
        step = positive @ Y[: p.mu]
        mean = mean + sigma * step
        path_sigma = (1 - p.c_sigma) * path_sigma + push_sigma * (B @ (positive @ Z[: p.mu]))
        length = math.sqrt(path_sigma @ path_sigma)
        stalled = length**2 / d / (1 - (1 - p.c_sigma) ** (2 * generation)) >= 2 + 4 / (d + 1)
        path_c = (1 - p.c_c) * path_c + (0.0 if stalled else push_c) * step
        C = _learn(C, learned, path_c, Y, Z[p.mu :], kept + (p.c_1 * p.c_c * (2 - p.c_c) if stalled else 0.0))
        sigma *= math.exp(min(1.0, p.c_sigma / p.d_sigma * (length / p.chi - 1)))
        if generation % every == 0:
            eigenvalues, B = np.linalg.eigh(C)
            D = np.sqrt(np.maximum(eigenvalues, 0.0))
            BD = B * D
        reason = stop.reason(generation, values[order], mean, sigma, C, D, path_c)
        if reason:
            return reason


def _learn(C, learned, path_c, Y, worse, kept):
    """Rank-one and rank-mu update; bad directions count with the length sqrt(d) in the metric of C."""
    rows = np.concatenate([path_c[None], Y])
    w = learned.copy()
    w[w.size - len(worse) :] *= path_c.size / (worse**2).sum(axis=1)
    return kept * C + (w * rows.T) @ rows


class _Stop:
    """When a run is over: Hansen (2016), B.3, and Auger and Hansen (2005), section 2."""

    def __init__(self, d, n, sigma, tolerance, fun_tolerance):
        self._first_sigma, self._tolerance, self._fun_tolerance = sigma, tolerance, fun_tolerance
        self._recent: deque[float] = deque(maxlen=10 + math.ceil(30 * d / n))
        self._window = 120 + math.ceil(30 * d / n)
        self._bests, self._medians = [], []

    def reason(self, generation, ranked, mean, sigma, C, D, path_c):
        best, median, worst = float(ranked[0]), float(ranked[ranked.size // 2]), float(ranked[-1])
        self._recent.append(best)
        self._bests.append(best)
        self._medians.append(median)
        late = len(self._recent) == self._recent.maxlen
        if (
            worst - best <= self._fun_tolerance
            and late
            and max(self._recent) - min(self._recent) <= self._fun_tolerance
        ):
            return f"The best values of {len(self._recent)} generations are within {self._fun_tolerance}."
        if generation % 10:
            return None
        deviations = sigma * np.sqrt(C.diagonal())
        within = self._tolerance * self._first_sigma
        if (deviations <= within).all() and (sigma * np.abs(path_c) <= within).all():
            return f"All standard deviations are below {self._tolerance} of the first step size."
        if not 0 < D.max() < 1e7 * D.min():
            return (False, "Gave up: the covariance matrix is ill-conditioned beyond 1e14.")
        if sigma * D.max() > 1e4 * self._first_sigma * max(1.0, D.min()):
            return (False, "Gave up: the step size has grown by 1e4; a larger step_size may help.")
        if (mean + 0.2 * deviations == mean).any():
            return (False, "Gave up: a step along an axis no longer changes the mean.")
        if self._stagnates():
            return (False, "Gave up: the best and the median values have not improved for many generations.")
        return None

    def _stagnates(self):
        """Whether the last three tenths of the late history are no better than the first three, in the median."""
        length = max(self._window, len(self._bests) // 5)
        if len(self._bests) < length:
            return False
        part = int(0.3 * length)
        recent = (values[-length:] for values in (self._bests, self._medians))
        return all(_median(values[-part:]) >= _median(values[:part]) for values in recent)


def _median(values):
    return sorted(values)[len(values) // 2]
