"""Every method on awkward input: odd starts, boxes, objectives that misbehave, options that make no sense.

Each ends in a clear error or in an honest result with its history, and no method evaluates outside its bounds.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from method_problems import COUNTED, bowl, first_suitable, numbers, recorded, run, scalar_bowl, suitable

from mlopt_course import Status, constrained, methods

METHODS = methods()
every_method = pytest.mark.parametrize("name", METHODS)
BOUNDED = [name for name, method in METHODS.items() if set(method.needs) <= {"bounds", "batch", "gradient", "hessian"}
           and "bounds" in method.needs]  # fmt: skip
every_bounded_method = pytest.mark.parametrize("name", BOUNDED)
REAL = [name for name, method in METHODS.items() if method.space == "real"]


# ---- objectives that misbehave


class Broken(Exception):
    pass


def turning_bad(problem, kind, good_calls, only):
    """The problem, whose functions of the counters ``only`` begin to misbehave after so many calls."""
    calls = 0

    def spoil(function, rows):
        def call(x, *rest):
            nonlocal calls
            calls += len(x) if rows else 1
            value = function(x, *rest)
            return value if calls <= good_calls else BAD[kind](value)

        return call

    changed = {name: spoil(getattr(problem, name), False) for name, counter in COUNTED.items()
               if counter in only and getattr(problem, name) is not None}  # fmt: skip
    if problem.batch_fun is not None and "nfev" in only:
        changed["batch_fun"] = spoil(problem.batch_fun, True)
    return replace(problem, **changed)


def _raise(value):
    raise Broken("out of order")


BAD = {
    "nan": lambda value: np.asarray(value) * math.nan,
    "inf": lambda value: np.asarray(value) * 0 + math.inf,
    "shape": lambda value: np.zeros((2, 7)),
    "None": lambda value: None,
    "text": lambda value: "low",
    "raises": _raise,
}


@every_method
@pytest.mark.parametrize("kind", BAD)
def test_an_objective_that_misbehaves_ends_the_run_honestly(name, kind):
    """From the first call on, and from the middle of a run on."""
    good, log = recorded(suitable(name))
    run(name, good, rng=1, max_iterations=20, max_evaluations=100)
    middle = log.calls["nfev"] // 2
    for good_calls in {0, middle, max(0, middle - 1)}:  # of two neighbours one is the method's own, not the loop's
        result = run(name, turning_bad(suitable(name), kind, good_calls, {"nfev"}), rng=1, max_iterations=20,
                     max_evaluations=100)  # fmt: skip
        expect_honest_end(result, good_calls)
        if kind == "raises":
            assert "Broken: out of order" in result.message


def expect_honest_end(result, good_calls):
    assert not result.success
    assert result.status is Status.BAD_EVALUATION
    assert result.message.startswith("Stopped at step")
    assert result.message.endswith(".")
    if good_calls:
        assert len(result.history) >= 1
        assert np.isfinite(result.fun)
        assert np.isfinite(result.x).all()


@every_method
@pytest.mark.parametrize("kind", BAD)
def test_a_derivative_that_misbehaves_ends_the_run_honestly(name, kind):
    good, log = recorded(suitable(name))
    run(name, good, rng=1, max_iterations=20, max_evaluations=100)
    for counter in ("njev", "nhev"):
        if not log.calls[counter]:
            continue
        for good_calls in {0, log.calls[counter] // 2}:
            bad = turning_bad(suitable(name), kind, good_calls, {counter})
            expect_honest_end(run(name, bad, rng=1, max_iterations=20, max_evaluations=100), good_calls + 1)


# ---- starts


@every_method
def test_integers_read_only_and_strided_starts_are_the_same_start(name):
    """And none of them is written to."""
    start = np.asarray(suitable(name).x0)
    kind = int if METHODS[name].space == "permutation" else float
    wide = np.zeros((start.size, 3))
    wide[:, 1] = start.ravel()
    frozen = start.astype(kind)
    frozen.flags.writeable = False
    starts = [frozen, list(np.ravel(start)) if start.ndim else start.item()]
    if start.ndim:
        starts.append(wide.astype(kind)[:, 1])
        starts.append(start.astype(kind)[::-1].copy()[::-1])
    if (start == start.astype(int)).all():
        starts += [start.astype(int), start.astype(np.int8), start.astype(np.float32)]
    expected = run(name, x0=start.astype(kind), rng=1, max_iterations=15, max_evaluations=100)
    for same in starts:
        before = np.array(same)
        result = run(name, x0=same, rng=1, max_iterations=15, max_evaluations=100)
        assert result.message == expected.message
        np.testing.assert_array_equal(result.history.x, expected.history.x)
        np.testing.assert_array_equal(same, before)


@pytest.mark.parametrize("name", REAL)
def test_one_variable_is_a_vector_of_one(name):
    problem = suitable(name, 1)
    result = run(name, problem, rng=1, max_iterations=100, max_evaluations=300)
    assert result.fun <= problem.fun(problem.x0)
    assert result.x.shape == np.shape(problem.x0)


@pytest.mark.parametrize("name", REAL)
def test_a_number_can_be_the_variable(name):
    try:
        problem = first_suitable(name, numbers())
    except LookupError:
        pytest.skip("what it needs has no variant of one number")
    result = run(name, problem, rng=1, max_iterations=200, max_evaluations=300)
    assert np.shape(result.x) == ()
    assert result.fun <= problem.fun(problem.x0)


@every_method
@pytest.mark.parametrize("start", [[math.nan, 0.0], [], "here", [[[1.0]]], [1 + 2j, 0], None], ids=str)
def test_a_start_that_is_none_is_refused(name, start):
    if start is None and "bounds" in METHODS[name].needs:
        pytest.skip("it makes its own")
    with pytest.raises(ValueError, match="x0"):
        run(name, replace(suitable(name), x0=None), x0=start)


@every_bounded_method
def test_a_start_outside_the_bounds_is_refused(name):
    with pytest.raises(ValueError, match="x0 must lie within the bounds"):
        run(name, x0=np.asarray(suitable(name).x0) + 5.0)


@pytest.mark.parametrize("name", [name for name in METHODS if METHODS[name].space == "permutation"])
def test_a_start_that_is_no_permutation_is_refused(name):
    for start in ([0, 0, 1], [0, 2], [0.5, 1, 2]):
        with pytest.raises(ValueError, match="x0 must be a permutation"):
            run(name, x0=start)


# ---- boxes

BOXES = {
    "minimum outside": [(-1.0, 0.1), (-1.0, 0.1)],
    "far from 0, unequal": [(100.0, 100.5), (-1e-3, 1e-3)],
    "one side of width 0": [(-1.0, 2.0), (0.25, 0.25)],
    "both of width 0": [(0.5, 0.5), (0.25, 0.25)],
    "narrow": [(1.0, 1.0 + 1e-15), (-1.0, 2.0)],
}


def box_problem(name, box):
    if METHODS[name].space == "scalar":
        return replace(scalar_bowl(), bounds=np.array(box[:1]), x0=None)
    return replace(bowl(), bounds=np.array(box), x0=None)


@every_bounded_method
@pytest.mark.parametrize("box", BOXES)
def test_no_evaluation_leaves_the_bounds(name, box):
    for differences in (False, True):  # without a gradient, differences stand in for it
        problem, log = recorded(box_problem(name, BOXES[box]))
        if differences and "gradient" in METHODS[name].needs:
            problem = replace(problem, gradient=None)
        low, high = problem.bounds.T
        for start in (None, low, high, (low + high) / 2):
            x0 = start if start is None or METHODS[name].space == "real" else float(start[0])
            try:
                result = run(name, problem, x0=x0, rng=2, max_iterations=60, max_evaluations=300)
            except ValueError as refusal:  # bisection needs a change of sign; a safe method, a start
                expected = "bounds must" if start is not None or "x0" not in str(refusal) else "x0 is missing"
                assert str(refusal).startswith(expected)  # noqa: PT017 (either way is right)
            else:
                assert np.isfinite(result.fun)
                assert result.message
        assert log.points
        points = np.array([np.ravel(point) for point in log.points])
        assert (points >= low).all()
        assert (points <= high).all()


@every_bounded_method
@pytest.mark.parametrize("side", [(-math.inf, math.inf), (-math.inf, 2.0), (-1.0, math.inf)], ids=str)
def test_an_infinite_box_is_searched_or_refused(name, side):
    problem, log = recorded(box_problem(name, [side] * 2))
    try:
        run(name, problem, x0=0.5 if METHODS[name].space == "scalar" else [0.5, 0.5], rng=2, max_iterations=20,
            max_evaluations=100)  # fmt: skip
    except ValueError as refusal:
        assert "bounds" in str(refusal)  # noqa: PT017 (either way is right)
    else:
        points = np.array([np.ravel(point) for point in log.points])
        assert (points >= side[0]).all()
        assert (points <= side[1]).all()


# ---- flat functions


@every_method
def test_a_flat_function_is_no_reason_to_fail(name):
    problem = suitable(name)
    if isinstance(problem, constrained.svm.SupportVectorDual):
        pytest.skip("its function is known to the method, which asks for the Hessian alone")
    flat = {key: (lambda function: lambda *given: 0.0 * np.asarray(function(*given)))(getattr(problem, key))
            for key in (*COUNTED, "batch_fun") if getattr(problem, key) is not None}  # fmt: skip
    result = run(name, replace(problem, **flat), rng=1, max_iterations=100, max_evaluations=500)
    assert result.fun == 0.0
    assert np.isfinite(result.x).all()
    assert result.message


# ---- options


@every_method
def test_an_option_that_makes_no_sense_is_named(name):
    """A ValueError that names it: for text or an object where a number belongs, and for numbers that are none."""
    accepted = []
    for option, default in METHODS[name].options.items():
        nonsense = ["fast", object()]
        if isinstance(default, (int, float)) and not isinstance(default, bool):
            nonsense += [math.nan, -math.inf, [1.0, 2.0]]
        for value in nonsense:
            try:
                run(name, rng=1, max_iterations=5, **{option: value})
            except ValueError as refusal:
                assert option in str(refusal)  # noqa: PT017 (the others are to be listed too)
            else:
                accepted.append((option, value))
    assert not accepted
