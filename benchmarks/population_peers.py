"""The peers of the population methods: for each family (peer, label, module, make).

``make(box, budget)`` gives ``solve(objective, seed)``; ``objective`` is a `population.Timed`. Each is set up as its own
documentation advises; where a size of the population is asked for, several are measured, and the best one counts.
All of them install with NumPy 2.4 on Python 3.11.
"""

from __future__ import annotations

import contextlib
import importlib
import random
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

Make = Callable[[np.ndarray, int], Callable[[Any, int], Any]]


class Spent(Exception):
    """The evaluations are spent: stops a peer that has no such limit of its own."""


def _limited(objective, budget):
    """The objective for one point, that ends the run at the budget."""

    def fun(x):
        if objective.evaluations >= budget:
            raise Spent
        return objective(np.asarray(x))

    return fun


def _scipy_de(box, budget):
    from scipy.optimize import differential_evolution

    def solve(objective, seed):
        differential_evolution(
            lambda X: objective.batch(X.T), box, maxiter=budget // 50 - 1, popsize=5, polish=False, tol=0, rng=seed,
            vectorized=True, updating="deferred",
        )  # fmt: skip

    return solve


def _scipy_annealing(box, budget):
    from scipy.optimize import dual_annealing

    return lambda objective, seed: dual_annealing(
        objective, box, maxfun=budget, maxiter=10**6, no_local_search=True, rng=seed
    )


def _pymoo(name: str, **settings: Any) -> Make:
    def make(box, budget):
        Algorithm = getattr(importlib.import_module(f"pymoo.algorithms.soo.nonconvex.{name}"), name.upper())
        from pymoo.core.problem import Problem as PymooProblem
        from pymoo.optimize import minimize as pymoo_minimize

        class Wrapped(PymooProblem):
            def __init__(self, objective):
                super().__init__(n_var=len(box), n_obj=1, xl=box[:, 0], xu=box[:, 1])
                self.objective = objective

            def _evaluate(self, X, out, *args, **kwargs):
                out["F"] = self.objective.batch(X)[:, None]

        return lambda objective, seed: pymoo_minimize(
            Wrapped(objective), Algorithm(**settings), ("n_eval", budget), seed=seed
        )

    return make


def _nevergrad(name: str) -> Make:
    def make(box, budget):
        import nevergrad

        def solve(objective, seed):
            points = nevergrad.p.Array(shape=(len(box),), lower=box[:, 0], upper=box[:, 1])
            points.random_state.seed(seed)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                nevergrad.optimizers.registry[name](points, budget=budget).minimize(objective)

        return solve

    return make


def _deap_ga(box, budget):
    """Its `eaMuPlusLambda` with the operators for bounded reals, with the constants of its NSGA-II example."""
    from deap import algorithms, base, creator, tools

    low, high = box.T.tolist()
    if not hasattr(creator, "Individual"):
        creator.create("Fitness", base.Fitness, weights=(-1.0,))
        creator.create("Individual", list, fitness=creator.Fitness)
    toolbox = base.Toolbox()
    toolbox.register("individual", lambda: creator.Individual(map(random.uniform, low, high)))
    toolbox.register("population", tools.initRepeat, list, toolbox.individual)
    toolbox.register("mate", tools.cxSimulatedBinaryBounded, low=low, up=high, eta=20.0)
    toolbox.register("mutate", tools.mutPolynomialBounded, low=low, up=high, eta=20.0, indpb=1 / len(box))
    toolbox.register("select", tools.selTournament, tournsize=3)

    def solve(objective, seed):
        random.seed(seed)
        fun = _limited(objective, budget)
        toolbox.register("evaluate", lambda individual: (fun(individual),))
        with contextlib.suppress(Spent):
            algorithms.eaMuPlusLambda(toolbox.population(n=30), toolbox, 30, 30, 0.7, 0.3, 10**9, verbose=False)

    return solve


def _sko(module: str, kind: str, count: str = "size_pop", size: int = 50, **settings: Any) -> Make:
    def make(box, budget):
        Algorithm = getattr(importlib.import_module(f"sko.{module}"), kind)
        from sko.tools import set_run_mode

        def solve(objective, seed):
            np.random.seed(seed)  # noqa: NPY002 (it draws from the global generator alone)

            def fun(X):  # its DE asks for the values of the parents again: they count
                if objective.evaluations + len(X) > budget:
                    raise Spent
                return objective.batch(X)

            set_run_mode(fun, "vectorization")
            with contextlib.suppress(Spent):
                Algorithm(fun, len(box), **{count: size}, max_iter=10**6, lb=box[:, 0], ub=box[:, 1], **settings).run()

        return solve

    return make


def _sko_annealing(box, budget):
    from sko.SA import SAFast

    def solve(objective, seed):
        np.random.seed(seed)  # noqa: NPY002
        start = np.random.default_rng(seed).uniform(*box.T)
        fun = _limited(objective, budget)
        with contextlib.suppress(Spent):
            SAFast(fun, start, T_max=100, T_min=1e-12, L=50, lb=box[:, 0], ub=box[:, 1]).run()

    return solve


PEERS: dict[str, tuple[tuple[str, str, str, Make], ...]] = {
    "differential evolution": (
        ("scipy", "scipy", "scipy", _scipy_de),
        ("pymoo", "pymoo, population 50", "pymoo", _pymoo("de", pop_size=50)),
        ("pymoo", "pymoo, population 30", "pymoo", _pymoo("de", pop_size=30)),
        ("nevergrad", "nevergrad TwoPointsDE", "nevergrad", _nevergrad("TwoPointsDE")),
        ("sko", "scikit-opt", "sko", _sko("DE", "DE")),
    ),
    "particle swarm": (
        ("pymoo", "pymoo", "pymoo", _pymoo("pso")),
        ("nevergrad", "nevergrad RealSpacePSO", "nevergrad", _nevergrad("RealSpacePSO")),
        ("sko", "scikit-opt", "sko", _sko("PSO", "PSO", "pop", 40)),
    ),
    "genetic algorithm": (
        ("pymoo", "pymoo, population 30", "pymoo", _pymoo("ga", pop_size=30)),
        ("pymoo", "pymoo, population 20", "pymoo", _pymoo("ga", pop_size=20)),
        ("deap", "deap", "deap", _deap_ga),
        ("sko", "scikit-opt", "sko", _sko("GA", "GA")),
    ),
    "annealing": (
        ("scipy", "scipy", "scipy", _scipy_annealing),
        ("sko", "scikit-opt SAFast", "sko", _sko_annealing),
    ),
    "cross-entropy": (("nevergrad", "nevergrad EDA", "nevergrad", _nevergrad("EDA")),),
}
