"""Simulated annealing, and cooling schedules: functions from the stage to the share of the first temperature."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from .. import validate
from ..arguments import real_number
from ..registry import Iterate, method
from .box import finite_box, on_vectors, reflect

Cooling = Callable[[int], float]


def exponential_cooling(factor: float = 0.9) -> Cooling:
    r"""Geometric cooling :math:`T_k / T_0 = \gamma^k`, the usual choice (Kirkpatrick et al., 1983).

    Parameters
    ----------
    factor : float
        :math:`\gamma` in (0, 1).
    """
    if not (validate.is_real(factor) and 0 < factor < 1):
        raise ValueError(f"factor must be above 0 and below 1, got {factor!r}")
    return lambda stage: factor**stage


def logarithmic_cooling() -> Cooling:
    r"""Boltzmann cooling :math:`T_k / T_0 = \ln 2 / \ln(k + 2)`: sure to find the minimum, given for ever.

    References
    ----------
    Hajek (1988), Mathematics of Operations Research 13, theorem 1: slower than :math:`c / \ln(k + 1)` with :math:`c` at
    least the depth of the deepest local minimum suffices, and nothing faster does.
    """
    return lambda stage: math.log(2.0) / math.log(stage + 2.0)


def fast_cooling() -> Cooling:
    r"""Cauchy cooling :math:`T_k / T_0 = 1 / (k + 1)` (Szu and Hartley, 1987)."""
    return lambda stage: 1.0 / (stage + 1.0)


def linear_cooling(stages: int = 100) -> Cooling:
    r"""Down to nothing in equal steps, :math:`T_k / T_0 = \max(0, 1 - k / K)`; from then on only descent.

    Parameters
    ----------
    stages : int
        :math:`K`, at least 1.
    """
    validate.whole(stages=stages)
    return lambda stage: max(0.0, 1.0 - stage / stages)


def tsallis_cooling(visit: float = 2.62) -> Cooling:
    r"""Generalised cooling :math:`T_k / T_0 = (2^{q-1} - 1) / ((k + 2)^{q-1} - 1)`, SciPy's in ``dual_annealing``.

    Parameters
    ----------
    visit : float
        :math:`q` in (1, 3]; towards 1 it is `logarithmic_cooling`, 2 is `fast_cooling`.

    References
    ----------
    Tsallis and Stariolo (1996), Generalized simulated annealing, Physica A 233.
    """
    if not (validate.is_real(visit) and 1 < visit <= 3):
        raise ValueError(f"visit must be above 1 and at most 3, got {visit!r}")
    return lambda stage: (2.0 ** (visit - 1) - 1.0) / ((stage + 2.0) ** (visit - 1) - 1.0)


@method(
    chapter="stochastic",
    needs="bounds",
    use_when="there are many local minima, a single point is all you can afford, and time is plentiful",
    fails_when="it is cooled too fast (it freezes in a local minimum) or too slowly (it still wanders at the end)",
    reference="Corana et al. (1987), ACM TOMS 13, section 2; Kirkpatrick et al. (1983), Science 220",
)
@on_vectors
def simulated_annealing(
    problem, x0, *, temperature=None, cooling=None, sweeps=4, step_size=0.5, restore=True, tolerance=1e-10, rng
):
    r"""Simulated annealing: always accept better, and worse by :math:`\Delta` with probability :math:`e^{-\Delta/T}`.

    At each temperature every coordinate is tried ``sweeps`` times, by steps with a scale of its own and a heavy tail:
    with :math:`u` uniform on [-1, 1] and the scale a share :math:`t` of the box's width :math:`w`,

    .. math:: \Delta x_i = \operatorname{sign}(u)\, w\, t \left( (1 + 1/t)^{|u|} - 1 \right)

    The scales follow the share :math:`a` of accepted steps so that about half are accepted: above 0.6, times
    :math:`1 + 2 (a - 0.6) / 0.4`; below 0.4, divided by :math:`1 + 2 (0.4 - a) / 0.4`.

    Parameters
    ----------
    problem : Problem
        With finite bounds; only function values are used.
    x0 : ndarray, shape (d,), or None
        Start; drawn from the box where there is none.
    temperature : float, optional
        :math:`T_0 > 0`, in the units of the objective. By default half the mean rise of a first sweep's uphill steps
        (uniform, at most ``step_size`` long), so that at first most steps are accepted.
    cooling : callable, optional
        ``cooling(stage)``, the share of :math:`T_0` at stage 0, 1, 2...; ``exponential_cooling(0.9)`` by default.
    sweeps : int
        Tries of each coordinate at a temperature, at least 1.
    step_size : float
        First scale of the steps as a share of the width, in (0, 1].
    restore : bool
        Begin each stage at the best point so far (as Corana et al. do when they cool), or where the last one ended.
    tolerance : float
        Stop when every scale is below this share of the width: it is frozen.

    Yields
    ------
    Iterate
        After each stage: ``x`` (d,) where it stands, ``fun``, ``temperature``, ``accepted`` (the share), and
        ``step_sizes`` (d,).

    References
    ----------
    Corana, Marchesi, Martini and Ridella (1987), Minimizing multimodal functions of continuous variables with the
    simulated annealing algorithm, ACM TOMS 13, section 2 (doi:10.1145/29380.29864). Deviations, for
    smaller budgets: four sweeps and one adjustment of the scales at each temperature, where theirs are twenty sweeps
    for each of max(100, 5 d) adjustments; a step out of the box is reflected, not drawn anew; steps are not uniform but
    those of Ingber (1989), Very fast simulated re-annealing, Mathl. Comput. Modelling 12, which still leave a valley
    when the scale has become small.
    """
    share = exponential_cooling() if cooling is None else cooling
    _check_annealing(temperature, share, sweeps, step_size, restore, tolerance)
    low, high = finite_box(problem, x0)
    x = low + (high - low) * rng.random(low.size) if x0 is None else x0.copy()
    fun = problem.fun(x)
    steps = step_size * (high - low)
    yield Iterate(x, fun=fun)
    if temperature is None:
        temperature = _first_temperature(problem, x, fun, low, high, steps, rng)
    best, f_best = x.copy(), fun
    stage = 0
    while (steps > tolerance * (high - low)).any():
        if restore:
            x, fun = best.copy(), f_best
        T = temperature * share(stage)
        accepted = np.zeros(low.size)
        moves = _moves(rng, steps, high - low, sweeps)
        thresholds = T * rng.standard_exponential(moves.shape)  # a uniform u accepts if delta <= -T ln u
        for move, threshold in zip(moves, thresholds.tolist(), strict=True):
            for i, trial in enumerate(reflect(x + move, low, high).tolist()):
                old, x[i] = x[i], trial
                f_trial = problem.fun(x)
                if f_trial - fun <= threshold[i]:
                    fun = f_trial
                    accepted[i] += 1
                    if fun < f_best:
                        best, f_best = x.copy(), fun
                else:
                    x[i] = old
        rate = accepted / sweeps
        steps = np.minimum(_adjusted(steps, rate), high - low)
        stage += 1
        yield Iterate(best if restore else x, fun=f_best if restore else fun, temperature=T,
                      accepted=float(rate.mean()), step_sizes=steps)  # fmt: skip
    return f"Frozen: no step is of a scale above {tolerance} of the box."


def _check_annealing(temperature, cooling, sweeps, step_size, restore, tolerance):
    if temperature is not None:
        validate.positive(temperature=temperature)
    if not callable(cooling) or not validate.is_real(cooling(0)):
        raise ValueError(f"cooling must be a function of the stage, such as exponential_cooling(0.9), got {cooling!r}")
    validate.whole(sweeps=sweeps)
    if not (validate.is_real(step_size) and 0 < step_size <= 1):
        raise ValueError(f"step_size must be above 0 and at most 1, got {step_size!r}")
    if not isinstance(restore, bool):
        raise ValueError(f"restore must be True or False, got {restore!r}")
    real_number("tolerance", tolerance, 0)


def _first_temperature(problem, x, fun, low, high, steps, rng):
    """Half the mean rise of one sweep's uphill steps from the start."""
    rises = []
    for i, trial in enumerate(reflect(x + steps * (2 * rng.random(x.size) - 1), low, high)):
        neighbour = x.copy()
        neighbour[i] = trial
        rises.append(problem.fun(neighbour) - fun)
    uphill = [rise for rise in rises if rise > 0] or [abs(rise) for rise in rises if rise] or [1.0]
    return 0.5 * float(np.mean(uphill))


def _moves(rng, steps, width, n):
    """Along each axis n steps (n, d), of scale ``steps`` but with a heavy tail out to ``width`` (Ingber, 1989)."""
    t = np.maximum(steps / np.where(width > 0, width, np.inf), 1e-16)
    u = 2 * rng.random((n, steps.size)) - 1
    return np.sign(u) * width * t * ((1 + 1 / t) ** np.abs(u) - 1)


def _adjusted(steps, rate):
    """Step lengths for an acceptance of about one half: as Corana et al. (1987) update them, with c = 2."""
    return np.where(
        rate > 0.6,
        steps * (1 + 2 * (rate - 0.6) / 0.4),
        np.where(rate < 0.4, steps / (1 + 2 * (0.4 - rate) / 0.4), steps),
    )
