"""Stage 2: the perceptual terms, and consistency along the motion (Gao et al. 2018)."""

from typing import Any

import torch
from torch import Tensor

from kunster.data.clips import FramePairs
from kunster.losses.term import Pairs
from kunster.networks.stylizer import Stylizer
from kunster.objectives.stage import StageObjective, as_frames


class TemporalObjective(StageObjective):
    """Stage 2, on batches of frame pairs.

    Args:
        both_frames: judge the style and content of both frames, as the paper does; otherwise of
            one, by turns, which leaves time for more pairs.
    """

    network: Stylizer

    def __init__(self, *arguments: Any, both_frames: bool = False, **others: Any) -> None:
        super().__init__(*arguments, **others)
        self.both_frames = both_frames

    def losses(
        self, batch: FramePairs, turn: int = 0, styles: Tensor | None = None
    ) -> dict[str, Tensor]:
        frames = as_frames(batch.frames.flatten(0, 1))
        of_frames = None if styles is None else styles.repeat_interleave(2)
        self.paint_as(of_frames)
        encoded = self.network.encode(frames)
        stylized = self.network.decode(encoded)
        two = (-1, 2)
        with torch.autocast(frames.device.type, enabled=False):
            pairs = Pairs(
                torch.unflatten(frames, 0, two),
                torch.unflatten(stylized, 0, two),
                torch.unflatten(encoded, 0, two),
                batch.flow,
                batch.non_occluded,
            )
            judged = slice(None) if self.both_frames else slice(turn, len(frames), 2)
            of_judged = None if of_frames is None else of_frames[judged]
            return self.loss(  # type: ignore[no-any-return]
                frames[judged], stylized[judged], turn, pairs, of_judged
            )
