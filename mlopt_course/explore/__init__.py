"""Explorers and figures: pictures of what methods do, for pages, notebooks and print.

An explorer runs the real method for a grid of settings and hands the runs to the page, where they can be walked
through with no kernel; with one, settings off the grid are computed when chosen.

>>> from mlopt_course import explore, problems
>>> widget = explore.descent(problems.quadratic(), settings={"learning_rate": [0.05, 0.1], "beta": [0, 0.9]})
>>> widget.set(learning_rate=0.1, beta=0.9)
"""

from . import style
from .builders import descent, from_plan, race
from .goal import Goal
from .plan import Lane, Plan, Setting
from .stills import plot_convergence, plot_path

__all__ = [
    "Goal", "Lane", "Plan", "Setting", "descent", "from_plan", "plot_convergence", "plot_path", "race", "style",
]  # fmt: skip
