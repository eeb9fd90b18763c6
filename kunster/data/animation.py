"""Pictures that move and are no videos, GIF, APNG, WebP and AVIF, read by Pillow."""

import logging
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from PIL import Image

from kunster.data.decode import UnusablePhoto, upright
from kunster.data.picture_file import opened

READ = ("GIF", "PNG", "WEBP", "AVIF")
SHORTEST, USUAL = 20, 100  # ms; browsers show frames that claim less than 20 for 100

logger = logging.getLogger(__name__)


def is_moving(path: Path) -> bool:
    """Whether a file is a picture of several frames that follow one another."""
    with suppress(Exception), opened(path) as image:
        return image.format in READ and getattr(image, "is_animated", False)
    return False


def moving_frames(path: Path) -> Iterator[tuple[Image.Image, int]]:
    """The frames of a picture, upright, and for how many milliseconds each is shown.

    An APNG's still for viewers that know no APNG is left out, if it is not part of the animation.
    A damaged file gives the frames before the damage, with a warning.

    Raises:
        UnusablePhoto: its first frame cannot be decoded.
    """
    done = 0
    with opened(path) as image:
        try:
            for number in range(_first(image), _count(image)):
                image.seek(number)
                yield upright(image), _milliseconds(image)
                done += 1
        except Exception as error:  # decoders raise many kinds
            if not done:
                raise UnusablePhoto(path, f"cut off or damaged: {error}") from error
            logger.warning("%s: cut off or damaged: its first %d frames are used", path, done)


def count_of_frames(path: Path) -> int:
    """Number of frames of `moving_frames`, without decoding."""
    with opened(path) as image:
        return _count(image) - _first(image)


def plays_of(path: Path) -> int:
    """How many times a moving picture is played; 0 is for ever."""
    with opened(path) as image:
        loop: int | None = image.info.get("loop")
        if image.format != "GIF":
            return loop or 0
        if loop is None:  # without the block that says how often it is played again
            return 1
        return loop and loop + 1


def _count(image: Image.Image) -> int:
    return getattr(image, "n_frames", 1)


def _first(image: Image.Image) -> int:
    """Number of the first frame; an APNG's own still before it is wiped, as Pillow blends with it.

    The animation begins on fully transparent black: PNG, third edition, 11.3.6.2.
    """
    if not getattr(image, "default_image", False):
        return 0
    image.paste(0, (0, 0, *image.size))
    return 1


def _milliseconds(image: Image.Image) -> int:
    duration = round(image.info.get("duration", USUAL))
    return duration if duration >= SHORTEST else USUAL
