"""Samples of a page: a clip, and a picture for each style."""

from pathlib import Path

import numpy as np

from kunster.data.cache import cache_root
from kunster.data.cached_file import cached_file
from kunster.data.moving_clip import moving_clip
from kunster.data.preview_photos import preview_pictures
from kunster.networks.stylizer import Stylizer, stylize
from kunster.pictures.images import as_bytes, as_image, middle
from kunster.video.writer import write_video

SIZE, RATE, SECONDS = (480, 640), 25, 6  # (height, width), frames a second
QUALITY = 27  # a clip to be painted over: a third of the bytes that would show nothing of it
THUMB = (180, 240)  # (height, width)


def sample_clip() -> Path:
    """H.264 clip of a camera over photographs; made once and kept in the cache."""
    path = cache_root() / f"page_{SIZE[1]}x{SIZE[0]}_{RATE}fps_{SECONDS}s.mp4"
    clip = moving_clip(SECONDS, RATE, SIZE)
    return cached_file(path, lambda path: write_video(path, clip, RATE, QUALITY))


def thumb(network: Stylizer) -> np.ndarray:
    """The face of a bundled photograph, stylized by a network: uint8 RGB (H, W, 3)."""
    cropped = middle(preview_pictures()[0], *THUMB)
    return as_bytes(stylize(network, as_image(cropped))[0])
