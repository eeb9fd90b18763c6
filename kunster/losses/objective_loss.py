"""The loss of a stage: its terms behind one run of the perceptual network."""

from collections.abc import Mapping, Sequence
from typing import Annotated, NamedTuple

import torch
from annotated_types import Ge
from torch import Tensor, nn
from torch.nn import functional as F

from kunster.errors import UserError
from kunster.losses.features import PerceptualNetwork
from kunster.losses.term import Painting, Pairs, Step, Term, weighted_sum

Surround = Annotated[int, Ge(0)]


class SeenPhotos(NamedTuple):
    """Photos (B, 3, H, W) and their perceptual features by layer."""

    photos: Tensor
    features: Mapping[str, Tensor]


class ObjectiveLoss(nn.Module):
    """Weighted sum of loss terms of stylized pictures.

    Args:
        terms: by name, prepared here.
        perceptual: frozen features.
        paintings: the styles to learn, one or several.
        photos: a sample of the training pictures, (B, 3, H, W), RGB in [0, 1].
        surround: pixels of mirror image around each picture that the perceptual network sees.
            They keep the zeros behind its convolutions away from the picture, against which a
            stylizer learns to paint a border. Every other turn they move by a pixel, so that
            pooling begins elsewhere: a stylizer learns to paint a grid where it always begins.

    Raises:
        UserError: a surround that the photos cannot be mirrored into.
    """

    def __init__(
        self,
        terms: Mapping[str, Term],
        perceptual: PerceptualNetwork,
        paintings: Sequence[Painting],
        photos: Tensor,
        surround: Surround = 0,
    ) -> None:
        super().__init__()
        most = min(photos.shape[-2:]) - 2  # mirrored, and a pixel further in every other turn
        if not 0 <= surround <= most:
            raise UserError(
                f"surround={surround}: must be from 0 to {most}, 2 less than a picture's side"
            )
        self.perceptual, self.surround = perceptual, surround
        self.terms = nn.ModuleDict(terms)
        for term in terms.values():
            term.prepare(perceptual, paintings, photos)
        used = [term for term in terms.values() if term.weight]
        self.photo_layers = tuple(
            dict.fromkeys(layer for term in used for layer in term.photo_layers)
        )
        self.layers = tuple(dict.fromkeys(layer for term in used for layer in term.layers))

    def forward(
        self,
        photos: Tensor,
        stylized: Tensor,
        turn: int = 0,
        pairs: Pairs | None = None,
        styles: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """Each term unweighted, and `loss`, of pictures (B, 3, H, W), RGB in [0, 1].

        Args:
            styles: see `Step`.
        """
        return self.against(self.seen(photos, turn), stylized, turn, pairs, styles)

    @torch.no_grad()
    def seen(self, photos: Tensor, turn: int = 0) -> SeenPhotos:
        """Photos (B, 3, H, W) with the features that the terms compare with."""
        return SeenPhotos(photos, self._features(photos, self.photo_layers, turn))

    def against(
        self,
        before: SeenPhotos,
        stylized: Tensor,
        turn: int = 0,
        pairs: Pairs | None = None,
        styles: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """The same as `forward`, for photos whose features are known."""
        features = self._features(stylized, self.layers, turn)
        step = Step(before.photos, stylized, before.features, features, pairs, styles)
        terms: dict[str, Term] = dict(self.terms.items())  # type: ignore[arg-type]
        values = {
            name: term(step) if term.weight else stylized.new_zeros((), dtype=torch.float32)
            for name, term in terms.items()
        }
        return {**values, "loss": weighted_sum(terms, values)}

    def _features(self, pictures: Tensor, layers: tuple[str, ...], turn: int) -> dict[str, Tensor]:
        if not layers:
            return {}
        seen = self._surrounded(pictures, turn)
        return dict(zip(layers, self.perceptual.features(seen, layers, turn), strict=True))

    def _surrounded(self, pictures: Tensor, turn: int) -> Tensor:
        if not self.surround:
            return pictures
        sides = (self.surround - turn, self.surround + turn)
        return F.pad(pictures, (*sides, *sides), mode="reflect")
