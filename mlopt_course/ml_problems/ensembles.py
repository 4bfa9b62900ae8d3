"""Activation ensembles: let each unit learn which activation it wants."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .. import validate
from ..arguments import whole_number
from ..autodiff import Tensor, concatenate, exp, log_sum_exp, sqrt
from ..deep_learning.layers import ACTIVATIONS, Layer, Pass


def activation_ensemble(
    features: int, activations: Sequence[str] = ("relu", "tanh", "sigmoid"), *, normalise: bool = True,
    epsilon: float = 1e-5,
) -> Layer:  # fmt: skip
    r"""A layer whose units mix activations: :math:`h_u = \sum_j \alpha_{uj} \, \hat g_j(z_u)` with
    :math:`\alpha_{uj} \ge 0` and :math:`\sum_j \alpha_{uj} = 1`.

    The activations are first brought to one scale over the batch, so that none wins by its size alone.

    Parameters
    ----------
    features : int
        Units.
    activations : sequence of str
        Names: see `mlopt_course.deep_learning.activation`. At least one.
    normalise : bool
        Whether :math:`\hat g` is :math:`g` with mean 0 and variance 1 over the batch, or :math:`g` itself. If so, the
        layer's output depends on the batch, as that of `batch_norm` does; `Network.statistics` serves it, too.
    epsilon : float
        Added to the variance. Positive.

    Returns
    -------
    Layer
        Its parameters are logits (features, len(activations)), at first 0: the mixture's weights are their softmax, so
        that any first-order method keeps them on the simplex. `mixture` gives the weights.

    References
    ----------
    Klabjan and Harmon (2019), Activation ensembles for deep neural networks. arXiv:1702.07790.
    Deviations: the softmax in place of a projection onto the simplex after each step, and normalisation by mean and
    variance in place of least and largest value.
    """
    whole_number("features", features, least=1)
    validate.boolean(normalise=normalise)
    validate.positive(epsilon=epsilon)
    names = tuple(activations)
    unknown = [name for name in names if name not in ACTIVATIONS]
    if not names or unknown:
        raise ValueError(f"activations must be one or more of {', '.join(ACTIVATIONS)}, got {activations!r}")

    def apply(parameters: Sequence[Tensor], x: Tensor, run: Pass) -> Tensor:
        logits = parameters[0]
        weights = exp(logits - log_sum_exp(logits, axis=1, keepdims=True))
        values = [ACTIVATIONS[name](x) for name in names]
        if normalise:
            values = [_normalised(value, run, epsilon) for value in values]
        stacked = concatenate([value.reshape(*value.shape, 1) for value in values], axis=-1)
        return (stacked * weights).sum(axis=-1)

    return Layer(
        f"ensemble of {', '.join(names)}",
        ((features, len(names)),),
        lambda scheme, rng: [np.zeros((features, len(names)))],
        apply,
        separable=not normalise,
    )


def mixture(logits: np.ndarray) -> np.ndarray:
    """Weights of the activations in each unit, (features, activations): rows that sum to 1."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _normalised(value: Tensor, run: Pass, epsilon: float) -> Tensor:
    mean = value.mean(axis=0, keepdims=True)
    variance = ((value - mean) ** 2).mean(axis=0, keepdims=True)
    if run.statistics is not None:
        given = run.statistics[len(run.seen)]
        mean, variance = Tensor(given[0]), Tensor(given[1])
    run.seen.append((mean.value, variance.value))
    return (value - mean) / sqrt(variance + epsilon)
