"""Shows a stage in W&B while it is trained."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import lightning as L

from kunster.callbacks.curve import current_row
from kunster.callbacks.preview import Preview
from kunster.loggers.stage_run import StageRun
from kunster.objectives.stage import LOG_EVERY
from kunster.pictures.images import as_bytes


class Watch(L.Callback):
    """Logs the losses as `LossCurve` writes them, and the previews one by one.

    Args:
        run: where to.
        curve: that of the stage; what it holds up to a checkpoint is logged again after a resume.
        preview: what the photos become, and how often to look; the last step is looked at too.
        names: of the photos.
    """

    def __init__(self, run: StageRun, curve: Path, preview: Preview, names: Sequence[str]) -> None:
        self.run, self.curve, self.preview, self.names = run, curve, preview, names
        self._resumed_at = 0

    def on_load_checkpoint(
        self, trainer: L.Trainer, module: L.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        self._resumed_at = checkpoint["global_step"]

    def on_fit_start(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        # not on_train_start, which a stage that has no steps left to train never reaches
        self.run.repeat(self.curve, self._resumed_at)

    def on_train_batch_end(
        self, trainer: L.Trainer, module: L.LightningModule, outputs: Any, batch: Any, index: int
    ) -> None:
        step = trainer.global_step
        last = step == trainer.max_steps
        if last or step % LOG_EVERY == 0:
            self.run.log_losses(step, current_row(trainer))
        if last or step % self.preview.every == 0:
            photos = map(as_bytes, self.preview.stylized(module))
            self.run.log_previews(step, dict(zip(self.names, photos, strict=True)))
