"""Mesh adaptive direct search: polls in directions that become dense, on a mesh that becomes fine."""

from __future__ import annotations

import numpy as np

from ..arguments import real_number
from ..registry import Iterate, method
from .box import on_vectors
from .evolution import first_step


@method(
    chapter="stochastic",
    use_when="the objective is not smooth (kinks, plateaus), costs much, and has at most some tens of variables",
    fails_when="the objective is smooth: methods that model it need far fewer evaluations",
    reference="Audet and Hare (2017), Derivative-Free and Blackbox Optimization, Algorithms 8.1 and 8.2",
)
@on_vectors
def mads(problem, x0, *, step_size=None, tolerance=1e-9, rng):
    r"""Mesh adaptive direct search: poll around the best point along random, orthogonal mesh directions.

    The frame size :math:`\Delta` doubles after a success and halves after a failure; the mesh size is
    :math:`\delta = \min(\Delta, \Delta^2)` (both in units of the first step), so there are ever more
    directions to poll.

    Parameters
    ----------
    problem : Problem
        Objective on :math:`\mathbb{R}^d`; only function values are used.
    x0 : ndarray, shape (d,), or float
        Start.
    step_size : float, optional
        First frame size > 0; 0.3 of the mean width of the box where the problem has one, else 0.5.
    tolerance : float
        Stop when the frame size is below this share of the first.

    Yields
    ------
    Iterate
        ``x`` (d,) the best point, ``fun``, ``frame_size``, and ``poll`` (2 d, d), the points of the frame.

    References
    ----------
    Audet and Hare (2017), Algorithm 8.1 with the Householder directions of Algorithm 8.2; MADS is by Audet and Dennis
    (2006), SIAM J. Optim. 17. The search step is their speculative one: after a success, four times as far.
    The poll takes the first point that is better, and tries first what is nearest to the last success. Deviation: the
    frame grows to a million times the first at most.
    """
    unit = first_step(problem, step_size)
    real_number("tolerance", tolerance, 0)
    x, fun = x0, problem.fun(x0)
    frame, last = 1.0, None
    while frame > tolerance:
        mesh = min(frame, frame**2)
        directions = mesh * _frame_directions(rng, x.size, frame / mesh)
        if last is not None:
            directions = directions[np.argsort(-(directions @ last), kind="stable")]
        poll, success = x + unit * directions, False
        for point, direction in zip(poll, directions, strict=True):
            f_point = problem.fun(point)
            if f_point < fun:
                x, fun, last, success = point, f_point, direction, True
                further = x + 3 * unit * direction
                f_further = problem.fun(further)
                if f_further < fun:
                    x, fun = further, f_further
                break
        frame = min(2 * frame, 1e6) if success else 0.5 * frame
        yield Iterate(x, fun=fun, frame_size=unit * frame, poll=poll)
    return f"The frame is smaller than {tolerance} of the first."


def _frame_directions(rng, d, ratio):
    """A random orthogonal basis and its negative in whole mesh steps; the largest entry of each is ``ratio``."""
    v = rng.standard_normal(d)
    v /= np.linalg.norm(v)
    H = np.eye(d) - 2 * np.outer(v, v)
    basis = np.round(ratio * H / np.abs(H).max(axis=0)).T
    return np.vstack([basis, -basis])
