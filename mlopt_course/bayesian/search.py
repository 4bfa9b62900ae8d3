"""Bayesian optimisation: a model of the objective chooses where to evaluate it next."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import validate
from ..registry import Iterate, method
from .acquisition import Score, scores
from .kernels import find_kernel
from .posterior import GaussianProcess, gaussian_process

ACQUISITIONS = ("expected_improvement", "probability_of_improvement", "lower_confidence_bound", "thompson")
BATCHES = ("kriging_believer", "constant_liar")

# Random points at which the acquisition is tried, how many of the best are refined, and how far (L-BFGS-B).
CANDIDATES, REFINED, REFINEMENT = 1024, 4, 50


class UnitBox:
    """The box of a problem as the unit cube, and back in the form of the caller's ``x``.

    Parameters
    ----------
    problem : Problem
        With finite bounds.
    x0 : ndarray, shape (d,), or float, or None
        Start: its shape is that of every ``x``.
    """

    def __init__(self, problem: Any, x0: Any) -> None:
        if np.ndim(x0) > 1:
            raise ValueError(f"x0 must be a number or a vector for Bayesian optimisation, got shape {np.shape(x0)}")
        if not np.isfinite(problem.bounds).all():
            raise ValueError(f"bounds must be finite for Bayesian optimisation, got {problem.bounds.tolist()}")
        self.low, self.high = problem.bounds.T
        self.dimension = len(self.low)
        self._scalar = x0 is not None and np.ndim(x0) == 0

    def point(self, u: np.ndarray) -> Any:
        """The point of the box at ``u`` in the unit cube."""
        x = np.clip(self.low + u * (self.high - self.low), self.low, self.high)
        return float(x[0]) if self._scalar else x

    def points(self, U: np.ndarray) -> np.ndarray:
        """The same for rows (n, d)."""
        return np.clip(self.low + U * (self.high - self.low), self.low, self.high)

    def unit(self, x: Any) -> np.ndarray:
        """Where ``x`` is in the unit cube; variables whose bounds are equal are at 0."""
        width = self.high - self.low
        return np.divide(np.atleast_1d(x) - self.low, width, out=np.zeros(self.dimension), where=width > 0)


def latin_hypercube(count: int, dimension: int, rng: np.random.Generator) -> np.ndarray:
    """Points (count, dimension) in the unit cube, one in each of ``count`` slices along every axis.

    References
    ----------
    McKay, Beckman and Conover (1979), Technometrics 21(2).
    """
    slices = np.array([rng.permutation(count) for _ in range(dimension)]).T
    return (slices + rng.random((count, dimension))) / count


@method(
    chapter="bayesian",
    needs="bounds",
    use_when="an evaluation takes minutes, there are up to some 20 variables, and hundreds of evaluations are too many",
    fails_when="evaluations are cheap (choosing one costs milliseconds), or there are thousands of them (n^3)",
    reference="Shahriari et al. (2016), Proceedings of the IEEE 104(1), Algorithm 1",
)
def bayesian_optimization(
    problem,
    x0,
    *,
    acquisition="expected_improvement",
    kernel="auto",
    initial=None,
    noise=0.0,
    xi=0.0,
    beta=2.0,
    batch_size=1,
    batch_strategy="kriging_believer",
    rng,
):
    r"""Bayesian optimisation: fit a Gaussian process to all values so far, and evaluate where that promises most.

    Parameters
    ----------
    problem : Problem
        Only function values are used.
    x0 : ndarray, shape (d,), or float, or None
        Evaluated first, if given.
    acquisition : str
        ``"expected_improvement"`` (maximised as a logarithm), ``"probability_of_improvement"``,
        ``"lower_confidence_bound"``, or ``"thompson"``: the minimum of one function drawn from the posterior.
    kernel : {"auto", "matern52", "matern32", "matern12", "rbf"}
        Covariance function of the process, with a length scale for each variable. "auto" takes, each time, the one of
        "matern52" and "rbf" under which the values so far are more likely.
    initial : int, optional
        Points of the initial Latin hypercube, >= 1; by default ``max(4, 2 d)``.
    noise : float or None
        Variance of the noise in the values, >= 0; None to fit it. With noise the best value is the lowest posterior
        mean at a point tried.
    xi, beta : float
        Of the improvements and of the confidence bound; see `acquisition`. The probability of improvement needs
        ``xi`` > 0 (in units of the objective): with 0 it tries points ever nearer to the best one.
    batch_size : int
        Points chosen before the next values are known (they go to `batch`).
    batch_strategy : {"kriging_believer", "constant_liar"}
        The value imagined at a point of the batch while the next is chosen: the posterior mean, or the best value so
        far.
    rng : numpy.random.Generator
        Draws the initial points, candidates, Thompson samples, and restarts.

    Yields
    ------
    Iterate
        ``x`` and ``fun``, the last point evaluated; ``recommended`` (d,), the point tried whose posterior mean is
        lowest; ``lengthscale`` (d,) in units of the box, ``mean`` and ``std``, the prediction at ``x`` before it was
        evaluated.

    References
    ----------
    Shahriari, Swersky, Wang, Adams and de Freitas (2016), Algorithm 1; Jones, Schonlau and Welch (1998) for expected
    improvement; Rasmussen and Williams (2006), section 5.2, for choosing the kernel; Ginsbourger, Le Riche and Carraro
    (2010), for the batches (kriging believer, constant liar).
    """
    _check(acquisition, kernel, initial, noise, xi, beta, batch_size, batch_strategy)
    box, nan = UnitBox(problem, x0), float("nan")
    U, y = np.empty((0, box.dimension)), np.empty(0)
    design = latin_hypercube(initial or max(4, 2 * box.dimension), box.dimension, rng)
    if x0 is not None:
        design = np.vstack([box.unit(x0), design[: max(1, len(design) - 1)]])
    for u in design:
        U, y = np.vstack([U, u]), np.append(y, problem.fun(box.point(u)))
        best, unknown = box.points(U[np.argmin(y)]), np.full(box.dimension, nan)
        yield Iterate(box.point(u), y[-1], recommended=best, lengthscale=unknown,
                      mean=nan, std=nan)  # fmt: skip
    process, rule = None, None if acquisition == "thompson" else scores(xi, beta)[acquisition]
    while True:
        process = fit(U, y, kernel, noise, process, rng)
        batch = choose_batch(process, rule, noise, batch_size, batch_strategy, rng)
        means, stds = process.predict(batch)
        values = problem.batch(box.points(batch)) if batch_size > 1 else [problem.fun(box.point(batch[0]))]
        U, y = np.vstack([U, batch]), np.append(y, values)
        lowest = np.argmin(y) if noise == 0 else np.argmin(process.observe(batch, values).predict(U)[0])
        for u, value, mean, std in zip(batch, values, means, stds, strict=True):
            yield Iterate(box.point(u), value, recommended=box.points(U[lowest]), lengthscale=process.lengthscale,
                          mean=mean, std=std)  # fmt: skip


def _check(acquisition, kernel, initial, noise, xi, beta, batch_size, batch_strategy):
    if acquisition not in ACQUISITIONS:
        raise ValueError(f"acquisition must be one of {', '.join(ACQUISITIONS)}, got {acquisition!r}")
    if batch_strategy not in BATCHES:
        raise ValueError(f"batch_strategy must be one of {', '.join(BATCHES)}, got {batch_strategy!r}")
    if kernel != "auto":
        find_kernel(kernel)
    validate.whole(batch_size=batch_size)
    if initial is not None:
        validate.whole(initial=initial)
    if noise is not None:
        validate.not_negative(noise=noise)
    validate.not_negative(xi=xi, beta=beta)


def fit(U: np.ndarray, y: np.ndarray, kernel: str, noise: float | None, last: GaussianProcess | None, rng: Any):
    """The process fitted to all values, from the last one's hyperparameters; now and then from random ones, too."""
    restarts = 1 if last is None or len(y) % 5 == 0 else 0
    fitted = [
        gaussian_process(U, y, kernel=name, noise=noise, start=last, restarts=restarts, max_iterations=30, rng=rng)
        for name in (("matern52", "rbf") if kernel == "auto" else (kernel,))
    ]
    return max(fitted, key=GaussianProcess.log_marginal_likelihood)


def choose_batch(
    process: GaussianProcess, rule: Score | None, noise: float | None, size: int, strategy: str, rng: Any
) -> np.ndarray:
    """The points (size, d) in the unit cube to evaluate next; each is imagined as known while the next is chosen."""
    chosen: list[np.ndarray] = []
    while True:
        best = float(np.min(process.y if noise == 0 else process.predict(process.X)[0]))
        u = _thompson_point(process, rng) if rule is None else maximise(process, rule, best, rng)
        chosen.append(u)
        if len(chosen) == size:
            return np.array(chosen)
        imagined = float(process.predict(u)[0][0]) if strategy == "kriging_believer" else best
        process = process.observe(u, imagined)


def _candidates(process: GaussianProcess, count: int, rng: Any) -> np.ndarray:
    """Points all over the unit cube, and points near the best ones known."""
    d = process.X.shape[1]
    near = process.X[np.argsort(process.y)[:3]]
    local = near[rng.integers(len(near), size=count // 4)]
    widths = np.minimum(process.lengthscale, 1.0) * 10.0 ** rng.uniform(-3, -0.5, size=(len(local), 1))
    return np.vstack(
        [rng.random((count - len(local), d)), np.clip(local + widths * rng.standard_normal(local.shape), 0, 1)]
    )


def maximise(process: GaussianProcess, rule: Score, best: float, rng: Any) -> np.ndarray:
    """The point of the unit cube with the highest score: random points, the best of them refined by L-BFGS-B."""
    from scipy.optimize import minimize

    candidates = _candidates(process, CANDIDATES, rng)
    values = rule.values(*process.predict(candidates), best)
    order = np.argsort(values)[::-1]
    top, top_value = candidates[order[0]], float(values[order[0]])

    def loss(u):
        mean, std, mean_gradient, std_gradient = process.predict_gradient(u)
        in_mean, in_std = rule.slopes(mean, std, best)
        value = float(rule.values(np.array([mean]), np.array([std]), best)[0])
        return -value, -(in_mean * mean_gradient + in_std * std_gradient)

    bounds = [(0.0, 1.0)] * len(top)
    for start in candidates[order[:REFINED]]:
        found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": REFINEMENT})
        if -found.fun > top_value:
            top, top_value = found.x, -float(found.fun)
    return top


def _thompson_point(process: GaussianProcess, rng: Any) -> np.ndarray:
    """The lowest point of one function drawn from the posterior, at random candidates."""
    candidates = _candidates(process, CANDIDATES, rng)
    return candidates[np.argmin(process.sample(candidates, rng)[0])]
