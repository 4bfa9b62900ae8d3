"""Steps with a memory: momentum as PyTorch keeps it, and Nesterov's without a velocity."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Misconception
from ..probes import QuadraticGradient, RosenbrockGradient
from ..quadratics import bowl
from . import plots

# --- momentum -----------------------------------------------------------------------------------------------------


def momentum_step(x, buffer, gradient, learning_rate, beta):
    buffer = beta * buffer + gradient
    return x - learning_rate * buffer, buffer


def keeps_a_velocity(x, buffer, gradient, learning_rate, beta):
    buffer = beta * buffer - learning_rate * gradient
    return x + buffer, buffer


def puts_the_rate_into_the_buffer(x, buffer, gradient, learning_rate, beta):
    buffer = beta * buffer + learning_rate * gradient
    return x - buffer, buffer


def averages_the_gradient(x, buffer, gradient, learning_rate, beta):
    buffer = beta * buffer + (1 - beta) * gradient
    return x - learning_rate * buffer, buffer


def moves_with_the_old_buffer(x, buffer, gradient, learning_rate, beta):
    return x - learning_rate * buffer, beta * buffer + gradient


def damps_the_gradient_as_well(x, buffer, gradient, learning_rate, beta):
    buffer = beta * (buffer + gradient)
    return x - learning_rate * buffer, buffer


def returns_the_buffer_first(x, buffer, gradient, learning_rate, beta):
    buffer = beta * buffer + gradient
    return buffer, x - learning_rate * buffer


def moves_against_the_gradient_only(x, buffer, gradient, learning_rate, beta):
    return x - learning_rate * gradient, beta * buffer + gradient


def moves_along_the_buffer(x, buffer, gradient, learning_rate, beta):
    buffer = beta * buffer + gradient
    return x + learning_rate * buffer, buffer


def momentum_step_by_coordinate(x, buffer, gradient, learning_rate, beta):
    memory = [gradient[i] + beta * buffer[i] for i in range(len(x))]
    return np.array([x[i] - learning_rate * memory[i] for i in range(len(x))]), np.array(memory)


def momentum_step_on_copies(x, buffer, gradient, learning_rate, beta):
    x, buffer = x.copy(), buffer.copy()
    buffer *= beta
    buffer += gradient
    x -= learning_rate * buffer
    return [x, buffer]


def momentum_step_through_velocity(x, buffer, gradient, learning_rate, beta):
    """The other convention, translated: the velocity is -learning_rate times the buffer."""
    velocity = -learning_rate * buffer
    velocity = beta * velocity - learning_rate * gradient
    return x + velocity, -velocity / learning_rate


def momentum_step_cases(rng):
    def case(d, learning_rate, beta):
        x, buffer, gradient = rng.normal(size=(3, d))
        return {"x": x, "buffer": buffer, "gradient": gradient, "learning_rate": learning_rate, "beta": beta}

    first = {"x": np.array([1.0]), "buffer": np.array([2.0]), "gradient": np.array([3.0]), "learning_rate": 0.1,
             "beta": 0.5}  # fmt: skip
    at_rest = case(2, 0.1, 0.9) | {"buffer": np.zeros(2)}
    rolling = case(2, 0.5, 0.9) | {"gradient": np.zeros(2)}
    return [first, at_rest, rolling, case(3, 0.2, 0.0), case(5, rng.uniform(0.05, 0.5), rng.uniform(0.5, 0.99))]


MOMENTUM_STEP = Exercise(
    name="first_order.momentum_step",
    title="Momentum, the way PyTorch keeps it",
    points=2,
    difficulty="core",
    hint="The buffer first, then the point, which moves with the *new* buffer. Only one of the two lines has the "
    "learning rate in it.",
    reference=momentum_step,
    instances=momentum_step_cases,
    misconceptions=(
        Misconception(
            keeps_a_velocity,
            "You keep a velocity, with the learning rate inside, as the chapter does. Here the buffer adds up bare "
            "gradients, and the rate is applied when the point moves.",
        ),
        Misconception(
            puts_the_rate_into_the_buffer,
            "Your buffer has the learning rate inside. Here it adds up bare gradients, and the rate is applied when "
            "the point moves.",
        ),
        Misconception(
            averages_the_gradient,
            "You take an average, with weights beta and 1 - beta. This buffer is a sum: the new gradient counts in "
            "full.",
        ),
        Misconception(
            moves_with_the_old_buffer, "The point moves with the new buffer; yours moves with the one from before."
        ),
        Misconception(
            damps_the_gradient_as_well, "beta belongs to the old buffer alone: the new gradient counts in full."
        ),
        Misconception(returns_the_buffer_first, "Return the point first, then the buffer."),
        Misconception(
            moves_along_the_buffer, "You walked uphill: the buffer adds up gradients, so the point goes against it."
        ),
        Misconception(
            moves_against_the_gradient_only,
            "Your point moves along the gradient alone, so the momentum has no effect: move it along the buffer.",
        ),
    ),
    alternatives=(momentum_step_by_coordinate, momentum_step_on_copies, momentum_step_through_velocity),
    play=plots.momentum_path,
)

# --- Nesterov's momentum, to be repaired ----------------------------------------------------------------------------


def nesterov_step(gradient, x, x_before, learning_rate, k):
    beta = (k - 1) / (k + 2)
    ahead = x + beta * (x - x_before)
    return ahead - learning_rate * gradient(ahead), x


def is_still_as_given(gradient, x, x_before, learning_rate, k):
    beta = k / (k + 3)
    ahead = x + beta * (x_before - x)
    x_new = ahead - learning_rate * gradient(x)
    return x_new, x_before


def counts_steps_from_zero(gradient, x, x_before, learning_rate, k):
    beta = k / (k + 3)
    ahead = x + beta * (x - x_before)
    return ahead - learning_rate * gradient(ahead), x


def rolls_backwards(gradient, x, x_before, learning_rate, k):
    beta = (k - 1) / (k + 2)
    ahead = x + beta * (x_before - x)
    return ahead - learning_rate * gradient(ahead), x


def looks_where_it_stands(gradient, x, x_before, learning_rate, k):
    beta = (k - 1) / (k + 2)
    ahead = x + beta * (x - x_before)
    return ahead - learning_rate * gradient(x), x


def remembers_the_wrong_point(gradient, x, x_before, learning_rate, k):
    beta = (k - 1) / (k + 2)
    ahead = x + beta * (x - x_before)
    return ahead - learning_rate * gradient(ahead), x_before


def looks_ahead_but_stays(gradient, x, x_before, learning_rate, k):
    beta = (k - 1) / (k + 2)
    ahead = x + beta * (x - x_before)
    return x - learning_rate * gradient(ahead), x


def nesterov_step_with_velocity(gradient, x, x_before, learning_rate, k):
    velocity = (1 - 3 / (k + 2)) * (x - x_before)
    velocity = velocity - learning_rate * gradient(x + velocity)
    return x + velocity, x


def nesterov_step_as_combination(gradient, x, x_before, learning_rate, k):
    forward = (2 * k + 1) / (k + 2)
    ahead = forward * x + (1 - forward) * x_before
    slope = np.asarray(gradient(ahead))
    return np.array([a - learning_rate * s for a, s in zip(ahead, slope, strict=True)]), x.copy()


def nesterov_step_cases(rng):
    def case(matrix, learning_rate, k):
        d = len(matrix)
        x, x_before, b = rng.normal(size=(3, d))
        return {"gradient": QuadraticGradient(matrix, b), "x": x, "x_before": x_before,
                "learning_rate": learning_rate, "k": k}  # fmt: skip

    first = {"gradient": QuadraticGradient(np.eye(1), np.zeros(1)), "x": np.array([1.0]), "x_before": np.array([2.0]),
             "learning_rate": 0.5, "k": 4}  # fmt: skip
    valley = {"gradient": RosenbrockGradient(), "x": np.array([-1.0, 0.5]), "x_before": np.array([-1.2, 1.0]),
              "learning_rate": 0.001, "k": 7}  # fmt: skip
    return [
        first,
        case(np.diag([1.0, 2.0]), 0.25, 1),
        case(bowl(rng, [1, 5]), 0.2, 2),
        valley,
        case(bowl(rng, rng.uniform(1, 4, size=5)), 0.1, 3),
        case(bowl(rng, rng.uniform(1, 4, size=5)), 0.1, 1000),
    ]


NESTEROV_STEP = Exercise(
    name="first_order.nesterov_step",
    title="Repair Nesterov's step",
    points=2,
    difficulty="core",
    hint="Go through it line by line, with k = 1 in mind first: what must beta be when there is no step behind you "
    "yet? Every line has exactly one fault.",
    reference=nesterov_step,
    instances=nesterov_step_cases,
    misconceptions=(
        Misconception(is_still_as_given, "This is the function as it was given: all four faults are still in it."),
        Misconception(
            counts_steps_from_zero,
            "Three lines are right. Steps count from 1 here, and the first one has no momentum: look at beta.",
        ),
        Misconception(
            rolls_backwards, "Three lines are right. Which way does `ahead` lie: on from x, or back where it came from?"
        ),
        Misconception(
            looks_where_it_stands,
            "Three lines are right. Where is the gradient taken? At x this is the heavy ball, not Nesterov's method.",
        ),
        Misconception(
            remembers_the_wrong_point,
            "Three lines are right. What will be 'the point before' when the next step is made?",
        ),
        Misconception(
            looks_ahead_but_stays,
            "The step must start where the gradient was taken, from `ahead`; yours starts from x, so the momentum "
            "is lost.",
        ),
    ),
    alternatives=(nesterov_step_with_velocity, nesterov_step_as_combination),
)
