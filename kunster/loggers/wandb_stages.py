"""Weights & Biases logger of a run: every stage is a W&B run."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

import lightning as L
import numpy as np

from kunster.callbacks.preview import Preview
from kunster.data.preview_photos import PHOTO_NAMES
from kunster.loggers.account import check_account
from kunster.loggers.stage_run import StageRun, open_stage_run
from kunster.loggers.watch import Watch
from kunster.networks.description import Description

Mode = Literal["offline", "online", "disabled"]


class Look(Protocol):
    """Pictures of a finished stage."""

    def stylized(self, name: str) -> dict[str, np.ndarray]: ...

    def clip(self, name: str) -> Any: ...


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
        mode: Literal["offline", "online", "disabled", "dryrun"] = "offline",
        tags: Sequence[str] = (),
    ) -> None:
        self.mode: Mode = "offline" if mode == "dryrun" else mode  # its name in older W&B
        if self.mode == "online":
            wish = "logger.wandb.mode=online"
            check_account(wish, "or leave it offline and `wandb sync` later")
        self.project, self.group, self.tags = project, group, tuple(tags)
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
        if self.mode == "disabled":
            return []
        self.run = open_stage_run(self, config, folder, description)
        preview = next((each for each in callbacks if isinstance(each, Preview)), Preview())
        return [Watch(self.run, preview, PHOTO_NAMES)]

    def finish(self, figures: Mapping[str, Any], look: Look, name: str, rate: float = 25) -> None:
        """Logs figures, pictures and files of a stage and closes its W&B run.

        Args:
            figures: as in results.json.
            look: pictures of the stage called `name`.
            rate: frames a second of the clip.
        """
        if self.run:
            self.run.finish(figures, look.stylized(name), look.clip(name), rate)
            self.run = None
