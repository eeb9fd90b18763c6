"""Films what is shown, from one moment to another, as often as one likes."""

from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path

import numpy as np

from kunster.video.view import free_name
from kunster.video.writer import VideoWriter, writing_video


class Recorder:
    """Films of frames as they are shown: `camera_1.mp4` and so on, in the current folder.

    Args:
        rate: of the frames, about.
        time_base: seconds of a tick.
        quality: of H.264, 0 (largest file) to 51.
    """

    def __init__(self, rate: Fraction, time_base: Fraction, quality: int) -> None:
        self._rate, self._time_base, self._quality = rate, time_base, quality
        self._film = ExitStack()  # what ends the film that is being written
        self._writer: VideoWriter | None = None
        self._began = 0

    def follow(self, recording: bool, picture: np.ndarray, pts: int, duration: int) -> None:
        """Writes a frame, uint8 RGB (H, W, 3), while `recording`; else ends the film."""
        if not recording:
            self.close()
            return
        if self._writer is None:
            path = free_name(Path(), "camera", ".mp4")
            size = picture.shape[0], picture.shape[1]
            film = writing_video(
                *(path, size, self._rate),
                time_base=self._time_base,
                quality=self._quality,
                speed="fast",
            )
            self._writer, _ = self._film.enter_context(film)
            self._began = pts
        self._writer.write(picture, pts - self._began, duration)

    def close(self) -> None:
        """Ends the film, if there is one."""
        self._writer = None
        self._film.close()
