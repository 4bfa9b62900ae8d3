"""Conjugate gradients: against linear CG, SciPy's, and their own definition."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize as scipy_minimize
from scipy.optimize import rosen, rosen_der
from scipy.sparse.linalg import cg

from mlopt_course import Problem, Status, minimize

EXACT = {"curvature": 1e-7, "decrease": 1e-8}  # so flat that the step is the minimiser along the line


def random_quadratic(n, seed=0):
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(n, n))
    H, b = A @ A.T / n + np.eye(n), rng.normal(size=n)
    return H, b, Problem(lambda x: float(x @ (H @ x) / 2 - b @ x), lambda x: H @ x - b)


@pytest.mark.parametrize("n", [1, 2, 3, 5, 10, 20])
def test_a_quadratic_ends_in_at_most_n_steps(n):
    H, b, problem = random_quadratic(n)
    result = minimize(problem, np.zeros(n), "conjugate_gradient", tolerance=1e-8, **EXACT)
    assert result.success
    assert result.nit <= n
    np.testing.assert_allclose(H @ result.x, b, atol=1e-8)


def test_few_distinct_eigenvalues_need_as_few_steps():
    h = np.repeat([1.0, 10.0, 100.0], 20)
    problem = Problem(lambda x: float(x @ (h * x)) / 2, lambda x: h * x)
    result = minimize(problem, np.linspace(1, 2, 60), "conjugate_gradient", tolerance=1e-6, **EXACT)
    assert result.success
    assert result.nit == 3


def test_on_a_quadratic_the_iterates_are_those_of_linear_cg():
    H, b, problem = random_quadratic(8)
    theirs = []
    cg(H, b, rtol=1e-12, callback=lambda x: theirs.append(x.copy()))
    ours = minimize(problem, np.zeros(8), "conjugate_gradient", tolerance=1e-8, **EXACT).history.x[1:]
    # our steps are exact to 1e-7 of a slope; the last iterates amplify that
    np.testing.assert_allclose(ours[:6], theirs[:6], atol=1e-6)


def test_directions_are_conjugate_and_gradients_orthogonal():
    H, b, problem = random_quadratic(6)
    history = minimize(problem, np.zeros(6), "conjugate_gradient", tolerance=1e-8, **EXACT).history
    P = history.direction[1:]
    products = P @ H @ P.T
    scale = np.sqrt(np.outer(np.diag(products), np.diag(products)))
    assert np.abs(products / scale - np.eye(len(P))).max() < 1e-5
    G = history.x[:-1] @ H - b
    G /= np.linalg.norm(G, axis=1, keepdims=True)
    assert np.abs(G @ G.T - np.eye(len(G))).max() < 1e-5


@pytest.mark.parametrize("dimension", [2, 10, 50])
def test_it_needs_no_more_evaluations_than_scipys(dimension):
    """Steps differ (SciPy's search is MINPACK's, with a looser curvature), so the outcome is compared."""
    x0 = np.tile([-1.2, 1.0], dimension // 2)
    ours = minimize(rosen, x0, "conjugate_gradient", jac=rosen_der, tolerance=1e-5, max_iterations=10_000)
    theirs = scipy_minimize(rosen, x0, jac=rosen_der, method="CG", options={"gtol": 1e-5, "maxiter": 10_000})
    assert ours.success
    assert theirs.success
    assert np.abs(rosen_der(ours.x)).max() <= 1e-5
    assert ours.nfev <= theirs.nfev
    assert ours.njev <= theirs.njev


def test_a_start_at_the_minimum_takes_no_step():
    result = minimize(rosen, np.ones(2), "conjugate_gradient", jac=rosen_der)
    assert result.success
    assert (result.nit, result.nfev, result.njev) == (0, 1, 1)


def test_one_variable_as_a_number():
    result = minimize(lambda x: (x - 3) ** 4 + x, 0.0, "conjugate_gradient", tolerance=1e-8)
    assert result.success
    assert result.x == pytest.approx(3 - 0.25 ** (1 / 3), abs=1e-6)


def test_a_wrong_gradient_is_reported_and_not_obeyed():
    result = minimize(lambda x: float(x @ x), np.ones(2), "conjugate_gradient", jac=lambda x: -2 * x)
    assert not result.success
    assert result.status is Status.NOT_CONVERGED
    assert "gradient is wrong" in result.message
    assert result.fun == 2.0


def test_a_function_without_a_minimum_ends_honestly():
    result = minimize(lambda x: float(x.sum()), np.zeros(2), "conjugate_gradient", jac=lambda x: np.ones(2))
    assert not result.success
