"""Four photographs for previews of networks."""

import os
from pathlib import Path
from typing import Annotated

import numpy as np
from annotated_types import Ge, Le, MultipleOf
from PIL import Image, ImageOps

from kunster.console.extras import check_module
from kunster.data.decode import UnusablePhoto, decode_photo
from kunster.data.materials import photographs
from kunster.data.photos import pictures_in
from kunster.errors import UserError

PHOTOS = ("astronaut.png", "coffee.png", "rocket.jpg", "chelsea.png")
PHOTO_NAMES = tuple(Path(photo).stem for photo in PHOTOS)
OF_ONES_OWN = 4  # photos, at most
UPPER = 0.35  # share of what is cut off a high picture that goes above: faces are there
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


def own_pictures(folder: str | os.PathLike[str], size: Size = SIZE) -> dict[str, np.ndarray]:
    """The first four pictures of a folder by name, cut to (height, width): uint8 RGB (H, W, 3).

    Raises:
        UserError: there are none, or one cannot be used.
    """
    height, width = size
    files = pictures_in(Path(folder).expanduser())[:OF_ONES_OWN]
    if not files:
        raise UserError(f"photos={folder}: no pictures there")
    try:
        photos = {file.name: Image.fromarray(decode_photo(file)) for file in files}
    except UnusablePhoto as error:
        raise UserError(f"photos={folder}: {error}") from error
    return {
        name: np.asarray(ImageOps.fit(photo, (width, height), centering=(0.5, UPPER)))
        for name, photo in photos.items()
    }
