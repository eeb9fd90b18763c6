"""Which pixels of a frame can be found in the next one, where nobody tells: both are estimated."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from kunster.losses.warp import consistent

# From one frame to the next, both uint8 RGB (H, W, 3): flow (H, W, 2), float32, pixels
EstimateFlow = Callable[[np.ndarray, np.ndarray], np.ndarray]

# Share of the pixels. Measured with DIS on seven real videos: frames that follow each other 0.83
# and more, but 0.3 to 0.6 on bare asphalt in a flickering exposure; frames of different videos 0.06
# and less, a frame and a black, grey or white one 0.28 and less.
FEWEST_TRACEABLE = 0.5


def traced(before: np.ndarray, after: np.ndarray, estimate: EstimateFlow) -> tuple[Tensor, Tensor]:
    """Flow (2, H, W) from one frame to the next, and at which pixels the way back agrees (H, W)."""
    forward, backward = (
        torch.from_numpy(estimate(*frames)).permute(2, 0, 1)[None]
        for frames in ((before, after), (after, before))
    )
    return forward[0], consistent(forward, backward)[0]


def is_cut(traceable: Tensor) -> bool:
    """Whether so little can be traced that another scene begins, or might as well."""
    return float(traceable.float().mean()) < FEWEST_TRACEABLE
