"""Constrained methods beside SciPy's on the Hock-Schittkowski problems: solved, evaluations, overhead."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from mlopt_course import Problem, minimize
from mlopt_course.constrained import kkt_residuals
from mlopt_course.problems.hock_schittkowski import NUMBERS, hock_schittkowski

OURS = ("sqp", "augmented_lagrangian", "interior_point")
SCIPY = {"SLSQP": {"ftol": 1e-10, "maxiter": 1000}, "trust-constr": {"maxiter": 1000}, "COBYQA": {"maxfev": 20000}}


def run(numbers: tuple[int, ...] = NUMBERS, peers: tuple[str, ...] = ("SLSQP",)) -> list[dict[str, Any]]:
    """One row for each method: the median gap ``|f - f*| / (1 + |f*|)``, how many it solved, median evaluations.

    A problem is solved where the gap and the violation of the constraints are at most 1e-6. The overhead is the time
    outside the objective, for each of its evaluations; "seeds" is 1, as nothing is random. SciPy's other methods
    (``peers=("trust-constr", "COBYQA")``) take minutes.
    """
    rows = [_row(name, "ours", _ours(name), numbers) for name in OURS]
    return rows + [_row(name, f"scipy {name}", _scipy(name), numbers) for name in peers]


def _ours(name: str) -> Callable[[Problem], np.ndarray]:
    return lambda problem: minimize(problem, method=name, max_evaluations=20000, history="iterates").x


def _scipy(name: str) -> Callable[[Problem], np.ndarray]:
    from scipy.optimize import minimize as scipy_minimize

    def solve(problem: Problem) -> np.ndarray:
        box = None if problem.bounds is None else [tuple(pair) for pair in problem.bounds]
        jac = None if name == "COBYQA" else problem.gradient
        return scipy_minimize(problem.fun, problem.x0, jac=jac, bounds=box, constraints=problem.constraints,
                              method=name, options=SCIPY[name]).x  # fmt: skip

    return solve


def _row(method: str, peer: str, solve: Callable[[Problem], np.ndarray], numbers: tuple[int, ...]) -> dict[str, Any]:
    gaps, counts, overheads, solved = [], [], [], 0
    for number in numbers:
        problem, clock = hock_schittkowski(number), _Clock()
        timed = Problem(clock.of(problem.fun), clock.of(problem.gradient, counted=False), bounds=problem.bounds,
                        constraints=problem.constraints, x0=problem.x0)  # fmt: skip
        start = time.perf_counter()
        x = solve(timed)
        overheads.append((time.perf_counter() - start - clock.inside) / clock.count)
        assert problem.f_opt is not None
        gap = abs(problem.fun(x) - problem.f_opt) / (1 + abs(problem.f_opt))
        gaps.append(gap)
        counts.append(clock.count)
        solved += gap <= 1e-6 and kkt_residuals(problem, x).primal <= 1e-6
    return {
        "family": "constrained",
        "problem": f"{len(numbers)} Hock-Schittkowski problems",
        "method": method,
        "peer": peer,
        "median_error": float(np.median(gaps)),
        "overhead_us": 1e6 * float(np.median(overheads)),
        "evaluations": int(np.median(counts)),
        "solved": int(solved),
        "seeds": 1,
    }


class _Clock:
    """Counts the calls of a function and the time spent inside."""

    def __init__(self) -> None:
        self.inside, self.count = 0.0, 0

    def of(self, function: Any, counted: bool = True) -> Callable[[np.ndarray], Any]:
        def timed(x: np.ndarray) -> Any:
            start = time.perf_counter()
            try:
                return function(x)
            finally:
                self.inside += time.perf_counter() - start
                self.count += counted

        return timed


if __name__ == "__main__":
    for row in run():
        print(row)
