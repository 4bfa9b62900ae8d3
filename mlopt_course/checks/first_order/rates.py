"""Rates that are too small, too large and best: read off a curve, and computed from a bowl."""

from __future__ import annotations

import math

import numpy as np

from ..exercise import Exercise, Misconception
from ..quadratics import bowl, twist

# --- which rate made this curve -----------------------------------------------------------------------------------


def rates_behind(losses, curvature):
    ratio = math.sqrt(losses[1] / losses[0])
    candidates = {(1 - ratio) / curvature, (1 + ratio) / curvature}
    return sorted(rate for rate in candidates if rate > 0)


def forgets_the_root(losses, curvature):
    ratio = losses[1] / losses[0]
    candidates = {(1 - ratio) / curvature, (1 + ratio) / curvature}
    return sorted(rate for rate in candidates if rate > 0)


def sees_only_the_small_rate(losses, curvature):
    rate = (1 - math.sqrt(losses[1] / losses[0])) / curvature
    return [rate] if rate > 0 else []


def keeps_rates_that_are_not_positive(losses, curvature):
    ratio = math.sqrt(losses[1] / losses[0])
    return sorted({(1 - ratio) / curvature, (1 + ratio) / curvature})


def names_one_rate_twice(losses, curvature):
    ratio = math.sqrt(losses[1] / losses[0])
    candidates = [(1 - ratio) / curvature, (1 + ratio) / curvature]
    return sorted(rate for rate in candidates if rate > 0)


def halves_the_rates(losses, curvature):
    ratio = math.sqrt(losses[1] / losses[0])
    candidates = {(1 - ratio) / (2 * curvature), (1 + ratio) / (2 * curvature)}
    return sorted(rate for rate in candidates if rate > 0)


def rates_behind_by_cases(losses, curvature):
    first, second = losses[0], losses[1]
    if second == 0:
        return [1 / curvature]
    shrink = (second / first) ** 0.5
    fast = 1 / curvature + shrink / curvature
    if shrink >= 1:
        return [fast]
    return [2 / curvature - fast, fast]


def rates_behind_from_positions(losses, curvature):
    """Each loss is that of two points, left and right: try both as the next one."""
    start = np.sqrt(2 * losses[0] / curvature)
    rates = []
    for side in (1, -1):
        after = side * np.sqrt(2 * losses[1] / curvature)
        rate = (start - after) / (curvature * start)
        if rate > 0 and rate not in rates:
            rates.append(float(rate))
    return tuple(rates)


def rates_behind_cases(rng):
    def case(curvature, learning_rate, start, steps):
        factor = (1 - learning_rate * curvature) ** 2
        losses = curvature / 2 * start**2 * factor ** np.arange(steps + 1.0)
        return {"losses": losses, "curvature": float(curvature)}

    return [
        case(1.0, 0.5, 2.0, 2),
        case(2.0, 0.5, 3.0, 3),
        case(2.0, 1.0, 1.0, 3),
        case(4.0, 0.75, 1.0, 3),
        case(rng.uniform(2, 5), rng.uniform(0.02, 0.1), rng.uniform(1, 2), 6),
        case(rng.uniform(0.2, 0.5), rng.uniform(3, 4), rng.uniform(1, 2), 6),
    ]


RATES_BEHIND = Exercise(
    name="first_order.rates_behind",
    title="Two rates, one curve",
    points=2,
    difficulty="core",
    hint="A step multiplies the distance to the minimum by `1 - learning_rate * curvature`. What does it do to the "
    "loss, which is a square? Undoing a square leaves two signs.",
    reference=rates_behind,
    instances=rates_behind_cases,
    misconceptions=(
        Misconception(
            forgets_the_root,
            "You took the ratio of two losses for the ratio of two distances. The loss is the square of the "
            "distance: a root is missing.",
        ),
        Misconception(
            sees_only_the_small_rate,
            "A step may also overshoot the minimum and land at the same height on the other side: then "
            "1 - learning_rate * curvature is negative. That rate is missing.",
        ),
        Misconception(
            keeps_rates_that_are_not_positive,
            "When the curve rises (or stays level), one of your rates is negative (or zero): leave that out.",
        ),
        Misconception(
            names_one_rate_twice,
            "When one step reaches the minimum, both signs give the same rate: list it once.",
        ),
        Misconception(
            halves_the_rates,
            "Your rates are half of the right ones: the loss is curvature / 2 times the squared distance, so its "
            "derivative is curvature times the distance, without a 2.",
        ),
    ),
    alternatives=(rates_behind_by_cases, rates_behind_from_positions),
    equivalent_mutants={
        "ratio = -math.sqrt(losses[1] / losses[0])": "the two candidates, one for each sign of the ratio, only change "
        "places in the set",
    },
)

# --- the best rate ------------------------------------------------------------------------------------------------


def best_rate(A):
    curvatures = np.linalg.eigvalsh(A + A.T)
    smallest, largest = curvatures[0], curvatures[-1]
    return 2 / largest, 2 / (smallest + largest), (largest - smallest) / (smallest + largest)


def halves_the_hessian(A):
    curvatures = np.linalg.eigvalsh((A + A.T) / 2)
    smallest, largest = curvatures[0], curvatures[-1]
    return 2 / largest, 2 / (smallest + largest), (largest - smallest) / (smallest + largest)


def takes_a_for_symmetric(A):
    curvatures = np.linalg.eigvalsh(2 * A)
    smallest, largest = curvatures[0], curvatures[-1]
    return 2 / largest, 2 / (smallest + largest), (largest - smallest) / (smallest + largest)


def stops_at_one_over_largest(A):
    curvatures = np.linalg.eigvalsh(A + A.T)
    smallest, largest = curvatures[0], curvatures[-1]
    return 1 / largest, 2 / (smallest + largest), (largest - smallest) / (smallest + largest)


def minds_the_steepest_direction_only(A):
    curvatures = np.linalg.eigvalsh(A + A.T)
    smallest, largest = curvatures[0], curvatures[-1]
    return 2 / largest, 1 / largest, 1 - smallest / largest


def best_rate_from_extremes(A):
    hessian = A + np.transpose(A)
    largest = np.linalg.norm(hessian, 2)
    smallest = 1 / np.linalg.norm(np.linalg.inv(hessian), 2)
    rate = 1 / ((largest + smallest) / 2)
    return 2 / largest, rate, 1 - rate * smallest


def best_rate_by_condition(A):
    curvatures = sorted(np.linalg.svd(A + A.T, compute_uv=False))
    condition = curvatures[-1] / curvatures[0]
    return [2 / curvatures[-1], 2 / curvatures[0] / (1 + condition), (condition - 1) / (condition + 1)]


def best_rate_cases(rng):
    return [
        {"A": np.array([[2.0]])},
        {"A": np.array([[1.0, 0.0], [0.0, 4.0]])},
        {"A": np.array([[2.0, 1.0], [-1.0, 3.0]])},
        {"A": bowl(rng, rng.uniform(1, 20, size=2))},
        {"A": bowl(rng, rng.uniform(0.1, 3, size=3)) + twist(rng, 3)},
        {"A": bowl(rng, 10 ** rng.uniform(-2, 2, size=5)) + twist(rng, 5)},
    ]


BEST_RATE = Exercise(
    name="first_order.best_rate",
    title="The fastest rate that a bowl allows",
    points=2,
    difficulty="core",
    hint="First the Hessian of f: differentiate `x_i A_ij x_j` by `x_k`, and mind that A need not be symmetric. Along "
    "an eigenvector with curvature c, a step multiplies the error by `1 - rate * c`. Which two eigenvalues are the "
    "worst, and when are they equally bad?",
    reference=best_rate,
    instances=best_rate_cases,
    misconceptions=(
        Misconception(
            halves_the_hessian,
            "Your rates are twice too large: there is no 1/2 in front of f here, so its Hessian is A + A', not half "
            "of that.",
        ),
        Misconception(
            takes_a_for_symmetric,
            "2A is the Hessian only if A is symmetric. In general x'Ax has the Hessian A + A'.",
        ),
        Misconception(
            stops_at_one_over_largest,
            "Descent still converges beyond 1 / largest curvature: it overshoots, but lands closer each time. At "
            "which rate does it stop landing closer?",
        ),
        Misconception(
            minds_the_steepest_direction_only,
            "1 / largest curvature is best for the steepest direction alone. A somewhat larger rate helps the flat "
            "ones more than it harms the steep one: balance the two.",
        ),
    ),
    alternatives=(best_rate_from_extremes, best_rate_by_condition),
)
