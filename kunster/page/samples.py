"""Samples of a page: a clip, and a picture for each style."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from torch import nn

from kunster.data.cache import cache_root
from kunster.data.cached_file import cached_file
from kunster.data.moving_clip import moving_clip
from kunster.data.preview_photos import preview_pictures
from kunster.networks.stylizer import stylize
from kunster.pictures.images import as_bytes, as_image, middle
from kunster.video.writer import write_video

SIZE, RATE, SECONDS = (480, 640), 25, 6  # (height, width), frames a second
QUALITY = 27  # a clip to be painted over: a third of the bytes that would show nothing of it
THUMB = (180, 240)  # (height, width)
FOUR = 4  # of a collage


def sample_clip() -> Path:
    """H.264 clip of a camera over photographs; made once and kept in the cache."""
    path = cache_root() / f"page_{SIZE[1]}x{SIZE[0]}_{RATE}fps_{SECONDS}s.mp4"
    clip = moving_clip(SECONDS, RATE, SIZE)
    return cached_file(path, lambda path: write_video(path, clip, RATE, QUALITY))


def collage(pictures: Sequence[np.ndarray]) -> np.ndarray:
    """Four of the pictures, (H, W, 3) of one even size, at half of it; of fewer the first."""
    if len(pictures) < FOUR:
        return pictures[0]
    step = len(pictures) // FOUR
    halves = [
        cv2.resize(each, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        for each in pictures[::step][:FOUR]
    ]
    return np.vstack([np.hstack(halves[:2]), np.hstack(halves[2:])])


def thumb(network: nn.Module) -> np.ndarray:
    """The face of a bundled photograph, stylized by a network: uint8 RGB (H, W, 3)."""
    cropped = middle(preview_pictures()[0], *THUMB)
    return as_bytes(stylize(network, as_image(cropped))[0])
