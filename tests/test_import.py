"""`import mlopt_course` needs NumPy alone, so that it is quick and runs in the browser."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = "scipy sklearn matplotlib pandas rich click IPython ipywidgets anywidget nbformat jupytext sqlalchemy torch"
MODULES = ("mlopt_course", "mlopt_course.problems", "mlopt_course.schedules", "mlopt_course.first_order")


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("module", MODULES)
def test_import_loads_numpy_and_the_standard_library_alone(module):
    code = f"""
import importlib, sys
before = set(sys.modules)
importlib.import_module({module!r})
print(*sorted({{name.partition('.')[0] for name in set(sys.modules) - before}}))
"""
    loaded = {name for name in run(code).split() if not name.startswith("_")}
    foreign = loaded - set(sys.stdlib_module_names) - {"mlopt_course", "numpy"}
    assert not foreign, f"import {module} loads {foreign}"


def test_running_a_method_loads_no_more():
    code = f"""
import sys
from mlopt_course import minimize, problems
result = minimize(problems.rosenbrock(), method="gradient_descent", learning_rate=1e-3, max_iterations=10)
assert result.nit == 10
print(*(set({HEAVY!r}.split()) & set(sys.modules)))
"""
    assert run(code).split() == []


def test_it_runs_where_nothing_but_numpy_is_installed():
    code = f"""
import sys
for name in {HEAVY!r}.split():
    sys.modules[name] = None    # importing it now raises ImportError
from mlopt_course import minimize, problems
for make in problems.all_problems().values():
    make()
assert minimize(problems.booth(), method="gradient_descent", learning_rate=0.05).fun < 1e-6
"""
    run(code)


def test_submodules_come_when_asked_for():
    code = """
import mlopt_course
assert mlopt_course.problems.sphere().name == "sphere"
assert "problems" in dir(mlopt_course)
try:
    mlopt_course.nonsense
except AttributeError as error:
    assert "'nonsense'" in str(error)
else:
    raise SystemExit("no AttributeError")
"""
    run(code)


def test_every_public_name_is_there():
    import mlopt_course

    for name in mlopt_course.__all__:
        assert getattr(mlopt_course, name) is not None
