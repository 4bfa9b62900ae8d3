"""The four conditions: which one is broken at a point, and a minimum found by trying every set of walls."""

from __future__ import annotations

import itertools

import numpy as np

from ..exercise import Exercise, Misconception
from ..quadratics import bowl

# --- the broken conditions --------------------------------------------------------------------------------------------


def broken_conditions(gradient, values, jacobian, multipliers):
    small = 1e-6
    broken = []
    if np.max(np.abs(gradient - jacobian.T @ multipliers)) > small:
        broken.append("stationarity")
    if np.min(values) < -small:
        broken.append("primal feasibility")
    if np.min(multipliers) < -small:
        broken.append("dual feasibility")
    if np.max(np.abs(multipliers * values)) > small:
        broken.append("complementary slackness")
    return broken


def adds_the_constraints_gradients(gradient, values, jacobian, multipliers):
    return broken_conditions(-gradient, values, jacobian, multipliers)


def wants_negative_constraints(gradient, values, jacobian, multipliers):
    return broken_conditions(gradient, -values, jacobian, multipliers)


def lets_the_products_cancel(gradient, values, jacobian, multipliers):
    broken = broken_conditions(gradient, values, jacobian, multipliers)
    rest = [name for name in broken if name != "complementary slackness"]
    return rest + ["complementary slackness"] * (abs(multipliers @ values) > 1e-6)


def wants_the_gradient_to_vanish(gradient, values, jacobian, multipliers):
    broken = broken_conditions(gradient, values, jacobian, multipliers)
    rest = [name for name in broken if name != "stationarity"]
    return ["stationarity"] * bool(np.max(np.abs(gradient)) > 1e-6) + rest


def has_no_tolerance(gradient, values, jacobian, multipliers):
    checks = {
        "stationarity": np.any(gradient != jacobian.T @ multipliers),
        "primal feasibility": np.any(values < 0),
        "dual feasibility": np.any(multipliers < 0),
        "complementary slackness": np.any(multipliers * values != 0),
    }
    return [name for name, broken in checks.items() if broken]


def wants_every_constraint_active(gradient, values, jacobian, multipliers):
    broken = broken_conditions(gradient, values, jacobian, multipliers)
    rest = [name for name in broken if name != "complementary slackness"]
    return rest + ["complementary slackness"] * bool(np.max(np.abs(values)) > 1e-6)


def looks_at_positive_products_only(gradient, values, jacobian, multipliers):
    broken = broken_conditions(gradient, values, jacobian, multipliers)
    rest = [name for name in broken if name != "complementary slackness"]
    return rest + ["complementary slackness"] * bool(np.max(multipliers * values) > 1e-6)


def looks_for_upward_gradients_only(gradient, values, jacobian, multipliers):
    broken = broken_conditions(gradient, values, jacobian, multipliers)
    rest = [name for name in broken if name != "stationarity"]
    return ["stationarity"] * bool(np.max(gradient - jacobian.T @ multipliers) > 1e-6) + rest


def broken_conditions_one_by_one(gradient, values, jacobian, multipliers):
    left = list(gradient)
    for row, multiplier in zip(jacobian, multipliers, strict=True):
        left = [a - multiplier * b for a, b in zip(left, row, strict=True)]
    found = (
        ("stationarity", any(abs(a) > 1e-6 for a in left)),
        ("primal feasibility", any(v < -1e-6 for v in values)),
        ("dual feasibility", any(m < -1e-6 for m in multipliers)),
        ("complementary slackness", any(abs(m * v) > 1e-6 for m, v in zip(multipliers, values, strict=True))),
    )
    return tuple(name for name, broken in found if broken)


def broken_conditions_by_sizes(gradient, values, jacobian, multipliers):
    sizes = {
        "stationarity": np.linalg.norm(gradient - multipliers @ jacobian, np.inf),
        "primal feasibility": (-values).max(),
        "dual feasibility": (-multipliers).max(),
        "complementary slackness": np.linalg.norm(multipliers * values, np.inf),
    }
    return [name for name in sizes if sizes[name] > 1e-6]


def broken_conditions_cases(rng):
    def case(gradient, values, jacobian, multipliers):
        numbers = {"gradient": gradient, "values": values, "jacobian": jacobian, "multipliers": multipliers}
        return {name: np.array(given, dtype=float) for name, given in numbers.items()}

    cases = [
        case([1], [0], [[1]], [1]),  # a minimum at the wall
        case([1], [0], [[1]], [0]),
        case([-1], [0], [[1]], [-1]),
        case([0], [-1], [[1]], [0]),
        case([1], [2], [[1]], [1]),
        case([0], [2], [[1]], [0]),  # a minimum inside
        case([1, -1], [1, 1], [[1, 0], [0, 1]], [1, -1]),  # the products cancel
        case([1, 2], [0, 3], [[1, 2], [5, 7]], [1, 0]),
        case([1, 5], [0, 3], [[1, 2], [5, 7]], [1, 0]),
        case([0, -3], [-2, -4], [[1, 0], [0, 1]], [0.5, -1]),
        case([0], [-1], [[1]], [-1]),
    ]
    for size in (-2e-6, -1.5e-6, -5e-7, 5e-7, 1.5e-6, 2e-6):  # just broken, and just not
        cases.append(case([1 + size, 0], [0, 1], [[1, 0], [0, 1]], [1, 0]))
        cases.append(case([0, 0], [size, 1], [[0, 0], [0, 0]], [0, 0]))
        cases.append(case([0, 0], [0, 0], [[0, 0], [0, 0]], [size, 1]))
        cases.append(case([0, 0], [size, 0], [[0, 0], [0, 0]], [0.9, 1]))
    # each component is small enough, though the length of both together is not
    cases.append(case([1 + 8e-7, -8e-7], [0, 1], [[1, 0], [0, 1]], [1, 0]))
    jacobian = rng.normal(size=(3, 4))
    multipliers = np.abs(rng.normal(size=3)) * [1, 0, 1]
    cases.append(case(jacobian.T @ multipliers, [0, abs(rng.normal()), 0], jacobian, multipliers))
    cases.append(case(rng.normal(size=4), rng.normal(size=3), jacobian, rng.normal(size=3)))
    return cases


BROKEN_CONDITIONS = Exercise(
    name="constrained.broken_conditions",
    title="Which condition is broken?",
    points=3,
    difficulty="core",
    hint="Four questions, in this order; each has a yes or no. Feasibility is about signs, the other two about sizes: "
    "take absolute values before you look for the largest.",
    reference=broken_conditions,
    instances=broken_conditions_cases,
    misconceptions=(
        Misconception(
            adds_the_constraints_gradients,
            "Here the constraints say g >= 0, and their gradients are *subtracted*: gradient - J' multipliers = 0.",
        ),
        Misconception(wants_negative_constraints, "Here a point is allowed where g is *not negative*."),
        Misconception(
            lets_the_products_cancel,
            "You add the products of multipliers and values, and a positive one can hide a negative one. Each must "
            "vanish on its own.",
        ),
        Misconception(
            wants_the_gradient_to_vanish,
            "At a wall the gradient of f need not vanish: what must vanish is the gradient minus J' multipliers.",
        ),
        Misconception(has_no_tolerance, "Computed numbers are rarely exact: a condition is broken by more than 1e-6."),
        Misconception(
            wants_every_constraint_active,
            "A constraint may be slack, if its multiplier is 0. Only the *product* of the two must vanish.",
        ),
        Misconception(
            looks_at_positive_products_only, "A product may be negative, and too large all the same: use its size."
        ),
        Misconception(
            looks_for_upward_gradients_only, "A component may be negative, and too large all the same: use its size."
        ),
    ),
    alternatives=(broken_conditions_one_by_one, broken_conditions_by_sizes),
    equivalent_mutants={
        "if np.max(np.abs(jacobian.T @ multipliers - gradient)) > small:": "the sign goes with the absolute value",
        **dict.fromkeys(
            (
                "if np.max(np.abs(gradient - jacobian.T @ multipliers)) >= small:",
                "if np.max(np.abs(multipliers * values)) >= small:",
                "if np.min(multipliers) <= -small:",
                "if np.min(values) <= -small:",
            ),
            "differs only where a computed number equals the tolerance exactly, which nobody should rely on",
        ),
    },
)

# --- trying every set of active constraints ---------------------------------------------------------------------------


def best_by_kkt(H, c, A, b):
    p, d = A.shape
    for size in range(p + 1):
        for rows in itertools.combinations(range(p), size):
            active = A[list(rows)]
            if np.linalg.matrix_rank(active) < size:
                continue
            system = np.block([[H, active.T], [active, np.zeros((size, size))]])
            solution = np.linalg.solve(system, np.concatenate([-c, b[list(rows)]]))
            x, prices = solution[:d], solution[d:]
            if np.all(A @ x <= b + 1e-9) and np.all(prices >= 0):
                multipliers = np.zeros(p)
                multipliers[list(rows)] = prices
                return x, multipliers
    return None


def _candidates(H, c, A, b):
    """Every active set with a point of its own: (x, multipliers)."""
    p, d = A.shape
    for size in range(min(p, d) + 1):
        for rows in map(list, itertools.combinations(range(p), size)):
            active = A[rows]
            if size and np.linalg.matrix_rank(active) < size:
                continue
            free = -np.linalg.solve(H, c)
            spread = np.linalg.solve(H, active.T)
            prices = np.linalg.solve(active @ spread, active @ free - b[rows])
            multipliers = np.zeros(p)
            multipliers[rows] = prices
            yield free - spread @ prices, multipliers


def _feasible(A, b, x):
    return bool(np.all(A @ x <= b + 1e-9))


def ignores_signs(H, c, A, b):
    """Stops at the first feasible point."""
    return next((x, m) for x, m in _candidates(H, c, A, b) if _feasible(A, b, x))


def ignores_feasibility(H, c, A, b):
    return next((x, m) for x, m in _candidates(H, c, A, b) if np.all(m >= 0))


def takes_all_that_the_free_minimum_breaks(H, c, A, b):
    free = -np.linalg.solve(H, c)
    rows = A @ free > b
    active = A[rows]
    spread = np.linalg.solve(H, active.T)
    prices = np.linalg.lstsq(active @ spread, active @ free - b[rows], rcond=None)[0]
    multipliers = np.zeros(len(b))
    multipliers[rows] = prices
    return free - spread @ prices, multipliers


def tries_single_constraints_only(H, c, A, b):
    good = [(x, m) for x, m in _candidates(H, c, A, b) if np.count_nonzero(m) <= 1 and _feasible(A, b, x)]
    return good[0] if good else (-np.linalg.solve(H, c), np.zeros(len(b)))


def subtracts_the_multipliers(H, c, A, b):
    x, multipliers = best_by_kkt(H, c, A, b)
    return x, -multipliers


def gives_the_prices_of_the_active_only(H, c, A, b):
    x, multipliers = best_by_kkt(H, c, A, b)
    return x, multipliers[multipliers > 0]


def best_by_kkt_by_value(H, c, A, b):
    good = [(x @ H @ x / 2 + c @ x, k, x, m) for k, (x, m) in enumerate(_candidates(H, c, A, b)) if _feasible(A, b, x)]
    lowest = min(value for value, *_ in good)
    ties = [(x, m) for value, _, x, m in good if value <= lowest + 1e-9 and np.all(m >= -1e-9)]
    return ties[0]


def best_by_kkt_by_the_dual(H, c, A, b):
    """Coordinate descent on the dual, which only has signs as constraints."""
    inverse = np.linalg.inv(H)
    matrix, right = A @ inverse @ A.T, -(A @ inverse @ c) - b
    multipliers = np.zeros(len(b))
    for _ in range(4000):
        for i in range(len(b)):
            multipliers[i] = max(0.0, multipliers[i] + (right[i] - matrix[i] @ multipliers) / matrix[i, i])
    return -inverse @ (c + A.T @ multipliers), multipliers


def best_by_kkt_cases(rng):
    corner = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]])
    cases = [
        {"H": np.eye(1), "c": np.array([-3.0]), "A": np.array([[1.0]]), "b": np.array([1.0])},
        {"H": np.eye(1), "c": np.array([-3.0]), "A": np.array([[1.0]]), "b": np.array([5.0])},
        {"H": np.eye(2), "c": np.array([-2.0, -3.0]), "A": corner, "b": np.array([1.0, 1.0, 0.0])},
        {"H": np.array([[2, 1.5], [1.5, 2]]), "c": np.array([-4.0, -3.2]), "A": np.eye(2), "b": np.array([0.5, 0.2])},
        # the free minimum breaks both constraints, but only one is active at the solution
        {"H": np.array([[2, -1.5], [-1.5, 2]]), "c": np.array([-1.0, -1.0]), "A": np.eye(2), "b": np.array([0.5, 1.5])},
        # the free minimum breaks one of them, but both are active at the solution
        {"H": np.array([[2, 1.5], [1.5, 2]]), "c": np.array([-4.0, -3.2]), "A": np.eye(2), "b": np.array([0.5, 1.0])},
        # three walls at once
        {"H": np.diag([1.0, 2.0, 4.0]), "c": -np.ones(3), "A": np.eye(3), "b": np.array([0.9, 0.4, 0.2])},
        # the first wall alone: past the second by a little only
        {"H": np.eye(2), "c": np.array([-2.0, -1.003]), "A": np.eye(2), "b": np.ones(2)},
        # the first wall alone gives an allowed point, with a small negative multiplier
        {"H": np.eye(2), "c": np.zeros(2), "A": np.array([[1.0, 0.0], [-1.0, -1.0]]), "b": np.array([0.3, -0.2])},
        # the same close to 0: what is broken there is small, and no rounding error
        {"H": np.eye(2), "c": np.zeros(2), "A": np.array([[1.0, 0], [-1, -1]]), "b": np.array([0.003, -0.002])},
        # one wall stands twice, once further out
        {"H": np.eye(3), "c": -np.ones(3), "A": np.array([[1.0, 1, 1], [2, 2, 2], [0, 0, 1]]),
         "b": np.array([1.5, 4, 0.1])},
    ]  # fmt: skip
    for d, p in ((2, 4), (3, 5), (4, 6)):
        H, A = bowl(rng, rng.uniform(0.5, 4, size=d)), rng.normal(size=(p, d))
        inside = rng.normal(size=d)
        b = A @ inside + rng.uniform(0.05, 0.4, size=p)
        c = -H @ (inside + rng.normal(size=d) * 3)
        cases.append({"H": H, "c": c, "A": A, "b": b})
    return cases


BEST_BY_KKT = Exercise(
    name="constrained.best_by_kkt",
    title="The minimum, by trying every set of walls",
    points=4,
    difficulty="challenge",
    hint="Take some rows of A as equations, ignore the others, and solve as in exercise 1. Then ask the conditions "
    "that are still open: does A x <= b hold, and is no multiplier negative? `itertools.combinations` gives the "
    "sets of rows.",
    reference=best_by_kkt,
    instances=best_by_kkt_cases,
    misconceptions=(
        Misconception(
            ignores_signs,
            "Your point is allowed, but one of its multipliers is negative: leaving that wall inwards makes f smaller. "
            "Go on to the next set.",
        ),
        Misconception(ignores_feasibility, "No multiplier is negative, but your point breaks a constraint."),
        Misconception(
            takes_all_that_the_free_minimum_breaks,
            "You make every constraint active that the free minimum breaks. Some of them may be slack at the solution, "
            "and others active: try the sets.",
        ),
        Misconception(
            tries_single_constraints_only, "Several constraints may be active at once: try larger sets, too."
        ),
        Misconception(
            subtracts_the_multipliers,
            "Your x is right and your multipliers have the wrong sign: for A x <= b, with H x + c + A' multipliers = "
            "0, they are not negative.",
        ),
        Misconception(
            gives_the_prices_of_the_active_only,
            "Return one multiplier for *each* row of A: those of the rows that are not active are 0.",
        ),
    ),
    alternatives=(best_by_kkt_by_value, best_by_kkt_by_the_dual),
    rtol=1e-7,
    atol=1e-8,
    equivalent_mutants={
        "delete: return None": "a function without a return returns None; and these problems have a solution",
        "return -None": "these problems have a solution",
        "for size in range(d + 1):": "more than d rows are never independent",
        "for size in range(p + 1 + 1):": "there are no more than p rows",
        "for size in range(p + 2):": "there are no more than p rows",
        "if np.all(A @ x < b + 1e-09) and np.all(prices >= 0):": "the tolerance is far above rounding",
        "if np.all(A @ x <= b + 2e-09) and np.all(prices >= 0):": "both tolerances are far above rounding",
        "if np.all(A @ x <= b + 1e-09) and np.all(prices > 0):": "a wall with the price 0 can be left out, and is: the "
        "smaller set comes first",
        "multipliers = -np.zeros(p)": "minus zero is zero",
    },
)
