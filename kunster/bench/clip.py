"""The video of the benchmarks: 1080p, 25 frames a second, 21 seconds, H.264, as Table II's."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from kunster.data.cache import cache_root
from kunster.data.cached_file import cached_file
from kunster.data.decode import decode_photo
from kunster.data.materials import photographs
from kunster.video.writer import write_video

SIZE, RATE, SECONDS = (1080, 1920), 25, 21
QUALITY = 23  # x264's default
SHOT = 3 * RATE  # frames over each photograph
NEARER, FURTHER = 0.6, 0.9  # share of the photograph that is seen, at the begin and end of a shot


def own_clip() -> Path:
    """Path of the video; made once of photographs in motion and kept in the cache."""
    path = cache_root() / f"bench_{SIZE[1]}x{SIZE[0]}_{RATE}fps_{SECONDS}s.mp4"
    return cached_file(path, lambda path: write_video(path, _frames(), RATE, QUALITY))


def _frames() -> Iterator[np.ndarray]:
    """A camera that pans and draws back over one photograph after the other, uint8 RGB."""
    photos = [decode_photo(path, SIZE[0] // 2) for path in photographs()]
    for number in range(SECONDS * RATE):
        shot, place = divmod(number, SHOT)
        photo = photos[shot % len(photos)]
        yield _seen(photo, place / SHOT)


def _seen(photo: np.ndarray, progress: float) -> np.ndarray:
    """A part of the photo at `SIZE`; progress from 0 to 1 moves it from corner to corner."""
    height, width = photo.shape[:2]
    zoom = NEARER + (FURTHER - NEARER) * progress
    scale = zoom * min(height / SIZE[0], width / SIZE[1])
    left, top = progress * (width - scale * SIZE[1]), progress * (height - scale * SIZE[0])
    view = np.array([[scale, 0, left], [0, scale, top]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(photo, view, SIZE[::-1], flags=flags)
