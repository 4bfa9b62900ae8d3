"""Fair comparisons: equal budgets, equal starts and batches, and judgement on seeds that were not tuned on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mlopt_course import Problem, problems
from mlopt_course.deep_learning import compare_fairly, mlp

PARABOLA = Problem(lambda x: float(x @ x), lambda x: 2 * x, x0=[1.0, -2.0], name="parabola")
CONTESTANTS = {"plain": ("gradient_descent", {}), "heavy": ("momentum", {"beta": 0.9})}


def test_the_best_rate_of_a_parabola_is_found_and_diverging_runs_count_as_the_worst():
    found = compare_fairly(PARABOLA, CONTESTANTS, rates=[0.1, 0.5, 2.0], max_iterations=1500, tuning_seeds=2, seeds=4)
    assert found.rates["plain"] == 0.5  # one step from anywhere: 1 / 2, the inverse of the curvature
    assert not found.at_edge["plain"]
    assert found.tuning["plain"].shape == (3, 2)
    assert np.isinf(found.tuning["plain"][2]).all()
    assert (found.scores["plain"] == 0).all()
    assert found.ranking()[0] == "plain"
    assert found.wins("plain", "plain") == 0.5
    assert found.wins("plain", "heavy") + found.wins("heavy", "plain") == 1


def test_a_rate_at_the_end_of_the_grid_is_reported():
    found = compare_fairly(PARABOLA, CONTESTANTS, rates=[1e-4, 1e-3, 1e-2], max_iterations=20, seeds=1)
    assert found.at_edge["plain"]


def test_all_contestants_spend_the_same_and_see_the_same_starts_and_batches():
    seen = []
    sums = problems.linear_regression((np.arange(24.0).reshape(12, 2), np.arange(12.0)))

    def watched(x, indices):
        seen.append([*x, *indices])
        return sums.terms_gradient(x, indices)

    batched = replace(sums, terms_gradient=watched).minibatches(4)
    twins = {"one": ("gradient_descent", {}), "two": ("gradient_descent", {})}
    found = compare_fairly(batched, twins, rates=[1e-4, 1e-3], start=lambda rng: rng.normal(size=2),
                           max_iterations=5, tuning_seeds=2, seeds=3)  # fmt: skip
    tuned, scored = 2 * 2 * 5, 3 * 5  # rates x seeds x steps, seeds x steps
    assert len(seen) == 2 * (tuned + scored)
    assert seen[:tuned] == seen[tuned : 2 * tuned]
    assert seen[2 * tuned : 2 * tuned + scored] == seen[2 * tuned + scored :]
    assert len({tuple(first[:2]) for first in seen[::5]}) == 5  # starts: two to tune on and three others
    assert found.scores["one"].tolist() == found.scores["two"].tolist()


def test_four_optimisers_on_one_network():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(120, 2))
    y = np.sign(X[:, :1] * X[:, 1:])
    network = mlp(2, 12, 1, hidden="tanh")
    problem = network.problem(X[:80], y[:80], rng=0).minibatches(16)
    contestants = {"momentum": ("momentum", {"beta": 0.9}), "RMSProp": ("rmsprop", {}), "Adam": ("adam", {}),
                   "AdamW": ("adamw", {"weight_decay": 1e-3})}  # fmt: skip

    def error(x):
        return float(np.mean(np.sign(network.predict(x, X[80:])) != y[80:]))

    def compare():
        return compare_fairly(problem, contestants, rates=[1e-4, 1e-3, 1e-2, 1e-1], score=error, max_iterations=150,
                              start=lambda rng: network.initial(rng=rng), tuning_seeds=2, seeds=3)  # fmt: skip

    found, again = compare(), compare()
    assert sorted(found.ranking()) == sorted(contestants)
    for label, scores in found.scores.items():
        np.testing.assert_array_equal(scores, again.scores[label])
        assert np.median(scores) < 0.3, label  # a coin gets 0.5


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"contestants": {}}, "contestants must not be empty"),
        ({"rates": {"plain": [0.1]}}, "rates must have the labels of the contestants"),
        ({"rates": {"plain": [0.1], "heavy": [0.1, 0.2]}}, "as many for each contestant"),
        ({"rates": [0.2, 0.1]}, "positive and ascending"),
        ({"rates": []}, "positive and ascending"),
        ({"seeds": 0}, "seeds must be an integer >= 1"),
    ],
)
def test_unusable_arguments(changes, message):
    given = {"problem": PARABOLA, "contestants": CONTESTANTS, "rates": [0.1], **changes}
    with pytest.raises(ValueError, match=message):
        compare_fairly(**given)
