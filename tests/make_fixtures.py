"""Make the fixtures of the first-order tests: trajectories and schedules of PyTorch and Optax, in float64.

They are not dependencies of the project. In an environment that has them,

    python tests/make_fixtures.py

writes ``tests/data/first_order.npz`` (numbers) and ``first_order.json`` (what they are and where they come from).
The tests import the two problems from here, so that both sides see the same gradient to the last bit: what is
compared is the rule of the optimiser.
"""

from __future__ import annotations

import datetime
import json
import platform
from pathlib import Path

import numpy as np

DATA = Path(__file__).parent / "data"
STEPS = 200
# On the 50-d problem these iterates are kept; an error at any step lives on in the later ones.
KEPT = np.array([1, 2, 3, 4, 5, 6, 8, *range(10, STEPS + 1, 10)])


def rosenbrock_gradient(x):
    """Gradient of 100 (y - x^2)^2 + (1 - x)^2, in two variables."""
    valley = x[1] - x[0] ** 2
    return np.array([-400 * x[0] * valley - 2 * (1 - x[0]), 200 * valley])


def logistic_data():
    """100 samples of 50 features in sixteenths, and labels -1 or 1: exact in float64, and stored in the fixture."""
    rng = np.random.default_rng(7)
    features = rng.integers(-32, 33, size=(100, 50)) / 16
    labels = np.where(features @ rng.normal(size=50) + rng.normal(size=100) > 0, 1.0, -1.0)
    return features, labels


def logistic_gradient(features, labels, l2=0.01):
    """Gradient of mean log(1 + exp(-y a.x)) + l2/2 |x|^2, as a function of x."""

    def gradient(x):
        margins = labels * (features @ x)
        return -features.T @ (labels / (1 + np.exp(margins))) / len(labels) + l2 * x

    return gradient


STARTS = {"rosenbrock": np.array([-1.2, 1.0]), "logistic": np.linspace(-1, 1, 50)}
MATRIX_SHAPES = {"rosenbrock": (1, 2), "logistic": (10, 5)}  # the same problems as Muon sees them


def torch_optimizer(name, **settings):
    """A case's library side: ``run(gradient, x0)`` yields the iterates of ``torch.optim.<name>``."""

    def run(gradient, x0, after_gradient=None, schedule=None, average=False):
        import torch

        x = torch.nn.Parameter(torch.tensor(x0, dtype=torch.float64))
        optimizer = getattr(torch.optim, name)([x], **settings)
        scheduler = None if schedule is None else schedule(optimizer)
        module = torch.nn.Module()
        module.x = x
        averaged = None
        for _ in range(STEPS):
            x.grad = torch.from_numpy(np.array(gradient(x.detach().numpy())))
            if after_gradient is not None:
                after_gradient(x)
            optimizer.step()
            if scheduler is not None:
                scheduler.step()
            if average:
                averaged = averaged or torch.optim.swa_utils.AveragedModel(module)
                averaged.update_parameters(module)
            yield (averaged.module.x if average else x).detach().numpy().copy()

    return run


def torch_muon(**settings):
    """``torch.optim.Muon`` with its Newton-Schulz iteration in float64 in place of bfloat16."""

    def run(gradient, x0):
        import torch

        original = torch.Tensor.bfloat16
        torch.Tensor.bfloat16 = torch.Tensor.double
        try:
            yield from torch_optimizer("Muon", **settings)(gradient, x0)
        finally:
            torch.Tensor.bfloat16 = original

    return run


def optax_optimizer(build):
    """The same for ``build(optax)``, a gradient transformation."""

    def run(gradient, x0):
        import jax
        import optax

        jax.config.update("jax_enable_x64", True)
        transformation = build(optax)
        x = jax.numpy.asarray(x0)
        state = transformation.init(x)
        for _ in range(STEPS):
            updates, state = transformation.update(jax.numpy.asarray(gradient(np.asarray(x))), state, x)
            x = optax.apply_updates(x, updates)
            yield np.asarray(x)

    return run


def _with(run, **extra):
    return lambda gradient, x0: run(gradient, x0, **extra)


def _clip_value(x):
    import torch

    torch.nn.utils.clip_grad_value_([x], 0.5)


def _cosine(optimizer):
    import torch

    return torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=STEPS, eta_min=0.001)


# name: (our method, our options, what the library's side is, that side).
CASES = {
    "gradient_descent": ("gradient_descent", {"learning_rate": 1e-3}, "torch.optim.SGD(lr=1e-3)",
                         torch_optimizer("SGD", lr=1e-3)),
    "momentum": ("momentum", {"learning_rate": 5e-4, "beta": 0.9}, "torch.optim.SGD(lr=5e-4, momentum=0.9)",
                 torch_optimizer("SGD", lr=5e-4, momentum=0.9)),
    "nesterov": ("nesterov", {"learning_rate": 5e-4, "beta": 0.9},
                 "torch.optim.SGD(lr=5e-4, momentum=0.9, nesterov=True)",
                 torch_optimizer("SGD", lr=5e-4, momentum=0.9, nesterov=True)),
    "adagrad": ("adagrad", {"learning_rate": 0.1}, "torch.optim.Adagrad(lr=0.1)", torch_optimizer("Adagrad", lr=0.1)),
    "rmsprop": ("rmsprop", {"learning_rate": 0.01, "decay": 0.9}, "torch.optim.RMSprop(lr=0.01, alpha=0.9)",
                torch_optimizer("RMSprop", lr=0.01, alpha=0.9)),
    "adadelta": ("adadelta", {"decay": 0.95}, "torch.optim.Adadelta(rho=0.95)", torch_optimizer("Adadelta", rho=0.95)),
    "adam": ("adam", {"learning_rate": 0.05}, "torch.optim.Adam(lr=0.05)", torch_optimizer("Adam", lr=0.05)),
    "adam_l2": ("adam", {"learning_rate": 0.05}, "torch.optim.Adam(lr=0.05, weight_decay=0.1)",
                torch_optimizer("Adam", lr=0.05, weight_decay=0.1)),
    "adam_cosine": ("adam", {}, "torch.optim.Adam(lr=0.05) with CosineAnnealingLR(T_max=200, eta_min=0.001)",
                    _with(torch_optimizer("Adam", lr=0.05), schedule=_cosine)),
    "adamw": ("adamw", {"learning_rate": 0.05, "weight_decay": 0.1}, "torch.optim.AdamW(lr=0.05, weight_decay=0.1)",
              torch_optimizer("AdamW", lr=0.05, weight_decay=0.1)),
    "amsgrad": ("amsgrad", {"learning_rate": 0.05}, "torch.optim.Adam(lr=0.05, amsgrad=True)",
                torch_optimizer("Adam", lr=0.05, amsgrad=True)),
    "nadam": ("nadam", {"learning_rate": 0.05}, "torch.optim.NAdam(lr=0.05)", torch_optimizer("NAdam", lr=0.05)),
    "radam": ("radam", {"learning_rate": 1e-3}, "torch.optim.RAdam(lr=1e-3)", torch_optimizer("RAdam", lr=1e-3)),
    "adamax": ("adamax", {"learning_rate": 0.05}, "torch.optim.Adamax(lr=0.05)", torch_optimizer("Adamax", lr=0.05)),
    "rprop": ("rprop", {"initial_step": 0.01}, "torch.optim.Rprop(lr=0.01)", torch_optimizer("Rprop", lr=0.01)),
    "lion": ("lion", {"learning_rate": 0.01, "weight_decay": 0.1}, "optax.lion(0.01, weight_decay=0.1)",
             optax_optimizer(lambda optax: optax.lion(0.01, weight_decay=0.1))),
    # A rate so small that it does not arrive: circling the minimum at a constant rate, Muon amplifies any rounding.
    "muon": ("muon", {"learning_rate": 0.005, "weight_decay": 0.1},
             "torch.optim.Muon(lr=0.005, weight_decay=0.1), its Newton-Schulz iteration in float64 instead of bfloat16",
             torch_muon(lr=0.005, weight_decay=0.1)),
    "clip_norm": ("gradient_descent", {"learning_rate": 0.02}, "optax.chain(clip_by_global_norm(0.5), sgd(0.02))",
                  optax_optimizer(lambda optax: optax.chain(optax.clip_by_global_norm(0.5), optax.sgd(0.02)))),
    "clip_value": ("gradient_descent", {"learning_rate": 0.02}, "torch clip_grad_value_(0.5), then SGD(lr=0.02)",
                   _with(torch_optimizer("SGD", lr=0.02), after_gradient=_clip_value)),
    "iterate_averaging": ("iterate_averaging", {"base": "gradient_descent", "base_options": {"learning_rate": 1e-3}},
                          "torch.optim.swa_utils.AveragedModel over SGD(lr=1e-3)",
                          _with(torch_optimizer("SGD", lr=1e-3), average=True)),
}  # fmt: skip

# name: (our schedule, our arguments, PyTorch's scheduler and its arguments); the first rate is 0.1.
SCHEDULES = {
    "step_decay": ("step_decay", {"initial": 0.1, "every": 7, "factor": 0.5}, "StepLR", {"step_size": 7, "gamma": 0.5}),
    "exponential_decay": ("exponential_decay", {"initial": 0.1, "factor": 0.97}, "ExponentialLR", {"gamma": 0.97}),
    "cosine_annealing": ("cosine_annealing", {"initial": 0.1, "steps": 99, "minimum": 0.001}, "CosineAnnealingLR",
                         {"T_max": 99, "eta_min": 0.001}),
    "cosine_restarts": ("cosine_restarts", {"initial": 0.1, "period": 10, "growth": 2, "minimum": 0.001},
                        "CosineAnnealingWarmRestarts", {"T_0": 10, "T_mult": 2, "eta_min": 0.001}),
    "cosine_restarts_equal": ("cosine_restarts", {"initial": 0.1, "period": 13}, "CosineAnnealingWarmRestarts",
                              {"T_0": 13}),
    "cyclical": ("cyclical", {"minimum": 0.01, "maximum": 0.1, "half_cycle": 8}, "CyclicLR",
                 {"base_lr": 0.01, "max_lr": 0.1, "step_size_up": 8, "cycle_momentum": False}),
    "cyclical_shrinking": ("cyclical", {"minimum": 0.01, "maximum": 0.1, "half_cycle": 8, "shrink": 0.5}, "CyclicLR",
                           {"base_lr": 0.01, "max_lr": 0.1, "step_size_up": 8, "mode": "triangular2",
                            "cycle_momentum": False}),
    "one_cycle": ("one_cycle", {"maximum": 0.1, "steps": 100}, "OneCycleLR",
                  {"max_lr": 0.1, "total_steps": 100, "cycle_momentum": False}),
    "constant": ("constant", {"initial": 0.1}, "ConstantLR", {"factor": 1.0}),
}  # fmt: skip
PLATEAU = {"factor": 0.5, "patience": 3, "threshold": 1e-2, "cooldown": 2}


def plateau_losses():
    """A hundred positive losses that fall, stall, fall a little and rise."""
    t = np.arange(100)
    return 1 + np.exp(-t / 10) + 0.05 * np.sin(t) + np.where(t > 70, 0.2, 0.0)


def schedule_rates(make):
    """The first 100 rates of PyTorch's ``make(optimizer)``, which returns the call that ends step ``t``."""
    import warnings

    import torch

    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    end_step, rates = make(torch.optim.lr_scheduler, optimizer), []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch wants optimizer.step() between; no parameter moves here
        for t in range(100):
            rates.append(optimizer.param_groups[0]["lr"])
            if t < 99:
                end_step(t)
    return rates


def _plateau(schedulers, optimizer):
    rule = schedulers.ReduceLROnPlateau(optimizer, **PLATEAU)
    losses = plateau_losses()
    rule.step(losses[0])  # ours sees the loss before the step, so PyTorch's is shown the first one, too
    return lambda t: rule.step(losses[t + 1])


def _warm_up(schedulers, optimizer):
    rise = schedulers.LinearLR(optimizer, start_factor=0.25, total_iters=12)
    fall = schedulers.CosineAnnealingLR(optimizer, T_max=90)
    both = schedulers.SequentialLR(optimizer, [rise, fall], milestones=[12])
    return lambda t: both.step()


def _named(scheduler, settings):
    def make(schedulers, optimizer):
        rule = getattr(schedulers, scheduler)(optimizer, **settings)
        return lambda t: rule.step()

    return make


def main():
    import jax
    import optax
    import torch

    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)  # NAdam keeps a running product of decay rates in the default precision
    features, labels = logistic_data()
    arrays = {"logistic/features_in_16ths": (features * 16).astype(np.int8), "logistic/labels": labels.astype(np.int8)}
    gradients = {"rosenbrock": rosenbrock_gradient, "logistic": logistic_gradient(features, labels)}
    cases = {}
    for name, (method, options, library, run) in CASES.items():
        cases[name] = {"method": method, "options": options, "library": library}
        for problem, gradient in gradients.items():
            shape = MATRIX_SHAPES[problem] if name == "muon" else STARTS[problem].shape

            def shaped(x, gradient=gradient, shape=shape):
                return gradient(np.ravel(x)).reshape(shape)

            path = np.array([np.ravel(x) for x in run(shaped, STARTS[problem].reshape(shape))])
            arrays[f"{name}/{problem}"] = path if problem == "rosenbrock" else path[KEPT - 1]
    makers = {name: _named(*settings) for name, (_, _, *settings) in SCHEDULES.items()}
    for name, make in {**makers, "reduce_on_plateau": _plateau, "warm_up": _warm_up}.items():
        arrays[f"schedule/{name}"] = np.array(schedule_rates(make))
    origin = {
        "made_by": "tests/make_fixtures.py",
        "made_on": datetime.date.today().isoformat(),
        "torch": torch.__version__,
        "optax": optax.__version__,
        "jax": jax.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
    }
    np.savez_compressed(DATA / "first_order.npz", **arrays)
    (DATA / "first_order.json").write_text(json.dumps({"origin": origin, "cases": cases}, indent=1) + "\n")


if __name__ == "__main__":
    main()
