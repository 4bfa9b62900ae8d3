"""What `minimize` is given: starts of every kind, and arguments that it refuses."""

from __future__ import annotations

import math

import numpy as np
import pytest
from made_up_methods import SQUARE, Calls, made_up_methods, slope, square  # noqa: F401 (a fixture for every test here)

from mlopt_course import Problem, minimize

# ---- starts


@pytest.mark.parametrize(
    "start",
    [
        [3, -4],
        (3.0, -4.0),
        np.array([3, -4]),
        np.array([3, -4], dtype=np.float32),
        np.array([9.0, 3.0, 9.0, -4.0])[1::2],
        np.array([-4.0, 3.0])[::-1],
        np.asfortranarray(np.array([[3.0, 0.0], [-4.0, 0.0]]))[:, 0],
    ],
)
def test_starts_of_every_kind_give_the_same_run(start):
    expected = minimize(SQUARE, method="descent", max_iterations=5)
    np.testing.assert_array_equal(minimize(SQUARE, start, "descent", max_iterations=5).x, expected.x)


def test_a_read_only_start_is_left_alone_and_may_be_started_from():
    start = np.array([3.0, -4.0])
    start.flags.writeable = False
    result = minimize(SQUARE, start, "descent_in_place", max_iterations=5)
    assert result.fun < 25.0
    np.testing.assert_array_equal(start, [3.0, -4.0])


@pytest.mark.parametrize("start", [5, 5.0, np.float64(5), np.array(5.0), np.array(5)])
def test_a_start_that_is_a_number_makes_runs_of_numbers(start):
    seen = []

    def fun(x):
        seen.append(np.shape(x))
        return x**2

    result = minimize(fun, start, "descent", jac=slope, max_iterations=3)
    assert set(seen) == {()}
    assert isinstance(result.x, float)
    assert result.history.x.shape == (4,)


def test_matrices_are_points_too():
    result = minimize(SQUARE, np.ones((2, 3)), "descent", max_iterations=4)
    assert result.x.shape == (2, 3)
    assert result.history.x.shape == (5, 2, 3)


def test_scalar_methods_take_a_number_or_an_array_of_one():
    for start in (8.0, [8.0]):
        assert minimize(square, start, "shrink", max_iterations=3).x == 1.0
    with pytest.raises(ValueError, match=r"method 'shrink' searches along one variable; x0 must be .* shape \(2,\)"):
        minimize(square, [1.0, 2.0], "shrink")


def test_permutations_stay_whole_numbers():
    cities = np.random.default_rng(0).random((8, 2))

    def length(tour):
        assert tour.dtype.kind == "i"
        return float(np.linalg.norm(cities[tour] - cities[np.roll(tour, 1)], axis=1).sum())

    result = minimize(length, np.arange(8), "swapping", rng=0, max_iterations=200)
    assert result.fun < length(np.arange(8))
    assert sorted(result.x) == list(range(8))
    assert result.history.x.dtype.kind == "i"
    with pytest.raises(ValueError, match=r"x0 must be a permutation of 0 ... 2, got \[0, 0, 2\]"):
        minimize(length, [0, 0, 2], "swapping")


# ---- bad arguments


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"problem": 3}, "problem must be a Problem or a function of x, got 3"),
        ({"x0": None, "problem": square}, "x0 is missing: square has no start of its own"),
        ({"x0": "abc"}, "x0 must be an array of real numbers, got 'abc'"),
        ({"x0": "5"}, "x0 must be an array of real numbers, got '5'"),
        ({"x0": [1.0, None]}, "x0 must be finite, got"),
        ({"x0": [1.0 + 2j]}, "x0 must be an array of real numbers"),
        ({"x0": [[1.0], [2.0, 3.0]]}, "x0 must be an array of real numbers"),
        ({"x0": []}, "x0 must have at least one variable, got an empty array"),
        ({"x0": np.ones((2, 2, 2))}, r"x0 must be a number, a vector or a matrix, got shape \(2, 2, 2\)"),
        ({"x0": [1.0, math.nan]}, r"x0 must be finite, got \[1.0, nan\]"),
        ({"x0": [math.inf]}, "x0 must be finite"),
        ({"max_iterations": -1}, "max_iterations must be an integer >= 0, got -1"),
        ({"max_iterations": 2.5}, "max_iterations must be an integer >= 0, got 2.5"),
        ({"max_iterations": None}, "max_iterations must be an integer >= 0, got None"),
        ({"max_iterations": True}, "max_iterations must be an integer >= 0, got True"),
        ({"max_evaluations": 0}, "max_evaluations must be an integer >= 1, got 0"),
        ({"max_evaluations": "many"}, "max_evaluations must be an integer >= 1, got 'many'"),
        ({"target": "low"}, "target must be a number, got 'low'"),
        ({"target": math.nan}, "target must be a number, got nan"),
        ({"tolerance": -1e-3}, "tolerance must be a number >= 0, got -0.001"),
        ({"tolerance": "tight"}, "tolerance must be a number >= 0, got 'tight'"),
        ({"rng": -1}, "rng must be a numpy.random.Generator, a seed .* or None, got -1"),
        ({"rng": "seed"}, "rng must be a numpy.random.Generator, a seed .* or None, got 'seed'"),
        ({"callback": 5}, "callback must be a function of the iterate, got 5"),
        ({"history": "some"}, "history must be 'full', 'iterates' or a stride .*, got 'some'"),
        ({"history": 0}, "history must be 'full', 'iterates' or a stride .*, got 0"),
        ({"history": np.ones(2)}, "history must be 'full', 'iterates' or a stride"),
        ({"jac": slope}, "jac belongs to a plain function"),
        ({"hess": slope}, "hess belongs to a plain function"),
        ({"args": (1,)}, "args belongs to a plain function"),
        ({"problem": square, "jac": 7}, r"jac must be a function, True .* or None, got 7"),
        ({"problem": square, "jac": "cs"}, r"jac must be a function, True .* or None, got 'cs'"),
        ({"problem": square, "hess": True}, "hess must be a function or None, got True"),
        ({"problem": square, "method": "newton_step"}, "method 'newton_step' needs hessian, .* give hess="),
        ({"method": "sampling"}, "method 'sampling' needs bounds, which square does not have; give bounds="),
        ({"method": "last_term"}, "method 'last_term' needs finite_sum, .* mlopt_course.problems"),
        ({"method": "constrained"}, "method 'constrained' needs constraints, .* give constraints="),
        ({"bounds": [(0, 1)] * 2}, "method 'descent' cannot keep to bounds; methods that can: .*sampling"),
        ({"constraints": {"type": "ineq", "fun": square}}, "'descent' cannot keep to constraints; .*constrained"),
        ({"bounds": [(1, 0)] * 2}, "bounds must have low <= high"),
        ({"bounds": [(0, 1)] * 3}, "bounds must have one pair for each of the 2 variables, got 3"),
        ({"learning_rat": 1}, "method 'descent' has no option 'learning_rat'; its options are learning_rate=0.1"),
        ({"method": "newton_step", "rate": 1}, "method 'newton_step' has no option 'rate'; its options are none"),
        ({"rng_": 1, "method": "walk"}, "method 'walk' has no option 'rng_'; its options are step=1.0"),
    ],
)
def test_bad_arguments_are_named(arguments, sentence):
    given = {"problem": SQUARE, "x0": np.array([3.0, -4.0]), "method": "descent", **arguments}
    with pytest.raises(ValueError, match=sentence):
        minimize(given.pop("problem"), given.pop("x0"), **given)


@pytest.mark.parametrize(
    ("x0", "sentence"),
    [
        ([2.0, 0.0], r"x0 must lie within the bounds \[\[-1.0, 1.0\], \[-1.0, 1.0\]\], got \[2.0, 0.0\]"),
        ([0.0], "bounds must have one pair for each of the 1 variables, got 2|x0 must have 2 variables"),
    ],
)
def test_a_start_outside_the_bounds_is_named(x0, sentence):
    for problem, extra in ((Problem(square, bounds=[(-1, 1)] * 2), {}), (square, {"bounds": [(-1, 1)] * 2})):
        with pytest.raises(ValueError, match=sentence):
            minimize(problem, x0, "sampling", **extra)
