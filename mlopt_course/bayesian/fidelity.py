"""Bayesian optimisation with cheap approximations of the objective."""

from __future__ import annotations

import math

import numpy as np

from .. import validate
from ..problem import EvaluationError
from ..registry import Iterate, method
from .acquisition import expected_improvement
from .posterior import gaussian_process
from .search import UnitBox, latin_hypercube

# Cheap evaluations in a row at most, so that a run always comes back to the objective itself.
CHEAP_IN_A_ROW = 10


@method(
    chapter="bayesian",
    needs="bounds",
    use_when="the objective has cheap approximations: fewer samples, a coarser mesh, a shorter training",
    fails_when="the approximations have nothing to do with the objective, or cost nearly as much",
    reference="Huang, Allen, Notz and Miller (2006), Structural and Multidisciplinary Optimization 32",
)
def multi_fidelity(problem, x0, *, approximations=(), costs=None, kernel="matern52", initial=None, candidates=500, rng):
    r"""Multi-fidelity Bayesian optimisation: ask the cheap approximation wherever it tells enough for its price.

    One Gaussian process models all levels, with the level as one more variable. The next point and level are to
    maximise

    .. math:: \mathrm{EI}(x) \cdot \operatorname{corr}\bigl(f(x, l), f(x, 1)\bigr) \cdot \frac{c_1}{c_l}

    where EI and the (posterior) correlation are those of the objective itself, level 1, of cost :math:`c_1`.

    Parameters
    ----------
    problem : Problem
        The objective; its evaluations alone count in ``nfev``.
    x0 : ndarray, shape (d,), or float, or None
        Evaluated first, if given.
    approximations : sequence of callables
        ``approximation(x) -> float``, from the cheapest to the best.
    costs : sequence of float, optional
        What each costs, in evaluations of the objective, > 0; by default ``0.1`` each.
    kernel : str
        See `gaussian_process`.
    initial : int, optional
        Points of the initial Latin hypercube, by default ``max(4, 2 d)``; all approximations are evaluated at each, the
        objective at every other one.
    candidates : int
        Random points among which it chooses.
    rng : numpy.random.Generator
        Draws initial points and candidates.

    Yields
    ------
    Iterate
        After each evaluation of the objective: ``x``, ``fun``, ``cost`` spent so far (in evaluations of the objective),
        and ``cheap``, the number of evaluations of approximations.

    References
    ----------
    Huang, Allen, Notz and Miller (2006), Sequential kriging optimization using multiple-fidelity evaluations.
    Deviations: one process over points and levels (Kandasamy et al. 2017), no noise term, candidates at random; the
    point is chosen first, by EI, and then its level; after ten cheap evaluations in a row comes one of the objective.
    """
    prices = _check(approximations, costs, initial, candidates)
    levels = np.linspace(0.0, 1.0, len(prices))
    box, spent, cheap, waiting = UnitBox(problem, x0), 0.0, 0, 0
    functions = [*(_guarded(f, k) for k, f in enumerate(approximations)), problem.fun]
    rows, y, process = np.empty((0, box.dimension + 1)), np.empty(0), None
    queue = _design(box, x0, initial, len(prices), rng)
    while True:
        if not queue:
            process = gaussian_process(
                rows, y, kernel=kernel, noise=0.0, start=process, restarts=0 if process else 1, rng=rng
            )
            queue = [_choose(process, rows, y, levels, prices, candidates, waiting >= CHEAP_IN_A_ROW, rng)]
        u, level = queue.pop(0)
        value = functions[level](box.point(u))
        rows, y = np.vstack([rows, np.append(u, levels[level])]), np.append(y, value)
        spent += prices[level]
        if level == len(prices) - 1:
            waiting = 0
            yield Iterate(box.point(u), value, cost=spent, cheap=cheap)
        else:
            cheap, waiting = cheap + 1, waiting + 1


def _check(approximations, costs, initial, candidates):
    given = tuple(approximations) if isinstance(approximations, (list, tuple)) else ()
    if not given or not all(map(callable, given)):
        raise ValueError(f"approximations must be functions of x, at least one, got {approximations!r}")
    try:
        prices = np.full(len(given), 0.1) if costs is None else np.asarray(costs, dtype=float)
    except (TypeError, ValueError):
        prices = np.empty(0)
    if prices.shape != (len(given),) or not (np.isfinite(prices).all() and np.all(prices > 0)):
        raise ValueError(
            f"costs must be one positive number for each of the {len(given)} approximations, got {costs!r}"
        )
    if initial is not None:
        validate.whole(initial=initial)
    validate.whole(candidates=candidates)
    return np.append(prices, 1.0)


def _guarded(approximation, place):
    def evaluate(x):
        try:
            value = float(approximation(x))
        except Exception as error:
            raise EvaluationError(
                f"approximations[{place}] raised {type(error).__name__}: {error} at x = {x}"
            ) from error
        if not math.isfinite(value):
            raise EvaluationError(f"approximations[{place}] returned {value} at x = {x}")
        return value

    return evaluate


def _design(box, x0, initial, n_levels, rng):
    """Points and levels to begin with: every approximation at each point, the objective at every other one."""
    points = list(latin_hypercube(initial or max(4, 2 * box.dimension), box.dimension, rng))
    if x0 is not None:
        points[0] = box.unit(x0)
    top = n_levels - 1
    return [(u, level) for k, u in enumerate(points) for level in range(n_levels) if level < top or k % 2 == 0]


def _choose(process, rows, y, levels, prices, candidates, only_top, rng):
    """The point and level of the largest expected improvement for its price."""
    top, d = len(prices) - 1, rows.shape[1] - 1
    best_rows = rows[rows[:, -1] == 1.0]
    best = best_rows[np.argmin(y[rows[:, -1] == 1.0]), :-1]
    widths = 10.0 ** rng.uniform(-3, -0.5, size=(candidates // 2, 1))
    near = np.clip(best + widths * rng.standard_normal((candidates // 2, d)), 0, 1)
    points = np.vstack([rng.random((candidates - len(near), d)), near])
    mean, std = process.predict(np.column_stack([points, np.ones(len(points))]))
    gains = expected_improvement(mean, std, float(np.min(y[rows[:, -1] == 1.0])))
    u = points[np.argmax(gains) if np.max(gains) > 0 else np.argmax(std)]
    if only_top:
        return u, top
    _, covariance = process.joint(np.column_stack([np.tile(u, (top + 1, 1)), levels]))
    deviations = np.sqrt(np.maximum(np.diag(covariance), 1e-16 * process.variance))
    correlation = np.abs(covariance[:, top]) / (deviations * deviations[top])
    correlation[deviations <= 1e-6 * math.sqrt(process.variance)] = 0.0  # known there already: nothing to learn
    correlation[top] = 1.0
    return u, int(np.argmax(correlation / prices))
