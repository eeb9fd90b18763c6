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
    """Mean square of the pattern with that period in pictures (B, 3, H, W), W from 24: a scalar.

    The halves of a picture have the pattern in common and nothing else, so the product of what is
    found in each is right on the average, and below 0 where there is none half of the time.
    """
    height, width = (side // (2 * PERIOD) * 2 * PERIOD for side in pictures.shape[-2:])
    halves = pictures[..., :height, :width].chunk(2, dim=-1)
    left, right = (_by_place(half) for half in halves)
    return (left * right).mean()


def _by_place(pictures: Tensor) -> Tensor:
    """What the 16 places in the period differ by, from all and from around them: (B, 3, 4, 4).

    The mean of each place, less that of the period around each of its pixels: a slope is no grid.
    """
    down, along = (_means(side, pictures.device) for side in pictures.shape[-2:])
    found = down.T @ pictures @ along  # two small products, where filters would go pixel by pixel
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
