r"""Covariance functions of distance: RBF and Matern, with a length scale for each variable (ARD).

Each is a function of the squared scaled distance :math:`s = \sum_j (x_j - x'_j)^2 / \ell_j^2`; it returns the
correlation :math:`k(s)` and :math:`dk/ds`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from types import MappingProxyType

import numpy as np

Profile = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


def rbf(s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    r""":math:`e^{-s/2}`: samples are smooth without limit. Rasmussen and Williams (2006), equation (4.9)."""
    k = np.exp(-0.5 * s)
    return k, -0.5 * k


def matern12(s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    r""":math:`e^{-r}, r = \sqrt s`: samples are continuous and rough. Rasmussen and Williams (2006), (4.18).

    Its derivative is infinite at 0, where it is set to 0: there it is only ever multiplied by 0.
    """
    r = np.sqrt(s)
    k = np.exp(-r)
    return k, np.where(r > 0, -0.5 * k / np.where(r > 0, r, 1.0), 0.0)


def matern32(s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    r""":math:`(1 + \sqrt3 r) e^{-\sqrt3 r}`: samples have one derivative. Rasmussen and Williams (2006), (4.17)."""
    r = np.sqrt(3.0 * s)
    decay = np.exp(-r)
    return (1.0 + r) * decay, -1.5 * decay


def matern52(s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    r""":math:`(1 + \sqrt5 r + \tfrac53 s) e^{-\sqrt5 r}`: two derivatives. Rasmussen and Williams (2006), (4.17)."""
    r = np.sqrt(5.0 * s)
    decay = np.exp(-r)
    return (1.0 + r + r * r / 3.0) * decay, -5.0 / 6.0 * (1.0 + r) * decay


#: The kernels by name.
KERNELS: MappingProxyType[str, Profile] = MappingProxyType(
    {"rbf": rbf, "matern12": matern12, "matern32": matern32, "matern52": matern52}
)


def find_kernel(name: str) -> Profile:
    """The kernel of that name; a ValueError names those that there are."""
    if name not in KERNELS:
        raise ValueError(f"kernel must be one of {', '.join(KERNELS)}, got {name!r}")
    return KERNELS[name]


def squared_distances(A: np.ndarray, B: np.ndarray, lengthscale: np.ndarray) -> np.ndarray:
    """The squared scaled distances of the rows of ``A`` (n, d) and ``B`` (m, d): shape (n, m).

    Written out, :math:`|a - b|^2 = |a|^2 + |b|^2 - 2 a b` about the mean: quicker than differences, and as exact as the
    jitter that the kernel matrix gets.
    """
    centre = A.mean(axis=0) if len(A) else 0.0
    A, B = (A - centre) / lengthscale, (B - centre) / lengthscale
    squares = np.sum(A * A, axis=1)[:, None] + np.sum(B * B, axis=1) - 2.0 * A @ B.T
    return np.maximum(squares, 0.0)


LOG_2PI = math.log(2 * math.pi)
