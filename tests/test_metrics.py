"""Metrics equal scikit-learn's, with ties and classes that do not occur, and their definitions by counting."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
import sklearn.calibration
import sklearn.metrics
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mlopt_course import metrics

pairs = st.integers(1, 12).flatmap(
    lambda n: st.tuples(
        st.lists(st.integers(0, 3), min_size=n, max_size=n), st.lists(st.integers(0, 3), min_size=n, max_size=n)
    )
)
scored = st.integers(1, 15).flatmap(
    lambda n: st.tuples(
        st.lists(st.integers(0, 1), min_size=n, max_size=n),
        # Sixths and tenths: many ties, and many probabilities on the borders of bins.
        st.lists(st.sampled_from([0, 1 / 6, 0.1, 0.2, 0.3, 0.5, 0.6, 0.7, 0.9, 1.0]), min_size=n, max_size=n),
    )
)


@settings(max_examples=150, deadline=None)
@example(([0], [1]), "weighted", math.nan)  # the only class with a precision does not occur
@given(pairs, st.sampled_from(["macro", "micro", "weighted", None]), st.sampled_from([0.0, 1.0, math.nan]))
def test_precision_recall_and_f1_are_those_of_scikit_learn(pair, average, zero_division):
    target, prediction = pair
    for name, theirs in (("precision", sklearn.metrics.precision_score), ("recall", sklearn.metrics.recall_score),
                         ("f1", sklearn.metrics.f1_score)):  # fmt: skip
        ours = getattr(metrics, name)(target, prediction, average=average, zero_division=zero_division)
        expected = theirs(target, prediction, average=average, zero_division=zero_division)
        np.testing.assert_allclose(ours, expected, rtol=1e-13, err_msg=name)
    assert metrics.accuracy(target, prediction) == sklearn.metrics.accuracy_score(target, prediction)
    with warnings.catch_warnings():  # it warns of a single class
        warnings.simplefilter("ignore")
        table = sklearn.metrics.confusion_matrix(target, prediction)
    np.testing.assert_array_equal(metrics.confusion_matrix(target, prediction), table)


@settings(max_examples=100, deadline=None)
@given(scored, st.sampled_from([0.0, 1.0, math.nan]), st.booleans())
def test_of_two_classes_the_positive_one_counts(pair, zero_division, signed):
    target, score = pair
    prediction = [int(s >= 0.5) for s in score]
    if signed:
        target, prediction = [2 * y - 1 for y in target], [2 * y - 1 for y in prediction]
    for name in ("precision", "recall", "f1"):
        theirs = getattr(sklearn.metrics, f"{name}_score")(target, prediction, zero_division=zero_division)
        ours = getattr(metrics, name)(target, prediction, zero_division=zero_division)
        np.testing.assert_allclose(ours, theirs, rtol=1e-13)


@settings(max_examples=150, deadline=None)
@given(scored)
def test_the_area_is_the_share_of_pairs_in_the_right_order_and_ties_count_half(pair):
    target, score = np.array(pair[0]), np.array(pair[1])
    ours = metrics.roc_auc(target, score)
    if target.min() == target.max():
        assert math.isnan(ours)
        with pytest.raises(ValueError, match="target must have both classes for a ROC curve, got one"):
            metrics.roc_curve(target, score)
        return
    differences = score[target == 1][:, None] - score[target == 0]
    assert ours == pytest.approx(np.mean((differences > 0) + 0.5 * (differences == 0)), rel=1e-13)
    assert ours == pytest.approx(sklearn.metrics.roc_auc_score(target, score), rel=1e-12, abs=1e-15)
    curve = metrics.roc_curve(target, score)
    for a, b in zip(curve, sklearn.metrics.roc_curve(target, score, drop_intermediate=False), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-13)
    assert np.trapezoid(curve[1], curve[0]) == pytest.approx(ours, rel=1e-12, abs=1e-15)


@settings(max_examples=150, deadline=None)
@given(scored, st.integers(1, 12), st.sampled_from(["uniform", "quantile"]))
def test_reliability_curves_are_those_of_scikit_learn(pair, bins, strategy):
    target, probability = map(np.array, pair)
    observed, predicted, counts = metrics.reliability_curve(target, probability, bins=bins, strategy=strategy)
    if target.min() != target.max():  # scikit-learn refuses a single class of unknown name
        theirs = sklearn.calibration.calibration_curve(target, probability, n_bins=bins, strategy=strategy)
        np.testing.assert_allclose(observed, theirs[0], rtol=1e-13)
        np.testing.assert_allclose(predicted, theirs[1], rtol=1e-13)
    assert counts.sum() == len(target)
    assert (counts > 0).all()
    error = metrics.expected_calibration_error(target, probability, bins=bins, strategy=strategy)
    assert 0 <= error <= 1
    assert error >= abs(target.mean() - probability.mean()) - 1e-12  # by the triangle inequality
    assert metrics.brier_score(target, probability) == pytest.approx(np.mean((target - probability) ** 2))


def test_the_calibration_error_by_its_definition():
    target = [0, 0, 1, 1, 1]
    probability = [0.1, 0.2, 0.2, 0.7, 0.9]
    # Bins (0, 0.5] and (0.5, 1]: observed 1/3 against 1/6 in three samples, 1 against 0.8 in two.
    expected = 3 / 5 * (1 / 3 - 1 / 6) + 2 / 5 * (1 - 0.8)
    assert metrics.expected_calibration_error(target, probability, bins=2) == pytest.approx(expected)
    rng = np.random.default_rng(0)
    p = rng.random(20_000)
    happened = rng.random(20_000) < p
    assert metrics.expected_calibration_error(happened.astype(int), p) < 0.02
    assert metrics.expected_calibration_error(happened.astype(int), p**3) > 0.15


def test_labels_may_be_names():
    target, prediction = ["cat", "dog", "dog"], ["cat", "cat", "dog"]
    np.testing.assert_array_equal(metrics.confusion_matrix(target, prediction), [[1, 0], [1, 1]])
    np.testing.assert_array_equal(metrics.precision(target, prediction, average=None), [0.5, 1.0])


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: metrics.accuracy([], []), r"target and prediction must both have shape \(n,\), n >= 1"),
        (lambda: metrics.accuracy([1, 0], [1]), r"target and prediction must both have shape .* got \(2,\) and \(1,\)"),
        (lambda: metrics.precision([0, 2], [0, 1]), r"target must have labels 0 and 1, or -1 and 1, got \[0, 1, 2\]"),
        (lambda: metrics.f1([0, 1], [0, 1], average="mean"), "average must be one of"),
        (lambda: metrics.roc_auc([0, 1], [0.5, np.nan]), "score must be finite"),
        (lambda: metrics.roc_auc([0, 1], [[0.5, 0.5]]), r"target and score must both have shape \(n,\)"),
        (lambda: metrics.brier_score([0], [np.inf]), "probability must be finite"),
        (lambda: metrics.reliability_curve([0], [1.5]), r"probability must be in \[0, 1\], got 1.5 to 1.5"),
        (lambda: metrics.reliability_curve([0], [0.5], bins=0), "bins must be an integer >= 1, got 0"),
        (lambda: metrics.reliability_curve([0], [0.5], strategy="even"), "strategy must be 'uniform' or 'quantile'"),
    ],
)
def test_bad_arguments_are_named(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
