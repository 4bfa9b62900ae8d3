"""Plots that run the student's own functions: shown under an exercise once its check has passed."""

from __future__ import annotations

import numpy as np

from ..playing import slider_plot

LINE, OTHER = "#0b6e99", "#c8553d"


def moving_line(equality_minimum):
    """The student's minimum on a line that moves, and the value along it."""
    H, c, A = np.array([[1.0, 0.3], [0.3, 2.0]]), np.array([-1.0, -0.5]), np.array([[1.0, 1.0]])

    def value(x):
        return x @ H @ x / 2 + c @ x

    def draw(axes, b):
        x, multipliers = equality_minimum(H, c, A, np.array([b]))
        further, nearer = (np.asarray(equality_minimum(H, c, A, np.array([b + h]))[0], float) for h in (0.01, -0.01))
        x, price = np.asarray(x, dtype=float), float(np.ravel(multipliers)[0])
        X, Y = np.meshgrid(np.linspace(-2.2, 3.2, 90), np.linspace(-2, 2.2, 70))
        f = (H[0, 0] * X**2 + 2 * H[0, 1] * X * Y + H[1, 1] * Y**2) / 2 + c[0] * X + c[1] * Y
        axes.contour(X, Y, f, levels=np.linspace(-0.6, 6, 16), colors="0.75", linewidths=0.8, linestyles="solid")
        ends = np.array([-2.2, 3.2])
        axes.plot(ends, b - ends, color=OTHER, linestyle="--", label="x[0] + x[1] = b")
        axes.plot(*x, marker="o", color=LINE, markersize=9, linestyle="none", label="your minimum on the line")
        axes.quiver(*x, *(H @ x + c), angles="xy", scale_units="xy", scale=1, color="0.3", width=0.006)
        axes.set(xlim=(-2.2, 3.2), ylim=(-2, 2.2), xlabel="x[0]", ylabel="x[1]", aspect="equal",
                 title=f"multiplier {price:.3f}; the arrow is the gradient of f")  # fmt: skip
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2, fontsize="small")
        rate = (value(further) - value(nearer)) / 0.02
        return f"b = {b:.2f}: f = {value(x):.4f}. As b grows, f changes at the rate {rate:.3f}; multiplier {price:.3f}."

    return slider_plot(draw, b=(-2.0, 3.0, 0.1, 2.0))


def penalty_path(penalty_minimum):
    """Where the student's penalty ends, for weights from small to large."""
    H, c, a, b = np.diag([1.0, 3.0]), np.array([0.5, -1.0]), np.array([1.0, 1.0]), 2.0

    def draw(axes, log_of_weight):
        weight = 10.0**log_of_weight
        path = [penalty_minimum(H, c, a, b, 10.0**k)[0] for k in np.linspace(-3, log_of_weight, 40)]
        x, broken_by, estimate = penalty_minimum(H, c, a, b, weight)
        X, Y = np.meshgrid(np.linspace(-0.5, 2.5, 90), np.linspace(-1, 1.5, 70))
        f = (X**2 + 3 * Y**2) / 2 - 0.5 * X + Y + weight * (X + Y - b) ** 2
        axes.contour(X, Y, f, levels=np.quantile(f, np.linspace(0.01, 0.9, 12)), colors="0.75", linewidths=0.8,
                     linestyles="solid")  # fmt: skip
        ends = np.array([-0.5, 2.5])
        axes.plot(ends, b - ends, color=OTHER, linestyle="--", label="x[0] + x[1] = 2")
        axes.plot(*np.array(path, dtype=float).T, color=LINE, linewidth=1.5, label="your minima, weight from 0.001")
        axes.plot(*np.asarray(x, dtype=float), marker="o", color=LINE, markersize=9)
        axes.set(xlim=(-0.5, 2.5), ylim=(-1, 1.5), xlabel="x[0]", ylabel="x[1]", aspect="equal",
                 title=f"weight {weight:.3g}, with the contours of the sum")  # fmt: skip
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2, fontsize="small")
        curvatures = np.linalg.eigvalsh(H + 2 * weight * np.outer(a, a))
        return (
            f"The constraint is missed by {abs(float(broken_by)):.2g}, the estimate of the multiplier is "
            f"{float(estimate):.4f}, and the condition number has become {curvatures[1] / curvatures[0]:.3g}."
        )

    return slider_plot(draw, log_of_weight=(-2.0, 4.0, 0.25, 0.0))


def central_path(central_point):
    """The student's central path in a square, for a cost that turns."""

    def draw(axes, angle, log_of_t):
        cost = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
        path = np.array([central_point(cost, 10.0**k)[0] for k in np.linspace(-2, log_of_t, 60)], dtype=float)
        x, gap = central_point(cost, 10.0**log_of_t)
        above = cost @ np.asarray(x, dtype=float) - np.minimum(cost, 0).sum()
        axes.plot([0, 1, 1, 0, 0], [0, 0, 1, 1, 0], color="0.4", linewidth=1)
        axes.plot(*path.T, color=LINE, linewidth=2)
        axes.plot(*path[-1], marker="o", color=LINE, markersize=9)
        axes.quiver(0.5, 0.5, *(-0.15 * cost), angles="xy", scale_units="xy", scale=1, color=OTHER, width=0.008,
                    zorder=4)  # fmt: skip
        axes.set(xlim=(-0.05, 1.05), ylim=(-0.05, 1.05), xlabel="x[0]", ylabel="x[1]", aspect="equal",
                 title=f"t = {10.0**log_of_t:.3g}; the arrow points where the cost falls")  # fmt: skip
        return f"The cost is {above:.3g} above its minimum; your bound promises at most {float(gap):.3g}."

    return slider_plot(draw, angle=(0.0, 360.0, 5.0, 215.0), log_of_t=(-1.0, 4.0, 0.25, 1.0))


def walls_of_a_fit(nonnegative_fit):
    """Weights of the student's fit, step by step, beside those that nothing holds."""
    rng = np.random.default_rng(3)
    X = rng.normal(size=(40, 6))
    y = X @ np.array([1.0, -0.8, 0.5, 0.0, -0.2, 0.7]) + 0.3 * rng.normal(size=40)
    rate = 0.5 / np.linalg.norm(X, 2) ** 2
    free = np.linalg.lstsq(X, y, rcond=None)[0]

    def draw(axes, steps):
        w, held = nonnegative_fit(X, y, rate, steps)
        w, held = np.asarray(w, dtype=float), np.asarray(held, dtype=bool)
        places = np.arange(6)
        axes.bar(places - 0.2, w, width=0.4, color=LINE, label="yours, not negative")
        axes.bar(places + 0.2, free, width=0.4, color="white", edgecolor=OTHER, hatch="//", label="without constraint")
        axes.plot(
            places[held] - 0.2, np.zeros(held.sum()), marker="v", color="black", linestyle="none", label="held at 0"
        )
        axes.axhline(0, color="0.4", linewidth=0.8)
        axes.set(xlabel="weight", ylabel="value", title=f"after {steps} steps", ylim=(-1.1, 1.8))
        axes.legend(loc="upper right", fontsize="small")
        names = ", ".join(map(str, places[held])) or "none"
        return f"Sum of squares {np.sum((X @ w - y) ** 2):.4g}; weights held at 0: {names}."

    return slider_plot(draw, steps=(0, 60, 1, 10))


def portfolio(nearest_portfolio):
    """Wishes, and the student's nearest shares under a cap."""
    wish = np.array([0.62, 0.35, 0.3, 0.1, -0.05, -0.3])

    def draw(axes, cap):
        shares = np.asarray(nearest_portfolio(wish, cap), dtype=float)
        places = np.arange(len(wish))
        axes.bar(places - 0.2, wish, width=0.4, color="white", edgecolor=OTHER, hatch="//", label="wish")
        axes.bar(places + 0.2, shares, width=0.4, color=LINE, label="your shares")
        axes.axhline(cap, color="black", linestyle="--", linewidth=1, label="cap")
        axes.axhline(0, color="0.4", linewidth=0.8)
        axes.set(xlabel="asset", ylabel="share", title=f"cap {cap:.2f}", ylim=(-0.4, 1.25))
        axes.legend(loc="upper right", ncols=3)
        inside = (shares > 1e-9) & (shares < cap - 1e-9)
        shift = f"{np.mean((wish - shares)[inside]):.3f}" if inside.any() else "any in a range"
        counts = f"at the cap: {np.sum(shares >= cap - 1e-9)}, at 0: {np.sum(shares < 1e-9)}"
        return f"Sum {shares.sum():.6f}; {counts}; shift: {shift}."

    return slider_plot(draw, cap=(0.17, 1.0, 0.01, 0.4))


def shrinking_weights(lasso_fista):
    """The student's lasso for growing penalties."""
    rng = np.random.default_rng(8)
    X = np.column_stack([np.ones(40), rng.normal(size=(40, 6))])
    y = X @ np.array([2.0, 1.5, -1.0, 0.5, 0.0, 0.0, 0.0]) + 0.4 * rng.normal(size=40)
    penalties = np.linspace(0, 70, 36)

    def draw(axes, penalty, steps):
        paths = np.array([lasso_fista(X, y, p, steps) for p in penalties], dtype=float)
        for j, dash in zip(range(1, 7), ("-", "--", "-.", ":", (0, (1, 3)), (0, (5, 4))), strict=True):
            axes.plot(penalties, paths[:, j], linestyle=dash, label=f"w[{j}]")
        axes.axvline(penalty, color="0.4", linewidth=1)
        axes.axhline(0, color="0.7", linewidth=0.8)
        axes.set(xlabel="penalty", ylabel="weight", title=f"your lasso after {steps} steps", ylim=(-1.4, 1.9))
        axes.legend(ncols=3, fontsize="small", loc="upper right")
        w = np.asarray(lasso_fista(X, y, penalty, steps), dtype=float)
        return f"Penalty {penalty:.3g}: {np.count_nonzero(w[1:])} of 6 weights are not 0; intercept {w[0]:.3f}."

    return slider_plot(draw, penalty=(0.0, 70.0, 1.0, 10.0), steps=(1, 80, 1, 60))
