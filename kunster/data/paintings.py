"""Loading of a painting at a texture scale, which sets the size of its strokes."""

import logging

import cv2
from torch import Tensor

from kunster.data.decode import MIN_SIDE, PhotoPath, decode_photo
from kunster.data.picture_file import opened
from kunster.errors import UserError
from kunster.pictures.images import as_image

logger = logging.getLogger(__name__)

# left, top, right, bottom, as fractions of width and height
Crop = tuple[float, float, float, float]


def load_painting(path: PhotoPath, short_side: int) -> Tensor:
    """The painting (1, 3, H, W), RGB in [0, 1], upright, its shorter side `short_side` pixels.

    A longer one than `decode.MAX_ASPECT` is cropped to the middle. Warns about enlargement,
    because it blurs the texture.

    Raises:
        UserError: the scale is too small, or the file is not a usable picture.
    """
    if short_side < MIN_SIDE:
        raise UserError(f"texture scale {short_side}: must be at least {MIN_SIDE} pixels")
    pixels = decode_photo(path, short_side)
    with opened(path) as image:
        enlargement = short_side / min(image.size)
    if enlargement > 1:
        logger.warning(
            "%s: enlarged %.1f times for a texture scale of %d pixels, which blurs it; use a "
            "larger copy or a smaller scale",
            path, enlargement, short_side,
        )  # fmt: skip
    height, width, _ = pixels.shape
    if min(height, width) < short_side:
        rest = short_side / min(height, width)
        size = round(width * rest), round(height * rest)
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_CUBIC)
    return as_image(pixels)


def cropped(painting: Tensor, crop: Crop) -> Tensor:
    """A part of the painting (1, 3, H, W), at the scale it has there.

    Args:
        crop: left, top, right and bottom edge, as fractions of width and height.

    Raises:
        UserError: the edges are out of order or outside 0 to 1, or enclose under `MIN_SIDE` pixels.
    """
    left, top, right, bottom = crop
    if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
        raise UserError(
            f"style.crop={list(crop)}: must be left, top, right, bottom with "
            "0 ≤ left < right ≤ 1 and 0 ≤ top < bottom ≤ 1"
        )
    height, width = painting.shape[-2:]
    rows = slice(round(top * height), round(bottom * height))
    columns = slice(round(left * width), round(right * width))
    part = painting[..., rows, columns]
    if min(part.shape[-2:]) < MIN_SIDE:
        raise UserError(
            f"style.crop={list(crop)}: {part.shape[-1]}x{part.shape[-2]} pixels of the painting, "
            f"sides start at {MIN_SIDE}; take a larger part, or style.size=…"
        )
    return part
