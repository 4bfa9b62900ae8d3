"""Who survives in NSGA-II, where the crowd is thinned out one by one."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Misconception
from . import plots


def thinned(F, keep):
    chosen, left = list[int](), list(range(len(F)))
    for _ in range(keep):
        front = [i for i in left if not any(all(F[j] <= F[i]) and any(F[j] < F[i]) for j in left)]
        left = [i for i in left if i not in front]
        chosen = chosen + front
        if len(chosen) >= keep:
            break
    for _ in range(len(chosen) - keep):
        crowding = np.zeros(len(front))
        for values in F[front].T:
            order = np.argsort(values)
            gaps = values[order[2:]] - values[order[:-2]]
            crowding[order[1:-1]] += gaps / (max(values) - min(values))
            crowding[order[[0, -1]]] = np.inf
        chosen.remove(front.pop(np.argmin(crowding)))
    return sorted(chosen)


def _ranks(F, strictly=False):
    """Rank of each point."""
    n = len(F)
    ranks, rank, left = [0] * n, 0, set(range(n))
    while left:

        def beaten(i):
            rows = [F[j] for j in left if j != i]  # noqa: B023
            if strictly:
                return any((row < F[i]).all() for row in rows)
            return any((row <= F[i]).all() and (row < F[i]).any() for row in rows)

        front = {i for i in left if not beaten(i)}
        for i in front:
            ranks[i] = rank
        left, rank = left - front, rank + 1
    return ranks


def _crowding(F, scaled=True, ends=True):
    """Room of each point; without ``ends`` the outermost have the gap to their one neighbour."""
    total = np.zeros(len(F))
    for k in range(F.shape[1]):
        order = sorted(range(len(F)), key=lambda i: F[i, k])
        width = F[order[-1], k] - F[order[0], k] if scaled else 1.0
        for before, here, after in zip(order, order[1:], order[2:], strict=False):
            total[here] += (F[after, k] - F[before, k]) / width
        if ends:
            total[order[0]] = total[order[-1]] = np.inf
        elif len(F) > 1:
            total[order[0]] += (F[order[1], k] - F[order[0], k]) / width
            total[order[-1]] += (F[order[-1], k] - F[order[-2], k]) / width
    return total


def _survive(F, keep, once=False, crowded=False, ranked=True, strictly=False, **crowding):
    ranks = _ranks(F, strictly) if ranked else [0] * len(F)
    chosen: list[int] = []
    for rank in range(max(ranks) + 1):
        front = [i for i in range(len(F)) if ranks[i] == rank]
        while len(chosen) + len(front) > keep:
            room = keep - len(chosen)
            spread = _crowding(F[front], **crowding)
            order = sorted(range(len(front)), key=lambda k: spread[k], reverse=crowded)
            drop = order[: len(front) - room] if once else order[:1]
            front = [i for k, i in enumerate(front) if k not in drop]
        chosen += front
        if len(chosen) == keep:
            break
    return sorted(chosen)


def thins_out_at_once(F, keep):
    return _survive(F, keep, once=True)


def keeps_the_crowd(F, keep):
    return _survive(F, keep, crowded=True)


def asks_the_crowd_only(F, keep):
    return _survive(F, keep, ranked=False)


def dominates_only_if_better_in_all(F, keep):
    return _survive(F, keep, strictly=True)


def maximises(F, keep):
    return _survive(-F, keep)


def forgets_to_scale(F, keep):
    return _survive(F, keep, scaled=False)


def lets_the_ends_go(F, keep):
    return _survive(F, keep, ends=False)


def fills_up_in_order(F, keep):
    ranks = _ranks(F)
    return sorted(sorted(range(len(F)), key=lambda i: ranks[i])[:keep])


def adds_up_the_objectives(F, keep):
    return sorted(int(i) for i in np.argsort(F.sum(axis=1), kind="stable")[:keep])


def thinned_by_ranks(F, keep):
    return _survive(F, keep)


def thinned_with_arrays(F, keep):
    no_worse = (F[:, None] <= F).all(axis=2)
    beats = no_worse & ~no_worse.T
    alive, chosen = np.ones(len(F), dtype=bool), np.zeros(len(F), dtype=bool)
    while chosen.sum() < keep:
        front = alive & ~(beats & alive[:, None]).any(axis=0)
        alive, members = alive & ~front, np.flatnonzero(front)
        while len(members) + chosen.sum() > keep:
            G = F[members]
            order = G.argsort(axis=0)
            crowding = np.zeros(G.shape)
            for k in range(G.shape[1]):
                line = G[order[:, k], k]
                ends = np.concatenate([[np.inf], (line[2:] - line[:-2]) / np.ptp(line), [np.inf]])
                crowding[order[:, k], k] = ends[: len(line)]
            members = np.delete(members, crowding.sum(axis=1).argmin())
        chosen[members] = True
    return np.flatnonzero(chosen)


def thinned_cases(rng):
    def front(n, scale=1.0):
        t = np.sort(rng.beta(0.6, 0.9, size=n))
        return rng.permutation(np.column_stack([t + 2, scale * (1 - np.sqrt(t)) - 3]))

    pairs = np.array([0.08, 2.0, 2.1, 4.0, 6.0, 8.0, 8.1, 10.05])
    line = np.array([[0.0, 6.0], [1.0, 4.0], [2.0, 3.0], [3.0, 1.5], [5.0, 0.0]])
    return [
        {"F": line, "keep": 3},
        {"F": line, "keep": 5},
        {"F": np.array([[3.0, 3.0], [1.0, 1.0], [2.0, 2.0]]), "keep": 2},  # each a front of its own
        {"F": np.array([[92.0, 480.0], [90.0, 1000.0], [99.0, 460.0], [91.0, 500.0], [100.0, 0.0]]), "keep": 4},
        {"F": np.array([[1.0, 2.0], [1.0, 1.0], [2.0, 0.5], [1.0, 1.0], [0.5, 3.0]]), "keep": 4},  # two are the same
        {"F": np.array([[2.0, 2.0], [1.0, 2.0], [2.0, 1.0], [3.0, 0.5]]), "keep": 3},
        {"F": np.array([[5.0, 3.0], [3.0, 4.0], [4.0, 3.5]]), "keep": 2},
        {"F": np.column_stack([pairs, 10 - pairs]), "keep": 6},  # one of each pair must go
        {"F": np.array([[3.0, 1.0], [0.0, 4.0], [4.0, 0.0], [2.0, 2.0], [1.0, 3.0]]), "keep": 4},  # all have as much
        {"F": np.array([[1.0, 2.0], [2.0, 1.0], [3.0, 3.0]]), "keep": 1},  # two ends
        {"F": np.array([[1.0, 1.0], [1.0, 1.0], [2.0, 3.0], [3.0, 2.0]]), "keep": 2},  # the same does not dominate
        # A point far out that is not of the front: its gaps must not count.
        {"F": np.array([[7.0, 4.0], [3.0, 9.0], [40.0, 12.0], [2.0, 10.0], [10.0, 2.0], [4.0, 5.0]]), "keep": 4},
        # The fifth is dominated by three, but all of the first front; the seventh by two, one of the second.
        {"F": np.array([[0, 5], [1, 1], [3, 0], [2, 0.5], [4, 1.2], [1.5, 1.6], [1.6, 1.7]]), "keep": 6},
        # In three objectives the end with the largest values need not be the other end anywhere.
        {"F": np.array([[9.0, 1, 9], [0, 4, 6], [4, 3, 5], [5, 0, 2], [1, 6, 4]]), "keep": 3},
        {"F": front(9, 10.0), "keep": 5},
        {"F": front(16, 0.1), "keep": 6},
        {"F": rng.random((14, 2)) + 1, "keep": 7},
        {
            "F": np.vstack([front(8, 5.0), front(8, 5.0) + np.array([0.3, 1.0]), front(6, 5.0) + np.array([0.8, 2.0])]),
            "keep": 13,
        },
        {"F": rng.standard_normal((20, 3)) * [1.0, 5.0, 0.2], "keep": 9},
    ]


THINNED = Exercise(
    name="evolutionary_swarm.thinned",
    title="Thinning out the crowd",
    points=3,
    difficulty="challenge",
    hint="Fill up front by front until there are enough or too many. Then, as long as there are too many, compute the "
    "crowding distances of those of the last front that are still there, and drop the smallest.",
    reference=thinned,
    instances=thinned_cases,
    misconceptions=(
        Misconception(
            thins_out_at_once,
            "You compute the distances once. When a point goes, its neighbours have more room: compute them anew.",
        ),
        Misconception(keeps_the_crowd, "Who has *little* room goes: drop the smallest crowding distance."),
        Misconception(
            asks_the_crowd_only, "Room is asked for only within the last front: better fronts survive as a whole."
        ),
        Misconception(
            dominates_only_if_better_in_all,
            "To dominate it is enough to be better in *one* objective and worse in none.",
        ),
        Misconception(maximises, "Low is good, in every objective."),
        Misconception(
            forgets_to_scale, "Divide each gap by the width of the front in that objective, else large units decide."
        ),
        Misconception(lets_the_ends_go, "The ends of a front have infinite room: they are the last to go."),
        Misconception(
            fills_up_in_order, "Where the last front does not fit, room decides who survives, not the number."
        ),
        Misconception(
            adds_up_the_objectives, "The sum of the objectives depends on their units: ask who dominates whom."
        ),
    ),
    alternatives=(thinned_by_ranks, thinned_with_arrays),
    equivalent_mutants={
        "for _ in range(keep + 1):": "each front has a member at least, so keep fronts are enough",
        "if len(chosen) > keep:": "the front that comes on top is dropped again as a whole",
        "chosen, left = (list[int](), range(len(F)))": "a range can be walked through as well as a list",
        "crowding = -np.zeros(len(front))": "zero has no sign here",
        "crowding = np.ones(len(front))": "one more for all changes no order",
        "crowding[order[[-1, 0]]] = np.inf": "both ends get the same",
    },
    play=plots.thinned_front,
)
