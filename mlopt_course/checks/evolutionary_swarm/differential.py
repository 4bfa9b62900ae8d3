"""Differential evolution: a generation with exponential crossover, and the scale that keeps a population wide."""

from __future__ import annotations

import itertools
import math

import numpy as np

from ..exercise import Exercise, Misconception
from ..probes import Quadratic
from ..quadratics import bowl
from . import plots

# --- one generation ---------------------------------------------------------------------------------------------------


def evolve_once(fun, X, picks, starts, draws, scale, rate, low, high):
    X = X.copy()
    d = X.shape[1]
    for i, (a, b, c) in enumerate(picks):
        mutant = X[a] + scale * (X[b] - X[c])
        mutant = np.where(mutant < low, (X[a] + low) / 2, mutant)
        mutant = np.where(mutant > high, (X[a] + high) / 2, mutant)
        trial = X[i].copy()
        for k in range(d):
            j = (starts[i] + k) % d
            trial[j] = mutant[j]
            if draws[i, k] >= rate:
                break
        if fun(trial) <= fun(X[i]):
            X[i] = trial
    return X


def _generation(fun, X, picks, starts, draws, scale, rate, low, high, wrong=""):
    d = len(low)
    new = [x.copy() for x in X]
    for i in range(len(new)):
        members = X if wrong == "waits" else new
        a, b, c = (members[k] for k in picks[i])
        base = members[i] if wrong == "own" else a
        v = a + scale * (b - c)
        if wrong == "clips":
            v = np.minimum(np.maximum(v, low), high)
        elif wrong != "leaves":
            v = np.where(v < low, 0.5 * (base + low), np.where(v > high, 0.5 * (base + high), v))
        count = 1
        while count < d and draws[i][count - 1] < rate:
            count += 1
        if wrong == "may be none":
            count = count if draws[i][0] < rate else 0
        taken = [(starts[i] + k) % d for k in range(count)]
        if wrong == "no ring":
            taken = [starts[i] + k for k in range(count) if starts[i] + k < d]
        if wrong == "each alone":
            taken = [j for j in range(d) if j == starts[i] or draws[i][j] < rate]
        if wrong == "from the first":
            taken = list(range(count))
        u = new[i].copy()
        u[taken] = v[taken]
        before = fun(new[i])
        if fun(u) < before or (fun(u) == before and wrong != "strict") or wrong == "always":
            new[i] = u
    return np.array(new)


def waits_for_the_next_generation(fun, X, picks, starts, draws, scale, rate, low, high):
    return _generation(fun, X, picks, starts, draws, scale, rate, low, high, "waits")


def draws_each_coordinate_alone(fun, X, picks, starts, draws, scale, rate, low, high):
    return _generation(fun, X, picks, starts, draws, scale, rate, low, high, "each alone")


def ends_at_the_last_coordinate(fun, X, picks, starts, draws, scale, rate, low, high):
    return _generation(fun, X, picks, starts, draws, scale, rate, low, high, "no ring")


def begins_at_the_first_coordinate(fun, X, picks, starts, draws, scale, rate, low, high):
    return _generation(fun, X, picks, starts, draws, scale, rate, low, high, "from the first")


def may_take_nothing(fun, X, picks, starts, draws, scale, rate, low, high):
    return _generation(fun, X, picks, starts, draws, scale, rate, low, high, "may be none")


def clips_to_the_box(fun, X, picks, starts, draws, scale, rate, low, high):
    return _generation(fun, X, picks, starts, draws, scale, rate, low, high, "clips")


def leaves_the_box(fun, X, picks, starts, draws, scale, rate, low, high):
    return _generation(fun, X, picks, starts, draws, scale, rate, low, high, "leaves")


def halves_the_way_from_the_member(fun, X, picks, starts, draws, scale, rate, low, high):
    return _generation(fun, X, picks, starts, draws, scale, rate, low, high, "own")


def refuses_what_is_equally_good(fun, X, picks, starts, draws, scale, rate, low, high):
    return _generation(fun, X, picks, starts, draws, scale, rate, low, high, "strict")


def takes_every_trial(fun, X, picks, starts, draws, scale, rate, low, high):
    return _generation(fun, X, picks, starts, draws, scale, rate, low, high, "always")


def evolve_once_by_counting(fun, X, picks, starts, draws, scale, rate, low, high):
    return _generation(fun, X, picks, starts, draws, scale, rate, low, high)


def evolve_once_by_masks(fun, X, picks, starts, draws, scale, rate, low, high):
    population, values, d = np.array(X), [fun(x) for x in X], X.shape[1]
    places = np.arange(d)
    for i in range(len(X)):
        base, plus, minus = population[picks[i]]
        mutant = base + scale * (plus - minus)
        mutant[mutant > high] = ((base + high) / 2)[mutant > high]
        mutant[mutant < low] = ((base + low) / 2)[mutant < low]
        going = np.concatenate([[True], np.cumprod(draws[i, :-1] < rate).astype(bool)])
        trial = np.where(going[(places - starts[i]) % d], mutant, population[i])
        value = fun(trial)
        if not value > values[i]:
            population[i], values[i] = trial, value
    return population


def evolve_once_cases(rng):
    def case(n, d, scale, rate, flat=False):
        bends = np.geomspace(1, 10, d)
        A = np.diag(np.where(np.arange(d) % 2 == 0, 0.0, bends)) if flat else bowl(rng, bends)
        return {
            "fun": Quadratic(A, A @ rng.uniform(-2, 2, size=d)),
            "X": rng.uniform(-2, 2, size=(n, d)).round(3),
            "picks": np.array([rng.permutation(np.delete(np.arange(n), i))[:3] for i in range(n)]),
            "starts": rng.integers(0, d, size=n),
            "draws": np.where(np.arange(n)[:, None] == 1, rate, rng.random((n, d)).round(3)),
            "scale": scale,
            "rate": rate,
            "low": np.full(d, -2.0) - 0.1 * np.arange(d),
            "high": np.full(d, 2.0) + 0.2 * np.arange(d),
        }

    bar = {
        "fun": Quadratic(np.array([[2.0]]), np.array([0.0])),
        "X": np.array([[3.0], [1.0], [2.0], [-2.0]]),
        "picks": np.array([[1, 2, 3], [2, 3, 0], [0, 1, 3], [1, 0, 2]]),
        "starts": np.zeros(4, dtype=int),
        "draws": np.full((4, 1), 0.5),
        "scale": 0.5,
        "rate": 0.9,
        "low": np.array([-4.0]),
        "high": np.array([4.0]),
    }
    return [bar, case(5, 2, 0.5, 0.6), case(6, 3, 0.8, 0.5, flat=True), case(8, 4, 0.9, 0.7), case(12, 5, 1.0, 0.8),
            case(10, 4, 0.7, 0.6, flat=True), case(15, 6, 0.9, 0.7)]  # fmt: skip


EVOLVE_ONCE = Exercise(
    name="evolutionary_swarm.evolve_once",
    title="Differential evolution, stretch by stretch",
    points=3,
    difficulty="core",
    hint="Work on a copy of X, member by member, and write each winner into it at once. For the crossover begin with a "
    "copy of the member, and overwrite coordinate after coordinate; `%` leads from the last back to the first.",
    reference=evolve_once,
    instances=evolve_once_cases,
    misconceptions=(
        Misconception(
            waits_for_the_next_generation,
            "You build all mutants from the old population. A winner takes its place at once, and later mutants use "
            "it.",
        ),
        Misconception(
            draws_each_coordinate_alone,
            "That is binomial crossover, which draws for each coordinate alone. Here the mutant gives one stretch.",
        ),
        Misconception(
            ends_at_the_last_coordinate, "After the last coordinate comes the first: the stretch goes round."
        ),
        Misconception(begins_at_the_first_coordinate, "The stretch of member i begins at the coordinate starts[i]."),
        Misconception(
            may_take_nothing,
            "The first coordinate of the stretch is always the mutant's: draw *after* taking it, for the next one.",
        ),
        Misconception(clips_to_the_box, "Do not clip: half-way between the base (member a) and the bound."),
        Misconception(leaves_the_box, "A mutant may leave the box: bring it back before the crossover."),
        Misconception(
            halves_the_way_from_the_member,
            "Half-way between the bound and the *base*, member a, not the member that may be replaced.",
        ),
        Misconception(refuses_what_is_equally_good, "A trial that is equally good replaces the member, too."),
        Misconception(takes_every_trial, "A trial that is worse than the member is thrown away."),
    ),
    alternatives=(evolve_once_by_counting, evolve_once_by_masks),
    equivalent_mutants={
        "d = draws.shape[1]": "there is a draw for each coordinate",
        "d = X.shape[-1]": "the last of two axes is the second",
        "mutant = np.where(mutant <= low, (X[a] + low) / 2, mutant)": "no mutant lies exactly on the bound",
        "mutant = np.where(mutant >= high, (X[a] + high) / 2, mutant)": "no mutant lies exactly on the bound",
    },
    play=plots.generations_in_a_box,
)

# --- a population that does not shrink by itself ----------------------------------------------------------------------


def scale_for_growth(n, rate, growth):
    return math.sqrt((growth - 1) * (n - 1) / (2 * rate * n))


def forgets_one_of_two_members(n, rate, growth):
    return math.sqrt((growth - 1) * (n - 1) / (rate * n))


def forgets_the_crossover(n, rate, growth):
    return math.sqrt((growth - 1) * (n - 1) / (2 * n))


def lets_b_and_c_be_the_same(n, rate, growth):
    return math.sqrt((growth - 1) / (2 * rate))


def turns_the_correction_round(n, rate, growth):
    return math.sqrt((growth - 1) * n / (2 * rate * (n - 1)))


def forgets_the_base(n, rate, growth):
    """As if the mutant were the difference alone."""
    return math.sqrt(max(growth - 1 + rate, 0) * (n - 1) / (2 * rate * n))


def returns_the_square(n, rate, growth):
    return (growth - 1) * (n - 1) / (2 * rate * n)


def takes_distances_for_squares(n, rate, growth):
    """Growth of the distance, not of its square."""
    return math.sqrt((growth**2 - 1) * (n - 1) / (2 * rate * n))


def scale_for_growth_by_enumeration(n, rate, growth):
    """Any population will do: take one, and try all choices of a, b and c with F = 1."""
    x = np.arange(min(n, 7)) - (min(n, 7) - 1) / 2
    m = len(x)
    mutants = [x[a] + x[b] - x[c] for a, b, c in itertools.permutations(range(m), 3)]
    gain = np.mean(np.square(mutants)) / np.mean(x**2) - 1  # 2 m / (m - 1)
    gain = gain * (m - 1) / m * n / (n - 1)
    return float(np.sqrt((growth - 1) / (rate * gain)))


def scale_for_growth_by_halving(n, rate, growth):
    low, high = 0.0, 100.0
    for _ in range(200):
        F = (low + high) / 2
        factor = (1 - rate) + rate * (1 + F**2 * (2 + 2 / (n - 1)))
        low, high = (F, high) if factor < growth else (low, F)
    return high


def scale_for_growth_cases(rng):
    cases = [
        {"n": 4, "rate": 1.0, "growth": 1.5},
        {"n": 4, "rate": 0.5, "growth": 1.5},
        {"n": 10, "rate": 0.9, "growth": 2.0},
        {"n": 10, "rate": 0.9, "growth": 1.0},
    ]
    for n in (5, 20, 60):
        cases.append(
            {"n": n, "rate": round(float(rng.uniform(0.1, 1)), 2), "growth": round(float(rng.uniform(1.1, 3)), 3)}
        )
    return cases


SCALE_FOR_GROWTH = Exercise(
    name="evolutionary_swarm.scale_for_growth",
    title="A scale against collapse",
    points=2,
    difficulty="warm-up",
    hint="Two members that are drawn at random and are different have the mean squared distance 2 n/(n - 1) times the "
    "mean square s. How much does the square of a mutant's distance from the middle exceed s on average? Try n = 4 by "
    "writing out all choices.",
    reference=scale_for_growth,
    instances=scale_for_growth_cases,
    misconceptions=(
        Misconception(
            forgets_one_of_two_members,
            "A difference has *two* members: both deviations from the middle count, so its square is about twice s.",
        ),
        Misconception(
            forgets_the_crossover,
            "Only a share `rate` of the coordinates comes from the mutant; the others are as spread as before.",
        ),
        Misconception(
            lets_b_and_c_be_the_same,
            "The members b and c are different, so their difference is a bit larger than if each were drawn from all.",
        ),
        Misconception(
            turns_the_correction_round,
            "Different members are *further* apart than two drawn from all, by n / (n - 1): a smaller F is enough.",
        ),
        Misconception(
            forgets_the_base, "A mutant is the base *plus* a difference: it has the spread of the base, too."
        ),
        Misconception(returns_the_square, "That is the square of the scale."),
        Misconception(
            takes_distances_for_squares, "It is the mean *squared* distance that is to be multiplied by growth."
        ),
    ),
    alternatives=(scale_for_growth_by_enumeration, scale_for_growth_by_halving),
    atol=1e-9,
)
