"""Gradient clipping, as a wrapper of the problem: it works with every method that takes a gradient."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from .. import validate
from ..problem import Problem


def clip_gradient(problem: Problem, *, norm: float | None = None, value: float | None = None) -> Problem:
    r"""The same problem with gradients that never pass a bound.

    ``minimize(clip_gradient(problem, norm=1.0), method="momentum")``.

    Parameters
    ----------
    problem : Problem
        With a gradient. Those of mini-batches and of single terms are clipped, too.
    norm : float, optional
        Longest gradient (Euclidean): a longer one is scaled to this length, its direction kept.
    value : float, optional
        Largest component, by absolute value: larger ones are cut off, which may turn the direction.
        Give one of the two.

    Returns
    -------
    Problem
        With clipped gradients; ``fun``, ``hessian`` and all else unchanged.

    Raises
    ------
    ValueError
        If neither or both are given, one is not positive, or the problem has no gradient.

    Notes
    -----
    The norm is exact, as in Optax's ``clip_by_global_norm``; PyTorch's ``clip_grad_norm_`` adds 1e-6 to it first.

    References
    ----------
    Pascanu, Mikolov and Bengio (2013), On the difficulty of training recurrent neural networks, Algorithm 1.
    arXiv:1211.5063.
    """
    if (norm is None) == (value is None):
        raise ValueError(f"norm or value must be given, and not both, got norm={norm!r} and value={value!r}")
    if problem.gradient is None and problem.sample is None:
        raise ValueError(f"problem must have a gradient to clip, but {problem.name} has none")
    validate.positive(**{"value": value} if norm is None else {"norm": norm})
    clip = _clip_value(value) if norm is None else _clip_norm(norm)
    return replace(
        problem,
        gradient=_then(clip, problem.gradient),
        terms_gradient=_then(clip, problem.terms_gradient),
        sample=None if problem.sample is None else _clipped_sample(clip, problem.sample),
        name=f"{problem.name}, clipped",
    )


def _clip_norm(norm: float) -> Callable[[Any], Any]:
    def clip(gradient: Any) -> Any:
        length = float(np.linalg.norm(gradient))
        return gradient * (norm / length) if length > norm else gradient

    return clip


def _clip_value(value: Any) -> Callable[[Any], Any]:
    return lambda gradient: np.clip(gradient, -value, value)


def _then(clip: Callable[[Any], Any], gradient: Callable[..., Any] | None) -> Callable[..., Any] | None:
    return None if gradient is None else lambda *arguments: clip(gradient(*arguments))


def _clipped_sample(clip: Callable[[Any], Any], sample: Callable[..., Any]) -> Callable[..., Any]:
    def begin(rng: np.random.Generator) -> Callable[[Any], Any]:
        gradient = sample(rng)
        return lambda x: clip(gradient(x))

    return begin
