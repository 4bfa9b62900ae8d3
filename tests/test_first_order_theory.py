"""Rates of convergence that are proved, measured on the methods themselves."""

from __future__ import annotations

import numpy as np
import pytest

from mlopt_course import Problem, minimize, schedules


def quadratic(curvatures):
    """f(x) = sum h_i x_i^2 / 2, minimum 0 at the origin; mu and L are the smallest and largest h."""
    h = np.asarray(curvatures, dtype=float)
    return Problem(lambda x: float(x @ (h * x)) / 2, lambda x: h * x)


def regularised_logistic(l2=0.05):
    """Logistic regression on 60 generated samples; returns it with its minimum, mu and L."""
    rng = np.random.default_rng(3)
    A = rng.normal(size=(60, 8)) * np.geomspace(0.2, 2, 8)
    y = np.where(A @ rng.normal(size=8) + rng.normal(size=60) > 0, 1.0, -1.0)

    def fun(x):
        return float(np.mean(np.logaddexp(0, -y * (A @ x))) + l2 / 2 * x @ x)

    def gradient(x):
        return -A.T @ (y / (1 + np.exp(y * (A @ x)))) / 60 + l2 * x

    problem = Problem(fun, gradient)
    best = minimize(problem, np.zeros(8), "conjugate_gradient", tolerance=1e-12, max_iterations=500)
    return problem, best, l2, np.linalg.norm(A, 2) ** 2 / (4 * 60) + l2


def path(problem, x0, method, steps, **options):
    return minimize(problem, x0, method, max_iterations=steps, **options).history


def distances(history):
    return np.linalg.norm(history.x, axis=1)


def fitted_slope(x, y):
    return np.polyfit(x, y, 1)[0]


KAPPA = 100.0
SPECTRUM = np.linspace(1.0, KAPPA, 12)


def test_gradient_descent_contracts_by_one_minus_mu_over_l():
    """With rate 1/L every step shrinks the distance by at least 1 - mu/L, and in the end by just that."""
    d = distances(path(quadratic(SPECTRUM), np.ones(12), "gradient_descent", 600, learning_rate=1 / KAPPA))
    assert (d[1:] <= (1 - 1 / KAPPA) * d[:-1] * (1 + 1e-12)).all()
    slope = fitted_slope(np.arange(300, 600), np.log(d[300:600]))
    # the next mode, h = 10, has died out by a factor of 0.9^300 = 2e-14
    assert slope == pytest.approx(np.log(1 - 1 / KAPPA), rel=1e-9)


def test_the_best_constant_rate_contracts_by_kappa_minus_one_over_kappa_plus_one():
    d = distances(path(quadratic(SPECTRUM), np.ones(12), "gradient_descent", 600, learning_rate=2 / (1 + KAPPA)))
    slope = fitted_slope(np.arange(300, 600), np.log(d[300:600]))
    assert slope == pytest.approx(np.log((KAPPA - 1) / (KAPPA + 1)), rel=1e-9)


def test_gradient_descent_is_linear_on_logistic_regression():
    problem, best, mu, L = regularised_logistic()
    history = path(problem, np.ones(8), "gradient_descent", 300, learning_rate=1 / L)
    d = np.linalg.norm(history.x - best.x, axis=1)
    seen = d > 1e-9  # the minimum is known to about 1e-11
    k = np.arange(len(d))[seen]
    assert len(k) > 30
    assert (d[seen] <= d[0] * (1 - mu / L) ** k * (1 + 1e-9)).all()


@pytest.mark.parametrize(("factor", "growth"), [(1.99, -1), (2.01, 1)])
def test_two_over_l_is_the_border_of_divergence(factor, growth):
    """The stiffest coordinate is multiplied by 1 - rate L each step: by -0.99 or by -1.01."""
    d = distances(path(quadratic(SPECTRUM), np.ones(12), "gradient_descent", 1000, learning_rate=factor / KAPPA))
    slope = fitted_slope(np.arange(800, 1000), np.log(d[800:1000]))
    assert np.sign(slope) == growth
    assert slope == pytest.approx(np.log(abs(1 - factor)), rel=1e-2)


def test_exactly_at_two_over_l_descent_goes_to_and_fro_for_ever():
    x = path(quadratic([2.0]), np.array([3.0]), "gradient_descent", 51, learning_rate=1.0).x
    assert np.array_equal(np.abs(x), np.full((52, 1), 3.0))
    assert x[-1] == -3.0


# Convex, but not strongly: curvatures in geometric progression down to almost 0, all starting at 1. The gap is then a
# sum over modes of h phi(h k)^2 for descent and of h phi(h k^2)^2 with acceleration: the same at every scale, so the
# power of k is exact while no mode is missing at either end.
SCALE_FREE = np.geomspace(1e-12, 1.0, 600)


def test_gradient_descent_is_one_over_k_on_a_convex_function():
    history = path(quadratic(SCALE_FREE), np.ones(600), "gradient_descent", 3000, learning_rate=1.0, history=10)
    k, gap = history.iteration[1:], history.fun[1:]
    assert (gap <= 600 / (2 * k)).all()  # L |x0|^2 / (2 k)
    late = k >= 100
    assert fitted_slope(np.log(k[late]), np.log(gap[late])) == pytest.approx(-1, abs=0.01)


def test_nesterov_is_one_over_k_squared_on_the_same_function():
    accelerate = {"learning_rate": 1.0, "beta": lambda step: step / (step + 3)}
    history = path(quadratic(SCALE_FREE), np.ones(600), "nesterov", 10_000, **accelerate, history=10)
    k, gap = history.iteration[1:], history.fun[1:]
    assert (gap <= 2 * 600 / (k + 1) ** 2).all()  # 2 L |x0|^2 / (k + 1)^2
    late = k >= 1000
    # A step also damps the mode h by sqrt(1 - h), so those above 1/k are missing: a part of about 1/sqrt(k) of the sum.
    assert fitted_slope(np.log(k[late]), np.log(gap[late])) == pytest.approx(-2, abs=0.5 / np.sqrt(1000))


def test_nesterov_on_a_strongly_convex_function_needs_the_root_of_kappa():
    problem, best, mu, L = regularised_logistic()
    q = np.sqrt(mu / L)
    history = path(problem, np.ones(8), "nesterov", 400, learning_rate=1 / L, beta=(1 - q) / (1 + q))
    gap = history.fun - best.fun
    start = gap[0] + mu / 2 * np.sum((history.x[0] - best.x) ** 2)
    seen = gap > 1e-12
    k = np.arange(len(gap))[seen]
    assert len(k) > 30
    assert (gap[seen] <= start * (1 - q) ** k * (1 + 1e-9)).all()


def test_the_heavy_ball_with_polyaks_parameters():
    """Every mode decays with (sqrt kappa - 1)/(sqrt kappa + 1), the two extreme ones times k (a double root)."""
    root = np.sqrt(KAPPA)
    q = (root - 1) / (root + 1)
    options = {"learning_rate": 4 / (1 + root) ** 2, "beta": q**2}
    d = distances(path(quadratic([1.0, KAPPA]), np.ones(2), "momentum", 1000, **options))
    k = np.arange(len(d))
    seen = (k > 50) & (d > 1e-150)
    assert fitted_slope(k[seen], np.log(d[seen] / (1 + k[seen]))) == pytest.approx(np.log(q), rel=2e-3)
    whole = distances(path(quadratic(SPECTRUM), np.ones(12), "momentum", 150, **options))
    plain = distances(path(quadratic(SPECTRUM), np.ones(12), "gradient_descent", 150, learning_rate=2 / (1 + KAPPA)))
    assert whole[-1] < 1e-9 < 1e-2 < plain[-1]


def test_a_falling_rate_makes_stochastic_descent_converge_and_a_constant_one_does_not():
    """Noise of variance 1 on the gradient of x^2/2: at rate 0.5 the variance of x settles at 0.5/(2 - 0.5) = 1/3."""

    def sample(rng):
        return lambda x: x + rng.normal(size=x.shape)

    noisy = Problem(lambda x: float(x @ x) / 2, lambda x: x, sample=sample)
    x0 = np.zeros(400)  # 400 independent runs in one
    constant = path(noisy, x0, "gradient_descent", 400, learning_rate=0.5, rng=0).x[-1]
    # a chi-squared with 400 degrees of freedom has a relative spread of sqrt(2/400) = 7 %
    assert np.mean(constant**2) == pytest.approx(1 / 3, rel=0.25)
    falling = path(noisy, x0, "gradient_descent", 400, learning_rate=lambda step: 1 / (step + 1), rng=0).x[-1]
    assert np.mean(falling**2) == pytest.approx(1 / 400, rel=0.25)  # it is the mean of 400 draws


def test_averaging_beats_the_last_iterate_on_noisy_gradients():
    def sample(rng):
        return lambda x: x + rng.normal(size=x.shape)

    noisy = Problem(lambda x: float(x @ x) / 2, lambda x: x, sample=sample)
    averaged = minimize(noisy, np.zeros(400), "iterate_averaging", base_options={"learning_rate": 0.5},
                        max_iterations=400, rng=0)  # fmt: skip
    last, mean = averaged.history.last[-1], averaged.history.x[-1]
    # the mean of k iterates has the variance 1/k, whatever the rate (Polyak and Juditsky, theorem 1)
    assert np.mean(mean**2) == pytest.approx(1 / 400, rel=0.25)
    assert np.mean(last**2) > 100 * np.mean(mean**2)


# Adam's failure (Reddi et al. 2018, theorem 1) and AMSGrad's cure.


def rare_large_gradients(large=4.0, wall=10.0):
    """Gradients +4, -1, -1 in turn, whose mean pulls to the left, between two soft walls at -1 and 1."""

    def outside(x):
        return x - np.clip(x, -1, 1)

    def begin(rng):
        turn = iter(lambda: None, 0)
        pulls = (pull for _ in turn for pull in (large, -1.0, -1.0))
        return lambda x: next(pulls) + wall * outside(x)

    def fun(x):
        return float(np.sum((large - 2) / 3 * x + wall / 2 * outside(x) ** 2))

    return Problem(fun, sample=begin, gradient=lambda x: (large - 2) / 3 + wall * outside(x))


def test_adam_goes_to_the_worst_point_and_amsgrad_to_the_best():
    problem, large = rare_large_gradients(), 4.0
    options = {
        "learning_rate": schedules.inverse_time_decay(0.5, 1.0, power=0.5),
        "beta1": 0.0,
        "beta2": 1 / (1 + large**2),
    }
    adam = path(problem, np.zeros(1), "adam", 6000, **options)
    amsgrad = path(problem, np.zeros(1), "amsgrad", 6000, **options)
    # The walls are soft: with noise, iterates lean a little outside them.
    assert adam.x[-300:].min() > 0.9
    assert amsgrad.x[-300:].max() < -0.9
    assert adam.fun[-300:].min() > 0.5 > -0.5 > amsgrad.fun[-300:].max()
