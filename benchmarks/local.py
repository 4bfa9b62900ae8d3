"""Local and scalar methods beside SciPy's: evaluations, final error and overhead, measured in one process.

``python benchmarks/local.py`` prints the table; ``run()`` gives its rows. Overhead is wall time less the time inside
the objective and its derivatives: per evaluation for Powell's method, whose iterations are not SciPy's, and for scalar
methods, else per iteration. It is the least of several repeats, for other programs only ever add to it. Ours includes
counting, checks and the history.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np

REPEATS = 5

LOCAL = {
    "nelder_mead": ("Nelder-Mead", {"adaptive": True}, {"adaptive": True, "maxiter": 10**6, "maxfev": 20_000}),
    "powell": ("Powell", {}, {"maxiter": 10**6, "maxfev": 20_000}),
    "bfgs": ("BFGS", {}, {}),
    "lbfgs": ("L-BFGS-B", {}, {}),
    "newton_cg": ("Newton-CG", {}, {}),
    "trust_region": ("trust-ncg", {}, {}),
}
DERIVATIVE_FREE = ("nelder_mead", "powell")
WITH_HESSIAN = ("newton_cg", "trust_region")


class Timed:
    """A function that counts its calls and the time inside them."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function, self.calls, self.seconds = function, 0, 0.0

    def __call__(self, x: Any) -> Any:
        self.calls += 1
        begin = time.perf_counter()
        value = self.function(x)
        self.seconds += time.perf_counter() - begin
        return value


def run(dimensions: tuple[int, ...] = (2, 10, 100)) -> list[dict[str, Any]]:
    """Rows of ``{family, problem, method, peer, median_error, overhead_us, evaluations, seeds}``."""
    return [row for dimension in dimensions for row in _rosenbrock(dimension)] + list(_scalar())


def _rosenbrock(dimension):
    from scipy.optimize import minimize as scipy_minimize
    from scipy.optimize import rosen, rosen_der, rosen_hess

    from mlopt_course import Problem, minimize

    x0 = np.resize([-1.2, 1.0], dimension)
    for name, (peer, ours, theirs) in LOCAL.items():
        if dimension > 10 and name in DERIVATIVE_FREE:
            continue
        gradient = None if name in DERIVATIVE_FREE else rosen_der
        hessian = rosen_hess if name in WITH_HESSIAN else None

        def our_run(fun, jac, hess, name=name, ours=ours):
            problem = Problem(fun, jac, hess)
            return minimize(problem, x0, name, max_iterations=10**6, max_evaluations=20_000, **ours)

        def their_run(fun, jac, hess, peer=peer, theirs=theirs):
            return scipy_minimize(fun, x0, method=peer, jac=jac, hess=hess, options=theirs)

        for label, one_run in (("ours", our_run), (f"scipy {peer}", their_run)):
            functions = (rosen, gradient, hessian)
            result, seconds = _least_overhead(one_run, functions)
            per = result.nfev if name == "powell" else result.nit
            yield _row("local", f"rosenbrock {dimension}-d", name, label, result.fun, seconds / per, result.nfev)


def _least_overhead(one_run, functions):
    """The result, and the least overhead in seconds over the repeats."""
    least = math.inf
    for _ in range(REPEATS):
        timed = [None if function is None else Timed(function) for function in functions]
        begin = time.perf_counter()
        result = one_run(*timed)
        wall = time.perf_counter() - begin
        least = min(least, wall - sum(function.seconds for function in timed if function is not None))
    return result, least


def _scalar():
    from scipy.optimize import bisect, golden, minimize_scalar
    from scipy.optimize import newton as scipy_newton

    from mlopt_course import Problem, minimize

    inner = 2 - 3 * (math.sqrt(5) - 1) / 2
    box = {"bounds": [(-1.0, 2.0)]}
    runs = {
        "golden_section_search": (
            lambda f, g, h: minimize(Problem(f, **box), method="golden_section_search", tolerance=1e-8).x,
            lambda f, g, h: golden(f, brack=(-1.0, inner, 2.0), tol=5e-9),
        ),
        "brent": (
            lambda f, g, h: minimize(Problem(f, **box), method="brent", tolerance=1e-8).x,
            lambda f, g, h: minimize_scalar(f, bounds=(-1, 2), method="bounded", options={"xatol": 1e-8}).x,
        ),
        "bisection": (
            lambda f, g, h: minimize(Problem(f, g, **box), method="bisection", tolerance=1e-12).x,
            lambda f, g, h: bisect(g, -1.0, 2.0, xtol=1e-12),
        ),
        "secant": (
            lambda f, g, h: minimize(Problem(f, g), 1.0, "secant").x,
            lambda f, g, h: scipy_newton(g, 1.0),
        ),
        "newton": (
            lambda f, g, h: minimize(Problem(f, g, h), 1.0, "newton", tolerance=1e-10).x,
            lambda f, g, h: scipy_newton(g, 1.0, fprime=h),
        ),
    }
    for name, (ours, theirs) in runs.items():
        for label, one_run in (("ours", ours), ("scipy", theirs)):
            least = math.inf
            for _ in range(20 * REPEATS):
                f, g, h = (Timed(function) for function in (_value, _slope, _bend))
                begin = time.perf_counter()
                x = one_run(f, g, h)
                least = min(least, time.perf_counter() - begin - f.seconds - g.seconds - h.seconds)
            calls = f.calls + g.calls + h.calls
            # for methods that use derivatives, the evaluations that they make of these
            evaluations = (g.calls or f.calls) if name in ("bisection", "secant", "newton") else f.calls
            yield _row("scalar", "x^4 - x", name, label, _value(float(x)) - _LOWEST, least / calls, evaluations)


def _value(x):
    return x**4 - x


def _slope(x):
    return 4 * x**3 - 1


def _bend(x):
    return 12 * x**2


_LOWEST = _value(0.25 ** (1 / 3))


def _row(family, problem, method, peer, error, seconds, evaluations):
    return {
        "family": family,
        "problem": problem,
        "method": method,
        "peer": peer,
        "median_error": float(error),
        "overhead_us": 1e6 * seconds,
        "evaluations": int(evaluations),
        "seeds": 1,
    }


if __name__ == "__main__":
    for row in run():
        print(
            f"{row['problem']:18}{row['method']:24}{row['peer']:20}"
            f"{row['median_error']:10.2e}{row['evaluations']:8}{row['overhead_us']:9.1f} us"
        )
