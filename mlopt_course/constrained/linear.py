"""Linear programming by the simplex method."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..problem import Problem
from ..registry import method
from .constraints import linear_rows
from .program import Program

# Reduced costs, pivots and residuals below this are rounding.
ROUNDING = 1e-9


def linear_program(
    costs: Any, *, A_ub: Any = None, b_ub: Any = None, A_eq: Any = None, b_eq: Any = None, bounds: Any = None
) -> Problem:
    r"""A linear program, :math:`\min c^\top x` with :math:`A_{ub} x \le b_{ub}, A_{eq} x = b_{eq}` and bounds.

    Parameters
    ----------
    costs : array_like, shape (d,)
        :math:`c`.
    A_ub, b_ub, A_eq, b_eq : array_like, optional
        As in `scipy.optimize.linprog`.
    bounds : sequence of (low, high), optional
        By default none; `scipy.optimize.linprog` has ``(0, None)`` there.

    Returns
    -------
    Problem
        With ``x0`` zeros (d,) moved into the bounds, for `simplex` or any other constrained method.
    """
    c = np.atleast_1d(np.asarray(costs, dtype=float))
    x0 = np.zeros(c.size)
    constraints = linear_constraints(c.size, A_ub, b_ub, A_eq, b_eq)
    problem = Problem(lambda x: float(c @ x), lambda x: c, lambda x: np.zeros((c.size, c.size)), bounds=bounds,
                      constraints=constraints, x0=x0, name="linear program")  # fmt: skip
    if problem.bounds is not None:
        np.clip(x0, *problem.bounds.T, out=x0)
    return problem


def linear_constraints(d: int, A_ub: Any, b_ub: Any, A_eq: Any, b_eq: Any) -> list[dict[str, Any]]:
    """SciPy's dictionaries for linear inequalities and equalities given as `scipy.optimize.linprog` takes them."""
    found: list[dict[str, Any]] = []
    for kind, name, A, b in (("ineq", "ub", A_ub, b_ub), ("eq", "eq", A_eq, b_eq)):
        if (A is None) != (b is None):
            raise ValueError(f"A_{name} and b_{name} must be given together")
        if A is None:
            continue
        rows, limits = np.atleast_2d(np.asarray(A, dtype=float)), np.atleast_1d(np.asarray(b, dtype=float))
        if rows.shape != (limits.size, d):
            raise ValueError(f"A_{name} must have shape ({limits.size}, {d}), rows as in b_{name}, got {rows.shape}")
        sign = -1.0 if kind == "ineq" else 1.0
        found.append(
            {
                "type": kind,
                "fun": lambda x, rows=rows, limits=limits, sign=sign: sign * (rows @ x - limits),
                "jac": lambda x, rows=rows, sign=sign: sign * rows,
            }
        )
    return found


@method(
    chapter="constrained",
    needs=("gradient", "constraints"),
    use_when="objective and constraints are linear, and an exact vertex with its multipliers is wanted",
    fails_when="the program is large and sparse (this is a dense teaching version; use scipy.optimize.linprog)",
    reference="Nocedal and Wright (2006), Numerical Optimization, Procedure 13.1",
)
def simplex(problem, x0, *, rule="dantzig"):
    r"""The simplex method: from vertex to neighbouring vertex, downhill.

    In standard form, :math:`\min c^\top u` with :math:`A u = b, u \ge 0`, a vertex has a basis :math:`B` of columns.
    With :math:`y = B^{-\top} c_B`, a column whose reduced cost :math:`c_j - a_j^\top y` is negative enters, and the
    first basic variable to reach 0 leaves. A first phase finds a vertex by minimising the sum of artificial variables.

    Parameters
    ----------
    problem : Problem
        Linear in objective and ``constraints``; see `linear_program`.
    x0 : ndarray, shape (d,), or float
        Only where the linear functions are read off; the search begins at a vertex of its own.
    rule : {"dantzig", "bland"}
        Which column enters: the one of the most negative reduced cost, or the first negative one, which cannot cycle.
        Dantzig's turns to Bland's after a run of steps that lead nowhere.

    Yields
    ------
    Iterate
        ``x`` (d,), ``fun``, ``violation``, ``equality_multipliers`` (m,), ``inequality_multipliers`` (p,), which have
        the right signs at the last vertex only, and ``basis``, indices of the columns in standard form.

    Raises
    ------
    ValueError
        If the objective or a constraint is not linear, or ``rule`` unknown.

    References
    ----------
    Nocedal and Wright (2006), Procedure 13.1 and section 13.5 (two phases); Bland (1977) for the rule against cycling.
    """
    if rule not in ("dantzig", "bland"):
        raise ValueError(f"rule must be 'dantzig' or 'bland', got {rule!r}")
    program = Program(problem, x0)
    form = _standard_form(problem, program)
    A, first = form.with_artificial()
    basis = first
    costs = np.where(np.arange(A.shape[1]) < len(form.costs), 0.0, 1.0)
    for basis in bases(A, form.b, costs, first, rule):
        yield _vertex(program, form._replace(A=A, costs=np.append(form.costs, costs[len(form.costs) :])), basis)
    if costs[basis] @ np.linalg.solve(A[:, basis], form.b) > ROUNDING * (1.0 + np.abs(form.b).sum()):
        return False, "No point satisfies all constraints."
    feasible, form = _without_artificial(A, basis, form)
    yield _vertex(program, form, feasible)
    for basis in bases(form.A, form.b, form.costs, feasible, rule):
        if basis is None:
            return False, "The objective has no lower bound on the feasible set."
        yield _vertex(program, form, basis)
    return "No neighbouring vertex is lower: every reduced cost is at least 0."


def bases(A, b, costs, basis, rule):
    """The bases on the way to the optimum; None at the end where there is none."""
    idle, scale = 0, ROUNDING * (1.0 + float(np.max(np.abs(costs), initial=0.0)))
    while True:
        B = A[:, basis]
        values = np.linalg.solve(B, b)
        reduced = costs - A.T @ np.linalg.solve(B.T, costs[basis])
        reduced[basis] = 0.0
        if np.min(reduced) >= -scale:
            return
        entering = int(np.argmin(reduced)) if rule == "dantzig" and idle < 10 else int(np.argmax(reduced < -scale))
        direction = np.linalg.solve(B, A[:, entering])
        falling = np.flatnonzero(direction > ROUNDING)
        if not falling.size:
            yield None
            return
        ratios = np.maximum(values[falling], 0.0) / direction[falling]
        shortest = np.min(ratios)
        ties = falling[ratios <= shortest + 1e-12 * (1.0 + shortest)]
        leaving = min(ties, key=lambda place: basis[place]) if idle >= 10 or rule == "bland" else max(
            ties, key=lambda place: direction[place])  # fmt: skip
        basis = basis.copy()
        basis[leaving] = entering
        idle = idle + 1 if shortest <= 1e-12 else 0
        yield basis


class _StandardForm(NamedTuple):
    """``A u = b``, ``u >= 0``, with ``u = (x+, x-, slacks)`` and ``x = x+ - x-``.

    The rows are the equalities, then the inequalities, each times its ``sign``, which makes ``b >= 0``; ``kept`` are
    those that are not redundant.
    """

    A: np.ndarray
    b: np.ndarray
    costs: np.ndarray
    constant: float
    sign: np.ndarray
    kept: np.ndarray

    n_equalities: int

    def with_artificial(self) -> tuple[np.ndarray, np.ndarray]:
        """More columns where needed, and a basis: slacks where they are positive, artificial variables elsewhere."""
        rows, columns = self.A.shape
        row = np.arange(rows)
        needs = (row < self.n_equalities) | (self.sign < 0)
        basis = np.where(needs, columns + np.cumsum(needs) - 1, columns - rows + row)
        return np.column_stack([self.A, np.eye(rows)[:, needs]]), basis


def _standard_form(problem, program):
    """Read the linear functions off at the start; the objective is ``c x + constant``."""
    x = program.start
    c, fun = program.gradient(x), program.fun(x)
    elsewhere = x + 1.0 + np.abs(x)
    promised = fun + c @ (elsewhere - x)
    if abs(program.fun(elsewhere) - promised) > 1e-6 * (1.0 + abs(fun) + np.abs(c) @ np.abs(elsewhere)):
        raise ValueError(f"problem must have a linear objective for 'simplex', but {problem.name} is not linear")
    here = linear_rows(program.constraints, x, "simplex")
    rows = np.vstack([here.h_jacobian, here.g_jacobian])
    b = rows @ x - np.append(here.h, here.g)
    sign = np.where(b < 0, -1.0, 1.0)
    slacks = np.eye(len(rows))[:, len(here.h) :]
    A = sign[:, None] * np.column_stack([rows, -rows, slacks])
    costs = np.concatenate([c, -c, np.zeros(len(here.g))])
    return _StandardForm(A, sign * b, costs, float(fun - c @ x), sign, np.arange(len(rows)), len(here.h))


def _without_artificial(A, basis, form):
    """The basis freed of artificial variables, and the form without rows that need theirs: they are redundant."""
    columns, kept = form.A.shape[1], np.arange(len(A))
    while np.any(basis >= columns):
        place = int(np.argmax(basis >= columns))
        inverse_row = np.linalg.solve(A[kept][:, basis].T, np.eye(len(basis))[place])
        across = np.abs(inverse_row @ A[kept][:, :columns])
        across[basis[basis < columns]] = 0.0
        if np.max(across, initial=0.0) > ROUNDING:
            basis = basis.copy()
            basis[place] = int(np.argmax(across))
        else:
            redundant = int(np.argmax(A[kept][:, basis[place]]))
            basis, kept = np.delete(basis, place), np.delete(kept, redundant)
    return basis, form._replace(A=form.A[kept], b=form.b[kept], kept=kept)


def _vertex(program, form, basis):
    """The vertex of a basis, with the multipliers that its basis implies."""
    u = np.zeros(form.A.shape[1])
    u[basis] = np.linalg.solve(form.A[:, basis], form.b)
    d = program.start.size
    x = u[:d] - u[d : 2 * d]
    duals = np.zeros(len(form.sign))
    duals[form.kept] = -form.sign[form.kept] * np.linalg.solve(form.A[:, basis].T, form.costs[basis])
    m = program.constraints.n_equalities
    fun = float(form.costs[:d] @ x) + form.constant
    return program.iterate(x, fun, program.constraints.at(x), duals[:m], duals[m:], basis=basis)
