"""Weights & Biases as a configuration names it: every stage of a run is a W&B run."""

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

    Not Lightning's `WandbLogger`: an offline run of W&B cannot be resumed, so a stage that goes on
    is logged anew from its curve and its previews, and W&B's step is the optimiser's.

    Args:
        project: of W&B.
        group: of runs to compare; None for the sweep that the run is of.
        mode: disabled, the value of WANDB_MODE too, logs nothing.
        tags: further ones.

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
        # its name in older W&B
        self.mode: Mode = "offline" if mode == "dryrun" else mode
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
        """Begins to log a stage; the callbacks that do it while the stage trains.

        Args:
            config: of the run, as W&B is to show it.
            folder: of the run.
            callbacks: of the stage, among which the preview is.
        """
        if self.mode == "disabled":
            return []
        self.run = open_stage_run(self, config, folder, description)
        preview = next((each for each in callbacks if isinstance(each, Preview)), Preview())
        return [Watch(self.run, preview, PHOTO_NAMES)]

    def finish(self, figures: Mapping[str, Any], look: Look, name: str, rate: float = 25) -> None:
        """Logs a stage's figures, pictures and files, and closes its W&B run.

        Args:
            figures: as results.json has them.
            look: pictures of the stage called `name`.
            rate: of its clip, frames a second.
        """
        if self.run:
            self.run.finish(figures, look.stylized(name), look.clip(name), rate)
            self.run = None
