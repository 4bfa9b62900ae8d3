"""Chapter 5, bracketing and line search: minimising a function of one variable, alone or as part of another method.

- `intervals`: intervals that shrink around the minimum: `bracket_minimum`, Fibonacci, golden section, bisection,
  Shubert-Piyavskii;
- `parabola`: quadratic fit search and Brent's method;
- `line_search`: `backtracking` and `strong_wolfe`; `more_thuente`: the search of the quasi-Newton methods;
- `exact`: the lowest point along a line.
"""

from .exact import exact_line_search
from .intervals import bisection, bracket_minimum, fibonacci_search, golden_section_search, shubert_piyavskii
from .line_search import LinePoint, Trial, backtracking, strong_wolfe
from .more_thuente import more_thuente
from .parabola import brent, quadratic_fit_search

__all__ = [
    "LinePoint",
    "Trial",
    "backtracking",
    "bisection",
    "bracket_minimum",
    "brent",
    "exact_line_search",
    "fibonacci_search",
    "golden_section_search",
    "more_thuente",
    "quadratic_fit_search",
    "shubert_piyavskii",
    "strong_wolfe",
]
