"""Test problems of Moré, Garbow and Hillstrom (1981), Testing Unconstrained Optimization Software.

ACM Transactions on Mathematical Software 7(1), doi:10.1145/355934.355936; numbers, starts and optima are the paper's.
The residuals accept complex ``x``, so that the Jacobian by complex steps is exact to rounding.
"""

from __future__ import annotations

import numpy as np

from mlopt_course import Problem
from mlopt_course.problems import least_squares

T11, T13, T10 = np.arange(1.0, 12), np.arange(1.0, 14), np.arange(1.0, 11)


def rosenbrock(x):
    return np.array([10 * (x[1] - x[0] ** 2), 1 - x[0]])


def freudenstein_roth(x):
    a, b = x
    return np.array([-13 + a + ((5 - b) * b - 2) * b, -29 + a + ((b + 1) * b - 14) * b])


def powell_badly_scaled(x):
    return np.array([1e4 * x[0] * x[1] - 1, np.exp(-x[0]) + np.exp(-x[1]) - 1.0001])


def brown_badly_scaled(x):
    return np.array([x[0] - 1e6, x[1] - 2e-6, x[0] * x[1] - 2])


def beale(x):
    return np.array([1.5, 2.25, 2.625]) - x[0] * (1 - x[1] ** np.array([1, 2, 3]))


def jennrich_sampson(x):
    return 2 + 2 * T10 - np.exp(T10 * x[0]) - np.exp(T10 * x[1])


def helical_valley(x):
    theta = np.arctan(x[1] / x[0]) / (2 * np.pi) + (0.5 if x[0].real < 0 else 0)
    return np.array([10 * (x[2] - 10 * theta), 10 * (np.sqrt(x[0] ** 2 + x[1] ** 2) - 1), x[2]])


BARD = np.array([0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.10, 4.39])


def bard(x):
    u = np.arange(1.0, 16)
    v = 16 - u
    return BARD - (x[0] + u / (v * x[1] + np.minimum(u, v) * x[2]))


GAUSSIAN = np.array([9, 44, 175, 540, 1295, 2420, 3521, 3989, 3521, 2420, 1295, 540, 175, 44, 9]) * 1e-4


def gaussian(x):
    t = (8 - np.arange(1.0, 16)) / 2
    return x[0] * np.exp(-x[1] * (t - x[2]) ** 2 / 2) - GAUSSIAN


def box_three_dimensional(x):
    t = 0.1 * T10
    return np.exp(-t * x[0]) - np.exp(-t * x[1]) - x[2] * (np.exp(-t) - np.exp(-10 * t))


def powell_singular(x):
    return np.array([x[0] + 10 * x[1], 5**0.5 * (x[2] - x[3]), (x[1] - 2 * x[2]) ** 2, 10**0.5 * (x[0] - x[3]) ** 2])


def wood(x):
    a, b, c, d = x
    return np.array([10 * (b - a**2), 1 - a, 90**0.5 * (d - c**2), 1 - c, 10**0.5 * (b + d - 2), 10**-0.5 * (b - d)])


KOWALIK_U = np.array([4, 2, 1, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625])
KOWALIK_Y = np.array([1957, 1947, 1735, 1600, 844, 627, 456, 342, 323, 235, 246]) * 1e-4


def kowalik_osborne(x):
    u = KOWALIK_U
    return KOWALIK_Y - x[0] * (u**2 + u * x[1]) / (u**2 + u * x[2] + x[3])


def brown_dennis(x):
    t = np.arange(1.0, 21) / 5
    return (x[0] + t * x[1] - np.exp(t)) ** 2 + (x[2] + x[3] * np.sin(t) - np.cos(t)) ** 2


OSBORNE = np.array(
    [844, 908, 932, 936, 925, 908, 881, 850, 818, 784, 751, 718, 685, 658, 628, 603, 580, 558, 538, 522, 506, 490, 478,
     467, 457, 448, 438, 431, 424, 420, 414, 411, 406]
) * 1e-3  # fmt: skip


def osborne_1(x):
    t = 10 * np.arange(33.0)
    return OSBORNE - (x[0] + x[1] * np.exp(-t * x[3]) + x[2] * np.exp(-t * x[4]))


def biggs_exp6(x):
    t = 0.1 * T13
    y = np.exp(-t) - 5 * np.exp(-10 * t) + 3 * np.exp(-4 * t)
    return x[2] * np.exp(-t * x[0]) - x[3] * np.exp(-t * x[1]) + x[5] * np.exp(-t * x[4]) - y


def watson(x):
    t = np.arange(1.0, 30)[:, None] / 29
    j = np.arange(len(x))
    slope = (j[1:] * x[1:] * t ** (j[1:] - 1)).sum(axis=1)
    value = (x * t**j).sum(axis=1)
    return np.concatenate([slope - value**2 - 1, [x[0], x[1] - x[0] ** 2 - 1]])


def extended_rosenbrock(x):
    return np.concatenate([10 * (x[1::2] - x[::2] ** 2), 1 - x[::2]])


def variably_dimensioned(x):
    total = (np.arange(1, len(x) + 1) * (x - 1)).sum()
    return np.concatenate([x - 1, [total, total**2]])


def trigonometric(x):
    i = np.arange(1, len(x) + 1)
    return len(x) - np.cos(x).sum() + i * (1 - np.cos(x)) - np.sin(x)


def discrete_boundary_value(x):
    n = len(x)
    h = 1 / (n + 1)
    t = h * np.arange(1, n + 1)
    padded = np.concatenate([[0], x, [0]])
    return 2 * x - padded[:-2] - padded[2:] + h**2 * (x + t + 1) ** 3 / 2


def broyden_tridiagonal(x):
    padded = np.concatenate([[0], x, [0]])
    return (3 - 2 * x) * x - padded[:-2] - 2 * padded[2:] + 1


_N = 10
_T = np.arange(1, _N + 1) / (_N + 1)

#: Residuals, start, and the known minima of the sum of squares (the first is global).
PROBLEMS = {
    "rosenbrock": (rosenbrock, [-1.2, 1], [0]),
    "freudenstein_roth": (freudenstein_roth, [0.5, -2], [0, 48.9842]),
    "powell_badly_scaled": (powell_badly_scaled, [0, 1], [0]),
    "brown_badly_scaled": (brown_badly_scaled, [1, 1], [0]),
    "beale": (beale, [1, 1], [0]),
    "jennrich_sampson": (jennrich_sampson, [0.3, 0.4], [124.362]),
    "helical_valley": (helical_valley, [-1, 0, 0], [0]),
    "bard": (bard, [1, 1, 1], [8.21487e-3, 17.4286]),
    "gaussian": (gaussian, [0.4, 1, 0], [1.12793e-8]),
    "box_three_dimensional": (box_three_dimensional, [0, 10, 20], [0]),
    "powell_singular": (powell_singular, [3, -1, 0, 1], [0]),
    "wood": (wood, [-3, -1, -3, -1], [0]),
    "kowalik_osborne": (kowalik_osborne, [0.25, 0.39, 0.415, 0.39], [3.07505e-4, 1.02734e-3]),
    "brown_dennis": (brown_dennis, [25, 5, -5, -1], [85822.2]),
    "osborne_1": (osborne_1, [0.5, 1.5, -1, 0.01, 0.02], [5.46489e-5]),
    "biggs_exp6": (biggs_exp6, [1, 2, 1, 1, 1, 1], [0, 5.65565e-3]),
    "watson": (watson, [0] * 6, [2.28767e-3]),
    "extended_rosenbrock": (extended_rosenbrock, [-1.2, 1] * 5, [0]),
    "variably_dimensioned": (variably_dimensioned, 1 - np.arange(1, _N + 1) / _N, [0]),
    "trigonometric": (trigonometric, np.full(_N, 1 / _N), [0, 2.79506e-5]),
    "discrete_boundary_value": (discrete_boundary_value, _T * (_T - 1), [0]),
    "broyden_tridiagonal": (broyden_tridiagonal, np.full(_N, -1.0), [0]),
}


def exact_jacobian(residuals):
    """The Jacobian (m, d) by complex steps."""

    def jacobian(x):
        shifted = x.astype(complex) + 1e-30j * np.eye(len(x))
        return np.column_stack([residuals(point).imag / 1e-30 for point in shifted])

    return jacobian


def problem(name: str) -> Problem:
    residuals, x0, optima = PROBLEMS[name]
    return least_squares(residuals, x0, exact_jacobian(residuals), name=name, f_opt=optima[0] / 2)
