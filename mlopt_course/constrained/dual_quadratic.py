"""Strictly convex quadratic programs by Goldfarb and Idnani's method: the subproblem of `sqp`, and projections."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np


class QuadraticSolution(NamedTuple):
    """Minimiser (d,) and multipliers of the equalities (m,) and inequalities (p,)."""

    x: np.ndarray
    equality: np.ndarray
    inequality: np.ndarray


def solve_quadratic(
    hessian: np.ndarray, linear: np.ndarray, A_eq: np.ndarray, b_eq: np.ndarray, A_ub: np.ndarray, b_ub: np.ndarray
) -> QuadraticSolution | None:
    r"""Minimise :math:`\tfrac12 x^\top H x + c^\top x` subject to :math:`A_{eq} x = b_{eq}, A_{ub} x \le b_{ub}`.

    It begins at the unconstrained minimum and adds one violated constraint after the other, so that it needs no
    feasible start; every point on the way is the optimum of the constraints added so far.

    Parameters
    ----------
    hessian : ndarray, shape (d, d)
        Symmetric and positive definite.
    linear : ndarray, shape (d,)
    A_eq, b_eq : ndarray, shapes (m, d) and (m,)
    A_ub, b_ub : ndarray, shapes (p, d) and (p,)

    Returns
    -------
    QuadraticSolution or None
        None where the constraints contradict each other.

    Raises
    ------
    ValueError
        If the Hessian is not positive definite.

    References
    ----------
    Goldfarb and Idnani (1983), A numerically stable dual method, Mathematical Programming 27, section 3. Deviation: the
    factorisation of the active constraints is made anew at each step, not updated.
    """
    try:
        factor = np.linalg.cholesky(hessian)
    except np.linalg.LinAlgError:
        raise ValueError("hessian must be positive definite") from None
    m = len(b_eq)
    search = _DualSearch(factor, np.linalg.solve(hessian, -linear), np.vstack([A_eq, A_ub]), np.append(b_eq, b_ub), m)
    for index in range(m):
        if not search.add(index):
            return None
    for _ in range(50 * (m + len(b_ub) + 1)):
        worst = search.most_violated()
        if worst is None:
            break
        if not search.add(worst):
            return None
    return QuadraticSolution(search.x, search.multipliers[:m], search.multipliers[m:])


class _DualSearch:
    """The point, the active constraints with their multipliers, and the step that makes one more active."""

    def __init__(self, factor: np.ndarray, x: np.ndarray, rows: np.ndarray, limits: np.ndarray, m: int) -> None:
        self.x, self.rows, self.limits, self.m = x, rows, limits, m
        self.multipliers, self.active = np.zeros(len(limits)), [0] * 0
        # In the variables L^T x the Hessian is the identity, and the rows become L^-1 a.
        self.factor, self.normals = factor, np.linalg.solve(factor, rows.T).T
        self.lengths = np.linalg.norm(rows, axis=1)

    def tolerance(self) -> np.ndarray:
        return 1e-11 * (1.0 + np.abs(self.limits) + self.lengths * float(np.max(np.abs(self.x), initial=0.0)))

    def most_violated(self) -> int | None:
        excess = self.rows @ self.x - self.limits - self.tolerance()
        excess[: self.m] = -math.inf
        excess[self.active] = -math.inf
        if not len(excess) or np.max(excess) <= 0:
            return None
        return int(np.argmax(excess / np.maximum(self.lengths, 1e-300)))

    def add(self, index: int) -> bool:
        """Step until constraint ``index`` holds; False where none can (the constraints contradict each other)."""
        excess = float(self.rows[index] @ self.x - self.limits[index])
        if index < self.m and abs(excess) <= self.tolerance()[index] and self._dependent(index):
            return True
        sign = -1.0 if index < self.m and excess < 0 else 1.0
        while True:
            along, response = self._directions(sign * self.normals[index])
            slope = float(along @ along)
            full = (
                sign * excess / slope
                if slope > 1e-20 * (1e-300 + self.normals[index] @ self.normals[index])
                else math.inf
            )
            partial, leaving = self._longest_dual_step(response)
            step = min(full, partial)
            if math.isinf(step):
                return False
            self.multipliers[self.active] -= step * response
            self.multipliers[index] += sign * step
            if not math.isinf(full):
                self.x = self.x - step * np.linalg.solve(self.factor.T, along)
                excess = float(self.rows[index] @ self.x - self.limits[index])
            if step == full:
                self.active.append(index)
                return True
            self.multipliers[leaving] = 0.0
            self.active.remove(leaving)

    def _directions(self, normal: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The normal's part outside the active normals, and its coordinates in them."""
        if not self.active:
            return normal, np.empty(0)
        basis, upper = np.linalg.qr(self.normals[self.active].T)
        inside = basis.T @ normal
        along = normal - basis @ inside
        if np.linalg.norm(along) <= 1e-10 * np.linalg.norm(normal) or len(self.active) >= normal.size:
            along = np.zeros_like(normal)
        return along, np.linalg.lstsq(upper, inside, rcond=None)[0]

    def _dependent(self, index: int) -> bool:
        along, _ = self._directions(self.normals[index])
        return not along.any()

    def _longest_dual_step(self, response: np.ndarray) -> tuple[float, Any]:
        """How far until the multiplier of an active inequality is 0, and which."""
        longest, leaving = math.inf, None
        for place, index in enumerate(self.active):
            if index >= self.m and response[place] > 1e-14 and self.multipliers[index] / response[place] < longest:
                longest, leaving = self.multipliers[index] / response[place], index
        return max(longest, 0.0), leaving
