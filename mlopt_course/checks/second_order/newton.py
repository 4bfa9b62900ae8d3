"""Newton's method in one variable, and what its direction is worth in several."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Misconception
from ..quadratics import bowl
from . import plots

# --- Newton's points ------------------------------------------------------------------------------------------------


def newton_points(coefficients, x, steps):
    slope = np.polyder(coefficients)
    bend = np.polyder(slope)
    points = [x]
    for _ in range(steps):
        x = x - np.polyval(slope, x) / np.polyval(bend, x)
        points.append(x)
    return points


def _points(x, steps, move):
    points = [x]
    for _ in range(steps):
        x = move(x)
        points.append(x)
    return points


def looks_for_a_root(coefficients, x, steps):
    slope = np.polyder(coefficients)
    return _points(x, steps, lambda x: x - np.polyval(coefficients, x) / np.polyval(slope, x))


def walks_uphill(coefficients, x, steps):
    slope, bend = np.polyder(coefficients), np.polyder(coefficients, 2)
    return _points(x, steps, lambda x: x + np.polyval(slope, x) / np.polyval(bend, x))


def reads_the_constant_first(coefficients, x, steps):
    return newton_points(np.asarray(coefficients)[::-1], x, steps)


def leaves_out_the_start(coefficients, x, steps):
    return newton_points(coefficients, x, steps)[1:]


def returns_the_last_point(coefficients, x, steps):
    return newton_points(coefficients, x, steps)[-1]


def keeps_the_first_curvature(coefficients, x, steps):
    slope, bend = np.polyder(coefficients), np.polyval(np.polyder(coefficients, 2), x)
    return _points(x, steps, lambda x: x - np.polyval(slope, x) / bend)


def always_goes_down(coefficients, x, steps):
    slope, bend = np.polyder(coefficients), np.polyder(coefficients, 2)
    return _points(x, steps, lambda x: x - np.polyval(slope, x) / abs(np.polyval(bend, x)))


def newton_points_with_poly1d(coefficients, x, steps):
    fun = np.poly1d(coefficients)
    points = np.empty(steps + 1)
    points[0] = x
    for k in range(steps):
        points[k + 1] = points[k] - fun.deriv()(points[k]) / fun.deriv(2)(points[k])
    return points


def newton_points_by_sums(coefficients, x, steps):
    powers = range(len(coefficients) - 1, -1, -1)
    points = [x]
    while len(points) <= steps:
        z = points[-1]
        slope = sum(c * k * z ** (k - 1) for c, k in zip(coefficients, powers, strict=True) if k > 0)
        bend = sum(c * k * (k - 1) * z ** (k - 2) for c, k in zip(coefficients, powers, strict=True) if k > 1)
        points.append(z - slope / bend)
    return tuple(points)


def newton_points_cases(rng):
    return [
        {"coefficients": np.array([1.0, 0.0, 0.0]), "x": 3.0, "steps": 1},
        {"coefficients": np.array([2.0, -4.0, 5.0]), "x": -1.0, "steps": 2},
        {"coefficients": np.array([1.0, -2.0, 0.0, 2.0]), "x": 3.0, "steps": 4},
        {"coefficients": np.array([1.0, -2.0, 0.0, 2.0]), "x": 0.3, "steps": 3},  # to the maximum
        {"coefficients": np.array([1.0, 0.0, 0.0]), "x": 1.5, "steps": 0},
        {"coefficients": np.r_[1.0, rng.uniform(-1, 1, size=3), 0.5], "x": float(rng.uniform(3, 5)), "steps": 5},
    ]


NEWTON_POINTS = Exercise(
    name="second_order.newton_points",
    title="Newton's points on a polynomial",
    points=2,
    difficulty="warm-up",
    hint="You are looking for a place where the *slope* is zero, so the two functions in Newton's formula are the "
    "first and the second derivative. `np.polyder` makes the coefficients of a derivative.",
    reference=newton_points,
    instances=newton_points_cases,
    misconceptions=(
        Misconception(
            looks_for_a_root,
            "You divide f by its slope: that finds where f itself is zero. A minimum is where the slope is zero: "
            "divide the first derivative by the second.",
        ),
        Misconception(walks_uphill, "The sign: Newton's step is minus the slope over the second derivative."),
        Misconception(
            reads_the_constant_first,
            "The coefficients come highest power first, as np.polyval and np.polyder have them.",
        ),
        Misconception(leaves_out_the_start, "The start belongs to the points: there are steps + 1 of them."),
        Misconception(returns_the_last_point, "Return all points, from the start on, not the last one alone."),
        Misconception(
            keeps_the_first_curvature,
            "You divide by the second derivative at the start, again and again. Newton's method takes it anew at each "
            "point.",
        ),
        Misconception(
            always_goes_down,
            "You took the size of the second derivative. That is a good cure, but not Newton's method, which goes to a "
            "maximum where the curve bends down.",
        ),
    ),
    alternatives=(newton_points_with_poly1d, newton_points_by_sums),
    equivalent_mutants={"slope = -np.polyder(coefficients)": "both derivatives change sign, and their ratio does not"},
    play=plots.newton_walk,
)

# --- is it downhill? ------------------------------------------------------------------------------------------------


def newton_direction_kind(hessian, gradient):
    if np.linalg.matrix_rank(hessian) < len(gradient):
        return "none"
    rate = -gradient @ np.linalg.solve(hessian, gradient)  # slope of f along Newton's direction
    if abs(rate) < 1e-9:
        return "level"
    return "down" if rate < 0 else "up"


def asks_for_positive_curvature_everywhere(hessian, gradient):
    kind = newton_direction_kind(hessian, gradient)
    return kind if kind == "none" else "down" if np.linalg.eigvalsh(hessian).min() > 0 else "up"


def forgets_the_minus(hessian, gradient):
    return {"down": "up", "up": "down"}.get(
        newton_direction_kind(hessian, gradient), newton_direction_kind(hessian, gradient)
    )


def goes_by_the_determinant(hessian, gradient):
    kind = newton_direction_kind(hessian, gradient)
    return kind if kind == "none" else "down" if np.linalg.det(hessian) > 0 else "up"


def goes_by_the_curvature_along_the_gradient(hessian, gradient):
    kind = newton_direction_kind(hessian, gradient)
    along = gradient @ hessian @ gradient
    return kind if kind == "none" else "level" if abs(along) < 1e-9 else "down" if along > 0 else "up"


def never_finds_it_level(hessian, gradient):
    kind = newton_direction_kind(hessian, gradient)
    return "up" if kind == "level" else kind


def finds_it_level_from_above_only(hessian, gradient):
    kind = newton_direction_kind(hessian, gradient)
    return "down" if kind == "level" and -gradient @ np.linalg.solve(hessian, gradient) < 0 else kind


def takes_any_direction_that_solves(hessian, gradient):
    rate = -gradient @ np.linalg.pinv(hessian) @ gradient
    return "level" if abs(rate) < 1e-9 else "down" if rate < 0 else "up"


def newton_direction_kind_by_eigenvalues(hessian, gradient):
    curvatures, axes = np.linalg.eigh(hessian)
    if min(abs(curvatures)) < 1e-10:
        return "none"
    parts = axes.T @ gradient
    worth = float(sum(parts**2 / curvatures))
    return "level" if np.isclose(worth, 0, atol=1e-9) else "down" if worth > 0 else "up"


def newton_direction_kind_by_a_small_step(hessian, gradient):
    if abs(np.linalg.det(hessian)) < 1e-10:
        return "none"
    direction = np.linalg.inv(hessian) @ -gradient
    change = sum(g * p for g, p in zip(gradient, direction, strict=True))
    for kind, holds in {"level": abs(change) < 1e-9, "down": change < 0, "up": change > 0}.items():
        if holds:
            return kind
    return None


def newton_direction_kind_cases(rng):
    turned = [bowl(rng, curvatures) for curvatures in ([1.0, 3.0, 8.0], [-1.0, -2.0, -6.0])]
    saddle = bowl(rng, [4.0, 1.0, -2.0])
    axes = np.linalg.eigh(saddle)[1]
    scale = float(rng.uniform(0.5, 2))
    return [
        {"hessian": np.diag([2.0, 5.0]), "gradient": np.array([1.0, -1.0])},
        {"hessian": np.diag([-1.0, -3.0]), "gradient": np.array([1.0, 1.0])},
        {"hessian": np.diag([1.0, -1.0]), "gradient": np.array([2.0, 1.0])},  # a saddle, and yet downhill
        {"hessian": np.diag([1.0, -1.0]), "gradient": np.array([1.0, 1.0])},
        {"hessian": np.diag([1.0, -1.0]), "gradient": np.array([1.0 + 1e-10, 1.0])},  # level, with a minus sign
        {"hessian": np.diag([2.0, 0.0]), "gradient": np.array([1.0, 0.0])},
        {"hessian": np.diag([4.0, -1.0]), "gradient": np.array([1.5, 1.0])},  # bends up along the gradient, yet uphill
        {"hessian": np.array([[1.0, 2.0], [2.0, 4.0]]), "gradient": np.array([1.0, 1.0])},
        {"hessian": turned[0], "gradient": rng.normal(size=3)},
        {"hessian": turned[1], "gradient": rng.normal(size=3)},
        {"hessian": saddle, "gradient": scale * (axes[:, 2] + 0.3 * axes[:, 0])},
        {"hessian": saddle, "gradient": scale * (0.3 * axes[:, 2] + axes[:, 0])},
        {"hessian": -bowl(rng, [1.0, 2.0]), "gradient": scale * rng.normal(size=2)},
    ]


NEWTON_DIRECTION_KIND = Exercise(
    name="second_order.newton_direction_kind",
    title="Is Newton's direction downhill?",
    points=2,
    difficulty="warm-up",
    hint="Along a direction p the function changes at the rate (gradient . p). Compute Newton's p and look at the "
    "sign. Where no inverse exists there is no such p.",
    reference=newton_direction_kind,
    instances=newton_direction_kind_cases,
    misconceptions=(
        Misconception(
            asks_for_positive_curvature_everywhere,
            "You ask for a positive definite Hessian. That is enough, but not needed: on a saddle, too, Newton's "
            "direction can go down. It depends on the gradient; compute the slope along the direction.",
        ),
        Misconception(forgets_the_minus, "You have them the wrong way round: Newton's direction has a minus in front."),
        Misconception(
            goes_by_the_determinant,
            "The sign of the determinant does not tell: two negative curvatures make it positive, and a saddle can go "
            "either way.",
        ),
        Misconception(
            goes_by_the_curvature_along_the_gradient,
            "You look at the curvature along the gradient. Newton's direction is another one; look at the slope along "
            "it.",
        ),
        Misconception(
            never_finds_it_level,
            "A direction along which the slope is zero (to rounding, say below 1e-9) is neither down nor up: 'level'.",
        ),
        Misconception(
            finds_it_level_from_above_only,
            "A slope just below zero is level too: compare its *size* with 1e-9.",
        ),
        Misconception(
            takes_any_direction_that_solves,
            "Where the Hessian is singular there is no Newton direction, even if some p solves the equations: 'none'.",
        ),
    ),
    alternatives=(newton_direction_kind_by_eigenvalues, newton_direction_kind_by_a_small_step),
    equivalent_mutants={
        "if abs(rate) < 2e-09:": "slopes are zero to rounding, or far above",
        "if abs(rate) <= 1e-09:": "no slope is exactly 1e-9",
        "if np.linalg.matrix_rank(hessian) < len(hessian):": "the Hessian has as many rows as the gradient entries",
        "rate = np.linalg.solve(hessian, gradient) @ -gradient": "a scalar product has no order",
        "return 'down' if rate <= 0 else 'up'": "a slope of zero has been dealt with in the line before",
    },
)
