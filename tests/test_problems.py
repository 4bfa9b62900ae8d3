"""The sixteen test functions: exact derivatives, the published optima to full precision, batches, bounds."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import scipy.optimize
from hypothesis import given, settings
from hypothesis import strategies as st

from mlopt_course import Problem, problems
from mlopt_course.derivatives import complex_step_gradient, finite_difference_gradient
from mlopt_course.problems import LANDSCAPES

ANY_DIMENSION = (
    "sphere",
    "ellipsoid",
    "rosenbrock",
    "rastrigin",
    "ackley",
    "griewank",
    "styblinski_tang",
    "levy",
    "michalewicz",
)
CASES = [
    *((name, {"dimension": d}) for name in ANY_DIMENSION for d in (1, 2, 3, 5, 10) if (name, d) != ("rosenbrock", 1)),
    *((name, {}) for name in LANDSCAPES if name not in ANY_DIMENSION),
    ("ellipsoid", {"dimension": 6, "condition": 1e6}),
    ("michalewicz", {"dimension": 4, "steepness": 1}),
    ("michalewicz", {"dimension": 30, "steepness": 15}),
]


def case_id(case):
    name, options = case
    return name + "".join(f"-{value:g}" for value in options.values())


@pytest.fixture(params=CASES, ids=map(case_id, CASES), scope="module")
def problem(request):
    name, options = request.param
    return LANDSCAPES[name](**options)


def points(problem, count, seed=0):
    low, high = problem.bounds.T
    return np.random.default_rng(seed).uniform(low, high, (count, len(low)))


def minimisers(problem):
    return np.atleast_2d(problem.x_opt)


def test_there_are_sixteen_and_each_has_all_that_a_picture_and_a_method_need():
    assert len(LANDSCAPES) == 16
    for name, function in LANDSCAPES.items():
        problem = function()
        assert isinstance(problem, Problem)
        assert problem.name == name == function.__name__
        assert problems.all_problems()[name] is function is getattr(problems, name)
        low, high = problem.bounds.T
        d = len(problem.bounds)
        assert problem.x0.shape == (d,)
        assert minimisers(problem).shape[1] == d
        assert ((low <= problem.x0) & (problem.x0 <= high)).all()
        assert ((low <= minimisers(problem)) & (minimisers(problem) <= high)).all()
        (left, right), (bottom, top) = problem.window
        way = np.linalg.norm((minimisers(problem) - problem.x0)[:, :2], axis=1)
        assert way.min() > 0.1 * np.hypot(right - left, top - bottom)  # a path that can be seen
        if d == 2:
            assert ((minimisers(problem) >= [left, bottom]) & (minimisers(problem) <= [right, top])).all()
            assert left <= problem.x0[0] <= right
            assert bottom <= problem.x0[1] <= top
        doc = function.__doc__
        assert "References" in doc
        assert ":math:" in doc or ".. math::" in doc


# The complex step has no truncation error, so what is left is rounding: 1e-12 is some thousand times epsilon, for
# functions with terms of very different size (Goldstein-Price) or steep ones (Michalewicz).
def test_gradient_equals_the_complex_step(problem):
    for x in points(problem, 20):
        exact = complex_step_gradient(problem.fun, x)
        np.testing.assert_allclose(problem.gradient(x), exact, rtol=1e-12, atol=1e-12 * max(1.0, abs(exact).max()))


# The ditches of Michalewicz's function in 30 dimensions are too narrow for differences: their width 1 / 330 and the
# step 2e-5 leave a relative error of (330 * 2e-5)^2. The complex step, which has no such error, checks them.
WIDE = [case for case in CASES if case[1].get("dimension", 0) < 30]


@settings(max_examples=60, deadline=None)
@given(data=st.data(), case=st.sampled_from(WIDE))
def test_gradient_and_hessian_equal_central_differences(data, case):
    name, options = case
    problem = LANDSCAPES[name](**options)
    unit = data.draw(st.lists(st.floats(0.0, 1.0), min_size=len(problem.bounds), max_size=len(problem.bounds)))
    low, high = problem.bounds.T
    x = low + (high - low) * np.array(unit)
    if name == "ackley" and np.linalg.norm(x) < 1e-2:
        return  # its cusp: differences across it mean nothing
    # Error of central differences of a function of size |f|: eps |f| / h with h about 6e-6, so 4e-11 |f|, plus the
    # truncation h^2 f''' / 6 where the waves are short.
    gradient, hessian = problem.gradient(x), problem.hessian(x)
    size = max(1.0, abs(problem.fun(x)), np.abs(gradient).max(), np.abs(hessian).max())
    np.testing.assert_allclose(gradient, finite_difference_gradient(problem.fun, x), rtol=1e-6, atol=1e-6 * size)
    rows = [finite_difference_gradient(lambda y, i=i: problem.gradient(y)[i], x) for i in range(len(x))]
    np.testing.assert_allclose(hessian, rows, rtol=1e-5, atol=1e-5 * size)
    # Symmetric but for rounding: products of the same factors are taken in another order on the other side.
    np.testing.assert_allclose(hessian, hessian.T, rtol=0, atol=1e-15 * np.abs(hessian).max())


SMOOTH = [case for case in CASES if case[0] != "ackley"]  # whose gradient has a case of its own, so it is real


@pytest.mark.parametrize("case", SMOOTH, ids=map(case_id, SMOOTH))
def test_hessian_equals_the_complex_step_of_the_gradient(case):
    problem = LANDSCAPES[case[0]](**case[1])
    for x in points(problem, 10, seed=1):
        rows = [complex_step_gradient(lambda y, i=i: problem.gradient(y)[i], x, step=1e-30) for i in range(len(x))]
        size = max(1.0, np.abs(rows).max())
        np.testing.assert_allclose(problem.hessian(x), rows, rtol=1e-11, atol=1e-12 * size)


def test_a_batch_equals_its_points_one_by_one(problem):
    X = points(problem, 50)
    one_by_one = np.array([problem.fun(x) for x in X])
    np.testing.assert_allclose(problem.batch_fun(X), one_by_one, rtol=1e-14, atol=1e-13)
    assert problem.batch_fun(X[:0]).shape == (0,)


def test_values_are_plain_numbers_and_lists_will_do(problem):
    x = points(problem, 1)[0]
    assert isinstance(problem.fun(x), float)
    assert problem.fun(list(x)) == problem.fun(x)
    np.testing.assert_array_equal(problem.gradient(list(x)), problem.gradient(x))
    np.testing.assert_array_equal(problem.hessian(list(x)), problem.hessian(x))
    assert problem.gradient(x).shape == x.shape
    assert problem.hessian(x).shape == (len(x), len(x))


def test_every_minimiser_has_the_minimum_a_zero_gradient_and_no_descent(problem):
    scale = max(1.0, abs(problem.f_opt))
    for x in minimisers(problem):
        assert problem.fun(x) == pytest.approx(problem.f_opt, rel=1e-12, abs=1e-12)
        if problem.name == "ackley":
            np.testing.assert_array_equal(problem.gradient(x), 0.0)
            continue
        hessian = problem.hessian(x)
        eigenvalues = np.linalg.eigvalsh(hessian)
        assert eigenvalues[0] >= 0.0
        # Rounding x by one unit in the last place changes the gradient by the Hessian times that.
        slack = 10 * np.finfo(float).eps * eigenvalues[-1] * max(1.0, np.abs(x).max()) * scale
        assert np.abs(problem.gradient(x)).max() <= slack


def test_no_point_of_a_large_sample_beats_the_minimum(problem):
    slack = 1e-12 * max(1.0, abs(problem.f_opt))
    assert problem.batch_fun(points(problem, 20_000, seed=2)).min() >= problem.f_opt - slack
    rng = np.random.default_rng(3)
    for x in minimisers(problem):  # nor one near a minimiser
        for radius in (1e-1, 1e-3, 1e-6):
            near = np.clip(x + radius * rng.standard_normal((2_000, len(x))), *problem.bounds.T)
            assert problem.batch_fun(near).min() >= problem.f_opt - slack


@pytest.mark.parametrize("name", [name for name in LANDSCAPES if name != "hartmann6"])
def test_the_minima_listed_are_all_there_are(name):
    """Descents from many starts in the plane end at a minimiser of the list, or higher."""
    problem = LANDSCAPES[name]()
    seen = set()
    for start in points(problem, 40, seed=4):
        found = scipy.optimize.minimize(
            problem.fun, start, jac=problem.gradient, bounds=problem.bounds, method="L-BFGS-B", options={"ftol": 1e-15}
        )
        assert found.fun >= problem.f_opt - 1e-9
        if found.fun < problem.f_opt + 1e-9 * max(1.0, abs(problem.f_opt)):
            distances = np.linalg.norm(minimisers(problem) - found.x, axis=1)
            assert distances.min() < 1e-3, f"{found.x} is as low as the minimum, but not listed"
            seen.add(int(distances.argmin()))
    if len(minimisers(problem)) > 1:
        assert seen == set(range(len(minimisers(problem))))


# From the collections cited in the docstrings, at the precision that they print.
PUBLISHED_MINIMA = [
    ("branin", {}, 0.397887),
    ("hartmann6", {}, -3.32237),
    ("goldstein_price", {}, 3.0),
    ("six_hump_camel", {}, -1.0316),
    ("styblinski_tang", {"dimension": 1}, -39.16599),
    ("michalewicz", {"dimension": 2}, -1.8013),
    ("michalewicz", {"dimension": 5}, -4.687658),
    ("michalewicz", {"dimension": 10}, -9.66015),
    ("beale", {}, 0.0),
    ("booth", {}, 0.0),
    ("himmelblau", {}, 0.0),
]


@pytest.mark.parametrize(("name", "options", "minimum"), PUBLISHED_MINIMA)
def test_minima_are_the_published_ones(name, options, minimum):
    digits = len(str(minimum).partition(".")[2])
    # Published with up to two units in the last place of error (-39.16599 for -39.16617).
    assert LANDSCAPES[name](**options).f_opt == pytest.approx(minimum, abs=20 * 10.0**-digits if minimum else 1e-15)


PUBLISHED_MINIMISERS = [
    ("hartmann6", [[0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573]]),
    ("branin", [[-math.pi, 12.275], [math.pi, 2.275], [9.42478, 2.475]]),
    ("six_hump_camel", [[0.0898, -0.7126], [-0.0898, 0.7126]]),
    ("himmelblau", [[3, 2], [-2.805118, 3.131312], [-3.779310, -3.283186], [3.584428, -1.848126]]),
    ("michalewicz", [[2.20, 1.57]]),
    ("styblinski_tang", [[-2.903534, -2.903534]]),
    ("goldstein_price", [[0, -1]]),
    ("beale", [[3, 0.5]]),
    ("booth", [[1, 3]]),
]


@pytest.mark.parametrize(("name", "expected"), PUBLISHED_MINIMISERS)
def test_minimisers_are_the_published_ones(name, expected):
    np.testing.assert_allclose(minimisers(LANDSCAPES[name]()), expected, atol=5e-3 if name == "michalewicz" else 1e-4)


# Worked by hand from the formulas as they are printed, at points where every term is exact or elementary.
WORKED_VALUES = [
    ("sphere", [1, 2, 3], 14),
    ("rosenbrock", [0, 0], 1),
    ("rosenbrock", [-1, 1, -1], 4 + 400),
    ("rastrigin", [1, -2], 5),
    ("rastrigin", [0.5, 0.5], 40.5),
    ("ackley", [1, 1], 20 - 20 * math.exp(-0.2)),
    ("ackley", [0.5, 0.5], 20 + math.e - 20 * math.exp(-0.1) - math.exp(-1)),
    ("griewank", [math.pi, 0], math.pi**2 / 4000 + 2),
    ("griewank", [0, math.sqrt(2) * math.pi / 2], math.pi**2 / 8000 + 1),
    ("himmelblau", [0, 0], 170),
    ("beale", [0, 0], Fraction(3, 2) ** 2 + Fraction(9, 4) ** 2 + Fraction(21, 8) ** 2),
    ("beale", [1, 2], Fraction(5, 2) ** 2 + Fraction(21, 4) ** 2 + Fraction(77, 8) ** 2),
    ("booth", [0, 0], 74),
    ("branin", [0, 0], 36 + 20 - 10 / (8 * math.pi)),
    ("styblinski_tang", [1, -1], -15),
    ("levy", [1, 5], 1),
    ("levy", [5, 1], 1 + 10 * math.sin(1) ** 2),
    ("michalewicz", [math.pi / 2, math.pi / 2], -1 - math.sin(math.pi / 4) ** 20),
    ("goldstein_price", [0, 0], 600),
    ("goldstein_price", [1, 1], 1876),
    ("six_hump_camel", [1, 1], 1.9 + 1 / 3 + 1),
]


@pytest.mark.parametrize(("name", "x", "value"), WORKED_VALUES)
def test_values_worked_by_hand(name, x, value):
    problem = LANDSCAPES[name](**({"dimension": len(x)} if name in ANY_DIMENSION else {}))
    assert problem.fun(x) == pytest.approx(float(value), rel=1e-13)


def test_goldstein_price_equals_the_polynomial_as_it_is_printed():
    def printed(x, y):
        first = 1 + (x + y + 1) ** 2 * (19 - 14 * x + 3 * x**2 - 14 * y + 6 * x * y + 3 * y**2)
        second = 30 + (2 * x - 3 * y) ** 2 * (18 - 32 * x + 12 * x**2 + 48 * y - 36 * x * y + 27 * y**2)
        return first * second

    problem = problems.goldstein_price()
    for x, y in [(0.5, -1.25), (-2, 2), (1.75, 0.125), (0, -1), (2, -2)]:
        exact = printed(Fraction(x), Fraction(y))
        assert problem.fun([x, y]) == pytest.approx(float(exact), rel=1e-14)


def test_ackley_equals_the_formula_as_it_is_printed():
    problem = problems.ackley(3)
    for x in points(problem, 20):
        radius, cosines = math.sqrt(np.mean(x**2)), np.mean(np.cos(2 * np.pi * x))
        printed = -20 * math.exp(-0.2 * radius) - math.exp(cosines) + 20 + math.e
        assert problem.fun(x) == pytest.approx(printed, rel=1e-13)
    assert np.isnan(problem.hessian(np.zeros(3))).all()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-5, 10), min_size=2, max_size=12))
def test_rosenbrock_equals_scipys(x):
    problem = problems.rosenbrock(len(x))
    x = np.array(x)
    assert problem.fun(x) == scipy.optimize.rosen(x)
    # SciPy adds the same terms in another order.
    size = np.abs(problem.hessian(x)).max() * 10
    np.testing.assert_allclose(problem.gradient(x), scipy.optimize.rosen_der(x), rtol=1e-13, atol=1e-14 * size)
    np.testing.assert_allclose(problem.hessian(x), scipy.optimize.rosen_hess(x), rtol=1e-14, atol=1e-14 * size)


@pytest.mark.parametrize("steepness", [1, 2, 10])
def test_michalewicz_minimisers_beat_a_fine_grid_of_every_coordinate(steepness):
    problem = problems.michalewicz(25, steepness=steepness)
    grid = np.linspace(0, np.pi, 100_001)
    for i, best in enumerate(problem.x_opt, start=1):
        ridge = lambda x, i=i: np.sin(x) * np.sin(i * x**2 / np.pi) ** (2 * steepness)  # noqa: E731
        assert ridge(best) >= ridge(grid).max()


@pytest.mark.parametrize("name", ["sphere", "ellipsoid", "rastrigin", "booth"])
def test_smoothness_and_strong_convexity_bound_the_hessian(name):
    problem = LANDSCAPES[name]()
    eigenvalues = np.array([np.linalg.eigvalsh(problem.hessian(x)) for x in points(problem, 3000)])
    assert eigenvalues.max() <= problem.smoothness * (1 + 1e-12)
    assert eigenvalues.max() >= problem.smoothness * 0.999  # and it is the least such bound
    if problem.strong_convexity is not None:
        assert eigenvalues.min() == pytest.approx(problem.strong_convexity, rel=1e-12)


@pytest.mark.parametrize("condition", [1, 10.0, 1e6])
def test_ellipsoid_has_the_condition_number_asked_for(condition):
    problem = problems.ellipsoid(7, condition=condition)
    assert np.linalg.cond(problem.hessian(problem.x0)) == pytest.approx(condition, rel=1e-12)
    assert problem.smoothness / problem.strong_convexity == pytest.approx(condition, rel=1e-12)
    if condition == 1:
        assert problem.fun(problem.x0) == problems.sphere(7).fun(problem.x0)


@pytest.mark.parametrize("name", ANY_DIMENSION)
@pytest.mark.parametrize("bad", [0, -1, 2.5, "3", None, True])
def test_a_bad_dimension_is_named(name, bad):
    with pytest.raises(ValueError, match=r"^dimension must be an integer >= \d, got "):
        LANDSCAPES[name](bad)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: problems.rosenbrock(1), "dimension must be an integer >= 2, got 1"),
        (lambda: problems.ellipsoid(condition=0.5), "condition must be a finite number >= 1, got 0.5"),
        (lambda: problems.ellipsoid(condition=math.inf), "condition must be a finite number >= 1, got inf"),
        (lambda: problems.ellipsoid(condition="ten"), "condition must be a finite number >= 1, got 'ten'"),
        (lambda: problems.michalewicz(steepness=0), "steepness must be an integer >= 1, got 0"),
        (lambda: problems.michalewicz(steepness=2.5), "steepness must be an integer >= 1, got 2.5"),
    ],
)
def test_other_bad_arguments_are_named(make, sentence):
    with pytest.raises(ValueError) as caught:
        make()
    assert str(caught.value) == sentence


def test_problems_do_not_share_their_arrays():
    first, second = problems.hartmann6(), problems.hartmann6()
    first.x_opt[0] = 7.0
    assert second.x_opt[0] != 7.0
    assert problems.hartmann6().x_opt[0] != 7.0
