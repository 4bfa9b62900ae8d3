"""Search without looking back: a grid and a finer one, and draws from a space with conditions."""

from __future__ import annotations

import itertools
import math

import numpy as np

from ..exercise import Exercise, Misconception
from ..probes import Quadratic, Rosenbrock
from . import plots

# --- a grid, and a finer one ------------------------------------------------------------------------------------------


def refined_grid(fun, low, high, points):
    seen, below, above = {}, low, high
    spacing = (high - low) / (points - 1)
    for _ in range(2):
        for x in itertools.product(*np.linspace(below, above, points).T):
            seen[x] = fun(x)
        best = min(seen, key=lambda x: seen[x])
        below, above = np.maximum(best - spacing, low), np.minimum(best + spacing, high)
    return np.array(best), seen[best], len(seen)


def _refined(fun, low, high, points, wrong=""):
    def grid(below, above):
        return np.array(list(itertools.product(*np.linspace(below, above, points).T)))

    spacing = (high - low) / (points if wrong == "n gaps" else points - 1)
    if wrong == "half":
        spacing = spacing / 2
    first = grid(low, high)
    best = first[np.argmin([fun(x) for x in first])]
    if wrong == "once":
        return best, fun(best), len(first)
    below, above = best - spacing, best + spacing
    if wrong != "outside":
        below, above = np.maximum(below, low), np.minimum(above, high)
    second = grid(below, above)
    everything = second if wrong == "second only" else np.vstack([first, second])
    values = [fun(x) for x in everything]
    best = everything[np.argmin(values)]
    count = len(np.unique(np.vstack([first, second]), axis=0))
    return best, min(values), len(first) + len(second) if wrong == "twice" else count


def pays_twice_for_the_same(fun, low, high, points):
    return _refined(fun, low, high, points, "twice")


def leaves_the_box(fun, low, high, points):
    return _refined(fun, low, high, points, "outside")


def forgets_the_first_grid(fun, low, high, points):
    return _refined(fun, low, high, points, "second only")


def zooms_in_too_far(fun, low, high, points):
    return _refined(fun, low, high, points, "half")


def divides_by_the_points(fun, low, high, points):
    return _refined(fun, low, high, points, "n gaps")


def never_refines(fun, low, high, points):
    return _refined(fun, low, high, points, "once")


def walks_along_the_axes(fun, low, high, points):
    """As many points for each axis, added up instead of combined."""
    best, count = np.array(low, dtype=float), 0
    for _ in range(2):
        for i, axis in enumerate(np.linspace(low, high, points).T):
            trials = np.repeat(best[None], points, axis=0)
            trials[:, i] = axis
            best, count = trials[np.argmin([fun(x) for x in trials])], count + points
    return best, fun(best), count


def refined_grid_with_arrays(fun, low, high, points):
    return list(_refined(fun, low, high, points))


def refined_grid_by_counting(fun, low, high, points):
    """The shared points are counted on each axis: both neighbours, and the middle if the number is odd."""
    gap = (high - low) / (points - 1)
    places = np.indices((points,) * len(low)).reshape(len(low), -1).T
    first = low + places * gap
    centre = min(first, key=fun)
    left, right = np.maximum(centre - gap, low), np.minimum(centre + gap, high)
    second = left + places * (right - left) / (points - 1)
    best = min((centre, *second), key=fun)
    shared = [3 if wide and points % 2 else 2 for wide in right - left > 1.5 * gap]
    return tuple(best), fun(best), 2 * points ** len(low) - math.prod(shared)


def refined_grid_cases(rng):
    def bowl(A, lowest):
        A = np.array(A, dtype=float)
        return Quadratic(A, A @ np.array(lowest, dtype=float))

    def case(fun, low, high, points):
        return {"fun": fun, "low": np.array(low, dtype=float), "high": np.array(high, dtype=float), "points": points}

    x, y = rng.uniform(1.6, 2.9, size=2)
    return [
        case(bowl([[2]], [0.8]), [-4], [4], 5),
        case(bowl([[2]], [2.9]), [0], [9], 4),
        case(bowl([[2]], [-7]), [-4], [4], 5),
        case(bowl([[2, 0], [0, 2]], [1.3, -0.2]), [-2, -4], [2, 4], 5),
        case(bowl([[2, 1], [1, 6]], [9, 1.9]), [0, 0], [4, 8], 3),
        case(bowl([[2, 1.7], [1.7, 2]], [x, y]), [0, 0], [9, 9], 4),
        case(bowl([[2, -1.9], [-1.9, 2]], [y, 4 + x]), [0, 0], [8, 8], 5),
        case(Rosenbrock(), [-2, -1], [2, 3], 5),
        case(bowl(np.diag([1.0, 2.0, 3.0]), rng.uniform(-3, 3, size=3)), [-4, -4, -4], [4, 4, 4], 3),
    ]


REFINED_GRID = Exercise(
    name="hyperparameter_tuning.refined_grid",
    title="A grid, and a finer one",
    points=3,
    difficulty="core",
    hint="Keep a dict from points (as tuples) to values: a point that comes twice stands in it once. How far is it "
    "from one point to its neighbour? `itertools.product(*axes)` gives all combinations.",
    reference=refined_grid,
    instances=refined_grid_cases,
    misconceptions=(
        Misconception(
            pays_twice_for_the_same,
            "Some points of the finer grid have been evaluated before: count each point once.",
        ),
        Misconception(leaves_the_box, "The finer grid must not leave the box: cut it at `low` and `high`."),
        Misconception(
            forgets_the_first_grid,
            "The best point of the first grid need not belong to the second, and may be better than all of that.",
        ),
        Misconception(
            zooms_in_too_far,
            "The finer grid reaches from one *neighbour* of the best point to the other: a whole spacing to each side.",
        ),
        Misconception(divides_by_the_points, "With both ends included there is one gap less than there are points."),
        Misconception(never_refines, "This is the first grid. Now the finer one, around its best point."),
        Misconception(
            walks_along_the_axes,
            "You change one parameter after the other. A grid combines every value of one with every value of the "
            "others.",
        ),
    ),
    alternatives=(refined_grid_with_arrays, refined_grid_by_counting),
    equivalent_mutants={
        "below, above = (np.maximum(best - spacing, below), np.minimum(best + spacing, high))": "it is needed after "
        "the first round only, and then `below` is still `low`",
        "below, above = (np.maximum(best - spacing, low), np.minimum(best + spacing, above))": "it is needed after the "
        "first round only, and then `above` is still `high`",
        "below, above = (np.maximum(best - spacing, low), np.minimum(best + spacing, x))": "the last point of the "
        "first grid is `high`",
        "below, above = (np.maximum(best - spacing, low), np.minimum(high, best + spacing))": "the smaller of two has "
        "no order",
        "below, above = (np.maximum(low, best - spacing), np.minimum(best + spacing, high))": "the larger of two has "
        "no order",
        "below, above = (np.minimum(best + spacing, high), np.maximum(best - spacing, low))": "the same points, from "
        "the other end",
        "for x in itertools.product(*np.linspace(above, below, points).T):": "the same points, from the other end",
        "seen, below, above = ({}, high, low)": "the same points, from the other end",
        "spacing = (above - low) / (points - 1)": "at the start `above` is `high`",
        "spacing = (high - below) / (points - 1)": "at the start `below` is `low`",
        "return (best, seen[best], len(seen))": "a tuple of numbers is as good as an array",
    },
    play=plots.two_grids,
)

# --- draws from a space -----------------------------------------------------------------------------------------------


def draw_configs(space, draws, count):
    source, configs = iter(draws), []
    for _ in range(count):
        config: dict[str, object] = {}
        for parameter in space:
            parent, value = parameter.get("when", (None, None))
            if config.get(parent) != value:
                continue
            u, kind = next(source), parameter["kind"]
            if kind == "choice":
                low, high = 0, len(parameter["choices"])
            else:
                low, high = parameter["low"], parameter["high"] + ("whole" in kind)
            drawn = low * (high / low) ** u if "log" in kind else low + u * (high - low)
            if kind == "choice":
                drawn = parameter["choices"][int(drawn)]
            elif "whole" in kind:
                drawn = math.floor(drawn)
            config[parameter["name"]] = drawn
        configs.append(config)
    return configs


def _value(parameter, u, wrong=""):
    kind = parameter["kind"]
    if kind == "choice":
        return parameter["choices"][math.floor(u * len(parameter["choices"]))]
    low, high = parameter["low"], parameter["high"]
    if kind == "number" or (kind == "log" and wrong == "linear"):
        return low + u * (high - low)
    if kind == "log":
        return math.exp(math.log(low) + u * (math.log(high) - math.log(low)))
    if kind == "whole" or wrong == "linear":
        if wrong == "rounds":
            return round(low + u * (high - low))
        if wrong == "truncates":
            return int(low + u * (high + 1 - low))
        return low + int(u * (high + (wrong != "no last") - low))
    end = high + (wrong not in ("rounds", "no last"))
    exact = math.exp(math.log(low) + u * math.log(end / low))
    return round(exact) if wrong == "rounds" else math.floor(exact)


def _drawn(space, draws, count, wrong=""):
    position, configs = 0, []
    for _ in range(count):
        config: dict[str, object] = {}
        for parameter in space:
            active = "when" not in parameter or config.get(parameter["when"][0]) == parameter["when"][1]
            if active or wrong in ("wastes draws", "all there"):
                if active or wrong == "all there":
                    config[parameter["name"]] = _value(parameter, draws[position % len(draws)], wrong)
                position += 1
        configs.append(config)
        if wrong == "same draws":
            position = 0
    return configs


def draws_rates_evenly(space, draws, count):
    return _drawn(space, draws, count, "linear")


def rounds_whole_numbers(space, draws, count):
    return _drawn(space, draws, count, "rounds")


def truncates_below_zero(space, draws, count):
    return _drawn(space, draws, count, "truncates")


def never_draws_the_last(space, draws, count):
    return _drawn(space, draws, count, "no last")


def wastes_draws_on_what_is_not_there(space, draws, count):
    return _drawn(space, draws, count, "wastes draws")


def ignores_conditions(space, draws, count):
    return _drawn(space, draws, count, "all there")


def begins_with_the_same_draws(space, draws, count):
    return _drawn(space, draws, count, "same draws")


def draw_configs_by_a_helper(space, draws, count):
    return _drawn(space, draws, count)


def draw_configs_backwards(space, draws, count):
    """From a list that is emptied from its end, on a scale of its own for each kind."""
    left = list(draws)[::-1]

    def one():
        config: dict[str, object] = {}
        for p in space:
            if "when" in p and (p["when"][0] not in config or config[p["when"][0]] != p["when"][1]):
                continue
            u = left.pop()
            if p["kind"] == "choice":
                value = [c for i, c in enumerate(p["choices"]) if i <= u * len(p["choices"])][-1]
            elif p["kind"] == "whole":
                value = math.floor(p["low"] + u * (p["high"] - p["low"] + 1))
            elif p["kind"] == "log whole":
                value = int(np.exp((1 - u) * np.log(p["low"]) + u * np.log(p["high"] + 1)))
            elif p["kind"] == "log":
                value = 10 ** ((1 - u) * math.log10(p["low"]) + u * math.log10(p["high"]))
            else:
                value = (1 - u) * p["low"] + u * p["high"]
            config[p["name"]] = value
        return config

    return [one() for _ in range(count)]


def draw_configs_cases(rng):
    rate = {"name": "rate", "kind": "log", "low": 0.0001, "high": 1.0}
    momentum = {"name": "momentum", "kind": "number", "low": 0.5, "high": 0.99}
    layers = {"name": "layers", "kind": "whole", "low": 1, "high": 4}
    shift = {"name": "shift", "kind": "whole", "low": -3, "high": 2}
    width = {"name": "width", "kind": "log whole", "low": 2, "high": 300}
    optimiser = {"name": "optimiser", "kind": "choice", "choices": ["sgd", "adam", "none"]}
    network = [optimiser, {**momentum, "when": ("optimiser", "sgd")}, {**rate, "when": ("optimiser", "adam")},
               layers, {**width, "when": ("layers", 2)}, shift]  # fmt: skip
    nested = [optimiser, {**layers, "when": ("optimiser", "adam")}, {**width, "when": ("layers", 2)}, momentum]

    def case(space, draws, count):
        return {"space": space, "draws": np.array(draws, dtype=float), "count": count}

    return [
        case([rate], [0.5], 1),
        case([layers, momentum], [0.1, 0.5, 0.9, 0.0, 0.7, 0.25], 3),
        case([optimiser], [0.3, 0.35, 0.65, 0.7, 0.99], 5),
        case([shift], [0.05, 0.3, 0.45, 0.6, 0.72, 0.95], 6),
        case([width], [0.02, 0.13, 0.4, 0.7, 0.99], 5),
        case([optimiser, {**momentum, "when": ("optimiser", "sgd")}, layers], [0.2, 0.5, 0.3, 0.6, 0.9, 0.95, 0.1], 3),
        case(network, rng.uniform(0.001, 0.999, size=60), 8),
        case(nested, rng.uniform(0.001, 0.999, size=60), 12),
        case([rate, width, layers], rng.uniform(0.001, 0.999, size=45), 15),
    ]


DRAW_CONFIGS = Exercise(
    name="hyperparameter_tuning.draw_configs",
    title="Draws from a space with conditions",
    points=3,
    difficulty="core",
    hint="`iter(draws)` and `next` give one draw after the other. On a logarithmic scale the value is "
    "`low * (high / low)**u`. For whole numbers, draw a number from low to high + 1 and round it *down*.",
    reference=draw_configs,
    instances=draw_configs_cases,
    misconceptions=(
        Misconception(
            draws_rates_evenly,
            "You draw evenly where the scale is logarithmic: of rates from 0.0001 to 1, nine in ten would be above "
            "0.1.",
        ),
        Misconception(
            rounds_whole_numbers,
            "You round to the nearest whole number, so the first and the last get half of their share: round down, "
            "from low up to high + 1.",
        ),
        Misconception(
            truncates_below_zero,
            "`int` rounds towards zero, so below zero it rounds *up*, and the lowest number never comes: use "
            "`math.floor`.",
        ),
        Misconception(never_draws_the_last, "The last whole number never comes: it needs its share, up to high + 1."),
        Misconception(
            wastes_draws_on_what_is_not_there,
            "A parameter that is not there uses no draw: take the next one only when you need it.",
        ),
        Misconception(
            ignores_conditions, "A parameter whose condition does not hold is left out of the configuration."
        ),
        Misconception(
            begins_with_the_same_draws, "All your configurations use the same draws: go on where the last one ended."
        ),
    ),
    alternatives=(draw_configs_by_a_helper, draw_configs_backwards),
    play=plots.cloud_of_draws,
)
