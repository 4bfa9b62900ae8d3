"""Plots that run the student's own functions: shown under an exercise once its check has passed."""

from __future__ import annotations

import itertools
import math

import numpy as np

from ..playing import slider_plot
from ..probes import Quadratic

LINE, OTHER = "#0b6e99", "#c8553d"


def _ring(n, seed):
    """A landscape on a ring: one broad valley, and small ones on top of it."""
    rng = np.random.default_rng(seed)
    place = np.arange(n)
    return 3 * np.cos(2 * np.pi * (place - rng.integers(n)) / n) + rng.uniform(0, 4, size=n)


def _wishes(d, seed):
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((d, d))
    fun = Quadratic(A + A.T, 1.5 * rng.standard_normal(d))
    return fun, min(fun(corner) for corner in _corners(d))


def _corners(d):
    return np.array(list(itertools.product((0.0, 1.0), repeat=d)))


def cooling_crowd(annealing_chances):
    """Where the student's walkers are after cooling."""

    def draw(axes, start, cooling, steps):
        heights = _ring(24, 4)
        heights = heights - heights.min()
        temperatures = start * cooling ** np.arange(steps)
        everywhere = np.full(24, 1 / 24)
        chances = np.asarray(annealing_chances(heights, everywhere, temperatures), dtype=float)
        axes.bar(np.arange(24), chances, color=LINE, label="chance of each place")
        axes.set(xlabel="place on the ring", ylabel="chance", ylim=(0, 1))
        height = axes.twinx()
        height.plot(heights, "o--", color=OTHER, markersize=4, label="height")
        height.set_ylabel("height (dashed)")
        height.set_ylim(0, 1.6 * heights.max())
        axes.legend(*[a + b for a, b in zip(axes.get_legend_handles_labels(), height.get_legend_handles_labels(),
                                           strict=True)], loc="upper left", ncols=2)  # fmt: skip
        lowest = chances[int(np.argmin(heights))]
        return (
            f"After {steps} steps, the last at the temperature {temperatures[-1]:.2g}, your walker is at the lowest "
            f"place with the chance {lowest:.3f}."
        )

    return slider_plot(draw, start=(0.1, 10.0, 0.1, 4.0), cooling=(0.9, 0.999, 0.001, 0.97), steps=(20, 1000, 20, 200))


def jumping_home(iterated_search):
    """The homes of the student's search, for short and long jumps."""

    def draw(axes, reach, patience, seed):
        heights = _ring(200, 11)
        jumps = np.random.default_rng(seed).integers(-reach, reach + 1, size=60)
        best, homes = iterated_search(heights, int(np.argmax(heights)), jumps, patience)
        homes = [int(home) for home in homes]
        axes.plot(heights, color="0.7", label="height")
        axes.plot(homes, heights[homes], "o-", color=LINE, markersize=4, linewidth=0.8, label="your homes")
        axes.plot(int(best), heights[int(best)], "s", color=OTHER, markersize=10, fillstyle="none", label="your best")
        lowest = int(np.argmin(heights))
        axes.plot(lowest, heights[lowest], "*", color="black", markersize=10, linestyle="none", label="lowest of all")
        axes.set(xlabel="place on the ring", ylabel="height", ylim=(heights.min() - 0.6, heights.max() + 2.5))
        axes.legend(loc="upper center", ncols=4, fontsize="small")
        runs = []
        for other in range(40):
            jumps = np.random.default_rng(1000 + other).integers(-reach, reach + 1, size=60)
            runs.append(int(iterated_search(heights, int(np.argmax(heights)), jumps, patience)[0]) == lowest)
        return (
            f"60 jumps of at most {reach}; different homes: {len(set(homes))}; your best is {heights[int(best)]:.2f}. "
            f"The lowest place of all is found in {sum(runs)} of 40 other runs with these settings."
        )

    return slider_plot(draw, reach=(1, 100, 1, 10), patience=(1, 60, 1, 60), seed=(0, 30, 1, 0))


def walk_with_memory(tabu_walk):
    """The values along the student's walk, for a short and a long list."""

    def draw(axes, tenure, steps, problem):
        weights = np.random.default_rng(problem).uniform(1, 9, size=12)

        def fun(x):
            return float(abs(weights @ (1 - 2 * x)))

        lowest = float(np.abs(_corners(12) @ weights * 2 - weights.sum()).min())
        x = np.zeros(12)
        moves, best = tabu_walk(fun, x, tenure, steps)
        values, seen = [fun(x)], {tuple(x)}
        for i in moves:
            x = x.copy()
            x[int(i)] = 1 - x[int(i)]
            values.append(fun(x))
            seen.add(tuple(x))
        axes.plot(values, "o-", color=LINE, markersize=3, linewidth=1, label="your walk")
        axes.axhline(lowest, color=OTHER, linestyle="--", label="least of all 4096 ways")
        axes.set(xlabel="step", ylabel="difference of the two piles", yscale="symlog", ylim=(0, 1000))
        axes.legend(loc="upper right")
        end = "the least of all" if best <= lowest + 1e-9 else f"the least of all is {lowest:.3f}"
        return (
            f"12 weights are divided into two piles, and a step moves one. Steps: {steps}; different points, "
            f"with the start: {len(seen)}. Your least difference is {best:.3f}, {end}."
        )

    return slider_plot(draw, tenure=(0, 11, 1, 0), steps=(1, 120, 1, 60), problem=(0, 20, 1, 3))


def bits_settle(bit_chances):
    """The student's chances, generation by generation."""

    def draw(axes, elite, smoothing, least, seed):
        d, n, generations = 12, 40, 30
        fun, lowest = _wishes(d, 7)
        uniforms = np.random.default_rng(seed).uniform(size=(generations, n, d))
        chances = [np.full(d, 0.5)]
        found = math.inf
        for draws in uniforms:
            fitted, low = bit_chances(fun, chances[-1], draws[None], elite, smoothing, least)
            chances.append(np.asarray(fitted, dtype=float))
            found = min(found, float(low))
        axes.plot(np.array(chances), color=LINE, linewidth=1)
        axes.set(xlabel="generation", ylabel="chance of a 1, one line for each bit", ylim=(-0.03, 1.03))
        settled = int(np.sum(np.minimum(chances[-1], 1 - chances[-1]) <= least + 0.01))
        return (
            f"After {generations} generations of {n} draws {settled} of {d} bits are settled. Your lowest value is "
            f"{found:.2f}; the lowest of all 4096 is {lowest:.2f}."
        )

    return slider_plot(
        draw, elite=(1, 40, 1, 4), smoothing=(0.05, 1.0, 0.05, 1.0), least=(0.0, 0.2, 0.01, 0.0), seed=(0, 30, 1, 0)
    )


def _random_values(rng, d, n):
    return np.sum(rng.uniform(-3, 3, size=(n, d)) ** 2, axis=1).tolist()


def _adapting_values(rng, d, n):
    """The children of a (1+1) strategy with the 1/5 rule, on the sphere."""
    x, sigma, values = rng.uniform(-3, 3, size=d), 1.0, []
    for _ in range(n):
        child = x + sigma * rng.standard_normal(d)
        values.append(float(child @ child))
        better = values[-1] <= x @ x
        x = child if better else x
        sigma *= math.exp((0.8 if better else -0.2) / math.sqrt(d + 1))
    return values


def solved_curves(share_solved):
    """The student's curves for two methods on the sphere, some of whose runs end early."""

    def draw(axes, variables, longest, targets):
        levels = 10.0 ** np.linspace(1, -6, targets)
        budgets = np.unique(np.geomspace(1, 400, 40).astype(int)).tolist()
        ends = []
        for name, method, style, colour in (
            ("random search", _random_values, "--", OTHER),
            ("(1+1) with the 1/5 rule", _adapting_values, "-", LINE),
        ):
            rng = np.random.default_rng(variables)
            runs = [method(rng, variables, int(length) * variables)
                    for length in np.linspace(max(1, longest // 4), longest, 15)]  # fmt: skip
            shares = np.asarray(share_solved(runs, [variables] * 15, levels.tolist(), budgets), dtype=float)
            axes.step(budgets, shares, style, where="post", color=colour, label=name)
            ends.append(f"{name} {shares[-1]:.2f}")
        axes.set(xscale="log", xlabel="evaluations per variable", ylabel="share solved", ylim=(0, 1.15))
        axes.legend(loc="upper left", ncols=2)
        return (
            f"15 runs each, the shortest of {max(1, longest // 4)} and the longest of {longest} evaluations per "
            f"variable. Solved in the end: {', '.join(ends)}."
        )

    return slider_plot(draw, variables=(1, 10, 1, 3), longest=(4, 400, 4, 200), targets=(1, 30, 1, 15))


def price_of_patience(best_restart):
    """What one hit costs for each cutoff, and the cutoff that the student's function takes."""

    def draw(axes, spread, hopeless, setup):
        n = 200
        times = np.ceil(100 * np.exp(spread * np.random.default_rng(3).standard_normal(n)))
        times[: round(hopeless * n)] = np.inf
        cutoffs = np.unique(times[np.isfinite(times)])
        costs = [np.sum(np.minimum(times, cutoff) + setup) / np.sum(times <= cutoff) for cutoff in cutoffs]
        cutoff, cost = best_restart(times, setup)
        axes.plot(cutoffs, costs, color="0.5", label="expected cost of a hit")
        axes.plot(cutoff, cost, "s", color=OTHER, markersize=9, fillstyle="none", label="yours")
        axes.set(xscale="log", yscale="log", xlabel="cutoff, evaluations", ylabel="evaluations for one hit",
                 ylim=(0.7 * min(costs), 5 * max(costs)))  # fmt: skip
        axes.legend(loc="upper right")
        given_up = float(np.mean(times > cutoff))
        return (
            f"Yours: give up after {cutoff:.0f} evaluations. One hit costs {cost:.0f}, where the longest cutoff costs "
            f"{costs[-1]:.0f}; {given_up:.0%} of the runs are given up."
        )

    return slider_plot(draw, spread=(0.1, 3.0, 0.1, 1.5), hopeless=(0.0, 0.9, 0.05, 0.2), setup=(0, 500, 10, 50))


class _Leaping:
    """The squared distance to a minimum that leaps away after a number of evaluations."""

    def __init__(self, d, calls):
        self._minimum, self._calls = np.zeros(d), calls

    def __call__(self, x):
        self._calls -= 1
        if self._calls == -1:
            self._minimum = self._minimum + 2.0
        return float(np.sum((x - self._minimum) ** 2))


def stale_parents(aging_strategy):
    """How far the student's best parent is from a minimum that leaps away half-way."""

    def draw(axes, life, leap, seed):
        d, mu, n, generations = 4, 3, 12, 60
        rng = np.random.default_rng(seed)
        X, sigmas = np.full((mu, d), -2.0) + 0.1 * rng.standard_normal((mu, d)), np.full(mu, 0.5)
        X = X[np.argsort(np.sum(X**2, axis=1))]
        picks = rng.integers(mu, size=(generations, n))
        factors = np.exp(0.4 * rng.standard_normal((generations, n)))
        steps = rng.standard_normal((generations, n, d))
        distances, age = [], 0.0
        for g in range(generations + 1):
            fun = _Leaping(d, mu + leap * n)
            x, _, age = aging_strategy(fun, X, sigmas, picks[:g], factors[:g], steps[:g], life)
            distances.append(float(np.linalg.norm(x - (2.0 if g > leap else 0.0))))
        axes.plot(distances, "o-", color=LINE, markersize=3, label="your best parent")
        axes.axvline(leap, color=OTHER, linestyle="--", label="the minimum leaps away")
        axes.set(xlabel="generation", ylabel="distance to the minimum", yscale="log", ylim=(1e-5, 100))
        axes.legend(loc="upper center", ncols=2)
        return (
            f"A parent takes part in selections as long as its age is below {life}. In the end the best one is "
            f"{distances[-1]:.2g} from where the minimum is then, and it has the age {float(age):.0f}."
        )

    return slider_plot(draw, life=(1, 60, 1, 60), leap=(5, 50, 1, 25), seed=(0, 30, 1, 0))
