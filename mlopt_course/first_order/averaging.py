"""Averages of the iterates of another method, which wander less than the iterates do."""

from __future__ import annotations

from .. import validate
from ..registry import Iterate, find_method, method


@method(
    chapter="first_order",
    needs="gradient",
    use_when="stochastic iterates circle the minimum: their mean is nearer to it than they are",
    fails_when="it starts while the iterates are still far off: the mean remembers them",
    reference="Polyak and Juditsky (1992), SIAM J. Control Optim. 30(4)",
)
def iterate_averaging(problem, x0, *, base="gradient_descent", base_options=None, burn_in=0, decay=None, rng):
    r"""Polyak-Ruppert averaging: run any method and report the mean of its iterates so far.

    .. math:: \bar x_t = \bar x_{t-1} + (x_t - \bar x_{t-1}) / (t - t_0)

    Parameters
    ----------
    problem : Problem
        What the method ``base`` needs.
    x0 : ndarray, shape (d,), or float
        Start.
    base : str
        The method whose iterates are averaged.
    base_options : dict, optional
        Its options, such as ``{"learning_rate": 0.1}``.
    burn_in : int
        Iterates :math:`t_0` that are left out of the mean (and reported as they are), >= 0.
    decay : float, optional
        In [0, 1): an exponential average, :math:`\bar x_t = \rho \bar x_{t-1} + (1 - \rho) x_t`, in place of the mean.
    rng : numpy.random.Generator
        Handed on.

    Yields
    ------
    Iterate
        ``x`` (d,), the average, and ``last`` (d,), the method's own iterate.

    Notes
    -----
    ``iterate_averaging`` gives the same as PyTorch's ``swa_utils.AveragedModel`` updated after every step.

    References
    ----------
    Polyak and Juditsky (1992), Acceleration of stochastic approximation by averaging.
    doi:10.1137/0330046.
    """
    validate.whole(0, burn_in=burn_in)
    if decay is not None:
        validate.fraction(decay=decay)
    average = x0
    for t, iterate in enumerate(_steps(problem, x0, base, base_options, rng), start=1):
        x = iterate.x
        weight = 1 / max(1, t - burn_in)
        if decay is not None and t > burn_in + 1:
            weight = 1 - decay
        average = average + (x - average) * weight
        yield Iterate(average, last=x)


def _steps(problem, x0, base, base_options, rng):
    try:
        chosen = find_method(base)
    except ValueError as unknown:
        raise ValueError(f"base must be a method: {unknown}") from None
    if base_options is not None and not isinstance(base_options, dict):
        raise ValueError(f"base_options must be a dict of the options of {base!r}, got {base_options!r}")
    if "finite_sum" in chosen.needs and problem.n_terms is None:
        raise ValueError(f"base must be a method for any problem, since {problem.name} is no finite sum, got {base!r}")
    options = dict(base_options or {})
    for name in options:
        if name not in chosen.options:
            raise ValueError(f"base_options has {name!r}, but the options of {base!r} are {', '.join(chosen.options)}")
    if chosen.uses_rng:
        options["rng"] = rng
    return chosen.function(problem, x0, **options)
