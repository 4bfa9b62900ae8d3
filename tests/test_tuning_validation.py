"""Folds equal scikit-learn's; nested cross-validation is honest where the tuning's own estimate is not; leaks show."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn.datasets
import sklearn.linear_model
import sklearn.model_selection
from hypothesis import given, settings
from hypothesis import strategies as st

from mlopt_course.hyperparameter_tuning import (
    Float,
    Integer,
    Space,
    cross_validation,
    duplicate_leakage,
    group_k_fold,
    k_fold,
    nested_cross_validation,
    selection_leakage,
    stratified_k_fold,
)


def same_splits(ours, theirs):
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(a[0], b[0])
        np.testing.assert_array_equal(a[1], b[1])


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 7), st.integers(0, 30))
def test_blocks_are_those_of_scikit_learn(folds, extra):
    n = folds + extra
    same_splits(k_fold(n, folds), list(sklearn.model_selection.KFold(folds).split(np.zeros(n))))


@settings(max_examples=100, deadline=None)
@given(st.integers(2, 5), st.lists(st.sampled_from(["b", "a", "c"]), min_size=1, max_size=40))
def test_stratified_folds_are_those_of_scikit_learn(folds, labels):
    y = np.array(labels)
    if np.unique(y, return_counts=True)[1].min() < folds:
        with pytest.raises(ValueError, match=f"y must have at least {folds} samples of each class"):
            stratified_k_fold(y, folds)
        return
    theirs = sklearn.model_selection.StratifiedKFold(folds)
    same_splits(stratified_k_fold(y, folds), list(theirs.split(np.zeros(len(y)), y)))


@settings(max_examples=100, deadline=None)
@given(st.integers(2, 4), st.lists(st.integers(0, 8), min_size=4, max_size=40))
def test_folds_of_groups_are_those_of_scikit_learn(folds, groups):
    if len(set(groups)) < folds:
        with pytest.raises(ValueError, match=f"groups must have at least {folds} different values"):
            group_k_fold(groups, folds)
        return
    splits = group_k_fold(groups, folds)
    theirs = sklearn.model_selection.GroupKFold(folds)
    same_splits(splits, list(theirs.split(np.zeros(len(groups)), groups=groups)))
    for train, test in splits:
        assert not set(np.array(groups)[train]) & set(np.array(groups)[test])


@pytest.mark.parametrize(
    "make",
    [
        lambda rng: k_fold(23, 4, shuffle=True, rng=rng),
        lambda rng: stratified_k_fold([0] * 15 + [1] * 8, 4, shuffle=True, rng=rng),
    ],
)
def test_shuffled_folds_are_folds_too_and_repeatable(make):
    splits = make(0)
    assert sorted(np.concatenate([test for _, test in splits])) == list(range(23))
    for train, test in splits:
        assert sorted([*train, *test]) == list(range(23))
        assert len(test) in (5, 6)
    same_splits(splits, make(0))
    assert any(not np.array_equal(a[1], b[1]) for a, b in zip(splits, make(1), strict=True))


def test_shuffled_classes_keep_their_proportions():
    y = np.array([0] * 60 + [1] * 30 + [2] * 10)
    for _, test in stratified_k_fold(y, 5, shuffle=True, rng=0):
        np.testing.assert_array_equal(np.bincount(y[test]), [12, 6, 2])


def test_cross_validation_is_that_of_scikit_learn():
    X, y = sklearn.datasets.load_diabetes(return_X_y=True)

    def loss(X_train, y_train, X_test, y_test):
        model = sklearn.linear_model.Ridge(alpha=0.1).fit(X_train, y_train)
        return np.mean((model.predict(X_test) - y_test) ** 2)

    ours = cross_validation(loss, X, y, splits=k_fold(len(y), 5))
    theirs = sklearn.model_selection.cross_val_score(
        sklearn.linear_model.Ridge(alpha=0.1), X, y, scoring="neg_mean_squared_error", cv=5
    )
    np.testing.assert_allclose(ours, -theirs, rtol=1e-12)


def coin_loss(config, X_train, y_train, X_test, y_test):
    """A model that has nothing to learn from: the settings only choose among arbitrary answers."""
    answers = np.random.default_rng(config["seed"]).integers(0, 2, 1000)[X_test[:, 0].astype(int)]
    return float(np.mean(answers != y_test))


def test_tuning_thinks_too_well_of_itself_and_nested_cross_validation_does_not():
    """Labels are coins, so every model errs half the time; the least of 40 estimates is well below that."""
    X, y = np.arange(60)[:, None], np.random.default_rng(7).integers(0, 2, 60)
    space = Space(seed=Integer(0, 10**6))
    runs = [nested_cross_validation(coin_loss, space, X, y, budget=40, rng=seed) for seed in range(8)]
    honest = np.mean([run.losses for run in runs])
    fooled = np.mean([run.tuned_losses for run in runs])
    assert abs(honest - 0.5) < 4 * 0.5 / np.sqrt(60 * 8)  # four standard errors
    assert fooled < 0.45
    assert len(runs[0].configs) == 5


def test_nested_cross_validation_on_ridge_regression():
    X, y = sklearn.datasets.load_diabetes(return_X_y=True)

    def loss(config, X_train, y_train, X_test, y_test):
        model = sklearn.linear_model.Ridge(alpha=config["alpha"]).fit(X_train, y_train)
        return np.mean((model.predict(X_test) - y_test) ** 2) / np.var(y)

    space = Space(alpha=Float(1e-4, 1e3, log=True))
    found = nested_cross_validation(loss, space, X, y, method="grid_search", points=8, outer=4, rng=0)
    assert found.losses.shape == found.tuned_losses.shape == (4,)
    assert all(config["alpha"] < 10 for config in found.configs)  # more shrinks the model away
    assert 0.4 < found.losses.mean() < 0.6  # R^2 near 0.5, as is known of these data
    again = nested_cross_validation(loss, space, X, y, method="grid_search", points=8, outer=4, rng=0)
    np.testing.assert_array_equal(found.losses, again.losses)


def test_stratified_nesting_needs_no_luck_with_rare_classes():
    y = np.array([0] * 48 + [1] * 12)

    def loss(config, X_train, y_train, X_test, y_test):
        assert len(set(y_train)) == len(set(y_test)) == 2
        return 0.0

    nested_cross_validation(loss, Space(x=Float(0, 1)), np.zeros((60, 1)), y, outer=4, inner=3, stratify=True,
                            budget=2, rng=0)  # fmt: skip


def test_selecting_features_before_splitting_makes_noise_look_learnt():
    leaks = [selection_leakage(rng=seed) for seed in range(20)]
    assert np.mean([leak.leaky for leak in leaks]) > 0.85
    # 50 samples each, in 20 sets: the mean of fair coins has standard deviation 0.016.
    assert abs(np.mean([leak.honest for leak in leaks]) - 0.5) < 4 * 0.016


def test_copies_on_both_sides_of_a_split_make_memory_look_like_learning():
    leaks = [duplicate_leakage(rng=seed) for seed in range(20)]
    assert np.mean([leak.leaky for leak in leaks]) > 0.95
    assert abs(np.mean([leak.honest for leak in leaks]) - 0.5) < 4 * 0.5 / np.sqrt(40 * 20)  # 40 groups in 20 sets


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: k_fold(3, 4), "n must be an integer >= 4, got 3"),
        (lambda: k_fold(3, 1), "folds must be an integer >= 2, got 1"),
        (lambda: stratified_k_fold([[0, 1]], 2), r"y must be labels of shape \(n,\), got shape \(1, 2\)"),
        (lambda: cross_validation(None, [1, 2], [1], splits=[]), "X and y must have as many samples, got 2 and 1"),
        (lambda: selection_leakage(samples=5), "samples must be an integer >= 10, got 5"),
        (lambda: selection_leakage(features=3, selected=4), "selected must be an integer from 1 to 3, got 4"),
        (lambda: duplicate_leakage(copies=1), "copies must be an integer >= 2, got 1"),
        (
            lambda: nested_cross_validation(
                lambda *_: 1 / 0, Space(x=Float(0, 1)), np.zeros((9, 1)), np.zeros(9), outer=3, budget=1
            ),
            "loss must give a number for some configuration; Stopped: the objective raised ZeroDivisionError",
        ),
    ],
)
def test_bad_arguments_are_named(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
