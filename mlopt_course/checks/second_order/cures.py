"""Off convex ground: shifted and flipped curvatures, and a cubic on which Newton's method goes back and forth."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Misconception
from ..quadratics import bowl
from . import plots

# --- a shift of the Hessian -------------------------------------------------------------------------------------------


def shifted_direction(hessian, gradient, first, factor):
    shift = 0.0
    for _ in range(60):
        try:
            np.linalg.cholesky(hessian + shift * np.eye(len(gradient)))
        except np.linalg.LinAlgError:
            shift = first if shift == 0 else factor * shift
        else:
            return -np.linalg.solve(hessian + shift * np.eye(len(gradient)), gradient), shift
    return None


def _ladder(hessian, first, factor, begins=0.0):
    """The first shift on the ladder that makes the Hessian positive definite."""
    shift, least = begins, np.linalg.eigvalsh(hessian)[0]
    while least + shift <= 0:
        shift = first if shift == 0 else factor * shift
    return shift


def _solved(hessian, gradient, shift):
    return -np.linalg.solve(hessian + shift * np.eye(len(gradient)), gradient)


def shifts_what_needs_no_shift(hessian, gradient, first, factor):
    shift = _ladder(hessian, first, factor, begins=first)
    return _solved(hessian, gradient, shift), shift


def adds_the_shift_to_every_entry(hessian, gradient, first, factor):
    shift = _ladder(hessian, first, factor)
    return -np.linalg.solve(hessian + shift * np.ones_like(hessian), gradient), shift


def solves_with_the_bare_hessian(hessian, gradient, first, factor):
    return _solved(hessian, gradient, 0.0), _ladder(hessian, first, factor)


def shifts_just_enough(hessian, gradient, first, factor):
    least = np.linalg.eigvalsh(hessian)[0]
    shift = 0.0 if least > 0 else first - least
    return _solved(hessian, gradient, shift), shift


def climbs_by_equal_rungs(hessian, gradient, first, factor):
    shift, least = 0.0, np.linalg.eigvalsh(hessian)[0]
    while least + shift <= 0:
        shift += first
    return _solved(hessian, gradient, shift), shift


def adds_each_rung_to_the_sum(hessian, gradient, first, factor):
    shift, rung, least = 0.0, first, np.linalg.eigvalsh(hessian)[0]
    while least + shift <= 0:
        shift, rung = shift + rung, rung * factor
    return _solved(hessian, gradient, shift), shift


def asks_only_for_an_inverse(hessian, gradient, first, factor):
    shift = 0.0 if abs(np.linalg.det(hessian)) > 1e-9 else first
    return _solved(hessian, gradient, shift), shift


def shows_the_way_up(hessian, gradient, first, factor):
    direction, shift = shifted_direction(hessian, gradient, first, factor)
    return -direction, shift


def shifted_direction_by_eigenvalues(hessian, gradient, first, factor):
    curvatures, axes = np.linalg.eigh(hessian)
    shift, next_shift = 0.0, first
    while curvatures.min() + shift <= 0:
        shift, next_shift = next_shift, next_shift * factor
    return -axes @ ((axes.T @ gradient) / (curvatures + shift)), shift


def shifted_direction_by_trial(hessian, gradient, first, factor):
    identity = np.identity(len(gradient))
    for shift in [0.0, *(first * factor**k for k in range(40))]:
        matrix = hessian + shift * identity
        if all(np.linalg.det(matrix[:k, :k]) > 0 for k in range(1, len(gradient) + 1)):
            return np.linalg.inv(matrix) @ -gradient, shift
    raise ArithmeticError("the ladder is too short")


def shifted_direction_cases(rng):
    def case(curvatures, first, factor):
        size = len(curvatures)
        return {"hessian": bowl(rng, curvatures), "gradient": rng.normal(size=size), "first": first, "factor": factor}

    return [
        {"hessian": np.array([[2.0]]), "gradient": np.array([1.0]), "first": 0.5, "factor": 2.0},
        {"hessian": np.array([[-1.0]]), "gradient": np.array([1.0]), "first": 0.75, "factor": 2.0},
        {"hessian": np.diag([1.0, -2.5]), "gradient": np.array([1.0, 1.0]), "first": 1.0, "factor": 2.0},
        case([0.5, 2.0, 7.0], 1.0, 10.0),
        case([-3.1, 1.0, 4.0], 0.1, 10.0),
        case([-0.4, -0.2, 5.0, 9.0], 0.25, 3.0),
        {"hessian": np.diag([3.0, 0.0]), "gradient": np.array([1.0, 2.0]), "first": 0.5, "factor": 4.0},
    ]


SHIFTED_DIRECTION = Exercise(
    name="second_order.shifted_direction",
    title="Newton's direction, made to go down",
    points=3,
    difficulty="core",
    hint="`np.linalg.cholesky` raises `np.linalg.LinAlgError` when a symmetric matrix is not positive definite: `try` "
    "it. Begin with no shift at all.",
    reference=shifted_direction,
    instances=shifted_direction_cases,
    misconceptions=(
        Misconception(
            shifts_what_needs_no_shift,
            "You shift a Hessian that is positive definite already. The first rung of the ladder is 0: near a minimum "
            "the step must be Newton's own, or the speed is lost.",
        ),
        Misconception(
            adds_the_shift_to_every_entry,
            "You add the shift to every entry of the matrix; it belongs on the diagonal alone: shift * np.eye(d).",
        ),
        Misconception(solves_with_the_bare_hessian, "Your shift is right, but you solve with the Hessian without it."),
        Misconception(
            shifts_just_enough,
            "You compute the shift from an eigenvalue. Here it is found by trying 0, first, first * factor, ...: that "
            "needs no eigenvalues, which cost several times as much as a Cholesky factor.",
        ),
        Misconception(
            climbs_by_equal_rungs,
            "Your rungs are first, 2 first, 3 first...; each is to be factor times the one before.",
        ),
        Misconception(adds_each_rung_to_the_sum, "Your shifts pile up: each rung is to *replace* the one before it."),
        Misconception(
            asks_only_for_an_inverse,
            "You shift only when there is no inverse. An invertible Hessian may still bend down somewhere: ask whether "
            "it is positive definite.",
        ),
        Misconception(shows_the_way_up, "The sign: the direction is *minus* the solution for the gradient."),
    ),
    alternatives=(shifted_direction_by_eigenvalues, shifted_direction_by_trial),
    equivalent_mutants={
        "delete: return None": "a function without a return returns None; and no ladder here is that long",
        "return -None": "no ladder here is that long",
        "for _ in range(120):": "no ladder here is that long",
        "for _ in range(59):": "no ladder here is that long",
        "for _ in range(61):": "no ladder here is that long",
        "np.linalg.cholesky(hessian + shift * np.eye(len(hessian)))": "the Hessian has as many rows as the gradient",
        "return (-np.linalg.solve(hessian + shift * np.eye(len(hessian)), gradient), shift)": "both have equal sizes",
        "shift = -0.0": "minus zero is zero",
        "shift = first if _ == 0 else factor * shift": "the shift is zero in the first round and in no other",
    },
)

# --- flipped curvatures -----------------------------------------------------------------------------------------------


def flipped_direction(hessian, gradient, floor):
    curvatures, axes = np.linalg.eigh(hessian)
    sizes = np.maximum(np.abs(curvatures), floor)
    return -axes @ (axes.T @ gradient / sizes)


def _with_curvatures(hessian, gradient, change):
    curvatures, axes = np.linalg.eigh(hessian)
    return -axes @ (axes.T @ gradient / change(curvatures))


def raises_negative_ones_to_the_floor(hessian, gradient, floor):
    return _with_curvatures(hessian, gradient, lambda c: np.maximum(c, floor))


def has_no_floor(hessian, gradient, floor):
    return _with_curvatures(hessian, gradient, lambda c: np.where(c == 0, floor, np.abs(c)))


def adds_the_floor(hessian, gradient, floor):
    return _with_curvatures(hessian, gradient, lambda c: np.abs(c) + floor)


def leaves_out_what_bends_down(hessian, gradient, floor):
    return _with_curvatures(hessian, gradient, lambda c: np.where(c > 0, np.maximum(c, floor), np.inf))


def keeps_the_sign(hessian, gradient, floor):
    return _with_curvatures(hessian, gradient, lambda c: np.where(c < 0, -1.0, 1.0) * np.maximum(np.abs(c), floor))


def takes_sizes_of_the_entries(hessian, gradient, floor):
    return -gradient / np.maximum(np.abs(np.diag(hessian)), floor)


def takes_rows_for_axes(hessian, gradient, floor):
    curvatures, axes = np.linalg.eigh(hessian)
    return -axes.T @ (axes @ gradient / np.maximum(np.abs(curvatures), floor))


def climbs(hessian, gradient, floor):
    return -flipped_direction(hessian, gradient, floor)


def flipped_direction_by_axis(hessian, gradient, floor):
    direction = np.zeros(len(gradient))
    curvatures, axes = np.linalg.eigh(hessian)
    for curvature, axis in zip(curvatures, axes.T, strict=True):
        direction = direction - (axis @ gradient) / max(abs(curvature), floor) * axis
    return direction


def flipped_direction_by_a_matrix(hessian, gradient, floor):
    _, sizes, right = np.linalg.svd(hessian)  # singular values of a symmetric matrix: sizes of the eigenvalues
    return -np.linalg.solve(right.T @ np.diag(np.clip(sizes, floor, None)) @ right, gradient)


def flipped_direction_cases(rng):
    def case(curvatures, floor):
        return {"hessian": bowl(rng, curvatures), "gradient": rng.normal(size=len(curvatures)), "floor": floor}

    return [
        {"hessian": np.array([[-2.0]]), "gradient": np.array([1.0]), "floor": 0.1},
        {"hessian": np.diag([4.0, -0.5]), "gradient": np.array([1.0, 1.0]), "floor": 0.1},
        {"hessian": np.diag([4.0, 0.0]), "gradient": np.array([1.0, -1.0]), "floor": 0.25},
        {"hessian": np.array([[0.0, 2.0], [2.0, 0.0]]), "gradient": np.array([1.0, 0.5]), "floor": 0.5},
        case([-3.0, 0.01, 2.0], 0.2),
        case([-5.0, -0.02, 0.7, 3.0], float(rng.uniform(0.1, 0.4))),
    ]


FLIPPED_DIRECTION = Exercise(
    name="second_order.flipped_direction",
    title="Saddle-free Newton",
    points=3,
    difficulty="core",
    hint="`np.linalg.eigh` returns the curvatures and, as *columns*, the axes they belong to. The gradient's part "
    "along each axis is divided by its own number.",
    reference=flipped_direction,
    instances=flipped_direction_cases,
    misconceptions=(
        Misconception(
            raises_negative_ones_to_the_floor,
            "You lift negative curvatures to the floor. Take their *size*: where the ground bends down steeply, a long "
            "step is not to be trusted either.",
        ),
        Misconception(
            has_no_floor, "A curvature smaller in size than the floor is replaced by the floor; yours is used as it is."
        ),
        Misconception(
            adds_the_floor,
            "You add the floor to every curvature. Only those below it are changed: take the larger of both.",
        ),
        Misconception(
            leaves_out_what_bends_down,
            "You do not move at all along axes that bend down. But that is the way out of the saddle: flip the sign of "
            "their curvature.",
        ),
        Misconception(
            keeps_the_sign,
            "Your negative curvatures stay negative, so the direction leads up to the saddle: flip them.",
        ),
        Misconception(
            takes_sizes_of_the_entries,
            "You use the entries on the diagonal. They are the curvatures only if the Hessian is diagonal: use eigh.",
        ),
        Misconception(takes_rows_for_axes, "The axes that eigh returns are the columns of its matrix, not the rows."),
        Misconception(climbs, "The sign: the direction goes against the gradient."),
    ),
    alternatives=(flipped_direction_by_axis, flipped_direction_by_a_matrix),
    equivalent_mutants={
        "sizes = np.maximum(floor, np.abs(curvatures))": "the larger of two numbers has no order",
    },
    play=plots.directions_on_a_saddle,
)

# --- a cycle of two ---------------------------------------------------------------------------------------------------


def slope_with_a_cycle(a, b):
    x = np.poly1d([1, -a]) / (b - a)  # 0 at a, 1 at b
    return (x**3 - 2 * x + 2).coeffs


def _step(coefficients, x):
    with np.errstate(all="ignore"):
        return x - np.polyval(coefficients, x) / np.polyval(np.polyder(coefficients), x)


def goes_back_and_forth(instance, value):
    """True, or what is wrong with the four coefficients."""
    a, b = instance["a"], instance["b"]
    try:
        coefficients = np.array(value, dtype=float)
    except (TypeError, ValueError):
        return "Return four numbers: the coefficients of the slope, highest power first."
    if coefficients.shape != (4,):
        return f"Return four coefficients, highest power first; yours have the shape {coefficients.shape}."
    if not np.isfinite(coefficients).all():
        return "The coefficients must be finite numbers."
    size = abs(b - a)
    for start, end in ((a, b), (b, a)):
        if np.polyval(np.polyder(coefficients), start) == 0:
            return f"At {start:.6g} your slope is flat, so Newton's step is a division by zero."
        reached = _step(coefficients, start)
        if not abs(reached - end) <= 1e-6 * size:
            return f"From {start:.6g} Newton's step goes to {reached:.6g}; it should go to {end:.6g}."
    return True


def gives_the_function(a, b):
    return np.polyint(slope_with_a_cycle(a, b))[:4]


def forgets_to_move_it(a, b):
    return np.array([1.0, 0.0, -2.0, 2.0])


def writes_the_constant_first(a, b):
    return slope_with_a_cycle(a, b)[::-1]


def shifts_without_scaling(a, b):
    x = np.poly1d([1.0, -a])
    return (x**3 - 2 * x + 2).coeffs


def has_zeros_at_both(a, b):
    return np.poly([a, b, (a + b) / 2])


def slope_with_a_cycle_from_values(a, b):
    """Values 1 and -1 at the two points; their slopes follow from where Newton's line has to cross zero."""
    rows = [[x**3, x**2, x, 1.0] for x in (a, b)] + [[3 * x**2, 2 * x, 1.0, 0.0] for x in (a, b)]
    return np.linalg.solve(np.array(rows), [1.0, -1.0, 1 / (a - b), -1 / (b - a)])


def slope_with_a_cycle_by_expanding(a, b):
    h = b - a
    return [1 / h**3, -3 * a / h**3, 3 * a**2 / h**3 - 2 / h, -(a**3) / h**3 + 2 * a / h + 2]


def slope_with_a_cycle_cases(rng):
    return [
        {"a": 0.0, "b": 2.0},
        {"a": 1.0, "b": 0.0},
        {"a": -1.0, "b": 3.0},
        {"a": float(rng.uniform(-3, -1)), "b": float(rng.uniform(0, 2))},
        {"a": float(rng.uniform(2, 4)), "b": float(rng.uniform(-1, 1))},
    ]


SLOPE_WITH_A_CYCLE = Exercise(
    name="second_order.slope_with_a_cycle",
    title="A function on which Newton's method never arrives",
    points=4,
    difficulty="challenge",
    hint="Newton's step from a goes to where the tangent of the slope at a crosses zero. That gives one equation at a "
    "and one at b, linear in the four coefficients. Or find one cubic with a cycle between 0 and 1, and stretch "
    "it: Newton's method does not care about the scale of x.",
    reference=slope_with_a_cycle,
    instances=slope_with_a_cycle_cases,
    misconceptions=(
        Misconception(
            gives_the_function,
            "Return the coefficients of the *slope*, in whose zeros Newton's method is interested, not those of the "
            "function.",
        ),
        Misconception(
            forgets_to_move_it,
            "This goes back and forth between 0 and 1, whatever a and b are: put (x - a) / (b - a) in the place of x.",
        ),
        Misconception(
            writes_the_constant_first, "The coefficients are to be in the order of np.polyval: highest power first."
        ),
        Misconception(
            shifts_without_scaling,
            "Your cycle begins at a, but its other end is at a + 1. Divide by b - a as well, so that b becomes 1.",
        ),
        Misconception(
            has_zeros_at_both,
            "Your slope is zero at a and b, so Newton's method stays where it is. It must not be zero there, but send "
            "each to the other.",
        ),
    ),
    alternatives=(slope_with_a_cycle_from_values, slope_with_a_cycle_by_expanding),
    accept=goes_back_and_forth,
    equivalent_mutants={
        "return -(x ** 3 - 2 * x + 2).coeffs": "Newton's step divides the slope by its derivative: the sign cancels",
    },
)
