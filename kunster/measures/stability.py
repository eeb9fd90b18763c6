"""e_stab, the warping error of stylized frames along the true flow."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

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
E_STAB_ALL_PIXELS = (
    "e_stab (all pixels) = the same with 3·H·W in place of 3·Σ M, "
    "as a public re-implementation of ReCoNet divides"
)


class Stability(NamedTuple):
    """Root mean squared warping errors over non-occluded pixels, and over all pixels."""

    e_stab: float
    e_stab_all_pixels: float


def warping_error(stylized: Tensor, flow: Tensor, non_occluded: Tensor) -> Stability:
    """Warping errors of one pair.

    Args:
        stylized: frames t and t+1, (2, 3, H, W), in [0, 1].
        flow: from t to t+1, (2, H, W), pixels.
        non_occluded: bool (H, W), pixels of t that are visible in t+1.

    If all are occluded the first is NaN and the second 0.
    """
    warped = warp_back(stylized[1:], flow[None])
    squares = (stylized[:1] - warped).square().mean(dim=1)[0].double()
    total = squares[non_occluded].sum()
    return Stability(
        float((total / non_occluded.sum()).sqrt()), float((total / non_occluded.numel()).sqrt())
    )


def stability(networks: Sequence[Network], pairs: Iterable[FramePairs]) -> list[Stability]:
    """Mean errors of each network over all pairs; see `errors_of_pairs`."""
    return [mean_errors(errors) for errors in errors_of_pairs(networks, pairs)]


@torch.no_grad()
def errors_of_pairs(
    networks: Sequence[Network], pairs: Iterable[FramePairs]
) -> list[list[Stability]]:
    """Errors of each network on every pair that has a non-occluded pixel.

    Args:
        pairs: iterated once.

    Raises:
        UserError: no pair has one.
    """
    found: list[list[Stability]] = [[] for _ in networks]
    for pair in pairs:
        if pair.non_occluded.any():
            frames = pair.frames.float() / 255
            for errors, network in zip(found, networks, strict=True):
                errors.append(warping_error(network(frames), pair.flow, pair.non_occluded))
    if not all(found):
        raise UserError("sintel: no pair has a non-occluded pixel")
    return found


def mean_errors(errors: Sequence[Stability]) -> Stability:
    """The mean over pairs, at least one."""
    means = torch.tensor(errors, dtype=torch.float64).mean(dim=0)
    return Stability(*means.tolist())
