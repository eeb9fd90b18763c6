"""Interface of a source of frames: a file, a pipe or a camera."""

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

    Attributes:
        picture: uint8 RGB (h, w, 3) for the network.
        photo: (H, W, 3) at the size of the output; may be the same array.
        pts, duration: in ticks of the source.
        alpha: opacity, uint8 (h, w), of a source that keeps it.
    """

    picture: np.ndarray
    photo: np.ndarray
    pts: int
    duration: int
    alpha: np.ndarray | None = None


class SoundFile(NamedTuple):
    """A file that may have sound, and its start time in seconds."""

    path: Path
    begins: Fraction


class Source(ABC):
    """A source of frames.

    Attributes:
        size: (height, width) of upright frames with square pixels.
        rate: frames a second, on average.
        time_base: seconds a tick.
        frames_announced: expected number of frames; None if unknown.
        full_range: black is 0 and white 255, instead of 16 and 235.
        alpha: frames have their opacity.
        plays: how many times a moving picture is played; 0 is for ever.
        live: waiting frames are out of date.
        sound: the file with its sound.
    """

    size: Size
    rate: Fraction
    time_base: Fraction
    frames_announced: int | None = None
    full_range: bool = False
    alpha: bool = False
    plays: int = 0
    live: bool = False
    sound: SoundFile | None = None

    @abstractmethod
    def frames(self, size: Size, photo_size: Size | None = None) -> Generator[Frame, None, None]:
        """Yields all frames once at `size`, and at `photo_size` if given; pts always grow."""


def scaled(frame: np.ndarray, size: Size) -> np.ndarray:
    """Resizes uint8 RGB to (height, width)."""
    if frame.shape[:2] == size:
        return frame
    smaller = size[0] <= frame.shape[0] and size[1] <= frame.shape[1]
    method = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    return cv2.resize(frame, size[::-1], interpolation=method)
