"""Experiment loggers: Weights & Biases, offline unless asked otherwise, or TensorBoard."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lightning.pytorch.loggers import Logger, TensorBoardLogger, WandbLogger

from kunster.errors import UserError
from kunster.networks.description import Description

KINDS = ("wandb", "tensorboard", "csv")
EXPORTS = ("last.ckpt", "model.safetensors", "model.onnx", "model.mlpackage", "manifest.json")


def build_loggers(config: Mapping[str, Any], folder: Path, stage: str) -> list[Logger]:
    """The logger that the configuration names; none for `csv`, which every run writes anyway.

    Raises:
        UserError: an unknown kind or mode, or W&B online without an account.
    """
    chosen = config["logger"]
    if chosen["kind"] not in KINDS:
        raise UserError(f"logger.kind={chosen['kind']}: must be one of {', '.join(KINDS)}")
    if chosen["kind"] == "tensorboard":
        return [TensorBoardLogger(folder, name="tensorboard", version=stage)]
    if chosen["kind"] == "csv" or chosen["mode"] == "disabled":
        return []
    return [_wandb(config, folder, stage)]


def finish_loggers(loggers: Sequence[Logger], folder: Path, description: Description) -> None:
    """Logs a stage's final files as an artifact, and closes the run."""
    for logger in loggers:
        if not isinstance(logger, WandbLogger):
            continue
        import wandb

        name = f"{description.style}-{description.kind}-{description.stage}"
        artifact = wandb.Artifact(name, type="model", metadata=description.to_metadata())
        for file in EXPORTS:
            path = folder / file
            if path.is_dir():
                artifact.add_dir(str(path), name=file)
            elif path.is_file():
                artifact.add_file(str(path))
        logger.experiment.log_artifact(artifact)
        logger.experiment.finish()


def _wandb(config: Mapping[str, Any], folder: Path, stage: str) -> WandbLogger:
    import wandb

    chosen = config["logger"]
    if chosen["mode"] not in ("offline", "online"):
        raise UserError(f"logger.mode={chosen['mode']}: must be offline, online or disabled")
    if chosen["mode"] == "online" and not wandb.api.api_key:
        raise UserError(
            "logger.mode=online: no W&B account on this machine; run `wandb login` or set "
            "WANDB_API_KEY, or leave it offline and `wandb sync` later"
        )
    os.environ.setdefault("WANDB_SILENT", "true")
    run = wandb.init(
        name=f"{folder.name}-{stage}",
        project=chosen["project"],
        dir=folder,
        mode=chosen["mode"],
        tags=[stage, *chosen["tags"]],
        config=dict(config),
        settings=wandb.Settings(console="off", silent=True, x_disable_stats=True),
    )
    return WandbLogger(experiment=run)
