"""mlopt_course: the methods of the book, the exercises that mark themselves, and the grader.

>>> from mlopt_course import minimize, problems
>>> result = minimize(problems.rosenbrock(), method="adam", learning_rate=0.05)

Importing it needs NumPy alone; everything else is imported when first used.
"""

import importlib
from typing import Any

from .history import History
from .loop import Result, Status, minimize
from .problem import Problem
from .registry import CHAPTERS, Iterate, method, methods
from .scipy_interface import scipy_method

__version__ = "0.1.0"

__all__ = [
    "History",
    "Iterate",
    "Problem",
    "Result",
    "Status",
    "check",
    "explore",
    "method",
    "methods",
    "minimize",
    "problems",
    "scipy_method",
]

_SUBMODULES = {"problems", "schedules", "derivatives", "autodiff", "metrics", "checks", "explore", "grading", *CHAPTERS}


def __getattr__(name: str) -> Any:
    if name == "check":
        return importlib.import_module(".checks", __name__).check
    if name in _SUBMODULES:
        return importlib.import_module(f".{name}", __name__)
    raise AttributeError(f"module 'mlopt_course' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_SUBMODULES, "check"})
