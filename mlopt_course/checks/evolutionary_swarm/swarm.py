"""A swarm on a ring, in a box whose walls swallow speed."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Misconception
from ..probes import Quadratic
from ..quadratics import bowl
from . import plots


def ring_swarm(fun, X, V, draws, inertia, own, social, low, high):
    P, values = X.copy(), np.array([fun(x) for x in X])
    n = len(X)
    for r_own, r_social in draws:
        seen = [np.array([i - 1, i, (i + 1) % n]) for i in range(n)]
        leaders = np.array([P[three[np.argmin(values[three])]] for three in seen])
        V = inertia * V + own * r_own * (P - X) + social * r_social * (leaders - X)
        X = X + V
        V = np.where((low > X) | (high < X), 0.0, V)
        X = np.clip(X, low, high)
        for i in range(n):
            value = fun(X[i])
            if value < values[i]:
                P[i], values[i] = X[i], value
    return X, P


def _fly(fun, X, V, draws, inertia, own, social, low, high, wrong=""):
    n = len(X)
    P, best = [x.copy() for x in X], [fun(x) for x in X]
    for r_own, r_social in draws:
        now = [fun(x) for x in X] if wrong == "here" else best
        moved, speeds = [], []
        for i in range(n):
            seen = {"all": list(range(n)), "line": [k for k in (i - 1, i, i + 1) if 0 <= k < n],
                    "others": [(i - 1) % n, (i + 1) % n]}.get(wrong, [(i - 1) % n, i, (i + 1) % n])  # fmt: skip
            k = min(seen, key=now.__getitem__)
            leader = X[k] if wrong == "here" else P[k]
            one, two = r_own[i], r_social[i]
            if wrong == "one number":
                one, two = one[0], two[0]
            if wrong == "same number":
                two = one
            v = inertia * V[i] + own * one * (P[i] - X[i]) + social * two * (leader - X[i])
            x = X[i] + v
            outside = (x < low) | (x > high)
            if wrong == "bounces":
                v = np.where(outside, -v, v)
            elif wrong != "keeps speed":
                v = np.where(outside, 0.0, v)
            if wrong == "stops all" and outside.any():
                v = 0 * v
            moved.append(x if wrong == "no walls" else np.minimum(np.maximum(x, low), high))
            speeds.append(v)
        X, V = np.array(moved), np.array(speeds)
        for i in range(n):
            value = fun(X[i])
            if value < best[i] or wrong == "forgets":
                P[i], best[i] = X[i].copy(), value
    return X, np.array(P)


def sees_the_whole_swarm(fun, X, V, draws, inertia, own, social, low, high):
    return _fly(fun, X, V, draws, inertia, own, social, low, high, "all")


def cuts_the_ring(fun, X, V, draws, inertia, own, social, low, high):
    return _fly(fun, X, V, draws, inertia, own, social, low, high, "line")


def does_not_count_as_its_own_neighbour(fun, X, V, draws, inertia, own, social, low, high):
    return _fly(fun, X, V, draws, inertia, own, social, low, high, "others")


def looks_where_others_are_now(fun, X, V, draws, inertia, own, social, low, high):
    return _fly(fun, X, V, draws, inertia, own, social, low, high, "here")


def draws_one_number_for_all_coordinates(fun, X, V, draws, inertia, own, social, low, high):
    return _fly(fun, X, V, draws, inertia, own, social, low, high, "one number")


def takes_the_same_draw_twice(fun, X, V, draws, inertia, own, social, low, high):
    return _fly(fun, X, V, draws, inertia, own, social, low, high, "same number")


def keeps_its_speed_at_the_wall(fun, X, V, draws, inertia, own, social, low, high):
    return _fly(fun, X, V, draws, inertia, own, social, low, high, "keeps speed")


def bounces_off_the_wall(fun, X, V, draws, inertia, own, social, low, high):
    return _fly(fun, X, V, draws, inertia, own, social, low, high, "bounces")


def stops_in_all_coordinates(fun, X, V, draws, inertia, own, social, low, high):
    return _fly(fun, X, V, draws, inertia, own, social, low, high, "stops all")


def flies_through_the_wall(fun, X, V, draws, inertia, own, social, low, high):
    return _fly(fun, X, V, draws, inertia, own, social, low, high, "no walls")


def remembers_the_last_point_only(fun, X, V, draws, inertia, own, social, low, high):
    return _fly(fun, X, V, draws, inertia, own, social, low, high, "forgets")


def ring_swarm_one_by_one(fun, X, V, draws, inertia, own, social, low, high):
    return _fly(fun, X, V, draws, inertia, own, social, low, high)


def ring_swarm_with_rolls(fun, X, V, draws, inertia, own, social, low, high):
    """Neighbours by turning the arrays round."""
    memory, values = np.array(X), np.array([fun(x) for x in X])
    for step in range(len(draws)):
        table = np.stack([np.roll(values, 1), values, np.roll(values, -1)])
        points = np.stack([np.roll(memory, 1, axis=0), memory, np.roll(memory, -1, axis=0)])
        leaders = points[table.argmin(axis=0), np.arange(len(X))]
        V = inertia * V + own * draws[step, 0] * (memory - X) + social * draws[step, 1] * (leaders - X)
        free = X + V
        X = np.maximum(low, np.minimum(high, free))
        V = V * (free == X)
        fresh = np.array([fun(x) for x in X])
        better = fresh < values
        memory = np.where(better[:, None], X, memory)
        values = np.minimum(values, fresh)
    return X, memory


def ring_swarm_cases(rng):
    def case(n, d, steps, reach):
        A = bowl(rng, np.geomspace(1, 10, d))
        low, high = np.full(d, -2.0) - 0.1 * np.arange(d), np.full(d, 2.0) + 0.2 * np.arange(d)
        return {
            "fun": Quadratic(A, A @ rng.uniform(-reach, reach, size=d)),
            "X": rng.uniform(-2, 2, size=(n, d)).round(3),
            "V": rng.uniform(-1.5, 1.5, size=(n, d)).round(3),
            "draws": rng.random((steps, 2, n, d)).round(3),
            "inertia": round(float(rng.uniform(0.4, 0.8)), 2),
            "own": round(float(rng.uniform(1, 2)), 2),
            "social": round(float(rng.uniform(1, 2)), 2),
            "low": low,
            "high": high,
        }

    line = {
        "fun": Quadratic(np.array([[2.0]]), np.array([0.0])),
        "X": np.array([[1.0], [2.0], [3.0], [-2.5], [-3.0]]),
        "V": np.array([[0.0], [1.0], [0.0], [-1.0], [-2.0]]),
        "draws": np.full((1, 2, 5, 1), 0.5),
        "inertia": 0.5,
        "own": 1.0,
        "social": 1.0,
        "low": np.array([-3.5]),
        "high": np.array([4.0]),
    }
    return [line, case(5, 2, 1, 1.0), case(4, 2, 3, 2.5), case(6, 3, 6, 2.5), case(9, 4, 10, 2.5)]


RING_SWARM = Exercise(
    name="evolutionary_swarm.ring_swarm",
    title="A swarm on a ring",
    points=3,
    difficulty="core",
    hint="Find all leaders before anybody moves. In Python the neighbour before particle 0 is particle -1, the last; "
    "the one after the last needs `%`. Note who is outside before you put them on the wall.",
    reference=ring_swarm,
    instances=ring_swarm_cases,
    misconceptions=(
        Misconception(
            sees_the_whole_swarm,
            "You follow the best of the whole swarm; here one sees only two neighbours and itself.",
        ),
        Misconception(cuts_the_ring, "The first and the last particle are neighbours: it is a ring."),
        Misconception(
            does_not_count_as_its_own_neighbour, "A particle that has the best memory of the three is its own leader."
        ),
        Misconception(
            looks_where_others_are_now, "Leaders are the best *memories* of the neighbours, not where they are now."
        ),
        Misconception(draws_one_number_for_all_coordinates, "Each coordinate has a random number of its own."),
        Misconception(
            takes_the_same_draw_twice, "The two pulls have different random numbers: draws[step, 0] and draws[step, 1]."
        ),
        Misconception(
            keeps_its_speed_at_the_wall,
            "A particle put on the wall loses its velocity in that coordinate; yours keeps it.",
        ),
        Misconception(
            bounces_off_the_wall, "These walls swallow speed: the velocity becomes 0, it does not turn round."
        ),
        Misconception(stops_in_all_coordinates, "Only the coordinate that hit the wall loses its velocity."),
        Misconception(flies_through_the_wall, "Your particles leave the box: put them on the wall."),
        Misconception(
            remembers_the_last_point_only, "A memory changes only where the new point is *better* than the old memory."
        ),
    ),
    alternatives=(ring_swarm_one_by_one, ring_swarm_with_rolls),
    equivalent_mutants={
        "n = len(V)": "there is a velocity for each particle",
        "n = len(P)": "there is a memory for each particle",
        "n = len(values)": "there is a value for each particle",
        "seen = [[i - 1, i, (i + 1) % n] for i in range(n)]": "a list of indices is as good as an array",
        "seen = [np.array([i, i - 1, (i + 1) % n]) for i in range(n)]": "no two memories in the cases are equally good",
        "seen = [np.array([i - 1, (i + 1) % n, i]) for i in range(n)]": "no two memories in the cases are equally good",
        "leaders = [P[three[np.argmin(values[three])]] for three in seen]": "NumPy makes an array of the list",
        "V = np.where((high < X) | (low > X), 0.0, V)": "or has no order",
        "V = np.where((low >= X) | (high < X), 0.0, V)": "no particle flies exactly to a wall",
        "V = np.where((low > X) | (high <= X), 0.0, V)": "no particle flies exactly to a wall",
        "X = np.clip(low, X, high)": "it comes to the same: at least low, at most high",
        "if value <= values[i]:": "no new point is exactly as good as the memory",
    },
    play=plots.swarm_in_a_box,
)
