"""Network architecture by mathematical programming: the smallest network that fits, proved to be the smallest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arguments import whole_number
from .mixed_integer import MixedIntegerProgram


@dataclass(frozen=True, eq=False)
class BinarisedNetwork:
    """A network of signs with one hidden layer, whose weights are -1, 0 or 1.

    Attributes
    ----------
    hidden : ndarray of int, shape (h, n + 1)
        A row of weights for each unit; the last is of the constant 1.
    output : ndarray of int, shape (h + 1,)
        Weights of the units, and of the constant 1.
    """

    hidden: np.ndarray
    output: np.ndarray

    @property
    def connections(self) -> int:
        """How many weights are not 0."""
        return int(np.count_nonzero(self.hidden) + np.count_nonzero(self.output))

    @property
    def units(self) -> int:
        """How many hidden units the output listens to."""
        return int(np.count_nonzero(self.output[:-1]))

    def predict(self, X: Any) -> np.ndarray:
        """Signs (m,) for inputs (m, n) of signs. The sign of 0 is +1."""
        active = _sign(_with_ones(np.asarray(X)) @ self.hidden.T)
        return _sign(_with_ones(active) @ self.output)


def smallest_network(X: Any, y: Any, *, hidden: int) -> BinarisedNetwork:
    r"""Choose connections, units and weights at once: the fewest connections that classify all samples rightly.

    A mixed-integer program. Unit h fires on sample t, :math:`p_{ht} = 1`, if and only if
    :math:`z_{ht} = \sum_j u_{hj} x_{tj} \ge 0`: as the sums are whole numbers of size at most :math:`M = n + 1`,

    .. math:: -M (1 - p_{ht}) \le z_{ht} \le (M + 1) p_{ht} - 1 .

    The product of an output weight and an activation :math:`2p - 1 = \pm 1` is a variable :math:`m_{ht}` with
    :math:`|m - v| \le 2 (1 - p)` and :math:`|m + v| \le 2 p`. Both are exact.

    Parameters
    ----------
    X : array_like, shape (m, n)
        Inputs, -1 and 1.
    y : array_like, shape (m,)
        Outputs, -1 and 1.
    hidden : int
        Units at most, at least 1. The time grows fast with it: a few, on a few inputs. Needs SciPy.

    Returns
    -------
    BinarisedNetwork

    Raises
    ------
    ValueError
        If no such network classifies all samples rightly.

    References
    ----------
    Toro Icarte et al. (2019), Training binarized neural networks using MIP and CP, CP 2019: the model with
    the objective "min-weight", here with one hidden layer and a constant input to each layer.
    """
    X, y = _signs(X, y)
    whole_number("hidden", hidden, least=1)
    rows = _with_ones(X)
    m, width = rows.shape
    program = MixedIntegerProgram()
    u, v = (program.variables(shape, low=-1.0, high=1.0, integer=True) for shape in ((hidden, width), hidden + 1))
    for weights in (u.ravel(), v):
        for weight, size in zip(weights, program.variables(weights.size, cost=1.0), strict=True):
            program.constrain((size, 1.0), (weight, 1.0), low=0.0)  # size >= |weight|
            program.constrain((size, 1.0), (weight, -1.0), low=0.0)
    fires = program.variables((hidden, m), high=1.0, integer=True)
    product = program.variables((hidden, m), low=-1.0, high=1.0)
    for t in range(m):
        for h in range(hidden):
            p = fires[h, t]
            program.constrain((u[h], rows[t]), (p, -float(width)), low=-float(width))
            program.constrain((u[h], rows[t]), (p, -float(width + 1)), high=-1.0)
            for sign in (1.0, -1.0):
                program.constrain((product[h, t], sign), (v[h], -sign), (p, 2.0), high=2.0)
                program.constrain((product[h, t], sign), (v[h], sign), (p, -2.0), high=0.0)
        limits = {"low": 0.0} if y[t] > 0 else {"high": -1.0}
        program.constrain((product[:, t], 1.0), (v[-1], 1.0), **limits)
    try:
        x, _ = program.solve()
    except ValueError as error:
        raise ValueError(f"hidden must be larger for a network that fits all samples, got {hidden!r}") from error
    return BinarisedNetwork(x[u].astype(int), x[v].astype(int))


def _with_ones(X: np.ndarray) -> np.ndarray:
    return np.column_stack([X, np.ones(len(X), dtype=X.dtype)])


def _sign(values: np.ndarray) -> np.ndarray:
    return np.where(values >= 0, 1, -1)


def _signs(X: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
    X, y = np.asarray(X), np.asarray(y)
    if X.ndim != 2 or 0 in X.shape or y.shape != (len(X),):
        raise ValueError(f"X and y must have shapes (m, n) and (m,), got {X.shape} and {y.shape}")
    for name, values in (("X", X), ("y", y)):
        if not np.isin(values, (-1, 1)).all():
            raise ValueError(f"{name} must be made of -1 and 1, got {np.unique(values)[:5].tolist()}")
    return X.astype(float), y.astype(float)
