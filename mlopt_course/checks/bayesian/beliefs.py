"""Beliefs: one number read several times, many numbers of which one becomes known, and whether a belief was honest."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from ..exercise import Exercise, Misconception
from ..quadratics import bowl

# --- one number -------------------------------------------------------------------------------------------------------


def update_belief(mean, std, readings, noise):
    trust = 1 / std**2
    weighted = mean * trust
    for reading in readings:
        trust = trust + 1 / noise**2
        weighted = weighted + reading / noise**2
    return weighted / trust, 1 / math.sqrt(trust)


def forgets_what_it_believed(mean, std, readings, noise):
    return (float(np.mean(readings)), noise / math.sqrt(len(readings))) if len(readings) else (mean, std)


def weighs_by_deviations(mean, std, readings, noise):
    trust = 1 / std + len(readings) / noise
    return (mean / std + sum(readings) / noise) / trust, 1 / trust


def weighs_all_alike(mean, std, readings, noise):
    return float(np.mean([mean, *readings])), update_belief(mean, std, readings, noise)[1]


def gives_the_variance(mean, std, readings, noise):
    centre, spread = update_belief(mean, std, readings, noise)
    return centre, spread**2


def adds_the_variances(mean, std, readings, noise):
    return update_belief(mean, std, readings, noise)[0], math.sqrt(std**2 + len(readings) * noise**2)


def counts_the_readings_once(mean, std, readings, noise):
    return update_belief(mean, std, [float(np.mean(readings))] if len(readings) else [], noise)


def trusts_the_noisier(mean, std, readings, noise):
    trust = std**2 + len(readings) * noise**2
    return (mean * std**2 + sum(readings) * noise**2) / trust, update_belief(mean, std, readings, noise)[1]


def update_belief_reading_by_reading(mean, std, readings, noise):
    variance = std * std
    for reading in readings:
        gain = variance / (variance + noise * noise)
        mean, variance = mean + gain * (reading - mean), (1 - gain) * variance
    return [mean, variance**0.5]


def update_belief_at_once(mean, std, readings, noise):
    readings = np.asarray(readings, dtype=float)
    variance = 1 / (1 / std**2 + readings.size / noise**2)
    return variance * (mean / std**2 + readings.sum() / noise**2), np.sqrt(variance)


def update_belief_cases(rng):
    return [
        {"mean": 0.0, "std": 1.0, "readings": [2.0], "noise": 1.0},
        {"mean": 1.0, "std": 3.0, "readings": [], "noise": 0.5},
        {"mean": -1.0, "std": 2.0, "readings": [1.0, 3.0], "noise": 4.0},
        {"mean": 5.0, "std": 0.1, "readings": [4.0, 6.5, 7.0], "noise": 2.0},
        {"mean": float(rng.normal()), "std": 10.0, "readings": rng.normal(size=8).round(3).tolist(), "noise": 0.7},
    ]


UPDATE_BELIEF = Exercise(
    name="bayesian.update_belief",
    title="A belief after some readings",
    points=2,
    difficulty="warm-up",
    hint="Work with precisions, 1 over the variance: they add up. The new mean is the average of the old mean and the "
    "readings, each weighted by its precision.",
    reference=update_belief,
    instances=update_belief_cases,
    misconceptions=(
        Misconception(
            forgets_what_it_believed, "What was believed before counts as well, like a reading with the deviation std."
        ),
        Misconception(
            weighs_by_deviations, "Weights are 1 over the *variance*, the square of the deviation, not 1 over it."
        ),
        Misconception(weighs_all_alike, "Your deviation is right, but the more certain number must weigh more."),
        Misconception(gives_the_variance, "Return the standard deviation: the root of the variance."),
        Misconception(adds_the_variances, "A reading can only make you more certain: precisions add, not variances."),
        Misconception(
            counts_the_readings_once, "Every reading adds its own precision: five readings tell more than one."
        ),
        Misconception(
            trusts_the_noisier, "You weigh by the variance. The *smaller* the variance, the larger the weight."
        ),
    ),
    alternatives=(update_belief_reading_by_reading, update_belief_at_once),
)

# --- many numbers, one of them read -----------------------------------------------------------------------------------


def condition(mean, covariance, index, reading, noise):
    gain = covariance[:, index] / (covariance[index, index] + noise**2)
    new_mean = mean + gain * (reading - mean[index])
    return new_mean, covariance - np.outer(gain, covariance[index])


def changes_the_one_alone(mean, covariance, index, reading, noise):
    new, full = condition(mean, covariance, index, reading, noise)
    mean, covariance = mean.copy(), covariance.copy()
    mean[index], covariance[index] = new[index], full[index]
    covariance[:, index] = full[:, index]
    return mean, covariance


def forgets_the_noise(mean, covariance, index, reading, noise):
    return condition(mean, covariance, index, reading, 0.0)


def adds_the_deviation_of_the_noise(mean, covariance, index, reading, noise):
    return condition(mean, covariance, index, reading, math.sqrt(noise))


def forgets_that_it_was_expected(mean, covariance, index, reading, noise):
    gain = covariance[:, index] / (covariance[index, index] + noise**2)
    return mean + gain * reading, condition(mean, covariance, index, reading, noise)[1]


def grows_less_certain(mean, covariance, index, reading, noise):
    new, changed = condition(mean, covariance, index, reading, noise)
    return new, 2 * covariance - changed


def keeps_the_covariance(mean, covariance, index, reading, noise):
    return condition(mean, covariance, index, reading, noise)[0], covariance.copy()


def divides_by_the_deviation(mean, covariance, index, reading, noise):
    gain = covariance[:, index] / math.sqrt(covariance[index, index] + noise**2)
    return mean + gain * (reading - mean[index]), covariance - np.outer(gain, gain)


def condition_by_information(mean, covariance, index, reading, noise):
    """Adding the reading's precision, where the covariance has an inverse and the reading is not exact."""
    if noise < 1e-3:
        row = np.eye(len(mean))[[index]]
        inner = np.linalg.inv(row @ covariance @ row.T + noise**2)
        new = mean + (covariance @ row.T @ inner @ (np.array([reading]) - row @ mean))
        return new, covariance - covariance @ row.T @ inner @ row @ covariance
    precision = np.linalg.inv(covariance)
    right = precision @ mean
    precision[index, index] += 1 / noise**2
    right[index] += reading / noise**2
    changed = np.linalg.inv(precision)
    return changed @ right, changed


def condition_entry_by_entry(mean, covariance, index, reading, noise):
    total, size = covariance[index, index] + noise * noise, range(len(mean))
    surprise = (reading - mean[index]) / total
    return (
        [mean[i] + covariance[i, index] * surprise for i in size],
        [[covariance[i, j] - covariance[i, index] * covariance[index, j] / total for j in size] for i in size],
    )


def condition_cases(rng):
    def case(mean, covariance, index, reading, noise):
        mean = np.asarray(mean, dtype=float)
        return {"mean": mean, "covariance": covariance, "index": index, "reading": reading, "noise": noise}

    return [
        case([0.0], np.eye(1), 0, 2.0, 1.0),
        case([0.0, 0.0], np.array([[1.0, 0.5], [0.5, 1.0]]), 0, 2.0, 0.0),
        case([1.0, 3.0], np.array([[4.0, -1.0], [-1.0, 2.0]]), 1, 2.0, 0.5),
        case(rng.normal(size=3), bowl(rng, [0.5, 1.0, 3.0]), 2, 0.0, 0.3),
        case(rng.normal(size=5), bowl(rng, [0.2, 0.5, 1, 2, 4]), 1, 1.5, 2.0),
    ]


CONDITION = Exercise(
    name="bayesian.condition",
    title="One reading changes all beliefs",
    points=3,
    difficulty="core",
    hint="How much value i moves is its covariance with the value that was read, over the variance of the reading "
    "(its own variance plus that of the noise), times the surprise.",
    reference=condition,
    instances=condition_cases,
    misconceptions=(
        Misconception(
            changes_the_one_alone,
            "The reading says something about all values that are correlated with it: every entry of the mean changes.",
        ),
        Misconception(
            forgets_the_noise, "The reading is noisy: its variance is the value's own plus the square of noise."
        ),
        Misconception(
            adds_the_deviation_of_the_noise, "noise is a standard deviation: add its square to the variance."
        ),
        Misconception(
            forgets_that_it_was_expected,
            "Only the surprise moves the belief: the reading *minus* what was expected of it.",
        ),
        Misconception(grows_less_certain, "A reading takes variance away: subtract."),
        Misconception(keeps_the_covariance, "Your mean is right. The covariance shrinks, too, whatever was read."),
        Misconception(
            divides_by_the_deviation,
            "The gain is a covariance over a *variance*; you divide by the deviation. (For the covariance, one product "
            "of covariances over the variance is taken away.)",
        ),
    ),
    alternatives=(condition_by_information, condition_entry_by_entry),
    rtol=1e-8,
    atol=1e-10,
    equivalent_mutants={
        "return (new_mean, covariance - np.outer(covariance[index], gain))": "the difference is symmetric",
        "gain = covariance[index, :] / (covariance[index, index] + noise ** 2)": "a covariance is symmetric",
    },
)

# --- honest beliefs ---------------------------------------------------------------------------------------------------


def honest_share(means, stds, values, level):
    reach = NormalDist().inv_cdf((1 + level) / 2)
    inside = np.abs(values - means) <= reach * stds
    return np.mean(inside)


def _share(means, stds, values, reach):
    return float(np.mean(np.abs(values - means) <= reach * stds))


def reads_the_level_on_one_side(means, stds, values, level):
    return _share(means, stds, values, max(NormalDist().inv_cdf(level), 0.0))


def always_takes_two_deviations(means, stds, values, level):
    return _share(means, stds, values, 2.0)


def takes_deviations_for_variances(means, stds, values, level):
    return _share(means, np.sqrt(stds), values, NormalDist().inv_cdf((1 + level) / 2))


def looks_below_only(means, stds, values, level):
    return float(np.mean(values <= means + NormalDist().inv_cdf((1 + level) / 2) * stds))


def counts_instead(means, stds, values, level):
    return len(values) * honest_share(means, stds, values, level)


def tells_the_share_outside(means, stds, values, level):
    return 1 - honest_share(means, stds, values, level)


def uses_one_deviation_for_all(means, stds, values, level):
    return _share(means, np.mean(stds), values, NormalDist().inv_cdf((1 + level) / 2))


def honest_share_by_probabilities(means, stds, values, level):
    inside = 0
    for mean, std, value in zip(means, stds, values, strict=True):
        below = (1 + math.erf((value - mean) / std / math.sqrt(2))) / 2
        inside += abs(2 * below - 1) <= level
    return inside / len(values)


def honest_share_by_ends(means, stds, values, level):
    low, high = (
        [NormalDist(m, s).inv_cdf(q) for m, s in zip(means, stds, strict=True)]
        for q in ((1 - level) / 2, (1 + level) / 2)
    )
    return np.count_nonzero((np.array(low) <= values) & (values <= np.array(high))) / len(values)


def honest_share_cases(rng):
    def case(n, level, factor):
        means, stds = rng.normal(size=n), rng.uniform(0.2, 3, size=n)
        return {"means": means, "stds": stds, "values": means + factor * stds * rng.normal(size=n), "level": level}

    return [
        {"means": np.zeros(2), "stds": np.ones(2), "values": np.array([0.5, 3.0]), "level": 0.9},
        {"means": np.zeros(3), "stds": np.array([1.0, 4.0, 0.2]), "values": np.array([-1.5, -3.0, 0.3]), "level": 0.5},
        case(40, 0.8, 1.0),
        case(60, 0.95, 1.6),
        case(50, 0.5, 0.8),
    ]


HONEST_SHARE = Exercise(
    name="bayesian.honest_share",
    title="Was the belief honest?",
    points=2,
    difficulty="core",
    hint="`statistics.NormalDist().inv_cdf(p)` is the number below which a standard normal value stays with the "
    "chance p. A central interval leaves half of the rest on either side.",
    reference=honest_share,
    instances=honest_share_cases,
    misconceptions=(
        Misconception(
            reads_the_level_on_one_side,
            "An interval that holds 90 % leaves 5 % on *either* side: its upper end is the 95 % point.",
        ),
        Misconception(
            always_takes_two_deviations, "Two deviations hold about 95 %. How far to go depends on the level."
        ),
        Misconception(takes_deviations_for_variances, "stds are standard deviations already: take no root."),
        Misconception(looks_below_only, "A value may also lie too far *below* its mean."),
        Misconception(counts_instead, "Return the share, a number from 0 to 1: divide by how many there are."),
        Misconception(tells_the_share_outside, "Return the share *inside* the intervals."),
        Misconception(uses_one_deviation_for_all, "Every value has its own deviation."),
    ),
    alternatives=(honest_share_by_probabilities, honest_share_by_ends),
    equivalent_mutants={
        "inside = np.abs(means - values) <= reach * stds": "the sign goes with the absolute value",
        "inside = np.abs(values - means) < reach * stds": "a value exactly on the edge has no probability",
    },
)
