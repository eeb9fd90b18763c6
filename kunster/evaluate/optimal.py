"""Gatys' style transfer: a picture optimised by itself, the lower bound of a network's loss.

Gatys, Ecker, Bethge, "Image Style Transfer Using Convolutional Neural Networks" (2016), on the
total loss of stage 1 and from the photo itself.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from kunster.losses.descent import Loss, descending, out_of_range

MOST_ITERATIONS = 1000  # of L-BFGS
CHECKPOINT = 5  # iterations between two points of the curve
WINDOW, LEAST_FALL = 20, 1e-3  # converged: less than this share lost over so many iterations


class Optimum(NamedTuple):
    """Result of optimising one picture.

    Attributes:
        picture: (1, 3, H, W), RGB in [0, 1].
        curve: loss of the clamped picture after 0, 5, 10, … iterations.
        converged: whether it converged before the most iterations.
    """

    picture: Tensor
    curve: Sequence[float]
    converged: bool

    @property
    def iterations(self) -> int:
        return CHECKPOINT * (len(self.curve) - 1)


def optimise(loss: Loss, start: Tensor, most: int = MOST_ITERATIONS) -> Optimum:
    """Minimises the loss of a picture from `start` on, until it converges.

    Args:
        loss: of a picture (1, 3, H, W), a scalar.
        start: (1, 3, H, W), RGB in [0, 1].
        most: iterations; rounded up to whole checkpoints.
    """
    picture = start.clone(memory_format=torch.contiguous_format).requires_grad_()
    # so many evaluations that iterations end a step, not a long line search
    descend = descending(
        lambda shown: loss(shown) + out_of_range(shown), picture, CHECKPOINT, 25 * CHECKPOINT
    )
    curve = [_shown_loss(loss, picture)]
    while CHECKPOINT * (len(curve) - 1) < most and not has_converged(curve):
        descend()
        curve.append(_shown_loss(loss, picture))
    return Optimum(picture.detach().clamp(0, 1), curve, has_converged(curve))


def has_converged(curve: Sequence[float]) -> bool:
    """True if the last 20 iterations lowered the loss by less than a thousandth of it."""
    back = WINDOW // CHECKPOINT
    return len(curve) > back and curve[-1 - back] - curve[-1] < LEAST_FALL * curve[-1 - back]


def mean_curve(curves: Sequence[Sequence[float]]) -> list[float]:
    """Mean of curves, point by point; a shorter curve continues with its last value."""
    longest = max(map(len, curves))
    full = [[*curve, *[curve[-1]] * (longest - len(curve))] for curve in curves]
    return [sum(points) / len(points) for points in zip(*full, strict=True)]


def iterations_to_reach(curve: Sequence[float], loss: float) -> int | None:
    """Iterations after which the curve is first at or below a loss, in steps of 5.

    0 if the photo itself is no worse; None if the curve never gets so low.
    """
    reached = (index for index, value in enumerate(curve) if value <= loss)
    first = next(reached, None)
    return None if first is None else CHECKPOINT * first


@torch.no_grad()
def _shown_loss(loss: Loss, picture: Tensor) -> float:
    return float(loss(picture.clamp(0, 1)))
