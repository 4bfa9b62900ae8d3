"""Mixed-integer learning problems and machine teaching: against trying everything."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment, linprog

from mlopt_course.basics import exhaustive_clustering, k_means
from mlopt_course.basics.clustering import partitions
from mlopt_course.deep_learning import Network, activation, dense, mlp
from mlopt_course.ml_problems import (
    BinarisedNetwork,
    capacitated_clustering,
    medoid_clustering,
    optimise_network,
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


def inertia_of(X, labels, k):
    return sum(((X[labels == c] - X[labels == c].mean(axis=0)) ** 2).sum() for c in range(k))


@pytest.mark.parametrize("seed", range(6))
def test_no_move_and_no_swap_improves_what_the_heuristic_found(seed):
    rng = np.random.default_rng(seed)
    X, sizes, k, capacity = rng.normal(size=(24, 2)), rng.integers(1, 6, 24).astype(float), 4, 25.0
    found = capacitated_clustering(X, k, demands=sizes, capacity=capacity, restarts=1, rng=seed)
    assert found.history[-1] == pytest.approx(inertia_of(X, found.labels, k), rel=1e-9)
    for i in range(24):
        changes = [[(i, c)] for c in range(k)]
        changes += [[(i, found.labels[j]), (j, found.labels[i])] for j in range(i)]
        for change in changes:
            labels = found.labels.copy()
            for sample, label in change:
                labels[sample] = label
            if len(np.unique(labels)) == k and feasible(labels, sizes, capacity):
                assert inertia_of(X, labels, k) >= found.inertia * (1 - 1e-9)


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
