"""How far a fitted normal distribution gets on a slope before it has collapsed."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from ..exercise import Exercise, Misconception


def normal_reach(share, smoothing):
    z = NormalDist().inv_cdf(share)
    shift = NormalDist().pdf(z) / share
    kept = 1 - z * shift - shift**2
    factor = math.sqrt(smoothing * kept + 1 - smoothing)
    return factor, smoothing * shift / (1 - factor)


def _elite(share):
    """Mean (as a length) and variance of the lowest share of a standard normal."""
    z = NormalDist().inv_cdf(share)
    shift = math.exp(-z * z / 2) / math.sqrt(2 * math.pi) / share
    return shift, 1 - z * shift - shift**2


def smooths_the_deviation(share, smoothing):
    shift, kept = _elite(share)
    factor = smoothing * math.sqrt(kept) + 1 - smoothing
    return factor, smoothing * shift / (1 - factor)


def forgets_to_smooth(share, smoothing):
    return normal_reach(share, 1.0)


def smooths_the_spread_only(share, smoothing):
    factor, reach = normal_reach(share, smoothing)
    return factor, reach / smoothing


def returns_the_factor_of_the_variance(share, smoothing):
    factor, _ = normal_reach(share, smoothing)
    return factor**2, smoothing * _elite(share)[0] / (1 - factor**2)


def measures_the_spread_from_the_old_mean(share, smoothing):
    """The second moment about the mean that the draws came from."""
    shift, kept = _elite(share)
    factor = math.sqrt(smoothing * (kept + shift**2) + 1 - smoothing)
    return factor, smoothing * shift / (1 - factor) if factor != 1 else math.inf


def takes_the_upper_end(share, smoothing):
    factor, reach = normal_reach(share, smoothing)
    return factor, -reach


def takes_the_threshold_for_the_mean(share, smoothing):
    factor, _ = normal_reach(share, smoothing)
    return factor, -smoothing * NormalDist().inv_cdf(share) / (1 - factor)


def forgets_the_first_generation(share, smoothing):
    factor, reach = normal_reach(share, smoothing)
    return factor, reach * factor


def normal_reach_generation_by_generation(share, smoothing):
    shift, kept = _elite(share)
    mean, variance = 0.0, 1.0
    for _ in range(3000):
        mean += smoothing * shift * math.sqrt(variance)
        variance *= smoothing * kept + (1 - smoothing)
    return math.sqrt(smoothing * kept + (1 - smoothing)), mean


def normal_reach_by_quadrature(share, smoothing):
    """Moments of the lowest share by Gauss-Legendre on the elite's part of the axis."""
    nodes, weights = np.polynomial.legendre.leggauss(120)
    z = NormalDist().inv_cdf(share)
    x = -12 + (z + 12) * (nodes + 1) / 2
    density = weights * (z + 12) / 2 * np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi) / share
    mean = float(density @ x)
    variance = float(density @ (x - mean) ** 2)
    factor = (1 - smoothing * (1 - variance)) ** 0.5
    return [factor, smoothing * -mean / (1 - factor)]


def normal_reach_cases(rng):
    return [
        {"share": 0.5, "smoothing": 1.0},
        {"share": 0.2, "smoothing": 1.0},
        {"share": 0.2, "smoothing": 0.5},
        {"share": 0.8, "smoothing": 0.25},
        {"share": float(rng.uniform(0.02, 0.15)), "smoothing": float(rng.uniform(0.3, 0.9))},
        {"share": float(rng.uniform(0.55, 0.95)), "smoothing": float(rng.uniform(0.1, 0.6))},
        {"share": float(rng.uniform(0.2, 0.45)), "smoothing": 0.05},
    ]


NORMAL_REACH = Exercise(
    name="stochastic.normal_reach",
    title="A distribution that gives up on a slope",
    points=3,
    difficulty="challenge",
    hint="In units of the standard deviation every generation is the same. So the deviation is multiplied by one "
    "factor "
    "each time, the way of the mean is proportional to the deviation, and the sum is a geometric series.",
    reference=normal_reach,
    instances=normal_reach_cases,
    misconceptions=(
        Misconception(
            smooths_the_deviation, "The *variances* are mixed, as in the text; the factor is the root of the mixture."
        ),
        Misconception(
            forgets_to_smooth, "With smoothing below 1, old mean and old variance keep a part of their weight."
        ),
        Misconception(
            smooths_the_spread_only, "The mean is smoothed as well: it goes only that share of the way to the elite's."
        ),
        Misconception(
            returns_the_factor_of_the_variance,
            "That is the factor of the variance; the standard deviation has its root.",
        ),
        Misconception(
            measures_the_spread_from_the_old_mean,
            "The elite's variance is measured about the elite's *own* mean.",
        ),
        Misconception(takes_the_upper_end, "Return the distance as a positive number."),
        Misconception(
            takes_the_threshold_for_the_mean,
            "z is the elite's upper end; its mean lies further down, at -pdf(z) / share.",
        ),
        Misconception(
            forgets_the_first_generation, "The series begins with the whole first step, when the deviation is still 1."
        ),
    ),
    alternatives=(normal_reach_generation_by_generation, normal_reach_by_quadrature),
    rtol=1e-7,
)
