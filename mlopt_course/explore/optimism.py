"""`optimism`: the best of n tries on a small validation set, and what it is worth on new data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from . import style
from .sketch import Choice, Sketch, Slider

TRIES = (1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300)


def optimism(
    wrong: Mapping[str, Any],
    *,
    images: Sequence[int] = (25, 50, 100, 300),
    draws: int = 8,
    id: str = "optimism",
    title: str = "The best of n tries",
    goal: str | None = None,
) -> Sketch:
    """Validation error against test error of the models tried so far, and of the winner as tries are added.

    Parameters
    ----------
    wrong : mapping of label to array_like of bool, shape (models, samples)
        Which samples each model, trained without them, gets wrong; as many of each label.
    images : sequence of int
        Sizes of the validation set to choose from, each below the number of samples.
    draws : int
        Draws (seeds 1, 2, ...) of the order in which models are tried, and of the validation samples: the first so
        many of a random order. The samples beyond the largest of ``images`` are the test set.
    id, title, goal : str

    Returns
    -------
    Sketch
        With the settings ``pool``, ``images``, ``tries`` and ``draw``.
    """
    labels = tuple(wrong)
    stacked = np.array([np.asarray(wrong[label], dtype=bool) for label in labels])
    _, count, samples = stacked.shape
    rngs = [np.random.default_rng(k) for k in range(1, draws + 1)]
    orders = np.array([rng.permutation(count) for rng in rngs])
    places = [rng.permutation(samples) for rng in rngs]
    counts = np.array([[stacked[:, :, place[:m]].sum(axis=2) for m in images] for place in places])
    test = np.array([stacked[:, :, place[max(images) :]].mean(axis=2) for place in places])
    tries = [n for n in TRIES if n <= count]

    def winner(state: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray, int]:
        row, size = labels.index(state["pool"]), list(images).index(state["images"])
        draw = int(state["draw"]) - 1
        tried = orders[draw, : int(state["tries"])]
        errors = counts[draw, size, row, tried] / state["images"]
        return errors, test[draw, row, tried], int(np.argmin(errors))

    def describe(state: Mapping[str, Any]) -> str:
        errors, new, best = winner(state)
        return (
            f"{state['pool']}, {state['tries']:g} tried on {state['images']:g} images: the winner has a validation "
            f"error of {errors[best]:.3f} and a test error of {new[best]:.3f}."
        )

    def still(state: Mapping[str, Any]) -> Any:
        from matplotlib.figure import Figure

        errors, new, best = winner(state)
        figure = Figure(figsize=(4.8, 4.0), layout="constrained")
        ax = figure.add_subplot()
        ax.plot([0, 1], [0, 1], color=style.INK, ls=":", lw=1)
        ax.plot(errors, new, "o", color=style.COLOURS[1], ms=3, ls="none")
        ax.plot(errors[best], new[best], "*", color=style.COLOURS[0], ms=13, ls="none")
        most = 1.05 * max(errors.max(), new.max())
        ax.set(xlabel="validation error", ylabel="test error", xlim=(-0.02, most), ylim=(-0.02, most), aspect="equal")
        return figure

    controls = (
        Slider("tries", "Tries n", tries, 10),
        Slider("images", "Images in the validation set", tuple(images), images[1]),
        Choice("pool", "What is tried", labels, labels[0]),
        Slider("draw", "Draw of images and order", tuple(range(1, draws + 1)), 1),
    )  # fmt: skip
    return Sketch(
        "optimism", id=id, title=title, goal=goal, controls=controls, describe=describe, still=still,
        data={"labels": labels, "images": list(images), "count": count, "tries": tries, "draws": draws},
        arrays={"counts": counts.astype(np.uint16), "test": test.astype(np.float32),
                "orders": orders.astype(np.uint16)},
    )  # fmt: skip
