"""Loss terms of both stages: modules with a weight, each a thin cover of a pure function.

A term of your own is a subclass of `Term` and an entry among the `terms` of an objective; it is
logged, weighted and resumed under the name of that entry.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, Protocol

import torch
from annotated_types import Ge
from torch import Tensor, nn

from kunster.errors import UserError
from kunster.losses.features import PerceptualNetwork
from kunster.losses.grid import grid_power
from kunster.losses.perceptual import (
    content_loss,
    light_loss,
    moments,
    style_loss,
    total_variation,
)
from kunster.losses.temporal import feature_loss, output_loss
from kunster.machine.devices import mean_over_devices

Weight = Annotated[float, Ge(0)]


class Painting(Protocol):
    """The style that is learned.

    Attributes:
        picture: (3, H, W), RGB in [0, 1].
    """

    picture: Tensor

    def gram_matrices(self, perceptual: PerceptualNetwork, layers: Sequence[str]) -> list[Tensor]:
        """Gram matrix (K, K) of the painting at each layer."""

    def feature_maps(self, perceptual: PerceptualNetwork, layers: Sequence[str]) -> list[Tensor]:
        """Features (1, C, h, w) of the painting at each layer.

        Raises:
            UserError: the painting is known by its Gram matrices alone.
        """


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
        perceptual: the frozen network behind the features.
        photo_features: maps (B, C, h, w) of the photos, by layer.
        features: the same of the stylized pictures.
        pairs: frame pairs; None in stage 1.
    """

    photos: Tensor
    stylized: Tensor
    perceptual: PerceptualNetwork
    photo_features: Mapping[str, Tensor]
    features: Mapping[str, Tensor]
    pairs: Pairs | None = None

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
        _check_weight("weight", weight)
        self.weight = float(weight)
        self.photo_layers: tuple[str, ...] = ()
        self.layers: tuple[str, ...] = ()

    def prepare(self, perceptual: PerceptualNetwork, painting: Painting, photos: Tensor) -> None:
        """Measures once, before training, what the term compares with.

        Args:
            photos: a sample of the training pictures, (B, 3, H, W), RGB in [0, 1].
        """

    def forward(self, step: Step) -> Tensor:
        """The unweighted term: a scalar."""
        raise AssertionError(f"{type(self).__name__} has no forward")


class Content(Term):
    """Squared distance to the photo's features, as a share of their mean energy.

    Args:
        layer: None takes the perceptual network's own.
    """

    energy: Tensor

    def __init__(self, weight: Weight, layer: str | None = None) -> None:
        super().__init__(weight)
        self.layer = layer

    def prepare(self, perceptual: PerceptualNetwork, painting: Painting, photos: Tensor) -> None:
        layer = self.layer or perceptual.content_layer
        self.photo_layers = self.layers = (layer,)
        energy = perceptual.energy(photos, layer)
        self.register_buffer("energy", energy.detach().float(), persistent=False)

    def forward(self, step: Step) -> Tensor:
        (layer,) = self.layers
        difference = step.features[layer] - step.photo_features[layer]
        return content_loss(difference, self.energy, step.perceptual.metric(layer))


class Style(Term):
    """Relative squared distance to the painting's statistics, a weighted sum over layers.

    Args:
        layers: their names, or their weights by name; None takes the perceptual network's own.
        painting_weight: further factor, of the painting.
        statistics: gram, or moments: means and covariances of the features, which hold the
            painting's palette better.
        by_energy: weigh each layer with the painting's own Gram energy there as well, the weights
            normalised to sum 1. Deep layers then lead, as they do where raw Gram matrices are
            compared, and a painting of little contrast counts as much as any other.
    """

    def __init__(
        self,
        weight: Weight,
        layers: Mapping[str, Weight] | Sequence[str] | None = None,
        painting_weight: Weight = 1.0,
        statistics: Literal["gram", "moments"] = "gram",
        by_energy: bool = False,
    ) -> None:
        super().__init__(weight)
        _check_weight("painting_weight", painting_weight)
        self.weight *= painting_weight
        self.chosen, self.statistics, self.by_energy = layers, statistics, by_energy
        self.layer_weights: tuple[float, ...] = ()

    def prepare(self, perceptual: PerceptualNetwork, painting: Painting, photos: Tensor) -> None:
        chosen = self.chosen or perceptual.style_layers
        self.layers = tuple(chosen)
        weights = [chosen[layer] if isinstance(chosen, Mapping) else 1.0 for layer in chosen]
        if self.statistics == "gram" or self.by_energy:
            grams = painting.gram_matrices(perceptual, self.layers)
        if self.by_energy:
            energies = [w * float(g.square().sum()) for w, g in zip(weights, grams, strict=True)]
            weights = [energy / sum(energies) for energy in energies]
        if self.statistics == "gram":
            self._keep("gram", grams)
        else:
            maps = painting.feature_maps(perceptual, self.layers)
            found = [moments(each) for each in maps]
            self._keep("mean", [mean[0] for mean, _ in found])
            self._keep("covariance", [covariance[0] for _, covariance in found])
        self.layer_weights = tuple(weights)

    def _keep(self, name: str, values: Sequence[Tensor]) -> None:
        for index, value in enumerate(values):
            self.register_buffer(f"{name}_{index}", value.detach().float(), persistent=False)

    def _kept(self, name: str) -> list[Tensor]:
        return [self.get_buffer(f"{name}_{index}") for index in range(len(self.layers))]

    def forward(self, step: Step) -> Tensor:
        if self.statistics == "gram":
            grams = [
                step.perceptual.style_gram(step.features[layer], layer) for layer in self.layers
            ]
            return style_loss(grams, self._kept("gram"), self.layer_weights)
        found = [moments(step.features[layer]) for layer in self.layers]
        means, covariances = ([pair[index] for pair in found] for index in (0, 1))
        weights = [weight / 2 for weight in self.layer_weights]
        return style_loss(means, self._kept("mean"), weights) + style_loss(
            covariances, self._kept("covariance"), weights
        )


class Light(Term):
    """1 − correlation of the luminances of picture and photo in squares of 8 pixels.

    Deep content layers let a network turn a picture inside out, dark for light; this keeps dark
    what is dark, whatever the colours.
    """

    def forward(self, step: Step) -> Tensor:
        return light_loss(step.stylized.float(), step.photos)


class OutOfRange(Term):
    """Mean square of what lies outside [0, 1]: colours that no screen shows."""

    def forward(self, step: Step) -> Tensor:
        stylized = step.stylized.float()
        return (stylized - stylized.clamp(0, 1)).square().mean()


class TotalVariation(Term):
    """Mean squared difference of neighbouring pixels."""

    def forward(self, step: Step) -> Tensor:
        return total_variation(step.stylized.float())


class Grid(Term):
    """Mean square of what repeats every 4 pixels, see `kunster.losses.grid`."""

    def forward(self, step: Step) -> Tensor:
        return grid_power(step.stylized.float())


class OutputConsistency(Term):
    """Change of the stylized frames along the motion, λ_o of ReCoNet, see `output_loss`.

    Args:
        luminance: the output may change its light with the video's; otherwise that is an error.
    """

    def __init__(self, weight: Weight, luminance: bool = True) -> None:
        super().__init__(weight)
        self.luminance = luminance

    def forward(self, step: Step) -> Tensor:
        pairs = step.frame_pairs
        frames = pairs.frames if self.luminance else None
        return output_loss(pairs.stylized, frames, pairs.flow, pairs.non_occluded)


class FeatureConsistency(Term):
    """Change of the encoder's features along the motion, λ_f of ReCoNet, see `feature_loss`."""

    def forward(self, step: Step) -> Tensor:
        pairs = step.frame_pairs
        return feature_loss(pairs.encoded, pairs.flow, pairs.non_occluded, mean_over_devices)


def _check_weight(name: str, weight: float) -> None:
    if not weight >= 0:
        raise UserError(f"{name}={weight:g}: must be 0 or more")


def weighted_sum(terms: Mapping[str, Term], values: Mapping[str, Tensor]) -> Tensor:
    """Sum of the values by their terms' weights: a scalar."""
    return torch.stack([terms[name].weight * value for name, value in values.items()]).sum()
