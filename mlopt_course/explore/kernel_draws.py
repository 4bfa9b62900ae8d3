"""`kernel_draws`: functions that a kernel finds likely, before and after some points are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mlopt_course.bayesian import GaussianProcess

from . import style
from .beliefs import KERNEL_NAMES

if TYPE_CHECKING:
    from .sketch import Sketch

PLACES = np.linspace(0.0, 1.0, 121)
SCALES = (0.02, 0.03, 0.05, 0.08, 0.12, 0.2, 0.3, 0.5, 0.8, 1.3)
NOISES = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8)
POINTS = {"a": (0.06, -0.4), "b": (0.2, 0.8), "c": (0.34, 1.2), "d": (0.52, 0.4), "e": (0.66, -0.8), "f": (0.9, -0.5)}
DRAWS = 6  # sets of three functions


def kernel_draws(
    *,
    points: Mapping[str, Sequence[float]] = POINTS,
    kernel: str = "Matérn 5/2",
    lengthscale: float = 0.12,
    noise: float = 0.0,
    id: str = "kernels",
    title: str = "What a kernel believes",
    goal: str | None = None,
) -> Sketch:
    """Draws from a Gaussian process, prior or posterior, and the marginal likelihood of its hyperparameters.

    Parameters
    ----------
    points : mapping of letter to (x, y)
        The points that are known; they can be dragged. x in [0, 1], y in [-3, 3].
    kernel, lengthscale, noise : str, float, float
        Shown first: one of `KERNEL_NAMES`, `SCALES`, `NOISES` (a standard deviation).
    id, title, goal : str
        See `Sketch`. The goal is reached at the settings of the largest marginal likelihood for the points as they are.

    Returns
    -------
    Sketch
        With the controls ``show`` (the prior or the posterior), ``kernel``, ``lengthscale``, ``noise``, ``draw`` (which
        draws) and the points.
    """
    from .sketch import Action, Choice, Handle, Sketch, Slider

    handles = [Handle(name, f"Point {name}", (at[0], at[1]), (0.0, -3.0), (1.0, 3.0), (0.02, 0.1))
               for name, at in points.items()]  # fmt: skip
    return Sketch(
        ("gaussian", "kernel_draws"),
        id=id,
        title=title,
        goal=goal,
        controls=(
            Choice("show", "Show", ("the prior", "the posterior"), "the prior"),
            Choice("kernel", "Kernel", tuple(KERNEL_NAMES), kernel),
            Slider("lengthscale", "Length scale ℓ", SCALES, lengthscale),
            Slider("noise", "Noise σ", NOISES, noise),
            Slider("draw", "Other draws", tuple(range(1, DRAWS + 1)), 1),
            *handles,
            Action("back", "Put the points back"),
        ),
        data={"points": {name: list(map(float, at)) for name, at in points.items()}, "scales": list(SCALES),
              "noises": list(NOISES), "kernels": list(KERNEL_NAMES), "draws": DRAWS},
        arrays={"normals": _normals()},
        describe=lambda state: _words(state, points),
        still=lambda state: _still(state, points),
    )  # fmt: skip


def _normals() -> np.ndarray:
    return np.random.default_rng(1).standard_normal((DRAWS, 3, len(PLACES))).astype(np.float32)


def process_at(state: Mapping[str, Any], names: Sequence[str]) -> GaussianProcess:
    """The process that the settings stand for, conditioned on the named points of ``state`` (none for the prior)."""
    known = np.array([state[name] for name in names], dtype=float).reshape(-1, 2)
    kernel = KERNEL_NAMES[state["kernel"]]
    return GaussianProcess(known[:, :1], known[:, 1], kernel, state["lengthscale"], noise=state["noise"] ** 2)


def functions_at(state: Mapping[str, Any], names: Sequence[str]) -> np.ndarray:
    """The three functions drawn that the page shows, one to a row."""
    shown = process_at(state, names if state["show"] == "the posterior" else ())
    return shown.drawn(PLACES[:, None], _normals()[int(state["draw"]) - 1])


def _words(state: Mapping[str, Any], points: Mapping[str, Any]) -> str:
    likelihood = process_at(state, tuple(points)).log_marginal_likelihood()
    return (
        f"Three functions drawn from {state['show']} of a Gaussian process with the kernel {state['kernel']}, length "
        f"scale {state['lengthscale']:g} and noise {state['noise']:g}. Log marginal likelihood of the "
        f"{len(points)} points: {likelihood:.2f}."
    )


def _still(state: Mapping[str, Any], points: Mapping[str, Any]) -> Any:
    from matplotlib.figure import Figure

    shown = process_at(state, tuple(points) if state["show"] == "the posterior" else ())
    mean, std = shown.predict(PLACES[:, None])
    figure = Figure(figsize=(4.8, 3.4), layout="constrained")
    axis = figure.add_subplot()
    axis.fill_between(PLACES, mean - 2 * std, mean + 2 * std, color=style.COLOURS[1], alpha=0.2, lw=0)
    for k, drawn in enumerate(functions_at(state, tuple(points))):
        axis.plot(PLACES, drawn, color=style.COLOURS[(0, 2, 3)[k]], ls=style.DASHES[(0, 2, 3)[k]])
    axis.plot(*np.array([state[name] for name in points]).T, "o", color="#111")
    axis.set(xlabel="x")
    return figure
