"""The built wheel, installed in an empty environment, serves a student; with the extra `grading`, an instructor."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parent.parent

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("wheel")


@pytest.fixture(scope="module")
def wheel(folder):
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], cwd=ROOT, check=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def run(folder, wheel):
    """Runs a command of an environment that holds the wheel, what it depends on, and nothing of this checkout."""
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    hidden = ("PYTHON", "JUPYTER", "IPYTHON", "MLOPT", "VIRTUAL_ENV", "COVERAGE", "PYTEST")
    env = {k: v for k, v in os.environ.items() if not k.startswith(hidden)}
    env |= {"PATH": f"{folder / 'venv' / 'bin'}:/usr/bin:/bin", "HOME": str(folder)}

    def command(*words, ok=True):
        done = subprocess.run([folder / "venv" / "bin" / words[0], *words[1:]], cwd=folder, env=env, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # fmt: skip
        assert (done.returncode == 0) == ok, done.stdout
        return done.stdout

    # The versions that the rest of the tests run with; without their hashes, which a wheel of our own has not.
    versions = [line.split(" \\")[0] for line in (ROOT / "requirements.lock").read_text().splitlines() if "==" in line]
    (folder / "constraints.txt").write_text("\n".join(versions))
    command("python", "-m", "pip", "install", "-q", "-c", "constraints.txt", wheel)
    return command


def test_wheel_holds_the_notebooks_and_no_more_than_the_package(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    for kind in ("exercises", "solutions"):
        for notebook in (ROOT / kind).glob("*.ipynb"):
            assert f"mlopt_course/notebooks/{kind}/{notebook.name}" in names
    assert {name.split("/")[0].split("-")[0] for name in names} == {"mlopt_course"}


def test_import_needs_numpy_alone(run):
    said = run("python", "-c", "import mlopt_course, sys; print(*sorted({m.split('.')[0] for m in sys.modules}))")
    assert not {"scipy", "matplotlib", "IPython", "click", "anywidget"} & set(said.split())


def test_a_method_runs(run):
    code = "from mlopt_course import minimize, problems; print(minimize(problems.rosenbrock(), max_iterations=9).nit)"
    assert run("python", "-c", code).strip() == "9"


def test_an_explorer_is_made(run):
    code = (
        "from mlopt_course import explore, problems;"
        "w = explore.descent({'bowl': problems.sphere()}, settings={'learning_rate': [0.1, 0.2], 'beta': [0, 0.5]},"
        " steps=9, id='a'); print(sorted(w._repr_mimebundle_()[0]))"
    )
    assert "application/vnd.jupyter.widget-view+json" in run("python", "-c", code)


def test_a_student_starts_and_checks(run, folder):
    run("mlopt", "start", "work")
    started = sorted((folder / "work").glob("*.ipynb"))
    assert [path.name for path in started] == sorted(path.name for path in (ROOT / "exercises").glob("*.ipynb"))
    said = run("mlopt", "check", started[0], ok=False)
    assert "not answered" in said
    assert "Traceback" not in said
    solved = folder / "solved.ipynb"
    notebook = nbformat.read(ROOT / "solutions" / started[0].name, as_version=4)
    nbformat.write(notebook, solved)
    assert "right" in run("mlopt", "check", solved)


def test_the_extra_is_named_where_it_is_missing(run):
    said = run("mlopt", "grade", "nowhere", "--out", "there", ok=False)
    assert "mlopt-course[grading]" in said
    assert "Traceback" not in said


def test_an_instructor_grades(run, folder, wheel):
    run("python", "-m", "pip", "install", "-q", "-c", "constraints.txt", f"{wheel}[grading]")
    run("mlopt", "demo", "class")
    submissions = folder / "class" / "submissions"
    for student in sorted(submissions.iterdir())[2:]:  # one that is right and one that is not are enough here
        shutil.rmtree(student)
    run("mlopt", "grade", submissions, "--out", "graded")
    with (folder / "graded" / "grades.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert [row["student"] for row in rows] == ["Ada", "Bo"]
    assert float(rows[0]["percent"]) == 100 > float(rows[1]["percent"]) > 0
    assert list((folder / "graded").rglob("*.html"))
