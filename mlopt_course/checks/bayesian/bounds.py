"""Confidence bounds: the most promising candidate, and all that a bound may choose."""

from __future__ import annotations

import itertools
import math

import numpy as np

from ..exercise import Exercise, Misconception
from . import plots

# --- a bound ----------------------------------------------------------------------------------------------------------


def next_by_bound(means, variances, beta, taken):
    bounds = means + np.sqrt(beta * variances)
    bounds[taken] = -np.inf
    return int(np.argmax(bounds))


def _choice(scores, taken):
    scores = np.array(scores, dtype=float)
    scores[list(taken)] = -np.inf
    return int(np.argmax(scores))


def looks_for_the_lowest(means, variances, beta, taken):
    return _choice(-(means - np.sqrt(beta * variances)), taken)


def takes_variances_for_deviations(means, variances, beta, taken):
    return _choice(means + math.sqrt(beta) * variances, taken)


def takes_beta_for_its_root(means, variances, beta, taken):
    return _choice(means + beta * np.sqrt(variances), taken)


def forgets_what_is_taken(means, variances, beta, taken):
    return int(np.argmax(means + np.sqrt(beta * variances)))


def is_greedy(means, variances, beta, taken):
    return _choice(means, taken)


def takes_the_least_certain(means, variances, beta, taken):
    return _choice(variances, taken)


def is_a_pessimist(means, variances, beta, taken):
    return _choice(means - np.sqrt(beta * variances), taken)


def next_by_bound_by_loop(means, variances, beta, taken):
    best, chosen = -math.inf, None
    for i, (mean, variance) in enumerate(zip(means, variances, strict=True)):
        if i not in set(taken) and mean + beta**0.5 * variance**0.5 > best:
            best, chosen = mean + beta**0.5 * variance**0.5, i
    return chosen


def next_by_bound_among_the_free(means, variances, beta, taken):
    free = np.setdiff1d(np.arange(len(means)), np.asarray(taken, dtype=int))
    return free[np.argmax(means[free] + math.sqrt(beta) * np.sqrt(variances[free]))]


def next_by_bound_cases(rng):
    cases = [
        {"means": np.array([1.0, 0.0]), "variances": np.array([0.01, 4.0]), "beta": 1.0, "taken": []},
        {"means": np.array([1.0, 0.0]), "variances": np.array([0.01, 4.0]), "beta": 0.01, "taken": []},
        {"means": np.array([3.0, 1.0, 2.0]), "variances": np.array([0.25, 1.0, 0.5]), "beta": 4.0, "taken": [0]},
        {"means": np.array([0.0, 0.0, 0.0]), "variances": np.array([9.0, 4.0, 6.0]), "beta": 9.0, "taken": [0, 2]},
        {"means": np.array([1.0, 0.9]), "variances": np.array([1.0, 0.01]), "beta": 1.0, "taken": []},
        {"means": np.array([0.0, 0.9]), "variances": np.array([1.44, 0.01]), "beta": 0.7, "taken": []},
        {"means": np.array([0.0, 1.0]), "variances": np.array([0.49, 0.04]), "beta": 4.41, "taken": []},
    ]
    # all bounds are below 0
    cases.append({"means": np.array([-4.0, -6.0, -3.0]), "variances": np.ones(3), "beta": 1.0, "taken": [2]})
    for n in (6, 12, 25):
        taken = sorted(int(i) for i in rng.choice(n, size=n // 4, replace=False))
        cases.append({"means": rng.normal(size=n), "variances": rng.uniform(0, 3, size=n), "beta": 2.5, "taken": taken})
    return cases


NEXT_BY_BOUND = Exercise(
    name="bayesian.next_by_bound",
    title="The most promising candidate",
    points=2,
    difficulty="warm-up",
    hint="Write down the bound of each candidate, and make sure that none that is taken can win. Do not change the "
    "arguments.",
    reference=next_by_bound,
    instances=next_by_bound_cases,
    misconceptions=(
        Misconception(looks_for_the_lowest, "Here the goal is a *maximum*: look for the largest upper bound."),
        Misconception(
            takes_variances_for_deviations, "You are given variances: the bound uses deviations, their roots."
        ),
        Misconception(
            takes_beta_for_its_root, "The bound adds the *root* of beta times the deviation, as in the original paper."
        ),
        Misconception(forgets_what_is_taken, "Candidates that were evaluated already must not be chosen again."),
        Misconception(is_greedy, "You look at the means only: what is uncertain may be better than it seems."),
        Misconception(takes_the_least_certain, "You look at the uncertainty only: the mean counts as well."),
        Misconception(is_a_pessimist, "Be an optimist: *add* the uncertainty to the mean."),
    ),
    alternatives=(next_by_bound_by_loop, next_by_bound_among_the_free),
    equivalent_mutants={"return np.argmax(bounds)": "NumPy's integer is an integer"},
)

# --- all that a bound may choose --------------------------------------------------------------------------------------


def choices_by_beta(means, stds):
    now = min(range(len(means)), key=lambda i: (means[i], -stds[i]))
    chosen = [[0.0, now]]
    for _ in range(len(means)):
        rivals = [i for i in range(len(means)) if stds[i] > stds[now]]
        if not rivals:
            break
        start, _, now = min(((means[i] - means[now]) / (stds[i] - stds[now]), -stds[i], i) for i in rivals)
        chosen.append([start, now])
    return chosen


def _by_grid(means, stds, betas):
    chosen: list[list] = []
    for beta in betas:
        i = int(np.argmin(np.asarray(means) - beta * np.asarray(stds)))
        if not chosen or chosen[-1][1] != i:
            chosen.append([float(beta), i])
    return chosen


def tries_some_betas(means, stds):
    return _by_grid(means, stds, np.arange(0, 10, 0.5))


def sorts_by_uncertainty(means, stds):
    """Every candidate in order of its deviation, with the crossing of neighbours."""
    order = sorted(range(len(means)), key=lambda i: stds[i])
    first = min(range(len(means)), key=lambda i: means[i])
    rest = [i for i in order if stds[i] > stds[first]]
    chosen = [[0.0, first]]
    for i in rest:
        now = chosen[-1][1]
        chosen.append([(means[i] - means[now]) / (stds[i] - stds[now]), i])
    return chosen


def compares_with_the_first_only(means, stds):
    first = min(range(len(means)), key=lambda i: means[i])
    crossings = sorted(
        [(means[i] - means[first]) / (stds[i] - stds[first]), i] for i in range(len(means)) if stds[i] > stds[first]
    )
    return [[0.0, first], *crossings]


def adds_the_uncertainty(means, stds):
    chosen = choices_by_beta(-np.asarray(means), stds)
    return [[beta, int(i)] for beta, i in chosen]


def names_the_ends(means, stds):
    found = choices_by_beta(means, stds)
    return [found[0], found[-1]] if len(found) > 1 else found


def names_the_candidates_only(means, stds):
    return [i for _, i in choices_by_beta(means, stds)]


def ends_where_the_next_begins(means, stds):
    found = choices_by_beta(means, stds)
    ends = [*(start for start, _ in found[1:]), math.inf]
    return [[end, i] for end, (_, i) in zip(ends, found, strict=True)]


def choices_by_beta_by_the_hull(means, stds):
    """The lower envelope of lines, with a stack, in order of slope."""
    lines = sorted(range(len(means)), key=lambda i: (stds[i], -means[i]))
    stack: list[int] = []
    for i in lines:
        if stack and stds[stack[-1]] == stds[i]:
            stack.pop()
        while stack:
            crossing = (means[i] - means[stack[-1]]) / (stds[i] - stds[stack[-1]])
            if len(stack) == 1:
                if crossing > 0:
                    break
            elif crossing > (means[stack[-1]] - means[stack[-2]]) / (stds[stack[-1]] - stds[stack[-2]]):
                break
            stack.pop()
        stack.append(i)
    starts = [0.0, *((means[b] - means[a]) / (stds[b] - stds[a]) for a, b in itertools.pairwise(stack))]
    return [(start, i) for start, i in zip(starts, stack, strict=True)]


def choices_by_beta_by_all_crossings(means, stds):
    """Try a beta between every two crossings."""
    n = len(means)
    crossings = {0.0}
    for i in range(n):
        for j in range(n):
            if stds[j] > stds[i] and means[j] > means[i]:
                crossings.add((means[j] - means[i]) / (stds[j] - stds[i]))
    starts = sorted(crossings)
    chosen: list[list] = []
    for k, start in enumerate(starts):
        middle = (start + starts[k + 1]) / 2 if k + 1 < len(starts) else start + 1
        i = min(range(n), key=lambda i: means[i] - middle * stds[i])
        if not chosen or chosen[-1][1] != i:
            chosen.append([start, i])
    return chosen


def choices_by_beta_cases(rng):
    cases = [
        {"means": [1.0], "stds": [0.5]},
        {"means": [1.0, 2.0], "stds": [0.5, 1.0]},
        {"means": [2.0, 1.0], "stds": [0.5, 1.0]},
        {"means": [1.0, 1.0], "stds": [0.5, 1.0]},  # equal at 0
        {"means": [0.0, 1.0, 2.0], "stds": [0.0, 1.0, 2.0]},  # three lines meet
        {"means": [2.0, 1.0, 0.0], "stds": [2.0, 1.0, 0.0]},
        {"means": [0.0, 1.0, 2.5], "stds": [0.0, 1.0, 2.0]},
        {"means": [0.0, 2.0, 2.5], "stds": [0.0, 1.0, 2.0]},  # the second never wins
        {"means": [0.0, 3.0, 1.2, 9.0], "stds": [0.3, 2.0, 1.1, 2.2]},
    ]
    for n in (6, 10, 30):
        stds = rng.uniform(0.1, 3, size=n)
        cases.append({"means": (0.4 * stds**2 + rng.normal(size=n) * 0.5).tolist(), "stds": stds.tolist()})
    return cases


CHOICES_BY_BETA = Exercise(
    name="bayesian.choices_by_beta",
    title="All that a bound may choose",
    points=4,
    difficulty="challenge",
    hint="Each bound, drawn over beta, is a line with the slope minus std. Begin with the lowest one at 0. Which "
    "steeper line is the first to cross the one you are on?",
    reference=choices_by_beta,
    instances=choices_by_beta_cases,
    rtol=1e-8,
    misconceptions=(
        Misconception(
            tries_some_betas,
            "You try some values of beta; the changes lie between them. Compute where two lines cross.",
        ),
        Misconception(
            sorts_by_uncertainty,
            "Not every uncertain candidate gets its turn: one that lies above the line from a certain to an uncertain "
            "one is never chosen.",
        ),
        Misconception(
            compares_with_the_first_only,
            "After a change the new line is the one to beat: look for the first crossing with *it*.",
        ),
        Misconception(adds_the_uncertainty, "Here the lowest of mean - beta std is chosen: we minimise."),
        Misconception(names_the_ends, "You name the first and the last choice, but not those in between."),
        Misconception(names_the_candidates_only, "Give each choice as a pair: where it begins, and which candidate."),
        Misconception(ends_where_the_next_begins, "You give the beta where each choice *ends*; give where it begins."),
    ),
    alternatives=(choices_by_beta_by_the_hull, choices_by_beta_by_all_crossings),
    equivalent_mutants={
        "continue": "without rivals the rest of the rounds does nothing",
        "for _ in range(len(means) + 1):": "there are fewer changes than candidates",
        "for _ in range(len(means) - 1):": "there are fewer changes than candidates",
        "for _ in range(len(stds)):": "as many deviations as means",
        "now = min(range(len(stds)), key=lambda i: (means[i], -stds[i]))": "as many deviations as means",
        "rivals = [i for i in range(len(stds)) if stds[i] > stds[now]]": "as many deviations as means",
        "start, _, now = min((((means[i] - means[now]) / (stds[i] - stds[now]), -means[i], i) for i in rivals))": "on "
        "lines that cross the present one at the same beta, the larger mean has the larger deviation",
    },
    play=plots.lines_over_beta,
)
