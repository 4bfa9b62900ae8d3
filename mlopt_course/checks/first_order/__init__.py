"""The exercises of the chapter on first-order methods, in the order of its notebook."""

from .adaptive import ADAM_STEP, EFFECTIVE_RATES
from .batches import MINIBATCH_GRADIENT, SGD_EPOCH
from .budget import RATES_WITHIN_BUDGET
from .counterexample import AVERAGE_REGRETS
from .decay import DECAYED_WEIGHTS
from .descent import DESCEND, DESCENT_STEP
from .heavy_ball import TUNE_HEAVY_BALL
from .momentum import MOMENTUM_STEP, NESTEROV_STEP
from .rates import BEST_RATE, RATES_BEHIND
from .schedules import CYCLIC_COSINE, PLATEAU_RATES

EXERCISES = (
    DESCENT_STEP,
    DESCEND,
    MINIBATCH_GRADIENT,
    RATES_BEHIND,
    BEST_RATE,
    SGD_EPOCH,
    MOMENTUM_STEP,
    NESTEROV_STEP,
    EFFECTIVE_RATES,
    ADAM_STEP,
    DECAYED_WEIGHTS,
    CYCLIC_COSINE,
    PLATEAU_RATES,
    TUNE_HEAVY_BALL,
    AVERAGE_REGRETS,
    RATES_WITHIN_BUDGET,
)

__all__ = ["EXERCISES"]
