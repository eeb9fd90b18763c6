"""Frames to an H.264 file that phones, browsers and players show with the right colours."""

import logging
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from av.video.stream import VideoStream

from kunster.errors import UserError
from kunster.replacing import replacing

LONGEST_DENOMINATOR = 1001  # NTSC's 29.97 is 30000/1001; nothing in use is finer
QUALITIES = range(52)  # x264's constant rate factor; 18 looks like the original

logger = logging.getLogger(__name__)


def write_video(
    path: Path,
    frames: Iterable[np.ndarray],
    frames_per_second: Fraction | float,
    quality: int = 18,
) -> int:
    """Writes frames as H.264 in MP4, complete or not at all, and returns how many there were.

    BT.709 in limited range, and tagged so; 4:2:0, so half the resolution in colour. That needs even
    sides: an odd one grows by repeating its last row or column, and a warning says so. The index
    stands first in the file, so a browser plays before it has all. Holds no more frames than the
    encoder looks ahead.

    Args:
        frames: uint8 RGB (H, W, 3), all of one size.
        quality: constant rate factor, 0 (largest file) to 51 (smallest).

    Raises:
        UserError: no frames, frames of different sizes, a rate or quality out of range, or the
            folder cannot be written to.
    """
    if not frames_per_second > 0:
        raise UserError(f"frames_per_second={frames_per_second}: must be more than 0")
    if quality not in QUALITIES:
        raise UserError(f"quality={quality}: must be from 0 (best) to 51 (smallest)")
    rate = Fraction(frames_per_second).limit_denominator(LONGEST_DENOMINATOR)
    remaining = iter(frames)
    first = next(remaining, None)
    if first is None:
        raise UserError(f"{path}: there are no frames to write")
    with (
        replacing(path) as part,
        av.open(str(part), "w", format="mp4", options={"movflags": "faststart"}) as container,
    ):
        stream = _h264_stream(container, first.shape[:2], rate, quality)
        count = 0
        for count, frame in enumerate(_of_one_size(path, chain([first], remaining)), start=1):
            container.mux(stream.encode(_converted(frame, count - 1, rate)))
        container.mux(stream.encode(None))
    return count


def _h264_stream(
    container: av.container.OutputContainer, size: tuple[int, ...], rate: Fraction, quality: int
) -> VideoStream:
    height, width = size
    if height % 2 or width % 2:
        even = f"{width + width % 2}x{height + height % 2}"
        logger.warning("frames of %dx%d are written as %s: H.264 is even", width, height, even)
    stream = container.add_stream("libx264", rate=rate, options={"crf": str(quality)})
    stream.width, stream.height = width + width % 2, height + height % 2
    stream.pix_fmt = "yuv420p"
    context = stream.codec_context
    context.time_base = 1 / rate
    context.colorspace = Colorspace.ITU709
    context.color_primaries = ColorPrimaries.BT709
    context.color_trc = ColorTrc.BT709
    context.color_range = ColorRange.MPEG  # 16 to 235, as players take for granted
    return stream


def _of_one_size(path: Path, frames: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """The frames with even sides."""
    size: tuple[int, ...] | None = None
    for number, frame in enumerate(frames, start=1):
        assert frame.dtype == np.uint8, frame.dtype
        size = size or frame.shape
        if frame.shape != size:
            first, other = (f"{shape[1]}x{shape[0]}" for shape in (size, frame.shape))
            raise UserError(f"{path}: frame {number} is {other}, the first is {first}: one size")
        height, width = size[:2]
        yield np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")


def _converted(picture: np.ndarray, number: int, rate: Fraction) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
    frame = frame.reformat(
        format="yuv420p",
        dst_colorspace=Colorspace.ITU709,
        dst_color_range=ColorRange.MPEG,
    )
    frame.pts, frame.time_base = number, 1 / rate
    return frame
