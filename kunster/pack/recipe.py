"""Training and data of a network, as lines of its card."""

import re
from collections.abc import Mapping
from typing import Any

from kunster.networks.description import Stage

PHOTOS = {
    "BundledPhotos": "photographs that come with Kunster, and scenes made of them",
    "FolderPhotos": "photos of a folder",
    "CocoPhotos": "photos of COCO 2017",
}
CLIPS = {
    "SintelClips": "pairs of frames of MPI Sintel",
    "VideoClips": "pairs of frames of videos",
}
DATA: Mapping[Stage, str] = {"perceptual": "photos", "temporal": "clips"}
COUNT = re.compile(r"(\d+) (?:photos|pairs)")


def recipe(stage: Stage, config: Mapping[str, Any]) -> dict[str, str]:
    """Steps, weights, optimiser and so on of a stage, by name.

    Raises:
        KeyError: the configuration lacks one.
    """
    objective, batch = config["objective"][stage], config[DATA[stage]]["batch"]
    optimizer, schedule = objective["optimizer"], objective["schedule"]
    sample = "crop" if stage == "perceptual" else "pair"
    optimiser, schedule_name = (_last_word(each["_target_"]) for each in (optimizer, schedule))
    by_width = " for id 14, less for wider networks" if optimiser == "adam_by_fan_in" else ""
    return {
        "steps": f"{objective['steps']:,} of {batch} {sample}{'s' * (batch > 1)}, "
        f"{_size(config[DATA[stage]])}",
        "weights": ", ".join(
            f"{name} {_weight(term):g}"
            for name, term in objective["terms"].items()
            if _weight(term)
        ),
        "optimiser": f"{optimiser}, learning rate {optimizer['lr']:g} at its peak{by_width}",
        "schedule": f"{schedule_name}, warm-up {schedule['warmup']:g} of the steps",
        "texture": _texture(config["style"]),
        "seed": str(config["seed"]),
    }


def data(stage: Stage, config: Mapping[str, Any], results: Mapping[str, Any]) -> str:
    """Number and kind of photos or pairs of frames, without their folder.

    Raises:
        KeyError: the configuration lacks them.
    """
    group = DATA[stage]
    kind = _last_word(config[group]["_target_"])
    photos = _last_word(config["photos"]["_target_"])
    sources = {str(asset.get("name")): str(asset.get("source")) for asset in results["assets"]}
    count = COUNT.search(sources.get(group, ""))
    number = f"{int(count[1]):,} " if count else ""
    if kind == "MovingPhotos":
        return f"a camera that moves over {number}{PHOTOS.get(photos, photos)}"
    return f"{number}{(PHOTOS | CLIPS).get(kind, kind)}"


def _weight(term: Mapping[str, Any]) -> float:
    return float(term["weight"] * term.get("painting_weight", 1.0))


def _texture(style: Mapping[str, Any]) -> str:
    scale = f"the painting's short side at {style['size']} pixels"
    if style.get("crop") is None:
        return scale
    left, top, right, bottom = (f"{100 * edge:.3g}" for edge in style["crop"])
    return f"{scale}; of it {left} to {right} % of the width, {top} to {bottom} % of the height"


def _size(part: Mapping[str, Any]) -> str:
    size = part.get("size")
    if size is None:
        return "frames whole"
    height, width = size if isinstance(size, list) else (size, size)
    return f"{width}x{height} pixels"


def _last_word(target: str) -> str:
    return target.rpartition(".")[2]
