"""Chapter 6, direct search: methods that use function values alone and follow fixed rules.

- `simplex`: Nelder-Mead, and in `mckinnon` a function on which it fails;
- `lines`: cyclic coordinate search and Powell's method;
- `patterns`: Hooke-Jeeves and generalised pattern search;
- `rectangles`: DIRECT.
"""

from .lines import cyclic_coordinate_search, powell
from .mckinnon import MCKINNON_SIMPLEX, mckinnon
from .patterns import generalized_pattern_search, hooke_jeeves
from .rectangles import direct
from .simplex import nelder_mead

__all__ = [
    "MCKINNON_SIMPLEX",
    "cyclic_coordinate_search",
    "direct",
    "generalized_pattern_search",
    "hooke_jeeves",
    "mckinnon",
    "nelder_mead",
    "powell",
]
