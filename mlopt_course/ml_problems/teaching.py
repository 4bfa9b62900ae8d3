"""Machine teaching: the fewest examples from which a known learner learns what the teacher has in mind."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import validate
from ..arguments import whole_number
from .mixed_integer import MixedIntegerProgram


def smallest_teaching_set(labels: Any, target: int) -> np.ndarray:
    r"""The fewest examples that leave a learner no hypothesis but the target: its teaching dimension, by a MILP.

    The learner keeps every hypothesis that agrees with all examples shown. So for each other hypothesis at least one
    example on which it errs must be shown: a set cover,
    :math:`\min \sum_i s_i` with :math:`\sum_{i: h(x_i) \ne h^*(x_i)} s_i \ge 1` for all :math:`h \ne h^*`.

    Parameters
    ----------
    labels : array_like, shape (hypotheses, examples)
        What each hypothesis says of each example that could be shown.
    target : int
        The row to teach.

    Returns
    -------
    ndarray of int
        The examples to show (columns), ascending. Needs SciPy.

    Raises
    ------
    ValueError
        If another hypothesis agrees with the target on all examples: it cannot be told apart.

    References
    ----------
    Goldman and Kearns (1995), On the complexity of teaching; Zhu (2015), Machine teaching, AAAI, who puts
    the learner's optimisation problem into the teacher's.
    """
    labels = np.asarray(labels)
    if labels.ndim != 2 or 0 in labels.shape:
        raise ValueError(f"labels must have shape (hypotheses, examples), got {labels.shape}")
    whole_number("target", target, least=0, most=len(labels) - 1)
    errs = np.delete(labels != labels[target], target, axis=0)
    if not errs.any(axis=1).all():
        raise ValueError(f"target must differ from each other hypothesis on some example, got {target!r}")
    if not len(errs):
        return np.array([], dtype=int)
    program = MixedIntegerProgram()
    shown = program.variables(labels.shape[1], high=1.0, cost=1.0, integer=True)
    for row in np.unique(errs, axis=0):
        program.constrain((shown[row], 1.0), low=1.0)
    x, _ = program.solve()
    return np.flatnonzero(x[shown] > 0.5)


def teach_ridge(target: Any, *, l2: float, length: float = 1.0) -> tuple[np.ndarray, float]:
    r"""The one example from which ridge regression learns exactly the weights in mind.

    The learner's answer to a single example is :math:`w = x y / (\lambda + \lVert x \rVert^2)`; so :math:`x` along the
    target and :math:`y = (\lambda + \lVert x \rVert^2) \lVert w^* \rVert / \lVert x \rVert` give it.

    Parameters
    ----------
    target : array_like, shape (d,)
        :math:`w^*`, not 0 (which the learner answers to no example at all).
    l2 : float
        The learner minimises :math:`\frac12 (x^\top w - y)^2 + \frac\lambda2 \lVert w \rVert^2`; :math:`\lambda > 0`.
    length : float
        Of :math:`x`, positive.

    Returns
    -------
    x : ndarray, shape (d,)
    y : float

    References
    ----------
    Liu and Zhu (2016), The teaching dimension of linear learners, JMLR 17.
    """
    w = np.asarray(target, dtype=float)
    validate.positive(l2=l2, length=length)
    size = float(np.linalg.norm(w)) if w.ndim == 1 else 0.0
    if not (np.isfinite(size) and size > 0):
        raise ValueError(f"target must be a vector of finite numbers, not all 0, got {target!r}")
    return w * (length / size), (l2 + length**2) * size / length
