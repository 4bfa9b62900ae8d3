"""What the tests of explorers in a page share: one explorer, and how to find, set and read it there."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from mlopt_course import Problem, explore, minimize
from mlopt_course.explore.goal import power_of_ten

LOADER = Path(__file__).parent.parent / "book" / "_static" / "anywidgets.js"

CURVATURE = np.array([1.0, 10.0])
BOWL = Problem(lambda x: float(0.5 * x @ (CURVATURE * x)), lambda x: CURVATURE * x, x0=[-2.0, 1.0], x_opt=[0.0, 0.0],
               f_opt=0.0, window=((-3, 3), (-2, 2)), name="bowl")  # fmt: skip
LINE = Problem(
    lambda x: float(x[0] ** 2), lambda x: 2 * x, x0=[5.0], x_opt=[0.0], f_opt=0.0, window=((-6, 6),), name="line"
)
RATES, BETAS = (0.02, 0.05, 0.1, 0.19, 0.25), (0.0, 0.4, 0.8)


def walk():
    return explore.descent(
        {"bowl": BOWL, "line": LINE}, settings={"learning_rate": RATES, "beta": BETAS}, steps=60, id="walk",
        start={"bowl": [[-2.0, 1.0], [2.0, 1.5]], "line": [5.0]}, initial={"learning_rate": 0.05, "beta": 0.0},
        goal=explore.Goal(target=1e-6, within=50), best={"bowl": {"learning_rate": 0.25, "beta": 0.3}, "line": None},
    )  # fmt: skip


def write_page(file, *widgets, before="", style="body { margin: 0 }"):
    """Write a page with these explorers, as the book's own loader shows them, to be opened with no server."""
    from ipywidgets.embed import embed_data

    embedded = embed_data(views=widgets, drop_defaults=False)
    views = "".join(
        f'<div><script type="application/vnd.jupyter.widget-view+json">{json.dumps(view)}</script></div>'
        for view in embedded["view_specs"]
    )
    state = json.dumps(embedded["manager_state"]).replace("</", "<\\/")
    file.write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Explorers</title><style>{style}</style>{before}<main><h1>Explorers</h1>{views}</main>"
        f'<script type="application/vnd.jupyter.widget-state+json">{state}</script>'
        f'<script src="{LOADER.as_uri()}"></script></html>',
        encoding="utf-8",
    )
    return file


def part(page, selector, explorer="walk"):
    return page.locator(f'.mlopt-explorer[data-explorer="{explorer}"] {selector}')


def summary(page, explorer="walk"):
    return part(page, ".mlopt-summary", explorer).inner_text()


def send(page, explorer, **settings):
    """Set an explorer, as a sentence of the text does, and return what its summary says then."""
    page.evaluate(
        "detail => document.dispatchEvent(new CustomEvent('mlopt:set', { detail }))",
        {"explorer": explorer, "settings": settings},
    )
    return summary(page, explorer)


def ask(page, **settings):
    return send(page, "walk", **settings)


def said(rate, beta, start=None, step=60):
    """What the page must say of a run, from `minimize` itself."""
    result = minimize(BOWL, start, "momentum", learning_rate=rate, beta=beta, max_iterations=60)
    return f"after {step} steps the error is {power_of_ten(result.history.fun[step])}."
