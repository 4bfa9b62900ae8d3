"""Pareto fronts: dominance, ranks, crowding, and NSGA-II on problems whose front is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mlopt_course.evolutionary_swarm import crowding_distance, dominates, hypervolume, non_dominated_sort, nsga2
from mlopt_course.problem import EvaluationError

points = arrays(float, st.tuples(st.integers(1, 15), st.integers(2, 3)), elements=st.integers(0, 5).map(float))


def schaffer(X):
    return np.column_stack([X[:, 0] ** 2, (X[:, 0] - 2) ** 2])


def zdt1(X):
    g = 1 + 9 * X[:, 1:].mean(axis=1)
    return np.column_stack([X[:, 0], g * (1 - np.sqrt(X[:, 0] / g))])


@settings(max_examples=100, deadline=None)
@given(points)
def test_dominance_is_a_strict_partial_order(F):
    D = dominates(F)
    assert not D.diagonal().any()
    assert not (D & D.T).any()
    assert ((D.astype(int) @ D.astype(int) > 0) <= D).all()


@settings(max_examples=100, deadline=None)
@given(points)
def test_ranks_count_the_longest_chain_of_dominance(F):
    ranks, D = non_dominated_sort(F), dominates(F)
    for j in range(len(F)):
        above = ranks[D[:, j]]
        assert ranks[j] == (above.max() + 1 if above.size else 0)


def test_crowding_is_the_normalised_side_of_the_box_between_neighbours():
    F = np.array([[0.0, 10.0], [1.0, 6.0], [4.0, 5.0], [10.0, 0.0]])
    np.testing.assert_allclose(crowding_distance(F), [np.inf, 0.4 + 0.5, 0.9 + 0.6, np.inf])
    assert np.isinf(crowding_distance(F[:2])).all()
    assert (crowding_distance(np.ones((4, 2)))[1:-1] == 0).all()


def test_hypervolume_of_staircases():
    assert hypervolume([[1, 1]], [3, 2]) == 2
    assert hypervolume([[1, 2], [2, 1], [2, 2], [5, 0]], [3, 3]) == 3
    assert hypervolume([[4, 4]], [3, 3]) == 0
    with pytest.raises(ValueError, match=r"shape \(n, 2\)"):
        hypervolume([[1, 2, 3]], [1, 2, 3])


def test_the_front_is_not_dominated_within_itself_and_lies_on_the_true_one():
    front = nsga2(schaffer, [(-10, 10)], population=40, generations=40, rng=0)
    assert not dominates(front.values).any()
    assert (np.diff(front.values[:, 0]) >= 0).all()
    assert (front.x >= -0.01).all()
    assert (front.x <= 2.01).all()  # Pareto-optimal: 0 <= x <= 2
    np.testing.assert_array_equal(schaffer(front.x), front.values)
    assert front.nfev == 40 * 41
    # Spread: no gap along the set of solutions is longer than a tenth of it.
    assert np.diff(np.sort(front.x[:, 0])).max() < 0.2


def test_zdt1_fills_the_area_that_its_front_does():
    """ZDT1's front is f2 = 1 - sqrt(f1), g = 1; with the reference (1.1, 1.1) it dominates 0.8767 (2/3 + 0.21)."""
    exact = 1.1 * 1.1 - 1 / 3
    filled = [
        hypervolume(nsga2(zdt1, [(0, 1)] * 10, population=60, generations=150, rng=seed).values, [1.1, 1.1])
        for seed in range(3)
    ]
    assert max(filled) <= exact
    assert np.median(filled) == pytest.approx(exact, rel=0.02)


def test_same_seed_same_front_and_the_box_is_kept():
    seen = []

    def watched(X):
        seen.append(X.copy())
        return schaffer(X)

    first, second = (nsga2(watched, [(-1, 5), (2, 2)], population=12, generations=8, rng=3) for _ in range(2))
    np.testing.assert_array_equal(first.x, second.x)
    X = np.concatenate(seen)
    assert len(seen) == 2 * 9
    assert X[:, 0].min() >= -1
    assert X[:, 0].max() <= 5
    assert (X[:, 1] == 2).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"bounds": [(0, np.inf)]}, "bounds must be finite"),
        ({"population": 3}, "population must be an integer >= 4, got 3"),
        ({"generations": 0}, "generations must be an integer >= 1, got 0"),
        ({"rng": "seed"}, "rng must be"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        nsga2(schaffer, **{"bounds": [(0, 1)], **arguments})


def test_objectives_of_the_wrong_shape_or_not_finite_are_refused():
    with pytest.raises(EvaluationError, match="at least two values"):
        nsga2(lambda X: X[:, 0], [(0, 1)], rng=0)
    with pytest.raises(EvaluationError, match="finite"):
        nsga2(lambda X: np.full((len(X), 2), np.nan), [(0, 1)], rng=0)
