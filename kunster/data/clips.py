"""Pairs of consecutive frames with the motion between them, for stage 2."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from torch import Tensor

from kunster.errors import UserError


class FramePairs(NamedTuple):
    """Frames t and t+1 with the flow between them; one pair, or a batch of pairs.

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


class Clips(Protocol):
    """Frame pairs by number, without end: the same number always gives the same pair."""

    @property
    def source(self) -> str:
        """Description of the clips for the plan and the results of a run."""

    def batch(self, start_index: int, batch_size: int) -> FramePairs:
        """Pairs `start_index` and following."""
