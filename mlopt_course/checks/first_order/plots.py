"""Plots that run the student's own functions: shown under an exercise once its check has passed.

Each takes the answer and returns sliders with a picture (see `mlopt_course.checks.playing.slider_plot`).
"""

from __future__ import annotations

import math

import numpy as np

from ..playing import slider_plot

LINE, OTHER = "#0b6e99", "#c8553d"


def momentum_path(momentum_step):
    """The path of the student's step on a narrow bowl."""
    curvatures = np.array([1.0, 12.0])

    def draw(axes, learning_rate, beta, steps):
        x, buffer = np.array([-4.0, 1.5]), np.zeros(2)
        path = [x]
        for _ in range(steps):
            x, buffer = (np.asarray(part, dtype=float) for part in momentum_step(
                x, buffer, curvatures * x, learning_rate, beta))  # fmt: skip
            path.append(x)
        _contours(axes, lambda x, y: (curvatures[0] * x**2 + curvatures[1] * y**2) / 2)
        _path(axes, path, LINE, "o", "your steps")
        loss = float(curvatures @ x**2) / 2
        limit = 2 * (1 + beta) / curvatures[1]
        axes.set_title(f"rate {learning_rate:g}, beta {beta:g} (stable below a rate of {limit:.3g})")
        if not loss < 1e3:
            return f"The path has left the bowl: the rate is beyond {limit:.3g}, the largest stable one for this beta."
        return f"After {_count(steps)} the loss is {loss:.2e}; it began at {float(curvatures @ path[0] ** 2) / 2:.3g}."

    return slider_plot(draw, learning_rate=(0.01, 0.35, 0.01, 0.05), beta=(0.0, 0.98, 0.02, 0.8), steps=(1, 100, 1, 40))


def adam_race(adam_step):
    """The student's Adam and plain descent, both from the same start on a bowl whose axes differ in scale."""

    def draw(axes, learning_rate, beta1, stretch, steps):
        curvatures = np.array([1.0, stretch])
        x = plain = np.array([-4.0, 2.0])
        m, v = np.zeros(2), np.zeros(2)
        path, plain_path = [x], [plain]
        for t in range(1, steps + 1):
            answer = adam_step(x, m, v, t, curvatures * x, learning_rate, beta1, 0.999, 1e-8)
            x, m, v = (np.asarray(part, dtype=float) for part in answer)
            plain = plain - 1.8 / stretch * curvatures * plain
            path.append(x)
            plain_path.append(plain)
        _contours(axes, lambda x, y: (x**2 + stretch * y**2) / 2)
        _path(axes, plain_path, OTHER, "s", f"descent, rate 1.8 / {stretch:g}")
        _path(axes, path, LINE, "o", "your Adam")
        losses = [float(curvatures @ end**2) / 2 for end in (x, plain)]
        axes.set_title(f"Adam: rate {learning_rate:g}, beta1 {beta1:g}")
        return f"Losses after {_count(steps)}: Adam {losses[0]:.2e}, descent {losses[1]:.2e}."

    return slider_plot(
        draw,
        learning_rate=(0.01, 1.0, 0.01, 0.2),
        beta1=(0.0, 0.95, 0.05, 0.9),
        stretch=(1, 60, 1, 30),
        steps=(1, 150, 1, 40),
    )


def cyclic_schedule(cyclic_cosine):
    """The student's schedule over a hundred steps."""

    def draw(axes, warmup, fall, floor, shrink):
        steps = np.arange(101)
        rates = [float(cyclic_cosine(int(step), warmup, fall, floor, 1.0, shrink)) for step in steps]
        axes.plot(steps, rates, color=LINE, marker=".", markersize=4, linewidth=1)
        axes.axhline(floor, color=OTHER, linestyle="--", linewidth=1, label="floor")
        axes.set(xlabel="step", ylabel="learning rate", ylim=(-0.05, 1.1), title="Your schedule")
        axes.legend(loc="upper right")
        return f"A cycle has {_count(warmup + fall)}; the rates up to step 100 sum to {sum(rates):.3g}."

    return slider_plot(
        draw, warmup=(0, 20, 1, 5), fall=(1, 60, 1, 20), floor=(0.0, 0.5, 0.05, 0.1), shrink=(0.2, 1.0, 0.1, 0.7)
    )


def heavy_ball_race(tune_heavy_ball):
    """Descent, and the heavy ball with the settings that the student's function reads off descent's losses."""

    def draw(axes, condition, steps):
        curvatures = np.geomspace(1.0, condition, 6)
        descent = _losses(curvatures, 1 / condition, 0.0, steps)
        rate, beta = tune_heavy_ball(descent, 1 / condition)
        ball = _losses(curvatures, float(rate), float(beta), steps)
        axes.semilogy(descent, color=OTHER, linestyle="--", label="descent, rate 1 / L")
        axes.semilogy(ball, color=LINE, label="heavy ball, your settings")
        axes.set(
            xlabel="step", ylabel="loss", ylim=(1e-16, None), title=f"rate {float(rate):.4g}, beta {float(beta):.3f}"
        )
        axes.legend()
        return f"After {steps} steps descent has a loss of {descent[-1]:.1e}, the heavy ball {ball[-1]:.1e}."

    return slider_plot(draw, condition=(2, 500, 1, 100), steps=(20, 400, 10, 200))


def regret_curves(average_regrets):
    """Average regret of Adam and AMSGrad against the length of Reddi's sequence."""

    def draw(axes, large_gradient, learning_rate):
        beta2 = 1 / (1 + large_gradient**2)
        cycles = np.unique(np.geomspace(1, 600, 25).astype(int))
        regrets = [average_regrets(np.tile([large_gradient, -1.0, -1.0], n), 0.0, learning_rate, beta2) for n in cycles]
        adam, amsgrad = np.array(regrets, dtype=float).T
        axes.semilogx(3 * cycles, adam, color=OTHER, marker="s", markersize=3, linestyle="--", label="Adam")
        axes.semilogx(3 * cycles, amsgrad, color=LINE, marker="o", markersize=3, label="AMSGrad")
        axes.axhline(0, color="0.6", linewidth=1)
        axes.set(
            xlabel="steps", ylabel="average regret", title=f"gradients {large_gradient:g}, -1, -1, again and again"
        )
        axes.legend()
        return (
            f"After {3 * cycles[-1]} steps the average regret of Adam is {adam[-1]:.3f}, of AMSGrad {amsgrad[-1]:.3f}."
        )

    return slider_plot(draw, large_gradient=(2.0, 8.0, 0.25, 4.0), learning_rate=(0.05, 1.0, 0.05, 0.3))


def error_over_curvature(rates_within_budget):
    """What the student's rates leave of the error along each curvature, beside the best constant rate."""

    def draw(axes, condition, steps):
        ratio = (condition + 1) / (condition - 1)
        least = 1 / math.cosh(steps * math.acosh(ratio))
        rates = np.asarray(rates_within_budget(1.0, float(condition), steps, 1.01 * least), dtype=float)
        curvatures = np.linspace(1, condition, 800)
        left = np.prod([1 - rate * curvatures for rate in rates], axis=0)
        constant = (1 - 2 * curvatures / (1 + condition)) ** steps
        axes.plot(curvatures, constant, color=OTHER, linestyle="--", label="best constant rate")
        axes.plot(curvatures, left, color=LINE, label="your rates")
        axes.axhspan(-least, least, color="0.85", label="least that is possible")
        axes.set(xlabel="curvature", ylabel="part of the error that is left", title=_count(steps))
        axes.legend()
        worst = float(np.abs(left).max())
        return f"At worst {worst:.3g} of the error is left; the best constant rate leaves {ratio**-steps:.3g}."

    return slider_plot(draw, condition=(2, 60, 1, 20), steps=(1, 16, 1, 6))


def _count(steps):
    return f"{steps} step{'s' * (steps != 1)}"


def _losses(curvatures, learning_rate, beta, steps):
    x = before = np.ones_like(curvatures)
    losses = []
    for _ in range(steps):
        losses.append(float(curvatures @ x**2) / 2)
        x, before = x - learning_rate * curvatures * x + beta * (x - before), x
    return np.array(losses)


def _contours(axes, fun):
    x, y = np.meshgrid(np.linspace(-5, 5, 121), np.linspace(-3, 3, 81))
    heights = fun(x, y)
    axes.contour(x, y, heights, levels=np.geomspace(0.2, heights.max(), 9), colors="0.7", linewidths=0.8)
    axes.plot(0, 0, marker="*", color="black", markersize=10)
    axes.set(xlim=(-5, 5), ylim=(-3, 3), xlabel="x[0]", ylabel="x[1]")


def _path(axes, path, color, marker, label):
    points = np.clip(np.nan_to_num(np.array(path), nan=1e6), -1e6, 1e6)
    axes.plot(points[:, 0], points[:, 1], color=color, marker=marker, markersize=3.5, linewidth=1, label=label)
    axes.legend(loc="upper right")
