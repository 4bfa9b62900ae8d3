"""The explorers of constrained optimisation: what their pages compute is what Python computes."""

from __future__ import annotations

import json
from functools import lru_cache

import numpy as np
import pytest
from explorer_page import send

from mlopt_course import explore
from mlopt_course.constrained import Constraints, kkt_residuals
from mlopt_course.explore.constrained_paths import BARRIERS, FACTORS, METHODS, central_path, programs, solution, way
from mlopt_course.explore.kkt_point import ALLOWED, CONDITIONS, ESTIMATES, grounds, multipliers, residuals
from mlopt_course.explore.packing import unpack
from mlopt_course.explore.price import BUDGETS, CENTRE, SHAPES, H, priced
from mlopt_course.explore.support import COSTS, KERNELS, MOVABLE, SIGNS, machine, points

NAMES = ("price", "kkt_point", "constrained_paths", "support")


@lru_cache
def make(name):
    return getattr(explore, name)(goal="Reach it.")


@pytest.mark.parametrize("shape", SHAPES)
def test_the_price_is_the_rate_at_which_the_best_value_changes(shape):
    for budget in BUDGETS[::9]:
        at = priced(shape, budget)
        if abs(budget - 3.2) > 0.01:  # where the wall leaves the bottom of the bowl the slope has a bend
            assert at.price == pytest.approx(at.measured, abs=1e-6)
        pull = -H @ (at.x - CENTRE)
        assert np.linalg.norm(pull) * (at.price < 1e-7) < 1e-6  # without a price nothing pulls


def test_every_kkt_point_of_the_grounds_is_one_and_is_what_it_is_said_to_be():
    rng = np.random.default_rng(0)
    for ground in grounds().values():
        fun = ground.problem.fun
        for at, kind in ground.points:
            x = np.array(at)
            assert kkt_residuals(ground.problem, x).largest < 1e-9
            if ground.problem.constraints[0]["type"] == "eq":
                continue
            near = x + 0.02 * rng.standard_normal((400, 2))
            near = near[[min(c["fun"](y)) >= 0 for y in near for c in ground.problem.constraints]]
            higher = np.array([fun(y) > fun(x) for y in near])
            if kind == "saddle":  # up into the set, down along the wall
                inward = ground.problem.gradient(x) / np.linalg.norm(ground.problem.gradient(x))
                along = np.array([-inward[1], inward[0]])
                assert fun(x + 0.05 * inward) > fun(x) > max(fun(x + 0.05 * along), fun(x - 0.05 * along))
            else:
                assert higher.all() if kind == "minimum" else not higher.any()


def test_no_multiplier_exists_at_the_cusp():
    cusp = grounds()["a cusp"].problem
    for estimate in ESTIMATES:
        left = residuals(cusp, (1.0, 0.0), estimate)
        assert left["stationarity"] == pytest.approx(1.0)
        assert left["primal"] <= 1e-12


def test_the_explorer_estimates_as_the_package_does():
    for ground in grounds().values():
        for at, _ in ground.points:
            known = kkt_residuals(ground.problem, np.array(at))
            ours = multipliers(ground.problem, at, ESTIMATES[0])
            assert np.allclose(ours, np.concatenate([known.equality, known.inequality]), atol=1e-9)


def test_ways_end_at_the_optimum_and_say_what_they_minimised():
    for name, problem in programs().items():
        optimum, exact = solution(problem)
        for method in METHODS:
            for factor in FACTORS[1:]:
                one = way(problem, method, factor)
                assert np.linalg.norm(one.x[-1] - optimum) < 1e-5, (name, method, factor)
                assert np.allclose(one.after[-1], exact, atol=1e-4)
        for k, weight in enumerate(way(problem, "penalty", 4.0).weight[1:]):
            assert weight == 4.0**k


def test_the_central_path_is_inside_and_satisfies_the_softened_conditions():
    for name, problem in programs().items():
        walls = Constraints(problem, np.zeros(2))
        for beta, x in zip(BARRIERS, central_path(name), strict=True):
            g, rows = walls.values(x)[1], walls.jacobians(x)[1]
            assert (g < 0).all(), (name, beta)
            assert np.abs(problem.gradient(x) + rows.T @ (beta / -g)).max() < 1e-7 * max(1, np.max(beta / -g))
        assert np.linalg.norm(central_path(name)[-1] - solution(problem)[0]) < 1e-5


def test_what_is_zero_at_the_corner_of_the_diamond_is_zero():
    assert all(priced("a diamond", budget).x[1] == 0 for budget in BUDGETS if 0.3 <= budget <= 1.6)


def test_sizes():
    for name in NAMES:
        widget = make(name)
        assert len(json.dumps(widget.spec)) < 12_000
        assert len(widget.data) < 70_000
        unpack(widget.data, widget.spec["arrays"])


@pytest.mark.parametrize("name", NAMES)
def test_print_gets_a_picture_and_words(name):
    bundle = make(name)._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert len(data["image/png"]) > 5000
    assert "." in data["text/plain"]


@pytest.fixture
def show(show_explorer):
    """Opens a page with one explorer."""
    return lambda name, width=1000: show_explorer(make(name), width)


def said(page):
    return page.inner_text(".mlopt-summary").replace("−", "-")


def reached(page):
    return page.locator(".mlopt-goal.mlopt-reached:not([data-condition])").count() == 1


@pytest.mark.browser
def test_the_page_finds_the_residuals_that_python_finds(show):
    page = show("kkt_point")
    rng = np.random.default_rng(3)
    for label, ground in grounds().items():
        low, high = np.array(ground.problem.window).T
        tries = [rng.uniform(low, high).round(2).tolist() for _ in range(8)] + [list(at) for at, _ in ground.points]
        for at in [*tries, [1.0, 0.0]]:
            for estimate in ESTIMATES:
                send(page, "kkt", problem=label, estimate=estimate, point=at)
                # The page may have drawn the point to a wall: it says where it is by its handle.
                where = page.evaluate("() => document.querySelector('[data-condition]').parentElement.dataset.point")
                proved = residuals(ground.problem, json.loads(where), estimate)
                for name in CONDITIONS:
                    row = page.locator(f'[data-condition="{name}"]')
                    assert float(row.get_attribute("data-left")) == pytest.approx(proved[name], abs=2e-6), (label, at)
                    met = "mlopt-reached" in row.get_attribute("class")
                    assert met == (proved[name] <= ALLOWED[name])


@pytest.mark.browser
def test_the_point_is_drawn_to_a_wall_and_leaves_it_by_keyboard(show):
    page = show("kkt_point", 390)
    send(page, "kkt", problem="a bowl", point=[0.5, 0.03])
    assert "on D" in said(page)
    page.focus(".mlopt-point")
    page.keyboard.press("ArrowUp")
    assert "on no wall" in said(page)
    send(page, "kkt", point=[1.58, 0.69])
    assert "on A and B" in said(page)
    assert "in fact a minimum" in said(page)
    for key in ("ArrowLeft", "ArrowDown"):
        page.keyboard.press(key)
    assert "on no wall" in said(page)


@pytest.mark.browser
def test_only_what_is_no_minimum_reaches_the_goal_on_the_hill(show):
    page = show("kkt_point")
    for at, kind in grounds()["a hill"].points:
        send(page, "kkt", problem="a hill", estimate=ESTIMATES[0], point=list(at))
        assert reached(page) == (kind != "minimum")
    send(page, "kkt", problem="a cusp", point=[1.0, 0.0])
    assert not reached(page)
    assert "yet this is the minimum" in said(page)


@pytest.mark.browser
def test_the_price_of_the_page_is_that_of_python_and_one_budget_is_the_goal(show):
    page = show("price")
    for shape in SHAPES:
        for budget in BUDGETS[::17]:
            send(page, "price", shape=shape, budget=budget)
            at = priced(shape, budget)
            if at.price > 1e-6:
                assert float(said(page).split("The price is ")[1].split(".  ")[0].split(". ")[0]) == pytest.approx(
                    at.price, rel=6e-3
                )
            else:
                assert "more budget is worth nothing" in said(page)
    hits = []
    for budget in BUDGETS:
        send(page, "price", shape=SHAPES[0], budget=budget)
        if reached(page):
            hits.append(budget)
    assert hits == [3.2]


@pytest.mark.browser
def test_ways_on_the_page_are_those_of_python(show):
    page = show("constrained_paths")
    hits = 0
    for name, problem in programs().items():
        optimum, _ = solution(problem)
        for factor in FACTORS:
            for step in (0, 3, 11, 14):
                send(page, "paths", problem=name, factor=factor, step=step)
                errors = [float(row.get_attribute("data-error")) for row in page.locator("[data-error]").all()]
                runs = [way(problem, method, factor) for method in METHODS]
                proved = [np.linalg.norm(run.x[min(step, len(run.x) - 1)] - optimum) for run in runs]
                assert np.allclose(errors, proved, atol=3e-7)
                hits += reached(page)
                assert reached(page) == (errors[0] >= 1e4 * errors[1])
    assert hits
    for shown in METHODS:
        send(page, "paths", shown=shown, step=4)
        assert "minimises in step 4" in page.inner_text(".mlopt-landscape figcaption")


@pytest.mark.browser
def test_the_machine_of_the_page_is_that_of_python(show):
    page = show("support")
    rng = np.random.default_rng(4)
    for _ in range(20):
        state = {name: rng.uniform([-2.5, -2], [2.5, 2]).round(1).tolist() for name in MOVABLE}
        state |= {"cost": float(rng.choice(COSTS[:9])), "kernel": str(rng.choice(list(KERNELS)))}
        send(page, "support", **state)
        problem, alpha = machine(state)
        text = said(page)
        told = [float(text.split(f"{name} ")[1].split()[0].strip(".,")) for name in MOVABLE]
        # Both stop where no pair gains more than the tolerance: the values agree to that, the multipliers nearly.
        assert np.allclose(told, alpha[-4:], rtol=2e-2, atol=2e-3 * state["cost"])
        wrong = int(np.sum(SIGNS * problem.decision_function(alpha, points(state)) < 0))
        assert f"{wrong} on the wrong side" in text


@pytest.mark.browser
def test_two_points_can_hold_the_line(show):
    page = show("support")
    assert not reached(page)
    send(page, "support", kernel="straight", cost=100, A=[-0.4, 0], B=[-1.6, -0.8], C=[0.4, 0], D=[1.6, 0.6])
    assert reached(page)
    page.click("text=Put all back")
    assert not reached(page)
