"""Problems to try methods on: sixteen test functions with known optima, and finite sums from machine learning.

>>> from mlopt_course import problems
>>> problem = problems.rosenbrock(dimension=10)
>>> float(problem.fun(problem.x_opt))
0.0

Each function returns a `mlopt_course.Problem`; `all_problems` lists the functions.
"""

from collections.abc import Callable
from types import MappingProxyType

from ..problem import Problem
from .bowls import ellipsoid, rosenbrock, sphere
from .datasets import generated_data, named_data
from .finite_sum import linear_regression, logistic_regression, softmax_regression
from .least_squares import least_squares
from .many_minima import ackley, griewank, hartmann6, levy, michalewicz, rastrigin, styblinski_tang
from .plane import beale, booth, branin, goldstein_price, himmelblau, six_hump_camel

__all__ = [
    "FINITE_SUMS",
    "LANDSCAPES",
    "ackley",
    "all_problems",
    "beale",
    "booth",
    "branin",
    "ellipsoid",
    "generated_data",
    "goldstein_price",
    "griewank",
    "hartmann6",
    "himmelblau",
    "least_squares",
    "levy",
    "linear_regression",
    "logistic_regression",
    "michalewicz",
    "named_data",
    "rastrigin",
    "rosenbrock",
    "six_hump_camel",
    "softmax_regression",
    "sphere",
    "styblinski_tang",
]

#: The sixteen test functions by name; each can be called without arguments.
LANDSCAPES = MappingProxyType(
    {
        function.__name__: function
        for function in (
            sphere, ellipsoid, rosenbrock, rastrigin, ackley, griewank, himmelblau, beale, booth, branin, hartmann6,
            styblinski_tang, levy, michalewicz, goldstein_price, six_hump_camel,
        )
    }
)  # fmt: skip
#: The regressions by name; each can be called without arguments and then generates its data.
FINITE_SUMS = MappingProxyType({f.__name__: f for f in (linear_regression, logistic_regression, softmax_regression)})


def all_problems() -> dict[str, Callable[..., Problem]]:
    """The functions that make problems, by name: ``all_problems()["rosenbrock"]()`` is a `Problem`."""
    return {**LANDSCAPES, **FINITE_SUMS}
