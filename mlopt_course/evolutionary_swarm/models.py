"""A population of models: hyperparameters as the variables of a problem, for a genetic algorithm to tune."""

from __future__ import annotations

import numpy as np

from ..arguments import as_generator, whole_number
from ..problem import Problem


def kernel_ridge_tuning(n_samples: int = 60, noise: float = 0.2, rng: np.random.Generator | int | None = 0) -> Problem:
    r"""Choose the two hyperparameters of kernel ridge regression by the error on a validation set.

    Data: :math:`y = \sin(3 t) + \tfrac12 \cos(7 t)` plus normal noise, :math:`t` uniform on [-1, 1]; the first two
    thirds train, the rest validate. A model is a point :math:`x = (\log_{10} \lambda, \log_{10} \gamma)`: penalty and
    inverse width of the kernel :math:`e^{-\gamma (s - t)^2}`. ``batch_fun`` trains a whole population of models.

    Parameters
    ----------
    n_samples : int
        At least 6.
    noise : float
        Standard deviation of the noise.
    rng : numpy.random.Generator or int
        Source of the data; a fixed seed by default.

    Returns
    -------
    Problem
        ``fun(x)``: mean squared error on the validation set. Box: :math:`[-8, 2] \times [-2, 3]`.
    """
    n = whole_number("n_samples", n_samples, least=6)
    rng = as_generator(rng)
    t = rng.uniform(-1, 1, n)
    y = np.sin(3 * t) + 0.5 * np.cos(7 * t) + noise * rng.standard_normal(n)
    train, held_out = np.arange(n) < 2 * n // 3, np.arange(n) >= 2 * n // 3
    squared = (t[:, None] - t[train]) ** 2

    def fun(x):
        penalty, gamma = 10.0 ** np.asarray(x, dtype=float)
        kernel = np.exp(-gamma * squared)
        weights = np.linalg.solve(kernel[train] + penalty * np.eye(train.sum()), y[train])
        return float(np.mean((kernel[held_out] @ weights - y[held_out]) ** 2))

    def batch_fun(X):
        penalties, gammas = 10.0 ** np.asarray(X, dtype=float).T
        kernels = np.exp(-gammas[:, None, None] * squared)
        systems = kernels[:, train] + penalties[:, None, None] * np.eye(train.sum())
        weights = np.linalg.solve(systems, np.broadcast_to(y[train, None], (len(X), train.sum(), 1)))
        return np.mean((kernels[:, held_out] @ weights - y[held_out, None]) ** 2, axis=(1, 2))

    return Problem(
        fun,
        batch_fun=batch_fun,
        bounds=[(-8.0, 2.0), (-2.0, 3.0)],
        x0=np.array([0.0, 0.0]),
        window=((-8.0, 2.0), (-2.0, 3.0)),
        name="kernel_ridge_tuning",
    )
