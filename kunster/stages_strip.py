"""The paper's Fig. 5: the painting, the photos, and what each stage makes of them."""

from collections.abc import Mapping

import cv2
import numpy as np
from torch import Tensor

from kunster.captions import caption_height
from kunster.images import as_bytes
from kunster.tiles import beneath, beside, captioned

WIDEST = 1.75  # the painting, in widths of a photo
GUTTER = 1 / 48  # of a photo's width, between pictures
FONT = 1 / 18  # of a photo's width
SMALLEST_FONT = 10  # pixels


def stages_strip(painting: Tensor, photos: Tensor, rows: Mapping[str, Tensor]) -> np.ndarray:
    """A picture that compares stages on the same photos: one photo a column, one stage a row.

    Left the painting, as high as all rows unless that made it too wide; what is between is white.
    The first row are the photos. A small caption stands above the painting and each row.

    Args:
        painting: (3, h, w), RGB in [0, 1].
        photos: (B, 3, H, W), RGB in [0, 1].
        rows: by caption, `stage 1` say, the stylized photos (B, 3, H, W).

    Returns:
        uint8 RGB (H', W', 3).
    """
    assert all(row.shape == photos.shape for row in rows.values())
    width = photos.shape[-1]
    gutter, font = max(2, round(GUTTER * width)), max(SMALLEST_FONT, round(FONT * width))
    named = {"photo": photos, **rows}
    right = beneath(
        [captioned(name, _row(pictures, gutter), font) for name, pictures in named.items()], gutter
    )
    room = right.shape[0] - caption_height(font)
    fitted = _fitted(as_bytes(painting), room, round(WIDEST * width))
    strip = beside([captioned("painting", fitted, font), right], gutter)
    return np.pad(strip, ((gutter, gutter), (gutter, gutter), (0, 0)), constant_values=255)


def _row(pictures: Tensor, gutter: int) -> np.ndarray:
    return beside([as_bytes(picture) for picture in pictures], gutter)


def _fitted(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """Scaled to fill the height or the width, whichever is reached first; white below it."""
    scale = min(height / picture.shape[0], width / picture.shape[1])
    size = (round(picture.shape[1] * scale), round(picture.shape[0] * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    scaled = cv2.resize(picture, size, interpolation=how)
    return np.pad(scaled, ((0, height - size[1]), (0, 0), (0, 0)), constant_values=255)
