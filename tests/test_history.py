"""The history: what it keeps, and that it stays within its bound."""

from __future__ import annotations

import math

import numpy as np
import pytest
from made_up_methods import SQUARE, Calls, made_up_methods, slope, square  # noqa: F401 (a fixture for every test here)

from mlopt_course import Iterate, minimize
from mlopt_course.history import History


def test_a_full_history_has_every_iterate_and_its_state():
    result = minimize(SQUARE, method="knowing", max_iterations=10)
    history = result.history
    assert history.names == ["iteration", "x", "fun", "nfev", "velocity", "rate"]
    np.testing.assert_array_equal(history.iteration, np.arange(11))
    np.testing.assert_array_equal(history.nfev, np.arange(1, 12))
    np.testing.assert_array_equal(history.fun, [square(x) for x in history.x])
    assert history.x.shape == history.velocity.shape == (11, 2)
    assert np.isnan(history.velocity[0]).all()
    np.testing.assert_allclose(history.velocity[1:], np.diff(history.x, axis=0), rtol=1e-8)
    np.testing.assert_array_equal(history.rate[1:], 0.1)
    assert repr(history) == "History(11 records of iteration, x, fun, nfev, velocity, rate)"
    assert "rate" in history
    np.testing.assert_array_equal(history["fun"], history.fun)
    with pytest.raises(AttributeError, match="this history has no 'speed'; it has iteration, x, fun"):
        history.speed  # noqa: B018
    with pytest.raises(KeyError, match="this history has no 'speed'"):
        history["speed"]


def test_a_history_of_iterates_leaves_the_state_out():
    result = minimize(SQUARE, method="knowing", max_iterations=10, history="iterates")
    assert result.history.names == ["iteration", "x", "fun", "nfev"]
    assert len(result.history) == 11


@pytest.mark.parametrize("steps", [9, 10, 11])
def test_a_stride_keeps_every_nth_and_the_last(steps):
    fun = Calls(square)
    result = minimize(fun, [3.0, -4.0], "descent", jac=slope, max_iterations=steps, history=5)
    assert list(result.history.iteration) == sorted({0, 5, *([10] if steps >= 10 else []), steps})
    assert not np.isnan(result.history.fun).any()
    assert fun.count == len(result.history)
    np.testing.assert_allclose(result.x, 0.8**steps * SQUARE.x0)  # though not on the stride


@pytest.mark.parametrize(
    "ending",
    [{"tolerance": 1e-3}, {"callback": lambda iterate: abs(iterate.x[0]) < 1e-3}, {"method": "own_tolerance"}],
)
def test_however_a_run_with_a_stride_ends_its_last_iterate_is_evaluated(ending):
    result = minimize(SQUARE, **{"method": "descent", "history": 1000, **ending})
    assert result.history.iteration[-1] == result.nit < 1000
    assert result.fun == square(result.history.x[-1]) < 1e-4
    np.testing.assert_array_equal(result.x, result.history.x[-1])


def test_states_of_changing_size_or_that_come_late_are_kept():
    iterates = [
        Iterate(np.ones(1)),
        Iterate(np.ones(1), archive=np.ones(1), simplex=np.ones((2, 1)), label="a", flag=True),
        Iterate(np.ones(1), archive=np.ones(2), simplex=np.zeros((2, 1)), label="b", flag=False),
        Iterate(np.ones(1), archive=[[1.0], [2.0, 3.0]], label="c"),
    ]
    history = minimize(SQUARE, [1.0], "scripted", iterates=iterates).history
    assert [None if a is None else np.size(a) for a in history.archive[:4]] == [None, None, 1, 2]
    assert history.archive[4] == [[1.0], [2.0, 3.0]]
    assert history.simplex.shape == (5, 2, 1)
    assert np.isnan(history.simplex[[0, 1, 4]]).all()
    assert list(history.label) == [None, None, "a", "b", "c"]
    np.testing.assert_array_equal(history.flag, [math.nan, math.nan, 1.0, 0.0, math.nan])


@pytest.mark.parametrize("d", [1, 2, 1000])
def test_a_history_stays_within_its_bound_and_evenly_spaced(monkeypatch, d):
    limit = 40_000
    monkeypatch.setattr("mlopt_course.history.HISTORY_LIMIT", limit)
    history = History("full")
    most = 0
    x = np.zeros(d)
    for iteration in range(60_000 if d < 1000 else 3_000):
        if history.wants(iteration):
            x[0] = iteration
            history.add(iteration, x, float(iteration), iteration, {"state": x})
            most = max(most, len(history) * (3 + 2 * d))
    assert limit / 2 < most <= limit
    assert set(np.diff(history.iteration)) == {history._stride}
    np.testing.assert_array_equal(history.x[:, 0], history.iteration)
    np.testing.assert_array_equal(history.state[:, 0], history.iteration)
    np.testing.assert_array_equal(history.fun, history.iteration)


def test_growing_states_are_bounded_too(monkeypatch):
    monkeypatch.setattr("mlopt_course.history.HISTORY_LIMIT", 20_000)
    history = History("full")
    for iteration in range(2_000):
        if history.wants(iteration):
            history.add(iteration, 1.0, 1.0, 1, {"archive": np.ones(iteration)})
        assert history._numbers <= 20_000
    assert 5_000 < sum(a.size + 4 for a in history.archive) == history._numbers
    assert [a.size for a in history.archive] == list(history.iteration)


def test_a_million_small_steps_stay_small():
    history = History("full")
    x, state = np.zeros(2), {"velocity": np.zeros(2)}
    for iteration in range(20_000):
        history.add(iteration, x, 0.0, iteration, state)
    arrays = [history._iteration, history._fun, history._nfev, history._x._data, history._states["velocity"]._data]
    assert sum(a.buffer_info()[1] * a.itemsize for a in arrays) == 20_000 * 7 * 8  # nothing but the numbers
