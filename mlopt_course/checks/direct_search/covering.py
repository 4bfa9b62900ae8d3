"""How well a set of directions covers the plane."""

from __future__ import annotations

import itertools
import math

import numpy as np

from ..exercise import Exercise, Misconception
from . import plots


def cosine_measure(directions):
    angles = np.sort(np.arctan2(directions[:, 1], directions[:, 0]))
    gaps = np.diff(angles, append=angles[0] + 2 * math.pi)
    return math.cos(gaps.max() / 2)


def forgets_the_gap_across_the_cut(directions):
    angles = np.sort(np.arctan2(directions[:, 1], directions[:, 0]))
    return math.cos(np.diff(angles).max(initial=0) / 2)


def takes_the_whole_gap(directions):
    return math.cos(2 * math.acos(cosine_measure(directions)))


def lets_long_directions_count_more(directions):
    turns = np.linspace(0, 2 * math.pi, 3601)
    return float((directions @ np.array([np.cos(turns), np.sin(turns)])).max(axis=0).min())


def tries_the_axes_only(directions):
    unit = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    return float((unit @ np.array([[1.0, 0.0, -1.0, 0.0], [0.0, 1.0, 0.0, -1.0]])).max(axis=0).min())


def takes_the_widest_pair(directions):
    unit = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    return math.cos(math.acos(max(-1.0, float((unit @ unit.T).min()))) / 2)


def never_goes_below_zero(directions):
    return max(0.0, cosine_measure(directions))


def returns_an_angle(directions):
    return math.degrees(math.acos(cosine_measure(directions)))


def cosine_measure_by_candidates(directions):
    """The worst vector is as far from one direction as from another, or opposite to the only one."""
    unit = directions / np.hypot(*directions.T)[:, None]
    worst = [-p for p in unit]
    for p, q in itertools.combinations(unit, 2):
        across = np.array([q[1] - p[1], p[0] - q[0]])
        length = np.linalg.norm(across)
        if length > 1e-12:
            worst += [across / length, -across / length]
    return min((unit @ v).max() for v in worst)


def cosine_measure_with_complex_numbers(directions):
    turns = sorted(np.angle(directions[:, 0] + 1j * directions[:, 1]) % (2 * np.pi))
    widest = 2 * np.pi - turns[-1] + turns[0]
    for before, after in itertools.pairwise(turns):
        widest = max(widest, after - before)
    return np.cos(0.5 * widest)


def cosine_measure_cases(rng):
    def at(*degrees):
        turns = np.radians(degrees)
        return rng.uniform(0.5, 3, size=(len(degrees), 1)) * np.column_stack([np.cos(turns), np.sin(turns)])

    return [
        {"directions": np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])},
        {"directions": np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]])},
        {"directions": np.array([[1.0, 0.0], [0.0, 1.0]])},
        {"directions": np.array([[0.0, -2.0]])},
        {"directions": at(150, -140, 10, -60)},
        {"directions": at(20, 80, 100)},
        {"directions": at(*rng.uniform(-180, 180, size=3))},
        {"directions": at(*rng.uniform(-180, 180, size=6))},
        {"directions": at(*(rng.uniform(0, 360) + np.array([240.0, 0.0, 120.0])))},
    ]


COSINE_MEASURE = Exercise(
    name="direct_search.cosine_measure",
    title="How well do directions cover the plane?",
    points=3,
    difficulty="core",
    hint="Walk round the circle. The worst vector stands in the middle of the widest gap between two neighbouring "
    "directions; do not forget the gap between the last and the first.",
    reference=cosine_measure,
    instances=cosine_measure_cases,
    misconceptions=(
        Misconception(
            forgets_the_gap_across_the_cut,
            "There is one more gap: from the last direction on, over the cut at 180 degrees, to the first.",
        ),
        Misconception(
            takes_the_whole_gap, "The worst vector stands in the *middle* of the gap: half of it to either side."
        ),
        Misconception(
            lets_long_directions_count_more, "The cosine of an angle does not depend on how long the directions are."
        ),
        Misconception(tries_the_axes_only, "The worst vector need not lie along an axis."),
        Misconception(
            takes_the_widest_pair,
            "The two directions that are furthest apart need not be neighbours: others may stand between them.",
        ),
        Misconception(
            never_goes_below_zero,
            "Where a gap is wider than a half-turn the cosine is negative: leave it so, for it says how badly.",
        ),
        Misconception(returns_an_angle, "Return the cosine, not the angle."),
    ),
    alternatives=(cosine_measure_by_candidates, cosine_measure_with_complex_numbers),
    equivalent_mutants={
        "angles = np.sort(np.arctan2(directions[:, -1], directions[:, 0]))": "in the plane the last is the second",
        "angles = np.sort(np.arctan2(directions[:, 0], directions[:, 1]))": "mirrored directions have the same gaps",
        "return math.cos(gaps.max() / -2)": "the cosine is even",
    },
    rtol=1e-7,
    atol=1e-7,
    play=plots.covered_circle,
)
