"""When the frames of a video file are shown."""

import math
from fractions import Fraction

import av
from av.video.stream import VideoStream


class Clock:
    """Times of frames that grow, whatever the file says.

    AVI has no presentation times, only the order in which frames are decoded: each frame is shown
    when it is complete, less the time that the first one took. Elsewhere, presentation times that
    go back while decoding times go on are not to be trusted, and decoding times count from there
    on.

    Args:
        begins: ticks that count as 0.
        rate: frames a second, where frames do not say how long they last.
    """

    def __init__(self, stream: VideoStream, begins: Fraction, rate: Fraction) -> None:
        assert stream.time_base is not None
        self.now = 0  # where the frame before ends
        self._step = max(1, round(1 / (rate * stream.time_base)))
        self._by_dts = stream.container.format.name == "avi"
        self._starts = stream.start_time or 0
        self._last, self._last_dts = -1, -math.inf
        self._shift = -round(begins)
        self._begun = False

    def __call__(self, frame: av.VideoFrame) -> tuple[int, int]:
        """Time and duration of the next frame, in ticks."""
        if not self._begun and self._by_dts and frame.dts is not None:
            self._shift += self._starts - frame.dts
        self._begun = True
        duration = frame.duration or self._step
        time = self._time(frame)
        if time <= self._last:
            self._by_dts |= frame.dts is not None and frame.dts > self._last_dts
            self._shift += self.now - self._time(frame)
            time = self.now
        self._last, self.now = time, time + duration
        self._last_dts = self._last_dts if frame.dts is None else frame.dts
        return time, duration

    def _time(self, frame: av.VideoFrame) -> int:
        ticks = frame.dts if self._by_dts else frame.pts
        return self.now if ticks is None else ticks + self._shift
