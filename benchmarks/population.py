"""Population methods beside their peers: final error, overhead, and evaluations to a target.

``python -m benchmarks.population`` prints the table; ``run()`` gives its rows; the peers are in `population_peers`.
Overhead is processor time less the time inside the objective, for each evaluation; both sides are timed in one process,
so compare them and not the numbers with another machine's. Errors are medians of f - f* over the seeds; for tours it is
the gap in per cent.
"""

from __future__ import annotations

import importlib
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from mlopt_course import Problem, methods, minimize, problems
from mlopt_course.evolutionary_swarm import travelling_salesman

from .population_peers import PEERS

SEEDS = 15
SHIFT = np.linspace(-2.5, 3.0, 10)
ELLIPSOID = 10.0 ** (6 * np.arange(10) / 9)

OTHERS = (
    "cma_es", "evolution_strategy", "natural_evolution_strategy", "one_plus_one", "mads", "iterated_local_search",
    "memetic_search", "firefly", "cuckoo_search", "random_search",
)  # fmt: skip
# Family, evaluations, and our methods with their options.
FAMILIES = (
    (
        "differential evolution",
        5000,
        (
            ("differential_evolution", {}),
            ("differential_evolution", {"strategy": "rand1bin", "scale": 0.5}),
            ("differential_evolution", {"adaptive": True}),
        ),
    ),
    ("particle swarm", 3000, (("particle_swarm", {}),)),
    ("genetic algorithm", 5000, (("genetic_algorithm", {}),)),
    ("annealing", 5000, (("simulated_annealing", {}),)),
    ("cross-entropy", 5000, (("cross_entropy_method", {}),)),
    ("others", 5000, tuple((name, {}) for name in OTHERS)),
)


class Timed:
    """An objective that counts its calls and the processor time they take."""

    def __init__(self, function: Callable[[np.ndarray], Any], f_opt: float = 0.0) -> None:
        self.function, self.f_opt = function, f_opt
        self.seconds, self.evaluations, self.best = 0.0, 0, np.inf

    def __call__(self, x: np.ndarray) -> float:
        begun = time.process_time()
        value = float(self.function(x))
        self.seconds += time.process_time() - begun
        self.evaluations += 1
        self.best = min(self.best, value)
        return value

    def batch(self, X: np.ndarray) -> np.ndarray:
        begun = time.process_time()
        values = self.function(X)
        self.seconds += time.process_time() - begun
        self.evaluations += len(X)
        self.best = min(self.best, values.min())
        return values


def landscapes() -> dict[str, tuple[Callable[[np.ndarray], Any], np.ndarray]]:
    """Functions of ten variables, vectorised, with their boxes; sphere and Rastrigin are shifted off the middle."""
    rastrigin, rosenbrock = problems.rastrigin(10), problems.rosenbrock(10)
    box = np.tile([-5.12, 5.12], (10, 1))
    return {
        "sphere": (lambda X: np.sum((X - SHIFT) ** 2, axis=-1), box),
        "rastrigin": (lambda X: rastrigin.fun(X - SHIFT), box),
        "rosenbrock": (rosenbrock.fun, np.tile([-5.0, 10.0], (10, 1))),
    }


def run(seeds: int = SEEDS) -> list[dict[str, Any]]:
    """Rows of the form that all benchmarks share: ours, and the peers that are installed."""
    return [*_fixed_budgets(seeds), *_cma(seeds), *_tours(seeds), *_printed_figures(20)]


def _fixed_budgets(seeds):
    rows = []
    for family, budget, ours in FAMILIES:
        for problem, (function, box) in landscapes().items():
            for method, options in ours:
                label = method + ("".join(f", {k}={v}" for k, v in options.items()))
                solve = _ours(method, options, box, budget)
                rows.append(_measure(family, problem, label, "ours", solve, function, seeds))
            for peer, label, module, make in PEERS.get(family, ()):
                if _installed(module):
                    solve = make(box, budget)
                    rows.append(_measure(family, problem, label, peer, solve, function, seeds))
                else:
                    rows.append(_missing(family, problem, peer))
    return rows


def _ours(method, options, box, budget):
    keeps_bounds = "bounds" in methods()[method].needs

    def solve(objective, seed):
        rng = np.random.default_rng(seed)
        x0 = None if keeps_bounds else rng.uniform(*box.T)
        problem = Problem(objective, batch_fun=objective.batch, bounds=box)
        minimize(problem, x0, method, max_evaluations=budget, max_iterations=10**7, rng=rng, **options)

    return solve


def _measure(family, problem, method, peer, solve, function, seeds):
    errors, seconds, evaluations = [], 0.0, 0
    for seed in range(seeds):
        objective = Timed(function)
        begun = time.process_time()
        solve(objective, seed)
        seconds += time.process_time() - begun - objective.seconds
        evaluations += objective.evaluations
        errors.append(objective.best)
    return _row(
        family, problem, method, peer, np.median(errors), 1e6 * seconds / evaluations, evaluations // seeds, seeds
    )


def _cma(seeds):
    """Evaluations to 1e-8 (median), from starts uniform in [-2, 2]^10 with a step size of 0.5."""
    functions = {
        "sphere": lambda X: np.sum(X**2, axis=-1),
        "rosenbrock": problems.rosenbrock(10).fun,
        "ellipsoid": lambda X: np.sum(ELLIPSOID * X**2, axis=-1),
    }
    rows = []
    for name, function in functions.items():
        rows.append(_to_target(name, "cma_es", "ours", _our_cma, function, seeds))
        if _installed("cma"):
            rows.append(_to_target(name, "cma", "pycma", _pycma, function, seeds))
        else:
            rows.append(_missing("CMA-ES to 1e-8", name, "pycma"))
    return rows


def _our_cma(objective, start, seed):
    problem = Problem(objective, batch_fun=objective.batch)
    minimize(
        problem, start, "cma_es", step_size=0.5, target=1e-8, max_evaluations=20_000, max_iterations=10**6, rng=seed
    )


def _pycma(objective, start, seed):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import cma

        cma.fmin2(objective, start, 0.5, {"ftarget": 1e-8, "verbose": -9, "seed": seed + 1, "maxfevals": 20_000})


def _to_target(name, method, peer, solve, function, seeds):
    spent, errors, seconds = [], [], 0.0
    for seed in range(seeds):
        objective = Timed(function)
        begun = time.process_time()
        solve(objective, np.random.default_rng(seed).uniform(-2, 2, 10), seed)
        seconds += time.process_time() - begun - objective.seconds
        spent.append(objective.evaluations)
        errors.append(objective.best)
    overhead = 1e6 * seconds / sum(spent)
    return _row("CMA-ES to 1e-8", name, method, peer, np.median(errors), overhead, int(np.median(spent)), seeds)


def _tours(seeds):
    """Median gap in per cent after 2,000 tours, and microseconds for each."""
    rows = []
    for name in ("burma14", "ulysses22", "berlin52"):
        problem = travelling_salesman(name)
        begun = time.process_time()
        results = [
            minimize(problem, method="ant_colony", max_evaluations=2000, rng=seed, history="iterates")
            for seed in range(seeds)
        ]
        seconds = time.process_time() - begun
        gap = 100 * (np.median([result.fun for result in results]) / problem.f_opt - 1)
        overhead = 1e6 * seconds / sum(result.nfev for result in results)
        rows.append(_row("travelling salesman (gap %)", name, "ant_colony", "ours", gap, overhead, 2000, seeds))
    return rows


def _printed_figures(seeds):
    """The examples whose figures a tutorial prints: 0.1347, 4.0e-4 (two ways), 0.0267, 8.95, in that order."""
    bowl, rastrigin = problems.sphere(10), problems.rastrigin(10)
    box = [(-5.12, 5.12)] * 10

    def plain(f, bounds):
        return Problem(f, batch_fun=f, bounds=bounds)

    unit = plain(lambda X: np.sum(np.square(X), axis=-1), [(0, 1)] * 5)
    cases = (
        ("sphere 5-d", unit, "genetic_algorithm", {"population": 10, "max_iterations": 51}),
        ("rastrigin 5-d", plain(problems.rastrigin(5).fun, box[:5]), "genetic_algorithm",
         {"population": 10, "max_iterations": 51}),
        ("sphere 10-d", plain(bowl.fun, box), "differential_evolution",
         {"population": 50, "max_iterations": 101}),
        ("sphere 10-d", plain(bowl.fun, box), "differential_evolution",
         {"population": 50, "adaptive": True, "max_evaluations": 5050}),
        ("sphere 10-d", plain(bowl.fun, box), "iterated_local_search",
         {"max_evaluations": 10_000, "max_iterations": 10**6}),
        ("rastrigin 10-d", plain(rastrigin.fun, box), "particle_swarm", {"particles": 30, "max_iterations": 100}),
    )  # fmt: skip
    rows = []
    for name, problem, method, options in cases:
        begun = time.process_time()
        results = [minimize(problem, method=method, rng=seed, **options) for seed in range(seeds)]
        nfev = sum(result.nfev for result in results)
        overhead = 1e6 * (time.process_time() - begun) / nfev
        error = np.median([result.fun for result in results])
        rows.append(_row("printed examples", name, method, "ours", error, overhead, nfev // seeds, seeds))
    return rows


def _installed(module):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            importlib.import_module(module)
    except ImportError:
        return False
    return True


def _row(family, problem, method, peer, error, overhead, evaluations, seeds):
    return {
        "family": family, "problem": problem, "method": method, "peer": peer, "median_error": float(error),
        "overhead_us": float(overhead), "evaluations": int(evaluations), "seeds": seeds,
    }  # fmt: skip


def _missing(family, problem, peer):
    return {
        "family": family, "problem": problem, "method": "not installed", "peer": peer, "median_error": None,
        "overhead_us": None, "evaluations": None, "seeds": 0,
    }  # fmt: skip


if __name__ == "__main__":
    print(f"{'family':28}{'problem':16}{'method':60}{'peer':10}{'error':>11}{'us':>8}{'evaluations':>13}")
    for row in run():
        if row["median_error"] is None:
            print(f"{row['family']:28}{row['problem']:16}{row['method']:60}{row['peer']:10}")
            continue
        print(f"{row['family']:28}{row['problem']:16}{row['method']:60}{row['peer']:10}{row['median_error']:11.2e}"
              f"{row['overhead_us']:8.2f}{row['evaluations']:13}")  # fmt: skip
