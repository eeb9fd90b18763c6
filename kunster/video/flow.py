"""Where each pixel of a frame was in the frame before, and how far that is to be trusted."""

import threading
from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np

# mean absolute difference of the frames along the motion, in steps of 1/255: up to the first all
# is trusted, from the second on nothing
SAME, OTHER = 8, 20
TRUST = np.interp(np.arange(256), [SAME, OTHER], [255, 0]).astype(np.uint8)  # by difference
AROUND = 5  # pixels of half the size: the square over which differences are averaged
WHOLE = (
    0.25  # pixels from a whole number up to which a shift is taken for whole: copied, not blurred
)
STRIDE = 6  # pixels of a quarter of the size between patches of 8; OpenCV's 4 take 0.6 ms more
FINEST = 1  # the search ends at half of what it is given, a quarter of the frame
# flat ground gives the search nothing to hold on to, so it finds motion that is not there. A camera
# that stands still is known by that no motion explains most of the frame as well, in levels, on
# average over a neighbourhood of 24 pixels of half the size and at the place itself. Ground beside
# a thing that moves is then known by the place alone: else it would travel along, as far as such a
# neighbourhood reaches
COARSER, NEIGHBOURS = 8, 3
AS_WELL, AS_WELL_HERE, AS_WELL_BESIDE = 0.5, 3, 1
MOST_RESTS = 0.75  # share of the frame
FEWEST_TRUSTED = 0.3  # share of the frame; with less the scene was cut
_OF_THREAD = threading.local()


class Seen(NamedTuple):
    """A frame as `follow` takes it, at half the size, (H // 2, W // 2).

    Attributes:
        grey: uint8 (h, w).
        colour: uint8 RGBA (h, w, 4); four channels are moved in half the time that three take.
    """

    grey: np.ndarray
    colour: np.ndarray

    @classmethod
    def of(cls, frame: np.ndarray) -> "Seen":
        """From uint8 RGB (H, W, 3)."""
        height, width = frame.shape[:2]
        even = frame[: height // 2 * 2, : width // 2 * 2]
        half = cv2.resize(even, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
        grey, colour = (cv2.cvtColor(half, to) for to in (cv2.COLOR_RGB2GRAY, cv2.COLOR_RGB2RGBA))
        return cls(grey, colour)


class Motion(NamedTuple):
    """The way from a frame back to the one before.

    Attributes:
        flow: to the place in the frame before, float32 (H // 2, W // 2, 2), pixels of the frame.
        trust: uint8 (H // 2, W // 2), from 0, uncovered or wrongly followed, to 255.
    """

    flow: np.ndarray
    trust: np.ndarray


def follow(before: Seen, after: Seen) -> Motion | None:
    """Motion between two frames of one size; None where the scene was cut.

    Dense inverse search (Kroeger et al. 2016), OpenCV's ultrafast preset, backwards in time.
    """
    flow = _search().calc(after.grey, before.grey, None)  # type: ignore[call-overload]
    flow, difference = _or_still(_snapped(cv2.add(flow, flow, dst=flow)), before, after)
    trust = _trust(flow, difference)
    return Motion(flow, trust) if cv2.mean(trust)[0] >= 255 * FEWEST_TRUSTED else None


def warped(picture: np.ndarray, flow: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """The picture (H, W, …) taken from where the flow (H, W, 2) leads, into `out`.

    Beyond its border it is continued.
    """
    return cv2.remap(  # type: ignore[call-overload, no-any-return]
        picture,
        flow,
        None,
        cv2.INTER_LINEAR | cv2.WARP_RELATIVE_MAP,
        dst=out,
        borderMode=cv2.BORDER_REPLICATE,
    )


def _search() -> cv2.DISOpticalFlow:
    """This thread's dense inverse search; it keeps its memory from frame to frame."""
    if not hasattr(_OF_THREAD, "search"):
        search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        search.setFinestScale(FINEST)
        search.setPatchStride(STRIDE)
        _OF_THREAD.search = search
    found: cv2.DISOpticalFlow = _OF_THREAD.search
    return found


def _snapped(flow: np.ndarray) -> np.ndarray:
    """The flow with whole numbers for shifts that are nearly whole."""
    whole = np.rint(flow)
    rest = cv2.subtract(flow, whole)
    _, above = cv2.threshold(rest, WHOLE, 0, cv2.THRESH_TOZERO)
    _, below = cv2.threshold(rest, -WHOLE, 0, cv2.THRESH_TOZERO_INV)
    return cv2.add(cv2.add(whole, above, dst=whole), below, dst=whole)


def _or_still(flow: np.ndarray, before: Seen, after: Seen) -> tuple[np.ndarray, np.ndarray]:
    """The flow, in pixels of the frame, and how the frames differ along it.

    Before a camera that stands still the flow is 0 where nothing moves.

    Returns:
        float32 (h, w, 2), and uint8 (h, w).
    """
    height, width = after.grey.shape
    moved = _difference(warped(before.colour, flow * 0.5), after.colour)
    still = _difference(before.colour, after.colour)
    worse = cv2.subtract(still, moved, dtype=cv2.CV_32F)
    coarse = (width // COARSER, height // COARSER)
    around = cv2.blur(cv2.resize(worse, coarse, interpolation=cv2.INTER_AREA), (NEIGHBOURS,) * 2)
    rests = cv2.bitwise_and(
        cv2.resize(_below(around, AS_WELL), (width, height), interpolation=cv2.INTER_NEAREST),
        _below(worse, AS_WELL_HERE),
    )
    if cv2.mean(rests)[0] < 255 * MOST_RESTS:
        return flow, moved
    rests = cv2.bitwise_or(rests, _below(worse, AS_WELL_BESIDE), dst=rests)
    return cv2.copyTo(flow, cv2.bitwise_not(rests)), cv2.copyTo(still, rests, moved)


def _below(values: np.ndarray, limit: float) -> np.ndarray:
    """255 where values are below the limit, else 0."""
    return cv2.compare(values, limit, cv2.CMP_LT)  # type: ignore[call-overload, no-any-return]


def _difference(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Mean absolute difference in luminance around each pixel, of uint8 RGBA."""
    return cv2.blur(cv2.cvtColor(cv2.absdiff(one, other), cv2.COLOR_RGBA2GRAY), (AROUND, AROUND))


def _trust(flow: np.ndarray, difference: np.ndarray) -> np.ndarray:
    """Trust in the flow (pixels of the frame), uint8 (h, w): 0 where it comes from outside."""
    height, width = difference.shape
    origin = cv2.scaleAdd(flow, 0.5, _grid((height, width)))
    inside = cv2.inRange(origin, (0, 0), (width - 1, height - 1))
    return cv2.copyTo(cv2.LUT(difference, TRUST), inside)


@lru_cache(4)
def _grid(size: tuple[int, int]) -> np.ndarray:
    """x and y of every pixel, float32 (H, W, 2)."""
    rows, columns = np.indices(size, np.float32)
    return cv2.merge([columns, rows])
