"""Strokes that hold still: what was shown before, moved along with the frames and blended in.

Frames are painted one by one, so the same thing gets other strokes in the next frame. Here the last
picture shown follows the motion of the input, and stays where that is trustworthy.
"""

import cv2
import numpy as np

from kunster.errors import UserError
from kunster.video.flow import Motion, Seen, follow, warped

MOST = 0.95  # weight of what was shown, at an amount of 1; the rest follows slow changes
# strokes that are averaged lose contrast, of which half is given back: detail finer than COARSE, by
# its energy in squares of AROUND
RESTORED = 0.5
LARGEST_GAIN = 1.5
COARSE = 7  # pixels of a quarter of the size
AROUND = 15  # pixels of half the size
ONE = (1, 1, 1, 0)


class Steady:
    """Holds the strokes of one video still, picture by picture.

    Attributes:
        amount: from 0, each frame by itself, to 1; may be set while the video plays, from any
            thread.

    Raises:
        UserError: `amount` is out of range.
    """

    def __init__(self, amount: float) -> None:
        self.amount = amount
        self._shown: np.ndarray | None = None
        self._seen: Seen | None = None

    @property
    def amount(self) -> float:
        return self._amount

    @amount.setter
    def amount(self, amount: float) -> None:
        if not 0 <= amount <= 1:
            raise UserError(
                f"steady={amount:g}: must be from 0 (each frame by itself) to 1 (strokes stay)"
            )
        self._amount = amount

    def __call__(self, stylized: np.ndarray, motion: Motion | None) -> np.ndarray:
        """The picture to show for a stylized frame; both uint8 RGB (H, W, 3).

        Args:
            motion: from the frame to the one before; None restarts: the first frame, or a cut.
        """
        new = cv2.cvtColor(stylized, cv2.COLOR_RGB2RGBA)  # moved in half the time of three channels
        if motion is None or self._shown is None:
            self._shown = new
            return stylized
        mixed = blended(warped(self._shown, motion.origin), new, self._kept(motion))
        self._shown = with_contrast_of(new, mixed)
        return cv2.cvtColor(self._shown, cv2.COLOR_RGBA2RGB)

    def follow(self, frame: np.ndarray, stylized: np.ndarray) -> np.ndarray:
        """The same for a frame, uint8 RGB (H, W, 3), that follows the one of the last call."""
        before, self._seen = self._seen, Seen.of(frame) if self.amount else None
        return self(stylized, follow(before, self._seen) if before and self._seen else None)

    def _kept(self, motion: Motion) -> np.ndarray:
        return cv2.convertScaleAbs(motion.trust, alpha=MOST * self.amount)


def blended(old: np.ndarray, new: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """`new` and, of its difference to `old`, a share of kept / 255; uint8 RGBA, `kept` (H, W).

    Differences are rounded down, and by one more: otherwise those of a few steps would stay for
    ever, and a still picture would not become what the network paints.
    """
    most = cv2.absdiff(old, new)
    most = cv2.subtract(most, ONE, dst=most)  # type: ignore[call-overload]
    most = cv2.multiply(most, cv2.merge([kept] * 4), dst=most, scale=1 / 255)
    mixed = cv2.add(new, most)
    mixed = cv2.min(old, mixed, dst=mixed)
    return cv2.max(cv2.subtract(new, most, dst=most), mixed, dst=mixed)


def with_contrast_of(new: np.ndarray, mixed: np.ndarray) -> np.ndarray:
    """`mixed` with more of its own detail where `new` has more; uint8 RGBA (H, W, 4)."""
    small, base = _without_detail(mixed)
    lost = cv2.sqrt((_energy(*_without_detail(new)) + 1) / (_energy(small, base) + 1))
    more = cv2.convertScaleAbs(np.clip(lost, 1, LARGEST_GAIN) - 1, alpha=255 * RESTORED)
    size = mixed.shape[1], mixed.shape[0]
    share, base = cv2.merge([cv2.resize(more, size)] * 4), cv2.resize(base, size)
    brighter, darker = (
        cv2.multiply(detail, share, dst=detail, scale=1 / 255)
        for detail in (cv2.subtract(mixed, base), cv2.subtract(base, mixed))
    )
    return cv2.subtract(cv2.add(mixed, brighter, dst=brighter), darker, dst=darker)


def _without_detail(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The picture at half of the size, and blurred at a quarter of it."""
    height, width = picture.shape[:2]
    half = cv2.resize(picture, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    quarter = cv2.resize(half, (width // 4, height // 4), interpolation=cv2.INTER_AREA)
    return half, cv2.blur(quarter, (COARSE, COARSE))


def _energy(half: np.ndarray, base: np.ndarray) -> np.ndarray:
    """Mean square of the detail of luminance around each pixel, float32 at half of the size."""
    grey, coarse = (cv2.cvtColor(each, cv2.COLOR_RGBA2GRAY) for each in (half, base))
    detail = cv2.absdiff(grey, cv2.resize(coarse, grey.shape[::-1]))
    return cv2.sqrBoxFilter(detail, cv2.CV_32F, (AROUND, AROUND))
