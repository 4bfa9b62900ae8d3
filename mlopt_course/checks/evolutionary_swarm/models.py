"""A population of models: columns and penalty of a ridge regression, coded in genes."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Misconception


def evolve_models(population, X, y, valid_from, mates, takes, flips):
    d, errors = X.shape[1], {}
    for generation in range(len(mates) + 1):
        for genes in population:
            if tuple(genes) not in errors:
                number, bit = 0, 0
                for gene in genes[d:]:
                    bit = bit ^ gene
                    number = 2 * number + bit
                Z = X[:, genes[:d] == 1]
                train = Z[:valid_from]
                ridge = 10.0 ** (number - 3) * np.eye(Z.shape[1])
                w = np.linalg.solve(train.T @ train + ridge, train.T @ y[:valid_from])
                errors[tuple(genes)] = np.mean((Z[valid_from:] @ w - y[valid_from:]) ** 2)
        ranked = population[np.argsort([errors[tuple(genes)] for genes in population], kind="stable")]
        if generation == len(mates):
            return ranked[0], errors[tuple(ranked[0])], len(errors)
        first, second = mates[generation].T
        children = np.where(takes[generation], ranked[second], ranked[first])
        children = np.where(flips[generation], 1 - children, children)
        population = np.concatenate([ranked[:1], children])
    return None


def _penalty_number(bits, wrong):
    value = 0
    for bit in bits:
        value = 2 * value + int(bit)
    if wrong == "plain":
        return value
    shift = value >> 1
    while shift:  # Gray code to number
        value ^= shift
        shift >>= 1
    return value


def _error(genes, X, y, valid_from, wrong=""):
    d = X.shape[1]
    bits = genes[d:][::-1] if wrong == "last bit first" else genes[d:]
    penalty = 10.0 ** (_penalty_number(bits, wrong) - 3)
    if wrong == "number":
        penalty = float(_penalty_number(bits, wrong))
    used = np.flatnonzero(genes[:d])
    if wrong == "all columns":
        used = np.arange(d)
    Z = X[:, used]
    learn = slice(None) if wrong == "learns all" else slice(0, valid_from)
    test = {"on training rows": slice(0, valid_from), "on all rows": slice(None)}.get(wrong, slice(valid_from, None))
    scale = len(Z[learn]) if wrong == "mean loss" else 1
    if not len(used):
        return float(np.mean(y[test] ** 2))
    rows = np.vstack([Z[learn], np.sqrt(scale * penalty) * np.eye(len(used))])
    w = np.linalg.lstsq(rows, np.concatenate([y[learn], np.zeros(len(used))]), rcond=None)[0]
    return float(np.mean((y[test] - Z[test] @ w) ** 2))


def _breed(population, X, y, valid_from, mates, takes, flips, wrong=""):
    known, trained = {}, 0
    for g in range(len(mates) + 1):
        scores = []
        for genes in population:
            key = genes.tobytes()
            if key not in known or wrong == "trains again":
                known[key] = _error(genes, X, y, valid_from, wrong)
                trained += 1
            scores.append(known[key])
        order = sorted(range(len(scores)), key=lambda i: scores[i])
        ranked = [population[i] for i in order]
        if wrong == "unsorted":
            ranked = [population[order[0]], *(x for i, x in enumerate(population) if i != order[0])]
        winner = ranked[0], scores[order[0]]
        if g == len(mates) or (wrong == "stops early" and g == len(mates) - 1):
            break
        children = [] if wrong == "no elite" else [ranked[0]]
        for pair, mask, flip in zip(mates[g], takes[g], flips[g], strict=True):
            one, two = (ranked[k] for k in (pair[::-1] if wrong == "swaps" else pair))
            child = np.where(mask, two, one)
            children.append(np.where(flip, 1 - child, child))
        population = np.array(children)
    return winner[0], winner[1], trained


def reads_plain_binary(population, X, y, valid_from, mates, takes, flips):
    return _breed(population, X, y, valid_from, mates, takes, flips, "plain")


def reads_the_last_bit_first(population, X, y, valid_from, mates, takes, flips):
    return _breed(population, X, y, valid_from, mates, takes, flips, "last bit first")


def takes_the_number_for_the_penalty(population, X, y, valid_from, mates, takes, flips):
    return _breed(population, X, y, valid_from, mates, takes, flips, "number")


def uses_all_columns(population, X, y, valid_from, mates, takes, flips):
    return _breed(population, X, y, valid_from, mates, takes, flips, "all columns")


def chooses_by_the_training_error(population, X, y, valid_from, mates, takes, flips):
    return _breed(population, X, y, valid_from, mates, takes, flips, "on training rows")


def learns_from_the_validation_rows(population, X, y, valid_from, mates, takes, flips):
    return _breed(population, X, y, valid_from, mates, takes, flips, "learns all")


def chooses_by_the_error_on_all_rows(population, X, y, valid_from, mates, takes, flips):
    return _breed(population, X, y, valid_from, mates, takes, flips, "on all rows")


def penalises_the_mean_loss(population, X, y, valid_from, mates, takes, flips):
    return _breed(population, X, y, valid_from, mates, takes, flips, "mean loss")


def trains_every_member_again(population, X, y, valid_from, mates, takes, flips):
    return _breed(population, X, y, valid_from, mates, takes, flips, "trains again")


def lets_the_best_die(population, X, y, valid_from, mates, takes, flips):
    return _breed(population, X, y, valid_from, mates, takes, flips, "no elite")


def does_not_sort_the_mates(population, X, y, valid_from, mates, takes, flips):
    return _breed(population, X, y, valid_from, mates, takes, flips, "unsorted")


def forgets_the_last_generation(population, X, y, valid_from, mates, takes, flips):
    return _breed(population, X, y, valid_from, mates, takes, flips, "stops early")


def exchanges_the_two_mates(population, X, y, valid_from, mates, takes, flips):
    return _breed(population, X, y, valid_from, mates, takes, flips, "swaps")


def evolve_models_with_lists(population, X, y, valid_from, mates, takes, flips):
    genes, error, trained = _breed(population, X, y, valid_from, mates, takes, flips)
    return genes.tolist(), error, trained


def evolve_models_by_a_table(population, X, y, valid_from, mates, takes, flips):
    """All models that can be, trained beforehand where one is met."""
    d = X.shape[1]
    met = set()

    def score(genes):
        met.add("".join(map(str, genes)))
        number = int("".join(str(int(np.sum(genes[d:k]) % 2)) for k in range(d + 1, len(genes) + 1)), 2)
        M = X * genes[:d]  # a column of zeros has the weight 0
        A = M[:valid_from].T @ M[:valid_from] + 10.0 ** (number - 3) * np.eye(d)
        w = np.linalg.inv(A) @ (M[:valid_from].T @ y[:valid_from])
        return np.square(y - M @ w)[valid_from:].mean()

    population = np.array(population)
    for mate, take, flip in zip(mates, takes, flips, strict=True):
        population = population[np.argsort([score(genes) for genes in population], kind="stable")]
        child = population[mate[:, 0]] * ~take + population[mate[:, 1]] * take
        population = np.vstack([population[0], child ^ flip])
    scores = [score(genes) for genes in population]
    return population[np.argmin(scores)], min(scores), len(met)


def evolve_models_cases(rng):
    def case(m, d, bits, generations, rows, rate):
        X = rng.standard_normal((rows, d))
        useful = np.where(np.arange(d) % 2 == 0, 1.5, 0.0)
        return {
            "population": rng.integers(0, 2, size=(m, d + bits)),
            "X": X,
            "y": X @ useful + rng.standard_normal(rows),
            "valid_from": rows // 2 + 1,
            "mates": rng.integers(0, m // 2 + 1, size=(generations, m - 1, 2)),
            "takes": rng.random((generations, m - 1, d + bits)) < 0.5,
            "flips": rng.random((generations, m - 1, d + bits)) < rate,
        }

    one = {
        "population": np.array([[1, 1, 0], [1, 1, 1]]),
        "X": np.array([[1.0], [2.0], [1.0]]),
        "y": np.array([1.0, 3.0, 1.0]),
        "valid_from": 2,
        "mates": np.zeros((0, 1, 2), dtype=int),
        "takes": np.zeros((0, 1, 3), dtype=bool),
        "flips": np.zeros((0, 1, 3), dtype=bool),
    }
    # Two members without a column, and the column points the wrong way on the validation rows.
    bare = {**one, "population": np.array([[1, 1, 1], [0, 0, 1], [0, 1, 0]]), "y": np.array([1.0, 3.0, -0.5]),
            "mates": np.zeros((0, 2, 2), dtype=int), "takes": np.zeros((0, 2, 3), dtype=bool),
            "flips": np.zeros((0, 2, 3), dtype=bool)}  # fmt: skip
    return [one, bare, case(2, 2, 2, 1, 6, 0.2), case(4, 3, 3, 2, 9, 0.1), case(6, 4, 3, 3, 14, 0.1),
            case(8, 5, 2, 4, 16, 0.05), case(10, 6, 3, 5, 20, 0.1)]  # fmt: skip


_RANKED = "ranked = population[np.argsort([errors[tuple(genes)] for genes in population]"

EVOLVE_MODELS = Exercise(
    name="evolutionary_swarm.evolve_models",
    title="A population of models",
    points=4,
    difficulty="challenge",
    hint="Write three things one after the other: from genes to a model; from a model to its validation error, kept "
    "in a dict under `tuple(genes)`; and from a population to the next. In a Gray code the k-th bit of the number is 1 "
    "if there is an odd number of ones among the first k genes.",
    reference=evolve_models,
    instances=evolve_models_cases,
    misconceptions=(
        Misconception(
            reads_plain_binary,
            "The genes of the penalty are a Gray code: each bit of the number is the one before it, changed where the "
            "gene is 1.",
        ),
        Misconception(reads_the_last_bit_first, "The first gene of the penalty is the most significant."),
        Misconception(takes_the_number_for_the_penalty, "The penalty is 10 ** (number - 3), not the number itself."),
        Misconception(uses_all_columns, "A model uses only the columns whose gene is 1."),
        Misconception(
            chooses_by_the_training_error,
            "You choose by the error on the rows that the models have learnt from. That favours many columns and small "
            "penalties, always.",
        ),
        Misconception(
            learns_from_the_validation_rows,
            "Your models learn from the validation rows, too: they know the questions before the exam.",
        ),
        Misconception(
            chooses_by_the_error_on_all_rows, "The error is that on the validation rows alone, from valid_from on."
        ),
        Misconception(penalises_the_mean_loss, "The penalty is added to the *sum* of squares here, not to their mean."),
        Misconception(
            trains_every_member_again,
            "You train models that have been trained before. Keep the error of each chromosome in a dict.",
        ),
        Misconception(lets_the_best_die, "The best model lives on, beside the children."),
        Misconception(
            does_not_sort_the_mates,
            "Mates are numbered by rank: 0 is the best, 1 the second best, and so on. Yours are in the order of the "
            "population.",
        ),
        Misconception(
            forgets_the_last_generation, "The last children must be evaluated, too: one of them may be best."
        ),
        Misconception(exchanges_the_two_mates, "Where takes is True the gene is that of the *second* mate."),
    ),
    alternatives=(evolve_models_with_lists, evolve_models_by_a_table),
    rtol=1e-6,
    equivalent_mutants={
        "d, errors = (X.shape[-1], {})": "the last of two axes is the second",
        "for generation in range(len(mates) + 1 + 1):": "the function has returned before",
        "for generation in range(len(population) + 1):": "the function has returned before",
        "for generation in range(len(X) + 1):": "the function has returned before",
        "for generation in range(len(y) + 1):": "the function has returned before",
        "for generation in range(len(takes) + 1):": "there are masks for each generation",
        "for generation in range(len(flips) + 1):": "there are flips for each generation",
        "for generation in range(len(mates) + 2):": "the function has returned before",
        "if tuple(y) not in errors:": "trained again, to the same error; the dict counts each model once",
        "if tuple(errors) not in errors:": "trained again, to the same error; the dict counts each model once",
        "bit = gene ^ bit": "it is the same whichever of the two comes first",
        "Z = -X[:, genes[:d] == 1]": "the weights have the other sign, and the predictions are the same",
        "ridge = 10.0 ** (number - 3) * np.eye(train.shape[1])": "train has the columns of Z",
        "ridge = 10.0 ** (number - 3) * np.eye(Z.shape[-1])": "the last of two axes is the second",
        "errors[tuple(genes)] = np.mean((y[valid_from:] - Z[valid_from:] @ w) ** 2)": "a square has no sign",
        f"{_RANKED})]": "a sort of so few values is stable",
        f"{_RANKED}, kind='stable mutated')]": "NumPy looks at the first letter only",
        "if generation == len(takes):": "there are masks for each generation",
        "if generation == len(flips):": "there are flips for each generation",
        "population = np.concatenate([children, ranked[:1]])": "they are sorted before they are used",
        "delete: return None": "never reached: the last generation returns",
        "return -None": "never reached: the last generation returns",
    },
)
