"""How much a point is worth: improvements counted, and integrated."""

from __future__ import annotations

import itertools
import math
from statistics import NormalDist

import numpy as np

from ..exercise import Exercise, Misconception
from . import plots

# --- improvement, counted ---------------------------------------------------------------------------------------------


def table_improvement(outcomes, best):
    chance = 0.0
    expected = 0.0
    for value, probability in outcomes:
        if value < best:
            chance += probability
            expected += probability * (best - value)
    return chance, expected


def lets_losses_count(outcomes, best):
    chance, _ = table_improvement(outcomes, best)
    return chance, sum(probability * (best - value) for value, probability in outcomes)


def looks_for_larger_values(outcomes, best):
    return table_improvement([(-value, probability) for value, probability in outcomes], -best)


def divides_by_the_chance(outcomes, best):
    chance, expected = table_improvement(outcomes, best)
    return chance, expected / chance if chance else 0.0


def counts_a_draw(outcomes, best):
    chance = sum(probability for value, probability in outcomes if value <= best)
    return chance, table_improvement(outcomes, best)[1]


def improves_on_the_mean(outcomes, best):
    chance, _ = table_improvement(outcomes, best)
    return chance, max(0.0, best - sum(value * probability for value, probability in outcomes))


def counts_outcomes(outcomes, best):
    better = [best - value for value, _ in outcomes if value < best]
    return len(better) / len(outcomes), sum(better) / len(outcomes)


def expects_the_value(outcomes, best):
    chance, _ = table_improvement(outcomes, best)
    return chance, sum(probability * value for value, probability in outcomes if value < best)


def table_improvement_with_arrays(outcomes, best):
    table = np.array(outcomes, dtype=float)
    gains = np.maximum(best - table[:, 0], 0)
    return float(table[gains > 0, 1].sum()), float(gains @ table[:, 1])


def table_improvement_in_one_line(outcomes, best):
    return [sum(p for v, p in outcomes if v < best), sum(p * max(best - v, 0) for v, p in outcomes)]


def table_improvement_cases(rng):
    def case(n):
        values = rng.normal(size=n).round(3)
        chances = rng.dirichlet(np.ones(n))
        best = float(np.median(values)) + 0.01
        return {"outcomes": [[float(v), float(p)] for v, p in zip(values, chances, strict=True)], "best": best}

    return [
        {"outcomes": [[1.0, 1.0]], "best": 3.0},
        {"outcomes": [[3.0, 0.5], [5.0, 0.5]], "best": 4.0},
        {"outcomes": [[4.0, 0.25], [2.0, 0.25], [9.0, 0.5]], "best": 4.0},
        {"outcomes": [[4.0, 0.5], [5.0, 0.5]], "best": 3.0},
        case(5),
        case(9),
    ]


TABLE_IMPROVEMENT = Exercise(
    name="bayesian.table_improvement",
    title="Improvement, counted",
    points=2,
    difficulty="warm-up",
    hint="Take the outcomes below the best value: how likely are they together, and by how much is each one better?",
    reference=table_improvement,
    instances=table_improvement_cases,
    misconceptions=(
        Misconception(
            lets_losses_count, "An outcome above the best value costs nothing, since the best stays: it counts 0."
        ),
        Misconception(looks_for_larger_values, "We minimise: an improvement is a *smaller* value."),
        Misconception(
            divides_by_the_chance,
            "That is the improvement *if* there is one. Here the outcomes without one count as 0.",
        ),
        Misconception(counts_a_draw, "As good as the best is no improvement."),
        Misconception(
            improves_on_the_mean,
            "You compare the expected *value* with the best. Take the improvement of each outcome first, then the "
            "mean.",
        ),
        Misconception(counts_outcomes, "The outcomes are not equally likely: weigh each with its probability."),
        Misconception(expects_the_value, "Weigh by how much each outcome is *better*, not its value."),
    ),
    alternatives=(table_improvement_with_arrays, table_improvement_in_one_line),
    equivalent_mutants={
        "chance = -0.0": "minus zero is zero",
        "expected = -0.0": "minus zero is zero",
    },
)

# --- expected gain ----------------------------------------------------------------------------------------------------


def expected_gain(mean, std, best, cost):
    gain = mean - best - cost
    if std == 0:
        return max(gain, 0.0)
    z = gain / std
    normal = NormalDist()
    return gain * normal.cdf(z) + std * normal.pdf(z)


def _gain(mean, std, best, cost, sign=1.0, first=1.0, second=1.0):
    gain = sign * (mean - best) - cost
    if std == 0:
        return max(gain, 0.0)
    z = gain / std
    return first * gain * NormalDist().cdf(z) + second * std * NormalDist().pdf(z)


def looks_for_a_minimum(mean, std, best, cost):
    return _gain(mean, std, best, cost, sign=-1.0)


def forgets_the_cost(mean, std, best, cost):
    return _gain(mean, std, best, 0.0)


def pays_in_any_case(mean, std, best, cost):
    return _gain(mean, std, best, 0.0) - cost


def adds_the_cost(mean, std, best, cost):
    return _gain(mean, std, best, -cost)


def gives_the_probability(mean, std, best, cost):
    gain = mean - best - cost
    return NormalDist().cdf(gain / std) if std > 0 else float(gain > 0)


def forgets_the_density(mean, std, best, cost):
    return _gain(mean, std, best, cost, second=0.0)


def does_not_scale_the_density(mean, std, best, cost):
    gain = mean - best - cost
    return _gain(mean, std, best, cost) + (1 - std) * NormalDist().pdf(gain / std) if std > 0 else max(gain, 0.0)


def sees_nothing_in_certainty(mean, std, best, cost):
    return _gain(mean, std, best, cost) if std > 0 else 0.0


def expected_gain_by_error_function(mean, std, best, cost):
    gain = mean - best - cost
    if not std:
        return gain if gain > 0 else 0
    z = gain / std
    below = math.erfc(-z / math.sqrt(2)) / 2
    return std * (z * below + math.exp(-z * z / 2) / math.sqrt(2 * math.pi))


def expected_gain_by_summing(mean, std, best, cost):
    """The integral of the chance of more than t, by Gauss and Legendre on many small pieces."""
    gain = mean - best - cost
    if std == 0:
        return max(gain, 0.0)
    start, end = max(0.0, gain - 12 * std), max(gain, 0.0) + 12 * std
    nodes, weights = np.polynomial.legendre.leggauss(20)
    edges = np.linspace(start, end, 41)
    total = start
    for a, b in itertools.pairwise(edges):
        for node, weight in zip(nodes, weights, strict=True):
            t = (a + b) / 2 + (b - a) / 2 * node
            total += weight * (b - a) / 2 * math.erfc((t - gain) / std / math.sqrt(2)) / 2
    return total


def expected_gain_cases(rng):
    cases = [
        {"mean": 1.0, "std": 0.0, "best": 0.5, "cost": 0.0},
        {"mean": 1.0, "std": 0.0, "best": 1.5, "cost": 0.0},
        {"mean": 1.0, "std": 0.0, "best": 0.5, "cost": 0.75},
        {"mean": 0.0, "std": 1.0, "best": 0.0, "cost": 0.0},
        {"mean": 1.0, "std": 2.0, "best": 0.0, "cost": 0.5},
        {"mean": -1.0, "std": 0.5, "best": 0.0, "cost": 0.1},
    ]
    for _ in range(4):
        mean, best = (float(value) for value in rng.normal(size=2))
        cases.append(
            {"mean": mean, "std": float(rng.uniform(0.3, 2)), "best": best, "cost": float(rng.uniform(0, 0.5))}
        )
    return cases


EXPECTED_GAIN = Exercise(
    name="bayesian.expected_gain",
    title="Expected gain, when more is better and trying costs",
    points=3,
    difficulty="core",
    hint="Call mean - best - cost the gain that is expected if all goes as believed. Then it is the chapter's "
    "formula, with this gain; certainty is a case of its own.",
    reference=expected_gain,
    instances=expected_gain_cases,
    rtol=1e-8,
    atol=1e-10,
    misconceptions=(
        Misconception(looks_for_a_minimum, "Here *more* is better: the gain is the new value minus the best one."),
        Misconception(forgets_the_cost, "Switching costs: only what exceeds best + cost is a gain."),
        Misconception(
            pays_in_any_case,
            "You pay the cost always. It is paid only if you switch: it belongs inside the maximum, with the gain.",
        ),
        Misconception(adds_the_cost, "The cost makes the gain smaller."),
        Misconception(gives_the_probability, "That is the *chance* of a gain, not its size."),
        Misconception(
            forgets_the_density, "The second part is missing: std times the density, which pays for being uncertain."
        ),
        Misconception(
            does_not_scale_the_density, "The density is multiplied by std: a gain has the unit of the values."
        ),
        Misconception(
            sees_nothing_in_certainty, "Where std is 0 the value is known: then the gain is certain, if it is positive."
        ),
    ),
    alternatives=(expected_gain_by_error_function, expected_gain_by_summing),
    equivalent_mutants={
        "return max(0.0, gain)": "order of two numbers",
        "normal = -NormalDist()": "the standard normal distribution is symmetric",
    },
    play=plots.gain_and_belief,
)
