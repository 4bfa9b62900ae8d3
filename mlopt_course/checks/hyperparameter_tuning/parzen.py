"""The tree-structured Parzen estimator: how probably is a candidate good?"""

from __future__ import annotations

import math

import numpy as np

from ..exercise import Exercise, Misconception
from . import plots


def tpe_choice(tried, losses, candidates, fraction, width):
    n = len(tried)
    good = math.ceil(fraction * n)
    order = sorted(range(n), key=lambda i: math.inf if math.isnan(losses[i]) else losses[i])
    kernels = np.exp(-(((candidates[:, None] - tried) / width) ** 2) / 2) / (width * math.sqrt(2 * math.pi))
    inside = [(math.erf((1 - t) / width / math.sqrt(2)) + math.erf(t / width / math.sqrt(2))) / 2 for t in tried]
    kernels = kernels / inside
    likely = (1 + kernels[:, order[:good]].sum(axis=1)) / (good + 1)
    other = (1 + kernels[:, order[good:]].sum(axis=1)) / (n - good + 1)
    probable = good * likely / (good * likely + (n - good) * other)
    return np.argmax(probable), max(probable)


def _density(x, centres, width, wrong=""):
    heights = []
    for t in centres:
        mass = 1.0
        if wrong != "not cut":
            mass = (math.erfc((t - 1) / width / math.sqrt(2)) - math.erfc(t / width / math.sqrt(2))) / 2
        heights.append(math.exp(-((x - t) ** 2) / (2 * width**2)) / math.sqrt(2 * math.pi * width**2) / mass)
    if wrong == "no prior":
        return sum(heights) / len(heights)
    if wrong == "not divided":
        return 1 + sum(heights)
    return (1 + sum(heights)) / (1 + len(heights))


def _choice(tried, losses, candidates, fraction, width, wrong=""):
    marks = [(math.inf if math.isnan(loss) else loss, i) for i, loss in enumerate(losses)]
    if wrong == "high is good":
        marks = [(-mark if mark < math.inf else mark, i) for mark, i in marks]
    ranked = [i for mark, i in sorted(marks) if wrong != "drops failures" or mark < math.inf]
    n = len(ranked)
    good = max(1, math.floor(fraction * n)) if wrong == "rounds down" else math.ceil(fraction * n)
    found = []
    for x in candidates:
        likely = _density(x, [tried[i] for i in ranked[:good]], width, wrong)
        other = _density(x, [tried[i] for i in ranked[good:]], width, wrong)
        if wrong == "even odds":
            found.append(likely / (likely + other))
        elif wrong == "ratio":
            found.append(likely / other)
        else:
            found.append(good * likely / (good * likely + (n - good) * other))
    if wrong == "likely only":
        best = max(range(len(found)), key=lambda k: _density(candidates[k], [tried[i] for i in ranked[:good]], width))
        return best, found[best]
    best = found.index(max(found))
    return best, found[best]


def takes_the_likeliest(tried, losses, candidates, fraction, width):
    return _choice(tried, losses, candidates, fraction, width, "likely only")


def returns_the_ratio(tried, losses, candidates, fraction, width):
    return _choice(tried, losses, candidates, fraction, width, "ratio")


def takes_even_odds(tried, losses, candidates, fraction, width):
    return _choice(tried, losses, candidates, fraction, width, "even odds")


def never_cuts_the_kernels(tried, losses, candidates, fraction, width):
    return _choice(tried, losses, candidates, fraction, width, "not cut")


def forgets_the_uniform_part(tried, losses, candidates, fraction, width):
    return _choice(tried, losses, candidates, fraction, width, "no prior")


def adds_the_kernels_up(tried, losses, candidates, fraction, width):
    return _choice(tried, losses, candidates, fraction, width, "not divided")


def takes_high_losses_for_good(tried, losses, candidates, fraction, width):
    return _choice(tried, losses, candidates, fraction, width, "high is good")


def drops_failed_trials(tried, losses, candidates, fraction, width):
    return _choice(tried, losses, candidates, fraction, width, "drops failures")


def rounds_the_good_down(tried, losses, candidates, fraction, width):
    return _choice(tried, losses, candidates, fraction, width, "rounds down")


def tpe_choice_by_loops(tried, losses, candidates, fraction, width):
    return list(_choice(tried, losses, candidates, fraction, width))


def tpe_choice_by_odds(tried, losses, candidates, fraction, width):
    """The odds that x is good are the ratio of the densities times the ratio of the numbers."""
    ranks = np.argsort(np.argsort(np.where(np.isnan(losses), np.inf, losses), kind="stable"))
    is_good = ranks < np.ceil(fraction * len(losses))
    cdf = np.vectorize(lambda z: 0.5 * math.erfc(-z / 2**0.5))
    mass = cdf((1 - tried) / width) - cdf(-tried / width)
    heights = np.exp(-0.5 * np.subtract.outer(tried, candidates) ** 2 / width**2) / (2 * np.pi) ** 0.5 / width
    heights = heights / mass[:, None]
    densities = [(1 + heights[side].sum(axis=0)) / (1 + side.sum()) for side in (is_good, ~is_good)]
    odds = densities[0] / densities[1] * is_good.sum() / (~is_good).sum()
    best = int(odds.argmax())
    return best, float(odds[best] / (1 + odds[best]))


def tpe_choice_cases(rng):
    def case(tried, losses, candidates, fraction, width):
        arrays = {"tried": tried, "losses": losses, "candidates": candidates}
        return {**{name: np.array(value, dtype=float) for name, value in arrays.items()}, "fraction": fraction,
                "width": width}  # fmt: skip

    def drawn(n, fraction, width):
        tried = np.round(rng.uniform(0, 1, size=n), 3)
        losses = np.round((tried - rng.uniform(0.1, 0.4)) ** 2 + 0.1 * rng.uniform(size=n), 4)
        losses[rng.choice(n, size=3, replace=False)] = math.nan
        return case(tried, losses, np.round(rng.uniform(0, 1, size=9), 3), fraction, width)

    def crowded(n):
        """Many have been tried where the good ones are dense, bad ones too: the ratio is best elsewhere."""
        tried = np.round(np.concatenate([rng.normal(0.3, 0.02, size=n), [0.7, 0.9]]), 3)
        losses = np.round(np.concatenate([rng.uniform(0.4, 1, size=n), [0.1, 2.0]]), 3)
        losses[:2] = [0.2, 0.3]
        return case(tried, losses, [0.3, 0.7, 0.1, 0.5], 0.25, 0.08)

    return [
        case([0.25, 0.75], [0.5, 1], [0.25, 0.5, 0.75], 0.5, 0.2),
        case([0.5, 0.0, 1.0], [2, 1, 3], [0.0, 0.25], 0.25, 0.25),
        case([0.2, 0.4, 0.6, 0.8], [1, 1, 2, math.nan], [0.3, 0.1, 0.9], 0.25, 0.1),
        crowded(10),
        drawn(9, 0.25, 0.1),
        drawn(18, 0.125, 0.15),
        drawn(30, 0.125, 0.05),
    ]


TPE_CHOICE = Exercise(
    name="hyperparameter_tuning.tpe_choice",
    title="How probably is it good?",
    points=4,
    difficulty="challenge",
    hint="Rank the trials, nan last. Write the density of a set of points as a function of its own and call it twice. "
    "A kernel's mass between 0 and 1 is `(erf((1 - t) / (width * sqrt(2))) + erf(t / (width * sqrt(2)))) / 2`: divide "
    "by it. Then Bayes: a share n_good / n of the trials is good beforehand.",
    reference=tpe_choice,
    instances=tpe_choice_cases,
    misconceptions=(
        Misconception(
            takes_the_likeliest,
            "You choose where good trials are dense. Bad ones may be dense there, too: what counts is the ratio.",
        ),
        Misconception(
            returns_the_ratio,
            "Your choice is right; this is the ratio of the densities. Now turn it into the probability of being good.",
        ),
        Misconception(
            takes_even_odds,
            "Your choice is right. But good and bad are not equally probable beforehand: weight the densities with "
            "their numbers.",
        ),
        Misconception(
            never_cuts_the_kernels,
            "Near an end a part of the kernel lies outside [0, 1]: divide by the mass inside, so that it integrates to "
            "1.",
        ),
        Misconception(forgets_the_uniform_part, "The uniform density belongs to both, with the weight of one trial."),
        Misconception(
            adds_the_kernels_up, "A density integrates to 1: divide the sum by the number of its terms, 1 + trials."
        ),
        Misconception(takes_high_losses_for_good, "A low loss is good."),
        Misconception(
            drops_failed_trials,
            "You leave failed trials out. They are bad ones, and tell where not to look.",
        ),
        Misconception(rounds_the_good_down, "The number of good trials is rounded up."),
    ),
    alternatives=(tpe_choice_by_loops, tpe_choice_by_odds),
    rtol=1e-8,
    equivalent_mutants={
        "kernels = np.exp(-((tried - candidates[:, None]) / width) ** 2 / 2) / (width * math.sqrt(2 * math.pi))": "a "
        "square has no sign",
        "likely = (1 + kernels[:, order[:good]].sum(axis=-1)) / (good + 1)": "of two axes the last is the second",
        "other = (1 + kernels[:, order[good:]].sum(axis=-1)) / (n - good + 1)": "of two axes the last is the second",
        "n = len(losses)": "there is a loss for each trial",
    },
    play=plots.good_and_bad,
)
