"""Quasi-Newton matrices: Powell's damped BFGS."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Misconception
from ..quadratics import bowl


def damped_update(B, step, change):
    bent = B @ step
    along = step @ bent
    if step @ change < 0.2 * along:
        part = 0.8 * along / (along - step @ change)
        change = part * change + (1 - part) * bent
    return B - np.outer(bent, bent) / along + np.outer(change, change) / (step @ change)


def _updated(B, step, change, change_used=None):
    change = change if change_used is None else change_used
    bent = B @ step
    return B - np.outer(bent, bent) / (step @ bent) + np.outer(change, change) / (step @ change)


def never_damps(B, step, change):
    return _updated(B, step, change)


def skips_instead(B, step, change):
    return B.copy() if step @ change < 0.2 * (step @ B @ step) else _updated(B, step, change)


def damps_only_negative_curvature(B, step, change):
    return _updated(B, step, change) if step @ change > 0 else damped_update(B, step, change)


def swaps_the_parts(B, step, change):
    bent = B @ step
    along, bend = step @ bent, step @ change
    if bend >= 0.2 * along:
        return _updated(B, step, change)
    part = 0.8 * along / (along - bend)
    return _updated(B, step, change, (1 - part) * change + part * bent)


def updates_the_inverse(B, step, change):
    rho = 1 / (step @ change)
    turn = np.eye(len(step)) - rho * np.outer(step, change)
    return turn @ B @ turn.T + rho * np.outer(step, step)


def forgets_what_was_there(B, step, change):
    bent = B @ step
    along = step @ bent
    if step @ change < 0.2 * along:
        part = 0.8 * along / (along - step @ change)
        change = part * change + (1 - part) * bent
    return B + np.outer(change, change) / (step @ change)


def divides_by_the_old_curvature(B, step, change):
    bent = B @ step
    along = step @ bent
    bend = step @ change
    if bend < 0.2 * along:
        part = 0.8 * along / (along - bend)
        change = part * change + (1 - part) * bent
    return B - np.outer(bent, bent) / along + np.outer(change, change) / bend


def damped_update_in_factors(B, step, change):
    """The same through the quadratic form: B seen across the step, and the new curvature along it."""
    s, y = np.asarray(step)[:, None], np.asarray(change)[:, None]
    curvature = (s.T @ B @ s).item()
    share = 1.0 if (s.T @ y).item() >= 0.2 * curvature else 0.8 * curvature / (curvature - (s.T @ y).item())
    r = share * y + (1.0 - share) * (B @ s)
    across = np.eye(len(s)) - (s @ s.T @ B) / curvature
    return across.T @ B @ across + r @ r.T / (s.T @ r).item()


def damped_update_entry_by_entry(B, step, change):
    d = len(step)
    bent = [sum(B[i, j] * step[j] for j in range(d)) for i in range(d)]
    along = sum(step[i] * bent[i] for i in range(d))
    bend = sum(step[i] * change[i] for i in range(d))
    if bend < along / 5:
        part = 4 * along / (5 * (along - bend))
        change = [part * change[i] + (1 - part) * bent[i] for i in range(d)]
        bend = along / 5
    return np.array([[B[i, j] - bent[i] * bent[j] / along + change[i] * change[j] / bend for j in range(d)]
                     for i in range(d)])  # fmt: skip


def damped_update_cases(rng):
    def case(curvatures, bend):
        """``bend`` is the measured curvature along the step, as a share of what B expects."""
        B = bowl(rng, curvatures)
        step, change = rng.normal(size=(2, len(curvatures)))
        along = step @ B @ step
        change += (bend * along - step @ change) / (step @ step) * step
        return {"B": B, "step": step, "change": change}

    return [
        {"B": np.array([[2.0]]), "step": np.array([1.0]), "change": np.array([4.0])},
        {"B": np.array([[2.0]]), "step": np.array([2.0]), "change": np.array([-1.0])},
        {"B": np.eye(2), "step": np.array([1.0, 0.0]), "change": np.array([0.1, 1.0])},  # small, but positive
        {"B": np.diag([10.0, 1.0]), "step": np.array([1.0, 0.0]), "change": np.array([1.0, 2.0])},
        {"B": np.diag([1.0, 4.0]), "step": np.array([1.0, 1.0]), "change": np.array([2.0, 1.0])},
        case([1.0, 2.0, 5.0], 1.5),
        case([0.5, 2.0, 5.0, 8.0], -0.7),
        case([0.5, 3.0], float(rng.uniform(0.05, 0.15))),
        case([0.5, 3.0, 4.0], float(rng.uniform(0.22, 0.35))),
    ]


DAMPED_UPDATE = Exercise(
    name="second_order.damped_update",
    title="BFGS that stays positive definite",
    points=3,
    difficulty="core",
    hint="Compute B s once, and the two numbers s'Bs and s'y. If damping is needed, replace y by the mixture *before* "
    "the update, and use the mixture in both places where the formula has y.",
    reference=damped_update,
    instances=damped_update_cases,
    misconceptions=(
        Misconception(
            never_damps,
            "You never damp. Where the measured curvature is small or negative, the result is badly scaled or not "
            "positive definite.",
        ),
        Misconception(
            skips_instead,
            "You skip the update where it needs damping. That is safe, but what was measured is lost; mix instead.",
        ),
        Misconception(
            damps_only_negative_curvature,
            "You damp only where s'y is negative. Damp whenever it is below a fifth of s'Bs: a small one blows B up.",
        ),
        Misconception(
            swaps_the_parts,
            "You have the two parts of the mixture the wrong way round: theta belongs to y, 1 - theta to Bs.",
        ),
        Misconception(
            updates_the_inverse,
            "That is the update of the *inverse*, which the chapter's code keeps. Here B is the Hessian itself.",
        ),
        Misconception(
            forgets_what_was_there, "You add the new curvature without taking away the old: minus (Bs)(Bs)' / (s'Bs)."
        ),
        Misconception(
            divides_by_the_old_curvature,
            "After mixing, the last term is divided by s'r, with the mixture r; you divide by s'y.",
        ),
    ),
    alternatives=(damped_update_in_factors, damped_update_entry_by_entry),
    equivalent_mutants={
        "along = bent @ step": "a scalar product has no order",
        "bent = step @ B": "B is symmetric",
        "if change @ step < 0.2 * along:": "a scalar product has no order",
        "if step @ change <= 0.2 * along:": "at a fifth exactly the part is one: the mixture is y itself",
        "part = 0.8 * along / (along - change @ step)": "a scalar product has no order",
        "return B - np.outer(bent, bent) / along + np.outer(change, change) / (change @ step)": "it has no order",
    },
)
