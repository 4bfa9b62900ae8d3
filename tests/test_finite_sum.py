"""Linear, logistic and softmax regression: derivatives, terms, mini-batches, scikit-learn's own solutions."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
import scipy.optimize
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge

from mlopt_course import Problem, problems
from mlopt_course.derivatives import check_gradient
from mlopt_course.problem import CountedProblem
from mlopt_course.problems import FINITE_SUMS, generated_data, named_data

SETS = {"linear_regression": "diabetes", "logistic_regression": "breast_cancer", "softmax_regression": "digits"}
CASES = [(name, data, l2) for name, own in SETS.items() for data in ("generated", own) for l2 in (0.0, 0.1)]


@pytest.fixture(params=CASES, ids=["-".join(map(str, case)) for case in CASES], scope="module")
def problem(request):
    name, data, l2 = request.param
    return FINITE_SUMS[name](data, l2=l2)


def some_x(problem, seed=0):
    return 0.3 * np.random.default_rng(seed).standard_normal(problem.x0.shape)


def test_each_is_a_finite_sum_that_starts_at_zero(problem):
    assert isinstance(problem, Problem)
    assert problem.x0.ndim == 1
    assert not problem.x0.any()
    assert problem.n_terms > problem.x0.size / 10
    assert problem.name.endswith(")")


def test_terms_average_to_the_whole(problem):
    x = some_x(problem)
    everything = np.arange(problem.n_terms)
    np.testing.assert_allclose(problem.terms_fun(x, everything), problem.fun(x), rtol=1e-13)
    np.testing.assert_allclose(problem.terms_gradient(x, everything), problem.gradient(x), rtol=1e-11, atol=1e-13)
    some = everything[:: max(1, problem.n_terms // 40)]
    one_by_one = [problem.terms_gradient(x, np.array([i])) for i in some]
    np.testing.assert_allclose(np.mean(one_by_one, axis=0), problem.terms_gradient(x, some), rtol=1e-11, atol=1e-13)
    values = [problem.terms_fun(x, np.array([i])) for i in some]
    np.testing.assert_allclose(np.mean(values), problem.terms_fun(x, some), rtol=1e-12)


def test_gradients_equal_central_differences(problem):
    x = some_x(problem)
    # Central differences leave eps^(2/3), about 4e-11, times a moderate constant.
    assert check_gradient(problem.fun, problem.gradient, x) < 1e-8
    batch = np.random.default_rng(1).choice(problem.n_terms, 5, replace=False)
    terms = check_gradient(lambda w: problem.terms_fun(w, batch), lambda w: problem.terms_gradient(w, batch), x)
    assert terms < 1e-8


def test_hessian_equals_differences_of_the_gradient(problem):
    x = some_x(problem)
    hessian = problem.hessian(x)
    np.testing.assert_allclose(hessian, hessian.T, rtol=0, atol=1e-15 * np.abs(hessian).max())
    for seed in range(5):
        direction = np.random.default_rng(seed).standard_normal(x.size)
        h = 1e-5 / np.linalg.norm(direction)
        slope = (problem.gradient(x + h * direction) - problem.gradient(x - h * direction)) / (2 * h)
        np.testing.assert_allclose(hessian @ direction, slope, atol=1e-7 * np.abs(slope).max())


def test_smoothness_and_strong_convexity_bound_the_hessian(problem):
    for x in (problem.x0, some_x(problem), 5 * some_x(problem, seed=1)):
        eigenvalues = np.linalg.eigvalsh(problem.hessian(x))
        rounding = 1e-12 * problem.smoothness
        assert eigenvalues[-1] <= problem.smoothness + rounding
        assert eigenvalues[0] >= problem.strong_convexity - rounding
    # Nor are they far off: at 0 softmax has curvature 1 / k, a fifth of the bound 1 / 2 for ten classes.
    assert np.linalg.eigvalsh(problem.hessian(problem.x0))[-1] >= 0.19 * problem.smoothness


def test_a_batch_of_points_equals_its_points(problem):
    X = np.random.default_rng(0).standard_normal((7, problem.x0.size))
    np.testing.assert_allclose(problem.batch_fun(X), [problem.fun(x) for x in X], rtol=1e-13)


@pytest.mark.parametrize("name", ["logistic_regression", "softmax_regression"])
def test_huge_scores_neither_overflow_nor_lose_the_loss(name):
    problem = FINITE_SUMS[name](l2=0.0)
    with np.errstate(all="raise", under="ignore"):
        x = 1e4 * some_x(problem)
        value, gradient = problem.fun(x), problem.gradient(x)
        assert math.isfinite(value)
        assert np.isfinite(gradient).all()
        assert np.isfinite(problem.hessian(x)).all()
        # Far out the loss is linear: log(1 + e^z) is z, and the log of a sum of exponentials the largest.
        assert problem.fun(2 * x) == pytest.approx(2 * value, rel=1e-3)


def test_logistic_loss_is_worked_out_right_on_two_samples():
    problem = problems.logistic_regression(([[1.0], [2.0]], [1, 0]), l2=0.0)
    expected = 0.5 * (math.log(1 + math.exp(-0.5)) + math.log(1 + math.exp(1.0)))
    assert problem.fun(np.array([0.5])) == pytest.approx(expected, rel=1e-15)
    assert problem.terms_fun(np.array([0.5]), np.array([1])) == pytest.approx(math.log(1 + math.e), rel=1e-15)


def test_softmax_with_two_classes_is_logistic_regression():
    X, y = generated_data("logistic", dimension=4, rng=3)
    two, one = problems.softmax_regression((X, y), l2=0.0), problems.logistic_regression((X, y), l2=0.0)
    w = np.random.default_rng(0).standard_normal((2, 4))
    assert two.fun(w.ravel()) == pytest.approx(one.fun(w[1] - w[0]), rel=1e-13)


def test_signs_and_zero_one_labels_are_the_same_problem():
    X, y = generated_data("logistic")
    signs, bits = problems.logistic_regression((X, 2 * y - 1)), problems.logistic_regression((X, y))
    w = some_x(bits)
    assert signs.fun(w) == bits.fun(w)
    np.testing.assert_array_equal(signs.gradient(w), bits.gradient(w))


# ---- scikit-learn's solutions


def newton(problem, x):
    for _ in range(50):
        x = x - np.linalg.solve(problem.hessian(x), problem.gradient(x))
    return x


def test_linear_regression_is_solved_as_scikit_learn_solves_it():
    X, y = named_data("diabetes", "linear")
    problem = problems.linear_regression("diabetes")
    solution = LinearRegression(fit_intercept=False).fit(X, y)
    np.testing.assert_allclose(problem.x_opt, solution.coef_, rtol=1e-11)
    assert problem.f_opt == pytest.approx(0.5 * np.mean((solution.predict(X) - y) ** 2), rel=1e-13)
    ridge = problems.linear_regression("diabetes", l2=0.3)
    coefficients = Ridge(alpha=0.3 * len(X), fit_intercept=False, solver="cholesky").fit(X, y).coef_
    np.testing.assert_allclose(ridge.x_opt, coefficients, rtol=1e-11)


@pytest.mark.parametrize(("l2", "data"), [(0.0, "generated"), (0.2, "generated"), (0.0, "diabetes"), (0.2, "diabetes")])
def test_the_minimum_of_linear_regression_is_one(l2, data):
    problem = problems.linear_regression(data, l2=l2)
    assert np.abs(problem.gradient(problem.x_opt)).max() < 1e-14
    assert problem.fun(problem.x_opt) == problem.f_opt
    near = problem.x_opt + 1e-3 * np.random.default_rng(0).standard_normal((500, problem.x0.size))
    assert problem.batch_fun(near).min() > problem.f_opt


def test_linear_regression_without_a_unique_minimum_gives_the_shortest():
    X = np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    problem = problems.linear_regression((X, [2.0, 3.0]))
    np.testing.assert_allclose(problem.x_opt, [1.0, 1.0, 3.0], rtol=1e-14)
    assert problem.strong_convexity == pytest.approx(0.0, abs=1e-15)


@pytest.mark.parametrize("l2", [1e-3, 0.1])
def test_logistic_regression_is_solved_as_scikit_learn_solves_it(l2):
    X, y = named_data("breast_cancer", "logistic")
    problem = problems.logistic_regression("breast_cancer", l2=l2)
    ours = newton(problem, problem.x0)
    assert np.abs(problem.gradient(ours)).max() < 1e-14
    model = LogisticRegression(C=1 / (l2 * len(X)), fit_intercept=False, tol=1e-12, solver="newton-cholesky")
    np.testing.assert_allclose(ours, model.fit(X, y).coef_[0], rtol=1e-7)


def test_softmax_regression_is_solved_as_scikit_learn_solves_it():
    X, y = generated_data("softmax", dimension=6, classes=4, rng=1)
    problem = problems.softmax_regression((X, y), l2=0.01)
    ours = newton(problem, problem.x0)
    model = LogisticRegression(C=1 / (0.01 * len(X)), fit_intercept=False, tol=1e-12, solver="newton-cg")
    np.testing.assert_allclose(ours.reshape(4, 6), model.fit(X, y).coef_, rtol=1e-6, atol=1e-8)


def test_softmax_regression_reads_digits_as_well_as_scikit_learn_does():
    X, y = named_data("digits", "softmax")
    problem = problems.softmax_regression("digits", l2=1e-2)
    found = scipy.optimize.minimize(
        problem.fun, problem.x0, jac=problem.gradient, method="L-BFGS-B", options={"gtol": 1e-9, "maxiter": 500}
    )
    predicted = (X @ found.x.reshape(10, 64).T).argmax(axis=1)
    model = LogisticRegression(C=1 / (1e-2 * len(X)), fit_intercept=False, tol=1e-9, max_iter=500).fit(X, y)
    assert (predicted == model.predict(X)).mean() > 0.999
    assert problem.fun(model.coef_.ravel()) == pytest.approx(found.fun, rel=1e-7)


# ---- mini-batches


@settings(max_examples=40, deadline=None)
@given(n=st.integers(1, 40), size=st.integers(1, 40), seed=st.integers(0, 1000))
def test_an_epoch_covers_every_term_once(n, size, seed):
    size = min(size, n)
    seen = []

    def terms_gradient(x, indices):
        seen.append(indices)
        return np.zeros(1)

    problem = Problem(lambda x: 0.0, n_terms=n, terms_gradient=terms_gradient).minibatches(size, rng=seed)
    counted = CountedProblem(problem)
    for epoch in range(3):
        seen.clear()
        for _ in range(math.ceil(n / size)):
            counted.gradient(np.zeros(1))
        assert sorted(np.concatenate(seen)) == list(range(n)), f"epoch {epoch}"
        assert {len(batch) for batch in seen[:-1]} <= {size}


def gradients(problem, x, count, run_seed):
    counted = CountedProblem(problem, rng=np.random.default_rng(run_seed))
    return np.array([counted.gradient(x) for _ in range(count)])


def test_batches_come_from_their_seed_or_from_the_runs():
    problem = problems.logistic_regression()
    x = some_x(problem)
    seeded, free = problem.minibatches(10, rng=5), problem.minibatches(10)
    np.testing.assert_array_equal(gradients(seeded, x, 20, 0), gradients(seeded, x, 20, 1))
    np.testing.assert_array_equal(gradients(free, x, 20, 0), gradients(free, x, 20, 0))
    assert (gradients(free, x, 20, 0) != gradients(free, x, 20, 1)).any()


def test_epochs_are_shuffled_anew():
    problem = problems.linear_regression(samples=64).minibatches(16, rng=0)
    found = gradients(problem, np.ones(10), 8, 0)
    assert not np.allclose(found[:4], found[4:])


def test_minibatch_gradients_average_to_the_gradient_and_spread_as_theory_says():
    problem = problems.linear_regression(samples=200)
    x, size = np.ones(10), 8
    full = problem.gradient(x)
    # 200 is a multiple of 8, so an epoch's mean is the full gradient exactly.
    epoch = gradients(problem.minibatches(size, rng=0), x, 25, 0)
    np.testing.assert_allclose(epoch.mean(axis=0), full, rtol=1e-12, atol=1e-14)
    # The mean of a batch drawn without replacement has variance s^2 / b (1 - b / n).
    terms = np.array([problem.terms_gradient(x, np.array([i])) for i in range(200)])
    expected = terms.var(axis=0, ddof=1) / size * (1 - size / 200)
    measured = gradients(problem.minibatches(size, rng=1), x, 25 * 400, 0).var(axis=0)
    # 10,000 draws measure a variance to about 1.4 %; 10 % is seven times that.
    np.testing.assert_allclose(measured, expected, rtol=0.1)


def test_the_objective_of_a_minibatch_problem_stays_the_full_one():
    problem = problems.softmax_regression()
    batches = problem.minibatches(7)
    assert batches.fun is problem.fun
    assert batches.n_terms == problem.n_terms
    assert "batches of 7" in batches.name


@pytest.mark.parametrize("size", [0, -1, 501, 2.5, "10", None, True, math.inf])
def test_a_bad_batch_size_is_named(size):
    with pytest.raises(ValueError, match=r"^batch_size must be an integer from 1 to 500, got "):
        problems.linear_regression().minibatches(size)


def test_a_bad_seed_for_batches_is_named_at_once():
    with pytest.raises(ValueError, match="rng must be a"):
        problems.linear_regression().minibatches(5, rng="tomorrow")


def test_only_finite_sums_have_minibatches():
    with pytest.raises(ValueError, match="sphere is not a finite sum"):
        problems.sphere().minibatches(1)


# ---- data


@pytest.mark.parametrize("task", ["linear", "logistic", "softmax"])
def test_generated_data_have_the_condition_asked_for_and_come_from_their_seed(task):
    X, y = generated_data(task, dimension=8, samples=100, condition=50.0, rng=4)
    eigenvalues = np.linalg.eigvalsh(X.T @ X / 100)
    np.testing.assert_allclose(eigenvalues, 50.0 ** np.linspace(-1, 0, 8), rtol=1e-11)
    again, other = generated_data(task, dimension=8, samples=100, condition=50.0, rng=4), generated_data(task, rng=5)
    np.testing.assert_array_equal(X, again[0])
    np.testing.assert_array_equal(y, again[1])
    assert X.shape != other[0].shape
    assert y.shape == (100,)
    classes = {"logistic": {0, 1}, "softmax": {0, 1, 2}}.get(task)
    assert classes is None or set(y) == classes


def test_generated_labels_follow_the_model():
    X, y = generated_data("linear", noise=0.0)
    assert np.abs(X @ np.linalg.lstsq(X, y, rcond=None)[0] - y).max() < 1e-12
    problem = problems.logistic_regression(samples=4000, dimension=5, l2=0.0)
    X, y = generated_data("logistic", samples=4000, dimension=5)
    p = 1 / (1 + np.exp(-X @ newton(problem, problem.x0)))
    for low in (0.0, 0.25, 0.5, 0.75):  # of the samples given 80 %, some 80 % are ones
        bin_ = (p >= low) & (p < low + 0.25)
        assert y[bin_].mean() == pytest.approx(p[bin_].mean(), abs=4 * math.sqrt(0.25 / bin_.sum()))


def test_named_data_are_scikit_learns_standardised():
    X, y = named_data("diabetes", "linear")
    raw, target = load_diabetes(return_X_y=True)
    np.testing.assert_allclose(X, (raw - raw.mean(0)) / raw.std(0), atol=1e-12)
    np.testing.assert_allclose(y, (target - target.mean()) / target.std(), atol=1e-12)
    X, y = named_data("breast_cancer", "logistic")
    np.testing.assert_allclose(X.std(axis=0), 1.0)
    np.testing.assert_array_equal(y, load_breast_cancer().target)
    X, y = named_data("digits", "softmax")
    constant = X.std(axis=0) == 0
    assert 0 < constant.sum() < 10
    np.testing.assert_allclose(X[:, ~constant].std(axis=0), 1.0)


def test_fifty_dimensional_logistic_regression_for_comparing_optimisers():
    problem = problems.logistic_regression("generated", dimension=50)
    assert problem.x0.shape == (50,)
    assert problem.n_terms == 500


def test_generated_problems_do_not_import_scikit_learn():
    code = """
import sys
from mlopt_course import problems
for make in problems.all_problems().values():
    make()
assert not {m.partition('.')[0] for m in sys.modules} & {'sklearn', 'scipy', 'matplotlib'}
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_scikit_learn_the_sets_say_what_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(ModuleNotFoundError, match="'diabetes' ships with scikit-learn, which is not installed"):
        problems.linear_regression("diabetes")


def test_data_given_are_copied():
    X, y = np.eye(3), np.array([1.0, 2.0, 3.0])
    problem = problems.linear_regression((X, y))
    before = problem.fun(np.ones(3))
    X[:], y[:] = 9.0, 9.0
    assert problem.fun(np.ones(3)) == before


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: problems.linear_regression("iris"), "data must be 'generated', 'diabetes' or a pair"),
        (lambda: problems.logistic_regression("digits"), "data must be 'generated', 'breast_cancer' or a pair"),
        (lambda: problems.linear_regression(3), r"data must be a name or a pair \(X, y\) of arrays, got int"),
        (lambda: problems.linear_regression(([[1.0]], [1.0, 2.0])), r"got shapes \(1, 1\) and \(2,\)"),
        (lambda: problems.linear_regression(([[math.nan]], [1.0])), "data must be finite, got X with nan"),
        (lambda: problems.linear_regression(([[1.0]], [math.inf])), "data must be finite, got y with nan"),
        (lambda: problems.linear_regression(([[1.0]], ["a"])), "data must have real numbers as y"),
        (lambda: problems.logistic_regression(([[1.0], [2.0]], [1, 2])), r"labels y of 0 and 1, .* got \[1, 2\]"),
        (lambda: problems.softmax_regression(([[1.0], [2.0]], [1, 2])), r"labels y from 0 to k - 1, .* got \[1, 2\]"),
        (lambda: problems.softmax_regression(([[1.0], [2.0]], [0, 0])), "k >= 2"),
        (lambda: problems.softmax_regression(([[1.0], [2.0]], ["a", "b"])), "labels y from 0 to k - 1"),
        (lambda: problems.linear_regression(l2=-1.0), "l2 must be a finite number >= 0, got -1.0"),
        (lambda: problems.logistic_regression(l2="much"), "l2 must be a finite number >= 0, got 'much'"),
        (lambda: problems.linear_regression("diabetes", samples=9), "samples can only be given with data='generated'"),
        (lambda: problems.linear_regression(([[1.0]], [1.0]), rng=9), "rng can only be given with data='generated'"),
        (lambda: problems.linear_regression(samples=3), "samples must be an integer >= 10, got 3"),
        (lambda: problems.linear_regression(dimension=0), "dimension must be an integer >= 1, got 0"),
        (lambda: problems.linear_regression(condition=0.1), "condition must be a finite number >= 1, got 0.1"),
        (lambda: problems.linear_regression(noise=-1), "noise must be a finite number >= 0, got -1"),
        (lambda: problems.linear_regression(rng="x"), "rng must be a numpy.random.Generator"),
        (lambda: problems.softmax_regression(classes=1), "classes must be an integer from 2 to 500, got 1"),
        (lambda: generated_data("poetry"), "task must be one of 'linear', 'logistic', 'softmax', got 'poetry'"),
    ],
)
def test_bad_arguments_are_named(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()
