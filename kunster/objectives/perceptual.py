"""Stage 1: content, style and other terms of single pictures (Johnson et al. 2016)."""

import torch
from torch import Tensor

from kunster.objectives.stage import StageObjective, as_frames


class PerceptualObjective(StageObjective):
    """Stage 1, on batches of photos, uint8 (B, 3, H, W)."""

    def losses(
        self, batch: Tensor, turn: int = 0, styles: Tensor | None = None
    ) -> dict[str, Tensor]:
        photos = as_frames(batch)
        self.paint_as(styles)
        stylized = self.network(photos)
        with torch.autocast(photos.device.type, enabled=False):
            return self.loss(photos, stylized, turn, styles=styles)  # type: ignore[no-any-return]
