"""The same photos, stylised again and again as training goes on."""

from pathlib import Path
from typing import Any

import cv2
import lightning as L
import numpy as np
import torch
from lightning.pytorch.loggers import TensorBoardLogger, WandbLogger
from torch import Tensor

from kunster.networks.stylizer import stylize
from kunster.replacing import replacing


class Preview(L.Callback):
    """Logs a contact sheet every so many steps and writes the last one to a file.

    Top row: the painting (or its swatch) and the photos. Bottom row: a photo's stylised picture
    under it, the painting's title under the painting.

    Args:
        photos: (B, 3, H, W), RGB in [0, 1], all of one size.
        painting: (3, h, w), RGB in [0, 1].
        path: of the PNG.
        every: steps between two sheets.
    """

    def __init__(self, photos: Tensor, painting: Tensor, path: Path, every: int) -> None:
        self.photos, self.painting, self.path, self.every = photos, painting, path, every

    def on_train_batch_end(
        self, trainer: L.Trainer, module: L.LightningModule, outputs: Any, batch: Any, index: int
    ) -> None:
        if trainer.global_step % self.every == 0 and trainer.is_global_zero:
            self._log(trainer, self.sheet(module))

    def write(self, module: L.LightningModule) -> None:
        """Writes the sheet of the network as it is to `path`."""
        write_png(self.sheet(module), self.path)

    def sheet(self, module: L.LightningModule) -> np.ndarray:
        """uint8 RGB (2 H, (B + 1) W, 3)."""
        with torch.inference_mode():
            network = module.get_submodule("network")
            stylized = stylize(network, self.photos.to(module.device)).float().cpu()
        return contact_sheet(self.painting, self.photos, stylized)

    def _log(self, trainer: L.Trainer, sheet: np.ndarray) -> None:
        for logger in trainer.loggers:
            if isinstance(logger, WandbLogger):
                logger.log_image("preview", [sheet], step=trainer.global_step)
            elif isinstance(logger, TensorBoardLogger):
                logger.experiment.add_image(
                    "preview", sheet, trainer.global_step, dataformats="HWC"
                )


def contact_sheet(painting: Tensor, photos: Tensor, stylized: Tensor) -> np.ndarray:
    """Photos (B, 3, H, W) over their stylised versions, the painting (3, h, w) left of them."""
    height, width = photos.shape[-2:]
    beside = _fitted(as_bytes(painting), height, width)
    top = [beside, *map(as_bytes, photos)]
    bottom = [np.full((height, width, 3), 255, np.uint8), *map(as_bytes, stylized)]
    return np.vstack([np.hstack(top), np.hstack(bottom)])


def as_bytes(image: Tensor) -> np.ndarray:
    """RGB (3, H, W) in [0, 1] to uint8 (H, W, 3)."""
    return (image.detach().clamp(0, 1) * 255).round().byte().permute(1, 2, 0).cpu().numpy()


def write_png(picture: np.ndarray, path: Path) -> None:
    """uint8 RGB (H, W, 3) to a file, complete or not at all."""
    _, data = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    with replacing(path) as part:
        part.write_bytes(data.tobytes())


def _fitted(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """Scaled to lie whole in (height, width) on white."""
    scale = min(height / picture.shape[0], width / picture.shape[1])
    size = (round(picture.shape[1] * scale), round(picture.shape[0] * scale))
    shrunk = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    canvas = np.full((height, width, 3), 255, np.uint8)
    top, left = (height - size[1]) // 2, (width - size[0]) // 2
    canvas[top : top + size[1], left : left + size[0]] = shrunk
    return canvas
