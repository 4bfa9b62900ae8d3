"""The exercises of the chapter on stochastic methods, in the order of its notebook."""

from .aging import AGING_STRATEGY
from .annealing import ANNEALING_CHANCES, RING_ANNEALING
from .bits import BIT_CHANCES
from .cooling import STAGES_UNTIL, TEMPERATURE_FOR
from .counting import POINTS_NEEDED, STEP_AFTER
from .local import ITERATED_SEARCH
from .reach import NORMAL_REACH
from .results import BEST_RESTART, SHARE_SOLVED
from .tabu import TABU_MEMORY, TABU_WALK

EXERCISES = (
    POINTS_NEEDED,
    STAGES_UNTIL,
    STEP_AFTER,
    TEMPERATURE_FOR,
    ANNEALING_CHANCES,
    RING_ANNEALING,
    ITERATED_SEARCH,
    TABU_WALK,
    BIT_CHANCES,
    SHARE_SOLVED,
    BEST_RESTART,
    NORMAL_REACH,
    AGING_STRATEGY,
    TABU_MEMORY,
)

__all__ = ["EXERCISES"]
