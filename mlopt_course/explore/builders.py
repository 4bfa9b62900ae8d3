"""The explorers that chapters put on their pages: `descent` (settings of one method) and `race` (several methods)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from mlopt_course.problem import Problem
from mlopt_course.registry import find_method

from .goal import Goal
from .plan import Lane, Plan, Setting

if TYPE_CHECKING:
    from .widget import Explorer

LABELS = {"learning_rate": "Learning rate", "beta": "Momentum β", "beta1": "Momentum β₁", "beta2": "Memory β₂"}


def descent(
    problems: Problem | Sequence[Problem] | Mapping[str, Problem],
    method: str | Callable[..., Any] = "momentum",
    *,
    settings: Mapping[str, Any] | None = None,
    steps: int = 100,
    start: Any = None,
    initial: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
    best: Mapping[str, Any] | Callable[[Problem], Mapping[str, float] | None] | None = None,
    goal: Goal | None = None,
    labels: Mapping[str, str] | None = None,
    id: str = "momentum",
    title: str = "Learning rate and momentum",
    seed: int = 0,
) -> Explorer:
    """One method on a chosen landscape, with one or two of its settings in the reader's hand.

    Every setting on the grid is run beforehand with `minimize`; while a kernel is alive, others are run when chosen,
    and the start can be dragged.

    Parameters
    ----------
    problems : Problem, sequence of Problem, or dict of label to Problem
        Landscapes to choose from; two variables (contours), one (a curve), or more (no landscape is drawn).
    method : str
        Name of the method.
    settings : dict of str to array, default a grid of ``learning_rate`` and one of ``beta``
        One or two options with the values to compute, ascending: the same for all problems, or a dict from a problem's
        label to its values.
    steps : int
        Steps of each run (1 to 2000).
    start : point, list of points, or dict of label to either, optional
        Where runs begin; each problem's own ``x0`` by default.
    initial : dict, optional
        Values at first (or a dict from label to value, for each); the grid value a third of the way up by default.
    options : dict, optional
        Other options of the method, the same in all runs.
    best : dict, optional
        The settings that theory calls best, marked on the map: a dict of settings, a dict of label to one, or a
        function of the problem that returns one (or None).
    goal : Goal, optional
        What the reader is asked to reach.
    labels : dict, optional
        What the controls say, by option name.
    id, title : str
        Name for the sentences that set it; heading.
    seed : int
        Seed of every run.

    Returns
    -------
    Explorer
        A widget.

    Raises
    ------
    ValueError
        For an unusable argument, by name.
    """
    named = _named(problems)
    _check_steps(steps)
    grids = settings if settings is not None else {
        "learning_rate": np.geomspace(1e-3, 2.0, 21).round(4), "beta": [*np.linspace(0, 0.9, 10).round(2), 0.95, 0.99],
    }  # fmt: skip
    if not 1 <= len(grids) <= 2:
        raise ValueError(f"settings must be one or two options, got {len(grids)}: {', '.join(grids) or 'none'}")
    _check_options(method, {**(options or {}), **grids})
    chosen = _settings(grids, named, initial or {}, labels or {}, factor=False)
    name = method if isinstance(method, str) else find_method(method).name
    plan = Plan(
        problems=tuple(named.values()), labels=tuple(named), starts=_starts(start, named),
        lanes=(Lane(name.replace("_", " "), name, dict(options or {})),), settings=chosen, steps=int(steps), goal=goal,
        best=_best(best, named, grids), seed=seed,
    )  # fmt: skip
    return from_plan(plan, id=id, title=title, panels=("landscape", "map", "curve"))


def race(
    problems: Problem | Sequence[Problem] | Mapping[str, Problem],
    contestants: Mapping[str, tuple[str, Mapping[str, Any]] | str],
    *,
    steps: int = 100,
    start: Any = None,
    factors: Mapping[str, Any] | None = None,
    goal: Goal | None = None,
    labels: Mapping[str, str] | None = None,
    id: str = "race",
    title: str = "A race of optimisers",
    seed: int = 0,
) -> Explorer:
    """Several methods on the same problem from the same start, step by step.

    Parameters
    ----------
    problems : Problem, sequence of Problem, or dict of label to Problem
        The course to race on, chosen by the reader if there are several.
    contestants : dict of label to (method, options)
        Who races (2 to 8). An option may be a dict from problem label to value, tuned for each problem.
    steps : int
        Steps of each run (1 to 2000).
    start : point, list of points, or dict of label to either, optional
        Where they begin; each problem's own ``x0`` by default.
    factors : dict of str to array, optional
        At most two options that the reader can scale for all contestants at once:
        ``{"learning_rate": [0.1, 0.3, 1, 3, 10]}``.
    goal, labels, id, title, seed
        As in `descent`.

    Returns
    -------
    Explorer
        A widget.

    Raises
    ------
    ValueError
        For an unusable argument, by name.
    """
    named = _named(problems)
    _check_steps(steps)
    if not isinstance(contestants, Mapping) or not 2 <= len(contestants) <= 8:
        raise ValueError(f"contestants must be a dict of 2 to 8 labels to (method, options), got {contestants!r}")
    lanes = []
    for label, entry in contestants.items():
        name, options = (entry, {}) if isinstance(entry, str) else entry
        _check_options(name, options)
        for option, value in options.items():
            for one in named if isinstance(value, Mapping) else ():
                _of(value, one, f"{option} of {label}")
        lanes.append(Lane(label, find_method(name).name, dict(options)))
    if goal is not None and goal.leader is not None and goal.leader not in contestants:
        raise ValueError(f"the goal's leader must be one of {', '.join(contestants)}, got {goal.leader!r}")
    if len(factors or {}) > 2:
        raise ValueError(f"factors must be at most two options, got {', '.join(factors or {})}")
    said = {name: f"{LABELS.get(name, _sentence(name))}s" for name in factors or {}} | dict(labels or {})
    ones = dict.fromkeys(factors or {}, 1.0)
    chosen = _settings(factors or {}, named, ones, said, factor=True)
    plan = Plan(problems=tuple(named.values()), labels=tuple(named), starts=_starts(start, named), lanes=tuple(lanes),
                settings=chosen, steps=int(steps), goal=goal, seed=seed)  # fmt: skip
    return from_plan(plan, id=id, title=title, panels=("landscape", "curve"))


def from_plan(plan: Plan, *, id: str, title: str, panels: tuple[str, ...] = ("landscape", "curve")) -> Explorer:
    """An explorer of any `Plan`: what `descent` and `race` build on.

    Parameters
    ----------
    plan : Plan
        Problems, starts, methods (`Lane`), settings (`Setting`, at most two), steps, goal.
    id, title : str
        Name for the sentences that set it; heading.
    panels : tuple of str
        Out of ``landscape`` (contours or a curve, with paths, simplices, populations, brackets), ``map`` (outcome over
        the settings; needs one or two) and ``curve`` (error by step), the main one first. Without the landscape where
        no problem can be drawn.

    Returns
    -------
    Explorer
        A widget.

    Raises
    ------
    ValueError
        For unknown panels, or a goal on a problem that the plan does not have.
    """
    unknown = set(panels) - {"landscape", "map", "curve"}
    if unknown or "curve" not in panels:
        raise ValueError(f"panels must be among landscape, map and curve, and have curve, got {panels!r}")
    if "map" in panels and not 1 <= len(plan.settings) <= 2:
        raise ValueError(f"a map needs one or two settings, this plan has {len(plan.settings)}")
    if plan.goal is not None and plan.goal.problem is not None:
        known = {*plan.labels, *(problem.name for problem in plan.problems)}
        if plan.goal.problem not in known:
            raise ValueError(f"the goal's problem must be one of {', '.join(plan.labels)}, got {plan.goal.problem!r}")
    from .widget import Explorer

    drawable = any(picture.kind != "none" for picture in plan.pictures)
    return Explorer(
        plan, id=id, title=title, panels=tuple(panel for panel in panels if drawable or panel != "landscape")
    )


def _named(problems: Any) -> dict[str, Problem]:
    if isinstance(problems, Problem):
        problems = [problems]
    named = dict(problems) if isinstance(problems, Mapping) else {getattr(p, "name", repr(p)): p for p in problems}
    for label, problem in named.items():
        if not isinstance(problem, Problem):
            raise ValueError(f"problems must be Problems, got {problem!r} for {label!r}")
    if not named:
        raise ValueError("problems must have at least one Problem, got none")
    if not isinstance(problems, Mapping) and len(named) < len(problems):
        raise ValueError("problems must have different names, or be a dict of label to Problem")
    return named


def _check_steps(steps: Any) -> None:
    if isinstance(steps, bool) or not isinstance(steps, (int, np.integer)) or not 1 <= steps <= 2000:
        raise ValueError(f"steps must be an integer from 1 to 2000, got {steps!r}")


def _check_options(name: Any, options: Mapping[str, Any]) -> None:
    method = find_method(name)
    for option in options:
        if option not in method.options:
            has = ", ".join(method.options) or "none"
            raise ValueError(f"method {method.name!r} has no option {option!r}; its options are {has}")


def _settings(grids: Mapping[str, Any], named: dict[str, Problem], initial: Mapping[str, Any],
              labels: Mapping[str, str], *, factor: bool) -> tuple[Setting, ...]:  # fmt: skip
    for name in initial:
        if name not in grids:
            raise ValueError(f"initial must be among the settings {', '.join(grids)}, got {name!r}")
    settings = []
    for name, given in grids.items():
        columns = tuple(_grid(name, _of(given, label, "settings")) for label in named)
        first = initial.get(name)
        values = []
        for label, column in zip(named, columns, strict=True):
            value = column[len(column) // 3] if first is None else float(_of(first, label, "initial"))
            if value not in column:
                raise ValueError(f"initial {name} must be on its grid {list(column)}, got {value!r}")
            values.append(value)
        said = labels.get(name, LABELS.get(name, _sentence(name)))
        settings.append(Setting(name, said, columns, tuple(values), factor))
    return tuple(settings)


def _of(given: Any, label: str, argument: str) -> Any:
    """What is given for one problem, where a dict gives each its own."""
    if not isinstance(given, Mapping):
        return given
    if label not in given:
        raise ValueError(f"{argument} must have a value for every problem; {label!r} is missing")
    return given[label]


def _grid(name: str, values: Any) -> tuple[float, ...]:
    try:
        grid = tuple(float(value) for value in values)
    except (TypeError, ValueError):
        raise ValueError(f"the values of {name} must be numbers, got {values!r}") from None
    ascending = all(a < b for a, b in pairwise(grid))
    if not grid or not np.isfinite(grid).all() or not ascending:
        raise ValueError(f"the values of {name} must be finite and ascending, got {values!r}")
    return grid


def _starts(start: Any, named: dict[str, Problem]) -> tuple[tuple[np.ndarray, ...], ...]:
    starts = []
    for label, problem in named.items():
        given = problem.x0 if start is None else _of(start, label, "start")
        if given is None:
            raise ValueError(f"start must be given, for {label} has none of its own")
        shape = np.shape(problem.x0) if problem.x0 is not None else np.shape(given)
        points: Iterable[Any] = [given] if np.ndim(given) == len(shape) else given
        rows = tuple(np.asarray(point, dtype=float) for point in points)
        for row in rows:
            if row.shape != shape or not np.isfinite(row).all():
                raise ValueError(f"start must be of shape {shape} and finite for {label}, got {row.tolist()}")
        starts.append(rows)
    return tuple(starts)


def _best(best: Any, named: dict[str, Problem], grids: Mapping[str, Any]) -> tuple[Mapping[str, float] | None, ...]:
    found: list[Mapping[str, float] | None] = []
    for label, problem in named.items():
        one = best(problem) if callable(best) else best
        if isinstance(one, Mapping) and not set(one) & set(grids):
            one = one.get(label)
        if one is not None and set(one) != set(grids):
            raise ValueError(f"best must give {' and '.join(grids)}, got {dict(one)!r}")
        found.append(one)
    return tuple(found)


def _sentence(name: str) -> str:
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]
