"""Folds that keep the proportions of the classes."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Misconception


def stratified_folds(labels, folds):
    fold = [0] * len(labels)
    order = sorted(range(len(labels)), key=lambda row: labels[row])
    for place, row in enumerate(order):
        fold[row] = place % folds
    return fold


def is_stratified(instance, value):
    labels, folds = np.array(instance["labels"]), instance["folds"]
    fold = np.asarray(value)
    if fold.shape != labels.shape:
        return (
            f"There are {len(labels)} samples, but your folds have the shape {fold.shape}: one number for each sample."
        )
    if fold.dtype.kind not in "iu":
        return "The numbers of the folds must be whole."
    if not ((fold >= 0) & (fold < folds)).all():
        return f"The numbers of {folds} folds go from 0 to {folds - 1}."
    sizes = np.bincount(fold, minlength=folds)
    if np.ptp(sizes) > 1:
        return f"The folds have {', '.join(map(str, sizes))} samples: they may differ by one at most."
    for label in np.unique(labels):
        counts = np.bincount(fold[labels == label], minlength=folds)
        if np.ptp(counts) > 1:
            return (
                f"Of class {str(label)!r} the folds have {', '.join(map(str, counts))} samples: they may differ by one "
                "at most."
            )
    return True


def begins_each_class_anew(labels, folds):
    seen: dict[str, int] = {}
    fold = []
    for label in labels:
        fold.append(seen.get(label, 0) % folds)
        seen[label] = seen.get(label, 0) + 1
    return fold


def deals_as_they_come(labels, folds):
    return [row % folds for row in range(len(labels))]


def cuts_into_blocks(labels, folds):
    return [row * folds // len(labels) for row in range(len(labels))]


def cuts_the_sorted_into_blocks(labels, folds):
    fold = [0] * len(labels)
    for place, row in enumerate(sorted(range(len(labels)), key=lambda row: labels[row])):
        fold[row] = place * folds // len(labels)
    return fold


def cuts_each_class_into_blocks(labels, folds):
    fold = [0] * len(labels)
    for label in set(labels):
        rows = [row for row, other in enumerate(labels) if other == label]
        for place, row in enumerate(rows):
            fold[row] = place * folds // len(rows)
    return fold


def gives_a_fold_to_each_class(labels, folds):
    return [sorted(set(labels)).index(label) % folds for label in labels]


def counts_folds_from_one(labels, folds):
    return [fold + 1 for fold in stratified_folds(labels, folds)]


def stratified_folds_by_numpy(labels, folds):
    fold = np.empty(len(labels), dtype=int)
    fold[np.argsort(labels, kind="stable")] = np.arange(len(labels)) % folds
    return fold


def stratified_folds_by_filling(labels, folds):
    """Each class goes on dealing, backwards, where the one before has ended."""
    fold, following = [None] * len(labels), folds - 1
    for label in dict.fromkeys(labels):
        for row in reversed(range(len(labels))):
            if labels[row] == label:
                fold[row], following = following, (following - 1) % folds
    return fold


def stratified_folds_by_the_emptiest(labels, folds):
    """Class by class, each sample to a fold with fewest of its class, and of those to the smallest."""
    fold, sizes = np.zeros(len(labels), dtype=int), [0] * folds
    for label in sorted(set(labels)):
        counts = [0] * folds
        for row in [i for i, other in enumerate(labels) if other == label]:
            chosen = min(range(folds), key=lambda j: (counts[j], sizes[j]))
            fold[row] = chosen
            counts[chosen] += 1
            sizes[chosen] += 1
    return fold


def stratified_folds_cases(rng):
    def mixed(counts, folds):
        labels = [label for label, count in counts.items() for _ in range(count)]
        return {"labels": rng.permutation(labels).tolist(), "folds": folds}

    return [
        {"labels": ["no", "no", "no", "yes", "yes", "yes"], "folds": 2},
        {"labels": ["a", "b", "c", "a", "b", "c", "a"], "folds": 3},
        {"labels": ["no", "yes"] * 6, "folds": 4},
        mixed({"cat": 7, "dog": 4, "owl": 1}, 3),
        mixed({"cat": 11, "dog": 6, "fox": 6, "owl": 2}, 5),
        mixed({"ill": 9, "well": int(rng.integers(40, 60))}, 10),
    ]


STRATIFIED_FOLDS = Exercise(
    name="hyperparameter_tuning.stratified_folds",
    title="Folds that keep the proportions",
    points=2,
    difficulty="core",
    hint="Deal cards: class after class to the folds 0, 1, 2, ... in turn, and with the next class go on where you "
    "stopped. How do you get the samples into the order of their classes?",
    reference=stratified_folds,
    instances=stratified_folds_cases,
    misconceptions=(
        Misconception(
            begins_each_class_anew,
            "Each class begins with fold 0 again, so the first folds get a sample more of every class: their sizes "
            "differ by more than one.",
        ),
        Misconception(
            deals_as_they_come,
            "You deal the samples as they come, whatever their class: if classes alternate, a fold may hold one class.",
        ),
        Misconception(
            cuts_into_blocks,
            "You cut the samples into blocks as they come: if they are sorted, each fold tests classes that the others "
            "do not train.",
        ),
        Misconception(
            cuts_the_sorted_into_blocks,
            "You sort by class and then cut into blocks: now each fold holds one class. Deal them in turn instead.",
        ),
        Misconception(
            cuts_each_class_into_blocks,
            "Within each class your counts differ by one at most, but added up over the classes the folds differ more.",
        ),
        Misconception(gives_a_fold_to_each_class, "Each class must be spread over all folds, not put into one."),
        Misconception(counts_folds_from_one, "The folds are right, but their numbers begin with 0."),
    ),
    alternatives=(stratified_folds_by_numpy, stratified_folds_by_filling, stratified_folds_by_the_emptiest),
    accept=is_stratified,
    equivalent_mutants={
        "fold = [1] * len(labels)": "every entry is written over",
        "fold = [-1] * len(labels)": "every entry is written over",
        "order = sorted(range(len(fold)), key=lambda row: labels[row])": "there is a fold for each label",
    },
)
