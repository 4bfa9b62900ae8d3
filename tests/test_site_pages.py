"""The built pages, read as files: words for every picture, links that lead somewhere, solutions beside exercises."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest
from bs4 import BeautifulSoup

from mlopt_course.checks import exercises

ROOT = Path(__file__).parent.parent
STEMS = sorted(path.stem for path in (ROOT / "book").glob("[0-9][0-9]_*.md"))


@functools.cache
def _soup(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def pages(site: Path) -> list[Path]:
    """Every page of the book that a reader can come to."""
    return [
        p
        for p in sorted(site.rglob("*.html"))
        if "_static" not in p.parts and p.name not in ("search.html", "genindex.html")
    ]


def article(page: Path) -> BeautifulSoup:
    return _soup(page).select_one("article") or _soup(page)


def chapter_of(stem: str) -> str:
    return stem.partition("_")[2]


@pytest.mark.parametrize("stem", STEMS)
def test_every_picture_has_alt_text_and_every_figure_a_caption(site, stem):
    found = article(site / "book" / f"{stem}.html")
    images = [image for image in found.select("img") if not image.find_parent(class_="mlopt-explorer")]
    assert images
    for image in images:
        alt = image.get("alt", "")
        assert len(alt.split()) >= 6, f"{image['src']}: alt text {alt!r} does not say what the picture shows"
        caption = image.find_parent("figure") and image.find_parent("figure").select_one("figcaption")
        words = caption.get_text().split() if caption else []
        assert len(words) >= 6, f"{image['src']} ({alt!r}) has no caption"


@pytest.mark.parametrize("stem", STEMS)
def test_explorers_have_goal_title_and_text_alternative(site, stem):
    state = article(site / "book" / f"{stem}.html").select_one(
        'script[type="application/vnd.jupyter.widget-state+json"]'
    )
    state = state or _soup(site / "book" / f"{stem}.html").select_one(
        'script[type="application/vnd.jupyter.widget-state+json"]'
    )
    models = [m["state"] for m in json.loads(state.string)["state"].values() if m["model_module"] == "anywidget"]
    assert 2 <= len(models) <= 5
    for model in models:
        for field in ("title", "description"):
            assert len(str(model[field]).split()) >= 2, f"explorer {model['explorer_id']} has no {field}"
        assert model["goal"], f"explorer {model['explorer_id']} sets the reader no goal"
    assert len({model["explorer_id"] for model in models}) == len(models)


@pytest.mark.parametrize("stem", STEMS)
def test_prose_sets_explorers_that_exist_and_options_that_they_have(site, stem):
    page = _soup(site / "book" / f"{stem}.html")
    state = page.select_one('script[type="application/vnd.jupyter.widget-state+json"]')
    models = {m["state"]["explorer_id"]: m["state"] for m in json.loads(state.string)["state"].values()
              if m["model_module"] == "anywidget"}  # fmt: skip
    buttons = page.select("button.mlopt-set")
    assert len(buttons) >= 2
    for button in buttons:
        model = models[button["data-explorer"]]
        known = {control["name"] for control in model["controls"]}
        unknown = set(json.loads(button["data-settings"])) - known
        assert not unknown, f"{button.get_text()!r} sets {unknown}; the explorer has {known}"


def test_internal_links_lead_somewhere(site):
    broken = []
    for page in pages(site):
        for link in _soup(page).select("a[href], link[href], script[src], img[src]"):
            target = link.get("href") or link.get("src")
            if target.startswith(("http:", "https:", "mailto:", "data:", "javascript:", "#:~")) or target == "#":
                continue
            path, fragment = urldefrag(unquote(target))
            path = path.partition("?")[0]
            file = (page.parent / path).resolve() if path else page
            if file.is_dir():
                file = file / "index.html"
            if not file.exists():
                broken.append(f"{page.relative_to(site)}: {target}")
            elif (
                fragment
                and file.suffix == ".html"
                and not _soup(file).find(id=fragment)
                and not _soup(file).find(attrs={"name": fragment})
            ):
                broken.append(f"{page.relative_to(site)}: {target} (no such place on the page)")
    assert not broken, "\n".join(sorted(set(broken)))


@pytest.mark.parametrize("stem", STEMS)
def test_exercise_page_shows_every_exercise_and_links_to_its_folded_solution(site, stem):
    page, solutions = site / "exercises" / f"{stem}.html", site / "solutions" / f"{stem}.html"
    text = article(page).get_text(" ").replace("’", "'")  # as typeset
    listed = list(exercises(chapter_of(stem)).values())
    assert len(listed) >= 8
    for exercise in listed:
        assert exercise.title in text, f"{exercise.name} is not on its page"
    links = [a["href"] for a in article(page).select("a.mlopt-solution-link")]
    assert len(links) == len(listed)
    for link in links:
        path, fragment = urldefrag(link)
        section = _soup((page.parent / path).resolve()).find(id=fragment)
        assert section is not None, link
        assert section.select_one("details"), f"the solution at {link} is not folded"
    assert "### BEGIN SOLUTION" not in _soup(solutions).get_text()
    assert (site / "exercises" / f"{stem}.ipynb").exists(), "the notebook is not at its stable address"


@pytest.mark.parametrize("stem", STEMS)
def test_chapter_links_to_its_notebook(site, stem):
    links = [a["href"] for a in article(site / "book" / f"{stem}.html").select("a[href]")]
    assert any(link.endswith(f"exercises/{stem}.ipynb") for link in links), "no download"
    assert any(link.endswith(f"exercises/{stem}.html") for link in links), "no link to the exercise page"
    assert any("colab" in link for link in links)
    assert any("binder" in link for link in links)
