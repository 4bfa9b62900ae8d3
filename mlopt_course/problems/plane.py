r"""Test functions of two variables, with exact derivatives, optima and picture window.

Every ``fun`` works along the last axis: it takes a point (d,) or a population (n, d), so it is its own ``batch_fun``.
All are smooth, and accept complex ``x`` (for the complex-step derivative).

References
----------
Jamil and Yang (2013), A literature survey of benchmark functions for global optimisation problems, arXiv:1308.4008
(cited by number); Surjanovic and Bingham (2013), Virtual Library of Simulation Experiments,
https://www.sfu.ca/~ssurjano/optimization.html (cited by name).
"""

from __future__ import annotations

import math

import numpy as np

from ..problem import Problem
from .bowls import square


def booth() -> Problem:
    r"""A tilted bowl, :math:`f(x, y) = (x + 2y - 7)^2 + (2x + y - 5)^2`.

    Convex, condition number 9. Minimum 0 at (1, 3); box :math:`[-10, 10]^2`.

    References
    ----------
    Jamil and Yang (2013), no. 17.
    """

    def fun(point):
        x, y = np.transpose(point)
        return (x + 2.0 * y - 7.0) ** 2 + (2.0 * x + y - 5.0) ** 2

    def gradient(point):
        x, y = point
        return np.array([10.0 * x + 8.0 * y - 34.0, 8.0 * x + 10.0 * y - 38.0])

    return Problem(
        fun,
        gradient,
        hessian=lambda point: np.array([[10.0, 8.0], [8.0, 10.0]]),
        batch_fun=fun,
        bounds=[(-10.0, 10.0)] * 2,
        x0=[-6.0, -4.0],
        x_opt=[1.0, 3.0],
        f_opt=0.0,
        window=square(-10.0, 10.0),
        name="booth",
        smoothness=18.0,
        strong_convexity=2.0,
    )


def beale() -> Problem:
    r"""A plain with steep corners, :math:`f(x, y) = \sum_{k=1}^3 (a_k - x + x y^k)^2`, :math:`a = (1.5, 2.25, 2.625)`.

    Minimum 0 at (3, 0.5); for :math:`x \to -\infty`, :math:`y \to 1` the values fall as well, but not so far.
    Box :math:`[-4.5, 4.5]^2`.

    References
    ----------
    Jamil and Yang (2013), no. 10.
    """
    targets = np.array([1.5, 2.25, 2.625])

    def residuals(x, y):
        return np.array([a - x * (1.0 - y**k) for k, a in enumerate(targets, start=1)])

    def slopes(x, y):
        """Derivatives of the residuals by x and by y, shape (3, 2)."""
        return np.array([[y - 1.0, x], [y**2 - 1.0, 2.0 * x * y], [y**3 - 1.0, 3.0 * x * y**2]])

    def fun(point):
        return np.sum(residuals(*np.transpose(point)) ** 2, axis=0)

    def gradient(point):
        x, y = point
        return 2.0 * residuals(x, y) @ slopes(x, y)

    def hessian(point):
        x, y = point
        r, J = residuals(x, y), slopes(x, y)
        xy = r @ np.array([1.0, 2.0 * y, 3.0 * y**2])
        yy = r @ np.array([0.0, 2.0 * x, 6.0 * x * y])
        return 2.0 * (J.T @ J + np.array([[0.0, xy], [xy, yy]]))

    return Problem(
        fun,
        gradient,
        hessian,
        batch_fun=fun,
        bounds=[(-4.5, 4.5)] * 2,
        x0=[1.0, 1.5],
        x_opt=[3.0, 0.5],
        f_opt=0.0,
        window=square(-4.5, 4.5),
        name="beale",
    )


def himmelblau() -> Problem:
    r"""Four equal hollows, :math:`f(x, y) = (x^2 + y - 11)^2 + (x + y^2 - 7)^2`.

    Minimum 0 at (3, 2) and at three points more (``x_opt`` has all four); box :math:`[-5, 5]^2`.

    References
    ----------
    Himmelblau (1972), Applied Nonlinear Programming; Jamil and Yang (2013), no. 65.
    """

    def fun(point):
        x, y = np.transpose(point)
        return (x**2 + y - 11.0) ** 2 + (x + y**2 - 7.0) ** 2

    def gradient(point):
        x, y = point
        a, b = x**2 + y - 11.0, x + y**2 - 7.0
        return np.array([4.0 * x * a + 2.0 * b, 2.0 * a + 4.0 * y * b])

    def hessian(point):
        x, y = point
        a, b = x**2 + y - 11.0, x + y**2 - 7.0
        mixed = 4.0 * (x + y)
        return np.array([[4.0 * a + 8.0 * x**2 + 2.0, mixed], [mixed, 4.0 * b + 8.0 * y**2 + 2.0]])

    return Problem(
        fun,
        gradient,
        hessian,
        batch_fun=fun,
        bounds=[(-5.0, 5.0)] * 2,
        x0=[-0.5, -1.0],
        x_opt=[
            [3.0, 2.0],
            [-2.8051180869527448531, 3.1313125182505729658],
            [-3.7793102533777468919, -3.2831859912861694123],
            [3.5844283403304917449, -1.8481265269644035535],
        ],
        f_opt=0.0,
        window=square(-5.0, 5.0),
        name="himmelblau",
    )


def goldstein_price() -> Problem:
    r"""Walls of 1e6 around a floor of 3: :math:`f(x, y) = A(x + y)\, B(2x - 3y)`.

    :math:`A(s) = 1 + (s + 1)^2 (3 s^2 - 14 s + 19)` and :math:`B(t) = 30 + t^2 (3 t^2 - 16 t + 18)`: the usual
    polynomial of degree 8, written in its two directions. Minimum 3 at (0, -1), three local minima more; box
    :math:`[-2, 2]^2`.

    References
    ----------
    Goldstein and Price (1971), Mathematics of Computation 25(115), doi:10.2307/2005219.
    """

    def factors(x, y):
        s, t = x + y, 2.0 * x - 3.0 * y
        A = 1.0 + (s + 1.0) ** 2 * (3.0 * s**2 - 14.0 * s + 19.0)
        B = 30.0 + t**2 * (3.0 * t**2 - 16.0 * t + 18.0)
        return A, B, s, t

    def slopes(s, t):
        return 12.0 * (s - 2.0) * (s - 1.0) * (s + 1.0), 12.0 * t * (t - 1.0) * (t - 3.0)

    def fun(point):
        A, B, *_ = factors(*np.transpose(point))
        return A * B

    def gradient(point):
        A, B, s, t = factors(*point)
        dA, dB = slopes(s, t)
        return np.array([dA * B + 2.0 * A * dB, dA * B - 3.0 * A * dB])

    def hessian(point):
        A, B, s, t = factors(*point)
        dA, dB = slopes(s, t)
        ddA, ddB = 36.0 * s**2 - 48.0 * s - 12.0, 36.0 * t**2 - 96.0 * t + 36.0
        mixed = ddA * B - dA * dB - 6.0 * A * ddB
        return np.array(
            [
                [ddA * B + 4.0 * dA * dB + 4.0 * A * ddB, mixed],
                [mixed, ddA * B - 6.0 * dA * dB + 9.0 * A * ddB],
            ]
        )

    return Problem(
        fun,
        gradient,
        hessian,
        batch_fun=fun,
        bounds=[(-2.0, 2.0)] * 2,
        x0=[-0.7, 0.4],
        x_opt=[0.0, -1.0],
        f_opt=3.0,
        window=square(-2.0, 2.0),
        name="goldstein_price",
    )


def branin() -> Problem:
    r"""Three equal hollows, :math:`f(x, y) = (y - \tfrac{5.1}{4 \pi^2} x^2 + \tfrac5\pi x - 6)^2
    + 10 (1 - \tfrac1{8 \pi}) \cos x + 10`.

    Minimum :math:`5 / (4 \pi)` at :math:`(-\pi, 12.275)`, :math:`(\pi, 2.275)` and :math:`(3 \pi, 2.475)`; box
    :math:`[-5, 10] \times [0, 15]`.

    References
    ----------
    Branin (1972), IBM Journal of Research and Development 16(5); Surjanovic and Bingham (2013), Branin function.
    """
    bend, slope, wave = 5.1 / (4.0 * math.pi**2), 5.0 / math.pi, 10.0 * (1.0 - 1.0 / (8.0 * math.pi))

    def fun(point):
        x, y = np.transpose(point)
        return (y - bend * x**2 + slope * x - 6.0) ** 2 + wave * np.cos(x) + 10.0

    def gradient(point):
        x, y = point
        q, dq = y - bend * x**2 + slope * x - 6.0, slope - 2.0 * bend * x
        return np.array([2.0 * q * dq - wave * np.sin(x), 2.0 * q])

    def hessian(point):
        x, y = point
        q, dq = y - bend * x**2 + slope * x - 6.0, slope - 2.0 * bend * x
        return np.array([[2.0 * dq**2 - 4.0 * bend * q - wave * np.cos(x), 2.0 * dq], [2.0 * dq, 2.0]])

    return Problem(
        fun,
        gradient,
        hessian,
        batch_fun=fun,
        bounds=[(-5.0, 10.0), (0.0, 15.0)],
        x0=[6.0, 12.0],
        x_opt=[[-math.pi, 12.275], [math.pi, 2.275], [3.0 * math.pi, 2.475]],
        f_opt=5.0 / (4.0 * math.pi),
        window=((-5.0, 10.0), (0.0, 15.0)),
        name="branin",
    )


def six_hump_camel() -> Problem:
    r"""Six hollows, two of them lowest: :math:`f(x, y) = (4 - 2.1 x^2 + x^4 / 3) x^2 + x y + (4 y^2 - 4) y^2`.

    Minimum about -1.0316285 at :math:`\pm (0.0898420, -0.7126564)`; box :math:`[-3, 3] \times [-2, 2]`.

    References
    ----------
    Surjanovic and Bingham (2013), six-hump camel function.
    """

    def fun(point):
        x, y = np.transpose(point)
        return (4.0 - 2.1 * x**2 + x**4 / 3.0) * x**2 + x * y + (4.0 * y**2 - 4.0) * y**2

    def gradient(point):
        x, y = point
        return np.array([8.0 * x - 8.4 * x**3 + 2.0 * x**5 + y, x - 8.0 * y + 16.0 * y**3])

    def hessian(point):
        x, y = point
        return np.array([[8.0 - 25.2 * x**2 + 10.0 * x**4, 1.0], [1.0, 48.0 * y**2 - 8.0]])

    x_opt = np.array([0.089842013100318062422, -0.7126564030207396334])
    return Problem(
        fun,
        gradient,
        hessian,
        batch_fun=fun,
        bounds=[(-3.0, 3.0), (-2.0, 2.0)],
        x0=[-1.8, 1.0],
        x_opt=[x_opt, -x_opt],
        f_opt=-1.0316284534898773504,
        window=((-2.0, 2.0), (-1.2, 1.2)),
        name="six_hump_camel",
    )
