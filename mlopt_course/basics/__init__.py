"""Chapter 1, optimisation basics: what a minimum is, how hard it is to reach, and trying everything.

- `exhaustive`: `exhaustive_search` over a grid; every search is the same on average (`no_free_lunch`);
- `clustering`: `k_means`, all partitions of a small set, and the number of clusters by trying each;
- `conditions`: optimality conditions, convexity, condition numbers, rates of convergence;
- `features`: correlations, and what is lost without a feature;
- `wines`: real data that ships with the package;
- `mlopt_course.derivatives`: gradients from function values, re-exported here.
"""

from ..derivatives import check_gradient, complex_step_gradient, finite_difference_gradient
from .clustering import Clustering, choose_clusters, exhaustive_clustering, k_means, silhouette_score
from .conditions import (
    ConvergenceRate,
    StationaryPoint,
    classify_stationary_point,
    condition_number,
    convergence_rate,
    convexity_violation,
    optimality_conditions,
)
from .exhaustive import exhaustive_search, no_free_lunch
from .features import ablation, correlation_matrix
from .wines import Wines, wines

__all__ = [
    "Clustering",
    "ConvergenceRate",
    "StationaryPoint",
    "Wines",
    "ablation",
    "check_gradient",
    "choose_clusters",
    "classify_stationary_point",
    "complex_step_gradient",
    "condition_number",
    "convergence_rate",
    "convexity_violation",
    "correlation_matrix",
    "exhaustive_clustering",
    "exhaustive_search",
    "finite_difference_gradient",
    "k_means",
    "no_free_lunch",
    "optimality_conditions",
    "silhouette_score",
    "wines",
]
