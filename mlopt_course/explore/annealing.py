"""`annealing`: sixty walkers on a curve, and the temperature in the reader's hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from mlopt_course.stochastic import exponential_cooling, logarithmic_cooling

from .sketch import Action, Choice, Control, Sketch, Slider, Steps

STATES, WALKERS, TRIES, REACH = 241, 60, 5, 16  # places on the curve; walkers; tries a step, and how far, in places
HAND, HELD = "my hand", "held"
SCHEDULES = {"quick cooling": exponential_cooling(0.9), "slow cooling": exponential_cooling(0.99),
             "logarithmic cooling": logarithmic_cooling()}  # fmt: skip
TEMPERATURES = (0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)


def chance(seed: int, count: Any) -> np.ndarray:
    """Numbers uniform in [0, 1): the ``count``-th of the generator mulberry32, which a page can compute too."""
    with np.errstate(over="ignore"):
        a = (np.uint64(seed) + (np.asarray(count, dtype=np.uint64) + np.uint64(1)) * np.uint64(0x6D2B79F5)).astype("u4")
        t = (a ^ (a >> np.uint32(15))) * (a | np.uint32(1))
        t = (t + (t ^ (t >> np.uint32(7))) * (t | np.uint32(61))) ^ t
        return (t ^ (t >> np.uint32(14))) / 2.0**32


def metropolis(
    heights: np.ndarray, temperatures: Sequence[float] | np.ndarray, seed: int, start: int | None = None
) -> np.ndarray:
    """Metropolis walks on a row of places: a step up by :math:`h` is taken with probability :math:`e^{-h/T}`.

    Parameters
    ----------
    heights : ndarray, shape (n,)
        Height of each place.
    temperatures : sequence of float, length k
        Temperature of each step, >= 0; a step is `TRIES` tries of each walker.
    seed : int
        Which chances.
    start : int, optional
        Where all walkers begin; in the leftmost hollow by default.

    Returns
    -------
    ndarray of int, shape (k + 1, WALKERS)
        The place of each walker after each step. A try is uniform within `REACH` places; one that leaves the row
        is refused, so that tries are symmetric.
    """
    places = np.full((len(temperatures) + 1, WALKERS), leftmost_hollow(heights) if start is None else start)
    counts = 2 * np.arange(TRIES * len(temperatures) * WALKERS).reshape(-1, WALKERS)
    jumps = np.floor(chance(seed, counts) * (2 * REACH + 1)).astype(int) - REACH
    at, last = places[0], len(heights) - 1
    for k, (jump, accept) in enumerate(zip(jumps, chance(seed, counts + 1), strict=True)):
        trial = at + jump
        rise = heights[np.minimum(np.maximum(trial, 0), last)] - heights[at]
        taken = accept < np.exp(-np.maximum(rise, 0.0) / max(temperatures[k // TRIES], 1e-9))
        at = np.where(taken & (trial >= 0) & (trial <= last), trial, at)
        places[k // TRIES + 1] = at
    return places


def boltzmann(heights: np.ndarray, temperature: float) -> np.ndarray:
    r"""Probability of each place at a temperature, :math:`e^{-f/T} / \sum e^{-f/T}` (n,)."""
    weights = np.exp(-(heights - heights.min()) / temperature)
    return weights / weights.sum()


def leftmost_hollow(heights: np.ndarray) -> int:
    """The place to which a walk from the left end comes down."""
    return int(np.argmax(np.diff(heights) >= 0))


def deepest_valley(heights: np.ndarray) -> tuple[int, int]:
    """First and last place of the valley around the lowest place, up to the lower of its two rims."""
    lowest = int(np.argmin(heights))
    left = right = lowest
    while left > 0 and heights[left - 1] >= heights[left]:
        left -= 1
    while right < len(heights) - 1 and heights[right + 1] >= heights[right]:
        right += 1
    filled = heights[left : right + 1] < min(heights[left], heights[right])
    inside = left + np.flatnonzero(filled)
    return int(inside[0]), int(inside[-1])


def bumpy(x: np.ndarray) -> np.ndarray:
    """A bowl with dents; the lowest lies right of the middle."""
    return 0.15 * (x - 1.5) ** 2 + 0.5 * (1 - np.cos(2 * np.pi * (x - 1.5) / 1.2))


def wide_and_deep(x: np.ndarray) -> np.ndarray:
    """A wide valley on the left, and on the right a narrow one that is deeper."""
    return 1.5 - 1.15 * np.exp(-((x + 1.6) ** 2) / 2.4) - 1.45 * np.exp(-((x - 2.6) ** 2) / 0.10)


def golf(x: np.ndarray) -> np.ndarray:
    """A green that is almost level, and a hole."""
    return 0.6 + 0.02 * x**2 - 0.6 * np.exp(-((x - 2.9) ** 2) / 0.004)


CURVES: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "bumpy bowl": bumpy, "wide or deep": wide_and_deep, "golf hole": golf,
}  # fmt: skip
AXIS = np.linspace(-4.0, 4.0, STATES)


def temperatures_of(how: str, first: float, steps: int) -> np.ndarray:
    """The temperature of each step: held, or by one of `SCHEDULES` from the first."""
    share = SCHEDULES.get(how, lambda stage: 1.0)
    return first * np.array([share(k) for k in range(steps)])


def annealing(
    curves: Mapping[str, Callable[[np.ndarray], np.ndarray]] = CURVES,
    *,
    steps: int = 500,
    wanted: int = 50,
    id: str = "annealing",
    title: str = "Sixty walkers and a temperature",
    goal: str | None = None,
) -> Sketch:
    """Walkers that accept steps up with a probability that the temperature decides, beside Boltzmann's law.

    Parameters
    ----------
    curves : dict of label to function
        Curves on [-4, 4]; the first has the goal.
    steps : int
        Steps of the walkers.
    wanted : int
        How many of the 60 walkers the goal wants in the deepest valley at the last step.
    id, title, goal : str
        Name for the sentences that set it; heading; the goal's sentence.

    Returns
    -------
    Sketch
        With the controls ``curve``, ``how``, ``temperature``, ``seed`` and ``step``.
    """
    heights = {label: np.asarray(curve(AXIS), dtype=np.float32).astype(float) for label, curve in curves.items()}
    heights = {label: height - height.min() for label, height in heights.items()}
    controls: tuple[Control, ...] = (
        Choice("curve", "Curve", tuple(curves), next(iter(curves))),
        Choice("how", "Temperature by", (HAND, HELD, *SCHEDULES), HAND),
        Slider("temperature", "Temperature T", TEMPERATURES, 0.05), Slider("seed", "Seed", tuple(range(1, 9)), 1),
        Steps(steps), Action("over", "Start over"),
    )  # fmt: skip
    return Sketch(
        "annealing", id=id, title=title, goal=goal, controls=controls,
        data={
            "steps": steps, "wanted": wanted, "walkers": WALKERS, "reach": REACH, "hand": HAND, "window": [-4.0, 4.0],
            "curves": [{"label": label, "valley": deepest_valley(height)} for label, height in heights.items()],
            "shares": {how: temperatures_of(how, 1.0, steps).tolist() for how in SCHEDULES},
        },
        arrays={"heights": np.stack([*heights.values()]).astype(np.float32)},
        describe=lambda state: _words(state, heights[state["curve"]], steps),
        still=lambda state: _still(state, heights[state["curve"]], steps),
    )  # fmt: skip


def _places(state: Mapping[str, Any], heights: np.ndarray, steps: int) -> np.ndarray:
    temperatures = temperatures_of(state["how"], state["temperature"], steps)
    return metropolis(heights, temperatures[: state["step"]], int(state["seed"]))[-1]


def _words(state: Mapping[str, Any], heights: np.ndarray, steps: int) -> str:
    places = _places(state, heights, steps)
    low, high = deepest_valley(heights)
    inside = int(np.sum((places >= low) & (places <= high)))
    return (
        f"{state['curve']}, temperature {state['temperature']:g} ({state['how']}), step {state['step']}: {inside} of "
        f"{WALKERS} walkers are in the deepest valley."
    )


def _still(state: Mapping[str, Any], heights: np.ndarray, steps: int) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.8, 3.4), layout="constrained")
    axis = figure.add_subplot()
    axis.plot(AXIS, heights, color="#333", ls="-")
    places = _places(state, heights, steps)
    stacked = np.array([np.sum(places[:k] // 3 == place // 3) for k, place in enumerate(places)])
    axis.plot(AXIS[places], heights[places] + 0.03 * heights.max() * (1 + stacked), "o", ms=4)
    axis.set(xlabel="$x$", ylabel="$f(x)$")
    return figure
