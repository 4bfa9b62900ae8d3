"""Explorers and figures: pictures of what methods do, for pages, notebooks and print.

An explorer runs the real method for a grid of settings and hands the runs to the page, where they can be walked
through with no kernel; with one, settings off the grid are computed when chosen.

>>> from mlopt_course import explore, problems
>>> widget = explore.descent(problems.quadratic(), settings={"learning_rate": [0.05, 0.1], "beta": [0, 0.9]})
>>> widget.set(learning_rate=0.1, beta=0.9)
"""

from . import style
from .adversary import adversary
from .basins import basins
from .builders import descent, from_plan, race
from .conjugate import conjugate
from .densities import densities
from .difference import difference
from .family_tree import family_tree
from .goal import Goal
from .intervals import intervals
from .line_conditions import line_conditions
from .margins import margins
from .optimism import optimism
from .outliers import outliers
from .parabolas import parabolas
from .plan import Lane, Plan, Setting
from .probe import probe, probe_plane
from .projections import projections
from .rectangles import rectangles
from .rungs import rungs
from .stationary import stationary
from .stills import plot_convergence, plot_path
from .threshold import threshold
from .trials import polls, simplex
from .trust_ball import trust_ball

__all__ = [
    "Goal", "Lane", "Plan", "Setting", "adversary", "basins", "conjugate", "densities", "descent", "difference",
    "family_tree", "from_plan", "intervals", "line_conditions", "margins", "optimism", "outliers", "parabolas",
    "plot_convergence", "plot_path", "polls", "probe", "probe_plane", "projections", "race", "rectangles", "rungs",
    "simplex", "stationary", "style", "threshold", "trust_ball",
]  # fmt: skip
