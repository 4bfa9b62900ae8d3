"""Stochastic descent whose noise dies away: SAG, SAGA and SVRG, for finite sums ``f(x) = mean_i f_i(x)``."""

from __future__ import annotations

from itertools import count

import numpy as np

from .. import validate
from ..registry import Iterate, method
from ..schedules import as_schedule


@method(
    chapter="first_order",
    needs="finite_sum",
    use_when="a convex finite sum (regression, SVM) whose terms' gradients fit in memory",
    fails_when="there are many terms with long gradients: it stores one for each; deep networks",
    reference="Schmidt, Le Roux and Bach (2017), Math. Program. 162, Algorithm 1",
)
def sag(problem, x0, *, learning_rate=0.01, rng):
    r"""Stochastic average gradient: renew one term's gradient, step along the average of all remembered ones.

    Parameters
    ----------
    problem : Problem
        A finite sum of ``n`` terms.
    x0 : ndarray, shape (d,)
        Start.
    learning_rate : float or schedule
        Positive; with terms of curvature at most :math:`L` the theory wants :math:`1 / (16 L)`, and :math:`1 / L`
        works in practice.
    rng : numpy.random.Generator
        Draws the terms, with replacement.

    Yields
    ------
    Iterate
        ``x`` (d,) after every term; one gradient of one term each. Memory: ``n`` gradients.

    References
    ----------
    Schmidt, Le Roux and Bach (2017), Minimizing finite sums with the stochastic average gradient, Algorithm 1: the
    memory begins with zeros. doi:10.1007/s10107-016-1030-6.
    """
    rate = as_schedule(learning_rate, problem)
    n = problem.n_terms
    x, remembered, average = x0, np.zeros((n, *np.shape(x0))), np.zeros_like(x0)
    for step in count():
        i = rng.integers(n)
        gradient = problem.terms_gradient(x, np.array([i]))
        average = average + (gradient - remembered[i]) / n
        remembered[i] = gradient
        x = x - rate(step, x) * average
        yield Iterate(x)


@method(
    chapter="first_order",
    needs="finite_sum",
    use_when="as for sag, when an unbiased step and the simpler theory matter",
    fails_when="there are many terms with long gradients: it stores one for each; deep networks",
    reference="Defazio, Bach and Lacoste-Julien (2014), NeurIPS, section 2",
)
def saga(problem, x0, *, learning_rate=0.01, rng):
    r"""SAGA: one term's new gradient, corrected by what is remembered, without bias.

    .. math:: x_{t+1} = x_t - \eta \left( \nabla f_i(x_t) - g_i + \tfrac1n \sum_j g_j \right)

    Parameters
    ----------
    problem : Problem
        A finite sum of ``n`` terms.
    x0 : ndarray, shape (d,)
        Start.
    learning_rate : float or schedule
        Positive; with terms of curvature at most :math:`L` the theory wants :math:`1 / (3 L)`.
    rng : numpy.random.Generator
        Draws the terms, with replacement.

    Yields
    ------
    Iterate
        ``x`` (d,) after every term; one gradient of one term each, and all ``n`` before the first.
        Memory: ``n`` gradients.

    References
    ----------
    Defazio, Bach and Lacoste-Julien (2014), SAGA: a fast incremental gradient method, section 2, steps 1-3 and
    equation (1), without the proximal step. arXiv:1407.0202.
    """
    rate = as_schedule(learning_rate, problem)
    n = problem.n_terms
    x = x0
    remembered = np.array([problem.terms_gradient(x, np.array([i])) for i in range(n)])
    average = remembered.mean(axis=0)
    for step in count():
        i = rng.integers(n)
        gradient = problem.terms_gradient(x, np.array([i]))
        x = x - rate(step, x) * (gradient - remembered[i] + average)
        average = average + (gradient - remembered[i]) / n
        remembered[i] = gradient
        yield Iterate(x)


@method(
    chapter="first_order",
    needs="finite_sum",
    use_when="a convex finite sum with too many terms to remember a gradient for each",
    fails_when="one pass over the data is all there is time for; deep networks",
    reference="Johnson and Zhang (2013), NeurIPS, Figure 1 (option I)",
)
def svrg(problem, x0, *, learning_rate=0.01, inner_steps=None, rng):
    r"""SVRG: stochastic steps, corrected by the full gradient at a snapshot taken now and then.

    .. math:: x_{t+1} = x_t - \eta \left( \nabla f_i(x_t) - \nabla f_i(\tilde x) + \nabla f(\tilde x) \right)

    Parameters
    ----------
    problem : Problem
        A finite sum of ``n`` terms.
    x0 : ndarray, shape (d,)
        Start.
    learning_rate : float or schedule
        Positive; about :math:`0.1 / L` with terms of curvature at most :math:`L`.
    inner_steps : int, optional
        Steps from one snapshot; ``2 n`` by default, the paper's choice for convex problems.
    rng : numpy.random.Generator
        Draws the terms, with replacement.

    Yields
    ------
    Iterate
        ``x`` (d,) after every inner step; two gradients of one term each, and a full one for each snapshot.

    References
    ----------
    Johnson and Zhang (2013), Accelerating stochastic gradient descent using predictive variance reduction, Figure 1,
    option I.
    """
    rate = as_schedule(learning_rate, problem)
    n = problem.n_terms
    inner_steps = 2 * n if inner_steps is None else inner_steps
    validate.whole(inner_steps=inner_steps)
    x, everything = x0, np.arange(n)
    for step in count():
        if step % inner_steps == 0:
            snapshot, full_gradient = x, problem.terms_gradient(x, everything)
        term = np.array([rng.integers(n)])
        correction = full_gradient - problem.terms_gradient(snapshot, term)
        x = x - rate(step, x) * (problem.terms_gradient(x, term) + correction)
        yield Iterate(x)
