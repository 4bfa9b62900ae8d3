"""One step of Adam beside PyTorch's and a bare loop in NumPy: time at 10, 1000 and a million variables.

``run()`` gives rows of the common form. The overhead is the time of a step less that of its gradient, the least of
several runs; ours includes counting, checks of what the gradient returns, and the record. The error is the largest
difference to the bare loop, relative to the largest variable: that of the arithmetic, for all do the same.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from mlopt_course import Problem, minimize

STEPS = {10: 2000, 1000: 2000, 1_000_000: 20}
RATE, BETA1, BETA2, EPSILON = 1e-3, 0.9, 0.999, 1e-8
REPEATS = 5

# From a start and a number of steps to the last point.
Steps = Callable[[np.ndarray, int], np.ndarray]


def run(repeats: int = REPEATS) -> list[dict[str, Any]]:
    """Rows for ours, PyTorch where it is installed, and the bare loop."""
    rows = []
    for d, steps in STEPS.items():
        start = np.random.default_rng(0).standard_normal(d)
        expected = _bare(start, steps)
        gradient = _seconds(_gradients_alone, start, steps, repeats)
        for peer, method in (("ours", _ours), ("torch", _torch), ("bare NumPy", _bare)):
            try:
                error = float(np.max(np.abs(method(start, steps) - expected)) / np.max(np.abs(expected)))
                seconds = _seconds(method, start, steps, repeats)
            except ImportError:
                error, seconds = None, math.nan
            rows.append(
                {
                    "family": "first-order",
                    "problem": f"Adam step, d = {d}",
                    "method": "adam",
                    "peer": peer,
                    "median_error": error,
                    "overhead_us": None if error is None else 1e6 * (seconds - gradient) / steps,
                    "evaluations": steps,
                    "seeds": 1,
                }
            )
    return rows


def _seconds(method: Steps, start: np.ndarray, steps: int, repeats: int) -> float:
    least = math.inf
    for _ in range(repeats):
        begun = time.perf_counter()
        method(start, steps)
        least = min(least, time.perf_counter() - begun)
    return least


def _gradient(x):
    return x * 2.0


def _gradients_alone(start, steps):
    for _ in range(steps):
        _gradient(start)
    return start


def _ours(start, steps):
    problem = Problem(lambda x: float(x @ x), _gradient)
    return minimize(problem, start, "adam", learning_rate=RATE, max_iterations=steps, history=steps).x


def _torch(start, steps):
    import torch

    torch.set_num_threads(1)
    x = torch.tensor(start, requires_grad=True)
    optimiser = torch.optim.Adam([x], lr=RATE, betas=(BETA1, BETA2), eps=EPSILON)
    for _ in range(steps):
        with torch.no_grad():
            x.grad = x * 2.0
        optimiser.step()
    return x.detach().numpy()


def _bare(start, steps):
    x, m, v = start.copy(), np.zeros_like(start), np.zeros_like(start)
    for t in range(1, steps + 1):
        gradient = _gradient(x)
        m = BETA1 * m + (1 - BETA1) * gradient
        v = BETA2 * v + (1 - BETA2) * gradient**2
        x = x - RATE * (m / (1 - BETA1**t)) / (np.sqrt(v / (1 - BETA2**t)) + EPSILON)
    return x


if __name__ == "__main__":
    for row in run():
        print(row)
