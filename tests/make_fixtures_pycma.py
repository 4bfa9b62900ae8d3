"""Make tests/data/pycma.json: internal parameters and numbers of evaluations of pycma.

Run in an environment that has it (``pip install cma numpy``): ``python tests/make_fixtures_pycma.py``. The fixture
names the versions it was made with.
"""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import cma
import numpy as np

CASES = [(2, None), (3, None), (5, None), (10, None), (20, None), (60, None), (10, 40), (40, 100), (3, 50)]
SCALES = 10.0 ** (6 * np.arange(10) / 9)
PROBLEMS = {
    "sphere": lambda x: float(np.sum(x**2)),
    "rosenbrock": lambda x: float(np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)),
    "ellipsoid": lambda x: float(np.sum(SCALES * x**2)),
}


def parameters(dimension: int, population: int | None) -> dict:
    options = {"verbose": -9} | ({} if population is None else {"popsize": population})
    strategy = cma.CMAEvolutionStrategy(np.zeros(dimension), 1.0, options)
    strategy.adapt_sigma.initialize(strategy)
    sp = strategy.sp
    return {
        "dimension": dimension,
        "population": sp.popsize,
        "weights": [float(w) for w in sp.weights],
        "mu_eff": float(sp.weights.mueff),
        "c_1": float(sp.c1),
        "c_mu": float(sp.cmu),
        "c_c": float(sp.cc),
        "c_sigma": float(strategy.adapt_sigma.cs),
        "d_sigma": float(strategy.adapt_sigma.damps),
        "chi": float(strategy.const.chiN),
    }


def evaluations(name: str) -> dict:
    spent = []
    for seed in range(21):
        start = np.random.default_rng(seed).uniform(-2, 2, 10)
        options = {"ftarget": 1e-8, "verbose": -9, "seed": seed + 1, "maxfevals": 20_000}
        spent.append(int(cma.fmin2(PROBLEMS[name], start, 0.5, options)[1].result.evaluations))
    return {"problem": name, "nfev": spent}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    data = {
        "made_with": {"cma": cma.__version__, "numpy": np.__version__},
        "parameters": [parameters(*case) for case in CASES],
        "evaluations": [evaluations(name) for name in PROBLEMS],
    }
    path = Path(__file__).parent / "data" / "pycma.json"
    path.write_text(json.dumps(data, indent=1) + "\n")
