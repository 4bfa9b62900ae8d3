"""Challenge: rates that beat a given error within a number of steps. There are many right answers."""

from __future__ import annotations

import math

import numpy as np

from ..exercise import Exercise, Misconception
from . import plots


def rates_within_budget(smallest, largest, steps, target):
    middle, reach = (largest + smallest) / 2, (largest - smallest) / 2
    return [1 / (middle + reach * math.cos(math.pi * (k + 0.5) / steps)) for k in range(steps)]


def repeats_the_best_constant(smallest, largest, steps, target):
    return [2 / (smallest + largest)] * steps


def repeats_the_safe_constant(smallest, largest, steps, target):
    return [1 / largest] * steps


def visits_curvatures_evenly(smallest, largest, steps, target):
    return [1 / curvature for curvature in np.linspace(smallest, largest, steps)]


def visits_curvatures_geometrically(smallest, largest, steps, target):
    return [1 / curvature for curvature in np.geomspace(smallest, largest, steps)]


def falls_from_the_limit(smallest, largest, steps, target):
    return [2 / largest * 0.9**k for k in range(steps)]


def spaces_the_rates_instead(smallest, largest, steps, target):
    slow, fast = 1 / largest, 1 / smallest
    middle, reach = (fast + slow) / 2, (fast - slow) / 2
    return [middle + reach * math.cos(math.pi * (k + 0.5) / steps) for k in range(steps)]


def rates_from_chebyshev_roots(smallest, largest, steps, target):
    roots = np.polynomial.chebyshev.chebroots([0] * steps + [1])
    return 1 / (smallest + (largest - smallest) * (1 + np.real(roots)) / 2)


def rates_from_the_worst_curvature(smallest, largest, steps, target):
    """Greedy, then polished: always deal with the curvature that is worst off, and move each rate to where it helps."""
    curvatures = smallest + (largest - smallest) * (1 - np.cos(np.linspace(0, np.pi, 401))) / 2
    chosen = [(smallest + largest) / 2]
    while len(chosen) < steps:
        left = np.prod([np.abs(1 - curvatures / c) for c in chosen], axis=0)
        chosen.append(float(curvatures[np.argmax(left)]))
    for _ in range(30):
        for place in range(steps):
            rest = np.prod([np.abs(1 - curvatures / c) for c in chosen[:place] + chosen[place + 1 :]], axis=0)
            tries = np.abs(1 - curvatures / np.linspace(0.9, 1.1, 21)[:, None] / chosen[place]) * rest
            chosen[place] *= float(np.linspace(0.9, 1.1, 21)[np.argmin(tries.max(axis=1))])
    return tuple(1 / c for c in chosen)


def largest_error_left(rates, smallest, largest):
    """What descent with these rates leaves of an error of 1, and along which curvature it leaves most."""
    curvatures = np.linspace(smallest, largest, 4001)
    error = np.ones_like(curvatures)
    for rate in rates:
        error = error - rate * curvatures * error
    worst = int(np.argmax(np.abs(error)))
    return float(np.abs(error[worst])), float(curvatures[worst])


def is_within_budget(instance, value):
    """Runs descent with the student's rates; True, or a sentence on what is left."""
    steps, target = instance["steps"], instance["target"]
    smallest, largest = instance["smallest"], instance["largest"]
    rates = np.asarray(value, dtype=float)
    if rates.shape != (steps,):
        return f"Return a list of {steps} rates, one for each step; yours has the shape {rates.shape}."
    if not (np.all(np.isfinite(rates)) and np.all(rates > 0)):
        return "Every rate must be a positive finite number."
    error, curvature = largest_error_left(rates, smallest, largest)
    if error <= target:
        return True
    constant, _ = largest_error_left([2 / (smallest + largest)] * steps, smallest, largest)
    beaten = "better" if error < constant * (1 - 1e-9) else "no better"
    return (
        f"After your {steps} step{'s' * (steps != 1)} the error along curvature {curvature:.4g} is {error:.4g} times "
        f"what it was; the target is {target:.4g}. The best constant rate leaves {constant:.4g}: yours is {beaten}."
    )


def rates_within_budget_cases(rng):
    def case(smallest, largest, steps):
        """The target lies between what a constant rate reaches and the least that any rates can leave."""
        ratio = (largest + smallest) / (largest - smallest)
        least = 1 / math.cosh(steps * math.acosh(ratio))
        constant = ratio**-steps
        return {"smallest": float(smallest), "largest": float(largest), "steps": steps,
                "target": 1.01 * least**0.7 * constant**0.3}  # fmt: skip

    return [
        case(1, 9, 2),
        case(2, 6, 1),
        case(1, 30, 4),
        case(rng.uniform(0.1, 0.2), rng.uniform(5, 9), 7),
        case(rng.uniform(0.5, 1), rng.uniform(80, 120), 16),
    ]


RATES_WITHIN_BUDGET = Exercise(
    name="first_order.rates_within_budget",
    title="A schedule that beats the constant rate",
    points=4,
    difficulty="challenge",
    hint="A step with rate 1/c removes the error along curvature c completely. So you choose `steps` curvatures c_k, "
    "the zeros of the polynomial p(c) = (1 - c/c_1)...(1 - c/c_n), which must stay small on the whole interval. Evenly "
    "spaced zeros let it grow near the ends. Which polynomials are known for staying small on an interval?",
    reference=rates_within_budget,
    instances=rates_within_budget_cases,
    misconceptions=(
        Misconception(
            repeats_the_best_constant,
            "That is the best constant rate, and the target is out of its reach: use different rates in different "
            "steps.",
        ),
        Misconception(
            repeats_the_safe_constant,
            "The rate 1 / largest at every step is safe but slow: the flat directions hardly move. Use different "
            "rates in different steps; some may be much larger.",
        ),
        Misconception(
            visits_curvatures_evenly,
            "One step for each of some evenly spaced curvatures: good between them, but near the ends of the interval "
            "the error is left large. Put them closer together towards the ends.",
        ),
        Misconception(
            visits_curvatures_geometrically,
            "Your curvatures crowd at the small end only, and the steep directions blow up in between: they must "
            "crowd at both ends.",
        ),
        Misconception(
            falls_from_the_limit,
            "A decaying rate helps against noise, but there is none here. Its small late steps do little: every step "
            "should serve a part of the interval of curvatures.",
        ),
        Misconception(
            spaces_the_rates_instead,
            "You spaced the rates over [1/largest, 1/smallest] in the way that suits the curvatures: space the "
            "curvatures over [smallest, largest], then invert them.",
        ),
    ),
    alternatives=(rates_from_chebyshev_roots, rates_from_the_worst_curvature),
    accept=is_within_budget,
    equivalent_mutants={
        "middle, reach = ((largest + smallest) / 2, (largest - smallest) / -2)": "the same rates in the reverse order: "
        "the cosines lie evenly about zero",
        "middle, reach = ((largest + smallest) / 2, (smallest - largest) / 2)": "the same rates in the reverse order",
        "return [1 / (middle - reach * math.cos(math.pi * (k + 0.5) / steps)) for k in range(steps)]": "the same rates "
        "in the reverse order",
    },
    play=plots.error_over_curvature,
)
