"""How signals and gradients fare on their way through a network: measured, layer by layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arguments import as_generator
from ..autodiff import Tensor
from .layers import Pass
from .network import LOSSES, Network


@dataclass(frozen=True, eq=False)
class Signals:
    """What each layer's output, and the gradient with respect to it, look like.

    Attributes
    ----------
    names : tuple of str, length m
        The layers.
    forward : ndarray, shape (m,)
        Mean square of the outputs.
    backward : ndarray, shape (m,)
        Mean square of the gradients with respect to the outputs. Vanishing gradients: it falls towards the first layer;
        exploding ones: it rises.
    """

    names: tuple[str, ...]
    forward: np.ndarray
    backward: np.ndarray


def propagate(
    network: Network, x: Any, inputs: Any, *, target: Any = None, loss: str = "cross_entropy", rng: Any = None
) -> Signals:
    """Measure outputs and gradients in one pass forward and one back.

    Parameters
    ----------
    network : Network
    x : array_like, shape (size,)
        Its parameters.
    inputs : array_like, shape (n, ...)
    target : array_like, shape (n, ...), optional
        Then the gradients are those of ``loss``. Without it, what comes back is standard normal noise at the output,
        as in the analyses of Glorot and Bengio (2010, section 4.2.1) and He et al. (2015, section 2.2).
    loss : {"cross_entropy", "squared_error"}
        Used with a target alone.
    rng : numpy.random.Generator, int or None
        Draws the noise.

    Returns
    -------
    Signals
    """
    if loss not in LOSSES:
        raise ValueError(f"loss must be one of {', '.join(LOSSES)}, got {loss!r}")
    run = Pass(watch=True)
    output = network.forward([Tensor(array) for array in network.unpack(x)], inputs, run)
    if target is None:
        output.backward(as_generator(rng).standard_normal(output.shape))
    else:
        LOSSES[loss](output, np.asarray(target)).backward()
    gradients = [np.zeros(leaf.shape) if leaf.grad is None else leaf.grad for _, _, leaf in run.outputs]
    return Signals(
        tuple(name for name, _, _ in run.outputs),
        np.array([np.mean(value**2) for _, value, _ in run.outputs]),
        np.array([np.mean(gradient**2) for gradient in gradients]),
    )


def gradient_norms(network: Network, gradient: Any) -> np.ndarray:
    """Euclidean norm of the part of a gradient (size,) that belongs to each array of parameters, in their order."""
    return np.array([np.linalg.norm(part) for part in network.unpack(gradient)])
