"""Grading for real: the made-up class, hostile notebooks, killed runs. Kernels are started; what can be shared is."""

from __future__ import annotations

import csv
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest

from mlopt_course.cli import main
from mlopt_course.grading import demo, sandbox, session
from mlopt_course.grading.gradebook import Gradebook
from mlopt_course.grading.rebuild import release_parts

COMMAND = [sys.executable, "-c", "import sys; from mlopt_course.cli import main; sys.exit(main())"]
STEM = "03_first_order"
MIME = "application/vnd.mlopt.answers+json"
SLEEP = "98765.4321"  # seconds that a hostile child sleeps: tells it from all other processes


@pytest.fixture(scope="session")
def assignment():
    return session.find_assignment(STEM)


@pytest.fixture(scope="session")
def solutions(assignment):
    """Right answers by exercise name."""
    by_id = demo._solutions(assignment)
    parts = release_parts(nbformat.read(assignment.path, as_version=4))
    return {part.exercise: by_id[part.grade_id] for part in parts if part.role == "answer"}


def test_the_assignment_is_the_one_that_the_files_are_called_by(tmp_path):
    for student, name in (("Ada", "05_bracketing.ipynb"), ("Bo", "05_bracketing (1).ipynb"), ("Chidi", "mine.ipynb")):
        (tmp_path / student).mkdir()
        (tmp_path / student / name).write_text("{}")
    assert session.find_assignment(None, tmp_path).stem == "05_bracketing"
    (tmp_path / "Dana 04_second_order.ipynb").write_text("{}")
    with pytest.raises(
        session.GradeError, match=r"--release is needed .* \(files of 2 are here\); there are: 01_basics"
    ):
        session.find_assignment(None, tmp_path)
    with pytest.raises(session.GradeError, match="--release is needed to say which assignment; there are: 01_basics"):
        session.find_assignment(None)
    assert session.find_assignment("bracketing", tmp_path).stem == "05_bracketing"


def hand_in(folder, assignment, answers, extra=()):
    """Write a submission with these answers (exercise name -> source), and cells of its own."""
    notebook = nbformat.read(assignment.path, as_version=4)
    for part, cell in zip(release_parts(notebook), notebook.cells, strict=True):
        if part.role == "answer" and part.exercise in answers:
            cell.source = answers[part.exercise]
    notebook.cells = [*[nbformat.v4.new_code_cell(source) for source in extra], *notebook.cells]
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / f"{assignment.stem}.ipynb")


def grade(folder, out, **options):
    given = {"release": STEM, "seed": 5, "workers": 2, "seconds": 4.0} | options
    path = session.grade_folder(session.Options(Path(folder), Path(out), **given))
    with Gradebook(path) as book:
        return {row.student: row for row in book.submissions()}


def statuses(row):
    return {result.exercise: result.status for result in row.results}


def run_command(*arguments, **options):
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=300, check=False, **options
    )


def csv_rows(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="session")
def graded_class(tmp_path_factory):
    """The made-up class, graded once by the command."""
    folder = tmp_path_factory.mktemp("class")
    made = run_command("demo", folder, "--release", STEM)
    assert made.returncode == 0, made.stderr
    options = ["--out", folder / "graded", "--release", STEM, "--seed", 11, "--workers", 2, "--timeout", 5]
    finished = run_command("grade", folder / "submissions", *options)
    assert finished.returncode == 0, finished.stderr
    return folder, finished


def test_the_made_up_class_gets_its_marks(graded_class, assignment):
    folder, _ = graded_class
    expected = {row["student"]: row for row in csv_rows(folder / "expected.csv")}
    marks = {row["student"]: row for row in csv_rows(folder / "graded" / "grades.csv")}
    assert len(expected) == len(marks) == 12
    with Gradebook(folder / "graded" / "gradebook.sqlite") as book:
        for row in book.submissions():
            wanted = expected[row.student]
            got = {result.exercise: f"{result.points:g} {result.status}" for result in row.results}
            assert got == {e.name: wanted[e.name] for e in assignment.exercises}, row.student
            assert (row.outcome, f"{row.points:g}") == (wanted["outcome"], wanted["total"])
            assert marks[row.student]["total"] == wanted["total"]
            assert all(len(result.message) > 5 for result in row.results)


def test_every_kind_is_in_the_class_and_marks_differ(graded_class):
    rows = csv_rows(graded_class[0] / "expected.csv")
    assert [row["what"] for row in rows] == [kind.__name__ for kind in demo.KINDS]
    assert len({row["total"] for row in rows}) >= 4


def test_the_report_says_what_was_found(graded_class):
    folder, finished = graded_class
    pages = {page.name.split("-")[0]: page.read_text() for page in (folder / "graded" / "feedback").iterdir()}
    assert len(pages) == 12
    assert "check cell was deleted: ours was used" in pages["goran"]
    assert "check cell was edited: ours was used" in pages["hana"]
    assert "not valid JSON" in pages["ines"]
    assert "kernel) ended" in pages["jonas"]
    log = (folder / "graded" / "run.log").read_text()
    assert all(sentence in log for sentence in sandbox.detect().describe())
    assert "[12/12]" in finished.stdout
    assert "Traceback" not in finished.stdout + finished.stderr


def test_a_second_run_grades_nothing_again_and_changes_nothing(graded_class):
    folder, _ = graded_class
    before = (folder / "graded" / "grades.csv").read_bytes()
    again = run_command("grade", folder / "submissions", "--out", folder / "graded", "--release", STEM, "--json")
    assert again.returncode == 0, again.stderr
    assert "12 graded before and kept" in again.stderr or "11 graded before" in again.stderr
    assert "seed 11" in again.stderr  # the gradebook's
    assert len(json.loads(again.stdout)) == 12
    assert (folder / "graded" / "grades.csv").read_bytes() == before


def test_other_seeds_and_workers_give_the_same_marks(graded_class, tmp_path):
    folder, _ = graded_class
    chosen = tmp_path / "in"
    chosen.mkdir()
    for student in ("Ada", "Dana"):
        (folder / "submissions" / student).rename(chosen / student)
    try:
        one = grade(chosen, tmp_path / "one", seed=1, workers=1)
        two = grade(chosen, tmp_path / "two", seed=2**40, workers=3)
    finally:
        for student in chosen.iterdir():
            student.rename(folder / "submissions" / student.name)
    assert {name: statuses(row) for name, row in one.items()} == {name: statuses(row) for name, row in two.items()}
    assert one["Ada"].points == one["Ada"].possible


# What an answer cell does, and what its exercise must come to ("{solution}" is the right answer; anything but "right"
# earns nothing). All other exercises of the submission must stay right.
DEAF = """
import signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
def {name}(*args, **kwargs):
    while True:
        try:
            while True:
                x = sum(range(100))
        except BaseException:
            x = 0
"""
LOSSES = {
    "exit": ("import os\ndef {name}(*args, **kwargs): os._exit(0)", "died"),
    "exit at once": ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n{solution}", "died"),
    "segmentation fault": ("import ctypes\ndef {name}(*args, **kwargs): ctypes.string_at(0)", "died"),
    "system exit": ("def {name}(*args, **kwargs): raise SystemExit", "error"),
    "quit": ("quit()", "not defined"),
    "memory": ("def {name}(*args, **kwargs): return bytearray(3 * 10**9)", "error"),
    "deaf loop": (DEAF, "time limit"),
    "loop at once": ("while True: pass\n{solution}", "time limit"),
    "not Python": ("def {name}(x:\n  return", "syntax"),
    "null byte": ("{solution}\n\0", "syntax"),
    "other name": ("def something_else(x): return x", "not defined"),
    "reads the reference": ("from mlopt_course.checks import first_order\n{solution}", "error"),
    "asks": ("input()\n{solution}", "error"),
    "fills the disk": ("f = open('big', 'wb')\nfor _ in range(1000): f.write(bytes(10**6))\n{solution}", "error"),
    "nothing but a comment": ("# I do not know", "not defined"),
    "praises itself": ("def {name}(*args, **kwargs):\n    print('right')\n    return 'right, 100 points'", None),
    "forges its answers": (
        "from IPython.display import publish_display_data\n"
        "def {name}(*args, **kwargs):\n"
        f"    publish_display_data({{{{'{MIME}': {{{{'exercise': '{{full}}', 'outcomes': [], 'passed': True}}}}}}}})\n",
        "none",
    ),
}
HARMLESS = {
    "prints a gigabyte": "print('x' * 10**9)\n{solution}",
    "a picture of 100 MB": "from IPython.display import HTML, display\ndisplay(HTML('x' * 10**8))\n{solution}",
    "warns": "import sys, warnings\nwarnings.warn('hm')\nprint('oh', file=sys.stderr)\n{solution}",
    "asks nbval to skip it": "# NBVAL_SKIP\n{solution}",
    "uses our names": "check = play = publish_display_data = None\n{solution}",
    "leaves children": (
        "import os\nfor _ in range(3):\n    if os.fork() == 0:\n        os.setsid()\n        if os.fork() == 0:\n"
        f"            os.execve('/bin/sleep', ['sleep', '{SLEEP}'], {{{{}}}})\n        os._exit(0)\n{{solution}}"
    ),
    "talks for ever": (
        "import threading\ndef talk():\n    while True: print('x' * 1000)\n"
        "threading.Thread(target=talk, daemon=True).start()\n{solution}"
    ),
}


def fill(template, name, solution):
    return template.format(name=name.partition(".")[2], full=name, solution=solution)


@pytest.fixture(scope="session")
def zoo(assignment, solutions, tmp_path_factory):
    """All hostile answers, at most three to a submission; graded once. Label -> (row, exercise, expected status)."""
    folder = tmp_path_factory.mktemp("zoo")
    names = [name for name in solutions if not demo.builds_on(solutions, name.partition(".")[2])]
    animals = [*LOSSES.items(), *((label, (code, "right")) for label, code in HARMLESS.items())]
    places = {}
    for start in range(0, len(animals), 3):
        answers = dict(solutions)
        for offset, (label, (code, status)) in enumerate(animals[start : start + 3]):
            name = names[(start + 2 * offset) % len(names)]
            answers[name] = fill(code, name, solutions[name])
            places[label] = (f"student {start}", name, status)
        hand_in(folder / "in" / f"student {start}", assignment, answers)
    rows = grade(folder / "in", folder / "out")
    return {label: (rows[student], name, status) for label, (student, name, status) in places.items()}


@pytest.mark.parametrize("label", [*LOSSES, *HARMLESS])
def test_hostile_answers_cost_only_themselves(zoo, label):
    row, name, wanted = zoo[label]
    assert row.outcome == "graded", row.message
    got = {result.exercise: result for result in row.results}
    if wanted is not None:
        assert got[name].status == wanted, got[name].message
    assert (got[name].points > 0) == (wanted == "right")
    peculiar = {place for other, place, _ in zoo.values() if other is row}
    others = {exercise: result.status for exercise, result in got.items() if exercise not in peculiar}
    assert set(others.values()) == {"right"}, others


def test_no_process_survives(zoo):
    alive = [p.pid for p in psutil.process_iter() if SLEEP in " ".join(_command_line(p))]
    assert alive == []


def _command_line(process):
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def test_the_judging_code_is_not_there_and_its_use_is_flagged(zoo):
    row, name, _ = zoo["reads the reference"]
    (result,) = [result for result in row.results if result.exercise == name]
    assert "ModuleNotFoundError" in result.message or "cannot import" in result.message
    assert any("judging code" in note for note in result.notes)


FORGERIES = {
    "displays for all exercises": (
        "from IPython.display import publish_display_data\nfor full, n in {counts}.items():\n"
        "    data = {{'exercise': full, 'outcomes': [{{'value': 1.0}}] * n}}\n"
        f"    publish_display_data({{{{'{MIME}': data}}}})\n"
    ),
    "replaces check": (
        "import mlopt_course.checks, mlopt_course.checks.notebook as notebook\n"
        "notebook.check = mlopt_course.checks.check = lambda *args: print('right')\n"
    ),
    "replaces collect": (
        "import mlopt_course.checks.notebook as notebook\n"
        "notebook.collect = lambda answer, cases, limits=None: [{{'value': 0, 'passed': True}}] * len(cases)\n"
    ),
    "patches numpy": "import numpy as np\nnp.allclose = np.isclose = np.array_equal = lambda *a, **k: True\n",
    "patches json": "import json\njson.load = json.loads = lambda *a, **k: {{}}\n",
    "other cases": (
        "import json, os\ncases = json.load(open(os.environ['MLOPT_INSTANCES']))\n"
        "json.dump({{key: value[:1] for key, value in cases.items()}}, open('mine.json', 'w'))\n"
        "os.environ['MLOPT_INSTANCES'] = os.path.abspath('mine.json')\n"
    ),
    "overwrites the cases": "import os\nopen(os.environ['MLOPT_INSTANCES'], 'w').write('{{}}')\n",
    "at exit": f"import atexit\natexit.register(lambda: print('{MIME}'))\n",
    "module tricks": "import sys\nsys.modules['mlopt_course.checks.answers'] = sys.modules['json']\n",
}


def test_forging_earns_nothing(assignment, solutions, tmp_path):
    """Every answer is worthless; the first cell tries to be paid for them all."""
    counts = {e.name: len(e.cases(3)) for e in assignment.exercises}
    names = list(solutions)
    worthless = {name: f"def {name.partition('.')[2]}(*args, **kwargs): return 'worthless'" for name in names}
    for label, code in FORGERIES.items():
        forged = code.format(counts=counts) + worthless[names[0]]
        hand_in(tmp_path / "in" / label, assignment, worthless | {names[0]: forged})
    rows = grade(tmp_path / "in", tmp_path / "out")
    assert {label: (row.outcome, row.points) for label, row in rows.items()} == dict.fromkeys(FORGERIES, ("graded", 0))


def test_a_kernel_sees_nothing_of_the_instructor(assignment, solutions, tmp_path, monkeypatch):
    """Each probe stands in an answer cell, and raises where it can see what it should not."""
    level = sandbox.detect().level
    monkeypatch.setenv("MLOPT_SECRET_OF_THE_INSTRUCTOR", "1")
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    hidden = [tmp_path / "out" / "gradebook.sqlite", tmp_path / "in", assignment.path, Path(demo.__file__)]
    probes = ["import os\nassert not [key for key in os.environ if 'SECRET' in key or key == 'MLOPT_SEED']"]
    probes.append(
        "import resource\nassert resource.getrlimit(resource.RLIMIT_AS)[0] <= 2**31\n"
        "assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)"
    )
    if level != "limits":
        probes.append(
            f"import socket\ntry:\n    socket.create_connection(('127.0.0.1', {port}), timeout=1)\nexcept OSError:\n"
            "    pass\nelse:\n    raise AssertionError"
        )
    if level == "bubblewrap":
        probes.append(f"import os\nassert not [path for path in {list(map(str, hidden))} if os.path.exists(path)]")
        probes.append(
            "import os\ntry:\n    open('/usr/x', 'w')\nexcept OSError:\n    pass\nelse:\n    raise AssertionError"
        )
    if sandbox.detect().as_nobody:
        probes.append("import os\nassert os.getuid() == 65534")
    answers = dict(solutions)
    for name, probe in zip(solutions, probes, strict=False):
        # The answer is right where the probe passed, and undefined where it raised.
        answers[name] = f"{probe}\n{solutions[name]}"
    hand_in(tmp_path / "in" / "ana", assignment, answers)
    with listener:
        row = grade(tmp_path / "in", tmp_path / "out")["ana"]
    assert set(statuses(row).values()) == {"right"}, [r.message for r in row.results if r.status != "right"]


def test_helpers_in_other_cells_are_explained(assignment, solutions, tmp_path):
    first = next(iter(solutions))
    code = f"def {first.partition('.')[2]}(*args, **kwargs): return helper(1)"
    hand_in(tmp_path / "in" / "ana", assignment, {first: code}, extra=["def helper(x): return x"])
    row = grade(tmp_path / "in", tmp_path / "out")["ana"]
    assert row.results[0].status == "error"
    assert any("`helper` is defined in another cell" in note for note in row.results[0].notes)


def test_a_folder_of_everything_strange_is_graded_to_its_end(assignment, solutions, tmp_path):
    folder = tmp_path / "in"
    hand_in(folder / "-rf ..", assignment, solutions)
    (folder / "empty").mkdir()
    (folder / "link.ipynb").symlink_to("/etc/passwd")
    (folder / "folder.ipynb").mkdir()
    for name, content in {
        "nothing": b"",
        "latin": b'{"cells": ["\xe9"]}',
        "other": nbformat.writes(nbformat.v4.new_notebook()).encode(),
        "number": b"7",
        "deep": b"[" * 10**6,
        "=formula": b"{}",
    }.items():
        (folder / f"{name}.ipynb").write_bytes(content)
    rows = grade(folder, tmp_path / "out")
    outcomes = {name: row.outcome for name, row in rows.items()}
    assert outcomes.pop("-rf ..") == "graded"
    assert outcomes.pop("other") == "not this assignment"
    assert set(outcomes.values()) == {"unreadable"}
    assert len(outcomes) == 8
    assert all(row.message for name, row in rows.items() if name != "-rf ..")
    assert rows["-rf .."].percent == 100


def test_an_answer_that_builds_on_a_wrong_one_is_told_so(assignment, solutions, tmp_path):
    first, second = list(solutions)[:2]
    function = first.partition(".")[2]
    wrong = f"def {function}(*args, **kwargs): return None"
    building = f"def {second.partition('.')[2]}(*args, **kwargs): return {function}()"
    hand_in(tmp_path / "in" / "ana", assignment, solutions | {first: wrong, second: building})
    row = grade(tmp_path / "in", tmp_path / "out")["ana"]
    assert any(f"calls `{function}`, which is not right" in note for note in row.results[1].notes)
    assert row.results[0].notes == []


def wait_for(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("waited in vain")


def kernels():
    return [p.pid for p in psutil.process_iter() if "mlopt_course.grading.student_kernel" in _command_line(p)]


def test_a_killed_run_goes_on_where_it_was(assignment, solutions, tmp_path):
    for i in range(3):
        hand_in(tmp_path / "in" / f"s{i}", assignment, solutions)
    out = tmp_path / "out"
    command = [*COMMAND, "grade", str(tmp_path / "in"), "--out", str(out), "--release", STEM, "--workers", "1"]
    others = set(kernels())
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        for line in process.stdout:
            if line.startswith("[1/3]"):
                break
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
    with Gradebook(out / "gradebook.sqlite") as book:
        before = {row.student: (row.id, row.graded) for row in book.submissions()}
        assert book.last_run().finished is None
    assert 1 <= len(before) < 3
    wait_for(lambda: not set(kernels()) - others, 20)
    again = subprocess.run(command, capture_output=True, text=True, check=True)
    assert f"{len(before)} graded before and kept" in again.stdout
    with Gradebook(out / "gradebook.sqlite") as book:
        rows = {row.student: row for row in book.submissions()}
    assert len(rows) == 3
    assert all(row.percent == 100 for row in rows.values())
    assert {name: (rows[name].id, rows[name].graded) for name in before} == before


def test_a_worker_that_dies_costs_one_submission(assignment, solutions, tmp_path):
    slow = f"import time\ntime.sleep(30)\n{next(iter(solutions.values()))}"
    hand_in(tmp_path / "in" / "a", assignment, solutions | {next(iter(solutions)): slow})
    hand_in(tmp_path / "in" / "b", assignment, solutions)
    options = session.Options(tmp_path / "in", tmp_path / "out", STEM, 5, 1, 60.0)

    def kill(event):
        if isinstance(event, session.Step) and event.student == "a" and event.outcome is None:
            from multiprocessing import forkserver

            server = psutil.Process(forkserver._forkserver._forkserver_pid)
            wait_for(server.children)
            server.children()[0].kill()

    with Gradebook(session.grade_folder(options, kill)) as book:
        rows = {row.student: row for row in book.submissions()}
    assert (rows["a"].outcome, rows["a"].points) == ("not graded", None)
    assert "grader's process" in rows["a"].message
    assert rows["b"].percent == 100


def test_two_runs_do_not_write_to_one_folder(graded_class, tmp_path):
    folder, _ = graded_class
    with session._locked(tmp_path / "out"):
        second = run_command("grade", folder / "submissions", "--out", tmp_path / "out", "--release", STEM)
    assert second.returncode == 1
    assert "another run" in second.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing", "--out", "out"], "missing is not a folder"),
        (["empty", "--out", "out"], "holds no submissions"),
        (["file", "--out", "out"], "file is not a folder"),
        (["class", "--out", "file"], "file is not a folder"),
        (["class", "--out", "file/out"], "Not a directory"),
        (["class", "--out", "/proc/nothing/out"], "/proc/nothing"),
        (["class", "--out", "class"], "class lies among the submissions"),
        (["class", "--out", "class/out"], "class/out lies among the submissions"),
        (["class", "--out", "marked"], "marked holds the marks of 02_other: 03_first_order needs another --out"),
        (["class", "--out", "out", "--release", "99_nothing"], "there is no assignment '99_nothing'; there are: 01"),
        (["class", "--out", "out", "--release", "file"], "is not an assignment"),
        (["class", "--out", "out", "--release", "plain.ipynb"], "has no check cell"),
        (["class", "--out", "out", "--release", "unknown.ipynb"], "'first_order.nonsense' is unknown"),
        (["class", "--out", "out", "--workers", "0"], "workers"),
        (["class", "--out", "out", "--timeout", "-1"], "timeout"),
    ],
)
def test_what_stops_a_run_is_one_line(tmp_path, monkeypatch, capsys, arguments, message):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x")
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "ana 03_first_order.ipynb").write_text("{}")
    v4 = nbformat.v4
    nbformat.write(v4.new_notebook(), tmp_path / "plain.ipynb")
    cell = v4.new_code_cell('check("first_order.nonsense", f)', metadata={"nbgrader": {"grade": True}})
    nbformat.write(v4.new_notebook(cells=[cell]), tmp_path / "unknown.ipynb")
    (tmp_path / "marked").mkdir()
    with Gradebook(tmp_path / "marked" / "gradebook.sqlite") as book:
        book.start_run(
            assignment="02_other", release_hash="", seed=1, settings={}, protection=[], exercises=[]
        )  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert main(["grade", *arguments]) != 0
    errors = capsys.readouterr().err
    assert message in errors
    assert len([line for line in errors.splitlines() if line.startswith("Error")]) == 1
    assert "Traceback" not in errors


def test_a_full_disk_is_one_line(tmp_path):
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "ana.ipynb").write_text("{}")

    def little_room():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))

    done = run_command(
        "grade", tmp_path / "class", "--out", tmp_path / "out", "--release", STEM, preexec_fn=little_room
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")
    assert len(done.stderr.splitlines()) == 1


def test_protection_is_described_as_it_is():
    none = " ".join(sandbox.Protection("limits").describe())
    assert "OPEN" in none
    assert "NOT hidden" in none
    best = " ".join(sandbox.Protection("bubblewrap", True).describe())
    assert "OPEN" not in best
    assert "nobody" in best


@pytest.mark.parametrize("level", ["unshare", "limits"])
def test_weaker_protection_still_grades_and_leaves_nothing(assignment, solutions, tmp_path, monkeypatch, level):
    if level == "unshare" and not sandbox._works([*sandbox._UNSHARE, "true"]):
        pytest.skip("no namespaces on this machine")
    monkeypatch.setattr(sandbox, "detect", lambda: sandbox.Protection(level))
    names = [name for name in solutions if not demo.builds_on(solutions, name.partition(".")[2])]
    answers = dict(solutions)
    answers[names[0]] = fill(HARMLESS["leaves children"], names[0], solutions[names[0]])
    answers[names[1]] = fill(LOSSES["reads the reference"][0], names[1], solutions[names[1]])
    answers[names[2]] = fill(LOSSES["exit"][0], names[2], "")
    hand_in(tmp_path / "in" / "ana", assignment, answers)
    found = statuses(grade(tmp_path / "in", tmp_path / "out")["ana"])
    assert found == dict.fromkeys(solutions, "right") | {names[1]: "error", names[2]: "died"}
    assert not [p.pid for p in psutil.process_iter() if SLEEP in " ".join(_command_line(p))]
    assert os.path.exists(tmp_path / "out" / "run.log")
