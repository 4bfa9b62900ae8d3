"""Methods that use what a model knows of itself: least squares, natural gradient, reweighted least squares."""

from __future__ import annotations

import more_garbow_hillstrom as mgh
import numpy as np
import pytest
from scipy.optimize import least_squares as scipy_least_squares
from sklearn.linear_model import LogisticRegression

from mlopt_course import Problem, minimize, problems
from mlopt_course.derivatives import CENTRAL_STEP, finite_difference_jacobian
from mlopt_course.problems import least_squares


@pytest.mark.parametrize("name", mgh.PROBLEMS)
def test_the_problems_are_the_papers(name):
    """The gradient at the start against central differences; the known minimum is reached below."""
    problem = mgh.problem(name)
    exact = problem.jacobian(problem.x0)
    measured = finite_difference_jacobian(lambda x: np.real(problem.residuals(x)), problem.x0)
    # rounding of the residuals over the step, and the step's square times third derivatives
    rounding = 2 * np.finfo(float).eps / CENTRAL_STEP * np.abs(problem.residuals(problem.x0)).max()
    np.testing.assert_allclose(measured, exact, rtol=1e-6, atol=rounding + 1e-7 * max(1, np.abs(exact).max()))


@pytest.mark.parametrize("name", mgh.PROBLEMS)
def test_levenberg_marquardt_reaches_a_published_minimum(name):
    *_, optima = mgh.PROBLEMS[name]
    result = minimize(mgh.problem(name), method="levenberg_marquardt", max_iterations=3000)
    assert result.success
    gaps = np.abs(2 * result.fun - np.array(optima))
    assert np.min(gaps - 1e-5 * np.array(optima)) < 1e-8  # the paper gives six digits


def test_levenberg_marquardt_needs_about_as_many_evaluations_as_minpack():
    """Each to its own minimum with the same tolerance: the median of the ratios, and the sum without brown_dennis."""
    ours, theirs = [], []
    for name, (residuals, x0, _) in mgh.PROBLEMS.items():
        if name == "powell_singular":  # singular at the minimum: MINPACK goes on to 1e-43
            continue
        problem = mgh.problem(name)
        ours.append(minimize(problem, method="levenberg_marquardt", max_iterations=3000).nfev)
        theirs.append(
            scipy_least_squares(
                residuals, np.array(x0, float), problem.jacobian, method="lm", xtol=1e-10, ftol=1e-15, gtol=1e-10
            ).nfev
        )
    ratios = np.array(ours) / np.array(theirs)
    assert np.median(ratios) <= 1.1
    assert sum(ours) <= 1.2 * sum(theirs)


@pytest.mark.parametrize("name", ["bfgs", "lbfgs", "sr1", "trust_region_free"])
def test_quasi_newton_methods_reach_published_minima(name):
    easy = ["rosenbrock", "beale", "helical_valley", "bard", "wood", "kowalik_osborne", "brown_dennis", "watson"]
    if name == "trust_region_free":
        name, easy = "bfgs", ["extended_rosenbrock", "variably_dimensioned", "broyden_tridiagonal", "powell_singular"]
    for problem_name in easy:
        *_, optima = mgh.PROBLEMS[problem_name]
        options = {"fun_tolerance": 0.0} if name == "lbfgs" else {}
        result = minimize(mgh.problem(problem_name), method=name, tolerance=1e-5, max_iterations=3000, **options)
        assert np.min(np.abs(2 * result.fun - np.array(optima)) / (1e-4 + 1e-4 * np.array(optima))) < 1, problem_name


@pytest.mark.parametrize("name", ["gauss_newton", "levenberg_marquardt"])
def test_linear_least_squares_is_solved_by_the_first_steps(name):
    rng = np.random.default_rng(0)
    A, b = rng.normal(size=(12, 4)), rng.normal(size=12)
    result = minimize(least_squares(lambda x: A @ x - b, np.zeros(4), lambda x: A), method=name)
    np.testing.assert_allclose(result.x, np.linalg.lstsq(A, b, rcond=None)[0], atol=1e-7)
    if name == "gauss_newton":
        assert result.nit == 1


def exponential_fit(noise=0.0):
    t = np.linspace(0, 2, 20)
    y = 3 * np.exp(-1.5 * t) + noise * np.cos(20 * t)
    return least_squares(
        lambda x: x[0] * np.exp(-x[1] * t) - y,
        [1.0, 1.0],
        lambda x: np.column_stack([np.exp(-x[1] * t), -t * x[0] * np.exp(-x[1] * t)]),
    )


def test_gauss_newton_is_quadratic_without_residuals_and_linear_with_them():
    zero, some = (minimize(exponential_fit(noise), method="gauss_newton", tolerance=1e-12) for noise in (0.0, 1.0))
    assert zero.success
    np.testing.assert_allclose(zero.x, [3, 1.5], atol=1e-10)
    e = np.abs(zero.history.x - [3, 1.5]).max(axis=1)
    e = e[(e < 0.5) & (e > 1e-14)]
    assert np.all(e[1:] <= 5 * e[:-1] ** 2)
    e = np.abs(some.history.x - some.x).max(axis=1)
    e = e[(e < 0.1) & (e > 1e-7)]  # below it, differences of values are rounding
    ratios = e[1:] / e[:-1]
    assert np.ptp(ratios) < 0.1
    assert 1e-3 < ratios[-1] < 0.9


@pytest.mark.parametrize("name", ["gauss_newton", "levenberg_marquardt"])
def test_without_a_jacobian_central_differences_stand_in_and_count(name):
    problem = exponential_fit(0.1)
    with_it = minimize(problem, method=name)
    without = minimize(least_squares(problem.residuals, problem.x0), method=name)
    np.testing.assert_allclose(without.x, with_it.x, atol=1e-6)
    assert without.njev == 0
    assert without.nfev > with_it.nfev


@pytest.mark.parametrize("name", ["gauss_newton", "levenberg_marquardt"])
def test_objective_and_gradient_are_those_of_the_residuals(name):
    problem = exponential_fit(0.1)
    result = minimize(problem, method=name)
    assert result.fun == pytest.approx(problem.fun(result.x), rel=1e-14)
    assert np.abs(problem.gradient(result.x)).max() < 1e-7
    assert result.nfev <= result.nit + 3  # the residuals of accepted points are not evaluated twice


def test_levenberg_marquardt_does_not_depend_on_units():
    """Scaling a parameter scales its iterates: D follows the columns of the Jacobian."""
    problem, units = exponential_fit(0.1), np.array([1e3, 1e-4])
    scaled = least_squares(
        lambda x: problem.residuals(x * units), problem.x0 / units, lambda x: problem.jacobian(x * units) * units
    )
    straight = minimize(problem, method="levenberg_marquardt", tolerance=0.0, max_iterations=8)
    bent = minimize(scaled, method="levenberg_marquardt", tolerance=0.0, max_iterations=8)
    np.testing.assert_allclose((bent.history.x * units)[:8], straight.history.x[:8], rtol=1e-6)


def test_gauss_newton_does_not_call_a_stalled_search_a_solution():
    """Freudenstein and Roth: the Jacobian loses rank on the way, and the steps shrink to nothing off any minimum."""
    result = minimize(mgh.problem("freudenstein_roth"), method="gauss_newton")
    assert not result.success


@pytest.mark.parametrize("name", ["gauss_newton", "levenberg_marquardt"])
def test_numbers_vectors_and_matrices_give_the_same_steps(name):
    def residuals(x):
        flat = np.ravel(x)
        return np.concatenate([np.exp(flat) - 2, flat - flat.mean()])

    number, vector = (minimize(least_squares(residuals, x0), method=name) for x0 in (1.0, [1.0]))
    assert isinstance(number.x, float)
    np.testing.assert_array_equal(number.history.x, vector.history.x.ravel())
    flat, square = (minimize(least_squares(residuals, x0), method=name) for x0 in ([1.0, 0, 2, 1], [[1.0, 0], [2, 1]]))
    np.testing.assert_array_equal(square.x.ravel(), flat.x)
    np.testing.assert_allclose(flat.x, np.log(2), atol=1e-7)


@pytest.mark.parametrize("name", ["gauss_newton", "levenberg_marquardt"])
def test_budgets_are_kept_and_other_problems_refused(name):
    for budget in (1, 2, 4):
        result = minimize(exponential_fit(), method=name, max_evaluations=budget)
        assert not result.success
        assert result.nfev <= budget
    with pytest.raises(ValueError, match=r"booth has no residuals; make it with problems.least_squares"):
        minimize(problems.booth(), method=name)
    with pytest.raises(ValueError, match="residuals must be callable, got 3"):
        least_squares(3, [0.0])


# Likelihoods


def normal_model(parametrise=None):
    """Mean and log standard deviation of a sample, by maximum likelihood; or other coordinates of them.

    The Fisher matrix of (mean, log sigma) is diag(1 / sigma^2, 2).
    """
    sample = np.random.default_rng(3).normal(2.0, 1.5, size=50)

    def fun(x):
        mean, log_sigma = x
        return float(log_sigma + np.mean((sample - mean) ** 2) / (2 * np.exp(2 * log_sigma)))

    def gradient(x):
        mean, log_sigma = x
        variance = np.exp(2 * log_sigma)
        return np.array([(mean - sample.mean()) / variance, 1 - np.mean((sample - mean) ** 2) / variance])

    def fisher(x):
        return np.diag([np.exp(-2 * x[1]), 2.0])

    if parametrise is None:
        return Problem(fun, gradient, fisher=fisher, name="normal"), sample
    A = parametrise
    return Problem(
        lambda z: fun(A @ z), lambda z: A.T @ gradient(A @ z), fisher=lambda z: A.T @ fisher(A @ z) @ A
    ), sample


def test_the_natural_gradient_finds_the_maximum_likelihood():
    problem, sample = normal_model()
    result = minimize(problem, [0.0, 0.0], "natural_gradient", tolerance=1e-10)
    assert result.success
    np.testing.assert_allclose(result.x, [sample.mean(), np.log(sample.std())], atol=1e-8)


def test_the_natural_gradient_does_not_depend_on_the_parameters():
    A = np.array([[3.0, 1.0], [-0.5, 2.0]])
    (problem, _), (other, _) = normal_model(), normal_model(A)
    x0 = np.array([0.5, 0.3])
    straight = minimize(problem, x0, "natural_gradient", learning_rate=0.5, max_iterations=15).history.x
    bent = minimize(other, np.linalg.solve(A, x0), "natural_gradient", learning_rate=0.5, max_iterations=15).history.x
    np.testing.assert_allclose(bent @ A.T, straight, atol=1e-9)


def test_the_natural_gradient_of_one_number():
    """A Poisson rate by its logarithm: the Fisher information is the rate itself."""
    counts = np.array([3.0, 5, 4, 8])
    problem = Problem(
        lambda x: float(np.exp(x) - counts.mean() * x), lambda x: np.exp(x) - counts.mean(), fisher=lambda x: np.exp(x)
    )
    result = minimize(problem, 0.5, "natural_gradient")
    assert result.x == pytest.approx(np.log(counts.mean()), abs=1e-6)


def test_the_fisher_matrix_is_the_covariance_of_the_scores():
    """The logistic regression's: labels drawn from the model, one million of them by their exact expectation."""
    rng = np.random.default_rng(0)
    X, w = rng.normal(size=(30, 3)), np.array([0.5, -1.0, 0.3])
    p = 1 / (1 + np.exp(-X @ w))
    scores = [[(label - p)[:, None] * X for label in (0, 1)], [1 - p, p]]
    expected = sum(np.einsum("n,ni,nj->ij", weight, s, s) / 30 for s, weight in zip(*scores, strict=True))
    problem = problems.logistic_regression((X, (p > 0.5).astype(int)), l2=0.0)
    np.testing.assert_allclose(problem.fisher(w), expected, atol=1e-12)


def test_a_singular_fisher_matrix_is_reported_and_damping_helps():
    problem = Problem(
        lambda x: float((x[0] + x[1]) ** 2), lambda x: 2 * np.full(2, x.sum()), fisher=lambda x: np.ones((2, 2))
    )
    result = minimize(problem, [1.0, 2.0], "natural_gradient")
    assert not result.success
    assert "give damping" in result.message
    assert minimize(problem, [1.0, 2.0], "natural_gradient", damping=0.1).success


@pytest.mark.parametrize("l2", [1e-3, 0.1])
def test_irls_newton_and_the_natural_gradient_take_the_same_steps_on_logistic_regression(l2):
    problem = problems.logistic_regression("breast_cancer", l2=l2)
    paths = [
        minimize(problem, method=name, tolerance=1e-6).history.x for name in ("newton", "natural_gradient", "irls")
    ]
    np.testing.assert_allclose(paths[1], paths[0], atol=1e-12)
    np.testing.assert_allclose(paths[2], paths[0], atol=1e-9)


def test_irls_equals_scikit_learn():
    X, y = problems.named_data("breast_cancer", "logistic")
    problem = problems.logistic_regression((X, y), l2=1e-2)
    model = LogisticRegression(C=1 / (1e-2 * len(y)), fit_intercept=False, solver="newton-cholesky", tol=1e-10)
    model.fit(X, y)
    result = minimize(problem, method="irls")
    assert result.success
    np.testing.assert_allclose(result.x, model.coef_[0], atol=1e-8)


def test_irls_takes_labels_of_either_kind_and_refuses_what_is_no_classification():
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(40, 3)), rng.integers(0, 2, 40)
    plain, signed = (minimize(problems.logistic_regression((X, labels)), method="irls") for labels in (y, 2 * y - 1))
    np.testing.assert_array_equal(plain.x, signed.x)
    with pytest.raises(ValueError, match="must have two classes"):
        minimize(problems.linear_regression((X, rng.normal(size=40))), method="irls")
    with pytest.raises(ValueError, match="booth has no samples"):
        minimize(problems.booth(), method="irls")
    with pytest.raises(ValueError, match="booth has no fisher"):
        minimize(problems.booth(), method="natural_gradient")


def test_weights_that_vanish_are_reported():
    """From a start so far on the wrong side that all probabilities are 0 or 1 to the last bit."""
    X = np.array([[-2.0], [-1.0], [1.0], [2.0]])
    result = minimize(problems.logistic_regression((X, [0, 0, 1, 1]), l2=0.0), [-1000.0], "irls")
    assert not result.success
    assert "All weights are nearly zero" in result.message
