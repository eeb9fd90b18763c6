"""Where each pixel of a frame was in the frame before, and how far that is to be trusted."""

from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np

# mean absolute difference of the frames along the motion, in steps of 1/255: up to the first all
# is trusted, from the second on nothing
SAME, OTHER = 8, 20
TRUST = np.interp(np.arange(256), [SAME, OTHER], [255, 0]).astype(np.uint8)  # by difference
HALF = np.float32(0.5)
AROUND = 5  # pixels of half the size: the square over which differences are averaged
WHOLE = (
    0.25  # pixels from a whole number up to which a shift is taken for whole: copied, not blurred
)
STRIDE = 6  # pixels of a quarter of the size between patches of 8; OpenCV's 4 take 0.6 ms more
FEWEST_TRUSTED = 0.3  # share of the frame; with less the scene was cut


class Seen(NamedTuple):
    """A frame (H, W) as `follow` takes it: grey, uint8 (H, W), and RGB at half the size."""

    grey: np.ndarray
    half: np.ndarray

    @classmethod
    def of(cls, frame: np.ndarray) -> "Seen":
        """From uint8 RGB (H, W, 3)."""
        half = (frame.shape[1] // 2, frame.shape[0] // 2)
        return cls(
            cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY),
            cv2.resize(_even(frame), half, interpolation=cv2.INTER_AREA),
        )


class Motion(NamedTuple):
    """The way from a frame back to the one before.

    Attributes:
        origin: x and y in the frame before, float32 (H, W, 2), pixels.
        trust: uint8 (H, W), from 0, uncovered or wrongly followed, to 255.
    """

    origin: np.ndarray
    trust: np.ndarray


def follow(before: Seen, after: Seen) -> Motion | None:
    """Motion between two frames of one size; None where the scene was cut.

    Dense inverse search (Kroeger et al. 2016), OpenCV's ultrafast preset, backwards in time.
    """
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
    search.setPatchStride(STRIDE)
    flow = search.calc(after.grey, before.grey, None)  # type: ignore[call-overload]
    origin = cv2.add(_snapped(flow), _grid(after.grey.shape))
    trust = _trust(before.half, after.half, origin)
    return None if trust.mean() < 255 * FEWEST_TRUSTED else Motion(origin, trust)


def warped(picture: np.ndarray, origin: np.ndarray) -> np.ndarray:
    """The picture (H, W, …) moved from `origin`; beyond its border it is continued."""
    return cv2.remap(  # type: ignore[call-overload, no-any-return]
        picture, origin, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


def _snapped(flow: np.ndarray) -> np.ndarray:
    """The flow with whole numbers for shifts that are nearly whole."""
    flat = flow.reshape(flow.shape[0], -1)  # one channel, for the mask
    whole = np.rint(flat)
    near = cv2.compare(cv2.absdiff(flat, whole), WHOLE, cv2.CMP_LT)  # type: ignore[call-overload]
    return cv2.copyTo(whole, near, flat).reshape(flow.shape)


def _trust(before: np.ndarray, after: np.ndarray, origin: np.ndarray) -> np.ndarray:
    height, width = after.shape[:2]
    # every second pixel, the first of the two that make one of half the size
    small = cv2.resize(_even(origin), (width, height), interpolation=cv2.INTER_NEAREST) * HALF
    difference = cv2.cvtColor(cv2.absdiff(warped(before, small), after), cv2.COLOR_RGB2GRAY)
    trust = cv2.LUT(cv2.blur(difference, (AROUND, AROUND)), TRUST)
    inside = cv2.inRange(small, (0, 0), (width - 1, height - 1))
    trust = cv2.copyTo(trust, inside)
    return cv2.resize(trust, origin.shape[1::-1])


def _even(picture: np.ndarray) -> np.ndarray:
    """The picture (H, W, …) without the last row or column of an odd side."""
    return picture[: picture.shape[0] // 2 * 2, : picture.shape[1] // 2 * 2]


@lru_cache(2)
def _grid(size: tuple[int, int]) -> np.ndarray:
    """x and y of every pixel, float32 (H, W, 2)."""
    rows, columns = np.indices(size, np.float32)
    return cv2.merge([columns, rows])
