"""The explorers of the first chapter: what Python gives them, and what a page makes of it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from ipywidgets.embed import embed_data

from mlopt_course import explore, methods, minimize
from mlopt_course.explore.difference import FORMULAS, relative_error, slope
from mlopt_course.explore.family_tree import FAMILIES, HAVE, OVER, all_methods, family_of, fits
from mlopt_course.explore.probe import BUDGET, LINES, PLANES, best_so_far, evaluated, methods_on
from mlopt_course.explore.stationary import CURVATURES, TARGET, descended, outcome, quadratic
from mlopt_course.hyperparameter_tuning import tuners

LOADER = Path(__file__).parent.parent / "book" / "_static" / "anywidgets.js"
BOOK = '<nav><a href="03_first_order.html">3</a> <a href="../exercises/03_first_order.html">Exercises</a></nav>'


# -- probing a hidden function -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("functions", "dimension"), [(LINES, 1), (PLANES, 2)])
def test_methods_are_given_the_readers_budget_and_stay_in_the_box(functions, dimension):
    for fun in functions.values():
        for rows in methods_on(fun, dimension).values():
            assert rows.shape == (BUDGET, dimension + 1)
            assert (rows[:, :-1] >= 0).all()
            assert (rows[:, :-1] <= 10).all()
            assert np.array_equal(rows[:, -1], [float(fun(*row[:-1])) for row in rows])


def test_each_way_of_searching_wins_somewhere():
    def winner(fun, dimension):
        ends = {name: values[..., -1] for name, values in best_so_far(fun, dimension).items()}
        ends["random search"] = ends["random search"][1]
        return min(ends, key=ends.get)

    assert [winner(LINES[name], 1) for name in "ABC"] == ["golden section", "exhaustive search", "random search"]
    assert [winner(PLANES[name], 2) for name in "EFG"] == ["Nelder-Mead", "exhaustive search", "random search"]
    needle = best_so_far(LINES["D"], 1)
    values = LINES["D"](np.linspace(0, 10, 10001))
    best = min(needle["exhaustive search"][-1], needle["golden section"][-1], needle["random search"][0, -1])
    assert best > values.min() + 0.1 * np.ptp(values)  # a needle is found by luck alone


@pytest.mark.parametrize(("make", "functions"), [(explore.probe, LINES), (explore.probe_plane, PLANES)])
def test_the_goal_can_be_reached_where_the_reader_can_measure(make, functions):
    data = make().spec["data"]
    line, side = np.round(np.linspace(0, 10, 201), 2), np.linspace(0, 10, data["side"])
    for name, fun in functions.items():
        values = fun(line) if functions is LINES else fun(*np.meshgrid(side, side))
        found = data["hidden"][name]
        assert values.min() <= found["low"] + data["close"] * (found["high"] - found["low"])


def test_a_method_that_ends_early_keeps_its_last_point():
    rows = evaluated(lambda x: (x - 5) ** 2, 1, "golden_section_search", tolerance=5.0)
    assert (rows[-1] == rows[-2]).all()
    assert len(rows) == BUDGET


def test_the_page_holds_the_values_at_every_place():
    widget = explore.probe(function="B")
    places = np.round(np.linspace(0, 10, 201), 2)
    assert [control["name"] for control in widget.controls] == ["function", "x", "reveal"]
    assert widget.state == {"function": "B", "x": 5.0, "reveal": False}
    found = widget.spec["data"]["hidden"]["B"]
    assert found["low"] <= LINES["B"](places).min()
    assert found["high"] >= LINES["B"](places).max()
    assert "exhaustive search 0.1 %" in widget.description


# -- the family tree ---------------------------------------------------------------------------------------------------


def test_every_method_and_tuner_is_on_the_map_once():
    listed = [method for found in all_methods().values() for method in found]
    assert len(listed) == len(methods()) + len(tuners())
    assert {id(method) for method in listed} == {id(m) for m in (*methods().values(), *tuners().values())}
    assert list(all_methods()) == [family.name for family in FAMILIES]
    names = [entry["name"] for family in explore.family_tree().spec["data"]["families"] for entry in family["methods"]]
    assert len(set(names)) == len(names) == len(listed)


@pytest.mark.parametrize(
    ("name", "family"),
    [("adam", "First-order"), ("saga", "First-order, for sums"), ("newton", "Second-order"), ("bfgs", "Quasi-Newton"),
     ("brent", "Bracketing"), ("nelder_mead", "Direct search"), ("simulated_annealing", "Stochastic"),
     ("cma_es", "Population"), ("sqp", "With constraints"), ("bayesian_optimization", "Model-based")],
)  # fmt: skip
def test_well_known_methods_are_where_a_reader_looks(name, family):
    assert family_of(methods()[name]) == family


def test_a_method_is_lit_where_it_can_be_used():
    def lit(name, have, over=OVER[0]):
        return fits(methods()[name], have, over)

    anything, gradients, values = HAVE
    assert lit("newton", anything)
    assert not lit("newton", gradients)
    assert lit("bfgs", gradients)
    assert not lit("bfgs", values)
    assert lit("nelder_mead", values)
    assert not lit("bisection", values)
    assert lit("brent", values, OVER[2])
    assert not lit("brent", values, OVER[1])
    assert lit("sqp", gradients, OVER[3])
    assert not lit("adam", gradients, OVER[3])
    assert lit("tabu_search", values, OVER[4])
    assert not lit("cma_es", values, OVER[4])
    assert fits(tuners()["tpe"], values, OVER[5])
    assert not lit("random_search", values, OVER[5])


def test_a_chapter_that_the_map_does_not_know_is_named():
    lost = type("Lost", (), {"name": "lost", "chapter": "elsewhere"})()
    with pytest.raises(ValueError, match="no family for the chapter 'elsewhere' of lost"):
        family_of(lost)


# -- two curvatures, and a slope from two values -----------------------------------------------------------------------


def test_outcomes_are_those_of_the_curvatures():
    signs = {(1, 1): "minimum", (-1, -1): "maximum", (1, -1): "saddle", (-1, 1): "saddle"}
    for first in CURVATURES:
        for second in CURVATURES:
            found = outcome(first, second)
            assert found["kind"] == signs.get((np.sign(first), np.sign(second)), "degenerate")
            assert (found["needed"] > 0) == (found["kind"] == "minimum")  # never out of sight
    assert outcome(16.0, 0.5)["condition"] == 32
    assert outcome(16.0, 0.5)["needed"] > 200
    assert outcome(8.0, 0.5)["needed"] <= 200


def test_steps_needed_are_counted_on_the_value():
    problem, needed = quadratic(4.0, 1.0), outcome(4.0, 1.0)["needed"]
    values = descended(4.0, 1.0, 100).history.fun
    assert values[needed] <= TARGET * problem.fun(problem.x0) < values[needed - 1]


def test_slopes_are_the_packages_own():
    h = 1e-3
    assert slope("forward difference", h) == pytest.approx((np.exp(1 + h) - np.exp(1)) / h, rel=1e-12)
    assert slope("central difference", h) == pytest.approx((np.exp(1 + h) - np.exp(1 - h)) / (2 * h), rel=1e-12)
    assert relative_error("complex step", 1e-16) < 3e-16
    assert min(relative_error("central difference", 10.0**k) for k in (-6.0, -5.5, -5.0)) < 1e-10
    assert min(relative_error("forward difference", 10.0**k) for k in np.arange(-16, 0, 0.25)) > 1e-10


@pytest.mark.parametrize("make", [explore.probe, explore.probe_plane, explore.family_tree, explore.stationary,
                                  explore.difference])  # fmt: skip
def test_print_gets_a_picture_and_words(make):
    bundle = make()._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert len(data["image/png"]) > 1000
    assert len(data["text/plain"].split()) > 10


# -- in a page ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def show(browser, tmp_path):
    opened, complaints = [], []

    def show(widget, before=""):
        embedded = embed_data(views=[widget], drop_defaults=False)
        state = json.dumps(embedded["manager_state"]).replace("</", "<\\/")
        (tmp_path / "book").mkdir(exist_ok=True)
        file = tmp_path / "book" / "01_basics.html"
        file.write_text(
            '<!doctype html><html lang="en"><meta charset="utf-8"><title>Basics</title>'
            f"<body>{before}<main><h1>Basics</h1>"
            f'<div><script type="application/vnd.jupyter.widget-view+json">{json.dumps(embedded["view_specs"][0])}'
            f'</script></div></main><script type="application/vnd.jupyter.widget-state+json">{state}</script>'
            f'<script src="{LOADER.as_uri()}"></script></body></html>',
            encoding="utf-8",
        )
        page = browser.new_page(viewport={"width": 390, "height": 844})
        page.set_default_timeout(8000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.goto(file.as_uri())
        page.wait_for_selector(".mlopt-explorer[data-ready]")
        opened.append(page)
        return page

    yield show
    for page in opened:
        page.close()
    assert complaints == []


def seen(page):
    return page.inner_text(".mlopt-summary")


def ask(page, explorer, **settings):
    page.evaluate("detail => document.dispatchEvent(new CustomEvent('mlopt:set', { detail }))",
                  {"explorer": explorer, "settings": settings})  # fmt: skip


def measure(page, *places):
    for place in places:
        ask(page, "probe", x=place)
        page.click("text=Measure here")


@pytest.mark.browser
def test_the_reader_measures_what_python_computes(show):
    page = show(explore.probe())
    assert "You have 15 measurements" in seen(page)
    measure(page, 2.0, 6.5, 7.0)
    values = [float(LINES["A"](x)) for x in (2.0, 6.5, 7.0)]
    assert f"Measurement 3 of 15: {values[2]:.3g} at x = 7. Lowest so far {min(values):.3g}, at x = " in seen(page)
    assert "12 measurements left" in page.inner_text(".mlopt-goal")
    page.focus("input[type=range]")
    page.keyboard.press("ArrowRight")
    page.click("text=Measure here")
    assert f"{float(LINES['A'](7.05)):.3g} at x = 7.05" in seen(page)


@pytest.mark.browser
def test_the_goal_counts_only_for_who_has_not_looked(show):
    page = show(explore.probe())
    measure(page, 6.85)
    assert page.locator(".mlopt-reached").count() == 1
    assert "on A with 1 measurement." in page.inner_text(".mlopt-goal")
    ask(page, "probe", function="B", reveal=True)
    measure(page, 8.6)  # shown: nothing is measured any more
    assert "Hide it and start over" in page.inner_text(".mlopt-note")
    ask(page, "probe", reveal=False)
    measure(page, 3.0)
    page.check("text=Show the function")
    ask(page, "probe", reveal=False)
    measure(page, 8.6)
    assert "but you have looked" in page.inner_text(".mlopt-goal")
    assert page.locator(".mlopt-reached").count() == 0
    page.click("text=Start over")
    measure(page, 8.6)
    assert page.locator(".mlopt-reached").count() == 1


@pytest.mark.browser
def test_the_last_measurement_shows_the_function_and_the_methods(show):
    page = show(explore.probe())
    measure(page, *np.linspace(0.5, 3.3, BUDGET))
    assert page.is_checked("input[type=checkbox]")
    found = sys.modules["mlopt_course.explore.probe"].best_so_far(LINES["A"], 1)
    fine = LINES["A"](np.linspace(0, 10, 1001))
    golden = 100 * (found["golden section"][-1] - fine.min()) / np.ptp(fine)
    assert f"golden section {golden:.2g} %" in seen(page)
    assert "Not this time" in page.inner_text(".mlopt-goal")
    assert page.locator(".mlopt-name").all_inner_texts() == [
        "you",
        "exhaustive search",
        "random search",
        "golden section",
    ]


@pytest.mark.browser
def test_the_plane_is_measured_by_mouse_and_by_keyboard(show):
    page = show(explore.probe_plane())
    box = page.locator(".mlopt-canvas").first.bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.3)
    page.click("text=Measure here")
    first = seen(page)
    assert first.startswith("Measurement 1 of 15")
    page.focus(".mlopt-point")
    page.keyboard.press("ArrowLeft")
    page.click("text=Measure here")
    assert seen(page).startswith("Measurement 2 of 15")
    assert seen(page) != first
    ask(page, "probe-plane", place=[6.4, 3.3], function="E")
    page.click("text=Measure here")
    near = float(PLANES["E"](38.0 / 6, 20.0 / 6))  # the nearest place that can be measured
    assert f"Measurement 3 of 15: {near:.3g} at (6.33, 3.33)" in seen(page)
    assert page.locator(".mlopt-reached").count() == 1


@pytest.mark.browser
def test_the_map_says_what_fits_and_links_to_the_chapters_that_there_are(show):
    page = show(explore.family_tree(), BOOK)
    count = len(methods()) + len(tuners())
    assert seen(page).startswith(f"There are {count} methods.")
    page.locator("select").first.select_option(label="values alone")
    fitting = sum(fits(m, HAVE[2], OVER[0]) for m in (*methods().values(), *tuners().values()))
    assert seen(page).startswith(f"{fitting} methods of {count} fit")
    page.click("button:text-is('adam')")
    assert "which does not fit" in seen(page)
    link = page.locator(".mlopt-told-of a")
    assert link.inner_text() == "Chapter 3, First-order methods"
    assert link.get_attribute("href").endswith("/book/03_first_order.html")
    ask(page, "family", method="powell")
    assert page.locator(".mlopt-told-of a").count() == 0
    assert "not in this copy of the book" in page.inner_text(".mlopt-told-of")
    ask(page, "family", method="exhaustive_search")
    assert "this one" in page.inner_text(".mlopt-told-of")


@pytest.mark.browser
def test_the_map_is_walked_with_the_arrow_keys(show):
    page = show(explore.family_tree())
    page.focus("button[aria-pressed=true]")
    page.keyboard.press("ArrowRight")
    assert page.locator("button[aria-pressed=true]").inner_text() == "fibonacci_search"
    assert page.evaluate("document.activeElement.textContent") == "fibonacci_search"
    assert page.locator(".mlopt-tree button[tabindex='0']").count() == 1
    page.keyboard.press("End")
    assert page.locator("button[aria-pressed=true]").inner_text() == "population_based_training"
    page.locator("select").last.select_option(label="bayesian_optimization")
    assert page.locator(".mlopt-reached").count() == 1


@pytest.mark.browser
def test_curvatures_and_steps_say_what_python_says(show):
    page = show(explore.stationary())
    ask(page, "stationary", first=16, second=0.5)
    needed = outcome(16.0, 0.5)["needed"]
    assert f"condition number 32: descent needs {needed} steps" in seen(page)
    assert page.locator(".mlopt-reached").count() == 1
    ask(page, "stationary", first=4, second=-1, step=3)
    run = minimize(quadratic(4.0, -1.0), method="gradient_descent", learning_rate=0.125, max_iterations=3)
    assert "A saddle" in seen(page)
    assert f"f = {run.history.fun[3]:.3g}".replace("-", "−") in seen(page)


@pytest.mark.browser
def test_a_slope_says_its_error(show):
    page = show(explore.difference())
    ask(page, "difference", formula=FORMULAS[0], exponent=-8)
    assert f"gives {slope(FORMULAS[0], 1e-8):.11f}" in seen(page)
    assert page.locator(".mlopt-reached").count() == 0
    ask(page, "difference", formula=FORMULAS[1], exponent=-5.25)
    assert page.locator(".mlopt-reached").count() == 1
    ask(page, "difference", formula=FORMULAS[2], exponent=-16)
    assert "exact to rounding" in seen(page)
    assert page.locator(".mlopt-reached").count() == 0
