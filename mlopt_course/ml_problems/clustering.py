"""Clustering as a mixed-integer program, and with clusters that can only hold so much."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import validate
from ..arguments import as_generator, whole_number
from ..basics.clustering import Clustering, samples, squared_distances
from .mixed_integer import MixedIntegerProgram


def medoid_clustering(X: Any, clusters: int, *, demands: Any = None, capacity: float | None = None) -> Clustering:
    r"""Clustering around samples as a mixed-integer program (the p-median problem), solved to proved optimality.

    .. math:: \min \sum_{ij} \lVert x_i - x_j \rVert^2 z_{ij} \quad\text{with}\quad \sum_j z_{ij} = 1, \quad
              z_{ij} \le y_j, \quad \sum_j y_j = k, \quad \sum_i q_i z_{ij} \le Q y_j

    where :math:`y_j` says that sample j is a centre and :math:`z_{ij}` that sample i belongs to it.

    Parameters
    ----------
    X : array_like, shape (n, d)
        Up to a hundred samples or so. Needs SciPy.
    clusters : int
        k, from 1 to n.
    demands : array_like, shape (n,), optional
        :math:`q_i > 0`, 1 by default. Only with a capacity.
    capacity : float, optional
        :math:`Q`, the most that a cluster can hold. None: no limit.

    Returns
    -------
    Clustering
        ``inertia`` is the sum above; ``centres`` are samples. ``history`` holds the one value.

    Raises
    ------
    ValueError
        If the clusters cannot hold all the samples.

    References
    ----------
    Rao (1971), Cluster analysis and mathematical programming, JASA 66; Gambella, Ghaddar and Naoum-Sawaya
    (2021), Optimization problems for machine learning: a survey. doi:10.1016/j.ejor.2020.08.045.
    """
    X = samples(X)
    n = len(X)
    k = whole_number("clusters", clusters, least=1, most=n)
    if demands is not None and capacity is None:
        raise ValueError("demands can only be given with a capacity, got capacity=None")
    distances = squared_distances(X, X)
    program = MixedIntegerProgram()
    centre = program.variables(n, high=1.0, integer=True)
    # Without a capacity each sample goes to its nearest centre, so that the assignment is whole by itself.
    belongs = program.variables((n, n), high=1.0, cost=distances, integer=capacity is not None)
    program.constrain((centre, 1.0), low=k, high=k)
    for i in range(n):
        program.constrain((belongs[i], 1.0), low=1.0, high=1.0)
        for j in range(n):
            program.constrain((belongs[i, j], 1.0), (centre[j], -1.0), high=0.0)
    if capacity is not None:
        sizes, capacity = _sizes(n, k, demands, capacity)
        for j in range(n):
            program.constrain((belongs[:, j], sizes), (centre[j], -capacity), high=0.0)
    try:
        x, cost = program.solve()
    except ValueError as error:
        raise ValueError(f"capacity must be larger for {k} clusters to hold all samples, got {capacity!r}") from error
    chosen = np.flatnonzero(x[centre] > 0.5)
    labels = np.argmax(x[belongs][:, chosen], axis=1)
    inertia = float(distances[np.arange(n), chosen[labels]].sum())
    return Clustering(X[chosen], labels, inertia, np.array([cost]))


def capacitated_clustering(
    X: Any, clusters: int, *, demands: Any = None, capacity: float, restarts: int = 10,
    rng: np.random.Generator | int | None = None,
) -> Clustering:  # fmt: skip
    """Capacitated centred clustering by a heuristic: assignment by regret, then moves and swaps that lower the inertia.

    Each cluster's centre is the mean of its samples, and the demands in it may not pass the capacity. From random
    centres, samples are assigned one by one, first those with the most to lose if their nearest centre fills up, and
    the centres move to the means, as in Lloyd's algorithm, while that helps. Then samples are moved to another cluster,
    or exchanged with one, each time the best of all such changes, until none helps.

    Parameters
    ----------
    X : array_like, shape (n, d)
    clusters : int
        k, from 1 to n; all are used.
    demands : array_like, shape (n,), optional
        Positive, 1 by default.
    capacity : float
        The most that a cluster can hold.
    restarts : int
        Runs from random centres, of which the best is returned.
    rng : numpy.random.Generator, int or None

    Returns
    -------
    Clustering
        Feasible, and no move or swap improves it; not proved to be optimal. ``history`` holds the inertia after each
        change of the best run's local search.

    Raises
    ------
    ValueError
        If the capacities do not suffice, or no run found an assignment that keeps to them.

    References
    ----------
    Negreiros and Palhano (2006), The capacitated centred clustering problem, Computers and Operations Research 33.
    Deviation: the best move or swap of each round, in place of its variable neighbourhood search.
    """
    X, rng = samples(X), as_generator(rng)
    k = whole_number("clusters", clusters, least=1, most=len(X))
    whole_number("restarts", restarts, least=1)
    sizes, capacity = _sizes(len(X), k, demands, capacity)
    best: Clustering | None = None
    for _ in range(restarts):
        labels = _capacitated_lloyd(X, X[rng.choice(len(X), k, replace=False)], sizes, capacity)
        if labels is None:
            continue
        history = _exchange(X, labels, k, sizes, capacity)
        if best is None or history[-1] < best.inertia:
            centres = np.array([X[labels == c].mean(axis=0) for c in range(k)])
            best = Clustering(centres, labels, history[-1], np.array(history))
    if best is None:
        raise ValueError(f"capacity must be larger, or restarts more, to place all samples, got capacity={capacity!r}")
    return best


def _sizes(n: int, k: int, demands: Any, capacity: Any) -> tuple[np.ndarray, float]:
    sizes = np.ones(n) if demands is None else np.asarray(demands, dtype=float)
    if sizes.shape != (n,) or not np.isfinite(sizes).all() or not (sizes > 0).all():
        raise ValueError(f"demands must be {n} positive numbers, one for each sample, got {demands!r}")
    validate.positive(capacity=capacity)
    if sizes.sum() > k * capacity * (1 + 1e-12):
        raise ValueError(f"capacity must be at least {sizes.sum() / k:g} for {k} clusters, got {capacity!r}")
    return sizes, float(capacity)


def _capacitated_lloyd(X: np.ndarray, centres: np.ndarray, sizes: np.ndarray, capacity: float) -> np.ndarray | None:
    """Labels when assigning and moving the centres no longer lowers the inertia; None if an assignment fails."""
    k, best, best_labels = len(centres), np.inf, None
    while True:
        labels = _assign(squared_distances(X, centres), sizes, capacity)
        if labels is None or len(np.unique(labels)) < k:
            return best_labels
        centres = np.array([X[labels == c].mean(axis=0) for c in range(k)])
        inertia = float(((X - centres[labels]) ** 2).sum())
        if inertia >= best * (1 - 1e-12):
            return best_labels
        best, best_labels = inertia, labels


def _assign(distances: np.ndarray, sizes: np.ndarray, capacity: float) -> np.ndarray | None:
    """Give each sample the nearest centre with room, the greatest regret (second best less best) first."""
    n, k = distances.shape
    room, labels = np.full(k, capacity), np.full(n, -1)
    while (labels < 0).any():
        open_ = np.flatnonzero(labels < 0)
        allowed = np.where(sizes[open_, None] <= room + 1e-12 * capacity, distances[open_], np.inf)
        ordered = np.sort(allowed, axis=1)
        if np.isinf(ordered[:, 0]).any():
            return None
        # Without a second choice the regret is infinite; among those the largest demand goes first.
        regret = ordered[:, 1] - ordered[:, 0] if k > 1 else np.zeros(len(open_))
        at = np.lexsort((-sizes[open_], -regret))[0]
        label = int(np.argmin(allowed[at]))
        labels[open_[at]] = label
        room[label] -= sizes[open_[at]]
    return labels


def _exchange(X: np.ndarray, labels: np.ndarray, k: int, sizes: np.ndarray, capacity: float) -> list[float]:
    """Change ``labels`` by the best move or swap until none helps; the inertia after each."""
    squares, history = float((X**2).sum()), []
    while True:
        members = labels == np.arange(k)[:, None]
        counts, sums, loads = members.sum(axis=1), members @ X, members @ sizes
        kept = (sums**2).sum(axis=1) / counts  # the inertia is the sum of squares less the sum of these
        history.append(squares - float(kept.sum()))
        best = 1e-12 * max(squares, 1.0)
        change: tuple[tuple[int, Any], ...] | None = None
        for i in range(len(X)):
            own = labels[i]
            gains = _move_gains(X, i, own, counts, sums, kept)
            gains[(np.arange(k) == own) | (loads + sizes[i] > capacity * (1 + 1e-12))] = -np.inf
            to = int(np.argmax(gains))
            if gains[to] > best:
                best, change = gains[to], ((i, to),)
            gains = _swap_gains(X, i, labels, counts, sums, kept)
            heavier = sizes[i] - sizes  # what the partner's cluster gains in load
            limit = capacity * (1 + 1e-12)
            gains[(labels == own) | (loads[labels] + heavier > limit) | (loads[own] - heavier > limit)] = -np.inf
            other = int(np.argmax(gains))
            if gains[other] > best:
                best, change = gains[other], ((i, labels[other]), (other, own))
        if change is None:
            return history
        for sample, label in change:
            labels[sample] = label


def _move_gains(X, i, own, counts, sums, kept):
    """How much the inertia falls if sample i moves to each cluster; the last sample of a cluster stays."""
    if counts[own] == 1:
        return np.full(len(counts), -np.inf)
    left = ((sums[own] - X[i]) ** 2).sum() / (counts[own] - 1)
    return ((sums + X[i]) ** 2).sum(axis=1) / (counts + 1) - kept + left - kept[own]


def _swap_gains(X, i, labels, counts, sums, kept):
    """How much the inertia falls if sample i and each other sample change places."""
    own = labels[i]
    here = ((sums[own] - X[i] + X) ** 2).sum(axis=1) / counts[own]
    there = ((sums[labels] - X + X[i]) ** 2).sum(axis=1) / counts[labels]
    return here - kept[own] + there - kept[labels]
