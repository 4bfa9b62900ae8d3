"""Bracketing methods: proved interval lengths, SciPy's steps, and certificates."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import bisect, golden, minimize_scalar

from mlopt_course import Problem, methods, minimize
from mlopt_course.bracketing import bracket_minimum

PHI = (1 + math.sqrt(5)) / 2
SEARCHES = ("fibonacci_search", "golden_section_search", "brent", "quadratic_fit_search", "bisection")


def valley(at=0.7, low=-1.0, high=2.0):
    """Unimodal, smooth and no parabola; its minimum is in the interval."""
    return Problem(lambda x: math.exp(x - at) - (x - at), lambda x: math.exp(x - at) - 1, bounds=[(low, high)])


@pytest.mark.parametrize("name", SEARCHES)
@given(at=st.floats(-0.99, 1.99))
@settings(deadline=None)
def test_the_minimum_is_found_and_lies_in_every_interval(name, at):
    options = {"evaluations": 40} if name == "fibonacci_search" else {}
    result = minimize(valley(at), method=name, **options)
    assert result.success
    # values tell points apart to the root of the machine precision: 2 sqrt(eps f / f'') = 3e-8
    assert result.x == pytest.approx(at, abs=1e-7)
    low, high = result.history.interval.T
    assert np.all(low[:-1] <= low[1:])
    assert np.all(high[1:] <= high[:-1])
    assert np.all(low - 1e-7 <= at)
    assert np.all(at <= high + 1e-7)


@pytest.mark.parametrize("name", [*SEARCHES, "shubert_piyavskii"])
@given(
    low=st.floats(-100, 100), width=st.sampled_from([0.0, 1e-300, 1e-12, 1e-6, 1.0, 1e3]), slope=st.sampled_from([0, 1])
)
@settings(max_examples=60, deadline=None)
def test_no_evaluation_leaves_the_interval(name, low, width, slope):
    """Nor does a flat or a monotonic function, or an interval of no width, upset it."""
    high, seen = low + width, []

    def fun(x):
        seen.append(x)
        return slope * x

    def gradient(x):
        seen.append(x)
        return slope * 1.0

    options = {"lipschitz": 2.0} if name == "shubert_piyavskii" else {}
    problem = Problem(fun, gradient, bounds=[(low, high)])
    if name == "bisection" and slope:
        with pytest.raises(ValueError, match="bounds must have a derivative <= 0 at the lower"):
            minimize(problem, method=name)
    else:
        result = minimize(problem, method=name, max_iterations=5000, **options)
        assert low <= result.x <= high
    assert low <= min(seen)
    assert max(seen) <= high


@pytest.mark.parametrize("name", [*SEARCHES, "shubert_piyavskii"])
def test_one_evaluation_is_no_trouble(name):
    options = {"lipschitz": 20.0} if name == "shubert_piyavskii" else {}
    result = minimize(valley(), method=name, max_evaluations=1, **options)
    assert not result.success
    assert result.nfev <= 1


def test_a_start_outside_the_interval_is_refused_and_not_evaluated():
    with pytest.raises(ValueError, match="x0 must lie within the bounds"):
        minimize(valley(), 5.0, "golden_section_search")


@pytest.mark.parametrize("bounds", [None, [(0, 1), (0, 1)], [(0, math.inf)]])
def test_the_interval_must_be_one_and_finite(bounds):
    with pytest.raises(ValueError, match=r"needs bounds|bounds must be (one pair|finite)"):
        minimize(Problem(lambda x: x * x, bounds=bounds), method="golden_section_search")


# Lengths of the intervals


def fibonacci(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a


@pytest.mark.parametrize("n", [2, 3, 4, 5, 8, 13, 21])
@given(at=st.floats(-1, 2))
@settings(max_examples=30, deadline=None)
def test_fibonacci_search_guarantees_the_shortest_interval_there_is(n, at):
    """Kiefer's bound (b - a) / F(n+1), up to the fraction by which the last two points are kept apart."""
    result = minimize(valley(at), method="fibonacci_search", evaluations=n, epsilon=1e-3)
    low, high = result.history.interval[-1]
    assert result.nfev == n
    assert high - low <= 3 * (1 + 2e-3) / fibonacci(n + 1) * (1 + 1e-12)
    assert high - low >= 3 * (1 - 2e-3) / fibonacci(n + 1) * (1 - 1e-12)


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_no_placing_of_points_guarantees_a_shorter_interval(n):
    """Search all strategies on a grid of F(n+1) cells: an adversary keeps one cell, and never less.

    What is left after comparing two inner points is the part on the lower one's side; the adversary picks the larger.
    """
    from functools import cache

    @cache
    def cells(length, inner, left):
        """Cells that the adversary can keep of ``length``, with an inner point known and ``left`` points to place."""
        if left == 0:
            return length
        best = length
        for new in range(1, length):
            if new != inner:
                a, b = min(inner, new), max(inner, new)
                keeps_left = cells(b, a, left - 1)
                keeps_right = cells(length - a, b - a, left - 1)
                best = min(best, max(keeps_left, keeps_right))
        return best

    def guaranteed(length):
        return min(cells(length, first, n - 1) for first in range(1, length))

    longest = 5 * fibonacci(n + 1)
    for length in range(2, longest + 1):
        assert guaranteed(length) * fibonacci(n + 1) >= length
    # and Fibonacci's ratio is reached, but for the one cell that keeps the last two points apart
    assert guaranteed(longest - fibonacci(n - 1)) == 5


def test_golden_section_shrinks_the_interval_by_the_golden_ratio():
    lengths = np.diff(minimize(valley(), method="golden_section_search").history.interval, axis=1).ravel()
    steps = np.arange(len(lengths))
    # the inner points drift by rounding, which grows as 1.618 ** step; until 20 steps it stays below 1e-11
    np.testing.assert_allclose(lengths[:20], 3 * PHI ** -steps[:20], rtol=1e-11)
    assert lengths[-1] <= 1e-8


def test_fibonacci_search_needs_no_more_evaluations_than_golden_section():
    golden_run = minimize(valley(), method="golden_section_search", tolerance=1e-4)
    n = golden_run.nfev
    last = np.ptp(minimize(valley(), method="fibonacci_search", evaluations=n, epsilon=1e-6).history.interval[-1])
    assert last <= np.ptp(golden_run.history.interval[-1])


def test_bisection_halves_the_interval():
    lengths = np.diff(minimize(valley(), method="bisection").history.interval, axis=1).ravel()
    np.testing.assert_allclose(lengths, 3 * 0.5 ** np.arange(1, len(lengths) + 1), rtol=1e-3)


# SciPy's steps


@given(at=st.floats(-0.99, 1.99), tolerance=st.sampled_from([1e-3, 1e-6, 1e-9]))
@settings(deadline=None)
def test_brent_tries_the_points_that_scipys_bounded_search_tries(at, tolerance):
    theirs, problem = [], valley(at)

    def spy(x):
        theirs.append(float(x))
        return problem.fun(float(x))

    ours = []
    minimize(
        Problem(lambda x: ours.append(x) or problem.fun(x), bounds=problem.bounds), method="brent", tolerance=tolerance
    )
    minimize_scalar(spy, bounds=(-1, 2), method="bounded", options={"xatol": tolerance})
    assert ours == theirs


def test_golden_section_tries_the_points_that_scipy_tries():
    """Until 20 steps: SciPy's ratio has 8 digits, and its error of 1e-9 grows as 1.618 ** step."""
    theirs, problem = [], valley()

    def spy(x):
        theirs.append(float(x))
        return problem.fun(float(x))

    inner = 2 - 3 / PHI
    golden(spy, brack=(-1, inner, 2))
    ours = []
    minimize(Problem(lambda x: ours.append(x) or problem.fun(x), bounds=problem.bounds), method="golden_section_search")
    np.testing.assert_allclose(ours[2:20], theirs[5:23], atol=1e-6)  # SciPy evaluates the bracket first


def test_bisection_tries_the_points_that_scipy_tries():
    theirs, problem = [], valley()

    def spy(x):
        theirs.append(x)
        return problem.gradient(x)

    root = bisect(spy, -1, 2, xtol=1e-12, rtol=1e-15)
    result = minimize(problem, method="bisection", tolerance=1e-12)
    np.testing.assert_allclose(result.history.x[:40], theirs[2:42], rtol=1e-15)
    assert result.history.x[-1] == pytest.approx(root, abs=1e-12)


@pytest.mark.parametrize(
    "fun", [lambda x: x**4 - x, lambda x: math.exp(x) - 2 * x, lambda x: -math.sin(x + 0.5), lambda x: abs(x - 0.3)]
)
def test_evaluations_are_no_more_than_scipys(fun):
    """At the same final accuracy."""
    ours = minimize(Problem(fun, bounds=[(-1, 2)]), method="brent", tolerance=1e-8)
    theirs = minimize_scalar(fun, bounds=(-1, 2), method="bounded", options={"xatol": 1e-8})
    assert ours.nfev <= theirs.nfev
    assert ours.fun <= theirs.fun
    section = minimize(Problem(fun, bounds=[(-1, 2)]), method="golden_section_search", tolerance=1e-8)
    other = minimize_scalar(fun, bracket=(-1, 2 - 3 / PHI, 2), method="golden", options={"xtol": 1e-8 / 2})
    assert section.nfev <= other.nfev + 1


# Rates


def test_brent_and_the_parabola_are_superlinear_where_golden_section_is_linear():
    counts = {
        name: minimize(valley(), method=name, tolerance=1e-7).nfev
        for name in ("golden_section_search", "brent", "quadratic_fit_search")
    }
    assert counts["brent"] < counts["golden_section_search"] / 2
    assert counts["quadratic_fit_search"] < counts["golden_section_search"]


def test_a_parabola_needs_one_fit():
    problem = Problem(lambda x: (x - 0.3) ** 2, bounds=[(-1, 2)])
    result = minimize(problem, method="quadratic_fit_search")
    assert result.nfev <= 5
    assert result.x == pytest.approx(0.3, abs=1e-12)


# Shubert and Piyavskii


def many_hollows():
    return Problem(lambda x: math.sin(3 * x) + 0.1 * x * x, bounds=[(-5, 5)])


def test_shubert_piyavskii_finds_the_global_minimum_with_a_certificate():
    problem = many_hollows()
    result = minimize(problem, method="shubert_piyavskii", lipschitz=4.0, tolerance=1e-3)
    grid = np.linspace(-5, 5, 100_001)
    lowest = np.min(np.sin(3 * grid) + 0.1 * grid**2)
    assert result.success
    assert result.fun - lowest <= 1e-3
    bounds = result.history.lower_bound
    assert np.all(np.diff(bounds) >= -1e-12)  # the certificate only tightens
    assert np.all(bounds <= lowest + 1e-12)
    assert result.fun - bounds[-1] <= 1e-3


def test_shubert_piyavskii_notices_a_slope_that_is_too_small():
    result = minimize(
        Problem(lambda x: 10 * abs(x - 0.123), bounds=[(-1, 1)]), method="shubert_piyavskii", lipschitz=0.1
    )
    assert not result.success
    assert "lipschitz = 0.1 is too small" in result.message


# bracket_minimum


@given(at=st.floats(-1e3, 1e3), start=st.floats(-1e3, 1e3), step=st.sampled_from([0.01, -0.01, 3.0]))
@settings(deadline=None)
def test_bracket_minimum_holds_the_minimum(at, start, step):
    def fun(x):
        return abs(x - at) ** 1.5

    low, middle, high = bracket_minimum(fun, start, step=step)
    assert low < middle < high
    assert fun(middle) <= min(fun(low), fun(high))
    assert low <= at <= high


def test_bracket_minimum_follows_the_published_steps():
    """Algorithm 3.1 by hand: x = 0, then 0.01, 0.02, 0.04, ... as the step doubles, on (x - 1)^2."""
    tried = []
    bracket_minimum(lambda x: tried.append(x) or (x - 1) ** 2)
    np.testing.assert_allclose(tried, [0, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56], rtol=1e-12)


def test_bracket_minimum_gives_up_where_there_is_none():
    with pytest.raises(ValueError, match=r"fun must rise somewhere; from x = 0.0 it still falls after 50 steps"):
        bracket_minimum(lambda x: -x, max_steps=50)


BAD_OPTIONS = [
    ("fibonacci_search", "evaluations", 1, "evaluations must be an integer >= 2, got 1"),
    ("fibonacci_search", "epsilon", 0.5, "epsilon must be above 0 and below 0.5, got 0.5"),
    ("golden_section_search", "tolerance", -1.0, "tolerance must be a number >= 0, got -1.0"),
    ("brent", "tolerance", 0.0, "tolerance must be positive, got 0.0"),
    ("quadratic_fit_search", "tolerance", 0, "tolerance must be positive, got 0"),
    ("shubert_piyavskii", "lipschitz", None, "lipschitz must be positive (a bound on the absolute slope), got None"),
]


@pytest.mark.parametrize(("name", "option", "value", "message"), BAD_OPTIONS)
def test_bad_option_is_named_with_its_value(name, option, value, message):
    with pytest.raises(ValueError) as error:
        minimize(valley(), method=name, **{option: value})
    assert str(error.value) == message


def test_every_option_of_every_method_refuses_nonsense():
    for name, found in methods("bracketing").items():
        for option in found.options:
            with pytest.raises(ValueError, match="must be"):
                minimize(valley(), method=name, **{option: "nonsense"})


@pytest.mark.parametrize(("option", "value"), [("step", 0), ("step", math.nan), ("expand", 1.0), ("max_steps", 0)])
def test_bracket_minimum_names_bad_options(option, value):
    with pytest.raises(ValueError, match=f"{option} must be .*, got {value}"):
        bracket_minimum(abs, 1.0, **{option: value})
