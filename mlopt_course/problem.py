"""What is minimised: a function with whatever else is known of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .arguments import as_generator, whole_number
from .derivatives import finite_difference_gradient, finite_difference_jacobian
from .evaluation import (
    EvaluationError,
    as_array,
    as_number,
    call,
    describe,
    fingerprint,
    finite,
    frozen,
    same_point,
    short,
)


class BudgetExhausted(Exception):
    """The next evaluation would exceed ``max_evaluations``.

    ``best`` is the best point, with its value, of a generation of which only a part could be evaluated.
    """

    def __init__(self, best: tuple[Any, float] | None = None) -> None:
        self.best = best


def as_bounds(bounds: Any, dimension: int | None = None) -> np.ndarray | None:
    """Bounds as an array of shape (d, 2), from pairs ``(low, high)`` (None: unbounded) or SciPy's ``Bounds``."""
    if bounds is None:
        return None
    if hasattr(bounds, "lb") and hasattr(bounds, "ub"):
        low, high = np.broadcast_arrays(np.atleast_1d(bounds.lb), np.atleast_1d(bounds.ub))
        if dimension is not None and low.size == 1:
            low, high = np.broadcast_to(low, dimension), np.broadcast_to(high, dimension)
        box = np.column_stack([low, high]).astype(float)
    else:
        try:
            pairs = [(-np.inf if a is None else a, np.inf if b is None else b) for a, b in bounds]
            box = np.array(pairs, dtype=float)
        except (TypeError, ValueError):
            raise ValueError(
                f"bounds must be a sequence of pairs (low, high), one for each variable, got {bounds!r}"
            ) from None
    if dimension is not None and len(box) != dimension:
        raise ValueError(f"bounds must have one pair for each of the {dimension} variables, got {len(box)}")
    if np.isnan(box).any() or (box[:, 0] > box[:, 1]).any():
        raise ValueError(f"bounds must have low <= high in every pair, got {box.tolist()}")
    return box


_CALLABLES = (
    *("fun", "gradient", "hessian", "batch_fun", "terms_gradient", "terms_fun", "sample"),
    *("residuals", "jacobian", "fisher"),
)


@dataclass(frozen=True, eq=False, repr=False)
class Problem:
    r"""An objective to minimise, and what is known of it.

    Only ``fun`` is required. Methods see a counted copy of it (`CountedProblem`), never this object, so that a
    problem can be shared between runs.

    Parameters
    ----------
    fun : callable
        ``fun(x) -> float``.
    gradient, hessian : callable, optional
        ``gradient(x)`` of shape (d,), ``hessian(x)`` of shape (d, d). Without a gradient, central differences of
        ``fun`` stand in for it (and count as evaluations).
    batch_fun : callable, optional
        ``batch_fun(X)`` of shape (n,) for ``X`` of shape (n, d): a whole population in one call.
    bounds : sequence of (low, high), optional
        A box. Methods that list ``bounds`` among their needs never evaluate outside it; the others ignore it.
    constraints : sequence, optional
        SciPy's constraint dictionaries or objects, used by the constrained methods.
    x0 : ndarray, optional
        Where to start unless told otherwise.
    x_opt : ndarray, shape (d,) or (m, d), optional
        The known minimiser, or all of the ``m`` global ones.
    f_opt : float, optional
        The known minimum.
    window : ((x_low, x_high), (y_low, y_high)), optional
        What a picture of the first two variables should show.
    name : str
        What to call it.
    n_terms, terms_gradient, terms_fun : int and callables, optional
        For a finite sum ``f(x) = mean_i f_i(x)``: the number of terms; ``terms_gradient(x, indices)``, the mean of
        those terms' gradients (d,); and ``terms_fun(x, indices)``, the mean of their values.
    sample : callable, optional
        ``sample(rng) -> gradient``: begins a run with a stochastic gradient (see `minibatches`).
    smoothness, strong_convexity : float, optional
        A Lipschitz constant :math:`L` of the gradient (an upper bound on the Hessian's eigenvalues), and a lower bound
        :math:`\mu` on them: what the theory of convergence rates is about.
    residuals, jacobian : callable, optional
        For least squares, :math:`f(x) = \frac12 \lVert r(x) \rVert^2`: the vector ``residuals(x)`` (m,), and its
        derivatives ``jacobian(x)`` (m, d); see `mlopt_course.problems.least_squares`.
    fisher : callable, optional
        Where ``fun`` is a negative log-likelihood: ``fisher(x)``, the Fisher information matrix (d, d).
    samples : (X, y), optional
        The data of a regression: inputs (n, d) and targets (n,).
    l2 : float
        The penalty :math:`\frac{\lambda}2 \lVert x \rVert^2` that ``fun`` includes.
    """

    fun: Callable[[Any], float]
    gradient: Callable[[Any], Any] | None = None
    hessian: Callable[[Any], Any] | None = None
    batch_fun: Callable[[np.ndarray], np.ndarray] | None = None
    bounds: Any = None
    constraints: Sequence[Any] = ()
    x0: Any = None
    x_opt: Any = None
    f_opt: float | None = None
    window: Any = None
    name: str = "problem"
    n_terms: int | None = None
    terms_gradient: Callable[[Any, np.ndarray], Any] | None = None
    terms_fun: Callable[[Any, np.ndarray], float] | None = None
    sample: Callable[[np.random.Generator], Callable[[Any], Any]] | None = None
    smoothness: float | None = None
    strong_convexity: float | None = None
    residuals: Callable[[Any], Any] | None = None
    jacobian: Callable[[Any], Any] | None = None
    fisher: Callable[[Any], Any] | None = None
    samples: tuple[np.ndarray, np.ndarray] | None = None
    l2: float = 0.0

    def __post_init__(self) -> None:
        for name in _CALLABLES:
            value = getattr(self, name)
            if not (callable(value) or (value is None and name != "fun")):
                raise ValueError(f"{name} must be callable, got {value!r}")
        object.__setattr__(self, "bounds", as_bounds(self.bounds))
        for name in ("x0", "x_opt"):
            if isinstance(getattr(self, name), (list, tuple)):
                object.__setattr__(self, name, np.array(getattr(self, name)))

    def __repr__(self) -> str:
        known = [name for name in ("gradient", "hessian", "bounds", "x0", "f_opt") if getattr(self, name) is not None]
        return f"Problem({self.name!r}, with {', '.join(known) or 'fun'})"

    def minibatches(self, batch_size: int, rng: np.random.Generator | int | None = None) -> Problem:
        """The same problem with a stochastic gradient: the mean over the next ``batch_size`` terms.

        Terms are drawn without replacement, shuffled anew each epoch; the last batch of an epoch may be smaller.
        ``fun`` stays the full objective. A seed gives the same batches in every run; None takes `minimize`'s ``rng``.
        """
        if self.n_terms is None or self.terms_gradient is None:
            raise ValueError(f"{self.name} is not a finite sum (it has no terms_gradient), so it has no mini-batches")
        n_terms, terms_gradient = self.n_terms, self.terms_gradient
        size = whole_number("batch_size", batch_size, least=1, most=n_terms)
        if rng is not None:
            as_generator(rng)

        def sample(run_rng: np.random.Generator) -> Callable[[Any], Any]:
            batches = _epochs(n_terms, size, run_rng if rng is None else np.random.default_rng(rng))
            return lambda x: terms_gradient(x, next(batches))

        return replace(self, sample=sample, name=f"{self.name}, batches of {size}")


def _epochs(n_terms: int, batch_size: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    while True:
        order = rng.permutation(n_terms)
        for first in range(0, n_terms, batch_size):
            yield order[first : first + batch_size]


class ValueAndGradient:
    """A function that returns value and gradient in one call (SciPy's ``jac=True``), taken apart.

    It remembers its last point, so that asking for both there costs one call; `CountedProblem` counts that one.
    """

    def __init__(self, both: Callable[[Any], Any]) -> None:
        self._both = both
        self._x: Any = None
        self._answer: Any = None

    def knows(self, x: Any) -> bool:
        return self._answer is not None and same_point(self._x, x)

    def _at(self, x: Any) -> Any:
        if not self.knows(x):
            answer = self._both(x)
            if not (isinstance(answer, (tuple, list)) and len(answer) == 2):
                raise TypeError(f"with jac=True it must return (value, gradient), got {describe(answer)}")
            self._x, self._answer = frozen(x), answer
        return self._answer

    def fun(self, x: Any) -> Any:
        return self._at(x)[0]

    def gradient(self, x: Any) -> Any:
        return self._at(x)[1]


class CountedProblem:
    """The problem as one run sees it: counts evaluations, keeps to the budget, refuses values that are not finite.

    It has the problem's attributes (``bounds``, ``constraints``, ``n_terms``, ``name``...) and the counters
    ``nfev``, ``njev``, ``nhev``; none of them passes ``max_evaluations``. A gradient over some terms of a finite
    sum (`terms_gradient`) counts as one ``njev``, their value (`terms_fun`) as one ``nfev``.

    Parameters
    ----------
    problem : Problem
    max_evaluations : int, optional
        The budget; None for no limit.
    rng : numpy.random.Generator, optional
        Draws the mini-batches, where the problem has them.
    keep_to_bounds : bool
        Whether finite differences may not leave the box.
    """

    def __init__(
        self,
        problem: Problem,
        max_evaluations: int | None = None,
        rng: np.random.Generator | None = None,
        keep_to_bounds: bool = False,
    ) -> None:
        self.problem = problem
        self.nfev = self.njev = self.nhev = 0
        self.max_evaluations = max_evaluations
        self._limit = math.inf if max_evaluations is None else max_evaluations
        self._fun = problem.fun
        self._gradient = problem.sample(rng or np.random.default_rng()) if problem.sample else problem.gradient
        owner = getattr(problem.fun, "__self__", None)
        self._shared = owner if isinstance(owner, ValueAndGradient) else None
        self._box = problem.bounds if keep_to_bounds else None
        self._last_point: Any = None
        self._last_fun = math.nan
        self._residual_count: int | None = None  # known from the first call on

    def __getattr__(self, name: str) -> Any:
        if name == "problem":  # not set yet, while being copied or unpickled
            raise AttributeError(name)
        return getattr(self.problem, name)

    def fun(self, x: Any) -> float:
        """Objective at ``x``. Asked twice in a row for the same point, it answers from memory and counts once."""
        point = fingerprint(x)
        if point == self._last_point and point is not None:
            return self._last_fun
        if self._shared is None or not self._shared.knows(x):
            self._spend_fun(1)
        value = call("the objective", self._fun, x)
        if type(value) is not float:
            value = as_number(value, x)
        if not math.isfinite(value):
            raise EvaluationError(f"the objective returned {value} at x = {short(x)}")
        self._last_point, self._last_fun = point, value
        return value

    def batch(self, X: np.ndarray) -> np.ndarray:
        """Objective at each row of ``X`` (n, d), as an array (n,): one call where the problem is vectorised.

        Where the budget is too small for all rows, the first ones are evaluated, and `BudgetExhausted` has the best.
        """
        if self.problem.batch_fun is None:
            return self._row_by_row(X)
        left = self._limit - self.nfev
        if 0 < left < len(X):
            some = X[: int(left)]
            raise _cut_short(some, self.batch(some))
        self._spend_fun(len(X))
        values = as_array("batch_fun", call("the objective", self.problem.batch_fun, X))
        if values.shape != (len(X),):
            raise EvaluationError(
                f"batch_fun must return one value for each of the {len(X)} rows, shape ({len(X)},), "
                f"got shape {values.shape}"
            )
        if not np.isfinite(values).all():
            worst = int(np.argmin(np.isfinite(values)))
            raise EvaluationError(f"the objective returned {values[worst]} at x = {short(X[worst])}")
        return values

    def _row_by_row(self, X: np.ndarray) -> np.ndarray:
        values: list[float] = []
        try:
            for x in X:
                values.append(self.fun(x))
        except BudgetExhausted:
            raise _cut_short(X, values) from None
        return np.array(values)

    def gradient(self, x: Any) -> Any:
        """Gradient at ``x``, of the shape of ``x``; a fresh mini-batch's where the problem has mini-batches."""
        if self._gradient is None:
            return finite_difference_gradient(self.fun, x, bounds=self._box)
        self._spend_gradient()
        if self._shared is not None and not self._shared.knows(x):
            self._spend_fun(1)
        return finite("the gradient", call("the gradient", self._gradient, x), getattr(x, "shape", ()), x)

    def terms_gradient(self, x: Any, indices: np.ndarray) -> Any:
        """Mean gradient over the terms ``indices`` of a finite sum."""
        if self.problem.terms_gradient is None:
            raise ValueError(f"{self.problem.name} is not a finite sum: it has no terms_gradient")
        self._spend_gradient()
        value = call("the gradient of the terms", self.problem.terms_gradient, x, indices)
        return finite("the gradient of the terms", value, np.shape(x), x)

    def terms_fun(self, x: Any, indices: np.ndarray) -> float:
        """Mean value of the terms ``indices`` of a finite sum."""
        if self.problem.terms_fun is None:
            raise ValueError(f"{self.problem.name} has no terms_fun, so no values of single terms")
        self._spend_fun(1)
        value = as_number(call("the objective of the terms", self.problem.terms_fun, x, indices), x)
        if not math.isfinite(value):
            raise EvaluationError(f"the objective of the terms returned {value} at x = {short(x)}")
        return value

    def hessian(self, x: Any) -> Any:
        """Hessian at ``x``, shape (d, d)."""
        return self._matrix("hessian", "give one as hess=, or choose a method without it", x)

    def fisher(self, x: Any) -> Any:
        """Fisher information at ``x``, shape (d, d); counts as a Hessian."""
        return self._matrix("fisher", "take a likelihood, such as problems.logistic_regression()", x)

    def _matrix(self, name: str, otherwise: str, x: Any) -> Any:
        function = getattr(self.problem, name)
        if function is None:
            raise ValueError(f"{self.problem.name} has no {name}; {otherwise}")
        if self.nhev >= self._limit:
            raise BudgetExhausted
        self.nhev += 1
        return finite(f"the {name}", call(f"the {name}", function, x), np.shape(x) * 2, x)

    def residuals(self, x: Any) -> np.ndarray:
        """Residuals of a least-squares problem at ``x``, shape (m,); counts as an evaluation of the objective."""
        if self.problem.residuals is None:
            raise ValueError(
                f"{self.problem.name} has no residuals; make it with problems.least_squares(residuals, x0)"
            )
        self._spend_fun(1)
        values = as_array("the residuals", call("the residuals", self.problem.residuals, x))
        if self._residual_count is None:
            self._residual_count = values.size
        return finite("the residuals", values, (self._residual_count,), x)

    def jacobian(self, x: Any) -> np.ndarray:
        """Derivatives of the residuals at ``x``, shape (m, d); central differences where the problem has none."""
        if self.problem.jacobian is None:
            return finite_difference_jacobian(self.residuals, x)
        self._spend_gradient()
        values = as_array("the jacobian", call("the jacobian", self.problem.jacobian, x))
        return finite("the jacobian", values, (len(np.atleast_1d(values)), np.size(x)), x)

    def _spend_fun(self, count: int) -> None:
        if self.nfev + count > self._limit:
            raise BudgetExhausted
        self.nfev += count

    def _spend_gradient(self) -> None:
        if self.njev >= self._limit:
            raise BudgetExhausted
        self.njev += 1


def _cut_short(X: np.ndarray, values: Any) -> BudgetExhausted:
    """The end of the budget within a generation, with the best of the rows that have values."""
    if not len(values):
        return BudgetExhausted()
    best = int(np.argmin(values))
    return BudgetExhausted((frozen(X[best]), float(values[best])))
