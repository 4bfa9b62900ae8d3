"""Bayesian optimisation beside its peers: median regret over 10 seeds, and time for each evaluation."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from mlopt_course import Problem, minimize, problems

TASKS = {"branin": (problems.branin, 30), "hartmann6": (problems.hartmann6, 50)}


def run(seeds: int = 10, peers: bool = True) -> list[dict[str, Any]]:
    """One row for each task and method; "overhead_us" is the time outside the objective, for each evaluation."""
    methods: dict[str, Callable[[Problem, int, int], float]] = {"bayesian_optimization": _ours, "random": _random}
    if peers:
        methods |= {
            "scikit-optimize EI": _skopt,
            "optuna GPSampler": _optuna("GPSampler"),
            "optuna TPE": _optuna("TPESampler"),
            "botorch LogEI": _botorch,
        }
    return [_row(task, name, solve, seeds) for task in TASKS for name, solve in methods.items()]


def _row(task: str, name: str, solve: Callable[[Problem, int, int], float], seeds: int) -> dict[str, Any]:
    make, evaluations = TASKS[task]
    problem = replace(make(), x0=None)
    ours = name == "bayesian_optimization"
    row = {"family": "bayesian", "problem": task, "method": name, "peer": "ours" if ours else name,
           "evaluations": evaluations, "seeds": seeds}  # fmt: skip
    assert problem.f_opt is not None
    try:
        start = time.perf_counter()
        errors = [solve(problem, evaluations, seed) - problem.f_opt for seed in range(seeds)]
        spent = time.perf_counter() - start
    except ImportError:
        return {**row, "median_error": None, "overhead_us": None, "note": "not installed"}
    return {**row, "median_error": float(np.median(errors)), "overhead_us": 1e6 * spent / seeds / evaluations}


def _ours(problem: Problem, evaluations: int, seed: int) -> float:
    return minimize(
        problem, method="bayesian_optimization", max_evaluations=evaluations, rng=seed, history="iterates"
    ).fun


def _random(problem: Problem, evaluations: int, seed: int) -> float:
    points = np.random.default_rng(seed).uniform(*problem.bounds.T, (evaluations, len(problem.bounds)))
    return min(problem.fun(x) for x in points)


def _skopt(problem: Problem, evaluations: int, seed: int) -> float:
    import warnings

    from skopt import gp_minimize

    box = [(float(low), float(high)) for low, high in problem.bounds]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = gp_minimize(
            lambda x: float(problem.fun(np.array(x))), box, n_calls=evaluations, acq_func="EI", random_state=seed
        )
    return float(found.fun)


def _optuna(sampler: str) -> Callable[[Problem, int, int], float]:
    def solve(problem: Problem, evaluations: int, seed: int) -> float:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        study = optuna.create_study(sampler=getattr(optuna.samplers, sampler)(seed=seed))
        box = [(float(low), float(high)) for low, high in problem.bounds]
        study.optimize(
            lambda trial: float(
                problem.fun(np.array([trial.suggest_float(str(i), *pair) for i, pair in enumerate(box)]))
            ),
            n_trials=evaluations,
        )
        return float(study.best_value)

    return solve


def _botorch(problem: Problem, evaluations: int, seed: int) -> float:
    """Its `SingleTaskGP` and `LogExpectedImprovement`, as its tutorials use them, from 2 (d + 1) points of Sobol's."""
    import warnings

    import torch
    from botorch import fit_gpytorch_mll
    from botorch.acquisition import LogExpectedImprovement
    from botorch.models import SingleTaskGP
    from botorch.models.transforms import Standardize
    from botorch.optim import optimize_acqf
    from botorch.utils.sampling import draw_sobol_samples
    from gpytorch.mlls import ExactMarginalLogLikelihood

    torch.manual_seed(seed)
    torch.set_num_threads(1)
    low, width = torch.tensor(problem.bounds[:, 0]), torch.tensor(np.ptp(problem.bounds, axis=1))
    cube = torch.tensor([[0.0], [1.0]], dtype=torch.double).repeat(1, len(low))
    X = draw_sobol_samples(cube, n=2 * (len(low) + 1), q=1, seed=seed).squeeze(1)

    def values(points):
        return torch.tensor([[-float(problem.fun(x.numpy()))] for x in low + width * points], dtype=torch.double)

    Y = values(X)
    while len(Y) < evaluations:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = SingleTaskGP(X, Y, outcome_transform=Standardize(m=1))
            fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
            new, _ = optimize_acqf(
                LogExpectedImprovement(model, best_f=Y.max()), bounds=cube, q=1, num_restarts=5, raw_samples=64
            )
        X, Y = torch.cat([X, new]), torch.cat([Y, values(new)])
    return -float(Y.max())


if __name__ == "__main__":
    for row in run():
        print(row)
