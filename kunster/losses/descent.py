"""A picture that is itself what is learned: L-BFGS on its pixels."""

from collections.abc import Callable

import torch
from torch import Tensor

SCALING = 1e4  # of the whole loss: L-BFGS starts with steps as long as the gradient
MEMORY = 20  # gradients that L-BFGS remembers
RANGE_WEIGHT = 100.0  # keeps values in [0, 1] without the dead gradients of a clamp

Loss = Callable[[Tensor], Tensor]


def out_of_range(picture: Tensor) -> Tensor:
    """The mean square of what lies outside [0, 1], weighted."""
    return RANGE_WEIGHT * (picture - picture.clamp(0, 1)).square().mean()


def descending(
    loss: Loss, picture: Tensor, iterations: int, evaluations: int
) -> Callable[[], object]:
    """Each call lowers the loss of a picture in place, with a strong Wolfe line search.

    Args:
        loss: of a picture (1, 3, H, W), a scalar.
        picture: a leaf that requires gradients.
        iterations, evaluations: the most of each in a call.
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
        value.backward()
        return value

    return lambda: optimizer.step(evaluate)
