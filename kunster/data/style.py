"""What a named style gives to training: Gram targets, a picture to show, and a record of both."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from torch import Tensor

from kunster.assets.registry import PAINTINGS, asset_path
from kunster.data.paintings import load_painting
from kunster.data.style_targets import StyleTargets, shipped_targets
from kunster.errors import UserError
from kunster.files.checksum import sha256
from kunster.losses.features import PerceptualNetwork


class Style(NamedTuple):
    """`targets`: a Gram matrix (K, K) for each style layer; `picture`: (3, H, W), RGB in [0, 1]."""

    targets: list[Tensor]
    picture: Tensor
    record: dict[str, str]


def resolve_style(
    perceptual: PerceptualNetwork,
    name: str,
    size: int,
    image: str | None = None,
    targets: str | None = None,
) -> Style:
    """The painting itself where it is at hand, else the Gram matrices made from it.

    In this order: `image`, `targets`, a fetched painting of that name, the shipped targets.

    Raises:
        UserError: none of them is there, or the targets are for another perceptual network.
    """
    picture = Path(image).expanduser() if image else None
    if picture is None and targets is None and name in PAINTINGS:
        picture = asset_path(name)
    if picture is not None:
        painting = load_painting(picture, size)
        record = {"name": name, "source": f"the picture {picture}", "sha256": sha256(picture)}
        return Style(perceptual.style_targets(painting), painting[0], record)
    if perceptual.source["name"] != "slim":
        raise UserError(
            f"style={name}: perceptual={perceptual.source['name']} needs the painting itself: "
            "give it as style.image=…, or `python -m kunster.fetch styles`"
        )
    made = StyleTargets.load(Path(targets).expanduser()) if targets else shipped_targets(name)
    return Style(made.targets(size, perceptual), made.swatch(), _record(name, made.metadata))


def _record(name: str, metadata: Mapping[str, str]) -> dict[str, str]:
    source = f"Gram matrices of {metadata['title']}, {metadata['painter']}"
    return {"name": name, "source": source, "sha256": metadata["picture_sha256"]}
