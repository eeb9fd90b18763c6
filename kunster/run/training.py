"""Trains one stage: objects in, a folder of checkpoints and exports out."""

import logging
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import lightning as L
import torch
from lightning.pytorch.loggers import Logger
from lightning.pytorch.strategies import DDPStrategy
from torch import nn

from kunster.callbacks.checkpoint import SaveAndExport
from kunster.callbacks.curve import CURVE, LossCurve, final_terms
from kunster.callbacks.guard import FiniteLoss
from kunster.callbacks.preview import Preview
from kunster.callbacks.progress import TrainingProgress
from kunster.callbacks.termination import HandedOnTermination
from kunster.data.stream import BatchModule
from kunster.errors import UserError
from kunster.machine.hardware import Hardware
from kunster.objectives.stage import LOG_EVERY, StageObjective

MOST_STEPS_UNSAVED = 1000


@dataclass(frozen=True)
class Schedule:
    """How long a stage trains and how often it looks up.

    Attributes:
        steps: optimiser steps.
        batch: crops or pairs a step.
        checkpoint_every: steps between two checkpoints; None for a quarter of the run.
        preview_every: steps between two looks at the same photos in the log.
    """

    steps: int
    batch: int
    checkpoint_every: int | None = None
    preview_every: int = 200

    def __post_init__(self) -> None:
        for name in ("steps", "batch", "checkpoint_every", "preview_every"):
            value = getattr(self, name)
            if value is not None and (not isinstance(value, int) or value < 1):
                raise UserError(f"{name}={value}: must be a whole number from 1 up")

    @property
    def steps_a_checkpoint(self) -> int:
        return self.checkpoint_every or min(MOST_STEPS_UNSAVED, -(-self.steps // 4))


def train_stage(
    module: StageObjective,
    data: BatchModule,
    schedule: Schedule,
    hardware: Hardware,
    folder: Path,
    loggers: Sequence[Logger] = (),
    preview: Preview | None = None,
    export: Callable[[nn.Module], object] | None = None,
    resume: bool = False,
    watching: Sequence[L.Callback] = (),
) -> dict[str, float]:
    """Trains `module.network` and leaves `last.ckpt`, the exports, `curve.csv` and `preview.png`.

    Args:
        preview: draws the strip of pictures, if it is to be seen; writes it once at the end.
        export: called with the network after each checkpoint.
        resume: go on from `last.ckpt`, if it is there.
        watching: further hooks, which look on.

    Returns:
        steps, seconds, images_per_second, data_wait (the share of the seconds that training stood
        still for data) and the mean of each loss term at the end. Of several processes only the
        first has and writes anything; the others return nothing.

    Raises:
        KeyboardInterrupt: Ctrl-C or SIGTERM ended it.
    """
    checkpoint = folder / "last.ckpt"
    first = hardware.devices.first
    saver = SaveAndExport(checkpoint, schedule.steps_a_checkpoint, export if first else None)
    curve, line = LossCurve(folder / CURVE), TrainingProgress(folder.name, data.images_a_step)
    seen = [curve, *watching, line, *([preview] if preview else [])]
    trainer = _trainer(
        hardware,
        max_steps=schedule.steps,
        logger=list(loggers) if first else [],
        default_root_dir=folder,
        callbacks=[
            FiniteLoss(),  # before the others: it vetoes what they would save
            HandedOnTermination(),
            *(seen if first else []),
            saver,
        ],
    )
    module.quicken(hardware.compile, hardware.graphs)
    start = checkpoint if resume and checkpoint.is_file() else None
    try:
        trainer.fit(module, data, ckpt_path=start, weights_only=True)
    except SystemExit as stop:  # what Lightning makes of Ctrl-C and SIGTERM
        raise KeyboardInterrupt from stop
    if not first:
        return {}
    # a run killed between its last checkpoint and the export has that left to do; else this is free
    if export is not None:
        export(module.get_submodule("network"))
    if preview:
        preview.write(module)
    return {
        "steps": trainer.global_step,
        "seconds": round(saver.seconds, 2),
        "images_per_second": round(trainer.global_step * data.images_a_step / saver.seconds, 2),
        "data_wait": round(data.waited / saver.seconds, 4),
        **final_terms(curve.path),
    }


def _trainer(hardware: Hardware, **arguments) -> L.Trainer:
    """A quiet Lightning trainer; what it would announce is in our own table."""
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", module=r"lightning\..*")
    torch.set_float32_matmul_precision("high")
    devices = hardware.devices
    return L.Trainer(
        accelerator=hardware.accelerator,
        devices=devices.each,
        num_nodes=devices.nodes,
        # the buffers are frozen weights: the same everywhere, so not sent around in every step
        strategy="auto" if devices.count == 1 else DDPStrategy(broadcast_buffers=False),
        use_distributed_sampler=False,  # every process makes its own part of each batch
        plugins=[devices.environment()],
        precision=hardware.precision,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        log_every_n_steps=LOG_EVERY,
        **arguments,
    )
