"""Saves checkpoints and turns each into the files that ship."""

import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import lightning as L
from torch import nn

from kunster.files.replacing import replacing


class SaveAndExport(L.Callback):
    """Writes `last.ckpt` every so many steps and at the end, and hands the network to `export`.

    The checkpoint gets its name when it is complete, so a run that is killed while it writes still
    has the one before. It also counts the seconds of training over all sittings.

    Args:
        path: of the checkpoint.
        every: steps between two checkpoints.
        export: called with the network after each checkpoint; None exports nothing.
    """

    def __init__(
        self, path: Path, every: int, export: Callable[[nn.Module], object] | None = None
    ) -> None:
        self.path, self.every, self.export = path, every, export
        self.seconds = 0.0
        self._since = 0.0
        self._saved_at = -1

    def on_train_start(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        self._saved_at = trainer.global_step
        self._since = time.monotonic()

    def on_train_batch_end(
        self, trainer: L.Trainer, module: L.LightningModule, outputs: Any, batch: Any, index: int
    ) -> None:
        if trainer.global_step % self.every == 0:
            self._save(trainer, module)

    def on_train_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        if trainer.global_step > self._saved_at:
            self._save(trainer, module)

    def _save(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        self.seconds += time.monotonic() - self._since
        # every process hands in what it has; the first one writes
        first = trainer.is_global_zero
        with replacing(self.path) if first else nullcontext(self.path) as part:
            trainer.save_checkpoint(part)
        self._saved_at = trainer.global_step
        if self.export is not None and trainer.is_global_zero:
            self.export(module.get_submodule("network"))
        self._since = time.monotonic()

    def state_dict(self) -> dict[str, float]:
        return {"seconds": self.seconds}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.seconds = state_dict["seconds"]
