"""The loader that brings explorers to life in a page without a kernel (``book/_static/anywidgets.js``)."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

STATIC = Path(__file__).parent.parent / "book" / "_static"
MODULE = """// A comment first: it is not an address.
export default {
  initialize({ model }) { model.set("started", model.get("started") + 1); },
  render({ model, el }) {
    const said = document.createElement("p");
    const show = () => { said.textContent = `${model.get("started")} ${model.get("value")}`; };
    const never = () => { throw new Error("it was taken off"); };
    model.on("change:value change:other", show);
    model.on("change:value", never);
    model.off("change:value", never);
    const button = document.createElement("button");
    button.addEventListener("click", () => {
      model.set("value", model.get("value") + 1);
      model.save_changes();
      model.send({ type: "ping" });
    });
    const bytes = document.createElement("b");
    bytes.textContent = [model.get("data").getUint8(1), model.get("nested").list[0].getUint8(0)].join();
    el.append(said, button, bytes);
    show();
  },
};
"""
BROKEN = "export default { render() { throw new Error('broken on purpose'); } };"

pytestmark = pytest.mark.browser


def _widget(module: str, **state: object) -> dict:
    return {"model_module": "anywidget", "model_name": "AnyModel", "state": {"_esm": module, **state}}


@pytest.fixture
def page(browser, tmp_path):
    """A page opened as a file: two views of one model, and a view of each thing that can go wrong."""
    data = base64.b64encode(bytes([7, 42])).decode()
    good = _widget(MODULE, _css=".mark { color: red }", value=1, started=0, nested={"list": [None]})
    good["buffers"] = [
        {"encoding": "base64", "path": ["data"], "data": data},
        {"encoding": "base64", "path": ["nested", "list", 0], "data": data},
    ]
    state = {
        "good": good,
        "broken": _widget(BROKEN),
        "outside": _widget("https://example.org/module.js"),
        "slider": {"model_module": "@jupyter-widgets/controls", "model_name": "IntSliderModel", "state": {}},
    }
    views = "".join(
        f'<div class="cell_output" id="view-{number}"><script type="application/vnd.jupyter.widget-view+json">'
        f"{json.dumps({'model_id': name})}</script></div>"
        for number, name in enumerate(["good", "good", "broken", "outside", "slider", "unknown"])
    )
    whole = json.dumps({"version_major": 2, "state": state})
    file = tmp_path / "page.html"
    file.write_text(
        f'<!doctype html><title>t</title><script defer src="{(STATIC / "anywidgets.js").as_uri()}"></script>{views}'
        f'<script type="application/vnd.jupyter.widget-state+json">{whole}</script>'
    )
    context = browser.new_context()
    opened = context.new_page()
    opened.goto(file.as_uri())
    opened.wait_for_selector("#view-5 .mlopt-widget-note")
    yield opened
    context.close()


def test_views_share_a_model_that_starts_once(page):
    assert [page.inner_text(f"#view-{n} p") for n in (0, 1)] == ["1 1", "1 1"]
    page.click("#view-1 button")
    assert [page.inner_text(f"#view-{n} p") for n in (0, 1)] == ["1 2", "1 2"]


def test_binary_state_arrives_where_it_belongs(page):
    assert page.inner_text("#view-0 b") == "42,7"


def test_styles_are_added_once_and_living_outputs_are_marked(page):
    assert page.evaluate("[...document.querySelectorAll('style')].map(style => style.textContent)") == [
        ".mark { color: red }"
    ]
    assert page.evaluate("[...document.querySelectorAll('.mlopt-alive')].map(output => output.id)") == [
        "view-0",
        "view-1",
    ]


@pytest.mark.parametrize(
    ("view", "role", "text"),
    [
        (2, "alert", "broken on purpose"),
        (3, "alert", "another site"),
        (4, "note", "needs a running kernel"),
        (5, "note", "needs a running kernel"),
    ],
)
def test_what_cannot_be_shown_says_so(page, view, role, text):
    note = page.locator(f"#view-{view} .mlopt-widget-note")
    assert text in note.inner_text()
    assert note.get_attribute("role") == role
