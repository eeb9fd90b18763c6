"""Assets that a run needs and that do not ship, fetched before it begins."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kunster.assets.registry import Asset, assets_named, data_root, is_here


def bring_missing(configs: Sequence[Mapping[str, Any]]) -> None:
    """Downloads the assets that runs of these resolved configurations lack, if `fetch` allows it.

    Raises:
        UserError: the user declined, or a download failed.
    """
    assets = missing_assets([config for config in configs if config["fetch"] != "never"])
    if not assets:
        return
    from kunster.fetch.bring import bring, mirror_named

    agreed = all(config["fetch"] == "always" for config in configs)
    bring(assets, data_root(), mirror_named(), agreed, how="fetch=always")


def missing_assets(configs: Sequence[Mapping[str, Any]]) -> list[Asset]:
    """The assets that runs of these resolved configurations need and that are not here."""
    names = dict.fromkeys(name for config in configs for name in needed_assets(config))
    assets = (asset for name in names for asset in assets_named(name))
    return [asset for asset in assets if not is_here(asset)]


def needed_assets(config: Mapping[str, Any]) -> Iterator[str]:
    """Registry names of the assets that a run reads from the folder of `kunster fetch`."""
    stages = config["stages"]
    moving = "temporal" in stages and "photos" in config["clips"]  # clips that are made of photos
    if ("perceptual" in stages or moving) and _is_fetched(config["photos"], "CocoPhotos"):
        yield f"coco_{config['photos']['split'].removesuffix('2017')}"
    if _is_fetched(config["perceptual"], "load_vgg16"):
        yield "vgg16"
    if "temporal" in stages and _is_fetched(config["clips"], "SintelClips"):
        yield "sintel"
    if "temporal" in stages and _traces_with_raft(config["clips"]):
        yield "raft"


def _is_fetched(part: Mapping[str, Any], loader: str) -> bool:
    """True where a part names that loader without a path of its own."""
    return part["_target_"].endswith(f".{loader}") and part.get("path") is None


def _traces_with_raft(clips: Mapping[str, Any]) -> bool:
    return bool(clips["_target_"].endswith(".VideoClips") and clips["flow"] == "raft")
