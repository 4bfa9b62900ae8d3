"""CMA-ES: pycma's internal parameters, invariances, evaluations, restarts."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from mlopt_course import Problem, Status, minimize, problems
from mlopt_course.stochastic import cma_parameters
from mlopt_course.stochastic.natural import rank_utilities

FIXTURES = json.loads((Path(__file__).parent / "data" / "pycma.json").read_text())


@pytest.mark.parametrize("case", FIXTURES["parameters"], ids=lambda c: f"{c['dimension']}-{c['population']}")
def test_parameters_are_pycmas(case):
    ours = cma_parameters(case["dimension"], case["population"])
    np.testing.assert_allclose(ours.weights, case["weights"], rtol=1e-12, atol=1e-15)
    for name in ("mu_eff", "c_1", "c_mu", "c_c", "c_sigma", "chi"):
        assert getattr(ours, name) == pytest.approx(case[name], rel=1e-12), name
    if case["population"] == 4 + int(3 * np.log(case["dimension"])):
        # Above the usual population pycma 4.5 damps more than the tutorial's formula, which is ours.
        assert ours.d_sigma == pytest.approx(case["d_sigma"], rel=1e-12)


@pytest.mark.parametrize("dimension", [1, 2, 10, 60])
def test_weights_sum_and_learning_rates_leave_the_covariance_positive(dimension):
    for population in (4, 7, 12, 200):
        p = cma_parameters(dimension, population)
        assert p.weights[: p.mu].sum() == pytest.approx(1)
        assert (np.diff(p.weights) <= 0).all()
        assert 0 < p.c_1 + p.c_mu <= 1
        # Hansen (2016), (52): the negative weights cannot make C indefinite.
        assert dimension * p.c_mu * -p.weights[p.mu :].sum() <= 1 - p.c_1 - p.c_mu + 1e-12
        assert (cma_parameters(dimension, population, active=False).weights[p.mu :] == 0).all()


@pytest.mark.parametrize("case", FIXTURES["evaluations"], ids=lambda c: c["problem"])
def test_as_few_evaluations_as_pycma(case):
    """The median over nine starts is within 10 % of pycma's on the same starts (its 21 are the fixture's)."""
    scales = 10.0 ** (6 * np.arange(10) / 9)
    functions = {
        "sphere": lambda X: np.sum(X**2, axis=-1),
        "rosenbrock": lambda X: np.sum(100 * (X[..., 1:] - X[..., :-1] ** 2) ** 2 + (1 - X[..., :-1]) ** 2, axis=-1),
        "ellipsoid": lambda X: np.sum(scales * X**2, axis=-1),
    }
    f = functions[case["problem"]]
    spent = []
    for seed in range(9):
        start = np.random.default_rng(seed).uniform(-2, 2, 10)
        result = minimize(
            Problem(f, batch_fun=f), start, "cma_es", step_size=0.5, target=1e-8, max_iterations=10**5, rng=seed,
            max_evaluations=20_000, history=10**6,
        )  # fmt: skip
        assert result.success
        spent.append(result.nfev)
    assert np.median(spent) <= 1.1 * np.median(case["nfev"])


def test_it_does_not_care_where_the_axes_point_nor_how_they_are_scaled():
    """On f(Ax) from x0, given the covariance A^-1 A^-T it would be f from A x0; rotations need no such change."""
    rng = np.random.default_rng(0)
    Q, _ = np.linalg.qr(rng.standard_normal((6, 6)))
    scales = 10.0 ** (4 * np.arange(6) / 5)
    spent = []
    for A in (np.eye(6), Q):
        runs = [
            minimize(lambda x, A=A: float(np.sum(scales * (A @ x) ** 2)), A.T @ np.ones(6), "cma_es", step_size=0.5,
                     target=1e-9, max_iterations=10**5, rng=s).nfev for s in range(7)
        ]  # fmt: skip
        spent.append(np.median(runs))
    assert spent[1] == pytest.approx(spent[0], rel=0.1)


def test_the_covariance_becomes_the_inverse_hessian():
    scales = np.array([1.0, 100.0, 10_000.0])
    result = minimize(lambda x: float(np.sum(scales * x**2)), np.ones(3), "cma_es", target=1e-14, rng=0)
    C = result.history.covariance[-1]
    np.testing.assert_allclose(C, C.T, rtol=0, atol=1e-10 * np.trace(C))  # but for rounding in hundreds of updates
    shape = np.sqrt(np.diag(C) * scales)
    assert shape.max() / shape.min() < 4  # it started at 100


def test_restarts_double_the_population_and_find_what_one_run_misses():
    problem = problems.rastrigin(3)
    budget = {"target": 1e-8, "max_evaluations": 30_000, "max_iterations": 10**5}
    single = [minimize(problem, method="cma_es", rng=s, **budget) for s in range(5)]
    restarted = [minimize(problem, method="cma_es", restarts=6, rng=s, **budget) for s in range(5)]
    assert sum(result.fun <= 1e-8 for result in single) <= 2
    assert all(result.fun <= 1e-8 for result in restarted)
    longest = max(restarted, key=lambda result: result.nfev)
    sizes = [len(population) for population in longest.history.population[1:]]
    assert sizes == sorted(sizes)
    assert {b / a for a, b in pairwise(sizes)} == {1.0, 2.0}


def test_it_stops_by_itself_and_says_why():
    found = minimize(problems.sphere(4), method="cma_es", rng=0, max_iterations=10**5)
    assert found.status is Status.CONVERGED
    flat = minimize(lambda x: 3.0, np.zeros(2), "cma_es", rng=0, max_iterations=10**5)
    assert "within" in flat.message
    slope = minimize(lambda x: float(x[0]), np.zeros(2), "cma_es", rng=0, max_iterations=10**5)
    assert slope.status is Status.NOT_CONVERGED
    assert "step size has grown" in slope.message


def test_rank_utilities_sum_to_zero_and_fall():
    for n in (4, 10, 31):
        u = rank_utilities(n)
        assert u.sum() == pytest.approx(0, abs=1e-15)
        assert (np.diff(u) <= 0).all()
        np.testing.assert_allclose(u[n // 2 + 1 :], -1 / n)


@pytest.mark.parametrize("dimension", [2, 10, 30])
def test_the_covariance_is_factorised_as_often_as_the_docstring_says(dimension, monkeypatch):
    p, generations, made = cma_parameters(dimension), 60, []
    factorise = np.linalg.eigh
    monkeypatch.setattr(np.linalg, "eigh", lambda C: made.append(1) or factorise(C))
    minimize(problems.sphere(dimension), np.ones(dimension), "cma_es", max_iterations=generations, rng=0)
    every = max(1, int(1 / (dimension * (p.c_1 + p.c_mu))))
    assert len(made) == (generations - 1) // every  # not after the last generation: nothing is drawn from it
