"""`tune`: the one loop that runs every way of tuning. Budget, workers, history, bad values."""

from __future__ import annotations

import difflib
import inspect
import math
from collections.abc import Callable, Generator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import replace
from types import MappingProxyType
from typing import Any, cast

import numpy as np

from .. import validate
from ..arguments import as_generator, whole_number
from ..loop import Status
from ..registry import Method
from .space import as_space
from .trials import Job, Trial, TuningHistory, TuningResult, better, job_cost

# What the objective takes, apart from the configuration.
NEEDS = ("resource", "state")


# Yields what to evaluate next (None: wait for results), is sent the trials finished since; returns a message.
Tuner = Generator[Job | None, list[Trial], str | None]

_TUNERS: dict[str, Method] = {}


def tuner(
    *, needs: tuple[str, ...] = (), ends: bool = False, use_when: str, fails_when: str, reference: str
) -> Callable[[Callable[..., Tuner]], Callable[..., Tuner]]:
    """Register a generator ``f(space, *, option=default, rng)`` as a way of tuning, under its name.

    Parameters
    ----------
    needs : tuple of str
        ``"resource"``: the objective is called with a resource as well; ``"state"``: and with the state to go on from.
    ends : bool
        Whether it ends by itself; others run until the budget is spent.
    use_when, fails_when, reference : str
        One line each, for the index.
    """

    def register(function: Callable[..., Tuner]) -> Callable[..., Tuner]:
        options = {p.name: p.default for p in list(inspect.signature(function).parameters.values())[1:]}
        uses_rng = options.pop("rng", None) is not None
        summary = (inspect.getdoc(function) or "").partition("\n")[0]
        _TUNERS[function.__name__] = Method(
            name=function.__name__, function=cast(Any, function), chapter="hyperparameter_tuning",
            needs=(*needs, *(() if ends else ("budget",))), space="configuration", options=MappingProxyType(options),
            uses_rng=uses_rng, summary=summary, use_when=use_when, fails_when=fails_when, reference=reference,
        )  # fmt: skip
        return function

    return register


def tuners() -> dict[str, Method]:
    """Every way of tuning by name, with what a reader should know of it, as `mlopt_course.methods` has it."""
    return dict(_TUNERS)


def evaluate(jobs: list[Job]) -> Generator[Job | None, list[Trial], list[Trial]]:
    """For tuners: have all jobs evaluated, and return their trials in the order of the jobs (``yield from`` it)."""
    done: dict[int, Trial] = {}
    waiting = list(reversed(jobs))
    while len(done) < len(jobs):
        finished = yield (waiting.pop() if waiting else None)
        done.update((id(trial.job), trial) for trial in finished)
    return [done[id(job)] for job in jobs]


def tune(
    objective: Callable[..., Any],
    space: Any,
    method: str = "tpe",
    *,
    budget: float | None = None,
    target: float | None = None,
    rng: np.random.Generator | int | None = None,
    workers: int | None = None,
    executor: Any = None,
    callback: Callable[[Trial], Any] | None = None,
    **options: Any,
) -> TuningResult:
    """Tune hyperparameters: look for the configuration with the least loss.

    Parameters
    ----------
    objective : callable
        ``objective(config) -> loss``, the loss on *validation* data. Methods that need a resource call
        ``objective(config, resource)`` (epochs, samples...), and those that train on
        ``objective(config, resource, state) -> (loss, state)``, with state None at first. A loss of nan or inf is a
        failed trial, worse than any other.
    space : Space or dict
        What to choose from.
    method : str
        A name from `tuners`.
    budget : float, optional
        Sum of the costs of the evaluations, never passed: 1 each, or their resource. Needed by methods that would not
        end without one.
    target : float, optional
        Stop, with success, when the best loss is at most this.
    rng : numpy.random.Generator or int, optional
        Source of the choices. The same seed gives the same trials. So it does with several workers, for methods that
        evaluate in rounds or without looking back; with ``tpe`` and ``asha`` choices depend on what is finished when.
    workers : int, optional
        Evaluations at the same time: 1 without an executor; a Dask client's number of threads.
    executor : concurrent.futures.Executor or dask.distributed.Client, optional
        Where to evaluate. Objective and configurations must then be such as can be sent there.
    callback : callable, optional
        Called with each finished `Trial`; return True to stop.
    **options
        The method's own; see ``tuners()[name].options``.

    Returns
    -------
    TuningResult
        Also when the objective raises or returns no number: then ``success`` is False and ``message`` says so.
    """
    chosen = _find(method)
    if not callable(objective):
        raise ValueError(f"objective must be a function of a configuration, got {objective!r}")
    space = as_space(space)
    if budget is not None:
        validate.positive(budget=budget)
    elif "budget" in chosen.needs:
        raise ValueError(f"budget is missing: method {method!r} would not end without one")
    if target is not None and not validate.is_real(target):
        raise ValueError(f"target must be a number, got {target!r}")
    for name in options:
        if name not in chosen.options:
            has = ", ".join(f"{k}={v!r}" for k, v in chosen.options.items()) or "none"
            raise ValueError(f"method {method!r} has no option {name!r}; its options are {has}")
    passed = {**options, "rng": as_generator(rng)} if chosen.uses_rng else options
    place, workers = _as_executor(executor, workers)
    steps: Any = chosen.function(space, **passed)
    run = _Run(objective, chosen.needs, math.inf if budget is None else budget, target, place, workers, callback)
    status, message = run.drive(steps)
    best = run.best
    trials = tuple(sorted(run.trials, key=lambda trial: trial.number))
    return TuningResult(
        config=best.config if best else None,
        fun=best.loss if best else math.nan,
        resource=best.resource if best else None,
        state=best.state if best else None,
        nfev=len(trials),
        cost=float(sum(job_cost(trial.job) for trial in trials)),
        success=status is Status.CONVERGED,
        status=status,
        message=message,
        history=TuningHistory(trials),
    )


class _Stop(Exception):
    """The run ends before the tuner does, with this status and message."""


class _Run:
    """Keeps the workers busy with what the tuner proposes, and brings it the results."""

    def __init__(self, objective: Any, needs: tuple[str, ...], budget: float, target: float | None, executor: Any,
                 workers: int, callback: Callable[[Trial], Any] | None) -> None:  # fmt: skip
        self.objective, self.needs, self.budget, self.target = objective, needs, budget, target
        self.executor, self.workers, self.callback = executor, workers, callback
        self.trials: list[Trial] = []
        self.best: Trial | None = None
        self.spent = 0.0
        self.begun = 0
        self.running: dict[Any, tuple[int, Job]] = {}

    def drive(self, steps: Any) -> tuple[Status, str]:
        ending: tuple[Status, str] | None = None
        finished: list[Trial] | None = None  # a generator's first send
        try:
            while True:
                waits = ending is not None or len(self.running) >= self.workers
                if not waits:
                    try:
                        job = steps.send(finished)
                    except StopIteration as stop:
                        ending = Status.CONVERGED, str(stop.value or "The method came to its end.")
                        continue
                    finished = []
                    if job is None:
                        waits = True
                    elif self.spent + job_cost(job) > self.budget:
                        ending = (
                            Status.MAX_EVALUATIONS,
                            f"Stopped: one more evaluation would pass budget = {self.budget:g}.",
                        )
                    else:
                        self.begin(job)
                if waits:
                    if not self.running:
                        return ending or (Status.NOT_CONVERGED, "The method waits, but nothing is being evaluated.")
                    finished = [*(finished or []), self.next_finished()]
        except _Stop as stop:
            for future in self.running:
                future.cancel()
            return stop.args[0], stop.args[1]

    def begin(self, job: Job) -> None:
        arguments: list[Any] = [dict(job.config)]
        if "resource" in self.needs or "state" in self.needs:
            arguments.append(job.resource)
        if "state" in self.needs:
            arguments.append(job.state)
        self.spent += job_cost(job)
        if self.executor is None:
            future: Any = Future()
            try:
                future.set_result(self.objective(*arguments))
            except Exception as error:
                future.set_exception(error)
        else:
            future = self.executor.submit(self.objective, *arguments)
        self.running[future] = self.begun, job
        self.begun += 1

    def next_finished(self) -> Trial:
        done, _ = wait(self.running, return_when=FIRST_COMPLETED)
        future = min(done, key=lambda future: self.running[future][0])
        number, job = self.running.pop(future)
        error = future.exception()
        if error is not None:
            raise _Stop(Status.BAD_EVALUATION, f"Stopped: the objective raised {type(error).__name__}: {error} at "
                                               f"{job.config}.")  # fmt: skip
        value, state = future.result(), None
        if "state" in self.needs:
            if not (isinstance(value, tuple) and len(value) == 2):
                raise _Stop(Status.BAD_EVALUATION, f"Stopped: the objective must return (loss, state), got {value!r}.")
            value, state = value
        trial = Trial(number, job, _as_loss(value, job), state)
        # States are kept for the best alone; the tuner has those that it still needs.
        self.trials.append(replace(trial, job=replace(job, state=None), state=None))
        if self.best is None or better(trial, self.best):
            self.best = trial
        if self.callback is not None and self.callback(trial) is True:
            raise _Stop(Status.STOPPED_BY_CALLBACK, "The callback asked to stop.")
        if self.target is not None and self.best.loss <= self.target:
            raise _Stop(Status.CONVERGED, f"Reached the target {self.target}.")
        return trial


def _find(name: Any) -> Method:
    if name not in _TUNERS:
        near = difflib.get_close_matches(str(name), _TUNERS, n=2, cutoff=0.5)
        hint = f"did you mean {' or '.join(map(repr, near))}?" if near else f"known are {', '.join(_TUNERS)}"
        raise ValueError(f"method {name!r} is unknown; {hint}")
    return _TUNERS[name]


def _as_loss(value: Any, job: Job) -> float:
    try:
        number = np.asarray(value)
        if number.size != 1 or number.dtype.kind not in "biuf":
            raise TypeError
    except (TypeError, ValueError):
        raise _Stop(
            Status.BAD_EVALUATION, f"Stopped: the objective must return one number, got {value!r} at {job.config}."
        ) from None
    loss = float(number.item())
    return loss if math.isfinite(loss) else math.inf


def _as_executor(executor: Any, workers: int | None) -> tuple[Any, int]:
    if workers is not None:
        whole_number("workers", workers, least=1)
    if executor is None:
        if workers not in (None, 1):
            raise ValueError(f"workers must be 1 without an executor, got {workers}; give executor= as well")
        return None, 1
    if hasattr(executor, "get_executor") and hasattr(executor, "nthreads"):  # a Dask client
        return executor.get_executor(), workers or sum(executor.nthreads().values())
    if not callable(getattr(executor, "submit", None)):
        raise ValueError(f"executor must have submit(), as a concurrent.futures.Executor has, got {executor!r}")
    if workers is None:
        raise ValueError("workers is missing: say how many evaluations the executor may have at the same time")
    return executor, workers
