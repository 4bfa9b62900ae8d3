"""`difference`: a slope from two values, under a microscope: the secant, the steps of rounding, and the error's V."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..derivatives import complex_step_gradient, finite_difference_gradient
from . import style
from .sketch import Choice, Sketch, Slider

PLACE = 1.0  # where the slope of exp is wanted: it is e
EXPONENTS = tuple(float(x) for x in np.arange(-16, 0.01, 0.25))
FORMULAS = ("forward difference", "central difference", "complex step")
SAMPLES = 161  # of the function under the microscope, over twice the step to both sides
LEAST = 1e-17  # an error of 0 is drawn as this


def slope(formula: str, h: float) -> float:
    """The slope of exp at 1 by a formula with step ``h``."""
    if formula == "complex step":
        return float(complex_step_gradient(np.exp, PLACE, step=h))
    # With no room behind, the package's difference is the forward one.
    bounds = np.array([[PLACE, np.inf]]) if formula == "forward difference" else None
    return float(finite_difference_gradient(np.exp, PLACE, step=h, bounds=bounds))


def relative_error(formula: str, h: float) -> float:
    """How wrong the slope is, as a share of it; LEAST where it is exact."""
    return max(abs(slope(formula, h) / np.exp(PLACE) - 1), LEAST)


def microscope(h: float) -> np.ndarray:
    """exp around 1, in units of the step along both axes; shape (161, 2)."""
    x = PLACE + np.linspace(-2, 2, SAMPLES) * h
    return np.column_stack([(x - PLACE) / h, (np.exp(x) - np.exp(PLACE)) / h])


def difference(
    *, id: str = "difference", title: str = "A slope from two values", formula: str = "forward difference",
    exponent: float = 0.0,
) -> Sketch:  # fmt: skip
    """The slope of exp at 1 from differences with a step that the reader sets.

    Parameters
    ----------
    id, title : str
    formula : {"forward difference", "central difference", "complex step"}
        Shown first.
    exponent : float
        The step shown first is ``10**exponent``; from -16 to 0 in quarters.

    Returns
    -------
    Sketch
        With settings ``formula`` and ``exponent``.
    """
    steps = 10.0 ** np.array(EXPONENTS)
    errors = np.array([[relative_error(name, h) for h in steps] for name in FORMULAS])
    controls = (
        Choice("formula", "Formula", FORMULAS, formula),
        Slider("exponent", "Step h", EXPONENTS, exponent, [_short(h) for h in steps]),
    )  # fmt: skip

    def describe(state: Mapping[str, Any]) -> str:
        h = 10.0 ** state["exponent"]
        error = relative_error(state["formula"], h)
        return f"{state['formula'].capitalize()} with step {h:.1e}: relative error {error:.1e}."

    return Sketch(
        "difference", id=id, title=title, controls=controls, describe=describe,
        still=lambda state: _still(errors, state),
        goal="with two values and no complex numbers, get ten digits right.",
        data={"formulas": FORMULAS, "exponents": EXPONENTS, "slope": float(np.exp(PLACE)), "enough": 1e-10,
              "slopes": [[slope(name, h) for h in steps] for name in FORMULAS], "errors": errors.tolist()},
        arrays={"views": np.array([microscope(h) for h in steps], dtype="f4")},
    )  # fmt: skip


def _short(h: float) -> str:
    """A step as the slider shows it: 5.6e-6."""
    return f"{h:.1e}".replace("e-0", "e-").replace("e+00", "")


def _still(errors: np.ndarray, state: Mapping[str, Any]) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.8, 3.4))
    ax = figure.subplots()
    for name, row, marker in zip(FORMULAS, errors, style.MARKERS, strict=False):
        ax.loglog(10.0 ** np.array(EXPONENTS), row, marker=marker, markevery=4, label=name)
    ax.axvline(10.0 ** state["exponent"], color=style.INK, lw=1, ls=":")
    ax.set(xlabel="step h", ylabel="relative error", title="The slope of exp at 1")
    ax.legend()
    return figure
