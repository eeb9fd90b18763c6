"""Loss of networks relative to pictures that Gatys' method optimises one by one."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from kunster.evaluate.loss import CONTENT_WEIGHT, TV_WEIGHT, device_of
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
from kunster.losses.objective_loss import ObjectiveLoss
from kunster.measures.models import Network
from kunster.measures.photos import EvaluationPhotos
from kunster.pictures.images import as_bytes, write_png

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


def optimise_photo(loss: ObjectiveLoss, photo: Tensor) -> Optimum:
    """Gatys' picture of a photo (1, 3, H, W), on the CPU; computed on the loss's device."""
    photo = photo.to(device_of(loss))
    content = loss.seen(photo)
    optimum = optimise(lambda picture: loss.against(content, picture)["loss"], photo)
    return optimum._replace(picture=optimum.picture.cpu())


@torch.no_grad()
def compare(
    network: Network,
    objective: ObjectiveLoss,
    photos: Sequence[Tensor],
    optima: Sequence[Optimum],
) -> Comparison:
    """A network's mean loss on the photos, against the curve of Gatys' optimisation."""
    device = device_of(objective)
    curve = mean_curve([optimum.curve for optimum in optima])
    losses = [
        float(objective(photo.to(device), network(photo).to(device))["loss"]) for photo in photos
    ]
    loss = sum(losses) / len(losses)
    return Comparison(loss, loss / curve[-1], iterations_to_reach(curve, loss))


def replay(pictures: Iterable[Tensor]) -> Network:
    """A network that returns optimised pictures, each once, in the order of their photos."""
    left = iter(pictures)
    return lambda frames: next(left)


def described(photos: EvaluationPhotos, optima: Sequence[Optimum]) -> str:
    """The photos in words, and how many of the pictures converged."""
    converged = sum(optimum.converged for optimum in optima)
    return (
        f"{photos.origin}, at short side {photos.short_side}, for loss, optimality and Gatys' own "
        f"row; {converged} of {len(optima)} converged within {MOST_ITERATIONS} iterations"
    )


def write_pictures(pictures: Iterable[Tensor], folder: Path, name: str) -> None:
    """Pictures (1, 3, H, W) as NAME_1.png, NAME_2.png …"""
    for number, picture in enumerate(pictures, start=1):
        write_png(as_bytes(picture[0]), folder / f"{name}_{number}.png")
