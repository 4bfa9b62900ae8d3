r"""Acquisition functions: how much a point with posterior mean :math:`m` and deviation :math:`s` is worth trying.

All are for minimisation, with :math:`z = (y^* - \xi - m) / s` and :math:`y^*` the best value so far.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .. import validate

LOG_SQRT_2PI = 0.5 * math.log(2 * math.pi)


def expected_improvement(mean: Any, std: Any, best: float, *, xi: float = 0.0) -> np.ndarray:
    r"""Expected improvement, :math:`E[\max(0, y^* - \xi - f)] = s\,(\varphi(z) + z \Phi(z))`.

    Parameters
    ----------
    mean, std : array_like, shape (n,)
        Of the posterior; where ``std`` is 0 it is :math:`\max(0, y^* - \xi - m)`.
    best : float
        :math:`y^*`.
    xi : float
        :math:`\xi \ge 0`: improvements below it do not count.

    Returns
    -------
    ndarray, shape (n,)
        At least 0; it underflows to 0 far from the best, where `log_expected_improvement` still has a slope.

    References
    ----------
    Jones, Schonlau and Welch (1998), Journal of Global Optimization 13, equation (15).
    """
    from scipy.special import ndtr

    gain, std = _gain(mean, std, best, xi)
    z = np.divide(gain, std, out=np.zeros_like(gain), where=std > 0)
    density = np.exp(-0.5 * z * z - LOG_SQRT_2PI)
    return np.where(std > 0, np.maximum(std * density + gain * ndtr(z), 0.0), np.maximum(gain, 0.0))


def log_expected_improvement(mean: Any, std: Any, best: float, *, xi: float = 0.0) -> np.ndarray:
    r"""Logarithm of `expected_improvement`, right also where that underflows.

    Parameters
    ----------
    mean, std, best, xi
        As for `expected_improvement`, with ``std`` > 0.

    Returns
    -------
    ndarray, shape (n,)

    References
    ----------
    Ament et al. (2023), Unexpected improvements to expected improvement, equations (8) and (9).
    """
    gain, std = _gain(mean, std, best, xi)
    if np.any(std <= 0):
        raise ValueError(f"std must be positive, got {float(np.min(std))!r}")
    return np.log(std) + _log_h(gain / std)


def _log_h(z: np.ndarray) -> np.ndarray:
    r""":math:`\log(\varphi(z) + z \Phi(z))` without cancellation for negative ``z``."""
    from scipy.special import erfcx, ndtr

    near = np.maximum(z, -1.0)
    direct = np.log(np.exp(-0.5 * near * near - LOG_SQRT_2PI) + near * ndtr(near))
    far = np.minimum(z, -1.0)
    # 1 + z Phi(z) / phi(z) = 1 - |z| sqrt(pi / 2) erfcx(|z| / sqrt 2), which tends to 1 / z^2
    rest = 1.0 + far * math.sqrt(math.pi / 2) * erfcx(-far / math.sqrt(2))
    series = (1.0 - 3.0 / far**2 + 15.0 / far**4) / far**2
    rest = np.where(far < -100.0, series, rest)
    return np.where(z > -1.0, direct, -0.5 * far * far - LOG_SQRT_2PI + np.log(rest))


def probability_of_improvement(mean: Any, std: Any, best: float, *, xi: float = 0.0) -> np.ndarray:
    r"""Probability of improvement, :math:`P(f < y^* - \xi) = \Phi(z)`.

    Parameters
    ----------
    mean, std, best, xi
        As for `expected_improvement`; where ``std`` is 0 it is 1 or 0.

    Returns
    -------
    ndarray, shape (n,)

    References
    ----------
    Kushner (1964); Shahriari et al. (2016), Proceedings of the IEEE 104(1), section IV.
    """
    from scipy.special import ndtr

    gain, std = _gain(mean, std, best, xi)
    z = np.divide(gain, std, out=np.zeros_like(gain), where=std > 0)
    return np.where(std > 0, ndtr(z), gain > 0)


def lower_confidence_bound(mean: Any, std: Any, *, beta: float = 2.0) -> np.ndarray:
    r"""Lower confidence bound, :math:`m - \beta s`: the value that a point may have if all goes well. To be minimised.

    Parameters
    ----------
    mean, std : array_like, shape (n,)
        Of the posterior.
    beta : float
        :math:`\beta \ge 0`: the larger, the more it explores.

    Returns
    -------
    ndarray, shape (n,)

    References
    ----------
    Srinivas et al. (2010), ICML (GP-UCB), for minimisation. Their :math:`\beta` is the square of this one.
    """
    validate.not_negative(beta=beta)
    return np.asarray(mean, dtype=float) - beta * np.asarray(std, dtype=float)


def _gain(mean: Any, std: Any, best: float, xi: float) -> tuple[np.ndarray, np.ndarray]:
    validate.not_negative(xi=xi)
    mean, std = np.asarray(mean, dtype=float), np.asarray(std, dtype=float)
    if np.any(std < 0):
        raise ValueError(f"std must be at least 0, got {float(np.min(std))!r}")
    mean, std = np.broadcast_arrays(mean, std)
    return best - xi - mean, std


class Score(NamedTuple):
    """What is maximised to choose a point: its value at many points, and its slopes in mean and deviation at one."""

    values: Callable[[np.ndarray, np.ndarray, float], np.ndarray]
    slopes: Callable[[float, float, float], tuple[float, float]]


def scores(xi: float, beta: float) -> dict[str, Score]:
    """The acquisition functions by name, as scores to maximise; the improvements as logarithms."""
    from scipy.special import log_ndtr

    def improvement_slopes(mean: float, std: float, best: float) -> tuple[float, float]:
        z = np.asarray((best - xi - mean) / std)
        log_h = _log_h(z)
        in_mean = -np.exp(log_ndtr(z) - log_h) / std
        return float(in_mean), float(np.exp(-0.5 * z * z - LOG_SQRT_2PI - log_h) / std)

    def probability_slopes(mean: float, std: float, best: float) -> tuple[float, float]:
        z = (best - xi - mean) / std
        ratio = float(np.exp(-0.5 * z * z - LOG_SQRT_2PI - log_ndtr(z)))
        return -ratio / std, -ratio * z / std

    return {
        "expected_improvement": Score(
            lambda mean, std, best: log_expected_improvement(mean, std, best, xi=xi), improvement_slopes
        ),
        "probability_of_improvement": Score(
            lambda mean, std, best: log_ndtr((best - xi - mean) / std), probability_slopes
        ),
        "lower_confidence_bound": Score(
            lambda mean, std, best: -lower_confidence_bound(mean, std, beta=beta), lambda mean, std, best: (-1.0, beta)
        ),
    }
