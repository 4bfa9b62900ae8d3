"""What is minimised: a function with whatever else is known of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from .derivatives import finite_difference_gradient


class EvaluationError(ArithmeticError):
    """The objective raised, or returned something that is not a finite number (or array) of the right shape."""


class BudgetExhausted(Exception):
    """The next evaluation would exceed ``max_evaluations``."""


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


@dataclass(frozen=True)
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
    sample: Callable[[np.random.Generator], Callable[[Any], Any]] | None = field(default=None, repr=False)
    smoothness: float | None = None
    strong_convexity: float | None = None

    def __post_init__(self) -> None:
        for name in ("fun", "gradient", "hessian", "batch_fun"):
            value = getattr(self, name)
            if value is not None and not callable(value):
                raise ValueError(f"{name} must be callable, got {value!r}")
        if self.fun is None:
            raise ValueError("fun must be callable, got None")
        object.__setattr__(self, "bounds", as_bounds(self.bounds))
        for name in ("x0", "x_opt"):
            if isinstance(getattr(self, name), (list, tuple)):
                object.__setattr__(self, name, np.array(getattr(self, name)))

    def minibatches(self, batch_size: int, rng: np.random.Generator | int | None = None) -> Problem:
        """The same problem with a stochastic gradient: the mean over the next ``batch_size`` terms.

        Terms are drawn without replacement, shuffled anew each epoch; the last batch of an epoch may be smaller.
        ``fun`` stays the full objective. A seed gives the same batches in every run; None takes `minimize`'s ``rng``.
        """
        if self.n_terms is None or self.terms_gradient is None:
            raise ValueError(f"{self.name} is not a finite sum (it has no terms_gradient), so it has no mini-batches")
        n_terms, terms_gradient = self.n_terms, self.terms_gradient
        if int(batch_size) != batch_size or not 1 <= batch_size <= n_terms:
            raise ValueError(f"batch_size must be an integer from 1 to {n_terms}, got {batch_size!r}")

        def sample(run_rng: np.random.Generator) -> Callable[[Any], Any]:
            batches = _epochs(n_terms, int(batch_size), run_rng if rng is None else np.random.default_rng(rng))
            return lambda x: terms_gradient(x, next(batches))

        return replace(self, sample=sample, name=f"{self.name}, batches of {batch_size}")


def _epochs(n_terms, batch_size, rng):
    while True:
        order = rng.permutation(n_terms)
        for first in range(0, n_terms, batch_size):
            yield order[first : first + batch_size]


class CountedProblem:
    """The problem as one run sees it: counts evaluations, keeps to the budget, refuses values that are not finite.

    It has the problem's attributes (``bounds``, ``constraints``, ``n_terms``, ``name``...) and the counters
    ``nfev``, ``njev``, ``nhev``; none of them passes ``max_evaluations``. A gradient over some terms of a finite
    sum (`terms_gradient`) counts as one ``njev``.
    """

    def __init__(self, problem: Problem, max_evaluations: int | None = None, rng: np.random.Generator | None = None):
        self.problem = problem
        self.nfev = self.njev = self.nhev = 0
        self._limit = math.inf if max_evaluations is None else max_evaluations
        self._gradient = problem.sample(rng or np.random.default_rng()) if problem.sample else problem.gradient
        self._last_x: np.ndarray | None = None
        self._last_fun = math.nan

    def __getattr__(self, name: str) -> Any:
        return getattr(self.problem, name)

    def fun(self, x: Any) -> float:
        """Objective at ``x``. Asked twice in a row for the same point, it answers from memory and counts once."""
        if self._last_x is not None and self._last_x.shape == np.shape(x) and (self._last_x == x).all():
            return self._last_fun
        self._spend("nfev", 1)
        value = self._call("the objective", self.problem.fun, x)
        if type(value) is not float:
            value = _as_number(value, x)
        if not math.isfinite(value):
            raise EvaluationError(f"the objective returned {value} at x = {_short(x)}")
        self._last_x, self._last_fun = np.array(x), value
        return value

    def batch(self, X: np.ndarray) -> np.ndarray:
        """Objective at each row of ``X`` (n, d), as an array (n,): one call where the problem is vectorised."""
        X = np.asarray(X)
        if self.problem.batch_fun is None:
            return np.array([self.fun(x) for x in X])
        self._spend("nfev", len(X))
        values = np.asarray(self._call("the objective", self.problem.batch_fun, X), dtype=float)
        if values.shape != (len(X),):
            raise EvaluationError(
                f"batch_fun must return one value for each of the {len(X)} rows, shape ({len(X)},), "
                f"got shape {values.shape}"
            )
        if not np.isfinite(values).all():
            worst = int(np.argmin(np.isfinite(values)))
            raise EvaluationError(f"the objective returned {values[worst]} at x = {_short(X[worst])}")
        return values

    def gradient(self, x: Any) -> Any:
        """Gradient at ``x``, of the shape of ``x``; a fresh mini-batch's where the problem has mini-batches."""
        if self._gradient is None:
            return finite_difference_gradient(self.fun, x)
        self._spend("njev", 1)
        return _finite("the gradient", self._call("the gradient", self._gradient, x), np.shape(x), x)

    def terms_gradient(self, x: Any, indices: np.ndarray) -> Any:
        """Mean gradient over the terms ``indices`` of a finite sum."""
        if self.problem.terms_gradient is None:
            raise ValueError(f"{self.problem.name} is not a finite sum: it has no terms_gradient")
        self._spend("njev", 1)
        value = self._call("the gradient of the terms", self.problem.terms_gradient, x, indices)
        return _finite("the gradient of the terms", value, np.shape(x), x)

    def hessian(self, x: Any) -> Any:
        """Hessian at ``x``, shape (d, d)."""
        if self.problem.hessian is None:
            raise ValueError(f"{self.problem.name} has no hessian; give one as hess=, or choose a method without it")
        self._spend("nhev", 1)
        return _finite("the hessian", self._call("the hessian", self.problem.hessian, x), np.shape(x) * 2, x)

    def _spend(self, counter: str, count: int) -> None:
        spent = getattr(self, counter) + count
        if spent > self._limit:
            raise BudgetExhausted
        setattr(self, counter, spent)

    @staticmethod
    def _call(what: str, function: Callable[..., Any], x: Any, *rest: Any) -> Any:
        if isinstance(x, np.ndarray):  # a read-only view: an objective that writes into x is found out, not obeyed
            x = x.view()
            x.flags.writeable = False
        try:
            return function(x, *rest)
        except (EvaluationError, BudgetExhausted):
            raise
        except Exception as error:
            raise EvaluationError(f"{what} raised {type(error).__name__}: {error} at x = {_short(x)}") from error


def _as_number(value: Any, x: Any) -> float:
    if np.shape(value) not in ((), (1,)) or np.iscomplexobj(value):
        raise EvaluationError(f"the objective must return one real number, got {_describe(value)} at x = {_short(x)}")
    try:
        return float(np.asarray(value).reshape(())[()])
    except (TypeError, ValueError):
        raise EvaluationError(
            f"the objective must return one real number, got {_describe(value)} at x = {_short(x)}"
        ) from None


def _finite(what: str, value: Any, shape: tuple[int, ...], x: Any) -> Any:
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise EvaluationError(f"{what} must be an array of shape {shape}, got {_describe(value)}") from None
    if array.shape != shape:
        raise EvaluationError(f"{what} must have shape {shape}, got {array.shape} at x = {_short(x)}")
    flat = array.ravel()
    if not math.isfinite(flat.dot(flat)) and not np.isfinite(flat).all():
        raise EvaluationError(f"{what} is not finite at x = {_short(x)}")
    return array[()]


def _describe(value: Any) -> str:
    shape = np.shape(value) if isinstance(value, (np.ndarray, list, tuple)) else None
    return f"{type(value).__name__} of shape {shape}" if shape is not None else f"{value!r}"


def _short(x: Any) -> str:
    return np.array2string(np.asarray(x), precision=6, threshold=6)
