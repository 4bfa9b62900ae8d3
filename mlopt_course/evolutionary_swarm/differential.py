"""Differential evolution: the classic scheme, and L-SHADE, which learns its own constants."""

from __future__ import annotations

import numpy as np

from .. import validate
from ..arguments import real_number
from ..registry import Iterate, method
from ..stochastic.box import finite_box, halve_to_base, on_vectors, random_points, within


@method(
    chapter="evolutionary_swarm",
    needs=("bounds", "batch"),
    use_when="the box is known, there are up to some tens of variables, many minima, and evaluations are cheap",
    fails_when="the population is small or all alike: then so are its differences, and it stops moving",
    reference="Storn and Price (1997), J. Global Optim. 11, section 2; Tanabe and Fukunaga (2014), L-SHADE, CEC",
)
@on_vectors
def differential_evolution(
    problem,
    x0,
    *,
    population=None,
    strategy="best1bin",
    scale=(0.5, 1.0),
    crossover_rate=0.9,
    adaptive=False,
    tolerance=1e-10,
    rng,
):
    r"""Differential evolution (DE/best/1/bin): step along the difference of two members, keep what is better.

    For each member :math:`x_i`, with the best member :math:`a`, two others :math:`b, c` and one coordinate that is
    always taken,

    .. math:: v = a + F (b - c), \qquad u_j = v_j \text{ with probability } C, \text{ else } x_{ij}

    and :math:`u` takes the place of :math:`x_i` if it is no worse.

    Parameters
    ----------
    problem : Problem
        With finite bounds; a generation is evaluated in one call.
    x0 : ndarray, shape (d,), or None
        One of the first population, where given; the others are drawn from the box.
    population : int, optional
        At least 4; by default ``5 d``, and with ``adaptive`` :math:`18 d \sqrt{B / 10^4 d}` for a budget of :math:`B`
        evaluations (``18 d``, as published, for the budget that it was tuned for); at least 20.
    strategy : {"best1bin", "rand1bin"}
        What :math:`a` is: the best member (DE/best/1/bin), or one at random (DE/rand/1/bin), which is slower and
        explores more. The names are SciPy's.
    scale : float or (float, float)
        :math:`F` in (0, 2]; a pair draws each member's from between the two (dither), which keeps the steps from being
        all alike. The classic scheme of 1997 is ``strategy="rand1bin", scale=0.5``.
    crossover_rate : float
        :math:`C` in [0, 1].
    adaptive : bool
        L-SHADE instead: :math:`F` and :math:`C` are learnt from what succeeded, steps lead towards the best members,
        and the population shrinks to 4 over the budget (``max_evaluations``; 10,000 d where there is none).
    tolerance : float
        Stop when the population lies within this in every coordinate.

    Yields
    ------
    Iterate
        ``x`` (d,) the best so far, ``fun``, ``population`` (n, d), ``values`` (n,).

    References
    ----------
    Storn and Price (1997), section 2, with their first choice of :math:`C` for quick convergence; the scale is drawn as
    Das, Konar and Chakraborty (2005) do (Two improved differential evolution schemes for faster global search, GECCO:
    DERSF), over the range that SciPy's ``differential_evolution`` has too, as it has the best member as base; L-SHADE:
    Tanabe and Fukunaga (2014), Improving the search performance of SHADE using linear population size reduction, CEC,
    Algorithms 1 and 2.
    What leaves the box is put half-way between where it came from and the bound. Deviation: in the first scheme, too,
    a trial that is equally good is taken, which lets the population drift over plateaus.
    """
    _check_differences(strategy, scale, crossover_rate, adaptive, tolerance)
    low, high = finite_box(problem, x0)
    n = _usual_size(problem, low.size, adaptive) if population is None else population
    validate.whole(4, population=n)
    X = random_points(rng, low, high, n, x0)
    values = problem.batch(X)
    if adaptive:
        return (yield from _lshade(problem, X, values, low, high, tolerance, rng))
    scales = scale if isinstance(scale, tuple) else (scale, scale)
    while True:
        best = values.argmin()
        yield Iterate(X[best], fun=values[best], population=X, values=values)
        if within(X, tolerance):
            return f"The population lies within {tolerance}."
        a, b, c = (best, *others(rng, n, 2)) if strategy == "best1bin" else others(rng, n, 3)
        F = rng.uniform(*scales, size=(n, 1))
        mutants = halve_to_base(X[a] + F * (X[b] - X[c]), X, low, high)
        trials = np.where(_crossed(rng, n, low.size, crossover_rate), mutants, X)
        trial_values = problem.batch(trials)
        better = trial_values <= values
        X = np.where(better[:, None], trials, X)
        values = np.where(better, trial_values, values)


def _usual_size(problem, d, adaptive):
    budget = problem.max_evaluations or 10_000 * d
    return max(20, round(18 * d * min(1.0, budget / (10_000 * d)) ** 0.5) if adaptive else 5 * d)


def others(rng: np.random.Generator, n: int, count: int) -> np.ndarray:
    """For each of n > count members so many others, all different, every choice equally likely (count, n)."""
    places = n - 1 - np.arange(count)[:, None]
    ahead = 1 + (places * rng.random((count, n))).astype(int)  # how many places on, in a ring of the members
    for k in range(1, count):
        for taken in np.sort(ahead[:k], axis=0):  # count past what is taken, from the lowest up
            ahead[k] += ahead[k] >= taken
    return (np.arange(n) + ahead) % n


def _crossed(rng, n, d, rate):
    """Which coordinates of each trial (n, d) are the mutant's: one at random, others with this probability."""
    crossed = rng.random((n, d)) < rate
    crossed[np.arange(n), (d * rng.random(n)).astype(int)] = True
    return crossed


def _lshade(problem, X, values, low, high, tolerance, rng):
    """L-SHADE, Algorithm 2 of Tanabe and Fukunaga (2014), with their constants: H = 6, p = 0.11, archive 2.6 N."""
    most, d = X.shape
    budget = problem.max_evaluations or 10_000 * d
    begun = problem.nfev
    memory_F, memory_C, place = np.full(6, 0.5), np.full(6, 0.5), 0
    archive = np.empty((0, d))
    while True:
        order = values.argsort(kind="stable")
        n = max(4, round(most + (4 - most) * min(1.0, (problem.nfev - begun) / max(1, budget - begun))))
        X, values = X[order[:n]], values[order[:n]]
        archive = archive[rng.permutation(len(archive))[: round(2.6 * n)]]
        yield Iterate(X[0], fun=values[0], population=X, values=values)
        if within(X, tolerance):
            return f"The population lies within {tolerance}."
        slot = rng.integers(6, size=n)
        C = np.clip(memory_C[slot] + 0.1 * rng.standard_normal(n), 0.0, 1.0) * (memory_C[slot] > 0)
        F = _positive_cauchy(rng, memory_F[slot])
        leaders = X[rng.integers(max(2, round(0.11 * n)), size=n)]
        a, b = _from_both(rng, n, len(archive))
        mutants = X + F[:, None] * (leaders - X + X[a] - np.concatenate([X, archive])[b])
        mutants = halve_to_base(mutants, X, low, high)
        trials = np.where(_crossed(rng, n, d, C[:, None]), mutants, X)
        trial_values = problem.batch(trials)
        better = trial_values < values
        if better.any():
            archive = np.concatenate([archive, X[better]])
            gain = (values - trial_values)[better]
            memory_F[place] = _weighted_lehmer(F[better], gain)
            memory_C[place] = _weighted_lehmer(C[better], gain) if memory_C[place] > 0 else 0.0
            place = (place + 1) % 6
        taken = trial_values <= values
        X = np.where(taken[:, None], trials, X)
        values = np.where(taken, trial_values, values)


def _positive_cauchy(rng, centre):
    """Cauchy draws of scale 0.1 around ``centre``, drawn again where not positive, and 1 at most."""
    F = centre + 0.1 * rng.standard_cauchy(centre.size)
    while (F <= 0).any():
        F = np.where(F <= 0, centre + 0.1 * rng.standard_cauchy(centre.size), F)
    return np.minimum(F, 1.0)


def _from_both(rng, n, archived):
    """For each of n members another one, and a third from members and archive, all different."""
    i = np.arange(n)
    a = rng.integers(n - 1, size=n)
    a += a >= i
    b = rng.integers(n + archived - 2, size=n)
    for other in (np.minimum(i, a), np.maximum(i, a)):
        b += b >= other
    return a, b


def _weighted_lehmer(values, weights):
    weights = weights / weights.max()
    total = weights @ values
    return float(weights @ values**2 / total) if total > 0 else 0.0


def _check_differences(strategy, scale, crossover_rate, adaptive, tolerance):
    if strategy not in ("best1bin", "rand1bin"):
        raise ValueError(f"strategy must be 'best1bin' or 'rand1bin', got {strategy!r}")
    pair = scale if isinstance(scale, tuple) and len(scale) == 2 else (scale, scale)
    if not (all(map(validate.is_real, pair)) and 0 < pair[0] <= pair[1] <= 2):
        raise ValueError(f"scale must be above 0 and at most 2, or a pair (lowest, highest) of such, got {scale!r}")
    if not (validate.is_real(crossover_rate) and 0 <= crossover_rate <= 1):
        raise ValueError(f"crossover_rate must be from 0 to 1, got {crossover_rate!r}")
    if not isinstance(adaptive, bool):
        raise ValueError(f"adaptive must be True or False, got {adaptive!r}")
    real_number("tolerance", tolerance, 0)
