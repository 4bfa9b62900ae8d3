"""Rates of their own for every coordinate: AdaGrad, AdaDelta, RMSProp, Adam and AdamW."""

from __future__ import annotations

from itertools import count

import numpy as np

from .. import validate
from ..registry import Iterate, method
from ..schedules import as_schedule
from .blocks import BLOCK, adam_in_blocks


@method(
    chapter="first_order",
    needs="gradient",
    use_when="features are sparse: rare ones keep a large rate",
    fails_when="training is long: the sum only grows, so every rate dies away",
    reference="Duchi, Hazan and Singer (2011), JMLR 12, Figure 1",
)
def adagrad(problem, x0, *, learning_rate=0.01, epsilon=1e-10):
    r"""AdaGrad: divide each coordinate's rate by the root of the sum of its squared gradients.

    .. math:: s_t = s_{t-1} + g_t^2, \qquad x_t = x_{t-1} - \eta \frac{g_t}{\sqrt{s_t} + \epsilon}

    Parameters
    ----------
    problem : Problem
        With a gradient.
    x0 : ndarray, shape (d,), or float
        Start.
    learning_rate : float or schedule
        :math:`\eta > 0`.
    epsilon : float
        :math:`\epsilon > 0`, outside the root as in PyTorch; Optax has it inside and starts the sum at 0.1.

    Yields
    ------
    Iterate
        ``x`` (d,) and ``sum_of_squares`` (d,).

    References
    ----------
    Duchi, Hazan and Singer (2011), Adaptive subgradient methods, JMLR 12:2121-2159, Figure 1 (diagonal).
    """
    rate = as_schedule(learning_rate, problem)
    validate.positive(epsilon=epsilon)
    x, sum_of_squares = x0, np.zeros_like(x0)
    for step in count():
        gradient = problem.gradient(x)
        sum_of_squares = sum_of_squares + gradient**2
        x = x - rate(step, x) * gradient / (np.sqrt(sum_of_squares) + epsilon)
        yield Iterate(x, sum_of_squares=sum_of_squares)


@method(
    chapter="first_order",
    needs="gradient",
    use_when="AdaGrad's rates die away; recurrent networks, its first home",
    fails_when="the rate is constant and the end must be exact: it circles the minimum",
    reference="Tieleman and Hinton (2012), Neural Networks for Machine Learning, lecture 6.5, slide 29",
)
def rmsprop(problem, x0, *, learning_rate=0.01, decay=0.9, epsilon=1e-8):
    r"""RMSProp: divide by the root of a moving average of the squared gradients.

    .. math:: v_t = \rho v_{t-1} + (1 - \rho) g_t^2, \qquad x_t = x_{t-1} - \eta \frac{g_t}{\sqrt{v_t} + \epsilon}

    Parameters
    ----------
    problem : Problem
        With a gradient.
    x0 : ndarray, shape (d,), or float
        Start.
    learning_rate : float or schedule
        :math:`\eta > 0`.
    decay : float
        :math:`\rho` in [0, 1); 0.9 is Hinton's, PyTorch (``alpha``) has 0.99.
    epsilon : float
        :math:`\epsilon > 0`, outside the root as in PyTorch; Optax has it inside.

    Yields
    ------
    Iterate
        ``x`` (d,) and ``v`` (d,), the average.

    References
    ----------
    Tieleman and Hinton (2012), Neural Networks for Machine Learning, lecture 6.5, slide 29.
    """
    rate = as_schedule(learning_rate, problem)
    validate.fraction(decay=decay)
    validate.positive(epsilon=epsilon)
    x, v = x0, np.zeros_like(x0)
    for step in count():
        gradient = problem.gradient(x)
        v = decay * v + (1 - decay) * gradient**2
        x = x - rate(step, x) * gradient / (np.sqrt(v) + epsilon)
        yield Iterate(x, v=v)


@method(
    chapter="first_order",
    needs="gradient",
    use_when="no learning rate is known at all",
    fails_when="speed matters: its first steps are of size sqrt(epsilon), so it starts slowly",
    reference="Zeiler (2012), arXiv:1212.5701, Algorithm 1",
)
def adadelta(problem, x0, *, learning_rate=1.0, decay=0.95, epsilon=1e-6):
    r"""AdaDelta: RMSProp whose rate is the root mean square of its own recent steps.

    .. math:: \Delta_t = -\frac{\sqrt{u_{t-1} + \epsilon}}{\sqrt{v_t + \epsilon}}\, g_t, \qquad
              x_t = x_{t-1} + \eta \Delta_t

    with :math:`v` and :math:`u` the moving averages of :math:`g^2` and :math:`\Delta^2`.

    Parameters
    ----------
    problem : Problem
        With a gradient.
    x0 : ndarray, shape (d,), or float
        Start.
    learning_rate : float or schedule
        :math:`\eta > 0`; the paper has none, which is 1.
    decay : float
        :math:`\rho` in [0, 1) of both averages; 0.95 is the paper's, PyTorch has 0.9.
    epsilon : float
        :math:`\epsilon > 0`, inside the roots.

    Yields
    ------
    Iterate
        ``x`` (d,), ``v`` (d,) and ``u`` (d,).

    References
    ----------
    Zeiler (2012), ADADELTA: an adaptive learning rate method, Algorithm 1. arXiv:1212.5701.
    """
    rate = as_schedule(learning_rate, problem)
    validate.fraction(decay=decay)
    validate.positive(epsilon=epsilon)
    x, v, u = x0, np.zeros_like(x0), np.zeros_like(x0)
    for step in count():
        gradient = problem.gradient(x)
        v = decay * v + (1 - decay) * gradient**2
        delta = -np.sqrt(u + epsilon) / np.sqrt(v + epsilon) * gradient
        u = decay * u + (1 - decay) * delta**2
        x = x + rate(step, x) * delta
        yield Iterate(x, v=v, u=u)


@method(
    chapter="first_order",
    needs="gradient",
    use_when="training a network: the robust first choice with little tuning",
    fails_when="rare large gradients carry the signal (see amsgrad), or a well-tuned momentum generalises better",
    reference="Kingma and Ba (2015), arXiv:1412.6980, Algorithm 1",
)
def adam(problem, x0, *, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
    r"""Adam: momentum over RMSProp's scaling, both corrected for starting at zero.

    .. math::
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1) g_t, & \hat m_t &= m_t / (1 - \beta_1^t) \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2, & \hat v_t &= v_t / (1 - \beta_2^t) \\
        x_t &= x_{t-1} - \eta \hat m_t / (\sqrt{\hat v_t} + \epsilon)

    Parameters
    ----------
    problem : Problem
        With a gradient.
    x0 : ndarray, shape (d,), or float
        Start.
    learning_rate : float or schedule
        :math:`\eta > 0`, about the length of a step along each coordinate.
    beta1, beta2 : float
        Decay of the two averages, in [0, 1).
    epsilon : float
        :math:`\epsilon > 0`, outside the root and after the correction, as in the paper's Algorithm 1, PyTorch and
        Optax; TensorFlow adds it before the correction ("epsilon hat", the paper's section 2).

    Yields
    ------
    Iterate
        ``x`` (d,), ``m`` (d,) and ``v`` (d,), before correction; with more than 32768 variables ``x`` alone.

    References
    ----------
    Kingma and Ba (2015), Adam: a method for stochastic optimization, Algorithm 1. arXiv:1412.6980.
    """
    rate = as_schedule(learning_rate, problem)
    validate.fraction(beta1=beta1, beta2=beta2)
    validate.positive(epsilon=epsilon)
    if np.size(x0) > BLOCK:  # the same rule, arranged for the processor's cache
        yield from adam_in_blocks(problem, x0, rate, beta1, beta2, epsilon)
    x, m, v = x0, np.zeros_like(x0), np.zeros_like(x0)
    for step in count(1):
        gradient = problem.gradient(x)
        m = beta1 * m + (1 - beta1) * gradient
        v = beta2 * v + (1 - beta2) * gradient**2
        m_hat = m / (1 - beta1**step)
        v_hat = v / (1 - beta2**step)
        x = x - rate(step - 1, x) * m_hat / (np.sqrt(v_hat) + epsilon)
        yield Iterate(x, m=m, v=v)


@method(
    chapter="first_order",
    needs="gradient",
    use_when="training a network with weight decay: the default for transformers",
    fails_when="the problem has no reason to pull the parameters to zero (its minimum is not the objective's)",
    reference="Loshchilov and Hutter (2019), arXiv:1711.05101, Algorithm 2",
)
def adamw(problem, x0, *, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8, weight_decay=0.01):
    r"""AdamW: Adam, and apart from it every parameter shrinks by the same part.

    .. math:: x_t = x_{t-1} - \eta \left( \hat m_t / (\sqrt{\hat v_t} + \epsilon) + \lambda x_{t-1} \right)

    An L2 penalty in the objective would put :math:`\lambda x` into the gradient, where Adam divides it by
    :math:`\sqrt{\hat v}`: parameters with large gradients would then decay less. Here they do not.

    Parameters
    ----------
    problem : Problem
        With a gradient.
    x0 : ndarray, shape (d,), or float
        Start.
    learning_rate : float or schedule
        :math:`\eta > 0`.
    beta1, beta2, epsilon : float
        As in `adam`.
    weight_decay : float
        :math:`\lambda \ge 0`. With 0 this is `adam`. The decay is multiplied by the rate, as in PyTorch and Optax; the
        paper multiplies it by the schedule alone, without :math:`\alpha`.

    Yields
    ------
    Iterate
        ``x`` (d,), ``m`` (d,) and ``v`` (d,), before correction; with more than 32768 variables ``x`` alone.

    References
    ----------
    Loshchilov and Hutter (2019), Decoupled weight decay regularization, Algorithm 2. arXiv:1711.05101. Deviation: the
    rate multiplies the decay, too.
    """
    rate = as_schedule(learning_rate, problem)
    validate.fraction(beta1=beta1, beta2=beta2)
    validate.positive(epsilon=epsilon)
    validate.not_negative(weight_decay=weight_decay)
    if np.size(x0) > BLOCK:  # the same rule, arranged for the processor's cache
        yield from adam_in_blocks(problem, x0, rate, beta1, beta2, epsilon, weight_decay)
    x, m, v = x0, np.zeros_like(x0), np.zeros_like(x0)
    for step in count(1):
        gradient = problem.gradient(x)
        m = beta1 * m + (1 - beta1) * gradient
        v = beta2 * v + (1 - beta2) * gradient**2
        m_hat = m / (1 - beta1**step)
        v_hat = v / (1 - beta2**step)
        x = x - rate(step - 1, x) * (m_hat / (np.sqrt(v_hat) + epsilon) + weight_decay * x)
        yield Iterate(x, m=m, v=v)
