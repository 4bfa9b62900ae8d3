"""The mutants: that all kinds of slips are made, that all differ, and that a weak set of cases is found out."""

import dataclasses
import marshal
import math

import numpy as np
import pytest
import sample_chapter

from mlopt_course.checks.mutants import mutants, survivors

DOUBLE, MOVE = sample_chapter.EXERCISES


def busy(x, steps, rate=0.5, *, flags=(1, 2)):
    """Not mutated: "this text"."""
    total = np.zeros(3)
    for k in range(1, steps):
        if k % 2 == 0 and rate > 0:
            continue
        total[k - 1] += x[1:][0] * rate**k
    if total.sum() < 0:
        raise ValueError("not mutated")
    best = max(x) if not math.isnan(rate) else min(x)
    kept = x.copy()
    kept[0] = best - rate
    return np.clip(kept, 0, 1), total.mean(axis=0)


LABELS = [mutant.label for mutant in mutants(busy)]


@pytest.mark.parametrize(
    "label",
    [
        "delete: kept[0] = best - rate",
        "delete: continue",
        "break",
        "for k in range(2, steps):",
        "for k in range(1, steps + 1):",
        "for k in range(steps, 1):",
        "if k % 2 != 0 and rate > 0:",
        "if k % 2 == 0 or rate > 0:",
        "if k % 2 == 0 and rate >= 0:",
        "if rate > 0:",
        "if k // 2 == 0 and rate > 0:",
        "if not (k % 2 == 0 and rate > 0):",
        "total[k - 1] -= x[1:][0] * rate ** k",
        "total[k - 1] = x[1:][0] * rate ** k",
        "total[k - 1] += x[1:][0] * (rate * k)",
        "total[k - 1] += x[2:][0] * rate ** k",
        "total[k - 1] += x[:][0] * rate ** k",
        "total[k - 1] += x[1:][0] / rate ** k",
        "total[k - 1] += x[1:][0]",
        "total[k - 1] += x[1:][0] * k ** rate",
        "kept = x",
        "best = min(x) if not math.isnan(rate) else min(x)",
        "best = max(x)",
        "kept[0] = best + rate",
        "kept[0] = rate - best",
        "kept[0] = -(best - rate)",
        "kept[0] = best - total",
        "total = np.ones(3)",
        "return (np.clip(0, kept, 1), total.mean(axis=0))",
        "return (kept, total.mean(axis=0))",
        "return (np.clip(kept, 0, 1), total.sum(axis=0))",
        "return (np.clip(kept, 0, 1), total.mean())",
        "return (total.mean(axis=0), np.clip(kept, 0, 1))",
    ],
)
def test_each_kind_of_slip_is_made(label):
    assert label in LABELS


def test_mutants_are_many_distinct_functions_that_leave_the_original_alone():
    made = list(mutants(busy))
    assert len(made) > 150
    codes = [marshal.dumps(mutant.function.__code__) for mutant in made]
    assert len(set(codes)) > 0.95 * len(codes)  # x[0:] and x[:] may be one code
    assert [label for label in LABELS if "raise" in label] == ["delete: raise ValueError('not mutated')"]
    assert not any("def " in label for label in LABELS)
    first, mean = busy(np.array([0.5, 0.25, 0.75]), 3)
    assert (first.tolist(), mean) == ([0.25, 0.25, 0.75], pytest.approx(0.125 / 3))


def test_references_that_cannot_be_mutated_are_refused():
    outer = 2

    def closes(x):
        return outer * x

    with pytest.raises(ValueError, match="closes over"):
        list(mutants(closes))
    with pytest.raises(ValueError, match="no source"):
        list(mutants(len))
    with pytest.raises(ValueError, match="lambda"):
        list(mutants(DOUBLE.instances))


@pytest.mark.parametrize("exercise", [DOUBLE, MOVE], ids=lambda e: e.name)
def test_good_cases_kill_every_mutant(exercise):
    count, alive = survivors(exercise)
    assert count >= 5
    assert [mutant.label for mutant in alive] == []


def test_weak_cases_are_found_out():
    """At x = 0, a mutant that forgets to add x passes."""
    weak = dataclasses.replace(
        MOVE, instances=lambda rng: [{"x": np.zeros(2), "velocity": rng.normal(size=2), "rate": 0.1}]
    )
    _, alive = survivors(weak)
    labels = [mutant.label for mutant in alive]
    assert "return (velocity, velocity)" in labels
    assert "velocity = velocity + rate * x" in labels
    assert "return (x, velocity)" not in labels


def test_mutants_that_never_end_count_as_killed():
    def counts(n):
        k = 0
        while k < n:
            k = k + 1
        return k

    endless = dataclasses.replace(DOUBLE, reference=counts, instances=lambda rng: [{"n": 2}, {"n": 5}])
    count, alive = survivors(endless, seconds=0.1)
    labels = [mutant.label for mutant in alive]
    assert count > len(labels)
    assert "k = k - 1" not in labels
    assert "delete: k = k + 1" not in labels
