"""How quickly a swarm's mean and its spread shrink, or grow: two matrices."""

from __future__ import annotations

import math

import numpy as np

from ..exercise import Exercise, Misconception
from . import plots


def swarm_rates(inertia, own, social):
    mean = (own + social) / 2
    square = mean**2 + (own**2 + social**2) / 12
    first = [[1 - mean, inertia], [-mean, inertia]]
    second = [
        [1 - 2 * mean + square, 2 * inertia * (1 - mean), inertia**2],
        [square - mean, inertia * (1 - 2 * mean), inertia**2],
        [square, -2 * inertia * mean, inertia**2],
    ]
    return max(abs(np.linalg.eigvals(first))), math.sqrt(max(abs(np.linalg.eigvals(second))))


def _rates(inertia, mean, square):
    """By Kronecker products: the mean of A x A, with a pull that takes two values of this mean and square."""
    deviation = math.sqrt(max(square - mean**2, 0.0))
    both = [np.array([[1 - pull, inertia], [-pull, inertia]]) for pull in (mean - deviation, mean + deviation)]
    first = (both[0] + both[1]) / 2
    second = (np.kron(both[0], both[0]) + np.kron(both[1], both[1])) / 2
    return float(abs(np.linalg.eigvals(first)).max()), float(abs(np.linalg.eigvals(second)).max()) ** 0.5


def swarm_rates_by_kronecker(inertia, own, social):
    mean = 0.5 * own + 0.5 * social
    return _rates(inertia, mean, mean**2 + own**2 / 12 + social**2 / 12)


def swarm_rates_by_polynomials(inertia, own, social):
    """Roots of the two characteristic polynomials."""
    w, phi = inertia, (own + social) / 2
    s = phi**2 + own**2 / 12 + social**2 / 12
    a = np.array([[1 - 2 * phi + s, 2 * w * (1 - phi), w * w], [s - phi, w * (1 - 2 * phi), w * w],
                  [s, -2 * w * phi, w * w]])  # fmt: skip
    minors = sum(a[i, i] * a[j, j] - a[i, j] * a[j, i] for i, j in ((0, 1), (0, 2), (1, 2)))
    mean_roots = np.roots([1, -(1 + w - phi), w])
    spread_roots = np.roots([1, -np.trace(a), minors, -np.linalg.det(a)])
    return np.array([np.abs(mean_roots).max(), np.sqrt(np.abs(spread_roots).max())])


def forgets_the_root(inertia, own, social):
    mean, spread = swarm_rates(inertia, own, social)
    return mean, spread**2


def takes_the_full_pull(inertia, own, social):
    mean = own + social
    return _rates(inertia, mean, mean**2 + (own**2 + social**2) / 12)


def forgets_that_pulls_are_random(inertia, own, social):
    mean = (own + social) / 2
    return _rates(inertia, mean, mean**2)


def draws_one_number_for_both(inertia, own, social):
    mean = (own + social) / 2
    return _rates(inertia, mean, mean**2 + (own + social) ** 2 / 12)


def takes_the_square_for_the_variance(inertia, own, social):
    """The mean square of a uniform number is 1/3, its variance 1/12."""
    mean = (own + social) / 2
    return _rates(inertia, mean, mean**2 + (own**2 + social**2) / 3)


def forgets_the_mean_square(inertia, own, social):
    mean = (own + social) / 2
    w, square = inertia, (own**2 + social**2) / 12
    M = np.array([[1 - 2 * mean + square, 2 * w * (1 - mean), w * w], [square - mean, w * (1 - 2 * mean), w * w],
                  [square, -2 * w * mean, w * w]])  # fmt: skip
    return swarm_rates(inertia, own, social)[0], math.sqrt(abs(np.linalg.eigvals(M)).max())


def looks_at_real_parts(inertia, own, social):
    mean = (own + social) / 2
    A = np.array([[1 - mean, inertia], [-mean, inertia]])
    return np.linalg.eigvals(A).real.max(), swarm_rates(inertia, own, social)[1]


def moves_by_the_old_velocity(inertia, own, social):
    mean = (own + social) / 2
    A = np.array([[1.0, 1.0], [-mean, inertia]])
    return abs(np.linalg.eigvals(A)).max(), swarm_rates(inertia, own, social)[1]


def swarm_rates_cases(rng):
    cases = [
        {"inertia": 0.5, "own": 1.0, "social": 1.0},
        {"inertia": 0.0, "own": 1.5, "social": 0.5},
        {"inertia": 0.0, "own": 3.0, "social": 2.0},
        {"inertia": 0.7298, "own": 1.49618, "social": 1.49618},
        {"inertia": 0.9, "own": 2.0, "social": 2.0},
        {"inertia": 0.5, "own": 1.7, "social": 1.7},
        {"inertia": 0.3, "own": 0.1, "social": 0.05},
    ]
    for _ in range(4):
        w, own, social = rng.uniform((0.2, 0.2, 0.2), (0.95, 2.5, 2.5)).round(3).tolist()
        cases.append({"inertia": w, "own": own, "social": social})
    return cases


SWARM_RATES = Exercise(
    name="evolutionary_swarm.swarm_rates",
    title="Will the swarm settle?",
    points=3,
    difficulty="challenge",
    hint="Write the new x and v as (1 - C) x + w v and -C x + w v, with the random pull C. What are the mean of C and "
    "of its square? (A uniform number has the variance 1/12, and variances of independent numbers add up.) Then expand "
    "x'x', x'v' and v'v', and take means: each is a sum of the old three.",
    reference=swarm_rates,
    instances=swarm_rates_cases,
    misconceptions=(
        Misconception(
            forgets_the_root,
            "Your second number is the factor of the mean *square*; the spread is its root.",
        ),
        Misconception(takes_the_full_pull, "A random number between 0 and 1 has the mean 1/2: the mean pull is half."),
        Misconception(
            forgets_that_pulls_are_random,
            "The mean of C squared is more than the square of its mean: its variance comes on top.",
        ),
        Misconception(
            draws_one_number_for_both,
            "The two pulls have random numbers of their own: the *variances* add up, not the pulls themselves.",
        ),
        Misconception(
            takes_the_square_for_the_variance,
            "1/3 is the mean square of a uniform number; its variance is 1/12.",
        ),
        Misconception(
            forgets_the_mean_square, "The mean of C squared is the variance of C *plus* the square of its mean."
        ),
        Misconception(
            looks_at_real_parts,
            "Where eigenvalues are complex the swarm circles; what counts is their absolute value, not the real part.",
        ),
        Misconception(moves_by_the_old_velocity, "The particle moves by its *new* velocity: put v' into x' = x + v'."),
    ),
    alternatives=(swarm_rates_by_kronecker, swarm_rates_by_polynomials),
    rtol=1e-6,
    equivalent_mutants={
        "return (max(abs(np.linalg.eigvals(first))), math.sqrt(max(np.linalg.eigvals(second))))": "of the mean squares "
        "the largest eigenvalue is real and positive",
    },
    play=plots.settling_swarm,
)
