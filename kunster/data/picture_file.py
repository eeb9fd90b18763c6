"""Opening of picture files, with what Pillow alone does not know."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from os import PathLike
from pathlib import Path
from threading import Lock

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

from kunster.console.extras import pip_install
from kunster.data.raw_photo import TIFF, is_raw

HEIC = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")  # ISO/IEC 23008-12, 10
_LIMIT = Lock()


@contextmanager
def opened(path: str | PathLike[str]) -> Iterator[Image.Image]:
    """A picture file, opened by its content: HEIC with pillow-heif, and float RGB in TIFF too.

    Raw photos are refused, as Pillow opens their thumbnails. Pillow's own limit of pixels is
    lifted while it opens: whoever decodes has one.

    Raises:
        UnidentifiedImageError: no picture, a raw photo, or HEIC without pillow-heif; the message
            names it.
    """
    if is_raw(path):
        raise UnidentifiedImageError("a raw photo of a camera: export a JPEG or TIFF from it")
    _with_heif()
    with _without_limit():
        try:
            image: Image.Image = Image.open(path)
        except UnidentifiedImageError:
            image = _otherwise(Path(path))
    with image:
        yield image


@contextmanager
def _without_limit() -> Iterator[None]:
    """Pillow's limit of pixels, which all threads share, lifted by one at a time."""
    with _LIMIT:
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = limit


def _otherwise(path: Path) -> Image.Image:
    if _head(path).startswith(TIFF):
        pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        if pixels is not None and pixels.ndim == 3 and pixels.dtype == np.float32:
            levels = np.rint(255 * np.nan_to_num(pixels[..., 2::-1]).clip(0, 1))
            return Image.fromarray(np.ascontiguousarray(levels.astype(np.uint8)))
    if is_heic(path):
        raise UnidentifiedImageError(f"HEIC needs pillow-heif: {pip_install('heic')}")
    raise UnidentifiedImageError("not a picture in a format that is known")


def is_heic(path: Path) -> bool:
    """Whether a file is a HEIC photo, by its content."""
    head = _head(path)
    return head[4:8] == b"ftyp" and head[8:12] in HEIC


def _head(path: Path) -> bytes:
    with open(path, "rb") as file:
        return file.read(12)


@lru_cache(1)
def _with_heif() -> None:
    """Registers pillow-heif, where it is installed."""
    with suppress(ImportError):
        from pillow_heif import register_heif_opener

        register_heif_opener()
