"""Pairs of frames with the motion between them, for stage 2."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from torch import Tensor

from kunster.errors import UserError


class FramePairs(NamedTuple):
    """Frames t and t+1, or a few more apart, with the flow between them; one pair, or a batch.

    Attributes:
        frames: uint8 RGB ([B,] 2, 3, H, W).
        flow: from t to t+1, ([B,] 2, H, W), pixels, float32.
        non_occluded: bool ([B,] H, W): pixels of t whose match can be seen in t+1.
    """

    frames: Tensor
    flow: Tensor
    non_occluded: Tensor


def checked_size(size: Sequence[int]) -> tuple[int, int]:
    """(height, width) that the networks take.

    Raises:
        UserError: not two multiples of 4 from 64 up.
    """
    if len(size) != 2 or any(side < 64 or side % 4 for side in size):
        raise UserError(
            f"clips.size={list(size)}: must be height and width, multiples of 4 from 64 up"
        )
    return int(size[0]), int(size[1])


def checked_gaps(gaps: Sequence[int]) -> tuple[int, ...]:
    """How many frames apart the two of a pair are, each as often as it is listed.

    Raises:
        UserError: none is listed, or one is not a whole number from 1 up.
    """
    if not gaps or any(gap < 1 or gap != int(gap) for gap in gaps):
        raise UserError(f"clips.gaps={list(gaps)}: must be frames, whole numbers from 1 up: [1, 4]")
    return tuple(int(gap) for gap in gaps)


def apart(gaps: Sequence[int]) -> str:
    """The gaps, for the description of clips; nothing for consecutive frames."""
    listed = ", ".join(str(gap) for gap in gaps)
    return "" if set(gaps) == {1} else f", {listed} frames apart"


class Clips(Protocol):
    """Frame pairs by number, without end: the same number always gives the same pair."""

    @property
    def source(self) -> str:
        """Description of the clips for the plan and the results of a run."""

    def batch(self, start_index: int, batch_size: int) -> FramePairs:
        """Pairs `start_index` and following."""
