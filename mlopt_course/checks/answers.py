"""Runs a student's function on the cases of an exercise and writes down what it did, as JSON-able outcomes.

This is all of the machine that runs beside the student's code when answers are graded: it knows the cases,
but neither the reference nor how an answer is judged.
"""

from __future__ import annotations

import contextlib
import inspect
import io
import linecache
import signal
import sys
import threading
import time
import types
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Any

import numpy as np

from .encoding import MAX_BYTES, Unsupported, decode, encode, type_name

__all__ = ["Limits", "Unsupported", "collect", "decode", "encode"]

# Errors that are the machine's, not Python's: their names cannot be those of exception classes.
NOT_CALLABLE = "not callable"
WRONG_ARGUMENTS = "wrong arguments"
TIME_LIMIT = "time limit"


@dataclass(frozen=True)
class Limits:
    """What one exercise may use.

    Parameters
    ----------
    seconds : float
        Wall time over all its cases. Kept where signals are to be had (not on Windows, nor outside the main thread).
    max_bytes : int
        Size of one encoded value.
    quiet : bool
        Do not show what the answer prints. It is counted in any case.
    """

    seconds: float = 10.0
    max_bytes: int = MAX_BYTES
    quiet: bool = False


class _TimeUp(BaseException):
    """Raised inside an answer that runs too long; not an Exception, so that ``except Exception`` cannot hide it."""


def collect(answer: Any, instances: Sequence[dict[str, Any]], limits: Limits | None = None) -> list[dict[str, Any]]:
    """What ``answer`` does on each case, in order.

    Every call gets fresh copies of the case's arguments. The first case is tried once more at the end, to notice
    an answer that remembers earlier calls or draws random numbers of its own.

    Parameters
    ----------
    answer : callable
        The student's function (anything at all is survived).
    instances : sequence of dict
        Keyword arguments of each case.
    limits : Limits, optional
        Time and size.

    Returns
    -------
    list of dict
        One outcome a case: ``{"value": encoded}`` or ``{"error": {"type", "message", "line", "source"}}``, and
        where they apply ``"changed"`` (names of arguments modified in place), ``"printed"`` (characters),
        ``"again"`` (on the first: the second value, where it differed).

    Raises
    ------
    KeyboardInterrupt
        When the person at the keyboard interrupts. No other exception leaves.
    ValueError
        If an instance cannot be encoded, which is a fault of the exercise.
    """
    limits = limits or Limits()
    cases = [_encoded_case(instance) for instance in instances]
    fault = _not_usable(answer, instances[0] if instances else {})
    if fault is not None:
        return [{"error": dict(fault)} for _ in cases]
    outcomes: list[dict[str, Any]] = []
    deadline = time.monotonic() + limits.seconds
    for case in cases:
        if outcomes and _timed_out(outcomes[-1]):
            outcomes.append({"error": dict(outcomes[-1]["error"])})
        else:
            outcomes.append(_call(answer, case, limits, deadline))
    if outcomes and "value" in outcomes[0] and not _timed_out(outcomes[-1]):
        again = _call(answer, cases[0], limits, deadline)
        if "value" in again and again["value"] != outcomes[0]["value"]:
            outcomes[0]["again"] = again["value"]
    return outcomes


def _encoded_case(instance: dict[str, Any]) -> dict[str, Any]:
    encoded = {name: encode(value, max_bytes=100 * MAX_BYTES) for name, value in instance.items()}
    for name, data in encoded.items():
        if type(data) is dict and ("unsupported" in data or "oversized" in data):
            raise ValueError(f"argument {name!r} of an instance cannot be encoded: {data}")
    return encoded


def out_of_time(seconds: float | None = None) -> dict[str, Any]:
    """The error of an answer that was stopped, after so many seconds where they are known."""
    message = "in time" if seconds is None else f"within {seconds:g} seconds"
    return {"type": TIME_LIMIT, "message": message, "line": None, "source": ""}


def _timed_out(outcome: dict[str, Any]) -> bool:
    return outcome.get("error", {}).get("type") == TIME_LIMIT


def _not_usable(answer: Any, arguments: dict[str, Any]) -> dict[str, Any] | None:
    """The error of something that cannot be called with these keywords at all; None where it can."""
    if not callable(answer):
        return {"type": NOT_CALLABLE, "message": _brief(answer), "line": None, "source": ""}
    try:
        signature = inspect.signature(answer)
    except BaseException:  # builtins have none, and an object may refuse: then the call itself will tell
        return None
    try:
        signature.bind(**arguments)
    except TypeError:
        return {"type": WRONG_ARGUMENTS, "message": str(signature)[:200], "line": None, "source": ""}
    return None


def _brief(value: Any) -> str:
    data = encode(value, max_bytes=2000)
    if data is None or type(data) in (bool, int, float):
        return repr(data)
    if type(data) is dict:
        tags = {"tuple": "a tuple", "dict": "a dict", "array": "an array"}
        return tags.get(next(iter(data))) or type_name(value)
    return "a list" if type(data) is list else "a text"


def _call(answer: Callable[..., Any], case: dict[str, Any], limits: Limits, deadline: float) -> dict[str, Any]:
    arguments = {name: decode(data) for name, data in case.items()}
    outcome: dict[str, Any] = {}
    out, err = _Counter(None if limits.quiet else sys.stdout), _Counter(None if limits.quiet else sys.stderr)
    try:
        with (
            _time_limit(deadline - time.monotonic()),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            np.errstate(all="ignore"),
        ):
            value = answer(**arguments)
            if type(value) is types.CoroutineType:
                value.close()  # else Python complains that nobody awaited it
            outcome["value"] = encode(value, limits.max_bytes)
    except _TimeUp:
        outcome = {"error": out_of_time(limits.seconds)}
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit, GeneratorExit, RecursionError, MemoryError and all ordinary ones
        outcome = {"error": _describe_error(error, answer)}
    if out.count + err.count:
        outcome["printed"] = out.count + err.count
    changed = [name for name in case if _is_changed(arguments[name], case[name])]
    if changed:
        outcome["changed"] = changed
    return outcome


def _is_changed(value: Any, before: Any) -> bool:
    if type(before) is dict and "generator" in before:  # drawing from it is what it is for
        return False
    return encode(value, max_bytes=100 * MAX_BYTES) != before


class _Counter(io.TextIOBase):
    """Counts what is printed, and passes it on to ``stream`` if there is one."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.count = 0

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.count += len(text)
        if self.stream is not None:
            self.stream.write(text)
        return len(text)

    def flush(self) -> None:
        if self.stream is not None:
            self.stream.flush()


def _describe_error(error: BaseException, answer: Any) -> dict[str, Any]:
    line, source = _where(error, answer)
    try:
        message = str.__str__(str(error))[:300]
    except BaseException:
        message = ""
    try:
        kind = str.__str__(type(error).__name__)[:60]
    except BaseException:
        kind = "an exception"
    data = {"type": kind, "message": message, "line": line, "source": source}
    return {key: encode(value, 2000) for key, value in data.items()}


def _where(error: BaseException, answer: Any) -> tuple[int | None, str]:
    """The last line of the student's own file or cell on the way to the error, not one inside a library."""
    try:
        home = inspect.unwrap(getattr(answer, "func", answer)).__code__.co_filename
        trace, line = error.__traceback__, None
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == home:
                line = trace.tb_lineno
            trace = trace.tb_next
        return line, linecache.getline(home, line).strip()[:120] if line else ""
    except BaseException:
        return None, ""


@contextlib.contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Raise `_TimeUp` in the body after ``seconds``, where the platform has interval timers for this thread."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    armed = True

    def ring(number: int, frame: FrameType | None) -> None:
        if armed:
            raise _TimeUp

    before = signal.signal(signal.SIGALRM, ring)
    # Rings again, in case the answer swallows everything, even BaseException.
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 1e-3), 0.5)
    try:
        yield
    finally:
        try:  # a ring that arrives at this very moment must not leave the timer running
            armed = False
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
