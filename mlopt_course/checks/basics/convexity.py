"""Challenge: a chord that proves that a function is not convex. There are many right answers."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Misconception
from ..probes import Polynomial
from . import plots


def dented_chord(fun, low, high):
    grid = np.linspace(low, high, 1001)
    heights = np.array([fun(x) for x in grid])
    excess = heights[1:-1] - (heights[:-2] + heights[2:]) / 2
    middle = np.argmax(excess)
    return grid[middle], grid[middle + 2]


def joins_the_ends(fun, low, high):
    return low, high


def stands_on_the_hilltop(fun, low, high):
    grid = np.linspace(low, high, 1001)
    top = min(max(int(np.argmax([fun(x) for x in grid])), 1), 999)
    return grid[top - 1], grid[top + 1]


def surrounds_the_lowest_point(fun, low, high):
    grid = np.linspace(low, high, 1001)
    bottom = min(max(int(np.argmin([fun(x) for x in grid])), 1), 999)
    return grid[bottom - 1], grid[bottom + 1]


def looks_at_ten_points(fun, low, high):
    grid = np.linspace(low, high, 10)
    heights = np.array([fun(x) for x in grid])
    middle = int(np.argmax(heights[1:-1] - (heights[:-2] + heights[2:]) / 2))
    return grid[middle], grid[middle + 2]


def takes_the_deepest_bend(fun, low, high):
    grid = np.linspace(low, high, 1001)
    heights = np.array([fun(x) for x in grid])
    middle = int(np.argmin(heights[1:-1] - (heights[:-2] + heights[2:]) / 2))
    return grid[middle], grid[middle + 2]


def looks_for_a_fall(fun, low, high):
    grid = np.linspace(low, high, 1001)
    start = int(np.argmin(np.diff([fun(x) for x in grid])))
    return grid[start], grid[start + 1]


def dented_chord_by_all_pairs(fun, low, high):
    """Every pair of a grid, near or far, at once."""
    grid = np.linspace(low, high, 401)
    heights = fun(grid)
    middles = fun((grid[:, None] + grid) / 2)
    i, j = np.unravel_index(np.argmax(middles - (heights[:, None] + heights) / 2), middles.shape)
    return [grid[i], grid[j]]


def dented_chord_by_sliding_windows(fun, low, high):
    for parts in (10, 30, 100, 300, 1000):
        width = (high - low) / parts
        for k in range(2 * parts - 1):
            a, b = low + k * width / 2, low + k * width / 2 + width
            if b <= high and fun((a + b) / 2) > (fun(a) + fun(b)) / 2 + 1e-11 * (1 + abs(fun(a)) + abs(fun(b))):
                return float(a), float(b)
    return None


def proves_a_dent(instance, value):
    """True where the middle of the chord lies below the function; else a sentence on what is wrong."""
    fun, low, high = instance["fun"], instance["low"], instance["high"]
    ends = np.asarray(value, dtype=float)
    if ends.shape != (2,):
        return f"Return the two ends (a, b) of a chord; yours has the shape {ends.shape}."
    if not np.all((ends >= low) & (ends <= high)):
        return f"Both ends must be in [{low:g}, {high:g}]; yours are {ends[0]:.6g} and {ends[1]:.6g}."
    heights = fun(ends)
    excess = float(fun(ends.mean()) - heights.mean())
    if excess > 1e-12 * (1 + np.abs(heights).max()):
        return True
    return (
        f"From a = {ends[0]:.6g} to b = {ends[1]:.6g} the function lies {'below' if excess < 0 else 'on'} the middle "
        f"of its chord (by {abs(excess):.3g}), as a convex one does. Somewhere it bends the other way."
    )


def dent(center, width, offset, tilt=0.0):
    """A polynomial whose second derivative is negative exactly within ``width`` of ``center``."""
    x = np.polynomial.Polynomial([0.0, 1.0])
    bend = ((x - center) ** 2 - width**2) * (1 + (x - center - offset) ** 2)
    return Polynomial((bend.integ(2) + tilt * x).coef)


def dented_chord_cases(rng):
    def case(fun, low, high):
        return {"fun": fun, "low": float(low), "high": float(high)}

    return [
        case(Polynomial(np.array([0, 0, -1.0, 0, 1])), -2, 2),
        case(Polynomial(np.array([0, 0, 0, 1.0])), -0.25, 2),
        case(dent(0.25, 0.02, 0.5), -1, 1),
        case(dent(rng.uniform(-0.6, -0.3), rng.uniform(0.02, 0.04), 0.3, 2.0), -1, 1),
        case(dent(rng.uniform(0.2, 0.7), 0.03, -0.5, 12.0), -2, 1),
    ]


DENTED_CHORD = Exercise(
    name="basics.dented_chord",
    title="Proof by one chord",
    points=3,
    difficulty="challenge",
    hint="A chord whose ends are far from the dent misses it, and so does one that is much longer than the dent. Put a "
    "fine grid on the interval, and compare each grid point with the mean of its two neighbours: where is it the "
    "farthest above?",
    reference=dented_chord,
    instances=dented_chord_cases,
    misconceptions=(
        Misconception(
            joins_the_ends,
            "The chord from end to end proves nothing here: a function may lie below its longest chord and have a dent "
            "all the same. Try short chords, everywhere.",
        ),
        Misconception(
            stands_on_the_hilltop,
            "You look around the highest point. On an interval that is mostly an end, and the dent is elsewhere.",
        ),
        Misconception(
            surrounds_the_lowest_point,
            "You look around the lowest point: there every function bends upwards. Convexity fails where it bends "
            "downwards, which may be on a slope.",
        ),
        Misconception(
            looks_at_ten_points,
            "Your grid steps over the dent, which may be as narrow as a fiftieth of the interval: make it finer.",
        ),
        Misconception(
            takes_the_deepest_bend,
            "This is where the function bends *upwards* the most. You want the middle above the mean of the two ends.",
        ),
        Misconception(
            looks_for_a_fall,
            "You look for a slope; a convex function may fall or rise as steeply as it likes. What it may not do is "
            "bend downwards: compare three points, not two.",
        ),
    ),
    alternatives=(dented_chord_by_all_pairs, dented_chord_by_sliding_windows),
    accept=proves_a_dent,
    equivalent_mutants={
        "grid = np.linspace(high, low, 1001)": "the same grid from the other end",
        "grid = np.linspace(low, high, 1000)": "another fine grid",
        "grid = np.linspace(low, high, 1002)": "another fine grid",
        "grid = np.linspace(low, high, 2002)": "another fine grid",
        "return (grid[middle + 1], grid[middle + 2])": "a shorter chord over the same dent",
        "return (grid[middle + 2], grid[middle])": "the same chord from the other end",
        "return (grid[middle], grid[middle + 1])": "a shorter chord over the same dent",
        "return (grid[middle], grid[middle + 2 + 1])": "a longer chord over the same dent",
        "return (grid[middle], grid[middle + 2 - 1])": "a shorter chord over the same dent",
        "return (grid[middle], grid[middle + 3])": "a longer chord over the same dent",
        "return (grid[middle], grid[middle + 4])": "a longer chord over the same dent",
    },
    play=plots.chord_over_a_dent,
)
