"""Variants of Adam: AMSGrad, NAdam, RAdam and AdaMax."""

from __future__ import annotations

from itertools import count

import numpy as np

from .. import validate
from ..registry import Iterate, method
from ..schedules import as_schedule


@method(
    chapter="first_order",
    needs="gradient",
    use_when="Adam does not settle because rare large gradients carry the signal",
    fails_when="one early huge gradient makes every later step tiny: the maximum never forgets",
    reference="Reddi, Kale and Kumar (2018), arXiv:1904.09237, Algorithm 2",
)
def amsgrad(problem, x0, *, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
    r"""AMSGrad: Adam that divides by the largest average so far, so that no rate ever grows.

    .. math:: v^{\max}_t = \max(v^{\max}_{t-1}, v_t), \qquad
              x_t = x_{t-1} - \eta \hat m_t / (\sqrt{v^{\max}_t / (1 - \beta_2^t)} + \epsilon)

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

    Yields
    ------
    Iterate
        ``x`` (d,), ``m``, ``v`` and ``v_max`` (d,).

    Notes
    -----
    The paper corrects no bias; PyTorch corrects as written here, and so do we. Optax takes the maximum of the corrected
    averages instead. Where :math:`v` never decreases this is `adam`.

    References
    ----------
    Reddi, Kale and Kumar (2018), On the convergence of Adam and beyond, Algorithm 2. arXiv:1904.09237. Deviation: the
    correction of the bias noted above.
    """
    rate = as_schedule(learning_rate, problem)
    validate.fraction(beta1=beta1, beta2=beta2)
    validate.positive(epsilon=epsilon)
    x, m, v, v_max = x0, np.zeros_like(x0), np.zeros_like(x0), np.zeros_like(x0)
    for step in count(1):
        gradient = problem.gradient(x)
        m = beta1 * m + (1 - beta1) * gradient
        v = beta2 * v + (1 - beta2) * gradient**2
        v_max = np.maximum(v_max, v)
        m_hat = m / (1 - beta1**step)
        v_hat = v_max / (1 - beta2**step)
        x = x - rate(step - 1, x) * m_hat / (np.sqrt(v_hat) + epsilon)
        yield Iterate(x, m=m, v=v, v_max=v_max)


@method(
    chapter="first_order",
    needs="gradient",
    use_when="Adam works and a little more speed is wanted at the same cost",
    fails_when="rare large gradients carry the signal, as for Adam: only the momentum is different",
    reference="Dozat (2016), ICLR workshop",
)
def nadam(problem, x0, *, learning_rate=0.002, beta1=0.9, beta2=0.999, epsilon=1e-8, momentum_decay=0.004):
    r"""NAdam: Adam with Nesterov's momentum.

    .. math::
        \mu_t &= \beta_1 (1 - \tfrac12 0.96^{t \psi}), \qquad \pi_t = \mu_1 \cdots \mu_t \\
        \bar m_t &= \frac{\mu_{t+1}}{1 - \pi_{t+1}} m_t + \frac{1 - \mu_t}{1 - \pi_t} g_t, \qquad
        x_t = x_{t-1} - \eta \bar m_t / (\sqrt{\hat v_t} + \epsilon)

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
    momentum_decay : float
        :math:`\psi > 0`, how fast :math:`\mu_t` rises from about :math:`\beta_1 / 2` to :math:`\beta_1`.

    Yields
    ------
    Iterate
        ``x`` (d,), ``m`` and ``v`` (d,).

    Notes
    -----
    As in PyTorch, :math:`m` itself decays by :math:`\beta_1`, not by :math:`\mu_t`. Optax's ``nadam`` has no warming
    schedule: :math:`\mu_t = \beta_1`.

    References
    ----------
    Dozat (2016), Incorporating Nesterov momentum into Adam, ICLR workshop. Deviation: the decay of :math:`m` noted
    above.
    """
    rate = as_schedule(learning_rate, problem)
    validate.fraction(beta1=beta1, beta2=beta2)
    validate.positive(epsilon=epsilon, momentum_decay=momentum_decay)
    x, m, v, mu_product = x0, np.zeros_like(x0), np.zeros_like(x0), 1.0
    for step in count(1):
        gradient = problem.gradient(x)
        mu = beta1 * (1 - 0.5 * 0.96 ** (step * momentum_decay))
        mu_next = beta1 * (1 - 0.5 * 0.96 ** ((step + 1) * momentum_decay))
        mu_product = mu_product * mu
        m = beta1 * m + (1 - beta1) * gradient
        v = beta2 * v + (1 - beta2) * gradient**2
        m_bar = mu_next / (1 - mu_product * mu_next) * m + (1 - mu) / (1 - mu_product) * gradient
        v_hat = v / (1 - beta2**step)
        x = x - rate(step - 1, x) * m_bar / (np.sqrt(v_hat) + epsilon)
        yield Iterate(x, m=m, v=v)


@method(
    chapter="first_order",
    needs="gradient",
    use_when="Adam needs a warm-up and you do not want to tune one",
    fails_when="the first, unscaled steps are too large for the learning rate: they are those of momentum",
    reference="Liu et al. (2020), arXiv:1908.03265, Algorithm 2",
)
def radam(problem, x0, *, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
    r"""RAdam: Adam whose steps are held back while the average of squares rests on too few of them.

    .. math::
        \rho_\infty = \frac{2}{1 - \beta_2} - 1, \quad
        \rho_t = \rho_\infty - \frac{2 t \beta_2^t}{1 - \beta_2^t}, \quad
        r_t = \sqrt{\frac{(\rho_t - 4)(\rho_t - 2) \rho_\infty}{(\rho_\infty - 4)(\rho_\infty - 2) \rho_t}}

    The step is :math:`-\eta r_t \hat m_t \sqrt{1 - \beta_2^t} / (\sqrt{v_t} + \epsilon)` once :math:`\rho_t > 5`, and
    :math:`-\eta \hat m_t` before.

    Parameters
    ----------
    problem : Problem
        With a gradient.
    x0 : ndarray, shape (d,), or float
        Start.
    learning_rate : float or schedule
        :math:`\eta > 0`.
    beta1, beta2 : float
        As in `adam`.
    epsilon : float
        :math:`\epsilon > 0`, added before the correction, as in PyTorch; Optax adds it after.

    Yields
    ------
    Iterate
        ``x`` (d,), ``m`` and ``v`` (d,).

    References
    ----------
    Liu et al. (2020), On the variance of the adaptive learning rate and beyond, Algorithm 2. arXiv:1908.03265.
    Deviation: the threshold is 5, not 4, as in the authors' code, PyTorch and Optax.
    """
    rate = as_schedule(learning_rate, problem)
    validate.fraction(beta1=beta1, beta2=beta2)
    validate.positive(epsilon=epsilon)
    x, m, v = x0, np.zeros_like(x0), np.zeros_like(x0)
    rho_inf = 2 / (1 - beta2) - 1
    for step in count(1):
        gradient = problem.gradient(x)
        m = beta1 * m + (1 - beta1) * gradient
        v = beta2 * v + (1 - beta2) * gradient**2
        m_hat = m / (1 - beta1**step)
        rho = rho_inf - 2 * step * beta2**step / (1 - beta2**step)
        scale = 1.0
        if rho > 5:
            r = np.sqrt((rho - 4) * (rho - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho))
            scale = r * np.sqrt(1 - beta2**step) / (np.sqrt(v) + epsilon)
        x = x - rate(step - 1, x) * m_hat * scale
        yield Iterate(x, m=m, v=v)


@method(
    chapter="first_order",
    needs="gradient",
    use_when="gradients are sparse or have outliers, as with embeddings",
    fails_when="one outlier keeps a coordinate's steps small for about 1 / (1 - beta2) steps",
    reference="Kingma and Ba (2015), arXiv:1412.6980, Algorithm 2",
)
def adamax(problem, x0, *, learning_rate=0.002, beta1=0.9, beta2=0.999, epsilon=1e-8):
    r"""AdaMax: Adam with the largest recent gradient in place of the root mean square.

    .. math:: u_t = \max(\beta_2 u_{t-1}, |g_t| + \epsilon), \qquad
              x_t = x_{t-1} - \frac{\eta}{1 - \beta_1^t} \frac{m_t}{u_t}

    Parameters
    ----------
    problem : Problem
        With a gradient.
    x0 : ndarray, shape (d,), or float
        Start.
    learning_rate : float or schedule
        :math:`\eta > 0`.
    beta1, beta2 : float
        As in `adam`.
    epsilon : float
        :math:`\epsilon > 0`, inside the maximum as in PyTorch; the paper has none, and divides 0 by 0 at a
        coordinate without gradient.

    Yields
    ------
    Iterate
        ``x`` (d,), ``m`` and ``u`` (d,).

    References
    ----------
    Kingma and Ba (2015), Adam: a method for stochastic optimization, Algorithm 2. arXiv:1412.6980. Deviation: the
    epsilon noted above.
    """
    rate = as_schedule(learning_rate, problem)
    validate.fraction(beta1=beta1, beta2=beta2)
    validate.positive(epsilon=epsilon)
    x, m, u = x0, np.zeros_like(x0), np.zeros_like(x0)
    for step in count(1):
        gradient = problem.gradient(x)
        m = beta1 * m + (1 - beta1) * gradient
        u = np.maximum(beta2 * u, np.abs(gradient) + epsilon)
        x = x - rate(step - 1, x) / (1 - beta1**step) * m / u
        yield Iterate(x, m=m, u=u)
