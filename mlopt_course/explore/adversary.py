"""An explorer that plays the proof: the reader places evaluations, an adversary answers as badly as it can."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from . import style
from .intervals import guarantee
from .sketch import Action, Handle, Sketch, Slider, Toggle

BUDGETS = (2, 3, 4, 5, 6, 7, 8)


def promise(inner: float, low: float, high: float, remaining: int) -> float:
    """What the adversary can keep of ``[low, high]`` with a point ``inner`` known and ``remaining`` ones to come."""
    whole, longer = high - low, max(inner - low, high - inner)
    return max(whole * guarantee(remaining + 1), longer * (guarantee(remaining) if remaining > 0 else 1.0))


def answer(
    low: float, high: float, inner: float | None, new: float, remaining: int
) -> tuple[float, float, float | None, str]:
    """The adversary's answer to ``new``, with ``remaining`` evaluations to come after it.

    Returns
    -------
    low, high, inner, said
        The interval that is left, the lowest point in it, and ``"first"``, ``"higher"`` or ``"lower"`` than the
        lowest so far; ``"outside"`` or ``"same"`` where the point was wasted.
    """
    if not low < new < high:
        return low, high, inner, "outside"
    if inner is None:
        return low, high, new, "first"
    if new == inner:
        return low, high, inner, "same"
    higher = (low, new) if new > inner else (new, high)
    lower = (inner, high) if new > inner else (low, inner)
    if promise(inner, *higher, remaining) >= promise(new, *lower, remaining):
        return *higher, inner, "higher"
    return *lower, new, "lower"


def play(points: Sequence[float], budget: int) -> list[tuple[float, float]]:
    """The intervals of a game in [0, 1], the first one included."""
    low, high, inner = 0.0, 1.0, None
    left = [(low, high)]
    for count, new in enumerate(points[:budget], start=1):
        low, high, inner, _ = answer(low, high, inner, float(new), budget - count)
        left.append((low, high))
    return left


def adversary(*, id: str = "adversary", title: str = "Play against the adversary") -> Sketch:
    """Place a counted number of evaluations; the adversary of the proof answers."""
    return Sketch(
        "adversary", id=id, title=title,
        controls=(
            Slider("budget", "Evaluations", BUDGETS, 5),
            Handle("ask", "Where to evaluate", (0.3, 0.0), (0.01, 0.0), (0.99, 0.0), (0.01, 0.0)),
            Action("evaluate", "Evaluate here"),
            Action("again", "Start again"),
            Toggle("hint", "Show where Fibonacci would"),
        ),
        goal="With 5 evaluations, get the interval down to at most 0.14.",
        data={"bound": [guarantee(n) for n in range(BUDGETS[-1] + 2)]},
        describe=describe, still=still,
    )  # fmt: skip


def describe(state: Mapping[str, Any]) -> str:
    """What is to be done, in a sentence."""
    budget = int(state["budget"])
    return (
        f"Place {budget} evaluations in the interval from 0 to 1; the adversary says of each whether it is higher or "
        f"lower than the lowest so far. It can always keep {guarantee(budget):.3f} of the interval."
    )


def still(state: Mapping[str, Any]) -> Any:
    """For print: how the game goes when Fibonacci's places are played."""
    from matplotlib.figure import Figure

    budget = int(state["budget"])
    points: list[float] = []
    low, high, inner = 0.0, 1.0, None
    for count in range(1, budget + 1):
        points.append(fibonacci_place(low, high, inner, budget))
        low, high, inner, _ = answer(low, high, inner, points[-1], budget - count)
    left = play(points, budget)
    figure = Figure(figsize=(6.2, 3.2), layout="constrained")
    ax = figure.subplots()
    ax.hlines(range(budget + 1), *np.transpose(left), color=style.COLOURS[2], lw=7)
    ax.plot(points, range(1, budget + 1), "o", color=style.COLOURS[0])
    ax.set(xlabel="$x$", ylabel="evaluations made", title="Fibonacci's places, and what the adversary leaves")
    ax.invert_yaxis()
    return figure


def fibonacci_place(low: float, high: float, inner: float | None, budget: int, gap: float = 0.005) -> float:
    """Fibonacci's next point: the mirror image of the point known, moved aside where the two fall together."""
    if inner is None:
        return low + (high - low) * guarantee(budget) / guarantee(budget - 1)
    mirrored = low + high - inner
    return mirrored if abs(mirrored - inner) > gap / 2 else inner + gap
