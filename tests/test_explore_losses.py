"""The explorers of the losses: what their pages compute is what Python computes another way."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest
from explorer_page import send
from scipy.optimize import minimize_scalar

from mlopt_course import explore
from mlopt_course.explore.margins import GAMMAS, MARGINS, focal_answer
from mlopt_course.explore.outliers import DELTAS, fit_lines
from mlopt_course.explore.packing import unpack
from mlopt_course.explore.threshold import THRESHOLDS
from mlopt_course.losses import cross_entropy, expected_cost, focal, huber, mean_absolute_error
from mlopt_course.metrics import accuracy, precision, recall

RNG = np.random.default_rng(1)
X = np.linspace(0.5, 4, 8) + RNG.uniform(-0.2, 0.2, 8)
FIXED = np.column_stack([X, 1.5 + 0.8 * X + 0.35 * RNG.standard_normal(8)]).round(2)
MOVABLE = {"A": (1.2, 2.5), "B": (2.4, 3.4), "C": (3.6, 4.4)}
LABELS = (RNG.random(300) < 0.3).astype(int)
SURE = np.clip(0.3 + 0.25 * LABELS + 0.2 * RNG.standard_normal(300), 0.01, 0.99)


def make(name):
    if name == "outliers":
        return explore.outliers(FIXED, MOVABLE)
    if name == "margins":
        return explore.margins()
    return explore.threshold(LABELS, {"plain": SURE, "bold": SURE**2})


def test_lines_are_those_of_the_losses():
    """Each line is at a minimum: no other nearby is better (an exact comparison: the losses are convex)."""
    lines = fit_lines(FIXED, 0.5)
    x, y = FIXED.T
    for name, loss in (("absolute", mean_absolute_error), ("Huber", lambda t, p: huber(t, p, delta=0.5))):
        at, slope = lines[name]
        least = loss(y, at + slope * x)
        for da, db in RNG.normal(size=(200, 2)) * 0.05:
            assert loss(y, at + da + (slope + db) * x) >= least - 1e-12
    assert np.allclose(lines["squared"][::-1], np.polyfit(x, y, 1))


@pytest.mark.parametrize("chance", [0.03, 0.3, 0.5, 0.8, 0.97])
@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0, 5.0])
def test_focal_answer_minimises_the_expected_loss(chance, gamma):
    def expected(z):
        return chance * focal([1], [z], gamma=gamma) + (1 - chance) * focal([0], [z], gamma=gamma)

    best = minimize_scalar(expected, bounds=(-12, 12), method="bounded", options={"xatol": 1e-9}).x
    assert focal_answer(chance, gamma) == pytest.approx(1 / (1 + np.exp(-best)), abs=2e-4)


def test_focal_loss_without_focus_answers_the_truth():
    chances = np.linspace(0.001, 0.999, 50)
    assert np.allclose(focal_answer(chances, 0.0), chances, atol=1e-6)


def test_margins_hand_over_the_losses_of_the_package():
    widget = make("margins")
    arrays = unpack(widget.data, widget.spec["arrays"])
    scores, ones = np.array(MARGINS), np.ones(len(MARGINS))
    assert np.allclose(arrays["loss"][3], cross_entropy.each(ones, scores), rtol=1e-6)
    assert np.allclose(arrays["focal_loss"][8], focal.each(ones, scores, gamma=GAMMAS[8]), rtol=1e-6)
    pull = -len(scores) * focal.gradient(ones, scores, gamma=GAMMAS[8])
    assert np.allclose(arrays["focal_pull"][8], pull, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("outliers", {"A": 3}, "A must be two finite numbers"),
        ("margins", {"beta": 1}, "beta is not a setting of this explorer; it has gamma, margin"),
        ("threshold", {"model": "other"}, "model must be one of 'plain', 'bold'"),
    ],
)
def test_what_cannot_be_set(name, settings, message):
    with pytest.raises(ValueError, match=message):
        make(name).set(**settings)


@pytest.mark.parametrize("name", ["outliers", "margins", "threshold"])
def test_print_gets_a_picture_and_words(name):
    bundle = make(name)._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert len(data["image/png"]) > 5000
    assert "." in data["text/plain"]


@pytest.fixture
def show(show_explorer):
    """Opens a page with one explorer."""
    return lambda name, width=1000: show_explorer(make(name), width)


def lines_of(page):
    return [json.loads(item.get_attribute("data-line")) for item in page.locator("[data-line]").all()]


def of_absolute(points, line):
    return float(np.abs(points[:, 1] - line[0] - line[1] * points[:, 0]).sum())


@pytest.mark.browser
def test_the_page_fits_the_lines_that_python_fits(show):
    page = show("outliers")
    rng = np.random.default_rng(5)
    for round_ in range(40):
        moved = {name: [float(v) for v in rng.uniform([0, -1], [12, 9]).round(2)] for name in MOVABLE}
        moved = moved if round_ % 2 else {**{name: list(at) for name, at in MOVABLE.items()}, "B": moved["B"]}
        delta = float(rng.choice(DELTAS))
        send(page, "outliers", delta=delta, **moved)
        squared, absolute, bent = lines_of(page)
        points = np.array([*FIXED.tolist(), *moved.values()])
        proved = fit_lines(points, delta)
        assert np.allclose(squared, proved["squared"], atol=1e-9)
        # There may be several best absolute lines: the sums are compared.
        assert of_absolute(points, absolute) == pytest.approx(of_absolute(points, proved["absolute"]), rel=1e-8)
        x, y = points.T
        least = huber(y, proved["Huber"][0] + proved["Huber"][1] * x, delta=delta)
        # Reweighting stops when weights stand still to 1e-12, or after 5000 rounds where the minimum is nearly flat.
        assert huber(y, bent[0] + bent[1] * x, delta=delta) == pytest.approx(least, rel=1e-5), (moved, delta)


@pytest.mark.browser
def test_a_point_is_dragged_by_mouse_and_by_keyboard_and_put_back(show):
    page = show("outliers", 390)
    before = lines_of(page)
    handle = page.locator('.mlopt-point[data-control="C"]')
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 20, box["y"] + 120, steps=4)
    page.mouse.up()
    dragged = lines_of(page)
    assert dragged[0][1] < before[0][1] - 0.1  # the squared line has tipped far more than the absolute one
    assert before[0][1] - dragged[0][1] > 3 * (before[1][1] - dragged[1][1])
    handle.focus()
    page.keyboard.press("ArrowUp")
    assert lines_of(page) != dragged
    page.click("text=Put all back")
    assert lines_of(page) == before


@pytest.mark.browser
def test_a_point_is_dragged_by_a_finger(show):
    page = show("outliers", 390)
    before = lines_of(page)
    handle = page.locator('.mlopt-point[data-control="A"]')
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = page.context.new_cdp_session(page)
    for kind, points in (
        ("touchStart", [(x, y)]), ("touchMove", [(x, y - 30)]), ("touchMove", [(x, y - 60)]), ("touchEnd", []),
    ):  # fmt: skip
        at = [{"x": px, "y": py} for px, py in points]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})
    after = lines_of(page)
    assert after[0][0] > before[0][0] + 0.2  # the squared line rises on the left
    assert handle.bounding_box()["y"] < box["y"] - 40


@pytest.mark.browser
def test_leverage_is_the_only_way_to_the_goal(show):
    page = show("outliers")
    send(page, "outliers", C=[3.5, -1])
    assert page.locator(".mlopt-reached").count() == 0  # far below, but above the other points
    send(page, "outliers", C=[12, 0])
    assert page.locator(".mlopt-reached").count() == 1  # far to the right
    send(page, "outliers", B=[12, 0])
    assert page.locator(".mlopt-reached").count() == 0
    assert "B and C have moved" in page.inner_text(".mlopt-goal")


@pytest.mark.browser
def test_gamma_reaches_the_goal_once(show):
    page = show("margins")
    reached = []
    for gamma in GAMMAS:
        send(page, "margins", gamma=gamma)
        reached.append(page.locator(".mlopt-reached").count())
    wrong, right = (-focal.gradient([1], [z], gamma=g)[0] for z in (-2, 2) for g in [GAMMAS[reached.index(1)]])
    assert sum(reached) == 1
    assert wrong >= 100 * right
    before = GAMMAS[reached.index(1) - 1]
    assert -focal.gradient([1], [-2], gamma=before)[0] < -100 * focal.gradient([1], [2], gamma=before)[0]


@pytest.mark.browser
def test_the_price_on_the_page_is_that_of_the_decisions(show):
    page = show("threshold")
    for at, miss, model in ((0.5, 10, "plain"), (0.09, 10, "plain"), (0.3, 50, "bold"), (0.8, 2, "bold")):
        send(page, "threshold", threshold=at, miss=miss, model=model)
        probability = SURE if model == "plain" else SURE**2
        decided = (probability >= at).astype(int)
        # Deciding for certain is a score far from 0.
        cost = expected_cost(LABELS, np.where(decided, 800.0, -800.0), costs=[[0, 1], [miss, 0]])
        text = page.inner_text(".mlopt-summary").replace("−", "-")
        assert f"{int(decided @ LABELS)} of {LABELS.sum()} tumours found" in text
        said = {w: float(text.split(f"{w} ")[1].split()[0].strip(".,:;")) for w in ("precision", "recall", "accuracy")}
        for word, metric in (("precision", precision), ("recall", recall), ("accuracy", accuracy)):
            assert said[word] == pytest.approx(metric(LABELS, decided), rel=0.03)
        assert float(text.split("Cost per patient ")[1].split()[0].strip(".")) == pytest.approx(cost, rel=0.006)


def test_counts_fall_with_the_threshold():
    widget = make("threshold")
    arrays = unpack(widget.data, widget.spec["arrays"])
    for row in (*arrays["caught"], *arrays["alarms"]):
        assert all(a >= b for a, b in pairwise(row.astype(int)))
    assert arrays["caught"].shape == (2, len(THRESHOLDS))
