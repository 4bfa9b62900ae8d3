"""Evolution strategies whose step sizes adapt themselves."""

from __future__ import annotations

import math

import numpy as np

from .. import validate
from ..arguments import real_number
from ..registry import Iterate, method
from .box import on_vectors


@method(
    chapter="stochastic",
    use_when="you want the simplest method that adapts its step, as a baseline for smooth problems",
    fails_when="the problem is ill-conditioned: one step length for all directions crawls",
    reference="Hansen, Arnold and Auger (2015), Evolution strategies, Algorithm 2; Rechenberg (1973)",
)
@on_vectors
def one_plus_one(problem, x0, *, step_size=None, tolerance=1e-12, rng):
    r"""(1+1) evolution strategy with the 1/5 rule: longer steps after a success, shorter ones after a failure.

    .. math:: \sigma \leftarrow \sigma e^{0.8/\sqrt{d + 1}} \text{ after a success, else } \sigma e^{-0.2/\sqrt{d + 1}}

    so that :math:`\sigma` stays the same when one step in five succeeds.

    Parameters
    ----------
    problem : Problem
        Objective on :math:`\mathbb{R}^d`; only function values are used.
    x0 : ndarray, shape (d,), or float
        Start.
    step_size : float, optional
        First :math:`\sigma > 0`; 0.3 of the mean width of the box where the problem has one, else 0.5.
    tolerance : float
        Stop when :math:`\sigma` is below this.

    Yields
    ------
    Iterate
        ``x`` (d,) the parent, ``fun``, and ``step_size``.

    References
    ----------
    Hansen, Arnold and Auger (2015), Evolution strategies, in Springer Handbook of Computational Intelligence,
    Algorithm 2: Rechenberg's rule of 1973, applied at every step.
    """
    sigma = first_step(problem, step_size)
    real_number("tolerance", tolerance, 0)
    longer, shorter = math.exp(0.8 / math.sqrt(x0.size + 1)), math.exp(-0.2 / math.sqrt(x0.size + 1))
    x, fun = x0, problem.fun(x0)
    while sigma > tolerance:
        child = x + sigma * rng.standard_normal(x.size)
        f_child = problem.fun(child)
        if f_child <= fun:
            x, fun, sigma = child, f_child, sigma * longer
        else:
            sigma *= shorter
        yield Iterate(x, fun=fun, step_size=sigma)
    return f"The step size is below {tolerance}."


@method(
    chapter="stochastic",
    needs="batch",
    use_when="the objective is rugged or noisy and not too ill-conditioned, and a generation can run in parallel",
    fails_when="the variables are strongly correlated: take cma_es",
    reference="Beyer and Schwefel (2002), Natural Computing 1, Figure 1",
)
@on_vectors
def evolution_strategy(problem, x0, *, parents=None, offspring=None, plus=False, step_size=None, tolerance=1e-12, rng):
    r"""(mu/mu, lambda) or (mu/mu + lambda) evolution strategy: every individual carries, and mutates, its own steps.

    A child starts from the mean :math:`\bar x`, :math:`\bar\sigma` of all parents; with standard normal
    :math:`N` (one a child) and :math:`N_i, N'_i` (one a coordinate)

    .. math:: \sigma_i = \bar\sigma_i e^{\tau_0 N + \tau N_i}, \quad x_i = \bar x_i + \sigma_i N'_i,
              \quad \tau_0 = \tfrac{1}{\sqrt{2 d}}, \quad \tau = \tfrac{1}{\sqrt{2 \sqrt d}}

    Parameters
    ----------
    problem : Problem
        Objective on :math:`\mathbb{R}^d`; only function values are used, a generation in one call.
    x0 : ndarray, shape (d,), or float
        First parent.
    parents, offspring : int, optional
        :math:`\mu \ge 1` and :math:`\lambda > \mu`; by default :math:`\lambda = 4 d`, at least 20, and
        :math:`\mu = \lambda / 4`.
    plus : bool
        Whether parents may survive (+), or only the children compete (comma).
    step_size : float, optional
        First :math:`\sigma > 0`; 0.3 of the mean width of the box where the problem has one, else 0.5.
    tolerance : float
        Stop when no parent has a :math:`\sigma_i` above this.

    Yields
    ------
    Iterate
        ``x`` (d,) the best of the generation, ``fun``, ``population`` (mu, d) and ``step_sizes`` (mu, d).

    References
    ----------
    Beyer and Schwefel (2002), Evolution strategies: a comprehensive introduction, Natural Computing 1, Figure 1;
    with intermediate recombination of x (and of log sigma), and log-normal mutation of sigma before that of x.
    """
    d = x0.size
    n_offspring = max(20, 4 * d) if offspring is None else offspring
    validate.whole(2, offspring=n_offspring)
    n_parents = max(1, n_offspring // 4) if parents is None else parents
    sigma = first_step(problem, step_size)
    _check_strategy(n_parents, n_offspring, plus, tolerance)
    tau0, tau = 1 / math.sqrt(2 * d), 1 / math.sqrt(2 * math.sqrt(d))
    X, log_steps = x0[None, :], np.full((1, d), math.log(sigma))
    values = np.array([problem.fun(x0)])
    while (np.exp(log_steps) > tolerance).any():
        common, own = rng.standard_normal((n_offspring, 1)), rng.standard_normal((n_offspring, d))
        children_steps = log_steps.mean(axis=0) + tau0 * common + tau * own
        children = X.mean(axis=0) + np.exp(children_steps) * rng.standard_normal((n_offspring, d))
        children_values = problem.batch(children)
        if plus:
            children, children_steps = np.vstack([X, children]), np.vstack([log_steps, children_steps])
            children_values = np.concatenate([values, children_values])
        survivors = np.argsort(children_values, kind="stable")[:n_parents]
        X, log_steps, values = children[survivors], children_steps[survivors], children_values[survivors]
        yield Iterate(X[0], fun=values[0], population=X, step_sizes=np.exp(log_steps))
    return f"No parent has a step size above {tolerance}."


def _check_strategy(parents, offspring, plus, tolerance):
    validate.whole(parents=parents)
    if offspring <= parents:
        raise ValueError(f"offspring must be more than the parents = {parents}, got {offspring!r}")
    if not isinstance(plus, bool):
        raise ValueError(f"plus must be True or False, got {plus!r}")
    real_number("tolerance", tolerance, 0)


def first_step(problem, step_size):
    """The first step size: as given (> 0), else 0.3 of the box's mean width, else 0.5."""
    if step_size is not None:
        validate.positive(step_size=step_size)
        return float(step_size)
    if problem.bounds is not None:
        width = float(np.mean(problem.bounds[:, 1] - problem.bounds[:, 0]))
        if 0 < width < math.inf:
            return 0.3 * width
    return 0.5
