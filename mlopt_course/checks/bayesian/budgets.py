"""Budgets: what chance alone would need, and several points at a time."""

from __future__ import annotations

import math

import numpy as np

from ..exercise import Exercise, Misconception
from ..quadratics import bowl

# --- what chance would need -------------------------------------------------------------------------------------------


def random_tries(accuracy, chance):
    hit = math.pi * accuracy / 100
    return math.ceil(math.log(1 - chance) / math.log(1 - hit))


def takes_the_accuracy_for_a_radius(accuracy, chance):
    return math.ceil(math.log(1 - chance) / math.log(1 - math.pi * accuracy**2 / 100))


def takes_a_square_for_the_disc(accuracy, chance):
    return math.ceil(math.log(1 - chance) / math.log(1 - 4 * accuracy / 100))


def adds_the_chances(accuracy, chance):
    return math.ceil(chance / (math.pi * accuracy / 100))


def waits_for_the_average(accuracy, chance):
    return math.ceil(1 / (math.pi * accuracy / 100))


def rounds_down(accuracy, chance):
    return random_tries(accuracy, chance) - 1


def forgets_the_area(accuracy, chance):
    return math.ceil(math.log(1 - chance) / math.log(1 - min(math.pi * accuracy, 99.0) / 1e4))


def takes_the_chance_to_miss(accuracy, chance):
    return math.ceil(math.log(chance) / math.log(1 - math.pi * accuracy / 100))


def random_tries_by_counting(accuracy, chance):
    missed, tries = 1.0, 0
    while missed > 1 - chance:
        missed *= 1 - math.pi * accuracy / 100
        tries += 1
    return tries


def random_tries_by_halving(accuracy, chance):
    radius = accuracy**0.5
    low, high = 0, 10**9
    while high - low > 1:
        middle = (low + high) // 2
        if -math.expm1(middle * math.log1p(-math.pi * radius**2 / 100)) >= chance:
            high = middle
        else:
            low = middle
    return high


def random_tries_cases(rng):
    cases = [
        {"accuracy": 4.0, "chance": 0.5},
        {"accuracy": 1.0, "chance": 0.95},
        {"accuracy": 0.25, "chance": 0.1},
        {"accuracy": 0.01, "chance": 0.95},
    ]
    return [*cases, {"accuracy": float(rng.uniform(0.02, 0.2)), "chance": float(rng.uniform(0.3, 0.99))}]


RANDOM_TRIES = Exercise(
    name="bayesian.random_tries",
    title="What chance alone would need",
    points=2,
    difficulty="warm-up",
    hint="Where is the function below 1 + accuracy? What part of the square is that? Then: how likely is it that n "
    "points all miss?",
    reference=random_tries,
    instances=random_tries_cases,
    misconceptions=(
        Misconception(
            takes_the_accuracy_for_a_radius,
            "The function grows with the *square* of the distance: the radius is the root of the accuracy.",
        ),
        Misconception(takes_a_square_for_the_disc, "The good points form a disc, not the square around it."),
        Misconception(
            adds_the_chances, "The chances of single tries do not add up: some tries hit twice. Multiply those to miss."
        ),
        Misconception(
            waits_for_the_average,
            "That is how many tries it takes on average. Here a given chance is asked for.",
        ),
        Misconception(rounds_down, "With one try fewer the chance is not reached yet: round up."),
        Misconception(forgets_the_area, "The square [-5, 5] x [-5, 5] has an area of 100."),
        Misconception(takes_the_chance_to_miss, "All tries may miss with the probability 1 - chance, not with chance."),
    ),
    alternatives=(random_tries_by_counting, random_tries_by_halving),
)

# --- a batch ----------------------------------------------------------------------------------------------------------


def believers_batch(means, covariance, size, beta):
    batch: list[int] = []
    for _ in range(size):
        stds = np.sqrt(np.maximum(np.diag(covariance), 0))
        bounds = means - beta * stds
        bounds[batch] = np.inf
        i = int(np.argmin(bounds))
        covariance = covariance - np.outer(covariance[:, i], covariance[i]) / covariance[i, i]
        batch.append(i)
    return batch


def _batch(means, covariance, size, beta, shrink=None, exclude=True):
    batch: list[int] = []
    covariance, means = covariance.copy(), means.copy()
    for _ in range(size):
        bounds = means - beta * np.sqrt(np.maximum(np.diag(covariance), 0))
        if exclude:
            bounds[batch] = np.inf
        i = int(np.argmin(bounds))
        if shrink is not None:
            means, covariance = shrink(means, covariance, i)
        batch.append(i)
    return batch


def _conditioned(covariance, i):
    return covariance - np.outer(covariance[:, i], covariance[i]) / max(covariance[i, i], 1e-12)


def takes_the_best_few(means, covariance, size, beta):
    return _batch(means, covariance, size, beta)


def takes_the_same_again(means, covariance, size, beta):
    return _batch(means, covariance, size, beta, lambda m, c, i: (m, _conditioned(c, i)), exclude=False)


def believes_in_the_bound(means, covariance, size, beta):
    def shrink(means, covariance, i):
        surprise = -beta * math.sqrt(covariance[i, i])
        return means + covariance[:, i] / covariance[i, i] * surprise, _conditioned(covariance, i)

    return _batch(means, covariance, size, beta, shrink)


def looks_for_the_largest(means, covariance, size, beta):
    return _batch(-means, covariance, size, beta, lambda m, c, i: (m, _conditioned(c, i)))


def adds_the_uncertainty(means, covariance, size, beta):
    return _batch(means, covariance, size, -beta, lambda m, c, i: (m, _conditioned(c, i)))


def narrows_the_variances_only(means, covariance, size, beta):
    """Each candidate's own variance, but not the covariances of two others."""

    def shrink(means, covariance, i):
        left = np.diag(_conditioned(covariance, i))
        covariance[np.diag_indices(len(means))] = left
        return means, covariance

    return _batch(means, covariance, size, beta, shrink)


def divides_by_the_deviation(means, covariance, size, beta):
    def shrink(means, covariance, i):
        return means, covariance - np.outer(covariance[:, i], covariance[i]) / math.sqrt(covariance[i, i])

    return _batch(means, covariance, size, beta, shrink)


def believers_batch_at_once(means, covariance, size, beta):
    """Each time anew, from the covariance of all that were chosen."""
    batch: list[int] = []
    while len(batch) < size:
        variances = np.diag(covariance).copy()
        if batch:
            inside = covariance[np.ix_(batch, batch)]
            variances = variances - np.sum(covariance[batch] * np.linalg.solve(inside, covariance[batch]), axis=0)
        free = [i for i in range(len(means)) if i not in batch]
        bounds = means - beta * np.sqrt(variances.clip(0))
        batch.append(min(free, key=lambda i: bounds[i]))
    return batch


def believers_batch_by_factor(means, covariance, size, beta):
    """A Cholesky factor that grows by a column for each choice."""
    batch: list[int] = []
    columns, left = np.zeros((len(means), 0)), np.diag(covariance).copy()
    for _ in range(size):
        scores = np.where(np.isin(np.arange(len(means)), batch), np.inf, means - beta * np.sqrt(left.clip(0)))
        i = int(scores.argmin())
        column = (covariance[:, i] - columns @ columns[i]) / math.sqrt(left[i])
        columns, left = np.column_stack([columns, column]), left - column**2
        batch.append(i)
    return tuple(batch)


def believers_batch_cases(rng):
    def case(n, size, beta, scale):
        x = np.sort(rng.uniform(0, 10, size=n))
        K = np.exp(-((np.subtract.outer(x, x) / scale) ** 2) / 2)
        size_of_each = rng.uniform(0.3, 2, size=n)
        covariance = np.outer(size_of_each, size_of_each) * (K + 0.05 * np.eye(n))
        return {"means": 0.5 * rng.normal(size=n), "covariance": covariance, "size": size, "beta": beta}

    # what 1 and 2 have in common is all due to 0
    common = np.array([[4.0, 1.8, 1.8, 0.0], [1.8, 1.0, 0.8, 0.0], [1.8, 0.8, 1.02, 0.0], [0.0, 0.0, 0.0, 0.1]])
    pair = np.array([[1.0, 0.9, 0.0], [0.9, 0.9, 0.0], [0.0, 0.0, 0.5]])
    return [
        {"means": np.zeros(3), "covariance": pair, "size": 1, "beta": 1.0},
        {"means": np.zeros(3), "covariance": pair, "size": 2, "beta": 1.0},
        {"means": np.array([-3.0, 0.0, 0.1]), "covariance": pair, "size": 3, "beta": 0.5},
        {"means": np.zeros(4), "covariance": common, "size": 3, "beta": 1.0},
        {
            "means": np.array([0.0, 0.3, -0.5, 1.0]),
            "covariance": 4 * bowl(rng, [0.2, 0.5, 1.0, 2.0]),
            "size": 3,
            "beta": 2.0,
        },
        case(12, 4, 1.5, 1.0),
        case(25, 6, 2.0, 2.0),
    ]


BELIEVERS_BATCH = Exercise(
    name="bayesian.believers_batch",
    title="Several points at a time",
    points=3,
    difficulty="core",
    hint="If value i turns out as believed, no mean changes, but all covariances do: subtract the product of column i "
    "and row i, over entry (i, i). Then choose again.",
    reference=believers_batch,
    instances=believers_batch_cases,
    misconceptions=(
        Misconception(
            takes_the_best_few,
            "You take the best few at once, and neighbours tell the same story twice. After each choice the covariance "
            "has to change.",
        ),
        Misconception(takes_the_same_again, "A point is in the batch once: leave out those chosen before."),
        Misconception(
            believes_in_the_bound,
            "You pretend that the value will be at its bound. It is to be its mean, and then no mean changes.",
        ),
        Misconception(looks_for_the_largest, "We minimise: take the lowest bound."),
        Misconception(adds_the_uncertainty, "The bound is the mean *minus* beta deviations: uncertainty attracts."),
        Misconception(
            narrows_the_variances_only,
            "The covariances of the other candidates with each other change as well: condition the whole matrix.",
        ),
        Misconception(divides_by_the_deviation, "Divide by the variance, covariance[i, i], not by its root."),
    ),
    alternatives=(believers_batch_at_once, believers_batch_by_factor),
    equivalent_mutants={
        "covariance = covariance - np.outer(covariance[i, :], covariance[i]) / covariance[i, i]": "it is symmetric",
        "covariance = covariance - np.outer(covariance[i], covariance[:, i]) / covariance[i, i]": "it is symmetric",
        "i = np.argmin(bounds)": "NumPy's integer is an integer",
        "stds = np.sqrt(np.diag(covariance))": "only rounding makes the variance of a chosen point negative, and that "
        "point is left out",
        "stds = np.sqrt(np.maximum(0, np.diag(covariance)))": "order of two numbers",
        "stds = np.sqrt(np.maximum(np.diag(covariance), -1))": "only rounding makes the variance of a chosen point "
        "negative, and that point is left out",
    },
)
