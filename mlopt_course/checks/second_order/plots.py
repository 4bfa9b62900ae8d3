"""Plots that run the student's own functions: shown under an exercise once its check has passed."""

from __future__ import annotations

import itertools

import numpy as np

from ..playing import slider_plot

LINE, OTHER = "#0b6e99", "#c8553d"


def newton_walk(newton_points):
    """The student's points on the curve of the chapter's example."""
    coefficients = np.array([1.0, -2.0, 0.0, 2.0])

    def draw(axes, start, steps):
        points = np.asarray(newton_points(coefficients, start, steps), dtype=float)
        grid = np.linspace(-1.5, 3.2, 300)
        axes.plot(grid, np.polyval(coefficients, grid), color="0.6")
        shown = np.clip(points, -1.5, 3.2)
        axes.plot(shown, np.polyval(coefficients, shown), color=LINE, marker="o", markersize=5, linewidth=1)
        axes.plot(shown[0], np.polyval(coefficients, shown[0]), marker="s", color=OTHER, markersize=8, linestyle="none")
        axes.set(xlabel="x", ylabel="f(x)", title="x³ - 2x² + 2: minimum at 4/3, maximum at 0")
        where = (
            "the minimum"
            if abs(points[-1] - 4 / 3) < 1e-3
            else "the maximum"
            if abs(points[-1]) < 1e-3
            else "neither yet"
        )
        return f"From {start:.3g} after {steps} step{'s' * (steps != 1)}: x = {points[-1]:.8g}, {where}."

    return slider_plot(draw, start=(-1.4, 3.1, 0.05, 3.0), steps=(0, 8, 1, 4))


def directions_on_a_saddle(flipped_direction):
    """The student's direction and Newton's, from a point near a saddle."""
    hessian = np.diag([1.0, -0.6])

    def draw(axes, x, y, floor):
        grid = np.linspace(-2, 2, 81)
        X, Y = np.meshgrid(grid, grid)
        axes.contour(X, Y, (X**2 - 0.6 * Y**2) / 2, levels=15, colors="0.75", linewidths=0.8, linestyles="solid")
        point = np.array([x, y])
        gradient = hessian @ point
        yours = np.asarray(flipped_direction(hessian, gradient, floor), dtype=float)
        newton = -np.linalg.solve(hessian, gradient)
        for step, color, label, dash in ((yours, LINE, "yours", "-"), (newton, OTHER, "Newton's", "--")):
            end = point + step
            axes.plot([x, end[0]], [y, end[1]], color=color, linestyle=dash, label=label)
            axes.plot(*end, marker="o" if label == "yours" else "s", color=color)
        axes.plot(x, y, marker="*", color="black", markersize=10)
        axes.set(xlim=(-2, 2), ylim=(-2, 2), xlabel="x[0]", ylabel="x[1]", title="A saddle at (0, 0)")
        axes.legend(loc="upper right")
        slopes = gradient @ yours, gradient @ newton
        return f"Slope along your direction {slopes[0]:.3g}, along Newton's {slopes[1]:.3g} (negative is downhill)."

    return slider_plot(draw, x=(-1.5, 1.5, 0.1, 1.0), y=(-1.5, 1.5, 0.1, 0.3), floor=(0.05, 2.0, 0.05, 0.1))


def dogleg_and_ball(dogleg_point):
    """The model's contours, the ball, and where the student's dogleg ends."""
    gradient, hessian = np.array([-2.0, -2.0]), np.diag([1.0, 4.0])

    def draw(axes, radius):
        step, tau = dogleg_point(gradient, hessian, radius)
        step, tau = np.asarray(step, dtype=float), float(tau)
        X, Y = np.meshgrid(np.linspace(-0.6, 3, 90), np.linspace(-1, 1.6, 70))
        model = gradient[0] * X + gradient[1] * Y + (X**2 + 4 * Y**2) / 2
        axes.contour(X, Y, model, levels=14, colors="0.75", linewidths=0.8, linestyles="solid")
        angle = np.linspace(0, 2 * np.pi, 200)
        axes.plot(
            radius * np.cos(angle), radius * np.sin(angle), color=OTHER, linestyle="--", label="border of the ball"
        )
        axes.plot([0, 0.8, 2], [0, 0.8, 0.5], color="0.4", linewidth=1, label="dogleg")
        axes.plot(*step, marker="o", color=LINE, markersize=9, linestyle="none", label="your step")
        axes.set(xlim=(-0.6, 3), ylim=(-1, 1.6), xlabel="p[0]", ylabel="p[1]", aspect="equal", title=f"tau = {tau:.3f}")
        axes.legend(loc="lower right")
        fall = -(gradient @ step + step @ hessian @ step / 2)
        length = np.linalg.norm(step)
        return f"Radius {radius:.2f}: your step has the length {length:.3f} and promises a fall of {fall:.3f}."

    return slider_plot(draw, radius=(0.1, 2.5, 0.05, 1.5))


def damped_fit(marquardt_step):
    """A decay fitted by the student's steps, without judging them, for a damping that stays the same."""
    t = np.linspace(0, 4, 25)
    y = 3 * np.exp(-0.8 * t) + 0.08 * np.random.default_rng(5).normal(size=25)

    def draw(axes, damping, steps):
        height, rate = 3.0, 3.0
        misfits = [float(np.sum((height * np.exp(-rate * t) - y) ** 2))]
        for _ in range(steps):
            height, rate = (float(value) for value in marquardt_step(t, y, height, rate, damping))
            with np.errstate(over="ignore"):
                misfits.append(float(np.sum((height * np.exp(-rate * t) - y) ** 2)))
        axes.plot(t, y, "s", color="0.5", markersize=4, label="data")
        with np.errstate(over="ignore"):
            axes.plot(
                t, np.clip(height * np.exp(-rate * t), -10, 10), color=LINE, label=f"{height:.3g} exp(-{rate:.3g} t)"
            )
        axes.set(xlabel="t", ylabel="y", ylim=(-1, 4), title=f"damping {damping:g}, {steps} steps from 3 exp(-3 t)")
        axes.legend()
        worse = sum(b > a for a, b in itertools.pairwise(misfits))
        ends = f"{misfits[0]:.3g} at the start, {misfits[-1]:.3g} now"
        return f"Sum of squares {ends}; {worse} of {steps} steps made it worse."

    return slider_plot(draw, damping=(0.0, 5.0, 0.1, 1.0), steps=(0, 30, 1, 6))
