"""Frames of a camera, and a window to show them in."""

import os
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from fractions import Fraction

import cv2
import numpy as np

from kunster.errors import UserError
from kunster.video.source import Frame, Size, Source, scaled
from kunster.video.steady import Steady

TICK = Fraction(1, 1000)  # s; cameras keep no steady rate, so each frame has its own time
QUIT = (ord("q"), 27)  # and Escape
HOLD = {ord("+"): 0.1, ord("="): 0.1, ord("-"): -0.1}  # = is + without shift
TITLE = "kunster: q or Escape ends, + and - hold strokes more or less"


class Camera(Source):
    """Frames of a camera as they come.

    Args:
        number: of the camera, from 0.

    Raises:
        UserError: there is no such camera, or it gives no picture.
    """

    live = True
    time_base = TICK

    def __init__(self, number: int) -> None:
        with _silent():
            self._capture = cv2.VideoCapture(number)
            self._capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # if the backend supports it
            got, first = self._capture.read()
        if not got:
            self._capture.release()
            raise UserError(
                f"camera:{number}: no such camera, or another program uses it (the first is "
                "camera:0)"
            )
        self.size: Size = first.shape[:2]
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        self.rate = Fraction(rate if rate > 0 else 30).limit_denominator(1001)
        self._stopped = False

    def stop(self) -> None:
        """Ends `frames` after the next one; may be called from any thread."""
        self._stopped = True

    def frames(self, size: Size, photo_size: Size | None = None) -> Generator[Frame, None, None]:
        """Frames at `size`, and at `photo_size` too if given, until `stop` or unplugging."""
        began, last = time.monotonic(), -1
        try:
            while not self._stopped:
                got, picture = self._capture.read()
                if not got:
                    return
                pts = max(last + 1, round((time.monotonic() - began) / TICK))
                frame = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
                photo = scaled(frame, photo_size or size)
                yield Frame(scaled(frame, size), photo, pts, round(1 / (self.rate * TICK)))
                last = pts
        finally:
            self._capture.release()


class Window:
    """A window for frames that the user can close.

    Args:
        holding: what holds the strokes of the frames still; + and - change its amount.

    Raises:
        UserError: there is no screen to show them on.
    """

    def __init__(self, holding: Steady) -> None:
        if not has_screen():
            raise UserError(
                "no screen to show the camera on: give a file to record to, or use a desktop"
            )
        self._holding = holding
        cv2.namedWindow(TITLE, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO)

    def show(self, picture: np.ndarray) -> bool:
        """Shows uint8 RGB (H, W, 3); False once the window was closed, or q or Escape pressed."""
        cv2.imshow(TITLE, cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
        pressed = cv2.waitKey(1) & 0xFF
        if pressed in HOLD:
            self._hold(self._holding.amount + HOLD[pressed])
        return pressed not in QUIT and cv2.getWindowProperty(TITLE, cv2.WND_PROP_VISIBLE) >= 1

    def _hold(self, amount: float) -> None:
        self._holding.amount = round(min(max(amount, 0), 1), 2)
        cv2.setWindowTitle(TITLE, f"{TITLE}: {self._holding.amount:g}")

    def close(self) -> None:
        cv2.destroyAllWindows()


def has_screen() -> bool:
    """Whether a window can be opened; without a screen OpenCV's Qt aborts the program."""
    if sys.platform in ("darwin", "win32"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


@contextmanager
def _silent() -> Iterator[None]:
    """Silences OpenCV, which logs every backend that it tries."""
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        cv2.utils.logging.setLogLevel(level)
