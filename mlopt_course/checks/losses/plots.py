"""Plots that run the student's own functions: shown under an exercise once its check has passed."""

from __future__ import annotations

import numpy as np

from ..playing import slider_plot

LINE, OTHER, THIRD = "#0b6e99", "#c8553d", "0.4"


def pulls(loss_slopes):
    """What one datum pulls, against its error."""

    def draw(axes, delta, error):
        errors = np.linspace(-4, 4, 161)
        slopes = np.array([[float(part[0]) for part in loss_slopes(np.array([e]), np.zeros(1), delta)] for e in errors])
        names = ("squared", "absolute", "Huber")
        for column, (name, color, dash) in enumerate(zip(names, (THIRD, OTHER, LINE), (":", "--", "-"), strict=True)):
            axes.plot(errors, slopes[:, column], color=color, linestyle=dash, label=name)
        axes.axvline(error, color="0.7", linewidth=1)
        axes.set(xlabel="error", ylabel="slope", ylim=(-5, 5), title=f"delta {delta:g}")
        axes.legend(loc="upper left")
        here = [float(part[0]) for part in loss_slopes(np.array([error]), np.zeros(1), delta)]
        said = ", ".join(f"{name} {slope:.3g}" for name, slope in zip(names, here, strict=True))
        return f"An error of {error:.3g} pulls with: {said}."

    return slider_plot(draw, delta=(0.1, 3.0, 0.1, 1.0), error=(-4.0, 4.0, 0.1, 2.5))


def shrinking(shrunk):
    """What the student's function makes of each weight."""

    def draw(axes, l1, l2):
        weights = np.linspace(-3, 3, 301)
        left = np.asarray(shrunk(weights, l1, l2), dtype=float)
        axes.plot(weights, weights, color=THIRD, linestyle=":", label="no penalty")
        axes.plot(weights, weights / (1 + l2), color=OTHER, linestyle="--", label="l2 alone")
        axes.plot(weights, left, color=LINE, label="yours")
        axes.set(xlabel="weight without penalty", ylabel="weight with penalty", title=f"l1 {l1:g}, l2 {l2:g}")
        axes.legend(loc="upper left")
        return f"{np.mean(left == 0):.0%} of these weights become exactly zero."

    return slider_plot(draw, l1=(0.0, 2.5, 0.1, 1.0), l2=(0.0, 4.0, 0.1, 0.5))


def focal_curves(focal_slopes):
    """The student's loss and slope over the margin, beside the log-loss."""

    def draw(axes, gamma, margin):
        margins = np.linspace(-4, 4, 161)
        losses, slopes = (np.asarray(part, dtype=float) for part in focal_slopes(margins, gamma))
        axes.plot(margins, np.logaddexp(0, -margins), color=THIRD, linestyle=":", label="log-loss")
        axes.plot(margins, losses, color=LINE, label="your focal loss")
        axes.plot(margins, slopes, color=OTHER, linestyle="--", label="its slope")
        axes.axvline(margin, color="0.7", linewidth=1)
        axes.set(xlabel="margin", ylim=(-2, 4.2), title=f"gamma {gamma:g}")
        axes.legend(loc="upper right")
        _, slope = focal_slopes(np.array([margin]), gamma)
        logistic = -1 / (1 + np.exp(margin))
        return f"At a margin of {margin:.3g} it pulls {float(slope[0]) / logistic:.3g} times as hard as the log-loss."

    return slider_plot(draw, gamma=(0.0, 5.0, 0.1, 2.0), margin=(-4.0, 4.0, 0.1, 2.0))


def profit_curve(best_threshold):
    """Profit over the threshold for made-up scores, and the student's choice."""
    rng = np.random.default_rng(3)
    labels = (rng.uniform(size=300) < 0.25).astype(int)
    scores = 1 / (1 + np.exp(-1.5 * rng.normal(size=300) - 2 * labels + 1.5))

    def draw(axes, hit, alarm):
        profits = np.array([[0.0, -alarm], [0.0, hit]])
        earned, threshold = (float(part) for part in best_threshold(labels, scores, profits))
        grid = np.linspace(0, 1, 400)
        axes.plot(grid, [profits[labels, (scores >= t).astype(int)].sum() for t in grid], color=THIRD)
        shown = min(threshold, 1.0)
        axes.plot(shown, earned, "o", color=LINE, markersize=8, label="your threshold")
        chance = alarm / (alarm + hit)
        axes.axvline(chance, color=OTHER, linestyle="--", label=f"break-even chance {chance:.2f}")
        axes.set(xlabel="threshold", ylabel="profit", title=f"a hit earns {hit:g}, a false alarm costs {alarm:g}")
        axes.legend(loc="lower left")
        return f"Your threshold {threshold:.3g} earns {earned:.4g}; acting on everybody {profits[labels, 1].sum():.4g}."

    return slider_plot(draw, hit=(1.0, 20.0, 0.5, 4.0), alarm=(0.5, 20.0, 0.5, 1.0))
