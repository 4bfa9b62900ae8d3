"""Searches along lines: a round along the axes, the valley on which that is slow, and how conjugate directions are."""

from __future__ import annotations

import itertools
import math

import numpy as np

from ..exercise import Exercise, Misconception
from ..probes import QuadraticGradient
from . import plots

# --- one round of coordinate search -----------------------------------------------------------------------------------


def coordinate_points(A, b, x):
    x = x.copy()
    points = []
    for i in range(len(x)):
        x[i] = x[i] + (b[i] - A[i] @ x) / A[i, i]
        points.append(x.copy())
    return np.array(points)


def moves_all_from_the_old_point(A, b, x):
    steps = (b - A @ x) / np.diag(A)
    return x + np.tril(np.ones(A.shape)) * steps


def begins_each_search_at_the_start(A, b, x):
    return x + np.diag((b - A @ x) / np.diag(A))


def stores_the_same_array(A, b, x):
    return np.tile(coordinate_points(A, b, x)[-1], (len(x), 1))


def forgets_b(A, b, x):
    return coordinate_points(A, 0 * b, x)


def steps_by_the_slope(A, b, x):
    points = [x]
    for axis in np.eye(len(x)):
        points.append(points[-1] - axis * (A @ points[-1] - b))
    return np.array(points[1:])


def returns_the_end_alone(A, b, x):
    return coordinate_points(A, b, x)[-1]


def begins_with_the_last_axis(A, b, x):
    return coordinate_points(A[::-1, ::-1], b[::-1], x[::-1])[:, ::-1]


def coordinate_points_along_axes(A, b, x):
    points = []
    for axis in np.eye(len(x)):
        x = x - (axis @ (A @ x - b)) / (axis @ A @ axis) * axis
        points.append(x)
    return points


def coordinate_points_by_solving(A, b, x):
    """Each coordinate from its own equation, the others being known."""
    x, points = [float(value) for value in x], []
    for i, row in enumerate(A.tolist()):
        x[i] = (b[i] - sum(row[j] * x[j] for j in range(len(x)) if j != i)) / row[i]
        points.append(list(x))
    return points


def bowl(rng, d, condition=20.0):
    """A matrix with curvatures from 1 to ``condition``, turned at random."""
    Q = np.linalg.qr(rng.standard_normal((d, d)))[0]
    A = Q @ np.diag(np.geomspace(1, condition, d)) @ Q.T
    return (A + A.T) / 2


def coordinate_points_cases(rng):
    cases = [
        {"A": np.array([[2.0]]), "b": np.array([6.0]), "x": np.array([1.0])},
        {"A": np.array([[2.0, 1.0], [1.0, 4.0]]), "b": np.array([4.0, 1.0]), "x": np.array([0.0, 2.0])},
        {"A": np.diag([1.0, 5.0]), "b": np.array([1.0, 0.0]), "x": np.array([3.0, -2.0])},
    ]
    for d in (2, 3, 5):
        cases.append({"A": bowl(rng, d), "b": rng.standard_normal(d), "x": rng.standard_normal(d)})
    return cases


COORDINATE_POINTS = Exercise(
    name="direct_search.coordinate_points",
    title="One round along the axes",
    points=2,
    difficulty="warm-up",
    hint="Along axis i the slope is row i of A times x, minus b[i], and the curvature is A[i, i]. Always use the "
    "newest x.",
    reference=coordinate_points,
    instances=coordinate_points_cases,
    misconceptions=(
        Misconception(
            moves_all_from_the_old_point,
            "You compute all steps from the old point. Each search must begin where the one before has ended.",
        ),
        Misconception(
            begins_each_search_at_the_start,
            "Each of your searches begins at the start again; it must begin where the one before has ended.",
        ),
        Misconception(
            stores_the_same_array,
            "All your rows are the end of the round: the list holds the same array several times. Append a copy.",
        ),
        Misconception(forgets_b, "Where A x = 0 is the minimum only if b is zero: the gradient is A x - b."),
        Misconception(
            steps_by_the_slope, "You step by the slope. The minimum along the axis is at the slope divided by A[i, i]."
        ),
        Misconception(returns_the_end_alone, "Return the point after *each* line search, one in each row."),
        Misconception(begins_with_the_last_axis, "Begin with the first axis, and end with the last."),
    ),
    alternatives=(coordinate_points_along_axes, coordinate_points_by_solving),
    equivalent_mutants={
        "for i in range(len(A)):": "A has a row for each coordinate",
        "for i in range(len(b)):": "b has an entry for each coordinate",
        "return points": "a list of rows is as good as an array",
        "x[i] = x[i] + (b[i] - x @ A[i]) / A[i, i]": "the inner product has no order",
    },
    play=plots.staircase,
)

# --- a valley that is slow --------------------------------------------------------------------------------------------


def slow_valley(rho):
    root = math.sqrt(rho)
    return np.array([[1.0, root], [root, 1.0]])


def forgets_the_root(rho):
    return np.array([[1.0, rho], [rho, 1.0]])


def shrinks_the_value_by_rho(rho):
    root = rho**0.25
    return np.array([[1.0, root], [root, 1.0]])


def lies_along_an_axis(rho):
    root = math.sqrt(rho)
    return np.diag([1.0, (1 + root) / (1 - root)])


def is_steeper_than_it_must_be(rho):
    root = math.sqrt(rho)
    return np.array([[1.0, 2 * root], [2 * root, 4.0]])


def takes_rho_for_gradient_descent(rho):
    """(kappa - 1) / (kappa + 1) = rho, the rate of one step."""
    kappa = (1 + rho) / (1 - rho)
    return np.array([[kappa + 1, kappa - 1], [kappa - 1, kappa + 1]]) / 2 + np.eye(2)


def slow_valley_by_turning(rho):
    root = np.sqrt(rho)
    turn = np.array([[1.0, -1.0], [1.0, 1.0]]) / np.sqrt(2)
    return turn @ np.diag([1.0, (1 + root) / (1 - root)]) @ turn.T


def slow_valley_the_other_way(rho):
    return 3.5 * (np.eye(2) - rho**0.5 * np.eye(2)[::-1])


def accept_slow_valley(instance, value):
    rho = instance["rho"]
    A = np.asarray(value, dtype=float)
    if A.shape != (2, 2):
        return f"must return a matrix of shape (2, 2), not {A.shape}"
    if not np.isfinite(A).all() or abs(A[0, 1] - A[1, 0]) > 1e-9 * np.abs(A).max():
        return "must return a symmetric matrix of finite numbers"
    low, high = np.linalg.eigvalsh(A)
    if low <= 0:
        return f"must return a positive definite matrix; an eigenvalue is {low:.4g}"
    found = A[0, 1] ** 2 / (A[0, 0] * A[1, 1])
    if abs(found - rho) > 1e-7:
        return f"returned a valley on which a round multiplies x by {found:.6g}, where {rho:.6g} was asked for"
    root = math.sqrt(rho)
    least = (1 + root) / (1 - root)
    if high / low > least * (1 + 1e-6):
        return f"returned a valley with the condition number {high / low:.6g}; {least:.6g} is possible"
    return True


def slow_valley_cases(rng):
    return [{"rho": rho} for rho in (0.25, 0.0, 0.81, *np.sort(rng.uniform(0.05, 0.98, size=3)).tolist())]


SLOW_VALLEY = Exercise(
    name="direct_search.slow_valley",
    title="A valley that is as slow as ordered",
    points=2,
    difficulty="warm-up",
    hint="With the matrix [[a, c], [c, b]]: how does x[1] change in one round? Of all a and b with the same product, "
    "which make the eigenvalues most alike?",
    reference=slow_valley,
    instances=slow_valley_cases,
    misconceptions=(
        Misconception(forgets_the_root, "On your valley a round multiplies x by the *square* of what was asked for."),
        Misconception(
            shrinks_the_value_by_rho, "On your valley it is the *value* that shrinks by rho in a round, not x."
        ),
        Misconception(
            lies_along_an_axis,
            "Your valley lies along an axis: one round and coordinate search is done. It must lie across.",
        ),
        Misconception(
            is_steeper_than_it_must_be,
            "Your rate is right, but a smaller condition number has it too. Must the two curvatures differ?",
        ),
        Misconception(
            takes_rho_for_gradient_descent,
            "A round is two line searches: use c * c / (a * b), not the rate of one step of gradient descent.",
        ),
    ),
    alternatives=(slow_valley_by_turning, slow_valley_the_other_way),
    accept=accept_slow_valley,
    equivalent_mutants={
        "return [[1.0, root], [root, 1.0]]": "a list of rows is as good as an array",
        "root = -math.sqrt(rho)": "the valley along the other diagonal is as slow",
    },
)

# --- conjugate directions ---------------------------------------------------------------------------------------------


def worst_pair(A, lines):
    pairs = []
    for i in range(len(lines)):
        for j in range(i + 1, len(lines)):
            p, q = lines[i], lines[j]
            cosine = abs(p @ A @ q) / math.sqrt((p @ A @ p) * (q @ A @ q))
            pairs.append((math.degrees(math.acos(cosine)), i, j))
    degrees, i, j = min(pairs)
    return i, j, degrees


def measures_on_paper(A, lines):
    return worst_pair(np.eye(len(A)), lines)


def allows_obtuse_angles(A, lines):
    def angle(p, q):
        return math.degrees(math.acos((p @ A @ q) / math.sqrt((p @ A @ p) * (q @ A @ q))))

    return min(((i, j, angle(lines[i], lines[j])) for i, j in itertools.combinations(range(len(lines)), 2)),
               key=lambda each: each[2])  # fmt: skip


def compares_before_scaling(A, lines):
    pairs = itertools.combinations(range(len(lines)), 2)
    i, j = max(pairs, key=lambda pair: abs(lines[pair[0]] @ A @ lines[pair[1]]))
    return i, j, worst_pair(A, lines[[i, j]])[2]


def takes_columns(A, lines):
    return worst_pair(A, lines.T)


def stretches_twice(A, lines):
    return worst_pair(A @ A, lines)


def takes_the_best_pair(A, lines):
    pairs = itertools.combinations(range(len(lines)), 2)
    return max(((i, j, worst_pair(A, lines[[i, j]])[2]) for i, j in pairs), key=lambda each: each[2])


def numbers_from_one(A, lines):
    i, j, degrees = worst_pair(A, lines)
    return i + 1, j + 1, degrees


def worst_pair_where_it_is_round(A, lines):
    round_lines = lines @ np.linalg.cholesky(A)
    round_lines = round_lines / np.linalg.norm(round_lines, axis=1, keepdims=True)
    cosines = np.abs(round_lines @ round_lines.T) - 2 * np.eye(len(lines))
    i, j = sorted(np.unravel_index(np.argmax(cosines), cosines.shape))
    return i, j, np.rad2deg(np.arccos(cosines[i, j]))


def worst_pair_by_gradients(A, lines):
    """The slope along one direction, changed by a step along the other."""
    slope = QuadraticGradient(A, np.zeros(len(A)))
    best = (-1.0, 0, 0)
    for j, q in enumerate(lines):
        for i, p in enumerate(lines[:j]):
            cosine = abs(p @ slope(q)) / (p @ slope(p) * (q @ slope(q))) ** 0.5
            best = max(best, (cosine, i, j))
    return best[1], best[2], math.acos(best[0]) * 180 / math.pi


def worst_pair_cases(rng):
    cases = [
        {"A": np.diag([1.0, 4.0]), "lines": np.array([[2.0, 0.0], [1.0, 1.0]])},
        {"A": np.array([[2.0, 1.0], [1.0, 3.0]]), "lines": np.array([[1.0, 0.0], [1.0, -2.0]])},  # conjugate
        {"A": np.diag([1.0, 9.0, 4.0]), "lines": np.array([[1.0, 0.2, 0.0], [-1.0, 0.1, 0.3], [0.0, 5.0, 9.0]])},
    ]
    for d in (3, 4, 6):
        scales = 10.0 ** rng.uniform(-1, 1, size=(d, 1))
        cases.append({"A": bowl(rng, d), "lines": scales * rng.standard_normal((d, d))})
    return cases


WORST_PAIR = Exercise(
    name="direct_search.worst_pair",
    title="The least conjugate pair",
    points=2,
    difficulty="warm-up",
    hint="Where the bowl is round the inner product of p and q is p'Aq, and the length of p the root of p'Ap.",
    reference=worst_pair,
    instances=worst_pair_cases,
    misconceptions=(
        Misconception(measures_on_paper, "That is the angle on paper: measure it with A, where the bowl is round."),
        Misconception(
            allows_obtuse_angles,
            "A direction may be walked both ways, so an angle of 170 degrees is one of 10: take the absolute value of "
            "the cosine.",
        ),
        Misconception(
            compares_before_scaling, "You compare p'Aq before dividing by the lengths, so long directions win."
        ),
        Misconception(takes_columns, "The directions are the *rows* of lines."),
        Misconception(stretches_twice, "Conjugate means p'Aq = 0; you compute the angle of Ap and Aq."),
        Misconception(takes_the_best_pair, "That is the pair nearest to a right angle; the worst has the least angle."),
        Misconception(numbers_from_one, "The pair is right; number the directions from 0, as Python does."),
    ),
    alternatives=(worst_pair_where_it_is_round, worst_pair_by_gradients),
    equivalent_mutants={
        "cosine = abs(A @ p @ q) / math.sqrt(p @ A @ p * (q @ A @ q))": "A is symmetric",
        "cosine = abs(p @ A @ q) / math.sqrt(A @ p @ p * (q @ A @ q))": "A is symmetric",
        "cosine = abs(p @ A @ q) / math.sqrt(p @ (p @ A) * (q @ A @ q))": "A is symmetric",
        "cosine = abs(p @ A @ q) / math.sqrt(p @ A @ p * (A @ q @ q))": "A is symmetric",
        "cosine = abs(p @ A @ q) / math.sqrt(p @ A @ p * (q @ (q @ A)))": "A is symmetric",
        "cosine = abs(q @ (p @ A)) / math.sqrt(p @ A @ p * (q @ A @ q))": "A is symmetric",
        "for i in range(len(A)):": "there are as many directions as dimensions in every case",
        "for j in range(i + 1, len(A)):": "there are as many directions as dimensions in every case",
        "for i in range(len(lines) + 1):": "there is no j behind the last i",
        "for i in range(len(lines) - 1):": "there is no j behind the last i",
        "p, q = (lines[j], lines[i])": "the angle has no order",
    },
    rtol=1e-7,
    atol=1e-7,
)
