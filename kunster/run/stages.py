"""The stages of a run: each with its objective and the data that it trains on."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from torch import Tensor

from kunster.data.clips import Clips
from kunster.data.crops import Crops
from kunster.data.device_crops import DeviceCrops
from kunster.data.photos import Photos
from kunster.data.stream import BatchModule
from kunster.data.style import Style
from kunster.errors import UserError
from kunster.losses.features import PerceptualNetwork
from kunster.machine.hardware import Hardware
from kunster.networks.description import Description
from kunster.networks.stylizer import Stylizer
from kunster.objectives.perceptual import PerceptualObjective, PerceptualTerms
from kunster.objectives.stage import StageObjective
from kunster.objectives.temporal import TemporalObjective

ENERGY_SAMPLES = 16  # crops or pairs whose content features set the unit of the content loss


@dataclass(frozen=True)
class Learner:
    """What learns, and what it learns from, in every stage.

    Attributes:
        style_weight: times that of every objective.
    """

    network: Stylizer
    description: Description
    perceptual: PerceptualNetwork
    style: Style
    style_weight: float
    hardware: Hardware


@dataclass(frozen=True)
class Lesson:
    """A stage that is ready to be trained.

    Attributes:
        description: of the network as it will be.
        record: what it is trained on, for results.json: name and source.
    """

    description: Description
    module: StageObjective
    data: BatchModule
    record: Mapping[str, str]


Optimisation = tuple[Callable, Callable]  # partials of the optimiser and of its schedule


def perceptual_lesson(
    learner: Learner,
    settings: Mapping[str, Any],
    optimisation: Optimisation,
    photos: Photos,
    source: str,
    seed: int,
) -> Lesson:
    """Stage 1, on crops of photos; settings are those of conf/objective/perceptual.yaml."""
    crops = Crops(
        photos,
        settings["size"],
        seed,
        scale=tuple(settings["crop_scale"]),
        jitter=settings["jitter"],
    )
    description = replace(learner.description, stage="perceptual")
    terms = _terms(learner, settings, crops.batch(0, ENERGY_SAMPLES))
    module = PerceptualObjective(learner.network, terms, *optimisation, description.to_metadata())
    record = {"name": "photos", "source": source}
    hardware = learner.hardware
    there = partial(DeviceCrops, crops, recorded=hardware.graphs) if hardware.crops_there else None
    data = BatchModule(crops, settings["batch"], on_device=there)
    return Lesson(description, module, data, record)


def temporal_lesson(
    learner: Learner, settings: Mapping[str, Any], optimisation: Optimisation, clips: Clips
) -> Lesson:
    """Stage 2, on pairs of frames; settings are those of conf/objective/temporal.yaml."""
    description = replace(learner.description, stage="temporal")
    terms = _terms(learner, settings, clips.batch(0, ENERGY_SAMPLES).frames[:, 0])
    module = TemporalObjective(
        learner.network,
        terms,
        settings["output_weight"],
        settings["feature_weight"],
        settings["both_frames"],
        *optimisation,
        description.to_metadata(),
        luminance=settings["luminance"],
    )
    record = {"name": "clips", "source": clips.source}
    return Lesson(description, module, BatchModule(clips, settings["batch"], images=2), record)


def _terms(learner: Learner, settings: Mapping[str, Any], sample: Tensor) -> PerceptualTerms:
    """The perceptual terms; `sample` uint8 (B, 3, H, W) is what the stage will see.

    Raises:
        UserError: a weight below 0, or a surround that a picture cannot be mirrored into.
    """
    surround, least = settings["surround"], min(sample.shape[-2:])
    if surround > least - 2:  # mirrored, and a pixel further in every other turn
        raise UserError(
            f"surround={surround}: must be at most {least - 2}, 2 less than a picture's side"
        )
    return PerceptualTerms(
        copy.deepcopy(learner.perceptual).cast(learner.hardware.feature_dtype),
        learner.style.targets,
        learner.perceptual.content_energy(sample.float() / 255),
        settings["content_weight"],
        settings["style_weight"] * learner.style_weight,
        settings["tv_weight"],
        surround=surround,
        grid_weight=settings["grid_weight"],
    )
