"""Second-order methods: the mission's example, SciPy's steps, proved ends and rates, and honest failures."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize as scipy_minimize
from scipy.optimize import newton as scipy_newton
from scipy.optimize import rosen, rosen_der, rosen_hess

from mlopt_course import Problem, Status, minimize, problems
from mlopt_course.second_order import bfgs_update, dfp_update, dogleg, steihaug

ROSENBROCK = Problem(rosen, rosen_der, rosen_hess, name="rosenbrock")
EXACT = {"curvature": 1e-7, "decrease": 1e-8}  # so flat that the step is the minimiser along the line


def start(dimension):
    return np.resize([-1.2, 1.0], dimension)


def random_quadratic(n, seed=0):
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(n, n))
    H, b = A @ A.T / n + np.eye(n), rng.normal(size=n)
    return H, b, Problem(lambda x: float(x @ (H @ x) / 2 - b @ x), lambda x: H @ x - b, lambda x: H)


# Newton


def test_the_missions_example_to_the_last_bit():
    """x^3 - 2 x^2 + 2 from 3, stopped when the derivative is at most 1e-6."""
    result = minimize(
        lambda x: x**3 - 2 * x**2 + 2, 3.0, "newton", jac=lambda x: 3 * x**2 - 4 * x, hess=lambda x: 6 * x - 4
    )
    assert result.x == 1.3333333423743772
    assert result.nit == 5
    assert result.success


def test_newton_takes_the_steps_of_scipys_newton():
    def f(x):
        return math.exp(x) - 3 * x

    theirs = []
    scipy_newton(lambda x: theirs.append(float(x)) or math.exp(x) - 3, 3.0, fprime=math.exp)
    ours = minimize(f, 3.0, "newton", jac=lambda x: math.exp(x) - 3, hess=math.exp, tolerance=1e-14)
    np.testing.assert_array_equal(ours.history.x[:6], theirs[:6])


@pytest.mark.parametrize("n", [1, 3, 10])
def test_newton_ends_a_quadratic_in_one_step(n):
    H, b, problem = random_quadratic(n)
    result = minimize(problem, np.ones(n), "newton")
    assert result.nit == 1
    np.testing.assert_allclose(H @ result.x, b, atol=1e-12)


@pytest.mark.parametrize("name", ["newton", "damped_newton"])
@given(
    scales=st.lists(st.floats(0.1, 10), min_size=3, max_size=3),
    shift=st.lists(st.floats(-1, 1), min_size=3, max_size=3),
)
@settings(max_examples=15, deadline=None)
def test_newtons_iterates_do_not_depend_on_the_coordinates(name, scales, shift):
    """Affine invariance: on f(A x + c) the iterates are those on f, mapped back (while no shift is added)."""
    A = np.diag(scales) + np.triu(np.full((3, 3), 0.3), 1)
    c = np.array(shift)

    def fun(z):
        return float(np.sum(np.exp(z) - z) + 0.1 * np.sum(z) ** 2)

    def gradient(z):
        return np.exp(z) - 1 + 0.2 * np.sum(z)

    def hessian(z):
        return np.diag(np.exp(z)) + 0.2

    z0 = np.array([0.5, -0.3, 0.8])
    straight = minimize(Problem(fun, gradient, hessian), z0, name, tolerance=1e-6)
    mapped = Problem(
        lambda x: fun(A @ x + c), lambda x: A.T @ gradient(A @ x + c), lambda x: A.T @ hessian(A @ x + c) @ A
    )
    bent = minimize(mapped, np.linalg.solve(A, z0 - c), name, tolerance=1e-6)
    steps = min(len(straight.history), len(bent.history))
    np.testing.assert_allclose((bent.history.x @ A.T + c)[:steps], straight.history.x[:steps], atol=1e-9)


def test_newton_tells_a_saddle_and_a_maximum_from_a_minimum():
    saddle = Problem(
        lambda x: float(x[0] ** 2 - x[1] ** 2), lambda x: np.array([2, -2]) * x, lambda x: np.diag([2.0, -2])
    )
    result = minimize(saddle, [1.0, 1.0], "newton")
    assert result.status is Status.NOT_CONVERGED
    assert "saddle or a maximum: the Hessian has the eigenvalue -2" in result.message
    result = minimize(math.cos, 0.3, "newton", jac=lambda x: -math.sin(x), hess=lambda x: -math.cos(x))
    assert not result.success
    assert "maximum" in result.message


def test_damped_newton_leaves_the_saddles_surroundings():
    problem = Problem(
        lambda x: float(x[0] ** 2 - 2 * x[1] ** 2 + x[1] ** 4),
        lambda x: np.array([2 * x[0], -4 * x[1] + 4 * x[1] ** 3]),
        lambda x: np.diag([2.0, -4 + 12 * x[1] ** 2]),
    )
    assert not minimize(problem, [1.0, 0.1], "newton").success
    result = minimize(problem, [1.0, 0.1], "damped_newton")
    np.testing.assert_allclose(np.abs(result.x), [0, 1], atol=1e-6)
    assert result.history.shift[1] > 3.88  # the Hessian's eigenvalue there is -3.88


@pytest.mark.parametrize(
    "problem",
    [
        Problem(lambda x: math.sqrt(1 + x * x), lambda x: x / math.sqrt(1 + x * x), lambda x: (1 + x * x) ** -1.5),
        Problem(lambda x: math.log(math.cosh(x)), math.tanh, lambda x: 1 / math.cosh(x) ** 2),
    ],
)
def test_from_where_newton_diverges_the_safe_methods_converge(problem):
    assert not minimize(problem, 2.0, "newton", max_iterations=50).success
    for name in ("damped_newton", "trust_region", "newton_cg", "bfgs"):
        result = minimize(problem, 2.0, name)
        assert result.success, name
        assert result.x == pytest.approx(0, abs=1e-3), name


def test_a_singular_hessian_is_reported():
    result = minimize(lambda x: float(x.sum()), np.ones(2), "newton", jac=lambda x: np.ones(2),
                      hess=lambda x: np.zeros((2, 2)))  # fmt: skip
    assert not result.success
    assert "singular" in result.message


# SciPy's steps


@pytest.mark.parametrize("dimension", [2, 3, 10, 30])
@pytest.mark.parametrize(
    ("name", "theirs", "options"),
    [
        ("newton_cg", "Newton-CG", {}),
        ("trust_region", "trust-ncg", {}),
        ("trust_region", "dogleg", {"subproblem": "dogleg"}),
    ],
)
def test_newton_methods_take_scipys_steps(name, theirs, options, dimension):
    """But for the last bits of factorisations. SciPy's dogleg ends at an indefinite Hessian, ours does not."""
    path = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        other = scipy_minimize(
            rosen,
            start(dimension),
            method=theirs,
            jac=rosen_der,
            hess=rosen_hess,
            callback=lambda x: path.append(x.copy()),
        )
    ours = minimize(ROSENBROCK, start(dimension), name, **options)
    np.testing.assert_allclose(ours.history.x[1 : len(path) + 1], path, rtol=1e-10, atol=1e-10)
    assert ours.success
    if other.success:
        assert (ours.nit, ours.nfev, ours.njev) == (other.nit, other.nfev, other.njev)


@pytest.mark.parametrize(("name", "theirs"), [("bfgs", "BFGS"), ("lbfgs", "L-BFGS-B")])
@pytest.mark.parametrize("dimension", [2, 5, 10, 100])
def test_quasi_newton_methods_take_scipys_steps(name, theirs, dimension):
    """For 30 steps; the updates are multiplied out differently, and Rosenbrock's valley amplifies rounding."""
    path = []
    scipy_minimize(rosen, start(dimension), method=theirs, jac=rosen_der, callback=lambda x: path.append(x.copy()))
    ours = minimize(ROSENBROCK, start(dimension), name)
    steps = min(30, len(path))
    np.testing.assert_allclose(ours.history.x[1 : steps + 1], path[:steps], rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("memory", [1, 3, 20])
def test_lbfgs_with_other_memories_takes_scipys_steps(memory):
    path = []
    scipy_minimize(rosen, start(10), method="L-BFGS-B", jac=rosen_der, options={"maxcor": memory},
                   callback=lambda x: path.append(x.copy()))  # fmt: skip
    ours = minimize(ROSENBROCK, start(10), "lbfgs", memory=memory)
    np.testing.assert_allclose(ours.history.x[1:26], path[:25], rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("dimension", [2, 10])
@pytest.mark.parametrize(
    ("name", "theirs"),
    [("bfgs", "BFGS"), ("lbfgs", "L-BFGS-B"), ("newton_cg", "Newton-CG"), ("trust_region", "trust-ncg")],
)
def test_evaluations_are_no_more_than_scipys(name, theirs, dimension):
    hess = rosen_hess if name in ("newton_cg", "trust_region") else None
    other = scipy_minimize(rosen, start(dimension), method=theirs, jac=rosen_der, hess=hess)
    ours = minimize(ROSENBROCK, start(dimension), name)
    assert ours.success
    assert ours.nfev <= other.nfev
    assert ours.njev <= other.njev


@given(x0=st.floats(-3, 3).filter(lambda x: abs(x) > 1e-3))
@settings(deadline=None)
def test_the_secant_method_takes_scipys_steps(x0):
    def slope(x):
        return math.exp(x) - 2

    theirs = []
    scipy_newton(lambda x: theirs.append(float(x)) or slope(x), x0, disp=False)
    ours = []
    problem = Problem(lambda x: math.exp(x) - 2 * x, lambda x: ours.append(float(x)) or slope(x))
    result = minimize(problem, x0, "secant")
    # we also evaluate at the last point
    assert ours[: len(theirs)] == theirs
    if result.success:
        assert result.x == pytest.approx(math.log(2), abs=1e-7)


def test_the_secant_method_does_not_take_a_short_step_for_a_solution():
    """x^10 = 1 from 0.5: the second point is far out, and from there all steps to the flat part are short."""
    result = minimize(lambda x: x**11 / 11 - x, 0.5, "secant", jac=lambda x: x**10 - 1)
    assert result.x == pytest.approx(1, abs=1e-6) or not result.success


@pytest.mark.parametrize("power", [2, 4, 10])
def test_the_secant_method_finds_flat_minima(power):
    result = minimize(lambda x: (x - 1) ** power, 2.0, "secant", jac=lambda x: power * (x - 1) ** (power - 1))
    assert result.success
    assert result.x == pytest.approx(1, abs=1e-4)


def test_the_secant_method_tells_a_maximum():
    result = minimize(math.cos, 0.3, "secant", jac=lambda x: -math.sin(x))
    assert not result.success
    assert "maximum" in result.message


# Quadratics: n steps


@pytest.mark.parametrize("name", ["bfgs", "dfp", "lbfgs"])
@pytest.mark.parametrize("n", [1, 2, 3, 5, 10, 20])
def test_with_exact_line_searches_a_quadratic_ends_in_at_most_n_steps(name, n):
    H, b, problem = random_quadratic(n)
    options = {"memory": n, "fun_tolerance": 0.0} if name == "lbfgs" else {}
    result = minimize(problem, np.zeros(n), name, tolerance=1e-7, **options, **EXACT)
    assert result.success
    assert result.nit <= n
    np.testing.assert_allclose(H @ result.x, b, atol=1e-7)


def test_with_exact_line_searches_the_whole_family_takes_the_steps_of_conjugate_gradients():
    """On a quadratic, from H = I; Nocedal and Wright, theorem 6.4."""
    _, _, problem = random_quadratic(6)
    paths = [
        minimize(problem, np.zeros(6), name, tolerance=1e-6, **EXACT).history.x[1:6]
        for name in ("conjugate_gradient", "bfgs", "dfp", "lbfgs")
    ]
    for path in paths[1:]:
        np.testing.assert_allclose(path, paths[0], atol=1e-5)  # steps are exact to 1e-7 of a slope


def updated(update, n=4, seed=1):
    """A positive definite H, a step, and the change of the gradient of a convex quadratic along it."""
    rng = np.random.default_rng(seed)
    A, B = rng.normal(size=(2, n, n))
    s = rng.normal(size=n)
    y = (B @ B.T + np.eye(n)) @ s
    H = A @ A.T + np.eye(n)
    return H, s, y, update(H, s, y)


@pytest.mark.parametrize("update", [bfgs_update, dfp_update])
@pytest.mark.parametrize("seed", range(5))
def test_updates_satisfy_the_secant_equation_and_stay_positive_definite(update, seed):
    _, s, y, H = updated(update, seed=seed)
    np.testing.assert_allclose(H @ y, s, rtol=1e-9, atol=1e-9)
    rounding = 4 * np.finfo(float).eps * np.abs(H).max()  # of sums of the same products in another order
    np.testing.assert_allclose(H, H.T, rtol=0, atol=rounding)
    assert np.linalg.eigvalsh(H)[0] > 0


@pytest.mark.parametrize("seed", range(5))
def test_bfgs_and_dfp_are_dual(seed):
    """Exchange s and y, and H and its inverse: DFP's update of the Hessian is BFGS's of the inverse."""
    H, s, y, after = updated(bfgs_update, seed=seed)
    np.testing.assert_allclose(np.linalg.inv(dfp_update(np.linalg.inv(H), y, s)), after, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("seed", range(5))
def test_the_bfgs_update_is_the_published_product(seed):
    H, s, y, after = updated(bfgs_update, seed=seed)
    rho, identity = 1 / (y @ s), np.eye(4)
    product = (identity - rho * np.outer(s, y)) @ H @ (identity - rho * np.outer(y, s)) + rho * np.outer(s, s)
    np.testing.assert_allclose(after, product, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("n", [2, 5, 10])
def test_sr1_learns_the_hessian_of_a_quadratic_in_n_steps(n):
    """Nocedal and Wright, theorem 6.1: after n independent steps, the step from there is Newton's."""
    H, b, problem = random_quadratic(n)
    result = minimize(problem, np.zeros(n), "sr1", tolerance=1e-7, initial_radius=100.0)
    assert result.success
    # n steps to learn it, one with it; each refused or shortened step also teaches, so none is lost
    assert result.nit <= n + 2
    np.testing.assert_allclose(H @ result.x, b, atol=1e-7)


@pytest.mark.parametrize("name", ["bfgs", "dfp", "lbfgs", "sr1", "newton_cg", "trust_region", "damped_newton"])
def test_rosenbrocks_valley_is_followed_to_its_end(name):
    result = minimize(ROSENBROCK, start(2), name, tolerance=1e-7)
    assert result.success
    np.testing.assert_allclose(result.x, [1, 1], atol=1e-5)


# Rates


def errors(problem, x0, x_opt, name, **options):
    return np.abs(minimize(problem, x0, name, **options).history.x - x_opt).reshape(-1, np.size(x_opt)).max(axis=1)


def test_newton_converges_quadratically_and_the_secant_method_with_the_golden_ratio():
    """The slope of log e(t+1) over log e(t); the last points are rounding."""
    problem = Problem(lambda x: math.exp(x) - 2 * x, lambda x: math.exp(x) - 2, math.exp)
    for name, order, options in (("newton", 2.0, {}), ("secant", (1 + 5**0.5) / 2, {"x1": 1.9})):
        e = errors(problem, 2.0, math.log(2), name, tolerance=1e-13, **options)
        e = np.log(e[(e > 1e-13) & (e < 0.5)])
        slope = np.polyfit(e[:-1], e[1:], 1)[0]
        assert slope == pytest.approx(order, abs=0.15)


@pytest.mark.parametrize("name", ["bfgs", "sr1"])
def test_quasi_newton_methods_converge_superlinearly(name):
    """The ratio of successive errors goes to zero, where gradient descent's stays."""
    problem = Problem(
        lambda x: float(np.sum(np.exp(x) - 2 * x) + 0.1 * np.sum(x) ** 2), lambda x: np.exp(x) - 2 + 0.2 * np.sum(x)
    )
    x_opt = minimize(problem, np.zeros(3), "bfgs", tolerance=1e-13).x
    e = errors(problem, np.array([2.0, -1, 1]), x_opt, name, tolerance=1e-9)
    e = np.unique(np.minimum.accumulate(e))[::-1]  # SR1 may refuse a step
    e = e[e > 1e-8]  # below it, differences of values are rounding
    ratios = e[1:] / e[:-1]
    assert np.exp(np.mean(np.log(ratios[-3:]))) < 0.1
    linear = errors(problem, np.array([2.0, -1, 1]), x_opt, "gradient_descent", learning_rate=0.2, max_iterations=60)
    steady = (linear[1:] / linear[:-1])[20:40]
    assert np.ptp(steady) < 0.02
    assert steady[-1] > 0.3


# Trust regions


@pytest.mark.parametrize("solve", [steihaug, dogleg])
@given(seed=st.integers(0, 10_000), radius=st.floats(1e-3, 1e3), lowest=st.sampled_from([-2.0, 0.1]))
@settings(deadline=None)
def test_a_trust_region_step_stays_in_the_ball_and_beats_the_cauchy_point(solve, seed, radius, lowest):
    rng = np.random.default_rng(seed)
    Q, _ = np.linalg.qr(rng.normal(size=(4, 4)))
    H, g = Q @ np.diag([lowest, 1.0, 2.0, 5.0]) @ Q.T, rng.normal(size=4)

    def model(p):
        return g @ p + p @ H @ p / 2

    p, at_border = solve(g, H, radius)
    length, bent = np.linalg.norm(g), g @ H @ g
    assert np.linalg.norm(p) <= radius * (1 + 1e-9)
    assert at_border == (np.linalg.norm(p) >= radius * (1 - 1e-9))
    # Nocedal and Wright (4.11) and (4.12): the best point along the gradient within the ball
    fraction = min(length**3 / (radius * bent), 1.0) if bent > 0 else 1.0
    assert model(p) <= model(-fraction * radius / length * g) * (1 - 1e-9) + 1e-12


def test_trust_region_grows_and_shrinks_by_the_published_rule():
    history = minimize(ROSENBROCK, start(2), "trust_region").history
    radii = history.radius[1:]
    assert set(np.round(np.log2(radii[1:] / radii[:-1]), 12)) <= {-2.0, 0.0, 1.0}
    assert {-2.0, 0.0} <= set(np.round(np.log2(radii[1:] / radii[:-1]), 12))


@pytest.mark.parametrize("subproblem", ["steihaug", "dogleg"])
def test_an_indefinite_hessian_is_no_obstacle(subproblem):
    problem = problems.himmelblau()
    assert np.linalg.eigvalsh(problem.hessian(np.zeros(2)))[0] < 0
    result = minimize(problem, [0.0, 0.0], "trust_region", subproblem=subproblem)
    assert result.success
    assert result.fun < 1e-6
