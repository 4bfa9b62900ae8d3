"""From what a run left behind to a mark and a sentence for every exercise. Runs on our side only."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field
from typing import Any

from mlopt_course.checks import Exercise
from mlopt_course.checks.answers import encode
from mlopt_course.checks.judge import judge

from .client import CellRun
from .rebuild import ROLE, Rebuilt, calls

MAX_MESSAGE = 2000


@dataclass
class Result:
    """The mark of one exercise.

    ``status`` is a `Verdict.kind` ("right", "unanswered", "misconception", "value", ...) or, where there was nothing
    to judge, "missing", "syntax", "not defined", "died", "time limit", "no answer".
    """

    exercise: str
    title: str
    points: float
    possible: float
    status: str
    message: str
    misconception: str | None = None
    hint: str = ""
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0
    printed: int = 0

    def as_data(self) -> dict[str, Any]:
        return asdict(self)


def cases(exercise: Exercise, seed: int) -> list[dict[str, Any]]:
    """The instructor's cases of an exercise: other ones for every exercise and seed, the same for every student."""
    digest = hashlib.sha256(f"{seed}:{exercise.name}".encode()).digest()
    return exercise.cases(int.from_bytes(digest[:8], "big"))


def instances_file(exercises: list[Exercise], seed: int) -> str:
    """The text of the file that a kernel gets: the cases by exercise, and nothing that tells the right answers."""
    encoded = {
        exercise.name: [
            {name: encode(value, 100_000_000) for name, value in case.items()} for case in cases(exercise, seed)
        ]
        for exercise in exercises
    }
    return json.dumps(encoded, allow_nan=False)


def results(
    exercises: list[Exercise],
    seed: int,
    seconds: float,
    rebuilt: Rebuilt,
    cells: list[CellRun],
    answers: dict[str, Any],
) -> list[Result]:
    """A `Result` for every exercise, in the assignment's order; ``seconds`` is what each was given."""
    marks = []
    for exercise in exercises:
        runs = [run for run in cells if run.exercise == exercise.name]
        result = _result(exercise, seed, seconds, rebuilt, runs, answers.get(exercise.name))
        result.notes = [*rebuilt.notes.get(exercise.name, []), *_notes(runs, answers.get(exercise.name), rebuilt)]
        result.seconds = round(sum(run.seconds for run in runs), 3)
        result.printed = sum(run.printed for run in runs) + _printed(answers.get(exercise.name))
        result.message = _plain(result.message)
        result.notes = [_plain(note) for note in result.notes]
        result.hint = "" if result.status == "right" else exercise.hint
        marks.append(result)
    _note_dependence(exercises, rebuilt, marks)
    return marks


def _plain(text: str) -> str:
    """Text that can be stored, printed and shown: cut, and without control characters, which are a student's."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text[:MAX_MESSAGE])


def _note_dependence(exercises: list[Exercise], rebuilt: Rebuilt, marks: list[Result]) -> None:
    """Where an answer that failed calls another one that failed, say so: the fault may be there."""
    names = {exercise.name: exercise.function_name for exercise in exercises}
    sources: dict[str, str] = {}
    for cell in rebuilt.notebook.cells:
        if cell.metadata[ROLE]["role"] == "answer":
            name = cell.metadata[ROLE]["exercise"]
            sources[name] = sources.get(name, "") + cell.source
    failed = [mark for mark in marks if mark.status != "right"]
    for mark in failed:
        for other in failed:
            if other is not mark and calls(sources.get(mark.exercise, ""), names[other.exercise]):
                mark.notes.append(
                    f"This answer calls `{names[other.exercise]}`, which is not right ({other.title}): start there."
                )


def _result(
    exercise: Exercise, seed: int, seconds: float, rebuilt: Rebuilt, runs: list[CellRun], outcomes: Any
) -> Result:
    def lost(status: str, message: str) -> Result:
        return Result(exercise.name, exercise.title, 0, exercise.points, status, message)

    if exercise.name in rebuilt.missing and exercise.name not in rebuilt.answered:
        return lost("missing", "The answer cell of this exercise is not in the notebook.")
    if exercise.name not in rebuilt.answered:
        return lost("unanswered", "Not answered: the answer cell is as it was given.")
    fault = _run_fault(exercise, runs, seconds)
    if fault is not None and (fault[0] in ("died", "time limit") or not outcomes):
        return lost(*fault)
    if not outcomes:
        return lost("no answer", "The check ran but handed in no answer: does the code change the check's own tools?")
    verdict = judge(exercise, cases(exercise, seed), outcomes)
    return Result(
        exercise.name,
        exercise.title,
        verdict.points,
        exercise.points,
        verdict.kind,
        "Right." if verdict.passed else verdict.message,
        verdict.misconception,
    )


def _run_fault(exercise: Exercise, runs: list[CellRun], seconds: float) -> tuple[str, str] | None:
    """What kept the exercise from being judged, if anything did."""
    for run in runs:
        if run.status == "died":
            why = run.message or "it used too much memory, crashed, or the code ended it"
            return "died", (
                f"The Python process (kernel) ended while this exercise ran: {why}."
                " The other exercises were graded with a new one."
            )
        if run.status == "timeout":
            return "time limit", (
                f"The exercise did not finish within {seconds:g} seconds:"
                " is there a loop that never ends? The other exercises were graded."
            )
    for run in runs:
        if run.status == "error":
            return _cell_error(exercise, run)
    return None


def _cell_error(exercise: Exercise, run: CellRun) -> tuple[str, str]:
    message = re.sub(r" \(\d+\.py, line (\d+)\)| \(<[^>]*>, line (\d+)\)", "", run.message)
    place = re.search(r"line (\d+)\)", run.message)
    if run.error in ("SyntaxError", "IndentationError", "TabError"):
        where = f" in line {place.group(1)}" if place else ""
        return "syntax", f"The answer is not valid Python: {message}{where}."
    if run.role == "check" and run.error == "NameError" and f"'{exercise.function_name}'" in message:
        return "not defined", (
            f"`{exercise.function_name}` is not defined: does the answer still begin with"
            f" `def {exercise.function_name}(`?"
        )
    where = f" (line {run.line})" if run.line and run.role == "answer" else ""
    return "error", f"The {run.role} cell raised {run.error}: {message}{where}"


def _notes(runs: list[CellRun], outcomes: Any, rebuilt: Rebuilt) -> list[str]:
    """Sentences on what explains a failure but is not the failure."""
    notes = []
    for run in runs:
        if run.role == "answer" and run.status == "error" and outcomes:
            notes.append(f"The answer cell raised {run.error}: {run.message[:200]}")
    errors = (
        [outcome.get("error") for outcome in outcomes or [] if isinstance(outcome, dict)] if _listed(outcomes) else []
    )
    texts = [str(error.get("message")) for error in errors if isinstance(error, dict)]
    texts += [run.message for run in runs if run.error == "NameError"]
    unknown = {match.group(1) for text in texts if (match := re.match(r"name '(\w+)' is not defined", text))}
    for name in sorted(unknown & rebuilt.elsewhere):
        notes.append(
            f"`{name}` is defined in another cell of the notebook. Only the answer cells are graded: define or import"
            " it inside the answer cell."
        )
    return notes


def _listed(outcomes: Any) -> bool:
    return isinstance(outcomes, list)


def _printed(outcomes: Any) -> int:
    if not _listed(outcomes):
        return 0
    counts = [outcome.get("printed", 0) for outcome in outcomes if isinstance(outcome, dict)]
    return sum(count for count in counts if type(count) is int and 0 <= count < 2**50)
