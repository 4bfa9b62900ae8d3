"""Every point that a direct search tries: a simplex that walks (`simplex`), and patterns that are polled (`polls`)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from mlopt_course.loop import minimize
from mlopt_course.problem import Problem

from . import style
from .landscape import landscape, optima
from .sketch import Choice, Control, Sketch, Slider, Steps, Toggle
from .stills import draw_landscape

MOVES = ("reflection", "expansion", "outside contraction", "inside contraction", "shrinkage")
START = "the start"
WORDS = (START, *MOVES, "better", "nothing better: the step shrinks", "pattern move", "line search")


@dataclasses.dataclass(frozen=True)
class Walk:
    """One run: what it had after each step, and all points that it evaluated in order.

    Attributes
    ----------
    x, error, evaluations, word : ndarray, shape (n, 2), (n,), (n,), (n,)
        Best point, its error, evaluations spent, and the place of the step's name in `WORDS`; the start first.
    tried : ndarray, shape (m, 2)
        The points in the order of their evaluation.
    simplex : ndarray, shape (n, 3, 2), optional
        The corners, best first.
    """

    x: np.ndarray
    error: np.ndarray
    evaluations: np.ndarray
    word: np.ndarray
    tried: np.ndarray
    simplex: np.ndarray | None


def walk(problem: Problem, method: str, steps: int, **options: Any) -> Walk:
    """Run a method on a problem of two variables and record every point that it tries."""
    tried: list[np.ndarray] = []

    def fun(x):
        tried.append(np.array(x, dtype=float))
        return problem.fun(x)

    watched = dataclasses.replace(problem, fun=fun, batch_fun=None)
    history = minimize(watched, method=method, max_iterations=steps, **options).history
    first = 1 if len(history) > 1 and "simplex" in history.names else 0  # the start is a whole simplex
    kept = [k for k in range(first, len(history)) if k in (first, len(history) - 1) or not _idle(history, k)]
    error = np.maximum(np.asarray(history.fun)[kept] - (problem.f_opt or 0.0), 0.0)
    simplex = np.asarray(history["simplex"])[kept] if "simplex" in history.names else None
    word = np.array([WORDS.index(START), *(WORDS.index(_word(history, k)) for k in kept[1:])])
    return Walk(np.asarray(history.x)[kept], error, np.asarray(history.nfev)[kept], word, np.array(tried), simplex)


def _idle(history: Any, k: int) -> bool:
    """Whether a record repeats the one before it (a method that yields its start)."""
    return history.nfev[k] == history.nfev[k - 1]


def _word(history: Any, k: int) -> str:
    if "move" in history.names:
        return MOVES[int(history["move"][k])]
    if "direction" in history.names:
        return "line search"
    if "pattern" in history.names and history["pattern"][k]:
        return "pattern move"
    return "better" if history.fun[k] < history.fun[k - 1] else WORDS[7]


def simplex(
    problems: Mapping[str, Problem],
    first: Mapping[str, Any],
    *,
    sizes: Sequence[float] = (0.25, 0.5, 1.0, 2.0, 4.0),
    turns: Sequence[float] = (0.0, 90.0, 180.0, 270.0),
    steps: int = 60,
    id: str = "simplex",
    title: str = "A simplex walking",
    goal: Mapping[str, Any] | None = None,
) -> Sketch:
    """Nelder-Mead step by step: the simplex, the points tried, and the name of the move.

    Parameters
    ----------
    problems : dict of label to Problem
        Landscapes of two variables.
    first : dict of label to array_like, shape (3, 2)
        The first simplex of each at size 1 and turn 0; it is scaled and turned about its first corner.
    sizes, turns : sequence of float
        Sizes (> 0) and turns (degrees) to choose from; 1 and 0 are shown first.
    steps : int
        Steps of each run at most.
    id, title : str
        Name for the sentences that set it; heading.
    goal : dict, optional
        See `polls`.

    Returns
    -------
    Sketch
        With the controls ``problem``, ``size``, ``turn``, ``step`` and ``magnify``.
    """
    corners = {label: np.asarray(first[label], dtype=float) for label in problems}

    def runs() -> Iterator[Walk]:
        for label, size, turn in product(problems, sizes, turns):
            angle = np.deg2rad(turn)
            spin = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
            start = corners[label][0]
            placed = start + size * (corners[label] - start) @ spin.T
            yield walk(problems[label], "nelder_mead", steps, initial_simplex=placed, tolerance=1e-12,
                       fun_tolerance=0.0, x0=start)  # fmt: skip

    controls = (
        Slider("size", "First size", sizes, 1.0, [f"× {size:g}" for size in sizes]),
        Slider("turn", "First turn", turns, 0.0, [f"{turn:g}°" for turn in turns]),
    )
    return _sketch(problems, controls, list(runs()), steps, id, title, goal)


def polls(
    problems: Mapping[str, Problem],
    contestants: Mapping[str, tuple[str, Mapping[str, Any]]],
    *,
    steps: int = 60,
    id: str = "polls",
    title: str = "Which points are tried?",
    goal: Mapping[str, Any] | None = None,
) -> Sketch:
    """Direct searches step by step, with every point that each step tries.

    Parameters
    ----------
    problems : dict of label to Problem
        Landscapes of two variables, with a start.
    contestants : dict of label to (method, options)
        Which methods to choose from.
    steps, id, title
        As in `simplex`.
    goal : dict, optional
        ``text``, the sentence; ``problem``, the landscape on which it counts; and either ``target`` and ``within``, an
        error and the evaluations that it may take, or ``stuck``, an error above which a finished run must have ended.

    Returns
    -------
    Sketch
        With the controls ``problem``, ``method``, ``step`` and ``magnify``.
    """
    runs = [
        walk(problem, method, steps, x0=problem.x0, **options)
        for problem, (method, options) in product(problems.values(), contestants.values())
    ]
    controls = (Choice("method", "Method", tuple(contestants), next(iter(contestants))),)
    return _sketch(problems, controls, runs, steps, id, title, goal)


def _sketch(problems: Mapping[str, Problem], controls: Sequence[Any], runs: list[Walk], steps: int, id: str,
            title: str, goal: Mapping[str, Any] | None) -> Sketch:  # fmt: skip
    pictures = {label: landscape(problem) for label, problem in problems.items()}
    chosen = [Choice("problem", "Landscape", tuple(problems), next(iter(problems))), *controls]
    axes = [(c.name, list(c.options if isinstance(c, Choice) else c.values)) for c in chosen]
    most = max(len(run.x) for run in runs) - 1
    whole: tuple[Control, ...] = (*chosen, Steps(most, min(12, most)), Toggle("magnify", "Magnify"))

    def shown(state: Mapping[str, Any]) -> Walk:
        at = 0
        for name, values in axes:
            at = at * len(values) + values.index(state[name])
        return runs[at]

    return Sketch(
        "trials", id=id, title=title, goal=None if goal is None else goal["text"], controls=whole,
        data={
            "axes": [{"name": name, "values": values} for name, values in axes], "words": WORDS, "goal": goal,
            "simplex": runs[0].simplex is not None,
            "problems": [
                {"label": label, "window": picture.window.tolist(), "levels": picture.level_codes(),
                 "optima": optima(problems[label]).tolist()} for label, picture in pictures.items()
            ],
        },
        arrays=_arrays(runs, [picture.quantised() for picture in pictures.values()]),
        describe=lambda state: _words(state, shown(state)),
        still=lambda state: _still(problems[state["problem"]], pictures[state["problem"]], shown(state)),
    )  # fmt: skip


def _arrays(runs: list[Walk], fields: list[np.ndarray]) -> dict[str, np.ndarray]:
    arrays = {
        "field": np.stack(fields),
        "length": np.array([len(run.x) for run in runs], dtype=np.uint16),
        "x": np.concatenate([run.x for run in runs]).astype(np.float32),
        "error": np.concatenate([run.error for run in runs]).astype(np.float32),
        "evaluations": np.concatenate([run.evaluations for run in runs]).astype(np.uint16),
        "word": np.concatenate([run.word for run in runs]).astype(np.uint8),
        "tried": np.concatenate([run.tried[: run.evaluations[-1]] for run in runs]).astype(np.float32),
    }
    simplices = [run.simplex for run in runs if run.simplex is not None]
    if simplices:
        arrays["simplex"] = np.concatenate(simplices).astype(np.float32)
    return arrays


def _words(state: Mapping[str, Any], run: Walk) -> str:
    step = min(state["step"], len(run.x) - 1)
    chosen = ", ".join(f"{name} {state[name]}" for name in ("method", "size", "turn") if name in state)
    return (
        f"On {state['problem']}, {chosen}: {WORDS[run.word[step]]} at step {step}, error {run.error[step]:.2g} after "
        f"{run.evaluations[step]} evaluations. The run ends with {run.error[-1]:.2g} after {run.evaluations[-1]}."
    )


def _still(problem: Problem, picture: Any, run: Walk) -> Any:
    """All steps of a run at once."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.8, 3.8), layout="constrained")
    axis = figure.add_subplot()
    draw_landscape(axis, picture, optima(problem))
    if run.simplex is not None:
        for corners in run.simplex:
            axis.plot(*np.vstack([corners, corners[:1]]).T, color=style.COLOURS[0], ls="-", lw=0.8)
    else:
        axis.plot(*run.tried.T, ".", color=style.COLOURS[1], ms=3)
        axis.plot(*run.x.T, color=style.COLOURS[0], marker="o", ms=3)
    return figure
