"""The loop: stopping, budgets, seeds, objectives that misbehave, callbacks, progress."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from made_up_methods import SQUARE, Calls, made_up_methods, slope, square  # noqa: F401 (a fixture for every test here)

from mlopt_course import Iterate, Problem, Result, Status, minimize, problems

# ---- the mission's example


def test_the_missions_example_to_the_last_bit():
    """f(x) = x^2 from 5.0, rate 0.1, 50 steps, stop when a step is below 1e-6."""
    result = minimize(lambda x: x**2, 5.0, "descent", jac=lambda x: 2 * x, max_iterations=50, tolerance=1e-6)
    assert result.x == 7.136238463529802e-05
    assert result.nit == 50


# ---- results and ends


def test_the_result_says_what_happened():
    result = minimize(SQUARE, method="descent", max_iterations=20)
    assert isinstance(result, Result)
    assert (result.nit, result.nfev, result.njev, result.nhev) == (20, 21, 20, 0)
    assert result.status is Status.MAX_ITERATIONS
    assert not result.success
    assert result.message == "Stopped after max_iterations = 20 steps."
    assert result.fun == square(result.x)
    np.testing.assert_allclose(result.x, 0.8**20 * SQUARE.x0, rtol=1e-14)
    assert result.x.flags.writeable
    assert "history" not in repr(result)


def test_the_best_iterate_is_the_result_not_the_last():
    path = [Iterate(np.array([x])) for x in (3.0, 1.0, 2.0)]
    result = minimize(SQUARE, [5.0], "scripted", iterates=path)
    assert result.x == 1.0
    assert result.history.x[-1] == 2.0


def test_the_last_iterate_is_the_result_under_constraints():
    result = minimize(square, [5.0], "constrained", path=[[1.0], [2.0]], constraints={"type": "ineq", "fun": slope})
    assert result.x == 2.0


def test_target_stops_with_success():
    result = minimize(SQUARE, method="descent", target=1e-3)
    assert result.success
    assert result.fun <= 1e-3 < result.history.fun[-2]
    assert result.message == "Reached the target 0.001."
    at_once = minimize(SQUARE, [0.0, 0.0], "descent", target=0.0)
    assert at_once.success
    assert (at_once.nit, at_once.nfev) == (0, 1)


def test_tolerance_stops_at_the_first_short_step():
    result = minimize(SQUARE, method="descent", tolerance=1e-4)
    steps = np.linalg.norm(np.diff(result.history.x, axis=0), axis=1)
    assert result.success
    assert steps[-1] < 1e-4 <= steps[-2]
    assert result.message == "The last step was shorter than the tolerance 0.0001."
    assert not minimize(SQUARE, method="descent", tolerance=0, max_iterations=9).success


def test_a_method_with_a_tolerance_of_its_own_gets_it():
    result = minimize(SQUARE, method="own_tolerance", tolerance=0.5)
    assert result.success
    assert result.message == "All variables are below the tolerance."
    assert np.abs(result.x).max() == 0.5


@pytest.mark.parametrize(
    ("message", "success", "text"),
    [
        (None, True, "The method converged."),
        ("Done.", True, "Done."),
        ((True, "Done."), True, "Done."),
        ((False, "Gave up."), False, "Gave up."),
    ],
)
def test_a_method_that_returns_has_the_last_word(message, success, text):
    result = minimize(SQUARE, method="scripted", iterates=[Iterate(np.ones(2))], message=message)
    assert (result.success, result.message, result.nit) == (success, text, 1)
    assert result.status is (Status.CONVERGED if success else Status.NOT_CONVERGED)


def test_no_steps_at_all_is_a_result_too():
    for options in ({"max_iterations": 0, "method": "descent"}, {"method": "scripted"}):
        result = minimize(SQUARE, **options)
        assert (result.nit, result.fun, len(result.history)) == (0, 25.0, 1)


def test_a_method_that_does_not_yield_iterates_is_a_mistake_of_its_author():
    with pytest.raises(TypeError, match=r"a method must yield Iterate\(x, ...\), got ndarray"):
        minimize(SQUARE, method="scripted", iterates=[np.ones(2)])


def test_mistakes_within_a_method_are_not_hidden():
    with pytest.raises(np.linalg.LinAlgError):
        minimize(square, [1.0, 1.0], "newton_step", jac=slope, hess=lambda x: np.zeros((2, 2)))


# ---- working in place


def test_a_method_may_overwrite_its_arrays():
    plain = minimize(SQUARE, method="descent", tolerance=1e-4)
    for history in ("full", 7):
        in_place = minimize(SQUARE, method="descent_in_place", tolerance=1e-4, history=history)
        assert in_place.nit == plain.nit
        np.testing.assert_array_equal(in_place.x, plain.x)
    in_place = minimize(SQUARE, method="descent_in_place", tolerance=1e-4)
    np.testing.assert_array_equal(in_place.history.x, plain.history.x)
    np.testing.assert_allclose(in_place.history.step[1:], np.diff(plain.history.x, axis=0), rtol=1e-9)
    np.testing.assert_array_equal(SQUARE.x0, [3.0, -4.0])


def test_a_run_that_fails_midway_keeps_the_last_whole_iterate():
    calls = iter(range(100))

    def failing(x):
        return slope(x) if next(calls) < 5 else np.full(2, math.nan)

    result = minimize(square, [3.0, -4.0], "descent_in_place", jac=failing, history=100)
    np.testing.assert_allclose(result.history.x[-1], 0.8**5 * SQUARE.x0)


# ---- budgets


@pytest.mark.parametrize("name", ["differential_evolution", "particle_swarm", "genetic_algorithm", "sampling"])
@pytest.mark.parametrize("vectorised", [True, False])
@pytest.mark.parametrize("budget", [1, 3, 7])
def test_a_budget_below_the_first_generation_gives_the_best_of_what_it_allowed(name, vectorised, budget):
    seen = []

    def batch(X):
        seen.extend((square(x), tuple(x)) for x in X)
        return np.array([square(x) for x in X])

    def fun(x):
        return float(batch(x[np.newaxis])[0])

    problem = Problem(fun, batch_fun=batch if vectorised else None, bounds=[(-5, 5)] * 3)
    result = minimize(problem, method=name, max_evaluations=budget, rng=0)
    assert result.nfev == len(seen) == budget
    assert (result.fun, tuple(result.x)) == min(seen)
    assert result.status is Status.MAX_EVALUATIONS
    assert not result.success
    reached = minimize(problem, method=name, max_evaluations=budget, rng=0, target=result.fun)
    assert reached.success
    assert reached.nfev <= budget


@pytest.mark.parametrize("budget", [1, 2, 3, 10, 11])
@pytest.mark.parametrize("name", ["descent", "knowing", "walk"])
@pytest.mark.parametrize("history", ["full", 4])
def test_the_budget_is_never_passed(name, budget, history):
    fun, gradient = Calls(square), Calls(slope)
    result = minimize(fun, np.ones(3), name, jac=gradient, max_evaluations=budget, history=history, rng=0)
    assert fun.count == result.nfev <= budget
    assert gradient.count == result.njev <= budget
    if history == "full":
        assert result.status is Status.MAX_EVALUATIONS
        assert result.nfev == budget
        assert result.message == f"Stopped: one more evaluation would pass max_evaluations = {budget}."


@pytest.mark.parametrize("budget", [1, 5, 6, 7])
def test_finite_differences_keep_to_the_budget(budget):
    fun = Calls(square)
    result = minimize(fun, np.ones(3), "descent", max_evaluations=budget)
    assert fun.count == result.nfev == budget
    assert result.njev == 0


@pytest.mark.parametrize("budget", [1, 2, 10])
@pytest.mark.parametrize("history", ["full", 4])
def test_value_and_gradient_in_one_function_keep_to_the_budget(budget, history):
    both = Calls(lambda x: (square(x), slope(x)))
    result = minimize(both, np.ones(3), "descent", jac=True, max_evaluations=budget, history=history)
    assert both.count == result.nfev <= budget
    assert result.njev <= budget


def test_of_a_population_that_does_not_fit_as_much_is_evaluated_as_the_budget_allows():
    batch = Calls(lambda X: np.sum(X**2, axis=1))
    problem = Problem(square, batch_fun=batch, bounds=[(-1, 1)] * 2)
    result = minimize(problem, method="sampling", max_evaluations=35, rng=0)
    assert (batch.count, result.nfev) == (4, 35)
    assert result.status is Status.MAX_EVALUATIONS
    three = minimize(problem, method="sampling", max_iterations=3, rng=0)
    some = np.random.default_rng(0).uniform(-1, 1, (4, 10, 2))[3, :5]  # of the fourth population
    assert result.fun == result.history.fun.min() == min(three.fun, *map(square, some))
    assert result.nit == (3 if result.fun == three.fun else 4) == result.history.iteration[-1]
    assert result.fun == square(result.x)


# ---- seeds


def test_the_same_seed_gives_the_same_history_to_the_last_bit():
    first, second = (minimize(SQUARE, method="walk", rng=7, max_iterations=50) for _ in range(2))
    np.testing.assert_array_equal(first.history.x, second.history.x)
    generator = minimize(SQUARE, method="walk", rng=np.random.default_rng(7), max_iterations=50)
    np.testing.assert_array_equal(first.history.x, generator.history.x)
    other = minimize(SQUARE, method="walk", rng=8, max_iterations=50)
    assert (first.history.x[1:] != other.history.x[1:]).all()


def test_minibatches_follow_the_runs_seed():
    problem = problems.logistic_regression().minibatches(16)
    first, second, other = (minimize(problem, method="descent", rng=r, max_iterations=20).x for r in (1, 1, 2))
    np.testing.assert_array_equal(first, second)
    assert (first != other).any()


def test_global_random_state_is_neither_read_nor_changed():
    np.random.seed(0)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    minimize(SQUARE, method="walk", rng=1, max_iterations=5)
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


# ---- an objective that misbehaves


def after(count, bad):
    """Right for some calls, then wrong."""
    calls = iter(range(10**6))

    def function(x):
        return square(x) if next(calls) < count else bad(x)

    return function


def complain(x):
    raise ZeroDivisionError("too bad")


def write(x):
    x[0] = 0.0
    return 0.0


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        (lambda x: math.nan, "the objective returned nan at x = "),
        (lambda x: math.inf, "the objective returned inf at x = "),
        (lambda x: np.ones(2), "the objective must return one real number, got an array of shape (2,)"),
        (lambda x: None, "the objective must return one real number, got NoneType None"),
        (lambda x: "1", "the objective must return one real number, got str '1'"),
        (complain, "the objective raised ZeroDivisionError: too bad at x = "),
        (write, "the objective raised ValueError: assignment destination is read-only at x = "),
    ],
)
def test_a_bad_objective_ends_the_run_with_its_history(bad, sentence):
    result = minimize(after(5, bad), np.ones(2), "descent", jac=slope)
    assert not result.success
    assert result.status is Status.BAD_EVALUATION
    assert result.message.startswith(f"Stopped at step 5: {sentence}")
    assert len(result.history) == 6
    assert np.isfinite(result.history.fun[:5]).all()
    assert math.isnan(result.history.fun[5])
    np.testing.assert_allclose(result.x, 0.8**4 * np.ones(2))  # the best before


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        (lambda x: x * math.nan, "the gradient is not finite at x = "),
        (lambda x: np.ones(3), "the gradient must have shape (2,), got (3,) at x = "),
        (lambda x: None, "the gradient must return an array of real numbers, got NoneType None"),
        (complain, "the gradient raised ZeroDivisionError: too bad at x = "),
        (write, "the gradient raised ValueError: assignment destination is read-only"),
    ],
)
def test_a_bad_gradient_ends_the_run_with_its_history(bad, sentence):
    calls = iter(range(100))
    result = minimize(
        square, np.ones(2), "descent", jac=lambda x: slope(x) if next(calls) < 5 else bad(x), max_iterations=50
    )
    assert result.status is Status.BAD_EVALUATION
    assert result.message.startswith(f"Stopped at step 5: {sentence}")
    assert len(result.history) == 6
    assert result.fun == square(result.x)


def test_a_bad_start_is_a_result_with_its_reason():
    result = minimize(complain, [1.0, 2.0], "descent")
    assert not result.success
    assert result.message.startswith("Stopped at step 0: the objective raised ZeroDivisionError")
    np.testing.assert_array_equal(result.x, [1.0, 2.0])
    assert math.isnan(result.fun)
    assert len(result.history) == 1


def test_divergence_is_told_without_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = minimize(SQUARE, method="descent", learning_rate=1e3, max_iterations=10_000)
    assert result.status is Status.BAD_EVALUATION
    assert not result.success
    assert result.fun == 25.0


def test_an_iterate_that_is_not_finite_is_told():
    result = minimize(SQUARE, method="scripted", iterates=[Iterate(np.array([1.0, math.nan]))])
    assert result.message == "Stopped at step 1: the iterate is not finite: x = [ 1. nan]."
    nan_value = minimize(SQUARE, method="scripted", iterates=[Iterate(np.ones(2), math.nan)])
    assert nan_value.message == "Stopped at step 1: the objective is nan at x = [1. 1.]."


# ---- callbacks, progress, interrupts


def test_a_callback_sees_every_iterate_and_may_stop():
    seen = []
    result = minimize(SQUARE, method="knowing", callback=seen.append, max_iterations=4)
    assert [iterate.fun for iterate in seen] == list(result.history.fun[1:])
    for answer in (True, np.True_):
        stopped = minimize(SQUARE, method="descent", callback=lambda iterate, answer=answer: answer)
        assert (stopped.nit, stopped.status) == (1, Status.STOPPED_BY_CALLBACK)
        assert stopped.message == "The callback asked to stop."
        assert not stopped.success
    for answer in (None, False, 1, "yes", np.ones(2)):  # only a clear yes stops
        assert minimize(SQUARE, method="descent", callback=lambda it, a=answer: a, max_iterations=3).nit == 3


def test_a_callback_gets_copies():
    """It may keep what it is given, which later steps do not overwrite, and writing into it is an error."""
    seen = []
    result = minimize(SQUARE, method="descent_in_place", callback=seen.append, max_iterations=4)
    np.testing.assert_array_equal([iterate.x for iterate in seen], result.history.x[1:])
    np.testing.assert_array_equal([iterate.step for iterate in seen], result.history.step[1:])
    assert not seen[0].x.flags.writeable
    assert not seen[0].step.flags.writeable


def test_a_callback_may_raise_stop_iteration_but_nothing_else():
    def enough(iterate):
        raise StopIteration

    def broken(iterate):
        raise RuntimeError("mine")

    assert minimize(SQUARE, method="descent", callback=enough).status is Status.STOPPED_BY_CALLBACK
    with pytest.raises(RuntimeError, match="mine"):
        minimize(SQUARE, method="descent", callback=broken)


def test_an_interrupt_keeps_what_there_is():
    calls = iter(range(100))

    def gradient(x):
        if next(calls) == 7:
            raise KeyboardInterrupt
        return slope(x)

    with pytest.raises(KeyboardInterrupt) as caught:
        minimize(square, [3.0, -4.0], "descent", jac=gradient)
    result = caught.value.result
    assert (result.nit, len(result.history), result.message) == (7, 8, "Interrupted.")
    assert result.fun == square(result.x)
    assert not result.success


def test_progress_is_shown_on_long_runs_alone(monkeypatch, capsys):
    minimize(SQUARE, method="descent", max_iterations=50, progress=True)
    quiet = capsys.readouterr()
    assert (quiet.out, quiet.err) == ("", "")
    monkeypatch.setattr("mlopt_course.progress.SECONDS_BEFORE", 0.0)
    result = minimize(SQUARE, method="descent", max_iterations=50, progress=True)
    shown = capsys.readouterr()
    assert shown.out == ""  # the bar is no part of a script's output
    assert "best" in shown.err
    assert result.nit == 50


def test_progress_needs_rich_only_when_it_shows(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "rich.progress", None)
    assert minimize(SQUARE, method="descent", max_iterations=5, progress=True).nit == 5


def test_the_bar_is_closed_whatever_happens(monkeypatch):
    closed = []
    monkeypatch.setattr("mlopt_course.progress.progress_bar", lambda total: lambda nit, best: closed.append(nit))
    with pytest.raises(np.linalg.LinAlgError):
        minimize(square, [1.0], "newton_step", jac=slope, hess=lambda x: [[0.0]], progress=True)
    assert closed == [None]
