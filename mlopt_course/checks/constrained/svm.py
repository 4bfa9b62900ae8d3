"""The support vector machine: from the dual's solution back to the line, and how far from optimal it is."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Misconception


def svm_gap(X, labels, alphas, C):
    w = X.T @ (alphas * labels)
    free = (alphas > 0) & (alphas < C)
    b = np.mean(X[free] @ w - labels[free])
    missing = np.maximum(1 - labels * (X @ w - b), 0)
    primal = w @ w / 2 + C * np.sum(missing)
    return w, b, primal - (np.sum(alphas) - w @ w / 2)


def _line(X, labels, alphas, C, choose=None, sign=1.0):
    w = sum(a * y * x for a, y, x in zip(alphas, labels, X, strict=True))
    chosen = (alphas > 0) & (alphas < C) if choose is None else choose
    return w, sign * float(np.mean(X[chosen] @ w - labels[chosen]))


def _gap(X, labels, alphas, C, w, b):
    hinge = np.maximum(1 - labels * (X @ w - b), 0)
    return float(w @ w - np.sum(alphas) + C * np.sum(hinge))


def adds_the_offset(X, labels, alphas, C):
    w, b, gap = svm_gap(X, labels, alphas, C)
    return w, -b, gap


def averages_over_all_support_vectors(X, labels, alphas, C):
    w, b = _line(X, labels, alphas, C, alphas > 0)
    return w, b, _gap(X, labels, alphas, C, w, b)


def averages_over_all_points(X, labels, alphas, C):
    w, b = _line(X, labels, alphas, C, alphas >= 0)
    return w, b, _gap(X, labels, alphas, C, w, b)


def forgets_the_labels(X, labels, alphas, C):
    w = X.T @ alphas
    free = (alphas > 0) & (alphas < C)
    b = float(np.mean(X[free] @ w - labels[free]))
    return w, b, _gap(X, labels, alphas, C, w, b)


def takes_one_support_vector(X, labels, alphas, C):
    free = np.flatnonzero((alphas > 0) & (alphas < C))[:1]
    w, b = _line(X, labels, alphas, C, free)
    return w, b, _gap(X, labels, alphas, C, w, b)


def forgets_the_price_of_mistakes(X, labels, alphas, C):
    w, b = _line(X, labels, alphas, C)
    return w, b, _gap(X, labels, alphas, C, w, b) - (C - 1) * np.sum(np.maximum(1 - labels * (X @ w - b), 0))


def rewards_safe_points(X, labels, alphas, C):
    w, b = _line(X, labels, alphas, C)
    return w, b, float(w @ w - np.sum(alphas) + C * np.sum(1 - labels * (X @ w - b)))


def counts_mistakes(X, labels, alphas, C):
    w, b = _line(X, labels, alphas, C)
    return w, b, float(w @ w - np.sum(alphas) + C * np.sum(labels * (X @ w - b) < 0))


def adds_the_square_in_the_dual(X, labels, alphas, C):
    w, b = _line(X, labels, alphas, C)
    return w, b, _gap(X, labels, alphas, C, w, b) - w @ w


def svm_gap_by_kernels(X, labels, alphas, C):
    signed = alphas * labels
    outputs = (X @ X.T) @ signed
    free = [i for i, a in enumerate(alphas) if 0 < a < C]
    b = sum(outputs[i] - labels[i] for i in free) / len(free)
    square = signed @ outputs
    return (
        signed @ X,
        b,
        square + C * sum(max(0.0, 1 - y * (o - b)) for y, o in zip(labels, outputs, strict=True)) - sum(alphas),
    )


def svm_gap_point_by_point(X, labels, alphas, C):
    """The gap as a sum over the points: what each loses by complementary slackness."""
    w = np.einsum("i,i,ij->j", alphas, labels, X)
    free = np.nonzero(np.minimum(alphas, C - alphas) > 0)
    b = np.median(X[free] @ w - labels[free]) if len(free[0]) == 1 else np.average(X[free] @ w - labels[free])
    margins = labels * (X @ w - b)
    lost = np.where(margins < 1, (C - alphas) * (1 - margins), alphas * (margins - 1))
    return [list(w), float(b), float(lost.sum())]


def svm_gap_cases(rng):
    def case(n, d, C, free):
        """Multipliers that the dual allows, not the best ones: as many on each side, equal in sum."""
        labels = np.array([1.0, -1.0] * (n // 2))
        X = rng.normal(size=(n, d)) + 0.8 * labels[:, None]
        alphas = np.zeros(n)
        for k in range(n // 2):
            alphas[2 * k] = alphas[2 * k + 1] = C if k % 3 == 0 else 0.0
        for k in range(free):  # free ones: two on one side, with one on the other that is worth both
            both = float(rng.uniform(0.2, 0.8)) * C
            alphas[6 * k + 2] = alphas[6 * k + 4] = both / 2
            alphas[6 * k + 3] = both
        return {"X": X, "labels": labels, "alphas": alphas, "C": C}

    pair = np.array([[1.0, 0.0], [-1.0, 0.0]])
    signs = np.array([1.0, -1.0])
    return [
        {"X": pair, "labels": signs, "alphas": np.array([0.5, 0.5]), "C": 2.0},  # optimal
        {"X": pair, "labels": signs, "alphas": np.array([0.25, 0.25]), "C": 2.0},
        {"X": pair + np.array([3.0, 1.0]), "labels": signs, "alphas": np.array([0.5, 0.5]), "C": 1.0},
        case(8, 2, 2.0, 1),
        case(12, 3, 0.5, 2),
        case(20, 2, 4.0, 3),
    ]


SVM_GAP = Exercise(
    name="constrained.svm_gap",
    title="From the dual to the line, and the gap",
    points=3,
    difficulty="core",
    hint="Three steps: w from the alphas; b from the points whose alpha is strictly between 0 and C, for which "
    "w'x - b = label; then both objectives at these values.",
    reference=svm_gap,
    instances=svm_gap_cases,
    misconceptions=(
        Misconception(adds_the_offset, "Here the line is w'x - b = 0: your b has the wrong sign."),
        Misconception(
            averages_over_all_support_vectors,
            "A point whose alpha is C may lie inside the margin, where w'x - b is not its label: leave it out.",
        ),
        Misconception(
            averages_over_all_points, "Only points on the margin tell b: those with alpha strictly between 0 and C."
        ),
        Misconception(forgets_the_labels, "w is the sum of alpha times *label* times point."),
        Misconception(
            takes_one_support_vector,
            "Take the mean over all free points: before the dual is solved exactly, they do not agree.",
        ),
        Misconception(forgets_the_price_of_mistakes, "The losses in the primal are multiplied by C."),
        Misconception(rewards_safe_points, "A point beyond the margin loses nothing: its loss is 0, never negative."),
        Misconception(
            counts_mistakes, "The primal adds up how much of the margin is missing, not how many points are wrong."
        ),
        Misconception(
            adds_the_square_in_the_dual,
            "The dual is the sum of the alphas *minus* half the square of w: mind the signs.",
        ),
    ),
    alternatives=(svm_gap_by_kernels, svm_gap_point_by_point),
    equivalent_mutants={
        "free = (alphas < C) & (alphas > 0)": "order of two conditions",
        "missing = np.maximum(0, 1 - labels * (X @ w - b))": "order of two numbers",
        "w = X.T @ (alphas / labels)": "labels are 1 and -1",
    },
)
