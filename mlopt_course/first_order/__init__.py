"""Chapter 3, first-order methods: they use the gradient, and nothing of higher order.

One file for each family: `descent`, `adaptive`.
"""

from .adaptive import adadelta, adagrad, adam, adamw, rmsprop
from .descent import gradient_descent, hypergradient_descent, momentum, nesterov

__all__ = [
    "adadelta",
    "adagrad",
    "adam",
    "adamw",
    "gradient_descent",
    "hypergradient_descent",
    "momentum",
    "nesterov",
    "rmsprop",
]
