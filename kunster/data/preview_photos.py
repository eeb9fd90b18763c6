"""Four photographs for previews of networks."""

from pathlib import Path

import numpy as np

from kunster.data.decode import decode_photo
from kunster.data.materials import photographs

PHOTOS = ("astronaut.png", "coffee.png", "rocket.jpg", "chelsea.png")
PHOTO_NAMES = tuple(Path(photo).stem for photo in PHOTOS)
SIZE = (256, 384)  # (height, width)


def preview_files() -> list[Path]:
    """Files of the four photographs, which come with scikit-image."""
    found = {path.name: path for path in photographs()}
    return [found[name] for name in PHOTOS]


def preview_pictures() -> np.ndarray:
    """The photographs cropped to one size: uint8 RGB (4, H, W, 3)."""
    height, width = SIZE
    cropped = []
    for file in preview_files():
        photo = decode_photo(file, width)
        top, left = (photo.shape[0] - height) // 3, (photo.shape[1] - width) // 2
        cropped.append(photo[top : top + height, left : left + width])
    return np.stack(cropped)
