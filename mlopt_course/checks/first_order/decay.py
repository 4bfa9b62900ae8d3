"""Two ways to let weights decay under Adam: a penalty in the gradient, and AdamW's."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Misconception


def decayed_weights(w, gradients, learning_rate, beta1, beta2, epsilon, weight_decay):
    ends = []
    for decoupled in (False, True):
        weights, m, v = w, 0.0, 0.0
        for t, gradient in enumerate(gradients, start=1):
            decay = weight_decay * weights
            slope = gradient if decoupled else gradient + decay
            m = beta1 * m + (1 - beta1) * slope
            v = beta2 * v + (1 - beta2) * slope**2
            move = m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + epsilon)
            weights = weights - learning_rate * (move + decay if decoupled else move)
        ends.append(weights)
    return ends[0], ends[1]


def _adam_with(gradients, w, learning_rate, beta1, beta2, epsilon, into_gradient, after):
    """Adam on the given gradients; ``into_gradient(w)`` is added to each, ``after(old, new)`` follows each step."""
    m = v = np.zeros_like(w)
    for t, gradient in enumerate(gradients, start=1):
        slope = gradient + into_gradient(w)
        m = beta1 * m + (1 - beta1) * slope
        v = beta2 * v + (1 - beta2) * slope**2
        new = w - learning_rate * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + epsilon)
        w = after(w, new)
    return w


def decays_without_the_rate(w, gradients, learning_rate, beta1, beta2, epsilon, weight_decay):
    settings = (gradients, w, learning_rate, beta1, beta2, epsilon)
    return (
        _adam_with(*settings, lambda w: weight_decay * w, lambda old, new: new),
        _adam_with(*settings, lambda w: 0, lambda old, new: new - weight_decay * old),
    )


def decays_the_new_weights(w, gradients, learning_rate, beta1, beta2, epsilon, weight_decay):
    settings = (gradients, w, learning_rate, beta1, beta2, epsilon)
    return (
        _adam_with(*settings, lambda w: weight_decay * w, lambda old, new: new),
        _adam_with(*settings, lambda w: 0, lambda old, new: new - learning_rate * weight_decay * new),
    )


def returns_adamw_first(w, gradients, learning_rate, beta1, beta2, epsilon, weight_decay):
    return decayed_weights(w, gradients, learning_rate, beta1, beta2, epsilon, weight_decay)[::-1]


def decays_both_times_by_the_penalty(w, gradients, learning_rate, beta1, beta2, epsilon, weight_decay):
    settings = (gradients, w, learning_rate, beta1, beta2, epsilon)
    end = _adam_with(*settings, lambda w: weight_decay * w, lambda old, new: new)
    return end, end


def decays_twice_in_adamw(w, gradients, learning_rate, beta1, beta2, epsilon, weight_decay):
    settings = (gradients, w, learning_rate, beta1, beta2, epsilon)
    return (
        _adam_with(*settings, lambda w: weight_decay * w, lambda old, new: new),
        _adam_with(*settings, lambda w: weight_decay * w, lambda old, new: new - learning_rate * weight_decay * old),
    )


def takes_the_penalty_from_the_first_weights(w, gradients, learning_rate, beta1, beta2, epsilon, weight_decay):
    start = w
    settings = (gradients, w, learning_rate, beta1, beta2, epsilon)
    return (
        _adam_with(*settings, lambda w: weight_decay * start, lambda old, new: new),
        _adam_with(*settings, lambda w: 0, lambda old, new: new - learning_rate * weight_decay * start),
    )


def decayed_weights_side_by_side(w, gradients, learning_rate, beta1, beta2, epsilon, weight_decay):
    """Both in one array, a row each: the first row's gradients get the penalty, the second row shrinks."""
    weights = np.stack([w, w])
    coupled, decoupled = np.array([[1.0], [0.0]]), np.array([[0.0], [1.0]])
    m, v = np.zeros_like(weights), np.zeros_like(weights)
    for number in range(len(gradients)):
        slope = gradients[number] + coupled * weight_decay * weights
        m += (1 - beta1) * (slope - m)
        v += (1 - beta2) * (slope * slope - v)
        weights *= 1 - learning_rate * weight_decay * decoupled
        root = np.sqrt(v / (1 - beta2 ** (number + 1))) + epsilon
        weights -= learning_rate / (1 - beta1 ** (number + 1)) * m / root
    return weights[0], weights[1]


def decayed_weights_by_coordinate(w, gradients, learning_rate, beta1, beta2, epsilon, weight_decay):
    l2, adamw = list(w), list(w)
    for weights, penalty, shrink in ((l2, weight_decay, 0.0), (adamw, 0.0, weight_decay)):
        for i in range(len(weights)):
            m = v = 0.0
            for t in range(1, len(gradients) + 1):
                slope = gradients[t - 1][i] + penalty * weights[i]
                m = m * beta1 + slope * (1 - beta1)
                v = v * beta2 + slope**2 * (1 - beta2)
                m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
                weights[i] -= learning_rate * (m_hat / (v_hat**0.5 + epsilon) + shrink * weights[i])
    return l2, adamw


def decayed_weights_cases(rng):
    def case(steps, d, learning_rate, weight_decay, epsilon=1e-8):
        return {"w": rng.normal(size=d), "gradients": rng.normal(size=(steps, d)), "learning_rate": learning_rate,
                "beta1": 0.9, "beta2": 0.99, "epsilon": epsilon, "weight_decay": weight_decay}  # fmt: skip

    first = {"w": np.array([1.0]), "gradients": np.array([[-0.25], [1.0]]), "learning_rate": 0.5, "beta1": 0.9,
             "beta2": 0.999, "epsilon": 1e-8, "weight_decay": 0.5}  # fmt: skip
    unused = case(4, 2, 0.1, 0.5) | {"gradients": np.zeros((4, 2)), "w": np.array([1.0, -3.0])}
    return [
        first,
        unused,
        case(3, 2, 0.2, 0.0, epsilon=0.1),
        case(5, 3, 0.3, 0.25, epsilon=0.1) | {"beta1": 0.5, "beta2": 0.75},
        case(30, 5, rng.uniform(0.05, 0.2), rng.uniform(0.1, 0.5)),
    ]


DECAYED_WEIGHTS = Exercise(
    name="first_order.decayed_weights",
    title="Weight decay, coupled and not",
    points=3,
    difficulty="core",
    hint="Write Adam's loop once, with one question in it: where does `weight_decay * w` go? Into the gradient, before "
    "the averages see it, or beside Adam's finished move, where nothing divides it. Your `adam_step` may help.",
    reference=decayed_weights,
    instances=decayed_weights_cases,
    misconceptions=(
        Misconception(
            decays_without_the_rate,
            "The decay of your AdamW is not multiplied by the learning rate: a step takes away "
            "learning_rate * weight_decay of each weight.",
        ),
        Misconception(
            decays_the_new_weights,
            "Your AdamW shrinks the weights after the step; the decay is that of the weights from before it.",
        ),
        Misconception(returns_adamw_first, "Return the weights of L2 first, then those of AdamW."),
        Misconception(
            decays_both_times_by_the_penalty,
            "Both your results are Adam with an L2 penalty: AdamW keeps the decay out of m and v.",
        ),
        Misconception(
            decays_twice_in_adamw,
            "Your AdamW decays twice: through the gradient and beside the move. Keep it out of the gradient.",
        ),
        Misconception(
            takes_the_penalty_from_the_first_weights,
            "The decay is that of the current weights; yours is that of the weights at the start.",
        ),
    ),
    alternatives=(decayed_weights_side_by_side, decayed_weights_by_coordinate),
    equivalent_mutants={
        "return (ends[0], ends[-1])": "there are two ends: the second is the last",
        "slope = gradient if ends else gradient + decay": "one end is there exactly when the second run is on, "
        "the decoupled one",
        "weights = weights - learning_rate * (move + decay if ends else move)": "ends is empty in the coupled run only",
    },
)
