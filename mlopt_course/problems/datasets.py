"""Data for the finite sums: sets that ship with scikit-learn, standardised, and generated ones."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..arguments import as_generator, real_number, whole_number

# What each task can load by name.
NAMED = {"linear": ("diabetes",), "logistic": ("breast_cancer",), "softmax": ("digits",)}


def named_data(name: str, task: str, **generated: Any) -> tuple[np.ndarray, np.ndarray]:
    """Data for a task by name: ``"generated"``, or a set that ships with scikit-learn.

    ``diabetes`` (442 samples, 10 features) is for ``linear``, ``breast_cancer`` (569, 30) for ``logistic``, ``digits``
    (1797, 64; ten classes) for ``softmax``. Features are standardised: mean 0 and variance 1 (constant ones 0); so is
    the ``y`` of ``diabetes``.

    Parameters
    ----------
    name : str
        ``"generated"``, or the name of a set. Sets need scikit-learn, imported here; they are files within it, so
        nothing is downloaded.
    task : {"linear", "logistic", "softmax"}
        What ``y`` should be: real numbers; 0 and 1; the integers from 0 to k - 1.
    **generated
        Settings of `generated_data`, for ``"generated"`` alone.

    Returns
    -------
    X : ndarray, shape (n, d)
    y : ndarray, shape (n,)

    Raises
    ------
    ValueError
        If there is no such task or set, or settings are given that it does not take.
    ModuleNotFoundError
        If scikit-learn is needed and not installed.
    """
    _check_task(task)
    if name == "generated":
        return generated_data(task, **generated)
    if name not in NAMED[task]:
        allowed = ", ".join(map(repr, ("generated", *NAMED[task])))
        raise ValueError(f"data must be {allowed} or a pair (X, y), got {name!r}")
    if generated:
        raise ValueError(f"{', '.join(generated)} can only be given with data='generated', got data={name!r}")
    try:
        from sklearn import datasets
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            f"data={name!r} ships with scikit-learn, which is not installed; install it, or use data='generated'"
        ) from None
    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    return _standardised(X), (_standardised(y) if task == "linear" else y)


def generated_data(
    task: str,
    *,
    dimension: int = 10,
    samples: int = 500,
    condition: float = 10.0,
    noise: float = 0.1,
    classes: int = 3,
    rng: np.random.Generator | int | None = 0,
) -> tuple[np.ndarray, np.ndarray]:
    r"""Data of a known difficulty: the eigenvalues of :math:`X^\top X / n` go from 1 down to ``1 / condition``.

    They are evenly spread on a logarithmic scale, along random directions. The labels follow the model that the
    regression fits: a random linear function plus noise, or classes drawn with the model's probabilities.

    Parameters
    ----------
    task : {"linear", "logistic", "softmax"}
        What ``y`` should be: real numbers; 0 and 1; the integers from 0 to ``classes - 1``.
    dimension, samples : int
        Shape of ``X``: d >= 1 and n >= d.
    condition : float
        Condition number, at least 1.
    noise : float
        Standard deviation of the noise in ``y``, at least 0 (``linear`` alone).
    classes : int
        Number of classes, at least 2 (``softmax`` alone).
    rng : numpy.random.Generator, int or None
        The same seed gives the same data; None gives new ones each time.

    Returns
    -------
    X : ndarray, shape (n, d)
    y : ndarray, shape (n,)
    """
    _check_task(task)
    d = whole_number("dimension", dimension, least=1)
    n = whole_number("samples", samples, least=d)
    k = whole_number("classes", classes, least=2, most=n) if task == "softmax" else 1
    condition, noise = real_number("condition", condition, least=1.0), real_number("noise", noise, least=0.0)
    rng = as_generator(rng)
    eigenvalues = condition ** -np.linspace(0.0, 1.0, d)
    X = math.sqrt(n) * _orthonormal(rng, n, d) * np.sqrt(eigenvalues) @ _orthonormal(rng, d, d).T
    if task == "linear":
        return X, X @ rng.standard_normal(d) + noise * rng.standard_normal(n)
    # Scores of standard deviation 2: classes overlap, and are not a matter of chance.
    scores = X @ rng.standard_normal((d, k))
    scores *= 2.0 / scores.std()
    if task == "logistic":
        return X, (rng.random(n) < 1.0 / (1.0 + np.exp(-scores[:, 0]))).astype(int)
    # The largest score plus Gumbel noise is a draw from the softmax of the scores.
    y = np.argmax(scores + rng.gumbel(size=scores.shape), axis=1)
    y[:k] = np.arange(k)  # every class occurs
    return X, y


def _check_task(task: Any) -> None:
    if task not in NAMED:
        raise ValueError(f"task must be one of {', '.join(map(repr, NAMED))}, got {task!r}")


def _orthonormal(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    """Random orthonormal columns; the signs are fixed so that every LAPACK gives the same."""
    Q, R = np.linalg.qr(rng.standard_normal((rows, columns)))
    return Q * np.sign(np.diag(R))


def _standardised(values: np.ndarray) -> np.ndarray:
    centred = values - values.mean(axis=0)
    spread = centred.std(axis=0)
    return centred / np.where(spread > 0.0, spread, 1.0)
