"""How repeated inside contractions make a triangle flat."""

from __future__ import annotations

import math

import numpy as np

from ..exercise import Exercise, Misconception


def contractions_until_flat(second, worst, limit):
    for count in range(300):
        area = abs(second[0] * worst[1] - second[1] * worst[0]) / 2
        edges = np.array([second, worst, second - worst])
        if area <= limit * np.max(np.sum(edges**2, axis=1)):
            return count, second
        second, worst = second / 4 + worst / 2, second
    return None


def _contract(second, worst, limit, corner=None, shape=None, keep=False):
    def flatness(p, q):
        area = abs(p[0] * q[1] - p[1] * q[0]) / 2
        return area / max(p @ p, q @ q, (p - q) @ (p - q))

    for count in range(300):
        if (shape or flatness)(second, worst) <= limit:
            return count, second
        middle = second / 2
        new = (middle + worst) / 2 if corner is None else corner(middle, second, worst)
        second, worst = new, worst if keep else second
    return 300, second


def contracts_outside(second, worst, limit):
    return _contract(second, worst, limit, corner=lambda middle, second, worst: 1.5 * middle - 0.5 * worst)


def takes_the_middle_of_all_three(second, worst, limit):
    return _contract(second, worst, limit, corner=lambda middle, second, worst: ((second + worst) / 3 + worst) / 2)


def replaces_the_second(second, worst, limit):
    return _contract(second, worst, limit, keep=True)


def forgets_half_of_the_area(second, worst, limit):
    return contractions_until_flat(second, worst, limit / 2)


def divides_by_the_length(second, worst, limit):
    """Area over the longest edge: it depends on the unit."""

    def shape(p, q):
        return abs(p[0] * q[1] - p[1] * q[0]) / 2 / max(math.hypot(*p), math.hypot(*q), math.hypot(*(p - q)))

    return _contract(second, worst, limit, shape=shape)


def looks_at_two_edges(second, worst, limit):
    def shape(p, q):
        return abs(p[0] * q[1] - p[1] * q[0]) / 2 / max(p @ p, q @ q)

    return _contract(second, worst, limit, shape=shape)


def counts_the_look_before(second, worst, limit):
    count, corner = contractions_until_flat(second, worst, limit)
    return count + 1, corner


def returns_the_old_corner(second, worst, limit):
    count, _ = contractions_until_flat(second, worst, limit)
    for _ in range(count):
        second, worst = second / 4 + worst / 2, second
    return count, worst


def contractions_step_by_step(second, worst, limit):
    return list(_contract(second, worst, limit))


def contractions_by_matrix(second, worst, limit):
    """One contraction is a matrix applied to the pair of corners; the area is halved by each."""
    pair, step = np.array([second, worst]), np.array([[0.25, 0.5], [1.0, 0.0]])
    count, area = 0, abs(np.linalg.det(pair)) / 2
    while area / max(np.sum(np.square([*pair, pair[0] - pair[1]]), axis=1)) > limit:
        pair, area, count = step @ pair, area / 2, count + 1
    return count, pair[0].tolist()


def contractions_until_flat_cases(rng):
    root = math.sqrt(33)
    cases = [
        {"second": np.array([4.0, 0.0]), "worst": np.array([2.0, 1.0]), "limit": 0.125},  # flat enough already
        {"second": np.array([1.0, 0.0]), "worst": np.array([0.0, 1.0]), "limit": 0.3},
        {"second": np.array([4.0, 0.0]), "worst": np.array([0.0, 4.0]), "limit": 0.1},
        {"second": np.array([(1 + root) / 8, (1 - root) / 8]), "worst": np.array([1.0, 1.0]), "limit": 1e-3},
        {"second": np.array([3.0, 1.0]), "worst": np.array([-3.0, 1.5]), "limit": 0.02},
        {"second": np.array([-0.1, 0.4]), "worst": np.array([0.3, 0.2]), "limit": 0.05},
    ]
    for exponent in (-2, -4, -7):
        second, worst = 10.0 ** rng.uniform(-1, 1) * rng.uniform(0.5, 2, size=(2, 2)) * [[1, -1], [1, 1]]
        cases.append({"second": second, "worst": worst, "limit": float(10.0 ** (exponent + rng.uniform()) / 10)})
    return cases


CONTRACTIONS_UNTIL_FLAT = Exercise(
    name="direct_search.contractions_until_flat",
    title="A triangle starves",
    points=3,
    difficulty="core",
    hint="With the best corner at 0 the middle of the two better corners is second / 2. The new corner is half-way "
    "from there to the worst. After that, which of the corners is the worst?",
    reference=contractions_until_flat,
    instances=contractions_until_flat_cases,
    misconceptions=(
        Misconception(contracts_outside, "That is an outside contraction: stay on the side of the worst corner."),
        Misconception(
            takes_the_middle_of_all_three, "The middle is that of the two *better* corners; the worst is left out."
        ),
        Misconception(
            replaces_the_second, "The new corner takes the place of the *worst*, and the second one is now the worst."
        ),
        Misconception(forgets_half_of_the_area, "A triangle has half the area of the parallelogram."),
        Misconception(
            divides_by_the_length,
            "Compare the area with the *square* of the longest edge; otherwise it depends on the unit.",
        ),
        Misconception(looks_at_two_edges, "A triangle has three edges: the one from second to worst may be longest."),
        Misconception(counts_the_look_before, "Count the contractions; a triangle that is flat already needs none."),
        Misconception(returns_the_old_corner, "The count is right; return the newest corner, not the one before it."),
    ),
    alternatives=(contractions_step_by_step, contractions_by_matrix),
    equivalent_mutants={
        "area = abs(second[0] * worst[-1] - second[1] * worst[0]) / 2": "in the plane the last entry is the second",
        "area = abs(second[0] * worst[1] - second[-1] * worst[0]) / 2": "in the plane the last entry is the second",
        "area = abs(second[1] * worst[0] - second[0] * worst[1]) / 2": "the absolute value has no sign",
        "edges = -np.array([second, worst, second - worst])": "lengths do not change with the sign",
        "edges = np.array([second, worst, worst - second])": "lengths do not change with the sign",
        "if area <= limit * np.max(np.sum(edges ** 2, axis=-1)):": "of two axes the last is the second",
        "delete: return None": "a function without a return returns None; and every case is flat before",
        "return -None": "every case is flat before",
        "for count in range(301):": "every case is flat before",
        "for count in range(299):": "every case is flat before",
        "for count in range(600):": "every case is flat before",
        "edges = np.array([worst, second, second - worst])": "the largest of three numbers has no order",
        "edges = np.array([second, second - worst, worst])": "the largest of three numbers has no order",
    },
)
