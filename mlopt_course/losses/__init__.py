"""Chapter 2, losses: what training minimises, each with its gradient.

>>> from mlopt_course.losses import huber
>>> huber([0.0, 0.0], [0.5, 3.0])
1.3125
>>> huber.gradient([0.0, 0.0], [0.5, 3.0])
array([0.25, 0.5 ])

- `loss`: what all have in common; `Loss` says how to write one;
- `regression`: squared, absolute, Huber, log-cosh and quantile;
- `classification`: cross-entropy, focal, hinge, squared hinge, Kullback-Leibler, label smoothing;
- `costs`: class weights, and losses made from what decisions cost;
- `penalties`: L1, L2 and elastic net, with the proximal step that gives zeros.
"""

from .classification import cross_entropy, focal, hinge, kl_divergence, smooth_labels, squared_hinge
from .costs import class_weights, cost_threshold, expected_cost, minimum_cost_decisions
from .loss import Loss
from .penalties import Penalty, elastic_net, l1, l2
from .regression import huber, log_cosh, mean_absolute_error, mean_squared_error, quantile

__all__ = [
    "Loss",
    "Penalty",
    "class_weights",
    "cost_threshold",
    "cross_entropy",
    "elastic_net",
    "expected_cost",
    "focal",
    "hinge",
    "huber",
    "kl_divergence",
    "l1",
    "l2",
    "log_cosh",
    "mean_absolute_error",
    "mean_squared_error",
    "minimum_cost_decisions",
    "quantile",
    "smooth_labels",
    "squared_hinge",
]
