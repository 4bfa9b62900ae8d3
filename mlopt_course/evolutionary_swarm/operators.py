"""Operators of genetic algorithms, each a function that can be swapped for another of its kind.

- selection ``(values, n, rng) -> indices (n,)``: who becomes a parent (low values are good);
- crossover ``(mothers, fathers, low, high, rng) -> children (n, d)``;
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
        drawn = rng.integers(values.size, size=(n, size))
        return drawn[np.arange(n), values[drawn].argmin(axis=1)]

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


def simulated_binary(eta: float = 5.0, rate: float = 0.9) -> Crossover:
    r"""Crossover: each coordinate of a child lies beside one parent's or the other's, near it for large ``eta`` (SBX).

    .. math:: c = \tfrac12 \big( (1 + \beta) a + (1 - \beta) b \big), \qquad
              \beta = (2u)^{1/(\eta+1)} \text{ if } u \le \tfrac12, \text{ else } (2 - 2u)^{-1/(\eta+1)}

    with :math:`a` and :math:`b` exchanged in half of the cases. In half of the coordinates, and for ``1 - rate`` of the
    pairs in all, the child has the mother's.

    References
    ----------
    Deb and Agrawal (1995), Simulated binary crossover for continuous search space, Complex Systems 9.
    """
    validate.positive(eta=eta)
    _check_rate(rate=rate)

    def cross(mothers, fathers, low, high, rng):
        u = 1 - rng.random(mothers.shape)  # in (0, 1]: u = 0 gives the same child as u = 1
        beta = np.where(u <= 0.5, 2 * u, 1 / np.maximum(2 - 2 * u, 1e-15)) ** (1 / (eta + 1))
        v = rng.random(mothers.shape)  # below a half: mixed; below a quarter: with the parents exchanged
        beta = np.where(v < 0.25, -beta, beta)
        mixed = v < 0.5
        mixed &= (rng.random(len(mothers)) < rate)[:, None]
        children = 0.5 * ((1 + beta) * mothers + (1 - beta) * fathers)
        return reflect(np.where(mixed, children, mothers), low, high)

    return cross


def blend(alpha: float = 0.5) -> Crossover:
    """Crossover: uniform on the interval between the parents, widened by ``alpha`` on both sides (BLX-alpha).

    References: Eshelman and Schaffer (1993), Foundations of Genetic Algorithms 2.
    """
    validate.not_negative(alpha=alpha)

    def cross(mothers, fathers, low, high, rng):
        weight = rng.uniform(-alpha, 1 + alpha, mothers.shape)
        return reflect(mothers + weight * (fathers - mothers), low, high)

    return cross


def uniform_crossover(rate: float = 0.5) -> Crossover:
    """Crossover: each coordinate from the father with probability ``rate``, else from the mother."""
    _check_rate(rate=rate)
    return lambda mothers, fathers, low, high, rng: np.where(rng.random(mothers.shape) < rate, fathers, mothers)


def one_point_crossover() -> Crossover:
    """Crossover: the mother's coordinates up to a random place, from there on the father's."""

    def cross(mothers, fathers, low, high, rng):
        n, d = mothers.shape
        cut = rng.integers(1, d, size=(n, 1)) if d > 1 else rng.integers(0, 2, size=(n, 1))
        return np.where(np.arange(d) < cut, mothers, fathers)

    return cross


def polynomial_mutation(eta: float = 20.0, rate: float | None = None) -> Mutation:
    """Mutation: a step of random size, mostly small for large ``eta``, in each coordinate with probability ``rate``.

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
        u = rng.random(moved.size)
        power = 1 / (eta + 1)
        step = np.where(u < 0.5, (2 * u) ** power - 1, 1 - (2 - 2 * u) ** power)
        mutants = X.copy()
        mutants.flat[moved] += step * (high - low)[moved % X.shape[1]]
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
        if generation <= 1:
            best, since = np.inf, generation
        if values.min() < best:
            best, since = float(values.min()), generation
        return f"No improvement in {generations} generations." if generation - since >= generations else None

    return enough


def collapse(width: float = 1e-8) -> Termination:
    """Termination: all of the population within ``width`` in every coordinate; 0 never says so unless all are equal."""
    validate.not_negative(width=width)
    return lambda generation, X, values: f"The population lies within {width}." if within(X, width) else None


def _check_rate(rate):
    if not (validate.is_real(rate) and 0 <= rate <= 1):
        raise ValueError(f"rate must be from 0 to 1, got {rate!r}")
