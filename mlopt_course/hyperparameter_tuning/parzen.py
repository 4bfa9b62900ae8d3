"""Bayesian tuning with the tree-structured Parzen estimator: the densities of good and of bad values."""

from __future__ import annotations

import math
from collections.abc import Iterable
from statistics import NormalDist
from typing import Any

import numpy as np

from .. import validate
from .space import Categorical, Config, Dimension, Float, Integer, Space, scaled
from .trials import Job, Trial
from .tuner import Tuner, tuner

# The newest observations of which all count fully; older ones count less, the older the less.
FULL_WEIGHT = 25
NORMAL = NormalDist()


@tuner(
    use_when="evaluations are dear (20 to 1000 of them) and parameters mixed or conditional",
    fails_when="evaluations are very few, or the function is smooth in numbers alone: Gaussian processes learn more",
    reference="Bergstra et al. (2011), NeurIPS, section 4; Falkner et al. (2018), ICML (joint densities)",
)
def tpe(
    space: Space,
    *,
    startup: int = 10,
    candidates: int = 24,
    fraction: float = 0.1,
    prior_weight: float = 1.0,
    multivariate: bool = True,
    rng: np.random.Generator,
) -> Tuner:
    r"""Tree-structured Parzen estimator: draw values as good trials have them, take the one most unlike the bad.

    The trials are split at a quantile of their losses. Their values make two densities, :math:`\ell` of the good and
    :math:`g` of the others; of several draws from :math:`\ell` the one with the greatest :math:`\ell / g` has the
    greatest expected improvement.

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
    multivariate : bool
        Whether the parameters that are always active are drawn together, from one joint density. Conditional ones (and,
        with False, all of them, as in the paper of 2011) are each drawn alone, from the trials in which they were
        active.
    rng : numpy.random.Generator

    References
    ----------
    Bergstra, Bardenet, Bengio and Kégl (2011), Algorithms for hyper-parameter optimization, section 4;
    Falkner, Klein and Hutter (2018), BOHB, for joint densities; Watanabe (2023), arXiv:2304.11127, for the details. The
    densities (`ParzenEstimator`), the split and the defaults are those of Optuna's ``TPESampler``.
    """
    validate.whole(startup=startup, candidates=candidates)
    validate.positive(prior_weight=prior_weight)
    if not (validate.is_real(fraction) and 0 < fraction < 1):
        raise ValueError(f"fraction must be above 0 and below 1, got {fraction!r}")
    together = {name: d for name, d in space.parameters.items() if multivariate and not d.when and not _is_single(d)}
    trials: list[Trial] = []
    while True:
        if len(trials) < startup:
            config = space.sample(rng)
        else:
            good, bad = split_trials(trials, fraction)

            def best_of(dimensions: dict[str, Dimension], good: list[Trial] = good, bad: list[Trial] = bad) -> Config:
                likely = ParzenEstimator(dimensions, observed(good, dimensions), prior_weight)
                other = ParzenEstimator(dimensions, observed(bad, dimensions), prior_weight)
                drawn = likely.sample(rng, candidates)
                return drawn[int(np.argmax(likely.log_density(drawn) - other.log_density(drawn)))]

            joint = best_of(together) if together else {}

            def choose(name: str, dimension: Dimension, joint: Config = joint, best_of: Any = best_of) -> Any:
                if _is_single(dimension):
                    return dimension.at(0.5)
                return joint[name] if name in joint else best_of({name: dimension})[name]

            config = space.build(choose)
        finished = yield Job(config)
        trials += finished


def _is_single(dimension: Dimension) -> bool:
    """Whether there is nothing to choose."""
    if isinstance(dimension, Categorical):
        return len(dimension.choices) == 1
    return dimension.low == dimension.high


def split_trials(trials: list[Trial], fraction: float) -> tuple[list[Trial], list[Trial]]:
    """The best ``fraction`` of the trials (rounded up, at most 25) and the others, each in the order of their begin."""
    ranked = sorted(trials, key=lambda trial: (trial.loss, trial.number))
    n = min(math.ceil(fraction * len(trials)), 25)
    return sorted(ranked[:n], key=lambda t: t.number), sorted(ranked[n:], key=lambda t: t.number)


def observed(trials: list[Trial], names: Iterable[str]) -> list[Config]:
    """The configurations of those trials in which all these parameters were active."""
    return [trial.config for trial in trials if all(name in trial.config for name in names)]


class ParzenEstimator:
    r"""A density from observations: one kernel on each, and one that is the prior.

    A kernel is a product over the parameters. Numbers have normal kernels, cut off at the ends of the range; each is as
    wide as the larger gap to its neighbours, within limits. Whole numbers have the mass of such a kernel between the
    halves; logarithmic parameters have all this for their logarithms. For choices a kernel is the observed choice with
    some of the prior mixed in.

    Parameters
    ----------
    dimensions : dict
        From names to `Float`, `Integer` or `Categorical`, each with more than one value.
    observations : list of dict
        Configurations with (at least) these parameters, the oldest first: beyond 25, old ones weigh less.
    prior_weight : float
        Weight of the prior's kernel beside the observations' weights of at most 1.
    """

    def __init__(self, dimensions: dict[str, Dimension], observations: list[Config], prior_weight: float = 1.0) -> None:
        weights = np.append(age_weights(len(observations)), prior_weight)
        self.weights = weights / weights.sum()
        self.kernels: dict[str, _Choices | _Normals] = {}
        for name, dimension in dimensions.items():
            values = [config[name] for config in observations]
            if isinstance(dimension, Categorical):
                self.kernels[name] = _Choices(dimension, values, prior_weight)
            else:
                self.kernels[name] = _Normals(dimension, values)

    def log_density(self, configs: list[Config]) -> np.ndarray:
        """Logarithm of the density (for whole numbers and choices, of the probability) of each, shape (n,)."""
        logs = np.log(self.weights)
        for name, kernels in self.kernels.items():
            logs = logs + kernels.log_each([config[name] for config in configs])
        top = logs.max(axis=1)
        return top + np.log(np.exp(logs - top[:, None]).sum(axis=1))

    def sample(self, rng: np.random.Generator, size: int) -> list[Config]:
        """Configurations drawn from the density."""
        chosen = rng.choice(len(self.weights), size=size, p=self.weights)
        columns = {name: kernels.draw(chosen, rng.random(size)) for name, kernels in self.kernels.items()}
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


class _Normals:
    """The kernels of a number: normal distributions cut off at the ends, on the scale of the parameter."""

    def __init__(self, dimension: Float | Integer, observations: list[Any]) -> None:
        self.dimension = dimension
        self.low, self.high = scaled(dimension)
        values = np.array(observations, dtype=float)
        self.means, self.widths = _normal_kernels(np.log(values) if dimension.log else values, self.low, self.high)
        # Probabilities of the uncut kernels from the mean down to the low end, and up to the high end.
        self.below = 0.5 * _erf((self.means - self.low) / (math.sqrt(2) * self.widths))
        self.above = 0.5 * _erf((self.high - self.means) / (math.sqrt(2) * self.widths))
        self.log_scale = np.log(self.below + self.above)

    def log_each(self, values: list[Any]) -> np.ndarray:
        """Logarithm of each kernel at each value, shape (n, kernels)."""
        d = self.dimension
        half = 0.5 if isinstance(d, Integer) else 0.0
        x = np.asarray(values, dtype=float)[:, None]
        left, right = (np.log(x - half), np.log(x + half)) if d.log else (x - half, x + half)
        left, right = (left - self.means) / self.widths, (right - self.means) / self.widths
        if isinstance(d, Integer):
            return log_normal_mass(left, right) - self.log_scale
        return -(left**2) / 2 - math.log(math.sqrt(2 * math.pi)) - np.log(self.widths) - self.log_scale

    def draw(self, chosen: np.ndarray, u: np.ndarray) -> list[Any]:
        """The quantile ``u`` of each of the chosen kernels."""
        level = 0.5 - self.below[chosen] + u * (self.below + self.above)[chosen]
        z = [NORMAL.inv_cdf(v) for v in np.clip(level, 1e-16, 1 - 1e-16).tolist()]
        x = self.means[chosen] + self.widths[chosen] * z
        values = np.exp(x) if self.dimension.log else x
        if isinstance(self.dimension, Integer):
            values = np.rint(values).astype(int)
        return np.clip(values, self.dimension.low, self.dimension.high).tolist()


class _Choices:
    """The kernels of a choice: a table with a row of probabilities for each."""

    def __init__(self, dimension: Categorical, observations: list[Any], prior_weight: float) -> None:
        self.choices = dimension.choices
        k, n = len(self.choices), len(observations)
        table = np.full((n + 1, k), prior_weight / (n + 1))
        table[np.arange(n), [self.choices.index(value) for value in observations]] += 1.0
        self.table = table / table.sum(axis=1, keepdims=True)

    def log_each(self, values: list[Any]) -> np.ndarray:
        """Logarithm of each kernel at each value, shape (n, kernels)."""
        return np.log(self.table[:, [self.choices.index(value) for value in values]].T)

    def draw(self, chosen: np.ndarray, u: np.ndarray) -> list[Any]:
        """The quantile ``u`` of each of the chosen kernels."""
        places = (np.cumsum(self.table[chosen], axis=1) < u[:, None]).sum(axis=1)
        return [self.choices[min(place, len(self.choices) - 1)] for place in places.tolist()]


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


_erf = np.vectorize(math.erf, otypes=[float])
_erfc = np.vectorize(math.erfc, otypes=[float])
