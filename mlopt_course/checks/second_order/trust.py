"""Trust regions: how the radius changes, and the dogleg."""

from __future__ import annotations

import math

import numpy as np

from ..exercise import Exercise, Misconception
from ..quadratics import bowl
from . import plots

# --- the radius -------------------------------------------------------------------------------------------------------


def next_radius(fall, promised, length, radius, largest):
    ratio = fall / promised
    if ratio < 0.25:
        radius = length / 4
    elif ratio > 0.75 and length >= 0.999 * radius:
        radius = min(2 * radius, largest)
    return radius, ratio > 0.1


def shrinks_the_radius_itself(fall, promised, length, radius, largest):
    return (
        (radius / 4, fall / promised > 0.1)
        if fall / promised < 0.25
        else next_radius(fall, promised, length, radius, largest)
    )


def grows_without_touching_the_border(fall, promised, length, radius, largest):
    new, accepted = next_radius(fall, promised, length, radius, largest)
    return (min(2 * radius, largest) if fall / promised > 0.75 else new), accepted


def grows_without_end(fall, promised, length, radius, largest):
    new, accepted = next_radius(fall, promised, length, radius, math.inf)
    return new, accepted


def accepts_only_good_steps(fall, promised, length, radius, largest):
    return next_radius(fall, promised, length, radius, largest)[0], fall / promised >= 0.25


def keeps_the_threshold_of_the_package(fall, promised, length, radius, largest):
    return next_radius(fall, promised, length, radius, largest)[0], fall / promised > 0.15


def accepts_every_descent(fall, promised, length, radius, largest):
    return next_radius(fall, promised, length, radius, largest)[0], fall > 0


def divides_the_other_way(fall, promised, length, radius, largest):
    if fall == 0:
        return next_radius(fall, promised, length, radius, largest)
    return next_radius(promised, fall, length, radius, largest)


def takes_the_size_of_the_fall(fall, promised, length, radius, largest):
    return next_radius(abs(fall), promised, length, radius, largest)


def next_radius_in_one_expression(fall, promised, length, radius, largest):
    poor, good = fall < promised / 4, 4 * fall > 3 * promised
    grown = min(radius + radius, largest) if length / radius >= 0.999 else radius
    return [0.25 * length if poor else grown if good else radius, bool(10 * fall > promised)]


def next_radius_by_cases(fall, promised, length, radius, largest):
    quality = fall / promised
    accepted = True
    if quality <= 0.1:
        accepted = False
    if quality > 0.75:
        if length < 0.999 * radius:
            return radius, accepted
        return (largest if 2 * radius > largest else 2 * radius), accepted
    if quality >= 0.25:
        return radius, accepted
    return length * 0.25, accepted


def next_radius_cases(rng):
    def case(ratio, length, radius=1.0, largest=100.0):
        promised = float(rng.uniform(0.5, 3))
        return {"fall": ratio * promised, "promised": promised, "length": length, "radius": radius, "largest": largest}

    return [
        {"fall": 1.0, "promised": 1.0, "length": 1.0, "radius": 1.0, "largest": 10.0},
        {"fall": 1.0, "promised": 1.0, "length": 0.5, "radius": 1.0, "largest": 10.0},
        {"fall": 0.05, "promised": 0.05, "length": 1.0, "radius": 2.0, "largest": 10.0},
        {"fall": 1.0, "promised": 20.0, "length": 1.0, "radius": 2.0, "largest": 10.0},
        {"fall": -1.0, "promised": 1.0, "length": 0.5, "radius": 1.0, "largest": 10.0},
        {"fall": 0.2, "promised": 1.0, "length": 1.0, "radius": 2.0, "largest": 10.0},
        {"fall": 0.5, "promised": 1.0, "length": 2.0, "radius": 2.0, "largest": 10.0},
        {"fall": 3.0, "promised": 2.0, "length": 4.0, "radius": 4.0, "largest": 6.0},
        {"fall": 0.25, "promised": 1.0, "length": 1.0, "radius": 2.0, "largest": 10.0},
        {"fall": 0.75, "promised": 1.0, "length": 2.0, "radius": 2.0, "largest": 10.0},
        {"fall": 0.1, "promised": 1.0, "length": 2.0, "radius": 2.0, "largest": 10.0},
        {"fall": 0.12, "promised": 1.0, "length": 1.0, "radius": 2.0, "largest": 10.0},
        {"fall": 0.0, "promised": 1.0, "length": 1.0, "radius": 2.0, "largest": 10.0},
        {"fall": 1.0, "promised": 1.0, "length": 1.998, "radius": 2.0, "largest": 10.0},
        {"fall": 1.0, "promised": 1.0, "length": 1.99, "radius": 2.0, "largest": 10.0},
        case(0.05, 0.7, radius=2.0),
        case(float(rng.uniform(0.8, 1.2)), 3.0, radius=3.0),
        case(float(rng.uniform(0.3, 0.7)), 3.0, radius=3.0),
    ]


NEXT_RADIUS = Exercise(
    name="second_order.next_radius",
    title="How far to trust",
    points=2,
    difficulty="core",
    hint="One ratio decides both questions: what the function really fell by, over what the model promised. A step "
    "that ends inside the ball did not want to go further.",
    reference=next_radius,
    instances=next_radius_cases,
    misconceptions=(
        Misconception(
            shrinks_the_radius_itself,
            "After a poor step you take a quarter of the radius. Take a quarter of the *step's length*: the step may "
            "have been much shorter than the radius, and then the same poor step would come again.",
        ),
        Misconception(
            grows_without_touching_the_border,
            "You let the ball grow though the step ended inside it. It grows only where the ball held the step back.",
        ),
        Misconception(grows_without_end, "The radius is never above `largest`."),
        Misconception(
            accepts_only_good_steps,
            "You accept a step only from a ratio of 0.25 on. The radius shrinks below that, but the step itself is "
            "taken as soon as the ratio is above 0.1.",
        ),
        Misconception(
            keeps_the_threshold_of_the_package,
            "You refuse steps with a ratio up to 0.15, as the package does. Here a step is taken above 0.1.",
        ),
        Misconception(
            accepts_every_descent,
            "You accept every step that goes down. It must achieve more than a tenth of what was promised.",
        ),
        Misconception(
            divides_the_other_way, "The ratio is what happened over what was promised; yours is the other way round."
        ),
        Misconception(
            takes_the_size_of_the_fall, "A negative fall is a rise: the worst case, not a good one. Leave its sign."
        ),
    ),
    alternatives=(next_radius_in_one_expression, next_radius_by_cases),
    equivalent_mutants={"radius = min(largest, 2 * radius)": "the smaller of two numbers has no order"},
)

# --- the dogleg -------------------------------------------------------------------------------------------------------


def dogleg_point(gradient, hessian, radius):
    newton = -np.linalg.solve(hessian, gradient)
    if np.linalg.norm(newton) <= radius:
        return newton, 2.0
    corner = -(gradient @ gradient) / (gradient @ hessian @ gradient) * gradient
    if np.linalg.norm(corner) >= radius:
        part = radius / np.linalg.norm(corner)
        return part * corner, part
    leg = newton - corner
    a, b, c = leg @ leg, corner @ leg, corner @ corner - radius**2
    part = (math.sqrt(b * b - a * c) - b) / a
    return corner + part * leg, 1 + part


def _corner(gradient, hessian):
    return -(gradient @ gradient) / (gradient @ hessian @ gradient) * gradient


def shortens_newtons_step(gradient, hessian, radius):
    newton = -np.linalg.solve(hessian, gradient)
    part = min(1.0, radius / np.linalg.norm(newton))
    return part * newton, 2 * part


def walks_along_the_gradient_only(gradient, hessian, radius):
    step, tau = dogleg_point(gradient, hessian, radius)
    corner = _corner(gradient, hessian)
    return (radius / np.linalg.norm(corner) * corner, tau) if 1 < tau < 2 else (step, tau)


def cuts_the_second_leg_in_proportion(gradient, hessian, radius):
    step, tau = dogleg_point(gradient, hessian, radius)
    corner, newton = _corner(gradient, hessian), -np.linalg.solve(hessian, gradient)
    if not 1 < tau < 2:
        return step, tau
    near, far = np.linalg.norm(corner), np.linalg.norm(newton)
    part = (radius - near) / (far - near)
    return corner + part * (newton - corner), 1 + part


def counts_tau_from_the_corner(gradient, hessian, radius):
    step, tau = dogleg_point(gradient, hessian, radius)
    return step, tau - 1 if tau > 1 else tau


def says_one_at_newtons_point(gradient, hessian, radius):
    step, tau = dogleg_point(gradient, hessian, radius)
    return step, tau / 2


def puts_the_corner_at_the_gradient(gradient, hessian, radius):
    newton = -np.linalg.solve(hessian, gradient)
    if np.linalg.norm(newton) <= radius:
        return newton, 2.0
    size = np.linalg.norm(gradient)
    if size >= radius:
        return -radius / size * gradient, radius / size
    leg = newton + gradient
    a, b, c = leg @ leg, -gradient @ leg, size**2 - radius**2
    part = (math.sqrt(b * b - a * c) - b) / a
    return -gradient + part * leg, 1 + part


def always_walks_to_the_border(gradient, hessian, radius):
    newton = -np.linalg.solve(hessian, gradient)
    if np.linalg.norm(newton) <= radius:
        return radius / np.linalg.norm(newton) * newton, 2.0
    return dogleg_point(gradient, hessian, radius)


def dogleg_point_by_halving(gradient, hessian, radius):
    """Along the dogleg the distance only grows, so halving finds where it is the radius."""
    newton, corner = -np.linalg.inv(hessian) @ gradient, _corner(gradient, hessian)

    def at(tau):
        return tau * corner if tau <= 1 else corner + (tau - 1) * (newton - corner)

    if np.linalg.norm(newton) <= radius:
        return at(2.0), 2.0
    low, high = 0.0, 2.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if np.linalg.norm(at(middle)) < radius else (low, middle)
    return at(low), low


def dogleg_point_with_roots(gradient, hessian, radius):
    newton, corner = np.linalg.solve(hessian, -gradient), _corner(gradient, hessian)
    if sum(newton**2) <= radius**2:
        return [newton, 2.0]
    if sum(corner**2) >= radius**2:
        return [radius * corner / math.sqrt(sum(corner**2)), radius / math.sqrt(sum(corner**2))]
    leg = newton - corner
    part = max(np.roots([sum(leg**2), 2 * sum(leg * corner), sum(corner**2) - radius**2]).real)
    return [corner + part * leg, 1 + part]


def dogleg_point_cases(rng):
    first = {"gradient": np.array([-2.0, -2.0]), "hessian": np.diag([1.0, 4.0])}  # corner (0.8, 0.8), Newton (2, 0.5)
    A, g = bowl(rng, [1.0, 3.0, 10.0]), rng.normal(size=3)
    far, near = np.linalg.norm(np.linalg.solve(A, g)), np.linalg.norm(_corner(g, A))
    between = float(near + rng.uniform(0.3, 0.7) * (far - near))
    return [
        {"gradient": np.array([2.0]), "hessian": np.array([[4.0]]), "radius": 1.0},
        {"gradient": np.array([2.0]), "hessian": np.array([[4.0]]), "radius": 0.2},
        {**first, "radius": 3.0},
        {**first, "radius": 0.5},
        {**first, "radius": 1.5},
        {"gradient": g, "hessian": A, "radius": between},
        {"gradient": g, "hessian": A, "radius": 0.6 * float(near)},
        {"gradient": g, "hessian": A, "radius": 1.7 * float(far)},
    ]


DOGLEG_POINT = Exercise(
    name="second_order.dogleg_point",
    title="The dogleg, and how far along it",
    points=4,
    difficulty="challenge",
    hint="First ask whether Newton's step is in the ball, then whether the corner is outside it. What is left is a "
    "quadratic equation for the place on the second leg whose distance is the radius; take its positive root.",
    reference=dogleg_point,
    instances=dogleg_point_cases,
    misconceptions=(
        Misconception(
            shortens_newtons_step,
            "You shorten Newton's step until it fits. Where the ball is small, the steepest descent is a better "
            "direction: walk along the dogleg, by the corner.",
        ),
        Misconception(
            walks_along_the_gradient_only,
            "Beyond the corner you go on along the gradient. From there the path turns towards Newton's point.",
        ),
        Misconception(
            cuts_the_second_leg_in_proportion,
            "On the second leg you share out the distances as if the leg pointed straight outwards. Solve |corner + t "
            "leg| = radius, a quadratic equation in t.",
        ),
        Misconception(counts_tau_from_the_corner, "Your step is right. On the second leg tau runs from 1 to 2: add 1."),
        Misconception(says_one_at_newtons_point, "Your step is right. tau is 1 at the corner and 2 at Newton's point."),
        Misconception(
            puts_the_corner_at_the_gradient,
            "Your corner is minus the gradient. It is where the model is lowest *along* the gradient: that needs the "
            "length (g . g)/(g . Hg).",
        ),
        Misconception(
            always_walks_to_the_border,
            "Newton's point is in the ball, and you walk past it to the border. It is the minimum of the model: stay "
            "there.",
        ),
    ),
    alternatives=(dogleg_point_by_halving, dogleg_point_with_roots),
    equivalent_mutants={
        "a, b, c = (leg @ leg, leg @ corner, corner @ corner - radius ** 2)": "a scalar product has no order",
        "corner = -(gradient @ gradient) / (gradient @ (gradient @ hessian)) * gradient": "the Hessian is symmetric",
        "corner = -(gradient @ gradient) / (hessian @ gradient @ gradient) * gradient": "the Hessian is symmetric",
        "if np.linalg.norm(corner) > radius:": "at the border exactly both branches give the corner",
        "if np.linalg.norm(newton) < radius:": "at the border exactly both branches give Newton's point",
    },
    rtol=1e-7,
    atol=1e-10,
    play=plots.dogleg_and_ball,
)
