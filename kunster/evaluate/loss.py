"""The paper's loss of stage 1, under which Gatys' and Ruder's pictures are optimised."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from kunster.evaluate.options import STYLE_WEIGHT
from kunster.losses.features import PerceptualNetwork
from kunster.losses.objective_loss import ObjectiveLoss
from kunster.losses.terms import Content, Style, TotalVariation

CONTENT_WEIGHT, TV_WEIGHT = 1.0, 1.0  # conf/objective/perceptual_paper.yaml


@dataclass
class _GramMatrices:
    """A painting known by its Gram matrices alone."""

    picture: Tensor
    matrices: Sequence[Tensor]

    def gram_matrices(self, perceptual: PerceptualNetwork, layers: Sequence[str]) -> list[Tensor]:
        return list(self.matrices)

    def feature_maps(self, perceptual: PerceptualNetwork, layers: Sequence[str]) -> list[Tensor]:
        raise AssertionError("Gatys' pictures are optimised under Gram matrices")


def perceptual_loss(
    judge: PerceptualNetwork,
    targets: Sequence[Tensor],
    photos: Sequence[Tensor],
    style_weight: float = STYLE_WEIGHT,
    device: str = "cpu",
) -> ObjectiveLoss:
    """Content, style and total variation, for photos (1, 3, H, W) of any sizes.

    As in `distances`, content is a share of the mean energy of these photos.

    Args:
        targets: the painting's Gram matrices at the judge's style layers.
    """
    content = Content(CONTENT_WEIGHT)
    terms = {
        "content": content,
        "style": Style(style_weight),
        "tv": TotalVariation(TV_WEIGHT),
    }
    paintings = [_GramMatrices(photos[0][0], targets)]
    loss = ObjectiveLoss(terms, copy.deepcopy(judge), paintings, photos[0])
    energies = [judge.energy(photo, judge.content_layer) for photo in photos]
    content.energy = torch.stack(energies).mean()
    return loss.to(device)


def device_of(loss: ObjectiveLoss) -> torch.device:
    return loss.perceptual.mean.device
