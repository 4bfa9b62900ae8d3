"""Image recognition: handwritten digits, by a perceptron or a small convolutional network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..arguments import as_generator
from ..ml_problems.evaluation import holdout


@dataclass(frozen=True, eq=False)
class Images:
    """Images divided once and for all into three parts, each with the same share of every class.

    Attributes
    ----------
    train, validation, test : (X, y)
        Images (n, 1, 8, 8) with pixels in [0, 1], and labels (n,). Choose by the second, report the third.
    """

    train: tuple[np.ndarray, np.ndarray]
    validation: tuple[np.ndarray, np.ndarray]
    test: tuple[np.ndarray, np.ndarray]


def digit_images(*, rng: np.random.Generator | int | None = 0) -> Images:
    """The 1797 digits of 8 x 8 pixels that ship with scikit-learn: 60 % to train on, 20 % to validate, 20 % to test.

    ``small_convnet(8, 8, 10)`` takes them as they are; for an `mlp` flatten them, ``X.reshape(len(X), -1)``.

    Parameters
    ----------
    rng : numpy.random.Generator, int or None
        Divides them.

    Raises
    ------
    ModuleNotFoundError
        If scikit-learn is not installed.

    References
    ----------
    Alpaydin and Kaynak (1998), Optical recognition of handwritten digits, UCI.
    """
    try:
        from sklearn.datasets import load_digits
    except ModuleNotFoundError:
        raise ModuleNotFoundError("the digits ship with scikit-learn, which is not installed; install it") from None
    rng = as_generator(rng)
    data = load_digits()
    X, y = data.images[:, None] / 16.0, data.target
    rest, test = holdout(len(y), share=0.2, labels=y, rng=rng)
    train, validation = holdout(len(rest), share=0.25, labels=y[rest], rng=rng)
    train, validation = rest[train], rest[validation]
    return Images((X[train], y[train]), (X[validation], y[validation]), (X[test], y[test]))
