"""Line searches: their conditions, and MINPACK's and SciPy's steps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import bracket, minimize_scalar, rosen, rosen_der
from scipy.optimize._dcsrch import DCSRCH

from mlopt_course import Problem, problems
from mlopt_course.bracketing import Trial, backtracking, exact_line_search, more_thuente, strong_wolfe
from mlopt_course.bracketing.exact import bracket_by_parabolas

EPSILON = np.finfo(float).eps


def wavy_line(a, b, frequency):
    """A wavy bowl, and its start: x = 2, and the direction against the gradient."""

    def fun(x):
        return float(a * x[0] ** 2 + b * np.sin(frequency * x[0]))

    def gradient(x):
        return np.array([2 * a * x[0] + b * frequency * np.cos(frequency * x[0])])

    x = np.array([2.0])
    g = gradient(x)
    return Problem(fun, gradient), Trial(0.0, x, fun(x), g, -float(g @ g)), -g


WAVES = {"a": st.floats(0.1, 10), "b": st.floats(-3, 3), "frequency": st.floats(0.1, 5), "first": st.floats(1e-3, 1e3)}


@pytest.mark.parametrize("search", [strong_wolfe, more_thuente])
@given(**WAVES, curvature=st.sampled_from([0.9, 0.4, 0.1, 1e-3]))
@settings(deadline=None)
def test_the_step_satisfies_both_wolfe_conditions(search, a, b, frequency, first, curvature):
    """On a wavy bowl, from any first trial."""
    problem, start, direction = wavy_line(a, b, frequency)
    if start.slope > -1e-6:
        return
    found = search(problem, start, direction, first, curvature=curvature, max_trials=60)
    assert found is not None
    assert found.fun <= start.fun + 1e-4 * found.step * start.slope + 4 * EPSILON * abs(start.fun)
    assert abs(found.slope) <= -curvature * start.slope
    np.testing.assert_array_equal(found.x, start.x + found.step * direction)
    assert found.fun == problem.fun(found.x)


@given(**WAVES)
@settings(deadline=None)
def test_backtracking_takes_the_first_of_its_steps_that_is_low_enough(a, b, frequency, first):
    problem, start, direction = wavy_line(a, b, frequency)
    if start.slope > -1e-6:
        return
    found = backtracking(problem, start, direction, first, decrease=0.3, shrink=0.5)
    assert found is not None
    tried = first * 0.5 ** np.arange(60)
    enough = [problem.fun(start.x + t * direction) <= start.fun + 0.3 * t * start.slope for t in tried]
    assert found.step == tried[enough.index(True)]
    assert found.fun == problem.fun(found.x)


@pytest.mark.parametrize("search", [strong_wolfe, more_thuente, backtracking])
def test_a_search_refuses_a_direction_that_ascends(search):
    start = Trial(0.0, np.ones(1), 1.0, np.ones(1), 1.0)
    with pytest.raises(ValueError, match="direction must descend: its slope at the start must be negative, got 1"):
        search(Problem(lambda x: 0.0, lambda x: x), start, np.ones(1), 1.0)


@pytest.mark.parametrize("search", [strong_wolfe, more_thuente, backtracking])
def test_a_search_on_a_wrong_gradient_finds_nothing(search):
    start = Trial(0.0, np.ones(1), 1.0, -2 * np.ones(1), -2.0)
    problem = Problem(lambda x: float(x @ x), lambda x: -2 * x)
    assert search(problem, start, np.ones(1), 1.0) is None


@pytest.mark.parametrize(
    ("search", "option", "value", "message"),
    [
        (strong_wolfe, "curvature", 1e-5, "curvature must be above decrease = 0.0001 and at most 1, got 1e-05"),
        (more_thuente, "curvature", 2.0, "curvature must be above decrease = 0.0001 and at most 1, got 2.0"),
        (more_thuente, "decrease", 0.0, "decrease must be positive, got 0.0"),
        (backtracking, "shrink", 1.0, "shrink must be above 0 and below 1, got 1.0"),
        (backtracking, "max_trials", 0, "max_trials must be an integer >= 1, got 0"),
    ],
)
def test_bad_option_is_named_with_its_value(search, option, value, message):
    start = Trial(0.0, np.ones(1), 1.0, np.ones(1), -1.0)
    with pytest.raises(ValueError) as error:
        search(Problem(lambda x: 0.0, lambda x: x), start, -np.ones(1), 1.0, **{option: value})
    assert str(error.value) == message


# More and Thuente's search against MINPACK's, as SciPy has it


@pytest.mark.parametrize("curvature", [0.9, 0.1, 1e-4])
@given(**WAVES)
@settings(deadline=None)
def test_more_thuente_tries_the_steps_that_minpacks_dcsrch_tries(curvature, a, b, frequency, first):
    problem, start, direction = wavy_line(a, b, frequency)
    if start.slope > -1e-6:
        return
    ours, theirs = [], []
    spy = Problem(lambda x: ours.append(x[0]) or problem.fun(x), problem.gradient)
    more_thuente(spy, start, direction, first, decrease=1e-5, curvature=curvature, max_trials=99)

    def phi(step):
        x = start.x + step * direction
        theirs.append(x[0])
        return problem.fun(x)

    def slope(step):
        return float(problem.gradient(start.x + step * direction) @ direction)

    search = DCSRCH(phi, slope, 1e-5, curvature, 1e-14, 1e-100, 1e100)
    search(first, phi0=start.fun, derphi0=start.slope, maxiter=99)
    assert ours == theirs


@pytest.mark.parametrize("curvature", [0.9, 0.1])
@pytest.mark.parametrize("wall", [0.0, 1e-6, 1e-3])
@pytest.mark.parametrize("penalty", [1e6, 1e8, 1e10, 1e12])
def test_more_thuente_finds_a_step_before_a_steep_penalty_far_below_its_first_trial(penalty, wall, curvature):
    """A gentle slope down to a wall: the first trial, 1e4, is up to 1e19 times as far as the minimum."""
    problem = Problem(
        lambda x: float(-1e-3 * x[0] + penalty * max(0.0, x[0] - wall) ** 2),
        lambda x: -1e-3 + 2 * penalty * np.maximum(0.0, x - wall),
    )
    start = Trial(0.0, np.zeros(1), problem.fun(np.zeros(1)), problem.gradient(np.zeros(1)), -1e-3)
    found = more_thuente(problem, start, np.ones(1), 1e4, curvature=curvature)
    assert found is not None
    assert found.fun <= start.fun + 1e-4 * found.step * start.slope
    assert abs(found.slope) <= -curvature * start.slope


def test_more_thuente_on_a_kink_finds_nothing():
    """Every slope near the minimum of ``|x - 1|`` is steep: no point satisfies the second condition."""
    problem = Problem(lambda x: float(abs(x[0] - 1)), lambda x: np.sign(x - 1))
    start = Trial(0.0, np.zeros(1), 1.0, -np.ones(1), -1.0)
    assert more_thuente(problem, start, np.ones(1), 0.3) is None


# The exact search against SciPy's bracket and brent


@given(
    coefficients=st.lists(st.floats(-3, 3), min_size=3, max_size=3), at=st.floats(-50, 50), scale=st.floats(1e-3, 1e3)
)
@settings(deadline=None)
def test_exact_line_search_tries_the_points_that_scipy_tries(coefficients, at, scale):
    def fun(step):
        p, q, r = coefficients
        z = scale * step
        return (z - at) ** 2 + p * np.sin(z) + q * abs(z) + r

    ours, theirs = [], []

    def spy(step):
        theirs.append(float(step))
        return fun(step)

    found = exact_line_search(
        Problem(lambda x: ours.append(float(x[0])) or fun(x[0])), np.zeros(1), np.ones(1), tolerance=1e-6
    )
    expected = minimize_scalar(spy, method="brent", options={"xtol": 1e-6})
    assert ours == theirs
    assert found.step == expected.x
    assert found.fun == expected.fun


def test_a_bracket_is_scipys():
    def fun(x):
        return np.cosh(0.01 * x - 3)

    a, b, c = bracket_by_parabolas(fun, fun(0.0))
    assert [a[0], b[0], c[0], a[1], b[1], c[1]] == list(bracket(fun)[:6])


def test_on_a_flat_line_and_along_no_direction_the_point_stays():
    flat = Problem(lambda x: 1.0)
    assert exact_line_search(flat, np.ones(2), np.ones(2)).step == 0.0
    found = exact_line_search(Problem(lambda x: float(x @ x)), np.ones(2), np.zeros(2), fun=2.0)
    assert (found.step, found.fun) == (0.0, 2.0)


def test_the_exact_step_on_a_quadratic_is_the_formula():
    problem = problems.ellipsoid(dimension=4)
    x = np.ones(4)
    gradient, hessian = problem.gradient(x), problem.hessian(x)
    found = exact_line_search(problem, x, -gradient, tolerance=1e-10)
    # values tell points apart to the root of the machine precision only
    assert found.step == pytest.approx(gradient @ gradient / (gradient @ hessian @ gradient), rel=1e-7)


def test_searches_agree_on_rosenbrock():
    x = np.array([-1.2, 1.0])
    gradient = rosen_der(x)
    start = Trial(0.0, x, rosen(x), gradient, -float(gradient @ gradient))
    steps = [
        search(Problem(rosen, rosen_der), start, -gradient, 1e-3, decrease=1e-8, curvature=1e-7).step
        for search in (strong_wolfe, more_thuente)
    ]
    assert steps[0] == pytest.approx(steps[1], rel=1e-6)


@pytest.mark.parametrize("weight", [1e2, 1e4, 1e6])
def test_a_steep_wall_costs_few_trials(weight):
    """A penalty's line: a gentle fall, then a wall. Interpolation alone creeps along; the interval must be halved."""

    def fun(x):
        return float(-x[0] + weight * max(0.0, x[0] - 0.9) ** 2)

    def gradient(x):
        return np.array([-1 + 2 * weight * max(0.0, x[0] - 0.9)])

    x = np.array([0.0])
    start = Trial(0.0, x, fun(x), gradient(x), -1.0)
    found = strong_wolfe(Problem(fun, gradient), start, np.array([1.0]), 10.0, max_trials=40)
    assert found is not None
    assert abs(gradient(found.x)[0]) <= 0.1


def test_a_wall_of_exponential_height_does_not_overflow():
    def fun(x):
        return float(-x[0] + np.exp(60 * (x[0] - 1)))

    def gradient(x):
        return np.array([-1 + 60 * np.exp(60 * (x[0] - 1))])

    x = np.array([0.0])
    with np.errstate(over="ignore", invalid="ignore"):
        start = Trial(0.0, x, fun(x), gradient(x), float(gradient(x)[0]))
        found = strong_wolfe(Problem(fun, gradient), start, np.array([1.0]), 10.0)
    assert found is not None
    assert abs(gradient(found.x)[0]) <= 0.1
