"""Iterated local search, with local search and perturbation as functions that can be swapped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .. import validate
from ..arguments import real_number
from ..registry import Iterate, method
from .box import clip, finite_box, on_vectors, reflect

#: ``local_search(problem, x, fun, low, high) -> iterator of (x, fun)``, each no worse than the one before.
LocalSearch = Callable[[Any, np.ndarray, float, np.ndarray, np.ndarray], Iterator[tuple[np.ndarray, float]]]
#: ``perturbation(x, low, high, rng) -> x``, inside the box.
Perturbation = Callable[[np.ndarray, np.ndarray, np.ndarray, np.random.Generator], np.ndarray]


def compass_search(step: float = 0.05, tolerance: float = 1e-8) -> LocalSearch:
    """Local search along the axes, both ways; a length of its own for each, doubled by success, halved by failure.

    Parameters
    ----------
    step, tolerance : float
        First step, and the step at which it ends, as shares of the box's width.
    """
    validate.positive(step=step, tolerance=tolerance)

    def search(problem, x, fun, low, high):
        width = high - low
        steps = step * width
        while (steps > tolerance * width).any():
            for i in np.flatnonzero(width > 0):
                improved = False
                for sign in (1.0, -1.0):
                    y = x.copy()
                    y[i] = min(max(x[i] + sign * steps[i], low[i]), high[i])
                    f_y = problem.fun(y)
                    if f_y < fun:
                        x, fun, improved = y, f_y, True
                        break
                steps[i] = min(2 * steps[i], width[i]) if improved else 0.5 * steps[i]
            yield x, fun

    return search


def random_jump(size: float = 0.15, share: float = 0.5) -> Perturbation:
    """Perturbation: normal steps in a random share of the coordinates (at least one), mirrored at the bounds.

    Parameters
    ----------
    size : float
        Standard deviation as a share of the box's width, > 0.
    share : float
        Chance of each coordinate to move, in (0, 1].
    """
    validate.positive(size=size)
    if not (validate.is_real(share) and 0 < share <= 1):
        raise ValueError(f"share must be above 0 and at most 1, got {share!r}")

    def perturb(x, low, high, rng):
        moved = rng.random(x.size) < share
        moved[rng.integers(x.size)] = True
        return reflect(x + moved * size * (high - low) * rng.standard_normal(x.size), low, high)

    return perturb


@method(
    chapter="stochastic",
    needs="bounds",
    use_when="a good local search is at hand and local minima lie near one another",
    fails_when="the jump is too short (it falls back) or too long (it restarts at random)",
    reference="Lourenco, Martin and Stuetzle (2003), Handbook of Metaheuristics, chapter 11",
)
@on_vectors
def iterated_local_search(
    problem, x0, *, local_search=None, perturbation=None, temperature=0.0, patience=None, tolerance=0.0, rng
):
    r"""Iterated local search: jump away from a local minimum, descend again, and keep the better one.

    Parameters
    ----------
    problem : Problem
        With finite bounds; only function values are used.
    x0 : ndarray, shape (d,), or None
        Start; drawn from the box where there is none.
    local_search : callable, optional
        ``local_search(problem, x, fun, low, high)`` yields ``(x, fun)`` as it descends; `compass_search` by default.
    perturbation : callable, optional
        ``perturbation(x, low, high, rng)``, a point in the box; `random_jump` by default.
    temperature : float
        0 accepts only what is at least as good; above it a local minimum worse by :math:`\Delta` is accepted with
        probability :math:`e^{-\Delta / T}`.
    patience : int, optional
        Stop after so many local searches without a new best; by default never.
    tolerance : float
        What an improvement has to exceed to count for ``patience``, >= 0.

    Yields
    ------
    Iterate
        Within a local search too: ``x`` (d,) and ``fun`` of the search, ``home`` (d,), the local minimum that jumps
        start from, and ``round``, counted from 0.

    References
    ----------
    Lourenco, Martin and Stuetzle (2003), Iterated local search, in Handbook of Metaheuristics, chapter 11:
    the procedure of its section 2, with its acceptance criteria "better" and "LSMC".
    """
    search = compass_search() if local_search is None else local_search
    jump = random_jump() if perturbation is None else perturbation
    _check_iterated(search, jump, temperature, patience, tolerance)
    low, high = finite_box(problem, x0)
    x = low + (high - low) * rng.random(low.size) if x0 is None else x0
    home, f_home, f_best, waited, rounds = x, np.inf, np.inf, 0, 0
    while patience is None or waited < patience:
        fun = problem.fun(x)
        yield Iterate(x, fun=fun, home=home, round=rounds)
        for x, fun in search(problem, x, fun, low, high):  # noqa: B020 (the start is read once)
            yield Iterate(x, fun=fun, home=home, round=rounds)
        if fun <= f_home or (temperature > 0 and rng.random() < np.exp((f_home - fun) / temperature)):
            home, f_home = x, fun
        waited = 0 if fun < f_best - tolerance else waited + 1
        f_best = min(f_best, fun)
        x = clip(jump(home, low, high, rng), low, high)
        rounds += 1
    return f"No better local minimum in {patience} searches."


def _check_iterated(search, jump, temperature, patience, tolerance):
    for name, function in (("local_search", search), ("perturbation", jump)):
        if not callable(function):
            raise ValueError(f"{name} must be a function (see {__name__}), got {function!r}")
    real_number("temperature", temperature, 0)
    real_number("tolerance", tolerance, 0)
    if patience is not None:
        validate.whole(patience=patience)
