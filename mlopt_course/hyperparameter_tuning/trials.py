"""What tuning evaluates, and what it records."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..loop import Status
from .space import Config


@dataclass(frozen=True, eq=False)
class Job:
    """What a tuner wants evaluated: a configuration, with how much resource, going on from the state of which trial."""

    config: Config
    resource: float | None = None
    parent: int | None = None
    state: Any = field(default=None, repr=False)
    cost: float | None = None  # where it is not the resource: training that goes on pays for what is added


@dataclass(frozen=True, eq=False)
class Trial:
    """An evaluated configuration: ``loss`` is inf where the objective gave nan or inf."""

    number: int
    job: Job
    loss: float
    state: Any = field(default=None, repr=False)

    @property
    def config(self) -> Config:
        return self.job.config

    @property
    def resource(self) -> float | None:
        return self.job.resource


def job_cost(job: Job) -> float:
    """What a job costs: what it says, else its resource, else 1."""
    if job.cost is not None:
        return job.cost
    return 1.0 if job.resource is None else float(job.resource)


def better(trial: Trial, other: Trial) -> bool:
    """Whether a trial beats another: by a larger resource first (losses at different ones do not compare)."""
    return (-(trial.resource or 0), trial.loss) < (-(other.resource or 0), other.loss)


@dataclass(frozen=True, eq=False)
class TuningHistory:
    """The trials in the order in which they were begun; they are its elements, and their numbers its arrays."""

    trials: tuple[Trial, ...]

    def __len__(self) -> int:
        return len(self.trials)

    def __getitem__(self, index: Any) -> Any:
        return self.trials[index]

    @property
    def config(self) -> list[Config]:
        """Configurations."""
        return [trial.config for trial in self.trials]

    @property
    def fun(self) -> np.ndarray:
        """Losses, shape (n,); inf for failures."""
        return np.array([trial.loss for trial in self.trials])

    @property
    def resource(self) -> np.ndarray:
        """Resources, shape (n,); nan where there are none."""
        return np.array([math.nan if trial.resource is None else trial.resource for trial in self.trials])

    @property
    def cost(self) -> np.ndarray:
        """Budget spent by then, shape (n,)."""
        return np.cumsum([job_cost(trial.job) for trial in self.trials])

    @property
    def best(self) -> np.ndarray:
        """Loss of the best trial so far, shape (n,): that with the largest resource, and of those the least loss."""
        best: list[Trial] = []
        for trial in self.trials:
            best.append(trial if not best or better(trial, best[-1]) else best[-1])
        return np.array([trial.loss for trial in best])


@dataclass(frozen=True, eq=False)
class TuningResult:
    """What `tune` found; the names are those of `mlopt_course.Result`.

    Attributes
    ----------
    config : dict or None
        The best configuration: of the trials with the largest resource, that of least loss.
    fun : float
        Its loss.
    resource : float or None
        With which resource.
    state : object
        The state that the objective returned with it, for methods that train on.
    nfev : int
        Evaluations.
    cost : float
        What they cost: 1 each, or their resource.
    success, status, message
        Whether the method came to its end or reached ``target``; why it ended; the same as a sentence.
    history : TuningHistory
    """

    config: Config | None
    fun: float
    resource: float | None
    state: Any = field(repr=False)
    nfev: int
    cost: float
    success: bool
    status: Status
    message: str
    history: TuningHistory = field(repr=False)
