"""Tours: TSPLIB's distances and optima, ants, tabu search, 2-opt and Or-opt."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlopt_course import Problem, minimize
from mlopt_course.evolutionary_swarm import or_opt, shortest_tour, travelling_salesman, tsplib, two_opt
from mlopt_course.evolutionary_swarm.ants import build_tours
from mlopt_course.stochastic.tabu import reversal_moves, swap_moves

NAMES = ["five", "burma14", "ulysses22", "berlin52"]


def same_ring(a, b):
    """Whether two tours visit the cities in the same cyclic order, either way round."""
    a, b = np.roll(a, -np.argmin(a)), np.roll(b, -np.argmin(b))
    return np.array_equal(a, b) or np.array_equal(a, np.roll(b[::-1], 1))


def random_cities(seed, n):
    points = np.random.default_rng(seed).uniform(0, 100, (n, 2))
    return np.hypot(*(points[:, None] - points).transpose(2, 0, 1))


@pytest.mark.parametrize("name", NAMES)
def test_instances_are_permutation_problems_with_symmetric_distances(name):
    problem = travelling_salesman(name)
    D = problem.distances
    np.testing.assert_array_equal(D, D.T)
    np.testing.assert_array_equal(D.diagonal(), 0)
    np.testing.assert_array_equal(D, np.round(D))
    tours = np.array([np.random.default_rng(s).permutation(len(D)) for s in range(5)])
    lengths = [sum(D[t[i - 1], t[i]] for i in range(len(t))) for t in tours]
    np.testing.assert_array_equal(problem.batch_fun(tours), lengths)
    np.testing.assert_array_equal([problem.fun(t) for t in tours], lengths)


@pytest.mark.parametrize("name", ["ulysses22", "berlin52"])
def test_published_tours_have_the_published_lengths(name):
    """TSPLIB's optimal tours: 7013 and 7542. One wrong digit of a coordinate or of the measure would show."""
    instance = tsplib.INSTANCES[name]
    assert sorted(instance.optimal_tour) == list(range(len(instance.data)))
    assert travelling_salesman(name).fun(np.array(instance.optimal_tour)) == instance.shortest


def test_burma14_by_dynamic_programming():
    """Held and Karp's recursion over all subsets proves 3323."""
    D = travelling_salesman("burma14").distances
    n = len(D) - 1
    best = np.full((1 << n, n), np.inf)
    for j in range(n):
        best[1 << j, j] = D[n, j]
    for visited in range(1, 1 << n):
        arrive = (best[visited][:, None] + D[:n, :n]).min(axis=0)
        for j in range(n):
            if not visited >> j & 1:
                best[visited | 1 << j, j] = min(best[visited | 1 << j, j], arrive[j])
    assert (best[-1] + D[:n, n]).min() == 3323


def test_five_cities_have_a_shortest_tour_of_13():
    tour, length = shortest_tour(travelling_salesman("five"))
    assert length == 13
    D = np.array(tsplib.INSTANCES["five"].data)
    assert min(sum(D[t[i - 1], t[i]] for i in range(5)) for t in permutations(range(5))) == 13
    assert travelling_salesman("five").fun(tour) == 13


def test_rounding_and_degrees_are_tsplibs():
    assert tsplib.euclidean(np.array([[0, 0], [1, 1], [2.5, 0]]))[0].tolist() == [0, 1, 3]
    # Minutes count sixtieths: 10.30 is ten and a half degrees. A quarter of the equator is 10,019 km there.
    D = tsplib.geographical(np.array([[0.0, 0.0], [0.0, 90.0], [10.3, 0.0], [-10.3, 0.0]]))
    assert D[0, 1] == int(6378.388 * np.pi / 2 + 1)
    assert D[0, 2] == D[0, 3] == int(6378.388 * np.radians(10.5) + 1)


@pytest.mark.parametrize("name", NAMES)
def test_ants_find_the_shortest_tours(name):
    problem = travelling_salesman(name)
    gaps = [
        minimize(problem, method="ant_colony", max_evaluations=2000, target=problem.f_opt, rng=s).fun / problem.f_opt
        - 1
        for s in range(3)
    ]
    assert np.median(gaps) <= (0.01 if name == "berlin52" else 0.0)


@pytest.mark.parametrize("method", ["ant_colony", "tabu_search"])
def test_what_is_yielded_are_tours_of_the_length_they_say(method):
    problem = travelling_salesman("ulysses22")
    history = minimize(problem, method=method, max_iterations=30, rng=0).history
    assert (np.sort(history.x, axis=1) == np.arange(22)).all()
    np.testing.assert_array_equal(problem.batch_fun(history.x.astype(int)), history.fun)


def test_pheromone_stays_between_its_limits_and_symmetric():
    problem = travelling_salesman("burma14")
    history = minimize(problem, method="ant_colony", max_iterations=80, rng=0).history
    trails = history.pheromone[1:]
    for best, trail in zip(np.minimum.accumulate(history.fun)[1:], trails, strict=True):
        assert trail.max() <= 1 / (0.1 * best) * (1 + 1e-12)
        assert trail.min() > 0
        np.testing.assert_array_equal(trail, trail.T)
    tour = history.x[np.argmin(history.fun)].astype(int)
    on_tour = trails[-1][tour, np.roll(tour, -1)]
    assert on_tour.mean() > 3 * trails[-1].mean()


def test_ants_choose_cities_in_proportion_to_the_weights():
    weights = np.array([[0.0, 1, 2, 5], [1, 0, 1, 1], [1, 1, 0, 1], [1, 1, 1, 0]])
    tours = build_tours(weights, 40_000, np.random.default_rng(0))
    assert (np.sort(tours, axis=1) == np.arange(4)).all()
    after_0 = np.bincount(tours[tours[:, 0] == 0, 1], minlength=4)
    np.testing.assert_allclose(after_0 / after_0.sum(), [0, 1 / 8, 2 / 8, 5 / 8], atol=0.02)


def test_ants_walk_one_way_streets():
    """Asymmetric distances: the reverse of the best tour is far from the best."""
    D = np.full((6, 6), 50.0)
    D[np.arange(6), (np.arange(6) + 1) % 6] = 1.0
    result = minimize(travelling_salesman(D), [0, 2, 4, 1, 3, 5], "ant_colony", max_evaluations=1500, rng=0)
    assert result.fun == 6


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(4, 12))
def test_local_searches_end_where_no_move_helps(seed, n):
    D = random_cities(seed, n)
    problem = travelling_salesman(D)
    start = np.random.default_rng(seed).permutation(n)
    tour = two_opt(start, D)
    assert sorted(tour) == list(range(n))
    assert problem.fun(tour) <= problem.fun(start) + 1e-9
    if n > 3:
        neighbours = tour[reversal_moves(n).orders]
        assert problem.batch_fun(neighbours).min() >= problem.fun(tour) - 1e-6
    moved = or_opt(start, D)
    assert sorted(moved) == list(range(n))
    assert problem.fun(moved) <= problem.fun(start) + 1e-9
    for i in range(n):  # no single city is better off elsewhere
        rest = np.delete(moved, i)
        others = [problem.fun(np.insert(rest, k, moved[i])) for k in range(n)]
        assert min(others) >= problem.fun(moved) - 1e-6


@pytest.mark.parametrize("moves", [reversal_moves, swap_moves])
@pytest.mark.parametrize("n", [1, 2, 3, 4, 7])
def test_neighbourhoods_are_permutations_all_different(moves, n):
    orders = moves(n).orders
    assert (np.sort(orders, axis=1) == np.arange(n)).all()
    assert len({tuple(order) for order in orders}) == len(orders)
    if moves is reversal_moves and n > 3:  # n (n - 3) / 2 pairs of edges that do not touch, each a new tour
        assert len(orders) == n * (n - 3) / 2
        rings = {min(tuple(o), (o[0], *o[:0:-1])) for o in orders.tolist()}
        assert len(rings) == len(orders)
        assert not any(same_ring(order, np.arange(n)) for order in orders)


def test_tabu_search_finds_the_shortest_tours_of_small_instances():
    for name in ("five", "burma14", "ulysses22"):
        problem = travelling_salesman(name)
        found = minimize(problem, method="tabu_search", max_iterations=300, target=problem.f_opt, rng=0)
        assert found.fun == problem.f_opt


def test_a_tabu_list_leaves_local_minima_and_does_not_undo():
    problem = travelling_salesman("burma14")
    options = {"tenure": 8, "aspiration": False, "diversification": 0.0}
    history = minimize(problem, method="tabu_search", max_iterations=60, rng=0, **options).history
    assert (np.diff(history.fun) > 0).any()
    tours = history.x.astype(int)
    for step in range(4, len(tours)):  # at tenure 8 a broken edge is away for 4 steps at least
        assert not any(same_ring(tours[step], tours[step - back]) for back in (1, 2, 3))


def test_without_a_list_the_way_out_of_a_minimum_leads_back():
    problem = travelling_salesman("burma14")
    options = {"tenure": 0, "diversification": 0.0}
    history = minimize(problem, method="tabu_search", max_iterations=60, rng=0, **options).history
    tours = history.x.astype(int)
    assert all(same_ring(tours[step], tours[step - 2]) for step in range(40, len(tours)))
    assert not same_ring(tours[-1], tours[-2])


def test_tabu_search_solves_a_quadratic_assignment():
    """Facilities on a line whose flows are between neighbours: the order of the line is best."""
    rng = np.random.default_rng(0)
    hidden = rng.permutation(7)
    place = np.abs(np.arange(7)[:, None] - np.arange(7))
    flow = (place == 1)[np.ix_(hidden, hidden)]
    problem = Problem(lambda p: float((flow * place[np.ix_(p, p)]).sum()), x0=np.arange(7))
    assert minimize(problem, method="tabu_search", max_iterations=100, rng=1).fun == 12


def test_parts_of_tabu_search_can_be_switched():
    problem = travelling_salesman("berlin52")
    lengths = {}
    for name, options in {
        "plain": {"diversification": 0.0}, "aspiration off": {"diversification": 0.0, "aspiration": False},
        "intensified": {"diversification": 0.0, "intensification": 10}, "diversified": {"diversification": 1.0},
        "candidates": {"candidates": 200},
    }.items():  # fmt: skip
        result = minimize(problem, method="tabu_search", max_iterations=120, rng=2, **options)
        lengths[name] = result.fun
        assert result.fun < 1.2 * problem.f_opt
        if name == "candidates":
            assert result.nfev == 1 + 120 * 200
    assert len(set(lengths.values())) > 2


@pytest.mark.parametrize("method", ["ant_colony", "tabu_search"])
def test_three_cities_and_cities_in_one_place(method):
    for D, expected in ((random_cities(0, 3), None), (np.zeros((5, 5)), 0.0)):
        problem = travelling_salesman(D)
        result = minimize(problem, method=method, max_iterations=10, rng=0)
        assert result.fun == pytest.approx(problem.fun(problem.x0) if expected is None else expected)


def test_bad_instances_are_named():
    for cities, message in (
        ("paris", "cities must be one of"),
        ([[0, 1], [1, 0]], "at least 3 cities"),
        (np.zeros((3, 4)), r"got shape \(3, 4\)"),
        (-np.ones((3, 3)), "not negative"),
        (object(), "a matrix of distances"),
    ):
        with pytest.raises(ValueError, match=message):
            travelling_salesman(cities)
    with pytest.raises(ValueError, match="coordinates must have shape"):
        travelling_salesman(np.ones((3, 3)), coordinates=[[0, 0]])
    with pytest.raises(ValueError, match="at most 10 cities"):
        shortest_tour(travelling_salesman("burma14"))
    with pytest.raises(ValueError, match="needs the distances between cities"):
        minimize(lambda p: float(p[0]), np.arange(4), "ant_colony")
