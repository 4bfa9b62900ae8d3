"""A grading run from beginning to end: find, grade what is not graded yet, record, report.

Raises `GradeError`, whose text is one line, where the run itself cannot go on; never for what is in a submission.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import nbformat

import mlopt_course
from mlopt_course.checks import Exercise, exercise
from mlopt_course.release import notebook_folder

from . import kernel, pool, report, run, sandbox, submissions
from .gradebook import Gradebook, GradebookError
from .rebuild import BadRelease, exercise_names, release_parts


class GradeError(Exception):
    """The run cannot go on; the text is one line for the instructor."""


@dataclass(frozen=True)
class Options:
    """What ``mlopt grade`` was asked for (see its help); ``seed`` None takes the gradebook's, or draws one."""

    submissions: Path
    out: Path
    release: str | None = None
    seed: int | None = None
    workers: int = 1
    seconds: float = 20.0
    memory_mb: int = 2048
    regrade: bool = False


@dataclass(frozen=True)
class Assignment:
    """A release that can be graded."""

    path: Path
    exercises: list[Exercise]
    digest: str

    @property
    def stem(self) -> str:
        return self.path.stem


@dataclass(frozen=True)
class Step:
    """For the progress display: the submission begins (``outcome`` None), or is done."""

    student: str
    outcome: dict[str, Any] | None = None


@dataclass(frozen=True)
class Plan:
    """What a run is about to do."""

    assignment: Assignment
    found: int
    to_grade: int
    seed: int
    protection: list[str]
    ignored: list[str] = field(default_factory=list)  # files that are no notebooks


Listener = Callable[[Plan | Step], None]

NO_SUBMISSIONS = "holds no submissions (expected <student>/<notebook>.ipynb or <student>.ipynb)"


def grade_folder(options: Options, listen: Listener = lambda event: None) -> Path:
    """Grade a folder of submissions; returns the path of the gradebook.

    Raises
    ------
    GradeError
        No such folder or release, nothing to grade, the output cannot be written, another run is writing it.
    """
    if not options.submissions.is_dir():
        raise GradeError(f"{options.submissions} is not a folder with submissions")
    assignment = find_assignment(options.release, options.submissions)
    found = _find(options.submissions, assignment.stem)
    if options.submissions.resolve() in (options.out.resolve(), *options.out.resolve().parents):
        raise GradeError(f"{options.out} lies among the submissions, where it would be taken for a student's folder")
    kernel.sweep()
    try:
        with _locked(options.out), Gradebook(options.out / "gradebook.sqlite") as book:
            _grade(options, assignment, found, book, listen)
            report.write(book, options.out)
    except GradebookError as error:
        raise GradeError(str(error)) from None
    except shutil.Error as errors:  # one for each file that could not be copied
        raise GradeError(f"the package cannot be copied for the kernels: {errors.args[0][0][2]}") from None
    except OSError as error:
        place = error.filename or options.out
        raise GradeError(f"{place}: {error.strerror or error}") from None
    return options.out / "gradebook.sqlite"


def find_assignment(name: str | None, handed_in: Path | None = None) -> Assignment:
    """The release of that path, stem or chapter; if None, the one whose name the files handed in carry."""
    folder = notebook_folder("exercises")
    known = sorted(folder.glob("*.ipynb"))
    if name is None:
        matches = _named_by(handed_in, known)
    elif Path(name).is_file():
        matches = [Path(name).resolve()]
    else:
        matches = [path for path in known if name in (path.stem, path.name, path.stem.partition("_")[2])]
    if len(matches) != 1:
        stems = ", ".join(path.stem for path in known) or "none"
        several = f" (files of {len(matches)} are here)" if matches else ""
        needed = f"--release is needed to say which assignment{several}"
        wanted = needed if name is None else f"there is no assignment {name!r}"
        raise GradeError(f"{wanted}; there are: {stems}")
    path = matches[0]
    try:
        raw = path.read_bytes()
        names = exercise_names(release_parts(nbformat.reads(raw.decode("utf-8"), as_version=4)))
        exercises = [exercise(name) for name in names]
    except (BadRelease, OSError, UnicodeDecodeError, nbformat.reader.NotJSONError, SyntaxError) as error:
        raise GradeError(f"{path} is not an assignment: {error}".splitlines()[0]) from None
    except ValueError as error:
        raise GradeError(f"{path}: {error}") from None
    return Assignment(path, exercises, _digest(raw))


def _named_by(handed_in: Path | None, known: list[Path]) -> list[Path]:
    """The assignments whose names are in those of the files handed in; all where there is but one."""
    if len(known) < 2:
        return known
    if handed_in is None:
        return []
    files = [path.name for pattern in ("*.ipynb", "*/*.ipynb") for path in handed_in.glob(pattern)]
    if not files:
        raise GradeError(f"{handed_in} {NO_SUBMISSIONS}")
    return [assignment for assignment in known if any(assignment.stem in file for file in files)]


def _digest(release: bytes) -> str:
    """Changes when marks may change: with the release, and with how answers are judged."""
    checks = Path(mlopt_course.__file__).parent / "checks"
    parts = [release, *(path.read_bytes() for path in sorted(checks.rglob("*.py")))]
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def _find(folder: Path, stem: str) -> list[submissions.Submission]:
    try:
        found = submissions.find(folder, stem)
    except OSError as error:
        raise GradeError(f"{folder} cannot be read: {error.strerror}") from None
    if not found:
        raise GradeError(f"{folder} {NO_SUBMISSIONS}")
    return found


@contextlib.contextmanager
def _locked(out: Path) -> Iterator[None]:
    """One run at a time writes to a folder."""
    if out.exists() and not out.is_dir():
        raise GradeError(f"{out} is not a folder")
    out.mkdir(parents=True, exist_ok=True)
    with open(out / ".lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise GradeError(f"another run of mlopt grade is writing to {out}") from None
        yield


def _grade(
    options: Options,
    assignment: Assignment,
    found: list[submissions.Submission],
    book: Gradebook,
    listen: Listener,
) -> None:
    last = book.last_run()
    if last is not None and last.assignment != assignment.stem:
        raise GradeError(f"{options.out} holds the marks of {last.assignment}: {assignment.stem} needs another --out")
    seed = options.seed
    if seed is None:
        seed = last.seed if last is not None else secrets.randbelow(2**31)
    done = {} if options.regrade else book.graded(assignment.digest, seed)
    todo = [one for one in found if one.fault or done.get(one.student) != one.sha256]
    protection = sandbox.detect()
    limits = sandbox.Limits(options.seconds, options.memory_mb, len(assignment.exercises))
    sentences = protection.describe()
    book.keep_only([one.student for one in found])
    number = book.start_run(
        assignment=assignment.stem,
        release_hash=assignment.digest,
        seed=seed,
        settings=asdict(limits) | {"workers": options.workers},
        protection=sentences,
        exercises=[{"name": e.name, "title": e.title, "points": e.points} for e in assignment.exercises],
    )
    listen(Plan(assignment, len(found), len(todo), seed, sentences, submissions.ignored(options.submissions)))
    for one in todo:
        if one.fault:
            outcome = run.unreadable(assignment.exercises, one.fault)
            _record(book, number, one, outcome, listen)
    readable = [one for one in todo if not one.fault]
    if readable:
        _grade_readable(options, assignment, readable, seed, limits, protection, book, number, listen)
    book.finish_run(number)


def _grade_readable(
    options: Options,
    assignment: Assignment,
    readable: list[submissions.Submission],
    seed: int,
    limits: sandbox.Limits,
    protection: sandbox.Protection,
    book: Gradebook,
    number: int,
    listen: Listener,
) -> None:
    package = kernel.short_folder()

    def make_job(one: submissions.Submission, folder: str) -> run.Job:
        place = str(one.path.absolute())
        return run.Job(
            place, str(assignment.path), folder, str(package), seed, asdict(limits), asdict(protection)
        )  # fmt: skip

    patience = (limits.exercises + 3) * (limits.seconds + 8) + 120
    try:
        sandbox.student_package(package)
        for event in pool.grade_all(readable, make_job, options.workers, patience):
            if event.outcome is None:
                listen(Step(event.submission.student))
            else:
                _record(book, number, event.submission, event.outcome, listen)
    finally:
        shutil.rmtree(package, ignore_errors=True)


def _record(
    book: Gradebook, number: int, one: submissions.Submission, outcome: dict[str, Any], listen: Listener
) -> None:
    fields = {key: outcome[key] for key in ("outcome", "message", "seconds", "restarts")}
    notes = [*([one.note] if one.note else []), *outcome["notes"]]
    path = submissions.display_name(os.fspath(one.path))
    book.record(
        number,
        {**fields, "notes": notes, "student": one.student, "path": path, "sha256": one.sha256},
        outcome["results"],
    )
    listen(Step(one.student, outcome))
