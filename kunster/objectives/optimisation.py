"""Optimisers and learning-rate schedules that configurations name, besides torch's own."""

from collections.abc import Callable, Iterable
from typing import Annotated

import torch
from annotated_types import Ge, Gt, Le
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from kunster.errors import UserError

TUNED_FAN_IN = 432  # 16 channels, 3×3, side 3: of id 14, for which conf/objective was tuned
Fraction = Annotated[float, Ge(0), Le(1)]
BuildOptimizer = Callable[[Iterable[nn.Parameter]], Optimizer]
BuildSchedule = Callable[[Optimizer, int], LRScheduler]


def check_optimisation(optimizer: BuildOptimizer, schedule: BuildSchedule) -> None:
    """Checks optimiser and schedule by building both for an unused parameter.

    Raises:
        UserError: one of them refuses its arguments.
    """
    unused = [nn.Parameter(torch.zeros(1))]
    for name, build in (
        ("optimizer", lambda: optimizer(unused)),
        ("schedule", lambda: schedule(torch.optim.SGD(unused), 1)),
    ):
        try:
            build()
        except UserError as error:
            raise UserError(f"{name}.{error}") from error
        except (TypeError, ValueError) as error:  # as torch refuses its arguments
            raise UserError(f"{name}: {error}") from error


def adam_by_fan_in(
    parameters: Iterable[nn.Parameter],
    lr: Annotated[float, Gt(0)],
    betas: tuple[Fraction, Fraction] = (0.9, 0.999),
    eps: Annotated[float, Gt(0)] = 1e-8,
    weight_decay: Annotated[float, Ge(0)] = 0.0,
    fused: bool | None = None,
) -> Optimizer:
    """Adam with a learning rate that falls with the largest fan-in of a layer.

    Fan-in is the number of values that an output sums up, here times the kernel's side, because
    neighbouring outputs sum up the same values. So one `lr` serves networks of all widths and
    kernels; id 14 gets `lr` itself.

    Args:
        lr: for a network whose layers have no more than `TUNED_FAN_IN`.
        betas, eps, weight_decay, fused: Adam's.

    Raises:
        UserError: a rate of 0 or less.
    """
    if not lr > 0:
        raise UserError(f"lr={lr:g}: must be more than 0")
    learned = list(parameters)
    kernels = (each for each in learned if each.ndim == 4)
    fan_in = max((each[0].numel() * each.shape[-1] for each in kernels), default=1)
    # 3/4: 0.0042 for id 6 and 0.0006 for id 1, where 0.005 and 0.0006 were good, 0.012 for id 14
    share = min(1.0, TUNED_FAN_IN / fan_in) ** 0.75
    return torch.optim.Adam(learned, lr * share, betas, eps, weight_decay, fused=fused)


def constant(optimizer: Optimizer, steps: int, warmup: Fraction = 0.0) -> LRScheduler:
    """Rises over `warmup` of the steps to the optimiser's learning rate, and stays there."""
    rise = max(1.0, warmup * steps)
    return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / rise))


def one_cycle(optimizer: Optimizer, steps: int, warmup: Fraction = 0.1) -> LRScheduler:
    """Rises over `warmup` of the steps to the optimiser's learning rate, then falls as a cosine."""
    peaks = [group["lr"] for group in optimizer.param_groups]
    return torch.optim.lr_scheduler.OneCycleLR(
        optimizer, peaks, total_steps=steps + 1, pct_start=warmup, cycle_momentum=False
    )
