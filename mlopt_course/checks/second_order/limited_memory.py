"""What memory allows, and L-BFGS from pairs and a diagonal."""

from __future__ import annotations

import math

import numpy as np

from ..exercise import Exercise, Misconception
from ..quadratics import bowl

# --- memory -----------------------------------------------------------------------------------------------------------


def largest_problem(memory, pairs):
    numbers = memory // 8
    packed = (math.isqrt(8 * numbers + 1) - 1) // 2  # the largest d with d (d + 1) / 2 <= numbers
    return math.isqrt(numbers), packed, numbers // (2 * pairs)


def counts_bytes_as_numbers(memory, pairs):
    return largest_problem(8 * memory, pairs)


def takes_half_of_the_square(memory, pairs):
    full, _, limited = largest_problem(memory, pairs)
    return full, math.isqrt(2 * (memory // 8)), limited


def leaves_out_the_diagonal(memory, pairs):
    full, packed, limited = largest_problem(memory, pairs)
    return full, packed + 1, limited


def counts_one_vector_a_pair(memory, pairs):
    full, packed, _ = largest_problem(memory, pairs)
    return full, packed, memory // 8 // pairs


def counts_a_matrix_a_pair(memory, pairs):
    full, packed, _ = largest_problem(memory, pairs)
    return full, packed, math.isqrt(memory // 8 // (2 * pairs))


def rounds_to_the_nearest(memory, pairs):
    numbers = memory / 8
    return round(math.sqrt(numbers)), round((math.sqrt(8 * numbers + 1) - 1) / 2), round(numbers / (2 * pairs))


def halves_the_dimension(memory, pairs):
    full, _, limited = largest_problem(memory, pairs)
    return full, 2 * full, limited


def largest_problem_by_search(memory, pairs):
    def largest(bytes_for):
        low, high = 0, 1
        while bytes_for(high) <= memory:
            low, high = high, 2 * high
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if bytes_for(middle) <= memory else (low, middle)
        return low

    return largest(lambda d: 8 * d * d), largest(lambda d: 4 * d * (d + 1)), largest(lambda d: 16 * pairs * d)


def largest_problem_with_roots(memory, pairs):
    full = int(np.floor(np.sqrt(memory / 8)))
    packed = int(np.floor(-0.5 + np.sqrt(0.25 + 2 * (memory // 8))))
    while packed * (packed + 1) // 2 > memory // 8:
        packed -= 1
    return [full, packed, int(memory / (16 * pairs))]


def largest_problem_cases(rng):
    d = int(rng.integers(500, 2000))
    return [
        {"memory": 8 * 36, "pairs": 1},  # 6 x 6; 8 rows of a triangle
        {"memory": 8 * 36 - 1, "pairs": 2},
        {"memory": 8 * 45, "pairs": 3},
        {"memory": 16 * 2**30, "pairs": 10},
        {"memory": 8 * d * d + 8 * d - 8, "pairs": int(rng.integers(3, 30))},
        {"memory": 4 * d * (d + 1) - 1, "pairs": 7},
    ]


LARGEST_PROBLEM = Exercise(
    name="second_order.largest_problem",
    title="How many variables fit?",
    points=2,
    difficulty="warm-up",
    hint="First, how many *numbers* fit? `math.isqrt(n)` is the whole part of the square root of n, exactly. A "
    "triangle with its diagonal has 1 + 2 + ... + d numbers: for the largest d, solve d(d + 1)/2 = n and round "
    "down.",
    reference=largest_problem,
    instances=largest_problem_cases,
    misconceptions=(
        Misconception(counts_bytes_as_numbers, "A number takes 8 bytes: divide the memory by 8 first."),
        Misconception(
            takes_half_of_the_square,
            "Half of d * d leaves out half of the diagonal: a triangle with its diagonal has d(d + 1)/2 numbers.",
        ),
        Misconception(
            leaves_out_the_diagonal, "Your triangle has no diagonal: it has d(d + 1)/2 numbers, not d(d - 1)/2."
        ),
        Misconception(counts_one_vector_a_pair, "A pair is two vectors: the step, and the change of the gradient."),
        Misconception(
            counts_a_matrix_a_pair, "L-BFGS keeps vectors of d numbers, not matrices: that is the point of it."
        ),
        Misconception(rounds_to_the_nearest, "Round down: what does not fit whole does not fit."),
        Misconception(
            halves_the_dimension, "Half the numbers does not mean twice the variables: the memory grows with d squared."
        ),
    ),
    alternatives=(largest_problem_by_search, largest_problem_with_roots),
    equivalent_mutants={
        "packed = (math.isqrt(8 * numbers + 2) - 1) // 2": "8 n + 2 is never a square, so its root is that of 8 n + 1",
    },
)

# --- L-BFGS -----------------------------------------------------------------------------------------------------------


def lbfgs_direction(gradient, steps, changes, diagonal):
    q, kept = gradient, []
    for s, y in zip(steps, changes, strict=True):  # the newest pair first
        part = s @ q / (s @ y)
        q = q - part * y
        kept.append(part)
    r = diagonal * q
    for s, y, part in zip(reversed(steps), reversed(changes), reversed(kept), strict=True):
        r = r + (part - y @ r / (s @ y)) * s
    return -r


def _direction(gradient, steps, changes, diagonal, wrong=""):
    """The right answer, or with one slip in it."""
    pairs = list(zip(steps, changes, strict=True))
    if wrong == "oldest first":
        pairs = pairs[::-1]
    q, kept = gradient, []
    for s, y in pairs:
        part = (s @ gradient if wrong == "first gradient" else s @ q) / (s @ y)
        q = q - part * (s if wrong == "swaps" else y)
        kept.append(part)
    r = q / diagonal if wrong == "divides" else q if wrong == "no diagonal" else diagonal * q
    back = list(zip(pairs, kept, strict=True))
    for (s, y), part in back if wrong == "same order" else back[::-1]:
        r = r + (part - (0.0 if wrong == "no beta" else y @ r / (s @ y))) * s
    return r if wrong == "up" else -r


def takes_the_oldest_first(gradient, steps, changes, diagonal):
    return _direction(gradient, steps, changes, diagonal, "oldest first")


def comes_back_in_the_same_order(gradient, steps, changes, diagonal):
    return _direction(gradient, steps, changes, diagonal, "same order")


def divides_by_the_diagonal(gradient, steps, changes, diagonal):
    return _direction(gradient, steps, changes, diagonal, "divides")


def leaves_the_diagonal_out(gradient, steps, changes, diagonal):
    return _direction(gradient, steps, changes, diagonal, "no diagonal")


def measures_the_first_gradient(gradient, steps, changes, diagonal):
    return _direction(gradient, steps, changes, diagonal, "first gradient")


def subtracts_steps(gradient, steps, changes, diagonal):
    return _direction(gradient, steps, changes, diagonal, "swaps")


def does_not_correct_on_the_way_back(gradient, steps, changes, diagonal):
    return _direction(gradient, steps, changes, diagonal, "no beta")


def scales_by_the_newest_pair(gradient, steps, changes, diagonal):
    """What the package does: a multiple of the identity in place of the diagonal."""
    if not steps:
        return lbfgs_direction(gradient, steps, changes, diagonal)
    gamma = steps[0] @ changes[0] / (changes[0] @ changes[0])
    return lbfgs_direction(gradient, steps, changes, gamma)


def points_uphill(gradient, steps, changes, diagonal):
    return _direction(gradient, steps, changes, diagonal, "up")


def lbfgs_direction_by_matrices(gradient, steps, changes, diagonal):
    """The inverse Hessian written out: BFGS updates of the diagonal, the oldest pair first."""
    H = np.diag(diagonal)
    for s, y in zip(steps[::-1], changes[::-1], strict=True):
        turn = np.eye(len(s)) - np.outer(s, y) / (s @ y)
        H = turn @ H @ turn.T + np.outer(s, s) / (s @ y)
    return -H @ gradient


def lbfgs_direction_by_recursion(gradient, steps, changes, diagonal):
    def inverse_times(q, newest):
        if newest == len(steps):
            return diagonal * q
        s, y = np.asarray(steps[newest]), np.asarray(changes[newest])
        share = float(s @ q) / float(s @ y)
        r = inverse_times(q - share * y, newest + 1)
        return r + s * (share - float(y @ r) / float(s @ y))

    return -inverse_times(np.array(gradient, dtype=float), 0)


def lbfgs_direction_cases(rng):
    def case(d, memory):
        A = bowl(rng, np.geomspace(1, 20, d))
        steps = list(rng.normal(size=(memory, d)))
        return {"gradient": rng.normal(size=d), "steps": steps, "changes": [A @ s for s in steps],
                "diagonal": rng.uniform(0.1, 1, size=d)}  # fmt: skip

    one = {"gradient": np.array([4.0]), "steps": [np.array([1.0])], "changes": [np.array([2.0])],
           "diagonal": np.array([3.0])}  # fmt: skip
    none = {"gradient": np.array([4.0, 1.0]), "steps": [], "changes": [], "diagonal": np.array([0.5, 2.0])}
    pair = {"gradient": np.array([2.0, 1.0]), "steps": [np.array([1.0, 0.0])], "changes": [np.array([2.0, 1.0])],
            "diagonal": np.array([1.0, 0.5])}  # fmt: skip
    return [one, none, pair, case(2, 2), case(4, 3), case(6, 5)]


LBFGS_DIRECTION = Exercise(
    name="second_order.lbfgs_direction",
    title="L-BFGS's direction, preconditioned",
    points=4,
    difficulty="challenge",
    hint="Two loops. The first goes from the newest pair to the oldest and takes y's out of the gradient, keeping "
    "each part; then the diagonal; then back from the oldest pair to the newest, putting s's in. With one pair "
    "you can check by hand: H y = s must hold.",
    reference=lbfgs_direction,
    instances=lbfgs_direction_cases,
    misconceptions=(
        Misconception(
            takes_the_oldest_first,
            "You begin with the oldest pair. Here the lists have the *newest* pair first, and the first loop begins "
            "there.",
        ),
        Misconception(
            comes_back_in_the_same_order, "The second loop goes the other way, from the oldest pair back to the newest."
        ),
        Misconception(
            divides_by_the_diagonal,
            "You divide by the diagonal. It belongs to the *inverse* of the Hessian, so multiply by it.",
        ),
        Misconception(
            scales_by_the_newest_pair,
            "You begin from a multiple of the identity, as L-BFGS usually does. Here it is the diagonal that is given.",
        ),
        Misconception(leaves_the_diagonal_out, "Between the two loops, multiply by the diagonal, entry by entry."),
        Misconception(
            measures_the_first_gradient,
            "In the first loop, measure what is left of the gradient after the pairs before, not the gradient itself.",
        ),
        Misconception(
            subtracts_steps,
            "In the first loop you take out multiples of s; it is y that goes out, and s that comes in.",
        ),
        Misconception(
            does_not_correct_on_the_way_back,
            "In the second loop the part is corrected: part - (y . r)/(s . y), with the r that you have by then.",
        ),
        Misconception(points_uphill, "You return H times the gradient; the direction is minus that."),
    ),
    alternatives=(lbfgs_direction_by_matrices, lbfgs_direction_by_recursion),
    equivalent_mutants={
        "for s, y in zip(steps, changes):": "the two lists are equally long",
        "for s, y in zip(steps, changes, strict=False):": "the two lists are equally long",
        "for s, y, part in zip(reversed(steps), reversed(changes), reversed(kept)):": "all lists are equally long",
        "for s, y, part in zip(reversed(steps), reversed(changes), reversed(kept), strict=False):": "equal lengths",
        "part = q @ s / (s @ y)": "a scalar product has no order",
        "part = s @ q / (y @ s)": "a scalar product has no order",
        "r = r + (part - r @ y / (s @ y)) * s": "a scalar product has no order",
        "r = r + (part - y @ r / (y @ s)) * s": "a scalar product has no order",
    },
)
