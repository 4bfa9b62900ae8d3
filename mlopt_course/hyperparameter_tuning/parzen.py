"""Bayesian tuning with the tree-structured Parzen estimator: the densities of good and of bad values."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import numpy as np

from .. import validate
from .space import Categorical, Dimension, Float, Integer, Space, scaled
from .tuner import Job, Trial, Tuner, tuner

# The newest observations of which all count fully; older ones count less, the older the less.
FULL_WEIGHT = 25
NORMAL = NormalDist()


@tuner(
    use_when="evaluations are dear (20 to 1000 of them) and parameters mixed or conditional",
    fails_when="good values depend on each other: each parameter is modelled on its own",
    reference="Bergstra et al. (2011), NeurIPS, section 4; Watanabe (2023), arXiv:2304.11127",
)
def tpe(
    space: Space,
    *,
    startup: int = 10,
    candidates: int = 24,
    fraction: float = 0.1,
    prior_weight: float = 1.0,
    rng: np.random.Generator,
) -> Tuner:
    r"""Tree-structured Parzen estimator: draw values as good trials have them, take the one most unlike the bad.

    The trials are split at a quantile of their losses. Their values make two densities, :math:`\ell` of the good and
    :math:`g` of the others; of several draws from :math:`\ell` the one with the greatest :math:`\ell / g` has the
    greatest expected improvement. Each active parameter is chosen so, in the order of the space.

    Parameters
    ----------
    space : Space
    startup : int
        Trials at random before the densities are used.
    candidates : int
        Draws from :math:`\ell`.
    fraction : float
        Part of the trials that are good, in (0, 1), rounded up, and at most 25 of them.
    prior_weight : float
        Weight of the uniform prior among the observations, > 0.
    rng : numpy.random.Generator

    References
    ----------
    Bergstra, Bardenet, Bengio and Kégl (2011), Algorithms for hyper-parameter optimization, equations (2) to (4).
    The densities (`ParzenEstimator`), the split and the defaults are those of Optuna's ``TPESampler``.
    """
    validate.whole(startup=startup, candidates=candidates)
    validate.positive(prior_weight=prior_weight)
    if not (validate.is_real(fraction) and 0 < fraction < 1):
        raise ValueError(f"fraction must be above 0 and below 1, got {fraction!r}")
    trials: list[Trial] = []
    while True:
        if len(trials) < startup:
            config = space.sample(rng)
        else:
            good, bad = split_trials(trials, fraction)

            def choose(name: str, dimension: Dimension, good: list = good, bad: list = bad) -> Any:
                if isinstance(dimension, Float) and dimension.low == dimension.high:
                    return dimension.low
                likely = ParzenEstimator(dimension, observed(good, name), prior_weight)
                other = ParzenEstimator(dimension, observed(bad, name), prior_weight)
                drawn = likely.sample(rng, candidates)
                return drawn[int(np.argmax(likely.log_density(drawn) - other.log_density(drawn)))]

            config = space.build(choose)
        finished = yield Job(config)
        trials += finished


def split_trials(trials: list[Trial], fraction: float) -> tuple[list[Trial], list[Trial]]:
    """The best ``fraction`` of the trials (rounded up, at most 25) and the others, each in the order of their begin."""
    ranked = sorted(trials, key=lambda trial: (trial.loss, trial.number))
    n = min(math.ceil(fraction * len(trials)), 25)
    return sorted(ranked[:n], key=lambda t: t.number), sorted(ranked[n:], key=lambda t: t.number)


def observed(trials: list[Trial], name: str) -> list[Any]:
    """The values of a parameter in those trials in which it was active."""
    return [trial.config[name] for trial in trials if name in trial.config]


class ParzenEstimator:
    r"""A density from observations: one kernel on each, and one that is the prior.

    Numbers have normal kernels, cut off at the ends of the range; each is as wide as the larger gap to its neighbours
    (the ends of the range count as such), within limits. Whole numbers have the mass of such a kernel between the
    halves; logarithmic parameters have all this for their logarithms. For choices a kernel is the observed choice with
    some of the prior mixed in.

    Parameters
    ----------
    dimension : Float, Integer or Categorical
    observations : list
        Values, the oldest first: beyond 25, old ones weigh less.
    prior_weight : float
        Weight of the prior's kernel beside the observations' weights of at most 1.
    """

    def __init__(self, dimension: Dimension, observations: list[Any], prior_weight: float = 1.0) -> None:
        self.dimension = dimension
        weights = np.append(age_weights(len(observations)), prior_weight)
        self.weights = weights / weights.sum()
        if isinstance(dimension, Categorical):
            self.table = _choice_kernels(dimension, observations, prior_weight)
        else:
            self.low, self.high = scaled(dimension)
            values = np.array(observations, dtype=float)
            self.means, self.widths = _normal_kernels(np.log(values) if dimension.log else values, self.low, self.high)
            self.ends = (self.low - self.means) / self.widths, (self.high - self.means) / self.widths

    def log_density(self, values: list[Any]) -> np.ndarray:
        """Logarithm of the density (for whole numbers and choices, of the probability) of each value, shape (n,)."""
        d = self.dimension
        if isinstance(d, Categorical):
            kernels = np.log(self.table[:, [d.choices.index(value) for value in values]].T)
        else:
            half = 0.5 if isinstance(d, Integer) else 0.0
            x = np.asarray(values, dtype=float)[:, None]
            left, right = (np.log(x - half), np.log(x + half)) if d.log else (x - half, x + half)
            left, right = (left - self.means) / self.widths, (right - self.means) / self.widths
            if isinstance(d, Integer):
                kernels = log_normal_mass(left, right)
            else:
                kernels = -(left**2) / 2 - math.log(math.sqrt(2 * math.pi)) - np.log(self.widths)
            kernels = kernels - log_normal_mass(*self.ends)
        kernels = kernels + np.log(self.weights)
        top = kernels.max(axis=1)
        return top + np.log(np.exp(kernels - top[:, None]).sum(axis=1))

    def sample(self, rng: np.random.Generator, size: int) -> list[Any]:
        """Values drawn from the density."""
        kernel = rng.choice(len(self.weights), size=size, p=self.weights)
        u = rng.random(size)
        d = self.dimension
        if isinstance(d, Categorical):
            cumulative = np.cumsum(self.table[kernel], axis=1)
            return [d.choices[min(int((c < v).sum()), len(d.choices) - 1)] for c, v in zip(cumulative, u, strict=True)]
        drawn = []
        for k, v in zip(kernel.tolist(), u.tolist(), strict=True):
            a, b = NORMAL.cdf(self.ends[0][k]), NORMAL.cdf(self.ends[1][k])
            z = NORMAL.inv_cdf(min(max(a + v * (b - a), 1e-16), 1 - 1e-16))
            x = min(max(self.means[k] + self.widths[k] * z, self.low), self.high)
            drawn.append(d.at((x - self.low) / (self.high - self.low)))
        return drawn


def age_weights(n: int) -> np.ndarray:
    """Weights of n observations, oldest first: 1 for the newest 25, before that rising from 1/n."""
    if n < FULL_WEIGHT:
        return np.ones(n)
    return np.concatenate([np.linspace(1 / n, 1.0, num=n - FULL_WEIGHT), np.ones(FULL_WEIGHT)])


def _normal_kernels(values: np.ndarray, low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    order = np.argsort(values, kind="stable")
    padded = np.concatenate([[low], values[order], [high]])
    gaps = np.diff(padded)
    widths = np.empty(len(values))
    widths[order] = np.maximum(gaps[:-1], gaps[1:])
    if len(values) >= 2:  # at the ends the gap to the neighbour alone counts
        widths[order[0]], widths[order[-1]] = gaps[1], gaps[-2]
    least = (high - low) / min(100.0, 2.0 + len(values))
    widths = np.clip(widths, least, high - low)
    return np.append(values, (low + high) / 2), np.append(widths, high - low)


def _choice_kernels(dimension: Categorical, observations: list[Any], prior_weight: float) -> np.ndarray:
    k, n = len(dimension.choices), len(observations)
    if not n:
        return np.full((1, k), 1 / k)
    table = np.full((n + 1, k), prior_weight / (n + 1))
    table[np.arange(n), [dimension.choices.index(value) for value in observations]] += 1.0
    return table / table.sum(axis=1, keepdims=True)


def log_normal_mass(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Logarithm of the standard normal's mass between a < b, accurate far out in the tails."""
    right = a > 0
    a, b = np.where(right, -b, a), np.where(right, -a, b)  # mirrored, so that a <= 0
    upper = log_normal_cdf(np.minimum(b, 0.0))
    lower = log_normal_cdf(a)
    with np.errstate(divide="ignore"):
        tail = upper + np.log1p(-np.exp(np.minimum(lower - upper, 0.0)))
        central = np.log1p(-np.exp(lower) - np.exp(log_normal_cdf(-np.maximum(b, 0.0))))
    return np.where(b > 0, central, tail)


def log_normal_cdf(z: np.ndarray) -> np.ndarray:
    """Logarithm of the standard normal's distribution function, for z <= 0."""
    near = np.maximum(z, -30.0)
    exact = np.log(0.5 * _erfc(-near / math.sqrt(2)))
    far = np.minimum(z, -30.0)
    # The asymptotic series; its next term is below 1e-12 there.
    series = 1 - 1 / far**2 + 3 / far**4 - 15 / far**6 + 105 / far**8
    return np.where(z >= -30, exact, -(far**2) / 2 - np.log(-far) - math.log(math.sqrt(2 * math.pi)) + np.log(series))


_erfc = np.vectorize(math.erfc, otypes=[float])
