"""Base of the loss terms, and what a training step gives them.

A term of your own is a subclass of `Term` and an entry among the `terms` of an objective; it is
logged, weighted and resumed under the name of that entry.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Protocol

import torch
from annotated_types import Ge
from torch import Tensor, nn

from kunster.errors import UserError
from kunster.losses.features import PerceptualNetwork

Weight = Annotated[float, Ge(0)]


class Painting(Protocol):
    """A style that is learned.

    Attributes:
        picture: (3, H, W), RGB in [0, 1].
    """

    picture: Tensor

    def gram_matrices(self, perceptual: PerceptualNetwork, layers: Sequence[str]) -> list[Tensor]:
        """Gram matrix (K, K) of the painting at each layer."""

    def feature_maps(self, perceptual: PerceptualNetwork, layers: Sequence[str]) -> list[Tensor]:
        """Features (1, C, h, w) of the painting at each layer."""


@dataclass(frozen=True)
class Pairs:
    """Pairs of consecutive frames in a step of stage 2.

    Attributes:
        frames: of the video, (B, 2, 3, H, W), RGB in [0, 1].
        stylized: the same frames from the stylizer.
        encoded: the encoder's features of both frames, (B, 2, C, h, w).
        flow: from frame t to t+1, (B, 2, H, W), pixels.
        non_occluded: bool (B, H, W): pixels of t that are visible in t+1.
    """

    frames: Tensor
    stylized: Tensor
    encoded: Tensor
    flow: Tensor
    non_occluded: Tensor


@dataclass(frozen=True)
class Step:
    """Tensors of one training step that loss terms read.

    Attributes:
        photos: (B, 3, H, W), RGB in [0, 1].
        stylized: the same photos stylized, meant to lie in [0, 1].
        photo_features: maps (B, C, h, w) of the photos, by layer.
        features: the same of the stylized pictures.
        pairs: frame pairs; None in stage 1.
        styles: numbers (B,) of the paintings that the pictures are to look like; None: the first.
    """

    photos: Tensor
    stylized: Tensor
    photo_features: Mapping[str, Tensor]
    features: Mapping[str, Tensor]
    pairs: Pairs | None = None
    styles: Tensor | None = None

    @property
    def frame_pairs(self) -> Pairs:
        """The pairs; a term that needs them belongs to stage 2.

        Raises:
            UserError: there are none.
        """
        if self.pairs is None:
            raise UserError("a temporal term needs pairs of frames: it belongs to stage 2")
        return self.pairs


class Term(nn.Module):
    """A summand of an objective.

    Args:
        weight: factor of the term in the loss; at 0 it is not computed.

    Attributes:
        photo_layers: perceptual layers that the term reads of the photos.
        layers: perceptual layers that it reads of the stylized pictures.
    """

    def __init__(self, weight: Weight) -> None:
        super().__init__()
        check_weight("weight", weight)
        self.weight = float(weight)
        self.photo_layers: tuple[str, ...] = ()
        self.layers: tuple[str, ...] = ()

    def prepare(
        self, perceptual: PerceptualNetwork, paintings: Sequence[Painting], photos: Tensor
    ) -> None:
        """Measures once, before training, what the term compares with.

        Args:
            paintings: those that are learned, one or several.
            photos: a sample of the training pictures, (B, 3, H, W), RGB in [0, 1].
        """

    def forward(self, step: Step) -> Tensor:
        """The unweighted term: a scalar."""
        raise AssertionError(f"{type(self).__name__} has no forward")


def check_weight(name: str, weight: float) -> None:
    if not weight >= 0:
        raise UserError(f"{name}={weight:g}: must be 0 or more")


def weighted_sum(terms: Mapping[str, Term], values: Mapping[str, Tensor]) -> Tensor:
    """Sum of the values by their terms' weights: a scalar."""
    return torch.stack([terms[name].weight * value for name, value in values.items()]).sum()
