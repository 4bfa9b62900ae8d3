"""The bars: the error, overhead and evaluations that each family has set itself, from measurements of its peers.

Errors and evaluations hold on any machine. Overheads (microseconds) were set on two cores of 2020s server hardware with
one BLAS thread: on a slower machine, look at the ratio to the peers instead.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Bar(NamedTuple):
    """The most that is allowed; None where nothing is said."""

    error: float | None = None
    evaluations: float | None = None
    overhead: float | None = None
    unsolved: float | None = None


#: (family, problem, method) as in the rows of the benchmarks; None stands for any problem.
BARS: dict[tuple[str, str | None, str], Bar] = {
    ("differential evolution", "sphere", "differential_evolution, adaptive=True"): Bar(error=1e-10),
    ("differential evolution", "rastrigin", "differential_evolution, adaptive=True"): Bar(error=0.01),
    ("differential evolution", "rosenbrock", "differential_evolution, adaptive=True"): Bar(error=4.4),
    ("differential evolution", None, "differential_evolution"): Bar(overhead=1.0),
    ("particle swarm", "sphere", "particle_swarm"): Bar(error=1e-6, overhead=0.7),
    ("particle swarm", "rastrigin", "particle_swarm"): Bar(error=9.0, overhead=0.7),
    ("particle swarm", "rosenbrock", "particle_swarm"): Bar(error=6.6, overhead=0.7),
    ("genetic algorithm", "sphere", "genetic_algorithm"): Bar(error=3.5e-4, overhead=1.5),
    ("genetic algorithm", "rastrigin", "genetic_algorithm"): Bar(error=0.11, overhead=1.5),
    ("genetic algorithm", "rosenbrock", "genetic_algorithm"): Bar(error=7.0, overhead=1.5),
    ("annealing", "sphere", "simulated_annealing"): Bar(error=0.01, overhead=6.0),
    ("annealing", "rastrigin", "simulated_annealing"): Bar(error=1.3, overhead=6.0),
    ("annealing", "rosenbrock", "simulated_annealing"): Bar(error=17.0, overhead=6.0),
    ("CMA-ES to 1e-8", "sphere", "cma_es"): Bar(error=1e-8, evaluations=1.05 * 1375, overhead=5.0),
    ("CMA-ES to 1e-8", "rosenbrock", "cma_es"): Bar(error=1e-8, evaluations=1.05 * 5283, overhead=5.0),
    ("CMA-ES to 1e-8", "ellipsoid", "cma_es"): Bar(error=1e-8, evaluations=1.05 * 4032, overhead=5.0),
    ("travelling salesman (gap %)", "berlin52", "ant_colony"): Bar(error=1.0, overhead=60.0),
    ("local", None, "nelder_mead"): Bar(overhead=10.0),
    ("local", None, "bfgs"): Bar(overhead=35.0),
    ("scalar", None, "golden_section_search"): Bar(overhead=0.6),
    ("scalar", None, "brent"): Bar(overhead=2.3),
    ("scalar", None, "bisection"): Bar(overhead=0.8),
    ("scalar", None, "secant"): Bar(overhead=9.5),
    ("scalar", None, "newton"): Bar(overhead=9.6),
    ("first-order", "Adam step, d = 10", "adam"): Bar(overhead=10.0),
    ("first-order", "Adam step, d = 1000", "adam"): Bar(overhead=10.0),
    ("first-order", "Adam step, d = 1000000", "adam"): Bar(overhead=3950.0),
    ("constrained", None, "sqp"): Bar(unsolved=0),
    ("constrained", None, "augmented_lagrangian"): Bar(unsolved=0),
    ("bayesian", "branin", "bayesian_optimization"): Bar(error=1.2e-3, overhead=20_000.0),
    ("bayesian", "hartmann6", "bayesian_optimization"): Bar(error=3.4e-3, overhead=20_000.0),
}


def verdict(row: dict[str, Any]) -> str:
    """What the bar says of a row of ours: "met", what misses it, or nothing where there is no bar."""
    bar = BARS.get((row["family"], row["problem"], row["method"])) or BARS.get((row["family"], None, row["method"]))
    if bar is None or row["peer"] != "ours":
        return ""
    measured = {"error": row["median_error"], "evaluations": row["evaluations"], "overhead": row["overhead_us"]}
    if "solved" in row:  # of the problems whose number begins the name: "59 Hock-Schittkowski problems"
        measured["unsolved"] = int(row["problem"].split()[0]) - row["solved"]
    missed = [
        f"{name} > {limit:.3g}"
        for name, limit in bar._asdict().items()
        if limit is not None and not (measured.get(name) is not None and measured[name] <= limit)
    ]
    return ", ".join(missed) or "met"
