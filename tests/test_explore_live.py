"""An explorer whose messages are answered by Python, as in JupyterLab."""

from __future__ import annotations

import base64
import json

import pytest
from explorer_page import ask, part, said, summary, walk

pytestmark = pytest.mark.browser

# A model whose messages go to Python, as a kernel's would.
BRIDGE = """
async (state) => {
  const values = { ...state.values }, handlers = {};
  const bytes = (text) => new DataView(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
  values.data = bytes(state.data);
  window.saved = [];
  const model = {
    get: (key) => values[key], off() {},
    set(key, value) { values[key] = value; }, save_changes() { window.saved.push(values.state); },
    on: (event, callback) => { (handlers[event] ||= []).push(callback); },
    send(content) {
      window.kernel(JSON.stringify(content)).then((answers) => {
        for (const { content, buffers } of answers) {
          handlers["msg:custom"].forEach((f) => f(content, buffers.map(bytes)));
        }
      });
    },
  };
  window.fromPython = (state) => { values.state = state; handlers["change:state"].forEach((f) => f()); };
  document.head.append(Object.assign(document.createElement("style"), { textContent: values._css }));
  const module = await import(URL.createObjectURL(new Blob([values._esm], { type: "text/javascript" })));
  await module.default.render({ model, el: document.querySelector("main") });
}
"""


@pytest.fixture
def live(browser):
    """One explorer, its messages answered by Python."""
    widget = walk()
    widget.sent = []
    widget.send = lambda content, buffers=(): widget.sent.append((content, buffers))

    def kernel(message):
        widget.sent.clear()
        widget._handle_custom_msg(json.loads(message), [])
        return [{"content": c, "buffers": [base64.b64encode(b).decode() for b in bs]} for c, bs in widget.sent]

    context = browser.new_context(viewport={"width": 900, "height": 900})
    page = context.new_page()
    page.set_default_timeout(8000)
    page.expose_function("kernel", kernel)
    page.set_content('<!doctype html><meta charset="utf-8"><body style="background: #fff"><main></main>')
    names = ("_esm", "_css", "spec", "state", "title", "goal", "explorer_id")
    page.evaluate(BRIDGE, {"values": {name: widget.get_state()[name] for name in names},
                           "data": base64.b64encode(widget.data).decode()})  # fmt: skip
    page.wait_for_selector(".mlopt-explorer[data-live=true]")
    yield page, widget
    context.close()


def wait_for(page, text):
    page.wait_for_function("text => document.querySelector('.mlopt-summary').textContent.includes(text)", arg=text)


def test_with_a_kernel_python_computes_what_is_off_the_grid(live):
    page, _ = live
    ask(page, learning_rate=0.123, beta=0.37, step=20)
    wait_for(page, "learning rate 0.123, momentum β 0.37: " + said(0.123, 0.37, step=20))
    assert not part(page, ".mlopt-note").is_visible()
    page.get_by_label("Learning rate", exact=True).focus()
    page.keyboard.press("ArrowRight")
    value = float(page.get_by_label("Learning rate", exact=True).get_attribute("aria-valuetext"))
    assert 0.123 < value < 0.19
    wait_for(page, said(value, 0.37, step=20))
    page.wait_for_function("window.saved.length > 0 && window.saved.at(-1).settings.beta === 0.37")


def test_with_a_kernel_the_start_is_moved_by_mouse_and_arrows(live):
    page, _ = live
    handle = part(page, ".mlopt-start")
    handle.focus()
    page.keyboard.press("ArrowLeft")
    wait_for(page, "from (−2.12, 1)")
    wait_for(page, said(0.05, 0.0, start=[-2.12, 1.0]))
    assert "does not count" in part(page, ".mlopt-goal").inner_text()
    box = part(page, ".mlopt-landscape canvas[role=img]").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.3)
    page.wait_for_function("!document.querySelector('.mlopt-summary').textContent.includes('(−2.12, 1)')")
    part(page, "[data-control=start] select").select_option(index=0)
    wait_for(page, "from (−2, 1)")


def test_with_a_kernel_a_refused_setting_is_explained_and_python_can_set_it(live):
    page, widget = live
    ask(page, learning_rate=-0.5)
    wait_for(page, "ValueError")
    widget.set(learning_rate=0.07, beta=0.5, step=20)
    page.evaluate("state => window.fromPython(state)", widget.state)
    wait_for(page, "learning rate 0.07, momentum β 0.5: " + said(0.07, 0.5, step=20))


def test_a_kernel_that_does_not_answer_leaves_the_page_on_its_own(live):
    page, _ = live
    page.clock.install()
    page.evaluate("() => { window.kernel = () => new Promise(() => {}) }")
    ask(page, learning_rate=0.123)
    page.clock.run_for(7000)
    assert said(0.1, 0.0) in summary(page)
    note = part(page, ".mlopt-note").inner_text()
    assert note == (
        "The kernel does not answer. Learning rate 0.123 is not computed on this page; this is 0.1, the nearest."
    )
