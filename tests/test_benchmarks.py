"""The benchmarks' runner: it finds what there is, computes ratios rightly, and a tiny run of each part works."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def _from_the_root(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))


def row(peer="ours", method="a", error=1.0, evaluations=100, overhead=10.0, **changes):
    numbers = {"median_error": error, "evaluations": evaluations, "overhead_us": overhead, "seeds": 15}
    return {"family": "f", "problem": "p", "method": method, "peer": peer, **numbers, **changes}


# ---- tables


def test_ratios_are_to_the_peer_of_the_least_error():
    from benchmarks.table import ratios

    ours = row(error=3.0, overhead=5.0)
    rows = [ours, row("x", "b", error=2.0, overhead=50.0), row("y", "c", error=6.0, overhead=20.0, evaluations=50)]
    assert ratios(ours, rows) == {"median_error": 1.5, "evaluations": 1.0, "overhead_us": 0.1}
    assert ratios(rows[1], rows) == {}
    elsewhere = row("x", error=0.1, problem="another problem")
    assert ratios(ours, [ours, elsewhere]) == {}


def test_a_peer_of_the_methods_own_name_goes_before_the_others():
    from benchmarks.table import ratios

    ours = row(error=3.0)
    assert ratios(ours, [ours, row("x", "a", error=6.0), row("x", "b", error=1.0)])["median_error"] == 0.5


def test_errors_of_rounding_are_equally_good():
    from benchmarks.table import ratios

    tiny = row(error=3e-16)
    assert ratios(tiny, [tiny, row("x", error=1e-20)])["median_error"] == 1.0
    assert ratios(row(error=1.0), [row("x", error=0.0)])["median_error"] == np.inf


def test_what_is_not_installed_is_said_and_not_compared():
    from benchmarks.table import family_tables, ratios

    missing = row("pymoo", "not installed", error=None, evaluations=None, overhead=None)
    assert ratios(row(), [row(), missing]) == {}
    assert "pymoo (not installed)" in family_tables([row(), missing])


def test_a_row_that_lacks_a_key_is_named():
    from benchmarks.table import check

    wrong = row()
    del wrong["seeds"]
    with pytest.raises(ValueError, match=r"benchmarks/mine.py: a row must have .* lacks \['seeds'\]"):
        check([row(), wrong], "benchmarks/mine.py")


def test_bars_say_what_misses_them():
    from benchmarks.bars import verdict

    of = {"family": "genetic algorithm", "problem": "rastrigin", "method": "genetic_algorithm"}
    assert verdict(row(**of) | {"median_error": 0.1, "overhead_us": 1.2}) == "met"
    assert verdict(row(**of) | {"median_error": 0.2, "overhead_us": 1.2}) == "error > 0.11"
    assert verdict(row(**of) | {"median_error": np.nan, "overhead_us": 1.2}) == "error > 0.11"
    assert verdict(row(**of, peer="pymoo")) == ""
    assert verdict(row()) == ""


def test_every_bar_is_of_a_method_that_there_is():
    from benchmarks.bars import BARS
    from mlopt_course import methods

    assert {method.partition(",")[0] for _, _, method in BARS} <= set(methods())


# ---- the command


def test_the_command_finds_the_benchmarks_and_names_them():
    from benchmarks.__main__ import discover

    found = discover()
    assert {"bbob", "local", "population"} <= set(found)
    assert not {"table", "bars", "import_time"} & set(found)
    command = [sys.executable, "-m", "benchmarks", "--family", "lokal"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert answer.returncode == 2
    assert "family must be one of " in answer.stderr


def test_a_run_is_printed_and_written(tmp_path, monkeypatch):
    """With a benchmark of its own, so that it takes no time."""
    from click.testing import CliRunner

    from benchmarks import __main__ as command

    def made(name, quick, progress, **wanted):
        known = {"date": "2026-01-01", "quick": quick, "seconds": 1.0, "versions": {"numpy": "2"}}
        return {**known, "rows": [row(), row("x", "b")]}

    monkeypatch.setattr(command, "measure", made)
    result = CliRunner().invoke(command.main, ["--family", "local", "--quick", "--output", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert "### f (15 seeds)" in result.output
    quick = tmp_path / "results" / "quick"
    assert json.loads((quick / "results" / "local.json").read_text())["quick"] is True
    assert "quick (fewer seeds: not for comparison)" in (quick / "results.md").read_text()
    assert not (tmp_path / "results.md").exists()


def test_every_benchmark_can_be_run_with_few_seeds():
    """Without peers to wait for: rows of ours for one scalar problem, in the form that all share."""
    from benchmarks import local
    from benchmarks.table import check

    rows = check(local.run(dimensions=()), "benchmarks/local.py")
    assert {"golden_section_search", "brent"} <= {row["method"] for row in rows}


# ---- BBOB


class Sphere:
    """Stands for a function of COCO, which the tests do without."""

    def __init__(self, suite, function, dimension, instance):
        self.centre = np.full(dimension, 0.1 * instance)

    def best_value(self):
        return 7.0

    def __call__(self, x):
        return 7.0 + np.sum((np.asarray(x) - self.centre) ** 2, axis=-1)


@pytest.fixture
def bbob(monkeypatch):
    import types

    from benchmarks import bbob

    monkeypatch.setitem(sys.modules, "cocoex", types.SimpleNamespace(BareProblem=Sphere))
    return bbob


def test_targets_are_noted_at_the_evaluation_that_reached_them(bbob):
    objective = bbob.Objective(1, 2, 0, budget=5)
    assert objective([11.0, 0.0]) == 128.0  # f - f_opt = 121: no target
    assert not objective.hits.any()
    assert objective([10.0, 0.0]) == 107.0  # 100, the first target
    assert objective.hits.tolist() == [2] + [0] * 50
    objective.batch(np.array([[3.0, 0.0], [0.1, 0.0]]))  # 9 and 0.01
    assert set(objective.hits[bbob.TARGETS >= 9.0][1:]) == {3}
    assert set(objective.hits[(bbob.TARGETS < 9.0) & (bbob.TARGETS > 0.0101)]) == {4}
    with pytest.raises(bbob.Spent):  # the second of these would be the sixth evaluation, and does not count
        objective.batch(np.array([[3.0, 0.0], [0.0, 0.0]]))
    assert objective.hits[-1] == 0
    assert objective.left <= 0


def test_solvers_restart_until_the_budget_is_spent_and_solve_the_sphere(bbob):
    for name in ("cma_es", "nelder_mead", "powell", "scipy Nelder-Mead", "scipy Powell"):
        hits = bbob.hits_of(name, 1, 2, 1, 1000)
        assert 0 < hits[-1] <= 2000, name
        assert (np.diff(hits) >= 0).all()
    np.testing.assert_array_equal(
        bbob.hits_of("nelder_mead", 1, 2, 3, 300), bbob.hits_of("scipy Nelder-Mead", 1, 2, 3, 300)
    )


def test_a_run_is_resumed_and_its_fractions_are_those_of_its_hits(bbob, tmp_path, monkeypatch):
    monkeypatch.setattr(bbob, "FUNCTIONS", range(1, 3))
    found = bbob.measure("hooke_jeeves", 2, 2, 100, tmp_path)
    assert len(found["hits"]) == 4
    monkeypatch.setattr(bbob, "hits_of", None)  # it must not be asked again
    assert bbob.measure("hooke_jeeves", 2, 2, 100, tmp_path) == found
    half = {**found, "hits": [[200] * 51, [201] * 51, [0] * 51, [1] * 51]}
    assert bbob.solved(half, 100) == 0.5
    (line,) = bbob.rows_of([half])
    assert line["solved 100 d"] == {"2-d": 0.5, "all": 0.5}


def test_every_method_without_derivatives_is_in_the_suite(bbob):
    from mlopt_course import methods

    wanted = {name for name, m in methods().items() if m.space == "real" and not set(m.needs) - {"bounds", "batch"}}
    assert {name.partition(",")[0] for name in bbob.our_methods()} == {
        name for name in wanted if methods()[name].chapter != "bayesian"
    }
