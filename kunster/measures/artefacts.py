"""Artefacts that a network adds to every picture in the same places: a grid and a border.

A grid repeats with the factor by which a network enlarges its features: convolutions that see
copies of one value side by side, or overlap unevenly (Odena et al. 2016), respond to their place
in the copy. A border is lighter, darker or of another colour along the edges, where padding
takes the place of what a network would see inside a larger picture.
"""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from kunster.losses.grid import PERIOD, pattern
from kunster.measures.models import Network
from kunster.pictures.images import as_image

MARGIN = 32  # pixels of a photo that are cut away at each side, to have seen what lies outside
BANDS = ((0, 4), (4, 8), (8, 16))  # pixels from the edge, first and behind the last
LEAST = 5 * MARGIN  # pixels, of a photo that leaves a middle
STEPS = 255

GRID = (
    f"grid = root mean square, in steps of 1/255, of the pattern that repeats every {PERIOD} "
    "pixels over a whole picture: means by place in the period less that of all places, of what "
    "is left after the mean of a period around each pixel, the left half's times the right half's, "
    "over all photos"
)
BORDER = (
    "border = largest difference of a colour's mean along the edge, in steps of 1/255, between a "
    f"photo's picture and the same pixels of one that reaches {MARGIN} pixels further, less that "
    f"in the middle; over all photos, in bands of "
    f"{', '.join(f'{a} to {b}' for a, b in BANDS)} pixels"
)


class Artefacts(NamedTuple):
    """Grid and border in steps of 1/255; `border` is signed: edge minus reference."""

    grid: float
    border: float


@torch.no_grad()
def artefacts(networks: Sequence[Network], photos: Iterable[np.ndarray]) -> list[Artefacts]:
    """Artefacts of each network, defined by `GRID` and `BORDER`.

    Args:
        photos: uint8 RGB (H, W, 3), iterated once; those with a side below `LEAST` are left out,
            and NaN is returned if none remains.
    """
    grids = torch.zeros(len(networks))
    borders = torch.zeros(len(networks), len(BANDS), 3)
    count = 0
    for photo in photos:
        if min(photo.shape[:2]) < LEAST:
            continue
        image, count = as_image(photo), count + 1
        for index, network in enumerate(networks):
            whole = network(image)
            part = network(image[..., MARGIN:-MARGIN, MARGIN:-MARGIN])
            grids[index] += steady_grid(whole)
            borders[index] += edge_difference(part, whole[..., MARGIN:-MARGIN, MARGIN:-MARGIN])
    if not count:
        return [Artefacts(math.nan, math.nan)] * len(networks)
    return [
        Artefacts(
            STEPS * float((power / count).clamp(min=0).sqrt()), STEPS * _largest(edge / count)
        )
        for power, edge in zip(grids, borders, strict=True)
    ]


def steady_grid(picture: Tensor) -> Tensor:
    """Mean square of the periodic pattern all over a picture (1, 3, H, W): a scalar.

    The halves of a picture have nothing but the pattern in common, so the mean product of what is
    found in each is unbiased; without a pattern it is negative half of the time.
    """
    width = picture.shape[-1] // (2 * PERIOD) * 2 * PERIOD
    left, right = (pattern(half) for half in picture[..., :width].chunk(2, dim=-1))
    return (left * right).mean()


def edge_difference(part: Tensor, inside: Tensor) -> Tensor:
    """Mean of `part - inside` in each band and colour, minus that in the middle: (bands, 3).

    Args:
        part, inside: the same place (1, 3, H, W), as a picture by itself and out of a larger one.
    """
    height, width = part.shape[-2:]
    rows, columns = (
        torch.minimum(torch.arange(side), torch.arange(side).flip(0)) for side in (height, width)
    )
    away = torch.minimum(rows[:, None], columns)
    difference = (part - inside)[0]
    middle = difference[:, away >= MARGIN].mean(dim=1)
    found = [
        difference[:, (first <= away) & (away < end)].mean(dim=1) - middle for first, end in BANDS
    ]
    return torch.stack(found)


def _largest(values: Tensor) -> float:
    """The value of largest magnitude."""
    flat = values.flatten()
    return float(flat[flat.abs().argmax()])
