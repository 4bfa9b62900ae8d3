"""Problem and CountedProblem: bounds, counting, budgets, and values that are not what they should be."""

from __future__ import annotations

import copy
import math
import pickle
from fractions import Fraction

import numpy as np
import pytest
import scipy.optimize

from mlopt_course import Problem, problems
from mlopt_course.problem import BudgetExhausted, CountedProblem, EvaluationError, ValueAndGradient, as_bounds


def square(x):
    return float(np.sum(np.square(x)))


# ---- the problem


@pytest.mark.parametrize("name", ["fun", "gradient", "hessian", "batch_fun", "terms_gradient", "terms_fun", "sample"])
def test_what_must_be_callable_is_named(name):
    with pytest.raises(ValueError, match=f"^{name} must be callable, got 3"):
        Problem(**{"fun": square, name: 3})


def test_an_objective_is_required():
    with pytest.raises(ValueError, match=r"^fun must be callable, got None"):
        Problem(None)


def test_lists_become_arrays_and_the_rest_stays():
    problem = Problem(square, bounds=[(0, None), (None, 1)], x0=[1, 2], x_opt=[[0, 0], [1, 1]])
    np.testing.assert_array_equal(problem.bounds, [[0, math.inf], [-math.inf, 1]])
    assert problem.x0.shape == (2,)
    assert problem.x_opt.shape == (2, 2)
    assert Problem(square, x0=5.0).x0 == 5.0


def test_problems_compare_by_identity_and_can_be_kept_in_sets():
    first, second = problems.sphere(), problems.sphere()
    assert first == first
    assert first != second
    assert len({first, second}) == 2


def test_a_problem_shows_its_name_and_what_it_has():
    assert repr(Problem(square)) == "Problem('problem', with fun)"
    assert repr(problems.booth()) == "Problem('booth', with gradient, hessian, bounds, x0, f_opt)"


# ---- bounds


@pytest.mark.parametrize(
    "bounds",
    [
        [(-1, 2), (0, math.inf)],
        ((-1.0, 2.0), (0, None)),
        np.array([[-1, 2], [0, math.inf]]),
        scipy.optimize.Bounds([-1, 0], [2, math.inf]),
        zip([-1, 0], [2, None], strict=True),
    ],
)
def test_bounds_in_every_form(bounds):
    np.testing.assert_array_equal(as_bounds(bounds), [[-1, 2], [0, math.inf]])


def test_one_pair_of_scipy_bounds_serves_every_variable():
    np.testing.assert_array_equal(as_bounds(scipy.optimize.Bounds(-1, 2), 3), [[-1, 2]] * 3)


@pytest.mark.parametrize(
    ("bounds", "sentence"),
    [
        (5, "bounds must be a sequence of pairs .*, got 5"),
        ((0, 1), r"bounds must be a sequence of pairs .*, got \(0, 1\)"),
        ([(0, 1, 2)], "bounds must be a sequence of pairs"),
        ([("a", 1)], "bounds must be a sequence of pairs"),
        ([(2, 1)], r"bounds must have low <= high in every pair, got \[\[2.0, 1.0\]\]"),
        ([(math.nan, 1)], "bounds must have low <= high in every pair"),
    ],
)
def test_bad_bounds_are_named(bounds, sentence):
    with pytest.raises(ValueError, match=sentence):
        as_bounds(bounds)


def test_bounds_of_the_wrong_number_are_named():
    with pytest.raises(ValueError, match="one pair for each of the 3 variables, got 2"):
        as_bounds([(0, 1)] * 2, 3)


# ---- counting


class Calls:
    """A function that counts its calls."""

    def __init__(self, function):
        self.function = function
        self.count = 0

    def __call__(self, *arguments):
        self.count += 1
        return self.function(*arguments)


def test_it_counts_what_is_really_called():
    fun, gradient, hessian = Calls(square), Calls(lambda x: 2 * x), Calls(lambda x: 2 * np.eye(2))
    counted = CountedProblem(Problem(fun, gradient, hessian))
    for i in range(5):
        counted.fun(np.full(2, float(i)))
    for _ in range(3):
        counted.gradient(np.ones(2))
    counted.hessian(np.ones(2))
    assert (counted.nfev, counted.njev, counted.nhev) == (5, 3, 1) == (fun.count, gradient.count, hessian.count)


@pytest.mark.parametrize("x", [np.array([1.0, 2.0]), 3.0, np.float64(3.0), np.ones((2, 2)), np.ones(5000)])
def test_the_same_point_twice_in_a_row_costs_one_evaluation(x):
    fun = Calls(square)
    counted = CountedProblem(Problem(fun))
    first = counted.fun(x)
    assert counted.fun(copy.copy(x)) == first
    assert fun.count == counted.nfev == 1
    counted.fun(x + 1)
    counted.fun(x)
    assert fun.count == counted.nfev == 3


def test_a_point_changed_in_place_is_another_point():
    counted = CountedProblem(Problem(square))
    x = np.array([1.0, 2.0])
    assert counted.fun(x) == 5.0
    x[1] = 3.0
    assert counted.fun(x) == 10.0
    assert counted.nfev == 2


def test_a_failed_evaluation_is_not_remembered():
    answers = iter([math.nan, 1.0])
    counted = CountedProblem(Problem(lambda x: next(answers)))
    with pytest.raises(EvaluationError):
        counted.fun(1.0)
    assert counted.fun(1.0) == 1.0


def test_finite_differences_stand_in_for_a_gradient_and_count():
    fun = Calls(square)
    counted = CountedProblem(Problem(fun))
    np.testing.assert_allclose(counted.gradient(np.array([1.0, 2.0])), [2.0, 4.0], rtol=1e-9)
    assert counted.nfev == fun.count == 4
    assert counted.njev == 0


def test_finite_differences_keep_to_the_box_where_the_method_does():
    box = [(0.0, 1.0)]

    def root(x):
        assert (x >= 0).all()
        return float(np.sum(x))

    problem = Problem(root, bounds=box)
    assert CountedProblem(problem, keep_to_bounds=True).gradient(np.zeros(1)) == pytest.approx(1.0)
    with pytest.raises(EvaluationError, match="AssertionError"):
        CountedProblem(problem).gradient(np.zeros(1))


@pytest.mark.parametrize("budget", [1, 2, 7])
def test_no_counter_passes_the_budget(budget):
    functions = Calls(square), Calls(lambda x: 2 * x), Calls(lambda x: 2 * np.eye(1))
    counted = CountedProblem(Problem(*functions), max_evaluations=budget)
    for ask in (counted.fun, counted.gradient, counted.hessian):
        for i in range(budget):
            ask(np.array([float(i)]))
        with pytest.raises(BudgetExhausted):
            ask(np.array([-1.0]))
    assert [function.count for function in functions] == [budget] * 3


def test_a_batch_is_one_call_and_counts_its_rows():
    batch = Calls(lambda X: np.sum(X**2, axis=1))
    counted = CountedProblem(Problem(square, batch_fun=batch), max_evaluations=10)
    np.testing.assert_array_equal(counted.batch(np.arange(8.0).reshape(4, 2)), [1, 13, 41, 85])
    assert (counted.nfev, batch.count) == (4, 1)


@pytest.mark.parametrize("vectorised", [True, False])
@pytest.mark.parametrize(("budget", "best"), [(1, 3.0), (3, 2.0), (4, -1.0)])
def test_of_a_batch_beyond_the_budget_the_part_that_fits_is_evaluated(vectorised, budget, best):
    X = np.array([[3.0], [2.0], [4.0], [-1.0], [0.0]])
    counted = CountedProblem(
        Problem(square, batch_fun=(lambda X: np.sum(X**2, axis=1)) if vectorised else None), max_evaluations=budget
    )
    with pytest.raises(BudgetExhausted) as spent:
        counted.batch(X)
    x, fun = spent.value.best
    assert (x, fun) == (best, best**2)
    assert counted.nfev == budget
    X[:] = 9.0  # what is kept is a copy
    assert x == best
    with pytest.raises(BudgetExhausted) as spent:
        counted.batch(X)
    assert spent.value.best is None
    assert counted.nfev == budget


def test_a_batch_without_batch_fun_goes_row_by_row():
    fun = Calls(square)
    counted = CountedProblem(Problem(fun))
    np.testing.assert_array_equal(counted.batch(np.arange(4.0).reshape(2, 2)), [1, 13])
    assert fun.count == counted.nfev == 2


def test_terms_of_a_finite_sum_are_counted():
    counted = CountedProblem(problems.linear_regression(), max_evaluations=2)
    w, some = np.zeros(10), np.arange(5)
    assert counted.terms_fun(w, some) == counted.problem.terms_fun(w, some)
    counted.terms_gradient(w, some)
    assert (counted.nfev, counted.njev) == (1, 1)
    counted.terms_gradient(w, some)
    with pytest.raises(BudgetExhausted):
        counted.terms_gradient(w, some)


@pytest.mark.parametrize("ask", ["terms_fun", "terms_gradient", "hessian"])
def test_what_a_problem_does_not_have_is_named(ask):
    arguments = (np.ones(2),) if ask == "hessian" else (np.ones(2), np.arange(1))
    with pytest.raises(ValueError, match=r"^blank (is not a finite sum|has no)"):
        getattr(CountedProblem(Problem(square, name="blank")), ask)(*arguments)


def test_it_has_the_problems_attributes_and_can_be_copied():
    counted = CountedProblem(problems.booth())
    assert counted.name == "booth"
    assert counted.f_opt == 0.0
    with pytest.raises(AttributeError, match="nonsense"):
        counted.nonsense  # noqa: B018
    assert copy.copy(counted).name == "booth"
    assert pickle.loads(pickle.dumps(CountedProblem(Problem(square)))).nfev == 0


# ---- value and gradient in one call


def test_value_and_gradient_of_one_point_are_one_call():
    both = Calls(lambda x: (square(x), 2 * x))
    pair = ValueAndGradient(both)
    counted = CountedProblem(Problem(pair.fun, pair.gradient), max_evaluations=3)
    for i in range(3):
        x = np.array([float(i)])
        counted.gradient(x)
        counted.fun(x)
    assert both.count == counted.nfev == counted.njev == 3
    with pytest.raises(BudgetExhausted):
        counted.fun(np.array([9.0]))
    assert both.count == 3


def test_a_gradient_elsewhere_is_a_call_of_the_objective_too():
    both = Calls(lambda x: (square(x), 2 * x))
    pair = ValueAndGradient(both)
    counted = CountedProblem(Problem(pair.fun, pair.gradient), max_evaluations=2)
    counted.fun(np.array([1.0]))
    counted.gradient(np.array([2.0]))
    with pytest.raises(BudgetExhausted):
        counted.gradient(np.array([3.0]))
    assert both.count == counted.nfev == 2


@pytest.mark.parametrize("answer", [1.0, (1.0,), (1.0, 2.0, 3.0), None, np.ones(2)])
def test_a_function_that_does_not_return_both_is_told(answer):
    pair = ValueAndGradient(lambda x: answer)
    with pytest.raises(EvaluationError, match=r"with jac=True it must return \(value, gradient\)"):
        CountedProblem(Problem(pair.fun, pair.gradient)).fun(np.ones(1))


# ---- bad values


@pytest.mark.parametrize(
    "value", [1, 1.0, np.float32(1), np.int64(1), np.array(1.0), np.array([1.0]), [[1.0]], True, Fraction(1)]
)
def test_every_kind_of_one_real_number_will_do(value):
    found = CountedProblem(Problem(lambda x: value)).fun(np.ones(2))
    assert type(found) is float
    assert found == 1.0


@pytest.mark.parametrize("value", [None, "1", b"1", 1 + 0j, [1.0, 2.0], np.ones(2), [], {}, [None], [[1.0], [2, 3]]])
def test_what_is_not_one_real_number_is_told(value):
    counted = CountedProblem(Problem(lambda x: value))
    with pytest.raises(EvaluationError, match="the objective must return one real number, got"):
        counted.fun(np.ones(2))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, np.float64("nan")])
def test_what_is_not_finite_is_told(value):
    with pytest.raises(EvaluationError, match=rf"the objective returned {value} at x = \[1. 1.\]"):
        CountedProblem(Problem(lambda x: value)).fun(np.ones(2))


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (np.ones(3), r"the gradient must have shape \(2,\), got \(3,\) at x = \[1. 1.\]"),
        (np.ones((2, 1)), r"the gradient must have shape \(2,\), got \(2, 1\)"),
        (1.0, r"the gradient must have shape \(2,\), got \(\)"),
        (None, "the gradient must return an array of real numbers, got NoneType None"),
        (["a", "b"], "the gradient must return an array of real numbers, got list"),
        ([[1], [2, 3]], "the gradient must return an array of real numbers, got list"),
        (np.ones(2) + 1j, "the gradient must return an array of real numbers, got an array of shape .* complex"),
        ([1.0, math.nan], r"the gradient is not finite at x = \[1. 1.\]"),
        ([1.0, -math.inf], "the gradient is not finite"),
    ],
)
def test_a_bad_gradient_is_told(value, sentence):
    with pytest.raises(EvaluationError, match=sentence):
        CountedProblem(Problem(square, lambda x: value)).gradient(np.ones(2))


def test_huge_but_finite_gradients_pass():
    with np.errstate(over="ignore"):  # as `minimize` does
        found = CountedProblem(Problem(square, lambda x: [1e300, -1e300])).gradient(np.ones(2))
    np.testing.assert_array_equal(found, [1e300, -1e300])


@pytest.mark.parametrize("x", [3.0, np.float64(3.0)])
def test_of_one_variable_all_are_numbers(x):
    counted = CountedProblem(Problem(lambda x: x**2, lambda x: 2 * x, lambda x: 2.0))
    assert (counted.fun(x), counted.gradient(x), counted.hessian(x)) == (9.0, 6.0, 2.0)
    with pytest.raises(EvaluationError, match=r"the gradient must have shape \(\), got \(1,\)"):
        CountedProblem(Problem(square, lambda x: np.ones(1))).gradient(x)
    with pytest.raises(EvaluationError, match="the gradient is not finite"):
        CountedProblem(Problem(square, lambda x: math.nan)).gradient(x)


def test_a_bad_hessian_is_told():
    with pytest.raises(EvaluationError, match=r"the hessian must have shape \(2, 2\), got \(2,\)"):
        CountedProblem(Problem(square, hessian=lambda x: np.ones(2))).hessian(np.ones(2))


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (np.ones(2), r"one value for each of the 3 rows, shape \(3,\), got shape \(2,\)"),
        (1.0, r"got shape \(\)"),
        (["a"] * 3, "batch_fun must return an array of real numbers"),
        ([1.0, math.nan, 2.0], r"the objective returned nan at x = \[1. 1.\]"),
    ],
)
def test_a_bad_batch_is_told(values, sentence):
    counted = CountedProblem(Problem(square, batch_fun=lambda X: values))
    with pytest.raises(EvaluationError, match=sentence):
        counted.batch(np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]]))


def test_an_exception_is_told_with_its_place_and_cause():
    def broken(x):
        return {}["key"]

    with pytest.raises(EvaluationError, match=r"the objective raised KeyError: 'key' at x = \[1. 1.\]") as caught:
        CountedProblem(Problem(broken)).fun(np.ones(2))
    assert isinstance(caught.value.__cause__, KeyError)


def test_an_interrupt_is_not_an_error_of_the_objective():
    def interrupted(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        CountedProblem(Problem(interrupted)).fun(np.ones(2))


def test_writing_into_x_is_refused_and_leaves_it_alone():
    def greedy(x):
        x -= 1
        return 0.0

    x = np.ones(2)
    with pytest.raises(EvaluationError, match=r"the objective raised ValueError: .*read-only at x = \[1. 1.\]"):
        CountedProblem(Problem(greedy)).fun(x)
    np.testing.assert_array_equal(x, 1.0)
    x[0] = 2.0  # and the caller's own array is still writable


def test_long_points_are_shortened_in_messages():
    with pytest.raises(EvaluationError) as caught:
        CountedProblem(Problem(lambda x: math.nan)).fun(np.ones(1000))
    assert len(str(caught.value)) < 120
