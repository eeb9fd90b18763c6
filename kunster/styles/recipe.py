"""How a network was trained, as lines of its card: from the run's configuration and results."""

import re
from collections.abc import Mapping
from typing import Any

from kunster.networks.description import Stage

PHOTOS = {
    "bundled_photos": "photographs that come with Kunster, and scenes made of them",
    "folder_photos": "photos of a folder",
    "coco_photos": "photos of COCO 2017",
}
CLIPS = {
    "sintel_clips": "pairs of frames of MPI Sintel",
    "video_clips": "pairs of frames of videos",
}
COUNT = re.compile(r"(\d+) (?:photos|pairs)")


def recipe(stage: Stage, config: Mapping[str, Any]) -> dict[str, str]:
    """Steps, weights and optimiser of a stage, by what they are called.

    Raises:
        KeyError: the configuration lacks one.
    """
    settings = config["objective"][stage]
    optimizer, schedule = settings["optimizer"], settings["schedule"]
    sample = "crop" if stage == "perceptual" else "pair"
    optimiser, schedule_name = (_last_word(each["_target_"]) for each in (optimizer, schedule))
    by_width = " for id 14, less for wider networks" if optimiser == "adam_by_fan_in" else ""
    return {
        "steps": f"{settings['steps']:,} of {settings['batch']} {sample}"
        f"{'s' * (settings['batch'] > 1)}, {_size(stage, config)}",
        "weights": _weights(settings, config["style"].get("weight", 1.0)),
        "optimiser": f"{optimiser}, learning rate {optimizer['lr']:g} at its peak{by_width}",
        "schedule": f"{schedule_name}, warm-up {schedule['warmup']:g} of the steps",
        "texture": f"the painting's short side at {config['style']['size']} pixels",
        "seed": str(config["seed"]),
    }


def data(stage: Stage, config: Mapping[str, Any], results: Mapping[str, Any]) -> str:
    """How many photos or pairs of frames, and of what kind; nothing of where they lay.

    Raises:
        KeyError: the configuration lacks them.
    """
    group = "photos" if stage == "perceptual" else "clips"
    kind = _last_word(config[group]["_target_"])
    photos = _last_word(config["photos"]["_target_"])
    sources = {str(asset.get("name")): str(asset.get("source")) for asset in results["assets"]}
    count = COUNT.search(sources.get(group, ""))
    number = f"{int(count[1]):,} " if count else ""
    if kind == "SyntheticClips":
        return f"a camera that moves over {number}{PHOTOS.get(photos, photos)}"
    return f"{number}{(PHOTOS | CLIPS).get(kind, kind)}"


def _weights(settings: Mapping[str, Any], of_style: float) -> str:
    """As they were used: a style has a weight of its own, times the objective's."""
    ending = "_weight"
    weights = {
        name.removesuffix(ending): value
        for name, value in settings.items()
        if name.endswith(ending)
    }
    weights["style"] *= of_style
    return ", ".join(f"{name} {value:g}" for name, value in weights.items())


def _size(stage: Stage, config: Mapping[str, Any]) -> str:
    if stage == "perceptual":
        side = config["objective"][stage]["size"]
        return f"{side}x{side} pixels"
    size = config["clips"].get("size")
    return f"{size[1]}x{size[0]} pixels" if size else "frames whole"


def _last_word(target: str) -> str:
    return target.rpartition(".")[2]
