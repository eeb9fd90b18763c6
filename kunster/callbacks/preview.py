"""Previews: the same photos stylized by the network during training."""

from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

import lightning as L
import numpy as np
import torch
from annotated_types import Ge
from lightning.pytorch.loggers import TensorBoardLogger
from torch import Tensor, nn

from kunster.callbacks.checkpoint import LAST
from kunster.callbacks.curve import draw_losses
from kunster.data.preview_photos import SIZE, Size, preview_pictures
from kunster.networks.description import STAGES
from kunster.networks.model_file import load_model
from kunster.networks.stylizer import only, stylize
from kunster.objectives.stage import StageObjective
from kunster.pictures.images import as_image, write_png
from kunster.pictures.mounting import beneath, widened
from kunster.pictures.stages_strip import stages_strip

PREVIEW = "preview.png"  # its name in the folder of a stage


class Preview(L.Callback):
    """Writes a strip of pictures, painting, photos and every stage so far, to `preview.png`.

    Of several styles, a strip of each below the other. `curve.png` gets the losses so far, at each
    preview and at the end.

    TensorBoard gets the strip every so many steps; W&B, which compares single photos, has
    `kunster.loggers`.

    Args:
        size: (height, width) of the photos in pixels.
        video: write `preview.mp4` of stage 2 as well, which takes some seconds.
    """

    def __init__(
        self,
        every_n_steps: Annotated[int, Ge(1)] = 1000,
        size: Size = SIZE,
        video: bool = True,
    ) -> None:
        self.every, self.size, self.video = every_n_steps, size, video

    @cached_property
    def photos(self) -> Tensor:
        """(B, 3, H, W), RGB in [0, 1], all of one size."""
        return torch.cat([as_image(picture) for picture in preview_pictures(self.size)])

    def on_train_batch_end(
        self, trainer: L.Trainer, module: L.LightningModule, outputs: Any, batch: Any, index: int
    ) -> None:
        if not trainer.is_global_zero or trainer.global_step % self.every:
            return
        draw_losses(Path(trainer.default_root_dir))
        boards = [each for each in trainer.loggers if isinstance(each, TensorBoardLogger)]
        if not boards:
            return
        strip = self.strip(trainer, module)
        for board in boards:
            board.experiment.add_image("preview", strip, trainer.global_step, dataformats="HWC")

    def on_fit_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        if trainer.is_global_zero:
            folder = Path(trainer.default_root_dir)
            draw_losses(folder)
            write_png(self.strip(trainer, module), folder / PREVIEW)

    def strip(self, trainer: L.Trainer, module: L.LightningModule) -> np.ndarray:
        """Painting, photos and every stage: uint8 RGB (H', W', 3), see `stages_strip`."""
        assert isinstance(module, StageObjective)
        folder = Path(trainer.default_root_dir)
        networks = {
            **self._earlier(folder),
            STAGES.get(folder.name, folder.name): module.network,  # type: ignore[call-overload]
        }
        strips = []
        for style, picture in enumerate(module.pictures):
            rows = {name: self.stylized(network, style) for name, network in networks.items()}
            strips.append(stages_strip(picture, self.photos, rows))
        return beneath(widened(strips), 0)

    @torch.inference_mode()
    def stylized(self, network: nn.Module, style: int = 0) -> Tensor:
        """The photos as a network paints them now: (B, 3, H, W), RGB in [0, 1]."""
        device = next((each.device for each in network.parameters()), None)
        return stylize(only(network, style), self.photos.to(device)).float().cpu()

    def _earlier(self, folder: Path) -> dict[str, nn.Module]:
        """The networks of the stages before this one, by caption."""
        found: dict[str, nn.Module] = {}
        for stage, name in STAGES.items():
            if stage == folder.name:
                break
            checkpoint = folder.parent / stage / LAST
            if checkpoint.is_file():
                found[name], _ = load_model(checkpoint)
        return found
