"""The grid that a network paints over every picture: what repeats with its strides.

A stylizer enlarges its features by 4, and each of the 4×4 pixels that stem from one feature has
kernels of its own behind it (Odena et al. 2016). A style of fine strokes tempts it to paint them
there, in the same places of every picture.
"""

from torch import Tensor
from torch.nn import functional as F

PERIOD = 4  # pixels: features are enlarged by it


def grid_power(pictures: Tensor) -> Tensor:
    """Mean square of the pattern with that period in pictures (B, 3, H, W): a scalar.

    The halves of a picture have the pattern in common and nothing else, so the product of what is
    found in each is right on the average, and below 0 where there is none half of the time.
    """
    height, width = (side // (2 * PERIOD) * 2 * PERIOD for side in pictures.shape[-2:])
    pictures = pictures[..., :height, :width]
    around = F.avg_pool2d(F.pad(pictures, (2, 1, 2, 1), mode="reflect"), PERIOD, stride=1)
    rest = pictures - around
    left, right = (_by_place(half) for half in rest.chunk(2, dim=-1))
    return (left * right).mean()


def _by_place(picture: Tensor) -> Tensor:
    """Means by place in the period, less that of all: (B, 3, 4, 4)."""
    places = picture.unflatten(-1, (-1, PERIOD)).unflatten(-3, (-1, PERIOD)).mean(dim=(-4, -2))
    return places - places.mean(dim=(-2, -1), keepdim=True)
