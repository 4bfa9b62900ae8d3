"""Adam's rule for very many variables: the same step, arranged in place and a block at a time.

NumPy makes a pass over memory for every ``+`` and ``*``. With a million variables each pass leaves the processor's
cache, and most of the time goes into moving numbers; a block that fits in the cache is moved once for all passes.
"""

from __future__ import annotations

import math
from itertools import count

import numpy as np

from ..registry import Iterate

BLOCK = 2**15  # 256 kB of float64: the four blocks in use fit in a second-level cache


def adam_in_blocks(problem, x0, rate, beta1, beta2, epsilon, weight_decay=0.0):
    r"""What `adam` and `adamw` do, for more than `BLOCK` variables; equal to rounding.

    It keeps the discounted sums :math:`M = m / (1 - \beta_1)` and :math:`V = v / (1 - \beta_2)`, and applies all
    constant factors to two numbers instead of two arrays (Kingma and Ba (2015), end of section 2):

    .. math:: x_t = x_{t-1} - \eta\, \frac{(1 - \beta_1)\, c_t}{1 - \beta_1^t} \frac{M_t}{\sqrt{V_t} + c_t \epsilon},
              \qquad c_t = \sqrt{\frac{1 - \beta_2^t}{1 - \beta_2}}

    Each step allocates the new ``x`` and nothing else of its size. It is read-only from then on, so that `minimize`
    can keep it without a copy.

    Yields
    ------
    Iterate
        ``x`` alone, since the sums are updated in place.
    """
    x, M, V = x0, np.zeros(x0.size), np.zeros(x0.size)
    for step in count(1):
        learning_rate = rate(step - 1, x)
        c = math.sqrt((1 - beta2**step) / (1 - beta2))
        step_size = learning_rate * (1 - beta1) * c / (1 - beta1**step)
        x = _step(x, problem.gradient(x), M, V, beta1, beta2, step_size, c * epsilon, learning_rate * weight_decay)
        yield Iterate(x)


def _step(x, gradient, M, V, beta1, beta2, step_size, epsilon, decay):
    """The next ``x``, and the sums in place. What is used here alone is freed before the next gradient is made."""
    x_next, scratch = np.empty(x.shape), np.empty(BLOCK)
    gradient, old, new = np.ravel(gradient), np.ravel(x), np.ravel(x_next)
    for first in range(0, new.size, BLOCK):
        block = slice(first, first + BLOCK)
        g, m, v, x_new = gradient[block], M[block], V[block], new[block]
        work = scratch[: g.size]
        m *= beta1
        m += g
        v *= beta2
        v += np.multiply(g, g, out=work)
        np.sqrt(v, out=work)
        work += epsilon
        np.divide(m, work, out=work)
        work *= step_size
        np.subtract(old[block], work, out=x_new)
        if decay:
            x_new -= np.multiply(old[block], decay, out=work)
    x_next.setflags(write=False)
    return x_next
