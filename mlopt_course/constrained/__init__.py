r"""Chapter 9, constrained optimisation: :math:`\min f(x)` with :math:`h(x) = 0, g(x) \le 0`.

Constraints are given as SciPy takes them (dictionaries, ``NonlinearConstraint``, ``LinearConstraint``), as bounds, or
as one of the feasible sets here. One file for each family:

- `kkt`: KKT residuals, multipliers, the Lagrangian and its dual function;
- `penalties`: quadratic penalty, augmented Lagrangian; `barrier`: interior point; `sequential`: SQP;
- `linear`: the simplex method; `quadratic`: active sets; `dual_quadratic`: the subproblem of SQP;
- `sets` and `projected`: projected gradient, Frank-Wolfe, mirror descent;
- `proximal`: ISTA, FISTA, ADMM and the lasso; `svm`: the dual of the support vector machine.
"""

from .barrier import interior_point
from .constraints import Constraints
from .dual_quadratic import solve_quadratic
from .kkt import (
    KKTResiduals,
    Multipliers,
    dual_function,
    duality_gap,
    estimate_multipliers,
    kkt_residuals,
    lagrangian,
)
from .linear import linear_program, simplex
from .penalties import augmented_lagrangian, penalty_method
from .projected import frank_wolfe, mirror_descent, projected_gradient
from .proximal import ElasticNet, GroupLasso, admm, lasso, proximal_gradient, regularised
from .quadratic import active_set_qp, quadratic_program
from .sequential import sqp
from .sets import Ball, Box, L1Ball, Polyhedron, UnitSimplex
from .svm import linear_kernel, rbf_kernel, smo, svm_dual

__all__ = [
    "Ball",
    "Box",
    "Constraints",
    "ElasticNet",
    "GroupLasso",
    "KKTResiduals",
    "L1Ball",
    "Multipliers",
    "Polyhedron",
    "UnitSimplex",
    "active_set_qp",
    "admm",
    "augmented_lagrangian",
    "dual_function",
    "duality_gap",
    "estimate_multipliers",
    "frank_wolfe",
    "interior_point",
    "kkt_residuals",
    "lagrangian",
    "lasso",
    "linear_kernel",
    "linear_program",
    "mirror_descent",
    "penalty_method",
    "projected_gradient",
    "proximal_gradient",
    "quadratic_program",
    "rbf_kernel",
    "regularised",
    "simplex",
    "smo",
    "solve_quadratic",
    "sqp",
    "svm_dual",
]
