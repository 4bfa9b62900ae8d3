"""Automatic differentiation against the complex step on random expressions, and its rules one by one."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st

from mlopt_course import autodiff
from mlopt_course.autodiff import Tensor, concatenate, conv2d, log_sum_exp, max_pool2d, value_and_gradient
from mlopt_course.derivatives import complex_step_gradient, finite_difference_gradient


def complex_relu(z):
    return z * (z.real > 0)


def complex_log_sum_exp(z):
    return np.log(np.exp(z).sum(axis=-1, keepdims=True))


# Each operation twice: ours, and NumPy's in a form that holds for complex numbers.
UNARY = {
    "exp": (lambda t: autodiff.exp(t * 0.3), lambda z: np.exp(z * 0.3)),
    "log": (lambda t: autodiff.log(t * t + 1.5), lambda z: np.log(z * z + 1.5)),
    "sqrt": (lambda t: autodiff.sqrt(t * t + 0.5), lambda z: np.sqrt(z * z + 0.5)),
    "sin": (autodiff.sin, np.sin),
    "cos": (autodiff.cos, np.cos),
    "tanh": (autodiff.tanh, np.tanh),
    "sigmoid": (autodiff.sigmoid, lambda z: 1 / (1 + np.exp(-z))),
    "relu": (autodiff.relu, complex_relu),
    "absolute": (autodiff.absolute, lambda z: z * np.sign(z.real)),
    "negative": (lambda t: -t, lambda z: -z),
    "cube": (lambda t: (t * 0.5) ** 3, lambda z: (z * 0.5) ** 3),
    "sum": (lambda t: t.sum(axis=0, keepdims=True) * 0.5, lambda z: z.sum(axis=0, keepdims=True) * 0.5),
    "mean": (lambda t: t.mean(axis=-1, keepdims=True), lambda z: z.mean(axis=-1, keepdims=True)),
    "reciprocal": (lambda t: 1.0 / (2.5 - autodiff.sin(t)), lambda z: 1.0 / (2.5 - np.sin(z))),
    "log_sum_exp": (lambda t: log_sum_exp(autodiff.tanh(t), keepdims=True), lambda z: complex_log_sum_exp(np.tanh(z))),
    "reversed": (lambda t: t[:, ::-1], lambda z: z[:, ::-1]),
    "gram": (lambda t: autodiff.tanh(t @ t.T) @ t, lambda z: np.tanh(z @ z.T) @ z),
}
BINARY = {
    "plus": (lambda a, b: a + b, lambda a, b: a + b),
    "minus": (lambda a, b: a - b, lambda a, b: a - b),
    "times": (lambda a, b: a * autodiff.tanh(b), lambda a, b: a * np.tanh(b)),
    "over": (lambda a, b: a / (b * b + 1), lambda a, b: a / (b * b + 1)),
    "larger": (autodiff.maximum, lambda a, b: np.where(a.real > b.real, a, b)),
}

trees = st.recursive(
    st.sampled_from(["x", "row", "column", "one"]),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(sorted(UNARY)), inner), st.tuples(st.sampled_from(sorted(BINARY)), inner, inner)
    ),
    max_leaves=8,
)


def evaluate(tree, leaves, side):
    """The expression with our operations (side 0) or with NumPy's (side 1)."""
    if isinstance(tree, str):
        return leaves[tree]
    name, *inner = tree
    parts = [evaluate(part, leaves, side) for part in inner]
    return (UNARY if len(parts) == 1 else BINARY)[name][side](*parts)


def parts_of(x):
    """Leaves of several shapes cut from one vector of ten, so that operations broadcast."""
    return {"x": x[:6].reshape(2, 3), "row": x[4:7].reshape(1, 3), "column": x[7:9].reshape(2, 1),
            "one": x[9:].reshape(1, 1)}  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(trees, st.integers(0, 10**6))
def test_gradients_of_random_expressions_are_those_of_the_complex_step(tree, seed):
    x = np.random.default_rng(seed).normal(size=10)  # no two of them equal, none 0: no kink is met by chance
    value, (gradient,) = value_and_gradient(lambda t: evaluate(tree, parts_of(t), 0).sum(), x)

    def plain(z):
        return evaluate(tree, parts_of(z + 0j), 1).sum()

    exact = complex_step_gradient(plain, x)
    scale = max(1.0, np.abs(exact).max())
    assert value == pytest.approx(plain(x).real, rel=1e-12, abs=1e-12)
    if at_a_kink(tree, parts_of(x)):
        return  # maximum(a, a) and |0| have no one gradient
    np.testing.assert_allclose(gradient, exact, atol=1e-11 * scale)


def at_a_kink(tree, leaves):
    """Whether some |a|, relu(a) or max(a, b) of the expression stands exactly at its kink."""
    if isinstance(tree, str):
        return False
    name, *inner = tree
    values = [np.real(evaluate(part, leaves, 1)) for part in inner]
    equal = name == "larger" and np.any(values[0] == values[1])
    zero = name in ("absolute", "relu") and np.any(values[0] == 0)
    return bool(equal or zero) or any(at_a_kink(part, leaves) for part in inner)


def against_differences(fun, *arguments):
    _, gradients = value_and_gradient(fun, *arguments)
    for i, (argument, gradient) in enumerate(zip(arguments, gradients, strict=True)):

        def along(x, i=i):
            return fun(*(Tensor(x if j == i else other) for j, other in enumerate(arguments))).item()

        np.testing.assert_allclose(gradient, finite_difference_gradient(along, argument), rtol=1e-7, atol=1e-8)


@pytest.fixture
def rng():
    return np.random.default_rng(11)


@pytest.mark.parametrize(
    ("a", "b"),
    [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 4)), ((2, 3), (3, 4)), ((5, 2, 3), (3, 4)), ((5, 1, 2, 3), (4, 3, 2)),
     ((3,), (5, 3, 4)), ((5, 2, 3), (3,))],
)  # fmt: skip
def test_products_of_vectors_matrices_and_stacks(a, b, rng):
    against_differences(lambda A, B: autodiff.sin(A @ B).sum(), rng.normal(size=a), rng.normal(size=b))


@pytest.mark.parametrize(
    "index",
    [
        0,
        slice(1, None),
        (slice(None), 2),
        np.array([0, 1, 0, 0]),
        (np.array([1, 0]), np.array([2, 2])),
        np.eye(2, 3) > 0,
    ],
    ids=str,
)
def test_indexing_gives_each_element_what_it_is_due(index, rng):
    against_differences(lambda x: (x[index] ** 2).sum(), rng.normal(size=(2, 3)))


@pytest.mark.parametrize("axis", [None, 0, -1, (0, 2)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_reductions(axis, keepdims, rng):
    x = rng.normal(size=(2, 3, 4))
    for name in ("sum", "mean", "max"):
        value = getattr(Tensor(x), name)(axis=axis, keepdims=keepdims).value
        np.testing.assert_allclose(value, getattr(x, name)(axis=axis, keepdims=keepdims), rtol=1e-15)
        against_differences(lambda t, name=name: autodiff.sin(getattr(t, name)(axis=axis, keepdims=keepdims)).sum(), x)


def test_equal_largest_elements_share():
    x = Tensor([1.0, 3.0, 3.0])
    x.max().backward()
    np.testing.assert_array_equal(x.grad, [0, 0.5, 0.5])
    a, b = Tensor(2.0), Tensor(2.0)
    autodiff.maximum(a, b).backward()
    assert (a.grad, b.grad) == (0.5, 0.5)


def test_shapes_joined_and_chosen(rng):
    a, b = rng.normal(size=(2, 3)), rng.normal(size=(4, 3))
    against_differences(lambda a, b: (concatenate([a, b]) ** 2).sum(), a, b)
    against_differences(lambda a, b: autodiff.sin(a.T.reshape(2, 3) * b[:2].transpose(0, 1)).sum(), a, b)
    against_differences(lambda a, b: autodiff.where(a.value > 0, a * a, b[:2]).sum(), a, b)
    against_differences(lambda a: (log_sum_exp(a, axis=0) ** 2).sum(), a)


def test_large_numbers_do_not_overflow():
    value, (gradient,) = value_and_gradient(lambda x: log_sum_exp(x), [1000.0, 1000.0, -1000.0])
    assert value == pytest.approx(1000 + np.log(2))
    np.testing.assert_allclose(gradient, [0.5, 0.5, 0.0])
    value, (gradient,) = value_and_gradient(lambda x: autodiff.sigmoid(x).sum(), [-1000.0, 1000.0])
    assert (value, *gradient) == (1.0, 0.0, 0.0)


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (1, 2), (2, 0), (2, 1), (3, 1)])
def test_convolution(stride, padding, rng):
    images, filters = rng.normal(size=(2, 3, 7, 6)), rng.normal(size=(4, 3, 3, 2))
    ours = conv2d(images, filters, stride=stride, padding=padding).value
    padded = np.pad(images, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    theirs = [[sum(scipy.signal.correlate2d(padded[n, c], filters[f, c], mode="valid") for c in range(3))
               for f in range(4)] for n in range(2)]  # fmt: skip
    np.testing.assert_allclose(ours, np.array(theirs)[:, :, ::stride, ::stride], atol=1e-13)
    against_differences(
        lambda x, w: autodiff.sin(conv2d(x, w, stride=stride, padding=padding)).sum(), images[:1, :, :5, :4], filters
    )


def test_pooling(rng):
    x = rng.normal(size=(2, 3, 4, 6))
    expected = [[[[x[n, c, i : i + 2, j : j + 2].max() for j in (0, 2, 4)] for i in (0, 2)] for c in range(3)]
                for n in range(2)]  # fmt: skip
    np.testing.assert_array_equal(max_pool2d(x, 2).value, expected)
    against_differences(lambda t: (max_pool2d(t, 2) ** 2).sum(), x)
    with pytest.raises(ValueError, match=r"size must divide height and width \(4, 6\), got 4"):
        max_pool2d(x, 4)


def test_a_second_call_adds_the_same_gradient_again():
    x = Tensor([1.0, 2.0])
    inner = x * x
    y = (inner * inner).sum()
    y.backward()
    first = x.grad.copy()
    np.testing.assert_array_equal(first, [4.0, 32.0])
    y.backward()
    np.testing.assert_array_equal(x.grad, 2 * first)
    assert inner.grad is None
    x.zero_grad()
    y.backward()
    np.testing.assert_array_equal(x.grad, first)
    y.backward(gradient=3.0)
    np.testing.assert_array_equal(x.grad, 4 * first)


def test_a_shared_expression_counts_each_way_to_the_output():
    x = Tensor(3.0)
    y = x * x
    z = y + y + x
    z.backward()
    assert x.grad == 4 * 3 + 1


def test_long_chains_need_no_recursion():
    x = Tensor(1.0)
    y = x
    for _ in range(20_000):
        y = y * 1.0001
    y.backward()
    assert x.grad == pytest.approx(1.0001**20_000, rel=1e-9)


def test_arrays_stand_on_either_side():
    a, x = np.array([[1.0, 2.0]]), Tensor([[3.0], [4.0]])
    for y in (a + x, a - x, a * x, a / x, a @ x):
        assert isinstance(y, Tensor)
    np.testing.assert_array_equal((a @ x).value, [[11.0]])
    np.testing.assert_array_equal((a - x).value, a - x.value)
    np.testing.assert_array_equal((2 / x).value, 2 / x.value)
    assert len(x) == 2
    assert repr(Tensor(1.0)) == "Tensor(array(1.))"
    assert value_and_gradient(lambda x: (x**0).sum(), [0.0])[1][0] == 0.0


@pytest.mark.parametrize(
    ("call", "error", "sentence"),
    [
        (lambda: Tensor([1.0, 2.0]).backward(), ValueError, r"backward needs gradient= for a tensor of shape \(2,\)"),
        (lambda: Tensor(1.0).backward([1.0]), ValueError, r"gradient must have the tensor's shape \(\), got \(1,\)"),
        (lambda: Tensor(1.0) ** Tensor(2.0), TypeError, r"the exponent of \*\* must be a number"),
        (lambda: conv2d(np.ones((2, 2)), np.ones((2, 2))), ValueError, "images must have shape"),
        (lambda: conv2d(np.ones((1, 1, 2, 2)), np.ones((1, 1, 3, 3))), ValueError, "filters must fit into the padded"),
        (lambda: value_and_gradient(lambda x: 3.0, [1.0]), ValueError, "fun must return a Tensor of one element"),
    ],
)
def test_misuse_is_named(call, error, sentence):
    with pytest.raises(error, match=sentence):
        call()


def test_a_network_learns_what_its_gradient_says(rng):
    """Logistic regression by our gradients is `problems.logistic_regression`'s, to rounding."""
    from mlopt_course import problems

    X, y = problems.generated_data("logistic", dimension=5, samples=40)
    problem = problems.logistic_regression((X, y), l2=0.1)
    signs = 2.0 * y - 1

    def loss(w):
        margins = -signs * (X @ w)
        both = concatenate([margins.reshape(-1, 1), np.zeros((40, 1))], axis=1)
        return log_sum_exp(both).mean() + 0.05 * (w * w).sum()

    w = rng.normal(size=5)
    value, (gradient,) = value_and_gradient(loss, w)
    assert value == pytest.approx(problem.fun(w), rel=1e-14)
    np.testing.assert_allclose(gradient, problem.gradient(w), rtol=1e-12)
