"""Explorers in a page without a kernel: by mouse, by keyboard, set by a sentence; light, dark, narrow."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from explorer_page import BOWL, ask, part, said, summary, walk, write_page

from mlopt_course import explore, minimize

ROOT = Path(__file__).parent.parent
AXE = ROOT / "book" / "_vendor" / "axe.min.js"

pytestmark = pytest.mark.browser


def race():
    return explore.race(
        BOWL, {"plain": ("gradient_descent", {"learning_rate": 0.1}), "Adam": ("adam", {"learning_rate": 0.2})},
        steps=80, factors={"learning_rate": (0.5, 1, 2)}, goal=explore.Goal(leader="Adam"),
    )  # fmt: skip


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A page with both explorers, as the book's own loader shows them, opened with no server."""
    style = ("body { margin: 0 } main { max-width: 720px; margin: auto; padding: 0 12px }"
             "html[data-theme=dark] { background: #14181e; color: #ddd }")  # fmt: skip
    return write_page(tmp_path_factory.mktemp("page") / "page.html", walk(), race(), style=style)


@pytest.fixture
def show(browser, file):
    """Opens the page; at the end, no script may have complained."""
    opened, complaints = [], []

    def open_page(width=900, **context):
        made = browser.new_context(viewport={"width": width, "height": 900}, **context)
        opened.append(made)
        page = made.new_page()
        page.set_default_timeout(8000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.goto(file.as_uri())
        page.wait_for_function("document.querySelectorAll('.mlopt-explorer[data-ready]').length === 2")
        return page

    yield open_page
    for context in opened:
        context.close()
    assert complaints == []


def pixels(page, selector):
    return part(page, selector).first.evaluate("canvas => canvas.toDataURL()")


def test_the_first_view_states_settings_and_outcome(show):
    page = show()
    assert summary(page) == "Bowl, from (−2, 1), learning rate 0.05, momentum β 0: " + said(0.05, 0.0)
    label = part(page, ".mlopt-landscape canvas[role=img]").get_attribute("aria-label")
    assert summary(page) in label
    assert (
        part(page, ".mlopt-goal").inner_text().startswith("Goal: Bring the error to 10⁻⁶ in at most 50 steps. Not yet:")
    )


def test_sliders_move_by_keyboard(show):
    page = show()
    before = pixels(page, ".mlopt-landscape canvas[role=img]")
    page.get_by_label("Momentum β", exact=True).focus()
    page.keyboard.press("ArrowRight")
    assert "momentum β 0.4: " + said(0.05, 0.4) in summary(page)
    assert pixels(page, ".mlopt-landscape canvas[role=img]") != before
    page.get_by_label("Learning rate", exact=True).focus()
    page.keyboard.press("End")
    assert page.get_by_label("Learning rate", exact=True).get_attribute("aria-valuetext") == "0.25"


def test_the_map_is_walked_by_arrows_and_by_mouse(show):
    page = show()
    handle = part(page, "[role=slider]")
    handle.focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    assert said(0.1, 0.4) in summary(page)
    assert handle.get_attribute("aria-valuetext").startswith("learning rate 0.1, momentum β 0.4: after 60 steps")
    box = part(page, ".mlopt-map canvas[role=img]").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.75)
    page.mouse.down()
    assert said(0.02, 0.0) in summary(page)
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.25, steps=4)
    page.mouse.up()
    assert said(0.02, 0.8) in summary(page)


def test_steps_by_slider_by_curve_and_by_play(show):
    page = show()
    part(page, "[data-control=step] input").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert "after 1 step the error is" in summary(page)
    box = part(page, ".mlopt-curve canvas[role=img]").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.6, box["y"] + 40)
    step = int(part(page, "[data-control=step] input").input_value())
    assert 20 < step < 40
    assert said(0.05, 0.0, step=step) in summary(page)
    part(page, ".mlopt-play").click()
    assert part(page, ".mlopt-play").inner_text().endswith("Pause")
    page.wait_for_timeout(400)
    part(page, ".mlopt-play").click()
    stopped = int(part(page, "[data-control=step] input").input_value())
    assert stopped > step
    page.wait_for_timeout(200)
    assert int(part(page, "[data-control=step] input").input_value()) == stopped


def test_nothing_moves_by_itself_where_motion_is_unwanted(show):
    page = show(reduced_motion="reduce")
    play = part(page, ".mlopt-play")
    assert play.inner_text().endswith("To the start")
    play.click()
    assert part(page, "[data-control=step] input").input_value() == "0"
    assert play.inner_text().endswith("To the end")
    page.wait_for_timeout(200)
    assert part(page, "[data-control=step] input").input_value() == "0"


def test_a_sentence_sets_it_and_says_when_it_is_not_exact(show):
    page = show()
    ask(page, learning_rate=0.19, beta=0.4, step=30)
    assert said(0.19, 0.4, step=30) in summary(page)
    assert not part(page, ".mlopt-note").is_visible()
    assert "mlopt-lit" in part(page, "[data-control=beta]").get_attribute("class")
    ask(page, learning_rate=0.2)
    assert said(0.19, 0.4, step=30) in summary(page)
    note = "Learning rate 0.2 is not computed on this page; this is 0.19, the nearest."
    assert part(page, ".mlopt-note").inner_text() == note
    ask(page, problem="line")
    assert summary(page).startswith("Line, from 5,")
    ask(page, problem="bowl", start=[2.1, 1.5])
    assert "from (2, 1.5)" in summary(page)
    assert "start (2.1, 1.5) is not computed" in part(page, ".mlopt-note").inner_text().lower()
    before = summary(page)
    page.evaluate(
        "document.dispatchEvent(new CustomEvent('mlopt:set', { detail: { explorer: 'other', settings: {} } }))"
    )
    assert summary(page) == before


def test_the_goal_is_judged_counted_and_announced(show):
    page = show()
    hits = {}
    for rate in (0.1, 0.19):
        fun = minimize(BOWL, method="momentum", learning_rate=rate, beta=0.4, max_iterations=60).history.fun
        hits[rate] = int(np.flatnonzero(fun <= 1e-6)[0])
    assert hits[0.19] < hits[0.1] <= 50
    ask(page, learning_rate=0.19, beta=0.4)
    assert f"Reached in {hits[0.19]} steps." in part(page, ".mlopt-goal").inner_text()
    assert "mlopt-reached" in part(page, ".mlopt-goal").get_attribute("class")
    ask(page, learning_rate=0.1)
    told = part(page, ".mlopt-goal").inner_text()
    assert f"Reached in {hits[0.1]} steps." in told
    assert f"Your best here: {hits[0.19]} steps." in told
    page.wait_for_function("document.querySelector('[aria-live]').textContent.includes('Goal reached.')")


def test_a_click_chooses_the_nearest_start(show):
    page = show()
    box = part(page, ".mlopt-landscape canvas[role=img]").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.85, box["y"] + box["height"] * 0.2)
    assert "from (2, 1.5)" in summary(page)
    assert said(0.05, 0.0, start=[2.0, 1.5]) in summary(page)


def test_a_race_ranks_hides_and_has_a_leader(show):
    page = show()
    assert "learning rates ×1: after 80 steps: " in summary(page, "race")
    page.get_by_role("checkbox", name="Adam").uncheck()
    assert "Adam" not in summary(page, "race")
    page.get_by_role("checkbox", name="Adam").check()
    runs = {
        "plain": minimize(BOWL, method="gradient_descent", learning_rate=0.1, max_iterations=80).history.fun,
        "Adam": minimize(BOWL, method="adam", learning_rate=0.2, max_iterations=80).history.fun,
    }
    slider = part(page, "input[type=range]", "race").last
    for step in (2, 5, 80):
        slider.evaluate("(e, v) => { e.value = v; e.dispatchEvent(new Event('input')); }", str(step))
        ahead = min(runs, key=lambda name: runs[name][step])
        assert f"{ahead.capitalize()} is in front at step {step}." in part(page, ".mlopt-goal", "race").inner_text()
        reached = "mlopt-reached" in part(page, ".mlopt-goal", "race").get_attribute("class")
        assert reached == (ahead == "Adam")


def test_it_follows_the_theme_of_the_page(show):
    page = show()
    light = pixels(page, ".mlopt-landscape canvas:first-child")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_selector(".mlopt-explorer[data-mlopt-theme=dark]")
    assert pixels(page, ".mlopt-landscape canvas:first-child") != light
    page.evaluate("delete document.documentElement.dataset.theme; document.body.dataset.jpThemeLight = 'true'")
    page.wait_for_selector(".mlopt-explorer[data-mlopt-theme=light]")
    page.emulate_media(media="print")
    assert not part(page, ".mlopt-controls").is_visible()


def test_it_fits_a_phone_and_a_finger(show):
    page = show(width=360, has_touch=True, device_scale_factor=3)
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0
    lefts = page.evaluate("[...document.querySelectorAll('.mlopt-canvas')].map(c => c.getBoundingClientRect().left)")
    assert len(set(lefts)) == 1, "panels lie one under another"
    small = page.evaluate(
        "[...document.querySelectorAll('.mlopt-explorer :is(input[type=range], select, button, label.mlopt-lane)')]"
        ".filter(e => e.offsetParent && Math.min(e.offsetWidth, e.offsetHeight) < 24).map(e => e.outerHTML)"
    )
    assert small == []
    ratio = part(page, ".mlopt-curve canvas[role=img]").evaluate("c => c.width / c.clientWidth")
    assert ratio == pytest.approx(3, rel=0.01)
    page.set_viewport_size({"width": 900, "height": 900})
    page.wait_for_function("new Set([...document.querySelectorAll('.mlopt-canvas')].map(c => c.offsetWidth)).size > 1")


def test_a_step_of_a_slider_is_quick(show):
    page = show()
    times = part(page, "input[type=range]").first.evaluate(
        """slider => Array.from({ length: 60 }, (_, k) => {
          slider.value = String(k % 5);
          const began = performance.now();
          slider.dispatchEvent(new Event("input"));
          return performance.now() - began;
        })"""
    )
    # A frame lasts 16 ms; the median is about 1 ms, and the machine may be busy.
    assert np.median(times) < 8


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(show, scheme):
    if not AXE.exists():
        pytest.skip("axe-core is not fetched: run 'make assets'")
    page = show(color_scheme=scheme)
    page.evaluate("theme => { document.documentElement.dataset.theme = theme }", scheme)
    page.wait_for_selector(f".mlopt-explorer[data-mlopt-theme={scheme}]")
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] }).then(r => r.violations)")
    assert [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found] == []
