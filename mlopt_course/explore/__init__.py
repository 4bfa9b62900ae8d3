"""Explorers and figures: pictures of what methods do, for pages, notebooks and print.

An explorer runs the real method for a grid of settings and hands the runs to the page, where they can be walked
through with no kernel; with one, settings off the grid are computed when chosen.

>>> from mlopt_course import explore, problems
>>> widget = explore.descent(problems.quadratic(), settings={"learning_rate": [0.05, 0.1], "beta": [0, 0.9]})
>>> widget.set(learning_rate=0.1, beta=0.9)
"""

from . import style
from .acquisitions import acquisitions
from .adversary import adversary
from .annealing import annealing
from .ants import ants
from .basins import basins
from .belief_plane import belief_plane
from .builders import descent, from_plan, race
from .chances import chances
from .conjugate import conjugate
from .constrained_paths import constrained_paths
from .densities import densities
from .difference import difference
from .family_tree import family_tree
from .front import front
from .gaussians import gaussians
from .goal import Goal
from .intervals import intervals
from .kernel_draws import kernel_draws
from .kkt_point import kkt_point
from .line_conditions import line_conditions
from .margins import margins
from .models import models
from .next_point import next_point
from .operators import operators
from .optimism import optimism
from .outliers import outliers
from .parabolas import parabolas
from .plan import Lane, Plan, Setting
from .price import price
from .probe import probe, probe_plane
from .projections import projections
from .rectangles import rectangles
from .rungs import rungs
from .stationary import stationary
from .stills import plot_convergence, plot_path
from .support import support
from .swarm import swarm
from .tabu import tabu
from .threshold import threshold
from .trials import polls, simplex
from .trust_ball import trust_ball

__all__ = [
    "Goal", "Lane", "Plan", "Setting", "acquisitions", "adversary", "annealing", "ants", "basins", "belief_plane",
    "chances", "conjugate", "constrained_paths", "densities", "descent", "difference", "family_tree", "from_plan",
    "front", "gaussians", "intervals", "kernel_draws", "kkt_point", "line_conditions", "margins", "models",
    "next_point", "operators", "optimism", "outliers", "parabolas", "plot_convergence", "plot_path", "polls",
    "price", "probe", "probe_plane", "projections", "race", "rectangles", "rungs", "simplex", "stationary", "style",
    "support", "swarm", "tabu", "threshold", "trust_ball",
]  # fmt: skip
