"""Methods that stay inside: projected gradients, Frank-Wolfe, mirror descent."""

from __future__ import annotations

from itertools import count

import numpy as np

from .. import validate
from ..registry import Iterate, method
from ..schedules import as_schedule
from .program import Program
from .sets import UnitSimplex, feasible_set


@method(
    chapter="constrained",
    needs=("gradient", "constraints"),
    use_when="projecting on the feasible set is cheap: a box, a ball, a simplex",
    fails_when="the projection is as hard as the problem, or curvatures differ much (it crawls, as gradient descent)",
    reference="Bertsekas (2016), Nonlinear Programming, section 3.3",
)
def projected_gradient(problem, x0, *, learning_rate=1.0, shrink=0.5, decrease=1e-4, tolerance=1e-8):
    r"""Projected gradient: step against the gradient, then go to the nearest feasible point.

    .. math:: x_{t+1} = P\bigl(x_t - \eta_t \nabla f(x_t)\bigr), \qquad
              f(x_{t+1}) \le f(x_t) - \frac{c}{\eta_t} \lVert x_{t+1} - x_t \rVert^2

    The rate :math:`\eta_t` is the last one, doubled and then shortened until the second line holds (Armijo's rule along
    the projection arc). No point outside the set is evaluated.

    Parameters
    ----------
    problem : Problem
        With ``bounds``, linear ``constraints``, or one of the sets `Box`, `Ball`, `UnitSimplex`, `L1Ball`.
    x0 : ndarray, shape (d,), or float
        Start; its projection is taken.
    learning_rate : float
        First :math:`\eta > 0` tried.
    shrink, decrease : float
        Factor in (0, 1) after a failed trial, and :math:`c` in (0, 1).
    tolerance : float
        Stop when no component of :math:`x - P(x - \nabla f(x))` is larger.

    Yields
    ------
    Iterate
        ``x`` (d,), ``fun`` and ``learning_rate``, the rate used.

    References
    ----------
    Bertsekas (2016), Nonlinear Programming, 3rd edition, section 3.3. Deviations: the rate may grow again; the decrease
    asked for is that of Kelley (1999), Iterative Methods for Optimization, section 5.4.
    """
    validate.positive(learning_rate=learning_rate)
    validate.not_negative(tolerance=tolerance)
    validate.positive(shrink=shrink, decrease=decrease)
    validate.fraction(shrink=shrink, decrease=decrease)
    program = Program(problem, x0)
    feasible = feasible_set(problem, program.start, "projected_gradient")
    x, rate = feasible.project(program.start), learning_rate
    fun, gradient = program.fun(x), program.gradient(x)
    yield Iterate(program.point(x), fun, learning_rate=rate)
    while np.max(np.abs(x - feasible.project(x - gradient))) > tolerance:
        found = _arc_search(program, feasible, x, fun, gradient, 2 * rate, shrink, decrease)
        if found is None:
            return False, "No shorter step lowers the function: the gradient is wrong, or rounding hides the descent."
        x, fun, rate = found
        gradient = program.gradient(x)
        yield Iterate(program.point(x), fun, learning_rate=rate)
    return f"A projected gradient step moves no variable by more than the tolerance {tolerance}."


def _arc_search(program, feasible, x, fun, gradient, rate, shrink, decrease):
    rounding = 4 * np.finfo(float).eps * abs(fun)
    while rate > 1e-20:
        trial = feasible.project(x - rate * gradient)
        value = program.fun(trial)
        if value <= fun - decrease / rate * np.sum((trial - x) ** 2) + rounding:
            return trial, value, rate
        rate = shrink * rate
    return None


@method(
    chapter="constrained",
    needs=("gradient", "constraints"),
    use_when="projecting is dear but minimising a linear function over the set is cheap, or sparse iterates are wanted",
    fails_when="an accurate answer is wanted: the error falls like 1 / t (it zigzags at the border)",
    reference="Jaggi (2013), Revisiting Frank-Wolfe, ICML, Algorithm 1",
)
def frank_wolfe(problem, x0, *, step="line_search", tolerance=1e-6):
    r"""Frank-Wolfe (conditional gradient): towards the vertex that the gradient likes best.

    .. math:: s_t = \arg\min_{s \in C} \nabla f(x_t)^\top s, \qquad x_{t+1} = x_t + \gamma_t (s_t - x_t)

    :math:`\nabla f(x_t)^\top (x_t - s_t)` bounds :math:`f(x_t) - f^*` where ``f`` is convex: the duality gap.

    Parameters
    ----------
    problem : Problem
        With finite ``bounds``, bounded linear ``constraints``, or one of the sets `Ball`, `UnitSimplex`, `L1Ball`.
    x0 : ndarray, shape (d,)
        Start; its projection is taken.
    step : {"line_search", "classic"}
        :math:`\gamma_t` from a line search on the segment, or :math:`2 / (t + 2)`.
    tolerance : float
        Stop when the gap is at most this.

    Yields
    ------
    Iterate
        ``x`` (d,), ``fun``, ``gap`` at the point before, and ``vertex`` (d,).

    References
    ----------
    Frank and Wolfe (1956); Jaggi (2013), Algorithm 1 and, for the gap, equation (2). Deviation: the line search is
    Armijo's, from the minimum of the parabola that a first trial gives.
    """
    if step not in ("line_search", "classic"):
        raise ValueError(f"step must be 'line_search' or 'classic', got {step!r}")
    validate.not_negative(tolerance=tolerance)
    program = Program(problem, x0)
    feasible = feasible_set(problem, program.start, "frank_wolfe")
    x = feasible.project(program.start)
    fun = program.fun(x)
    for t in count():
        gradient = program.gradient(x)
        vertex = feasible.vertex(gradient)
        gap = float(gradient @ (x - vertex))
        if gap <= tolerance:
            yield Iterate(program.point(x), fun, gap=gap, vertex=vertex)
            return f"The duality gap is at most the tolerance {tolerance}."
        gamma = 2 / (t + 2) if step == "classic" else _segment_step(program, x, fun, vertex - x, -gap)
        x = x + gamma * (vertex - x)
        fun = program.fun(x)
        yield Iterate(program.point(x), fun, gap=gap, vertex=vertex)


def _segment_step(program, x, fun, direction, slope):
    """Armijo's condition on the step in (0, 1]; each trial is the minimum of the parabola through the last."""
    gamma = 1.0
    for _ in range(60):
        value = program.fun(x + gamma * direction)
        parabola = -slope * gamma**2 / max(2 * (value - fun - slope * gamma), 1e-300)
        if value <= fun + 0.4 * gamma * slope or (value < fun and parabola >= gamma):
            return gamma
        gamma = min(max(parabola, 0.01 * gamma), 0.99 * gamma)
    return gamma


@method(
    chapter="constrained",
    needs=("gradient", "constraints"),
    use_when="x is a probability vector of many entries: the error depends on log d, not on d",
    fails_when="the set is no simplex, or the optimum has entries that are exactly 0 (they are only approached)",
    reference="Beck and Teboulle (2003), Operations Research Letters 31(3), section 5",
)
def mirror_descent(problem, x0, *, learning_rate=0.1):
    r"""Mirror descent with entropy (exponentiated gradient): multiply, then normalise.

    .. math:: x_{t+1, i} = s\, \frac{x_{t, i}\, e^{-\eta_t \nabla_i f(x_t)}}
              {\sum_j x_{t, j}\, e^{-\eta_t \nabla_j f(x_t)}}

    It is gradient descent in the geometry of the Kullback-Leibler divergence; subgradients will do.

    Parameters
    ----------
    problem : Problem
        With the constraint `UnitSimplex` (total ``s``).
    x0 : ndarray, shape (d,)
        Start; a point that is not positive, or does not sum to ``s``, is replaced by equal shares.
    learning_rate : float or schedule
        :math:`\eta > 0`. For subgradients bounded by ``G`` (largest entry), :math:`\sqrt{2 \ln d / t} / G` gives an
        error of at most :math:`G \sqrt{2 \ln d / t}` for the best point of ``t`` steps (total 1).

    Yields
    ------
    Iterate
        ``x`` (d,).

    References
    ----------
    Beck and Teboulle (2003), Mirror descent and nonlinear projected subgradient methods, section 5 (EMDA).
    doi:10.1016/S0167-6377(02)00231-6.
    """
    rate = as_schedule(learning_rate, problem)
    given = problem.constraints
    if len(given) != 1 or not isinstance(given[0], UnitSimplex) or problem.bounds is not None:
        raise ValueError(f"constraints must be one UnitSimplex for 'mirror_descent', got {list(given)!r}")
    total, x = given[0].total, x0
    if np.any(x <= 0) or abs(np.sum(x) - total) > 1e-9 * total:
        x = np.full(x0.shape, total / x0.size)
        yield Iterate(x)
    logarithm = np.log(x)
    for step in count():
        logarithm = logarithm - rate(step, x) * problem.gradient(x)
        weights = np.exp(logarithm - np.max(logarithm))
        x = total * weights / np.sum(weights)
        yield Iterate(x)
