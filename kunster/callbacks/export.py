"""Turns each checkpoint into the files that ship: ONNX, Core ML and others."""

from pathlib import Path
from typing import Any

import lightning as L
from lightning.pytorch.callbacks import Checkpoint

from kunster.data.preview_photos import preview_pictures
from kunster.export.bundle import export_stage
from kunster.networks.description import Description
from kunster.objectives.stage import StageObjective

CHECKED = 2  # photos on which every file is compared with the network


class ExportCheckpoint(Checkpoint):
    """Exports the network after each checkpoint, and checks every file against it.

    Files that are there already, made from the same weights, are kept.

    Args:
        enabled: false exports nothing.
    """

    def __init__(self, enabled: bool = True) -> None:
        self.enabled = enabled

    def on_train_batch_end(
        self, trainer: L.Trainer, module: L.LightningModule, outputs: Any, batch: Any, index: int
    ) -> None:
        saved = [getattr(each, "saved_at", -1) for each in trainer.checkpoint_callbacks]
        if trainer.global_step in saved:
            self._export(trainer, module)

    def on_fit_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        # a run killed between its last checkpoint and the export has that left to do
        self._export(trainer, module)

    def _export(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        if not self.enabled or not trainer.is_global_zero:
            return
        assert isinstance(module, StageObjective)
        export_stage(
            module.network,
            Description.from_metadata(module.description),
            Path(trainer.default_root_dir),
            list(preview_pictures()[:CHECKED]),
        )
