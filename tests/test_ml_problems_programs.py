"""Mixed-integer, bilevel and two-player learning problems: against trying everything, and against closed forms."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment, linprog

from mlopt_course import minimize
from mlopt_course.basics import exhaustive_clustering, k_means
from mlopt_course.basics.clustering import partitions
from mlopt_course.deep_learning import Network, activation, batch_norm, dense, mlp
from mlopt_course.derivatives import finite_difference_gradient
from mlopt_course.ml_problems import (
    BinarisedNetwork,
    activation_ensemble,
    adversarial_training,
    capacitated_clustering,
    data_poisoning,
    fgsm,
    input_gradient,
    medoid_clustering,
    mixture,
    optimise_network,
    pgd,
    ridge_weights,
    smallest_network,
    smallest_teaching_set,
    teach_ridge,
)

# Clustering


@pytest.mark.parametrize("k", [1, 2, 3, 9])
@pytest.mark.parametrize("seed", range(3))
def test_medoids_are_the_best_of_all_choices(k, seed):
    X = np.random.default_rng(seed).normal(size=(9, 2))
    squares = ((X[:, None] - X) ** 2).sum(axis=2)
    least = min(squares[:, chosen].min(axis=1).sum() for chosen in map(list, itertools.combinations(range(9), k)))
    found = medoid_clustering(X, k)
    assert found.inertia == pytest.approx(least, rel=1e-9, abs=1e-12)
    assert found.inertia == pytest.approx(((X - found.centres[found.labels]) ** 2).sum(), rel=1e-12, abs=1e-12)
    # A centre that may be anywhere is no worse than one among the samples, and no better than half (Jensen).
    means = exhaustive_clustering(X, k).inertia
    assert means - 1e-9 <= found.inertia <= 2 * means + 1e-9


def feasible(labels, sizes, capacity):
    return max(np.bincount(labels, weights=sizes)) <= capacity + 1e-9


@pytest.mark.parametrize("seed", range(6))
def test_medoids_with_capacities_are_the_best_of_all_assignments(seed):
    rng = np.random.default_rng(seed)
    X, sizes, k, capacity = rng.normal(size=(7, 2)), rng.integers(1, 5, 7).astype(float), 3, 7.0
    squares = ((X[:, None] - X) ** 2).sum(axis=2)
    costs = []
    for labels in map(np.array, partitions(7, k)):
        if feasible(labels, sizes, capacity):
            # The cost of each cluster around each sample; each takes another sample as its centre.
            around = np.array([squares[labels == c].sum(axis=0) for c in range(k)])
            costs.append(around[linear_sum_assignment(around)].sum())
    if not costs:
        with pytest.raises(ValueError, match=r"capacity must be (larger|at least)"):
            medoid_clustering(X, k, demands=sizes, capacity=capacity)
        return
    found = medoid_clustering(X, k, demands=sizes, capacity=capacity)
    assert feasible(found.labels, sizes, capacity)
    assert found.inertia == pytest.approx(min(costs), rel=1e-9)
    assert found.inertia == pytest.approx(((X - found.centres[found.labels]) ** 2).sum(), rel=1e-12)


@pytest.mark.parametrize("seed", range(8))
def test_the_capacitated_heuristic_reaches_the_best_of_all_partitions_of_a_small_set(seed):
    rng = np.random.default_rng(seed)
    X, sizes, k, capacity = rng.normal(size=(9, 2)), rng.integers(1, 5, 9).astype(float), 3, 10.0
    if sizes.sum() > 27:
        sizes = np.minimum(sizes, 3.0)
    least = min(
        sum(((X[labels == c] - X[labels == c].mean(axis=0)) ** 2).sum() for c in range(k))
        for labels in map(np.array, partitions(9, k))
        if labels.max() == k - 1 and feasible(labels, sizes, capacity)
    )
    found = capacitated_clustering(X, k, demands=sizes, capacity=capacity, restarts=30, rng=seed)
    assert feasible(found.labels, sizes, capacity)
    assert found.inertia == pytest.approx(((X - found.centres[found.labels]) ** 2).sum(), rel=1e-9)
    assert (np.diff(found.history) < 0).all()
    assert found.inertia == pytest.approx(least, rel=1e-9)


def test_without_a_binding_capacity_it_is_at_least_as_good_as_k_means():
    X = np.random.default_rng(0).normal(size=(60, 3))
    free = capacitated_clustering(X, 5, capacity=1000.0, rng=0)
    assert free.inertia <= k_means(X, 5, rng=0).inertia * (1 + 1e-9)
    equal = capacitated_clustering(X, 5, capacity=12.0, rng=0)
    assert np.bincount(equal.labels).tolist() == [12] * 5
    assert equal.inertia > free.inertia


# Architecture


def every_network(width, hidden):
    """All networks of signs of this size, as (connections, hidden weights, output weights)."""
    for weights in itertools.product((-1, 0, 1), repeat=hidden * width + hidden + 1):
        array = np.array(weights)
        yield BinarisedNetwork(array[: hidden * width].reshape(hidden, width), array[hidden * width :])


@pytest.mark.parametrize("truth", [8 + 1, 2 + 4, 1, 15, 3])  # bits: equal, different, neither, always, not the first
def test_the_smallest_network_is_the_smallest_of_all(truth):
    X = np.array(list(itertools.product((-1, 1), repeat=2)))
    y = np.where([(truth >> t) & 1 for t in range(4)], 1, -1)
    fits = [network.connections for network in every_network(3, 2) if (network.predict(X) == y).all()]
    ours = smallest_network(X, y, hidden=2)
    np.testing.assert_array_equal(ours.predict(X), y)
    assert ours.connections == min(fits)


def test_units_that_are_not_needed_are_left_out_and_parity_needs_two():
    X = np.array(list(itertools.product((-1, 1), repeat=3)))
    first = smallest_network(X, X[:, 0], hidden=3)
    assert first.units <= 1
    assert first.connections == 2
    with pytest.raises(ValueError, match="hidden must be larger"):
        smallest_network(X[:, :2][::2], (X[:, 0] * X[:, 1])[::2], hidden=1)


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


# Teaching


@pytest.mark.parametrize("seed", range(6))
def test_the_teaching_set_is_the_smallest_of_all_that_teach(seed):
    labels = np.unique(np.random.default_rng(seed).integers(0, 2, (12, 6)), axis=0)
    for target in range(3):
        shown = smallest_teaching_set(labels, target)

        def teaches(chosen, target=target):
            agree = (labels[:, chosen] == labels[target, chosen]).all(axis=1)
            return agree.sum() == 1

        assert teaches(list(shown))
        smaller = itertools.combinations(range(6), len(shown) - 1)
        assert not any(teaches(list(chosen)) for chosen in smaller)


def test_a_threshold_is_taught_by_the_two_examples_beside_it():
    thresholds = np.arange(11)[:, None] <= np.arange(10)  # hypothesis t says yes from t on
    assert smallest_teaching_set(thresholds, 4).tolist() == [3, 4]
    assert smallest_teaching_set(thresholds, 0).tolist() == [0]
    assert smallest_teaching_set(np.ones((1, 3)), 0).tolist() == []
    with pytest.raises(ValueError, match="target must differ"):
        smallest_teaching_set([[0, 1], [0, 1]], 0)


@pytest.mark.parametrize("length", [0.1, 1.0, 7.0])
def test_ridge_regression_learns_its_target_from_one_example(length):
    target = np.array([3.0, -1.0, 0.0, 2.0])
    x, y = teach_ridge(target, l2=0.7, length=length)
    assert np.linalg.norm(x) == pytest.approx(length)
    learnt = np.linalg.solve(np.outer(x, x) + 0.7 * np.eye(4), x * y)
    np.testing.assert_allclose(learnt, target, rtol=1e-10, atol=1e-12)


# A network inside a program


def best_by_patterns(network, w, bounds, sign):
    """The exact optimum by trying which units are active: with that fixed the network is linear, on a polyhedron."""
    arrays = network.unpack(w)
    W1, b1, W2, b2 = arrays
    best = np.inf
    for pattern in itertools.product((0.0, 1.0), repeat=len(b1)):
        active = np.array(pattern)
        slope, level = W1 @ (active * W2[:, 0]), (b1 * active) @ W2[:, 0] + b2[0]
        side = np.where(active > 0, -1.0, 1.0)
        found = linprog(sign * slope, A_ub=(W1 * side).T, b_ub=-side * b1, bounds=bounds)
        if found.status == 0:
            best = min(best, found.fun + sign * level)
    return sign * best


@pytest.mark.parametrize("maximise", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_the_embedded_network_is_exact(seed, maximise):
    network = mlp(2, 6, 1)
    w = network.initial(rng=seed) + 0.3 * np.random.default_rng(seed).normal(size=network.size)
    bounds = [(-1.0, 2.0), (-2.0, 0.5)]
    found = optimise_network(network, w, bounds, maximise=maximise)
    assert found.fun == pytest.approx(best_by_patterns(network, w, bounds, -1.0 if maximise else 1.0), abs=1e-6)
    assert found.fun == pytest.approx(network.predict(w, found.x[None])[0, 0], abs=1e-12)


def test_no_point_of_a_fine_grid_beats_a_deep_embedded_network():
    network = mlp(2, 8, 8, 2)
    w = network.initial(rng=1)
    weights = np.array([1.0, -2.0])
    found = optimise_network(network, w, [(-1, 1), (-1, 1)], weights=weights)
    axis = np.linspace(-1, 1, 201)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    values = network.predict(w, grid) @ weights
    assert found.fun <= values.min() + 1e-7
    assert found.fun > values.min() - 0.1  # the grid comes near
    assert 0 < found.binaries <= 16
    np.testing.assert_allclose(found.output @ weights, found.fun)


def test_constraints_and_whole_numbers_are_kept():
    network = mlp(2, 6, 1)
    w = network.initial(rng=5)
    found = optimise_network(network, w, [(-4, 4), (-4, 4)], A_ub=[[1.0, 1.0]], b_ub=[1.0], integer=True)
    points = [p for p in itertools.product(range(-4, 5), repeat=2) if sum(p) <= 1]
    assert found.fun == pytest.approx(network.predict(w, np.array(points, dtype=float)).min(), abs=1e-7)
    assert tuple(found.x) in points


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: medoid_clustering(np.eye(3), 4), "clusters must be an integer from 1 to 3, got 4"),
        (lambda: medoid_clustering(np.eye(3), 2, demands=[1, 1, 1]), "demands can only be given with a capacity"),
        (lambda: medoid_clustering(np.eye(3), 2, capacity=1.0), "capacity must be at least 1.5 for 2 clusters"),
        (lambda: capacitated_clustering(np.eye(3), 2, capacity=1.0), "capacity must be at least 1.5 for 2 clusters"),
        (lambda: capacitated_clustering(np.eye(3), 2, demands=[2, 2, 2], capacity=3.5), "capacity must be larger"),
        (lambda: capacitated_clustering(np.eye(3), 2, demands=[0, 1, 1], capacity=3.5), "demands must be 3 positive"),
        (lambda: smallest_network([[0, 1]], [1], hidden=1), "X must be made of -1 and 1"),
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
        (lambda: teach_ridge([0.0, 0.0], l2=1.0), "target must be a vector of finite numbers, not all 0"),
        (lambda: optimise_network(mlp(2, 2, 1), np.zeros(9), [(0, None)] * 2), "bounds must be finite pairs"),
        (
            lambda: optimise_network(Network(dense(2, 1), activation("tanh")), np.zeros(3), [(0, 1)] * 2),
            "network must be dense layers with biases and ReLUs",
        ),
        (
            lambda: optimise_network(mlp(2, 2, 1), np.zeros(9), [(0, 1)] * 2, A_ub=[[1, 1]], b_ub=[-1]),
            "no solution",
        ),
    ],
)
def test_unusable_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
