"""Painted measures of networks, means over photos.

Formulas and sizes are those of `kunster.measures.painted`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from kunster.losses.features import PerceptualNetwork
from kunster.losses.palette import color_quantiles, palette_distance
from kunster.losses.perceptual import gram
from kunster.measures.models import Network
from kunster.measures.painted import (
    BINS,
    CONTENT_LAYER,
    DETAIL_SIGMA,
    FLATTEST,
    GRAM_LAYERS,
    MASSES_SIGMA,
    STRUCTURE_LAYER,
    cfsd,
    content4,
    gram_distance,
    masses,
    stroke,
    tint,
)
from kunster.pictures.images import as_image

MULTIPLE = 8  # pixels; pictures are cut to multiples, so that all layers see all of them
NEEDED = ("conv3_1", "conv4_1")
PAINTED = ("stroke", "tint", "masses", "palette", "content4", "cfsd", *GRAM_LAYERS)
FORMULAS = {
    "stroke": "stroke = RMS of D(out) where the photo is flat / RMS of D(painting), D = luma − its "
    f"Gaussian blur of sigma {DETAIL_SIGMA:g} pixels, flat = the {FLATTEST:.0%} of the pixels with "
    "the least gradient energy; the painting itself scores 1",
    "tint": "tint = share of the variance of out (Y, Cr, Cb) that the best lookup of the photo's "
    f"colours in {BINS}x{BINS}x{BINS} bins explains; a colour filter and the photo itself score 1, "
    "and noise lowers it",
    "masses": f"masses = tint of out and photo blurred by a Gaussian of sigma {MASSES_SIGMA:g} "
    "pixels",
    "palette": "palette = mean squared difference of the sorted colours of out and painting, means "
    "of 4x4 pixels, along 13 directions / their variance in the painting; the painting itself "
    "scores 0, a grey at least 1",
    "content4": "content4 = 1 − cosine of the relu4_1 features of out and photo, each minus its "
    "mean over pixels; the photo itself scores 0",
    "cfsd": "cfsd = KL divergence, averaged over places, of the softmax over places of dot "
    "products of relu3_1 features over C: the photo's from that of out, at half the size; the "
    "photo itself scores 0",
}
GRAM = (
    "{layers} = ‖G(out) − G(painting)‖² / ‖G(painting)‖² at that layer, G = Gram / (C·H·W); the "
    "painting itself scores 0"
)


def missing_layers(perceptual: PerceptualNetwork) -> list[str]:
    """Layers that the measures need and the network does not reach."""
    there = perceptual.architecture.layers()
    return [layer for layer in NEEDED if layer not in there]


def gram_layers(perceptual: PerceptualNetwork) -> list[str]:
    """Layers of `GRAM_LAYERS` that the network reaches."""
    there = {name.replace("conv", "relu") for name in perceptual.architecture.layers()}
    return [layer for layer in GRAM_LAYERS if layer in there]


def formulas(found: Iterable[str]) -> list[str]:
    """Formulas of the measures of these names."""
    names = list(found)
    layers = ", ".join(layer for layer in GRAM_LAYERS if layer in names)
    chosen = [formula for name, formula in FORMULAS.items() if name in names]
    return [*chosen, GRAM.format(layers=layers)] if layers else chosen


def own_figures(perceptual: PerceptualNetwork) -> dict[str, float]:
    """Figures of the painting itself, by definition."""
    return {"stroke": 1.0, "palette": 0.0, **dict.fromkeys(gram_layers(perceptual), 0.0)}


@torch.no_grad()
def painted(
    networks: Sequence[Network],
    perceptual: PerceptualNetwork,
    painting: np.ndarray | None,
    photos: Iterable[np.ndarray],
) -> list[dict[str, float]]:
    """Means of each network's figures over the photos, by the names in `PAINTED`.

    Args:
        perceptual: VGG-19 that reaches relu4_1; relu5_1 is left out where it ends before.
        painting: uint8 RGB (H, W, 3) at short side 400; without it, no `stroke`, no
            `palette` and no Gram distances.
        photos: uint8 RGB (H, W, 3) at short side 400; iterated once.
    """
    target = None if painting is None else _seen(perceptual, _cut(painting))
    colors = None if target is None else color_quantiles(target.picture)
    found: list[list[dict[str, float]]] = [[] for _ in networks]
    for each in photos:
        photo = _seen(perceptual, _cut(each))
        for figures, network in zip(found, networks, strict=True):
            picture = network(photo.picture)
            own = photo if picture is photo.picture else _seen(perceptual, picture)
            figures.append(_figures(own, photo, target, colors))
    return [_mean(figures) for figures in found]


class _Seen(NamedTuple):
    """A picture (1, 3, H, W) and what VGG-19 sees in it."""

    picture: Tensor
    grams: Mapping[str, Tensor]
    content: Tensor
    structure: Tensor


def _seen(perceptual: PerceptualNetwork, picture: Tensor) -> _Seen:
    layers = gram_layers(perceptual)
    maps = perceptual.features(picture, [*layers, STRUCTURE_LAYER])
    by_name = dict(zip([*layers, STRUCTURE_LAYER], maps, strict=True))
    grams = {layer: gram(by_name[layer]) for layer in layers}
    return _Seen(picture, grams, by_name[CONTENT_LAYER], by_name[STRUCTURE_LAYER])


def _figures(
    picture: _Seen, photo: _Seen, painting: _Seen | None, colors: Tensor | None
) -> dict[str, float]:
    """Figures of a picture; `colors` are the quantiles of the painting's."""
    found = {
        "tint": tint(picture.picture, photo.picture),
        "masses": masses(picture.picture, photo.picture),
        "content4": content4(picture.content, photo.content),
        "cfsd": cfsd(picture.structure, photo.structure),
    }
    if painting is None or colors is None:
        return found
    strokes = stroke(picture.picture, photo.picture, painting.picture)
    deep = {layer: gram_distance(picture.grams[layer], g) for layer, g in painting.grams.items()}
    palette = float(palette_distance(picture.picture, colors))
    return {"stroke": strokes, "palette": palette, **found, **deep}


def _cut(pixels: np.ndarray) -> Tensor:
    height, width = (side // MULTIPLE * MULTIPLE for side in pixels.shape[:2])
    return as_image(pixels[:height, :width])


def _mean(figures: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {name: sum(each[name] for each in figures) / len(figures) for name in figures[0]}
