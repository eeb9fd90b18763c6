"""Four photographs for previews of networks."""

from pathlib import Path
from typing import Annotated

import numpy as np
from annotated_types import Ge, Le, MultipleOf

from kunster.console.extras import check_module
from kunster.data.decode import decode_photo
from kunster.data.materials import photographs

PHOTOS = ("astronaut.png", "coffee.png", "rocket.jpg", "chelsea.png")
PHOTO_NAMES = tuple(Path(photo).stem for photo in PHOTOS)
SIZE = (256, 384)  # (height, width), the largest that all of them have
Size = tuple[
    Annotated[int, Ge(64), Le(SIZE[0]), MultipleOf(4)],
    Annotated[int, Ge(64), Le(SIZE[1]), MultipleOf(4)],
]


def preview_files() -> list[Path]:
    """Files of the four photographs, which come with scikit-image.

    Raises:
        UserError: it is not installed.
    """
    check_module("skimage", "without photos of one's own this")
    found = {path.name: path for path in photographs()}
    return [found[name] for name in PHOTOS]


def preview_pictures(size: Size | None = None) -> np.ndarray:
    """The photographs cropped to (height, width), SIZE unless said: uint8 RGB (4, H, W, 3)."""
    height, width = size or SIZE
    cropped = []
    for file in preview_files():
        photo = decode_photo(file, max(height, width))
        top, left = (photo.shape[0] - height) // 3, (photo.shape[1] - width) // 2
        cropped.append(photo[top : top + height, left : left + width])
    return np.stack(cropped)
