"""A run from configuration to results: says what it will do, trains it, says what came out."""

import sys
from pathlib import Path
from typing import Any

import lightning as L
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.loggers import Logger
from omegaconf import DictConfig
from rich.console import Console

from kunster.callbacks.checkpoint import LAST, LastCheckpoint
from kunster.callbacks.curve import CURVE, final_terms
from kunster.callbacks.preview import Preview
from kunster.callbacks.run_html import PAGE, write_page
from kunster.console.command import INTERRUPTED
from kunster.errors import UserError
from kunster.files.tensor_file import read_checkpoint
from kunster.loggers.wandb_stages import WandbStages
from kunster.machine.devices import end_with_parent
from kunster.networks.description import STAGES
from kunster.networks.model_file import as_stylizer, save_model
from kunster.networks.stored import StoredNetwork
from kunster.networks.table2 import network_facts
from kunster.results.run_folder import check_run, held, open_run, versions, write_results
from kunster.run.configuration import built, raised_by
from kunster.run.first_look import FRAMES_PER_SECOND, FirstLook
from kunster.run.pace import seconds_a_step
from kunster.run.preparation import PreparedStage, Run
from kunster.run.settings import stages_of
from kunster.run.tables import BASE, plan_rows, print_rows, result_rows

TIMED_SECONDS = 4.0  # at most, of each stage


def execute(composed: DictConfig, folder: Path) -> dict[str, Any]:
    """Trains what the configuration says and returns what it wrote to `results.json`.

    Raises:
        UserError: the configuration or the folder is not possible.
        KeyboardInterrupt: Ctrl-C or SIGTERM ended it.
    """
    run = Run(composed, folder)
    if run.rank:
        return _train_along(run)
    with held(folder):
        return _train_all(run)


def _train_all(run: Run) -> dict[str, Any]:
    """Trains all stages in the first process of a run, and writes the results."""
    config, folder = run.config, run.folder
    console = Console(stderr=True, highlight=False)
    check_run(folder, config, config["resume"], config["overwrite"])
    stages = [run.stage(stage) for stage in stages_of(config)]
    material = [*run.start, *(stage.record for stage in stages)]
    for stage in stages:
        stage.expected_seconds = expected_seconds(run, stage)
    open_run(folder, config, config["overwrite"])  # now that all it needs is there
    print_rows(plan_rows(run, stages, material), console)
    look = built(config["first_look"], "first_look")(run.perceptual, run.paintings)
    figures = {stage.stage: _train(run, stage, look) for stage in stages}
    results = {
        **network_facts(run.description),
        "style": run.description.style,
        "assets": [
            *(painting.record for painting in run.paintings),
            run.perceptual.source,
            *material,
        ],
        "stages": figures,
        "versions": versions(),
        "device": run.device,
    }
    write_results(folder, results)
    if (folder / PAGE).is_file():
        write_page(folder, run.description)
    print_rows(result_rows(folder, figures), console)
    return results


def expected_seconds(run: Run, stage: PreparedStage) -> float:
    """Seconds that a stage will train on this machine, from a few of its steps."""
    steps = run.config["timed_steps"]
    a_step = seconds_a_step(stage.objective, stage.data, run.probe, steps, TIMED_SECONDS)
    return stage.objective.steps * a_step


def fit(
    run: Run, stage: PreparedStage, callbacks: list[L.Callback], loggers: list[Logger]
) -> L.Trainer:
    """Trains a stage with Lightning, from its last checkpoint where the run resumes."""
    trainer = stage.trainer(
        max_steps=stage.objective.steps,
        callbacks=callbacks,
        logger=loggers,
        default_root_dir=stage.folder,
    )
    checkpoint = stage.folder / LAST
    start = checkpoint if run.config["resume"] and checkpoint.is_file() else None
    if start:
        _check_readable(start)
    try:
        trainer.fit(stage.objective, stage.data, ckpt_path=start, weights_only=True)
    except SystemExit as stop:  # what Lightning makes of Ctrl-C and SIGTERM
        raise KeyboardInterrupt from stop
    except (RuntimeError, ValueError, MisconfigurationException) as error:
        if isinstance(error, UserError) or not raised_by(error, "lightning."):
            raise
        raise UserError(f"trainer: {' '.join(str(error).split())}") from error
    return trainer


def _check_readable(checkpoint: Path) -> None:
    try:
        read_checkpoint(checkpoint)
    except UserError as error:
        raise UserError(f"{error}; delete it to train this stage from its start") from error


def _train(run: Run, stage: PreparedStage, look: FirstLook) -> dict[str, Any]:
    """Trains one stage and returns its figures."""
    callbacks = run.entries("callbacks", stage)
    loggers = run.entries("logger", stage)
    followed = [each for each in loggers if isinstance(each, WandbStages)]
    for each in followed:
        callbacks += each.follow(run.config, run.folder, stage.description, callbacks)
    trainer = fit(run, stage, callbacks, [each for each in loggers if isinstance(each, Logger)])
    if run.base:
        network, description = run.base_with(StoredNetwork.of(run.network))
        save_model(as_stylizer(network), description, stage.folder / BASE)
    figures = figures_of(stage, trainer)
    figures["expected_seconds"] = round(stage.expected_seconds, 2)
    name = STAGES[stage.stage]
    figures["evaluation"] = look.judge(name, stage.objective.network)
    filmed = any(isinstance(each, Preview) and each.video for each in callbacks)
    if stage.stage == "temporal" and filmed:
        look.write_video(stage.folder / "preview.mp4")
    for each in followed:
        each.finish(figures, look.stylized(name), look.clip(name), FRAMES_PER_SECOND)
    return figures


def figures_of(stage: PreparedStage, trainer: L.Trainer) -> dict[str, Any]:
    """Steps, seconds, images_per_second, data_wait and each term's mean at the end.

    data_wait is the share of the seconds that training stood still for data.
    """
    clock = next((e for e in trainer.checkpoint_callbacks if isinstance(e, LastCheckpoint)), None)
    figures: dict[str, Any] = {"steps": trainer.global_step}
    if clock and clock.seconds:
        images = trainer.global_step * stage.data.images_a_step
        figures |= {
            "seconds": round(clock.seconds, 2),
            "images_per_second": round(images / clock.seconds, 2),
            "data_wait": round(stage.data.waited / clock.seconds, 4),
        }
    return {**figures, **final_terms(stage.folder / CURVE)}


def _train_along(run: Run) -> dict[str, Any]:
    """Trains along with the first process of the run, which alone reports and writes."""
    end_with_parent()
    try:
        for name in stages_of(run.config):
            stage = run.stage(name)
            fit(run, stage, run.entries("callbacks", stage), [])
    except KeyboardInterrupt:  # of all; the first says so
        sys.exit(INTERRUPTED)
    except UserError as error:
        raise UserError(f"process {run.rank}: {error}") from error
    return {}
