"""Methods that see a matrix of parameters as a matrix: Muon."""

from __future__ import annotations

from itertools import count

import numpy as np

from .. import validate
from ..registry import Iterate, method
from ..schedules import as_schedule

# The quintic p(s) = a s + b s^3 + c s^5, tuned to be steep at 0: five rounds bring singular values near 1.
QUINTIC = (3.4445, -4.7750, 2.0315)


def orthogonalize(matrix, rounds=5):
    r"""A matrix with the same singular vectors and singular values near 1, by Newton-Schulz iteration.

    .. math:: X \leftarrow a X + b (X X^T) X + c (X X^T)^2 X

    Parameters
    ----------
    matrix : ndarray, shape (m, n)
        Any; a matrix of zeros stays one.
    rounds : int
        Repetitions; 5 is the published number. The coefficients trade accuracy for speed: the singular values end
        between about 0.7 and 1.2, not at 1 (those below 1e-3 of the Frobenius norm may not get there).

    Returns
    -------
    ndarray, shape (m, n)

    References
    ----------
    Jordan et al. (2024), Muon: an optimizer for hidden layers in neural networks, ``newtonschulz5``,
    https://kellerjordan.github.io/posts/muon/.
    """
    a, b, c = QUINTIC
    wide = matrix.T if matrix.shape[0] > matrix.shape[1] else matrix
    X = wide / max(np.linalg.norm(wide), 1e-300)
    for _ in range(rounds):
        A = X @ X.T
        X = a * X + (b * A + c * A @ A) @ X
    return X.T if matrix.shape[0] > matrix.shape[1] else X


@method(
    chapter="first_order",
    needs="gradient",
    use_when="training the weight matrices of a network's hidden layers",
    fails_when="the parameters are not a matrix that acts on vectors (biases, embeddings), or the rate is constant",
    reference="Jordan et al. (2024), Muon: an optimizer for hidden layers in neural networks",
)
def muon(problem, x0, *, learning_rate=0.02, beta=0.95, weight_decay=0.0, rounds=5):
    r"""Muon: momentum whose step is made orthogonal, so that it moves equally in all singular directions.

    .. math::
        B_t &= \beta B_{t-1} + (1 - \beta) G_t, \qquad O_t = \mathrm{NS}(\beta B_t + (1 - \beta) G_t) \\
        X_t &= X_{t-1} - \eta \left( \sqrt{\max(1, m / n)}\, O_t + \lambda X_{t-1} \right)

    Parameters
    ----------
    problem : Problem
        With a gradient.
    x0 : ndarray, shape (m, n)
        Start. A vector counts as one column, for which the step is a multiple of the normalised momentum.
    learning_rate : float or schedule
        :math:`\eta > 0`; a step's spectral norm is about this.
    beta : float
        Decay of the momentum, in [0, 1).
    weight_decay : float
        :math:`\lambda \ge 0`, decoupled as in `adamw`.
    rounds : int
        Newton-Schulz rounds (see `orthogonalize`).

    Yields
    ------
    Iterate
        ``x`` (m, n) and ``momentum`` (m, n).

    Notes
    -----
    This is PyTorch's ``Muon``, which however runs Newton-Schulz in bfloat16, three digits; here it keeps all of them.
    Optax corrects the bias of :math:`B_t` and :math:`G_t` before they are mixed, which changes the first steps. The
    published rule sums the momentum instead of averaging it: the normalisation in Newton-Schulz makes these equal.

    References
    ----------
    Jordan et al. (2024), Muon: an optimizer for hidden layers in neural networks,
    https://kellerjordan.github.io/posts/muon/, with the decay of Liu et al. (2025), arXiv:2502.16982.
    """
    rate = as_schedule(learning_rate, problem)
    validate.fraction(beta=beta)
    validate.not_negative(weight_decay=weight_decay)
    validate.whole(rounds=rounds)
    x, momentum = x0, np.zeros_like(x0)
    rows, columns = (*np.shape(x0), 1, 1)[:2]
    scale = np.sqrt(max(1.0, rows / columns))
    for step in count():
        gradient = problem.gradient(x)
        momentum = beta * momentum + (1 - beta) * gradient
        ahead = np.reshape(beta * momentum + (1 - beta) * gradient, (rows, columns))
        direction = np.reshape(orthogonalize(ahead, rounds), np.shape(x))
        x = x - rate(step, x) * (scale * direction + weight_decay * x)
        yield Iterate(x, momentum=momentum)
