"""Descent with noise added on purpose, to leave saddles and shallow minima."""

from __future__ import annotations

from itertools import count

from .. import validate
from ..registry import Iterate, method
from ..schedules import as_schedule
from .box import on_vectors


@method(
    chapter="stochastic",
    needs="gradient",
    use_when="gradient descent stalls at saddles or in small dents",
    fails_when="the noise decays too slowly: the iterates hover around the minimum at the noise's own scale",
    reference="Kochenderfer and Wheeler (2019), Algorithms for Optimization, Algorithm 8.1",
)
@on_vectors
def noisy_descent(problem, x0, *, learning_rate=0.01, noise=1.0, decay=1.0, rng):
    r"""Noisy descent: a gradient step plus a normal one whose size fades.

    .. math:: x_{k+1} = x_k - \eta \nabla f(x_k) + \frac{\sigma}{k^{p}} \varepsilon_k, \qquad
              \varepsilon_k \sim N(0, I), \quad k = 1, 2, \dots

    Parameters
    ----------
    problem : Problem
        With a gradient.
    x0 : ndarray, shape (d,), or float
        Start.
    learning_rate : float or schedule
        :math:`\eta > 0`.
    noise : float
        :math:`\sigma \ge 0`; 0 is `gradient_descent`.
    decay : float
        :math:`p \ge 0`; 1 by default.

    Yields
    ------
    Iterate
        ``x`` (d,) and ``noise``, the size of the random step.

    References
    ----------
    Kochenderfer and Wheeler (2019), Algorithm 8.1.
    """
    rate = as_schedule(learning_rate, problem)
    validate.not_negative(noise=noise, decay=decay)
    x = x0
    for step in count():
        size = noise / (step + 1) ** decay
        x = x - rate(step, x) * problem.gradient(x) + size * rng.standard_normal(x.size)
        yield Iterate(x, noise=size)
