"""Stochastic methods: known optima, boxes, what each promises, and identities."""

from __future__ import annotations

import hashlib
import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlopt_course import Problem, methods, minimize, problems
from mlopt_course.evolutionary_swarm import travelling_salesman
from mlopt_course.stochastic import (
    compass_search,
    exponential_cooling,
    fast_cooling,
    linear_cooling,
    logarithmic_cooling,
    random_jump,
    tsallis_cooling,
)
from mlopt_course.stochastic.box import halve_to_base, reflect

CHAPTERS = ("stochastic", "evolutionary_swarm")
REAL = [m.name for chapter in CHAPTERS for m in methods(chapter).values() if m.space == "real"]
BOUNDED = [name for name in REAL if "bounds" in methods()[name].needs]


def watched_bowl(dimension=3, offset=0.3):
    """A shifted bowl in a lopsided box that keeps every point it is asked for."""
    low, high = -np.arange(1.0, dimension + 1), np.arange(1.0, dimension + 1) / 2
    seen = []

    def fun(x):
        seen.append(np.array(x))
        return float(np.sum((x - offset) ** 2))

    def batch_fun(X):
        seen.extend(np.array(X))
        return np.sum((X - offset) ** 2, axis=1)

    return Problem(fun, lambda x: 2 * (x - offset), batch_fun=batch_fun, bounds=np.c_[low, high]), seen


@pytest.mark.parametrize("name", BOUNDED)
@pytest.mark.parametrize("offset", [0.3, 40.0])  # 40: the minimum of the box is a corner, so steps lead outside
def test_a_method_that_needs_bounds_never_leaves_them(name, offset):
    problem, seen = watched_bowl(offset=offset)
    result = minimize(problem, method=name, max_evaluations=600, rng=3)
    assert len(seen) == result.nfev <= 600
    X = np.array(seen)
    assert (problem.bounds[:, 0] <= X).all()
    assert (problem.bounds[:, 1] >= X).all()


# The memetic search is left out: its local searches evaluate point by point.
GENERATIONS = [n for n in REAL if "batch" in methods()[n].needs and n != "memetic_search"]


@pytest.mark.parametrize("name", GENERATIONS)
def test_a_generation_is_one_call(name):
    calls = []

    def batch_fun(X):
        calls.append(len(X))
        return np.sum(X**2, axis=1)

    problem = Problem(lambda x: float(x @ x), batch_fun=batch_fun, bounds=[(-2, 3)] * 4, x0=np.ones(4))
    minimize(problem, method=name, max_iterations=12, rng=0)
    assert len(calls) == 12
    assert min(calls) > 1


# What each reaches on a 5-d bowl in 4,000 evaluations; random search is bound by its nature.
BOWL = {
    "random_search": 4.0, "cuckoo_search": 0.2, "noisy_descent": 0.2, "genetic_algorithm": 1e-3, "firefly": 1e-4,
    "memetic_search": 1e-4, "cross_entropy_method": 1e-4,
}  # fmt: skip


@pytest.mark.parametrize("name", REAL)
def test_every_method_finds_the_bottom_of_a_bowl(name):
    problem = problems.sphere(5)
    result = minimize(problem, problem.x0, method=name, max_evaluations=4000, max_iterations=10**5, rng=1)
    assert result.fun <= BOWL.get(name, 1e-6)


@pytest.mark.parametrize("name", REAL)
def test_one_variable_as_a_number_a_vector_and_a_matrix(name):
    def fun(x):
        return float(np.sum((np.asarray(x) - 0.25) ** 2))

    for x0 in (2.0, [2.0], [[2.0]]):
        problem = Problem(fun, lambda x: 2 * (np.asarray(x) - 0.25), bounds=[(-3.0, 3.0)])
        result = minimize(problem, x0, method=name, max_evaluations=300, max_iterations=400, rng=0)
        assert np.shape(result.x) == np.shape(x0)
        assert result.history.x.shape[1:] == np.shape(x0)
        assert result.fun <= fun(x0)
        assert abs(np.ravel(result.x)[0] - 0.25) < 0.5


@pytest.mark.parametrize("name", REAL)
def test_flat_functions_points_and_tiny_budgets_end_without_a_hang(name):
    flat = Problem(lambda x: 1.0, lambda x: np.zeros_like(x), bounds=[(0.0, 1.0), (2.0, 2.0)], x0=np.array([0.5, 2.0]))
    result = minimize(flat, method=name, max_evaluations=150, max_iterations=150, rng=0)
    assert result.fun == 1.0
    assert np.isfinite(result.x).all()
    if name in BOUNDED:
        assert result.x[1] == 2.0
    point = Problem(lambda x: float(x @ x), lambda x: 2 * x, bounds=[(1.0, 1.0)] * 2, x0=np.ones(2))
    assert minimize(point, method=name, max_iterations=30, rng=0).nit <= 30
    one = minimize(problems.sphere(2), method=name, max_evaluations=1, max_iterations=5, rng=0)
    assert one.nfev == 1
    np.testing.assert_array_equal(one.x, problems.sphere(2).x0)


@pytest.mark.parametrize("name", REAL)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_value_that_is_not_finite_ends_the_run_with_what_was_found(name, bad):
    calls = [0]

    def fun(x):
        calls[0] += 1
        return bad if calls[0] > 60 else float(x @ x)

    problem = Problem(fun, lambda x: 2 * x if calls[0] <= 20 else np.full(2, bad), bounds=[(-5, 5)] * 2, x0=np.ones(2))
    result = minimize(problem, method=name, rng=0)
    assert not result.success
    assert "returned" in result.message or "not finite" in result.message


@pytest.mark.parametrize("name", REAL)
def test_converging_is_not_pausing(name):
    """With a tolerance, a run does not end just because the best point stays where it is for a while."""
    problem = problems.rastrigin(3)
    result = minimize(problem, problem.x0, method=name, max_evaluations=400, max_iterations=300, tolerance=1e-9, rng=2)
    assert not (result.success and result.nfev < 60)


def digest(name):
    problem = travelling_salesman("burma14") if methods()[name].space == "permutation" else problems.rastrigin(3)
    result = minimize(problem, problem.x0, method=name, max_evaluations=300, max_iterations=60, rng=7)
    parts = [getattr(result.history, part) for part in result.history.names]
    return hashlib.sha256(b"".join(np.ascontiguousarray(p).tobytes() for p in parts if p.dtype != object)).hexdigest()


def test_same_seed_same_history_also_in_another_process():
    names = [*methods("stochastic"), *methods("evolutionary_swarm")]
    here = {name: digest(name) for name in names}
    assert here == {name: digest(name) for name in names}
    code = f"from test_stochastic import digest\nprint([digest(name) for name in {names!r}])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=__file__.rpartition("/")[0]
    )
    assert done.stdout.strip() == str(list(here.values()))


def test_different_seeds_differ():
    for name in REAL:  # 90 steps: the first local search of the iterated one has no chance in it
        first, second = (
            minimize(problems.rastrigin(3), problems.rastrigin(3).x0, method=name, max_iterations=90, rng=seed).history
            for seed in (0, 1)
        )
        assert not np.array_equal(first.x, second.x), name


# Cooling


@pytest.mark.parametrize("visit", [1.5, 2.62, 2.9])
def test_tsallis_cooling_is_what_scipys_dual_annealing_does(visit, monkeypatch):
    from scipy.optimize import _dual_annealing, dual_annealing

    temperatures = []
    monkeypatch.setattr(_dual_annealing.StrategyChain, "run", lambda self, step, T: temperatures.append(T))
    dual_annealing(
        lambda x: float(x @ x), [(-1, 1)], maxiter=50, visit=visit, initial_temp=5230.0, rng=0, no_local_search=True,
        restart_temp_ratio=1e-9,
    )  # fmt: skip
    assert len(temperatures) >= 50
    share = tsallis_cooling(visit)
    np.testing.assert_allclose(temperatures[:50], [5230.0 * share(k) for k in range(50)], rtol=1e-13)


@pytest.mark.parametrize(
    "cooling", [exponential_cooling(0.8), logarithmic_cooling(), fast_cooling(), linear_cooling(40), tsallis_cooling()]
)
def test_cooling_starts_at_one_and_never_rises(cooling):
    shares = np.array([cooling(stage) for stage in range(60)])
    assert shares[0] == pytest.approx(1.0)
    assert (np.diff(shares) <= 0).all()
    assert (shares >= 0).all()


def test_cooling_schedules_are_members_of_one_family():
    stages = range(50)
    np.testing.assert_allclose([tsallis_cooling(2.0)(k) for k in stages], [fast_cooling()(k) for k in stages])
    np.testing.assert_allclose(
        [tsallis_cooling(1 + 1e-9)(k) for k in stages], [logarithmic_cooling()(k) for k in stages], rtol=1e-6
    )


def test_annealing_accepts_everything_when_hot_and_only_descends_when_cold():
    problem = problems.rastrigin(2)
    hot = minimize(
        problem, method="simulated_annealing", temperature=1e12, cooling=lambda k: 1.0, max_iterations=40, rng=0
    )
    assert np.nanmin(hot.history.accepted[2:]) == 1.0
    cold = minimize(problem, method="simulated_annealing", temperature=1.0, cooling=lambda k: 0.0, restore=False,
                    max_iterations=40, rng=0)  # fmt: skip
    assert (np.diff(cold.history.fun) <= 0).all()


def test_annealing_samples_boltzmanns_distribution():
    """At one temperature on a bowl, x is normal with variance T / 2; 20,000 sweeps give it to a few per cent."""
    T = 0.5
    problem = Problem(lambda x: float(x @ x), bounds=[(-10.0, 10.0)], x0=np.array([0.0]))
    seen = minimize(problem, method="simulated_annealing", temperature=T, cooling=lambda k: 1.0, sweeps=20,
                    restore=False, max_iterations=1500, rng=4).history.x[100:]  # fmt: skip
    # 1400 nearly independent samples: the standard error of the variance is sqrt(2 / 1400) of it, 4 %.
    assert np.var(seen) == pytest.approx(T / 2, rel=0.15)
    assert abs(np.mean(seen)) < 0.08


# Boxes

boxes = st.tuples(st.floats(-1e3, 1e3), st.floats(0, 1e3))


@settings(max_examples=200, deadline=None)
@given(boxes, st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=6))
def test_reflection_ends_inside_and_leaves_the_inside_alone(box, values):
    low, high = np.array([box[0]]), np.array([box[0] + box[1]])
    X = np.array(values)[:, None]
    Y = reflect(X, low, high)
    assert Y.min() >= low
    assert Y.max() <= high
    inside = (low <= X) & (high >= X)
    np.testing.assert_array_equal(Y[inside], X[inside])
    np.testing.assert_array_equal(reflect(Y, low, high), Y)


def test_reflection_keeps_the_distance_to_the_bound():
    low, high = np.zeros(1), np.ones(1)
    np.testing.assert_allclose(
        reflect(np.array([[1.2], [-0.3], [2.1], [-1.4], [3.0]]), low, high).ravel(),
        [0.8, 0.3, 0.1, 0.6, 1.0],
        atol=1e-12,
    )


def test_half_way_to_the_bound_is_between_base_and_bound():
    low, high = np.zeros(2), np.ones(2)
    base = np.array([[0.2, 0.6]])
    np.testing.assert_allclose(halve_to_base(np.array([[-3.0, 5.0]]), base, low, high), [[0.1, 0.8]])


# Single methods


def test_random_search_spends_the_whole_budget():
    problem = Problem(lambda x: float(x @ x), bounds=[(-1, 1)] * 2)
    assert minimize(problem, method="random_search", batch_size=7, max_evaluations=33, rng=0).nfev == 33


def test_random_search_hits_a_region_as_often_as_theory_says():
    """The chance that n draws miss a tenth of the box is 0.9^n: half of 300 runs at n = 6.58."""
    problem = Problem(lambda x: float(x[0]), bounds=[(0, 1)])
    runs = [minimize(problem, method="random_search", batch_size=1, max_evaluations=7, rng=s).fun for s in range(300)]
    expected = 1 - 0.9**7
    assert np.mean(np.array(runs) <= 0.1) == pytest.approx(expected, abs=4 * math.sqrt(expected * (1 - expected) / 300))


def test_one_fifth_rule_keeps_the_step_when_one_in_five_succeeds():
    longer = math.exp(0.8 / math.sqrt(11))
    result = minimize(problems.sphere(10), method="one_plus_one", step_size=0.1, max_iterations=300, rng=0)
    ratios = result.history.step_size[2:] / result.history.step_size[1:-1]
    improved = np.diff(result.history.fun[1:]) < 0
    np.testing.assert_allclose(ratios[improved], longer)
    np.testing.assert_allclose(ratios[~improved], longer**-0.25)
    assert longer * longer ** (-0.25 * 4) == pytest.approx(1.0)
    assert 0.15 < improved.mean() < 0.35  # and the rule brings the rate of success near one fifth


def test_plus_strategies_never_lose_their_best_and_comma_strategies_may():
    problem = problems.rastrigin(4)
    plus, comma = (
        minimize(problem, method="evolution_strategy", plus=flag, max_iterations=60, rng=5).history.fun
        for flag in (True, False)
    )
    assert (np.diff(plus) <= 0).all()
    assert (np.diff(comma[1:]) > 0).any()


def test_noisy_descent_without_noise_is_gradient_descent():
    problem = problems.rosenbrock()
    noisy = minimize(problem, method="noisy_descent", noise=0.0, learning_rate=1e-3, max_iterations=50)
    plain = minimize(problem, method="gradient_descent", learning_rate=1e-3, max_iterations=50)
    np.testing.assert_array_equal(noisy.history.x, plain.history.x)


def test_noisy_descent_leaves_a_saddle_where_descent_stays():
    saddle = Problem(
        lambda x: float(x[0] ** 2 - x[1] ** 2 + x[1] ** 4), lambda x: np.array([2 * x[0], -2 * x[1] + 4 * x[1] ** 3])
    )
    assert minimize(saddle, [0.0, 0.0], "gradient_descent", learning_rate=0.05, max_iterations=300).fun == 0.0
    noisy = minimize(saddle, [0.0, 0.0], "noisy_descent", learning_rate=0.05, noise=0.1, max_iterations=300, rng=0)
    assert noisy.fun == pytest.approx(-0.25, abs=1e-3)


def test_mesh_points_lie_on_the_mesh_and_directions_are_orthogonal_at_the_first_frame():
    from mlopt_course.stochastic.mesh import _frame_directions

    rng = np.random.default_rng(0)
    for d, ratio in ((1, 1.0), (3, 4.0), (6, 64.0)):
        D = _frame_directions(rng, d, ratio)
        assert D.shape == (2 * d, d)
        np.testing.assert_array_equal(D, np.round(D))
        np.testing.assert_array_equal(np.abs(D).max(axis=1), ratio)
        assert np.linalg.matrix_rank(D[:d]) == d
        np.testing.assert_array_equal(D[:d], -D[d:])


def test_mads_does_not_stall_where_a_compass_does():
    """On max(|x|, |y|) + kinks, no axis leads down from (1, 1); directions that become dense do."""

    def fun(x):
        return max(abs(x[0]), abs(x[1]))

    result = minimize(fun, [1.0, 1.0], "mads", max_evaluations=1500, rng=0)
    assert result.fun < 1e-6
    *_, (stalled, _) = compass_search()(Problem(fun), np.ones(2), 1.0, np.full(2, -2.0), np.full(2, 2.0))
    np.testing.assert_array_equal(stalled, [1.0, 1.0])


def test_iterated_local_search_reaches_the_best_of_many_valleys():
    problem = problems.ackley(2)
    values = [minimize(problem, method="iterated_local_search", max_evaluations=3000, rng=s).fun for s in range(5)]
    assert np.median(values) < 1e-4
    # The figure printed for the sphere in ten variables from a random start, 100 searches of 100 steps: 0.0267.
    bowl = problems.sphere(10)
    runs = [
        minimize(bowl, np.random.default_rng(s).uniform(-5, 5, 10), method="iterated_local_search",
                 max_evaluations=10_000, max_iterations=10**6, rng=s).fun for s in range(3)
    ]  # fmt: skip
    assert np.median(runs) <= 0.0267


def test_iterated_local_search_stops_when_patience_ends():
    result = minimize(problems.sphere(2), method="iterated_local_search", patience=3, tolerance=1e-6, rng=0)
    assert result.success
    assert "3 searches" in result.message


def test_jumps_stay_in_the_box_and_move_at_least_one_coordinate():
    rng = np.random.default_rng(0)
    jump, low, high = random_jump(3.0, 0.1), np.zeros(5), np.ones(5)
    for _ in range(50):
        y = jump(np.full(5, 0.5), low, high, rng)
        assert (y != 0.5).any()
        assert ((low <= y) & (y <= high)).all()


def test_natural_evolution_is_invariant_to_increasing_transformations():
    """Only ranks matter: the points are the same to the last bit under any increasing change of the values."""
    f = problems.rosenbrock(3).fun
    for name in ("natural_evolution_strategy", "cma_es", "evolution_strategy"):
        plain, changed = (
            minimize(g, np.zeros(3), name, step_size=0.5, max_iterations=40, rng=1).history.x
            for g in (f, lambda x: math.log1p(f(x)))
        )
        np.testing.assert_array_equal(plain, changed)
