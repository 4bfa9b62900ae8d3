"""A recommender: users and items as vectors whose product predicts the rating (matrix factorisation)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import validate
from ..arguments import as_generator, real_number, whole_number
from ..problem import Problem


@dataclass(frozen=True, eq=False)
class Ratings:
    """Ratings of items by users.

    Attributes
    ----------
    user, item : ndarray of int, shape (n,)
    value : ndarray, shape (n,)
    users, items : int
        How many there are.
    truth : ndarray, shape (users, items), optional
        What every user thinks of every item, where it is known.
    """

    user: np.ndarray
    item: np.ndarray
    value: np.ndarray
    users: int
    items: int
    truth: np.ndarray | None = None

    def __post_init__(self) -> None:
        if not self.user.shape == self.item.shape == self.value.shape or self.value.ndim != 1:
            raise ValueError(
                f"user, item and value must have one shape (n,), got {self.user.shape}, {self.item.shape} and "
                f"{self.value.shape}"
            )
        for name, index, count in (("user", self.user, self.users), ("item", self.item, self.items)):
            if index.size and not (index.min() >= 0 and index.max() < count):
                raise ValueError(f"{name} must be from 0 to {count - 1}, got {index.min()} to {index.max()}")

    def subset(self, indices: Any) -> Ratings:
        """Some of the ratings, such as those to train on."""
        return Ratings(self.user[indices], self.item[indices], self.value[indices], self.users, self.items, self.truth)


def generated_ratings(
    users: int = 200, items: int = 100, *, rank: int = 3, share: float = 0.2, noise: float = 0.3,
    rng: np.random.Generator | int | None = 0,
) -> Ratings:  # fmt: skip
    """Ratings by users with ``rank`` tastes of items with ``rank`` qualities, some items far more popular than others.

    Parameters
    ----------
    users, items, rank : int
        Each at least 1.
    share : float
        Part of all pairs that are rated, in (0, 1]; pairs of popular items more often.
    noise : float
        Standard deviation of what is added to each rating. Ratings are centred around 3.5, with tastes that spread
        them by about 1.
    rng : numpy.random.Generator, int or None

    Returns
    -------
    Ratings
        With ``truth``. Made up: the public sets of ratings may not be passed on.
    """
    validate.whole(1, users=users, items=items, rank=rank)
    if not (validate.is_real(share) and 0 < share <= 1):
        raise ValueError(f"share must be above 0 and at most 1, got {share!r}")
    noise, rng = real_number("noise", noise, least=0.0), as_generator(rng)
    truth = 3.5 + rng.standard_normal((users, rank)) @ rng.standard_normal((rank, items)) / np.sqrt(rank)
    popularity = 1.0 / np.sqrt(1 + np.arange(items))
    weights = np.broadcast_to(popularity, (users, items)).ravel()
    # The largest of log w + Gumbel noise are draws without replacement with probabilities in proportion to w.
    keys = np.log(weights) + rng.gumbel(size=weights.size)
    chosen = np.sort(np.argsort(-keys)[: max(round(share * weights.size), 1)])
    user, item = np.divmod(chosen, items)
    return Ratings(user, item, truth[user, item] + noise * rng.standard_normal(len(chosen)), users, items, truth)


class Factorisation:
    """The layout of the parameters of `matrix_factorisation`, and its predictions.

    ``x`` holds the users' vectors (users, rank), the items' (items, rank), and the biases of users and items.
    """

    def __init__(self, users: int, items: int, rank: int) -> None:
        self.shapes = ((users, rank), (items, rank), (users,), (items,))
        self.size = (users + items) * (rank + 1)

    def unpack(self, x: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Vectors of users and items, biases of users and items: views into ``x`` (size,)."""
        x = np.asarray(x, dtype=float)
        if x.shape != (self.size,):
            raise ValueError(f"x must have the {self.size} parameters of the factorisation, got shape {x.shape}")
        ends = np.cumsum([np.prod(shape) for shape in self.shapes])[:-1]
        P, Q, b, c = (part.reshape(shape) for part, shape in zip(np.split(x, ends), self.shapes, strict=True))
        return P, Q, b, c

    def predict(self, x: Any, mean: float, user: Any, item: Any) -> np.ndarray:
        """Predicted ratings of pairs (n,)."""
        P, Q, b, c = self.unpack(x)
        return mean + b[user] + c[item] + (P[user] * Q[item]).sum(axis=-1)


def matrix_factorisation(
    ratings: Ratings, *, rank: int = 3, l2: float = 0.02, rng: np.random.Generator | int | None = 0
) -> Problem:
    r"""Training a recommender, as a finite sum over the ratings:

    .. math:: \frac1n \sum_{(u, i)} \tfrac12 \big(\mu + b_u + c_i + p_u^\top q_i - r_{ui}\big)^2
              + \tfrac\lambda2 \big(\lVert p_u \rVert^2 + \lVert q_i \rVert^2 + b_u^2 + c_i^2\big)

    where :math:`\mu` is the mean rating. Each rating carries the penalty of its user and item, so frequent ones are
    penalised in proportion, as is usual.

    Parameters
    ----------
    ratings : Ratings
        To train on.
    rank : int
        Length of the vectors, at least 1.
    l2 : float
        :math:`\lambda \ge 0`.
    rng : numpy.random.Generator, int or None
        Draws ``x0``: small normal vectors, zero biases.

    Returns
    -------
    Problem
        Of (users + items) (rank + 1) variables: see `Factorisation`.

    References
    ----------
    Koren, Bell and Volinsky (2009), Matrix factorization techniques for recommender systems, equation (5).
    """
    whole_number("rank", rank, least=1)
    l2 = real_number("l2", l2, least=0.0)
    layout, mean = Factorisation(ratings.users, ratings.items, rank), float(ratings.value.mean())
    everything = np.arange(len(ratings.value))

    def errors(x: Any, indices: np.ndarray) -> np.ndarray:
        return layout.predict(x, mean, ratings.user[indices], ratings.item[indices]) - ratings.value[indices]

    def terms_fun(x: Any, indices: np.ndarray = everything) -> float:
        P, Q, b, c = layout.unpack(x)
        u, i = ratings.user[indices], ratings.item[indices]
        penalty = (P[u] ** 2).sum(axis=1) + (Q[i] ** 2).sum(axis=1) + b[u] ** 2 + c[i] ** 2
        return float(np.mean(errors(x, indices) ** 2 + l2 * penalty)) / 2

    def terms_gradient(x: Any, indices: np.ndarray = everything) -> np.ndarray:
        P, Q, b, c = layout.unpack(x)
        u, i = ratings.user[indices], ratings.item[indices]
        error, gradient = errors(x, indices), np.zeros(layout.size)
        to_P, to_Q, to_b, to_c = layout.unpack(gradient)
        np.add.at(to_P, u, error[:, None] * Q[i] + l2 * P[u])
        np.add.at(to_Q, i, error[:, None] * P[u] + l2 * Q[i])
        np.add.at(to_b, u, error + l2 * b[u])
        np.add.at(to_c, i, error + l2 * c[i])
        return gradient / len(indices)

    x0 = np.zeros(layout.size)
    vectors = (ratings.users + ratings.items) * rank
    x0[:vectors] = 0.1 * as_generator(rng).standard_normal(vectors)
    return Problem(terms_fun, terms_gradient, x0=x0, n_terms=len(everything), terms_fun=terms_fun,
                   terms_gradient=terms_gradient, name=f"matrix factorisation of rank {rank}")  # fmt: skip


def alternating_least_squares(
    ratings: Ratings, *, rank: int = 3, l2: float = 0.02, rounds: int = 20, rng: np.random.Generator | int | None = 0,
    callback: Callable[[np.ndarray], Any] | None = None,
) -> np.ndarray:  # fmt: skip
    """The same problem by turns: with the items fixed, each user's part is a small ridge regression, and vice versa.

    No step of it raises the objective of `matrix_factorisation`, and there is no learning rate.

    Parameters
    ----------
    ratings, rank, l2, rng
        See `matrix_factorisation`.
    rounds : int
        Times that each side is solved for.
    callback : callable, optional
        Called with the parameters after each half round.

    Returns
    -------
    ndarray, shape (size,)
        Parameters, as `matrix_factorisation` has them.

    References
    ----------
    Zhou et al. (2008), Large-scale parallel collaborative filtering for the Netflix prize; with biases.
    """
    validate.whole(1, rounds=rounds)
    validate.positive(l2=l2)
    x = np.array(matrix_factorisation(ratings, rank=rank, l2=l2, rng=rng).x0)
    P, Q, b, c = Factorisation(ratings.users, ratings.items, rank).unpack(x)
    residual = ratings.value - ratings.value.mean()
    for _ in range(rounds):
        _solve_side(P, b, Q, c, ratings.user, ratings.item, residual, l2)
        if callback is not None:
            callback(x)
        _solve_side(Q, c, P, b, ratings.item, ratings.user, residual, l2)
        if callback is not None:
            callback(x)
    return x


def _solve_side(P, b, Q, c, mine, other, residual, l2):
    """Minimise over each row of P and its bias, in place; those without ratings become 0."""
    order = np.argsort(mine, kind="stable")
    groups = np.split(order, np.cumsum(np.bincount(mine, minlength=len(P)))[:-1])
    for row, members in enumerate(groups):
        A = np.column_stack([Q[other[members]], np.ones(len(members))])
        strength = l2 * max(len(members), 1)
        solution = np.linalg.solve(A.T @ A + strength * np.eye(A.shape[1]), A.T @ (residual - c[other])[members])
        P[row], b[row] = solution[:-1], solution[-1]
