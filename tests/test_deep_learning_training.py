"""Early stopping, learning rates, curvature, stationary points, and fewer dimensions."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn.datasets
import sklearn.decomposition

from mlopt_course import Iterate, minimize, problems
from mlopt_course.deep_learning import (
    EarlyStopping,
    autoencoder,
    encode,
    hessian_vector_product,
    learning_rate_finder,
    mlp,
    pca,
    share_of_minima,
    sharpness,
    stationary_points,
)
from mlopt_course.derivatives import finite_difference_jacobian
from mlopt_course.problem import Problem

IRIS = sklearn.datasets.load_iris().data


def stops_at(values, **options):
    """The step at which it stops on these validation losses (None: it does not), and the best point then."""
    stop = EarlyStopping(lambda x: values[int(x)], **options)
    for step in range(len(values)):
        if stop(Iterate(float(step))):
            return step, stop.best_x
    return None, stop.best_x


def test_early_stopping_waits_as_long_as_its_patience_and_keeps_the_best():
    values = [5.0, 4.0, 3.0, 3.5, 3.2, 2.9, 3.0, 3.1, 3.2, 1.0]
    assert stops_at(values, patience=1) == (3, 2)
    assert stops_at(values, patience=2) == (4, 2)
    assert stops_at(values, patience=3) == (8, 5)
    assert stops_at(values, patience=4) == (None, 9)
    assert stops_at(values, patience=3, least_improvement=0.2) == (5, 2)
    assert stops_at(values, patience=1, every=2) == (7, 5)  # it sees 4, 3.5, 2.9 and 3.1
    assert stops_at([1.0, np.nan, np.nan], patience=2) == (2, 0)


def test_early_stopping_ends_a_run_before_it_overfits():
    rng = np.random.default_rng(0)
    X = rng.uniform(-2, 2, (40, 1))
    y = np.sin(2 * X) + 0.5 * rng.normal(size=X.shape)
    problem = mlp(1, 50, 50, 1, hidden="tanh").problem(X[:15], y[:15], rng=0)
    validation = mlp(1, 50, 50, 1, hidden="tanh").problem(X[15:], y[15:]).fun
    stop = EarlyStopping(validation, patience=50)
    stopped = minimize(problem, learning_rate=0.01, max_iterations=1500, callback=stop)
    full = minimize(problem, learning_rate=0.01, max_iterations=1500)
    assert stopped.nit < full.nit
    assert stop.best_loss == validation(stop.best_x) == min(stop.losses)
    assert stop.best_loss < validation(full.x)
    assert full.fun < stopped.fun  # what the training loss alone would have chosen


def test_the_learning_rate_finder_stays_below_where_descent_diverges():
    # On a quadratic gradient descent shrinks every component if and only if the rate is below 2 / L.
    problem = problems.linear_regression(dimension=5, condition=10.0, l2=0.0)
    limit = 2 / problem.smoothness
    start = np.ones(5) * 10
    seen = learning_rate_finder(problem, start, lowest=limit * 1e-3, highest=limit * 100, steps=120)
    assert 0 < seen.suggestion < seen.largest
    assert seen.suggestion < limit
    assert seen.rates[-1] > limit  # it saw the explosion
    assert len(seen.rates) == len(seen.losses) < 120  # and stopped there
    np.testing.assert_allclose(np.diff(np.log(seen.rates)), np.log(1e5) / 119, rtol=1e-9)


def test_the_suggested_rate_trains_a_network_and_a_seed_repeats_it():
    X, y = sklearn.datasets.make_moons(200, noise=0.1, random_state=0)
    problem = mlp(2, 16, 1).problem(X, y, loss="cross_entropy").minibatches(20)
    one, two = (learning_rate_finder(problem, method="adam", rng=3) for _ in range(2))
    np.testing.assert_array_equal(one.losses, two.losses)
    found = minimize(problem, method="adam", learning_rate=one.suggestion, max_iterations=100, rng=0).fun
    assert found < minimize(problem, method="adam", learning_rate=one.suggestion / 100, max_iterations=100, rng=0).fun
    assert found < problem.fun(problem.x0) / 2


def test_smoothing_is_the_average_without_bias():
    falling = Problem(lambda x: float(x), gradient=lambda x: 0.0 * x + 1.0)  # the loss is the point itself
    seen = learning_rate_finder(falling, 1000.0, smoothing=0.5, steps=6, lowest=1.0, highest=32.0)
    points = 1000.0 - np.cumsum(2.0 ** np.arange(6))
    expected = [np.average(points[: n + 1], weights=0.5 ** np.arange(n, -1, -1)) for n in range(6)]
    np.testing.assert_allclose(seen.losses, expected, rtol=1e-12)


def test_products_with_the_hessian_and_sharpness_are_those_of_the_matrix():
    problem = problems.logistic_regression(dimension=8, condition=30.0)
    rng = np.random.default_rng(0)
    for _ in range(3):
        x, v = rng.normal(size=8), rng.normal(size=8)
        H = problem.hessian(x)
        np.testing.assert_allclose(hessian_vector_product(problem.gradient, x, v), H @ v, rtol=1e-7, atol=1e-9)
        assert sharpness(problem, x) == pytest.approx(np.linalg.eigvalsh(H)[-1], rel=1e-7)
    assert not hessian_vector_product(problem.gradient, x, np.zeros(8)).any()


@pytest.mark.parametrize("eigenvalues", [(-9.0, -4.0, -1.0), (-9.0, 2.0, 4.0), (-3.0, -2.0, -2.0), (5.0, 1.0, 0.0)])
def test_sharpness_is_the_largest_eigenvalue_and_not_the_one_of_largest_size(eigenvalues):
    Q = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    A = Q @ np.diag(eigenvalues) @ Q.T
    problem = Problem(lambda x: 0.5 * float(x @ A @ x), lambda x: A @ x)
    assert sharpness(problem, np.zeros(3)) == pytest.approx(max(eigenvalues), rel=1e-8)


def test_sharpness_of_a_network_bounds_the_rate_of_gradient_descent():
    X = np.linspace(-1, 1, 12)[:, None]
    problem = mlp(1, 6, 1, hidden="tanh").problem(X, X**2, rng=0)
    at = minimize(problem, method="bfgs", max_iterations=300).x
    largest = sharpness(problem, at, tolerance=1e-5)
    H = finite_difference_jacobian(problem.gradient, at)
    assert largest == pytest.approx(np.linalg.eigvalsh((H + H.T) / 2)[-1], rel=1e-5)


def test_sharpness_says_when_it_has_not_converged():
    problem = Problem(lambda x: 0.0, lambda x: np.array([1.0, 0.999]) * x)
    with pytest.raises(ValueError, match="max_iterations must be above 3"):
        sharpness(problem, np.zeros(2), max_iterations=3)


def test_every_stationary_point_of_himmelblau_is_found_and_told_apart():
    starts = np.random.default_rng(0).uniform(-5, 5, (80, 2))
    found = stationary_points(problems.himmelblau(), starts)
    # Known: four minima, four saddles and one maximum.
    assert np.bincount(found.index).tolist() == [4, 4, 1]
    np.testing.assert_allclose(found.fun[found.index == 0], 0, atol=1e-12)
    np.testing.assert_allclose(found.x[found.index == 2], [[-0.270845, -0.923039]], atol=1e-6)
    assert (np.diff(found.fun) >= 0).all()


def test_the_points_of_every_index_are_found_on_a_product_of_double_wells():
    # sum_i (x_i^2 - 1)^2: each x_i is -1, 0 or 1, of which 0 is a maximum: C(d, k) 2^(d - k) points of index k.
    wells = Problem(lambda x: float(np.sum((x**2 - 1) ** 2)), lambda x: 4 * x * (x**2 - 1))
    found = stationary_points(wells, np.random.default_rng(0).uniform(-1.5, 1.5, (600, 3)))
    assert np.bincount(found.index).tolist() == [8, 12, 6, 1]


def test_a_function_without_stationary_points_has_none():
    found = stationary_points(Problem(lambda x: float(x[0]), lambda x: np.ones(1)), [[0.0], [3.0]])
    assert found.x.shape == (0, 1)
    assert found.index.shape == (0,)


@pytest.mark.parametrize(
    ("dimension", "exact"),
    # Of Gaussian orthogonal matrices: 1/2, (2 - sqrt 2) / 4 and (pi - 2 sqrt 2) / 4 pi are positive definite.
    [(1, 0.5), (2, (2 - np.sqrt(2)) / 4), (3, (np.pi - 2 * np.sqrt(2)) / (4 * np.pi))],
)
def test_the_share_of_minima_is_the_known_probability(dimension, exact):
    n = 100_000
    share = share_of_minima(dimension, samples=n, rng=0)
    assert share == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / n))


# Fewer dimensions


@pytest.mark.parametrize("components", [None, 1, 2, 3])
@pytest.mark.parametrize("X", [IRIS, IRIS.T[:, :30], np.random.default_rng(0).normal(size=(50, 7))])
def test_pca_is_that_of_scikit_learn(X, components):
    theirs = sklearn.decomposition.PCA(components, svd_solver="full").fit(X)
    ours = pca(X, components)
    # Where there are fewer samples than features, the last component is arbitrary: its variance is 0.
    told = theirs.explained_variance_ > 1e-12
    np.testing.assert_allclose(ours.components[told], theirs.components_[told], rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(ours.variance, theirs.explained_variance_, rtol=1e-10, atol=1e-15)
    np.testing.assert_allclose(ours.variance_ratio, theirs.explained_variance_ratio_, rtol=1e-10, atol=1e-15)
    np.testing.assert_allclose(ours.transform(X)[:, told], theirs.transform(X)[:, told], rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(
        ours.restore(ours.transform(X)), theirs.inverse_transform(theirs.transform(X)), rtol=1e-9
    )


def test_samples_that_coincide_have_no_variance_to_explain():
    np.testing.assert_array_equal(pca(np.ones((4, 3))).variance_ratio, 0)


def test_a_linear_autoencoder_reaches_pca_and_no_better():
    X = (IRIS - IRIS.mean(axis=0)) / IRIS.std()
    best = np.mean((pca(X, 2).restore(pca(X, 2).transform(X)) - X) ** 2)
    problem = autoencoder(4, 2, hidden="linear").problem(X, X, rng=0)
    found = minimize(problem, method="bfgs", tolerance=1e-9, max_iterations=2000)
    assert found.fun == pytest.approx(best, rel=1e-7)
    assert found.fun > best * (1 - 1e-9)


def test_an_autoencoder_bends_to_a_curve_that_pca_cannot_follow():
    t = np.linspace(-1, 1, 60)
    X = np.column_stack([t, t**2])
    network = autoencoder(2, 8, 1)
    found = minimize(network.problem(X, X, rng=1), method="bfgs", max_iterations=600)
    plain = pca(X, 1)
    assert found.fun < 0.1 * np.mean((plain.restore(plain.transform(X)) - X) ** 2)
    code = encode(network, found.x, X)
    assert code.shape == (60, 1)
    assert (np.diff(code[:, 0]) > 0).all() or (np.diff(code[:, 0]) < 0).all()  # it is the position on the curve


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: EarlyStopping(3), "validation must be a function of x, got 3"),
        (lambda: EarlyStopping(len, patience=0), "patience must be an integer >= 1, got 0"),
        (lambda: learning_rate_finder(problems.sphere(), lowest=1, highest=0.5), "highest must be above lowest = 1"),
        (lambda: learning_rate_finder(problems.sphere(), blow_up=1.0), "blow_up must be above 1, got 1.0"),
        (
            lambda: learning_rate_finder(problems.rosenbrock(), lowest=1e9, highest=1e12),
            "lowest must be a rate at which",
        ),
        (lambda: sharpness(Problem(abs), [1.0]), "problem must have a gradient"),
        (lambda: stationary_points(Problem(abs), [[1.0]]), "problem must have a gradient"),
        (lambda: share_of_minima(0), "dimension must be an integer >= 1, got 0"),
        (lambda: pca(IRIS, 5), "components must be an integer from 1 to 4, got 5"),
        (lambda: pca(IRIS[:1]), "X must have at least 2 samples, got 1"),
    ],
)
def test_unusable_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
