"""Flicker: e_stab on any video, with flow estimated on the video itself."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import fmean

import numpy as np
import torch
from torch import Tensor

from kunster.data.flow import estimate_flow
from kunster.data.frames import SHORT_SIDE
from kunster.data.tracing import FEWEST_NON_OCCLUDED, is_cut, traced
from kunster.errors import UserError
from kunster.losses.warp import in_bounds, warp_back
from kunster.measures.models import Network
from kunster.measures.painted import detail
from kunster.measures.stability import warping_error
from kunster.pictures.images import as_bytes, as_image
from kunster.pictures.video_strips import middle_column, video_strip

# holds the strokes of a video still: a frame and its stylized picture to what is shown, all uint8
# RGB (H, W, 3), called with one frame after the other
Hold = Callable[[np.ndarray, np.ndarray], np.ndarray]

FAR = 10  # frames
FLICKER = (
    "flicker = e_stab with flow estimated on the input (OpenCV DIS, medium) "
    f"at short side ≤ {SHORT_SIDE}; M: forward and backward flow agree; "
    f"pairs with less than {FEWEST_NON_OCCLUDED:.0%} of the pixels in M are taken for scene cuts"
)


@dataclass(frozen=True)
class Flicker:
    """Mean error of each network, with the number of pairs used and of cuts left out.

    Attributes:
        far: the same between frames `FAR` apart, by the flow composed over those between; empty if
            no scene is as long.
        detail: RMS of each network's luma minus its blur, over all frames.
        strips: the middle column of each network's pictures over time, uint8 RGB (H, frames, 3).
    """

    errors: list[float]
    pairs: int
    cuts: int
    far: list[float] = field(default_factory=list)
    detail: list[float] = field(default_factory=list)
    strips: list[np.ndarray] = field(default_factory=list)


@torch.no_grad()
def flicker(
    networks: Sequence[Network],
    frames: Iterable[np.ndarray],
    hold: Callable[[], Hold] | None = None,
) -> Flicker:
    """Flicker of each network on frames, uint8 RGB (H, W, 3) of one size, iterated once.

    Args:
        hold: makes what holds strokes still; with it, all lists go on with the figures of what is
            then shown for each network.

    Raises:
        UserError: fewer than two frames, or nothing but scene cuts.
    """
    count = len(networks) * (2 if hold else 1)
    found: list[list[float]] = [[] for _ in range(count)]
    far: list[list[float]] = [[] for _ in range(count)]
    energies: list[list[float]] = [[] for _ in range(count)]
    columns: list[list[np.ndarray]] = [[] for _ in range(count)]
    pairs = cuts = 0
    way: _Way | None = None
    for (before, earlier), (after, later) in pairwise(
        _keeping(columns, _stylized(networks, frames, hold))
    ):
        flow, non_occluded = traced(before, after, estimate_flow)
        pairs += 1
        if is_cut(non_occluded):
            cuts += 1
            way = None
            continue
        way = (way or _Way(earlier)).on(flow, non_occluded)
        _add(found, earlier, later, flow, non_occluded)
        if way.steps == FAR:
            _add(far, way.begins, later, way.flow[0], way.visible[0])
            way = None
        for each, picture in zip(energies, later, strict=True):
            each.append(float(detail(picture).square().mean()))
    if pairs == cuts:
        problem = f"all {cuts} pairs of frames look like scene cuts" if cuts else "under two frames"
        raise UserError(f"video: {problem}; nothing to measure")
    return Flicker(
        [fmean(errors) for errors in found],
        pairs - cuts,
        cuts,
        [fmean(errors) for errors in far] if far[0] else [],
        [fmean(each) ** 0.5 for each in energies],
        [video_strip(each) for each in columns],
    )


@dataclass(frozen=True)
class _Way:
    """Flow (1, 2, H, W) from a first frame to a later one, and what is visible all the way."""

    begins: list[Tensor]
    flow: Tensor = field(default_factory=lambda: torch.zeros(1))
    visible: Tensor = field(default_factory=lambda: torch.ones(1, dtype=torch.bool))
    steps: int = 0

    def on(self, flow: Tensor, non_occluded: Tensor) -> "_Way":
        """The way with a further step, flow (2, H, W) and mask (H, W)."""
        if not self.steps:
            return _Way(self.begins, flow[None], non_occluded[None], 1)
        kept = warp_back(non_occluded[None, None].float(), self.flow)[:, 0] > 0.99
        longer = self.flow + warp_back(flow[None], self.flow)
        visible = self.visible & in_bounds(self.flow) & kept & in_bounds(longer)
        return _Way(self.begins, longer, visible, self.steps + 1)


def _add(
    found: Sequence[list[float]],
    earlier: Sequence[Tensor],
    later: Sequence[Tensor],
    flow: Tensor,
    visible: Tensor,
) -> None:
    """Adds the error of each network, if anything is visible in both frames."""
    if visible.any():
        for errors, *outputs in zip(found, earlier, later, strict=True):
            errors.append(warping_error(torch.cat(outputs), flow, visible))


def _keeping(
    columns: Sequence[list[np.ndarray]], stylized: Iterator[tuple[np.ndarray, list[Tensor]]]
) -> Iterator[tuple[np.ndarray, list[Tensor]]]:
    """The same, with the middle column of every picture kept."""
    for frame, outputs in stylized:
        for each, output in zip(columns, outputs, strict=True):
            each.append(middle_column(as_bytes(output[0])))
        yield frame, outputs


def _stylized(
    networks: Sequence[Network], frames: Iterable[np.ndarray], hold: Callable[[], Hold] | None
) -> Iterator[tuple[np.ndarray, list[Tensor]]]:
    """Each frame with its stylized versions, (1, 3, H, W), one a network, then those shown."""
    held = [hold() for _ in networks] if hold else []
    for frame in frames:
        image = as_image(frame)
        outputs = [network(image) for network in networks]
        shown = [
            as_image(each(frame, as_bytes(output[0])))
            for each, output in zip(held, outputs, strict=False)
        ]
        yield frame, [*outputs, *shown]
