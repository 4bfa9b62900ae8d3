r"""The Hock-Schittkowski problems: small nonlinear programs with known minima, on which constrained methods are tried.

>>> from mlopt_course.problems.hock_schittkowski import NUMBERS, hock_schittkowski
>>> problem = hock_schittkowski(71)
>>> problem.f_opt
17.0140173

The formulas, starts and minima are those of the book; numbers here are its numbers. Derivatives are exact (complex
step). Left out are problems without Lagrange multipliers at the minimum (13), with tables of data, and with several
local minima of which the published start leads to any (2, 16, 20, 33, 44).

References
----------
Hock and Schittkowski (1981), Test Examples for Nonlinear Programming Codes, doi:10.1007/978-3-642-48320-2.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy import exp, log, sin

from ..arguments import whole_number
from ..derivatives import complex_step_gradient
from ..problem import Problem

SQRT2, SQRT3, SQRT7 = math.sqrt(2), math.sqrt(3), math.sqrt(7)
INF = math.inf


def _rosenbrock(x):
    return 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2


def _hs71(x):
    return x[0] * x[3] * (x[0] + x[1] + x[2]) + x[2]


def _hs100(x):
    return (
        (x[0] - 10) ** 2 + 5 * (x[1] - 12) ** 2 + x[2] ** 4 + 3 * (x[3] - 11) ** 2
        + 10 * x[4] ** 6 + 7 * x[5] ** 2 + x[6] ** 4 - 4 * x[5] * x[6] - 10 * x[5] - 8 * x[6]
    )  # fmt: skip


def _hs113(x):
    return (
        x[0] ** 2 + x[1] ** 2 + x[0] * x[1] - 14 * x[0] - 16 * x[1] + (x[2] - 10) ** 2 + 4 * (x[3] - 5) ** 2
        + (x[4] - 3) ** 2 + 2 * (x[5] - 1) ** 2 + 5 * x[6] ** 2 + 7 * (x[7] - 11) ** 2 + 2 * (x[8] - 10) ** 2
        + (x[9] - 7) ** 2 + 45
    )  # fmt: skip


def _colville(x):
    return (
        _rosenbrock(x) + 90 * (x[3] - x[2] ** 2) ** 2 + (1 - x[2]) ** 2
        + 10.1 * ((x[1] - 1) ** 2 + (x[3] - 1) ** 2) + 19.8 * (x[1] - 1) * (x[3] - 1)
    )  # fmt: skip


def _five_equations(x):
    """Of problems 78, 80 and 81."""
    return [
        sum(x**2) - 10,
        x[1] * x[2] - 5 * x[3] * x[4],
        x[0] ** 3 + x[1] ** 3 + 1,
    ]


def _linear_equations(x):
    """Of problems 52 and 53."""
    return [x[0] + 3 * x[1], x[2] + x[3] - 2 * x[4], x[1] - x[4]]


# number: (objective, x0, minimum, equalities h(x) = 0, inequalities g(x) >= 0, bounds)
_Row = tuple[Callable[..., Any], Sequence[float], float, Callable[..., Any] | None, Callable[..., Any] | None, Any]
_TABLE: dict[int, _Row] = {
    1: (_rosenbrock, [-2, 1], 0.0, None, None, [(-INF, INF), (-1.5, INF)]),
    3: (lambda x: x[1] + 1e-5 * (x[1] - x[0]) ** 2, [10, 1], 0.0, None, None, [(-INF, INF), (0, INF)]),
    4: (lambda x: (x[0] + 1) ** 3 / 3 + x[1], [1.125, 0.125], 8 / 3, None, None, [(1, INF), (0, INF)]),
    5: (
        lambda x: sin(x[0] + x[1]) + (x[0] - x[1]) ** 2 - 1.5 * x[0] + 2.5 * x[1] + 1, [0, 0],
        -SQRT3 / 2 - math.pi / 3, None, None, [(-1.5, 4), (-3, 3)],
    ),
    6: (lambda x: (1 - x[0]) ** 2, [-1.2, 1], 0.0, lambda x: [10 * (x[1] - x[0] ** 2)], None, None),
    7: (
        lambda x: log(1 + x[0] ** 2) - x[1], [2, 2], -SQRT3,
        lambda x: [(1 + x[0] ** 2) ** 2 + x[1] ** 2 - 4], None, None,
    ),
    8: (lambda x: -1 + 0 * x[0], [2, 1], -1.0, lambda x: [x[0] ** 2 + x[1] ** 2 - 25, x[0] * x[1] - 9], None, None),
    9: (
        lambda x: sin(math.pi * x[0] / 12) * np.cos(math.pi * x[1] / 16), [0, 0], -0.5,
        lambda x: [4 * x[0] - 3 * x[1]], None, None,
    ),
    10: (
        lambda x: x[0] - x[1], [-10, 10], -1.0,
        None, lambda x: [-3 * x[0] ** 2 + 2 * x[0] * x[1] - x[1] ** 2 + 1], None,
    ),
    11: (
        lambda x: (x[0] - 5) ** 2 + x[1] ** 2 - 25, [4.9, 0.1], -8.498464223,
        None, lambda x: [-(x[0] ** 2) + x[1]], None,
    ),
    12: (
        lambda x: 0.5 * x[0] ** 2 + x[1] ** 2 - x[0] * x[1] - 7 * x[0] - 7 * x[1], [0, 0], -30.0,
        None, lambda x: [25 - 4 * x[0] ** 2 - x[1] ** 2], None,
    ),
    14: (
        lambda x: (x[0] - 2) ** 2 + (x[1] - 1) ** 2, [2, 2], 9 - 2.875 * SQRT7,
        lambda x: [x[0] - 2 * x[1] + 1], lambda x: [-0.25 * x[0] ** 2 - x[1] ** 2 + 1], None,
    ),
    15: (
        _rosenbrock, [-2, 1], 306.5,
        None, lambda x: [x[0] * x[1] - 1, x[0] + x[1] ** 2], [(-INF, 0.5), (-INF, INF)],
    ),
    17: (
        _rosenbrock, [-2, 1], 1.0,
        None, lambda x: [x[1] ** 2 - x[0], x[0] ** 2 - x[1]], [(-0.5, 0.5), (-INF, 1)],
    ),
    18: (
        lambda x: 0.01 * x[0] ** 2 + x[1] ** 2, [2, 2], 5.0,
        None, lambda x: [x[0] * x[1] - 25, x[0] ** 2 + x[1] ** 2 - 25], [(2, 50), (0, 50)],
    ),
    19: (
        lambda x: (x[0] - 10) ** 3 + (x[1] - 20) ** 3, [20.1, 5.84], -6961.81381,
        None,
        lambda x: [(x[0] - 5) ** 2 + (x[1] - 5) ** 2 - 100, -((x[1] - 5) ** 2) - (x[0] - 6) ** 2 + 82.81],
        [(13, 100), (0, 100)],
    ),
    21: (
        lambda x: 0.01 * x[0] ** 2 + x[1] ** 2 - 100, [-1, -1], -99.96,
        None, lambda x: [10 * x[0] - x[1] - 10], [(2, 50), (-50, 50)],
    ),
    22: (
        lambda x: (x[0] - 2) ** 2 + (x[1] - 1) ** 2, [2, 2], 1.0,
        None, lambda x: [-x[0] - x[1] + 2, -(x[0] ** 2) + x[1]], None,
    ),
    23: (
        lambda x: x[0] ** 2 + x[1] ** 2, [3, 1], 2.0,
        None,
        lambda x: [
            x[0] + x[1] - 1, x[0] ** 2 + x[1] ** 2 - 1, 9 * x[0] ** 2 + x[1] ** 2 - 9,
            x[0] ** 2 - x[1], x[1] ** 2 - x[0],
        ],
        [(-50, 50)] * 2,
    ),
    24: (
        lambda x: ((x[0] - 3) ** 2 - 9) * x[1] ** 3 / (27 * SQRT3), [1, 0.5], -1.0,
        None, lambda x: [x[0] / SQRT3 - x[1], x[0] + SQRT3 * x[1], -x[0] - SQRT3 * x[1] + 6], [(0, INF)] * 2,
    ),
    26: (
        lambda x: (x[0] - x[1]) ** 2 + (x[1] - x[2]) ** 4, [-2.6, 2, 2], 0.0,
        lambda x: [(1 + x[1] ** 2) * x[0] + x[2] ** 4 - 3], None, None,
    ),
    27: (
        lambda x: 0.01 * (x[0] - 1) ** 2 + (x[1] - x[0] ** 2) ** 2, [2, 2, 2], 0.04,
        lambda x: [x[0] + x[2] ** 2 + 1], None, None,
    ),
    28: (
        lambda x: (x[0] + x[1]) ** 2 + (x[1] + x[2]) ** 2, [-4, 1, 1], 0.0,
        lambda x: [x[0] + 2 * x[1] + 3 * x[2] - 1], None, None,
    ),
    29: (
        lambda x: -x[0] * x[1] * x[2], [1, 1, 1], -16 * SQRT2,
        None, lambda x: [-(x[0] ** 2) - 2 * x[1] ** 2 - 4 * x[2] ** 2 + 48], None,
    ),
    30: (
        lambda x: sum(x**2), [1, 1, 1], 1.0,
        None, lambda x: [x[0] ** 2 + x[1] ** 2 - 1], [(1, 10), (-10, 10), (-10, 10)],
    ),
    31: (
        lambda x: 9 * x[0] ** 2 + x[1] ** 2 + 9 * x[2] ** 2, [1, 1, 1], 6.0,
        None, lambda x: [x[0] * x[1] - 1], [(-10, 10), (1, 10), (-10, 1)],
    ),
    32: (
        lambda x: (x[0] + 3 * x[1] + x[2]) ** 2 + 4 * (x[0] - x[1]) ** 2, [0.1, 0.7, 0.2], 1.0,
        lambda x: [1 - sum(x)], lambda x: [6 * x[1] + 4 * x[2] - x[0] ** 3 - 3], [(0, INF)] * 3,
    ),
    34: (
        lambda x: -x[0], [0, 1.05, 2.9], -math.log(math.log(10)),
        None, lambda x: [x[1] - exp(x[0]), x[2] - exp(x[1])], [(0, 100), (0, 100), (0, 10)],
    ),
    35: (
        lambda x: 9 - 8 * x[0] - 6 * x[1] - 4 * x[2] + 2 * x[0] ** 2 + 2 * x[1] ** 2 + x[2] ** 2
        + 2 * x[0] * x[1] + 2 * x[0] * x[2],
        [0.5, 0.5, 0.5], 1 / 9, None, lambda x: [3 - x[0] - x[1] - 2 * x[2]], [(0, INF)] * 3,
    ),
    36: (
        lambda x: -x[0] * x[1] * x[2], [10, 10, 10], -3300.0,
        None, lambda x: [72 - x[0] - 2 * x[1] - 2 * x[2]], [(0, 20), (0, 11), (0, 42)],
    ),
    37: (
        lambda x: -x[0] * x[1] * x[2], [10, 10, 10], -3456.0,
        None, lambda x: [72 - x[0] - 2 * x[1] - 2 * x[2], x[0] + 2 * x[1] + 2 * x[2]], [(0, 42)] * 3,
    ),
    38: (_colville, [-3, -1, -3, -1], 0.0, None, None, [(-10, 10)] * 4),
    39: (
        lambda x: -x[0], [2, 2, 2, 2], -1.0,
        lambda x: [x[1] - x[0] ** 3 - x[2] ** 2, x[0] ** 2 - x[1] - x[3] ** 2], None, None,
    ),
    40: (
        lambda x: -x[0] * x[1] * x[2] * x[3], [0.8] * 4, -0.25,
        lambda x: [x[0] ** 3 + x[1] ** 2 - 1, x[0] ** 2 * x[3] - x[2], x[3] ** 2 - x[1]], None, None,
    ),
    41: (
        lambda x: 2 - x[0] * x[1] * x[2], [2, 2, 2, 2], 52 / 27,
        lambda x: [x[0] + 2 * x[1] + 2 * x[2] - x[3]], None, [(0, 1), (0, 1), (0, 1), (0, 2)],
    ),
    42: (
        lambda x: (x[0] - 1) ** 2 + (x[1] - 2) ** 2 + (x[2] - 3) ** 2 + (x[3] - 4) ** 2, [1] * 4, 28 - 10 * SQRT2,
        lambda x: [x[0] - 2, x[2] ** 2 + x[3] ** 2 - 2], None, None,
    ),
    43: (
        lambda x: x[0] ** 2 + x[1] ** 2 + 2 * x[2] ** 2 + x[3] ** 2 - 5 * x[0] - 5 * x[1] - 21 * x[2] + 7 * x[3],
        [0] * 4, -44.0, None,
        lambda x: [
            8 - sum(x**2) - x[0] + x[1] - x[2] + x[3],
            10 - x[0] ** 2 - 2 * x[1] ** 2 - x[2] ** 2 - 2 * x[3] ** 2 + x[0] + x[3],
            5 - 2 * x[0] ** 2 - x[1] ** 2 - x[2] ** 2 - 2 * x[0] + x[1] + x[3],
        ],
        None,
    ),
    45: (
        lambda x: 2 - x[0] * x[1] * x[2] * x[3] * x[4] / 120, [2] * 5, 1.0,
        None, None, [(0, 1), (0, 2), (0, 3), (0, 4), (0, 5)],
    ),
    46: (
        lambda x: (x[0] - x[1]) ** 2 + (x[2] - 1) ** 2 + (x[3] - 1) ** 4 + (x[4] - 1) ** 6,
        [SQRT2 / 2, 1.75, 0.5, 2, 2], 0.0,
        lambda x: [x[0] ** 2 * x[3] + sin(x[3] - x[4]) - 1, x[1] + x[2] ** 4 * x[3] ** 2 - 2], None, None,
    ),
    48: (
        lambda x: (x[0] - 1) ** 2 + (x[1] - x[2]) ** 2 + (x[3] - x[4]) ** 2, [3, 5, -3, 2, -2], 0.0,
        lambda x: [sum(x) - 5, x[2] - 2 * (x[3] + x[4]) + 3], None, None,
    ),
    49: (
        lambda x: (x[0] - x[1]) ** 2 + (x[2] - 1) ** 2 + (x[3] - 1) ** 4 + (x[4] - 1) ** 6, [10, 7, 2, -3, 0.8], 0.0,
        lambda x: [x[0] + x[1] + x[2] + 4 * x[3] - 7, x[2] + 5 * x[4] - 6], None, None,
    ),
    50: (
        lambda x: (x[0] - x[1]) ** 2 + (x[1] - x[2]) ** 2 + (x[2] - x[3]) ** 4 + (x[3] - x[4]) ** 2,
        [35, -31, 11, 5, -5], 0.0,
        lambda x: [
            x[0] + 2 * x[1] + 3 * x[2] - 6, x[1] + 2 * x[2] + 3 * x[3] - 6, x[2] + 2 * x[3] + 3 * x[4] - 6
        ],
        None, None,
    ),
    51: (
        lambda x: (x[0] - x[1]) ** 2 + (x[1] + x[2] - 2) ** 2 + (x[3] - 1) ** 2 + (x[4] - 1) ** 2,
        [2.5, 0.5, 2, -1, 0.5], 0.0,
        lambda x: [x[0] + 3 * x[1] - 4, x[2] + x[3] - 2 * x[4], x[1] - x[4]], None, None,
    ),
    52: (
        lambda x: (4 * x[0] - x[1]) ** 2 + (x[1] + x[2] - 2) ** 2 + (x[3] - 1) ** 2 + (x[4] - 1) ** 2,
        [2] * 5, 1859 / 349, _linear_equations, None, None,
    ),
    53: (
        lambda x: (x[0] - x[1]) ** 2 + (x[1] + x[2] - 2) ** 2 + (x[3] - 1) ** 2 + (x[4] - 1) ** 2,
        [2] * 5, 176 / 43, _linear_equations, None, [(-10, 10)] * 5,
    ),
    60: (
        lambda x: (x[0] - 1) ** 2 + (x[0] - x[1]) ** 2 + (x[1] - x[2]) ** 4, [2] * 3, 0.03256820025,
        lambda x: [x[0] * (1 + x[1] ** 2) + x[2] ** 4 - 4 - 3 * SQRT2], None, [(-10, 10)] * 3,
    ),
    61: (
        lambda x: 4 * x[0] ** 2 + 2 * x[1] ** 2 + 2 * x[2] ** 2 - 33 * x[0] + 16 * x[1] - 24 * x[2],
        [0] * 3, -143.6461422, lambda x: [3 * x[0] - 2 * x[1] ** 2 - 7, 4 * x[0] - x[2] ** 2 - 11], None, None,
    ),
    63: (
        lambda x: 1000 - x[0] ** 2 - 2 * x[1] ** 2 - x[2] ** 2 - x[0] * x[1] - x[0] * x[2], [2] * 3, 961.7151721,
        lambda x: [8 * x[0] + 14 * x[1] + 7 * x[2] - 56, sum(x**2) - 25], None, [(0, INF)] * 3,
    ),
    65: (
        lambda x: (x[0] - x[1]) ** 2 + (x[0] + x[1] - 10) ** 2 / 9 + (x[2] - 5) ** 2, [-5, 5, 0], 0.9535288567,
        None, lambda x: [48 - sum(x**2)], [(-4.5, 4.5), (-4.5, 4.5), (-5, 5)],
    ),
    66: (
        lambda x: 0.2 * x[2] - 0.8 * x[0], [0, 1.05, 2.9], 0.5181632741,
        None, lambda x: [x[1] - exp(x[0]), x[2] - exp(x[1])], [(0, 100), (0, 100), (0, 10)],
    ),
    71: (
        _hs71, [1, 5, 5, 1], 17.0140173,
        lambda x: [sum(x**2) - 40], lambda x: [x[0] * x[1] * x[2] * x[3] - 25], [(1, 5)] * 4,
    ),
    76: (
        lambda x: x[0] ** 2 + 0.5 * x[1] ** 2 + x[2] ** 2 + 0.5 * x[3] ** 2 - x[0] * x[2] + x[2] * x[3]
        - x[0] - 3 * x[1] + x[2] - x[3],
        [0.5] * 4, -4.681818181, None,
        lambda x: [
            5 - x[0] - 2 * x[1] - x[2] - x[3], 4 - 3 * x[0] - x[1] - 2 * x[2] + x[3], x[1] + 4 * x[2] - 1.5
        ],
        [(0, INF)] * 4,
    ),
    77: (
        lambda x: (x[0] - 1) ** 2 + (x[0] - x[1]) ** 2 + (x[2] - 1) ** 2 + (x[3] - 1) ** 4 + (x[4] - 1) ** 6,
        [2] * 5, 0.24150513,
        lambda x: [x[0] ** 2 * x[3] + sin(x[3] - x[4]) - 2 * SQRT2, x[1] + x[2] ** 4 * x[3] ** 2 - 8 - SQRT2],
        None, None,
    ),
    78: (
        lambda x: x[0] * x[1] * x[2] * x[3] * x[4], [-2, 1.5, 2, -1, -1], -2.91970041, _five_equations, None, None,
    ),
    79: (
        lambda x: (x[0] - 1) ** 2 + (x[0] - x[1]) ** 2 + (x[1] - x[2]) ** 2 + (x[2] - x[3]) ** 4
        + (x[3] - x[4]) ** 4,
        [2] * 5, 0.0787768209,
        lambda x: [
            x[0] + x[1] ** 2 + x[2] ** 3 - 2 - 3 * SQRT2, x[1] - x[2] ** 2 + x[3] + 2 - 2 * SQRT2, x[0] * x[4] - 2
        ],
        None, None,
    ),
    80: (
        lambda x: exp(x[0] * x[1] * x[2] * x[3] * x[4]), [-2, 2, 2, -1, -1], 0.0539498478,
        _five_equations, None, [(-2.3, 2.3)] * 2 + [(-3.2, 3.2)] * 3,
    ),
    81: (
        lambda x: exp(x[0] * x[1] * x[2] * x[3] * x[4]) - 0.5 * (x[0] ** 3 + x[1] ** 3 + 1) ** 2,
        [-2, 2, 2, -1, -1], 0.0539498478, _five_equations, None, [(-2.3, 2.3)] * 2 + [(-3.2, 3.2)] * 3,
    ),
    100: (
        _hs100, [1, 2, 0, 4, 0, 1, 1], 680.6300573, None,
        lambda x: [
            127 - 2 * x[0] ** 2 - 3 * x[1] ** 4 - x[2] - 4 * x[3] ** 2 - 5 * x[4],
            282 - 7 * x[0] - 3 * x[1] - 10 * x[2] ** 2 - x[3] + x[4],
            196 - 23 * x[0] - x[1] ** 2 - 6 * x[5] ** 2 + 8 * x[6],
            -4 * x[0] ** 2 - x[1] ** 2 + 3 * x[0] * x[1] - 2 * x[2] ** 2 - 5 * x[5] + 11 * x[6],
        ],
        None,
    ),
    113: (
        _hs113, [2, 3, 5, 5, 1, 2, 7, 3, 6, 10], 24.3062091, None,
        lambda x: [
            105 - 4 * x[0] - 5 * x[1] + 3 * x[6] - 9 * x[7],
            -10 * x[0] + 8 * x[1] + 17 * x[6] - 2 * x[7],
            8 * x[0] - 2 * x[1] - 5 * x[8] + 2 * x[9] + 12,
            -3 * (x[0] - 2) ** 2 - 4 * (x[1] - 3) ** 2 - 2 * x[2] ** 2 + 7 * x[3] + 120,
            -5 * x[0] ** 2 - 8 * x[1] - (x[2] - 6) ** 2 + 2 * x[3] + 40,
            -0.5 * (x[0] - 8) ** 2 - 2 * (x[1] - 4) ** 2 - 3 * x[4] ** 2 + x[5] + 30,
            -(x[0] ** 2) - 2 * (x[1] - 2) ** 2 + 2 * x[0] * x[1] - 14 * x[4] + 6 * x[5],
            3 * x[0] - 6 * x[1] - 12 * (x[8] - 8) ** 2 + 7 * x[9],
        ],
        None,
    ),
}  # fmt: skip

#: The numbers of the problems that are here.
NUMBERS = tuple(_TABLE)


def hock_schittkowski(number: int) -> Problem:
    """A problem of the collection, with its start ``x0``, its minimum ``f_opt``, and its bounds and constraints.

    Parameters
    ----------
    number : int
        Its number in the book, out of `NUMBERS`.

    Returns
    -------
    Problem
        With exact ``gradient``; ``constraints`` are SciPy's dictionaries (at most one "eq", one "ineq"), each a vector.

    Raises
    ------
    ValueError
        For a number that is not among `NUMBERS`.
    """
    if whole_number("number", number, least=1) not in _TABLE:
        raise ValueError(f"number must be one of {', '.join(map(str, NUMBERS))}, got {number!r}")
    formula, x0, f_opt, equalities, inequalities, bounds = _TABLE[number]
    kinds = {"eq": equalities, "ineq": inequalities}
    constraints = [
        {"type": kind, "fun": _as_vector(rows), "jac": _jacobian(rows)} for kind, rows in kinds.items() if rows
    ]
    return Problem(
        formula,
        lambda x: complex_step_gradient(formula, x),
        bounds=bounds,
        constraints=constraints,
        x0=np.array(x0, dtype=float),
        f_opt=f_opt,
        name=f"Hock-Schittkowski {number}",
    )


def _as_vector(rows: Callable[..., Any]) -> Callable[..., np.ndarray]:
    return lambda x: np.array(rows(np.asarray(x)))


def _jacobian(rows: Callable[..., Any]) -> Callable[[np.ndarray], np.ndarray]:
    def jacobian(x: np.ndarray) -> np.ndarray:
        """Column by column, by the complex step."""
        shifts = 1e-20j * np.eye(len(x))
        return np.column_stack([np.imag(rows(x + shift)) / 1e-20 for shift in shifts])

    return jacobian
