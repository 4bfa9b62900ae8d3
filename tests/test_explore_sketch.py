"""Explorers with a script of their own: their values in Python, and in a page by mouse, keyboard and sentence."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mlopt_course.explore import sketch
from mlopt_course.explore.sketch import Action, Choice, Handle, Sketch, Slider, Steps, Toggle

ROOT = Path(__file__).parent.parent
SCRIPT = ROOT / "tests" / "data" / "sketch.js"
CONTROLS = (
    Slider("size", "Size", (1, 2, 3, 5), 2), Steps(30), Choice("word", "Length", ("long", "short"), "long"),
    Toggle("on", "Free", True), Action("reset", "Reset"),
    Handle("dot", "The point", (0.5, 0.5), (-2, -1), (2, 1), (0.1, 0.1)),
)  # fmt: skip


def still(state):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.5, 3))
    figure.subplots().plot(*state["dot"], "o")
    return figure


def describe(state):
    return f"The point is at {state['dot']}, size {state['size']:g}."


def make(monkeypatch, **changes):
    read = sketch.script_text
    monkeypatch.setattr(sketch, "script_text", lambda file: read(SCRIPT if file.name == "made_up.js" else file))
    given = {"id": "demo", "title": "A demo", "controls": CONTROLS, "goal": "Bring the point beyond 1.",
             "data": {"unit": "them", "pairs": ((1, np.float64(2.5)),)},
             "arrays": {"heights": np.arange(6, dtype=np.uint8) ** 2},
             "describe": describe, "still": still}  # fmt: skip
    return Sketch("made_up", **{**given, **changes})


def test_set_takes_what_the_controls_have(monkeypatch):
    made = make(monkeypatch)
    made.set(size=3.4, dot=(5, -0.5), word="short", on=False, step=4)
    assert made.state == {"size": 3.0, "step": 4, "word": "short", "on": False, "dot": [2.0, -0.5]}
    assert made.description == "A demo. The point is at [2.0, -0.5], size 3."
    assert [control["name"] for control in made.controls] == ["size", "step", "word", "on", "dot"]
    assert json.loads(json.dumps(made.spec))["data"] == {"unit": "them", "pairs": [[1, 2.5]]}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"colour": 1}, "colour is not a setting of this explorer; it has size, step, word, on, dot"),
        ({"reset": 1}, "reset is not a setting"),
        ({"word": "wide"}, "word must be one of 'long', 'short', got 'wide'"),
        ({"on": 1}, "on must be True or False, got 1"),
        ({"size": np.inf}, "size must be a finite number, got inf"),
        ({"size": [1, 2]}, "size must be a finite number"),
        ({"dot": 3}, "dot must be two finite numbers, got 3"),
        ({"step": 31}, "step must be from 0 to 30, got 31"),
    ],
)
def test_set_says_what_is_wrong(monkeypatch, settings, message):
    made = make(monkeypatch)
    before = dict(made.state)
    with pytest.raises(ValueError, match=message.replace("[", r"\[")):
        made.set(**settings)
    assert made.state == before


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"id": "a b"}, "id must be of letters"),
        ({"controls": (*CONTROLS, Toggle("on", "Twice"))}, "names of their own"),
    ],
)
def test_a_sketch_says_what_is_wrong(monkeypatch, changes, message):
    with pytest.raises(ValueError, match=message):
        make(monkeypatch, **changes)


def test_print_gets_a_picture_and_words(monkeypatch):
    bundle = make(monkeypatch)._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert data["text/plain"] == "A demo. The point is at [0.5, 0.5], size 2."
    assert len(data["image/png"]) > 1000


@pytest.fixture
def page(show_explorer, monkeypatch):
    return show_explorer(make(monkeypatch))


def seen(page):
    return page.inner_text(".mlopt-summary")


@pytest.mark.browser
def test_every_control_changes_what_is_said(page):
    assert seen(page) == "At (0.5, 0.5), long, on, size 2, step 0, 4 of them."
    page.focus("input[aria-label=Size]")
    page.keyboard.press("ArrowRight")
    page.focus("input[aria-label=Step]")
    page.keyboard.press("End")
    assert seen(page) == "At (0.5, 0.5), long, on, size 3, step 30, 9 of them."
    page.select_option("select", label="short")
    assert seen(page) == "At (0.5, 0.5), short, on, size 3, step 3, 9 of them."  # the script's last step
    page.focus(".mlopt-point")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowUp")
    assert "At (0.4, 1)" in seen(page)  # no further than its corner
    page.click("text=Free")
    assert "At (0.4, 0), short, off" in seen(page)  # corrected by settle
    page.click("text=Reset")
    assert "At (0, 0)" in seen(page)


@pytest.mark.browser
def test_a_point_is_dragged_and_reaches_the_goal(page):
    assert page.inner_text(".mlopt-goal").endswith("Not yet.")
    box = page.locator(".mlopt-point").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 140, box["y"] + box["height"] / 2, steps=3)
    page.mouse.up()
    assert page.inner_text(".mlopt-goal").endswith("It is.")
    assert page.locator(".mlopt-reached").count() == 1


@pytest.mark.browser
def test_a_sentence_sets_it_and_nonsense_changes_nothing(page):
    ask = "detail => document.dispatchEvent(new CustomEvent('mlopt:set', { detail }))"
    page.evaluate(ask, {"explorer": "demo", "settings": {"size": 5, "dot": [-1, 0.2], "step": 9}})
    assert seen(page) == "At (−1, 0.2), long, on, size 5, step 9, 25 of them."
    page.evaluate(ask, {"explorer": "demo", "settings": {"word": "none", "dot": 3, "size": "x", "on": 1, "other": 2}})
    page.evaluate(ask, {"explorer": "another", "settings": {"size": 1}})
    assert seen(page) == "At (−1, 0.2), long, on, size 5, step 9, 25 of them."
