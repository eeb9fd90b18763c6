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
    """Holds the strokes of a video still, picture by picture.

    Args:
        amount: from 0, each frame by itself, to 1.

    Raises:
        UserError: `amount` is out of range.
    """

    def __init__(self, amount: float) -> None:
        if not 0 <= amount <= 1:
            raise UserError(
                f"--steady {amount:g}: must be from 0 (each frame by itself) to 1 (strokes stay)"
            )
        self.amount = amount
        self._shown: np.ndarray | None = None
        self._seen: Seen | None = None

    def __call__(self, stylized: np.ndarray, motion: Motion | None) -> np.ndarray:
        """The picture to show for a stylized frame; both uint8 RGB (H, W, 3).

        Args:
            motion: from the frame to the one before; None restarts: the first frame, or a cut.
        """
        if motion is None or self._shown is None:
            self._shown = stylized
        else:
            mixed = blended(warped(self._shown, motion.origin), stylized, self._kept(motion))
            self._shown = with_contrast_of(stylized, mixed)
        return self._shown

    def follow(self, frame: np.ndarray, stylized: np.ndarray) -> np.ndarray:
        """The same for a frame, uint8 RGB (H, W, 3), that follows the one of the last call."""
        before, self._seen = self._seen, Seen.of(frame) if self.amount else None
        return self(stylized, follow(before, self._seen) if before and self._seen else None)

    def _kept(self, motion: Motion) -> np.ndarray:
        return cv2.convertScaleAbs(motion.trust, alpha=MOST * self.amount)


def blended(old: np.ndarray, new: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """`new` and, of its difference to `old`, a share of kept / 255; uint8, `kept` (H, W).

    Differences are rounded down, and by one more: otherwise those of a few steps would stay for
    ever, and a still picture would not become what the network paints.
    """
    share = cv2.merge([kept] * 3)
    brighter, darker = (
        cv2.multiply(difference, share, scale=1 / 255)
        for difference in (
            cv2.subtract(old, cv2.add(new, ONE)),  # type: ignore[call-overload]
            cv2.subtract(cv2.subtract(new, ONE), old),  # type: ignore[call-overload]
        )
    )
    return cv2.subtract(cv2.add(new, brighter), darker)


def with_contrast_of(new: np.ndarray, mixed: np.ndarray) -> np.ndarray:
    """`mixed` with more of its own detail where `new` has more; uint8 RGB (H, W, 3)."""
    small, base = _without_detail(mixed)
    lost = np.sqrt((_energy(*_without_detail(new)) + 1) / (_energy(small, base) + 1))
    gain = 1 + RESTORED * (np.clip(lost, 1, LARGEST_GAIN) - 1)
    size = mixed.shape[1], mixed.shape[0]
    gain, base = cv2.resize(gain, size), cv2.resize(base, size)
    return cv2.blendLinear(mixed, base, gain, 1 - gain)


def _without_detail(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The picture at half of the size, and blurred at a quarter of it."""
    height, width = picture.shape[:2]
    half = cv2.resize(picture, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    quarter = cv2.resize(half, (width // 4, height // 4), interpolation=cv2.INTER_AREA)
    return half, cv2.blur(quarter, (COARSE, COARSE))


def _energy(half: np.ndarray, base: np.ndarray) -> np.ndarray:
    """Mean square of the detail of luminance around each pixel, float32 at half of the size."""
    grey, coarse = (cv2.cvtColor(each, cv2.COLOR_RGB2GRAY) for each in (half, base))
    detail = cv2.absdiff(grey, cv2.resize(coarse, grey.shape[::-1]))
    return cv2.sqrBoxFilter(detail, cv2.CV_32F, (AROUND, AROUND))
