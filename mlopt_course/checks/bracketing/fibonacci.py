"""Challenge: Fibonacci search where it is exact, on whole numbers."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Misconception
from ..probes import Table


def fibonacci_visits(fun, k):
    numbers = [1, 1]  # F(1), F(2), ...
    for _ in range(k - 3):
        numbers.append(numbers[-1] + numbers[-2])
    start, values = 0, {}
    for n in range(k, 2, -1):  # the lowest is strictly between start and start + F(n)
        left, right = start + numbers[n - 3], start + numbers[n - 2]
        for place in (left, right):
            if place not in values:
                values[place] = fun(place)
        if values[left] > values[right]:
            start = left
    return start + 1, list(values)


def _visits(fun, k, wrong=""):
    """The right answer, or with one slip in it: an open interval (a, b) whose length is a Fibonacci number."""
    numbers = [0, 1, 1]
    while len(numbers) <= k:
        numbers.append(numbers[-1] + numbers[-2])
    a, b, visits = 0, numbers[k], []

    def look(place):
        if place not in visits or wrong == "counts again":
            visits.append(place)
        return fun(place)

    while b - a > 2:
        short = numbers[numbers.index(b - a) - 2] if b - a > 1 else 0
        left, right = a + short, b - short
        if wrong == "right first":
            high, low = look(right), look(left)
        else:
            low, high = look(left), look(right)
        if (low > high) != (wrong == "other side"):
            a = left
        else:
            b = right
    if wrong != "guesses the last":
        look(a + 1)
    return a + 1, visits


def drops_the_lower_side(fun, k):
    return _visits(fun, k, "other side")


def looks_twice_at_the_same(fun, k):
    return _visits(fun, k, "counts again")


def begins_with_the_right_one(fun, k):
    return _visits(fun, k, "right first")


def looks_at_every_place(fun, k):
    numbers = [0, 1, 1]
    while len(numbers) <= k:
        numbers.append(numbers[-1] + numbers[-2])
    places = list(range(1, numbers[k]))
    return min(places, key=fun), places


def halves_the_interval(fun, k):
    numbers = [0, 1, 1]
    while len(numbers) <= k:
        numbers.append(numbers[-1] + numbers[-2])
    a, b, visits = 0, numbers[k], []
    while b - a > 2:
        middle = (a + b) // 2
        visits += [place for place in (middle, middle + 1) if place not in visits]
        if fun(middle) > fun(middle + 1):
            a = middle
        else:
            b = middle + 1
    visits += [a + 1] * (a + 1 not in visits)
    return a + 1, visits


def starts_counting_at_zero(fun, k):
    lowest, visits = fibonacci_visits(fun, k)
    return lowest - 1, [place - 1 for place in visits]


def fibonacci_visits_by_intervals(fun, k):
    return _visits(fun, k)


def fibonacci_visits_recursively(fun, k):
    def number(n):
        return round(((1 + 5**0.5) / 2) ** n / 5**0.5)

    seen = {}

    def search(a, n):
        """The lowest place strictly between a and a + number(n)."""
        if n == 3:
            if a + 1 not in seen:
                seen[a + 1] = fun(a + 1)
            return a + 1
        left, right = a + number(n - 2), a + number(n - 1)
        for place in (left, right):
            if place not in seen:
                seen[place] = fun(place)
        return search(a, n - 1) if seen[left] <= seen[right] else search(left, n - 1)

    return search(0, k), list(seen)


def fibonacci_visits_cases(rng):
    def case(k, lowest):
        numbers = [1, 1]
        while len(numbers) < k:
            numbers.append(numbers[-1] + numbers[-2])
        size = numbers[k - 1]
        down = np.cumsum(rng.uniform(0.1, 1, size=lowest))[::-1]
        up = np.cumsum(rng.uniform(0.1, 1, size=size - 1 - lowest))
        return {"fun": Table(np.r_[down, 0.0, up]), "k": k}

    return [
        case(3, 1),
        case(4, 1),
        case(4, 2),
        case(6, 5),
        case(7, int(rng.integers(1, 12))),
        case(9, int(rng.integers(2, 16))),
        case(9, int(rng.integers(17, 33))),
        case(12, int(rng.integers(1, 143))),
    ]


FIBONACCI_VISITS = Exercise(
    name="bracketing.fibonacci_visits",
    title="Fibonacci search on whole numbers",
    points=4,
    difficulty="challenge",
    hint="The interval from 0 to F(k) has two inner places, at F(k-2) and F(k-1) from its left end. Whichever side is "
    "dropped, the length left is F(k-1), and one of the two places is where it is wanted again. Keep the values "
    "in a dict.",
    reference=fibonacci_visits,
    instances=fibonacci_visits_cases,
    misconceptions=(
        Misconception(
            drops_the_lower_side, "You drop the wrong side: when the left value is higher, what lies left of it goes."
        ),
        Misconception(
            looks_twice_at_the_same, "Your list has places twice: a value that you have seen is not paid for again."
        ),
        Misconception(begins_with_the_right_one, "Of two new places, look at the left one first."),
        Misconception(
            looks_at_every_place, "You look at every place. Two values already tell on which side the lowest cannot be."
        ),
        Misconception(
            halves_the_interval,
            "You compare two neighbours in the middle: that halves the interval at the price of two values each time. "
            "Fibonacci pays one.",
        ),
        Misconception(starts_counting_at_zero, "The places are the numbers 1, 2, ..., F(k) - 1, as `fun` takes them."),
    ),
    alternatives=(fibonacci_visits_by_intervals, fibonacci_visits_recursively),
    equivalent_mutants={
        **dict.fromkeys(
            (
                "for _ in range(k):",
                "for _ in range(k - 0):",
                "for _ in range(k - 2):",
                "for _ in range(k - -3):",
                "for _ in range(k + 3):",
                "for _ in range(k - 3 + 1):",
            ),
            "more Fibonacci numbers than are needed change nothing",
        ),
        "if fun not in values:": "a place looked at again has the same value, and keeps its place in the order",
        "if values[left] > values[place]:": "the last of the two places is the right one",
    },
)
