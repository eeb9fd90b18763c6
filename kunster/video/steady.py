"""Strokes that hold still: what was shown before, moved along with the frames and blended in.

Frames are painted one by one, so the same thing gets other strokes in the next frame. Here the last
picture shown follows the motion of the input, and stays where that is trustworthy.
"""

from typing import NamedTuple

import cv2
import numpy as np

from kunster.errors import UserError
from kunster.video.flow import Motion, Seen, follow, warped

MOST = 0.95  # weight of what was shown, at an amount of 1; the rest follows slow changes
# what a thing that passes uncovers is painted beside it first, and otherwise once it is gone: the
# first pictures of a place weigh alike
FOLLOWED = 48  # trust from which a place counts as shown before
RIPE = (255 * np.minimum(1 - 1 / np.arange(1, 257), MOST) / MOST).astype(np.uint8)  # by age, frames
# strokes that are averaged lose contrast, which is given back: detail finer than COARSE, by its
# energy in squares of AROUND, both pixels of a quarter of the size. Not to what is blended next: a
# gain of 1.2 would undo a weight of 0.85, and strokes would never be forgotten
LARGEST_GAIN = 2
COARSE = 7
AROUND = 7
ONE = (1, 1, 1, 0)


class Room(NamedTuple):
    """Memory to work in, kept from frame to frame: new pages take as long as the arithmetic.

    Attributes:
        flow: float32 (H, W, 2).
        new, old, mixed, spare: uint8 RGBA (H, W, 4); four channels are moved in half the time that
            three take.
    """

    flow: np.ndarray
    new: np.ndarray
    old: np.ndarray
    mixed: np.ndarray
    spare: np.ndarray

    @classmethod
    def beside(cls, blended: np.ndarray) -> "Room":
        """For pictures of the size of one, uint8 (H, W, 4)."""
        flow = np.empty((*blended.shape[:2], 2), np.float32)
        return cls(flow, *(np.empty_like(blended) for _ in range(4)))


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
        self._blended: np.ndarray | None = None
        self._ages: np.ndarray | None = None
        self._room: Room | None = None
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
        if motion is None or self._blended is None:
            self._blended, self._ages = cv2.cvtColor(stylized, cv2.COLOR_RGB2RGBA), None
            return stylized
        trust, self._ages = ripened(motion, self._ages)
        before, room = self._blended, self._room or Room.beside(self._blended)
        cv2.cvtColor(stylized, cv2.COLOR_RGB2RGBA, dst=room.new)
        cv2.resize(motion.flow, before.shape[1::-1], dst=room.flow)
        warped(before, room.flow, room.old)
        blend(room, trust, MOST * self.amount)
        self._blended, self._room = room.mixed, room._replace(mixed=before)
        return cv2.cvtColor(with_contrast_back(room), cv2.COLOR_RGBA2RGB)

    def follow(self, frame: np.ndarray, stylized: np.ndarray) -> np.ndarray:
        """The same for a frame, uint8 RGB (H, W, 3), that follows the one of the last call."""
        before, self._seen = self._seen, Seen.of(frame) if self.amount else None
        return self(stylized, follow(before, self._seen) if before and self._seen else None)


def ripened(motion: Motion, ages: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Trust in what was shown, less where few pictures are in it, and the ages it has now.

    Args:
        ages: of the frame before, uint8 (H // 2, W // 2): for how many frames each place has been
            followed. None: that frame was the first, and counts as old.
    """
    if ages is None:
        ages = np.full_like(motion.trust, 255)
    followed = cv2.compare(motion.trust, FOLLOWED, cv2.CMP_GE)  # type: ignore[call-overload]
    ages = cv2.copyTo(warped(ages, motion.flow * 0.5), followed)
    return cv2.multiply(motion.trust, cv2.LUT(ages, RIPE), scale=1 / 255), np.minimum(ages, 254) + 1


def blend(room: Room, trust: np.ndarray, weight: float) -> None:
    """Sets `mixed` to `new` and a share of its difference to `old`: weight · trust / 255.

    Differences are rounded down, and by one more: otherwise those of a few steps would stay for
    ever, and a still picture would not become what the network paints.

    Args:
        trust: uint8, at half of the size.
    """
    _, new, old, mixed, most = room
    cv2.absdiff(old, new, dst=most)
    cv2.subtract(most, ONE, dst=most)  # type: ignore[call-overload]
    cv2.multiply(most, _spread(trust, mixed), dst=most, scale=weight / 255)
    cv2.min(old, cv2.add(new, most, dst=mixed), dst=mixed)
    cv2.max(cv2.subtract(new, most, dst=most), mixed, dst=mixed)


def with_contrast_back(room: Room) -> np.ndarray:
    """`mixed`, with more of its own detail where `new` has more; all but `mixed` is used up."""
    _, new, base, mixed, more = room
    small, coarse = _without_detail(mixed)
    lost = cv2.sqrt((_energy(*_without_detail(new)) + 1) / (_energy(small, coarse) + 1))
    gain = cv2.convertScaleAbs(np.clip(lost, 1, LARGEST_GAIN) - 1, alpha=255)
    half = small.shape[1::-1]
    _doubled(cv2.resize(cv2.merge([gain] * 4), half), more)
    _doubled(cv2.resize(coarse, half), base)
    cv2.multiply(cv2.absdiff(mixed, base, dst=new), more, dst=more, scale=1 / 255)
    brighter = cv2.min(cv2.subtract(mixed, base, dst=base), more, dst=base)
    darker = cv2.subtract(more, brighter, dst=more)
    return cv2.subtract(cv2.add(mixed, brighter, dst=new), darker, dst=new)


def _spread(values: np.ndarray, over: np.ndarray) -> np.ndarray:
    """Values, uint8 (h, w), at the size and in the channels of a picture, which they replace."""
    channels = over.shape[2]
    return cv2.merge([cv2.resize(values, over.shape[1::-1])] * channels, dst=over)


def _doubled(values: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Values at half of the size, each for four pixels: as good where they are smooth."""
    return cv2.resize(values, out.shape[1::-1], dst=out, interpolation=cv2.INTER_NEAREST)


def _without_detail(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The picture at half of the size, and blurred at a quarter of it."""
    height, width = picture.shape[:2]
    half = cv2.resize(picture, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    quarter = cv2.resize(half, (width // 4, height // 4), interpolation=cv2.INTER_AREA)
    return half, cv2.blur(quarter, (COARSE, COARSE))


def _energy(half: np.ndarray, base: np.ndarray) -> np.ndarray:
    """Mean square of the luminance's detail around each pixel, float32 at a quarter of the size."""
    grey, coarse = (cv2.cvtColor(each, cv2.COLOR_RGBA2GRAY) for each in (half, base))
    detail = cv2.absdiff(grey, cv2.resize(coarse, grey.shape[::-1]))
    squares = cv2.multiply(detail, detail, dtype=cv2.CV_32F)
    squares = cv2.resize(squares, coarse.shape[::-1], interpolation=cv2.INTER_AREA)
    return cv2.blur(squares, (AROUND, AROUND))
