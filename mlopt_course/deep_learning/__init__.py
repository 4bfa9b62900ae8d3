"""Chapter 12, training networks: networks as problems for any first-order method, and what helps to train them.

>>> import numpy as np
>>> from mlopt_course import minimize
>>> from mlopt_course.deep_learning import mlp
>>> X = np.linspace(-2, 2, 50)[:, None]
>>> problem = mlp(1, 16, 1, hidden="tanh").problem(X, np.sin(2 * X), rng=0)
>>> result = minimize(problem.minibatches(10), method="adam", learning_rate=0.02, max_iterations=500, rng=0)
>>> bool(result.fun < 0.01)
True

- `layers`: dense, convolution, batch normalisation, dropout, skip connections...;
- `network`: layers in a row as a `Problem`; `mlp`, `small_convnet`;
- `initialisation`: Xavier and He; `signals`: what becomes of signals and gradients from layer to layer;
- `training`: early stopping, the learning-rate finder; clipping is `mlopt_course.first_order.clip_gradient`;
- `comparison`: optimisers compared fairly on one network;
- `curvature`: sharpness; minima and saddles, found and counted;
- `reduction`: principal components and autoencoders.
"""

from ..first_order.clipping import clip_gradient
from .comparison import Comparison, compare_fairly
from .curvature import (
    StationaryPoints,
    hessian_vector_product,
    share_of_minima,
    sharpness,
    stationary_points,
)
from .initialisation import he, xavier
from .layers import (
    Layer,
    Pass,
    activation,
    batch_norm,
    convolution,
    dense,
    dropout,
    embedding,
    flatten,
    max_pool,
    sequence,
    skip,
)
from .network import Network, cross_entropy, mlp, small_convnet, squared_error
from .reduction import PrincipalComponents, autoencoder, encode, pca
from .signals import Signals, gradient_norms, propagate
from .training import EarlyStopping, RateSearch, learning_rate_finder

__all__ = [
    "Comparison",
    "EarlyStopping",
    "Layer",
    "Network",
    "Pass",
    "PrincipalComponents",
    "RateSearch",
    "Signals",
    "StationaryPoints",
    "activation",
    "autoencoder",
    "batch_norm",
    "clip_gradient",
    "compare_fairly",
    "convolution",
    "cross_entropy",
    "dense",
    "dropout",
    "embedding",
    "encode",
    "flatten",
    "gradient_norms",
    "he",
    "hessian_vector_product",
    "learning_rate_finder",
    "max_pool",
    "mlp",
    "pca",
    "propagate",
    "sequence",
    "share_of_minima",
    "sharpness",
    "skip",
    "small_convnet",
    "squared_error",
    "stationary_points",
    "xavier",
]
