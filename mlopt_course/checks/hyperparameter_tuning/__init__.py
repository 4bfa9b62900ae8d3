"""The exercises of the chapter on hyperparameter tuning, in the order of its notebook."""

from .asynchronous import ASHA_PROMOTIONS
from .blind import DRAW_CONFIGS, REFINED_GRID
from .chance import OPTIMISM, TRIES_NEEDED
from .folds import STRATIFIED_FOLDS
from .halving import HALVING_RUNGS
from .honesty import BEST_WITHIN, HONEST_REPORTS
from .leaks import CLEAN_ERROR
from .nested import NESTED_CV
from .parzen import TPE_CHOICE
from .penalties import PENALTY_BY_FOLDS
from .population import WINNING_SCHEDULE

EXERCISES = (
    TRIES_NEEDED,
    BEST_WITHIN,
    HONEST_REPORTS,
    REFINED_GRID,
    DRAW_CONFIGS,
    OPTIMISM,
    STRATIFIED_FOLDS,
    CLEAN_ERROR,
    HALVING_RUNGS,
    ASHA_PROMOTIONS,
    PENALTY_BY_FOLDS,
    NESTED_CV,
    WINNING_SCHEDULE,
    TPE_CHOICE,
)

__all__ = ["EXERCISES"]
