"""Explorers of the stochastic chapter: what they draw is what the methods did, in Python and in a page."""

from __future__ import annotations

import dataclasses
import json
from itertools import product

import numpy as np
import pytest
from explorer_page import send

from mlopt_course import Problem, explore, minimize, problems
from mlopt_course.evolutionary_swarm import travelling_salesman
from mlopt_course.explore.annealing import (
    AXIS,
    CURVES,
    HELD,
    WALKERS,
    boltzmann,
    chance,
    deepest_valley,
    metropolis,
    temperatures_of,
)
from mlopt_course.explore.chances import error_at, sample
from mlopt_course.explore.gaussians import METHODS, axes_of, cloud
from mlopt_course.explore.packing import unpack
from mlopt_course.explore.tabu import ASPIRED, NEVER, RETURNED, WALLED, forbidden, roads, trip
from mlopt_course.stochastic import expected_running_time, first_hits, repeat

BOWL = Problem(lambda x: float(x[0] ** 2 + 4 * x[1] ** 2), x0=[2.0, 1.0], x_opt=[0.0, 0.0], f_opt=0.0,
               bounds=[(-3.0, 3.0)] * 2, window=((-3.0, 3.0), (-3.0, 3.0)), name="bowl")  # fmt: skip
WAVES = problems.rastrigin()


def map_of(n=12, seed=3):
    cities = np.random.default_rng(seed).random((n, 2))
    made = travelling_salesman(np.linalg.norm(cities[:, None] - cities, axis=2), coordinates=cities)
    ends = [minimize(made, np.random.default_rng(s).permutation(n), "tabu_search", rng=s, max_iterations=80).fun
            for s in range(5)]  # fmt: skip
    return dataclasses.replace(made, f_opt=min(ends))


CITIES = map_of()


def results():
    return {name: repeat(WAVES, method, 12, max_evaluations=300, max_iterations=1000)
            for name, method in (("random", "random_search"), ("annealing", "simulated_annealing"))}  # fmt: skip


def heights(label):
    curve = np.asarray(CURVES[label](AXIS), dtype=np.float32).astype(float)
    return curve - curve.min()


def in_valley(label, places):
    low, high = deepest_valley(heights(label))
    return int(np.sum((places >= low) & (places <= high)))


# -- annealing -----------------------------------------------------------------------------------------------------


def test_chances_are_mulberry32():
    # The first numbers of mulberry32 with seed 1, from its published C source.
    assert chance(1, np.arange(3)) == pytest.approx([0.6270739405881613, 0.002735721180215478, 0.5274470399599522])
    many = chance(5, np.arange(20_000))
    assert abs(many.mean() - 0.5) < 0.01
    assert np.histogram(many, bins=10, range=(0, 1))[0].std() < 100


def test_walkers_end_distributed_as_boltzmann_says():
    curve, T = heights("bumpy bowl"), 0.6
    expected = boltzmann(curve, T)
    groups = np.array_split(np.arange(len(curve)), 12)
    counts = np.zeros(len(groups))
    for seed in range(20):
        ends = metropolis(curve, [T] * 200, seed, start=int(np.argmin(curve)))[-1]
        counts += [np.isin(ends, group).sum() for group in groups]
    wanted = 20 * WALKERS * np.array([expected[group].sum() for group in groups])
    large = wanted > 5
    chi_square = np.sum((counts - wanted)[large] ** 2 / wanted[large])
    assert chi_square < large.sum() + 4 * np.sqrt(2 * large.sum())


def test_walkers_begin_in_the_leftmost_hollow():
    curve = np.array([5.0, 3.0, 2.0, 4.0, 0.0, 1.0])
    assert (metropolis(curve, [0.0], 1)[0] == 2).all()
    assert (metropolis(curve, [0.0], 1, start=4)[0] == 4).all()


def test_cold_walkers_never_climb():
    curve = heights("bumpy bowl")
    visited = curve[metropolis(curve, [0.0] * 50, 2)]
    assert (np.diff(visited, axis=0) <= 0).all()


@pytest.mark.parametrize("label", list(CURVES))
def test_the_deepest_valley_has_rims_on_both_sides(label):
    curve = heights(label)
    low, high = deepest_valley(curve)
    inside = curve[low : high + 1]
    assert low <= np.argmin(curve) <= high
    assert curve[low - 1] >= inside.max() * (1 - 1e-6)
    assert np.sum(np.diff(np.sign(np.diff(inside))) > 0) <= 1  # falls, then rises


# -- gaussians -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(METHODS))
def test_a_cloud_holds_the_distribution_that_was_drawn_from(name):
    method, options, _ = METHODS[name]
    seen = cloud(BOWL, method, 8, 3, 0.5, **options)
    assert seen.mean[0] == pytest.approx(BOWL.x0)
    assert axes_of(seen.covariance[0])[:2] == pytest.approx((0.5, 0.5))
    values = np.array([[BOWL.fun(x) for x in generation] for generation in seen.drawn])
    assert (np.diff(values, axis=1) >= 0).all()  # best first
    history = minimize(BOWL, method=method, rng=3, max_iterations=8,
                       step_size=0.5 / 6 if method == "cross_entropy_method" else 0.5).history  # fmt: skip
    assert seen.error[-1] == pytest.approx(np.minimum.accumulate(history.fun)[-1])
    assert seen.evaluations[-1] == history.nfev[-1]
    # Draws lie where their distribution says: about as many standard deviations out as there are variables.
    away = [(x - m) @ np.linalg.solve(C, x - m) for x0, m, C in zip(seen.drawn, seen.mean, seen.covariance, strict=True)
            for x in x0]  # fmt: skip
    assert 0.7 < np.mean(away) < 4.5


def test_axes_of_a_turned_ellipse():
    turn = np.deg2rad(30.0)
    B = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    assert axes_of(B @ np.diag([9.0, 0.25]) @ B.T) == pytest.approx((3.0, 0.5, 30.0))


# -- tabu ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("tenure", "aspiration", "intensification", "diversification"),
                         list(product((0, 4, 30), (False, True), (None, 6), (0.0, 0.5))))  # fmt: skip
def test_a_trip_knows_what_was_forbidden(tenure, aspiration, intensification, diversification):
    options = {"tenure": tenure, "aspiration": aspiration, "intensification": intensification,
               "diversification": diversification}  # fmt: skip
    x0 = np.random.default_rng(7).permutation(12)
    seen = trip(CITIES, x0, 5, 60, **options)
    history = minimize(CITIES, x0, "tabu_search", rng=5, max_iterations=60, **options).history
    counts = np.asarray(history["tabu"])[1:]
    # The method counts, after its step number k, what is free only after k.
    held = [sum(k > step - 1 for k in last_release(seen, step).values()) for step in range(1, 61)]
    assert counts == pytest.approx(held)
    best = np.minimum.accumulate(seen.length)
    for step in range(1, 61):
        flag = seen.flag[step]
        if flag & RETURNED:
            assert intensification
        before = int(np.argmin(seen.length[:step])) if flag & RETURNED else step - 1
        built = roads(seen.tour[step]) - roads(seen.tour[before])
        assert len(built) == 2
        if not flag & (ASPIRED | WALLED):
            assert not built & forbidden(seen, step - 1)
        if flag & ASPIRED:
            assert aspiration
            assert seen.length[step] < best[step - 1]
    if tenure == 0:
        assert not any(forbidden(seen, step) for step in range(61))


def last_release(seen, step):
    free = {}
    for pair, until in zip(seen.broken[:step], seen.until[:step], strict=True):
        free |= {tuple(road): int(until) for road in pair}
    return free


# -- chances -------------------------------------------------------------------------------------------------------


def test_a_sample_of_all_runs_is_all_of_them():
    assert sorted(sample(3, 12, 12)) == list(range(12))
    assert (sample(3, 5, 12) == sample(3, 12, 12)[:5]).all()


def test_error_within_a_budget_is_the_histories():
    runs = results()["random"]
    for budget in (10, 55, 300):
        wanted = [min(f for f, n in zip(run.history.fun, run.history.nfev, strict=True) if n <= budget) for run in runs]
        assert error_at(runs, budget, 0.0) == pytest.approx(wanted)


# -- in a page -----------------------------------------------------------------------------------------------------


def makers():
    return {
        "annealing": lambda: explore.annealing(goal="Bring them in."),
        "gaussians": lambda: explore.gaussians({"bowl": BOWL, "waves": WAVES}, seeds=(0, 1), goal={
            "text": "Come down.", "problem": "bowl", "target": 1e-3, "within": 150}),
        "tabu": lambda: explore.tabu(CITIES, tenures=(0, 4), seeds=6, steps=40, wanted=6, within=40, goal="All six."),
        "chances": lambda: explore.chances(results(), counts=(1, 3, 12), mark=(2.0, 0.0), goal="Be misled."),
    }  # fmt: skip


@pytest.mark.parametrize("name", ["annealing", "gaussians", "tabu", "chances"])
def test_explorers_are_small_and_print(name):
    made = makers()[name]()
    assert len(json.dumps(made.spec)) < 60_000
    assert len(made.data) < 150_000
    assert unpack(made.data, made.spec["arrays"])
    bundle = made._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert len(data["image/png"]) > 1000
    assert made.title in data["text/plain"]


@pytest.mark.browser
@pytest.mark.parametrize(("curve", "how", "T"), [("bumpy bowl", HELD, 0.3), ("golf hole", "slow cooling", 1.0),
                                                 ("wide or deep", "logarithmic cooling", 3.0)])  # fmt: skip
def test_the_pages_walkers_are_pythons(show_explorer, curve, how, T):
    shown = show_explorer(makers()["annealing"]())
    said = send(shown, "annealing", curve=curve, how=how, temperature=T, seed=3, step=400)
    places = metropolis(heights(curve), temperatures_of(how, T, 400), 3)[-1]
    assert f"{in_valley(curve, places)} of 60 walkers" in said


@pytest.mark.browser
def test_a_temperature_by_hand_holds_from_where_it_was_moved(show_explorer):
    shown = show_explorer(makers()["annealing"]())
    send(shown, "annealing", how="my hand", temperature=1.0, seed=1, step=100)
    send(shown, "annealing", temperature=0.2)
    said = send(shown, "annealing", step=500)
    plan = [1.0] * 100 + [0.2] * 400
    count = in_valley("bumpy bowl", metropolis(heights("bumpy bowl"), plan, 1)[-1])
    assert f"{count} of 60 walkers" in said
    assert f"You have {count}." in shown.inner_text(".mlopt-goal")
    # The slider does not stop the walk; starting over forgets the plan.
    send(shown, "annealing", step=0)
    shown.click(".mlopt-play")
    shown.focus("input[aria-label='Temperature T']")
    shown.keyboard.press("ArrowRight")
    assert shown.inner_text(".mlopt-play").strip().endswith(("Pause", "To the start"))
    shown.click("text=Start over")
    assert "step 0, temperature 0.3:" in shown.inner_text(".mlopt-summary")


@pytest.mark.browser
def test_the_pages_ellipse_is_pythons(show_explorer):
    shown = show_explorer(makers()["gaussians"]())
    said = send(shown, "gaussians", problem="waves", method="cross-entropy", sigma=1.5, seed=1, step=9)
    seen = cloud(WAVES, "cross_entropy_method", 25, 1, 1.5)
    wide, short, turn = axes_of(seen.covariance[9])
    numbers = [float(part) for part in said.split("widths ")[1].split(", the")[0].split(" and ")]
    assert numbers == pytest.approx([wide, short], rel=0.06)
    assert f"at {round(turn) % 180}°" in said
    assert f"after {seen.evaluations[9]} evaluations" in said
    send(shown, "gaussians", problem="bowl", method="CMA-ES", sigma=0.5, seed=0)
    seen = cloud(BOWL, "cma_es", 70, 0, 0.5)
    hit = seen.evaluations[np.flatnonzero(seen.error <= 1e-3)[0]]
    assert f"Here it takes {hit} evaluations." in shown.inner_text(".mlopt-goal")


@pytest.mark.browser
def test_the_pages_tabu_list_is_pythons(show_explorer):
    made = makers()["tabu"]()
    shown = show_explorer(made)
    said = send(shown, "tabu", tenure=4, aspiration=True, step=17)
    start = np.random.default_rng(1000).permutation(12)
    options = {"tenure": 4, "aspiration": True, "intensification": None, "diversification": 0.0}
    seen = trip(CITIES, start, 0, 40, **options)
    assert f"{len(forbidden(seen, 17))} roads forbidden" in said.replace("road forbidden", "roads forbidden")
    hits = unpack(made.data, made.spec["arrays"])["hits"][12]  # list of four, aspiration, nothing else
    assert f"{np.sum(hits != NEVER)} of 6 seeds" in said
    for word in ("Intensification", "Diversification", "Aspiration"):
        shown.click(f"text={word}")
    assert "find it" in shown.inner_text(".mlopt-goal")


@pytest.mark.browser
def test_the_page_counts_and_times_runs_as_python_does(show_explorer):
    shown = show_explorer(makers()["chances"]())
    runs = results()
    said = send(shown, "chances", first="annealing", second="random", count=12, mark=[2.0, 0.3])
    target = 10**0.3
    solved = int(np.sum(first_hits(runs["annealing"], target) <= 100))
    assert f"Annealing (solid): {solved} of 12 reach" in said
    time = expected_running_time(runs["annealing"], target)
    assert float(said.split("running time ")[1].split(";")[0]) == pytest.approx(time, rel=1e-3)
    few = send(shown, "chances", count=3, draw=2)
    chosen = [runs["random"][k] for k in sample(2, 3, 12)]
    median = float(few.rsplit("median error then ", 1)[1].rstrip("."))
    assert median == pytest.approx(np.median(error_at(chosen, 100, 0.0)), rel=0.06)
    send(shown, "chances", second="annealing")
    assert "Choose two methods." in shown.inner_text(".mlopt-goal")
