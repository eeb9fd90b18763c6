"""The same photos, stylised again and again as training goes on."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import torch
from lightning.pytorch.loggers import TensorBoardLogger
from torch import Tensor

from kunster.networks.stylizer import stylize
from kunster.pictures.images import write_png
from kunster.pictures.stages_strip import stages_strip


class Preview(L.Callback):
    """Logs a strip of pictures every so many steps and writes the last one to a file.

    TensorBoard gets the strips; for W&B, which compares single photos, see `kunster.dashboard`.

    Args:
        painting: (3, h, w), RGB in [0, 1], or its swatch.
        photos: (B, 3, H, W), RGB in [0, 1], all of one size.
        earlier: what earlier stages made of the photos, by caption.
        name: caption of what this stage makes of them.
        path: of the PNG.
        every: steps between two strips.
    """

    def __init__(
        self,
        painting: Tensor,
        photos: Tensor,
        earlier: Mapping[str, Tensor],
        name: str,
        path: Path,
        every: int,
    ) -> None:
        self.painting, self.photos, self.earlier = painting, photos, earlier
        self.name, self.path, self.every = name, path, every

    def on_train_batch_end(
        self, trainer: L.Trainer, module: L.LightningModule, outputs: Any, batch: Any, index: int
    ) -> None:
        boards = [each for each in trainer.loggers if isinstance(each, TensorBoardLogger)]
        if not boards or trainer.global_step % self.every:
            return
        strip = self.strip(module)
        for board in boards:
            board.experiment.add_image("preview", strip, trainer.global_step, dataformats="HWC")

    def write(self, module: L.LightningModule) -> None:
        """Writes the strip of the network as it is to `path`."""
        write_png(self.strip(module), self.path)

    def strip(self, module: L.LightningModule) -> np.ndarray:
        """Painting, photos and every stage: uint8 RGB (H', W', 3), see `stages_strip`."""
        rows = {**self.earlier, self.name: self.stylized(module)}
        return stages_strip(self.painting, self.photos, rows)

    def stylized(self, module: L.LightningModule) -> Tensor:
        """What the network as it is makes of the photos: (B, 3, H, W), RGB in [0, 1]."""
        with torch.inference_mode():
            network = module.get_submodule("network")
            return stylize(network, self.photos.to(module.device)).float().cpu()
