"""An evolution strategy whose members live for a given number of selections."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Misconception
from ..probes import Quadratic, Rosenbrock
from . import plots


def aging_strategy(fun, X, sigmas, picks, factors, steps, life):
    mu, ages = len(X), np.ones(len(X))
    values = np.array([fun(x) for x in X])
    for pick, factor, step in zip(picks, factors, steps, strict=True):
        child_sigmas = sigmas[pick] * factor
        children = X[pick] + child_sigmas[:, None] * step
        child_values = np.array([fun(x) for x in children])
        alive = ages < life
        everyone = np.vstack([X[alive], children])
        all_sigmas = np.concatenate([sigmas[alive], child_sigmas])
        all_values = np.concatenate([values[alive], child_values])
        all_ages = np.concatenate([ages[alive], 0 * pick])
        best = np.argsort(all_values)[:mu]
        X, sigmas, values, ages = everyone[best], all_sigmas[best], all_values[best], all_ages[best] + 1
    return X[0], sigmas[0], ages[0]


def _age(fun, X, sigmas, picks, factors, steps, life, wrong=""):
    people = [(fun(x), 0 if wrong == "young" else 1, x, s) for x, s in zip(X, sigmas, strict=True)]
    for pick, factor, step in zip(picks, factors, steps, strict=True):
        children = []
        for k in range(len(pick)):
            _, _, x, s = people[pick[k]]
            changed = s * factor[k]
            child = x + (s if wrong == "old step" else changed) * step[k]
            children.append((fun(child), 0, child, s if wrong == "never adapts" else changed))
        alive = [one for one in people if one[1] < life or wrong == "plus"]
        if wrong == "comma":
            alive = []
        ranked = sorted(alive + children, key=lambda one: one[0], reverse=wrong == "highest")
        people = [(f, age + 1, x, s) for f, age, x, s in ranked[: len(people)]]
    _, age, x, s = people[0]
    return x, s, age


def lets_all_parents_die(fun, X, sigmas, picks, factors, steps, life):
    return _age(fun, X, sigmas, picks, factors, steps, life, "comma")


def lets_no_parent_die(fun, X, sigmas, picks, factors, steps, life):
    return _age(fun, X, sigmas, picks, factors, steps, life, "plus")


def lives_one_selection_longer(fun, X, sigmas, picks, factors, steps, life):
    return _age(fun, X, sigmas, picks, factors, steps, life + 1)


def starts_with_newborn_parents(fun, X, sigmas, picks, factors, steps, life):
    return _age(fun, X, sigmas, picks, factors, steps, life, "young")


def moves_with_the_parents_step(fun, X, sigmas, picks, factors, steps, life):
    return _age(fun, X, sigmas, picks, factors, steps, life, "old step")


def does_not_inherit_the_new_step(fun, X, sigmas, picks, factors, steps, life):
    return _age(fun, X, sigmas, picks, factors, steps, life, "never adapts")


def selects_the_highest(fun, X, sigmas, picks, factors, steps, life):
    return _age(fun, X, sigmas, picks, factors, steps, life, "highest")


def aging_strategy_person_by_person(fun, X, sigmas, picks, factors, steps, life):
    return list(_age(fun, X, sigmas, picks, factors, steps, life))


def aging_strategy_with_birthdays(fun, X, sigmas, picks, factors, steps, life):
    """The generation in which each was born, instead of an age; the first parents came in generation -1."""
    mu = len(X)
    genes = np.column_stack([[fun(x) for x in X], np.full(mu, -1.0), sigmas, X])
    for now, (pick, factor, step) in enumerate(zip(picks, factors, steps, strict=True)):
        spread = genes[pick, 2] * factor
        born = genes[pick, 3:] + spread.reshape(-1, 1) * step
        new = np.column_stack([[fun(x) for x in born], np.full(len(born), float(now)), spread, born])
        pool = np.vstack([genes[now - genes[:, 1] < life], new])
        genes = pool[pool[:, 0].argsort()][:mu]
    return genes[0, 3:], genes[0, 2], int(len(picks) - genes[0, 1])


def aging_strategy_cases(rng):
    def case(fun, d, mu, n, generations, life):
        X = rng.uniform(-1.5, 1.5, size=(mu, d))
        X = X[np.argsort([fun(x) for x in X])]
        return {"fun": fun, "X": X, "sigmas": rng.uniform(0.3, 0.9, size=mu),
                "picks": rng.integers(mu, size=(generations, n)),
                "factors": np.exp(0.4 * rng.standard_normal((generations, n))),
                "steps": rng.standard_normal((generations, n, d)), "life": life}  # fmt: skip

    bowl = Quadratic(2 * np.eye(1), np.zeros(1))
    small = {"fun": bowl, "X": np.array([[2.0], [-3.0]]), "sigmas": np.array([1.0, 2.0]), "picks": np.array([[0, 1]]),
             "factors": np.array([[2.0, 0.5]]), "steps": np.array([[[1.0], [0.5]]])}  # fmt: skip
    long, valley = Quadratic(np.diag([1.0, 30.0]), np.array([1.0, -3.0])), Rosenbrock()
    return [
        small | {"life": 1},
        small | {"life": 2},
        case(long, 2, 1, 3, 6, 3),
        case(long, 2, 2, 4, 6, 1),
        case(valley, 2, 2, 3, 8, 2),
        case(valley, 2, 2, 3, 9, 4),
        case(long, 2, 3, 5, 8, 100),
        case(Quadratic(np.diag([1.0, 4.0, 9.0]), np.ones(3)), 3, 3, 6, 8, 3),
    ]


AGING_STRATEGY = Exercise(
    name="stochastic.aging_strategy",
    title="Comma, plus, and everything between",
    points=4,
    difficulty="challenge",
    hint="Keep four things for each parent: point, step size, value, age. In each generation make the children, put "
    "them behind those parents that may still take part, sort by value, keep the first, and let them age.",
    reference=aging_strategy,
    instances=aging_strategy_cases,
    misconceptions=(
        Misconception(
            lets_all_parents_die, "That is comma selection: with a longer life parents may compete with their children."
        ),
        Misconception(
            lets_no_parent_die, "That is plus selection: a parent that has reached the age `life` takes part no more."
        ),
        Misconception(
            lives_one_selection_longer,
            "Your parents take part once too often: one whose age *is* `life` is out, so life 1 is comma selection.",
        ),
        Misconception(starts_with_newborn_parents, "The first parents have the age 1: they are not newborn."),
        Misconception(
            moves_with_the_parents_step,
            "The step size changes *first*, and the child moves with the new one: so a good value proves a good step.",
        ),
        Misconception(does_not_inherit_the_new_step, "A child keeps its own, changed step size, not its parent's."),
        Misconception(selects_the_highest, "The lowest values survive: we minimise."),
    ),
    alternatives=(aging_strategy_person_by_person, aging_strategy_with_birthdays),
    equivalent_mutants={
        "all_ages = np.concatenate([ages[alive], 0 * all_sigmas])": "more newborns than members are never read",
        "all_ages = np.concatenate([ages[alive], 0 * all_values])": "more newborns than members are never read",
        "all_ages = np.concatenate([ages[alive], 0 * child_sigmas])": "one zero for each child",
        "all_ages = np.concatenate([ages[alive], 0 * child_values])": "one zero for each child",
        "all_ages = np.concatenate([ages[alive], 0 * factor])": "one zero for each child",
        "child_values = [fun(x) for x in children]": "the list is put behind an array, so it becomes one",
        "for pick, factor, step in zip(picks, factors, steps):": "all three have as many generations",
        "for pick, factor, step in zip(picks, factors, steps, strict=False):": "all three have as many generations",
        "mu, ages = (len(X), np.ones(len(sigmas)))": "each parent has a step size",
        "mu, ages = (len(sigmas), np.ones(len(X)))": "each parent has a step size",
    },
    rtol=1e-8,
    play=plots.stale_parents,
)
