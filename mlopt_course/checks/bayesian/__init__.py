"""The exercises of the chapter on Bayesian optimisation, in the order of its notebook."""

from .acquisition import EXPECTED_GAIN, TABLE_IMPROVEMENT
from .beliefs import CONDITION, HONEST_SHARE, UPDATE_BELIEF
from .bounds import CHOICES_BY_BETA, NEXT_BY_BOUND
from .budgets import BELIEVERS_BATCH, RANDOM_TRIES
from .evidence import BEST_LENGTHSCALE, LEFT_OUT
from .kernels import LENGTHSCALE_FOR, POSTERIOR
from .search import SEARCH_ON_GRID

EXERCISES = (
    UPDATE_BELIEF,
    TABLE_IMPROVEMENT,
    RANDOM_TRIES,
    NEXT_BY_BOUND,
    LENGTHSCALE_FOR,
    CONDITION,
    POSTERIOR,
    BEST_LENGTHSCALE,
    EXPECTED_GAIN,
    HONEST_SHARE,
    BELIEVERS_BATCH,
    LEFT_OUT,
    SEARCH_ON_GRID,
    CHOICES_BY_BETA,
)

__all__ = ["EXERCISES"]
