"""Losses against scikit-learn and SciPy, gradients against differences, and what theory says of their minimisers."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import scipy.optimize
import scipy.special
import sklearn.metrics
import sklearn.utils.class_weight
from hypothesis import given, settings
from hypothesis import strategies as st

from mlopt_course import losses
from mlopt_course.derivatives import finite_difference_gradient
from mlopt_course.losses import (
    Loss,
    class_weights,
    cost_threshold,
    cross_entropy,
    elastic_net,
    expected_cost,
    focal,
    hinge,
    huber,
    kl_divergence,
    l1,
    l2,
    log_cosh,
    mean_absolute_error,
    mean_squared_error,
    minimum_cost_decisions,
    quantile,
    smooth_labels,
    squared_hinge,
)

N, K = 30, 4
RNG = np.random.default_rng(3)
Y, Y_HAT = RNG.normal(size=N), RNG.normal(size=N) * 2
BINARY, Z = RNG.integers(0, 2, N), RNG.normal(size=N) * 3
CLASSES, SCORES = np.append(np.arange(K), RNG.integers(0, K, N - K)), RNG.normal(size=(N, K)) * 2
DISTRIBUTION = RNG.dirichlet(np.ones(K), N)
WEIGHTS = RNG.random(N)
COSTS = np.array([[0.0, 1.0], [8.0, -2.0]])
MANY_COSTS = RNG.normal(size=(K, K))

CASES = {
    "mean_squared_error": (mean_squared_error, Y, Y_HAT, {}),
    "mean_absolute_error": (mean_absolute_error, Y, Y_HAT, {}),
    "huber": (huber, Y, Y_HAT, {"delta": 0.7}),
    "log_cosh": (log_cosh, Y, Y_HAT, {}),
    "quantile": (quantile, Y, Y_HAT, {"level": 0.2}),
    "cross_entropy": (cross_entropy, BINARY, Z, {}),
    "cross_entropy, smoothed": (cross_entropy, BINARY, Z, {"label_smoothing": 0.1}),
    "cross_entropy, classes": (cross_entropy, CLASSES, SCORES, {}),
    "cross_entropy, classes, smoothed": (cross_entropy, CLASSES, SCORES, {"label_smoothing": 0.1}),
    "cross_entropy, distributions": (cross_entropy, DISTRIBUTION, SCORES, {}),
    "focal": (focal, BINARY, Z, {"gamma": 2.0, "alpha": 0.25}),
    "focal, small gamma": (focal, BINARY, Z, {"gamma": 0.5}),
    "focal, classes": (focal, CLASSES, SCORES, {"gamma": 1.5}),
    "focal, classes, small gamma": (focal, CLASSES, SCORES, {"gamma": 0.5}),
    "hinge": (hinge, BINARY, Z, {}),
    "hinge, classes": (hinge, CLASSES, SCORES, {}),
    "squared_hinge": (squared_hinge, BINARY, Z, {}),
    "squared_hinge, classes": (squared_hinge, CLASSES, SCORES, {}),
    "kl_divergence": (kl_divergence, DISTRIBUTION, SCORES, {}),
    "kl_divergence, two classes": (kl_divergence, DISTRIBUTION[:, 0], Z, {}),
    "expected_cost": (expected_cost, BINARY, Z, {"costs": COSTS}),
    "expected_cost, classes": (expected_cost, CLASSES, SCORES, {"costs": MANY_COSTS}),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["", "weighted"])
def test_the_gradient_is_the_derivative_of_the_value(case, weights):
    loss, target, prediction, options = CASES[case]
    gradient = loss.gradient(target, prediction, sample_weight=weights, **options)
    measured = finite_difference_gradient(lambda p: loss(target, p, sample_weight=weights, **options), prediction)
    assert gradient.shape == prediction.shape
    np.testing.assert_allclose(gradient, measured, atol=1e-9)


@pytest.mark.parametrize("case", CASES)
def test_the_value_is_the_mean_over_samples_and_a_weight_of_two_is_a_sample_twice(case):
    loss, target, prediction, options = CASES[case]
    each = loss.each(target, prediction, **options)
    assert each.shape == (N,)
    assert loss(target, prediction, **options) == pytest.approx(each.mean(), rel=1e-13)
    double = np.append(np.arange(N), 0)
    weights = np.ones(N)
    weights[0] = 2
    weighted = loss(target, prediction, sample_weight=weights, **options)
    assert weighted == pytest.approx(loss(target[double], prediction[double], **options), rel=1e-13)


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["", "weighted"])
def test_scikit_learn_says_the_same(weights):
    w = {"sample_weight": weights}
    metrics = sklearn.metrics
    softmax = scipy.special.softmax(SCORES, axis=1)
    for ours, theirs in [
        (mean_squared_error(Y, Y_HAT, **w), metrics.mean_squared_error(Y, Y_HAT, **w)),
        (mean_absolute_error(Y, Y_HAT, **w), metrics.mean_absolute_error(Y, Y_HAT, **w)),
        (quantile(Y, Y_HAT, level=0.9, **w), metrics.mean_pinball_loss(Y, Y_HAT, alpha=0.9, **w)),
        (cross_entropy(BINARY, Z, **w), metrics.log_loss(BINARY, scipy.special.expit(Z), **w)),
        (cross_entropy(CLASSES, SCORES, **w), metrics.log_loss(CLASSES, softmax, **w)),
        (hinge(BINARY, Z, **w), metrics.hinge_loss(BINARY, Z, **w)),
        (hinge(CLASSES, SCORES, **w), metrics.hinge_loss(CLASSES, SCORES, **w)),
    ]:
        assert ours == pytest.approx(theirs, rel=1e-12)


def test_scipy_says_the_same():
    residual = Y_HAT - Y
    np.testing.assert_allclose(huber.each(Y, Y_HAT, delta=0.7), scipy.special.huber(0.7, residual), rtol=1e-13)
    np.testing.assert_allclose(log_cosh.each(Y, Y_HAT), np.log(np.cosh(residual)), rtol=1e-13)
    divergence = scipy.special.rel_entr(DISTRIBUTION, scipy.special.softmax(SCORES, axis=1)).sum(axis=1)
    np.testing.assert_allclose(kl_divergence.each(DISTRIBUTION, SCORES), divergence, rtol=1e-12)


@settings(max_examples=50, deadline=None)
@given(st.floats(-1e4, 1e4), st.sampled_from([0, 1]))
def test_far_scores_are_no_trouble(z, y):
    """Binary and multi-class agree, nothing overflows, and tiny losses keep all their digits."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        two, many = cross_entropy([y], [z]), cross_entropy([y], [[0.0, z]])
        assert two == pytest.approx(many, rel=1e-12, abs=1e-15)
        np.testing.assert_allclose(cross_entropy.gradient([y], [z]), cross_entropy.gradient([y], [[0.0, z]])[0, 1:],
                                   rtol=1e-12, atol=1e-15)  # fmt: skip
        margin = z if y else -z
        if margin > 40:
            assert two == pytest.approx(np.exp(-margin), rel=1e-12)
        if margin < -40:
            assert two == pytest.approx(-margin, rel=1e-12)
        for gamma in (0.0, 0.5, 2.0):
            pairs = [focal.each([y], [z], gamma=gamma), focal.each([y], [[0.0, z]], gamma=gamma)]
            np.testing.assert_allclose(*pairs, rtol=1e-10, atol=1e-15)
            slopes = focal.gradient([y], [z], gamma=gamma), focal.gradient([y], [[0.0, z]], gamma=gamma)[0, 1:]
            np.testing.assert_allclose(*slopes, rtol=1e-9, atol=1e-15)
        assert np.isfinite(log_cosh.each([0.0], [z])).all()


def test_log_cosh_keeps_its_digits_near_zero():
    assert log_cosh([0.0], [1e-5]) == pytest.approx(5e-11, rel=1e-9)  # r^2/2 - r^4/12
    assert log_cosh([0.0], [1.0]) == pytest.approx(np.log(np.cosh(1.0)), rel=1e-14)


def test_identities():
    np.testing.assert_allclose(focal.each(BINARY, Z, gamma=0), cross_entropy.each(BINARY, Z), rtol=1e-13)
    np.testing.assert_allclose(focal.each(CLASSES, SCORES, gamma=0), cross_entropy.each(CLASSES, SCORES), rtol=1e-13)
    np.testing.assert_allclose(quantile.each(Y, Y_HAT), mean_absolute_error.each(Y, Y_HAT) / 2)
    np.testing.assert_allclose(huber.each(Y, Y_HAT, delta=1e3), mean_squared_error.each(Y, Y_HAT) / 2)
    np.testing.assert_allclose(squared_hinge.each(BINARY, Z), hinge.each(BINARY, Z) ** 2)
    np.testing.assert_allclose(kl_divergence.each(DISTRIBUTION, np.log(DISTRIBUTION)), 0.0, atol=1e-14)
    for loss in (cross_entropy, hinge, squared_hinge, focal):
        np.testing.assert_array_equal(loss.each(2 * BINARY - 1, Z), loss.each(BINARY, Z))
    smoothed = smooth_labels(CLASSES, K, 0.1)
    np.testing.assert_allclose(smoothed.sum(axis=1), 1.0)
    assert cross_entropy(CLASSES, SCORES, label_smoothing=0.1) == pytest.approx(cross_entropy(smoothed, SCORES))
    # Two classes with scores (0, z) are one class with score z, whatever the smoothing.
    pair = np.column_stack([np.zeros(N), Z])
    assert cross_entropy(BINARY, Z, label_smoothing=0.2) == pytest.approx(
        cross_entropy(BINARY, pair, label_smoothing=0.2)
    )


@pytest.mark.parametrize(
    ("loss", "options", "statistic"),
    [
        (mean_squared_error, {}, np.mean),
        (mean_absolute_error, {}, np.median),
        (quantile, {"level": 0.9}, lambda y: np.quantile(y, 0.9)),
    ],
)
def test_the_best_constant_is_the_statistic_it_is_known_for(loss, options, statistic):
    y = np.random.default_rng(0).exponential(size=101)
    best = scipy.optimize.minimize_scalar(
        lambda c: loss(y, np.full(101, c), **options), bounds=(0, 5), method="bounded", options={"xatol": 1e-10}
    )
    assert best.x == pytest.approx(statistic(y), abs=1e-6)


def test_an_outlier_pulls_the_squared_loss_without_bound_and_the_others_not():
    assert np.abs(mean_squared_error.gradient([0.0], [1e6])) == 2e6
    for loss in (mean_absolute_error, huber, log_cosh, quantile):
        assert np.abs(loss.gradient([0.0], [1e6])) <= 1


def test_hubers_loss_of_a_huge_residual_squares_nothing():
    """Its square would overflow, and warn, though the loss is linear there."""
    np.testing.assert_allclose(huber.each([0.0, 0.0, 0.0], [1e300, -1e300, 0.5], delta=2.0), [2e300, 2e300, 0.125])


def test_class_weights_are_those_of_scikit_learn():
    theirs = sklearn.utils.class_weight.compute_sample_weight
    np.testing.assert_allclose(class_weights(CLASSES), theirs("balanced", CLASSES))
    np.testing.assert_allclose(class_weights(CLASSES, {0: 3.0, 2: 0.5}), theirs({0: 3.0, 2: 0.5, 1: 1, 3: 1}, CLASSES))
    # Balanced weights make one class count as much as another, however rare it is.
    y = np.array([0] * 95 + [1] * 5)
    assert cross_entropy(y, np.where(y == 1, -2.0, 0.0), sample_weight=class_weights(y)) == pytest.approx(
        (np.log(2) + np.log1p(np.exp(2))) / 2
    )


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(-10, 10), min_size=4, max_size=4), st.floats(0.01, 0.99))
def test_the_threshold_is_where_both_decisions_cost_the_same(entries, p):
    C = np.array(entries).reshape(2, 2)
    if C[0, 1] <= C[0, 0] or C[1, 0] <= C[1, 1]:
        with pytest.raises(ValueError, match="costs must make a mistake dearer"):
            cost_threshold(C)
        return
    threshold = cost_threshold(C)
    left, right = np.array([1 - threshold, threshold]) @ C
    assert left == pytest.approx(right, abs=1e-9)
    if abs(p - threshold) > 1e-6:
        assert minimum_cost_decisions([p], C)[0] == (p >= threshold)


def test_decisions_by_cost():
    assert cost_threshold([[0, 1], [1, 0]]) == 0.5
    assert cost_threshold([[0, 1], [9, 0]]) == pytest.approx(0.1)
    np.testing.assert_array_equal(minimum_cost_decisions([0.49, 0.5, 0.51], [[0, 1], [1, 0]]), [0, 1, 1])
    # A third decision, to ask a person at a cost of 0.2, is cheapest in between.
    reject = [[0, 1, 0.2], [1, 0, 0.2]]
    np.testing.assert_array_equal(minimum_cost_decisions([0.1, 0.5, 0.9], reject), [0, 2, 1])
    # Training for the cost of a made-up business does better by it than training for right probabilities.
    rng = np.random.default_rng(0)
    x = rng.normal(size=400)
    y = (rng.random(400) < scipy.special.expit(3 * np.sin(2 * x))).astype(int)  # no linear model is right
    C = [[0.0, 1.0], [5.0, 0.0]]

    def train(loss, **options):
        return scipy.optimize.minimize(
            lambda w: loss(y, w[0] * x + w[1], **options), [0.1, 0.1], method="Nelder-Mead"
        ).x

    def cost(w, threshold):
        decided = (scipy.special.expit(w[0] * x + w[1]) >= threshold).astype(int)
        return np.mean(np.array(C)[y, decided])

    assert cost(train(expected_cost, costs=C), 0.5) <= cost(train(cross_entropy), 0.5) - 0.1


def test_no_other_threshold_costs_less_where_the_probabilities_are_right():
    p = np.random.default_rng(0).random(1000)
    C = np.array([[0.0, 1.0], [5.0, -1.0]])

    def mean_cost(threshold):
        decided = (p >= threshold).astype(int)
        return np.mean((1 - p) * C[0, decided] + p * C[1, decided])

    best = mean_cost(cost_threshold(C))
    assert all(best <= mean_cost(threshold) for threshold in np.linspace(0, 1, 201))
    assert best < mean_cost(0.5) - 0.05


@pytest.mark.parametrize(
    ("penalty", "options"),
    [(l1, {"strength": 0.7}), (l2, {"strength": 0.7}), (elastic_net, {"strength": 0.7, "l1_ratio": 0.3})],
)
def test_the_proximal_step_minimises_what_it_says(penalty, options):
    for w in (-2.0, -0.3, 0.0, 0.05, 1.5):
        u = penalty.proximal(w, 0.4, **options)

        def objective(u, w=w):
            return penalty(u, **options) + (u - w) ** 2 / 0.8

        found = scipy.optimize.minimize_scalar(objective, bounds=(-3, 3), method="bounded", options={"xatol": 1e-11})
        assert objective(u) <= found.fun + 1e-14
        assert u == pytest.approx(found.x, abs=1e-6)
    w = np.array([[-1.0, 0.2], [0.7, 3.0]])
    np.testing.assert_allclose(
        penalty.gradient(w, **options), finite_difference_gradient(lambda w: penalty(w, **options), w), rtol=1e-8
    )


def test_l1_gives_zeros_l2_shrinks_and_the_elastic_net_is_between():
    w = np.array([0.1, -0.5, 2.0])
    np.testing.assert_allclose(l1.proximal(w, 1.0, strength=0.5), [0, 0, 1.5])
    assert (l2.proximal(w, 1.0, strength=0.5) != 0).all()
    np.testing.assert_allclose(elastic_net(w, strength=2.0, l1_ratio=1.0), l1(w, strength=2.0))
    np.testing.assert_allclose(elastic_net(w, strength=2.0, l1_ratio=0.0), l2(w, strength=2.0))
    np.testing.assert_array_equal(l1.gradient([0.0, 2.0]), [0.0, 1.0])


def test_proximal_descent_reaches_scikit_learns_elastic_net():
    from sklearn.linear_model import ElasticNet

    X = np.random.default_rng(1).normal(size=(40, 6))
    y = X @ [2.0, -1.0, 0.0, 0.0, 0.5, 0.0] + 0.1
    options = {"strength": 0.2, "l1_ratio": 0.6}
    theirs = ElasticNet(alpha=0.2, l1_ratio=0.6, fit_intercept=False, tol=1e-14, max_iter=10**6).fit(X, y).coef_
    w, step = np.zeros(6), 1 / np.linalg.norm(X.T @ X / 40, 2)
    for _ in range(2000):  # scikit-learn's objective has half the mean squared error
        w = elastic_net.proximal(w - step * X.T @ mean_squared_error.gradient(y, X @ w) / 2, step, **options)
    np.testing.assert_allclose(w, theirs, atol=1e-9)
    assert (theirs == 0).any()


def test_a_loss_of_ones_own_has_all_of_it():
    @Loss
    def cubed(target, prediction, *, power=3):
        """Cubed error."""
        return np.abs(prediction - target) ** power, np.sign(prediction - target) * power * np.abs(
            prediction - target
        ) ** (power - 1)

    assert cubed([0.0], [2.0]) == 8.0
    assert cubed.gradient([0.0], [2.0], power=2) == 4.0
    assert (cubed.__name__, cubed.__doc__, repr(cubed)) == ("cubed", "Cubed error.", "<loss cubed>")
    assert mean_squared_error.gradient(1.0, 3.0).shape == ()
    assert repr(l1) == "<penalty l1>"


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: mean_squared_error([1, 2], [1, 2, 3]), "target and prediction must be of one length, got 2 and 3"),
        (lambda: mean_squared_error([[1], [2]], [1, 2]), r"target and prediction must both have shape \(n,\)"),
        (lambda: mean_squared_error([], []), "target must have at least one sample"),
        (lambda: mean_squared_error(["a"], [1]), "target must be an array of numbers, got list"),
        (lambda: mean_squared_error([np.nan], [1]), "target must be finite"),
        (lambda: mean_squared_error([1], [np.inf]), "prediction must be finite"),
        (lambda: mean_squared_error([1], [1], sample_weight=[-1]), "sample_weight must not be negative"),
        (lambda: mean_squared_error([1], [1], sample_weight=[0]), "sample_weight must not be negative, and not be 0"),
        (lambda: mean_squared_error([1], [1], sample_weight=[1, 1]), r"sample_weight must have shape \(1,\)"),
        (lambda: huber([1], [1], delta=0), "delta must be positive, got 0"),
        (lambda: quantile([1], [1], level=1), "level must be above 0 and below 1, got 1"),
        (lambda: cross_entropy([2], [0.0]), r"target must be in \[0, 1\], or labels -1 and 1, got 2"),
        (lambda: cross_entropy([-0.5], [0.0]), r"target must be in \[0, 1\], or labels -1 and 1, got -0.5"),
        (lambda: cross_entropy([1], [0.0], label_smoothing=1), "label_smoothing must be at least 0 and below 1"),
        (lambda: cross_entropy([4], [[0.0] * 4]), "target must be labels from 0 to 3"),
        (lambda: cross_entropy([[0.5, 0.6]], [[0.0, 0.0]]), "target must have a distribution in each row"),
        (lambda: cross_entropy([0], [[0.0]]), r"prediction must have shape \(n,\) or \(n, k\) with k >= 2"),
        (lambda: cross_entropy([[0.5] * 3], [[0.0] * 2]), r"target must be labels \(n,\) or have prediction's shape"),
        (lambda: hinge([0.5], [1.0]), "target must be labels, 0 and 1 or -1 and 1, got a number in between"),
        (lambda: hinge([[0.5, 0.5]], [[1.0, 2.0]]), r"target must be labels of shape \(1,\)"),
        (lambda: focal([1], [1.0], gamma=-1), "gamma must be a finite number >= 0, got -1"),
        (lambda: focal([1], [1.0], alpha=2), "alpha must be above 0 and below 1, or None, got 2"),
        (lambda: focal([1], [[1.0, 2.0]], alpha=0.5), "alpha must be None for more than two classes"),
        (lambda: class_weights([0, 1], "even"), "weights must be 'balanced' or a mapping"),
        (lambda: class_weights([0, 1], {2: 1.0}), r"weights must be for classes that occur, \[0, 1\], got \[2\]"),
        (lambda: class_weights([0, 1], {1: -1.0}), "weight of class 1 must be a finite number >= 0"),
        (
            lambda: expected_cost([1], [0.0], costs=[[1]]),
            r"costs must have shape \(2, 2\), a row for each actual class",
        ),
        (lambda: minimum_cost_decisions([1.5], [[0, 1], [1, 0]]), r"probabilities must be in \[0, 1\]"),
        (lambda: l1([1.0], strength=-1), "strength must be a finite number >= 0"),
        (lambda: elastic_net([1.0], l1_ratio=2), "l1_ratio must be from 0 to 1, got 2"),
        (lambda: l1.proximal([1.0], 0.0), "step must be positive, got 0"),
    ],
)
def test_bad_arguments_are_named(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def test_every_name_of_the_chapter_is_there():
    for name in losses.__all__:
        assert getattr(losses, name).__doc__
