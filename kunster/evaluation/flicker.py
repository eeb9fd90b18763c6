"""Flicker on one's own video: e_stab with a flow that is estimated on the video itself."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from kunster.data.decode import decode_photo
from kunster.data.flow import consistent, estimate_flow
from kunster.data.photos import SUFFIXES
from kunster.errors import UserError
from kunster.evaluation.models import Network
from kunster.evaluation.stability import Stability, mean_errors, warping_error

SHORT_SIDE = 360  # pixels, as e_stab is measured
FEWEST_TRACEABLE = 0.5  # share of the pixels; below, the pair is taken for a scene cut

FLICKER = (
    "flicker = e_stab with flow estimated on the input (OpenCV DIS, medium) "
    f"at short side ≤ {SHORT_SIDE}; M: forward and backward flow agree; "
    f"pairs with less than {FEWEST_TRACEABLE:.0%} of the pixels in M are taken for scene cuts"
)


@dataclass(frozen=True)
class Flicker:
    """The mean error of each network, and how many frame pairs were used and left out as cuts."""

    errors: list[Stability]
    pairs: int
    cuts: int


@torch.no_grad()
def flicker(networks: Sequence[Network], frames: Iterable[np.ndarray]) -> Flicker:
    """Goes through the frames once, uint8 RGB (H, W, 3) of one size; holds two at a time.

    Raises:
        UserError: fewer than two frames, or nothing but scene cuts.
    """
    found: list[list[Stability]] = [[] for _ in networks]
    pairs = cuts = 0
    for (before, earlier), (after, later) in pairwise(_stylized(networks, frames)):
        flow, traceable = _estimated(before, after)
        pairs += 1
        if traceable.float().mean() < FEWEST_TRACEABLE:
            cuts += 1
            continue
        for errors, *outputs in zip(found, earlier, later, strict=True):
            errors.append(warping_error(torch.cat(outputs), flow, traceable))
    if pairs == cuts:
        problem = f"all {cuts} pairs of frames look like scene cuts" if cuts else "under two frames"
        raise UserError(f"video: {problem}; nothing to measure")
    return Flicker([mean_errors(errors) for errors in found], pairs - cuts, cuts)


def video_frames(path: Path, short_side: int = SHORT_SIDE) -> Iterator[np.ndarray]:
    """Frames of a video file, or the pictures of a folder by name: uint8 RGB (H, W, 3).

    All have the size of the first one, made smaller to `short_side` where it is larger.

    Raises:
        UserError: no such file or folder, or nothing in it that can be decoded.
    """
    frames = _folder_frames(path) if path.is_dir() else _file_frames(path)
    size = None
    for frame in frames:
        height, width = frame.shape[:2]
        scale = min(1.0, short_side / min(height, width))
        size = size or (round(width * scale), round(height * scale))
        # INTER_AREA enlarges like a nearest neighbour; only frames smaller than the first do
        yield (
            frame
            if size == (width, height)
            else cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
        )


def _folder_frames(path: Path) -> Iterator[np.ndarray]:
    files = sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES)
    if not files:
        raise UserError(f"video={path} holds no pictures (.png, .jpg, …)")
    yield from map(decode_photo, files)


def _file_frames(path: Path) -> Iterator[np.ndarray]:
    if not path.is_file():
        raise UserError(f"video={path}: no such video file or folder of frames")
    video = cv2.VideoCapture(str(path))
    try:
        there, frame = video.read()
        if not there:
            raise UserError(f"video={path}: not a video that can be decoded")
        while there:
            yield cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
            there, frame = video.read()
    finally:
        video.release()


def _stylized(
    networks: Sequence[Network], frames: Iterable[np.ndarray]
) -> Iterator[tuple[np.ndarray, list[Tensor]]]:
    """Each frame with what every network makes of it, (1, 3, H, W)."""
    for frame in frames:
        image = torch.from_numpy(frame).permute(2, 0, 1)[None].float() / 255
        yield frame, [network(image) for network in networks]


def _estimated(before: np.ndarray, after: np.ndarray) -> tuple[Tensor, Tensor]:
    """Flow (2, H, W) from one frame to the next, and which pixels it can be trusted at (H, W)."""
    forward, backward = (
        torch.from_numpy(estimate_flow(*frames)).permute(2, 0, 1)[None]
        for frames in ((before, after), (after, before))
    )
    return forward[0], consistent(forward, backward)[0]
