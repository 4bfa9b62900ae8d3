"""Chapter 3, first-order methods: they use the gradient, and nothing of higher order.

One file for each family:

- `descent`: gradient descent, momentum, Nesterov, hypergradient descent;
- `adaptive`: AdaGrad, RMSProp, AdaDelta, Adam, AdamW; `adam_variants`: AMSGrad, NAdam, RAdam, AdaMax;
- `signs`: Rprop, Lion; `matrices`: Muon;
- `conjugate`: nonlinear conjugate gradients, with the strong Wolfe search of `bracketing.line_search`;
- `variance_reduction`: SAG, SAGA, SVRG;
- `averaging` and `clipping`: what can be put around any of them.
"""

from .adam_variants import adamax, amsgrad, nadam, radam
from .adaptive import adadelta, adagrad, adam, adamw, rmsprop
from .averaging import iterate_averaging
from .clipping import clip_gradient
from .conjugate import conjugate_gradient
from .descent import gradient_descent, hypergradient_descent, momentum, nesterov
from .matrices import muon, orthogonalize
from .signs import lion, rprop
from .variance_reduction import sag, saga, svrg

__all__ = [
    "adadelta",
    "adagrad",
    "adam",
    "adamax",
    "adamw",
    "amsgrad",
    "clip_gradient",
    "conjugate_gradient",
    "gradient_descent",
    "hypergradient_descent",
    "iterate_averaging",
    "lion",
    "momentum",
    "muon",
    "nadam",
    "nesterov",
    "orthogonalize",
    "radam",
    "rmsprop",
    "rprop",
    "sag",
    "saga",
    "svrg",
]
