"""The step of the methods here that search along a line for the strong Wolfe conditions, as SciPy chooses it."""

from __future__ import annotations

from ..bracketing.line_search import strong_wolfe
from ..bracketing.more_thuente import more_thuente

NO_STEP = (
    "The line search found no acceptable point: the gradient is wrong, the function has no minimum that way, or "
    "rounding hides it."
)


def first_trial(here, previous_fun):
    """The step that would lower the function as much as the last one did, at most 1; Nocedal and Wright (3.60)."""
    step = 1.01 * 2 * (here.fun - previous_fun) / (here.slope or 1.0)
    return min(1.0, step) if step > 0 else 1.0  # 1 also where there was no last step: nan


def wolfe_step(problem, here, direction, first_step, decrease, curvature, **limits):
    """More and Thuente's search, and where rounding stops it, the one that allows for rounding; None if both fail."""
    if not here.slope < 0:
        return None
    constants = {"decrease": decrease, "curvature": curvature}
    found = more_thuente(problem, here, direction, first_step, **constants, **limits)
    return strong_wolfe(problem, here, direction, first_step, **constants) if found is None else found
