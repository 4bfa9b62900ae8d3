"""Exhaustive search against SciPy's, and the facts that the first chapter states."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.optimize
from hypothesis import given, settings
from hypothesis import strategies as st

from mlopt_course import Problem, basics, derivatives, minimize, problems
from mlopt_course.basics import (
    classify_stationary_point,
    condition_number,
    convergence_rate,
    convexity_violation,
    exhaustive_search,
    no_free_lunch,
    optimality_conditions,
)

BOX = [(-2.0, 2.0), (-1.0, 3.0)]


@pytest.mark.parametrize("make", [problems.himmelblau, problems.branin, problems.six_hump_camel])
@pytest.mark.parametrize("batch_size", [1, 7, 1024])
def test_the_grid_is_that_of_scipy(make, batch_size):
    problem = make()
    ranges = tuple(map(tuple, problem.bounds if problem.bounds is not None else BOX))
    x, fun, *_ = scipy.optimize.brute(problem.fun, ranges, Ns=13, full_output=True, finish=None)
    ours = minimize(
        problem, method="exhaustive_search", bounds=ranges, points=13, batch_size=batch_size, max_iterations=10**6
    )
    assert ours.fun == pytest.approx(fun, rel=1e-14)
    np.testing.assert_allclose(ours.x, x, rtol=1e-14)
    assert ours.history.tried[-1] == 169
    assert ours.success


def test_every_point_is_tried_once_inside_the_box_and_the_error_keeps_to_its_bound():
    seen = []

    def cone(x):
        seen.append(tuple(x))
        return float(np.linalg.norm(x - [0.3, 0.7]))  # Lipschitz constant 1

    result = minimize(Problem(cone, bounds=BOX), method=exhaustive_search, points=(5, 9))
    assert len(seen) == len(set(seen)) == 45
    assert set(seen) == {(a, b) for a in np.linspace(-2, 2, 5) for b in np.linspace(-1, 3, 9)}
    assert result.fun <= math.hypot(1.0, 0.5) / 2


def test_a_budget_is_used_to_its_end_and_never_passed():
    for budget in (1, 10, 44, 45):
        result = minimize(Problem(lambda x: x @ x, bounds=BOX), method=exhaustive_search, points=(5, 9),
                          batch_size=7, max_evaluations=budget)  # fmt: skip
        assert result.nfev == budget
        assert result.success == (budget == 45)


def test_an_axis_without_width_has_one_point_and_a_number_stays_one():
    flat = minimize(Problem(lambda x: x @ x, bounds=[(1, 1), (-1, 1)]), method=exhaustive_search, points=3)
    np.testing.assert_array_equal(flat.x, [1.0, 0.0])
    assert flat.nfev == 3
    line = minimize(lambda x: (x - 1) ** 2, 0.0, method=exhaustive_search, bounds=[(0, 4)], points=5)
    assert line.x == 1.0
    assert line.history.x.shape == (2,)


@pytest.mark.parametrize(
    ("box", "points", "sentence"),
    [
        ([(0, np.inf)], 5, "bounds must be finite for a grid"),
        (BOX, 1, "points must be an integer >= 2, got 1"),
        (BOX, (3, 4, 5), "points must be one number or 2, one for each axis, got"),
        ([(0, 1)] * 30, 10, r"points must give a grid that can be searched, got 10 along each of 30 axes, 1e\+30"),
    ],
)
def test_a_grid_that_cannot_be_made_is_refused(box, points, sentence):
    with pytest.raises(ValueError, match=sentence):
        minimize(Problem(lambda x: 0.0, bounds=box), method=exhaustive_search, points=points)


def forwards(visited, seen):
    return len(visited)


def greedy(visited, seen):
    """Next to the lowest point seen, else the first that is left."""
    left = [point for point in range(4) if point not in visited]
    if not seen:
        return 2
    best = visited[int(np.argmin(seen))]
    return min(left, key=lambda point: (abs(point - best), point))


def test_no_search_is_better_than_another_over_all_functions():
    counts = [no_free_lunch(rule, points=4, values=(0, 1, 2), evaluations=3) for rule in (forwards, greedy)]
    assert counts[0] == counts[1]
    assert set(counts[0].values()) == {3 ** (4 - 3)}
    assert len(counts[0]) == 3**3
    with pytest.raises(ValueError, match=r"search must return a point of 0 ... 3 not visited yet, got 0"):
        no_free_lunch(lambda visited, seen: 0, points=4, values=(0, 1), evaluations=2)


def test_derivatives_are_at_hand_here_too():
    for name in ("check_gradient", "complex_step_gradient", "finite_difference_gradient"):
        assert getattr(basics, name) is getattr(derivatives, name)


@pytest.mark.parametrize(
    ("eigenvalues", "kind"),
    [
        ((1, 2, 3), "minimum"),
        ((-1, -2, -3), "maximum"),
        ((1, -2, 3), "saddle"),
        ((1, -2, 0), "saddle"),
        ((1, 2, 0), "degenerate"),
        ((-1, 0, 0), "degenerate"),
        ((0, 0, 0), "degenerate"),
        ((1, 2, 1e-12), "degenerate"),
    ],
)
def test_signs_of_the_eigenvalues_decide(eigenvalues, kind, rng):
    Q, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    assert classify_stationary_point(Q * np.array(eigenvalues, dtype=float) @ Q.T) == kind


@pytest.fixture
def rng():
    return np.random.default_rng(5)


@pytest.mark.parametrize("knows", ["hessian", "gradient", "fun"])
def test_stationary_points_of_himmelblau(knows):
    """Four minima, and a maximum at (-0.270845, -0.923039) by solving for a zero gradient."""
    exact = problems.himmelblau()
    problem = Problem(
        exact.fun,
        exact.gradient if knows != "fun" else None,
        exact.hessian if knows == "hessian" else None,
    )
    for x in exact.x_opt:
        assert optimality_conditions(problem, x, tolerance=1e-5).kind == "minimum"
    top = scipy.optimize.root(exact.gradient, [-0.27, -0.92], tol=1e-14).x
    saddle = scipy.optimize.root(exact.gradient, [0.09, 2.88], tol=1e-14).x
    assert optimality_conditions(problem, top, tolerance=1e-5).kind == "maximum"
    found = optimality_conditions(problem, saddle, tolerance=1e-5)
    assert found.kind == "saddle"
    np.testing.assert_allclose(found.eigenvalues, np.linalg.eigvalsh(exact.hessian(saddle)), rtol=1e-4)
    assert optimality_conditions(problem, [1.0, 1.0]).kind == "not stationary"


@settings(max_examples=30, deadline=None)
@given(st.floats(1, 1e8), st.integers(2, 6), st.integers(0, 1000))
def test_the_condition_number_is_the_ratio_of_the_extreme_eigenvalues(condition, d, seed):
    Q, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(d, d)))
    A = Q * np.geomspace(1, condition, d) @ Q.T
    # An eigenvalue is found to within eps * |A|, so the smallest, relatively, to within eps * condition.
    assert condition_number((A + A.T) / 2) == pytest.approx(condition, rel=1e-14 + 1e-15 * d * condition)


def test_condition_numbers_at_the_edge():
    assert condition_number(np.diag([1.0, 0.0])) == math.inf
    assert condition_number([[3.0]]) == 1.0
    with pytest.raises(ValueError, match="hessian must be positive semi-definite, got the eigenvalue -1"):
        condition_number(np.diag([1.0, -1.0]))
    with pytest.raises(ValueError, match="hessian must be symmetric"):
        condition_number([[1.0, 2.0], [0.0, 1.0]])
    with pytest.raises(ValueError, match=r"hessian must be a square matrix, got shape \(2,\)"):
        condition_number([1.0, 2.0])


def test_a_chord_below_the_function_proves_that_it_is_not_convex(rng):
    bowl = problems.ellipsoid(3)
    assert convexity_violation(bowl.fun, [(-5, 5)] * 3, rng=rng) == (0.0, None)
    violation, (a, b) = convexity_violation(problems.rastrigin(2).fun, BOX, rng=rng)
    assert violation > 1
    line = [problems.rastrigin(2).fun(t * a + (1 - t) * b) for t in np.linspace(0, 1, 101)]
    chord = np.linspace(line[0], line[-1], 101)
    assert np.max(line - chord) >= violation - 1e-2


def test_orders_of_convergence_are_recovered():
    linear = convergence_rate(0.7 ** np.arange(40))
    assert linear.order == pytest.approx(1.0, abs=1e-12)
    assert linear.factor == pytest.approx(0.7, rel=1e-12)
    assert linear.kind == "linear"
    quadratic = convergence_rate(0.5 ** (2.0 ** np.arange(6)))
    assert quadratic.order == pytest.approx(2.0, rel=1e-12)
    assert quadratic.kind == "quadratic"
    golden = (1 + math.sqrt(5)) / 2  # the secant method's order
    secant = convergence_rate(0.5 ** (golden ** np.arange(8)))
    assert secant.order == pytest.approx(golden, rel=1e-9)
    assert secant.kind == "superlinear"
    assert convergence_rate(1 / np.arange(1.0, 200)).kind == "sublinear"
    assert convergence_rate(np.full(10, 0.5)).kind == "sublinear"


def test_the_rate_of_gradient_descent_is_that_of_the_theory():
    """With the rate 2 / (L + mu) the error shrinks by (kappa - 1) / (kappa + 1) a step."""
    problem = problems.ellipsoid(2, condition=10)
    kappa = condition_number(problem.hessian(problem.x0))
    rate = 2 / (problem.smoothness + problem.strong_convexity)
    run = minimize(problem, [kappa, 1.0], method="gradient_descent", learning_rate=rate, max_iterations=60)
    measured = convergence_rate(np.linalg.norm(run.history.x - problem.x_opt, axis=1))
    assert measured.factor == pytest.approx((kappa - 1) / (kappa + 1), rel=1e-9)


@pytest.mark.parametrize(
    ("errors", "sentence"),
    [
        ([1, 0.5, 0.2], "errors must have at least 4 values above floor = 1e-14 before they end, got 3"),
        ([1, 0.5, 1e-20, 1, 1, 1], "errors must have at least 4 .* got 2"),
        ([1, -1, 1, 1], "errors must be a sequence of finite numbers >= 0"),
        ([[1, 1, 1, 1]], "errors must be a sequence"),
    ],
)
def test_what_is_no_sequence_of_errors_is_refused(errors, sentence):
    with pytest.raises(ValueError, match=sentence):
        convergence_rate(errors)
