"""The proof that every exercise marks fairly: right answers pass, wrong ones fail, and so does every mutant.

It covers all exercises of all chapters, and needs no change for a new one.
"""

import pytest

from mlopt_course.checks import exercises
from mlopt_course.checks.answers import Limits, collect, encode
from mlopt_course.checks.exercise import STUDENT_SEED, Exercise
from mlopt_course.checks.judge import judge
from mlopt_course.checks.mutants import survivors

SEEDS = (STUDENT_SEED, 1, 2, 3, 4, 2**31)
LIMITS = Limits(seconds=30, quiet=True)
EXERCISES = [pytest.param(exercise, id=name) for name, exercise in exercises().items()]

pytestmark = pytest.mark.parametrize("exercise", EXERCISES)


def verdict(exercise: Exercise, answer, seed: int = STUDENT_SEED):
    cases = exercise.cases(seed)
    return judge(exercise, cases, collect(answer, cases, LIMITS))


def explain(exercise: Exercise, answer, seed: int) -> str:
    found = verdict(exercise, answer, seed)
    return "" if found.passed else f"{answer.__name__} with seed {seed}: {found.message}"


@pytest.mark.parametrize("seed", SEEDS)
def test_reference_and_other_right_answers_pass(exercise, seed):
    right = (exercise.reference, *exercise.alternatives)
    assert [text for answer in right if (text := explain(exercise, answer, seed))] == []


@pytest.mark.parametrize("seed", SEEDS)
def test_every_misconception_fails_and_gets_its_own_hint(exercise, seed):
    for wrong in exercise.misconceptions:
        found = verdict(exercise, wrong.answer, seed)
        assert (found.passed, found.points, found.misconception) == (False, 0, wrong.name), found.message
        assert found.message == wrong.hint


def test_stub_and_none_fail(exercise):
    def stub(**arguments):
        raise NotImplementedError()

    def nothing(**arguments):
        return None

    assert verdict(exercise, stub).kind == "unanswered"
    assert not verdict(exercise, nothing).passed


def test_cases_are_the_same_for_the_same_seed_and_differ_for_another(exercise):
    def texts(seed):
        return [{name: encode(value) for name, value in case.items()} for case in exercise.cases(seed)]

    assert texts(5) == texts(5)
    assert texts(5) != texts(6), "graders' cases must not be those that students see"


def test_every_mutant_fails(exercise, record_property):
    """Also with a grader's seed; those that pass must be listed as equivalent, with the reason, and no others."""
    count, alive = survivors(exercise)
    _, alive_when_graded = survivors(exercise, seed=1)
    record_property("mutants", [count, count - len(alive)])
    labels = {mutant.label for mutant in alive} | {mutant.label for mutant in alive_when_graded}
    unexplained = sorted(labels - set(exercise.equivalent_mutants))
    assert unexplained == [], "these mutants pass: add a case that tells them apart, or say why they are equivalent"
    unused = sorted(set(exercise.equivalent_mutants) - labels)
    assert unused == [], "these are listed as equivalent, but no mutant that passes is called so"
    assert all(len(reason.strip()) > 10 for reason in exercise.equivalent_mutants.values()), "a reason, in words"
