"""What an explorer shows: problems, starts, methods and settings, and the runs of `minimize` that fill it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mlopt_course.loop import Status, minimize
from mlopt_course.problem import Problem
from mlopt_course.registry import find_method

from .goal import Goal
from .landscape import Landscape, landscape
from .packing import round_mantissa

# A run that ends this many times higher than it began has diverged; it is cut where it first passes CUT times.
DIVERGED, CUT = 10.0, 1e3
# Below this share of the first error (or of 1, if that is more) a run has settled; what follows is not kept.
SETTLED = 1e-15

# State of a method that is drawn with its iterate, and how.
CLOUDS = {"simplex": "polygon", "population": "points", "swarm": "points", "bracket": "interval"}


@dataclass(frozen=True)
class Lane:
    """One contestant: a method with its options, and the label it is drawn under."""

    label: str
    method: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Setting:
    """Something the reader can set.

    Parameters
    ----------
    name : str
        Option of the method (``"learning_rate"``).
    label : str
        What the control says.
    grids : tuple of tuple of float
        For each problem, the values for which runs are computed beforehand, ascending.
    initial : tuple of float
        For each problem, the value at first.
    factor : bool
        Whether it multiplies the lanes' own options instead of replacing them.
    """

    name: str
    label: str
    grids: tuple[tuple[float, ...], ...]
    initial: tuple[float, ...]
    factor: bool = False


@dataclass(frozen=True)
class Run:
    """One run as it is drawn.

    Attributes
    ----------
    x : ndarray, shape (n, 2)
        Iterates in the picture's coordinates (of a line: ``x`` and ``f``), the start first.
    error : ndarray, shape (n,)
        ``f - f_opt`` (``f`` where the optimum is not known).
    diverged, settled : bool
        Why it is shorter than the number of steps asked for, if it is.
    hit : int
        First step at which the goal's target is reached, or -1.
    cloud : ndarray, shape (n, m, 2), optional
        Points drawn with each iterate (a simplex, a population).
    """

    x: np.ndarray
    error: np.ndarray
    diverged: bool
    settled: bool
    hit: int
    cloud: np.ndarray | None = None


@dataclass(frozen=True)
class Plan:
    """Everything an explorer shows, and `run`, which computes any part of it."""

    problems: tuple[Problem, ...]
    labels: tuple[str, ...]
    starts: tuple[tuple[np.ndarray, ...], ...]
    lanes: tuple[Lane, ...]
    settings: tuple[Setting, ...]
    steps: int
    goal: Goal | None = None
    best: tuple[Mapping[str, float] | None, ...] = ()
    seed: int = 0
    pictures: tuple[Landscape, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        for lane in self.lanes:
            find_method(lane.method)
        object.__setattr__(self, "pictures", tuple(landscape(problem) for problem in self.problems))

    def run(self, problem: int, start: Any, values: Mapping[str, float]) -> list[Run]:
        """Run every lane on a problem from ``start`` (index or point) with these settings."""
        point = self.starts[problem][start] if isinstance(start, (int, np.integer)) else np.asarray(start, dtype=float)
        return [self._run_lane(problem, point, lane, values) for lane in self.lanes]

    def all_runs(self) -> Iterator[list[Run]]:
        """The runs of every combination, in the order in which the page looks them up."""
        for index in range(len(self.problems)):
            grids = [setting.grids[index] for setting in self.settings]
            names = [setting.name for setting in self.settings]
            for start in range(len(self.starts[index])):
                for values in itertools.product(*grids):
                    yield self.run(index, start, dict(zip(names, values, strict=True)))

    def count(self, problem: int) -> int:
        """How many runs there are from one start on one problem."""
        return len(self.lanes) * int(np.prod([len(setting.grids[problem]) for setting in self.settings], initial=1))

    def options(self, problem: int, lane: Lane, values: Mapping[str, float]) -> dict[str, Any]:
        """The options with which a lane runs on a problem at these settings."""
        label = self.labels[problem]
        options = {name: v[label] if isinstance(v, Mapping) else v for name, v in lane.options.items()}
        for setting in self.settings:
            if not setting.factor:
                options[setting.name] = values[setting.name]
            elif setting.name in options:
                options[setting.name] = options[setting.name] * values[setting.name]
        return options

    def _run_lane(self, index: int, start: np.ndarray, lane: Lane, values: Mapping[str, float]) -> Run:
        problem, picture = self.problems[index], self.pictures[index]
        result = minimize(
            problem, start, lane.method, max_iterations=self.steps, rng=self.seed, **self.options(index, lane, values)
        )
        history = result.history
        fun = history.fun
        points = np.asarray(history.x, dtype=float).reshape(len(fun), -1)
        good = np.isfinite(fun) & np.isfinite(points).all(axis=1)
        length = len(fun) if good.all() else max(int(np.argmin(good)), 1)
        length, diverged, settled = _cut(fun[:length], problem.f_opt, result.status is Status.BAD_EVALUATION)
        error = fun[:length] if problem.f_opt is None else np.maximum(fun[:length] - problem.f_opt, 0.0)
        if picture.kind == "line":
            points = np.column_stack([points[:length, 0], fun[:length]])
        x = points[:length] if picture.kind != "none" else np.zeros((length, 2))
        hit = -1 if self.goal is None else self.goal.first_step(error)
        return Run(x, error, diverged, settled, hit, _cloud(history, length, picture))


def _cut(fun: np.ndarray, f_opt: float | None, failed: bool) -> tuple[int, bool, bool]:
    """How much of a run is worth keeping; whether it has diverged; whether it ends because it has settled."""
    height = fun - (fun.min() if f_opt is None else f_opt)
    first = max(height[0], SETTLED if f_opt is not None else 1.0)
    if failed or height[-1] > DIVERGED * first:
        beyond = np.flatnonzero(height > CUT * first)
        return (int(beyond[0]) + 1 if beyond.size else len(fun)), True, False
    if f_opt is None:
        return len(fun), False, False
    moving = np.flatnonzero(height > SETTLED * max(1.0, first))
    keep = min(len(fun), (int(moving[-1]) if moving.size else 0) + 2)
    return keep, False, keep < len(fun)


def _cloud(history: Any, length: int, picture: Landscape) -> np.ndarray | None:
    for name in CLOUDS:
        if picture.kind == "none" or name not in history.names:
            continue
        state = np.asarray(history[name], dtype=float)
        if state.ndim == 3 and state.shape[2] == 2:
            return state[:length]
        if state.ndim == 2 and picture.kind == "line":
            return np.stack([state, np.zeros_like(state)], axis=-1)[:length]
    return None


def clouds_of(plan: Plan) -> list[str | None]:
    """For each lane, how its state is drawn, found by running it for two steps."""
    found: list[str | None] = []
    for lane in plan.lanes:
        values = {s.name: s.initial[0] for s in plan.settings}
        trial = minimize(plan.problems[0], plan.starts[0][0], lane.method, max_iterations=2, rng=plan.seed,
                         **plan.options(0, lane, values))  # fmt: skip
        found.append(next((how for name, how in CLOUDS.items() if name in trial.history.names), None))
    return found


def pack_runs(plan: Plan, problem: int, runs: list[Run]) -> dict[str, np.ndarray]:
    """Runs on one problem as arrays for the page, one after the other (``length`` says where each ends)."""
    picture = plan.pictures[problem]
    clouds = [run.cloud for run in runs if run.cloud is not None]
    size = [0 if run.cloud is None else run.cloud.shape[1] for run in runs]
    return {
        "length": np.array([len(run.error) for run in runs], dtype="<u2"),
        "hit": np.array([run.hit for run in runs], dtype="<i2"),
        "flag": np.array([run.diverged + 2 * run.settled for run in runs], dtype="|u1"),
        "cloud_size": np.array(size, dtype="<u2"),
        "error": round_mantissa(np.concatenate([run.error for run in runs])),
        "x": picture.clip(np.concatenate([run.x for run in runs])),
        "cloud": picture.clip(np.concatenate([np.nan_to_num(c).reshape(-1, 2) for c in clouds]))
        if clouds
        else np.empty((0, 2), dtype="<u2"),
    }


DIFFERENCED = ("x", "cloud", "field")
