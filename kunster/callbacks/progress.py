"""How far training is: loss, speed, time left."""

from typing import Any

import lightning as L

from kunster.console.progress import ProgressLine


class TrainingProgress(L.Callback):
    """A bar on a terminal, a line now and then in a log file.

    Args:
        title: what is being trained.
        images_a_step: pictures seen in each.
        every: seconds between two lines where there is no terminal.
    """

    def __init__(self, title: str, images_a_step: int, every: float = 15.0) -> None:
        self.title, self.images_a_step, self.every = title, images_a_step, every
        self._line: ProgressLine | None = None

    def on_train_start(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        self._line = ProgressLine(self.title, trainer.max_steps, trainer.global_step, self.every)

    def on_train_batch_end(
        self, trainer: L.Trainer, module: L.LightningModule, outputs: Any, batch: Any, index: int
    ) -> None:
        assert self._line is not None
        if not self._line.due():
            return
        images_per_second = self._line.rate(trainer.global_step) * self.images_a_step
        module.log("train/images_per_second", images_per_second)
        terms = {
            name.removeprefix("train/"): float(value)
            for name, value in trainer.callback_metrics.items()
            if name in ("train/loss", "train/content", "train/style")
        }
        text = "  ".join(f"{name} {value:.3f}" for name, value in sorted(terms.items()))
        self._line.say(trainer.global_step, f"{text}  {images_per_second:.1f} images/s")

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
