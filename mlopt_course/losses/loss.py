"""What every loss has in common: its mean over the samples, and the gradient of that."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

# From targets and predictions to the loss of each sample (n,) and its derivatives, of the shape of the predictions.
Pointwise = Callable[..., tuple[np.ndarray, np.ndarray]]


class Loss:
    """A loss: call it for its mean over the samples; `gradient` is the derivative of that mean.

    Made from a function ``(target, prediction, *, option=default) -> (losses, derivatives)`` on arrays, which says what
    one sample costs and how that changes with its prediction. Used as a decorator:

    >>> @Loss
    ... def squared(target, prediction):
    ...     error = prediction - target
    ...     return error**2, 2 * error
    >>> squared([1.0, 2.0], [1.0, 4.0])
    2.0
    >>> squared.gradient([1.0, 2.0], [1.0, 4.0])
    array([0., 2.])

    All three ways of asking take ``(target, prediction, *, sample_weight=None, **options)``, where ``target`` has shape
    (n,), ``prediction`` (n,) or (n, k), and ``sample_weight`` (n,), not negative. The mean is weighted by it, as in
    scikit-learn: :math:`\\sum_i w_i \\ell_i / \\sum_i w_i`.
    """

    def __init__(self, pointwise: Pointwise) -> None:
        self.pointwise = pointwise
        functools.update_wrapper(self, pointwise)

    def __call__(self, target: Any, prediction: Any, *, sample_weight: Any = None, **options: Any) -> float:
        """Weighted mean of the loss over the samples."""
        losses, _ = self._evaluate(target, prediction, options)
        return float(_weights(sample_weight, len(losses)) @ losses)

    def gradient(self, target: Any, prediction: Any, *, sample_weight: Any = None, **options: Any) -> np.ndarray:
        """Derivative of the weighted mean with respect to ``prediction``, of its shape."""
        losses, derivatives = self._evaluate(target, prediction, options)
        weights = _weights(sample_weight, len(losses))
        weighted = derivatives * weights.reshape(-1, *[1] * (derivatives.ndim - 1))
        return weighted.reshape(np.shape(prediction))

    def each(self, target: Any, prediction: Any, **options: Any) -> np.ndarray:
        """Loss of each sample, shape (n,)."""
        return self._evaluate(target, prediction, options)[0]

    def _evaluate(self, target: Any, prediction: Any, options: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
        target, prediction = numbers("target", target), numbers("prediction", prediction)
        if len(target) != len(prediction):
            raise ValueError(f"target and prediction must be of one length, got {len(target)} and {len(prediction)}")
        return self.pointwise(target, prediction, **options)

    def __repr__(self) -> str:
        return f"<loss {getattr(self, '__name__', '')}>"


def numbers(name: str, values: Any) -> np.ndarray:
    """``values`` as a float array with at least one axis and one element; a ValueError that names it otherwise."""
    try:
        array = np.atleast_1d(np.asarray(values, dtype=float))
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be an array of numbers, got {type(values).__name__}") from None
    if array.size == 0:
        raise ValueError(f"{name} must have at least one sample, got shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, got nan or inf")
    return array


def same_shape(target: np.ndarray, prediction: np.ndarray) -> None:
    """A ValueError unless both have one number a sample (arrays that broadcast by accident are a common mistake)."""
    if target.ndim != 1 or prediction.shape != target.shape:
        raise ValueError(f"target and prediction must both have shape (n,), got {target.shape} and {prediction.shape}")


def _weights(sample_weight: Any, n: int) -> np.ndarray:
    """Weights that sum to 1."""
    if sample_weight is None:
        return np.full(n, 1.0 / n)
    weights = numbers("sample_weight", sample_weight)
    if weights.shape != (n,):
        raise ValueError(f"sample_weight must have shape ({n},), one for each sample, got {weights.shape}")
    if (weights < 0).any() or not weights.sum() > 0:
        raise ValueError("sample_weight must not be negative, and not be 0 for all samples")
    return weights / weights.sum()
