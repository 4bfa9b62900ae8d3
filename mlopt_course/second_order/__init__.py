"""Chapter 4, second-order methods: they use the curvature, or learn it on the way.

- `newton`: Newton's method, pure, damped and by conjugate gradients; the secant method;
- `trust_region`: Newton's method within a ball, by Steihaug's conjugate gradients or the dogleg;
- `quasi_newton`: DFP, BFGS, L-BFGS and SR1;
- `least_squares`: Gauss-Newton and Levenberg-Marquardt;
- `likelihood`: natural gradient and iteratively reweighted least squares.
"""

from .least_squares import gauss_newton, levenberg_marquardt
from .likelihood import irls, natural_gradient
from .newton import damped_newton, newton, newton_cg, secant
from .quasi_newton import bfgs, bfgs_update, dfp, dfp_update, lbfgs, sr1
from .trust_region import dogleg, steihaug, trust_region

__all__ = [
    "bfgs",
    "bfgs_update",
    "damped_newton",
    "dfp",
    "dfp_update",
    "dogleg",
    "gauss_newton",
    "irls",
    "lbfgs",
    "levenberg_marquardt",
    "natural_gradient",
    "newton",
    "newton_cg",
    "secant",
    "sr1",
    "steihaug",
    "trust_region",
]
