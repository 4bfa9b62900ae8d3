"""Challenge: measure a rate of convergence, and tune the heavy ball with it."""

from __future__ import annotations

import math

import numpy as np

from ..exercise import Exercise, Misconception
from . import plots


def tune_heavy_ball(losses, learning_rate):
    half = len(losses) // 2
    steps = np.arange(half, len(losses))
    slope = np.polyfit(steps, np.log(losses[half:]), 1)[0]
    steep = math.sqrt(1 / learning_rate)
    flat = math.sqrt((1 - math.exp(slope / 2)) / learning_rate)
    return 4 / (steep + flat) ** 2, ((steep - flat) / (steep + flat)) ** 2


def _tuned(slope, learning_rate):
    """What the right formulas make of a slope."""
    steep = math.sqrt(1 / learning_rate)
    flat = math.sqrt((1 - math.exp(slope / 2)) / learning_rate)
    return 4 / (steep + flat) ** 2, ((steep - flat) / (steep + flat)) ** 2


def _late_slope(losses):
    half = len(losses) // 2
    return np.polyfit(np.arange(half, len(losses)), np.log(losses[half:]), 1)[0]


def fits_the_whole_curve(losses, learning_rate):
    return _tuned(np.polyfit(np.arange(len(losses)), np.log(losses), 1)[0], learning_rate)


def takes_the_last_two_losses(losses, learning_rate):
    return _tuned(math.log(losses[-1] / losses[-2]), learning_rate)


def forgets_that_losses_are_squares(losses, learning_rate):
    return _tuned(2 * _late_slope(losses), learning_rate)


def takes_decimal_logarithms(losses, learning_rate):
    return _tuned(_late_slope(losses) / math.log(10), learning_rate)


def tunes_nesterov_instead(losses, learning_rate):
    flat = math.sqrt(1 - math.exp(_late_slope(losses) / 2))
    return learning_rate, (1 - flat) / (1 + flat)


def leaves_beta_unsquared(losses, learning_rate):
    rate, beta = _tuned(_late_slope(losses), learning_rate)
    return rate, math.sqrt(beta)


def forgets_the_roots_of_the_curvatures(losses, learning_rate):
    largest = 1 / learning_rate
    smallest = largest * (1 - math.exp(_late_slope(losses) / 2))
    return 2 / (largest + smallest), ((largest - smallest) / (largest + smallest)) ** 2


def tune_heavy_ball_by_hand(losses, learning_rate):
    """The least-squares line written out, and the formulas in terms of the condition number."""
    half = len(losses) // 2
    late = [math.log(loss) / 2 for loss in losses[half:]]
    middle = (len(late) - 1) / 2
    top = sum((t - middle) * value for t, value in enumerate(late))
    slope = top / sum((t - middle) ** 2 for t in range(len(late)))
    condition = 1 / (1 - math.exp(slope))
    root = math.sqrt(condition)
    return learning_rate * (2 * root / (root + 1)) ** 2, ((root - 1) / (root + 1)) ** 2


def tune_heavy_ball_by_lstsq(losses, learning_rate):
    steps = np.arange(len(losses))
    late = steps >= len(losses) // 2
    design = np.stack([np.ones(late.sum()), steps[late]], axis=1)
    slope = np.linalg.lstsq(design, np.log(losses)[late], rcond=None)[0][1]
    factor = np.sqrt(np.exp(slope))
    q = np.sqrt(1 - factor)
    return 4 * learning_rate / (1 + q) ** 2, 1 - 4 * q / (1 + q) ** 2


def tune_heavy_ball_cases(rng):
    def case(curvatures, start, steps):
        curvatures, start = np.asarray(curvatures, dtype=float), np.asarray(start, dtype=float)
        learning_rate = 1 / curvatures.max()
        factors = 1 - learning_rate * curvatures
        errors = start * factors ** np.arange(steps)[:, None]
        return {"losses": errors**2 @ curvatures / 2, "learning_rate": float(learning_rate)}

    even = {"losses": 4.0 ** -np.arange(5.0), "learning_rate": 0.25}
    return [
        even,
        case([1, 2, 4], [1, 3, 2], 9),  # an odd number of losses, and two directions left in its second half
        case([0.5, 2, 10], [1, 2, -2], 40),
        case([rng.uniform(0.02, 0.05), 0.5, 1], rng.uniform(1, 2, size=3), 150),
        case([rng.uniform(1, 2), 30, 60, rng.uniform(80, 100)], rng.uniform(1, 3, size=4), 300),
    ]


TUNE_HEAVY_BALL = Exercise(
    name="first_order.tune_heavy_ball",
    title="Measure the rate, then tune the heavy ball",
    points=4,
    difficulty="challenge",
    hint="A loss that falls by the same factor every step is a straight line once you take logarithms: fit it with "
    "`np.polyfit(steps, logs, 1)`. By which factor does the distance in the flattest direction shrink in one step of "
    "descent with rate 1/L, and so the loss? Solve for the smallest curvature; the largest you know already.",
    reference=tune_heavy_ball,
    instances=tune_heavy_ball_cases,
    misconceptions=(
        Misconception(
            fits_the_whole_curve,
            "You fit the whole curve: at the start the steep directions make the loss fall faster. Fit the second "
            "half only, from index len(losses) // 2 on.",
        ),
        Misconception(
            takes_the_last_two_losses,
            "You take the slope from the last two losses. That works on these clean curves, almost, and on none with "
            "noise: fit a line to the whole second half.",
        ),
        Misconception(
            forgets_that_losses_are_squares,
            "The loss falls by the *square* of the factor by which the distance shrinks: take half of the slope "
            "before you solve for the smallest curvature.",
        ),
        Misconception(
            takes_decimal_logarithms,
            "Your logarithms are decimal, but exp undoes natural ones: use np.log for the fit.",
        ),
        Misconception(
            tunes_nesterov_instead,
            "These are the best settings of Nesterov's method. The heavy ball takes a rate of nearly four times "
            "that, and the square of this beta.",
        ),
        Misconception(leaves_beta_unsquared, "Your rate is right. beta is the square of what you have."),
        Misconception(
            forgets_the_roots_of_the_curvatures,
            "Look at the formulas again: they have the *roots* of the two curvatures in them.",
        ),
    ),
    alternatives=(tune_heavy_ball_by_hand, tune_heavy_ball_by_lstsq),
    equivalent_mutants={
        "return (4 / (steep + flat) ** 2, ((flat - steep) / (steep + flat)) ** 2)": "the difference is squared",
    },
    rtol=1e-7,
    play=plots.heavy_ball_race,
)
