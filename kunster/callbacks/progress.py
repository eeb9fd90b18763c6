"""One line that says how far training is: loss, speed, time left."""

import time
from typing import Any

import lightning as L
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


class ProgressLine(L.Callback):
    """A bar on a terminal, a line now and then in a log file.

    Args:
        title: what is being trained.
        images_a_step: pictures seen in each.
        every: seconds between two lines where there is no terminal.
    """

    def __init__(self, title: str, images_a_step: int, every: float = 15.0) -> None:
        self.title, self.images_a_step, self.every = title, images_a_step, every
        self.console = Console(stderr=True)
        self._bar: Progress | None = None

    def on_train_start(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        self._first, self._began = trainer.global_step, time.monotonic()
        self._said = self._began
        if self.console.is_terminal:
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[text]}"),
                TimeRemainingColumn(),
                console=self.console,
            )
            self._bar.start()
            self._task = self._bar.add_task(
                self.title, total=trainer.max_steps, completed=trainer.global_step, text=""
            )

    def on_train_batch_end(
        self, trainer: L.Trainer, module: L.LightningModule, outputs: Any, batch: Any, index: int
    ) -> None:
        now = time.monotonic()
        if now - self._said < (0.5 if self._bar else self.every):
            return
        self._said = now
        rate = (trainer.global_step - self._first) / (now - self._began)
        module.log("train/images_per_second", rate * self.images_a_step)
        terms = {
            name.removeprefix("train/"): float(value)
            for name, value in trainer.callback_metrics.items()
            if name in ("train/loss", "train/content", "train/style")
        }
        text = "  ".join(f"{name} {value:.3f}" for name, value in sorted(terms.items()))
        text += f"  {rate * self.images_a_step:.1f} images/s"
        if self._bar:
            self._bar.update(self._task, completed=trainer.global_step, text=text)
            return
        left = (trainer.max_steps - trainer.global_step) / rate
        self.console.print(
            f"{self.title} {trainer.global_step}/{trainer.max_steps}  {text}  {left:.0f} s left",
            highlight=False,
            soft_wrap=True,
        )

    def on_train_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        self._close()

    def on_exception(
        self, trainer: L.Trainer, module: L.LightningModule, exception: BaseException
    ) -> None:
        self._close()

    def _close(self) -> None:
        if self._bar:
            self._bar.stop()
            self._bar = None
