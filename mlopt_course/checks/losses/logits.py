"""Log-loss and cross-entropy, from logits."""

from __future__ import annotations

import math

import numpy as np

from ..exercise import Exercise, Misconception

# --- log-loss from logits -----------------------------------------------------------------------------------


def soft_log_loss(logits, chances):
    return np.mean(np.logaddexp(0, logits) - chances * logits)


def _naive(logits, chances):
    with np.errstate(all="ignore"):
        p = 1 / (1 + np.exp(-logits))
        return -(chances * np.log(p) + (1 - chances) * np.log(1 - p))


def goes_through_the_probability(logits, chances):
    return float(np.mean(_naive(logits, chances)))


def _clipped(logits, chances, least):
    with np.errstate(all="ignore"):
        p = np.clip(1 / (1 + np.exp(-logits)), least, 1 - least)
    return float(-np.mean(chances * np.log(p) + (1 - chances) * np.log(1 - p)))


def clips_the_probability(logits, chances):
    return _clipped(logits, chances, 1e-12)


def clips_the_probability_later(logits, chances):
    return _clipped(logits, chances, 1e-15)


def has_the_sign_of_the_logit_wrong(logits, chances):
    return soft_log_loss(-logits, chances)


def rounds_the_chances(logits, chances):
    return soft_log_loss(logits, np.round(chances + 1e-9))


def leaves_out_the_second_part(logits, chances):
    return float(np.mean(chances * np.logaddexp(0, -logits)))


def sums_up(logits, chances):
    return float(np.sum(np.logaddexp(0, logits) - chances * logits))


def takes_bits(logits, chances):
    return soft_log_loss(logits, chances) / math.log(2)


def soft_log_loss_by_size(logits, chances):
    size = np.abs(logits)
    return float(np.mean(np.maximum(logits, 0) - logits * chances + np.log1p(np.exp(-size))))


def soft_log_loss_one_by_one(logits, chances):
    total = 0.0
    for z, q in zip(logits, chances, strict=True):
        rest = math.log1p(math.exp(-abs(z)))
        yes, no = (rest, z + rest) if z > 0 else (rest - z, rest)  # -log p and -log (1 - p)
        total += q * yes + (1 - q) * no
    return total / len(logits)


def soft_log_loss_cases(rng):
    return [
        {"logits": np.array([0.0]), "chances": np.array([1.0])},
        {"logits": np.array([2.0, -1.0]), "chances": np.array([1.0, 0.0])},
        {"logits": np.array([1.0, 1.0]), "chances": np.array([0.3, 0.9])},
        {"logits": 3 * rng.normal(size=10), "chances": rng.uniform(size=10)},
        {"logits": np.array([1000.0, -1000.0, 5.0]), "chances": np.array([0.0, 1.0, 0.5])},
        {"logits": np.array([-800.0, 40.0, 750.0]), "chances": np.array([0.25, 0.0, 1.0])},
    ]


SOFT_LOG_LOSS = Exercise(
    name="losses.soft_log_loss",
    title="Log-loss that survives a thousand",
    points=2,
    difficulty="core",
    hint="Write -log p and -log(1 - p) with the logit z: both have log(1 + exp(z)) in them. `np.logaddexp(0, z)` "
    "computes that for any z.",
    reference=soft_log_loss,
    instances=soft_log_loss_cases,
    misconceptions=(
        Misconception(
            goes_through_the_probability,
            "You compute the probability first. For large logits it rounds to 0 or 1, and its logarithm to infinity "
            "or nan: stay with the logits.",
        ),
        Misconception(
            clips_the_probability,
            "You clip the probability. Then a logit of -1000 costs no more than one of -40, and the slope there is "
            "zero: stay with the logits.",
        ),
        Misconception(
            clips_the_probability_later,
            "You clip the probability. Then a logit of -1000 costs no more than one of -40, and the slope there is "
            "zero: stay with the logits.",
        ),
        Misconception(
            has_the_sign_of_the_logit_wrong, "The sign of the logit: a large positive one means that 1 is likely."
        ),
        Misconception(
            rounds_the_chances,
            "The chances may be anything from 0 to 1: weigh the two parts by them, and do not round them.",
        ),
        Misconception(
            leaves_out_the_second_part,
            "Only -q log p is there. What does a sure 'yes' cost when the answer is no? Add the part with 1 - q.",
        ),
        Misconception(sums_up, "That is the sum; return the mean."),
        Misconception(takes_bits, "These are bits; the exercise wants natural logarithms."),
    ),
    alternatives=(soft_log_loss_by_size, soft_log_loss_one_by_one),
    equivalent_mutants={"return np.mean(np.logaddexp(logits, 0) - chances * logits)": "logaddexp has no order"},
)

# --- cross-entropy with smoothed labels ---------------------------------------------------------------------


def smoothed_cross_entropy(logits, labels, smoothing):
    rows, classes = logits.shape
    wanted = np.full((rows, classes), smoothing / classes)
    wanted[np.arange(rows), labels] += 1 - smoothing
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_chances = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -np.sum(wanted * log_chances) / rows, (np.exp(log_chances) - wanted) / rows


def _smoothed(logits, labels, smoothing, wrong=""):
    """The right answer, or with one slip in it."""
    rows, classes = logits.shape
    others = smoothing / (classes - 1 if wrong == "others only" else classes)
    wanted = np.full((rows, classes), others)
    wanted[np.arange(rows), labels] = 1 - smoothing if wrong in ("others only", "not all") else others + 1 - smoothing
    if wrong == "no smoothing":
        wanted = np.eye(classes)[labels]
    with np.errstate(all="ignore"):
        if wrong == "overflow":
            chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
            log_chances = np.log(chances)
        else:
            axis = 0 if wrong == "columns" else 1
            top = logits.max(axis=axis, keepdims=True)
            log_chances = logits - top - np.log(np.exp(logits - top).sum(axis=axis, keepdims=True))
            chances = np.exp(log_chances)
    gradient = chances - wanted
    if wrong == "gradient of the label only":
        gradient = chances - np.eye(classes)[labels]
    if wrong == "up":
        gradient = -gradient
    loss = -np.sum(wanted * log_chances)
    if wrong == "sum":
        return loss, gradient
    return loss / rows, gradient if wrong == "gradient of the sum" else gradient / rows


def overflows(logits, labels, smoothing):
    return _smoothed(logits, labels, smoothing, "overflow")


def does_not_smooth(logits, labels, smoothing):
    return _smoothed(logits, labels, smoothing, "no smoothing")


def shares_among_the_others_only(logits, labels, smoothing):
    return _smoothed(logits, labels, smoothing, "others only")


def forgets_the_labels_own_share(logits, labels, smoothing):
    return _smoothed(logits, labels, smoothing, "not all")


def normalises_the_columns(logits, labels, smoothing):
    return _smoothed(logits, labels, smoothing, "columns")


def differentiates_the_hard_loss(logits, labels, smoothing):
    return _smoothed(logits, labels, smoothing, "gradient of the label only")


def has_the_gradient_upside_down(logits, labels, smoothing):
    return _smoothed(logits, labels, smoothing, "up")


def adds_up_the_rows(logits, labels, smoothing):
    return _smoothed(logits, labels, smoothing, "sum")


def differentiates_the_sum(logits, labels, smoothing):
    return _smoothed(logits, labels, smoothing, "gradient of the sum")


def smoothed_cross_entropy_by_rows(logits, labels, smoothing):
    rows, classes = np.shape(logits)
    loss, gradient = 0.0, np.zeros((rows, classes))
    for i in range(rows):
        top = max(logits[i])
        scale = top + math.log(sum(math.exp(z - top) for z in logits[i]))
        for k in range(classes):
            target = smoothing / classes + (1 - smoothing) * (labels[i] == k)
            loss -= target * (logits[i, k] - scale) / rows
            gradient[i, k] = (math.exp(logits[i, k] - scale) - target) / rows
    return [loss, gradient]


def smoothed_cross_entropy_in_two_parts(logits, labels, smoothing):
    """A mixture of the hard loss and the mean over all classes."""
    rows, classes = logits.shape
    scale = np.logaddexp.reduce(logits, axis=1)
    hard = scale - logits[range(rows), labels]
    even = scale - logits.mean(axis=1)
    chances = np.exp(logits - scale[:, None])
    wanted = (1 - smoothing) * np.eye(classes)[labels] + smoothing / classes
    return np.mean((1 - smoothing) * hard + smoothing * even), (chances - wanted) / rows


def smoothed_cross_entropy_cases(rng):
    large = np.array([[1000.0, 0.0, -1000.0], [2.0, 800.0, 799.0], [-2000.0, -2001.0, -1999.5]])
    return [
        {"logits": np.array([[0.0, 0.0]]), "labels": np.array([1]), "smoothing": 0.0},
        {"logits": np.array([[1.0, 0.0, 2.0]]), "labels": np.array([0]), "smoothing": 0.3},
        {"logits": np.array([[1.0, -1.0], [0.0, 2.0]]), "labels": np.array([0, 0]), "smoothing": 0.1},
        {"logits": large, "labels": np.array([1, 2, 0]), "smoothing": 0.1},
        {"logits": rng.normal(size=(5, 4)), "labels": rng.integers(4, size=5), "smoothing": 0.2},
        {
            "logits": 3 * rng.normal(size=(6, 3)),
            "labels": rng.integers(3, size=6),
            "smoothing": float(rng.uniform(0.05, 0.4)),
        },
    ]


SMOOTHED_CROSS_ENTROPY = Exercise(
    name="losses.smoothed_cross_entropy",
    title="Cross-entropy with smoothed labels",
    points=3,
    difficulty="core",
    hint="Write the wanted chances as a matrix first. Subtract each row's largest logit before you take exponentials. "
    "The gradient is short: chances minus wanted chances.",
    reference=smoothed_cross_entropy,
    instances=smoothed_cross_entropy_cases,
    misconceptions=(
        Misconception(
            overflows,
            "Large logits overflow. Subtract each row's largest one first: the chances do not change by that.",
        ),
        Misconception(does_not_smooth, "This is the cross-entropy of the hard labels: smoothing has no effect."),
        Misconception(
            shares_among_the_others_only,
            "You share the smoothing among the other classes. Here all classes get smoothing / k, the labelled one as "
            "well.",
        ),
        Misconception(
            forgets_the_labels_own_share,
            "The wanted chances of a row must add up to 1: the labelled class has 1 - smoothing *plus* its share.",
        ),
        Misconception(normalises_the_columns, "The chances of each *row* add up to 1; you normalise the columns."),
        Misconception(
            differentiates_the_hard_loss,
            "Your loss is smoothed, your gradient is not: it is chances minus the *wanted* chances.",
        ),
        Misconception(
            has_the_gradient_upside_down, "The sign of the gradient: chances minus wanted, not the other way round."
        ),
        Misconception(
            adds_up_the_rows, "The loss is a mean over the rows: divide it, and the gradient, by their number."
        ),
        Misconception(
            differentiates_the_sum, "Your loss is right. It is a mean over the rows, so the gradient is divided, too."
        ),
    ),
    alternatives=(smoothed_cross_entropy_by_rows, smoothed_cross_entropy_in_two_parts),
    equivalent_mutants={
        "log_chances = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))": "of two axes 1 is the last",
        "shifted = logits - logits.max(axis=-1, keepdims=True)": "of two axes 1 is the last",
    },
)
