"""Chapter 13, learning problems as optimisation problems: linear, convex, mixed-integer, bilevel, two-player.

- `regression`: least squares, shrinkage, fewer dimensions, and the best subset by a MILP;
- `evaluation`: logistic regression, and scores on samples held out;
- `support_vectors`: kernel, sparse and robust SVMs;
- `clustering`: as a mixed-integer program; with capacities;
- `architecture`: the smallest network that fits; `ensembles`: units that choose their activation;
- `adversarial`: attacks and the game against them; `poisoning`: a bilevel problem;
- `teaching`: the fewest examples; `embedding`: a trained network inside a MILP;
- `mixed_integer`: how these programs are written down.

Everything mixed-integer or linear needs SciPy, imported when it is solved.
"""

from .adversarial import adversarial_training, fgsm, input_gradient, pgd
from .architecture import BinarisedNetwork, smallest_network
from .clustering import capacitated_clustering, medoid_clustering
from .embedding import EmbeddedOptimum, optimise_network
from .ensembles import activation_ensemble, mixture
from .evaluation import classification_scores, holdout, logistic_regression, regression_scores
from .mixed_integer import MixedIntegerProgram
from .poisoning import data_poisoning, ridge_weights
from .regression import (
    LinearModel,
    best_subset,
    lasso_regression,
    linear_regression,
    partial_least_squares,
    principal_component_regression,
    ridge_regression,
)
from .support_vectors import KernelMachine, kernel_svm, robust_svm, sparse_svm
from .teaching import smallest_teaching_set, teach_ridge

__all__ = [
    "BinarisedNetwork",
    "EmbeddedOptimum",
    "KernelMachine",
    "LinearModel",
    "MixedIntegerProgram",
    "activation_ensemble",
    "adversarial_training",
    "best_subset",
    "capacitated_clustering",
    "classification_scores",
    "data_poisoning",
    "fgsm",
    "holdout",
    "input_gradient",
    "kernel_svm",
    "lasso_regression",
    "linear_regression",
    "logistic_regression",
    "medoid_clustering",
    "mixture",
    "optimise_network",
    "partial_least_squares",
    "pgd",
    "principal_component_regression",
    "regression_scores",
    "ridge_regression",
    "ridge_weights",
    "robust_svm",
    "smallest_network",
    "smallest_teaching_set",
    "sparse_svm",
    "teach_ridge",
]
