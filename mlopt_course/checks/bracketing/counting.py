"""How many evaluations, how much is certain, how near one can see: questions that need a pencil more than a loop."""

from __future__ import annotations

import itertools
import math

import numpy as np

from ..exercise import Exercise, Misconception

# --- evaluations needed -----------------------------------------------------------------------------------------------


def evaluations_needed(width, tolerance):
    shrinking = max(width / tolerance, 1)
    golden = 1 + math.ceil(math.log(shrinking) / math.log((1 + math.sqrt(5)) / 2))
    fibonacci, smaller, larger = 1, 1, 1
    for _ in range(100):
        if larger < shrinking:
            fibonacci += 1
        smaller, larger = larger, smaller + larger
    return golden, fibonacci, math.ceil(math.log2(shrinking))


def forgets_that_the_first_one_tells_nothing(width, tolerance):
    golden, fibonacci, halvings = evaluations_needed(width, tolerance)
    return golden - 1, fibonacci - 1, halvings


def pays_two_for_every_shrinking(width, tolerance):
    golden, fibonacci, halvings = evaluations_needed(width, tolerance)
    return 2 * (golden - 1), fibonacci, halvings


def rounds_down(width, tolerance):
    golden, fibonacci, _ = evaluations_needed(width * (1 - 1e-12), 1.6 * tolerance)
    return golden, fibonacci, max(0, math.floor(math.log2(width / tolerance)))


def gives_bisection_a_call_more(width, tolerance):
    golden, fibonacci, halvings = evaluations_needed(width, tolerance)
    return golden, fibonacci, halvings + 1


def halves_by_function_values(width, tolerance):
    golden, fibonacci, halvings = evaluations_needed(width, tolerance)
    return golden, fibonacci, 2 * halvings


def takes_golden_for_fibonacci(width, tolerance):
    golden, _, halvings = evaluations_needed(width, tolerance)
    return golden, golden, halvings


def evaluations_needed_with_logarithms(width, tolerance):
    ratio = width / tolerance
    phi = (1 + 5**0.5) / 2
    golden = 1 + max(0, math.ceil(math.log(ratio) / math.log(phi) - 1e-9))
    numbers = [1, 1]  # F(1), F(2), ...
    while numbers[-1] < ratio:
        numbers.append(numbers[-1] + numbers[-2])
    return golden, len(numbers) - 1, max(0, math.ceil(math.log2(ratio) - 1e-9))


def evaluations_needed_by_trying(width, tolerance):
    def fibonacci(n):
        return round(((1 + math.sqrt(5)) / 2) ** n / math.sqrt(5))

    left = (
        lambda n: width * (2 / (1 + math.sqrt(5))) ** (n - 1),
        lambda n: width / fibonacci(n + 1),
        lambda n: width / 2**n,
    )
    starts = (1, 1, 0)
    return [next(n for n in range(start, 200) if after(n) <= tolerance * (1 + 1e-12))
            for start, after in zip(starts, left, strict=True)]  # fmt: skip


def evaluations_needed_cases(rng):
    return [
        {"width": 8.0, "tolerance": 1.0},
        {"width": 1.0, "tolerance": 1.5},
        {"width": 1.0, "tolerance": 20.0},
        {"width": 3.0, "tolerance": 3.0},
        {"width": 2.0, "tolerance": 1.0},
        {"width": 1.0, "tolerance": 1e-3},
        {"width": 5.0, "tolerance": 1e-6},
        {"width": float(rng.uniform(1, 10)), "tolerance": float(10.0 ** -rng.integers(2, 6))},
        {"width": 233.0, "tolerance": 1.0},
    ]


EVALUATIONS_NEEDED = Exercise(
    name="bracketing.evaluations_needed",
    title="What each bracket costs",
    points=2,
    difficulty="warm-up",
    hint="How wide is the bracket after 1, 2, 3 evaluations? The first value of a function says nothing about where "
    "the minimum is; a slope halves the bracket at once. Fibonacci numbers: 1, 1, 2, 3, 5, 8, ...",
    reference=evaluations_needed,
    instances=evaluations_needed_cases,
    misconceptions=(
        Misconception(
            forgets_that_the_first_one_tells_nothing,
            "One value alone does not shrink the bracket, so golden section and Fibonacci need one evaluation more.",
        ),
        Misconception(
            pays_two_for_every_shrinking,
            "Golden section pays for two evaluations in its first step only: after that, one of the two is there "
            "already.",
        ),
        Misconception(rounds_down, "Your bracket is still wider than the tolerance: round up."),
        Misconception(
            gives_bisection_a_call_more,
            "The first slope, in the middle, halves the bracket at once: bisection needs one fewer.",
        ),
        Misconception(
            halves_by_function_values, "Bisection calls the *slope* once for each halving: its sign tells the side."
        ),
        Misconception(
            takes_golden_for_fibonacci,
            "Fibonacci is a little better than golden section: n evaluations shrink the bracket by F(n+1), not by a "
            "power of the golden ratio.",
        ),
    ),
    alternatives=(evaluations_needed_with_logarithms, evaluations_needed_by_trying),
    equivalent_mutants={
        "for _ in range(101):": "no case needs a Fibonacci number that large",
        "for _ in range(200):": "no case needs a Fibonacci number that large",
        "for _ in range(99):": "no case needs a Fibonacci number that large",
        "shrinking = max(1, width / tolerance)": "the larger of two numbers has no order",
    },
)

# --- points chosen in advance -----------------------------------------------------------------------------------------


def worst_bracket(points, a, b):
    marks = [a, *sorted(points), b]
    return max(after - before for before, after in zip(marks, marks[2:], strict=False))


def takes_the_widest_gap(points, a, b):
    marks = [a, *sorted(points), b]
    return max(after - before for before, after in itertools.pairwise(marks))


def doubles_the_widest_gap(points, a, b):
    return 2 * takes_the_widest_gap(points, a, b)


def forgets_the_ends(points, a, b):
    marks = sorted(points)
    pairs = [after - before for before, after in zip(marks, marks[2:], strict=False)]
    return max(pairs, default=b - a)


def trusts_the_order_given(points, a, b):
    marks = [a, *points, b]
    return max(after - before for before, after in zip(marks, marks[2:], strict=False))


def hopes_for_the_best(points, a, b):
    marks = [a, *sorted(points), b]
    return min(after - before for before, after in zip(marks, marks[2:], strict=False))


def takes_the_average(points, a, b):
    marks = [a, *sorted(points), b]
    return float(np.mean([after - before for before, after in zip(marks, marks[2:], strict=False)]))


def worst_bracket_with_arrays(points, a, b):
    marks = np.sort(np.concatenate([[a, b], points]))
    return float((marks[2:] - marks[:-2]).max())


def worst_bracket_by_neighbours(points, a, b):
    widest = 0.0
    for point in points:
        left = max([a, *(other for other in points if other < point)])
        right = min([b, *(other for other in points if other > point)])
        widest = max(widest, right - left)
    return widest


def worst_bracket_cases(rng):
    width = float(rng.uniform(3, 9))
    return [
        {"points": np.array([0.5]), "a": 0.0, "b": 1.0},
        {"points": np.array([2.0, 1.0]), "a": 0.0, "b": 3.0},
        {"points": np.array([4.0, 1.0, 3.0]), "a": -1.0, "b": 9.0},
        {"points": np.array([0.9, 1.0, 1.1]), "a": 0.0, "b": 3.0},
        {"points": rng.permutation(rng.uniform(-2, -2 + width, size=6)), "a": -2.0, "b": -2.0 + width},
        {"points": rng.permutation(np.linspace(0, 1, 11)[1:-1] + rng.uniform(-0.02, 0.02, size=9)), "a": 0.0, "b": 1.0},
    ]


WORST_BRACKET = Exercise(
    name="bracketing.worst_bracket",
    title="All points chosen beforehand",
    points=2,
    difficulty="core",
    hint="When the lowest value is at some point, where can the minimum be? Not only on one side of it. Then ask for "
    "the point for which that is worst.",
    reference=worst_bracket,
    instances=worst_bracket_cases,
    misconceptions=(
        Misconception(
            takes_the_widest_gap,
            "You take the widest gap. The minimum may lie on either side of the lowest point: the bracket reaches "
            "from its left neighbour to its right one, two gaps.",
        ),
        Misconception(
            doubles_the_widest_gap,
            "You double the widest gap. The bracket is the gap to the left *plus* the gap to the right of the same "
            "point.",
        ),
        Misconception(
            forgets_the_ends, "The ends of the interval are neighbours, too: the lowest point may be the outermost."
        ),
        Misconception(
            trusts_the_order_given, "The points are not sorted; neighbours are next to each other on the line."
        ),
        Misconception(
            hopes_for_the_best, "You return the narrowest bracket. Certain is only the widest: you do not choose."
        ),
        Misconception(takes_the_average, "You return the average bracket. What is *certain* is the widest one."),
    ),
    alternatives=(worst_bracket_with_arrays, worst_bracket_by_neighbours),
    equivalent_mutants={
        "return max((after - before for before, after in zip(marks, marks[2:])))": "zip stops at the shorter by itself",
    },
)

# --- how near values can see ------------------------------------------------------------------------------------------


def sight(x, value, curvature):
    from_values = math.sqrt(2 * float(np.spacing(abs(value))) / curvature)
    return max(from_values, float(np.spacing(abs(x))))


def forgets_the_root(x, value, curvature):
    return max(2 * float(np.spacing(abs(value))) / curvature, float(np.spacing(abs(x))))


def forgets_the_half_of_the_parabola(x, value, curvature):
    return max(math.sqrt(float(np.spacing(abs(value))) / curvature), float(np.spacing(abs(x))))


def takes_the_precision_of_one(x, value, curvature):
    return max(math.sqrt(2 * np.finfo(float).eps / curvature), np.finfo(float).eps)


def looks_at_the_point_alone(x, value, curvature):
    return float(np.spacing(abs(x)))


def looks_at_the_value_alone(x, value, curvature):
    return math.sqrt(2 * float(np.spacing(abs(value))) / curvature)


def multiplies_by_the_curvature(x, value, curvature):
    return max(math.sqrt(2 * float(np.spacing(abs(value))) * curvature), float(np.spacing(abs(x))))


def sight_with_nextafter(x, value, curvature):
    rise = np.nextafter(abs(value), np.inf) - abs(value)
    step = np.nextafter(abs(x), np.inf) - abs(x)
    return max((rise / (curvature / 2)) ** 0.5, step)


def sight_with_ulp(x, value, curvature):
    found = math.sqrt(math.ulp(value) / curvature) * math.sqrt(2)
    return found if found > math.ulp(x) else math.ulp(x)


def sight_cases(rng):
    return [
        {"x": 1.0, "value": 1.0, "curvature": 2.0},
        {"x": -1.0, "value": -4.0, "curvature": 8.0},
        {"x": 3.0, "value": 1000.0, "curvature": 0.5},
        {"x": 1e6, "value": 1e-30, "curvature": 1.0},
        {"x": -5e8, "value": 0.0, "curvature": 3.0},
        {"x": float(rng.uniform(1, 9)), "value": float(rng.uniform(10, 99)), "curvature": float(rng.uniform(0.1, 20))},
    ]


SIGHT = Exercise(
    name="bracketing.sight",
    title="How near can values see?",
    points=2,
    difficulty="core",
    hint="Near a minimum f rises by half of the curvature times the distance squared. From which distance on is that "
    "rise at least one step of the floating-point numbers at f? `np.spacing(v)` is that step, for v > 0.",
    reference=sight,
    instances=sight_cases,
    misconceptions=(
        Misconception(
            forgets_the_root, "Values rise with the *square* of the distance, so the distance is a square root."
        ),
        Misconception(
            forgets_the_half_of_the_parabola,
            "The parabola is half of the curvature times the square: a factor 2 under the root.",
        ),
        Misconception(
            takes_the_precision_of_one,
            "You take the spacing of numbers near 1. It grows with the size of the number: use np.spacing of the "
            "value.",
        ),
        Misconception(
            looks_at_the_point_alone,
            "That is how finely x can be written down. The values of f blur much earlier than that, except where f is "
            "nearly 0.",
        ),
        Misconception(
            looks_at_the_value_alone,
            "No distance is finer than the spacing of numbers at x itself: take the larger of both.",
        ),
        Misconception(
            multiplies_by_the_curvature, "The sharper the curve, the nearer you see: divide by the curvature."
        ),
    ),
    alternatives=(sight_with_nextafter, sight_with_ulp),
    equivalent_mutants={
        "from_values = math.sqrt(2 * np.spacing(abs(value)) / curvature)": "a NumPy number is a number",
        "return max(float(np.spacing(abs(x))), from_values)": "the larger of two numbers has no order",
        "return max(from_values, np.spacing(abs(x)))": "a NumPy number is a number",
    },
    atol=0.0,
)
