"""From the arguments of `minimize` to what a run needs; unusable ones are named with what is allowed."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from .arguments import whole_number
from .problem import Problem, ValueAndGradient, as_bounds
from .registry import Method


def as_problem(problem: Any, x0: Any, jac: Any, hess: Any, bounds: Any, constraints: Any, args: Any) -> Problem:
    """The problem that `minimize` was given, as a Problem with the bounds and constraints given beside it."""
    listed = _as_constraints(constraints)
    if isinstance(problem, Problem):
        for name, value in {"jac": jac, "hess": hess, "args": args or None}.items():
            if value is not None:
                raise ValueError(
                    f"{name} belongs to a plain function; this Problem carries its own, so leave {name} out"
                )
        x0 = problem.x0 if x0 is None else x0
        changes: dict[str, Any] = {"constraints": listed} if listed else {}
        if bounds is not None:
            changes["bounds"] = as_bounds(bounds, None if x0 is None else np.size(x0))
        return replace(problem, **changes) if changes else problem
    if not callable(problem):
        raise ValueError(f"problem must be a Problem or a function of x, got {problem!r}")
    box = as_bounds(bounds, None if x0 is None else np.size(x0))
    return _plain_problem(problem, jac, hess, box, listed, args)


def _as_constraints(constraints: Any) -> tuple[Any, ...]:
    if constraints is None:
        return ()
    if isinstance(constraints, dict) or not hasattr(constraints, "__iter__"):
        return (constraints,)
    return tuple(constraints)


def _plain_problem(
    function: Callable[..., Any], jac: Any, hess: Any, box: np.ndarray | None, constraints: tuple[Any, ...], args: Any
) -> Problem:
    arguments = args if isinstance(args, tuple) else (args,)

    def bind(function: Callable[..., Any]) -> Callable[[Any], Any]:
        return (lambda x: function(x, *arguments)) if arguments else function

    if not (jac is None or isinstance(jac, (bool, np.bool_)) or callable(jac)):
        raise ValueError(f"jac must be a function, True (fun returns value and gradient) or None, got {jac!r}")
    if hess is not None and not callable(hess):
        raise ValueError(f"hess must be a function or None, got {hess!r}")
    fun, gradient = bind(function), bind(jac) if callable(jac) else None
    if getattr(jac, "__self__", None) is function:  # what SciPy makes of jac=True: one object that gives both
        both = ValueAndGradient(lambda x: (function(x, *arguments), jac(x, *arguments)))
        fun, gradient = both.fun, both.gradient
    elif jac is not None and not callable(jac) and jac:
        both = ValueAndGradient(bind(function))
        fun, gradient = both.fun, both.gradient
    name = getattr(function, "__name__", "problem")
    hessian = None if hess is None else bind(hess)
    return Problem(fun, gradient, hessian, bounds=box, constraints=constraints, name=name)


def check_limits(max_iterations: Any, max_evaluations: Any, target: Any, tolerance: Any, callback: Any) -> None:
    """Raise a ValueError that names the first of `minimize`'s limits that is unusable."""
    whole_number("max_iterations", max_iterations, least=0)
    if max_evaluations is not None:
        whole_number("max_evaluations", max_evaluations, least=1)
    if target is not None and not _is_real(target):
        raise ValueError(f"target must be a number, got {target!r}")
    if tolerance is not None and not (_is_real(tolerance) and tolerance >= 0):
        raise ValueError(f"tolerance must be a number >= 0, got {tolerance!r}")
    if callback is not None and not callable(callback):
        raise ValueError(f"callback must be a function of the iterate, got {callback!r}")


def _is_real(value: Any) -> bool:
    return (
        isinstance(value, (int, float, np.integer, np.floating))
        and not isinstance(value, bool)
        and not math.isnan(float(value))
    )


def check_needs(problem: Problem, chosen: Method) -> None:
    """Raise a ValueError where the problem lacks what the method needs, and say how to supply it."""
    lacking = {
        "hessian": problem.hessian is None,
        "bounds": problem.bounds is None,
        "finite_sum": problem.terms_gradient is None,
        "constraints": not problem.constraints and problem.bounds is None,
    }
    for need in chosen.needs:
        if lacking.get(need):
            how = {
                "hessian": "give hess=",
                "bounds": "give bounds=",
                "constraints": "give constraints= or bounds=",
            }.get(need, "use a problem from mlopt_course.problems that is one, such as logistic_regression()")
            raise ValueError(f"method {chosen.name!r} needs {need}, which {problem.name} does not have; {how}")


def as_start(x0: Any, problem: Problem, chosen: Method) -> Any:
    """The start as the method gets it: a float, or a float array of its own; None where the method makes its own."""
    if x0 is None:
        if "bounds" in chosen.needs:
            return None
        raise ValueError(f"x0 is missing: {problem.name} has no start of its own, so give one")
    try:
        start = np.array(x0)
        if chosen.space != "permutation":
            if start.dtype.kind not in "biufO":
                raise TypeError
            start = start.astype(float, copy=False)
    except (TypeError, ValueError):
        raise ValueError(f"x0 must be an array of real numbers, got {x0!r}") from None
    if start.ndim > 2:
        raise ValueError(f"x0 must be a number, a vector or a matrix, got shape {start.shape}")
    if start.size == 0:
        raise ValueError("x0 must have at least one variable, got an empty array")
    if chosen.space != "permutation" and not np.isfinite(start).all():
        raise ValueError(f"x0 must be finite, got {x0!r}")
    if chosen.space == "scalar" and start.ndim:
        if start.size != 1:
            raise ValueError(
                f"method {chosen.name!r} searches along one variable; x0 must be a number, got shape {start.shape}"
            )
        start = start.reshape(())
    if chosen.space == "permutation" and not np.array_equal(np.sort(start, axis=None), np.arange(start.size)):
        raise ValueError(f"x0 must be a permutation of 0 ... {start.size - 1}, got {x0!r}")
    if chosen.space == "permutation":
        start = start.astype(int)  # also where it came as whole floats
    if problem.bounds is not None and start.ndim < 2:
        if len(problem.bounds) != start.size:
            raise ValueError(
                f"x0 must have {len(problem.bounds)} variables, as many as there are bounds, got {start.size}"
            )
        if "bounds" in chosen.needs:
            low, high = problem.bounds.T
            if (start < low).any() or (start > high).any():
                raise ValueError(f"x0 must lie within the bounds {problem.bounds.tolist()}, got {start.tolist()}")
    return start[()]


def method_options(
    chosen: Method, options: dict[str, Any], tolerance: float | None, rng: np.random.Generator | None
) -> dict[str, Any]:
    """The keyword arguments for the method's function; a ValueError names options that it does not have."""
    for name in options:
        if name not in chosen.options:
            has = ", ".join(f"{k}={v!r}" for k, v in chosen.options.items()) or "none"
            raise ValueError(f"method {chosen.name!r} has no option {name!r}; its options are {has}")
    passed = dict(options)
    if tolerance is not None and "tolerance" in chosen.options:
        passed["tolerance"] = tolerance
    if chosen.uses_rng:
        passed["rng"] = rng
    return passed
