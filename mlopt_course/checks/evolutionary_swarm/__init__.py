"""The exercises of the chapter on evolutionary and swarm methods, in the order of its notebook."""

from .ants import ANT_CHOICES, TRAILS_AFTER
from .crossover import ORDER_CHILD
from .deceptive import DECEPTIVE
from .differential import EVOLVE_ONCE, SCALE_FOR_GROWTH
from .genetic import BIT_SEARCH
from .models import EVOLVE_MODELS
from .pareto import THINNED
from .selection import TAKEOVER, TOURNAMENT_ODDS
from .stability import SWARM_RATES
from .swarm import RING_SWARM
from .walks import TOUR_CHANCE

EXERCISES = (
    TOURNAMENT_ODDS,
    TAKEOVER,
    ANT_CHOICES,
    SCALE_FOR_GROWTH,
    BIT_SEARCH,
    ORDER_CHILD,
    TRAILS_AFTER,
    TOUR_CHANCE,
    EVOLVE_ONCE,
    RING_SWARM,
    SWARM_RATES,
    DECEPTIVE,
    THINNED,
    EVOLVE_MODELS,
)

__all__ = ["EXERCISES"]
