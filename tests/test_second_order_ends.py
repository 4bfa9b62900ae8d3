"""Second-order methods: shapes of x, budgets, honest ends, and bad options."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import rosen, rosen_der, rosen_hess

from mlopt_course import Problem, Status, methods, minimize, problems

ROSENBROCK = Problem(rosen, rosen_der, rosen_hess, name="rosenbrock")
START = np.array([-1.2, 1.0])

LOCAL = ("newton", "damped_newton", "newton_cg", "trust_region", "bfgs", "dfp", "lbfgs", "sr1")


@pytest.mark.parametrize("name", LOCAL)
def test_numbers_vectors_and_matrices_give_the_same_steps(name):
    def fun(x):
        return float(np.sum(np.cosh(x) + 0.3 * np.asarray(x)))

    def jac(x):
        return np.sinh(x) + 0.3

    def hess(x):
        size = np.size(x)
        return (
            np.reshape(np.diag(np.cosh(np.ravel(x))), np.shape(x) * 2)[()]
            if size > 1
            else np.cosh(x) * np.ones(np.shape(x) * 2)
        )

    number = minimize(Problem(fun, jac, hess), 1.0, name)
    vector = minimize(Problem(fun, jac, hess), [1.0], name)
    assert isinstance(number.x, float)
    np.testing.assert_array_equal(number.history.x, vector.history.x.ravel())
    flat = minimize(Problem(fun, jac, hess), [1.0, -0.5, 0.2, 0.8], name)
    square = minimize(Problem(fun, jac, hess), [[1.0, -0.5], [0.2, 0.8]], name)
    np.testing.assert_array_equal(square.x.ravel(), flat.x)


@pytest.mark.parametrize("name", LOCAL)
def test_a_start_at_the_minimum_ends_at_once(name):
    result = minimize(ROSENBROCK, np.ones(2), name)
    assert result.success
    assert result.nit == 0
    np.testing.assert_array_equal(result.x, [1, 1])


@pytest.mark.parametrize("name", LOCAL)
@pytest.mark.parametrize("budget", [1, 2, 5])
def test_budgets_are_kept(name, budget):
    result = minimize(ROSENBROCK, START, name, max_evaluations=budget)
    assert not result.success
    assert max(result.nfev, result.njev, result.nhev) <= budget


@pytest.mark.parametrize("name", ["damped_newton", "newton_cg", "trust_region", "bfgs", "dfp", "lbfgs", "sr1"])
def test_a_wrong_gradient_is_reported_and_not_obeyed(name):
    problem = Problem(lambda x: float(x @ x), lambda x: -2 * x, lambda x: 2 * np.eye(2))
    result = minimize(problem, np.ones(2), name)
    assert result.status is Status.NOT_CONVERGED
    assert "gradient is wrong" in result.message
    assert result.fun <= 2.0


@pytest.mark.parametrize("name", ["damped_newton", "newton_cg", "trust_region", "bfgs", "dfp", "lbfgs", "sr1"])
def test_a_function_without_a_minimum_ends_honestly(name):
    problem = Problem(lambda x: float(x.sum()), lambda x: np.ones(2), lambda x: np.zeros((2, 2)))
    assert not minimize(problem, np.zeros(2), name, max_iterations=50).success


@pytest.mark.parametrize("scale", [1e300, 1e-300])
@pytest.mark.parametrize("tolerance", [None, 0.0])
@pytest.mark.parametrize("name", LOCAL)
def test_huge_and_tiny_numbers_neither_hang_nor_raise(name, tolerance, scale):
    if name == "trust_region" and tolerance == 0:
        tolerance = 1e-300
    problem = Problem(lambda x: scale * float(x @ x), lambda x: 2 * scale * x, lambda x: 2 * scale * np.eye(2))
    result = minimize(problem, [1.0, 1e-300], name, tolerance=tolerance, max_iterations=200)
    assert np.isfinite(result.x).all()


def test_without_a_hessian_the_error_says_what_to_give():
    with pytest.raises(ValueError, match=r"method 'newton' needs hessian, .* give hess="):
        minimize(rosen, START, "newton", jac=rosen_der)


BAD_OPTIONS = [
    ("newton", "tolerance", -1.0, "tolerance must be a number >= 0, got -1.0"),
    ("damped_newton", "shrink", 1.5, "shrink must be above 0 and below 1, got 1.5"),
    ("damped_newton", "least_eigenvalue", 0, "least_eigenvalue must be positive, got 0"),
    ("newton_cg", "curvature", 1e-5, "curvature must be above decrease = 0.0001 and at most 1, got 1e-05"),
    ("bfgs", "curvature", 2, "curvature must be above decrease = 0.0001 and at most 1, got 2"),
    ("dfp", "decrease", 0, "decrease must be positive, got 0"),
    ("lbfgs", "memory", 0, "memory must be an integer >= 1, got 0"),
    ("lbfgs", "fun_tolerance", -1, "fun_tolerance must be a finite number >= 0, got -1"),
    ("sr1", "accept", 0.5, "accept must be above 0 and at most 0.001, got 0.5"),
    ("sr1", "skip", 0, "skip must be above 0 and at most 1, got 0"),
    ("trust_region", "subproblem", "cg", "subproblem must be 'steihaug' or 'dogleg', got 'cg'"),
    ("trust_region", "initial_radius", 2000.0, "initial_radius must be at most max_radius = 1000.0, got 2000.0"),
    ("trust_region", "accept", 0.25, "accept must be at least 0 and below 0.25, got 0.25"),
]


@pytest.mark.parametrize(("name", "option", "value", "message"), BAD_OPTIONS)
def test_bad_option_is_named_with_its_value(name, option, value, message):
    with pytest.raises(ValueError) as error:
        minimize(ROSENBROCK, START, name, **{option: value})
    assert str(error.value) == message


def test_the_secant_method_needs_two_points():
    with pytest.raises(ValueError, match=r"x1 must be a number other than x0 = 1.0, got 1.0"):
        minimize(lambda x: x * x, 1.0, "secant", x1=1.0)


def test_every_option_of_every_method_refuses_nonsense():
    everything = problems.logistic_regression()
    fitted = problems.least_squares(lambda x: x - 1, [0.0, 0.0])
    for name, found in methods("second_order").items():
        problem = fitted if "residuals" in found.needs else everything
        if found.space == "scalar":
            problem = Problem(lambda x: x * x, lambda x: 2 * x, x0=0.5)
        for option in found.options:
            with pytest.raises(ValueError, match="must be"):
                minimize(problem, method=name, **{option: "nonsense"})


@pytest.mark.parametrize("name", ["gauss_newton", "levenberg_marquardt"])
def test_residuals_of_no_or_of_changing_shape_end_the_run(name):
    changing = problems.least_squares(lambda x: np.ones(2 if x[0] == 1 else 3), np.array([1.0, 2.0]))
    result = minimize(changing, method=name)
    assert result.status is Status.BAD_EVALUATION
    assert "the residuals must have shape (2,), got (3,)" in result.message
    number = minimize(problems.least_squares(lambda x: x[0], np.array([1.0, 2.0])), method=name)
    assert number.status is Status.BAD_EVALUATION
    assert "residuals must return an array of shape (m,), got shape ()" in number.message


def test_lbfgs_takes_numpys_integers():
    result = minimize(ROSENBROCK, START, "lbfgs", memory=np.int64(5))
    np.testing.assert_array_equal(result.x, minimize(ROSENBROCK, START, "lbfgs", memory=5).x)
