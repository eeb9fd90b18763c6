"""Keeps the page of a run folder up to date while a stage is trained."""

import time
from pathlib import Path
from typing import Any

import lightning as L

from kunster.callbacks.preview import Preview
from kunster.callbacks.run_html import Training, write_page
from kunster.networks.description import Description, Stage
from kunster.objectives.stage import StageObjective
from kunster.results.run_folder import CONFIG


class RunPage(L.Callback):
    """Writes `index.html` into the run folder: at the start, after each look, and at the end.

    The run writes it once more when its results are there. It comes after `Preview`, whose pictures
    it shows. A stage that is trained outside a run folder has no page.
    """

    def __init__(self) -> None:
        self._began, self._first = 0.0, 0

    def on_train_start(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        self._began, self._first = time.monotonic(), trainer.global_step
        self._write(trainer, module)

    def on_train_batch_end(
        self, trainer: L.Trainer, module: L.LightningModule, outputs: Any, batch: Any, index: int
    ) -> None:
        previews = (each for each in trainer.callbacks if isinstance(each, Preview))  # type: ignore[attr-defined]
        if any(each.looked_at == trainer.global_step for each in previews):
            self._write(trainer, module)

    def on_fit_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        self._write(trainer, module)

    def _write(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        folder, step = Path(trainer.default_root_dir), trainer.global_step
        if not trainer.is_global_zero or not (folder.parent / CONFIG).exists():
            return
        assert isinstance(module, StageObjective)
        done, left = step - self._first, None
        if done:
            left = (trainer.max_steps - step) * (time.monotonic() - self._began) / done
        stage: Stage = folder.name  # type: ignore[assignment]
        training = Training(stage, step, trainer.max_steps, left)
        description = Description.from_metadata(module.description)
        write_page(folder.parent, description, training)
