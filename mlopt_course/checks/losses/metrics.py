"""Accuracy, precision, recall and the area under the curve, with their corners."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Misconception

# --- accuracy, precision, recall ----------------------------------------------------------------------------


def scores_at(labels, scores, threshold):
    found = scores >= threshold
    hits = np.sum(found & (labels == 1))
    accuracy = np.mean(found == (labels == 1))
    precision = hits / np.sum(found) if np.any(found) else 1.0
    return accuracy, precision, hits / np.sum(labels)


def leaves_the_threshold_out(labels, scores, threshold):
    return scores_at(labels, scores, np.nextafter(threshold, np.inf))


def swaps_precision_and_recall(labels, scores, threshold):
    accuracy, precision, recall = scores_at(labels, scores, threshold)
    return accuracy, recall, precision


def calls_nothing_found_nan(labels, scores, threshold):
    found = scores >= threshold
    hits = np.sum(found & (labels == 1))
    return (
        float(np.mean(found == (labels == 1))),
        float("nan") if not found.any() else hits / found.sum(),
        hits / labels.sum(),
    )


def calls_nothing_found_zero(labels, scores, threshold):
    accuracy, precision, recall = scores_at(labels, scores, threshold)
    return accuracy, precision if np.any(scores >= threshold) else 0.0, recall


def counts_hits_only_as_accuracy(labels, scores, threshold):
    _, precision, recall = scores_at(labels, scores, threshold)
    return np.mean((scores >= threshold) & (labels == 1)), precision, recall


def takes_recall_of_the_negatives(labels, scores, threshold):
    accuracy, precision, _ = scores_at(labels, scores, threshold)
    return accuracy, precision, np.mean(scores[labels == 0] < threshold)


def divides_hits_by_all(labels, scores, threshold):
    accuracy, precision, recall = scores_at(labels, scores, threshold)
    return accuracy, precision, recall * labels.sum() / len(labels)


def scores_at_by_counting(labels, scores, threshold):
    table = {(truth, found): 0 for truth in (False, True) for found in (False, True)}
    for label, score in zip(labels, scores, strict=True):
        table[bool(label), bool(score >= threshold)] += 1
    hits, misses, alarms = table[True, True], table[True, False], table[False, True]
    precision = 1 if hits + alarms == 0 else hits / (hits + alarms)
    return [1 - (misses + alarms) / len(labels), precision, hits / (hits + misses)]


def scores_at_by_histogram(labels, scores, threshold):
    kind = 2 * np.asarray(labels).astype(int) + np.greater_equal(scores, threshold)
    rests, alarms, misses, hits = np.bincount(kind, minlength=4)
    return (rests + hits) / kind.size, np.divide(hits, hits + alarms) if hits + alarms else 1.0, hits / (misses + hits)


def scores_at_cases(rng):
    labels = rng.permutation(np.r_[np.ones(4), np.zeros(9)]).astype(int)
    scores = np.round(rng.normal(size=13) + labels, 1)
    return [
        {"labels": np.array([1, 0]), "scores": np.array([0.9, 0.2]), "threshold": 0.9},
        {"labels": np.array([1, 0]), "scores": np.array([0.2, 0.9]), "threshold": 0.5},  # only a false alarm
        {"labels": np.array([1, 0, 0]), "scores": np.array([0.3, 0.6, 0.1]), "threshold": 0.7},  # nothing found
        {"labels": np.array([1, 1, 0, 0, 0]), "scores": np.array([0.8, 0.4, 0.7, 0.6, 0.1]), "threshold": 0.5},
        {"labels": labels, "scores": scores, "threshold": float(np.sort(scores)[7])},
        {"labels": labels, "scores": scores, "threshold": float(np.max(scores)) + 1.0},
        {"labels": labels, "scores": scores, "threshold": float(np.min(scores))},
    ]


SCORES_AT = Exercise(
    name="losses.scores_at",
    title="Accuracy, precision and recall at a threshold",
    points=2,
    difficulty="warm-up",
    hint="Precision asks of what was *found* how much is right; recall asks of what is *there* how much was found.",
    reference=scores_at,
    instances=scores_at_cases,
    misconceptions=(
        Misconception(leaves_the_threshold_out, "A score equal to the threshold counts as found: >=, not >."),
        Misconception(swaps_precision_and_recall, "You have precision and recall the wrong way round."),
        Misconception(calls_nothing_found_nan, "If nothing is found, return a precision of 1.0: no alarm was false."),
        Misconception(
            calls_nothing_found_zero, "If nothing is found, this exercise wants a precision of 1.0: no alarm was false."
        ),
        Misconception(counts_hits_only_as_accuracy, "Accuracy counts the negatives that were rightly left alone, too."),
        Misconception(
            takes_recall_of_the_negatives,
            "That is the share of the *negatives* that were left alone; recall is about positives.",
        ),
        Misconception(divides_hits_by_all, "Recall divides by the number of positives, not of all examples."),
    ),
    alternatives=(scores_at_by_counting, scores_at_by_histogram),
    equivalent_mutants={"hits = np.sum((labels == 1) & found)": "'and' has no order"},
)

# --- AUC from counts ----------------------------------------------------------------------------------------


def auc_of_levels(positive, negative):
    below = np.cumsum(negative) - negative
    return np.sum(positive * (below + negative / 2)) / (np.sum(positive) * np.sum(negative))


def counts_ties_as_wins(positive, negative):
    return np.sum(positive * np.cumsum(negative)) / (np.sum(positive) * np.sum(negative))


def counts_ties_as_losses(positive, negative):
    return np.sum(positive * (np.cumsum(negative) - negative)) / (np.sum(positive) * np.sum(negative))


def starts_at_the_top(positive, negative):
    return auc_of_levels(positive[::-1], negative[::-1])


def leaves_ties_out(positive, negative):
    pairs = np.sum(positive) * np.sum(negative) - np.sum(positive * negative)
    wins = np.sum(positive * (np.cumsum(negative) - negative))
    return wins / pairs if pairs else 0.5


def divides_by_all_pairs(positive, negative):
    n = np.sum(positive) + np.sum(negative)
    return auc_of_levels(positive, negative) * np.sum(positive) * np.sum(negative) / (n * (n - 1) / 2)


def counts_levels_not_examples(positive, negative):
    return auc_of_levels((positive > 0).astype(float), (negative > 0).astype(float))


def auc_of_levels_by_pairs(positive, negative):
    scores = [k for k, n in enumerate(positive) for _ in range(int(n))]
    others = [k for k, n in enumerate(negative) for _ in range(int(n))]
    return sum((a > b) + 0.5 * (a == b) for a in scores for b in others) / (len(scores) * len(others))


def auc_of_levels_under_the_curve(positive, negative):
    """The area under the ROC curve, by trapezia."""
    hits = np.r_[0, np.cumsum(positive[::-1])] / np.sum(positive)
    alarms = np.r_[0, np.cumsum(negative[::-1])] / np.sum(negative)
    return float(np.sum(np.diff(alarms) * (hits[1:] + hits[:-1]) / 2))


def auc_of_levels_cases(rng):
    return [
        {"positive": np.array([0.0, 1.0]), "negative": np.array([1.0, 0.0])},
        {"positive": np.array([1.0, 1.0]), "negative": np.array([1.0, 0.0])},
        {"positive": np.array([2.0, 1.0, 3.0]), "negative": np.array([4.0, 2.0, 0.0])},
        {"positive": np.array([3.0]), "negative": np.array([5.0])},
        {"positive": rng.integers(1, 9, size=6).astype(float), "negative": rng.integers(1, 9, size=6).astype(float)},
        {"positive": np.r_[rng.integers(0, 5, size=9), 3.0], "negative": np.r_[4.0, rng.integers(0, 5, size=9)]},
    ]


AUC_OF_LEVELS = Exercise(
    name="losses.auc_of_levels",
    title="The area under the curve, from counts",
    points=3,
    difficulty="core",
    hint="Take a random positive and a random negative. The area is the chance that the positive has the higher "
    "score, where a tie counts half. For the positives of one level: how many negatives lie below, how many "
    "beside them?",
    reference=auc_of_levels,
    instances=auc_of_levels_cases,
    misconceptions=(
        Misconception(counts_ties_as_wins, "You count a tie as a win; it counts half."),
        Misconception(counts_ties_as_losses, "You count a tie as nothing; it counts half."),
        Misconception(starts_at_the_top, "The levels are in increasing order: the first has the lowest score."),
        Misconception(leaves_ties_out, "You leave ties out. They belong to the pairs, and count half."),
        Misconception(
            divides_by_all_pairs, "Divide by the number of pairs of a positive with a negative, not of all pairs."
        ),
        Misconception(
            counts_levels_not_examples, "The numbers say how many examples each level has: weigh the pairs by them."
        ),
    ),
    alternatives=(auc_of_levels_by_pairs, auc_of_levels_under_the_curve),
)
