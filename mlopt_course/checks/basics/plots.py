"""Plots that run the student's own functions: shown under an exercise once its check has passed.

Each takes the answer and returns sliders with a picture (see `mlopt_course.checks.playing.slider_plot`).
"""

from __future__ import annotations

import math

import numpy as np

from ...basics.wines import wines
from ..playing import slider_plot

LINE, OTHER = "#0b6e99", "#c8553d"


def valleys_of_a_landscape(valleys):
    """The valleys that the student's function sees on a wavy landscape, by the number of grid points."""

    def draw(axes, points, waves):
        def fun(x):
            return 0.12 * x**2 + np.cos(waves * x + 1)

        x = np.linspace(-4, 4, 1200)
        grid = np.linspace(-4, 4, points)
        found = np.array(valleys(fun, -4.0, 4.0, points), dtype=float)
        true = valleys_seen(fun(np.linspace(-4, 4, 8001)))
        axes.plot(x, fun(x), color="0.6", linewidth=1)
        axes.plot(grid, fun(grid), color=LINE, marker=".", markersize=5, linewidth=1, label="what the grid sees")
        axes.plot(found, fun(found), color=OTHER, marker="v", linestyle="none", markersize=9, label="its valleys")
        axes.set(xlabel="x", ylabel="f(x)", title=f"{points} points")
        axes.legend(loc="upper center")
        return f"Your grid sees {_count(len(found), 'valley')}; the function has {true}."

    return slider_plot(draw, points=(2, 120, 1, 12), waves=(1.0, 9.0, 0.5, 5.0))


def valleys_seen(heights):
    """Number of entries that are lower than their neighbours."""
    padded = np.concatenate([[math.inf], heights, [math.inf]])
    return int(np.sum((padded[1:-1] < padded[:-2]) & (padded[1:-1] < padded[2:])))


def chord_over_a_dent(dented_chord):
    """The chord that the student's function finds on a function with a dent."""

    def draw(axes, place, width, tilt):
        x = np.polynomial.Polynomial([0.0, 1.0])
        fun = ((x - place) ** 2 - (width / 2) ** 2).integ(2) * 12 + tilt * x
        a, b = (float(end) for end in dented_chord(fun, -1.0, 1.0))
        middle = (a + b) / 2
        excess = fun(middle) - (fun(a) + fun(b)) / 2
        around = np.linspace(-1, 1, 600)
        axes.plot(around, fun(around), color=LINE, label="the function")
        axes.plot([a, b], [fun(a), fun(b)], color=OTHER, marker="s", markersize=4, label="your chord")
        axes.axvspan(place - width / 2, place + width / 2, color="0.88", label="where it bends down")
        axes.set(xlim=(-1, 1), xlabel="x", ylabel="f(x)", title=f"chord from {a:.3f} to {b:.3f}")
        axes.legend(loc="upper center")
        verdict = "a proof that it is not convex" if excess > 0 else "no proof"
        return f"In the middle the function is {excess:.2e} above your chord: {verdict}."

    return slider_plot(draw, place=(-0.7, 0.7, 0.05, 0.3), width=(0.04, 0.8, 0.02, 0.5), tilt=(-3.0, 3.0, 0.25, 0.0))


def valley_of_units(conditions):
    """The loss over two weights for two features of the wines, one of them in another unit."""
    data = wines().columns("alcohol", "proline") / [1, 100]

    def draw(axes, unit):
        X = data * [1.0, 10.0**unit]
        kappas = [float(kappa) for kappa in conditions(X)]
        centred = (X - X.mean(axis=0)) / X.std(axis=0).max()
        H = centred.T @ centred / len(X)
        u, v = np.meshgrid(np.linspace(-3, 3, 121), np.linspace(-2, 2, 81))
        loss = (H[0, 0] * u**2 + 2 * H[0, 1] * u * v + H[1, 1] * v**2) / 2
        axes.contour(u, v, loss, levels=np.geomspace(0.02, max(float(loss.max()), 0.03), 9), colors=LINE, linewidths=1)
        axes.plot(0, 0, marker="*", color="black", markersize=10)
        axes.set(xlabel="weight of alcohol", ylabel="weight of proline",
                 title=f"proline in units of {10.0 ** (2 - unit):.3g} mg/l")  # fmt: skip
        steps = [math.ceil(kappa * math.log(10) / 2) for kappa in kappas]
        return (
            f"Condition numbers: raw {kappas[0]:.3g}, centred {kappas[1]:.3g}, standardised {kappas[2]:.3g}. For each "
            f"digit of the weights descent needs about {steps[0]:,}, {steps[1]:,} and {steps[2]:,} steps."
        )

    return slider_plot(draw, unit=(-2.0, 2.0, 0.1, 0.0))


def groups_by_price(best_groups):
    """How the student's function groups eight wines by their hue, for a price of a group."""
    wine = wines()
    values = np.sort(wine.columns("hue")[3::23, 0])

    def draw(axes, price):
        sizes, cost = best_groups(values.copy(), price)
        ends = np.cumsum(sizes)
        for number, (size, end) in enumerate(zip(sizes, ends, strict=True)):
            group = values[end - size : end]
            color = (LINE, OTHER)[number % 2]
            axes.plot(group, np.zeros(size), color=color, marker="os"[number % 2], markersize=8, linewidth=2)
            axes.plot(group.mean(), 0.25, color=color, marker="v", markersize=8)
        axes.set(ylim=(-1, 1), yticks=[], xlabel="hue", title=f"price {price:g}: {_count(len(sizes), 'group')}")
        return f"{_count(len(sizes), 'group')}, of sizes {', '.join(map(str, sizes))}; cost {float(cost):.3f}."

    return slider_plot(draw, price=(0.0, 0.3, 0.002, 0.01))


def rates_of_the_workflow(nine_steps):
    """Validation loss and test accuracy of the student's workflow on the wines, for each of many rates alone."""
    wine = wines()
    X, y = wine.columns("ash", "alcalinity", "magnesium", "malic_acid", "hue"), (wine.cultivar == 1).astype(float)
    train, validation, test = np.split(np.random.default_rng(1).permutation(len(y)), [90, 134])
    rates = [float(rate) for rate in np.geomspace(0.002, 20, 13)]

    def draw(axes, batch_size, epochs, patience):
        def run(some):
            return nine_steps(X, y, train, validation, test, some, batch_size, epochs, patience)

        alone = np.array([[float(value) for value in run([rate])] for rate in rates])
        rate, epoch, loss, accuracy = run(rates)
        axes.semilogx(rates, alone[:, 2], color=LINE, marker="o", markersize=4, label="validation loss")
        axes.semilogx(rates, 1 - alone[:, 3], color=OTHER, marker="s", markersize=4, linestyle="--", label="test error")
        axes.axvline(rate, color="0.6", linewidth=1)
        axes.set(xlabel="learning rate", ylim=(0, 1.2), title=f"chosen: rate {rate:.3g}, epoch {epoch}")
        axes.legend(loc="upper center")
        return f"Chosen by validation: rate {rate:.3g}, loss {loss:.3f}. Accuracy on the test rows: {accuracy:.3f}."

    return slider_plot(draw, batch_size=(1, 90, 1, 16), epochs=(1, 60, 1, 30), patience=(1, 20, 1, 3))


def _count(number, word):
    return f"{number} {word}{'s' * (number != 1)}"
