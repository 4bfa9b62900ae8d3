"""`margins`: the losses of classifiers on one axis, with focal loss in the reader's hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mlopt_course.losses import cross_entropy, focal, hinge, squared_hinge

from . import style

if TYPE_CHECKING:
    from .sketch import Sketch

GAMMAS = tuple(0.25 * k for k in range(21))
MARGINS = tuple(round(-4 + 0.1 * k, 1) for k in range(81))
CHANCES = tuple(round(0.01 * k, 2) for k in range(101))
LOSSES = (hinge, squared_hinge, cross_entropy)
GOAL = "Find the smallest γ with which a sample at margin −2 pulls at least a hundred times as hard as one at margin 2."


def focal_answer(chance: Any, gamma: float) -> np.ndarray:
    r"""The probability that minimises expected focal loss where class 1 has probability ``chance``.

    With :math:`\varphi(q)` the derivative of :math:`(1 - q)^\gamma \log q`, the minimum is where
    :math:`\eta\,\varphi(q) = (1 - \eta)\,\varphi(1 - q)`. That gives :math:`\eta` from :math:`q`; the inverse is
    interpolated on a fine grid of scores.

    References
    ----------
    Charoenphakdee et al. (2021), doi:10.1109/CVPR46437.2021.00516, whose correction is that :math:`\eta` of :math:`q`.
    """
    score = np.linspace(-40, 40, 20_001)
    # focal.pointwise gives the derivative by the score, which has the factor q (1 - q) on both sides.
    up = -focal.pointwise(np.ones_like(score), score, gamma=gamma)[1]
    down = focal.pointwise(np.zeros_like(score), score, gamma=gamma)[1]
    return 1 / (1 + np.exp(-np.interp(chance, down / (up + down), score)))


def margins(
    *,
    gamma: float = 2.0,
    margin: float = 2.0,
    id: str = "margins",
    title: str = "Five losses on one axis",
    goal: str = GOAL,
) -> Sketch:
    """Zero-one, hinge, squared hinge, log-loss and focal loss by the margin: value, pull, and what a model answers.

    Parameters
    ----------
    gamma, margin : float
        At first.
    id, title, goal : str
        See `Sketch`. The goal asks for the smallest of `GAMMAS` that parts margins -2 and 2 by a factor of 100.

    Returns
    -------
    Sketch
        A widget.
    """
    from .sketch import Sketch, Slider

    arrays = _arrays()

    def describe(state: Mapping[str, Any]) -> str:
        label, score = np.ones(1), np.array([state["margin"]])
        values = {"log-loss": cross_entropy(label, score), "hinge": hinge(label, score),
                  "focal": focal(label, score, gamma=state["gamma"])}  # fmt: skip
        said = ", ".join(f"{name} {value:.3f}" for name, value in values.items())
        return f"At margin {state['margin']:g}, with γ = {state['gamma']:g}: {said}."

    def still(state: Mapping[str, Any]) -> Any:
        from matplotlib.figure import Figure

        row = GAMMAS.index(state["gamma"])
        figure = Figure(figsize=(4.8, 5.4))
        for ax, what, high in zip(figure.subplots(2, 1), ("loss", "pull"), (4, 2.6), strict=True):
            names = ("0-1", "hinge", "squared hinge", "log-loss", f"focal, γ = {state['gamma']:g}")
            for k, (name, values) in enumerate(zip(names, [*arrays[what], arrays[f"focal_{what}"][row]], strict=True)):
                ax.plot(MARGINS, values, color=style.COLOURS[k], ls=style.DASHES[k], label=name)
            ax.set(xlabel="margin", ylabel=what, ylim=(0, high))
        figure.axes[0].legend()
        return figure

    return Sketch(
        "margins", id=id, title=title, goal=goal, describe=describe, still=still, arrays=arrays,
        controls=[Slider("gamma", "Focal γ", GAMMAS, gamma), Slider("margin", "Margin", MARGINS, margin)],
        data={"margins": MARGINS, "chances": CHANCES, "gammas": GAMMAS},
    )  # fmt: skip


def _arrays() -> dict[str, np.ndarray]:
    """Values, pulls and answers: a row for each loss, and for focal loss one for each gamma."""
    score, chance = np.array(MARGINS), np.array(CHANCES)
    label = np.ones_like(score)
    plain = [loss.pointwise(label, score) for loss in LOSSES]
    bent = [focal.pointwise(label, score, gamma=gamma) for gamma in GAMMAS]
    wrong = np.where(score >= 0, 0.0, 1.0)  # so that the jump is drawn at 0
    return {
        "loss": _float([wrong, *(value for value, _ in plain)]),
        "pull": _float([0 * wrong, *(-slope for _, slope in plain)]),
        "answer": _float([np.where(chance > 0.5, 1.0, 0.0)] * 2 + [chance, chance]),
        "focal_loss": _float([value for value, _ in bent]),
        "focal_pull": _float([-slope for _, slope in bent]),
        "focal_answer": _float([focal_answer(chance, gamma) for gamma in GAMMAS]),
    }


def _float(rows: Sequence[np.ndarray]) -> np.ndarray:
    return np.array(rows, dtype=np.float32)
