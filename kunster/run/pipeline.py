"""A run from configuration to results: says what it will do, does it, says what came out."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from rich.console import Console

from kunster.callbacks.curve import CURVE
from kunster.console.command import INTERRUPTED
from kunster.data.clips import Clips
from kunster.data.photos import Photos
from kunster.data.preview_photos import PHOTO_NAMES, preview_pictures
from kunster.data.style import resolve_style
from kunster.errors import UserError
from kunster.export.bundle import export_stage
from kunster.loggers.choice import build_loggers
from kunster.loggers.stage_run import open_stage_run
from kunster.loggers.watch import Watch
from kunster.losses.features import PerceptualNetwork
from kunster.machine.devices import end_with_parent
from kunster.machine.hardware import Hardware, keep_freed_memory
from kunster.networks.description import STAGES, Description, Stage
from kunster.networks.start import load_start
from kunster.networks.stylizer import Stylizer
from kunster.networks.table2 import network_facts
from kunster.pictures.images import as_image
from kunster.results.run_folder import open_run, versions, write_results
from kunster.run.first_look import FRAMES_PER_SECOND, FirstLook
from kunster.run.pace import seconds_a_step
from kunster.run.settings import describe, hardware_of, schedule_of, stages_of
from kunster.run.stages import Learner, Lesson, perceptual_lesson, temporal_lesson
from kunster.run.summary import plan_table, result_table
from kunster.run.training import Schedule, train_stage


@dataclass(frozen=True)
class Plan:
    """What a run is to do; the callables build what is costly, once the plan is known to be sound.

    Attributes:
        folder: the run folder.
        config: the resolved configuration.
        photos, perceptual, clips: build the training photos, the perceptual network and the clips.
        optimizers, schedules: by stage; partials of torch's.
    """

    folder: Path
    config: Mapping[str, Any]
    photos: Callable[[], Photos]
    perceptual: Callable[[], PerceptualNetwork]
    clips: Callable[[], Clips]
    optimizers: Mapping[str, Callable]
    schedules: Mapping[str, Callable]


def execute(plan: Plan) -> dict[str, Any]:
    """Runs the plan and returns what it wrote to `results.json`."""
    config, console = plan.config, Console(stderr=True, highlight=False, soft_wrap=True)
    schedules = {stage: schedule_of(config["objective"][stage]) for stage in stages_of(config)}
    learner, start = _learner(plan)
    if not learner.hardware.devices.first:
        return _help(plan, learner, schedules)
    open_run(plan.folder, config, config["resume"], config["overwrite"])
    lessons = {stage: _lesson(plan, stage, learner) for stage in schedules}
    material = [*start, *(lesson.record for lesson in lessons.values())]
    seconds = {
        stage: _seconds(lesson, schedules[stage], learner) for stage, lesson in lessons.items()
    }
    console.print(plan_table(plan.folder, learner, material, schedules, seconds))
    look = FirstLook(learner.perceptual, learner.style)
    stages = {
        stage: _train(plan, stage, lesson, schedules[stage], seconds[stage], learner.hardware, look)
        for stage, lesson in lessons.items()
    }
    results = {
        **network_facts(learner.description),
        "style": learner.description.style,
        "assets": [learner.style.record, learner.perceptual.source, *material],
        "stages": stages,
        "versions": versions(),
        "device": learner.hardware.name,
    }
    write_results(plan.folder, results)
    console.print(result_table(plan.folder, stages))
    return results


def _help(plan: Plan, learner: Learner, schedules: Mapping[Stage, Schedule]) -> dict[str, Any]:
    """Trains along with the first process of the run, which alone reports and writes."""
    end_with_parent()
    try:
        lessons = {stage: _lesson(plan, stage, learner) for stage in schedules}
        for stage, lesson in lessons.items():
            where = (learner.hardware, plan.folder / stage)
            train_stage(
                lesson.module, lesson.data, schedules[stage], *where, resume=plan.config["resume"]
            )
    except KeyboardInterrupt:  # of all; the first says so
        sys.exit(INTERRUPTED)
    except UserError as error:
        raise UserError(f"process {learner.hardware.devices.rank}: {error}") from error
    return {}


def expected_seconds(plan: Plan) -> dict[Stage, float]:
    """How long each stage will train on this machine; builds all that training needs.

    Raises:
        UserError: something that the configuration names is not there.
    """
    learner, _ = _learner(plan)
    return {
        stage: _seconds(
            _lesson(plan, stage, learner), schedule_of(plan.config["objective"][stage]), learner
        )
        for stage in stages_of(plan.config)
    }


def _seconds(lesson: Lesson, schedule: Schedule, learner: Learner) -> float:
    return schedule.steps * seconds_a_step(lesson, learner.hardware)


def _lesson(plan: Plan, stage: Stage, learner: Learner) -> Lesson:
    config, settings = plan.config, plan.config["objective"][stage]
    optimisation = (plan.optimizers[stage], plan.schedules[stage])
    if stage == "temporal":
        return temporal_lesson(learner, settings, optimisation, plan.clips())
    photos = plan.photos()
    source = f"{_last_word(config['photos']['_target_'])}, {len(photos)} photos"
    return perceptual_lesson(learner, settings, optimisation, photos, source, config["seed"])


def _last_word(target: str) -> str:
    """`bundled` of kunster.data.photos.bundled_photos."""
    return target.rsplit(".", 1)[-1].removesuffix("_photos")


def _train(
    plan: Plan,
    stage: Stage,
    lesson: Lesson,
    schedule: Schedule,
    expected: float,
    hardware: Hardware,
    look: FirstLook,
) -> dict[str, Any]:
    """Trains one stage and returns its figures."""
    folder, name = plan.folder / stage, STAGES[stage]
    run = open_stage_run(plan.config, plan.folder, lesson.description)
    preview = look.preview(name, folder, schedule.preview_every)
    figures: dict[str, Any] = train_stage(
        lesson.module,
        lesson.data,
        schedule,
        hardware,
        folder,
        build_loggers(plan.config["logger"], plan.folder, stage),
        preview,
        _exporter(plan, lesson.description, folder, look),
        plan.config["resume"],
        [Watch(run, folder / CURVE, preview, PHOTO_NAMES)] if run else [],
    )
    figures["expected_seconds"] = round(expected, 2)
    figures["evaluation"] = look.judge(name, lesson.module.network)
    if stage == "temporal":
        look.write_video(folder / "preview.mp4")
    if run:
        run.finish(figures, look.stylized(name), look.clip(name), FRAMES_PER_SECOND)
    return figures


def _exporter(
    plan: Plan, description: Description, folder: Path, look: FirstLook
) -> Callable | None:
    if not plan.config["export"]["enabled"]:
        return None
    checked = list(look.pictures[:2])
    return partial(export_stage, description=description, folder=folder, photos=checked)


def _learner(plan: Plan) -> tuple[Learner, list[dict[str, str]]]:
    """The network and what it is taught by, and the record of where it began, if anywhere."""
    config, trainer = plan.config, plan.config["trainer"]
    hardware = hardware_of(config)
    if trainer["threads"]:
        torch.set_num_threads(trainer["threads"])
    keep_freed_memory()
    torch.manual_seed(config["seed"])
    description = describe(config)
    network, start = _network(config, description)
    perceptual, chosen = plan.perceptual(), config["style"]
    style = resolve_style(
        perceptual, chosen["name"], chosen["size"], chosen["image"], chosen["targets"]
    )
    network = network.to(memory_format=torch.channels_last)
    return Learner(network, description, perceptual, style, chosen["weight"], hardware), start


def _network(
    config: Mapping[str, Any], description: Description
) -> tuple[Stylizer, list[dict[str, str]]]:
    if config["start"] is None:
        return description.build(), []
    photos = torch.cat([as_image(picture) for picture in preview_pictures()[:2]])
    network, record = load_start(config["start"], description, photos, config["start_range"])
    return network, [record]
