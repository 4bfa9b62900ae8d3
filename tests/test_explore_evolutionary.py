"""Explorers of the evolutionary and swarm chapter: what they draw is what the methods did, in Python and in a page."""

from __future__ import annotations

import json

import numpy as np
import pytest
from explorer_page import send

from mlopt_course import evolutionary_swarm as evo
from mlopt_course import explore, minimize, problems
from mlopt_course.explore.ants import flat_map, places, trails
from mlopt_course.explore.front import cheapest, distinct_front, supported
from mlopt_course.explore.operators import NEVER, RULES, breeding, coded
from mlopt_course.explore.packing import unpack
from mlopt_course.explore.swarm import FOUND, FROZEN, best_points, flock, variance_bound

PARTS = {
    "selection": {"two": evo.tournament(2)},
    "crossover": {"none": evo.uniform_crossover(0.0), "blend": evo.blend()},
    "mutation": {"small": evo.gaussian_mutation(0.02, 0.5), "large": evo.gaussian_mutation(0.15, 0.5)},
}
GENERATIONS = [
    np.array([[5, 9], [6, 8], [7, 9], [9, 3]]),
    np.array([[1, 9], [2, 7], [3, 6], [6, 1], [4, 9]])[:4],
]


def operators():
    return explore.operators(
        {"hollows": problems.rastrigin()}, PARTS, ("two", "blend", "small"), generations=12,
        goal={"text": "Come down.", "problem": "hollows", "target": 1e-9},
    )  # fmt: skip


def swarm():
    return explore.swarm(problems.sphere(), inertias=(0.2, 0.6), attractions=(0.75, 1.25), initial=(1.25, 0.2),
                         steps=20, goal={"text": "All.", "found": 21})  # fmt: skip


def ants():
    return explore.ants({"five": evo.travelling_salesman("five"), "burma14": evo.travelling_salesman("burma14")},
                        evaporations=(0.1, 0.5), iterations=8, options={"five": {"ants": 2}},
                        goal={"text": "Find it.", "map": "burma14", "improve": True})  # fmt: skip


def models():
    problem = evo.kernel_ridge_tuning()
    t = np.linspace(-1, 1, 21)
    data = {"training": (t[::2], t[::2]), "validation": (t[1::2], t[1::2])}
    return explore.models(
        problem, lambda x: x[0] / 10 + x[1] * t / 10, t, data,
        options={"population": 8, "rng": 0}, generations=4, goal={"text": "Beat it.", "generation": 0},
    )  # fmt: skip


def front():
    return explore.front(
        GENERATIONS, ("pixels", "mistakes"), prices=(0.5, 1.0, 2.0, 9.0), initial=1.0, goal="Off the hull."
    )


MAKERS = [operators, swarm, ants, models, front]


def test_breeding_is_the_methods_own_run():
    problem = problems.rastrigin()
    parts = {"selection": evo.tournament(2), "crossover": evo.blend(), "mutation": evo.gaussian_mutation(0.05)}
    seen = breeding(problem, parts, population=10, generations=15, seeds=5)
    errors = []
    for seed in range(5):
        run = minimize(problem.fun, None, "genetic_algorithm", bounds=problem.bounds, population=10, max_iterations=16,
                       survival=evo.generational(1), termination=evo.stagnation(99), rng=seed, **parts)  # fmt: skip
        errors.append(run.history.fun)
    np.testing.assert_allclose(seen.error, errors[0])
    np.testing.assert_allclose(seen.quartiles[:, 1], np.median(errors, axis=0))
    assert seen.population.shape == (16, 10, 2)


def test_a_rule_stops_where_it_says():
    still = {"selection": evo.tournament(8), "crossover": evo.uniform_crossover(0.0), "mutation": lambda X, *box: X}
    seen = breeding(problems.sphere(), still, generations=30, seeds=1)
    never, stagnant, alike = seen.stops
    assert never == NEVER
    assert stagnant == 9  # nothing new arises, and the rule counts from generation 1
    width = 0.02 * np.ptp(problems.sphere().bounds, axis=1).min()
    assert np.ptp(seen.population[alike], axis=0).max() <= width < np.ptp(seen.population[alike - 1], axis=0).max()
    assert list(RULES)[2] == "all within 2 % of the box"


def test_codes_span_the_box():
    bounds = np.array([[-2.0, 2.0], [0.0, 1.0]])
    np.testing.assert_array_equal(coded(np.array([[-2.0, 1.0], [2.0, 0.0], [0.0, 0.5]]), bounds),
                                  [[0, 255], [255, 0], [128, 128]])  # fmt: skip


def test_a_flock_counts_what_the_swarms_did():
    problem = problems.rastrigin()
    seen = flock(problem, 0.2, 1.25, steps=40, seeds=6, sight=3)
    found = early = 0
    for seed in range(6):
        run = minimize(problem.fun, None, "particle_swarm", bounds=problem.bounds, particles=12, inertia=0.2, rng=seed,
                       cognitive=1.25, social=1.25, learners=0.0, tolerance=0.0, max_iterations=41)  # fmt: skip
        X, values = np.array(run.history.population), np.array(run.history["values"])
        best = np.array([X[values[:, i].argmin(), i] for i in range(12)])
        found += run.fun <= FOUND
        early += run.fun > FOUND and np.sqrt(best.var(axis=0).sum()) <= FROZEN
        if seed == 3:
            np.testing.assert_allclose(seen.bests[-1], best)
            np.testing.assert_array_equal(best_points(X, values)[0], X[0])
    assert (seen.found, seen.early) == (found, early)


@pytest.mark.parametrize("w", [0.0, 0.4, 0.7, 0.9])
def test_the_bound_of_the_variance_is_where_its_recursion_turns_unstable(w):
    def radius(c):
        mean, square = 1 + w - c, (1 + w - c) ** 2 + c**2 / 6
        return np.abs(np.linalg.eigvals([[square, -2 * mean * w, w**2], [mean, -w, 0], [1, 0, 0]])).max()

    bound = variance_bound(w)
    assert radius(0.98 * bound) < 1 < radius(1.02 * bound)


def test_trails_are_the_colonys():
    problem = evo.travelling_salesman("burma14")
    seen = trails(problem, 12, seed=3, evaporation=0.2, local_search=None)
    assert seen.pheromone.shape == (12, 14 * 13 // 2)
    assert seen.pheromone.min() >= 0
    assert seen.pheromone.max() <= 1 + 1e-12
    np.testing.assert_array_equal(seen.best, np.minimum.accumulate(seen.length))
    np.testing.assert_allclose([problem.fun(tour) for tour in seen.tour], seen.best)


def test_a_flat_map_keeps_the_distances_of_points_in_a_plane():
    points = np.random.default_rng(0).uniform(0, 3, (7, 2))
    distances = np.linalg.norm(points[:, None] - points, axis=2)
    drawn = flat_map(distances)
    np.testing.assert_allclose(np.linalg.norm(drawn[:, None] - drawn, axis=2), distances, atol=1e-9)
    for name in ("five", "burma14", "berlin52"):
        at = places(evo.travelling_salesman(name))
        assert at.min() == 0
        assert at.max() == 1


def test_a_price_chooses_the_supported_points_and_no_others():
    rng = np.random.default_rng(0)
    for _ in range(20):
        points = distinct_front(rng.integers(0, 40, (60, 2)))
        assert (np.diff(points[:, 0]) > 0).all()
        assert (np.diff(points[:, 1]) < 0).all()
        chosen = {tuple(cheapest(points, price)) for price in np.geomspace(1e-3, 1e3, 20001)}
        on_hull = {tuple(point) for point in points[supported(points)]}
        # A point in the middle of an edge of the hull is as cheap as its neighbours, at one price only.
        assert chosen <= on_hull
        for point in points[~supported(points)]:
            assert tuple(point) not in chosen


@pytest.mark.parametrize("make", MAKERS)
def test_numbers_reach_the_page(make):
    made = make()
    assert unpack(made.data, made.spec["arrays"]).keys() == {entry["name"] for entry in made.spec["arrays"]}
    assert len(json.dumps(made.spec)) < 20_000
    assert len(made.data) < 100_000
    bundle = made._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert len(data["image/png"]) > 1000
    assert made.title in data["text/plain"]


def said(value):
    """A number of two digits as the page writes it, where it is between a thousandth and a thousand."""
    return f"{float(f'{value:.1e}'):g}"


@pytest.mark.browser
def test_the_page_says_what_was_bred(show_explorer):
    shown = show_explorer(operators())
    parts = {"selection": PARTS["selection"]["two"], "crossover": PARTS["crossover"]["none"],
             "mutation": PARTS["mutation"]["large"]}  # fmt: skip
    seen = breeding(problems.rastrigin(), parts, generations=12)
    told = send(shown, "operators", crossover="none", mutation="large", step=7)
    assert f"Generation 7: error {said(seen.error[7])}, spread {said(seen.spread[7])}." in told
    assert f"the median of 20 seeds is {said(seen.quartiles[-1, 1])}," in told
    told = send(shown, "operators", termination="no better best for 8", step=12)
    if seen.stops[1] <= 12:
        assert f"ends the run at generation {seen.stops[1]}" in told


@pytest.mark.browser
def test_the_page_counts_swarms_and_moves_between_the_grids_points(show_explorer):
    shown = show_explorer(swarm())
    seen = flock(problems.sphere(), 0.6, 0.75, steps=20)
    told = send(shown, "swarm", coefficients=[0.8, 0.55], step=20)
    assert "Inertia 0.6, attraction 0.75." in told
    assert f"Of 20 swarms {seen.found} find the minimum, {seen.early} converge too early." in told
    shown.focus(".mlopt-point")
    shown.keyboard.press("ArrowDown")
    shown.keyboard.press("ArrowDown")
    assert "Inertia 0.2, attraction 0.75." in shown.inner_text(".mlopt-summary")


@pytest.mark.browser
def test_the_page_says_how_long_the_tours_are(show_explorer):
    shown = show_explorer(ants())
    seen = trails(evo.travelling_salesman("burma14"), 8, evaporation=0.5, reset_after=10**6, local_search=None)
    told = send(shown, "ants", map="burma14", evaporation=0.5, improve=False, step=7)
    strong = int(np.sum(np.rint(255 * seen.pheromone[7]) > 127))
    assert f"this iteration {seen.length[7]:g}, so far {seen.best[7]:g}; the shortest of all is 3323." in told
    assert f"{strong} edges of 91 carry much pheromone." in told
    send(shown, "ants", improve=True, evaporation=0.1)
    assert shown.locator(".mlopt-reached").count() == 1


@pytest.mark.browser
def test_the_page_knows_the_readers_model(show_explorer):
    shown = show_explorer(models())
    problem = evo.kernel_ridge_tuning()
    send(shown, "models", model=[-1.05, 0.9], step=4)
    at = [min(np.linspace(low, high, 26), key=lambda v, x=x: abs(v - x))
          for x, (low, high) in zip((-1.05, 0.9), problem.bounds, strict=True)]  # fmt: skip
    assert f"Your model has {float(f'{problem.fun(at):.3g}'):g}" in shown.inner_text(".mlopt-summary")


@pytest.mark.browser
def test_the_page_finds_the_front_and_what_a_price_chooses(show_explorer):
    shown = show_explorer(front())
    told = send(shown, "front", step=1, price=1.0)
    last = distinct_front(GENERATIONS[1])
    chosen = cheapest(last, 1.0)
    assert f"a front of {len(last)} points, from 1 pixels with 9 mistakes to 6 with 1." in told
    assert f"the cheapest has {chosen[0]:g} pixels and {chosen[1]:g} mistakes." in told
    for size, hull in zip(last[:, 0], supported(last), strict=True):
        send(shown, "front", size=int(size))
        assert shown.locator(".mlopt-reached").count() == (not hull)
