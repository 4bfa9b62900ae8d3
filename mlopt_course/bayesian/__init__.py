"""Chapter 10, Bayesian optimisation: a model of the objective says where the next evaluation is worth most.

- `kernels` and `posterior`: Gaussian processes, their marginal likelihood, fitting and prediction;
- `acquisition`: expected improvement and its logarithm, probability of improvement, lower confidence bound;
- `search`: `bayesian_optimization`, with Thompson sampling, noise and batches;
- `safe`: SafeOpt; `fidelity`: cheap approximations.
"""

from .acquisition import (
    expected_improvement,
    log_expected_improvement,
    lower_confidence_bound,
    probability_of_improvement,
)
from .fidelity import multi_fidelity
from .kernels import KERNELS
from .posterior import GaussianProcess, gaussian_process, log_marginal_likelihood
from .safe import safe_optimization
from .search import bayesian_optimization, latin_hypercube

__all__ = [
    "KERNELS",
    "GaussianProcess",
    "bayesian_optimization",
    "expected_improvement",
    "gaussian_process",
    "latin_hypercube",
    "log_expected_improvement",
    "log_marginal_likelihood",
    "lower_confidence_bound",
    "multi_fidelity",
    "probability_of_improvement",
    "safe_optimization",
]
