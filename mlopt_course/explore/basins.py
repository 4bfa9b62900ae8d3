"""`basins`: where each start ends, one map for each method, and the way from the start in the reader's hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from mlopt_course.loop import minimize
from mlopt_course.problem import Problem

from . import style
from .landscape import REACH

if TYPE_CHECKING:
    from .sketch import Sketch

KINDS = ("minimum", "saddle", "maximum")
NOWHERE = 255
NEAR = 1e-2  # an end this close to a stationary point is that point


def basins(
    problem: Problem,
    methods: Mapping[str, tuple[str, Mapping[str, Any]] | str],
    *,
    stationary: Any,
    start: Any = None,
    grid: int = 56,
    steps: int = 60,
    id: str = "basins",
    title: str = "Where a start ends",
    goal: str | None = None,
    within: float = 1.0,
) -> Sketch:
    r"""Every start of a grid, coloured by the stationary point at which each method ends from it.

    Every run is made beforehand with `minimize`; the page looks them up.

    Parameters
    ----------
    problem : Problem
        Of two variables, with a gradient, a Hessian and a ``window``.
    methods : dict of label to method or (method, options)
        Which methods to compare.
    stationary : array_like, shape (m, 2)
        The stationary points, to about three digits; Newton's method makes them exact.
    start : array_like, shape (2,), optional
        The start shown first; the problem's ``x0`` by default.
    grid : int
        Starts in each direction, at the centres of the map's cells.
    steps : int
        Steps of each run at most.
    id, title : str
        Name for the sentences that set it; heading.
    goal : str, optional
        What to ask of the reader. It is reached when the first method ends elsewhere than in the nearest minimum
        although that is at most ``within`` away.
    within : float
        See ``goal``.

    Returns
    -------
    Sketch
        With the controls ``method``, ``start`` and ``step``.
    """
    from .sketch import Choice, Handle, Sketch, Steps

    points, kinds = exact_points(problem, stationary)
    window = np.asarray(problem.window, dtype=float)
    centres = [low + (np.arange(grid) + 0.5) / grid * (high - low) for low, high in window]
    ends, lengths, paths = {}, {}, {}
    for label, entry in methods.items():
        name, options = (entry, {}) if isinstance(entry, str) else entry
        runs = [_path(problem, (a, b), name, options, steps) for b in centres[1] for a in centres[0]]
        ends[label] = np.array([_end(path[-1], points) for path in runs], dtype=np.uint8)
        lengths[label] = np.array([len(path) for path in runs], dtype=np.uint8)
        paths[label] = np.concatenate(runs)
    middle, half = window.mean(axis=1), np.diff(window, axis=1)[:, 0] / 2 * REACH
    every = np.concatenate([*paths.values()])
    codes = np.rint(np.clip((every - middle) / half, -1, 1) * 32767 + 32768).astype(np.uint16)
    cell = np.diff(window, axis=1)[:, 0] / grid
    first = np.asarray(problem.x0 if start is None else start, dtype=float)
    return Sketch(
        "basins",
        id=id,
        title=title,
        goal=goal,
        controls=(
            Choice("method", "Method", tuple(methods), next(iter(methods))),
            Steps(steps, steps),
            Handle("start", "Start", _pair(first), _pair(window[:, 0]), _pair(window[:, 1]), _pair(cell)),
        ),
        data={
            "grid": grid, "window": window.tolist(), "points": points.tolist(), "kinds": kinds, "within": within,
            "methods": list(methods), "shares": {label: _shares(end, kinds) for label, end in ends.items()},
        },
        arrays={
            "ends": np.concatenate([*ends.values()]), "lengths": np.concatenate([*lengths.values()]), "paths": codes,
        },
        describe=lambda state: _words(state["method"], _shares(ends[state["method"]], kinds)),
        still=lambda state: _still(ends[state["method"]].reshape(grid, grid), window, points, kinds),
    )  # fmt: skip


def exact_points(problem: Problem, stationary: Any) -> tuple[np.ndarray, list[str]]:
    """Stationary points to rounding, minima first, then saddles, then maxima, and what each is."""
    found = []
    for guess in np.asarray(stationary, dtype=float):
        x = minimize(problem, guess, "newton", max_iterations=20, tolerance=1e-10).history.x[-1]
        negative = int(np.sum(np.linalg.eigvalsh(problem.hessian(x)) < 0))  # type: ignore[misc]
        found.append((negative, x))
    found.sort(key=lambda pair: pair[0])
    return np.array([x for _, x in found]), [KINDS[negative] for negative, _ in found]


def _pair(values: Any) -> tuple[float, float]:
    return float(values[0]), float(values[1])


def _path(problem: Problem, start: Any, name: str, options: Mapping[str, Any], steps: int) -> np.ndarray:
    run = minimize(problem, np.array(start), name, max_iterations=steps, history="iterates", **options)
    x = np.asarray(run.history.x)
    return x[np.isfinite(x).all(axis=1)]


def _end(x: np.ndarray, points: np.ndarray) -> int:
    away = np.linalg.norm(points - x, axis=1)
    return int(np.argmin(away)) if away.min() < NEAR else NOWHERE


def _shares(ends: np.ndarray, kinds: list[str]) -> list[float]:
    """The part of the starts that ends at a minimum, a saddle, a maximum, and nowhere in time."""
    of = np.array([*(KINDS.index(kind) for kind in kinds)])
    where = np.where(ends == NOWHERE, len(KINDS), of[np.minimum(ends, len(of) - 1)])
    return [round(float(np.mean(where == k)), 4) for k in range(len(KINDS) + 1)]


def _words(method: str, shares: list[float]) -> str:
    parts = [f"{share:.0%} at a {kind}" for kind, share in zip(KINDS, shares, strict=False) if share]
    return f"Of all starts on the map, {method} ends {', '.join(parts)}" + (
        f", and {shares[-1]:.0%} at none in time." if shares[-1] else "."
    )


def _still(ends: np.ndarray, window: np.ndarray, points: np.ndarray, kinds: list[str]) -> Any:
    """The map in print: minima in colours, saddles grey, maxima dark."""
    from matplotlib.colors import to_rgb
    from matplotlib.figure import Figure

    shade = {"saddle": "#9a9fa6", "maximum": "#30343a"}
    colours = [shade.get(kind, style.COLOURS[k % len(style.COLOURS)]) for k, kind in enumerate(kinds)]
    table = np.array([*(to_rgb(colour) for colour in colours), (1.0, 1.0, 1.0)])
    picture = table[np.where(ends == NOWHERE, len(kinds), ends)]
    figure = Figure(figsize=(4.8, 3.8), layout="constrained")
    axis = figure.add_subplot()
    axis.imshow(
        picture,
        origin="lower",
        extent=(*_pair(window[0]), *_pair(window[1])),
        alpha=0.8,
        aspect="auto",
        interpolation="nearest",
    )
    for point, kind in zip(points, kinds, strict=True):
        axis.plot(*point, marker={"minimum": "o", "saddle": "x", "maximum": "^"}[kind], color="black", ls="none")
    axis.set(xlabel="$x_1$", ylabel="$x_2$")
    return figure
