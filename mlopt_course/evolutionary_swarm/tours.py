"""The travelling salesman: problems on permutations, TSPLIB's distances, 2-opt and exhaustive search."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np

from ..problem import Problem
from . import tsplib


@dataclass(frozen=True, eq=False, repr=False)
class TourProblem(Problem):
    """A `Problem` whose points are tours, permutations of 0 ... n - 1; it knows the distances between cities.

    Parameters
    ----------
    distances : ndarray, shape (n, n)
        From each city to each other.
    coordinates : ndarray, shape (n, 2), optional
        Where the cities are, for a map.
    """

    distances: Any = None
    coordinates: Any = None


def travelling_salesman(cities: Any = "five", *, coordinates: Any = None) -> TourProblem:
    """The shortest round trip through all cities, as a problem on permutations.

    Parameters
    ----------
    cities : str or array_like, shape (n, n)
        ``"five"`` (five cities, shortest tour 13); ``"burma14"`` (3323), ``"ulysses22"`` (7013) or ``"berlin52"``
        (7542) of TSPLIB; or a matrix of distances, n >= 3, not negative.
    coordinates : array_like, shape (n, 2), optional
        Where the cities of a matrix are, for a map.

    Returns
    -------
    TourProblem
        ``fun(tour)`` is the length of the closed tour; ``batch_fun`` takes many; ``x0`` visits the cities as listed;
        ``f_opt`` is known for the named ones.

    References
    ----------
    Reinelt (1991), TSPLIB, ORSA Journal on Computing 3.
    """
    f_opt, name = None, "travelling_salesman"
    if isinstance(cities, str):
        if cities not in tsplib.INSTANCES:
            raise ValueError(f"cities must be one of {list(tsplib.INSTANCES)} or a matrix of distances, got {cities!r}")
        instance = tsplib.INSTANCES[cities]
        distances, coordinates, f_opt, name = instance.distances(), instance.coordinates, instance.shortest, cities
    else:
        distances = _as_distances(cities)
    distances.flags.writeable = False
    n = len(distances)
    if coordinates is not None:
        coordinates = np.array(coordinates, dtype=float)
        if coordinates.shape != (n, 2):
            raise ValueError(f"coordinates must have shape ({n}, 2), got {coordinates.shape}")

    def length(tour):
        tour = np.asarray(tour)
        return distances[tour, np.roll(tour, -1, axis=-1)].sum(axis=-1)

    return TourProblem(
        length, batch_fun=length, x0=np.arange(n), f_opt=f_opt, name=name, distances=distances, coordinates=coordinates
    )


def _as_distances(cities):
    try:
        distances = np.array(cities, dtype=float)
    except (TypeError, ValueError):
        raise ValueError(f"cities must be a name or a matrix of distances, got {cities!r}") from None
    n = len(distances) if distances.ndim else 0
    if distances.shape != (n, n) or n < 3:
        raise ValueError(
            f"cities must be a square matrix of distances of at least 3 cities, got shape {distances.shape}"
        )
    np.fill_diagonal(distances, 0.0)
    if not np.isfinite(distances).all() or (distances < 0).any():
        raise ValueError("cities must be a matrix of distances that are finite and not negative")
    return distances


def shortest_tour(problem: TourProblem) -> tuple[np.ndarray, float]:
    """The best of all tours, by trying every one: (n - 1)! of them, so at most 10 cities.

    Returns
    -------
    tour, length : ndarray of int, shape (n,), and float
    """
    n = len(problem.distances)
    if n > 10:
        raise ValueError(f"problem must have at most 10 cities to try all tours, got {n}")
    tours = np.array([(0, *rest) for rest in permutations(range(1, n))])
    lengths = problem.batch_fun(tours)  # type: ignore[misc]
    best = int(np.argmin(lengths))
    return tours[best], float(lengths[best])


def two_opt(tour: np.ndarray, distances: np.ndarray) -> np.ndarray:
    """Shorten a tour by reversing stretches, the best reversal first, until none helps (symmetric distances).

    Parameters
    ----------
    tour : ndarray of int, shape (n,)
        Where to start; not changed.
    distances : ndarray, shape (n, n)
        Symmetric.

    Returns
    -------
    ndarray of int, shape (n,)
        A tour that no single reversal shortens.

    References
    ----------
    Croes (1958), A method for solving traveling-salesman problems, Operations Research 6.
    """
    tour = np.array(tour)
    n = tour.size
    upper = np.triu(np.ones((n, n), dtype=bool), 1)
    while True:
        D = distances[tour][:, tour]
        following = np.roll(D, -1, axis=1)
        edge = following.diagonal()
        # Replace edges (i, i+1), (j, j+1) by (i, j), (i+1, j+1): for all pairs i < j at once.
        gain = edge[:, None] + edge - D - np.roll(following, -1, axis=0)
        gain = np.where(upper, gain, 0.0)
        i, j = divmod(int(gain.argmax()), n)
        if gain[i, j] <= 1e-10 * edge.sum():
            return tour
        tour[i + 1 : j + 1] = tour[i + 1 : j + 1][::-1].copy()


def or_opt(tour: np.ndarray, distances: np.ndarray) -> np.ndarray:
    """Shorten a tour by moving stretches of one to three cities elsewhere, either way round, until none helps.

    Parameters and result are those of `two_opt`.

    References
    ----------
    Or (1976); Johnson and McGeoch (1997), in Local Search in Combinatorial Optimization.
    """
    tour = np.array(tour)
    n = tour.size
    while True:
        best = (1e-10, None)
        for size in range(1, min(3, n - 3) + 1):
            for reverse in (False, True):
                best = max(best, _best_insertion(tour, distances, size, reverse), key=lambda found: found[0])
        if best[1] is None:
            return tour
        start, place, size, reverse = best[1]
        ring = np.roll(tour, -start)  # the stretch first
        stretch, rest = ring[:size], ring[size:]
        tour = np.concatenate([rest[: place + 1], stretch[::-1] if reverse else stretch, rest[place + 1 :]])


def _best_insertion(tour, distances, size, reverse):
    """The largest gain of moving a stretch of ``size``, and the move (start, place in the rest, size, reverse)."""
    n = tour.size
    start = np.arange(n)[:, None]
    ring = tour[(start + np.arange(n)) % n]  # row s: the tour from city s on
    first, last, before = ring[:, 0], ring[:, size - 1], ring[:, -1]
    rest = ring[:, size:]
    removed = distances[before, first] + distances[last, rest[:, 0]] - distances[before, rest[:, 0]]
    head, tail = (last, first) if reverse else (first, last)
    a, b = rest[:, :-1], rest[:, 1:]
    added = distances[a, head[:, None]] + distances[tail[:, None], b] - distances[a, b]
    gain = removed[:, None] - added
    row, place = divmod(int(gain.argmax()), gain.shape[1])
    return float(gain[row, place]), (row, place, size, reverse)
