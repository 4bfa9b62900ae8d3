"""Constrained methods: the Hock-Schittkowski problems, certificates of optimality, duality, forms of constraints."""

from __future__ import annotations

import functools
import math

import numpy as np
import pytest
import scipy.optimize

from mlopt_course import Problem, Status, minimize
from mlopt_course.constrained import (
    Ball,
    Box,
    Constraints,
    L1Ball,
    Polyhedron,
    UnitSimplex,
    dual_function,
    duality_gap,
    estimate_multipliers,
    kkt_residuals,
    lagrangian,
    quadratic_program,
)
from mlopt_course.derivatives import check_gradient
from mlopt_course.problems.hock_schittkowski import NUMBERS, hock_schittkowski

GENERAL = ("sqp", "augmented_lagrangian", "interior_point")


@functools.cache
def solved(name, number):
    return minimize(hock_schittkowski(number), method=name, max_iterations=500)


@functools.cache
def slsqp_evaluations(number):
    """None where SLSQP itself does not find the minimum."""
    problem = hock_schittkowski(number)
    box = None if problem.bounds is None else [tuple(pair) for pair in problem.bounds]
    found = scipy.optimize.minimize(
        problem.fun, problem.x0, jac=problem.gradient, bounds=box, constraints=problem.constraints, method="SLSQP",
        options={"ftol": 1e-10, "maxiter": 500},
    )  # fmt: skip
    good = abs(found.fun - problem.f_opt) <= 1e-6 * (1 + abs(problem.f_opt))
    return found.nfev if good else None


def multipliers(result):
    return result.history.equality_multipliers[-1], result.history.inequality_multipliers[-1]


def test_there_are_enough_problems_and_their_derivatives_are_right():
    assert len(NUMBERS) >= 30
    for number in NUMBERS:
        problem = hock_schittkowski(number)
        x = problem.x0 + 0.01
        assert check_gradient(problem.fun, problem.gradient, x) < 1e-6, number
        for constraint in problem.constraints:
            weights = np.arange(1, len(constraint["fun"](x)) + 1)
            error = check_gradient(lambda x, c=constraint, w=weights: w @ c["fun"](x),
                                   lambda x, c=constraint, w=weights: w @ c["jac"](x), x)  # fmt: skip
            assert error < 1e-6, number
    with pytest.raises(ValueError, match=r"number must be one of 1, 3, .*113, got 2"):
        hock_schittkowski(2)


@pytest.mark.parametrize("name", GENERAL)
@pytest.mark.parametrize("number", NUMBERS)
def test_hock_schittkowski(name, number):
    """The published minimum; KKT residuals below the tolerance and multipliers of the right sign prove it."""
    problem, result = hock_schittkowski(number), solved(name, number)
    assert result.success, result.message
    assert abs(result.fun - problem.f_opt) <= 1e-6 * (1 + abs(problem.f_opt))
    residuals = kkt_residuals(problem, result.x, *multipliers(result))
    assert residuals.primal <= 1e-6
    assert residuals.largest <= (1e-7 if name == "augmented_lagrangian" else 1e-8) * 1.001
    # a QP's multipliers may be negative by rounding
    assert np.all(multipliers(result)[1] >= -1e-9)


def test_sqp_needs_at_most_twice_slsqps_evaluations():
    theirs = {number: slsqp_evaluations(number) for number in NUMBERS}
    comparable = [number for number in NUMBERS if theirs[number] is not None]
    assert len(comparable) >= 50
    for number in comparable:
        assert solved("sqp", number).nfev <= 2 * theirs[number] + 2, number  # the start and the end count for ours
    median = np.median([solved("sqp", number).nfev for number in comparable])
    assert median <= 1.25 * np.median([theirs[number] for number in comparable])


@pytest.mark.parametrize("number", [11, 22, 43, 71, 76, 100])
def test_the_penalty_method_comes_as_near_as_its_last_weight_allows(number):
    problem = hock_schittkowski(number)
    result = minimize(problem, method="penalty_method")
    assert result.success
    mu = np.abs(np.concatenate([np.ravel(part) for part in multipliers(result)]))
    assert result.history.violation[-1] == pytest.approx(mu.max() / result.history.weight[-1], rel=1e-3)
    assert result.fun <= problem.f_opt + 1e-9 * (1 + abs(problem.f_opt))  # from outside: never above the minimum
    assert np.all(np.diff(result.history.weight[1:]) > 0)


def test_the_violation_of_the_penalty_method_falls_like_the_inverse_weight():
    """min x1 + x2 on the circle of radius sqrt 2: lambda = 1/2, so |h| -> lambda / weight."""
    problem = Problem(lambda x: x[0] + x[1], lambda x: np.ones(2), constraints=[circle()], x0=np.array([-1.5, -0.5]))
    history = minimize(problem, method="penalty_method", tolerance=1e-6).history
    slope = np.polyfit(np.log(history.weight[2:]), np.log(history.violation[2:]), 1)[0]
    assert slope == pytest.approx(-1, abs=0.02)


def circle():
    return {"type": "eq", "fun": lambda x: x @ x - 2, "jac": lambda x: 2 * x}


@pytest.mark.parametrize("name", GENERAL)
def test_lagranges_example_and_its_multiplier(name):
    """min x1 + x2 on a circle: x = (-1, -1), lambda = 1/2, by hand."""
    problem = Problem(lambda x: x[0] + x[1], lambda x: np.ones(2), constraints=[circle()], x0=np.array([-1.5, -0.5]))
    result = minimize(problem, method=name)
    assert result.x == pytest.approx([-1, -1], abs=1e-6)
    assert multipliers(result)[0] == pytest.approx([0.5], abs=1e-6)


def test_a_multiplier_is_the_price_of_its_constraint():
    """d f* / d c = -lambda for h(x) = c."""

    def least(limit):
        problem = Problem(lambda x: x[0] ** 2 + 2 * x[1] ** 2, lambda x: np.array([2, 4]) * x, x0=np.ones(2),
                          constraints=[{"type": "eq", "fun": lambda x: x[0] + x[1] - limit}])  # fmt: skip
        return minimize(problem, method="sqp")

    lam = multipliers(least(1.0))[0][0]
    assert (least(1.001).fun - least(0.999).fun) / 0.002 == pytest.approx(-lam, rel=1e-5)


def test_kkt_residuals_by_hand():
    """min x^2 with x >= 1: x = 1, mu = 2; each condition broken in turn."""
    problem = Problem(lambda x: x[0] ** 2, lambda x: 2 * x, constraints=[{"type": "ineq", "fun": lambda x: x - 1}])
    at = kkt_residuals(problem, [1.0], [], [2.0])
    assert at.largest <= 1e-9
    assert kkt_residuals(problem, [1.0], [], [1.0]).stationarity == pytest.approx(1.0)
    assert kkt_residuals(problem, [0.25], [], [2.0]).primal == 0.75
    assert kkt_residuals(problem, [1.0], [], [-2.0]).dual == 2.0
    assert kkt_residuals(problem, [3.0], [], [2.0]).complementarity == pytest.approx(2.0)  # 2 * 2 / max(1, 2)
    assert estimate_multipliers(problem, [1.0]).inequality == pytest.approx([2.0])
    assert kkt_residuals(problem, [1.0]).largest <= 1e-9
    with pytest.raises(ValueError, match="inequality must have one multiplier for each of the 1 constraints"):
        kkt_residuals(problem, [1.0], [], [1.0, 2.0])
    with pytest.raises(ValueError, match="must be given together"):
        kkt_residuals(problem, [1.0], [])


@pytest.mark.parametrize("number", [14, 22, 29, 35, 43, 65, 76, 100, 113])
def test_estimated_multipliers_are_those_of_the_method(number):
    problem, result = hock_schittkowski(number), solved("sqp", number)
    estimated = estimate_multipliers(problem, result.x)
    for ours, found in zip(multipliers(result), estimated, strict=True):
        # the multipliers' error is the residual (1e-8 of their scale) over the least singular value of the Jacobian
        assert found == pytest.approx(np.ravel(ours), rel=1e-4, abs=1e-4)
    assert kkt_residuals(problem, result.x).largest < 1e-6


# Duality

RNG = np.random.default_rng(5)
ROOT = RNG.normal(size=(4, 4))
QP = quadratic_program(ROOT @ ROOT.T + np.eye(4), RNG.normal(size=4), A_ub=RNG.normal(size=(3, 4)), b_ub=-np.ones(3),
                       A_eq=np.ones((1, 4)), b_eq=[1.0])  # fmt: skip


def test_strong_duality_and_a_gap_that_bounds_the_error():
    result = minimize(QP, method="sqp")
    lam, mu = multipliers(result)
    assert np.any(mu > 1e-3)  # or the inequalities would not have been tested
    assert duality_gap(QP, result.x, lam, mu) == pytest.approx(0, abs=1e-7)
    feasible = minimize(Problem(lambda x: float(x @ x), constraints=QP.constraints, x0=np.zeros(4)), method="sqp").x
    assert duality_gap(QP, feasible, lam, mu) == pytest.approx(QP.fun(feasible) - result.fun, abs=1e-7)
    for scale in (0.0, 0.5, 2.0):  # weak duality: any multipliers of the right sign bound the minimum from below
        assert dual_function(QP, lam + scale, mu * scale) <= result.fun + 1e-9
    with pytest.raises(ValueError, match="x must be feasible"):
        duality_gap(QP, np.full(4, 9.0), lam, mu)
    with pytest.raises(ValueError, match="inequality must be multipliers >= 0"):
        dual_function(QP, lam, mu - 10)


def test_the_dual_function_of_a_quadratic_in_closed_form():
    """q = -1/2 (c + A'mu)' H^-1 (c + A'mu) - b'mu."""
    H, c = QP.hessian(np.zeros(4)), QP.gradient(np.zeros(4))
    here = Constraints(QP, np.zeros(4)).at(np.zeros(4))
    lam, mu = np.array([0.3]), np.array([0.5, 0.0, 1.5])
    slope = c + here.h_jacobian.T @ lam + here.g_jacobian.T @ mu
    expected = -slope @ np.linalg.solve(H, slope) / 2 + lam @ here.h + mu @ here.g
    assert dual_function(QP, lam, mu) == pytest.approx(expected, rel=1e-9)
    relaxed = lagrangian(QP, lam, mu)
    assert check_gradient(relaxed.fun, relaxed.gradient, RNG.normal(size=4)) < 1e-7


def test_a_lagrangian_without_lower_bound():
    problem = Problem(lambda x: x[0], lambda x: np.ones(1), bounds=[(0, None)], x0=np.ones(1))
    assert dual_function(problem, [], [0.0]) == -math.inf
    assert dual_function(problem, [], [1.0]) == pytest.approx(0.0)


# Forms of constraints


def forms():
    def fun(x):
        return np.array([x[0] ** 2 + x[1] ** 2, x[0] - x[1]])

    def jac(x):
        return np.array([[2 * x[0], 2 * x[1]], [1.0, -1.0]])

    return {
        "dictionaries": [
            {"type": "ineq", "fun": lambda x, r: r - x @ x, "args": (2.0,)},
            {"type": "eq", "fun": lambda x: x[0] - x[1]},
        ],
        "nonlinear": scipy.optimize.NonlinearConstraint(fun, [-np.inf, 0], [2, 0], jac=jac),
        "nonlinear, differences": scipy.optimize.NonlinearConstraint(fun, [-np.inf, 0], [2, 0], jac="2-point"),
        "linear beside a set": [Ball(math.sqrt(2)), scipy.optimize.LinearConstraint([[1, -1]], 0, 0)],
    }


@pytest.mark.parametrize("form", forms())
@pytest.mark.parametrize("name", GENERAL)
def test_all_forms_say_the_same(form, name):
    result = minimize(lambda x: x[0] + 3 * x[1], [0.5, 0.2], name, constraints=forms()[form])
    assert result.success
    assert result.x == pytest.approx([-1, -1], abs=1e-6)


def test_two_sided_constraints_give_two_rows_each():
    problem = Problem(lambda x: 0.0, bounds=[(0, 1), (None, 5)],
                      constraints=[scipy.optimize.LinearConstraint([[1, 1], [1, -1]], [0, 2], [3, 2])])  # fmt: skip
    h, g = Constraints(problem, np.zeros(2)).values(np.array([0.25, 1.0]))
    assert h == pytest.approx([0.25 - 1 - 2])
    assert g == pytest.approx([1.25 - 3, -1.25, 0.25 - 1, 1 - 5, -0.25])


@pytest.mark.parametrize(
    ("constraint", "sentence"),
    [
        ({"type": "equal", "fun": abs}, r"constraints\[0\]\['type'\] must be 'eq' or 'ineq', got 'equal'"),
        ({"type": "eq"}, r"constraints\[0\]\['fun'\] must be callable, got None"),
        (3, r"constraints\[0\] must be a dictionary .*, got 3"),
        (scipy.optimize.LinearConstraint(np.ones((1, 3)), 0, 0), r"constraints\[0\].A must have 2 columns"),
    ],
)
def test_unusable_constraints_are_named(constraint, sentence):
    with pytest.raises(ValueError, match=sentence):
        minimize(lambda x: x @ x, [1.0, 2.0], "sqp", constraints=constraint)


@pytest.mark.parametrize("name", [*GENERAL, "penalty_method", "projected_gradient"])
def test_edges(name):
    """A number for x, a start at the optimum, a constant objective, one evaluation, a constraint that fails."""
    assert minimize(lambda x: (x - 3) ** 2, 5.0, name, bounds=[(0, 1)]).x == pytest.approx(1.0, abs=1e-5)
    at = minimize(lambda x: float(x @ x), [0, 0], name, bounds=[(-1, 1)] * 2)
    assert at.success
    assert at.x == pytest.approx([0, 0], abs=1e-6)
    flat = minimize(lambda x: 1.0, [0.5, 0.5], name, bounds=[(0, 1), (0.5, 0.5)])
    assert flat.success
    assert flat.x[1] == pytest.approx(0.5)
    assert minimize(lambda x: float(x @ x), [1, 2], name, bounds=[(1, 3)] * 2, max_evaluations=1).nfev == 1
    if name != "projected_gradient":
        broken = {"type": "ineq", "fun": lambda x: np.nan}
        result = minimize(lambda x: float(x @ x), [1.0, 2.0], name, constraints=broken)
        assert not result.success
        assert "a constraint is not finite" in result.message


@pytest.mark.parametrize("name", GENERAL)
def test_constraints_that_contradict_each_other_are_no_success(name):
    both = [{"type": "ineq", "fun": lambda x: x[0] - 1}, {"type": "ineq", "fun": lambda x: -1 - x[0]}]
    assert not minimize(lambda x: float(x @ x), [0.3, 0.0], name, constraints=both, max_iterations=100).success


def test_the_interior_point_method_gives_up_where_its_equations_become_singular():
    """It must not go to a point that is nan, and then blame the objective."""
    both = [{"type": "ineq", "fun": lambda x: x[0] - 2}, {"type": "ineq", "fun": lambda x: 1 - x[0]}]
    result = minimize(lambda x: float(x @ x), [3.0, 1.0], "interior_point", constraints=both, max_iterations=500)
    assert result.status is Status.NOT_CONVERGED
    assert "No step improves the merit function" in result.message


@pytest.mark.parametrize("jacobian", [[1.0, 0.0, 0.0], [[1.0, 0.0]] * 2, [[1.0], [0.0]], 1.0], ids=str)
def test_a_jacobian_of_the_wrong_shape_is_named(jacobian):
    constraint = {"type": "eq", "fun": lambda x: x[0] - 1, "jac": lambda x: np.array(jacobian)}
    result = minimize(lambda x: float(x @ x), [1.0, 2.0], "sqp", constraints=constraint)
    assert result.status is Status.BAD_EVALUATION
    assert "the Jacobian of a constraint must have shape (1, 2), got" in result.message


def test_a_target_counts_only_where_the_constraints_hold():
    """From 0 the objective is below the target at once, but outside the constraint."""
    low = {"type": "ineq", "fun": lambda x: x[0] - 1, "jac": lambda x: np.array([1.0, 0.0])}
    result = minimize(lambda x: float(x @ x), [0.0, 0.5], "augmented_lagrangian", constraints=low, target=1.0001)
    assert result.success
    assert result.x[0] >= 1 - 1e-6


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"method": "sqp", "decrease": 0.7}, "decrease must be above 0 and below 0.5, got 0.7"),
        ({"method": "penalty_method", "growth": 1}, "growth must be above 1, got 1"),
        ({"method": "interior_point", "barrier": 0}, "barrier must be positive, got 0"),
        ({"method": "simplex", "rule": "best"}, "rule must be 'dantzig' or 'bland', got 'best'"),
        ({"method": "frank_wolfe", "step": 1}, "step must be 'line_search' or 'classic', got 1"),
        ({"method": "simplex"}, "problem must have a linear objective"),
        ({"method": "mirror_descent"}, "constraints must be one UnitSimplex"),
        ({"method": "smo"}, "needs hessian"),
    ],
)
def test_unusable_options_are_named(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        minimize(lambda x: float(x @ x), [0.5, 0.5], bounds=[(0, 1)] * 2, **options)


# Feasible sets

SETS = {
    "box": Box(-1.0, np.array([1.0, 2.0, 0.5])),
    "ball": Ball(1.5, np.array([1.0, 0.0, -1.0])),
    "simplex": UnitSimplex(2.0),
    "l1": L1Ball(1.2),
    "polyhedron": Polyhedron(np.ones((1, 3)), np.array([1.0]), -np.eye(3), np.array([1.0, 0.0, 0.5])),
}


@pytest.mark.parametrize("name", SETS)
def test_projections_and_vertices_are_optimal(name):
    """<x - P(x), z - P(x)> <= 0 for every z of the set characterises the projection; <g, z - s> >= 0 the vertex."""
    rng, feasible = np.random.default_rng(1), SETS[name]
    members = [feasible.project(point) for point in 3 * rng.normal(size=(60, 3))]
    part = feasible.as_part(3) if hasattr(feasible, "as_part") else None
    for x in 3 * rng.normal(size=(30, 3)):
        nearest, vertex = feasible.project(x), feasible.vertex(x)
        assert feasible.project(nearest) == pytest.approx(nearest, abs=1e-9)
        assert feasible.project(vertex) == pytest.approx(vertex, abs=1e-9)
        for z in members:
            assert (x - nearest) @ (z - nearest) <= 1e-8
            assert x @ (z - vertex) >= -1e-8
        if part is not None:
            values = np.asarray(part.fun(nearest))
            assert np.all(values >= np.asarray(part.low) - 1e-9)
            assert np.all(values <= np.asarray(part.high) + 1e-9)


@pytest.mark.parametrize("point", [[1e16, -1e16], [1e300, 1e300], [-1e16, -1e16 - 4.0], [5.0, 5.0 + 1e-15]], ids=str)
def test_projections_of_far_points(point):
    """On the simplex and the cross-polytope, where the threshold is a difference of large numbers."""
    x = np.array(point)
    weights = UnitSimplex().project(x)
    assert weights.sum() == pytest.approx(1.0, abs=1e-12)
    assert weights[0] == pytest.approx(np.clip(0.5 + (x[0] - x[1]) / 2, 0, 1))
    assert np.abs(L1Ball().project(x)).sum() == pytest.approx(1.0, abs=1e-12)
