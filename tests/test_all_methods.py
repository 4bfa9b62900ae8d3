"""Every method at once: it is described, it makes progress, it repeats itself to the last bit, and it keeps to budgets.

The methods come from `mlopt_course.methods`, so a new one is tested without a line here; `method_problems` finds each a
problem that offers what it needs.
"""

from __future__ import annotations

import ast
import inspect
import json
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from method_problems import fingerprint, recorded, run, short_run, suitable

from mlopt_course import constrained, methods, minimize

METHODS = methods()
TESTS = Path(__file__).parent
every_method = pytest.mark.parametrize("name", METHODS)


# ---- what a reader is told


@every_method
def test_it_is_described(name):
    method = METHODS[name]
    for field in ("summary", "use_when", "fails_when", "reference"):
        text = getattr(method, field)
        assert text.strip(), f"{name} has no {field}"
        assert "\n" not in text, f"{field} of {name} is more than one line"
    assert method.chapter in method.function.__module__


@every_method
def test_its_docstring_has_every_section_and_option(name):
    text = inspect.getdoc(METHODS[name].function)
    for section in ("Parameters", "Yields", "References"):
        assert re.search(rf"^{section}\n-+$", text, re.MULTILINE), f"{name} has no section {section}"
    for option in METHODS[name].options:
        assert re.search(rf"^[\w, ]*\b{option}\b[\w, ]* : ", text, re.MULTILINE), f"{name} does not document {option}"


@every_method
def test_its_body_fits_a_page(name):
    """At most 40 lines below the docstring, so that it can be printed beside its algorithm box."""
    source = textwrap.dedent(inspect.getsource(METHODS[name].function))
    function = ast.parse(source).body[0]
    first = function.body[1] if ast.get_docstring(function) else function.body[0]
    assert function.end_lineno - first.lineno + 1 <= 40


@every_method
def test_it_has_tests_of_its_own(name):
    others = [path for path in TESTS.glob("test_*.py") if not path.name.startswith("test_all_methods")]
    assert any(re.search(rf"\b{name}\b", path.read_text()) for path in others)


def test_an_unknown_option_is_answered_with_the_options_there_are():
    for name, method in METHODS.items():
        with pytest.raises(ValueError, match=f"method '{name}' has no option 'sped'") as caught:
            run(name, sped=1)
        for option in method.options:
            assert f"{option}=" in str(caught.value)


# ---- progress


@every_method
def test_it_closes_nine_tenths_of_the_gap_to_the_minimum(name):
    """Within 3,000 steps and evaluations, with default options, and within 1e-5 of the constraints if there are any."""
    problem = suitable(name)
    gap = problem.fun(problem.x0) - problem.f_opt
    assert gap > 0.01
    target = problem.f_opt + 0.1 * gap
    result = run(name, rng=1, max_iterations=3000, max_evaluations=3000, target=target, patient=True)
    assert result.success, result.message
    assert problem.fun(result.x) == result.fun <= target
    if problem.constraints:
        assert constrained.Constraints(problem, result.x).at(result.x).violation <= 1e-5


@every_method
def test_from_the_minimum_it_returns_the_minimum(name):
    problem = suitable(name)
    result = run(name, x0=problem.x_opt, rng=1, max_iterations=50, max_evaluations=500)
    assert result.fun == pytest.approx(problem.f_opt, abs=1e-5)
    assert result.message


# ---- the same seed, the same run


@pytest.fixture(scope="module")
def elsewhere():
    """Fingerprints of every method's run in another process, with other hashes of strings."""
    env = {**os.environ, "PYTHONHASHSEED": "12345", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, str(TESTS / "method_problems.py")]
    return json.loads(subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout)


def global_generator():
    """The state that nothing may touch."""
    return np.random.get_state()[1].tobytes()  # noqa: NPY002


@every_method
def test_the_same_seed_gives_the_same_run_to_the_last_bit(name, elsewhere):
    before = global_generator()
    first, second = short_run(name), short_run(name)
    assert global_generator() == before
    assert fingerprint(first) == fingerprint(second) == elsewhere[name]


@every_method
def test_another_seed_gives_another_run_where_chance_is_used(name):
    base = METHODS.get(METHODS[name].options.get("base", name))  # of a method that runs another
    one, other = (fingerprint(run(name, rng=seed, max_iterations=60, max_evaluations=400)) for seed in (7, 8))
    assert (one != other) == base.uses_rng


# ---- budgets


@every_method
def test_a_budget_is_never_exceeded_and_every_call_is_counted(name):
    for budget in (1, 2, 7, 60):
        problem, log = recorded(suitable(name))
        result = run(name, problem, rng=3, max_evaluations=budget, max_iterations=100)
        counted = {"nfev": result.nfev, "njev": result.njev, "nhev": result.nhev}
        assert {kind: log.calls[kind] for kind in counted} == counted
        assert max(counted.values()) <= budget
        assert len(result.history) >= 1
        assert result.message


@every_method
def test_the_value_returned_is_the_best_on_record(name):
    """Except under constraints: the last one evaluated is returned there, for it satisfies them best."""
    problem = suitable(name)
    result = run(name, rng=4, max_evaluations=60, max_iterations=100)
    assert problem.fun(result.x) == result.fun
    values = result.history.fun[~np.isnan(result.history.fun)]
    assert result.fun == (values[-1] if problem.constraints else values.min())


def test_iterations_end_where_they_were_told_to():
    for name in METHODS:
        assert run(name, rng=5, max_iterations=1).nit <= 1
        assert minimize(suitable(name), method=name, max_iterations=0).nit == 0
