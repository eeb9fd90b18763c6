"""The checkpoint from which a stage resumes, with its seconds of training."""

import time
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

import lightning as L
from annotated_types import Ge
from lightning.pytorch.callbacks import Checkpoint

from kunster.errors import UserError
from kunster.files.replacing import replacing

LAST = "last.ckpt"
MOST_STEPS_UNSAVED = 1000


class LastCheckpoint(Checkpoint):
    """Writes `last.ckpt` into the stage's folder every so many steps and after the last.

    Not a `ModelCheckpoint`: that saves nothing at the last step and keeps absolute paths in its
    state. The file gets its name when it is complete. Also counts the seconds of training over all
    sittings, without the time for checkpoints and exports.

    Args:
        every_n_train_steps: None for a quarter of the run, at most `MOST_STEPS_UNSAVED`.
    """

    def __init__(self, every_n_train_steps: Annotated[int, Ge(1)] | None = None) -> None:
        if every_n_train_steps is not None and every_n_train_steps < 1:
            raise UserError(f"every_n_train_steps={every_n_train_steps}: must be 1 or more")
        self.every = every_n_train_steps
        self.seconds = 0.0
        self.saved_at = -1  # step
        self._since: float | None = None

    def on_train_start(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        self.saved_at = trainer.global_step
        self._since = time.monotonic()

    def on_train_batch_start(
        self, trainer: L.Trainer, module: L.LightningModule, batch: Any, index: int
    ) -> None:
        if self._since is None:
            self._since = time.monotonic()

    def on_train_batch_end(
        self, trainer: L.Trainer, module: L.LightningModule, outputs: Any, batch: Any, index: int
    ) -> None:
        every = self.every or min(MOST_STEPS_UNSAVED, -(-trainer.max_steps // 4))
        if trainer.global_step % every == 0 or trainer.global_step == trainer.max_steps:
            self._save(trainer)

    def _save(self, trainer: L.Trainer) -> None:
        if self._since is not None:
            self.seconds += time.monotonic() - self._since
            self._since = None
        # every process hands in what it has; the first one writes
        path, first = Path(trainer.default_root_dir) / LAST, trainer.is_global_zero
        with replacing(path) if first else nullcontext(path) as part:
            trainer.save_checkpoint(part)
        self.saved_at = trainer.global_step

    def state_dict(self) -> dict[str, float]:
        return {"seconds": self.seconds}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.seconds = state_dict["seconds"]
