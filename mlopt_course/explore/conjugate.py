"""`conjugate`: line searches on a bowl, and the same bowl made round, where conjugate means at right angles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from mlopt_course.loop import minimize
from mlopt_course.problem import Problem

from . import style
from .sketch import Choice, Sketch, Slider, Steps

DONE = 1e-12  # share of the first error at which a run counts as over


def bowl(turn: float, condition: float, start: Any = None) -> Problem:
    r"""The bowl :math:`x^\top A x / 2` with curvatures 1 and ``condition``, its valley turned by ``turn`` degrees."""
    A = matrix(turn, condition)
    return Problem(
        lambda x: float(x @ A @ x) / 2, lambda x: A @ x, lambda x: A, x0=(-1.5, -1.0) if start is None else start,
        x_opt=[0.0, 0.0], f_opt=0.0, name="bowl",
    )  # fmt: skip


def matrix(turn: float, condition: float) -> np.ndarray:
    """The Hessian of `bowl`, shape (2, 2)."""
    along = np.array([np.cos(np.deg2rad(turn)), np.sin(np.deg2rad(turn))])
    across = np.array([-along[1], along[0]])
    return np.outer(along, along) + condition * np.outer(across, across)


def angle(A: np.ndarray, p: Any, q: Any) -> float:
    """The angle between two directions where the bowl is made round, in degrees from 0 to 90: 90 if conjugate."""
    p, q = np.asarray(p, dtype=float), np.asarray(q, dtype=float)
    cosine = abs(p @ A @ q) / np.sqrt((p @ A @ p) * (q @ A @ q))
    return float(np.degrees(np.arccos(min(cosine, 1.0))))


def conjugate(
    methods: Mapping[str, tuple[str, Mapping[str, Any]]],
    *,
    turns: Sequence[float] = (0.0, 15.0, 30.0, 45.0, 60.0, 75.0, 90.0),
    conditions: Sequence[float] = (1.0, 3.0, 10.0, 30.0, 100.0),
    start: Any = (-1.5, -1.0),
    steps: int = 40,
    initial: tuple[float, float] = (30.0, 10.0),
    id: str = "conjugate",
    title: str = "Directions that do not undo one another",
    goal: str | None = None,
) -> Sketch:
    """Line searches on a bowl of two variables, and where the bowl is made round.

    Parameters
    ----------
    methods : dict of label to (method, options)
        Methods that yield a ``direction``.
    turns, conditions : sequence of float
        Turns of the valley (degrees) and condition numbers (>= 1) to choose from.
    start : array_like, shape (2,)
        Where every run begins.
    steps : int
        Line searches of each run at most.
    initial : tuple of float
        Turn and condition number at first.
    id, title : str
        Name for the sentences that set it; heading.
    goal : str, optional
        What to ask of the reader. It is reached when the first method is done in two line searches on a bowl that
        is not round.

    Returns
    -------
    Sketch
        With the controls ``method``, ``turn``, ``condition`` and ``step``.
    """
    runs = {
        key: _run(bowl(key[1], key[2], start), methods[key[0]], steps) for key in product(methods, turns, conditions)
    }
    first = next(iter(methods))
    return Sketch(
        "conjugate", id=id, title=title, goal=goal,
        controls=(
            Choice("method", "Method", tuple(methods), first),
            Slider("turn", "Turn of the valley", turns, initial[0], [f"{turn:g}°" for turn in turns]),
            Slider("condition", "Condition κ", conditions, initial[1]),
            Steps(max(len(x) for x, _ in runs.values()) - 1, 3),
        ),
        data={"methods": list(methods), "turns": list(turns), "conditions": list(conditions)},
        arrays={
            "length": np.array([len(x) for x, _ in runs.values()], dtype=np.uint16),
            "x": np.concatenate([x for x, _ in runs.values()]).astype(np.float32),
            "direction": np.concatenate([direction for _, direction in runs.values()]).astype(np.float32),
        },
        describe=lambda state: _words(state, *runs[state["method"], state["turn"], state["condition"]]),
        still=lambda state: _still(state, *runs[state["method"], state["turn"], state["condition"]]),
    )  # fmt: skip


def _run(problem: Problem, method: tuple[str, Mapping[str, Any]], steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Points (n, 2) and the unit direction that led to each (zeros at the start), until the error is nothing."""
    name, options = method
    history = minimize(problem, method=name, max_iterations=steps, **options).history
    over = np.flatnonzero(history.fun <= DONE * history.fun[0])
    length = int(over[0]) + 1 if over.size else len(history)
    direction = np.array(history["direction"][:length], dtype=float)
    direction[0] = 0.0
    norms = np.linalg.norm(direction, axis=1, keepdims=True)
    return np.asarray(history.x)[:length], direction / np.where(norms > 0, norms, 1.0)


def _words(state: Mapping[str, Any], x: np.ndarray, direction: np.ndarray) -> str:
    A, step = matrix(state["turn"], state["condition"]), min(state["step"], len(x) - 1)
    shares = [float(point @ A @ point) for point in (x[step], x[0])]
    told = (
        f" Its last two directions meet at {angle(A, direction[step - 1], direction[step]):.0f}° there."
        if step > 1
        else ""
    )
    return (
        f"{state['method']} on a valley turned by {state['turn']:g}°, condition {state['condition']:g}: after {step} "
        f"line searches the error is {shares[0] / shares[1]:.2g} of the first; beside it the same where the bowl is "
        f"round.{told}"
    )


def _still(state: Mapping[str, Any], x: np.ndarray, direction: np.ndarray) -> Any:
    from matplotlib.figure import Figure

    A = matrix(state["turn"], state["condition"])
    values, vectors = np.linalg.eigh(A)
    root = vectors @ np.diag(np.sqrt(values)) @ vectors.T
    figure = Figure(figsize=(4.8, 6.4), layout="constrained")
    for axis, to, name in zip(figure.subplots(2), (np.eye(2), root), ("the bowl", "made round"), strict=True):
        circle = np.linspace(0, 2 * np.pi, 200)
        ring = np.linalg.solve(root, np.array([np.cos(circle), np.sin(circle)]))
        for height in np.linspace(0.2, 1, 5) * np.sqrt(x[0] @ A @ x[0]):
            axis.plot(*(height * to @ ring), color=style.INK, ls="-", lw=0.6)
        axis.plot(*(x[: state["step"] + 1] @ to.T).T, color=style.COLOURS[0], marker="o", ms=3)
        axis.set(title=name, aspect="equal")
    return figure
