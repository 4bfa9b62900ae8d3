"""Fixtures that several test files share: the built site, a server for it, and a browser."""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import threading
from pathlib import Path

import pytest
from hypothesis import settings

# What decides whether a change lands draws the same examples every time; a run by hand draws new ones.
settings.register_profile("repeatable", derandomize=True, deadline=None)
if os.environ.get("CI"):
    settings.load_profile("repeatable")

ROOT = Path(__file__).parent.parent

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome", "chrome") if (path := shutil.which(name))), None
)
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def site() -> Path:
    """The folder of the built book: ``MLOPT_SITE``, or ``_build/html`` of this checkout."""
    folder = Path(os.environ.get("MLOPT_SITE", ROOT / "_build" / "html"))
    if not (folder / "book" / "index.html").exists():
        pytest.fail(f"there is no built book in {folder}: run `make book` first")
    return folder


@pytest.fixture(scope="session")
def site_url(site):
    """The built book, served on this machine."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def browser():
    """Headless Chromium; the tests that need it are skipped only where none is installed."""
    if CHROMIUM is None:
        pytest.skip(
            "no Chromium on this machine: install it (Debian: apt-get install chromium) to run the browser tests"
        )
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def show_explorer(browser, tmp_path):
    """``show_explorer(widget, width=390)`` opens a page with it; no message may be on the console at the end."""
    from explorer_page import write_page

    complaints, pages = [], []

    def show(widget, width=390, before=""):
        page = browser.new_page(viewport={"width": width, "height": 844}, has_touch=True)
        page.set_default_timeout(8000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.goto(write_page(tmp_path / "page.html", widget, before=before).as_uri())
        page.wait_for_selector(".mlopt-explorer[data-ready]")
        pages.append(page)
        return page

    yield show
    for page in pages:
        page.close()
    assert complaints == []


def pytest_terminal_summary(terminalreporter):
    """One line on the mutants of all exercises (see test_exercises.py); also with xdist, where reports travel."""
    reports = [report for status in ("passed", "failed") for report in terminalreporter.getreports(status)]
    counts = [value for report in reports for name, value in report.user_properties if name == "mutants"]
    if counts:
        made, killed = (sum(column) for column in zip(*counts, strict=True))
        terminalreporter.write_line(f"mutants of {len(counts)} exercises: {made} generated, {killed} killed")
