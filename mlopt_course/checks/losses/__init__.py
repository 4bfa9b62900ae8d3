"""The exercises of the chapter on losses, in the order of its notebook."""

from .logits import SMOOTHED_CROSS_ENTROPY, SOFT_LOG_LOSS
from .margins import FOCAL_SLOPES, WEIGHTED_HINGE
from .metrics import AUC_OF_LEVELS, SCORES_AT
from .proper import HONESTY_GAP
from .regression import BEST_CONSTANTS, LOSS_SLOPES, SHRUNK
from .tape import BACKWARD
from .thresholds import BEST_THRESHOLD, BREAK_EVEN, UNWEIGHTED_CHANCES

EXERCISES = (
    BEST_CONSTANTS,
    SHRUNK,
    SCORES_AT,
    UNWEIGHTED_CHANCES,
    LOSS_SLOPES,
    SOFT_LOG_LOSS,
    SMOOTHED_CROSS_ENTROPY,
    WEIGHTED_HINGE,
    FOCAL_SLOPES,
    BREAK_EVEN,
    AUC_OF_LEVELS,
    HONESTY_GAP,
    BEST_THRESHOLD,
    BACKWARD,
)

__all__ = ["EXERCISES"]
