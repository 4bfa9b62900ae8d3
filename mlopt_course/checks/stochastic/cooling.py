"""Temperatures: how long a schedule takes to cool, and where to begin."""

from __future__ import annotations

import math

import numpy as np

from ..exercise import Exercise, Misconception

# --- how long cooling takes -------------------------------------------------------------------------------------------


def stages_until(start, end, factor):
    ratio = start / end
    exponential = math.ceil(math.log(ratio) / -math.log(factor))
    return exponential, math.ceil(ratio - 1), math.ceil(2**ratio - 2)


def stops_one_too_early(start, end, factor):
    return tuple(count - 1 for count in stages_until(start, end, factor))


def numbers_stages_from_one(start, end, factor):
    return tuple(count + 1 for count in stages_until(start, end, factor))


def forgets_the_logarithm_of_two(start, end, factor):
    return (*stages_until(start, end, factor)[:2], math.ceil(math.exp(start / end) - 2))


def drops_the_shifts(start, end, factor):
    exponential, fast, logarithmic = stages_until(start, end, factor)
    return exponential, fast + 1, logarithmic + 2


def cools_linearly(start, end, factor):
    """Takes the same amount off at every stage."""
    return (math.ceil((start - end) / (start * (1 - factor))), *stages_until(start, end, factor)[1:])


def cools_to_a_share_of_one(start, end, factor):
    return (math.ceil(math.log(end) / math.log(factor)), math.ceil(1 / end - 1), math.ceil(2 ** (1 / end) - 2))


def stages_until_by_solving(start, end, factor):
    share = end / start
    return (
        int(np.ceil(np.log(share) / np.log(factor))),
        int(np.ceil(1 / share)) - 1,
        int(np.ceil(np.exp(np.log(2) / share))) - 2,
    )


def stages_until_by_searching(start, end, factor):
    schedules = (
        lambda k: start * factor**k,
        lambda k: start / (k + 1),
        lambda k: start * math.log(2) / math.log(k + 2),
    )
    found = []
    for temperature in schedules:
        low, high = 0, 1
        while temperature(high) > end:
            low, high = high, 2 * high
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if temperature(middle) > end else (low, middle)
        found.append(high)
    return found


def stages_until_cases(rng):
    drawn = [float(rng.uniform(low, low + 0.9)) for low in (3.05, 7.05, 11.05, 33.05)]
    return [
        {"start": 10.0, "end": 4.0, "factor": 0.5},
        {"start": 3.0, "end": 0.7, "factor": 0.8},
        *({"start": ratio * end, "end": end, "factor": factor}
          for ratio, end, factor in zip(drawn, (0.5, 2.0, 0.3, 1.7), (0.85, 0.9, 0.7, 0.95), strict=True)),
    ]  # fmt: skip


STAGES_UNTIL = Exercise(
    name="stochastic.stages_until",
    title="How long until it is cold?",
    points=2,
    difficulty="warm-up",
    hint="Set each temperature equal to the end, solve for k, and round up. The logarithmic one: ln(k + 2) must reach "
    "(start / end) ln 2.",
    reference=stages_until,
    instances=stages_until_cases,
    misconceptions=(
        Misconception(stops_one_too_early, "One stage earlier it is still warmer than the end: round up."),
        Misconception(numbers_stages_from_one, "The first stage, at the full temperature, has the number 0."),
        Misconception(
            forgets_the_logarithm_of_two,
            "In the logarithmic schedule the ln 2 above the line makes the answer a power of 2, not of e.",
        ),
        Misconception(drops_the_shifts, "There is k + 1 in the fast schedule, and k + 2 in the logarithmic one."),
        Misconception(cools_linearly, "The exponential schedule *multiplies* by the factor at each stage."),
        Misconception(
            cools_to_a_share_of_one, "The schedules begin at the temperature `start`, not at 1: the ratio counts."
        ),
    ),
    alternatives=(stages_until_by_solving, stages_until_by_searching),
)

# --- where to begin ---------------------------------------------------------------------------------------------------


def temperature_for(changes, share):
    low, high = 1e-6, 1e6
    for _ in range(100):
        middle = math.sqrt(low * high)
        if np.mean(np.exp(-np.maximum(changes, 0) / middle)) < share:
            low = middle
        else:
            high = middle
    return high


def _solve(accepted, share):
    """Where a share of accepted moves that grows with the temperature reaches ``share``."""
    low, high = -14.0, 14.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if accepted(math.exp(middle)) < share else (low, middle)
    return math.exp(high)


def looks_at_uphill_moves_only(changes, share):
    uphill = changes[changes > 0]
    return _solve(lambda T: np.mean(np.exp(-uphill / T)), share)


def takes_the_mean_rise(changes, share):
    """exp(-mean / T) = share: the mean of exponentials is not the exponential of the mean."""
    return -float(np.mean(changes[changes > 0])) / math.log(share)


def takes_the_mean_change(changes, share):
    return -float(np.mean(np.maximum(changes, 0))) / math.log(share)


def accepts_downhill_more_than_surely(changes, share):
    """exp(-change / T), not cut off at 1; where that is never as low as the share, the best it can do."""
    return _solve(lambda T: np.mean(np.exp(np.clip(-changes / T, -700, 700))), share)


def rejects_moves_on_the_level(changes, share):
    return _solve(lambda T: np.mean(np.where(changes == 0, 0.0, np.exp(-np.maximum(changes, 0) / T))), share)


def counts_uphill_moves_among_all(changes, share):
    """The share wanted is reached by uphill moves alone."""
    rises = np.maximum(changes, 0)
    return _solve(lambda T: np.mean(np.where(changes > 0, np.exp(-rises / T), 0.0)), share)


def uses_the_other_rule(changes, share):
    """Barker's rule, 1 / (1 + exp(change / T))."""
    return _solve(lambda T: np.mean(1 / (1 + np.exp(np.clip(changes / T, -700, 700)))), share)


def temperature_for_by_newton(changes, share):
    """Newton's method for 1 / T: the share falls and is convex in it, so from the left no step goes too far."""
    uphill = changes[changes > 0]
    wanted = share * len(changes) - np.sum(changes <= 0)
    cold = 0.0
    for _ in range(200):
        terms = np.exp(-cold * uphill)
        cold += (terms.sum() - wanted) / (uphill @ terms)
    return 1 / cold


def temperature_for_by_logarithms(changes, share):
    return _solve(lambda T: sum(min(1.0, math.exp(min(0.0, -change / T))) for change in changes) / len(changes), share)


def temperature_for_cases(rng):
    def drawn(n, scale, up):
        return np.concatenate([scale * rng.exponential(size=up), -scale * rng.exponential(size=n - up)])

    mixed = drawn(20, 3.0, 14)
    return [
        {"changes": np.array([1.0]), "share": 0.5},
        {"changes": np.array([-1.0, 2.0]), "share": 0.75},
        {"changes": np.array([1.0, 3.0, 0.0]), "share": 0.5},
        {"changes": np.array([0.002, 0.01, -0.004, 0.03]), "share": 0.45},
        {"changes": rng.permutation(mixed), "share": 0.4},
        {"changes": rng.permutation(mixed), "share": 0.9},
        {"changes": rng.permutation(np.append(drawn(30, 200.0, 25), [0.0, 0.0])), "share": 0.6},
    ]


TEMPERATURE_FOR = Exercise(
    name="stochastic.temperature_for",
    title="Where to begin",
    points=2,
    difficulty="core",
    hint="The expected share of accepted moves grows with the temperature: compute it in a line, and look for the "
    "right "
    "temperature by bisection, from very cold to very hot.",
    reference=temperature_for,
    instances=temperature_for_cases,
    misconceptions=(
        Misconception(
            looks_at_uphill_moves_only,
            "You reach the share among the uphill moves. It is meant among *all* moves, and the others are all "
            "accepted.",
        ),
        Misconception(
            takes_the_mean_rise,
            "That is a rule of thumb with the mean rise. The mean of exponentials is not the exponential of the mean.",
        ),
        Misconception(
            takes_the_mean_change,
            "You put the mean of the changes into the exponential; average the *probabilities* instead.",
        ),
        Misconception(
            accepts_downhill_more_than_surely,
            "A downhill move is accepted with probability 1, not with more than that.",
        ),
        Misconception(rejects_moves_on_the_level, "A move that changes nothing is accepted, too."),
        Misconception(
            counts_uphill_moves_among_all,
            "Moves downhill and on the level are accepted as well: they count in the share.",
        ),
        Misconception(
            uses_the_other_rule,
            "Here a move uphill is accepted with probability exp(-change / T), one downhill always.",
        ),
    ),
    alternatives=(temperature_for_by_newton, temperature_for_by_logarithms),
    equivalent_mutants={
        "for _ in range(101):": "the interval has long been narrow enough",
        "for _ in range(200):": "the interval has long been narrow enough",
        "for _ in range(99):": "the interval has long been narrow enough",
        "if np.mean(np.exp(-np.maximum(0, changes) / middle)) < share:": "the maximum has no order",
        "if np.mean(np.exp(-np.maximum(changes, 0) / middle)) <= share:": "where it is equal, either half will do",
        "low, high = (1e-06, 1000001.0)": "the interval still holds the answer",
        "low, high = (1e-06, 2000000.0)": "the interval still holds the answer",
        "low, high = (1e-06, 999999.0)": "the interval still holds the answer",
        "low, high = (2e-06, 1000000.0)": "the interval still holds the answer",
        "return low": "both ends have met",
        "return middle": "both ends have met, and the middle is between them",
    },
    rtol=1e-6,
    atol=0.0,
)
