"""Stops a run whose loss is no longer a number, before that reaches a checkpoint."""

from typing import Annotated, Any

import lightning as L
import torch
from annotated_types import Ge
from torch import Tensor

from kunster.errors import UserError


class FiniteLoss(L.Callback):
    """Ends a run whose loss is NaN or infinite; checks now and then, so that no GPU waits."""

    def __init__(self, every_n_steps: Annotated[int, Ge(1)] = 20) -> None:
        self.every = every_n_steps
        self._broken: Tensor | None = None

    def on_train_batch_end(
        self, trainer: L.Trainer, module: L.LightningModule, outputs: Any, batch: Any, index: int
    ) -> None:
        broken = ~torch.isfinite(outputs["loss"].detach())
        self._broken = broken if self._broken is None else self._broken | broken
        if trainer.global_step % self.every == 0:
            self.check(trainer)

    def on_save_checkpoint(
        self, trainer: L.Trainer, module: L.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        self.check(trainer)

    def check(self, trainer: L.Trainer) -> None:
        """Raises UserError, in all processes of the run, if a loss of any was NaN or infinite."""
        if self._broken is None:
            return
        broken: Any = self._broken
        if trainer.world_size > 1:
            broken = trainer.strategy.reduce(self._broken.float(), reduce_op="max")
        if bool(broken):
            raise UserError(
                f"the loss is not a number, seen at step {trainer.global_step}: the last "
                "checkpoint is from before and kept; lower the learning rate or the loss weights"
            )
