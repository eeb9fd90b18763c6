"""A folder of JPEGs as large as COCO's: 640x480 pixels, 160 KB each."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import lru_cache, partial
from pathlib import Path

import cv2
import numpy as np

from kunster.data.crops import generator
from kunster.data.decode import UnusablePhoto, decode_photo
from kunster.data.materials import photographs
from kunster.data.photos import pictures_in, spread
from kunster.errors import UserError
from kunster.machine.cores import cores

HEIGHT, WIDTH = 480, 640  # pixels, of most of COCO's photos
QUALITY = 92
MOST_PICTURES = 200
GRAIN = 8.0  # standard deviation, of 255: enlarged windows are smoother than photos


def source_pictures(folder: Path | None) -> list[np.ndarray]:
    """Pictures of a folder, or the bundled photographs: uint8 RGB (H, W, 3).

    Raises:
        UserError: no such folder, or nothing in it can be used.
    """
    if folder is not None and not folder.is_dir():
        raise UserError(f"--pictures {folder}: no such folder")
    files = pictures_in(folder) if folder is not None else photographs()
    pictures = []
    for file in spread(files, MOST_PICTURES):
        with suppress(UnusablePhoto):
            pictures.append(decode_photo(file))
    if not pictures:
        raise UserError(f"--pictures {folder}: holds no picture that can be used")
    return pictures


def write_photo_tree(folder: Path, count: int, pictures: Sequence[np.ndarray]) -> None:
    """Writes `count` JPEGs, each another window of one of the pictures, uint8 RGB (H, W, 3)."""
    folder.mkdir(parents=True)
    with ThreadPoolExecutor(cores()) as pool:
        for written in pool.map(partial(_write, folder, pictures), range(count)):
            assert written


def _write(folder: Path, pictures: Sequence[np.ndarray], number: int) -> bool:
    chance = generator(0, number).random(6)
    window = _window(pictures[number % len(pictures)], chance[:3])
    smaller = window.shape[0] > HEIGHT
    method = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    photo = cv2.resize(window, (WIDTH, HEIGHT), interpolation=method)
    top, left = (int(HEIGHT * chance[3]), int(WIDTH * chance[4]))
    grain = _grain()[top : top + HEIGHT, left : left + WIDTH]
    grainy = cv2.add(photo, grain, dtype=cv2.CV_8U)
    if chance[5] < 0.5:
        grainy = cv2.flip(grainy, 1)
    settings = [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
    return cv2.imwrite(str(folder / f"{number:012}.jpg"), grainy[..., ::-1], settings)


def _window(picture: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """A window of 4:3, half to all of the largest."""
    height, width = picture.shape[:2]
    scale = (0.5 + 0.5 * chance[0]) * min(height / HEIGHT, width / WIDTH)
    size = round(scale * HEIGHT), round(scale * WIDTH)
    top, left = (
        int(share * (whole - part + 1))
        for share, whole, part in zip(chance[1:], (height, width), size, strict=True)
    )
    return picture[top : top + size[0], left : left + size[1]]


@lru_cache(maxsize=1)
def _grain() -> np.ndarray:
    """Sensor noise, the same in the three channels; photos take windows of it."""
    noise = generator(0, 0, stream=1).normal(0, GRAIN, (2 * HEIGHT, 2 * WIDTH, 1))
    return np.rint(np.repeat(noise, 3, axis=2)).astype(np.int16)
