r"""Least-squares problems, :math:`f(x) = \frac12 \lVert r(x) \rVert^2`, from their residuals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..problem import Problem


def least_squares(
    residuals: Callable[[Any], Any], x0: Any, jacobian: Callable[[Any], Any] | None = None, **known: Any
) -> Problem:
    r"""The problem whose objective is half the sum of squared residuals.

    Parameters
    ----------
    residuals : callable
        ``residuals(x)`` of shape (m,).
    x0 : array_like, shape (d,)
        Start.
    jacobian : callable, optional
        ``jacobian(x)`` of shape (m, d), the derivatives of the residuals. Without it, methods take central differences.
    **known
        Further fields of the `Problem`: ``x_opt``, ``f_opt``, ``window``, ``name``...

    Returns
    -------
    Problem
        With ``residuals`` and ``jacobian`` for the least-squares methods, and with ``fun``, and ``gradient``
        :math:`J^\top r` where there is a Jacobian, for all others.
    """
    if not callable(residuals):
        raise ValueError(f"residuals must be callable, got {residuals!r}")

    def fun(x):
        r = np.asarray(residuals(x))
        if r.ndim != 1:
            raise TypeError(f"residuals must return an array of shape (m,), got shape {r.shape}")
        return 0.5 * float(r @ r)

    def gradient(x):
        return np.asarray(residuals(x)) @ jacobian(x)  # type: ignore[misc]

    return Problem(
        fun,
        None if jacobian is None else gradient,
        x0=np.asarray(x0, dtype=float),
        residuals=residuals,
        jacobian=jacobian,
        **{"name": "least squares", **known},
    )
