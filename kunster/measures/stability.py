"""e_stab, the warping error of stylized frames along the true flow."""

import math
from collections.abc import Iterable, Sequence
from statistics import fmean

import torch
from torch import Tensor

from kunster.data.clips import FramePairs
from kunster.errors import UserError
from kunster.losses.warp import warp_back
from kunster.measures.models import Network

E_STAB = (
    "e_stab = mean over pairs of √( Σ M·(O_t − W(O_t+1))² / (3·Σ M) ), values in [0, 1]: "
    "W warps frame t+1 back by the true flow, M are the pixels of t that are not occluded in t+1"
)


OWN_FLICKER = (
    "own = own flicker = √( max(0, e² − e² of the input itself) ), e e_stab (own) or flicker "
    "(video_own; far_own between frames 10 apart, by the flow composed over those between)"
)


def own_flicker(error: float, of_frames: float) -> float:
    """Own flicker: a network's warping error without that of the frames themselves."""
    return math.sqrt(max(0.0, error**2 - of_frames**2))


def warping_error(stylized: Tensor, flow: Tensor, non_occluded: Tensor) -> float:
    """Root mean squared warping error of one pair over its non-occluded pixels.

    Args:
        stylized: frames t and t+1, (2, 3, H, W), in [0, 1].
        flow: from t to t+1, (2, H, W), pixels.
        non_occluded: bool (H, W), pixels of t that are visible in t+1.

    Returns:
        In [0, 1]; NaN if all pixels are occluded.
    """
    warped = warp_back(stylized[1:], flow[None])
    squares = (stylized[:1] - warped).square().mean(dim=1)[0].double()
    return float(squares[non_occluded].mean().sqrt())


def stability(networks: Sequence[Network], pairs: Iterable[FramePairs]) -> list[float]:
    """e_stab of each network, the mean error over all pairs; see `errors_of_pairs`."""
    return [fmean(errors) for errors in errors_of_pairs(networks, pairs)]


@torch.no_grad()
def errors_of_pairs(networks: Sequence[Network], pairs: Iterable[FramePairs]) -> list[list[float]]:
    """Errors of each network on every pair that has a non-occluded pixel.

    Args:
        pairs: iterated once.

    Raises:
        UserError: no pair has one.
    """
    found: list[list[float]] = [[] for _ in networks]
    for pair in pairs:
        if pair.non_occluded.any():
            frames = pair.frames.float() / 255
            for errors, network in zip(found, networks, strict=True):
                errors.append(warping_error(network(frames), pair.flow, pair.non_occluded))
    if not all(found):
        raise UserError("sintel: no pair has a non-occluded pixel")
    return found
