"""Loss terms of both stages: modules with a weight, each around a pure function."""

from collections.abc import Mapping, Sequence
from typing import Literal

import torch
from torch import Tensor

from kunster.losses.features import PerceptualNetwork
from kunster.losses.grid import grid_power
from kunster.losses.palette import color_quantiles, palette_distance
from kunster.losses.perceptual import (
    content_loss,
    detail_weights,
    gram,
    light_loss,
    moments,
    style_distances,
    total_variation,
)
from kunster.losses.temporal import detail_energy, feature_loss, output_loss
from kunster.losses.term import Painting, Step, Term, Weight, check_weight


class Content(Term):
    """Squared distance to the photo's features, as a share of their mean energy.

    Args:
        layer: None takes the perceptual network's own.
        detail: power of `detail_weights`, which keep what the photo shows and leave its flat parts
            to the strokes; 0 weighs all positions alike.
    """

    energy: Tensor

    def __init__(self, weight: Weight, layer: str | None = None, detail: Weight = 0.0) -> None:
        super().__init__(weight)
        self.layer, self.detail = layer, detail

    def prepare(
        self, perceptual: PerceptualNetwork, paintings: Sequence[Painting], photos: Tensor
    ) -> None:
        layer = self.layer or perceptual.content_layer
        self.photo_layers = self.layers = (layer,)
        energy = perceptual.energy(photos, layer)
        self.register_buffer("energy", energy.detach().float(), persistent=False)

    def forward(self, step: Step) -> Tensor:
        (layer,) = self.layers
        difference = step.features[layer] - step.photo_features[layer]
        if self.detail:
            difference = difference * detail_weights(step.photo_features[layer], self.detail).sqrt()
        return content_loss(difference, self.energy)


class Style(Term):
    """Relative squared distance to the painting's statistics, a weighted sum over layers.

    Of several paintings, each is weighed by the inverse of its distance from the photos, so that
    none leads: their statistics differ in size by a factor of ten. The weights' mean is 1.

    Args:
        layers: their names, or their weights by name; None takes the perceptual network's own.
        painting_weight: further factor, of the painting.
        statistics: gram, or moments: means and covariances of the features, which hold the
            painting's palette better.
        by_energy: weigh each layer with the painting's own Gram energy there as well, the weights
            normalised to sum 1. Deep layers then lead, as they do where raw Gram matrices are
            compared, and a painting of little contrast counts as much as any other.
    """

    layer_weights: Tensor
    balance: Tensor

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

    def prepare(
        self, perceptual: PerceptualNetwork, paintings: Sequence[Painting], photos: Tensor
    ) -> None:
        chosen = self.chosen or perceptual.style_layers
        self.layers = tuple(chosen)
        weights = [chosen[layer] if isinstance(chosen, Mapping) else 1.0 for layer in chosen]
        found = [self._targets(perceptual, painting) for painting in paintings]
        self.statistics_count = len(found[0])
        for index, values in enumerate(zip(*found, strict=True)):
            self._keep(f"target_{index}", torch.stack(values))
        rows = [self._weights(perceptual, painting, weights) for painting in paintings]
        self._keep("layer_weights", torch.tensor(rows).T)  # (layers, paintings)
        self._keep("balance", torch.ones(len(paintings)))
        if len(paintings) > 1:
            features = dict(zip(self.layers, perceptual.features(photos, self.layers), strict=True))
            inverse = torch.stack([1 / each for each in self._from_photos(features, photos)])
            self._keep("balance", inverse / inverse.mean())

    def _keep(self, name: str, values: Tensor) -> None:
        self.register_buffer(name, values.detach().float(), persistent=False)

    def _targets(self, perceptual: PerceptualNetwork, painting: Painting) -> list[Tensor]:
        """Statistics of a painting at each layer."""
        if self.statistics == "gram":
            return painting.gram_matrices(perceptual, self.layers)
        maps = painting.feature_maps(perceptual, self.layers)
        return [each[0] for pair in map(moments, maps) for each in pair]

    def _weights(
        self, perceptual: PerceptualNetwork, painting: Painting, weights: Sequence[float]
    ) -> list[float]:
        """Weight of each layer for a painting."""
        if not self.by_energy:
            return list(weights)
        grams = painting.gram_matrices(perceptual, self.layers)
        energies = [w * float(g.square().sum()) for w, g in zip(weights, grams, strict=True)]
        return [energy / sum(energies) for energy in energies]

    @torch.no_grad()
    def _from_photos(self, features: Mapping[str, Tensor], photos: Tensor) -> list[Tensor]:
        """Mean distance of the photos from each painting."""
        return [
            self(
                Step(
                    photos, photos, features, features, styles=photos.new_full((1,), number).long()
                )
            )
            for number in range(len(self.balance))
        ]

    def forward(self, step: Step) -> Tensor:
        chosen = slice(0, 1) if step.styles is None else step.styles
        targets = [self.get_buffer(f"target_{n}")[chosen] for n in range(self.statistics_count)]
        maps = [step.features[layer] for layer in self.layers]
        weights = self.layer_weights[:, chosen]
        if self.statistics == "gram":
            distances = style_distances([gram(each) for each in maps], targets, weights)
        else:
            found = [each for pair in map(moments, maps) for each in pair]
            halves = (weights / 2).repeat_interleave(2, dim=0)
            distances = style_distances(found, targets, halves)
        return (self.balance[chosen] * distances).mean()


class Light(Term):
    """1 − correlation of the luminances of picture and photo in squares of 8 pixels.

    Deep content layers let a network turn a picture inside out, dark for light; this keeps dark
    what is dark, whatever the colours.
    """

    def forward(self, step: Step) -> Tensor:
        return light_loss(step.stylized.float(), step.photos)


class Palette(Term):
    """Distance of the picture's colours from the painting's, see `kunster.losses.palette`."""

    paintings: Tensor

    def prepare(
        self, perceptual: PerceptualNetwork, paintings: Sequence[Painting], photos: Tensor
    ) -> None:
        found = [color_quantiles(each.picture[None].to(photos.device)) for each in paintings]
        self.register_buffer("paintings", torch.cat(found).float(), persistent=False)

    def forward(self, step: Step) -> Tensor:
        chosen = slice(0, 1) if step.styles is None else step.styles
        return palette_distance(step.stylized.float(), self.paintings[chosen]).mean()


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
        by_detail: as a share of what two pictures of such detail differ by that have nothing in
            common (twice their `detail_energy`). Painting less is then no way to flicker less,
            and one weight does for paintings of long calm strokes and of short lively ones.
    """

    def __init__(self, weight: Weight, luminance: bool = True, by_detail: bool = False) -> None:
        super().__init__(weight)
        self.luminance, self.by_detail = luminance, by_detail

    def forward(self, step: Step) -> Tensor:
        pairs = step.frame_pairs
        frames = pairs.frames if self.luminance else None
        change = output_loss(pairs.stylized, frames, pairs.flow, pairs.non_occluded)
        return change / (2 * detail_energy(pairs.stylized)) if self.by_detail else change


class FeatureConsistency(Term):
    """Change of the encoder's features along the motion, λ_f of ReCoNet, see `feature_loss`."""

    def forward(self, step: Step) -> Tensor:
        pairs = step.frame_pairs
        return feature_loss(pairs.encoded, pairs.flow, pairs.non_occluded)
