"""Clustering as optimisation: Lloyd's descent, the exhaustive search behind it, and how many clusters to have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arguments import as_generator, whole_number

# Stirling numbers grow so fast that a search beyond this many samples would not end.
MOST_SAMPLES = 14


@dataclass(frozen=True, eq=False)
class Clustering:
    """What a clustering found.

    Attributes
    ----------
    centres : ndarray, shape (k, d)
    labels : ndarray of int, shape (n,)
        The centre of each sample.
    inertia : float
        Sum of the squared distances to the centres: what is minimised.
    history : ndarray, shape (iterations,)
        Inertia after each assignment; it never rises.
    """

    centres: np.ndarray
    labels: np.ndarray
    inertia: float
    history: np.ndarray


def k_means(
    X: Any,
    clusters: int,
    *,
    init: Any = "k-means++",
    restarts: int = 10,
    max_iterations: int = 300,
    rng: np.random.Generator | int | None = None,
) -> Clustering:
    """k-means by Lloyd's algorithm: assign each sample to its nearest centre, move each centre to its samples' mean.

    Both steps lower the inertia, and there are finitely many assignments, so it ends: in a local minimum.

    Parameters
    ----------
    X : array_like, shape (n, d)
        Samples.
    clusters : int
        k, from 1 to n.
    init : {"k-means++", "random"} or array_like, shape (k, d)
        How to choose the first centres: far-apart samples, any samples, or these.
    restarts : int
        Runs, of which the best is returned; with given centres a single one.
    max_iterations : int
        Assignments at most in each run.
    rng : numpy.random.Generator, int or None
        Chooses the first centres.

    Returns
    -------
    Clustering
        scikit-learn's ``KMeans(init=array, n_init=1, tol=0)`` for given centres; a centre left without samples moves
        to the sample farthest from its own, as there. (Its k-means++ tries several candidates for each centre, this
        one draws one, as published.)

    References
    ----------
    Lloyd (1982), doi:10.1109/TIT.1982.1056489; Arthur and Vassilvitskii (2007), k-means++, section 2.2.
    """
    X = samples(X)
    k = whole_number("clusters", clusters, least=1, most=len(X))
    whole_number("restarts", restarts, least=1)
    whole_number("max_iterations", max_iterations, least=1)
    rng = as_generator(rng)
    if isinstance(init, str):
        if init not in ("k-means++", "random"):
            raise ValueError(f"init must be 'k-means++', 'random' or an array of centres, got {init!r}")
        starts: Iterable[np.ndarray] = (_first_centres(X, k, init, rng) for _ in range(restarts))
    else:
        centres = np.array(init, dtype=float)
        if centres.shape != (k, X.shape[1]):
            raise ValueError(f"init must have shape {(k, X.shape[1])}, one centre a row, got {centres.shape}")
        starts = (centres,)
    return min((_lloyd(X, start, max_iterations) for start in starts), key=lambda found: found.inertia)


def _lloyd(X: np.ndarray, centres: np.ndarray, max_iterations: int) -> Clustering:
    labels, history = None, []
    for _ in range(max_iterations):
        distances = squared_distances(X, centres)
        nearest = np.argmin(distances, axis=1)
        history.append(float(distances[np.arange(len(X)), nearest].sum()))
        if labels is not None and np.array_equal(nearest, labels):
            break
        labels = nearest
        centres = _means(X, labels, centres)
    distances = squared_distances(X, centres)
    labels = np.argmin(distances, axis=1)
    return Clustering(centres, labels, float(distances.min(axis=1).sum()), np.array(history))


def _means(X: np.ndarray, labels: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Mean of each cluster; an empty one takes the sample that is worst off."""
    labels = labels.copy()
    empty = np.setdiff1d(np.arange(len(centres)), labels)
    if len(empty):
        far = np.argsort(((X - centres[labels]) ** 2).sum(axis=1))[::-1]
        labels[far[: len(empty)]] = empty
    members = labels == np.arange(len(centres))[:, None]
    counts = np.maximum(members.sum(axis=1), 1)[:, None]
    # Two empty clusters may take the last sample of a third: it then stays where it is.
    return np.where(members.any(axis=1)[:, None], members @ X / counts, centres)


def _first_centres(X: np.ndarray, k: int, init: str, rng: np.random.Generator) -> np.ndarray:
    if init == "random":
        return X[rng.choice(len(X), size=k, replace=False)]
    chosen = [int(rng.integers(len(X)))]
    while len(chosen) < k:
        nearest = squared_distances(X, X[chosen]).min(axis=1)
        # Where all samples coincide with a centre, any other will do.
        weights = nearest / nearest.sum() if nearest.sum() > 0 else None
        chosen.append(int(rng.choice(len(X), p=weights)))
    return X[chosen]


def exhaustive_clustering(X: Any, clusters: int) -> Clustering:
    """The best of all ways to divide the samples into at most ``clusters`` groups, each tried.

    There are :math:`S(n, 1) + ... + S(n, k)` of them (Stirling numbers of the second kind), about :math:`k^n / k!`:
    fit for a dozen samples, as the truth against which `k_means` is held.

    Parameters
    ----------
    X : array_like, shape (n, d)
        At most 14 samples.
    clusters : int
        k, from 1 to n.

    Returns
    -------
    Clustering
        ``history`` holds the best inertia after each partition tried.
    """
    X = samples(X)
    if len(X) > MOST_SAMPLES:
        raise ValueError(f"X must have at most {MOST_SAMPLES} samples to try every partition, got {len(X)}")
    k = whole_number("clusters", clusters, least=1, most=len(X))
    best, best_labels, history = np.inf, None, []
    for partition in partitions(len(X), k):
        labels = np.array(partition)
        inertia = sum(_spread(X[labels == label]) for label in range(labels.max() + 1))
        if inertia < best:
            best, best_labels = inertia, labels
        history.append(best)
    assert best_labels is not None  # there is at least one partition
    centres = np.array([X[best_labels == label].mean(axis=0) for label in range(best_labels.max() + 1)])
    return Clustering(centres, best_labels, float(best), np.array(history))


def partitions(n: int, k: int) -> Iterator[list[int]]:
    """Every way to put ``n`` samples into at most ``k`` groups, as labels; a new group takes the next number."""
    if n == 0:
        yield []
        return
    for rest in partitions(n - 1, k):
        for label in range(min(max(rest, default=-1) + 2, k)):
            yield [*rest, label]


def _spread(rows: np.ndarray) -> float:
    return float(((rows - rows.mean(axis=0)) ** 2).sum())


def choose_clusters(
    X: Any,
    candidates: Iterable[int] = range(2, 9),
    *,
    restarts: int = 10,
    rng: np.random.Generator | int | None = None,
) -> tuple[int, dict[int, float]]:
    """The number of clusters by exhaustive search: run `k_means` for each candidate, keep the best silhouette.

    The inertia cannot choose, since it only falls as clusters are added.

    Parameters
    ----------
    X : array_like, shape (n, d)
    candidates : iterable of int
        Numbers to try, each from 2 to n - 1.
    restarts, rng
        See `k_means`.

    Returns
    -------
    clusters : int
        The best; of equal ones the first.
    scores : dict
        Mean silhouette for each candidate.
    """
    X = samples(X)
    rng = as_generator(rng)
    tried = [whole_number("candidates", k, least=2, most=len(X) - 1) for k in candidates]
    if not tried:
        raise ValueError("candidates must have at least one number, got none")
    scores = {k: silhouette_score(X, k_means(X, k, restarts=restarts, rng=rng).labels) for k in tried}
    return max(scores, key=scores.__getitem__), scores


def silhouette_score(X: Any, labels: Any) -> float:
    r"""Mean silhouette :math:`(b - a) / \max(a, b)`: how much nearer samples are to their own cluster than to the next.

    For a sample, :math:`a` is the mean distance to the others of its cluster, :math:`b` the mean distance to the
    nearest other cluster. A sample alone in its cluster counts 0, as do samples all of whose distances are 0.

    Parameters
    ----------
    X : array_like, shape (n, d)
    labels : array_like, shape (n,)
        With 2 to n - 1 different labels.

    Returns
    -------
    float
        In [-1, 1]; equal to scikit-learn's.

    References
    ----------
    Rousseeuw (1987), doi:10.1016/0377-0427(87)90125-7.
    """
    X = samples(X)
    groups, index, counts = np.unique(np.asarray(labels), return_inverse=True, return_counts=True)
    if np.shape(labels) != (len(X),):
        raise ValueError(f"labels must have shape ({len(X)},), one for each sample, got {np.shape(labels)}")
    if not 2 <= len(groups) < len(X):
        raise ValueError(f"labels must name 2 to {len(X) - 1} clusters, got {len(groups)}")
    distances = np.sqrt(np.array([((X - row) ** 2).sum(axis=1) for row in X]))
    sums = distances @ np.eye(len(groups))[index]
    rows = np.arange(len(X))
    own = sums[rows, index] / np.maximum(counts[index] - 1, 1)
    means = sums / counts
    means[rows, index] = np.inf
    other = means.min(axis=1)
    larger = np.maximum(own, other)
    scores = np.divide(other - own, larger, out=np.zeros(len(X)), where=larger > 0)
    return float(np.mean(np.where(counts[index] > 1, scores, 0.0)))


def squared_distances(X: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Squared distance of each sample (n, d) from each centre (k, d), shape (n, k): by differences, exact for ties."""
    return np.array([((X - centre) ** 2).sum(axis=1) for centre in centres]).T


def samples(X: Any) -> np.ndarray:
    """``X`` as a finite float array of shape (n, d), both at least 1; a ValueError otherwise."""
    try:
        found = np.array(X, dtype=float)
    except (TypeError, ValueError):
        raise ValueError(f"X must be an array of numbers, got {type(X).__name__}") from None
    if found.ndim != 2 or 0 in found.shape:
        raise ValueError(f"X must have shape (n, d), a sample in each row, got shape {found.shape}")
    if not np.isfinite(found).all():
        raise ValueError("X must be finite, got nan or inf")
    return found
