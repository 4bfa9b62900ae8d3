"""The built pages in Chromium: no error, no request that leaves the site, accessible, alive by mouse and keyboard."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
STEMS = sorted(path.stem for path in (ROOT / "book").glob("[0-9][0-9]_*.md"))
PAGES = ["book/index.html", *(f"{kind}/{stem}.html" for stem in STEMS for kind in ("book", "exercises", "solutions"))]
VIEWS = {"wide": (1400, 900), "phone": (390, 844)}
AXE = ROOT / "book" / "_vendor" / "axe.min.js"

pytestmark = pytest.mark.browser


def open_page(browser, url, view="wide", scheme="light", **context):
    """A page with what it requested and complained about; MathJax and the explorers have settled."""
    width, height = VIEWS[view]
    opened = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, **context)
    page = opened.new_page()
    page.requests, page.complaints = [], []
    page.on("request", lambda request: page.requests.append(request.url))
    page.on("requestfailed", lambda request: page.complaints.append(f"failed: {request.url}"))
    page.on("response", lambda r: page.complaints.append(f"{r.status}: {r.url}") if r.status >= 400 else None)
    page.on("pageerror", lambda error: page.complaints.append(f"error: {error}"))
    page.on(
        "console", lambda m: page.complaints.append(f"console: {m.text}") if m.type in ("error", "warning") else None
    )
    page.goto(url, wait_until="load")
    page.evaluate("() => window.MathJax?.startup?.promise")
    page.wait_for_function(
        "() => document.querySelectorAll('.mlopt-explorer[data-ready]').length >= "
        "document.querySelectorAll('script[type=\"application/vnd.jupyter.widget-view+json\"]').length"
    )
    return page


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", PAGES)
def test_page_is_clean(browser, site_url, name, view):
    page = open_page(browser, f"{site_url}/{name}", view)
    try:
        assert page.complaints == []
        outside = [url for url in page.requests if not url.startswith((site_url, "data:", "blob:"))]
        assert outside == [], "requests that leave the site"
        assert page.evaluate("document.querySelectorAll('mjx-merror, .merror').length") == 0, "a formula does not parse"
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"the page is {overflow} px wider than the screen"
    finally:
        page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_no_violation(browser, site_url, name, scheme):
    page = open_page(browser, f"{site_url}/{name}", scheme=scheme)
    try:
        page.evaluate(
            f"document.documentElement.dataset.theme = '{scheme}'; document.documentElement.dataset.mode = '{scheme}'"
        )
        page.wait_for_timeout(300)
        page.add_script_tag(path=AXE)
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        found = page.evaluate(f"axe.run(document, {{runOnly: {json.dumps(tags)}}})")
        faults = [f"{v['id']}: {n['target']} {n['html'][:120]}" for v in found["violations"] for n in v["nodes"]]
        assert found["passes"]
        assert not faults, "\n".join(faults)
    finally:
        page.context.close()


@pytest.mark.parametrize("stem", STEMS)
def test_every_explorer_moves_by_keyboard(browser, site_url, stem):
    page = open_page(browser, f"{site_url}/book/{stem}.html")
    try:
        count = page.locator(".mlopt-explorer").count()
        assert count >= 2
        for index in range(count):
            explorer = page.locator(".mlopt-explorer").nth(index)
            explorer.scroll_into_view_if_needed()
            for slider in explorer.locator("input[type=range]:visible").all():
                before, at = _seen(explorer), slider.input_value()
                slider.focus()
                low, high = float(slider.get_attribute("min")), float(slider.get_attribute("max"))
                key = "ArrowLeft" if float(at) > (low + high) / 2 else "ArrowRight"
                for _ in range(3):
                    page.keyboard.press(key)
                page.wait_for_timeout(150)
                assert slider.input_value() != at
                assert _seen(explorer) != before, (
                    f"explorer {index}: {slider.get_attribute('aria-label')} changes nothing"
                )
    finally:
        page.context.close()


@pytest.mark.parametrize("stem", STEMS)
def test_every_sentence_that_sets_an_explorer_does(browser, site_url, stem):
    page = open_page(browser, f"{site_url}/book/{stem}.html", "phone")
    try:
        buttons = page.locator("button.mlopt-set").all()
        assert len(buttons) >= 2
        for button in buttons:
            explorer = page.locator(f'.mlopt-explorer[data-explorer="{button.get_attribute("data-explorer")}"]')
            seen = set()
            for end in ("End", "Home"):  # it may stand at one end already
                _move_all(explorer, page, end)
                before = _seen(explorer)
                button.focus()
                page.keyboard.press("Enter")
                page.wait_for_timeout(150)
                seen.add(_seen(explorer) != before)
            assert True in seen, f"{button.inner_text()!r} changes nothing"
    finally:
        page.context.close()


@pytest.mark.parametrize("stem", STEMS)
def test_explorers_are_alive_without_a_server(browser, site, stem):
    page = open_page(browser, (site / "book" / f"{stem}.html").as_uri())
    try:
        assert page.complaints == []
        explorer = page.locator(".mlopt-explorer").first
        before = _seen(explorer)
        box = explorer.locator("input[type=range]:visible").first.bounding_box()
        explorer.scroll_into_view_if_needed()
        box = explorer.locator("input[type=range]:visible").first.bounding_box()
        page.mouse.click(box["x"] + box["width"] * 0.2, box["y"] + box["height"] / 2)
        page.wait_for_timeout(150)
        page.mouse.click(box["x"] + box["width"] * 0.8, box["y"] + box["height"] / 2)
        page.wait_for_timeout(150)
        assert _seen(explorer) != before
    finally:
        page.context.close()


@pytest.mark.parametrize("stem", STEMS)
def test_quiz_answers_with_an_explanation(browser, site_url, stem):
    page = open_page(browser, f"{site_url}/book/{stem}.html")
    try:
        questions = page.locator(".mlopt-quiz fieldset")
        assert 3 <= questions.count() <= 5
        for question in questions.all():
            said = set()
            for option in question.locator("input[type=radio]").all():
                option.focus()
                page.keyboard.press("Space")
                said.add(question.inner_text())
            assert len(said) == question.locator("input[type=radio]").count(), "an option has no explanation of its own"
    finally:
        page.context.close()


def _move_all(explorer, page, key):
    """Take every slider of an explorer to one end, so that a sentence that sets it has something to change."""
    for slider in explorer.locator("input[type=range]:visible").all():
        slider.focus()
        page.keyboard.press(key)
    page.wait_for_timeout(100)


def _seen(explorer):
    """What a reader sees and hears of an explorer: the pictures, and the words."""
    return explorer.evaluate(
        "el => [...el.querySelectorAll('canvas')].map(c => c.toDataURL()).join() + el.innerText + "
        "[...el.querySelectorAll('[aria-label]')].map(e => e.getAttribute('aria-label')).join()"
    )
