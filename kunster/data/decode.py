"""Decoding of a photo of any format and colour mode to upright RGB."""

from contextlib import suppress
from os import PathLike
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from kunster.data.colour_profiles import WideColours, in_srgb, wide_colours
from kunster.data.picture_file import is_heic, opened
from kunster.data.raw_photo import is_raw
from kunster.errors import UserError

PhotoPath = str | PathLike[str]
MIN_SIDE = 64  # pixels; the networks take nothing smaller
MAX_PIXELS = 210_000_000  # 630 MB of RGB; the largest sensors of phones have 200 megapixels
MAX_ENLARGEMENT = 2.0  # a photo enlarged more is blurred
MAX_ASPECT = 3.0  # long side over short side; longer panoramas are cropped
# of films Pillow knows the size alone, and the others begin with nothing that marks them
UNSURE = ("MPEG", "TGA", "SPIDER")


class UnusablePhoto(UserError):  # noqa: N818
    """A photo that cannot be decoded or is too small or large, with a short `reason`."""

    def __init__(self, path: PhotoPath, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.reason = reason


def decode_photo(path: PhotoPath, short_side: int | None = None) -> np.ndarray:
    """The photo as uint8 RGB (H, W, 3) in sRGB, turned upright by its EXIF orientation.

    Colours are converted by the ICC profile, if there is one. Transparent pixels become white;
    16-bit grey is scaled to 8 bits; of several frames the first is taken. Pictures of more than
    `MAX_PIXELS` are refused; a JPEG is decoded at 1/2, 1/4 or 1/8 of its size where `short_side`
    allows it, and then counts at that size.

    Args:
        short_side: pixels of the shorter side after resizing, which enlarges at most
            `MAX_ENLARGEMENT` times; longer pictures than `MAX_ASPECT` are cropped to the middle.
            None keeps the size.

    Raises:
        UnusablePhoto: unreadable, truncated, corrupt, a side under `MIN_SIDE`, or too large.
    """
    pixels, colours = decode_in_own_colours(path, short_side)
    return colours.to_srgb(pixels) if colours else pixels


def decode_in_own_colours(
    path: PhotoPath, short_side: int | None = None
) -> tuple[np.ndarray, WideColours | None]:
    """A photo as `decode_photo` gives it, but with RGB as it is stored, and its profile.

    The profile is None where the pixels are sRGB: always, unless they are stored as RGB.
    """
    try:
        with opened(path) as image:
            _check_size(path, image, short_side)
            photo = _eight_bits(path, upright(image))
            colours = wide_colours(photo)
            pixels = np.array(photo if colours else in_srgb(photo))
    except UnusablePhoto:
        raise
    except UnidentifiedImageError as error:
        raise UnusablePhoto(path, str(error)) from None
    # decoders raise many kinds: OSError, SyntaxError, struct.error, zlib.error …
    except Exception as error:
        raise UnusablePhoto(path, _first_line(error)) from error
    return pixels if short_side is None else _resized(_trimmed(pixels), short_side), colours


def is_picture(path: PhotoPath) -> bool:
    """Whether a file is a picture in a format that is known, whatever its name."""
    with suppress(Exception), opened(path) as image:
        return image.format not in UNSURE
    return is_heic(Path(path)) or is_raw(path)


def pixels_of(image: Image.Image, name: PhotoPath = "the picture") -> np.ndarray:
    """An opened picture as `decode_photo` gives it: uint8 RGB (H, W, 3), upright, on white.

    Raises:
        UnusablePhoto: a side under `MIN_SIDE`, too large, or values that mean no picture.
    """
    _check_size(name, image, None)
    return np.array(in_srgb(_eight_bits(name, upright(image))))


def _check_size(path: PhotoPath, image: Image.Image, short_side: int | None) -> None:
    if min(image.size) < MIN_SIDE:
        width, height = image.size
        raise UnusablePhoto(path, f"{width}x{height} is too small, sides start at {MIN_SIDE}")
    if short_side is not None:
        # a JPEG is decoded at the smallest scale that leaves both sides at least this long
        scale = short_side / min(image.size)
        image.draft(image.mode, (round(image.width * scale), round(image.height * scale)))
    if (pixels := image.width * image.height) > MAX_PIXELS:
        sizes = f"{pixels / 1e6:.3g} megapixels, more than {MAX_PIXELS / 1e6:.3g}"
        raise UnusablePhoto(path, sizes)


def upright(image: Image.Image) -> Image.Image:
    """The picture turned as its EXIF data say; as it is where they are broken."""
    image.load()
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # broken EXIF raises anything, and the pixels are fine without it
        return image


def _eight_bits(path: PhotoPath, image: Image.Image) -> Image.Image:
    """The picture with 8 bits a channel and without alpha, on white, in colours of its profile."""
    grey = image.mode in ("L", "LA")
    if image.mode.startswith("I") or image.mode == "F":
        opaque = Image.fromarray(_eight_bit_grey(path, np.asarray(image)))
    elif image.has_transparency_data:
        layer = image.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        opaque = Image.alpha_composite(white, layer).convert("L" if grey else "RGB")
    else:
        opaque = image.convert("RGB") if image.mode in ("P", "YCbCr", "HSV") else image
    opaque.info["icc_profile"] = image.info.get("icc_profile")
    return opaque


def _eight_bit_grey(path: PhotoPath, values: np.ndarray) -> np.ndarray:
    """Converts integers from 0 to 65535 or floats from 0 to 1 to uint8."""
    low, high = values.min(), values.max()
    full = 1 if values.dtype.kind == "f" else 65535
    if not (low >= 0 and high <= full):  # true for NaN as well
        raise UnusablePhoto(path, f"values from {low:g} to {high:g}, must be 0 to {full}")
    levels: np.ndarray = np.rint(values.astype(np.float32) * (255 / full))
    return levels.astype(np.uint8)


def _trimmed(pixels: np.ndarray) -> np.ndarray:
    """The middle of a picture longer than `MAX_ASPECT` times its short side."""
    height, width = pixels.shape[:2]
    longest = round(MAX_ASPECT * min(height, width))
    top, left = max(0, height - longest) // 2, max(0, width - longest) // 2
    return pixels[top : top + longest, left : left + longest]


def _resized(pixels: np.ndarray, short_side: int) -> np.ndarray:
    height, width = pixels.shape[:2]
    scale = min(short_side / min(height, width), MAX_ENLARGEMENT)
    size = round(width * scale), round(height * scale)
    if size == (width, height):
        return np.ascontiguousarray(pixels)
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)


def _first_line(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error).strip() or type(error).__name__
    return text.splitlines()[0]
