"""A picture of a problem: its window, its values on a grid, and contour levels that are evenly spread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mlopt_course.problem import Problem

# Values per side of a plane's grid, and along a line's.
PLANE, LINE = 88, 241
BANDS = 13

# How far beyond the window, in half-widths from its centre, points are kept before they are clipped.
REACH = 3.0


@dataclass(frozen=True)
class Landscape:
    """What the first one or two variables of a problem look like.

    Attributes
    ----------
    kind : {"plane", "line", "none"}
        Two variables, one, or too many to draw.
    window : ndarray, shape (2, 2)
        What is shown: (low, high) of each variable; of a line, of ``x`` and of ``f``.
    values : ndarray, shape (PLANE, PLANE) with rows along the second variable, or (LINE,)
        The objective.
    levels : ndarray
        Contour levels: values of the objective between which equal shares of the picture, squared, lie.
    """

    kind: str
    window: np.ndarray
    values: np.ndarray
    levels: np.ndarray
    lowest: float

    def quantised(self) -> np.ndarray:
        """``values`` as uint16: the square root of the height above ``lowest``, full scale at the highest."""
        height = np.sqrt(np.maximum(self.values - self.lowest, 0.0))
        return np.rint(height / self.scale * 65535).astype("<u2")

    @property
    def scale(self) -> float:
        """The height, as a square root, that 65535 stands for."""
        return float(np.sqrt(max(self.values.max() - self.lowest, 1e-300))) if self.values.size else 1.0

    def level_codes(self) -> list[float]:
        """``levels`` in the units of `quantised`."""
        height = np.sqrt(np.maximum(self.levels - self.lowest, 0.0))
        return [round(float(v), 2) for v in height / self.scale * 65535]

    def clip(self, points: np.ndarray) -> np.ndarray:
        """Points (..., 2) as uint16 over `REACH` windows; what lies beyond sits on the rim."""
        low, high = self.window.T
        centre, half = (low + high) / 2, (high - low) / 2 * REACH
        return np.rint(np.clip((points - centre) / half, -1, 1) * 32767 + 32768).astype("<u2")


def dimension_of(problem: Problem) -> int:
    """How many variables the problem has, by its start (0 for a plain number)."""
    if problem.x0 is None:
        raise ValueError(f"{problem.name} has no start (x0), which an explorer needs")
    return np.size(problem.x0) if np.ndim(problem.x0) else 0


def landscape(problem: Problem) -> Landscape:
    """The picture of a problem, from its ``window`` (or, failing that, from around its start and optima)."""
    dimension = dimension_of(problem)
    if dimension > 2:
        return Landscape("none", np.array([[0.0, 1.0], [0.0, 1.0]]), np.empty(0), np.empty(0), 0.0)
    window = _window(problem, max(dimension, 1))
    return _plane(problem, window) if dimension == 2 else _line(problem, window[0], scalar=dimension == 0)


def optima(problem: Problem) -> np.ndarray:
    """The known minimisers as rows (m, d)."""
    if problem.x_opt is None:
        return np.empty((0, max(dimension_of(problem), 1)))
    return np.asarray(problem.x_opt, dtype=float).reshape(-1, max(dimension_of(problem), 1))


def _window(problem: Problem, dimension: int) -> np.ndarray:
    if problem.window is not None:
        window = np.asarray(problem.window, dtype=float).reshape(-1, 2)
        if len(window) >= dimension:
            return window[:dimension]
        raise ValueError(f"{problem.name}.window must have {dimension} pairs (low, high), got {problem.window!r}")
    if problem.bounds is not None and np.isfinite(problem.bounds).all():
        return problem.bounds[:dimension]
    points = np.vstack([np.atleast_1d(np.asarray(problem.x0, dtype=float)), optima(problem)])
    middle = (points.min(0) + points.max(0)) / 2
    half = np.maximum(0.75 * np.ptp(points, axis=0), 1.0)
    return np.column_stack([middle - half, middle + half])


def _plane(problem: Problem, window: np.ndarray) -> Landscape:
    across, up = (np.linspace(low, high, PLANE) for low, high in window)
    grid = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
    values = _finite(_evaluate(problem, grid)).reshape(PLANE, PLANE)
    lowest = float(min(values.min(), np.inf if problem.f_opt is None else problem.f_opt))
    levels = np.unique(np.quantile(values, (np.arange(1, BANDS) / BANDS) ** 2))
    return Landscape("plane", window, values, levels, lowest)


def _line(problem: Problem, span: np.ndarray, *, scalar: bool) -> Landscape:
    across = np.linspace(span[0], span[1], LINE)
    values = _finite(_evaluate(problem, across if scalar else across[:, None]))
    room = 0.08 * (np.ptp(values) or 1.0)
    window = np.array([span, [values.min() - room, values.max() + room]])
    return Landscape("line", window, values, np.empty(0), float(values.min()))


def _evaluate(problem: Problem, points: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        if problem.batch_fun is not None and points.ndim == 2:
            return np.asarray(problem.batch_fun(points), dtype=float)
        return np.array([float(problem.fun(point)) for point in points])


def _finite(values: np.ndarray) -> np.ndarray:
    finite = np.isfinite(values)
    if not finite.any():
        raise ValueError("the objective is finite nowhere in its window, so there is nothing to draw")
    return np.where(finite, values, values[finite].max())


def describe_point(point: Any) -> str:
    """A point for prose: ``(−2, 1.5)``, or ``1.5`` for a number."""
    parts = [f"{value:.3g}".replace("-", "−") for value in np.atleast_1d(np.asarray(point, dtype=float))]
    return parts[0] if len(parts) == 1 else f"({', '.join(parts)})"
