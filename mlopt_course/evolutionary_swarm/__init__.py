"""Chapter 8, evolutionary and swarm methods: populations that compete, mix, and follow one another.

One file for each family:

- `genetic`: genetic algorithm and memetic search; `operators`: selection, crossover, mutation, survival, termination;
- `differential`: differential evolution, classic and adaptive; `swarm`: particles, fireflies, cuckoos;
- `ants`: ant colony; `tours`: the travelling salesman; `tsplib`: instances;
- `pareto`: several objectives, NSGA-II; `models`: a population of models.
"""

from .ants import ant_colony
from .differential import differential_evolution
from .genetic import genetic_algorithm, memetic_search
from .models import kernel_ridge_tuning
from .operators import (
    best_of_both,
    blend,
    collapse,
    gaussian_mutation,
    generational,
    one_point_crossover,
    polynomial_mutation,
    rank_selection,
    roulette,
    simulated_binary,
    stagnation,
    tournament,
    uniform_crossover,
)
from .pareto import ParetoFront, crowding_distance, dominates, hypervolume, non_dominated_sort, nsga2
from .swarm import cuckoo_search, firefly, particle_swarm
from .tours import TourProblem, or_opt, shortest_tour, travelling_salesman, two_opt

__all__ = [
    "ParetoFront",
    "TourProblem",
    "ant_colony",
    "best_of_both",
    "blend",
    "collapse",
    "crowding_distance",
    "cuckoo_search",
    "differential_evolution",
    "dominates",
    "firefly",
    "gaussian_mutation",
    "generational",
    "genetic_algorithm",
    "hypervolume",
    "kernel_ridge_tuning",
    "memetic_search",
    "non_dominated_sort",
    "nsga2",
    "one_point_crossover",
    "or_opt",
    "particle_swarm",
    "polynomial_mutation",
    "rank_selection",
    "roulette",
    "shortest_tour",
    "simulated_binary",
    "stagnation",
    "tournament",
    "travelling_salesman",
    "two_opt",
    "uniform_crossover",
]
