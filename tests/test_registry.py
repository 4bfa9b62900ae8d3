"""Registering methods, and finding them: a mistake is told where it is made."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from mlopt_course import Iterate, methods, minimize, registry
from mlopt_course.registry import CHAPTERS, NEEDS, find_method, method


@pytest.fixture(autouse=True)
def clean_registry():
    """Methods that a test registers are gone after it."""
    methods()
    before = dict(registry._REGISTRY)
    yield
    registry._REGISTRY.clear()
    registry._REGISTRY.update(before)


def halving(problem, x0, *, factor=0.5, rng):
    """Multiply by a factor.

    More text.
    """
    x = x0
    while True:
        x = factor * x
        yield Iterate(x)


def test_the_decorator_returns_the_function_and_records_what_a_reader_should_know():
    returned = method(
        chapter="first_order", needs="gradient", use_when="never", fails_when="always", reference="Nobody (1900)"
    )(halving)
    assert returned is halving
    found = find_method("halving")
    assert found is methods()["halving"] is find_method(halving)
    assert found.function is halving
    assert found.chapter == "first_order"
    assert found.needs == ("gradient",)
    assert dict(found.options) == {"factor": 0.5}
    assert found.uses_rng
    assert found.summary == "Multiply by a factor."
    assert (found.use_when, found.fails_when, found.reference) == ("never", "always", "Nobody (1900)")
    with pytest.raises(TypeError):
        found.options["factor"] = 1


def test_every_method_of_the_book_is_documented_enough_for_the_index():
    for name, found in methods().items():
        assert found.name == name == found.function.__name__
        assert found.summary.endswith("."), name
        assert found.use_when, name
        assert found.fails_when, name
        assert found.reference, name
        assert set(found.needs) <= set(NEEDS), name
        assert found.chapter in CHAPTERS, name


def test_methods_come_in_the_order_of_the_book_and_by_chapter():
    order = [CHAPTERS.index(found.chapter) for found in methods().values()]
    assert order == sorted(order)
    for chapter in CHAPTERS:
        assert {found.chapter for found in methods(chapter).values()} <= {chapter}  # losses, say, are no methods
    with pytest.raises(ValueError, match=r"chapter must be one of .*, got 'cooking'"):
        methods("cooking")


@pytest.mark.parametrize("name", ["gradient_decent", "Adam", "momentun"])
def test_an_unknown_method_names_near_misses(name):
    with pytest.raises(
        ValueError, match=f"method '{name}' is unknown; did you mean '(gradient_descent|adam|momentum)'"
    ):
        minimize(lambda x: x**2, 1.0, method=name)


@pytest.mark.parametrize(
    ("scipys", "ours"), [("BFGS", "bfgs"), ("L-BFGS-B", "lbfgs"), ("Newton-CG", "newton_cg"), ("COBYLA", "known are")]
)
def test_scipys_names_lead_to_ours(scipys, ours):
    with pytest.raises(ValueError, match=f"method '{scipys}' is unknown; .*{ours}"):
        minimize(lambda x: x**2, 1.0, method=scipys)


def test_an_unknown_method_far_from_any_lists_them():
    with pytest.raises(ValueError, match=r"method 'zzzz' is unknown; known are .*gradient_descent"):
        find_method("zzzz")


@pytest.mark.parametrize("bad", [5, None, [], lambda problem, x0: None])
def test_what_is_no_method_is_named(bad):
    with pytest.raises(ValueError, match="method must be a name or a function decorated with @method, got"):
        find_method(bad)


def test_a_name_of_the_book_cannot_be_taken_by_another_module():
    def adam(problem, x0):
        """Mine."""
        yield Iterate(x0)

    with pytest.raises(ValueError, match=r"method 'adam' is already registered by mlopt_course\.first_order"):
        method(chapter="first_order")(adam)


def test_a_function_may_be_defined_again_in_its_own_module():
    method(chapter="first_order")(halving)
    method(chapter="first_order", use_when="redone")(halving)
    assert find_method("halving").use_when == "redone"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"needs": "luck"}, "needs must be among .*, got 'luck'"),
        ({"needs": ("gradient", "luck")}, "needs must be among .*, got 'luck'"),
        ({"space": "outer"}, "space must be one of .*, got 'outer'"),
    ],
)
def test_bad_arguments_of_the_decorator_are_named(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        method(chapter="first_order", **arguments)


def test_options_must_be_by_keyword_and_have_defaults():
    def positional(problem, x0, step=0.1):
        yield Iterate(x0)

    def without_default(problem, x0, *, step):
        yield Iterate(x0)

    def one_argument(problem):
        yield Iterate(problem.x0)

    for function in (positional, one_argument):
        with pytest.raises(ValueError, match=f"method '{function.__name__}' must take problem and x0"):
            method(chapter="first_order")(function)
    with pytest.raises(ValueError, match="option 'step' of method 'without_default' must have a default"):
        method(chapter="first_order")(without_default)


def test_an_iterate_shows_its_state_and_names_what_it_has():
    iterate = Iterate(np.ones(2), 3.0, velocity=np.zeros(2))
    assert iterate.velocity is iterate.state["velocity"]
    assert "velocity" in repr(iterate)
    with pytest.raises(AttributeError, match=r"this iterate has no 'speed'; it has \['x', 'fun', 'velocity'\]"):
        iterate.speed  # noqa: B018


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))])
def test_an_iterate_can_be_copied_and_sent(duplicate):
    iterate = duplicate(Iterate(np.ones(2), 3.0, velocity=1.5))
    assert (iterate.fun, iterate.velocity) == (3.0, 1.5)
    np.testing.assert_array_equal(iterate.x, 1.0)
