"""Gram matrices, moments, and the terms of the perceptual objective, as pure functions.

Each term is relative, so that one set of weights serves every perceptual network: content and
style are shares of the photo's and the painting's own energy in feature space.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from kunster.pictures.images import LUMINANCE

SQUARE = 8  # pixels, side of the squares in which light is compared


def gram(features: Tensor) -> Tensor:
    """Channel correlations (B, C, H, W) -> (B, C, C), over C·H·W (Johnson et al. 2016, eq. 3)."""
    found: Tensor = _Gram.apply(features)
    return found


class _Gram(torch.autograd.Function):
    """Xᵀ X, whose gradient X (G + Gᵀ) is one product where autograd would make two and add them."""

    @staticmethod
    def forward(ctx: Any, features: Tensor) -> Tensor:
        ctx.save_for_backward(features)
        pixels = _pixels(features)
        return pixels.transpose(1, 2) @ pixels / features[0].numel()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (features,) = ctx.saved_tensors
        symmetric = (gradient + gradient.transpose(1, 2)) / features[0].numel()
        batch, channels, height, width = features.shape
        rows = _pixels(features) @ symmetric.to(features.dtype)
        found: Tensor = rows.view(batch, height, width, channels).permute(0, 3, 1, 2)
        return found


def _pixels(features: Tensor) -> Tensor:
    """(B, C, H, W) to (B, H·W, C): a view where channels lie last in memory."""
    batch, channels, height, width = features.shape
    return features.permute(0, 2, 3, 1).reshape(batch, height * width, channels)


def content_loss(difference: Tensor, energy: Tensor) -> Tensor:
    """Share of the photo's feature energy that the picture has lost or changed; 0 for the photo.

    Args:
        difference: features of the picture minus features of the photo, (B, C, H, W).
        energy: mean energy of a photo's features, a scalar from `feature_energy`.
    """
    return feature_energy(difference) / energy


def detail_weights(features: Tensor, power: float) -> Tensor:
    """Weight (B, 1, H, W) of each position of photos, mean 1: little on a wall, much on an eye.

    The features' variance over the photo, as found in a window of 3 by 3 positions, to a power.

    Args:
        features: of the photos, (B, C, H, W).
        power: 0 weighs all positions alike.
    """
    deviation = features.float() - features.float().mean((2, 3), keepdim=True)
    variance = F.avg_pool2d(deviation.square().mean(1, keepdim=True), 3, 1, 1, False, False)
    weights = variance**power
    return weights / weights.mean((2, 3), keepdim=True).clamp(min=1e-12)


def feature_energy(features: Tensor) -> Tensor:
    """Mean over batch, channels and pixels of the squared features."""
    return features.float().square().mean()


def style_loss(
    grams: Sequence[Tensor],
    targets: Sequence[Tensor],
    weights: Sequence[float] | Tensor | None = None,
) -> Tensor:
    """`style_distances`, averaged over the batch; 0 for the painting itself."""
    return style_distances(grams, targets, weights).mean()


def style_distances(
    grams: Sequence[Tensor],
    targets: Sequence[Tensor],
    weights: Sequence[float] | Tensor | None = None,
) -> Tensor:
    """Sum over layers of w ‖G - T‖² / ‖T‖², for each picture: (B,).

    Args:
        grams: a (B, C, C) Gram matrix for each style layer, or another statistic (B, …).
        targets: the painting's, (C, C) or (…) each, or for each picture its own, (B, C, C).
        weights: w of each layer, or (layers, B); 1 without them.
    """
    distances = [
        weight * _energy(ours.float() - target, ours.ndim) / _energy(target, ours.ndim)
        for ours, target, weight in zip(
            grams, targets, [1.0] * len(grams) if weights is None else weights, strict=True
        )
    ]
    return torch.stack(distances).sum(0)


def _energy(values: Tensor, batched: int) -> Tensor:
    """Sum of squares over the last `batched` - 1 dimensions."""
    return values.square().sum(dim=tuple(range(1 - batched, 0)))


def total_variation(images: Tensor) -> Tensor:
    """Mean squared difference of neighbours, vertical plus horizontal; images (B, C, H, W)."""
    vertical = images[..., 1:, :] - images[..., :-1, :]
    horizontal = images[..., 1:] - images[..., :-1]
    return vertical.square().mean() + horizontal.square().mean()


def moments(features: Tensor) -> tuple[Tensor, Tensor]:
    """Mean (B, C) and covariance (B, C, C), over pixels, of features (B, C, H, W).

    The covariance is divided by the channels as well, as `gram` is.
    """
    mean = features.float().mean(dim=(-2, -1))
    return mean, gram(features - mean[..., None, None].to(features.dtype)).float()


def light_loss(stylized: Tensor, photos: Tensor) -> Tensor:
    """1 − correlation of luminances in squares of pictures (B, 3, H, W): a scalar."""
    ours, theirs = _light(stylized), _light(photos)
    energy = ours.square().mean() * theirs.square().mean()
    return 1 - (ours * theirs).mean() / (energy + 1e-8).sqrt()


def _light(pictures: Tensor) -> Tensor:
    """Relative luminance in squares, minus its mean."""
    red, green, blue = (pictures[:, index : index + 1] for index in range(3))
    light = LUMINANCE[0] * red + LUMINANCE[1] * green + LUMINANCE[2] * blue
    found = F.avg_pool2d(light, SQUARE)
    return found - found.mean()
