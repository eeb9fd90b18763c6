"""Comparison of the stages as in the paper's Fig. 5: painting, photos, stylized photos."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from kunster.pictures.captions import caption_height
from kunster.pictures.images import as_bytes
from kunster.pictures.mounting import beneath, beside, captioned, fitted, framed

if TYPE_CHECKING:
    from torch import Tensor

WIDEST = 1.75  # the painting, in widths of a photo
GUTTER = 1 / 48  # of a photo's width, between pictures
FONT = 1 / 18  # of a photo's width
SMALLEST_FONT = 10  # pixels


def stages_strip(painting: "Tensor", photos: "Tensor", rows: "Mapping[str, Tensor]") -> np.ndarray:
    """Comparison of stages on the same photos: one photo a column, one stage a row.

    The first row shows the photos. The painting is on the left, as high as all rows or `WIDEST`
    photos wide. Each row and the painting have a caption.

    Args:
        painting: (3, h, w), RGB in [0, 1].
        photos: (B, 3, H, W), RGB in [0, 1].
        rows: stylized photos (B, 3, H, W) by caption, such as `stage 1`.

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
    left = captioned("painting", fitted(as_bytes(painting), room, round(WIDEST * width)), font)
    return framed(beside([left, right], gutter), gutter)


def _row(pictures: "Tensor", gutter: int) -> np.ndarray:
    return beside([as_bytes(picture) for picture in pictures], gutter)
