"""From scores to decisions: weights undone, and thresholds with a price."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Misconception
from . import plots

# --- weights undone -----------------------------------------------------------------------------------------


def unweighted_chances(chances, positive, negative):
    yes, no = chances / positive, (1 - chances) / negative
    return yes / (yes + no)


def multiplies_by_the_weights(chances, positive, negative):
    yes, no = chances * positive, (1 - chances) * negative
    return yes / (yes + no)


def divides_the_positive_part_alone(chances, positive, negative):
    return chances / positive


def divides_by_the_ratio(chances, positive, negative):
    return chances * negative / positive


def undoes_the_positive_weight_only(chances, positive, negative):
    return unweighted_chances(chances, positive, 1.0)


def forgets_to_normalise(chances, positive, negative):
    return (chances / positive) / ((1 - chances) / negative)


def moves_the_threshold_instead(chances, positive, negative):
    return (chances >= positive / (positive + negative)).astype(float)


def unweighted_chances_through_odds(chances, positive, negative):
    with np.errstate(divide="ignore"):
        odds = np.asarray(chances) / (1 - np.asarray(chances)) * negative / positive
        return 1 / (1 + 1 / odds)


def unweighted_chances_in_one_fraction(chances, positive, negative):
    return [float(negative * p / (negative * p + positive * (1 - p))) for p in chances]


def unweighted_chances_cases(rng):
    return [
        {"chances": np.array([0.5]), "positive": 4.0, "negative": 1.0},
        {"chances": np.array([0.8, 0.2]), "positive": 1.0, "negative": 3.0},
        {"chances": np.array([0.9, 0.5, 0.1]), "positive": 6.0, "negative": 2.0},
        {
            "chances": rng.uniform(0.01, 0.99, size=8),
            "positive": float(rng.uniform(2, 20)),
            "negative": float(rng.uniform(0.3, 0.9)),
        },
    ]


UNWEIGHTED_CHANCES = Exercise(
    name="losses.unweighted_chances",
    title="What class weights did to the chances",
    points=2,
    difficulty="warm-up",
    hint="Weighing positive examples four times is like having each of them four times in the data. Then the odds of a "
    "positive are four times too high. Odds are p / (1 - p).",
    reference=unweighted_chances,
    instances=unweighted_chances_cases,
    misconceptions=(
        Misconception(
            multiplies_by_the_weights,
            "You apply the weights once more. The model has them in its chances already: divide.",
        ),
        Misconception(
            divides_the_positive_part_alone,
            "You divide the chance by its weight. Then yes and no no longer add up to 1.",
        ),
        Misconception(
            divides_by_the_ratio,
            "It is the *odds* that are too high by the ratio of the weights, not the chance itself.",
        ),
        Misconception(undoes_the_positive_weight_only, "Negative examples have a weight, too: undo both."),
        Misconception(forgets_to_normalise, "Those are the true odds; turn them into a chance: odds / (1 + odds)."),
        Misconception(
            moves_the_threshold_instead, "You decide. The exercise asks for the chance that each example is positive."
        ),
    ),
    alternatives=(unweighted_chances_through_odds, unweighted_chances_in_one_fraction),
)

# --- a threshold from a cost matrix -------------------------------------------------------------------------


def break_even(profits):
    (rest, alarm), (miss, hit) = profits
    return (rest - alarm) / ((rest - alarm) + (hit - miss))


def takes_one_half(profits):
    return 0.5


def looks_at_the_costs_of_mistakes_only(profits):
    (_, alarm), (miss, _) = profits
    return alarm / (alarm + miss)


def has_it_the_other_way_round(profits):
    return 1 - break_even(profits)


def reads_the_matrix_by_columns(profits):
    return break_even(np.transpose(profits))


def gives_the_odds(profits):
    (rest, alarm), (miss, hit) = profits
    return (rest - alarm) / (hit - miss)


def forgets_what_resting_earns(profits):
    (_, alarm), (miss, hit) = profits
    return -alarm / (hit - miss - alarm)


def looks_at_acting_only(profits):
    (_, alarm), (_, hit) = profits
    return -alarm / (hit - alarm)


def break_even_by_a_line(profits):
    """Acting and resting earn lines over the chance: where do they cross?"""
    earned = np.asarray(profits, dtype=float)
    advantage = earned[:, 1] - earned[:, 0]  # of acting, for sure negatives and for sure positives
    return advantage[0] / (advantage[0] - advantage[1])


def break_even_by_solving(profits):
    (a, b), (c, d) = ((float(v) for v in row) for row in profits)
    return float(np.roots([d - c - b + a, b - a])[0])


def break_even_cases(rng):
    random = rng.uniform(0, 10, size=(2, 2))
    random[0, 1] = random[0, 0] - rng.uniform(1, 20)
    random[1, 1] = random[1, 0] + rng.uniform(1, 20)
    return [
        {"profits": np.array([[0.0, -1.0], [0.0, 4.0]])},
        {"profits": np.array([[0.0, -1.0], [-9.0, 0.0]])},
        {"profits": np.array([[2.0, -1.0], [-5.0, 7.0]])},
        {"profits": np.array([[1.0, 0.5], [-3.0, 2.0]])},
        {"profits": random},
    ]


BREAK_EVEN = Exercise(
    name="losses.break_even",
    title="From which chance on does it pay?",
    points=2,
    difficulty="core",
    hint="For an example with the chance p, what do you earn on average if you act, and what if you do not? Set the "
    "two equal.",
    reference=break_even,
    instances=break_even_cases,
    misconceptions=(
        Misconception(takes_one_half, "One half is right only if both mistakes cost the same: here they do not."),
        Misconception(
            looks_at_the_costs_of_mistakes_only,
            "You look at the two mistakes only. What counts is the *difference* between acting and resting, for each "
            "kind.",
        ),
        Misconception(
            has_it_the_other_way_round, "That is the chance of a negative at the threshold; return that of a positive."
        ),
        Misconception(
            reads_the_matrix_by_columns,
            "Rows are what is true (0, 1), columns what you do (0: rest, 1: act); you read it the other way.",
        ),
        Misconception(gives_the_odds, "Those are the odds at the threshold; the chance is odds / (1 + odds)."),
        Misconception(
            forgets_what_resting_earns, "Resting on a negative earns something, too: its profit is profits[0][0]."
        ),
        Misconception(
            looks_at_acting_only,
            "That is where acting earns nothing on average. Compare it with what resting earns: the left column.",
        ),
    ),
    alternatives=(break_even_by_a_line, break_even_by_solving),
    equivalent_mutants={"(rest, alarm), (miss, hit) = -profits": "the sign cancels in the fraction"},
)

# --- the best threshold -------------------------------------------------------------------------------------


def best_threshold(labels, scores, profits):
    choices = []
    for threshold in [*np.unique(scores), np.inf]:
        acts = (scores >= threshold).astype(int)
        choices.append((np.sum(profits[labels, acts]), threshold))
    return max(choices)


def _earned(labels, scores, profits, threshold):
    return float(np.sum(profits[labels, (scores >= threshold).astype(int)]))


def never_rests_altogether(labels, scores, profits):
    return max((_earned(labels, scores, profits, t), float(t)) for t in np.unique(scores))


def takes_the_lowest_of_equals(labels, scores, profits):
    tried = [(_earned(labels, scores, profits, t), -t) for t in [*np.unique(scores), np.inf]]
    earned, threshold = max(tried)
    return earned, -threshold


def acts_only_above(labels, scores, profits):
    tried = [(float(np.sum(profits[labels, (scores > t).astype(int)])), float(t)) for t in [*np.unique(scores), np.inf]]
    return max(tried)


def averages_the_profit(labels, scores, profits):
    earned, threshold = best_threshold(labels, scores, profits)
    return earned / len(labels), threshold


def maximises_accuracy(labels, scores, profits):
    tried = [(np.mean((scores >= t) == labels), float(t)) for t in [*np.unique(scores), np.inf]]
    threshold = max(tried)[1]
    return _earned(labels, scores, profits, threshold), threshold


def reads_the_profits_transposed(labels, scores, profits):
    return best_threshold(labels, scores, profits.T)


def trusts_the_break_even(labels, scores, profits):
    threshold = float(break_even(profits))
    return _earned(labels, scores, profits, threshold), threshold


def best_threshold_by_sorting(labels, scores, profits):
    """From acting on nobody, let one level after the other in, from the top."""
    earned = sum(profits[label, 0] for label in labels)
    best = (float(earned), float("inf"))
    for level in sorted(set(scores), reverse=True):
        for label, score in zip(labels, scores, strict=True):
            if score == level:
                earned = earned + profits[label, 1] - profits[label, 0]
        if earned > best[0] + 1e-9:
            best = (float(earned), float(level))
    return best


def best_threshold_with_cumulated_gains(labels, scores, profits):
    gains = (profits[:, 1] - profits[:, 0])[labels]
    levels = np.unique(scores)[::-1]
    totals = profits[labels, 0].sum() + np.array([0, *(gains[scores >= level].sum() for level in levels)])
    first = int(np.argmax(np.round(totals, 9)))
    return [totals[first], np.r_[np.inf, levels][first]]


def best_threshold_cases(rng):
    labels = rng.permutation(np.r_[np.ones(8), np.zeros(22)]).astype(int)
    scores = np.round(1 / (1 + np.exp(-rng.normal(size=30) - 1.5 * labels + 1)), 1)
    spam = np.array([[0.0, -10.0], [-1.0, 0.0]])
    return [
        {"labels": np.array([1, 0]), "scores": np.array([0.75, 0.25]), "profits": np.array([[0.0, -1.0], [0.0, 2.0]])},
        {"labels": np.array([0, 0]), "scores": np.array([0.5, 0.25]), "profits": np.array([[1.0, -1.0], [0.0, 2.0]])},
        {
            "labels": np.array([1, 0, 1]),
            "scores": np.array([0.9, 0.8, 0.7]),
            "profits": np.array([[0.0, -2.0], [0.0, 2.0]]),
        },
        {"labels": np.array([1, 1, 0, 0]), "scores": np.array([0.5, 0.9, 0.5, 0.1]), "profits": spam},
        {
            "labels": np.array([0, 0, 0, 1]),
            "scores": np.array([0.9, 0.8, 0.7, 0.6]),
            "profits": np.array([[0.0, -1.0], [0.0, 10.0]]),
        },
        {"labels": labels, "scores": scores, "profits": np.array([[0.0, -1.0], [0.0, 4.0]])},
        {"labels": labels, "scores": scores, "profits": np.array([[1.0, -3.0], [-8.0, 5.0]])},
    ]


BEST_THRESHOLD = Exercise(
    name="losses.best_threshold",
    title="The threshold that earns most",
    points=3,
    difficulty="challenge",
    hint="Only thresholds at which something changes matter: the scores themselves, and one above all of them. "
    "`profits[labels, acts]` picks an entry for each example.",
    reference=best_threshold,
    instances=best_threshold_cases,
    misconceptions=(
        Misconception(
            never_rests_altogether,
            "It may be best to act on nobody: try a threshold above all scores, math.inf, as well.",
        ),
        Misconception(
            takes_the_lowest_of_equals, "Of several thresholds that earn the same, return the highest: it acts least."
        ),
        Misconception(acts_only_above, "A score equal to the threshold is acted upon: >=, not >."),
        Misconception(averages_the_profit, "Return the total profit, not the mean."),
        Misconception(
            maximises_accuracy,
            "Your threshold makes the fewest mistakes. Mistakes do not cost the same: maximise the profit.",
        ),
        Misconception(
            reads_the_profits_transposed, "profits[truth, action]: the row is the label, the column what you do."
        ),
        Misconception(
            trusts_the_break_even,
            "That threshold is best if the scores are the true chances. Here it is to be found in the data: try them "
            "all.",
        ),
    ),
    alternatives=(best_threshold_by_sorting, best_threshold_with_cumulated_gains),
    equivalent_mutants={
        "acts = -(scores >= threshold).astype(int)": "of two columns -1 is the second as well",
        "for threshold in [*scores, np.inf]:": "trying a threshold twice changes nothing",
        "for threshold in [np.inf, *np.unique(scores)]:": "the order in which they are tried does not matter",
    },
    play=plots.profit_curve,
)
