"""Gaussian processes: marginal likelihood, fitting, prediction, samples."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from .. import validate
from ..arguments import as_generator
from .kernels import LOG_2PI, find_kernel, squared_distances

# Added to the diagonal (relative to the variance), so that points close together leave the matrix positive definite.
JITTER = 1e-10

# Where hyperparameters are looked for, in units of the data: inputs scaled to [0, 1], outputs standardised.
LENGTHSCALES, VARIANCES, NOISES = (5e-3, 2e1), (5e-2, 5e1), (1e-8, 1.0)


@dataclass(frozen=True, eq=False)
class GaussianProcess:
    r"""A Gaussian process with a constant mean, conditioned on observations.

    Parameters
    ----------
    X : ndarray, shape (n, d)
        Where it was observed.
    y : ndarray, shape (n,)
        What was observed.
    kernel : {"rbf", "matern12", "matern32", "matern52"}
        Covariance function; see `kernels`.
    lengthscale : float or ndarray, shape (d,)
        Distances over which values are alike, > 0.
    variance : float
        Of the process, > 0.
    noise : float
        Variance of the noise of an observation, >= 0.
    mean : float
        Prior mean.

    References
    ----------
    Rasmussen and Williams (2006), Gaussian Processes for Machine Learning, Algorithm 2.1.
    """

    X: np.ndarray
    y: np.ndarray
    kernel: str = "matern52"
    lengthscale: Any = 1.0
    variance: float = 1.0
    noise: float = 0.0
    mean: float = 0.0

    def __post_init__(self) -> None:
        X, y = np.asarray(self.X, dtype=float), np.asarray(self.y, dtype=float)
        if X.ndim != 2 or y.shape != (len(X),):
            raise ValueError(f"X and y must have shapes (n, d) and (n,), got {X.shape} and {y.shape}")
        find_kernel(self.kernel)
        validate.positive(variance=self.variance)
        validate.not_negative(noise=self.noise)
        try:
            scales = np.broadcast_to(np.asarray(self.lengthscale, dtype=float), X.shape[1:])
            usable = bool(np.isfinite(scales).all() and (scales > 0).all())
        except (TypeError, ValueError):
            usable = False
        if not usable:
            wanted = f"lengthscale must be positive, a number or {X.shape[1]} of them"
            raise ValueError(f"{wanted}, got {self.lengthscale!r}")
        for name, value in {"X": X, "y": y, "lengthscale": scales}.items():
            object.__setattr__(self, name, value)

    def covariance(self, A: np.ndarray, B: np.ndarray) -> np.ndarray:
        """Prior covariance of the rows of ``A`` (n, d) and ``B`` (m, d): shape (n, m)."""
        return self.variance * find_kernel(self.kernel)(squared_distances(A, B, self.lengthscale))[0]

    @cached_property
    def factor(self) -> np.ndarray:
        """Cholesky factor of the covariance of the observations, noise included."""
        return _cholesky(self.covariance(self.X, self.X), self.noise, self.variance)

    @cached_property
    def inverse_factor(self) -> np.ndarray:
        """Inverse of `factor`: with it, predicting is multiplying."""
        return np.linalg.solve(self.factor, np.eye(len(self.y)))

    @cached_property
    def weights(self) -> np.ndarray:
        return self.inverse_factor.T @ (self.inverse_factor @ (self.y - self.mean))

    def predict(self, points: Any) -> tuple[np.ndarray, np.ndarray]:
        """Posterior mean and standard deviation of the function (without noise) at ``points`` (m, d): two (m,)."""
        points = np.atleast_2d(np.asarray(points, dtype=float))
        k = self.covariance(points, self.X)
        explained = self.inverse_factor @ k.T
        variance = self.variance - np.sum(explained * explained, axis=0)
        return self.mean + k @ self.weights, np.sqrt(np.maximum(variance, 1e-16 * self.variance))

    def predict_gradient(self, x: np.ndarray) -> tuple[float, float, np.ndarray, np.ndarray]:
        """At one point (d,): mean, standard deviation, and the gradients of both, two (d,)."""
        k, slope = find_kernel(self.kernel)(squared_distances(x[None], self.X, self.lengthscale)[0])
        k, slope = self.variance * k, self.variance * slope
        k_gradient = slope[:, None] * 2.0 * (x - self.X) / self.lengthscale**2
        explained = self.inverse_factor @ k
        std = math.sqrt(max(self.variance - float(explained @ explained), 1e-16 * self.variance))
        std_gradient = -(self.inverse_factor.T @ explained) @ k_gradient / std
        return float(self.mean + k @ self.weights), std, self.weights @ k_gradient, std_gradient

    def joint(self, points: Any) -> tuple[np.ndarray, np.ndarray]:
        """Posterior mean (m,) and covariance (m, m) of the function at ``points`` (m, d)."""
        points = np.atleast_2d(np.asarray(points, dtype=float))
        k = self.covariance(points, self.X)
        explained = self.inverse_factor @ k.T
        return self.mean + k @ self.weights, self.covariance(points, points) - explained.T @ explained

    def sample(self, points: Any, rng: Any, size: int = 1) -> np.ndarray:
        """Functions drawn from the posterior, at ``points`` (m, d): shape (size, m)."""
        return self.drawn(points, as_generator(rng).standard_normal((size, len(np.atleast_2d(points)))))

    def drawn(self, points: Any, normals: Any) -> np.ndarray:
        """The functions at ``points`` (m, d) that standard normal numbers (..., m) stand for: shape (..., m)."""
        mean, covariance = self.joint(points)
        root = _cholesky(covariance, 1e-9 * self.variance, self.variance)
        return mean + np.asarray(normals, dtype=float) @ root.T

    def observe(self, x: Any, y: Any) -> GaussianProcess:
        """The process with more observations, ``x`` (m, d) and ``y`` (m,), and the same hyperparameters."""
        X, y = np.vstack([self.X, np.atleast_2d(x)]), np.append(self.y, y)
        return GaussianProcess(X, y, self.kernel, self.lengthscale, self.variance, self.noise, self.mean)

    def log_marginal_likelihood(self) -> float:
        r""":math:`\log p(y \mid X)`, the hyperparameters' score. Rasmussen and Williams (2006), equation (2.30)."""
        residual = self.inverse_factor @ (self.y - self.mean)
        return float(-0.5 * residual @ residual - np.sum(np.log(np.diag(self.factor))) - 0.5 * len(self.y) * LOG_2PI)


def _cholesky(K: np.ndarray, noise: float, variance: float) -> np.ndarray:
    """Cholesky factor with the least jitter, by factors of 10, that makes it possible."""
    jitter = JITTER * variance
    while True:
        try:
            return np.linalg.cholesky(K + (noise + jitter) * np.eye(len(K)))
        except np.linalg.LinAlgError:
            if jitter > variance:
                raise ValueError("X and lengthscale give a covariance that is not positive definite") from None
            jitter *= 10.0


def log_marginal_likelihood(
    theta: np.ndarray, X: np.ndarray, y: np.ndarray, kernel: str = "matern52", *, mean: float = 0.0
) -> tuple[float, np.ndarray]:
    r"""The log marginal likelihood and its gradient in the logarithms of the hyperparameters.

    .. math:: \frac{\partial}{\partial \theta_j} \log p(y \mid X, \theta) = \tfrac12 \operatorname{tr} \Bigl(
              \bigl(w w^\top - K^{-1}\bigr) \frac{\partial K}{\partial \theta_j} \Bigr), \qquad w = K^{-1} (y - m)

    Parameters
    ----------
    theta : ndarray, shape (d + 2,)
        Logarithms of the variance, of the ``d`` length scales, and of the noise's variance.
    X, y : ndarray, shapes (n, d) and (n,)
        Observations.
    kernel : str
        See `kernels`.
    mean : float
        Prior mean.

    Returns
    -------
    value : float
    gradient : ndarray, shape (d + 2,)

    References
    ----------
    Rasmussen and Williams (2006), equations (2.30) and (5.9).
    """
    theta = np.asarray(theta, dtype=float)
    return _likelihood(theta, _Differences(X), y - mean, kernel)


class _Differences:
    """Squared differences of all pairs of rows, one matrix for each variable, as rows of one array."""

    def __init__(self, X: np.ndarray) -> None:
        self.n, self.d = X.shape
        self.flat = np.square(X.T[:, :, None] - X.T[:, None, :]).reshape(self.d, -1)


def _likelihood(theta: np.ndarray, pairs: _Differences, residual: np.ndarray, kernel: str) -> tuple[float, np.ndarray]:
    variance, scales, noise = np.exp(theta[0]), np.exp(theta[1:-1]), np.exp(theta[-1])
    inverse_squares = scales**-2.0
    correlation, slope = find_kernel(kernel)(inverse_squares @ pairs.flat)
    K = variance * correlation.reshape(pairs.n, pairs.n)
    inverse_factor = np.linalg.solve(_cholesky(K, noise, variance), np.eye(pairs.n))
    whitened = inverse_factor @ residual
    weights = inverse_factor.T @ whitened
    value = -0.5 * whitened @ whitened + np.sum(np.log(np.diag(inverse_factor))) - 0.5 * pairs.n * LOG_2PI
    inner = np.outer(weights, weights) - inverse_factor.T @ inverse_factor
    in_scales = -variance * inverse_squares * (pairs.flat @ (inner.ravel() * slope))
    return float(value), np.concatenate([[0.5 * np.sum(inner * K)], in_scales, [0.5 * noise * np.trace(inner)]])


def gaussian_process(
    X: Any,
    y: Any,
    *,
    kernel: str = "matern52",
    noise: float | None = None,
    ard: bool = True,
    start: GaussianProcess | None = None,
    restarts: int = 2,
    max_iterations: int = 50,
    rng: Any = None,
) -> GaussianProcess:
    r"""A Gaussian process fitted to observations: hyperparameters of the largest marginal likelihood.

    Parameters
    ----------
    X : array_like, shape (n, d)
        Inputs; length scales are looked for from 0.005 to 20 times their range.
    y : array_like, shape (n,)
        Outputs; the prior mean is their mean.
    kernel : {"matern52", "rbf", "matern12", "matern32"}
        Covariance function.
    noise : float, optional
        Known variance of the noise; by default it is fitted, too.
    ard : bool
        A length scale for each variable; with False, one for all.
    start : GaussianProcess, optional
        Begin at its hyperparameters.
    restarts : int
        Starts at random hyperparameters, besides the first.
    max_iterations : int
        Of L-BFGS-B (SciPy) for each start.
    rng : numpy.random.Generator or int, optional
        For the restarts.

    Returns
    -------
    GaussianProcess

    References
    ----------
    Rasmussen and Williams (2006), section 5.4.1. Deviation: the length scales have a log-normal prior, about 0.3 of the
    inputs' range give or take a factor of e; without one, few observations would leave the likelihood flat.
    """
    X, y = np.atleast_2d(np.asarray(X, dtype=float)), np.asarray(y, dtype=float)
    if y.shape != (len(X),):
        raise ValueError(f"y must have one value for each of the {len(X)} rows of X, got shape {y.shape}")
    validate.whole(0, restarts=restarts)
    validate.whole(max_iterations=max_iterations)
    if noise is not None:
        validate.not_negative(noise=noise)
    low, mean = X.min(axis=0), float(np.mean(y))
    width = np.where(np.ptp(X, axis=0) > 0, np.ptp(X, axis=0), 1.0)
    spread = float(np.std(y)) or 1.0
    search = _Search((X - low) / width, (y - mean) / spread, kernel, None if noise is None else noise / spread**2, ard)
    generator, first = as_generator(rng), search.default()
    if start is not None:
        first = search.theta(start.lengthscale / width, start.variance / spread**2, start.noise / spread**2)
    starts = [first, *(search.random(generator) for _ in range(restarts))]
    theta = min((search.descend(theta, max_iterations) for theta in starts), key=lambda found: found[1])[0]
    variance, scales, fitted_noise = search.untangle(theta)
    return GaussianProcess(X, y, kernel, scales * width, variance * spread**2, fitted_noise * spread**2, mean)


class _Search:
    """The search for hyperparameters, on scaled data: what is free, its bounds, its prior."""

    def __init__(self, X: np.ndarray, y: np.ndarray, kernel: str, noise: float | None, ard: bool) -> None:
        self.pairs, self.y, self.kernel, self.noise = _Differences(X), y, kernel, noise
        find_kernel(kernel)
        self.n_scales = X.shape[1] if ard else 1
        self.bounds = np.log([VARIANCES, *[LENGTHSCALES] * self.n_scales, *([NOISES] if noise is None else [])])
        self.prior_mean, self.prior_std = np.log(0.3), 1.0

    def theta(self, scales: Any, variance: float, noise: float) -> np.ndarray:
        logs = np.log(np.resize(scales, self.n_scales))
        free = [] if self.noise is not None else [np.log(max(noise, NOISES[0]))]
        return np.clip(np.concatenate([[np.log(variance)], logs, free]), *self.bounds.T)

    def default(self) -> np.ndarray:
        return self.theta(np.exp(self.prior_mean), 1.0, 1e-4)

    def random(self, rng: np.random.Generator) -> np.ndarray:
        scales = np.exp(self.prior_mean + self.prior_std * rng.standard_normal(self.n_scales))
        return self.theta(scales, np.exp(0.5 * rng.standard_normal()), 10.0 ** rng.uniform(-6, -1))

    def untangle(self, theta: np.ndarray) -> tuple[float, np.ndarray, float]:
        scales = np.resize(np.exp(theta[1 : 1 + self.n_scales]), self.pairs.d)
        return float(np.exp(theta[0])), scales, float(np.exp(theta[-1])) if self.noise is None else self.noise

    def loss(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        """Minus the log posterior of the hyperparameters, and its gradient."""
        d, logs = self.pairs.d, theta[1 : 1 + self.n_scales]
        noise = theta[-1] if self.noise is None else np.log(max(self.noise, 1e-300))
        value, full = _likelihood(
            np.concatenate([[theta[0]], np.resize(logs, d), [noise]]), self.pairs, self.y, self.kernel
        )
        scales = full[1 : 1 + d] if self.n_scales == d else [np.sum(full[1 : 1 + d])]
        gradient = np.concatenate([[full[0]], scales, full[-1:] if self.noise is None else []])
        away = (logs - self.prior_mean) / self.prior_std
        gradient[1 : 1 + self.n_scales] -= away / self.prior_std
        return -value + 0.5 * float(away @ away), -gradient

    def descend(self, theta: np.ndarray, max_iterations: int) -> tuple[np.ndarray, float]:
        from scipy.optimize import minimize

        options = {"maxiter": max_iterations, "ftol": 1e-6}
        found = minimize(self.loss, theta, jac=True, method="L-BFGS-B", bounds=self.bounds, options=options)
        return found.x, float(found.fun)
