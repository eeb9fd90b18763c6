"""What frames to stylize come from: a file, a pipe, a camera."""

from abc import ABC, abstractmethod
from collections.abc import Generator
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

Size = tuple[int, int]  # (height, width) in pixels


class Frame(NamedTuple):
    """A frame to stylize.

    `picture`: uint8 RGB (h, w, 3) for the network; `photo`: (H, W, 3) at the size of what comes
    out, the same array where nobody asked for another; `pts`, `duration`: when it is shown and for
    how long, in ticks of its source.
    """

    picture: np.ndarray
    photo: np.ndarray
    pts: int
    duration: int


class SoundFile(NamedTuple):
    """A file with sound, maybe, and the seconds on its clock that count as 0."""

    path: Path
    begins: Fraction


class Source(ABC):
    """
    Attributes:
        size: as the frames are meant to be seen: upright, with square pixels.
        rate: frames a second, on average.
        time_base: seconds a tick.
        frames_announced: how many there should be, None where nobody knows.
        full_range: whether black is 0 and white 255, instead of 16 and 235.
        live: whether frames that wait are out of date.
        sound: what is heard meanwhile.
    """

    size: Size
    rate: Fraction
    time_base: Fraction
    frames_announced: int | None = None
    full_range: bool = False
    live: bool = False
    sound: SoundFile | None = None

    @abstractmethod
    def frames(self, size: Size, photo_size: Size | None = None) -> Generator[Frame, None, None]:
        """All frames, once, at `size`, and at `photo_size` too if given; pts always grow."""


def scaled(frame: np.ndarray, size: Size) -> np.ndarray:
    """uint8 RGB at (height, width)."""
    if frame.shape[:2] == size:
        return frame
    smaller = size[0] <= frame.shape[0] and size[1] <= frame.shape[1]
    method = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    return cv2.resize(frame, size[::-1], interpolation=method)
