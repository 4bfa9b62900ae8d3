"""Linear and quadratic programs against SciPy's HiGHS and KKT certificates; lasso and SVM against scikit-learn."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from sklearn.linear_model import ElasticNet as SklearnElasticNet
from sklearn.linear_model import Lasso
from sklearn.svm import SVC

from mlopt_course import Problem, minimize, problems
from mlopt_course.constrained import (
    Ball,
    ElasticNet,
    GroupLasso,
    L1Ball,
    UnitSimplex,
    kkt_residuals,
    lasso,
    linear_kernel,
    linear_program,
    quadratic_program,
    rbf_kernel,
    regularised,
    solve_quadratic,
    svm_dual,
)
from mlopt_course.schedules import constant

BOUNDS = st.sampled_from([(0, None), (None, None), (-1, 4), (None, 3), (1, 1)])


@st.composite
def programs(draw):
    """Small whole numbers: with ties, redundant rows, contradictions and unbounded directions."""
    d, p, m = draw(st.integers(1, 5)), draw(st.integers(0, 5)), draw(st.integers(0, 2))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    whole = draw(st.booleans())
    A, E, c = (rng.integers(-3, 4, s).astype(float) if whole else rng.normal(size=s) for s in ((p, d), (m, d), d))
    b, e = rng.integers(-1, 5, p).astype(float), rng.integers(-2, 3, m).astype(float)
    limits: dict = {"bounds": [draw(BOUNDS) for _ in range(d)]}
    limits |= {"A_ub": A, "b_ub": b} if p else {}
    limits |= {"A_eq": E, "b_eq": e} if m else {}
    L = rng.integers(-2, 3, (d, draw(st.integers(1, d)))).astype(float)
    return c, L @ L.T, limits


def is_feasible(c, limits):
    return linprog(0 * c, **limits).status == 0


def certificate(problem, result):
    lam, mu = result.history.equality_multipliers[-1], result.history.inequality_multipliers[-1]
    return kkt_residuals(problem, result.x, lam, mu).largest


@given(case=programs(), rule=st.sampled_from(["dantzig", "bland"]))
@settings(max_examples=150, deadline=None)
def test_simplex_against_highs(case, rule):
    """The same minimum, with multipliers that prove it; the same verdict where there is none."""
    c, _, limits = case
    problem, theirs = linear_program(c, **limits), linprog(c, **limits)
    result = minimize(problem, method="simplex", rule=rule)
    assert result.success == (theirs.status == 0)
    if result.success:
        assert result.fun == pytest.approx(theirs.fun, abs=1e-8)
        assert certificate(problem, result) <= 1e-8
    else:  # HiGHS may call an unbounded program infeasible, so feasibility is asked for on its own
        assert ("lower bound" in result.message) == is_feasible(c, limits)


@given(case=programs())
@settings(max_examples=150, deadline=None)
def test_active_sets_end_with_a_certificate(case):
    """KKT is sufficient for a convex program; where there is no minimum, a ray along which it falls proves it."""
    c, H, limits = case
    problem = quadratic_program(H, c, **limits)
    result = minimize(problem, method="active_set_qp")
    if result.success:
        assert certificate(problem, result) <= 1e-7
        assert np.all(np.diff(result.history.fun[2:]) <= 1e-9)
    elif "lower bound" in result.message:
        rows_eq = np.vstack([H, limits.get("A_eq", np.empty((0, c.size)))])
        cone = [(None if low is None else 0, None if high is None else 0) for low, high in limits["bounds"]]
        cone = [(low if low is None else max(low, -1), high) for low, high in cone]
        box = [(-1 if low is None else 0, 1 if high is None else 0) for low, high in cone]
        ray = linprog(c, A_ub=limits.get("A_ub"), b_ub=0 * limits["b_ub"] if "b_ub" in limits else None,
                      A_eq=rows_eq, b_eq=np.zeros(len(rows_eq)), bounds=box)  # fmt: skip
        assert ray.fun < -1e-9
    else:
        assert not is_feasible(c, limits)


@given(case=programs())
@settings(max_examples=100, deadline=None)
def test_the_dual_method_solves_what_the_primal_one_solves(case):
    c, H, limits = case
    H = H + np.eye(c.size)
    problem = quadratic_program(H, c, **limits)
    primal = minimize(problem, method="active_set_qp")
    empty = np.empty((0, c.size)), np.empty(0)
    low = [(-np.eye(c.size)[i], -b[0]) for i, b in enumerate(limits["bounds"]) if b[0] is not None]
    high = [(np.eye(c.size)[i], b[1]) for i, b in enumerate(limits["bounds"]) if b[1] is not None]
    A = np.vstack([limits.get("A_ub", empty[0]), *[row for row, _ in low + high]])
    b = np.append(limits.get("b_ub", empty[1]), [limit for _, limit in low + high])
    dual = solve_quadratic(H, c, limits.get("A_eq", empty[0]), limits.get("b_eq", empty[1]), A, b)
    assert primal.success == (dual is not None)
    if dual is not None:
        assert dual.x == pytest.approx(primal.x, abs=1e-7)
        assert np.all(dual.inequality >= -1e-9)


def test_a_linear_program_that_cycles_under_dantzigs_rule_ends():
    """Beale's (1955) example."""
    A = [[0.25, -60, -0.04, 9], [0.5, -90, -0.02, 3], [0, 0, 1, 0]]
    problem = linear_program([-0.75, 150, -0.02, 6], A_ub=A, b_ub=[0, 0, 1], bounds=[(0, None)] * 4)
    for rule in ("dantzig", "bland"):
        assert minimize(problem, method="simplex", rule=rule).fun == pytest.approx(-0.05)


def test_every_iterate_of_phase_two_is_a_lower_vertex():
    """Klee and Minty's cube in three dimensions: Dantzig's rule visits all eight vertices."""
    A, b = [[1, 0, 0], [4, 1, 0], [8, 4, 1]], [5, 25, 125]
    problem = linear_program([-4, -2, -1], A_ub=A, b_ub=b, bounds=[(0, None)] * 3)
    result = minimize(problem, method="simplex")
    assert result.fun == pytest.approx(-125)
    assert np.all(np.diff(result.history.fun[1:]) <= 1e-12)
    assert len({tuple(np.round(x, 9)) for x in result.history.x}) == 8


def test_programs_check_their_arguments():
    with pytest.raises(ValueError, match="A_ub and b_ub must be given together"):
        linear_program([1.0], A_ub=[[1.0]])
    with pytest.raises(ValueError, match=r"A_eq must have shape \(1, 2\)"):
        linear_program([1.0, 2.0], A_eq=[[1.0]], b_eq=[1.0])
    with pytest.raises(ValueError, match="hessian must be symmetric"):
        quadratic_program([[1.0, 2.0], [0.0, 1.0]], [0.0, 0.0])
    with pytest.raises(ValueError, match="hessian must be positive semidefinite, but it has the eigenvalue -1"):
        minimize(quadratic_program([[-1.0]], [0.0], bounds=[(0, 1)]), method="active_set_qp")
    with pytest.raises(ValueError, match="constraints must be linear for 'simplex'"):
        minimize(lambda x: x[0], [1.0], "simplex", constraints={"type": "ineq", "fun": lambda x: 1 - x[0] ** 2})


# Lasso, elastic net, group lasso

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 15))
Y = X[:, :4] @ [3.0, -2.0, 1.0, 0.5] + 0.1 * RNG.normal(size=60)
SPLITTERS = [("proximal_gradient", {}), ("proximal_gradient", {"accelerate": False}), ("admm", {})]


@pytest.mark.parametrize(("name", "options"), SPLITTERS)
def test_the_lasso_equals_scikit_learns(name, options):
    theirs = Lasso(alpha=0.2, fit_intercept=False, tol=1e-14, max_iter=10**5).fit(X, Y).coef_
    ours = minimize(lasso(X, Y, 0.2), method=name, **options)
    assert ours.success
    assert np.max(np.abs(ours.x - theirs)) < 1e-7  # stopped at a proximal gradient of 1e-8, curvature above 0.1
    assert np.array_equal(ours.x == 0, theirs == 0)


@pytest.mark.parametrize(("name", "options"), SPLITTERS)
def test_the_elastic_net_equals_scikit_learns(name, options):
    model = SklearnElasticNet(alpha=0.3, l1_ratio=0.6, fit_intercept=False, tol=1e-14, max_iter=10**5).fit(X, Y)
    ours = minimize(lasso(X, Y, 0.18, l2=0.12), method=name, **options)
    assert np.max(np.abs(ours.x - model.coef_)) < 1e-7


def test_the_least_strength_that_gives_zeros():
    most = np.max(np.abs(X.T @ Y)) / len(Y)
    assert not minimize(lasso(X, Y, most * 1.0001), method="proximal_gradient").x.any()
    assert minimize(lasso(X, Y, most * 0.999), method="proximal_gradient").x.any()


@pytest.mark.parametrize("regulariser", [ElasticNet(0.7), ElasticNet(0.3, 0.8), GroupLasso(0.9, ((0, 2), (1, 3)))])
def test_proximal_steps_minimise_what_they_should(regulariser):
    for x in RNG.normal(size=(20, 4)):
        z = regulariser.proximal(x, 0.6)

        def cost(u, x=x):
            return regulariser.value(u) + np.sum((u - x) ** 2) / 1.2

        for other in z + 0.1 * RNG.normal(size=(40, 4)):
            assert cost(z) <= cost(other)


def test_the_group_lasso_leaves_out_whole_groups():
    groups = tuple(tuple(range(i, i + 5)) for i in (0, 5, 10))
    base = problems.linear_regression((X, Y))
    for name, options in SPLITTERS:
        weights = minimize(regularised(base, GroupLasso(0.5, groups)), method=name, **options).x.reshape(3, 5)
        assert weights[0].all()
        assert not weights[1:].any()
    with pytest.raises(ValueError, match="groups must not overlap"):
        GroupLasso(1.0, ((0, 1), (1, 2)))


def test_fista_keeps_its_bound_and_beats_ista():
    """F(x_t) - F* <= 2 L |x0 - x*|^2 / (t + 1)^2 (Beck and Teboulle 2009, Theorem 4.4), and ISTA its own."""
    steep = RNG.normal(size=(40, 30)) * np.logspace(0, -2, 30)
    problem = lasso(steep, steep @ RNG.normal(size=30), 1e-4)
    best = minimize(problem, method="proximal_gradient", max_iterations=20000, tolerance=1e-12)
    runs = {fast: minimize(problem, method="proximal_gradient", accelerate=fast, learning_rate=1 / problem.smoothness,
                           max_iterations=300) for fast in (True, False)}  # fmt: skip
    t = np.arange(1, 301)
    start = float(best.x @ best.x)
    for fast, bound in (
        (True, 2 * problem.smoothness * start / (t + 1) ** 2),
        (False, problem.smoothness * start / (2 * t)),
    ):
        gap = runs[fast].history.fun[1:] - best.fun
        assert np.all(gap <= bound[: len(gap)])
    assert runs[True].fun - best.fun < 0.2 * (runs[False].fun - best.fun)


def test_splitting_needs_a_regulariser():
    with pytest.raises(ValueError, match="problem must have a regulariser for 'admm'"):
        minimize(problems.rosenbrock(), method="admm")
    with pytest.raises(ValueError, match="regulariser must have the methods value and proximal, got 3"):
        regularised(problems.rosenbrock(), 3)


def test_admm_trains_a_sparse_logistic_regression():
    """No closed form for the smooth part: Newton's inner steps; both methods agree."""
    problem = regularised(problems.logistic_regression(dimension=6, samples=80, rng=1), ElasticNet(0.02))
    a, b = (minimize(problem, method=name, max_iterations=3000) for name in ("admm", "proximal_gradient"))
    assert a.success
    assert b.success
    assert a.x == pytest.approx(b.x, abs=1e-5)


# Support vector machines

POINTS = RNG.normal(size=(80, 2))
LABELS = np.where(POINTS[:, 0] * POINTS[:, 1] + 0.3 * RNG.normal(size=80) > 0, "in", "out")


@pytest.mark.parametrize("C", [0.1, 2.0, 50.0])
@pytest.mark.parametrize("gamma", [None, 0.5])
def test_smo_equals_scikit_learns_svc(C, gamma):
    """LIBSVM keeps kernel values in single precision (6e-8 each); C and some 80 terms multiply that."""
    theirs = SVC(C=C, kernel="linear" if gamma is None else "rbf", gamma=gamma or 1.0, tol=1e-8).fit(POINTS, LABELS)
    problem = svm_dual(POINTS, LABELS, C=C, kernel=linear_kernel if gamma is None else rbf_kernel(gamma))
    ours = minimize(problem, method="smo", tolerance=1e-8, max_iterations=10**5, history=1000)
    assert ours.success
    grid = RNG.normal(size=(50, 2))
    assert problem.decision_function(ours.x, grid) == pytest.approx(theirs.decision_function(grid), abs=1e-6 * (1 + C))
    assert set(np.flatnonzero(ours.x > 1e-9 * C)) == set(theirs.support_)
    signed = np.zeros(80)
    signed[theirs.support_] = theirs.dual_coef_[0]
    assert ours.fun == pytest.approx(problem.fun(np.abs(signed)), rel=1e-7)
    assert abs(problem.signs @ ours.x) < 1e-9 * C


def test_smo_never_rises_and_stays_feasible_and_the_active_set_agrees():
    problem = svm_dual(POINTS, LABELS, C=1.5, kernel=rbf_kernel(1.0))
    run = minimize(problem, method="smo", tolerance=1e-9)
    assert np.all(np.diff(run.history.fun) <= 1e-12)
    assert np.all((run.history.x >= 0) & (run.history.x <= 1.5))
    assert minimize(problem, method="active_set_qp").fun == pytest.approx(run.fun, abs=1e-9)


def test_the_primal_and_the_dual_of_a_machine_meet():
    """Strong duality: |w|^2 / 2 + C sum hinge = -dual minimum."""
    problem = svm_dual(POINTS, LABELS, C=0.7)
    alpha = minimize(problem, method="smo", tolerance=1e-9, max_iterations=10**5).x
    w = (alpha * problem.signs) @ POINTS
    hinge = np.maximum(0, 1 - problem.signs * problem.decision_function(alpha, POINTS))
    assert w @ w / 2 + 0.7 * hinge.sum() == pytest.approx(-problem.fun(alpha), rel=1e-7)


def test_machines_check_their_data():
    with pytest.raises(ValueError, match="y must have two kinds of labels, got 1"):
        svm_dual(POINTS, np.ones(80))
    with pytest.raises(ValueError, match="problem must be made by svm_dual"):
        minimize(Problem(lambda x: 0.0, hessian=lambda x: np.eye(2), bounds=[(0, 1)] * 2, x0=np.zeros(2)), method="smo")


# Staying inside

TARGET = np.array([0.9, 0.5, -0.3])
BOWL = Problem(lambda x: float(np.sum((x - TARGET) ** 2)), lambda x: 2 * (x - TARGET), x0=np.ones(3))


@pytest.mark.parametrize("feasible", [UnitSimplex(), UnitSimplex(3.0), Ball(0.5), L1Ball(0.8), L1Ball(9.0)])
def test_the_nearest_point_of_a_set_by_every_method(feasible):
    expected = feasible.project(TARGET)
    result = minimize(BOWL, method="projected_gradient", constraints=feasible)
    assert result.success
    assert result.x == pytest.approx(expected, abs=1e-7)
    frank_wolfe = minimize(BOWL, method="frank_wolfe", constraints=feasible, max_iterations=3000, tolerance=1e-4)
    assert np.sum((frank_wolfe.x - expected) ** 2) <= 1e-4  # strong convexity 2: |x - x*|^2 <= f - f* <= the gap
    if not isinstance(feasible, Ball) or feasible.radius < 1:
        assert minimize(BOWL, method="sqp", constraints=feasible).x == pytest.approx(expected, abs=1e-6)


def test_projected_gradient_evaluates_inside_only():
    seen = []

    def fun(x):
        seen.append(x.copy())
        return float(np.sum((x - TARGET) ** 2))

    problem = Problem(fun, BOWL.gradient, x0=np.full(3, 5.0), bounds=[(0, 0.4)] * 3)
    result = minimize(problem, method="projected_gradient", history="iterates")
    assert result.x == pytest.approx([0.4, 0.4, 0.0], abs=1e-9)
    assert np.all(np.array(seen[1:]) >= 0)  # the first is the start that was given
    assert np.all(np.array(seen[1:]) <= 0.4)


def test_projecting_on_a_polyhedron():
    rows = {"type": "ineq", "fun": lambda x: 1 - x[0] - x[1], "jac": lambda x: np.array([-1.0, -1.0, 0.0])}
    for name, options in (("projected_gradient", {}), ("frank_wolfe", {"max_iterations": 2000})):
        result = minimize(BOWL, method=name, constraints=rows, bounds=[(0, 2)] * 3, **options)
        assert result.x == pytest.approx([0.7, 0.3, 0.0], abs=2e-3 if options else 1e-7)


def test_frank_wolfes_gap_bounds_the_error_and_its_rate_is_proved():
    """f - f* <= 2 C / (t + 2), C = L diameter^2 = 2 * 2 on the simplex (Jaggi 2013, Theorem 1)."""
    problem = Problem(BOWL.fun, BOWL.gradient, x0=np.eye(3)[2], constraints=[UnitSimplex()])
    run = minimize(problem, method="frank_wolfe", step="classic", max_iterations=400).history
    errors = run.fun[1:] - BOWL.fun(UnitSimplex().project(TARGET))
    assert np.all(errors <= 2 * 4 / (np.arange(1, len(errors) + 1) + 2))
    assert np.all(run.gap[2:] >= errors[:-1] - 1e-12)


def test_mirror_descent_keeps_its_bound_which_depends_on_log_d():
    """Best value after t steps: at most G sqrt(2 ln d / t) above the minimum, with the rate that belongs to t."""
    costs = np.random.default_rng(2).uniform(-1, 1, 1000)
    problem = Problem(lambda x: float(costs @ x), lambda x: costs, x0=np.ones(1000), constraints=[UnitSimplex()])
    t = 200
    rate = math.sqrt(2 * math.log(1000) / t)
    run = minimize(problem, method="mirror_descent", learning_rate=constant(rate), max_iterations=t).history
    assert run.fun[1:].min() - costs.min() <= math.sqrt(2 * math.log(1000) / t)
    assert run.x[1:].sum(axis=1) == pytest.approx(np.ones(t))
    assert np.all(run.x[1:] > 0)
