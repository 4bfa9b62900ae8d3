"""Intricate methods against a second, plain transcription of their published pseudocode."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from mlopt_course import Problem, minimize, problems
from mlopt_course.constrained import lasso
from mlopt_course.constrained.sequential import damped_bfgs
from mlopt_course.direct_search.rectangles import _Box
from mlopt_course.evolutionary_swarm.ants import _trail_limits
from mlopt_course.evolutionary_swarm.differential import _weighted_lehmer
from mlopt_course.evolutionary_swarm.pareto import non_dominated_sort
from mlopt_course.hyperparameter_tuning.halving import hyperband_brackets
from mlopt_course.problem import CountedProblem
from mlopt_course.second_order.quasi_newton import bfgs_update, dfp_update, two_loops
from mlopt_course.second_order.trust_region import steihaug
from mlopt_course.stochastic.cma import cma_parameters


@pytest.fixture
def rng():
    return np.random.default_rng(3)


@pytest.mark.parametrize("n", [1, 2, 3, 5, 10, 40])
def test_cma_parameters_are_table_1_but_for_the_two_that_the_docstring_names(n):
    lam = 4 + int(3 * math.log(n))
    raw = np.log((lam + 1) / 2) - np.log(np.arange(1, lam + 1))
    best, worst = raw[: lam // 2], raw[lam // 2 :]
    mu_eff, mu_eff_minus = (w.sum() ** 2 / (w**2).sum() for w in (best, worst))
    ours = cma_parameters(n)
    assert ours.mu_eff == pytest.approx(mu_eff)
    assert ours.c_c == pytest.approx((4 + mu_eff / n) / (n + 4 + 2 * mu_eff / n))
    c_1 = 2 / ((n + 1.3) ** 2 + mu_eff)
    assert ours.c_1 == pytest.approx(min(1, lam / 6) * c_1)
    assert ours.c_mu == pytest.approx(min(1 - c_1, 2 * (1 / 4 + mu_eff + 1 / mu_eff - 2) / ((n + 2) ** 2 + mu_eff)))
    assert ours.d_sigma - ours.c_sigma == pytest.approx(1 + 2 * max(0, math.sqrt((mu_eff - 1) / (n + 1)) - 1))
    assert ours.c_sigma == pytest.approx(min(0.5, (mu_eff + 2) / (n + mu_eff + 3)))
    caps = (
        1 + ours.c_1 / ours.c_mu,
        1 + 2 * mu_eff_minus / (mu_eff + 2),
        (1 - ours.c_1 - ours.c_mu) / (n * ours.c_mu),
    )
    weights = [*(best / best.sum()), *(min(caps) * worst / abs(worst.sum()))]
    np.testing.assert_allclose(ours.weights, weights, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("eta", [2, 3, 4])
@pytest.mark.parametrize("R", [1, 2, 9, 27, 64, 81, 100, 243, 1000])
def test_hyperband_brackets_in_exact_arithmetic(R, eta):
    s_max = max(s for s in range(20) if eta**s <= R)
    expected = []
    for s in range(s_max, -1, -1):
        n, r = math.ceil(Fraction((s_max + 1) * eta**s, s + 1)), Fraction(R, eta**s)
        expected.append([(n // eta**i, float(r * eta**i)) for i in range(s + 1)])
    ours = hyperband_brackets(R, eta)
    assert [[n for n, _ in plan] for plan in ours] == [[n for n, _ in plan] for plan in expected]
    assert [r for plan in ours for _, r in plan] == pytest.approx([r for plan in expected for _, r in plan])


def test_fast_non_dominated_sort(rng):
    for _ in range(20):
        F = rng.integers(0, 6, (rng.integers(1, 20), rng.integers(2, 4)))
        n = range(len(F))
        better = {i: [j for j in n if (F[i] <= F[j]).all() and (F[i] < F[j]).any()] for i in n}
        count = {i: sum(i in better[j] for j in n) for i in n}
        front, rank, expected = [i for i in n if not count[i]], 0, np.empty(len(F))
        while front:
            following = []
            for i in front:
                expected[i] = rank
                for j in better[i]:
                    count[j] -= 1
                    if count[j] == 0:
                        following.append(j)
            front, rank = following, rank + 1
        assert (non_dominated_sort(F) == expected).all()


def test_hooke_and_jeeves_evaluates_the_points_of_its_flow_chart():
    def fun(x):
        return float(100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2 + abs(x[2]))

    start, evaluated = [-1.23, 1.07, 0.53], []

    def explore(x, value, step):
        x = list(x)
        for k in range(3):
            for change in (step, -2 * step):
                x[k] += change
                evaluated.append(list(x))
                if fun(x) < value:
                    value = fun(x)
                    break
            else:
                x[k] += step
        return x, value

    evaluated.append(start)
    base, f_base, step = start, fun(start), 0.5
    while step >= 1e-3:
        new, f_new = explore(base, f_base, step)
        if f_new >= f_base:
            step /= 2
        while f_new < f_base:
            leap = [2 * b - a for a, b in zip(base, new, strict=True)]
            base, f_base = new, f_new
            evaluated.append(leap)
            new, f_new = explore(leap, fun(leap), step)
    seen = []
    record = Problem(lambda x: (seen.append(x.copy()), fun(x))[1], x0=np.array(start))
    result = minimize(record, method="hooke_jeeves", tolerance=1e-3, max_iterations=10**5)
    assert result.fun == pytest.approx(f_base, rel=1e-9)
    np.testing.assert_allclose(seen, evaluated, atol=1e-9)


def test_quasi_newton_updates_are_their_formulas(rng):
    identity, H, pairs = np.eye(5), np.eye(5), []
    for _ in range(4):
        s = rng.standard_normal(5)
        y = s * rng.uniform(0.5, 2, 5)
        pairs.append((s, y, 1 / (y @ s)))
    s, y, _ = pairs[-1]
    H = (s @ y) / (y @ y) * identity
    for s, y, rho in pairs:
        V = identity - rho * np.outer(y, s)
        np.testing.assert_allclose(bfgs_update(H, s, y), V.T @ H @ V + rho * np.outer(s, s), atol=1e-12)
        # DFP is BFGS's formula on the inverse, with s and y exchanged.
        B = V @ np.linalg.inv(H) @ V.T + rho * np.outer(y, y)
        np.testing.assert_allclose(dfp_update(H, s, y), np.linalg.inv(B), atol=1e-9)
        H = V.T @ H @ V + rho * np.outer(s, s)
    gradient = rng.standard_normal(5)
    np.testing.assert_allclose(two_loops(gradient, pairs), H @ gradient, atol=1e-12)


def test_steihaug_is_algorithm_7_2(rng):
    def plain(g, B, radius):
        z, r, d = np.zeros_like(g), g, -g
        enough = min(0.5, math.sqrt(np.linalg.norm(g))) * np.linalg.norm(g)
        while True:
            roots = np.roots([d @ d, 2 * z @ d, z @ z - radius**2]).real
            if d @ B @ d <= 0:
                return min((z + t * d for t in roots), key=lambda p: g @ p + p @ B @ p / 2)
            alpha = (r @ r) / (d @ B @ d)
            if np.linalg.norm(z + alpha * d) >= radius:
                return z + max(roots) * d
            z, r, last = z + alpha * d, r + alpha * B @ d, r
            if np.linalg.norm(r) <= enough:
                return z
            d = -r + (r @ r) / (last @ last) * d

    for _ in range(100):
        n = rng.integers(2, 6)
        B, g, radius = rng.standard_normal((n, n)), rng.standard_normal(n), rng.uniform(0.1, 3)
        np.testing.assert_allclose(steihaug(g, B + B.T, radius)[0], plain(g, B + B.T, radius), atol=1e-8)


def test_damped_bfgs_is_procedure_18_2(rng):
    damped = 0
    for _ in range(50):
        M, s, y = rng.standard_normal((4, 4)), rng.standard_normal(4), rng.standard_normal(4)
        B = M @ M.T + np.eye(4)
        theta = 1.0 if s @ y >= 0.2 * (s @ B @ s) else 0.8 * (s @ B @ s) / (s @ B @ s - s @ y)
        damped += theta < 1
        r = theta * y + (1 - theta) * B @ s
        expected = B - np.outer(B @ s, s @ B) / (s @ B @ s) + np.outer(r, r) / (s @ r)
        np.testing.assert_allclose(damped_bfgs(B, s, y), expected, atol=1e-10)
    assert 0 < damped < 50  # both branches


def test_levenberg_marquardt_is_algorithm_3_16_with_scaling():
    def r(x):
        return np.array([10 * (x[1] - x[0] ** 2), 1 - x[0], x[2] ** 2 - x[0]])

    def J(x):
        return np.array([[-20 * x[0], 10, 0], [-1, 0, 0], [-1, 0, 2 * x[2]]])

    x, mu, nu, squares, values = np.array([-1.2, 1.0, 0.7]), 1e-3, 2.0, np.zeros(3), []
    result = minimize(problems.least_squares(r, x, jacobian=J), method="levenberg_marquardt", max_iterations=15)
    while len(values) < 15:
        jacobian, g, F = J(x), J(x).T @ r(x), r(x) @ r(x) / 2
        squares = np.maximum(squares, (jacobian**2).sum(axis=0))
        h = -np.linalg.solve(jacobian.T @ jacobian + mu * np.diag(squares), g)
        gain = (F - r(x + h) @ r(x + h) / 2) / (h @ (mu * squares * h - g) / 2)
        if gain > 0:
            x, mu, nu = x + h, mu * max(1 / 3, 1 - (2 * gain - 1) ** 3), 2.0
        else:
            mu, nu = mu * nu, 2 * nu
        values.append(r(x) @ r(x) / 2)
    # The normal equations lose about half of the digits; the values fall by many orders of magnitude.
    np.testing.assert_allclose(np.array(result.history.fun)[-15:], values, rtol=1e-6, atol=1e-20)


def test_admm_is_its_three_lines_with_the_varying_penalty(rng):
    X = rng.standard_normal((30, 6))
    y = X @ np.array([1, 0, 0, -2, 0, 0.5]) + 0.1 * rng.standard_normal(30)
    x = z = u = np.zeros(6)
    rho, copies = 1.0, []
    for _ in range(20):
        x = np.linalg.solve(X.T @ X / 30 + rho * np.eye(6), X.T @ y / 30 + rho * (z - u))
        last, v = z, x + u
        z = np.sign(v) * np.maximum(np.abs(v) - 0.1 / rho, 0)
        u = u + x - z
        copies.append(z)
        primal, dual = np.abs(x - z).max(), rho * np.abs(z - last).max()
        if primal > 10 * dual:
            rho, u = 2 * rho, u / 2
        elif dual > 10 * primal:
            rho, u = rho / 2, 2 * u
    result = minimize(lasso(X, y, 0.1), method="admm", max_iterations=20)
    np.testing.assert_allclose(np.array(result.history.x)[-20:], copies, atol=1e-12)


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_direct_divides_what_the_definition_calls_potentially_optimal(dimension):
    """There is a slope K > 0 for which the rectangle promises least, and enough below the best value."""
    epsilon = 1e-4
    objective = Problem(
        lambda x: float(np.sum((x - 0.3) ** 2) + np.sin(9 * x[0])), bounds=[(0, 1)] * dimension, x0=np.zeros(dimension)
    )
    box = _Box(CountedProblem(objective))
    middle = np.full((1, dimension), 0.5)
    box.add(middle, [np.zeros(dimension, dtype=int)], box.evaluate(middle))
    for _ in range(10):
        size = np.array([box.half_diagonal(i) for i in range(len(box.values))])
        value, lowest = np.array(box.values), min(box.values)
        expected = set()
        for j in range(len(value)):
            smaller, larger = size < size[j] - 1e-12, size > size[j] + 1e-12
            least = max([0.0, *((value[j] - value[smaller]) / (size[j] - size[smaller]))])
            most = min([math.inf, *((value[larger] - value[j]) / (size[larger] - size[j]))])
            lowest_of_its_size = value[j] == value[~smaller & ~larger].min()
            promise = value[j] - most * size[j]
            if lowest_of_its_size and least <= most and most > 0 and promise <= lowest - epsilon * abs(lowest):
                expected.add(j)
        chosen = box.potentially_optimal(lowest, epsilon)
        assert set(chosen) == expected
        for rectangle in chosen:
            box.divide(rectangle)


def test_trail_limits_of_the_max_min_ant_system():
    n, rho, length = 50, 0.02, 427.0
    p_dec = 0.05 ** (1 / n)
    highest = 1 / (rho * length)
    assert _trail_limits(n, rho, length) == pytest.approx((highest, highest * (1 - p_dec) / ((n / 2 - 1) * p_dec)))


def test_the_memory_of_lshade_takes_the_weighted_lehmer_mean():
    values, gains = np.array([0.2, 0.9, 0.5]), np.array([3.0, 1.0, 4.0])
    w = gains / gains.sum()
    assert _weighted_lehmer(values, gains) == pytest.approx((w @ values**2) / (w @ values))
    assert _weighted_lehmer(np.zeros(3), gains) == 0  # all zero: the slot becomes terminal
