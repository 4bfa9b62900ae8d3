"""Layers of a network: each says which parameters it has, how they begin, and what it computes from them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .. import validate
from ..arguments import whole_number
from ..autodiff import Tensor, conv2d, max_pool2d, relu, sigmoid, sqrt, tanh, where
from .initialisation import Scheme

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": relu,
    "tanh": tanh,
    "sigmoid": sigmoid,
    "linear": lambda x: x,
}


@dataclass
class Pass:
    """One pass through a network: what may differ between training and use, and what was seen on the way.

    Attributes
    ----------
    rng : numpy.random.Generator, optional
        Draws the units that `dropout` removes. None: it removes none.
    statistics : list of (mean, variance), optional
        What each `batch_norm` should normalise by, in the order of the layers. None: by the batch's own.
    watch : bool
        Whether to keep in ``outputs`` each layer's name, its output, and a leaf whose ``grad`` becomes the gradient of
        that output.
    """

    rng: np.random.Generator | None = None
    statistics: Sequence[tuple[np.ndarray, np.ndarray]] | None = None
    watch: bool = False
    seen: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)
    outputs: list[tuple[str, np.ndarray, Tensor]] = field(default_factory=list)


@dataclass(frozen=True)
class Layer:
    """A layer, or several in a row.

    Attributes
    ----------
    name : str
    shapes : tuple of shapes
        Of its parameters.
    initial : callable
        ``initial(scheme, rng)``: arrays of these shapes to begin with.
    apply : callable
        ``apply(parameters, x, run)``: its output, a Tensor, from a list of Tensors, a Tensor and a `Pass`.
    separable : bool
        Whether the output for one sample depends on that sample alone, and not on chance.
    """

    name: str
    shapes: tuple[tuple[int, ...], ...]
    initial: Callable[[Scheme, np.random.Generator], list[np.ndarray]]
    apply: Callable[[Sequence[Tensor], Tensor, Pass], Tensor]
    separable: bool = True


def dense(inputs: int, outputs: int, *, bias: bool = True) -> Layer:
    r"""Fully connected layer, :math:`h = x W + b` with :math:`W` of shape (inputs, outputs).

    Parameters
    ----------
    inputs, outputs : int
        Widths, at least 1.
    bias : bool
        Whether there is a :math:`b`; it begins at 0.
    """
    validate.whole(1, inputs=inputs, outputs=outputs)
    validate.boolean(bias=bias)

    def initial(scheme: Scheme, rng: np.random.Generator) -> list[np.ndarray]:
        weights = scheme((inputs, outputs), inputs, outputs, rng)
        return [weights, np.zeros(outputs)] if bias else [weights]

    def apply(parameters: Sequence[Tensor], x: Tensor, run: Pass) -> Tensor:
        return x @ parameters[0] + parameters[1] if bias else x @ parameters[0]

    shapes: tuple[tuple[int, ...], ...] = ((inputs, outputs), (outputs,)) if bias else ((inputs, outputs),)
    return Layer(f"dense {inputs} -> {outputs}", shapes, initial, apply)


def convolution(inputs: int, outputs: int, size: int = 3, *, stride: int = 1, padding: int = 0) -> Layer:
    """Convolution of images (n, inputs, height, width) with ``outputs`` filters and a bias for each.

    Parameters
    ----------
    inputs, outputs : int
        Channels.
    size : int
        Height and width of the filters.
    stride, padding : int
        See `mlopt_course.autodiff.conv2d`.
    """
    validate.whole(1, inputs=inputs, outputs=outputs, size=size, stride=stride)
    validate.whole(0, padding=padding)
    shape = (outputs, inputs, size, size)

    def initial(scheme: Scheme, rng: np.random.Generator) -> list[np.ndarray]:
        return [scheme(shape, inputs * size**2, outputs * size**2, rng), np.zeros((outputs, 1, 1))]

    def apply(parameters: Sequence[Tensor], x: Tensor, run: Pass) -> Tensor:
        return conv2d(x, parameters[0], stride=stride, padding=padding) + parameters[1]

    return Layer(f"convolution {inputs} -> {outputs}", (shape, (outputs, 1, 1)), initial, apply)


def activation(name: str) -> Layer:
    """An activation: ``relu``, ``tanh``, ``sigmoid`` or ``linear``."""
    if not isinstance(name, str) or name not in ACTIVATIONS:
        raise ValueError(f"activation must be one of {', '.join(ACTIVATIONS)}, got {name!r}")
    function = ACTIVATIONS[name]
    return _without_parameters(name, lambda x, run: function(x))


def max_pool(size: int = 2) -> Layer:
    """Largest value in each block of ``size`` by ``size`` pixels."""
    whole_number("size", size, least=1)
    return _without_parameters(f"max pool {size}", lambda x, run: max_pool2d(x, size))


def flatten() -> Layer:
    """Each sample as one row."""
    return _without_parameters("flatten", lambda x, run: x.reshape(len(x), math.prod(x.shape[1:])))


def embedding(symbols: int, width: int) -> Layer:
    """A learnt vector of ``width`` numbers for each symbol, a whole number from 0 to ``symbols - 1``.

    Symbols (n, c) become rows (n, c * width). The vectors begin standard normal, as in PyTorch.
    """
    validate.whole(1, symbols=symbols, width=width)

    def apply(parameters: Sequence[Tensor], x: Tensor, run: Pass) -> Tensor:
        return parameters[0][x.value.astype(int)].reshape(len(x), -1)

    return Layer(
        f"embedding {symbols} -> {width}",
        ((symbols, width),),
        lambda scheme, rng: [rng.standard_normal((symbols, width))],
        apply,
    )


def dropout(rate: float = 0.5) -> Layer:
    r"""Dropout: in training each unit is 0 with probability ``rate``, and the others are divided by ``1 - rate``.

    So the expected output is the input, and in use (`Network.predict`, the problem's ``fun``) nothing is done.

    Parameters
    ----------
    rate : float
        In [0, 1).

    References
    ----------
    Srivastava et al. (2014), JMLR 15, section 4; scaled in training ("inverted") as in their section 10.
    """
    validate.fraction(rate=rate)

    def apply(x: Tensor, run: Pass) -> Tensor:
        if run.rng is None or rate == 0:
            return x
        return where(run.rng.random(x.shape) < rate, 0.0, x / (1 - rate))

    return _without_parameters(f"dropout {rate:g}", apply, separable=False)


def batch_norm(features: int, *, epsilon: float = 1e-5) -> Layer:
    r"""Batch normalisation: mean 0 and variance 1 over the batch, then a learnt scale and shift,
    :math:`\gamma \hat x + \beta`.

    For rows (n, features) over the samples; for images (n, features, height, width) also over the pixels. In training
    the batch's own mean and (biased) variance count; in use those of the training set, see `Network.statistics`.

    Parameters
    ----------
    features : int
        Width, or number of channels.
    epsilon : float
        Added to the variance, inside the root. Positive.

    References
    ----------
    Ioffe and Szegedy (2015), Batch normalization, Algorithm 1. arXiv:1502.03167.
    """
    whole_number("features", features, least=1)
    validate.positive(epsilon=epsilon)

    def apply(parameters: Sequence[Tensor], x: Tensor, run: Pass) -> Tensor:
        axes = (0, 2, 3) if x.value.ndim == 4 else (0,)
        shape = (features, 1, 1) if x.value.ndim == 4 else (features,)
        mean = x.mean(axis=axes, keepdims=True)
        variance = ((x - mean) ** 2).mean(axis=axes, keepdims=True)
        if run.statistics is not None:
            given = run.statistics[len(run.seen)]
            mean, variance = Tensor(given[0]), Tensor(given[1])
        run.seen.append((mean.value, variance.value))
        gamma, beta = parameters[0].reshape(shape), parameters[1].reshape(shape)
        return gamma * (x - mean) / sqrt(variance + epsilon) + beta

    return Layer(
        f"batch norm {features}",
        ((features,), (features,)),
        lambda scheme, rng: [np.ones(features), np.zeros(features)],
        apply,
        separable=False,
    )


def sequence(*layers: Layer) -> Layer:
    """Layers one after the other, as one."""
    ends = np.cumsum([0, *(len(layer.shapes) for layer in layers)])

    def initial(scheme: Scheme, rng: np.random.Generator) -> list[np.ndarray]:
        return [array for layer in layers for array in layer.initial(scheme, rng)]

    def apply(parameters: Sequence[Tensor], x: Tensor, run: Pass) -> Tensor:
        for layer, first, last in zip(layers, ends, ends[1:], strict=False):
            x = layer.apply(parameters[first:last], x, run)
            if run.watch:
                gradient = Tensor(np.zeros(x.shape))  # a leaf: it collects the gradient of this output
                x = x + gradient
                run.outputs.append((layer.name, x.value, gradient))
        return x

    shapes = tuple(shape for layer in layers for shape in layer.shapes)
    name = ", ".join(layer.name for layer in layers)
    return Layer(name, shapes, initial, apply, all(layer.separable for layer in layers))


def skip(*layers: Layer) -> Layer:
    """Skip connection: the input plus what the layers make of it, :math:`x + F(x)`, which must be of its shape.

    References
    ----------
    He et al. (2016), Deep residual learning, equation (1). arXiv:1512.03385.
    """
    inner = sequence(*layers)

    def apply(parameters: Sequence[Tensor], x: Tensor, run: Pass) -> Tensor:
        change = inner.apply(parameters, x, run)
        if change.shape != x.shape:
            raise ValueError(f"the layers of skip must keep the shape {x.shape}, got {change.shape}")
        return x + change

    return Layer(f"skip({inner.name})", inner.shapes, inner.initial, apply, inner.separable)


def _without_parameters(name: str, apply: Callable[[Tensor, Pass], Any], separable: bool = True) -> Layer:
    return Layer(name, (), lambda scheme, rng: [], lambda parameters, x, run: apply(x, run), separable)
