"""Derivatives from function values: one to the last digit, and a check that finds what is wrong in a gradient."""

from __future__ import annotations

import cmath
import math

import numpy as np

from ..exercise import Exercise, Misconception
from ..probes import Quadratic, QuadraticGradient, Rosenbrock, RosenbrockGradient

# --- the complex step ---------------------------------------------------------------------------------------------


def wave(x):
    """The function whose slope is asked for; takes complex numbers and arrays."""
    return np.exp(x) / (np.sin(x) ** 3 + np.cos(x) ** 3)


def exact_slope(x):
    z = x + 1e-20j
    value = np.exp(z) / (np.sin(z) ** 3 + np.cos(z) ** 3)
    return value.imag / 1e-20


def steps_ahead_by_a_little(x):
    return (wave(x + 1e-8) - wave(x)) / 1e-8


def steps_both_ways(x):
    return (wave(x + 1e-5) - wave(x - 1e-5)) / 2e-5


def steps_by_almost_nothing(x):
    return (wave(x + 1e-20) - wave(x)) / 1e-20


def takes_the_real_part(x):
    return wave(x + 1e-20j).real


def forgets_to_divide(x):
    return wave(x + 1e-20j).imag


def takes_a_large_complex_step(x):
    return wave(x + 1e-4j).imag / 1e-4


def differentiates_without_the_quotient(x):
    return math.exp(x) / (3 * math.sin(x) ** 2 * math.cos(x) - 3 * math.cos(x) ** 2 * math.sin(x))


def exact_slope_by_hand(x):
    s, c = math.sin(x), math.cos(x)
    below = s**3 + c**3
    return math.exp(x) * (below - 3 * s * c * (s - c)) / below**2


def exact_slope_with_cmath(x):
    h = 1e-100
    z = complex(x, h)
    return (cmath.exp(z) / (cmath.sin(z) ** 3 + cmath.cos(z) ** 3)).imag / h


def exact_slope_with_dual_numbers(x):
    """Pairs (value, slope), with the rules of differentiation for each operation."""

    def times(a, b):
        return a[0] * b[0], a[0] * b[1] + a[1] * b[0]

    s, c = (math.sin(x), math.cos(x)), (math.cos(x), -math.sin(x))
    cubes = [times(times(p, p), p) for p in (s, c)]
    below = cubes[0][0] + cubes[1][0], cubes[0][1] + cubes[1][1]
    inverse = 1 / below[0], -below[1] / below[0] ** 2
    return times((math.exp(x), math.exp(x)), inverse)[1]


def has_twelve_digits(instance, value):
    """True where the slope is right to twelve digits; else how many are right."""
    right = exact_slope_by_hand(instance["x"])
    error = abs(float(value) - right) / abs(right)
    if error <= 1e-12:
        return True
    if not error < 1e-3:
        return f"This is not the slope of f: expected {right:.10g}, got {float(value):.10g}."
    digits = math.floor(-math.log10(error))
    return (
        f"About {digits} digits of your slope are right, 12 are asked for. A difference of two nearly equal values "
        "loses the rest: the complex step needs no difference."
    )


def exact_slope_cases(rng):
    return [{"x": x} for x in (0.0, 0.5, 0.25, *map(float, rng.uniform(0.05, 0.9, size=3)))]


EXACT_SLOPE = Exercise(
    name="basics.exact_slope",
    title="A slope to twelve digits",
    points=2,
    difficulty="core",
    hint="For a tiny real h, f(x + ih) is about f(x) + ih f'(x): the slope stands alone in the imaginary part, and "
    "nothing is subtracted. In Python `1e-20j` is a complex number; NumPy's `np.exp`, `np.sin` and `np.cos` take "
    "complex numbers, those of `math` do not.",
    reference=exact_slope,
    instances=exact_slope_cases,
    misconceptions=(
        Misconception(
            steps_ahead_by_a_little,
            "A forward difference with a step of 1e-8 has about 8 digits at best: two values that agree in their "
            "first 8 digits are subtracted. The complex step subtracts nothing.",
        ),
        Misconception(
            steps_both_ways,
            "A central difference has about 10 digits at best: a larger step bends, a smaller one drowns in rounding. "
            "The complex step has no such limit.",
        ),
        Misconception(
            steps_by_almost_nothing,
            "x + 1e-20 is x in floating point, so your difference is zero. Only an imaginary step can be that small: "
            "1e-20j.",
        ),
        Misconception(takes_the_real_part, "The real part is f(x) itself; the slope is in the imaginary part."),
        Misconception(forgets_to_divide, "The imaginary part is h times the slope: divide by h."),
        Misconception(
            takes_a_large_complex_step,
            "Your complex step leaves an error of the order of h**2. Nothing is subtracted, so h may be as small as "
            "you like: 1e-20.",
        ),
        Misconception(
            differentiates_without_the_quotient,
            "The derivative of a quotient is not the quotient of the derivatives. (Or let the complex step do it.)",
        ),
    ),
    alternatives=(exact_slope_by_hand, exact_slope_with_cmath, exact_slope_with_dual_numbers),
    rtol=1e-12,
    atol=0.0,
    accept=has_twelve_digits,
)

# --- a planted error ----------------------------------------------------------------------------------------------


def wrong_entries(fun, gradient, x, tolerance):
    claimed = gradient(x)
    wrong = []
    for i in range(len(x)):
        ahead, behind = x.copy(), x.copy()
        ahead[i] += 1e-5
        behind[i] -= 1e-5
        measured = (fun(ahead) - fun(behind)) / 2e-5
        if abs(claimed[i] - measured) > tolerance * max(1.0, abs(measured)):
            wrong.append(i)
    return wrong


def _wrong_entries(fun, gradient, x, tolerance, step=1e-5, forward=False, floor=1.0):
    claimed, found = gradient(x), []
    for i in range(len(x)):
        e = step * np.eye(len(x))[i]
        behind = x if forward else x - e
        measured = (fun(x + e) - fun(behind)) / (step if forward else 2 * step)
        if abs(claimed[i] - measured) > tolerance * max(floor, abs(measured)):
            found.append(i)
    return found


def compares_the_lengths_only(fun, gradient, x, tolerance):
    claimed = gradient(x)
    measured = np.array([(fun(x + e) - fun(x - e)) / 2e-5 for e in 1e-5 * np.eye(len(x))])
    lengths = np.linalg.norm(claimed), np.linalg.norm(measured)
    same = abs(lengths[0] - lengths[1]) <= tolerance * max(1.0, lengths[1])
    return [] if same else _wrong_entries(fun, gradient, x, tolerance)


def takes_tiny_forward_steps(fun, gradient, x, tolerance):
    return _wrong_entries(fun, gradient, x, tolerance, step=1e-8, forward=True)


def takes_large_steps(fun, gradient, x, tolerance):
    return _wrong_entries(fun, gradient, x, tolerance, step=0.1)


def takes_steps_that_vanish(fun, gradient, x, tolerance):
    return _wrong_entries(fun, gradient, x, tolerance, step=1e-17, forward=True)


def asks_for_relative_accuracy_at_zero(fun, gradient, x, tolerance):
    return _wrong_entries(fun, gradient, x, tolerance, floor=0.0)


def forgives_errors_below_one(fun, gradient, x, tolerance):
    return _wrong_entries(fun, gradient, x, tolerance, floor=1 / tolerance)


def lists_the_right_ones(fun, gradient, x, tolerance):
    wrong = _wrong_entries(fun, gradient, x, tolerance)
    return [i for i in range(len(x)) if i not in wrong]


def ignores_the_sign(fun, gradient, x, tolerance):
    def sizes(x):
        return np.abs(gradient(x)) * np.sign([fun(x + e) - fun(x - e) for e in 1e-5 * np.eye(len(x))])

    return _wrong_entries(fun, sizes, x, tolerance)


def walks_away_from_x(fun, gradient, x, tolerance):
    claimed, found, place = gradient(x), [], x.copy()
    for i in range(len(x)):
        before = fun(place)
        place[i] += 1.0
        if abs(claimed[i] - (fun(place) - before)) > tolerance * max(1.0, abs(fun(place) - before)):
            found.append(i)
    return found


def wrong_entries_at_once(fun, gradient, x, tolerance):
    step = 3e-6
    measured = np.array([fun(x + e) - fun(x - e) for e in step * np.eye(len(x))]) / (2 * step)
    return np.flatnonzero(np.abs(gradient(x) - measured) > tolerance * np.maximum(1, np.abs(measured)))


def wrong_entries_with_five_points(fun, gradient, x, tolerance):
    found = []
    for i, claim in enumerate(gradient(x)):
        values = {}
        for k in (-2, -1, 1, 2):
            there = x.copy()
            there[i] += k * 1e-4
            values[k] = fun(there)
        measured = (values[-2] - 8 * values[-1] + 8 * values[1] - values[2]) / (12 * 1e-4)
        if not abs(claim - measured) <= tolerance * max(1, abs(measured)):
            found.append(i)
    return tuple(found)


def wrong_entries_cases(rng):
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
    first, second = (int(place) for place in rng.permutation(5)[:2])
    return [
        bowl([[2.0]], [0.0], [3.0], 1e-3, (0, 6.0)),
        bowl(np.eye(2), [0, 0], [1, 2], 1e-3),
        bowl(np.eye(2), [0, 0], [3, 4], 1e-3, (1, -8.0)),
        bowl(np.eye(2), [1, 2], [1.25, 2.0], 1e-2, (0, 0.012)),
        bowl(np.eye(2), [0, 0], [0.0, 400.0], 1e-2, (0, 0.009), (1, 3.5)),
        bowl(np.eye(2), [0, 0], [-400.0, 1.0], 1e-2, (0, 3.5)),
        {"fun": Quadratic(np.array([[2.0, 1, 0], [1, 3, 0], [0, 0, 1]]), np.zeros(3)),
         "gradient": QuadraticGradient(forgotten, np.zeros(3)), "x": np.array([1.0, -2.0, 5.0]), "tolerance": 1e-4},
        bowl(steep, [0, 0, 0], [2.0, 0.5, 0.0], 1e-3, (2, 0.0025)),
        {"fun": Rosenbrock(), "gradient": RosenbrockGradient(), "x": np.array([-1.2, 1.0, 0.7]), "tolerance": 1e-6},
        bowl(M @ M.T, rng.normal(size=5), rng.normal(size=5), 1e-5, (first, 0.01), (second, -0.3)),
        bowl(M @ M.T, rng.normal(size=5), rng.normal(size=5), 1e-5),
    ]  # fmt: skip


WRONG_ENTRIES = Exercise(
    name="basics.wrong_entries",
    title="Find the planted error",
    points=3,
    difficulty="core",
    hint="Measure each entry by a central difference: step ahead along axis i from x, step behind from x, the "
    "difference of the two values, divided by the way between them. Work on copies of x. A step near 1e-5 is good: "
    "far smaller ones drown in rounding where f is large, far larger ones bend.",
    reference=wrong_entries,
    instances=wrong_entries_cases,
    misconceptions=(
        Misconception(
            compares_the_lengths_only,
            "You compare the gradients as a whole before you look at the entries: one with a wrong sign has the right "
            "length. Compare entry by entry.",
        ),
        Misconception(
            takes_tiny_forward_steps,
            "You accuse the innocent: with a forward step of 1e-8 the difference drowns in rounding where f is large. "
            "Use a central difference with a step near 1e-5.",
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
        Misconception(lists_the_right_ones, "You list the entries that are right; asked are the wrong ones."),
        Misconception(
            ignores_the_sign, "You compare sizes only, and a wrong sign passes: take the difference first, then `abs`."
        ),
        Misconception(
            walks_away_from_x,
            "You walk a step of 1 along one axis after the other, and never go back: each entry is measured at x "
            "itself, with a small step.",
        ),
    ),
    alternatives=(wrong_entries_at_once, wrong_entries_with_five_points),
    equivalent_mutants={
        "for i in range(len(claimed)):": "a gradient has as many entries as x",
        "if abs(claimed[i] - measured) > tolerance * max(abs(measured), 1.0):": "the larger of two in either order",
        "if abs(claimed[i] - measured) >= tolerance * max(1.0, abs(measured)):": "a measured error equals its "
        "allowance by accident only",
        "if abs(measured - claimed[i]) > tolerance * max(1.0, abs(measured)):": "a distance has no sign",
    },
)
