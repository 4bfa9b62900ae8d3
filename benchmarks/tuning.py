"""Hyperparameter tuning beside Optuna: score against cost.

``python benchmarks/tuning.py`` prints the table; ``run()`` gives its rows. Two test functions with the evaluations that
the literature gives them (error: regret), and a task that separates tuners: a softmax classifier of digits, trained by
mini-batches with momentum, whose settings can each spoil it. There the cost is counted in epochs, the same for all, and
the error is the best validation loss at full training. Overhead is processor time outside the objective, for each
evaluation. Medians over the seeds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from mlopt_course import problems
from mlopt_course.hyperparameter_tuning import Categorical, Float, Integer, Space, tune, tuners
from mlopt_course.losses import cross_entropy

SEEDS = 15
FUNCTIONS = (("branin", 30), ("hartmann6", 50))
BLIND_OR_NOT = ("grid_search", "random_search", "tpe", "genetic_tuning")
EPOCHS, EPOCH_BUDGET = 9, 180
DIGITS = Space(
    rate=Float(1e-5, 10.0, log=True),
    rule=Categorical(["plain", "momentum"]),
    beta=Float(0.5, 0.999, when={"rule": "momentum"}),
    l2=Float(1e-6, 1.0, log=True),
    batch=Integer(8, 256, log=True),
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
    return [*_functions(seeds), *_digits(seeds)]


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


def _digits(seeds):
    if not _installed("sklearn"):
        return [_missing("digits", "scikit-learn")]
    train = digits_training()
    rows = []
    for method in BLIND_OR_NOT:
        options = {"points": 3} if method == "grid_search" else {}
        options |= {"population": 10} if method == "genetic_tuning" else {}
        solve = _ours(DIGITS, method, EPOCH_BUDGET // EPOCHS, options)
        rows.append(_measure("digits", method, "ours", lambda config: train(config, EPOCHS), solve, seeds))
    for method in ("successive_halving", "hyperband", "asha"):
        options = {"configurations": 36} if method == "successive_halving" else {}
        solve = _ours(DIGITS, method, EPOCH_BUDGET, {"max_resource": EPOCHS, **options})
        rows.append(_measure("digits", method, "ours", train, solve, seeds))
    rows += _optuna_rows("digits", lambda config: train(config, EPOCHS), DIGITS, EPOCH_BUDGET // EPOCHS, seeds)
    return rows


def digits_training() -> Callable[[dict[str, Any], float], float]:
    """``train(config, epochs)``: validation loss of a softmax classifier of digits; inf where training diverges."""
    X, y = problems.named_data("digits", "softmax")
    X, held, y, labels = X[:900], X[900:], y[:900], y[900:]

    def train(config, epochs):
        rng, W = np.random.default_rng(0), np.zeros((X.shape[1], 10))
        velocity, beta = np.zeros_like(W), config.get("beta", 0.0)
        for _ in range(round(epochs)):
            order = rng.permutation(len(X))
            for first in range(0, len(X), config["batch"]):
                rows = order[first : first + config["batch"]]
                gradient = X[rows].T @ cross_entropy.gradient(y[rows], X[rows] @ W) + config["l2"] * W
                velocity = beta * velocity - config["rate"] * gradient
                W = W + velocity
            if not np.abs(W).max() < 1e6:
                return np.inf
        return cross_entropy(labels, held @ W)

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
