"""The exercises of the chapter on bracketing and line search, in the order of its notebook."""

from .counting import EVALUATIONS_NEEDED, SIGHT, WORST_BRACKET
from .fibonacci import FIBONACCI_VISITS
from .golden import GOLDEN_POINTS
from .intervals import BRACKET_TRIPLE, HALVE_BY_SLOPE
from .line_search import BACKTRACK, STEP_KIND
from .lipschitz import LOWEST_POSSIBLE
from .parabolas import EXACT_STEP, PARABOLA_VERTEX
from .wolfe import WOLFE_STEP

EXERCISES = (
    EXACT_STEP,
    PARABOLA_VERTEX,
    STEP_KIND,
    EVALUATIONS_NEEDED,
    HALVE_BY_SLOPE,
    BRACKET_TRIPLE,
    GOLDEN_POINTS,
    WORST_BRACKET,
    LOWEST_POSSIBLE,
    SIGHT,
    BACKTRACK,
    FIBONACCI_VISITS,
    WOLFE_STEP,
)

__all__ = ["EXERCISES"]
