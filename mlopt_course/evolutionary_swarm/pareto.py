"""Several objectives at once: dominance, fronts, and NSGA-II."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import validate
from ..arguments import as_generator
from ..problem import EvaluationError, as_bounds
from ..stochastic.box import random_points
from .operators import Crossover, Mutation, polynomial_mutation, simulated_binary


@dataclass(frozen=True)
class ParetoFront:
    """What `nsga2` found.

    Attributes
    ----------
    x : ndarray, shape (m, d)
        Points of the last population that none of it dominates, sorted by the first objective.
    values : ndarray, shape (m, k)
        Their objectives.
    nit, nfev : int
        Generations; points evaluated.
    """

    x: np.ndarray
    values: np.ndarray
    nit: int
    nfev: int


def dominates(F: np.ndarray) -> np.ndarray:
    """Entry (i, j): whether point i is nowhere worse than j and somewhere better. F (n, k), low is good; (n, n)."""
    F = np.asarray(F, dtype=float)
    no_worse = np.all(F[:, None] <= F, axis=2)
    better = np.any(F[:, None] < F, axis=2)
    return np.logical_and(no_worse, better)


def non_dominated_sort(F: np.ndarray) -> np.ndarray:
    """Rank of each point (n,): 0 for those that none dominates, 1 for those that only rank 0 dominates, and so on.

    References: Deb et al. (2002), section III.A.
    """
    above = dominates(F)
    ranks = np.full(len(F), -1)
    rank = 0
    left = np.ones(len(F), dtype=bool)
    while left.any():
        front = left & ~above[left].any(axis=0)
        ranks[front] = rank
        left &= ~front
        rank += 1
    return ranks


def crowding_distance(F: np.ndarray) -> np.ndarray:
    """How far apart the neighbours of each point of one front are, summed over objectives (n,); inf at the ends.

    References: Deb et al. (2002), section III.B.
    """
    F = np.asarray(F, dtype=float)
    distance = np.zeros(len(F))
    for values in F.T:
        order = np.argsort(values, kind="stable")
        extent = values[order[-1]] - values[order[0]]
        distance[order[[0, -1]]] = np.inf
        if extent > 0:
            distance[order[1:-1]] += (values[order[2:]] - values[order[:-2]]) / extent
    return distance


def hypervolume(F: np.ndarray, reference: np.ndarray) -> float:
    """Area dominated by a set of points with two objectives, up to the reference point: larger is better.

    Parameters
    ----------
    F : ndarray, shape (n, 2)
        Values; those not better than the reference in both objectives do not count.
    reference : array_like, shape (2,)
        A point that is worse than all of interest.
    """
    F, reference = np.asarray(F, dtype=float), np.asarray(reference, dtype=float)
    if F.ndim != 2 or F.shape[1] != 2 or reference.shape != (2,):
        raise ValueError(f"F must have shape (n, 2) and reference (2,), got {F.shape} and {reference.shape}")
    area, lowest = 0.0, reference[1]
    for first, second in sorted(F[(reference > F).all(axis=1)].tolist()):
        if second < lowest:
            area += (reference[0] - first) * (lowest - second)
            lowest = second
    return float(area)


def nsga2(
    objectives: Callable[[np.ndarray], Any],
    bounds: Any,
    *,
    population: int = 100,
    generations: int = 100,
    crossover: Crossover | None = None,
    mutation: Mutation | None = None,
    rng: np.random.Generator | int | None = None,
) -> ParetoFront:
    """NSGA-II: a genetic algorithm for several objectives that spreads its population along the Pareto front.

    Parents win tournaments, and members survive, by rank of non-domination first and by crowding distance second.

    Parameters
    ----------
    objectives : callable
        ``objectives(X)`` of shape (n, k), k >= 2, for a whole generation ``X`` (n, d); all are minimised.
    bounds : sequence of (low, high)
        A finite box, one pair for each variable; never left.
    population, generations : int
        Size, at least 4, and how many generations, at least 1: ``population * (generations + 1)`` evaluations.
    crossover, mutation : callable, optional
        See `operators`; ``simulated_binary(15)`` (Deb et al. take 20) and ``polynomial_mutation(20)`` by default.
    rng : numpy.random.Generator or int, optional
        Source of randomness.

    Returns
    -------
    ParetoFront
        The points that none of the last population dominates.

    Raises
    ------
    ValueError
        For an unusable argument.
    EvaluationError
        If the objectives are not finite numbers of shape (n, k).

    References
    ----------
    Deb, Pratap, Agarwal and Meyarivan (2002), A fast and elitist multiobjective genetic algorithm: NSGA-II, IEEE TEC 6,
    section III.C. A function of its own, not a method of `minimize`, since no point of a front is the best.
    """
    box = as_bounds(bounds)
    if box is None or not len(box) or not np.isfinite(box).all():
        raise ValueError(f"bounds must be finite, since points are drawn from them, got {bounds!r}")
    validate.whole(4, population=population)
    validate.whole(generations=generations)
    cross = simulated_binary() if crossover is None else crossover
    mutate = polynomial_mutation() if mutation is None else mutation
    rng = as_generator(rng)
    low, high = box.T
    X = random_points(rng, low, high, population)
    F = _evaluate(objectives, X)
    order, key = _best_first(F)
    couples = (population + 1) // 2
    for _ in range(generations):
        a, b = rng.integers(population, size=(2, 2 * couples))
        parents = X[np.where(key[a] <= key[b], a, b)]
        children = cross(parents[:couples], parents[couples:], low, high, rng)[:population]
        children = mutate(children, low, high, rng)
        X, F = np.concatenate([X, children]), np.concatenate([F, _evaluate(objectives, children)])
        order, key = _best_first(F)
        X, F, key = X[order[:population]], F[order[:population]], np.arange(population)
    front = non_dominated_sort(F) == 0
    X, F = X[front], F[front]
    order = np.lexsort(F.T[::-1])
    return ParetoFront(X[order], F[order], nit=generations, nfev=population * (generations + 1))


def _best_first(F):
    """The order by rank, then from the least crowded, and each point's place in it."""
    ranks = non_dominated_sort(F)
    crowding = np.empty(len(F))
    for rank in range(ranks.max() + 1):
        front = np.flatnonzero(ranks == rank)
        crowding[front] = crowding_distance(F[front])
    order = np.lexsort((-crowding, ranks))
    place = np.empty(len(F), dtype=int)
    place[order] = np.arange(len(F))
    return order, place


def _evaluate(objectives, X):
    F = np.asarray(objectives(X), dtype=float)
    if F.ndim != 2 or len(F) != len(X) or F.shape[1] < 2:
        raise EvaluationError(
            f"objectives must return at least two values for each of the {len(X)} rows, shape ({len(X)}, k), "
            f"got shape {F.shape}"
        )
    if not np.isfinite(F).all():
        raise EvaluationError("the objectives must be finite")
    return F
