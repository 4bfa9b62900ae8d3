"""`minimize`: the one loop that runs every method. Stopping, budgets, counting, history, progress, bad values."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any

import numpy as np

from .problem import BudgetExhausted, CountedProblem, EvaluationError, Problem
from .registry import Iterate, Method, find_method, methods

# A full history is thinned (every other row dropped) when it would pass this many numbers: 256 MB.
HISTORY_LIMIT = 2**25


class Status(IntEnum):
    """Why a run ended. Only CONVERGED is a success."""

    CONVERGED = 0
    MAX_ITERATIONS = 1
    MAX_EVALUATIONS = 2
    STOPPED_BY_CALLBACK = 3
    BAD_EVALUATION = 4
    NOT_CONVERGED = 5


class History:
    """What a run recorded, as arrays whose first axis is the record.

    Attributes
    ----------
    iteration : ndarray of int, shape (n,)
        Number of steps taken; 0 is the start.
    x : ndarray, shape (n, d), or (n,) for scalar methods
        Points.
    fun : ndarray, shape (n,)
        Objective at those points (nan where it was not evaluated).
    nfev : ndarray of int, shape (n,)
        Evaluations spent by then.
    velocity, simplex, ... : ndarray
        The method's own state; records without it (the start) hold nan.
    """

    def __init__(self, keep: str | int = "full") -> None:
        stride_ok = isinstance(keep, (int, np.integer)) and not isinstance(keep, bool) and keep >= 1
        if keep not in ("full", "iterates") and not stride_ok:
            raise ValueError(f"history must be 'full', 'iterates' or a stride (an integer >= 1), got {keep!r}")
        self._with_state = keep != "iterates"
        self._stride = 1 if isinstance(keep, str) else int(keep)
        self._rows: list[tuple[int, Any, float, int, dict[str, Any]]] = []
        self._size = 0
        self._arrays: dict[str, np.ndarray] = {}

    def wants(self, iteration: int) -> bool:
        return iteration % self._stride == 0

    def add(self, iteration: int, x: Any, fun: float, nfev: int, state: dict[str, Any]) -> None:
        if self._rows and self._rows[-1][0] == iteration:
            return
        kept = {name: np.array(value) for name, value in state.items()} if self._with_state else {}
        x = np.array(x)
        self._rows.append((iteration, x, fun, nfev, kept))
        self._size += x.size + sum(value.size for value in kept.values())
        if self._size > HISTORY_LIMIT and len(self._rows) > 2:
            self._rows = self._rows[::2]
            self._stride *= 2
            self._size //= 2

    def _array(self, name: str) -> np.ndarray:
        if name == "iteration":
            return np.array([row[0] for row in self._rows], dtype=int)
        if name == "x":
            return np.array([row[1] for row in self._rows])
        if name == "fun":
            return np.array([row[2] for row in self._rows], dtype=float)
        if name == "nfev":
            return np.array([row[3] for row in self._rows], dtype=int)
        found = [row[4].get(name) for row in self._rows]
        shapes = {value.shape for value in found if value is not None}
        if not shapes:
            raise AttributeError(f"this history has no {name!r}; it has {', '.join(self.names)}")
        if len(shapes) > 1:  # a state whose size changes (an archive, a list of intervals)
            ragged = np.empty(len(found), dtype=object)
            ragged[:] = found
            return ragged
        blank = np.full(shapes.pop(), math.nan)
        return np.array([blank if value is None else value for value in found])

    def __getattr__(self, name: str) -> np.ndarray:
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._arrays:
            self._arrays[name] = self._array(name)
        return self._arrays[name]

    __getitem__ = __getattr__

    @property
    def names(self) -> list[str]:
        """The arrays there are."""
        states: dict[str, None] = {}
        for row in self._rows:
            states.update(dict.fromkeys(row[4]))
        return ["iteration", "x", "fun", "nfev", *states]

    def __len__(self) -> int:
        return len(self._rows)

    def __repr__(self) -> str:
        return f"History({len(self)} records of {', '.join(self.names)})"


@dataclass(frozen=True)
class Result:
    """What `minimize` found. The names are SciPy's.

    Attributes
    ----------
    x : ndarray, shape (d,), or float
        The best iterate (the last one where the problem has constraints).
    fun : float
        Objective there.
    nit, nfev, njev, nhev : int
        Iterations; evaluations of the objective, its gradient, its Hessian.
    success : bool
        Whether the run converged or reached ``target``.
    status : Status
        Why it ended.
    message : str
        The same as a sentence.
    history : History
        What happened on the way.
    """

    x: Any
    fun: float
    nit: int
    nfev: int
    njev: int
    nhev: int
    success: bool
    status: Status
    message: str
    history: History = field(repr=False)


def minimize(
    problem: Problem | Callable[..., float],
    x0: Any = None,
    method: str | Callable[..., Iterator[Iterate]] = "adam",
    *,
    max_iterations: int = 1000,
    max_evaluations: int | None = None,
    target: float | None = None,
    tolerance: float | None = None,
    rng: np.random.Generator | int | None = None,
    callback: Callable[[Iterate], Any] | None = None,
    progress: bool = False,
    history: str | int = "full",
    jac: Any = None,
    hess: Any = None,
    bounds: Any = None,
    constraints: Any = (),
    args: tuple[Any, ...] = (),
    **options: Any,
) -> Result:
    """Run a method on a problem until it converges, reaches a target or spends its budget.

    Parameters
    ----------
    problem : Problem or callable
        What to minimise. A plain ``fun(x, *args)`` takes ``jac``, ``hess``, ``bounds``, ``constraints`` and ``args``
        as `scipy.optimize.minimize` does (``jac=True``: ``fun`` returns value and gradient).
    x0 : array_like, shape (d,), or float, optional
        Start; the problem's own by default.
    method : str
        A name from `methods`.
    max_iterations : int
        Steps at most.
    max_evaluations : int, optional
        Bound on the calls of the objective, and likewise on those of the gradient and of the Hessian. Never passed.
    target : float, optional
        Stop, with success, when the objective is at most this.
    tolerance : float, optional
        Stop, with success, when a step is shorter than this (Euclidean length). By default only the method itself
        decides that it has converged. Methods with a ``tolerance`` option of their own get it instead.
    rng : numpy.random.Generator or int, optional
        Source of randomness. The same seed gives the same result to the last bit.
    callback : callable, optional
        Called with each `Iterate`; return True, or raise StopIteration, to stop.
    progress : bool
        Show a progress bar (needs the package rich).
    history : {"full", "iterates"} or int
        Keep every iterate with the method's state, without it, or every n-th. A history that would pass 256 MB is
        thinned on the way. Where an objective has to be evaluated for the record alone, that counts in ``nfev``.
    **options
        The method's own options; see ``methods()[name].options``.

    Returns
    -------
    Result
        Always, also when the objective misbehaves: then ``success`` is False and ``message`` says what happened.

    Raises
    ------
    ValueError
        For an unusable argument; the message names it, its value and what is allowed.
    """
    chosen = find_method(method)
    if isinstance(problem, Problem):
        given = {"jac": jac, "hess": hess, "args": args or None}
        for name, value in given.items():
            if value is not None:
                raise ValueError(
                    f"{name} belongs to a plain function; this Problem carries its own, so leave {name} out"
                )
        if bounds is not None:
            problem = replace(problem, bounds=bounds)
        if constraints:
            problem = replace(problem, constraints=constraints)
    elif callable(problem):
        problem = _plain_problem(problem, jac, hess, bounds, constraints, args)
    else:
        raise ValueError(f"problem must be a Problem or a function of x, got {problem!r}")
    if bounds is not None and "bounds" not in chosen.needs:
        keep = [m.name for m in methods().values() if "bounds" in m.needs]
        raise ValueError(
            f"method {chosen.name!r} cannot keep to bounds; methods that can: {', '.join(keep) or 'none yet'}"
        )
    _check_limits(max_iterations, max_evaluations, target, tolerance)
    _check_needs(problem, chosen)
    start = _as_start(problem.x0 if x0 is None else x0, problem, chosen)
    generator = _as_generator(rng)
    counted = CountedProblem(problem, max_evaluations, generator)
    steps = chosen.function(counted, start, **_method_options(chosen, options, tolerance, generator))
    own_tolerance = "tolerance" in chosen.options
    run = _Run(counted, History(history), math.inf if target is None else target, target is not None)
    ending = _drive(run, steps, start, max_iterations, None if own_tolerance else tolerance, callback, progress)
    return run.result(*ending)


class _Run:
    """The best and last iterate so far, and the record."""

    def __init__(self, counted: CountedProblem, history: History, target: float, has_target: bool) -> None:
        self.counted = counted
        self.history = history
        self.target = target
        self.has_target = has_target
        self.keep_last = bool(counted.constraints)
        self.nit = 0
        self.best_x: Any = None
        self.best_fun = math.inf
        self.last: tuple[Any, float, dict[str, Any]] | None = None

    def take(self, x: Any, fun: float | None, state: dict[str, Any], *, final: bool = False) -> None:
        """Record an iterate; evaluate it where the record or the target needs its value."""
        self.last = (x, math.nan if fun is None else fun, state)
        if not _is_finite(x):
            raise EvaluationError(f"the iterate is not finite: x = {np.array2string(np.asarray(x), threshold=6)}")
        wanted = final or self.history.wants(self.nit)
        if fun is None and (wanted or self.has_target):
            try:
                fun = self.counted.fun(x)
            except BudgetExhausted:
                self._record(x, math.nan, state, wanted)
                raise
        if fun is not None:
            fun = float(fun)
            if math.isnan(fun):
                raise EvaluationError(f"the objective is nan at x = {np.array2string(np.asarray(x), threshold=6)}")
            self.last = (x, fun, state)
            if fun < self.best_fun or self.keep_last or self.best_x is None:
                self.best_x, self.best_fun = np.array(x), fun
        self._record(x, math.nan if fun is None else fun, state, wanted)

    def _record(self, x: Any, fun: float, state: dict[str, Any], wanted: bool) -> None:
        if wanted:
            self.history.add(self.nit, x, fun, self.counted.nfev, state)

    def reached(self) -> bool:
        return self.has_target and self.best_fun <= self.target

    def result(self, status: Status, message: str) -> Result:
        x, fun = self.best_x, self.best_fun
        if self.last is not None:
            last_x, last_fun, last_state = self.last
            self.history.add(self.nit, last_x, last_fun, self.counted.nfev, last_state)
            if x is None:
                x, fun = last_x, last_fun
        x = None if x is None else np.array(x)[()]
        counted = self.counted
        return Result(x, fun, self.nit, counted.nfev, counted.njev, counted.nhev,
                      status is Status.CONVERGED, status, message, self.history)  # fmt: skip


def _drive(
    run: _Run,
    steps: Iterator[Iterate],
    start: Any,
    max_iterations: int,
    tolerance: float | None,
    callback: Callable[[Iterate], Any] | None,
    progress: bool,
) -> tuple[Status, str]:
    """Advance the generator until something ends the run; say what."""
    previous = start
    show = _progress_bar(max_iterations) if progress else None
    try:
        # Overflow in a diverging method is reported as such by the checks of values, so NumPy need not warn as well.
        with np.errstate(over="ignore", invalid="ignore"):
            if start is not None:
                run.take(start, None, {})
                if run.reached():
                    return Status.CONVERGED, f"The start is already at or below the target {run.target}."
            while run.nit < max_iterations:
                try:
                    iterate = next(steps)
                except StopIteration as stop:
                    return _method_ended(stop.value, run)
                run.nit += 1
                x = iterate.x
                run.take(x, iterate.fun, iterate.state)
                if show:
                    show(run.nit, run.best_fun)
                if callback is not None and _asks_to_stop(callback, iterate):
                    return Status.STOPPED_BY_CALLBACK, "The callback asked to stop."
                if run.reached():
                    return Status.CONVERGED, f"Reached the target {run.target}."
                if tolerance is not None and previous is not None and _distance(x, previous) < tolerance:
                    return Status.CONVERGED, f"The last step was shorter than the tolerance {tolerance}."
                previous = np.array(x) if tolerance is not None else x
        if run.last is not None and math.isnan(run.last[1]):
            run.take(run.last[0], None, run.last[2], final=True)
        return Status.MAX_ITERATIONS, f"Stopped after max_iterations = {max_iterations} steps."
    except BudgetExhausted:
        return (
            Status.MAX_EVALUATIONS,
            f"Stopped: one more evaluation would pass max_evaluations = {run.counted._limit}.",
        )
    except EvaluationError as error:
        return Status.BAD_EVALUATION, f"Stopped at step {run.nit}: {error}."
    except KeyboardInterrupt as interrupt:
        interrupt.result = run.result(Status.NOT_CONVERGED, "Interrupted.")  # type: ignore[attr-defined]
        raise
    finally:
        if show:
            show(None, run.best_fun)


def _method_ended(message: Any, run: _Run) -> tuple[Status, str]:
    if run.last is not None and math.isnan(run.last[1]):
        run.take(run.last[0], None, run.last[2], final=True)
    if isinstance(message, tuple):  # (False, "why"): the method gave up
        converged, text = message
        return (Status.CONVERGED if converged else Status.NOT_CONVERGED), str(text)
    return Status.CONVERGED, str(message or "The method converged.")


def _asks_to_stop(callback: Callable[[Iterate], Any], iterate: Iterate) -> bool:
    try:
        return callback(iterate) is True
    except StopIteration:
        return True


def _is_finite(x: Any) -> bool:
    if isinstance(x, float):
        return math.isfinite(x)
    flat = np.asarray(x).ravel()
    return math.isfinite(flat.dot(flat)) or bool(np.isfinite(flat).all())


def _distance(a: Any, b: Any) -> float:
    return float(np.linalg.norm(np.asarray(a) - b))


def _progress_bar(total: int) -> Callable[[int | None, float], None]:
    """A bar that appears after half a second; call it with (iteration, best value), with None to close it."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    task = bar.add_task("minimising", total=total)
    began = time.monotonic()
    shown = False

    def show(iteration: int | None, best: float) -> None:
        nonlocal shown
        if iteration is None:
            if shown:
                bar.stop()
            return
        if not shown and time.monotonic() - began > 0.5:
            bar.start()
            shown = True
        if shown:
            bar.update(task, completed=iteration, description=f"best {best:.6g}")

    return show


def _plain_problem(
    fun: Callable[..., Any], jac: Any, hess: Any, bounds: Any, constraints: Any, args: tuple[Any, ...]
) -> Problem:
    arguments = args if isinstance(args, tuple) else (args,)

    def bind(function: Callable[..., Any]) -> Callable[[Any], Any]:
        return (lambda x: function(x, *arguments)) if arguments else function

    gradient: Callable[[Any], Any] | None
    if jac is True:
        both = bind(fun)
        objective, gradient = (lambda x: both(x)[0]), (lambda x: both(x)[1])
    else:
        objective, gradient = bind(fun), bind(jac) if callable(jac) else None
        if jac is not None and jac is not False and not callable(jac):
            raise ValueError(f"jac must be a function, True (fun returns value and gradient) or None, got {jac!r}")
    if hess is not None and not callable(hess):
        raise ValueError(f"hess must be a function or None, got {hess!r}")
    listed = (
        (constraints,) if isinstance(constraints, dict) or not hasattr(constraints, "__iter__") else tuple(constraints)
    )
    name = getattr(fun, "__name__", "problem")
    return Problem(objective, gradient, bind(hess) if hess else None, bounds=bounds, constraints=listed, name=name)


def _check_limits(max_iterations: Any, max_evaluations: Any, target: Any, tolerance: Any) -> None:
    for name, value in (("max_iterations", max_iterations), ("max_evaluations", max_evaluations)):
        if value is None and name == "max_evaluations":
            continue
        whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
        if not whole or value < (0 if name == "max_iterations" else 1):
            raise ValueError(f"{name} must be a positive integer, got {value!r}")
    if target is not None and not _is_real(target):
        raise ValueError(f"target must be a number, got {target!r}")
    if tolerance is not None and not (_is_real(tolerance) and tolerance >= 0):
        raise ValueError(f"tolerance must be a number >= 0, got {tolerance!r}")


def _is_real(value: Any) -> bool:
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool) and not math.isnan(float(value))


def _check_needs(problem: Problem, chosen: Method) -> None:
    lacking = {
        "hessian": problem.hessian is None,
        "bounds": problem.bounds is None,
        "finite_sum": problem.terms_gradient is None,
        "constraints": not problem.constraints,
    }
    for need in chosen.needs:
        if lacking.get(need):
            how = {"hessian": "give hess=", "bounds": "give bounds=", "constraints": "give constraints="}.get(
                need, "use a problem from mlopt_course.problems that is one, such as logistic_regression()"
            )
            raise ValueError(f"method {chosen.name!r} needs {need}, which {problem.name} does not have; {how}")


def _as_start(x0: Any, problem: Problem, chosen: Method) -> Any:
    if x0 is None:
        if "bounds" in chosen.needs:
            return None
        raise ValueError(f"x0 is missing: {problem.name} has no start of its own, so give one")
    try:
        start = np.array(x0)
        if chosen.space != "permutation":
            if np.iscomplexobj(start):
                raise TypeError
            start = start.astype(float)
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
    if problem.bounds is not None and start.ndim == 1:
        if len(problem.bounds) != start.size:
            raise ValueError(
                f"x0 must have {len(problem.bounds)} variables, as many as there are bounds, got {start.size}"
            )
        if "bounds" in chosen.needs:
            low, high = problem.bounds.T
            if (start < low).any() or (start > high).any():
                raise ValueError(f"x0 must lie within the bounds {problem.bounds.tolist()}, got {start.tolist()}")
    return start[()]


def _as_generator(rng: Any) -> np.random.Generator:
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError):
        raise ValueError(
            f"rng must be a numpy.random.Generator, a seed (an integer >= 0) or None, got {rng!r}"
        ) from None


def _method_options(
    chosen: Method, options: dict[str, Any], tolerance: float | None, rng: np.random.Generator
) -> dict[str, Any]:
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


def scipy_method(name: str) -> Callable[..., Any]:
    """One of our methods as the ``method=`` of `scipy.optimize.minimize`.

    ``scipy.optimize.minimize(f, x0, method=scipy_method("nelder_mead"), options={"maxiter": 100})``; SciPy's
    ``maxiter``, ``maxfev`` and ``tol`` are understood, all else in ``options`` is the method's own or `minimize`'s.
    """
    chosen = find_method(name)

    def run(fun, x0, args=(), *, jac=None, hess=None, hessp=None, bounds=None, constraints=(), callback=None,
            maxiter=None, maxfev=None, tol=None, disp=False, return_all=False, **options):  # fmt: skip
        from scipy.optimize import OptimizeResult

        settings = {"max_iterations": maxiter, "max_evaluations": maxfev, "tolerance": tol, **options}
        told = None if callback is None else (lambda iterate: callback(np.array(iterate.x)))
        result = minimize(fun, x0, name, jac=jac, hess=hess, bounds=bounds, constraints=constraints, args=args,
                          callback=told, **{k: v for k, v in settings.items() if v is not None})  # fmt: skip
        fields = {
            k: getattr(result, k) for k in ("x", "fun", "nit", "nfev", "njev", "nhev", "success", "message", "history")
        }
        if return_all:
            fields["allvecs"] = list(result.history.x)
        return OptimizeResult(fields, status=int(result.status))

    run.__name__ = chosen.name
    return run
