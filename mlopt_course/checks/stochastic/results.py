"""Results of random runs, read honestly: solved shares with unfinished runs, and restarts."""

from __future__ import annotations

import math

import numpy as np

from ..exercise import Exercise, Misconception
from . import plots

# --- the share solved -------------------------------------------------------------------------------------------------


def share_solved(runs, dimensions, targets, budgets):
    shares = []
    for budget in budgets:
        solved = []
        for run, d in zip(runs, dimensions, strict=True):
            for target in targets:
                solved.append(min(run[: budget * d]) <= target)
        shares.append(np.mean(solved))
    return np.array(shares)


def _shares(runs, dimensions, targets, budgets, solved, counts=lambda run, end: True):
    table = []
    for budget in budgets:
        pairs = [
            solved(run[: budget * d], target)
            for run, d in zip(runs, dimensions, strict=True)
            for target in targets
            if counts(run, budget * d)
        ]
        table.append(sum(pairs) / len(pairs) if pairs else 0.0)
    return np.array(table)


def _reached(part, target):
    return min(part) <= target


def leaves_out_runs_that_ended(runs, dimensions, targets, budgets):
    return _shares(runs, dimensions, targets, budgets, _reached, lambda run, end: len(run) >= end)


def looks_at_the_last_value(runs, dimensions, targets, budgets):
    return _shares(runs, dimensions, targets, budgets, lambda part, target: part[-1] <= target)


def must_be_below_the_target(runs, dimensions, targets, budgets):
    return _shares(runs, dimensions, targets, budgets, lambda part, target: min(part) < target)


def counts_solved_pairs_only(runs, dimensions, targets, budgets):
    shares = share_solved(runs, dimensions, targets, budgets)
    whole = share_solved(runs, dimensions, targets, [max(map(len, runs))])[0]
    return shares / whole if whole else shares


def asks_for_all_targets(runs, dimensions, targets, budgets):
    return _shares(runs, dimensions, [min(targets)], budgets, _reached)


def asks_for_any_target(runs, dimensions, targets, budgets):
    return _shares(runs, dimensions, [max(targets)], budgets, _reached)


def forgets_the_dimension(runs, dimensions, targets, budgets):
    return share_solved(runs, [1] * len(runs), targets, budgets)


def is_one_evaluation_late(runs, dimensions, targets, budgets):
    return _shares(runs, dimensions, targets, budgets, lambda part, target: min(part[:-1], default=np.inf) <= target)


def share_solved_by_hits(runs, dimensions, targets, budgets):
    """The price of each pair, in evaluations per variable; infinite where it was never solved."""
    prices = []
    for run, d in zip(runs, dimensions, strict=True):
        for target in targets:
            hits = [number for number, value in enumerate(run, start=1) if value <= target]
            prices.append(hits[0] / d if hits else math.inf)
    return [sum(price <= budget for price in prices) / len(prices) for budget in budgets]


def share_solved_with_running_minima(runs, dimensions, targets, budgets):
    best = [np.minimum.accumulate(run) for run in runs]
    now = np.array([
        [low[min(len(low), budget * d) - 1] for low, d in zip(best, dimensions, strict=True)] for budget in budgets
    ])  # fmt: skip
    return (now[:, :, None] <= np.asarray(targets)).mean(axis=(1, 2))


def share_solved_cases(rng):
    def run(n, fall):
        """Values that fall on the whole, but not each time; a grain of 1/8 makes some equal to a target."""
        values = 8 * np.exp(-fall * np.arange(n) / n) + rng.exponential(size=n)
        return (np.round(8 * values) / 8).tolist()

    targets = [0.25, 0.5, 1.0, 2.0, 4.0]
    return [
        {"runs": [[3.0, 1.0, 2.0], [4.0, 3.0]], "dimensions": [1, 1], "targets": [1.0], "budgets": [1, 2, 3]},
        {"runs": [[5.0, 2.0, 3.0, 0.5], [2.5, 4.0]], "dimensions": [2, 1], "targets": [2.0, 1.0],
         "budgets": [1, 2, 4]},
        {"runs": [run(int(n), 4) for n in rng.integers(5, 40, size=4)], "dimensions": [1, 2, 3, 2],
         "targets": targets, "budgets": [1, 3, 6, 12]},
        {"runs": [run(int(n), 6) for n in rng.integers(20, 120, size=8)], "dimensions": [2, 5] * 4,
         "targets": targets[::-1], "budgets": [2, 5, 10, 20, 50]},
    ]  # fmt: skip


SHARE_SOLVED = Exercise(
    name="stochastic.share_solved",
    title="The share solved, unfinished runs included",
    points=3,
    difficulty="core",
    hint="A slice that goes beyond the end of a list is simply shorter. The lowest of the first values decides, not "
    "the "
    "last; and every pair of a run and a target counts, solved or not.",
    reference=share_solved,
    instances=share_solved_cases,
    misconceptions=(
        Misconception(
            leaves_out_runs_that_ended,
            "A run that ended early stays in the count, with what it has solved: otherwise those that give up look "
            "good.",
        ),
        Misconception(
            looks_at_the_last_value,
            "A target that was reached once is solved, even if later values are higher: take the lowest so far.",
        ),
        Misconception(must_be_below_the_target, "A value equal to the target solves it."),
        Misconception(
            counts_solved_pairs_only,
            "You divide by what is solved in the end, so that the curve ends at 1. Divide by *all* pairs.",
        ),
        Misconception(
            asks_for_all_targets,
            "Each pair of a run and a target counts by itself; you ask for the hardest target only.",
        ),
        Misconception(
            asks_for_any_target,
            "Each pair of a run and a target counts by itself; you ask for the easiest target only.",
        ),
        Misconception(
            forgets_the_dimension, "Budgets are per variable: a run in d dimensions may take d times as many."
        ),
        Misconception(is_one_evaluation_late, "A budget of n pays for n values: you look at one fewer."),
    ),
    alternatives=(share_solved_by_hits, share_solved_with_running_minima),
    equivalent_mutants={
        "for run, d in zip(runs, dimensions):": "each run has a dimension",
        "for run, d in zip(runs, dimensions, strict=False):": "each run has a dimension",
        "return shares": "a list of numbers is as good as an array",
    },
    play=plots.solved_curves,
)

# --- restarts ---------------------------------------------------------------------------------------------------------


def best_restart(times, setup):
    best = math.inf, math.inf
    for cutoff in times[np.isfinite(times)]:
        paid = np.sum(np.minimum(times, cutoff) + setup)
        best = min(best, (paid / np.sum(times <= cutoff), cutoff))
    return best[1], best[0]


def _restart(times, cutoffs, cost, last=False):
    found = [(cost(cutoff), cutoff) for cutoff in sorted(float(cutoff) for cutoff in cutoffs)]
    return min(found, key=lambda each: (each[0], -each[1] if last else each[1]))[::-1]


def forgets_the_failed_runs(times, setup):
    solved = times[np.isfinite(times)]
    return _restart(times, solved, lambda cutoff: float(np.mean(solved[solved <= cutoff])) + setup)


def never_restarts(times, setup):
    cutoff = float(times[np.isfinite(times)].max())
    return cutoff, float(np.sum(np.minimum(times, cutoff) + setup) / np.sum(np.isfinite(times)))


def sets_up_once(times, setup):
    def cost(cutoff):
        return float((np.sum(np.minimum(times, cutoff)) + setup) / np.sum(times <= cutoff))

    return _restart(times, times[np.isfinite(times)], cost)


def sets_up_for_free(times, setup):
    return best_restart(times, 0)


def adds_one_setup_at_the_end(times, setup):
    cutoff, cost = best_restart(times, 0)
    return cutoff, cost + setup


def drops_the_slow_successes(times, setup):
    """Runs that would have hit after the cutoff are left out, as if they had never been."""

    def cost(cutoff):
        kept = (times <= cutoff) | ~np.isfinite(times)
        return float(np.sum(np.minimum(times[kept], cutoff) + setup) / np.sum(times <= cutoff))

    return _restart(times, times[np.isfinite(times)], cost)


def takes_the_longest_of_equal_ones(times, setup):
    def cost(cutoff):
        return float(np.sum(np.minimum(times, cutoff) + setup) / np.sum(times <= cutoff))

    return _restart(times, times[np.isfinite(times)], cost, last=True)


def best_restart_by_all_cutoffs(times, setup):
    """All whole numbers are tried, by the formula with the rate: mean price of a failure, and of a success."""

    def cost(cutoff):
        spent = sum(min(time, cutoff) for time in times) + setup * len(times)
        return float(spent / sum(bool(time <= cutoff) for time in times))

    first, last = int(min(times)), int(max(time for time in times if time < math.inf))
    return list(_restart(times, range(first, last + 1), cost))


def best_restart_by_sorting(times, setup):
    """With the times sorted, the price of the first k hits is a running sum."""
    hits = np.sort(times[np.isfinite(times)])
    k = np.arange(1, len(hits) + 1)
    paid = np.cumsum(hits) + (len(times) - k) * hits + setup * len(times)
    costs = paid / k
    i = int(np.argmin(costs))
    return hits[i], costs[i]


def best_restart_cases(rng):
    def heavy(n, failed, scale):
        times = np.ceil(scale * np.exp(1.5 * rng.standard_normal(n)))
        return rng.permutation(np.concatenate([times, np.full(failed, np.inf)]))

    return [
        {"times": np.array([10.0, 90.0, np.inf]), "setup": 0},
        {"times": np.array([10.0, 20.0, 90.0, np.inf]), "setup": 5},
        {"times": np.array([20.0, 10.0, 30.0]), "setup": 0},
        {"times": np.array([30.0, 10.0]), "setup": 0},  # two cutoffs are equally good
        {"times": np.array([10.0, 12.0, 20.0]), "setup": 3},
        {"times": np.array([10.0, 10.0, 11.0, 400.0, np.inf, np.inf]), "setup": 90},
        {"times": heavy(12, 0, 60), "setup": 10},
        {"times": heavy(20, 8, 200), "setup": 50},
        {"times": heavy(40, 10, 30), "setup": 0},
    ]


BEST_RESTART = Exercise(
    name="stochastic.best_restart",
    title="When to give up",
    points=3,
    difficulty="core",
    hint="For a cutoff: which runs would have hit, what would all of them have cost, and how much is that for each "
    "hit? "
    "Only the times of hits need to be tried as cutoffs. Why?",
    reference=best_restart,
    instances=best_restart_cases,
    misconceptions=(
        Misconception(
            forgets_the_failed_runs,
            "That is the mean cost of a run. Add up what *all* runs cost, those given up too, and divide by the "
            "number of "
            "hits only.",
        ),
        Misconception(never_restarts, "That is the cost with the longest cutoff: try shorter ones."),
        Misconception(sets_up_once, "Every run pays for its setup, not only the first."),
        Misconception(sets_up_for_free, "Every run pays `setup` before its first evaluation."),
        Misconception(
            adds_one_setup_at_the_end,
            "There may be several starts until one hits, each with its setup; and so the best cutoff may be longer.",
        ),
        Misconception(
            drops_the_slow_successes,
            "A run that would have hit after the cutoff is one that was given up: it pays, and does not count as a "
            "hit.",
        ),
        Misconception(takes_the_longest_of_equal_ones, "Of equally good cutoffs, return the shortest."),
    ),
    alternatives=(best_restart_by_all_cutoffs, best_restart_by_sorting),
    equivalent_mutants={
        "best = min((paid / np.sum(times <= cutoff), cutoff), best)": "the minimum has no order",
        "paid = np.sum(np.minimum(cutoff, times) + setup)": "the minimum has no order",
        "return (best[-1], best[0])": "of two values the last is the second",
    },
    play=plots.price_of_patience,
)
