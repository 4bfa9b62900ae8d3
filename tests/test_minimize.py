"""The loop: stopping, budgets, seeds, bad values, starts, history, callbacks. Methods are made up here."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
import scipy.optimize

from mlopt_course import Iterate, Problem, Result, Status, minimize, problems, registry
from mlopt_course.history import History
from mlopt_course.registry import method


@pytest.fixture(autouse=True)
def made_up_methods():
    """The methods of this file, in the registry for the length of a test."""
    registry.methods()
    before = dict(registry._REGISTRY)
    for needs, space, function in (
        ("gradient", "real", descent),
        ("gradient", "real", descent_in_place),
        ("gradient", "real", knowing),
        ((), "real", walk),
        (("bounds", "batch"), "real", sampling),
        ("hessian", "real", newton_step),
        ("finite_sum", "real", last_term),
        ("constraints", "real", constrained),
        ((), "scalar", shrink),
        ((), "permutation", swapping),
        ((), "real", scripted),
        ((), "real", own_tolerance),
    ):
        method(chapter="first_order", needs=needs, space=space)(function)
    yield
    registry._REGISTRY.clear()
    registry._REGISTRY.update(before)


def descent(problem, x0, *, learning_rate=0.1):
    """Gradient descent."""
    x = x0
    while True:
        x = x - learning_rate * problem.gradient(x)
        yield Iterate(x)


def descent_in_place(problem, x0, *, learning_rate=0.1):
    """Gradient descent that overwrites its arrays, as a beginner's does."""
    x, step = x0, np.zeros_like(x0)
    while True:
        step[:] = -learning_rate * problem.gradient(x)
        x += step
        yield Iterate(x, step=step)


def knowing(problem, x0, *, learning_rate=0.1):
    """Gradient descent that knows its values, and state."""
    x, velocity = x0, np.zeros_like(x0)
    while True:
        velocity = 0.5 * velocity - learning_rate * problem.gradient(x)
        x = x + velocity
        yield Iterate(x, problem.fun(x), velocity=velocity, rate=learning_rate)


def walk(problem, x0, *, step=1.0, rng):
    """A random walk."""
    x = x0
    while True:
        x = x + step * rng.standard_normal(x.shape)
        yield Iterate(x)


def sampling(problem, x0, *, population=10, rng):
    """Random search within the bounds."""
    low, high = problem.bounds.T
    while True:
        X = rng.uniform(low, high, (population, len(low)))
        values = problem.batch(X)
        yield Iterate(X[values.argmin()], values.min(), population=X)


def newton_step(problem, x0):
    """Newton's method."""
    x = x0
    while True:
        x = x - np.linalg.solve(problem.hessian(x), problem.gradient(x))
        yield Iterate(x)


def last_term(problem, x0):
    """Descend on the last term."""
    yield Iterate(x0 - 0.1 * problem.terms_gradient(x0, np.array([problem.n_terms - 1])))


def constrained(problem, x0, *, path=()):
    """Go where told."""
    for x in path:
        yield Iterate(np.array(x, dtype=float))


def shrink(problem, x0):
    """Halve a number."""
    x = x0
    while True:
        x = x / 2
        yield Iterate(x)


def swapping(problem, x0, *, rng):
    """Swap two cities if that is shorter."""
    tour = x0
    while True:
        i, j = rng.choice(len(tour), 2, replace=False)
        new = tour.copy()
        new[[i, j]] = new[[j, i]]
        if problem.fun(new) < problem.fun(tour):
            tour = new
        yield Iterate(tour)


def scripted(problem, x0, *, iterates=(), message=None):
    """Yield what it is given."""
    yield from iterates
    return message


def own_tolerance(problem, x0, *, tolerance=1e-3):
    """Stops by itself."""
    x = x0
    while np.abs(x).max() > tolerance:
        x = x / 2
        yield Iterate(x)
    return "All variables are below the tolerance."


class Calls:
    """A function that counts its calls."""

    def __init__(self, function):
        self.function = function
        self.count = 0

    def __call__(self, *arguments):
        self.count += 1
        return self.function(*arguments)


def square(x):
    return np.sum(np.square(x))


def slope(x):
    return 2 * x


SQUARE = Problem(square, slope, lambda x: 2 * np.eye(np.size(x)), x0=np.array([3.0, -4.0]), name="square")


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


def test_a_population_that_does_not_fit_is_not_evaluated():
    batch = Calls(lambda X: np.sum(X**2, axis=1))
    problem = Problem(square, batch_fun=batch, bounds=[(-1, 1)] * 2)
    result = minimize(problem, method="sampling", max_evaluations=35, rng=0)
    assert (batch.count, result.nfev, result.nit) == (3, 30, 3)
    assert result.status is Status.MAX_EVALUATIONS


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


# ---- starts


@pytest.mark.parametrize(
    "start",
    [
        [3, -4],
        (3.0, -4.0),
        np.array([3, -4]),
        np.array([3, -4], dtype=np.float32),
        np.array([9.0, 3.0, 9.0, -4.0])[1::2],
        np.array([-4.0, 3.0])[::-1],
        np.asfortranarray(np.array([[3.0, 0.0], [-4.0, 0.0]]))[:, 0],
    ],
)
def test_starts_of_every_kind_give_the_same_run(start):
    expected = minimize(SQUARE, method="descent", max_iterations=5)
    np.testing.assert_array_equal(minimize(SQUARE, start, "descent", max_iterations=5).x, expected.x)


def test_a_read_only_start_is_left_alone_and_may_be_started_from():
    start = np.array([3.0, -4.0])
    start.flags.writeable = False
    result = minimize(SQUARE, start, "descent_in_place", max_iterations=5)
    assert result.fun < 25.0
    np.testing.assert_array_equal(start, [3.0, -4.0])


@pytest.mark.parametrize("start", [5, 5.0, np.float64(5), np.array(5.0), np.array(5)])
def test_a_start_that_is_a_number_makes_runs_of_numbers(start):
    seen = []

    def fun(x):
        seen.append(np.shape(x))
        return x**2

    result = minimize(fun, start, "descent", jac=slope, max_iterations=3)
    assert set(seen) == {()}
    assert isinstance(result.x, float)
    assert result.history.x.shape == (4,)


def test_matrices_are_points_too():
    result = minimize(SQUARE, np.ones((2, 3)), "descent", max_iterations=4)
    assert result.x.shape == (2, 3)
    assert result.history.x.shape == (5, 2, 3)


def test_scalar_methods_take_a_number_or_an_array_of_one():
    for start in (8.0, [8.0]):
        assert minimize(square, start, "shrink", max_iterations=3).x == 1.0
    with pytest.raises(ValueError, match=r"method 'shrink' searches along one variable; x0 must be .* shape \(2,\)"):
        minimize(square, [1.0, 2.0], "shrink")


def test_permutations_stay_whole_numbers():
    cities = np.random.default_rng(0).random((8, 2))

    def length(tour):
        assert tour.dtype.kind == "i"
        return float(np.linalg.norm(cities[tour] - cities[np.roll(tour, 1)], axis=1).sum())

    result = minimize(length, np.arange(8), "swapping", rng=0, max_iterations=200)
    assert result.fun < length(np.arange(8))
    assert sorted(result.x) == list(range(8))
    assert result.history.x.dtype.kind == "i"
    with pytest.raises(ValueError, match=r"x0 must be a permutation of 0 ... 2, got \[0, 0, 2\]"):
        minimize(length, [0, 0, 2], "swapping")


# ---- bad arguments


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"problem": 3}, "problem must be a Problem or a function of x, got 3"),
        ({"x0": None, "problem": square}, "x0 is missing: square has no start of its own"),
        ({"x0": "abc"}, "x0 must be an array of real numbers, got 'abc'"),
        ({"x0": "5"}, "x0 must be an array of real numbers, got '5'"),
        ({"x0": [1.0, None]}, "x0 must be finite, got"),
        ({"x0": [1.0 + 2j]}, "x0 must be an array of real numbers"),
        ({"x0": [[1.0], [2.0, 3.0]]}, "x0 must be an array of real numbers"),
        ({"x0": []}, "x0 must have at least one variable, got an empty array"),
        ({"x0": np.ones((2, 2, 2))}, r"x0 must be a number, a vector or a matrix, got shape \(2, 2, 2\)"),
        ({"x0": [1.0, math.nan]}, r"x0 must be finite, got \[1.0, nan\]"),
        ({"x0": [math.inf]}, "x0 must be finite"),
        ({"max_iterations": -1}, "max_iterations must be an integer >= 0, got -1"),
        ({"max_iterations": 2.5}, "max_iterations must be an integer >= 0, got 2.5"),
        ({"max_iterations": None}, "max_iterations must be an integer >= 0, got None"),
        ({"max_iterations": True}, "max_iterations must be an integer >= 0, got True"),
        ({"max_evaluations": 0}, "max_evaluations must be an integer >= 1, got 0"),
        ({"max_evaluations": "many"}, "max_evaluations must be an integer >= 1, got 'many'"),
        ({"target": "low"}, "target must be a number, got 'low'"),
        ({"target": math.nan}, "target must be a number, got nan"),
        ({"tolerance": -1e-3}, "tolerance must be a number >= 0, got -0.001"),
        ({"tolerance": "tight"}, "tolerance must be a number >= 0, got 'tight'"),
        ({"rng": -1}, "rng must be a numpy.random.Generator, a seed .* or None, got -1"),
        ({"rng": "seed"}, "rng must be a numpy.random.Generator, a seed .* or None, got 'seed'"),
        ({"callback": 5}, "callback must be a function of the iterate, got 5"),
        ({"history": "some"}, "history must be 'full', 'iterates' or a stride .*, got 'some'"),
        ({"history": 0}, "history must be 'full', 'iterates' or a stride .*, got 0"),
        ({"history": np.ones(2)}, "history must be 'full', 'iterates' or a stride"),
        ({"jac": slope}, "jac belongs to a plain function"),
        ({"hess": slope}, "hess belongs to a plain function"),
        ({"args": (1,)}, "args belongs to a plain function"),
        ({"problem": square, "jac": 7}, r"jac must be a function, True .* or None, got 7"),
        ({"problem": square, "jac": "cs"}, r"jac must be a function, True .* or None, got 'cs'"),
        ({"problem": square, "hess": True}, "hess must be a function or None, got True"),
        ({"problem": square, "method": "newton_step"}, "method 'newton_step' needs hessian, .* give hess="),
        ({"method": "sampling"}, "method 'sampling' needs bounds, which square does not have; give bounds="),
        ({"method": "last_term"}, "method 'last_term' needs finite_sum, .* mlopt_course.problems"),
        ({"method": "constrained"}, "method 'constrained' needs constraints, .* give constraints="),
        ({"bounds": [(0, 1)] * 2}, "method 'descent' cannot keep to bounds; methods that can: .*sampling"),
        ({"bounds": [(1, 0)] * 2}, "bounds must have low <= high"),
        ({"bounds": [(0, 1)] * 3}, "bounds must have one pair for each of the 2 variables, got 3"),
        ({"learning_rat": 1}, "method 'descent' has no option 'learning_rat'; its options are learning_rate=0.1"),
        ({"method": "newton_step", "rate": 1}, "method 'newton_step' has no option 'rate'; its options are none"),
        ({"rng_": 1, "method": "walk"}, "method 'walk' has no option 'rng_'; its options are step=1.0"),
    ],
)
def test_bad_arguments_are_named(arguments, sentence):
    given = {"problem": SQUARE, "x0": np.array([3.0, -4.0]), "method": "descent", **arguments}
    with pytest.raises(ValueError, match=sentence):
        minimize(given.pop("problem"), given.pop("x0"), **given)


@pytest.mark.parametrize(
    ("x0", "sentence"),
    [
        ([2.0, 0.0], r"x0 must lie within the bounds \[\[-1.0, 1.0\], \[-1.0, 1.0\]\], got \[2.0, 0.0\]"),
        ([0.0], "bounds must have one pair for each of the 1 variables, got 2|x0 must have 2 variables"),
    ],
)
def test_a_start_outside_the_bounds_is_named(x0, sentence):
    for problem, extra in ((Problem(square, bounds=[(-1, 1)] * 2), {}), (square, {"bounds": [(-1, 1)] * 2})):
        with pytest.raises(ValueError, match=sentence):
            minimize(problem, x0, "sampling", **extra)


# ---- SciPy's way of calling


def test_plain_functions_take_what_scipys_minimize_takes():
    def fun(x, a, b):
        return a * (x[0] - b) ** 2 + (x[1] - 1) ** 2

    def jac(x, a, b):
        return np.array([2 * a * (x[0] - b), 2 * (x[1] - 1)])

    def hess(x, a, b):
        return np.diag([2.0 * a, 2.0])

    ours = minimize(fun, [0.0, 0.0], "newton_step", jac=jac, hess=hess, args=(3.0, 2.0), tolerance=1e-9)
    theirs = scipy.optimize.minimize(fun, [0.0, 0.0], method="Newton-CG", jac=jac, hess=hess, args=(3.0, 2.0))
    np.testing.assert_allclose(ours.x, theirs.x, atol=1e-6)
    np.testing.assert_allclose(ours.x, [2.0, 1.0], rtol=1e-14)
    assert ours.nhev == ours.nit
    single = minimize(lambda x, a: a * square(x), [1.0], "descent", args=2.0, max_iterations=3)  # not a tuple
    np.testing.assert_allclose(single.x, 0.6**3, rtol=1e-8)


def test_jac_true_is_one_function_for_both():
    both = Calls(lambda x, a: (a * square(x), a * slope(x)))
    result = minimize(both, [1.0, 2.0], "descent", jac=True, args=(1.0,), max_iterations=10)
    assert both.count == result.nfev == 11
    np.testing.assert_array_equal(result.x, minimize(SQUARE, [1.0, 2.0], "descent", max_iterations=10).x)


@pytest.mark.parametrize("jac", [None, False])
def test_without_jac_differences_are_taken(jac):
    result = minimize(square, [1.0, 2.0], "descent", jac=jac, max_iterations=10)
    np.testing.assert_allclose(result.x, 0.8**10 * np.array([1.0, 2.0]), rtol=1e-8)


@pytest.mark.parametrize(
    "bounds",
    [[(-1, 1), (0.5, 2)], scipy.optimize.Bounds([-1, 0.5], [1, 2]), np.array([[-1, 1], [0.5, 2]])],
)
def test_bounds_are_taken_as_scipy_takes_them(bounds):
    result = minimize(square, None, "sampling", bounds=bounds, rng=0, max_iterations=50)
    assert ((result.history.population[1:] >= [-1, 0.5]) & (result.history.population[1:] <= [1, 2])).all()
    assert result.fun == pytest.approx(0.25, abs=0.1)


def test_bounds_given_beside_a_problem_replace_its_own():
    result = minimize(problems.sphere(), [1.0, 1.0], "sampling", bounds=scipy.optimize.Bounds(0.5, 2), rng=0)
    assert (result.history.x >= 0.5).all()
    np.testing.assert_array_equal(problems.sphere().bounds, [[-5.12, 5.12]] * 2)


def rosen_both(x):
    return scipy.optimize.rosen(x), scipy.optimize.rosen_der(x)


class TestWithinScipy:
    """``scipy.optimize.minimize(f, x0, method=scipy_method(...))``."""

    @staticmethod
    def run(name, fun=square, x0=(3.0, -4.0), **arguments):
        from mlopt_course import scipy_method

        return scipy.optimize.minimize(fun, x0, method=scipy_method(name), **arguments)

    def test_it_gives_the_same_run_as_ours(self):
        theirs = self.run("descent", jac=slope, options={"maxiter": 30, "learning_rate": 0.2})
        ours = minimize(SQUARE, method="descent", max_iterations=30, learning_rate=0.2)
        assert isinstance(theirs, scipy.optimize.OptimizeResult)
        np.testing.assert_array_equal(theirs.x, ours.x)
        for name in ("fun", "nit", "nfev", "njev", "nhev", "success", "message"):
            assert theirs[name] == getattr(ours, name)
        assert theirs.status == int(Status.MAX_ITERATIONS)
        np.testing.assert_array_equal(theirs.history.x, ours.history.x)

    def test_args_hess_and_tol(self):
        result = self.run(
            "newton_step",
            lambda x, a: a * square(x),
            args=(2.0,),
            jac=lambda x, a: a * slope(x),
            hess=lambda x, a: 2 * a * np.eye(2),
            tol=1e-6,
        )
        assert result.success
        np.testing.assert_allclose(result.x, 0.0, atol=1e-15)

    @pytest.mark.parametrize("budget", [1, 5, 10])
    def test_jac_true_and_the_budget(self, budget):
        both = Calls(lambda x: (square(x), slope(x)))
        result = self.run("descent", both, jac=True, options={"maxfev": budget})
        assert both.count == result.nfev == budget
        assert result.status == Status.MAX_EVALUATIONS

    def test_no_jac_or_one_of_scipys_difference_schemes(self):
        for jac in (None, "2-point", "3-point"):
            result = self.run("descent", jac=jac, options={"maxiter": 5})
            np.testing.assert_allclose(result.x, 0.8**5 * SQUARE.x0, rtol=1e-8)

    def test_bounds(self):
        for bounds in ([(0.5, 1)] * 2, scipy.optimize.Bounds(0.5, 1)):
            result = self.run("sampling", x0=[0.7, 0.7], bounds=bounds, options={"rng": 0, "maxiter": 20})
            assert ((result.x >= 0.5) & (result.x <= 1)).all()

    def test_callbacks_of_both_kinds(self):
        seen, values = [], []
        self.run("descent", jac=slope, callback=seen.append, options={"maxiter": 3})
        assert [x.shape for x in seen] == [(2,)] * 3

        def told(intermediate_result):
            values.append(intermediate_result.fun)
            if len(values) == 2:
                raise StopIteration

        result = self.run("knowing", jac=slope, callback=told)
        assert result.nit == 2
        np.testing.assert_array_equal(values, result.history.fun[1:])

    def test_disp_and_return_all(self, capsys):
        result = self.run("descent", jac=slope, options={"maxiter": 3, "disp": True, "return_all": True})
        assert capsys.readouterr().out.startswith("descent: Stopped after max_iterations = 3 steps. f = ")
        assert len(result.allvecs) == 4

    def test_what_cannot_be_used_is_named(self):
        with pytest.raises(ValueError, match="hessp is not used by 'descent'"):
            self.run("descent", hessp=lambda x, p: p)
        with pytest.raises(ValueError, match="method 'descent' has no option 'rate'"):
            self.run("descent", options={"rate": 1})
        with pytest.raises(ValueError, match="method 'nothing' is unknown"):
            self.run("nothing")


# ---- history


def test_a_full_history_has_every_iterate_and_its_state():
    result = minimize(SQUARE, method="knowing", max_iterations=10)
    history = result.history
    assert history.names == ["iteration", "x", "fun", "nfev", "velocity", "rate"]
    np.testing.assert_array_equal(history.iteration, np.arange(11))
    np.testing.assert_array_equal(history.nfev, np.arange(1, 12))
    np.testing.assert_array_equal(history.fun, [square(x) for x in history.x])
    assert history.x.shape == history.velocity.shape == (11, 2)
    assert np.isnan(history.velocity[0]).all()
    np.testing.assert_allclose(history.velocity[1:], np.diff(history.x, axis=0), rtol=1e-8)
    np.testing.assert_array_equal(history.rate[1:], 0.1)
    assert repr(history) == "History(11 records of iteration, x, fun, nfev, velocity, rate)"
    assert "rate" in history
    np.testing.assert_array_equal(history["fun"], history.fun)
    with pytest.raises(AttributeError, match="this history has no 'speed'; it has iteration, x, fun"):
        history.speed  # noqa: B018
    with pytest.raises(KeyError, match="this history has no 'speed'"):
        history["speed"]


def test_a_history_of_iterates_leaves_the_state_out():
    result = minimize(SQUARE, method="knowing", max_iterations=10, history="iterates")
    assert result.history.names == ["iteration", "x", "fun", "nfev"]
    assert len(result.history) == 11


@pytest.mark.parametrize("steps", [9, 10, 11])
def test_a_stride_keeps_every_nth_and_the_last(steps):
    fun = Calls(square)
    result = minimize(fun, [3.0, -4.0], "descent", jac=slope, max_iterations=steps, history=5)
    assert list(result.history.iteration) == sorted({0, 5, *([10] if steps >= 10 else []), steps})
    assert not np.isnan(result.history.fun).any()
    assert fun.count == len(result.history)
    np.testing.assert_allclose(result.x, 0.8**steps * SQUARE.x0)  # though not on the stride


@pytest.mark.parametrize(
    "ending",
    [{"tolerance": 1e-3}, {"callback": lambda iterate: abs(iterate.x[0]) < 1e-3}, {"method": "own_tolerance"}],
)
def test_however_a_run_with_a_stride_ends_its_last_iterate_is_evaluated(ending):
    result = minimize(SQUARE, **{"method": "descent", "history": 1000, **ending})
    assert result.history.iteration[-1] == result.nit < 1000
    assert result.fun == square(result.history.x[-1]) < 1e-4
    np.testing.assert_array_equal(result.x, result.history.x[-1])


def test_states_of_changing_size_or_that_come_late_are_kept():
    iterates = [
        Iterate(np.ones(1)),
        Iterate(np.ones(1), archive=np.ones(1), simplex=np.ones((2, 1)), label="a", flag=True),
        Iterate(np.ones(1), archive=np.ones(2), simplex=np.zeros((2, 1)), label="b", flag=False),
        Iterate(np.ones(1), archive=[[1.0], [2.0, 3.0]], label="c"),
    ]
    history = minimize(SQUARE, [1.0], "scripted", iterates=iterates).history
    assert [None if a is None else np.size(a) for a in history.archive[:4]] == [None, None, 1, 2]
    assert history.archive[4] == [[1.0], [2.0, 3.0]]
    assert history.simplex.shape == (5, 2, 1)
    assert np.isnan(history.simplex[[0, 1, 4]]).all()
    assert list(history.label) == [None, None, "a", "b", "c"]
    np.testing.assert_array_equal(history.flag, [math.nan, math.nan, 1.0, 0.0, math.nan])


@pytest.mark.parametrize("d", [1, 2, 1000])
def test_a_history_stays_within_its_bound_and_evenly_spaced(monkeypatch, d):
    limit = 40_000
    monkeypatch.setattr("mlopt_course.history.HISTORY_LIMIT", limit)
    history = History("full")
    most = 0
    x = np.zeros(d)
    for iteration in range(60_000 if d < 1000 else 3_000):
        if history.wants(iteration):
            x[0] = iteration
            history.add(iteration, x, float(iteration), iteration, {"state": x})
            most = max(most, len(history) * (3 + 2 * d))
    assert limit / 2 < most <= limit
    assert set(np.diff(history.iteration)) == {history._stride}
    np.testing.assert_array_equal(history.x[:, 0], history.iteration)
    np.testing.assert_array_equal(history.state[:, 0], history.iteration)
    np.testing.assert_array_equal(history.fun, history.iteration)


def test_growing_states_are_bounded_too(monkeypatch):
    monkeypatch.setattr("mlopt_course.history.HISTORY_LIMIT", 20_000)
    history = History("full")
    for iteration in range(2_000):
        if history.wants(iteration):
            history.add(iteration, 1.0, 1.0, 1, {"archive": np.ones(iteration)})
        assert history._numbers <= 20_000
    assert 5_000 < sum(a.size + 4 for a in history.archive) == history._numbers
    assert [a.size for a in history.archive] == list(history.iteration)


def test_a_million_small_steps_stay_small():
    history = History("full")
    x, state = np.zeros(2), {"velocity": np.zeros(2)}
    for iteration in range(20_000):
        history.add(iteration, x, 0.0, iteration, state)
    arrays = [history._iteration, history._fun, history._nfev, history._x._data, history._states["velocity"]._data]
    assert sum(a.buffer_info()[1] * a.itemsize for a in arrays) == 20_000 * 7 * 8  # nothing but the numbers


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
