"""Pictures that move and are no videos, GIF, APNG and WebP: read and written by Pillow."""

import logging
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from kunster.data.animation import moving_frames, plays_of
from kunster.data.decode import pixels_of
from kunster.files.replacing import replacing
from kunster.video.source import Frame, Size, Source, scaled

FORMATS: dict[str, dict[str, Any]] = {  # by suffix, how Pillow saves them
    ".gif": {"format": "GIF", "disposal": 2},
    ".apng": {"format": "PNG"},
    ".png": {"format": "PNG"},
    # whole frames: libwebp forgets the transparency of frames that are stored as changes
    ".webp": {"format": "WEBP", "quality": 95, "kmin": 1, "kmax": 1},
}
MILLISECOND = Fraction(1, 1000)
MOST_PLAYS = 65535  # times, in GIF and WebP

logger = logging.getLogger(__name__)


class MovingPicture(Source):
    """Frames of a GIF, APNG, WebP or AVIF.

    Args:
        alpha: keep the frames' opacity, if they have some; white is put behind it anyway.

    Raises:
        UnusablePhoto: its first frame cannot be decoded, or one is too small or too large.
    """

    time_base = MILLISECOND

    def __init__(self, path: Path, alpha: bool = False) -> None:
        self._path, self.plays = path, plays_of(path)
        durations: list[int] = []
        opacities: list[int] = []
        for frame, milliseconds in moving_frames(path):
            if not durations:
                self.size = frame.height, frame.width
            durations.append(milliseconds)
            opacities.append(_opacity(frame).min())
        self.frames_announced = len(durations)
        self.rate = Fraction(1000 * len(durations), sum(durations))
        transparent = min(opacities) < 255
        self.alpha = alpha and transparent
        if transparent and not alpha:
            logger.warning("%s: white is put behind its transparency", path)

    def frames(self, size: Size, photo_size: Size | None = None) -> Generator[Frame, None, None]:
        begins = 0
        for frame, duration in islice(moving_frames(self._path), self.frames_announced):
            pixels = pixels_of(frame, self._path)
            picture = scaled(pixels, size)
            photo = scaled(pixels, photo_size) if photo_size else picture
            alpha = scaled(_opacity(frame), size) if self.alpha else None
            yield Frame(picture, photo, begins, duration, alpha)
            begins += duration


@contextmanager
def writing_moving_picture(
    path: Path, time_base: Fraction, plays: int = 0
) -> Iterator[Callable[[np.ndarray, int, int], None]]:
    """Context of a function that takes frames as `VideoWriter.write` does.

    The file, with a suffix of `FORMATS`, is written when the block ends; until then its frames are
    in memory. Of equal frames one is stored, for the time of all.

    Args:
        plays: how many times it is played; 0 is for ever.
    """
    frames: list[Image.Image] = []
    durations: list[int] = []

    def write(picture: np.ndarray, pts: int, duration: int) -> None:
        frames.append(Image.fromarray(picture))
        durations.append(max(1, round(duration * time_base * 1000)))

    yield write
    if frames:
        how = {**FORMATS[path.suffix.lower()], **_loop(path, plays), "duration": durations}
        with replacing(path) as part:
            frames[0].save(part, save_all=True, append_images=frames[1:], **how)


def _loop(path: Path, plays: int) -> dict[str, int]:
    """How Pillow saves a number of plays; GIF tells how many follow the first."""
    if path.suffix.lower() != ".gif" or not plays:
        return {"loop": min(plays, MOST_PLAYS)}
    return {"loop": min(plays - 1, MOST_PLAYS)} if plays > 1 else {}


def _opacity(image: Image.Image) -> np.ndarray:
    return np.array(image.convert("RGBA"))[..., 3]
