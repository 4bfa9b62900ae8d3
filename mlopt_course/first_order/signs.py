"""Steps by the sign of the gradient, which ignore its size: Rprop and Lion."""

from __future__ import annotations

from itertools import count

import numpy as np

from .. import validate
from ..registry import Iterate, method
from ..schedules import as_schedule


@method(
    chapter="first_order",
    needs="gradient",
    use_when="the whole batch fits and gradients differ by orders of magnitude between coordinates",
    fails_when="gradients are noisy: with mini-batches the signs, and with them the steps, are arbitrary",
    reference="Igel and Huesken (2003), Neurocomputing 50, algorithm iRprop-",
)
def rprop(problem, x0, *, initial_step=0.01, increase=1.2, decrease=0.5, smallest=1e-6, largest=50.0):
    r"""Rprop: each coordinate has its own step, which grows while the gradient keeps its sign and shrinks when not.

    Parameters
    ----------
    problem : Problem
        With a gradient.
    x0 : ndarray, shape (d,), or float
        Start.
    initial_step : float
        First step of every coordinate, > 0.
    increase, decrease : float
        Factors on a step when the sign stays (above 1) and when it turns (in (0, 1)).
    smallest, largest : float
        What a step is kept between, ``0 < smallest <= largest``. Factors and limits are those of Riedmiller and Braun;
        the first step is PyTorch's.

    Yields
    ------
    Iterate
        ``x`` (d,) and ``step_sizes`` (d,).

    References
    ----------
    Igel and Huesken (2003), Empirical evaluation of the improved Rprop learning algorithms, Neurocomputing 50,
    algorithm iRprop-, which is also PyTorch's: after a turn of the sign, the coordinate rests for one step.
    doi:10.1016/S0925-2312(01)00700-7. The original is Riedmiller and Braun (1993).
    """
    validate.positive(initial_step=initial_step, smallest=smallest, largest=largest)
    _check_factors(increase, decrease, smallest, largest)
    x, last_gradient, step_sizes = x0, np.zeros_like(x0), np.full_like(x0, initial_step)
    while True:
        gradient = problem.gradient(x)
        agreement = gradient * last_gradient
        factor = np.where(agreement > 0, increase, np.where(agreement < 0, decrease, 1.0))
        step_sizes = np.clip(step_sizes * factor, smallest, largest)
        gradient = np.where(agreement < 0, 0.0, gradient)
        x = x - np.sign(gradient) * step_sizes
        last_gradient = gradient
        yield Iterate(x, step_sizes=step_sizes)


def _check_factors(increase, decrease, smallest, largest):
    if not (validate.is_real(increase) and increase > 1):
        raise ValueError(f"increase must be above 1, got {increase!r}")
    if not (validate.is_real(decrease) and 0 < decrease < 1):
        raise ValueError(f"decrease must be above 0 and below 1, got {decrease!r}")
    if smallest > largest:
        raise ValueError(f"smallest must be at most largest = {largest!r}, got {smallest!r}")


@method(
    chapter="first_order",
    needs="gradient",
    use_when="memory is dear (one average, not two) and batches are large",
    fails_when="the rate is constant: every step has the same length, so it never settles",
    reference="Chen et al. (2023), arXiv:2302.06675, Algorithm 2",
)
def lion(problem, x0, *, learning_rate=1e-4, beta1=0.9, beta2=0.99, weight_decay=0.0):
    r"""Lion: every coordinate moves by the same length, in the direction of the momentum's sign.

    .. math::
        c_t &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        x_t &= x_{t-1} - \eta (\operatorname{sign}(c_t) + \lambda x_{t-1}) \\
        m_t &= \beta_2 m_{t-1} + (1 - \beta_2) g_t

    Parameters
    ----------
    problem : Problem
        With a gradient.
    x0 : ndarray, shape (d,), or float
        Start.
    learning_rate : float or schedule
        :math:`\eta > 0`, the length of each step along each coordinate: about a tenth of what Adam gets.
    beta1, beta2 : float
        Weight of the momentum in the step, and its decay, in [0, 1).
    weight_decay : float
        :math:`\lambda \ge 0`, decoupled as in `adamw`. Optax's default is 1e-3.

    Yields
    ------
    Iterate
        ``x`` (d,) and ``m`` (d,).

    References
    ----------
    Chen et al. (2023), Symbolic discovery of optimization algorithms, Algorithm 2. arXiv:2302.06675.
    """
    rate = as_schedule(learning_rate, problem)
    validate.fraction(beta1=beta1, beta2=beta2)
    validate.not_negative(weight_decay=weight_decay)
    x, m = x0, np.zeros_like(x0)
    for step in count():
        gradient = problem.gradient(x)
        c = beta1 * m + (1 - beta1) * gradient
        x = x - rate(step, x) * (np.sign(c) + weight_decay * x)
        m = beta2 * m + (1 - beta2) * gradient
        yield Iterate(x, m=m)
