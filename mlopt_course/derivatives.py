"""Derivatives from function values, to stand in for a gradient and to check one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

# The central difference's error is (rounding) eps/h + (truncation) h^2: least at h ~ eps^(1/3).
CENTRAL_STEP = float(np.finfo(float).eps ** (1 / 3))


def finite_difference_gradient(fun: Callable[[Any], float], x: Any, *, step: float = CENTRAL_STEP) -> Any:
    r"""Central differences: ``(f(x + h e_i) - f(x - h e_i)) / (2 h)`` for each axis, ``2 d`` evaluations.

    Parameters
    ----------
    fun : callable
        ``fun(x) -> float``.
    x : ndarray, shape (d,), or float
        Where.
    step : float
        Relative step; the step along axis ``i`` is ``step * max(1, |x_i|)``. Must be positive.

    Returns
    -------
    ndarray, shape (d,), or float
        Error :math:`O(h^2)`, about 1e-10 relative on well-scaled functions.

    References
    ----------
    Nocedal and Wright (2006), Numerical Optimization, equation (8.7).
    """
    if not step > 0:
        raise ValueError(f"step must be positive, got {step!r}")
    point = np.asarray(x, dtype=float)
    flat = point.ravel()
    gradient = np.empty_like(flat)
    for i in range(flat.size):
        h = step * max(1.0, abs(flat[i]))
        ahead, behind = flat.copy(), flat.copy()
        ahead[i] += h
        behind[i] -= h
        rise = float(fun(ahead.reshape(point.shape)[()])) - float(fun(behind.reshape(point.shape)[()]))
        gradient[i] = rise / (ahead[i] - behind[i])
    return gradient.reshape(point.shape)[()]


def complex_step_gradient(fun: Callable[[Any], Any], x: Any, *, step: float = 1e-20) -> Any:
    r"""Gradient by the complex step, ``Im f(x + i h e_j) / h``: exact to rounding, no cancellation.

    Parameters
    ----------
    fun : callable
        Real-analytic, and written so that it accepts complex ``x`` (no ``abs``, ``max`` or comparisons).
    x : ndarray, shape (d,), or float
        Where.
    step : float
        Imaginary step, positive; the default is far below rounding.

    Returns
    -------
    ndarray, shape (d,), or float

    References
    ----------
    Squire and Trapp (1998), SIAM Review 40(1), doi:10.1137/S003614459631241X.
    """
    if not step > 0:
        raise ValueError(f"step must be positive, got {step!r}")
    point = np.asarray(x, dtype=float)
    flat = point.ravel()
    gradient = np.empty_like(flat)
    for i in range(flat.size):
        shifted = flat.astype(complex)
        shifted[i] += 1j * step
        gradient[i] = np.imag(fun(shifted.reshape(point.shape)[()])) / step
    return gradient.reshape(point.shape)[()]


def check_gradient(fun: Callable[[Any], float], gradient: Callable[[Any], Any], x: Any) -> float:
    """Largest difference between ``gradient(x)`` and central differences, relative to ``max(1, |gradient|)``.

    A right gradient of a well-scaled smooth function gives below 1e-7; a wrong one gives 1e-3 or more.
    """
    claimed = np.asarray(gradient(x), dtype=float)
    measured = np.asarray(finite_difference_gradient(fun, x))
    if claimed.shape != measured.shape:
        raise ValueError(f"gradient must return shape {measured.shape}, the shape of x, got {claimed.shape}")
    return float(np.max(np.abs(claimed - measured)) / max(1.0, float(np.max(np.abs(claimed)))))
