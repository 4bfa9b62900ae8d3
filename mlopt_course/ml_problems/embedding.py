"""Empirical model learning: a trained network as part of an optimisation problem that is solved exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..deep_learning.network import Network
from ..problem import as_bounds
from .mixed_integer import MixedIntegerProgram


@dataclass(frozen=True, eq=False)
class EmbeddedOptimum:
    """Where an embedded network is best.

    Attributes
    ----------
    x : ndarray, shape (d,)
        The inputs.
    output : ndarray, shape (k,)
        The network's outputs there.
    fun : float
        Their weighted sum, which no other inputs in the box (that keep to the constraints) improve.
    binaries : int
        Units whose sign the bounds left open: each is a variable of the MILP that is 0 or 1.
    """

    x: np.ndarray
    output: np.ndarray
    fun: float
    binaries: int


def optimise_network(
    network: Network, parameters: Any, bounds: Any, *, weights: Any = 1.0, maximise: bool = False,
    A_ub: Any = None, b_ub: Any = None, integer: bool = False,
) -> EmbeddedOptimum:  # fmt: skip
    r"""The inputs that minimise (or maximise) a trained ReLU network's output over a box: a MILP, exact.

    A unit :math:`h = \max(0, z)` with :math:`z \in [L, U]`, :math:`L < 0 < U`, becomes

    .. math:: h \ge 0, \quad h \ge z, \quad h \le U p, \quad h \le z - L (1 - p), \quad p \in \{0, 1\} .

    The bounds come from interval arithmetic, layer by layer; units with :math:`L \ge 0` or :math:`U \le 0` are linear
    and need no :math:`p`.

    Parameters
    ----------
    network : Network
        Made by `mlp` with ``hidden="relu"``.
    parameters : array_like, shape (size,)
    bounds : sequence of (low, high)
        Of the inputs, finite.
    weights : float or array_like, shape (k,)
        Of the outputs in the objective.
    maximise : bool
        Whether to maximise.
    A_ub, b_ub : array_like, shapes (m, d) and (m,), optional
        Further constraints on the inputs, :math:`A x \le b`.
    integer : bool
        Whether the inputs must be whole numbers.

    Returns
    -------
    EmbeddedOptimum
        Needs SciPy.

    Raises
    ------
    ValueError
        If the network is of another kind, or no inputs keep to the constraints.

    References
    ----------
    Lombardi, Milano and Bartolini (2017), Empirical decision model learning, doi:10.1016/j.artint.2016.01.005; the
    encoding is that of Tjeng, Xiao and Tedrake (2019), Evaluating robustness of neural networks with mixed integer
    programming. arXiv:1711.07356.
    """
    layers = _dense_layers(network, parameters)
    box = as_bounds(bounds, layers[0][0].shape[0])
    if box is None or not np.isfinite(box).all():
        raise ValueError(f"bounds must be finite pairs (low, high), one for each input, got {bounds!r}")
    objective = np.broadcast_to(np.asarray(weights, dtype=float), (layers[-1][0].shape[1],))
    program = MixedIntegerProgram()
    inputs = program.variables(len(box), low=box[:, 0], high=box[:, 1], integer=integer)
    for row, limit in [] if A_ub is None else zip(np.atleast_2d(A_ub), np.atleast_1d(b_ub), strict=True):
        program.constrain((inputs, row), high=float(limit))
    below, (low, high), binaries = inputs, box.T, 0
    for number, (W, b) in enumerate(layers):
        low, high = interval(W, b, low, high)
        last = number == len(layers) - 1
        sign = -1.0 if maximise else 1.0
        z = program.variables(len(b), low=low, high=high, cost=sign * objective if last else 0.0)
        for unit in range(len(b)):
            program.constrain((z[unit], 1.0), (below, -W[:, unit]), low=b[unit], high=b[unit])
        if not last:
            below, count = _relu(program, z, low, high)
            binaries, low, high = binaries + count, np.maximum(low, 0.0), np.maximum(high, 0.0)
    x, _ = program.solve()
    output = network.predict(parameters, x[inputs][None])[0]
    return EmbeddedOptimum(x[inputs], output, float(objective @ output), binaries)


def interval(W: np.ndarray, b: np.ndarray, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least and largest value of :math:`x W + b` over the box [low, high]: exact for each output by itself."""
    positive, negative = np.maximum(W, 0.0), np.minimum(W, 0.0)
    return low @ positive + high @ negative + b, high @ positive + low @ negative + b


def _relu(program: MixedIntegerProgram, z: np.ndarray, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, int]:
    """Variables that equal max(0, z), and how many binaries that took."""
    h, count = program.variables(len(z), high=np.maximum(high, 0.0)), 0
    for unit, (L, U) in enumerate(zip(low, high, strict=True)):
        if U <= 0:
            continue  # its upper bound is 0
        if L >= 0:
            program.constrain((h[unit], 1.0), (z[unit], -1.0), low=0.0, high=0.0)
            continue
        p, count = program.variables(1, high=1.0, integer=True), count + 1
        program.constrain((h[unit], 1.0), (z[unit], -1.0), low=0.0)
        program.constrain((h[unit], 1.0), (p, -U), high=0.0)
        program.constrain((h[unit], 1.0), (z[unit], -1.0), (p, -L), high=-L)
    return h, count


def _dense_layers(network: Network, parameters: Any) -> list[tuple[np.ndarray, np.ndarray]]:
    """Weights and biases of the dense layers, checked to alternate with ReLUs and nothing else."""
    kinds = [layer.name.partition(" ")[0] for layer in network.layers]
    arrays = network.unpack(parameters)
    expected = ["dense", "relu"] * (len(kinds) // 2) + ["dense"]
    if kinds != expected or len(arrays) != 2 * kinds.count("dense"):
        raise ValueError(f"network must be dense layers with biases and ReLUs between them, got {', '.join(kinds)}")
    return list(zip(arrays[::2], arrays[1::2], strict=True))
