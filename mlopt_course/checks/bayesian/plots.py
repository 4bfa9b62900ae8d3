"""Plots that run the student's own functions: shown under an exercise once its check has passed."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from ..playing import slider_plot

LINE, OTHER = "#0b6e99", "#c8553d"


def falling_correlations(lengthscale_for):
    """The three kernels, each with the student's length scale, through the same point."""

    def draw(axes, distance, correlation):
        r = np.linspace(0, 6, 200)
        shapes = {
            "rbf": lambda u: np.exp(-u * u / 2),
            "matern12": lambda u: np.exp(-u),
            "matern32": lambda u: (1 + math.sqrt(3) * u) * np.exp(-math.sqrt(3) * u),
        }
        scales = []
        for (kernel, shape), dash in zip(shapes.items(), ("-", "--", "-."), strict=True):
            scale = float(lengthscale_for(kernel, distance, correlation))
            scales.append(f"{kernel} {scale:.3f}")
            axes.plot(r, shape(r / scale), linestyle=dash, label=f"{kernel}, scale {scale:.2f}")
        axes.plot(distance, correlation, marker="o", color="black", markersize=8)
        axes.set(xlabel="distance", ylabel="correlation", ylim=(0, 1.02), title="all three through the same point")
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=3, fontsize="small")
        return f"Correlation {correlation:.2f} at distance {distance:.2f}: length scales {', '.join(scales)}."

    return slider_plot(draw, distance=(0.2, 5.0, 0.1, 2.0), correlation=(0.05, 0.95, 0.05, 0.5))


def good_and_bad_readings(posterior):
    """The student's posterior, with readings on the right that get worse."""
    x, y = np.array([0.5, 1.5, 2.8, 4.2, 5.0, 6.3]), np.array([0.2, 0.9, 0.4, -0.9, -0.4, 0.6])
    grid = np.linspace(-0.5, 7, 160)

    def draw(axes, scale, noise_on_the_right):
        def k(a, b):
            return np.exp(-((np.subtract.outer(a, b) / scale) ** 2) / 2)

        noises = np.where(x > 3.5, noise_on_the_right, 0.05)
        means, stds = (np.asarray(part, dtype=float) for part in posterior(k(x, x), k(grid, x), 1.0, 0.0, y, noises))
        axes.fill_between(grid, means - 2 * stds, means + 2 * stds, color=LINE, alpha=0.2, label="2 deviations")
        axes.plot(grid, means, color=LINE, label="your mean")
        axes.errorbar(x, y, yerr=2 * noises, fmt="s", color=OTHER, capsize=3, markersize=5, label="readings")
        axes.set(xlabel="x", ylabel="y", ylim=(-3, 3), title=f"length scale {scale:.2g}")
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=3, fontsize="small")
        at = int(np.argmin(np.abs(grid - 4.2)))
        return f"At x = 4.2 the reading is -0.9; your belief there is {means[at]:.3f}, give or take {2 * stds[at]:.3f}."

    return slider_plot(draw, scale=(0.2, 3.0, 0.1, 1.0), noise_on_the_right=(0.05, 2.0, 0.05, 0.3))


def evidence_and_fit(best_lengthscale):
    """The student's evidence over the length scale."""
    rng = np.random.default_rng(4)
    x = np.sort(rng.uniform(0, 6, size=30))
    scales = np.geomspace(0.05, 10, 40).tolist()
    clean, dirt = np.sin(2 * x), rng.normal(size=30)

    def draw(axes, points, noise):
        best, evidences = best_lengthscale(x[:points], (clean + noise * dirt)[:points], scales, noise)
        evidences = np.asarray(evidences, dtype=float)
        axes.semilogx(scales, evidences, color=LINE, marker=".")
        axes.axvline(float(best), color=OTHER, linestyle="--")
        axes.set(xlabel="length scale", ylabel="log evidence",
                 title=f"{points} points, noise {noise:.2f}; dashed: your best, {float(best):.2f}",
                 ylim=(max(evidences.min(), evidences.max() - 60), evidences.max() + 4))  # fmt: skip
        near = [s for s, e in zip(scales, evidences, strict=True) if e > evidences.max() - 2]
        return (
            f"{len(near)} of the {len(scales)} length scales are within 2 of the best evidence: the shortest is "
            f"{near[0]:.2g}, the longest {near[-1]:.2g}."
        )

    return slider_plot(draw, points=(2, 30, 1, 8), noise=(0.05, 1.0, 0.05, 0.2))


def gain_and_belief(expected_gain):
    """A belief, its part above the best value, and the student's expected gain."""

    def draw(axes, mean, std, cost):
        values = np.linspace(-4, 4, 400)
        density = np.array([NormalDist(mean, std).pdf(v) for v in values])
        axes.plot(values, density, color=LINE, label="belief about the new value")
        axes.fill_between(values, density, where=values > cost, color=LINE, alpha=0.25, label="a gain")
        axes.axvline(0, color="0.4", linewidth=1, label="best so far")
        axes.axvline(cost, color=OTHER, linestyle="--", label="best + cost")
        axes.set(xlabel="value (more is better)", ylabel="density", ylim=(0, 1.4))
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=4, fontsize="small")
        gain = float(expected_gain(mean, std, 0.0, cost))
        axes.set_title(f"expected gain {gain:.3g}")
        side = "above" if mean >= cost else "below"
        return f"Your expected gain is {gain:.3g}; the mean lies {abs(mean - cost):.2f} {side} where a gain begins."

    return slider_plot(draw, mean=(-2.0, 2.0, 0.1, -0.5), std=(0.3, 2.0, 0.1, 1.0), cost=(0.0, 1.0, 0.1, 0.0))


def search_along_a_curve(search_on_grid):
    """The student's search on a curve, evaluation by evaluation."""
    points = np.linspace(0, 10, 81)[:, None] + 1e-3 * np.sin(np.arange(81))[:, None]
    values = np.sin(1.3 * points[:, 0]) + 0.15 * (points[:, 0] - 6) ** 2 / 4

    def draw(axes, budget, beta):
        seen = [int(i) for i in search_on_grid(points, values, 10, budget, 1.0, beta)]
        axes.plot(points[:, 0], values, color="0.7", label="the function, unknown to the search")
        axes.plot(points[seen, 0], values[seen], marker="o", color=LINE, linestyle="none", label="your evaluations")
        for order, i in enumerate(seen, start=1):
            axes.annotate(str(order), (points[i, 0], values[i]), xytext=(0, 6), textcoords="offset points", ha="center",
                          fontsize=8)  # fmt: skip
        best = min(seen, key=lambda i: values[i])
        axes.plot(points[best, 0], values[best], marker="*", color=OTHER, markersize=14, linestyle="none", label="best")
        axes.set(
            xlabel="x",
            ylabel="value",
            ylim=(-1.4, 2.6),
            title=f"evaluations: {budget}, beta {beta:.2g}",
        )
        axes.legend(loc="upper right", fontsize="small")
        return f"Evaluations: {budget}. Best value {values[best]:.4f}; the lowest of all 81 is {values.min():.4f}."

    return slider_plot(draw, budget=(1, 25, 1, 10), beta=(0.0, 5.0, 0.25, 2.0))


def lines_over_beta(choices_by_beta):
    """Bounds as lines over beta, and the student's choices along the lower edge."""
    means = [0.0, 0.5, 1.6, 1.8, 2.2, 3.4]
    stds = [0.2, 0.7, 0.8, 1.5, 0.5, 2.0]

    def draw(axes, mean_of_the_last):
        now = [*means[:-1], mean_of_the_last]
        chosen = [(float(start), int(i)) for start, i in choices_by_beta(now, stds)]
        betas = np.linspace(0, 5, 100)
        for i, (mean, std) in enumerate(zip(now, stds, strict=True)):
            used = any(i == j for _, j in chosen)
            axes.plot(
                betas, mean - betas * std, color=LINE if used else "0.7", linestyle="-" if used else ":", linewidth=1
            )
            axes.annotate(str(i), (5.05, mean - 5 * std), fontsize=9, annotation_clip=False)
        ends = [*(start for start, _ in chosen[1:]), 5.0]
        for (start, i), end in zip(chosen, ends, strict=True):
            if start < 5:
                part = np.array([start, min(end, 5.0)])
                axes.plot(part, now[i] - part * stds[i], color=OTHER, linewidth=3)
        axes.set(xlabel="beta", ylabel="mean - beta std", xlim=(0, 5.3), title="the lowest bound for each beta (thick)")
        return "Choices: " + ", then ".join(f"candidate {i} from beta {start:.2f}" for start, i in chosen) + "."

    return slider_plot(draw, mean_of_the_last=(0.5, 8.0, 0.1, 3.4))
