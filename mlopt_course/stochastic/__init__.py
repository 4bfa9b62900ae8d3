"""Chapter 7, stochastic methods: search by chance, and how to read what they return.

One file for each family:

- `sampling`: random search, cross-entropy; `annealing`: simulated annealing and cooling schedules;
- `evolution`: (1+1) and (mu, lambda) strategies; `cma`: CMA-ES; `natural`: natural evolution strategies;
- `mesh`: mesh adaptive direct search; `noise`: noisy descent;
- `local`: iterated local search; `tabu`: tabu search on permutations;
- `results`: repeated runs, ECDF, expected running time;
- `box`: staying inside bounds.
"""

from .annealing import (
    exponential_cooling,
    fast_cooling,
    linear_cooling,
    logarithmic_cooling,
    simulated_annealing,
    tsallis_cooling,
)
from .cma import CMAParameters, cma_es, cma_parameters
from .evolution import evolution_strategy, one_plus_one
from .local import compass_search, iterated_local_search, random_jump
from .mesh import mads
from .natural import natural_evolution_strategy
from .noise import noisy_descent
from .results import ecdf, expected_running_time, first_hits, median_interval, repeat, success_rate
from .sampling import cross_entropy_method, random_search
from .tabu import tabu_search

__all__ = [
    "CMAParameters",
    "cma_es",
    "cma_parameters",
    "compass_search",
    "cross_entropy_method",
    "ecdf",
    "evolution_strategy",
    "expected_running_time",
    "exponential_cooling",
    "fast_cooling",
    "first_hits",
    "iterated_local_search",
    "linear_cooling",
    "logarithmic_cooling",
    "mads",
    "median_interval",
    "natural_evolution_strategy",
    "noisy_descent",
    "one_plus_one",
    "random_jump",
    "random_search",
    "repeat",
    "simulated_annealing",
    "success_rate",
    "tabu_search",
    "tsallis_cooling",
]
