"""Callback that logs a stage to W&B while it is trained."""

from pathlib import Path
from typing import Any

import lightning as L

from kunster.callbacks.curve import CURVE, current_row
from kunster.callbacks.preview import Preview
from kunster.loggers.stage_run import StageRun
from kunster.pictures.images import as_bytes


class Watch(L.Callback):
    """Logs losses at the steps that the objective logs, and the stylized preview photos.

    After a resume the curve up to the checkpoint is logged again.

    Args:
        run: W&B run of the stage.
        preview: stylizes the photos and says when; the last step has a preview too.
    """

    def __init__(self, run: StageRun, preview: Preview) -> None:
        self.run, self.preview = run, preview
        self._resumed_at = 0

    def on_load_checkpoint(
        self, trainer: L.Trainer, module: L.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        self._resumed_at = checkpoint["global_step"]

    def on_fit_start(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        # not on_train_start, which Lightning skips when no steps are left
        self.run.repeat(Path(trainer.default_root_dir) / CURVE, self._resumed_at)

    def on_train_batch_end(
        self, trainer: L.Trainer, module: L.LightningModule, outputs: Any, batch: Any, index: int
    ) -> None:
        step = trainer.global_step
        last = step == trainer.max_steps
        every: int = trainer.log_every_n_steps  # type: ignore[attr-defined]
        if last or step % every == 0:
            self.run.log_losses(step, current_row(trainer, module))
        if last or step % self.preview.every == 0 or step == self.preview.logged_at:
            photos = map(as_bytes, self.preview.painted(trainer, module)[0])
            self.run.log_previews(step, dict(zip(self.preview.pictures, photos, strict=True)))
