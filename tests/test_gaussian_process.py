"""Gaussian processes against scikit-learn, and against what they must satisfy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, Matern, WhiteKernel

from mlopt_course.bayesian import KERNELS, GaussianProcess, gaussian_process, log_marginal_likelihood
from mlopt_course.bayesian.kernels import squared_distances

RNG = np.random.default_rng(0)
X = RNG.random((14, 3))
Y = np.sin(5 * X[:, 0]) + X[:, 1] ** 2 + 0.05 * RNG.normal(size=14)
POINTS = RNG.random((9, 3))
SCALES = np.array([0.4, 0.9, 2.0])
SKLEARN = {"rbf": RBF(SCALES), "matern12": Matern(SCALES, nu=0.5), "matern32": Matern(SCALES, nu=1.5),
           "matern52": Matern(SCALES, nu=2.5)}  # fmt: skip


def test_every_kernel_is_compared():
    assert set(SKLEARN) == set(KERNELS)


@pytest.mark.parametrize("kernel", KERNELS)
def test_posterior_and_marginal_likelihood_equal_scikit_learns(kernel):
    """To 1e-8: both solve with a matrix of condition up to 1e5, and ours has a jitter of 1e-10."""
    ours = GaussianProcess(X, Y, kernel, SCALES, 1.7, 0.01)
    theirs = GaussianProcessRegressor(ConstantKernel(1.7) * SKLEARN[kernel], alpha=0.01, optimizer=None).fit(X, Y)
    mean, std = ours.predict(POINTS)
    their_mean, their_std = theirs.predict(POINTS, return_std=True)
    assert mean == pytest.approx(their_mean, rel=1e-8)
    assert std == pytest.approx(their_std, rel=1e-7)
    their_covariance = theirs.predict(POINTS, return_cov=True)[1]
    assert ours.joint(POINTS)[1] == pytest.approx(their_covariance, rel=1e-6, abs=1e-9)
    assert ours.log_marginal_likelihood() == pytest.approx(theirs.log_marginal_likelihood_value_, rel=1e-8)


@pytest.mark.parametrize("kernel", KERNELS)
def test_the_gradient_of_the_marginal_likelihood_equals_scikit_learns(kernel):
    theirs = GaussianProcessRegressor(ConstantKernel(1.7) * SKLEARN[kernel] + WhiteKernel(0.02), alpha=0.0,
                                      optimizer=None).fit(X, Y)  # fmt: skip
    theta = np.log([1.7, *SCALES, 0.02])
    assert theirs.kernel_.theta == pytest.approx(theta)  # the same hyperparameters in the same order
    value, gradient = log_marginal_likelihood(theta, X, Y, kernel)
    their_value, their_gradient = theirs.log_marginal_likelihood(theta, eval_gradient=True)
    assert value == pytest.approx(their_value, rel=1e-7)
    assert gradient == pytest.approx(their_gradient, rel=1e-6, abs=1e-7)


@pytest.mark.parametrize("kernel", KERNELS)
def test_slopes_of_kernels_and_predictions(kernel):
    s = np.linspace(0.01, 9, 40)
    step = 1e-6
    measured = (KERNELS[kernel](s + step)[0] - KERNELS[kernel](s - step)[0]) / (2 * step)
    assert KERNELS[kernel](s)[1] == pytest.approx(measured, rel=1e-6, abs=1e-9)
    assert KERNELS[kernel](np.zeros(1))[0] == 1.0
    process = GaussianProcess(X, Y, kernel, SCALES, 1.7, 0.01, mean=0.3)
    for x in POINTS:
        mean, std, mean_gradient, std_gradient = process.predict_gradient(x)
        assert (mean, std) == pytest.approx([part[0] for part in process.predict(x)], rel=1e-9)
        for gradient, place in ((mean_gradient, 0), (std_gradient, 1)):

            def part(u, place=place):
                return process.predict(u)[place][0]

            # one-sided differences of step 1e-7: off by 1e-7 times the second derivative, and rounding over 1e-7
            assert gradient == pytest.approx(approx_fprime(x, part, 1e-7), rel=1e-4, abs=1e-5)


def test_without_noise_it_goes_through_the_data_and_is_sure_there():
    process = GaussianProcess(X, Y, "matern52", SCALES, 1.7)
    mean, std = process.predict(X)
    assert mean == pytest.approx(Y, abs=1e-6)
    assert np.all(std < 1e-4)
    far_mean, far_std = GaussianProcess(X, Y, "rbf", 0.1, 1.7, mean=5.0).predict(X + 100)
    assert far_mean == pytest.approx(np.full(14, 5.0))
    assert far_std == pytest.approx(np.full(14, np.sqrt(1.7)))


def test_observing_one_after_the_other_is_observing_at_once():
    process = GaussianProcess(X[:5], Y[:5], "matern32", 0.5, 1.2, 0.01)
    for x, y in zip(X[5:], Y[5:], strict=True):
        process = process.observe(x, y)
    assert process.predict(POINTS)[0] == pytest.approx(
        GaussianProcess(X, Y, "matern32", 0.5, 1.2, 0.01).predict(POINTS)[0]
    )


def test_samples_have_the_posteriors_mean_and_covariance():
    process = GaussianProcess(X, Y, "matern52", SCALES, 1.7, 0.01)
    mean, covariance = process.joint(POINTS)
    draws = process.sample(POINTS, 1, size=20000)
    deviation = np.sqrt(np.diag(covariance))
    # 5 standard errors of a mean, and of a covariance, over 20,000 draws
    assert np.all(np.abs(draws.mean(axis=0) - mean) < 5 * deviation / np.sqrt(20000))
    bound = 5 * np.sqrt(2 / 20000) * np.outer(deviation, deviation)
    assert np.all(np.abs(np.cov(draws.T) - covariance) < bound + 1e-8)
    assert np.array_equal(process.sample(POINTS, 7), process.sample(POINTS, 7))


def test_fitting_finds_a_likelihood_no_lower_than_scikit_learns_less_the_prior():
    """On plenty of data the prior on the length scales hardly matters."""
    rng = np.random.default_rng(3)
    inputs = rng.random((60, 2))
    outputs = np.sin(8 * inputs[:, 0]) + 0.3 * np.cos(3 * inputs[:, 1]) + 0.05 * rng.normal(size=60)
    ours = gaussian_process(inputs, outputs, kernel="rbf", rng=0)
    model = ConstantKernel(1.0) * RBF([0.3, 0.3]) + WhiteKernel(0.01)
    theirs = GaussianProcessRegressor(model, n_restarts_optimizer=3, random_state=0).fit(
        inputs, outputs - outputs.mean()
    )
    assert ours.log_marginal_likelihood() > theirs.log_marginal_likelihood_value_ - 2.0
    assert np.sqrt(ours.noise) == pytest.approx(0.05, rel=0.3)
    assert ours.lengthscale[0] < ours.lengthscale[1]


def test_ard_finds_the_variable_that_does_not_matter():
    rng = np.random.default_rng(4)
    inputs = rng.random((40, 3))
    process = gaussian_process(inputs, np.sin(6 * inputs[:, 1]), noise=0.0, rng=0)
    assert process.lengthscale[[0, 2]].min() > 5 * process.lengthscale[1]
    alike = gaussian_process(inputs, np.sin(6 * inputs[:, 1]), noise=0.0, ard=False, rng=0)
    assert np.ptp(alike.lengthscale / np.ptp(inputs, axis=0)) < 1e-12


def test_the_fit_does_not_depend_on_units():
    a, b = gaussian_process(X, Y, rng=0), gaussian_process(100 * X - 7, 1e3 * Y + 5, rng=0)
    assert b.predict(100 * POINTS - 7)[0] == pytest.approx(1e3 * a.predict(POINTS)[0] + 5, rel=1e-5)


def test_degenerate_data():
    constant = gaussian_process(X, np.full(14, 2.0), rng=0)
    assert constant.predict(POINTS)[0] == pytest.approx(np.full(9, 2.0))
    twice = gaussian_process(np.vstack([X, X]), np.append(Y, Y), noise=0.0, rng=0)
    assert twice.predict(X)[0] == pytest.approx(Y, abs=1e-3)
    one = gaussian_process([[0.5]], [3.0], rng=0)
    assert one.predict([[0.5]])[0][0] == pytest.approx(3.0)


def test_distances_are_those_of_every_pair():
    A, B = RNG.normal(size=(4, 3)), RNG.normal(size=(5, 3))
    expected = np.sum(((A[:, None] - B) / SCALES) ** 2, axis=-1)
    assert squared_distances(A, B, SCALES) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"kernel": "cosine"}, "kernel must be one of rbf, matern12, matern32, matern52, got 'cosine'"),
        ({"variance": 0.0}, "variance must be positive, got 0.0"),
        ({"lengthscale": -1.0}, "lengthscale must be positive, a number or 3 of them, got -1.0"),
        ({"noise": -1e-3}, "noise must be a finite number >= 0"),
        ({"y": Y[1:]}, r"X and y must have shapes \(n, d\) and \(n,\)"),
    ],
)
def test_unusable_arguments_are_named(change, sentence):
    with pytest.raises(ValueError, match=sentence):
        GaussianProcess(**{"X": X, "y": Y, **change})
