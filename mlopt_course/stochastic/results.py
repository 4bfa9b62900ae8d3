"""Reading results of random methods honestly: repeated runs, success rates, running times, and their spread."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from .. import validate
from ..loop import Result, minimize
from ..problem import Problem


def repeat(problem: Problem, method: str, seeds: Any = 15, **options: Any) -> list[Result]:
    """Run a method once for each seed.

    Parameters
    ----------
    problem : Problem
        What to minimise.
    method : str
        Name of the method.
    seeds : int or iterable of int
        How many (then 0, 1, 2...), or which.
    **options
        For `minimize`: budgets, target, and the method's own.

    Returns
    -------
    list of Result
        In the order of the seeds.
    """
    if isinstance(seeds, (int, np.integer)) and not isinstance(seeds, bool):
        validate.whole(seeds=seeds)
        seeds = range(seeds)
    return [minimize(problem, method=method, rng=seed, **options) for seed in seeds]


def first_hits(results: Sequence[Result], target: float) -> np.ndarray:
    """Evaluations after which each run was at or below ``target`` (n,); inf where it never was.

    A run is known at its iterates, so a method that evaluates generations hits at the end of one.
    """
    hits = []
    for result in results:
        reached = np.flatnonzero(result.history.fun <= target)
        hits.append(float(result.history.nfev[reached[0]]) if reached.size else math.inf)
    return np.array(hits)


def success_rate(results: Sequence[Result], target: float) -> float:
    """Share of the runs that reached ``target``."""
    return float(np.isfinite(first_hits(results, target)).mean())


def expected_running_time(results: Sequence[Result], target: float) -> float:
    r"""Evaluations to expect until ``target`` is reached, if failed runs are started again.

    .. math:: \mathrm{ERT} = \frac{\text{evaluations of all runs, until each hits the target}}{\text{runs that hit it}}

    inf where none did. References: Hansen et al. (2021), COCO, Optimization Methods and Software 36.
    """
    hits = first_hits(results, target)
    succeeded = np.isfinite(hits)
    if not succeeded.any():
        return math.inf
    spent = np.where(succeeded, hits, [float(result.nfev) for result in results])
    return float(spent.sum() / succeeded.sum())


def ecdf(results: Sequence[Result], targets: Any) -> tuple[np.ndarray, np.ndarray]:
    """Share of (run, target) pairs solved within a number of evaluations: the empirical distribution of runtimes.

    Parameters
    ----------
    results : sequence of Result
        Runs, of one problem or of several.
    targets : float or iterable of float
        One or more target values.

    Returns
    -------
    evaluations, solved : ndarray, shape (k,)
        Each number of evaluations at which something was solved, ascending, and the share solved by then. The share
        at the end stays below 1 where some targets were never reached.
    """
    wanted = np.atleast_1d(np.array(targets if np.ndim(targets) or not validate.is_real(targets) else [targets], float))
    if not len(results) or not wanted.size:
        raise ValueError(f"results and targets must not be empty, got {len(results)} results, {wanted.size} targets")
    hits = np.concatenate([first_hits(results, target) for target in wanted])
    evaluations, counts = np.unique(hits[np.isfinite(hits)], return_counts=True)
    return evaluations, np.cumsum(counts) / hits.size


def median_interval(values: Iterable[float], confidence: float = 0.95) -> tuple[float, float, float]:
    """Median of a sample, and an interval that holds the true median with at least this confidence.

    Parameters
    ----------
    values : iterable of float
        Independent results, such as the final errors of repeated runs.
    confidence : float
        In (0, 1).

    Returns
    -------
    low, median, high : float
        ``low`` and ``high`` are values of the sample (its extremes where it is too small for the confidence).

    References
    ----------
    The number of values below the median is binomial (n, 1/2), whatever their distribution: Conover (1999), Practical
    Nonparametric Statistics, section 3.2.
    """
    if not (validate.is_real(confidence) and 0 < confidence < 1):
        raise ValueError(f"confidence must be above 0 and below 1, got {confidence!r}")
    ordered = np.sort(np.fromiter(values, dtype=float))
    n = ordered.size
    if n == 0:
        raise ValueError("values must not be empty")
    outside, k = 0.0, 0
    while k < n // 2:
        outside += math.comb(n, k) / 2.0**n
        if 2 * outside > 1 - confidence:
            break
        k += 1
    # With k values cut from each end, the interval misses the median with probability 2 P(fewer than k below it).
    k = max(k, 1)
    return float(ordered[k - 1]), float(np.median(ordered)), float(ordered[n - k])
