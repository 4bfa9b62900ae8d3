"""The exercises of the chapter on direct search, in the order of its notebook."""

from .covering import COSINE_MEASURE
from .crease import CREASE
from .flat import CONTRACTIONS_UNTIL_FLAT
from .lines import COORDINATE_POINTS, SLOW_VALLEY, WORST_PAIR
from .nelder_mead import SIMPLEX_SEARCH
from .patterns import LEAPING_SEARCH, PATTERN_WITHIN
from .powell import POWELL_ROUND
from .rectangles import POTENTIALLY_OPTIMAL
from .simplex import SIMPLEX_MOVE, VOLUME_AFTER

EXERCISES = (
    COORDINATE_POINTS,
    SLOW_VALLEY,
    WORST_PAIR,
    VOLUME_AFTER,
    SIMPLEX_MOVE,
    CREASE,
    POWELL_ROUND,
    LEAPING_SEARCH,
    COSINE_MEASURE,
    PATTERN_WITHIN,
    CONTRACTIONS_UNTIL_FLAT,
    POTENTIALLY_OPTIMAL,
    SIMPLEX_SEARCH,
)

__all__ = ["EXERCISES"]
