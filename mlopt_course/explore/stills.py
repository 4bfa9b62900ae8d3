"""Figures that stand still: `plot_path`, `plot_convergence`, and the print version of an explorer."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mlopt_course.loop import Result
from mlopt_course.problem import Problem

from . import style
from .goal import power_of_ten
from .landscape import Landscape, landscape, optima
from .plan import SETTLED, Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .widget import Explorer

# Lowest error drawn on a log axis: below it lies rounding.
FLOOR = 1e-16


def plot_path(result: Result | Mapping[str, Result], problem: Problem, ax: Axes | None = None) -> Axes:
    """Draw one run, or several by label, over the contours of a problem of two variables (or the curve of one).

    Parameters
    ----------
    result : Result, or dict of label to Result
        What `minimize` returned.
    problem : Problem
        The problem it ran on.
    ax : matplotlib Axes, optional
        Where to draw; the current axes by default.

    Returns
    -------
    Axes
    """
    ax = _axes(ax)
    picture = landscape(problem)
    if picture.kind == "none":
        raise ValueError(
            f"problem must have one or two variables to be drawn, {problem.name} has {np.size(problem.x0)}"
        )
    draw_landscape(ax, picture, optima(problem))
    for index, (label, one) in enumerate(_by_label(result).items()):
        points = np.asarray(one.history.x, dtype=float).reshape(len(one.history), -1)
        if picture.kind == "line":
            points = np.column_stack([points[:, 0], one.history.fun])
        _draw_path(ax, points, index, label)
    if isinstance(result, Mapping):
        ax.legend()
    return ax


def plot_convergence(
    results: Result | Mapping[str, Result], ax: Axes | None = None, *, f_opt: float = 0.0, evaluations: bool = False
) -> Axes:
    """Draw the error ``f - f_opt`` by step, on a log axis, one line for each result.

    Parameters
    ----------
    results : Result, or dict of label to Result
        What `minimize` returned.
    ax : matplotlib Axes, optional
        Where to draw; the current axes by default.
    f_opt : float
        The minimum.
    evaluations : bool
        Count evaluations of the objective instead of steps.

    Returns
    -------
    Axes
    """
    ax = _axes(ax)
    for index, (label, one) in enumerate(_by_label(results).items()):
        across = one.history.nfev if evaluations else one.history.iteration
        _draw_curve(ax, across, one.history.fun - f_opt, index, label)
    ax.set(xlabel="evaluations" if evaluations else "step", ylabel="error $f - f^*$", yscale="log")
    if isinstance(results, Mapping):
        ax.legend()
    return ax


def draw_landscape(ax: Axes, picture: Landscape, minimisers: np.ndarray) -> None:
    """Contours (or the curve) in mid-tones, with crosses at the minimisers."""
    if picture.kind == "plane":
        across, up = (np.linspace(low, high, len(picture.values)) for low, high in picture.window)
        levels = picture.levels
        ax.contourf(across, up, picture.values, [picture.lowest, *levels], cmap="Blues_r", alpha=0.3, extend="max")
        ax.contour(across, up, picture.values, levels, colors=style.INK, linewidths=0.6, alpha=0.7)
        ax.plot(*minimisers.T, "x", color=style.INK, ms=8, mew=2)
        ax.set(xlabel="$x_1$", ylabel="$x_2$")
    else:
        low, high = picture.window[0]
        ax.plot(np.linspace(low, high, len(picture.values)), picture.values, color=style.INK, ls="-", lw=1.4)
        ax.set(xlabel="$x$", ylabel="$f(x)$")
    ax.set(xlim=picture.window[0], ylim=picture.window[1])


def _draw_path(ax: Axes, points: np.ndarray, index: int, label: str) -> None:
    colour, dash, marker = (of[index % len(of)] for of in (style.COLOURS, style.DASHES, style.MARKERS))
    every = max(1, len(points) // 40)
    ax.plot(*points.T, color=colour, ls=dash, marker=marker, markevery=every, ms=3.5, lw=1.3, label=label)
    ax.plot(*points[0], marker="o", ms=8, mfc="none", mec=colour, mew=1.6)


def _draw_curve(ax: Axes, across: np.ndarray, error: np.ndarray, index: int, label: str) -> None:
    colour, dash, marker = (of[index % len(of)] for of in (style.COLOURS, style.DASHES, style.MARKERS))
    shown = np.where(np.isfinite(error), np.maximum(error, FLOOR), np.nan)
    every = (index * 3, max(8, len(shown) // 8))
    ax.plot(across, shown, color=colour, ls=dash, marker=marker, markevery=every, label=label)


def outcome(label: str, run: Run, step: int) -> str:
    """What became of a run by a step, in a clause."""
    if run.diverged and step >= len(run.error) - 1:
        return f"{label} diverges (step {len(run.error) - 1})"
    at = min(step, len(run.error) - 1)
    error = power_of_ten(run.error[at])
    if run.settled and at == len(run.error) - 1:
        error = f"below {power_of_ten(10 ** np.ceil(np.log10(SETTLED * max(1.0, run.error[0]))))}"
    return f"{label} is at an error of {error} after {step} steps"


def still(explorer: Explorer) -> bytes:
    """The explorer as it is set now, as a PNG on white for print."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    plan = explorer.plan
    index = explorer.problem_index(explorer.state["problem"])
    picture = plan.pictures[index]
    drawn = [panel for panel in explorer.panels if panel != "landscape" or picture.kind != "none"]
    with style.context(ink="#333"):
        figure = Figure(figsize=(3.5 * len(drawn), 3.2))
        FigureCanvasAgg(figure)
        axes = dict(zip(drawn, figure.subplots(1, len(drawn), squeeze=False)[0], strict=True))
        _draw_runs(explorer, axes)
        if "landscape" in axes:
            draw_landscape(axes["landscape"], picture, optima(plan.problems[index]))
        if "map" in axes:
            _draw_map(axes["map"], explorer, index)
        figure.suptitle(f"{explorer.title}: {plan.labels[index]}", fontsize=11)
        png = io.BytesIO()
        figure.savefig(png, dpi=110, transparent=False, facecolor="white", metadata={"Software": None})
    return png.getvalue()


def _draw_runs(explorer: Explorer, axes: Mapping[str, Axes]) -> None:
    plan = explorer.plan
    step = explorer.state["step"] or plan.steps  # at step 0 there would be nothing to print
    for number, (lane, run) in enumerate(zip(plan.lanes, explorer.runs(), strict=True)):
        if lane.label not in explorer.state["hidden"]:
            if "landscape" in axes:
                _draw_path(axes["landscape"], run.x[: step + 1], number, lane.label)
            _draw_curve(axes["curve"], np.arange(len(run.error)), run.error, number, lane.label)
    axes["curve"].set(xlabel="step", ylabel="error $f - f^*$", yscale="log", xlim=(0, plan.steps))
    if len(plan.lanes) > 1:
        axes["curve"].legend()


def _draw_map(ax: Axes, explorer: Explorer, problem: int) -> None:
    """The outcome of every setting on the grid, and where the explorer is set (over two settings, or one)."""
    plan, start = explorer.plan, explorer.state["start"]
    errors = np.log10(np.maximum(explorer.final_errors(problem, start if isinstance(start, int) else 0), 1e-12))
    settings, chosen = plan.settings, explorer.state["settings"]
    grids = [np.array(setting.grids[problem]) for setting in settings]
    at = [np.interp(chosen[s.name], grid, np.arange(len(grid))) for s, grid in zip(settings, grids, strict=True)]
    if len(grids) == 2:
        ax.patch.set(facecolor="#eee", hatch="////", edgecolor="#bbb")
        drawn = ax.pcolormesh(np.arange(len(grids[0])), np.arange(len(grids[1])), errors.T, cmap="Blues_r")
        ax.figure.colorbar(drawn, ax=ax, label=f"log10 of the error after {plan.steps} steps")
        ax.plot(*at, "o", ms=9, mfc="none", mec="#333", mew=2)
        _ticks(ax.yaxis, grids[1])
        ax.set_ylabel(settings[1].label.lower())
    else:
        ax.plot(errors, color="#333", ls="-", marker=".")
        ax.axvline(at[0], color=style.COLOURS[0], lw=1.2)
        ax.set_ylabel(f"log10 of the error after {plan.steps} steps")
    _ticks(ax.xaxis, grids[0])
    ax.set_xlabel(settings[0].label.lower())


def _ticks(axis: Any, grid: np.ndarray) -> None:
    places = np.unique(np.linspace(0, len(grid) - 1, min(5, len(grid))).round().astype(int))
    axis.set_ticks(places, [f"{grid[place]:.3g}" for place in places])


def _by_label(results: Any) -> dict[str, Result]:
    named = dict(results) if isinstance(results, Mapping) else {"": results}
    if isinstance(results, Sequence):
        raise ValueError("results must be a Result or a dict of label to Result, got a sequence")
    for label, one in named.items():
        if not isinstance(one, Result):
            raise ValueError(f"results must be Results of minimize, got {one!r} for {label!r}")
    return named


def _axes(ax: Any) -> Any:
    if ax is not None:
        return ax
    try:
        import matplotlib.pyplot as plt
    except ImportError as missing:
        raise ImportError("figures need the package matplotlib; install it with: pip install matplotlib") from missing
    return plt.gca()
