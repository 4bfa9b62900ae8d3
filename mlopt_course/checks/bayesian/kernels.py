"""Kernels: the length scale that a wish implies, and a posterior whose readings are not equally good."""

from __future__ import annotations

import math

import numpy as np

from ..exercise import Exercise, Misconception
from . import plots

# --- length scales ----------------------------------------------------------------------------------------------------


def lengthscale_for(kernel, distance, correlation):
    if kernel == "rbf":
        return distance / math.sqrt(-2 * math.log(correlation))
    if kernel == "matern12":
        return -distance / math.log(correlation)
    low, high = 0.0, 100.0
    for _ in range(100):
        u = (low + high) / 2
        if (1 + u) * math.exp(-u) > correlation:
            low = u
        else:
            high = u
    return math.sqrt(3) * distance / u


def forgets_the_half(kernel, distance, correlation):
    if kernel == "rbf":
        return distance / math.sqrt(-math.log(correlation))
    return lengthscale_for(kernel, distance, correlation)


def gives_the_square(kernel, distance, correlation):
    if kernel == "rbf":
        return lengthscale_for(kernel, distance, correlation) ** 2
    return lengthscale_for(kernel, distance, correlation)


def forgets_the_root_of_three(kernel, distance, correlation):
    scale = lengthscale_for(kernel, distance, correlation)
    return scale / math.sqrt(3) if kernel == "matern32" else scale


def treats_all_as_rbf(kernel, distance, correlation):
    return lengthscale_for("rbf", distance, correlation)


def takes_the_exponential_for_three_halves(kernel, distance, correlation):
    if kernel == "matern32":
        return -math.sqrt(3) * distance / math.log(correlation)
    return lengthscale_for(kernel, distance, correlation)


def inverts_the_scale(kernel, distance, correlation):
    return 1 / lengthscale_for(kernel, distance, correlation)


def forgets_the_distance(kernel, distance, correlation):
    return lengthscale_for(kernel, 1.0, correlation)


def _correlation(kernel, r):
    if kernel == "rbf":
        return math.exp(-r * r / 2)
    return math.exp(-r) if kernel == "matern12" else (1 + math.sqrt(3) * r) * math.exp(-math.sqrt(3) * r)


def lengthscale_for_by_halving(kernel, distance, correlation):
    """The same bisection for every kernel, on the logarithm of the scale."""
    low, high = math.log(distance) - 12, math.log(distance) + 12
    for _ in range(120):
        middle = (low + high) / 2
        if _correlation(kernel, distance / math.exp(middle)) < correlation:
            low = middle
        else:
            high = middle
    return math.exp(low)


def lengthscale_for_by_newton(kernel, distance, correlation):
    if kernel != "matern32":
        power = {"rbf": 2, "matern12": 1}[kernel]
        return distance / (-power * math.log(correlation)) ** (1 / power)
    u = 1.0
    for _ in range(60):  # log(1 + u) - u = log(correlation), whose slope is -u / (1 + u)
        u = max(u + (math.log1p(u) - u - math.log(correlation)) * (1 + u) / u, u / 10)
    return 3**0.5 * distance / u


def lengthscale_for_cases(rng):
    cases = [
        {"kernel": kernel, "distance": distance, "correlation": correlation}
        for kernel in ("rbf", "matern12", "matern32")
        for distance, correlation in ((1.0, 0.5), (3.0, 0.9), (0.2, 0.01))
    ]
    for kernel in ("rbf", "matern12", "matern32"):
        cases.append(
            {"kernel": kernel, "distance": float(rng.uniform(0.5, 5)), "correlation": float(rng.uniform(0.1, 0.9))}
        )
    return cases


LENGTHSCALE_FOR = Exercise(
    name="bayesian.lengthscale_for",
    title="The length scale behind a hunch",
    points=3,
    difficulty="core",
    hint="Two of the kernels can be solved for the length scale with a logarithm. For the third, look for u = sqrt(3) "
    "r with (1 + u) exp(-u) equal to the correlation: it falls as u grows, so bisection finds it.",
    reference=lengthscale_for,
    instances=lengthscale_for_cases,
    rtol=1e-7,
    misconceptions=(
        Misconception(forgets_the_half, "RBF is exp(-r^2 / 2): mind the half."),
        Misconception(gives_the_square, "That is the square of the length scale: take the root."),
        Misconception(
            forgets_the_root_of_three, "In Matern 3/2 the distance is multiplied by sqrt(3): bring it back in the end."
        ),
        Misconception(treats_all_as_rbf, "Each kernel has its own formula: look at its name."),
        Misconception(
            takes_the_exponential_for_three_halves,
            "Matern 3/2 has the factor 1 + sqrt(3) r as well. With it there is no formula: search.",
        ),
        Misconception(inverts_the_scale, "r is the distance *over* the length scale: yours is upside down."),
        Misconception(forgets_the_distance, "The correlation is asked for at the given distance, not at 1."),
    ),
    alternatives=(lengthscale_for_by_halving, lengthscale_for_by_newton),
    equivalent_mutants=dict.fromkeys(
        (
            "low, high = (0.0, 101.0)",
            "low, high = (0.0, 99.0)",
            "low, high = (0.0, 200.0)",
            "low, high = (-1.0, 100.0)",
            "for _ in range(200):",
            "for _ in range(101):",
            "for _ in range(99):",
            "if (1 + u) * math.exp(-u) >= correlation:",
            "return math.sqrt(3) * distance / high",
            "return math.sqrt(3) * distance / low",
        ),
        "the interval still holds the solution, and 60 halvings are enough",
    ),
    play=plots.falling_correlations,
)

# --- posterior with readings of different quality ---------------------------------------------------------------------


def posterior(K, cross, prior_variance, mean, y, noises):
    readings = K + np.diag(noises**2)
    weights = np.linalg.solve(readings, cross.T).T
    means = mean + weights @ (y - mean)
    variances = prior_variance - np.sum(weights * cross, axis=1)
    return means, np.sqrt(variances)


def _posterior(K, cross, prior_variance, mean, y, noise, centred=True, prior=True, extra=0.0):
    weights = np.linalg.solve(K + noise, cross.T).T
    means = mean * prior + weights @ (y - mean * centred)
    return means, np.sqrt(prior_variance + extra - np.sum(weights * cross, axis=1))


def believes_every_reading(K, cross, prior_variance, mean, y, noises):
    return _posterior(K, cross, prior_variance, mean, y, 1e-12 * np.eye(len(y)))


def averages_the_noise(K, cross, prior_variance, mean, y, noises):
    return _posterior(K, cross, prior_variance, mean, y, np.mean(noises**2) * np.eye(len(y)))


def adds_deviations(K, cross, prior_variance, mean, y, noises):
    return _posterior(K, cross, prior_variance, mean, y, np.diag(noises))


def adds_the_noise_everywhere(K, cross, prior_variance, mean, y, noises):
    return _posterior(K, cross, prior_variance, mean, y, np.diag(noises**2) + 0.1)


def forgets_the_prior_mean(K, cross, prior_variance, mean, y, noises):
    return _posterior(K, cross, prior_variance, 0.0, y, np.diag(noises**2))


def forgets_to_centre(K, cross, prior_variance, mean, y, noises):
    return _posterior(K, cross, prior_variance, mean, y, np.diag(noises**2), centred=False)


def gives_variances(K, cross, prior_variance, mean, y, noises):
    means, stds = posterior(K, cross, prior_variance, mean, y, noises)
    return means, stds**2


def predicts_a_reading(K, cross, prior_variance, mean, y, noises):
    return _posterior(K, cross, prior_variance, mean, y, np.diag(noises**2), extra=np.mean(noises**2))


def posterior_by_cholesky(K, cross, prior_variance, mean, y, noises):
    lower = np.linalg.cholesky(K + np.diag(noises * noises))
    explained = np.linalg.solve(lower, cross.T)
    half = np.linalg.solve(lower, y - mean)
    return mean + explained.T @ half, (prior_variance - (explained**2).sum(axis=0)) ** 0.5


def posterior_reading_by_reading(K, cross, prior_variance, mean, y, noises):
    """Condition on one reading after the other, for each point with its own joint belief."""
    means, stds = [], []
    n = len(y)
    for row in cross:
        joint = np.block([[K, row[:, None]], [row[None], np.array([[prior_variance]])]])
        centre = np.full(n + 1, float(mean))
        for i in range(n):
            gain = joint[:, i] / (joint[i, i] + noises[i] ** 2)
            centre = centre + gain * (y[i] - centre[i])
            joint = joint - np.outer(gain, joint[i])
        means.append(centre[-1])
        stds.append(math.sqrt(joint[-1, -1]))
    return means, stds


def posterior_cases(rng):
    def case(x, new, scale, variance, mean, noises):
        x, new = np.asarray(x, dtype=float), np.asarray(new, dtype=float)

        def k(a, b):
            return variance * np.exp(-(((a[:, None] - b) / scale) ** 2) / 2)

        y = mean + rng.normal(size=len(x))
        return {"K": k(x, x), "cross": k(new, x), "prior_variance": float(variance), "mean": float(mean), "y": y,
                "noises": np.asarray(noises, dtype=float)}  # fmt: skip

    return [
        case([0.0], [1.0], 1.0, 1.0, 0.0, [0.5]),
        case([0.0, 1.0], [0.5, 2.0], 1.0, 2.0, 1.0, [0.1, 1.5]),
        case([0.0, 0.4, 3.0], [0.2, 1.5, 9.0, -1.0], 0.8, 4.0, -2.0, [0.3, 0.6, 1.0]),
        case(rng.uniform(0, 6, size=6), rng.uniform(-1, 7, size=5), 1.2, 1.5, 3.0, rng.uniform(0.2, 1, size=6)),
    ]


POSTERIOR = Exercise(
    name="bayesian.posterior",
    title="What good and bad readings say about a new point",
    points=3,
    difficulty="core",
    hint="Solve (K + D) W' = cross' for the weights W, one row for each new point, where D has the noises' variances "
    "on its diagonal. Then mean and variance are one product each.",
    reference=posterior,
    instances=posterior_cases,
    rtol=1e-7,
    atol=1e-9,
    misconceptions=(
        Misconception(believes_every_reading, "You take the readings for exact: add each one's noise to the diagonal."),
        Misconception(averages_the_noise, "Each reading has its own noise: a good one must count more than a bad one."),
        Misconception(adds_deviations, "noises are standard deviations: the diagonal gets their squares."),
        Misconception(
            adds_the_noise_everywhere, "The noises of different readings are independent: add to the diagonal only."
        ),
        Misconception(
            forgets_the_prior_mean,
            "The prior mean is not 0: subtract it from the readings, and add it to the prediction.",
        ),
        Misconception(forgets_to_centre, "Subtract the prior mean from the readings as well."),
        Misconception(gives_variances, "Return standard deviations: take the root."),
        Misconception(
            predicts_a_reading, "Asked for is the belief about the function, not about another noisy reading of it."
        ),
    ),
    alternatives=(posterior_by_cholesky, posterior_reading_by_reading),
    equivalent_mutants={
        "variances = prior_variance - np.sum(weights * cross, axis=-1)": "the array has two axes",
    },
    play=plots.good_and_bad_readings,
)
