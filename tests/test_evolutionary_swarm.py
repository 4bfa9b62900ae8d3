"""Evolutionary and swarm methods: what each generation keeps, operators' invariants, and the figures to reach."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlopt_course import Problem, minimize, problems
from mlopt_course.evolutionary_swarm import (
    best_of_both,
    blend,
    collapse,
    gaussian_mutation,
    generational,
    genetic_algorithm,
    kernel_ridge_tuning,
    one_point_crossover,
    polynomial_mutation,
    rank_selection,
    roulette,
    simulated_binary,
    stagnation,
    tournament,
    uniform_crossover,
)
from mlopt_course.evolutionary_swarm.differential import _from_both, others
from mlopt_course.evolutionary_swarm.swarm import levy_steps, ring_leaders

SELECTIONS = [tournament(1), tournament(3), roulette(), rank_selection(1.0), rank_selection(2.0)]
CROSSOVERS = [simulated_binary(2), simulated_binary(20, 1.0), blend(0.5), uniform_crossover(), one_point_crossover()]
MUTATIONS = [polynomial_mutation(5), polynomial_mutation(20, 1.0), gaussian_mutation(0.5), gaussian_mutation(0.1, 1.0)]
seeds = st.integers(0, 2**32 - 1)
sizes = st.tuples(st.integers(2, 12), st.integers(1, 5))


def population(seed, size, width=1.0):
    rng = np.random.default_rng(seed)
    n, d = size
    low = rng.uniform(-5, 5, d)
    high = low + width * rng.uniform(0, 3, d)
    return rng, low, high, low + (high - low) * rng.random((n, d))


@settings(max_examples=60, deadline=None)
@given(seeds, sizes)
def test_children_have_the_parents_shape_and_stay_in_the_box(seed, size):
    rng, low, high, X = population(seed, size)
    for cross in CROSSOVERS:
        children = cross(X, X[::-1], low, high, rng)
        assert children.shape == (2 * size[0], size[1])
        assert (low <= children).all()
        assert (children <= high).all()
    for mutate in MUTATIONS:
        before = X.copy()
        mutants = mutate(X, low, high, rng)
        assert mutants.shape == X.shape
        assert (low <= mutants).all()
        assert (mutants <= high).all()
        np.testing.assert_array_equal(X, before)


@settings(max_examples=30, deadline=None)
@given(seeds, sizes)
def test_parents_that_are_alike_have_children_like_them(seed, size):
    rng, low, high, X = population(seed, size)
    for cross in CROSSOVERS:
        np.testing.assert_allclose(cross(X, X, low, high, rng), np.concatenate([X, X]), rtol=1e-12, atol=1e-12)


def test_exchanging_crossovers_take_each_coordinate_from_a_parent_and_lose_none():
    rng, low, high, X = population(0, (50, 6))
    for cross in (uniform_crossover(0.3), one_point_crossover()):
        first, second = cross(X, X[::-1], low, high, rng).reshape(2, 50, 6)
        assert ((first == X) | (first == X[::-1])).all()
        np.testing.assert_array_equal(np.sort([first, second], axis=0), np.sort([X, X[::-1]], axis=0))
    cuts = one_point_crossover()(np.zeros((40, 6)), np.ones((40, 6)), low, high, rng)[:40]
    assert (np.diff(cuts, axis=1) >= 0).all()
    assert set(cuts.sum(axis=1)) == {1, 2, 3, 4, 5}


def test_simulated_binary_crossover_has_its_published_spread():
    """The spread factor has P(beta <= 1) = 1/2 and, for b < 1, P(beta <= b) = b^(eta + 1) / 2 (Deb and Agrawal)."""
    eta, n = 3.0, 40_000
    rng = np.random.default_rng(0)
    couples = np.zeros((n, 1)), np.ones((n, 1))
    first, second = simulated_binary(eta, 1.0)(*couples, np.full(1, -1e9), np.full(1, 1e9), rng).reshape(2, n)
    np.testing.assert_allclose(first + second, 1.0)  # the children's mean is the parents'
    mixed = first != 0  # exactly 0 is the mother as she is
    assert mixed.sum() == pytest.approx(n / 2, rel=0.03)
    beta = np.abs(second - first)[mixed]
    assert np.mean(second[mixed] > first[mixed]) == pytest.approx(0.5, abs=0.01)
    for b in (0.5, 0.8, 1.0):
        assert np.mean(beta <= b) == pytest.approx(0.5 * b ** (eta + 1), abs=0.01)
    for b in (1.5, 2.0):
        assert np.mean(beta > b) == pytest.approx(0.5 * b ** -(eta + 1), abs=0.01)
    unmixed = simulated_binary(eta, 0.0)(*couples, np.full(1, -1e9), np.full(1, 1e9), rng).reshape(2, n)
    assert (unmixed[0] == 0).all()
    assert (unmixed[1] == 1).all()


def test_polynomial_mutation_has_its_published_steps():
    """P(step <= (2u)^(1 / (eta + 1)) - 1) = u for u < 1/2, and steps up are as likely as steps down."""
    eta, n, low, high = 4.0, 60_000, np.full(1, -1e3), np.full(1, 1e3)
    X = polynomial_mutation(eta, 1.0)(np.zeros((n, 1)), low, high, np.random.default_rng(0))
    step = X.ravel() / (high - low)
    for u in (0.1, 0.25, 0.4):
        bound = 1 - (2 * u) ** (1 / (eta + 1))
        assert np.mean(step <= -bound) == pytest.approx(u, abs=0.006)
        assert np.mean(step >= bound) == pytest.approx(u, abs=0.006)
    moved = polynomial_mutation(eta)(np.zeros((n, 4)), np.full(4, -1.0), np.full(4, 1.0), np.random.default_rng(1)) != 0
    np.testing.assert_allclose(moved.mean(axis=0), 0.25, atol=0.01)


def test_selection_prefers_the_better_as_much_as_it_says():
    rng = np.random.default_rng(0)
    values, n = np.array([3.0, 1.0, 2.0, 0.0]), 40_000
    for select in SELECTIONS:
        counts = np.bincount(select(values, n, rng), minlength=4) / n
        assert counts.sum() == pytest.approx(1)
        assert counts[3] >= counts[1] - 0.015
        assert counts[1] >= counts[0] - 0.015
    drawn = np.bincount(tournament(2)(values, n, rng), minlength=4) / n
    np.testing.assert_allclose(drawn, [1 / 16, 5 / 16, 3 / 16, 7 / 16], atol=0.01)
    wheel = np.bincount(roulette()(values, n, rng), minlength=4) / n
    np.testing.assert_allclose(wheel, [0, 2 / 6, 1 / 6, 3 / 6], atol=0.01)
    ranked = np.bincount(rank_selection(1.5)(values, n, rng), minlength=4) / n
    np.testing.assert_allclose(ranked * 4, [0.5, 7 / 6, 5 / 6, 1.5], atol=0.04)


def test_survival_keeps_the_best_and_the_size():
    parents, children = np.array([1.0, 5.0, 3.0]), np.array([4.0, 2.0, 6.0])
    rng = np.random.default_rng(0)
    together = np.concatenate([parents, children])
    assert sorted(together[best_of_both()(parents, children, rng)]) == [1, 2, 3]
    assert sorted(together[generational(1)(parents, children, rng)]) == [1, 2, 4]
    assert sorted(together[generational(0)(parents, children, rng)]) == [2, 4, 6]


def test_terminations_say_when_and_why():
    bowl = problems.sphere(2)
    stopped = minimize(bowl, method="genetic_algorithm", termination=stagnation(5), mutation=lambda X, *rest: X, rng=0)
    assert stopped.success
    assert "5 generations" in stopped.message
    assert "lies within 0.1" in minimize(bowl, method="genetic_algorithm", termination=collapse(0.1), rng=0).message


def test_every_operator_can_be_swapped():
    for selection in SELECTIONS[1:]:
        for crossover in CROSSOVERS:
            result = minimize(problems.sphere(3), method=genetic_algorithm, selection=selection, crossover=crossover,
                              mutation=gaussian_mutation(0.02), max_iterations=150, rng=1)  # fmt: skip
            assert result.fun < 0.5


@pytest.mark.parametrize("name", ["genetic_algorithm", "differential_evolution", "particle_swarm", "memetic_search",
                                  "cuckoo_search", "firefly"])  # fmt: skip
def test_the_best_is_never_lost_and_is_what_it_says(name):
    problem = problems.rastrigin(4)
    history = minimize(problem, method=name, max_iterations=40, rng=0).history
    assert (np.diff(history.fun[1:]) <= 0).all()
    np.testing.assert_allclose(problem.batch_fun(history.x), history.fun)


def test_a_start_is_a_member_of_the_first_generation():
    start = np.array([0.01, -0.02, 0.0])
    for name in ("genetic_algorithm", "differential_evolution", "particle_swarm", "memetic_search", "firefly"):
        first = minimize(problems.sphere(3), start, method=name, max_iterations=1, rng=0).history.population[1]
        assert (first == start).all(axis=1).any()


# Differential evolution


@settings(max_examples=60, deadline=None)
@given(seeds, st.integers(4, 9), st.integers(0, 5))
def test_others_are_others_and_all_different(seed, n, archived):
    rng = np.random.default_rng(seed)
    for count in (1, 2, 3):
        members = np.stack([np.arange(n), *others(rng, n, count)])
        assert (np.diff(np.sort(members, axis=0), axis=0) > 0).all()
        assert members.min() == 0
        assert members.max() == n - 1
    a, b = _from_both(rng, n, archived)
    trio = np.sort([np.arange(n), a, b], axis=0)
    assert (np.diff(trio, axis=0) > 0).all()
    assert b.max() < n + archived


def test_others_are_drawn_evenly():
    rng, n = np.random.default_rng(0), 5
    draws = np.stack([others(rng, n, 3) for _ in range(6000)])  # (6000, 3, 5)
    for role in range(3):
        counts = np.bincount(draws[:, role, 2], minlength=n)
        assert counts[2] == 0
        np.testing.assert_allclose(counts[[0, 1, 3, 4]] / 6000, 0.25, atol=0.03)
    combinations = {tuple(row) for row in draws[:, :, 2]}
    assert len(combinations) == 4 * 3 * 2


def test_without_crossover_a_trial_is_its_member_but_for_one_coordinate_and_with_it_the_mutant():
    """With C = 0 one coordinate changes; with C = 1 and one population all steps begin at the best, or do not."""
    tried = []

    def watched(X):
        tried.append(X.copy())
        return np.sum(X**2, axis=1)

    problem = Problem(lambda x: float(x @ x), batch_fun=watched, bounds=[(-1, 1)] * 4)
    minimize(problem, method="differential_evolution", crossover_rate=0.0, max_iterations=2, rng=0)
    assert ((tried[1] != tried[0]).sum(axis=1) <= 1).all()
    tried.clear()
    options = {"crossover_rate": 1.0, "max_iterations": 2, "population": 6, "rng": 0}
    minimize(problem, method="differential_evolution", scale=1e-9, **options)
    best = tried[0][np.sum(tried[0] ** 2, axis=1).argmin()]
    np.testing.assert_allclose(tried[1], np.tile(best, (6, 1)), atol=1e-8)
    tried.clear()
    minimize(problem, method="differential_evolution", strategy="rand1bin", scale=1e-9, **options)
    nearest = np.abs(tried[1][:, None] - tried[0]).max(axis=2).argmin(axis=1)
    assert (nearest != np.arange(6)).all()
    assert len(set(nearest)) > 1


def test_a_pair_of_scales_is_drawn_from_and_nonsense_is_named():
    problem = problems.sphere(2)
    for options, message in (
        ({"strategy": "worst"}, "strategy must be 'best1bin' or 'rand1bin', got 'worst'"),
        ({"scale": (0.9, 0.5)}, r"scale must be above 0 and at most 2, or a pair .* got \(0.9, 0.5\)"),
        ({"scale": (0.5, 1.0, 1.5)}, "scale must be"),
        ({"scale": 0.0}, "scale must be"),
    ):
        with pytest.raises(ValueError, match=message):
            minimize(problem, method="differential_evolution", **options)
    same = [minimize(problem, method="differential_evolution", scale=scale, max_iterations=9, rng=0).fun
            for scale in (0.7, (0.7, 0.7))]  # fmt: skip
    assert same[0] == same[1]
    assert minimize(problem, method="differential_evolution", scale=(0.5, 0.9), max_iterations=9, rng=0).fun != same[0]


def test_differences_scale_with_the_population():
    """Classic differential evolution is the same search on any scaled copy of the problem: x -> 1000 x + 7."""

    def run(scale, offset):
        problem = Problem(
            lambda x: float(np.sum(((x - offset) / scale - 0.2) ** 2)), bounds=[(offset - scale, offset + scale)] * 3
        )
        return (
            minimize(problem, method="differential_evolution", max_iterations=30, rng=0).history.population[-1] - offset
        ) / scale

    np.testing.assert_allclose(run(1.0, 0.0), run(1024.0, 4096.0), atol=1e-9)


def test_the_adaptive_population_shrinks_to_four_over_the_budget():
    problem = problems.rosenbrock(5)
    result = minimize(problem, np.zeros(5), "differential_evolution", adaptive=True, bounds=[(-5, 5)] * 5,
                      population=60, max_evaluations=3000, max_iterations=10**5, rng=0)  # fmt: skip
    sizes = np.array([len(X) for X in result.history.population[1:]])
    assert sizes[0] == 60
    assert sizes[-1] <= 5
    assert (np.diff(sizes) <= 0).all()


# Swarms


def test_a_ring_sees_its_neighbours_only():
    values = np.array([5.0, 1.0, 4.0, 3.0, 0.0, 2.0])
    np.testing.assert_array_equal(ring_leaders(values, 1), [1, 1, 1, 4, 4, 4])
    np.testing.assert_array_equal(ring_leaders(np.arange(5.0), 2), [0, 0, 0, 0, 0])


def test_a_ring_keeps_the_swarm_apart_for_longer():
    problem = problems.rastrigin(5)
    spreads = [
        np.median([
            np.ptp(minimize(problem, method="particle_swarm", neighbours=k, learners=0.0, max_iterations=60, rng=s)
                   .history.population[-1], axis=0).max() for s in range(5)
        ])
        for k in (1, None)
    ]  # fmt: skip
    assert spreads[0] > 2 * spreads[1]


def test_without_drift_or_jumps_a_particle_follows_the_published_equations():
    problem = problems.sphere(2)
    options = {"inertia": 0.5, "cognitive": 0.0, "social": 0.0, "learners": 0.0}
    history = minimize(problem, method="particle_swarm", particles=5, max_iterations=8, rng=0, **options).history
    np.testing.assert_allclose(history.velocity[3], 0.5 * history.velocity[2])
    np.testing.assert_allclose(history.population[3], history.population[2] + history.velocity[3])


def test_levy_steps_have_the_tail_they_promise():
    """P(|L| > s) ~ s^-1.5: the slope of the tail on a log-log scale."""
    steps = np.abs(levy_steps(np.random.default_rng(0), (400_000,), 1.5))
    tail = [np.mean(steps > s) for s in (10.0, 100.0)]
    assert np.log10(tail[0] / tail[1]) == pytest.approx(1.5, abs=0.1)


def test_fireflies_form_groups_when_light_is_absorbed():
    """Four equal minima: with strong absorption the swarm ends near several, without at one."""

    def groups(absorption):
        problem = Problem(lambda x: float(np.sum((np.abs(x) - 3) ** 2)), bounds=[(-5, 5)] * 2)
        X = minimize(
            problem, method="firefly", absorption=absorption, population=40, max_iterations=80, rng=1
        ).history.population[-1]
        return len({tuple(np.sign(x)) for x in X})

    assert groups(60.0) >= 3
    assert groups(0.0) == 1


# Models, and the figures


def test_a_population_of_models_is_tuned_as_well_as_by_a_grid():
    problem = kernel_ridge_tuning()
    X = np.random.default_rng(0).uniform(*problem.bounds.T, (20, 2))
    np.testing.assert_allclose(problem.batch_fun(X), [problem.fun(x) for x in X], rtol=1e-6)
    tuned = minimize(problem, method="genetic_algorithm", population=20, max_evaluations=400, rng=0)
    grid = np.stack(np.meshgrid(np.linspace(-8, 2, 20), np.linspace(-2, 3, 20)), -1).reshape(-1, 2)
    assert tuned.nfev <= 400
    assert tuned.fun <= 1.02 * problem.batch_fun(grid).min()
    assert tuned.fun < 0.5 * problem.fun(problem.x0)


def median(problem, name, seeds=5, **options):
    return np.median([minimize(problem, method=name, rng=seed, history=10**6, **options).fun for seed in range(seeds)])


def test_figures_of_the_printed_examples():
    """Figures that a tutorial prints for its own programs, beaten in the median (benchmarks: over 20 seeds)."""
    unit = Problem(lambda x: float(x @ x), batch_fun=lambda X: np.sum(X**2, axis=1), bounds=[(0, 1)] * 5)
    assert median(unit, "genetic_algorithm", population=10, max_iterations=51) <= 0.1347
    box = [(-5.12, 5.12)] * 10
    bowl = Problem(lambda x: float(x @ x), batch_fun=lambda X: np.sum(X**2, axis=1), bounds=box)
    assert median(bowl, "differential_evolution", population=50, max_iterations=101) <= 4.0e-4
    assert median(bowl, "differential_evolution", population=50, adaptive=True, max_evaluations=5000) <= 4.0e-4
    r = problems.rastrigin(10)
    rastrigin = Problem(r.fun, batch_fun=r.batch_fun, bounds=box)
    assert median(rastrigin, "particle_swarm", particles=30, max_iterations=100) <= 8.95


def test_adaptive_differential_evolution_reaches_what_no_peer_does():
    r = problems.rastrigin(10)
    shift = np.linspace(-2.5, 3, 10)
    for f, bar in ((lambda X: np.sum((X - shift) ** 2, axis=-1), 1e-10), (lambda X: r.fun(X - shift), 0.01)):
        problem = Problem(f, batch_fun=f, bounds=[(-5.12, 5.12)] * 10)
        reached = median(problem, "differential_evolution", adaptive=True, max_evaluations=5000, max_iterations=10**5)
        assert reached <= bar
