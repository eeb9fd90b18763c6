"""Frames of a video file, upright and scaled while they are decoded."""

import logging
from collections.abc import Generator, Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import ColorRange, ColorTrc, VideoReformatter

from kunster.data.deinterlace import deinterlaced
from kunster.data.frame_pixels import frame_pixels
from kunster.data.joined import packets_of
from kunster.data.orientation import Orientation
from kunster.data.video_file import (
    alpha_decoder,
    decoded,
    has_alpha,
    main_video,
    open_video,
    warn_if_cut_off,
)
from kunster.data.wide_video import HDR
from kunster.errors import UserError
from kunster.machine.cores import cores
from kunster.pictures.images import on_white
from kunster.video.clock import Clock
from kunster.video.source import Frame, Size, SoundFile, Source

DEFAULT_RATE = Fraction(25)  # frames a second, if the file has no rate

logger = logging.getLogger(__name__)


class VideoReader(Source):
    """An open video file.

    Args:
        interlaced: leave interlaced frames as they are.
        alpha: keep the frames' opacity, if they have some; white is put behind it anyway.

    Raises:
        UserError: no such file, no video in it, or no frame that can be decoded.
    """

    def __init__(self, path: Path, interlaced: bool = False, alpha: bool = False) -> None:
        self.path, self._reading = path, False
        self._container = open_video(path)
        self._stream = main_video(self._container)
        self._stream.thread_type = "AUTO"
        self._stream.codec_context.thread_count = cores()
        decoded = self._decoded_frames()
        frames = decoded if interlaced else deinterlaced(decoded, path)
        first = next(frames, None)
        if first is None:
            self.close()
            raise UserError(f"{path}: none of its frames can be decoded")
        self._frames = chain([first], frames)
        self._upright = Orientation.of(first)
        self.size = self._seen_size(first)
        self.rate = self._stream.average_rate or self._stream.guessed_rate or DEFAULT_RATE
        self.time_base = self._stream.time_base or 1 / self.rate
        self._begins = Fraction(self._container.start_time or 0, av.time_base)
        self.sound = SoundFile(path, self._begins)
        self.frames_announced = self._announced()
        self.alpha = alpha and has_alpha(first)
        self.full_range = first.color_range == ColorRange.JPEG
        self._warn_of_losses(first)

    def frames(self, size: Size, photo_size: Size | None = None) -> Generator[Frame, None, None]:
        """Yields all frames once at `size`, and at `photo_size` if given; closes the file.

        Frames of another size than the first are fitted into its shape, on black. Frames without a
        time, or with an earlier one, follow the frame before, so pts always grow.
        """
        scaled, full = _Scaler(size), _Scaler(photo_size or size)
        clock = Clock(self._stream, self._begins / self.time_base, self.rate)
        shape, self._reading = None, True
        try:
            for frame in self._frames:
                shape = shape or (frame.height, frame.width)
                picture, alpha = scaled(frame, self._upright, shape)
                photo = full(frame, self._upright, shape)[0] if photo_size else picture
                yield Frame(picture, photo, *clock(frame), alpha if self.alpha else None)
            warn_if_cut_off(self.path, self._stream, float(clock.now * self.time_base))
        finally:
            self._container.close()

    def close(self) -> None:
        """Closes the file, unless `frames` has begun: it does so itself."""
        if not self._reading:
            self._container.close()

    def _decoded_frames(self) -> Iterator[av.VideoFrame]:
        decoder = alpha_decoder(self._stream)
        for packet in packets_of(self._container, [self._stream]):
            yield from decoded(packet, decoder)

    def _seen_size(self, frame: av.VideoFrame) -> Size:
        aspect = self._stream.sample_aspect_ratio or Fraction(1)
        height, width = frame.height, round(frame.width * aspect)
        return self._upright.size((height, width))

    def _announced(self) -> int | None:
        if self._stream.frames:
            return self._stream.frames
        seconds = Fraction(self._container.duration or 0, av.time_base)
        return round(seconds * self.rate) or None

    def _warn_of_losses(self, frame: av.VideoFrame) -> None:
        if frame.color_trc in HDR:
            logger.warning(
                "%s: %s is mapped to the brightness of ordinary video (ITU-R BT.2390)",
                *(self.path, HDR[ColorTrc(frame.color_trc)]),
            )
        if has_alpha(frame) and not self.alpha:
            logger.warning(
                "%s: white is put behind its transparency; .webm, .mov and .mkv keep it", self.path
            )


class _Scaler:
    """Converts decoded frames to RGB of one size; the filters are planned once."""

    def __init__(self, size: Size) -> None:
        self.size = size
        self._reformatter = VideoReformatter()

    def __call__(
        self, frame: av.VideoFrame, upright: Orientation, shape: Size
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """uint8 RGB (H, W, 3) on white and the opacity (H, W), turned upright.

        Args:
            shape: (height, width) of a frame that fills it.
        """
        stored = upright.size(self.size)
        fitted = _fitted((frame.height, frame.width), shape, stored)
        pixels = frame_pixels(frame, fitted, self._reformatter)
        if pixels.shape[:2] != stored:
            pixels = _centred(pixels, stored)
        if pixels.shape[2] == 3:
            return upright(pixels), None
        return upright(on_white(pixels)), upright(pixels[..., 3])


def _fitted(size: Size, shape: Size, target: Size) -> Size:
    """Size in `target` of a frame of `size`, where a frame of `shape` fills it."""
    if size == shape:
        return target
    # how much of the first frame's height and width it would take, were both of one scale
    parts = size[0] / shape[0], size[1] / shape[1]
    height, width = (
        max(1, round(side * part / max(parts))) for side, part in zip(target, parts, strict=True)
    )
    return height, width


def _centred(picture: np.ndarray, size: Size) -> np.ndarray:
    """Centres a picture on black."""
    canvas = np.zeros((*size, picture.shape[2]), np.uint8)
    canvas[..., 3:] = 255
    top, left = ((whole - part) // 2 for whole, part in zip(size, picture.shape, strict=False))
    canvas[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return canvas
