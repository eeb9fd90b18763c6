"""Weights & Biases logger of a run: every stage is a W&B run."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import lightning as L
import numpy as np

from kunster.callbacks.preview import Preview
from kunster.loggers.account import check_account
from kunster.loggers.identity import Mode, WandbSettings
from kunster.loggers.stage_run import StageRun, open_stage_run
from kunster.loggers.watch import Watch
from kunster.networks.description import Description


class WandbStages:
    """Logs each stage to W&B, offline unless asked otherwise.

    Not Lightning's `WandbLogger`: W&B cannot resume an offline run, so a resumed stage is logged
    again from its curve and its previews; see `StageRun`.

    Args:
        project: W&B project.
        group: runs to compare; None for the sweep of the run.
        mode: `disabled` logs nothing; conf/ takes the default from WANDB_MODE.
        tags: added to those of network, style and stage.

    Raises:
        UserError: online without an account.
    """

    def __init__(
        self,
        project: str = "kunster",
        group: str | None = None,
        mode: Mode = "offline",
        tags: Sequence[str] = (),
    ) -> None:
        if mode == "online":
            wish = "logger.wandb.mode=online"
            check_account(wish, "or leave it offline and `wandb sync` later")
        self.settings = WandbSettings(project, group, mode, tuple(tags))
        self.run: StageRun | None = None

    def follow(
        self,
        config: Mapping[str, Any],
        folder: Path,
        description: Description,
        callbacks: Sequence[L.Callback],
    ) -> list[L.Callback]:
        """Starts to log a stage; returns the callbacks that log it while it trains.

        Args:
            config: of the run, shown by W&B.
            folder: of the run.
            callbacks: of the stage; its `Preview` says how often photos are logged.
        """
        if self.settings.mode == "disabled":
            return []
        self.run = open_stage_run(self.settings, config, folder, description)
        preview = next((each for each in callbacks if isinstance(each, Preview)), Preview())
        return [Watch(self.run, preview)]

    def finish(
        self,
        figures: Mapping[str, Any],
        photos: Mapping[str, np.ndarray],
        clip: Iterable[np.ndarray],
        frames_per_second: float,
    ) -> None:
        """Logs figures, pictures and files of a stage and closes its W&B run; see `StageRun`."""
        if self.run:
            self.run.finish(figures, photos, clip, frames_per_second)
            self.run = None
