"""Operators of genetic algorithms, each a function that can be swapped for another of its kind.

- selection ``(values, n, rng) -> indices (n,)``: who becomes a parent (low values are good);
- crossover ``(mothers (n, d), fathers (n, d), low, high, rng) -> children (2 n, d)``, two of each couple;
- mutation ``(X, low, high, rng) -> X (n, d)``;
- survival ``(parents' values, children's values, rng) -> indices`` into parents then children: who lives on;
- termination ``(generation, X, values) -> None``, or a sentence that says why it is enough.

Each function here makes such an operator from its parameters. Children are brought back into the box by reflection.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import validate
from ..stochastic.box import reflect, within

Selection = Callable[[np.ndarray, int, np.random.Generator], np.ndarray]
Crossover = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.random.Generator], np.ndarray]
Mutation = Callable[[np.ndarray, np.ndarray, np.ndarray, np.random.Generator], np.ndarray]
Survival = Callable[[np.ndarray, np.ndarray, np.random.Generator], np.ndarray]
Termination = Callable[[int, np.ndarray, np.ndarray], Any]


def tournament(size: int = 2) -> Selection:
    """Selection: the best of ``size`` drawn at random. Larger is greedier; only ranks matter."""
    validate.whole(size=size)

    def select(values, n, rng):
        drawn = (values.size * rng.random((size, n))).astype(int)
        return drawn[values[drawn].argmin(axis=0), np.arange(n)]

    return select


def roulette() -> Selection:
    """Selection: with probability proportional to how much better than the worst one is (Holland's wheel)."""

    def select(values, n, rng):
        fitness = values.max() - values
        total = fitness.sum()
        return rng.choice(values.size, size=n, p=fitness / total if 0 < total < np.inf else None)

    return select


def rank_selection(pressure: float = 1.5) -> Selection:
    """Selection: linear in the rank (Baker, 1985); the best is drawn ``pressure`` times as often as the average.

    Parameters
    ----------
    pressure : float
        From 1 (no selection) to 2.
    """
    if not (validate.is_real(pressure) and 1 <= pressure <= 2):
        raise ValueError(f"pressure must be from 1 to 2, got {pressure!r}")

    def select(values, n, rng):
        size = values.size
        rank = np.empty(size)
        rank[np.argsort(values, kind="stable")] = np.arange(size)
        chance = pressure - (2 * pressure - 2) * rank / max(1, size - 1)
        return rng.choice(size, size=n, p=chance / chance.sum())

    return select


def simulated_binary(eta: float = 15.0, rate: float = 0.9) -> Crossover:
    r"""Crossover: two children as far apart as their parents times a random factor, near 1 for large ``eta`` (SBX).

    .. math:: c_{1,2} = \tfrac12 \big( (1 \pm \beta) a + (1 \mp \beta) b \big), \qquad
              \beta = (2u)^{1/(\eta+1)} \text{ if } u \le \tfrac12, \text{ else } (2 - 2u)^{-1/(\eta+1)}

    with the children exchanged in half of the cases. Half of the coordinates, and all of ``1 - rate`` of the couples,
    are handed down as they are.

    References
    ----------
    Deb and Agrawal (1995), Simulated binary crossover for continuous search space, Complex Systems 9; ``eta`` and
    ``rate``: those of Deb's programs and of pymoo.
    """
    validate.positive(eta=eta)
    _check_rate(rate=rate)

    def cross(mothers, fathers, low, high, rng):
        beta = np.exp(rng.laplace(scale=1 / (eta + 1), size=mothers.shape))  # the same distribution in one draw
        half = rng.random(mothers.shape)
        beta = np.where(half < 0.25, -beta, beta)  # with the children exchanged
        mixed = (half < 0.5) & (rng.random((len(mothers), 1)) < rate)
        shift = mixed * (0.5 * (beta - 1) * (mothers - fathers))
        return reflect(np.concatenate([mothers + shift, fathers - shift]), low, high)

    return cross


def blend(alpha: float = 0.5) -> Crossover:
    """Crossover: uniform on the interval between the parents, widened by ``alpha`` on both sides (BLX-alpha).

    References: Eshelman and Schaffer (1993), Foundations of Genetic Algorithms 2.
    """
    validate.not_negative(alpha=alpha)

    def cross(mothers, fathers, low, high, rng):
        weight = rng.uniform(-alpha, 1 + alpha, (2, *mothers.shape))
        children = mothers + weight * (fathers - mothers)
        return reflect(np.concatenate(children), low, high)

    return cross


def uniform_crossover(rate: float = 0.5) -> Crossover:
    """Crossover: the parents exchange each coordinate with probability ``rate``."""
    _check_rate(rate=rate)
    return lambda mothers, fathers, low, high, rng: _exchange(rng.random(mothers.shape) < rate, mothers, fathers)


def one_point_crossover() -> Crossover:
    """Crossover: the parents exchange all coordinates from a random place on."""

    def cross(mothers, fathers, low, high, rng):
        n, d = mothers.shape
        cut = rng.integers(1, d, size=(n, 1)) if d > 1 else rng.integers(0, 2, size=(n, 1))
        return _exchange(np.arange(d) >= cut, mothers, fathers)

    return cross


def _exchange(taken, mothers, fathers):
    return np.concatenate([np.where(taken, fathers, mothers), np.where(taken, mothers, fathers)])


def polynomial_mutation(eta: float = 20.0, rate: float | None = None) -> Mutation:
    r"""Mutation: a step of random size, mostly small for large ``eta``, in each coordinate with probability ``rate``.

    .. math:: \Delta x = w \big( (2u)^{1/(\eta+1)} - 1 \big) \text{ if } u < \tfrac12, \text{ else }
              w \big( 1 - (2 - 2u)^{1/(\eta+1)} \big)

    in a box of width :math:`w`, with :math:`u` uniform on [0, 1).

    Parameters
    ----------
    eta : float
        > 0; typical steps are about 1 / eta of the box.
    rate : float, optional
        1 / d by default: one coordinate on average.

    References
    ----------
    Deb and Goyal (1996), Computer Science and Informatics 26, the version without distances to the bounds.
    """
    validate.positive(eta=eta)
    if rate is not None:
        _check_rate(rate=rate)

    def mutate(X, low, high, rng):
        moved = np.flatnonzero(rng.random(X.size) < (1 / X.shape[1] if rate is None else rate))
        drawn = rng.laplace(scale=1 / (eta + 1), size=moved.size)  # the same distribution in one draw
        step = -np.sign(drawn) * np.expm1(-np.abs(drawn))
        mutants = X.copy()
        mutants.flat[moved] += step * (high - low)[moved % low.size]
        return reflect(mutants, low, high)

    return mutate


def gaussian_mutation(size: float = 0.05, rate: float | None = None) -> Mutation:
    """Mutation: a normal step of this share of the box, with probability ``rate`` (1 / d) in each coordinate."""
    validate.positive(size=size)
    if rate is not None:
        _check_rate(rate=rate)

    def mutate(X, low, high, rng):
        moved = rng.random(X.shape) < (1 / X.shape[1] if rate is None else rate)
        return reflect(X + moved * size * (high - low) * rng.standard_normal(X.shape), low, high)

    return mutate


def best_of_both() -> Survival:
    """Survival: the best of parents and children together, as many as there were parents ("plus")."""

    def survive(parents, children, rng):
        return np.concatenate([parents, children]).argsort(kind="stable")[: parents.size]

    return survive


def generational(elites: int = 1) -> Survival:
    """Survival: the children, and the ``elites`` best parents in place of the worst children."""
    validate.whole(0, elites=elites)

    def survive(parents, children, rng):
        kept = min(elites, parents.size)
        best_parents = parents.argsort(kind="stable")[:kept]
        best_children = parents.size + children.argsort(kind="stable")[: parents.size - kept]
        return np.concatenate([best_parents, best_children])

    return survive


def stagnation(generations: int = 100) -> Termination:
    """Termination: no better best for so many generations. Each run needs its own."""
    validate.whole(generations=generations)
    best, since = np.inf, 0

    def enough(generation, X, values):
        nonlocal best, since
        lowest = values.min()
        if generation <= 1 or lowest < best:
            best, since = lowest, generation
        return f"No improvement in {generations} generations." if generation - since >= generations else None

    return enough


def collapse(width: float = 1e-8) -> Termination:
    """Termination: all of the population within ``width`` in every coordinate; 0 never says so unless all are equal.

    A small population may agree for a while, and mutation lead it on: see `stagnation`.
    """
    validate.not_negative(width=width)
    return lambda generation, X, values: f"The population lies within {width}." if within(X, width) else None


def _check_rate(rate):
    if not (validate.is_real(rate) and 0 <= rate <= 1):
        raise ValueError(f"rate must be from 0 to 1, got {rate!r}")
