"""A derivative to the last digit, from a function value at a complex place."""

from __future__ import annotations

import cmath
import math

import numpy as np

from ..exercise import Exercise, Misconception


def wave(x):
    """The function whose slope is asked for; right for real numbers and arrays only, because of the absolute values."""
    return np.exp(x) / (np.abs(np.sin(x)) ** 3 + np.abs(np.cos(x)) ** 3)


def complex_wave(z):
    """The same for complex numbers near the real axis."""
    s, c = np.sin(z), np.cos(z)
    return np.exp(z) / (np.sign(s.real) * s**3 + np.sign(c.real) * c**3)


def exact_slope(x):
    z = x + 1e-20j
    s, c = np.sin(z), np.cos(z)
    below = np.sign(s.real) * s**3 + np.sign(c.real) * c**3
    return (np.exp(z) / below).imag / 1e-20


def steps_ahead_by_a_little(x):
    return (wave(x + 1e-8) - wave(x)) / 1e-8


def steps_both_ways(x):
    return (wave(x + 1e-5) - wave(x - 1e-5)) / 2e-5


def steps_by_almost_nothing(x):
    return (wave(x + 1e-20) - wave(x)) / 1e-20


def takes_the_length_of_complex_numbers(x):
    return wave(x + 1e-20j).imag / 1e-20


def leaves_out_the_absolute_values(x):
    z = x + 1e-20j
    return (np.exp(z) / (np.sin(z) ** 3 + np.cos(z) ** 3)).imag / 1e-20


def takes_the_sign_of_complex_numbers(x):
    z = x + 1e-20j
    s, c = np.sin(z), np.cos(z)
    below = (s / np.abs(s) if abs(s) else 0) * s**3 + (c / np.abs(c)) * c**3
    return (np.exp(z) / below).imag / 1e-20


def forgets_to_divide(x):
    return complex_wave(x + 1e-20j).imag


def takes_a_large_complex_step(x):
    return complex_wave(x + 1e-4j).imag / 1e-4


def exact_slope_by_hand(x):
    s, c = math.sin(x), math.cos(x)
    below = abs(s) ** 3 + abs(c) ** 3
    return math.exp(x) * (below - 3 * s * c * (abs(s) - abs(c))) / below**2


def exact_slope_with_cmath(x):
    h = 1e-100

    def cubed(u):
        return u**3 if u.real > 0 else -(u**3)

    z = complex(x, h)
    return (cmath.exp(z) / (cubed(cmath.sin(z)) + cubed(cmath.cos(z)))).imag / h


def exact_slope_with_squares(x):
    """The cube of the absolute value is the square to the power of 1.5."""
    z = x + 1e-30j
    return np.imag(np.exp(z) / ((np.sin(z) ** 2) ** 1.5 + (np.cos(z) ** 2) ** 1.5)) / 1e-30


def exact_slope_with_dual_numbers(x):
    """Pairs (value, slope), with the rules of differentiation for each operation."""

    def times(a, b):
        return a[0] * b[0], a[0] * b[1] + a[1] * b[0]

    s, c = (math.sin(x), math.cos(x)), (math.cos(x), -math.sin(x))
    above = [p if p[0] >= 0 else (-p[0], -p[1]) for p in (s, c)]
    cubes = [times(times(p, p), p) for p in above]
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
    # Sine and cosine have all four pairs of signs.
    quarters = [float(rng.uniform(0.1, 1.4) + k * math.pi / 2) for k in (-3, -2, -1, 0, 1, 2)]
    return [{"x": x} for x in (0.0, 0.5, 2.0, *quarters)]


EXACT_SLOPE = Exercise(
    name="basics.exact_slope",
    title="A slope to twelve digits",
    points=2,
    difficulty="core",
    hint="For a tiny real h, f(x + ih) is about f(x) + ih f'(x): the slope stands alone in the imaginary part, and "
    "nothing is subtracted. In Python `1e-20j` is a complex number; NumPy's `np.exp`, `np.sin` and `np.cos` take "
    "complex numbers, those of `math` do not. And |u|**3 is u**3 where u is positive and -u**3 where it is negative: "
    "a formula that complex numbers survive, if the real part of u says which.",
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
        Misconception(
            takes_the_length_of_complex_numbers,
            "This is f(x), not its slope. Perhaps you took the real part. Or you took `abs` of complex numbers, their "
            "length, which is real: then the imaginary part of the denominator is lost. Write |u|**3 without `abs`.",
        ),
        Misconception(
            leaves_out_the_absolute_values,
            "You leave out the absolute values: that is right only where sine and cosine are both positive.",
        ),
        Misconception(
            takes_the_sign_of_complex_numbers,
            "The sign of a complex number u is u / |u| in NumPy, which brings an imaginary part of its own. Take the "
            "sign of the real part.",
        ),
        Misconception(forgets_to_divide, "The imaginary part is h times the slope: divide by h."),
        Misconception(
            takes_a_large_complex_step,
            "Your complex step leaves an error of the order of h**2. Nothing is subtracted, so h may be as small as "
            "you like: 1e-20.",
        ),
    ),
    alternatives=(
        exact_slope_by_hand, exact_slope_with_cmath, exact_slope_with_squares, exact_slope_with_dual_numbers,
    ),
    equivalent_mutants={"s, c = (np.cos(z), np.sin(z))": "the denominator is the same with the two exchanged"},
    rtol=1e-12,
    atol=0.0,
    accept=has_twelve_digits,
)  # fmt: skip
