"""`trust_ball`: one step of a trust-region method at a time, with the point and the radius in the reader's hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from mlopt_course.loop import minimize
from mlopt_course.problem import Problem
from mlopt_course.second_order import dogleg, steihaug

from . import style
from .landscape import landscape

if TYPE_CHECKING:
    from .sketch import Sketch

RADII = tuple(2.0**k for k in range(-5, 3))
SOLVERS = {"Steihaug": steihaug, "dogleg": dogleg}


def double_valley() -> Problem:
    r"""Two valleys and the saddle between them, :math:`x_1^2 / 2 - x_2^2 / 2 + x_2^4 / 4`.

    Minima at (0, -1) and (0, 1) with the value -1/4, a saddle at (0, 0).
    """
    return Problem(
        lambda x: x[..., 0] ** 2 / 2 - x[..., 1] ** 2 / 2 + x[..., 1] ** 4 / 4,
        lambda x: np.array([x[0], x[1] ** 3 - x[1]]),
        lambda x: np.diag([1.0, 3 * x[1] ** 2 - 1]),
        batch_fun=lambda X: X[:, 0] ** 2 / 2 - X[:, 1] ** 2 / 2 + X[:, 1] ** 4 / 4,
        x0=[1.2, 0.3],
        x_opt=[[0.0, -1.0], [0.0, 1.0]],
        f_opt=-0.25,
        window=((-2.2, 2.2), (-1.6, 1.6)),  # as wide as the panel is, so that a ball looks like one
        name="double valley",
    )


def trust_ball(
    *,
    id: str = "ball",
    title: str = "A step that is trusted so far",
    goal: str | None = None,
    within: int = 6,
    initial_radius: float = 0.5,
) -> Sketch:
    """The model of `double_valley` at a point, minimised within a ball; then the step is taken, and the next.

    Parameters
    ----------
    id, title : str
        Name for the sentences that set it; heading.
    goal : str, optional
        What to ask of the reader. It is reached at a minimum (a gradient shorter than 0.001) after at most ``within``
        steps from a start that is at least 1 away from both minima.
    within : int
        See ``goal``.
    initial_radius : float
        Radius shown first.

    Returns
    -------
    Sketch
        With the controls ``solver``, ``radius``, ``point`` and ``newton`` (the pure step instead), and the actions to
        take the step and to forget the way.
    """
    from .sketch import Action, Choice, Handle, Sketch, Slider

    problem = double_valley()
    picture = landscape(problem)
    window = [list(pair) for pair in problem.window]
    low, high = zip(*problem.window, strict=True)
    return Sketch(
        "trust_ball",
        id=id,
        title=title,
        goal=goal,
        controls=(
            Choice("solver", "Step by", (*SOLVERS, "pure Newton"), "Steihaug"),
            Slider("radius", "Radius", RADII, initial_radius),
            Handle("point", "Point", tuple(problem.x0), low, high, (0.05, 0.05)),
            Action("take", "Take the step"),
        ),
        data={"window": window, "levels": picture.level_codes(), "radii": list(RADII), "within": within},
        arrays={"field": picture.quantised()},
        describe=lambda state: _words(problem, state),
        still=lambda state: _still(problem, state),
    )


def step_of(problem: Problem, x: np.ndarray, radius: float, solver: str) -> np.ndarray:
    """The step that the method takes at ``x``."""
    gradient, hessian = problem.gradient(x), problem.hessian(x)  # type: ignore[misc]
    if solver == "pure Newton":
        return -np.linalg.solve(hessian, gradient)
    return SOLVERS[solver](gradient, hessian, radius)[0]


def _words(problem: Problem, state: Mapping[str, Any]) -> str:
    x = np.array(state["point"])
    step = step_of(problem, x, state["radius"], state["solver"])
    change = float(problem.fun(x + step) - problem.fun(x))
    where = f"from ({x[0]:g}, {x[1]:g}) is ({step[0]:.3g}, {step[1]:.3g})"
    way = "falls" if change < 0 else "rises"
    return f"The step by {state['solver']} {where}; the function {way} by {abs(change):.3g}."


def _still(problem: Problem, state: Mapping[str, Any]) -> Any:
    """The contours, the ball and the path of `trust_region` from the point, in print."""
    from matplotlib.figure import Figure
    from matplotlib.patches import Circle

    x = np.array(state["point"])
    grid = np.meshgrid(*(np.linspace(low, high, 90) for low, high in problem.window))
    figure = Figure(figsize=(4.8, 3.8), layout="constrained")
    axis = figure.add_subplot()
    axis.contour(*grid, problem.fun(np.stack(grid, axis=-1)), levels=14, colors="#8899aa", linewidths=0.6)
    axis.add_patch(Circle(tuple(x), state["radius"], fill=False, color=style.COLOURS[0], ls="--"))
    path = minimize(problem, x, "trust_region", initial_radius=state["radius"]).history.x
    axis.plot(*np.asarray(path).T, color="#333", marker="o", ms=3)
    axis.set(xlabel="$x_1$", ylabel="$x_2$", xlim=problem.window[0], ylim=problem.window[1])
    return figure
