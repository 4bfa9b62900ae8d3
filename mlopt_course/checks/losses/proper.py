"""Challenge: whether a loss rewards honest chances."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Misconception
from ..probes import Polynomial


def honesty_gap(loss_if_yes, loss_if_no, grid):
    gaps = []
    for truth in grid:
        expected = [truth * loss_if_yes(report) + (1 - truth) * loss_if_no(report) for report in grid]
        gaps.append(abs(grid[np.argmin(expected)] - truth))
    return max(gaps)


def _expected(loss_if_yes, loss_if_no, grid):
    return np.outer(grid, loss_if_yes(grid)) + np.outer(1 - grid, loss_if_no(grid))


def swaps_the_two_losses(loss_if_yes, loss_if_no, grid):
    return honesty_gap(loss_if_no, loss_if_yes, grid)


def averages_the_gaps(loss_if_yes, loss_if_no, grid):
    best = grid[np.argmin(_expected(loss_if_yes, loss_if_no, grid), axis=1)]
    return np.mean(np.abs(best - grid))


def weighs_yes_and_no_alike(loss_if_yes, loss_if_no, grid):
    best = grid[np.argmin(loss_if_yes(grid) + loss_if_no(grid))]
    return np.max(np.abs(best - grid))


def measures_the_loss_instead(loss_if_yes, loss_if_no, grid):
    expected = _expected(loss_if_yes, loss_if_no, grid)
    return np.max(np.diag(expected) - expected.min(axis=1))


def looks_at_one_half_only(loss_if_yes, loss_if_no, grid):
    expected = 0.5 * loss_if_yes(grid) + 0.5 * loss_if_no(grid)
    return abs(grid[np.argmin(expected)] - 0.5)


def lets_the_truth_vary(loss_if_yes, loss_if_no, grid):
    best = grid[np.argmin(_expected(loss_if_yes, loss_if_no, grid), axis=0)]
    return np.max(np.abs(best - grid))


def returns_the_most_tempting_report(loss_if_yes, loss_if_no, grid):
    best = grid[np.argmin(_expected(loss_if_yes, loss_if_no, grid), axis=1)]
    return best[np.argmax(np.abs(best - grid))]


def takes_the_highest_of_equals(loss_if_yes, loss_if_no, grid):
    return honesty_gap(loss_if_yes, loss_if_no, grid[::-1])


def honesty_gap_with_arrays(loss_if_yes, loss_if_no, grid):
    reports = grid[np.argmin(_expected(loss_if_yes, loss_if_no, grid), axis=1)]
    return float(np.abs(reports - grid).max())


def honesty_gap_with_min(loss_if_yes, loss_if_no, grid):
    def best(truth):
        return min(grid, key=lambda report: truth * loss_if_yes(report) + (1 - truth) * loss_if_no(report))

    return max(abs(best(truth) - truth) for truth in grid)


def honesty_gap_cases(rng):
    def case(yes, no, n):
        yes, no = (Polynomial(np.array(coefficients, dtype=float)) for coefficients in (yes, no))
        return {"loss_if_yes": yes, "loss_if_no": no, "grid": np.linspace(0, 1, n)}

    c = float(rng.uniform(1.5, 3))
    return [
        case([1, -1], [0, 1], 4),  # the absolute error
        case([1, -1], [0, 3], 5),  # with a weight: for a truth of 3/4 all reports cost the same
        case([1, -2, 1], [0, 0, 1], 11),  # the squared error
        case([1, -3, 3, -1], [0, 0, 0, 1], 11),  # the cubed error
        case([c, -2 * c, c], [0, 0, 1], 21),  # squared, with a weight
        case([2, -3, 0, 1], [0, 0, 3, -1], 21),
        case([0, -1, float(rng.uniform(0.2, 0.8))], [0, 0, 0.5], 13),
    ]


HONESTY_GAP = Exercise(
    name="losses.honesty_gap",
    title="Does it pay to be honest?",
    points=3,
    difficulty="challenge",
    hint="Fix the true chance q. The report p costs q loss_if_yes(p) + (1 - q) loss_if_no(p) on average. Which p of "
    "the grid costs least, and how far is it from q?",
    reference=honesty_gap,
    instances=honesty_gap_cases,
    misconceptions=(
        Misconception(
            swaps_the_two_losses, "You use the loss for 'no' with the chance of 'yes', and the other way round."
        ),
        Misconception(
            averages_the_gaps, "Return the largest gap, not the average: one truth is enough to tempt a liar."
        ),
        Misconception(weighs_yes_and_no_alike, "Weigh the two losses by the true chance of each: q and 1 - q."),
        Misconception(
            measures_the_loss_instead,
            "You measure what a lie saves. The exercise asks how far the best report is from the truth.",
        ),
        Misconception(looks_at_one_half_only, "Try every true chance on the grid, not one half alone."),
        Misconception(
            lets_the_truth_vary,
            "The truth is given and the *report* is chosen: look for the best report for each truth.",
        ),
        Misconception(returns_the_most_tempting_report, "Return the distance between the best report and the truth."),
        Misconception(takes_the_highest_of_equals, "Of several reports that cost the same, take the lowest."),
    ),
    alternatives=(honesty_gap_with_arrays, honesty_gap_with_min),
    equivalent_mutants={"gaps.append(abs(truth - grid[np.argmin(expected)]))": "a distance has no direction"},
)
