"""Rates for every coordinate: AdaGrad's and RMSProp's, Adam's step, and two ways to let weights decay."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Misconception
from . import plots

# --- AdaGrad and RMSProp ------------------------------------------------------------------------------------------


def effective_rates(gradients, learning_rate, decay, epsilon):
    total, average = 0.0, 0.0
    adagrad, rmsprop = [], []
    for gradient in gradients:
        total = total + gradient**2
        average = decay * average + (1 - decay) * gradient**2
        adagrad.append(learning_rate / (np.sqrt(total) + epsilon))
        rmsprop.append(learning_rate / (np.sqrt(average) + epsilon))
    return np.array(adagrad), np.array(rmsprop)


def forgets_the_newest_gradient(gradients, learning_rate, decay, epsilon):
    total = average = np.zeros(gradients.shape[1])
    adagrad, rmsprop = [], []
    for gradient in gradients:
        adagrad.append(learning_rate / (np.sqrt(total) + epsilon))
        rmsprop.append(learning_rate / (np.sqrt(average) + epsilon))
        total = total + gradient**2
        average = decay * average + (1 - decay) * gradient**2
    return np.array(adagrad), np.array(rmsprop)


def swaps_the_weights(gradients, learning_rate, decay, epsilon):
    return effective_rates(gradients, learning_rate, 1 - decay, epsilon)


def puts_epsilon_inside(gradients, learning_rate, decay, epsilon):
    total, average = 0.0, 0.0
    adagrad, rmsprop = [], []
    for gradient in gradients:
        total = total + gradient**2
        average = decay * average + (1 - decay) * gradient**2
        adagrad.append(learning_rate / np.sqrt(total + epsilon))
        rmsprop.append(learning_rate / np.sqrt(average + epsilon))
    return np.array(adagrad), np.array(rmsprop)


def forgets_epsilon(gradients, learning_rate, decay, epsilon):
    with np.errstate(divide="ignore"):
        return effective_rates(gradients, learning_rate, decay, 0.0)


def forgets_the_roots(gradients, learning_rate, decay, epsilon):
    total, average = 0.0, 0.0
    adagrad, rmsprop = [], []
    for gradient in gradients:
        total = total + gradient**2
        average = decay * average + (1 - decay) * gradient**2
        adagrad.append(learning_rate / (total + epsilon))
        rmsprop.append(learning_rate / (average + epsilon))
    return np.array(adagrad), np.array(rmsprop)


def shares_one_rate(gradients, learning_rate, decay, epsilon):
    squares = np.sum(gradients**2, axis=1, keepdims=True)
    adagrad, rmsprop = effective_rates(np.sqrt(squares), learning_rate, decay, epsilon)
    return adagrad + 0 * gradients, rmsprop + 0 * gradients


def returns_the_steps(gradients, learning_rate, decay, epsilon):
    adagrad, rmsprop = effective_rates(gradients, learning_rate, decay, epsilon)
    return adagrad * gradients, rmsprop * gradients


def effective_rates_by_cumsum(gradients, learning_rate, decay, epsilon):
    squares = np.square(gradients)
    ages = np.subtract.outer(np.arange(len(gradients)), np.arange(len(gradients)))
    weights = np.where(ages >= 0, (1 - decay) * decay ** np.maximum(ages, 0), 0.0)
    adagrad = learning_rate / (np.cumsum(squares, axis=0) ** 0.5 + epsilon)
    return adagrad, learning_rate / ((weights @ squares) ** 0.5 + epsilon)


def effective_rates_by_entry(gradients, learning_rate, decay, epsilon):
    adagrad, rmsprop = np.empty_like(gradients), np.empty_like(gradients)
    steps, coordinates = gradients.shape
    for i in range(coordinates):
        total = average = 0.0
        for t in range(steps):
            total += gradients[t, i] ** 2
            average += (1 - decay) * (gradients[t, i] ** 2 - average)
            adagrad[t, i] = learning_rate / (total**0.5 + epsilon)
            rmsprop[t, i] = learning_rate / (average**0.5 + epsilon)
    return [adagrad, rmsprop]


def effective_rates_cases(rng):
    def case(gradients, learning_rate, decay, epsilon):
        return {"gradients": np.asarray(gradients, dtype=float), "learning_rate": learning_rate, "decay": decay,
                "epsilon": epsilon}  # fmt: skip

    rare = rng.normal(size=(12, 3)) * (rng.random(size=(12, 3)) < [1, 0.5, 0.2])
    rare[0] = [1, 0, 0]
    return [
        case([[3.0], [4.0]], 1.0, 0.75, 0.25),
        case([[0.0, 2.0]], 0.1, 0.9, 0.5),
        case(rng.normal(size=(4, 2)), 0.5, 0.0, 0.125),
        case(rare, 0.1, 0.9, 1e-2),
        case(rng.normal(size=(40, 5)) * 10 ** rng.uniform(-2, 2, size=5), rng.uniform(0.01, 0.1), 0.95, 1e-8),
    ]


EFFECTIVE_RATES = Exercise(
    name="first_order.effective_rates",
    title="The rates of AdaGrad and RMSProp",
    points=3,
    difficulty="core",
    hint="Both keep one number for each coordinate and begin with zeros. At every step first update the two numbers "
    "with the new gradient, then compute the two rates. Arithmetic on arrays works entry by entry already.",
    reference=effective_rates,
    instances=effective_rates_cases,
    misconceptions=(
        Misconception(
            forgets_the_newest_gradient,
            "Your rates at step t know the gradients before t only: the squares of the newest one are added first, "
            "then the rate is computed.",
        ),
        Misconception(
            swaps_the_weights,
            "The weights of RMSProp's average are exchanged: decay (near 1) is for the old average, 1 - decay for "
            "the new square.",
        ),
        Misconception(puts_epsilon_inside, "epsilon is added after the root is taken; yours is under the root."),
        Misconception(
            forgets_epsilon,
            "epsilon is missing. Add it to the root: a coordinate whose gradients were all zero would divide by zero.",
        ),
        Misconception(
            forgets_the_roots,
            "A root is missing. Without it a gradient ten times as large would make a step ten times as *small*.",
        ),
        Misconception(
            shares_one_rate,
            "You use one rate for all coordinates, from the length of the gradient: the sums are kept for each "
            "coordinate apart.",
        ),
        Misconception(returns_the_steps, "You return the steps, rate times gradient; asked are the rates themselves."),
    ),
    alternatives=(effective_rates_by_cumsum, effective_rates_by_entry),
    equivalent_mutants={
        "return (adagrad, np.array(rmsprop))": "a list of rows stands for the array of these rows",
        "return (np.array(adagrad), rmsprop)": "a list of rows stands for the array of these rows",
    },
)

# --- Adam ---------------------------------------------------------------------------------------------------------


def adam_step(x, m, v, t, gradient, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    v = beta2 * v + (1 - beta2) * gradient**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    return x - learning_rate * m_hat / (np.sqrt(v_hat) + epsilon), m, v


def corrects_no_bias(x, m, v, t, gradient, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    v = beta2 * v + (1 - beta2) * gradient**2
    return x - learning_rate * m / (np.sqrt(v) + epsilon), m, v


def counts_from_zero(x, m, v, t, gradient, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    v = beta2 * v + (1 - beta2) * gradient**2
    m_hat = m / np.float64(1 - beta1 ** (t - 1))
    v_hat = v / np.float64(1 - beta2 ** (t - 1))
    return x - learning_rate * m_hat / (np.sqrt(v_hat) + epsilon), m, v


def counts_one_too_many(x, m, v, t, gradient, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    v = beta2 * v + (1 - beta2) * gradient**2
    m_hat = m / (1 - beta1 ** (t + 1))
    v_hat = v / (1 - beta2 ** (t + 1))
    return x - learning_rate * m_hat / (np.sqrt(v_hat) + epsilon), m, v


def hides_epsilon_in_the_root(x, m, v, t, gradient, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    v = beta2 * v + (1 - beta2) * gradient**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    return x - learning_rate * m_hat / np.sqrt(v_hat + epsilon), m, v


def adds_epsilon_before_correcting(x, m, v, t, gradient, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    v = beta2 * v + (1 - beta2) * gradient**2
    rate = learning_rate * np.sqrt(1 - beta2**t) / (1 - beta1**t)
    return x - rate * m / (np.sqrt(v) + epsilon), m, v


def keeps_the_corrected_averages(x, m, v, t, gradient, learning_rate, beta1, beta2, epsilon):
    m = (beta1 * m + (1 - beta1) * gradient) / (1 - beta1**t)
    v = (beta2 * v + (1 - beta2) * gradient**2) / (1 - beta2**t)
    return x - learning_rate * m / (np.sqrt(v) + epsilon), m, v


def uses_one_beta(x, m, v, t, gradient, learning_rate, beta1, beta2, epsilon):
    return adam_step(x, m, v, t, gradient, learning_rate, beta1, beta1, epsilon)


def corrects_multiplying_by_t(x, m, v, t, gradient, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    v = beta2 * v + (1 - beta2) * gradient**2
    m_hat = m / np.float64(1 - beta1 * t)
    v_hat = v / np.float64(1 - beta2 * t)
    return x - learning_rate * m_hat / (np.sqrt(v_hat) + epsilon), m, v


def adam_step_by_coordinate(x, m, v, t, gradient, learning_rate, beta1, beta2, epsilon):
    x, m, v = x.copy(), m.copy(), v.copy()
    for i, g in enumerate(gradient):
        m[i] += (1 - beta1) * (g - m[i])
        v[i] += (1 - beta2) * (g * g - v[i])
        x[i] -= learning_rate * (m[i] / (1 - beta1**t)) / ((v[i] / (1 - beta2**t)) ** 0.5 + epsilon)
    return x, m, v


def adam_step_with_a_rate_of_its_own(x, m, v, t, gradient, learning_rate, beta1, beta2, epsilon):
    """The two corrections gathered in the rate and in epsilon, as production code does."""
    root = np.sqrt(1 - beta2**t)
    rate = learning_rate * root / (1 - beta1**t)
    m = m - (1 - beta1) * (m - gradient)
    v = np.multiply(beta2, v) + (1 - beta2) * np.square(gradient)
    return [x - rate * m / (np.sqrt(v) + epsilon * root), m, v]


def adam_step_cases(rng):
    def case(d, t, learning_rate, beta1, beta2, epsilon):
        x, m, gradient = rng.normal(size=(3, d))
        v = m**2 + rng.uniform(0.1, 1, size=d)
        if t == 1:
            m, v = np.zeros(d), np.zeros(d)
        return {"x": x, "m": m, "v": v, "t": t, "gradient": gradient, "learning_rate": learning_rate, "beta1": beta1,
                "beta2": beta2, "epsilon": epsilon}  # fmt: skip

    first = {"x": np.array([1.0]), "m": np.zeros(1), "v": np.zeros(1), "t": 1, "gradient": np.array([-2.0]),
             "learning_rate": 0.5, "beta1": 0.9, "beta2": 0.999, "epsilon": 0.5}  # fmt: skip
    flat = case(2, 1, 0.1, 0.9, 0.999, 1e-8) | {"gradient": np.zeros(2)}
    return [
        first,
        flat,
        case(2, 2, 0.1, 0.9, 0.999, 1e-2),
        case(3, 10, 0.2, 0.0, 0.5, 0.1),
        case(5, 3, rng.uniform(0.01, 0.1), rng.uniform(0.5, 0.9), rng.uniform(0.9, 0.99), 1e-3),
        case(5, 100_000, 0.001, 0.9, 0.999, 1e-8),
    ]


ADAM_STEP = Exercise(
    name="first_order.adam_step",
    title="A step of Adam",
    points=3,
    difficulty="core",
    hint="Five lines in the order of the formulas. m_hat and v_hat are used for this one step and then forgotten: "
    "what you return, and get back at the next step, are m and v.",
    reference=adam_step,
    instances=adam_step_cases,
    misconceptions=(
        Misconception(
            counts_from_zero,
            "Your bias correction divides by 1 - beta**(t-1): count steps from 1, as `t` does already.",
        ),
        Misconception(
            counts_one_too_many,
            "Your bias correction divides by 1 - beta**(t+1): `t` already counts this step, the first is t = 1.",
        ),
        Misconception(
            corrects_no_bias,
            "Your averages are not corrected: both start at zero, so at first they are far too small. Divide them by "
            "1 - beta1**t and 1 - beta2**t.",
        ),
        Misconception(
            corrects_multiplying_by_t, "The correction has beta to the power t, `beta**t`; yours multiplies by t."
        ),
        Misconception(
            keeps_the_corrected_averages,
            "You return the corrected averages: at the next step they would be corrected again. Return m and v as "
            "they were before the correction.",
        ),
        Misconception(hides_epsilon_in_the_root, "epsilon is added after the root is taken; yours is under the root."),
        Misconception(
            adds_epsilon_before_correcting,
            "You add epsilon to the root of v before it is corrected (as TensorFlow does). Here it is added to the "
            "root of v_hat.",
        ),
        Misconception(uses_one_beta, "The squares have a decay of their own: beta2, not beta1."),
    ),
    alternatives=(adam_step_by_coordinate, adam_step_with_a_rate_of_its_own),
    play=plots.adam_race,
)
