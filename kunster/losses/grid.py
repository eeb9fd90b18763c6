"""The grid that a network paints over every picture: what repeats with its strides.

A stylizer enlarges its features by 4, and each of the 4×4 pixels that stem from one feature has
kernels of its own behind it (Odena et al. 2016). A style of fine strokes tempts it to paint them
there, in the same places of every picture.
"""

from functools import lru_cache

import torch
from torch import Tensor

PERIOD = 4  # pixels: features are enlarged by it


def grid_power(pictures: Tensor) -> Tensor:
    """Mean square of the pattern with that period in pictures (B, 3, H, W): a scalar.

    Never below 0, where an unbiased estimate, a product of two halves' patterns, would be: a
    network that is trained to lower that one paints opposite grids, and its loss has no bottom.
    """
    return pattern(pictures).square().mean()


def pattern(pictures: Tensor) -> Tensor:
    """What the 16 places in the period differ by, from all and from around them: (B, 3, 4, 4).

    The mean of each place, less that of the period around each of its pixels: a slope is no grid.

    Args:
        pictures: (B, 3, H, W), sides from 12.
    """
    height, width = (side // PERIOD * PERIOD for side in pictures.shape[-2:])
    down, along = (_means(side, pictures.device) for side in (height, width))
    # two small products, where filters would go pixel by pixel
    found = down.T @ pictures[..., :height, :width] @ along
    places = found[..., :PERIOD, :PERIOD] - found[..., PERIOD:, PERIOD:]
    return places - places.mean(dim=(-2, -1), keepdim=True)


@lru_cache(maxsize=8)
def _means(side: int, device: torch.device) -> Tensor:
    """By which a line of pixels is multiplied for both means, of all but its ends: (side, 8)."""
    with torch.inference_mode(False):
        pixels, places = torch.arange(side)[:, None], torch.arange(PERIOD)
        count = side - 2 * PERIOD
        inner = (pixels >= PERIOD) & (pixels < side - PERIOD)
        own = inner & (pixels % PERIOD == places)
        first = PERIOD // 2 + places  # of the periods around the pixels of a place
        around = (first <= pixels) & (pixels < first + count)
        return torch.cat([PERIOD * own, around], dim=1).float().div(count).to(device)
