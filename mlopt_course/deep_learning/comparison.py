"""Optimisers compared fairly: the same starts, batches, steps and tuning for each, judged on seeds not tuned on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arguments import whole_number
from ..loop import Status, minimize
from ..problem import Problem


@dataclass(frozen=True, eq=False)
class Comparison:
    """What a fair comparison found.

    Attributes
    ----------
    rates : dict of float
        The learning rate chosen for each contestant: the one of the least median score over the tuning seeds.
    at_edge : dict of bool
        Whether that rate is the lowest or highest tried: then the grid was too narrow, and the comparison is not fair.
    tuning : dict of ndarray, shape (rates, tuning seeds)
        Scores of the tuning runs; inf where a run diverged.
    scores : dict of ndarray, shape (seeds,)
        Scores of the chosen rates on fresh seeds.
    """

    rates: dict[str, float]
    at_edge: dict[str, bool]
    tuning: dict[str, np.ndarray]
    scores: dict[str, np.ndarray]

    def ranking(self) -> list[str]:
        """The contestants by median score, the lowest first."""
        return sorted(self.scores, key=lambda label: float(np.median(self.scores[label])))

    def wins(self, one: str, other: str) -> float:
        """The share of seeds on which ``one`` scores below ``other``; a tie counts half."""
        a, b = self.scores[one], self.scores[other]
        return float(np.mean(a < b) + np.mean(a == b) / 2)


def compare_fairly(
    problem: Problem,
    contestants: Mapping[str, tuple[str, Mapping[str, Any]]],
    *,
    rates: Sequence[float] | Mapping[str, Sequence[float]],
    start: Callable[[np.random.Generator], Any] | None = None,
    score: Callable[[np.ndarray], float] | None = None,
    max_iterations: int = 500,
    tuning_seeds: int = 3,
    seeds: int = 10,
) -> Comparison:
    """Tune the learning rate of each method with the same budget, then compare them on fresh seeds.

    Parameters
    ----------
    problem : Problem
        What is trained; its mini-batches come from the run's seed, so all contestants see the same ones.
    contestants : mapping of str to (str, mapping)
        Label to method and its options but ``learning_rate``: ``{"Adam": ("adam", {}), ...}``.
    rates : sequence of float, or a mapping from label to one
        Rates to try, as many for each contestant, ascending.
    start : callable, optional
        ``start(rng)``, the start for a seed (``network.initial``); the problem's ``x0`` by default.
    score : callable, optional
        ``score(x)`` of the last iterate, the lower the better (a validation error); ``problem.fun`` by default.
    max_iterations : int
        Steps of each run.
    tuning_seeds, seeds : int
        Runs for each rate, and runs that are compared. No seed serves for both.

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        If there are no contestants, or they are given different numbers of rates.

    References
    ----------
    Choi et al. (2019), On empirical comparisons of optimizers for deep learning: the tuning decides the ranking.
    arXiv:1910.05446.
    """
    grids = _grids(contestants, rates)
    whole_number("tuning_seeds", tuning_seeds, least=1)
    whole_number("seeds", seeds, least=1)
    judge = problem.fun if score is None else score

    def run(label: str, rate: float, seed: int) -> float:
        method, options = contestants[label]
        x0 = None if start is None else start(np.random.default_rng(seed))
        result = minimize(problem, x0, method, learning_rate=rate, max_iterations=max_iterations, rng=seed,
                          history=max_iterations, **options)  # fmt: skip
        value = np.inf if result.status is Status.BAD_EVALUATION else float(judge(result.history.x[-1]))
        return value if np.isfinite(value) else np.inf

    tuning = {label: np.array([[run(label, rate, seed) for seed in range(tuning_seeds)] for rate in grid])
              for label, grid in grids.items()}  # fmt: skip
    best = {label: int(np.argmin(np.median(scores, axis=1))) for label, scores in tuning.items()}
    chosen = {label: grid[best[label]] for label, grid in grids.items()}
    fresh = range(tuning_seeds, tuning_seeds + seeds)
    return Comparison(
        rates=chosen,
        at_edge={label: best[label] in (0, len(grid) - 1) for label, grid in grids.items()},
        tuning=tuning,
        scores={label: np.array([run(label, rate, seed) for seed in fresh]) for label, rate in chosen.items()},
    )


def _grids(contestants: Mapping[str, Any], rates: Any) -> dict[str, list[float]]:
    """The rates of each contestant."""
    if not contestants:
        raise ValueError("contestants must not be empty: give {label: (method, options)}")
    given = rates if isinstance(rates, Mapping) else dict.fromkeys(contestants, rates)
    if given.keys() != contestants.keys():
        raise ValueError(f"rates must have the labels of the contestants, {list(contestants)}, got {list(given)}")
    grids = {label: [float(rate) for rate in given[label]] for label in contestants}
    for label, grid in grids.items():
        if not grid or sorted(grid) != grid or grid[0] <= 0:
            raise ValueError(f"rates of {label!r} must be positive and ascending, got {grid}")
    if len({len(grid) for grid in grids.values()}) > 1:
        raise ValueError(f"rates must be as many for each contestant, got { ({k: len(g) for k, g in grids.items()}) }")
    return grids
