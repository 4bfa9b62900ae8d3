"""Which features are worth having: correlations before training, ablation after it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .clustering import samples


def correlation_matrix(X: Any) -> np.ndarray:
    r"""Pearson correlations between the columns of ``X``.

    Parameters
    ----------
    X : array_like, shape (n, d)
        Samples, n >= 2.

    Returns
    -------
    ndarray, shape (d, d)
        Symmetric, 1 on the diagonal, in [-1, 1]. A constant column correlates with nothing: 0 (`numpy.corrcoef` gives
        nan there).
    """
    X = samples(X)
    if len(X) < 2:
        raise ValueError(f"X must have at least 2 samples, got {len(X)}")
    centred = X - X.mean(axis=0)
    # The mean of equal numbers may differ from them by rounding; what is left then is not a spread.
    centred[:, np.ptp(X, axis=0) == 0] = 0.0
    lengths = np.sqrt((centred**2).sum(axis=0))
    unit = centred / np.where(lengths > 0, lengths, 1.0)
    correlations = np.clip(unit.T @ unit, -1.0, 1.0)
    np.fill_diagonal(correlations, 1.0)
    return correlations


def ablation(
    score: Callable[[np.ndarray], float], X: Any, *, names: Sequence[str] | None = None
) -> dict[str | int, float]:
    """What each feature contributes: the score with all features less the score without that one.

    Parameters
    ----------
    score : callable
        ``score(X) -> float``, higher is better: trains and *validates* on these columns.
    X : array_like, shape (n, d)
        d >= 2.
    names : sequence of str, optional
        Names of the columns; their numbers by default.

    Returns
    -------
    dict
        Loss of score without each feature, greatest first. Near 0: the others make up for it (two copies of one
        feature both show 0, so drop one at a time and ask again).
    """
    X = samples(X)
    d = X.shape[1]
    if d < 2:
        raise ValueError(f"X must have at least 2 features to leave one out, got {d}")
    labels: Sequence[str | int] = range(d) if names is None else list(names)
    if len(set(labels)) != d:
        raise ValueError(f"names must be {d} different names, one for each column, got {names!r}")
    whole = float(score(X))
    losses = {label: whole - float(score(np.delete(X, i, axis=1))) for i, label in enumerate(labels)}
    return dict(sorted(losses.items(), key=lambda item: -item[1]))
