"""Sliced Wasserstein distance between the colours of pictures (Rabin et al. 2011).

Means and covariances of a painting with much white and pure colour are met by greys as well; its
distribution of colours is not.
"""

import itertools
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F

SQUARE = 4  # pixels, side of the squares whose mean colours count: masses, not strokes


def palette_distance(pictures: Tensor, paintings: Tensor) -> Tensor:
    """Squared distance to the painting's colours, as a share of their variance, each: (B,).

    0 where both have the same colours, wherever they lie; 1 for the painting's mean colour alone.

    Args:
        pictures: (B, 3, H, W), RGB in [0, 1].
        paintings: `color_quantiles` of the painting, (1, 13, Q), or of each picture's, (B, 13, Q).
    """
    ours = _projections(pictures)
    theirs = F.interpolate(paintings, size=ours.shape[-1], mode="linear", align_corners=False)
    spread = (paintings - paintings.mean(-1, keepdim=True)).square().mean(dim=(-2, -1))
    return (ours - theirs).square().mean(dim=(-2, -1)) / spread


def color_quantiles(picture: Tensor, count: int = 1024) -> Tensor:
    """Quantiles of a picture's (1, 3, H, W) colours along 13 directions: (1, 13, count)."""
    return F.interpolate(_projections(picture), size=count, mode="linear", align_corners=False)


def _projections(pictures: Tensor) -> Tensor:
    """Sorted projections of the squares' colours: (B, 13, squares)."""
    colors = F.avg_pool2d(pictures, SQUARE).flatten(2)
    return (_directions(pictures.device).to(colors) @ colors).sort(dim=-1).values


@lru_cache(maxsize=8)
def _directions(device: torch.device) -> Tensor:
    """Unit vectors (13, 3) from a cube's centre to its faces, edges and corners, one of a pair."""
    every = [each for each in itertools.product((-1, 0, 1), repeat=3) if each > (0, 0, 0)]
    with torch.inference_mode(False):  # a step that learns may ask after one that only looks
        return F.normalize(torch.tensor(every, dtype=torch.float32)).to(device)
