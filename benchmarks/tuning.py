"""Hyperparameter tuning beside Optuna: score against cost.

``python benchmarks/tuning.py`` prints the table; ``run()`` gives its rows. Two test functions with the evaluations that
the literature gives them (error: regret), and a task that separates tuners: kernel ridge regression on Friedman's first
function, with a length scale for each of ten features, of which five do not matter. There the cost is counted in
training samples, the same for all, and the error is the best root mean squared validation error at full training; the
noise alone makes 0.1. Overhead is processor time outside the objective, for each evaluation. Medians over the seeds, of
which the test functions get four times as many: they are cheap, and medians of 15 still move by a factor of three.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from mlopt_course import problems
from mlopt_course.hyperparameter_tuning import Categorical, Float, Integer, Space, tune, tuners

SEEDS = 15
FUNCTIONS = (("branin", 30), ("hartmann6", 50))
BLIND_OR_NOT = ("grid_search", "random_search", "tpe", "genetic_tuning")
SAMPLES, EVALUATIONS = 243, 80
KERNEL = Space(
    {f"length{i}": Float(0.1, 100.0, log=True) for i in range(10)},
    ridge=Float(1e-6, 1.0, log=True),
    kernel=Categorical(["normal", "laplace"]),
)


class Timed:
    """An objective that counts its calls and the processor time they take."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function, self.seconds, self.evaluations = function, 0.0, 0

    def __call__(self, *arguments: Any) -> Any:
        begun = time.process_time()
        value = self.function(*arguments)
        self.seconds += time.process_time() - begun
        self.evaluations += 1
        return value


def run(seeds: int = SEEDS) -> list[dict[str, Any]]:
    """Rows of the form that all benchmarks share: ours, and Optuna where it is installed."""
    return [*_functions(4 * seeds), *_regression(seeds)]


def _functions(seeds):
    rows = []
    for name, budget in FUNCTIONS:
        problem = problems.LANDSCAPES[name]()
        space = Space({f"x{i}": Float(low, high) for i, (low, high) in enumerate(problem.bounds)})

        def regret(config, problem=problem):
            return problem.fun(np.array(list(config.values()))) - problem.f_opt

        for method in BLIND_OR_NOT:
            options = {"points": int(budget ** (1 / len(space)))} if method == "grid_search" else {}
            if options.get("points") == 1:
                continue  # six dimensions have no grid of 50 points
            solve = _ours(space, method, budget, options)
            rows.append(_measure(name, method, "ours", regret, solve, seeds))
        rows += _optuna_rows(name, regret, space, budget, seeds)
    return rows


def _regression(seeds):
    train = friedman_training()

    def fully(config):
        return train(config, SAMPLES)

    rows = []
    for method in BLIND_OR_NOT[1:]:  # a grid of two values each would have 2 ** 12 points
        solve = _ours(KERNEL, method, EVALUATIONS, {})
        rows.append(_measure("friedman", method, "ours", fully, solve, seeds))
    for method in ("successive_halving", "hyperband", "asha"):
        options = {} if method == "hyperband" else {"min_resource": 27}
        options |= {"configurations": 243} if method == "successive_halving" else {}
        solve = _ours(KERNEL, method, EVALUATIONS * SAMPLES, {"max_resource": SAMPLES, **options})
        rows.append(_measure("friedman", method, "ours", train, solve, seeds))
    rows += _optuna_rows("friedman", fully, KERNEL, EVALUATIONS, seeds)
    return rows


def friedman_training() -> Callable[[dict[str, Any], float], float]:
    """``train(config, samples)``: validation error of kernel ridge regression on Friedman's first function."""
    rng = np.random.default_rng(0)
    X = rng.random((SAMPLES + 300, 10))
    y = 10 * np.sin(np.pi * X[:, 0] * X[:, 1]) + 20 * (X[:, 2] - 0.5) ** 2 + 10 * X[:, 3] + 5 * X[:, 4]
    y = (y - y.mean()) / y.std() + 0.1 * rng.standard_normal(len(y))

    def train(config, samples):
        n = max(round(samples), 2)
        scaled = X / [config[f"length{i}"] for i in range(10)]
        squares = (scaled**2).sum(axis=1)
        distances = np.maximum(squares[:, None] + squares[:n] - 2 * scaled @ scaled[:n].T, 0.0)
        K = np.exp(-distances / 2 if config["kernel"] == "normal" else -np.sqrt(distances))
        weights = np.linalg.solve(K[:n] + config["ridge"] * np.eye(n), y[:n] - y[:n].mean())
        error = K[SAMPLES:] @ weights + y[:n].mean() - y[SAMPLES:]
        return float(np.sqrt(np.mean(error**2)))

    return train


def _ours(space, method, budget, options):
    def solve(objective, seed):
        rng = {"rng": seed} if tuners()[method].uses_rng else {}
        return tune(objective, space, method, budget=budget, **rng, **options).fun

    return solve


def _optuna_rows(problem, objective, space, budget, seeds):
    if not _installed("optuna"):
        return [_missing(problem, "optuna")]
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)

    def suggest(trial, name, dimension):
        if isinstance(dimension, Categorical):
            return trial.suggest_categorical(name, dimension.choices)
        kind = trial.suggest_int if isinstance(dimension, Integer) else trial.suggest_float
        return kind(name, dimension.low, dimension.high, log=dimension.log)

    def solver(sampler):
        def solve(timed, seed):
            study = optuna.create_study(sampler=sampler(seed=seed))

            def ask(trial):
                value = timed(space.build(lambda name, dimension: suggest(trial, name, dimension)))
                return value if np.isfinite(value) else 1e9

            study.optimize(ask, n_trials=budget)
            return study.best_value

        return solve

    samplers = (("TPESampler", optuna.samplers.TPESampler), ("RandomSampler", optuna.samplers.RandomSampler))
    return [_measure(problem, name, "optuna", objective, solver(sampler), seeds) for name, sampler in samplers]


def _measure(problem, method, peer, objective, solve, seeds):
    repeats = 1 if method == "grid_search" else seeds  # nothing of it is random
    errors, overheads, evaluations = [], [], []
    for seed in range(repeats):
        timed = Timed(objective)
        begun = time.process_time()
        errors.append(solve(timed, seed))
        overheads.append((time.process_time() - begun - timed.seconds) / timed.evaluations)
        evaluations.append(timed.evaluations)
    return {
        "family": "tuning", "problem": problem, "method": method, "peer": peer,
        "median_error": float(np.median(errors)), "overhead_us": 1e6 * float(np.median(overheads)),
        "evaluations": int(np.median(evaluations)), "seeds": repeats,
    }  # fmt: skip


def _missing(problem, peer):
    return {
        "family": "tuning", "problem": problem, "method": "not installed", "peer": peer, "median_error": None,
        "overhead_us": None, "evaluations": 0, "seeds": 0,
    }  # fmt: skip


def _installed(module: str) -> bool:
    import importlib.util

    return importlib.util.find_spec(module) is not None


if __name__ == "__main__":
    for row in run():
        error = "" if row["median_error"] is None else f"{row['median_error']:10.4g} {row['overhead_us']:9.0f} us"
        print(f"{row['problem']:10} {row['peer']:13} {row['method']:20} {error} {row['evaluations']:5d} evaluations")
