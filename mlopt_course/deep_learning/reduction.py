"""Fewer dimensions: principal components, and autoencoders, which are principal components where they are linear."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arguments import whole_number
from ..basics.clustering import samples
from .network import Network, mlp


@dataclass(frozen=True, eq=False)
class PrincipalComponents:
    """Principal components of a sample.

    Attributes
    ----------
    mean : ndarray, shape (d,)
    components : ndarray, shape (k, d)
        Orthonormal rows, the direction of greatest variance first.
    variance : ndarray, shape (k,)
        Variance along each (divided by n - 1).
    variance_ratio : ndarray, shape (k,)
        The same as parts of the whole variance; 0 for samples that all coincide.
    """

    mean: np.ndarray
    components: np.ndarray
    variance: np.ndarray
    variance_ratio: np.ndarray

    def transform(self, X: Any) -> np.ndarray:
        """Samples (n, d) in the coordinates of the components, (n, k)."""
        return (np.asarray(X, dtype=float) - self.mean) @ self.components.T

    def restore(self, Z: Any) -> np.ndarray:
        """From coordinates (n, k) back to samples (n, d): the nearest points that have these coordinates."""
        return np.asarray(Z, dtype=float) @ self.components + self.mean


def pca(X: Any, components: int | None = None) -> PrincipalComponents:
    """Principal component analysis by the singular value decomposition of the centred samples.

    Parameters
    ----------
    X : array_like, shape (n, d)
        n >= 2.
    components : int, optional
        k, from 1 to min(n, d); all by default.

    Returns
    -------
    PrincipalComponents
        scikit-learn's ``PCA(svd_solver="full")``, signs included: the largest entry of each component is positive.

    References
    ----------
    Jolliffe (2002), Principal Component Analysis, section 3.5.
    """
    X = samples(X)
    if len(X) < 2:
        raise ValueError(f"X must have at least 2 samples, got {len(X)}")
    most = min(X.shape)
    k = most if components is None else whole_number("components", components, least=1, most=most)
    mean = X.mean(axis=0)
    _, singular, rows = np.linalg.svd(X - mean, full_matrices=False)
    largest = rows[np.arange(len(rows)), np.argmax(np.abs(rows), axis=1)]
    variance = singular**2 / (len(X) - 1)
    whole = variance.sum()
    ratio = variance / whole if whole > 0 else np.zeros(most)
    return PrincipalComponents(mean, (rows * np.sign(largest)[:, None])[:k], variance[:k], ratio[:k])


def autoencoder(*widths: int, hidden: str = "tanh") -> Network:
    """An autoencoder: encoder of these widths and its mirror image; train it to give back its inputs.

    ``autoencoder(64, 16, 2)`` has dense layers 64, 16, 2, 16, 64, with the activation between them except around the
    code, and is trained by ``network.problem(X, X)``. With ``hidden="linear"`` the best it can do is `pca` of as many
    components as the code is wide (Baldi and Hornik 1989, doi:10.1016/0893-6080(89)90014-2).

    Parameters
    ----------
    *widths : int
        Inputs first, code last; at least two.
    hidden : str
        Activation.
    """
    if len(widths) < 2:
        raise ValueError(f"widths must have at least inputs and code, got {widths!r}")
    encoder, decoder = mlp(*widths, hidden=hidden), mlp(*reversed(widths), hidden=hidden)
    return Network(*encoder.layers, *decoder.layers)


def encode(network: Network, x: Any, X: Any) -> np.ndarray:
    """The code (n, k) that an `autoencoder` with the parameters ``x`` makes of samples (n, d)."""
    half = Network(*network.layers[: len(network.layers) // 2])
    return half.predict(np.asarray(x)[: half.size], X)
