"""Functions that can be written down as data, to be handed to a student's function as an argument.

A probe is a frozen dataclass with a ``__call__``. Its fields travel as JSON to the kernel where the student's
answer runs, and the probe is made again there: nothing is pickled.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, TypeVar, dataclass_transform

import numpy as np

PROBES: dict[str, type] = {}
T = TypeVar("T")


@dataclass_transform(frozen_default=True, eq_default=False)
def probe(kind: type[T]) -> type[T]:
    """Register a class as a probe, under its name, and make a frozen dataclass of it."""
    if kind.__name__ in PROBES:
        raise ValueError(f"probe {kind.__name__!r} is already registered")
    frozen = dataclass(frozen=True, eq=False, repr=False)(kind)
    PROBES[kind.__name__] = frozen
    return frozen


def field_names(kind: type) -> list[str]:
    """Names of a probe's fields, which are also the names of its constructor's parameters."""
    return [field.name for field in fields(kind)]


@probe
class Quadratic:
    """``f(x) = x'Ax / 2 - b'x``; A (d, d) symmetric, b (d,)."""

    A: np.ndarray
    b: np.ndarray

    def __call__(self, x: Any) -> float:
        x = np.asarray(x, dtype=float)
        return float(0.5 * x @ self.A @ x - self.b @ x)

    def __repr__(self) -> str:
        return f"the function x'Ax/2 - b'x with A = {_short(self.A)}, b = {_short(self.b)}"


@probe
class QuadraticGradient:
    """Gradient ``A x - b`` of `Quadratic`."""

    A: np.ndarray
    b: np.ndarray

    def __call__(self, x: Any) -> np.ndarray:
        return self.A @ np.asarray(x, dtype=float) - self.b

    def __repr__(self) -> str:
        return f"the gradient Ax - b with A = {_short(self.A)}, b = {_short(self.b)}"


@probe
class QuadraticHessian:
    """Hessian of `Quadratic`: A, wherever it is asked for."""

    A: np.ndarray

    def __call__(self, x: Any) -> np.ndarray:
        return self.A.copy()

    def __repr__(self) -> str:
        return f"the constant Hessian {_short(self.A)}"


@probe
class Rosenbrock:
    """``sum 100 (x[i+1] - x[i]^2)^2 + (1 - x[i])^2``."""

    def __call__(self, x: Any) -> float:
        x = np.asarray(x, dtype=float)
        return float(np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2))

    def __repr__(self) -> str:
        return "Rosenbrock's function"


@probe
class RosenbrockGradient:
    """Gradient of `Rosenbrock`."""

    def __call__(self, x: Any) -> np.ndarray:
        x = np.asarray(x, dtype=float)
        valley = x[1:] - x[:-1] ** 2
        gradient = np.zeros_like(x)
        gradient[:-1] = -400 * x[:-1] * valley - 2 * (1 - x[:-1])
        gradient[1:] += 200 * valley
        return gradient

    def __repr__(self) -> str:
        return "the gradient of Rosenbrock's function"


@probe
class LeastSquaresGradient:
    """Gradient over some rows of ``|Xw - y|^2 / (2 n)``: ``probe(w, rows)``, or ``probe(w)`` for all rows.

    X (n, d), y (n,); ``rows`` are indices. The mean is over the rows asked for.
    """

    X: np.ndarray
    y: np.ndarray

    def __call__(self, w: Any, rows: Any = None) -> np.ndarray:
        rows = np.arange(len(self.y)) if rows is None else np.atleast_1d(rows)
        X = self.X[rows]
        return X.T @ (X @ np.asarray(w, dtype=float) - self.y[rows]) / len(rows)

    def __repr__(self) -> str:
        return f"the least-squares gradient for X = {_short(self.X)}, y = {_short(self.y)}"


@probe
class Polynomial:
    """``c[0] + c[1] x + c[2] x^2 + ...``, by Horner's rule; works on numbers and, entry by entry, on arrays."""

    coefficients: np.ndarray

    def __call__(self, x: Any) -> Any:
        value = 0.0 * np.asarray(x, dtype=float)
        for coefficient in self.coefficients[::-1]:
            value = value * x + coefficient
        return value[()] if isinstance(value, np.ndarray) else value

    def __repr__(self) -> str:
        return f"the polynomial with coefficients {_short(self.coefficients)} (constant first)"


@probe
class Constant:
    """The same value for any arguments (a learning rate that never changes, say)."""

    value: Any

    def __call__(self, *arguments: Any) -> Any:
        return self.value

    def __repr__(self) -> str:
        return f"the constant function {self.value!r}"


@probe
class Table:
    """``table(k)`` is the k-th entry of ``values``, past the end the last one: schedules, scripted gradients."""

    values: np.ndarray

    def __call__(self, k: Any) -> Any:
        value = self.values[min(int(k), len(self.values) - 1)]
        return value.copy() if isinstance(value, np.ndarray) else value

    def __repr__(self) -> str:
        return f"the function whose values for 0, 1, 2... are {_short(self.values)}"


def _short(array: Any) -> str:
    array = np.asarray(array)
    if array.size > 9:
        return f"an array of shape {array.shape}"
    return np.array2string(array, precision=6, separator=", ").replace("\n", "")
