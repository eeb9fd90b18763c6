"""The style to train: a painting as the configuration names it, and opened for training."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NamedTuple

import torch
from annotated_types import Ge
from torch import Tensor

from kunster.assets.paintings import PAINTINGS
from kunster.console.choices import among
from kunster.data.paintings import Crop, cropped, load_painting
from kunster.errors import UserError
from kunster.files.checksum import sha256
from kunster.losses.features import PerceptualNetwork


@dataclass(frozen=True)
class Style:
    """A painting as the configuration names it.

    Attributes:
        weight: factor of every objective's style term.
        size: pixels, short side of the painting: the scale of its texture.
        image: a picture of the painting, used instead of the one that ships.
        crop: the part to learn, see `kunster.data.paintings.cropped`; None takes all of it.
    """

    name: str
    title: str
    painter: str = "unknown"
    year: int | None = None
    weight: Annotated[float, Ge(0)] = 3.0
    size: Annotated[int, Ge(64)] = 384
    image: str | None = None
    crop: Crop | None = None

    def open(self) -> list["OpenStyle"]:
        """The painting at its size, see `open_style`."""
        return [open_style(self.name, self.size, self.image, self.crop)]


@dataclass(frozen=True)
class Styles:
    """Several paintings for one network, as the configuration names them.

    Attributes:
        name: for all of them.
        paintings: the words that they were named by, see `kunster.run.paintings`.
        styles: the entry of each.
        size: pixels, short side of each.
        weight: factor of every objective's style term.
    """

    name: str
    paintings: Sequence[str]
    styles: Sequence[Style]
    size: Annotated[int, Ge(64)] = 384
    weight: Annotated[float, Ge(0)] = 1.0

    def open(self) -> list["OpenStyle"]:
        """The paintings, each at its size."""
        return [painting for style in self.styles for painting in style.open()]


class OpenStyle(NamedTuple):
    """A painting that is loaded.

    Attributes:
        painting: (1, 3, H, W), RGB in [0, 1].
        record: name, source and sha256, for the results of a run.
    """

    painting: Tensor
    record: dict[str, str]

    @property
    def picture(self) -> Tensor:
        """The painting as (3, H, W)."""
        return self.painting[0]

    def gram_matrices(self, perceptual: PerceptualNetwork, layers: Sequence[str]) -> list[Tensor]:
        """The Gram matrix (K, K) at each layer."""
        return perceptual.gram_targets(self.painting, layers)

    @torch.no_grad()
    def feature_maps(self, perceptual: PerceptualNetwork, layers: Sequence[str]) -> list[Tensor]:
        """The painting's features (1, C, h, w) at each layer."""
        return perceptual.features(self.painting, layers)


def open_style(
    name: str, size: int, image: str | None = None, crop: Crop | None = None
) -> OpenStyle:
    """The picture `image`, or the painting that ships under that name; of it the part `crop`.

    Raises:
        UserError: neither is there, it is no usable picture, or the part has no place in it.
    """
    if image is None and name not in PAINTINGS:
        raise UserError(
            f"style={name}: no painting that ships; {among(name, sorted(PAINTINGS))}; "
            "style.image=… takes a picture of your own"
        )
    path = Path(image).expanduser() if image else PAINTINGS[name].path
    source = f"the picture {path}" if image else PAINTINGS[name].work
    painting = load_painting(path, size)
    record = {"name": name, "source": source, "sha256": sha256(path)}
    return OpenStyle(painting if crop is None else cropped(painting, crop), record)
