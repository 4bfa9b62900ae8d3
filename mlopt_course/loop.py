"""`minimize`: the one loop that runs every method. Stopping, budgets, counting, history, progress, bad values."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import numpy as np

from .arguments import as_generator
from .evaluation import all_finite, frozen
from .history import History
from .inputs import as_problem, as_start, check_limits, check_needs, method_options
from .problem import BudgetExhausted, CountedProblem, EvaluationError, Problem
from .registry import Iterate, Method, find_method, methods

# A violation of the constraints that still counts as none, where a run is to stop at a target.
FEASIBLE = 1e-6


class Status(IntEnum):
    """Why a run ended. Only CONVERGED is a success."""

    CONVERGED = 0
    MAX_ITERATIONS = 1
    MAX_EVALUATIONS = 2
    STOPPED_BY_CALLBACK = 3
    BAD_EVALUATION = 4
    NOT_CONVERGED = 5


@dataclass(frozen=True, eq=False)
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
        Called with each `Iterate`, whose arrays are read-only copies; return True, or raise StopIteration, to stop.
    progress : bool
        Show a progress bar on runs of over two seconds (needs the package rich).
    history : {"full", "iterates"} or int
        Keep every iterate with the method's state, without it, or every n-th. A history that would pass 256 MB is
        thinned on the way. Where an objective has to be evaluated for the record alone, that counts in ``nfev``; with
        a stride, points in between are not evaluated unless the method does it, nor are they candidates for ``x``.
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
    KeyboardInterrupt
        When interrupted; the exception's ``result`` attribute is the `Result` so far.
    """
    chosen = find_method(method)
    problem = as_problem(problem, x0, jac, hess, bounds, constraints, args)
    _refuse_what_it_would_ignore(chosen, bounds, constraints)
    check_limits(max_iterations, max_evaluations, target, tolerance, callback)
    check_needs(problem, chosen)
    record = History(history)
    start = as_start(problem.x0 if x0 is None else x0, problem, chosen)
    random = chosen.uses_rng or problem.sample is not None or rng is not None  # a seed from the system takes a while
    generator = as_generator(rng) if random else None
    counted = CountedProblem(problem, max_evaluations, generator, keep_to_bounds="bounds" in chosen.needs)
    steps = chosen.function(counted, start, **method_options(chosen, options, tolerance, generator))
    run = _Run(counted, record, target, keep_last="constraints" in chosen.needs or bool(problem.constraints))
    own_tolerance = "tolerance" in chosen.options
    return _drive(run, steps, start, max_iterations, None if own_tolerance else tolerance, callback, progress)


def _keeps_to_bounds(chosen: Method) -> bool:
    """Whether its solution lies within them: constrained methods take bounds as constraints like any other."""
    return "bounds" in chosen.needs or "constraints" in chosen.needs


def _refuse_what_it_would_ignore(chosen: Method, bounds: Any, constraints: Any) -> None:
    """Raise a ValueError where bounds or constraints were given that the method would not look at."""
    constrained = constraints is not None and np.size(constraints) > 0
    for given, name, able in (
        (bounds is not None, "bounds", _keeps_to_bounds),
        (constrained, "constraints", _keeps_to_constraints),
    ):
        if given and not able(chosen):
            keep = [m.name for m in methods().values() if able(m)]
            raise ValueError(
                f"method {chosen.name!r} cannot keep to {name}; methods that can: {', '.join(keep) or 'none yet'}"
            )


def _keeps_to_constraints(chosen: Method) -> bool:
    return "constraints" in chosen.needs


class _Run:
    """The best and last iterate so far, and the record."""

    def __init__(
        self, counted: CountedProblem, history: History, target: float | None, keep_last: bool = False
    ) -> None:
        self.counted = counted
        self.history = history
        self.target = target
        self.keep_last = keep_last
        self.nit = 0
        self.best_x: Any = None
        self.best_fun = math.nan
        self.last_x: Any = None
        self.last_fun = math.nan
        self.last_state: dict[str, Any] = {}

    def take(self, x: Any, fun: float | None, state: dict[str, Any], *, evaluate: bool = False) -> None:
        """Keep an iterate (a read-only copy); evaluate it where the record or the target needs its value."""
        x = frozen(x)
        self.last_x, self.last_fun, self.last_state = x, math.nan, state
        if not (math.isfinite(x) if isinstance(x, float) else all_finite(x)):
            raise EvaluationError(f"the iterate is not finite: x = {np.array2string(np.asarray(x), threshold=6)}")
        wanted = self.history.wants(self.nit)
        if fun is None:
            if wanted or evaluate or self.target is not None:
                fun = self.counted.fun(x)
        else:
            fun = float(fun)
            if math.isnan(fun):
                raise EvaluationError(f"the objective is nan at x = {np.array2string(np.asarray(x), threshold=6)}")
        if fun is not None:
            self.last_fun = fun
            if not fun >= self.best_fun or self.keep_last:  # the first time the best is nan
                self.best_x, self.best_fun = x, fun
        if wanted:
            self.record()

    def take_part(self, x: Any, fun: float) -> None:
        """Keep the best of a generation that the budget has cut short: a last step if it is better than all before."""
        if not all_finite(x):
            return
        if self.last_x is None:
            self.take(x, fun, {})
        elif fun < self.best_fun and not self.keep_last:
            self.nit += 1
            self.take(x, fun, self.last_state)

    def record(self) -> None:
        self.history.add(self.nit, self.last_x, self.last_fun, self.counted.nfev, self.last_state)

    def reached(self) -> bool:
        """Whether the target is reached, by a point that satisfies the constraints where there are any."""
        if self.target is None or not self.best_fun <= self.target:
            return False
        unknown = math.inf if self.keep_last and self.nit == 0 else 0.0
        return bool(self.last_state.get("violation", unknown) <= FEASIBLE)

    def evaluate_last(self) -> None:
        """Evaluate the iterate at which the run ended, if that was left out."""
        if self.last_x is not None and math.isnan(self.last_fun):
            self.take(self.last_x, None, self.last_state, evaluate=True)

    def result(self, status: Status, message: str) -> Result:
        x, fun = self.best_x, self.best_fun
        if self.last_x is not None:
            self.record()
            if x is None:
                x, fun = self.last_x, self.last_fun
        counted = self.counted
        return Result(None if x is None else np.array(x)[()], fun, self.nit, counted.nfev, counted.njev, counted.nhev,
                      status is Status.CONVERGED, status, message, self.history)  # fmt: skip


def _drive(
    run: _Run,
    steps: Iterator[Iterate],
    start: Any,
    max_iterations: int,
    tolerance: float | None,
    callback: Callable[[Iterate], Any] | None,
    progress: bool,
) -> Result:
    """Advance the generator until something ends the run; say what."""
    show = None
    if progress:
        from .progress import progress_bar

        show = progress_bar(max_iterations)
    try:
        # Overflow in a diverging method is reported as such by the checks of values, so NumPy need not warn as well.
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            ending = _advance(run, steps, start, max_iterations, tolerance, callback, show)
            run.evaluate_last()
    except BudgetExhausted as spent:
        limit = run.counted.max_evaluations
        ending = Status.MAX_EVALUATIONS, f"Stopped: one more evaluation would pass max_evaluations = {limit}."
        if spent.best is not None:
            run.take_part(*spent.best)
            if run.reached():
                ending = Status.CONVERGED, f"Reached the target {run.target}."
    except EvaluationError as error:
        ending = Status.BAD_EVALUATION, f"Stopped at step {run.nit}: {error}."
    except KeyboardInterrupt as interrupt:
        interrupt.result = run.result(Status.NOT_CONVERGED, "Interrupted.")  # type: ignore[attr-defined]
        raise
    finally:
        if show:
            show(None, run.best_fun)
    return run.result(*ending)


def _advance(
    run: _Run,
    steps: Iterator[Iterate],
    start: Any,
    max_iterations: int,
    tolerance: float | None,
    callback: Callable[[Iterate], Any] | None,
    show: Callable[[int | None, float], None] | None,
) -> tuple[Status, str]:
    if start is not None:
        run.take(start, None, {})
        if run.reached():
            return Status.CONVERGED, f"The start is already at or below the target {run.target}."
    while run.nit < max_iterations:
        previous = None if tolerance is None else run.last_x
        try:
            iterate = next(steps)
        except StopIteration as stop:
            return _method_ended(stop.value)
        run.nit += 1
        try:
            x, fun, state = iterate.x, iterate.fun, iterate.state
        except AttributeError:
            raise TypeError(f"a method must yield Iterate(x, ...), got {type(iterate).__name__}") from None
        run.take(x, fun, state)
        if show is not None:
            show(run.nit, run.best_fun)
        if callback is not None and _asks_to_stop(callback, run.last_x, iterate):
            return Status.STOPPED_BY_CALLBACK, "The callback asked to stop."
        if run.reached():
            return Status.CONVERGED, f"Reached the target {run.target}."
        if previous is not None and tolerance is not None and _distance(run.last_x, previous) < tolerance:
            return Status.CONVERGED, f"The last step was shorter than the tolerance {tolerance}."
    return Status.MAX_ITERATIONS, f"Stopped after max_iterations = {max_iterations} steps."


def _method_ended(message: Any) -> tuple[Status, str]:
    if isinstance(message, tuple):  # (False, "why"): the method gave up
        converged, text = message
        return (Status.CONVERGED if converged else Status.NOT_CONVERGED), str(text)
    return Status.CONVERGED, str(message or "The method converged.")


def _asks_to_stop(callback: Callable[[Iterate], Any], x: Any, iterate: Iterate) -> bool:
    """Tell the callback of an iterate: of copies, which it may keep, since methods overwrite their arrays."""
    state = {name: frozen(value) if isinstance(value, np.ndarray) else value for name, value in iterate.state.items()}
    try:
        answer = callback(Iterate(x, iterate.fun, **state))
    except StopIteration:
        return True
    return isinstance(answer, (bool, np.bool_)) and bool(answer)


def _distance(a: Any, b: Any) -> float:
    step = np.subtract(a, b).ravel()
    return math.sqrt(step.dot(step))
