"""How weights begin: with the variance that keeps signals alive through many layers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import validate
from ..arguments import as_generator

# From the shape of the weights, and the numbers of inputs and outputs of a unit, to the weights.
Scheme = Callable[[tuple[int, ...], int, int, np.random.Generator], np.ndarray]


def xavier(shape: tuple[int, ...], fan_in: int, fan_out: int, rng: np.random.Generator | int | None) -> np.ndarray:
    r"""Xavier (Glorot) initialisation: uniform in :math:`\pm \sqrt{6 / (n_{in} + n_{out})}`.

    The variance :math:`2 / (n_{in} + n_{out})` is a compromise: :math:`1 / n_{in}` would keep the variance of the
    signals on their way forward, :math:`1 / n_{out}` that of the gradients on their way back, for activations that are
    linear around 0.

    Parameters
    ----------
    shape : tuple of int
        Of the weights.
    fan_in, fan_out : int
        Inputs that a unit adds up, and units that an input goes to.
    rng : numpy.random.Generator, int or None

    References
    ----------
    Glorot and Bengio (2010), AISTATS, equation (16).
    """
    validate.whole(1, fan_in=fan_in, fan_out=fan_out)
    bound = math.sqrt(6.0 / (fan_in + fan_out))
    return as_generator(rng).uniform(-bound, bound, shape)


def he(shape: tuple[int, ...], fan_in: int, fan_out: int, rng: np.random.Generator | int | None) -> np.ndarray:
    r"""He (Kaiming) initialisation: normal with variance :math:`2 / n_{in}`.

    A ReLU removes half of the second moment of a signal that is symmetric around 0; the 2 puts it back. Parameters as
    for `xavier`.

    References
    ----------
    He et al. (2015), Delving deep into rectifiers, equation (10). arXiv:1502.01852.
    """
    validate.whole(1, fan_in=fan_in, fan_out=fan_out)
    return as_generator(rng).normal(0.0, math.sqrt(2.0 / fan_in), shape)


SCHEMES: dict[str, Scheme] = {"xavier": xavier, "he": he}


def as_scheme(scheme: Any) -> Scheme:
    """A scheme by its name, or a function itself; a number is the standard deviation of normal weights."""
    if isinstance(scheme, str) and scheme in SCHEMES:
        return SCHEMES[scheme]
    if callable(scheme):
        return scheme
    if validate.is_real(scheme) and scheme >= 0:
        return lambda shape, fan_in, fan_out, rng: rng.normal(0.0, scheme, shape)
    raise ValueError(f"scheme must be 'xavier', 'he', a standard deviation >= 0 or a function, got {scheme!r}")
