"""The same photos, stylised again and again as training goes on."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import torch
from lightning.pytorch.loggers import TensorBoardLogger, WandbLogger
from torch import Tensor

from kunster.images import write_png
from kunster.networks.stylizer import stylize
from kunster.stages_strip import stages_strip


class Preview(L.Callback):
    """Logs a strip of pictures every so many steps and writes the last one to a file.

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
        if trainer.global_step % self.every == 0 and trainer.is_global_zero:
            self._log(trainer, self.strip(module))

    def write(self, module: L.LightningModule) -> None:
        """Writes the strip of the network as it is to `path`."""
        write_png(self.strip(module), self.path)

    def strip(self, module: L.LightningModule) -> np.ndarray:
        """Painting, photos and every stage: uint8 RGB (H', W', 3), see `stages_strip`."""
        with torch.inference_mode():
            network = module.get_submodule("network")
            stylized = stylize(network, self.photos.to(module.device)).float().cpu()
        return stages_strip(self.painting, self.photos, {**self.earlier, self.name: stylized})

    def _log(self, trainer: L.Trainer, strip: np.ndarray) -> None:
        for logger in trainer.loggers:
            if isinstance(logger, WandbLogger):
                logger.log_image("preview", [strip], step=trainer.global_step)
            elif isinstance(logger, TensorBoardLogger):
                logger.experiment.add_image(
                    "preview", strip, trainer.global_step, dataformats="HWC"
                )
