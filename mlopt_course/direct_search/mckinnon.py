"""A convex function on which Nelder-Mead stops at a point that is not stationary."""

from __future__ import annotations

import math

import numpy as np

from ..problem import Problem

_ROOT = math.sqrt(33.0)

#: The simplex from which Nelder-Mead contracts inside for ever, towards the origin.
MCKINNON_SIMPLEX = np.array([[0.0, 0.0], [(1 + _ROOT) / 8, (1 - _ROOT) / 8], [1.0, 1.0]])
MCKINNON_SIMPLEX.flags.writeable = False


def mckinnon() -> Problem:
    r"""McKinnon's function, :math:`f(x, y) = 360 x^2 + y + y^2` for :math:`x \le 0`, else :math:`6 x^2 + y + y^2`.

    Strictly convex, with continuous first derivatives and its minimum -1/4 at (0, -1/2). From `MCKINNON_SIMPLEX`
    Nelder-Mead shrinks towards (0, 0), where the gradient is (0, 1).

    References
    ----------
    McKinnon (1998), SIAM Journal on Optimization 9(1), doi:10.1137/S1052623496303482, with tau = 2, theta = 6 and
    phi = 60.
    """

    def fun(point):
        x, y = np.transpose(point)
        return np.where(x <= 0, 360.0, 6.0) * x**2 + y + y**2

    def gradient(point):
        x, y = point
        return np.array([2 * (360.0 if x <= 0 else 6.0) * x, 1 + 2 * y])

    return Problem(
        fun,
        gradient,
        batch_fun=fun,
        x0=MCKINNON_SIMPLEX[0],
        x_opt=[0.0, -0.5],
        f_opt=-0.25,
        window=((-0.5, 1.5), (-1.0, 1.5)),
        name="mckinnon",
    )
