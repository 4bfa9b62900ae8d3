"""Descent along the gradient: plain, with momentum, with Nesterov's momentum, and with a rate that learns itself."""

from __future__ import annotations

from itertools import count

import numpy as np

from .. import validate
from ..registry import Iterate, method
from ..schedules import as_schedule


@method(
    chapter="first_order",
    needs="gradient",
    use_when="the problem is smooth and well conditioned, or you want the baseline",
    fails_when="curvatures differ much (it zigzags), or the rate exceeds 2 / L (it diverges)",
    reference="Nocedal and Wright (2006), Numerical Optimization, section 2.2",
)
def gradient_descent(problem, x0, *, learning_rate=0.01):
    r"""Gradient descent: step against the gradient.

    .. math:: x_{t+1} = x_t - \eta \nabla f(x_t)

    The gradient of ``problem.minibatches(batch_size)`` makes this mini-batch descent, and batches of one, stochastic
    descent: the method is the same.

    Parameters
    ----------
    problem : Problem
        With a gradient.
    x0 : ndarray, shape (d,), or float
        Start.
    learning_rate : float or schedule
        :math:`\eta > 0`. With curvature at most :math:`L` it converges for :math:`\eta < 2 / L`.

    Yields
    ------
    Iterate
        ``x`` (d,).

    References
    ----------
    Nocedal and Wright (2006), Numerical Optimization, section 2.2. doi:10.1007/978-0-387-40065-5.
    """
    rate = as_schedule(learning_rate, problem)
    x = x0
    for step in count():
        x = x - rate(step, x) * problem.gradient(x)
        yield Iterate(x)


@method(
    chapter="first_order",
    needs="gradient",
    use_when="curvatures differ, so that plain descent zigzags or crawls",
    fails_when="beta is near 1 without need (it overshoots and rings), or the function is not quadratic-like",
    reference="Polyak (1964), USSR Comput. Math. Math. Phys. 4(5)",
)
def momentum(problem, x0, *, learning_rate=0.01, beta=0.9):
    r"""Momentum (the heavy ball): the step remembers the last one.

    .. math:: v_{t+1} = \beta v_t - \eta \nabla f(x_t), \qquad x_{t+1} = x_t + v_{t+1}

    Parameters
    ----------
    problem : Problem
        With a gradient.
    x0 : ndarray, shape (d,), or float
        Start.
    learning_rate : float or schedule
        :math:`\eta > 0`.
    beta : float
        Part of the last step that is kept, in [0, 1). With 0 this is `gradient_descent`.

    Yields
    ------
    Iterate
        ``x`` (d,) and ``velocity`` (d,), the step just taken.

    Notes
    -----
    PyTorch's ``SGD(momentum=beta)`` keeps :math:`u = -v / \eta` and applies the rate afterwards. A constant rate gives
    the same iterates; where a schedule lowers the rate, PyTorch also shrinks the steps it remembers, this does not.

    References
    ----------
    Polyak (1964), Some methods of speeding up the convergence of iteration methods.
    doi:10.1016/0041-5553(64)90137-5.
    """
    rate = as_schedule(learning_rate, problem)
    validate.fraction(beta=beta)
    x, velocity = x0, np.zeros_like(x0)
    for step in count():
        velocity = beta * velocity - rate(step, x) * problem.gradient(x)
        x = x + velocity
        yield Iterate(x, velocity=velocity)


@method(
    chapter="first_order",
    needs="gradient",
    use_when="the function is convex and smooth: no first-order method has a better rate",
    fails_when="gradients are noisy (the noise accumulates with the momentum)",
    reference="Sutskever et al. (2013), ICML, equations (3) and (4)",
)
def nesterov(problem, x0, *, learning_rate=0.01, beta=0.9):
    r"""Nesterov's momentum: the gradient is taken where the momentum is about to lead.

    .. math:: v_{t+1} = \beta v_t - \eta \nabla f(x_t + \beta v_t), \qquad x_{t+1} = x_t + v_{t+1}

    Parameters
    ----------
    problem : Problem
        With a gradient.
    x0 : ndarray, shape (d,), or float
        Start.
    learning_rate : float or schedule
        :math:`\eta > 0`; the theory wants at most :math:`1 / L`.
    beta : float or schedule
        Part of the last step that is kept, in [0, 1). With 0 this is `gradient_descent`. The rate
        :math:`O(1/t^2)` on convex functions is that of the schedule ``lambda step: step / (step + 3)``.

    Yields
    ------
    Iterate
        ``x`` (d,) and ``velocity`` (d,), the step just taken.

    Notes
    -----
    PyTorch's ``SGD(nesterov=True)`` stores the point ahead, :math:`x_t + \beta v_t`, in place of :math:`x_t`.

    References
    ----------
    Sutskever, Martens, Dahl and Hinton (2013), On the importance of initialization and momentum in deep learning,
    equations (3) and (4), which is Nesterov (1983) rewritten.
    """
    rate = as_schedule(learning_rate, problem)
    decay = _as_decay(beta)
    x, velocity = x0, np.zeros_like(x0)
    for step in count():
        ahead = x + decay(step) * velocity
        velocity = decay(step) * velocity - rate(step, x) * problem.gradient(ahead)
        x = x + velocity
        yield Iterate(x, velocity=velocity)


def _as_decay(beta):
    if not callable(beta):
        validate.fraction(beta=beta)
        return lambda step: beta
    return as_schedule(beta, name="beta")


@method(
    chapter="first_order",
    needs="gradient",
    use_when="a good learning rate is not known and trying several is too dear",
    fails_when="hyper_rate is too large (the rate may even turn negative): it needs tuning of its own",
    reference="Baydin et al. (2018), ICLR, Algorithm 4 (SGD-HD)",
)
def hypergradient_descent(problem, x0, *, learning_rate=0.01, hyper_rate=1e-4):
    r"""Hypergradient descent: descend in the learning rate, too.

    Since :math:`\partial f(x_t) / \partial \eta = -\nabla f(x_t) \cdot \nabla f(x_{t-1})`, the rate grows while
    successive gradients agree and shrinks when they turn:

    .. math:: \eta_t = \eta_{t-1} + \mu \nabla f(x_t) \cdot \nabla f(x_{t-1}), \qquad
              x_{t+1} = x_t - \eta_t \nabla f(x_t)

    Parameters
    ----------
    problem : Problem
        With a gradient.
    x0 : ndarray, shape (d,), or float
        Start.
    learning_rate : float
        First rate :math:`\eta_0 > 0` (a number: the method is the schedule).
    hyper_rate : float
        :math:`\mu \ge 0`. With 0 this is `gradient_descent`.

    Yields
    ------
    Iterate
        ``x`` (d,) and ``learning_rate``, the rate just used.

    References
    ----------
    Baydin, Cornish, Martinez Rubio, Schmidt and Wood (2018), Online learning rate adaptation with hypergradient
    descent, Algorithm 4. arXiv:1703.04782.
    """
    validate.positive(learning_rate=learning_rate)
    validate.not_negative(hyper_rate=hyper_rate)
    x, rate, last_gradient = x0, learning_rate, np.zeros_like(x0)
    while True:
        gradient = problem.gradient(x)
        rate = rate + hyper_rate * np.sum(gradient * last_gradient)
        x = x - rate * gradient
        last_gradient = gradient
        yield Iterate(x, learning_rate=rate)
