"""Grades one submission, in a process of its own: read, rebuild, run under nbval, judge. All it says is JSON.

`grade` never raises for what is in a submission: whatever is wrong there becomes the outcome.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import time
from dataclasses import asdict, dataclass
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import nbformat
import nbval.plugin  # noqa: F401  (loaded once, in the process that all workers are forked from)
import pytest
from jupyter_client.provisioning import KernelProvisionerFactory

from mlopt_course.checks import Exercise, exercise

from . import kernel, verdicts
from .nbval_plugin import Recorder
from .notebooks import Unreadable, read_cells
from .rebuild import Rebuilt, exercise_names, rebuild, release_parts
from .sandbox import Box, Limits, Protection


@dataclass(frozen=True)
class Job:
    """All that a worker is told.

    Parameters
    ----------
    submission, release : str
        Paths of the two notebooks.
    folder : str
        A short-lived folder for the kernel (see `sandbox.Box`).
    package : str
        Folder with the students' copy of the package.
    seed : int
        The instructor's seed.
    limits, protection : dict
        Fields of `sandbox.Limits` and `sandbox.Protection`.
    """

    submission: str
    release: str
    folder: str
    package: str
    seed: int
    limits: dict[str, Any]
    protection: dict[str, Any]


def work(connection: Any, text: str) -> None:
    """Body of a worker process: a job as JSON in, an outcome as JSON out, and nothing left running."""
    kernel.die_with_parent()
    kernel.adopt_orphans()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started us decides
    silent = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(silent, descriptor)
    job = Job(**json.loads(text))
    try:
        outcome = grade(job)
    except Exception as error:  # ours, not the student's: the submission stays ungraded
        outcome = failed(f"The grader failed: {type(error).__name__}: {error}"[:500])
    kernel.end_descendants(Path(job.folder).name)
    # A lone surrogate, which no file and no database takes, becomes a question mark.
    connection.send_bytes(json.dumps(outcome, ensure_ascii=False).encode("utf-8", "replace"))
    connection.close()


def grade(job: Job) -> dict[str, Any]:
    """Outcome of a submission: ``{"outcome", "message", "notes", "results", "seconds", "restarts"}``.

    ``outcome`` is "graded", "unreadable", "not this assignment", or "not graded" when the fault is ours.
    """
    started = time.monotonic()
    release = nbformat.read(job.release, as_version=4)
    exercises = [exercise(name) for name in exercise_names(release_parts(release))]
    try:
        cells = read_cells(Path(job.submission).read_bytes())
        rebuilt = rebuild(release, cells)
    except Unreadable as reason:
        return unreadable(exercises, str(reason))
    except OSError as error:
        return unreadable(exercises, f"The file cannot be opened: {error.strerror}.")
    recorder = Recorder(Limits(**job.limits).seconds, Limits(**job.limits).output_bytes)
    if rebuilt.answered:
        run_notebook(rebuilt, exercises, job, recorder)
    if recorder.failure or (rebuilt.answered and not recorder.cells):
        return failed("The notebook could not be run: " + (recorder.failure or "nbval ran no cell")[-400:])
    marks = verdicts.results(exercises, job.seed, recorder.seconds, rebuilt, recorder.cells, recorder.answers)
    outcome = _outcome("graded", "", [mark.as_data() for mark in marks])
    if len(rebuilt.missing - rebuilt.answered) == len(exercises):
        outcome |= {"outcome": "not this assignment"}
        outcome |= {"message": "The notebook has none of the assignment's answer cells: is it another notebook?"}
    outcome["notes"] = rebuilt.notes.get("", [])
    outcome |= {"seconds": round(time.monotonic() - started, 3), "restarts": recorder.restarts}
    return outcome


def unreadable(exercises: list[Exercise], reason: str) -> dict[str, Any]:
    """The outcome of a submission that there is no reading: no points, one sentence."""
    text = "The notebook could not be read."
    marks = [verdicts.Result(e.name, e.title, 0, e.points, "unreadable", text).as_data() for e in exercises]
    return _outcome("unreadable", reason, marks)


def failed(message: str) -> dict[str, Any]:
    """The outcome of a submission that the grader, not the student, failed on."""
    return _outcome("not graded", message)


def _outcome(kind: str, message: str, results: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {"outcome": kind, "message": message, "notes": [], "results": results or [], "seconds": 0.0, "restarts": 0}


def run_notebook(rebuilt: Rebuilt, exercises: list[Exercise], job: Job, recorder: Recorder) -> None:
    """Run the rebuilt notebook under nbval, in kernels from our provisioner; ``recorder`` is told what happens."""
    folder = Path(job.folder)
    box = Box(folder, Path(job.package), Protection(**job.protection), Limits(**job.limits))
    box.instances.write_text(verdicts.instances_file(exercises, job.seed), encoding="utf-8")
    notebook = folder / "notebook.ipynb"
    nbformat.write(rebuilt.notebook, notebook)
    box.to_environment()
    register_provisioner()
    os.environ["JUPYTER_DEFAULT_PROVISIONER_NAME"] = kernel.NAME
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.environ.pop("PYTEST_ADDOPTS", None)
    os.chdir(folder)
    # The other plugins left out collect garbage at the end, which takes longer than many a notebook.
    without = ("cacheprovider", "unraisableexception", "threadexception")
    arguments = ["-p", "nbval.plugin", "--nbval-lax", "--nbval-current-env", "-q"]
    arguments += [part for plugin in without for part in ("-p", f"no:{plugin}")]
    arguments += ["-c", os.devnull, "--rootdir", str(folder), "--color=no", "--tb=no", str(notebook)]
    with contextlib.redirect_stdout(io.StringIO()):
        pytest.main(arguments, plugins=[recorder])


def register_provisioner() -> None:
    """Make our provisioner known where the package is not installed with its entry points."""
    factory = KernelProvisionerFactory.instance()
    if kernel.NAME not in factory.provisioners:
        target = f"{kernel.__name__}:SandboxProvisioner"
        factory.provisioners[kernel.NAME] = EntryPoint(kernel.NAME, target, factory.GROUP_NAME)


def to_json(job: Job) -> str:
    """A job as text for `work`."""
    return json.dumps(asdict(job))
