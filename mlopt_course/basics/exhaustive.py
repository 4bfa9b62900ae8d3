"""Trying everything: the grid over a box, and why no way of searching is better on every function."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import validate
from ..arguments import whole_number
from ..registry import Iterate, method

# Grids beyond this cannot be counted in 64 bits, let alone searched.
MOST_POINTS = 2**62


@method(
    chapter="basics",
    needs=("bounds", "batch"),
    use_when="there are two or three variables, evaluations are cheap and nothing may be missed",
    fails_when="there are more variables: the number of points is points ** d",
    reference="Nesterov (2018), Lectures on Convex Optimization, section 1.1.3; scipy.optimize.brute",
)
def exhaustive_search(problem, x0, *, points=10, batch_size=1024):
    r"""Exhaustive search: evaluate every point of a grid over the box and keep the best.

    The grid has :math:`\prod_i n_i` points. On a function with Lipschitz constant :math:`L` the best of them is within
    :math:`L h / 2` of the minimum, where :math:`h` is the diagonal of a cell.

    Parameters
    ----------
    problem : Problem
        With finite ``bounds``; only function values are used.
    x0 : ignored
        The box says where to search.
    points : int or sequence of int
        Points along each axis, both ends included, at least 2; one number for all axes or one for each. An axis of
        zero width has a single point.
    batch_size : int
        Points evaluated in one call.

    Yields
    ------
    Iterate
        After each batch: ``x`` the best point so far (of equal ones the first, the last axis varying fastest),
        ``fun``, and ``tried``, the number of points evaluated.

    References
    ----------
    Nesterov (2018), Lectures on Convex Optimization, section 1.1.3 (uniform grid method), with the grid of
    `scipy.optimize.brute` with ``finish=None``.
    """
    validate.whole(batch_size=batch_size)
    axes = grid_axes(problem.bounds, points)
    shape = np.shape(x0) if x0 is not None else (len(axes),)
    counts = [len(axis) for axis in axes]
    total = math.prod(counts)
    x_best, f_best, tried = None, math.inf, 0
    while tried < total:
        size = min(batch_size, total - tried, _affordable(problem) or batch_size)
        index = np.unravel_index(np.arange(tried, tried + size), counts)
        batch = np.column_stack([*map(np.take, axes, index)]).reshape(size, *shape)
        values = problem.batch(batch)
        best = int(np.argmin(values))
        if values[best] < f_best:
            x_best, f_best = batch[best], float(values[best])
        tried += size
        yield Iterate(x_best, f_best, tried=tried)
    return f"Tried all {total} points of the grid."


def _affordable(problem) -> float:
    """How many evaluations the budget still holds, so that it is used to its end."""
    return math.inf if problem.max_evaluations is None else max(0, problem.max_evaluations - problem.nfev)


def grid_axes(bounds: np.ndarray, points: int | Sequence[int]) -> list[np.ndarray]:
    """The points of a grid along each axis of a box, ends included; a ValueError for a grid that cannot be made.

    Parameters
    ----------
    bounds : ndarray, shape (d, 2)
        Finite.
    points : int or sequence of int
        At least 2 along each axis.
    """
    if not np.isfinite(bounds).all():
        raise ValueError(f"bounds must be finite for a grid, got {np.asarray(bounds).tolist()}")
    counts = [points] * len(bounds) if np.ndim(points) == 0 else list(points)  # type: ignore[arg-type]
    if len(counts) != len(bounds):
        raise ValueError(f"points must be one number or {len(bounds)}, one for each axis, got {points!r}")
    whole = [whole_number("points", count, least=2) for count in counts]
    sizes = [1 if low == high else n for (low, high), n in zip(bounds, whole, strict=True)]
    if math.prod(sizes) > MOST_POINTS:
        raise ValueError(
            f"points must give a grid that can be searched, got {points!r} along each of {len(bounds)} axes, "
            f"{math.prod(sizes):.0e} points"
        )
    return [np.linspace(low, high, n) for (low, high), n in zip(bounds, sizes, strict=True)]


def no_free_lunch(
    search: Callable[[list[int], list[Any]], int], *, points: int, values: Sequence[Any], evaluations: int
) -> dict[tuple[Any, ...], int]:
    """How often a search sees each sequence of values, over *all* functions on a finite set.

    Whatever the search does, the answer is the same: ``len(values) ** (points - evaluations)`` times each sequence.
    So no search is better than another on average over all functions.

    Parameters
    ----------
    search : callable
        ``search(visited, seen) -> next``: from the points visited (of 0 ... points - 1) and the values seen there, the
        next point, one not visited yet. Deterministic.
    points : int
        Size of the domain. All ``len(values) ** points`` functions are tried, so keep it small.
    values : sequence
        The values that functions may take.
    evaluations : int
        How many evaluations a search may make, at most ``points``.

    Returns
    -------
    dict
        From the sequence of values seen to the number of functions on which it is seen.

    Raises
    ------
    ValueError
        If the search goes where it has been, or out of the domain.

    References
    ----------
    Wolpert and Macready (1997), No free lunch theorems for optimization, theorem 1. doi:10.1109/4235.585893.
    """
    whole_number("points", points, least=1)
    whole_number("evaluations", evaluations, least=1, most=points)
    counts: dict[tuple[Any, ...], int] = {}
    for function in itertools.product(values, repeat=points):
        visited: list[int] = []
        seen: list[Any] = []
        for _ in range(evaluations):
            new = search(list(visited), list(seen))
            if new in visited or new not in range(points):
                raise ValueError(f"search must return a point of 0 ... {points - 1} not visited yet, got {new!r}")
            visited.append(new)
            seen.append(function[new])
        counts[tuple(seen)] = counts.get(tuple(seen), 0) + 1
    return counts
