"""A check by differences that finds what is wrong in a gradient, entry by entry."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Misconception
from ..probes import Quadratic, QuadraticGradient, Rosenbrock, RosenbrockGradient


def diagnose(fun, gradient, x, tolerance):
    claimed, words = gradient(x), []
    for i in range(len(x)):
        ahead, behind = x.copy(), x.copy()
        ahead[i] += 1e-5
        behind[i] -= 1e-5
        measured = (fun(ahead) - fun(behind)) / 2e-5
        allowed = tolerance * max(1.0, abs(measured))
        if abs(claimed[i] - measured) <= allowed:
            words.append("right")
        elif abs(claimed[i] + measured) <= allowed:
            words.append("sign")
        else:
            words.append("wrong")
    return words


def _named(claimed, measured, allowed):
    """The diagnosis of each entry, of arrays."""
    right, turned = np.abs(claimed - measured) <= allowed, np.abs(claimed + measured) <= allowed
    return np.where(right, "right", np.where(turned, "sign", "wrong")).tolist()


def _measured(fun, x, step=1e-5, forward=False):
    ways = step * np.eye(len(x))
    if forward:
        return np.array([fun(x + way) - fun(x) for way in ways]) / step
    return np.array([fun(x + way) - fun(x - way) for way in ways]) / (2 * step)


def _diagnose(fun, gradient, x, tolerance, floor=1.0, **options):
    measured = _measured(fun, x, **options)
    return _named(gradient(x), measured, tolerance * np.maximum(floor, np.abs(measured)))


def compares_the_lengths_only(fun, gradient, x, tolerance):
    claimed, measured = np.linalg.norm(gradient(x)), np.linalg.norm(_measured(fun, x))
    same = abs(claimed - measured) <= tolerance * max(1.0, measured)
    return ["right"] * len(x) if same else _diagnose(fun, gradient, x, tolerance)


def takes_tiny_steps(fun, gradient, x, tolerance):
    return _diagnose(fun, gradient, x, tolerance, step=1e-8, forward=True)


def takes_large_steps(fun, gradient, x, tolerance):
    return _diagnose(fun, gradient, x, tolerance, step=0.1)


def takes_steps_that_vanish(fun, gradient, x, tolerance):
    return _diagnose(fun, gradient, x, tolerance, step=1e-17, forward=True)


def asks_for_relative_accuracy_at_zero(fun, gradient, x, tolerance):
    return _diagnose(fun, gradient, x, tolerance, floor=0.0)


def forgives_errors_below_one(fun, gradient, x, tolerance):
    return _diagnose(fun, gradient, x, tolerance, floor=1 / tolerance)


def allows_for_what_is_claimed(fun, gradient, x, tolerance):
    claimed = gradient(x)
    return _named(claimed, _measured(fun, x), tolerance * np.maximum(1.0, np.abs(claimed)))


def asks_for_the_sign_first(fun, gradient, x, tolerance):
    claimed, measured = gradient(x), _measured(fun, x)
    allowed = tolerance * np.maximum(1.0, np.abs(measured))
    turned = np.abs(claimed + measured) <= allowed
    return ["sign" if one else word for one, word in zip(turned, _named(claimed, measured, allowed), strict=True)]


def calls_every_other_sign_a_turned_one(fun, gradient, x, tolerance):
    claimed, measured = gradient(x), _measured(fun, x)
    words = _named(claimed, measured, tolerance * np.maximum(1.0, np.abs(measured)))
    return ["sign" if word != "right" and a * b < 0 else "wrong" if word == "sign" else word
            for word, a, b in zip(words, claimed, measured, strict=True)]  # fmt: skip


def never_looks_for_a_turned_sign(fun, gradient, x, tolerance):
    return ["wrong" if word == "sign" else word for word in _diagnose(fun, gradient, x, tolerance)]


def ignores_the_sign(fun, gradient, x, tolerance):
    return ["right" if word == "sign" else word for word in _diagnose(fun, gradient, x, tolerance)]


def walks_away_from_x(fun, gradient, x, tolerance):
    rises, place = [], x.copy()
    for i in range(len(x)):
        before = fun(place)
        place[i] += 1.0
        rises.append(fun(place) - before)
    return _named(gradient(x), np.array(rises), tolerance * np.maximum(1.0, np.abs(rises)))


def diagnose_at_once(fun, gradient, x, tolerance):
    step = 3e-6
    measured = np.array([fun(x + e) - fun(x - e) for e in step * np.eye(len(x))]) / (2 * step)
    off = np.abs(np.outer([1, -1], gradient(x)) - measured) > tolerance * np.maximum(1, np.abs(measured))
    return np.where(~off[0], "right", np.where(~off[1], "sign", "wrong"))


def diagnose_with_five_points(fun, gradient, x, tolerance):
    words = []
    for i, claim in enumerate(gradient(x)):
        values = {}
        for k in (-2, -1, 1, 2):
            there = x.copy()
            there[i] += k * 1e-4
            values[k] = fun(there)
        measured = (values[-2] - 8 * values[-1] + 8 * values[1] - values[2]) / (12 * 1e-4)
        room = tolerance * max(1, abs(measured))
        fits = [word for word, slope in (("right", claim), ("sign", -claim)) if abs(slope - measured) <= room]
        words.append((*fits, "wrong")[0])
    return tuple(words)


def diagnose_cases(rng):
    def bowl(A, b, x, tolerance, *mistakes):
        """A quadratic, and a gradient that is off by so much at so many places."""
        A, b, x = np.array(A, dtype=float), np.array(b, dtype=float), np.array(x, dtype=float)
        claimed = b.copy()
        for place, error in mistakes:
            claimed[place] -= error
        return {"fun": Quadratic(A, b), "gradient": QuadraticGradient(A, claimed), "x": x, "tolerance": tolerance}

    M = rng.normal(size=(5, 5))
    forgotten = np.diag([2.0, 3.0, 1.0])
    steep = np.diag([2.0**20, 1.0, 1.0])
    first, second, third = (int(place) for place in rng.permutation(5)[:3])
    b, x = rng.normal(size=5), rng.normal(size=5)
    turned = -2 * float((M @ M.T @ x - b)[third])
    return [
        bowl([[2.0]], [0.0], [3.0], 1e-3, (0, 6.0)),
        bowl(2 * np.eye(2), [0, 0], [3, 4], 1e-3, (0, -12.0), (1, -4.0)),
        bowl(np.eye(2), [0, 0], [1, 2], 1e-3),
        bowl(np.eye(2), [0, 0], [3, 4], 1e-3, (1, -8.0)),
        bowl(np.eye(2), [1, 2], [1.25, 2.0], 1e-2, (0, 0.012)),
        bowl(np.eye(3), [0, 0, 0], [0.004, -0.4, -0.4], 1e-2, (0, -0.008), (1, 0.808), (2, 0.812)),
        bowl(np.eye(2), [0, 0], [0.0, 400.0], 1e-2, (0, 0.009), (1, 3.5)),
        bowl(np.eye(3), [0, 0, 0], [-400.0, 1.0, 400.0], 1e-2, (0, 3.5), (2, -796.5)),
        bowl(np.eye(3), [0, 0, 0], [4.0, -4.0, 4.0], 0.5, (0, 3.0), (1, -3.0), (2, -11.0)),
        {"fun": Quadratic(np.array([[2.0, 1, 0], [1, 3, 0], [0, 0, 1]]), np.zeros(3)),
         "gradient": QuadraticGradient(forgotten, np.zeros(3)), "x": np.array([1.0, -2.0, 5.0]), "tolerance": 1e-4},
        bowl(steep, [0, 0, 0], [2.0, 0.5, 0.0], 1e-3, (2, 0.0025)),
        {"fun": Rosenbrock(), "gradient": RosenbrockGradient(), "x": np.array([-1.2, 1.0, 0.7]), "tolerance": 1e-6},
        bowl(M @ M.T, b, x, 1e-5, (first, 0.01), (second, -0.3), (third, turned)),
        bowl(M @ M.T, rng.normal(size=5), rng.normal(size=5), 1e-5),
    ]  # fmt: skip


DIAGNOSE = Exercise(
    name="basics.diagnose",
    title="Find the planted errors",
    points=3,
    difficulty="core",
    hint="Measure each entry by a central difference: step ahead along axis i from x, step behind from x, the "
    "difference of the two values, divided by the way between them. Work on copies of x. A step near 1e-5 is good: "
    "far smaller ones drown in rounding where f is large, far larger ones bend. Near zero an entry may pass both "
    "tests: then it is right.",
    reference=diagnose,
    instances=diagnose_cases,
    misconceptions=(
        Misconception(
            compares_the_lengths_only,
            "You compare the gradients as a whole before you look at the entries: one with a wrong sign has the right "
            "length. Compare entry by entry.",
        ),
        Misconception(
            takes_tiny_steps,
            "You accuse the innocent: with a step of 1e-8 the difference drowns in rounding where f is large. A "
            "central difference can afford a step near 1e-5.",
        ),
        Misconception(
            takes_large_steps,
            "You accuse the innocent: over a large step the function bends, and the difference is not the slope. Use a "
            "step near 1e-5.",
        ),
        Misconception(
            takes_steps_that_vanish,
            "x + 1e-17 is x in floating point, so your differences are zero. Use a step near 1e-5.",
        ),
        Misconception(
            asks_for_relative_accuracy_at_zero,
            "Where the true slope is zero, no measurement is relatively right: allow tolerance * max(1, |measured|).",
        ),
        Misconception(
            forgives_errors_below_one,
            "You let small errors pass: an entry is wrong beyond tolerance * max(1, |measured|), not beyond 1.",
        ),
        Misconception(
            allows_for_what_is_claimed,
            "Your allowance grows with the entry that is claimed, so a claim that is far too large excuses itself. "
            "Take the measured one: tolerance * max(1, |measured|).",
        ),
        Misconception(
            asks_for_the_sign_first,
            "Near zero an entry may fit with either sign: then it is `right`. Ask that first.",
        ),
        Misconception(
            calls_every_other_sign_a_turned_one,
            "`sign` is for entries that are right once their sign is turned. One with the other sign and another size "
            "is `wrong`.",
        ),
        Misconception(
            never_looks_for_a_turned_sign,
            "You never say `sign`: where claimed + measured is within the allowance, only the sign is wrong.",
        ),
        Misconception(
            ignores_the_sign, "You compare sizes only, and a wrong sign passes: take the difference first, then `abs`."
        ),
        Misconception(
            walks_away_from_x,
            "You walk a step of 1 along one axis after the other, and never go back: each entry is measured at x "
            "itself, with a small step.",
        ),
    ),
    alternatives=(diagnose_at_once, diagnose_with_five_points),
    equivalent_mutants={
        "for i in range(len(claimed)):": "a gradient has as many entries as x",
        "allowed = tolerance * max(abs(measured), 1.0)": "the larger of two in either order",
        "if abs(claimed[i] - measured) < allowed:": "an error equals its allowance by accident only",
        "if abs(claimed[i] + measured) < allowed:": "a sum equals the allowance by accident only",
        "if abs(measured - claimed[i]) <= allowed:": "a distance has no sign",
    },
)
