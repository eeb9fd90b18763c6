"""Optical flow: .flo files and estimation. Its convention is defined in `kunster.losses.warp`."""

from os import PathLike
from pathlib import Path

import cv2
import numpy as np

from kunster.errors import UserError

MAGIC = np.float32(202021.25)  # "PIEH" read as a little-endian float (Baker et al., Middlebury)
HEADER = 12  # bytes: magic, width, height
LONGEST = 99_999  # pixels; the limit of Middlebury's reader


def read_flo(path: str | PathLike[str]) -> np.ndarray:
    """Flow (H, W, 2) from a Middlebury .flo file, float32, pixels.

    Raises:
        UserError: the file cannot be read, has a wrong magic number or size, or holds a value that
            is not finite.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error
    if len(content) < HEADER:
        raise UserError(f"{path}: {len(content)} bytes are too few for a .flo file")
    magic = np.frombuffer(content, "<f4", 1)[0]
    if magic != MAGIC:
        raise UserError(f"{path}: not a .flo file: begins with {magic:g} instead of {MAGIC:.2f}")
    width, height = (int(side) for side in np.frombuffer(content, "<i4", 2, offset=4))
    if not (0 < width <= LONGEST and 0 < height <= LONGEST):
        raise UserError(f"{path}: declares {width}x{height} pixels; sides are 1 to {LONGEST}")
    expected = HEADER + 8 * width * height
    if len(content) != expected:
        raise UserError(f"{path}: {len(content)} bytes; {width}x{height} take {expected}")
    flow = np.frombuffer(content, "<f4", offset=HEADER).reshape(height, width, 2)
    if not np.isfinite(flow).all():
        raise UserError(f"{path}: holds values that are not finite (NaN or infinity)")
    return flow.astype(np.float32)  # a writable copy


def estimate_flow(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Flow (H, W, 2) from `first` to `second`, both uint8 RGB (H, W, 3), in pixels.

    Dense inverse search (Kroeger et al. 2016), OpenCV's medium preset.
    """
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    grey = (cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in (first, second))
    return search.calc(*grey, None)  # type: ignore[call-overload, no-any-return]
