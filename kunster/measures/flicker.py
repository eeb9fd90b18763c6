"""Flicker: e_stab on any video, with flow estimated on the video itself."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

import numpy as np
import torch
from torch import Tensor

from kunster.data.flow import estimate_flow
from kunster.data.frames import SHORT_SIDE
from kunster.data.tracing import FEWEST_NON_OCCLUDED, is_cut, traced
from kunster.errors import UserError
from kunster.measures.models import Network
from kunster.measures.stability import warping_error
from kunster.pictures.images import as_image

FLICKER = (
    "flicker = e_stab with flow estimated on the input (OpenCV DIS, medium) "
    f"at short side ≤ {SHORT_SIDE}; M: forward and backward flow agree; "
    f"pairs with less than {FEWEST_NON_OCCLUDED:.0%} of the pixels in M are taken for scene cuts"
)


@dataclass(frozen=True)
class Flicker:
    """Mean error of each network, with the number of pairs used and of cuts left out."""

    errors: list[float]
    pairs: int
    cuts: int


@torch.no_grad()
def flicker(networks: Sequence[Network], frames: Iterable[np.ndarray]) -> Flicker:
    """Flicker of each network on frames, uint8 RGB (H, W, 3) of one size, iterated once.

    Raises:
        UserError: fewer than two frames, or nothing but scene cuts.
    """
    found: list[list[float]] = [[] for _ in networks]
    pairs = cuts = 0
    for (before, earlier), (after, later) in pairwise(_stylized(networks, frames)):
        flow, non_occluded = traced(before, after, estimate_flow)
        pairs += 1
        if is_cut(non_occluded):
            cuts += 1
            continue
        for errors, *outputs in zip(found, earlier, later, strict=True):
            errors.append(warping_error(torch.cat(outputs), flow, non_occluded))
    if pairs == cuts:
        problem = f"all {cuts} pairs of frames look like scene cuts" if cuts else "under two frames"
        raise UserError(f"video: {problem}; nothing to measure")
    return Flicker([fmean(errors) for errors in found], pairs - cuts, cuts)


def _stylized(
    networks: Sequence[Network], frames: Iterable[np.ndarray]
) -> Iterator[tuple[np.ndarray, list[Tensor]]]:
    """Each frame with its stylized versions, (1, 3, H, W), one a network."""
    for frame in frames:
        image = as_image(frame)
        yield frame, [network(image) for network in networks]
