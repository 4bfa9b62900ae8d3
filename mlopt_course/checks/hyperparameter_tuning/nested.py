"""Nested cross-validation, read off a table of losses."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Misconception


def nested_cv(table):
    configs, folds = len(table), len(table[0])
    own = np.diagonal(table, axis1=1, axis2=2)
    honest = []
    for i in range(folds):
        inner = np.delete(table[:, i, :], i, axis=1).mean(axis=1)
        honest.append(own[np.argmin(inner), i])
    models = configs * folds * (folds - 1) // 2 + folds
    return np.mean(honest), own.mean(axis=1).min(), models


def _nested(table, inner_scores):
    configs, folds, _ = table.shape
    losses = []
    for i in range(folds):
        scores = [inner_scores(table[c], [j for j in range(folds) if j != i], i) for c in range(configs)]
        losses.append(table[scores.index(min(scores)), i, i])
    flat = min(np.mean([table[c, i, i] for i in range(folds)]) for c in range(configs))
    pairs = {(c, i, j) for c in range(configs) for i in range(folds) for j in range(i)}
    return sum(losses) / folds, flat, len(pairs) + folds


def chooses_by_the_outer_fold(table):
    return _nested(table, lambda losses, others, i: losses[i, i])


def looks_at_the_outer_fold_too(table):
    return _nested(table, lambda losses, others, i: losses[i].mean())


def tests_the_inner_models_on_the_outer_fold(table):
    return _nested(table, lambda losses, others, i: np.mean([losses[j, i] for j in others]))


def uses_models_that_saw_the_outer_fold(table):
    return _nested(table, lambda losses, others, i: np.mean([losses[j, j] for j in others]))


def chooses_the_same_for_all(table):
    return _nested(table, lambda losses, others, i: np.trace(losses))


def trains_each_pair_twice(table):
    honest, flat, _ = nested_cv(table)
    configs, folds, _ = table.shape
    return honest, flat, configs * folds * (folds - 1) + folds


def trains_all_for_the_outer_folds(table):
    honest, flat, _ = nested_cv(table)
    configs, folds, _ = table.shape
    return honest, flat, configs * folds * (folds + 1) // 2


def returns_what_the_inner_ones_hoped(table):
    _, flat, models = nested_cv(table)
    folds = table.shape[1]
    hoped = [min(np.delete(losses[i], i).mean() for losses in table) for i in range(folds)]
    return np.mean(hoped), flat, models


def nested_cv_by_pairs(table):
    return list(_nested(table, lambda losses, others, i: np.mean([losses[i, j] for j in others])))


def nested_cv_at_once(table):
    """All folds at the same time; sums instead of means."""
    own = np.einsum("cii->ci", table)
    chosen = (table.sum(axis=2) - own).argmin(axis=0)
    folds = own.shape[1]
    pairs = folds * (folds - 1) / 2
    return own[chosen, np.arange(folds)].mean(), float(min(own.sum(axis=1)) / folds), int(len(own) * pairs + folds)


def nested_cv_cases(rng):
    def drawn(configs, folds):
        """Losses that differ more between folds than between configurations; models without (i, j) are shared."""
        quality = rng.uniform(0.2, 0.3, size=(configs, 1, 1))
        table = quality + rng.uniform(0, 0.15, size=(configs, folds, folds)) + rng.uniform(0, 0.1, size=folds)
        return {"table": np.round(table, 3)}

    return [
        {"table": np.array([[[0.4, 0.2], [0.9, 0.6]], [[0.5, 0.3], [0.1, 0.8]]])},
        drawn(3, 3),
        drawn(4, 5),
        drawn(12, 6),
        drawn(20, 10),
    ]


NESTED_CV = Exercise(
    name="hyperparameter_tuning.nested_cv",
    title="An estimate that tuning cannot spoil",
    points=3,
    difficulty="challenge",
    hint="Stand in outer fold i: `table[:, i, :]` holds all losses of models that have not seen it. Which entry of "
    "each row must not be looked at yet? For the count: a model trained without the folds 2 and 5 serves twice.",
    reference=nested_cv,
    instances=nested_cv_cases,
    misconceptions=(
        Misconception(
            chooses_by_the_outer_fold,
            "You choose by the loss on the outer fold itself, and report that same loss: the least of many.",
        ),
        Misconception(
            looks_at_the_outer_fold_too,
            "Your choice for fold i looks at table[c, i, i], the loss on fold i: leave that one out.",
        ),
        Misconception(
            tests_the_inner_models_on_the_outer_fold,
            "table[c, j, i] is tested on fold i, which the choice for it must not see. You want table[c, i, j].",
        ),
        Misconception(
            uses_models_that_saw_the_outer_fold,
            "table[c, j, j] comes from a model that was trained on fold i: use those without both, table[c, i, j].",
        ),
        Misconception(
            chooses_the_same_for_all,
            "You choose one configuration for all folds, by all the folds. Choose anew for each outer fold, without "
            "it.",
        ),
        Misconception(
            trains_each_pair_twice,
            "Both losses are right. The model without the folds i and j serves for table[c, i, j] and for "
            "table[c, j, i]: train it once.",
        ),
        Misconception(
            trains_all_for_the_outer_folds,
            "Both losses are right. On an outer fold only the *chosen* configuration is trained.",
        ),
        Misconception(
            returns_what_the_inner_ones_hoped,
            "The first value is what the inner folds promised: the least of many, too. Report the loss on the outer "
            "fold.",
        ),
    ),
    alternatives=(nested_cv_by_pairs, nested_cv_at_once),
    equivalent_mutants={
        "configs, folds = (len(table), len(table[-1]))": "the table has as many rows for each configuration",
        "configs, folds = (len(table), len(table[1]))": "the table has as many rows for each configuration",
        "inner = np.delete(table[:, i, :], i, axis=-1).mean(axis=1)": "of two axes the last is the second",
        "inner = np.delete(table[:, i, :], i, axis=1).mean(axis=-1)": "of two axes the last is the second",
        "inner = np.delete(table[:, i, :], i, axis=1).sum(axis=1)": "sums are ordered as means",
        "models = configs * folds * (folds - 1) / 2 + folds": "of two neighbouring numbers one is even",
        "return (np.mean(honest), own.mean(axis=-1).min(), models)": "of two axes the last is the second",
    },
)
