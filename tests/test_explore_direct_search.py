"""Explorers of the direct search chapter: what they draw is what the methods did, in Python and in a page."""

from __future__ import annotations

import json

import numpy as np
import pytest
from explorer_page import send

from mlopt_course import Problem, explore, minimize, problems
from mlopt_course.direct_search import MCKINNON_SIMPLEX, mckinnon
from mlopt_course.explore.conjugate import angle, bowl, matrix
from mlopt_course.explore.packing import unpack
from mlopt_course.explore.rectangles import ALIVE, division
from mlopt_course.explore.trials import MOVES, WORDS, walk

TRIANGLE = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
LINES = {
    "coordinate search": ("cyclic_coordinate_search", {"tolerance": 0, "line_tolerance": 1e-10}),
    "Powell's method": ("powell", {"tolerance": 1e-10, "fun_tolerance": 0.0}),
}


def simplex(**changes):
    banana = problems.rosenbrock()
    return explore.simplex(
        {"banana": banana, "McKinnon": mckinnon()}, {"banana": banana.x0 + TRIANGLE, "McKinnon": MCKINNON_SIMPLEX},
        sizes=(0.5, 1.0), turns=(0.0, 90.0), steps=30,
        goal={"text": "Come down.", "problem": "banana", "target": 3.0, "within": 60}, **changes,
    )  # fmt: skip


def polls():
    return explore.polls(
        {"banana": problems.rosenbrock(), "round": bowl(0.0, 1.0)},
        {"Hooke-Jeeves": ("hooke_jeeves", {}), "pattern search": ("generalized_pattern_search", {})},
        steps=30, goal={"text": "Get stuck.", "stuck": 0.01},
    )  # fmt: skip


def test_a_walk_holds_every_point_that_was_tried():
    problem = problems.himmelblau()
    seen = walk(problem, "nelder_mead", 25, initial_simplex=TRIANGLE, x0=TRIANGLE[0])
    result = minimize(problem, TRIANGLE[0], "nelder_mead", initial_simplex=TRIANGLE, max_iterations=26)
    assert len(seen.tried) == seen.evaluations[-1]
    assert np.array_equal(seen.simplex, result.history["simplex"][1 : len(seen.x) + 1])
    assert [WORDS[k] for k in seen.word[1:]] == [MOVES[int(k)] for k in result.history["move"][2 : len(seen.x) + 1]]
    # The corners are points that were tried, and no tried point is lower than the best.
    for k, corners in enumerate(seen.simplex):
        so_far = seen.tried[: seen.evaluations[k]]
        assert all((so_far == corner).all(axis=1).any() for corner in corners)
        assert min(problem.fun(point) for point in so_far) == pytest.approx(seen.error[k], abs=1e-12)


def test_a_reflection_mirrors_the_worst_corner():
    seen = walk(problems.sphere(), "nelder_mead", 20, initial_simplex=TRIANGLE + 2.0, x0=TRIANGLE[0] + 2.0)
    mirrored = 0
    for k in range(1, len(seen.x)):
        if WORDS[seen.word[k]] == "reflection":
            old = seen.simplex[k - 1]
            new = old[0] + old[1] - old[2]
            assert (np.abs(seen.simplex[k] - new).max(axis=1) < 1e-12).any()
            mirrored += 1
    assert mirrored


def test_polls_name_their_steps():
    seen = walk(problems.rosenbrock(), "hooke_jeeves", 40, x0=[-1.2, 1.0])
    words = {WORDS[k] for k in seen.word}
    assert {"better", "pattern move", "nothing better: the step shrinks"} <= words
    failed = [k for k in range(1, len(seen.x)) if WORDS[seen.word[k]].startswith("nothing")]
    assert all((seen.x[k] == seen.x[k - 1]).all() and seen.error[k] == seen.error[k - 1] for k in failed)


def test_conjugate_is_at_right_angles_where_the_bowl_is_round():
    A = matrix(35.0, 20.0)
    assert np.allclose(np.linalg.eigvalsh(A), [1.0, 20.0])
    p = np.array([1.0, 0.5])
    q = np.array([-(A @ p)[1], (A @ p)[0]])
    assert angle(A, p, q) == pytest.approx(90.0)
    assert angle(A, p, -2 * p) == pytest.approx(0.0, abs=1e-5)
    x = np.array([0.3, -2.0])
    assert bowl(35.0, 20.0).fun(x) == pytest.approx(x @ A @ x / 2)


def test_directs_rectangles_fill_the_box_after_every_round():
    problem = problems.six_hump_camel()
    run = division(problem, 12, 1e-4)
    divided = [int(np.sum(run.divided == k)) for k in range(1, 13)]
    # `minimize` records its own evaluation of the start, then the middle of the box, then each division.
    history = minimize(problem, None, "direct", max_iterations=1 + sum(divided)).history
    ends = 1 + np.cumsum([0, *divided])
    assert np.array_equal(run.evaluations, history.nfev[ends] - 1)
    assert np.array_equal(run.best, history.fun[ends])
    assert np.array_equal(history["divided"][ends[1:]], divided)
    for k in range(13):
        there = (run.born <= k) & (k < run.divided)
        assert np.sum(3.0 ** -run.sides[there].sum(axis=1)) == pytest.approx(1.0)
        assert there.sum() == run.evaluations[k]
    assert (run.divided[run.born == 12] == ALIVE).all()


@pytest.mark.parametrize("make", [simplex, polls])
def test_numbers_reach_the_page(make):
    made = make()
    arrays = unpack(made.data, made.spec["arrays"])
    assert arrays["length"].sum() == len(arrays["error"]) == len(arrays["x"])
    assert len(json.dumps(made.spec)) < 20_000
    assert len(made.data) < 100_000


def test_print_gets_pictures_and_words():
    for made in (simplex(), polls(), explore.conjugate(LINES, turns=(0, 30), conditions=(1, 10)),
                 explore.rectangles({"camel": problems.six_hump_camel()}, rounds=6)):  # fmt: skip
        bundle = made._repr_mimebundle_()
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        assert len(data["image/png"]) > 1000
        assert made.title in data["text/plain"]


@pytest.mark.browser
def test_the_page_says_what_python_found_of_a_simplex(show_explorer):
    shown = show_explorer(simplex())
    said = send(shown, "simplex", problem="McKinnon", step=9, magnify=True)
    seen = walk(mckinnon(), "nelder_mead", 30, initial_simplex=MCKINNON_SIMPLEX, x0=MCKINNON_SIMPLEX[0],
                tolerance=1e-12, fun_tolerance=0.0)  # fmt: skip
    tried = seen.evaluations[9] - seen.evaluations[8]
    assert f"Step 9 of 29: inside contraction, {tried} points tried." in said
    assert f"The error is 0.25 after {seen.evaluations[9]} evaluations." in said
    assert "Choose “banana” for it." in shown.inner_text(".mlopt-goal")
    send(shown, "simplex", problem="banana", size=1.0)
    seen = walk(problems.rosenbrock(), "nelder_mead", 30, initial_simplex=problems.rosenbrock().x0 + TRIANGLE,
                x0=problems.rosenbrock().x0, tolerance=1e-12, fun_tolerance=0.0)  # fmt: skip
    first = int(np.flatnonzero(seen.error <= 3.0)[0])
    assert f"Here it takes {seen.evaluations[first]} evaluations." in shown.inner_text(".mlopt-goal")
    assert "Step 9: " in shown.inner_text("figcaption >> nth=0")


@pytest.mark.browser
def test_the_page_says_which_runs_are_stuck(show_explorer):
    shown = show_explorer(polls())
    kink = send(shown, "polls", problem="round", method="pattern search", step=30)
    assert "nothing better: the step shrinks" in kink
    assert "This run comes down to" in shown.inner_text(".mlopt-goal")


@pytest.mark.browser
@pytest.mark.parametrize(("turn", "condition"), [(30.0, 10.0), (60.0, 100.0), (0.0, 10.0)])
def test_the_pages_angle_is_pythons(show_explorer, turn, condition):
    shown = show_explorer(explore.conjugate(LINES, goal="Two line searches."))
    result = minimize(bowl(turn, condition), method="powell", tolerance=1e-10, fun_tolerance=0.0, max_iterations=40)
    direction = result.history["direction"]
    said = send(shown, "conjugate", method="Powell's method", turn=turn, condition=condition, step=2)
    assert f"meet at {angle(matrix(turn, condition), direction[1], direction[2]):.0f}° where" in said
    send(shown, "conjugate", method="coordinate search")
    assert shown.locator(".mlopt-reached").count() == (turn == 0.0)


@pytest.mark.browser
def test_the_page_counts_rectangles(show_explorer):
    problem = problems.six_hump_camel()
    shown = show_explorer(explore.rectangles({"camel": problem}, rounds=10,
                                    goal={"text": "!", "problem": "camel", "target": 0.05, "within": 100}))  # fmt: skip
    run = division(problem, 10, 1e-4)
    there = int(np.sum((run.born <= 7) & (run.divided > 7)))
    said = send(shown, "rectangles", step=7)
    assert f"round 7: {there} rectangles, {run.evaluations[7]} evaluations" in said
    assert f"divides {int(np.sum(run.divided == 8))}, of" in said
    hit = int(run.evaluations[np.flatnonzero(run.best - problem.f_opt <= 0.05)[0]])
    assert f"With this ε it takes {hit} evaluations." in shown.inner_text(".mlopt-goal")


def test_a_walk_needs_no_known_minimum():
    seen = walk(Problem(lambda x: float(x @ x), x0=[1.0, 1.0]), "hooke_jeeves", 10, x0=[1.0, 1.0])
    assert seen.error[-1] == 0.0
