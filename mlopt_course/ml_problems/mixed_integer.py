"""Mixed-integer linear programs, written down row by row and solved by SciPy's HiGHS."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


class MixedIntegerProgram:
    """Minimise a linear cost subject to linear constraints, some variables being whole numbers.

    >>> program = MixedIntegerProgram()
    >>> boxes = program.variables(3, high=1, cost=[-6, -5, -4], integer=True)
    >>> program.constrain((boxes, [5, 4, 3]), high=7)
    >>> x, cost = program.solve()
    >>> x[boxes].tolist(), cost
    ([0.0, 1.0, 1.0], -9.0)
    """

    def __init__(self) -> None:
        self._cost: list[float] = []
        self._low: list[float] = []
        self._high: list[float] = []
        self._integer: list[bool] = []
        self._rows: list[tuple[np.ndarray, np.ndarray]] = []
        self._limits: list[tuple[float, float]] = []

    def variables(
        self, shape: int | tuple[int, ...], *, low: Any = 0.0, high: Any = math.inf, cost: Any = 0.0,
        integer: bool = False,
    ) -> np.ndarray:  # fmt: skip
        """New variables; their numbers in an array of this shape. ``low``, ``high`` and ``cost`` broadcast to it."""
        first = len(self._cost)
        numbers = first + np.arange(math.prod(np.atleast_1d(shape))).reshape(shape)
        for kept, given in ((self._cost, cost), (self._low, low), (self._high, high)):
            kept.extend(np.broadcast_to(np.asarray(given, dtype=float), numbers.shape).ravel().tolist())
        self._integer.extend([integer] * numbers.size)
        return numbers

    def constrain(self, *terms: tuple[Any, Any], low: float = -math.inf, high: float = math.inf) -> None:
        """One row: the sum of all ``coefficients * variables`` lies in [low, high].

        Each term is a pair (numbers of variables, coefficients); they broadcast to one shape.
        """
        pairs = [np.broadcast_arrays(numbers, np.asarray(values, dtype=float)) for numbers, values in terms]
        self._rows.append(
            (np.concatenate([a.ravel() for a, _ in pairs]), np.concatenate([b.ravel() for _, b in pairs]))
        )
        self._limits.append((low, high))

    def solve(self) -> tuple[np.ndarray, float]:
        """Values of all variables, whole numbers rounded, and the cost; proved to be the least.

        Raises
        ------
        ValueError
            If no values satisfy the constraints, or the cost has no least value.
        """
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import csr_array

        counts = [len(numbers) for numbers, _ in self._rows]
        numbers = np.concatenate([numbers for numbers, _ in self._rows])
        values = np.concatenate([values for _, values in self._rows])
        rows = np.repeat(np.arange(len(counts)), counts)
        matrix = csr_array((values, (rows, numbers)), shape=(len(counts), len(self._cost)))
        low, high = np.array(self._limits).T
        found = milp(np.array(self._cost), integrality=np.array(self._integer, dtype=int),
                     bounds=Bounds(np.array(self._low), np.array(self._high)),
                     constraints=LinearConstraint(matrix, low, high), options={"mip_rel_gap": 0.0})  # fmt: skip
        if found.x is None:
            raise ValueError(f"the program has no solution: {found.message}")
        x = np.where(self._integer, np.round(found.x), found.x)
        return x, float(found.fun)
