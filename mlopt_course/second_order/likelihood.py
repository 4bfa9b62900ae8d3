"""Methods for likelihoods: the natural gradient, and reweighted least squares."""

from __future__ import annotations

from itertools import count

import numpy as np

from .. import validate
from ..registry import Iterate, method
from ..schedules import as_schedule
from ..vectors import as_vectors
from .newton import AT_REST


@method(
    chapter="second_order",
    needs=("gradient", "fisher"),
    use_when="a probability model is fitted: its steps do not depend on how the model is parametrised",
    fails_when="the Fisher matrix is singular (give damping), or too large to solve with",
    reference="Amari (1998), doi:10.1162/089976698300017746, Theorem 1",
)
def natural_gradient(problem, x0, *, learning_rate=1.0, damping=0.0, tolerance=1e-6):
    r"""Natural gradient: steepest descent where distance is that between the distributions.

    .. math:: x_{t+1} = x_t - \eta\, (F(x_t) + \lambda I)^{-1} \nabla f(x_t)

    Parameters
    ----------
    problem : Problem
        With a gradient and ``fisher``, the Fisher information matrix (d, d).
    x0 : ndarray, shape (d,)
        Start.
    learning_rate : float or schedule
        :math:`\eta > 0`. With 1, it is Fisher scoring, and on linear and logistic regression Newton's method.
    damping : float
        :math:`\lambda \ge 0`.
    tolerance : float
        Stop when no component of the gradient is larger than this (>= 0).

    Yields
    ------
    Iterate
        ``x`` (d,).

    References
    ----------
    Amari (1998), Natural gradient works efficiently in learning, Theorem 1. Deviation: damping, as in Martens (2020),
    arXiv:1412.1193.
    """
    validate.not_negative(damping=damping, tolerance=tolerance)
    rate = as_schedule(learning_rate, problem)
    vectors = as_vectors(problem, x0)
    x, identity = vectors.start, np.eye(vectors.start.size)
    for step in count():
        gradient = vectors.gradient(x)
        if np.abs(gradient).max() <= tolerance:
            return AT_REST.format(tolerance)
        fisher = np.reshape(problem.fisher(vectors.restore(x)), identity.shape)
        try:
            x = x - rate(step, x) * np.linalg.solve(fisher + damping * identity, gradient)
        except np.linalg.LinAlgError:
            return False, "The Fisher matrix is singular here: give damping."
        yield Iterate(vectors.restore(x))
    return None


@method(
    chapter="second_order",
    needs=("gradient", "samples"),
    use_when="a logistic regression has up to some thousand features: it is done in a handful of steps",
    fails_when="classes are separable and l2 is 0 (there is no minimum), or the start is far off (it may diverge)",
    reference="Bishop (2006), Pattern Recognition and Machine Learning, equations (4.99) and (4.100)",
)
def irls(problem, x0, *, tolerance=1e-8):
    r"""Iteratively reweighted least squares: logistic regression as a chain of weighted linear regressions.

    With :math:`p_i` the probability of class 1 and :math:`w_i = p_i (1 - p_i)`, each step solves

    .. math:: \min_x \frac1{2n} \sum_i w_i (z_i - x_i^\top x)^2 + \frac{\lambda}2 \lVert x \rVert^2, \qquad
              z_i = x_i^\top x_t + \frac{y_i - p_i}{w_i}

    Parameters
    ----------
    problem : Problem
        A logistic regression with its ``samples`` (see `mlopt_course.problems.logistic_regression`).
    x0 : ndarray, shape (d,)
        Start.
    tolerance : float
        Stop when no component of the gradient is larger than this (>= 0).

    Yields
    ------
    Iterate
        ``x`` (d,).

    Notes
    -----
    The steps are Newton's; scikit-learn's ``LogisticRegression(solver="newton-cholesky")`` has the same minimum.

    References
    ----------
    Bishop (2006), section 4.3.3, equations (4.99) and (4.100), with the penalty's term added to the matrix; the
    products :math:`w_i z_i` are formed without dividing by :math:`w_i`, which may be zero.
    """
    validate.not_negative(tolerance=tolerance)
    features, labels = _two_classes(problem)
    n, x = len(labels), x0
    while np.abs(problem.gradient(x)).max() > tolerance:
        scores = features @ x
        probability = 0.5 * (1 + np.tanh(0.5 * scores))  # the sigmoid, without overflow
        weights = probability * (1 - probability)
        matrix = (features.T * weights) @ features / n + problem.l2 * np.eye(x.size)
        weighted_targets = weights * scores + (labels - probability)
        try:
            x = np.linalg.solve(matrix, features.T @ weighted_targets / n)
        except np.linalg.LinAlgError:
            return False, "All weights are nearly zero: the classes are separable, or x is far from the minimum."
        yield Iterate(x)
    return AT_REST.format(tolerance)


def _two_classes(problem):
    """Features and labels 0 or 1 of a logistic regression; a ValueError for any other problem."""
    if problem.samples is None:
        raise ValueError(f"{problem.name} has no samples; use problems.logistic_regression()")
    features, labels = problem.samples
    if not set(np.unique(labels).tolist()) <= {-1, 0, 1}:
        raise ValueError(f"{problem.name} must have two classes, 0 and 1 or -1 and 1, for irls")
    return features, (labels == 1).astype(float)
