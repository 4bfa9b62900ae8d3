"""`threshold`: from probabilities to decisions with a price."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from . import style

if TYPE_CHECKING:
    from .sketch import Sketch

THRESHOLDS = tuple(round(0.01 * k, 2) for k in range(1, 100))
BINS = 20


def counts(target: Any, probability: Any) -> tuple[np.ndarray, np.ndarray]:
    """Right alarms and false alarms at each of `THRESHOLDS`, where an alarm is a probability at or above it."""
    positive, alarm = np.asarray(target) == 1, np.asarray(probability)[:, None] >= np.array(THRESHOLDS)
    return (alarm & positive[:, None]).sum(axis=0), (alarm & ~positive[:, None]).sum(axis=0)


def threshold(
    target: Any,
    models: Mapping[str, Any],
    *,
    misses: Sequence[float] = (1, 2, 5, 10, 20, 50),
    miss: float = 10,
    start: float = 0.5,
    id: str = "threshold",
    title: str = "From probability to decision",
    goal: str = "At a price of 10 for a miss, bring the cost within 5 % of the cheapest.",
) -> Sketch:
    """Cost, ROC curve and histogram of several models' probabilities, with the threshold in the reader's hand.

    Parameters
    ----------
    target : array_like, shape (n,)
        Labels 0 and 1.
    models : mapping of label to array_like, shape (n,)
        Predicted probabilities of class 1. The goal is for the first.
    misses, miss : sequence of float, float
        What a miss costs, where a false alarm costs 1: to choose from, and at first (which the goal asks for).
    start : float
        Threshold at first.
    id, title, goal : str
        See `Sketch`.

    Returns
    -------
    Sketch
        A widget.
    """
    from .sketch import Choice, Control, Sketch, Slider

    target = np.asarray(target)
    patients, positives = len(target), int((target == 1).sum())
    caught, alarms = (np.array(rows, dtype=np.uint16) for rows in zip(
        *(counts(target, probability) for probability in models.values()), strict=True))  # fmt: skip
    edges = np.linspace(0, 1, BINS + 1)

    def heap(label: int) -> np.ndarray:
        rows = [np.histogram(np.asarray(p)[target == label], edges)[0] for p in models.values()]
        return np.array(rows, dtype=np.uint16)

    def costs(state: Mapping[str, Any]) -> np.ndarray:
        row = list(models).index(state["model"])
        return (alarms[row] + state["miss"] * (positives - caught[row].astype(float))) / patients

    def describe(state: Mapping[str, Any]) -> str:
        cost, at = costs(state), THRESHOLDS.index(state["threshold"])
        cheapest = THRESHOLDS[int(np.argmin(cost))]
        return (
            f"{state['model']}: a threshold of {state['threshold']:g} costs {cost[at]:.3f} per patient where a miss "
            f"costs {state['miss']:g}; the cheapest threshold is {cheapest:g}, at {cost.min():.3f}."
        )

    def still(state: Mapping[str, Any]) -> Any:
        from matplotlib.figure import Figure

        figure = Figure(figsize=(4.8, 3.2))
        ax = figure.subplots()
        cost = costs(state)
        ax.plot(THRESHOLDS, cost, color=style.COLOURS[1], ls="-")
        ax.axvline(1 / (1 + state["miss"]), color=style.COLOURS[2], ls="--", label="1 / (1 + price)")
        ax.plot(state["threshold"], cost[THRESHOLDS.index(state["threshold"])], "o", color=style.COLOURS[0])
        ax.set(xlabel="threshold", ylabel="cost per patient")
        ax.legend()
        return figure

    controls: list[Control] = [
        Slider("threshold", "Threshold", THRESHOLDS, start),
        Slider("miss", "Price of a miss", tuple(misses), miss),
        Choice("model", "Trained with", tuple(models), next(iter(models))),
    ]
    return Sketch(
        "threshold", id=id, title=title, goal=goal, describe=describe, still=still, controls=controls,
        arrays={"caught": caught, "alarms": alarms, "with": heap(1), "without": heap(0)},
        data={"models": list(models), "thresholds": THRESHOLDS, "bins": BINS, "patients": patients,
              "positives": positives, "asked": miss},
    )  # fmt: skip
