"""Plots that run the student's own functions: shown under an exercise once its check has passed."""

from __future__ import annotations

import math

import numpy as np

from ..playing import slider_plot

LINE, OTHER = "#0b6e99", "#c8553d"


def _needle(x):
    """A wide bowl, and a narrow valley beside it that is lower."""
    x, y = float(x[0]), float(x[1])
    bowl = 0.4 * ((x - 0.7) ** 2 + (y - 0.35) ** 2)
    return bowl - 0.25 * math.exp(-(((x - 0.27) / 0.09) ** 2) - ((y - 0.72) / 0.09) ** 2)


def two_grids(refined_grid):
    """The points at which the student's search has called the function."""

    def draw(axes, points):
        called = []

        def fun(x):
            called.append((float(x[0]), float(x[1])))
            return _needle(x)

        best, value, count = refined_grid(fun, np.zeros(2), np.ones(2), points)
        grid = np.linspace(0, 1, 101)
        height = np.array([[_needle((x, y)) for x in grid] for y in grid])
        axes.contour(grid, grid, height, levels=12, colors="0.75", linewidths=0.8)
        at = np.array(called)
        axes.plot(at[:, 0], at[:, 1], ".", color=LINE, markersize=5, label="evaluated")
        axes.plot(*np.asarray(best, dtype=float), "s", color=OTHER, fillstyle="none", markersize=11, label="your best")
        axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal", xlabel="x[0]", ylabel="x[1]")
        axes.legend(loc="center left", bbox_to_anchor=(1.02, 0.5))
        return f"With {count} points your search finds {value:.3f}; the lowest value on the map is {height.min():.3f}."

    return slider_plot(draw, points=(3, 12, 1, 4))


def cloud_of_draws(draw_configs):
    """Draws of two parameters, on a logarithmic or an even scale."""

    def draw(axes, count, decades, seed):
        low = 10.0**-decades
        space = [{"name": "rate", "kind": "log", "low": low, "high": 1.0},
                 {"name": "layers", "kind": "whole", "low": 1, "high": 5}]  # fmt: skip
        configs = draw_configs(space, np.random.default_rng(seed).uniform(size=2 * count), count)
        rates = np.array([config["rate"] for config in configs])
        layers = np.array([config["layers"] for config in configs])
        axes.semilogx(rates, layers, "o", color=LINE, alpha=0.6)
        for side in np.linspace(0, 1, max(2, math.isqrt(count))):
            axes.axvline(low ** (1 - side), color=OTHER, linestyle="--", linewidth=0.8)
        axes.set(xlabel="rate", ylabel="layers", yticks=range(1, 6), title="dashed: the rates of a square grid")
        small = np.mean(rates < math.sqrt(low))
        return (
            f"{count} draws try {len(set(rates.tolist()))} different rates, a square grid as large "
            f"{max(2, math.isqrt(count))}. Of your rates {small:.0%} lie in the lower half of the scale."
        )

    return slider_plot(draw, count=(4, 200, 4, 36), decades=(1, 6, 1, 4), seed=(0, 20, 1, 1))


def growing_optimism(optimism):
    """By how much the best of n equals is too good."""

    def draw(axes, samples, accuracy):
        tries = np.unique(np.round(np.geomspace(1, 300, 25)).astype(int))
        ours = np.array([optimism(int(n), samples, accuracy) for n in tries])
        error = math.sqrt(accuracy * (1 - accuracy) / samples)
        axes.semilogx(tries, accuracy + ours, "o-", color=LINE, markersize=4, label="best score, on average")
        axes.semilogx(tries, np.minimum(1, accuracy + error * np.sqrt(2 * np.log(tries))), "--", color=OTHER,
                      label="sqrt(2 ln n) standard errors above")  # fmt: skip
        axes.axhline(accuracy, color="0.5", linestyle=":", label="what all of them are worth")
        axes.set(xlabel="tries", ylabel="accuracy", ylim=(min(0.45, accuracy), 1.02))
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2, fontsize="small")
        return (
            f"The best of {tries[-1]} scores {accuracy + ours[-1]:.3f} on average, though each is worth {accuracy:g}."
        )

    return slider_plot(draw, samples=(10, 300, 10, 50), accuracy=(0.5, 0.95, 0.05, 0.8))


def penalties_with_errors(penalty_by_folds):
    """The student's cross-validation of ridge regression, and the penalty it chooses."""

    def draw(axes, samples, noise, folds, seed):
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(samples, 10))
        y = X[:, :3] @ np.array([1.0, -0.5, 0.25]) + noise * rng.normal(size=samples)
        penalties = np.geomspace(0.1, 1000, 21)
        fold = rng.permutation(np.arange(samples) % folds)
        chosen, means = penalty_by_folds(X, y, fold, penalties)
        means = np.asarray(means, dtype=float)
        best = penalties[np.argmin(means)]
        axes.semilogx(penalties, means, "o-", color=LINE, markersize=4)
        axes.axvline(best, color="0.5", linestyle=":", label="lowest mean")
        axes.axvline(chosen, color=OTHER, linestyle="--", label="your choice")
        axes.set(xlabel="penalty", ylabel="loss on the folds, mean")
        axes.legend(loc="upper left")
        return f"The lowest mean is at {best:.3g}; you choose {chosen:.3g}, the largest within one standard error."

    return slider_plot(
        draw, samples=(20, 200, 10, 60), noise=(0.2, 3.0, 0.2, 1.0), folds=(2, 10, 1, 5), seed=(0, 20, 1, 1)
    )


def rungs_of_curves(halving_rungs):
    """Learning curves, each drawn as far as the student's function trains it."""

    def draw(axes, first, eta, slow_starters, seed):
        rng = np.random.default_rng(seed)
        n, longest = 27, 27
        epochs = np.arange(1, longest + 1)
        ends = rng.uniform(0.1, 1, size=(n, 1))
        speeds = np.exp(slow_starters * 2.5 * (ends - 1)) * rng.uniform(0.5, 1.2, size=(n, 1))
        curves = ends + 2 * np.exp(-speeds * epochs)
        rungs = halving_rungs(curves, first, eta)
        for trained, alive, _ in rungs:
            for number in alive:
                axes.plot(epochs[:trained], curves[number, :trained], color=LINE, linewidth=0.9, alpha=0.6)
                axes.plot(trained, curves[number, trained - 1], ".", color=LINE, markersize=5, alpha=0.6)
            axes.axvline(trained, color="0.6", linestyle=":", linewidth=0.8)
        paid = sum(rung[2] for rung in rungs)
        last = min(rungs[-1][1], key=lambda number: curves[number, -1])
        best = int(np.argmin(curves[:, -1]))
        axes.plot(epochs, curves[best], "--", color=OTHER, label="the best in the end")
        axes.set(xlabel="epochs", ylabel="loss", ylim=(0, 3.2))
        axes.legend(loc="upper right")
        rank = int(np.sum(curves[:, -1] < curves[last, -1])) + 1
        return f"You pay {paid} epochs instead of {n * longest}, and keep number {rank} of {n}."

    return slider_plot(draw, first=(1, 9, 1, 1), eta=(2, 5, 1, 3), slow_starters=(0.0, 1.0, 0.05, 0.0),
                       seed=(0, 20, 1, 1))  # fmt: skip


def promotions(asha_promotions):
    """Losses as they come, with those that the student's function promotes."""

    def draw(axes, configurations, eta, seed):
        losses = np.random.default_rng(seed).uniform(size=configurations)
        promoted, regretted = asha_promotions(losses, eta)
        chosen = [int(i) for i in promoted]
        axes.plot(losses, ".", color="0.6", label="losses")
        axes.plot(chosen, losses[chosen], "o", color=LINE, fillstyle="none", label="promoted")
        places = configurations // eta
        if places:
            limit = np.sort(losses)[places - 1]
            axes.axhline(limit, color=OTHER, linestyle="--", label="the best of all end here")
        axes.set(xlabel="in the order in which they come", ylabel="loss", ylim=(-0.03, 1.35))
        axes.legend(loc="upper right")
        return f"{len(chosen)} are promoted; a complete round would promote {places}. Regretted: {regretted}."

    return slider_plot(draw, configurations=(4, 300, 4, 60), eta=(2, 6, 1, 3), seed=(0, 20, 1, 1))


def good_and_bad(tpe_choice):
    """The probability of being good, asked of the student's function at every place."""

    def draw(axes, trials, fraction, width, seed):
        rng = np.random.default_rng(seed)
        tried = rng.uniform(size=trials)
        losses = np.cos(9 * tried) + 1.5 * tried + 0.2 * rng.normal(size=trials)
        grid = np.linspace(0, 1, 151)
        probable = [float(tpe_choice(tried, losses, np.array([x]), fraction, width)[1]) for x in grid]
        good = np.argsort(losses)[: math.ceil(fraction * trials)]
        bad = np.setdiff1d(np.arange(trials), good)
        height = np.array([math.cos(9 * x) + 1.5 * x for x in grid])
        axes.plot(grid, (height - height.min()) / np.ptp(height), ":", color="0.5", label="loss without noise, scaled")
        axes.plot(grid, probable, color=LINE, label="probability of being good")
        axes.plot(tried[bad], np.full(len(bad), -0.05), "x", color="0.5", label="bad trials")
        axes.plot(tried[good], np.full(len(good), -0.05), "o", color=OTHER, label="good trials")
        axes.set(xlabel="x", ylim=(-0.1, 1.35))
        axes.legend(loc="upper center", ncols=2)
        best = int(np.argmax(probable))
        return (
            f"Of {trials} trials {len(good)} are good. The next would go to {grid[best]:.2f}, and is good with "
            f"probability {probable[best]:.2f}."
        )

    return slider_plot(draw, trials=(4, 100, 1, 24), fraction=(0.05, 0.5, 0.05, 0.2), width=(0.02, 0.4, 0.02, 0.08),
                       seed=(0, 20, 1, 1))  # fmt: skip
