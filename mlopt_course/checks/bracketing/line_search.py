"""Steps judged by the conditions of Armijo and Wolfe, and found by going back."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Misconception
from ..probes import Polynomial, Quadratic, Rosenbrock, RosenbrockGradient
from ..quadratics import bowl

# --- what a step is worth ---------------------------------------------------------------------------------------------


def step_kind(fun, slope, t, armijo, wolfe):
    if fun(t) > fun(0) + armijo * t * slope(0):
        return "too high"
    if slope(t) < wolfe * slope(0):
        return "too short"
    return "too steep" if slope(t) > -wolfe * slope(0) else "strong"


def _kind(fun, slope, t, armijo, wolfe, wrong=""):
    limit = fun(0) + armijo * (1 if wrong == "no t" else t) * (slope(t) if wrong == "slope there" else slope(0))
    if wrong == "any fall":
        limit = fun(0)
    if fun(t) > limit:
        return "too high"
    if wrong == "size":
        return "too steep" if abs(slope(t)) > wolfe * abs(slope(0)) else "strong"
    if (slope(t) > wolfe * slope(0)) if wrong == "other way" else (slope(t) < wolfe * slope(0)):
        return "too short"
    if wrong == "weak":
        return "strong"
    return "too steep" if slope(t) > -wolfe * slope(0) else "strong"


def asks_for_any_fall(fun, slope, t, armijo, wolfe):
    return _kind(fun, slope, t, armijo, wolfe, "any fall")


def forgets_the_length_of_the_step(fun, slope, t, armijo, wolfe):
    return _kind(fun, slope, t, armijo, wolfe, "no t")


def takes_the_slope_at_the_end(fun, slope, t, armijo, wolfe):
    return _kind(fun, slope, t, armijo, wolfe, "slope there")


def turns_the_curvature_condition_round(fun, slope, t, armijo, wolfe):
    return _kind(fun, slope, t, armijo, wolfe, "other way")


def looks_at_the_size_of_the_slope_alone(fun, slope, t, armijo, wolfe):
    return _kind(fun, slope, t, armijo, wolfe, "size")


def is_content_with_the_weak_condition(fun, slope, t, armijo, wolfe):
    return _kind(fun, slope, t, armijo, wolfe, "weak")


def judges_the_slope_first(fun, slope, t, armijo, wolfe):
    if slope(t) < wolfe * slope(0):
        return "too short"
    if slope(t) > -wolfe * slope(0):
        return "too steep"
    return "too high" if fun(t) > fun(0) + armijo * t * slope(0) else "strong"


def step_kind_by_ratios(fun, slope, t, armijo, wolfe):
    start = slope(0.0)
    achieved, left = (fun(t) - fun(0.0)) / (t * start), slope(t) / start  # start is negative
    if achieved < armijo:
        return "too high"
    return "too short" if left > wolfe else "too steep" if left < -wolfe else "strong"


def step_kind_from_a_table(fun, slope, t, armijo, wolfe):
    steepness = -slope(0)
    high = fun(t) - fun(0) > -armijo * t * steepness
    end = slope(t)
    return {0: "strong", 1: "too short", 2: "too steep"}[(end < -wolfe * steepness) + 2 * (end > wolfe * steepness)] \
        if not high else "too high"  # fmt: skip


def step_kind_cases(rng):
    bowl_fun, bowl_slope = Polynomial(np.array([1.0, -2.0, 1.0])), Polynomial(np.array([-2.0, 2.0]))
    coefficients = np.array([0.0, -3.0, 0.0, 1.0, 0.3])
    wave, wave_slope = Polynomial(coefficients), Polynomial(np.polynomial.polynomial.polyder(coefficients))

    def case(t, armijo=0.1, wolfe=0.5, fun=bowl_fun, slope=bowl_slope):
        return {"fun": fun, "slope": slope, "t": t, "armijo": armijo, "wolfe": wolfe}

    deep, deep_slope = Polynomial(np.array([0.0, -1.0, -4.0, 0.0, 3.0])), Polynomial(np.array([-1.0, -8.0, 0.0, 12.0]))
    wide, wide_slope = Polynomial(np.array([1.0, -0.5, 0.0625])), Polynomial(np.array([-0.5, 0.125]))
    return [
        case(1.0),
        case(0.25),
        case(1.75),
        case(2.5),
        case(2.1),
        case(1.9, armijo=0.01, wolfe=0.95),
        case(1.9, armijo=0.25, wolfe=0.95),
        case(0.03, wolfe=0.9),
        case(0.4, armijo=0.3, wolfe=0.9),
        case(5.5, fun=wide, slope=wide_slope),
        case(1.5, armijo=0.25),  # exactly on both limits
        case(0.5),  # exactly on the other one
        case(0.2, fun=deep, slope=deep_slope),  # steeper than at the start
        case(0.95, 1e-4, 0.4, deep, deep_slope),
        case(1.15, 0.2, 0.9, deep, deep_slope),
        case(float(rng.uniform(0.2, 0.5)), fun=wave, slope=wave_slope),
        case(float(rng.uniform(0.8, 0.9)), fun=wave, slope=wave_slope),
        case(float(rng.uniform(1.05, 1.15)), wolfe=0.2, fun=wave, slope=wave_slope),
        case(float(rng.uniform(1.8, 3)), fun=wave, slope=wave_slope),
    ]


STEP_KIND = Exercise(
    name="bracketing.step_kind",
    title="What is wrong with this step?",
    points=2,
    difficulty="warm-up",
    hint="slope(0) is negative, so armijo * t * slope(0) is a fall. Judge the height first, then the slope at the "
    "end: still steeply down, or already steeply up?",
    reference=step_kind,
    instances=step_kind_cases,
    misconceptions=(
        Misconception(
            asks_for_any_fall,
            "You accept any fall. Armijo asks for a part of what the slope promised: armijo * t * slope(0).",
        ),
        Misconception(
            forgets_the_length_of_the_step,
            "What the slope promises grows with the step: armijo * t * slope(0), with the t.",
        ),
        Misconception(takes_the_slope_at_the_end, "The promise is made by the slope at the *start*, slope(0)."),
        Misconception(
            turns_the_curvature_condition_round,
            "You call steps too short that are long enough. Too short is where it still goes down nearly as steeply "
            "as at the start: slope(t) below wolfe * slope(0).",
        ),
        Misconception(
            looks_at_the_size_of_the_slope_alone,
            "The size of the slope does not tell too short from too steep: its sign does. Still going down is too "
            "short.",
        ),
        Misconception(
            is_content_with_the_weak_condition,
            "You stop at the weak condition. The strong one forbids a steep rise at the end, too: 'too steep'.",
        ),
        Misconception(
            judges_the_slope_first, "Judge the height first: a step that fails it is 'too high', whatever its slope."
        ),
    ),
    alternatives=(step_kind_by_ratios, step_kind_from_a_table),
)

# --- backtracking -----------------------------------------------------------------------------------------------------


def backtrack(fun, x, gradient, direction, step, shrink, armijo):
    height, slope = fun(x), gradient @ direction
    for calls in range(2, 1000):
        if fun(x + step * direction) <= height + armijo * step * slope:
            return step, calls
        step = shrink * step
    return None


def _backtrack(fun, x, gradient, direction, step, shrink, armijo, wrong=""):
    height, slope, calls = fun(x), gradient @ direction, 2
    if wrong == "gradient":
        slope = -(gradient @ gradient)
    for _ in range(200):
        promised = armijo * slope * (1 if wrong == "no step" else step)
        if wrong == "any fall":
            promised = 0.0
        if wrong == "up":
            promised = -promised
        if not fun(x + step * direction) > height + promised:
            break
        step = step - shrink * step if wrong == "minus" else shrink * step
        calls += 1
    return step, calls


def is_content_with_any_fall(fun, x, gradient, direction, step, shrink, armijo):
    return _backtrack(fun, x, gradient, direction, step, shrink, armijo, "any fall")


def leaves_the_step_out_of_the_promise(fun, x, gradient, direction, step, shrink, armijo):
    return _backtrack(fun, x, gradient, direction, step, shrink, armijo, "no step")


def supposes_steepest_descent(fun, x, gradient, direction, step, shrink, armijo):
    return _backtrack(fun, x, gradient, direction, step, shrink, armijo, "gradient")


def shrinks_by_the_rest(fun, x, gradient, direction, step, shrink, armijo):
    return _backtrack(fun, x, gradient, direction, step, shrink, armijo, "minus")


def forgets_the_start(fun, x, gradient, direction, step, shrink, armijo):
    step, calls = backtrack(fun, x, gradient, direction, step, shrink, armijo)
    return step, calls - 1


def evaluates_the_start_each_time(fun, x, gradient, direction, step, shrink, armijo):
    step, calls = backtrack(fun, x, gradient, direction, step, shrink, armijo)
    return step, 2 * (calls - 1)


def always_shrinks_once(fun, x, gradient, direction, step, shrink, armijo):
    return backtrack(fun, x, gradient, direction, shrink * step, shrink, armijo)


def returns_the_point(fun, x, gradient, direction, step, shrink, armijo):
    step, calls = backtrack(fun, x, gradient, direction, step, shrink, armijo)
    return x + step * direction, calls


def backtrack_by_powers(fun, x, gradient, direction, step, shrink, armijo):
    start, slope = fun(x), float(np.dot(gradient, direction))
    for k in range(1000):
        t = step * shrink**k
        if fun(np.asarray(x) + t * np.asarray(direction)) <= start + armijo * t * slope:
            return [t, k + 2]
    raise ArithmeticError("no step goes down enough")


def backtrack_by_achieved_share(fun, x, gradient, direction, step, shrink, armijo):
    slope = sum(g * p for g, p in zip(gradient, direction, strict=True))
    calls, start = 1, fun(x)
    while True:
        calls += 1
        if (fun(x + direction * step) - start) / (step * slope) >= armijo:
            return step, calls
        step *= shrink


def backtrack_cases(rng):
    A = bowl(rng, [1.0, 6.0, 20.0])
    b, x = rng.normal(size=3), rng.normal(size=3)
    g = A @ x - b
    square = Quadratic(np.array([[2.0]]), np.array([0.0]))
    valley = np.array([-1.2, 1.0])
    slope = RosenbrockGradient()(valley)
    return [
        {"fun": square, "x": np.array([1.0]), "gradient": np.array([2.0]), "direction": np.array([-2.0]), "step": 0.5,
         "shrink": 0.5, "armijo": 0.1},
        {"fun": square, "x": np.array([1.0]), "gradient": np.array([2.0]), "direction": np.array([-1.0]), "step": 1.75,
         "shrink": 0.5, "armijo": 0.25},
        {"fun": square, "x": np.array([1.0]), "gradient": np.array([2.0]), "direction": np.array([-1.0]), "step": 1.5,
         "shrink": 0.5, "armijo": 0.25},  # exactly as high as the line
        {"fun": square, "x": np.array([1.0]), "gradient": np.array([2.0]), "direction": np.array([-2.0]), "step": 4.0,
         "shrink": 0.75, "armijo": 0.3},
        {"fun": Quadratic(A, b), "x": x, "gradient": g, "direction": -g, "step": 1.0, "shrink": 0.5, "armijo": 1e-4},
        {"fun": Quadratic(A, b), "x": x, "gradient": g, "direction": -np.linalg.solve(A, g), "step": 3.0, "shrink": 0.8,
         "armijo": 0.4},
        {"fun": Rosenbrock(), "x": valley, "gradient": slope, "direction": -slope, "step": 1.0,
         "shrink": float(rng.uniform(0.3, 0.7)), "armijo": 0.05},
    ]  # fmt: skip


BACKTRACK = Exercise(
    name="bracketing.backtrack",
    title="Backtracking, and what it pays",
    points=3,
    difficulty="core",
    hint="Evaluate f at the start once, before the loop. The fall that is asked for is armijo times the step times "
    "the slope along the direction.",
    reference=backtrack,
    instances=backtrack_cases,
    misconceptions=(
        Misconception(
            is_content_with_any_fall,
            "You accept any fall. Ask for a part of what the slope promises, or steps that achieve next to nothing "
            "pass.",
        ),
        Misconception(
            leaves_the_step_out_of_the_promise,
            "A shorter step need only fall by less: armijo * step * slope, with the step.",
        ),
        Misconception(
            supposes_steepest_descent,
            "You take minus the square of the gradient for the slope: that holds for steepest descent only. The slope "
            "along a direction is gradient . direction.",
        ),
        Misconception(shrinks_by_the_rest, "Multiply the step by shrink; you take that part away."),
        Misconception(forgets_the_start, "Your step is right. Evaluating f at the start is a call, too."),
        Misconception(
            evaluates_the_start_each_time,
            "Your step is right. f at the start does not change: evaluate it once, before the loop.",
        ),
        Misconception(always_shrinks_once, "Try the step that you are given first; shrink it only if it fails."),
        Misconception(returns_the_point, "Return the step (a number), not the point that it leads to."),
    ),
    alternatives=(backtrack_by_powers, backtrack_by_achieved_share),
    equivalent_mutants={
        "height, slope = (fun(x), direction @ gradient)": "a scalar product has no order",
        "delete: return None": "no search is that long",
        "return -None": "no search is that long",
        "for calls in range(2, 1001):": "no search is that long",
        "for calls in range(2, 2000):": "no search is that long",
        "for calls in range(2, 999):": "no search is that long",
    },
)
