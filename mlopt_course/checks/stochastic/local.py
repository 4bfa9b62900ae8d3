"""Iterated local search on a ring of places."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Misconception
from . import plots


def iterated_search(heights, start, jumps, patience):
    n = len(heights)
    foot = list(range(n))  # where a descent ends: known for the lower places first
    for i in np.argsort(heights).tolist():
        foot[i] = foot[min(i, (i - 1) % n, (i + 1) % n, key=heights.__getitem__)]
    home, refused = foot[start], 0
    homes = [home]
    for jump in jumps:
        found = foot[(home + jump) % n]
        if heights[found] < heights[home] or refused == patience:
            home, refused = found, 0
        else:
            refused = refused + 1
        homes.append(home)
    return min(homes, key=heights.__getitem__), homes


def _descend(heights, i, steps=None):
    n = len(heights)
    for _ in range(n if steps is None else steps):
        i = min((i - 1) % n, i, (i + 1) % n, key=lambda k: heights[k])
    return int(i)


def _search(heights, start, jumps, patience, wrong=""):
    n = len(heights)
    home, refused = _descend(heights, start), 0
    here, homes = start % n, [home]
    if wrong == "raw":
        home = start
    for jump in jumps:
        origin = here if wrong == "last" else start if wrong == "start" else home
        here = (origin + jump) % n
        here = here if wrong == "no descent" else _descend(heights, here, 1 if wrong == "one step" else None)
        if wrong == "always" or heights[here] < heights[home]:
            home, refused = here, 0
        elif wrong != "better only" and refused >= patience - (wrong == "impatient"):
            home, refused = here, refused if wrong == "never resets" else 0
        else:
            refused += 1
        homes.append(home)
    return min(homes, key=lambda k: heights[k]), homes


def accepts_everything(heights, start, jumps, patience):
    return _search(heights, start, jumps, patience, "always")


def accepts_only_better(heights, start, jumps, patience):
    return _search(heights, start, jumps, patience, "better only")


def accepts_one_too_early(heights, start, jumps, patience):
    return _search(heights, start, jumps, patience, "impatient")


def jumps_from_refused_minima(heights, start, jumps, patience):
    return _search(heights, start, jumps, patience, "last")


def jumps_from_the_start(heights, start, jumps, patience):
    return _search(heights, start, jumps, patience, "start")


def does_not_descend_after_a_jump(heights, start, jumps, patience):
    return _search(heights, start, jumps, patience, "no descent")


def descends_by_one_step(heights, start, jumps, patience):
    return _search(heights, start, jumps, patience, "one step")


def stays_impatient(heights, start, jumps, patience):
    return _search(heights, start, jumps, patience, "never resets")


def returns_the_last_home(heights, start, jumps, patience):
    _, homes = _search(heights, start, jumps, patience)
    return homes[-1], homes


def iterated_search_with_helpers(heights, start, jumps, patience):
    return list(_search(heights, start, jumps, patience))


def iterated_search_for_all_places_at_once(heights, start, jumps, patience):
    """Every place walks to the lowest of its neighbourhood until none moves; then jumps are looked up."""
    n = len(heights)
    places = np.arange(n)
    near = np.stack([np.roll(places, 1), places, np.roll(places, -1)])
    foot = near[np.argmin(heights[near], axis=0), places]
    while (foot[foot] != foot).any():
        foot = foot[foot]
    homes, in_vain = [foot[start]], 0
    for jump in jumps:
        found = foot[int(homes[-1] + jump) % n]
        good = heights[found] < heights[homes[-1]] or in_vain == patience
        in_vain = 0 if good else in_vain + 1
        homes.append(found if good else homes[-1])
    return homes[int(np.argmin(heights[homes]))], np.array(homes)


def iterated_search_cases(rng):
    def drawn(n, count, reach, patience):
        x = np.arange(n)
        heights = 3 * np.cos(2 * np.pi * x / n + rng.uniform(0, 6)) + rng.uniform(0, 4, size=n)
        return {"heights": heights, "start": int(np.argmax(heights)), "jumps": rng.integers(-reach, reach + 1, count),
                "patience": patience}  # fmt: skip

    ring = np.array([3.0, 1.0, 4.0, 0.0, 6.0, 2.0, 5.0, 7.0])
    return [
        {"heights": ring, "start": 6, "jumps": np.array([-4]), "patience": 2},
        {"heights": ring, "start": 6, "jumps": np.array([-4, 3, 1]), "patience": 1},
        {"heights": ring, "start": 7, "jumps": np.array([3, -1, 1, 5, 2, -2]), "patience": 2},
        {"heights": np.array([5.0, 4.0, 3.0, 2.0, 1.0, 6.0, 0.5]), "start": 0, "jumps": np.array([3, -3]),
         "patience": 1},
        drawn(14, 12, 4, 2),
        drawn(25, 30, 7, 3),
        drawn(40, 60, 6, 4),
        drawn(60, 80, 20, 5),
    ]  # fmt: skip


ITERATED_SEARCH = Exercise(
    name="stochastic.iterated_search",
    title="Jump, descend, and decide",
    points=3,
    difficulty="core",
    hint="Write the descent as a function of its own first: go to the lowest of the place and its two neighbours until "
    "nothing changes. Then there are only a home and a count of refusals to keep.",
    reference=iterated_search,
    instances=iterated_search_cases,
    misconceptions=(
        Misconception(
            accepts_everything, "You accept every minimum: one that is not lower is refused as long as patience lasts."
        ),
        Misconception(
            accepts_only_better,
            "You accept lower minima only. After `patience` refusals in a row the next minimum is accepted in any "
            "case.",
        ),
        Misconception(
            accepts_one_too_early, "There must have been `patience` refusals *before* the one that is accepted anyway."
        ),
        Misconception(jumps_from_refused_minima, "After a refusal the next jump starts from home again."),
        Misconception(jumps_from_the_start, "Jumps lead away from home, the minimum that was accepted last."),
        Misconception(does_not_descend_after_a_jump, "Descend from where the jump lands before you compare heights."),
        Misconception(descends_by_one_step, "The descent goes on until both neighbours are higher."),
        Misconception(stays_impatient, "After accepting in any case the count of refusals begins at 0 again."),
        Misconception(
            returns_the_last_home, "The homes are right. The first value is the *lowest* of them, not the last."
        ),
    ),
    alternatives=(iterated_search_with_helpers, iterated_search_for_all_places_at_once),
    equivalent_mutants={
        "foot = list(range(n + 1))": "the entry behind the last place is never read",
        "foot[i] = foot[min((i - 1) % n, i, (i + 1) % n, key=heights.__getitem__)]": "all heights are different",
        "foot[i] = foot[min(i, (i + 1) % n, (i - 1) % n, key=heights.__getitem__)]": "all heights are different",
        "foot[i] = foot[min(i, i - 1, (i + 1) % n, key=heights.__getitem__)]": "in Python -1 is the last place, too",
        "for i in np.argsort(heights):": "NumPy's whole numbers are as good as Python's",
    },
    play=plots.jumping_home,
)
