r"""Constraints in whatever form they were given, as :math:`h(x) = 0` and :math:`g(x) \le 0`.

SciPy's forms (dictionaries, ``NonlinearConstraint``, ``LinearConstraint``), bounds, and the feasible sets of `sets` are
all parts ``low <= c(x) <= high``; they are taken apart once, and every constrained method sees the same two vectors.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..derivatives import CENTRAL_STEP
from ..problem import EvaluationError


class Part(NamedTuple):
    """Constraints ``low <= fun(x) <= high``, of shape (k,); ``jacobian(x)`` is (k, d) or None."""

    fun: Callable[[np.ndarray], Any]
    jacobian: Callable[[np.ndarray], Any] | None
    low: Any
    high: Any


class Constrained(NamedTuple):
    """What the constraints are at a point: values and Jacobians of the equalities h and the inequalities g."""

    h: np.ndarray
    g: np.ndarray
    h_jacobian: np.ndarray
    g_jacobian: np.ndarray

    @property
    def violation(self) -> float:
        """The largest amount by which a constraint is broken; 0 where none is."""
        return violation(self.h, self.g)


def violation(h: np.ndarray, g: np.ndarray) -> float:
    """The largest of ``|h|`` and ``max(0, g)``; 0 without constraints."""
    return max(float(np.max(np.abs(h), initial=0.0)), float(np.max(g, initial=0.0)))


class Constraints:
    r"""The constraints of a problem as :math:`h(x) = 0` (equalities) and :math:`g(x) \le 0` (inequalities).

    Equalities and inequalities keep the order in which they were given. A vector ``low <= c(x) <= high`` gives the rows
    ``c - high`` of all its finite upper limits, then the rows ``low - c``; bounds come last.

    Parameters
    ----------
    problem : Problem
        Its ``constraints`` and ``bounds`` are taken.
    x0 : ndarray, shape (d,), or float
        Any point: the constraints are evaluated there once, to learn how many they are.
    with_bounds : bool
        Whether the bounds count as constraints.

    Raises
    ------
    ValueError
        For a constraint in no known form; it is named by its position.
    """

    def __init__(self, problem: Any, x0: Any, with_bounds: bool = True) -> None:
        if np.ndim(x0) > 1:
            raise ValueError(f"x0 must be a number or a vector for a constrained method, got shape {np.shape(x0)}")
        self._shape = np.shape(x0)
        x = np.atleast_1d(np.asarray(x0, dtype=float))
        self._parts = [_as_part(given, place, x.size) for place, given in enumerate(problem.constraints)]
        if with_bounds and problem.bounds is not None:
            self._parts.append(_bounds_part(problem.bounds))
        values = [self._value(part, x) for part in self._parts]
        self._low = _joined([_limit(self._parts[i].low, value, i) for i, value in enumerate(values)])
        self._high = _joined([_limit(self._parts[i].high, value, i) for i, value in enumerate(values)])
        self._equal = self._low == self._high
        self._sizes = [len(value) for value in values]
        self._above = self._pick(np.isfinite(self._high) & ~self._equal)
        self._below = self._pick(np.isfinite(self._low) & ~self._equal)
        self._order = np.argsort(np.concatenate([self._above[1], self._below[1]]), kind="stable")
        self.n_equalities, self.n_inequalities = int(self._equal.sum()), len(self._order)

    def _pick(self, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Indices of the wanted rows, and for each the part that it belongs to."""
        indices = np.flatnonzero(wanted)
        return indices, np.repeat(np.arange(len(self._sizes)), self._sizes)[indices]

    def _value(self, part: Part, x: np.ndarray) -> np.ndarray:
        value = _call("a constraint", part.fun, self._shaped(x), x)
        return np.atleast_1d(value).ravel()

    def _shaped(self, x: np.ndarray) -> Any:
        view = x.reshape(self._shape)[()]
        if isinstance(view, np.ndarray):
            view = view.view()
            view.flags.writeable = False
        return view

    def values(self, x: Any) -> tuple[np.ndarray, np.ndarray]:
        """``h(x)`` of shape (m,) and ``g(x)`` of shape (p,)."""
        x = np.atleast_1d(np.asarray(x, dtype=float))
        c = _joined([self._value(part, x) for part in self._parts])
        if c.shape != self._low.shape:
            raise EvaluationError(f"the constraints must return {self._low.size} numbers at every x, got {c.size}")
        high, low = self._above[0], self._below[0]
        g = np.concatenate([c[high] - self._high[high], self._low[low] - c[low]])[self._order]
        return c[self._equal] - self._low[self._equal], g

    def jacobians(self, x: Any) -> tuple[np.ndarray, np.ndarray]:
        """Jacobians of ``h``, shape (m, d), and of ``g``, shape (p, d); central differences where none was given."""
        x = np.atleast_1d(np.asarray(x, dtype=float))
        rows = [self._jacobian(part, x, size) for part, size in zip(self._parts, self._sizes, strict=True)]
        jacobian = np.vstack(rows) if rows else np.empty((0, x.size))
        g = np.vstack([jacobian[self._above[0]], -jacobian[self._below[0]]])[self._order]
        return jacobian[self._equal], g

    def _jacobian(self, part: Part, x: np.ndarray, size: int) -> np.ndarray:
        if part.jacobian is not None:
            value = _call("the Jacobian of a constraint", part.jacobian, self._shaped(x), x)
            if value.size != size * x.size or (x.size > 1 and value.shape[-1] != x.size):
                raise EvaluationError(
                    f"the Jacobian of a constraint must have shape {(size, x.size)}, got {value.shape} at x = {x}"
                )
            return value.reshape(size, x.size)
        steps = CENTRAL_STEP * np.maximum(1.0, np.abs(x))
        columns = []
        for i, step in enumerate(steps):
            ahead, behind = x.copy(), x.copy()
            ahead[i] += step
            behind[i] -= step
            columns.append((self._value(part, ahead) - self._value(part, behind)) / (ahead[i] - behind[i]))
        return np.column_stack(columns)

    def at(self, x: Any) -> Constrained:
        """Values and Jacobians at ``x``."""
        return Constrained(*self.values(x), *self.jacobians(x))


def linear_rows(constraints: Constraints, x: np.ndarray, asker: str) -> Constrained:
    """The constraints at ``x`` for a method that needs them linear; a ValueError where they are not."""
    here = constraints.at(x)
    step = 1.0 + np.abs(x)
    h, g = constraints.values(x + step)
    predicted = np.concatenate([here.h + here.h_jacobian @ step, here.g + here.g_jacobian @ step])
    found = np.concatenate([h, g])
    scale = 1.0 + np.abs(predicted) + np.concatenate([np.abs(here.h_jacobian) @ step, np.abs(here.g_jacobian) @ step])
    if np.any(np.abs(found - predicted) > 1e-6 * scale):
        raise ValueError(f"constraints must be linear for {asker!r}, but row "
                         f"{int(np.argmax(np.abs(found - predicted) / scale))} is not")  # fmt: skip
    return here


def _as_part(given: Any, place: int, dimension: int) -> Part:
    if isinstance(given, dict):
        return _dictionary_part(given, place)
    if hasattr(given, "as_part"):
        return given.as_part(dimension)
    if hasattr(given, "A") and hasattr(given, "lb"):
        matrix = given.A.toarray() if hasattr(given.A, "toarray") else np.atleast_2d(np.asarray(given.A, dtype=float))
        if matrix.shape[1] != dimension:
            raise ValueError(f"constraints[{place}].A must have {dimension} columns, got shape {matrix.shape}")
        return Part(lambda x: matrix @ np.atleast_1d(x), lambda x: matrix, given.lb, given.ub)
    if callable(getattr(given, "fun", None)) and hasattr(given, "lb"):
        jacobian = given.jac if callable(given.jac) else None
        return Part(given.fun, jacobian, given.lb, given.ub)
    raise ValueError(
        f"constraints[{place}] must be a dictionary with 'type' and 'fun', a LinearConstraint, a NonlinearConstraint "
        f"or a feasible set, got {given!r}"
    )


def _dictionary_part(given: dict[str, Any], place: int) -> Part:
    kind, fun, jacobian, args = given.get("type"), given.get("fun"), given.get("jac"), given.get("args", ())
    if kind not in ("eq", "ineq"):
        raise ValueError(f"constraints[{place}]['type'] must be 'eq' or 'ineq', got {kind!r}")
    if not callable(fun):
        raise ValueError(f"constraints[{place}]['fun'] must be callable, got {fun!r}")
    arguments = args if isinstance(args, tuple) else (args,)
    rows = (lambda x: jacobian(x, *arguments)) if callable(jacobian) else None
    return Part(lambda x: fun(x, *arguments), rows, 0.0, 0.0 if kind == "eq" else math.inf)


def _bounds_part(bounds: np.ndarray) -> Part:
    identity = np.eye(len(bounds))
    return Part(lambda x: x, lambda x: identity, bounds[:, 0], bounds[:, 1])


def _limit(limit: Any, value: np.ndarray, place: int) -> np.ndarray:
    try:
        return np.broadcast_to(np.asarray(limit, dtype=float), value.shape)
    except (TypeError, ValueError):
        raise ValueError(
            f"constraints[{place}] must have limits of shape {value.shape}, that of its values, got {limit!r}"
        ) from None


def _joined(arrays: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(arrays) if arrays else np.empty(0)


def _call(what: str, function: Callable[[Any], Any], x: Any, where: np.ndarray) -> np.ndarray:
    try:
        value = function(x)
        value = np.asarray(value.toarray() if hasattr(value, "toarray") else value, dtype=float)
    except Exception as error:
        raise EvaluationError(f"{what} raised {type(error).__name__}: {error} at x = {where}") from error
    if not np.isfinite(value).all():
        raise EvaluationError(f"{what} is not finite at x = {where}")
    return value
