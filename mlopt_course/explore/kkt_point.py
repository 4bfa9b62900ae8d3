"""`kkt_point`: a point in the reader's hand, the forces there, and the four KKT conditions, each met or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlopt_course.constrained import Constraints
from mlopt_course.constrained.kkt import nearest_multipliers
from mlopt_course.problem import Problem

from . import style
from .landscape import landscape
from .stills import draw_landscape

if TYPE_CHECKING:
    from .sketch import Sketch

TOUCHED = 1e-4  # a wall this near counts as touched
WALLS, CENTRE, INSIDE = np.array([[1.0, 2.0], [1.0, 0.0], [-1.0, 0.0], [0.0, -1.0]]), (2.4, 1.6), (0.9, 0.6)
LIMITS = np.array([3.0, 1.6, 0.0, 0.0])
ESTIMATES = ("touched walls - none negative", "touched walls - any sign", "all walls - any sign")
CONDITIONS = ("stationarity", "primal", "dual", "complementarity")
# At most this for a condition to count as met; the reader's hand is no better.
ALLOWED = {"stationarity": 0.01, "primal": 1e-3, "dual": 1e-3, "complementarity": 1e-3}


@dataclass(frozen=True)
class Ground:
    """A problem of two variables to drag a point on, and all of its KKT points with what they are."""

    problem: Problem
    points: tuple[tuple[tuple[float, float], str], ...]


def grounds() -> dict[str, Ground]:
    """The four problems, by name: a bowl and a hill behind the same walls, a ring, and a cusp."""
    inside = {"type": "ineq", "fun": lambda x: LIMITS - WALLS @ x, "jac": lambda x: -WALLS}
    ring = {"type": "eq", "fun": lambda x: x @ x - 2.0, "jac": lambda x: 2 * x}
    cusp = [
        {"type": "ineq", "fun": lambda x: (1 - x[0]) ** 3 - x[1],
         "jac": lambda x: np.array([-3 * (1 - x[0]) ** 2, -1.0])},
        {"type": "ineq", "fun": lambda x: x[1], "jac": lambda x: np.array([0.0, 1.0])},
    ]  # fmt: skip
    room = ((-0.6, 2.6), (-0.5, 1.9))
    wide = ((-2.4, 2.4), (-1.8, 1.8))
    feet = tuple((at, "saddle") for at in ((0.0, 0.6), (0.9, 0.0), (1.6, 0.6), (1.08, 0.96)))
    corners = tuple((at, "minimum") for at in ((0.0, 0.0), (1.6, 0.0), (1.6, 0.7), (0.0, 1.5)))
    return {
        "a bowl": Ground(
            _square(CENTRE, 1.0, [inside], room), (((1.6, 0.7), "minimum"),)),
        "a hill": Ground(
            _square(INSIDE, -1.0, [inside], room), (((0.9, 0.6), "maximum"), *feet, *corners)),
        "a ring": Ground(
            Problem(lambda x: float(x[0] + x[1]), lambda x: np.ones(2), x0=[1.0, -1.0], constraints=[ring],
                    window=wide),
            (((-1.0, -1.0), "minimum"), ((1.0, 1.0), "maximum"))),
        "a cusp": Ground(
            Problem(lambda x: float(-x[0]), lambda x: np.array([-1.0, 0.0]), x0=[0.0, 0.5], constraints=cusp,
                    window=((-0.6, 1.8), (-0.6, 1.2))),
            ()),
    }  # fmt: skip


def _square(centre: tuple[float, float], sign: float, constraints: Any, window: Any) -> Problem:
    c = np.array(centre)
    return Problem(
        lambda x: float(sign * (x - c) @ (x - c) / 2), lambda x: sign * (x - c), x0=[0.5, 0.3], constraints=constraints,
        window=window,
    )  # fmt: skip


def multipliers(problem: Problem, x: Any, estimate: str) -> np.ndarray:
    """Multipliers of all constraints at ``x``, equalities first, as the explorer estimates them."""
    x = np.asarray(x, dtype=float)
    here = Constraints(problem, x).at(x)
    assert problem.gradient is not None
    gradient = problem.gradient(x)
    touched = here.g >= -TOUCHED
    if estimate == ESTIMATES[0]:
        return np.concatenate(nearest_multipliers(gradient, here, touched))
    chosen = np.append(np.ones(len(here.h), dtype=bool), touched | (estimate == ESTIMATES[2]))
    rows = np.vstack([here.h_jacobian, here.g_jacobian])
    found = np.zeros(len(rows))
    found[chosen] = np.linalg.lstsq(rows[chosen].T, -gradient, rcond=None)[0]
    return found


def residuals(problem: Problem, x: Any, estimate: str) -> dict[str, float]:
    """How far each condition is from being met, in the problem's own units."""
    x = np.asarray(x, dtype=float)
    here, found = Constraints(problem, x).at(x), multipliers(problem, x, estimate)
    assert problem.gradient is not None
    mu = found[len(here.h) :]
    rows = np.vstack([here.h_jacobian, here.g_jacobian])
    left = (
        float(np.max(np.abs(problem.gradient(x) + rows.T @ found))), here.violation,
        float(np.max(-mu, initial=0.0)), float(np.max(np.abs(mu * here.g), initial=0.0)),
    )  # fmt: skip
    return dict(zip(CONDITIONS, left, strict=True))


def kkt_point(
    *,
    id: str = "kkt",
    title: str = "Four conditions at a point",
    goal: str | None = None,
    initial: Sequence[float] = (0.5, 0.3),
) -> Sketch:
    """A point to drag among walls; the four KKT conditions there, in words and symbols, with estimated multipliers.

    Parameters
    ----------
    id, title : str
        Name for the sentences that set it; heading.
    goal : str, optional
        What to ask of the reader. It is reached on the hill, where all four conditions hold at no minimum.
    initial : (x, y)
        Where the point is at first.

    Returns
    -------
    Sketch
        With the controls ``problem``, ``estimate`` and ``point``.
    """
    from .sketch import Choice, Handle, Sketch

    every = grounds()
    pictures = {label: landscape(ground.problem) for label, ground in every.items()}
    names = tuple(every)
    return Sketch(
        ("forces", "kkt_point"), id=id, title=title, goal=goal,
        controls=(
            Choice("problem", "Problem", names, names[0]), Choice("estimate", "Multipliers", ESTIMATES, ESTIMATES[0]),
            Handle("point", "The point", (initial[0], initial[1]), (-2.4, -1.8), (2.6, 1.9), (0.1, 0.1)),
        ),
        data={
            "allowed": ALLOWED, "touched": TOUCHED, "estimates": list(ESTIMATES),
            "problems": [
                {"label": label, "window": [list(pair) for pair in ground.problem.window],
                 "levels": pictures[label].level_codes(),
                 "points": [{"at": list(at), "kind": kind} for at, kind in ground.points]}
                for label, ground in every.items()
            ],
            "walls": WALLS.tolist(), "limits": LIMITS.tolist(), "centre": list(CENTRE), "inside": list(INSIDE),
        },
        arrays={"field": np.stack([picture.quantised() for picture in pictures.values()])},
        describe=lambda state: _words(state, every[state["problem"]].problem),
        still=lambda state: _still(state, every[state["problem"]].problem, pictures[state["problem"]]),
    )  # fmt: skip


def _words(state: Mapping[str, Any], problem: Problem) -> str:
    left = residuals(problem, state["point"], state["estimate"])
    told = ", ".join(f"{name} {'holds' if left[name] <= ALLOWED[name] else 'fails'}" for name in CONDITIONS)
    return f"On {state['problem']}, at ({state['point'][0]:g}, {state['point'][1]:g}): {told}."


def _still(state: Mapping[str, Any], problem: Problem, picture: Any) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.8, 3.8), layout="constrained")
    axis = figure.add_subplot()
    draw_landscape(axis, picture, np.empty((0, 2)))
    across, up = (np.linspace(low, high, 120) for low, high in problem.window)
    grid = np.array([[a, b] for b in up for a in across])
    constraints = Constraints(problem, np.array(state["point"]))
    values = [constraints.values(x) for x in grid]
    for k in range(len(values[0][0])):
        level = np.array([h[k] for h, _ in values]).reshape(120, 120)
        axis.contour(across, up, level, [0.0], colors=style.COLOURS[1], linewidths=2)
    if len(values[0][1]):
        worst = np.array([g.max() for _, g in values]).reshape(120, 120)
        axis.contourf(across, up, worst, [0.0, 1e9], colors="none", hatches=["//"])
        axis.contour(across, up, worst, [0.0], colors=style.COLOURS[1], linewidths=2)
    x = np.array(state["point"])
    assert problem.gradient is not None
    axis.quiver(*x, *-problem.gradient(x), color=style.COLOURS[0], angles="xy", scale_units="xy", scale=2)
    axis.plot(*x, "o", color="#333")
    axis.set(aspect="equal", xlim=problem.window[0], ylim=problem.window[1])
    return figure
