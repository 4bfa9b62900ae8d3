"""What chance gives: good configurations within so many draws, and a best score that is too good."""

from __future__ import annotations

import math

import numpy as np

from ..exercise import Exercise, Misconception
from . import plots

# --- draws until some are good ----------------------------------------------------------------------------------------


def tries_needed(share, certainty, wanted):
    for tries in range(1, 1000):
        fewer = sum(math.comb(tries, k) * share**k * (1 - share) ** (tries - k) for k in range(wanted))
        if 1 - fewer >= certainty:
            return tries
    return None


def _first(holds):
    return next((tries for tries in range(1, 5000) if holds(tries)), None)


def asks_for_one_only(share, certainty, wanted):
    return tries_needed(share, certainty, 1)


def repeats_the_search_for_one(share, certainty, wanted):
    return wanted * tries_needed(share, certainty, 1)


def trusts_the_average(share, certainty, wanted):
    return math.ceil(wanted / share)


def adds_up_the_chances(share, certainty, wanted):
    return math.ceil(wanted * certainty / share)


def asks_for_one_more(share, certainty, wanted):
    return tries_needed(share, certainty, wanted + 1)


def stops_one_try_early(share, certainty, wanted):
    return max(1, tries_needed(share, certainty, wanted) - 1)


def exchanges_share_and_certainty(share, certainty, wanted):
    return tries_needed(1 - certainty, 1 - share, wanted)


def tries_needed_by_waiting(share, certainty, wanted):
    """The last good one that is wanted comes with try number n: add up over n."""
    reached, n = 0.0, wanted - 1
    while reached < certainty:
        n += 1
        reached += math.comb(n - 1, wanted - 1) * share**wanted * (1 - share) ** (n - wanted)
    return n


def tries_needed_by_states(share, certainty, wanted):
    """The probabilities of having found 0, 1, ... good ones; the last entry stands for enough."""
    found = np.zeros(wanted + 1)
    found[0] = 1.0
    tries = 0
    while found[wanted] < certainty:
        hit = share * found[:-1]
        found[:-1] -= hit
        found[1:] += hit
        tries += 1
    return tries


def tries_needed_cases(rng):
    def case(share, certainty, wanted):
        return {"share": float(share), "certainty": float(certainty), "wanted": int(wanted)}

    return [
        case(0.5, 0.75, 1),
        case(0.75, 0.5, 1),
        case(0.5, 0.75, 2),
        case(0.05, 0.95, 1),
        case(0.05, 0.95, 2),
        case(0.2, 0.9, 5),
        case(0.01, 0.5, 1),
        case(rng.uniform(0.08, 0.12), rng.uniform(0.91, 0.98), 3),
        case(rng.uniform(0.2, 0.5), rng.uniform(0.2, 0.4), rng.integers(6, 9)),
    ]


TRIES_NEEDED = Exercise(
    name="hyperparameter_tuning.tries_needed",
    title="How many draws for a few good ones",
    points=2,
    difficulty="warm-up",
    hint="Turn it round: with which probability are *fewer* than `wanted` of n draws good? Exactly k are good with "
    "probability `math.comb(n, k) * share**k * (1 - share)**(n - k)`. Then try n = 1, 2, 3, ...",
    reference=tries_needed,
    instances=tries_needed_cases,
    misconceptions=(
        Misconception(
            asks_for_one_only,
            "This is right for one good configuration. For more than one, add up the probabilities of 0, 1, ..., "
            "wanted - 1 good ones.",
        ),
        Misconception(
            repeats_the_search_for_one,
            "You look for each good one anew. That takes too many draws: one that is lucky early helps the others.",
        ),
        Misconception(
            trusts_the_average,
            "After so many draws there are `wanted` good ones *on average*: quite often there are fewer.",
        ),
        Misconception(
            adds_up_the_chances,
            "The chances of draws do not add up: 20 draws with 5 % each are not certain to hit. Multiply the "
            "probabilities of missing.",
        ),
        Misconception(
            asks_for_one_more, "You ask for one good one too many: fewer than `wanted` means up to wanted - 1 of them."
        ),
        Misconception(
            stops_one_try_early,
            "You stop one draw early: the probability must be at least `certainty`, so round up, not down.",
        ),
        Misconception(
            exchanges_share_and_certainty,
            "You exchange the two: a draw is good with probability `share`, and misses with 1 - share.",
        ),
    ),
    alternatives=(tries_needed_by_waiting, tries_needed_by_states),
    equivalent_mutants={
        "for tries in range(0, 1000):": "no draws give no certainty",
        "for tries in range(1, 1001):": "no case needs so many",
        "for tries in range(1, 999):": "no case needs so many",
        "for tries in range(1, 2000):": "no case needs so many",
        "delete: return None": "a function without a return returns None; and no case needs so many",
        "return -None": "no case needs so many",
    },
)

# --- the best of many equals ------------------------------------------------------------------------------------------


def optimism(tries, samples, accuracy):
    expected, below = 0.0, 0.0
    for right in range(samples + 1):
        chance = math.comb(samples, right) * accuracy**right * (1 - accuracy) ** (samples - right)
        expected = expected + right * ((below + chance) ** tries - below**tries)
        below = below + chance
    return expected / samples - accuracy


def _chances(samples, accuracy):
    return np.array([math.comb(samples, k) * accuracy**k * (1 - accuracy) ** (samples - k) for k in range(samples + 1)])


def sees_no_optimism(tries, samples, accuracy):
    return 0.0


def returns_the_best_score(tries, samples, accuracy):
    return optimism(tries, samples, accuracy) + accuracy


def forgets_to_divide(tries, samples, accuracy):
    return samples * optimism(tries, samples, accuracy)


def takes_the_worst_of_all(tries, samples, accuracy):
    above = np.cumsum(_chances(samples, accuracy)[::-1])[::-1]
    return float(np.sum(above[1:] ** tries)) / samples - accuracy


def uses_the_formula_for_many(tries, samples, accuracy):
    return math.sqrt(2 * math.log(tries) * accuracy * (1 - accuracy) / samples)


def multiplies_the_standard_error(tries, samples, accuracy):
    return tries * math.sqrt(accuracy * (1 - accuracy) / samples)


def lets_all_try_one_large_set(tries, samples, accuracy):
    """The chance that one of them has so many right, times their number."""
    chances = _chances(samples, accuracy)
    return float(min(1.0, tries * (np.arange(samples + 1) @ chances**tries))) / samples - accuracy


def optimism_by_tails(tries, samples, accuracy):
    """The mean of a count is the sum of the probabilities that it is at least 1, at least 2, ..."""
    up_to = np.cumsum(_chances(samples, accuracy))
    return float(np.sum(1 - up_to[:-1] ** tries)) / samples - accuracy


def optimism_one_try_at_a_time(tries, samples, accuracy):
    """The distribution of the best so far, which each try can only raise."""
    chances = _chances(samples, accuracy)
    best = np.zeros(samples + 1)
    best[0] = 1.0
    for _ in range(tries):
        best = best * np.cumsum(chances) + chances * (np.cumsum(best) - best)
    return np.arange(samples + 1) / samples @ best - accuracy


def optimism_cases(rng):
    def case(tries, samples, accuracy):
        return {"tries": int(tries), "samples": int(samples), "accuracy": float(accuracy)}

    return [
        case(2, 1, 0.5),
        case(1, 10, 0.7),
        case(3, 2, 0.75),
        case(10, 20, 0.5),
        case(100, 50, 0.9),
        case(rng.integers(5, 40), rng.integers(20, 60), rng.uniform(0.5, 0.95)),
        case(rng.integers(100, 400), rng.integers(60, 90), rng.uniform(0.5, 0.95)),
    ]


OPTIMISM = Exercise(
    name="hyperparameter_tuning.optimism",
    title="The best of many equals",
    points=3,
    difficulty="core",
    hint="All of n independent scores are at most k with probability F(k)**n, where F(k) is that for one of them. How "
    "probable is it, then, that the *best* is exactly k?",
    reference=optimism,
    instances=optimism_cases,
    misconceptions=(
        Misconception(
            sees_no_optimism,
            "Each score alone is right on average, but you look at the *largest* of them: that is too high on average.",
        ),
        Misconception(
            returns_the_best_score,
            "This is the expected best score. How far is it above the accuracy that all of them really have?",
        ),
        Misconception(forgets_to_divide, "You count samples; an accuracy is a share of them: divide by `samples`."),
        Misconception(
            takes_the_worst_of_all,
            "You raise the probability of being *at least* k to a power: that says that all are so good, and gives the "
            "worst of them.",
        ),
        Misconception(
            uses_the_formula_for_many,
            "sqrt(2 ln n) standard errors is a rule of thumb for many tries and normal scores. Compute it exactly.",
        ),
        Misconception(
            multiplies_the_standard_error,
            "Optimism does not grow in proportion to the number of tries: no score can pass 1.",
        ),
        Misconception(
            lets_all_try_one_large_set,
            "The probability that the best has k right is F(k)**n - F(k - 1)**n; the n-th power of one probability is "
            "that *all* have exactly k right.",
        ),
    ),
    alternatives=(optimism_by_tails, optimism_one_try_at_a_time),
    rtol=1e-8,
    atol=1e-9,
    equivalent_mutants={
        "for right in range(samples + 1 + 1):": "more than all samples cannot be right",
        "for right in range(samples + 2):": "more than all samples cannot be right",
        "return expected / right - accuracy": "the loop ends with right equal to samples",
    },
    play=plots.growing_optimism,
)
