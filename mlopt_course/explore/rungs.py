"""`rungs`: successive halving over learning curves that were really measured, its settings in the reader's hand."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlopt_course.hyperparameter_tuning.halving import resource_levels, top

from . import style
from .sketch import Sketch, Slider, Steps

CODES = 60000  # losses are stored, and compared, as whole multiples of the ceiling over this


@dataclass(frozen=True)
class Bracket:
    """One run of successive halving: the resource of each rung, and who is there (indices, best first after the cut).

    Attributes
    ----------
    levels : list of float
    there : list of list of int
        One list for each rung.
    cost : int
        Epochs in all; each rung trains from the beginning, as `mlopt_course.hyperparameter_tuning.tune` counts it.
    """

    levels: list[float]
    there: list[list[int]]
    cost: float


def bracket(curves: np.ndarray, eta: float, least: float) -> Bracket:
    """Halve the networks whose losses after each epoch are the rows of ``curves``, from ``least`` epochs on."""
    n, most = curves.shape
    levels: list[float] = []
    there: list[list[int]] = []
    alive = list(range(n))
    for k, level in enumerate(resource_levels(least, most, eta)):
        keep = math.floor(n / eta**k)
        if keep < 1:
            break
        if k:
            alive = [alive[i] for i in top([float(curves[j, int(levels[-1]) - 1]) for j in alive], keep)]
        levels.append(level)
        there.append(alive)
    return Bracket(levels, there, float(sum(len(a) * r for a, r in zip(there, levels, strict=True))))


def final_rank(curves: np.ndarray, index: int) -> int:
    """How many networks end strictly better, plus one."""
    return int(np.sum(curves[:, -1] < curves[index, -1])) + 1


def rungs(
    curves: Any,
    *,
    etas: Sequence[float] = (2, 3, 4),
    sizes: Sequence[float] = (9, 27, 81),
    draws: int = 8,
    size: float = 27,
    draw: float = 1,
    within: float = 2,
    best: int = 1,
    ceiling: float = 3.0,
    id: str = "rungs",
    title: str = "Successive halving over learning curves",
    goal: str | None = None,
) -> Sketch:
    """Learning curves, the rungs at which they are judged, and what the judgement at each of them is worth.

    Parameters
    ----------
    curves : array_like, shape (m, epochs)
        Validation loss of m networks after each epoch, positive, at least as many as the largest size. Each draw
        takes its networks from them at random, with the draw as seed.
    etas, sizes : sequence of float
        Reduction factors and numbers of networks to choose from.
    size, draw : float
        Networks, and which draw of them, shown first; the goal is about these.
    draws : int
    within, best : float, int
        The goal: end with one of the ``best`` for at most the ``within``-th part of the epochs.
    ceiling : float
        Higher losses are shown, and count, as this one.
    id, title, goal : str

    Returns
    -------
    Sketch
        With the settings ``eta``, ``least``, ``size``, ``draw`` and ``step``.
    """
    unit = ceiling / CODES
    coded = np.rint(np.minimum(np.asarray(curves, dtype=float), ceiling) / unit)
    count, epochs = coded.shape
    largest = int(max(sizes))
    if count < largest:
        raise ValueError(f"curves must be of at least {largest} networks, got {count}")
    orders = np.array([np.random.default_rng(k).permutation(count)[:largest] for k in range(1, draws + 1)])
    leasts = [r for r in (1, 3, 9, 27) if r <= epochs]

    def shown(state: Mapping[str, Any]) -> tuple[np.ndarray, Bracket]:
        rows = coded[orders[int(state["draw"]) - 1, : int(state["size"])]]
        return rows, bracket(rows, state["eta"], state["least"])

    def describe(state: Mapping[str, Any]) -> str:
        rows, run = shown(state)
        winner = top([float(rows[j, int(run.levels[-1]) - 1]) for j in run.there[-1]], 1)[0]
        rank = final_rank(rows, run.there[-1][winner])
        return (
            f"{len(rows)} networks, of which one in {state['eta']:g} goes on, from {state['least']:g} epochs: "
            f"{len(run.levels)} rungs of {', '.join(str(len(a)) for a in run.there)} networks, {run.cost:g} epochs "
            f"of {len(rows) * epochs}. The winner comes {_ordinal(rank)} in the end."
        )

    controls = (
        Slider("eta", "Keep one in η", tuple(etas), 3),
        Slider("least", "Epochs r at the first rung", leasts, leasts[0]),
        Slider("size", "Networks n", tuple(sizes), size),
        Slider("draw", "Which networks (draw)", tuple(range(1, draws + 1)), draw), Steps(5, 1, label="Rung"),
    )  # fmt: skip
    return Sketch(
        "rungs", id=id, title=title, goal=goal, controls=controls, describe=describe,
        still=lambda state: _still(*shown(state), unit),
        data={"epochs": epochs, "unit": unit, "low": float(0.9 * coded.min() * unit), "ceiling": ceiling,
              "largest": largest, "goal": {"size": size, "draw": draw, "within": within, "best": best}},
        arrays={"curves": coded.astype(np.uint16), "orders": orders.astype(np.uint16)},
    )  # fmt: skip


def _ordinal(n: int) -> str:
    return f"{n}{'th' if n % 100 in (11, 12, 13) else {1: 'st', 2: 'nd', 3: 'rd'}.get(n % 10, 'th')}"


def _still(rows: np.ndarray, run: Bracket, unit: float) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.8, 3.4), layout="constrained")
    ax = figure.add_subplot()
    lasts = {j: r for r, there in zip(run.levels, run.there, strict=True) for j in there}
    for j, last in lasts.items():
        end = int(last)
        ax.plot(range(1, end + 1), unit * rows[j, :end], color=style.COLOURS[1], ls="-", lw=0.9)
        ax.plot(end, unit * rows[j, end - 1], "x", color=style.COLOURS[0], ms=4)
    for r in run.levels:
        ax.axvline(r, color=style.INK, ls=":", lw=0.8)
    ax.set(xscale="log", yscale="log", xlabel="epoch", ylabel="validation loss", xticks=run.levels)
    ax.set_xticklabels([f"{r:g}" for r in run.levels])
    ax.set_yticks([0.2, 0.5, 1, 2], labels=["0.2", "0.5", "1", "2"])
    ax.minorticks_off()
    return figure
