"""`price`: a wall on a slider, the best point behind it, and the multiplier as the rate at which the value changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlopt_course.constrained import sqp
from mlopt_course.loop import minimize
from mlopt_course.problem import Problem

from . import style
from .landscape import landscape
from .stills import draw_landscape

if TYPE_CHECKING:
    from .sketch import Sketch

SHAPES = ("a straight wall", "a disc", "a diamond")
BUDGETS = tuple(round(0.05 * k, 2) for k in range(4, 81))
H, CENTRE = np.array([[1.0, 0.3], [0.3, 1.0]]), np.array([2.4, 0.8])
NUDGE = 1e-3  # by which the budget is changed to measure the rate
FACETS = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])


def loss() -> Problem:
    """A bowl with its minimum at (2.4, 0.8): what two weights cost."""
    return Problem(
        lambda w: (w - CENTRE) @ H @ (w - CENTRE) / 2,
        lambda w: H @ (w - CENTRE),
        x0=[0.3, 0.2], x_opt=CENTRE, f_opt=0.0, window=((-1.0, 3.4), (-1.2, 2.1)), name="two weights",
    )  # fmt: skip


def walls(shape: str, budget: float) -> dict[str, Any]:
    """The constraint as SciPy writes it: ``fun >= 0``, the budget minus what is spent."""
    if shape == "a straight wall":
        return {"type": "ineq", "fun": lambda w: budget - w.sum(), "jac": lambda w: -np.ones(2)}
    if shape == "a disc":
        return {"type": "ineq", "fun": lambda w: budget - np.linalg.norm(w), "jac": lambda w: -w / np.linalg.norm(w)}
    return {"type": "ineq", "fun": lambda w: budget - FACETS @ w, "jac": lambda w: -FACETS}


@dataclass(frozen=True)
class Priced:
    """The best point for a budget, its value, the price (sum of the multipliers) and the rate that is measured."""

    x: np.ndarray
    value: float
    price: float
    measured: float


def best(shape: str, budget: float) -> tuple[np.ndarray, float, float]:
    """Point (without the rounding at its end), value and price by `sqp`."""
    bowl = loss()
    problem = Problem(bowl.fun, bowl.gradient, x0=bowl.x0 * 0.3, constraints=[walls(shape, budget)])
    run = minimize(problem, method=sqp, tolerance=1e-10)
    return np.round(run.x, 9) + 0.0, float(run.fun), float(np.sum(run.history["inequality_multipliers"][-1]))


def priced(shape: str, budget: float) -> Priced:
    """The optimum for a budget; the price measured is minus the central difference of its value."""
    x, value, price = best(shape, budget)
    measured = -(best(shape, budget + NUDGE)[1] - best(shape, budget - NUDGE)[1]) / (2 * NUDGE)
    return Priced(x, value, price, measured)


def price(
    *, id: str = "price", title: str = "A wall and its price", goal: str | None = None, initial: float = 1.5
) -> Sketch:
    """The best point behind a wall that a slider moves, the forces there, and the best value against the budget.

    Parameters
    ----------
    id, title : str
        Name for the sentences that set it; heading.
    goal : str, optional
        What to ask of the reader. It is reached behind the straight wall at the smallest budget whose price is 0.
    initial : float
        The budget shown first.

    Returns
    -------
    Sketch
        With the controls ``shape`` and ``budget``.
    """
    from .sketch import Choice, Sketch, Slider

    problem = loss()
    picture = landscape(problem)
    table = {(shape, budget): priced(shape, budget) for shape in SHAPES for budget in BUDGETS}
    every = list(table.values())
    return Sketch(
        ("forces", "price"), id=id, title=title, goal=goal,
        controls=(Choice("shape", "Shape", SHAPES, SHAPES[0]), Slider("budget", "Budget b", BUDGETS, initial)),
        data={"shapes": list(SHAPES), "budgets": list(BUDGETS), "window": [list(pair) for pair in problem.window],
              "levels": picture.level_codes(), "centre": CENTRE.tolist(), "hessian": H.tolist()},
        arrays={
            "field": picture.quantised(),
            "x": np.array([one.x for one in every], dtype=np.float32),
            "value": np.array([one.value for one in every], dtype=np.float32),
            "price": np.array([one.price for one in every], dtype=np.float32),
            "measured": np.array([one.measured for one in every], dtype=np.float32),
        },
        describe=lambda state: _words(state, table[state["shape"], state["budget"]]),
        still=lambda state: _still(state, table, problem, picture),
    )  # fmt: skip


def _words(state: Mapping[str, Any], at: Priced) -> str:
    return (
        f"Behind {state['shape']} with the budget {state['budget']:g} the best point is "
        f"({at.x[0]:.2f}, {at.x[1]:.2f}), with the value {at.value:.3f} and the price {max(at.price, 0):.3f}; "
        f"measured, {max(at.measured, 0):.3f}."
    )


def outline(shape: str, budget: float) -> np.ndarray:
    """Points along the wall, shape (n, 2)."""
    if shape == "a disc":
        turn = np.linspace(0, 2 * np.pi, 73)
        return budget * np.column_stack([np.cos(turn), np.sin(turn)])
    if shape == "a diamond":
        return budget * np.array([[1, 0], [0, 1], [-1, 0], [0, -1], [1, 0]])
    return np.array([[-9.0, budget + 9.0], [budget + 9.0, -9.0]])


def _still(state: Mapping[str, Any], table: Mapping[Any, Priced], problem: Problem, picture: Any) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    draw_landscape(left, picture, CENTRE[None])
    left.plot(*outline(state["shape"], state["budget"]).T, color=style.COLOURS[1], ls="--")
    at = table[state["shape"], state["budget"]]
    left.plot(*at.x, "o", color=style.COLOURS[0])
    left.set(xlim=problem.window[0], ylim=problem.window[1], aspect="equal")
    values = [table[state["shape"], b].value for b in BUDGETS]
    right.plot(BUDGETS, values, color=style.COLOURS[0], ls="-")
    right.axline((state["budget"], at.value), slope=-at.price, color=style.COLOURS[1], ls="--")
    right.set(xlabel="budget b", ylabel="best value", ylim=(-0.3, max(values)))
    return figure
