"""An explorer of intervals that shrink: who needs how many evaluations, and where they are made."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..loop import minimize
from ..problem import Problem
from . import style
from .goal import power_of_ten
from .sketch import Choice, Sketch, Slider, Steps

Run = dict[str, list[Any]]
BUDGETS = tuple(range(4, 15))
# Methods of the package by the name shown; ternary and dichotomous search stand beside them for comparison.
PACKAGE = {
    "Fibonacci": "fibonacci_search", "golden section": "golden_section_search", "Brent": "brent",
    "quadratic fit": "quadratic_fit_search", "bisection (slopes)": "bisection",
}  # fmt: skip
METHODS = ("Fibonacci", "golden section", "ternary", "dichotomous", "Brent", "quadratic fit", "bisection (slopes)")


def ternary(low: float, high: float) -> tuple[float, float]:
    """Ternary search's two new points: the thirds of the interval."""
    return low + (high - low) / 3, high - (high - low) / 3


def dichotomous(low: float, high: float) -> tuple[float, float]:
    """Dichotomous search's two new points: close to the middle, a 500th of the interval apart."""
    half = (high - low) / 1000
    return (low + high) / 2 - half, (low + high) / 2 + half


PAIRS = {"ternary": ternary, "dichotomous": dichotomous}


def run_in_pairs(problem: Problem, place: Callable[[float, float], tuple[float, float]], evaluations: int) -> Run:
    """A search that places two new points in each interval, and uses none of them again."""
    ((low, high),) = problem.bounds
    points: list[float] = []
    known = [[low, high]]
    while len(points) < evaluations:
        left, right = place(low, high)
        points += [left, right]
        known.append([low, high])
        low, high = (low, right) if problem.fun(left) < problem.fun(right) else (left, high)
        known.append([low, high])
    return _as_data(problem, points[:evaluations], known[: evaluations + 1])


def evaluated(problem: Problem, method: str, evaluations: int) -> list[tuple[float, float]]:
    """The points that a method evaluates, in order, each with its value (for bisection with its slope)."""
    seen: list[tuple[float, float]] = []

    def watch(function: Callable[[Any], Any] | None) -> Callable[[float], float]:
        assert function is not None

        def watched(x: float) -> float:
            seen.append((float(x), float(function(x))))
            return seen[-1][1]

        return watched

    by_slope = method == "bisection"
    observed = Problem(
        problem.fun if by_slope else watch(problem.fun),
        watch(problem.gradient) if by_slope else None,
        bounds=problem.bounds,
    )
    options: dict[str, Any] = {"tolerance": 1e-12} if method != "fibonacci_search" else {"evaluations": evaluations}
    minimize(observed, method=method, max_evaluations=evaluations, **options)
    return seen[:evaluations]


def known_interval(points: Sequence[tuple[float, float]], low: float, high: float, slopes: bool = False) -> list[float]:
    """Where the minimum of a unimodal function can still be: between the neighbours of the lowest point.

    Of several equally low ones, all are kept. With ``slopes`` the second numbers are slopes: between the last
    negative and the first positive one.
    """
    if slopes:
        left = [x for x, slope in points if slope <= 0]
        right = [x for x, slope in points if slope >= 0]
        return [max([low, *left]), min([high, *right])]
    if not points:
        return [low, high]
    lowest = min(value for _, value in points)
    best = [x for x, value in points if value == lowest]
    return [
        max([low, *(x for x, _ in points if x < min(best))]),
        min([high, *(x for x, _ in points if x > max(best))]),
    ]


def run(problem: Problem, method: str, evaluations: int) -> Run:
    """A method's points with their values, and what is known after 0, 1, 2, ... evaluations."""
    if method in PAIRS:
        return run_in_pairs(problem, PAIRS[method], evaluations)
    points = evaluated(problem, PACKAGE[method], evaluations)
    ((low, high),) = problem.bounds
    slopes = PACKAGE[method] == "bisection"
    known = [known_interval(points[:count], low, high, slopes) for count in range(len(points) + 1)]
    return _as_data(problem, [x for x, _ in points], known)


def _as_data(problem: Problem, points: list[float], known: list[list[float]]) -> Run:
    return {
        "x": [round(float(x), 6) for x in points],
        "fun": [round(float(problem.fun(x)), 6) for x in points],
        "interval": [[round(float(end), 7) for end in ends] for ends in known],
    }


def guarantee(evaluations: int) -> float:
    """The part of the interval below which no placing of so many evaluations can promise to come: 1 / F(n + 1)."""
    a, b = 1, 1
    for _ in range(evaluations - 1):
        a, b = b, a + b
    return 1 / b if evaluations > 0 else 1.0


def curves() -> dict[str, Problem]:
    """The curves: smooth, with a kink, flat at the bottom, and one with two minima."""

    def problem(fun: Callable[[float], float], slope: Callable[[float], float], at: float) -> Problem:
        return Problem(fun, slope, bounds=[(0.0, 6.0)], x_opt=at)

    def waves(x: float) -> float:
        return 1.5 + math.sin(1.9 * x + 1.6) + 0.12 * (x - 4.5) ** 2

    def waves_slope(x: float) -> float:
        return 1.9 * math.cos(1.9 * x + 1.6) + 0.24 * (x - 4.5)

    grid = np.linspace(0, 6, 60001)
    return {
        "smooth": problem(
            lambda x: math.exp(0.5 * (x - 3.7)) - 0.5 * (x - 3.7), lambda x: (math.exp(0.5 * (x - 3.7)) - 1) / 2, 3.7
        ),
        "kink": problem(lambda x: max(4.1 - x, 0.2 * (x - 4.1)), lambda x: -1.0 if x < 4.1 else 0.2, 4.1),
        "flat": problem(lambda x: 0.05 * (x - 3.4) ** 4, lambda x: 0.2 * (x - 3.4) ** 3, 3.4),
        "two minima": problem(waves, waves_slope, float(grid[np.argmin([waves(x) for x in grid])])),
    }  # fmt: skip


def intervals(*, id: str = "intervals", title: str = "Intervals that shrink") -> Sketch:
    """Choose a method, a curve and a budget, and walk through the evaluations.

    The runs are the package's own; ternary and dichotomous search stand beside them for comparison. The interval
    shown is what is known of a unimodal function: between the neighbours of the lowest point seen.
    """
    problems = curves()
    grid = np.linspace(0, 6, 241)
    data = {
        "window": [0.0, 6.0],
        "curves": {
            name: {
                "x": [round(x, 3) for x in grid], "best": float(p.x_opt),
                "y": [round(float(p.fun(float(x))), 4) for x in grid],
            }
            for name, p in problems.items()
        },
        "runs": {
            name: {
                method: [run(p, method, n) for n in BUDGETS] if method == "Fibonacci" else run(p, method, BUDGETS[-1])
                for method in METHODS
            }
            for name, p in problems.items()
        },
        "budgets": list(BUDGETS),
        "bound": [guarantee(n) for n in range(BUDGETS[-1] + 1)],
    }  # fmt: skip
    controls = (
        Choice("method", "Method", METHODS, "golden section"),
        Choice("curve", "Curve", tuple(problems), "smooth"),
        Choice("rival", "Compare with", ("nothing", *METHODS), "nothing"),
        Slider("budget", "Evaluations allowed", BUDGETS, 9),
        Steps(BUDGETS[-1], 5),
    )
    return Sketch(
        "intervals", id=id, title=title, controls=controls, data=data,
        goal="On the curve with the kink, with values alone, make the interval less than a fiftieth of its length in "
        "9 evaluations.",
        describe=lambda state: describe(data, state), still=lambda state: still(data, state),
    )  # fmt: skip


def shown_run(data: Mapping[str, Any], state: Mapping[str, Any], method: str | None = None) -> tuple[Any, int]:
    """The run chosen, and how many of its evaluations are shown."""
    name = method or state["method"]
    chosen = data["runs"][state["curve"]][name]
    if name == "Fibonacci":
        chosen = chosen[data["budgets"].index(int(state["budget"]))]
    return chosen, min(int(state["step"]), int(state["budget"]), len(chosen["x"]))


def describe(data: Mapping[str, Any], state: Mapping[str, Any]) -> str:
    """What is shown, in a sentence."""
    chosen, count = shown_run(data, state)
    low, high = chosen["interval"][count]
    first = data["window"][1] - data["window"][0]
    return (
        f"{state['method'].capitalize()} on the curve “{state['curve']}”: after {count} evaluations the interval "
        f"is [{low:.3f}, {high:.3f}], {power_of_ten((high - low) / first)} of the first."
    )


def still(data: Mapping[str, Any], state: Mapping[str, Any]) -> Any:
    """The explorer for print: the curve with its evaluations above, the intervals below."""
    from matplotlib.figure import Figure

    chosen, count = shown_run(data, state)
    curve = data["curves"][state["curve"]]
    figure = Figure(figsize=(6.2, 5.2), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    above.plot(curve["x"], curve["y"], color=style.COLOURS[1], ls="-")
    for k in range(count):
        above.plot(chosen["x"][k], chosen["fun"][k], "o", color=style.COLOURS[0])
        above.annotate(str(k + 1), (chosen["x"][k], chosen["fun"][k]), (0, 6), textcoords="offset points", ha="center")
    above.axvspan(*chosen["interval"][count], color=style.COLOURS[2], alpha=0.2, lw=0)
    above.set(ylabel="value", title=f"{state['method']}, {count} evaluations")
    below.hlines(range(count + 1), *np.transpose(chosen["interval"][: count + 1]), color=style.COLOURS[2], lw=5)
    below.axvline(curve["best"], color=style.INK, ls="--", lw=1)
    below.set(xlabel="$x$", ylabel="evaluations made", xlim=data["window"])
    below.invert_yaxis()
    return figure
