"""The exercises of the chapter on the basics, in the order of its notebook."""

from .ablation import FEATURE_WORTH
from .clusters import BEST_GROUPS
from .columns import CONDITIONS, STANDARDISE
from .complex_step import EXACT_SLOPE
from .convexity import DENTED_CHORD
from .gradients import DIAGNOSE
from .grids import AVERAGE_BEST, LARGEST_DIMENSION, VALLEYS
from .nine_steps import NINE_STEPS
from .stationary import KIND_AT, WAY_DOWN
from .training import EARLY_STOP, WIDEST

EXERCISES = (
    VALLEYS,
    LARGEST_DIMENSION,
    STANDARDISE,
    AVERAGE_BEST,
    KIND_AT,
    WAY_DOWN,
    EXACT_SLOPE,
    DIAGNOSE,
    CONDITIONS,
    FEATURE_WORTH,
    WIDEST,
    EARLY_STOP,
    DENTED_CHORD,
    BEST_GROUPS,
    NINE_STEPS,
)

__all__ = ["EXERCISES"]
