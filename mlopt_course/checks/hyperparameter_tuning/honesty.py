"""Comparisons and reports that may be believed."""

from __future__ import annotations

import math

import numpy as np

from ..exercise import Exercise, Misconception

# --- the same budget for all ------------------------------------------------------------------------------------------


def best_within(costs, losses, budgets):
    spent = np.cumsum(costs, axis=1)
    medians = []
    for budget in budgets:
        counts = (spent <= budget) & ~np.isnan(losses)
        best = np.min(losses, axis=1, where=counts, initial=math.inf)
        medians.append(np.median(best))
    return np.array(medians)


def _within(costs, losses, budgets, wrong=""):
    table = []
    for cost, loss in zip(costs, losses, strict=True):
        row = []
        for budget in budgets:
            spent, best = 0.0, math.inf
            for price, value in zip(cost, loss, strict=True):
                failed = bool(np.isnan(value))
                if wrong == "begun" and spent >= budget:
                    break
                if wrong == "counts trials":
                    spent += 1
                elif not (failed and wrong == "failures are free"):
                    spent += price
                if wrong != "begun" and (spent > budget or (wrong == "below" and spent >= budget)):
                    break
                if failed and wrong == "failures are perfect":
                    best = min(best, 0.0)
                elif not failed:
                    best = value if wrong == "newest" else min(best, value)
            row.append(best)
        table.append(row)
    return np.array(table)


def counts_trials(costs, losses, budgets):
    return np.median(_within(costs, losses, budgets, "counts trials"), axis=0)


def counts_what_has_begun(costs, losses, budgets):
    return np.median(_within(costs, losses, budgets, "begun"), axis=0)


def must_stay_below(costs, losses, budgets):
    return np.median(_within(costs, losses, budgets, "below"), axis=0)


def lets_failures_go_free(costs, losses, budgets):
    return np.median(_within(costs, losses, budgets, "failures are free"), axis=0)


def takes_failures_for_zero(costs, losses, budgets):
    return np.median(_within(costs, losses, budgets, "failures are perfect"), axis=0)


def keeps_the_newest(costs, losses, budgets):
    return np.median(_within(costs, losses, budgets, "newest"), axis=0)


def shows_the_luckiest_run(costs, losses, budgets):
    return _within(costs, losses, budgets).min(axis=0)


def takes_the_mean(costs, losses, budgets):
    return _within(costs, losses, budgets).mean(axis=0)


def best_within_by_loops(costs, losses, budgets):
    return [float(value) for value in np.median(_within(costs, losses, budgets), axis=0)]


def best_within_by_searching(costs, losses, budgets):
    """The best so far as a staircase, read off at each budget."""
    stairs = np.fmin.accumulate(np.where(np.isnan(losses), math.inf, losses), axis=1)
    heights = []
    for cost, stair in zip(costs, stairs, strict=True):
        finished = np.searchsorted(np.cumsum(cost), budgets, side="right")
        heights.append(np.concatenate([[math.inf], stair])[finished])
    return np.median(heights, axis=0)


def best_within_cases(rng):
    def case(costs, losses, budgets):
        return {"costs": np.array(costs, dtype=float), "losses": np.array(losses, dtype=float),
                "budgets": np.array(budgets, dtype=float)}  # fmt: skip

    def drawn(runs, trials):
        losses = np.round(rng.uniform(0.1, 1, size=(runs, trials)), 3)
        losses[rng.uniform(size=losses.shape) < 0.2] = math.nan
        return case(rng.integers(1, 9, size=(runs, trials)) / 4, losses, [0.5, 1.25, 3, 4.5, 7, 40])

    return [
        case([[2, 3, 1]], [[0.5, 0.25, 0.375]], [1, 2, 4, 5, 6]),
        case([[2, 1, 1, 2]], [[0.5, math.nan, 0.75, 0.25]], [3, 4, 5, 6]),
        case([[1, 1], [1, 3], [2, 1]], [[0.5, 0.25], [0.75, 0.125], [0.25, 0.5]], [1, 2, 3, 4]),
        case([[1], [1], [2], [2]], [[0.5], [0.25], [0.125], [0.375]], [0.5, 1, 2]),
        drawn(5, 6),
        drawn(6, 8),
    ]


BEST_WITHIN = Exercise(
    name="hyperparameter_tuning.best_within",
    title="The same budget for all",
    points=2,
    difficulty="warm-up",
    hint="`np.cumsum` along each run says when each trial is finished. For one budget and one run: which losses count, "
    "and what is the least of them if there is none?",
    reference=best_within,
    instances=best_within_cases,
    misconceptions=(
        Misconception(
            counts_trials, "You compare after so many *trials*; here they differ in cost, so add up `costs`."
        ),
        Misconception(
            counts_what_has_begun,
            "A trial that is still running when the budget ends has no loss yet: it does not count.",
        ),
        Misconception(must_stay_below, "A trial that spends the budget to the last bit is finished within it: `<=`."),
        Misconception(lets_failures_go_free, "A failed trial has no loss, but it has been paid for."),
        Misconception(takes_failures_for_zero, "A failed trial (nan) is not a loss of zero: leave it out."),
        Misconception(keeps_the_newest, "Return the *best* loss so far, not the newest one."),
        Misconception(
            shows_the_luckiest_run,
            "You show the luckiest of the runs. What can be expected is in the middle: the median over the runs.",
        ),
        Misconception(takes_the_mean, "Take the median over the runs: one run without any loss would make a mean inf."),
    ),
    alternatives=(best_within_by_loops, best_within_by_searching),
    equivalent_mutants={
        "best = np.min(losses, axis=-1, where=counts, initial=math.inf)": "of two axes the last is the second",
        "spent = np.cumsum(costs, axis=-1)": "of two axes the last is the second",
        "counts = ~np.isnan(losses) & (spent <= budget)": "and has no order here",
        "return medians": "a list of numbers is as good as an array",
    },
)

# --- which number may be reported -------------------------------------------------------------------------------------


def honest_reports(events, groups):
    used: set[str] = set()
    honest = []
    for what, rows in events:
        people = {groups[row] for row in rows}
        if what == "report":
            honest.append(not people & used)
        else:
            used = used | people
    return honest


def _reports(events, groups, counts=("train", "choose"), whole=False, latest=False, future=False):
    honest = []
    for k, (what, rows) in enumerate(events):
        if what != "report":
            continue
        before = [{groups[i] for i in r} for w, r in (events if future else events[:k]) if w in counts]
        used = set().union(*before[-1:] if latest else before)
        people = {groups[i] for i in rows}
        honest.append(not people <= used if whole else not people & used)
    return honest


def looks_at_rows(events, groups):
    return _reports(events, range(len(groups)))


def forgives_choosing(events, groups):
    return _reports(events, groups, counts=("train",))


def forgives_training(events, groups):
    return _reports(events, groups, counts=("choose",))


def wears_rows_out(events, groups):
    return _reports(events, groups, counts=("train", "choose", "report"))


def forgives_a_few(events, groups):
    return _reports(events, groups, whole=True)


def remembers_the_latest_only(events, groups):
    return _reports(events, groups, latest=True)


def holds_the_future_against_it(events, groups):
    return _reports(events, groups, future=True)


def says_which_are_not(events, groups):
    return [not fine for fine in honest_reports(events, groups)]


def honest_reports_by_looking_back(events, groups):
    return _reports(events, groups)


def honest_reports_with_a_mask(events, groups):
    names = list(dict.fromkeys(groups))
    number = np.array([names.index(group) for group in groups])
    clean = np.ones(len(names), dtype=bool)
    answers = []
    for what, rows in events:
        touched = number[np.array(rows, dtype=int)]
        if what == "report":
            answers.append(bool(clean[touched].all()))
            continue
        clean[touched] = False
    return answers


def honest_reports_cases(rng):
    def case(groups, *events):
        return {"events": [(what, list(rows)) for what, rows in events], "groups": list(groups)}

    def drawn(people, length):
        groups = sorted(rng.choice(["Ada", "Ben", "Cem", "Dora", "Eva", "Finn", "Gil"], size=people).tolist())
        kinds = ["train", *rng.choice(["train", "choose", "report", "report"], size=length).tolist(), "report"]
        return case(groups, *((kind, sorted(rng.choice(people, size=2, replace=False).tolist())) for kind in kinds))

    return [
        case("ABCD", ("train", [0, 1]), ("choose", [2]), ("report", [3])),
        case("ABCD", ("train", [0, 1]), ("choose", [2]), ("report", [2])),
        case("ABCD", ("train", [0, 1]), ("report", [1, 2]), ("report", [2, 3])),
        case("AABB", ("train", [0]), ("report", [1]), ("report", [2, 3])),
        case("ABC", ("report", [2]), ("train", [0]), ("report", [2]), ("choose", [2]), ("report", [2])),
        case("ABCDE", ("train", [0]), ("choose", [1]), ("train", [2]), ("report", [0]), ("report", [1, 4])),
        case("ABC", ("train", [0]), ("choose", [1]), ("choose", [1]), ("report", [1])),
        drawn(8, 5),
        drawn(12, 8),
        drawn(16, 8),
    ]


HONEST_REPORTS = Exercise(
    name="hyperparameter_tuning.honest_reports",
    title="Which number may be reported?",
    points=2,
    difficulty="warm-up",
    hint="Walk through the log and keep a set of the groups that have been used so far. Which events add to it?",
    reference=honest_reports,
    instances=honest_reports_cases,
    misconceptions=(
        Misconception(
            looks_at_rows,
            "You compare rows. Two rows of the same group are nearly copies: if one was trained on, the other is "
            "known.",
        ),
        Misconception(
            forgives_choosing,
            "Rows on which a choice was made are used up, too: the choice fits them better than others.",
        ),
        Misconception(forgives_training, "Rows that were trained on are used up, of course."),
        Misconception(
            wears_rows_out,
            "A report alone does not use rows up. It is what you *do* with it that does, and that is a choice.",
        ),
        Misconception(forgives_a_few, "One used group among the rows is enough to spoil a report."),
        Misconception(remembers_the_latest_only, "Rows stay used: look at all earlier events, not the latest only."),
        Misconception(
            holds_the_future_against_it,
            "Only what happened *before* a report counts: what comes later cannot spoil it.",
        ),
        Misconception(says_which_are_not, "These are the answers the wrong way round: True means honest."),
    ),
    alternatives=(honest_reports_by_looking_back, honest_reports_with_a_mask),
    equivalent_mutants={
        "honest.append(not used & people)": "what two sets share has no order",
        "used = people | used": "the union of two sets has no order",
    },
)
