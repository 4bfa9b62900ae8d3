"""Explorers and figures: what the page is given is what `minimize` computes, to single precision."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mlopt_course import Problem, explore, minimize, problems, registry
from mlopt_course.explore.goal import power_of_ten
from mlopt_course.explore.landscape import REACH
from mlopt_course.explore.packing import pack, round_mantissa, unpack
from mlopt_course.explore.stills import outcome

RATES, BETAS = (0.02, 0.05, 0.19, 0.5), (0.0, 0.5, 0.9)
STEPS = 40


def bowl(dimension=2):
    curvature = np.array([1.0, 10.0])[:dimension]
    return Problem(
        lambda x: float(0.5 * x @ (curvature * x)), lambda x: curvature * x, x0=[-2.0, 1.0][:dimension],
        x_opt=np.zeros(dimension), f_opt=0.0, window=((-3, 3), (-2, 2))[:dimension], name="bowl",
    )  # fmt: skip


@pytest.fixture(scope="module")
def widget():
    return explore.descent(
        {"bowl": bowl(), "banana": problems.rosenbrock()},
        settings={"learning_rate": {"bowl": RATES, "banana": (1e-4, 1e-3)}, "beta": BETAS},
        start={"bowl": [[-2.0, 1.0], [1.0, 1.5]], "banana": [-1.2, 1.0]},
        initial={"learning_rate": {"bowl": 0.05, "banana": 1e-3}, "beta": 0.0},
        steps=STEPS, goal=explore.Goal(target=1e-4, within=30, problem="bowl"), id="walk",
    )  # fmt: skip


@pytest.fixture
def fresh():
    """An explorer that a test may change, and what it sends."""
    made = explore.descent(bowl(), settings={"learning_rate": RATES, "beta": BETAS}, steps=STEPS,
                           goal=explore.Goal(target=1e-4))  # fmt: skip
    made.sent = []
    made.send = lambda content, buffers=None: made.sent.append((content, buffers))
    return made


@pytest.fixture
def shrinking():
    """A method with a simplex, one with a bracket: known to the registry during one test."""

    def halving(problem, x0, *, factor=0.5):
        x, simplex = x0, x0 + np.array([[0, 0], [1, 0], [0, 1.0]])
        while True:
            x, simplex = x * factor, simplex * factor
            yield registry.Iterate(x, simplex=simplex)

    def bisecting(problem, x0):
        low, high = -4.0, 5.0
        while True:
            low, high = low / 2, high / 2
            yield registry.Iterate((low + high) / 2, bracket=np.array([low, high]))

    made = [registry.method(chapter="first_order")(halving),
            registry.method(chapter="first_order", space="scalar")(bisecting)]  # fmt: skip
    yield made
    for function in made:
        del registry._REGISTRY[function.__name__]


def stored(widget, problem, start, indices, lane=0):
    """The run that the page finds for a problem, a start and places on the grids: its error, points, hit and flag."""
    arrays = unpack(widget.data, widget.spec["arrays"])
    shape = [len(setting["grids"][problem]) for setting in widget.spec["settings"]] + [len(widget.spec["lanes"])]
    place = widget.spec["problems"][problem]["starts"][start]["first"] + np.ravel_multi_index((*indices, lane), shape)
    ends = np.cumsum(arrays["length"], dtype=int)
    span = slice(ends[place] - arrays["length"][place], ends[place])
    (low, high), (down, up) = widget.spec["problems"][problem]["window"]
    scale = REACH * np.array([high - low, up - down]) / 2 / 32767
    x = (arrays["x"][span].astype(float) - 32768) * scale + [(low + high) / 2, (down + up) / 2]
    return arrays["error"][span], x, int(arrays["hit"][place]), int(arrays["flag"][place])


# --- what the page is given -----------------------------------------------------------------------------------------


@given(
    hnp.arrays(st.sampled_from([np.dtype("<u2"), np.dtype("<i2"), np.dtype("u1")]), hnp.array_shapes(max_dims=3)),
    hnp.arrays("<f4", hnp.array_shapes(max_dims=2), elements=st.floats(width=32, allow_nan=False)),
)
def test_packing_returns_what_it_was_given(whole, real):
    arrays = {"whole": whole, "real": real, "none": np.empty((0, 2), "<u2")}
    blob, directory = pack(arrays, differenced=("whole",))
    assert blob == pack(arrays, differenced=("whole",))[0]
    for name, array in unpack(blob, json.loads(json.dumps(directory))).items():
        np.testing.assert_array_equal(array, arrays[name])
        assert array.dtype == arrays[name].dtype


def test_packing_refuses_what_the_page_cannot_read():
    with pytest.raises(ValueError, match=r"x must have a dtype among .*, got <f8"):
        pack({"x": np.zeros(2)})


@given(st.floats(1e-30, 1e30))
def test_rounding_keeps_sixteen_bits(value):
    assert abs(float(round_mantissa(np.array([value]))[0]) - np.float32(value)) <= 2**-16 * np.float32(value)


@pytest.mark.parametrize(
    ("problem", "start", "indices"), [(0, 0, (0, 0)), (0, 0, (1, 2)), (0, 1, (2, 1)), (1, 0, (0, 2)), (1, 0, (1, 0))]
)
def test_stored_runs_are_those_of_minimize(widget, problem, start, indices):
    error, x, hit, flag = stored(widget, problem, start, indices)
    plan = widget.plan
    values = {s.name: s.grids[problem][k] for s, k in zip(plan.settings, indices, strict=True)}
    result = minimize(plan.problems[problem], plan.starts[problem][start], "momentum", max_iterations=STEPS, **values)
    np.testing.assert_allclose(error, result.history.fun - plan.problems[problem].f_opt, rtol=2**-15)
    assert flag == 0
    below = np.flatnonzero(result.history.fun <= 1e-4)
    assert hit == (below[0] if below.size else -1)
    # Points are kept to half a step of a 16-bit grid over three windows.
    window = np.array(plan.problems[problem].window)
    cell = REACH * np.ptp(window, axis=1) / 65534
    inside = (np.abs(result.history.x - window.mean(1)) <= REACH * np.ptp(window, axis=1) / 2).all(1)
    assert (np.abs(x - result.history.x)[inside] <= 0.51 * cell).all()
    assert inside.sum() > 10


def test_a_diverging_run_is_marked_and_cut(widget):
    error, _, hit, flag = stored(widget, 0, 0, (3, 0))
    whole = minimize(bowl(), method="momentum", learning_rate=0.5, beta=0.0, max_iterations=STEPS).history.fun
    assert whole[-1] > 1e6 * whole[0]
    assert flag == 1
    assert hit == -1
    np.testing.assert_allclose(error, whole[: len(error)], rtol=2**-15)
    assert error[-1] > 1e3 * error[0] >= error[-2]


def test_a_settled_run_keeps_only_what_moves():
    made = explore.descent(bowl(), settings={"learning_rate": (0.1, 0.15)}, options={"beta": 0.0}, steps=400)
    error, _, _, flag = stored(made, 0, 0, (0,))
    whole = minimize(bowl(), method="momentum", learning_rate=0.1, beta=0.0, max_iterations=400).history.fun
    assert flag == 2
    assert len(error) < len(whole)
    bound = 1e-15 * max(1, whole[0])
    assert whole[len(error) - 1 :].max() <= bound < whole[len(error) - 2]
    assert "below 10⁻¹⁴" in made.describe()


def test_a_problem_of_unknown_minimum_shows_its_values():
    hilly = Problem(lambda x: float(np.cos(x[0]) + np.sin(x[1]) - 3), x0=[1.0, 0.5], name="hilly")
    made = explore.descent(hilly, "gradient_descent", settings={"learning_rate": (0.1, 0.5)}, steps=20)
    error, _, _, flag = stored(made, 0, 0, (1,))
    whole = minimize(hilly, method="gradient_descent", learning_rate=0.5, max_iterations=20).history.fun
    np.testing.assert_allclose(error, whole, rtol=2**-15)
    assert (made.spec["problems"][0]["measure"], flag) == ("value", 0)


def test_the_map_is_the_last_errors(widget):
    errors = widget.final_errors(0)
    assert errors.shape == (4, 3)
    assert np.isnan(errors[3, 0])
    result = minimize(bowl(), method="momentum", learning_rate=0.05, beta=0.5, max_iterations=STEPS)
    assert errors[1, 1] == pytest.approx(result.history.fun[-1], rel=2**-15)


def test_a_race_runs_each_method_with_its_own_options_for_each_problem():
    made = explore.race(
        {"bowl": bowl(), "banana": problems.rosenbrock()},
        {"plain": ("gradient_descent", {"learning_rate": {"bowl": 0.05, "banana": 0.001}}), "Adam": "adam"},
        steps=30, factors={"learning_rate": (0.5, 1, 2)},
    )  # fmt: skip
    for problem, rate in enumerate((0.05, 0.001)):
        error, *_ = stored(made, problem, 0, (2,), lane=0)
        result = minimize(made.plan.problems[problem], None, "gradient_descent", learning_rate=2 * rate,
                          max_iterations=30)  # fmt: skip
        np.testing.assert_allclose(error, result.history.fun, rtol=2**-15)
    # Adam was given no rate to scale, so it keeps its default.
    error, *_ = stored(made, 0, 0, (2,), lane=1)
    np.testing.assert_allclose(error, minimize(bowl(), method="adam", max_iterations=30).history.fun, rtol=2**-15)


def test_simplices_and_brackets_travel_with_their_runs(shrinking):
    halving, bisecting = shrinking
    made = explore.race(bowl(), {"simplex": (halving, {}), "plain": "gradient_descent"}, steps=5)
    assert [lane["cloud"] for lane in made.spec["lanes"]] == ["polygon", None]
    arrays = unpack(made.data, made.spec["arrays"])
    assert arrays["cloud_size"].tolist() == [3, 0]
    assert len(arrays["cloud"]) == 3 * 6
    line = Problem(lambda x: float((x - 0.3) ** 2), x0=4.0, x_opt=0.3, f_opt=0.0, window=((-5, 5),), name="line")
    made = explore.race(line, {"bisection": (bisecting, {}), "again": (bisecting, {})}, steps=5)
    assert [lane["cloud"] for lane in made.spec["lanes"]] == ["interval"] * 2
    assert made.spec["problems"][0]["kind"] == "line"


def test_two_explorers_keep_a_page_light():
    three = [bowl(), problems.rosenbrock(), problems.himmelblau()]
    grids = {"learning_rate": np.geomspace(1e-4, 0.2, 21), "beta": [*np.linspace(0, 0.9, 10), 0.95]}
    walk = explore.descent(three, settings=grids, steps=100)
    race = explore.race(three, dict.fromkeys(("a", "b", "c", "d", "e", "f"), "adam"), steps=200)
    weight = sum(4 / 3 * len(w.data) + len(json.dumps(w.spec)) + len(w._esm) + len(w._css) for w in (walk, race))
    assert weight < 1e6


# --- with a kernel --------------------------------------------------------------------------------------------------


def test_ping_is_answered(fresh):
    fresh._handle_custom_msg({"type": "ping"}, [])
    assert fresh.sent == [({"type": "pong"}, None)]


def test_settings_and_starts_off_the_grid_are_run_by_python(fresh):
    ask = {
        "type": "run",
        "request": 7,
        "problem": 0,
        "start": [0.3, -1.2],
        "settings": {"learning_rate": 0.123, "beta": 0.7},
    }
    fresh._handle_custom_msg(ask, [])
    (answer, buffers), = fresh.sent  # fmt: skip
    assert (answer["type"], answer["request"]) == ("runs", 7)
    arrays = unpack(buffers[0], answer["arrays"])
    result = minimize(bowl(), [0.3, -1.2], "momentum", learning_rate=0.123, beta=0.7, max_iterations=STEPS)
    np.testing.assert_allclose(arrays["error"], result.history.fun, rtol=2**-15)
    assert arrays["hit"][0] == np.flatnonzero(result.history.fun <= 1e-4)[0]


def test_a_setting_that_python_refuses_is_answered_with_the_reason(fresh):
    ask = {"type": "run", "request": 8, "problem": 0, "start": 0, "settings": {"learning_rate": -1.0, "beta": 0.7}}
    fresh._handle_custom_msg(ask, [])
    assert fresh.sent[0][0]["type"] == "error"
    assert "learning_rate" in fresh.sent[0][0]["message"]
    fresh._handle_custom_msg("nonsense", [])
    assert len(fresh.sent) == 1


def test_set_changes_what_is_shown(fresh):
    fresh.set(learning_rate=0.19, beta=0.5, step=12)
    assert fresh.state == {"problem": "bowl", "start": 0, "settings": {"learning_rate": 0.19, "beta": 0.5}, "step": 12,
                           "hidden": []}  # fmt: skip
    result = minimize(bowl(), method="momentum", learning_rate=0.19, beta=0.5, max_iterations=STEPS)
    assert f"an error of {power_of_ten(result.history.fun[12])} after 12 steps" in fresh.describe()
    assert fresh.description == fresh.describe()
    fresh.set(start=[1, 1])
    assert "from (1, 1)" in fresh.describe()


def test_another_problem_brings_its_own_initial_settings(widget):
    before = widget.state
    widget.set(problem="rosenbrock")
    assert widget.state["settings"] == {"learning_rate": 1e-3, "beta": 0.0}
    assert widget.state["problem"] == "banana"
    widget.state = before


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"rate": 1}, "rate is not a setting of this explorer; it has learning_rate, beta, problem, start, step"),
        ({"learning_rate": "high"}, "learning_rate must be a finite number, got 'high'"),
        ({"beta": float("nan")}, "beta must be a finite number, got nan"),
        ({"step": 41}, "step must be from 0 to 40, got 41"),
        ({"problem": "hill"}, "problem must be one of 'bowl', got 'hill'"),
        ({"start": 3}, "start must be a point or a number from 0 to 0, got 3"),
        ({"start": [1.0]}, "start must be 2 finite numbers, got [1.0]"),
        ({"hidden": ["adam"]}, "hidden must be among 'momentum', got 'adam'"),
    ],
)
def test_set_says_what_is_wrong(fresh, settings, message):
    before = fresh.state
    with pytest.raises(ValueError, match=re.escape(message)):
        fresh.set(**settings)
    assert fresh.state == before


# --- goals ----------------------------------------------------------------------------------------------------------


def test_goals_speak_and_judge():
    goal = explore.Goal(target=1e-6, within=100)
    assert goal.sentence() == "Bring the error to 10⁻⁶ in at most 100 steps."
    assert explore.Goal(target=0.5, count=3).sentence() == "Bring the errors of 3 methods to 0.5."
    assert explore.Goal(leader="Adam", problem="bowl").sentence() == (
        "Find a step at which Adam has the lowest error, on “bowl”."
    )
    assert goal.first_step(np.array([1.0, 1e-6, 1e-9])) == 1
    assert goal.first_step(np.array([1.0, 1.1e-6])) == -1
    assert explore.Goal(leader="Adam").first_step(np.zeros(3)) == -1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "a Goal needs either target or leader, got None and None"),
        ({"target": 1e-6, "leader": "Adam"}, "a Goal needs either target or leader"),
        ({"target": -1.0}, "target must be a number > 0, got -1.0"),
        ({"target": 1.0, "within": 0}, "within must be an integer >= 1, got 0"),
        ({"target": 1.0, "count": 1.5}, "count must be an integer >= 1, got 1.5"),
    ],
)
def test_goals_say_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        explore.Goal(**arguments)


# --- bad input ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"problems": []}, "problems must have at least one Problem, got none"),
        ({"problems": [3]}, "problems must be Problems, got 3"),
        ({"problems": [bowl(), bowl()]}, "problems must have different names"),
        ({"method": "momentun"}, "did you mean 'momentum'"),
        ({"settings": {}}, "settings must be one or two options, got 0"),
        ({"settings": {"rate": [1]}}, "method 'momentum' has no option 'rate'; its options are learning_rate, beta"),
        ({"settings": {"beta": [0.5, 0.2]}}, "the values of beta must be finite and ascending"),
        ({"settings": {"beta": ["x"]}}, "the values of beta must be numbers"),
        ({"settings": {"beta": {"hill": [0.1]}}}, "settings must have a value for every problem; 'bowl' is missing"),
        ({"initial": {"beta": 0.123}}, "initial beta must be on its grid"),
        ({"initial": {"gamma": 0}}, "initial must be among the settings learning_rate, beta, got 'gamma'"),
        ({"steps": 0}, "steps must be an integer from 1 to 2000, got 0"),
        ({"start": [1.0, 2.0, 3.0]}, "start must be of shape (2,) and finite for bowl, got [1.0, 2.0, 3.0]"),
        ({"best": {"beta": 0.5}}, "best must give learning_rate and beta"),
        ({"id": "a b"}, "id must be of letters, digits, - and _, got 'a b'"),
        ({"goal": explore.Goal(target=1, problem="hill")}, "the goal's problem must be one of bowl, got 'hill'"),
    ],
)
def test_descent_says_what_is_wrong(arguments, message):
    grids = {"learning_rate": (0.1,), "beta": (0.5,)}
    with pytest.raises(ValueError, match=re.escape(message)):
        explore.descent(**{"problems": bowl(), "settings": grids, "steps": 3, **arguments})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"contestants": {"a": "adam"}}, "contestants must be a dict of 2 to 8 labels to (method, options)"),
        ({"goal": explore.Goal(leader="c")}, "the goal's leader must be one of a, b, got 'c'"),
        ({"factors": {"a": [1], "b": [1], "c": [1]}}, "factors must be at most two options, got a, b, c"),
        ({"factors": {"learning_rate": [0.5, 2]}}, "initial learning_rate must be on its grid [0.5, 2.0], got 1.0"),
        ({"contestants": {"a": "adam", "b": ("adam", {"rate": 1})}}, "method 'adam' has no option 'rate'"),
        ({"contestants": {"a": "adam", "b": ("adam", {"beta1": {"x": 1}})}}, "beta1 of b must have a value for every"),
    ],
)
def test_race_says_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        explore.race(**{"problems": bowl(), "contestants": {"a": "adam", "b": "adam"}, "steps": 3, **arguments})


def test_a_plan_says_what_is_wrong(widget):
    with pytest.raises(ValueError, match="panels must be among landscape, map and curve, and have curve"):
        explore.from_plan(widget.plan, id="walk", title="A walk", panels=("map",))
    bare = explore.Plan((bowl(),), ("bowl",), ((np.array([1.0, 1.0]),),), (explore.Lane("m", "momentum"),), (), 3)
    with pytest.raises(ValueError, match="a map needs one or two settings, this plan has 0"):
        explore.from_plan(bare, id="walk", title="A walk", panels=("map", "curve"))
    assert "after 3 steps" in explore.from_plan(bare, id="walk", title="A walk").describe()


# --- pictures and words ---------------------------------------------------------------------------------------------


def test_print_gets_a_picture_and_words(widget):
    data, _ = widget._repr_mimebundle_()
    assert data["image/png"].startswith("iVBORw0KGgo")
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/plain"] == widget.describe()
    assert data["text/plain"].startswith("Learning rate and momentum. On bowl from (−2, 1), learning rate 0.05")


def test_outcomes_in_words(widget):
    diverging = widget.plan.run(0, 0, {"learning_rate": 0.5, "beta": 0.0})[0]
    assert outcome("m", diverging, STEPS) == f"m diverges (step {len(diverging.error) - 1})"
    assert outcome("m", diverging, 0) == f"m is at an error of {power_of_ten(diverging.error[0])} after 0 steps"


def test_guards_find_what_they_look_for(widget):
    state = widget.get_state()
    assert state["explorer_id"] == "walk"
    assert state["goal"]["text"] == "Bring the error to 10⁻⁴ in at most 30 steps, on “bowl”."
    names = [control["name"] for control in state["controls"]]
    assert names == ["learning_rate", "beta", "problem", "start", "step", "hidden"]
