"""`constrained_paths`: penalty, augmented Lagrangian and interior point on their way, in one picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlopt_course.constrained import Constraints, augmented_lagrangian, interior_point, penalty_method, sqp
from mlopt_course.loop import minimize
from mlopt_course.problem import Problem

from . import style
from .landscape import landscape
from .stills import draw_landscape

if TYPE_CHECKING:
    from .sketch import Sketch

METHODS = ("penalty", "augmented Lagrangian", "interior point")
SHOWN = ("the objective", *METHODS)
FACTORS = (2.0, 4.0, 10.0, 100.0)
CURVED, CORNER = np.diag([1.0, 3.0]), np.array([[1.0, 0.4], [0.4, 1.0]])
CENTRES = ((1.6, 0.9), (2.0, 0.2))
BARRIERS = np.geomspace(10.0, 1e-6, 60)
WALLS, LIMITS = np.array([[1.0, 1.0], [1.0, -1.0]]), np.array([1.0, 1.2])
START = (-0.6, -0.9)
MOST = 14


def programs() -> dict[str, Problem]:
    """A bowl behind a circle, and one in a corner of two straight walls."""
    room = ((-1.6, 2.4), (-1.5, 1.5))
    circle = {"type": "ineq", "fun": lambda x: 1.0 - x @ x, "jac": lambda x: -2 * x}
    straight = {"type": "ineq", "fun": lambda x: LIMITS - WALLS @ x, "jac": lambda x: -WALLS}

    def program(name: str, A: np.ndarray, centre: Sequence[float], wall: Any) -> Problem:
        c = np.array(centre)
        return Problem(
            lambda x: float((x - c) @ A @ (x - c) / 2), lambda x: A @ (x - c), lambda x: A,
            x0=START, constraints=[wall], window=room, name=name,
        )  # fmt: skip

    return {
        "a circle": program("a circle", CURVED, CENTRES[0], circle),
        "a corner": program("a corner", CORNER, CENTRES[1], straight),
    }


@dataclass(frozen=True)
class Way:
    """One method's way: points (n, 2) from the start on, what it minimised at each, and what that cost.

    ``weight`` is the penalty's (or, for the interior point, the barrier); ``before`` and ``after`` are the multipliers
    (n, p) that the step had and those that it leaves; ``spent`` counts evaluations of the objective.
    """

    x: np.ndarray
    weight: np.ndarray
    before: np.ndarray
    after: np.ndarray
    spent: np.ndarray


def way(problem: Problem, name: str, factor: float) -> Way:
    """Run a method with its weight growing (its barrier shrinking) by a factor."""
    if name == "interior point":
        run = minimize(problem, method=interior_point, barrier=1.0, reduction=1 / factor, tolerance=1e-9)
        weight = run.history["barrier"]
    else:
        method = penalty_method if name == "penalty" else augmented_lagrangian
        # Beyond weights of ten million the penalty's inner problems cost thousands of evaluations and change nothing.
        most = int(np.log(1e7) / np.log(factor)) + 1 if name == "penalty" else MOST
        most = min(most, MOST)
        run = minimize(problem, method=method, max_iterations=most, weight=1.0, growth=factor, tolerance=1e-9)
        weight = run.history["weight"]
    # The first record is the start, which has no state of the method.
    points = np.asarray(run.history.x)[: MOST + 1]
    after = np.nan_to_num(np.array(list(run.history["inequality_multipliers"]))[: MOST + 1])
    before = np.vstack([np.zeros((1, after.shape[1])), after[:-1]])
    spent = np.asarray(run.history.nfev)[: MOST + 1]
    return Way(points, np.nan_to_num(np.asarray(weight)[: MOST + 1], nan=1.0), before, after, spent)


def solution(problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """The optimum and its multipliers."""
    run = minimize(problem, method=sqp, tolerance=1e-12)
    return run.x, np.asarray(run.history["inequality_multipliers"][-1])


def central_path(name: str, barriers: np.ndarray = BARRIERS) -> np.ndarray:
    """The minima of the barrier function (n, 2) of a problem, each by Newton's method from the last, from 0 on."""
    problem = programs()[name]
    A, bend = (CURVED, 2 * np.eye(2)) if name == "a circle" else (CORNER, np.zeros((2, 2)))
    walls = Constraints(problem, np.zeros(2))
    gradient = problem.gradient
    assert gradient is not None

    def slope(x: np.ndarray, beta: float) -> np.ndarray:
        return gradient(x) + walls.jacobians(x)[1].T @ (beta / -walls.values(x)[1])

    x, path = np.zeros(2), []
    for beta in barriers:
        for _ in range(50):
            g, J = walls.values(x)[1], walls.jacobians(x)[1]
            curvature = A + (J.T * (beta / g**2)) @ J + bend * np.sum(beta / -g)
            step = -np.linalg.solve(curvature, slope(x, beta))
            # A convex function along its Newton step: halve until it is inside, and not yet rising steeply again.
            while (walls.values(x + step)[1] >= 0).any() or slope(x + step, beta) @ step > -slope(x, beta) @ step:
                step = step / 2
            x = x + step
            if np.abs(step).max() < 1e-13:
                break
        path.append(x)
    return np.array(path)


def constrained_paths(
    *, id: str = "paths", title: str = "Three ways to a wall", goal: str | None = None, initial: float = 4.0
) -> Sketch:
    """The three ways over the objective, or over what one of them minimises at this step; and their errors.

    Parameters
    ----------
    id, title : str
        Name for the sentences that set it; heading.
    goal : str, optional
        What to ask of the reader. It is reached where the augmented Lagrangian is ten thousand times nearer than the
        penalty at the same step.
    initial : float
        The factor shown first.

    Returns
    -------
    Sketch
        With the controls ``problem``, ``shown``, ``factor``, ``step`` and ``magnify``.
    """
    from .sketch import Choice, Sketch, Slider, Steps, Toggle

    every = programs()
    ends = {name: solution(problem) for name, problem in every.items()}
    ways = {(p, f, m): way(every[p], m, f) for p in every for f in FACTORS for m in METHODS}
    pictures = {name: landscape(problem) for name, problem in every.items()}
    keys: Sequence[Any] = list(ways)

    def joined(field: str) -> np.ndarray:
        return np.concatenate([_two(getattr(ways[key], field), field) for key in keys]).astype(np.float32)

    return Sketch(
        ("forces", "constrained_paths"), id=id, title=title, goal=goal,
        controls=(
            Choice("problem", "Feasible set", tuple(every), next(iter(every))),
            Choice("shown", "Landscape of", SHOWN, SHOWN[0]), Slider("factor", "Factor", FACTORS, initial),
            Steps(MOST, 3), Toggle("magnify", "Magnify the end"),
        ),
        data={
            "methods": list(METHODS), "factors": list(FACTORS), "most": MOST,
            "problems": [
                {"label": name, "window": [list(pair) for pair in problem.window],
                 "levels": pictures[name].level_codes(), "optimum": ends[name][0].tolist(),
                 "multipliers": ends[name][1].tolist(), "central": np.round(central_path(name), 6).tolist()}
                for name, problem in every.items()
            ],
            "walls": WALLS.tolist(), "limits": LIMITS.tolist(),
            "bowls": [{"A": A.tolist(), "centre": list(c)} for A, c in zip((CURVED, CORNER), CENTRES, strict=True)],
        },
        arrays={
            "field": np.stack([picture.quantised() for picture in pictures.values()]),
            "length": np.array([len(ways[key].x) for key in keys], dtype=np.uint16),
            **{name: joined(name) for name in ("x", "weight", "before", "after", "spent")},
        },
        describe=lambda state: _words(state, ways, ends),
        still=lambda state: _still(state, ways, every, pictures, ends),
    )  # fmt: skip


def _two(values: np.ndarray, field: str) -> np.ndarray:
    """Multipliers in two columns, also where there is only one constraint."""
    return np.pad(values, ((0, 0), (0, 2 - values.shape[1]))) if field in ("before", "after") else values


def _error(one: Way, step: int, optimum: np.ndarray) -> float:
    return float(np.linalg.norm(one.x[min(step, len(one.x) - 1)] - optimum))


def _words(state: Mapping[str, Any], ways: Mapping[Any, Way], ends: Mapping[str, Any]) -> str:
    told = ", ".join(
        f"{name} {_error(ways[state['problem'], state['factor'], name], state['step'], ends[state['problem']][0]):.1g}"
        for name in METHODS
    )
    return (
        f"At the edge of {state['problem']}, weights growing by {state['factor']:g}. "
        f"Distance from the optimum after step {state['step']}: {told}."
    )


def _still(state: Mapping[str, Any], ways: Any, every: Any, pictures: Any, ends: Any) -> Any:
    from matplotlib.figure import Figure

    name = state["problem"]
    figure = Figure(figsize=(7.4, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    draw_landscape(left, pictures[name], ends[name][0][None])
    if name == "a circle":
        turn = np.linspace(0, 2 * np.pi, 90)
        left.plot(np.cos(turn), np.sin(turn), color="#333", ls="-")
    else:
        for row, limit in zip(WALLS, LIMITS, strict=True):
            left.axline(limit * row / 2, slope=-row[0] / row[1], color="#333", ls="-")
    left.plot(*central_path(name).T, color=style.INK, ls="-", lw=1)
    for k, method in enumerate(METHODS):
        one = ways[name, state["factor"], method]
        look = {"color": style.COLOURS[k], "ls": style.DASHES[k], "marker": style.MARKERS[k], "ms": 4}
        left.plot(*one.x[: state["step"] + 1].T, **look)
        errors = [max(_error(one, step, ends[name][0]), 1e-10) for step in range(len(one.x))]
        right.semilogy(one.spent, errors, label=method, **look)
    left.set(aspect="equal", xlim=every[name].window[0], ylim=every[name].window[1])
    right.set(xlabel="evaluations", ylabel="distance from the optimum")
    right.legend()
    return figure
