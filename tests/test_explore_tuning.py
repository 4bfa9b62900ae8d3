"""Explorers of the tuning chapter: what they draw is what the methods did, in Python and in a page."""

from __future__ import annotations

import json

import numpy as np
import pytest
from explorer_page import send

from mlopt_course import explore
from mlopt_course.explore.densities import STARTUP, record
from mlopt_course.explore.packing import unpack
from mlopt_course.explore.projections import grid, loss
from mlopt_course.explore.rungs import bracket, final_rank
from mlopt_course.hyperparameter_tuning import Float, Integer, Space, tune


def curves(count=90, epochs=27):
    rng = np.random.default_rng(0)
    ends, rates = rng.uniform(0.2, 0.6, (count, 1)), rng.uniform(0.05, 1.0, (count, 1))
    return ends + 2.0 * np.exp(-rates * np.arange(1, epochs + 1)) + 0.02 * rng.random((count, epochs))


def rungs():
    return explore.rungs(curves(), size=27, draw=2, draws=3, goal="Keep the best.")


def wrong():
    rng = np.random.default_rng(1)
    return {"alike": rng.random((60, 200)) < 0.1, "different": rng.random((60, 200)) < rng.uniform(0.05, 0.5, (60, 1))}


def optimism():
    return explore.optimism(wrong(), images=(20, 50), draws=3, goal="Fool yourself.")


def densities():
    rate = np.geomspace(1e-3, 1.0, 31)
    bowl = (np.log10(rate) + 1) ** 2 + 0.2
    return explore.densities({"bowl": (rate, bowl), "slope": (rate, rate)}, seeds=2, trials=12, step=6, goal="Near.")


def test_the_brackets_of_the_explorer_are_those_of_successive_halving():
    table = curves()
    space = Space(network=Integer(0, len(table) - 1))
    for eta, least, n in ((3, 1, 27), (2, 3, 20), (4, 1, 81), (3, 27, 9)):
        run = tune(
            lambda config, resource: table[config["network"], int(resource) - 1], space, "successive_halving",
            configurations=n, min_resource=least, max_resource=27, eta=eta, rng=5,
        )  # fmt: skip
        tried = [config["network"] for config in run.history.config]
        rows = tried[:n]
        ours = bracket(table[rows], eta, least)
        assert [rows[i] for there in ours.there for i in there] == tried
        assert [r for r, there in zip(ours.levels, ours.there, strict=True) for _ in there] == list(
            run.history.resource
        )
        assert ours.cost == run.cost


def test_a_rank_counts_who_ends_better():
    table = np.array([[3.0, 2.0], [1.0, 4.0], [2.0, 1.0]])
    assert [final_rank(table, i) for i in range(3)] == [2, 3, 1]


def test_curves_must_be_enough():
    with pytest.raises(ValueError, match="curves must be of at least 81 networks, got 10"):
        explore.rungs(curves(10))


def test_densities_are_those_from_which_tpe_drew():
    losses = (np.linspace(-2, 1, 41)) ** 2
    seen = record(losses, 15, 0.25, seed=3)
    run = tune(lambda c: losses[c["place"]], Space(place=Integer(0, 40)), "tpe", budget=15, startup=STARTUP,
               fraction=0.25, rng=3)  # fmt: skip
    assert seen.place.tolist() == [config["place"] for config in run.history.config]
    np.testing.assert_allclose(seen.density[STARTUP:].sum(axis=2), 1.0, rtol=1e-9)
    assert not seen.density[:STARTUP].any()
    for k in range(STARTUP, 16):
        good = seen.good[k, :k]
        assert good.sum() == int(np.ceil(0.25 * k))
        assert not seen.good[k, k:].any()
        assert losses[seen.place[:k][good]].max() <= losses[seen.place[:k][~good]].min()


def test_the_plane_has_its_hollow_and_the_packages_grid():
    assert loss([[0.3, 0.6]], (0.3, 0.6), 0.5).item() == 0
    assert loss([0.3, 0.1], (0.3, 0.6), 0.0) == 0 < loss([0.3, 0.1], (0.3, 0.6), 0.1)
    space = Space(first=Float(0, 1), second=Float(0, 1))
    tried = tune(lambda c: 0.0, space, "grid_search", points=3).history.config
    assert grid(3).tolist() == [[c["first"], c["second"]] for c in tried]


def test_validation_and_test_samples_of_a_draw_do_not_overlap():
    pools = wrong()
    made = explore.optimism(pools, images=(20, 50), draws=3)
    arrays = unpack(made.data, made.spec["arrays"])
    for k, label in enumerate(pools):
        total = pools[label].sum(axis=1)
        for draw in range(3):
            seen = arrays["counts"][draw, 1, k].astype(int)
            np.testing.assert_allclose(seen + 150 * arrays["test"][draw, k], total, atol=1e-3)
            assert (arrays["counts"][draw, 0, k] <= seen).all()


@pytest.mark.parametrize("make", [rungs, optimism, densities, explore.projections])
def test_numbers_reach_the_page_and_print_gets_a_picture(make):
    made = make()
    assert len(json.dumps(made.spec)) < 20_000
    assert len(made.data) < 150_000
    bundle = made._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert len(data["image/png"]) > 1000
    assert made.title in data["text/plain"]


@pytest.mark.browser
def test_the_page_halves_as_python_does(show_explorer):
    made = rungs()
    shown = show_explorer(made)
    for eta in (2, 3, 4):
        for least in (1, 3, 9, 27):
            for size in (9, 27, 81):
                made.set(eta=eta, least=least, size=size, draw=3)
                said = send(shown, "rungs", eta=eta, least=least, size=size, draw=3, step=5)
                place = made.description.rsplit(" comes ", 1)[1].split(" ")[0]
                assert f"comes {place} of {size} in the end" in said
                epochs = made.description.split(" networks, ")[-1].split(" ")[0]
                assert f"{epochs} epochs spent of {27 * size}" in said
    assert "Choose draw 2 and 27 networks for it." in shown.inner_text(".mlopt-goal")


@pytest.mark.browser
def test_the_pages_winner_is_pythons(show_explorer):
    made = optimism()
    shown = show_explorer(made)
    for pool in ("alike", "different"):
        for images, tries, draw in ((20, 50, 1), (50, 3, 2), (50, 50, 3)):
            made.set(pool=pool, images=images, tries=tries, draw=draw)
            said = send(shown, "optimism", pool=pool, images=images, tries=tries, draw=draw)
            seen = float(made.description.split("validation error of ")[1].split(" ")[0])
            fresh = float(made.description.split("test error of ")[1].rstrip("."))
            told = said.split("the winner's validation error is ")[1]
            assert float(told.split(",")[0]) == pytest.approx(seen, abs=6e-3)
            assert float(told.split("on new images ")[1].split(". ")[0]) == pytest.approx(fresh, abs=6e-3)


@pytest.mark.browser
def test_the_pages_plane_is_pythons(show_explorer):
    made = explore.projections(goal="Let the grid win.")
    shown = show_explorer(made)
    for settings in ({"importance": 0.0}, {"importance": 1.0, "optimum": [0.5, 0.5]}, {"side": 5, "importance": 0.2}):
        made.set(**settings)
        better = made.description.split("random searches ")[1].split(" ")[0]
        assert f"random searches {better} are better" in send(shown, "projections", **settings)
    send(shown, "projections", side=3, importance=1.0, optimum=[0.5, 0.5])
    assert shown.locator(".mlopt-reached").count() == 1


@pytest.mark.browser
def test_the_page_shows_tpes_trials(show_explorer):
    shown = show_explorer(densities())
    assert "The first 4 trials are random." in send(shown, "densities", step=0)
    said = send(shown, "densities", step=9, fraction=0.25, seed=2, problem="bowl")
    assert said.startswith("9 trials. 3 of them are called good")
    assert "Choose “bowl” for it." in (send(shown, "densities", problem="slope"), shown.inner_text(".mlopt-goal"))[1]
