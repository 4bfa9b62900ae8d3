"""A network as an optimisation problem: its parameters are one vector, its loss a function of that vector."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..arguments import as_generator, real_number, whole_number
from ..autodiff import Tensor, absolute, exp, log_sum_exp
from ..problem import Problem
from .initialisation import as_scheme
from .layers import Layer, Pass, activation, convolution, dense, flatten, max_pool, sequence


def squared_error(output: Tensor, target: np.ndarray) -> Tensor:
    """Mean over all entries of the squared difference (`mlopt_course.losses.mean_squared_error`)."""
    target = np.asarray(target, dtype=float)
    return ((output - target.reshape(output.shape)) ** 2).mean()


def cross_entropy(output: Tensor, target: np.ndarray) -> Tensor:
    """Mean cross-entropy from logits (`mlopt_course.losses.cross_entropy`).

    Of labels 0 to k - 1 for outputs (n, k); of labels 0 and 1 for outputs (n, 1), the log-odds of class 1.
    """
    n, k = output.shape
    target = np.asarray(target)
    if k == 1:  # log(1 + e^z) - t z = max(z, 0) - t z + log(1 + e^-|z|), where nothing overflows
        z = output.reshape(n)
        softplus = 0.5 * (z + absolute(z)) + _log_one_plus(exp(-absolute(z)))
        return (softplus - z * target.astype(float)).mean()
    return (log_sum_exp(output, axis=1) - output[np.arange(n), target.astype(int)]).mean()


def _log_one_plus(x: Tensor) -> Tensor:
    return Tensor(np.log1p(x.value), (x,), lambda g: (g / (1 + x.value),))


LOSSES: dict[str, Callable[[Tensor, np.ndarray], Tensor]] = {
    "squared_error": squared_error,
    "cross_entropy": cross_entropy,
}


class Network:
    """Layers in a row, whose parameters are kept in one flat vector, as optimisers want it.

    >>> network = Network(dense(2, 8), activation("tanh"), dense(8, 1))
    >>> network.size
    33
    >>> X, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
    >>> problem = network.problem(X, y, loss="cross_entropy", rng=0)
    >>> from mlopt_course import minimize
    >>> bool(minimize(problem, method="adam", learning_rate=0.1, max_iterations=200).fun < 0.01)
    True

    Parameters
    ----------
    *layers : Layer
        See `mlopt_course.deep_learning.layers`.
    """

    def __init__(self, *layers: Layer) -> None:
        if not layers or not all(isinstance(layer, Layer) for layer in layers):
            raise ValueError(f"layers must be one or more layers, such as dense(2, 8), got {layers!r}")
        self.layers = layers
        self._all = sequence(*layers)
        self.shapes = self._all.shapes
        self.size = sum(math.prod(shape) for shape in self.shapes)

    def initial(self, scheme: Any = "he", rng: np.random.Generator | int | None = None) -> np.ndarray:
        """Parameters to begin with, shape (size,).

        Parameters
        ----------
        scheme : {"he", "xavier"}, float or callable
            See `mlopt_course.deep_learning.initialisation`. A number: the standard deviation of all weights.
        rng : numpy.random.Generator, int or None
        """
        arrays = self._all.initial(as_scheme(scheme), as_generator(rng))
        return np.concatenate([array.ravel() for array in arrays]) if arrays else np.zeros(0)

    def unpack(self, x: Any) -> list[np.ndarray]:
        """The parameters of each layer, views into the flat vector ``x`` (size,)."""
        x = np.asarray(x, dtype=float)
        if x.shape != (self.size,):
            raise ValueError(f"x must have the {self.size} parameters of the network, got shape {x.shape}")
        ends = np.cumsum([math.prod(shape) for shape in self.shapes])[:-1]
        return [part.reshape(shape) for part, shape in zip(np.split(x, ends), self.shapes, strict=True)]

    def forward(self, parameters: Sequence[Tensor], inputs: Any, run: Pass | None = None) -> Tensor:
        """Output as a Tensor, to differentiate. ``inputs`` may be a Tensor, too."""
        inputs = inputs if isinstance(inputs, Tensor) else Tensor(inputs)
        return self._all.apply(parameters, inputs, Pass() if run is None else run)

    def predict(self, x: Any, inputs: Any, *, statistics: Any = None) -> np.ndarray:
        """Output at the parameters ``x``, in use: without dropout, and normalised by ``statistics`` where given."""
        run = Pass(statistics=statistics)
        return self.forward([Tensor(array) for array in self.unpack(x)], inputs, run).value

    def statistics(self, x: Any, inputs: Any) -> list[tuple[np.ndarray, np.ndarray]]:
        """Mean and variance of what each `batch_norm` receives over a training set: for `predict`.

        One pass over all of it at the final parameters, in place of running averages over the batches of training,
        which lag behind (Wu and Johnson 2021, Rethinking "Batch" in BatchNorm, arXiv:2105.07576).
        """
        run = Pass()
        self.forward([Tensor(array) for array in self.unpack(x)], inputs, run)
        return run.seen

    def problem(
        self,
        inputs: Any,
        target: Any,
        *,
        loss: str | Callable[[Tensor, np.ndarray], Tensor] = "squared_error",
        l2: float = 0.0,
        batch_size: int | None = None,
        scheme: Any = "he",
        rng: np.random.Generator | int | None = 0,
    ) -> Problem:
        r"""Training as a Problem: mean loss over the samples plus :math:`\frac\lambda2 \lVert x \rVert^2`.

        Parameters
        ----------
        inputs : array_like, shape (n, ...)
            A sample in each row.
        target : array_like, shape (n, ...)
            Numbers, or labels.
        loss : {"squared_error", "cross_entropy"} or callable
            ``loss(output, target)``, a Tensor of one number: the mean over the samples given.
        l2 : float
            :math:`\lambda \ge 0`, on all parameters.
        batch_size : int, optional
            Samples for each gradient. None: all. Without dropout and batch normalisation
            ``problem.minibatches(batch_size)`` is the same.
        scheme, rng
            For ``x0``: see `initial`.

        Returns
        -------
        Problem
            A finite sum; unless there is dropout (its gradient is random) or batch normalisation (the loss of a batch
            is not the mean of its samples' losses): then it has a stochastic gradient, but no terms. Its ``fun`` is
            without dropout.
        """
        inputs, target = np.asarray(inputs, dtype=float), np.asarray(target)
        if inputs.ndim < 2 or len(inputs) == 0 or len(target) != len(inputs):
            raise ValueError(
                f"inputs must have shape (n, ...) and target (n, ...), n >= 1, got {inputs.shape} and {target.shape}"
            )
        l2 = real_number("l2", l2, least=0.0)
        if not callable(loss) and (not isinstance(loss, str) or loss not in LOSSES):
            raise ValueError(f"loss must be one of {', '.join(LOSSES)} or a function, got {loss!r}")
        size = len(inputs) if batch_size is None else whole_number("batch_size", batch_size, 1, len(inputs))
        training = _Training(self, inputs, target, loss if callable(loss) else LOSSES[loss], l2)
        parts: dict[str, Any] = {"x0": self.initial(scheme, rng), "name": f"network of {self.size} parameters"}
        if self._all.separable:
            whole = Problem(training.fun, training.gradient, n_terms=len(inputs),
                            terms_gradient=training.gradient, terms_fun=training.fun, **parts)  # fmt: skip
            return whole if batch_size is None else whole.minibatches(size)

        def sample(run_rng: np.random.Generator) -> Callable[[Any], Any]:
            def of_batch(x: Any, indices: np.ndarray) -> np.ndarray:
                return training.gradient(x, indices, run_rng)

            batches = Problem(training.fun, n_terms=len(inputs), terms_gradient=of_batch).minibatches(size)
            assert batches.sample is not None  # minibatches made it
            return batches.sample(run_rng)

        return Problem(training.fun, training.gradient, sample=sample, **parts)


class _Training:
    """Loss of a network on data, and its gradient."""

    def __init__(self, network: Network, inputs: np.ndarray, target: np.ndarray, loss: Any, l2: float) -> None:
        self.network, self.inputs, self.target, self.loss, self.l2 = network, inputs, target, loss, l2

    def _loss(self, leaves: Sequence[Tensor], indices: Any, rng: np.random.Generator | None) -> Tensor:
        output = self.network.forward(leaves, self.inputs[indices], Pass(rng=rng))
        return self.loss(output, self.target[indices])

    def fun(self, x: Any, indices: Any = slice(None)) -> float:
        leaves = [Tensor(array) for array in self.network.unpack(x)]
        return self._loss(leaves, indices, None).item() + 0.5 * self.l2 * float(np.dot(x, x))

    def gradient(self, x: Any, indices: Any = slice(None), rng: np.random.Generator | None = None) -> np.ndarray:
        leaves = [Tensor(array) for array in self.network.unpack(x)]
        self._loss(leaves, indices, rng).backward()
        parts = [np.zeros(leaf.shape) if leaf.grad is None else leaf.grad for leaf in leaves]
        return np.concatenate([part.ravel() for part in parts]) + self.l2 * np.asarray(x)


def mlp(*widths: int, hidden: str = "relu", output: str = "linear") -> Network:
    """Multilayer perceptron: dense layers of these widths, inputs first, with an activation between them.

    >>> mlp(64, 32, 10).size
    2410
    """
    if len(widths) < 2:
        raise ValueError(f"widths must have at least inputs and outputs, got {widths!r}")
    layers: list[Layer] = []
    for inputs, outputs in itertools.pairwise(widths):
        layers += [dense(inputs, outputs), activation(hidden)]
    return Network(*layers[:-1], *([] if output == "linear" else [activation(output)]))


def small_convnet(height: int, width: int, classes: int, *, channels: int = 1, filters: int = 8) -> Network:
    """A small convolutional network: 3 x 3 convolution, ReLU, 2 x 2 max pooling, dense.

    Images have shape (n, channels, height, width); height and width must be even.
    """
    if height % 2 or width % 2:
        raise ValueError(f"height and width must be even, got {height!r} and {width!r}")
    return Network(
        convolution(channels, filters, 3, padding=1),
        activation("relu"),
        max_pool(2),
        flatten(),
        dense(filters * height * width // 4, classes),
    )
