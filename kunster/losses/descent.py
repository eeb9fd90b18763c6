"""Optimisation of a picture's pixels by L-BFGS."""

from collections.abc import Callable

import torch
from torch import Tensor

SCALING = 1e4  # factor of the loss: the first step of L-BFGS is as long as the gradient
MEMORY = 20  # gradients kept by L-BFGS
RANGE_WEIGHT = 100.0  # weight of the penalty that replaces a clamp, which has no gradient

Loss = Callable[[Tensor], Tensor]


def out_of_range(picture: Tensor) -> Tensor:
    """Penalty of values outside [0, 1]: weighted mean square of the excess."""
    return RANGE_WEIGHT * (picture - picture.clamp(0, 1)).square().mean()


def descending(
    loss: Loss, picture: Tensor, iterations: int, evaluations: int
) -> Callable[[], object]:
    """A function that lowers the loss of a picture in place, with a strong Wolfe line search.

    Args:
        loss: maps a picture (1, 3, H, W) to a scalar.
        picture: leaf tensor that requires gradients.
        iterations, evaluations: the most in one call.
    """
    optimizer = torch.optim.LBFGS(
        [picture],
        max_iter=iterations,
        max_eval=evaluations,
        history_size=MEMORY,
        tolerance_grad=0,
        tolerance_change=0,
        line_search_fn="strong_wolfe",
    )

    def evaluate() -> Tensor:
        optimizer.zero_grad()
        value = SCALING * loss(picture)
        torch.autograd.backward(value)
        return value

    return lambda: optimizer.step(evaluate)  # type: ignore[no-untyped-call]
