"""SAG, SAGA and SVRG on finite sums: unbiased, linear where stochastic descent stalls, and repeatable."""

from __future__ import annotations

import numpy as np
import pytest

from mlopt_course import Problem, minimize
from mlopt_course.first_order import saga, svrg

METHODS = ("sag", "saga", "svrg")


def least_squares(n=40, d=5, l2=0.1):
    """Noisy least squares with a ridge: a strongly convex sum whose terms do not share a minimiser."""
    rng = np.random.default_rng(0)
    A, y = rng.normal(size=(n, d)), rng.normal(size=n)

    def terms_gradient(x, i):
        return A[i].T @ (A[i] @ x - y[i]) / len(i) + l2 * x

    everything = np.arange(n)
    problem = Problem(
        lambda x: float(np.mean((A @ x - y) ** 2) / 2 + l2 / 2 * x @ x),
        lambda x: terms_gradient(x, everything),
        n_terms=n,
        terms_gradient=terms_gradient,
    )
    H = A.T @ A / n + l2 * np.eye(d)
    x_opt = np.linalg.solve(H, A.T @ y / n)
    return problem, x_opt, float(np.linalg.eigvalsh(H)[0]), float(np.max(np.sum(A**2, axis=1)) + l2)


PROBLEM, X_OPT, MU, L = least_squares()
N = PROBLEM.n_terms


def squared_distances(method, steps, seed=0, problem=PROBLEM, **options):
    history = minimize(problem, np.zeros(5), method, max_iterations=steps, rng=seed, **options).history
    return np.sum((history.x - X_OPT) ** 2, axis=1)


@pytest.mark.parametrize("method", METHODS)
def test_linear_convergence_where_stochastic_descent_stalls(method):
    """Sixty passes: the same rate leaves stochastic descent at its noise, and these far below it."""
    rate = 1 / (3 * L)
    stochastic = squared_distances("gradient_descent", 60 * N, problem=PROBLEM.minibatches(1), learning_rate=rate)
    reduced = squared_distances(method, 60 * N, learning_rate=rate)
    assert stochastic[-10 * N :].mean() > 1e-4
    assert reduced[-1] < 1e-10
    seen = np.flatnonzero(reduced > 1e-20)
    epochs = seen[::N] / N
    slope, offset = np.polyfit(epochs, np.log(reduced[::N][: len(epochs)]), 1)
    residual = np.log(reduced[::N][: len(epochs)]) - (slope * epochs + offset)
    assert slope < -0.2
    assert np.std(residual) < 0.1 * (np.log(reduced[0]) - np.log(reduced[seen[-1]]))  # a straight line in the log


def test_saga_keeps_its_theorems_bound():
    """Defazio et al. (2014), corollary 1: with rate 1/(3L) the expected squared distance falls by
    1 - min(1/(4n), mu/(3L)) a step, from |x0 - x*|^2 + 2n/(3L) (f(x0) - f(x*))."""
    steps = 10 * N
    mean = np.mean([squared_distances("saga", steps, seed, learning_rate=1 / (3 * L)) for seed in range(20)], axis=0)
    start = mean[0] + 2 * N / (3 * L) * (PROBLEM.fun(np.zeros(5)) - PROBLEM.fun(X_OPT))
    bound = start * (1 - min(1 / (4 * N), MU / (3 * L))) ** np.arange(steps + 1)
    assert (mean <= bound).all()


class FixedTerm:
    """Draws the term that it is told, in place of a random generator."""

    def __init__(self, terms):
        self.terms = iter(terms)

    def integers(self, n):
        return next(self.terms)


@pytest.mark.parametrize("method", [saga, svrg])
def test_the_mean_of_the_step_over_all_terms_is_the_gradient_step(method):
    """Unbiased: after any first steps, averaging the next over the term drawn gives plain descent."""
    before, steps = (3, 17, 8), []
    for term in range(N):
        generator = method(PROBLEM, np.ones(5), learning_rate=0.01, rng=FixedTerm([*before, term]))
        xs = [next(generator).x for _ in range(len(before) + 1)]
        steps.append(xs[-1] - xs[-2])
    np.testing.assert_allclose(np.mean(steps, axis=0), -0.01 * PROBLEM.gradient(xs[-2]), rtol=1e-10, atol=1e-15)


def test_sag_visiting_every_term_once_remembers_the_full_gradient():
    """With a rate of almost zero, after one pass the average is the gradient at the start."""
    from mlopt_course.first_order import sag

    generator = sag(PROBLEM, np.ones(5), learning_rate=1e-12, rng=FixedTerm([*range(N), 0]))
    xs = [next(generator).x for _ in range(N + 1)]
    direction = (xs[-1] - xs[-2]) / -1e-12
    np.testing.assert_allclose(direction, PROBLEM.gradient(np.ones(5)), rtol=2e-3)  # x - 1e-12 g has 4 digits of g


@pytest.mark.parametrize(
    ("method", "options", "expected"),
    [("sag", {}, 100), ("saga", {}, N + 100), ("svrg", {"inner_steps": 25}, 2 * 100 + 4)],
)
def test_gradients_are_counted_as_documented(method, options, expected):
    result = minimize(PROBLEM, np.zeros(5), method, max_iterations=100, rng=0, **options)
    assert result.njev == expected


@pytest.mark.parametrize("method", METHODS)
def test_the_same_seed_gives_the_same_history_and_another_does_not(method):
    a, b, other = (minimize(PROBLEM, np.zeros(5), method, max_iterations=50, rng=s).history.x for s in (1, 1, 2))
    np.testing.assert_array_equal(a, b)
    assert not np.array_equal(a, other)


@pytest.mark.parametrize("method", METHODS)
def test_a_problem_that_is_no_sum_is_refused(method):
    with pytest.raises(ValueError, match=f"method '{method}' needs finite_sum, which problem does not have"):
        minimize(Problem(lambda x: float(x @ x), lambda x: 2 * x), np.zeros(2), method)


def test_averaging_of_a_sum_method_refuses_it_too():
    with pytest.raises(ValueError, match="base must be a method for any problem, since problem is no finite sum"):
        minimize(Problem(lambda x: float(x @ x), lambda x: 2 * x), np.zeros(2), "iterate_averaging", base="sag")
