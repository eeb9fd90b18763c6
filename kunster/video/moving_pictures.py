"""Pictures that move and are no videos, GIF, APNG and WebP: read and written by Pillow."""

import logging
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from kunster.data.decode import UnusablePhoto, pixels_of
from kunster.data.picture_file import opened
from kunster.files.replacing import replacing
from kunster.video.source import Frame, Size, Source, scaled

FORMATS: dict[str, dict[str, Any]] = {  # by suffix, how Pillow saves them
    ".gif": {"format": "GIF", "disposal": 2},
    ".apng": {"format": "PNG"},
    ".png": {"format": "PNG"},
    # whole frames: libwebp forgets the transparency of frames that are stored as changes
    ".webp": {"format": "WEBP", "quality": 95, "kmin": 1, "kmax": 1},
}
READ = ("GIF", "PNG", "WEBP", "AVIF")
MILLISECOND = Fraction(1, 1000)
SHORTEST, USUAL = 20, 100  # ms; browsers show frames that claim less than 20 for 100

logger = logging.getLogger(__name__)


def is_moving(path: Path) -> bool:
    """Whether a file is a picture of several frames that follow one another."""
    with suppress(Exception), opened(path) as image:
        return image.format in READ and getattr(image, "is_animated", False)
    return False


class MovingPicture(Source):
    """Frames of a GIF, APNG, WebP or AVIF.

    Args:
        alpha: keep the frames' opacity, if they have some; white is put behind it anyway.

    Raises:
        UnusablePhoto: its first frame cannot be decoded, or one is too small or too large.
    """

    time_base = MILLISECOND

    def __init__(self, path: Path, alpha: bool = False) -> None:
        self._path = path
        with opened(path) as image:
            self.size = image.height, image.width
            durations, opacities = [], []
            try:
                for _ in _each(image):
                    durations.append(_milliseconds(image))
                    opacities.append(_opacity(image).min())
            except Exception as error:  # decoders raise many kinds
                if not durations:
                    raise UnusablePhoto(path, f"cut off or damaged: {error}") from error
                logger.warning(
                    "%s: cut off or damaged: its first %d frames are used", path, len(durations)
                )
        self.frames_announced = len(durations)
        self.rate = Fraction(1000 * len(durations), sum(durations))
        transparent = min(opacities) < 255
        self.alpha = alpha and transparent
        if transparent and not alpha:
            logger.warning("%s: white is put behind its transparency", path)

    def frames(self, size: Size, photo_size: Size | None = None) -> Generator[Frame, None, None]:
        begins = 0
        with opened(self._path) as image:
            for _ in islice(_each(image), self.frames_announced):
                pixels, duration = pixels_of(image.copy(), self._path), _milliseconds(image)
                picture = scaled(pixels, size)
                photo = scaled(pixels, photo_size) if photo_size else picture
                alpha = scaled(_opacity(image), size) if self.alpha else None
                yield Frame(picture, photo, begins, duration, alpha)
                begins += duration


@contextmanager
def writing_moving_picture(
    path: Path, time_base: Fraction
) -> Iterator[Callable[[np.ndarray, int, int], None]]:
    """Context of a function that takes frames as `VideoWriter.write` does.

    The file, with a suffix of `FORMATS`, is written when the block ends; until then its frames are
    in memory. Of equal frames one is stored, for the time of all.
    """
    frames: list[Image.Image] = []
    durations: list[int] = []

    def write(picture: np.ndarray, pts: int, duration: int) -> None:
        frames.append(Image.fromarray(picture))
        durations.append(max(1, round(duration * time_base * 1000)))

    yield write
    if frames:
        how = {**FORMATS[path.suffix.lower()], "duration": durations, "loop": 0}
        with replacing(path) as part:
            frames[0].save(part, save_all=True, append_images=frames[1:], **how)


def _each(image: Image.Image) -> Iterator[None]:
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        image.load()
        yield


def _milliseconds(image: Image.Image) -> int:
    duration = round(image.info.get("duration", USUAL))
    return duration if duration >= SHORTEST else USUAL


def _opacity(image: Image.Image) -> np.ndarray:
    return np.array(image.convert("RGBA"))[..., 3]
