"""Challenge: derivatives backwards along a tape."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ..exercise import Exercise, Misconception


def backward(tape):
    values: list[float] = []
    for name, *places in tape:
        inputs = [values[place] for place in places] if name != "input" else places
        if name == "input":
            values.append(inputs[0])
        elif name == "add":
            values.append(inputs[0] + inputs[1])
        elif name == "multiply":
            values.append(inputs[0] * inputs[1])
        elif name == "exp":
            values.append(math.exp(inputs[0]))
        else:
            values.append(max(inputs[0], 0.0))
    slopes = [0.0] * len(tape)
    slopes[-1] = 1.0
    for k in reversed(range(len(tape))):
        name, *places = tape[k]
        if name == "add":
            for place in places:
                slopes[place] += slopes[k]
        elif name == "multiply":
            left, right = places
            slopes[left] += slopes[k] * values[right]
            slopes[right] += slopes[k] * values[left]
        elif name == "exp":
            slopes[places[0]] += slopes[k] * values[k]
        elif name == "relu" and values[k] > 0:
            slopes[places[0]] += slopes[k]
    return slopes


OPERATIONS: dict[str, Callable] = {
    "add": lambda left, right: left + right,
    "multiply": lambda left, right: left * right,
    "exp": math.exp,
    "relu": lambda value: max(value, 0.0),
}


def _values(tape):
    values: list[float] = []
    for name, *places in tape:
        values.append(places[0] if name == "input" else OPERATIONS[name](*(values[place] for place in places)))
    return values


def _backward(tape, wrong=""):
    """The right answer, or with one slip in it."""
    values, slopes = _values(tape), [0.0] * len(tape)
    slopes[-1] = values[-1] if wrong == "seed" else 1.0
    order = range(len(tape)) if wrong == "forwards" else reversed(range(len(tape)))

    def give(place, amount):
        slopes[place] = amount if wrong == "overwrites" else slopes[place] + amount

    for k in order:
        name, *places = tape[k]
        if name == "add":
            for place in dict.fromkeys(places) if wrong == "once" else places:
                give(place, slopes[k])
        elif name == "multiply":
            left, right = places
            factors = (left, right) if wrong == "own factor" else (right, left)
            give(left, slopes[k] * values[factors[0]])
            give(right, slopes[k] * values[factors[1]])
        elif name == "exp":
            give(
                places[0],
                slopes[k]
                * (1.0 if wrong == "exp is add" else values[places[0]] if wrong == "exp input" else values[k]),
            )
        elif name == "relu" and (wrong == "open" or values[k] > 0):
            give(places[0], slopes[k])
    if wrong == "inputs only":
        return [slope for slope, (name, *_) in zip(slopes, tape, strict=True) if name == "input"]
    return slopes


def overwrites_what_is_there(tape):
    return _backward(tape, "overwrites")


def goes_forwards(tape):
    return _backward(tape, "forwards")


def multiplies_by_its_own_factor(tape):
    return _backward(tape, "own factor")


def differentiates_exp_to_its_input(tape):
    return _backward(tape, "exp input")


def lets_everything_through_relu(tape):
    return _backward(tape, "open")


def begins_with_the_value(tape):
    return _backward(tape, "seed")


def counts_a_double_use_once(tape):
    return _backward(tape, "once")


def returns_the_inputs_alone(tape):
    return _backward(tape, "inputs only")


def backward_by_complex_steps(tape):
    """Every slope from a step in the imaginary direction; relu is decided by the real part."""

    def last(bumped):
        values: list[complex] = []
        for k, (name, *places) in enumerate(tape):
            inputs = places if name == "input" else [values[place] for place in places]
            if name == "multiply":
                value = inputs[0] * inputs[1]
            elif name == "relu":
                value = inputs[0] if complex(inputs[0]).real > 0 else 0.0
            else:
                value = np.exp(inputs[0]) if name == "exp" else sum(inputs)
            values.append(value + (1e-30j if k == bumped else 0))
        return complex(values[-1]).imag / 1e-30

    return [last(k) for k in range(len(tape))]


def backward_by_recursion(tape):
    """The slope of the last value: 1 for itself, else the sum over all places where a value is used."""
    values = _values(tape)

    def slope(k):
        if k == len(tape) - 1:
            return 1.0
        total = 0.0
        for later in range(k + 1, len(tape)):
            name, *places = tape[later]
            if name == "input" or k not in places:
                continue
            if name == "multiply":
                local = sum(values[places[1 - side]] for side in (0, 1) if places[side] == k)
            elif name == "add":
                local = places.count(k)
            else:
                local = values[later] if name == "exp" else float(values[later] > 0)
            total += local * slope(later)
        return total

    return np.array([slope(k) for k in range(len(tape))])


def backward_cases(rng):
    a, b, c = (float(v) for v in np.round(rng.uniform(0.3, 1.2, size=3), 3))
    return [
        {"tape": [("input", 3.0), ("input", 4.0), ("multiply", 0, 1)]},
        {"tape": [("input", 3.0), ("multiply", 0, 0)]},
        {"tape": [("input", 2.0), ("add", 0, 0)]},
        {"tape": [("input", 1.5), ("exp", 0), ("input", 2.0), ("add", 1, 2)]},
        {"tape": [("input", -1.0), ("relu", 0), ("input", 2.0), ("relu", 2), ("add", 1, 3)]},
        {"tape": [("input", -2.0), ("relu", 0), ("input", 0.5), ("relu", 2), ("multiply", 1, 3)]},
        {"tape": [("input", 2.0), ("relu", 0), ("input", 3.0), ("multiply", 1, 2), ("add", 3, 2)]},
        {"tape": [("input", 0.5), ("relu", 0), ("exp", 1)]},
        {"tape": [("input", 2.0), ("relu", 0), ("exp", 0), ("add", 1, 2)]},
        {"tape": [("input", 0.0), ("relu", 0), ("input", 3.0), ("add", 1, 2), ("exp", 3)]},
        {"tape": [("input", a), ("input", -b), ("multiply", 0, 1), ("exp", 2), ("add", 3, 0), ("multiply", 4, 2),
                  ("relu", 4), ("add", 5, 6)]},
        {"tape": [("input", a), ("input", b), ("input", c), ("multiply", 0, 1), ("add", 3, 2), ("relu", 4),
                  ("input", -1.0), ("multiply", 5, 6), ("exp", 7), ("multiply", 8, 8), ("add", 9, 5)]},
        {"tape": [("input", a), ("exp", 0), ("multiply", 0, 0), ("input", b)]},  # the last is a mere input
    ]  # fmt: skip


BACKWARD = Exercise(
    name="losses.backward",
    title="Derivatives, backwards",
    points=4,
    difficulty="challenge",
    hint="First compute all values, forwards. Then give the last value the slope 1 and go backwards: each operation "
    "hands its own slope, times its local derivative, to the values that it used. A value used twice gets two "
    "such parts: add them up.",
    reference=backward,
    instances=backward_cases,
    misconceptions=(
        Misconception(
            overwrites_what_is_there,
            "A value that is used in several places gets a part from each of them: add to its slope, do not replace "
            "it.",
        ),
        Misconception(
            goes_forwards,
            "You hand slopes on from the first operation to the last; they are known from the last one backwards.",
        ),
        Misconception(
            multiplies_by_its_own_factor,
            "In a product each factor's slope is the *other* factor times the product's slope.",
        ),
        Misconception(
            differentiates_exp_to_its_input,
            "The derivative of exp is exp itself: the value of that operation, not its input.",
        ),
        Misconception(
            lets_everything_through_relu, "Where relu's output is 0 it hands nothing back; at exactly 0 as well."
        ),
        Misconception(begins_with_the_value, "The last value's slope with respect to itself is 1, whatever its value."),
        Misconception(
            counts_a_double_use_once, "x + x uses x twice: it hands its slope back twice, once for each place."
        ),
        Misconception(
            returns_the_inputs_alone, "Return a slope for every entry of the tape, not for the inputs alone."
        ),
    ),
    alternatives=(backward_by_complex_steps, backward_by_recursion),
    equivalent_mutants={
        "for k in reversed(range(len(slopes))):": "there are as many slopes as entries",
        "for k in reversed(range(len(values))):": "there are as many values as entries",
        "slopes = [0.0] * len(values)": "there are as many values as entries",
        "slopes[places[-1]] += slopes[k]": "relu has one input, the first and the last",
        "slopes[places[-1]] += slopes[k] * values[k]": "exp has one input, the first and the last",
        "values.append(inputs[-1])": "an input has one number, the first and the last",
        "values.append(inputs[0] * inputs[-1])": "a product has two inputs: the second is the last",
        "values.append(inputs[0] + inputs[-1])": "a sum has two inputs: the second is the last",
        "values.append(math.exp(inputs[-1]))": "exp has one input, the first and the last",
        "values.append(max(0.0, inputs[0]))": "the larger of two numbers has no order",
        "values.append(max(inputs[-1], 0.0))": "relu has one input, the first and the last",
        "values.append(places[0])": "for an input these are the same",
    },
)
