"""Hostile answers that once cost more than their own exercise: other exercises, the mark, the disk, the batch."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections import deque
from types import SimpleNamespace

import nbformat
import pytest
from test_grading_runs import STEM, assignment, fill, grade, hand_in, solutions, statuses  # noqa: F401

from mlopt_course.checks import exercise
from mlopt_course.checks.notebook import ANSWERS_MIME, check
from mlopt_course.grading import client, demo, kernel, nbval_plugin, notebooks, rebuild, run, sandbox, session, verdicts

# Each is put into one answer; the other exercises of the submission must stay right.
SPOILERS = {
    "clears all names": ("%reset -f\n{solution}", "error"),
    "breaks what check needs": ("import builtins\nbuiltins.open = None\n{solution}", "no answer"),
    "breaks the time limit": ("import signal\nsignal.signal = signal.setitimer = None\n{solution}", "error"),
    "leaves at its end": ("get_ipython().ask_exit()\n{solution}", "right"),
}
FORGER = """
import threading, time
def forge():
    shell = get_ipython().kernel
    data = {{"exercise": "{full}", "outcomes": []}}
    while True:
        time.sleep(0.01)
        content = {{"data": {{"application/vnd.mlopt.answers+json": data}}, "metadata": {{}}}}
        shell.session.send(shell.iopub_socket, "display_data", content, parent=shell.get_parent())
threading.Thread(target=forge, daemon=True).start()
{solution}
"""
SQUATTER = """
import os
import shutil
import subprocess
import sys
from ipykernel.connect import get_connection_file
def {name}(*args, **kwargs):
    folder = os.path.dirname(get_connection_file())
    for number in range(30):
        with open(f"{{folder}}/{{number}}", "wb") as file:
            file.write(bytes(10**6))
    os._exit(1)
"""
CROWD = """
import os, time
for _ in range(9):
    if os.fork() == 0:
        held = b"x" * (150 * 10**6)
        time.sleep(60)
time.sleep(30)
"""


# Stays within its time, but leaves a process behind.
LITTERER = """
import os, time
{solution}
_answer, _times = {name}, []
def {name}(*args, **kwargs):
    if not _times:
        _times.append(1)
        time.sleep(1.2)
        if os.fork() == 0:
            time.sleep(60)
    return _answer(*args, **kwargs)
"""
HOARDER = """
def _hoard():
    for place in ("/dev/shm", "/dev", "/tmp", "."):
        try:
            for number in range(8):
                with open(f"{{place}}/hoard{{number}}", "wb") as file:
                    for _ in range(10):
                        file.write(bytes(10**6))
        except OSError:
            continue
        raise AssertionError(place)
_hoard()
{solution}
"""


@pytest.fixture(scope="module")
def spoilt(assignment, solutions, tmp_path_factory):  # noqa: F811
    """Submissions with spoilers; label -> (row, exercise)."""
    folder = tmp_path_factory.mktemp("spoilt")
    names = [name for name in solutions if not demo.builds_on(solutions, name.partition(".")[2])]
    cases = {label: code for label, (code, _) in SPOILERS.items()} | {"forges for all": FORGER}
    for label, code in cases.items():
        hand_in(folder / "in" / label, assignment, solutions | {names[1]: fill(code, names[1], solutions[names[1]])})
    two = {names[1]: fill(SQUATTER, names[1], ""), names[2]: CROWD + solutions[names[2]]}
    hand_in(folder / "in" / "greedy", assignment, solutions | two)
    hand_in(folder / "in" / "litter", assignment, solutions | {names[1]: fill(LITTERER, names[1], solutions[names[1]])})
    hand_in(folder / "in" / "hoard", assignment, solutions | {names[1]: fill(HOARDER, names[1], solutions[names[1]])})
    rows = grade(folder / "in", folder / "out", memory_mb=1024)
    return rows, names


@pytest.mark.parametrize("label", SPOILERS)
def test_what_one_answer_breaks_costs_no_other(spoilt, solutions, label):  # noqa: F811
    rows, names = spoilt
    assert statuses(rows[label]) == dict.fromkeys(solutions, "right") | {names[1]: SPOILERS[label][1]}
    assert rows[label].restarts <= 3


def test_answers_are_taken_from_their_own_check_alone(spoilt, solutions):  # noqa: F811
    rows, names = spoilt
    others = {name: status for name, status in statuses(rows["forges for all"]).items() if name != names[1]}
    assert others == dict.fromkeys(others, "right")


def test_neither_the_sockets_folder_nor_a_crowd_of_processes_is_a_way_out(spoilt, solutions):  # noqa: F811
    rows, names = spoilt
    got = {result.exercise: result for result in rows["greedy"].results}
    wanted = "error" if sandbox.detect().as_nobody else "died"  # without a user of its own it is ended for it
    assert (rows["greedy"].outcome, got[names[1]].status) == ("graded", wanted)
    assert got[names[2]].status == "died"
    assert "together used more than 1024 MB of memory" in got[names[2]].message
    rest = {name: status for name, status in statuses(rows["greedy"]).items() if name not in names[1:3]}
    assert rest == dict.fromkeys(rest, "right")


def test_a_kernel_with_company_is_replaced(spoilt, solutions):  # noqa: F811
    row = spoilt[0]["litter"]
    assert statuses(row) == dict.fromkeys(solutions, "right")
    assert row.restarts == (1 if sandbox.detect().level != "limits" else row.restarts)


def test_every_place_to_write_to_is_small(spoilt, solutions):  # noqa: F811
    if sandbox.detect().level != "bubblewrap":
        pytest.skip("the file system is hidden by bubblewrap only")
    assert statuses(spoilt[0]["hoard"]) == dict.fromkeys(solutions, "right")


def test_a_folder_of_sockets_that_fills_is_noticed(tmp_path):
    assert sandbox.size_of(tmp_path) == 0
    (tmp_path / "empty").touch()
    assert 0 < sandbox.size_of(tmp_path) <= 4096
    (tmp_path / "big").write_bytes(b"x" * sandbox.SOCKETS_BYTES)
    assert sandbox.size_of(tmp_path) > sandbox.SOCKETS_BYTES
    assert sandbox.size_of(tmp_path / "gone") == 0


HOLDER = """
print("ready", flush=True)
input()
held = b"x" * 50_000_000
print(len(held), flush=True)
input()
"""


def test_memory_is_counted_over_a_family():
    """A shell and its child, which takes 50 MB when it is told to."""
    shell = ["sh", "-c", '"$0" -c "$1"; true', sys.executable, HOLDER]
    with subprocess.Popen(shell, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as family:
        family.stdout.readline()
        before = kernel.memory_used(family.pid, 10**6)
        family.stdin.write("take\n")
        family.stdout.readline()
        assert 45 < kernel.memory_used(family.pid, 10**6) - before < 60
        family.stdin.write("leave\n")
    assert kernel.memory_used(2**22 + 1, 1) == 0  # no such process


def test_a_package_that_cannot_be_copied_is_one_line(tmp_path, monkeypatch):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "ana.ipynb").write_text("{}")

    def full(source, target, **options):
        raise shutil.Error([(f"{source}/{i}", target, f"[Errno 28] No space left on device: {i!r}") for i in range(99)])

    monkeypatch.setattr(sandbox.shutil, "copytree", full)
    with pytest.raises(session.GradeError) as caught:
        session.grade_folder(session.Options(tmp_path / "in", tmp_path / "out", STEM))
    assert str(caught.value) == "the package cannot be copied for the kernels: [Errno 28] No space left on device: 0"


def test_each_kernel_gets_a_new_folder_for_its_sockets(tmp_path):
    box = sandbox.Box(tmp_path, tmp_path, sandbox.Protection("limits"), sandbox.Limits())
    box.instances.touch()
    assert box.prepare().sockets != box.prepare().sockets
    assert box.prepare().sockets.parent == tmp_path


def unconnected(wants=True, exercise_name="first_order.one"):
    """A kernel's client without a kernel."""
    made = client.DrainedKernel.__new__(client.DrainedKernel)
    made.waiting, made.run, made.wants_answers = deque(), client.CellRun("check", exercise_name), wants
    made.printed, made.answer = 0, None
    return made


def test_a_flood_of_errors_is_not_kept():
    made = unconnected()
    for _ in range(1000):
        made._keep({"msg_type": "error"}, "error", {"ename": 3, "evalue": "x" * 10**6, "traceback": ["y" * 10**6] * 9})
    assert len(made.waiting) == 1
    content = {"ename": "E", "evalue": "v" * 10**6, "traceback": ["z" * 10**6]}
    made._keep({"msg_type": "error"}, "error", content)
    assert len(json.dumps(content)) < 50_000


def test_answers_to_another_exercise_are_not_taken():
    made = unconnected()
    for name, outcomes in (("first_order.one", [1]), ("first_order.two", [2]), (["x"], [3])):
        made._keep({}, "display_data", {"data": {client.MIME: {"exercise": name, "outcomes": outcomes}}})
    assert made.answer == {"exercise": "first_order.one", "outcomes": [1]}


@pytest.mark.parametrize(
    ("outcomes", "spoilt"),
    [
        (None, True),
        ([], True),
        ("text", True),
        ([{"value": 1.0}], False),
        ([{"value": 1.0}, {"error": {"type": "TypeError", "message": "", "line": None}}], False),
        ([{"error": {"type": "TypeError", "message": "", "line": None}}], True),
        ([{"error": {"type": "TypeError", "message": "", "line": 3}}], False),
        ([{"error": {"type": "NameError", "message": "name 'np' is not defined", "line": 3}}], True),
        ([{"value": 1.0}, {"error": {"type": "NameError", "message": "name 'np' is not defined", "line": 3}}], True),
        ([{"error": {"type": "NameError", "message": "name 'npp' is not defined", "line": 3}}], False),
        ([{"error": {"type": "wrong arguments", "message": "(x)", "line": None}}], False),
        ([{"error": {"type": ["x"], "message": ["y"], "line": {}}}], False),
    ],
)
def test_what_may_be_another_exercises_fault(outcomes, spoilt):
    assert nbval_plugin._is_spoilt(outcomes, {"np", "plt"}) is spoilt


def test_names_that_a_cell_needs():
    assert nbval_plugin._used("def f(x): return g(x.T) + math.pi") == {"g", "x", "math"}
    assert {"run", "f"} <= nbval_plugin._used("%run f(")


def test_an_answer_of_blank_lines_is_read_at_once():
    v4 = nbformat.v4
    mark = {"nbgrader": {"grade_id": "one", "solution": True}}
    check_cell = v4.new_code_cell('check("first_order.one", one)', metadata={"nbgrader": {"grade": True}})
    release = v4.new_notebook(cells=[v4.new_code_cell("def one(x): ...", metadata=mark), check_cell])
    started = time.process_time()
    for blank in ("\n", "  \n", "import\n", "\t"):
        source = "def one(x): return 1\n" + blank * (900_000 // len(blank))
        assert rebuild.rebuild(release, [notebooks.Cell("code", source, "one")]).answered
    assert time.process_time() - started < 5


def test_more_cells_than_any_notebook_has():
    raw = b'{"cells": [' + b"{}," * notebooks.MAX_CELLS + b"{}]}"
    with pytest.raises(notebooks.Unreadable, match="20001 cells"):
        notebooks.read_cells(raw)
    assert len(notebooks.read_cells(raw.replace(b"{},", b"", 1))) == notebooks.MAX_CELLS


def test_a_result_is_text_that_can_be_stored_and_printed(solutions):  # noqa: F811
    name = next(iter(solutions))
    one = exercise(name)
    rebuilt = rebuild.Rebuilt(nbformat.v4.new_notebook(), answered={name})
    bad = "\ud800 \x1b[31m \x00 \u202e"
    cells = [client.CellRun("answer", name, "error", bad, bad)]
    (result,) = verdicts.results([one], 1, 5.0, rebuilt, cells, {})
    assert result.status == "error"
    assert all(c.isprintable() or c == "\n" for c in result.message)
    result.message.encode()


def test_an_outcome_with_a_lone_surrogate_reaches_the_other_side(monkeypatch):
    sent = []
    connection = SimpleNamespace(send_bytes=sent.append, close=lambda: None)
    for name in ("die_with_parent", "adopt_orphans", "end_descendants"):
        monkeypatch.setattr(kernel, name, lambda *arguments: None)
    monkeypatch.setattr(run.signal, "signal", lambda *arguments: None)
    monkeypatch.setattr(run.os, "dup2", lambda *arguments: None)
    monkeypatch.setattr(run, "grade", lambda job: {"message": "\ud800", "name": "é"})
    job = run.Job("a", "b", "c", "d", 1, {}, {})
    run.work(connection, run.to_json(job))
    assert json.loads(sent[0]) == {"message": "?", "name": "é"}


def test_the_time_that_an_answer_has_is_the_graders(solutions, tmp_path, monkeypatch):  # noqa: F811
    """``--timeout`` above 10 s lengthens, and below shortens, what `check` itself allows."""
    name = next(iter(solutions))
    cases = tmp_path / "cases.json"
    cases.write_text(verdicts.instances_file([exercise(name)], 1))
    box = sandbox.Box(tmp_path, tmp_path, sandbox.Protection("limits"), sandbox.Limits(seconds=0.25))
    for variable, value in sandbox.environment(box).items():
        if variable.startswith("MLOPT_"):
            monkeypatch.setenv(variable, value)
    monkeypatch.setenv("MLOPT_INSTANCES", str(cases))
    published = []
    monkeypatch.setattr("IPython.display.publish_display_data", published.append)

    def loops(**arguments):
        while True:
            pass

    check(name, lambda *args, **kwargs: loops())
    outcomes = published[0][ANSWERS_MIME]["outcomes"]
    assert {outcome["error"]["message"] for outcome in outcomes} == {"within 0.25 seconds"}
