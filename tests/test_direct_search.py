"""Direct search: SciPy's steps, known optima, and the function on which Nelder-Mead fails."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import direct as scipy_direct
from scipy.optimize import minimize as scipy_minimize
from scipy.optimize import rosen

from mlopt_course import Problem, Status, methods, minimize, problems
from mlopt_course.direct_search import MCKINNON_SIMPLEX, mckinnon
from mlopt_course.direct_search.rectangles import _Box
from mlopt_course.problem import CountedProblem

LOCAL = ("nelder_mead", "powell", "hooke_jeeves", "generalized_pattern_search", "cyclic_coordinate_search")
STARTS = {n: np.resize([-1.2, 1.0], n) for n in (2, 3, 5, 10)}
LONG = {"max_iterations": 10**6, "max_evaluations": 20_000}


# SciPy's steps


@pytest.mark.parametrize("dimension", STARTS)
@pytest.mark.parametrize("adaptive", [False, True])
@pytest.mark.parametrize("name", ["rosenbrock", "rastrigin", "levy"])
def test_nelder_mead_equals_scipys_to_the_last_bit(name, adaptive, dimension):
    """Every iterate, ties among the corners included."""
    fun, x0 = getattr(problems, name)(dimension=dimension).fun, STARTS[dimension]
    ours = minimize(fun, x0, "nelder_mead", adaptive=adaptive, **LONG)
    options = {"adaptive": adaptive, "return_all": True, "maxiter": 10**6, "maxfev": 20_000}
    theirs = scipy_minimize(fun, x0, method="Nelder-Mead", options=options)
    # SciPy does not list the sorted first simplex, and we do; it does list the start
    np.testing.assert_array_equal(ours.history.x[2:], np.array(theirs.allvecs)[1:])
    assert ours.nfev == theirs.nfev
    np.testing.assert_array_equal(ours.x, theirs.x)
    np.testing.assert_array_equal(ours.history.simplex[-1], theirs.final_simplex[0])


def test_nelder_mead_from_a_given_simplex_equals_scipys():
    simplex = np.random.default_rng(0).normal(size=(4, 3))
    ours = minimize(rosen, simplex[0], "nelder_mead", initial_simplex=simplex)
    theirs = scipy_minimize(rosen, simplex[0], method="Nelder-Mead", options={"initial_simplex": simplex})
    np.testing.assert_array_equal(ours.x, theirs.x)
    assert ours.nfev == theirs.nfev


def ends_of_rounds(history):
    """The last iterate of each of Powell's rounds."""
    rounds = history["round"][1:]
    last_along_lines = [np.flatnonzero(rounds == r)[: history.x.shape[1]][-1] for r in np.unique(rounds)]
    return history.x[1:][last_along_lines]


@pytest.mark.parametrize("dimension", STARTS)
@pytest.mark.parametrize("name", ["rosenbrock", "rastrigin", "levy", "ellipsoid"])
def test_powell_equals_scipys_to_the_last_bit(name, dimension):
    fun, x0 = getattr(problems, name)(dimension=dimension).fun, STARTS[dimension]
    ours = minimize(fun, x0, "powell", **LONG)
    theirs = scipy_minimize(fun, x0, method="Powell", options={"return_all": True, "maxiter": 10**6, "maxfev": 20_000})
    np.testing.assert_array_equal(ends_of_rounds(ours.history), np.array(theirs.allvecs)[1:])
    np.testing.assert_array_equal(ours.x, theirs.x)
    assert ours.nfev < theirs.nfev  # SciPy evaluates the start of each line search anew


def potentially_optimal(sizes, values, lowest, epsilon):
    """Jones's definition 4.1, by comparing every rectangle with every other."""
    found = []
    for j, (size, value) in enumerate(zip(sizes, values, strict=True)):
        smaller, larger = sizes < size, sizes > size
        least = np.max((value - values[smaller]) / (size - sizes[smaller]), initial=0.0)
        most = np.min((values[larger] - value) / (sizes[larger] - size), initial=np.inf)
        lowest_of_its_size = value == values[sizes == size].min()
        promising = most == np.inf or value - most * size <= lowest - epsilon * abs(lowest)
        if lowest_of_its_size and 0 < most >= least and promising:
            found.append(j)
    return found


@pytest.mark.parametrize("name", ["branin", "goldstein_price", "hartmann6", "beale", "ackley"])
@pytest.mark.parametrize("epsilon", [0.0, 1e-4, 1e-1])
def test_direct_divides_the_rectangles_of_the_papers_definition(name, epsilon):
    box = _Box(CountedProblem(getattr(problems, name)()))
    middle = np.full((1, box.dimension), 0.5)
    box.add(middle, [np.zeros(box.dimension, dtype=int)], box.evaluate(middle))
    for _ in range(25):
        sizes = np.array([box.half_diagonal(i) for i in range(len(box.values))])
        expected = potentially_optimal(sizes, np.array(box.values), min(box.values), epsilon)
        chosen = box.potentially_optimal(min(box.values), epsilon)
        assert sorted(chosen) == expected
        for rectangle in chosen:
            box.divide(rectangle)


def points_of_rounds(problem, rounds, convex):
    """The points that have been evaluated after each round."""
    evaluated, found = [], []

    def spy(x):
        evaluated.append(tuple(np.round(x, 9)))
        return problem.fun(x)

    box = _Box(CountedProblem(Problem(spy, bounds=problem.bounds)))
    middle = np.full((1, box.dimension), 0.5)
    box.add(middle, [np.zeros(box.dimension, dtype=int)], box.evaluate(middle))
    for _ in range(rounds):
        choose = box.potentially_optimal if convex else box.undominated
        for rectangle in choose(min(box.values), 1e-4):
            box.divide(rectangle)
        found.append(set(evaluated))
    return found


@pytest.mark.parametrize(
    ("name", "rounds"), [("goldstein_price", 10), ("beale", 9), ("hartmann6", 7), ("rosenbrock", 8)]
)
def test_without_convexity_direct_divides_scipys_rectangles_round_by_round(name, rounds):
    """At first: later SciPy takes values within 1e-13 as equal, and asks more of those on the hull."""
    problem = getattr(problems, name)()
    pareto = points_of_rounds(problem, rounds, convex=False)
    for i, ours in enumerate(pareto):
        theirs = set()

        def spy(x, theirs=theirs):
            theirs.add(tuple(np.round(x, 9)))
            return float(problem.fun(np.array(x)))

        box = [tuple(pair) for pair in problem.bounds]
        scipy_direct(spy, box, locally_biased=False, maxfun=10_000, maxiter=i + 2, vol_tol=0, len_tol=0)
        assert ours == theirs


@pytest.mark.parametrize("name", ["ackley", "hartmann6", "rastrigin"])
def test_without_convexity_direct_divides_more_in_a_round(name):
    problem = getattr(problems, name)()
    pareto, hull = (
        minimize(problem, method="direct", convex=convex, max_evaluations=300).history.divided
        for convex in (False, True)
    )
    assert np.nanmean(pareto) > np.nanmean(hull)
    pareto, hull = (points_of_rounds(problem, 8, convex=convex)[-1] for convex in (False, True))
    assert len(pareto) > len(hull)


def test_directs_rectangles_always_fill_the_box():
    box = _Box(CountedProblem(problems.hartmann6()))
    middle = np.full((1, 6), 0.5)
    box.add(middle, [np.zeros(6, dtype=int)], box.evaluate(middle))
    for _ in range(12):
        for rectangle in box.potentially_optimal(min(box.values), 1e-4):
            box.divide(rectangle)
        volumes = [3.0 ** -int(divisions.sum()) for divisions in box.divisions]
        assert sum(volumes) == pytest.approx(1.0, rel=1e-12)


def test_directs_errors_are_scipys_at_the_same_budget():
    """No worse in the median; on the mean within half a decade, for the order of evaluations differs."""
    ratios = []
    for make in problems.LANDSCAPES.values():
        problem, values = make(), []
        ours = minimize(problem, method="direct", max_evaluations=500, max_iterations=10_000)
        box = [tuple(pair) for pair in problem.bounds]

        def spy(x, problem=problem, values=values):
            values.append(float(problem.fun(x)))
            return values[-1]

        scipy_direct(spy, box, locally_biased=False, maxfun=500, maxiter=10_000, vol_tol=0)
        theirs = min(values[: ours.nfev])
        ratios.append((ours.fun - problem.f_opt + 1e-12) / (theirs - problem.f_opt + 1e-12))
    assert np.median(ratios) <= 1.0 + 1e-6
    assert np.mean(np.log10(ratios)) < 0.5


# Known optima


@pytest.mark.parametrize("name", LOCAL)
@pytest.mark.parametrize("make", [problems.booth, problems.himmelblau, problems.sphere])
def test_a_smooth_problem_of_two_variables_is_solved(name, make):
    problem = make()
    result = minimize(problem, method=name, **LONG)
    assert result.success
    optima = np.atleast_2d(problem.x_opt)
    # values are compared to about 1e-8, so x is found to about 1e-4
    assert np.min(np.linalg.norm(optima - result.x, axis=1)) < 2e-3
    assert result.fun - problem.f_opt < 1e-5


@pytest.mark.parametrize(
    "make", [problems.branin, problems.six_hump_camel, problems.goldstein_price, problems.hartmann6]
)
def test_direct_finds_the_global_minimum(make):
    problem = make()
    result = minimize(problem, method="direct", max_iterations=10_000, max_evaluations=3000)
    assert result.fun - problem.f_opt < 1e-4 * max(1, abs(problem.f_opt))


def test_direct_never_leaves_the_box_and_calls_the_batch():
    problem, seen, calls = problems.branin(), [], []

    def batch(X):
        calls.append(len(X))
        seen.extend(X)
        return problem.batch_fun(X)

    result = minimize(Problem(problem.fun, batch_fun=batch, bounds=problem.bounds), method="direct", max_iterations=100)
    low, high = problem.bounds.T
    assert np.all(seen >= low)
    assert np.all(seen <= high)
    assert sum(calls) == result.nfev
    assert max(calls) == 4


def test_direct_stops_when_the_best_rectangle_is_small():
    result = minimize(problems.branin(), method="direct", tolerance=1e-3, max_iterations=10_000)
    assert result.success
    theirs = scipy_direct(
        problems.branin().fun, [(-5, 10), (0, 15)], locally_biased=False, len_tol=1e-3, vol_tol=0, maxfun=100_000
    )
    np.testing.assert_allclose(result.x, theirs.x, atol=1e-12)


# Where Nelder-Mead fails


def test_nelder_mead_stops_at_a_point_that_is_not_stationary():
    """McKinnon: every step contracts inside, with the corner at the origin as the best one."""
    problem = mckinnon()
    result = minimize(problem, MCKINNON_SIMPLEX[0], "nelder_mead", initial_simplex=MCKINNON_SIMPLEX, tolerance=1e-8,
                      fun_tolerance=1e-12)  # fmt: skip
    assert result.success  # so it believes
    np.testing.assert_allclose(result.x, [0, 0], atol=1e-6)
    assert np.linalg.norm(problem.gradient(result.x)) > 0.9
    assert result.fun - problem.f_opt > 0.24
    assert set(result.history.move[2:40]) == {3.0}


@pytest.mark.parametrize("name", ["powell", "hooke_jeeves", "generalized_pattern_search"])
def test_others_solve_mckinnons_problem(name):
    problem = mckinnon()
    result = minimize(problem, method=name, **LONG)
    np.testing.assert_allclose(result.x, problem.x_opt, atol=2e-3)


def test_a_fresh_simplex_solves_mckinnons_problem():
    problem = mckinnon()
    stuck = minimize(problem, method="nelder_mead", initial_simplex=MCKINNON_SIMPLEX)
    again = minimize(problem, stuck.x, "nelder_mead")
    assert again.fun - problem.f_opt < 1e-6


# What each method promises


def test_cyclic_coordinate_search_solves_a_separable_problem_in_one_round():
    problem = problems.sphere(dimension=4)
    result = minimize(problem, np.arange(1.0, 5.0), "cyclic_coordinate_search")
    np.testing.assert_allclose(result.history.x[4], problem.x_opt, atol=1e-6)


def test_cyclic_coordinate_search_stops_at_a_kink_off_the_axes():
    """Kochenderfer and Wheeler, section 7.1: no axis leads down, though the point is not the minimum."""

    def fun(x):
        return abs(x[0] + x[1]) + 0.1 * abs(x[0] - x[1] - 4)

    result = minimize(fun, [-3.0, 3.0], "cyclic_coordinate_search")
    assert result.success
    assert result.fun > 0.5
    assert minimize(fun, [-3.0, 3.0], "nelder_mead", tolerance=1e-8, fun_tolerance=1e-10).fun < 1e-6


def test_acceleration_helps_in_a_diagonal_valley():
    H = np.array([[1.0, 0.95], [0.95, 1.0]])

    def fun(x):
        return float(x @ H @ x)

    plain, fast = (
        minimize(fun, [1.0, 2.0], "cyclic_coordinate_search", acceleration=a, target=1e-8) for a in (False, True)
    )
    assert fast.nfev < plain.nfev / 2


def test_powell_ends_a_quadratic_in_as_many_rounds_as_variables():
    """Once the d directions are conjugate; the first round has to make the first of them."""
    H = np.diag([1.0, 10.0]) + 0.5
    history = minimize(lambda x: float(x @ H @ x), [1.0, -2.0], "powell", tolerance=1e-8, fun_tolerance=0.0).history
    assert history.fun[1:][history["round"][1:] == 3][-1] < 1e-12 * history.fun[0]


def test_powells_directions_become_conjugate():
    H = np.array([[2.0, 1.0], [1.0, 3.0]])
    history = minimize(lambda x: float(x @ H @ x), [1.0, -2.0], "powell", tolerance=1e-8, fun_tolerance=0.0).history
    along = history.direction[1:]
    third = along[history["round"][1:] == 3][:2]
    # values tell points apart to the root of the machine precision
    assert abs(third[0] @ H @ third[1]) / np.linalg.norm(third[0]) / np.linalg.norm(third[1]) < 1e-5


def test_hooke_and_jeeves_by_hand():
    """x^2 + y^2 from (2, 1) with step 1: explore to (1, 0); leap to (0, -1), explore to (0, 0); there it stays."""
    result = minimize(lambda x: float(x @ x), [2.0, 1.0], "hooke_jeeves", step=1.0, tolerance=0.4)
    path = result.history.x[1:]
    np.testing.assert_array_equal(path, [[2, 1], [1, 0], [0, 0], [0, 0], [0, 0]])
    np.testing.assert_array_equal(result.history.pattern[1:], [0, 0, 1, 0, 0])
    np.testing.assert_array_equal(result.history.step[1:], [1, 1, 1, 0.5, 0.25])


def test_a_round_of_pattern_search_without_success_polls_every_direction_once():
    seen = []
    problem = Problem(lambda x: seen.append(tuple(x)) or float(x @ x))
    minimize(problem, [0.0, 0.0], "generalized_pattern_search", step=1.0, tolerance=0.9)
    assert sorted(seen) == [(-1, 0), (0, -1), (0, 0), (0, 1), (1, 0)]


def test_pattern_search_with_the_fewest_directions():
    triangle = np.array([[1.0, 0.0], [-0.5, 0.8], [-0.5, -0.8]])
    problem = problems.booth()
    result = minimize(problem, method="generalized_pattern_search", directions=triangle, **LONG)
    np.testing.assert_allclose(result.x, problem.x_opt, atol=1e-4)


@pytest.mark.parametrize(
    "directions", [[[1, 0], [0, 1]], [[1, 0], [0, 1], [-1, 0]], [[1, 1], [-1, -1]], [[1, 0, 0]], "axes", [[0, 0]] * 3]
)
def test_directions_must_span_the_space_positively(directions):
    with pytest.raises(ValueError, match="directions must be rows of 2 numbers that span the space positively, got"):
        minimize(lambda x: float(x @ x), [1.0, 1.0], "generalized_pattern_search", directions=directions)


# Shapes, ends, options


@pytest.mark.parametrize("name", LOCAL)
def test_numbers_vectors_and_matrices_give_the_same_steps(name):
    def fun(x):
        return float(np.sum((np.asarray(x) - 1) ** 4) + np.sum(x))

    number = minimize(fun, 3.0, name)
    vector = minimize(fun, [3.0], name)
    assert isinstance(number.x, float)
    np.testing.assert_array_equal(number.history.x, vector.history.x.ravel())
    flat = minimize(fun, [3.0, 1.0, 2.0, 0.0], name)
    square = minimize(fun, [[3.0, 1.0], [2.0, 0.0]], name)
    assert square.x.shape == (2, 2)
    np.testing.assert_array_equal(square.x.ravel(), flat.x)


@pytest.mark.parametrize("name", [*LOCAL, "direct"])
@pytest.mark.parametrize("budget", [1, 2, 7, 50])
def test_the_budget_is_kept_and_the_best_point_returned(name, budget):
    best = []

    def fun(x):
        best.append(rosen(x))
        return best[-1]

    problem = Problem(fun, bounds=[(-2, 2)] * 2)
    result = minimize(problem, [-1.2, 1.0], name, max_evaluations=budget, max_iterations=10**6)
    assert result.nfev == len(best) <= budget
    assert not result.success
    if budget == 50:
        assert result.fun < best[0]


@pytest.mark.parametrize("name", [*LOCAL, "direct"])
def test_a_flat_function_ends(name):
    problem = Problem(lambda x: 1.0, bounds=[(-1, 1)] * 2)
    result = minimize(problem, [0.5, 0.5], name, max_iterations=300)
    assert result.fun == 1.0


@pytest.mark.parametrize("name", ["powell", "cyclic_coordinate_search"])
@pytest.mark.parametrize("fun", [lambda x: float(x.sum()), lambda x: -float(x @ x)])
def test_a_line_without_an_end_ends_the_run_honestly(name, fun):
    result = minimize(fun, [1.0, 2.0], name)
    assert not result.success
    assert result.status is Status.BAD_EVALUATION
    assert "the objective returned" in result.message


@pytest.mark.parametrize("name", LOCAL)
@given(shift=st.floats(-10, 10))
@settings(max_examples=15, deadline=None)
def test_values_never_rise(name, shift):
    result = minimize(lambda x: float((x[0] - shift) ** 2 + abs(x[1] + x[0])), [1.0, 2.0], name, max_iterations=60)
    assert np.all(np.diff(result.history.fun) <= 0)


BAD_OPTIONS = [
    ("nelder_mead", "tolerance", -1, "tolerance must be a number >= 0, got -1"),
    ("nelder_mead", "initial_simplex", [[0, 0], [1, 1], [2, 2]], "initial_simplex must not be flat"),
    (
        "nelder_mead",
        "initial_simplex",
        [[0, 0]],
        "initial_simplex must be finite numbers of shape (3, 2), got [[0, 0]]",
    ),
    ("powell", "tolerance", 0, "tolerance must be positive, got 0"),
    ("powell", "fun_tolerance", -1.0, "fun_tolerance must be a finite number >= 0, got -1.0"),
    ("powell", "directions", [[1, 1], [2, 2]], "directions must be 2 linearly independent rows of 2 numbers"),
    ("hooke_jeeves", "step", 0, "step must be positive, got 0"),
    ("hooke_jeeves", "shrink", 1.0, "shrink must be above 0 and below 1, got 1.0"),
    ("generalized_pattern_search", "shrink", 0, "shrink must be above 0 and below 1, got 0"),
    ("cyclic_coordinate_search", "line_tolerance", 0, "line_tolerance must be positive, got 0"),
    ("direct", "epsilon", -1, "epsilon must be a finite number >= 0, got -1"),
    ("direct", "tolerance", 0, "tolerance must be positive, got 0"),
]


@pytest.mark.parametrize(("name", "option", "value", "message"), BAD_OPTIONS)
def test_bad_option_is_named_with_its_value(name, option, value, message):
    with pytest.raises(ValueError) as error:
        minimize(problems.booth(), method=name, **{option: value})
    assert str(error.value).startswith(message)


def test_every_option_of_every_method_refuses_nonsense():
    for name, found in methods("direct_search").items():
        for option in found.options:
            with pytest.raises(ValueError, match="must be"):
                minimize(problems.booth(), method=name, **{option: "nonsense"})


def test_direct_needs_a_finite_box():
    with pytest.raises(ValueError, match="bounds must be finite to be divided, and their widths too"):
        minimize(problems.sphere(), method="direct", bounds=[(-1.7e308, 1.7e308)] * 2)
    with pytest.raises(ValueError, match="bounds must be finite to be divided"):
        minimize(lambda x: x @ x, [1.0], "direct", bounds=[(0, None)])


def test_adaptive_nelder_mead_does_not_collapse_in_one_dimension():
    """Gao and Han's factor of a shrinkage is 1 - 1/d: with it a simplex of two corners would become a point."""
    result = minimize(lambda x: float(np.abs(np.sin(3 * x[0])) + x[0] ** 2 / 9), np.array([0.9]), "nelder_mead",
                      adaptive=True)  # fmt: skip
    usual = minimize(lambda x: float(np.abs(np.sin(3 * x[0])) + x[0] ** 2 / 9), np.array([0.9]), "nelder_mead")
    assert result.success
    assert result.x == pytest.approx(usual.x, abs=0)
