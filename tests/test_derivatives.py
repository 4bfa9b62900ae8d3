"""Derivatives from function values: their accuracy is what theory says, and misuse is noticed."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.optimize
from hypothesis import given, settings
from hypothesis import strategies as st

from mlopt_course.derivatives import (
    CENTRAL_STEP,
    check_gradient,
    complex_step_gradient,
    finite_difference_gradient,
)


def wave(x):
    return np.sum(np.sin(x) * np.exp(x))


def wave_gradient(x):
    return np.exp(x) * (np.sin(x) + np.cos(x))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-2, 2), min_size=1, max_size=5))
def test_both_equal_the_analytic_gradient(x):
    x = np.array(x)
    np.testing.assert_allclose(complex_step_gradient(wave, x), wave_gradient(x), rtol=1e-14, atol=1e-14)
    np.testing.assert_allclose(finite_difference_gradient(wave, x), wave_gradient(x), rtol=1e-8, atol=1e-8)


def test_central_differences_are_second_order_and_exact_for_quadratics():
    x = np.array([0.3, -1.2])
    errors = [np.abs(finite_difference_gradient(wave, x, step=h) - wave_gradient(x)).max() for h in (1e-2, 1e-3)]
    assert errors[0] / errors[1] == pytest.approx(100, rel=0.01)
    quadratic = finite_difference_gradient(lambda x: 3 * x[0] ** 2 + x[0] * x[1], np.array([2.0, 5.0]), step=0.5)
    np.testing.assert_allclose(quadratic, [17.0, 2.0], rtol=1e-14)


def test_the_default_step_is_near_the_best():
    x = np.array([0.3, -1.2])
    error = {h: np.abs(finite_difference_gradient(wave, x, step=h) - wave_gradient(x)).max() for h in
             (CENTRAL_STEP / 300, CENTRAL_STEP, CENTRAL_STEP * 300)}  # fmt: skip
    assert error[CENTRAL_STEP] == min(error.values())


def test_the_complex_step_keeps_its_accuracy_where_differences_lose_theirs():
    """The example of Squire and Trapp (1998): x^(9/2) at 1.5."""
    exact = 4.5 * 1.5**3.5
    assert complex_step_gradient(lambda x: x**4.5, 1.5) == pytest.approx(exact, rel=4e-16)
    lost = finite_difference_gradient(lambda x: x**4.5, 1.5, step=1e-14)
    assert abs(lost / exact - 1) > 1e-4


def test_numbers_give_numbers_and_matrices_matrices():
    assert isinstance(finite_difference_gradient(lambda x: x**2, 3), float)
    assert isinstance(complex_step_gradient(lambda x: x**2, 3), float)
    assert complex_step_gradient(lambda x: x**2, 3) == 6.0
    W = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(complex_step_gradient(lambda W: np.sum(W**2), W), 2 * W)
    np.testing.assert_allclose(finite_difference_gradient(lambda W: np.sum(W**2), W), 2 * W, atol=1e-8)


def test_integer_points_and_values_in_arrays_of_one_are_fine():
    np.testing.assert_allclose(finite_difference_gradient(lambda x: np.array([x @ x]), [1, 2]), [2, 4], rtol=1e-9)
    np.testing.assert_array_equal(complex_step_gradient(lambda x: np.array([x @ x]), [1, 2]), [2, 4])


def test_the_point_is_not_changed():
    x = np.array([1.0, 2.0])
    x.flags.writeable = False
    finite_difference_gradient(wave, x)
    complex_step_gradient(wave, x)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=4))
def test_within_bounds_no_evaluation_leaves_the_box(x):
    box = np.array([[0.0, 1.0]] * len(x))

    def inside(x):
        assert ((box[:, 0] <= x) & (x <= box[:, 1])).all()
        return wave(x)

    found = finite_difference_gradient(inside, np.array(x), bounds=box)
    # One-sided at the border: error h f'' / 2, where |f''| = |2 exp(x) cos(x)| < 6 and h = 6e-6.
    np.testing.assert_allclose(found, wave_gradient(np.array(x)), atol=3 * CENTRAL_STEP)


def test_a_box_without_room_gives_slope_zero():
    box = np.array([[0.0, 1.0], [2.0, 2.0]])
    assert finite_difference_gradient(wave, np.array([0.5, 2.0]), bounds=box)[1] == 0.0


def test_check_gradient_passes_right_ones_and_catches_wrong_ones():
    x = np.array([0.3, -1.2, 2.0])
    assert check_gradient(scipy.optimize.rosen, scipy.optimize.rosen_der, x) < 1e-8
    for wrong in (lambda x: -wave_gradient(x), lambda x: wave_gradient(x) + 1e-3, lambda x: 1.01 * wave_gradient(x)):
        assert check_gradient(wave, wrong, x) > 1e-4
    assert math.isnan(check_gradient(wave, lambda x: np.full(3, math.nan), x))


@pytest.mark.parametrize("step", [0, -1e-6, math.nan])
def test_a_bad_step_is_named(step):
    for derivative in (finite_difference_gradient, complex_step_gradient):
        with pytest.raises(ValueError, match=r"^step must be positive, got "):
            derivative(wave, np.ones(2), step=step)


def test_a_function_that_drops_the_imaginary_part_is_noticed():
    with pytest.raises(ValueError, match="fun must be analytic"):
        complex_step_gradient(lambda x: np.sum(np.abs(x) ** 2), np.ones(2))


def test_a_gradient_of_the_wrong_shape_is_named():
    with pytest.raises(ValueError, match=r"gradient must return shape \(2,\), the shape of x, got \(1, 2\)"):
        check_gradient(wave, lambda x: wave_gradient(x)[None], np.ones(2))
