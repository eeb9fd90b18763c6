"""Loss terms of both stages: modules with a weight, each around a pure function."""

from collections.abc import Mapping, Sequence
from typing import Literal

from torch import Tensor

from kunster.losses.features import PerceptualNetwork
from kunster.losses.grid import grid_power
from kunster.losses.perceptual import (
    content_loss,
    gram,
    light_loss,
    moments,
    style_loss,
    total_variation,
)
from kunster.losses.temporal import feature_loss, output_loss
from kunster.losses.term import Painting, Step, Term, Weight, check_weight


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
        return content_loss(difference, self.energy)


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
        check_weight("painting_weight", painting_weight)
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
            grams = [gram(step.features[layer]) for layer in self.layers]
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
    """Mean square of the part of each value outside [0, 1]: colours that no screen shows."""

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
        return feature_loss(pairs.encoded, pairs.flow, pairs.non_occluded)
