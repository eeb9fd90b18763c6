"""Progress of training: loss, speed, time left."""

from pathlib import Path
from typing import Annotated, Any

import lightning as L
from annotated_types import Gt

from kunster.console.progress import ProgressLine


class TrainingProgress(L.Callback):
    """A bar on a terminal, a line now and then in a log file.

    Not a `RichProgressBar`: that counts epochs, and writes nothing where there is no terminal.

    Args:
        every_n_seconds: between two lines where there is no terminal.
    """

    def __init__(self, every_n_seconds: Annotated[float, Gt(0)] = 15.0) -> None:
        self.every = every_n_seconds
        self.images_a_step = 1
        self._line: ProgressLine | None = None

    def on_train_start(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        if not trainer.is_global_zero:
            return
        self.images_a_step = getattr(trainer.datamodule, "images_a_step", 1)  # type: ignore[attr-defined]
        title = Path(trainer.default_root_dir).name
        self._line = ProgressLine(title, trainer.max_steps, trainer.global_step, self.every)

    def on_train_batch_end(
        self, trainer: L.Trainer, module: L.LightningModule, outputs: Any, batch: Any, index: int
    ) -> None:
        if self._line is None or not self._line.due():
            return
        images_per_second = self._line.rate(trainer.global_step) * self.images_a_step
        module.log("train/images_per_second", images_per_second, rank_zero_only=True)
        loss = trainer.callback_metrics.get("train/loss")  # its terms are in the curve
        text = "" if loss is None else f"loss {float(loss):#.4g}  "
        self._line.say(trainer.global_step, f"{text}{images_per_second:.1f} images/s")

    def on_train_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        self._close()

    def on_exception(
        self, trainer: L.Trainer, module: L.LightningModule, exception: BaseException
    ) -> None:
        self._close()

    def _close(self) -> None:
        if self._line:
            self._line.close()
            self._line = None
