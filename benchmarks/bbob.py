"""COCO's BBOB suite: which fraction of (function, target) pairs each derivative-free method solves.

``python -m benchmarks.bbob`` runs 24 functions, 5 instances, dimensions 2, 5 and 10, with 1000 d evaluations for each
run; 51 targets f - f_opt from 1e2 down to 1e-8. The fraction after 100 d evaluations is read off the same run. A solver
that stops early starts again from another point until its evaluations are spent, ours and peers alike: starts are
uniform in [-4, 4]^d and the same for all, the box is [-5, 5]^d.

Each solver in each dimension is one file in ``benchmarks/results/bbob``: a run that was interrupted goes on where it
was, and several may work at once (a file is locked while it is being made). Methods of chapter 10 are left out: a
Gaussian process of 10,000 points takes hours for each function.

References
----------
Hansen et al. (2021), COCO: a platform for comparing continuous optimizers in a black-box setting.
doi:10.1080/10556788.2020.1808977.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
import warnings
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import click
import numpy as np

from mlopt_course import Problem, methods, minimize

FOLDER = Path(__file__).parent / "results" / "bbob"
FUNCTIONS = range(1, 25)
TARGETS = 10.0 ** np.linspace(2, -8, 51)
BUDGETS = (100, 1000)
TOO_DEAR = ("bayesian",)


class Spent(Exception):
    """The evaluations are spent, or the last target is reached."""


class Objective:
    """A function of the suite that counts, and notes the evaluation at which each target was reached."""

    def __init__(self, function: int, dimension: int, instance: int, budget: int) -> None:
        import cocoex

        self.problem = cocoex.BareProblem("bbob", function, dimension, instance)
        self.f_opt = float(self.problem.best_value())
        self.dimension, self.budget, self.count = dimension, budget, 0
        self.hits = np.zeros(len(TARGETS), dtype=int)  # 0: not reached
        self._starts = np.random.default_rng([function, dimension, instance])

    @property
    def left(self) -> int:
        return 0 if self.hits[-1] else self.budget - self.count

    def start(self) -> np.ndarray:
        """The next point to start from: the first is the same for all solvers, and so is the second..."""
        return self._starts.uniform(-4.0, 4.0, self.dimension)

    def __call__(self, x: np.ndarray) -> float:
        return float(self.batch(np.atleast_2d(x))[0])

    def batch(self, X: np.ndarray) -> np.ndarray:
        """Values of the rows of ``X``; raises `Spent` where there are more than evaluations left."""
        if not self.left:
            raise Spent
        values = np.atleast_1d(self.problem(np.array(X)))  # a copy, for it refuses read-only arrays
        within = values[: self.left] - self.f_opt
        reached = np.minimum.accumulate(within)[:, None] <= TARGETS
        first = np.where(reached.any(axis=0), reached.argmax(axis=0) + 1, 0)
        new = (self.hits == 0) & (first > 0)
        self.hits[new] = self.count + first[new]
        self.count += len(values)
        if len(values) > len(within):
            raise Spent
        return values


# A solver runs once, from one start, and returns when it stops: solve(objective, rng).
Solver = Callable[[Objective, np.random.Generator], Any]


def options(name: str, objective: Objective) -> dict[str, Any]:
    """What is not left at its default: restarts with growing populations, a grid that fits the budget, no early end."""
    return {
        "cma_es": {"restarts": 9, "step_size": 2.0},
        "direct": {"tolerance": 1e-12},
        "direct, not convex": {"tolerance": 1e-12, "convex": False},  # as SciPy's chooses
        "differential_evolution, adaptive": {"adaptive": True},
        "exhaustive_search": {"points": max(2, int(objective.left ** (1 / objective.dimension)))},
        "nelder_mead, adaptive": {"adaptive": True},
    }.get(name, {})


def our_solver(name: str) -> Solver:
    method = name.partition(",")[0]
    keeps_bounds = "bounds" in methods()[method].needs

    def solve(objective: Objective, rng: np.random.Generator) -> None:
        problem = Problem(objective, batch_fun=objective.batch, bounds=[(-5.0, 5.0)] * objective.dimension)
        minimize(
            problem, None if keeps_bounds else objective.start(), method, rng=rng, history=10**9,
            max_evaluations=objective.left, max_iterations=10**9, target=objective.f_opt + TARGETS[-1],
            **options(name, objective),
        )  # fmt: skip

    return solve


def scipy_minimiser(method: str, **settings: Any) -> Solver:
    def solve(objective: Objective, rng: np.random.Generator) -> None:
        from scipy.optimize import minimize as scipy_minimize

        limits = {"maxiter": 10**9} if method == "BFGS" else {"maxiter": 10**9, "maxfev": 10**9}
        scipy_minimize(objective, objective.start(), method=method, options={**limits, **settings})

    return solve


def scipy_evolution(objective: Objective, rng: np.random.Generator) -> None:
    from scipy.optimize import differential_evolution

    differential_evolution(
        lambda X: objective.batch(X.T) if X.ndim > 1 else objective(X), [(-5.0, 5.0)] * objective.dimension,
        maxiter=max(1, objective.left // (15 * objective.dimension) - 1), rng=rng, vectorized=True, updating="deferred",
    )  # fmt: skip


def scipy_annealing(**settings: Any) -> Solver:
    def solve(objective: Objective, rng: np.random.Generator) -> None:
        from scipy.optimize import dual_annealing

        box = [(-5.0, 5.0)] * objective.dimension
        dual_annealing(objective, box, maxfun=objective.left, maxiter=10**6, rng=rng, **settings)

    return solve


def scipy_direct(objective: Objective, rng: np.random.Generator) -> None:
    from scipy.optimize import direct

    # Its memory is taken for maxfun evaluations at once, and it stops at small rectangles unless told otherwise.
    direct(
        objective, [(-5.0, 5.0)] * objective.dimension, maxfun=2 * objective.left, maxiter=10**5, vol_tol=0, len_tol=0,
        locally_biased=False,
    )  # fmt: skip


def pycma(objective: Objective, rng: np.random.Generator) -> None:
    import cma

    cma.fmin2(
        objective, objective.start, 2.0, {"verbose": -9, "seed": int(rng.integers(1, 2**31))},
        restarts=9, incpopsize=2,
    )  # fmt: skip


PEERS: dict[str, Solver] = {
    "scipy Nelder-Mead": scipy_minimiser("Nelder-Mead"),
    "scipy Nelder-Mead, adaptive": scipy_minimiser("Nelder-Mead", adaptive=True),
    "scipy Powell": scipy_minimiser("Powell"),
    "scipy BFGS": scipy_minimiser("BFGS"),
    "scipy differential_evolution": scipy_evolution,
    "scipy dual_annealing": scipy_annealing(),
    "scipy dual_annealing, no local search": scipy_annealing(no_local_search=True),
    "scipy direct": scipy_direct,
    "pycma IPOP": pycma,
}


def our_methods() -> list[str]:
    """Every method of real vectors that needs no derivative, and the variants that have a peer of their own."""
    names = [
        name
        for name, method in methods().items()
        if method.space == "real" and set(method.needs) <= {"bounds", "batch"} and method.chapter not in TOO_DEAR
    ]
    return [*names, "direct, not convex", "nelder_mead, adaptive", "differential_evolution, adaptive"]


def hits_of(name: str, function: int, dimension: int, instance: int, factor: int) -> np.ndarray:
    """The evaluation at which each target was reached (0: not), within ``factor * dimension`` evaluations."""
    solve = PEERS[name] if name in PEERS else our_solver(name)
    rng = np.random.default_rng([function, dimension, instance, zlib.crc32(name.encode())])
    objective = Objective(function, dimension, instance, factor * dimension)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        while objective.left:
            before = objective.count
            try:
                solve(objective, rng)
            except Spent:
                break
            if objective.count == before:  # it asks for more at once than is left
                break
    return objective.hits


def measure(name: str, dimension: int, instances: int, factor: int, folder: Path = FOLDER) -> dict[str, Any]:
    """All functions and instances for one solver in one dimension; from its file where that was made already."""
    path = folder / f"{name.replace(' ', '_').replace(',', '')}-{dimension}d-{instances}x{factor}.json"
    folder.mkdir(parents=True, exist_ok=True)
    with open(path.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        settings = {"solver": name, "dimension": dimension, "instances": instances, "factor": factor}
        if path.exists():
            found = json.loads(path.read_text())
            if all(found.get(key) == value for key, value in settings.items()):
                return found
        begun = time.process_time()
        hits = [
            hits_of(name, function, dimension, instance, factor).tolist()
            for function in FUNCTIONS
            for instance in range(1, instances + 1)
        ]
        found = {**settings, "seconds": time.process_time() - begun, "hits": hits}
        draft = path.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps(found))
        draft.replace(path)
        return found


def solved(found: dict[str, Any], factor: int) -> float:
    """Fraction of (function, instance, target) that were reached within ``factor * dimension`` evaluations."""
    hits = np.array(found["hits"])
    return float(np.mean((hits > 0) & (hits <= factor * found["dimension"])))


def rows_of(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A row for each solver: the fraction for each budget, in each dimension and over all of them."""
    rows = []
    for name in dict.fromkeys(item["solver"] for item in found):
        own = sorted((item for item in found if item["solver"] == name), key=lambda item: item["dimension"])
        row: dict[str, Any] = {"family": "bbob", "method": name, "peer": name.split()[0] if name in PEERS else "ours"}
        row |= {"instances": own[0]["instances"], "seconds": sum(item["seconds"] for item in own)}
        for factor in (factor for factor in BUDGETS if factor <= own[0]["factor"]):
            each = {f"{item['dimension']}-d": solved(item, factor) for item in own}
            row[f"solved {factor} d"] = {**each, "all": float(np.mean(list(each.values())))}
        rows.append(row)
    return rows


def run(
    dimensions: tuple[int, ...] = (2, 5, 10), instances: int = 5, factor: int = 1000, workers: int = 1,
    solvers: tuple[str, ...] = (), progress: Callable[[Iterator[Any], int], Iterator[Any]] | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Rows of `rows_of` for all solvers (or those named), made by so many processes."""
    wanted = [(name, d) for d in dimensions for name in solvers or (*our_methods(), *PEERS)]
    with ProcessPoolExecutor(workers) as pool:
        made = [pool.submit(measure, name, d, instances, factor) for name, d in wanted]
        done: Iterator[Any] = as_completed(made)
        for _ in progress(done, len(made)) if progress else done:
            pass
    return rows_of([item.result() for item in made])


@click.command(help=__doc__.partition("\n")[0])
@click.option("--dimensions", default="2,5,10", show_default=True, help="Numbers of variables.")
@click.option("--instances", default=5, show_default=True, help="Instances of each function.")
@click.option("--factor", default=1000, show_default=True, help="Evaluations for each variable.")
@click.option("--workers", default=1, show_default=True, help="Processes.")
@click.option("--solver", "solvers", multiple=True, help="Only this one (may be repeated).")
def main(dimensions: str, instances: int, factor: int, workers: int, solvers: tuple[str, ...]) -> None:
    def progress(done, total):
        with click.progressbar(done, length=total, label="BBOB", show_pos=True) as bar:
            yield from bar

    rows = run(tuple(map(int, dimensions.split(","))), instances, factor, workers, solvers, progress)
    budgets = [key for key in rows[0] if key.startswith("solved")]
    for row in sorted(rows, key=lambda row: -row[budgets[-1]]["all"]):
        shown = "   ".join(
            f"{key[7:]:>6}: " + " ".join(f"{d} {value:.3f}" for d, value in row[key].items()) for key in budgets
        )
        click.echo(f"{row['method']:34}{row['peer']:7}{shown}")


if __name__ == "__main__":
    main()
