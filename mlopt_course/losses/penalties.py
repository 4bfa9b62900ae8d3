"""Penalties on the parameters, with the proximal step: shrinking that can reach 0."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import validate
from .loss import numbers


class Penalty:
    r"""A penalty :math:`P(w) = a \lVert w \rVert_1 + \frac b2 \lVert w \rVert_2^2`: call it for its value.

    Made from a function ``(**options) -> (a, b)``. All three ways of asking take ``(w, **options)``, with ``w`` an
    array of any shape.
    """

    def __init__(self, parts: Callable[..., tuple[float, float]]) -> None:
        self.parts = parts
        functools.update_wrapper(self, parts)

    def __call__(self, w: Any, **options: Any) -> float:
        """Value of the penalty."""
        w, (a, b) = np.asarray(w, dtype=float), self.parts(**options)
        return float(a * np.abs(w).sum() + b / 2 * np.square(w).sum())

    def gradient(self, w: Any, **options: Any) -> np.ndarray:
        """Gradient, of the shape of ``w``; where the penalty has a kink (at 0), the subgradient of least size, 0."""
        w, (a, b) = np.asarray(w, dtype=float), self.parts(**options)
        return a * np.sign(w) + b * w

    def proximal(self, w: Any, step: float, **options: Any) -> np.ndarray:
        r"""The proximal step: the :math:`u` that minimises :math:`P(u) + \frac1{2s} \lVert u - w \rVert^2`.

        It moves each entry towards 0 by :math:`s a` (to 0 itself if it is nearer: so L1 gives zeros), then divides by
        :math:`1 + s b` (so L2 only shrinks).

        Parameters
        ----------
        w : array_like
        step : float
            :math:`s > 0`.

        References
        ----------
        Parikh and Boyd (2014), Proximal algorithms, sections 6.1.1, 6.5.2 and 6.5.3.
        """
        validate.positive(step=step)
        w, (a, b) = numbers("w", w).reshape(np.shape(w)), self.parts(**options)
        return np.sign(w) * np.maximum(np.abs(w) - step * a, 0.0) / (1 + step * b)

    def __repr__(self) -> str:
        return f"<penalty {getattr(self, '__name__', '')}>"


@Penalty
def l1(*, strength=1.0):
    r"""L1 penalty (lasso), :math:`\lambda \lVert w \rVert_1` with ``strength`` :math:`\lambda \ge 0`. See `Penalty`."""
    validate.not_negative(strength=strength)
    return strength, 0.0


@Penalty
def l2(*, strength=1.0):
    r"""L2 penalty (ridge), :math:`\frac\lambda2 \lVert w \rVert_2^2` with ``strength`` :math:`\lambda \ge 0`. See
    `Penalty`.
    """
    validate.not_negative(strength=strength)
    return 0.0, strength


@Penalty
def elastic_net(*, strength=1.0, l1_ratio=0.5):
    r"""Elastic net, :math:`\lambda (\rho \lVert w \rVert_1 + \frac{1 - \rho}2 \lVert w \rVert_2^2)`.

    ``strength`` is :math:`\lambda \ge 0` and ``l1_ratio`` :math:`\rho` in [0, 1]: scikit-learn's ``ElasticNet``. See
    `Penalty`.

    References
    ----------
    Zou and Hastie (2005), doi:10.1111/j.1467-9868.2005.00503.x.
    """
    validate.not_negative(strength=strength)
    if not (validate.is_real(l1_ratio) and 0 <= l1_ratio <= 1):
        raise ValueError(f"l1_ratio must be from 0 to 1, got {l1_ratio!r}")
    return strength * l1_ratio, strength * (1 - l1_ratio)
