"""Chapter 11, hyperparameter tuning: choosing what training does not.

>>> from mlopt_course.hyperparameter_tuning import Float, Space, tune
>>> space = Space(rate=Float(1e-4, 1.0, log=True))
>>> tune(lambda config: abs(config["rate"] - 0.1), space, method="random_search", budget=20, rng=0).nfev
20

- `space`: `Float`, `Integer`, `Categorical` and `Space`; `tuner`: `tune`, the loop that runs every method;
  `trials`: what it records;
- `blind`: grid and random search; `parzen`: TPE; `genetic`; `halving`: successive halving, Hyperband, ASHA;
  `population`: population based training;
- `validation`: folds, cross-validation, nested; `leakage`: what goes wrong without.
"""

from .blind import grid_search, random_search
from .genetic import genetic_tuning
from .halving import asha, hyperband, hyperband_brackets, promotable, successive_halving
from .leakage import Leak, duplicate_leakage, selection_leakage
from .parzen import ParzenEstimator, tpe
from .population import population_based_training
from .space import Categorical, Float, Integer, Space
from .trials import Job, Trial, TuningHistory, TuningResult
from .tuner import evaluate, tune, tuner, tuners
from .validation import (
    NestedResult,
    cross_validation,
    group_k_fold,
    k_fold,
    nested_cross_validation,
    stratified_k_fold,
)

__all__ = [
    "Categorical",
    "Float",
    "Integer",
    "Job",
    "Leak",
    "NestedResult",
    "ParzenEstimator",
    "Space",
    "Trial",
    "TuningHistory",
    "TuningResult",
    "asha",
    "cross_validation",
    "duplicate_leakage",
    "evaluate",
    "genetic_tuning",
    "grid_search",
    "group_k_fold",
    "hyperband",
    "hyperband_brackets",
    "k_fold",
    "nested_cross_validation",
    "population_based_training",
    "promotable",
    "random_search",
    "selection_leakage",
    "stratified_k_fold",
    "successive_halving",
    "tpe",
    "tune",
    "tuner",
    "tuners",
]
