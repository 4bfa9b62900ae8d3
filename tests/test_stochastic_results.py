"""Reading results, and options: repeated runs, running times, intervals; each bad option is named."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mlopt_course import Problem, methods, minimize, problems
from mlopt_course.evolutionary_swarm import blend, rank_selection, simulated_binary, tournament, travelling_salesman
from mlopt_course.stochastic import (
    ecdf,
    expected_running_time,
    exponential_cooling,
    first_hits,
    linear_cooling,
    median_interval,
    random_jump,
    repeat,
    success_rate,
    tsallis_cooling,
)


class Run:
    """A made-up result: values after so many evaluations."""

    def __init__(self, nfev, fun):
        self.history = self
        self.total = nfev[-1]
        self.curve = np.array(nfev), np.array(fun)

    @property
    def fun(self):
        return self.curve[1]

    @property
    def nfev(self):
        return Nfev(self.curve[0])


class Nfev(np.ndarray):
    """Evaluations of a made-up history, which as a number are the total."""

    def __new__(cls, values):
        return np.asarray(values).view(cls)

    def __float__(self):
        return float(np.asarray(self)[-1])


RUNS = [Run([1, 10, 20], [5.0, 1.0, 0.1]), Run([1, 30, 100], [4.0, 2.0, 1.5]), Run([1, 40, 60], [9.0, 0.9, 0.9])]


def test_hits_rates_and_running_times_by_hand():
    np.testing.assert_array_equal(first_hits(RUNS, 1.0), [10, np.inf, 40])
    assert success_rate(RUNS, 1.0) == pytest.approx(2 / 3)
    assert expected_running_time(RUNS, 1.0) == (10 + 100 + 40) / 2
    assert expected_running_time(RUNS, 4.5) == (10 + 1 + 40) / 3
    assert expected_running_time(RUNS, -1.0) == math.inf


def test_ecdf_counts_pairs_of_run_and_target():
    evaluations, solved = ecdf(RUNS, [1.0, 0.5])
    np.testing.assert_array_equal(evaluations, [10, 20, 40])
    np.testing.assert_allclose(solved, [1 / 6, 2 / 6, 3 / 6])
    evaluations, solved = ecdf(RUNS, 1e9)
    assert (evaluations.tolist(), solved.tolist()) == ([1], [1.0])
    with pytest.raises(ValueError, match="must not be empty"):
        ecdf([], 1.0)


def test_repeat_runs_each_seed_once_and_alike():
    problem = problems.sphere(2)
    runs = repeat(problem, "one_plus_one", 3, max_evaluations=50)
    again = repeat(problem, "one_plus_one", [0, 1, 2], max_evaluations=50)
    assert [r.fun for r in runs] == [r.fun for r in again]
    assert len({r.fun for r in runs}) == 3
    assert expected_running_time(runs, problem.fun(problem.x0)) == 1
    with pytest.raises(ValueError, match="seeds must be an integer >= 1, got 0"):
        repeat(problem, "one_plus_one", 0)


def test_running_time_of_random_search_is_geometric():
    """A target that a tenth of the box reaches takes ten draws on average, failed runs restarted or not."""
    problem = problems.sphere(1)
    target = (0.1 * 5.12) ** 2
    for budget in (5, 400):
        runs = repeat(problem, "random_search", 400, batch_size=1, max_evaluations=budget + 1, target=target)
        # The first evaluation is of the start, which is no draw; the standard error of a mean of 10 +- 9.5 is 5 %.
        attempts = expected_running_time(runs, target) - (1 if budget == 400 else 1 / success_rate(runs, target))
        assert attempts == pytest.approx(10, rel=0.2)


def test_the_interval_of_a_median_is_the_binomial_one():
    """For n = 15 at 95 %, Conover's table gives the 4th and the 12th value; it holds the median as often as it says."""
    low, median, high = median_interval(range(1, 16))
    assert (low, median, high) == (4, 8, 12)
    assert median_interval([3.0]) == (3.0, 3.0, 3.0)
    rng = np.random.default_rng(0)
    held = [low <= 0 <= high for low, _, high in (median_interval(rng.standard_normal(15)) for _ in range(2000))]
    assert 0.95 <= np.mean(held) <= 0.98  # exactly 0.9648
    with pytest.raises(ValueError, match="confidence must be above 0 and below 1, got 1"):
        median_interval([1.0], 1)
    with pytest.raises(ValueError, match="must not be empty"):
        median_interval([])


CHAPTERS = [*methods("stochastic").values(), *methods("evolutionary_swarm").values()]


@pytest.mark.parametrize(("name", "option"), [(m.name, option) for m in CHAPTERS for option in m.options])
def test_every_option_of_every_method_refuses_nonsense(name, option):
    problem = travelling_salesman() if methods()[name].space == "permutation" else problems.sphere(2)
    for nonsense in ("nonsense", -1, np.nan):
        with pytest.raises(ValueError, match=rf"{option} must|learning_rate must"):
            minimize(problem, method=name, max_iterations=2, rng=0, **{option: nonsense})


def test_operators_and_schedules_refuse_nonsense():
    for make, message in (
        (lambda: exponential_cooling(1.0), "factor must be above 0 and below 1, got 1.0"),
        (lambda: linear_cooling(0), "stages must be an integer >= 1, got 0"),
        (lambda: tsallis_cooling(1), "visit must be above 1 and at most 3, got 1"),
        (lambda: random_jump(0.1, 0), "share must be above 0 and at most 1, got 0"),
        (lambda: tournament(0), "size must be an integer >= 1, got 0"),
        (lambda: rank_selection(3), "pressure must be from 1 to 2, got 3"),
        (lambda: simulated_binary(5, 2), "rate must be from 0 to 1, got 2"),
        (lambda: blend(-1), "alpha must be"),
    ):
        with pytest.raises(ValueError, match=message):
            make()


def test_boxes_must_be_finite_and_starts_must_fit():
    for name in ("differential_evolution", "simulated_annealing", "random_search"):
        with pytest.raises(ValueError, match="bounds must be finite"):
            minimize(lambda x: 0.0, [0.0], name, bounds=[(0, None)])
        with pytest.raises(ValueError, match="x0 must"):
            minimize(Problem(lambda x: 0.0, bounds=[(0, 1)] * 3), np.zeros((2, 2)), name)


def test_every_method_says_when_to_use_it_when_it_fails_and_where_it_comes_from():
    for method in CHAPTERS:
        assert method.use_when
        assert method.fails_when
        assert any(character.isdigit() for character in method.reference)
        assert "References\n----------" in method.function.__doc__.replace("\n    ", "\n")
