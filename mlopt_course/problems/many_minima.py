r"""Test functions with many minima, with exact derivatives, optima and picture window.

Every ``fun`` works along the last axis: it takes a point (d,) or a population (n, d), so it is its own ``batch_fun``.
All are smooth but `ackley` at its minimiser, and accept complex ``x`` (for the complex-step derivative).

References
----------
Jamil and Yang (2013), A literature survey of benchmark functions for global optimisation problems, arXiv:1308.4008
(cited by number); Surjanovic and Bingham (2013), Virtual Library of Simulation Experiments,
https://www.sfu.ca/~ssurjano/optimization.html (cited by name).
"""

from __future__ import annotations

import math

import numpy as np

from ..arguments import whole_number
from ..problem import Problem
from .bowls import square


def _products_without(c: np.ndarray) -> np.ndarray:
    """For each entry along the last axis, the product of all the others (no division, so zeros are fine)."""
    before, after = np.ones_like(c), np.ones_like(c)
    before[..., 1:] = np.cumprod(c[..., :-1], axis=-1)
    after[..., :-1] = np.cumprod(c[..., :0:-1], axis=-1)[..., ::-1]
    return before * after


def rastrigin(dimension: int = 2) -> Problem:
    r"""A bowl with a grid of dents, :math:`f(x) = \sum_i x_i^2 - 10 \cos(2 \pi x_i) + 10`.

    About :math:`11^d` local minima, one near each whole point of the box. Separable. Minimum 0 at the origin; box
    :math:`[-5.12, 5.12]^d`.

    Parameters
    ----------
    dimension : int
        Number of variables, at least 1.

    References
    ----------
    Surjanovic and Bingham (2013), Rastrigin function.
    """
    d = whole_number("dimension", dimension, least=1)

    def fun(x):
        x = np.asarray(x)
        return np.sum(x**2 - 10.0 * np.cos(2.0 * np.pi * x) + 10.0, axis=-1)

    def gradient(x):
        x = np.asarray(x)
        return 2.0 * x + 20.0 * np.pi * np.sin(2.0 * np.pi * x)

    def hessian(x):
        return np.diag(2.0 + 40.0 * np.pi**2 * np.cos(2.0 * np.pi * np.asarray(x)))

    return Problem(
        fun,
        gradient,
        hessian,
        batch_fun=fun,
        bounds=[(-5.12, 5.12)] * d,
        x0=np.resize([3.3, -2.4], d),
        x_opt=np.zeros(d),
        f_opt=0.0,
        window=square(-5.12, 5.12),
        name="rastrigin",
        smoothness=2.0 + 40.0 * math.pi**2,
    )


def styblinski_tang(dimension: int = 2) -> Problem:
    r"""Two hollows along each axis, :math:`f(x) = \frac12 \sum_i x_i^4 - 16 x_i^2 + 5 x_i`.

    :math:`2^d` minima, of which one is global. Separable. Minimum about :math:`-39.166166\, d` where every variable is
    the least root of :math:`4 t^3 - 32 t + 5`, about -2.903534. Box :math:`[-5, 5]^d`.

    Parameters
    ----------
    dimension : int
        Number of variables, at least 1.

    References
    ----------
    Jamil and Yang (2013), no. 144.
    """
    d = whole_number("dimension", dimension, least=1)

    def fun(x):
        x = np.asarray(x)
        return 0.5 * np.sum(x**4 - 16.0 * x**2 + 5.0 * x, axis=-1)

    return Problem(
        fun,
        gradient=lambda x: 2.0 * np.power(x, 3) - 16.0 * np.asarray(x) + 2.5,
        hessian=lambda x: np.diag(6.0 * np.square(x) - 16.0),
        batch_fun=fun,
        bounds=[(-5.0, 5.0)] * d,
        x0=np.resize([4.0, -0.5], d),
        x_opt=np.full(d, -2.9035340277711770951),
        f_opt=-39.166165703771415464 * d,
        window=square(-5.0, 5.0),
        name="styblinski_tang",
    )


def ackley(dimension: int = 2) -> Problem:
    r"""A nearly flat, dented plain around a funnel.

    .. math:: f(x) = -20 \exp\Big(-0.2 \sqrt{\tfrac1d \sum_i x_i^2}\Big)
              - \exp\Big(\tfrac1d \sum_i \cos 2 \pi x_i\Big) + 20 + e

    Minimum 0 at the origin, a cusp: there the gradient does not exist (``gradient`` returns 0, which is a subgradient)
    nor the Hessian (``hessian`` returns nan). Box :math:`[-32.768, 32.768]^d`. The code uses the equal
    :math:`-20\,(e^{-0.2 r} - 1) - e\,(e^{-2 s} - 1)` with :math:`s` the mean of :math:`\sin^2 \pi x_i`, which does not
    cancel near the minimum.

    Parameters
    ----------
    dimension : int
        Number of variables, at least 1.

    References
    ----------
    Surjanovic and Bingham (2013), Ackley function (a = 20, b = 0.2, c = 2 pi).
    """
    d = whole_number("dimension", dimension, least=1)

    def fun(x):
        x = np.asarray(x)
        radius = np.sqrt(np.mean(x**2, axis=-1))
        dents = np.mean(np.sin(np.pi * x) ** 2, axis=-1)
        return -20.0 * np.expm1(-0.2 * radius) - math.e * np.expm1(-2.0 * dents)

    def parts(x):
        """Radius r, -0.2 r's and the cosines' exponentials, and the angles."""
        angle = 2.0 * np.pi * x
        r = np.sqrt(np.mean(x**2))
        return r, np.exp(-0.2 * r), np.exp(np.mean(np.cos(angle))), angle

    def gradient(x):
        x = np.asarray(x, dtype=float)
        if not x.any():
            return np.zeros(d)
        r, funnel, dents, angle = parts(x)
        return 4.0 * funnel * x / (d * r) + 2.0 * np.pi * dents * np.sin(angle) / d

    def hessian(x):
        x = np.asarray(x, dtype=float)
        if not x.any():
            return np.full((d, d), np.nan)
        r, funnel, dents, angle = parts(x)
        u = x / (d * r)  # the gradient of r
        sines = 2.0 * np.pi * np.sin(angle) / d
        curved = 4.0 * funnel * (np.eye(d) / (d * r) - np.outer(u, u) * (0.2 + 1.0 / r))
        return curved + dents * (np.diag(4.0 * np.pi**2 * np.cos(angle) / d) - np.outer(sines, sines))

    return Problem(
        fun,
        gradient,
        hessian,
        batch_fun=fun,
        bounds=[(-32.768, 32.768)] * d,
        x0=np.resize([2.7, -1.6], d),
        x_opt=np.zeros(d),
        f_opt=0.0,
        window=square(-5.0, 5.0),
        name="ackley",
    )


def griewank(dimension: int = 2) -> Problem:
    r"""A wide bowl under a product of waves, :math:`f(x) = \sum_i x_i^2 / 4000 - \prod_i \cos(x_i / \sqrt{i}) + 1`.

    Thousands of local minima, shallower as the dimension grows. Minimum 0 at the origin; box :math:`[-600, 600]^d`.

    Parameters
    ----------
    dimension : int
        Number of variables, at least 1.

    References
    ----------
    Griewank (1981), Journal of Optimization Theory and Applications 34, doi:10.1007/BF00933356.
    """
    d = whole_number("dimension", dimension, least=1)
    roots = np.sqrt(np.arange(1.0, d + 1.0))

    def fun(x):
        x = np.asarray(x)
        return np.sum(x**2, axis=-1) / 4000.0 - np.prod(np.cos(x / roots), axis=-1) + 1.0

    def gradient(x):
        x = np.asarray(x)
        return x / 2000.0 + np.sin(x / roots) / roots * _products_without(np.cos(x / roots))

    def hessian(x):
        x = np.asarray(x)
        cosines, slopes = np.cos(x / roots), np.sin(x / roots) / roots
        others = np.where(np.eye(d, dtype=bool), 1.0, cosines)  # row i leaves out factor i ...
        mixed = -np.outer(slopes, slopes) * _products_without(others)  # ... and entry (i, j) also factor j
        np.fill_diagonal(mixed, 1.0 / 2000.0 + np.prod(cosines) / roots**2)
        return mixed

    return Problem(
        fun,
        gradient,
        hessian,
        batch_fun=fun,
        bounds=[(-600.0, 600.0)] * d,
        x0=np.resize([7.0, -8.0], d),
        x_opt=np.zeros(d),
        f_opt=0.0,
        window=square(-10.0, 10.0),
        name="griewank",
    )


def levy(dimension: int = 2) -> Problem:
    r"""Waves that grow away from the middle, with :math:`w_i = 1 + (x_i - 1) / 4`:

    .. math:: f(x) = \sin^2 \pi w_1 + \sum_{i=1}^{d-1} (w_i - 1)^2 (1 + 10 \sin^2(\pi w_i + 1))
              + (w_d - 1)^2 (1 + \sin^2 2 \pi w_d)

    Separable. Minimum 0 at :math:`(1, \dots, 1)`; box :math:`[-10, 10]^d`. Several functions go by this name (Levy 3,
    5, 8 and 13 in other collections); this is the one below.

    Parameters
    ----------
    dimension : int
        Number of variables, at least 1.

    References
    ----------
    Surjanovic and Bingham (2013), Levy function, after Laguna and Marti (2005).
    """
    d = whole_number("dimension", dimension, least=1)
    last = np.arange(d) == d - 1
    height, wave, phase = np.where(last, 1.0, 10.0), np.where(last, 2.0, 1.0) * np.pi, np.where(last, 0.0, 1.0)
    first = np.where(np.arange(d) == 0, 1.0, 0.0)

    def parts(x):
        """w, the factors that make the waves, and the derivative of those by w."""
        w = 1.0 + (np.asarray(x) - 1.0) / 4.0
        angle = wave * w + phase
        return w, 1.0 + height * np.sin(angle) ** 2, height * wave * np.sin(2.0 * angle)

    def fun(x):
        w, waves, _ = parts(x)
        return np.sum(first * np.sin(np.pi * w) ** 2 + (w - 1.0) ** 2 * waves, axis=-1)

    def gradient(x):
        w, waves, slope = parts(x)
        return (first * np.pi * np.sin(2.0 * np.pi * w) + 2.0 * (w - 1.0) * waves + (w - 1.0) ** 2 * slope) / 4.0

    def hessian(x):
        w, waves, slope = parts(x)
        bend = 2.0 * height * wave**2 * np.cos(2.0 * (wave * w + phase))
        start = first * 2.0 * np.pi**2 * np.cos(2.0 * np.pi * w)
        return np.diag(start + 2.0 * waves + 4.0 * (w - 1.0) * slope + (w - 1.0) ** 2 * bend) / 16.0

    return Problem(
        fun,
        gradient,
        hessian,
        batch_fun=fun,
        bounds=[(-10.0, 10.0)] * d,
        x0=np.resize([-6.0, 7.0], d),
        x_opt=np.ones(d),
        f_opt=0.0,
        window=square(-10.0, 10.0),
        name="levy",
    )


def michalewicz(dimension: int = 2, steepness: int = 10) -> Problem:
    r"""Narrow ditches in a flat plain, :math:`f(x) = -\sum_i \sin x_i \, \sin^{2m}(i x_i^2 / \pi)`.

    :math:`d!` minima within the box :math:`[0, \pi]^d`, and hardly a slope between them. Separable, so the minimum
    is computed to full precision for any dimension: -1.8013034, -4.6876582 and -9.6601517 for 2, 5 and 10 variables.
    Low outside the box as well: methods should keep to it.

    Parameters
    ----------
    dimension : int
        Number of variables, at least 1.
    steepness : int
        :math:`m \ge 1`; the ditches narrow as it grows.

    References
    ----------
    Surjanovic and Bingham (2013), Michalewicz function.
    """
    d = whole_number("dimension", dimension, least=1)
    power, index = 2 * whole_number("steepness", steepness, least=1), np.arange(1.0, d + 1.0)

    def waves(x):
        """Sine and cosine of the angles i x^2 / pi, and the angles' derivatives."""
        angle = index * np.square(x) / np.pi
        return np.sin(angle), np.cos(angle), 2.0 * index * x / np.pi

    def fun(x):
        return -np.sum(np.sin(x) * waves(x)[0] ** power, axis=-1)

    def gradient(x):
        S, C, dz = waves(x)
        return -(np.cos(x) * S**power + np.sin(x) * power * S ** (power - 1) * C * dz)

    def hessian(x):
        S, C, dz = waves(x)
        slope = power * S ** (power - 1) * C  # derivative of S^power by its angle z, and the second one:
        bend = power * ((power - 1) * S ** (power - 2) * C**2 - S**power)
        curved = np.sin(x) * (bend * dz**2 + slope * 2.0 * index / np.pi)
        return np.diag(np.sin(x) * S**power - 2.0 * np.cos(x) * slope * dz - curved)

    x_opt = np.array([_highest_ridge(i, power) for i in index])
    return Problem(
        fun,
        gradient,
        hessian,
        batch_fun=fun,
        bounds=[(0.0, math.pi)] * d,
        x0=np.resize([2.5, 1.2], d),
        x_opt=x_opt,
        f_opt=float(fun(x_opt)),
        window=square(0.0, math.pi),
        name="michalewicz",
    )


def _highest_ridge(i: float, power: int) -> float:
    """Maximiser of sin(x) sin(i x^2 / pi)^power on [0, pi]: Newton's method from the top of every wave."""
    x = np.pi * np.sqrt((np.arange(i) + 0.5) / i)
    for _ in range(20):
        S, C, dz = np.sin(i * x**2 / np.pi), np.cos(i * x**2 / np.pi), 2.0 * i * x / np.pi
        # The derivative divided by S^(power - 1), which is not zero near a top.
        slope = np.cos(x) * S + power * np.sin(x) * C * dz
        bend = (1.0 + power) * np.cos(x) * C * dz - np.sin(x) * (S + power * (S * dz**2 - C * 2.0 * i / np.pi))
        x = x - slope / bend
    x = x[(x >= 0.0) & (x <= np.pi)]
    return float(x[np.argmax(np.sin(x) * np.sin(i * x**2 / np.pi) ** power)])


# fmt: off
_HARTMANN_HEIGHTS = np.array([1.0, 1.2, 3.0, 3.2])
_HARTMANN_WIDTHS = np.array([[10.0, 3.0, 17.0, 3.5, 1.7, 8.0],
                             [0.05, 10.0, 17.0, 0.1, 8.0, 14.0],
                             [3.0, 3.5, 1.7, 10.0, 17.0, 8.0],
                             [17.0, 8.0, 0.05, 10.0, 0.1, 14.0]])
_HARTMANN_CENTRES = 1e-4 * np.array([[1312.0, 1696.0, 5569.0, 124.0, 8283.0, 5886.0],
                                     [2329.0, 4135.0, 8307.0, 3736.0, 1004.0, 9991.0],
                                     [2348.0, 1451.0, 3522.0, 2883.0, 3047.0, 6650.0],
                                     [4047.0, 8828.0, 8732.0, 5743.0, 1091.0, 381.0]])
_HARTMANN_LOWEST = np.array([0.20168951100670542433, 0.15001069182345796879, 0.47687397422189699032,
                             0.27533243049405606824, 0.31165161660011324245, 0.65730053406562030606])
# fmt: on


def hartmann6() -> Problem:
    r"""Four bell-shaped hollows in six dimensions, :math:`f(x) = -\sum_{i=1}^4 \alpha_i
    \exp\big(-\sum_{j=1}^6 A_{ij} (x_j - P_{ij})^2\big)`.

    Minimum about -3.3223680 (not rescaled, no logarithm); box :math:`[0, 1]^6`. The usual trial of Bayesian methods.

    References
    ----------
    Surjanovic and Bingham (2013), Hartmann 6-dimensional function, with its alpha, A and P.
    """
    heights, widths, centres = _HARTMANN_HEIGHTS, _HARTMANN_WIDTHS, _HARTMANN_CENTRES

    def bells(x):
        return heights * np.exp(-np.sum(widths * (np.asarray(x)[..., None, :] - centres) ** 2, axis=-1))

    def fun(x):
        return -np.sum(bells(x), axis=-1)

    def gradient(x):
        return bells(x) @ (2.0 * widths * (x - centres))

    def hessian(x):
        bell, slopes = bells(x), 2.0 * widths * (x - centres)
        return np.diag(bell @ (2.0 * widths)) - (slopes.T * bell) @ slopes

    return Problem(
        fun,
        gradient,
        hessian,
        batch_fun=fun,
        bounds=[(0.0, 1.0)] * 6,
        x0=np.full(6, 0.5),
        x_opt=_HARTMANN_LOWEST.copy(),
        f_opt=-3.3223680114155148001,
        window=square(0.0, 1.0),
        name="hartmann6",
    )
