"""Previews: the same photos stylized by the network during training."""

import copy
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

import lightning as L
import numpy as np
import torch
from annotated_types import Ge, Gt
from lightning.pytorch.loggers import TensorBoardLogger
from torch import Tensor, nn

from kunster.callbacks.checkpoint import LAST
from kunster.callbacks.curve import draw_losses
from kunster.callbacks.look_clock import LookClock
from kunster.data.preview_photos import PHOTO_NAMES, SIZE, Size, own_pictures, preview_pictures
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

    Of several styles, a strip of each below the other. `curve.png` gets the losses so far. Both are
    written soon after the start, then every so many steps or seconds, whichever is sooner, and at
    the end. The looks take no more than 2 % of the time of training: after a slow one the next is
    later. What is trained does not change: a copy of the network paints.

    TensorBoard gets the strip and single photos, W&B the photos (`kunster.loggers`), at the first
    look and every so many steps, which are the same in all runs.

    Args:
        first_seconds: from the start of training to the first look.
        every_n_seconds: from then on, at the latest.
        size: (height, width) of the photos in pixels.
        video: write `preview.mp4` of stage 2 as well, which takes some seconds.
        photos: a folder with photos of one's own, of which the first four are painted; None: four
            that come with scikit-image.

    Raises:
        UserError: the folder has none, or one that cannot be used.

    Attributes:
        pictures: by name, uint8 RGB (H, W, 3).
        looked_at: step of the last look, -1 before.
        logged_at: step of the last look that loggers were to get, -1 before.
    """

    def __init__(
        self,
        every_n_steps: Annotated[int, Ge(1)] = 500,
        first_seconds: Annotated[float, Ge(0)] = 10.0,
        every_n_seconds: Annotated[float, Gt(0)] = 60.0,
        size: Size = SIZE,
        video: bool = True,
        photos: str | None = None,
    ) -> None:
        self.every, self.size, self.video = every_n_steps, size, video
        self.first_seconds, self.every_n_seconds = first_seconds, every_n_seconds
        self.looked_at = self.logged_at = -1
        self._clock = LookClock(first_seconds, every_n_seconds)
        self._painted: tuple[int, list[Tensor]] = (-1, [])
        self._before: dict[str, list[Tensor]] | None = None
        self.pictures = (
            own_pictures(photos, size)
            if photos is not None
            else dict(zip(PHOTO_NAMES, preview_pictures(size), strict=True))
        )

    @cached_property
    def photos(self) -> Tensor:
        """(B, 3, H, W), RGB in [0, 1], all of one size."""
        return torch.cat([as_image(picture) for picture in self.pictures.values()])

    def on_train_start(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        self._clock = LookClock(self.first_seconds, self.every_n_seconds)

    def on_train_batch_end(
        self, trainer: L.Trainer, module: L.LightningModule, outputs: Any, batch: Any, index: int
    ) -> None:
        if not trainer.is_global_zero:
            return
        in_turn = trainer.global_step % self.every == 0
        due = self._clock.due(in_turn)
        logged = in_turn or (due and not self._clock.looks)
        if due:
            with self._clock.look():
                self._write(trainer, module)
        if logged:
            self._log(trainer, module)

    def on_fit_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        if trainer.is_global_zero:
            self._write(trainer, module)

    def _log(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        self.logged_at = trainer.global_step
        for board in trainer.loggers:
            if isinstance(board, TensorBoardLogger):
                strip = self.strip(trainer, module)
                board.experiment.add_image("preview", strip, trainer.global_step, dataformats="HWC")
                for name, photo in zip(
                    self.pictures, self.painted(trainer, module)[0], strict=True
                ):
                    board.experiment.add_image(f"preview/{name}", photo, trainer.global_step)

    def _write(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        folder = Path(trainer.default_root_dir)
        draw_losses(folder)
        write_png(self.strip(trainer, module), folder / PREVIEW)
        self.looked_at = trainer.global_step

    def strip(self, trainer: L.Trainer, module: L.LightningModule) -> np.ndarray:
        """Painting, photos and every stage: uint8 RGB (H', W', 3), see `stages_strip`."""
        assert isinstance(module, StageObjective)
        folder = Path(trainer.default_root_dir)
        if self._before is None:
            self._before = self._earlier(folder, len(module.pictures))
        name: str = STAGES.get(folder.name, folder.name)  # type: ignore[call-overload]
        painted = {**self._before, name: self.painted(trainer, module)}
        strips = []
        for style, picture in enumerate(module.pictures):
            rows = {name: photos[style] for name, photos in painted.items()}
            strips.append(stages_strip(picture, self.photos, rows))
        return beneath(widened(strips), 0)

    def painted(self, trainer: L.Trainer, module: L.LightningModule) -> list[Tensor]:
        """The photos in each style, as the network paints them at this step; see `stylized`."""
        assert isinstance(module, StageObjective)
        if self._painted[0] != trainer.global_step:
            styles = range(max(1, len(module.pictures)))
            found = [self.stylized(module.network, style) for style in styles]
            self._painted = trainer.global_step, found
        return self._painted[1]

    @torch.inference_mode()
    def stylized(self, network: nn.Module, style: int = 0) -> Tensor:
        """The photos as a network paints them now: (B, 3, H, W), RGB in [0, 1]."""
        twin = copy.deepcopy(network).eval()  # the network stays in its mode and its styles
        device = next((each.device for each in twin.parameters()), None)
        return stylize(only(twin, style), self.photos.to(device)).float().cpu()

    def _earlier(self, folder: Path, styles: int) -> dict[str, list[Tensor]]:
        """The photos in each style as the stages before this one paint them, by caption."""
        found = {}
        for stage, name in STAGES.items():
            if stage == folder.name:
                break
            checkpoint = folder.parent / stage / LAST
            if checkpoint.is_file():
                network, _ = load_model(checkpoint)
                found[name] = [self.stylized(network, style) for style in range(styles)]
        return found
