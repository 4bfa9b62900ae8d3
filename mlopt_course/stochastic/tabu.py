"""Tabu search on permutations: tours, schedules, assignments."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, count

import numpy as np

from .. import validate
from ..arguments import real_number
from ..registry import Iterate, method


@dataclass(frozen=True)
class Moves:
    """A neighbourhood of permutations of length n.

    Attributes
    ----------
    orders : ndarray of int, shape (m, n)
        Move k turns the permutation x into ``x[orders[k]]``.
    made, broken : ndarray of int, shape (m, p, 2)
        Pairs of positions whose entries the move brings together, and takes apart: what the memory keeps.
    """

    orders: np.ndarray
    made: np.ndarray
    broken: np.ndarray


def reversal_moves(n: int) -> Moves:
    """Reversals of a stretch (2-opt on a closed tour): edges are made and broken. The entry at position 0 stays."""
    pairs = [(i, j) for i, j in combinations(range(1, n), 2) if (i, j) != (1, n - 1)]
    orders = np.tile(np.arange(n), (len(pairs), 1))
    for order, (i, j) in zip(orders, pairs, strict=True):
        order[i : j + 1] = order[i : j + 1][::-1].copy()
    made = [((i - 1, j), (i, (j + 1) % n)) for i, j in pairs]
    broken = [((i - 1, i), (j, (j + 1) % n)) for i, j in pairs]
    return Moves(orders, np.array(made, dtype=int).reshape(-1, 2, 2), np.array(broken, dtype=int).reshape(-1, 2, 2))


def swap_moves(n: int) -> Moves:
    """Swaps of two entries; the pair itself is remembered."""
    pairs = np.array(list(combinations(range(n), 2)), dtype=int).reshape(-1, 2)
    orders = np.tile(np.arange(n), (len(pairs), 1))
    rows = np.arange(len(pairs))
    orders[rows, pairs[:, 0]], orders[rows, pairs[:, 1]] = pairs[:, 1], pairs[:, 0]
    return Moves(orders, pairs[:, None], pairs[:, None])


NEIGHBOURHOODS = {"reverse": reversal_moves, "swap": swap_moves}


@method(
    chapter="stochastic",
    needs="batch",
    space="permutation",
    use_when="solutions are permutations and a whole neighbourhood can be evaluated cheaply",
    fails_when="the neighbourhood is huge or the tenure fits badly: it cycles (short) or is walled in (long)",
    reference="Glover (1989, 1990), Tabu search, ORSA J. Computing 1 and 2; Gendreau and Potvin (2019)",
)
def tabu_search(
    problem, x0, *, neighbourhood=None, tenure=None, aspiration=True, intensification=None, diversification=0.3,
    candidates=None, rng,
):  # fmt: skip
    r"""Tabu search: go to the best neighbour even if it is worse, but do not undo recent moves.

    Memory is of pairs of entries (edges of a tour). A move is tabu if it brings a pair together again that was taken
    apart less than about ``tenure`` steps ago.

    Parameters
    ----------
    problem : Problem
        On permutations of 0 ... n - 1, such as `travelling_salesman`; a neighbourhood is evaluated in one call.
    x0 : ndarray of int, shape (n,)
        First permutation.
    neighbourhood : {"reverse", "swap"} or callable, optional
        `reversal_moves`, `swap_moves`, or another function of n that returns `Moves`. By default reversals where the
        problem has distances (tours), else swaps.
    tenure : int, optional
        For how many steps a pair stays tabu, from a half to one and a half of it each time; 0 forbids nothing. Half of
        n by default.
    aspiration : bool
        Whether a tabu move is allowed when it leads to a new best.
    intensification : int, optional
        After this many steps without a new best, go back to the best permutation and search around it; None: never.
    diversification : float
        Weight >= 0 of the long-term memory: a move that does not improve is charged this times the typical change of
        value, times how often its pairs were brought together, relative to the pair that was most often.
    candidates : int, optional
        How many random moves to look at in each step; all by default.

    Yields
    ------
    Iterate
        ``x`` (n,) the current permutation, ``fun``, and ``tabu``, how many pairs are forbidden.

    References
    ----------
    Gendreau and Potvin (2019), Tabu search, Handbook of Metaheuristics (3rd ed.), chapter 2, after Glover.
    """
    moves = _check_tabu(problem, neighbourhood, tenure, aspiration, intensification, diversification, candidates)
    n = x0.size
    moves, x, fun = moves(n), x0, problem.fun(x0)
    tenure = max(1, n // 2) if tenure is None else tenure
    tabu_until, times_made = np.zeros((n, n)), np.zeros((n, n))
    best, f_best, waited = x, fun, 0
    for step in count() if len(moves.orders) else ():
        chosen = slice(None) if candidates is None else rng.permutation(len(moves.orders))[:candidates]
        neighbours = x[moves.orders[chosen]]
        values = problem.batch(neighbours)
        a, b = np.moveaxis(np.sort(x[moves.made[chosen]], axis=2), 2, 0)
        charge = np.abs(values - fun).mean() * times_made[a, b].mean(axis=1) / max(1.0, times_made.max())
        cost = values + diversification * np.where(values >= fun, charge, 0.0)
        release = tabu_until[a, b].max(axis=1)
        allowed = release <= step
        if aspiration:
            allowed |= values < f_best
        if not allowed.any():  # walled in: take what would be free first
            allowed = release == release.min()
        move = int(np.argmin(np.where(allowed, cost, np.inf)))
        c, d = np.sort(x[moves.broken[chosen][move]], axis=1).T
        tabu_until[c, d] = step + 1 + round(tenure * (0.5 + rng.random()))
        times_made[a[move], b[move]] += 1
        x, fun, waited = neighbours[move], float(values[move]), waited + 1
        if fun < f_best:
            best, f_best, waited = x, fun, 0
        yield Iterate(x, fun=fun, tabu=int((tabu_until > step).sum()))
        if intensification is not None and waited >= intensification:
            x, fun, waited = best, f_best, 0
    return f"{n} entries have no other order."


def _check_tabu(problem, neighbourhood, tenure, aspiration, intensification, diversification, candidates):
    if neighbourhood is None:
        neighbourhood = "swap" if getattr(problem, "distances", None) is None else "reverse"
    moves = NEIGHBOURHOODS.get(neighbourhood, neighbourhood) if isinstance(neighbourhood, str) else neighbourhood
    if not callable(moves):
        raise ValueError(f"neighbourhood must be one of {list(NEIGHBOURHOODS)} or a function, got {neighbourhood!r}")
    if not isinstance(aspiration, bool):
        raise ValueError(f"aspiration must be True or False, got {aspiration!r}")
    real_number("diversification", diversification, 0)
    for name, value in (("tenure", tenure), ("intensification", intensification), ("candidates", candidates)):
        if value is not None:
            validate.whole(0 if name == "tenure" else 1, **{name: value})
    return moves
