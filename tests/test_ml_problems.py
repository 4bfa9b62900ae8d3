"""Regression and classification as optimisation: against scikit-learn, and against trying everything."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import sklearn.cross_decomposition
import sklearn.datasets
import sklearn.linear_model
import sklearn.metrics
import sklearn.svm

from mlopt_course import minimize
from mlopt_course.derivatives import finite_difference_gradient
from mlopt_course.ml_problems import (
    MixedIntegerProgram,
    best_subset,
    classification_scores,
    holdout,
    kernel_svm,
    lasso_regression,
    linear_regression,
    logistic_regression,
    partial_least_squares,
    principal_component_regression,
    regression_scores,
    ridge_regression,
    robust_svm,
    sparse_svm,
)
from mlopt_course.ml_problems.regression import subset_loss
from mlopt_course.problems import linear_regression as linear_problem

X, Y = sklearn.datasets.load_diabetes(return_X_y=True)
X = X * 20.0  # features of about unit size
CANCER, SICK = sklearn.datasets.load_breast_cancer(return_X_y=True)
CANCER = (CANCER - CANCER.mean(axis=0)) / CANCER.std(axis=0)


def same_model(ours, coefficients, intercept, rtol=1e-9):
    np.testing.assert_allclose(ours.coefficients, np.ravel(coefficients), rtol=rtol, atol=1e-9)
    assert ours.intercept == pytest.approx(float(np.ravel(intercept)[0]), rel=rtol)


def test_least_squares_is_that_of_scikit_learn_and_of_the_problem():
    theirs = sklearn.linear_model.LinearRegression().fit(X, Y)
    same_model(linear_regression(X, Y), theirs.coef_, theirs.intercept_)
    problem = linear_problem((X - X.mean(axis=0), Y - Y.mean()))
    np.testing.assert_allclose(problem.x_opt, theirs.coef_, rtol=1e-9)
    run = minimize(problem, method="newton", tolerance=1e-9)
    np.testing.assert_allclose(run.x, theirs.coef_, rtol=1e-9)


@pytest.mark.parametrize("l2", [1e-6, 0.1, 10.0])
def test_ridge_is_that_of_scikit_learn(l2):
    theirs = sklearn.linear_model.Ridge(alpha=l2 * len(X), solver="cholesky").fit(X, Y)
    same_model(ridge_regression(X, Y, l2=l2), theirs.coef_, theirs.intercept_)


@pytest.mark.parametrize("l1", [0.01, 1.0, 20.0, 1e4])
def test_the_lasso_is_that_of_scikit_learn(l1):
    theirs = sklearn.linear_model.Lasso(alpha=l1, tol=1e-12, max_iter=100_000).fit(X, Y)
    ours = lasso_regression(X, Y, l1=l1)
    np.testing.assert_array_equal(ours.coefficients == 0, theirs.coef_ == 0)
    same_model(ours, theirs.coef_, theirs.intercept_, rtol=1e-4)
    assert lasso_regression(np.column_stack([X, np.ones(len(X))]), Y, l1=l1).coefficients[-1] == 0  # constant feature


@pytest.mark.parametrize("k", [1, 3, 10])
def test_dimension_reduction_is_that_of_scikit_learn(k):
    theirs = sklearn.cross_decomposition.PLSRegression(k, scale=False).fit(X, Y)
    ours = partial_least_squares(X, Y, components=k)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X).ravel(), rtol=1e-9)
    components = sklearn.decomposition.PCA(k).fit(X)
    plain = sklearn.linear_model.LinearRegression().fit(components.transform(X), Y)
    ours = principal_component_regression(X, Y, components=k)
    np.testing.assert_allclose(ours.predict(X), plain.predict(components.transform(X)), rtol=1e-9)


def test_with_all_components_both_are_least_squares_and_pls_stops_when_nothing_is_left():
    for reduce in (partial_least_squares, principal_component_regression):
        np.testing.assert_allclose(
            reduce(X, Y, components=10).predict(X), linear_regression(X, Y).predict(X), rtol=1e-8
        )
    rng = np.random.default_rng(0)
    one = np.outer(rng.normal(size=20), [1.0, 2.0, 3.0])
    model = partial_least_squares(one, one[:, 0], components=3)
    np.testing.assert_allclose(model.predict(one), one[:, 0], atol=1e-10)


@pytest.mark.parametrize("l2", [1e-3, 0.1])
@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_the_best_subset_is_the_best_of_all(size, l2):
    rng = np.random.default_rng(size)
    A = rng.normal(size=(30, 7)) @ rng.normal(size=(7, 7))  # correlated: greedy choices go wrong
    b = A @ np.array([1.0, -1.0, 0.0, 0.5, 0.0, 0.0, 0.2]) + rng.normal(size=30)

    def loss(model):
        w = model.coefficients
        return np.mean((A @ w + model.intercept - b) ** 2) / 2 + l2 / 2 * w @ w

    tried = {chosen: ridge_regression(A[:, chosen], b, l2=l2) for chosen in itertools.combinations(range(7), size)}
    least = min(
        np.mean((model.predict(A[:, chosen]) - b) ** 2) / 2 + l2 / 2 * model.coefficients @ model.coefficients
        for chosen, model in tried.items()
    )
    ours = best_subset(A, b, size=size, l2=l2)
    assert np.count_nonzero(ours.coefficients) <= size
    assert loss(ours) == pytest.approx(least, rel=1e-6)


@pytest.mark.parametrize("seed", range(12))
def test_the_best_subset_is_found_where_the_features_that_correlate_most_are_not_it(seed):
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(12, 6)) @ rng.normal(size=(6, 6))
    A, b = A - A.mean(axis=0), A @ rng.normal(size=6)
    b = b - b.mean()
    losses = {s: subset_loss(A, b, np.isin(np.arange(6), s), 0.01)[0] for s in itertools.combinations(range(6), 3)}
    ours = best_subset(A, b, size=3, l2=0.01)
    chosen = tuple(np.flatnonzero(ours.coefficients))
    assert losses[chosen] == pytest.approx(min(losses.values()), rel=1e-6)


def test_the_bounds_of_the_best_subset_are_tangents_of_a_convex_loss():
    rng = np.random.default_rng(0)
    A, b = rng.normal(size=(20, 5)), rng.normal(size=20)
    for _ in range(5):
        s, t = rng.uniform(0.1, 0.9, 5), rng.uniform(0, 1, 5)
        value, gradient, w = subset_loss(A, b, s, 0.1)
        expected = finite_difference_gradient(lambda s: subset_loss(A, b, s, 0.1)[0], s)
        np.testing.assert_allclose(gradient, expected, rtol=1e-6, atol=1e-9)
        assert subset_loss(A, b, t, 0.1)[0] >= value + gradient @ (t - s) - 1e-12
        assert value == pytest.approx(np.mean((A @ w - b) ** 2) / 2 + 0.05 * np.sum(w**2 / s), rel=1e-12)


def test_the_best_subset_of_all_features_is_ridge_and_cuts_that_run_out_say_so():
    same = ridge_regression(X, Y, l2=0.1)
    np.testing.assert_allclose(best_subset(X, Y, size=10, l2=0.1).coefficients, same.coefficients, rtol=1e-9)
    with pytest.raises(ValueError, match="max_cuts must be above 1"):
        best_subset(X, Y, size=5, l2=1e-6, max_cuts=1)


# Evaluation


def test_a_holdout_divides_and_stratifies():
    for n, share in ((2, 0.01), (10, 0.25), (101, 0.5), (5, 0.99)):
        train, test = holdout(n, share=share, rng=0)
        np.testing.assert_array_equal(np.sort(np.concatenate([train, test])), np.arange(n))
        assert len(test) == min(max(round(share * n), 1), n - 1)
    labels = np.repeat([0, 1, 2], [60, 30, 10])
    _, test = holdout(100, share=0.2, labels=labels, rng=1)
    assert np.bincount(labels[test]).tolist() == [12, 6, 2]
    assert not np.array_equal(test, holdout(100, share=0.2, labels=labels, rng=2)[1])


def test_every_sample_is_as_likely_to_be_tested():
    counts = sum(
        np.bincount(holdout(9, share=1 / 3, labels=[0] * 6 + [1] * 3, rng=s)[1], minlength=9) for s in range(900)
    )
    np.testing.assert_allclose(counts / 900, 1 / 3, atol=5 * np.sqrt(2 / 9 / 900))


def test_scores_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    target, prediction = rng.normal(size=50), rng.normal(size=50)
    scores = regression_scores(target, prediction)
    assert scores["r2"] == pytest.approx(sklearn.metrics.r2_score(target, prediction), rel=1e-12)
    assert scores["rmse"] == pytest.approx(sklearn.metrics.root_mean_squared_error(target, prediction), rel=1e-12)
    assert regression_scores([1.0, 1.0], [1.0, 1.0])["r2"] == 1 == sklearn.metrics.r2_score([1, 1], [1, 1])
    assert regression_scores([1.0, 1.0], [1.0, 2.0])["r2"] == 0
    labels, score = rng.integers(0, 2, 80), rng.normal(size=80)
    found, p = classification_scores(labels, score), 1 / (1 + np.exp(-score))
    assert found["log_loss"] == pytest.approx(sklearn.metrics.log_loss(labels, p), rel=1e-12)
    assert found["accuracy"] == sklearn.metrics.accuracy_score(labels, p > 0.5)
    assert found["roc_auc"] == pytest.approx(sklearn.metrics.roc_auc_score(labels, score), rel=1e-12)
    assert found["brier"] == pytest.approx(sklearn.metrics.brier_score_loss(labels, p), rel=1e-12)
    always = np.full(80, labels.mean())
    assert found["base_log_loss"] == pytest.approx(sklearn.metrics.log_loss(labels, always), rel=1e-12)


@pytest.mark.parametrize(
    ("method", "options"),
    [
        ("lbfgs", {"tolerance": 1e-9}),
        ("damped_newton", {"tolerance": 1e-9}),
        ("gradient_descent", {"learning_rate": 0.3, "max_iterations": 6000, "history": 6000}),
        ("sag", {"learning_rate": 0.01, "max_iterations": 60_000, "history": 60_000}),
        ("saga", {"learning_rate": 0.01, "max_iterations": 60_000, "history": 60_000}),
    ],
)
def test_every_method_trains_the_logistic_regression_of_scikit_learn(method, options):
    train, test = holdout(len(CANCER), labels=SICK, rng=0)
    ours = logistic_regression(CANCER[train], SICK[train], l2=0.01, method=method, rng=0, **options)
    rows = np.column_stack([CANCER, np.ones(len(CANCER))])
    theirs = sklearn.linear_model.LogisticRegression(
        C=1 / (0.01 * len(train)), fit_intercept=False, tol=1e-10, max_iter=10_000
    ).fit(rows[train], SICK[train])
    np.testing.assert_allclose(ours.predict(CANCER), rows @ theirs.coef_[0], atol=0.01)
    found = classification_scores(SICK[test], ours.predict(CANCER[test]))
    assert found["accuracy"] > found["base_accuracy"] + 0.2


# Support vectors


@pytest.mark.parametrize("gamma", [None, 0.05])
@pytest.mark.parametrize("C", [0.1, 10.0])
def test_the_kernel_svm_is_that_of_scikit_learn(gamma, C):
    rows, labels = CANCER[:150], np.where(SICK[:150] == 1, "yes", "no")
    theirs = sklearn.svm.SVC(C=C, kernel="linear" if gamma is None else "rbf", gamma=gamma or 1.0, tol=1e-6)
    theirs.fit(rows, labels)
    ours = kernel_svm(rows, labels, C=C, gamma=gamma, tolerance=1e-6)
    np.testing.assert_allclose(ours.decision_function(CANCER), theirs.decision_function(CANCER), atol=1e-4)
    assert ours.intercept == pytest.approx(theirs.intercept_[0], abs=1e-4)
    strong = np.abs(theirs.dual_coef_[0]) > 1e-4
    assert set(theirs.support_[strong]) <= set(ours.support.tolist())


def worst_loss(model, rows, signs, C, radius, flips):
    """By definition: every corner of each sample's box, every set of labels to flip."""
    corners = np.array(list(itertools.product([-radius, radius], repeat=rows.shape[1])))
    scores = np.array([model.predict(row + corners) for row in rows])
    loss = np.maximum(0, 1 - signs[:, None] * scores).max(axis=1)
    flipped = np.maximum(0, 1 + signs[:, None] * scores).max(axis=1)
    sets = (set(s) for k in range(flips + 1) for s in itertools.combinations(range(len(rows)), k))
    total = max(sum(flipped[i] if i in s else loss[i] for i in range(len(rows))) for s in sets)
    return np.abs(model.coefficients).sum() + C * total


@pytest.mark.parametrize(("radius", "flips"), [(0.0, 0), (0.3, 0), (0.0, 2), (0.2, 1)])
def test_the_robust_svm_has_the_least_worst_loss(radius, flips):
    rng = np.random.default_rng(3)
    signs = np.repeat([1.0, -1.0], 6)
    rows = rng.normal(size=(12, 2)) + 0.8 * signs[:, None]
    ours = robust_svm(rows, signs, C=0.5, radius=radius, flips=flips)
    least = worst_loss(ours, rows, signs, 0.5, radius, flips)
    # The worst loss is convex in (w, b): where no small step in any direction helps, nothing does.
    for scale in (1e-3, 1e-2, 0.3):
        for step in rng.normal(size=(60, 3)) * scale:
            near = type(ours)(ours.coefficients + step[:2], ours.intercept + step[2])
            assert worst_loss(near, rows, signs, 0.5, radius, flips) >= least - 1e-9
    if radius or flips:
        plain = sparse_svm(rows, signs, C=0.5)
        assert worst_loss(plain, rows, signs, 0.5, radius, flips) > least + 1e-6


def test_the_sparse_svm_is_optimal_by_its_dual_and_uses_fewer_features():
    from scipy.optimize import linprog

    rows, signs, C = CANCER[:120], np.where(SICK[:120] == 1, 1.0, -1.0), 0.2
    ours = sparse_svm(rows, SICK[:120], C=C)
    primal = np.abs(ours.coefficients).sum() + C * np.maximum(0, 1 - signs * ours.predict(rows)).sum()
    # Dual: max sum a with |sum_i a_i s_i x_i| <= 1 in each feature, sum_i a_i s_i = 0, 0 <= a <= C.
    weighted = (signs[:, None] * rows).T
    dual = linprog(-np.ones(120), A_ub=np.vstack([weighted, -weighted]), b_ub=np.ones(60), A_eq=[signs], b_eq=[0.0],
                   bounds=(0.0, C))  # fmt: skip
    assert primal == pytest.approx(-dual.fun, rel=1e-8)
    assert np.count_nonzero(np.abs(ours.coefficients) > 1e-9) < 20


# Programs


def test_a_program_without_a_solution_says_so():
    program = MixedIntegerProgram()
    x = program.variables(2, high=1.0, integer=True)
    program.constrain((x, 1.0), low=3.0)
    with pytest.raises(ValueError, match="no solution"):
        program.solve()
    unbounded = MixedIntegerProgram()
    y = unbounded.variables(1, cost=-1.0)
    unbounded.constrain((y, 1.0), low=0.0)
    with pytest.raises(ValueError, match="no solution"):
        unbounded.solve()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: linear_regression(X, Y[:3]), r"y must have shape \(442,\)"),
        (lambda: ridge_regression(X, Y, l2=0), "l2 must be positive, got 0"),
        (lambda: lasso_regression(X, Y, l1=0.01, max_iterations=1), "max_iterations must be above 1"),
        (lambda: partial_least_squares(X, Y, components=11), "components must be an integer from 1 to 10, got 11"),
        (lambda: principal_component_regression(X, Y, components=0), "components must be an integer from 1 to 10"),
        (lambda: best_subset(X, Y, size=0), "size must be an integer from 1 to 10, got 0"),
        (lambda: holdout(1), "n must be an integer >= 2, got 1"),
        (lambda: holdout(5, share=1.0), "share must be above 0 and below 1, got 1.0"),
        (lambda: holdout(5, labels=[1]), r"labels must have shape \(5,\)"),
        (lambda: classification_scores([1, 1], [0.0, 1.0]), "labels 0 and 1, both present"),
        (lambda: sparse_svm(X, Y), "two kinds of labels"),
        (lambda: robust_svm(X, SICK[:442], flips=-1), "flips must be an integer from 0 to 442, got -1"),
        (lambda: robust_svm(X, SICK[:442], radius=-1), "radius must be a finite number >= 0, got -1"),
    ],
)
def test_unusable_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
