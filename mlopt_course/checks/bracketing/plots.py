"""Plots that run the student's own functions: shown under an exercise once its check has passed."""

from __future__ import annotations

import numpy as np

from ..playing import slider_plot

LINE, OTHER = "#0b6e99", "#c8553d"


def bracket_walk(bracket_triple):
    """The student's bracket on a valley far away."""

    def draw(axes, start, step, factor):
        def fun(x):
            return abs(x - 20) ** 1.5 + np.sin(x)

        grid = np.linspace(-25, 65, 600)
        axes.plot(grid, fun(grid), color="0.6")
        found = bracket_triple(fun, start, step, factor, 60)
        axes.plot(start, fun(start), marker="*", color="black", markersize=11, linestyle="none", label="start")
        axes.set(xlabel="x", ylabel="f(x)", xlim=(-25, 65), title=f"first step {step:g}, growing by {factor:g}")
        if found is None:
            return "Your function found no bracket in 60 steps."
        a, b, middle = (float(value) for value in found)
        axes.axvspan(a, b, color=LINE, alpha=0.15)
        axes.plot([a, b], [fun(a), fun(b)], "|", color=LINE, markersize=18, label="ends")
        axes.plot(middle, fun(middle), "o", color=OTHER, label="lowest of the three")
        axes.legend(loc="upper right")
        return f"Your bracket reaches from {a:.3g} to {b:.3g}, with its lowest point at {middle:.3g}."

    return slider_plot(draw, start=(-20.0, 60.0, 1.0, 0.0), step=(0.1, 3.0, 0.1, 0.5), factor=(1.1, 4.0, 0.1, 2.0))


def golden_walk(golden_points):
    """The student's points, and the bracket after each of them."""

    def draw(axes, lowest, n):
        def fun(x):
            return np.abs(x - lowest) ** 1.3

        points = [float(point) for point in golden_points(fun, 0.0, 1.0, n)]
        a, b = 0.0, 1.0
        for count in range(1, n + 1):
            seen = sorted(points[:count])
            best = min(seen, key=fun)
            a = max([0.0, *(point for point in seen if point < best)])
            b = min([1.0, *(point for point in seen if point > best)])
            axes.plot([a, b], [count, count], color=LINE, linewidth=4, solid_capstyle="butt")
            axes.plot(points[count - 1], count, "o", color=OTHER, markersize=5)
        axes.axvline(lowest, color="0.5", linestyle="--", linewidth=1)
        axes.set(xlim=(0, 1), xlabel="x", ylabel="evaluations", title="bracket, and the point just evaluated")
        axes.invert_yaxis()
        promised = ((5**0.5 - 1) / 2) ** (n - 1)
        return f"After {n} evaluations the bracket has the width {b - a:.3g}; golden section promises {promised:.3g}."

    return slider_plot(draw, lowest=(0.02, 0.98, 0.02, 0.3), n=(2, 20, 1, 10))


def wolfe_on_a_curve(wolfe_step):
    """The step that the student's search accepts, on a curve that can be stretched."""

    def draw(axes, valley, armijo, wolfe):
        def fun(t):
            return ((t / valley - 1) ** 2 - 1) * (1 + 0.5 * np.cos(4 * t / valley))

        def slope(t):
            return (fun(t + 1e-6 * valley) - fun(t - 1e-6 * valley)) / (2e-6 * valley)

        wolfe = max(wolfe, armijo)
        t, tried = wolfe_step(fun, slope, armijo, wolfe)
        grid = np.linspace(0, 2.6 * valley, 400)
        axes.plot(grid, fun(grid), color="0.5")
        axes.plot(grid, fun(0) + armijo * grid * slope(0), color=OTHER, linestyle="--", label="Armijo's line")
        good = (fun(grid) <= fun(0) + armijo * grid * slope(0)) & (np.abs(slope(grid)) <= -wolfe * slope(0))
        axes.plot(grid[good], fun(grid[good]), ".", color=LINE, markersize=4, label="steps that satisfy both")
        axes.plot(float(t), fun(float(t)), marker="D", color="black", markersize=8, linestyle="none", label="yours")
        axes.set(xlabel="step", ylabel="f", ylim=(-2, 1.5), title=f"armijo {armijo:g}, wolfe {wolfe:g}")
        axes.legend(loc="upper right")
        return f"Your search accepts the step {float(t):.4g}, on attempt {tried}."

    return slider_plot(
        draw, valley=(0.05, 20.0, 0.05, 12.0), armijo=(0.0, 0.5, 0.01, 0.1), wolfe=(0.05, 0.95, 0.05, 0.5)
    )


def sawtooth(lowest_possible):
    """The student's lowest tip under a function known at a few points."""

    def draw(axes, points, steepest):
        def fun(x):
            return np.sin(3 * x) + 0.5 * x

        x = np.linspace(-2, 2, points)
        grid = np.linspace(-2, 2, 500)
        axes.plot(grid, fun(grid), color="0.6", label="the function")
        axes.plot(x, fun(x), "s", color="0.3", markersize=5, label="known")
        axes.set(xlabel="x", ylabel="f(x)", ylim=(-8, 3), title=f"bound on the slope: {steepest:g}")
        found = lowest_possible(x, fun(x), steepest)
        if found is None:
            axes.legend(loc="lower right")
            return f"These values cannot come from a function with slopes of at most {steepest:g}."
        below = np.max(fun(x)[:, None] - steepest * np.abs(grid - x[:, None]), axis=0)
        axes.plot(grid, below, color=LINE, linewidth=1, label="it cannot be lower")
        depth, place = (float(value) for value in found)
        axes.plot(place, depth, "v", color=OTHER, markersize=9, label="your lowest tip")
        axes.legend(loc="lower right")
        gap = float(fun(x).min()) - depth
        return (
            f"The lowest known value is at most {gap:.3g} above the minimum: your tip is at ({place:.3g}, {depth:.3g})."
        )

    return slider_plot(draw, points=(2, 40, 1, 8), steepest=(1.0, 8.0, 0.1, 3.5))
