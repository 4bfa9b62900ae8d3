"""Challenge: the sequence of gradients on which Adam does not converge, and AMSGrad does (Reddi et al., 2018)."""

from __future__ import annotations

import math

import numpy as np

from ..exercise import Exercise, Misconception
from . import plots


def average_regrets(gradients, x, learning_rate, beta2):
    regrets = []
    for keeps_the_largest in (False, True):
        point, v, scale, paid = x, 0.0, 0.0, 0.0
        for t, gradient in enumerate(gradients, start=1):
            paid += gradient * point
            v = beta2 * v + (1 - beta2) * gradient**2
            scale = max(scale, v) if keeps_the_largest else v
            point = point - learning_rate / math.sqrt(t) * gradient / math.sqrt(scale)
            point = min(max(point, -1.0), 1.0)
        best = -abs(sum(gradients))
        regrets.append((paid - best) / len(gradients))
    return regrets[0], regrets[1]


def _regrets(gradients, x, learning_rate, beta2, wrong=""):
    """The right answer, or with one slip in it."""
    regrets = []
    for amsgrad in (False, True):
        point, v, scale, paid = x, 0.0, 0.0, 0.0
        for t, gradient in enumerate(gradients, start=1):
            paid += gradient * point if wrong != "pays late" else 0.0
            v_before = v
            v = beta2 * v + (1 - beta2) * gradient**2
            if amsgrad:
                scale = max(v_before if wrong == "last two" else scale, gradient**2 if wrong == "raw" else v)
            else:
                scale = v
            rate = learning_rate if wrong == "constant" else learning_rate / math.sqrt(t)
            point -= rate * gradient / math.sqrt(scale)
            if wrong != "leaves":
                point = min(max(point, -1.0), 1.0)
            paid += gradient * point if wrong == "pays late" else 0.0
        best = sum(gradients) * -1.0 if wrong == "best is -1" else -abs(sum(gradients))
        regrets.append((paid - best) / (1 if wrong == "total" else len(gradients)))
    return tuple(regrets)


def leaves_the_interval(gradients, x, learning_rate, beta2):
    return _regrets(gradients, x, learning_rate, beta2, "leaves")


def keeps_the_rate_constant(gradients, x, learning_rate, beta2):
    return _regrets(gradients, x, learning_rate, beta2, "constant")


def pays_after_the_move(gradients, x, learning_rate, beta2):
    return _regrets(gradients, x, learning_rate, beta2, "pays late")


def takes_minus_one_for_the_best(gradients, x, learning_rate, beta2):
    return _regrets(gradients, x, learning_rate, beta2, "best is -1")


def forgets_to_average(gradients, x, learning_rate, beta2):
    return _regrets(gradients, x, learning_rate, beta2, "total")


def remembers_two_averages_only(gradients, x, learning_rate, beta2):
    return _regrets(gradients, x, learning_rate, beta2, "last two")


def keeps_the_largest_square(gradients, x, learning_rate, beta2):
    return _regrets(gradients, x, learning_rate, beta2, "raw")


def runs_adam_twice(gradients, x, learning_rate, beta2):
    return (_regrets(gradients, x, learning_rate, beta2)[0],) * 2


def average_regrets_from_positions(gradients, x, learning_rate, beta2):
    """All averages first, then the two paths, then what they cost."""
    averages: list[float] = []
    for gradient in gradients:
        last = averages[-1] if averages else 0.0
        averages.append(last + (1 - beta2) * (gradient * gradient - last))
    regrets = []
    for scales in (np.array(averages), np.maximum.accumulate(averages)):
        moves = learning_rate * gradients / np.sqrt(scales * np.arange(1, len(gradients) + 1))
        positions = [x]
        for move in moves[:-1]:
            positions.append(float(np.clip(positions[-1] - move, -1, 1)))
        regrets.append(np.mean(gradients * np.array(positions)) - min(np.mean(gradients), -np.mean(gradients)))
    return regrets[0], regrets[1]


def average_regrets_in_one_loop(gradients, x, learning_rate, beta2):
    points, scales = np.array([x, x]), np.zeros(2)
    v = slope = 0.0
    paid = np.zeros(2)
    for number, gradient in enumerate(gradients):
        paid += gradient * points
        slope += gradient
        v = v * beta2 + gradient**2 * (1 - beta2)
        scales = np.array([v, max(scales[1], v)])
        points = np.clip(points - learning_rate * gradient / np.sqrt((number + 1) * scales), -1, 1)
    return list((paid + abs(slope)) / len(gradients))


def average_regrets_cases(rng):
    def reddi(C, cycles, x, learning_rate):
        gradients = np.tile([C, -1.0, -1.0], cycles)
        return {"gradients": gradients, "x": x, "learning_rate": learning_rate, "beta2": 1 / (1 + C**2)}

    return [
        {"gradients": np.array([3.0]), "x": 0.5, "learning_rate": 0.25, "beta2": 0.1},
        {"gradients": np.array([2.0, -1.0]), "x": 0.0, "learning_rate": 0.25, "beta2": 0.5},
        {"gradients": np.array([1.0, -3.0, 0.0, -1.0]), "x": 0.5, "learning_rate": 0.4, "beta2": 0.6},
        reddi(3.0, 4, 0.0, 0.5),
        {"gradients": rng.normal(-0.2, 1, size=30), "x": 0.25, "learning_rate": 0.5, "beta2": 0.9},
        reddi(rng.uniform(3, 6), 200, 1.0, rng.uniform(0.2, 0.5)),
    ]


AVERAGE_REGRETS = Exercise(
    name="first_order.average_regrets",
    title="Where Adam fails and AMSGrad does not",
    points=4,
    difficulty="challenge",
    hint="At each step, in this order: pay, update v, update what you divide by (v itself, or the largest v so far), "
    "move, clip. A sum of linear costs is linear: on an interval its smallest value lies at one of the two ends.",
    reference=average_regrets,
    instances=average_regrets_cases,
    misconceptions=(
        Misconception(
            leaves_the_interval, "Your points leave the interval: after every move, clip x to between -1 and 1."
        ),
        Misconception(keeps_the_rate_constant, "The rate falls as learning_rate / sqrt(t); yours is constant."),
        Misconception(
            pays_after_the_move,
            "You pay at the point after the move. The cost of step t is paid where x stands when the gradient comes.",
        ),
        Misconception(
            takes_minus_one_for_the_best,
            "You take -1 for the best fixed point. It is for Reddi's sequence; when the gradients sum to less than "
            "zero it is +1.",
        ),
        Misconception(forgets_to_average, "That is the total regret: divide it by the number of steps."),
        Misconception(
            remembers_two_averages_only,
            "Your AMSGrad compares v with the v before it only: the largest of *all* so far is kept.",
        ),
        Misconception(
            keeps_the_largest_square,
            "Your AMSGrad keeps the largest square of a gradient; it keeps the largest of the averages v.",
        ),
        Misconception(runs_adam_twice, "Both your numbers are Adam's: AMSGrad divides by the root of the largest v."),
    ),
    alternatives=(average_regrets_from_positions, average_regrets_in_one_loop),
    equivalent_mutants={
        "point = min(1.0, max(point, -1.0))": "the smaller of two numbers has no order",
        "point = min(max(-1.0, point), 1.0)": "the larger of two numbers has no order",
        "scale = max(v, scale) if keeps_the_largest else v": "the larger of two numbers has no order",
        "point, v, scale, paid = (x, 0.0, -1.0, 0.0)": "v is never negative, so the first v replaces -1 as it does 0",
        "return (regrets[0], regrets[-1])": "there are two regrets: the second is the last",
        "scale = max(scale, v) if regrets else v": "one regret is there exactly when AMSGrad runs, the second time",
    },
    play=plots.regret_curves,
)
