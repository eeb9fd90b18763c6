"""Ruder's style transfer for videos, on pairs of frames: one picture is held to the other.

Ruder, Dosovitskiy, Brox, "Artistic Style Transfer for Videos" (2016), sections 4.1 and 4.2: a frame
starts from its neighbour's picture, warped, and stays near it where the motion can be traced.
Theirs go forwards in time, along backward flow; Sintel's flow leads forwards, so here frame t+1
comes first and frame t follows.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from kunster.data.clips import FramePairs
from kunster.evaluate.optimal import MOST_ITERATIONS, Optimum, optimise
from kunster.losses.descent import Loss
from kunster.losses.temporal import output_loss
from kunster.losses.warp import warp_back
from kunster.objectives.perceptual import PerceptualTerms
from kunster.objectives.stage import as_frames

OUTPUT_WEIGHT = 300.0  # conf/objective/temporal.yaml

RUDER = (
    "e_stab (Ruder's pairs) = e_stab on the pairs and at the size that Ruder's pictures were "
    "optimised at: O_t+1 as Gatys', then O_t from W(O_t+1), with "
    f"{OUTPUT_WEIGHT:g}·mean M·(O_t − W(O_t+1))² added to its loss"
)


class SteadyPair(NamedTuple):
    """The pictures of frames t and t+1, each with its way down; `later` was made first."""

    earlier: Optimum
    later: Optimum

    @property
    def pictures(self) -> Tensor:
        """(2, 3, H, W), RGB in [0, 1]."""
        return torch.cat([self.earlier.picture, self.later.picture])


def optimise_pair(terms: PerceptualTerms, pair: FramePairs) -> SteadyPair:
    """Frame t+1 by itself, from the frame; then frame t, held to it.

    Made where the terms are; the pictures return to the CPU.
    """
    pair = FramePairs(*(part.to(terms.energy.device) for part in pair))
    earlier, later = as_frames(pair.frames).split(1)
    before, after = terms.content_of(earlier), terms.content_of(later)
    free = optimise(lambda picture: terms.against(after, picture)["loss"], later)
    held = follow(
        lambda picture: terms.against(before, picture)["loss"], earlier, free.picture, pair
    )
    return SteadyPair(*(each._replace(picture=each.picture.cpu()) for each in (held, free)))


def follow(loss: Loss, frame: Tensor, later: Tensor, pair: FramePairs) -> Optimum:
    """The picture of frame t that lowers a loss and agrees with the picture of frame t+1.

    Args:
        loss: of a picture (1, 3, H, W), a scalar.
        frame: frame t itself, (1, 3, H, W), to start from where nothing can be traced.
        later: the picture of frame t+1, (1, 3, H, W).
        pair: the motion between them.
    """
    flow, traceable = pair.flow[None], pair.traceable[None]

    def steady_loss(picture: Tensor) -> Tensor:
        pictures = torch.stack([picture, later], dim=1)
        return loss(picture) + OUTPUT_WEIGHT * output_loss(pictures, None, flow, traceable)

    start = torch.where(traceable[:, None], warp_back(later, flow), frame)
    return optimise(steady_loss, start)


def described_pairs(names: Sequence[str], size: Sequence[int], found: Sequence[SteadyPair]) -> str:
    """Which pairs at which (height, width), and how many of the pictures converged."""
    converged = sum(optimum.converged for pair in found for optimum in pair)
    return (
        f"{len(found)} pairs at {size[1]}x{size[0]}: {', '.join(names)}; also for Ruder's own "
        f"style and content; {converged} of {2 * len(found)} pictures converged within "
        f"{MOST_ITERATIONS} iterations"
    )
