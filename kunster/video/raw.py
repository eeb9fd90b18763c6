"""Raw rgb24 frames for pipes."""

import os
from collections.abc import Generator
from contextlib import suppress
from fractions import Fraction
from io import RawIOBase
from typing import BinaryIO

import numpy as np

from kunster.errors import UserError
from kunster.video.source import Frame, Size, Source, scaled


class RawReader(Source):
    """Frames of a stream of bytes.

    Args:
        stream: unbuffered: a thread that waits in a buffered stdin holds its lock, on which
            Python aborts at exit.
        size: (height, width) of the frames in the stream.
        rate: frames a second.
    """

    def __init__(self, stream: RawIOBase, size: Size, rate: Fraction) -> None:
        self.size, self.rate, self.time_base = size, rate, 1 / rate
        self._stream = stream

    def frames(self, size: Size, photo_size: Size | None = None) -> Generator[Frame, None, None]:
        """All frames at `size`, and at `photo_size` too if given.

        Raises:
            UserError: the stream ends in the middle of a frame.
        """
        number = 0
        while content := self._read(3 * self.size[0] * self.size[1]):
            frame = self._frame(content, number)
            picture = scaled(frame, size)
            photo = picture if photo_size is None else scaled(frame, photo_size)
            yield Frame(picture, photo, number, 1)
            number += 1

    def _read(self, count: int) -> memoryview:
        """The next bytes; fewer at the end of the stream."""
        content, filled = memoryview(bytearray(count)), 0
        while more := self._stream.readinto(content[filled:]):
            filled += more
        return content[:filled]

    def _frame(self, content: memoryview, number: int) -> np.ndarray:
        height, width = self.size
        if len(content) < 3 * height * width:
            raise UserError(
                f"-: ends in the middle of frame {number + 1}, after {len(content)} of "
                f"{3 * height * width} bytes; is --raw {width}x{height} right?"
            )
        return np.frombuffer(content, np.uint8).reshape(height, width, 3)


class RawWriter:
    """Frames to a stream of bytes.

    Raises:
        UserError: the reader of the stream has ended.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, picture: np.ndarray, pts: int = 0, duration: int = 1) -> None:
        """Writes uint8 RGB (H, W, 3) and flushes; the stream has no times."""
        try:
            self._stream.write(np.ascontiguousarray(picture).data)
            self._stream.flush()
        except BrokenPipeError as error:
            _forget(self._stream)
            raise UserError("-: the program that reads the frames has ended") from error


def _forget(stream: BinaryIO) -> None:
    """Redirects a broken stream to nowhere, as Python flushes stdout once more at exit."""
    with suppress(OSError), open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())
