"""Verdicts: which answers are right, and that each kind of wrong one gets its own sentence."""

import dataclasses
import functools
import json
import math

import numpy as np
import pytest
import sample_chapter

from mlopt_course.checks.answers import Limits, collect, encode
from mlopt_course.checks.compare import compare, first_difference
from mlopt_course.checks.exercise import Exercise, Misconception
from mlopt_course.checks.judge import is_right, judge

DOUBLE, MOVE = sample_chapter.EXERCISES
LIMITS = Limits(seconds=0.3, quiet=True)


def verdict(exercise, answer):
    cases = exercise.cases()
    outcomes = json.loads(json.dumps(collect(answer, cases, LIMITS)))  # as from another process
    found = judge(exercise, cases, outcomes)
    assert is_right(exercise, cases, outcomes) == found.passed
    assert 1 <= len(found.message.splitlines()) <= 4
    return found


def test_right_answers_earn_the_points():
    found = verdict(DOUBLE, sample_chapter.double)
    assert (found.passed, found.points, found.message) == (True, 2, "right, 2 of 2 points.")


@pytest.mark.parametrize(
    "answer",
    [
        lambda x: np.asarray(2 * x),
        lambda x: (2 * x).tolist() if isinstance(x, np.ndarray) else 2 * x,
        lambda x: tuple(2 * x) if isinstance(x, np.ndarray) else np.float64(2 * x),
        lambda x: 2 * x * (1 + 1e-12),
        lambda x: np.ma.masked_array(2 * x),
        functools.partial(lambda x, factor: factor * x, factor=2),
        np.vectorize(lambda x: 2 * x),
    ],
)
def test_the_form_of_a_right_answer_does_not_matter(answer):
    assert verdict(DOUBLE, answer).passed


def adds_one(x):
    return x + 1


def squares(x):
    return x * x


def negates(x):
    return -x


MISTAKES = tuple(Misconception(mistake, "No.") for mistake in (adds_one, squares, negates))


def endless(x):
    while True:
        pass


def unfinished(x):
    raise NotImplementedError()


def divides(x):
    return 1 / 0


def prints(x):
    print(2 * x)


def in_place(x):
    x *= 2
    return x


def generates(x):
    yield 2 * x


def brackets(x):
    return brackets


async def waits(x):
    return 2 * x


SENTENCES = {
    "unanswered": (unfinished, "Write the body of `double`"),
    "none": (lambda x: None, "returned None: does every way through it end with `return`?"),
    "printed": (prints, "it prints something, but a result is handed back with `return`"),
    "error": (divides, "raised ZeroDivisionError: division by zero\nin line"),
    "time limit": (endless, "did not finish within 0.3 seconds"),
    "generator": (generates, "returned a generator: use `return`, not `yield`"),
    "function": (brackets, "returned a function: is a pair of brackets missing"),
    "coroutine": (waits, "returned a coroutine: write `def`, not `async def`"),
    "object": (lambda x: object(), "returned an object of type object"),
    "text": (lambda x: str(2 * x), "returned text where one number is expected"),
    "complex": (lambda x: 2j * x, "returned a complex number where one number is expected"),
    "bool": (lambda x: True, "returned True or False where one number is expected"),
    "shape": (lambda x: np.atleast_1d(2 * x), "returned an array of shape (1,) where one plain number is expected"),
    "too many": (lambda x: (2 * x, x), "returned a tuple of 2 values where one number is expected"),
    "nan": (lambda x: 2 * x * math.nan, "returned nan"),
    "infinite": (lambda x: math.inf * x, "returned inf"),
    "large": (lambda x: np.zeros(10**6), "far too large"),
    "not callable": (3.5, "`double` must be a function, but it is 3.5"),
    "arguments": (lambda y: y, "must take the arguments (x), but yours takes the arguments (y)"),
}


@pytest.mark.parametrize("name", SENTENCES)
def test_each_kind_of_wrong_answer_has_its_own_sentence(name):
    answer, sentence = SENTENCES[name]
    found = verdict(DOUBLE, answer)
    assert sentence in found.message
    assert (found.passed, found.points, found.misconception) == (False, 0, None)


def test_where_none_may_be_right_the_case_is_shown_instead_of_asking_for_a_return():
    cases = [{"x": 4}, {"x": 3}]
    halve = dataclasses.replace(
        DOUBLE, reference=lambda x: x // 2 if x % 2 == 0 else None, instances=lambda rng: cases, misconceptions=MISTAKES
    )
    assert verdict(halve, lambda x: None).message == "For x = 4\nexpected 2, got None.\n1 of 2 cases are right."
    assert (
        "returned one number where None is expected.\nThis was for x = 3." in verdict(halve, lambda x: x // 2).message
    )


def test_lists_of_different_lengths_are_shown():
    cases = [{"x": 6}]
    divisors = dataclasses.replace(
        DOUBLE,
        reference=lambda x: [k for k in range(1, x + 1) if x % k == 0],
        instances=lambda rng: cases,
        misconceptions=MISTAKES,
    )
    assert verdict(divisors, lambda x: [1, 6]).message.endswith("\nExpected [1, 2, 3, 6], got [1, 6].")
    assert "got" not in verdict(divisors, lambda x: 6).message


def test_sentences_differ():
    texts = [verdict(DOUBLE, answer).message for answer, _ in SENTENCES.values()]
    assert len(set(texts)) == len(texts)


def test_changed_arguments_are_named():
    case = MOVE.cases()

    def answer(x, velocity, rate):
        x += 1
        return x - 1 + velocity - rate * (x - 1), velocity - rate * (x - 1)

    found = judge(MOVE, case, collect(answer, case))
    assert found.kind == "changed"
    assert "changed its argument `x` in place" in found.message


def test_a_misconception_gets_its_hint_and_nothing_else():
    found = verdict(DOUBLE, lambda x: x * x)  # other code, the same results
    assert (found.misconception, found.message) == ("squares", DOUBLE.misconceptions[0].hint)
    assert verdict(MOVE, sample_chapter.changes_velocity).misconception == "changes_velocity"


def test_a_wrong_number_shows_the_smallest_case_and_what_came():
    found = verdict(MOVE, lambda x, velocity, rate: (x + 1.5 * velocity, velocity))
    x, velocity, rate = (MOVE.cases()[0][name] for name in ("x", "velocity", "rate"))
    right, moved = sample_chapter.move(x, velocity, rate), x + 1.5 * velocity
    assert found.message.splitlines() == [
        f"For x = [{x[0]:.6f}], velocity = [{velocity[0]:.6f}], rate = {rate:.6g}",
        f"expected ([{right[0][0]:.6f}], [{right[1][0]:.6f}]), got ([{moved[0]:.6f}], [{velocity[0]:.6f}]).",
    ]


def test_numbers_that_differ_late_are_shown_with_enough_digits():
    expected, got = verdict(DOUBLE, lambda x: 2 * x * (1 + 1e-8)).message.splitlines()[1].split(", got ")
    assert expected.removeprefix("expected ") != got.rstrip(".")


def test_several_values_may_come_stacked_in_one_array():
    assert verdict(MOVE, lambda x, velocity, rate: np.stack(sample_chapter.move(x, velocity, rate))).passed
    found = verdict(MOVE, lambda x, velocity, rate: np.stack(sample_chapter.move(x, velocity, rate))[::-1])
    assert not found.passed


def test_several_changed_arguments_are_named_in_the_plural():
    def answer(x, velocity, rate):
        velocity -= rate * x
        x += velocity
        return x, velocity

    assert "changed its arguments `x` and `velocity` in place" in verdict(MOVE, answer).message


@pytest.mark.parametrize(
    ("expected", "got", "difference"),
    [
        ([0.5] * 20, [0.5] * 7 + [0.25] + [0.5] * 12, ("index [7]", 0.5, 0.25)),
        (np.eye(4), np.eye(4) + np.diag([0, 0, 3.0, 0]), ("index [2, 2]", 1.0, 4.0)),
        ((1.0, np.zeros(20)), (1.0, np.ones(20)), ("index [0], in value 2", 0.0, 1.0)),
        ((1.0, 2.0), (1.0, 3.0), ("value 2", 2.0, 3.0)),
    ],
)
def test_of_long_values_the_first_difference_is_shown(expected, got, difference):
    assert first_difference(expected, got, 1e-9, 1e-12) == difference


def test_a_long_answer_is_shown_where_it_differs():
    def count(n):
        return list(range(n))

    def skips_ten(n):
        return [i + (i == 10) for i in range(n)]

    cases = [{"n": 20}]
    exercise = Exercise(**(vars(DOUBLE) | {"reference": count, "instances": lambda rng: cases}))
    found = judge(exercise, cases, collect(skips_ten, cases))
    assert found.message.endswith("expected 10 at index [10], got 11.")
    short = judge(exercise, [{"n": 1}], collect(lambda n: [0, 1], [{"n": 1}]))
    assert "a list of 2 values where 1 value is expected" in short.message


def test_cases_that_are_right_are_counted():
    found = verdict(DOUBLE, lambda x: 2 * x if np.ndim(x) == 0 else 2.5 * x)
    assert (found.right, found.total) == (1, 2)
    assert found.message.endswith("1 of 2 cases are right.")


def test_an_answer_that_remembers_is_not_right():
    calls = []

    def answer(x):
        calls.append(x)
        return 2 * x if len(calls) < 3 else x

    found = verdict(DOUBLE, answer)
    assert found.kind == "unstable"
    assert "two different results" in found.message


@pytest.mark.parametrize(
    "outcomes",
    [
        None,
        [],
        {},
        "right",
        [{}] * 2,
        [None, None],
        [{"value": 1, "error": {}}] * 2,
        [{"error": "x"}] * 2,
        [{"error": {"type": ["a"]}}] * 2,
        [{"value": 1, "changed": [[]]}] * 2,
        [{"value": {"array": "AAAA", "dtype": "O", "shape": [1]}}] * 2,
        [{"value": {"array": "AAAA", "dtype": "f8", "shape": [10**9]}}] * 2,
        [{"value": {"array": "", "dtype": "f8", "shape": [0, 10**18]}}] * 2,
        [{"value": {"probe": "__import__", "fields": {}}}] * 2,
        [{"value": {"dict": [[[], 1]]}}] * 2,
        [{"value": math.nan, "again": {"x": 1}}] * 2,
        [{"error": {"type": "E", "message": {}, "line": "x", "source": 3}}] * 2,
    ],
)
def test_forged_outcomes_never_pass_and_never_break_the_judge(outcomes):
    found = judge(DOUBLE, DOUBLE.cases(), outcomes)
    assert (found.passed, found.points) == (False, 0)


def test_exercises_with_many_right_answers_are_judged_by_accept():
    def root(a):
        return math.sqrt(a)

    def accept(instance, value):
        return True if math.isclose(value**2, instance["a"]) else f"the square of {value:.3g} is not a."

    def itself(a):
        return a

    def half(a):
        return a / 2 + 1

    def square(a):
        return a * a

    exercise = Exercise(
        name="sample.root",
        title="Either root",
        points=1,
        difficulty="core",
        hint="There are two.",
        reference=root,
        instances=lambda rng: [{"a": 4.0}, {"a": 9.0}],
        misconceptions=tuple(Misconception(wrong, f"not the {wrong.__name__}") for wrong in (itself, half, square)),
        alternatives=(lambda a: -math.sqrt(a), lambda a: a**0.5),
        accept=accept,
    )
    assert verdict(exercise, lambda a: -math.sqrt(a)).passed
    assert verdict(exercise, lambda a: 1.5).message == "the square of 1.5 is not a.\nFor a = 4"
    assert verdict(exercise, lambda a: "2").kind == "type"
    assert verdict(exercise, lambda a: object()).kind == "type"


@pytest.mark.parametrize(
    ("expected", "got", "kind"),
    [
        (1.0, 1, None),
        (1.0, 1.0 + 1e-10, None),
        (1.0, 1.1, "value"),
        (1.0, math.nan, "nan"),
        (math.nan, math.nan, None),
        (math.inf, math.inf, None),
        (math.inf, -math.inf, "value"),
        (True, True, None),
        (True, 1, "type"),
        (1, True, "type"),
        ("a", "a", None),
        ("a", "b", "value"),
        (None, None, None),
        (None, 1, "type"),
        (10**400, 10**400, None),
        (10**400, 1.0, "value"),
        ([1.0, 2.0], np.array([1.0, 2.0]), None),
        ((1.0, 2.0), [1.0, 2.0], None),
        ((1.0, 2.0), np.array([1.0, 2.0]), None),
        ((1.0, 2.0), np.array([1.0, 3.0]), "type"),
        ((1.0, 2.0), np.array([1.0, 2.0, 3.0]), "type"),
        ([1.0, 2.0], [1.0], "shape"),
        (np.ones(2), [1, 1], None),
        (np.ones((2, 2)), [[1, 1], [1, 1]], None),
        (np.ones((2, 2)), [[1, 1], [1]], "type"),
        (np.ones(2), np.ones((2, 1)), "shape"),
        (np.ones(2), 1.0, "shape"),
        (np.ones(1), 1.0, "shape"),
        (np.ones(0), [], None),
        (np.ones(2), ["a", "b"], "type"),
        (np.array(1.0), 1.0, None),
        (np.array([True]), np.array([True]), None),
        (np.array([True]), np.array([1.0]), "type"),
        ({"a": 1.0}, {"a": 1.0}, None),
        ({"a": 1.0}, {"a": 2.0}, "value"),
        ({"a": 1.0}, {"b": 1.0}, "shape"),
        ({"a": 1.0}, {"a": 1.0, "b": 1.0}, "shape"),
        ({"a": 1.0}, [1.0], "type"),
        ((1.0, (2.0, np.ones(2))), (1.0, (2.0, np.zeros(2))), "value"),
    ],
)
def test_comparison(expected, got, kind):
    found = compare(expected, got, 1e-9, 1e-12)
    assert (found and found.kind) == kind


def test_references_that_raise_ask_for_the_same_error():
    def strict(rate):
        if rate <= 0:
            raise ValueError(f"rate must be positive, got {rate}")
        return rate

    exercise = changed(reference=strict, name="sample.strict", instances=lambda rng: [{"rate": -1.0}, {"rate": 1.0}])
    assert verdict(exercise, strict).passed
    lax = verdict(exercise, lambda rate: rate).message
    assert lax.startswith("`strict` returned a value where it should raise ValueError.")


def changed(**changes):
    """The first exercise of the sample with other fields."""
    return Exercise(**{**{name: getattr(DOUBLE, name) for name in DOUBLE.__dataclass_fields__}, **changes})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"points": 0}, "points must be a positive integer, got 0"),
        ({"difficulty": "hard"}, "difficulty must be one of"),
        ({"hint": " "}, "hint must not be empty"),
        ({"name": "double"}, "name must be"),
        ({"misconceptions": DOUBLE.misconceptions[:2]}, "at least 3 misconceptions are needed, got 2"),
        ({"misconceptions": DOUBLE.misconceptions[:1] * 3}, "names of their own"),
        ({"alternatives": DOUBLE.alternatives[:1]}, "at least 2 alternatives are needed, got 1"),
        ({"alternatives": (sample_chapter.double, sample_chapter.adds)}, "must not be the reference"),
        ({"rtol": -1.0}, "rtol must be in"),
    ],
)
def test_an_exercise_that_is_not_complete_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        changed(**changes)


def test_instances_must_be_cases():
    with pytest.raises(ValueError, match="list of non-empty dicts"):
        changed(instances=lambda rng: []).cases()


def test_the_judge_takes_no_part_of_the_students_process():
    """An outcome is JSON: what is not, even if it compares equal to everything, is refused."""

    class Equal:
        def __eq__(self, other):
            return True

        __hash__ = None

    assert not judge(DOUBLE, DOUBLE.cases(), [{"value": Equal()}, {"value": Equal()}]).passed
    assert encode(Equal()) == {"unsupported": "an object of type Equal"}
