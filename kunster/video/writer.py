"""Writes video files that phones, browsers and players show with the right colours."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import TypeAlias

import av
import numpy as np
from av.codec.context import Flags
from av.container import OutputContainer
from av.video.reformatter import (
    ColorPrimaries,
    ColorRange,
    Colorspace,
    ColorTrc,
    VideoReformatter,
)
from av.video.stream import VideoStream

from kunster.console.options import QUALITY
from kunster.data.video_file import url
from kunster.errors import UserError
from kunster.files.replacing import replacing
from kunster.video.codecs import FORMATS, QUALITIES, Codec, Speed, codec_for

LONGEST_DENOMINATOR = 1001  # NTSC's 29.97 is 30000/1001; nothing in use is finer
VideoPacket: TypeAlias = "av.Packet[VideoStream]"

logger = logging.getLogger(__name__)


class VideoWriter:
    """A video stream in a container that is open; see `writing_video`."""

    def __init__(
        self,
        container: OutputContainer,
        size: tuple[int, int],
        rate: Fraction,
        time_base: Fraction,
        codec: Codec,
        threads: int,
        color_range: ColorRange,
        pixel_aspect: Fraction,
    ) -> None:
        self._container, self._time_base, self._range = container, time_base, color_range
        self._even = size[0] % 2, size[1] % 2
        stream = container.add_stream(codec.name, rate=rate, options=codec.options)
        assert isinstance(stream, VideoStream)
        self._stream = stream
        self._stream.height, self._stream.width = (side + side % 2 for side in size)
        self._stream.pix_fmt = codec.pix_fmt
        context = self._stream.codec_context
        context.time_base = time_base
        context.thread_count = threads
        context.sample_aspect_ratio = pixel_aspect
        context.colorspace = Colorspace.ITU709
        context.color_primaries = ColorPrimaries.BT709
        context.color_trc = ColorTrc.BT709
        context.color_range = color_range
        context.flags |= Flags.frame_duration
        self._reformatter = VideoReformatter()
        self._held: VideoPacket | None = None  # the newest, as the last one is special
        self._delay = self._ends = 0  # from decoding to showing a frame; end of the last one

    def write(self, picture: np.ndarray, pts: int, duration: int = 1) -> None:
        """Encodes a frame: uint8 RGB or RGBA (H, W, C), shown from `pts` for `duration` ticks."""
        assert picture.dtype == np.uint8, picture.dtype
        bottom, right = self._even
        if bottom or right:
            picture = np.pad(picture, ((0, bottom), (0, right), (0, 0)), mode="edge")
        frame = self._reformatter.reformat(
            av.VideoFrame.from_ndarray(
                np.ascontiguousarray(picture), format="rgba" if picture.shape[2] == 4 else "rgb24"
            ),
            format=self._stream.pix_fmt,
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=self._range,
            threads=1,
        )
        frame.pts, frame.duration, frame.time_base = pts, duration, self._time_base
        self._ends = pts + duration
        self._mux(self._stream.encode(frame))

    def finish(self) -> None:
        """Encodes the frames that the encoder still holds."""
        self._mux(self._stream.encode(None))
        if self._held is None:
            return
        if self._container.format.name in ("mp4", "mov"):
            # these count a track's length in decoding times, which B-frames put out of step
            self._held.duration = self._ends - self._delay - (self._held.dts or 0)
        self._container.mux(self._held)

    def _mux(self, packets: Sequence[VideoPacket]) -> None:
        """Muxes all packets but the newest."""
        for packet in packets:
            if self._held is None:
                self._delay = (packet.pts or 0) - (packet.dts or 0)
            else:
                self._container.mux(self._held)
            self._held = packet


@contextmanager
def writing_video(
    path: Path,
    size: tuple[int, int],
    rate: Fraction | float,
    *,
    time_base: Fraction | None = None,
    quality: int = QUALITY,
    speed: Speed = "thorough",
    threads: int = 0,
    full_range: bool = False,
    pixel_aspect: Fraction = Fraction(1),
    alpha: bool = False,
) -> Iterator[tuple[VideoWriter, OutputContainer]]:
    """Context of a writer of MP4, QuickTime, Matroska or WebM, by the suffix; see `codec_for`.

    Colours are tagged BT.709, 4:2:0. That needs even sides: an odd one grows by repeating its last
    row or column, with a warning. The index of an MP4 stands first in the file, for streaming. The
    file appears complete or not at all: a block that raises leaves an earlier file as it was. The
    container is yielded too, for sound tracks, to be added before the first frame.

    Args:
        size: (height, width) of the frames.
        rate: frames a second, on average.
        time_base: seconds a tick of the frames' times; None for one tick a frame.
        quality: constant rate factor, 0 (largest file) to 51 (smallest).
        speed: `fast` encodes five times as fast into a file that is hardly larger.
        threads: of the encoder; 0 lets it choose.
        full_range: black is 0 and white 255, instead of 16 and 235, which players assume.
        pixel_aspect: width of a pixel over its height.
        alpha: frames are RGBA; the format is one of `WITH_ALPHA`.

    Raises:
        UserError: the suffix, rate or quality is not allowed, the folder cannot be written to, or
            FFmpeg refuses what the block gives it, as damaged sound.
    """
    check_format(path, quality)
    if not rate > 0:
        raise UserError(f"frames_per_second={rate}: must be more than 0")
    if size[0] % 2 or size[1] % 2:
        even = f"{size[1] + size[1] % 2}x{size[0] + size[0] % 2}"
        logger.warning("frames of %dx%d are written as %s: video is even", *size[::-1], even)
    rate = Fraction(rate).limit_denominator(LONGEST_DENOMINATOR)
    color_range = ColorRange.JPEG if full_range else ColorRange.MPEG
    suffix = path.suffix.lower()
    codec = codec_for(suffix, alpha, quality, speed)
    with (
        replacing(path) as part,
        _refused(path),
        _container(part, FORMATS[suffix]) as container,
    ):
        writer = VideoWriter(
            *(container, size, rate, time_base or 1 / rate),
            *(codec, threads, color_range, pixel_aspect),
        )
        yield writer, container
        writer.finish()


def check_format(path: Path, quality: int) -> None:
    """Validates the suffix and quality of a video."""
    if path.suffix.lower() not in FORMATS:
        raise UserError(f"{path}: videos are written as {', '.join(FORMATS)}")
    if quality not in QUALITIES:
        raise UserError(f"quality={quality}: must be from 0 (best) to 51 (smallest)")


def write_video(
    path: Path,
    frames: Iterable[np.ndarray],
    frames_per_second: Fraction | float,
    quality: int = QUALITY,
) -> int:
    """Writes frames, uint8 RGB (H, W, 3), as `writing_video` does; returns their number.

    Raises:
        UserError: as there, or no frames, or frames of different sizes.
    """
    remaining = iter(frames)
    first = next(remaining, None)
    if first is None:
        raise UserError(f"{path}: there are no frames to write")
    count = 0
    with writing_video(path, first.shape[:2], frames_per_second, quality=quality) as (writer, _):
        for count, frame in enumerate(chain([first], remaining), start=1):
            if frame.shape != first.shape:
                sizes = [f"{shape[1]}x{shape[0]}" for shape in (frame.shape, first.shape)]
                raise UserError(
                    f"{path}: frame {count} is {sizes[0]}, the first is {sizes[1]}: one size"
                )
            writer.write(frame, count - 1)
    return count


@contextmanager
def _refused(path: Path) -> Iterator[None]:
    """Lets errors of FFmpeg name the file, but for those of the file system, which do."""
    try:
        yield
    except av.FFmpegError as error:
        if isinstance(error, OSError):
            raise
        reason = f"{path}: cannot be written ({error.strerror}); sound or subtitles may be damaged"
        raise UserError(reason) from error


@contextmanager
def _container(part: Path, kind: str) -> Iterator[OutputContainer]:
    """An open container; an error of the block is not replaced by one from closing."""
    options = {"movflags": "faststart"} if kind in ("mp4", "mov") else {}
    container = av.open(url(part), "w", format=kind, options=options)
    try:
        yield container
    except BaseException:
        with suppress(Exception):
            container.close()
        raise
    container.close()
