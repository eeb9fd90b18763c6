"""Stylized photos and clips of the gallery."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from kunster.data.decode import UnusablePhoto, decode_photo
from kunster.data.moving_clip import moving_clip
from kunster.data.photos import spread
from kunster.data.preview_photos import preview_files
from kunster.errors import UserError
from kunster.gallery.rooms import pictures_of
from kunster.networks.shapes import STRIDE
from kunster.page.networks import Shown
from kunster.pictures.images import middle
from kunster.video.choose_engine import build_engine
from kunster.video.looks import Look
from kunster.video.reader import VideoReader
from kunster.video.sizes import NetworkSize

PHOTO_SIZE = (400, 600)  # (height, width) in pixels; as wide as most screens show them
ABOVE = 0.15  # share of what an upright photo loses that lies above: faces do
MOST_PHOTOS = 4  # that many of each network come to 10 MB for five styles of six networks
CLIP_SIDE = 288  # pixels, the shorter
CLIP_SIZE = (288, 384)  # (height, width) of the clip that is made here
CLIP_RATE, CLIP_SECONDS = Fraction(25), 4.0
LONGEST = 6.0  # s that are taken of a clip that is given


class Photo(NamedTuple):
    """A photo; `picture` is uint8 RGB (H, W, 3)."""

    name: str
    picture: np.ndarray


def photo_place(number: int) -> str:
    """Path of a photo by its number (from 1), beside the page."""
    return f"pictures/photo-{number}.jpg"


class Clip(NamedTuple):
    """A clip; `frames` are uint8 RGB (H, W, 3), both sides even; `rate` is frames a second."""

    frames: Sequence[np.ndarray]
    rate: Fraction

    @property
    def seconds(self) -> float:
        return len(self.frames) / float(self.rate)


def shown_photos(folder: Path | None, say: Callable[[str], None]) -> list[Photo]:
    """At most `MOST_PHOTOS` of `PHOTO_SIZE`, from a folder or bundled.

    Args:
        folder: evenly spread over what is in it, by name; None for photographs that pip installed.
        say: is told what was left out, and why.

    Raises:
        UserError: no such folder, or no picture in it that can be used.
    """
    if folder is None:
        return [_photo(file) for file in preview_files()]
    files = pictures_of(folder, "--photos")
    chosen, photos = spread(files, MOST_PHOTOS), []
    if len(chosen) < len(files):
        say(f"{len(chosen)} of the {len(files)} pictures in {folder} are shown")
    for file in chosen:
        try:
            photos.append(_photo(file))
        except UnusablePhoto as error:
            say(f"left out: {error}")
    if not photos:
        raise UserError(f"--photos {folder}: none of {len(chosen)} pictures can be used")
    return photos


def shown_clip(file: Path | None) -> Clip:
    """The first seconds of a video, or of a camera over bundled photographs.

    Raises:
        UserError: no such file, or no video.
    """
    if file is None:
        return Clip(list(moving_clip(CLIP_SECONDS, CLIP_RATE, CLIP_SIZE)), CLIP_RATE)
    with closing(VideoReader(file)) as source:
        size = NetworkSize(short_side=CLIP_SIDE).of(source.size, STRIDE)
        with closing(source.frames(size)) as frames:
            most = max(1, round(LONGEST * source.rate))
            return Clip([frame.picture for frame in islice(frames, most)], source.rate)


def painted_photos(shown: Shown, photos: Sequence[Photo]) -> Iterator[np.ndarray]:
    """Each photo, stylized: uint8 RGB (H, W, 3)."""
    engine = build_engine(shown.network, photos[0].picture.shape[:2])
    for photo in photos:
        yield engine(photo.picture)


def painted_clip(shown: Shown, clip: Clip) -> Iterator[np.ndarray]:
    """Each frame beside the stylized one: uint8 RGB (H, 2 W, 3)."""
    engine = build_engine(shown.network, clip.frames[0].shape[:2])
    beside = Look(preview=True)
    for frame in clip.frames:
        yield beside(frame, engine(frame))


def _photo(path: Path) -> Photo:
    return Photo(path.stem, middle(decode_photo(path), *PHOTO_SIZE, ABOVE))
