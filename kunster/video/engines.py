"""Interface of the engines that run a network on frames.

Frames are bytes; scaling, layout, clamping and rounding are part of the compiled network.
"""

from abc import ABC, abstractmethod

import cv2
import numpy as np

from kunster.errors import UserError
from kunster.networks.shapes import STRIDE

SMALLEST = 64  # pixels, either side: what the networks' reflections need


class Engine(ABC):
    """A network compiled for frames of one size.

    May be called from as many threads at a time as there are `streams`.

    Args:
        size: (height, width) of the frames in pixels, from 64 up. Sides that are no multiple of
            4 are padded by reflection and cropped back.
        streams: frames processed at the same time.

    Raises:
        UserError: the frames are smaller.
    """

    def __init__(self, size: tuple[int, int], streams: int) -> None:
        height, width = self.size = size
        if min(size) < SMALLEST:
            raise UserError(f"a picture of {width}x{height}: both sides must be at least 64 pixels")
        self.streams = streams
        self.margins = -height % STRIDE, -width % STRIDE
        self.padded_size = height + self.margins[0], width + self.margins[1]

    @property
    @abstractmethod
    def name(self) -> str:
        """The engine, its number format and its processors, in words."""

    def at(self, number: int) -> "Engine":
        """The engine for a frame, counted from 0: this one, unless its style changes."""
        return self

    @abstractmethod
    def run(self, frame: np.ndarray) -> np.ndarray:
        """Stylizes a contiguous frame of `padded_size`, uint8 RGB (H, W, 3)."""

    def __call__(self, frame: np.ndarray) -> np.ndarray:
        """Stylizes a frame of `size`, uint8 RGB (H, W, 3)."""
        assert frame.dtype == np.uint8
        assert frame.shape == (*self.size, 3), (frame.shape, self.size)
        if any(self.margins):
            bottom, right = self.margins
            frame = cv2.copyMakeBorder(frame, 0, bottom, 0, right, cv2.BORDER_REFLECT_101)
        return self.run(np.ascontiguousarray(frame))[: self.size[0], : self.size[1]]
