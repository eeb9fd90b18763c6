"""Sources of training photos: the bundled ones, any folder, COCO."""

import json
import os
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np

from kunster.assets.registry import asset_path
from kunster.data import scenes
from kunster.data.cache import cached_photos, stamps
from kunster.data.decode import decode_photo
from kunster.data.materials import photographs
from kunster.data.pixel_file import Source
from kunster.errors import UserError

T = TypeVar("T")

SHORT_SIDE = 320  # pixels; style and content distances are measured at it
SCENES = 150
# HEIC is listed to be named as skipped without pillow-heif: a phone's folder must not look empty.
SUFFIXES = (
    *(".apng", ".avif", ".bmp", ".dib", ".gif", ".heic", ".heif", ".jfif", ".jp2", ".jpe"),
    *(".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".pnm", ".ppm", ".tif", ".tiff", ".webp"),
)


class Photos(Protocol):
    """Photos as uint8 RGB (H, W, 3), of various sizes."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> np.ndarray: ...


def bundled_photos(short_side: int = SHORT_SIDE) -> Photos:
    """Photos that need no download: scikit-image's photographs and scenes made from them."""
    real = [Source(path.name, partial(decode_photo, path, short_side)) for path in photographs()]
    made = [
        Source(f"scene {number}", partial(scenes.scene, number, size=short_side))
        for number in range(SCENES)
    ]
    fingerprint = json.dumps([scenes.VERSION, [source.name for source in real + made]])
    origin = f"bundled photos, short side {short_side}"
    return cached_photos(real + made, origin, fingerprint)


def folder_photos(path: str | os.PathLike[str], short_side: int = SHORT_SIDE) -> Photos:
    """All pictures in a folder and the folders in it, sorted by name; links are followed.

    Raises:
        UserError: no such folder, no pictures in it, or none that can be used.
    """
    folder = Path(path).expanduser()
    if not folder.is_dir():
        problem = "is not a folder" if folder.exists() else "does not exist"
        raise UserError(f"photos.path={path} {problem}: give a folder with pictures")
    files = pictures_in(folder)
    if not files:
        raise UserError(f"photos.path={path} holds no pictures (.jpg, .png, .webp, .tiff, …)")
    sources = [
        Source(str(file.relative_to(folder)), partial(decode_photo, file, short_side))
        for file in files
    ]
    origin = f"{folder.resolve()}, short side {short_side}"
    return cached_photos(sources, origin, stamps(files, folder))


def coco_folder(path: str | os.PathLike[str] | None, split: str) -> Path:
    """Folder of COCO's photos, officially `<path>/train2017` or `<path>/images/train2017`.

    Args:
        path: None for where `kunster fetch coco` put it.

    Raises:
        UserError: no such split below `path`, or it was not fetched.
    """
    if path is None:
        fetched = asset_path(f"coco_{split.removesuffix('2017')}")
        if fetched is None:
            raise UserError(
                f"photos=coco: {split} is not on this machine; `kunster fetch coco` "
                "brings it, photos.path=… takes the folder of an existing copy, photos=bundled "
                "needs none"
            )
        return fetched
    for folder in (Path(path).expanduser() / split, Path(path).expanduser() / "images" / split):
        if folder.is_dir():
            return folder
    raise UserError(
        f"photos.path={path} has neither {split}/ nor images/{split}/: fetch COCO with "
        "`kunster fetch coco`, or give the folder of an existing copy"
    )


def pictures_in(folder: Path) -> list[Path]:
    """All pictures in the folder and below, sorted; links are followed, hidden ones left out."""
    files = (file for _, files in walked(folder) for file in files)
    return sorted(file for file in files if file.suffix.lower() in SUFFIXES)


def walked(folder: Path) -> Iterator[tuple[Path, list[Path]]]:
    """The folder and those below, each with its files, sorted; links followed, hidden left out."""
    visited: set[str] = set()
    for here, folders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(here)
        if real in visited:  # a link to a folder above would never end
            folders.clear()
            continue
        visited.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield Path(here), sorted(Path(here, name) for name in files if not name.startswith("."))


def spread(items: Sequence[T], limit: int) -> list[T]:
    """At most `limit` of them, evenly spread."""
    count = min(limit, len(items))
    return [items[index * len(items) // count] for index in range(count)]
