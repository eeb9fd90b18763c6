"""Ruder's style transfer for videos, on pairs of frames.

Ruder, Dosovitskiy, Brox, "Artistic Style Transfer for Videos" (2016), sections 4.1 and 4.2: a frame
starts from its neighbour's picture, warped, and stays near it where the pixels are not occluded.
Theirs go forwards in time, along backward flow; Sintel's flow leads forwards, so here frame t+1
comes first and frame t follows.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from kunster.data.clips import FramePairs
from kunster.evaluate.loss import device_of
from kunster.evaluate.optimal import MOST_ITERATIONS, Optimum, optimise
from kunster.losses.descent import Loss
from kunster.losses.objective_loss import ObjectiveLoss
from kunster.losses.temporal import output_loss
from kunster.losses.warp import warp_back

OUTPUT_WEIGHT = 300.0  # conf/objective/temporal.yaml

RUDER = (
    "e_stab (Ruder's pairs) = e_stab on the pairs and at the size that Ruder's pictures were "
    "optimised at: O_t+1 as Gatys', then O_t from W(O_t+1), with "
    f"{OUTPUT_WEIGHT:g}·mean M·(O_t − W(O_t+1))² added to its loss"
)


class SteadyPair(NamedTuple):
    """Optimised pictures of frames t and t+1; `later` was made first."""

    earlier: Optimum
    later: Optimum

    @property
    def pictures(self) -> Tensor:
        """(2, 3, H, W), RGB in [0, 1]."""
        return torch.cat([self.earlier.picture, self.later.picture])


def optimise_pair(loss: ObjectiveLoss, pair: FramePairs) -> SteadyPair:
    """Optimises frame t+1 from the frame itself, then frame t with consistency to that picture.

    Computed on the loss's device; the pictures return on the CPU.
    """
    pair = FramePairs(*(part.to(device_of(loss)) for part in pair))
    earlier, later = (pair.frames.float() / 255).chunk(2)
    before, after = loss.seen(earlier), loss.seen(later)
    free = optimise(lambda picture: loss.against(after, picture)["loss"], later)
    held = follow(
        lambda picture: loss.against(before, picture)["loss"], earlier, free.picture, pair
    )
    return SteadyPair(*(each._replace(picture=each.picture.cpu()) for each in (held, free)))


def follow(loss: Loss, frame: Tensor, later: Tensor, pair: FramePairs) -> Optimum:
    """Optimises frame t under a loss plus its difference from the warped picture of frame t+1.

    Args:
        loss: of a picture (1, 3, H, W), a scalar.
        frame: frame t itself, (1, 3, H, W), to start from where it is occluded in t+1.
        later: the picture of frame t+1, (1, 3, H, W).
        pair: the motion between them.
    """
    flow, non_occluded = pair.flow[None], pair.non_occluded[None]

    def steady_loss(picture: Tensor) -> Tensor:
        pictures = torch.stack([picture, later], dim=1)
        return loss(picture) + OUTPUT_WEIGHT * output_loss(pictures, None, flow, non_occluded)

    start = torch.where(non_occluded[:, None], warp_back(later, flow), frame)
    return optimise(steady_loss, start)


def described_pairs(names: Sequence[str], size: Sequence[int], found: Sequence[SteadyPair]) -> str:
    """The pairs and their (height, width) in words, and how many of the pictures converged."""
    converged = sum(optimum.converged for pair in found for optimum in pair)
    return (
        f"{len(found)} pairs at {size[1]}x{size[0]}: {', '.join(names)}; also for Ruder's own "
        f"style and content; {converged} of {2 * len(found)} pictures converged within "
        f"{MOST_ITERATIONS} iterations"
    )
