"""SciPy's conventions, both ways: its arguments in our `minimize`, our methods in its own."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.optimize
from made_up_methods import SQUARE, Calls, made_up_methods, slope, square  # noqa: F401 (a fixture for every test here)

from mlopt_course import Status, minimize, problems


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
