"""How much the pictures of a still, noisy camera change from frame to frame."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch

from kunster.measures.flicker import Hold
from kunster.measures.models import Network
from kunster.pictures.images import as_bytes, as_image

SIGMA = 5  # levels of 255: a phone's camera indoors
FRAMES = 12
SETTLED = 4  # frames left out, while what is shown settles
STILL_CAMERA = (
    "noise = mean change from frame to frame, in levels of 255, of a photo with Gaussian noise of "
    f"sigma {SIGMA} drawn anew for each of {FRAMES} frames, the first {SETTLED} left out"
)


def still_camera(photo: np.ndarray, sigma: float = SIGMA) -> list[np.ndarray]:
    """Frames of a camera before a photo, uint8 RGB (H, W, 3), that differ in noise alone."""
    noise = np.random.default_rng(0)
    noisy = (photo + noise.normal(0, sigma, photo.shape) for _ in range(FRAMES))
    return [frame.round().clip(0, 255).astype(np.uint8) for frame in noisy]


def mean_change(pictures: Sequence[np.ndarray]) -> float:
    """Mean absolute difference of consecutive pictures, in levels."""
    return float(
        np.mean([np.abs(one - other.astype(int)).mean() for one, other in pairwise(pictures)])
    )


@torch.no_grad()
def changes(network: Network, frames: Sequence[np.ndarray], hold: Hold) -> tuple[float, float]:
    """Mean change of a network's pictures, and of what is shown of them."""
    painted = [as_bytes(network(as_image(frame))[0]) for frame in frames]
    shown = [hold(*each) for each in zip(frames, painted, strict=True)]
    return mean_change(painted[SETTLED:]), mean_change(shown[SETTLED:])
