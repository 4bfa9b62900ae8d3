"""`Explorer`: the widget. It hands the page a plan's runs, and computes settings off the grid while a kernel lives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .frame import HERE, Frame, checked_id, script_text
from .landscape import describe_point, dimension_of, optima
from .packing import pack, unpack
from .plan import CLOUDS, DIFFERENCED, Plan, Run, clouds_of, pack_runs

# One ES module, written in parts; the order is that of use.
_PARTS = (
    "numbers",
    "data",
    "theme",
    "frame",
    "landscape",
    "curve",
    "map",
    "controls",
    "state",
    "goal",
    "alive",
    "explorer",
)


class Explorer(Frame):
    """A picture that moves without a kernel: the runs of a `Plan`, with the controls to choose among them.

    Parameters
    ----------
    plan : Plan
        Problems, methods, settings and steps.
    id : str
        Name under which a page's sentences set it (letters, digits, ``-`` and ``_``).
    title : str
        Heading.
    panels : tuple of str
        Out of ``landscape``, ``map`` (outcome over the settings) and ``curve`` (error by step).

    Attributes
    ----------
    explorer_id, title, description, goal, controls
        Its name, heading, what it showed when made (in words), the goal, and the names that `set` understands.
    state : dict
        What is shown now: ``problem`` and ``start`` (label, or point), ``settings``, ``step``, ``hidden`` (labels of
        runs switched off). Changed by the reader's hand and by `set`.
    """

    _esm = "\n".join(script_text(HERE / "js" / f"{part}.js") for part in _PARTS)

    def __init__(self, plan: Plan, *, id: str, title: str, panels: tuple[str, ...]) -> None:
        checked_id(id)
        self.plan, self.panels = plan, panels
        self._cached_runs: dict[tuple[Any, ...], list[Run]] = {}
        blob, directory, sizes = _packed(plan)
        spec = _spec(plan, id, title, panels) | {"arrays": directory, "fields": sizes}
        controls: list[dict[str, str]] = [{"name": setting.name, "label": setting.label} for setting in plan.settings]
        controls += [{"name": name, "label": name.capitalize()} for name in ("problem", "start", "step", "hidden")]
        super().__init__(
            explorer_id=id, title=title, goal=spec["goal"], controls=controls,
            spec=spec, data=blob, state=self._initial_state(),
        )  # fmt: skip
        self.description = self.describe()
        self.on_msg(self._on_message)

    def _initial_state(self) -> dict[str, Any]:
        settings = {setting.name: setting.initial[0] for setting in self.plan.settings}
        return {"problem": self.plan.labels[0], "start": 0, "settings": settings, "step": self.plan.steps, "hidden": []}

    def set(self, **settings: Any) -> None:
        """Show other settings, as a sentence in the prose does.

        Parameters
        ----------
        **settings
            Values by option name (``learning_rate=0.1``); also ``problem`` (name or number), ``start`` (number of
            the start, or a point), ``step``, and ``hidden`` (labels of runs to switch off).

        Raises
        ------
        ValueError
            If a name or a value is not one the explorer has.
        """
        state = {**self.state, "settings": dict(self.state["settings"])}
        if "problem" in settings:
            index = self.problem_index(settings.pop("problem"))
            if self.plan.labels[index] != state["problem"]:
                state |= {"problem": self.plan.labels[index], "start": 0}
                state["settings"] = {setting.name: setting.initial[index] for setting in self.plan.settings}
        index = self.problem_index(state["problem"])
        names = [setting.name for setting in self.plan.settings]
        for name, value in settings.items():
            if name in names:
                state["settings"][name] = _number(name, value)
            elif name == "step":
                if not 0 <= _number(name, value) <= self.plan.steps:
                    raise ValueError(f"step must be from 0 to {self.plan.steps}, got {value!r}")
                state["step"] = int(value)
            elif name == "start":
                state["start"] = self._start(index, value)
            elif name == "hidden":
                state["hidden"] = self._hidden(value)
            else:
                known = ", ".join([*names, "problem", "start", "step", "hidden"])
                raise ValueError(f"{name} is not a setting of this explorer; it has {known}")
        self.state = state
        self.description = self.describe()

    def problem_index(self, problem: Any) -> int:
        """The number of a problem given by its number, its label or its name."""
        if isinstance(problem, (int, np.integer)) and 0 <= problem < len(self.plan.problems):
            return int(problem)
        for index, (label, known) in enumerate(zip(self.plan.labels, self.plan.problems, strict=True)):
            if problem in (label, known.name):
                return index
        raise ValueError(f"problem must be one of {', '.join(map(repr, self.plan.labels))}, got {problem!r}")

    def _start(self, problem: int, start: Any) -> Any:
        starts = self.plan.starts[problem]
        if isinstance(start, (int, np.integer)) and np.ndim(starts[0]):
            if not 0 <= start < len(starts):
                raise ValueError(f"start must be a point or a number from 0 to {len(starts) - 1}, got {start!r}")
            return int(start)
        point = np.asarray(start, dtype=float)
        if point.size != np.size(starts[0]) or not np.isfinite(point).all():
            raise ValueError(f"start must be {np.size(starts[0])} finite numbers, got {start!r}")
        return [float(value) for value in point.ravel()]

    def _hidden(self, labels: Any) -> list[str]:
        known = [lane.label for lane in self.plan.lanes]
        for label in labels:
            if label not in known:
                raise ValueError(f"hidden must be among {', '.join(map(repr, known))}, got {label!r}")
        return list(labels)

    def runs(self) -> list[Run]:
        """The runs shown now, one for each method, computed by `minimize`."""
        state = self.state
        problem, start = self.problem_index(state["problem"]), state["start"]
        values = state["settings"]
        key = (problem, repr(start), tuple(sorted(values.items())))
        if key not in self._cached_runs:
            self._cached_runs = {key: self.plan.run(problem, self._as_start(problem, start), values)}
        return self._cached_runs[key]

    def _as_start(self, problem: int, start: Any) -> Any:
        return start if isinstance(start, int) else np.reshape(start, np.shape(self.plan.starts[problem][0]))

    def final_errors(self, problem: int, start: int = 0) -> np.ndarray:
        """The last error of the first method for every setting on the grid, nan where it diverges, as on the map."""
        arrays = unpack(self.data, self.spec["arrays"])
        last = np.cumsum(arrays["length"], dtype=int) - 1
        error = np.where(arrays["flag"] & 1, np.nan, arrays["error"][last])
        first = self.spec["problems"][problem]["starts"][start]["first"]
        shape = [len(setting.grids[problem]) for setting in self.plan.settings]
        return error[first : first + self.plan.count(problem) : len(self.plan.lanes)].reshape(shape)

    def describe(self) -> str:
        """What the explorer shows now, in a sentence or two."""
        problem = self.problem_index(self.state["problem"])
        start = self.state["start"]
        point = self.plan.starts[problem][start] if isinstance(start, int) else start
        from .stills import outcome

        chosen = ", ".join(
            f"{s.label.lower()} {'×' * s.factor}{self.state['settings'][s.name]:.3g}" for s in self.plan.settings
        )
        where = f"On {self.plan.labels[problem]} from {describe_point(point)}" if np.size(point) < 3 else (
            f"On {self.plan.labels[problem]}")  # fmt: skip
        said = "; ".join(
            outcome(lane.label, run, self.state["step"]) for lane, run in zip(self.plan.lanes, self.runs(), strict=True)
        )
        return f"{self.title}. {where}{', ' + chosen if chosen else ''}: {said}."

    def _on_message(self, _widget: Any, content: Any, _buffers: Any) -> None:
        if not isinstance(content, Mapping):
            return
        if content.get("type") == "ping":
            self.send({"type": "pong"})
        elif content.get("type") == "run":
            request = content.get("request")
            try:
                problem = self.problem_index(content["problem"])
                start = self._as_start(problem, content["start"])
                runs = self.plan.run(problem, start, {k: float(v) for k, v in content["settings"].items()})
            except Exception as error:
                self.send({"type": "error", "request": request, "message": f"{type(error).__name__}: {error}"})
                return
            blob, directory = pack(pack_runs(self.plan, problem, runs), DIFFERENCED)
            self.send({"type": "runs", "request": request, "arrays": directory}, buffers=[blob])

    def picture(self) -> bytes:
        """The explorer as it is set now, as a PNG on white."""
        from .stills import still

        self.description = self.describe()
        return still(self)


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not np.isfinite(value):
        raise ValueError(f"{name} must be a finite number, got {value!r}")
    return float(value)


def _packed(plan: Plan) -> tuple[bytes, list[dict[str, Any]], list[int]]:
    """All runs and pictures of a plan in one blob; the pictures' sizes."""
    per_problem: list[list[Run]] = [[] for _ in plan.problems]
    runs = plan.all_runs()
    for index in range(len(plan.problems)):
        for _ in range(len(plan.starts[index]) * plan.count(index) // len(plan.lanes)):
            per_problem[index].extend(next(runs))
    parts = [pack_runs(plan, index, of) for index, of in enumerate(per_problem)]
    arrays = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    fields = [picture.quantised().ravel() for picture in plan.pictures]
    arrays["field"] = np.concatenate(fields)
    blob, directory = pack(arrays, DIFFERENCED)
    return blob, directory, [len(field) for field in fields]


def _spec(plan: Plan, id: str, title: str, panels: tuple[str, ...]) -> dict[str, Any]:
    drawn = clouds_of(plan)
    first, problems = 0, []
    for index, problem in enumerate(plan.problems):
        picture = plan.pictures[index]
        starts = []
        for start in plan.starts[index]:
            point = np.atleast_1d(start)
            starts.append(
                {"at": [float(v) for v in point] if point.size < 3 else None,
                 "label": describe_point(start) if point.size < 3 else "", "first": first}
            )  # fmt: skip
            first += plan.count(index)
        problems.append({
            "label": plan.labels[index], "name": problem.name, "kind": picture.kind,
            "dimension": max(dimension_of(problem), 1), "window": picture.window.tolist(), "starts": starts,
            "lowest": picture.lowest, "scale": picture.scale, "levels": picture.level_codes(),
            "optima": optima(problem).tolist() if picture.kind != "none" else [],
            "measure": "value" if problem.f_opt is None else "error",
            "best": dict(plan.best[index] or {}) or None if plan.best else None,
        })  # fmt: skip
    return {
        "id": id, "title": title, "panels": list(panels), "steps": plan.steps, "problems": problems,
        "goal": None if plan.goal is None else plan.goal.as_spec(),
        "settings": [
            {"name": s.name, "label": s.label, "factor": s.factor, "grids": s.grids, "initial": s.initial}
            for s in plan.settings
        ],
        "lanes": [{"label": lane.label, "cloud": cloud} for lane, cloud in zip(plan.lanes, drawn, strict=True)],
    }  # fmt: skip


__all__ = ["CLOUDS", "Explorer"]
