"""The grid that a network paints over every picture: a pattern that repeats with its strides.

A stylizer enlarges its features by 4, and each of the 4×4 pixels that stem from one feature has
kernels of its own behind it (Odena et al. 2016). A style of fine strokes tempts it to paint them
there, in the same places of every picture.
"""

from functools import lru_cache

import torch
from torch import Tensor

PERIOD = 4  # pixels: features are enlarged by it


def grid_power(pictures: Tensor) -> Tensor:
    """Mean square of `pattern` in pictures (B, 3, H, W): a scalar from 0 up.

    A product of the patterns of two halves would be free of bias, but has no lower bound: a network
    trained on it paints opposite grids in the halves.
    """
    return pattern(pictures).square().mean()


def pattern(pictures: Tensor) -> Tensor:
    """Deviation of the 16 places in the period from their mean and surroundings: (B, 3, 4, 4).

    The mean of each place, less the mean over a period around each of its pixels, so that a slope
    is no grid.

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
    """Matrix (side, 8) that gives both means of a line of pixels, its ends left out."""
    with torch.inference_mode(False):
        pixels, places = torch.arange(side)[:, None], torch.arange(PERIOD)
        count = side - 2 * PERIOD
        inner = (pixels >= PERIOD) & (pixels < side - PERIOD)
        own = inner & (pixels % PERIOD == places)
        first = PERIOD // 2 + places  # of the periods around the pixels of a place
        around = (first <= pixels) & (pixels < first + count)
        return torch.cat([PERIOD * own, around], dim=1).float().div(count).to(device)
