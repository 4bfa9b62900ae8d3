"""When to stop training, and how wide a network may be."""

from __future__ import annotations

import itertools
import math

import numpy as np

from ..exercise import Exercise, Misconception

# --- early stopping -----------------------------------------------------------------------------------------------


def early_stop(losses, patience):
    best, best_epoch = math.inf, 0
    for epoch, loss in enumerate(losses):
        if loss < best:
            best, best_epoch = loss, epoch
        elif epoch - best_epoch >= patience:
            return best_epoch, epoch
    return best_epoch, len(losses) - 1


def knows_the_future(losses, patience):
    return int(np.nanargmin(losses)), early_stop(losses, patience)[1]


def compares_with_the_epoch_before(losses, patience):
    waited = 0
    for epoch in range(1, len(losses)):
        waited = 0 if losses[epoch] < losses[epoch - 1] else waited + 1
        if waited >= patience:
            return int(np.nanargmin(losses[: epoch + 1])), epoch
    return int(np.nanargmin(losses)), len(losses) - 1


def waits_one_epoch_longer(losses, patience):
    return early_stop(losses, patience + 1)


def takes_a_tie_for_better(losses, patience):
    best, best_epoch = math.inf, 0
    for epoch, loss in enumerate(losses):
        if loss <= best:
            best, best_epoch = loss, epoch
        elif epoch - best_epoch >= patience:
            return best_epoch, epoch
    return best_epoch, len(losses) - 1


def never_forgives(losses, patience):
    best, best_epoch, waited = math.inf, 0, 0
    for epoch, loss in enumerate(losses):
        if loss < best:
            best, best_epoch = loss, epoch
        else:
            waited += 1
            if waited >= patience:
                return best_epoch, epoch
    return best_epoch, len(losses) - 1


def keeps_the_last_weights(losses, patience):
    stop = early_stop(losses, patience)[1]
    return stop, stop


def exchanges_the_two(losses, patience):
    return early_stop(losses, patience)[::-1]


def takes_nan_for_an_improvement(losses, patience):
    best, best_epoch = math.inf, 0
    for epoch, loss in enumerate(losses):
        if not loss >= best:
            best, best_epoch = loss, epoch
        elif epoch - best_epoch >= patience:
            return best_epoch, epoch
    return best_epoch, len(losses) - 1


def early_stop_by_looking_back(losses, patience):
    clean = [math.inf if math.isnan(loss) else loss for loss in losses]
    for epoch in range(len(losses)):
        best_epoch = clean.index(min(clean[: epoch + 1]))
        if epoch - best_epoch == patience:
            break
    return best_epoch, epoch


def early_stop_by_records(losses, patience):
    lowest = np.fmin.accumulate(losses)
    records = [0, *(k for k in range(1, len(losses)) if losses[k] < lowest[k - 1])]
    for record, following in zip(records, [*records[1:], math.inf], strict=True):
        if following - record > patience:
            break
    return np.array([record, min(record + patience, len(losses) - 1)])


def early_stop_cases(rng):
    def case(losses, patience):
        return {"losses": np.array(losses, dtype=float), "patience": patience}

    falling = 3 * 0.8 ** np.arange(30) + rng.integers(0, 40, size=30) / 32
    return [
        case([3, 2, 4, 5, 1], 2),
        case([3, 2, 4, 5, 1], 3),
        case([2, 2, 2, 2], 2),
        case([5, 4, 3, 2, 1], 1),
        case([4, 5, 3, 4, 2, 3, 1, 2, 3], 2),
        case([6, 4, 5, 4.5, 4.2, 3, 2], 3),
        case([3, 2, math.nan, 2.5, 1], 2),
        case([1], 3),
        case([4, 3, 2, 3, 2, 3, 2, 1], 4),
        case([3, 2, 4, 5], 5),
        case(falling, 1),
        case(falling, 4),
    ]


EARLY_STOP = Exercise(
    name="basics.early_stop",
    title="When to stop",
    points=2,
    difficulty="core",
    hint="Remember two things from epoch to epoch: the lowest loss so far, and the epoch in which it came. How many "
    "epochs ago was that? A comparison with nan is never true, so write the test such that this is what you want.",
    reference=early_stop,
    instances=early_stop_cases,
    misconceptions=(
        Misconception(
            knows_the_future,
            "Your best epoch comes after the stop: what would have come later, nobody gets to see.",
        ),
        Misconception(
            compares_with_the_epoch_before,
            "You compare each loss with the one before: a loss that goes up and down looks like progress. Compare with "
            "the lowest so far.",
        ),
        Misconception(
            waits_one_epoch_longer,
            "You stop one epoch late: after `patience` epochs in a row without a new lowest loss, it is over.",
        ),
        Misconception(takes_a_tie_for_better, "A loss that equals the lowest is no improvement: it must be lower."),
        Misconception(
            never_forgives,
            "You add up all the epochs without an improvement: a new lowest loss starts the count again.",
        ),
        Misconception(
            keeps_the_last_weights,
            "You keep the weights of the last epoch; the best ones came before, when the loss was lowest.",
        ),
        Misconception(exchanges_the_two, "The best epoch comes first, then the epoch after which training stops."),
        Misconception(
            takes_nan_for_an_improvement,
            "A loss of nan passes for an improvement: `not loss >= best` is true for nan, `loss < best` is not.",
        ),
    ),
    alternatives=(early_stop_by_looking_back, early_stop_by_records),
    equivalent_mutants={
        "best, best_epoch = (math.inf, 1)": "the first loss is lower than infinity, so it sets both",
        "best, best_epoch = (math.inf, -1)": "the first loss is lower than infinity, so it sets both",
    },
)

# --- depth and width ----------------------------------------------------------------------------------------------


def widest(inputs, outputs, hidden_layers, budget):
    fitting = []
    for width in range(1, budget):
        parameters = (inputs + 1) * width + (hidden_layers - 1) * (width + 1) * width + (width + 1) * outputs
        if parameters <= budget:
            fitting.append(width)
    return max(fitting, default=0)


def _widest(inputs, outputs, hidden_layers, budget, bias=1, blocks=-1, last=True, limit=0):
    width = 0
    while True:
        w = width + 1
        count = (inputs + bias) * w + (hidden_layers + blocks) * (w + bias) * w + (w + bias) * outputs * last
        if count > budget + limit:
            return width
        width = w


def forgets_the_biases(inputs, outputs, hidden_layers, budget):
    return _widest(inputs, outputs, hidden_layers, budget, bias=0)


def counts_a_block_for_every_layer(inputs, outputs, hidden_layers, budget):
    return _widest(inputs, outputs, hidden_layers, budget, blocks=0)


def forgets_the_outputs(inputs, outputs, hidden_layers, budget):
    return _widest(inputs, outputs, hidden_layers, budget, last=False)


def goes_one_unit_too_far(inputs, outputs, hidden_layers, budget):
    return widest(inputs, outputs, hidden_layers, budget) + 1


def counts_units_for_weights(inputs, outputs, hidden_layers, budget):
    return max((budget - inputs - outputs) // hidden_layers, 0)


def sees_one_hidden_layer(inputs, outputs, hidden_layers, budget):
    return widest(inputs, outputs, 1, budget)


def leaves_a_parameter_unused(inputs, outputs, hidden_layers, budget):
    return widest(inputs, outputs, hidden_layers, budget - 1)


def widest_by_shapes(inputs, outputs, hidden_layers, budget):
    def parameters(width):
        sizes = [inputs, *[width] * hidden_layers, outputs]
        return sum(into * out + out for into, out in itertools.pairwise(sizes))

    width = 0
    while parameters(width + 1) <= budget:
        width += 1
    return width


def widest_by_halving(inputs, outputs, hidden_layers, budget):
    fits, fails = 0, budget + 1
    while fails - fits > 1:
        w = (fits + fails) // 2
        if w * (inputs + 1 + (hidden_layers - 1) * (w + 1) + outputs) + outputs <= budget:
            fits = w
        else:
            fails = w
    return fits


def widest_cases(rng):
    def case(inputs, outputs, hidden_layers, budget):
        return {"inputs": int(inputs), "outputs": int(outputs), "hidden_layers": int(hidden_layers),
                "budget": int(budget)}  # fmt: skip

    return [
        case(1, 1, 1, 10),
        case(1, 1, 1, 9),
        case(2, 3, 2, 34),
        case(2, 3, 2, 33),
        case(5, 4, 1, 3),
        case(5, 4, 1, 14),
        case(64, 10, 1, 5000),
        case(64, 10, 4, 5000),
        case(rng.integers(3, 30), rng.integers(1, 9), 3, rng.integers(500, 4000)),
        case(rng.integers(3, 30), rng.integers(1, 9), 12, rng.integers(4000, 9000)),
    ]


WIDEST = Exercise(
    name="basics.widest",
    title="Deep or wide?",
    points=2,
    difficulty="core",
    hint="A layer with a inputs and b outputs has a * b weights and b biases. Write the sizes of the layers in a row: "
    "inputs, width, ..., width, outputs. How many steps from `width` to `width` are there with 1, 2, 3 hidden layers?",
    reference=widest,
    instances=widest_cases,
    misconceptions=(
        Misconception(forgets_the_biases, "You count the weights only: every unit has a bias, too."),
        Misconception(
            counts_a_block_for_every_layer,
            "With L hidden layers there are L - 1 connections between them; the first one is fed by the inputs.",
        ),
        Misconception(forgets_the_outputs, "The output layer is missing: it has weights and biases as well."),
        Misconception(
            goes_one_unit_too_far, "You return the first width that is too large; asked is the last that fits."
        ),
        Misconception(
            counts_units_for_weights,
            "You count units; the budget is of parameters, and between two layers there is one for every pair of "
            "units.",
        ),
        Misconception(
            sees_one_hidden_layer, "You count one hidden layer, however many there are: each further one adds a block."
        ),
        Misconception(leaves_a_parameter_unused, "A network that uses the budget to the last parameter is allowed."),
    ),
    alternatives=(widest_by_shapes, widest_by_halving),
    equivalent_mutants={
        "for width in range(0, budget):": "a width of zero is the answer where no other fits",
        "for width in range(1, budget + 1):": "each unit has more than one parameter, so that width never fits",
        "for width in range(1, budget - 1):": "each unit has more than one parameter, so that width never fits",
    },
)
