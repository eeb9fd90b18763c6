"""Frames of a camera, and a window to show them in."""

import os
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from kunster.errors import UserError
from kunster.pictures.images import write_png
from kunster.video.live_styles import LiveStyles
from kunster.video.looks import Look
from kunster.video.source import Frame, Size, Source, scaled
from kunster.video.steady import Steady
from kunster.video.view import View, free_name, pressed

TICK = Fraction(1, 1000)  # s; cameras keep no steady rate, so each frame has its own time
TITLE = "kunster: n p style, + - strength, < > how still, f full screen, s saves, r records, q ends"


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
    """A window for frames, with keys; `kunster.video.view` has what they do.

    Args:
        look: of the frames; keys set its strength.
        holding: what holds the strokes of the frames still; keys set its amount.
        styles: that keys choose from.

    Raises:
        UserError: there is no screen to show them on.
    """

    def __init__(self, look: Look, holding: Steady, styles: LiveStyles | None = None) -> None:
        if not has_screen():
            raise UserError(
                "no screen to show the camera on: give a file to record to, or use a desktop"
            )
        self._look, self._holding, self._styles = look, holding, styles
        self._view = View(look.strength, holding.amount)
        cv2.namedWindow(TITLE, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO)

    def show(self, picture: np.ndarray) -> bool:
        """Shows uint8 RGB (H, W, 3); False once the window was closed, or q or Escape pressed."""
        cv2.imshow(TITLE, cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
        before, self._view = self._view, pressed(self._view, chr(cv2.waitKey(1) & 0xFF))
        if self._view != before:
            self._follow(before, picture)
        return self._view.is_open and cv2.getWindowProperty(TITLE, cv2.WND_PROP_VISIBLE) >= 1

    def _follow(self, before: View, picture: np.ndarray) -> None:
        """Does what has changed since."""
        view = self._view
        self._look.strength, self._holding.amount = view.strength, view.held
        words = f"strength {view.strength:g}, held {view.held:g}"
        if self._styles and view.style != before.style:
            self._styles.place = view.style
            words = self._styles.name
        if view.full_screen != before.full_screen:
            wanted = cv2.WINDOW_FULLSCREEN if view.full_screen else cv2.WINDOW_NORMAL
            cv2.setWindowProperty(TITLE, cv2.WND_PROP_FULLSCREEN, wanted)
        if view.saved > before.saved:
            path = free_name(Path(), "camera", ".png")
            write_png(picture, path)
            words = f"saved {path}"
        if view.recording != before.recording:
            words = "recording" if view.recording else "recorded"
        cv2.setWindowTitle(TITLE, f"{TITLE}: {words}")

    @property
    def recording(self) -> bool:
        """Whether the user wants what is shown in a film."""
        return self._view.recording

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
