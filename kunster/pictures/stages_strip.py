"""The paper's Fig. 5: the painting, the photos, and what each stage makes of them."""

from collections.abc import Mapping

import numpy as np
from torch import Tensor

from kunster.pictures.captions import caption_height
from kunster.pictures.images import as_bytes
from kunster.pictures.mounting import beneath, beside, captioned, fitted, framed

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
    left = captioned("painting", fitted(as_bytes(painting), room, round(WIDEST * width)), font)
    return framed(beside([left, right], gutter), gutter)


def _row(pictures: Tensor, gutter: int) -> np.ndarray:
    return beside([as_bytes(picture) for picture in pictures], gutter)
