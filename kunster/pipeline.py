"""A run from configuration to results: says what it will do, does it, says what came out."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console

from kunster.assets.style import Style, resolve_style
from kunster.data.crops import Crops
from kunster.data.decode import decode_photo
from kunster.data.materials import photographs
from kunster.data.photos import Photos
from kunster.data.stream import CropModule
from kunster.errors import UserError
from kunster.evaluation.distances import distances
from kunster.export.bundle import export_stage
from kunster.hardware import Hardware, choose_hardware, keep_freed_memory
from kunster.logs import build_loggers, finish_loggers
from kunster.losses.features import PerceptualNetwork
from kunster.networks.description import Description
from kunster.networks.stylizer import parameter_count, stylize
from kunster.networks.table2 import megabytes
from kunster.objectives.perceptual import PerceptualObjective, PerceptualTerms
from kunster.record import open_run, versions, write_results
from kunster.summary import photos_source, plan_table, result_table, row_of_table2
from kunster.training import Schedule, train_stage

STAGES = ("perceptual",)
PREVIEW = ("astronaut.png", "coffee.png", "rocket.jpg", "chelsea.png")
PREVIEW_SIZE = (256, 384)  # (height, width)
ENERGY_CROPS = 16  # crops whose content features set the unit of the content loss


@dataclass(frozen=True)
class Plan:
    """What a run is to do; the callables build what is costly, once the plan is known to be sound.

    Attributes:
        folder: the run folder.
        config: the resolved configuration.
        photos, perceptual: build the training photos and the perceptual network.
        optimizers, schedules: by stage; partials of torch's.
    """

    folder: Path
    config: Mapping[str, Any]
    photos: Callable[[], Photos]
    perceptual: Callable[[], PerceptualNetwork]
    optimizers: Mapping[str, Callable]
    schedules: Mapping[str, Callable]


def execute(plan: Plan) -> dict[str, Any]:
    """Runs the plan and returns what it wrote to `results.json`."""
    config, console = plan.config, Console(stderr=True, highlight=False, soft_wrap=True)
    unknown = [stage for stage in config["stages"] if stage not in STAGES]
    if unknown or not config["stages"]:
        raise UserError(f"stages={list(config['stages'])}: must be one or more of {list(STAGES)}")
    hardware = choose_hardware(
        **{name: config["trainer"][name] for name in ("accelerator", "precision", "compile")}
    )
    if config["trainer"]["threads"]:
        torch.set_num_threads(config["trainer"]["threads"])
    keep_freed_memory()
    torch.manual_seed(config["seed"])
    description = _describe(config)
    network = description.build()
    perceptual = plan.perceptual()
    chosen = config["style"]
    style = resolve_style(
        perceptual, chosen["name"], chosen["size"], chosen["image"], chosen["targets"]
    )
    schedules = {stage: _schedule(config["objective"][stage]) for stage in config["stages"]}
    open_run(plan.folder, config, config["resume"], config["overwrite"])
    photos = plan.photos()
    console.print(
        plan_table(
            plan.config, plan.folder, description, hardware, perceptual, style, photos, schedules
        )
    )
    stages = {
        "perceptual": _train_perceptual(
            plan, network, description, hardware, perceptual, style, photos, schedules["perceptual"]
        )
    }
    results = {
        **{name: getattr(description, name) for name in ("alpha", "beta", "layout", "norm")},
        "id": row_of_table2(description),
        "parameters": description.parameters,
        "size_mb": round(megabytes(description.parameters), 2),
        "style": chosen["name"],
        "assets": [
            style.record,
            perceptual.source,
            {"name": "photos", "source": photos_source(config, photos)},
        ],
        "stages": stages,
        "versions": versions(),
        "device": hardware.name,
    }
    write_results(plan.folder, results)
    console.print(result_table(plan.folder, stages))
    return results


def _train_perceptual(
    plan: Plan,
    network: torch.nn.Module,
    description: Description,
    hardware: Hardware,
    perceptual: PerceptualNetwork,
    style: Style,
    photos: Photos,
    schedule: Schedule,
) -> dict[str, Any]:
    settings = plan.config["objective"]["perceptual"]
    crops = Crops(
        photos,
        settings["size"],
        plan.config["seed"],
        scale=tuple(settings["crop_scale"]),
        jitter=settings["jitter"],
    )
    energy = perceptual.content_energy(crops.batch(0, ENERGY_CROPS).float() / 255)
    terms = PerceptualTerms(
        copy.deepcopy(perceptual).cast(hardware.feature_dtype),
        style.targets,
        energy,
        settings["content_weight"],
        settings["style_weight"],
        settings["tv_weight"],
    )
    module = PerceptualObjective(
        network.to(memory_format=torch.channels_last),
        terms,
        plan.optimizers["perceptual"],
        plan.schedules["perceptual"],
        description.to_metadata(),
    )
    folder = plan.folder / "perceptual"
    pictures = preview_pictures()
    preview = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255
    loggers = build_loggers(plan.config, plan.folder, "perceptual")
    figures = train_stage(
        module,
        CropModule(crops, schedule.batch),
        schedule,
        hardware,
        folder,
        loggers,
        (preview, style.picture),
        _exporter(plan, description, folder, pictures),
        plan.config["resume"],
    )
    finish_loggers(loggers, folder, description)
    return {**figures, "evaluation": _evaluate(network, perceptual, style, pictures)}


def _evaluate(
    network: torch.nn.Module, judge: PerceptualNetwork, style: Style, pictures: np.ndarray
) -> dict[str, Any]:
    """A first idea of the result; `python -m kunster.evaluate` judges on photos of your own."""
    (found,) = distances([partial(stylize, network.eval().cpu())], judge, style.targets, pictures)
    return {
        **{name: round(value, 4) for name, value in found._asdict().items()},
        "judge": judge.source["name"],
        "photos": f"{len(pictures)} bundled photographs, seen in training unless photos=folder",
    }


def _exporter(
    plan: Plan, description: Description, folder: Path, pictures: np.ndarray
) -> Callable | None:
    if not plan.config["export"]["enabled"]:
        return None
    checked = list(pictures[:2])
    return partial(export_stage, description=description, folder=folder, photos=checked)


def preview_pictures() -> np.ndarray:
    """Four of the photographs that come with scikit-image, uint8 RGB (4, H, W, 3)."""
    found = {path.name: path for path in photographs()}
    height, width = PREVIEW_SIZE
    cropped = []
    for name in PREVIEW:
        photo = decode_photo(found[name], width)
        top, left = (photo.shape[0] - height) // 3, (photo.shape[1] - width) // 2
        cropped.append(photo[top : top + height, left : left + width])
    return np.stack(cropped)


def _describe(config: Mapping[str, Any]) -> Description:
    network = config["network"]
    values = {name: network[name] for name in ("kind", "alpha", "beta", "layout", "norm")}
    draft = Description(style=config["style"]["name"], stage="perceptual", parameters=0, **values)
    count = parameter_count(draft.build())
    return Description(style=draft.style, stage="perceptual", parameters=count, **values)


def _schedule(settings: Mapping[str, Any]) -> Schedule:
    names = ("steps", "batch", "checkpoint_every", "preview_every")
    return Schedule(**{name: settings[name] for name in names})
