"""Adversarial examples, and training against them: a game of two players, one after the other."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import validate
from ..arguments import as_generator
from ..autodiff import Tensor
from ..deep_learning.network import LOSSES, Network
from ..problem import Problem


def input_gradient(network: Network, x: Any, inputs: Any, target: Any, *, loss: str = "cross_entropy") -> np.ndarray:
    """Gradient of the mean loss with respect to the inputs, of their shape.

    Each row is ``1 / n`` of the gradient of that sample's loss, if the network looks at one sample at a time.
    """
    if loss not in LOSSES:
        raise ValueError(f"loss must be one of {', '.join(LOSSES)}, got {loss!r}")
    leaf = Tensor(inputs)
    LOSSES[loss](network.forward([Tensor(array) for array in network.unpack(x)], leaf), np.asarray(target)).backward()
    return np.zeros(leaf.shape) if leaf.grad is None else leaf.grad


def fgsm(
    network: Network, x: Any, inputs: Any, target: Any, *, radius: float, loss: str = "cross_entropy",
    bounds: tuple[float, float] | None = None,
) -> np.ndarray:  # fmt: skip
    r"""Fast gradient sign method: one step of the whole radius, :math:`x + \epsilon \, \mathrm{sign} \nabla_x \ell`.

    The worst change within the box where the model is linear, a guess elsewhere.

    Parameters
    ----------
    network : Network
    x : array_like, shape (size,)
        Its parameters.
    inputs, target : array_like, shape (n, ...)
        Samples.
    radius : float
        :math:`\epsilon \ge 0`: how far each entry may change.
    loss : {"cross_entropy", "squared_error"}
        What the attack raises.
    bounds : (low, high), optional
        What inputs can be, such as (0, 1) for pixels.

    Returns
    -------
    ndarray, of the shape of ``inputs``

    References
    ----------
    Goodfellow, Shlens and Szegedy (2015), Explaining and harnessing adversarial examples, section 4. arXiv:1412.6572.
    """
    validate.not_negative(radius=radius)
    inputs = np.asarray(inputs, dtype=float)
    return _within(inputs + radius * np.sign(input_gradient(network, x, inputs, target, loss=loss)), bounds)


def pgd(
    network: Network, x: Any, inputs: Any, target: Any, *, radius: float, steps: int = 10,
    step_size: float | None = None, random_start: bool = False, loss: str = "cross_entropy",
    bounds: tuple[float, float] | None = None, rng: np.random.Generator | int | None = None,
) -> np.ndarray:  # fmt: skip
    r"""Projected gradient attack: `fgsm` in small steps, each projected onto the box around the input.

    Parameters
    ----------
    network, x, inputs, target, radius, loss, bounds
        See `fgsm`.
    steps : int
        At least 1.
    step_size : float, optional
        ``2.5 * radius / steps`` by default, so that the box can be crossed.
    random_start : bool
        Begin at a random point of the box, not at the input.
    rng : numpy.random.Generator, int or None
        Draws it.

    Returns
    -------
    ndarray, of the shape of ``inputs``

    References
    ----------
    Madry et al. (2018), Towards deep learning models resistant to adversarial attacks, section 2.1; the step size is
    of their public challenge. arXiv:1706.06083.
    """
    validate.not_negative(radius=radius)
    validate.whole(1, steps=steps)
    validate.boolean(random_start=random_start)
    inputs = np.asarray(inputs, dtype=float)
    size = 2.5 * radius / steps if step_size is None else step_size
    validate.not_negative(step_size=size)
    changed = inputs
    if random_start:
        changed = _within(inputs + as_generator(rng).uniform(-radius, radius, inputs.shape), bounds)
    for _ in range(steps):
        step = size * np.sign(input_gradient(network, x, changed, target, loss=loss))
        changed = _within(np.clip(changed + step, inputs - radius, inputs + radius), bounds)
    return changed


def adversarial_training(
    network: Network, inputs: Any, target: Any, *, radius: float, steps: int = 7, loss: str = "cross_entropy",
    bounds: tuple[float, float] | None = None, l2: float = 0.0, scheme: Any = "he",
    rng: np.random.Generator | int | None = 0,
) -> Problem:  # fmt: skip
    r"""Adversarial training as a Problem: a two-player game,
    :math:`\min_w \frac1n \sum_i \max_{\lVert \delta \rVert_\infty \le \epsilon} \ell(w; x_i + \delta, y_i)`.

    The inner player answers each ``w`` by `pgd`. By Danskin's theorem the gradient of the maximum is that of the loss
    at the answer, the answer held fixed (exact where it is the only maximiser).

    Parameters
    ----------
    network : Network
        Without dropout and batch normalisation.
    inputs, target, loss, l2, scheme, rng
        See `Network.problem`.
    radius, steps, bounds
        Of the attack: see `pgd`. With ``steps=1`` it is one step of the whole radius (`fgsm`).

    Returns
    -------
    Problem
        A finite sum, so that it has mini-batches.

    References
    ----------
    Madry et al. (2018), equation (2.1) and appendix A. arXiv:1706.06083.
    """
    plain = network.problem(inputs, target, loss=loss, l2=l2, scheme=scheme, rng=rng)
    if plain.n_terms is None:
        raise ValueError("network must be without dropout and batch normalisation")
    inputs, target = np.asarray(inputs, dtype=float), np.asarray(target)
    size = radius if steps == 1 else None

    def attacked(w: Any, indices: Any) -> Problem:
        worst = pgd(network, w, inputs[indices], target[indices], radius=radius, steps=steps, step_size=size,
                    loss=loss, bounds=bounds)  # fmt: skip
        return network.problem(worst, target[indices], loss=loss, l2=l2, scheme=0.0)

    def terms_fun(w: Any, indices: Any = slice(None)) -> float:
        return attacked(w, indices).fun(w)

    def terms_gradient(w: Any, indices: Any = slice(None)) -> np.ndarray:
        gradient = attacked(w, indices).gradient
        assert gradient is not None  # networks have one
        return gradient(w)

    terms_fun(plain.x0)  # the arguments of the attack are checked before a run begins
    return Problem(terms_fun, terms_gradient, x0=plain.x0, name=f"{plain.name}, attacked within {radius:g}",
                   n_terms=plain.n_terms, terms_fun=terms_fun, terms_gradient=terms_gradient)  # fmt: skip


def _within(inputs: np.ndarray, bounds: tuple[float, float] | None) -> np.ndarray:
    return inputs if bounds is None else np.clip(inputs, *bounds)
