"""What an exercise is: its reference answer, the cases it is tried on, and the wrong answers people really give."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

DIFFICULTIES = ("warm-up", "core", "challenge")

# Students see these cases; grading draws others. Changing it changes the numbers in their messages, nothing else.
STUDENT_SEED = 1847


@dataclass(frozen=True, eq=False)
class Misconception:
    """A wrong answer that people really give, and the hint it deserves.

    Parameters
    ----------
    answer : callable
        The wrong answer, with the reference's parameters; its ``__name__`` identifies the misconception.
    hint : str
        What to tell someone whose answer behaves like it.
    """

    answer: Callable[..., Any]
    hint: str

    @property
    def name(self) -> str:
        return self.answer.__name__


@dataclass(frozen=True, eq=False)
class Exercise:
    """How one answer is judged (see the module's text and `mlopt_course.checks.judge`).

    Parameters
    ----------
    name : str
        ``"<chapter>.<function>"``, e.g. ``"first_order.momentum_step"``.
    title : str
        What people call it.
    points : int
        What a right answer earns (> 0).
    difficulty : {"warm-up", "core", "challenge"}
        Where it stands in the chapter.
    hint : str
        Shown folded in the notebook.
    reference : callable
        The right answer, in plain source: the mutants that must fail are made from its syntax tree.
    instances : callable
        ``instances(rng) -> list of dict``, the keyword arguments of each case, smallest first. Values are numbers,
        text, arrays, lists, dicts, probes (`mlopt_course.checks.probes`) or a `numpy.random.Generator`.
    misconceptions : tuple of Misconception
        At least three.
    alternatives : tuple of callable
        At least two right answers that are written differently.
    rtol, atol : float
        An answer is right where ``|answer - reference| <= atol + rtol * |reference|``.
    accept : callable, optional
        ``accept(instance, value) -> True or a sentence``, instead of the comparison with the reference, for an
        exercise that has many right answers.
    equivalent_mutants : mapping of str to str
        Mutants of the reference that are right all the same: `mlopt_course.checks.mutants.Mutant.label` and the
        reason.
    play : callable, optional
        ``play(answer) -> widget``: a plot that runs the student's own function, shown by `mlopt_course.checks.play`.
    """

    name: str
    title: str
    points: int
    difficulty: str
    hint: str
    reference: Callable[..., Any]
    instances: Callable[[np.random.Generator], list[dict[str, Any]]]
    misconceptions: tuple[Misconception, ...]
    alternatives: tuple[Callable[..., Any], ...]
    rtol: float = 1e-9
    atol: float = 1e-12
    accept: Callable[[dict[str, Any], Any], Any] | None = None
    equivalent_mutants: Mapping[str, str] = field(default_factory=dict)
    play: Callable[[Callable[..., Any]], Any] | None = None

    def __post_init__(self) -> None:
        for fault in _faults(self):
            raise ValueError(f"exercise {self.name!r}: {fault}")

    @property
    def chapter(self) -> str:
        """Stem of the chapter: ``"first_order"``."""
        return self.name.partition(".")[0]

    @property
    def function_name(self) -> str:
        """What the student's function is called: ``"momentum_step"``."""
        return self.name.partition(".")[2]

    def cases(self, seed: int = STUDENT_SEED) -> list[dict[str, Any]]:
        """The cases of a seed: keyword arguments, smallest first."""
        cases = self.instances(np.random.default_rng(seed))
        if not cases or not all(type(case) is dict and case for case in cases):
            raise ValueError(f"exercise {self.name!r}: instances must return a list of non-empty dicts, got {cases!r}")
        return cases


def _faults(exercise: Exercise):
    if not re.fullmatch(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*", exercise.name):
        yield "name must be '<chapter>.<function>'"
    if not exercise.title.strip():
        yield "title must not be empty"
    if type(exercise.points) is not int or exercise.points <= 0:
        yield f"points must be a positive integer, got {exercise.points!r}"
    if exercise.difficulty not in DIFFICULTIES:
        yield f"difficulty must be one of {DIFFICULTIES}, got {exercise.difficulty!r}"
    if not exercise.hint.strip():
        yield "hint must not be empty"
    if len(exercise.misconceptions) < 3:
        yield f"at least 3 misconceptions are needed, got {len(exercise.misconceptions)}"
    names = [misconception.name for misconception in exercise.misconceptions]
    if len(set(names)) < len(names) or "<lambda>" in names:
        yield f"misconceptions need names of their own (def, not lambda), got {names}"
    if not all(misconception.hint.strip() for misconception in exercise.misconceptions):
        yield "every misconception needs a hint"
    if len(exercise.alternatives) < 2:
        yield f"at least 2 alternatives are needed, got {len(exercise.alternatives)}"
    if exercise.reference in exercise.alternatives:
        yield "an alternative must not be the reference itself"
    if not (0 <= exercise.rtol < 1 and exercise.atol >= 0):
        yield f"rtol must be in [0, 1) and atol >= 0, got rtol={exercise.rtol!r}, atol={exercise.atol!r}"
