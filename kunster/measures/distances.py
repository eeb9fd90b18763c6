"""Distances of stylized photos to the painting's style and to the photo's content.

Ratios of two sums over photos, not means of ratios: a photo that happens to be flat, or close to
the painting, would otherwise dominate.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from kunster.losses.features import PerceptualNetwork
from kunster.losses.perceptual import feature_energy, gram, style_loss
from kunster.measures.models import Network
from kunster.pictures.images import as_image

PHOTO_SIDE, PAINTING_SIDE = 320, 384  # pixels, the shorter side

STYLE = (
    "style = Σ_photos S(out) / Σ_photos S(photo), "
    "S(x) = Σ_layers ‖G(x) − G(painting)‖² / ‖G(painting)‖², G = Gram / (C·H·W); "
    f"photos at short side {PHOTO_SIDE}, painting at {PAINTING_SIDE}; the photo itself scores 1"
)
CONTENT = (
    "content = Σ_photos mean(φ(out) − φ(photo))² / Σ_photos mean φ(photo)², φ = features at "
    "{layer}; the photo itself scores 0"
)


class Distances(NamedTuple):
    """Distances of one network; `style` is None without a painting."""

    style: float | None
    content: float


def painting_targets(judge: PerceptualNetwork, painting: np.ndarray) -> list[Tensor]:
    """Gram matrices of a painting, uint8 RGB (H, W, 3), at each of the judge's style layers."""
    return judge.style_targets(as_image(painting))


@torch.no_grad()
def distances(
    networks: Sequence[Network],
    judge: PerceptualNetwork,
    painting_targets: Sequence[Tensor] | None,
    photos: Iterable[np.ndarray],
) -> list[Distances]:
    """Style and content distance of each network, by the formulas `STYLE` and `CONTENT`.

    Args:
        painting_targets: from `painting_targets`, by the same judge; None: content alone.
        photos: uint8 RGB (H, W, 3), of any sizes; iterated once.
    """
    own = torch.zeros(2, dtype=torch.float64)  # sums of style distance and content energy
    sums = torch.zeros(len(networks), 2, dtype=torch.float64)
    for photo in photos:
        frames = as_image(photo)
        reference = _View(judge, frames, painting_targets)
        own += torch.stack([reference.style, reference.energy])
        for index, network in enumerate(networks):
            view = _View(judge, network(frames), painting_targets)
            sums[index] += torch.stack([view.style, view.content_error(reference)])
    return [
        Distances(style=None if painting_targets is None else style, content=content)
        for style, content in (sums / own).tolist()
    ]


class _View:
    """Features of one picture (1, 3, H, W) under the judge."""

    def __init__(
        self, judge: PerceptualNetwork, frames: Tensor, targets: Sequence[Tensor] | None
    ) -> None:
        layers = judge.style_layers if targets is not None else ()
        *styles, self.content = judge.features(frames, [*layers, judge.content_layer])
        self.style = torch.zeros(())
        if targets is not None:
            self.style = style_loss([gram(features) for features in styles], targets)

    @property
    def energy(self) -> Tensor:
        return feature_energy(self.content)

    def content_error(self, reference: "_View") -> Tensor:
        return feature_energy(self.content - reference.content)
