"""Stage 1: content, style and total variation (Johnson et al. 2016; eq. 1 of the paper)."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from kunster.errors import UserError
from kunster.losses.features import PerceptualNetwork
from kunster.losses.grid import grid_power
from kunster.losses.perceptual import content_loss, style_loss, total_variation
from kunster.objectives.stage import StageObjective, as_frames, check_weights, weighted_sum


class PerceptualTerms(nn.Module):
    """γ content + ρ style + τ total variation of stylised photos, each relative (see `losses`).

    Args:
        perceptual: frozen features.
        targets: the painting's Gram matrix (K, K) at each style layer.
        energy: mean energy of photos' content features, from `PerceptualNetwork.content_energy`.
        content_weight: γ. 1 is the energy of the photo's own features.
        style_weight: ρ, for the sum over layers of relative squared Gram distances.
        tv_weight: τ, for the mean squared difference of neighbouring pixels.
        surround: pixels of the picture's mirror image that the perceptual network sees around it.
            Its convolutions end in zeros, an edge that a stylizer learns to paint against; and
            its pooling begins in one place, a pixel further in every other turn, for a stylizer
            that knows the place learns to paint a grid.
        grid_weight: for the mean square of such a grid, of the pictures alone; see `losses.grid`.
    """

    energy: Tensor

    def __init__(
        self,
        perceptual: PerceptualNetwork,
        targets: Sequence[Tensor],
        energy: Tensor,
        content_weight: float,
        style_weight: float,
        tv_weight: float,
        *,
        surround: int = 0,
        grid_weight: float = 0.0,
    ) -> None:
        super().__init__()
        self.weights = {"content": content_weight, "style": style_weight, "tv": tv_weight}
        if grid_weight:
            self.weights["grid"] = grid_weight
        check_weights(self.weights)
        if surround < 0:
            raise UserError(f"surround={surround}: must be 0 or more pixels")
        self.perceptual, self.surround = perceptual, surround
        self.register_buffer("energy", energy.detach().float(), persistent=False)
        for index, target in enumerate(targets):
            self.register_buffer(f"target_{index}", target.detach().float(), persistent=False)

    def forward(self, photos: Tensor, stylized: Tensor, turn: int = 0) -> dict[str, Tensor]:
        """Each term unweighted, and `loss`, of pictures (B, 3, H, W), RGB in [0, 1]."""
        return self.against(self.content_of(photos, turn), stylized, turn)

    @torch.no_grad()
    def content_of(self, photos: Tensor, turn: int = 0) -> Tensor:
        """Of photos (B, 3, H, W), what `against` compares with: their content features."""
        seen = self._surrounded(photos, turn)
        (features,) = self.perceptual.features(seen, [self.perceptual.content_layer])
        return features

    def against(self, before: Tensor, stylized: Tensor, turn: int = 0) -> dict[str, Tensor]:
        """As `forward`, of photos whose content features are known."""
        layers, content = self.perceptual.style_layers, self.perceptual.content_layer
        seen = self._surrounded(stylized, turn)
        after = dict(zip(layers, self.perceptual.features(seen, layers), strict=True))
        grams = [self.perceptual.style_gram(after[layer], layer) for layer in layers]
        targets = [getattr(self, f"target_{index}") for index in range(len(layers))]
        terms = {
            "content": content_loss(
                after[content] - before, self.energy, self.perceptual.metric(content)
            ),
            "style": style_loss(grams, targets),
            "tv": total_variation(stylized.float()),
        }
        if "grid" in self.weights:
            terms["grid"] = grid_power(stylized.float())
        return {**terms, "loss": weighted_sum(terms, self.weights)}

    def _surrounded(self, pictures: Tensor, turn: int) -> Tensor:
        if not self.surround:
            return pictures
        sides = (self.surround - turn, self.surround + turn)
        return F.pad(pictures, (*sides, *sides), mode="reflect")


class PerceptualObjective(StageObjective):
    """Stage 1, on batches of photos, uint8 (B, 3, H, W).

    Args:
        terms: the objective; the rest as in `StageObjective`.
    """

    def __init__(self, network: nn.Module, terms: PerceptualTerms, *optimisation: Any) -> None:
        super().__init__(network, *optimisation)
        self.terms = terms

    def losses(self, batch: Tensor, turn: int = 0) -> dict[str, Tensor]:
        photos = as_frames(batch)
        stylized = self.network(photos)
        with torch.autocast(photos.device.type, enabled=False):
            return self.terms(photos, stylized, turn)
