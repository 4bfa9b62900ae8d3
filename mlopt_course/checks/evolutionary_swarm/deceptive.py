"""A landscape that leads a genetic algorithm astray, built by the student."""

from __future__ import annotations

import math

import numpy as np

from ..exercise import Exercise, Misconception
from . import plots


def deceptive(n, gap):
    return [gap, gap] + [1.0] * (n - 2) + [0.0]


def rises_in_a_line(n, gap):
    """The usual trap."""
    return [gap + (1 - gap) * ones / (n - 1) for ones in range(n)] + [0.0]


def is_a_needle(n, gap):
    return [1.0] * n + [0.0]


def hides_a_needle_beside_a_hole(n, gap):
    return [gap] + [1.0] * (n - 1) + [0.0]


def counts_ones(n, gap):
    return [1 - ones / n for ones in range(n + 1)]


def is_best_at_zero(n, gap):
    return [0.0, gap] + [1.0] * (n - 2) + [gap]


def maximises(n, gap):
    return [1 - gap, 1 - gap] + [0.0] * (n - 2) + [1.0]


def leaves_half_the_gap(n, gap):
    return [gap / 2, gap / 2] + [1.0] * (n - 2) + [0.0]


def goes_beyond_one(n, gap):
    return [gap * (1 + ones) for ones in range(n)] + [0.0]


def deceptive_with_a_slope(n, gap):
    """Slightly better at no ones than at one: down all the way."""
    room = 1 - 2 * gap
    return np.concatenate([[gap, gap + room / 2], np.linspace(1 - room / 10, 1, n - 2), [0]])


def deceptive_by_a_concave_way(n, gap):
    values = [gap + (1 - gap) * (max(ones - 1, 0) / (n - 2)) ** 0.1 for ones in range(n)]
    return (*values, 0.0)


def accept_deceptive(instance, value):
    n, gap = instance["n"], instance["gap"]
    values = np.asarray(value)
    if values.dtype.kind not in "iuf":
        return f"must return {n + 1} numbers"
    if values.shape != (n + 1,):
        return f"must return {n + 1} values, for 0 to {n} ones, not an array of shape {values.shape}"
    if not np.isfinite(values).all() or values.min() < -1e-12 or values.max() > 1 + 1e-12:
        return "must return values between 0 and 1"
    found = values[:-1].min() - values[-1]
    if found < gap - 1e-9:
        return (
            f"must make the string of ones better than all others by at least {gap:.6g}; yours is better by {found:.6g}"
        )
    for order in range(1, n):
        rest = np.array([math.comb(n - order, i) for i in range(n - order + 1)]) / 2 ** (n - order)
        means = [float(rest @ values[j : j + n - order + 1]) for j in range(order + 1)]
        j = int(np.argmin(means[1:])) + 1
        if not means[0] < means[j] - 1e-12:
            return (
                f"is not deceptive: with {order} of the bits fixed, the mean is {means[j]:.6g} with {j} of them at 1 "
                f"and {means[0]:.6g} with none at 1"
            )
    return True


def deceptive_cases(rng):
    cases = [{"n": 3, "gap": 0.2}, {"n": 3, "gap": 0.45}, {"n": 4, "gap": 0.42}]
    for n, gap in zip((4, 5, 8), np.sort(rng.uniform(0.42, 0.49, size=3)).tolist(), strict=True):
        cases.append({"n": n, "gap": gap})
    return [*cases, {"n": 12, "gap": 0.499}]


DECEPTIVE = Exercise(
    name="evolutionary_swarm.deceptive",
    title="A landscape that lies",
    points=3,
    difficulty="challenge",
    hint="Fix all bits but one: which values are then compared with the mean of those for 0 and 1 ones? The case with "
    "a single zero is the hardest. How low must the value for 1 one be?",
    reference=deceptive,
    instances=deceptive_cases,
    misconceptions=(
        Misconception(
            rises_in_a_line,
            "A straight slope is not deceptive for a gap as large as this one: with all bits but one fixed at ones, "
            "the mean is too low. The value for 1 one must be lower.",
        ),
        Misconception(
            is_a_needle,
            "That is a needle in a haystack: with n - 1 bits fixed at 1 the mean is *lower* than elsewhere, so those "
            "who look at parts are not led away from it.",
        ),
        Misconception(
            hides_a_needle_beside_a_hole,
            "With all bits but one fixed at 0 your mean is (gap + 1)/2, and with them fixed at 1 it is 1/2.",
        ),
        Misconception(counts_ones, "There every part of the answer is rewarded: nothing is deceptive about that."),
        Misconception(is_best_at_zero, "The string of *ones* must be the best; else nobody is deceived."),
        Misconception(maximises, "We minimise: the string of ones must have the lowest value."),
        Misconception(leaves_half_the_gap, "Every other string must be worse than the string of ones by the gap."),
        Misconception(goes_beyond_one, "All values must be between 0 and 1."),
    ),
    alternatives=(deceptive_with_a_slope, deceptive_by_a_concave_way),
    accept=accept_deceptive,
    play=plots.deceived_population,
)
