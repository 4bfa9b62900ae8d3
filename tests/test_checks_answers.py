"""Values as data and back, and what `collect` writes down of any answer at all, friendly or hostile."""

import contextlib
import json
import math
import time

import hypothesis.extra.numpy as arrays
import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from mlopt_course.checks import probes
from mlopt_course.checks.answers import Limits, Unsupported, collect, decode, encode

QUIET = Limits(quiet=True)


def through_json(value):
    return decode(json.loads(json.dumps(encode(value), allow_nan=False)))


def same(one, other):
    if isinstance(one, np.ndarray):
        return (
            type(other) is np.ndarray
            and (one.dtype, one.shape) == (other.dtype, other.shape)
            and np.array_equal(one, other, equal_nan=one.dtype.kind in "fc")
        )
    if isinstance(one, float):
        return type(other) is float and (one == other or (math.isnan(one) and math.isnan(other)))
    if isinstance(one, (list, tuple)):
        return type(one) is type(other) and len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return type(other) is dict and list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    return type(one) is type(other) and one == other


DTYPES = st.one_of(
    arrays.boolean_dtypes(),
    arrays.integer_dtypes(endianness="<"),
    arrays.floating_dtypes(endianness="<", sizes=(16, 32, 64)),
    arrays.complex_number_dtypes(endianness="<", sizes=(64, 128)),
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**80), 2**80),
    st.floats(),
    st.complex_numbers(allow_nan=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=9),
    arrays.arrays(DTYPES, arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.one_of(st.text(max_size=3, alphabet="abc"), st.integers()), inner, max_size=3),
    ),
    max_leaves=8,
)


@given(VALUES)
def test_values_survive_json_exactly(value):
    assert same(value, through_json(value))


TAGS = ("array", "dtype", "shape", "tuple", "dict", "float", "complex", "probe", "fields", "generator", "unsupported")
HOSTILE = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.sampled_from((*TAGS, "<f8", "nan", "AAAA"))),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(TAGS), inner, max_size=3)),
    max_leaves=8,
)


@given(HOSTILE)
def test_decoding_hostile_data_gives_a_value_or_a_value_error(data):
    with contextlib.suppress(ValueError):
        decode(data)


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (np.float64(1.5), 1.5),
        (np.float32(0.5), 0.5),
        (np.int16(3), 3),
        (np.bool_(True), True),
        (np.longdouble(0.25), 0.25),
        (range(3), [0, 1, 2]),
    ],
)
def test_numpy_numbers_and_ranges_become_plain(value, plain):
    assert same(plain, through_json(value))


def test_arrays_of_any_layout_arrive_as_plain_arrays():
    matrix = np.arange(6.0).reshape(2, 3)
    for odd in (matrix.T, matrix[:, ::2], matrix.astype(">f8"), np.asfortranarray(matrix), matrix[::-1]):
        assert np.array_equal(through_json(odd), odd)
    masked = np.ma.masked_array([1.0, 2.0], mask=[False, True])
    np.testing.assert_array_equal(through_json(masked), [1.0, math.nan])
    np.testing.assert_array_equal(through_json(np.array([1, 2.5], dtype=object)), [1.0, 2.5])
    assert through_json(np.where([True, False], "right", "wrong")) == ["right", "wrong"]
    np.testing.assert_array_equal(through_json(np.longdouble([0.5, 1.0])), [0.5, 1.0])


def test_what_turns_into_an_array_is_read_as_one():
    class Tensor:  # as PyTorch's tensors and pandas' series do
        def __array__(self, dtype=None, copy=None):
            return np.array([1.0, 2.0])

    np.testing.assert_array_equal(through_json(Tensor()), [1.0, 2.0])


@pytest.mark.parametrize(
    "value", [object(), {1, 2}, lambda: 0, int, (i for i in ()), np.array([b"a"]), np.array([object()]), b"a"]
)
def test_other_things_are_named_not_kept(value):
    assert type(through_json(value)) is Unsupported


LARGE = {
    "array": np.zeros(10**6),
    "list": [0.0] * 10**6,
    "text": "a" * 10**6,
    "range": range(10**12),
    "integer": 10**10000,
    "dict": {i: i for i in range(10**5)},
}


@pytest.mark.parametrize("value", LARGE.values(), ids=LARGE)
def test_what_is_too_large_is_not_written_down(value):
    start = time.perf_counter()
    data = encode(value)
    assert list(data) == ["oversized"]
    assert time.perf_counter() - start < 1


def test_a_list_in_itself_ends():
    endless = []
    endless.append(endless)
    assert len(json.dumps(encode(endless))) < 1000


def test_random_generators_and_probes_are_made_again():
    rng = np.random.default_rng(3)
    copy = through_json(rng)
    assert copy is not rng
    assert copy.normal() == rng.normal()
    gradient = through_json(probes.QuadraticGradient(np.array([[2.0]]), np.array([1.0])))
    assert gradient(np.array([3.0])) == 5.0


def examples():
    X, y = np.array([[1.0, 2.0], [0.5, -1.0], [3.0, 1.0]]), np.array([1.0, 0.0, 2.0])
    A, b = np.array([[2.0, 0.5], [0.5, 1.0]]), np.array([1.0, -1.0])
    return {
        "Quadratic": probes.Quadratic(A, b),
        "QuadraticGradient": probes.QuadraticGradient(A, b),
        "QuadraticHessian": probes.QuadraticHessian(A),
        "Rosenbrock": probes.Rosenbrock(),
        "RosenbrockGradient": probes.RosenbrockGradient(),
        "LeastSquaresGradient": probes.LeastSquaresGradient(X, y),
        "Polynomial": probes.Polynomial(np.array([1.0, 2.0, 3.0])),
        "Constant": probes.Constant(0.1),
        "Table": probes.Table(np.array([0.5, 0.25])),
    }


@pytest.mark.parametrize("name", examples())
def test_every_probe_does_the_same_after_its_way_through_json(name):
    original, copy = examples()[name], through_json(examples()[name])
    argument = 1 if name == "Table" else np.array([0.3, -0.7])
    np.testing.assert_array_equal(original(argument), copy(argument))
    assert repr(copy) == repr(original)


def test_gradients_of_probes_are_derivatives():
    x, step = np.array([0.3, -0.7]), 1e-6
    ours = examples()
    for function, gradient in (("Quadratic", "QuadraticGradient"), ("Rosenbrock", "RosenbrockGradient")):
        numeric = [(ours[function](x + e) - ours[function](x - e)) / (2 * step) for e in step * np.eye(2)]
        np.testing.assert_allclose(ours[gradient](x), numeric, rtol=1e-6)


def only(outcomes):
    assert len(outcomes) == 1
    return outcomes[0]


def test_outcomes_are_json_whatever_the_answer():
    class Hostile:
        __class__ = property(lambda self: np.ndarray)

        def __eq__(self, other):
            return True

        __hash__ = None

        def __len__(self):
            raise SystemExit

        def __array__(self, *arguments, **options):
            raise SystemExit

        def __repr__(self):
            raise RuntimeError

    class Cunning(float):
        def __float__(self):
            raise RuntimeError

        def __abs__(self):
            return 0.0

    class Exploding(Exception):
        def __str__(self):
            raise SystemExit

    def raises(error):
        def answer(x):
            raise error

        return answer

    def deep(x):
        return deep(x)

    answers = [
        lambda x: Hostile(),
        lambda x: [Hostile()],
        lambda x: {"a": Hostile()},
        lambda x: Cunning(3.0),
        lambda x: "\ud800",
        lambda x: np.array([Hostile()]),
        raises(SystemExit(0)),
        raises(GeneratorExit()),
        raises(Exploding()),
        raises(BaseException("x")),
        deep,
        Hostile(),
        None,
        3.0,
        Hostile,
    ]
    for answer in answers:
        outcome = only(collect(answer, [{"x": 1.0}], QUIET))
        text = json.dumps(outcome, allow_nan=False)
        assert text.encode("utf-8")
        assert len(text) < 3000
    assert only(collect(lambda x: Cunning(3.0), [{"x": 1.0}]))["value"] == 3.0


def test_errors_tell_type_message_and_the_students_own_line():
    def answer(x):
        y = x
        return np.linalg.inv(y)  # raises inside NumPy: the line wanted is this one

    error = only(collect(answer, [{"x": np.zeros((2, 2))}]))["error"]
    assert (error["type"], error["message"]) == ("LinAlgError", "Singular matrix")
    assert error["source"].startswith("return np.linalg.inv(y)")
    assert error["line"] == answer.__code__.co_firstlineno + 2


def test_interrupts_by_the_person_at_the_keyboard_are_not_swallowed():
    def answer(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        collect(answer, [{"x": 1.0}])


def test_endless_loops_are_stopped_once_for_all_cases():
    def answer(x):
        while True:
            with contextlib.suppress(Exception):
                x += 1

    start = time.perf_counter()
    outcomes = collect(answer, [{"x": 1.0}] * 5, Limits(seconds=0.2))
    assert [outcome["error"]["type"] for outcome in outcomes] == ["time limit"] * 5
    assert time.perf_counter() - start < 2
    time.sleep(0.6)  # no late ring of the timer


def test_every_call_gets_fresh_arguments_and_changes_are_noticed():
    def answer(x, names, table):
        x += 1
        names.append("b")
        table["k"] = 2
        return x.sum()

    case = {"x": np.zeros(2), "names": ["a"], "table": {"k": 1}}
    first, second = collect(answer, [case, case])
    assert first == second == {"value": 2.0, "changed": ["x", "names", "table"]}
    assert case["names"] == ["a"]
    assert case["x"].tolist() == [0, 0]


def test_drawing_from_a_generator_is_no_change_and_repeats():
    def answer(rng):
        return rng.normal(size=2)

    case = {"rng": np.random.default_rng(0)}
    first, second = collect(answer, [case, case])
    assert first == second
    assert list(first) == ["value"]


def test_an_answer_that_remembers_calls_shows_it():
    calls = []

    def answer(x):
        calls.append(x)
        return len(calls)

    outcomes = collect(answer, [{"x": 1}, {"x": 2}])
    assert outcomes == [{"value": 1, "again": 3}, {"value": 2}]


def test_printing_is_counted_and_shown_or_not(capsys):
    def answer(x):
        print("seen", x)
        return x

    assert collect(answer, [{"x": 1}, {"x": 2}]) == [{"value": 1, "printed": 7}, {"value": 2, "printed": 7}]
    assert capsys.readouterr().out == "seen 1\nseen 2\nseen 1\n"
    collect(answer, [{"x": 1}], QUIET)
    assert capsys.readouterr().out == ""


def test_wrong_arguments_are_found_before_the_call():
    outcome = only(collect(lambda x: x, [{"x": 1, "rate": 0.1}]))
    assert outcome["error"]["type"] == "wrong arguments"
    assert outcome["error"]["message"] == "(x)"


def test_a_case_that_cannot_be_data_is_the_exercises_fault():
    with pytest.raises(ValueError, match="argument 'x'"):
        collect(lambda x: x, [{"x": object()}])
