"""`check`, which a notebook's check cell calls: it marks the answer or, when a grader runs it, hands it in."""

from __future__ import annotations

import html
import json
import os
from collections.abc import Callable
from typing import Any

from .answers import Limits, collect, decode, out_of_time

ANSWERS_MIME = "application/vnd.mlopt.answers+json"
GRADING_VARIABLE = "MLOPT_INSTANCES"
SECONDS_VARIABLE = "MLOPT_SECONDS"  # how long an answer may take then

# The answers that passed in this kernel, by exercise: `play` shows its plot for these only.
passed_answers: dict[str, Callable[..., Any]] = {}


class CheckFailed(AssertionError):
    """An answer that is not right yet. In a notebook it shows as its message, without a traceback."""

    def __init__(self, title: str, points: int, verdict: Any) -> None:
        self.title, self.points, self.verdict = title, points, verdict
        word = "not answered yet" if verdict.kind == "unanswered" else "not right yet"
        self.headline = f"{title}: {word}, 0 of {points} point{'s' * (points != 1)}."
        super().__init__(f"{self.headline}\n{verdict.message}")

    def _render_traceback_(self) -> list[str]:
        return [f"\x1b[1;31m✗ {self.headline}\x1b[0m", *str(self.verdict.message).splitlines()]


class _Passed:
    """The line on a right answer, in HTML where there is a browser and as text elsewhere."""

    def __init__(self, title: str, text: str) -> None:
        self.title, self.text = title, text

    def __repr__(self) -> str:
        return f"✓ {self.title}: {self.text}"

    def _repr_html_(self) -> str:
        title, text = html.escape(self.title), html.escape(self.text)
        return (
            '<div style="border-left: 4px solid #2e9e5b; padding: 0.3em 0.8em; margin: 0.2em 0">'
            f'<span aria-hidden="true">✓</span> <strong>{title}</strong>: {text}</div>'
        )


def check(name: str, answer: Any) -> None:
    """Try ``answer`` on the cases of the exercise ``name`` and say in a line whether it is right.

    Parameters
    ----------
    name : str
        ``"<chapter>.<function>"``, e.g. ``"first_order.momentum_step"``.
    answer : callable
        The student's function.

    Raises
    ------
    CheckFailed
        If the answer is not right yet; its message is the hint.
    ValueError
        If there is no exercise of that name.

    Notes
    -----
    With ``MLOPT_INSTANCES`` in the environment (the path of a JSON file, ``{name: [encoded cases]}``) nothing is
    judged, printed or raised: the outcomes are published as a display of type `ANSWERS_MIME`, to be judged elsewhere.
    """
    path = os.environ.get(GRADING_VARIABLE)
    if path:
        _hand_in(path, name, answer)
        return
    from .catalogue import exercise
    from .judge import judge

    found = exercise(name)
    passed_answers.pop(name, None)
    cases = found.cases()
    verdict = judge(found, cases, collect(answer, cases))
    if not verdict.passed:
        raise CheckFailed(found.title, found.points, verdict)
    passed_answers[name] = answer
    show(_Passed(found.title, verdict.message))


def _hand_in(path: str, name: str, answer: Any) -> None:
    """Publish what the answer does on the grader's cases; whatever goes wrong, an empty hand-in at worst."""
    outcomes: list[dict[str, Any]] = []
    cases: list[dict[str, Any]] = []
    try:
        with open(path, encoding="utf-8") as file:
            encoded = json.load(file).get(name, [])
        cases = [{argument: decode(data) for argument, data in case.items()} for case in encoded]
        outcomes = collect(answer, cases, Limits(float(os.environ.get(SECONDS_VARIABLE, 10.0)), quiet=True))
    except KeyboardInterrupt:  # the grader's time limit
        outcomes = [{"error": out_of_time()} for _ in cases]
    except BaseException:
        pass
    try:
        from IPython.display import publish_display_data

        publish_display_data({ANSWERS_MIME: {"exercise": name, "outcomes": outcomes}})
    except BaseException:
        pass


def show(item: Any) -> None:
    """Display in a notebook, print elsewhere."""
    try:
        from IPython import get_ipython
    except ImportError:
        print(repr(item))
        return
    if get_ipython() is None:
        print(repr(item))
    else:
        from IPython.display import display

        display(item)
