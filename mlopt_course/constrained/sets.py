r"""Feasible sets that are easy to project on, or to minimise a linear function over.

They are given as constraints, ``minimize(f, x0, "projected_gradient", constraints=UnitSimplex())``; the general methods
(`sqp`, `interior_point`...) take them too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import validate
from .constraints import Constraints, Part, linear_rows
from .dual_quadratic import solve_quadratic


@dataclass(frozen=True, eq=False)
class Box:
    """All ``x`` with ``low <= x <= high``; what ``bounds=`` means. Both of shape (d,) or numbers."""

    low: Any
    high: Any

    def project(self, x: np.ndarray) -> np.ndarray:
        """The nearest point of the set."""
        return np.clip(x, self.low, self.high)

    def vertex(self, gradient: np.ndarray) -> np.ndarray:
        """A point of the set that minimises ``gradient @ x``; a ValueError where the box is unbounded that way."""
        corner = np.where(gradient > 0, self.low, self.high)
        corner = np.where(gradient == 0, np.clip(0.0, self.low, self.high), corner)
        if not np.isfinite(corner).all():
            raise ValueError(f"bounds must be finite where the gradient points to them, got {[self.low, self.high]}")
        return corner

    def as_part(self, dimension: int) -> Part:
        """The same as general constraints."""
        return Part(lambda x: np.atleast_1d(x), lambda x: np.eye(dimension), self.low, self.high)


@dataclass(frozen=True, eq=False)
class Ball:
    r"""The Euclidean ball :math:`\lVert x - c \rVert_2 \le r`."""

    radius: float = 1.0
    centre: Any = 0.0

    def __post_init__(self) -> None:
        validate.positive(radius=self.radius)

    def project(self, x: np.ndarray) -> np.ndarray:
        """The nearest point of the set."""
        away = x - self.centre
        return self.centre + away * min(1.0, self.radius / max(float(np.linalg.norm(away)), 1e-300))

    def vertex(self, gradient: np.ndarray) -> np.ndarray:
        """A point of the set that minimises ``gradient @ x``."""
        return self.centre - self.radius * gradient / max(float(np.linalg.norm(gradient)), 1e-300)

    def as_part(self, dimension: int) -> Part:
        """The same as a general constraint, squared so that it is smooth."""
        return Part(
            lambda x: np.sum((x - self.centre) ** 2) - self.radius**2,
            lambda x: 2 * np.atleast_2d(x - self.centre),
            -math.inf,
            0.0,
        )


@dataclass(frozen=True, eq=False)
class UnitSimplex:
    r"""Weights that share out a total: :math:`x \ge 0, \sum_i x_i = s` (probabilities, with total 1)."""

    total: float = 1.0

    def __post_init__(self) -> None:
        validate.positive(total=self.total)

    def project(self, x: np.ndarray) -> np.ndarray:
        """The nearest point of the set; Duchi et al. (2008), ICML, Figure 1."""
        x = x - np.max(x)  # nothing changes by a shift, but large numbers keep their differences
        falling = np.sort(x)[::-1]
        surplus = (np.cumsum(falling) - self.total) / np.arange(1, x.size + 1)
        threshold = surplus[np.flatnonzero(falling > surplus)[-1]]
        return np.maximum(x - threshold, 0.0)

    def vertex(self, gradient: np.ndarray) -> np.ndarray:
        """A point of the set that minimises ``gradient @ x``: all on the cheapest."""
        corner = np.zeros_like(gradient)
        corner[np.argmin(gradient)] = self.total
        return corner

    def as_part(self, dimension: int) -> Part:
        """The same as general constraints."""
        rows = np.vstack([np.ones(dimension), np.eye(dimension)])
        low = np.append(self.total, np.zeros(dimension))
        return Part(
            lambda x: rows @ np.atleast_1d(x), lambda x: rows, low, np.append(self.total, np.full(dimension, np.inf))
        )


@dataclass(frozen=True, eq=False)
class L1Ball:
    r"""The cross-polytope :math:`\lVert x \rVert_1 \le r`: the lasso as a constraint."""

    radius: float = 1.0

    def __post_init__(self) -> None:
        validate.positive(radius=self.radius)

    def project(self, x: np.ndarray) -> np.ndarray:
        """The nearest point of the set; Duchi et al. (2008), ICML, by way of the simplex."""
        if np.abs(x).sum() <= self.radius:
            return x.copy()
        return np.sign(x) * UnitSimplex(self.radius).project(np.abs(x))

    def vertex(self, gradient: np.ndarray) -> np.ndarray:
        """A point of the set that minimises ``gradient @ x``: one variable alone."""
        corner = np.zeros_like(gradient)
        steepest = int(np.argmax(np.abs(gradient)))
        corner[steepest] = -self.radius * np.sign(gradient[steepest])
        return corner

    def as_part(self, dimension: int) -> Part:
        """The same as linear constraints: all :math:`2^d` facets, so for few variables only."""
        if dimension > 10:
            raise ValueError(f"L1Ball has 2^{dimension} facets; use projected_gradient or frank_wolfe, which need none")
        signs = np.array(np.meshgrid(*[[-1.0, 1.0]] * dimension)).reshape(dimension, -1).T
        return Part(lambda x: signs @ np.atleast_1d(x), lambda x: signs, -math.inf, self.radius)


@dataclass(frozen=True, eq=False)
class Polyhedron:
    r"""All ``x`` with :math:`A_{eq} x = b_{eq}` and :math:`A_{ub} x \le b_{ub}`: linear constraints of any form."""

    A_eq: np.ndarray
    b_eq: np.ndarray
    A_ub: np.ndarray
    b_ub: np.ndarray

    def project(self, x: np.ndarray) -> np.ndarray:
        """The nearest point of the set, by a quadratic program."""
        found = solve_quadratic(np.eye(x.size), -x, self.A_eq, self.b_eq, self.A_ub, self.b_ub)
        if found is None:
            raise ValueError("constraints contradict each other: no point satisfies all of them")
        return found.x

    def vertex(self, gradient: np.ndarray) -> np.ndarray:
        """A point of the set that minimises ``gradient @ x``, by a linear program."""
        from ..loop import minimize
        from .linear import linear_program, simplex

        program = linear_program(gradient, A_ub=self.A_ub, b_ub=self.b_ub, A_eq=self.A_eq, b_eq=self.b_eq)
        found = minimize(program, method=simplex, history="iterates")
        if not found.success:
            raise ValueError(f"constraints must hold the gradient's linear function bounded: {found.message}")
        return found.x


def feasible_set(problem: Any, x0: np.ndarray, asker: str) -> Any:
    """The one set that the problem's constraints and bounds describe, for a method that projects on it.

    Parameters
    ----------
    problem : Problem
    x0 : ndarray, shape (d,)
        Where constraints are read off.
    asker : str
        The method's name, for the error.

    Returns
    -------
    object with ``project(x)`` and ``vertex(gradient)``
        The given set, a `Box`, or a `Polyhedron`.

    Raises
    ------
    ValueError
        If it is neither a known set alone nor linear constraints.
    """
    given = problem.constraints
    if len(given) == 1 and hasattr(given[0], "project") and problem.bounds is None:
        return given[0]
    if not given:
        return Box(*problem.bounds.T)
    here = linear_rows(Constraints(problem, x0), x0, asker)
    rows_eq, rows_ub = here.h_jacobian, here.g_jacobian
    return Polyhedron(rows_eq, rows_eq @ x0 - here.h, rows_ub, rows_ub @ x0 - here.g)
