r"""Losses for numbers. All are functions of the residual, prediction less target.

Their derivatives say how strongly one sample pulls: without bound for the squared loss, at most 1 (or delta) for the
others, which is why outliers move those less.
"""

from __future__ import annotations

import numpy as np

from .. import validate
from .loss import Loss, same_shape


@Loss
def mean_squared_error(target, prediction):
    r"""Squared error, :math:`r^2` with :math:`r = \hat y - y`; its minimiser is the mean.

    No factor 1/2: scikit-learn's ``mean_squared_error``. See `Loss` for arguments.
    """
    same_shape(target, prediction)
    residual = prediction - target
    return residual**2, 2 * residual


@Loss
def mean_absolute_error(target, prediction):
    r"""Absolute error, :math:`|r|`; its minimiser is the median. The derivative at 0 is given as 0.

    scikit-learn's ``mean_absolute_error``. See `Loss` for arguments.
    """
    same_shape(target, prediction)
    residual = prediction - target
    return np.abs(residual), np.sign(residual)


@Loss
def huber(target, prediction, *, delta=1.0):
    r"""Huber loss: squared near 0 and linear beyond, :math:`r^2 / 2` for :math:`|r| \le \delta`, else
    :math:`\delta (|r| - \delta / 2)`.

    Parameters
    ----------
    target, prediction
        See `Loss`.
    delta : float
        Where the loss becomes linear, > 0.

    References
    ----------
    Huber (1964), doi:10.1214/aoms/1177703732. PyTorch's ``HuberLoss``, `scipy.special.huber`.
    """
    same_shape(target, prediction)
    validate.positive(delta=delta)
    residual = prediction - target
    clipped = np.clip(residual, -delta, delta)  # so that no large residual is squared
    near = np.abs(residual) <= delta
    losses = np.where(near, clipped**2 / 2, delta * (np.abs(residual) - delta / 2))
    return losses, clipped


@Loss
def log_cosh(target, prediction):
    r"""Log-cosh loss, :math:`\log \cosh r`: like Huber's, and smooth.

    It is about :math:`r^2 / 2` near 0 and :math:`|r| - \log 2` far away.

    Written without overflow as :math:`|r| + \log(1 + e^{-2|r|}) - \log 2`. See `Loss` for arguments.
    """
    same_shape(target, prediction)
    residual = prediction - target
    size = np.abs(residual)
    # Near 0 the sum cancels to nothing but rounding; log1p of cosh - 1 = 2 sinh^2(r/2) does not.
    small = np.log1p(2 * np.sinh(np.minimum(size, 1.0) / 2) ** 2)
    losses = np.where(size < 1, small, size + np.log1p(np.exp(-2 * size)) - np.log(2))
    return losses, np.tanh(residual)


@Loss
def quantile(target, prediction, *, level=0.5):
    r"""Quantile (pinball) loss: too low costs :math:`q` a unit and too high :math:`1 - q`; its minimiser is the
    :math:`q`-quantile.

    .. math:: \max(q (y - \hat y), (q - 1) (y - \hat y))

    Parameters
    ----------
    target, prediction
        See `Loss`.
    level : float
        :math:`q` in (0, 1). With 0.5 it is half the absolute error. The derivative at 0 is given as 0.

    References
    ----------
    Koenker and Bassett (1978), doi:10.2307/1913643. scikit-learn's ``mean_pinball_loss``.
    """
    same_shape(target, prediction)
    if not (validate.is_real(level) and 0 < level < 1):
        raise ValueError(f"level must be above 0 and below 1, got {level!r}")
    residual = prediction - target
    slopes = np.where(residual > 0, 1 - level, np.where(residual < 0, -level, 0.0))
    return slopes * residual, slopes
