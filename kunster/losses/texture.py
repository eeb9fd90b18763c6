"""Texture synthesis by optimising a picture's Gram matrices, from coarse to fine.

Gatys, Ecker, Bethge, "Texture Synthesis Using Convolutional Neural Networks" (2015).
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from kunster.errors import UserError
from kunster.losses.descent import Loss, descending, out_of_range
from kunster.losses.features import PerceptualNetwork
from kunster.losses.perceptual import style_loss, total_variation

TV_WEIGHT = 0.1  # more blurs The Starry Night, less leaves a grid on The Scream
SMALLEST = 64  # px; below, the deepest layer is mostly border
FLATTEST = 1e-3  # floor of a colour direction's variance; smaller ones stall L-BFGS


def colour_gram(pictures: Tensor) -> Tensor:
    """Second moments (B, 4, 4) of (1, R, G, B) over the pixels of pictures (B, 3, H, W).

    The first row holds the mean colour; the rest minus its outer product is the covariance.
    """
    ones = torch.ones_like(pictures[:, :1])
    pixels = torch.cat([ones, pictures], dim=1).flatten(2)
    return pixels @ pixels.transpose(1, 2) / pixels.shape[2]


def colour_loss(ours: Tensor, target: Tensor) -> Tensor:
    """Distance of colour statistics (B, 4, 4) from a painting's (4, 4), a scalar.

    ‖T^-½ G T^-½ - 1‖² / 4: whitened by the painting's statistics, so that rare hues count too.
    """
    root = _power(target, -0.5)
    difference = root @ ours @ root - root @ target @ root
    return difference.square().sum(dim=(1, 2)).mean() / len(target)


def synthesize(
    network: PerceptualNetwork,
    targets: Mapping[int, Sequence[Tensor]],
    size: tuple[int, int],
    steps: int,
    seed: int,
    colours: Tensor | None = None,
) -> Tensor:
    """A picture (3, H, W), RGB in [0, 1], with the texture of the targets; deterministic.

    Args:
        targets: Gram matrices (K, K) at each style layer, by texture scale. The picture starts at
            the smallest scale and is refined up to the largest, which has the size asked for.
        size: height and width, pixels, at the largest scale.
        steps: evaluations of the network at each scale.
        colours: the painting's (4, 4) from `colour_gram`; Gram matrices of features alone hardly
            determine the hue.

    Raises:
        UserError: a side is under 64 pixels, or there are no steps.
    """
    if min(size) < SMALLEST or steps < 1:
        raise UserError(
            f"size={size[0]}x{size[1]}, steps={steps}: sides start at {SMALLEST} pixels, steps at 1"
        )
    picture: Tensor | None = None
    for scale in sorted(targets):
        sides = tuple(max(SMALLEST // 2, round(side * scale / max(targets))) for side in size)
        if picture is None:
            picture = _noise(sides, seed, colours)
        loss = _loss(network, targets[scale], colours)
        picture = _minimize(loss, _resized(picture, sides), steps)
    assert picture is not None, "no targets"
    return picture[0].clamp(0, 1)


def _noise(sides: tuple[int, ...], seed: int, colours: Tensor | None) -> Tensor:
    """White noise with the mean and covariance of the painting's colours, or grey noise."""
    noise = torch.randn(1, 3, *sides, generator=torch.Generator().manual_seed(seed))
    if colours is None:
        return 0.5 + 0.2 * noise
    mean = colours[0, 1:]
    covariance = colours[1:, 1:] - mean[:, None] * mean
    coloured = _power(covariance, 0.5) @ noise[0].flatten(1) + mean[:, None]
    return coloured.view_as(noise)


def _loss(network: PerceptualNetwork, targets: Sequence[Tensor], colours: Tensor | None) -> Loss:
    def loss(picture: Tensor) -> Tensor:
        maps = network.features(picture, network.style_layers)
        grams = [
            network.style_gram(features, layer)
            for features, layer in zip(maps, network.style_layers, strict=True)
        ]
        distance = style_loss(grams, targets)
        if colours is not None:
            distance = distance + colour_loss(colour_gram(picture), colours)
        return distance + (TV_WEIGHT * total_variation(picture) + out_of_range(picture))

    return loss


def _minimize(loss: Loss, start: Tensor, steps: int) -> Tensor:
    picture = start.clone().requires_grad_()
    descending(loss, picture, steps, steps)()
    return picture.detach()


def _resized(picture: Tensor, sides: tuple[int, ...]) -> Tensor:
    if picture.shape[2:] == sides:
        return picture
    return F.interpolate(picture, sides, mode="bicubic", antialias=True)


def _power(matrix: Tensor, exponent: float) -> Tensor:
    """Power of a symmetric matrix whose eigenvalues are clamped to `FLATTEST`."""
    values, vectors = torch.linalg.eigh(matrix.double())
    powers = values.clamp(min=FLATTEST) ** exponent
    power: Tensor = vectors * powers @ vectors.T
    return power.to(matrix.dtype)
