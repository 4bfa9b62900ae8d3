"""`support`: a support vector machine solved while its points are dragged, and its KKT conditions point by point."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from mlopt_course.constrained import linear_kernel, rbf_kernel, smo, svm_dual
from mlopt_course.loop import minimize

from . import style

if TYPE_CHECKING:
    from .sketch import Sketch

COSTS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 100.0)
GAMMA, TOLERANCE = 0.5, 1e-4
KERNELS = {"straight": linear_kernel, "Gaussian": rbf_kernel(GAMMA)}
WINDOW = ((-3.0, 3.0), (-2.25, 2.25))
# One class on the left, the other on the right; the last two of each can be dragged.
LEFT = ((-2.4, 1.1), (-2.1, -0.4), (-1.6, 1.6), (-1.5, -1.4), (-1.3, 0.4))
RIGHT = ((2.3, -0.9), (2.0, 0.7), (1.5, -1.6), (1.4, 1.5), (1.6, -0.3))
MOVABLE = {"A": (-0.6, 0.9), "B": (-0.4, -0.8), "C": (0.5, -0.2), "D": (-0.1, 0.4)}
SIGNS = np.array([-1.0] * len(LEFT) + [1.0] * len(RIGHT) + [-1.0, -1.0, 1.0, 1.0])


def points(state: Mapping[str, Any]) -> np.ndarray:
    """All points, shape (n, 2), those of the hand last."""
    return np.array([*LEFT, *RIGHT, *(state[name] for name in MOVABLE)], dtype=float)


def machine(state: Mapping[str, Any]) -> tuple[Any, np.ndarray]:
    """The dual problem of the points as they are, and its solution by `smo`."""
    problem = svm_dual(points(state), SIGNS, C=state["cost"], kernel=KERNELS[state["kernel"]])
    return problem, minimize(problem, method=smo, tolerance=TOLERANCE, max_iterations=20_000, history=1).x


def support(
    *, id: str = "support", title: str = "Points that hold the line", goal: str | None = None, initial: float = 2.0
) -> Sketch:
    """Points to drag, the machine that separates them, and each point's multiplier against its margin.

    Parameters
    ----------
    id, title : str
        Name for the sentences that set it; heading.
    goal : str, optional
        What to ask of the reader. It is reached with the straight kernel and only two support vectors.
    initial : float
        The C shown first.

    Returns
    -------
    Sketch
        With the controls ``kernel``, ``cost`` and the points ``A`` to ``D``, and the action to put them back.
    """
    from .sketch import Action, Choice, Handle, Sketch, Slider

    (left, right), (bottom, top) = WINDOW
    classes = {"A": "left", "B": "left", "C": "right", "D": "right"}
    handles = [Handle(name, f"Point {name} of the {classes[name]} class", at, (left, bottom), (right, top), (0.1, 0.1))
               for name, at in MOVABLE.items()]  # fmt: skip
    return Sketch(
        ("forces", "support"), id=id, title=title, goal=goal,
        controls=(Choice("kernel", "Kernel", tuple(KERNELS), "straight"), Slider("cost", "Cost C", COSTS, initial),
                  *handles, Action("back", "Put all back")),
        data={"fixed": [*map(list, LEFT), *map(list, RIGHT)], "signs": SIGNS.tolist(), "gamma": GAMMA,
              "tolerance": TOLERANCE, "movable": {name: list(at) for name, at in MOVABLE.items()},
              "window": [list(pair) for pair in WINDOW]},
        describe=_words, still=_still,
    )  # fmt: skip


def _words(state: Mapping[str, Any]) -> str:
    _, alpha = machine(state)
    return (
        f"Fourteen points of two classes, a {state['kernel']} kernel and C = {state['cost']:g}: {np.sum(alpha > 0)} "
        f"support vectors, {np.sum(alpha >= state['cost'])} of them with the largest multiplier, C."
    )


def _still(state: Mapping[str, Any]) -> Any:
    from matplotlib.figure import Figure

    problem, alpha = machine(state)
    where = points(state)
    figure = Figure(figsize=(7.4, 3.1), layout="constrained")
    left, right = figure.subplots(1, 2)
    across, up = (np.linspace(low, high, 90) for low, high in WINDOW)
    grid = np.array([[a, b] for b in up for a in across])
    scores = problem.decision_function(alpha, grid).reshape(90, 90)
    left.contour(across, up, scores, [-1, 0, 1], colors="#333", linestyles=["--", "-", "--"])
    margins = SIGNS * problem.decision_function(alpha, where)
    for k, sign in enumerate((-1.0, 1.0)):
        own = sign == SIGNS
        look = {"color": style.COLOURS[k], "marker": style.MARKERS[k], "ls": "none"}
        left.plot(*where[own].T, **look)
        right.plot(margins[own], alpha[own] / state["cost"], **look)
    left.plot(*where[alpha > 0].T, "o", ms=11, mfc="none", mec="#333")
    left.set(aspect="equal", xlim=WINDOW[0], ylim=WINDOW[1])
    right.set(xlabel="margin", ylabel="multiplier, as a share of C")
    return figure
