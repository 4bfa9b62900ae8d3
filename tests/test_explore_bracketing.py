"""Explorers of bracketing: what they show is what the package does, and their scripts reckon as Python does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from explorer_page import write_page
from hypothesis import given, settings
from hypothesis import strategies as st

from mlopt_course import explore
from mlopt_course.explore import adversary, intervals, line_conditions  # functions: the modules are below
from mlopt_course.explore.adversary import BUDGETS, answer, fibonacci_place, play
from mlopt_course.explore.intervals import METHODS, curves, evaluated, guarantee, known_interval, run
from mlopt_course.explore.line_conditions import (
    CONDITIONS,
    CURVATURE,
    CURVES,
    DECREASE,
    FIRST,
    START_SLOPE,
    START_VALUE,
    accepted,
    along,
    steps_taken,
)  # fmt: skip

ROOT = Path(__file__).parent.parent
SCRIPTS = ROOT / "mlopt_course" / "explore" / "js"
DROP = (-0.35, 0.3, 0.9, 1.5)
UNIMODAL = [name for name in curves() if name != "two minima"]


def part(of, count):
    low, high = of["interval"][min(count, len(of["x"]))]
    return (high - low) / 6


# Intervals


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("curve", UNIMODAL)
def test_every_interval_shown_holds_the_minimum_and_never_grows(curve, method):
    problem = curves()[curve]
    shown = run(problem, method, 14)
    low, high = np.transpose(shown["interval"])
    assert (low <= problem.x_opt + 1e-6).all()
    assert (high >= problem.x_opt - 1e-6).all()
    assert (np.diff(low) >= 0).all()
    assert (np.diff(high) <= 0).all()
    assert len(shown["interval"]) == len(shown["x"]) + 1


def test_slopes_and_minima_of_the_curves_are_right():
    at = np.linspace(0.01, 5.99, 500)
    for name, problem in curves().items():
        assert problem.fun(problem.x_opt) <= min(problem.fun(x) for x in at)
        smooth = [x for x in at if name != "kink" or abs(x - problem.x_opt) > 0.01]
        for x in smooth[::25]:
            difference = (problem.fun(x + 1e-6) - problem.fun(x - 1e-6)) / 2e-6
            assert problem.gradient(x) == pytest.approx(difference, abs=1e-6)


def test_the_goal_can_be_reached_by_fibonacci_search_alone():
    """On the kink, 9 evaluations, values alone: less than a fiftieth."""
    kink = curves()["kink"]
    reached = {method: part(run(kink, method, 9), 9) < 1 / 50 for method in METHODS}
    assert [method for method in METHODS if reached[method]] == ["Fibonacci", "bisection (slopes)"]


def test_what_the_chapter_says_of_nine_evaluations():
    smooth = {method: part(run(curves()["smooth"], method, 9), 9) for method in METHODS}
    assert 9 < smooth["ternary"] / smooth["golden section"] < 10
    assert 2.5 < smooth["dichotomous"] / smooth["golden section"] < 3.5
    assert smooth["Brent"] < guarantee(9) / 5
    assert part(run(curves()["kink"], "Brent", 9), 9) > guarantee(9)
    two = curves()["two minima"]
    low, high = run(two, "golden section", 9)["interval"][9]
    assert not low <= two.x_opt <= high


@given(st.lists(st.tuples(st.floats(0.01, 0.99), st.integers(0, 9)), min_size=1, max_size=8, unique_by=lambda p: p[0]))
def test_what_is_known_lies_between_the_neighbours_of_the_lowest(points):
    low, high = known_interval(points, 0.0, 1.0)
    lowest = min(value for _, value in points)
    assert all(low < x < high for x, value in points if value == lowest)
    between = [value for x, value in points if low < x < high]
    assert len(between) == 1 or lowest in between


def test_bisection_is_known_by_its_slopes():
    points = evaluated(curves()["smooth"], "bisection", 6)
    assert known_interval(points, 0.0, 6.0, slopes=True) == [
        max(x for x, slope in points if slope <= 0), min(x for x, slope in points if slope >= 0),
    ]  # fmt: skip


# The adversary


@given(st.sampled_from(BUDGETS), st.lists(st.floats(0, 1), min_size=8, max_size=8))
@settings(max_examples=300)
def test_nobody_gets_below_the_bound(budget, points):
    low, high = play(points, budget)[-1]
    assert high - low >= guarantee(budget) * (1 - 1e-12)


@pytest.mark.parametrize("budget", BUDGETS)
def test_fibonacci_gets_down_to_the_bound(budget):
    low, high, inner = 0.0, 1.0, None
    for count in range(1, budget + 1):
        low, high, inner, _ = answer(
            low, high, inner, fibonacci_place(low, high, inner, budget, gap=1e-6), budget - count
        )
    assert high - low == pytest.approx(guarantee(budget), abs=2e-6)


def test_the_goal_against_the_adversary_can_be_reached_in_hundredths():
    low, high, inner, new = 0.0, 1.0, None, 0.62
    for to_come in (4, 3, 2, 1, 0):
        low, high, inner, said = answer(low, high, inner, round(new, 2), to_come)
        assert said in ("first", "higher", "lower")
        mirrored = low + high - inner
        new = mirrored if abs(mirrored - inner) > 0.005 else inner + 0.01
    assert high - low <= 0.14 + 1e-9


@given(st.lists(st.floats(0.01, 0.99), min_size=4, max_size=4))
def test_who_starts_in_the_middle_has_lost(points):
    low, high = play([0.5, *points], 5)[-1]
    assert high - low >= 1 / 6 - 1e-12


# Conditions on a curve

HEIGHTS = st.tuples(*[st.floats(-0.6, 2.2)] * 4)


@given(HEIGHTS)
def test_the_curve_goes_through_its_handles_and_its_slope_is_its_slope(heights):
    fun, slope = along(heights)
    assert fun(0.0) == START_VALUE
    assert slope(0.0) == pytest.approx(START_SLOPE)
    np.testing.assert_allclose(fun(np.arange(1.0, 5.0)), heights, atol=1e-12)
    at = np.linspace(0.003, 5, 200)
    np.testing.assert_allclose(slope(at), (fun(at + 1e-6) - fun(at - 1e-6)) / 2e-6, atol=1e-4)


@given(HEIGHTS, st.sampled_from(DECREASE), st.sampled_from(CURVATURE), st.sampled_from(FIRST))
@settings(max_examples=60)
def test_the_steps_taken_are_accepted(heights, decrease, curvature, first):
    if curvature <= decrease:
        return
    taken = steps_taken(heights, decrease, curvature, first)
    for name, condition in (("backtracking", "Armijo"), ("strong Wolfe", "strong Wolfe")):
        step = taken[name][0]
        if step is not None and step <= 4:
            # nudged by rounding: the search allows values that are higher by no more
            near = accepted(heights, decrease - 1e-9, curvature + 1e-9, np.array([step]))
            assert near[condition][0]


def test_a_curve_that_drops_faster_than_its_tangent_reaches_the_goal_and_none_that_is_offered_does():
    steps = np.linspace(0, 4, 801)[1:]
    refused = {}
    for name, heights in {**CURVES, "drop": DROP}.items():
        lowest = np.argmin(along(heights)[0](steps))
        for decrease in DECREASE[:4]:
            good = accepted(heights, decrease, 0.5, steps)
            refused[name, decrease] = lowest < 799 and bool(good["Armijo"][lowest] and not good["Goldstein"][lowest])
    assert refused["drop", 0.1]
    assert not any(refused[name, decrease] for name in CURVES for decrease in DECREASE[:4])


# The scripts in a browser


@pytest.fixture(scope="module")
def page(browser):
    made = browser.new_context().new_page()
    yield made
    made.context.close()


def load(page, script):
    page.goto("about:blank")
    page.add_script_tag(content=(SCRIPTS / "numbers.js").read_text())
    page.add_script_tag(content=(SCRIPTS / f"{script}.js").read_text())


@pytest.mark.browser
def test_the_script_bends_accepts_and_searches_as_python_does(page):
    load(page, "line_conditions")
    rng = np.random.default_rng(0)
    steps = np.linspace(0.05, 4, 80)
    for heights in [*CURVES.values(), DROP, *rng.uniform(-0.6, 2.2, (20, 4)).tolist()]:
        first, decrease, curvature = rng.choice(FIRST), rng.choice(DECREASE[:4]), rng.choice(CURVATURE[1:])
        told = page.evaluate(
            """([value, slope, heights, steps, first, c1, c2]) => {
                const curve = bentCurve(value, slope, heights);
                return [steps.map(curve.fun), steps.map(curve.slope),
                    steps.map((a) => accepts(curve, value, slope, c1, c2, a)),
                    backtrackingStep(curve, value, slope, first, c1),
                    strongWolfeStep(curve, value, slope, first, c1, c2)];
            }""",
            [START_VALUE, START_SLOPE, list(heights), steps.tolist(), first, decrease, curvature],
        )
        fun, slope = along(heights)
        np.testing.assert_allclose(told[0], fun(steps), atol=1e-12)
        np.testing.assert_allclose(told[1], slope(steps), atol=1e-12)
        good = accepted(heights, decrease, curvature, steps)
        for name in CONDITIONS:
            assert [one[name] for one in told[2]] == good[name].tolist()
        for (step, tried), (theirs, count) in zip(
            steps_taken(heights, decrease, curvature, first).values(), told[3:], strict=True
        ):
            assert (theirs is None) == (step is None)
            if step is not None:
                assert theirs == pytest.approx(step, rel=1e-9)
                assert count == tried


@pytest.mark.browser
def test_the_script_answers_as_the_adversary_does(page):
    load(page, "adversary")
    bound = [guarantee(n) for n in range(BUDGETS[-1] + 2)]
    rng = np.random.default_rng(1)
    for budget in BUDGETS:
        for points in rng.random((15, budget)).round(3).tolist():
            told = page.evaluate(
                """([bound, points]) => {
                    let state = { low: 0, high: 1, inner: null };
                    return points.map((at, k) => (state = answered(bound, state, at, points.length - k - 1)))
                        .map(({ low, high }) => [low, high]);
                }""",
                [bound, points],
            )
            np.testing.assert_allclose(told, play(points, budget)[1:])


@pytest.fixture
def explorers(browser, tmp_path):
    """A page with the three, opened with no server."""
    file = write_page(tmp_path / "page.html", intervals(), line_conditions(), adversary())
    opened = browser.new_context(viewport={"width": 900, "height": 900}).new_page()
    complaints = []
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.goto(file.as_uri())
    for name in ("intervals", "line", "adversary"):
        opened.wait_for_selector(f".mlopt-explorer[data-explorer={name}][data-ready]")
    yield opened
    opened.context.close()
    assert complaints == []


def ask(page, explorer, **settings):
    page.evaluate(
        "detail => document.dispatchEvent(new CustomEvent('mlopt:set', { detail }))",
        {"explorer": explorer, "settings": settings},
    )


def reached(page, explorer):
    return page.locator(f"[data-explorer={explorer}] .mlopt-goal.mlopt-reached").count() == 1


@pytest.mark.browser
def test_goals_are_reached_by_what_the_chapter_teaches(explorers):
    page = explorers
    assert not any(reached(page, name) for name in ("intervals", "line", "adversary"))
    ask(page, "intervals", curve="kink", method="golden section", budget=9, step=9)
    assert not reached(page, "intervals")
    ask(page, "intervals", method="Fibonacci")
    assert reached(page, "intervals")
    ask(page, "line", c1=0.1, **{f"h{k}": [k, height] for k, height in enumerate(DROP, start=1)})
    assert reached(page, "line")
    low, high, inner, new = 0.0, 1.0, None, 0.62
    for to_come in (4, 3, 2, 1, 0):
        ask(page, "adversary", ask=[round(new, 2), 0])
        page.locator("[data-explorer=adversary] [data-control=evaluate]").click()
        low, high, inner, _ = answer(low, high, inner, round(new, 2), to_come)
        mirrored = low + high - inner
        new = mirrored if abs(mirrored - inner) > 0.005 else inner + 0.01
    assert reached(page, "adversary")


@pytest.mark.browser
def test_a_curve_moved_by_hand_is_the_reader_s_own_and_constants_give_way(explorers):
    page = explorers
    line = page.locator("[data-explorer=line]")
    line.locator("[data-control=h2]").focus()
    page.keyboard.press("ArrowUp")
    assert line.locator("[data-control=curve] select").input_value() == str(len(CURVES))  # the last: your own
    ask(page, "line", c1=0.4, c2=0.1)
    assert line.locator("[data-control=c1] output").inner_text() == "0.05"
    ask(page, "line", c1=0.3)
    assert line.locator("[data-control=c2] output").inner_text() == "0.5"


@pytest.mark.browser
def test_no_two_elements_of_a_page_with_several_scripts_share_an_id(explorers):
    ids = explorers.evaluate("[...document.querySelectorAll('[id]')].map((e) => e.id)")
    assert len(ids) > 10
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("make", [explore.intervals, explore.line_conditions, explore.adversary])
def test_each_has_a_picture_and_a_sentence_and_leaves_no_figure_open(make):
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    widget = make()
    data, _ = widget._repr_mimebundle_()
    assert len(data["text/plain"].split()) > 10
    assert len(data["image/png"]) > 5000
    assert plt.get_fignums() == before
