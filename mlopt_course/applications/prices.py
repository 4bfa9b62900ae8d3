"""Price prediction: what is a house worth? On generated houses, so that the best possible error is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..arguments import as_generator, real_number, whole_number

FEATURES = ("area", "rooms", "age", "distance", "floor", "garden", "noise_level", "shop_distance")


@dataclass(frozen=True, eq=False)
class Houses:
    """Houses and their prices.

    Attributes
    ----------
    X : ndarray, shape (n, 8)
        The columns of ``names``: area (square metres), rooms, age (years), distance to the centre (km), floor, garden
        (0 or 1), noise level (dB) and distance to the next shop (km). The last two have no part in the price.
    price : ndarray, shape (n,)
        Thousands.
    expected : ndarray, shape (n,)
        The median price of a house with these features: no model can predict better.
    names : tuple of str
    noise : float
        Standard deviation of the logarithm of ``price / expected``: the least possible error of a log price.
    """

    X: np.ndarray
    price: np.ndarray
    expected: np.ndarray
    names: tuple[str, ...]
    noise: float


def house_prices(n: int = 1000, *, noise: float = 0.15, rng: np.random.Generator | int | None = 0) -> Houses:
    r"""Houses from a hedonic model: the logarithm of the price is a sum of what each feature is worth.

    .. math:: \log p = 0.2 + 0.9 \log a + 0.03 r - 0.012 t + 0.00012 t^2 - 0.35 \sqrt s + 0.01 f + 0.1 g + \epsilon

    with area a, rooms r, age t (the very old gain again), distance s, floor f, garden g and normal
    :math:`\epsilon`. So a linear model of the raw features is wrong in shape, one of logarithms less so, a network may
    find the rest; and how much is left to find is known.

    Parameters
    ----------
    n : int
        Houses, at least 1.
    noise : float
        Standard deviation of :math:`\epsilon`, at least 0.
    rng : numpy.random.Generator, int or None
        The same seed gives the same houses.

    Returns
    -------
    Houses

    References
    ----------
    Rosen (1974), Hedonic prices and implicit markets, for the idea. The numbers are made up: there is no set of real
    prices among the data that ship with the libraries used here.
    """
    n = whole_number("n", n, least=1)
    noise = real_number("noise", noise, least=0.0)
    rng = as_generator(rng)
    area = np.exp(rng.normal(4.5, 0.4, n))
    rooms = np.clip(np.round(area / 28 + rng.normal(0, 0.7, n)), 1, 9)
    age = rng.gamma(2.0, 20.0, n)
    distance = rng.gamma(2.0, 4.0, n)
    floor = rng.integers(0, 7, n).astype(float)
    garden = (rng.random(n) < np.clip(distance / 20, 0.1, 0.9)).astype(float)
    loudness, shop = rng.normal(55, 8, n), rng.gamma(1.5, 0.5, n)
    logarithm = (
        0.2 + 0.9 * np.log(area) + 0.03 * rooms - 0.012 * age + 0.00012 * age**2
        - 0.35 * np.sqrt(distance) + 0.01 * floor + 0.1 * garden
    )  # fmt: skip
    expected = np.exp(logarithm)
    X = np.column_stack([area, rooms, age, distance, floor, garden, loudness, shop])
    return Houses(X, expected * np.exp(noise * rng.standard_normal(n)), expected, FEATURES, noise)
