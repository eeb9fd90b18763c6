"""Estimated flow between two frames, and the mask of non-occluded pixels."""

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from kunster.losses.warp import consistent, warp_back

# From one frame to the next, both uint8 RGB (H, W, 3): flow (H, W, 2), float32, pixels
EstimateFlow = Callable[[np.ndarray, np.ndarray], np.ndarray]

# share of non-occluded pixels; measured with DIS on seven real videos: 0.83 and more for
# consecutive frames (0.3 to 0.6 on bare asphalt in flickering exposure), 0.06 and less for frames
# of different videos, 0.28 and less for a frame and a black, grey or white one
FEWEST_NON_OCCLUDED = 0.5
ALL = 0.999  # of the pixels that bilinear interpolation takes, but for rounding


def traced(before: np.ndarray, after: np.ndarray, estimate: EstimateFlow) -> tuple[Tensor, Tensor]:
    """Flow (2, H, W) from one frame to the next, and the mask (H, W) of consistent pixels."""
    forward, backward = (
        torch.from_numpy(estimate(*frames)).permute(2, 0, 1)[None]
        for frames in ((before, after), (after, before))
    )
    return forward[0], consistent(forward, backward)[0]


class Step:
    """A frame and the next, uint8 RGB (H, W, 3), traced when they are first asked for it."""

    def __init__(self, before: np.ndarray, after: np.ndarray, estimate: EstimateFlow) -> None:
        self.before, self.after, self._estimate = before, after, estimate

    @cached_property
    def traced(self) -> tuple[Tensor, Tensor]:
        return traced(self.before, self.after, self._estimate)


def composed(steps: Sequence[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
    """Flow (2, H, W) and mask (H, W) over several frames, of those from each to the next.

    A pixel is non-occluded if it can be followed from frame to frame.
    """
    (flow, non_occluded), *others = steps
    for step, visible in others:
        followed = warp_back(visible[None, None].float(), flow[None])[0, 0]
        non_occluded = non_occluded & (followed > ALL)
        flow = flow + warp_back(step[None], flow[None])[0]
    return flow, non_occluded


def is_cut(non_occluded: Tensor) -> bool:
    """True if so few pixels are non-occluded that the frames must be of different scenes."""
    return float(non_occluded.float().mean()) < FEWEST_NON_OCCLUDED
