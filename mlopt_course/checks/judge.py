"""Turns outcomes into a verdict and one to three friendly lines.

It works on encoded outcomes only (see `mlopt_course.checks.answers`), so nothing of the student's process, not even
a hostile object, takes part in the judging.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .answers import NOT_CALLABLE, TIME_LIMIT, WRONG_ARGUMENTS, Limits, Unsupported, collect, decode, encode
from .compare import Difference, compare, first_difference, render
from .exercise import Exercise

CACHED_CASE_SETS = 256


@dataclass(frozen=True)
class Verdict:
    """What came of one answer.

    Attributes
    ----------
    passed : bool
        Whether every case is right.
    points : int
        The exercise's points if it passed, else 0.
    message : str
        One to three lines for the student.
    misconception : str or None
        Name of the misconception whose results the answer gives.
    kind : str
        right, unanswered, misconception, unreadable, not callable, wrong arguments, time limit, error, changed,
        none, type, shape, nan, value or unstable.
    right, total : int
        Cases that are right, and all cases.
    """

    passed: bool
    points: int
    message: str
    misconception: str | None = None
    kind: str = "right"
    right: int = 0
    total: int = 0


@dataclass(frozen=True)
class _Fault:
    """What is wrong with one outcome: a kind, and a text that completes "`name` ..."."""

    kind: str
    text: str


@dataclass(frozen=True)
class _Key:
    """What the right and the known wrong answers do on a set of cases, computed once."""

    expected: list[dict[str, Any]]
    misconceptions: dict[str, list[dict[str, Any]]]


_keys: OrderedDict[tuple[Exercise, str], _Key] = OrderedDict()


def judge(exercise: Exercise, instances: Sequence[dict[str, Any]], outcomes: Any) -> Verdict:
    """The verdict on ``outcomes``, what an answer did on ``instances``.

    Parameters
    ----------
    exercise : Exercise
        How to judge.
    instances : sequence of dict
        The cases, as given to `collect`.
    outcomes : list of dict
        What `collect` returned, possibly by way of JSON from another process. Anything else is survived: data that
        `collect` cannot have made gets a verdict of kind ``unreadable``.
    """
    total = len(instances)
    name = exercise.function_name
    try:  # to plain lists and dicts, whatever they were: notebooks bring dicts of their own
        outcomes = json.loads(json.dumps(outcomes))
    except (TypeError, ValueError, RecursionError):
        outcomes = None
    if not _well_formed(outcomes, total):
        return Verdict(False, 0, f"The answers of `{name}` could not be read: run the notebook from the top.", None,
                       "unreadable", 0, total)  # fmt: skip
    key = _key(exercise, instances, misconceptions=False)
    faults = [
        _fault(exercise, instance, expected, outcome)
        for instance, expected, outcome in zip(instances, key.expected, outcomes, strict=True)
    ]
    right = sum(fault is None for fault in faults)
    if right == total:
        unstable = _unstable(exercise, instances[0], key.expected[0], outcomes[0])
        if unstable is None:
            text = f"right, {exercise.points} of {exercise.points} points."
            return Verdict(True, exercise.points, text, None, "right", total, total)
        faults[0], right = unstable, total - 1
    first = next(i for i, fault in enumerate(faults) if fault is not None)
    fault = faults[first]
    assert fault is not None
    misconception = None
    if fault.kind not in ("unanswered", "unreadable"):
        misconception = _match(exercise, _key(exercise, instances), outcomes)
    if misconception is not None:
        hint = next(m.hint for m in exercise.misconceptions if m.name == misconception)
        return Verdict(False, 0, hint, misconception, "misconception", right, total)
    none_is_right = any("value" in expected and expected["value"] is None for expected in key.expected)
    message = _explain(exercise, instances[first], key.expected[first], outcomes[first], fault, none_is_right)
    if right and total > 1 and fault.kind != "unstable":
        message += f"\n{right} of {total} cases are right."
    return Verdict(False, 0, message, None, fault.kind, right, total)


def is_right(exercise: Exercise, instances: Sequence[dict[str, Any]], outcomes: list[dict[str, Any]]) -> bool:
    """Whether `judge` would pass these outcomes, without explaining why not."""
    key = _key(exercise, instances, misconceptions=False)
    faults = (_fault(exercise, *each) for each in zip(instances, key.expected, outcomes, strict=True))
    return all(fault is None for fault in faults) and (
        _unstable(exercise, instances[0], key.expected[0], outcomes[0]) is None
    )


def _well_formed(outcomes: Any, total: int) -> bool:
    if type(outcomes) is not list or len(outcomes) != total:
        return False
    for outcome in outcomes:
        if type(outcome) is not dict or ("value" in outcome) == ("error" in outcome):
            return False
        error = outcome.get("error", {})
        if type(error) is not dict or type(error.get("type", "")) is not str:
            return False
        changed = outcome.get("changed", [])
        if type(changed) is not list or not all(type(name) is str for name in changed):
            return False
    return True


def _key(exercise: Exercise, instances: Sequence[dict[str, Any]], misconceptions: bool = True) -> _Key:
    cases = json.dumps([{name: encode(value) for name, value in case.items()} for case in instances])
    found = _keys.get((exercise, cases))
    limits = Limits(seconds=60, quiet=True)
    if found is None:
        expected = collect(exercise.reference, instances, limits)
        found = _keys[exercise, cases] = _Key(expected, {})
        while len(_keys) > CACHED_CASE_SETS:
            _keys.popitem(last=False)
    if misconceptions and not found.misconceptions:
        for wrong in exercise.misconceptions:
            found.misconceptions[wrong.name] = collect(wrong.answer, instances, limits)
    return found


def _fault(
    exercise: Exercise, instance: dict[str, Any], expected: dict[str, Any], outcome: dict[str, Any]
) -> _Fault | None:
    """What is wrong with one outcome, or None."""
    if "error" in outcome:
        return _error_fault(expected, outcome["error"])
    if outcome.get("changed"):
        return _Fault("changed", _changed_text(outcome["changed"]))
    return _value_fault(exercise, instance, expected, outcome["value"])


def _error_fault(expected: dict[str, Any], error: dict[str, Any]) -> _Fault | None:
    kind = error.get("type", "")
    if "error" in expected and expected["error"]["type"] == kind:
        return None
    message = str(error.get("message", ""))[:300]
    if kind == NOT_CALLABLE:
        return _Fault(kind, f"must be a function, but it is {message}: keep the line that begins with `def`.")
    if kind == WRONG_ARGUMENTS:
        return _Fault(kind, f"takes the arguments {message}")
    if kind == TIME_LIMIT:
        return _Fault(kind, f"did not finish {message}: is there a loop that never ends?")
    if kind == "NotImplementedError":
        return _Fault("unanswered", "")
    line, source = error.get("line"), str(error.get("source") or "")[:120]
    place = f" in line {line}" if type(line) is int else ""
    code = f": `{source}`" if place and source else ""
    return _Fault("error", f"raised {kind[:60]}{': ' if message else ''}{message}{place and chr(10) + place[1:]}{code}")


def _changed_text(names: list[str]) -> str:
    listed = " and ".join(f"`{name[:60]}`" for name in names[:3])
    first = names[0][:60]
    several = len(names) > 1
    return (
        f"changed its argument{'s' * several} {listed} in place, and the caller still needs the old "
        f"value{'s' * several}: "
        f"begin with `{first} = {first}.copy()`, or make a new value, as in `{first} = {first} + ...` instead of "
        f"`{first} += ...`."
    )


def _value_fault(exercise: Exercise, instance: dict[str, Any], expected: dict[str, Any], encoded: Any) -> _Fault | None:
    try:
        value = decode(encoded)
    except ValueError:
        return _Fault("unreadable", "gave an answer that could not be read.")
    if "error" in expected:
        return _Fault("value", f"returned a value where it should raise {expected['error']['type']}.")
    right = decode(expected["value"])
    if exercise.accept is None:
        found = compare(right, value, exercise.rtol, exercise.atol)
    else:
        found = _accepted(exercise, instance, right, value)
    return None if found is None else _Fault(found.kind, found.text)


def _accepted(exercise: Exercise, instance: dict[str, Any], right: Any, value: Any) -> Difference | None:
    """What an exercise with many right answers says of this one."""
    found = compare(right, value, exercise.rtol, exercise.atol)
    if found is None:
        return None
    if found.kind == "none" or type(value) is Unsupported:
        return found
    assert exercise.accept is not None
    case = {name: decode(encode(argument)) for name, argument in instance.items()}
    try:
        answer = exercise.accept(case, value)
    except Exception:  # written for values of the right kind; this one is of another
        return found
    if answer is True:
        return None
    return Difference("accept", answer if isinstance(answer, str) else found.text)


def _unstable(
    exercise: Exercise, instance: dict[str, Any], expected: dict[str, Any], outcome: dict[str, Any]
) -> _Fault | None:
    """A right answer whose second try, with the same arguments, was wrong."""
    if "again" not in outcome or _value_fault(exercise, instance, expected, outcome["again"]) is None:
        return None
    return _Fault(
        "unstable",
        "gave two different results for the same arguments: it remembers something between calls, or draws random "
        "numbers of its own. Use its arguments only.",
    )


def _match(exercise: Exercise, key: _Key, outcomes: list[dict[str, Any]]) -> str | None:
    """Name of the misconception that did the same on every case."""
    for name, known in key.misconceptions.items():
        if all(_same(exercise, one, other) for one, other in zip(known, outcomes, strict=True)):
            return name
    return None


def _same(exercise: Exercise, known: dict[str, Any], outcome: dict[str, Any]) -> bool:
    if "error" in known or "error" in outcome:
        return known.get("error", {}).get("type") == outcome.get("error", {}).get("type")
    if known.get("changed", []) != outcome.get("changed", []):
        return False
    try:
        return compare(decode(known["value"]), decode(outcome["value"]), exercise.rtol, exercise.atol) is None
    except ValueError:
        return False


def _explain(
    exercise: Exercise,
    instance: dict[str, Any],
    expected: dict[str, Any],
    outcome: dict[str, Any],
    fault: _Fault,
    none_is_right: bool,
) -> str:
    name = exercise.function_name
    if fault.kind == "unanswered":
        return f"Write the body of `{name}` in place of `raise NotImplementedError()`."
    if fault.kind == "accept":
        return f"{fault.text}\nFor {_arguments(instance)}"
    if fault.kind == WRONG_ARGUMENTS:
        wanted = ", ".join(instance)
        return f"`{name}` must take the arguments ({wanted}), but yours {fault.text}: keep its first line as given."
    if fault.kind in (NOT_CALLABLE, TIME_LIMIT, "changed", "unstable", "unreadable"):
        return f"`{name}` {fault.text}"
    if fault.kind == "none" and outcome.get("printed"):
        return f"`{name}` {fault.text}: it prints something, but a result is handed back with `return`."
    if fault.kind == "none" and not none_is_right:
        return f"`{name}` {fault.text}: does every way through it end with `return`?"
    if fault.kind in ("error", "type", "shape") or "value" not in expected:
        end = "" if fault.text.endswith((".", "?")) else "."
        return f"`{name}` {fault.text}{end}\nThis was for {_arguments(instance)}.{_lengths(expected, outcome)}"
    right, got = decode(expected["value"]), decode(outcome["value"])
    shown = [_pair(right, got, digits) for digits in (6, 10, 17)]
    one, other = next((pair for pair in shown if pair[0] != pair[1]), ("", ""))
    if not one:  # too long to show
        place, right, got = first_difference(right, got, exercise.rtol, exercise.atol)
        one, other = _pair(right, got, 10)
        one += f" at {place}" if place else ""
    text = f"For {_arguments(instance)}\nexpected {one}, got {other}."
    return f"`{name}` {fault.text}.\n{text}" if fault.kind == "nan" else text


def _lengths(expected: dict[str, Any], outcome: dict[str, Any]) -> str:
    """Both lists, where one has more entries than the other: how many there are may be what was asked."""
    if "value" not in expected or "value" not in outcome:
        return ""
    right, got = decode(expected["value"]), decode(outcome["value"])
    if type(right) not in (list, tuple) or type(got) not in (list, tuple) or len(right) == len(got):
        return ""
    one, other = _pair(right, got, 6)
    return f"\nExpected {one}, got {other}." if one != other else ""


def _pair(right: Any, got: Any, digits: int) -> tuple[str, str]:
    return render(right, digits), render(got, digits)


def _arguments(instance: dict[str, Any]) -> str:
    return ", ".join(f"{name} = {render(decode(encode(value)))}" for name, value in instance.items())
