"""Patterns: Hooke and Jeeves' leap, and polls within a budget."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Misconception
from ..probes import Quadratic, Rosenbrock

# --- Hooke and Jeeves -------------------------------------------------------------------------------------------------


def leaping_search(fun, base, step, failures):
    low, calls = fun(base), 1
    leap, f_leap, failed = base, low, 0
    for _ in range(150):
        x, value = leap, f_leap
        for move in step * np.eye(len(base)):
            for trial in (x + move, x - move):
                f_trial, calls = fun(trial), calls + 1
                if f_trial < value:
                    x, value = trial, f_trial
        if value < low:
            leap, base, low = 2 * x - base, x, value
            f_leap, calls = fun(leap), calls + 1
        elif leap is not base:
            leap, f_leap = base, low
        else:
            step, failed = step / 2, failed + 1
        if failed == failures:
            break
    return base, calls


def _leaping(fun, base, step, failures, wrong=()):
    low, calls = fun(base), 1
    around, f_around, leapt, failed = base, low, False, 0
    for _ in range(150):
        x, value = around, f_around
        for i in range(len(base)):
            here = x
            for side in (step, -step):
                trial = here.copy()
                trial[i] += side
                f_trial = fun(trial)
                calls += 1
                if f_trial < value:
                    x, value = trial, f_trial
                    if "first come" in wrong:
                        break
        if value < (f_around if "lower than leap" in wrong else low):
            around = x if "no leap" in wrong else x + (x - base)
            base, low, leapt = x, value, True
            if "old value" in wrong:
                f_around = low
            else:
                f_around = fun(around)
                calls += 1
            if "always halves" in wrong:
                step /= 2
        elif leapt and "halves after leap" not in wrong:
            around, f_around, leapt = base, low, False
        else:
            around, f_around, leapt = base, low, False
            step, failed = step / 2, failed + 1
        if failed >= failures:
            break
    return base, calls


def never_leaps(fun, base, step, failures):
    return _leaping(fun, base, step, failures, ("no leap",))


def accepts_what_is_lower_than_the_leap(fun, base, step, failures):
    return _leaping(fun, base, step, failures, ("lower than leap",))


def halves_after_a_failed_leap(fun, base, step, failures):
    return _leaping(fun, base, step, failures, ("halves after leap",))


def repairs_nothing(fun, base, step, failures):
    return _leaping(fun, base, step, failures, ("no leap", "lower than leap", "halves after leap"))


def repairs_the_leap_only(fun, base, step, failures):
    return _leaping(fun, base, step, failures, ("lower than leap", "halves after leap"))


def never_evaluates_the_leap(fun, base, step, failures):
    return _leaping(fun, base, step, failures, ("old value",))


def takes_the_first_side_that_is_lower(fun, base, step, failures):
    return _leaping(fun, base, step, failures, ("first come",))


def leaping_search_with_a_flag(fun, base, step, failures):
    return _leaping(fun, base, step, failures)


def leaping_search_in_two_loops(fun, base, step, failures):
    seen = []

    def look(x):
        seen.append(fun(x))
        return seen[-1]

    def explore(x, value):
        for i in range(x.size):
            up, down = x.copy(), x.copy()
            up[i], down[i] = x[i] + step, x[i] - step
            value, _, x = min([(value, 0, x), (look(up), 1, up), (look(down), 2, down)], key=lambda each: each[:2])
        return x, value

    low = look(base)
    while failures:
        x, value = explore(base, low)
        if value >= low:
            step, failures = step * 0.5, failures - 1
        while value < low:
            leap, base, low = x + (x - base), x, value
            x, value = explore(leap, look(leap))
    return [base, len(seen)]


def leaping_search_cases(rng):
    def quadratic(A, b):
        return Quadratic(np.array(A, dtype=float), np.array(b, dtype=float))

    def drawn(d, step, failures):
        """In eighths, which are exact: a rounding error must not decide between two values that are equal."""
        tilt = rng.integers(-5, 6) / 8 / 2 ** (d - 2)
        A = np.eye(d) + tilt * (np.ones((d, d)) - np.eye(d))
        return {"fun": quadratic(A, rng.integers(-24, 25, d) / 8), "base": rng.integers(-32, 33, d) / 8, "step": step,
                "failures": failures}  # fmt: skip

    return [
        {"fun": quadratic([[2.0]], [6.0]), "base": np.array([0.0]), "step": 1.0, "failures": 1},
        {"fun": quadratic([[2.0]], [0.0]), "base": np.array([0.0]), "step": 1.0, "failures": 2},
        {"fun": quadratic([[2, 0], [0, 2]], [9, 4]), "base": np.array([-3.0, 1.0]), "step": 0.5, "failures": 1},
        {"fun": quadratic([[2, 1], [1, 2]], [1, 9]), "base": np.array([0.0, 0.0]), "step": 1.0, "failures": 2},
        {"fun": quadratic([[1.0]], [0.5]), "base": np.array([0.0]), "step": 1.0, "failures": 1},
        {"fun": quadratic([[1, 0], [0, 0]], [0, 0]), "base": np.array([1.0, 3.0]), "step": 2.0, "failures": 2},
        {"fun": quadratic([[9, 0], [0, 1]], [0, 2]), "base": np.array([4.0, -6.0]), "step": 1.5, "failures": 3},
        drawn(2, 0.5, 4),
        drawn(3, 0.75, 3),
        {"fun": Rosenbrock(), "base": np.array([-1.25, 1.0]), "step": 0.25, "failures": 2},
        {"fun": Rosenbrock(), "base": np.array([-1.0, -1.0]), "step": 0.5, "failures": 2},
    ]  # fmt: skip


LEAPING_SEARCH = Exercise(
    name="direct_search.leaping_search",
    title="Three faults in Hooke and Jeeves",
    points=3,
    difficulty="core",
    hint="Follow it on paper for f(x) = (x - 3)^2 from 0 with step 1: base 0, then 1, and the leap should go to 2. In "
    "which order are the three numbers updated? And what must the point after the leap be lower than?",
    reference=leaping_search,
    instances=leaping_search_cases,
    misconceptions=(
        Misconception(repairs_nothing, "This behaves like the function as it was given: find its three faults."),
        Misconception(
            repairs_the_leap_only,
            "Your leap is right. Two faults are left: what must a point be lower than, and when is the step halved?",
        ),
        Misconception(
            never_leaps,
            "Your leap stays where it is: by the time it is computed, base is the new point already.",
        ),
        Misconception(
            accepts_what_is_lower_than_the_leap,
            "You accept a point that is lower than the leap, though it may be higher than the base.",
        ),
        Misconception(
            halves_after_a_failed_leap,
            "After a leap that failed, explore around the base with the *same* step before you halve it.",
        ),
        Misconception(
            never_evaluates_the_leap, "Exploring from the leap must begin with the value *there*: call fun for it."
        ),
        Misconception(
            takes_the_first_side_that_is_lower,
            "You stop at the first side that is lower. Here both sides are tried, and the lower one counts.",
        ),
    ),
    alternatives=(leaping_search_with_a_flag, leaping_search_in_two_loops),
    equivalent_mutants={
        "for _ in range(149):": "no case takes that many rounds",
        "for _ in range(151):": "no case takes that many rounds",
        "for _ in range(300):": "no case takes that many rounds",
        "for move in step * np.eye(len(leap)):": "all points have the same length",
        "for move in step * np.eye(len(x)):": "all points have the same length",
        "for trial in (x - move, x + move):": "no case has two sides that are equally low, and lower than between",
        "if x is not base:": "where nothing was lower, x is the leap itself; elsewhere it is a new array",
        "return (leap, calls)": "at the end the leap is the base again",
        "return (x, calls)": "at the end nothing was lower than the base",
        "step, failed = (step / -2, failed + 1)": "both sides are tried, and the lower counts",
    },
)

# --- pattern search within a budget -----------------------------------------------------------------------------------


def pattern_within(fun, x, directions, step, budget):
    low, spent = fun(x), 1
    for _ in range((budget - 1) // len(directions)):
        trials = x + step * directions
        values = [fun(trial) for trial in trials]
        spent = spent + len(values)
        best = int(np.argmin(values))
        if values[best] < low:
            x, low, step = trials[best], values[best], 2 * step
        else:
            step = step / 2
    return x, step, spent


def _pattern(fun, x, directions, step, budget, wrong=""):
    low, spent = fun(x), 0 if wrong == "free start" else 1
    while spent < budget if wrong == "over budget" else spent + len(directions) <= budget:
        best = None
        for direction in directions:
            trial = x + step * direction
            value = fun(trial)
            spent += 1
            if value < (low if best is None else best[0]) or (wrong == "sideways" and best is None and value <= low):
                best = (value, trial)
                if wrong == "first come":
                    break
        if best is None:
            step = step * 0.5
            continue
        low, x = best
        if wrong != "never grows":
            step = step * 2
        if wrong == "any":
            step = step / 2
    return x, step, spent


def moves_to_the_first_that_is_lower(fun, x, directions, step, budget):
    return _pattern(fun, x, directions, step, budget, "first come")


def begins_a_poll_it_cannot_pay(fun, x, directions, step, budget):
    return _pattern(fun, x, directions, step, budget, "over budget")


def forgets_to_pay_for_the_start(fun, x, directions, step, budget):
    return _pattern(fun, x, directions, step, budget, "free start")


def never_makes_the_step_longer(fun, x, directions, step, budget):
    return _pattern(fun, x, directions, step, budget, "never grows")


def moves_sideways(fun, x, directions, step, budget):
    return _pattern(fun, x, directions, step, budget, "sideways")


def returns_the_budget(fun, x, directions, step, budget):
    x, step, _ = pattern_within(fun, x, directions, step, budget)
    return x, step, budget


def pattern_within_by_one(fun, x, directions, step, budget):
    return list(_pattern(fun, x, directions, step, budget))


def pattern_within_recursively(fun, x, directions, step, budget):
    cost = len(directions)

    def poll(x, low, step, spent):
        if budget - spent < cost:
            return x, step, spent
        trials = [(fun(x + step * p), i) for i, p in enumerate(directions)]
        value, i = min(trials)
        if value >= low:
            return poll(x, low, 0.5 * step, spent + cost)
        return poll(x + step * directions[i], value, step + step, spent + cost)

    return poll(x, fun(x), step, 1)


def pattern_within_cases(rng):
    def quadratic(A, b):
        return Quadratic(np.array(A, dtype=float), np.array(b, dtype=float))

    axes, three = np.vstack([np.eye(2), -np.eye(2)]), np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]])
    far = rng.uniform(3, 8, size=2)
    return [
        {"fun": quadratic([[2.0]], [6.0]), "x": np.array([0.0]), "directions": np.array([[1.0], [-1.0]]), "step": 1.0,
         "budget": 3},
        {"fun": quadratic([[2.0]], [6.0]), "x": np.array([0.0]), "directions": np.array([[1.0], [-1.0]]), "step": 1.0,
         "budget": 6},
        {"fun": quadratic([[1.0]], [0.5]), "x": np.array([0.0]), "directions": np.array([[1.0], [-1.0]]), "step": 1.0,
         "budget": 4},  # as high there as here
        {"fun": quadratic([[2, 0], [0, 2]], [0, 0]), "x": np.array([3.0, 3.0]), "directions": axes, "step": 1.0,
         "budget": 1},
        {"fun": quadratic([[2, 0], [0, 8]], [0, 0]), "x": np.array([3.0, 3.0]), "directions": axes, "step": 1.0,
         "budget": 20},
        {"fun": quadratic([[2, 1], [1, 4]], far), "x": np.zeros(2), "directions": three, "step": 0.25, "budget": 31},
        {"fun": quadratic([[2, 1], [1, 4]], -far), "x": np.zeros(2), "directions": three[::-1], "step": 0.3,
         "budget": 48},
        {"fun": Rosenbrock(), "x": rng.uniform(-1.5, 1.5, size=2), "directions": axes, "step": 0.4, "budget": 83},
    ]  # fmt: skip


PATTERN_WITHIN = Exercise(
    name="direct_search.pattern_within",
    title="A pattern search within a budget",
    points=3,
    difficulty="core",
    hint="How many whole polls can be paid after the start? np.argmin finds the best of a poll, but is it better than "
    "where you are?",
    reference=pattern_within,
    instances=pattern_within_cases,
    misconceptions=(
        Misconception(
            moves_to_the_first_that_is_lower,
            "You move to the first trial that is lower. Here all directions are tried, and the best counts.",
        ),
        Misconception(
            begins_a_poll_it_cannot_pay,
            "You begin a poll that the budget cannot pay in full: stop before it.",
        ),
        Misconception(forgets_to_pay_for_the_start, "The value at the start is paid from the budget, too."),
        Misconception(never_makes_the_step_longer, "After a success the step is doubled."),
        Misconception(
            moves_sideways, "You move to a point that is only as low as yours. A success is a point that is *lower*."
        ),
        Misconception(
            returns_the_budget, "Return what has been spent; the budget may leave a rest too small for a poll."
        ),
    ),
    alternatives=(pattern_within_by_one, pattern_within_recursively),
    equivalent_mutants={
        "best = np.argmin(values)": "NumPy's whole numbers are as good an index as Python's",
        "spent = spent + len(directions)": "there is a trial for each direction",
        "spent = spent + len(trials)": "there is a value for each trial",
    },
)
