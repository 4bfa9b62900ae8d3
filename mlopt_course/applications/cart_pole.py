"""Robotics: balance a pole on a cart. The dynamics, a linear policy, and the search for it as a Problem."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import validate
from ..arguments import as_generator, whole_number
from ..problem import Problem


@dataclass(frozen=True)
class CartPole:
    """A cart on a track with a pole hinged to it; SI units. The defaults are those of Barto, Sutton and Anderson.

    The state is (position, velocity, angle, angular velocity) with the angle 0 upright and positive to the right.

    Attributes
    ----------
    gravity, cart_mass, pole_mass : float
    half_length : float
        Of the pole, from the hinge to its centre of mass.
    force : float
        Of the motor, to either side.
    time_step : float
    track, lean : float
        A trial is over when the position or the angle (radians) is farther from 0 than this.
    """

    gravity: float = 9.8
    cart_mass: float = 1.0
    pole_mass: float = 0.1
    half_length: float = 0.5
    force: float = 10.0
    time_step: float = 0.02
    track: float = 2.4
    lean: float = 12 * np.pi / 180

    def __post_init__(self) -> None:
        validate.positive(**vars(self))

    def accelerations(self, state: Any, force: Any) -> tuple[np.ndarray, np.ndarray]:
        r"""Accelerations of the cart and of the angle, for states (..., 4) and forces (...).

        .. math:: \ddot\theta = \frac{g \sin\theta - \cos\theta \, t}{l (4/3 - m \cos^2\theta / M)}, \quad
                  \ddot x = t - \frac{m l \ddot\theta \cos\theta}{M}, \quad
                  t = \frac{F + m l \dot\theta^2 \sin\theta}{M}

        with the mass m of the pole and M of both, without friction.
        """
        state = np.asarray(state, dtype=float)
        angle, spin = state[..., 2], state[..., 3]
        mass = self.cart_mass + self.pole_mass
        moment = self.pole_mass * self.half_length
        pushed = (force + moment * spin**2 * np.sin(angle)) / mass
        inertia = self.half_length * (4 / 3 - self.pole_mass * np.cos(angle) ** 2 / mass)
        angular = (self.gravity * np.sin(angle) - np.cos(angle) * pushed) / inertia
        return pushed - moment * angular * np.cos(angle) / mass, angular

    def step(self, state: Any, force: Any) -> np.ndarray:
        """The state one time step later, by Euler's method."""
        state = np.asarray(state, dtype=float)
        linear, angular = self.accelerations(state, force)
        change = np.stack([state[..., 1], linear, state[..., 3], angular], axis=-1)
        return state + self.time_step * change

    def fallen(self, state: Any) -> np.ndarray:
        """Whether a trial is over, for states (..., 4)."""
        state = np.asarray(state)
        return (np.abs(state[..., 0]) > self.track) | (np.abs(state[..., 2]) > self.lean)


def balance(system: CartPole, policies: Any, starts: Any, steps: int) -> np.ndarray:
    """How many steps each policy keeps the pole up from each start.

    A policy is a vector of 4 weights: it pushes to the right if ``weights @ state > 0``, else to the left.

    Parameters
    ----------
    system : CartPole
    policies : array_like, shape (p, 4)
    starts : array_like, shape (s, 4)
    steps : int
        At most; at least 1.

    Returns
    -------
    ndarray of int, shape (p, s)
    """
    whole_number("steps", steps, least=1)
    policies, starts = np.atleast_2d(np.asarray(policies, dtype=float)), np.atleast_2d(np.asarray(starts, dtype=float))
    if policies.shape[1:] != (4,) or starts.shape[1:] != (4,):
        raise ValueError(
            f"policies and starts must have shapes (p, 4) and (s, 4), got {policies.shape} and {starts.shape}"
        )
    state = np.broadcast_to(starts, (len(policies), *starts.shape)).copy()
    up, lasted = np.ones(state.shape[:2], dtype=bool), np.zeros(state.shape[:2], dtype=int)
    for _ in range(steps):
        push = np.where(np.einsum("pf,psf->ps", policies, state) > 0, system.force, -system.force)
        state = np.where(up[..., None], system.step(state, push), state)
        up &= ~system.fallen(state)
        lasted += up
        if not up.any():
            break
    return lasted


def policy_search(
    system: CartPole | None = None, *, episodes: int = 10, steps: int = 500, spread: float = 0.05,
    rng: np.random.Generator | int | None = 0,
) -> Problem:  # fmt: skip
    """Find a linear policy that balances the pole, as a Problem without a gradient.

    The objective is minus the mean part of the time that the pole stayed up, in [-1, 0]. Only the direction of ``w``
    matters. The objective is constant but for jumps where the choice of a push changes: nothing for gradients,
    something for populations (`cross_entropy_method`, `cma_es`, `evolution_strategy`...), which evaluate a generation
    in one call.

    Parameters
    ----------
    system : CartPole, optional
        The default one.
    episodes : int
        Starts, drawn once: the objective is deterministic.
    steps : int
        In each trial.
    spread : float
        The states to start from are uniform in ``[-spread, spread]``.
    rng : numpy.random.Generator, int or None
        Draws the starts.

    Returns
    -------
    Problem
        Of 4 variables with bounds [-2, 2], and ``batch_fun``.

    References
    ----------
    Barto, Sutton and Anderson (1983), Neuronlike adaptive elements that can solve difficult learning control problems,
    IEEE Transactions SMC 13, appendix, without its friction. The limits, the starts and 500 steps are those of
    Gymnasium's ``CartPole-v1``.
    """
    system = CartPole() if system is None else system
    validate.whole(1, episodes=episodes, steps=steps)
    validate.positive(spread=spread)
    starts = as_generator(rng).uniform(-spread, spread, (episodes, 4))

    def batch_fun(policies: Any) -> np.ndarray:
        return -balance(system, policies, starts, steps).mean(axis=1) / steps

    return Problem(lambda w: float(batch_fun(np.asarray(w)[None])[0]), batch_fun=batch_fun, bounds=[(-2.0, 2.0)] * 4,
                   x0=np.zeros(4), name="balancing a pole")  # fmt: skip
