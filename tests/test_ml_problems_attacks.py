"""Attacks, the game against them, poisoned data, and units that mix activations: against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from mlopt_course import minimize
from mlopt_course.deep_learning import Network, batch_norm, dense, mlp
from mlopt_course.derivatives import finite_difference_gradient
from mlopt_course.ml_problems import (
    activation_ensemble,
    adversarial_training,
    data_poisoning,
    fgsm,
    input_gradient,
    mixture,
    optimise_network,
    pgd,
    ridge_weights,
)

# Adversarial examples


def linear_network(d):
    return Network(dense(d, 1)), np.random.default_rng(d).normal(size=d + 1)


def test_gradients_with_respect_to_inputs_are_those_of_finite_differences():
    network = mlp(3, 5, 2, hidden="tanh")
    w, X, y = network.initial(rng=0), np.random.default_rng(1).normal(size=(4, 3)), np.array([0, 1, 1, 0])
    expected = finite_difference_gradient(
        lambda flat: network.problem(flat.reshape(4, 3), y, loss="cross_entropy").fun(w), X.ravel()
    )
    found = input_gradient(network, w, X, y)
    np.testing.assert_allclose(found.ravel(), expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("attack", [fgsm, pgd])
def test_attacks_find_the_worst_case_of_a_linear_model(attack):
    network, w = linear_network(5)
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(20, 5)), rng.integers(0, 2, 20)
    worst = attack(network, w, X, y, radius=0.3)
    signs = 2 * y - 1
    margins = signs * (X @ w[:5] + w[5]) - 0.3 * np.abs(w[:5]).sum()
    np.testing.assert_allclose(signs * network.predict(w, worst)[:, 0], margins, rtol=1e-10, atol=1e-12)
    inside = attack(network, w, X, y, radius=0.3, bounds=(-0.5, 0.5))
    assert np.abs(inside).max() <= 0.5


def test_attacks_stay_in_the_box_and_small_steps_do_more_harm():
    network = mlp(4, 30, 3)
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 4))
    y = np.argmax(X[:, :3] ** 2, axis=1)
    problem = network.problem(X, y, loss="cross_entropy")
    w = minimize(problem, method="lbfgs", max_iterations=200).x
    losses = {}
    for name, attack in {
        "none": X,
        "fgsm": fgsm(network, w, X, y, radius=0.4),
        "pgd": pgd(network, w, X, y, radius=0.4, steps=40),
        "random": pgd(network, w, X, y, radius=0.4, steps=40, random_start=True, rng=1),
    }.items():
        assert np.abs(attack - X).max() <= 0.4 + 1e-12
        losses[name] = network.problem(attack, y, loss="cross_entropy").fun(w)
    assert losses["none"] < losses["fgsm"] < losses["pgd"]
    assert losses["none"] < losses["random"]
    np.testing.assert_array_equal(pgd(network, w, X, y, radius=0.0), X)


def test_the_inner_player_never_beats_the_exact_worst_case():
    network = mlp(2, 8, 1)
    w = network.initial(rng=3)
    X = np.random.default_rng(4).normal(size=(6, 2))
    attacked = pgd(network, w, X, np.ones(6), radius=0.3, steps=50, step_size=0.05)
    for x, near in zip(X, attacked, strict=True):
        exact = optimise_network(network, w, np.column_stack([x - 0.3, x + 0.3]))
        assert exact.fun <= network.predict(w, near[None])[0, 0] + 1e-7


@pytest.mark.parametrize("steps", [1, 7])
def test_adversarial_training_of_a_linear_model_is_robust_logistic_regression(steps):
    network, w = linear_network(3)
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(15, 3)), rng.integers(0, 2, 15)
    game = adversarial_training(network, X, y, radius=0.2, steps=steps, l2=0.1)

    def closed(v):
        margins = (2 * y - 1) * (X @ v[:3] + v[3]) - 0.2 * np.abs(v[:3]).sum()
        return float(np.mean(np.logaddexp(0, -margins)) + 0.05 * v @ v)

    assert game.fun(w) == pytest.approx(closed(w), rel=1e-12)
    np.testing.assert_allclose(game.gradient(w), finite_difference_gradient(closed, w), rtol=1e-7, atol=1e-9)
    terms = np.mean([game.terms_gradient(w, np.array([i])) for i in range(15)], axis=0)
    np.testing.assert_allclose(terms, game.gradient(w), rtol=1e-10)


def test_training_against_the_attack_makes_it_weaker():
    rng = np.random.default_rng(0)
    X, fresh = rng.normal(size=(150, 2)), rng.normal(size=(1000, 2))
    y, truth = ((points[:, 0] * points[:, 1] > 0).astype(int) for points in (X, fresh))
    network = mlp(2, 20, 1)
    game = adversarial_training(network, X, y, radius=0.25)
    harm = {}
    for problem in (network.problem(X, y, loss="cross_entropy"), game):
        w = minimize(problem, method="adam", learning_rate=0.02, max_iterations=250, history=250).x
        worst = pgd(network, w, fresh, truth, radius=0.25, steps=20)
        harm[problem.name] = network.problem(worst, truth, loss="cross_entropy").fun(w)
    plain, trained = harm.values()
    assert trained < 0.7 * plain


# Poisoning


def poisoned(seed=0, count=4):
    rng = np.random.default_rng(seed)
    X, V, w = rng.uniform(-1, 1, (40, 3)), rng.uniform(-1, 1, (20, 3)), np.array([1.0, -2.0, 0.5])
    start, targets = rng.uniform(-1, 1, (count, 3)), rng.choice([-3.0, 3.0], count)
    return X, X @ w + 0.1 * rng.normal(size=40), V, V @ w, start, targets


def test_the_gradient_through_the_learner_is_that_of_finite_differences():
    X, y, V, v, start, targets = poisoned()
    problem = data_poisoning(X, y, V, v, X_poison=start, y_poison=targets, l2=0.05)
    expected = finite_difference_gradient(problem.fun, problem.x0)
    np.testing.assert_allclose(problem.gradient(problem.x0), expected, rtol=1e-6, atol=1e-10)
    Z, t = np.vstack([X, start]), np.append(y, targets)
    lower = finite_difference_gradient(
        lambda w: np.mean((Z @ w - t) ** 2) / 2 + 0.025 * w @ w, ridge_weights(Z, t, 0.05)
    )
    np.testing.assert_allclose(lower, 0, atol=1e-8)  # the lower problem is solved


def test_poison_placed_with_care_does_more_harm_than_any_of_many_random_ones():
    X, y, V, v, start, targets = poisoned()
    problem = data_poisoning(X, y, V, v, X_poison=start, y_poison=targets, l2=0.05)
    found = minimize(problem, method="projected_gradient", max_iterations=200)
    assert (np.abs(found.x) <= 1).all()
    rng = np.random.default_rng(1)
    drawn = min(problem.fun(rng.uniform(-1, 1, problem.x0.size)) for _ in range(2000))
    assert found.fun < drawn < 0


# Ensembles of activations


@pytest.mark.parametrize("normalise", [True, False])
def test_the_ensemble_s_gradient_is_that_of_finite_differences(normalise):
    network = Network(dense(3, 4), activation_ensemble(4, ("tanh", "sigmoid"), normalise=normalise), dense(4, 2))
    X, y = np.random.default_rng(0).normal(size=(9, 3)), np.arange(9) % 2
    problem = network.problem(X, y, loss="cross_entropy")
    x = problem.x0 + 0.3 * np.random.default_rng(1).normal(size=network.size)
    np.testing.assert_allclose(problem.gradient(x), finite_difference_gradient(problem.fun, x), rtol=1e-6, atol=1e-9)
    assert (problem.n_terms is None) == normalise


def test_a_sure_ensemble_is_its_one_activation():
    X = np.random.default_rng(0).normal(size=(8, 3))
    logits = np.full((3, 3), -800.0)
    logits[[0, 1, 2], [2, 0, 1]] = 800.0
    np.testing.assert_array_equal(mixture(logits), np.eye(3)[[2, 0, 1]])
    plain = Network(activation_ensemble(3, ("relu", "tanh", "sigmoid"), normalise=False))
    out = plain.predict(logits.ravel(), X)
    expected = np.column_stack([1 / (1 + np.exp(-X[:, 0])), np.maximum(X[:, 1], 0), np.tanh(X[:, 2])])
    np.testing.assert_allclose(out, expected, rtol=1e-12)
    normalised = Network(activation_ensemble(3, ("linear",)))
    twin = Network(batch_norm(3))
    np.testing.assert_allclose(normalised.predict(np.zeros(3), X), twin.predict(twin.initial(), X), rtol=1e-10)


def test_an_ensemble_learns_the_activation_that_made_the_data():
    X = np.random.default_rng(0).normal(size=(200, 1)) * 3
    network = Network(activation_ensemble(1, ("linear", "tanh"), normalise=False), dense(1, 1))
    found = minimize(network.problem(X, 2 * np.tanh(X), rng=0), method="adam", learning_rate=0.1, max_iterations=600)
    weights = mixture(network.unpack(found.x)[0])
    assert weights[0, 1] > 0.95


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fgsm(*linear_network(2), [[1.0, 2.0]], [1], radius=-1), "radius must be a finite number >= 0"),
        (lambda: pgd(*linear_network(2), [[1.0, 2.0]], [1], radius=1, steps=0), "steps must be an integer >= 1"),
        (
            lambda: adversarial_training(Network(dense(2, 2), batch_norm(2)), np.eye(2), [0, 1], radius=0.1),
            "network must be without dropout",
        ),
        (
            lambda: data_poisoning(np.eye(2), [1, 2], np.eye(3), [1, 2, 3], X_poison=np.eye(2), y_poison=[1, 2]),
            "as many features as each other, got 2, 3 and 2",
        ),
        (lambda: activation_ensemble(2, ("swish",)), "activations must be one or more of relu"),
    ],
)
def test_unusable_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
