"""The exercises of the chapter on second-order methods, in the order of its notebook."""

from .cures import FLIPPED_DIRECTION, SHIFTED_DIRECTION, SLOPE_WITH_A_CYCLE
from .least_squares import LOGISTIC_NEWTON, MARQUARDT_STEP
from .limited_memory import LARGEST_PROBLEM, LBFGS_DIRECTION
from .newton import NEWTON_DIRECTION_KIND, NEWTON_POINTS
from .quasi import DAMPED_UPDATE
from .secant import SECANT_MINIMUM
from .trust import DOGLEG_POINT, NEXT_RADIUS

EXERCISES = (
    NEWTON_POINTS,
    NEWTON_DIRECTION_KIND,
    LARGEST_PROBLEM,
    SECANT_MINIMUM,
    SHIFTED_DIRECTION,
    FLIPPED_DIRECTION,
    NEXT_RADIUS,
    DAMPED_UPDATE,
    MARQUARDT_STEP,
    LOGISTIC_NEWTON,
    DOGLEG_POINT,
    LBFGS_DIRECTION,
    SLOPE_WITH_A_CYCLE,
)

__all__ = ["EXERCISES"]
