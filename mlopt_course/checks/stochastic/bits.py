"""Cross-entropy on bits: chances that are fitted to an elite."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Misconception
from ..probes import Quadratic
from . import plots


def bit_chances(fun, chances, uniforms, elite, smoothing, least):
    lowest = np.inf
    for draws in uniforms:
        bits = (draws < chances).astype(float)
        values = np.array([fun(row) for row in bits])
        order = np.argsort(values)
        lowest = min(lowest, values[order[0]])
        fitted = np.mean(bits[order[:elite]], axis=0)
        chances = np.clip(smoothing * fitted + (1 - smoothing) * chances, least, 1 - least)
    return chances, lowest


def _fit(fun, chances, uniforms, elite, smoothing, least, wrong=""):
    first, lowest = chances, float("inf")
    for draws in uniforms:
        bits = np.where(draws > chances if wrong == "turned" else draws < chances, 1.0, 0.0)
        values = [fun(row) for row in bits]
        lowest = min(values) if wrong == "last generation" else min(lowest, *values)
        ranked = sorted(range(len(values)), key=values.__getitem__, reverse=wrong == "highest")
        chosen = ranked[: {"best": 1, "all": len(values)}.get(wrong, elite)]
        fitted = bits[chosen].sum(axis=0) / len(values if wrong == "divides by all" else chosen)
        old = first if wrong == "first" else chances
        share = 1 - smoothing if wrong == "other share" else smoothing
        mixed = share * fitted + (1 - share) * old
        if wrong == "clips the fit":
            mixed = share * np.clip(fitted, least, 1 - least) + (1 - share) * old
        elif wrong != "never clips":
            mixed = np.minimum(np.maximum(mixed, least), 1 - least)
        chances = mixed
    return chances, lowest


def takes_the_highest_values(fun, chances, uniforms, elite, smoothing, least):
    return _fit(fun, chances, uniforms, elite, smoothing, least, "highest")


def draws_a_one_above_the_chance(fun, chances, uniforms, elite, smoothing, least):
    return _fit(fun, chances, uniforms, elite, smoothing, least, "turned")


def fits_to_the_best_only(fun, chances, uniforms, elite, smoothing, least):
    return _fit(fun, chances, uniforms, elite, smoothing, least, "best")


def fits_to_all_draws(fun, chances, uniforms, elite, smoothing, least):
    return _fit(fun, chances, uniforms, elite, smoothing, least, "all")


def divides_by_the_number_of_draws(fun, chances, uniforms, elite, smoothing, least):
    return _fit(fun, chances, uniforms, elite, smoothing, least, "divides by all")


def exchanges_old_and_new(fun, chances, uniforms, elite, smoothing, least):
    return _fit(fun, chances, uniforms, elite, smoothing, least, "other share")


def mixes_with_the_first_chances(fun, chances, uniforms, elite, smoothing, least):
    return _fit(fun, chances, uniforms, elite, smoothing, least, "first")


def lets_chances_reach_zero(fun, chances, uniforms, elite, smoothing, least):
    return _fit(fun, chances, uniforms, elite, smoothing, least, "never clips")


def clips_before_mixing(fun, chances, uniforms, elite, smoothing, least):
    return _fit(fun, chances, uniforms, elite, smoothing, least, "clips the fit")


def returns_the_lowest_of_the_last_generation(fun, chances, uniforms, elite, smoothing, least):
    return _fit(fun, chances, uniforms, elite, smoothing, least, "last generation")


def bit_chances_with_lists(fun, chances, uniforms, elite, smoothing, least):
    return list(_fit(fun, chances, uniforms, elite, smoothing, least))


def bit_chances_by_counting(fun, chances, uniforms, elite, smoothing, least):
    """Ones are counted bit by bit; the elite by its threshold, the value of its last member."""
    p, seen = [float(chance) for chance in chances], []
    for draws in uniforms:
        people = [[1.0 if u < q else 0.0 for u, q in zip(row, p, strict=True)] for row in draws]
        scored = sorted((fun(np.array(person)), person) for person in people)
        seen.append(scored[0][0])
        for i in range(len(p)):
            ones = sum(person[i] for _, person in scored[:elite])
            p[i] = min(1 - least, max(least, p[i] + smoothing * (ones / elite - p[i])))
    return np.array(p), min(seen)


def bit_chances_cases(rng):
    def wish(d):
        """A bit costs or pays, alone and together with others."""
        A = rng.standard_normal((d, d))
        return Quadratic(A + A.T, 2 * rng.standard_normal(d))

    def case(fun, d, generations, n, elite, smoothing, least):
        return {"fun": fun, "chances": np.full(d, 0.5), "uniforms": rng.uniform(size=(generations, n, d)),
                "elite": elite, "smoothing": smoothing, "least": least}  # fmt: skip

    first = Quadratic(np.diag([2.0, 4.0]), np.array([2.0, 1.5]))  # bits worth -1 and +0.5
    return [
        {"fun": first, "chances": np.array([0.5, 0.5]),
         "uniforms": np.array([[[0.7, 0.2], [0.1, 0.9], [0.3, 0.4], [0.8, 0.6]]]), "elite": 2, "smoothing": 0.6,
         "least": 0.0},
        {"fun": first, "chances": np.array([0.4, 0.8]),
         "uniforms": np.array([[[0.7, 0.9], [0.1, 0.3]], [[0.95, 0.2], [0.92, 0.95]]]), "elite": 1, "smoothing": 0.9,
         "least": 0.1},
        case(wish(3), 3, 2, 6, 2, 0.5, 0.0),
        case(wish(4), 4, 3, 8, 3, 0.7, 0.05),
        case(wish(6), 6, 6, 12, 3, 0.8, 0.1),
        case(wish(8), 8, 10, 20, 5, 0.9, 0.02),
    ]  # fmt: skip


BIT_CHANCES = Exercise(
    name="stochastic.bit_chances",
    title="Cross-entropy with bits",
    points=3,
    difficulty="core",
    hint="For each generation: compare the uniform numbers with the chances, evaluate each row, take the rows with the "
    "lowest values. The share of ones among them, bit by bit, is the fit; mix, and then clip.",
    reference=bit_chances,
    instances=bit_chances_cases,
    misconceptions=(
        Misconception(takes_the_highest_values, "The elite has the *lowest* values: we minimise."),
        Misconception(
            draws_a_one_above_the_chance,
            "A uniform number is *below* p with probability p: that is when the bit is 1.",
        ),
        Misconception(fits_to_the_best_only, "You fit to the best draw alone; take the whole elite."),
        Misconception(fits_to_all_draws, "You fit to all draws: so nothing is selected. Take the elite."),
        Misconception(
            divides_by_the_number_of_draws, "Divide the ones by the number of the elite, not by that of all draws."
        ),
        Misconception(exchanges_old_and_new, "`smoothing` is the weight of the *new* fit; yours is that of the old."),
        Misconception(
            mixes_with_the_first_chances, "Mix with the chances of the generation before, not with those at the start."
        ),
        Misconception(lets_chances_reach_zero, "Keep every chance between `least` and 1 - `least`."),
        Misconception(clips_before_mixing, "Mix first, and clip the result: the fit itself may be 0 or 1."),
        Misconception(
            returns_the_lowest_of_the_last_generation,
            "The chances are right. The lowest value is that of *all* generations.",
        ),
    ),
    alternatives=(bit_chances_with_lists, bit_chances_by_counting),
    equivalent_mutants={
        "bits = (draws <= chances).astype(float)": "no draw is equal to a chance",
        "bits = draws < chances": "True and False count as 1 and 0",
        "chances = np.clip(least, smoothing * fitted + (1 - smoothing) * chances, 1 - least)": "the larger of the two "
        "has no order",
        "lowest = min(values[order[0]], lowest)": "the minimum has no order",
        "values = [fun(row) for row in bits]": "NumPy sorts a list as well",
    },
    play=plots.bits_settle,
)
