"""The style to train: a painting as the configuration names it, and opened for training."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import torch
from annotated_types import Ge
from torch import Tensor

from kunster.assets.registry import PAINTINGS, asset_path
from kunster.data.paintings import load_painting
from kunster.data.style_targets import StyleTargets, shipped_targets
from kunster.errors import UserError
from kunster.files.checksum import sha256
from kunster.losses.features import PerceptualNetwork

OWN = {"painter": "unknown", "year": None, "weight": 3.0}  # of a painting that does not ship


@dataclass(frozen=True)
class Style:
    """A painting as the configuration names it.

    Attributes:
        weight: factor of every objective's style term.
        size: pixels, short side of the painting: the scale of its texture.
        image: a picture of the painting, used instead of the shipped targets.
        targets: a file from `python -m kunster.styles.targets`.
    """

    name: str
    title: str
    painter: str = "unknown"
    year: int | None = None
    weight: Annotated[float, Ge(0)] = 3.0
    size: Annotated[int, Ge(64)] = 384
    image: str | None = None
    targets: str | None = None

    def open(self, perceptual: PerceptualNetwork) -> "OpenStyle":
        """The painting as a perceptual network sees it, see `resolve_style`."""
        return resolve_style(perceptual, self.name, self.size, self.image, self.targets)


class OpenStyle(NamedTuple):
    """A painting that is at hand.

    Attributes:
        targets: its Gram matrix (K, K) at each of `layers`.
        picture: (3, H, W), RGB in [0, 1]: the painting, or its swatch.
        record: name, source and sha256, for the results of a run.
        painting: (1, 3, H, W), RGB in [0, 1], where more than its targets is here.
    """

    targets: list[Tensor]
    picture: Tensor
    record: dict[str, str]
    layers: tuple[str, ...] = ()
    painting: Tensor | None = None

    def gram_matrices(self, perceptual: PerceptualNetwork, layers: Sequence[str]) -> list[Tensor]:
        """The Gram matrix (K, K) at each layer.

        Raises:
            UserError: ready-made targets lack a layer.
        """
        if self.painting is not None:
            return perceptual.gram_targets(self.painting, layers)
        missing = [layer for layer in layers if layer not in self.layers]
        if missing:
            raise UserError(
                f"layers {', '.join(missing)}: the shipped targets have {', '.join(self.layers)}; "
                "style.image=… measures the painting itself"
            )
        return [self.targets[self.layers.index(layer)] for layer in layers]

    @torch.no_grad()
    def feature_maps(self, perceptual: PerceptualNetwork, layers: Sequence[str]) -> list[Tensor]:
        """The painting's features (1, C, h, w) at each layer.

        Raises:
            UserError: the painting is known by its Gram matrices alone.
        """
        if self.painting is None:
            raise UserError(
                "statistics=moments: needs the painting itself: style.image=… gives it, or "
                "`python -m kunster.fetch styles`"
            )
        return perceptual.features(self.painting, layers)


def of_painting(field: str, shipped: Any, image: str | None, targets: str | None) -> Any:
    """A field of a style that ships, or that of a picture or targets of one's own.

    Resolver of conf/style: the name is the file's, so that no picture goes by another's name.
    """
    own = image or targets
    if own is None:
        return shipped
    stem = Path(str(own)).stem
    names = {"title": stem, "name": re.sub(r"[^\w.-]+", "_", stem).strip("._") or "painting"}
    return {**OWN, **names}[field]


def resolve_style(
    perceptual: PerceptualNetwork,
    name: str,
    size: int,
    image: str | None = None,
    targets: str | None = None,
) -> OpenStyle:
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
        layers = perceptual.style_layers
        grams = perceptual.style_targets(painting)
        return OpenStyle(grams, painting[0], record, tuple(layers), painting)
    if perceptual.source["name"] != "slim":
        raise UserError(
            f"style={name}: perceptual={perceptual.source['name']} needs the painting itself: "
            "give it as style.image=…, or `python -m kunster.fetch styles`"
        )
    made = StyleTargets.load(Path(targets).expanduser()) if targets else shipped_targets(name)
    grams, layers = made.targets(size, perceptual), tuple(perceptual.style_layers)
    return OpenStyle(grams, made.swatch(), _record(name, made.metadata), layers)


def _record(name: str, metadata: Mapping[str, str]) -> dict[str, str]:
    source = f"Gram matrices of {metadata['title']}, {metadata['painter']}"
    return {"name": name, "source": source, "sha256": metadata["picture_sha256"]}
