"""Parabolas: the exact step along a direction of a quadratic, and the vertex through three points."""

from __future__ import annotations

import math

import numpy as np

from ..exercise import Exercise, Misconception
from ..quadratics import bowl

# --- exact, on a quadratic --------------------------------------------------------------------------------------------


def exact_step(hessian, gradient, direction):
    slope = gradient @ direction
    bend = direction @ hessian @ direction
    if slope >= 0:
        return 0.0
    return -slope / bend if bend > 0 else math.inf


def forgets_that_it_may_bend_down(hessian, gradient, direction):
    slope, bend = gradient @ direction, direction @ hessian @ direction
    return 0.0 if slope >= 0 else -slope / bend if bend else math.inf


def walks_backwards(hessian, gradient, direction):
    slope, bend = gradient @ direction, direction @ hessian @ direction
    return math.inf if bend <= 0 and slope < 0 else 0.0 if bend <= 0 else -slope / bend


def takes_the_direction_for_the_gradient(hessian, gradient, direction):
    if gradient @ direction >= 0:
        return 0.0
    bend = direction @ hessian @ direction
    return direction @ direction / bend if bend > 0 else math.inf


def measures_the_bend_along_the_gradient(hessian, gradient, direction):
    if gradient @ direction >= 0:
        return 0.0
    bend = gradient @ hessian @ gradient
    return -(gradient @ direction) / bend if bend > 0 else math.inf


def goes_twice_as_far(hessian, gradient, direction):
    return 2 * exact_step(hessian, gradient, direction)


def says_zero_where_there_is_no_end(hessian, gradient, direction):
    step = exact_step(hessian, gradient, direction)
    return 0.0 if step == math.inf else step


def exact_step_by_sums(hessian, gradient, direction):
    d = range(len(gradient))
    slope = sum(gradient[i] * direction[i] for i in d)
    bend = sum(direction[i] * hessian[i, j] * direction[j] for i in d for j in d)
    if slope < 0 and bend <= 0:
        return float("inf")
    return slope / -bend if slope < 0 else 0


def exact_step_by_three_values(hessian, gradient, direction):
    """A parabola is known from its values at -1, 0 and 1."""

    def along(t):
        return t * np.dot(gradient, direction) + t * t / 2 * np.dot(direction, np.dot(hessian, direction))

    slope, bend = (along(1) - along(-1)) / 2, along(1) + along(-1)
    if not slope < -1e-12:
        return np.float64(0)
    return -slope / bend if bend > 1e-12 else np.inf


def exact_step_cases(rng):
    A = bowl(rng, [1.0, 4.0, 9.0])
    g = rng.normal(size=3)
    saddle = bowl(rng, [-3.0, -1.0, 2.0])
    axes = np.linalg.eigh(saddle)[1]
    down = axes[:, 0] + 0.2 * axes[:, 1]
    return [
        {"hessian": np.array([[2.0]]), "gradient": np.array([4.0]), "direction": np.array([-1.0])},
        {"hessian": np.array([[2.0]]), "gradient": np.array([4.0]), "direction": np.array([1.0])},
        {"hessian": np.array([[2.0]]), "gradient": np.array([0.5]), "direction": np.array([1.0])},
        {"hessian": np.array([[-0.5]]), "gradient": np.array([4.0]), "direction": np.array([-1.0])},
        {"hessian": np.array([[-2.0]]), "gradient": np.array([4.0]), "direction": np.array([-2.0])},
        {"hessian": np.array([[-2.0]]), "gradient": np.array([4.0]), "direction": np.array([2.0])},
        {"hessian": np.diag([1.0, 0.0]), "gradient": np.array([1.0, 2.0]), "direction": np.array([0.0, -1.0])},
        {"hessian": np.diag([1.0, -2.0]), "gradient": np.array([3.0, 0.0]), "direction": np.array([0.0, 1.0])},
        {"hessian": A, "gradient": g, "direction": -g},
        {"hessian": A, "gradient": g, "direction": -np.linalg.solve(A, g)},
        {"hessian": saddle, "gradient": -float(rng.uniform(1, 2)) * down, "direction": down},
    ]


EXACT_STEP = Exercise(
    name="bracketing.exact_step",
    title="The exact step on a quadratic",
    points=2,
    difficulty="warm-up",
    hint="Along the direction f is a parabola in t: f + t (gradient . direction) + t^2/2 (direction . hessian "
    "direction). Does it fall at first? Does it bend up?",
    reference=exact_step,
    instances=exact_step_cases,
    misconceptions=(
        Misconception(
            forgets_that_it_may_bend_down,
            "Where the parabola bends down (or not at all) it falls for ever: no step is the best one. Return "
            "math.inf.",
        ),
        Misconception(walks_backwards, "A step is not negative: where the direction goes uphill, the best step is 0."),
        Misconception(
            takes_the_direction_for_the_gradient,
            "Your formula holds for steepest descent only. For any direction the slope is gradient . direction.",
        ),
        Misconception(
            measures_the_bend_along_the_gradient,
            "You take the curvature along the gradient; the step goes along the direction.",
        ),
        Misconception(
            goes_twice_as_far, "That is where the parabola is as high as at the start; its lowest point is halfway."
        ),
        Misconception(
            says_zero_where_there_is_no_end,
            "Downhill for ever is not 'stay here': return math.inf where it never bends up.",
        ),
    ),
    alternatives=(exact_step_by_sums, exact_step_by_three_values),
    equivalent_mutants={
        "bend = direction @ (direction @ hessian)": "the Hessian is symmetric",
        "bend = hessian @ direction @ direction": "the Hessian is symmetric",
        "return -0.0": "minus zero is zero",
        "return -slope / bend if bend >= 0 else math.inf": "NumPy's numbers divided by zero are infinite",
        "slope = direction @ gradient": "a scalar product has no order",
    },
)

# --- the vertex of a parabola -----------------------------------------------------------------------------------------


def parabola_vertex(x, values):
    left, right = (values[1] - values[0]) / (x[1] - x[0]), (values[2] - values[1]) / (x[2] - x[1])
    if right <= left:
        return (x[0] + x[1]) / 2 if x[1] - x[0] > x[2] - x[1] else (x[1] + x[2]) / 2
    bend = (right - left) / (x[2] - x[0])
    return (x[0] + x[1]) / 2 - left / (2 * bend)


def _vertex(x, values):
    a, b, _ = np.polyfit(np.asarray(x) - x[1], values, 2)
    return x[1] - b / (2 * a) if abs(a) > 1e-12 else math.inf


def returns_the_top(x, values):
    bends_up = (values[2] - values[1]) / (x[2] - x[1]) > (values[1] - values[0]) / (x[1] - x[0])
    straight = abs(np.polyfit(np.asarray(x) - x[1], values, 2)[0]) < 1e-9
    return parabola_vertex(x, values) if bends_up or straight else _vertex(x, values)


def halves_the_narrower_gap(x, values):
    left, right = (values[1] - values[0]) / (x[1] - x[0]), (values[2] - values[1]) / (x[2] - x[1])
    if right > left:
        return parabola_vertex(x, values)
    return (x[1] + x[2]) / 2 if x[1] - x[0] > x[2] - x[1] else (x[0] + x[1]) / 2


def halves_the_whole_bracket(x, values):
    left, right = (values[1] - values[0]) / (x[1] - x[0]), (values[2] - values[1]) / (x[2] - x[1])
    return parabola_vertex(x, values) if right > left else (x[0] + x[2]) / 2


def assumes_equal_gaps(x, values):
    left, right = values[1] - values[0], values[2] - values[1]
    if right / (x[2] - x[1]) <= left / (x[1] - x[0]):
        return parabola_vertex(x, values)
    return x[1] - (x[2] - x[0]) / 4 * (values[2] - values[0]) / (right - left) if right != left else x[1]


def returns_the_lowest_of_the_three(x, values):
    left, right = (values[1] - values[0]) / (x[1] - x[0]), (values[2] - values[1]) / (x[2] - x[1])
    return float(x[int(np.argmin(values))]) if right > left else parabola_vertex(x, values)


def forgets_the_two(x, values):
    left, right = (values[1] - values[0]) / (x[1] - x[0]), (values[2] - values[1]) / (x[2] - x[1])
    if right <= left:
        return parabola_vertex(x, values)
    return (x[0] + x[1]) / 2 - left / ((right - left) / (x[2] - x[0]))


def parabola_vertex_by_fit(x, values):
    a, b, _ = np.polyfit(np.asarray(x) - x[1], values, 2)
    if a > 1e-9:
        return x[1] - b / (2 * a)
    wider = 0 if x[1] - x[0] > x[2] - x[1] else 1
    return (x[wider] + x[wider + 1]) / 2


def parabola_vertex_by_lagrange(x, values):
    (a, b, c), (f, g, h) = x, values
    top = f * (b**2 - c**2) + g * (c**2 - a**2) + h * (a**2 - b**2)
    bottom = f * (b - c) + g * (c - a) + h * (a - b)
    if bottom < -1e-9:
        return 0.5 * top / bottom
    return a + (b - a) / 2 if b - a > c - b else b + (c - b) / 2


def parabola_vertex_cases(rng):
    lowest = float(rng.uniform(-1, 1))
    marks = np.sort(rng.uniform(-4, 4, size=3)) + np.array([-0.5, 0.0, 0.5])
    return [
        {"x": np.array([0.0, 1.0, 2.0]), "values": np.array([1.0, 0.0, 1.0])},
        {"x": np.array([0.0, 1.0, 4.0]), "values": np.array([4.0, 1.0, 4.0])},  # (x - 2)^2
        {"x": np.array([0.0, 1.0, 3.0]), "values": np.array([0.0, 1.0, 0.0])},
        {"x": np.array([0.0, 2.0, 3.0]), "values": np.array([0.0, 1.0, 0.0])},
        {"x": np.array([0.0, 1.0, 3.0]), "values": np.array([0.0, 2.0, 6.0])},  # a straight line
        {"x": np.array([-1.0, 0.0, 1.0]), "values": np.array([1.0, 3.0, 1.0])},
        {"x": np.array([-3.0, -1.0, 0.0]), "values": np.array([0.0, 1.0, 0.0])},
        {"x": marks, "values": 3 * (marks - lowest) ** 2 - 5},
        {"x": marks, "values": -float(rng.uniform(1, 2)) * (marks - lowest) ** 2},
    ]


PARABOLA_VERTEX = Exercise(
    name="bracketing.parabola_vertex",
    title="The lowest point of a parabola, if it has one",
    points=2,
    difficulty="warm-up",
    hint="The slope between the first two points is the parabola's slope halfway between them; likewise between the "
    "last two. From two slopes at two places you get the bend, and where the slope is zero.",
    reference=parabola_vertex,
    instances=parabola_vertex_cases,
    misconceptions=(
        Misconception(
            returns_the_top,
            "Where the parabola bends down, its vertex is the *highest* point. Then halve the wider gap instead.",
        ),
        Misconception(halves_the_narrower_gap, "Halve the *wider* of the two gaps: there is more to be learnt there."),
        Misconception(
            halves_the_whole_bracket,
            "The middle of the whole bracket may be next to the middle point: halve the wider gap.",
        ),
        Misconception(
            assumes_equal_gaps, "Your formula holds for equal gaps only; these points need not be evenly spaced."
        ),
        Misconception(
            returns_the_lowest_of_the_three,
            "That is the lowest of the three points; the parabola through them goes lower.",
        ),
        Misconception(forgets_the_two, "The slope changes by twice the quadratic coefficient: divide by 2 * bend."),
    ),
    alternatives=(parabola_vertex_by_fit, parabola_vertex_by_lagrange),
    rtol=1e-7,
    atol=1e-9,
)
