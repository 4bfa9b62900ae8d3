"""A constrained problem as one run of a method sees it: vectors in, one form of constraints, iterates out."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from ..registry import Iterate
from .constraints import Constrained, Constraints


class Program:
    """Objective and constraints at vectors, whatever the shape of the caller's ``x``.

    Parameters
    ----------
    problem : CountedProblem
        Evaluations are counted there.
    x0 : ndarray, shape (d,), or float
        Start.
    """

    def __init__(self, problem: Any, x0: Any) -> None:
        if np.ndim(x0) > 1:
            raise ValueError(f"x0 must be a number or a vector for a constrained method, got shape {np.shape(x0)}")
        self.start = np.atleast_1d(np.array(x0, dtype=float))
        self._problem = problem
        self._scalar = np.ndim(x0) == 0

    @cached_property
    def constraints(self) -> Constraints:
        """The problem's constraints and bounds; made when first asked for, since sets are often used without."""
        return Constraints(self._problem, self.point(self.start))

    def point(self, x: np.ndarray) -> Any:
        """``x`` (d,) in the caller's form."""
        return float(x[0]) if self._scalar else x

    def fun(self, x: np.ndarray) -> float:
        return self._problem.fun(self.point(x))

    def gradient(self, x: np.ndarray) -> np.ndarray:
        return np.atleast_1d(self._problem.gradient(self.point(x)))

    def hessian(self, x: np.ndarray) -> np.ndarray:
        return np.atleast_2d(self._problem.hessian(self.point(x)))

    def iterate(
        self, x: np.ndarray, fun: float, here: Constrained, lam: np.ndarray, mu: np.ndarray, **state: Any
    ) -> Iterate:
        """What a constrained method yields: the point, how far it breaks the constraints, and its multipliers."""
        return Iterate(
            self.point(x),
            fun,
            violation=here.violation,
            equality_multipliers=lam,
            inequality_multipliers=mu,
            **state,
        )
