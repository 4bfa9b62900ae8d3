"""Make the fixture of the tuning tests: densities and promotions of Optuna, which is no dependency of the project.

In an environment that has Optuna,

    python tests/make_fixtures_tuning.py

writes ``tests/data/tuning.json``: for several parameters, one by one and together, observations and the
logarithmic densities of Optuna's Parzen estimator at some values; how many trials count as good; and whether its ASHA
would promote.

Optuna sorts observations with NumPy's default sort, which leaves the order of equal ones, and with it which of two
equal kernels is the wider, to the machine. Here it gets the stable sort, as ours has.
"""

from __future__ import annotations

import datetime
import functools
import json
import platform
from pathlib import Path
from unittest.mock import patch

import numpy as np

OUT = Path(__file__).parent / "data" / "tuning.json"
SPACES = {
    "float": {"kind": "Float", "low": -2.0, "high": 5.0, "log": False},
    "log float": {"kind": "Float", "low": 1e-5, "high": 10.0, "log": True},
    "integer": {"kind": "Integer", "low": 1, "high": 20, "log": False},
    "log integer": {"kind": "Integer", "low": 1, "high": 1000, "log": True},
    "categorical": {"kind": "Categorical", "choices": ["a", "b", "c", "d"]},
}


def main():
    """Compute all cases and write them."""
    import optuna
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
    from optuna.pruners._successive_halving import _is_trial_promotable_to_next_rung
    from optuna.samplers._tpe.parzen_estimator import _ParzenEstimator, _ParzenEstimatorParameters
    from optuna.samplers._tpe.sampler import default_gamma, default_weights
    from optuna.study import StudyDirection

    rng = np.random.default_rng(2024)
    # The defaults of TPESampler.
    parameters = _ParzenEstimatorParameters(1.0, True, False, default_weights, False)
    distributions = {}
    for name, space in SPACES.items():
        if space["kind"] == "Categorical":
            distributions[name] = CategoricalDistribution(space["choices"])
        else:
            make = FloatDistribution if space["kind"] == "Float" else IntDistribution
            distributions[name] = make(space["low"], space["high"], log=space["log"])
    densities = []
    for names in (*([name] for name in SPACES), list(SPACES)):
        for n in (0, 1, 2, 5, 24, 25, 40, 150):
            observed, asked = {}, {}
            for name in names:
                space = SPACES[name]
                observed[name], asked[name] = draw(space, n, rng), draw(space, 12, rng)
                if n == 5 and space["kind"] != "Categorical":  # ties, and values at both ends
                    observed[name] = [space["low"], space["high"], *[observed[name][0]] * 3]
                    asked[name][:2] = [space["low"], space["high"]]
            inner = [
                {name: np.array([distributions[name].to_internal_repr(v) for v in values[name]], dtype=float)
                 for name in names}
                for values in (observed, asked)
            ]  # fmt: skip
            with patch("numpy.argsort", functools.partial(np.argsort, kind="stable")):
                estimator = _ParzenEstimator(inner[0], {name: distributions[name] for name in names}, parameters)
            log_density = estimator.log_pdf(inner[1]).tolist()
            densities.append({"names": names, "observed": observed, "asked": asked, "log_density": log_density})
    promotions = []
    for n in (3, 4, 6, 9, 10, 28):
        for eta in (2, 3, 4):
            losses = rng.permutation(n).astype(float).tolist()
            passes = [
                bool(_is_trial_promotable_to_next_rung(loss, list(losses), eta, StudyDirection.MINIMIZE))
                for loss in losses
            ]
            promotions.append({"losses": losses, "eta": eta, "promoted": passes})
    good = {str(n): default_gamma(n) for n in (1, 9, 10, 11, 95, 240, 251, 1000)}
    made = {"optuna": optuna.__version__, "numpy": np.__version__, "python": platform.python_version(),
            "date": datetime.date.today().isoformat()}  # fmt: skip
    OUT.write_text(
        json.dumps(
            {"made_with": made, "spaces": SPACES, "densities": densities, "good": good, "promotions": promotions}
        )
        + "\n"
    )


def draw(space, n, rng):
    """Values of a parameter, plain Python numbers."""
    if space["kind"] == "Categorical":
        return [space["choices"][i] for i in rng.integers(4, size=n)]
    ends = [space["low"], space["high"]]
    values = np.exp(rng.uniform(*np.log(ends), n)) if space["log"] else rng.uniform(*ends, n)
    return [round(v) if space["kind"] == "Integer" else v for v in values.tolist()]


if __name__ == "__main__":
    main()
