"""Networks against Gatys: how near their loss comes to that of pictures optimised one by one."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from kunster.evaluate.optimal import (
    CHECKPOINT,
    LEAST_FALL,
    MOST_ITERATIONS,
    WINDOW,
    Optimum,
    iterations_to_reach,
    mean_curve,
    optimise,
)
from kunster.losses.features import PerceptualNetwork
from kunster.measures.models import Network
from kunster.measures.photos import EvaluationPhotos
from kunster.objectives.perceptual import PerceptualTerms
from kunster.pictures.images import as_bytes, write_png

CONTENT_WEIGHT, STYLE_WEIGHT, TV_WEIGHT = 1.0, 2.0, 1.0  # conf/objective/perceptual.yaml

LOSS = (
    f"loss = mean over photos of {CONTENT_WEIGHT:g}·content + {{style_weight:g}}·S + "
    f"{TV_WEIGHT:g}·tv, the terms of stage 1: content as above, S(x) as in style but not divided "
    "by the photo's, tv = mean squared difference of neighbours"
)
OPTIMALITY = (
    "optimality = loss / loss of Gatys on the same photos, each picture optimised by L-BFGS from "
    f"the photo until {WINDOW} iterations lower its loss by less than {LEAST_FALL:.1%}"
)
STEPS = (
    "Gatys steps = iterations after which the mean loss of Gatys is first at or below the "
    f"network's, in steps of {CHECKPOINT}; 0: the photo itself is no worse; –: Gatys never gets "
    "so low"
)


class Comparison(NamedTuple):
    """A network beside Gatys; `steps` is None where Gatys never gets so low."""

    loss: float
    optimality: float
    steps: int | None


def perceptual_terms(
    judge: PerceptualNetwork,
    targets: Sequence[Tensor],
    photos: Sequence[Tensor],
    style_weight: float = STYLE_WEIGHT,
) -> PerceptualTerms:
    """The loss of stage 1 under a judge, for photos (1, 3, H, W) of any sizes.

    As in `distances`, content is a share of the mean energy of these photos.
    """
    energy = torch.stack([judge.content_energy(photo) for photo in photos]).mean()
    return PerceptualTerms(judge, targets, energy, CONTENT_WEIGHT, style_weight, TV_WEIGHT)


def optimise_photo(terms: PerceptualTerms, photo: Tensor) -> Optimum:
    """Gatys' picture of a photo (1, 3, H, W): made where the terms are, returned to the CPU."""
    photo = photo.to(terms.energy.device)
    content = terms.content_of(photo)
    optimum = optimise(lambda picture: terms.against(content, picture)["loss"], photo)
    return optimum._replace(picture=optimum.picture.cpu())


@torch.no_grad()
def compare(
    network: Network,
    terms: PerceptualTerms,
    photos: Sequence[Tensor],
    optima: Sequence[Optimum],
) -> Comparison:
    """A network's mean loss on the photos, and where that stands on Gatys' way down."""
    there = terms.energy.device
    curve = mean_curve([optimum.curve for optimum in optima])
    losses = [float(terms(photo.to(there), network(photo).to(there))["loss"]) for photo in photos]
    loss = sum(losses) / len(losses)
    return Comparison(loss, loss / curve[-1], iterations_to_reach(curve, loss))


def replay(pictures: Iterable[Tensor]) -> Network:
    """As a network, what was optimised: pictures in the order of their photos, each once."""
    left = iter(pictures)
    return lambda frames: next(left)


def described(photos: EvaluationPhotos, optima: Sequence[Optimum]) -> str:
    """On which photos, and how many of the pictures converged."""
    converged = sum(optimum.converged for optimum in optima)
    return (
        f"{photos.origin}, at short side {photos.short_side}, for loss, optimality and Gatys' own "
        f"row; {converged} of {len(optima)} converged within {MOST_ITERATIONS} iterations"
    )


def write_pictures(pictures: Iterable[Tensor], folder: Path, name: str) -> None:
    """Pictures (1, 3, H, W) as NAME_1.png, NAME_2.png …"""
    for number, picture in enumerate(pictures, start=1):
        write_png(as_bytes(picture[0]), folder / f"{name}_{number}.png")
