"""Estimated flow between two frames, and the mask of non-occluded pixels."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from kunster.losses.warp import consistent

# From one frame to the next, both uint8 RGB (H, W, 3): flow (H, W, 2), float32, pixels
EstimateFlow = Callable[[np.ndarray, np.ndarray], np.ndarray]

# share of non-occluded pixels; measured with DIS on seven real videos: 0.83 and more for
# consecutive frames (0.3 to 0.6 on bare asphalt in flickering exposure), 0.06 and less for frames
# of different videos, 0.28 and less for a frame and a black, grey or white one
FEWEST_NON_OCCLUDED = 0.5


def traced(before: np.ndarray, after: np.ndarray, estimate: EstimateFlow) -> tuple[Tensor, Tensor]:
    """Flow (2, H, W) from one frame to the next, and the mask (H, W) of consistent pixels."""
    forward, backward = (
        torch.from_numpy(estimate(*frames)).permute(2, 0, 1)[None]
        for frames in ((before, after), (after, before))
    )
    return forward[0], consistent(forward, backward)[0]


def is_cut(non_occluded: Tensor) -> bool:
    """True if so few pixels are non-occluded that the frames must be of different scenes."""
    return float(non_occluded.float().mean()) < FEWEST_NON_OCCLUDED
