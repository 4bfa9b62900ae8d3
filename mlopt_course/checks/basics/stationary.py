"""What a place where the slope is zero may be, and the way down from it."""

from __future__ import annotations

import math

import numpy as np

from ..exercise import Exercise, Misconception

# --- by school calculus -------------------------------------------------------------------------------------------


def kind_at(coefficients, x):
    polynomial = np.polynomial.Polynomial(coefficients)
    for order in range(1, len(coefficients)):
        derivative = polynomial.deriv(order)(x)
        if derivative != 0:
            if order == 1:
                return "not stationary"
            if order % 2 == 1:
                return "inflection"
            return "minimum" if derivative > 0 else "maximum"
    return "flat"


def gives_up_after_the_second(coefficients, x):
    polynomial = np.polynomial.Polynomial(coefficients)
    slope, curvature = polynomial.deriv(1)(x), polynomial.deriv(2)(x)
    if slope != 0:
        return "not stationary"
    if curvature != 0:
        return "minimum" if curvature > 0 else "maximum"
    return "inflection"


def takes_zero_curvature_for_flat(coefficients, x):
    answer = gives_up_after_the_second(coefficients, x)
    return "flat" if answer == "inflection" else answer


def exchanges_minimum_and_maximum(coefficients, x):
    answer = kind_at(coefficients, x)
    return {"minimum": "maximum", "maximum": "minimum"}.get(answer, answer)


def takes_any_point_for_stationary(coefficients, x):
    polynomial = np.polynomial.Polynomial(coefficients)
    for order in range(2, len(coefficients)):
        derivative = polynomial.deriv(order)(x)
        if derivative != 0:
            return "inflection" if order % 2 else "minimum" if derivative > 0 else "maximum"
    return "flat"


def forgets_the_odd_orders(coefficients, x):
    polynomial = np.polynomial.Polynomial(coefficients)
    if polynomial.deriv(1)(x) != 0:
        return "not stationary"
    for order in range(2, len(coefficients), 2):
        derivative = polynomial.deriv(order)(x)
        if derivative != 0:
            return "minimum" if derivative > 0 else "maximum"
    return "flat"


def calls_every_odd_order_an_inflection(coefficients, x):
    answer = kind_at(coefficients, x)
    return "inflection" if answer == "not stationary" else answer


def kind_at_by_shifting(coefficients, x):
    """The coefficients of f(x + h) as a polynomial in h, by repeated division by (h - x)."""
    shifted, rest = [], [int(c) for c in coefficients]
    while rest:
        remainder, quotient = 0, []
        for c in reversed(rest):
            remainder = remainder * x + c
            quotient.append(remainder)
        shifted.append(quotient.pop())
        rest = quotient[::-1]
    first = next((order for order, c in enumerate(shifted) if order > 0 and c), None)
    if first is None:
        return "flat"
    if first % 2:
        return "inflection" if first > 1 else "not stationary"
    return "maximum" if shifted[first] < 0 else "minimum"


def kind_at_by_differentiating(coefficients, x):
    order, c = 0, list(coefficients)
    while len(c) > 1:
        c = [k * c[k] for k in range(1, len(c))]
        order += 1
        derivative = sum(c[k] * x**k for k in range(len(c)))
        if derivative:
            names = ["maximum", "minimum"] if order % 2 == 0 else ["inflection" if order > 1 else "not stationary"] * 2
            return names[bool(derivative > 0)]
    return "flat"


def kind_at_cases(rng):
    def case(coefficients, x):
        return {"coefficients": [int(c) for c in coefficients], "x": int(x)}

    def power(sign, place, exponent, further):
        """sign (x - place)^exponent (1 + further (x - place)^2), multiplied out."""
        base = np.polynomial.Polynomial([-place, 1])
        return np.rint((sign * base**exponent * (1 + further * base**2)).coef)

    signs = [int(sign) for sign in rng.choice([-3, -1, 1, 2], size=4)]
    places = rng.integers(-2, 3, size=4)
    return [
        case([0, 0, 1], 0),
        case([0, 0, 1], 1),
        case([5], 2),
        case([1, 2], 3),
        case([0, 0, -1], 0),
        case([0, 0, 0, 1], 0),
        case([2, 0, 0, 0, -1], 0),
        case([0, 0, 0, 0, 3], 0),
        case([0, 0, 0, 0, -1, 1], 0),
        case([0, 2, 0, 0, 1], 0),
        case([0, 0, 0, 0, 0, -1, 1], 0),
        case([7, 0, 0], 1),
        *(case(power(sign, place, exponent, 2), place)
          for sign, place, exponent in zip(signs, places, (3, 4, 5, 6), strict=True)),
        case(power(signs[0], places[1], 4, 1), places[1] + 1),
        case(power(1, places[2], 4, 1), places[2]),
        case(power(-1, places[3], 6, 1), places[3]),
    ]  # fmt: skip


KIND_AT = Exercise(
    name="basics.kind_at",
    title="Where the slope is zero",
    points=2,
    difficulty="core",
    hint="Differentiate until a derivative at x is not zero. Was it the first, a later odd one, or an even one? "
    "`np.polynomial.Polynomial(coefficients)` has a method `deriv`, but a loop that turns c[k] into k * c[k] does as "
    "well.",
    reference=kind_at,
    instances=kind_at_cases,
    misconceptions=(
        Misconception(
            gives_up_after_the_second,
            "A second derivative of zero does not make an inflection: x**4 has one at its minimum. Look at the third, "
            "the fourth, ... until one is not zero.",
        ),
        Misconception(
            takes_zero_curvature_for_flat,
            "A second derivative of zero does not mean flat: x**3 and x**4 have one at 0. Look at the third, the "
            "fourth, ... until one is not zero.",
        ),
        Misconception(
            exchanges_minimum_and_maximum,
            "Minimum and maximum are exchanged: x**2 has a positive second derivative, and a minimum.",
        ),
        Misconception(
            takes_any_point_for_stationary,
            "Look at the first derivative, too: where it is not zero the place is not stationary, whatever the "
            "curvature.",
        ),
        Misconception(
            forgets_the_odd_orders,
            "You look at even derivatives only. Where a third derivative comes first, as for x**3, f falls on one side "
            "and rises on the other.",
        ),
        Misconception(
            calls_every_odd_order_an_inflection,
            'A first derivative that is not zero means "not stationary"; an inflection here has a slope of zero.',
        ),
    ),
    alternatives=(kind_at_by_shifting, kind_at_by_differentiating),
    equivalent_mutants={
        "for order in range(1, len(coefficients) + 1):": "derivatives beyond the degree are zero",
        "for order in range(1, len(polynomial)):": "a polynomial is as long as the list of its coefficients",
        "return 'minimum' if derivative >= 0 else 'maximum'": "it is not zero here",
        "return 'minimum' if derivative > 1 else 'maximum'": "an even derivative of whole coefficients is even",
        "return 'minimum' if derivative > -1 else 'maximum'": "an even derivative of whole coefficients is even",
    },
)

# --- the way down -------------------------------------------------------------------------------------------------


def way_down(gradient, hessian, tolerance):
    length = np.linalg.norm(gradient)
    if length > tolerance:
        return -gradient / length
    curvatures, directions = np.linalg.eigh(hessian)
    if curvatures[0] < -tolerance:
        return directions[:, 0]
    return np.zeros(len(gradient))


def goes_up(gradient, hessian, tolerance):
    length = np.linalg.norm(gradient)
    return gradient / length if length > tolerance else way_down(gradient, hessian, tolerance)


def stays_where_the_slope_is_zero(gradient, hessian, tolerance):
    length = np.linalg.norm(gradient)
    return -gradient / length if length > tolerance else np.zeros(len(gradient))


def follows_newton(gradient, hessian, tolerance):
    if np.linalg.norm(gradient) > tolerance:
        step = -np.linalg.lstsq(hessian, gradient, rcond=None)[0]
        return step / np.linalg.norm(step)
    return way_down(gradient, hessian, tolerance)


def reads_rows_for_eigenvectors(gradient, hessian, tolerance):
    if np.linalg.norm(gradient) > tolerance:
        return way_down(gradient, hessian, tolerance)
    curvatures, directions = np.linalg.eigh(hessian)
    return directions[0] if curvatures[0] < -tolerance else np.zeros(len(gradient))


def takes_the_largest_curvature(gradient, hessian, tolerance):
    if np.linalg.norm(gradient) > tolerance:
        return way_down(gradient, hessian, tolerance)
    curvatures, directions = np.linalg.eigh(hessian)
    return directions[:, -1] if curvatures[0] < -tolerance else np.zeros(len(gradient))


def trusts_level_ground(gradient, hessian, tolerance):
    if np.linalg.norm(gradient) > tolerance:
        return way_down(gradient, hessian, tolerance)
    curvatures, directions = np.linalg.eigh(hessian)
    return directions[:, 0] if curvatures[0] < tolerance else np.zeros(len(gradient))


def asks_for_exact_zeros(gradient, hessian, tolerance):
    return way_down(gradient, hessian, 0.0)


def keeps_the_length(gradient, hessian, tolerance):
    return -gradient if np.linalg.norm(gradient) > tolerance else way_down(gradient, hessian, tolerance)


def way_down_by_coordinates(gradient, hessian, tolerance):
    """The axis along which the slope is steepest, else an eigenvector, with its sign turned."""
    direction = np.zeros(len(gradient))
    if np.sqrt(gradient @ gradient) > tolerance:
        steepest = np.argmax(np.abs(gradient))
        direction[steepest] = -1.0 if gradient[steepest] > 0 else 1.0
        return direction
    curvatures, directions = np.linalg.eig(hessian)
    lowest = np.argmin(curvatures)
    return list(-directions[:, lowest]) if curvatures[lowest] < -tolerance else direction


def way_down_by_power_iteration(gradient, hessian, tolerance):
    if math.hypot(*gradient) > tolerance:
        return gradient / -math.hypot(*gradient)
    shift = np.abs(hessian).sum()
    p = np.linspace(1, 2, len(gradient)) + np.arange(len(gradient)) % 2
    for _ in range(3000):
        p = shift * p - hessian @ p
        p = p / math.hypot(*p)
    return p if p @ hessian @ p < -tolerance else 0 * p


def leads_down(instance, value):
    """True where the direction goes down for sure, or is zero where none does; else what is wrong with it."""
    gradient, hessian, tolerance = instance["gradient"], instance["hessian"], instance["tolerance"]
    p = np.asarray(value, dtype=float)
    if p.shape != gradient.shape:
        return f"Return an array of {len(gradient)} numbers; yours has the shape {p.shape}."
    if not np.all(np.isfinite(p)):
        return "Your direction holds a number that is not finite."
    if np.linalg.norm(gradient) > tolerance:
        slope, words = float(gradient @ p), "slope along it"
    else:
        slope, words = float(p @ hessian @ p), "slope is zero here, and the curvature along your direction"
        if np.linalg.eigvalsh(hessian)[0] >= -tolerance:
            return True if not p.any() else "Neither slope nor curvature shows a way down here: return zeros."
    if not p.any():
        return "You return zeros, but there is a way down: look at the gradient first, then at the curvatures."
    if abs(np.linalg.norm(p) - 1) > 1e-6:
        return f"The direction must have length 1; yours has length {np.linalg.norm(p):.4g}."
    return True if slope < -1e-9 else f"Your direction does not lead down: the {words} is {slope:.4g}."


def way_down_cases(rng):
    def case(gradient, hessian, tolerance=1e-6):
        return {"gradient": np.array(gradient, dtype=float), "hessian": np.array(hessian, dtype=float),
                "tolerance": tolerance}  # fmt: skip

    def turned(*curvatures):
        Q = np.linalg.qr(rng.normal(size=(len(curvatures), len(curvatures))))[0]
        H = Q @ np.diag(curvatures) @ Q.T
        return (H + H.T) / 2

    small = rng.normal(size=3)
    return [
        case([3, -4], [[1, 0], [0, 1]]),
        case([0, 0], [[2, 0], [0, -1]]),
        case([0, 0], [[1, 2], [2, 1]]),
        case([0, 0], [[2, 1], [1, 2]]),
        case([0, 0], [[1, 0], [0, 0]]),
        case([1e-9, 0], [[1, 0], [0, 3]]),
        case([0.5, 0.25], [[-1, 0], [0, -2]]),
        case([-0.01, 0.02], [[1, 0], [0, -5]], 0.1),
        case([0.375, 0.5], [[4, 0], [0, 1]], 0.625),
        case([0, 0], [[4, 0], [0, -0.25]], 0.5),
        case(np.zeros(3), np.diag([6, -1, 3])),
        case(np.zeros(3), turned(-2, 1, 5)),
        case(1e-9 * small, turned(-3, -1, -0.5)),
        case(small, turned(-3, 1, 2)),
        case(np.zeros(4), turned(0.5, 1, 3, 8)),
    ]


WAY_DOWN = Exercise(
    name="basics.way_down",
    title="The way down, if there is one",
    points=3,
    difficulty="core",
    hint="Where the gradient is not zero it shows the way: go against it. Where it is zero, look for a direction in "
    "which the function bends down. `curvatures, directions = np.linalg.eigh(hessian)` gives the curvatures in "
    "increasing order, and the directions that belong to them as *columns*.",
    reference=way_down,
    instances=way_down_cases,
    misconceptions=(
        Misconception(goes_up, "You go uphill: the gradient points to where f grows, so go against it."),
        Misconception(
            stays_where_the_slope_is_zero,
            "You stay wherever the slope is zero, on saddles and hilltops too. Look at the curvatures: along a "
            "direction with a negative one f falls.",
        ),
        Misconception(
            follows_newton,
            "You take Newton's direction, which leads to where the slope is zero; where a curvature is negative that "
            "may well be uphill. Against the gradient is always down.",
        ),
        Misconception(
            reads_rows_for_eigenvectors,
            "The eigenvectors are the *columns* of what `np.linalg.eigh` returns: `directions[:, 0]`, not "
            "`directions[0]`.",
        ),
        Misconception(
            takes_the_largest_curvature,
            "`np.linalg.eigh` sorts in increasing order: the last curvature is the largest, along which f rises "
            "the most. The first one bends down the most.",
        ),
        Misconception(
            trusts_level_ground,
            "Along a direction of curvature zero f may go either way (x**3, x**4, -x**4): the second order does not "
            "decide. Only a curvature below -tolerance is a way down.",
        ),
        Misconception(
            asks_for_exact_zeros,
            "Computed gradients and curvatures are hardly ever exactly zero: what is not beyond the tolerance counts "
            "as zero.",
        ),
        Misconception(keeps_the_length, "Your direction leads down, but its length must be 1: divide by its length."),
    ),
    alternatives=(way_down_by_coordinates, way_down_by_power_iteration),
    accept=leads_down,
    equivalent_mutants={
        "if curvatures[0] <= -tolerance:": "a computed curvature equals the tolerance by accident only",
        "return -directions[:, 0]": "where the slope is zero, back is as good as forth",
        "return -np.zeros(len(gradient))": "zeros have no sign",
        "return np.zeros(len(curvatures))": "as many as there are coordinates",
        "return np.zeros(len(directions))": "as many as there are coordinates",
        "return np.zeros(len(hessian))": "as many as there are coordinates",
    },
)
