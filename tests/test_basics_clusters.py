"""Clustering and features against scikit-learn and NumPy; Lloyd's descent against trying every partition."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn.cluster
import sklearn.datasets
import sklearn.metrics

from mlopt_course.basics import (
    ablation,
    choose_clusters,
    correlation_matrix,
    exhaustive_clustering,
    k_means,
    silhouette_score,
)
from mlopt_course.basics.clustering import partitions

IRIS = sklearn.datasets.load_iris().data


@pytest.mark.parametrize("k", [1, 2, 3, 7])
@pytest.mark.parametrize("seed", range(4))
def test_lloyd_is_that_of_scikit_learn(k, seed):
    init = IRIS[np.random.default_rng(seed).choice(len(IRIS), k, replace=False)]
    theirs = sklearn.cluster.KMeans(k, init=init, n_init=1, tol=0, algorithm="lloyd").fit(IRIS)
    ours = k_means(IRIS, k, init=init)
    np.testing.assert_array_equal(ours.labels, theirs.labels_)
    np.testing.assert_allclose(ours.centres, theirs.cluster_centers_, rtol=1e-12)
    assert ours.inertia == pytest.approx(theirs.inertia_, rel=1e-12)


def test_an_empty_cluster_takes_the_worst_sample_as_in_scikit_learn():
    X = np.array([[0.0], [1.0], [2.0], [10.0]])
    init = np.array([[1.0], [500.0]])
    theirs = sklearn.cluster.KMeans(2, init=init, n_init=1, tol=0).fit(X)
    ours = k_means(X, 2, init=init)
    np.testing.assert_allclose(ours.centres, theirs.cluster_centers_)
    np.testing.assert_allclose(ours.centres, [[1.0], [10.0]])


def test_the_inertia_never_rises_and_the_end_is_a_fixed_point():
    for seed in range(5):
        found = k_means(IRIS, 5, init="random", restarts=1, rng=seed)
        assert (np.diff(found.history) <= 1e-9).all()
        np.testing.assert_allclose(found.centres, [IRIS[found.labels == c].mean(axis=0) for c in range(5)])


def test_same_seed_same_clusters_and_restarts_only_help():
    one = k_means(IRIS, 6, init="random", restarts=1, rng=3)
    np.testing.assert_array_equal(one.centres, k_means(IRIS, 6, init="random", restarts=1, rng=3).centres)
    assert k_means(IRIS, 6, init="random", restarts=8, rng=3).inertia <= one.inertia


def test_samples_that_coincide_are_no_trouble():
    found = k_means(np.ones((5, 2)), 3, rng=0)
    assert found.inertia == 0.0


def test_all_partitions_are_counted_by_the_bell_and_stirling_numbers():
    assert [sum(1 for _ in partitions(n, n)) for n in range(1, 8)] == [1, 2, 5, 15, 52, 203, 877]  # Bell
    assert sum(1 for _ in partitions(7, 2)) == 1 + 63  # S(7, 1) + S(7, 2)
    assert len(set(map(tuple, partitions(6, 3)))) == 1 + 31 + 90


@pytest.mark.parametrize("seed", range(5))
def test_lloyd_never_beats_every_partition_and_many_restarts_reach_it(seed):
    X = np.random.default_rng(seed).normal(size=(9, 2))
    best = exhaustive_clustering(X, 3)
    assert len(best.history) == 1 + 255 + 3025  # S(9, 1) + S(9, 2) + S(9, 3)
    runs = [k_means(X, 3, init="random", restarts=1, rng=start).inertia for start in range(60)]
    assert min(runs) == pytest.approx(best.inertia, rel=1e-12)
    assert max(runs) > best.inertia * 1.01  # a local minimum: what restarts are for


def test_silhouettes_are_those_of_scikit_learn():
    rng = np.random.default_rng(1)
    for k in (2, 3, 8):
        labels = rng.integers(k, size=len(IRIS))
        labels[0] = k  # a cluster of one
        ours, theirs = silhouette_score(IRIS, labels), sklearn.metrics.silhouette_score(IRIS, labels)
        # scikit-learn squares out the differences, and so loses half the digits where samples nearly coincide.
        assert ours == pytest.approx(theirs, abs=1e-8)


def test_the_number_of_clusters_is_found():
    X, _ = sklearn.datasets.make_blobs(90, centers=[(0, 0), (8, 0), (0, 8), (8, 8)], random_state=0)
    best, scores = choose_clusters(X, range(2, 8), rng=0)
    assert best == 4
    assert list(scores) == list(range(2, 8))
    assert scores[4] == max(scores.values())


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: k_means(IRIS, 0), "clusters must be an integer from 1 to 150, got 0"),
        (lambda: k_means(IRIS, 2, init="best"), "init must be 'k-means\\+\\+', 'random' or an array"),
        (lambda: k_means(IRIS, 2, init=IRIS[:3]), r"init must have shape \(2, 4\)"),
        (lambda: k_means([1, 2], 1), r"X must have shape \(n, d\), a sample in each row, got shape \(2,\)"),
        (lambda: k_means([[np.nan]], 1), "X must be finite"),
        (lambda: exhaustive_clustering(IRIS, 2), "X must have at most 14 samples .* got 150"),
        (lambda: silhouette_score(IRIS, np.zeros(150)), "labels must name 2 to 149 clusters, got 1"),
        (lambda: silhouette_score(IRIS, [0, 1]), r"labels must have shape \(150,\)"),
        (lambda: choose_clusters(IRIS, []), "candidates must have at least one number"),
        (lambda: correlation_matrix([[1.0, 2.0]]), "X must have at least 2 samples, got 1"),
        (lambda: ablation(np.sum, [[1.0], [2.0]]), "X must have at least 2 features to leave one out, got 1"),
        (lambda: ablation(np.sum, IRIS, names=["a"] * 4), "names must be 4 different names"),
    ],
)
def test_bad_arguments_are_named(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def test_correlations_are_those_of_numpy_and_constants_have_none():
    np.testing.assert_allclose(correlation_matrix(IRIS), np.corrcoef(IRIS.T), rtol=1e-13)
    with_constant = correlation_matrix(np.column_stack([IRIS, np.full(150, 0.1)]))
    np.testing.assert_array_equal(with_constant[4], [0, 0, 0, 0, 1])


def test_ablation_finds_the_feature_that_matters_and_not_its_copy():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 3))
    y = 3 * X[:, 0] + X[:, 1]

    def fit(columns):
        weights = np.linalg.lstsq(columns, y, rcond=None)[0]
        return -float(np.mean((columns @ weights - y) ** 2))

    lost = ablation(fit, X, names=["strong", "weak", "noise"])
    assert list(lost) == ["strong", "weak", "noise"]
    assert lost["strong"] == pytest.approx(9 * np.var(X[:, 0]), rel=0.1)
    assert lost["noise"] == pytest.approx(0, abs=1e-12)
    doubled = ablation(fit, np.column_stack([X[:, 0], X]))
    assert doubled[0] == pytest.approx(0, abs=1e-12)
    assert doubled[1] == pytest.approx(0, abs=1e-12)
