"""Annealing on a ring of places: its exact chances, and a run to be repaired."""

from __future__ import annotations

import math

import numpy as np

from ..exercise import Exercise, Misconception
from . import plots

# --- the chances of every place ---------------------------------------------------------------------------------------


def annealing_chances(heights, chances, temperatures):
    for T in temperatures:
        new = chances.copy()
        for side in (-1, 1):
            rise = np.maximum(np.roll(heights, -side) - heights, 0)
            moved = chances / 2 * np.exp(-rise / T)
            new = new - moved + np.roll(moved, side)
        chances = new
    return chances


def _step(heights, T, rule, ring=True):
    """The matrix of one step: entry (i, j) is the chance to go from i to j; what is not moved stays."""
    n = len(heights)
    P = np.zeros((n, n))
    for i in range(n):
        for j in (i - 1, i + 1):
            if ring or 0 <= j < n:
                P[i, j % n] += rule((heights[j % n] - heights[i]) / T) / 2
    return P


def metropolis(ratio):
    return math.exp(-max(0.0, ratio))


def _staying(P):
    return P + np.diag(1 - P.sum(axis=1))


def loses_those_who_stay(heights, chances, temperatures):
    for T in temperatures:
        chances = chances @ _step(heights, T, metropolis)
    return chances


def always_moves(heights, chances, temperatures):
    """Scales the chances of the two neighbours so that they sum to one."""
    for T in temperatures:
        P = _step(heights, T, metropolis)
        chances = chances @ (P / P.sum(axis=1, keepdims=True))
    return chances


def walls_off_the_ends(heights, chances, temperatures):
    for T in temperatures:
        chances = chances @ _staying(_step(heights, T, metropolis, ring=False))
    return chances


def takes_each_neighbour_for_sure(heights, chances, temperatures):
    """Forgets that each neighbour is proposed with probability one half."""
    for T in temperatures:
        chances = chances @ _staying(2 * _step(heights, T, metropolis))
    return chances


def accepts_by_barkers_rule(heights, chances, temperatures):
    for T in temperatures:
        chances = chances @ _staying(_step(heights, T, lambda ratio: 1 / (1 + math.exp(min(ratio, 700)))))
    return chances


def goes_the_wrong_way_through_the_matrix(heights, chances, temperatures):
    for T in temperatures:
        chances = _staying(_step(heights, T, metropolis)) @ chances
    return chances


def climbs_instead(heights, chances, temperatures):
    return annealing_chances(-heights, chances, temperatures)


def jumps_to_the_equilibrium(heights, chances, temperatures):
    weights = np.exp(-(heights - heights.min()) / temperatures[-1])
    return weights / weights.sum()


def keeps_the_first_temperature(heights, chances, temperatures):
    return annealing_chances(heights, chances, [temperatures[0]] * len(temperatures))


def annealing_chances_by_matrix(heights, chances, temperatures):
    for T in temperatures:
        chances = chances @ _staying(_step(heights, T, metropolis))
    return chances


def annealing_chances_place_by_place(heights, chances, temperatures):
    n, now = len(heights), list(chances)
    for T in temperatures:
        after = [0.0] * n
        for i in range(n):
            for j in ((i + 1) % n, (i - 1) % n):
                accepted = 1.0 if heights[j] <= heights[i] else math.exp((heights[i] - heights[j]) / T)
                after[j] += 0.5 * accepted * now[i]
                after[i] += 0.5 * (1 - accepted) * now[i]
        now = after
    return now


def annealing_chances_cases(rng):
    def spread(n):
        shares = rng.exponential(size=n)
        return shares / shares.sum()

    return [
        {"heights": np.array([0.0, 1.0, 2.0]), "chances": np.array([1.0, 0.0, 0.0]), "temperatures": np.array([1.0])},
        {"heights": np.array([0.0, 1.0, 5.0, 2.0]), "chances": np.array([0.0, 0.0, 1.0, 0.0]),
         "temperatures": np.array([2.0])},
        {"heights": np.array([1.0, 1.0, 3.0, 0.0]), "chances": np.array([0.25, 0.5, 0.25, 0.0]),
         "temperatures": np.array([2.0, 0.5])},
        {"heights": rng.uniform(0, 4, size=5), "chances": spread(5), "temperatures": 3 * 0.7 ** np.arange(6.0)},
        {"heights": rng.uniform(0, 4, size=9), "chances": np.eye(9)[0], "temperatures": 2 / np.arange(1.0, 41.0)},
        {"heights": rng.uniform(-3, 3, size=12), "chances": spread(12), "temperatures": np.linspace(4, 0.05, 60)},
    ]  # fmt: skip


ANNEALING_CHANCES = Exercise(
    name="stochastic.annealing_chances",
    title="The chances of a cooling walker",
    points=3,
    difficulty="core",
    hint="Follow what is at one place: half of it looks left, half right. Of each half the accepted part arrives at "
    "the "
    "neighbour, and the rest stays. Compute all from the chances before the step.",
    reference=annealing_chances,
    instances=annealing_chances_cases,
    misconceptions=(
        Misconception(
            loses_those_who_stay, "Your chances do not sum to 1: whoever does not accept the move stays where it is."
        ),
        Misconception(
            always_moves, "Your walker moves in every step. A move that is not accepted is *not* replaced by another."
        ),
        Misconception(walls_off_the_ends, "The places form a ring: the last and the first are neighbours."),
        Misconception(takes_each_neighbour_for_sure, "Each of the two neighbours is looked at with probability 1/2."),
        Misconception(
            accepts_by_barkers_rule,
            "That is another rule of acceptance. Here a move that is not uphill is accepted for sure.",
        ),
        Misconception(
            goes_the_wrong_way_through_the_matrix,
            "You average over where a walker would go to; add up what *arrives* at each place (transpose the matrix).",
        ),
        Misconception(climbs_instead, "Your walker prefers to go uphill: it is downhill that is accepted for sure."),
        Misconception(
            jumps_to_the_equilibrium,
            "Those are the chances after infinitely many steps at the last temperature; there are only a few steps.",
        ),
        Misconception(keeps_the_first_temperature, "Each step has a temperature of its own."),
    ),
    alternatives=(annealing_chances_by_matrix, annealing_chances_place_by_place),
    equivalent_mutants={
        "for side in (1, -1):": "which side comes first does not matter",
        "new = chances": "it is not changed in place",
        "return new": "there is at least one step",
        "rise = np.maximum(0, np.roll(heights, -side) - heights)": "the maximum has no order",
    },
    play=plots.cooling_crowd,
)

# --- a run to be repaired ---------------------------------------------------------------------------------------------


def ring_annealing(heights, start, moves, uniforms, temperature, factor, stage):
    here, best, uphill = start, start, 0
    for k in range(len(moves)):
        there = (here + moves[k]) % len(heights)
        rise = heights[there] - heights[here]
        if uniforms[k] < math.exp(-rise / temperature):
            here = there
            if rise > 0:
                uphill = uphill + 1
            if heights[here] < heights[best]:
                best = here
        if (k + 1) % stage == 0:
            temperature = temperature * factor
    return best, here, uphill


def _anneal(heights, start, moves, uniforms, temperature, factor, stage, wrong=()):
    here, best, uphill = start, start, 0
    for k, (move, u) in enumerate(zip(moves, uniforms, strict=True)):
        there = int((here + move) % len(heights))
        rise = heights[there] - heights[best if "best" in wrong else here]
        chance = math.exp(-rise / temperature) if rise > 0 else 1.0
        accepted = rise <= 0 or (u > chance if "turned" in wrong else u < chance)
        if accepted:
            here = there
            uphill += bool(rise > 0)
            if heights[here] < heights[best] or ("falls" in wrong and rise < 0):
                best = here
        if (k + 1) % stage == 0 and (accepted or "inside" not in wrong):
            temperature *= factor
    return best, here, uphill


def repairs_nothing(heights, start, moves, uniforms, temperature, factor, stage):
    return _anneal(heights, start, moves, uniforms, temperature, factor, stage, ("best", "turned", "inside", "falls"))


def still_compares_with_the_best(heights, start, moves, uniforms, temperature, factor, stage):
    return _anneal(heights, start, moves, uniforms, temperature, factor, stage, ("best",))


def still_accepts_the_wrong_ones(heights, start, moves, uniforms, temperature, factor, stage):
    return _anneal(heights, start, moves, uniforms, temperature, factor, stage, ("turned",))


def still_cools_after_accepted_moves_only(heights, start, moves, uniforms, temperature, factor, stage):
    return _anneal(heights, start, moves, uniforms, temperature, factor, stage, ("inside",))


def takes_every_fall_for_the_best(heights, start, moves, uniforms, temperature, factor, stage):
    return _anneal(heights, start, moves, uniforms, temperature, factor, stage, ("falls",))


def turns_the_comparison_only(heights, start, moves, uniforms, temperature, factor, stage):
    return _anneal(heights, start, moves, uniforms, temperature, factor, stage, ("best", "inside", "falls"))


def turns_and_compares_with_here(heights, start, moves, uniforms, temperature, factor, stage):
    return _anneal(heights, start, moves, uniforms, temperature, factor, stage, ("inside", "falls"))


def ring_annealing_in_stages(heights, start, moves, uniforms, temperature, factor, stage):
    return list(_anneal(heights, start, moves, uniforms, temperature, factor, stage))


def ring_annealing_from_its_path(heights, start, moves, uniforms, temperature, factor, stage):
    """Metropolis with logarithms; the best place is read off the path."""
    path, ups = [int(start)], 0
    for k in range(len(moves)):
        T = temperature * factor ** (k // stage)
        there = int(path[-1] + moves[k]) % len(heights)
        rise = float(heights[there] - heights[path[-1]])
        accepted = rise < -T * np.log(uniforms[k])
        ups += int(accepted and rise > 0)
        path.append(there if accepted else path[-1])
    return path[int(np.argmin(heights[path]))], path[-1], ups


def ring_annealing_cases(rng):
    def drawn(n, steps, temperature, factor, stage):
        heights = rng.uniform(0, 5, size=n)
        return {"heights": heights, "start": int(np.argmax(heights)), "moves": rng.choice([-2, -1, 1, 2], size=steps),
                "uniforms": rng.uniform(0.01, 0.99, size=steps), "temperature": temperature, "factor": factor,
                "stage": stage}  # fmt: skip

    def small(heights, start, moves, uniforms, stage=2):
        return {"heights": np.array(heights), "start": start, "moves": np.array(moves), "uniforms": np.array(uniforms),
                "temperature": 1.0, "factor": 0.5, "stage": stage}  # fmt: skip

    return [
        small([1.0, 2.0, 0.0], 0, [1, 1], [0.3, 0.9]),
        small([1.0, 2.0, 0.0, 3.0], 0, [1, -1, -1], [0.3, 0.8, 0.05]),
        small([0.0, 3.0, 2.0, 2.5], 0, [1, 1, 1], [0.04, 0.8, 0.4], stage=1),
        small([1.0, 1.0, 2.0, 3.0], 0, [1, 1, -1, -1], [0.5, 0.3, 0.8, 0.2], stage=3),
        small([2.0, 1.0, 1.0, 3.0], 0, [1, 1], [0.5, 0.5]),
        small([3.0, 0.0, 2.0, 1.0], 0, [1, 1, 1], [0.5, 0.1, 0.9], stage=5),
        drawn(6, 20, 2.0, 0.8, 4),
        drawn(9, 40, 3.0, 0.7, 5),
        drawn(15, 80, 4.0, 0.9, 3),
        drawn(30, 150, 2.5, 0.85, 10),
    ]


RING_ANNEALING = Exercise(
    name="stochastic.ring_annealing",
    title="An annealer with three faults",
    points=3,
    difficulty="core",
    hint="Follow the example by hand. Which height is a rise measured from? Which uniform numbers accept? When is it "
    "cooled? And when you have changed what a rise is: does everything that uses it still mean the same?",
    reference=ring_annealing,
    instances=ring_annealing_cases,
    misconceptions=(
        Misconception(repairs_nothing, "This behaves like the function as it was given: find its three faults."),
        Misconception(
            turns_the_comparison_only,
            "The uniform numbers are now compared the right way. Two faults are left: what is a rise, and when is it "
            "cooled?",
        ),
        Misconception(
            turns_and_compares_with_here,
            "Two faults are repaired. When is it cooled? And `rise < 0` once meant a new best; what does it mean now?",
        ),
        Misconception(
            still_compares_with_the_best, "A rise is measured from where the walker stands, not from the best place."
        ),
        Misconception(
            still_accepts_the_wrong_ones,
            "A uniform number is *below* p with probability p: yours accepts with 1 - p instead.",
        ),
        Misconception(
            still_cools_after_accepted_moves_only,
            "It is cooled after every `stage` tries, whether the last one was accepted or not.",
        ),
        Misconception(
            takes_every_fall_for_the_best,
            "Now that a rise is measured from where the walker stands, a fall need not be a new best: compare with the "
            "best.",
        ),
    ),
    alternatives=(ring_annealing_in_stages, ring_annealing_from_its_path),
    equivalent_mutants={
        "best = there": "the walker has arrived there",
        "for k in range(len(uniforms)):": "there is a uniform number for each move",
        "if heights[there] < heights[best]:": "the walker has arrived there",
        "if uniforms[k] <= math.exp(-rise / temperature):": "no uniform number is equal to a chance",
    },
)
