"""Evidence: the length scale that the data prefer, and predictions of what was left out."""

from __future__ import annotations

import math

import numpy as np

from ..exercise import Exercise, Misconception
from ..quadratics import bowl
from . import plots

# --- the length scale that the data prefer ----------------------------------------------------------------------------


def best_lengthscale(x, y, scales, noise):
    evidences = []
    for scale in scales:
        distances = (x[:, None] - x) / scale
        K = np.exp(-(distances**2) / 2) + noise**2 * np.eye(len(x))
        fit = y @ np.linalg.solve(K, y)
        evidences.append(-0.5 * (fit + np.linalg.slogdet(K)[1] + len(y) * math.log(2 * math.pi)))
    return scales[np.argmax(evidences)], evidences


def _evidences(x, y, scales, noise, fit=1.0, volume=1.0, constant=1.0, power=2, determinant=False):
    values = []
    for scale in scales:
        K = np.exp(-(((x[:, None] - x) / scale) ** 2) / 2) + noise**power * np.eye(len(x))
        with np.errstate(divide="ignore"):
            size = math.log(max(np.linalg.det(K), 5e-324)) if determinant else np.linalg.slogdet(K)[1]
        values.append(
            -(fit * (y @ np.linalg.solve(K, y)) + volume * size + constant * len(y) * math.log(2 * np.pi)) / 2
        )
    return values


def _best(scales, values):
    return scales[int(np.argmax(values))], values


def looks_at_the_fit_alone(x, y, scales, noise):
    return _best(scales, _evidences(x, y, scales, noise, volume=0.0))


def prefers_large_volumes(x, y, scales, noise):
    return _best(scales, _evidences(x, y, scales, noise, volume=-1.0))


def forgets_the_constant(x, y, scales, noise):
    return _best(scales, _evidences(x, y, scales, noise, constant=0.0))


def takes_the_logarithm_of_a_determinant(x, y, scales, noise):
    return _best(scales, _evidences(x, y, scales, noise, determinant=True))


def counts_the_volume_twice(x, y, scales, noise):
    return _best(scales, _evidences(x, y, scales, noise, volume=2.0))


def adds_the_noise_itself(x, y, scales, noise):
    return _best(scales, _evidences(x, y, scales, noise, power=1))


def takes_the_least_evidence(x, y, scales, noise):
    values = _evidences(x, y, scales, noise)
    return scales[int(np.argmin(values))], values


def forgets_the_half(x, y, scales, noise):
    return _best(scales, [2 * value for value in _evidences(x, y, scales, noise)])


def best_lengthscale_by_cholesky(x, y, scales, noise):
    values = np.empty(len(scales))
    for k, scale in enumerate(scales):
        K = np.exp(-0.5 * np.subtract.outer(x, x) ** 2 / scale**2)
        K[np.diag_indices(len(x))] += noise**2
        lower = np.linalg.cholesky(K)
        half = np.linalg.solve(lower, y)
        values[k] = -0.5 * half @ half - np.log(np.diag(lower)).sum() - 0.5 * len(x) * np.log(2 * np.pi)
    return float(scales[values.argmax()]), values


def best_lengthscale_by_eigenvalues(x, y, scales, noise):
    values = []
    for scale in scales:
        sizes, axes = np.linalg.eigh(np.exp(-((x - x[:, None]) ** 2) / (2 * scale * scale)))
        sizes = sizes + noise * noise
        parts = (axes.T @ y) ** 2 / sizes + np.log(sizes) + np.log(2 * np.pi)
        values.append(-float(parts.sum()) / 2)
    return max(zip(values, scales, strict=True))[1], values


def best_lengthscale_cases(rng):
    def case(n, width, wave, noise):
        x = np.sort(rng.uniform(0, width, size=n))
        y = np.sin(wave * x) + noise * rng.normal(size=n)
        return {"x": x, "y": y, "scales": [0.1, 0.3, 1.0, 3.0, 10.0], "noise": noise}

    return [
        {"x": np.array([0.0]), "y": np.array([1.0]), "scales": [1.0], "noise": 1.0},
        {"x": np.array([0.0, 1.0]), "y": np.array([1.0, -1.0]), "scales": [0.1, 1.0, 5.0], "noise": 0.5},
        case(6, 6, 1.0, 0.2),
        case(15, 3, 3.0, 0.1),
        case(250, 8, 0.7, 0.05),  # a determinant below the smallest number there is
    ]


BEST_LENGTHSCALE = Exercise(
    name="bayesian.best_lengthscale",
    title="The length scale that the data prefer",
    points=4,
    difficulty="core",
    hint="Three parts: the fit y'K^-1 y, the volume log det K, and the constant. Let `np.linalg.slogdet` take the "
    "logarithm of the determinant: the determinant itself may be too small for a number.",
    reference=best_lengthscale,
    instances=best_lengthscale_cases,
    rtol=1e-6,
    atol=1e-8,
    misconceptions=(
        Misconception(
            looks_at_the_fit_alone,
            "The fit alone has nothing against functions that are far too flexible. log det K is what holds against "
            "that: subtract half of it.",
        ),
        Misconception(prefers_large_volumes, "The sign of log det K: a large volume means evidence spread thinly."),
        Misconception(
            forgets_the_constant,
            "The order is right, but the numbers are not log densities: n log(2 pi) / 2 is missing.",
        ),
        Misconception(
            takes_the_logarithm_of_a_determinant,
            "For many points the determinant underflows to 0, though its logarithm is an ordinary number: use slogdet, "
            "or the diagonal of a Cholesky factor.",
        ),
        Misconception(
            counts_the_volume_twice,
            "Half of log det K is subtracted, or the sum of the logarithms of the Cholesky "
            "factor's diagonal; yours is twice that.",
        ),
        Misconception(adds_the_noise_itself, "noise is a standard deviation: the diagonal gets its square."),
        Misconception(takes_the_least_evidence, "The evidences are right, but the best one is the largest."),
        Misconception(forgets_the_half, "All three parts have a factor of one half."),
    ),
    alternatives=(best_lengthscale_by_cholesky, best_lengthscale_by_eigenvalues),
    equivalent_mutants={
        **dict.fromkeys(
            (
                "K = np.exp(-distances ** 2 / 2) + noise ** 2 * np.eye(len(distances))",
                "K = np.exp(-distances ** 2 / 2) + noise ** 2 * np.eye(len(y))",
                "evidences.append(-0.5 * (fit + np.linalg.slogdet(K)[1] + len(K) * math.log(2 * math.pi)))",
                "evidences.append(-0.5 * (fit + np.linalg.slogdet(K)[1] + len(distances) * math.log(2 * math.pi)))",
                "evidences.append(-0.5 * (fit + np.linalg.slogdet(K)[1] + len(x) * math.log(2 * math.pi)))",
            ),
            "all have as many rows as there are points",
        ),
        "distances = (x - x[:, None]) / scale": "they are squared",
        "distances = -((x[:, None] - x) / scale)": "they are squared",
        "evidences.append(-0.5 * (fit + np.linalg.slogdet(K)[-1] + len(y) * math.log(2 * math.pi)))": "slogdet returns "
        "two numbers",
        "fit = np.linalg.solve(K, y) @ y": "the order of an inner product",
    },
    play=plots.evidence_and_fit,
)

# --- predicting what was left out -------------------------------------------------------------------------------------


def left_out(K, y):
    inverse = np.linalg.inv(K)
    weights = inverse @ y
    spread = 1 / np.diag(inverse)
    return y - weights * spread, np.sqrt(spread)


def predicts_what_it_has_seen(K, y):
    small = 1e-9 * np.eye(len(y))
    return K @ np.linalg.solve(K + small, y), np.sqrt(np.diag(K))


def gives_the_errors(K, y):
    predictions, spread = left_out(K, y)
    return y - predictions, spread


def turns_the_errors_around(K, y):
    predictions, spread = left_out(K, y)
    return 2 * y - predictions, spread


def gives_variances(K, y):
    predictions, spread = left_out(K, y)
    return predictions, spread**2


def takes_the_prior_spread(K, y):
    return left_out(K, y)[0], np.sqrt(np.diag(K))


def inverts_the_diagonal_only(K, y):
    spread = np.diag(K)
    return y - np.linalg.solve(K, y) * spread, np.sqrt(spread)


def left_out_one_by_one(K, y):
    predictions, spreads = [], []
    for i in range(len(y)):
        others = np.arange(len(y)) != i
        weights = np.linalg.solve(K[np.ix_(others, others)], K[others, i])
        predictions.append(weights @ y[others])
        spreads.append(math.sqrt(K[i, i] - weights @ K[others, i]))
    return predictions, spreads


def left_out_by_solving(K, y):
    columns = np.linalg.solve(K, np.column_stack([y, np.eye(len(y))]))
    diagonal = np.diagonal(columns[:, 1:])
    return y - columns[:, 0] / diagonal, diagonal**-0.5


def left_out_cases(rng):
    return [
        {"K": np.array([[2.0]]), "y": np.array([1.0])},
        {"K": np.array([[1.0, 0.5], [0.5, 1.0]]), "y": np.array([2.0, 0.0])},
        {"K": np.array([[2.0, 0.5], [0.5, 1.0]]), "y": np.array([2.0, -1.0])},
        {"K": bowl(rng, [0.5, 1.0, 2.0]), "y": rng.normal(size=3)},
        {"K": bowl(rng, [0.3, 0.5, 1, 2, 3, 5]), "y": rng.normal(size=6)},
    ]


LEFT_OUT = Exercise(
    name="bayesian.left_out",
    title="Predicting what was left out",
    points=3,
    difficulty="challenge",
    hint="Try n = 2 by hand and compare with the inverse of K. In general: the diagonal entries of the inverse are 1 "
    "over the variances asked for. (Fitting n times, each time without one reading, is right, too, only slower.)",
    reference=left_out,
    instances=left_out_cases,
    rtol=1e-7,
    atol=1e-9,
    misconceptions=(
        Misconception(
            predicts_what_it_has_seen, "Each reading is to be predicted from the *others*: it must not see itself."
        ),
        Misconception(gives_the_errors, "Return the predictions, not how far they are off."),
        Misconception(turns_the_errors_around, "Your errors have the wrong sign: subtract them from y."),
        Misconception(gives_variances, "Return standard deviations: take the root."),
        Misconception(
            takes_the_prior_spread,
            "Your predictions are right, but the others make the belief narrower than the prior.",
        ),
        Misconception(
            inverts_the_diagonal_only,
            "1 over the diagonal of the *inverse* is wanted, which is not the diagonal of K itself.",
        ),
    ),
    alternatives=(left_out_one_by_one, left_out_by_solving),
    equivalent_mutants={"weights = y @ inverse": "the inverse of a symmetric matrix is symmetric"},
)
