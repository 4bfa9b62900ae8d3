"""Our methods inside SciPy's `minimize`."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .loop import minimize
from .registry import Iterate, find_method


def scipy_method(name: str) -> Callable[..., Any]:
    """One of our methods as the ``method=`` of `scipy.optimize.minimize`.

    ``scipy.optimize.minimize(f, x0, method=scipy_method("nelder_mead"), options={"maxiter": 100})``; SciPy's
    ``maxiter``, ``maxfev`` and ``tol`` are understood, all else in ``options`` is the method's own or `minimize`'s.
    """
    chosen = find_method(name)

    def run(fun, x0, args=(), *, jac=None, hess=None, hessp=None, bounds=None, constraints=(), callback=None,
            maxiter=None, maxfev=None, tol=None, disp=False, return_all=False, **options):  # fmt: skip
        from scipy.optimize import OptimizeResult

        if hessp is not None:
            raise ValueError(f"hessp is not used by {chosen.name!r}; give hess, or leave it out")
        settings = {"max_iterations": maxiter, "max_evaluations": maxfev, "tolerance": tol, **options}
        result = minimize(fun, x0, chosen.name, jac=jac, hess=hess, bounds=bounds, constraints=constraints, args=args,
                          callback=_told(callback), **{k: v for k, v in settings.items() if v is not None})  # fmt: skip
        names = ("x", "fun", "nit", "nfev", "njev", "nhev", "success", "message", "history")
        fields = {name: getattr(result, name) for name in names}
        if return_all:
            fields["allvecs"] = list(result.history.x)
        if disp:
            print(f"{chosen.name}: {result.message} f = {result.fun:.6g} after {result.nit} steps.")
        return OptimizeResult(fields, status=int(result.status))

    run.__name__ = chosen.name
    return run


def _told(callback: Callable[..., Any] | None) -> Callable[[Iterate], Any] | None:
    """SciPy's callback, told of an iterate: ``callback(xk)``, or ``callback(intermediate_result=...)``."""
    if callback is None:
        return None
    if set(inspect.signature(callback).parameters) != {"intermediate_result"}:
        return lambda iterate: callback(np.array(iterate.x))
    from scipy.optimize import OptimizeResult

    def told(iterate: Iterate) -> Any:
        fun = math.nan if iterate.fun is None else iterate.fun
        return callback(intermediate_result=OptimizeResult(x=np.array(iterate.x), fun=fun))

    return told
