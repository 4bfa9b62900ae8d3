"""Derivatives from function values, to stand in for a gradient and to check one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

# The central difference's error is (rounding) eps/h + (truncation) h^2: least at h ~ eps^(1/3).
CENTRAL_STEP = float(np.finfo(float).eps ** (1 / 3))


def finite_difference_gradient(
    fun: Callable[[Any], float], x: Any, *, step: float = CENTRAL_STEP, bounds: np.ndarray | None = None
) -> Any:
    r"""Central differences: ``(f(x + h e_i) - f(x - h e_i)) / (2 h)`` for each axis, ``2 d`` evaluations.

    Parameters
    ----------
    fun : callable
        ``fun(x) -> float``.
    x : ndarray, shape (d,), or float
        Where.
    step : float
        Relative step; the step along axis ``i`` is ``step * max(1, |x_i|)``. Must be positive.
    bounds : ndarray, shape (d, 2), optional
        A box that ``x`` is in and that no evaluation leaves: at its border the difference becomes one-sided.

    Returns
    -------
    ndarray, shape (d,), or float
        Error :math:`O(h^2)`, about 1e-10 relative on well-scaled functions; :math:`O(h)` at the border of ``bounds``,
        and 0 along an axis where these leave no room.

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
        if bounds is not None:
            behind[i], ahead[i] = max(behind[i], bounds[i][0]), min(ahead[i], bounds[i][1])
        run = ahead[i] - behind[i]
        if bounds is not None and run <= 0.0:
            gradient[i] = 0.0
            continue
        gradient[i] = (
            np.subtract(fun(ahead.reshape(point.shape)[()]), fun(behind.reshape(point.shape)[()])).item() / run
        )
    return gradient.reshape(point.shape)[()]


def finite_difference_jacobian(residuals: Callable[[Any], Any], x: Any, *, step: float = CENTRAL_STEP) -> np.ndarray:
    """Central differences of a vector of functions: column ``i`` from ``x + h e_i`` and ``x - h e_i``.

    Parameters
    ----------
    residuals : callable
        ``residuals(x)`` of shape (m,).
    x : ndarray, shape (d,)
        Where.
    step : float
        Relative step, as for `finite_difference_gradient`. Must be positive.

    Returns
    -------
    ndarray, shape (m, d)
    """
    if not step > 0:
        raise ValueError(f"step must be positive, got {step!r}")
    point = np.asarray(x, dtype=float)
    columns = []
    for i in range(point.size):
        ahead, behind = point.copy(), point.copy()
        h = step * max(1.0, abs(point.flat[i]))
        ahead.flat[i] += h
        behind.flat[i] -= h
        difference = np.asarray(residuals(ahead)) - np.asarray(residuals(behind))
        columns.append(difference / (ahead.flat[i] - behind.flat[i]))
    return np.column_stack(columns)


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

    Raises
    ------
    ValueError
        If ``fun`` returns a real number: then it has lost the imaginary part, and with it the derivative.

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
        value = fun(shifted.reshape(point.shape)[()])
        if not np.iscomplexobj(value):
            raise ValueError(
                f"fun must be analytic, so that a complex x gives a complex value; got {value!r} "
                "(does it use abs, max or a comparison?)"
            )
        gradient[i] = np.imag(value).item() / step
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
