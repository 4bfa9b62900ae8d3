"""Search spaces, and the loop that all ways of tuning share: budgets, workers, seeds, bad values."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import scipy.stats
import sklearn.model_selection
from hypothesis import given, settings
from hypothesis import strategies as st

from mlopt_course import minimize
from mlopt_course.hyperparameter_tuning import Categorical, Float, Integer, Job, Space, tune, tuner, tuners
from mlopt_course.loop import Status

SVM = Space(
    kernel=Categorical(["linear", "rbf", "poly"]),
    C=Float(1e-3, 1e3, log=True),
    gamma=Float(1e-4, 1.0, log=True, when={"kernel": ("rbf", "poly")}),
    degree=Integer(2, 5, when={"kernel": "poly"}),
)


def loss(config, resource=1):
    """A made-up validation loss that falls with the resource."""
    value = (math.log10(config["C"]) - 1) ** 2 + {"linear": 1.0, "rbf": 0.0, "poly": 0.5}[config["kernel"]]
    if "gamma" in config:
        value += (math.log10(config["gamma"]) + 2) ** 2 / 10
    return value + 1 / resource


def for_method(name):
    """The loss in the form that the method calls."""
    needs = tuners()[name].needs
    if "state" in needs:
        return lambda config, resource, state: (loss(config, resource), resource)
    return loss if "resource" in needs else (lambda config: loss(config))


dimensions = st.one_of(
    st.tuples(st.floats(-1e3, 1e3), st.floats(0, 1e3)).map(lambda t: Float(t[0], t[0] + t[1])),
    st.tuples(st.floats(1e-6, 10), st.floats(1, 1e4)).map(lambda t: Float(t[0], t[0] * t[1], log=True)),
    st.tuples(st.integers(-50, 50), st.integers(0, 50)).map(lambda t: Integer(t[0], t[0] + t[1])),
    st.tuples(st.integers(1, 50), st.integers(0, 500)).map(lambda t: Integer(t[0], t[0] + t[1], log=True)),
    st.lists(st.integers(), min_size=1, max_size=6, unique=True).map(Categorical),
)


@settings(max_examples=200, deadline=None)
@given(dimensions, st.floats(0, 1), st.integers(2, 9))
def test_values_stay_in_range_and_find_their_place_again(dimension, u, points):
    value = dimension.at(u)
    place = dimension.place(value)
    assert 0 <= place <= 1
    assert dimension.at(place) == pytest.approx(value, rel=1e-12, abs=1e-9)
    grid = dimension.grid(points)
    assert len(set(grid)) == len(grid)
    if isinstance(dimension, Categorical):
        assert value in dimension.choices
        assert grid == list(dimension.choices)
    else:
        assert dimension.low <= value <= dimension.high
        assert isinstance(value, int) == isinstance(dimension, Integer)
        assert grid[0] == pytest.approx(dimension.low)
        assert grid[-1] == pytest.approx(dimension.high)
        assert dimension.at(0) == pytest.approx(dimension.low)
        assert dimension.at(1) == pytest.approx(dimension.high)
        assert len(grid) <= points


def test_samples_have_the_distributions_that_they_say():
    rng = np.random.default_rng(0)
    drawn = [SVM.sample(rng) for _ in range(4000)]
    logs = [math.log10(config["C"]) for config in drawn]
    assert scipy.stats.kstest(logs, scipy.stats.uniform(-3, 6).cdf).pvalue > 1e-4
    kernels = [sum(config["kernel"] == k for config in drawn) for k in ("linear", "rbf", "poly")]
    assert scipy.stats.chisquare(kernels).pvalue > 1e-4
    degrees = [config["degree"] for config in drawn if "degree" in config]
    assert scipy.stats.chisquare(np.bincount(degrees)[2:]).pvalue > 1e-4


def test_a_parameter_is_there_only_when_it_matters():
    rng = np.random.default_rng(0)
    for config in (SVM.sample(rng) for _ in range(200)):
        assert ("gamma" in config) == (config["kernel"] in ("rbf", "poly"))
        assert ("degree" in config) == (config["kernel"] == "poly")
    nested = Space(a=Categorical([0, 1]), b=Categorical([0, 1], when={"a": 1}), c=Float(0, 1, when={"b": 1}))
    seen = {tuple(config) for config in (nested.sample(rng) for _ in range(100))}
    assert seen == {("a",), ("a", "b"), ("a", "b", "c")}


def test_a_grid_has_every_combination_once():
    configs = list(SVM.grid({"C": 3, "gamma": [0.01, 0.1], "degree": 4}))
    assert len(configs) == 3 + 3 * 2 + 3 * 2 * 4
    assert len({tuple(config.items()) for config in configs}) == len(configs)
    result = tune(loss, SVM, "grid_search", points={"C": 3, "gamma": [0.01, 0.1], "degree": 4})
    assert result.history.config == configs
    assert (result.success, result.message) == (True, "Tried all 33 points of the grid.")
    flat = Space(b=Integer(1, 3), a=Categorical(["x", "y"]))
    theirs = sklearn.model_selection.ParameterGrid({"b": [1, 2, 3], "a": ["x", "y"]})
    assert sorted(map(str, (dict(sorted(c.items())) for c in flat.grid(3)))) == sorted(map(str, theirs))


def test_every_method_of_minimize_can_tune():
    problem = SVM.problem(lambda config: loss(config))
    found = minimize(problem, method="exhaustive_search", points=5)
    config = SVM.at(found.x)
    assert config["kernel"] == "rbf"
    assert loss(config) == found.fun
    np.testing.assert_allclose(SVM.place(SVM.at(SVM.place(config))), SVM.place(config))


ALL = sorted(tuners())


@pytest.mark.parametrize("name", ALL)
def test_same_seed_same_trials(name):
    runs = [tune(for_method(name), SVM, name, budget=60, rng=5) for _ in range(2)]
    assert runs[0].history.config == runs[1].history.config
    np.testing.assert_array_equal(runs[0].history.fun, runs[1].history.fun)
    if tuners()[name].uses_rng:
        assert runs[0].history.config != tune(for_method(name), SVM, name, budget=60, rng=6).history.config


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("budget", [1, 2, 7.5, 60])
def test_the_budget_is_never_passed(name, budget):
    result = tune(for_method(name), SVM, name, budget=budget, rng=0)
    assert result.cost <= budget
    assert result.nfev == len(result.history) >= 1
    assert result.history.cost[-1] == result.cost
    if not result.success:
        assert result.status is Status.MAX_EVALUATIONS
        assert "budget" in result.message
    assert result.history.best[-1] == result.fun


# Methods whose proposals do not depend on which of several running evaluations ends first.
IN_ROUNDS = sorted(set(ALL) - {"tpe", "asha"})


@pytest.mark.parametrize("name", IN_ROUNDS)
def test_several_workers_give_the_same_trials_as_one(name):
    alone = tune(for_method(name), SVM, name, budget=100, rng=4)
    with ThreadPoolExecutor(3) as executor:
        together = tune(for_method(name), SVM, name, budget=100, rng=4, executor=executor, workers=3)
    assert together.history.config == alone.history.config
    np.testing.assert_array_equal(together.history.fun, alone.history.fun)
    assert (together.config, together.fun, together.cost) == (alone.config, alone.fun, alone.cost)


@pytest.mark.parametrize("name", ["tpe", "asha"])
def test_methods_that_do_not_wait_run_with_several_workers(name):
    with ThreadPoolExecutor(3) as executor:
        result = tune(for_method(name), SVM, name, budget=80, rng=4, executor=executor, workers=3)
    assert result.cost <= 80
    assert [t.number for t in result.history] == list(range(result.nfev))


def test_workers_are_kept_busy():
    import threading

    together = threading.Barrier(3, timeout=10)  # passes only while three evaluations run at the same time

    def objective(config):
        together.wait()
        return 0.0

    with ThreadPoolExecutor(3) as executor:
        result = tune(objective, SVM, "random_search", budget=6, rng=0, executor=executor, workers=3)
    assert result.nfev == 6


def test_the_same_search_on_dask():
    distributed = pytest.importorskip("distributed", reason="Dask is an extra of its own")
    alone = tune(loss, SVM, "hyperband", max_resource=9, rng=4)
    with distributed.Client(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None) as client:
        cluster = tune(loss, SVM, "hyperband", max_resource=9, rng=4, executor=client)
    assert cluster.history.config == alone.history.config
    np.testing.assert_array_equal(cluster.history.fun, alone.history.fun)


def test_a_client_of_dask_says_how_many_threads_it_has():
    """The two methods of Dask's client that are used, on threads of this process."""

    class Client:
        def get_executor(self):
            return executor

        def nthreads(self):
            return {"tcp://one": 2, "tcp://two": 1}

    with ThreadPoolExecutor(3) as executor:
        result = tune(loss, SVM, "successive_halving", rng=0, executor=Client())
    assert result.history.config == tune(loss, SVM, "successive_halving", rng=0).history.config


def test_failed_trials_are_the_worst_and_the_search_goes_on():
    def diverges(config):
        return (math.nan, math.inf, -math.inf)[hash(config["kernel"]) % 3] if config["C"] > 1 else loss(config)

    for name in ("random_search", "tpe", "genetic_tuning"):
        result = tune(diverges, SVM, name, budget=60, rng=0)
        assert result.nfev == 60
        assert result.config["C"] <= 1
        assert np.isinf(result.history.fun).any()
        assert np.isfinite(result.fun)


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        (lambda config: 1 / 0, "Stopped: the objective raised ZeroDivisionError: division by zero at {'kernel'"),
        (lambda config: "high", "Stopped: the objective must return one number, got 'high'"),
        (lambda config: None, "the objective must return one number, got None"),
        (lambda config: [1.0, 2.0], "the objective must return one number"),
        (lambda config: 1j, "the objective must return one number"),
    ],
)
def test_an_objective_that_fails_ends_the_run_with_its_history(bad, sentence):
    calls = []

    def objective(config):
        calls.append(config)
        return bad(config) if len(calls) > 3 else float(len(calls))

    result = tune(objective, SVM, "random_search", budget=10, rng=0)
    assert not result.success
    assert result.status is Status.BAD_EVALUATION
    assert sentence in result.message
    assert (result.nfev, result.fun) == (3, 1.0)


def test_a_first_evaluation_that_fails_leaves_no_configuration():
    result = tune(lambda config: 1 / 0, SVM, "tpe", budget=10)
    assert (result.config, result.nfev) == (None, 0)
    assert math.isnan(result.fun)


def test_training_that_goes_on_must_return_its_state():
    result = tune(lambda config, resource, state: 1.0, SVM, "population_based_training", rng=0)
    assert "the objective must return (loss, state), got 1.0" in result.message


def test_it_stops_at_the_target_and_for_the_callback():
    hit = tune(loss, SVM, "random_search", budget=1000, target=1.5, rng=0)
    assert hit.success
    assert hit.fun <= 1.5
    assert (hit.history.fun[:-1] > 1.5).all()
    seen = []
    asked = tune(loss, SVM, "random_search", budget=1000, rng=0, callback=lambda t: seen.append(t) or len(seen) == 5)
    assert asked.status is Status.STOPPED_BY_CALLBACK
    assert asked.nfev == 5


def test_an_objective_cannot_spoil_the_record():
    def greedy(config):
        value = loss(config)
        config.clear()
        return value

    result = tune(greedy, SVM, "random_search", budget=5, rng=0)
    assert all("C" in config for config in result.history.config)


def test_the_history_in_arrays():
    result = tune(loss, SVM, "successive_halving", configurations=9, max_resource=9, rng=0)
    history = result.history
    np.testing.assert_array_equal(history.resource, [1] * 9 + [3] * 3 + [9])
    np.testing.assert_array_equal(history.cost, np.cumsum(history.resource))
    assert history[0].config == history.config[0]
    # A larger resource beats a smaller loss: they do not compare.
    assert history.best[8] == history.fun[:9].min()
    assert history.best[9] == history.fun[9]
    assert np.isnan(tune(loss, SVM, "random_search", budget=2, rng=0).history.resource).all()


def test_a_tuner_of_ones_own():
    @tuner(ends=True, use_when="never", fails_when="always", reference="nobody")
    def first_and_last(space, *, times=1):
        """Both ends."""
        for _ in range(times):
            yield Job(space.at([0.0] * len(space)))
            yield Job(space.at([1.0] * len(space)))

    try:
        result = tune(lambda c: c["x"], {"x": Float(1, 2)}, "first_and_last", times=2)
        assert [c["x"] for c in result.history.config] == [1, 2, 1, 2]
        assert result.message == "The method came to its end."
    finally:
        from mlopt_course.hyperparameter_tuning.tuner import _TUNERS

        del _TUNERS["first_and_last"]


def test_every_tuner_is_documented_enough_for_the_index():
    for name, found in tuners().items():
        assert found.name == name
        assert found.summary.endswith(".")
        assert found.use_when
        assert found.fails_when
        assert found.reference
        assert found.chapter == "hyperparameter_tuning"


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: Float(2, 1), "low and high must be finite numbers with low <= high, got 2 and 1"),
        (lambda: Float(0, 1, log=True), "low must be positive on a logarithmic scale, got 0"),
        (lambda: Float(0, math.inf), "low and high must be finite"),
        (lambda: Integer(0.5, 2), "low must be an integer"),
        (lambda: Categorical([]), "choices must be a list or tuple of at least one value"),
        (lambda: Categorical("abc"), "choices must be a list or tuple"),
        (lambda: Categorical([1, 1]), "choices must differ from each other"),
        (lambda: Space(), "a space must have at least one parameter, got none"),
        (lambda: Space(x=3), "parameter 'x' must be a Float, an Integer or a Categorical, got 3"),
        (
            lambda: Space(x=Float(0, 1, when={"y": 1})),
            "parameter 'x' depends on 'y', which must be defined before it; so far: none",
        ),
        (lambda: tune(loss, SVM, "tep", budget=1), "method 'tep' is unknown; did you mean 'tpe'"),
        (lambda: tune(loss, SVM, "zzz", budget=1), "method 'zzz' is unknown; known are grid_search"),
        (lambda: tune(3, SVM, budget=1), "objective must be a function of a configuration, got 3"),
        (lambda: tune(loss, [1], budget=1), r"space must be a Space or a dict of its parameters, got \[1\]"),
        (lambda: tune(loss, SVM), "budget is missing: method 'tpe' would not end without one"),
        (lambda: tune(loss, SVM, budget=0), "budget must be positive, got 0"),
        (lambda: tune(loss, SVM, budget=1, target="low"), "target must be a number, got 'low'"),
        (
            lambda: tune(loss, SVM, budget=1, points=3),
            "method 'tpe' has no option 'points'; its options are startup=10",
        ),
        (lambda: tune(loss, SVM, budget=1, rng="x"), "rng must be a numpy.random.Generator, a seed"),
        (lambda: tune(loss, SVM, budget=1, workers=2), "workers must be 1 without an executor, got 2"),
        (lambda: tune(loss, SVM, budget=1, executor=3), r"executor must have submit\(\)"),
    ],
)
def test_bad_arguments_are_named(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def test_an_executor_without_a_number_of_workers_is_refused():
    with ThreadPoolExecutor(1) as executor, pytest.raises(ValueError, match="workers is missing"):
        tune(loss, SVM, budget=1, executor=executor)
